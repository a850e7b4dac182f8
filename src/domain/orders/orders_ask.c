/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person asks for and gets: leaves, appeals and their answers, help, the secret page, certificates. A question may come after
 * its answer; then the answer waits in the row.
 */
#include "domain/orders/orders_fold.h"
#include "ledger/duty.h"
#include "sql.gen.h"

enum err_code orders_edition(struct ledger_tx *tx, int64_t at, const struct protocol **out, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_orders_edition_at, PARAMS(V_INT(tx->county), V_INT(at)), e);
	if (rc != OK)
		return rc;
	*out = db_next(tx->db) ? protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 0)) : NULL;
	return db_stop(tx->db, e);
}

static int64_t limit_ms(const struct protocol *p, const char *name, int64_t otherwise_min)
{
	int32_t min = p ? protocol_limit_min(p, str_of(name)) : PROTOCOL_NO_LIMIT;
	return (min == PROTOCOL_NO_LIMIT ? otherwise_min : min) * MS_PER_MINUTE;
}

static struct str clause_of(struct ledger_tx *tx, const struct protocol *p, const char *limit)
{
	return p ? arena_printf(tx->arena, "%.*s limits.%s", STR_ARG(p->id), limit) : str_of("");
}

static int64_t or_else(int64_t v, int64_t otherwise)
{
	return v == ABSENT ? otherwise : v;
}

static enum err_code key_or_none(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

/* Two keys at once: what a fact is about, and whom. */
static enum err_code keys(struct ledger_tx *tx, const char *kind, struct id thing, struct id person, int64_t *t, int64_t *p, struct err *e)
{
	enum err_code rc = ledger_key(tx, kind, thing, t, e);
	return rc == OK ? ledger_key(tx, "person", person, p, e) : rc;
}

/* These duties belong to the county, whatever the outbreak. */
static enum err_code set(struct ledger_tx *tx, const struct duty *d, const struct clock_span *c, struct err *e)
{
	int64_t before = tx->outbreak;
	tx->outbreak = 0;
	enum err_code rc = duty_set(tx, d, e);
	if (rc == OK)
		rc = clock_set(tx, c, e);
	tx->outbreak = before;
	return rc;
}

/* ---- leaves ------------------------------------------------------------------------------------------------------------ */

enum err_code orders_apply_exit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_exit_approved *b = f->body;
	int64_t exit_key, person, order;
	enum err_code rc = keys(tx, "exit", b->exit, b->person, &exit_key, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "order", b->order, &order, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_orders_exit_put,
		      PARAMS(V_INT(tx->county), V_INT(exit_key), V_INT(f->at), V_ID(&f->id), V_INT(person), V_INT(order), V_INT(b->purpose),
			     V_INT(or_else(b->means, -1)), V_INT(b->from_at), V_INT(b->until_at), V_INT(f->area),
			     V_TEXT(b->basis.p ? b->basis : STR("")), V_ID(&f->by)),
		      e);
}

/* ---- appeals ------------------------------------------------------------------------------------------------------------ */

static enum err_code derive_appeal(struct ledger_tx *tx, int64_t appeal, int64_t person_before, int64_t order_before, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_orders_appeal_get, PARAMS(V_INT(tx->county), V_INT(appeal)), e);
	if (rc != OK)
		return rc;
	CHECK(db_next(tx->db));
	int64_t person = db_int(tx->db, 0), order = db_int(tx->db, 1), area = db_int(tx->db, 2), made = db_int(tx->db, 4),
		answered = db_int(tx->db, 5);
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 3));
	rc = db_stop(tx->db, e);
	if (rc != OK || made == 0)
		return rc;
	if (person_before > 0 && person_before != person)
		rc = duty_unset(tx, "orders.answer_appeal", person_before, appeal, e);
	int64_t limit = limit_ms(p, "code_appeal", DUTY_DUE_DEFAULT_MS / MS_PER_MINUTE);
	int64_t stop = answered && answered < made ? made : answered; /* clocks of two devices */
	struct duty d = {.kind = "orders.answer_appeal", .subject = person, .part = appeal, .area = area, .from_at = made, .due_at = made + limit,
			 .clause = clause_of(tx, p, "code_appeal"), .state = answered ? DUTY_DONE : DUTY_OPEN, .done_at = stop};
	struct clock_span c = {.clock = "code_appeal", .subject = appeal, .area = area, .start_at = made, .stop_at = stop, .limit_ms = limit};
	if (rc == OK)
		rc = set(tx, &d, &c, e);
	if (rc == OK && order > 0)
		rc = orders_derive(tx, order, e);
	if (rc == OK && order_before > 0 && order_before != order)
		rc = orders_derive(tx, order_before, e);
	return rc;
}

enum err_code orders_apply_appeal(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_appeal_made *b = f->body;
	int64_t appeal, person, order, person_before = 0, order_before = 0;
	const struct protocol *p;
	enum err_code rc = keys(tx, "appeal", b->appeal, b->person, &appeal, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "order", b->order, &order, e);
	if (rc == OK)
		rc = orders_edition(tx, f->at, &p, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_orders_appeal_get, PARAMS(V_INT(tx->county), V_INT(appeal)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		person_before = db_int(tx->db, 0);
		order_before = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_orders_appeal_make,
			    PARAMS(V_INT(tx->county), V_INT(appeal), V_INT(person), V_INT(order), V_INT(or_else(b->channel, -1)), V_INT(f->area),
				   V_TEXT(p ? p->id : STR("")), V_INT(f->at), V_ID(&f->id)),
			    e);
	return rc == OK ? derive_appeal(tx, appeal, person_before, order_before, e) : rc;
}

enum err_code orders_apply_appeal_answer(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_appeal_answered *b = f->body;
	int64_t appeal, person;
	enum err_code rc = keys(tx, "appeal", b->appeal, b->person, &appeal, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_orders_appeal_answer,
			    PARAMS(V_INT(tx->county), V_INT(appeal), V_INT(f->at), V_ID(&f->id), V_INT(b->granted)), e);
	return rc == OK ? derive_appeal(tx, appeal, 0, 0, e) : rc;
}

/* ---- help ---------------------------------------------------------------------------------------------------------------- */

static enum err_code derive_help(struct ledger_tx *tx, int64_t help, int64_t person_before, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_orders_help_get, PARAMS(V_INT(tx->county), V_INT(help)), e);
	if (rc != OK)
		return rc;
	CHECK(db_next(tx->db));
	int64_t person = db_int(tx->db, 0), kind = db_int(tx->db, 1), area = db_int(tx->db, 2), asked = db_int(tx->db, 4),
		answered = db_int(tx->db, 5);
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 3));
	rc = db_stop(tx->db, e);
	if (rc != OK || asked == 0)
		return rc;
	bool emergency = kind == HELP_EMERGENCY;
	int64_t limit = emergency ? orders_param(p, "orders.emergency_min", ORDERS_EMERGENCY_MIN) * MS_PER_MINUTE
				  : limit_ms(p, "urgent_request", DUTY_DUE_DEFAULT_MS / MS_PER_MINUTE);
	int64_t stop = answered && answered < asked ? asked : answered;
	struct duty d = {.kind = emergency ? "orders.emergency" : "orders.answer_help", .subject = person, .part = help, .area = area,
			 .from_at = asked, .due_at = asked + limit, .clause = clause_of(tx, p, "urgent_request"),
			 .state = answered ? DUTY_DONE : DUTY_OPEN, .done_at = stop};
	struct clock_span c = {.clock = "urgent_request", .subject = help, .area = area, .start_at = asked, .stop_at = stop, .limit_ms = limit};
	/* an older report of the same request may say another person or kind */
	if (person_before > 0 && person_before != person) {
		rc = duty_unset(tx, "orders.emergency", person_before, help, e);
		if (rc == OK)
			rc = duty_unset(tx, "orders.answer_help", person_before, help, e);
	}
	if (rc == OK)
		rc = duty_unset(tx, emergency ? "orders.answer_help" : "orders.emergency", person, help, e);
	return rc == OK ? set(tx, &d, &c, e) : rc;
}

enum err_code orders_apply_help(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_help_asked *b = f->body;
	int64_t help, person, person_before = 0;
	const struct protocol *p;
	enum err_code rc = keys(tx, "help", b->help, b->person, &help, &person, e);
	if (rc == OK)
		rc = orders_edition(tx, f->at, &p, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_orders_help_get, PARAMS(V_INT(tx->county), V_INT(help)), 0, &person_before, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_orders_help_ask,
			    PARAMS(V_INT(tx->county), V_INT(help), V_INT(person), V_INT(b->kind), V_INT(or_else(b->channel, -1)), V_INT(f->area),
				   V_TEXT(p ? p->id : STR("")), V_INT(f->at), V_ID(&f->id)),
			    e);
	return rc == OK ? derive_help(tx, help, person_before, e) : rc;
}

enum err_code orders_apply_help_answer(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_help_answered *b = f->body;
	int64_t help, person;
	enum err_code rc = keys(tx, "help", b->help, b->person, &help, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_orders_help_answer,
			    PARAMS(V_INT(tx->county), V_INT(help), V_INT(f->at), V_ID(&f->id), V_INT(b->outcome)), e);
	return rc == OK ? derive_help(tx, help, 0, e) : rc;
}

/* ---- pages, certificates --------------------------------------------------------------------------------------------------- */

enum err_code orders_apply_page(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_page_issued *b = f->body;
	int64_t page, person;
	enum err_code rc = keys(tx, "page", b->page, b->person, &page, &person, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_orders_page_put,
		      PARAMS(V_INT(tx->county), V_INT(page), V_INT(person), V_TEXT(b->digest), V_INT(f->at), V_ID(&f->id),
			     V_INT(or_else(b->expires_at, f->at + ORDERS_PAGE_DAYS * MS_PER_DAY)), V_INT(f->area), V_ID(&f->by)),
		      e);
}

enum err_code orders_apply_page_revoked(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_page_revoked *b = f->body;
	int64_t page, person;
	enum err_code rc = keys(tx, "page", b->page, b->person, &page, &person, e);
	return rc == OK ? db_run(tx->db, &SQL_orders_page_revoke, PARAMS(V_INT(tx->county), V_INT(page), V_INT(f->at)), e) : rc;
}

enum err_code orders_apply_page_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_page_opened *b = f->body;
	int64_t page, person;
	enum err_code rc = keys(tx, "page", b->page, b->person, &page, &person, e);
	return rc == OK ? db_run(tx->db, &SQL_orders_page_open, PARAMS(V_INT(tx->county), V_INT(page), V_INT(f->at)), e) : rc;
}

enum err_code orders_apply_certificate(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_certificate_issued *b = f->body;
	int64_t certificate, person, order, tube;
	enum err_code rc = keys(tx, "certificate", b->certificate, b->person, &certificate, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "order", b->order, &order, e);
	if (rc == OK)
		rc = key_or_none(tx, "tube", b->tube, &tube, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_orders_certificate_put,
		      PARAMS(V_INT(tx->county), V_INT(certificate), V_INT(f->at), V_ID(&f->id), V_INT(person), V_INT(b->kind), V_INT(order),
			     V_INT(tube), V_INT(or_else(b->expires_at, 0)), V_INT(f->area), V_ID(&f->by)),
		      e);
}
