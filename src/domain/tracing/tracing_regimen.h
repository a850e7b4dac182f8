/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing_regimen.h - the duties of a case and of a contact, computed anew from everything known of them. Internal to tracing.
 *
 * tracing_person_derive reads the grow-only tables and testing's swabs and writes the rows contact and contact_unmet and every
 * duty tracing.* of that person. It never looks at what it wrote before, so late and shuffled facts come to the same end.
 *
 * Which signature governs: of each case the newest one (at, id) counts; among the cases whose regimen is not released the one
 * that ends last governs. The person counts as identified since the first signature of that case and tier after the last release
 * from it. A release frees from the signatures of its case made until then; a regular one also from regimens of other cases that are over by then.
 */
#ifndef SUSHUI_DOMAIN_TRACING_REGIMEN_H
#define SUSHUI_DOMAIN_TRACING_REGIMEN_H

#include "domain/tracing/tracing.h"
#include "protocol/protocol.h"

/* Kinds of the rows of case_event and contact_event. */
enum case_what { CASE_OPENED = 1, CASE_REVISED, CASE_ISOLATED, CASE_INTERVIEWED };
enum contact_what {
	CONTACT_CLASSIFIED = 1, /* stays 1: named in tracing.sql */
	CONTACT_SECURED,
	CONTACT_CHECKED,
	CONTACT_MEASURE,
	CONTACT_ENVIRONMENT,
	CONTACT_RESET,
	CONTACT_RELEASE,
	CONTACT_APPEAL,
	CONTACT_ANSWER,
};

#define TRACING_LATER INT64_MAX /* "not so far" for instants that end something */
/* A fever is a body temperature from here on (monitoring of contacts, degrees Celsius). */
#define TRACING_FEVER 37.3

struct contact_event {
	enum contact_what what;
	int64_t at;
	struct id fact;
	int64_t case_key, linked, outbreak, area;
	struct str tier, edition;
	int64_t first_at, last_at, place, flag, half;
	/* of the case, 0 where not known */
	int64_t case_withdrawn_at, case_onset_at, case_sampled_at, case_isolated_at;
};
struct person_swab {
	int64_t at, pool_size, result, result_at, tube; /* result: enum testing_result, -1 while it is awaited */
};
struct person_state { /* everything known of one human being; in the arena it was read into */
	int64_t person; /* the record that merges keep; what was said of the others counts too */
	const struct contact_event *events; /* by (at, fact) */
	size_t events_n;
	const struct person_swab *swabs;    /* by at */
	size_t swabs_n;
	int64_t own_case_at; /* own case opened, TRACING_LATER when none stands */
	int64_t any_case_at; /* the same, withdrawn ones included */
};

/* The regimen that follows from one signature. */
struct plan {
	const struct contact_event *s;
	int64_t identified_at;
	const struct protocol *protocol;
	const struct protocol_tier *tier;
	struct regimen_times times;
	const struct regimen_item *items;
	size_t items_n;
	int64_t anchor_at, starts_at, ends_at;
	int64_t lapsed_at, released_at; /* TRACING_LATER when not */
	bool early;
	const struct person_swab *linked; /* the swabs of the linked contact that count */
	size_t linked_n;
	struct release_facts facts;
};

/* tracing_state.c */
/* The records of one human being: keys[0] is the one that stands for all (person.canon), the others were merged into it. */
enum err_code tracing_records(struct ledger_tx *tx, int64_t person, const int64_t **keys, size_t *n, struct err *e);
/* The first column of a statement with parameters (county, key), as an array in the transaction's arena. */
enum err_code tracing_state_read(struct ledger_tx *tx, int64_t person, struct person_state *out, struct err *e);
/* The plan of signature s. ERR_NO_EDITION (a fault of the installation) when its protocol file is gone; the errors of
 * protocol_regimen when the times do not suffice. */
enum err_code tracing_plan_make(struct ledger_tx *tx, const struct person_state *p, const struct contact_event *s, struct plan *out,
				struct err *e);
/* The plan that governs; *found false when nobody signed anything. */
enum err_code tracing_plan_governing(struct ledger_tx *tx, const struct person_state *p, struct plan *out, bool *found,
				     struct err *e);
/* First time the person was secured where the plan's stage (index into the tier's) wants it, at or after `since`; 0 when never. */
int64_t tracing_secured_at(const struct person_state *p, const struct plan *plan, size_t stage, int64_t since);

/* Conditions of release not met at instant `at`, by the facts known now. *known is false when this person was not signed as
 * a contact of that case. Used by the check of a release, by the table contact_unmet and by tests. */
enum err_code tracing_unmet(struct ledger_tx *tx, int64_t person, int64_t case_key, int64_t at, struct release_unmet out[COND__N],
			    size_t *n, bool *known, struct err *e);

/* tracing.c: a fact from before 2000 is a typing error. */
enum err_code tracing_check_at(struct ledger_tx *tx, struct fact *f, struct err *e);
static inline int64_t tracing_or(int64_t v, int64_t absent)
{
	return v == ABSENT ? absent : v;
}
/* tracing_visits.c */
enum err_code tracing_check_loaded(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code tracing_check_dropped(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code tracing_apply_visit(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_apply_visit_withdrawn(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_apply_loaded(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_apply_dropped(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_place(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_erased(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* tracing_regimen.c: rewrites all that follows for this person and for those who are contacts through it. */
enum err_code tracing_person_derive(struct ledger_tx *tx, int64_t person, struct err *e);

/* tracing_case.c: the case's row, duties and clocks, its person and its contacts. */
enum err_code tracing_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e);
/* The duty review_proposal: of one case, of all cases of a person (whichever record they name). */
enum err_code tracing_review_case(struct ledger_tx *tx, int64_t case_key, struct err *e);
enum err_code tracing_review_person(struct ledger_tx *tx, int64_t person, struct err *e);
/* When a case could infect others, by the facts up to number seq: [*from, *to), *to 0 = open; *from 0 = it was no case, or no time is
 * known. For readers. */
enum err_code tracing_case_window_at(struct db *db, struct arena *a, const struct protocol_book *protocols, int64_t county, int64_t case_key,
				     int64_t seq, int64_t *from, int64_t *to, struct err *e);
enum err_code tracing_on_result(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_tube(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* The same for all cases of a person, whichever of its records they name. */
enum err_code tracing_cases_derive(struct ledger_tx *tx, int64_t person, struct err *e);

/* tracing_placed.c: what the facts of other domains say of a person's place. */
enum err_code tracing_on_admitted(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_room_sampled(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code tracing_on_entry_withdrawn(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* tracing_audit.c: see struct domain in ledger.h. */
struct audit *tracing_audit_new(struct arena *a);
void tracing_audit_fact(struct audit *audit, const struct fact *f);
enum err_code tracing_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e);

/* Instant + the limit of that name; DUTY_DUE_DEFAULT_MS where the edition (or NULL) sets none. *limit_ms 0 = none set. */
int64_t tracing_due(const struct protocol *p, const char *limit, int64_t from, int64_t *limit_ms);
/* "cn-covid19-9 limits.report", in the transaction's arena. */
struct str tracing_clause(struct ledger_tx *tx, const struct protocol *p, const char *what, struct str which);

/* tracing_watch.c: keys whose swabs, tubes and results matter here. A set in memory that only grows: a key too many costs a query,
 * never a wrong answer, so one set serves all ledgers of the process and a rolled-back group leaves it alone. Any thread. */
void tracing_watch(int64_t county, int64_t key);
enum err_code tracing_watch_load(struct ledger_tx *tx, struct err *e);

#endif
