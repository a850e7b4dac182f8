/* SPDX-License-Identifier: Apache-2.0
 *
 * trace_cmd.h - what the answers of `sushui trace` share (private to cmd_trace.c and trace_chains.c).
 */
#ifndef SUSHUI_CLI_TRACE_CMD_H
#define SUSHUI_CLI_TRACE_CMD_H

#include "cli/trace_input.h"
#include "core/buf.h"

struct trace_cmd {
	struct input_paths paths;
	const char *out, *evidence, *r_out; /* NULL: standard output, none, none */
	bool json;
	unsigned hops;
	int threads;
	uint32_t gap_s;
	double si_mean, si_sd; /* 0: not given */
	struct input in;
};

/* A time as the tables write times. */
void put_time(struct buf *b, const struct trace_cmd *c, uint32_t t, bool first_of_row);
void put_int(struct buf *b, int64_t v, bool first_of_row);
/* Seconds as minutes: "15", "0.33". */
void put_minutes(struct buf *b, uint64_t seconds, bool first_of_row);
void put_c(struct buf *b, const char *text, bool first_of_row);
/* Writes and empties b. path NULL or "-": standard output. */
enum err_code write_out(const char *path, struct buf *b, struct err *e);

/* `sushui trace chains`. */
enum err_code trace_chains(struct trace_cmd *c, struct buf *out, struct err *e);

#endif
