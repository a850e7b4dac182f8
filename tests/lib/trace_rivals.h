/* SPDX-License-Identifier: Apache-2.0
 *
 * trace_rivals.h - the same two hops asked of SQLite and PostgreSQL, each with both access orders and its
 * best known formulations (tests/sql/trace_bench.sql). For benchmarks and for one comparison on millions of
 * visits.
 */
#ifndef SUSHUI_TESTS_TRACE_RIVALS_H
#define SUSHUI_TESTS_TRACE_RIVALS_H

#include "county.h"

struct rival;
struct rival_answer {
	struct trace_contact *rows; /* person, hop, first, seconds, exposures; by hop, person; heap */
	size_t rows_n;
};

/* Loads the county into every rival that can be had (PostgreSQL when SUSHUI_TEST_PG is set) and prints load
 * time and size. A rival is one formulation; formulations of one engine share its data. Returns how many. */
size_t rivals_open(struct rival **out, size_t cap, const struct county *c);
void rival_close(struct rival *r);
const char *rival_name(const struct rival *r);
/* Two hops, rows materialised in the engine; *ms leaves out setting the cases and reading the rows. */
void rival_trace(struct rival *r, const struct trace_world *w, const struct trace_query *q,
		 struct rival_answer *out, double *ms);

#endif
