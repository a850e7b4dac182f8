/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_world.h - transfer problems from a seed: a county of villages, a few sites, a mixed fleet. Everything is made up.
 */
#ifndef SUSHUI_TESTS_PLAN_WORLD_H
#define SUSHUI_TESTS_PLAN_WORLD_H

#include "core/sys.h"
#include "plan/plan.h"

struct plan_size {
	int32_t groups_n, sites_n, rooms_per_site, vehicles_n, villages_n, classes_n;
	int32_t hours;       /* over which the groups get ready */
	int32_t due_min;     /* limit from ready to in place */
	bool hard;           /* small, with every rule in play: night, rests, stretchers, wards, fixed decisions, rooms not free yet */
};
/* The problem and all it points to, in the arena. Begins at minute `start` of the first day. */
struct plan_problem plan_world(struct arena *a, uint64_t seed, const struct plan_size *size, int32_t start);

#endif
