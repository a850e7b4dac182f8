/* SPDX-License-Identifier: Apache-2.0
 *
 * PostgreSQL behind engine.h: libpq in pipeline mode, binary parameters and results.
 *
 * What is sent and not yet answered stands in a ring, in order; answers are taken from its head. A sync
 * ends a stretch of the pipeline: after an error the server skips everything up to the next sync, so each
 * wait for answers (query, commit) ends with one. In between, a flush request every HALF_N statements lets
 * the server answer while more is sent; when twice that is waiting the older half is taken, so that neither
 * side's buffers grow without bound.
 *
 * The ring counts results, not statements: libpq gives for each command its results and then NULL, and for a
 * sync one result without NULL. */
#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sql.gen.h"
#include "store/engine.h"

#define HALF_N 128
#define RING_N 1024 /* power of two; a run adds three at most, so 2 * HALF_N is never left far behind */
#define PARAMS_MAX 256

/* Types by their number in the server's catalogue; these never change (server/catalog/pg_type.dat). */
enum {
	BOOL = 16,
	BYTEA = 17,
	NAME = 19,
	INT8 = 20,
	INT2 = 21,
	INT4 = 23,
	TEXT = 25,
	FLOAT4 = 700,
	FLOAT8 = 701,
	VARCHAR = 1043
};

/* A prepared statement of this connection. */
struct slot {
	Oid *types;          /* [params_n], 0 where only NULL was seen */
	uint32_t generation; /* each preparation has its own name, "s<index>_<generation>" */
	bool ready;          /* prepared, or its preparation is on the way */
};

enum item_kind { ITEM_COMMAND, ITEM_PREPARE, ITEM_SYNC };
struct item {
	enum item_kind kind;
	const struct sql *sql; /* for errors; NULL for a sync */
	uint32_t generation;   /* ITEM_PREPARE: of the slot */
};

struct pg_db {
	struct db db;
	PGconn *c;
	struct slot *slots; /* [SQL__N + 1], the last one for statements made at run time */
	struct item ring[RING_N];
	uint32_t head, tail; /* first unanswered, next free; never wrapped */
	uint32_t unflushed;  /* commands since the last flush request or sync */
	struct err late;     /* first error among the answers taken; OK when none */
	PGresult *rows;      /* of the open query */
	int row;             /* current row in rows */
	bool ended;          /* libpq has given the NULL behind the results of the open query */
	const char *name;    /* of the open query */
};

static struct pg_db *of(struct db *db)
{
	return (struct pg_db *)db;
}

static const struct pg_db *of_const(const struct db *db)
{
	return (const struct pg_db *)db;
}

/* --- errors ------------------------------------------------------------------------------------ */

static enum err_code code_of(const char *state)
{
	static const struct {
		const char *prefix;
		enum err_code code;
	} table[] = {
		{"53100", ERR_DISK}, {"58030", ERR_DISK},    {"53200", ERR_MEMORY},
		{"53300", ERR_BUSY}, {"40", ERR_BUSY},       {"55P03", ERR_BUSY},
		{"57014", ERR_BUSY}, {"XX001", ERR_CORRUPT}, {"XX002", ERR_CORRUPT},
	};
	for (size_t i = 0; i < ARRAY_N(table); i++)
		if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].code;
	return ERR_DATABASE;
}

/* libpq's last message without the line feed at its end. It names host, port and user, not the password. */
static struct str message(const struct pg_db *p)
{
	return str_trim(str_of(PQerrorMessage(p->c)));
}

static enum err_code lost(struct pg_db *p, const char *name, struct err *e)
{
	p->db.broken = true;
	return err_set(e, ERR_DATABASE, name, "the connection to PostgreSQL was lost: %.*s",
		       STR_ARG(message(p)));
}

static enum err_code fail(struct pg_db *p, const PGresult *r, const char *name, struct err *e)
{
	if (PQstatus(p->c) == CONNECTION_BAD)
		return lost(p, name, e);
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *what = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
	if (!state)
		state = "?";
	if (strncmp(state, "22", 2) == 0) /* data exceptions repeat the value, which may be personal */
		what = "a value does not fit its type";
	return err_set(e, code_of(state), name, "PostgreSQL error %s: %s", state,
		       what ? what : PQresultErrorMessage(r));
}

/* Keeps the first error of a stretch. */
static void keep(struct pg_db *p, const struct err *e)
{
	if (p->late.code == OK)
		p->late = *e;
}

/* --- the pipeline ------------------------------------------------------------------------------ */

static void push(struct pg_db *p, enum item_kind kind, const struct sql *sql, uint32_t generation)
{
	CHECK(p->tail - p->head < RING_N);
	p->ring[p->tail++ % RING_N] = (struct item){kind, sql, generation};
	p->unflushed++;
}

static struct item *head(struct pg_db *p)
{
	return p->head == p->tail ? NULL : &p->ring[p->head % RING_N];
}

/* Looks at one result of the item at the head: keeps its error, takes back what did not happen. */
static void judge(struct pg_db *p, const struct item *it, const PGresult *r)
{
	ExecStatusType status = PQresultStatus(r);
	if (status == PGRES_COMMAND_OK || status == PGRES_PIPELINE_SYNC)
		return;
	CHECK(status != PGRES_TUPLES_OK && status != PGRES_SINGLE_TUPLE); /* rows are for db_query */
	if (it->kind == ITEM_PREPARE && p->slots[it->sql->index].generation == it->generation)
		p->slots[it->sql->index].ready = false;
	if (status == PGRES_PIPELINE_ABORTED)
		return; /* skipped because of an error that is already kept */
	struct err err;
	fail(p, r, it->sql ? it->sql->name : "", &err);
	keep(p, &err);
}

/* Takes the answer to the item at the head. */
static void take(struct pg_db *p)
{
	struct item it = *head(p);
	PGresult *r;
	while ((r = PQgetResult(p->c)) != NULL) {
		bool sync = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
		judge(p, &it, r);
		PQclear(r);
		if (sync)
			break;
	}
	p->head++;
	if (PQstatus(p->c) == CONNECTION_BAD) {
		struct err err;
		lost(p, it.sql ? it.sql->name : "", &err);
		keep(p, &err);
		p->head = p->tail; /* no answers will come */
	}
	CHECK(it.kind != ITEM_SYNC || r != NULL || p->db.broken);
}

static void take_until(struct pg_db *p, uint32_t left)
{
	while (p->tail - p->head > left)
		take(p);
}

static enum err_code sent(struct pg_db *p, int ok, const char *name, struct err *e)
{
	if (ok)
		return OK;
	/* libpq refuses to send only when the connection or its memory is gone */
	return lost(p, name, e);
}

/* Ends the stretch with a sync. The answers are still to be taken. */
static enum err_code send_sync(struct pg_db *p, struct err *e)
{
	enum err_code rc = sent(p, PQpipelineSync(p->c), "", e);
	if (rc == OK) {
		push(p, ITEM_SYNC, NULL, 0);
		p->unflushed = 0;
	}
	return rc;
}

/* Gives and forgets the kept error. */
static enum err_code late(struct pg_db *p, struct err *e)
{
	enum err_code rc = p->late.code;
	if (rc != OK && e)
		*e = p->late;
	p->late.code = OK;
	return rc;
}

/* Waits until everything sent is answered. */
static enum err_code settle(struct pg_db *p, struct err *e)
{
	if (p->head != p->tail && !p->db.broken) {
		struct err err;
		if (send_sync(p, &err) != OK)
			keep(p, &err);
	}
	if (p->db.broken)
		p->head = p->tail;
	take_until(p, 0);
	return late(p, e);
}

/* A plain command: begin, commit, rollback, deallocate. */
static enum err_code send_command(struct pg_db *p, const struct sql *sql, struct err *e)
{
	int ok = PQsendQueryParams(p->c, sql->postgres, 0, NULL, NULL, NULL, NULL, 1);
	enum err_code rc = sent(p, ok, sql->name, e);
	if (rc == OK)
		push(p, ITEM_COMMAND, sql, 0);
	return rc;
}

/* --- prepared statements ------------------------------------------------------------------------ */

static void slot_name(const struct sql *sql, uint32_t generation, char out[32])
{
	snprintf(out, 32, "s%u_%u", (unsigned)sql->index, (unsigned)generation);
}

static Oid oid_of(enum db_type type)
{
	static const Oid oids[] = {
		[DB_NULL] = 0, [DB_INT] = INT8, [DB_REAL] = FLOAT8, [DB_TEXT] = TEXT, [DB_BLOB] = BYTEA};
	return oids[type];
}

/* True when the values are of the types the statement was prepared with. A parameter that was NULL so far has
 * the type the server inferred, which need not be the one of the value. */
static bool fits(const struct slot *s, const struct db_val *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].type != DB_NULL && s->types[i] != oid_of(v[i].type))
			return false;
	return true;
}

static enum err_code forget(struct pg_db *p, const struct sql *sql, struct err *e)
{
	char name[32], text[64];
	slot_name(sql, p->slots[sql->index].generation, name);
	snprintf(text, sizeof text, "DEALLOCATE %s", name);
	p->slots[sql->index].ready = false;
	enum err_code rc = sent(p, PQsendQueryParams(p->c, text, 0, NULL, NULL, NULL, NULL, 1), sql->name, e);
	if (rc == OK)
		push(p, ITEM_COMMAND, sql, 0);
	return rc;
}

static enum err_code send_prepare(struct pg_db *p, const struct sql *sql, const struct db_val *v, size_t n,
				  struct err *e)
{
	struct slot *s = &p->slots[sql->index];
	bool one_off = sql->index == SQL__N; /* one text after another shares the last place */
	if (one_off) {
		free(s->types);
		s->types = NULL;
	}
	if (!s->types && n > 0) {
		s->types = calloc(n, sizeof *s->types);
		if (!s->types)
			return err_set(e, ERR_MEMORY, sql->name, "no memory to prepare a statement");
	}
	if (s->ready && !one_off && fits(s, v, n))
		return OK;
	if (s->ready) {
		enum err_code rc = forget(p, sql, e);
		if (rc != OK)
			return rc;
	}
	for (size_t i = 0; i < n; i++)
		if (v[i].type != DB_NULL)
			s->types[i] = oid_of(v[i].type);
	char name[32];
	slot_name(sql, ++s->generation, name);
	enum err_code rc = sent(p, PQsendPrepare(p->c, name, sql->postgres, (int)n, s->types), sql->name, e);
	if (rc == OK) {
		push(p, ITEM_PREPARE, sql, s->generation);
		s->ready = true;
	}
	return rc;
}

static enum err_code send_statement(struct pg_db *p, const struct sql *sql, const struct db_val *v, size_t n,
				    struct err *e)
{
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX], formats[PARAMS_MAX];
	uint64_t numbers[PARAMS_MAX];
	CHECK(sql->postgres != NULL);
	enum err_code rc = send_prepare(p, sql, v, n, e);
	if (rc != OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		bool number = v[i].type == DB_INT || v[i].type == DB_REAL;
		formats[i] = 1;
		if (v[i].type == DB_NULL) {
			values[i] = NULL;
			lengths[i] = 0;
		} else if (number) {
			uint64_t bits;
			memcpy(&bits, v[i].type == DB_INT ? (const void *)&v[i].i : (const void *)&v[i].f,
			       sizeof bits);
			numbers[i] = htobe64(bits);
			values[i] = (const char *)&numbers[i];
			lengths[i] = sizeof numbers[i];
		} else if (v[i].s.n > INT32_MAX / 2) {
			return err_set(e, ERR_TOO_LARGE, sql->name, "parameter %zu is longer than 1 GiB",
				       i + 1);
		} else {
			values[i] = v[i].s.n > 0 ? v[i].s.p : "";
			lengths[i] = (int)v[i].s.n;
		}
	}
	char name[32];
	slot_name(sql, p->slots[sql->index].generation, name);
	rc = sent(p, PQsendQueryPrepared(p->c, name, (int)n, values, lengths, formats, 1), sql->name, e);
	if (rc == OK)
		push(p, ITEM_COMMAND, sql, 0);
	return rc;
}

/* --- engine ------------------------------------------------------------------------------------- */

static enum err_code postgres_run(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
				  struct err *e)
{
	struct pg_db *p = of(db);
	enum err_code rc = send_statement(p, sql, v, n, e);
	if (rc != OK)
		return rc;
	if (!db->in_tx)
		return settle(p, e);
	if (p->unflushed >= HALF_N) {
		rc = sent(p, PQsendFlushRequest(p->c) && PQflush(p->c) >= 0, sql->name, e);
		if (rc != OK)
			return rc;
		p->unflushed = 0;
		if (p->tail - p->head >= 2 * HALF_N)
			take_until(p, HALF_N);
	}
	return late(p, e);
}

/* Fetches rows of the query at the head of the ring. */
static enum db_step fetch(struct pg_db *p, struct err *e)
{
	PQclear(p->rows);
	p->rows = NULL;
	p->row = 0;
	while (!p->ended && (p->rows = PQgetResult(p->c)) != NULL) {
		switch (PQresultStatus(p->rows)) {
		case PGRES_SINGLE_TUPLE:
			return STEP_ROW;
		case PGRES_TUPLES_OK: /* with rows when single-row mode was not granted */
			if (PQntuples(p->rows) > 0)
				return STEP_ROW;
			break;
		case PGRES_COMMAND_OK: /* a statement without rows, or with none */
			break;
		default:
			fail(p, p->rows, p->name, e);
			return STEP_ERROR;
		}
		PQclear(p->rows);
	}
	p->ended = true;
	if (PQstatus(p->c) == CONNECTION_BAD) {
		lost(p, p->name, e);
		return STEP_ERROR;
	}
	return STEP_END;
}

static enum db_step postgres_step(struct db *db, struct err *e)
{
	struct pg_db *p = of(db);
	if (++p->row < PQntuples(p->rows))
		return STEP_ROW;
	return fetch(p, e);
}

/* Reads away what is left of the query, then the sync behind it. */
static enum err_code postgres_finish(struct db *db, struct err *e)
{
	struct pg_db *p = of(db);
	struct err err;
	enum db_step step;
	while ((step = fetch(p, &err)) == STEP_ROW)
		continue;
	if (step == STEP_ERROR) {
		keep(p, &err);
		while (fetch(p, &err) == STEP_ERROR && !p->ended)
			continue;
	}
	PQclear(p->rows);
	p->rows = NULL;
	p->head = db->broken ? p->tail : p->head + 1;
	take_until(p, 0);
	return late(p, e);
}

static enum err_code postgres_query(struct db *db, const struct sql *sql, const struct db_val *v, size_t n,
				    bool *row, struct err *e)
{
	struct pg_db *p = of(db);
	enum err_code rc = send_statement(p, sql, v, n, e);
	if (rc == OK)
		rc = send_sync(p, e);
	if (rc != OK)
		return rc;
	take_until(p, 2); /* everything before the query; what is left is the query and its sync */
	if (p->late.code != OK) {
		take_until(p, 0); /* the query itself was skipped */
		return late(p, e);
	}
	PQsetSingleRowMode(p->c); /* if refused, fetch takes all rows at once */
	p->name = sql->name;
	p->ended = false;
	switch (fetch(p, e)) {
	case STEP_ROW:
		*row = true;
		return OK;
	case STEP_END:
		return postgres_finish(db, e);
	case STEP_ERROR:
		postgres_finish(db, NULL);
		return db->broken ? ERR_DATABASE : e->code;
	}
	return OK;
}

static const struct sql *begin_text(const struct db *db)
{
	return db->mode == DB_WRITER ? &SQL_store_begin_writer : &SQL_store_begin_reader;
}

static enum err_code postgres_begin(struct db *db, struct err *e)
{
	return send_command(of(db), begin_text(db), e);
}

static enum err_code postgres_commit(struct db *db, struct err *e)
{
	struct pg_db *p = of(db);
	enum err_code rc = send_command(p, &SQL_store_commit, e);
	if (rc == OK)
		rc = settle(p, e);
	/* what was sent before the commit failed, so it was skipped, or was answered with a rollback */
	CHECK(rc != OK || PQtransactionStatus(p->c) == PQTRANS_IDLE);
	return rc;
}

static void postgres_rollback(struct db *db)
{
	struct pg_db *p = of(db);
	settle(p, NULL);
	if (!db->broken && PQtransactionStatus(p->c) != PQTRANS_IDLE &&
	    send_command(p, &SQL_store_rollback, NULL) == OK)
		settle(p, NULL);
	if (!db->broken && PQtransactionStatus(p->c) != PQTRANS_IDLE)
		db->broken = true;
}

/* Several statements in one text need the simple protocol, which the pipeline does not have. */
static enum err_code exec(struct pg_db *p, const struct sql *sql, struct err *e)
{
	CHECK(sql->postgres != NULL);
	enum err_code rc = settle(p, e);
	if (rc != OK)
		return rc;
	if (!PQexitPipelineMode(p->c))
		return lost(p, sql->name, e);
	PGresult *r = PQexec(p->c, sql->postgres);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		rc = fail(p, r, sql->name, e);
	PQclear(r);
	if (!PQenterPipelineMode(p->c) && rc == OK)
		rc = lost(p, sql->name, e);
	return rc;
}

static enum err_code postgres_script(struct db *db, const struct sql *script, struct err *e)
{
	struct pg_db *p = of(db);
	enum err_code rc = exec(p, script, e);
	/* a statement prepared before a table changed may no longer fit */
	if (rc == OK)
		rc = send_command(p, &SQL_store_forget_statements, e);
	if (rc == OK)
		rc = settle(p, e);
	for (size_t i = 0; rc == OK && i <= SQL__N; i++)
		p->slots[i].ready = false;
	return rc;
}

static void no_notice(void *ctx, const char *text)
{
	(void)ctx;
	(void)text;
}

static void postgres_close(struct db *db)
{
	struct pg_db *p = of(db);
	for (size_t i = 0; p->slots && i <= SQL__N; i++)
		free(p->slots[i].types);
	free(p->slots);
	PQclear(p->rows);
	PQfinish(p->c);
	free(p);
}

static enum err_code postgres_open(struct db **out, const char *url, enum db_mode mode, const char *vfs,
				   struct err *e)
{
	(void)vfs; /* SQLite's */
	/* libpq's own message about a malformed address would repeat it, password included */
	PQconninfoOption *parts = PQconninfoParse(url, NULL);
	if (!parts)
		return err_set(e, ERR_DATABASE, "open",
			       "the address is not of the form postgresql://user@host:port/database");
	PQconninfoFree(parts);
	struct pg_db *p = calloc(1, sizeof *p);
	struct slot *slots = calloc(SQL__N + 1, sizeof *slots);
	if (!p || !slots) {
		free(p);
		free(slots);
		return err_set(e, ERR_MEMORY, "", "no memory for a database connection");
	}
	p->db = (struct db){.engine = &engine_postgres, .mode = mode};
	p->slots = slots;
	static const char *const keys[] = {"fallback_application_name", "connect_timeout", "dbname",
					   "client_encoding", NULL};
	const char *const values[] = {"sushui", "10", url, "UTF8", NULL};
	p->c = PQconnectdbParams(keys, values, 1);
	enum err_code rc = OK;
	if (PQstatus(p->c) != CONNECTION_OK)
		rc = err_set(e, ERR_DATABASE, "open", "PostgreSQL cannot be reached: %.*s",
			     STR_ARG(message(p)));
	if (rc == OK && !PQenterPipelineMode(p->c))
		rc = lost(p, "open", e);
	if (rc == OK) {
		PQsetNoticeProcessor(p->c, no_notice, NULL);
		rc = exec(p, mode == DB_WRITER ? &SQL_store_session_writer : &SQL_store_session_reader, e);
	}
	if (rc != OK) {
		postgres_close(&p->db);
		return rc;
	}
	*out = &p->db;
	return OK;
}

/* --- columns ------------------------------------------------------------------------------------ */

static int postgres_columns(const struct db *db)
{
	return PQnfields(of_const(db)->rows);
}

static const char *postgres_column_name(const struct db *db, int col)
{
	return PQfname(of_const(db)->rows, col);
}

/* DB_NULL for a type that has no place in store.h. */
static enum db_type type_of(Oid oid)
{
	switch (oid) {
	case BOOL:
	case INT2:
	case INT4:
	case INT8:
		return DB_INT;
	case FLOAT4:
	case FLOAT8:
		return DB_REAL;
	case NAME:
	case TEXT:
	case VARCHAR:
		return DB_TEXT;
	case BYTEA:
		return DB_BLOB;
	default:
		return DB_NULL;
	}
}

static enum db_type postgres_column_type(const struct db *db, int col)
{
	const struct pg_db *p = of_const(db);
	enum db_type type = type_of(PQftype(p->rows, col));
	CHECK(type != DB_NULL); /* the statement must CAST, for example a numeric to BIGINT */
	return PQgetisnull(p->rows, p->row, col) ? DB_NULL : type;
}

/* A big-endian number of 1 to 8 bytes. */
static uint64_t bits(const struct pg_db *p, int col, int *n)
{
	const unsigned char *b = (const unsigned char *)PQgetvalue(p->rows, p->row, col);
	*n = PQgetlength(p->rows, p->row, col);
	CHECK(*n >= 1 && *n <= 8);
	uint64_t v = 0;
	for (int i = 0; i < *n; i++)
		v = v << 8 | b[i];
	return v;
}

static int64_t postgres_column_int(const struct db *db, int col)
{
	int n;
	uint64_t v = bits(of_const(db), col, &n);
	switch (n) {
	case 2:
		return (int16_t)v;
	case 4:
		return (int32_t)v;
	default: /* 8, and the single byte 0 or 1 of a truth value */
		return (int64_t)v;
	}
}

static double postgres_column_real(const struct db *db, int col)
{
	int n;
	uint64_t v = bits(of_const(db), col, &n);
	if (n == 4) {
		uint32_t half = (uint32_t)v;
		float f;
		memcpy(&f, &half, sizeof f);
		return (double)f;
	}
	double d;
	memcpy(&d, &v, sizeof d);
	return d;
}

static struct str postgres_column_bytes(const struct db *db, int col)
{
	const struct pg_db *p = of_const(db);
	return (struct str){PQgetvalue(p->rows, p->row, col), (size_t)PQgetlength(p->rows, p->row, col)};
}

static void postgres_checkpoint(struct db *db, bool truncate)
{
	(void)db; /* the server's own business */
	(void)truncate;
}

static int64_t postgres_wal_bytes(const struct db *db)
{
	(void)db;
	return 0;
}

static enum err_code postgres_prepare(struct db *db, const struct sql *sql, struct err *e)
{
	struct pg_db *p = of(db);
	enum err_code rc = settle(p, e);
	if (rc != OK)
		return rc;
	if (!PQexitPipelineMode(p->c))
		return lost(p, sql->name, e);
	PGresult *r = PQprepare(p->c, "", sql->postgres, 0, NULL);
	if (PQresultStatus(r) == PGRES_COMMAND_OK) {
		PQclear(r);
		r = PQdescribePrepared(p->c, "");
	}
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		rc = fail(p, r, sql->name, e);
	else if (PQnparams(r) != sql->params_n)
		rc = err_set(e, ERR_DATABASE, sql->name, "PostgreSQL counts %d parameters, the generator %d",
			     PQnparams(r), sql->params_n);
	for (int i = 0; rc == OK && i < PQnfields(r); i++)
		if (type_of(PQftype(r, i)) == DB_NULL)
			rc = err_set(e, ERR_DATABASE, sql->name,
				     "column %s has a type (%u) that must be CAST", PQfname(r, i),
				     (unsigned)PQftype(r, i));
	PQclear(r);
	if (!PQenterPipelineMode(p->c) && rc == OK)
		rc = lost(p, sql->name, e);
	return rc;
}

const struct engine engine_postgres = {
	.id = DB_POSTGRES,
	.open = postgres_open,
	.close = postgres_close,
	.script = postgres_script,
	.begin = postgres_begin,
	.commit = postgres_commit,
	.rollback = postgres_rollback,
	.run = postgres_run,
	.query = postgres_query,
	.step = postgres_step,
	.finish = postgres_finish,
	.columns = postgres_columns,
	.column_name = postgres_column_name,
	.column_type = postgres_column_type,
	.column_int = postgres_column_int,
	.column_real = postgres_column_real,
	.column_bytes = postgres_column_bytes,
	.checkpoint = postgres_checkpoint,
	.wal_bytes = postgres_wal_bytes,
	.prepare = postgres_prepare,
};
