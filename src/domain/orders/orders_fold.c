/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders: signed, extended, lifted. The row of an order is a fold over all that was said of it, in the order of (at, id): the first
 * signature makes it; an extension counts when it is signed while the order binds and moves the end on; the first lifting ends it.
 * Whatever does not count asks an officer to decide (orders.conflict).
 */
#include <string.h>

#include "domain/orders/orders_fold.h"
#include "ledger/duty.h"
#include "sql.gen.h"

struct order_event {
	int64_t at;
	struct id fact;
	enum order_what what;
	int64_t person, class, start_at, end_at, conditions, outbreak, area;
	struct str basis, clause, edition;
	struct id by;
};
struct order_fold {
	const struct order_event *first; /* the signature that made it; NULL: none yet */
	const struct order_event *last;  /* the signature whose basis holds */
	int64_t end_at, lifted_at, changed_at, extended_n;
	int64_t conflict_at; /* newest report that does not count; 0 = none */
	int64_t settled_at;  /* first signature that counts after it; 0 = none */
};

bool orders_conditions(const struct fact_list *words, int64_t *bits, size_t *bad)
{
	const struct str *w = words->p;
	int64_t out = 0;
	for (size_t i = 0; i < words->n; i++) {
		int c = 0;
		while (c < COND__N && !str_eq_c(w[i], protocol_condition_word((enum protocol_condition)c)))
			c++;
		if (c == COND__N) {
			*bad = i;
			return false;
		}
		out |= INT64_C(1) << c;
	}
	*bits = out;
	return true;
}

/* ---- the fold ------------------------------------------------------------------------------------------------------ */

static enum err_code read_events(struct ledger_tx *tx, int64_t order, struct order_event **out, size_t *out_n, struct err *e)
{
	struct order_event *v = NULL;
	size_t n = 0, max = 0;
	enum err_code rc = db_query(tx->db, &SQL_orders_events, PARAMS(V_INT(tx->county), V_INT(order)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		if (n == max) {
			struct order_event *more = ARENA_ARRAY(tx->arena, struct order_event, max ? 2 * max : 8);
			if (n)
				memcpy(more, v, n * sizeof *more);
			v = more;
			max = max ? 2 * max : 8;
		}
		v[n++] = (struct order_event){.at = db_int(tx->db, 0), .fact = db_id(tx->db, 1), .what = (enum order_what)db_int(tx->db, 2),
					      .person = db_int(tx->db, 3), .class = db_int(tx->db, 4), .start_at = db_int(tx->db, 5),
					      .end_at = db_int(tx->db, 6), .conditions = db_int(tx->db, 7),
					      .basis = arena_str(tx->arena, db_text(tx->db, 8)), .clause = arena_str(tx->arena, db_text(tx->db, 9)),
					      .outbreak = db_int(tx->db, 10), .area = db_int(tx->db, 11),
					      .edition = arena_str(tx->arena, db_text(tx->db, 12)), .by = db_id(tx->db, 13)};
	}
	*out = v;
	*out_n = n;
	return db_stop(tx->db, e);
}

static bool counts(const struct order_fold *o, const struct order_event *ev)
{
	switch (ev->what) {
	case ORDER_EVENT_SIGNED:
		return !o->first;
	case ORDER_EVENT_EXTENDED: /* an order that is over stays over: what restricts anew is a new order */
		return o->first && !o->lifted_at && ev->at < o->end_at && ev->end_at > o->end_at;
	case ORDER_EVENT_LIFTED: /* lifting twice is lifting once */
		return o->first != NULL;
	}
	return false;
}

static struct order_fold fold(const struct order_event *v, size_t n)
{
	struct order_fold o = {0};
	for (size_t i = 0; i < n; i++) {
		const struct order_event *ev = &v[i];
		if (!counts(&o, ev)) {
			o.conflict_at = ev->at;
			o.settled_at = 0;
			continue;
		}
		if (o.conflict_at && !o.settled_at)
			o.settled_at = ev->at;
		switch (ev->what) {
		case ORDER_EVENT_SIGNED:
			o.first = o.last = ev;
			o.end_at = ev->end_at;
			break;
		case ORDER_EVENT_EXTENDED:
			o.last = ev;
			o.end_at = ev->end_at;
			o.extended_n++;
			break;
		case ORDER_EVENT_LIFTED:
			if (!o.lifted_at)
				o.lifted_at = ev->at;
			break;
		}
		o.changed_at = ev->at;
	}
	return o;
}

/* ---- duties ---------------------------------------------------------------------------------------------------------- */

static enum err_code set(struct ledger_tx *tx, int64_t outbreak, const struct duty *d, struct err *e)
{
	int64_t before = tx->outbreak;
	tx->outbreak = outbreak;
	enum err_code rc = duty_set(tx, d, e);
	tx->outbreak = before;
	return rc;
}

enum err_code orders_row_read(struct ledger_tx *tx, int64_t order, struct orders_row *out, struct err *e)
{
	*out = (struct orders_row){0};
	enum err_code rc = db_query(tx->db, &SQL_orders_restriction_get, PARAMS(V_INT(tx->county), V_INT(order)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		*out = (struct orders_row){true, db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2), db_int(tx->db, 3), db_int(tx->db, 4),
					   db_int(tx->db, 5), db_int(tx->db, 6), db_int(tx->db, 7), db_int(tx->db, 8),
					   protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 9))};
	return db_stop(tx->db, e);
}

/* Before the end somebody is asked to decide; the end itself comes whether somebody does or not. */
static enum err_code ask_to_decide(struct ledger_tx *tx, int64_t order, const struct orders_row *r, struct str clause, struct err *e)
{
	int64_t before = orders_param(r->protocol, "orders.ask_before_h", ORDERS_ASK_BEFORE_H) * 60 * MS_PER_MINUTE;
	struct duty d = {.kind = "orders.decide_end", .subject = r->person, .part = order, .area = r->area, .clause = clause,
			 .from_at = r->end_at - before > r->start_at ? r->end_at - before : r->start_at, .due_at = r->end_at,
			 .state = r->lifted_at ? DUTY_DONE : DUTY_OPEN, .done_at = r->lifted_at};
	return set(tx, r->outbreak, &d, e);
}

/* The person was right: the order is to be lifted at once. */
static enum err_code ask_to_lift(struct ledger_tx *tx, int64_t order, const struct orders_row *r, struct str clause, struct err *e)
{
	int64_t granted = 0;
	enum err_code rc = db_one(tx->db, &SQL_orders_granted_at, PARAMS(V_INT(tx->county), V_INT(order)), 0, &granted, e);
	if (rc != OK)
		return rc;
	if (!granted || granted >= r->end_at || (r->lifted_at && r->lifted_at < granted))
		return duty_unset(tx, "orders.lift_granted", r->person, order, e);
	struct duty d = {.kind = "orders.lift_granted", .subject = r->person, .part = order, .area = r->area, .clause = clause,
			 .from_at = granted, .due_at = granted, .state = r->lifted_at ? DUTY_DONE : DUTY_OPEN, .done_at = r->lifted_at};
	return set(tx, r->outbreak, &d, e);
}

enum err_code orders_derive(struct ledger_tx *tx, int64_t order, struct err *e)
{
	struct orders_row r;
	enum err_code rc = orders_row_read(tx, order, &r, e);
	if (rc != OK || !r.found)
		return rc;
	struct str clause = r.protocol ? arena_printf(tx->arena, "%.*s orders", STR_ARG(r.protocol->id)) : STR("orders");
	rc = ask_to_decide(tx, order, &r, clause, e);
	return rc == OK ? ask_to_lift(tx, order, &r, clause, e) : rc;
}

/* Under whose name the conflict stands: the person of the order, else the one first named. */
static enum err_code ask_about_conflict(struct ledger_tx *tx, int64_t order, const struct order_fold *o, const struct order_event *v, size_t n,
					struct err *e)
{
	int64_t person = o->first ? o->first->person : v[0].person;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		if (v[i].person != person || !o->conflict_at)
			rc = duty_unset(tx, "orders.conflict", v[i].person, order, e);
	if (rc != OK || !o->conflict_at)
		return rc;
	const struct order_event *from = o->first ? o->first : &v[0];
	struct duty d = {.kind = "orders.conflict", .subject = person, .part = order, .area = from->area, .from_at = o->conflict_at,
			 .due_at = o->conflict_at + DUTY_DUE_DEFAULT_MS, .clause = STR("orders"),
			 .state = o->settled_at ? DUTY_DONE : DUTY_OPEN, .done_at = o->settled_at};
	return set(tx, from->outbreak, &d, e);
}

/* Another signature came that is older: what stood under the other person's name is taken back. */
static enum err_code drop_of_others(struct ledger_tx *tx, int64_t order, int64_t person, const struct order_event *v, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (v[i].what != ORDER_EVENT_SIGNED || v[i].person == person)
			continue;
		rc = duty_unset(tx, "orders.decide_end", v[i].person, order, e);
		if (rc == OK)
			rc = duty_unset(tx, "orders.lift_granted", v[i].person, order, e);
	}
	return rc;
}

static enum err_code refold(struct ledger_tx *tx, int64_t order, struct err *e)
{
	struct order_event *v;
	size_t n;
	enum err_code rc = read_events(tx, order, &v, &n, e);
	if (rc != OK)
		return rc;
	struct order_fold o = fold(v, n);
	const struct order_event *s = o.first;
	if (s)
		rc = db_run(tx->db, &SQL_orders_restriction_put,
			    PARAMS(V_INT(tx->county), V_INT(order), V_INT(s->person), V_INT(s->class), V_INT(s->outbreak), V_INT(s->area),
				   V_INT(s->start_at), V_INT(o.end_at), V_INT(s->at), V_INT(o.changed_at), V_INT(o.extended_n), V_INT(o.lifted_at),
				   V_INT(s->conditions), V_TEXT(o.last->basis), V_TEXT(s->clause), V_TEXT(s->edition), V_ID(&s->by)),
			    e);
	if (rc == OK && s)
		rc = drop_of_others(tx, order, s->person, v, n, e);
	if (rc == OK)
		rc = orders_derive(tx, order, e);
	return rc == OK ? ask_about_conflict(tx, order, &o, v, n, e) : rc;
}

/* ---- what was said ------------------------------------------------------------------------------------------------------ */

struct said {
	struct id order, person;
	int64_t class, start_at, end_at;
	struct str basis, clause;
	const struct fact_list *evidence, *conditions;
};

static enum err_code put(struct ledger_tx *tx, const struct fact *f, enum order_what what, const struct said *s, struct err *e)
{
	int64_t order, person, conditions = 0;
	size_t bad;
	enum err_code rc = ledger_key(tx, "order", s->order, &order, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", s->person, &person, e);
	if (rc != OK)
		return rc;
	if (s->conditions)
		(void)orders_conditions(s->conditions, &conditions, &bad); /* checked */
	rc = db_run(tx->db, &SQL_orders_event_put,
		    PARAMS(V_INT(tx->county), V_INT(order), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(person), V_INT(s->class),
			   V_INT(s->start_at), V_INT(s->end_at), V_INT(conditions), V_TEXT(s->basis), V_TEXT(s->clause), V_INT(tx->outbreak),
			   V_INT(f->area), V_TEXT(f->edition), V_ID(&f->by)),
		    e);
	const struct id *ids = s->evidence ? s->evidence->p : NULL;
	for (size_t i = 0; rc == OK && s->evidence && i < s->evidence->n; i++)
		rc = db_run(tx->db, &SQL_orders_evidence_put, PARAMS(V_INT(tx->county), V_INT(order), V_ID(&ids[i])), e);
	return rc == OK ? refold(tx, order, e) : rc;
}

enum err_code orders_apply_signed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_order_signed *b = f->body;
	struct said s = {b->order, b->person, b->class, b->start_at == ABSENT ? f->at : b->start_at, b->end_at, b->basis,
			 b->clause.n ? b->clause : arena_printf(tx->arena, "%.*s orders.%s", STR_ARG(f->edition), orders_classes[b->class]),
			 &b->evidence, &b->conditions};
	return put(tx, f, ORDER_EVENT_SIGNED, &s, e);
}

enum err_code orders_apply_extended(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_order_extended *b = f->body;
	struct said s = {.order = b->order, .person = b->person, .class = -1, .end_at = b->end_at, .basis = b->basis, .clause = STR(""),
			 .evidence = &b->evidence, .conditions = &b->unmet};
	return put(tx, f, ORDER_EVENT_EXTENDED, &s, e);
}

enum err_code orders_apply_lifted(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_order_lifted *b = f->body;
	struct said s = {.order = b->order, .person = b->person, .class = -1, .basis = STR(""), .clause = STR("")};
	return put(tx, f, ORDER_EVENT_LIFTED, &s, e);
}
