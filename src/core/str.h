/* SPDX-License-Identifier: Apache-2.0
 *
 * str.h - text as a pointer and a length. A str never owns memory: it looks into an arena, a
 * buffer or a literal, whose owner must outlive it. It need not end in a NUL byte.
 */
#ifndef SUSHUI_CORE_STR_H
#define SUSHUI_CORE_STR_H

#include "core/base.h"

struct str {
	const char *p; /* may be NULL when n is 0 */
	size_t n;      /* bytes, not characters */
};

#define STR(lit) ((struct str){(lit), sizeof(lit) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf("%.*s", STR_ARG(s)). */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

/* The NUL-terminated text c (or STR_NONE for NULL). */
struct str str_of(const char *c);
bool str_eq(struct str a, struct str b);
bool str_eq_c(struct str a, const char *c);
/* Byte order, shorter first when one is a prefix of the other: <0, 0, >0. */
int str_cmp(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Without ASCII blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);
/* Cuts *rest at the first `sep`: returns what stood before it and moves *rest behind it.
 * Without a separator the whole rest is returned and *rest becomes empty (p == NULL). */
struct str str_cut(struct str *rest, char sep);
/* Index of the first byte c, or -1. */
ptrdiff_t str_find(struct str s, char c);
/* Decimal integer that fills all of s: optional '-', no '+', no blanks, no leading zero but "0".
 * False (and *out untouched) when s is anything else or does not fit 64 bits. */
bool str_to_i64(struct str s, int64_t *out) MUST_USE;
/* Decimal number ("-1.5", "3", "2e3"); false when s is anything else, infinite or NaN. Independent of locale. */
bool str_to_f64(struct str s, double *out) MUST_USE;
/* True when every byte of s belongs to well-formed UTF-8 (no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);
/* Number of Unicode code points in the UTF-8 text s. */
size_t str_chars(struct str s);
/* Copies at most cap-1 bytes of s and a NUL to dst, never cutting a UTF-8 character. Returns bytes copied. */
size_t str_to_c(struct str s, char *dst, size_t cap);
/* Stable 64-bit hash for in-memory tables (not for untrusted keys kept on disk). */
uint64_t str_hash(struct str s);

#endif
