/* SPDX-License-Identifier: Apache-2.0
 * The ledger, by itself: durable facts a second through ledger_append by kind and size of group, with everything applied, as a ratio
 * to raw group-committed inserts of the same fact rows (for swabs: and the same swab rows) into the same engine in the same run;
 * rebuild, verify and audit in facts a second; then who is missing in a county of 240,000 persons (SUSHUI_BENCH_PERSONS) of whom
 * 200,000 (5 of 6) are sampled. On the disk of TMPDIR, /tmp when it is not set. With SUSHUI_TEST_PG the first part on PostgreSQL too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql.gen.h"
#include "world.h"

#define GROUP_MAX 4000

static double now_s(void)
{
	return (double)sys_real()->mono_us(NULL) / 1e6;
}

static struct str body_of(struct world *w, const char *kind, int n)
{
	int64_t area = VILLAGE_A + n / 3 % 2;
	if (strcmp(kind, "testing.swab_taken") == 0)
		return world_fact(w, kind, area, NOW + n % 100000, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", NAME("person", n + 1),
				  NAME("tube", n / 10 + 1), NAME("campaign", 1));
	if (strcmp(kind, "testing.tube_opened") == 0)
		return world_fact(w, kind, area, NOW, "{'tube':'%s','code':'T%d','campaign':'%s','round':1,'site':'%s','pool_size':10}",
				  NAME("tube", n + 1), n, NAME("campaign", 1), NAME("site", n % 40 + 1));
	if (strcmp(kind, "testing.result_reported") == 0)
		return world_fact(w, kind, area, NOW + HOURS(1), "{'tube':'%s','laboratory':'%s','result':'negative'}", NAME("tube", n + 1),
				  NAME("laboratory", 1));
	return world_fact(w, "people.person_registered", area, NOW - MS_PER_DAY,
			  "{'person':'%s','household':'%s','name':'Name %d','phone':'1380%07d','birth_year':%d,'sex':'male','resident':true}",
			  NAME("person", n + 1), NAME("household", n / 3 + 1), n, n, 1940 + n % 80);
}

/* Appends n facts of a kind, numbers from first; gives the seconds in ledger_append. */
static double append(struct world *w, const char *kind, int first, int n, int group)
{
	static struct fact facts[GROUP_MAX];
	static struct verdict verdicts[GROUP_MAX];
	double took = 0;
	struct err e = {0};
	for (int done = 0; done < n; done += group) {
		int size = n - done < group ? n - done : group;
		struct arena_mark mark = arena_mark(&w->a);
		for (int i = 0; i < size; i++) {
			const struct json *j;
			testdb_ok(json_read(&w->a, body_of(w, kind, first + done + i), &j, &e), &e);
			testdb_ok(fact_decode(&w->a, j, &facts[i], &e), &e);
			verdicts[i] = (struct verdict){0};
		}
		struct submission s = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = (size_t)size};
		double t = now_s();
		testdb_ok(ledger_append(w->l, &s, 1, &e), &e);
		ledger_idle(w->l);
		took += now_s() - t;
		for (int i = 0; i < size; i++)
			testdb_ok(verdicts[i].code, &verdicts[i].err);
		arena_rewind(&w->a, mark);
	}
	return took;
}

/* ---- the reference ------------------------------------------------------------------------------------------------ */

#define COLUMNS 15
struct raw_row {
	struct db_val v[COLUMNS];
};

/* The last n fact rows, with places of their own. */
static struct raw_row *read_rows(struct world *w, int n)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	struct raw_row *rows = calloc((size_t)n, sizeof *rows);
	int64_t last;
	if (!rows)
		exit(1);
	testdb_ok(db_query(db, &SQL_ledger_head, PARAMS(V_INT(COUNTY)), &e), &e);
	last = db_next(db) ? db_int(db, 0) : 0;
	testdb_ok(db_stop(db, &e), &e);
	testdb_ok(db_query(db, &SQL_ledger_facts, PARAMS(V_INT(COUNTY), V_INT(last - n)), &e), &e);
	for (int i = 0; i < n && db_next(db); i++)
		for (int c = 0; c < COLUMNS; c++) {
			enum db_type type = db_column_type(db, c);
			rows[i].v[c] = type == DB_INT	 ? V_INT(db_int(db, c))
				       : type == DB_TEXT ? V_TEXT(arena_str(&w->a, db_text(db, c)))
				       : type == DB_BLOB ? V_BLOB(arena_str(&w->a, db_blob(db, c)))
							 : V_NULL;
		}
	testdb_ok(db_stop(db, &e), &e);
	return rows;
}

static double insert_raw(enum db_engine engine, const struct raw_row *rows, int n, int group, bool swabs)
{
	struct testdb t;
	struct err e = {0};
	if (!testdb_new(&t, engine))
		exit(1);
	struct db *db = testdb_open(&t, DB_WRITER);
	testdb_script(db, &SQL_ledger_schema);
	testdb_script(db, &SQL_testing_schema);
	double start = now_s();
	for (int done = 0; done < n; done += group) {
		testdb_ok(db_begin(db, &e), &e);
		for (int i = done; i < n && i < done + group; i++) {
			testdb_ok(db_run(db, &SQL_ledger_fact_put, rows[i].v, COLUMNS, &e), &e);
			if (swabs)
				testdb_ok(db_run(db, &SQL_testing_swab_put,
						 PARAMS(V_INT(COUNTY), V_INT(1), V_INT(1), V_INT(i), V_INT(i / 10), V_INT(NOW + i)), &e), &e);
		}
		testdb_ok(db_commit(db, &e), &e);
		if (db_wal_bytes(db) > 4 * 1024 * 1024)
			db_checkpoint(db, false);
	}
	double took = now_s() - start;
	db_close(&db);
	testdb_done(&t);
	return took;
}

static void by_kind(enum db_engine engine)
{
	static const char *const kinds[] = {"people.person_registered", "testing.tube_opened", "testing.swab_taken", "testing.result_reported"};
	static const int groups[] = {1, 64, 2000};
	printf("%s: facts a second through the ledger, raw inserts of the same rows, ratio\n", engine == DB_SQLITE ? "SQLite" : "PostgreSQL");
	for (size_t g = 0; g < ARRAY_N(groups); g++) {
		struct world w;
		if (!world_open(&w, engine, 1))
			return;
		int n = groups[g] == 1 ? 300 : groups[g] == 64 ? 6400 : 40000;
		for (size_t k = 0; k < ARRAY_N(kinds); k++) {
			double ours = append(&w, kinds[k], 0, n, groups[g]);
			struct arena_mark mark = arena_mark(&w.a);
			struct raw_row *rows = read_rows(&w, n);
			double raw = insert_raw(engine, rows, n, groups[g], k == 2);
			free(rows);
			arena_rewind(&w.a, mark);
			printf("  groups of %4d  %-26s %8.0f/s  raw %8.0f/s  ratio %.2f\n", groups[g], kinds[k], n / ours, n / raw, raw / ours);
		}
		if (groups[g] == 2000) {
			struct err e = {0};
			struct verify_report r;
			struct buf out;
			buf_init(&out, 0);
			double t0 = now_s();
			testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &r, &e), &e);
			double t1 = now_s();
			testdb_ok(ledger_rebuild(w.l, (struct progress){0}, &e), &e);
			double t2 = now_s();
			testdb_ok(ledger_audit(w.l, (struct progress){0}, &out, &e), &e);
			double t3 = now_s(), facts = (double)r.facts_n;
			printf("  %.0f facts: verify %.0f/s, rebuild %.0f/s, audit %.0f/s%s\n", facts, facts / (t1 - t0), facts / (t2 - t1),
			       facts / (t3 - t2), out.n ? " (IT FINDS DIFFERENCES)" : "");
			buf_done(&out);
		}
		world_close(&w);
	}
}

static void ask(struct world *w, struct buf *out, const char *query, const char *what)
{
	double best = 1e9;
	for (int i = 0; i < 3; i++) {
		double t = now_s();
		world_ask(w, out, query, NOW + HOURS(9), "campaign", NAME("campaign", 1), "round", "1", NULL);
		double took = now_s() - t;
		best = took < best ? took : best;
	}
	printf("  %-24s %8.1f ms, %zu bytes\n", what, best * 1e3, out->n);
}

static void who_is_missing(int persons)
{
	struct world w;
	struct buf out;
	buf_init(&out, 0);
	if (!world_open(&w, DB_SQLITE, 1))
		return;
	world_put(&w, "testing.campaign_declared", TOWN, NOW - HOURS(2), "{'campaign':'%s','name':'All','areas':['140826000000'],'pool_size':10}",
		  NAME("campaign", 1));
	world_put(&w, "testing.round_opened", TOWN, NOW - HOURS(2), "{'campaign':'%s','round':1,'opens_at':%lld,'due_at':%lld}", NAME("campaign", 1),
		  (long long)(NOW - HOURS(1)), (long long)(NOW + HOURS(8)));
	double registered = append(&w, "people.person_registered", 0, persons, 2000);
	int sampled = persons / 6 * 5;
	double swabs = append(&w, "testing.swab_taken", 0, sampled, 2000);
	printf("county: %d persons at %.0f/s, %d swabs at %.0f/s\n", persons, persons / registered, sampled, sampled / swabs);
	ask(&w, &out, "testing.coverage", "coverage by area");
	ask(&w, &out, "testing.missing", "the first 1,000 missing");
	ask(&w, &out, "testing.reconciliation", "count identities");
	ask(&w, &out, "testing.gaps", "gaps tube by tube");
	double t = now_s();
	world_reopen(&w);
	printf("  %-24s %8.1f ms\n", "restart to ready", (now_s() - t) * 1e3);
	buf_done(&out);
	world_close(&w);
}

int main(void)
{
	const char *text = getenv("SUSHUI_BENCH_PERSONS");
	int64_t persons = 240000;
	if (text && !str_to_i64(str_of(text), &persons))
		return 1;
	setenv("TMPDIR", "/tmp", 0);
	by_kind(DB_SQLITE);
	by_kind(DB_POSTGRES);
	who_is_missing((int)persons);
	return 0;
}
