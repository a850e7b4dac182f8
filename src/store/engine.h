/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - what store.h asks of a database engine. Private to src/store/ (and to tests that prepare
 * every statement).
 *
 * db.c owns the rules that hold for both engines: parameters are checked, a query is closed before
 * anything else runs, a statement that fails dooms its transaction, an error that nobody collected comes
 * out of the next call. An engine only speaks to its library. The functions of an engine may rely on
 * these rules and CHECK nothing twice.
 */
#ifndef SUSHUI_STORE_ENGINE_H
#define SUSHUI_STORE_ENGINE_H

#include "store/store.h"

/* The first member of struct sqlite_db and struct pg_db. */
struct db {
	const struct engine *engine;
	enum db_mode mode;
	bool broken;       /* a failed write or sync, or a lost connection: nothing more may be written */
	bool in_tx;        /* between db_begin and db_commit or db_rollback */
	bool query_open;   /* db_query gave rows that are not all read */
	bool row_ready;    /* db_query has already fetched the row that the next db_next gives */
	bool row_current;  /* columns may be read */
	struct err failed; /* first error of the transaction, or of stepping; code OK when none */
};

enum db_step { STEP_ROW, STEP_END, STEP_ERROR };

struct engine {
	enum db_engine id;
	/* On an error nothing stays open and NULL is left. */
	enum err_code (*open)(struct db **out, const char *url, enum db_mode mode, const char *vfs,
			      struct err *e);
	void (*close)(struct db *db);
	/* Atomic when no transaction is open. */
	enum err_code (*script)(struct db *db, const struct sql *script, struct err *e);
	enum err_code (*begin)(struct db *db, struct err *e);
	/* On an error the transaction may still be open; db.c rolls back. */
	enum err_code (*commit)(struct db *db, struct err *e);
	void (*rollback)(struct db *db);
	enum err_code (*run)(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
			     struct err *e);
	/* Fetches the first row; *row tells whether there is one. If not, the query is already finished. */
	enum err_code (*query)(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
			       bool *row, struct err *e);
	enum db_step (*step)(struct db *db, struct err *e);
	/* Ends the query whether or not all rows were read; may give an error that came late. */
	enum err_code (*finish)(struct db *db, struct err *e);
	int (*columns)(const struct db *db);
	const char *(*column_name)(const struct db *db, int col);
	enum db_type (*column_type)(const struct db *db, int col);
	int64_t (*column_int)(const struct db *db, int col);
	double (*column_real)(const struct db *db, int col);
	struct str (*column_bytes)(const struct db *db, int col); /* p is not NULL even when n is 0 */
	void (*checkpoint)(struct db *db, bool truncate);
	int64_t (*wal_bytes)(const struct db *db);
	enum err_code (*prepare)(struct db *db, const struct sql *sql, struct err *e);
};
extern const struct engine engine_sqlite, engine_postgres;

/* Prepares a statement and checks the types of its columns, without running it. ERR_DATABASE says what is
 * wrong with it. OK for a statement that is not for this engine. Not while a query or transaction is open. */
enum err_code db_prepare(struct db *db, const struct sql *sql, struct err *e);

#endif
