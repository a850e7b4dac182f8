/* SPDX-License-Identifier: Apache-2.0 */
#include "trace_world.h"

#include <stdlib.h>
#include <string.h>

/* 2020-03-28 22:00 UTC: the night in which Rome's clocks went forward. */
#define NIGHT UINT32_C(1585432800)

static uint32_t below(struct dice *d, uint32_t n)
{
	return (uint32_t)dice_below(d, n);
}

static bool is_new(const struct world *w, const struct visit *x)
{
	for (size_t i = 0; i < w->visits_n; i++) {
		const struct visit *y = &w->visit[i];
		if (x->person == y->person && x->place == y->place && x->t_in == y->t_in &&
		    x->t_out == y->t_out)
			return false;
	}
	return true;
}

static void make_rules(struct world *w, struct dice *d)
{
	static const uint32_t mins[] = {0, 1, 60, 300, 600, 1800}, lingers[] = {0, 0, 60, 600, 3600};
	bool sums = below(d, 4) == 0;
	for (size_t i = 0; i < 4; i++)
		w->type[i] = (struct trace_rule){.min_s = mins[below(d, 6)],
						 .linger_s = lingers[below(d, 5)],
						 .usual_s = 1800,
						 .cumulative = sums && below(d, 2),
						 .off = below(d, 12) == 0};
	w->rules = (struct trace_rules){
		w->type,
		4,
		{.min_s = mins[below(d, 5)], .cumulative = sums && below(d, 2), .off = below(d, 12) == 0}};
}

static void make_places(struct world *w, struct dice *d)
{
	w->places_n = 1 + below(d, 8);
	bool nest = below(d, 3) == 0;
	for (size_t i = 0; i < w->places_n; i++) {
		w->place_type[i] = (uint8_t)below(d, 4);
		w->place_parent[i] = nest && i > 0 && below(d, 3) ? below(d, (uint32_t)i) : TRACE_NONE;
	}
}

static void make_visits(struct world *w, struct dice *d)
{
	size_t n = 1 + below(d, WORLD_MAX - 1);
	uint32_t step = below(d, 2) ? 600 : below(d, 2) ? 60 : 1, span = below(d, 2) ? 36 * 3600 : 8 * 3600;
	for (size_t i = 0; i < n; i++) {
		uint32_t t = NIGHT + below(d, span / step) * step, len;
		switch (below(d, 6)) {
		case 0:
			len = 0;
			break;
		case 1:
			len = (1 + below(d, 30)) * 3600; /* longer than a day now and then */
			break;
		default:
			len = below(d, 7200 / step) * step;
		}
		if (w->visits_n > 0 && below(d, 3) == 0) { /* touches or equals an earlier one */
			const struct visit *y = &w->visit[below(d, (uint32_t)w->visits_n)];
			t = below(d, 2) ? y->t_out : y->t_in;
			if (below(d, 3) == 0)
				len = y->t_out - y->t_in;
		}
		struct visit x = {below(d, (uint32_t)w->persons_n), below(d, (uint32_t)w->places_n), t,
				  t + len, below(d, 5) == 0 ? VISIT_ASSUMED : 0};
		if (is_new(w, &x))
			w->visit[w->visits_n++] = x;
	}
}

static void make_ties(struct world *w, struct dice *d)
{
	size_t meets = below(d, 2) ? below(d, 20) : 0, links = below(d, 2) ? below(d, 6) : 0;
	for (size_t i = 0; i < meets; i++) {
		uint32_t a = below(d, (uint32_t)w->persons_n), b = below(d, (uint32_t)w->persons_n);
		uint32_t t = NIGHT + below(d, 36) * 1800;
		if (a != b)
			w->meet[w->meets_n++] = (struct trace_encounter){a, b, t, t + below(d, 4) * 300};
	}
	for (size_t i = 0; i < links; i++) {
		uint32_t a = below(d, (uint32_t)w->persons_n), b = below(d, (uint32_t)w->persons_n);
		if (a != b)
			w->link[w->links_n++] = (struct trace_link){
				a, b, below(d, 2) ? TRACE_NONE : NIGHT + below(d, 36) * 1800, below(d, 3)};
	}
}

void world_make(struct world *w, uint64_t seed)
{
	struct dice d;
	dice_init(&d, seed);
	memset(w, 0, sizeof *w);
	w->persons_n = 2 + below(&d, 14);
	make_rules(w, &d);
	make_places(w, &d);
	make_visits(w, &d);
	make_ties(w, &d);
	w->cases_n = 1 + below(&d, 3);
	for (size_t i = 0; i < w->cases_n; i++) {
		uint32_t from = below(&d, 4) ? 0 : NIGHT + below(&d, 36) * 1800;
		uint32_t to = below(&d, 2) ? VISIT_TIME_MAX : NIGHT + below(&d, 72) * 1800;
		w->cases[i] = (struct trace_case){below(&d, (uint32_t)w->persons_n), from,
						  to > from ? to : from};
	}
	for (uint32_t p = 0; p < w->persons_n && w->isolated_n < 8; p++)
		if (below(&d, 6) == 0)
			w->isolated[w->isolated_n++] = (struct trace_isolation){p,
										NIGHT + below(&d, 36) * 1800};
	w->hops = 1 + below(&d, 4);
	w->any_order = below(&d, 10) == 0;
}

/* --- the definition ---------------------------------------------------------------------------------- */

struct brute {
	const struct world *w;
	struct trace_result *out;
	bool blocked[32];
	struct trace_case span[64];
	size_t spans_n;
	size_t cap_n;
};

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The innermost place containing both, or -1. */
static int common_place(const struct world *w, uint32_t p, uint32_t q)
{
	for (uint32_t a = p; a != TRACE_NONE; a = w->place_parent[a])
		for (uint32_t b = q; b != TRACE_NONE; b = w->place_parent[b])
			if (a == b)
				return (int)a;
	return -1;
}

static const struct trace_rule *rule_at(const struct world *w, const struct trace_exposure *x, int *type)
{
	*type = x->place == TRACE_BY_ENCOUNTER ? 255 : w->place_type[common_place(w, x->place, x->via_place)];
	return *type == 255 ? &w->rules.encounter : &w->type[*type];
}

static void push(struct brute *b, struct trace_exposure x)
{
	struct trace_result *o = b->out;
	if (o->exposures_n == b->cap_n) {
		b->cap_n = b->cap_n ? 2 * b->cap_n : 256;
		o->exposures = realloc(o->exposures, b->cap_n * sizeof *o->exposures);
		CHECK(o->exposures);
	}
	o->exposures[o->exposures_n++] = x;
}

static void stays(struct brute *b, uint32_t hop, const struct trace_case *s)
{
	const struct world *w = b->w;
	for (size_t i = 0; i < w->visits_n; i++)
		for (size_t k = 0; k < w->visits_n; k++) {
			const struct visit *u = &w->visit[i], *v = &w->visit[k];
			int64_t a = max64(u->t_in, s->from), e = min64(u->t_out, s->to);
			int top = common_place(w, u->place, v->place);
			if (u->person != s->person || v->person == s->person || b->blocked[v->person] ||
			    a >= e || top < 0)
				continue;
			const struct trace_rule *r = &w->type[w->place_type[top]];
			int64_t start = max64(v->t_in, a), end = min64(v->t_out, e + r->linger_s);
			if (r->off || end - start < (r->cumulative ? 1 : (int64_t)r->min_s))
				continue;
			push(b, (struct trace_exposure){v->person, hop, (uint32_t)start, (uint32_t)end,
							v->place, u->person, u->place,
							(u->flags ? TRACE_SOURCE_ASSUMED : 0) |
								(v->flags ? TRACE_OTHER_ASSUMED : 0)});
		}
}

static void ties(struct brute *b, uint32_t hop, const struct trace_case *s)
{
	const struct world *w = b->w;
	const struct trace_rule *r = &w->rules.encounter;
	for (size_t i = 0; i < w->meets_n && !r->off; i++) {
		const struct trace_encounter *m = &w->meet[i];
		uint32_t other = m->a == s->person ? m->b : m->a;
		int64_t a = max64(m->start, s->from), e = min64(m->end, s->to);
		if ((m->a == s->person || m->b == s->person) && !b->blocked[other] && a < e &&
		    e - a >= (r->cumulative ? 1 : (int64_t)r->min_s))
			push(b,
			     (struct trace_exposure){other, hop, (uint32_t)a, (uint32_t)e, TRACE_BY_ENCOUNTER,
						     s->person, TRACE_BY_ENCOUNTER, 0});
	}
	for (size_t i = 0; i < w->links_n; i++) {
		const struct trace_link *m = &w->link[i];
		uint32_t other = m->a == s->person ? m->b : m->a, at = m->at == TRACE_NONE ? s->from : m->at;
		if ((m->a == s->person || m->b == s->person) && !b->blocked[other] && at >= s->from &&
		    at < s->to)
			push(b, (struct trace_exposure){other, hop, at, at, TRACE_BY_LINK, s->person, m->kind,
							0});
	}
}

static int order(const void *a, const void *b)
{
	const struct trace_exposure *x = a, *y = b;
	const uint32_t l[] = {x->person, x->start, x->place, x->via, x->end, x->via_place, x->marks};
	const uint32_t r[] = {y->person, y->start, y->place, y->via, y->end, y->via_place, y->marks};
	for (size_t i = 0; i < ARRAY_N(l); i++)
		if (l[i] != r[i])
			return l[i] < r[i] ? -1 : 1;
	return 0;
}

static void drop_small_sums(struct brute *b, size_t from)
{
	struct trace_result *o = b->out;
	bool *keep = calloc(o->exposures_n + 1, 1);
	CHECK(keep);
	for (size_t i = from; i < o->exposures_n; i++) {
		const struct trace_exposure *x = &o->exposures[i];
		int type, other;
		const struct trace_rule *r = x->place == TRACE_BY_LINK ? NULL : rule_at(b->w, x, &type);
		uint64_t sum = 0;
		for (size_t k = from; k < o->exposures_n && r; k++) {
			const struct trace_exposure *y = &o->exposures[k];
			if (y->place == TRACE_BY_LINK || y->person != x->person || y->via != x->via)
				continue;
			rule_at(b->w, y, &other);
			sum += other == type ? y->end - y->start : 0;
		}
		keep[i] = !r || !r->cumulative || sum >= r->min_s;
	}
	size_t n = from;
	for (size_t i = from; i < o->exposures_n; i++)
		if (keep[i])
			o->exposures[n++] = o->exposures[i];
	o->exposures_n = n;
	free(keep);
}

void world_brute(const struct world *w, struct trace_result *out)
{
	struct brute b = {.w = w, .out = out};
	uint32_t earliest = UINT32_MAX;
	memset(out, 0, sizeof *out);
	out->contacts = calloc(64, sizeof *out->contacts);
	CHECK(out->contacts);
	for (size_t i = 0; i < w->cases_n; i++) {
		b.span[b.spans_n++] = w->cases[i];
		b.blocked[w->cases[i].person] = true;
		earliest = w->cases[i].from < earliest ? w->cases[i].from : earliest;
	}
	for (uint32_t hop = 1; hop <= w->hops; hop++) {
		size_t from = out->exposures_n, at = out->contacts_n;
		for (size_t i = 0; i < b.spans_n; i++) {
			if (b.span[i].from >= b.span[i].to)
				continue;
			stays(&b, hop, &b.span[i]);
			ties(&b, hop, &b.span[i]);
		}
		drop_small_sums(&b, from);
		if (out->exposures_n > from)
			qsort(out->exposures + from, out->exposures_n - from, sizeof *out->exposures, order);
		b.spans_n = 0;
		for (size_t i = from; i < out->exposures_n;) {
			const struct trace_exposure *x = &out->exposures[i];
			struct trace_contact *c = &out->contacts[out->contacts_n++];
			*c = (struct trace_contact){.person = x->person,
						    .hop = hop,
						    .first = x->start,
						    .place = x->place,
						    .via = x->via,
						    .via_case = hop == 1 ? x->via : TRACE_NONE};
			for (size_t k = 0; k < at; k++)
				if (hop > 1 && out->contacts[k].person == x->via)
					c->via_case = out->contacts[k].via_case;
			for (; i < out->exposures_n && out->exposures[i].person == c->person; i++) {
				c->exposures++;
				c->seconds += out->exposures[i].end - out->exposures[i].start;
			}
			b.blocked[c->person] = true;
			uint32_t until = TRACE_NONE;
			for (size_t k = 0; k < w->isolated_n; k++)
				until = w->isolated[k].person == c->person ? w->isolated[k].at : until;
			b.span[b.spans_n++] = (struct trace_case){c->person,
								  w->any_order ? earliest : c->first, until};
		}
		out->hop_n[hop] = out->contacts_n - at;
	}
}

size_t world_brute_venues(const struct world *w, uint32_t gap_s, struct trace_venue *out,
			  uint64_t *population)
{
	uint32_t from = UINT32_MAX, to = 0;
	size_t n = 0;
	for (size_t i = 0; i < w->cases_n; i++) {
		from = w->cases[i].from < from ? w->cases[i].from : from;
		to = w->cases[i].to > to ? w->cases[i].to : to;
	}
	bool any[32] = {false};
	*population = 0;
	for (uint32_t place = 0; place < w->places_n; place++) {
		struct trace_venue v = {.place = place};
		bool seen[32] = {false}, linked[32] = {false};
		struct {
			int64_t a, e;
			uint32_t person;
		} stay[WORLD_MAX * 4];
		size_t stays_n = 0;
		for (size_t i = 0; i < w->visits_n; i++) {
			const struct visit *x = &w->visit[i];
			bool in = x->t_in < to && x->t_out > from;
			*population += in && !any[x->person];
			any[x->person] |= in;
			if (x->place != place)
				continue;
			v.visitors_n += in && !seen[x->person];
			seen[x->person] |= in;
			for (size_t k = 0; k < w->cases_n; k++) {
				int64_t a = max64(x->t_in, w->cases[k].from),
					e = min64(x->t_out, w->cases[k].to);
				if (w->cases[k].person == x->person && a < e) {
					stay[stays_n].a = a;
					stay[stays_n].e = e;
					stay[stays_n++].person = x->person;
				}
			}
		}
		for (size_t i = 0; i < stays_n; i++)
			for (size_t k = i + 1; k < stays_n; k++)
				if (stay[i].person != stay[k].person &&
				    max64(stay[i].a, stay[k].a) - min64(stay[i].e, stay[k].e) <= gap_s) {
					v.links_n++;
					linked[stay[i].person] = linked[stay[k].person] = true;
				}
		for (int p = 0; p < 32; p++)
			v.cases_n += linked[p];
		if (v.links_n)
			out[n++] = v;
	}
	return n;
}
