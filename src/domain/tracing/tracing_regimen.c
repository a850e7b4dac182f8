/* SPDX-License-Identifier: Apache-2.0
 *
 * The duties, the clock and the rows of one person.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing_regimen.h"
#include "ledger/duty.h"
#include "sql.gen.h"

#define PARTS_PER_DAY 10      /* part of a check: day * 10 + nth */
#define SECOND_TEST_PART 1000 /* part of a further test on one day: day + 1000, ... */

struct owed { /* a duty with the outbreak it belongs to */
	struct duty d;
	int64_t outbreak;
	bool stands; /* found in the table: needs no writing when equal, else replaced */
};
struct owed_list {
	struct owed *v;
	size_t n, max;
};

int64_t tracing_due(const struct protocol *p, const char *limit, int64_t from, int64_t *limit_ms)
{
	int32_t min = p ? protocol_limit_min(p, str_of(limit)) : PROTOCOL_NO_LIMIT;
	*limit_ms = min == PROTOCOL_NO_LIMIT ? 0 : min * MS_PER_MINUTE;
	return from + (*limit_ms ? *limit_ms : DUTY_DUE_DEFAULT_MS);
}

struct str tracing_clause(struct ledger_tx *tx, const struct protocol *p, const char *what, struct str which)
{
	if (!p)
		return STR("");
	return arena_printf(tx->arena, "%.*s %s.%.*s", STR_ARG(p->id), what, STR_ARG(which));
}

static void owe(struct owed_list *l, int64_t outbreak, struct duty d)
{
	CHECK(l->n < l->max);
	l->v[l->n++] = (struct owed){.d = d, .outbreak = outbreak};
}

static bool same_duty(struct db *db, const struct owed *o)
{
	const struct duty *d = &o->d;
	return db_int(db, 2) == (int64_t)d->state && db_int(db, 3) == o->outbreak && db_int(db, 4) == d->area &&
	       db_int(db, 5) == d->from_at && db_int(db, 6) == d->due_at && db_int(db, 7) == d->done_at &&
	       str_eq(db_text(db, 8), d->clause);
}

struct gone {
	const char *kind;
	int64_t part;
};

/* Makes the person's duties in the table exactly those of the list. */
static enum err_code write_duties(struct ledger_tx *tx, int64_t person, struct owed_list *l, struct err *e)
{
	struct db *db = tx->db;
	struct gone *gone = NULL;
	size_t gone_n = 0, gone_max = 0;
	enum err_code rc = db_query(db, &SQL_tracing_person_duties, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct str kind = db_text(db, 0);
		int64_t part = db_int(db, 1);
		size_t i = 0;
		while (i < l->n && !(l->v[i].d.part == part && str_eq_c(kind, l->v[i].d.kind)))
			i++;
		if (i < l->n) {
			l->v[i].stands = same_duty(db, &l->v[i]);
			continue;
		}
		if (gone_n == gone_max) {
			struct gone *more = ARENA_ARRAY(tx->arena, struct gone, gone_max ? gone_max * 2 : 32);
			if (gone_n)
				memcpy(more, gone, gone_n * sizeof *more);
			gone = more;
			gone_max = gone_max ? gone_max * 2 : 32;
		}
		gone[gone_n++] = (struct gone){duty_kind_of(kind)->name, part};
	}
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < gone_n; i++)
		rc = duty_unset(tx, gone[i].kind, person, gone[i].part, e);
	int64_t outbreak = tx->outbreak;
	for (size_t i = 0; rc == OK && i < l->n; i++) {
		tx->outbreak = l->v[i].outbreak;
		if (!l->v[i].stands)
			rc = duty_set(tx, &l->v[i].d, e);
	}
	tx->outbreak = outbreak;
	return rc;
}

/* ---- what discharges an item ------------------------------------------------------------------------------- */

/* The nth swab (from 0) within [from, due); 0 when there is none. */
static int64_t swab_in(const struct person_state *p, int64_t from, int64_t due, size_t nth)
{
	for (size_t i = 0; i < p->swabs_n; i++)
		if (p->swabs[i].at >= from && p->swabs[i].at < due && nth-- == 0)
			return p->swabs[i].at;
	return 0;
}

/* A check that names its half of the day counts for it even when it was entered later that day. */
static int64_t check_for(const struct person_state *p, const struct plan *plan, const struct regimen_item *it)
{
	size_t stage = (size_t)it->stage < plan->tier->stage_n ? (size_t)it->stage : plan->tier->stage_n - 1;
	bool twice = plan->tier->stage[stage].checks_per_day.v == 2;
	for (size_t i = 0; i < p->events_n; i++) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what != CONTACT_CHECKED)
			continue;
		if (twice && ev->half >= 0) {
			if (day_of(ev->at) == day_of(it->from) && it->nth == ev->half + 1)
				return ev->at;
		} else if (ev->at >= it->from && ev->at < it->due)
			return ev->at;
	}
	return 0;
}

static int64_t measure_given(const struct person_state *p, const struct plan *plan, const struct regimen_item *it)
{
	for (size_t i = 0; i < p->events_n; i++)
		if (p->events[i].what == CONTACT_MEASURE && p->events[i].at >= plan->s->first_at && str_eq(p->events[i].tier, it->measure->id))
			return p->events[i].at;
	return 0;
}

/* ---- items to duties ------------------------------------------------------------------------------------------ */

/* When the regimen ended for whatever reason, or TRACING_LATER. */
static int64_t ended_at(const struct person_state *p, const struct plan *plan)
{
	int64_t end = plan->released_at < plan->lapsed_at ? plan->released_at : plan->lapsed_at;
	return p->own_case_at < end ? p->own_case_at : end;
}

/* Done when discharged before the end; what the end overtook is no longer called for. */
static void settle(struct duty *d, int64_t done_at, int64_t ended)
{
	d->state = DUTY_OPEN;
	if (done_at > 0 && d->from_at < ended) {
		d->state = DUTY_DONE;
		d->done_at = done_at;
	} else if (ended != TRACING_LATER)
		d->state = DUTY_VOID;
}

static void owe_place(const struct person_state *p, const struct plan *plan, const struct regimen_item *it, bool first,
		      struct duty *d)
{
	int64_t limit_ms;
	if (first) {
		d->kind = "tracing.transfer";
		d->from_at = it->from;
		d->due_at = it->kind == ITEM_TRANSFER ? it->due : tracing_due(plan->protocol, "contact_in_isolation", it->from, &limit_ms);
		d->done_at = tracing_secured_at(p, plan, (size_t)it->stage, plan->s->first_at);
	} else {
		d->kind = "tracing.move";
		d->part = it->stage;
		d->from_at = it->from;
		d->due_at = day_start(day_of(it->from) + 1);
		d->done_at = tracing_secured_at(p, plan, (size_t)it->stage, day_start(day_of(it->from)));
	}
}

/* The duty of one item; false when the item is none. `before` is the item of the same kind before it. */
static bool duty_of(const struct person_state *p, const struct plan *plan, const struct regimen_item *it, bool first_stage,
		    size_t same_day, struct duty *d)
{
	const struct protocol_stage *stage = plan->tier->stage;
	d->part = 0;
	d->from_at = it->from;
	d->due_at = it->due;
	d->done_at = 0;
	switch (it->kind) {
	case ITEM_TRANSFER:
	case ITEM_STAGE:
		if ((size_t)it->stage >= plan->tier->stage_n || it->place == STAY_SELF)
			return false;
		if (!first_stage && stage[it->stage].place == stage[it->stage - 1].place)
			return false;
		owe_place(p, plan, it, first_stage, d);
		return true;
	case ITEM_TEST:
		d->kind = "tracing.test";
		d->part = it->day + (int64_t)same_day * SECOND_TEST_PART;
		d->done_at = swab_in(p, it->from, it->due, same_day);
		return true;
	case ITEM_CHECK:
		d->kind = "tracing.check";
		d->part = it->day * PARTS_PER_DAY + it->nth;
		d->done_at = check_for(p, plan, it);
		return true;
	case ITEM_MEASURE:
		d->kind = "tracing.measure";
		d->part = it->measure - plan->tier->measure;
		d->done_at = measure_given(p, plan, it);
		return true;
	case ITEM_RELEASE:
		d->kind = "tracing.release";
		return true;
	case ITEM__N:
		break;
	}
	CHECK(it->kind < ITEM__N);
	return false;
}

static void owe_regimen(struct ledger_tx *tx, const struct person_state *p, const struct plan *plan, struct owed_list *l)
{
	int64_t ended = ended_at(p, plan);
	bool first_stage = true;
	int32_t test_day = INT32_MIN;
	size_t same_day = 0;
	struct str clause = tracing_clause(tx, plan->protocol, "tiers", plan->tier->id);
	for (size_t i = 0; i < plan->items_n; i++) {
		const struct regimen_item *it = &plan->items[i];
		struct duty d = {.subject = p->person, .area = plan->s->area, .clause = clause};
		if (it->kind == ITEM_TEST) {
			same_day = it->day == test_day ? same_day + 1 : 0;
			test_day = it->day;
		}
		bool is_duty = duty_of(p, plan, it, first_stage, same_day, &d);
		if (it->kind == ITEM_TRANSFER || it->kind == ITEM_STAGE)
			first_stage = false;
		if (!is_duty)
			continue;
		if (it->kind != ITEM_RELEASE)
			settle(&d, d.done_at, ended);
		else if (plan->released_at <= p->own_case_at && plan->released_at != TRACING_LATER) {
			d.state = DUTY_DONE;
			d.done_at = plan->released_at;
		} else
			d.state = p->own_case_at == TRACING_LATER ? DUTY_OPEN : DUTY_VOID;
		/* the ground is gone: whoever signs is to let the person go at once */
		if (it->kind == ITEM_RELEASE && plan->lapsed_at < d.from_at)
			d.from_at = d.due_at = plan->lapsed_at;
		owe(l, plan->s->outbreak, d);
	}
}

/* ---- the other duties of a person ------------------------------------------------------------------------------- */

/* First sign of illness at or after an instant; 0 when there was none. */
static int64_t first_sign(const struct person_state *p, int64_t since)
{
	for (size_t i = 0; i < p->events_n; i++)
		if (p->events[i].what == CONTACT_CHECKED && p->events[i].flag == 1 && p->events[i].at >= since)
			return p->events[i].at;
	return 0;
}

struct change { /* where the facts move a contact */
	struct str to; /* a tier or "case"; empty = nowhere */
	int64_t from;  /* since when */
	int64_t followed; /* when somebody acted on it, 0 = not yet */
};

/* What signature number i calls for. A sign of illness calls for a decision even when it is gone by the next check. An own
 * positive test is no business of this: it asks for a case by itself (owe_case). */
static struct change change_of(const struct person_state *p, size_t i, const struct plan *of)
{
	const struct contact_event *s = of->s;
	struct release_facts facts = of->facts;
	int64_t sign = first_sign(p, s->first_at);
	facts.signs = sign > 0;
	struct change c = {.to = protocol_upgrade(of->tier, &facts), .from = s->at};
	const struct protocol_tier *up = protocol_tier_find(of->protocol, c.to);
	if (str_eq_c(c.to, "case")) {
		for (size_t k = 0; k < facts.own_n; k++)
			if (facts.own[k].result == RESULT_POSITIVE)
				c.to = STR_NONE;
		c.from = sign > s->at ? sign : s->at;
		c.followed = p->any_case_at == TRACING_LATER ? 0 : p->any_case_at;
		return c;
	}
	if (!up || !up->enabled)
		return (struct change){0};
	for (size_t k = of->linked_n; k-- > 0;)
		if (of->linked[k].result == TEST_POSITIVE && of->linked[k].result_at > s->at)
			c.from = of->linked[k].result_at;
	for (size_t k = i + 1; k < p->events_n && !c.followed; k++)
		if (p->events[k].what == CONTACT_CLASSIFIED && p->events[k].case_key == s->case_key && str_eq(p->events[k].tier, c.to))
			c.followed = p->events[k].at;
	return c;
}

/* A tier that the facts moved this person to, and the signature that followed, if one did. */
static enum err_code owe_reclassify(struct ledger_tx *tx, const struct person_state *p, const struct plan *plan,
				    struct owed_list *l, struct str *proposed, struct err *e)
{
	for (size_t i = p->events_n; i-- > 0;) {
		const struct contact_event *s = &p->events[i];
		if (s->what != CONTACT_CLASSIFIED || s->case_key != plan->s->case_key)
			continue;
		struct plan of;
		enum err_code rc = tracing_plan_make(tx, p, s, &of, e);
		if (rc != OK && err_kind(rc) == KIND_FAULT)
			return rc;
		if (rc != OK)
			continue;
		struct change c = change_of(p, i, &of);
		if (c.to.n == 0)
			continue;
		int64_t limit_ms;
		struct duty d = {.kind = "tracing.reclassify", .subject = p->person, .area = s->area, .from_at = c.from,
				 .clause = tracing_clause(tx, of.protocol, "tiers", of.tier->id)};
		d.due_at = tracing_due(of.protocol, "core_facts", c.from, &limit_ms);
		settle(&d, c.followed, c.followed ? TRACING_LATER : ended_at(p, plan));
		owe(l, s->outbreak, d);
		if (d.state == DUTY_OPEN)
			*proposed = c.to;
		return OK;
	}
	return OK;
}

static void owe_appeal(struct ledger_tx *tx, const struct person_state *p, struct owed_list *l)
{
	const struct contact_event *open = NULL, *last = NULL;
	int64_t answered = 0;
	for (size_t i = 0; i < p->events_n; i++) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what == CONTACT_APPEAL) {
			if (!open)
				open = ev;
			last = ev;
		} else if (ev->what == CONTACT_ANSWER && open) {
			open = NULL;
			answered = ev->at;
		}
	}
	if (!last)
		return;
	const struct contact_event *of = open ? open : last;
	const struct protocol *protocol = protocol_book_find(ledger_protocols(tx->l), of->edition);
	int64_t limit_ms;
	struct duty d = {.kind = "tracing.answer_appeal", .subject = p->person, .area = of->area, .from_at = of->at,
			 .clause = tracing_clause(tx, protocol, "limits", STR("code_appeal"))};
	d.due_at = tracing_due(protocol, "code_appeal", of->at, &limit_ms);
	d.state = open ? DUTY_OPEN : DUTY_DONE;
	d.done_at = open ? 0 : answered;
	owe(l, of->outbreak, d);
}

/* A positive tube of this person alone asks for a case; positive_tube says by which edition and in which outbreak. */
static enum err_code owe_case(struct ledger_tx *tx, const struct person_state *p, struct owed_list *l, struct err *e)
{
	for (size_t i = 0; i < p->swabs_n; i++) {
		const struct person_swab *s = &p->swabs[i];
		enum err_code rc = OK;
		if (s->result != TEST_POSITIVE || s->pool_size != 1) {
			if (tracing_watched(tx->county, s->tube)) /* was reported positive once */
				rc = clock_unset(tx, "report", s->tube, e);
			if (rc != OK)
				return rc;
			continue;
		}
		rc = db_query(tx->db, &SQL_tracing_positive_get, PARAMS(V_INT(tx->county), V_INT(s->tube)), e);
		if (rc != OK)
			return rc;
		bool there = db_next(tx->db);
		int64_t at = there ? db_int(tx->db, 0) : 0, outbreak = there ? db_int(tx->db, 1) : 0, area = there ? db_int(tx->db, 2) : 0;
		const struct protocol *protocol = there ? protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 3)) : NULL;
		rc = db_stop(tx->db, e);
		if (rc != OK)
			return rc;
		if (!there)
			continue;
		int64_t limit_ms;
		struct duty d = {.kind = "tracing.open_case", .subject = p->person, .part = s->tube, .area = area, .from_at = at,
				 .clause = tracing_clause(tx, protocol, "limits", STR("report"))};
		d.due_at = tracing_due(protocol, "report", at, &limit_ms);
		d.state = p->any_case_at == TRACING_LATER ? DUTY_OPEN : DUTY_DONE;
		d.done_at = d.state == DUTY_DONE ? p->any_case_at : 0;
		owe(l, outbreak, d);
		struct clock_span c = {.clock = "report", .subject = s->tube, .area = area, .start_at = at, .stop_at = d.done_at,
				       .limit_ms = limit_ms};
		if (c.stop_at > 0 && c.stop_at < at) /* opened on a suspicion, before the result */
			c.stop_at = at;
		int64_t before = tx->outbreak;
		tx->outbreak = outbreak;
		rc = clock_set(tx, &c, e);
		tx->outbreak = before;
		if (rc != OK)
			return rc;
	}
	return OK;
}

/* When the plan keeps the person in a central site: [*from, *until); both 0 when it does not. A place that the order names replaces the
 * tier's for the days of isolation; monitoring is spent where the tier says. */
static void central_span(const struct plan *plan, int64_t *from, int64_t *until)
{
	*from = *until = 0;
	for (size_t i = 0; i < plan->items_n; i++) {
		const struct regimen_item *it = &plan->items[i];
		if ((it->kind != ITEM_STAGE && it->kind != ITEM_TRANSFER) || (size_t)it->stage >= plan->tier->stage_n)
			continue;
		bool ordered = plan->s->place >= 0 && plan->tier->stage[it->stage].kind == STAGE_ISOLATION;
		bool central = ordered ? plan->s->place == AT_CENTRAL : it->place == STAY_CENTRAL;
		if (central && *from == 0)
			*from = it->from;
		if (!central && *from > 0 && *until == 0)
			*until = it->from;
	}
	if (*from > 0 && *until == 0)
		*until = plan->ends_at;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------- */

static enum err_code write_unmet(struct ledger_tx *tx, const struct person_state *p, const struct plan *plan, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_tracing_unmet_clear, PARAMS(V_INT(tx->county), V_INT(p->person)), e);
	if (rc != OK || ended_at(p, plan) != TRACING_LATER)
		return rc;
	/* Judged long after the end, so that only what facts must bring is unmet; judged at the beginning for what waiting brings. */
	struct release_unmet late[COND__N], early[COND__N];
	size_t late_n = 0, early_n = 0;
	rc = protocol_release(plan->protocol, plan->tier, &plan->times, &plan->facts, plan->ends_at + 366 * MS_PER_DAY, late, &late_n, e);
	if (rc == OK)
		rc = protocol_release(plan->protocol, plan->tier, &plan->times, &plan->facts, plan->starts_at - MS_PER_DAY, early,
				      &early_n, e);
	for (size_t i = 0; rc == OK && i < early_n; i++) {
		bool unmet = early[i].condition == COND_STAGE_DAYS_OVER;
		for (size_t k = 0; k < late_n; k++)
			unmet |= late[k].condition == early[i].condition;
		if (unmet)
			rc = db_run(tx->db, &SQL_tracing_unmet_put,
				    PARAMS(V_INT(tx->county), V_INT(p->person), V_INT(early[i].condition),
					   V_INT(early[i].earliest == PROTOCOL_NO_TIME ? 0 : early[i].earliest)),
				    e);
	}
	return rc;
}

static enum err_code write_contact(struct ledger_tx *tx, const struct person_state *p, const struct plan *plan, struct str proposed,
				   struct err *e)
{
	const struct contact_event *s = plan->s;
	int64_t end = ended_at(p, plan), place = -1;
	enum tracing_contact_state state = CONTACT_RUNNING;
	if (end != TRACING_LATER)
		state = end == p->own_case_at ? CONTACT_CASE : end == plan->released_at ? CONTACT_RELEASED : CONTACT_LAPSED;
	if (state == CONTACT_LAPSED && plan->released_at != TRACING_LATER) { /* lapsing asks for a release; this is it */
		state = CONTACT_RELEASED;
		end = plan->released_at;
	}
	for (size_t i = 0; i < p->events_n; i++)
		if (p->events[i].what == CONTACT_SECURED)
			place = p->events[i].place;
	int64_t secured = tracing_secured_at(p, plan, 0, s->first_at);
	int64_t central_from, central_until;
	central_span(plan, &central_from, &central_until);
	int64_t days = (plan->ends_at - plan->starts_at + MS_PER_DAY / 2) / MS_PER_DAY;
	enum err_code rc = db_run(
		tx->db, &SQL_tracing_contact_put,
		PARAMS(V_INT(tx->county), V_INT(p->person), V_INT(s->outbreak), V_INT(s->area), V_INT(s->case_key), V_INT(s->linked),
		       V_TEXT(s->tier), V_TEXT(plan->protocol->id), V_INT(state), V_INT(s->at), V_INT(plan->identified_at),
		       V_INT(s->first_at), V_INT(s->last_at), V_INT(plan->starts_at), V_INT(plan->ends_at), V_INT(days > 0 ? days : 0),
		       V_INT(secured), V_INT(place), V_INT(end == TRACING_LATER ? 0 : end),
		       V_INT(state == CONTACT_RELEASED && plan->early), V_TEXT(proposed.p ? proposed : STR("")), V_INT(central_from),
		       V_INT(central_until)),
		e);
	if (rc != OK)
		return rc;
	/* Who ended before being in place stops no clock and is late for nobody. */
	struct clock_span c = {.clock = "contact_in_isolation", .subject = p->person, .area = s->area, .start_at = plan->identified_at,
			       .stop_at = secured > 0 && secured < plan->identified_at ? plan->identified_at : secured};
	int64_t before = tx->outbreak;
	tx->outbreak = s->outbreak;
	if (plan->tier->within_min.set)
		c.limit_ms = plan->tier->within_min.v * MS_PER_MINUTE;
	else
		(void)tracing_due(plan->protocol, "contact_in_isolation", 0, &c.limit_ms);
	if (secured == 0 && end != TRACING_LATER)
		rc = clock_unset(tx, c.clock, c.subject, e);
	else
		rc = clock_set(tx, &c, e);
	tx->outbreak = before;
	return rc;
}

/* Nobody signed anything about this record, or merging and telling apart took it away. */
static enum err_code drop_contact(struct ledger_tx *tx, int64_t person, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_tracing_contact_drop, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_unmet_clear, PARAMS(V_INT(tx->county), V_INT(person)), e);
	return rc == OK ? clock_unset(tx, "contact_in_isolation", person, e) : rc;
}

/* Of whichever record of a human being: derives the one that stands for all. */
static enum err_code derive_one(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct person_state p;
	struct plan plan;
	bool found;
	struct str proposed = STR_NONE;
	enum err_code rc = tracing_state_read(tx, person, &p, e);
	if (rc == OK)
		rc = tracing_plan_governing(tx, &p, &plan, &found, e);
	if (rc != OK)
		return rc;
	struct owed_list l = {.max = (found ? plan.items_n : 0) + p.swabs_n + 2};
	l.v = ARENA_ARRAY(tx->arena, struct owed, l.max);
	if (found) {
		owe_regimen(tx, &p, &plan, &l);
		rc = owe_reclassify(tx, &p, &plan, &l, &proposed, e);
		if (rc == OK)
			rc = write_contact(tx, &p, &plan, proposed, e);
		if (rc == OK)
			rc = write_unmet(tx, &p, &plan, e);
	} else
		rc = drop_contact(tx, p.person, e);
	owe_appeal(tx, &p, &l);
	if (rc == OK)
		rc = owe_case(tx, &p, &l, e);
	if (rc == OK)
		rc = write_duties(tx, p.person, &l, e);
	return rc;
}

/* A record that was merged into another one: all that follows stands under that one. */
static enum err_code clear_one(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct owed_list none = {0};
	enum err_code rc = drop_contact(tx, person, e);
	return rc == OK ? write_duties(tx, person, &none, e) : rc;
}

enum err_code tracing_person_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *keys, *through;
	size_t keys_n = 0, n;
	struct arena_mark whole = arena_mark(tx->arena);
	enum err_code rc = tracing_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = derive_one(tx, keys[0], e);
	for (size_t i = 0; rc == OK && i < keys_n; i++) {
		tracing_watch(tx->county, keys[i]);
		if (i > 0)
			rc = clear_one(tx, keys[i], e);
		if (rc == OK)
			rc = ledger_keys(tx, &SQL_tracing_dependents, keys[i], &through, &n, e);
		for (size_t k = 0; rc == OK && k < n; k++) { /* whose tests decide about others decides anew */
			struct arena_mark one = arena_mark(tx->arena);
			rc = derive_one(tx, through[k], e);
			arena_rewind(tx->arena, one);
		}
	}
	arena_rewind(tx->arena, whole);
	return rc;
}
