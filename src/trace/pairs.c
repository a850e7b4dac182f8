/* SPDX-License-Identifier: Apache-2.0
 *
 * Exposures one by one: for hop 1, for evidence, for cumulative rules, and for places that nest.
 */
#include <stdlib.h>

#include "trace/query.h"

enum err_code run_cancelled(struct run *r)
{
	return r->rc = err_set(r->e, ERR_BUSY, "", "the query was cancelled");
}

/* --- sources --------------------------------------------------------------------------------------- */

void pairs_sources(struct run *r, size_t lo, size_t hi, take_fn *take, void *ctx)
{
	const struct visits_view *view = r->w->view;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct part *p = &view->part[k];
		const struct seg_order *o = &p->g->by_person;
		const uint64_t *dead = p->dead ? p->dead->person : NULL;
		for (size_t i = lo; i < hi; i++) {
			const struct span *s = &r->span[i];
			if (!o->keys && i + 8 < hi && r->span[i + 8].person < o->keys_n)
				__builtin_prefetch(&o->start[r->span[i + 8].person]);
			if (!o->keys && i + 4 < hi && r->span[i + 4].person < o->keys_n)
				__builtin_prefetch(
					o->rec + ((uint64_t)o->start[r->span[i + 4].person] * o->width >> 3));
			if (p->g->out_max <= s->from || p->g->t_base >= s->to)
				continue;
			uint32_t a, b;
			for (seg_range(o, s->person, &a, &b); a < b; a++) {
				struct seg_visit x;
				seg_get(p->g, o, a, &x);
				if (x.t_in >= s->to)
					break;
				uint32_t start = x.t_in > s->from ? x.t_in : s->from;
				uint32_t end = x.t_out < s->to ? x.t_out : s->to;
				if (start >= end || dead_at(dead, a))
					continue;
				struct source src = {s->person, x.ref, start, end, x.flags};
				take(ctx, &src);
			}
		}
	}
}

/* --- forward: the others of a source stay ------------------------------------------------------------ */

/* Visits at `place` that a source stay exposes under `rule`. */
static void scan_place(struct run *r, const struct source *s, uint32_t place, const struct trace_rule *rule,
		       hit_fn *hit, void *ctx, uint64_t *touched)
{
	uint32_t least = rule->cumulative ? 1 : rule->min_s, end = s->end + rule->linger_s;
	if (end - s->start < least)
		return;
	uint32_t in_max = end - least, out_min = s->start + least; /* what an exposed stay must satisfy */
	const struct visits_view *view = r->w->view;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct part *p = &view->part[k];
		struct seg_parts pieces;
		if (p->g->t_base > in_max || p->g->out_max < out_min || !seg_parts(p->g, place, &pieces))
			continue;
		const uint64_t *dead = p->dead ? p->dead->place : NULL;
		for (unsigned c = 0; c < pieces.n; c++)
			for (uint32_t i = seg_begin(p->g, &pieces, c, out_min); i < pieces.hi[c]; i++) {
				struct seg_visit x;
				seg_get(p->g, &p->g->by_place, i, &x);
				++*touched;
				if (x.t_in > in_max) {
					if (pieces.whole)
						continue;
					break;
				}
				if (x.t_out < out_min || x.t_out - x.t_in < least || x.ref == s->person ||
				    bit_at(r->blocked, x.ref) || dead_at(dead, i))
					continue;
				uint32_t a = x.t_in > s->start ? x.t_in : s->start,
					 b = x.t_out < end ? x.t_out : end;
				hit(ctx, s, x.ref, place, a, b,
				    (s->flags & VISIT_ASSUMED ? TRACE_SOURCE_ASSUMED : 0) |
					    (x.flags & VISIT_ASSUMED ? TRACE_OTHER_ASSUMED : 0));
			}
	}
}

void pairs_nested(struct run *r, const struct source *s, hit_fn *hit, void *ctx, uint64_t *touched)
{
	const struct trace_ties *t = r->w->ties;
	if (!ties_nested(t, s->place))
		return;
	/* Up the chain: at each level the places that are not below the one we came from. */
	uint32_t from = TRACE_NONE;
	for (uint32_t top = s->place; top != TRACE_NONE; from = top, top = t->parent[top]) {
		const struct trace_rule *rule = rule_of(r, top);
		if (rule->off)
			continue;
		for (uint32_t i = t->at[top]; i < t->at[top] + t->size[top]; i++) {
			if (from != TRACE_NONE && i == t->at[from]) {
				i += t->size[from] - 1;
				continue;
			}
			if (t->tour[i] != s->place) /* the place itself is not a matter of nesting */
				scan_place(r, s, t->tour[i], rule, hit, ctx, touched);
		}
	}
}

void pairs_by_ties(struct run *r, hit_fn *hit, void *ctx)
{
	const struct trace_ties *t = r->w->ties;
	const struct trace_rule *rule = &r->rules->encounter;
	for (size_t i = 0; t && i < r->spans_n; i++) {
		const struct span *s = &r->span[i];
		if (s->from >= s->to)
			continue;
		struct source src = {.person = s->person, .place = TRACE_BY_ENCOUNTER};
		size_t lo, hi;
		for (ties_meets(t, s->person, &lo, &hi); lo < hi && !rule->off; lo++) {
			const struct meet *m = &t->meet[lo];
			uint32_t a = m->start > s->from ? m->start : s->from,
				 b = m->end < s->to ? m->end : s->to;
			if (a < b && b - a >= (rule->cumulative ? 1 : rule->min_s) &&
			    !bit_at(r->blocked, m->b))
				hit(ctx, &src, m->b, TRACE_BY_ENCOUNTER, a, b, 0);
		}
		for (ties_links(t, s->person, &lo, &hi); lo < hi; lo++) {
			const struct tie *x = &t->tie[lo];
			uint32_t at = x->at == TRACE_NONE ? s->from : x->at;
			src.place = x->kind;
			if (at >= s->from && at < s->to && !bit_at(r->blocked, x->b))
				hit(ctx, &src, x->b, TRACE_BY_LINK, at, at, 0);
		}
	}
}

struct listing {
	struct run *r;
	struct exposures *out;
	uint32_t hop;
};

static void list_exposure(void *ctx, const struct source *s, uint32_t person, uint32_t place, uint32_t start,
			  uint32_t end, uint32_t marks)
{
	struct listing *l = ctx;
	struct exposures *x = l->out;
	size_t max = l->r->q->exposures_max ? l->r->q->exposures_max : (size_t)64 << 20;
	if (l->r->rc != OK)
		return;
	if (x->n >= max) {
		l->r->rc = err_set(l->r->e, ERR_TOO_LARGE, "",
				   "more than %zu exposures; ask for evidence of fewer hops", max);
		return;
	}
	if (x->n == x->cap_n) {
		size_t cap = x->cap_n ? 2 * x->cap_n : 256;
		struct trace_exposure *more = realloc(x->p, cap * sizeof *more);
		if (!more) {
			l->r->rc = err_set(l->r->e, ERR_MEMORY, "", "no memory for %zu exposures", cap);
			return;
		}
		x->p = more;
		x->cap_n = cap;
	}
	x->p[x->n++] = (struct trace_exposure){person, l->hop, start, end, place, s->person, s->place, marks};
}

static void expose(void *ctx, const struct source *s)
{
	struct listing *l = ctx;
	if (l->r->rc != OK ||
	    ((++l->r->stats.sources & 63) == 0 && cancelled(l->r) && run_cancelled(l->r) != OK))
		return;
	const struct trace_rule *rule = rule_of(l->r, s->place);
	if (!rule->off)
		scan_place(l->r, s, s->place, rule, list_exposure, l, &l->r->stats.touched);
	pairs_nested(l->r, s, list_exposure, l, &l->r->stats.touched);
}

enum err_code pairs_of_hop(struct run *r, uint32_t hop, struct exposures *out)
{
	struct listing l = {r, out, hop};
	pairs_sources(r, 0, r->spans_n, expose, &l);
	pairs_by_ties(r, list_exposure, &l);
	return r->rc;
}

/* --- backward: the sources of one person's stays ----------------------------------------------------- */

static size_t first_span(const struct run *r, uint32_t person)
{
	size_t a = 0, b = r->spans_n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (r->span[mid].person < person)
			a = mid + 1;
		else
			b = mid;
	}
	return a;
}

/* Who among the sources stayed at `place` so as to expose the stay x under `rule`. */
static void scan_sources(struct run *r, const struct visit *x, uint32_t place, const struct trace_rule *rule,
			 struct listing *l)
{
	uint32_t least = rule->cumulative ? 1 : rule->min_s;
	if (rule->off || x->t_out - x->t_in < least)
		return;
	uint32_t before = least > rule->linger_s ? 0 : rule->linger_s - least;
	uint32_t out_min = x->t_in > before ? x->t_in - before : 0, in_max = x->t_out - least;
	for (uint32_t k = 0; k < r->w->view->parts_n; k++) {
		const struct part *p = &r->w->view->part[k];
		struct seg_parts pieces;
		if (p->g->t_base > in_max || p->g->out_max < out_min || !seg_parts(p->g, place, &pieces))
			continue;
		for (unsigned c = 0; c < pieces.n; c++)
			for (uint32_t i = seg_begin(p->g, &pieces, c, out_min); i < pieces.hi[c]; i++) {
				struct seg_visit y;
				seg_get(p->g, &p->g->by_place, i, &y);
				if (y.t_in > in_max && !pieces.whole)
					break;
				if (y.t_in > in_max || y.ref == x->person ||
				    (p->dead && dead_at(p->dead->place, i)))
					continue;
				for (size_t n = first_span(r, y.ref);
				     n < r->spans_n && r->span[n].person == y.ref; n++) {
					uint32_t a = y.t_in > r->span[n].from ? y.t_in : r->span[n].from;
					uint32_t b = y.t_out < r->span[n].to ? y.t_out : r->span[n].to;
					if (a >= b)
						continue;
					struct source s = {y.ref, place, a, b, y.flags};
					uint32_t start = a > x->t_in ? a : x->t_in, end = b + rule->linger_s;
					end = end < x->t_out ? end : x->t_out;
					if (end >= start && end - start >= least)
						list_exposure(
							l, &s, x->person, x->place, start, end,
							(y.flags & VISIT_ASSUMED ? TRACE_SOURCE_ASSUMED : 0) |
								(x->flags & VISIT_ASSUMED
									 ? TRACE_OTHER_ASSUMED
									 : 0));
				}
			}
	}
}

static void stay_back(struct run *r, const struct visit *x, struct listing *l)
{
	const struct trace_ties *t = r->w->ties;
	scan_sources(r, x, x->place, rule_of(r, x->place), l);
	if (!ties_nested(t, x->place))
		return;
	uint32_t from = TRACE_NONE;
	for (uint32_t top = x->place; top != TRACE_NONE; from = top, top = t->parent[top])
		for (uint32_t i = t->at[top]; i < t->at[top] + t->size[top]; i++) {
			if (from != TRACE_NONE && i == t->at[from])
				i += t->size[from] - 1;
			else if (t->tour[i] != x->place)
				scan_sources(r, x, t->tour[i], rule_of(r, top), l);
		}
}

static void ties_back(struct run *r, uint32_t person, struct listing *l)
{
	const struct trace_ties *t = r->w->ties;
	const struct trace_rule *rule = &r->rules->encounter;
	size_t lo, hi;
	for (ties_meets(t, person, &lo, &hi); lo < hi && !rule->off; lo++) {
		const struct meet *m = &t->meet[lo];
		for (size_t n = first_span(r, m->b); n < r->spans_n && r->span[n].person == m->b; n++) {
			uint32_t a = m->start > r->span[n].from ? m->start : r->span[n].from;
			uint32_t b = m->end < r->span[n].to ? m->end : r->span[n].to;
			struct source s = {.person = m->b, .place = TRACE_BY_ENCOUNTER};
			if (a < b && b - a >= (rule->cumulative ? 1 : rule->min_s))
				list_exposure(l, &s, person, TRACE_BY_ENCOUNTER, a, b, 0);
		}
	}
	for (ties_links(t, person, &lo, &hi); lo < hi; lo++) {
		const struct tie *x = &t->tie[lo];
		for (size_t n = first_span(r, x->b); n < r->spans_n && r->span[n].person == x->b; n++) {
			uint32_t at = x->at == TRACE_NONE ? r->span[n].from : x->at;
			struct source s = {.person = x->b, .place = x->kind};
			if (r->span[n].from < r->span[n].to && at >= r->span[n].from && at < r->span[n].to)
				list_exposure(l, &s, person, TRACE_BY_LINK, at, at, 0);
		}
	}
}

enum err_code pairs_of_person(struct run *r, uint32_t hop, uint32_t person, struct exposures *out)
{
	struct listing l = {r, out, hop};
	const struct visits_view *view = r->w->view;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct part *p = &view->part[k];
		uint32_t lo, hi;
		for (seg_range(&p->g->by_person, person, &lo, &hi); lo < hi; lo++) {
			struct seg_visit x;
			if (p->dead && dead_at(p->dead->person, lo))
				continue;
			seg_get(p->g, &p->g->by_person, lo, &x);
			struct visit v = {person, x.ref, x.t_in, x.t_out, x.flags};
			stay_back(r, &v, &l);
		}
	}
	if (r->w->ties)
		ties_back(r, person, &l);
	return r->rc;
}

/* --- putting exposures in order ------------------------------------------------------------------------ */

static int after(const struct trace_exposure *x, const struct trace_exposure *y)
{
	const uint32_t a[] = {x->place, x->via, x->end, x->via_place, x->marks};
	const uint32_t b[] = {y->place, y->via, y->end, y->via_place, y->marks};
	for (size_t i = 0; i < ARRAY_N(a); i++)
		if (a[i] != b[i])
			return a[i] > b[i] ? 1 : -1;
	return 0;
}

static int by_rest(const void *a, const void *b)
{
	return after(a, b);
}

/* Sorts by (a, b) taken from each exposure; order[i].val is where it stood. */
static struct keyed *order_by(const struct trace_exposure *x, size_t n, bool by_source)
{
	struct keyed *a = malloc(2 * n * sizeof *a);
	for (size_t i = 0; a && i < n; i++)
		a[i] = (struct keyed){(uint64_t)x[i].person << 32 | (by_source ? x[i].via : x[i].start), i};
	if (a)
		keyed_sort(a, a + n, n, 64);
	return a;
}

static const struct trace_rule *exposure_rule(const struct run *r, const struct trace_exposure *x,
					      unsigned *slot)
{
	if (x->place == TRACE_BY_LINK)
		return NULL;
	*slot = TRACE_TYPES_MAX;
	if (x->place == TRACE_BY_ENCOUNTER)
		return &r->rules->encounter;
	uint32_t common = x->place;
	const struct trace_ties *t = r->w->ties;
	if (x->place != x->via_place) /* the innermost place that contains both */
		while (!(t->at[x->via_place] >= t->at[common] &&
			 t->at[x->via_place] < t->at[common] + t->size[common]))
			common = t->parent[common];
	*slot = common < r->w->places_n ? r->w->place_type[common] : 0;
	return &r->rules->type[*slot];
}

/* Drops exposures under cumulative rules whose sum does not reach the minimum. */
static enum err_code apply_sums(struct run *r, struct trace_exposure *x, size_t *n)
{
	struct keyed *a = order_by(x, *n, true);
	if (!a)
		return err_set(r->e, ERR_MEMORY, "", "no memory to add up exposures");
	uint64_t sum[TRACE_TYPES_MAX + 1] = {0};
	for (size_t lo = 0, hi; lo < *n; lo = hi) {
		unsigned slot;
		for (hi = lo; hi < *n && a[hi].key == a[lo].key; hi++)
			if (exposure_rule(r, &x[a[hi].val], &slot))
				sum[slot] += x[a[hi].val].end - x[a[hi].val].start;
		for (size_t i = lo; i < hi; i++) {
			struct trace_exposure *y = &x[a[i].val];
			const struct trace_rule *rule = exposure_rule(r, y, &slot);
			if (rule && rule->cumulative && sum[slot] < rule->min_s)
				y->hop = 0; /* does not count */
		}
		for (size_t i = lo; i < hi; i++)
			if (exposure_rule(r, &x[a[i].val], &slot))
				sum[slot] = 0;
	}
	free(a);
	size_t kept = 0;
	for (size_t i = 0; i < *n; i++)
		if (x[i].hop)
			x[kept++] = x[i];
	*n = kept;
	return OK;
}

enum err_code exposures_finish(struct run *r, struct exposures *out, size_t from)
{
	size_t n = out->n - from;
	if (n == 0)
		return OK;
	struct trace_exposure *x = out->p + from;
	if (r->cumulative) {
		enum err_code rc = apply_sums(r, x, &n);
		if (rc != OK)
			return rc;
		out->n = from + n;
	}
	if (n < 2)
		return OK;
	struct keyed *a = order_by(x, n, false);
	struct trace_exposure *copy = malloc(n * sizeof *copy);
	if (!a || !copy) {
		free(a);
		free(copy);
		return err_set(r->e, ERR_MEMORY, "", "no memory to sort exposures");
	}
	memcpy(copy, x, n * sizeof *copy);
	for (size_t i = 0; i < n; i++)
		x[i] = copy[a[i].val];
	for (size_t lo = 0, hi; lo < n; lo = hi) {
		for (hi = lo + 1; hi < n && a[hi].key == a[lo].key; hi++)
			;
		if (hi - lo > 1)
			qsort(x + lo, hi - lo, sizeof *x, by_rest);
	}
	free(a);
	free(copy);
	return OK;
}
