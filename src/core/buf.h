/* SPDX-License-Identifier: Apache-2.0
 *
 * buf.h - a growing byte buffer on the heap, for output whose size is not known beforehand.
 * When memory is out or max_n is exceeded `failed` is set, further appends do nothing, and the
 * owner checks once at the end.
 */
#ifndef SUSHUI_CORE_BUF_H
#define SUSHUI_CORE_BUF_H

#include <stdarg.h>

#include "core/str.h"

struct buf {
	char *p;
	size_t n;     /* bytes in use */
	size_t cap_n; /* bytes allocated */
	size_t max_n; /* most bytes it may grow to; 0 = no limit */
	bool failed;
};

void buf_init(struct buf *b, size_t max_n);
void buf_done(struct buf *b);
/* Empties the buffer and clears `failed`; keeps its memory. */
void buf_reset(struct buf *b);
void buf_add(struct buf *b, const void *p, size_t n);
void buf_add_str(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *text);
void buf_add_byte(struct buf *b, char c);
void buf_add_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Room for n more bytes; returns where they start (NULL and failed when there is none). The caller adds to b->n. */
char *buf_reserve(struct buf *b, size_t n);
/* The contents as a str: valid until the next append. */
struct str buf_str(const struct buf *b);

#endif
