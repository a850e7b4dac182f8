/* SPDX-License-Identifier: Apache-2.0
 *
 * engine.h - the trace engine (trace/trace.h) in the house: one visit store for each county, and everything the engine has to
 * know besides visits, kept up to date with the ledger. The computed queries tracing.trace, tracing.venues, ... ask it.
 *
 * Two kinds of stays come together. Bulk loads (scan logs, checkpoint passes; millions) are durable in the folder visits/COUNTY beside
 * the ledger and nowhere else; the fact tracing.visits_loaded says that they came. Stays that are facts (interviews, single scans)
 * are rows of the table `visit`; the engine holds them in memory and catches up whenever it is asked, by the numbers in
 * `visit_change`: so it knows exactly what the reading connection sees, whoever wrote it, also after a rolled-back group.
 * A stay that is in both counts once.
 *
 * One engine serves one ledger and any number of threads. One process at a time has the folder open (ERR_BUSY).
 * It never writes the database. It never decides anything about a person: what comes out are proposals.
 */
#ifndef SUSHUI_DOMAIN_TRACING_ENGINE_H
#define SUSHUI_DOMAIN_TRACING_ENGINE_H

#include "protocol/protocol.h"
#include "store/store.h"

struct tracing_engine;

/* folder: where the visit stores stand (data folder/visits); made when the first stays are loaded. NULL = memory only, for tests.
 * Both outlive the engine. ERR_MEMORY. */
enum err_code tracing_engine_open(struct tracing_engine **out, const char *folder, const struct protocol_book *protocols, struct err *e);
void tracing_engine_close(struct tracing_engine **g); /* accepts a pointer to NULL, leaves NULL */

/* Brings every county's store in line with the ledger's erasures and retention; what they took is gone from the folder when OK is
 * returned. Called at the start, and after a group when tracing_engine_woken. Cost: a few statements a county. */
enum err_code tracing_engine_settle(struct tracing_engine *g, struct db *db, struct err *e);
/* A fact was applied that takes stays away. One flag serves the process: being woken too often costs a few statements. */
void tracing_engine_wake(void);
bool tracing_engine_woken(void); /* and it sleeps again */

/* A bulk load: rows are taken one by one and become durable and visible together. */
struct tracing_load;
enum err_code tracing_load_open(struct tracing_load **out, struct tracing_engine *g, struct db *db, int64_t county, struct err *e);
/* One stay, UTC ms; until_ms 0 = not known. ERR_BAD_VALUE: a time out of range, leaving before coming, longer than 194 days, before the
 * day up to which stays were dropped. ERR_ERASED: the person's data were erased. ERR_MEMORY. A refused row is not taken. */
enum err_code tracing_load_row(struct tracing_load *l, struct id person, struct id place, int64_t from_ms, int64_t until_ms, struct err *e);
/* Stores what was taken. The same stays once more change nothing. *first_day and *last_day are ABSENT-like INT32_MIN when there was no
 * row. */
enum err_code tracing_load_commit(struct tracing_load *l, int32_t *first_day, int32_t *last_day, struct err *e);
void tracing_load_close(struct tracing_load **l);

/* How much there is. */
struct tracing_engine_stats {
	uint64_t loaded_n, recorded_n; /* stays in the folder, stays that are facts */
	uint64_t disk_bytes;
	uint32_t ids_n;
	int32_t dropped_day; /* stays before it were dropped; INT32_MIN = none */
};
enum err_code tracing_engine_stats(struct tracing_engine *g, struct db *db, int64_t county, struct tracing_engine_stats *out,
				   struct err *e);

#endif
