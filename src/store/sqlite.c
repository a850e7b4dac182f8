/* SPDX-License-Identifier: Apache-2.0
 *
 * SQLite behind engine.h: WAL, every commit synced, one writer that is also the only one to checkpoint. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sql.gen.h"
#include "store/engine.h"

#define WRITER_BUSY_MS 5000 /* another process that holds the write lock longer than this is a mistake */
#define READER_BUSY_MS 2000
#define WAL_HEADER_N 32
#define WAL_FRAME_N (24 + 4096) /* frame header and page; the page size is SQLite's default */

struct sqlite_db {
	struct db db;
	sqlite3 *c;
	sqlite3_stmt **cache; /* [SQL__N], NULL where not yet prepared */
	sqlite3_stmt *query;  /* the open query, one of the cache */
	const char *name;     /* of the statement last run, for errors */
	int wal_pages;        /* frames in the log at the last commit */
	int wal_copied;       /* of these, frames already copied back */
};

static struct sqlite_db *of(struct db *db)
{
	return (struct sqlite_db *)db;
}

static const struct sqlite_db *of_const(const struct db *db)
{
	return (const struct sqlite_db *)db;
}

/* Maps a result code; notes when the connection must not write any more. */
static enum err_code fail(struct sqlite_db *s, int rc, const char *name, struct err *e)
{
	enum err_code code = ERR_DATABASE;
	bool writer = s->db.mode == DB_WRITER;
	switch (rc & 0xFF) {
	case SQLITE_FULL:
	case SQLITE_IOERR:
		s->db.broken = s->db.broken || writer;
		code = ERR_DISK;
		break;
	case SQLITE_CANTOPEN:
		code = ERR_DISK;
		break;
	case SQLITE_READONLY:
		/* for a reader it is query_only that says no */
		code = writer ? ERR_DISK : ERR_DATABASE;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		code = ERR_BUSY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		code = ERR_CORRUPT;
		break;
	case SQLITE_NOMEM:
		code = ERR_MEMORY;
		break;
	default:
		break;
	}
	return err_set(e, code, name, "SQLite error %d: %s", rc,
		       s->c ? sqlite3_errmsg(s->c) : sqlite3_errstr(rc));
}

static int count_pages(void *ctx, sqlite3 *c, const char *schema, int pages)
{
	(void)c;
	(void)schema;
	struct sqlite_db *s = ctx;
	if (pages < s->wal_pages) /* the log was begun anew */
		s->wal_copied = 0;
	s->wal_pages = pages;
	return SQLITE_OK;
}

static int64_t sqlite_wal_bytes(const struct db *db)
{
	const struct sqlite_db *s = of_const(db);
	int frames = s->wal_pages - s->wal_copied;
	return frames > 0 ? WAL_HEADER_N + (int64_t)frames * WAL_FRAME_N : 0;
}

/* BUSY is no error: a reader still needs the log. */
static int checkpoint(struct sqlite_db *s, bool truncate)
{
	int log = -1, copied = -1;
	if (truncate)
		sqlite3_busy_timeout(s->c, 200); /* the caller's queue waits meanwhile */
	int how = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int rc = sqlite3_wal_checkpoint_v2(s->c, NULL, how, &log, &copied);
	sqlite3_busy_timeout(s->c, WRITER_BUSY_MS);
	if (log >= 0 && copied >= 0) {
		s->wal_pages = log;
		s->wal_copied = copied;
	}
	return rc == SQLITE_BUSY || rc == SQLITE_LOCKED ? SQLITE_OK : rc;
}

static void sqlite_checkpoint(struct db *db, bool truncate)
{
	int rc = checkpoint(of(db), truncate);
	if (rc != SQLITE_OK)
		fail(of(db), rc, "checkpoint", NULL);
}

static void sqlite_close(struct db *db)
{
	struct sqlite_db *s = of(db);
	for (size_t i = 0; s->cache && i <= SQL__N; i++)
		sqlite3_finalize(s->cache[i]);
	free(s->cache);
	/* after a failed sync the log must not be copied back in silence: the next writer does and reports */
	if (s->c && db->broken)
		sqlite3_db_config(s->c, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	int rc = sqlite3_close(s->c);
	CHECK(rc == SQLITE_OK);
	free(s);
}

static enum err_code prepare(struct sqlite_db *s, const struct sql *sql, sqlite3_stmt **out, struct err *e)
{
	CHECK(sql->sqlite != NULL);
	s->name = sql->name;
	sqlite3_stmt **slot = &s->cache[sql->index];
	if (sql->index == SQL__N) { /* one text after another shares the last place */
		sqlite3_finalize(*slot);
		*slot = NULL;
	}
	if (!*slot) {
		int rc = sqlite3_prepare_v3(s->c, sql->sqlite, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
		if (rc != SQLITE_OK)
			return fail(s, rc, sql->name, e);
	}
	*out = *slot;
	return OK;
}

static int bind(sqlite3_stmt *st, const struct db_val *v, size_t n, sqlite3_destructor_type keep)
{
	int rc = SQLITE_OK;
	for (int i = 0; i < (int)n && rc == SQLITE_OK; i++) {
		const char *p = v[i].s.n > 0 ? v[i].s.p : ""; /* a NULL pointer would bind NULL */
		switch (v[i].type) {
		case DB_NULL:
			rc = sqlite3_bind_null(st, i + 1);
			break;
		case DB_INT:
			rc = sqlite3_bind_int64(st, i + 1, v[i].i);
			break;
		case DB_REAL:
			rc = sqlite3_bind_double(st, i + 1, v[i].f);
			break;
		case DB_TEXT:
			rc = sqlite3_bind_text64(st, i + 1, p, v[i].s.n, keep, SQLITE_UTF8);
			break;
		case DB_BLOB:
			rc = sqlite3_bind_blob64(st, i + 1, p, v[i].s.n, keep);
			break;
		}
	}
	return rc;
}

/* Ends a statement and lets go of its parameters; gives the error of the last step, if any. */
static int release(sqlite3_stmt *st)
{
	int rc = sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return rc;
}

static enum err_code sqlite_run(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
				struct err *e)
{
	struct sqlite_db *s = of(db);
	sqlite3_stmt *st = NULL;
	enum err_code code = prepare(s, sql, &st, e);
	if (code != OK)
		return code;
	int rc = bind(st, v, n, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	CHECK(rc != SQLITE_ROW); /* rows are for db_query */
	if (rc != SQLITE_DONE)
		code = fail(s, rc, sql->name, e);
	release(st);
	return code;
}

static enum err_code sqlite_query(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
				  bool *row, struct err *e)
{
	struct sqlite_db *s = of(db);
	sqlite3_stmt *st = NULL;
	enum err_code code = prepare(s, sql, &st, e);
	if (code != OK)
		return code;
	int rc = bind(st, v, n, SQLITE_TRANSIENT);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		s->query = st;
		*row = true;
		return OK;
	}
	if (rc != SQLITE_DONE)
		code = fail(s, rc, sql->name, e);
	release(st);
	return code;
}

static enum db_step sqlite_step(struct db *db, struct err *e)
{
	struct sqlite_db *s = of(db);
	int rc = sqlite3_step(s->query);
	if (rc == SQLITE_ROW)
		return STEP_ROW;
	if (rc == SQLITE_DONE)
		return STEP_END;
	fail(s, rc, s->name, e);
	return STEP_ERROR;
}

static enum err_code sqlite_finish(struct db *db, struct err *e)
{
	struct sqlite_db *s = of(db);
	int rc = release(s->query);
	s->query = NULL;
	return rc == SQLITE_OK ? OK : fail(s, rc, s->name, e);
}

static enum err_code exec(struct sqlite_db *s, const struct sql *sql, struct err *e)
{
	int rc = sqlite3_exec(s->c, sql->sqlite, NULL, NULL, NULL);
	return rc == SQLITE_OK ? OK : fail(s, rc, sql->name, e);
}

static const struct sql *begin_text(const struct db *db)
{
	return db->mode == DB_WRITER ? &SQL_store_begin_writer : &SQL_store_begin_reader;
}

static enum err_code sqlite_begin(struct db *db, struct err *e)
{
	return sqlite_run(db, begin_text(db), NULL, 0, e);
}

static enum err_code sqlite_commit(struct db *db, struct err *e)
{
	return sqlite_run(db, &SQL_store_commit, NULL, 0, e);
}

static void sqlite_rollback(struct db *db)
{
	struct sqlite_db *s = of(db);
	/* SQLite has already rolled back by itself after some errors */
	if (!sqlite3_get_autocommit(s->c))
		sqlite_run(db, &SQL_store_rollback, NULL, 0, NULL);
	if (!sqlite3_get_autocommit(s->c))
		db->broken = true;
}

static enum err_code sqlite_script(struct db *db, const struct sql *script, struct err *e)
{
	CHECK(script->sqlite != NULL);
	if (db->in_tx)
		return exec(of(db), script, e);
	enum err_code rc = sqlite_begin(db, e);
	if (rc == OK)
		rc = exec(of(db), script, e);
	if (rc == OK)
		rc = sqlite_commit(db, e);
	if (rc != OK)
		sqlite_rollback(db);
	return rc;
}

/* A writer starts with an empty log. If an earlier sync failed, the system may show pages that are not on the
 * disk and report the next sync as good; copying the log back writes and syncs them anew, in the database
 * file. */
static enum err_code configure(struct sqlite_db *s, struct err *e)
{
	bool writer = s->db.mode == DB_WRITER;
	sqlite3_busy_timeout(s->c, writer ? WRITER_BUSY_MS : READER_BUSY_MS);
	sqlite3_db_config(s->c, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->c, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(s->c, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !writer, NULL);
	enum err_code code = exec(s, writer ? &SQL_store_session_writer : &SQL_store_session_reader, e);
	if (code != OK)
		return code;
	bool row = false, wal = false;
	code = sqlite_query(&s->db, &SQL_store_journal_mode, NULL, 0, &row, e);
	if (code != OK)
		return code;
	if (row) {
		wal = strcmp((const char *)sqlite3_column_text(s->query, 0), "wal") == 0;
		sqlite_finish(&s->db, NULL);
	}
	if (!wal)
		return err_set(e, ERR_DATABASE, "", "the database file is not in WAL mode%s",
			       writer ? ": its file system does not allow it"
				      : ": a writer must open it first");
	if (!writer)
		return OK;
	sqlite3_wal_hook(s->c, count_pages, s); /* also takes the place of automatic checkpoints */
	int rc = checkpoint(s, true);
	return rc == SQLITE_OK ? OK : fail(s, rc, "checkpoint", e);
}

static enum err_code sqlite_open(struct db **out, const char *url, enum db_mode mode, const char *vfs,
				 struct err *e)
{
	struct sqlite_db *s = calloc(1, sizeof *s);
	sqlite3_stmt **cache = calloc(SQL__N + 1, sizeof(sqlite3_stmt *));
	if (!s || !cache) {
		free(s);
		free(cache);
		return err_set(e, ERR_MEMORY, "", "no memory for a database connection");
	}
	s->db = (struct db){.engine = &engine_sqlite, .mode = mode};
	s->cache = cache;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	if (mode == DB_WRITER)
		flags |= SQLITE_OPEN_CREATE;
	int rc = sqlite3_open_v2(url, &s->c, flags, vfs);
	enum err_code code = rc == SQLITE_OK ? configure(s, e) : fail(s, rc, "open", e);
	if (code != OK) {
		s->db.broken = true; /* no checkpoint on the way out */
		sqlite_close(&s->db);
		return code;
	}
	*out = &s->db;
	return OK;
}

static int sqlite_columns(const struct db *db)
{
	return sqlite3_column_count(of_const(db)->query);
}

static const char *sqlite_column_name(const struct db *db, int col)
{
	return sqlite3_column_name(of_const(db)->query, col);
}

static enum db_type sqlite_column_type(const struct db *db, int col)
{
	switch (sqlite3_column_type(of_const(db)->query, col)) {
	case SQLITE_INTEGER:
		return DB_INT;
	case SQLITE_FLOAT:
		return DB_REAL;
	case SQLITE_TEXT:
		return DB_TEXT;
	case SQLITE_BLOB:
		return DB_BLOB;
	default:
		return DB_NULL;
	}
}

static int64_t sqlite_column_int(const struct db *db, int col)
{
	return sqlite3_column_int64(of_const(db)->query, col);
}

static double sqlite_column_real(const struct db *db, int col)
{
	return sqlite3_column_double(of_const(db)->query, col);
}

static struct str sqlite_column_bytes(const struct db *db, int col)
{
	sqlite3_stmt *st = of_const(db)->query;
	const char *p = sqlite3_column_blob(st, col); /* text too: its bytes are UTF-8 already */
	int n = sqlite3_column_bytes(st, col);
	return (struct str){p ? p : "", (size_t)n};
}

static enum err_code sqlite_prepare(struct db *db, const struct sql *sql, struct err *e)
{
	sqlite3_stmt *st = NULL;
	enum err_code code = prepare(of(db), sql, &st, e);
	if (code == OK && sqlite3_bind_parameter_count(st) != sql->params_n)
		code = err_set(e, ERR_DATABASE, sql->name, "SQLite counts %d parameters, the generator %d",
			       sqlite3_bind_parameter_count(st), sql->params_n);
	return code;
}

const struct engine engine_sqlite = {
	.id = DB_SQLITE,
	.open = sqlite_open,
	.close = sqlite_close,
	.script = sqlite_script,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.run = sqlite_run,
	.query = sqlite_query,
	.step = sqlite_step,
	.finish = sqlite_finish,
	.columns = sqlite_columns,
	.column_name = sqlite_column_name,
	.column_type = sqlite_column_type,
	.column_int = sqlite_column_int,
	.column_real = sqlite_column_real,
	.column_bytes = sqlite_column_bytes,
	.checkpoint = sqlite_checkpoint,
	.wal_bytes = sqlite_wal_bytes,
	.prepare = sqlite_prepare,
};
