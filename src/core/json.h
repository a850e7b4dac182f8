/* SPDX-License-Identifier: Apache-2.0
 *
 * json.h - strict reader and writer for RFC 8259 texts.
 *
 * Why our own: decoding stands in the hot path of every fact, and a token index in the caller's
 * arena is many times faster than a tree on the heap; a maintained library is the oracle of its tests.
 *
 * Reader: one pass over the whole text into a flat array of nodes. Refused with position: anything
 * but one value and blanks, bad UTF-8, lone surrogates, \u0000, control characters in strings,
 * numbers outside the grammar, duplicate keys in one object, more than JSON_DEPTH_MAX levels.
 */
#ifndef SUSHUI_CORE_JSON_H
#define SUSHUI_CORE_JSON_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#define JSON_DEPTH_MAX 32

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_INT, JSON_REAL, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A node. Objects and arrays are followed by their children in text order; `next` skips over a whole
 * subtree. Strings are unescaped (in the arena when they held escapes, else they look into the text). */
struct json {
	enum json_type type;
	uint32_t n;      /* members of an object, elements of an array */
	uint32_t next;   /* distance in nodes from this node to its next sibling */
	uint32_t offset; /* byte position in the text, for messages */
	struct str key;  /* name when the node is a member of an object */
	union {
		int64_t i;    /* JSON_INT: fits 64 bits; larger integers are JSON_REAL */
		double f;     /* JSON_REAL */
		struct str s; /* JSON_STRING */
	};
};

/* Reads text into nodes kept in arena a; *root is the top value. Errors: ERR_BAD_JSON (at = "line L column C"),
 * ERR_TOO_DEEP, ERR_DUPLICATE_FIELD, ERR_BAD_TEXT, ERR_TOO_LARGE (arena full, or text over 2 GiB). text must outlive
 * the nodes. "-0" is the integer 0; a number too large for a double is ERR_BAD_JSON. On error the arena is as before.
 * Cost: O(bytes), for objects of more than 32 members O(members log members). Memory: 48 bytes a node; while reading up to
 * three times as much, and at least 3 bytes for each byte of text up to 1 MiB. */
enum err_code json_read(struct arena *a, struct str text, const struct json **root, struct err *e);
/* First child of an object or array, or NULL when it is empty. */
const struct json *json_first(const struct json *parent);
/* The sibling after `node`; the caller counts with parent->n. */
const struct json *json_next(const struct json *node);
/* Member by name, or NULL. O(members). */
const struct json *json_get(const struct json *object, struct str key);
/* for (each element c of parent) */
#define JSON_EACH(c, parent) \
	for (const struct json *c = json_first(parent), *c##_end = (parent) + (parent)->next; c && c < c##_end; \
	     c = json_next(c))

/* Writer: appends to a buf. The caller writes commas through these helpers:
 *   json_open(b,'{'); json_key(b,"a"); json_i64(b,1); json_key(b,"b"); json_str(b,s); json_close(b,'}');
 * A comma is put in front of a key or element unless the buffer is empty or its last byte is an opener, a colon,
 * a comma, a blank or a line feed (no value ends in one of these, so texts may stand on lines of their own). */
void json_open(struct buf *b, char brace);
void json_close(struct buf *b, char brace);
void json_key(struct buf *b, const char *key);
void json_str(struct buf *b, struct str s); /* escapes; s must be UTF-8 */
void json_c(struct buf *b, const char *text);
void json_i64(struct buf *b, int64_t v);
/* Shortest text that reads back the same (whole numbers below 1e18 read back as JSON_INT); null when not finite. */
void json_f64(struct buf *b, double v);
void json_bool(struct buf *b, bool v);
/* An already serialised value; blanks around it are left out. */
void json_raw(struct buf *b, struct str json_text);
/* Inline, because a function of this name is exported by libjansson and would be mixed up with it when both are loaded. */
static inline void json_null(struct buf *b)
{
	json_raw(b, STR("null"));
}

#endif
