/* SPDX-License-Identifier: Apache-2.0
 *
 * duty.h - what must be done, for whom, by whom, by when; and clocks, which measure each hand-over.
 *
 * A duty is named by (kind, subject, part): "testing.retest" of person 17 because of tube 402. After folding a fact into
 * its tables a domain derives the duties of what it touched by a pure function of that state and sets each of them
 * whole. So the same facts in any order give the same duties, and a duty is never edited step by step.
 *
 * "Nobody is missed" is then a query: each duty is open, done, waived with a reason, or void; an open one whose
 * due time is past is late. Nothing has to run at the deadline.
 */
#ifndef SUSHUI_LEDGER_DUTY_H
#define SUSHUI_LEDGER_DUTY_H

#include "ledger/ledger.h"

enum duty_state {
	DUTY_OPEN = 1,
	DUTY_DONE = 2,
	DUTY_VOID = 3, /* was called for and ended without being done (the order was lifted, the person left) */
};

struct duty {
	const char *kind;   /* "domain.word" from duties.def */
	int64_t subject;    /* key of the entity it is about */
	int64_t part;       /* tells duties of one kind and subject apart: a day, a tube; 0 when single */
	enum duty_state state;
	int64_t area;       /* where; decides on whose screen it stands */
	int64_t from_at;    /* not before, UTC ms */
	int64_t due_at;     /* until when, UTC ms */
	int64_t done_at;    /* when the discharging fact happened; 0 unless DUTY_DONE */
	struct str clause;  /* rule it comes from, for people: "cn-covid19-9 close_contact.tests" */
};

/* Where the edition in force sets no limit a duty is due within this time (our default, mark R: nothing official). */
#define DUTY_DUE_DEFAULT_MS MS_PER_DAY

/* The table of duty kinds: name, right of those who do it, texts. */
struct duty_kind {
	const char *name;
	enum right right;
	bool part_is_entity;           /* part holds the key of an entity (a tube), not a day or a number */
	const char *en, *zh;           /* what to do */
};
const struct duty_kind *duty_kind_of(struct str name);
const struct duty_kind *duty_kind_at(size_t i); /* NULL behind the last */

/* Sets the duty whole: makes it when it is new, replaces its derived part when it is there. A waiver stays. */
enum err_code duty_set(struct ledger_tx *tx, const struct duty *d, struct err *e);
/* Takes a duty back that the facts no longer call for at all, as if it had never been set. A waiver stays. For domains that derive
 * the whole list of a subject's duties: what an earlier derivation set must leave no trace that depends on the order of facts. */
enum err_code duty_unset(struct ledger_tx *tx, const char *kind, int64_t subject, int64_t part, struct err *e);

/* A clock: from one fact to another, against a limit of the protocol. */
struct clock_span {
	const char *clock;   /* from clocks.def: "swab_to_close" */
	int64_t subject;     /* key of what is handed over (a tube, a person) */
	int64_t area;
	int64_t start_at;    /* 0 = not started: the span is left out */
	int64_t stop_at;     /* 0 = still running */
	int64_t limit_ms;    /* 0 = no limit known */
};
struct clock_kind {
	const char *name;    /* also the name of the limit in the protocol */
	const char *en, *zh;
};
const struct clock_kind *clock_kind_at(size_t i);
enum err_code clock_set(struct ledger_tx *tx, const struct clock_span *c, struct err *e);
/* Takes a span back, as if it had never started. */
enum err_code clock_unset(struct ledger_tx *tx, const char *clock, int64_t subject, struct err *e);

#endif
