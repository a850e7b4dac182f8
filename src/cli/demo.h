/* SPDX-License-Identifier: Apache-2.0
 *
 * demo.h - a made-up village to try everything on: about 300 persons whose names are numbers, an outbreak that is marked as an
 * exercise, and a round of testing half done. All of it through the ledger like any other facts; the same seed and instant
 * give the same facts (passwords and keys are always random).
 */
#ifndef SUSHUI_CLI_DEMO_H
#define SUSHUI_CLI_DEMO_H

#include "cli/password.h"
#include "ledger/ledger.h"

#define DEMO_USERS_MAX 12

/* The machine's dice with a clock that the demo turns, so that `received` follows the time of each fact. */
struct demo_clock {
	struct sys sys;
	const struct sys *real;
	int64_t now;  /* what the clock shows */
	int64_t end;  /* the present of the demo */
};
void demo_clock_init(struct demo_clock *c, const struct sys *real, int64_t end);

struct demo_user {
	const char *login, *role;
	char password[PASSWORD_TEXT_N];
};
struct demo_report {
	uint64_t facts_n;
	struct demo_user users[DEMO_USERS_MAX];
	size_t users_n;
};
/* Fills an empty ledger that was opened with &clock->sys. county: area code of a county; a city gets a county 01. */
enum err_code demo_fill(struct ledger *l, struct demo_clock *clock, int64_t county, uint64_t seed, struct demo_report *out,
			struct err *e);

#endif
