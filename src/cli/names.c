/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/names.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_N ((size_t)1 << 20)

void names_done(struct names *m)
{
	for (char *b = m->blocks, *next; b; b = next) {
		memcpy(&next, b, sizeof next);
		free(b);
	}
	free(m->text);
	free(m->slot);
	*m = (struct names){0};
}

static bool grow(struct names *m)
{
	uint32_t cap = m->cap_n ? 2 * m->cap_n : 1024;
	struct str *text = realloc(m->text, cap * sizeof *text);
	if (!text)
		return false;
	m->text = text;
	uint32_t *slot = calloc(2 * (size_t)cap, sizeof *slot);
	if (!slot)
		return false;
	free(m->slot);
	m->slot = slot;
	m->slots_n = 2 * (size_t)cap;
	m->cap_n = cap;
	for (uint32_t k = 0; k < m->n; k++) {
		size_t i = str_hash(m->text[k]) & (m->slots_n - 1);
		while (m->slot[i])
			i = (i + 1) & (m->slots_n - 1);
		m->slot[i] = k + 1;
	}
	return true;
}

static char *copy(struct names *m, struct str s)
{
	if (m->block_left_n < s.n) {
		size_t n = sizeof(char *) + (s.n > BLOCK_N ? s.n : BLOCK_N);
		char *b = malloc(n);
		if (!b)
			return NULL;
		memcpy(b, &m->blocks, sizeof m->blocks);
		m->blocks = b;
		m->block = b + sizeof(char *);
		m->block_left_n = n - sizeof(char *);
	}
	char *p = m->block;
	if (s.n)
		memcpy(p, s.p, s.n);
	m->block += s.n;
	m->block_left_n -= s.n;
	return p;
}

uint32_t names_find(const struct names *m, struct str text)
{
	if (m->slots_n == 0)
		return NAMES_NONE;
	for (size_t i = str_hash(text) & (m->slots_n - 1); m->slot[i]; i = (i + 1) & (m->slots_n - 1))
		if (str_eq(m->text[m->slot[i] - 1], text))
			return m->slot[i] - 1;
	return NAMES_NONE;
}

uint32_t names_number(struct names *m, struct str text)
{
	uint32_t k = names_find(m, text);
	if (k != NAMES_NONE)
		return k;
	if (m->n == m->cap_n && !grow(m))
		return NAMES_NONE;
	char *p = copy(m, text);
	if (!p)
		return NAMES_NONE;
	size_t i = str_hash(text) & (m->slots_n - 1);
	while (m->slot[i])
		i = (i + 1) & (m->slots_n - 1);
	m->text[m->n] = (struct str){p, text.n};
	m->slot[i] = ++m->n;
	return m->n - 1;
}
