/* SPDX-License-Identifier: Apache-2.0
 *
 * The append path at its edges: what counts as the very fact, what order may not decide, and that whatever is taken can be read
 * back. Every kind is drawn from its descriptor many times; what is accepted must survive a rebuild.
 */
#include <stdio.h>

#include "cm.h"
#include "core/caltime.h"
#include "ledger/keyring.h"
#include "sql.gen.h"
#include "story.h"

/* The text with `from` replaced once. */
static struct str edited(struct world *w, struct str text, const char *from, const char *to)
{
	char *at = strstr(arena_str(&w->a, text).p, from);
	assert_non_null(at);
	size_t before = (size_t)(strstr(text.p, from) - text.p), n = strlen(from);
	return arena_printf(&w->a, "%.*s%s%.*s", (int)before, text.p, to, (int)(text.n - before - n), text.p + before + n);
}

static void expect(struct world *w, struct str text, enum err_code code, bool duplicate)
{
	struct verdict v = world_hand_in(w, text);
	if (v.code != code || v.duplicate != duplicate)
		fail_msg("%s (%s), duplicate %d, for %.*s", err_name(v.code), v.err.what, v.duplicate, STR_ARG(text));
}

static void the_very_fact(struct world *w)
{
	struct str t = world_fact(w, "people.person_registered", VILLAGE_A, NOW,
				  "{'person':'%s','household':'%s','name':'Name','document_type':'passport','document_number':'e-1234567',"
				  "'phone':'+86 138 0000 0001','birth_year':1980}", NAME("person", 1), NAME("household", 1));
	struct str bare = world_fact(w, "people.person_corrected", VILLAGE_A, NOW, "{'person':'%s','birth_year':1981}", NAME("person", 1));
	expect(w, t, OK, false);
	expect(w, t, OK, true);
	expect(w, edited(w, t, "e-1234567", "E1234567"), OK, true); /* one number in two spellings */
	expect(w, edited(w, t, "1980", "1981"), ERR_ID_REUSED, false);
	expect(w, edited(w, t, "\"Name\"", "\"Eman\""), ERR_ID_REUSED, false);
	/* what was not kept must not be acknowledged */
	expect(w, edited(w, t, "0000 0001", "0000 0002"), ERR_ID_REUSED, false);
	expect(w, edited(w, t, "e-1234567", "e-1234568"), ERR_ID_REUSED, false);
	expect(w, edited(w, t, ",\"phone\":\"+86 138 0000 0001\"", ""), ERR_ID_REUSED, false);
	expect(w, bare, OK, false);
	expect(w, edited(w, bare, "\"birth_year\"", "\"phone\":\"13800000009\",\"birth_year\""), ERR_ID_REUSED, false);
	expect(w, bare, OK, true);
	struct str sealed = edited(w, world_fact(w, "people.person_corrected", VILLAGE_A, NOW, "{'person':'%s','phone':'13800000009'}",
						  NAME("person", 1)), "\"at\"", "\"at\"");
	expect(w, sealed, OK, false);
	expect(w, edited(w, sealed, ",\"phone\":\"13800000009\"", ""), ERR_ID_REUSED, false);
	world_rebuilt_same(w, 0);
}

/* A waiver, the record of a reading or an erasure may name somebody before the registration arrives. */
static void named_before_known(struct world *w)
{
	world_put(w, "house.personal_opened", VILLAGE_A, NOW, "{'subjects':['%s'],'purpose':'case 1'}", NAME("person", 1));
	world_put(w, "house.duty_waived", VILLAGE_A, NOW, "{'duty':'testing.retest','subject':'%s','part_id':'%s','reason':'left town'}",
		  NAME("person", 2), NAME("tube", 1));
	for (int i = 1; i <= 2; i++)
		world_put(w, "people.person_registered", VILLAGE_A, NOW, "{'person':'%s','household':'%s','name':'N'}", NAME("person", i),
			  NAME("household", 1));
	world_put(w, "testing.tube_opened", VILLAGE_A, NOW, "{'tube':'%s','code':'T','campaign':'%s','round':1,'pool_size':10}",
		  NAME("tube", 1), NAME("campaign", 1));
	struct err e;
	assert_int_equal(world_try(w, &e, "people.household_registered", VILLAGE_A, NOW, "{'household':'%s'}", NAME("person", 1)),
			 ERR_BAD_VALUE);
	world_rebuilt_same(w, 0);
}

/* An instant is held to one rule however it is written; else it is taken and can never be read back. */
static void instants(struct world *w)
{
	static const char *const bad[] = {"'1960-01-01T00:00:00+08:00'", "'1970-01-01T00:00:00Z'", "-5", "0", "'2230-01-01'", "7258118400000"};
	struct err e;
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		assert_int_equal(world_try(w, &e, "testing.result_reported", VILLAGE_A, NOW, "{'tube':'%s','result':'negative','tested_at':%s}",
					   NAME("tube", 1), bad[i]), ERR_BAD_VALUE);
		assert_string_equal(e.at, "/body/tested_at");
	}
	world_put(w, "testing.result_reported", VILLAGE_A, NOW, "{'tube':'%s','result':'negative','tested_at':'2022-11-20'}", NAME("tube", 1));
	world_rebuilt_same(w, 0);
}

static void every_kind(struct world *w)
{
	struct dice d;
	size_t taken = 0, refused = 0, silent = 0;
	dice_init(&d, 11);
	const struct fact_kind *k;
	for (size_t i = 0; (k = fact_kind_at(i)); i++) {
		if (str_eq_c(str_of(k->name), "house.subject_erased")) /* what it leaves is another test's matter */
			continue;
		size_t of_kind = 0;
		struct err last = {0};
		for (int n = 0; n < (w->t.engine == DB_SQLITE ? 120 : 12); n++) {
			struct verdict v = world_hand_in(w, story_random_fact(&w->a, &d, k, false));
			of_kind += v.code == OK;
			refused += v.code != OK;
			if (v.code != OK)
				last = v.err;
			if (v.code != OK && (v.err.what[0] == 0 && v.err.at[0] == 0))
				silent++;
		}
		if (of_kind == 0)
			print_message("none of %s was taken: %s %s %s\n", k->name, err_name(last.code), last.at, last.what);
		taken += of_kind;
	}
	print_message("%zu taken, %zu refused\n", taken, refused);
	assert_int_equal(silent, 0);
	world_rebuilt_same(w, 11);
}

static struct verdict hand_in_as(struct world *w, int64_t area, struct str text)
{
	struct actor who = actor_machine();
	const struct json *j;
	struct fact f;
	struct verdict v = {0};
	struct err e = {0};
	testdb_ok(json_read(&w->a, text, &j, &e), &e);
	testdb_ok(fact_decode(&w->a, j, &f, &e), &e);
	area_range(area, &who.area_lo, &who.area_hi);
	who.area = area;
	struct submission s = {.who = who, .facts = &f, .verdicts = &v, .n = 1};
	testdb_ok(ledger_append(w->l, &s, 1, &e), &e);
	return v;
}

/* Nobody decides over areas beyond his post by naming them in the body. */
static void foreign_areas(struct world *w)
{
	struct verdict v = hand_in_as(w, VILLAGE_A, world_fact(w, "testing.campaign_declared", VILLAGE_A, NOW,
		"{'campaign':'%s','name':'All','areas':['140826105201','140826105202'],'pool_size':10}", NAME("campaign", 1)));
	assert_int_equal(v.code, ERR_OUT_OF_AREA);
	assert_string_equal(v.err.at, "/body/areas/1");
	v = hand_in_as(w, VILLAGE_A, world_fact(w, "testing.campaign_declared", VILLAGE_A, NOW,
		"{'campaign':'%s','name':'All','areas':['140826105000'],'pool_size':10}", NAME("campaign", 1)));
	assert_int_equal(v.code, ERR_OUT_OF_AREA);
	v = hand_in_as(w, TOWN, world_fact(w, "testing.campaign_declared", VILLAGE_A, NOW,
		"{'campaign':'%s','name':'All','areas':['140826105201','140826105202'],'pool_size':10}", NAME("campaign", 1)));
	assert_int_equal(v.code, OK);
	v = hand_in_as(w, VILLAGE_A, world_fact(w, "people.area_declared", VILLAGE_A, NOW,
		"{'code':'140826105202','name':'Next','valid_from':'2000-01-01'}"));
	assert_int_equal(v.code, ERR_OUT_OF_AREA);
	assert_string_equal(v.err.at, "/body/code");
	v = hand_in_as(w, VILLAGE_A, world_fact(w, "people.area_aliased", VILLAGE_A, NOW, "{'code':'140826000000','alias':'Mine'}"));
	assert_int_equal(v.code, ERR_OUT_OF_AREA);
	/* what an area is part of, and became part of, lies above or beside it */
	v = hand_in_as(w, VILLAGE_A, world_fact(w, "people.area_declared", VILLAGE_A, NOW,
		"{'code':'140826105201','name':'Own','parent':'140826105000','valid_from':'2000-01-01'}"));
	assert_int_equal(v.code, OK);
	v = hand_in_as(w, VILLAGE_A, world_fact(w, "people.area_aliased", VILLAGE_A, NOW,
		"{'code':'140826105201','alias':'Own','successor':'140826105202'}"));
	assert_int_equal(v.code, OK);
}

/* An order that restricts a person is not signed by a post that the person does not belong to. */
static void orders_from_afar(struct world *w)
{
	static const int64_t posts[] = {VILLAGE_B, VILLAGE_A, TOWN};
	/* person 2 is registered nowhere */
	world_put(w, "people.person_registered", VILLAGE_A, NOW - HOURS(9), "{'person':'%s','household':'%s','name':'N'}", NAME("person", 1),
		  NAME("household", 1));
	world_put(w, "tracing.case_opened", VILLAGE_B, NOW - HOURS(2),
		  "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','sampled_at':%lld}", NAME("case", 1), NAME("person", 9),
		  (long long)(NOW - HOURS(5)));
	for (size_t i = 0; i < ARRAY_N(posts); i++) {
		for (int p = 1; p <= 2; p++) {
			struct verdict v = hand_in_as(w, posts[i], world_fact(w, "tracing.contact_classified", posts[i], NOW - HOURS(1),
				"{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'a meal'}",
				NAME("person", p), NAME("case", 1), (long long)(NOW - HOURS(20)), (long long)(NOW - HOURS(19))));
			bool afar = p == 1 && posts[i] == VILLAGE_B;
			assert_int_equal(v.code, afar ? ERR_OUT_OF_AREA : OK);
			if (afar)
				assert_string_equal(v.err.at, "/body/person");
		}
		struct verdict v = hand_in_as(w, posts[i], world_fact(w, "tracing.regimen_reset", posts[i], NOW,
			"{'person':'%s','case':'%s','anchor_at':%lld,'reason':'a second meal'}", NAME("person", 1), NAME("case", 1),
			(long long)(NOW - HOURS(3))));
		assert_int_equal(v.code, posts[i] == VILLAGE_B ? ERR_OUT_OF_AREA : OK);
	}
	world_rebuilt_same(w, 0);
}

/* What an earlier version left is refused by name, made anew from the facts when asked, and what a newer one left is not touched. */
static void other_versions(struct world *w)
{
	struct err e = {0};
	struct buf before, after;
	struct ledger_options o = world_options(w);
	world_put(w, "people.person_registered", VILLAGE_A, NOW - HOURS(9), "{'person':'%s','household':'%s','name':'N'}", NAME("person", 1),
		  NAME("household", 1));
	buf_init(&before, 0);
	buf_init(&after, 0);
	world_dump(w, false, &before);
	testdb_script(ledger_db(w->l), &SQL_test_store_old_schema);
	ledger_close(&w->l);
	assert_int_equal(ledger_open(&w->l, &o, &e), ERR_DATABASE);
	assert_non_null(strstr(e.what, "rebuild DIR --upgrade"));
	o.upgrade = true;
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
	testdb_ok(ledger_rebuild(w->l, (struct progress){0}, &e), &e);
	ledger_close(&w->l);
	o.upgrade = false;
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
	world_dump(w, false, &after);
	world_same(buf_str(&before), buf_str(&after), "upgraded", 0);
	testdb_script(ledger_db(w->l), &SQL_test_store_new_schema);
	ledger_close(&w->l);
	o.upgrade = true;
	assert_int_equal(ledger_open(&w->l, &o, &e), ERR_DATABASE);
	assert_non_null(strstr(e.what, "newer version"));
	buf_done(&before);
	buf_done(&after);
}

#define EACH(name) \
	static void name##_(void **state) \
	{ \
		(void)state; \
		world_each(name); \
	}
EACH(the_very_fact)
EACH(named_before_known)
EACH(instants)
EACH(every_kind)
EACH(foreign_areas)
EACH(orders_from_afar)
EACH(other_versions)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_very_fact_),
		cmocka_unit_test(named_before_known_),
		cmocka_unit_test(instants_),
		cmocka_unit_test(every_kind_),
		cmocka_unit_test(foreign_areas_),
		cmocka_unit_test(orders_from_afar_),
		cmocka_unit_test(other_versions_),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
