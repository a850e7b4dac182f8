/* SPDX-License-Identifier: Apache-2.0
 *
 * tracebook.h - a ledger with all domains for the tests of tracing: facts written as JSON with ' for ", a clock that is told the
 * time, and short ways to look at duties, clocks and contacts. Everything that goes wrong fails the test with its text.
 */
#ifndef SUSHUI_TESTS_TRACEBOOK_H
#define SUSHUI_TESTS_TRACEBOOK_H

#include <stdarg.h>

#include "core/caltime.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "domain/tracing/engine.h"
#include "domain/tracing/tracing_regimen.h"
#include "ledger/duty.h"
#include "ledger/house.h"
#include "ledger/keyring.h"
#include "testdb.h"

#define COUNTY INT64_C(140826)
#define VILLAGE INT64_C(140826105201)


struct book {
	struct testdb t;
	char dir[64], keyring[96], visits[96];
	struct sys_sim sim;
	struct arena a;
	struct ledger *l;
	struct tracing_engine *engine; /* over dir/visits */
};

extern int facts_n; /* facts made so far; their ids are made from it */

/* Zone and protocol files; before any test. Exit code. */
int tracebook_init(void);
void tracebook_done(void);

#define C(n) name_of('c', n)
#define H(n) name_of('h', n)
#define L(n) name_of('l', n)
#define O(n) name_of('o', n)
#define P(n) name_of('p', n)
#define S(n) name_of('s', n)
#define T(n) name_of('t', n)
#define V(n) name_of('v', n)

struct seen {
	int64_t state, starts_at, ends_at, secured_at, ended_at;
	char tier[40], edition[40], proposed[40];
};

/* Hour and minute of a day of October 2022, local time. */
int64_t oct(int day, int hour, int minute);
void book_open(struct book *b, const struct testdb *t);
void book_close(struct book *b);
/* Ends and starts the process, as far as the ledger and the engine can tell. */
void book_restart(struct book *b);
/* Id number n of a family: c case, h household, l link, o outbreak, p person, s place, t tube, v visit. */
const char *name_of(char family, int n);
struct id id_of(const char *name);
/* A whole fact as JSON; ' stands for ". Its id is made from the number of facts so far. */
struct str fact_text(struct arena *a, int n, const char *kind, int64_t at, const char *fmt, va_list ap);
enum err_code append(struct book *b, struct str text, struct err *e);
/* A fact that must be taken. */
void put(struct book *b, const char *kind, int64_t at, const char *fmt, ...);
/* A fact that must be refused with that code, at that place. */
void refuse(struct book *b, enum err_code code, const char *where, const char *says, const char *kind, int64_t at,
		   const char *fmt, ...);
void begin(struct book *b);
void household_of_four(struct book *b);
/* A swab in a tube of so many, and its result some hours later. */
void take_swab(struct book *b, int person, int tube, int pool, int64_t at);
void result(struct book *b, int tube, const char *word, int64_t at);
void classify(struct book *b, int person, const char *tier, int64_t first, int64_t last, int64_t at);
void case_one(struct book *b, int64_t sampled, int64_t opened);
int64_t key_of(struct book *b, const char *name);
struct duty duty_of(struct book *b, const char *kind, const char *subject, int64_t part);
void expect_duty(struct book *b, const char *kind, const char *subject, int64_t part, enum duty_state state, int64_t from,
			int64_t due, int64_t done);
int64_t duties(struct book *b, const char *kind, const char *subject, enum duty_state state);
struct seen contact(struct book *b, int person);
/* The conditions unmet as words, by the table. */
void expect_unmet(struct book *b, int person, const char *words);
void expect_clock(struct book *b, const char *clock, const char *subject, int64_t start, int64_t stop, int64_t limit);
/* How often `part` occurs in the answer of a query. */
int occurs(struct str text, const char *part);
/* Any query with any arguments, as JSON or CSV; fails the test when it is refused. */
struct str ask_many(struct book *b, const char *query, int64_t now, const char *const *names, const char *const *values, size_t n,
		    enum query_format format, struct buf *out);
struct str ask(struct book *b, const char *query, int64_t now, const char *name, const char *value, struct buf *out);
void expect_same(struct str x, struct str y, const char *what, int round);
void expect_rebuilt_same(struct book *b);

#endif
