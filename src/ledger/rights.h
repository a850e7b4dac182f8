/* SPDX-License-Identifier: Apache-2.0
 *
 * rights.h - who may do what, where. A right is one bit; a role is a set of rights; a user holds roles for one area
 * and everything below it. The tables are rights.def and roles.def; they are the documentation too.
 */
#ifndef SUSHUI_LEDGER_RIGHTS_H
#define SUSHUI_LEDGER_RIGHTS_H

#include "core/id.h"

enum right {
#define RIGHT(name, en, zh) RIGHT_##name,
#include "ledger/rights.def"
#undef RIGHT
	RIGHT__N,
};
#define RIGHT_BIT(r) (UINT64_C(1) << (r))

enum role {
#define ROLE(name, rights, en, zh) ROLE_##name,
#include "ledger/roles.def"
#undef ROLE
	ROLE__N,
};

/* The person (or device) on whose behalf something is done. */
struct actor {
	struct id user;
	uint64_t rights;          /* bits of enum right */
	int64_t area_lo, area_hi; /* area codes it may act in, both included */
	int64_t area;             /* its own area as registered */
	struct id unit;           /* unit it works for, ID_NONE when none */
};

const char *right_name(enum right r);
const char *right_text(enum right r, const char *lang);
/* Index of the role of that name, or -1. */
int role_of(struct str name);
const char *role_name(enum role r);
const char *role_text(enum role r, const char *lang);
uint64_t role_rights(enum role r);

bool actor_may(const struct actor *who, enum right r);
bool actor_in_area(const struct actor *who, int64_t area);
/* The codes below an area: trailing zeros say its level (province 2, city 4, county 6, town 9, village 12 digits).
 * 140826000000 -> 140826000000 .. 140826999999. 0 means everywhere. */
void area_range(int64_t area, int64_t *lo, int64_t *hi);
/* The machine itself: all rights everywhere. For the command line of whoever owns the data folder, and for tests. */
struct actor actor_machine(void);

#endif
