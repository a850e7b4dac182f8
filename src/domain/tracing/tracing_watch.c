/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "domain/tracing/tracing_regimen.h"
#include "ledger/watch.h"
#include "sql.gen.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch watched;

void tracing_watch(int64_t county, int64_t key)
{
	pthread_mutex_lock(&lock);
	watch_add(&watched, county, key);
	pthread_mutex_unlock(&lock);
}

bool tracing_watched(int64_t county, int64_t key)
{
	pthread_mutex_lock(&lock);
	bool found = watch_has(&watched, county, key);
	pthread_mutex_unlock(&lock);
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
