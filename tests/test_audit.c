/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit says nothing when the books agree, and names what was changed behind its back: one readable line per difference.
 */
#include <stdio.h>

#include "cm.h"
#include "sql.gen.h"
#include "world.h"

static void put_swab(struct world *w, int person, int tube, int64_t at)
{
	world_put(w, "testing.swab_taken", VILLAGE_A, at, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", NAME("person", person),
		  NAME("tube", tube), NAME("campaign", 1));
}

static void tell(struct world *w)
{
	world_put(w, "people.household_registered", VILLAGE_A, NOW - HOURS(50), "{'household':'%s'}", NAME("household", 1));
	for (int p = 1; p <= 5; p++)
		world_put(w, "people.person_registered", VILLAGE_A, NOW - HOURS(40), "{'person':'%s','household':'%s','name':'N'}", NAME("person", p),
			  NAME("household", 1 + p % 2));
	world_put(w, "people.persons_merged", VILLAGE_A, NOW - HOURS(30), "{'person':'%s','other':'%s','reason':'one'}", NAME("person", 1),
		  NAME("person", 5));
	world_put(w, "people.person_departed", VILLAGE_A, NOW, "{'person':'%s','reason':'moved_away'}", NAME("person", 4));
	for (int t = 1; t <= 4; t++)
		world_put(w, "testing.tube_opened", VILLAGE_A, NOW - HOURS(9), "{'tube':'%s','code':'T','campaign':'%s','round':1,'pool_size':%d}",
			  NAME("tube", t), NAME("campaign", 1), t == 4 ? 1 : 10);
	put_swab(w, 1, 1, NOW - HOURS(8));
	put_swab(w, 2, 1, NOW - HOURS(8));
	put_swab(w, 3, 2, NOW - HOURS(8));
	put_swab(w, 4, 3, NOW - HOURS(8));
	for (int t = 1; t <= 2; t++)
		world_put(w, "testing.tube_closed", VILLAGE_A, NOW - HOURS(7), "{'tube':'%s','swabs_n':2}", NAME("tube", t));
	world_put(w, "testing.box_sent", VILLAGE_A, NOW - HOURS(6), "{'box':'%s','tubes':['%s','%s']}", NAME("box", 1), NAME("tube", 1), NAME("tube", 2));
	world_put(w, "testing.result_reported", VILLAGE_A, NOW - HOURS(2), "{'tube':'%s','result':'positive'}", NAME("tube", 1));
	world_put(w, "testing.result_reported", VILLAGE_A, NOW - HOURS(2), "{'tube':'%s','result':'invalid'}", NAME("tube", 2));
	world_put(w, "testing.result_reported", VILLAGE_A, NOW - HOURS(1), "{'tube':'%s','result':'negative'}", NAME("tube", 3));
	world_put(w, "testing.result_reported", VILLAGE_A, NOW - HOURS(3), "{'tube':'%s','result':'positive'}", NAME("tube", 3));
	put_swab(w, 2, 4, NOW);
}

#define ONE(table, kind, n) "key = (SELECT key FROM entity WHERE kind = '" kind "' ORDER BY id LIMIT 1 OFFSET " #n ")"

static const struct {
	const char *change, *says;
} planted[] = {
	{"UPDATE tube SET swabs_n = swabs_n + 1 WHERE " ONE(tube, "tube", 0), "swabs is 3 in the tables, 2 by the facts"},
	{"UPDATE tube SET first_swab_at = 1 WHERE " ONE(tube, "tube", 0), "first swab is 1"},
	{"UPDATE tube SET last_swab_at = 1 WHERE " ONE(tube, "tube", 0), "last swab is 1"},
	{"UPDATE tube SET opened_at = 0 WHERE " ONE(tube, "tube", 0), "opened is 0"},
	{"UPDATE tube SET pool_size = 1 WHERE " ONE(tube, "tube", 0), "may hold is 1 in the tables, 10 by the facts"},
	{"UPDATE tube SET closed_at = 0 WHERE " ONE(tube, "tube", 0), "closed is 0"},
	{"UPDATE tube SET counted_n = -1 WHERE " ONE(tube, "tube", 0), "counted is -1"},
	{"UPDATE tube SET sent_at = 0 WHERE " ONE(tube, "tube", 1), "sent is 0"},
	{"UPDATE tube SET received_at = 5 WHERE " ONE(tube, "tube", 1), "received is 5 in the tables, 0 by the facts"},
	{"UPDATE tube SET plated_at = 5 WHERE " ONE(tube, "tube", 1), "plated is 5"},
	{"UPDATE tube SET result = 0 WHERE " ONE(tube, "tube", 0), "result is 0 in the tables, 1 by the facts"},
	{"UPDATE tube SET tested_at = 5 WHERE " ONE(tube, "tube", 0), "tested is 5"},
	{"UPDATE tube SET reported_at = 5 WHERE " ONE(tube, "tube", 0), "reported is 5"},
	{"UPDATE tube SET lost_at = 5 WHERE " ONE(tube, "tube", 0), "lost is 5"},
	{"UPDATE tube SET conflict = 0 WHERE " ONE(tube, "tube", 2), "contradictions is 0 in the tables, 1 by the facts"},
	{"DELETE FROM tube WHERE " ONE(tube, "tube", 3), "the row is 0 in the tables, 1 by the facts"},
	{"DELETE FROM swab WHERE person = (SELECT key FROM entity WHERE kind = 'person' ORDER BY id LIMIT 1)",
	 "persons sampled in a round is 3 in the tables, 4 by the facts"},
	{"DELETE FROM swab", "persons sampled in a round is 0 in the tables, 4 by the facts"},
	{"DELETE FROM duty WHERE kind = 'testing.retest' AND state = 1", "testing.retest: 0 open in the tables, 1 by the facts"},
	{"UPDATE duty SET state = 2 WHERE kind = 'testing.isolate'", "testing.isolate: 0 open in the tables, 2 by the facts"},
	{"UPDATE duty SET state = 3 WHERE kind = 'testing.resample'", "testing.resample: 0 open in the tables, 1 by the facts"},
	{"DELETE FROM duty WHERE kind = 'testing.explain'", "testing.explain: 0 open in the tables, 1 by the facts"},
	{"DELETE FROM duty WHERE kind = 'testing.conflict'", "testing.conflict: 0 open in the tables, 1 by the facts"},
	{"DELETE FROM duty WHERE kind = 'testing.receive_box'", "testing.receive_box: 0 open in the tables, 1 by the facts"},
	{"UPDATE person SET household = 0 WHERE " ONE(person, "person", 1), "household is none in the register"},
	{"UPDATE person SET area = 140826105202 WHERE " ONE(person, "person", 1), "area is 140826105202 in the register, 140826105201 by the facts"},
	{"UPDATE person SET from_at = 7 WHERE " ONE(person, "person", 1), "begin of presence is 7"},
	{"UPDATE person SET until_at = 0 WHERE " ONE(person, "person", 3), "end of presence is 0"},
	{"UPDATE person SET canon = key", "record that stands for it is"},
	{"DELETE FROM person WHERE " ONE(person, "person", 2), "the person is not known in the register, known by the facts"},
};

static void finds_what_was_planted(struct world *w)
{
	struct err e = {0};
	struct buf out;
	struct db *db = ledger_db(w->l);
	buf_init(&out, 0);
	tell(w);
	testdb_ok(ledger_audit(w->l, (struct progress){0}, &out, &e), &e);
	if (out.n)
		fail_msg("the books agree, yet: %.*s", STR_ARG(buf_str(&out)));
	for (size_t i = 0; i < ARRAY_N(planted); i++) {
		struct sql sql = {.name = "plant", .sqlite = planted[i].change, .postgres = planted[i].change, .index = SQL__N};
		testdb_ok(db_begin(db, &e), &e);
		testdb_ok(db_run(db, &sql, NO_PARAMS, &e), &e);
		buf_reset(&out);
		testdb_ok(ledger_audit(w->l, (struct progress){0}, &out, &e), &e);
		db_rollback(db);
		if (!world_has(buf_str(&out), planted[i].says))
			fail_msg("%s: %s expected, said: %.*s", planted[i].change, planted[i].says, STR_ARG(buf_str(&out)));
	}
	buf_reset(&out);
	testdb_ok(ledger_audit(w->l, (struct progress){0}, &out, &e), &e);
	assert_int_equal(out.n, 0);
	buf_done(&out);
}

static void planted_(void **state)
{
	(void)state;
	world_each(finds_what_was_planted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(planted_)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
