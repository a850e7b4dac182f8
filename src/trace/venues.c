/* SPDX-License-Identifier: Apache-2.0
 *
 * The backward query: places where cases stayed close in time, ranked by how unlikely that is at a place so
 * busy.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/query.h"

static double log_choose(double n, double k)
{
	int sign;
	return lgamma_r(n + 1, &sign) - lgamma_r(k + 1, &sign) - lgamma_r(n - k + 1, &sign);
}

double trace_surprise(uint64_t population, uint64_t marked, uint64_t drawn, uint64_t k)
{
	uint64_t most = marked < drawn ? marked : drawn;
	uint64_t least = marked + drawn > population ? marked + drawn - population : 0;
	if (k <= least)
		return 0;
	if (k > most)
		return INFINITY;
	/* The sum runs upwards from k; terms fall off, and are taken relative to the first so that none
	 * underflows. */
	double n = (double)population, m = (double)marked, d = (double)drawn;
	double first = log_choose(m, (double)k) + log_choose(n - m, d - (double)k) - log_choose(n, d);
	double sum = 1, term = 1;
	for (uint64_t i = k; i < most; i++) {
		double x = (double)i;
		term *= (m - x) * (d - x) / ((x + 1) * (n - m - d + x + 1));
		sum += term;
		if (term < sum * 1e-17)
			break;
	}
	double log10_p = (first + log(sum)) / log(10);
	return log10_p < 0 ? -log10_p : 0;
}

struct stay {
	uint32_t place, start, end, person;
};
struct stays {
	struct stay *p;
	size_t n, cap_n;
	bool failed;
};

static void take_stay(void *ctx, const struct source *s)
{
	struct stays *x = ctx;
	if (x->n == x->cap_n) {
		size_t cap = x->cap_n ? 2 * x->cap_n : 256;
		struct stay *more = realloc(x->p, cap * sizeof *more);
		if (!more) {
			x->failed = true;
			return;
		}
		x->p = more;
		x->cap_n = cap;
	}
	x->p[x->n++] = (struct stay){s->place, s->start, s->end, s->person};
}

static int by_place(const void *a, const void *b)
{
	const struct stay *x = a, *y = b;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (x->person > y->person) - (x->person < y->person);
}

/* Linked pairs among the stays of one place, and how many persons they have. `linked` is scratch for n
 * persons. */
static struct trace_venue link_stays(const struct stay *s, size_t n, uint32_t gap_s, uint64_t *linked)
{
	struct trace_venue v = {.place = s->place};
	for (size_t i = 0; i < n; i++)
		linked[i] = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n && s[k].start <= (uint64_t)s[i].end + gap_s; k++)
			if (s[k].person != s[i].person) {
				v.links_n++;
				linked[i] = linked[k] = 1;
			}
	size_t persons = 0;
	for (size_t i = 0; i < n; i++)
		if (linked[i])
			linked[persons++] = s[i].person;
	u64_sort(linked, persons);
	for (size_t i = 0; i < persons; i++)
		v.cases_n += i == 0 || linked[i] != linked[i - 1];
	return v;
}

/* Distinct persons with a visit at the place between from and to. `seen` has a bit a person and is left
 * clear. */
static uint32_t visitors(const struct visits_view *view, uint32_t place, uint32_t from, uint32_t to,
			 uint64_t *seen)
{
	uint32_t n = 0;
	for (int clear = 0; clear < 2; clear++)
		for (uint32_t k = 0; k < view->parts_n; k++) {
			const struct part *p = &view->part[k];
			uint32_t lo, hi;
			if (p->g->t_base >= to || p->g->out_max <= from)
				continue;
			for (seg_range(&p->g->by_place, place, &lo, &hi); lo < hi; lo++) {
				struct seg_visit x;
				seg_get(p->g, &p->g->by_place, lo, &x);
				if (clear) {
					seen[x.ref >> 6] = 0;
					continue;
				}
				bool counts = x.t_in < to && x.t_out > from &&
					      !(p->dead && dead_at(p->dead->place, lo));
				n += counts && !bit_at(seen, x.ref);
				if (counts)
					bit_set(seen, x.ref);
			}
		}
	return n;
}

static uint64_t population(const struct visits_view *view, uint32_t from, uint32_t to)
{
	uint64_t n = 0;
	for (uint32_t person = 0; person < view->persons_n; person++) {
		bool found = false;
		for (uint32_t k = 0; k < view->parts_n && !found; k++) {
			const struct part *p = &view->part[k];
			uint32_t lo, hi;
			if (p->g->t_base >= to || p->g->out_max <= from)
				continue;
			for (seg_range(&p->g->by_person, person, &lo, &hi); lo < hi && !found; lo++) {
				struct seg_visit x;
				seg_get(p->g, &p->g->by_person, lo, &x);
				found = x.t_in < to && x.t_out > from &&
					!(p->dead && dead_at(p->dead->person, lo));
			}
		}
		n += found;
	}
	return n;
}

static int by_surprise(const void *a, const void *b)
{
	const struct trace_venue *x = a, *y = b;
	if (x->surprise != y->surprise)
		return x->surprise > y->surprise ? -1 : 1;
	if (x->cases_n != y->cases_n)
		return x->cases_n > y->cases_n ? -1 : 1;
	if (x->links_n != y->links_n)
		return x->links_n > y->links_n ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

static enum err_code rank(struct trace_venues *out, const struct run *r, struct stays *s, uint32_t gap_s,
			  struct err *e)
{
	uint32_t from = UINT32_MAX, to = 0;
	uint64_t cases_n = 0;
	for (size_t i = 0; i < r->spans_n; i++) {
		from = r->span[i].from < from ? r->span[i].from : from;
		to = r->span[i].to > to ? r->span[i].to : to;
		cases_n += i == 0 || r->span[i].person != r->span[i - 1].person;
	}
	uint64_t *linked = malloc((s->n + 1) * sizeof *linked),
		 *seen = calloc(r->persons_n / 64 + 1, sizeof *seen);
	struct trace_venue *venue = malloc((s->n + 1) * sizeof *venue);
	if (!linked || !seen || !venue) {
		free(linked);
		free(seen);
		free(venue);
		return err_set(e, ERR_MEMORY, "", "no memory to rank places");
	}
	struct trace_venues res = {.venues = venue, .population_n = population(r->w->view, from, to)};
	if (s->n)
		qsort(s->p, s->n, sizeof *s->p, by_place);
	for (size_t lo = 0, hi; lo < s->n; lo = hi) {
		for (hi = lo + 1; hi < s->n && s->p[hi].place == s->p[lo].place; hi++)
			;
		struct trace_venue v = link_stays(s->p + lo, hi - lo, gap_s, linked);
		if (v.links_n == 0)
			continue;
		v.visitors_n = visitors(r->w->view, v.place, from, to, seen);
		v.surprise = trace_surprise(res.population_n, cases_n, v.visitors_n, v.cases_n);
		venue[res.venues_n++] = v;
	}
	qsort(venue, res.venues_n, sizeof *venue, by_surprise);
	free(linked);
	free(seen);
	*out = res;
	return OK;
}

static int span_order(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	return (x->from > y->from) - (x->from < y->from);
}

enum err_code trace_venues_run(struct trace_venues *out, const struct trace_world *w,
			       const struct trace_case *cases, size_t cases_n, uint32_t gap_s, struct err *e)
{
	static const struct trace_rule none = {0};
	const struct trace_rules rules = {&none, 1, {0}};
	const struct trace_query q = {.cases = cases, .cases_n = cases_n, .rules = &rules, .hops = 1};
	struct run r = {.w = w, .q = &q, .rules = &rules, .persons_n = w->view->persons_n, .e = e};
	r.span = malloc((cases_n + 1) * sizeof *r.span);
	if (!r.span)
		return err_set(e, ERR_MEMORY, "", "no memory for %zu cases", cases_n);
	for (size_t i = 0; i < cases_n; i++) {
		if (cases[i].to < cases[i].from || cases[i].person > VISIT_ID_MAX) {
			char at[32];
			snprintf(at, sizeof at, "case %zu", i);
			free(r.span);
			return err_set(
				e, ERR_BAD_VALUE, at,
				"the window ends before it begins, or the person's number is too large");
		}
		r.span[r.spans_n++] = (struct span){cases[i].person, cases[i].from, cases[i].to};
	}
	qsort(r.span, r.spans_n, sizeof *r.span, span_order);
	struct stays s = {0};
	pairs_sources(&r, 0, r.spans_n, take_stay, &s);
	enum err_code rc = s.failed ? err_set(e, ERR_MEMORY, "", "no memory for the stays of the cases") :
				      rank(out, &r, &s, gap_s, e);
	free(s.p);
	free(r.span);
	return rc;
}

void trace_venues_done(struct trace_venues *r)
{
	free(r->venues);
	*r = (struct trace_venues){0};
}
