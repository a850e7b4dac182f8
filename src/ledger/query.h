/* SPDX-License-Identifier: Apache-2.0
 *
 * query.h - the one way to read: a declared query is a row of route, right, named SQL, parameters and columns. From it come
 * the HTTP route, the command-line output, CSV export, OpenAPI and the reference page.
 *
 * Every statement gets six parameters first, so that no query can forget the limit of its reader:
 *     $1 county   $2 least and $3 greatest area code that the reader may see   $4 now (UTC ms)   $5 limit   $6 offset
 * and the declared ones from $7 on. Personal data never come out of a query: they are opened one by one, with a purpose
 * (people.personal_opened).
 *
 * A query whose answer no SQL can give in time is computed: a function of its domain hands over the rows. Parameters, columns, rights,
 * formats, limit and offset are the same for both, so nobody who asks can tell the difference.
 */
#ifndef SUSHUI_LEDGER_QUERY_H
#define SUSHUI_LEDGER_QUERY_H

#include "ledger/fact.h"
#include "store/store.h"

#define QUERY_IMPLICIT_N 6
#define QUERY_PARAMS_MAX 8
#define QUERY_COLUMNS_MAX 32
#define QUERY_LIMIT_DEFAULT 1000
#define QUERY_ID_ITSELF (-2) /* for what a computed query may know although the ledger has not met it */
#define QUERY_LIMIT_MAX 1000000

enum column_type {
	C_INT,
	C_REAL,
	C_TEXT,
	C_BOOL,
	C_TIME, /* UTC ms in SQL; ISO 8601 outside */
	C_DAY,  /* day number in SQL; YYYY-MM-DD outside */
	C_AREA, /* 12 digits outside */
	C_ID,   /* 16-byte BLOB in SQL */
	C_WORD, /* index in SQL; a word of `words` outside */
	C_SPAN, /* milliseconds in SQL and outside (name ends in _ms) */
	C_DUTY, /* name of a duty kind; JSON adds its text in the reader's language and the right of those who do it */
};
struct query_param {
	const char *name;
	enum field_type type;      /* F_INT F_TEXT F_TIME F_DAY F_AREA F_ID F_WORD; an F_ID that names an entity becomes its key */
	bool required;
	int64_t missing;           /* value of an absent optional number; QUERY_ID_ITSELF for an F_ID that stays an id (a BLOB) */
	const char *const *words;  /* F_WORD */
	const char *entity;        /* F_ID; F_TEXT: "duty" where the text must be the name of a kind of duty */
	const char *en, *zh;
};
struct query_column {
	const char *name;
	enum column_type type;
	const char *const *words;
	const char *en, *zh;
};
/* What a computed query is asked: the implicit parameters and the declared ones, as a statement would get them. */
struct query_ask {
	struct db *db; /* reading; no query is open on it */
	struct arena *arena;
	int64_t county, area_lo, area_hi, now_ms;
	const struct db_val *args; /* by declared parameter */
	void *engine;              /* struct query_call.engine */
};
struct query_rows; /* takes the rows */
/* Hands over one row (a value for each column, V_NULL where there is none; valid during the call). False: no more are wanted, which is
 * no error. */
bool query_row(struct query_rows *rows, const struct db_val *row);

struct query {
	const char *name; /* "testing.missing"; route /api/testing/missing, command `sushui query testing.missing` */
	enum right right;
	const struct sql *sql;     /* NULL when computed */
	const struct query_param *params;
	size_t params_n;
	const struct query_column *columns;
	size_t columns_n;
	const char *en, *zh; /* one line: what it answers */
};
/* The function behind a computed query. It hands over all rows in their order until query_row says no; limit and offset are not its
 * business. */
struct query_computed {
	const char *query;
	enum err_code (*rows)(const struct query_ask *ask, struct query_rows *rows, struct err *e);
	bool alone; /* it needs the database only, no engine */
};
/* Tables of all domains, each ended by a row without name; the list ends with NULL (domain/domains.c). */
extern const struct query *const query_tables[];
/* The same for the functions of the computed ones. */
extern const struct query_computed *const query_computed_tables[];

const struct query *query_of(struct str name);
/* Whether it is refused without an engine. */
bool query_needs_engine(const struct query *q);
/* All queries by running number; NULL behind the last. */
const struct query *query_at(size_t i);

enum query_format {
	QUERY_JSON,
	QUERY_CSV,
	QUERY_ROWS, /* values, handed to `take` one row at a time; nothing is written */
	QUERY_XLSX, /* known to those who ask (query_xlsx.h makes it); query_run does not write it */
};
struct query_call {
	const struct query *query;
	const struct actor *who;
	int64_t now_ms;
	int64_t area;   /* narrows to this area and below; 0 = all the reader may see */
	int64_t limit;  /* rows; 0 = default */
	int64_t offset;
	const struct str *names, *values; /* the other arguments as text */
	size_t args_n;
	enum query_format format;
	const char *lang; /* "en" or "zh": headings of CSV, texts of duties */
	/* Long CSV answers in pieces (JSON stays whole): called when `out` holds piece_n bytes or more; takes them (empties it) and returns true to go on.
	 * False ends the query, which then returns OK. NULL = everything stays in `out`. */
	bool (*piece)(void *ctx, struct buf *out);
	void *piece_ctx;
	size_t piece_n;
	/* QUERY_ROWS: takes a row (a value for each column, valid during the call); false ends the query, which then returns OK. */
	bool (*take)(void *ctx, const struct db_val *row);
	void *take_ctx;
	/* What computed queries keep between calls and beside the database (domain/tracing/engine.h). NULL: they are refused. */
	void *engine;
};
/* A value as plain text at the end of out; false when it is NULL (or an instant or id that is not there). */
bool query_value_text(const struct db_val *v, const struct query_column *c, struct buf *out);
/* Runs the query on a reading connection and appends the answer to out:
 *   JSON {"query":"testing.missing","county":"140826","now":"...","rows":[{...}],"more":false}   CSV: heading row and data rows.
 * Refusals: ERR_FORBIDDEN, ERR_OUT_OF_AREA, ERR_MISSING_FIELD, ERR_UNKNOWN_FIELD, ERR_BAD_VALUE (at = name of the argument),
 * ERR_NOT_ALLOWED for a computed query without the engine it needs. */
enum err_code query_run(struct db *db, struct arena *a, const struct query_call *call, struct buf *out, struct err *e);

#endif
