/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs every scenario of tests/scenarios on SQLite, and on PostgreSQL when SUSHUI_TEST_PG is set; and proves first that a scenario
 * which must fail does fail. tests/lib/scenario.h says how one is written.
 *
 * SUSHUI_SCENARIO=TEXT runs those whose path or title holds TEXT. SUSHUI_SCENARIOS=FOLDER takes them from another folder.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cm.h"
#include "core/caltime.h"
#include "scenario.h"

#define SCENARIOS_MIN 300 /* fewer is a loss: a file was not found, or somebody took scenarios away */

/* ---- the runner itself ------------------------------------------------------------------------------------------ */

#define BEGIN "scenario: s\nprotocol cn-covid19-9\nat 2022-07-01T08:00\nperson anna household=h1\n"

static void must_fail(const char *text, const char *says)
{
	struct scenario_tally t;
	scenario_tally_init(&t);
	scenario_run_text("self", str_of(text), DB_SQLITE, &t);
	buf_add(&t.out, "", 1);
	if (t.failed != 1 || !strstr(t.out.p, says))
		fail_msg("%d failed; said:\n%s\nmust say: %s", t.failed, t.out.p, says);
	scenario_tally_done(&t);
}

static void wrong_ones_fail(void **state)
{
	(void)state;
	must_fail("scenario: s\nat 2022-07-01T08:00\n", "self:2: the first line of a scenario is");
	must_fail("scenario: s\n# nothing\n", "names no protocol");
	must_fail("scenario: s\nprotocol cn-covid19-0\n", "self:2: there is no protocol");
	must_fail(BEGIN "at 2022-13-01\n", "self:5: `2022-13-01` is no instant");
	must_fail(BEGIN "jump\n", "`jump` alone says nothing");
	must_fail(BEGIN "jump anna\n", "`jump` is not known");
	must_fail(BEGIN "fact people.person_seen person=anna\n", "no kind of fact");
	must_fail(BEGIN "fact people.person_departed person=anna\n", "must be taken; refused: ERR_MISSING_FIELD /body/reason");
	must_fail(BEGIN "fact people.person_departed person=anna reason=other colour=blue\n", "ERR_UNKNOWN_FIELD /body/colour");
	must_fail(BEGIN "refuse ERR_MISSING_FIELD people.person_departed person=anna reason=other\n", "it was taken");
	must_fail(BEGIN "refuse ERR_NOT_FOUND people.person_departed person=anna\n", "refused with ERR_MISSING_FIELD");
	must_fail(BEGIN "refuse ERR_MISSING_FIELD people.person_departed person=anna says=\"blue moon\"\n", "must say `blue moon`");
	must_fail(BEGIN "refuse ERR_FORBIDDEN people.person_departed person=anna reason=other by=officer\n", "it was taken");
	must_fail(BEGIN "duty tracing.fly anna open\n", "must stand in duties.def");
	must_fail(BEGIN "duty tracing.test anna part 1 open\n", "expected open, stands none");
	must_fail(BEGIN "positive anna\nduty tracing.open_case anna part tube1 open due +3h\n", "due: expected 2022-07-01T11:00");
	must_fail(BEGIN "positive anna\nduty tracing.open_case anna part tube1 none\n", "expected none, stands open");
	must_fail(BEGIN "positive anna\nduty tracing.open_case anna part tube1 late\n", "expected late, stands open");
	must_fail(BEGIN "positive anna\nclock report tube1 5min\n", "expected 5min, stands");
	must_fail(BEGIN "clock report tube1 running\n", "there is none");
	must_fail(BEGIN "clock teatime tube1 running\n", "must stand in clocks.def");
	must_fail(BEGIN "query people.persons household=h1\n", "or an indented `none`");
	must_fail(BEGIN "query people.persons household=h1\n  none\n", "expected 0 rows, stand 1");
	must_fail(BEGIN "query people.persons household=h1\n  person=ben\n", "self:6: people.persons has no such row");
	must_fail(BEGIN "query people.persons household=h1\n  hat=ben\n", "has no column `hat=ben`");
	must_fail(BEGIN "person ben household=h1\nquery people.persons household=h1\n  person=ben\n  person=ben\n",
		  "self:8: people.persons has no such row");
	must_fail(BEGIN "person \"ben household=h1\n", "a quote that is not closed");
}

static void right_ones_pass(void **state)
{
	(void)state;
	struct scenario_tally t;
	scenario_tally_init(&t);
	scenario_run_text("self",
			  STR("# two\n" BEGIN "person ben household=h1\nquery people.persons household=h1\n  person=ben\n\tperson=anna # and\n"
			      "refuse ERR_FORBIDDEN people.person_departed person=anna reason=other by=sampler\n" BEGIN
			      "positive anna\nduty tracing.open_case anna part tube1 open due +2h\nclock report tube1 running limit 2h\n"),
			  DB_SQLITE, &t);
	if (t.failed != 0 || t.scenarios != 2)
		fail_msg("%.*s", (int)t.out.n, t.out.p);
	scenario_tally_done(&t);
}

/* ---- those of the folder ------------------------------------------------------------------------------------------ */

static void run_all(enum db_engine engine, const char *name)
{
	const char *only = getenv("SUSHUI_SCENARIO"), *folder = getenv("SUSHUI_SCENARIOS");
	struct scenario_tally t;
	struct timespec a, b;
	scenario_tally_init(&t);
	clock_gettime(CLOCK_MONOTONIC, &a);
	scenario_run_folder(folder ? folder : "tests/scenarios", only, engine, &t);
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("%s: %d scenarios, %d lines, %d failed, %.1f s\n", name, t.scenarios, t.lines, t.failed,
		      (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	if (t.failed > 0)
		fail_msg("\n%.*s", (int)t.out.n, t.out.p);
	if (!only && !folder && t.scenarios < SCENARIOS_MIN)
		fail_msg("%d scenarios; there must be %d or more", t.scenarios, SCENARIOS_MIN);
	scenario_tally_done(&t);
}

static void on_sqlite(void **state)
{
	(void)state;
	run_all(DB_SQLITE, "SQLite");
}

static void on_postgres(void **state)
{
	(void)state;
	const char *server = getenv("SUSHUI_TEST_PG");
	if (!server || !*server)
		skip();
	run_all(DB_POSTGRES, "PostgreSQL");
}

int main(void)
{
	struct err e;
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK) {
		fprintf(stderr, "%s\n", e.what);
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_ones_fail),
		cmocka_unit_test(right_ones_pass),
		cmocka_unit_test(on_sqlite),
		cmocka_unit_test(on_postgres),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
