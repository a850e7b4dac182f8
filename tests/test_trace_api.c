/* SPDX-License-Identifier: Apache-2.0
 * The edges of the trace's interface: what changed, refusals, limits, cancelling, assumed leaving times, a
 * large county. */
#include "cm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/caltime.h"
#include "county.h"
#include "trace_world.h"

static void must(enum err_code rc, const struct err *e)
{
	if (rc != OK)
		fail_msg("%s at %s: %s", err_name(rc), e->at, e->what);
}

static struct trace_result run_world(const struct world *w)
{
	struct err e;
	struct visits *v = NULL;
	struct visits_view *view = NULL;
	struct trace_ties *ties = NULL;
	must(visits_open(&v, &(struct visits_options){0}, &e), &e);
	must(visits_load(v, w->visit, w->visits_n, 1, &e), &e);
	must(visits_view(v, &view, &e), &e);
	must(trace_ties_new(&ties, w->meet, w->meets_n, w->link, w->links_n, w->place_parent, w->places_n,
			    &e),
	     &e);
	struct trace_world tw = {view, w->place_type, w->places_n, ties};
	struct trace_query q = {
		.cases = w->cases, .cases_n = w->cases_n, .rules = &w->rules, .hops = 3, .evidence_hops = 3};
	struct trace_result r;
	must(trace_run(&r, &tw, &q, &e), &e);
	trace_ties_done(&ties);
	visits_view_release(&view);
	visits_close(&v);
	return r;
}

static const struct trace_contact *find(const struct trace_result *r, uint32_t person)
{
	for (size_t i = 0; i < r->contacts_n; i++)
		if (r->contacts[i].person == person)
			return &r->contacts[i];
	return NULL;
}

/* Applying gained and lost to the exposures before gives those after, and each kind of change is what it
 * says. */
static void changes_explain_the_difference(void **state)
{
	(void)state;
	size_t kinds[4] = {0};
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct world w;
		struct err e;
		world_make(&w, seed);
		struct trace_result before = run_world(&w);
		if (seed % 3 == 0 && w.visits_n > 1)
			w.visits_n -= 1 + seed % (w.visits_n - 1) / 4; /* stays taken away */
		else if (seed % 3 == 1)
			w.type[seed % 4].min_s = w.type[seed % 4].min_s ? 0 : 900; /* another rule */
		else
			w.cases[w.cases_n++] = (struct trace_case){(uint32_t)(seed % w.persons_n), 0,
								   VISIT_TIME_MAX}; /* another case */
		struct trace_result after = run_world(&w);
		struct trace_changes c;
		must(trace_diff(&c, &before, &after, &e), &e);
		uint32_t last = 0;
		for (size_t i = 0; i < c.changes_n; i++) {
			const struct trace_change *x = &c.changes[i];
			uint32_t person = x->before.hop ? x->before.person : x->after.person;
			const struct trace_contact *a = find(&before, person), *b = find(&after, person);
			assert_true(i == 0 || person > last);
			last = person;
			assert_int_equal(x->kind, !a                 ? TRACE_ENTERED
						  : !b               ? TRACE_LEFT
						  : a->hop != b->hop ? TRACE_MOVED
								     : TRACE_ALTERED);
			if (a)
				assert_memory_equal(a, &x->before, sizeof *a);
			if (b)
				assert_memory_equal(b, &x->after, sizeof *b);
			assert_int_equal((a ? a->exposures : 0) + x->gained_n - x->lost_n,
					 b ? b->exposures : 0);
			for (size_t k = 0; k < x->gained_n; k++)
				assert_int_equal(c.gained[x->gained_at + k].person, person);
			for (size_t k = 0; k < x->lost_n; k++)
				assert_int_equal(c.lost[x->lost_at + k].person, person);
			kinds[x->kind]++;
		}
		for (uint32_t p = 0; p < w.persons_n; p++) { /* whoever is not listed is as before */
			const struct trace_contact *a = find(&before, p), *b = find(&after, p);
			bool listed = false;
			for (size_t i = 0; i < c.changes_n; i++)
				listed |= (c.changes[i].before.hop && c.changes[i].before.person == p) ||
					  (c.changes[i].after.hop && c.changes[i].after.person == p);
			if (!listed)
				assert_true(!a == !b && (!a || (a->hop == b->hop && a->first == b->first &&
								a->seconds == b->seconds &&
								a->exposures == b->exposures)));
		}
		trace_changes_done(&c);
		trace_result_done(&before);
		trace_result_done(&after);
	}
	for (int k = 0; k < 4; k++)
		assert_true(kinds[k] > 100);
}

static void refusals_name_what_is_wrong(void **state)
{
	(void)state;
	struct err e;
	struct visits *v = NULL;
	struct visits_view *view = NULL;
	must(visits_open(&v, &(struct visits_options){0}, &e), &e);
	must(visits_view(v, &view, &e), &e);
	struct trace_rule rule = {.min_s = 60};
	struct trace_rules rules = {&rule, 1, {0}};
	struct trace_case c = {1, 0, 100};
	const uint8_t types[] = {0, 1};
	struct trace_world w = {view, types, 1, NULL};
	struct trace_query q = {.cases = &c, .cases_n = 1, .rules = &rules, .hops = 2};
	struct trace_result r;
	must(trace_run(&r, &w, &q, &e), &e); /* an empty store has no contacts */
	assert_int_equal(r.contacts_n, 0);
	struct trace_result none;
	assert_int_equal(trace_evidence(&none, &w, &q, &r, 5, &e), ERR_NOT_FOUND);
	trace_result_done(&r);
	q.hops = 0;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "hops");
	q.hops = TRACE_HOPS_MAX + 1;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	q.hops = 2;
	w.places_n = 2;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "place 1");
	w.places_n = 1;
	c.to = 0;
	c.from = 1;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "case 0");
	c.from = 0;
	rule.linger_s = TRACE_MIN_MAX + 1;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "rule 0");
	rules.types_n = 0;
	assert_int_equal(trace_run(&r, &w, &q, &e), ERR_BAD_VALUE);
	struct trace_ties *t = NULL;
	const uint32_t ring[] = {1, 2, 0, TRACE_NONE}, unknown[] = {9}, itself[] = {0};
	assert_int_equal(trace_ties_new(&t, NULL, 0, NULL, 0, ring, 4, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "place 0");
	assert_int_equal(trace_ties_new(&t, NULL, 0, NULL, 0, unknown, 1, &e), ERR_BAD_VALUE);
	assert_int_equal(trace_ties_new(&t, NULL, 0, NULL, 0, itself, 1, &e), ERR_BAD_VALUE);
	const struct trace_encounter met[] = {{1, 2, 0, 5}, {3, 3, 0, 5}}, late[] = {{1, 2, 9, 5}};
	assert_int_equal(trace_ties_new(&t, met, 2, NULL, 0, NULL, 0, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "encounter 1");
	assert_int_equal(trace_ties_new(&t, late, 1, NULL, 0, NULL, 0, &e), ERR_BAD_VALUE);
	const struct trace_link self = {4, 4, TRACE_NONE, 0};
	assert_int_equal(trace_ties_new(&t, NULL, 0, &self, 1, NULL, 0, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "link 0");
	assert_null(t);
	visits_view_release(&view);
	visits_close(&v);
}

static void leaving_times_are_assumed_by_type(void **state)
{
	(void)state;
	struct trace_rule rule[2] = {{.usual_s = 600}, {.usual_s = 7200}};
	struct trace_rules rules = {rule, 2, {0}};
	const uint8_t types[] = {1, 0};
	struct visit x[] = {{1, 0, 1000, TRACE_NONE, 0},
			    {1, 1, 1000, TRACE_NONE, 0},
			    {1, 7, 1000, TRACE_NONE, 0},
			    {1, 0, 1000, 1500, 0}};
	trace_assume(x, 4, &rules, types, 2);
	assert_int_equal(x[0].t_out, 8200);
	assert_int_equal(x[1].t_out, 1600);
	assert_int_equal(x[2].t_out, 1600);
	assert_int_equal(x[3].t_out, 1500);
	assert_int_equal(x[0].flags & x[1].flags & x[2].flags, VISIT_ASSUMED);
	assert_int_equal(x[3].flags, 0);
	assert_int_equal(trace_score(1, 3600, 0), 500);
	assert_int_equal(trace_score(2, 3600, 0), 125);
	assert_int_equal(trace_score(1, 0, 8), 500);
	assert_true(trace_score(1, UINT64_C(1) << 40, 1 << 20) == 1000);
}

/* A town of a few thousand: enough for classes, sums and two threads to be used as in a county. */
static void a_town_gives_one_answer_in_every_way(void **state)
{
	(void)state;
	struct county c;
	struct err e;
	county_make(&c, 6000, 14, 3);
	struct visits *v = NULL;
	struct visits_view *view = NULL;
	must(visits_open(&v, &(struct visits_options){0}, &e), &e);
	must(visits_load(v, c.visit, c.visits_n, 2, &e), &e);
	must(visits_view(v, &view, &e), &e);
	struct trace_world w = {view, c.place_type, c.places_n, NULL};
	struct trace_case cases[8];
	county_cases(&c, view, cases, 8, 5);
	struct trace_query q = {
		.cases = cases, .cases_n = 3, .rules = &c.rules, .hops = 3, .threads = 1, .want_via = true};
	struct trace_result one, two, listed;
	must(trace_run(&one, &w, &q, &e), &e);
	q.threads = 2;
	must(trace_run(&two, &w, &q, &e), &e);
	q.evidence_hops = 3;
	must(trace_run(&listed, &w, &q, &e), &e);
	assert_true(one.contacts_n > 1000 && one.hop_n[2] > 100);
	assert_int_equal(two.contacts_n, one.contacts_n);
	assert_int_equal(listed.contacts_n, one.contacts_n);
	assert_memory_equal(two.contacts, one.contacts, one.contacts_n * sizeof *one.contacts);
	assert_memory_equal(listed.contacts, one.contacts, one.contacts_n * sizeof *one.contacts);
	/* limits and cancelling leave the result as it was */
	struct trace_result kept = listed;
	atomic_bool cancel = true;
	q.cancel = &cancel;
	assert_int_equal(trace_run(&listed, &w, &q, &e), ERR_BUSY);
	q.evidence_hops = 0;
	assert_int_equal(trace_run(&listed, &w, &q, &e), ERR_BUSY);
	q.cancel = NULL;
	q.evidence_hops = 3;
	q.exposures_max = 100;
	assert_int_equal(trace_run(&listed, &w, &q, &e), ERR_TOO_LARGE);
	assert_memory_equal(&kept, &listed, sizeof kept);
	/* the slider: the stricter the rules, the fewer */
	struct trace_rule wide[10][COUNTY_TYPES];
	struct trace_rules rules[10];
	for (uint32_t i = 0; i < 10; i++) {
		for (size_t t = 0; t < COUNTY_TYPES; t++)
			wide[i][t] = (struct trace_rule){.min_s = c.rule[t].min_s * (i + 1), .linger_s = 600};
		rules[i] = (struct trace_rules){wide[i], COUNTY_TYPES, {0}};
	}
	size_t counts[10 * 4];
	must(trace_what_if(counts, &w, &q, rules, 10, &e), &e);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(counts[4 * i], 3);
		assert_true(i == 0 || counts[4 * i + 1] <= counts[4 * i - 3]); /* hop 1 */
	}
	assert_int_equal(counts[1], one.hop_n[1]);
	assert_int_equal(counts[2], one.hop_n[2]);
	trace_result_done(&one);
	trace_result_done(&two);
	trace_result_done(&listed);
	visits_view_release(&view);
	visits_close(&v);
	county_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_explain_the_difference),
		cmocka_unit_test(refusals_name_what_is_wrong),
		cmocka_unit_test(leaving_times_are_assumed_by_type),
		cmocka_unit_test(a_town_gives_one_answer_in_every_way),
	};
	return caltime_zone(STR("Asia/Shanghai"), NULL) == OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
