/* SPDX-License-Identifier: Apache-2.0
 *
 * How good a plan of transfers is after how long, against a proven bound, plain greedy insertion, and nearest-first dispatch.
 *
 *     bench_plan [SECONDS] [SEED]
 */
#include <stdio.h>
#include <stdlib.h>

#include "plan_world.h"

static int64_t mono(void *ctx)
{
	(void)ctx;
	return sys_real()->mono_us(sys_real()->ctx);
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
	one("small", &(struct plan_size){40, 4, 20, 6, 12, 3, 3, 480, false}, seed, seconds);
	return 0;
}
