/* SPDX-License-Identifier: Apache-2.0
 *
 * Where everybody is: one row a person, the latest report. whereabouts_event only grows; the row is computed from it.
 */
#include "domain/isolation/isolation_fold.h"
#include "domain/people/people.h"
#include "domain/tracing/tracing.h"
#include "sql.gen.h"

const char *const whereabouts_kinds[] = {"unknown", "home", "room", "vehicle", "hospital", "site", NULL};
_Static_assert(ARRAY_N(whereabouts_kinds) == WHERE__N + 1, "one word for each kind");

static enum err_code derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	int64_t canon;
	enum err_code rc = db_one(tx->db, &SQL_isolation_canon, PARAMS(V_INT(tx->county), V_INT(person)), person, &canon, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_whereabouts_drop, PARAMS(V_INT(tx->county), V_INT(person), V_INT(canon)), e);
	return rc == OK ? db_run(tx->db, &SQL_whereabouts_derive, PARAMS(V_INT(tx->county), V_INT(canon)), e) : rc;
}

enum err_code whereabouts_note(struct ledger_tx *tx, int64_t person, enum whereabouts_kind kind, int64_t ref, int64_t at, struct id fact,
			       struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_whereabouts_put,
				  PARAMS(V_INT(tx->county), V_INT(person), V_INT(at), V_ID(&fact), V_INT(kind), V_INT(ref)), e);
	return rc == OK ? derive(tx, person, e) : rc;
}

enum err_code whereabouts_void(struct ledger_tx *tx, int64_t person, struct id fact, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_isolation_void_put, PARAMS(V_INT(tx->county), V_INT(person), V_ID(&fact)), e);
	return rc == OK ? derive(tx, person, e) : rc;
}

/* ---- what other domains say ------------------------------------------------------------------------------------ */

static enum whereabouts_kind of_place(int64_t place)
{
	switch ((enum tracing_place)place) {
	case AT_CENTRAL:
		return WHERE_SITE;
	case AT_HOME:
		return WHERE_HOME;
	case AT_HOSPITAL:
		return WHERE_HOSPITAL;
	}
	return WHERE_UNKNOWN;
}

enum err_code isolation_on_secured(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_secured *b = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	return rc == OK ? whereabouts_note(tx, person, of_place(b->place), 0, f->at, f->id, e) : rc;
}

/* The fact names the case, and whose case it is may become known later: the event stands under the case and is found through case_file. */
enum err_code isolation_on_case_isolated(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_case_isolated *b = f->body;
	int64_t case_key, person;
	enum err_code rc = ledger_key(tx, "case", b->case_, &case_key, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_whereabouts_put,
			    PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(f->at), V_ID(&f->id), V_INT(of_place(b->place)), V_INT(0)), e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_case_person, PARAMS(V_INT(tx->county), V_INT(case_key)), 0, &person, e);
	return rc == OK && person > 0 ? derive(tx, person, e) : rc;
}

enum err_code isolation_where_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	return derive(tx, person, e);
}
