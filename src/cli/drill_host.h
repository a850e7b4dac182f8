/* SPDX-License-Identifier: Apache-2.0
 *
 * drill_host.h - the server that a drill works against: a data folder with its users, `app_serve` in a child process whose clock the
 * drill turns, and the memory through which it is paused, slowed down and taken over by hand.
 *
 * The memory is the file DIR/drill.control, so that `sushui drill control DIR` reaches a drill that runs.
 */
#ifndef SUSHUI_CLI_DRILL_HOST_H
#define SUSHUI_CLI_DRILL_HOST_H

#include <sys/types.h>

#include "cli/cli.h"
#include "drill/front.h"
#include "http/app.h"
#include "ledger/ledger.h"

#define DRILL_ACCOUNTS_MAX 16

struct drill_host {
	struct cli *cli;
	const char *dir;
	struct app_exercise *shared;
	uint16_t port; /* asked for; 0: any */
	pid_t server;
	int64_t begins_at, real_us; /* of the last turn of the clock */
	bool at_speed;  /* move as fast as the shared speed says; else as fast as it can */
	bool speed_when_found; /* becomes at_speed when the first positive is known */
	volatile int *stop; /* set by a signal */
	struct front_account accounts[DRILL_ACCOUNTS_MAX];
	size_t accounts_n;
	void (*told)(void *ctx, uint32_t done, uint32_t all);
	void *told_ctx;
};

/* Makes the folder for the scenario, with one user a role in each county. ERR_NOT_ALLOWED when DIR is a folder already. */
enum err_code drill_host_make(struct drill_host *h, struct cli *c, const char *dir, const struct scenario *s, struct err *e);
/* Starts the server; prints nothing. */
enum err_code drill_host_start(struct drill_host *h, struct err *e);
/* Asks the server to end and waits for it. */
void drill_host_stop(struct drill_host *h);
void drill_host_done(struct drill_host *h);
/* What struct front_options wants. */
struct front_host drill_host_of(struct drill_host *h);
/* Maps DIR/drill.control of a drill that somebody else runs; ERR_NOT_FOUND. munmap is left to the end of the process. */
enum err_code drill_control_open(const char *dir, struct app_exercise **out, struct err *e);

/* What the ledger holds after the server has ended, and whether it is whole. */
struct drill_books {
	struct verify_report verify;
	bool rebuilt_same, audit_agrees;
	uint8_t digest[32]; /* by id, of the county's projections */
	struct front_kind *kinds; /* facts by kind, of the kinds asked for; freed by the caller */
};
enum err_code drill_books_read(struct drill_host *h, const struct front_kind *kinds, size_t kinds_n, bool rebuild, struct drill_books *out,
			       struct err *e);

#endif
