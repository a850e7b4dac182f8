/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - one small database interface with two real back ends: SQLite (embedded default: WAL,
 * synchronous=FULL, secure_delete) and PostgreSQL (libpq, pipeline mode).
 *
 * SQL lives in *.sql files. tools/sqlgen turns each named statement into a `struct sql` constant
 * SQL_<name> (build/gen/sql.gen.h). One text serves both engines; parameters are $1, $2, ...; the
 * generator changes only what it must (see tools/sqlgen.c). Nothing outside store/ knows an engine.
 *
 * One struct db is one connection and belongs to one thread at a time. Exactly one connection of a
 * data folder writes and checkpoints (DB_WRITER); all others are DB_READER.
 *
 * Types: INTEGER (64 bits), TEXT (UTF-8), BLOB, REAL, NULL. An id is a 16-byte BLOB.
 */
#ifndef SUSHUI_STORE_STORE_H
#define SUSHUI_STORE_STORE_H

#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"

enum db_engine { DB_SQLITE, DB_POSTGRES };
enum db_mode {
	DB_WRITER, /* may write; the only one that checkpoints */
	DB_READER, /* refuses to write */
};

/* A named statement, made by tools/sqlgen. */
struct sql {
	const char *name;     /* "testing_swab_insert" */
	const char *sqlite;   /* text for SQLite, NULL when the statement is for PostgreSQL only */
	const char *postgres; /* text for PostgreSQL, NULL when for SQLite only */
	uint16_t index;       /* place in the statement cache of a connection, 0 .. SQL__N-1; SQL__N: made at run time, not cached */
	uint8_t params_n;
	bool is_script; /* several statements without parameters, for db_script */
};

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BLOB };
struct db_val {
	enum db_type type;
	union {
		int64_t i;
		double f;
		struct str s; /* TEXT and BLOB: must stay valid during the call only */
	};
};
#define V_INT(x) ((struct db_val){.type = DB_INT, .i = (x)})
#define V_REAL(x) ((struct db_val){.type = DB_REAL, .f = (x)})
#define V_TEXT(x) ((struct db_val){.type = DB_TEXT, .s = (x)})
#define V_BLOB(x) ((struct db_val){.type = DB_BLOB, .s = (x)})
#define V_NULL ((struct db_val){.type = DB_NULL})
/* An id by address: V_ID(&fact->id). */
#define V_ID(ptr) ((struct db_val){.type = DB_BLOB, .s = {(const char *)(ptr)->b, 16}})
/* The usual call: db_run(db, &SQL_x, PARAMS(V_INT(1), V_TEXT(s)), e). */
#define PARAMS(...) \
	(const struct db_val[]){__VA_ARGS__}, \
		sizeof((const struct db_val[]){__VA_ARGS__}) / sizeof(struct db_val)
#define NO_PARAMS NULL, 0

struct db;

/* Whether the address names a PostgreSQL server and not a file: postgresql://... or postgres://... */
bool db_is_server(struct str url);
/* Opens a connection. url: a file path (SQLite) or "postgresql://..." (PostgreSQL). vfs names a SQLite VFS
 * for tests (NULL = the system's). Does not create tables. A SQLite reader needs a file that a writer has
 * opened before; a writer first copies back what a log holds. Errors: ERR_DATABASE, ERR_DISK, ERR_CORRUPT,
 * ERR_BUSY, ERR_MEMORY. */
enum err_code db_open(struct db **out, const char *url, enum db_mode mode, const char *vfs, struct err *e);
void db_close(struct db **db); /* rolls back what is open; accepts a pointer to NULL, leaves NULL */
enum db_engine db_engine(const struct db *db);

/* Runs a script: several statements without parameters (tables, indexes). */
enum err_code db_script(struct db *db, const struct sql *script, struct err *e);

/* A transaction. Commit returns OK only when the data are durable. A statement that failed dooms its
 * transaction on both engines: every later call gives the same error, commit too. After a failed commit the
 * transaction is rolled back; only when db_broken is then true may it have become durable all the same, and
 * the owner must look after opening anew. A reader may use begin/commit for a stable view, which is fixed by
 * its first query. */
enum err_code db_begin(struct db *db, struct err *e);
enum err_code db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/* Runs a statement that returns no rows. Within a transaction PostgreSQL queues it in the pipeline, and its
 * error, if any, comes from a later db_run, db_query or db_commit. Outside a transaction it is durable when
 * OK is returned. Text that is not UTF-8 or holds a NUL byte is ERR_BAD_TEXT, a REAL that is no number
 * ERR_BAD_VALUE, on both engines. */
enum err_code db_run(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		     struct err *e);

/* Runs a query. Then: while (db_next(db)) read columns. One query at a time per connection, and nothing else
 * on the connection while it is open (CHECK); db_next returning false or db_stop ends it. Errors met while
 * stepping are kept and given by db_stop, or by the next call if nobody asked. Stopping early costs
 * PostgreSQL the reading of what is left: use LIMIT. */
enum err_code db_query(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		       struct err *e);
bool db_next(struct db *db);
/* Ends the query; returns its error, OK when none. Safe to call when no query is open. */
enum err_code db_stop(struct db *db, struct err *e);

/* Columns of the current row, from 0. A NULL column reads as 0, STR_NONE, ID_NONE. Text stays valid until
 * db_next or db_stop. A column of another type is a bug (CHECK). */
int db_columns(const struct db *db);
const char *db_column_name(const struct db *db, int col);
enum db_type db_column_type(const struct db *db, int col);
int64_t db_int(const struct db *db, int col);
double db_real(const struct db *db, int col);
struct str db_text(const struct db *db, int col);
struct str db_blob(const struct db *db, int col);
struct id db_id(const struct db *db, int col);

/* First column of the first row as an integer; `missing` when there is no row or it is NULL. */
enum err_code db_one(struct db *db, const struct sql *sql, const struct db_val *params, size_t params_n,
		     int64_t missing, int64_t *out, struct err *e);

/* Copies the log back into the database file (SQLite, writer only; nothing on PostgreSQL). Called by the
 * writer between batches. truncate: also empties the log file, as after an erasure. Never fails the caller: a
 * busy reader postpones it. */
void db_checkpoint(struct db *db, bool truncate);
/* Bytes in the write-ahead log since the last checkpoint (0 on PostgreSQL). */
int64_t db_wal_bytes(const struct db *db);

/* True once an error was seen after which nothing more may be written on this connection (a failed sync or
 * a lost connection). The owner closes it and opens a new one; a failed sync is never retried. */
bool db_broken(const struct db *db);

#endif
