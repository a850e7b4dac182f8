/* SPDX-License-Identifier: Apache-2.0
 *
 * A positive found inside a site: within the edition's time experts look at the rooms around; whoever they judge to have been exposed
 * begins again, once an officer signs it (tracing.regimen_reset).
 */
#include "domain/isolation/isolation_fold.h"
#include "domain/tracing/tracing.h"
#include "sql.gen.h"

struct positive {
	int64_t key, person, opened_at, sampled_at, withdrawn_at, outbreak, area;
	struct str edition;
};

static enum err_code read_case(struct ledger_tx *tx, int64_t key, struct positive *c, struct err *e)
{
	*c = (struct positive){.key = key, .edition = STR("")};
	enum err_code rc = db_query(tx->db, &SQL_isolation_case, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		c->person = db_int(tx->db, 0);
		c->opened_at = db_int(tx->db, 1);
		c->sampled_at = db_int(tx->db, 2);
		c->withdrawn_at = db_int(tx->db, 3);
		c->outbreak = db_int(tx->db, 4);
		c->area = db_int(tx->db, 5);
		c->edition = arena_str(tx->arena, db_text(tx->db, 6));
	}
	return db_stop(tx->db, e);
}

/* The room in which the person was when sampled, else when the case was opened: not where cases are taken in as such. */
static enum err_code find_room(struct ledger_tx *tx, const struct positive *c, int64_t *room, struct err *e)
{
	int64_t canon;
	enum err_code rc = db_one(tx->db, &SQL_isolation_canon, PARAMS(V_INT(tx->county), V_INT(c->person)), c->person, &canon, e);
	*room = 0;
	if (rc == OK && c->sampled_at > 0)
		rc = db_one(tx->db, &SQL_isolation_room_at, PARAMS(V_INT(tx->county), V_INT(canon), V_INT(c->sampled_at)), 0, room, e);
	if (rc == OK && *room == 0)
		rc = db_one(tx->db, &SQL_isolation_room_at, PARAMS(V_INT(tx->county), V_INT(canon), V_INT(c->opened_at)), 0, room, e);
	return rc;
}

enum err_code isolation_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e)
{
	struct positive c;
	int64_t before, room = 0, done = 0, outbreak = tx->outbreak;
	enum err_code rc = read_case(tx, case_key, &c, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_inside_room, PARAMS(V_INT(tx->county), V_INT(case_key)), 0, &before, e);
	if (rc == OK && c.person > 0)
		rc = find_room(tx, &c, &room, e);
	if (rc == OK && before > 0 && before != room) {
		rc = duty_unset(tx, "isolation.inquiry", before, case_key, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_isolation_inside_drop, PARAMS(V_INT(tx->county), V_INT(case_key)), e);
	}
	if (rc != OK || room == 0)
		return rc;
	rc = db_one(tx->db, &SQL_isolation_inquired_at, PARAMS(V_INT(tx->county), V_INT(case_key)), 0, &done, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_inside_put, PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(room), V_INT(c.opened_at)), e);
	if (rc != OK)
		return rc;
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), c.edition);
	int32_t min = p ? protocol_limit_min(p, STR("site_inquiry")) : PROTOCOL_NO_LIMIT;
	struct duty d = {.kind = "isolation.inquiry", .subject = room, .part = case_key, .area = c.area, .from_at = c.opened_at,
			 .due_at = c.opened_at + (min == PROTOCOL_NO_LIMIT ? DUTY_DUE_DEFAULT_MS : min * MS_PER_MINUTE),
			 .state = done ? DUTY_DONE : c.withdrawn_at ? DUTY_VOID : DUTY_OPEN, .done_at = done};
	d.clause = arena_printf(tx->arena, "%.*s limits.site_inquiry", STR_ARG(c.edition));
	tx->outbreak = c.outbreak;
	rc = duty_set(tx, &d, e);
	tx->outbreak = outbreak;
	return rc;
}

enum err_code isolation_cases_derive(struct ledger_tx *tx, const int64_t *records, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++) {
		const int64_t *cases = NULL;
		size_t cases_n = 0;
		rc = ledger_keys(tx, &SQL_isolation_cases_of, records[i], &cases, &cases_n, e);
		for (size_t k = 0; rc == OK && k < cases_n; k++)
			rc = isolation_case_derive(tx, cases[k], e);
	}
	return rc;
}

/* ---- who begins again -------------------------------------------------------------------------------------------- */

struct risk {
	int64_t case_key, at, area, outbreak, withdrawn_at, left_at;
	struct str edition;
};

static enum err_code read_risks(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, struct risk **out, size_t *out_n, struct err *e)
{
	struct risk *v = NULL;
	size_t n = 0;
	struct db *db = tx->db;
	for (size_t i = 0; i < keys_n; i++) {
		enum err_code rc = db_query(db, &SQL_isolation_risks, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db)) {
			v = arena_grown(tx->arena, v, n, sizeof *v);
			v[n++] = (struct risk){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5),
					       arena_str(tx->arena, db_text(db, 6))};
		}
		rc = db_stop(db, e);
		if (rc != OK)
			return rc;
	}
	*out = v;
	*out_n = n;
	return OK;
}

/* When an officer acted on it: a reset, or a new judgement, at or after the inquiry. */
static enum err_code signed_at(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, int64_t since, int64_t *at, struct err *e)
{
	enum err_code rc = OK;
	*at = 0;
	for (size_t i = 0; rc == OK && i < keys_n; i++) {
		int64_t one;
		rc = db_one(tx->db, &SQL_isolation_signed_since, PARAMS(V_INT(tx->county), V_INT(keys[i]), V_INT(since)), 0, &one, e);
		if (rc == OK && one > 0 && (*at == 0 || one < *at))
			*at = one;
	}
	return rc;
}

static bool newer(const struct risk *a, const struct risk *b)
{
	if (a->at != b->at)
		return a->at > b->at;
	return a->left_at != b->left_at ? a->left_at > b->left_at : a->area > b->area;
}

enum err_code isolation_resets_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct arena_mark mark = arena_mark(tx->arena);
	const int64_t *keys;
	size_t keys_n = 0, n = 0;
	struct risk *v = NULL;
	enum err_code rc = isolation_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = read_risks(tx, keys, keys_n, &v, &n, e);
	struct owed_list l = {.a = tx->arena}, none = {.a = tx->arena};
	for (size_t i = 0; rc == OK && i < n; i++) {
		bool overtaken = false; /* of one case the newest finding counts */
		for (size_t k = 0; k < n; k++)
			overtaken |= k != i && v[k].case_key == v[i].case_key && (newer(&v[k], &v[i]) || (!newer(&v[i], &v[k]) && k < i));
		int64_t done;
		if (overtaken)
			continue;
		rc = signed_at(tx, keys, keys_n, v[i].at, &done, e);
		struct duty d = {.kind = "isolation.reset", .subject = keys[0], .part = v[i].case_key, .area = v[i].area, .from_at = v[i].at,
				 .due_at = v[i].at + DUTY_DUE_DEFAULT_MS,
				 .state = done ? DUTY_DONE : v[i].withdrawn_at ? DUTY_VOID : DUTY_OPEN, .done_at = done};
		d.clause = arena_printf(tx->arena, "%.*s isolation.positive.restart_days", STR_ARG(v[i].edition));
		isolation_owe(&l, v[i].outbreak, d);
	}
	if (rc == OK)
		rc = isolation_owe_write(tx, "isolation.reset", keys[0], 0, &l, e);
	for (size_t i = 1; rc == OK && i < keys_n; i++)
		rc = isolation_owe_write(tx, "isolation.reset", keys[i], 0, &none, e);
	arena_rewind(tx->arena, mark);
	return rc;
}

/* ---- facts -------------------------------------------------------------------------------------------------------- */

enum err_code isolation_apply_inquiry(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_inquiry_done *b = f->body;
	const struct id *persons = b->at_risk.p;
	int64_t case_key, room, left_at = b->left_at == ABSENT ? f->at : b->left_at;
	enum err_code rc = ledger_key(tx, "case", b->case_, &case_key, e);
	if (rc == OK)
		rc = ledger_key(tx, "room", b->room, &room, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_inquiry_put,
			    PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(f->at), V_ID(&f->id), V_INT(room), V_INT(left_at),
				   V_INT((int64_t)b->at_risk.n), V_TEXT(b->finding.p ? b->finding : STR(""))),
			    e);
	for (size_t i = 0; rc == OK && i < b->at_risk.n; i++) {
		int64_t person;
		rc = ledger_key(tx, "person", persons[i], &person, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_isolation_risk_put,
				    PARAMS(V_INT(tx->county), V_INT(person), V_INT(case_key), V_INT(f->at), V_ID(&f->id), V_INT(left_at),
					   V_INT(f->area), V_INT(tx->outbreak), V_TEXT(f->edition)),
				    e);
		if (rc == OK) {
			isolation_watch(tx->county, person);
			rc = isolation_resets_derive(tx, person, e);
		}
	}
	return rc == OK ? isolation_case_derive(tx, case_key, e) : rc;
}

/* A case was opened or revised. Whom its openings name may change with each of them, so all of them are derived anew. */
enum err_code isolation_on_case(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	_Static_assert(offsetof(struct tracing_case_opened, case_) == 0 && offsetof(struct tracing_case_revised, case_) == 0, "case first");
	const struct id *id = f->body;
	const int64_t *persons = NULL;
	size_t n = 0;
	int64_t case_key;
	enum err_code rc = ledger_key(tx, "case", *id, &case_key, e);
	if (rc == OK)
		rc = isolation_case_derive(tx, case_key, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_isolation_case_persons, case_key, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = isolation_where_derive(tx, persons[i], e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_isolation_risk_persons, case_key, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = isolation_resets_derive(tx, persons[i], e);
	return rc;
}

enum err_code isolation_on_signed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	/* both bodies begin with the person */
	_Static_assert(offsetof(struct tracing_regimen_reset, person) == 0 && offsetof(struct tracing_contact_classified, person) == 0,
		       "person first");
	const struct id *id = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", *id, &person, e);
	return rc == OK && isolation_watched(tx->county, person) ? isolation_resets_derive(tx, person, e) : rc;
}
