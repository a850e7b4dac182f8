/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a person, and the plan that follows from a signature.
 */
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

#define ITEMS_USUAL 320 /* three weeks with two checks a day, and room */

_Static_assert((int)AT_CENTRAL == (int)STAY_CENTRAL && (int)AT_HOME == (int)STAY_HOME && (int)AT_HOSPITAL == (int)STAY_HOSPITAL,
	       "places of tracing and of the protocol have the same numbers");

enum err_code tracing_records(struct ledger_tx *tx, int64_t person, const int64_t **keys, size_t *n, struct err *e)
{
	const int64_t *others = NULL;
	size_t others_n = 0;
	enum err_code rc = db_query(tx->db, &SQL_tracing_person_canon, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	bool registered = db_next(tx->db);
	int64_t canon = registered ? db_int(tx->db, 0) : person;
	bool merged = registered && (canon != person || db_int(tx->db, 1) > 0);
	rc = db_stop(tx->db, e);
	if (rc == OK && merged)
		rc = ledger_keys(tx, &SQL_tracing_aliases, canon, &others, &others_n, e);
	if (rc != OK)
		return rc;
	int64_t *v = ARENA_ARRAY(tx->arena, int64_t, others_n + 1);
	v[0] = canon;
	if (others_n)
		memcpy(v + 1, others, others_n * sizeof *v);
	*keys = v;
	*n = others_n + 1;
	return OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

struct event_list {
	struct contact_event *v;
	size_t n;
};
struct swab_list {
	struct person_swab *v;
	size_t n;
};

static enum err_code read_events(struct ledger_tx *tx, int64_t person, struct event_list *l, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_tracing_contact_events, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		l->v = arena_grown(tx->arena, l->v, l->n, sizeof *l->v);
		l->v[l->n++] = (struct contact_event){
			.at = db_int(db, 0), .fact = db_id(db, 1), .what = (enum contact_what)db_int(db, 2), .case_key = db_int(db, 3),
			.linked = db_int(db, 4), .tier = arena_str(tx->arena, db_text(db, 5)), .first_at = db_int(db, 6),
			.last_at = db_int(db, 7), .place = db_int(db, 8), .flag = db_int(db, 9), .half = db_int(db, 10),
			.outbreak = db_int(db, 11), .area = db_int(db, 12), .edition = arena_str(tx->arena, db_text(db, 13)),
			.case_withdrawn_at = db_int(db, 14), .case_onset_at = db_int(db, 15), .case_sampled_at = db_int(db, 16),
			.case_isolated_at = db_int(db, 17)};
	}
	return db_stop(db, e);
}

static int by_at_and_fact(const void *pa, const void *pb)
{
	const struct contact_event *a = pa, *b = pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : id_cmp(a->fact, b->fact);
}

static enum err_code read_swabs(struct ledger_tx *tx, int64_t person, struct swab_list *l, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_testing_person_swabs, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		l->v = arena_grown(tx->arena, l->v, l->n, sizeof *l->v);
		l->v[l->n++] = (struct person_swab){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4)};
	}
	return db_stop(db, e);
}

/* Swabs of one instant stand in the order of their results: tube keys depend on the order in which facts came. */
static int by_time_and_result(const void *pa, const void *pb)
{
	const struct person_swab *a = pa, *b = pb;
	const int64_t x[] = {a->at, a->result, a->pool_size, a->result_at}, y[] = {b->at, b->result, b->pool_size, b->result_at};
	for (size_t i = 0; i < ARRAY_N(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

static enum err_code read_all_swabs(struct ledger_tx *tx, const int64_t *keys, size_t n, struct swab_list *l, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = read_swabs(tx, keys[i], l, e);
	/* a tube meant for one that holds several says no more of one of them than a pool does */
	for (size_t i = 0; rc == OK && i < l->n; i++)
		if (l->v[i].result == TEST_POSITIVE && l->v[i].pool_size == 1)
			rc = db_one(tx->db, &SQL_tracing_tube_heads, PARAMS(V_INT(tx->county), V_INT(l->v[i].tube)), 1, &l->v[i].pool_size, e);
	if (rc == OK && l->n > 1)
		qsort(l->v, l->n, sizeof *l->v, by_time_and_result);
	return rc;
}

static enum err_code read_own_cases(struct ledger_tx *tx, int64_t person, struct person_state *p, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_tracing_own_cases, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		int64_t opened = db_int(tx->db, 0);
		if (opened < p->any_case_at)
			p->any_case_at = opened;
		if (db_int(tx->db, 1) == 0 && opened < p->own_case_at)
			p->own_case_at = opened;
	}
	return db_stop(tx->db, e);
}

enum err_code tracing_state_read(struct ledger_tx *tx, int64_t person, struct person_state *out, struct err *e)
{
	struct event_list events = {0};
	struct swab_list swabs = {0};
	const int64_t *keys;
	size_t n = 0;
	enum err_code rc = tracing_records(tx, person, &keys, &n, e);
	if (rc != OK)
		return rc;
	struct person_state p = {.person = keys[0], .own_case_at = TRACING_LATER, .any_case_at = TRACING_LATER};
	for (size_t i = 0; rc == OK && i < n; i++) {
		rc = read_events(tx, keys[i], &events, e);
		if (rc == OK)
			rc = read_own_cases(tx, keys[i], &p, e);
	}
	if (rc == OK)
		rc = read_all_swabs(tx, keys, n, &swabs, e);
	if (rc != OK)
		return rc;
	if (n > 1 && events.n > 1)
		qsort(events.v, events.n, sizeof *events.v, by_at_and_fact);
	p.events = events.v;
	p.events_n = events.n;
	p.swabs = swabs.v;
	p.swabs_n = swabs.n;
	*out = p;
	return OK;
}

/* ---- facts for judging ------------------------------------------------------------------------------------- */

/* A positive pool says nothing certain of one member: inconclusive, until a later negative settles it. */
static enum protocol_result result_of(const struct person_swab *s)
{
	switch (s->result) {
	case TEST_NEGATIVE:
		return RESULT_NEGATIVE;
	case TEST_POSITIVE:
		return s->pool_size == 1 ? RESULT_POSITIVE : RESULT_INVALID;
	case TEST_INVALID:
		return RESULT_INVALID;
	default:
		return RESULT_PENDING;
	}
}

static const struct release_test *tests_since(struct arena *a, const struct person_swab *swabs, size_t n, int64_t since, size_t *out_n)
{
	struct release_test *v = ARENA_ARRAY(a, struct release_test, n + 1);
	size_t k = 0;
	for (size_t i = 0; i < n; i++)
		if (swabs[i].at >= since)
			v[k++] = (struct release_test){swabs[i].at, result_of(&swabs[i])};
	*out_n = k;
	return v;
}

/* The linked contact's tests count from the day on which it was signed as a contact itself. */
static enum err_code read_linked(struct ledger_tx *tx, struct plan *plan, struct err *e)
{
	const struct contact_event *s = plan->s;
	if (s->linked == 0)
		return OK;
	struct swab_list swabs = {0};
	const int64_t *keys;
	size_t n;
	int64_t since = 0;
	enum err_code rc = tracing_records(tx, s->linked, &keys, &n, e);
	if (rc == OK)
		rc = read_all_swabs(tx, keys, n, &swabs, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		int64_t at;
		rc = db_one(tx->db, &SQL_tracing_contact_identified, PARAMS(V_INT(tx->county), V_INT(keys[i])), 0, &at, e);
		if (rc == OK && at > 0 && (since == 0 || at < since))
			since = at;
	}
	if (rc != OK)
		return rc;
	since = day_start(day_of(since > 0 ? since : plan->identified_at));
	while (swabs.n > 0 && swabs.v->at < since) {
		swabs.v++;
		swabs.n--;
	}
	plan->linked = swabs.v;
	plan->linked_n = swabs.n;
	plan->facts.linked = tests_since(tx->arena, swabs.v, swabs.n, since, &plan->facts.linked_n);
	return OK;
}

static void gather_facts(struct ledger_tx *tx, const struct person_state *p, struct plan *plan)
{
	plan->facts.own = tests_since(tx->arena, p->swabs, p->swabs_n, plan->anchor_at, &plan->facts.own_n);
	plan->facts.signs = plan->facts.environment_negative = false;
	for (size_t i = 0; i < p->events_n; i++) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what == CONTACT_CHECKED)
			plan->facts.signs = ev->flag == 1;
		if (ev->what == CONTACT_ENVIRONMENT && ev->at >= plan->anchor_at)
			plan->facts.environment_negative = ev->flag == 1;
	}
}

/* ---- the plan ------------------------------------------------------------------------------------------------ */

static void set_known(struct regimen_times *t, enum protocol_anchor anchor, int64_t at)
{
	if (at > 0)
		t->at[anchor] = at;
}

static void fill_times(const struct person_state *p, const struct contact_event *s, const struct protocol_tier *tier,
		       int64_t identified_at, struct regimen_times *t)
{
	regimen_times_init(t);
	t->at[ANCHOR_FIRST_EXPOSURE] = s->first_at;
	t->at[ANCHOR_LAST_EXPOSURE] = s->last_at;
	t->at[ANCHOR_IDENTIFIED] = identified_at;
	set_known(t, ANCHOR_ONSET, s->case_onset_at);
	set_known(t, ANCHOR_FIRST_POSITIVE_SAMPLING, s->case_sampled_at);
	/* Tiers for travellers and workers count from leaving a zone, arriving, the last shift: the end of their exposure. */
	if (t->at[tier->anchor] == PROTOCOL_NO_TIME)
		t->at[tier->anchor] = s->last_at;
	int64_t reset = 0;
	for (size_t i = 0; i < p->events_n; i++) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what == CONTACT_RESET && ev->case_key == s->case_key)
			reset = ev->first_at; /* the newest signature counts, so that a mistaken one can be corrected */
		if (ev->what == CONTACT_CHECKED && ev->flag == 1 && ev->at >= s->first_at)
			t->at[ANCHOR_LAST_SIGN] = ev->at;
		if (ev->what == CONTACT_SECURED && ev->at >= s->first_at && t->at[ANCHOR_SITE_ENTRY] == PROTOCOL_NO_TIME)
			t->at[ANCHOR_SITE_ENTRY] = ev->at;
	}
	/* An edition without a reset rule of its own: the signed reset moves the anchor itself. */
	enum protocol_anchor moved = tier->reset_anchor != ANCHOR__N ? tier->reset_anchor : tier->anchor;
	if (reset > 0 && (t->at[moved] == PROTOCOL_NO_TIME || t->at[moved] < reset))
		t->at[moved] = reset;
}

/* Lays the plan by one edition. On an error *plan is untouched. */
static enum err_code lay(struct ledger_tx *tx, const struct person_state *p, const struct protocol *protocol, struct plan *plan,
			 struct err *e)
{
	struct plan out = *plan;
	out.protocol = protocol;
	out.tier = protocol_tier_find(protocol, plan->s->tier);
	if (!out.tier)
		return err_set(e, ERR_BAD_VALUE, "/body/tier", "edition %.*s has no tier `%.*s`", STR_ARG(protocol->id),
			       STR_ARG(plan->s->tier));
	fill_times(p, plan->s, out.tier, out.identified_at, &out.times);
	struct regimen_item *items = ARENA_ARRAY(tx->arena, struct regimen_item, ITEMS_USUAL);
	enum err_code rc = protocol_regimen(protocol, out.tier, &out.times, items, ITEMS_USUAL, &out.items_n, e);
	if (rc == ERR_TOO_LARGE) {
		items = ARENA_ARRAY(tx->arena, struct regimen_item, REGIMEN_ITEMS_MAX);
		rc = protocol_regimen(protocol, out.tier, &out.times, items, REGIMEN_ITEMS_MAX, &out.items_n, e);
	}
	if (rc != OK)
		return rc;
	out.items = items;
	out.anchor_at = out.times.at[out.tier->anchor];
	if (out.tier->reset_anchor != ANCHOR__N && out.times.at[out.tier->reset_anchor] > out.anchor_at)
		out.anchor_at = out.times.at[out.tier->reset_anchor];
	out.starts_at = day_start(day_of(out.anchor_at) + (out.tier->day_one == DAY_ONE_SAME ? 0 : 1));
	for (size_t i = 0; i < out.items_n; i++)
		if (items[i].kind == ITEM_RELEASE)
			out.ends_at = items[i].from;
	*plan = out;
	return OK;
}

struct adopted {
	const struct protocol *protocol;
	int64_t from, transition, apply_at;
};

static enum err_code read_adoptions(struct ledger_tx *tx, int64_t outbreak, struct adopted **out, size_t *out_n, struct err *e)
{
	struct adopted *v = NULL;
	size_t n = 0;
	enum err_code rc = db_query(tx->db, &SQL_house_editions, PARAMS(V_INT(tx->county), V_INT(outbreak)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		v = arena_grown(tx->arena, v, n, sizeof *v);
		v[n++] = (struct adopted){protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 0)), db_int(tx->db, 1),
					  db_int(tx->db, 2), db_int(tx->db, 3)};
	}
	*out = v;
	*out_n = n;
	return db_stop(tx->db, e);
}

/* Later editions take over what runs then, as their adoption says. A tier that the new edition has abolished lapses. */
static enum err_code follow_editions(struct ledger_tx *tx, const struct person_state *p, struct plan *plan, struct err *e)
{
	struct adopted *v;
	size_t n;
	enum err_code rc = read_adoptions(tx, plan->s->outbreak, &v, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (!v[i].protocol || v[i].from <= plan->s->at || v[i].transition == TRANSITION_NEW_ONLY)
			continue;
		int64_t t = v[i].transition == TRANSITION_AT_DATE ? v[i].apply_at : v[i].from;
		if (t >= plan->ends_at || t >= plan->released_at || t >= plan->lapsed_at)
			continue;
		const struct protocol_tier *tier = protocol_tier_find(v[i].protocol, plan->s->tier);
		if (!tier || !tier->enabled) {
			plan->lapsed_at = t;
			break;
		}
		/* an edition that cannot judge with what is known leaves the old one in force */
		(void)lay(tx, p, v[i].protocol, plan, NULL);
	}
	return rc;
}

/* The first release that frees from this plan. own_only: those of its own case. */
static void find_release(const struct person_state *p, struct plan *plan, bool own_only)
{
	for (size_t i = p->events_n; i-- > 0;) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what != CONTACT_RELEASE || ev->at < plan->s->at)
			continue;
		if (ev->case_key != plan->s->case_key && (own_only || ev->flag == 1 || plan->ends_at > ev->at))
			continue;
		plan->released_at = ev->at;
		plan->early = ev->flag == 1;
	}
}

/* First signature of that case and tier up to s, since the last release from it: who is signed anew after a release owes nothing
 * for the days between. */
static int64_t identified_at(const struct person_state *p, const struct contact_event *s)
{
	int64_t at = s->at;
	for (size_t i = p->events_n; i-- > 0;) {
		const struct contact_event *ev = &p->events[i];
		if (ev->at > s->at || (ev->at == s->at && id_cmp(ev->fact, s->fact) >= 0) || ev->case_key != s->case_key)
			continue;
		if (ev->what == CONTACT_RELEASE)
			break;
		if (ev->what == CONTACT_CLASSIFIED && str_eq(ev->tier, s->tier))
			at = ev->at;
	}
	return at;
}

enum err_code tracing_plan_make(struct ledger_tx *tx, const struct person_state *p, const struct contact_event *s, struct plan *out,
				struct err *e)
{
	struct plan plan = {.s = s, .lapsed_at = TRACING_LATER, .released_at = TRACING_LATER};
	plan.identified_at = identified_at(p, s);
	const struct protocol *signed_by = protocol_book_find(ledger_protocols(tx->l), s->edition);
	if (!signed_by)
		return err_set(e, ERR_FILE, "/edition", "the protocol file of edition %.*s is missing; put it back", STR_ARG(s->edition));
	enum err_code rc = lay(tx, p, signed_by, &plan, e);
	if (rc != OK)
		return rc;
	if (s->case_withdrawn_at > 0)
		plan.lapsed_at = s->case_withdrawn_at > s->at ? s->case_withdrawn_at : s->at;
	find_release(p, &plan, true);
	rc = follow_editions(tx, p, &plan, e);
	if (rc != OK)
		return rc;
	find_release(p, &plan, false);
	gather_facts(tx, p, &plan);
	rc = read_linked(tx, &plan, e);
	if (rc == OK)
		*out = plan;
	return rc;
}

static bool governs(const struct plan *a, const struct plan *b)
{
	bool a_free = a->released_at != TRACING_LATER, b_free = b->released_at != TRACING_LATER;
	if (a_free != b_free)
		return b_free;
	if (a_free && a->released_at != b->released_at)
		return a->released_at > b->released_at;
	if (a->ends_at != b->ends_at)
		return a->ends_at > b->ends_at;
	return a->s->at != b->s->at ? a->s->at > b->s->at : id_cmp(a->s->fact, b->s->fact) > 0;
}

static bool newest_of_its_case(const struct person_state *p, size_t i)
{
	for (size_t k = i + 1; k < p->events_n; k++)
		if (p->events[k].what == CONTACT_CLASSIFIED && p->events[k].case_key == p->events[i].case_key)
			return false;
	return p->events[i].what == CONTACT_CLASSIFIED;
}

enum err_code tracing_plan_governing(struct ledger_tx *tx, const struct person_state *p, struct plan *out, bool *found, struct err *e)
{
	struct plan best = {0};
	for (size_t i = 0; i < p->events_n; i++) {
		if (!newest_of_its_case(p, i))
			continue;
		struct plan plan;
		enum err_code rc = tracing_plan_make(tx, p, &p->events[i], &plan, e);
		if (rc != OK && err_kind(rc) == KIND_FAULT)
			return rc;
		if (rc != OK) /* cannot be: its check made this very plan, and instants only become known, never unknown */
			continue;
		if (!best.s || governs(&plan, &best))
			best = plan;
	}
	*found = best.s != NULL;
	if (best.s)
		*out = best;
	return OK;
}

int64_t tracing_secured_at(const struct person_state *p, const struct plan *plan, size_t stage, int64_t since)
{
	const struct protocol_stage *st = &plan->tier->stage[stage];
	for (size_t i = 0; i < p->events_n; i++) {
		const struct contact_event *ev = &p->events[i];
		if (ev->what != CONTACT_SECURED || ev->at < since)
			continue;
		bool fits = ev->place == AT_HOSPITAL; /* who is in hospital is in place, whatever the tier */
		if (plan->s->place >= 0)
			fits |= ev->place == plan->s->place;
		else
			fits |= st->place == STAY_SELF || (int64_t)st->place == ev->place || (st->also >> ev->place & 1u) != 0;
		if (fits)
			return ev->at;
	}
	return 0;
}

enum err_code tracing_unmet(struct ledger_tx *tx, int64_t person, int64_t case_key, int64_t at, struct release_unmet out[COND__N],
			    size_t *n, bool *known, struct err *e)
{
	struct person_state p;
	enum err_code rc = tracing_state_read(tx, person, &p, e);
	if (rc != OK)
		return rc;
	*known = false;
	for (size_t i = 0; i < p.events_n; i++) {
		if (p.events[i].case_key != case_key || !newest_of_its_case(&p, i))
			continue;
		struct plan plan;
		rc = tracing_plan_make(tx, &p, &p.events[i], &plan, e);
		if (rc != OK)
			return rc;
		*known = true;
		*n = 0;
		if (plan.lapsed_at > at)
			rc = protocol_release(plan.protocol, plan.tier, &plan.times, &plan.facts, at, out, n, e);
	}
	return rc;
}
