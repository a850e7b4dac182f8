/* SPDX-License-Identifier: Apache-2.0
 * Durable rows per second by rows per commit: SQLite through store.h as a ratio to the same rows through the
 * SQLite C interface by hand, in alternating rounds of the same run; PostgreSQL as a ratio to the same SQLite
 * rounds. Ratios are the median over the rounds, with the lowest and the highest. Checkpoints stand between the
 * rounds and are not counted. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/sys.h"
#include "sql.gen.h"
#include "testdb.h"

#define ROUNDS 9
#define TEXT_N 200
static const int groups[] = {1, 10, 100, 1000};
/* Commits per round: enough to be measured, few enough that the whole takes under a minute. */
static const int commits[] = {200, 200, 100, 30};

static char text[TEXT_N];
static int64_t next_k = 1;

static double now_s(void)
{
	return (double)sys_real()->mono_us(NULL) / 1e6;
}

static struct id id_of(int64_t k)
{
	struct id id = ID_NONE;
	for (int i = 0; i < 8; i++)
		id.b[i] =
			(uint8_t)((uint64_t)k >> (8 * (7 - i))); /* grows with time, as the ids of facts do */
	return id;
}

/* Rows per second of one round through store.h. */
static double by_store(struct db *db, int group, int commits_n)
{
	struct err e;
	double begin = now_s();
	for (int c = 0; c < commits_n; c++) {
		testdb_ok(db_begin(db, &e), &e);
		for (int i = 0; i < group; i++) {
			int64_t k = next_k++;
			struct id id = id_of(k);
			testdb_ok(db_run(db, &SQL_test_store_insert,
					 PARAMS(V_INT(k), V_ID(&id), V_INT(k), V_REAL(0.5),
						V_TEXT(((struct str){text, TEXT_N})), V_NULL),
					 &e),
				  &e);
		}
		testdb_ok(db_commit(db, &e), &e);
	}
	double took = now_s() - begin;
	db_checkpoint(db, false);
	return (double)group * commits_n / took;
}

static void must(int ok, sqlite3 *c)
{
	if (ok)
		return;
	fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(c));
	exit(1);
}

/* The same by hand, with the same settings, statements prepared once. */
static double by_hand(sqlite3 *c, int group, int commits_n)
{
	sqlite3_stmt *insert, *begin_st, *commit_st;
	must(sqlite3_prepare_v2(c, SQL_test_store_insert.sqlite, -1, &insert, NULL) == SQLITE_OK, c);
	must(sqlite3_prepare_v2(c, "BEGIN IMMEDIATE", -1, &begin_st, NULL) == SQLITE_OK, c);
	must(sqlite3_prepare_v2(c, "COMMIT", -1, &commit_st, NULL) == SQLITE_OK, c);
	double begin = now_s();
	for (int n = 0; n < commits_n; n++) {
		must(sqlite3_step(begin_st) == SQLITE_DONE, c);
		sqlite3_reset(begin_st);
		for (int i = 0; i < group; i++) {
			int64_t k = next_k++;
			struct id id = id_of(k);
			sqlite3_bind_int64(insert, 1, k);
			sqlite3_bind_blob(insert, 2, id.b, sizeof id.b, SQLITE_STATIC);
			sqlite3_bind_int64(insert, 3, k);
			sqlite3_bind_double(insert, 4, 0.5);
			sqlite3_bind_text(insert, 5, text, TEXT_N, SQLITE_STATIC);
			sqlite3_bind_null(insert, 6);
			must(sqlite3_step(insert) == SQLITE_DONE, c);
			sqlite3_reset(insert);
		}
		must(sqlite3_step(commit_st) == SQLITE_DONE, c);
		sqlite3_reset(commit_st);
	}
	double took = now_s() - begin;
	sqlite3_wal_checkpoint_v2(c, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	sqlite3_finalize(insert);
	sqlite3_finalize(begin_st);
	sqlite3_finalize(commit_st);
	return (double)group * commits_n / took;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_ratio(const double *a, const double *b)
{
	double v[ROUNDS];
	for (int r = 0; r < ROUNDS; r++)
		v[r] = a[r] / b[r];
	qsort(v, ROUNDS, sizeof *v, by_size);
	printf("  %5.2f (%.2f-%.2f)", v[ROUNDS / 2], v[0], v[ROUNDS - 1]);
}

/* Sorts v. */
static double median(double *v)
{
	qsort(v, ROUNDS, sizeof *v, by_size);
	return v[ROUNDS / 2];
}

int main(void)
{
	memset(text, 'x', sizeof text);
	struct testdb lite, pg;
	testdb_new(&lite, DB_SQLITE);
	bool have_pg = testdb_new(&pg, DB_POSTGRES);
	struct db *store = testdb_open(&lite, DB_WRITER),
		  *server = have_pg ? testdb_open(&pg, DB_WRITER) : NULL;
	testdb_script(store, &SQL_test_store_schema);
	if (have_pg)
		testdb_script(server, &SQL_test_store_schema);
	char path[700];
	snprintf(path, sizeof path, "%s/by-hand.db", lite.dir);
	sqlite3 *c;
	must(sqlite3_open(path, &c) == SQLITE_OK, c);
	must(sqlite3_exec(c, SQL_store_session_writer.sqlite, NULL, NULL, NULL) == SQLITE_OK, c);
	must(sqlite3_exec(c, SQL_test_store_schema.sqlite, NULL, NULL, NULL) == SQLITE_OK, c);
	printf("rows/s: SQLite by hand, SQLite by store.h, PostgreSQL by store.h\n");
	for (size_t g = 0; g < ARRAY_N(groups); g++) {
		double hand[ROUNDS], ours[ROUNDS], net[ROUNDS] = {0};
		for (int r = 0; r < ROUNDS; r++) {
			hand[r] = by_hand(c, groups[g], commits[g]);
			ours[r] = by_store(store, groups[g], commits[g]);
			if (have_pg)
				net[r] = by_store(server, groups[g], commits[g]);
		}
		printf("%4d rows a commit: store", groups[g]);
		print_ratio(ours, hand);
		if (have_pg) {
			printf(", PostgreSQL");
			print_ratio(net, hand);
		}
		printf(" of SQLite by hand; rows/s %.0f, %.0f", median(hand), median(ours));
		if (have_pg)
			printf(", %.0f", median(net));
		printf("\n");
	}
	sqlite3_close(c);
	db_close(&store);
	db_close(&server);
	testdb_done(&lite);
	if (have_pg)
		testdb_done(&pg);
	return 0;
}
