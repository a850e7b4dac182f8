/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of testing, told as stories with a clock: retests of a positive pool, what does not add up, who is missing, the
 * queue of the laboratory. Limits are those of cn-covid19-9, read from the protocol, not written here.
 */
#include <stdio.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/testing/testing.h"
#include "ledger/duty.h"
#include "sql.gen.h"
#include "world.h"

#define P(n) NAME("person", n)
#define T(n) NAME("tube", n)
#define C NAME("campaign", 1)
#define RUN(test) \
	static void test##_(void **state) \
	{ \
		(void)state; \
		world_each(test); \
	}

static int64_t limit(const char *name)
{
	const struct protocol *p = protocol_book_find(world_protocols(), STR("cn-covid19-9"));
	assert_non_null(p);
	int32_t min = protocol_limit_min(p, str_of(name));
	assert_true(min > 0);
	return min * MS_PER_MINUTE;
}

static void open_tube(struct world *w, int tube, int pool, int round, int64_t at)
{
	world_put(w, "testing.tube_opened", VILLAGE_A, at, "{'tube':'%s','code':'T%d','campaign':'%s','round':%d,'pool_size':%d}", T(tube), tube,
		  C, round, pool);
}

static void swab(struct world *w, int person, int tube, int round, int64_t at)
{
	world_put(w, "testing.swab_taken", VILLAGE_A, at, "{'person':'%s','tube':'%s','campaign':'%s','round':%d}", P(person), T(tube), C, round);
}

static void result(struct world *w, int tube, const char *word, int64_t at)
{
	world_put(w, "testing.result_reported", VILLAGE_A, at, "{'tube':'%s','result':'%s'}", T(tube), word);
}

static void closed(struct world *w, int tube, int n, int64_t at)
{
	world_put(w, "testing.tube_closed", VILLAGE_A, at, "{'tube':'%s','swabs_n':%d}", T(tube), n);
}

static struct world_duty duty(struct world *w, const char *kind, int person, int tube)
{
	return world_duty(w, kind, world_id("person", person), world_id("tube", tube));
}

static struct world_duty tube_duty(struct world *w, const char *kind, int tube)
{
	return world_duty(w, kind, world_id("tube", tube), ID_NONE);
}

/* ---- a positive pool --------------------------------------------------------------------------------------------- */

static void positive_pool(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	open_tube(w, 1, 10, 1, NOW - HOURS(5));
	for (int p = 1; p <= 3; p++)
		swab(w, p, 1, 1, NOW - HOURS(5) + MINUTES(p));
	closed(w, 1, 3, NOW - HOURS(4));
	assert_int_equal(duty(w, "testing.retest", 1, 1).state, 0);
	result(w, 1, "positive", NOW);
	for (int p = 1; p <= 3; p++) {
		struct world_duty retest = duty(w, "testing.retest", p, 1), isolate = duty(w, "testing.isolate", p, 1);
		assert_int_equal(retest.state, DUTY_OPEN);
		assert_int_equal(retest.from_at, NOW);
		assert_int_equal(retest.due_at, NOW + limit("pool_retest"));
		assert_int_equal(retest.area, VILLAGE_A);
		assert_int_equal(isolate.state, DUTY_OPEN);
		assert_int_equal(isolate.due_at, NOW + limit("pool_control"));
	}
	assert_true(world_has(world_ask(w, &out, "testing.positives", NOW, NULL), "\"retests_open\":3"));
	assert_int_equal(world_count(world_ask(w, &out, "house.duties", NOW, "kind", "testing.retest", NULL), "\"late_ms\":"), 3);
	/* a swab into another pool does not settle whom it was; one alone does */
	open_tube(w, 2, 10, 1, NOW + MINUTES(10));
	swab(w, 1, 2, 1, NOW + MINUTES(11));
	assert_int_equal(duty(w, "testing.retest", 1, 1).state, DUTY_OPEN);
	open_tube(w, 3, 1, 1, NOW + MINUTES(20));
	swab(w, 1, 3, 1, NOW + MINUTES(21));
	assert_int_equal(duty(w, "testing.retest", 1, 1).state, DUTY_DONE);
	assert_int_equal(duty(w, "testing.retest", 1, 1).done_at, NOW + MINUTES(21));
	assert_int_equal(duty(w, "testing.isolate", 1, 1).state, DUTY_OPEN);
	assert_int_equal(duty(w, "testing.retest", 2, 1).state, DUTY_OPEN);
	/* an invalid single sample settles nothing: it is taken again */
	result(w, 3, "invalid", NOW + MINUTES(100));
	assert_int_equal(duty(w, "testing.isolate", 1, 1).state, DUTY_OPEN);
	assert_int_equal(duty(w, "testing.resample", 1, 3).state, DUTY_OPEN);
	open_tube(w, 4, 1, 1, NOW + MINUTES(110));
	swab(w, 1, 4, 1, NOW + MINUTES(111));
	assert_int_equal(duty(w, "testing.resample", 1, 3).state, DUTY_DONE);
	result(w, 4, "negative", NOW + MINUTES(200));
	assert_int_equal(duty(w, "testing.isolate", 1, 1).state, DUTY_DONE);
	assert_int_equal(duty(w, "testing.isolate", 1, 1).done_at, NOW + MINUTES(200));
	/* late without anybody doing anything */
	assert_int_equal(world_count(world_ask(w, &out, "house.duties", NOW + limit("pool_retest") + 1, "kind", "testing.retest", "overdue", "1", NULL),
				     "\"late_ms\":1,"), 2);
	/* a waiver takes it off the screens, with its reason, and the derived part stays */
	world_put(w, "house.duty_waived", VILLAGE_A, NOW + MINUTES(5), "{'duty':'testing.retest','subject':'%s','part_id':'%s','reason':'in hospital'}",
		  P(2), T(1));
	assert_int_equal(world_count(world_ask(w, &out, "house.duties", NOW, "kind", "testing.retest", NULL), "\"late_ms\":"), 1);
	/* the correction of the result takes the duties back, and the contradiction is put before a human */
	result(w, 1, "negative", NOW + MINUTES(30));
	assert_int_equal(duty(w, "testing.retest", 3, 1).state, 0);
	assert_int_equal(tube_duty(w, "testing.conflict", 1).state, DUTY_OPEN);
	assert_true(world_has(world_ask(w, &out, "testing.gaps", NOW, NULL), "contradiction"));
	world_rebuilt_same(w, 0);
	buf_done(&out);
}
RUN(positive_pool)

/* The phone was offline: the swab comes after the result of its tube. */
static void late_swab(struct world *w)
{
	open_tube(w, 1, 10, 1, NOW - HOURS(5));
	swab(w, 1, 1, 1, NOW - HOURS(5));
	closed(w, 1, 2, NOW - HOURS(4));
	result(w, 1, "positive", NOW);
	assert_int_equal(duty(w, "testing.retest", 1, 1).state, 0); /* alone: it is known whom the tube speaks of */
	assert_int_equal(tube_duty(w, "testing.explain", 1).state, DUTY_OPEN); /* two were counted */
	world_reopen(w);
	swab(w, 2, 1, 1, NOW - HOURS(4) - MINUTES(30));
	for (int p = 1; p <= 2; p++) {
		assert_int_equal(duty(w, "testing.retest", p, 1).state, DUTY_OPEN);
		assert_int_equal(duty(w, "testing.retest", p, 1).due_at, NOW + limit("pool_retest"));
	}
	assert_int_equal(tube_duty(w, "testing.explain", 1).state, 0); /* now they agree */
	/* all done, then the server restarts, then an earlier single sample is reported late */
	open_tube(w, 2, 1, 1, NOW + HOURS(3));
	swab(w, 2, 2, 1, NOW + HOURS(3));
	result(w, 2, "negative", NOW + HOURS(5));
	assert_int_equal(duty(w, "testing.isolate", 2, 1).state, DUTY_DONE);
	world_reopen(w);
	open_tube(w, 3, 1, 1, NOW + HOURS(1));
	swab(w, 2, 3, 1, NOW + HOURS(1));
	assert_int_equal(duty(w, "testing.retest", 2, 1).done_at, NOW + HOURS(1));
	world_rebuilt_same(w, 0);
}
RUN(late_swab)

/* ---- what does not add up ---------------------------------------------------------------------------------------- */

static void explained(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	open_tube(w, 1, 1, 1, NOW); /* overfull */
	swab(w, 1, 1, 1, NOW + 1000);
	assert_int_equal(tube_duty(w, "testing.explain", 1).state, 0);
	swab(w, 2, 1, 1, NOW + 2000);
	assert_int_equal(tube_duty(w, "testing.explain", 1).state, DUTY_OPEN);
	open_tube(w, 2, 10, 1, NOW); /* miscounted */
	swab(w, 3, 2, 1, NOW + 1000);
	closed(w, 2, 2, NOW + HOURS(1));
	assert_int_equal(tube_duty(w, "testing.explain", 2).state, DUTY_OPEN);
	assert_int_equal(tube_duty(w, "testing.explain", 2).due_at, NOW + HOURS(1) + limit("close_to_send"));
	open_tube(w, 3, 10, 1, NOW); /* lost */
	swab(w, 4, 3, 1, NOW + 1000);
	world_put(w, "testing.tube_lost", VILLAGE_A, NOW + HOURS(2), "{'tube':'%s','reason':'broken'}", T(3));
	assert_int_equal(duty(w, "testing.resample", 4, 3).state, DUTY_OPEN);
	swab(w, 4, 2, 1, NOW + HOURS(3));
	assert_int_equal(duty(w, "testing.resample", 4, 3).state, DUTY_DONE);
	assert_int_equal(tube_duty(w, "testing.explain", 2).state, 0); /* the second swab was on its way */
	open_tube(w, 5, 10, 1, NOW); /* opened twice, for two rounds */
	open_tube(w, 5, 10, 2, NOW + 1000);
	assert_int_equal(tube_duty(w, "testing.conflict", 5).state, DUTY_OPEN);
	swab(w, 6, 5, 1, NOW + 5000);
	swab(w, 7, 5, 1, NOW + HOURS(4));
	assert_int_equal(tube_duty(w, "testing.conflict", 5).from_at, NOW + HOURS(4));
	result(w, 9, "negative", NOW); /* nobody ever opened it or swabbed into it */
	struct str gaps = world_ask(w, &out, "testing.gaps", NOW + HOURS(9), NULL);
	static const char *const expected[] = {"overfull", "contradiction", "not_opened", "result_without_swab", "not_sent"};
	for (size_t i = 0; i < ARRAY_N(expected); i++)
		if (!world_has(gaps, expected[i]))
			fail_msg("no %s in %.*s", expected[i], STR_ARG(gaps));
	assert_false(world_has(gaps, "miscounted"));
	world_rebuilt_same(w, 0);
	buf_done(&out);
}
RUN(explained)

static void hand_overs(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	world_put(w, "testing.laboratory_stated", VILLAGE_A, NOW - HOURS(9), "{'laboratory':'%s','name':'L','tubes_per_hour':2,'run_min':90}",
		  NAME("laboratory", 1));
	for (int t = 1; t <= 4; t++) {
		open_tube(w, t, 10, 1, NOW - HOURS(4));
		swab(w, t, t, 1, NOW - HOURS(4) + MINUTES(t));
		closed(w, t, 1, NOW - HOURS(3));
	}
	world_put(w, "testing.box_sent", VILLAGE_A, NOW - HOURS(2), "{'box':'%s','code':'B1','tubes':['%s','%s','%s'],'laboratory':'%s'}", NAME("box", 1),
		  T(1), T(2), T(3), NAME("laboratory", 1));
	struct world_duty receive = world_duty(w, "testing.receive_box", world_id("box", 1), ID_NONE);
	assert_int_equal(receive.state, DUTY_OPEN);
	assert_int_equal(receive.due_at, NOW - HOURS(2) + limit("send_to_receive"));
	struct str labs = world_ask(w, &out, "testing.laboratories", NOW, NULL);
	assert_true(world_has(labs, "\"waiting\":0") && world_has(labs, "\"on_the_way\":3"));
	world_put(w, "testing.box_received", VILLAGE_A, NOW - HOURS(1), "{'box':'%s','laboratory':'%s','tubes_n':3}", NAME("box", 1),
		  NAME("laboratory", 1));
	assert_int_equal(world_duty(w, "testing.receive_box", world_id("box", 1), ID_NONE).state, DUTY_DONE);
	world_put(w, "testing.plate_loaded", VILLAGE_A, NOW - MINUTES(30), "{'plate':'%s','laboratory':'%s','tubes':['%s','%s']}", NAME("plate", 1),
		  NAME("laboratory", 1), T(1), T(2));
	world_put(w, "testing.result_reported", VILLAGE_A, NOW - MINUTES(10), "{'tube':'%s','result':'negative','tested_at':%lld}", T(1),
		  (long long)(NOW - MINUTES(20)));
	/* two wait at 2 an hour, and one run takes 90 minutes: the last result in 2 h 30 min */
	labs = world_ask(w, &out, "testing.laboratories", NOW, NULL);
	char at[CALTIME_TEXT_N], text[160];
	caltime_format(NOW + MINUTES(150), at);
	snprintf(text, sizeof text, "\"last_result_at\":\"%s\"", at);
	if (!world_has(labs, text) || !world_has(labs, "\"waiting\":2") || !world_has(labs, "\"on_the_way\":0"))
		fail_msg("%s expected in %.*s", text, STR_ARG(labs));
	struct str sums = world_ask(w, &out, "testing.reconciliation", NOW, "campaign", C, "round", "1", NULL);
	static const char *const expected[] = {"\"tubes\":4", "\"closed\":4", "\"sent\":3", "\"received\":3", "\"plated\":2", "\"reported\":1",
					       "\"swabs\":4", "\"counted\":4", "\"swabs_reported\":1"};
	for (size_t i = 0; i < ARRAY_N(expected); i++)
		if (!world_has(sums, expected[i]))
			fail_msg("no %s in %.*s", expected[i], STR_ARG(sums));
	struct str clocks = world_ask(w, &out, "house.clocks", NOW, NULL);
	snprintf(text, sizeof text, "\"clock\":\"send_to_receive\",\"limit_ms\":%lld,\"closed\":3,\"p50_ms\":3600000,\"p95_ms\":3600000",
		 (long long)limit("send_to_receive"));
	if (!world_has(clocks, text))
		fail_msg("%s expected in %.*s", text, STR_ARG(clocks));
	assert_true(world_has(clocks, "\"clock\":\"receive_to_result\""));
	/* a result whose hand-over was never reported is not on the way for ever */
	world_put(w, "testing.box_sent", VILLAGE_A, NOW, "{'box':'%s','tubes':['%s'],'laboratory':'%s'}", NAME("box", 2), T(4), NAME("laboratory", 1));
	result(w, 4, "negative", NOW + HOURS(1));
	assert_true(world_has(world_ask(w, &out, "testing.laboratories", NOW + HOURS(1), NULL), "\"on_the_way\":0"));
	assert_true(world_has(world_ask(w, &out, "testing.gaps", NOW + HOURS(1), NULL), "not_received"));
	world_rebuilt_same(w, 0);
	buf_done(&out);
}
RUN(hand_overs)

/* ---- who is missing ------------------------------------------------------------------------------------------------ */

static void registered(struct world *w, int person, int household, int64_t at, const char *more)
{
	world_put(w, "people.person_registered", household == 1 ? VILLAGE_A : VILLAGE_B, at, "{'person':'%s','household':'%s','name':'N'%s}", P(person),
		  NAME("household", household), more);
}

static void campaign(struct world *w, const char *areas, const char *more)
{
	world_put(w, "testing.campaign_declared", TOWN, NOW - HOURS(30), "{'campaign':'%s','name':'All','areas':[%s],'pool_size':10%s}", C, areas, more);
	for (int r = 1; r <= 2; r++) /* two rounds on one day */
		world_put(w, "testing.round_opened", TOWN, NOW - HOURS(30), "{'campaign':'%s','round':%d,'opens_at':%lld,'due_at':%lld}", C, r,
			  (long long)(NOW - HOURS(24) + HOURS(6 * r)), (long long)(NOW - HOURS(20) + HOURS(6 * r)));
}

static void town(struct world *w)
{
	world_put(w, "people.household_registered", VILLAGE_A, NOW - 9 * MS_PER_DAY, "{'household':'%s'}", NAME("household", 1));
	world_put(w, "people.household_registered", VILLAGE_B, NOW - 9 * MS_PER_DAY, "{'household':'%s'}", NAME("household", 2));
	for (int p = 1; p <= 4; p++)
		registered(w, p, 1 + p % 2, NOW - 8 * MS_PER_DAY, p == 4 ? ",'tags':['dialysis']" : "");
}

/* In the order asked: registered, sampled, excused, missing over all areas. */
static void expect_coverage(struct world *w, const char *round, int64_t n, int64_t sampled, int64_t excused, int64_t missing)
{
	struct buf out;
	buf_init(&out, 0);
	struct str s = world_ask(w, &out, "testing.coverage", NOW, "campaign", C, "round", round, NULL);
	static const char *const names[] = {"registered", "sampled", "excused", "missing"};
	const int64_t expected[] = {n, sampled, excused, missing};
	const struct json *root;
	struct err e;
	testdb_ok(json_read(&w->a, s, &root, &e), &e);
	for (size_t i = 0; i < ARRAY_N(names); i++) {
		int64_t sum = 0;
		JSON_EACH(row, json_get(root, STR("rows")))
			sum += json_get(row, str_of(names[i]))->i;
		if (sum != expected[i])
			fail_msg("%s of round %s is %lld, not %lld: %.*s", names[i], round, (long long)sum, (long long)expected[i], STR_ARG(s));
	}
	struct buf list;
	buf_init(&list, 0);
	struct str m = world_ask(w, &list, "testing.missing", NOW, "campaign", C, "round", round, "unexcused", "1", NULL);
	assert_int_equal(world_count(m, "\"person\":"), missing);
	m = world_ask(w, &list, "testing.missing", NOW, "campaign", C, "round", round, NULL);
	assert_int_equal(world_count(m, "\"person\":"), missing + excused);
	buf_done(&out);
	buf_done(&list);
}

static void missing(struct world *w)
{
	town(w);
	campaign(w, "'140826105201','140826105202'", "");
	expect_coverage(w, "1", 4, 0, 0, 4);
	open_tube(w, 1, 10, 1, NOW - HOURS(17));
	swab(w, 1, 1, 1, NOW - HOURS(17));
	swab(w, 2, 1, 1, NOW - HOURS(17));
	expect_coverage(w, "1", 4, 2, 0, 2);
	expect_coverage(w, "2", 4, 0, 0, 4); /* the second round of the day is a round of its own */
	world_put(w, "testing.person_excused", VILLAGE_A, NOW - HOURS(16), "{'campaign':'%s','round':1,'person':'%s','reason':'medical'}", C, P(3));
	expect_coverage(w, "1", 4, 2, 1, 1);
	expect_coverage(w, "2", 4, 0, 0, 4);
	world_put(w, "testing.person_excused", VILLAGE_A, NOW - HOURS(16), "{'campaign':'%s','person':'%s','reason':'away'}", C, P(3));
	expect_coverage(w, "2", 4, 0, 1, 3); /* of all rounds */
	swab(w, 3, 1, 1, NOW - HOURS(15)); /* excused, and came all the same */
	expect_coverage(w, "1", 4, 3, 0, 1);
	/* who came after the round opened belongs to the next */
	registered(w, 5, 1, NOW - HOURS(15), "");
	expect_coverage(w, "1", 4, 3, 0, 1);
	expect_coverage(w, "2", 5, 0, 1, 4);
	/* who left before the second opened was there for the first */
	world_put(w, "people.person_departed", VILLAGE_A, NOW - HOURS(14), "{'person':'%s','reason':'moved_away'}", P(4));
	expect_coverage(w, "1", 4, 3, 0, 1);
	expect_coverage(w, "2", 4, 0, 1, 3);
	/* being registered once more takes nobody out of a round that is under way */
	registered(w, 2, 1, NOW - HOURS(1), "");
	expect_coverage(w, "1", 4, 3, 0, 1);
	expect_coverage(w, "2", 4, 0, 1, 3);
	world_rebuilt_same(w, 0);
}
RUN(missing)

/* Whoever was there when the round opened stays in its list: moving to another village or coming back later changes nothing. */
static void dated(struct world *w)
{
	town(w); /* 2 and 4 live in village A, 1 and 3 in B */
	campaign(w, "'140826105201'", "");
	expect_coverage(w, "1", 2, 0, 0, 2);
	world_put(w, "people.person_moved", VILLAGE_B, NOW - HOURS(15), "{'person':'%s','household':'%s'}", P(2), NAME("household", 2));
	expect_coverage(w, "1", 2, 0, 0, 2);
	expect_coverage(w, "2", 1, 0, 0, 1);
	world_put(w, "people.person_departed", VILLAGE_A, NOW - HOURS(14), "{'person':'%s','reason':'moved_away'}", P(4));
	world_put(w, "people.person_moved", VILLAGE_A, NOW - HOURS(2), "{'person':'%s','household':'%s'}", P(4), NAME("household", 1));
	expect_coverage(w, "1", 2, 0, 0, 2); /* was here, left, came back */
	expect_coverage(w, "2", 0, 0, 0, 0); /* the second round opened in between */
	world_put(w, "people.person_moved", VILLAGE_A, NOW - HOURS(1), "{'person':'%s','household':'%s'}", P(2), NAME("household", 1));
	expect_coverage(w, "1", 2, 0, 0, 2); /* and back: once, not twice */
	struct buf out;
	buf_init(&out, 0);
	struct str missing_ = world_ask(w, &out, "testing.missing", NOW, "campaign", C, "round", "1", NULL);
	assert_int_equal(world_count(missing_, "\"area\":\"140826105201\""), 2);
	/* a move told late, in its place between the others */
	world_put(w, "people.person_moved", VILLAGE_A, NOW - HOURS(17), "{'person':'%s','household':'%s','from_at':%lld}", P(1), NAME("household", 1),
		  (long long)(NOW - HOURS(19)));
	expect_coverage(w, "1", 3, 0, 0, 3);
	expect_coverage(w, "2", 1, 0, 0, 1);
	buf_done(&out);
	world_rebuilt_same(w, 0);
}
RUN(dated)

static void aliases(struct world *w)
{
	town(w);
	campaign(w, "'140826105000'", "");
	registered(w, 6, 1, NOW - 7 * MS_PER_DAY, ""); /* 6 is 1 under another document */
	expect_coverage(w, "1", 5, 0, 0, 5);
	world_put(w, "people.persons_merged", VILLAGE_A, NOW - HOURS(40), "{'person':'%s','other':'%s','reason':'same'}", P(1), P(6));
	expect_coverage(w, "1", 4, 0, 0, 4);
	world_put(w, "testing.person_excused", VILLAGE_A, NOW, "{'campaign':'%s','round':1,'person':'%s','reason':'medical'}", C, P(6));
	expect_coverage(w, "1", 4, 0, 1, 3); /* the excuse was given to the other record */
	swab(w, 6, 1, 1, NOW - HOURS(17));
	expect_coverage(w, "1", 4, 1, 0, 3);
	swab(w, 1, 2, 1, NOW - HOURS(16));
	expect_coverage(w, "1", 4, 1, 0, 3);
	struct buf out;
	buf_init(&out, 0);
	struct str twice = world_ask(w, &out, "testing.twice", NOW, "campaign", C, "round", "1", NULL);
	assert_true(world_has(twice, P(1)) && world_has(twice, "\"swabs\":2"));
	world_put(w, "people.persons_unmerged", VILLAGE_A, NOW, "{'person':'%s','other':'%s','reason':'two'}", P(1), P(6));
	expect_coverage(w, "1", 5, 2, 0, 3);
	world_rebuilt_same(w, 0);
	buf_done(&out);
}
RUN(aliases)

static void scopes(struct world *w)
{
	town(w);
	campaign(w, "'140826105000','140826105201','140826105202','140826105201'", ""); /* one within the other */
	expect_coverage(w, "1", 4, 0, 0, 4);
	world_put(w, "testing.campaign_declared", TOWN, NOW - HOURS(29), "{'campaign':'%s','name':'Some','areas':['140826105201'],'pool_size':10}", C);
	expect_coverage(w, "1", 2, 0, 0, 2); /* the newer scope holds */
	world_put(w, "testing.campaign_declared", TOWN, NOW - HOURS(28),
		  "{'campaign':'%s','name':'Tag','areas':['140826000000'],'tags':['dialysis','infant'],'pool_size':10}", C);
	expect_coverage(w, "1", 1, 0, 0, 1);
	world_put(w, "people.person_tagged", VILLAGE_A, NOW - HOURS(29), "{'person':'%s','tag':'infant'}", P(4));
	world_put(w, "people.person_tagged", VILLAGE_A, NOW - HOURS(29), "{'person':'%s','tag':'infant'}", P(3));
	expect_coverage(w, "1", 2, 0, 0, 2); /* one person, two tags */
	world_put(w, "people.person_untagged", VILLAGE_A, NOW - HOURS(10), "{'person':'%s','tag':'infant'}", P(3));
	expect_coverage(w, "1", 2, 0, 0, 2); /* had it when the round opened */
	world_rebuilt_same(w, 0);
}
RUN(scopes)

/* Tubes of two outbreaks in one box: each keeps the limits of its own edition, whoever reports. */
static void two_outbreaks(struct world *w)
{
	int64_t area = COUNTY_AREA;
	world_put(w, "house.outbreak_declared", area, NOW - MS_PER_DAY, "{'outbreak':'%s','name':'Camp','disease':'measles'}", NAME("outbreak", 2));
	world_put(w, "house.edition_adopted", area, NOW - MS_PER_DAY, "{'outbreak':'%s','edition':'measles','from_at':%lld}", NAME("outbreak", 2),
		  (long long)(NOW - MS_PER_DAY));
	open_tube(w, 1, 10, 1, NOW - HOURS(2));
	swab(w, 1, 1, 1, NOW - HOURS(2));
	swab(w, 2, 1, 1, NOW - HOURS(2));
	char text[600], id[ID_TEXT_N + 1];
	id_format(id_new(&w->sim.sys), id);
	snprintf(text, sizeof text,
		 "{\"id\":\"%s\",\"kind\":\"testing.result_reported\",\"outbreak\":\"%s\",\"area\":\"140826105201\",\"at\":%lld,"
		 "\"body\":{\"tube\":\"%s\",\"result\":\"positive\"}}",
		 id, NAME("outbreak", 2), (long long)NOW, T(1));
	assert_int_equal(world_hand_in(w, arena_str(&w->a, str_of(text))).code, OK);
	assert_int_equal(duty(w, "testing.retest", 1, 1).due_at, NOW + limit("pool_retest"));
	world_rebuilt_same(w, 0);
}
RUN(two_outbreaks)

/* The statement that lists duties resolves the part of exactly the duties whose part is an entity: a day number is no tube. */
static void parts(void **state)
{
	(void)state;
	const struct duty_kind *k;
	for (size_t i = 0; (k = duty_kind_at(i)); i++) {
		char quoted[80];
		snprintf(quoted, sizeof quoted, "'%s'", k->name);
		if ((strstr(SQL_house_q_duties.sqlite, quoted) != NULL) != k->part_is_entity)
			fail_msg("%s: part_is_entity and house_q_duties do not agree", k->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(positive_pool_), cmocka_unit_test(late_swab_), cmocka_unit_test(explained_), cmocka_unit_test(hand_overs_),
		cmocka_unit_test(missing_), cmocka_unit_test(dated_),	  cmocka_unit_test(aliases_),	cmocka_unit_test(scopes_),    cmocka_unit_test(two_outbreaks_), cmocka_unit_test(parts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
