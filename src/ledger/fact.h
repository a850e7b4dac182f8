/* SPDX-License-Identifier: Apache-2.0
 *
 * fact.h - what a fact is and how a domain declares one.
 *
 * A domain declares each kind of fact once: a C struct and a table of fields. From that table come the JSON
 * decoder and its errors, the canonical stored form, the OpenAPI schema, the reference page, the import
 * template, the random generator of the tests and the rule of what is sealed.
 *
 * Members of the struct have one of five C types, so that one decoder serves all:
 *     int64_t          F_INT F_BOOL F_WORD F_TIME F_DAY F_AREA   absent = ABSENT
 *     double           F_REAL                                    absent = NAN
 *     struct str       F_TEXT                                    absent = .p NULL
 *     struct id        F_ID                                      absent = ID_NONE
 *     struct fact_list F_IDS F_AREAS F_TEXTS                     absent = .n 0
 *
 * A decoded fact lives in the arena it was decoded into. Nothing here touches a database.
 */
#ifndef SUSHUI_LEDGER_FACT_H
#define SUSHUI_LEDGER_FACT_H

#include <math.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/id.h"
#include "core/json.h"
#include "ledger/rights.h"

#define ABSENT INT64_MIN
#define FACT_LIST_MAX 5000     /* entries of one list field */
#define FACT_BODY_MAX (256 * 1024) /* bytes of one canonical body */

enum field_type {
	F_INT,
	F_REAL,
	F_BOOL,  /* 0 or 1 */
	F_WORD,  /* one word of a closed list; the member holds its index */
	F_TEXT,
	F_TIME,  /* UTC ms; written as ISO 8601 or integer ms */
	F_DAY,   /* local calendar day number; written as YYYY-MM-DD */
	F_AREA,  /* 12-digit administrative code as a number */
	F_ID,
	F_IDS,   /* list of struct id */
	F_AREAS, /* list of int64_t */
	F_TEXTS, /* list of struct str */
};

enum field_flag {
	REQUIRED = 1,
	PERSONAL = 2, /* sealed with the key of the kind's subject; never in a projection, index, export or log */
	INDEXED = 4,  /* personal and found again through the blind index, whose class is the field's name; check() normalises it */
	DERIVED = 8,  /* filled by the ledger at append, refused from clients */
	ANY_AREA = 16, /* F_AREA, F_AREAS: may name an area beyond the sender's own; every other area of a body must lie within it */
};

struct fact_list {
	const void *p; /* struct id[], int64_t[] or struct str[] */
	size_t n;
};

struct field {
	const char *name; /* in JSON and as a column heading */
	enum field_type type;
	unsigned flags;      /* of enum field_flag */
	size_t offset;       /* of the member in the body struct */
	int64_t min, max;    /* F_INT, F_REAL: value; F_TEXT, F_TEXTS: characters; both 0 = the default limits of the type */
	const char *const *words; /* F_WORD: the list, ended by NULL */
	const char *entity;  /* F_ID, F_IDS: what it names ("person"); NULL when it names no entity */
	const char *en, *zh; /* one line of meaning */
};

/* FIELD(struct swab_taken, tube, F_ID, REQUIRED, .entity = "tube", .en = "...", .zh = "...") */
#define FIELD(type_, member_, field_type_, flags_, ...) \
	{.name = #member_, .type = field_type_, .flags = (flags_), .offset = offsetof(type_, member_), __VA_ARGS__}

struct fact;
struct ledger_tx;

#define FACT_LATE_MS (2 * MS_PER_MINUTE) /* older on arrival: it was entered without a line */

struct fact_kind {
	const char *name; /* "testing.swab_taken": domain, dot, past participle */
	const char *en, *zh;
	size_t body_n; /* sizeof the body struct */
	const struct field *fields;
	size_t fields_n;
	enum right right;    /* what the sender must hold */
	const char *subject; /* name of the F_ID field whose key seals the personal fields; NULL when there are none */
	/* The fold may read the personal fields as long as the subject's key lives (a link that must be used now and be gone later). Its domain
	 * then keeps nothing that came from them once a fact ends the key, and gives no entity a key because of them; so a rebuild before
	 * and after the end gives the same tables. */
	bool fleeting;
	bool outbreak;       /* belongs to an outbreak: the envelope must name one, and an edition must be in force */
	/* Judges against the current state; a refusal fills *e (at = JSON pointer below the fact). NULL = always allowed.
	 * May fill DERIVED members of the body. Facts that a phone may send late are never refused for what is not known yet. */
	enum err_code (*check)(struct ledger_tx *tx, struct fact *f, struct err *e);
	/* A second judge for facts that are entered as they happen (`recorded` less than FACT_LATE_MS ago): refuses what the state of
	 * this moment does not allow (the room is not clean, the seat is taken), so that whoever decides hears of it at once. A fact
	 * that comes late from a device without a line is never asked: what happened has happened. The fold must therefore keep the
	 * same rule by itself and turn what breaks it into a conflict duty. NULL = none. */
	enum err_code (*guard)(struct ledger_tx *tx, struct fact *f, struct err *e);
	/* Folds the fact into the domain's tables. Cannot refuse; gives only faults of the database. Must come to the
	 * same end in whatever order facts of different devices arrive. Personal members are absent here: no plaintext can
	 * reach a table, and a replay after an erasure gives the same tables. */
	enum err_code (*apply)(struct ledger_tx *tx, const struct fact *f, struct err *e);
};

struct fact {
	struct id id; /* made by the client; the same id twice is one fact */
	const struct fact_kind *kind;
	struct id outbreak; /* ID_NONE when the kind belongs to none */
	int64_t area;       /* 12-digit administrative code where it happened; its first six digits are the county */
	int64_t at;         /* when it happened, UTC ms */
	int64_t recorded;   /* clock of the device when it was entered, UTC ms */
	int64_t received;   /* clock of the server, UTC ms; set at append */
	struct id by;       /* user; set at append from the session */
	struct str device;  /* what it was entered on; at most 64 characters */
	struct str edition; /* protocol edition it was judged by; set at append; empty when none applies */
	void *body;         /* the kind's struct */
	uint64_t seq;       /* place in the county's chain, from 1; set at append */
};

/* County of an area code: its first six digits. */
#define COUNTY_OF(area) ((area) / 1000000)

/* Where a member is. */
int64_t *field_int(const struct field *f, const void *body);
double *field_real(const struct field *f, const void *body);
struct str *field_text(const struct field *f, const void *body);
struct id *field_id(const struct field *f, const void *body);
struct fact_list *field_list(const struct field *f, const void *body);
bool field_absent(const struct field *f, const void *body);
const struct field *fact_field(const struct fact_kind *kind, struct str name);

/* A zeroed body with every member absent. */
void *fact_body_new(struct arena *a, const struct fact_kind *kind);

/* Decodes a whole fact {"id","kind","outbreak","area","at","recorded","device","body":{...}}. Errors carry the JSON pointer
 * below the fact ("/body/tube"): ERR_MISSING_FIELD, ERR_UNKNOWN_FIELD, ERR_BAD_VALUE, ERR_UNKNOWN_KIND.
 * `recorded` is optional and defaults to `at`. */
enum err_code fact_decode(struct arena *a, const struct json *j, struct fact *out, struct err *e);
/* Decodes a body alone. derived: also take DERIVED fields (when reading back what was stored). */
enum err_code fact_decode_body(struct arena *a, const struct fact_kind *kind, const struct json *j, bool derived,
			       void *body, struct err *e);
/* Reads one value written as text (a CSV cell, a command-line argument) into the body; an empty cell is absent. */
enum err_code fact_set_text(struct arena *a, const struct field *f, struct str text, void *body, struct err *e);
/* Checks that every required field is present. */
enum err_code fact_require(const struct fact_kind *kind, const void *body, struct err *e);

/* Canonical JSON of the body, members in the order of the table, absent ones left out. personal: false = the open
 * part only, true = the personal part only. */
void fact_encode_body(struct buf *b, const struct fact_kind *kind, const void *body, bool personal);
/* One value as JSON; the same form decode takes. */
void fact_encode_value(struct buf *b, const struct field *f, const void *body);
bool fact_has_personal(const struct fact_kind *kind, const void *body);

/* All kinds of all domains, in a fixed order; filled by fact_register at start (domain/domains.c). */
void fact_register(const struct fact_kind *kinds, size_t n);
const struct fact_kind *fact_kind_of(struct str name);
const struct fact_kind *fact_kind_at(size_t i); /* NULL behind the last */

#endif
