/* SPDX-License-Identifier: Apache-2.0
 * The store interface: every function, on both engines. */
#include "cm.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/buf.h"
#include "sql.gen.h"
#include "store/engine.h"
#include "testdb.h"

static struct id id_of(int64_t k)
{
	struct id id = ID_NONE;
	for (int i = 0; i < 8; i++)
		id.b[15 - i] = (uint8_t)((uint64_t)k >> (8 * i));
	id.b[0] = 1;
	return id;
}

static enum err_code insert(struct db *db, int64_t k, struct db_val i, struct db_val text, struct err *e)
{
	struct id id = id_of(k);
	return db_run(db, &SQL_test_store_insert, PARAMS(V_INT(k), V_ID(&id), i, V_NULL, text, V_NULL), e);
}

static int64_t count(struct db *db)
{
	struct err e;
	int64_t n = -1;
	testdb_ok(db_one(db, &SQL_test_store_count, NO_PARAMS, -2, &n, &e), &e);
	return n;
}

static struct db *with_schema(struct testdb *t)
{
	struct db *db = testdb_open(t, DB_WRITER);
	testdb_script(db, &SQL_test_store_schema);
	return db;
}

/* --- values --------------------------------------------------------------------------------------- */

static void put(struct db *db, int64_t k, struct db_val i, struct db_val r, struct db_val t, struct db_val b)
{
	struct err e;
	struct id id = id_of(k);
	testdb_ok(db_run(db, &SQL_test_store_insert, PARAMS(V_INT(k), V_ID(&id), i, r, t, b), &e), &e);
}

static void get(struct db *db, int64_t k)
{
	struct err e;
	testdb_ok(db_query(db, &SQL_test_store_get, PARAMS(V_INT(k)), &e), &e);
	assert_true(db_next(db));
}

static void done(struct db *db)
{
	struct err e;
	assert_false(db_next(db));
	testdb_ok(db_stop(db, &e), &e);
}

static void check_values(struct testdb *t)
{
	struct db *db = with_schema(t);
	assert_int_equal(db_engine(db), t->engine);
	static const int64_t ints[] = {0, 1, -1, 255, -32769, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
	static const double reals[] = {0.0, -0.5, 1e300, -1e-300, 3.0, 0.1, INFINITY, 1.5, 5e-324};
	char every[256];
	for (int i = 0; i < 256; i++)
		every[i] = (char)i;
	struct str blob = {every, sizeof every};
	for (size_t n = 0; n < ARRAY_N(ints); n++)
		put(db, (int64_t)n, V_INT(ints[n]), V_REAL(reals[n]),
		    V_TEXT(STR("涑水 'x' \"y\" \\ \xF0\x9F\x98\x80\n")), V_BLOB(blob));
	for (size_t n = 0; n < ARRAY_N(ints); n++) {
		get(db, (int64_t)n);
		assert_int_equal(db_columns(db), 6);
		assert_string_equal(db_column_name(db, 2), "r");
		assert_true(id_eq(db_id(db, 0), id_of((int64_t)n)));
		assert_int_equal(db_column_type(db, 1), DB_INT);
		assert_true(db_int(db, 1) == ints[n]);
		assert_int_equal(db_column_type(db, 2), DB_REAL);
		double r = db_real(db, 2);
		assert_memory_equal(&r, &reals[n], sizeof r);
		assert_int_equal(db_column_type(db, 3), DB_TEXT);
		assert_true(str_eq_c(db_text(db, 3), "涑水 'x' \"y\" \\ \xF0\x9F\x98\x80\n"));
		assert_int_equal(db_column_type(db, 4), DB_BLOB);
		assert_true(str_eq(db_blob(db, 4), blob));
		done(db);
	}
	db_close(&db);
	assert_null(db);
	db_close(&db);
}

static void check_null_and_empty(struct testdb *t)
{
	struct db *db = with_schema(t);
	put(db, 1, V_NULL, V_NULL, V_NULL, V_NULL);
	put(db, 2, V_INT(0), V_REAL(0), V_TEXT(STR_NONE), V_BLOB(STR_NONE));
	get(db, 1);
	for (int c = 1; c < 5; c++)
		assert_int_equal(db_column_type(db, c), DB_NULL);
	assert_int_equal(db_int(db, 1), 0);
	assert_true(db_real(db, 2) == 0.0);
	assert_null(db_text(db, 3).p);
	assert_null(db_blob(db, 4).p);
	assert_true(id_is_none(db_id(db, 4)));
	done(db);
	get(db, 2);
	assert_int_equal(db_column_type(db, 3), DB_TEXT);
	assert_int_equal(db_column_type(db, 4), DB_BLOB);
	assert_int_equal(db_text(db, 3).n, 0);
	assert_non_null(db_text(db, 3).p);
	assert_int_equal(db_blob(db, 4).n, 0);
	done(db);
	db_close(&db);
}

static void check_text_rules(struct testdb *t)
{
	struct db *db = with_schema(t);
	static const struct str bad[] = {{"a\0b", 3}, {"\xFF", 1}, {"\xED\xA0\x80", 3}, {"\xE6\xB6", 2}};
	struct err e;
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		assert_int_equal(insert(db, 1, V_NULL, V_TEXT(bad[i]), &e), ERR_BAD_TEXT);
		assert_string_equal(e.at, "test_store_insert");
	}
	assert_int_equal(db_query(db, &SQL_test_store_real_of, PARAMS(V_REAL(NAN)), &e), ERR_BAD_VALUE);
	assert_int_equal(count(db), 0);
	db_close(&db);
}

/* A parameter may be NULL first, and of another type later. */
static void check_types_may_change(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(insert(db, 1, V_NULL, V_NULL, &e), &e);
	testdb_ok(insert(db, 2, V_INT(INT64_MAX), V_NULL, &e), &e);
	testdb_ok(insert(db, 3, V_NULL, V_TEXT(STR("x")), &e), &e);
	int64_t n = 0;
	testdb_ok(db_one(db, &SQL_test_store_is, PARAMS(V_NULL), -1, &n, &e), &e);
	assert_int_equal(n, 2);
	testdb_ok(db_one(db, &SQL_test_store_is, PARAMS(V_INT(INT64_MAX)), -1, &n, &e), &e);
	assert_int_equal(n, 1);
	testdb_ok(db_one(db, &SQL_test_store_is, PARAMS(V_REAL(0.5)), -1, &n, &e), &e);
	assert_int_equal(n, 0);
	testdb_ok(db_one(db, &SQL_test_store_plus, PARAMS(V_INT(41)), -1, &n, &e), &e);
	assert_int_equal(n, 42);
	testdb_ok(db_one(db, &SQL_test_store_plus, PARAMS(V_TEXT(STR("41"))), -1, &n, &e), &e);
	assert_int_equal(n, 42);
	testdb_ok(db_one(db, &SQL_test_store_plus, PARAMS(V_INT(1)), -1, &n, &e), &e);
	assert_int_equal(n, 2);
	db_close(&db);
}

/* --- queries -------------------------------------------------------------------------------------- */

static void check_queries(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	int64_t n = 5;
	testdb_ok(db_one(db, &SQL_test_store_sum, PARAMS(V_INT(0)), -7, &n, &e), &e); /* NULL */
	assert_int_equal(n, -7);
	testdb_ok(db_begin(db, &e), &e);
	for (int64_t k = 1; k <= 3000; k++) {
		testdb_ok(insert(db, k, V_INT(k), V_TEXT(STR("some text")), &e), &e);
		if (k % 1000 == 0)
			assert_int_equal(count(db), k); /* a query sees what was queued before it */
	}
	testdb_ok(db_commit(db, &e), &e);
	testdb_ok(db_query(db, &SQL_test_store_list, PARAMS(V_INT(2500)), &e), &e);
	int64_t k = 0;
	while (db_next(db)) {
		assert_int_equal(db_int(db, 0), ++k);
		assert_true(str_eq_c(db_text(db, 1), "some text"));
	}
	testdb_ok(db_stop(db, &e), &e);
	assert_int_equal(k, 2500);
	/* left in the middle */
	testdb_ok(db_query(db, &SQL_test_store_list, PARAMS(V_INT(2500)), &e), &e);
	assert_true(db_next(db) && db_next(db));
	testdb_ok(db_stop(db, &e), &e);
	testdb_ok(db_stop(db, &e), &e);
	assert_false(db_next(db));
	/* never looked at */
	testdb_ok(db_query(db, &SQL_test_store_list, PARAMS(V_INT(1)), &e), &e);
	testdb_ok(db_stop(db, &e), &e);
	/* without a row */
	testdb_ok(db_query(db, &SQL_test_store_list, PARAMS(V_INT(0)), &e), &e);
	done(db);
	testdb_ok(db_one(db, &SQL_test_store_sum, PARAMS(V_INT(2998)), 0, &n, &e), &e);
	assert_int_equal(n, 5999);
	db_close(&db);
}

static void check_returning(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	for (int round = 0; round < 2; round++) { /* alone, then in a transaction */
		if (round == 1)
			testdb_ok(db_begin(db, &e), &e);
		int64_t k = 10 + round;
		struct id id = id_of(k);
		testdb_ok(
			db_query(db, &SQL_test_store_insert_back, PARAMS(V_INT(k), V_ID(&id), V_INT(7)), &e),
			&e);
		assert_true(db_next(db));
		assert_int_equal(db_int(db, 0), k);
		assert_int_equal(db_int(db, 1), 7);
		done(db);
	}
	testdb_ok(db_commit(db, &e), &e);
	db_close(&db);
	db = testdb_open(t, DB_WRITER);
	assert_int_equal(count(db), 2);
	db_close(&db);
}

static void check_error_while_stepping(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(insert(db, 1, V_INT(-5), V_NULL, &e), &e);
	testdb_ok(insert(db, 2, V_INT(6), V_NULL, &e), &e);
	testdb_ok(insert(db, 3, V_INT(INT64_MIN), V_NULL, &e), &e); /* has no absolute value */
	for (int round = 0; round < 2; round++) {
		testdb_ok(db_query(db, &SQL_test_store_abs, NO_PARAMS, &e), &e);
		assert_true(db_next(db));
		assert_int_equal(db_int(db, 1), 5);
		assert_true(db_next(db));
		assert_false(db_next(db));
		if (round == 0) { /* nobody asked: the next call tells */
			int64_t n = 77;
			assert_int_equal(db_one(db, &SQL_test_store_count, NO_PARAMS, 0, &n, &e),
					 ERR_DATABASE);
			assert_int_equal(n, 77);
		} else {
			assert_int_equal(db_stop(db, &e), ERR_DATABASE);
		}
		assert_string_equal(e.at, "test_store_abs");
		testdb_ok(db_stop(db, &e), &e);
		assert_int_equal(count(db), 3);
	}
	db_close(&db);
}

/* More in one transaction than the buffers between client and server hold. */
static void check_large(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < (size_t)1 << 20; i++)
		buf_add_byte(&b, (char)(i * 31 >> 3));
	testdb_ok(db_begin(db, &e), &e);
	for (int64_t k = 1; k <= 600; k++)
		put(db, k, V_INT(k), V_NULL, V_NULL, V_BLOB(((struct str){b.p, 20000})));
	put(db, 1000, V_INT(1), V_NULL, V_NULL, V_BLOB(buf_str(&b)));
	testdb_ok(db_commit(db, &e), &e);
	get(db, 1000);
	assert_true(str_eq(db_blob(db, 4), buf_str(&b)));
	done(db);
	assert_int_equal(count(db), 601);
	buf_done(&b);
	db_close(&db);
}

/* --- transactions --------------------------------------------------------------------------------- */

static void check_failed_transaction(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(insert(db, 1, V_INT(1), V_NULL, &e), &e);
	for (int after = 0; after < 1200;
	     after = after * 3 + 1) { /* the error lies further and further back */
		testdb_ok(db_begin(db, &e), &e);
		testdb_ok(insert(db, 100, V_INT(1), V_NULL, &e), &e);
		enum err_code told = insert(db, 1, V_INT(1), V_NULL, &e); /* the key is there */
		for (int k = 0; k < after; k++) {
			enum err_code rc = insert(db, 1000 + k, V_INT(1), V_NULL, NULL);
			assert_true(told == OK || rc == told); /* told once, told until the end */
			told = rc;
		}
		memset(&e, 0, sizeof e);
		assert_int_equal(db_commit(db, &e), ERR_DATABASE);
		assert_string_equal(e.at, "test_store_insert");
		assert_non_null(strstr(e.what, t->engine == DB_SQLITE ? "UNIQUE constraint" : "23505"));
		assert_int_equal(count(db), 1);
	}
	/* a query meets the error of what was queued before it */
	testdb_ok(db_begin(db, &e), &e);
	(void)insert(db, 1, V_INT(1), V_NULL, &e);
	assert_int_equal(db_query(db, &SQL_test_store_count, NO_PARAMS, &e), ERR_DATABASE);
	assert_string_equal(e.at, "test_store_insert");
	assert_int_equal(db_commit(db, &e), ERR_DATABASE);
	/* a refused value too */
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(insert(db, 2, V_INT(1), V_NULL, &e), &e);
	assert_int_equal(insert(db, 3, V_NULL, V_TEXT(STR("\xFF")), &e), ERR_BAD_TEXT);
	assert_int_equal(db_commit(db, &e), ERR_BAD_TEXT);
	assert_false(db_broken(db));
	assert_int_equal(count(db), 1);
	/* and the connection still works */
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(insert(db, 2, V_INT(1), V_NULL, &e), &e);
	testdb_ok(db_commit(db, &e), &e);
	assert_int_equal(count(db), 2);
	db_close(&db);
}

/* A statement whose first preparation was lost with its transaction is prepared again. */
static void check_lost_preparation(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(insert(db, 1, V_INT(1), V_NULL, &e), &e);
	testdb_ok(db_begin(db, &e), &e);
	(void)insert(db, 1, V_INT(1), V_NULL, &e);
	(void)db_run(db, &SQL_test_store_update, PARAMS(V_INT(1), V_INT(9)), &e);
	assert_int_equal(db_commit(db, &e), ERR_DATABASE);
	testdb_ok(db_run(db, &SQL_test_store_update, PARAMS(V_INT(1), V_INT(8)), &e), &e);
	/* the same with a statement the server cannot prepare */
	for (int i = 0; i < 3; i++)
		assert_int_equal(db_query(db, &SQL_test_broken_missing_table, NO_PARAMS, &e), ERR_DATABASE);
	int64_t n = 0;
	testdb_ok(db_one(db, &SQL_test_store_sum, PARAMS(V_INT(0)), 0, &n, &e), &e);
	assert_int_equal(n, 8);
	db_close(&db);
}

static void check_rollback(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(insert(db, 1, V_INT(1), V_NULL, &e), &e);
	testdb_ok(db_query(db, &SQL_test_store_count, NO_PARAMS, &e), &e); /* also with an open query */
	db_rollback(db);
	db_rollback(db);
	assert_int_equal(count(db), 0);
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(insert(db, 1, V_INT(1), V_NULL, &e), &e);
	db_close(&db); /* rolls back */
	db = testdb_open(t, DB_WRITER);
	assert_int_equal(count(db), 0);
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(db_commit(db, &e), &e); /* an empty one */
	db_close(&db);
}

static void check_script(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	assert_int_equal(db_script(db, &SQL_test_store_bad_script, &e), ERR_DATABASE);
	assert_string_equal(e.at, "test_store_bad_script");
	int64_t n;
	assert_int_equal(db_one(db, &SQL_test_broken_half, NO_PARAMS, 0, &n, &e),
			 ERR_DATABASE); /* all or nothing */
	put(db, 1, V_INT(5), V_NULL, V_NULL, V_NULL);
	testdb_ok(db_query(db, &SQL_test_store_all_columns, PARAMS(V_INT(1)), &e), &e);
	assert_int_equal(db_columns(db), 6);
	testdb_ok(db_stop(db, &e), &e);
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(db_run(db, &SQL_test_store_update, PARAMS(V_INT(1), V_INT(6)), &e), &e);
	testdb_script(db, &SQL_test_store_column); /* within a transaction */
	testdb_ok(db_commit(db, &e), &e);
	testdb_ok(db_query(db, &SQL_test_store_all_columns, PARAMS(V_INT(1)), &e), &e);
	assert_int_equal(db_columns(db), 7);
	assert_true(db_next(db));
	assert_int_equal(db_int(db, 2), 6);
	testdb_ok(db_stop(db, &e), &e);
	db_close(&db);
}

/* --- readers -------------------------------------------------------------------------------------- */

static void check_reader(struct testdb *t)
{
	struct db *w = with_schema(t), *r = testdb_open(t, DB_READER);
	struct err e;
	testdb_ok(insert(w, 1, V_INT(1), V_NULL, &e), &e);
	assert_int_equal(count(r), 1);
	assert_int_equal(insert(r, 2, V_INT(1), V_NULL, &e), ERR_DATABASE);
	assert_int_equal(db_script(r, &SQL_test_store_column, &e), ERR_DATABASE);
	testdb_ok(db_begin(r, &e), &e);
	(void)insert(r, 2, V_INT(1), V_NULL, &e);
	assert_int_equal(db_commit(r, &e), ERR_DATABASE);
	assert_false(db_broken(r));
	/* a stable view */
	testdb_ok(db_begin(r, &e), &e);
	assert_int_equal(count(r), 1);
	testdb_ok(insert(w, 2, V_INT(1), V_NULL, &e), &e);
	assert_int_equal(count(w), 2);
	assert_int_equal(count(r), 1);
	db_checkpoint(w, false);
	db_checkpoint(w, true); /* the reader postpones it */
	assert_false(db_broken(w));
	assert_int_equal(count(r), 1);
	testdb_ok(db_commit(r, &e), &e);
	assert_int_equal(count(r), 2);
	/* what is not committed is not seen */
	testdb_ok(db_begin(w, &e), &e);
	testdb_ok(insert(w, 3, V_INT(1), V_NULL, &e), &e);
	assert_int_equal(count(w), 3);
	assert_int_equal(count(r), 2);
	testdb_ok(db_commit(w, &e), &e);
	assert_int_equal(count(r), 3);
	db_close(&w);
	assert_int_equal(count(r), 3);
	db_close(&r);
}

#define GROUP_N 10
struct watcher {
	const struct testdb *t;
	atomic_bool *stop;
	int views;
	const char *wrong; /* what was seen that must not be; NULL when all was well */
};

/* A reader beside the writer: each view is stable, holds whole groups only, and never goes back. */
static void *watch(void *arg)
{
	struct watcher *w = arg;
	struct err e;
	struct db *r = NULL;
	int64_t before = 0;
	if (db_open(&r, w->t->url, DB_READER, NULL, &e) != OK)
		w->wrong = "a reader cannot open";
	while (!w->wrong && !atomic_load(w->stop)) {
		int64_t first = -1, again = -1;
		if (db_begin(r, &e) != OK ||
		    db_one(r, &SQL_test_store_count, NO_PARAMS, 0, &first, &e) != OK ||
		    db_one(r, &SQL_test_store_max, NO_PARAMS, 0, &again, &e) != OK || db_commit(r, &e) != OK)
			w->wrong = "a reader is refused";
		else if (first != again)
			w->wrong = "a view changed";
		else if (first % GROUP_N != 0)
			w->wrong = "half a group";
		else if (first < before)
			w->wrong = "a view went back";
		before = first;
		w->views++;
	}
	db_close(&r);
	return NULL;
}

static void check_readers_beside_the_writer(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	atomic_bool stop = false;
	struct watcher w[2] = {{t, &stop, 0, NULL}, {t, &stop, 0, NULL}};
	pthread_t threads[2];
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, watch, &w[i]), 0);
	for (int64_t k = 1; k <= 300 * GROUP_N; k += GROUP_N) {
		testdb_ok(db_begin(db, &e), &e);
		for (int64_t i = 0; i < GROUP_N; i++)
			testdb_ok(insert(db, k + i, V_INT(1), V_NULL, &e), &e);
		testdb_ok(db_commit(db, &e), &e);
		if (k / GROUP_N % 20 == 0)
			db_checkpoint(db, k / GROUP_N % 100 == 0);
		assert_false(db_broken(db));
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		if (w[i].wrong)
			fail_msg("%s", w[i].wrong);
		assert_true(w[i].views > 1);
	}
	db_close(&db);
}

static void check_settings(struct testdb *t)
{
	struct db *db = with_schema(t);
	struct err e;
	testdb_ok(db_query(db, &SQL_test_store_synchronous, NO_PARAMS, &e), &e);
	assert_true(db_next(db));
	if (t->engine == DB_SQLITE)
		assert_int_equal(db_int(db, 0), 2); /* FULL */
	else
		assert_true(str_eq_c(db_text(db, 0), "on"));
	testdb_ok(db_stop(db, &e), &e);
	db_close(&db);
}

static void check_all_statements(struct testdb *t)
{
	struct db *db = with_schema(t);
	assert_true(testdb_prepare(db, "test_store_") >= 14);
	assert_true(testdb_prepare(db, "store_") >= 4);
	struct err e;
	assert_int_equal(db_prepare(db, &SQL_test_broken_missing_table, &e), ERR_DATABASE);
	assert_int_equal(db_prepare(db, &SQL_test_broken_uncast, &e),
			 t->engine == DB_POSTGRES ? ERR_DATABASE : OK);
	assert_int_equal(count(db), 0);
	db_close(&db);
}

/* --- one engine only ------------------------------------------------------------------------------- */

static int64_t file_size(const struct testdb *t, const char *suffix)
{
	char path[700];
	snprintf(path, sizeof path, "%s%s", t->url, suffix);
	struct stat st;
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

static void sqlite_checkpoints(void **state)
{
	(void)state;
	struct testdb t;
	assert_true(testdb_new(&t, DB_SQLITE));
	struct db *w = with_schema(&t);
	struct err e;
	db_checkpoint(w, true);
	assert_int_equal(file_size(&t, "-wal"), 0);
	assert_int_equal(db_wal_bytes(w), 0);
	for (int64_t k = 0; k < 20; k++)
		testdb_ok(insert(w, k, V_INT(k), V_TEXT(STR("text to be erased")), &e), &e);
	assert_int_equal(db_wal_bytes(w), file_size(&t, "-wal"));
	db_checkpoint(w, false);
	assert_int_equal(db_wal_bytes(w), 0);
	assert_true(file_size(&t, "-wal") > 0); /* kept for the next round */
	testdb_ok(insert(w, 50, V_INT(1), V_NULL, &e), &e);
	assert_true(db_wal_bytes(w) > 0 && db_wal_bytes(w) < file_size(&t, "-wal"));
	/* with readers closing, nothing is copied back and the log stays */
	struct db *r = testdb_open(&t, DB_READER);
	assert_int_equal(count(r), 21);
	int64_t main_n = file_size(&t, "");
	db_close(&r);
	assert_int_equal(file_size(&t, ""), main_n);
	assert_true(file_size(&t, "-wal") > 0);
	db_checkpoint(w, true);
	assert_int_equal(file_size(&t, "-wal"), 0);
	db_close(&w);
	testdb_done(&t);
}

static bool file_holds(const struct testdb *t, const char *suffix, struct str needle)
{
	char path[700];
	snprintf(path, sizeof path, "%s%s", t->url, suffix);
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	struct buf b;
	buf_init(&b, 0);
	size_t n;
	do {
		n = fread(buf_reserve(&b, 65536), 1, 65536, f);
		b.n += n;
	} while (n > 0);
	fclose(f);
	bool found = memmem(b.p, b.n, needle.p, needle.n) != NULL;
	buf_done(&b);
	return found;
}

static void sqlite_erases(void **state)
{
	(void)state;
	struct testdb t;
	assert_true(testdb_new(&t, DB_SQLITE));
	struct db *w = with_schema(&t);
	struct err e;
	struct str secret = STR("planted-value-7f3a");
	testdb_ok(insert(w, 1, V_INT(1), V_TEXT(secret), &e), &e);
	db_checkpoint(w, true);
	assert_true(file_holds(&t, "", secret)); /* the search can find it */
	testdb_ok(db_run(w, &SQL_test_store_delete, PARAMS(V_INT(1)), &e), &e);
	db_checkpoint(w, true);
	assert_false(file_holds(&t, "", secret));
	assert_false(file_holds(&t, "-wal", secret));
	db_close(&w);
	testdb_done(&t);
}

static void open_refuses(void **state)
{
	(void)state;
	struct err e;
	struct db *db = NULL;
	assert_int_equal(db_open(&db, "/nonexistent/folder/x.db", DB_WRITER, NULL, &e), ERR_DISK);
	assert_int_equal(db_open(&db, "postgresql://nobody@127.0.0.1:1/none", DB_WRITER, NULL, &e),
			 ERR_DATABASE);
	assert_int_equal(db_open(&db, "postgresql://nobody:hidden@127.0.0.1:x y/?a", DB_WRITER, NULL, &e),
			 ERR_DATABASE);
	assert_null(strstr(e.what, "hidden"));
	struct testdb t;
	assert_true(testdb_new(&t, DB_SQLITE));
	assert_int_equal(db_open(&db, t.url, DB_READER, NULL, &e), ERR_DISK); /* a reader makes no file */
	FILE *f = fopen(t.url, "wb");
	assert_non_null(f);
	for (int i = 0; i < 1000; i++)
		fputs("this is not a database ", f);
	fclose(f);
	assert_int_equal(db_open(&db, t.url, DB_WRITER, NULL, &e), ERR_CORRUPT);
	assert_null(db);
	testdb_done(&t);
}

static void sqlite_second_writer_waits(void **state)
{
	(void)state;
	struct testdb t;
	assert_true(testdb_new(&t, DB_SQLITE));
	struct db *a = with_schema(&t), *b = testdb_open(&t, DB_WRITER);
	struct err e;
	testdb_ok(db_begin(a, &e), &e);
	assert_int_equal(db_begin(b, &e), ERR_BUSY);
	assert_false(db_broken(b));
	db_rollback(a);
	testdb_ok(db_begin(b, &e), &e);
	db_rollback(b);
	db_close(&a);
	db_close(&b);
	testdb_done(&t);
}

/* What PostgreSQL must do when the server ends the connection at a point of a transaction. */
static void postgres_lost(void **state)
{
	(void)state;
	struct testdb t;
	if (!testdb_new(&t, DB_POSTGRES))
		skip();
	struct db *killer = with_schema(&t);
	for (int where = 0; where < 5; where++) {
		struct db *db = testdb_open(&t, DB_WRITER);
		struct err e;
		int64_t pid = 0, n = 0;
		testdb_ok(db_one(db, &SQL_test_store_backend, NO_PARAMS, 0, &pid, &e), &e);
		if (where > 0)
			testdb_ok(db_begin(db, &e), &e);
		for (int k = 0; k < (where > 1 ? 50 : 0); k++)
			testdb_ok(insert(db, k, V_INT(1), V_NULL, &e), &e);
		if (where == 4) {
			testdb_ok(db_query(db, &SQL_test_store_list, PARAMS(V_INT(40)), &e), &e);
			assert_true(db_next(db));
		}
		testdb_ok(db_one(killer, &SQL_test_store_kill, PARAMS(V_INT(pid)), 0, &n, &e), &e);
		assert_int_equal(n, 1);
		while (n == 1) /* until it is gone */
			testdb_ok(db_one(killer, &SQL_test_store_kill, PARAMS(V_INT(pid)), 0, &n, &e), &e);
		if (where == 0)
			assert_int_equal(insert(db, 1, V_INT(1), V_NULL, &e), ERR_DATABASE);
		else if (where == 3)
			assert_int_equal(db_one(db, &SQL_test_store_count, NO_PARAMS, 0, &n, &e),
					 ERR_DATABASE);
		if (where == 4)
			(void)db_stop(db, NULL); /* the rows may all have come */
		if (where > 0)
			assert_int_equal(db_commit(db, &e), ERR_DATABASE);
		assert_true(db_broken(db));
		assert_int_equal(db_query(db, &SQL_test_store_count, NO_PARAMS, &e), ERR_DATABASE);
		assert_int_equal(db_begin(db, &e), ERR_DATABASE);
		db_close(&db);
		assert_int_equal(count(killer), 0);
	}
	db_close(&killer);
	testdb_done(&t);
}

#define EACH(name) \
	static void name(void **state) \
	{ \
		(void)state; \
		testdb_each(check_##name); \
	}
EACH(values)
EACH(null_and_empty)
EACH(text_rules)
EACH(types_may_change)
EACH(queries)
EACH(returning)
EACH(large)
EACH(error_while_stepping)
EACH(failed_transaction)
EACH(lost_preparation)
EACH(rollback)
EACH(script)
EACH(reader)
EACH(readers_beside_the_writer)
EACH(settings)
EACH(all_statements)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(null_and_empty),
		cmocka_unit_test(text_rules),
		cmocka_unit_test(types_may_change),
		cmocka_unit_test(queries),
		cmocka_unit_test(returning),
		cmocka_unit_test(large),
		cmocka_unit_test(error_while_stepping),
		cmocka_unit_test(failed_transaction),
		cmocka_unit_test(lost_preparation),
		cmocka_unit_test(rollback),
		cmocka_unit_test(script),
		cmocka_unit_test(reader),
		cmocka_unit_test(readers_beside_the_writer),
		cmocka_unit_test(settings),
		cmocka_unit_test(all_statements),
		cmocka_unit_test(sqlite_checkpoints),
		cmocka_unit_test(sqlite_erases),
		cmocka_unit_test(open_refuses),
		cmocka_unit_test(sqlite_second_writer_waits),
		cmocka_unit_test(postgres_lost),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
