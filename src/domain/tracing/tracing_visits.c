/* SPDX-License-Identifier: Apache-2.0
 *
 * Stays that are facts, files of stays, retention: checks and folding, and what the engine has to read anew after each.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/people/people.h"
#include "domain/tracing/engine.h"
#include "domain/tracing/tracing_regimen.h"
#include "ledger/house.h"
#include "sql.gen.h"

enum err_code tracing_check_loaded(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_visits_loaded *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK && b->rows != b->accepted + b->rejected)
		rc = err_set(e, ERR_BAD_VALUE, "/body/rows", "rows are accepted and rejected ones together");
	bool hex = b->sha256.n == 64;
	for (size_t i = 0; hex && i < b->sha256.n; i++)
		hex = b->sha256.p[i] && strchr("0123456789abcdef", b->sha256.p[i]);
	if (rc == OK && !hex)
		rc = err_set(e, ERR_BAD_VALUE, "/body/sha256", "64 digits 0-9 a-f are expected");
	if (rc == OK && (b->first_day == ABSENT) != (b->last_day == ABSENT))
		rc = err_set(e, ERR_MISSING_FIELD, "/body/last_day", "first and last day are given together");
	if (rc == OK && b->first_day > b->last_day)
		rc = err_set(e, ERR_BAD_VALUE, "/body/last_day", "the last day lies before the first");
	return rc;
}

enum err_code tracing_check_dropped(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_visits_dropped *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK && b->before > day_of(f->at))
		rc = err_set(e, ERR_BAD_VALUE, "/body/before", "only days that have passed can be dropped");
	return rc;
}

/* ---- folding ---------------------------------------------------------------------------------------------------------- */

static enum err_code changed(struct ledger_tx *tx, int64_t key, bool erased, struct err *e)
{
	return db_run(tx->db, &SQL_tracing_change_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_INT(erased), V_INT((int64_t)tx->fact->seq)), e);
}

enum err_code tracing_on_place(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_place_registered *b = f->body;
	int64_t place;
	enum err_code rc = ledger_key(tx, "place", b->place, &place, e);
	return rc == OK ? changed(tx, place, false, e) : rc;
}

enum err_code tracing_on_erased(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_subject_erased *b = f->body;
	int64_t subject;
	enum err_code rc = ledger_key(tx, NULL, b->subject, &subject, e);
	if (rc == OK)
		rc = changed(tx, subject, true, e);
	if (rc == OK)
		tracing_engine_wake();
	return rc;
}

enum err_code tracing_apply_loaded(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_visits_loaded *b = f->body;
	return db_run(tx->db, &SQL_tracing_load_put,
		      PARAMS(V_INT(tx->county), V_ID(&f->id), V_INT(f->at), V_TEXT(b->source), V_INT(b->rows), V_INT(b->accepted),
			     V_INT(b->rejected), V_TEXT(b->sha256), V_INT(tracing_or(b->first_day, 0)), V_INT(tracing_or(b->last_day, 0))),
		      e);
}

enum err_code tracing_apply_dropped(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_visits_dropped *b = f->body;
	tracing_engine_wake();
	return db_run(tx->db, &SQL_tracing_retention_put, PARAMS(V_INT(tx->county), V_ID(&f->id), V_INT(f->at), V_INT(b->before)), e);
}

/* Whoever the stay is said to be of: the engine reads that person's stays anew, and cases of that person are to be reviewed. */
static enum err_code visit_of(struct ledger_tx *tx, int64_t visit, struct err *e)
{
	const int64_t *persons;
	size_t n;
	enum err_code rc = ledger_keys(tx, &SQL_tracing_visit_person, visit, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		rc = changed(tx, persons[i], false, e);
		if (rc == OK)
			rc = tracing_review_person(tx, persons[i], e);
	}
	return rc;
}

static enum err_code visit_event(struct ledger_tx *tx, const struct fact *f, int64_t visit, int64_t person, int64_t place, int64_t from,
				 int64_t until, struct err *e)
{
	return db_run(tx->db, &SQL_tracing_visit_event_put,
		      PARAMS(V_INT(tx->county), V_INT(visit), V_INT(f->at), V_ID(&f->id), V_INT(person), V_INT(place), V_INT(from), V_INT(until),
			     V_INT((int64_t)f->seq)),
		      e);
}

enum err_code tracing_apply_visit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_visit_recorded *b = f->body;
	int64_t visit, person, place, before;
	enum err_code rc = ledger_key(tx, "visit", b->visit, &visit, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "place", b->place, &place, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_tracing_visit_person, PARAMS(V_INT(tx->county), V_INT(visit)), 0, &before, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_visit_put,
			    PARAMS(V_INT(tx->county), V_INT(visit), V_INT(f->at), V_ID(&f->id), V_INT(person), V_INT(place), V_INT(f->area),
				   V_INT(b->from_at), V_INT(tracing_or(b->until_at, b->from_at)), V_INT(tracing_or(b->source, -1))),
			    e);
	if (rc == OK)
		rc = visit_event(tx, f, visit, person, place, b->from_at, tracing_or(b->until_at, b->from_at), e);
	if (rc == OK)
		rc = changed(tx, person, false, e); /* also when a newer fact names somebody else: rows must not depend on the order */
	if (rc == OK)
		rc = visit_of(tx, visit, e);
	if (rc == OK && before > 0) { /* a correction may name another person than the fact before it */
		rc = changed(tx, before, false, e);
		if (rc == OK)
			rc = tracing_review_person(tx, before, e);
	}
	return rc;
}

enum err_code tracing_apply_visit_withdrawn(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_visit_withdrawn *b = f->body;
	int64_t visit;
	enum err_code rc = ledger_key(tx, "visit", b->visit, &visit, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_visit_withdraw, PARAMS(V_INT(tx->county), V_INT(visit), V_ID(&b->visit), V_INT(f->at)), e);
	if (rc == OK)
		rc = visit_event(tx, f, visit, 0, 0, 0, 0, e);
	return rc == OK ? visit_of(tx, visit, e) : rc;
}
