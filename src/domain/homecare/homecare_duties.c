/* SPDX-License-Identifier: Apache-2.0
 *
 * What each home needs by when. Everything here is a function of the stay, of what was recorded and of the edition.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/homecare/homecare_state.h"
#include "sql.gen.h"

#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define PARTS_PER_DAY 10     /* part of a check: day of the stay * 10 + half of the day */
#define WINDOWS_MAX 120      /* deliveries, collections and visits planned ahead: of four months */
#define MOVE_DEFAULT_MS MS_PER_DAY /* a sign of illness where the edition sets no limit (ours, mark R) */

int64_t homecare_param(const struct protocol *p, const char *name, int64_t otherwise)
{
	const struct protocol_param *found = p ? protocol_param_find(p, str_of(name)) : NULL;
	return found && found->kind == PARAM_NUMBER && found->number >= 1 && found->number <= 1000000 ? (int64_t)found->number : otherwise;
}

bool homecare_sensor_allowed(const struct protocol *p)
{
	const struct protocol_param *found = p ? protocol_param_find(p, STR("home.door_sensor")) : NULL;
	return found && found->kind == PARAM_TEXT && str_eq(found->text, STR("allowed"));
}

struct str homecare_clause(struct ledger_tx *tx, const struct protocol *p, const char *what)
{
	return p ? arena_printf(tx->arena, "%.*s %s", STR_ARG(p->id), what) : STR("");
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

void homecare_owe(struct ledger_tx *tx, struct owed_list *l, int64_t outbreak, struct duty d)
{
	if (l->n == l->max) {
		size_t max = l->max ? l->max * 2 : 32;
		struct owed *more = ARENA_ARRAY(tx->arena, struct owed, max);
		if (l->n)
			memcpy(more, l->v, l->n * sizeof *more);
		l->v = more;
		l->max = max;
	}
	l->v[l->n++] = (struct owed){.d = d, .outbreak = outbreak};
}

struct gone {
	const char *kind;
	int64_t part;
};

static bool same_duty(struct db *db, const struct owed *o)
{
	const struct duty *d = &o->d;
	return db_int(db, 2) == (int64_t)d->state && db_int(db, 3) == o->outbreak && db_int(db, 4) == d->area && db_int(db, 5) == d->from_at &&
	       db_int(db, 6) == d->due_at && db_int(db, 7) == d->done_at && str_eq(db_text(db, 8), d->clause);
}

/* Marks what stands already and collects what stands but is not called for. */
static enum err_code compare(struct ledger_tx *tx, int64_t subject, struct owed_list *l, struct gone **out, size_t *out_n, struct err *e)
{
	struct db *db = tx->db;
	struct gone *gone = NULL;
	size_t n = 0, max = 0;
	enum err_code rc = db_query(db, &SQL_homecare_duties, PARAMS(V_INT(tx->county), V_INT(subject)), e);
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
		if (n == max) {
			struct gone *more = ARENA_ARRAY(tx->arena, struct gone, max ? max * 2 : 32);
			if (n)
				memcpy(more, gone, n * sizeof *more);
			gone = more;
			max = max ? max * 2 : 32;
		}
		gone[n++] = (struct gone){duty_kind_of(kind)->name, part};
	}
	*out = gone;
	*out_n = n;
	return db_stop(db, e);
}

enum err_code homecare_write_duties(struct ledger_tx *tx, int64_t subject, struct owed_list *l, struct err *e)
{
	struct gone *gone;
	size_t gone_n;
	enum err_code rc = compare(tx, subject, l, &gone, &gone_n, e);
	for (size_t i = 0; rc == OK && i < gone_n; i++)
		rc = duty_unset(tx, gone[i].kind, subject, gone[i].part, e);
	int64_t outbreak = tx->outbreak;
	for (size_t i = 0; rc == OK && i < l->n; i++) {
		tx->outbreak = l->v[i].outbreak;
		if (!l->v[i].stands)
			rc = duty_set(tx, &l->v[i].d, e);
	}
	tx->outbreak = outbreak;
	return rc;
}

/* ---- one stay --------------------------------------------------------------------------------------------------- */

struct work { /* on the newest stay of a person */
	struct ledger_tx *tx;
	const struct home_state *h;
	const struct span *s;
	struct owed_list *l;
	int64_t area;
};

static const struct home_event *first(const struct home_state *h, enum home_what what, int64_t from, int64_t until)
{
	for (size_t i = 0; i < h->events_n; i++)
		if (h->events[i].what == what && h->events[i].at >= from && h->events[i].at < until)
			return &h->events[i];
	return NULL;
}

static const struct home_event *about(const struct home_state *h, enum home_what what, int64_t other)
{
	for (size_t i = 0; i < h->events_n; i++)
		if (h->events[i].what == what && h->events[i].other == other)
			return &h->events[i];
	return NULL;
}

/* Done when discharged; void when a fact ended the stay before it was done. What runs out by itself leaves it open: it was owed. */
static void owe(struct work *w, struct duty d, int64_t done_at, const char *rule)
{
	d.state = done_at > 0 ? DUTY_DONE : w->s->closed ? DUTY_VOID : DUTY_OPEN;
	d.done_at = done_at;
	d.subject = w->h->person;
	d.area = w->area;
	d.clause = homecare_clause(w->tx, w->s->protocol, rule);
	homecare_owe(w->tx, w->l, w->s->outbreak, d);
}

/* The home is looked at, and when it is unfit an officer decides about another place. */
static void owe_home(struct work *w)
{
	const struct span *s = w->s;
	if (!s->home || !s->isolation)
		return;
	const struct home_event *seen = NULL;
	for (size_t i = 0; i < w->h->events_n; i++)
		if (w->h->events[i].what == HOME_ASSESSED && w->h->events[i].at < s->until)
			seen = &w->h->events[i];
	const struct home_event *once = first(w->h, HOME_ASSESSED, INT64_MIN, s->until);
	int64_t due = s->known_at + homecare_param(s->protocol, "home.assess_within_h", HOMECARE_ASSESS_WITHIN_H) * MS_PER_HOUR;
	owe(w, (struct duty){.kind = "homecare.assess", .from_at = s->known_at, .due_at = due > s->from ? due : s->from}, once ? once->at : 0,
	    "home.conditions");
	if (seen && seen->flag == 0) {
		int64_t within = protocol_limit_min(s->protocol, STR("contact_in_isolation"));
		int64_t limit = within == PROTOCOL_NO_LIMIT ? DUTY_DUE_DEFAULT_MS : within * MS_PER_MINUTE;
		int64_t from = seen->at > s->known_at ? seen->at : s->known_at;
		owe(w, (struct duty){.kind = "homecare.rehouse", .from_at = from, .due_at = from + limit}, s->closed ? s->until : 0,
		    "home.conditions");
	}
}

static void owe_team(struct work *w)
{
	const struct span *s = w->s;
	if (!s->home || !s->protocol || s->protocol->role_n == 0)
		return;
	int64_t within = homecare_param(s->protocol, "home.team_within_h", HOMECARE_TEAM_WITHIN_H) * MS_PER_HOUR;
	int64_t due = s->known_at + within, team_at = w->h->team_complete && w->h->team_at < s->until ? w->h->team_at : 0;
	owe(w, (struct duty){.kind = "homecare.team", .from_at = s->known_at, .due_at = due > s->from ? due : s->from}, team_at, "home_team");
}

/* Visits that were announced, and those that the edition wants every day in person. */
static void owe_visits(struct work *w)
{
	const struct span *s = w->s;
	for (size_t i = 0; i < w->h->events_n; i++) {
		const struct home_event *ev = &w->h->events[i];
		if (ev->what != HOME_VISIT || about(w->h, HOME_VISIT, ev->other) != ev)
			continue;
		const struct home_event *done = about(w->h, HOME_VISITED, ev->other);
		if (ev->from_at < s->from || ev->from_at >= s->until) /* of an earlier stay, or overtaken by the end */
			continue;
		owe(w, (struct duty){.kind = "homecare.visit", .part = ev->other, .from_at = ev->from_at, .due_at = ev->until_at},
		    done ? done->at : 0, "home.visit");
	}
	if (s->observer != OBSERVE_VISIT || s->checks_per_day == 0 || s->planned_until == HOMECARE_OPEN_END)
		return;
	int64_t begin = s->known_at > s->from ? s->known_at : s->from;
	int32_t day = day_of(begin);
	for (size_t n = 0; n < WINDOWS_MAX && day_start(day) < s->planned_until; n++, day++) {
		int64_t from = day_start(day) > begin ? day_start(day) : begin, due = day_start(day + 1);
		if (from >= s->until)
			break;
		const struct home_event *done = first(w->h, HOME_VISITED, day_start(day), due);
		while (done && done->value != FOUND_MET)
			done = first(w->h, HOME_VISITED, done->at + 1, due);
		owe(w, (struct duty){.kind = "homecare.daily_visit", .part = (int64_t)n + 1, .from_at = from, .due_at = due}, done ? done->at : 0,
		    "tiers.visit_in_person");
	}
}

/* The check of a half of the day; one that names its half counts for it even when it was entered later that day. */
static int64_t check_in(const struct home_state *h, int32_t day, int64_t half, int64_t from, int64_t due)
{
	int64_t found = 0;
	for (size_t i = 0; i < h->checks_n; i++) {
		const struct home_check *c = &h->checks[i];
		bool fits = c->half >= 0 && half >= 0 ? day_of(c->at) == day && c->half == half : c->at >= from && c->at < due;
		if (fits && (found == 0 || c->at < found))
			found = c->at;
	}
	return found;
}

/* Under an order, what a tier asks of a contact: so many checks a day, morning and evening when they are two. */
static void owe_checks(struct work *w)
{
	const struct span *s = w->s;
	if (s->source != STAY_BY_ORDER || s->checked || s->checks_per_day == 0)
		return;
	int64_t halves = s->checks_per_day >= 2 ? 2 : 1;
	int32_t day = day_of(s->from);
	for (size_t n = 0; n < WINDOWS_MAX && day_start(day) < s->until; n++, day++)
		for (int64_t half = 0; half < halves; half++) {
			int64_t noon = day_at(day, 12, 0);
			int64_t from = half == 1 ? noon : day_start(day), due = halves == 2 && half == 0 ? noon : day_start(day + 1);
			if (due <= s->from || from >= s->until)
				continue;
			int64_t begin = from > s->from ? from : s->from;
			owe(w, (struct duty){.kind = "homecare.check", .part = (int64_t)(n + 1) * PARTS_PER_DAY + half + 1,
					 .from_at = begin, .due_at = due},
			    check_in(w->h, day, halves == 2 ? half : -1, begin, due), "monitoring.checks_per_day");
		}
}

/* Who may not leave gets food and is rid of the waste. */
static void owe_round(struct work *w, const char *kind, enum home_what what, int64_t every_days, const char *rule)
{
	const struct span *s = w->s;
	if (!s->home || !s->isolation || s->exit == EXIT_FREE)
		return;
	int64_t end = s->planned_until < s->until ? s->planned_until : s->until, step = every_days * MS_PER_DAY;
	int64_t n = 0;
	for (int64_t from = s->from; n < WINDOWS_MAX && (from < end || n == 0); from += step, n++) {
		int64_t due = from + step;
		const struct home_event *done = first(w->h, what, from, due < s->until ? due : s->until);
		owe(w, (struct duty){.kind = kind, .part = n + 1, .from_at = from, .due_at = due}, done ? done->at : 0, rule);
		if (end == HOMECARE_OPEN_END && !done) /* without a planned end: the next one when this one is done */
			break;
	}
}

static void owe_exits(struct work *w)
{
	for (size_t i = 0; i < w->h->events_n; i++) {
		const struct home_event *ev = &w->h->events[i];
		if (ev->what != HOME_EXIT || about(w->h, HOME_EXIT, ev->other) != ev || ev->at < w->s->from || ev->at >= w->s->until)
			continue;
		const struct home_event *back = about(w->h, HOME_RETURNED, ev->other);
		int64_t from = ev->from_at > 0 ? ev->from_at : ev->at, due = ev->until_at > from ? ev->until_at : from + DUTY_DUE_DEFAULT_MS;
		owe(w, (struct duty){.kind = "homecare.back_home", .part = ev->other, .from_at = from, .due_at = due},
		    back ? back->at : 0, "home.exit");
	}
}

/* A sign of illness or a positive at home: taken to hospital or a site in time. */
static void owe_move(struct work *w)
{
	const struct span *s = w->s;
	bool limited = s->protocol && protocol_limit_min(s->protocol, STR("positive_transfer")) != PROTOCOL_NO_LIMIT;
	int64_t positive = limited ? w->h->positive_at : 0, sign = s->move_on_sign ? w->h->sign_at : 0;
	int64_t from = positive == 0 || (sign > 0 && sign < positive) ? sign : positive;
	if (from == 0 || s->source == STAY_BY_CASE)
		return;
	int64_t limit = limited ? protocol_limit_min(s->protocol, STR("positive_transfer")) * MS_PER_MINUTE : MOVE_DEFAULT_MS;
	struct duty d = {.kind = "homecare.move", .from_at = from, .due_at = from + limit};
	struct work open = *w;
	struct span as_if_open = *s;
	if (positive > 0) { /* the case that ends the stay does not end this */
		as_if_open.closed = false;
		open.s = &as_if_open;
	}
	owe(&open, d, w->h->away_at >= from ? w->h->away_at : 0, "limits.positive_transfer");
}

/* A positive at home: everybody else of the household is tested. */
static enum err_code owe_household(struct work *w, struct err *e)
{
	const struct span *s = w->s;
	const int64_t *members;
	size_t n = 0;
	struct db *db = w->tx->db;
	if (w->h->positive_at == 0 || w->h->household == 0 || !s->home)
		return OK;
	enum err_code rc = ledger_keys(w->tx, &SQL_homecare_household_members, w->h->household, &members, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (members[i] == w->h->person)
			continue;
		int64_t done = 0;
		rc = db_query(db, &SQL_testing_person_swabs, PARAMS(V_INT(w->tx->county), V_INT(members[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db))
			if (done == 0 && db_int(db, 0) >= w->h->positive_at)
				done = db_int(db, 0);
		rc = db_stop(db, e);
		struct duty d = {.kind = "homecare.household_test", .part = members[i], .from_at = w->h->positive_at,
				 .due_at = w->h->positive_at + DUTY_DUE_DEFAULT_MS};
		struct work open = *w;
		struct span as_if_open = *s;
		as_if_open.closed = false; /* the positive leaves; the others are still to be tested */
		open.s = &as_if_open;
		homecare_watch_person(w->tx->county, members[i]);
		owe(&open, d, done, "home.household_test");
	}
	return rc;
}

static bool within_a_span(const struct home_state *h, int64_t at)
{
	for (size_t i = 0; i < h->spans_n; i++)
		if (at >= h->spans[i].from - MS_PER_DAY && at <= h->spans[i].until - (h->spans[i].until == HOMECARE_OPEN_END ? 0 : -MS_PER_DAY))
			return true;
	return false;
}

/* What was recorded does not fit together; nothing is lost, a human looks. */
static void owe_conflict(struct ledger_tx *tx, const struct home_state *h, struct owed_list *l)
{
	int64_t at = 0;
	for (size_t i = 0; i < h->events_n && at == 0; i++) {
		const struct home_event *ev = &h->events[i];
		bool odd = ev->what == HOME_ENTERED && !within_a_span(h, ev->at);      /* at home by whose order? */
		odd |= ev->what == HOME_RETURNED && !about(h, HOME_EXIT, ev->other);   /* back from an exit nobody approved */
		odd |= ev->what == HOME_VISITED && !about(h, HOME_VISIT, ev->other);   /* a visit nobody announced */
		if (odd)
			at = ev->at;
	}
	if (at == 0)
		return;
	const struct span *s = h->spans_n ? &h->spans[h->spans_n - 1] : NULL;
	homecare_owe(tx, l, s ? s->outbreak : 0, (struct duty){.kind = "homecare.conflict", .subject = h->person, .state = DUTY_OPEN,
		.area = h->area > 0 ? h->area : s ? s->area : tx->county * 1000000, .from_at = at, .due_at = at + DUTY_DUE_DEFAULT_MS,
		.clause = STR("")});
}

enum err_code homecare_person_duties(struct ledger_tx *tx, const struct home_state *h, struct owed_list *l, struct err *e)
{
	owe_conflict(tx, h, l);
	if (h->spans_n == 0)
		return OK;
	struct work w = {.tx = tx, .h = h, .s = &h->spans[h->spans_n - 1], .l = l};
	w.area = h->area > 0 ? h->area : w.s->area;
	const struct protocol *p = w.s->protocol;
	owe_home(&w);
	owe_team(&w);
	owe_visits(&w);
	owe_checks(&w);
	owe_round(&w, "homecare.deliver", HOME_DELIVERED, homecare_param(p, "home.deliver_every_days", HOMECARE_DELIVER_EVERY_DAYS),
		  "supply.delivery");
	owe_round(&w, "homecare.waste", HOME_WASTE, homecare_param(p, "home.waste_every_days", HOMECARE_WASTE_EVERY_DAYS), "home.waste");
	owe_exits(&w);
	owe_move(&w);
	return owe_household(&w, e);
}
