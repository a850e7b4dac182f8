/* SPDX-License-Identifier: Apache-2.0
 *
 * id.h - 128-bit identifiers (UUIDv7, RFC 9562 section 5.7). The client that observes a fact makes
 * its id, so that sending twice is one fact. 48 bits of milliseconds, then 74 random bits.
 */
#ifndef SUSHUI_CORE_ID_H
#define SUSHUI_CORE_ID_H

#include "core/str.h"
#include "core/sys.h"

struct id {
	uint8_t b[16];
};
#define ID_TEXT_N 36 /* characters of the written form, without NUL */
#define ID_NONE ((struct id){{0}})

/* A fresh UUIDv7 with the clock and dice of sys. */
struct id id_new(const struct sys *sys);
/* Reads "018f3c1e-....": hexadecimal, either case, with hyphens; any version. False when it is anything else or all zero. */
bool id_parse(struct str s, struct id *out) MUST_USE;
/* Writes 36 lower-case characters and a NUL. */
void id_format(struct id id, char out[ID_TEXT_N + 1]);
bool id_eq(struct id a, struct id b);
int id_cmp(struct id a, struct id b); /* byte order: for version 7 the order of making */
bool id_is_none(struct id a);
uint64_t id_hash(struct id a);

#endif
