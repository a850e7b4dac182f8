/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks are chained, newest first. With SUSHUI_ARENA_MALLOC each allocation is a block of its own,
 * so that AddressSanitizer sees the edges of every object.
 */
#include "core/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGN 16
#define BLOCK_FIRST_N ((size_t)8 * 1024)
#define BLOCK_MOST_N ((size_t)1024 * 1024)
#define CAP_DEFAULT_N ((size_t)64 * 1024 * 1024)

struct arena_block {
	struct arena_block *older;
	size_t size_n; /* usable bytes */
	size_t used_n;
	_Alignas(ALIGN) char bytes[];
};

void arena_init(struct arena *a, size_t cap_n)
{
	*a = (struct arena){.cap_n = cap_n ? cap_n : CAP_DEFAULT_N};
}

void arena_done(struct arena *a)
{
	while (a->head) {
		struct arena_block *older = a->head->older;
		free(a->head);
		a->head = older;
	}
	a->used_n = 0;
	a->overflow = false;
}

void arena_reset(struct arena *a)
{
	while (a->head && a->head->older) {
		struct arena_block *older = a->head->older;
		free(a->head);
		a->head = older;
	}
#ifdef SUSHUI_ARENA_MALLOC
	arena_done(a);
#endif
	if (a->head)
		a->head->used_n = 0;
	a->used_n = 0;
	a->overflow = false;
}

static struct arena_block *grow(struct arena *a, size_t n)
{
	size_t size = a->head ? a->head->size_n * 2 : BLOCK_FIRST_N;
	if (size > BLOCK_MOST_N)
		size = BLOCK_MOST_N;
#ifdef SUSHUI_ARENA_MALLOC
	size = 0;
#endif
	if (size < n)
		size = n;
	struct arena_block *b = malloc(sizeof *b + size);
	if (!b)
		return NULL;
	b->older = a->head;
	b->size_n = size;
	b->used_n = 0;
	a->head = b;
	return b;
}

void *arena_try_raw(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2 || n > a->cap_n - a->used_n) {
		a->overflow = true;
		return NULL;
	}
	size_t rounded = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	struct arena_block *b = a->head;
	if (!b || b->size_n - b->used_n < rounded) {
#ifdef SUSHUI_ARENA_MALLOC
		rounded = n ? n : 1;
#endif
		b = grow(a, rounded);
		if (!b) {
			a->overflow = true;
			return NULL;
		}
	}
	void *p = b->bytes + b->used_n;
	b->used_n += rounded;
	a->used_n += n;
	return p;
}

void *arena_try(struct arena *a, size_t n)
{
	void *p = arena_try_raw(a, n);
	if (p && n > 0)
		memset(p, 0, n);
	return p;
}

void arena_trim(struct arena *a, const void *p, size_t old_n, size_t new_n)
{
	CHECK(new_n <= old_n);
	struct arena_block *b = a->head;
#ifdef SUSHUI_ARENA_MALLOC
	/* the block belongs to this allocation alone and stays as it is; only the count follows */
	if (b && p == (const void *)b->bytes)
		a->used_n -= old_n - new_n;
#else
	size_t old_rounded = (old_n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	size_t new_rounded = (new_n + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (b && b->used_n >= old_rounded && p == (const void *)(b->bytes + b->used_n - old_rounded)) {
		b->used_n -= old_rounded - new_rounded;
		a->used_n -= old_n - new_n;
	}
#endif
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n);
	CHECK(p != NULL);
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){p, s.n};
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	CHECK(n >= 0);
	char *p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct str){p, (size_t)n};
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->head, a->head ? a->head->used_n : 0, a->used_n};
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
	while (a->head != m.head) {
		struct arena_block *older = a->head->older;
		/* the first block of an empty arena is kept for the next round */
		if (!older && !m.head)
			break;
		free(a->head);
		a->head = older;
	}
	if (a->head)
		a->head->used_n = m.head ? m.block_used_n : 0;
	a->used_n = m.used_n;
}

void *arena_grown(struct arena *a, void *old, size_t n, size_t size)
{
	if (n > 0 && (n < 16 || (n & (n - 1)) != 0))
		return old;
	void *more = arena_alloc(a, (n < 16 ? 16 : n * 2) * size);
	if (n > 0)
		memcpy(more, old, n * size);
	return more;
}
