/* SPDX-License-Identifier: Apache-2.0
 *
 * world.h - a ledger of its own for a test, with a clock and dice from a seed, one county and one outbreak.
 *
 *     struct world w;
 *     if (!world_open(&w, DB_SQLITE, seed)) return;   // PostgreSQL: false when SUSHUI_TEST_PG is not set
 *     world_put(&w, "testing.swab_taken", VILLAGE_A, NOW, "{'person':'%s',...}", NAME("person", 1), ...);
 *     world_close(&w);
 *
 * Facts are JSON text with ' for ". Files lie in a temporary folder (in /dev/shm when it is there: nothing here
 * tests durability unless it says so). One world at a time: domains keep caches per process.
 */
#ifndef SUSHUI_TESTS_WORLD_H
#define SUSHUI_TESTS_WORLD_H

#include <stdarg.h>

#include "core/sys.h"
#include "ledger/ledger.h"
#include "ledger/query.h"
#include "protocol/protocol.h"
#include "testdb.h"

#define COUNTY INT64_C(140826)
#define COUNTY_AREA (COUNTY * 1000000)
#define TOWN INT64_C(140826105000)
#define VILLAGE_A INT64_C(140826105201)
#define VILLAGE_B INT64_C(140826105202)
#define NOW INT64_C(1668945600000) /* 2022-11-20T20:00+08:00 */
#define MINUTES(n) ((n) * MS_PER_MINUTE)
#define HOURS(n) ((n) * 60 * MS_PER_MINUTE)

struct world {
	struct testdb t;
	struct sys_sim sim;
	struct arena a; /* of the test: everything decoded and printed */
	struct ledger *l;
	char dir[64], keyring[96];
	int64_t county;
};

/* The protocol files of the program, loaded once. */
const struct protocol_book *world_protocols(void);

/* A ledger with the administrative facts of world_admin. */
bool world_open(struct world *w, enum db_engine engine, uint64_t seed);
/* The same without any fact, and on the database of t, which the caller keeps. */
void world_open_bare(struct world *w, const struct testdb *t, uint64_t seed);
void world_close(struct world *w);
/* Closes the ledger and leaves the database to the caller. */
void world_leave(struct world *w);
/* Runs body on SQLite, then on PostgreSQL. */
void world_each(void (*body)(struct world *w));
struct ledger_options world_options(const struct world *w);
/* Closes the ledger and opens it anew: what is kept in memory must not matter. */
void world_reopen(struct world *w);
/* The outbreak and its edition, cn-covid19-9, in the world's county. */
void world_admin(struct world *w);
void world_at(struct world *w, int64_t now);

/* A stable id: number n of a kind ("person"). The text lives until 32 more were asked for. */
const char *world_name(const char *kind, int n);
struct id world_id(const char *kind, int n);
#define NAME(kind, n) world_name(kind, n)

/* Text of a whole fact with a fresh id; the outbreak is put in when the kind belongs to one. In w->a. */
struct str world_fact_v(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, va_list ap);
struct str world_fact(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, ...);
/* Hands one text in, as the machine. A text that does not decode is given as its error. */
struct verdict world_hand_in(struct world *w, struct str text);
/* Appends a fact that must be taken; gives its id. */
struct id world_put(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, ...);
/* Appends a fact; returns its code and fills *e. */
enum err_code world_try(struct world *w, struct err *e, const char *kind, int64_t area, int64_t at, const char *fmt, ...);

/* Runs a declared query at an instant over the world's county; args: name, value, ..., NULL. JSON in *out, which is
 * emptied before. */
struct str world_ask(struct world *w, struct buf *out, const char *query, int64_t at, ...);
/* Copy of out without header and "more", for comparing engines: the rows alone. */
bool world_has(struct str text, const char *part);
int world_count(struct str text, const char *part);
/* Key of an entity, 0 when not met. */
int64_t world_key(struct world *w, struct id id);
/* The duty's state (0 = no row), its due time and when it was done. */
struct world_duty {
	int64_t state, area, from_at, due_at, done_at, waived_at;
};
struct world_duty world_duty(struct world *w, const char *kind, struct id subject, struct id part);

struct str world_dump(struct world *w, bool by_id, struct buf *out);
/* Fails with the first line that differs. */
void world_same(struct str x, struct str y, const char *what, uint64_t seed);
/* The first line that differs, from x or y, into out; false when there is none. */
bool world_differs(struct str x, struct str y, char *out, size_t cap);
/* Rebuilds and expects the same dump. */
void world_rebuilt_same(struct world *w, uint64_t seed);

#endif
