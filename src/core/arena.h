/* SPDX-License-Identifier: Apache-2.0
 *
 * arena.h - memory that is given out piece by piece and taken back all at once.
 *
 * A request, an import row or a query owns one arena; code that works on its behalf allocates here
 * and never frees. An arena has a cap. What does not fit sets a flag and yields NULL only from
 * arena_try; every other function CHECKs, so callers with input of unbounded size use arena_try.
 */
#ifndef SUSHUI_CORE_ARENA_H
#define SUSHUI_CORE_ARENA_H

#include "core/str.h"

struct arena_block;
struct arena {
	struct arena_block *head; /* newest block */
	size_t used_n;            /* bytes given out since the last reset */
	size_t cap_n;             /* most bytes that may be given out */
	bool overflow;            /* set when a request did not fit; cleared by reset */
};

/* cap_n: most bytes the arena may give out; 0 means 64 MiB. Allocates nothing yet. */
void arena_init(struct arena *a, size_t cap_n);
/* Frees all memory. The arena may be used again as after arena_init. */
void arena_done(struct arena *a);
/* Takes back everything that was given out; keeps one block for the next round. */
void arena_reset(struct arena *a);

/* Zeroed memory for n bytes, aligned for any type. Stops the process when the cap is exceeded or memory is out. */
void *arena_alloc(struct arena *a, size_t n);
/* As arena_alloc, but NULL (and a->overflow set) when it does not fit. */
void *arena_try(struct arena *a, size_t n);
/* As arena_try, but the bytes are not zeroed: for large buffers that the caller fills itself. */
void *arena_try_raw(struct arena *a, size_t n);
/* Gives back the end of an allocation of old_n bytes at p, keeping new_n, when nothing was allocated after it;
 * does nothing otherwise. p stays where it is. */
void arena_trim(struct arena *a, const void *p, size_t old_n, size_t new_n);
/* An array of n zeroed elements of type T. */
#define ARENA_ARRAY(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))
#define ARENA_NEW(a, T) ARENA_ARRAY(a, T, 1)

/* Copy of s, followed by a NUL byte (so .p is also a C string). */
struct str arena_str(struct arena *a, struct str s);
/* Room for one more element behind the n of an array that only this function made larger: the array itself, or a copy of twice the room;
 * what is left behind goes with the arena. old may be NULL when n is 0. */
void *arena_grown(struct arena *a, void *old, size_t n, size_t size);
struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A place to go back to: everything allocated after the mark is taken back by arena_rewind. */
struct arena_mark {
	struct arena_block *head;
	size_t block_used_n;
	size_t used_n;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

#endif
