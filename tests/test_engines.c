/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite and PostgreSQL say the same: the same random histories, each in a county of its own, give the same tables, live and
 * rebuilt, the same chain, and the same answer to every declared query, with and without arguments.
 *
 * SUSHUI_HISTORIES_PG sets how many histories (100), SUSHUI_SEED the first seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "core/caltime.h"
#include "sql.gen.h"
#include "story.h"

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t v;
	return text && str_to_i64(str_of(text), &v) && v >= 0 ? (uint64_t)v : otherwise;
}

static void fill(struct world *w, uint64_t seed, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		struct story s;
		struct dice d;
		dice_init(&d, seed + i);
		story_make(&s, seed + i, STORY_ALL, 20 + (size_t)dice_below(&d, 180));
		story_move(&s, 200000 + (int)i);
		story_deliver(w, &s, story_shuffled(&s, &d), NULL, NULL, &d, false);
		story_free(&s);
	}
}

/* ---- queries -------------------------------------------------------------------------------------------------------- */

struct answers {
	struct buf *out;
	struct world *w;
	int64_t county;
	size_t asked, answered;
};

static void ask(struct answers *a, const struct query *q, const struct str *names, const struct str *values, size_t n,
		enum query_format format)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct query_call call = {.query = q, .who = &machine, .now_ms = NOW, .area = a->county * 1000000, .names = names, .values = values,
				  .args_n = n, .format = format, .lang = "zh", .limit = 500};
	buf_printf(a->out, "\n== %s", q->name);
	for (size_t i = 0; i < n; i++)
		buf_printf(a->out, " %.*s=%.*s", STR_ARG(names[i]), STR_ARG(values[i]));
	buf_add_c(a->out, "\n");
	enum err_code rc = query_run(ledger_db(a->w->l), &a->w->a, &call, a->out, &e);
	if (rc != OK && err_kind(rc) != KIND_REFUSAL && err_kind(rc) != KIND_ODD)
		fail_msg("%s: %s %s %s", q->name, err_name(rc), e.at, e.what);
	if (rc != OK)
		buf_printf(a->out, "%s %s", err_name(rc), e.at);
	a->asked++;
	a->answered += rc == OK;
}

/* Value number `turn` for an argument. */
static struct str value_of(struct arena *a, const struct query_param *p, unsigned turn)
{
	char text[CALTIME_TEXT_N];
	size_t words_n = 0;
	switch (p->type) {
	case F_ID:
		return arena_str(a, str_of(world_name(p->entity && *p->entity ? p->entity : "person", 1 + (int)(turn % 4))));
	case F_TIME:
		caltime_format(NOW - HOURS(24) + HOURS(12) * (int64_t)(turn % 3), text);
		return arena_str(a, str_of(text));
	case F_DAY:
		day_format(day_of(NOW) - (int32_t)(turn % 3), text);
		return arena_str(a, str_of(text));
	case F_AREA:
		return arena_printf(a, "%012lld", (long long)VILLAGE_A);
	case F_WORD:
		while (p->words[words_n])
			words_n++;
		return str_of(p->words[turn % words_n]);
	case F_TEXT:
		return str_of((const char *[]){"infant", "alpha", "testing.retest"}[turn % 3]);
	default:
		return arena_printf(a, "%u", turn % 3);
	}
}

static void ask_all(struct answers *a)
{
	const struct query *q;
	for (size_t i = 0; (q = query_at(i)); i++) {
		ask(a, q, NULL, NULL, 0, QUERY_JSON);
		for (unsigned turn = 0; turn < 4 && q->params_n > 0; turn++) {
			struct str names[QUERY_PARAMS_MAX], values[QUERY_PARAMS_MAX];
			size_t n = 0, all = 0;
			for (size_t p = 0; p < q->params_n; p++)
				if (q->params[p].required) {
					names[n] = str_of(q->params[p].name);
					values[n++] = value_of(&a->w->a, &q->params[p], turn);
				}
			ask(a, q, names, values, n, turn % 2 ? QUERY_CSV : QUERY_JSON);
			for (size_t p = 0; p < q->params_n; p++) { /* each of the others alone */
				if (q->params[p].required)
					continue;
				names[n] = str_of(q->params[p].name);
				values[n] = value_of(&a->w->a, &q->params[p], turn);
				ask(a, q, names, values, n + 1, QUERY_JSON);
			}
			for (all = 0; all < q->params_n; all++) {
				names[all] = str_of(q->params[all].name);
				values[all] = value_of(&a->w->a, &q->params[all], turn);
			}
			ask(a, q, names, values, all, QUERY_JSON);
		}
	}
}

/* ---- both -------------------------------------------------------------------------------------------------------------- */

struct book {
	struct buf dump, rebuilt, answers;
	struct verify_report verify;
	bool there;
};

static void run(struct book *b, enum db_engine engine, uint64_t seed, uint64_t n)
{
	struct world w;
	struct err e = {0};
	buf_init(&b->dump, 0);
	buf_init(&b->rebuilt, 0);
	buf_init(&b->answers, 0);
	b->there = world_open(&w, engine, seed);
	if (!b->there)
		return;
	fill(&w, seed, n);
	testdb_script(ledger_db(w.l), &SQL_keyring_schema); /* elsewhere a file of its own; here so that its statements can be prepared */
	testdb_script(ledger_db(w.l), &SQL_app_session_schema); /* the same: the server's file of sessions */
	assert_true(testdb_prepare_all(ledger_db(w.l)) > 100);
	world_dump(&w, false, &b->dump);
	struct answers a = {.out = &b->answers, .w = &w};
	for (uint64_t i = 0; i < n && i < 12; i++) {
		a.county = 200000 + (int64_t)i;
		ask_all(&a);
	}
	print_message("%s: %zu questions, %zu answered\n", engine == DB_SQLITE ? "SQLite" : "PostgreSQL", a.asked, a.answered);
	assert_true(a.answered * 2 > a.asked);
	testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &b->verify, &e), &e);
	testdb_ok(ledger_rebuild(w.l, (struct progress){0}, &e), &e);
	world_dump(&w, false, &b->rebuilt);
	world_same(buf_str(&b->dump), buf_str(&b->rebuilt), "rebuilt", seed);
	world_close(&w);
}

static void same_on_both(void **state)
{
	(void)state;
	struct book lite, pg;
	uint64_t seed = from_env("SUSHUI_SEED", 1), n = from_env("SUSHUI_HISTORIES_PG", 100);
	run(&lite, DB_SQLITE, seed, n);
	run(&pg, DB_POSTGRES, seed, n);
	if (pg.there) {
		world_same(buf_str(&lite.dump), buf_str(&pg.dump), "SQLite and PostgreSQL", seed);
		world_same(buf_str(&lite.answers), buf_str(&pg.answers), "answers of SQLite and PostgreSQL", seed);
		assert_int_equal(lite.verify.facts_n, pg.verify.facts_n);
		assert_int_equal(lite.verify.counties_n, n + 1);
		print_message("%llu facts in %llu counties, %zu bytes of tables, %zu bytes of answers\n", (unsigned long long)pg.verify.facts_n,
			      (unsigned long long)pg.verify.counties_n, pg.dump.n, pg.answers.n);
	}
	buf_done(&lite.dump);
	buf_done(&lite.rebuilt);
	buf_done(&lite.answers);
	buf_done(&pg.dump);
	buf_done(&pg.rebuilt);
	buf_done(&pg.answers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(same_on_both)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
