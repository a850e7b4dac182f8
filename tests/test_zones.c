/* SPDX-License-Identifier: Apache-2.0
 *
 * Risk zones on both databases: shapes on the map, what cannot happen in any order of arrival, members and unmet conditions against a
 * plain model. The rules themselves are in tests/scenarios/zones. All persons are made up.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"
#include "world.h"

#define START (NOW - 10 * MS_PER_DAY)

/* ---- shapes -------------------------------------------------------------------------------------------------------- */

static void shapes(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "[]", "{}", "{\"type\":\"Point\",\"coordinates\":[1,2]}", "{\"type\":\"Polygon\"}", "{\"type\":\"Polygon\",\"coordinates\":[]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[0,0]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[181,0],[1,1],[0,0]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,\"x\"],[1,1],[0,0]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1],[1,1],[0,0]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[0,0,0,0]]}",
		"{\"type\":\"MultiPolygon\",\"coordinates\":[]}",
		"{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,1],[0,0]]],[[[0,0]]]]}",
		"{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]} trailing",
	};
	struct arena a;
	struct zones_shape s;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_N(wrong); i++) {
		struct err e = {0};
		if (zones_shape_read(&a, str_of(wrong[i]), &s, &e) != ERR_BAD_VALUE || strcmp(e.at, "/body/shape") != 0)
			fail_msg("taken: %s", wrong[i]);
	}
	/* a square with a hole, and another square */
	static const char good[] = "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[10,0],[10,10],[0,10],[0,0]],"
				   "[[4,4],[6,4],[6,6],[4,6],[4,4]]],[[[20,20],[21,20],[21,21],[20,20]]]]}";
	struct err e = {0};
	testdb_ok(zones_shape_read(&a, str_of(good), &s, &e), &e);
	assert_int_equal(s.ring_n, 3);
	assert_int_equal(s.point_n, 14);
	assert_true(zones_shape_holds(&s, 1, 1));
	assert_true(zones_shape_holds(&s, 0, 0));
	assert_false(zones_shape_holds(&s, 5, 5));
	assert_false(zones_shape_holds(&s, 10.001, 5));
	assert_false(zones_shape_holds(&s, 15, 15));
	assert_true(zones_shape_holds(&s, 20.7, 20.4));
	assert_false(zones_shape_holds(&s, 20.4, 20.7));
	assert_false(zones_shape_holds(&s, NAN, 5));
	/* one point too many */
	struct buf b;
	buf_init(&b, 0);
	buf_add_c(&b, "{\"type\":\"Polygon\",\"coordinates\":[[[0,0]");
	for (int i = 0; i < ZONES_SHAPE_POINTS_MAX; i++)
		buf_printf(&b, ",[%d.5,%d]", i % 170, i % 80);
	buf_add_c(&b, ",[0,0]]]}");
	assert_int_equal(zones_shape_read(&a, buf_str(&b), &s, &e), ERR_BAD_VALUE);
	buf_done(&b);
	arena_done(&a);
}

static void put_home(struct world *w, int n, int64_t area, const char *building)
{
	world_put(w, "people.household_registered", area, START, "{'household':'%s','address':'%d','building':'%s'}",
	     NAME("household", n), n, building);
	world_put(w, "people.person_registered", area, START, "{'person':'%s','household':'%s','name':'P'}", NAME("person", n), NAME("household", n));
}

static void drawn(struct world *w)
{
	struct buf out;
	struct err e = {0};
	buf_init(&out, 0);
	world_at(w, NOW);
	put_home(w, 1, VILLAGE_A, "A1");
	put_home(w, 2, VILLAGE_A, "A2");
	put_home(w, 3, VILLAGE_A, "A3");
	world_put(w, "people.place_registered", VILLAGE_A, START, "{'place':'%s','name':'A1','type':'home','lon':111.57,'lat':35.49}",
	     NAME("place", 1));
	world_put(w, "people.place_registered", VILLAGE_A, START, "{'place':'%s','name':'A2','type':'home','lon':111.59,'lat':35.49}",
	     NAME("place", 2));
	assert_int_equal(world_try(w, &e, "zones.zone_declared", VILLAGE_A, NOW - HOURS(1),
				   "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture','shape':'not a polygon at all'}",
				     NAME("zone", 1)),
			 ERR_BAD_VALUE);
	assert_string_equal(e.at, "/body/shape");
	world_put(w, "zones.zone_declared", VILLAGE_A, NOW - HOURS(1),
		  "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture','shape':'{\\'type\\':\\'Polygon\\',\\'coordinates\\':"
		  "[[[111.56,35.48],[111.58,35.48],[111.58,35.50],[111.56,35.50],[111.56,35.48]]]}'}",
		  NAME("zone", 1));
	struct str rows = world_ask(w, &out, "zones.members", NOW, "zone", NAME("zone", 1), NULL);
	assert_int_equal(world_count(rows, "\"where\":\"inside\""), 1);
	assert_true(world_has(rows, NAME("person", 1)));
	/* the register learns where the third house stands */
	world_put(w, "people.place_registered", VILLAGE_A, START, "{'place':'%s','name':'A3','type':'home','lon':111.561,'lat':35.481}",
	     NAME("place", 3));
	rows = world_ask(w, &out, "zones.members", NOW, "zone", NAME("zone", 1), NULL);
	assert_int_equal(world_count(rows, "\"where\":\"inside\""), 2);
	assert_true(world_has(rows, NAME("person", 3)));
	world_rebuilt_same(w, 1);
	buf_done(&out);
}

/* ---- an order without basis or without end --------------------------------------------------------------------------------- */

/* An edition whose zone says neither days nor that it ends with the last higher one. */
static const char endless[] =
	"id: test\ndisease: test\ndisease_name: { en: t, zh: t }\nedition: { en: t, zh: t }\nissuer: { en: t, zh: t }\neffective_from: 2022-01-01\n"
	"jurisdiction: CN\nbasis: { en: law, zh: law, status: R, why: t }\nappeal: { en: a, zh: a, status: R, why: t }\nsources:\n  1: \"x\"\n"
	"zones:\n  ring:\n    name: { en: r, zh: r }\n    status: R\n    why: t\n    regime: { en: r, zh: r }\n    units: [village]\n    downgrade_to: none\n";

static void no_end(void **state)
{
	(void)state;
	struct arena a;
	struct protocol *p;
	struct err e = {0};
	arena_init(&a, 0);
	testdb_ok(protocol_load(&a, str_of(endless), "endless.yaml", &p, &e), &e);
	const int64_t areas[] = {VILLAGE_A};
	struct ledger_tx tx = {.arena = &a, .county = COUNTY, .protocol = p};
	struct zones_zone_declared b = {.class = STR("ring"), .name = STR("r"), .areas = {areas, 1}, .decided_by = 0, .start_at = ABSENT, .ends_at = ABSENT};
	struct fact f = {.at = NOW, .body = &b, .area = VILLAGE_A};
	assert_int_equal(zones_check_declared(&tx, &f, &e), ERR_MISSING_FIELD);
	assert_string_equal(e.at, "/body/ends_at");
	b.ends_at = NOW + MS_PER_DAY;
	testdb_ok(zones_check_declared(&tx, &f, &e), &e);
	assert_true(str_eq_c(b.grounds, "law"));
	assert_true(str_eq_c(b.clause, "test zones.ring"));
	b.ends_at = NOW;
	assert_int_equal(zones_check_declared(&tx, &f, &e), ERR_BAD_VALUE);
	/* an edition cannot be without a legal basis; where one is made by hand the order must name its own */
	struct protocol bare = *p;
	bare.basis = (struct protocol_text){STR_NONE, STR_NONE};
	tx.protocol = &bare;
	b.ends_at = NOW + MS_PER_DAY;
	assert_int_equal(zones_check_declared(&tx, &f, &e), ERR_MISSING_FIELD);
	assert_string_equal(e.at, "/body/basis");
	b.basis = STR("county act, article 4");
	testdb_ok(zones_check_declared(&tx, &f, &e), &e);
	assert_true(str_eq_c(b.grounds, "county act, article 4"));
	arena_done(&a);
}

/* ---- slots never hold more than they may --------------------------------------------------------------------------------------- */

#define SLOT_HOUSEHOLDS 30

static int64_t overfull(struct world *w)
{
	struct err e = {0};
	int64_t n;
	testdb_ok(db_one(ledger_db(w->l), &SQL_test_zones_overfull, PARAMS(V_INT(w->county)), 0, &n, &e), &e);
	return n;
}

static int64_t unplaced(struct world *w)
{
	struct err e = {0};
	int64_t n;
	testdb_ok(db_one(ledger_db(w->l), &SQL_test_zones_unplaced, PARAMS(V_INT(w->county)), 0, &n, &e), &e);
	return n;
}

/* Phones without a line assign as they like, the capacity changes twice: whatever arrives when, no slot is overfull, and whoever has no
 * place has a duty. */
static void slots(struct world *w)
{
	struct dice d;
	dice_init(&d, 7);
	world_at(w, NOW);
	for (int i = 0; i < 200; i++) {
		if (i % 60 == 20)
			world_put(w, "zones.point_opened", VILLAGE_A, NOW - HOURS(6) + MINUTES(i),
				  "{'point':'%s','zone':'%s','name':'P','capacity':%d,'slot_minutes':30,'from_minute':480,'until_minute':600}",
				     NAME("point", 1),
				  NAME("zone", 1), 1 + (int)dice_below(&d, 5));
		world_put(w, "zones.slot_assigned", VILLAGE_A, NOW - HOURS(8) + MINUTES((int)dice_below(&d, 300)),
			  "{'point':'%s','household':'%s','day':'2022-11-2%d','slot':%d}", NAME("point", 1),
			  NAME("household", 1 + (int)dice_below(&d, SLOT_HOUSEHOLDS)), 1 + (int)dice_below(&d, 2), (int)dice_below(&d, 5));
		assert_int_equal(overfull(w), 0);
	}
	assert_int_equal(unplaced(w), 0);
	world_rebuilt_same(w, 7);
}

/* At the desk the full slot is refused, and the planner's proposal can be signed line by line until no place is left. */
static void planner(struct world *w)
{
	struct buf out;
	struct err e = {0};
	buf_init(&out, 0);
	world_at(w, NOW);
	for (int i = 1; i <= SLOT_HOUSEHOLDS; i++)
		put_home(w, i, VILLAGE_A, i % 2 ? "A" : "B");
	world_put(w, "zones.zone_declared", VILLAGE_A, NOW - HOURS(2), "{'zone':'%s','name':'Z','class':'medium','decided_by':'prefecture','areas':['140826105201']}",
		  NAME("zone", 1));
	for (int p = 1; p <= 2; p++)
		world_put(w, "zones.point_opened", VILLAGE_A, NOW - HOURS(1),
			  "{'point':'%s','zone':'%s','name':'P%d','capacity':3,'slot_minutes':30,'from_minute':480,'until_minute':600}",
			     NAME("point", p),
			  NAME("zone", 1), p);
	struct str rows = world_ask(w, &out, "zones.slots", NOW, "zone", NAME("zone", 1), "day", "2022-11-21", NULL);
	assert_int_equal(world_count(rows, "\"household\""), SLOT_HOUSEHOLDS);
	assert_int_equal(world_count(rows, "\"slot\":"), SLOT_HOUSEHOLDS);
	assert_int_equal(world_count(rows, "\"point\":null"), SLOT_HOUSEHOLDS - 24);
	assert_int_equal(world_count(rows, "\"slot\":0"), 6); /* spread: each slot of each point has three places */
	int taken = 0, full = 0;
	for (int i = 1; i <= SLOT_HOUSEHOLDS; i++)
		for (int s = 0; s < 8; s++) {
			enum err_code rc = world_try(w, &e, "zones.slot_assigned", VILLAGE_A, NOW, "{'point':'%s','household':'%s','day':'2022-11-21','slot':%d}",
						     NAME("point", 1 + s / 4), NAME("household", i), s % 4);
			if (rc == OK) {
				taken++;
				break;
			}
			assert_int_equal(rc, ERR_NOT_ALLOWED);
			full++;
		}
	assert_int_equal(taken, 24);
	assert_true(full > 0);
	assert_int_equal(overfull(w), 0);
	rows = world_ask(w, &out, "zones.slots", NOW, "zone", NAME("zone", 1), "day", "2022-11-21", NULL);
	assert_int_equal(world_count(rows, "\"point\":null"), SLOT_HOUSEHOLDS - 24);
	buf_done(&out);
}

/* ---- barriers ----------------------------------------------------------------------------------------------------------------------- */

/* Whatever is reported in whatever order: a sealed exit without its keeper, or without a way for the fire engine, must go at once. */
static void barriers(struct world *w)
{
	struct dice d;
	struct err e = {0};
	struct buf out;
	buf_init(&out, 0);
	dice_init(&d, 3);
	world_at(w, NOW);
	world_put(w, "zones.zone_declared", VILLAGE_A, NOW - HOURS(30), "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture','areas':['140826105201']}",
		  NAME("zone", 1));
	for (int i = 0; i < 120; i++) {
		int barrier = 1 + (int)dice_below(&d, 6);
		int64_t at = NOW - HOURS(24) + MINUTES((int)dice_below(&d, 1300)), bad, n;
		switch (dice_below(&d, 4)) {
		case 0:
			world_try(w, &e, "zones.barrier_set", VILLAGE_A, at,
				  "{'barrier':'%s','zone':'%s','keeper':'%s','keeper_name':'Kestrel','phone':'13800000009','kind':'lock','place':'gate','sealed':%s,"
				  "'keeper_present':%s,'fire_access':%s,'expires_at':%lld}",
				  NAME("barrier", barrier), NAME("zone", 1), NAME("person", 1), dice_below(&d, 2) ? "true" : "false",
				  dice_below(&d, 3) ? "true" : "false", dice_below(&d, 3) ? "true" : "false", (long long)(at + HOURS(48)));
			break;
		case 1:
		case 2:
			world_put(w, "zones.barrier_checked", VILLAGE_A, at, "{'barrier':'%s','keeper_present':%s,'fire_access':%s}",
			     NAME("barrier", barrier),
				  dice_below(&d, 2) ? "true" : "false", dice_below(&d, 2) ? "true" : "false");
			break;
		default:
			world_put(w, "zones.barrier_removed", VILLAGE_A, at, "{'barrier':'%s'}", NAME("barrier", barrier));
		}
		testdb_ok(db_one(ledger_db(w->l), &SQL_test_zones_unguarded, PARAMS(V_INT(w->county), V_INT(NOW)), 0, &bad, &e), &e);
		assert_int_equal(bad, 0);
		testdb_ok(db_one(ledger_db(w->l), &SQL_test_zones_sealed, PARAMS(V_INT(w->county)), 0, &n, &e), &e);
		assert_int_equal(n, 0); /* nobody could set one without its keeper */
	}
	/* the keeper's name and phone are sealed: in no table, in no answer */
	struct str dump = world_dump(w, true, &out);
	assert_true(dump.n > 1000);
	assert_false(world_has(dump, "Kestrel"));
	assert_false(world_has(dump, "13800000009"));
	assert_false(world_has(world_ask(w, &out, "zones.barriers", NOW, NULL), "Kestrel"));
	world_rebuilt_same(w, 3);
	buf_done(&out);
}

/* ---- any order ------------------------------------------------------------------------------------------------------------------------- */

#define FACTS_MAX 80
struct told {
	struct str text[FACTS_MAX];
	int n;
};

static void tell(struct world *w, struct told *t, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	assert_true(t->n < FACTS_MAX);
	t->text[t->n++] = world_fact_v(w, kind, area, at, fmt, ap);
	va_end(ap);
}

/* Everything that moves a clock, and everything that moves what moves it. */
static void tell_all(struct world *w, struct told *t)
{
	int64_t at = NOW - 5 * MS_PER_DAY;
	for (int h = 1; h <= 3; h++) {
		tell(w, t, "people.household_registered", h == 3 ? VILLAGE_B : VILLAGE_A, at - HOURS(90), "{'household':'%s','address':'%d','building':'B%d','unit':'%d'}",
		     NAME("household", h), h, h, h);
		tell(w, t, "people.person_registered", h == 3 ? VILLAGE_B : VILLAGE_A, at - HOURS(89), "{'person':'%s','household':'%s','name':'P%d'}", NAME("person", h),
		     NAME("household", h), h);
	}
	tell(w, t, "people.person_registered", VILLAGE_B, at - HOURS(80), "{'person':'%s','name':'P','household':'%s'}", NAME("person", 4),
	     NAME("household", 3));
	tell(w, t, "people.place_registered", VILLAGE_A, at - HOURS(80), "{'place':'%s','name':'B2','type':'home','lon':111.5,'lat':35.5}",
	     NAME("place", 1));
	tell(w, t, "people.place_registered", VILLAGE_A, at - HOURS(80), "{'place':'%s','name':'2','type':'home','parent':'%s'}", NAME("place", 2),
	     NAME("place", 1));
	tell(w, t, "people.place_registered", VILLAGE_B, at - HOURS(80), "{'place':'%s','name':'Shop','type':'shop','lon':111.6,'lat':35.6}",
	     NAME("place", 3));
	tell(w, t, "people.place_registered", VILLAGE_A, at + HOURS(1), "{'place':'%s','name':'Shop','type':'shop','lon':111.6,'lat':35.6}",
	     NAME("place", 3));
	tell(w, t, "zones.zone_proposed", VILLAGE_A, at - HOURS(2), "{'zone':'%s','name':'Z','class':'high','areas':['140826105201'],'reason':'two cases'}", NAME("zone", 1));
	tell(w, t, "zones.zone_declared", VILLAGE_A, at, "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture','areas':['140826105201'],'households':['%s']}",
	     NAME("zone", 1), NAME("household", 3));
	tell(w, t, "zones.zone_declared", VILLAGE_A, at, "{'zone':'%s','name':'Y','class':'medium','decided_by':'prefecture','places':['%s','%s']}",
	     NAME("zone", 2),
	     NAME("place", 1), NAME("place", 3));
	tell(w, t, "zones.zone_declared", TOWN, at, "{'zone':'%s','name':'X','class':'low','decided_by':'prefecture','areas':['140826000000']}",
	     NAME("zone", 3));
	tell(w, t, "zones.zone_declared", VILLAGE_A, at + HOURS(3),
	     "{'zone':'%s','name':'W','class':'high','decided_by':'prefecture','shape':'{\\'type\\':\\'Polygon\\',\\'coordinates\\':[[[111,35],[112,35],[112,36],[111,36],[111,35]]]}'}",
	     NAME("zone", 4));
	tell(w, t, "zones.notice_published", VILLAGE_A, at + HOURS(2), "{'zone':'%s','channel':'web'}", NAME("zone", 1));
	for (int c = 1; c <= 4; c++)
		tell(w, t, "tracing.case_opened", VILLAGE_A, at + HOURS(10 * c), "{'case':'%s','person':'%s','class':'confirmed','found_by':'%s','sampled_at':%lld}",
		     NAME("case", c), NAME("person", c), c == 2 ? "isolation" : "screening", (long long)(at + HOURS(10 * c - 3)));
	tell(w, t, "tracing.case_revised", VILLAGE_A, at + HOURS(44), "{'case':'%s','withdrawn':true,'reason':'false'}", NAME("case", 3));
	tell(w, t, "tracing.visit_recorded", VILLAGE_A, at + HOURS(40), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}",
	     NAME("visit", 1), NAME("person", 4), NAME("place", 3), (long long)(at + HOURS(20)), (long long)(at + HOURS(21)));
	tell(w, t, "tracing.visit_recorded", VILLAGE_A, at + HOURS(39), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}",
	     NAME("visit", 2), NAME("person", 4), NAME("place", 2), (long long)(at + HOURS(22)), (long long)(at + HOURS(23)));
	tell(w, t, "tracing.visit_recorded", VILLAGE_A, at + HOURS(41), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}",
	     NAME("visit", 2), NAME("person", 1), NAME("place", 2), (long long)(at + HOURS(22)), (long long)(at + HOURS(23)));
	tell(w, t, "tracing.visit_withdrawn", VILLAGE_A, at + HOURS(45), "{'visit':'%s'}", NAME("visit", 1));
	tell(w, t, "people.persons_merged", VILLAGE_A, at + HOURS(46), "{'person':'%s','other':'%s','reason':'one'}", NAME("person", 1),
	     NAME("person", 4));
	tell(w, t, "people.persons_unmerged", VILLAGE_A, at + HOURS(47), "{'person':'%s','other':'%s','reason':'two'}", NAME("person", 1),
	     NAME("person", 4));
	tell(w, t, "people.persons_merged", VILLAGE_A, at + HOURS(48), "{'person':'%s','other':'%s','reason':'one'}", NAME("person", 2),
	     NAME("person", 4));
	tell(w, t, "people.person_moved", VILLAGE_A, at + HOURS(5), "{'person':'%s','household':'%s'}", NAME("person", 3), NAME("household", 2));
	tell(w, t, "people.household_registered", VILLAGE_B, at + HOURS(60), "{'household':'%s','address':'9','building':'B9'}",
	     NAME("household", 1));
	tell(w, t, "zones.risk_judged", VILLAGE_A, at + HOURS(50), "{'zone':'%s','case':'%s','scope':'part','households':['%s'],'reason':'house only'}", NAME("zone", 1),
	     NAME("case", 4), NAME("household", 3));
	tell(w, t, "zones.risk_judged", VILLAGE_A, at + HOURS(49), "{'zone':'%s','case':'%s','scope':'none','reason':'no'}", NAME("zone", 1),
	     NAME("case", 4));
	tell(w, t, "zones.zone_changed", VILLAGE_A, at + HOURS(30), "{'zone':'%s','areas':['140826105202'],'decided_by':'prefecture','reason':'spread'}", NAME("zone", 1));
	tell(w, t, "zones.zone_changed", VILLAGE_A, at + HOURS(31), "{'zone':'%s','areas_out':['140826105201'],'decided_by':'prefecture','reason':'mistake'}", NAME("zone", 1));
	tell(w, t, "zones.zone_prolonged", VILLAGE_A, at + HOURS(32), "{'zone':'%s','households':['%s'],'until_at':%lld,'decided_by':'prefecture','reason':'more'}",
	     NAME("zone", 1), NAME("household", 3), (long long)(NOW + HOURS(90)));
	tell(w, t, "zones.quiet_reset", VILLAGE_A, at + HOURS(33), "{'zone':'%s','anchor_at':%lld,'reason':'disinfected'}",
	     NAME("zone", 2), (long long)(at + HOURS(33)));
	tell(w, t, "zones.zone_stepped_down", VILLAGE_A, at + HOURS(70), "{'zone':'%s','to':'medium','areas':['140826105202'],'into':'%s','decided_by':'prefecture'}",
	     NAME("zone", 1), NAME("zone", 5));
	tell(w, t, "zones.zone_stepped_down", VILLAGE_A, at + HOURS(80), "{'zone':'%s','to':'low','early':true,'decided_by':'prefecture','reason':'quiet'}", NAME("zone", 2));
	tell(w, t, "zones.zone_lifted", VILLAGE_A, at + HOURS(85), "{'zone':'%s','decided_by':'prefecture'}", NAME("zone", 4));
	tell(w, t, "zones.roll_closed", VILLAGE_A, at + HOURS(20), "{'zone':'%s','roll':'tests','day':'2022-11-16'}", NAME("zone", 1));
	tell(w, t, "zones.none_needed", VILLAGE_A, at + HOURS(25), "{'case':'%s','reason':'controlled','channel':'web'}", NAME("case", 2));
	tell(w, t, "zones.post_set", VILLAGE_A, at + HOURS(1), "{'post':'%s','zone':'%s','name':'G'}", NAME("post", 1), NAME("zone", 4));
	tell(w, t, "zones.post_manned", VILLAGE_A, at + HOURS(2), "{'post':'%s'}", NAME("post", 1));
	tell(w, t, "zones.exit_granted", VILLAGE_A, at + HOURS(2), "{'exit':'%s','person':'%s','reason':'medical_emergency'}", NAME("exit", 1),
	     NAME("person", 1));
	tell(w, t, "zones.exit_returned", VILLAGE_A, at + HOURS(8), "{'exit':'%s'}", NAME("exit", 1));
	tell(w, t, "zones.household_moved_out", VILLAGE_A, at + HOURS(3), "{'zone':'%s','household':'%s','stay':['%s'],'reason':'no water'}",
	     NAME("zone", 1),
	     NAME("household", 1), NAME("person", 1));
}

static void any_order_in(enum db_engine engine, int rounds)
{
	struct world w;
	struct told t = {.n = 0};
	struct buf first, next;
	struct dice d;
	struct arena texts;
	dice_init(&d, 11);
	buf_init(&first, 0);
	buf_init(&next, 0);
	arena_init(&texts, 0);
	if (!world_open(&w, engine, 1))
		return;
	world_at(&w, NOW);
	tell_all(&w, &t);
	for (int i = 0; i < t.n; i++)
		t.text[i] = arena_str(&texts, t.text[i]);
	world_close(&w);
	for (int r = 0; r <= rounds; r++) {
		int order[FACTS_MAX];
		for (int i = 0; i < t.n; i++)
			order[i] = i;
		for (int i = t.n - 1; r > 0 && i > 0; i--) {
			int k = (int)dice_below(&d, (uint64_t)i + 1), o = order[i];
			order[i] = order[k];
			order[k] = o;
		}
		assert_true(world_open(&w, engine, 1));
		world_at(&w, NOW);
		for (int i = 0; i < t.n; i++) {
			struct verdict v = world_hand_in(&w, t.text[order[i]]);
			if (v.code != OK)
				fail_msg("%s %s %s\n%.*s", err_name(v.code), v.err.at, v.err.what, STR_ARG(t.text[order[i]]));
			if (i % 17 == r % 17)
				world_reopen(&w);
		}
		world_dump(&w, true, r == 0 ? &first : &next);
		if (r > 0)
			world_same(buf_str(&first), buf_str(&next), "order", (uint64_t)r);
		else
			world_rebuilt_same(&w, 0);
		world_close(&w);
	}
	/* the story says something */
	assert_true(world_has(buf_str(&first), "zones.judge") && world_has(buf_str(&first), "zone_hit "));
	assert_true(world_has(buf_str(&first), "zones.conflict"));
	buf_done(&first);
	buf_done(&next);
	arena_done(&texts);
}

static void any_order(void **state)
{
	(void)state;
	any_order_in(DB_SQLITE, 60);
	any_order_in(DB_POSTGRES, 4);
}

/* ---- members and what is unmet, against a plain model ------------------------------------------------------------------------------------- */

#define MODEL_PERSONS 60
#define MODEL_HOUSEHOLDS 24
#define MODEL_SWABS 240

struct model {
	struct {
		int64_t area;
		int building;
	} household[MODEL_HOUSEHOLDS];
	int home[MODEL_PERSONS];
	struct {
		int person, result; /* -1 pending, 0 negative, 1 positive, 2 invalid */
		int64_t at;
	} swab[MODEL_SWABS];
	bool area_a, building2, household3, household5; /* the units */
};

static void model_make(struct world *w, struct model *m, struct dice *d)
{
	static const char *const words[] = {"negative", "positive", "invalid"};
	for (int h = 0; h < MODEL_HOUSEHOLDS; h++) {
		m->household[h].area = dice_below(d, 3) ? VILLAGE_B : VILLAGE_A;
		m->household[h].building = (int)dice_below(d, 4);
		world_put(w, "people.household_registered", m->household[h].area, START, "{'household':'%s','address':'%d','building':'B%d'}",
		     NAME("household", h), h,
			  m->household[h].building);
	}
	for (int p = 0; p < MODEL_PERSONS; p++) {
		m->home[p] = (int)dice_below(d, MODEL_HOUSEHOLDS);
		world_put(w, "people.person_registered", m->household[m->home[p]].area, START, "{'person':'%s','household':'%s','name':'P'}",
		     NAME("person", p),
			  NAME("household", m->home[p]));
	}
	world_put(w, "people.place_registered", VILLAGE_B, START, "{'place':'%s','name':'B2','type':'home'}", NAME("place", 1));
	for (int s = 0; s < MODEL_SWABS; s++) {
		m->swab[s].person = (int)dice_below(d, MODEL_PERSONS);
		m->swab[s].at = NOW - HOURS(36) + MINUTES((int)dice_below(d, 36 * 60));
		m->swab[s].result = (int)dice_below(d, 8) - 1;
		if (m->swab[s].result > 2)
			m->swab[s].result = 0;
		world_put(w, "testing.tube_opened", VILLAGE_B, m->swab[s].at - 1, "{'tube':'%s','code':'T','campaign':'%s','round':%d,'pool_size':1}", NAME("tube", s),
			  NAME("campaign", 1 + s % 2), 1 + s % 3);
		world_put(w, "testing.swab_taken", VILLAGE_B, m->swab[s].at, "{'person':'%s','tube':'%s','campaign':'%s','round':%d}",
		     NAME("person", m->swab[s].person),
			  NAME("tube", s), NAME("campaign", 1 + s % 2), 1 + s % 3);
		if (m->swab[s].result >= 0)
			world_put(w, "testing.result_reported", VILLAGE_B, m->swab[s].at + 60000, "{'tube':'%s','result':'%s'}",
			     NAME("tube", s), words[m->swab[s].result]);
	}
}

static bool model_member(const struct model *m, int p)
{
	int h = m->home[p];
	return (m->area_a && m->household[h].area == VILLAGE_A) || (m->building2 && m->household[h].area == VILLAGE_B && m->household[h].building == 2) ||
	       (m->household3 && h == 3) || (m->household5 && h == 5);
}

static bool model_negative(const struct model *m, int p, int64_t since, int64_t now)
{
	for (int s = 0; s < MODEL_SWABS; s++)
		if (m->swab[s].person == p && m->swab[s].result == 0 && m->swab[s].at >= since && m->swab[s].at <= now)
			return true;
	return false;
}

static void against_model(struct world *w)
{
	struct dice d;
	struct buf out;
	buf_init(&out, 0);
	dice_init(&d, 19);
	world_at(w, NOW);
	static struct model m;
	model_make(w, &m, &d);
	for (int z = 1; z <= 8; z++) {
		int64_t start = NOW - 7 * MS_PER_DAY - HOURS(30) + HOURS((int)dice_below(&d, 30)), covered = day_start(day_of(start) + 7);
		m.area_a = dice_below(&d, 2);
		m.building2 = dice_below(&d, 2);
		m.household3 = dice_below(&d, 2);
		m.household5 = !m.area_a && !m.building2 && !m.household3 ? true : dice_below(&d, 2);
		struct str units = arena_printf(&w->a, "'areas':[%s],'places':[%s%s%s],'households':[%s%s%s%s%s%s%s]", m.area_a ? "'140826105201'" : "",
						m.building2 ? "'" : "", m.building2 ? NAME("place", 1) : "", m.building2 ? "'" : "", m.household3 ? "'" : "",
						m.household3 ? NAME("household", 3) : "", m.household3 ? "'" : "", m.household3 && m.household5 ? "," : "",
						m.household5 ? "'" : "", m.household5 ? NAME("household", 5) : "", m.household5 ? "'" : "");
		world_put(w, "zones.zone_declared", VILLAGE_B, start, "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture',%.*s}",
		     NAME("zone", z),
			  STR_ARG(units));
		for (int k = 0; k < 6; k++) {
			int64_t now = k == 0 ? start + 7 * MS_PER_DAY : NOW - HOURS(12) + HOURS((int)dice_below(&d, 12));
			int members = 0, cover = 0, final = 0;
			for (int p = 0; p < MODEL_PERSONS; p++)
				if (model_member(&m, p)) {
					members++;
					cover += !model_negative(&m, p, covered, now);
					final += !model_negative(&m, p, now - MS_PER_DAY, now);
				}
			struct str rows = world_ask(w, &out, "zones.unmet", now, "zone", NAME("zone", z), NULL);
			assert_int_equal(world_count(rows, "\"condition\":\"coverage\""), cover);
			assert_int_equal(world_count(rows, "\"condition\":\"final_round\""), final);
			char want[80];
			rows = world_ask(w, &out, "zones.step_down", now, "zone", NAME("zone", z), NULL);
			snprintf(want, sizeof want, "\"coverage\":%d,\"final_round\":%d", cover, final);
			assert_true(world_has(rows, want));
			rows = world_ask(w, &out, "zones.members", now, "zone", NAME("zone", z), NULL);
			assert_int_equal(world_count(rows, "\"where\":"), members);
			for (int p = 0; p < MODEL_PERSONS; p++)
				assert_int_equal(world_has(rows, NAME("person", p)), model_member(&m, p));
			int untested = 0;
			for (int p = 0; p < MODEL_PERSONS; p++) {
				bool sampled = false;
				for (int s = 0; s < MODEL_SWABS; s++)
					sampled |= m.swab[s].person == p && m.swab[s].at >= NOW - HOURS(20) && m.swab[s].at < NOW + HOURS(4);
				untested += model_member(&m, p) && !sampled;
			}
			char from[CALTIME_TEXT_N];
			caltime_format(NOW - HOURS(20), from);
			rows = world_ask(w, &out, "zones.untested", now, "zone", NAME("zone", z), "from", from, NULL);
			assert_int_equal(world_count(rows, "\"household\":"), untested);
		}
		for (int p = 0; p < MODEL_PERSONS; p += 7) {
			struct str rows = world_ask(w, &out, "zones.person", NOW, "person", NAME("person", p), NULL);
			if (model_member(&m, p))
				assert_true(world_has(rows, "\"class\":\"high\""));
		}
		world_put(w, "zones.zone_lifted", VILLAGE_B, NOW - 1000 + z, "{'zone':'%s','early':true,'decided_by':'prefecture','reason':'next'}",
		     NAME("zone", z));
	}
	buf_done(&out);
}

/* ---- whoever works for a village sees its own people, and no sum that is only a part ---------------------------------------------- */

static int lines_for(struct world *w, const char *query, int64_t area, const char *line)
{
	struct buf out;
	struct err e = {0};
	struct actor village = actor_machine();
	buf_init(&out, 0);
	village.area = area;
	area_range(area, &village.area_lo, &village.area_hi);
	const struct str names[] = {STR("zone"), STR("day")}, values[] = {str_of(NAME("zone", 1)), STR("2022-11-20")};
	struct query_call call = {.query = query_of(str_of(query)), .who = &village, .now_ms = NOW, .area = area, .names = names, .values = values,
				  .args_n = strcmp(query, "zones.unserved") == 0 ? 2 : strcmp(query, "zones.zones") == 0 ? 0 : 1, .format = QUERY_JSON,
				  .lang = "en"};
	assert_non_null(call.query);
	testdb_ok(query_run(ledger_db(w->l), &w->a, &call, &out, &e), &e);
	int n = world_count(buf_str(&out), line);
	buf_done(&out);
	return n;
}

static void by_village(struct world *w)
{
	world_at(w, NOW);
	put_home(w, 1, VILLAGE_A, "A");
	put_home(w, 2, VILLAGE_B, "B");
	world_put(w, "zones.zone_declared", TOWN, NOW - HOURS(5),
		  "{'zone':'%s','name':'Z','class':'high','decided_by':'prefecture','areas':['140826105201','140826105202']}", NAME("zone", 1));
	assert_int_equal(lines_for(w, "zones.members", TOWN, "\"where\""), 2);
	assert_int_equal(lines_for(w, "zones.members", VILLAGE_A, "\"where\""), 1);
	assert_int_equal(lines_for(w, "zones.members", VILLAGE_A, NAME("person", 1)), 1);
	assert_int_equal(lines_for(w, "zones.unmet", VILLAGE_B, "\"condition\":\"coverage\""), 1);
	assert_int_equal(lines_for(w, "zones.unmet", VILLAGE_B, "\"condition\":\"days\""), 1);
	assert_int_equal(lines_for(w, "zones.unserved", VILLAGE_B, NAME("household", 2)), 1);
	assert_int_equal(lines_for(w, "zones.unserved", VILLAGE_B, NAME("household", 1)), 0);
	assert_int_equal(lines_for(w, "zones.zones", VILLAGE_B, NAME("zone", 1)), 1);
	assert_int_equal(lines_for(w, "zones.zones", INT64_C(140826106201), NAME("zone", 1)), 0);
	assert_int_equal(lines_for(w, "zones.notice", VILLAGE_B, "\"part\":\"release\""), 1);
	/* "may step down" is said only to who sees the whole zone */
	assert_int_equal(lines_for(w, "zones.step_down", TOWN, "\"proposed\""), 1);
	assert_int_equal(lines_for(w, "zones.step_down", VILLAGE_B, "\"proposed\""), 0);
}

static void on_both(void (*body)(struct world *w))
{
	world_each(body);
}
static void drawn_test(void **state)
{
	(void)state;
	on_both(drawn);
}
static void slots_test(void **state)
{
	(void)state;
	on_both(slots);
}
static void planner_test(void **state)
{
	(void)state;
	on_both(planner);
}
static void barriers_test(void **state)
{
	(void)state;
	on_both(barriers);
}
static void by_village_test(void **state)
{
	(void)state;
	on_both(by_village);
}
static void model_test(void **state)
{
	(void)state;
	on_both(against_model);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shapes),	cmocka_unit_test(no_end),	 cmocka_unit_test(drawn_test), cmocka_unit_test(slots_test),
		cmocka_unit_test(planner_test), cmocka_unit_test(barriers_test), cmocka_unit_test(any_order),	cmocka_unit_test(model_test),
		cmocka_unit_test(by_village_test),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
