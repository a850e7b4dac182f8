/* SPDX-License-Identifier: Apache-2.0
 *
 * The planner of transfers: every rule holds in every plan, the bound is never above an optimum, and small plans are the optimum that
 * the solver cbc finds for the same problem written as a linear program.
 *
 * SUSHUI_PLANS sets how many small problems are held against the solver (default 60).
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "plan_oracle.h"
#include "plan_world.h"

static struct plan make(const struct plan_problem *p, struct arena *a, uint64_t seed, int64_t iterations)
{
	struct plan plan;
	struct err e = {0};
	enum err_code rc = plan_make(p, &(struct plan_options){.seed = seed, .iterations = iterations}, a, &plan, &e);
	if (rc == OK)
		rc = plan_verify(p, &plan, &e);
	if (rc != OK)
		fail_msg("seed %llu: %s %s %s", (unsigned long long)seed, err_name(rc), e.at, e.what);
	return plan;
}

static struct plan_value bound(const struct plan_problem *p, struct arena *a, int64_t unplaced)
{
	struct plan_bound b;
	struct err e = {0};
	if (plan_bound(p, unplaced, a, &b, &e) != OK)
		fail_msg("%s %s", e.at, e.what);
	return b.least;
}

/* ---- against the optimum ------------------------------------------------------------------------------------------------------ */

static void below(const struct plan_value *b, const struct plan_value *v, uint64_t seed, const char *what)
{
	if (b->unplaced > v->unplaced || b->late > v->late || b->ride > v->ride || b->empty_beds > v->empty_beds)
		fail_msg("seed %llu: the bound (%lld, %lld, %lld, %lld) is above the %s (%lld, %lld, %lld, %lld)", (unsigned long long)seed,
			 (long long)b->unplaced, (long long)b->late, (long long)b->ride, (long long)b->empty_beds, what, (long long)v->unplaced,
			 (long long)v->late, (long long)v->ride, (long long)v->empty_beds);
}

static void against_optimum(void **state)
{
	(void)state;
	if (!plan_oracle_there()) {
		print_message("the solver cbc is not installed: skipped\n");
		skip();
	}
	const char *text = getenv("SUSHUI_PLANS");
	int64_t cases = 60;
	if (text && !str_to_i64(str_of(text), &cases))
		cases = 60;
	int equal = 0, asked = 0, worse_late = 0;
	double worst = 0;
	for (uint64_t seed = 1; asked < cases; seed++) {
		struct arena a;
		arena_init(&a, 0);
		struct plan_size z = {.groups_n = 3 + (int32_t)(seed % 3), .sites_n = 2, .rooms_per_site = 2 + (int32_t)(seed % 2), .vehicles_n = 2,
				      .villages_n = 4, .classes_n = 2, .hours = 3, .due_min = 60 + 60 * (int32_t)(seed % 4), .hard = true};
		struct plan_problem p = plan_world(&a, seed, &z, (int32_t)(seed % 5) * 300); /* from midnight on, so that some nights are touched */
		struct plan_value best;
		if (plan_oracle(&p, &best)) {
			struct plan plan = make(&p, &a, seed, 3000);
			struct plan_value b = bound(&p, &a, plan.value.unplaced), exact = bound(&p, &a, best.unplaced);
			int cmp = plan_value_cmp(&plan.value, &best);
			if (cmp < 0)
				fail_msg("seed %llu: better than the optimum: (%lld, %lld, %lld, %lld) < (%lld, %lld, %lld, %lld)",
					 (unsigned long long)seed, (long long)plan.value.unplaced, (long long)plan.value.late,
					 (long long)plan.value.ride, (long long)plan.value.empty_beds, (long long)best.unplaced,
					 (long long)best.late, (long long)best.ride, (long long)best.empty_beds);
			below(&exact, &best, seed, "optimum");
			below(&b, &plan.value, seed, "plan");
			equal += cmp == 0;
			if (cmp > 0) {
				print_message("seed %llu: plan (%lld, %lld, %lld, %lld), optimum (%lld, %lld, %lld, %lld)\n",
					      (unsigned long long)seed, (long long)plan.value.unplaced, (long long)plan.value.late,
					      (long long)plan.value.ride, (long long)plan.value.empty_beds, (long long)best.unplaced,
					      (long long)best.late, (long long)best.ride, (long long)best.empty_beds);
				worse_late += plan.value.unplaced > best.unplaced || plan.value.late > best.late;
				double gap = plan_gap(plan.value.ride, best.ride);
				worst = gap > worst ? gap : worst;
			}
			asked++;
		}
		arena_done(&a);
	}
	print_message("%d small problems: %d plans are the optimum of cbc, %d are worse in persons left over or delay, worst ride gap %.1f %%\n",
		      asked, equal, worse_late, worst);
	assert_true(equal * 100 >= asked * 90);
}

/* ---- rules, at size ------------------------------------------------------------------------------------------------------------- */

static void rules_hold(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		struct arena a;
		arena_init(&a, 0);
		struct plan_size z = {.groups_n = 10 + (int32_t)(seed * 3), .sites_n = 1 + (int32_t)(seed % 7), .rooms_per_site = 4 + (int32_t)(seed % 30),
				      .vehicles_n = 1 + (int32_t)(seed % 13), .villages_n = 12, .classes_n = 1 + (int32_t)(seed % 4), .hours = 6,
				      .due_min = 240, .hard = seed % 3 != 0};
		struct plan_problem p = plan_world(&a, seed, &z, (int32_t)(seed % 24) * 60);
		struct plan plan = make(&p, &a, seed, 300);
		struct plan_value b = bound(&p, &a, plan.value.unplaced);
		below(&b, &plan.value, seed, "plan");
		assert_true(plan_value_cmp(&plan.value, &plan.greedy) <= 0);
		arena_done(&a);
	}
}

static void same_seed_same_plan(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct plan_problem p = plan_world(&a, 7, &(struct plan_size){80, 5, 14, 9, 20, 3, 4, 480, false}, 480);
	struct plan one = make(&p, &a, 5, 800), two = make(&p, &a, 5, 800), other = make(&p, &a, 6, 800);
	assert_int_equal(one.runs_n, two.runs_n);
	assert_memory_equal(one.run, two.run, (size_t)one.runs_n * sizeof *one.run);
	for (int32_t g = 0; g < p.groups_n; g++) {
		assert_int_equal(one.place[g].room, two.place[g].room);
		assert_int_equal(one.place[g].run, two.place[g].run);
		assert_int_equal(one.place[g].boarded_at, two.place[g].boarded_at);
	}
	assert_true(one.value.ride != other.value.ride || one.value.drive != other.value.drive); /* the seed does something */
	arena_done(&a);
}

static bool stop_soon(void *ctx)
{
	int *asked = ctx;
	return ++*asked > 3;
}

static void cancelled(void **state)
{
	(void)state;
	struct arena a;
	struct plan plan;
	struct err e = {0};
	int asked = 0;
	arena_init(&a, 0);
	struct plan_problem p = plan_world(&a, 7, &(struct plan_size){80, 5, 14, 9, 20, 3, 4, 480, false}, 480);
	assert_int_equal(plan_make(&p, &(struct plan_options){.iterations = 1000000000, .stop = stop_soon, .ctx = &asked}, &a, &plan, &e), OK);
	assert_true(plan.cancelled);
	assert_true(plan.iterations < 100);
	assert_int_equal(plan_verify(&p, &plan, &e), OK);
	arena_done(&a);
}

/* ---- one rule each ------------------------------------------------------------------------------------------------------------------ */

struct tiny { /* three places in a row, 30 minutes apart: village 0, village 1, site 2 */
	int32_t leg[9];
	struct plan_site site[1];
	struct plan_room room[3];
	struct plan_vehicle vehicle[1];
	struct plan_group group[3];
	struct plan_problem p;
};

static void tiny_make(struct tiny *t)
{
	*t = (struct tiny){.leg = {0, 30, 60, 30, 0, 30, 60, 30, 0}, .site = {{2}}};
	for (int i = 0; i < 3; i++) {
		t->room[i] = (struct plan_room){.beds = 2};
		t->group[i] = (struct plan_group){.persons = 1, .node = i % 2, .ready_at = 600, .due_at = 1080, .fixed_site = PLAN_NONE,
						  .fixed_room = PLAN_NONE, .fixed_vehicle = PLAN_NONE};
	}
	t->vehicle[0] = (struct plan_vehicle){.seats = {4, 4}, .shift_from = 480, .shift_to = 1440, .drive_max = 240, .rest_min = 20,
					      .disinfect_min = 30};
	t->p = (struct plan_problem){t->group, t->site, t->room, t->vehicle, 3, 1, 3, 1, 3, 2, t->leg, 5, 10, 120, 300};
}

static void one_rule_each(void **state)
{
	(void)state;
	struct tiny t;
	struct arena a;
	arena_init(&a, 0);
	tiny_make(&t);
	struct plan plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.value.unplaced, 0);
	assert_int_equal(plan.value.late, 0);
	t.group[1].class = 1; /* another class rides alone, after disinfection */
	plan = make(&t.p, &a, 1, 200);
	assert_true(plan.runs_n >= 2);
	assert_int_not_equal(plan.place[1].run, plan.place[0].run);
	tiny_make(&t); /* five persons do not fit four seats */
	t.group[0].persons = 2;
	t.room[1].beds = 1;
	t.room[2].beds = 1;
	t.group[1].persons = 2; /* and two rooms of one bed do not hold two */
	plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.value.unplaced, 2);
	assert_int_equal(plan.place[0].reason == PLAN_PLACED ? plan.place[1].reason : plan.place[0].reason, PLAN_ALL_TAKEN);
	tiny_make(&t);
	t.group[0].barrier_free = true;
	plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.place[0].reason, PLAN_NO_ROOM);
	tiny_make(&t);
	t.group[0].stretcher = true;
	plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.place[0].reason, PLAN_NO_VEHICLE);
	tiny_make(&t);
	t.vehicle[0].shift_to = 620; /* ready at ten, at home twenty past */
	plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.place[0].reason, PLAN_NO_TIME);
	tiny_make(&t); /* a coach does not set out at two in the morning; a car does */
	for (int i = 0; i < 3; i++)
		t.group[i].ready_at = t.group[i].due_at = 1440 + 130;
	t.vehicle[0].shift_to = 1440 + 600;
	t.vehicle[0].coach = true;
	plan = make(&t.p, &a, 1, 200);
	assert_true(plan.run[0].depart_at >= 1440 + 300);
	t.vehicle[0].coach = false;
	plan = make(&t.p, &a, 1, 200);
	assert_true(plan.run[0].depart_at < 1440 + 300);
	tiny_make(&t); /* the dispatcher's room, though another is tighter */
	t.room[2].beds = 6;
	t.group[0].fixed_room = 2;
	plan = make(&t.p, &a, 1, 200);
	assert_int_equal(plan.place[0].room, 2);
	tiny_make(&t); /* not before the room is free */
	for (int i = 0; i < 3; i++)
		t.room[i].free_from = 900;
	plan = make(&t.p, &a, 1, 200);
	assert_true(plan.place[0].arrived_at >= 900 && plan.place[1].arrived_at >= 900 && plan.place[2].arrived_at >= 900);
	arena_done(&a);
}

static void refused(void **state)
{
	(void)state;
	struct tiny t;
	struct err e = {0};
	tiny_make(&t);
	assert_int_equal(plan_check(&t.p, &e), OK);
	t.group[1].node = 3;
	assert_int_equal(plan_check(&t.p, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "group 1");
	tiny_make(&t);
	t.leg[5] = -1;
	assert_int_equal(plan_check(&t.p, &e), ERR_BAD_VALUE);
	tiny_make(&t);
	t.p.classes_n = PLAN_CLASSES_MAX + 1;
	assert_int_equal(plan_check(&t.p, &e), ERR_TOO_LARGE);
	tiny_make(&t);
	t.p.groups_n = t.p.rooms_n = t.p.vehicles_n = t.p.sites_n = 0; /* nothing to do is no error */
	struct arena a;
	arena_init(&a, 0);
	struct plan plan = make(&t.p, &a, 1, 100);
	assert_int_equal(plan.runs_n, 0);
	struct plan_value b = bound(&t.p, &a, 0);
	assert_int_equal(b.unplaced, 0);
	arena_done(&a);
}

/* A plan that was tampered with is caught, rule by rule. */
static void verify_finds(void **state)
{
	(void)state;
	struct tiny t;
	struct arena a;
	struct err e = {0};
	arena_init(&a, 0);
	tiny_make(&t);
	struct plan plan = make(&t.p, &a, 1, 100);
	int32_t room = plan.place[0].room;
	plan.place[0].room = plan.place[1].room;
	assert_int_equal(plan_verify(&t.p, &plan, &e), ERR_NOT_ALLOWED);
	plan.place[0].room = room;
	plan.run[0].depart_at -= 1;
	assert_int_equal(plan_verify(&t.p, &plan, &e), ERR_NOT_ALLOWED);
	plan.run[0].depart_at += 1;
	plan.value.late = 1;
	assert_int_equal(plan_verify(&t.p, &plan, &e), ERR_NOT_ALLOWED);
	plan.value.late = 0;
	assert_int_equal(plan_verify(&t.p, &plan, &e), OK);
	t.vehicle[0].seats[0] = 1;
	assert_int_equal(plan_verify(&t.p, &plan, &e), plan.runs_n == 3 ? OK : ERR_NOT_ALLOWED);
	t.vehicle[0].seats[0] = 4;
	t.vehicle[0].drive_max = 20;
	assert_int_equal(plan_verify(&t.p, &plan, &e), ERR_NOT_ALLOWED);
	t.vehicle[0].drive_max = 240;
	t.group[0].class = 1;
	assert_int_equal(plan_verify(&t.p, &plan, &e), ERR_NOT_ALLOWED);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_rule_each), cmocka_unit_test(refused),     cmocka_unit_test(verify_finds),     cmocka_unit_test(rules_hold),
		cmocka_unit_test(same_seed_same_plan), cmocka_unit_test(cancelled), cmocka_unit_test(against_optimum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
