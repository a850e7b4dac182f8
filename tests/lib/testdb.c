/* SPDX-License-Identifier: Apache-2.0 */
#include "testdb.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "sql.gen.h"
#include "store/engine.h"

static void on_server(const char *text)
{
	PGconn *c = PQconnectdb(getenv("SUSHUI_TEST_PG"));
	PQclear(PQexec(c, "SET client_min_messages = 'error'"));
	PGresult *r = PQexec(c, text);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", text, PQerrorMessage(c));
	PQclear(r);
	PQfinish(c);
}

bool testdb_new(struct testdb *t, enum db_engine engine)
{
	static int n;
	static bool told;
	*t = (struct testdb){.engine = engine};
	if (engine == DB_SQLITE) {
		const char *tmp = getenv("TMPDIR");
		snprintf(t->dir, sizeof t->dir, "%s/sushui-test.XXXXXX",
			 tmp && strlen(tmp) < 32 ? tmp : "/tmp");
		if (!mkdtemp(t->dir))
			fail_msg("no temporary folder");
		snprintf(t->url, sizeof t->url, "%s/test.db", t->dir);
		return true;
	}
	const char *server = getenv("SUSHUI_TEST_PG");
	if (!server || !*server) {
		if (!told)
			print_message("PostgreSQL skipped: SUSHUI_TEST_PG is not set\n");
		told = true;
		return false;
	}
	snprintf(t->schema, sizeof t->schema, "test_%d_%d", (int)getpid(), ++n);
	int len = snprintf(t->url, sizeof t->url, "%s%coptions=-csearch_path%%3D%s", server,
			   strchr(server, '?') ? '&' : '?', t->schema);
	assert_true(len > 0 && (size_t)len < sizeof t->url);
	char text[128];
	snprintf(text, sizeof text, "CREATE SCHEMA %s", t->schema);
	on_server(text);
	return true;
}

void testdb_done(struct testdb *t)
{
	char text[128];
	if (t->engine == DB_POSTGRES) {
		snprintf(text, sizeof text, "DROP SCHEMA %s CASCADE", t->schema);
		on_server(text);
		return;
	}
	snprintf(text, sizeof text, "rm -rf '%s'", t->dir);
	if (system(text) != 0)
		print_message("%s is left\n", t->dir);
}

bool testdb_clear(struct testdb *t)
{
	/* the guard of the facts is a trigger: it sleeps in this transaction alone */
	static const char text[] = "DO $$ DECLARE t name; BEGIN SET LOCAL session_replication_role = replica;"
				   " FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = '%s' AND tablename <> 'meta' LOOP"
				   " EXECUTE format('DELETE FROM %%I.%%I', '%s', t); END LOOP; END $$";
	char command[sizeof text + 2 * sizeof t->schema];
	if (t->engine != DB_POSTGRES)
		return false;
	snprintf(command, sizeof command, text, t->schema, t->schema);
	PGconn *c = PQconnectdb(getenv("SUSHUI_TEST_PG"));
	PGresult *r = PQexec(c, command);
	bool done = PQresultStatus(r) == PGRES_COMMAND_OK;
	PQclear(r);
	PQfinish(c);
	return done;
}

void testdb_each(void (*body)(struct testdb *t))
{
	static const enum db_engine engines[] = {DB_SQLITE, DB_POSTGRES};
	for (size_t i = 0; i < ARRAY_N(engines); i++) {
		struct testdb t;
		if (!testdb_new(&t, engines[i]))
			continue;
		body(&t);
		testdb_done(&t);
	}
}

void testdb_ok(enum err_code rc, const struct err *e)
{
	if (rc != OK)
		fail_msg("%s: %s: %s", err_name(rc), e->at, e->what);
}

struct db *testdb_open(const struct testdb *t, enum db_mode mode)
{
	struct err e;
	struct db *db = NULL;
	testdb_ok(db_open(&db, t->url, mode, NULL, &e), &e);
	return db;
}

void testdb_script(struct db *db, const struct sql *script)
{
	struct err e;
	testdb_ok(db_script(db, script, &e), &e);
}

static int prepare_some(struct db *db, const char *prefix, const char *except)
{
	int n = 0, bad = 0;
	for (const struct sql *const *s = sql_all; *s; s++) {
		struct str name = str_of((*s)->name);
		if ((*s)->is_script || !str_starts(name, str_of(prefix)) ||
		    (except && str_starts(name, str_of(except))))
			continue;
		struct err e;
		if (db_prepare(db, *s, &e) != OK) {
			print_message("%s on %s: %s\n", (*s)->name,
				      db_engine(db) == DB_SQLITE ? "SQLite" : "PostgreSQL", e.what);
			bad++;
		}
		n++;
	}
	if (bad > 0)
		fail_msg("%d of %d statements are wrong", bad, n);
	return n;
}

int testdb_prepare_all(struct db *db)
{
	return prepare_some(db, "", "test_");
}

int testdb_prepare(struct db *db, const char *prefix)
{
	return prepare_some(db, prefix, NULL);
}
