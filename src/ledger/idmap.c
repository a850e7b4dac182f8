/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/idmap.h"

void idmap_init(struct idmap *m, struct arena *a, size_t value_n)
{
	*m = (struct idmap){.a = a, .value_n = value_n};
}

static struct idmap_entry *place(const struct idmap *m, int64_t county, struct id id)
{
	/* ids made in a row differ in their last byte alone, which id_hash carries into its upper bits only */
	uint64_t h = id_hash(id) ^ (uint64_t)county * UINT64_C(0x9E3779B97F4A7C15);
	h = (h ^ h >> 32) * UINT64_C(0xD6E8FEB86659FD93);
	size_t i = (size_t)(h ^ h >> 32) & (m->cap - 1);
	while (m->at[i].value && (m->at[i].county != county || !id_eq(m->at[i].id, id)))
		i = (i + 1) & (m->cap - 1);
	return &m->at[i];
}

static void grow(struct idmap *m)
{
	struct idmap old = *m;
	m->cap = old.cap ? old.cap * 2 : 64;
	m->at = ARENA_ARRAY(m->a, struct idmap_entry, m->cap);
	for (size_t i = 0; i < old.cap; i++)
		if (old.at[i].value)
			*place(m, old.at[i].county, old.at[i].id) = old.at[i];
}

void *idmap_make(struct idmap *m, int64_t county, struct id id)
{
	if (2 * m->n >= m->cap)
		grow(m);
	struct idmap_entry *e = place(m, county, id);
	if (!e->value) {
		*e = (struct idmap_entry){county, id, arena_alloc(m->a, m->value_n)};
		m->n++;
	}
	return e->value;
}

void *idmap_find(const struct idmap *m, int64_t county, struct id id)
{
	return m->cap ? place(m, county, id)->value : NULL;
}
