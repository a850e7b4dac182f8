/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/watch.h"

#include <stdlib.h>
#include <string.h>

struct watch_entry {
	int64_t county, key; /* key 0 = free */
};

static size_t place(const struct watch *w, int64_t county, int64_t key)
{
	uint64_t h = ((uint64_t)key * UINT64_C(0x9E3779B97F4A7C15)) ^ ((uint64_t)county * UINT64_C(0xD6E8FEB86659FD93));
	size_t i = (size_t)(h >> 32) & (w->cap - 1);
	while (w->at[i].key != 0 && (w->at[i].key != key || w->at[i].county != county))
		i = (i + 1) & (w->cap - 1);
	return i;
}

void watch_clear(struct watch *w)
{
	free(w->at);
	*w = (struct watch){0};
}

bool watch_has(const struct watch *w, int64_t county, int64_t key)
{
	return w->cap > 0 && w->at[place(w, county, key)].key != 0;
}

void watch_add(struct watch *w, int64_t county, int64_t key)
{
	CHECK(key > 0);
	if (watch_has(w, county, key))
		return;
	if (w->n * 2 >= w->cap) {
		struct watch bigger = {.cap = w->cap ? w->cap * 2 : 64};
		bigger.at = calloc(bigger.cap, sizeof *bigger.at);
		CHECK(bigger.at != NULL);
		for (size_t i = 0; i < w->cap; i++)
			if (w->at[i].key != 0)
				bigger.at[place(&bigger, w->at[i].county, w->at[i].key)] = w->at[i];
		bigger.n = w->n;
		free(w->at);
		*w = bigger;
	}
	w->at[place(w, county, key)] = (struct watch_entry){county, key};
	w->n++;
}
