/* SPDX-License-Identifier: Apache-2.0
 *
 * progress.h - a bar on the terminal for long work; silent when standard error is no terminal or --quiet was given.
 */
#ifndef SUSHUI_CLI_PROGRESS_H
#define SUSHUI_CLI_PROGRESS_H

#include "cli/cli.h"
#include "ledger/ledger.h"

struct bar {
	const struct cli *c;
	const char *doing; /* "verifying" */
	bool on;
	int64_t began_us, told_us;
};
/* Storage of the caller; `doing` outlives it. */
void bar_init(struct bar *b, const struct cli *c, const char *doing);
/* The bar as the ledger takes it. */
struct progress bar_progress(struct bar *b);
/* Redraws at most ten times a second. total 0 = not known. */
void bar_tell(struct bar *b, uint64_t done, uint64_t total);
/* Wipes the bar. */
void bar_done(struct bar *b);

#endif
