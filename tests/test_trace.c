/* SPDX-License-Identifier: Apache-2.0
 * The trace engine equals its definition: on random small worlds by nested loops and as SQL on SQLite and
 * PostgreSQL. */
#include "cm.h"

#include <libpq-fe.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/caltime.h"
#include "sql.gen.h"
#include "trace/query.h"
#include "trace_world.h"

#define WORLDS 10000

static void near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("%.17g, should be %.17g", got, want);
}

static void must(enum err_code rc, const struct err *e)
{
	if (rc != OK)
		fail_msg("%s at %s: %s", err_name(rc), e->at, e->what);
}

/* A store in memory that holds the world's visits, filled in a different way for each seed. */
static struct visits *fill(const struct world *w, uint64_t seed)
{
	struct err e;
	struct visits *v = NULL;
	struct visits_options o = {0};
	must(visits_open(&v, &o, &e), &e);
	size_t cut = seed % 3 == 0 ? 0 : seed % 3 == 1 ? w->visits_n : w->visits_n / 2;
	if (cut)
		must(visits_load(v, w->visit, cut, 1 + (int)(seed & 1), &e), &e);
	struct visit ghost[4];
	for (uint32_t i = 0; i < 4; i++) /* added and taken away again; never equal to a real one */
		ghost[i] = (struct visit){i % (uint32_t)w->persons_n, i % (uint32_t)w->places_n,
					  1585432800 + i * 977, 1585432800 + 86413 + i, 0};
	must(visits_add(v, ghost, 4, &e), &e);
	for (size_t i = cut; i < w->visits_n; i++) {
		must(visits_add(v, &w->visit[i], 1, &e), &e);
		if (i % 16 == 7) {
			struct visits_view *view;
			must(visits_view(v, &view, &e), &e);
			visits_view_release(&view);
		}
	}
	if (w->visits_n)
		must(visits_add(v, &w->visit[seed % w->visits_n], 1, &e), &e); /* twice is once */
	if (seed % 5 == 2)
		must(visits_seal(v, &e), &e);
	must(visits_remove(v, ghost, 4, &e), &e);
	if (seed % 5 == 3)
		must(visits_seal(v, &e), &e);
	return v;
}

static void same_contacts(const struct trace_result *a, const struct trace_result *b, bool via, uint64_t seed)
{
	if (a->contacts_n != b->contacts_n)
		fail_msg("world %llu: %zu contacts, should be %zu", (unsigned long long)seed, a->contacts_n,
			 b->contacts_n);
	for (size_t i = 0; i < a->contacts_n; i++) {
		const struct trace_contact *x = &a->contacts[i], *y = &b->contacts[i];
		if (x->person != y->person || x->hop != y->hop || x->first != y->first ||
		    x->place != y->place || x->exposures != y->exposures || x->seconds != y->seconds ||
		    (via && (x->via != y->via || x->via_case != y->via_case)))
			fail_msg("world %llu: contact %zu differs: person %u/%u hop %u/%u first %u/%u place "
				 "%u/%u n %llu/%llu s %llu/%llu via %u/%u %u/%u",
				 (unsigned long long)seed, i, x->person, y->person, x->hop, y->hop, x->first,
				 y->first, x->place, y->place, (unsigned long long)x->exposures,
				 (unsigned long long)y->exposures, (unsigned long long)x->seconds,
				 (unsigned long long)y->seconds, x->via, y->via, x->via_case, y->via_case);
	}
}

static void same_exposures(const struct trace_exposure *a, size_t an, const struct trace_exposure *b,
			   size_t bn, uint64_t seed)
{
	if (an != bn || (an && memcmp(a, b, an * sizeof *a) != 0))
		fail_msg("world %llu: the exposures differ (%zu, should be %zu)", (unsigned long long)seed,
			 an, bn);
}

static void check_world(uint64_t seed)
{
	struct trace_tuning usual = {.listed_spans = 4,
				     .few_sources = 8,
				     .alone_groups = 16,
				     .sources_max = 4 << 20,
				     .spans_step = 16 << 10};
	struct world w;
	struct err e;
	world_make(&w, seed);
	struct trace_result want, got;
	world_brute(&w, &want);
	struct visits *v = fill(&w, seed);
	struct trace_ties *ties = NULL;
	must(trace_ties_new(&ties, w.meet, w.meets_n, w.link, w.links_n, w.place_parent, w.places_n, &e), &e);
	struct trace_world tw = {.place_type = w.place_type, .places_n = w.places_n, .ties = ties};
	struct visits_view *view = NULL;
	must(visits_view(v, &view, &e), &e);
	tw.view = view;
	assert_int_equal(view ? visits_of_person(view, 1000, NULL, 0) : 1, 0);
	struct trace_query q = {.cases = w.cases,
				.cases_n = w.cases_n,
				.rules = &w.rules,
				.hops = w.hops,
				.any_order = w.any_order,
				.isolated = w.isolated,
				.isolated_n = w.isolated_n};
	/* listing everything; sweeping; sweeping with via afterwards; on one thread, as in production */
	for (int way = 0; way < 4; way++) {
		trace_tuning = (struct trace_tuning){0, way == 1 ? 0 : 2, 0, way == 1 ? 5 : 1 << 20,
						     way == 1 ? 1 : 1 << 14};
		if (way == 3)
			trace_tuning = usual;
		q.evidence_hops = way == 0 ? w.hops : way == 3 ? 1 : 0;
		q.want_via = way == 2;
		q.threads = way == 3 ? 1 : 2;
		must(trace_run(&got, &tw, &q, &e), &e);
		same_contacts(&got, &want, way == 0 || way == 2, seed);
		assert_memory_equal(got.hop_n, want.hop_n, sizeof got.hop_n);
		if (way == 0)
			same_exposures(got.exposures, got.exposures_n, want.exposures, want.exposures_n,
				       seed);
		if (way == 1) { /* the evidence of each person on demand */
			size_t at = 0;
			for (size_t i = 0; i < got.contacts_n; i++) {
				struct trace_result one;
				must(trace_evidence(&one, &tw, &q, &got, got.contacts[i].person, &e), &e);
				size_t n = (size_t)got.contacts[i].exposures;
				same_exposures(one.exposures, one.exposures_n, want.exposures + at, n, seed);
				at += n;
				trace_result_done(&one);
			}
		}
		trace_result_done(&got);
	}
	size_t counts[2 * (TRACE_HOPS_MAX + 1)];
	struct trace_rules two[2] = {w.rules, w.rules};
	must(trace_what_if(counts, &tw, &q, two, 2, &e), &e);
	for (unsigned h = 1; h <= w.hops; h++) {
		assert_int_equal(counts[h], want.hop_n[h]);
		assert_int_equal(counts[w.hops + 1 + h], want.hop_n[h]);
	}
	trace_result_done(&want);
	visits_view_release(&view);
	trace_ties_done(&ties);
	visits_close(&v);
}

static void engine_equals_nested_loops(void **state)
{
	(void)state;
	assert_int_equal(caltime_zone(STR("Europe/Rome"), NULL),
			 OK); /* the worlds lie on a night of 23 hours */
	for (uint64_t seed = 1; seed <= WORLDS; seed++)
		check_world(seed);
}

static int by_place(const void *a, const void *b)
{
	const struct trace_venue *x = a, *y = b;
	return (x->place > y->place) - (x->place < y->place);
}

static void venues_equal_nested_loops(void **state)
{
	(void)state;
	size_t found = 0;
	for (uint64_t seed = 1; seed <= 2000; seed++) {
		struct world w;
		struct err e;
		world_make(&w, seed);
		struct visits *v = fill(&w, seed);
		struct visits_view *view;
		must(visits_view(v, &view, &e), &e);
		struct trace_world tw = {.view = view};
		struct trace_venue want[16];
		struct trace_venues got;
		uint64_t population;
		size_t n = world_brute_venues(&w, 3600, want, &population);
		must(trace_venues_run(&got, &tw, w.cases, w.cases_n, 3600, &e), &e);
		assert_int_equal(got.venues_n, n);
		assert_int_equal(got.population_n, population);
		for (size_t i = 1; i < n; i++)
			assert_true(got.venues[i - 1].surprise >= got.venues[i].surprise);
		qsort(got.venues, n, sizeof *got.venues, by_place);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(got.venues[i].place, want[i].place);
			assert_int_equal(got.venues[i].cases_n, want[i].cases_n);
			assert_int_equal(got.venues[i].links_n, want[i].links_n);
			assert_int_equal(got.venues[i].visitors_n, want[i].visitors_n);
		}
		found += n;
		trace_venues_done(&got);
		visits_view_release(&view);
		visits_close(&v);
	}
	assert_true(found > 1000); /* the worlds do have such places */
}

static void surprise_is_the_hypergeometric_tail(void **state)
{
	(void)state;
	/* 5 of 10 marked, 4 drawn, at least 3 marked: (C(5,3)C(5,1) + C(5,4)) / C(10,4) = 55/210 */
	near(trace_surprise(10, 5, 4, 3), -log10(55.0 / 210), 1e-12);
	near(trace_surprise(10, 5, 4, 0), 0, 0);
	near(trace_surprise(10, 10, 4, 4), 0, 0); /* all are cases: no surprise */
	/* all 20 cases among 20 visitors of 250,000: no underflow, log10 C(250000, 20) */
	double want = (lgamma(250001) - lgamma(21) - lgamma(249981)) / log(10);
	near(trace_surprise(250000, 20, 20, 20), want, 1e-6);
	assert_true(trace_surprise(250000, 20, 50, 3) > trace_surprise(250000, 20, 5000, 3));
}

/* --- the definition as SQL ----------------------------------------------------------------------------- */

/* Rows of all worlds as text for COPY; SQLite reads the same text. */
static void add_row(struct buf *b, const int64_t *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_byte(b, '\t');
		buf_add_i64(b, x[i]);
	}
	buf_add_byte(b, '\n');
}
#define ROW(b, ...)                                                                                          \
	add_row(b, (const int64_t[]){__VA_ARGS__}, sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

enum { T_VISIT, T_PLACE, T_RULE, T_CASE, T_ISOLATED, T_MEET, T_LINK, T__N };
static const struct {
	const char *name;
	int columns;
} tables[T__N] = {{"tr_visit", 5},    {"tr_place", 4}, {"tr_rule", 6}, {"tr_case", 4},
		  {"tr_isolated", 3}, {"tr_meet", 5},  {"tr_link", 5}};

static void add_world(struct buf *t, const struct world *w, int64_t id)
{
	for (size_t i = 0; i < w->visits_n; i++)
		ROW(&t[T_VISIT], id, w->visit[i].person, w->visit[i].place, w->visit[i].t_in,
		    w->visit[i].t_out);
	for (size_t i = 0; i < w->places_n; i++)
		ROW(&t[T_PLACE], id, (int64_t)i, w->place_type[i],
		    w->place_parent[i] == TRACE_NONE ? -1 : (int64_t)w->place_parent[i]);
	for (int i = -1; i < 4; i++) {
		const struct trace_rule *r = i < 0 ? &w->rules.encounter : &w->type[i];
		ROW(&t[T_RULE], id, i, r->min_s, r->linger_s, r->cumulative, r->off);
	}
	for (size_t i = 0; i < w->cases_n; i++)
		ROW(&t[T_CASE], id, w->cases[i].person, w->cases[i].from, w->cases[i].to);
	for (size_t i = 0; i < w->isolated_n; i++)
		ROW(&t[T_ISOLATED], id, w->isolated[i].person, w->isolated[i].at);
	for (size_t i = 0; i < w->meets_n; i++)
		ROW(&t[T_MEET], id, w->meet[i].a, w->meet[i].b, w->meet[i].start, w->meet[i].end);
	for (size_t i = 0; i < w->links_n; i++)
		ROW(&t[T_LINK], id, w->link[i].a, w->link[i].b,
		    w->link[i].at == TRACE_NONE ? -1 : (int64_t)w->link[i].at, w->link[i].kind);
}

struct sql_rows {
	int64_t *v;
	size_t n, cap_n; /* numbers, not rows */
};

static void rows_push(struct sql_rows *r, int64_t x)
{
	if (r->n == r->cap_n) {
		r->cap_n = r->cap_n ? 2 * r->cap_n : 4096;
		r->v = realloc(r->v, r->cap_n * sizeof *r->v);
		assert_non_null(r->v);
	}
	r->v[r->n++] = x;
}

/* An engine: runs a statement with an optional $1; rows may be NULL. */
struct engine {
	sqlite3 *lite;
	PGconn *pg;
};

static void run_sql(struct engine *g, const struct sql *s, int64_t param, struct sql_rows *rows)
{
	if (g->lite) {
		sqlite3_stmt *st;
		if (s->is_script) {
			if (sqlite3_exec(g->lite, s->sqlite, NULL, NULL, NULL) != SQLITE_OK)
				fail_msg("%s: %s", s->name, sqlite3_errmsg(g->lite));
			return;
		}
		if (sqlite3_prepare_v2(g->lite, s->sqlite, -1, &st, NULL) != SQLITE_OK)
			fail_msg("%s: %s", s->name, sqlite3_errmsg(g->lite));
		if (s->params_n)
			sqlite3_bind_int64(st, 1, param);
		int rc;
		while ((rc = sqlite3_step(st)) == SQLITE_ROW)
			for (int c = 0; rows && c < sqlite3_column_count(st); c++)
				rows_push(rows, sqlite3_column_int64(st, c));
		assert_int_equal(rc, SQLITE_DONE);
		sqlite3_finalize(st);
		return;
	}
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)param);
	const char *values[1] = {text};
	PGresult *r = s->is_script
			      ? PQexec(g->pg, s->postgres)
			      : PQexecParams(g->pg, s->postgres, s->params_n, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", s->name, PQerrorMessage(g->pg));
	for (int i = 0; rows && i < PQntuples(r); i++)
		for (int c = 0; c < PQnfields(r); c++)
			rows_push(rows, strtoll(PQgetvalue(r, i, c), NULL, 10));
	PQclear(r);
}

static void copy_in(struct engine *g, int table, const struct buf *b)
{
	if (g->pg) {
		char text[64];
		snprintf(text, sizeof text, "COPY %s FROM STDIN", tables[table].name);
		PGresult *r = PQexec(g->pg, text);
		assert_int_equal(PQresultStatus(r), PGRES_COPY_IN);
		PQclear(r);
		if (b->n)
			assert_int_equal(PQputCopyData(g->pg, b->p, (int)b->n), 1);
		assert_int_equal(PQputCopyEnd(g->pg, NULL), 1);
		r = PQgetResult(g->pg);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			fail_msg("%s", PQerrorMessage(g->pg));
		PQclear(r);
		while ((r = PQgetResult(g->pg)))
			PQclear(r);
		return;
	}
	static const char *const marks[] = {"", "?", "?,?", "?,?,?", "?,?,?,?", "?,?,?,?,?", "?,?,?,?,?,?"};
	char text[96];
	snprintf(text, sizeof text, "INSERT INTO %s VALUES (%s)", tables[table].name,
		 marks[tables[table].columns]);
	sqlite3_stmt *st;
	assert_int_equal(sqlite3_prepare_v2(g->lite, text, -1, &st, NULL), SQLITE_OK);
	const char *p = b->p;
	while (b->n && p < b->p + b->n) {
		for (int c = 1; c <= tables[table].columns; c++) {
			char *end;
			sqlite3_bind_int64(st, c, strtoll(p, &end, 10));
			p = end + 1;
		}
		assert_int_equal(sqlite3_step(st), SQLITE_DONE);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

static void run_definition(struct engine *g, struct buf *t, struct sql_rows *contacts,
			   struct sql_rows *exposures, struct sql_rows *venues)
{
	run_sql(g, &SQL_test_trace_schema, 0, NULL);
	for (int i = 0; i < T__N; i++)
		copy_in(g, i, &t[i]);
	run_sql(g, &SQL_test_trace_inside, 0, NULL);
	run_sql(g, &SQL_test_trace_indexes, 0, NULL);
	run_sql(g, &SQL_test_trace_spans_cases, 0, NULL);
	run_sql(g, &SQL_test_trace_block_cases, 0, NULL);
	if (g->pg)
		PQclear(PQexec(g->pg, "ANALYZE"));
	else
		sqlite3_exec(g->lite, "ANALYZE", NULL, NULL, NULL);
	for (int64_t hop = 1; hop <= 4; hop++) {
		run_sql(g, &SQL_test_trace_sources, 0, NULL);
		run_sql(g, &SQL_test_trace_pairs_stays, 0, NULL);
		run_sql(g, &SQL_test_trace_pairs_meets, 0, NULL);
		run_sql(g, &SQL_test_trace_pairs_links, 0, NULL);
		run_sql(g, &SQL_test_trace_exposures, hop, NULL);
		run_sql(g, &SQL_test_trace_contacts, hop, NULL);
		run_sql(g, &SQL_test_trace_block_hop, hop, NULL);
		run_sql(g, &SQL_test_trace_pairs_clear, 0, NULL);
		run_sql(g, &SQL_test_trace_sources_clear, 0, NULL);
		run_sql(g, &SQL_test_trace_spans_clear, 0, NULL);
		run_sql(g, &SQL_test_trace_spans_hop, hop, NULL);
	}
	run_sql(g, &SQL_test_trace_read_contacts, 0, contacts);
	run_sql(g, &SQL_test_trace_read_exposures, 0, exposures);
	run_sql(g, &SQL_test_trace_venues, 3600, venues);
}

static int by_columns(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	for (int i = 0; i < 8; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

/* The engine's answer for the same worlds, in the columns of the SQL. */
static void engine_rows(const struct world *w, int64_t id, struct sql_rows *contacts,
			struct sql_rows *exposures, struct sql_rows *venues)
{
	struct err e;
	struct visits *v = fill(w, (uint64_t)id);
	struct visits_view *view;
	struct trace_ties *ties;
	must(visits_view(v, &view, &e), &e);
	must(trace_ties_new(&ties, w->meet, w->meets_n, w->link, w->links_n, w->place_parent, w->places_n,
			    &e),
	     &e);
	struct trace_world tw = {view, w->place_type, w->places_n, ties};
	struct trace_query q = {.cases = w->cases, .cases_n = w->cases_n, .rules = &w->rules, .hops = 4,
				.isolated = w->isolated, .isolated_n = w->isolated_n};
	struct trace_result swept, listed;
	must(trace_run(&swept, &tw, &q, &e), &e);
	q.evidence_hops = 4;
	must(trace_run(&listed, &tw, &q, &e), &e);
	for (size_t i = 0; i < swept.contacts_n; i++) {
		const struct trace_contact *c = &swept.contacts[i];
		const int64_t row[] = {
			id, c->hop, c->person, c->first, (int64_t)c->seconds, (int64_t)c->exposures};
		for (size_t k = 0; k < ARRAY_N(row); k++)
			rows_push(contacts, row[k]);
	}
	for (size_t i = 0; i < listed.exposures_n; i++) {
		const struct trace_exposure *x = &listed.exposures[i];
		bool meet = x->place == TRACE_BY_ENCOUNTER, link = x->place == TRACE_BY_LINK;
		const int64_t row[] = {id,        x->hop,
				       x->person, x->start,
				       x->end,    meet ? -1 : link ? -2 : (int64_t)x->place,
				       x->via,    meet ? -1 : (int64_t)x->via_place};
		for (size_t k = 0; k < ARRAY_N(row); k++)
			rows_push(exposures, row[k]);
	}
	struct trace_venues vs;
	must(trace_venues_run(&vs, &tw, w->cases, w->cases_n, 3600, &e), &e);
	qsort(vs.venues, vs.venues_n, sizeof *vs.venues, by_place);
	for (size_t i = 0; i < vs.venues_n; i++) {
		const int64_t row[] = {id, vs.venues[i].place, vs.venues[i].cases_n,
				       (int64_t)vs.venues[i].links_n};
		for (size_t k = 0; k < ARRAY_N(row); k++)
			rows_push(venues, row[k]);
	}
	trace_venues_done(&vs);
	trace_result_done(&swept);
	trace_result_done(&listed);
	trace_ties_done(&ties);
	visits_view_release(&view);
	visits_close(&v);
}

static void same_rows(const char *what, struct sql_rows *want, struct sql_rows *got, size_t columns)
{
	assert_true(want->n > 10000);
	if (columns == 8) {
		qsort(want->v, want->n / 8, 64, by_columns);
		qsort(got->v, got->n / 8, 64, by_columns);
	}
	for (size_t i = 0; i < want->n && i < got->n; i++)
		if (want->v[i] != got->v[i])
			fail_msg("%s: row %zu column %zu: SQL %lld, engine %lld (world %lld)", what,
				 i / columns, i % columns, (long long)want->v[i], (long long)got->v[i],
				 (long long)want->v[i / columns * columns]);
	assert_int_equal(got->n, want->n);
}

static void equals_sql(struct engine *g)
{
	struct buf t[T__N];
	struct sql_rows want[3] = {{0}}, got[3] = {{0}};
	for (int i = 0; i < T__N; i++)
		buf_init(&t[i], 0);
	for (int64_t id = 1; id <= WORLDS; id++) {
		struct world w;
		world_make(&w, (uint64_t)id + 1000000);
		add_world(t, &w, id);
		engine_rows(&w, id, &got[0], &got[1], &got[2]);
	}
	run_definition(g, t, &want[0], &want[1], &want[2]);
	same_rows("contacts", &want[0], &got[0], 6);
	same_rows("exposures", &want[1], &got[1], 8);
	same_rows("venues", &want[2], &got[2], 4);
	print_message("%d worlds: %zu contacts, %zu exposures, %zu venues equal\n", WORLDS, want[0].n / 6,
		      want[1].n / 8, want[2].n / 4);
	for (int i = 0; i < 3; i++) {
		free(want[i].v);
		free(got[i].v);
	}
	for (int i = 0; i < T__N; i++)
		buf_done(&t[i]);
}

static void engine_equals_sql_on_sqlite(void **state)
{
	(void)state;
	struct engine g = {0};
	assert_int_equal(sqlite3_open(":memory:", &g.lite), SQLITE_OK);
	equals_sql(&g);
	sqlite3_close(g.lite);
}

static void engine_equals_sql_on_postgres(void **state)
{
	(void)state;
	const char *url = getenv("SUSHUI_TEST_PG");
	if (!url) {
		print_message("SUSHUI_TEST_PG is not set: no PostgreSQL to compare with\n");
		skip();
	}
	struct engine g = {.pg = PQconnectdb(url)};
	if (PQstatus(g.pg) != CONNECTION_OK)
		fail_msg("%s", PQerrorMessage(g.pg));
	PQclear(PQexec(g.pg, "SET client_min_messages = error; DROP SCHEMA IF EXISTS trace_test CASCADE; "
			     "CREATE SCHEMA trace_test; "
			     "SET search_path = trace_test; SET jit = off"));
	equals_sql(&g);
	PQclear(PQexec(g.pg, "DROP SCHEMA trace_test CASCADE"));
	PQfinish(g.pg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(engine_equals_nested_loops),
		cmocka_unit_test(venues_equal_nested_loops),
		cmocka_unit_test(surprise_is_the_hypergeometric_tail),
		cmocka_unit_test(engine_equals_sql_on_sqlite),
		cmocka_unit_test(engine_equals_sql_on_postgres),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
