/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is done to the stored log behind the program's back is found by ledger_verify: 10,000 mutations, all detected but the
 * truncation of a tail, for which the head is another one. And the guards refuse to change, remove or replace a fact.
 *
 * SUSHUI_MUTATIONS sets how many (10,000).
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "sql.gen.h"
#include "story.h"

static const char *const columns[] = {"county", "seq", "id", "kind", "outbreak", "area", "at", "recorded", "received", "by_user",
				      "device", "edition", "body", "sealed", "hash"};

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t v;
	return text && str_to_i64(str_of(text), &v) && v >= 0 ? (uint64_t)v : otherwise;
}

static enum err_code run(struct db *db, struct err *e, size_t params_n, const struct db_val *params, const char *fmt, ...)
{
	char text[2000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	for (char *p = text; db_engine(db) == DB_SQLITE && (p = strchr(p, '$')); p++)
		*p = '?'; /* SQLite counts only these by number */
	struct sql sql = {.name = "mutate", .sqlite = text, .postgres = text, .index = SQL__N, .params_n = (uint8_t)params_n};
	return db_run(db, &sql, params, params_n, e);
}

static void disarm(struct db *db)
{
	struct err e = {0};
	if (db_engine(db) == DB_POSTGRES) {
		testdb_ok(run(db, &e, 0, NULL, "ALTER TABLE fact DISABLE TRIGGER fact_guard"), &e);
		return;
	}
	static const char *const guards[] = {"fact_no_update", "fact_no_delete", "fact_no_replace"};
	for (size_t i = 0; i < ARRAY_N(guards); i++)
		testdb_ok(run(db, &e, 0, NULL, "DROP TRIGGER %s", guards[i]), &e);
}

struct log {
	struct db *db;
	struct dice d;
	int64_t county[8], last[8]; /* chains and their lengths */
	size_t n;
	char what[400];
};

static void read_lengths(struct log *l)
{
	struct err e = {0};
	testdb_ok(db_query(l->db, &SQL_ledger_heads, NO_PARAMS, &e), &e);
	for (l->n = 0; db_next(l->db); l->n++) {
		assert_true(l->n < ARRAY_N(l->county));
		l->county[l->n] = db_int(l->db, 0);
		l->last[l->n] = db_int(l->db, 1);
	}
	testdb_ok(db_stop(l->db, &e), &e);
}

/* Flips one bit of one column, whatever its type. */
static enum err_code flip(struct log *l, int64_t county, int64_t seq, struct err *e)
{
	char bytes[65536], text[200];
	size_t c = dice_below(&l->d, ARRAY_N(columns));
	struct db_val v = V_NULL;
	snprintf(text, sizeof text, "SELECT %s FROM fact WHERE county = $1 AND seq = $2", columns[c]);
	for (char *p = text; db_engine(l->db) == DB_SQLITE && (p = strchr(p, '$')); p++)
		*p = '?';
	struct sql get = {.name = "get", .sqlite = text, .postgres = text, .index = SQL__N, .params_n = 2};
	testdb_ok(db_query(l->db, &get, PARAMS(V_INT(county), V_INT(seq)), e), e);
	assert_true(db_next(l->db));
	enum db_type type = db_column_type(l->db, 0);
	bool as_text = type == DB_TEXT;
	if (type == DB_INT)
		v = V_INT(db_int(l->db, 0) ^ (INT64_C(1) << dice_below(&l->d, 62)));
	else {
		struct str s = as_text ? db_text(l->db, 0) : type == DB_BLOB ? db_blob(l->db, 0) : STR_NONE;
		assert_true(s.n < sizeof bytes);
		if (s.n)
			memcpy(bytes, s.p, s.n);
		size_t n = s.n;
		if (n == 0 || dice_below(&l->d, 20) == 0)
			bytes[n++] = type == DB_NULL ? 0 : (char)dice_below(&l->d, 128); /* longer by one */
		else
			bytes[dice_below(&l->d, n)] ^= (char)(1u << dice_below(&l->d, 8));
		if (type == DB_NULL && c == 4) /* "no outbreak" written otherwise */
			memset(bytes, 0, n = 16);
		if (type == DB_NULL && c == 13 && dice_below(&l->d, 2))
			n = 0;
		v = V_BLOB(((struct str){bytes, n}));
	}
	testdb_ok(db_stop(l->db, e), e);
	snprintf(l->what, sizeof l->what, "a bit of %s", columns[c]);
	const char *set = !as_text ? "$1" : db_engine(l->db) == DB_SQLITE ? "CAST($1 AS TEXT)" : "convert_from($1, 'UTF8')";
	struct db_val params[] = {v, V_INT(county), V_INT(seq)};
	return run(l->db, e, 3, params, "UPDATE fact SET %s = %s WHERE county = $2 AND seq = $3", columns[c], set);
}

/* Another type in the same column: SQLite would keep it. */
static enum err_code retype(struct log *l, int64_t county, int64_t seq, struct err *e)
{
	size_t c = dice_below(&l->d, ARRAY_N(columns));
	struct db_val params[] = {V_INT(county), V_INT(seq)};
	static const char *const to[] = {"CAST(%s AS BLOB)", "CAST(%s AS TEXT) || 'x'", "1.5"};
	char expression[100];
	int which = (int)dice_below(&l->d, 3);
	bool blob = c == 2 || c == 4 || c == 9 || c >= 13;
	snprintf(expression, sizeof expression, blob && which < 2 ? "hex(%s)" : to[which], columns[c]);
	snprintf(l->what, sizeof l->what, "%s as %s", columns[c], expression);
	return run(l->db, e, 2, params, "UPDATE fact SET %s = %s WHERE county = $1 AND seq = $2", columns[c], expression);
}

static enum err_code renumber(struct log *l, int64_t county, int64_t from, int64_t to, struct err *e)
{
	struct db_val params[] = {V_INT(county), V_INT(from), V_INT(to)};
	return run(l->db, e, 3, params, "UPDATE fact SET seq = $3 WHERE county = $1 AND seq = $2");
}

static enum err_code shift(struct log *l, int64_t county, int64_t from, int64_t last, struct err *e)
{
	enum err_code rc = OK;
	for (int64_t s = last; rc == OK && s >= from; s--)
		rc = renumber(l, county, s, s + 1, e);
	return rc;
}

static enum err_code copy_to(struct log *l, int64_t county, int64_t from, int64_t to, struct err *e)
{
	struct id id;
	for (size_t i = 0; i < sizeof id.b; i++)
		id.b[i] = (uint8_t)dice_below(&l->d, 256);
	struct db_val params[] = {V_INT(county), V_INT(from), V_INT(to), V_ID(&id)};
	return run(l->db, e, 4, params,
		   "INSERT INTO fact SELECT county, $3, $4, kind, outbreak, area, at, recorded, received, by_user, device, edition, body, "
		   "sealed, hash FROM fact WHERE county = $1 AND seq = $2");
}

static enum err_code drop(struct log *l, int64_t county, int64_t from, int64_t to, struct err *e)
{
	struct db_val params[] = {V_INT(county), V_INT(from), V_INT(to)};
	return run(l->db, e, 3, params, "DELETE FROM fact WHERE county = $1 AND seq BETWEEN $2 AND $3");
}

/* One mutation; tail: it only cuts an end off. */
static enum err_code mutate(struct log *l, bool *tail, struct err *e)
{
	size_t k = dice_below(&l->d, l->n);
	int64_t county = l->county[k], last = l->last[k], a = 1 + (int64_t)dice_below(&l->d, (uint64_t)last - 1), b;
	enum err_code rc;
	*tail = false;
	b = a + 1 + (int64_t)dice_below(&l->d, (uint64_t)(last - a)); /* 1 <= a < b <= last */
	switch (dice_below(&l->d, 10)) {
	case 0:
		snprintf(l->what, sizeof l->what, "facts %lld to %lld dropped", (long long)a, (long long)(b - 1));
		return drop(l, county, a, b - 1, e);
	case 1:
		snprintf(l->what, sizeof l->what, "facts %lld and %lld swapped", (long long)a, (long long)b);
		rc = renumber(l, county, a, -1, e);
		rc = rc == OK ? renumber(l, county, b, a, e) : rc;
		return rc == OK ? renumber(l, county, -1, b, e) : rc;
	case 2:
		snprintf(l->what, sizeof l->what, "a copy of %lld put in at %lld", (long long)b, (long long)a);
		rc = shift(l, county, a, last, e);
		return rc == OK ? copy_to(l, county, b + 1, a, e) : rc;
	case 3:
		snprintf(l->what, sizeof l->what, "a copy of %lld put at the end", (long long)a);
		return copy_to(l, county, a, last + 1, e);
	case 4:
		snprintf(l->what, sizeof l->what, "dropped %lld and closed the gap", (long long)a);
		rc = drop(l, county, a, a, e);
		for (int64_t s = a + 1; rc == OK && s <= last; s++)
			rc = renumber(l, county, s, s - 1, e);
		return rc;
	case 5:
		snprintf(l->what, sizeof l->what, "all from %lld renumbered", (long long)a);
		return shift(l, county, a, last, e);
	case 6:
		*tail = true;
		snprintf(l->what, sizeof l->what, "the tail from %lld cut off", (long long)b);
		return drop(l, county, b, last, e);
	case 7:
		return db_engine(l->db) == DB_SQLITE ? retype(l, county, a, e) : flip(l, county, b, e);
	default:
		return flip(l, county, dice_below(&l->d, 2) ? a : b, e);
	}
}

static void fill(struct world *w)
{
	for (uint64_t i = 0; i < 2; i++) {
		struct story s;
		struct dice d;
		dice_init(&d, 77 + i);
		story_make(&s, 77 + i, STORY_ALL, 60);
		if (i)
			for (size_t k = 0; k < s.n; k++) {
				char *p = (char *)(uintptr_t)s.f[k].text.p;
				for (char *q = p; (q = strstr(q, "\"140826")); q++)
					memcpy(q + 1, "140827", 6);
			}
		story_deliver(w, &s, story_in_order(&s), NULL, NULL, &d, false);
		story_free(&s);
	}
	world_put(w, "people.person_registered", VILLAGE_A, NOW, "{'person':'%s','household':'%s','name':'Somebody'}", NAME("person", 90), /* whom no story erases */
		  NAME("household", 1));
}

static void mutations(struct world *w)
{
	struct log l = {.db = ledger_db(w->l)};
	struct verify_report whole, after;
	struct err e = {0};
	uint64_t want = from_env("SUSHUI_MUTATIONS", 10000), found = 0, tails = 0, refused = 0;
	if (w->t.engine == DB_POSTGRES)
		want /= 20;
	fill(w);
	dice_init(&l.d, 5);
	read_lengths(&l);
	disarm(l.db);
	testdb_ok(ledger_verify(l.db, (struct progress){0}, &whole, &e), &e);
	while (found + tails < want) {
		bool tail;
		testdb_ok(db_begin(l.db, &e), &e);
		enum err_code rc = mutate(&l, &tail, &e);
		if (rc == OK) {
			e = (struct err){0};
			rc = ledger_verify(l.db, (struct progress){0}, &after, &e);
			/* on PostgreSQL the pipeline tells only now that the statement itself was refused */
			if (rc != OK && rc != ERR_CORRUPT)
				refused++;
			else if (tail) {
				assert_int_equal(rc, OK);
				assert_memory_not_equal(whole.head, after.head, sizeof whole.head);
				assert_true(after.facts_n < whole.facts_n);
				tails++;
			} else if (rc != ERR_CORRUPT)
				fail_msg("not found: %s (%llu facts of %llu, %llu found)", l.what, (unsigned long long)after.facts_n, (unsigned long long)whole.facts_n, (unsigned long long)found);
			else {
				assert_true(after.bad_seq > 0 || after.bad_county != 0);
				found++;
			}
		} else
			refused++;
		db_rollback(l.db);
		assert_true(refused < want);
	}
	testdb_ok(ledger_verify(l.db, (struct progress){0}, &after, &e), &e);
	assert_memory_equal(whole.head, after.head, sizeof whole.head);
	print_message("%s: %llu facts, %llu mutations found, %llu tails with another head, %llu refused by the database\n",
		      w->t.engine == DB_SQLITE ? "SQLite" : "PostgreSQL", (unsigned long long)whole.facts_n, (unsigned long long)found,
		      (unsigned long long)tails, (unsigned long long)refused);
}

static void all_mutations(void **state)
{
	(void)state;
	world_each(mutations);
}

/* ---- guards ---------------------------------------------------------------------------------------------------------- */

static void guards(struct world *w)
{
	static const char row[] = "county, %s, %s, kind, outbreak, area, at, recorded, received, by_user, device, edition, body, sealed, hash "
				  "FROM fact WHERE county = 140826 AND seq = 1";
	struct db *db = ledger_db(w->l);
	struct buf before, after;
	struct err e = {0};
	buf_init(&before, 0);
	buf_init(&after, 0);
	fill(w);
	struct verify_report r0, r1;
	testdb_ok(ledger_verify(db, (struct progress){0}, &r0, &e), &e);
	char same_seq[500], same_id[500], text[900];
	snprintf(same_seq, sizeof same_seq, row, "seq", "$1");
	snprintf(same_id, sizeof same_id, row, "999999", "id");
	struct id id = world_id("guard", 1);
	bool lite = db_engine(db) == DB_SQLITE;
	const struct {
		bool lite, pg;
		const char *how, *select;
	} attempts[] = {
		{true, true, "UPDATE fact SET device = 'x' WHERE seq = 1", NULL},
		{true, true, "DELETE FROM fact WHERE seq = 1", NULL},
		{false, true, "TRUNCATE fact", NULL},
		{true, false, "INSERT OR REPLACE INTO fact SELECT ", same_seq},
		{true, false, "INSERT OR REPLACE INTO fact SELECT ", same_id},
		{true, false, "REPLACE INTO fact SELECT ", same_id},
		{true, false, "UPDATE OR REPLACE fact SET seq = 2 WHERE seq = 1", NULL},
		{false, true, "UPSERT", NULL},
	};
	for (size_t i = 0; i < ARRAY_N(attempts); i++) {
		if (lite ? !attempts[i].lite : !attempts[i].pg)
			continue;
		snprintf(text, sizeof text, "%s%s", attempts[i].how, attempts[i].select ? attempts[i].select : "");
		if (strcmp(attempts[i].how, "UPSERT") == 0)
			snprintf(text, sizeof text, "INSERT INTO fact SELECT %s ON CONFLICT (county, seq) DO UPDATE SET device = 'x'", same_seq);
		struct db_val v = V_ID(&id);
		bool with = strstr(text, "$1") != NULL;
		testdb_ok(db_begin(db, &e), &e);
		enum err_code rc = run(db, &e, with, &v, "%s", text);
		if (rc == OK) /* PostgreSQL says so at the commit */
			rc = db_commit(db, &e);
		else
			db_rollback(db);
		if (rc == OK)
			fail_msg("not refused: %s", text);
	}
	testdb_ok(ledger_verify(db, (struct progress){0}, &r1, &e), &e);
	assert_memory_equal(&r0, &r1, sizeof r0);
	buf_done(&before);
	buf_done(&after);
}

/* A head that is no hash: refused with its place, and the process lives. */
static void broken_head(struct world *w)
{
	struct err e = {0};
	fill(w);
	disarm(ledger_db(w->l));
	struct db_val v[] = {V_BLOB(STR("short")), V_INT(COUNTY)};
	testdb_ok(run(ledger_db(w->l), &e, 2, v, "UPDATE fact SET hash = $1 WHERE county = $2"), &e);
	world_reopen(w);
	struct fact f;
	const struct json *j;
	testdb_ok(json_read(&w->a, world_fact(w, "people.household_registered", VILLAGE_A, NOW, "{'household':'%s'}", NAME("household", 3)), &j, &e), &e);
	testdb_ok(fact_decode(&w->a, j, &f, &e), &e);
	assert_int_equal(ledger_append_one(w->l, &f, &e), ERR_CORRUPT);
	assert_int_equal(ledger_rebuild(w->l, (struct progress){0}, &e), ERR_CORRUPT);
}

static void all_broken_heads(void **state)
{
	(void)state;
	world_each(broken_head);
}

static void all_guards(void **state)
{
	(void)state;
	world_each(guards);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_mutations),
		cmocka_unit_test(all_guards),
		cmocka_unit_test(all_broken_heads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
