/* SPDX-License-Identifier: Apache-2.0
 *
 * What is answered by a quicker way gives the rows of its plain definition in SQL (test_testing.sql, test_house.sql): random histories with
 * persons who move, die and are merged, several scopes, tags, excuses; whole county and one village, page by page, on both engines.
 */
#include <stdio.h>

#include "cm.h"
#include "sql.gen.h"
#include "story.h"

struct asking {
	struct world *w;
	uint64_t seed;
	int64_t county;
	size_t rows_n;
};

static void compare(struct asking *a, const char *name, const struct sql *definition, const struct str *names, const struct str *values, size_t n,
		    int64_t area, int64_t limit, int64_t offset)
{
	struct actor machine = actor_machine();
	const struct query *ours = query_of(str_of(name));
	struct query plain = *ours;
	struct buf out[2];
	plain.sql = definition;
	for (int i = 0; i < 2; i++) {
		struct err e = {0};
		struct query_call call = {.query = i ? &plain : ours, .who = &machine, .now_ms = NOW, .area = area, .names = names, .values = values,
					  .args_n = n, .format = QUERY_JSON, .lang = "en", .limit = limit, .offset = offset};
		buf_init(&out[i], 0);
		testdb_ok(query_run(ledger_db(a->w->l), &a->w->a, &call, &out[i], &e), &e);
	}
	a->rows_n += (size_t)world_count(buf_str(&out[0]), "\"area\"");
	world_same(buf_str(&out[0]), buf_str(&out[1]), name, a->seed);
	buf_done(&out[0]);
	buf_done(&out[1]);
}

static void ask(struct asking *a, int round)
{
	const int64_t county = a->county * 1000000, areas[] = {county, county + VILLAGE_A % 1000000, county + TOWN % 1000000};
	char number[8];
	snprintf(number, sizeof number, "%d", round);
	const struct str names[] = {STR("campaign"), STR("round"), STR("unexcused")};
	const struct str values[] = {str_of(world_name("campaign", 1)), str_of(number), STR("1")};
	for (size_t i = 0; i < ARRAY_N(areas); i++) {
		compare(a, "testing.coverage", &SQL_test_testing_coverage, names, values, 2, areas[i], 500, 0);
		compare(a, "testing.missing", &SQL_test_testing_missing, names, values, 2, areas[i], 500, 0);
		compare(a, "testing.missing", &SQL_test_testing_missing, names, values, 3, areas[i], 500, 0);
		compare(a, "testing.twice", &SQL_test_testing_twice, names, values, 2, areas[i], 500, 0);
	}
	for (int page = 0; page < 3; page++)
		compare(a, "testing.missing", &SQL_test_testing_missing, names, values, 2, county, 2, 2 * page);
}

static bool has_campaign(struct asking *a)
{
	int64_t n;
	struct err e = {0};
	struct id campaign = world_id("campaign", 1);
	testdb_ok(db_one(ledger_db(a->w->l), &SQL_test_testing_known, PARAMS(V_INT(a->county), V_ID(&campaign)), 0, &n, &e), &e);
	return n > 0;
}

static void histories(struct world *w)
{
	struct asking a = {.w = w};
	uint64_t seeds = db_engine(ledger_db(w->l)) == DB_SQLITE ? 500 : 100;
	for (uint64_t seed = 1; seed <= seeds; seed++) {
		struct story s;
		struct dice d;
		a.seed = seed;
		a.county = 200001 + (int64_t)(seed / 90 * 100 + seed % 90); /* a code that ends in 00 is a prefecture */
		dice_init(&d, seed);
		story_make(&s, seed, STORY_ALL, 60 + (size_t)dice_below(&d, 200));
		story_move(&s, (int)a.county);
		story_deliver(w, &s, story_in_order(&s), NULL, NULL, &d, false);
		story_free(&s);
		compare(&a, "house.clocks", &SQL_test_house_clocks, NULL, NULL, 0, a.county * 1000000, 500, 0);
		compare(&a, "house.clocks", &SQL_test_house_clocks, NULL, NULL, 0, a.county * 1000000 + VILLAGE_A % 1000000, 500, 0);
		for (int round = 1; round <= 2 && has_campaign(&a); round++)
			ask(&a, round);
	}
	print_message("%zu rows compared\n", a.rows_n);
	assert_true(a.rows_n > 4 * seeds);
}

static void rows_are_those_of_the_definition(void **state)
{
	(void)state;
	world_each(histories);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rows_are_those_of_the_definition)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
