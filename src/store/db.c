/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules both engines share; see engine.h. */
#include <math.h>
#include <string.h>

#include "sql.gen.h"
#include "store/engine.h"

bool db_is_server(struct str url)
{
	return str_starts(url, STR("postgresql://")) || str_starts(url, STR("postgres://"));
}

enum err_code db_open(struct db **out, const char *url, enum db_mode mode, const char *vfs, struct err *e)
{
	const struct engine *engine = db_is_server(str_of(url)) ? &engine_postgres : &engine_sqlite;
	struct db *db = NULL;
	enum err_code rc = engine->open(&db, url, mode, vfs, e);
	if (rc == OK)
		*out = db;
	return rc;
}

void db_close(struct db **db)
{
	if (!*db)
		return;
	db_rollback(*db);
	(*db)->engine->close(*db);
	*db = NULL;
}

enum db_engine db_engine(const struct db *db)
{
	return db->engine->id;
}

bool db_broken(const struct db *db)
{
	return db->broken;
}

/* Keeps the first error and gives `code` back. */
static enum err_code doom(struct db *db, const struct err *e)
{
	if (db->failed.code == OK)
		db->failed = *e;
	return e->code;
}

static enum err_code give(const struct err *from, struct err *to)
{
	if (to)
		*to = *from;
	return from->code;
}

/* Outside a transaction an error is told once and forgotten; inside, it stays until commit or rollback. */
static enum err_code told(struct db *db, struct err *e)
{
	enum err_code rc = give(&db->failed, e);
	if (!db->in_tx)
		db->failed.code = OK;
	return rc;
}

static enum err_code refuse_broken(const struct db *db, struct err *e)
{
	if (!db->broken)
		return OK;
	bool sqlite = db->engine->id == DB_SQLITE;
	return err_set(e, sqlite ? ERR_DISK : ERR_DATABASE, "", "%s; the connection must be opened anew",
		       sqlite ? "an earlier write or sync failed"
			      : "the connection to the database was lost");
}

/* What must hold before anything is sent: no open query, no error that was not told, a usable connection. */
static enum err_code may_start(struct db *db, struct err *e)
{
	CHECK(!db->query_open);
	db->row_current = false;
	if (db->failed.code != OK)
		return told(db, e);
	return refuse_broken(db, e);
}

/* Both engines must take and refuse the same values: PostgreSQL has no NUL byte in text and checks UTF-8;
 * SQLite would turn NaN into NULL. */
static enum err_code params_check(const struct sql *sql, const struct db_val *v, size_t n, struct err *e)
{
	CHECK(!sql->is_script);
	CHECK(sql->index <= SQL__N);
	CHECK(n == sql->params_n);
	for (size_t i = 0; i < n; i++) {
		if (v[i].type == DB_TEXT && (str_find(v[i].s, '\0') >= 0 || !str_is_utf8(v[i].s)))
			return err_set(e, ERR_BAD_TEXT, sql->name,
				       "parameter %zu is not UTF-8 text without NUL", i + 1);
		if (v[i].type == DB_REAL && isnan(v[i].f))
			return err_set(e, ERR_BAD_VALUE, sql->name, "parameter %zu is not a number", i + 1);
	}
	return OK;
}

enum err_code db_script(struct db *db, const struct sql *script, struct err *e)
{
	CHECK(script->is_script);
	enum err_code rc = may_start(db, e);
	if (rc != OK)
		return rc;
	struct err err;
	rc = db->engine->script(db, script, &err);
	if (rc == OK)
		return OK;
	doom(db, &err);
	return told(db, e);
}

enum err_code db_begin(struct db *db, struct err *e)
{
	CHECK(!db->in_tx);
	enum err_code rc = may_start(db, e);
	if (rc != OK)
		return rc;
	rc = db->engine->begin(db, e);
	if (rc == OK)
		db->in_tx = true;
	return rc;
}

enum err_code db_commit(struct db *db, struct err *e)
{
	CHECK(db->in_tx);
	CHECK(!db->query_open);
	struct err err;
	enum err_code rc = give(&db->failed, &err);
	if (rc == OK)
		rc = refuse_broken(db, &err);
	if (rc == OK)
		rc = db->engine->commit(db, &err);
	if (rc != OK) {
		db_rollback(db);
		return give(&err, e);
	}
	db->in_tx = false;
	return OK;
}

void db_rollback(struct db *db)
{
	db_stop(db, NULL);
	if (db->in_tx)
		db->engine->rollback(db);
	db->in_tx = false;
	db->failed.code = OK;
}

enum err_code db_run(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		     struct err *e)
{
	enum err_code rc = may_start(db, e);
	if (rc != OK)
		return rc;
	struct err err;
	rc = params_check(sql, params, params_n, &err);
	if (rc == OK)
		rc = db->engine->run(db, sql, params, params_n, &err);
	if (rc == OK)
		return OK;
	doom(db, &err);
	return told(db, e);
}

enum err_code db_query(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		       struct err *e)
{
	enum err_code rc = may_start(db, e);
	if (rc != OK)
		return rc;
	struct err err;
	bool row = false;
	rc = params_check(sql, params, params_n, &err);
	if (rc == OK)
		rc = db->engine->query(db, sql, params, params_n, &row, &err);
	if (rc == OK) {
		db->query_open = db->row_ready = row;
		return OK;
	}
	doom(db, &err);
	return told(db, e);
}

bool db_next(struct db *db)
{
	db->row_current = false;
	if (!db->query_open)
		return false;
	if (db->row_ready) {
		db->row_ready = false;
		return db->row_current = true;
	}
	struct err err = {.code = OK};
	enum db_step step = db->engine->step(db, &err);
	if (step == STEP_ROW)
		return db->row_current = true;
	if (step == STEP_ERROR)
		doom(db, &err);
	db->query_open = false;
	if (db->engine->finish(db, &err) != OK)
		doom(db, &err);
	return false;
}

enum err_code db_stop(struct db *db, struct err *e)
{
	struct err err;
	db->row_current = db->row_ready = false;
	if (db->query_open) {
		db->query_open = false;
		if (db->engine->finish(db, &err) != OK)
			doom(db, &err);
	}
	return db->failed.code == OK ? OK : told(db, e);
}

enum err_code db_one(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		     int64_t missing, int64_t *out, struct err *e)
{
	enum err_code rc = db_query(db, sql, params, params_n, e);
	if (rc != OK)
		return rc;
	int64_t v = missing;
	if (db_next(db) && db_column_type(db, 0) != DB_NULL)
		v = db_int(db, 0);
	rc = db_stop(db, e);
	if (rc == OK)
		*out = v;
	return rc;
}

int db_columns(const struct db *db)
{
	return db->query_open ? db->engine->columns(db) : 0;
}

const char *db_column_name(const struct db *db, int col)
{
	CHECK(col >= 0 && col < db_columns(db));
	return db->engine->column_name(db, col);
}

enum db_type db_column_type(const struct db *db, int col)
{
	CHECK(db->row_current);
	CHECK(col >= 0 && col < db->engine->columns(db));
	return db->engine->column_type(db, col);
}

/* True when the column holds a value; false when NULL. */
static bool holds(const struct db *db, int col, enum db_type want)
{
	enum db_type type = db_column_type(db, col);
	CHECK(type == want || type == DB_NULL);
	return type != DB_NULL;
}

int64_t db_int(const struct db *db, int col)
{
	return holds(db, col, DB_INT) ? db->engine->column_int(db, col) : 0;
}

double db_real(const struct db *db, int col)
{
	return holds(db, col, DB_REAL) ? db->engine->column_real(db, col) : 0.0;
}

struct str db_text(const struct db *db, int col)
{
	return holds(db, col, DB_TEXT) ? db->engine->column_bytes(db, col) : STR_NONE;
}

struct str db_blob(const struct db *db, int col)
{
	return holds(db, col, DB_BLOB) ? db->engine->column_bytes(db, col) : STR_NONE;
}

struct id db_id(const struct db *db, int col)
{
	struct id id = ID_NONE;
	if (!holds(db, col, DB_BLOB))
		return id;
	struct str s = db->engine->column_bytes(db, col);
	CHECK(s.n == sizeof id.b);
	memcpy(id.b, s.p, sizeof id.b);
	return id;
}

void db_checkpoint(struct db *db, bool truncate)
{
	CHECK(db->mode == DB_WRITER);
	CHECK(!db->in_tx && !db->query_open);
	if (!db->broken)
		db->engine->checkpoint(db, truncate);
}

int64_t db_wal_bytes(const struct db *db)
{
	return db->engine->wal_bytes(db);
}

enum err_code db_prepare(struct db *db, const struct sql *sql, struct err *e)
{
	CHECK(!db->in_tx);
	enum err_code rc = may_start(db, e);
	if (rc != OK || sql->is_script || !(db->engine->id == DB_SQLITE ? sql->sqlite : sql->postgres))
		return rc;
	return db->engine->prepare(db, sql, e);
}
