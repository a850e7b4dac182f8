/* SPDX-License-Identifier: Apache-2.0
 *
 * Open addressing with linear probing; a slot holds county * 2^40 + key, never 0 because keys begin at 1.
 */
#include <pthread.h>
#include <stdlib.h>

#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

static struct {
	pthread_mutex_t lock;
	uint64_t *slot;
	size_t slots_n, used_n; /* slots_n is a power of two */
} set = {.lock = PTHREAD_MUTEX_INITIALIZER};

static uint64_t pack(int64_t county, int64_t key)
{
	CHECK(key > 0 && key < (INT64_C(1) << 40) && county >= 0 && county < (INT64_C(1) << 23));
	return (uint64_t)county << 40 | (uint64_t)key;
}

static size_t place_of(const uint64_t *slot, size_t slots_n, uint64_t v)
{
	size_t i = (size_t)((v * UINT64_C(0x9e3779b97f4a7c15)) >> 20) & (slots_n - 1);
	while (slot[i] != 0 && slot[i] != v)
		i = (i + 1) & (slots_n - 1);
	return i;
}

static void grow(void)
{
	size_t more_n = set.slots_n ? set.slots_n * 2 : 4096;
	uint64_t *more = calloc(more_n, sizeof *more);
	CHECK(more != NULL);
	for (size_t i = 0; i < set.slots_n; i++)
		if (set.slot[i])
			more[place_of(more, more_n, set.slot[i])] = set.slot[i];
	free(set.slot);
	set.slot = more;
	set.slots_n = more_n;
}

void tracing_watch(int64_t county, int64_t key)
{
	uint64_t v = pack(county, key);
	pthread_mutex_lock(&set.lock);
	if (set.used_n * 2 >= set.slots_n)
		grow();
	size_t i = place_of(set.slot, set.slots_n, v);
	if (set.slot[i] == 0) {
		set.slot[i] = v;
		set.used_n++;
	}
	pthread_mutex_unlock(&set.lock);
}

bool tracing_watched(int64_t county, int64_t key)
{
	uint64_t v = pack(county, key);
	pthread_mutex_lock(&set.lock);
	bool found = set.slots_n > 0 && set.slot[place_of(set.slot, set.slots_n, v)] == v;
	pthread_mutex_unlock(&set.lock);
	return found;
}

enum err_code tracing_watch_load(struct ledger_tx *tx, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_tracing_watched_keys, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		if (db_int(tx->db, 1) > 0)
			tracing_watch(db_int(tx->db, 0), db_int(tx->db, 1));
	return db_stop(tx->db, e);
}
