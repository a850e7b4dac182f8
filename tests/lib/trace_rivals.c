/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_rivals.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/sys.h"
#include "sql.gen.h"

/* One engine with its data; formulations share it. */
struct engine {
	sqlite3 *lite;
	PGconn *pg;
	char path[64];
	int users_n;
};

struct rival {
	struct engine *engine;
	const struct sql *join;
	const char *settings; /* PostgreSQL */
	const char *name;
};

static double now_ms(void)
{
	return (double)sys_real()->mono_us(NULL) / 1000;
}

static void stop(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static void text(struct engine *g, const char *sql)
{
	if (g->lite) {
		if (sqlite3_exec(g->lite, sql, NULL, NULL, NULL) != SQLITE_OK)
			stop(sql, sqlite3_errmsg(g->lite));
		return;
	}
	PGresult *r = PQexec(g->pg, sql);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		stop(sql, PQerrorMessage(g->pg));
	PQclear(r);
}

static void script(struct engine *g, const struct sql *s)
{
	text(g, g->lite ? s->sqlite : s->postgres);
}

/* A statement with $1 = hop where it has one. */
static void run(struct engine *g, const struct sql *s, int hop)
{
	if (g->lite) {
		sqlite3_stmt *st;
		if (sqlite3_prepare_v2(g->lite, s->sqlite, -1, &st, NULL) != SQLITE_OK)
			stop(s->name, sqlite3_errmsg(g->lite));
		if (s->params_n)
			sqlite3_bind_int(st, 1, hop);
		if (sqlite3_step(st) != SQLITE_DONE)
			stop(s->name, sqlite3_errmsg(g->lite));
		sqlite3_finalize(st);
		return;
	}
	char value[16];
	const char *values[1] = {value};
	snprintf(value, sizeof value, "%d", hop);
	PGresult *r = PQexecParams(g->pg, s->postgres, s->params_n, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		stop(s->name, PQerrorMessage(g->pg));
	PQclear(r);
}

static int class_of(const struct visit *x)
{
	uint32_t d = x->t_out - x->t_in;
	return (d > 3600) + (d > 4 * 3600) + (d > 12 * 3600);
}

static int by_place(const void *a, const void *b)
{
	const struct visit *x = *(const struct visit *const *)a, *y = *(const struct visit *const *)b;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	int c = class_of(x) - class_of(y);
	if (c)
		return c;
	if (x->t_in != y->t_in)
		return x->t_in < y->t_in ? -1 : 1;
	return (x->person > y->person) - (x->person < y->person);
}

/* The rows that do not depend on the engine's way of loading. */
static void small_tables(struct engine *g, const struct county *c)
{
	struct buf b;
	buf_init(&b, 0);
	text(g, "BEGIN");
	buf_add_c(&b, "INSERT INTO tb_class VALUES (0,3600),(1,14400),(2,43200),(3,172800)");
	buf_add_byte(&b, 0);
	text(g, b.p);
	for (uint32_t p = 0; p < c->places_n; p++) {
		if (p % 1000 == 0) {
			buf_reset(&b);
			buf_add_c(&b, "INSERT INTO tb_place VALUES ");
		}
		const struct trace_rule *r = &c->rule[c->place_type[p]];
		buf_printf(&b, "%s(%u,%u,%u)", p % 1000 ? "," : "", p, r->min_s, r->linger_s);
		if (p % 1000 == 999 || p + 1 == c->places_n) {
			buf_add_byte(&b, 0);
			text(g, b.p);
		}
	}
	text(g, "COMMIT");
	buf_done(&b);
}

static void insert_sorted(struct engine *g, const struct county *c)
{
	const struct visit **order = malloc(c->visits_n * sizeof *order);
	CHECK(order);
	for (size_t i = 0; i < c->visits_n; i++)
		order[i] = &c->visit[i];
	qsort(order, c->visits_n, sizeof *order, by_place);
	sqlite3_stmt *st;
	text(g, "BEGIN");
	if (sqlite3_prepare_v2(g->lite, "INSERT OR IGNORE INTO tb_place_visit VALUES (?,?,?,?,?)", -1, &st,
			       NULL) != SQLITE_OK)
		stop("insert", sqlite3_errmsg(g->lite));
	for (size_t i = 0; i < c->visits_n; i++) {
		sqlite3_bind_int64(st, 1, order[i]->place);
		sqlite3_bind_int(st, 2, class_of(order[i]));
		sqlite3_bind_int64(st, 3, order[i]->t_in);
		sqlite3_bind_int64(st, 4, order[i]->person);
		sqlite3_bind_int64(st, 5, order[i]->t_out);
		sqlite3_step(st);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	free(order);
	if (sqlite3_prepare_v2(g->lite, "INSERT OR IGNORE INTO tb_person_visit VALUES (?,?,?,?)", -1, &st,
			       NULL) != SQLITE_OK)
		stop("insert", sqlite3_errmsg(g->lite));
	for (size_t i = 0; i < c->visits_n; i++) { /* the county is made person by person, in order of time */
		sqlite3_bind_int64(st, 1, c->visit[i].person);
		sqlite3_bind_int64(st, 2, c->visit[i].t_in);
		sqlite3_bind_int64(st, 3, c->visit[i].t_out);
		sqlite3_bind_int64(st, 4, c->visit[i].place);
		sqlite3_step(st);
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	text(g, "COMMIT");
}

static struct engine *open_sqlite(const struct county *c)
{
	struct engine *g = calloc(1, sizeof *g);
	CHECK(g);
	strcpy(g->path, "/tmp/sushui-rival.XXXXXX");
	int fd = mkstemp(g->path);
	CHECK(fd >= 0);
	close(fd);
	if (sqlite3_open(g->path, &g->lite) != SQLITE_OK)
		stop("sqlite", sqlite3_errmsg(g->lite));
	double t = now_ms();
	text(g, "PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -2000000; PRAGMA "
		"mmap_size = 8000000000");
	script(g, &SQL_test_tb_schema);
	small_tables(g, c);
	insert_sorted(g, c);
	script(g, &SQL_test_tb_indexes);
	sqlite3_stmt *st;
	int64_t bytes = 0;
	sqlite3_prepare_v2(g->lite, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
			   -1, &st, NULL);
	if (sqlite3_step(st) == SQLITE_ROW)
		bytes = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	printf("SQLite %s: load %.0f ms, %.1f bytes a visit\n", sqlite3_libversion(), now_ms() - t,
	       (double)bytes / (double)c->visits_n);
	return g;
}

static void copy_visits(struct engine *g, const struct county *c)
{
	PQclear(PQexec(g->pg, "COPY tb_visit FROM STDIN"));
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < c->visits_n; i++) {
		const struct visit *x = &c->visit[i];
		buf_printf(&b, "%u\t%d\t%u\t%u\t%u\n", x->place, class_of(x), x->t_in, x->person, x->t_out);
		if (b.n > 1 << 20 || i + 1 == c->visits_n) {
			if (PQputCopyData(g->pg, b.p, (int)b.n) != 1)
				stop("copy", PQerrorMessage(g->pg));
			buf_reset(&b);
		}
	}
	buf_done(&b);
	PQputCopyEnd(g->pg, NULL);
	for (PGresult *r; (r = PQgetResult(g->pg)); PQclear(r))
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			stop("copy", PQerrorMessage(g->pg));
}

static struct engine *open_postgres(const struct county *c, const char *url)
{
	struct engine *g = calloc(1, sizeof *g);
	CHECK(g);
	g->pg = PQconnectdb(url);
	if (PQstatus(g->pg) != CONNECTION_OK)
		stop("postgres", PQerrorMessage(g->pg));
	double t = now_ms();
	text(g,
	     "SET client_min_messages = error; DROP SCHEMA IF EXISTS trace_bench CASCADE; CREATE SCHEMA "
	     "trace_bench; "
	     "SET search_path = trace_bench; SET jit = off; SET work_mem = '512MB'; SET maintenance_work_mem "
	     "= '1GB'; "
	     "SET max_parallel_workers_per_gather = 2; SET min_parallel_table_scan_size = 0; SET "
	     "parallel_setup_cost = 10; "
	     "SET parallel_tuple_cost = 0.001; SET random_page_cost = 1.1; SET effective_cache_size = '4GB'");
	script(g, &SQL_test_tb_schema);
	small_tables(g, c);
	copy_visits(g, c);
	script(g, &SQL_test_tb_indexes);
	text(g, "VACUUM (FREEZE, ANALYZE) tb_visit");
	text(g, "ANALYZE");
	double ms = now_ms() - t;
	PGresult *r = PQexec(g->pg,
			     "SELECT pg_total_relation_size('tb_visit'), current_setting('server_version')");
	printf("PostgreSQL %s: load %.0f ms, %.1f bytes a visit\n", PQgetvalue(r, 0, 1), ms,
	       strtod(PQgetvalue(r, 0, 0), NULL) / (double)c->visits_n);
	PQclear(r);
	return g;
}

size_t rivals_open(struct rival **out, size_t cap, const struct county *c)
{
	static const char forced[] =
		"SET enable_hashjoin = off; SET enable_mergejoin = off; SET join_collapse_limit = 1";
	static const char its_own[] =
		"SET enable_hashjoin = on; SET enable_mergejoin = on; SET join_collapse_limit = 8";
	const char *url = getenv("SUSHUI_TEST_PG");
	struct engine *lite = open_sqlite(c), *pg = url ? open_postgres(c, url) : NULL;
	if (!pg)
		printf("PostgreSQL: left out (SUSHUI_TEST_PG is not set)\n");
	const struct rival all[] = {{lite, &SQL_test_tb_classes, "", "SQLite, length classes"},
				    {lite, &SQL_test_tb_planner, "", "SQLite, planner's choice"},
				    {lite, &SQL_test_tb_buckets, "", "SQLite, buckets"},
				    {pg, &SQL_test_tb_classes, forced, "PostgreSQL, length classes"},
				    {pg, &SQL_test_tb_planner, its_own, "PostgreSQL, planner's choice"},
				    {pg, &SQL_test_tb_buckets, its_own, "PostgreSQL, buckets"}};
	size_t n = 0;
	for (size_t i = 0; i < ARRAY_N(all) && n < cap; i++) {
		if (!all[i].engine)
			continue;
		struct rival *r = malloc(sizeof *r);
		CHECK(r);
		*r = all[i];
		r->engine->users_n++;
		out[n++] = r;
	}
	return n;
}

void rival_close(struct rival *r)
{
	struct engine *g = r->engine;
	free(r);
	if (--g->users_n > 0)
		return;
	if (g->lite) {
		sqlite3_close(g->lite);
		unlink(g->path);
	}
	if (g->pg) {
		text(g, "DROP SCHEMA trace_bench CASCADE");
		PQfinish(g->pg);
	}
	free(g);
}

const char *rival_name(const struct rival *r)
{
	return r->name;
}

static void read_answer(struct engine *g, struct rival_answer *out)
{
	size_t cap = 1024;
	*out = (struct rival_answer){.rows = malloc(cap * sizeof *out->rows)};
	sqlite3_stmt *st = NULL;
	PGresult *r = NULL;
	int rows = 0;
	if (g->lite) {
		sqlite3_prepare_v2(g->lite, SQL_test_tb_read.sqlite, -1, &st, NULL);
	} else {
		r = PQexec(g->pg, SQL_test_tb_read.postgres);
		rows = PQntuples(r);
	}
	while (st ? sqlite3_step(st) == SQLITE_ROW : (int)out->rows_n < rows) {
		int64_t v[5];
		for (int k = 0; k < 5; k++)
			v[k] = st ? sqlite3_column_int64(st, k)
				  : strtoll(PQgetvalue(r, (int)out->rows_n, k), NULL, 10);
		if (out->rows_n == cap)
			out->rows = realloc(out->rows, (cap *= 2) * sizeof *out->rows);
		CHECK(out->rows);
		out->rows[out->rows_n++] = (struct trace_contact){.person = (uint32_t)v[0],
								  .hop = (uint32_t)v[1],
								  .first = (uint32_t)v[2],
								  .seconds = (uint64_t)v[3],
								  .exposures = (uint64_t)v[4]};
	}
	sqlite3_finalize(st);
	PQclear(r);
}

void rival_trace(struct rival *r, const struct trace_world *w, const struct trace_query *q,
		 struct rival_answer *out, double *ms)
{
	(void)w;
	struct engine *g = r->engine;
	char row[128];
	if (g->pg)
		text(g, r->settings);
	script(g, &SQL_test_tb_clear);
	for (size_t i = 0; i < q->cases_n; i++) {
		snprintf(row, sizeof row, "INSERT INTO tb_case VALUES (%u,%u,%u)", q->cases[i].person,
			 q->cases[i].from, q->cases[i].to);
		text(g, row);
	}
	double t = now_ms();
	for (int hop = 1; hop <= 2; hop++) {
		run(g, &SQL_test_tb_sources_clear, 0);
		run(g, hop == 1 ? &SQL_test_tb_sources_1 : &SQL_test_tb_sources_2, 0);
		if (g->pg) /* fresh tables have no statistics */
			text(g, "ANALYZE tb_source; ANALYZE tb_case; ANALYZE tb_hit");
		run(g, r->join, hop);
	}
	*ms = now_ms() - t;
	read_answer(g, out);
}
