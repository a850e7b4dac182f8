/* SPDX-License-Identifier: Apache-2.0
 *
 * testdb.h - a fresh, empty database for a test, on each engine.
 *
 *     static void check(struct testdb *t)
 *     {
 *             struct db *db = testdb_open(t, DB_WRITER);
 *             testdb_script(db, &SQL_my_schema);
 *             ...
 *             db_close(&db);
 *     }
 *     static void my_test(void **state) { (void)state; testdb_each(check); }
 *
 * SQLite: a file in a temporary folder of its own. PostgreSQL: a schema of its own in the database at
 * SUSHUI_TEST_PG; without that variable the engine is skipped, and said so once. Everything is removed at the
 * end, except when an assertion stops the test.
 */
#ifndef SUSHUI_TESTS_TESTDB_H
#define SUSHUI_TESTS_TESTDB_H

#include "store/store.h"

struct testdb {
	enum db_engine engine;
	char url[600]; /* for db_open */
	char dir[64];  /* SQLite: its folder, for further files of the test */
	char schema[64];
};

/* Runs body on SQLite, then on PostgreSQL. */
void testdb_each(void (*body)(struct testdb *t));

/* The same by hand. testdb_new gives false when the engine is not there (SUSHUI_TEST_PG not set). */
bool testdb_new(struct testdb *t, enum db_engine engine);
void testdb_done(struct testdb *t); /* all connections must be closed */
/* PostgreSQL: takes all rows out of a ledger's tables, which is much faster than making them anew. False when the server lets only its
 * owner do so: take a new database. All connections must be closed. */
bool testdb_clear(struct testdb *t);

/* As db_open and db_script, but an error fails the test with its text. */
struct db *testdb_open(const struct testdb *t, enum db_mode mode);
void testdb_script(struct db *db, const struct sql *script);
/* Fails the test with the text of e unless rc is OK: testdb_ok(db_commit(db, &e), &e). */
void testdb_ok(enum err_code rc, const struct err *e);

/* Prepares every statement of the program (all of sql_all but the scripts and those named test_...) on db,
 * whose schema is there. A statement that is wrong or gives a type that store.h has not fails the test.
 * Returns how many. */
int testdb_prepare_all(struct db *db);
/* The same for the statements whose names begin with prefix. */
int testdb_prepare(struct db *db, const char *prefix);

#endif
