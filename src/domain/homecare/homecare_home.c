/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a person at home: the spans in which an order or a regimen keeps it there, and the row home_stay.
 */
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/homecare/homecare_state.h"
#include "domain/orders/orders.h"
#include "domain/testing/testing.h"
#include "sql.gen.h"

/* Columns of tracing's events by number (homecare_tracing_events). */
enum { TRACED_SECURED = 2, TRACED_CHECKED = 3 };

/* keys[0] is the record that stands for all. */
static enum err_code records(struct ledger_tx *tx, int64_t person, const int64_t **keys, size_t *n, struct err *e)
{
	const int64_t *others = NULL;
	size_t others_n = 0;
	int64_t canon;
	enum err_code rc = db_one(tx->db, &SQL_tracing_person_canon, PARAMS(V_INT(tx->county), V_INT(person)), person, &canon, e);
	if (rc == OK)
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
	struct home_event *v;
	size_t n;
};
struct span_list {
	struct span *v;
	size_t n;
};
struct moment { /* what tracing and testing say of the person at an instant */
	int64_t at;
	enum { MOMENT_AWAY, MOMENT_HOME, MOMENT_SIGN, MOMENT_WELL, MOMENT_POSITIVE } what;
};
struct moment_list {
	struct moment *v;
	size_t n;
	struct home_check *checks;
	size_t checks_n;
};

static int by_at_and_fact(const void *pa, const void *pb)
{
	const struct home_event *a = pa, *b = pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : id_cmp(a->fact, b->fact);
}

static enum err_code read_events(struct ledger_tx *tx, int64_t person, struct event_list *l, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_homecare_events, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		l->v = arena_grown(tx->arena, l->v, l->n, sizeof *l->v);
		l->v[l->n++] = (struct home_event){.at = db_int(db, 0), .fact = db_id(db, 1), .what = (enum home_what)db_int(db, 2),
						   .other = db_int(db, 3), .flag = db_int(db, 4), .value = db_int(db, 5),
						   .from_at = db_int(db, 6), .until_at = db_int(db, 7)};
	}
	return db_stop(db, e);
}

static void note(struct ledger_tx *tx, struct moment_list *l, struct moment m)
{
	l->v = arena_grown(tx->arena, l->v, l->n, sizeof *l->v);
	l->v[l->n++] = m;
}

/* Signs of illness, and being taken to hospital or a central site. */
static enum err_code read_traced(struct ledger_tx *tx, int64_t person, struct moment_list *l, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_homecare_tracing_events, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		int64_t at = db_int(db, 0), what = db_int(db, 1);
		if (what == TRACED_SECURED)
			note(tx, l, (struct moment){at, db_int(db, 2) == AT_HOME ? MOMENT_HOME : MOMENT_AWAY});
		if (what == TRACED_CHECKED) {
			note(tx, l, (struct moment){at, db_int(db, 3) == 1 ? MOMENT_SIGN : MOMENT_WELL});
			l->checks = arena_grown(tx->arena, l->checks, l->checks_n, sizeof *l->checks);
			l->checks[l->checks_n++] = (struct home_check){at, db_int(db, 4)};
		}
	}
	return db_stop(db, e);
}

struct swab {
	int64_t at, tube;
};

/* Positive samples that speak of this person alone: reported results of tubes that hold nobody else. */
static enum err_code read_positives(struct ledger_tx *tx, int64_t person, struct moment_list *l, struct err *e)
{
	struct db *db = tx->db;
	struct swab *v = NULL;
	size_t n = 0;
	enum err_code rc = db_query(db, &SQL_testing_person_swabs, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db))
		if (db_int(db, 1) == 1 && db_int(db, 2) == TEST_POSITIVE) {
			v = arena_grown(tx->arena, v, n, sizeof *v);
			v[n++] = (struct swab){db_int(db, 3), db_int(db, 4)};
		}
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		int64_t heads;
		rc = db_one(db, &SQL_tracing_tube_heads, PARAMS(V_INT(tx->county), V_INT(v[i].tube)), 1, &heads, e);
		if (rc == OK && heads == 1)
			note(tx, l, (struct moment){v[i].at, MOMENT_POSITIVE});
	}
	return rc;
}

/* ---- spans ---------------------------------------------------------------------------------------------------- */

static void add_span(struct ledger_tx *tx, struct span_list *l, const struct span *s)
{
	if (s->until <= s->from)
		return;
	l->v = arena_grown(tx->arena, l->v, l->n, sizeof *l->v);
	l->v[l->n++] = *s;
}

/* Of the governing regimen: the stages that are spent at home, and those followed where the person lives when somebody checks on it. */
static enum err_code spans_of_contact(struct ledger_tx *tx, int64_t person, struct span_list *l, struct err *e)
{
	struct tracing_course c;
	enum err_code rc = tracing_course_read(tx, person, &c, e);
	if (rc != OK)
		return rc;
	bool sign_moves = c.protocol && protocol_limit_min(c.protocol, STR("positive_transfer")) != PROTOCOL_NO_LIMIT;
	for (size_t i = 0; c.tier && i < c.tier->upgrade_n; i++)
		sign_moves |= c.tier->upgrade[i].trigger == TRIGGER_SIGN;
	for (size_t i = 0; i < c.span_n; i++) {
		const struct tracing_stage_span *t = &c.span[i];
		bool home = t->place == STAY_HOME;
		if (!home && !(t->place == STAY_SELF && t->stage->checks_per_day.v > 0))
			continue;
		add_span(tx, l, &(struct span){
			.from = t->from, .until = t->until, .closed = i + 1 == c.span_n && t->until != HOMECARE_OPEN_END, .checked = true,
			.known_at = c.known_at, .source = STAY_BY_CONTACT, .home = home,
			.planned_until = i + 1 < c.span_n ? c.span[i + 1].from : c.ends_at,
			.isolation = t->added || t->stage->kind == STAGE_ISOLATION, .exit = t->added ? EXIT_NONE : t->stage->exit,
			.observer = t->stage->observer, .checks_per_day = t->stage->checks_per_day.v, .outbreak = c.outbreak, .area = c.area,
			.protocol = c.protocol, .tier = c.tier->id, .move_on_sign = sign_moves && !t->added});
	}
	return OK;
}

/* Orders of the orders domain: they end by themselves. */
static enum err_code spans_of_orders(struct ledger_tx *tx, int64_t person, struct span_list *l, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_homecare_orders, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		enum orders_class class = (enum orders_class)db_int(db, 0);
		const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), db_text(db, 7));
		int64_t end = db_int(db, 2), lifted = db_int(db, 4);
		struct span s = {.from = db_int(db, 1), .until = lifted > 0 && lifted < end ? lifted : end, .planned_until = end,
				 .known_at = db_int(db, 3),
				 .closed = lifted > 0, .source = STAY_BY_ORDER, .home = true, .isolation = class == ORDER_HOME,
				 .exit = orders_exit_policy(p, class), .observer = OBSERVE_SELF, .outbreak = db_int(db, 5), .area = db_int(db, 6),
				 .checks_per_day = homecare_param(p, "monitoring.checks_per_day", HOMECARE_CHECKS_PER_DAY), .protocol = p,
				 .tier = str_of(orders_classes[class]),
				 .move_on_sign = p && protocol_limit_min(p, STR("positive_transfer")) != PROTOCOL_NO_LIMIT};
		add_span(tx, l, &s);
	}
	return db_stop(db, e);
}

struct own_case {
	int64_t key, outbreak, area, opened_at, isolated_at, place, withdrawn_at;
	const struct protocol *protocol;
};

static enum err_code until_moved(struct ledger_tx *tx, const struct own_case *c, struct span *s, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_homecare_case_moves, PARAMS(V_INT(tx->county), V_INT(c->key)), e);
	if (rc != OK)
		return rc;
	s->from = 0;
	while (db_next(tx->db)) {
		int64_t at = db_int(tx->db, 0);
		if (db_int(tx->db, 1) == AT_HOME) {
			if (s->from == 0 || s->until != HOMECARE_OPEN_END) {
				s->from = at;
				s->until = HOMECARE_OPEN_END;
			}
		} else if (s->from > 0 && s->until == HOMECARE_OPEN_END)
			s->until = at;
	}
	if (c->withdrawn_at > 0 && c->withdrawn_at < s->until)
		s->until = c->withdrawn_at;
	s->closed = s->until != HOMECARE_OPEN_END;
	return db_stop(tx->db, e);
}

/* A case that is isolated at home, where the edition lets it. */
static enum err_code spans_of_cases(struct ledger_tx *tx, int64_t person, struct span_list *l, struct moment_list *m, struct err *e)
{
	struct db *db = tx->db;
	struct own_case *v = NULL;
	size_t n = 0;
	enum err_code rc = db_query(db, &SQL_homecare_own_cases, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(tx->arena, v, n, sizeof *v);
		v[n++] = (struct own_case){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5), db_int(db, 6),
					   protocol_book_find(ledger_protocols(tx->l), db_text(db, 7))};
	}
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		struct span s = {.until = HOMECARE_OPEN_END, .planned_until = HOMECARE_OPEN_END, .source = STAY_BY_CASE, .home = true,
				 .isolation = true, .exit = EXIT_NONE, .outbreak = v[i].outbreak, .area = v[i].area, .tier = STR("case"),
				 .observer = OBSERVE_SELF, .protocol = v[i].protocol};
		rc = until_moved(tx, &v[i], &s, e);
		if (rc == OK && s.from > 0) {
			s.known_at = v[i].opened_at < s.from ? v[i].opened_at : s.from;
			add_span(tx, l, &s);
		}
		if (rc == OK && v[i].isolated_at > 0 && v[i].place != AT_HOME)
			note(tx, m, (struct moment){v[i].isolated_at, MOMENT_AWAY});
		if (rc == OK && v[i].withdrawn_at == 0)
			note(tx, m, (struct moment){v[i].opened_at, MOMENT_POSITIVE});
	}
	return rc;
}

static int by_from(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	const int64_t x[] = {a->from, a->until, a->source, a->known_at}, y[] = {b->from, b->until, b->source, b->known_at};
	for (size_t i = 0; i < ARRAY_N(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	if (a->area != b->area)
		return a->area < b->area ? -1 : 1;
	return str_cmp(a->protocol ? a->protocol->id : STR(""), b->protocol ? b->protocol->id : STR(""));
}

/* A recorded end closes what runs then. What is signed to begin later is not touched. */
static void cut(struct span_list *l, const struct event_list *events)
{
	size_t n = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct span s = l->v[i];
		for (size_t k = 0; k < events->n; k++)
			if (events->v[k].what == HOME_ENDED && events->v[k].at >= s.from) {
				s.until = events->v[k].at < s.until ? events->v[k].at : s.until;
				s.closed = s.until != HOMECARE_OPEN_END; /* also when it had run out by itself */
			}
		if (s.until > s.from)
			l->v[n++] = s;
	}
	l->n = n;
}

/* What follows without a gap and in the same way is one stay; the later part says how. */
static void join(struct span_list *l)
{
	size_t n = 0;
	if (l->n > 1)
		qsort(l->v, l->n, sizeof *l->v, by_from);
	for (size_t i = 0; i < l->n; i++) {
		struct span *last = n > 0 ? &l->v[n - 1] : NULL;
		if (!last || l->v[i].from > last->until || last->home != l->v[i].home) {
			l->v[n++] = l->v[i];
			continue;
		}
		struct span s = l->v[i].until >= last->until ? l->v[i] : *last;
		s.from = last->from;
		s.isolation = last->isolation || l->v[i].isolation;
		s.checked = last->checked || l->v[i].checked;
		s.known_at = last->known_at < l->v[i].known_at ? last->known_at : l->v[i].known_at;
		if (l->v[i].planned_until > s.planned_until)
			s.planned_until = l->v[i].planned_until;
		*last = s;
	}
	l->n = n;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void weigh_moments(struct home_state *h, const struct moment_list *m)
{
	if (h->spans_n == 0)
		return;
	const struct span *s = &h->spans[h->spans_n - 1];
	for (size_t i = 0; i < m->n; i++) {
		int64_t at = m->v[i].at;
		if (at < s->from || at > s->until) /* the result or the case that ends the stay counts for it */
			continue;
		if (m->v[i].what == MOMENT_HOME && (h->home_at == 0 || at < h->home_at))
			h->home_at = at;
		if (m->v[i].what == MOMENT_SIGN && (h->sign_at == 0 || at < h->sign_at))
			h->sign_at = at;
		if (m->v[i].what == MOMENT_POSITIVE && (h->positive_at == 0 || at < h->positive_at))
			h->positive_at = at;
	}
	int64_t since = h->positive_at == 0 || (h->sign_at > 0 && h->sign_at < h->positive_at) ? h->sign_at : h->positive_at;
	for (size_t i = 0; since > 0 && i < m->n; i++)
		if (m->v[i].what == MOMENT_AWAY && m->v[i].at >= since && (h->away_at == 0 || m->v[i].at < h->away_at))
			h->away_at = m->v[i].at;
}

struct team {
	int64_t at, complete, key;
	bool found;
};

static enum err_code read_team(struct ledger_tx *tx, int64_t subject, struct team *t, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_homecare_team_get, PARAMS(V_INT(tx->county), V_INT(subject)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		*t = (struct team){db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2), true};
	return db_stop(tx->db, e);
}

/* The person's own team, else that of its household. */
static enum err_code team_of(struct ledger_tx *tx, const struct home_state *h, const int64_t *keys, size_t keys_n, struct team *t,
			     struct err *e)
{
	enum err_code rc = OK;
	*t = (struct team){0};
	for (size_t i = 0; rc == OK && i < keys_n && !t->found; i++)
		rc = read_team(tx, keys[i], t, e);
	if (rc == OK && !t->found && h->household > 0)
		rc = read_team(tx, h->household, t, e);
	return rc;
}

static enum err_code read_place(struct ledger_tx *tx, struct home_state *h, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_homecare_place_of, PARAMS(V_INT(tx->county), V_INT(h->person)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		h->household = db_int(tx->db, 0);
		h->area = db_int(tx->db, 1);
	}
	return db_stop(tx->db, e);
}

static enum err_code read_records(struct ledger_tx *tx, const int64_t *keys, size_t n, struct home_state *h, struct event_list *events,
				  struct span_list *spans, struct moment_list *moments, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (h->ids_n < ARRAY_N(h->ids))
			rc = ledger_id_of(tx, keys[i], &h->ids[h->ids_n++], e);
		if (rc == OK)
			rc = read_events(tx, keys[i], events, e);
		if (rc == OK)
			rc = read_traced(tx, keys[i], moments, e);
		if (rc == OK)
			rc = read_positives(tx, keys[i], moments, e);
		if (rc == OK)
			rc = spans_of_orders(tx, keys[i], spans, e);
		if (rc == OK)
			rc = spans_of_cases(tx, keys[i], spans, moments, e);
	}
	return rc;
}

enum err_code homecare_state_read(struct ledger_tx *tx, int64_t person, struct home_state *out, struct err *e)
{
	struct event_list events = {0};
	struct span_list spans = {0};
	struct moment_list moments = {0};
	struct team team;
	const int64_t *keys;
	size_t n = 0;
	enum err_code rc = records(tx, person, &keys, &n, e);
	if (rc != OK)
		return rc;
	struct home_state h = {.person = keys[0]};
	rc = read_records(tx, keys, n, &h, &events, &spans, &moments, e);
	if (rc == OK)
		rc = spans_of_contact(tx, h.person, &spans, e);
	if (rc == OK)
		rc = read_place(tx, &h, e);
	if (rc == OK)
		rc = team_of(tx, &h, keys, n, &team, e);
	if (rc != OK)
		return rc;
	if (n > 1 && events.n > 1)
		qsort(events.v, events.n, sizeof *events.v, by_at_and_fact);
	cut(&spans, &events);
	join(&spans);
	h.events = events.v;
	h.events_n = events.n;
	h.checks = moments.checks;
	h.checks_n = moments.checks_n;
	h.spans = spans.v;
	h.spans_n = spans.n;
	h.team_at = team.at;
	h.team_complete = team.complete == 1;
	weigh_moments(&h, &moments);
	*out = h;
	return OK;
}

/* ---- the row ----------------------------------------------------------------------------------------------------- */

struct seen { /* what was recorded during the stay */
	int64_t entered_at, fit, assessed_at, visits, visited_at, delivered_at, waste_at, out_until;
};

static bool returned(const struct home_state *h, int64_t exit)
{
	for (size_t i = 0; i < h->events_n; i++)
		if (h->events[i].what == HOME_RETURNED && h->events[i].other == exit)
			return true;
	return false;
}

static struct seen look(const struct home_state *h, const struct span *s)
{
	struct seen v = {.fit = -1, .entered_at = h->home_at}; /* a crew or a tracer may have said so as well */
	for (size_t i = 0; i < h->events_n; i++) {
		const struct home_event *ev = &h->events[i];
		if (ev->what == HOME_ASSESSED && ev->at < s->until) { /* also before the stay: that is when a home should be looked at */
			v.fit = ev->flag;
			v.assessed_at = ev->at;
		}
		if (ev->at < s->from || ev->at >= s->until)
			continue;
		if (ev->what == HOME_ENTERED && (v.entered_at == 0 || ev->at < v.entered_at))
			v.entered_at = ev->at;
		if (ev->what == HOME_VISITED && ev->value == FOUND_MET) {
			v.visits++;
			v.visited_at = ev->at;
		}
		if (ev->what == HOME_DELIVERED)
			v.delivered_at = ev->at;
		if (ev->what == HOME_WASTE)
			v.waste_at = ev->at;
		if (ev->what == HOME_EXIT && !returned(h, ev->other))
			v.out_until = ev->until_at > 0 ? ev->until_at : ev->at + DUTY_DUE_DEFAULT_MS;
	}
	return v;
}

static int64_t or_zero(int64_t t)
{
	return t == HOMECARE_OPEN_END ? 0 : t;
}

static enum err_code write_stay(struct ledger_tx *tx, const struct home_state *h, struct err *e)
{
	if (h->spans_n == 0)
		return db_run(tx->db, &SQL_homecare_stay_drop, PARAMS(V_INT(tx->county), V_INT(h->person)), e);
	const struct span *s = &h->spans[h->spans_n - 1];
	struct seen v = look(h, s);
	struct team team;
	const int64_t *keys;
	size_t n;
	enum err_code rc = records(tx, h->person, &keys, &n, e);
	if (rc == OK)
		rc = team_of(tx, h, keys, n, &team, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_homecare_stay_put,
		      PARAMS(V_INT(tx->county), V_INT(h->person), V_INT(s->outbreak), V_INT(h->area > 0 ? h->area : s->area), V_INT(h->household),
			     V_INT(s->source), V_INT(s->home), V_INT(s->isolation), V_INT(s->exit), V_INT(s->observer), V_INT(s->checks_per_day),
			     V_TEXT(s->tier), V_TEXT(s->protocol ? s->protocol->id : STR("")), V_INT(s->from), V_INT(or_zero(s->until)),
			     V_INT(or_zero(s->planned_until)), V_INT(v.entered_at), V_INT(v.fit), V_INT(v.assessed_at), V_INT(team.key),
			     V_INT(team.complete), V_INT(v.visits), V_INT(v.visited_at), V_INT(v.delivered_at), V_INT(v.waste_at),
			     V_INT(v.out_until)),
		      e);
}

/* A record that was merged into another: all that follows stands under that one. */
static enum err_code clear_one(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct owed_list none = {0};
	enum err_code rc = db_run(tx->db, &SQL_homecare_stay_drop, PARAMS(V_INT(tx->county), V_INT(person)), e);
	return rc == OK ? homecare_write_duties(tx, person, &none, e) : rc;
}

enum err_code homecare_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct home_state h;
	struct owed_list l = {0};
	const int64_t *keys;
	size_t n = 0;
	struct arena_mark whole = arena_mark(tx->arena);
	enum err_code rc = records(tx, person, &keys, &n, e);
	if (rc == OK)
		rc = homecare_state_read(tx, person, &h, e);
	if (rc == OK)
		rc = write_stay(tx, &h, e);
	if (rc == OK)
		rc = homecare_person_duties(tx, &h, &l, e);
	if (rc == OK)
		rc = homecare_write_duties(tx, h.person, &l, e);
	if (rc == OK)
		rc = homecare_watches_derive(tx, &h, e);
	if (rc == OK && h.household > 0)
		homecare_watch_person(tx->county, h.household);
	for (size_t i = 0; rc == OK && i < n; i++) {
		homecare_watch_person(tx->county, keys[i]);
		if (i > 0)
			rc = clear_one(tx, keys[i], e);
	}
	arena_rewind(tx->arena, whole);
	return rc;
}
