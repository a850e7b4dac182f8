/* SPDX-License-Identifier: Apache-2.0
 *
 * trace_world.h - random small worlds for the tests of the trace, full of edges: stays that touch, have no
 * length, begin together, run over midnight and over a change of clocks; one person in two places at once;
 * duplicates; nested places; encounters, links, isolation, cumulative rules. And the definition of the trace
 * as nested loops over plain arrays.
 */
#ifndef SUSHUI_TESTS_TRACE_WORLD_H
#define SUSHUI_TESTS_TRACE_WORLD_H

#include "core/sys.h"
#include "trace/trace.h"

#define WORLD_MAX 128

struct world {
	struct visit visit[WORLD_MAX]; /* all different, no two with the same identity */
	size_t visits_n;
	struct trace_encounter meet[WORLD_MAX];
	size_t meets_n;
	struct trace_link link[WORLD_MAX];
	size_t links_n;
	struct trace_case cases[8];
	size_t cases_n;
	struct trace_isolation isolated[8];
	size_t isolated_n;
	uint8_t place_type[16];
	uint32_t place_parent[16];
	size_t places_n, persons_n;
	struct trace_rule type[4];
	struct trace_rules rules; /* points into `type` */
	unsigned hops;
	bool any_order;
};

void world_make(struct world *w, uint64_t seed);

/* The definition by nested loops; result as of trace_run with evidence for all hops (scores and stats left
 * 0). */
void world_brute(const struct world *w, struct trace_result *out);
/* The backward query by nested loops, without surprise; by place. Returns how many venues. */
size_t world_brute_venues(const struct world *w, uint32_t gap_s, struct trace_venue *out,
			  uint64_t *population);

#endif
