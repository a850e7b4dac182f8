/* SPDX-License-Identifier: Apache-2.0
 *
 * read.h - one strict reader from nodes to structs, driven by tables; private to src/protocol.
 *
 * A spec lists the keys of a mapping: name, type, place in the struct, whether required, range. Every mapping
 * may also hold `status`, `source` and `why`: the note that its values inherit. A value may carry its own:
 * `{ value: 8, unit: h, status: P, source: "[25]" }`. A number without any note above it is an error.
 */
#ifndef SUSHUI_PROTOCOL_READ_H
#define SUSHUI_PROTOCOL_READ_H

#include "protocol/protocol.h"
#include "protocol/tree.h"

enum field_type {
	F_TEXT,     /* struct str, not empty */
	F_ID,       /* struct str: small letters, digits, '-', '_', '.' */
	F_BILINGUAL, /* struct protocol_text: { en: .., zh: .. } */
	F_BOOL,     /* bool */
	F_NUM,      /* struct protocol_num */
	F_MINUTES,  /* struct protocol_num from "8 h", "90 min", "2 d" */
	F_NUMS,     /* struct protocol_nums */
	F_DAYS,     /* the same, strictly ascending */
	F_ENUM,     /* int-sized enum, by words */
	F_ENUMS,    /* uint32_t of bits, a list of words */
	F_WORDS,    /* struct protocol_words */
	F_DATE,     /* int32_t local day */
	F_STRUCT,   /* nested struct by sub */
	F_LIST,     /* list of sub: pointer at `at`, size_t at `n_at` */
	F_KEYED,    /* mapping id -> sub: pointer at `at`, size_t at `n_at`; the id goes to sub->id_at */
	F_CUSTOM,   /* by `read` */
	F_SKIP,     /* read elsewhere */
};

struct reader;
struct spec;
struct field {
	const char *key;
	enum field_type type;
	size_t at, n_at;
	bool required;
	int32_t min, max;          /* numbers; minutes: in minutes */
	const char *const *words;  /* enums: ends with NULL */
	const struct spec *sub;
	enum err_code (*read)(struct reader *r, const struct node *n, void *out);
};

#define NO_PLACE ((size_t)-1)
struct spec {
	size_t size;
	size_t id_at;   /* struct str for the key of a keyed entry, or NO_PLACE */
	size_t note_at; /* struct protocol_note of the whole entry, or NO_PLACE */
	const struct field *field;
	size_t field_n;
	/* after reading; may be NULL */
	enum err_code (*check)(struct reader *r, const struct node *n, void *entry);
	void (*defaults)(void *entry); /* before reading; may be NULL */
};

struct reader {
	struct arena *a;
	const char *filename;
	struct err *e;
	const struct protocol_source *source;
	size_t source_n;
	struct protocol_note note; /* inherited; mark MARK__N = none yet */
	char path[200];
	size_t path_n;
	struct protocol_unconfirmed_value *unconfirmed;
	size_t unconfirmed_n, unconfirmed_cap;
	struct protocol *p;
};

/* Reads mapping n into *out (zeroed, of spec->size). Errors name line and expectation. */
enum err_code read_map(struct reader *r, const struct spec *spec, const struct node *n, void *out);
enum err_code read_bilingual(struct reader *r, const struct node *n, struct protocol_text *out);
/* Fills r->source from the `sources` mapping n. */
enum err_code read_sources(struct reader *r, const struct node *n);
/* A note given by the status/source/why keys of mapping n, else the inherited one; *own tells which. */
enum err_code read_note(struct reader *r, const struct node *n, struct protocol_note *out, bool *own);
/* Keeps a P or R value for protocol_unconfirmed. */
enum err_code read_confirm(struct reader *r, const struct protocol_note *note);
/* Adds ".key" to the path of messages and of unconfirmed values; pop with the returned length. */
size_t read_push(struct reader *r, struct str key);
void read_pop(struct reader *r, size_t mark);
/* Fails with code at line: printf-like. */
enum err_code read_fail(struct reader *r, enum err_code code, int32_t line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
/* "`text`" of a scalar, "a list", "a mapping", "nothing"; cut to 40 bytes. */
const char *read_found(const struct node *n, char out[64]);
bool read_minutes_text(struct str s, int64_t *out);
/* One word of a list; -1 when it is none. */
int read_word(struct str s, const char *const *words);
void *read_give(struct reader *r, size_t n, int32_t line, enum err_code *code);
enum err_code read_number(struct reader *r, const struct node *n, int32_t min, int32_t max, int32_t *out);
/* F_NUM or F_MINUTES by f; `also` (or NULL) is one more key that the mapping form may hold. */
enum err_code read_num(struct reader *r, const struct field *f, const struct node *n, const char *also,
		       struct protocol_num *out);
enum err_code read_words(struct reader *r, const struct node *n, struct protocol_words *out);
enum err_code read_numbers(struct reader *r, const struct field *f, const struct node *n,
			   struct protocol_nums *out);

/* The words of each enum of protocol.h in its order; end with NULL. */
extern const char *const mark_words[], *const anchor_words[], *const place_words[], *const stage_words[];
extern const char *const exit_words[], *const assay_words[], *const observer_words[], *const day_one_words[];
extern const char *const population_words[], *const transition_words[], *const condition_words[];
extern const char *const trigger_words[], *const result_words[], *const programme_words[], *const supply_words[], *const level_words[];
extern const char *const zone_condition_words[]; /* by bit of enum zone_unmet */

/* Runs the examples (list n) against p; the first that does not hold is ERR_BAD_YAML at its line. */
enum err_code examples_run(struct reader *r, const struct node *n, const struct protocol *p);
/* The same for `zone_examples`: when a zone may step down. */
enum err_code zone_examples_run(struct reader *r, const struct node *n, const struct protocol *p);
/* F_CUSTOM: an instant like 2022-11-03T12:00 into an int64_t. */
enum err_code read_instant(struct reader *r, const struct node *n, void *out);

#endif
