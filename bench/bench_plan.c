/* SPDX-License-Identifier: Apache-2.0
 *
 * How good a plan of transfers is after how long, against a proven bound, plain greedy insertion, and nearest-first dispatch (which
 * keeps seats, rooms, shifts and disinfection, and none of the other rules).
 *
 *     bench_plan [SECONDS] [SEED]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "plan_world.h"

static int64_t mono(void *ctx)
{
	struct timespec t;
	(void)ctx;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* of one core, whoever else is at work */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* What a dispatcher with a telephone does: whoever is ready first goes, alone, to the nearest free room, in the vehicle that is there first. */
static int32_t nearest_room(const struct plan_problem *p, const struct plan_group *g, const bool *taken)
{
	int32_t best = PLAN_NONE;
	for (int32_t r = 0; r < p->rooms_n; r++) {
		const struct plan_room *x = &p->room[r];
		if (taken[r] || x->beds < g->persons || (x->classes && !(x->classes >> g->class & 1)) || (g->barrier_free && !x->barrier_free))
			continue;
		int32_t way = p->leg[g->node * p->nodes_n + p->site[x->site].node];
		int32_t least = best == PLAN_NONE ? INT32_MAX : p->leg[g->node * p->nodes_n + p->site[p->room[best].site].node];
		if (way < least || (way == least && x->beds < p->room[best].beds))
			best = r;
	}
	return best;
}

static void telephone(const struct plan_problem *p, struct arena *a, struct plan_value *v)
{
	int32_t *order = ARENA_ARRAY(a, int32_t, p->groups_n), *at = ARENA_ARRAY(a, int32_t, p->vehicles_n), *free_at = ARENA_ARRAY(a, int32_t, p->vehicles_n);
	bool *taken = ARENA_ARRAY(a, bool, p->rooms_n);
	*v = (struct plan_value){0};
	for (int32_t i = 0; i < p->vehicles_n; i++) {
		at[i] = p->vehicle[i].node;
		free_at[i] = p->vehicle[i].shift_from;
	}
	for (int32_t i = 0; i < p->groups_n; i++) { /* insertion sort by readiness */
		int32_t k = i;
		for (; k > 0 && p->group[order[k - 1]].ready_at > p->group[i].ready_at; k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	for (int32_t i = 0; i < p->groups_n; i++) {
		const struct plan_group *g = &p->group[order[i]];
		int32_t room = nearest_room(p, g, taken), best = PLAN_NONE, soonest = INT32_MAX;
		for (int32_t k = 0; room != PLAN_NONE && k < p->vehicles_n; k++) {
			const struct plan_vehicle *x = &p->vehicle[k];
			int32_t way = p->leg[g->node * p->nodes_n + p->site[p->room[room].site].node];
			int32_t come = free_at[k] + p->leg[at[k] * p->nodes_n + g->node];
			int32_t arrive = (come > g->ready_at ? come : g->ready_at) + p->stop_min + way;
			if (x->seats[g->class] < g->persons || (g->stretcher && !x->stretcher) || arrive + p->unload_min > x->shift_to || arrive >= soonest)
				continue;
			best = k;
			soonest = arrive;
		}
		if (best == PLAN_NONE) {
			v->unplaced += g->persons;
			continue;
		}
		int32_t site = p->site[p->room[room].site].node;
		soonest = soonest < p->room[room].free_from ? p->room[room].free_from : soonest;
		v->late += soonest > g->due_at ? (int64_t)(soonest - g->due_at) * g->persons : 0;
		v->ride += (int64_t)p->leg[g->node * p->nodes_n + site] * g->persons;
		v->empty_beds += p->room[room].beds - g->persons;
		v->drive += p->leg[at[best] * p->nodes_n + g->node] + p->leg[g->node * p->nodes_n + site];
		taken[room] = true;
		at[best] = site;
		free_at[best] = soonest + p->unload_min + p->vehicle[best].disinfect_min;
	}
}

static void row(const char *name, const struct plan_value *v, const struct plan_value *b, double seconds)
{
	printf("  %-22s %8lld %10lld %6.1f %% %10lld %6.1f %% %8lld %6.1f %% %8lld %8.2f\n", name, (long long)v->unplaced, (long long)v->late,
	       plan_gap(v->late, b->late), (long long)v->ride, plan_gap(v->ride, b->ride), (long long)v->empty_beds,
	       plan_gap(v->empty_beds, b->empty_beds), (long long)v->drive, seconds);
}

static void one(const char *name, const struct plan_size *z, uint64_t seed, double seconds)
{
	struct arena a;
	struct err e = {0};
	arena_init(&a, (size_t)4 << 30);
	struct plan_problem p = plan_world(&a, seed, z, 8 * 60);
	int32_t persons = 0;
	for (int32_t g = 0; g < p.groups_n; g++)
		persons += p.group[g].persons;
	struct plan greedy, plan;
	struct plan_value phone;
	struct plan_bound bound;
	int64_t t0 = mono(NULL);
	enum err_code rc = plan_make(&p, &(struct plan_options){.seed = seed}, &a, &greedy, &e);
	int64_t t1 = mono(NULL);
	if (rc == OK)
		rc = plan_make(&p, &(struct plan_options){.seed = seed, .iterations = INT64_MAX / 2, .budget_us = (int64_t)(seconds * 1e6), .mono_us = mono},
			       &a, &plan, &e);
	int64_t t2 = mono(NULL);
	if (rc == OK)
		rc = plan_bound(&p, plan.value.unplaced, &a, &bound, &e);
	int64_t t3 = mono(NULL);
	if (rc == OK)
		rc = plan_verify(&p, &plan, &e);
	if (rc != OK) {
		fprintf(stderr, "%s: %s %s\n", name, e.at, e.what);
		exit(1);
	}
	printf("%s: %d groups, %d persons, %d sites, %d rooms, %d vehicles; %lld iterations, %d runs\n", name, p.groups_n, persons, p.sites_n,
	       p.rooms_n, p.vehicles_n, (long long)plan.iterations, plan.runs_n);
	printf("  %-22s %8s %10s %8s %10s %8s %8s %8s %8s %8s\n", "", "unplaced", "late", "gap", "ride", "gap", "beds", "gap", "drive", "seconds");
	row("bound", &bound.least, &bound.least, (double)(t3 - t2) / 1e6);
	telephone(&p, &a, &phone);
	row("nearest room first", &phone, &bound.least, 0);
	row("greedy", &greedy.value, &bound.least, (double)(t1 - t0) / 1e6);
	row("plan", &plan.value, &bound.least, (double)(t2 - t1) / 1e6);
	arena_done(&a);
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 4;
	uint64_t seed = argc > 2 ? (uint64_t)atoll(argv[2]) : 1;
	one("ample", &(struct plan_size){500, 20, 60, 40, 60, 3, 6, 480, false}, seed, seconds);
	one("wide", &(struct plan_size){500, 60, 20, 60, 80, 3, 6, 480, false}, seed, seconds);
	one("few vehicles", &(struct plan_size){500, 20, 60, 15, 60, 3, 2, 480, false}, seed, seconds);
	one("few rooms", &(struct plan_size){500, 20, 28, 40, 60, 3, 6, 480, false}, seed, seconds);
	one("a city", &(struct plan_size){5000, 100, 80, 300, 400, 3, 10, 480, false}, seed, seconds);
	one("small", &(struct plan_size){40, 4, 20, 6, 12, 3, 3, 480, false}, seed, seconds);
	return 0;
}
