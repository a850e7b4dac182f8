/* SPDX-License-Identifier: Apache-2.0
 *
 * Home care, beside the scenarios in tests/scenarios/homecare: any order of arrival gives the same homes; who stands behind a door
 * sensor is sealed, usable while the order runs, and gone with it; who may ask; what the gateway is told.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/homecare/homecare.h"
#include "ledger/duty.h"
#include "ledger/keyring.h"
#include "world.h"

#define P(n) NAME("person", n)
#define W(n) NAME("watch", n)
#define RUN(test) \
	static void test##_(void **state) \
	{ \
		(void)state; \
		world_each(test); \
	}

static void resident(struct world *w, int person, int household, int64_t area)
{
	world_put(w, "people.household_registered", area, NOW - 20 * MS_PER_DAY, "{'household':'%s','address':'Lane %d'}", NAME("household", household),
		  household);
	world_put(w, "people.person_registered", area, NOW - 19 * MS_PER_DAY, "{'person':'%s','household':'%s','name':'N%d'}", P(person),
		  NAME("household", household), person);
}

static void order(struct world *w, int person, int64_t from, int64_t until)
{
	world_put(w, "orders.order_signed", VILLAGE_A, from,
		  "{'order':'%s','person':'%s','class':'home','start_at':%lld,'end_at':%lld,'basis':'Notice 12','reason':'met a case'}", NAME("order", person),
		  P(person), (long long)from, (long long)until);
}

static void bind(struct world *w, int watch, int person, int64_t at)
{
	world_put(w, "homecare.sensor_bound", VILLAGE_A, at,
		  "{'watch':'%s','person':'%s','sensor':'door-%d','consent':true,'consent_at':%lld,'announced':true}", W(watch), P(person), watch,
		  (long long)at);
}

static struct id opened(struct world *w, int watch, int64_t at)
{
	return world_put(w, "homecare.door_opened", COUNTY_AREA, at, "{'watch':'%s'}", W(watch));
}

/* ---- the link -------------------------------------------------------------------------------------------------------- */

struct seen {
	int bound, with_person;
};

static enum err_code look(void *ctx, const struct fact *f, struct err *e)
{
	(void)e;
	struct seen *s = ctx;
	if (str_eq_c(str_of(f->kind->name), "homecare.sensor_bound")) {
		const struct homecare_sensor_bound *b = f->body;
		s->bound++;
		s->with_person += b->person.p != NULL;
	}
	return OK;
}

static struct seen read_back(struct world *w, bool with_keys)
{
	struct seen s = {0};
	struct err e = {0};
	testdb_ok(ledger_each(ledger_db(w->l), with_keys ? ledger_keyring(w->l) : NULL, COUNTY, 0, look, &s, &e), &e);
	return s;
}

/* The chain never holds whose door it is in the open; with the key it can be read, and without it nothing can. */
static void link_is_sealed(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	resident(w, 1, 1, VILLAGE_A);
	order(w, 1, NOW, NOW + 7 * MS_PER_DAY);
	bind(w, 1, 1, NOW);
	struct id o = opened(w, 1, NOW + MINUTES(60));
	assert_int_equal(world_duty(w, "homecare.call_back", world_id("watch", 1), o).state, DUTY_OPEN);
	assert_int_equal(read_back(w, false).with_person, 0);
	assert_int_equal(read_back(w, true).with_person, 1);
	assert_false(world_has(world_ask(w, &out, "house.facts", NOW + HOURS(2), "kind", "homecare.sensor_bound", NULL), P(1)));
	world_reopen(w);
	world_rebuilt_same(w, 0); /* the link is used again: the key is alive */
	assert_int_equal(world_duty(w, "homecare.call_back", world_id("watch", 1), o).state, DUTY_OPEN);
	world_put(w, "homecare.sensor_unbound", VILLAGE_A, NOW + HOURS(3), "{'watch':'%s','reason':'consent_withdrawn'}", W(1));
	assert_int_equal(read_back(w, true).bound, 1);
	assert_int_equal(read_back(w, true).with_person, 0);
	assert_int_equal(world_duty(w, "homecare.call_back", world_id("watch", 1), o).state, 0);
	world_rebuilt_same(w, 0);
	world_reopen(w);
	assert_int_equal(world_count(world_ask(w, &out, "homecare.door_events", NOW + HOURS(4), NULL), "\"watch\""), 0);
	/* the key does not come back: not by another binding, not by a backup of the keyring that was shredded again */
	struct err e = {0};
	assert_int_equal(world_try(w, &e, "homecare.sensor_bound", VILLAGE_A, NOW - MINUTES(1),
				   "{'watch':'%s','person':'%s','sensor':'door-1','consent':true,'consent_at':%lld,'announced':true}", W(1), P(1),
				   (long long)(NOW - MINUTES(2))), ERR_ERASED);
	int64_t alive;
	testdb_ok(keyring_reshred(ledger_keyring(w->l), &alive, &e), &e);
	assert_int_equal(alive, 0);
	buf_done(&out);
}
RUN(link_is_sealed)

/* ---- any order -------------------------------------------------------------------------------------------------------- */

/* A home with everything that may happen in it, in the order in which it happened. */
static size_t tell(struct world *w, struct str *t, bool unbound)
{
	size_t n = 0;
	const int64_t d = MS_PER_DAY, h = HOURS(1);
	const int64_t at = NOW - 6 * d;
#define T(kind, area, when, ...) t[n++] = world_fact(w, kind, area, when, __VA_ARGS__)
	T("people.household_registered", VILLAGE_A, at, "{'household':'%s','address':'Lane 1'}", NAME("household", 1));
	for (int p = 1; p <= 3; p++)
		T("people.person_registered", VILLAGE_A, at, "{'person':'%s','household':'%s','name':'N%d'}", P(p), NAME("household", 1), p);
	T("orders.order_signed", VILLAGE_A, at, "{'order':'%s','person':'%s','class':'home','end_at':%lld,'basis':'Notice 12','reason':'met'}",
	  NAME("order", 1), P(1), (long long)(at + 4 * d));
	T("orders.order_extended", VILLAGE_A, at + 3 * d, "{'order':'%s','person':'%s','end_at':%lld,'basis':'Notice 13','unmet':['no_signs'],'reason':'still ill'}",
	  NAME("order", 1), P(1), (long long)(at + 6 * d));
	T("homecare.home_assessed", VILLAGE_A, at + h, "{'person':'%s','lives_alone':false,'own_room':true,'own_toilet':false,'ventilated':true}", P(1));
	T("homecare.team_assigned", VILLAGE_A, at + h, "{'team':'%s','household':'%s','members':['%s'],'roles':['cadre']}", NAME("team", 1),
	  NAME("household", 1), NAME("user", 1));
	T("homecare.team_assigned", VILLAGE_A, at + 2 * h, "{'team':'%s','person':'%s','members':['%s','%s'],'roles':['cadre','medic']}", NAME("team", 2),
	  P(1), NAME("user", 2), NAME("user", 3));
	T("homecare.sensor_bound", VILLAGE_A, at + 3 * h, "{'watch':'%s','person':'%s','sensor':'door-1','consent':true,'consent_at':%lld,'announced':true}",
	  W(1), P(1), (long long)at);
	T("homecare.visit_announced", VILLAGE_A, at + 4 * h, "{'visit':'%s','person':'%s','purpose':'check','from_at':%lld,'until_at':%lld}",
	  NAME("home_visit", 1), P(1), (long long)(at + 5 * h), (long long)(at + 6 * h));
	T("homecare.door_opened", COUNTY_AREA, at + 5 * h + MINUTES(3), "{'watch':'%s'}", W(1));
	T("homecare.visit_done", VILLAGE_A, at + 5 * h + MINUTES(20), "{'visit':'%s','person':'%s','found':'met'}", NAME("home_visit", 1), P(1));
	T("homecare.door_opened", COUNTY_AREA, at + 9 * h, "{'watch':'%s'}", W(1));
	T("homecare.door_closed", COUNTY_AREA, at + 9 * h + 1000, "{'watch':'%s'}", W(1));
	T("homecare.door_opened", COUNTY_AREA, at + 10 * h, "{'watch':'%s'}", W(1));
	T("homecare.call_done", COUNTY_AREA, at + 10 * h + MINUTES(5), "{'watch':'%s','opening':'%s','result':'well'}", W(1), NAME("opening", 1));
	T("homecare.door_opened", COUNTY_AREA, at + 20 * h, "{'watch':'%s'}", W(1));
	T("homecare.sensor_heartbeat", COUNTY_AREA, at + 21 * h, "{'watch':'%s','battery':12}", W(1));
	T("homecare.sensor_fell_silent", COUNTY_AREA, at + 30 * h, "{'watch':'%s'}", W(1));
	T("homecare.delivery_done", VILLAGE_A, at + d, "{'person':'%s','goods':'food'}", P(1));
	T("homecare.exit_approved", VILLAGE_A, at + 2 * d, "{'exit':'%s','person':'%s','need':'emergency'}", NAME("exit", 1), P(1));
	T("homecare.exit_returned", VILLAGE_A, at + 2 * d + 5 * h, "{'exit':'%s','person':'%s'}", NAME("exit", 1), P(1));
	T("tracing.health_checked", VILLAGE_A, at + 2 * d + 6 * h, "{'person':'%s','temperature':38.1}", P(1));
	T("testing.tube_opened", VILLAGE_A, at + 3 * d, "{'tube':'%s','code':'T1','campaign':'%s','round':1,'pool_size':1}", NAME("tube", 1), NAME("campaign", 1));
	T("testing.swab_taken", VILLAGE_A, at + 3 * d, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(1), NAME("tube", 1), NAME("campaign", 1));
	T("testing.result_reported", VILLAGE_A, at + 3 * d + 5 * h, "{'tube':'%s','result':'positive'}", NAME("tube", 1));
	T("testing.tube_opened", VILLAGE_A, at + 4 * d, "{'tube':'%s','code':'T2','campaign':'%s','round':1,'pool_size':1}", NAME("tube", 2), NAME("campaign", 1));
	T("testing.swab_taken", VILLAGE_A, at + 4 * d, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(2), NAME("tube", 2), NAME("campaign", 1));
	T("people.person_moved", VILLAGE_B, at + 4 * d, "{'person':'%s','household':'%s'}", P(3), NAME("household", 2));
	if (unbound)
		T("homecare.sensor_unbound", VILLAGE_A, at + 5 * d, "{'watch':'%s','reason':'faulty'}", W(1));
#undef T
	return n;
}

static void hand_in(struct world *w, struct str text, uint64_t seed)
{
	struct verdict v = world_hand_in(w, text);
	if (v.code != OK)
		fail_msg("seed %llu: %s %s: %.*s", (unsigned long long)seed, err_name(v.code), v.err.at, STR_ARG(text));
}

/* Facts of phones and sensors come shuffled and twice. Of orders the extension comes after its order: it is signed on line. */
static void shuffled(enum db_engine engine, bool unbound, int times)
{
	struct str told[64];
	struct world w;
	struct buf want, got;
	buf_init(&want, 0);
	buf_init(&got, 0);
	if (!world_open(&w, engine, 1))
		return;
	size_t n = tell(&w, told, unbound);
	static char kept[64][2000];
	for (size_t i = 0; i < n; i++) {
		assert_true(told[i].n < sizeof kept[i]);
		memcpy(kept[i], told[i].p, told[i].n);
		hand_in(&w, told[i], 0);
		told[i].p = kept[i];
	}
	world_dump(&w, true, &want);
	if (unbound)
		assert_false(world_has(buf_str(&want), "door_event "));
	else
		assert_true(world_has(buf_str(&want), "homecare.call_back"));
	world_close(&w);
	for (int k = 1; k <= times; k++) {
		size_t at[64];
		struct dice d;
		dice_init(&d, (uint64_t)k);
		for (size_t i = 0; i < n; i++)
			at[i] = i;
		for (size_t i = n; i > 1; i--) {
			size_t j = (size_t)dice_below(&d, i), x = at[i - 1];
			at[i - 1] = at[j];
			at[j] = x;
		}
		size_t signed_at = 0, extended_at = 0;
		for (size_t i = 0; i < n; i++) {
			if (world_has(told[at[i]], "orders.order_signed"))
				signed_at = i;
			if (world_has(told[at[i]], "orders.order_extended"))
				extended_at = i;
		}
		if (extended_at < signed_at) {
			size_t x = at[signed_at];
			at[signed_at] = at[extended_at];
			at[extended_at] = x;
		}
		assert_true(world_open(&w, engine, 1)); /* the same administrative facts */
		for (size_t i = 0; i < n; i++) {
			hand_in(&w, told[at[i]], (uint64_t)k);
			if (dice_below(&d, 4) == 0)
				hand_in(&w, told[at[dice_below(&d, i + 1)]], (uint64_t)k);
			if (dice_below(&d, 12) == 0)
				world_reopen(&w);
		}
		world_dump(&w, true, &got);
		world_same(buf_str(&want), buf_str(&got), "the order of arrival matters", (uint64_t)k);
		world_rebuilt_same(&w, (uint64_t)k);
		world_close(&w);
	}
	buf_done(&want);
	buf_done(&got);
}

static void any_order(void **state)
{
	(void)state;
	shuffled(DB_SQLITE, false, 40);
	shuffled(DB_SQLITE, true, 40);
	shuffled(DB_POSTGRES, false, 2);
	shuffled(DB_POSTGRES, true, 2);
}

/* ---- who may ask ------------------------------------------------------------------------------------------------------- */

static enum err_code ask_as(struct world *w, enum role role, int64_t area, const char *query, struct buf *out)
{
	struct actor who = {.rights = role_rights(role), .area = area};
	struct err e = {0};
	struct query_call call = {.query = query_of(str_of(query)), .who = &who, .now_ms = NOW + HOURS(1), .area = area, .format = QUERY_JSON, .lang = "en"};
	struct db *db = NULL;
	struct arena a;
	area_range(area, &who.area_lo, &who.area_hi);
	arena_init(&a, 0);
	buf_reset(out);
	assert_int_equal(ledger_reader(w->l, &db, &e), OK);
	enum err_code rc = query_run(db, &a, &call, out, &e);
	db_close(&db);
	arena_done(&a);
	return rc;
}

static void who_may_ask(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	resident(w, 1, 1, VILLAGE_A);
	order(w, 1, NOW, NOW + 7 * MS_PER_DAY);
	bind(w, 1, 1, NOW);
	opened(w, 1, NOW + MINUTES(5));
	/* doors are for those who care for the homes, in their own area; an observer of the county sees counts and homes, no doors */
	assert_int_equal(ask_as(w, ROLE_observer, COUNTY_AREA, "homecare.door_events", &out), ERR_FORBIDDEN);
	assert_int_equal(ask_as(w, ROLE_observer, COUNTY_AREA, "homecare.sensors", &out), ERR_FORBIDDEN);
	assert_int_equal(ask_as(w, ROLE_observer, COUNTY_AREA, "homecare.households", &out), OK);
	assert_true(world_has(buf_str(&out), P(1)));
	assert_int_equal(ask_as(w, ROLE_community, VILLAGE_A, "homecare.door_events", &out), OK);
	assert_true(world_has(buf_str(&out), P(1)));
	assert_int_equal(ask_as(w, ROLE_community, VILLAGE_B, "homecare.door_events", &out), OK);
	assert_false(world_has(buf_str(&out), P(1)));
	buf_done(&out);
}
RUN(who_may_ask)

/* ---- what the gateway is told -------------------------------------------------------------------------------------------- */

static struct homecare_watch told(struct world *w, int64_t now, size_t want_n)
{
	const struct homecare_watch *v;
	size_t n;
	struct err e = {0};
	struct db *db = NULL;
	testdb_ok(ledger_reader(w->l, &db, &e), &e);
	testdb_ok(homecare_watches(db, &w->a, COUNTY, now, &v, &n, &e), &e);
	db_close(&db);
	assert_int_equal(n, want_n);
	return n ? v[0] : (struct homecare_watch){0};
}

static void gateway_is_told(struct world *w)
{
	resident(w, 1, 1, VILLAGE_A);
	told(w, NOW, 0);
	order(w, 1, NOW, NOW + 7 * MS_PER_DAY);
	bind(w, 1, 1, NOW);
	struct homecare_watch g = told(w, NOW + 1, 1);
	assert_true(id_eq(g.watch, world_id("watch", 1)) && str_eq_c(g.sensor, "door-1") && !g.over && !g.silent);
	assert_int_equal(g.battery, -1);
	assert_int_equal(g.heard_at, 0);
	world_put(w, "homecare.sensor_heartbeat", COUNTY_AREA, NOW + HOURS(1), "{'watch':'%s','battery':77}", W(1));
	world_put(w, "homecare.sensor_fell_silent", COUNTY_AREA, NOW + HOURS(9), "{'watch':'%s'}", W(1));
	g = told(w, NOW + HOURS(9), 1);
	assert_true(g.silent && g.battery == 77 && g.heard_at == NOW + HOURS(1));
	opened(w, 1, NOW + HOURS(10));
	assert_false(told(w, NOW + HOURS(10), 1).silent);
	/* the order ends by itself: nothing was reported, and it is over all the same */
	assert_false(told(w, NOW + 7 * MS_PER_DAY - 1, 1).over);
	assert_true(told(w, NOW + 7 * MS_PER_DAY, 1).over);
	world_put(w, "homecare.sensor_unbound", COUNTY_AREA, NOW + HOURS(11), "{'watch':'%s','reason':'order_ended'}", W(1));
	told(w, NOW + HOURS(11), 0);
	world_rebuilt_same(w, 0);
}
RUN(gateway_is_told)

/* Of heartbeats and silences the newest is kept, whatever comes in between. */
static void newest_only(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	resident(w, 1, 1, VILLAGE_A);
	order(w, 1, NOW, NOW + 7 * MS_PER_DAY);
	bind(w, 1, 1, NOW);
	for (int i = 20; i > 0; i--)
		world_put(w, "homecare.sensor_heartbeat", COUNTY_AREA, NOW + MINUTES(i), "{'watch':'%s','battery':%d}", W(1), 40 + i);
	assert_int_equal(world_count(world_dump(w, true, &out), "door_event "), 1);
	assert_true(world_has(world_ask(w, &out, "homecare.sensors", NOW + HOURS(1), NULL), "\"battery\":60"));
	buf_done(&out);
}
RUN(newest_only)

/* ---- parameters ------------------------------------------------------------------------------------------------------------ */

static void parameters(void **state)
{
	(void)state;
	const struct protocol *v9 = protocol_book_find(world_protocols(), STR("cn-covid19-9"));
	const struct protocol *v20 = protocol_book_find(world_protocols(), STR("cn-covid19-20-measures"));
	const struct protocol *ebola = protocol_book_find(world_protocols(), STR("ebola-who"));
	assert_true(homecare_sensor_allowed(v9));
	assert_false(homecare_sensor_allowed(v20));
	assert_false(homecare_sensor_allowed(ebola));
	assert_false(homecare_sensor_allowed(NULL));
	assert_int_equal(homecare_param(NULL, "home.call_back_min", HOMECARE_CALL_BACK_MIN), HOMECARE_CALL_BACK_MIN);
	assert_int_equal(homecare_param(v9, "isolation.rooms_per_10k", 1), 20); /* what an edition sets goes before ours */
	assert_int_equal(homecare_param(v9, "home.door_sensor", 7), 7);         /* a text is no number */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parameters),	    cmocka_unit_test(link_is_sealed_),	cmocka_unit_test(who_may_ask_),
		cmocka_unit_test(gateway_is_told_), cmocka_unit_test(newest_only_),	cmocka_unit_test(any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
