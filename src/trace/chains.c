/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/chains.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"

#define ROWS_MAX ((size_t)100 << 20)

struct edge {
	uint32_t from, to, row;
};

struct build {
	struct chains *c;
	struct arena *a;
	uint32_t *slot; /* hash table of node + 1 by id */
	size_t slots_n;
	struct edge *edge;
	size_t edges_n;
	size_t defects_cap_n;
};

static const char *const defect_names[CHAIN_DEFECT__N] = {
	[CHAIN_DUPLICATE_CASE] = "duplicate_case",
	[CHAIN_DUPLICATE_LINK] = "duplicate_link",
	[CHAIN_SELF_LINK] = "self_link",
	[CHAIN_UNLISTED_INFECTOR] = "unlisted_infector",
	[CHAIN_UNLISTED_INFECTEE] = "unlisted_infectee",
	[CHAIN_CYCLE] = "cycle",
	[CHAIN_NEGATIVE_INTERVAL] = "negative_interval",
	[CHAIN_INFECTED_TOO_EARLY] = "infected_too_early",
	[CHAIN_DATES_OUT_OF_ORDER] = "dates_out_of_order",
	[CHAIN_GENERATION_DIFFERS] = "generation_differs",
};

const char *chain_defect_name(enum chain_defect_kind kind)
{
	return defect_names[kind];
}

static void report(struct build *b, enum chain_defect_kind kind, uint32_t at, uint32_t x, uint32_t y)
{
	struct chains *c = b->c;
	if (c->defects_n == b->defects_cap_n) {
		struct chain_defect *more = ARENA_ARRAY(b->a, struct chain_defect, 2 * b->defects_cap_n + 16);
		if (c->defects_n)
			memcpy(more, c->defects, c->defects_n * sizeof *more);
		c->defects = more;
		b->defects_cap_n = 2 * b->defects_cap_n + 16;
	}
	c->defects[c->defects_n++] = (struct chain_defect){kind, at, x, y, NULL, 0};
}

/* The node of an id, made when there is none; *fresh tells. */
static uint32_t node_of(struct build *b, struct str id, bool *fresh)
{
	size_t i = str_hash(id) & (b->slots_n - 1);
	for (; b->slot[i]; i = (i + 1) & (b->slots_n - 1))
		if (str_eq(b->c->nodes[b->slot[i] - 1].id, id)) {
			*fresh = false;
			return b->slot[i] - 1;
		}
	uint32_t n = b->c->nodes_n++;
	b->slot[i] = n + 1;
	b->c->nodes[n] = (struct chain_node){.id = arena_str(b->a, id),
					     .infected = CHAIN_NO_DAY,
					     .onset = CHAIN_NO_DAY,
					     .admitted = CHAIN_NO_DAY,
					     .ended = CHAIN_NO_DAY,
					     .stated_generation = -1,
					     .generation = CHAIN_NONE};
	*fresh = true;
	return n;
}

static void read_cases(struct build *b, const struct chain_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool fresh;
		uint32_t k = node_of(b, cases[i].id, &fresh);
		struct chain_node *x = &b->c->nodes[k];
		if (!fresh) {
			report(b, CHAIN_DUPLICATE_CASE, (uint32_t)i, k, CHAIN_NONE);
			continue;
		}
		x->listed = true;
		x->infected = cases[i].infected;
		x->onset = cases[i].onset;
		x->admitted = cases[i].admitted;
		x->ended = cases[i].ended;
		x->stated_generation = cases[i].stated_generation;
		int32_t last = CHAIN_NO_DAY;
		const int32_t days[] = {x->infected, x->onset, x->admitted, x->ended};
		bool wrong = false;
		for (size_t d = 0; d < ARRAY_N(days); d++) {
			wrong |= days[d] != CHAIN_NO_DAY && days[d] < last;
			last = days[d] != CHAIN_NO_DAY ? days[d] : last;
		}
		if (wrong)
			report(b, CHAIN_DATES_OUT_OF_ORDER, (uint32_t)i, k, CHAIN_NONE);
	}
	b->c->listed_n = b->c->nodes_n;
}

static int by_ends(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

static void read_links(struct build *b, const struct chain_link *links, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool fresh_from, fresh_to;
		uint32_t from = node_of(b, links[i].infector, &fresh_from),
			 to = node_of(b, links[i].infectee, &fresh_to);
		if (!b->c->nodes[from].listed)
			report(b, CHAIN_UNLISTED_INFECTOR, (uint32_t)i, from, to);
		if (!b->c->nodes[to].listed)
			report(b, CHAIN_UNLISTED_INFECTEE, (uint32_t)i, to, from);
		if (from == to)
			report(b, CHAIN_SELF_LINK, (uint32_t)i, from, CHAIN_NONE);
		else
			b->edge[b->edges_n++] = (struct edge){from, to, (uint32_t)i};
	}
	if (b->edges_n)
		qsort(b->edge, b->edges_n, sizeof *b->edge, by_ends);
	size_t kept = 0;
	for (size_t i = 0; i < b->edges_n; i++) {
		const struct edge *x = &b->edge[i];
		if (kept && b->edge[kept - 1].from == x->from && b->edge[kept - 1].to == x->to)
			report(b, CHAIN_DUPLICATE_LINK, x->row, x->from, x->to);
		else
			b->edge[kept++] = *x;
	}
	b->edges_n = kept;
	b->c->links_n = (uint32_t)kept;
}

static void check_links(struct build *b)
{
	for (size_t i = 0; i < b->edges_n; i++) {
		const struct edge *x = &b->edge[i];
		const struct chain_node *from = &b->c->nodes[x->from], *to = &b->c->nodes[x->to];
		if (from->onset != CHAIN_NO_DAY && to->onset != CHAIN_NO_DAY && to->onset < from->onset)
			report(b, CHAIN_NEGATIVE_INTERVAL, x->row, x->from, x->to);
		if (from->infected != CHAIN_NO_DAY && to->infected != CHAIN_NO_DAY &&
		    to->infected < from->infected)
			report(b, CHAIN_INFECTED_TOO_EARLY, x->row, x->from, x->to);
	}
	for (uint32_t k = 0; k < b->c->listed_n; k++) {
		const struct chain_node *x = &b->c->nodes[k];
		bool any = false, right = false;
		uint32_t infector = CHAIN_NONE;
		for (uint32_t i = 0; i < x->infectors_n && x->stated_generation >= 0; i++) {
			int32_t up = b->c->nodes[x->infectors[i]].stated_generation;
			any |= up >= 0;
			right |= up >= 0 && up + 1 == x->stated_generation;
			infector = up >= 0 && infector == CHAIN_NONE ? x->infectors[i] : infector;
		}
		if (any && !right)
			report(b, CHAIN_GENERATION_DIFFERS, k, k, infector);
	}
}

/* Neighbour lists in both directions; edges are sorted by from, to, so both come out ascending. */
static void join(struct build *b)
{
	struct chains *c = b->c;
	uint32_t *down = ARENA_ARRAY(b->a, uint32_t, b->edges_n + 1),
		 *up = ARENA_ARRAY(b->a, uint32_t, b->edges_n + 1);
	for (size_t i = 0; i < b->edges_n; i++) {
		c->nodes[b->edge[i].from].infectees_n++;
		c->nodes[b->edge[i].to].infectors_n++;
	}
	size_t down_at = 0, up_at = 0;
	for (uint32_t k = 0; k < c->nodes_n; k++) {
		c->nodes[k].infectees = down + down_at;
		c->nodes[k].infectors = up + up_at;
		down_at += c->nodes[k].infectees_n;
		up_at += c->nodes[k].infectors_n;
		c->nodes[k].infectees_n = c->nodes[k].infectors_n = 0;
	}
	for (size_t i = 0; i < b->edges_n; i++) {
		struct chain_node *from = &c->nodes[b->edge[i].from], *to = &c->nodes[b->edge[i].to];
		down[from->infectees - down + from->infectees_n++] = b->edge[i].to;
		up[to->infectors - up + to->infectors_n++] = b->edge[i].from;
	}
}

/* Breadth first from the n nodes queued: the least generation of each node below. A node is queued once at
 * most. */
static void spread(struct chains *c, uint32_t *queue, size_t n)
{
	for (size_t at = 0; at < n; at++) {
		const struct chain_node *x = &c->nodes[queue[at]];
		for (uint32_t i = 0; i < x->infectees_n; i++) {
			struct chain_node *y = &c->nodes[x->infectees[i]];
			if (y->generation > x->generation + 1) {
				y->generation = x->generation + 1;
				queue[n++] = x->infectees[i];
			}
		}
	}
}

/* Walks up through nodes without a generation until one comes again: a cycle. Reports it; returns the member
 * to begin with. */
static uint32_t find_cycle(struct build *b, uint32_t k, uint32_t *step, uint32_t *path, uint32_t mark)
{
	struct chains *c = b->c;
	size_t n = 0;
	while (step[k] < mark) {
		step[k] = mark + (uint32_t)n;
		path[n++] = k;
		uint32_t up = CHAIN_NONE;
		for (uint32_t i = 0; i < c->nodes[k].infectors_n && up == CHAIN_NONE; i++)
			if (c->nodes[c->nodes[k].infectors[i]].generation == CHAIN_NONE)
				up = c->nodes[k].infectors[i];
		CHECK(up != CHAIN_NONE); /* without one it would have been a root, or below one */
		k = up;
	}
	size_t from = step[k] - mark;
	uint32_t ring_n = (uint32_t)(n - from), first = k;
	uint32_t *ring = ARENA_ARRAY(b->a, uint32_t, ring_n);
	for (uint32_t i = 0; i < ring_n; i++) {
		uint32_t x = ring[i] = path[from + i];
		int64_t a = c->nodes[x].onset, best = c->nodes[first].onset;
		a = a == CHAIN_NO_DAY ? INT64_MAX : a;
		best = best == CHAIN_NO_DAY ? INT64_MAX : best;
		if (a < best || (a == best && x < first))
			first = x;
	}
	report(b, CHAIN_CYCLE, CHAIN_NONE, first, CHAIN_NONE);
	c->defects[c->defects_n - 1].ring = ring;
	c->defects[c->defects_n - 1].ring_n = ring_n;
	return first;
}

static void count_generations(struct build *b)
{
	struct chains *c = b->c;
	uint32_t *queue = ARENA_ARRAY(b->a, uint32_t, c->nodes_n + 1),
		 *step = ARENA_ARRAY(b->a, uint32_t, c->nodes_n + 1);
	uint32_t *path = ARENA_ARRAY(b->a, uint32_t, c->nodes_n + 1);
	size_t n = 0;
	for (uint32_t k = 0; k < c->nodes_n; k++)
		if (c->nodes[k].infectors_n == 0) {
			c->nodes[k].generation = 0;
			queue[n++] = k;
		}
	size_t roots = n;
	memcpy(path, queue, roots * sizeof *path);
	spread(c, queue, n);
	/* The most: a node is final when all its infectors are (order of dependencies); in and below cycles
	 * none is. */
	uint32_t *open = step;
	size_t done = 0, ready = roots;
	for (uint32_t k = 0; k < c->nodes_n; k++) {
		open[k] = c->nodes[k].infectors_n;
		c->nodes[k].generation_most = open[k] ? CHAIN_NONE : 0;
	}
	for (; done < ready; done++) {
		const struct chain_node *x = &c->nodes[path[done]];
		for (uint32_t i = 0; i < x->infectees_n; i++) {
			struct chain_node *y = &c->nodes[x->infectees[i]];
			uint32_t g = x->generation_most + 1;
			y->generation_most = y->generation_most == CHAIN_NONE || g > y->generation_most
						     ? g
						     : y->generation_most;
			if (--open[x->infectees[i]] == 0)
				path[ready++] = x->infectees[i];
		}
	}
	for (uint32_t k = 0; k < c->nodes_n; k++)
		c->nodes[k].generation_most = open[k] ? CHAIN_NONE : c->nodes[k].generation_most;
	memset(step, 0, c->nodes_n * sizeof *step);
	uint32_t mark = 1;
	for (uint32_t k = 0; k < c->nodes_n; k++)
		while (c->nodes[k].generation == CHAIN_NONE) {
			uint32_t first = find_cycle(b, k, step, path, mark);
			mark += c->nodes_n;
			if (mark > UINT32_MAX / 2) {
				memset(step, 0, c->nodes_n * sizeof *step);
				mark = 1;
			}
			c->nodes[first].generation = 0;
			queue[0] = first;
			spread(c, queue, 1);
		}
}

static uint32_t root_of(uint32_t *up, uint32_t k)
{
	while (up[k] != k)
		k = up[k] = up[up[k]];
	return k;
}

static void count_components(struct build *b)
{
	struct chains *c = b->c;
	uint32_t *up = ARENA_ARRAY(b->a, uint32_t, c->nodes_n + 1),
		 *number = ARENA_ARRAY(b->a, uint32_t, c->nodes_n + 1);
	for (uint32_t k = 0; k < c->nodes_n; k++)
		up[k] = k;
	for (size_t i = 0; i < b->edges_n; i++) {
		uint32_t x = root_of(up, b->edge[i].from), y = root_of(up, b->edge[i].to);
		up[x > y ? x : y] = x > y ? y : x;
	}
	for (uint32_t k = 0; k < c->nodes_n; k++) {
		uint32_t r = root_of(up, k);
		if (r == k)
			number[k] = c->components_n++;
		c->nodes[k].component = number[r];
	}
}

static int by_kind(const void *a, const void *b)
{
	const struct chain_defect *x = a, *y = b;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->a > y->a) - (x->a < y->a);
}

enum err_code chains_new(struct chains **out, const struct chain_case *cases, size_t cases_n,
			 const struct chain_link *links, size_t links_n, struct err *e)
{
	if (cases_n > ROWS_MAX || links_n > ROWS_MAX)
		return err_set(e, ERR_TOO_LARGE, "", "at most 100 million cases and links");
	struct chains *c = calloc(1, sizeof *c);
	struct arena *a = calloc(1, sizeof *a);
	struct build b = {.c = c, .a = a, .slots_n = 64};
	while (b.slots_n < 2 * (cases_n + 2 * links_n))
		b.slots_n *= 2;
	b.slot = calloc(b.slots_n, sizeof *b.slot);
	b.edge = malloc((links_n + 1) * sizeof *b.edge);
	if (!c || !a || !b.slot || !b.edge) {
		free(c);
		free(a);
		free(b.slot);
		free(b.edge);
		return err_set(e, ERR_MEMORY, "", "no memory for a transmission graph");
	}
	size_t text_n = 0;
	for (size_t i = 0; i < cases_n; i++)
		text_n += cases[i].id.n + 64;
	for (size_t i = 0; i < links_n; i++)
		text_n += links[i].infector.n + links[i].infectee.n + 128;
	arena_init(a, text_n + (cases_n + 2 * links_n + 64) * 1024);
	c->memory = a;
	c->nodes = ARENA_ARRAY(a, struct chain_node, cases_n + 2 * links_n + 1);
	read_cases(&b, cases, cases_n);
	read_links(&b, links, links_n);
	join(&b);
	check_links(&b);
	count_generations(&b);
	count_components(&b);
	if (c->defects_n)
		qsort(c->defects, c->defects_n, sizeof *c->defects, by_kind);
	free(b.slot);
	free(b.edge);
	*out = c;
	return OK;
}

void chains_done(struct chains **c)
{
	if (*c) {
		arena_done((*c)->memory);
		free((*c)->memory);
		free(*c);
	}
	*c = NULL;
}

size_t chains_generations(const struct chains *c, bool linked_only, size_t *out, size_t cap)
{
	size_t n = 0;
	for (size_t i = 0; i < cap; i++)
		out[i] = 0;
	for (uint32_t k = 0; k < c->nodes_n; k++) {
		const struct chain_node *x = &c->nodes[k];
		if (linked_only && x->infectors_n + x->infectees_n == 0)
			continue;
		n = x->generation + 1 > n ? x->generation + 1 : n;
		if (x->generation < cap)
			out[x->generation]++;
	}
	return n;
}

static int by_day(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x > y) - (x < y);
}

struct chain_summary chains_intervals(const struct chains *c)
{
	struct chain_summary s = {0};
	int32_t *d = malloc((c->links_n + 1) * sizeof *d);
	CHECK(d);
	double sum = 0, squares = 0;
	for (uint32_t k = 0; k < c->nodes_n; k++)
		for (uint32_t i = 0; i < c->nodes[k].infectees_n; i++) {
			int32_t from = c->nodes[k].onset, to = c->nodes[c->nodes[k].infectees[i]].onset;
			if (from != CHAIN_NO_DAY && to != CHAIN_NO_DAY) {
				d[s.n++] = to - from;
				sum += to - from;
			}
		}
	if (s.n) {
		qsort(d, s.n, sizeof *d, by_day);
		s.mean = sum / (double)s.n;
		s.median = s.n % 2 ? d[s.n / 2] : (d[s.n / 2 - 1] + (double)d[s.n / 2]) / 2;
		s.least = d[0];
		s.most = d[s.n - 1];
	}
	for (size_t i = 0; i < s.n; i++)
		squares += (d[i] - s.mean) * (d[i] - s.mean);
	s.sd = s.n > 1 ? sqrt(squares / (double)(s.n - 1)) : 0;
	free(d);
	return s;
}

/* Derivative of the negative binomial log likelihood in k, the mean being at its own maximum. The sum of
 * digammas is written as sums of 1 / (k + j) over the counts: tail[j] cases have more than j offspring. */
static double slope(const double *tail, size_t most, double n, double mean, double k)
{
	double sum = 0;
	for (size_t j = 0; j < most; j++)
		sum += tail[j] / (k + (double)j);
	return sum - n * log1p(mean / k);
}

static double dispersion(const double *tail, size_t most, double n, double mean, double variance)
{
	if (variance <= mean || mean <= 0)
		return INFINITY;
	double lo = 1e-6, hi = 1e6; /* the slope falls through zero once when variance exceeds the mean */
	for (int i = 0; i < 200; i++) {
		double mid = sqrt(lo * hi);
		if (slope(tail, most, n, mean, mid) > 0)
			lo = mid;
		else
			hi = mid;
	}
	return sqrt(lo * hi);
}

struct chain_offspring chains_offspring(const struct chains *c, bool listed_only, size_t *counts, size_t cap)
{
	struct chain_offspring o = {.cases_n = listed_only ? c->listed_n : c->nodes_n};
	for (size_t i = 0; i < cap; i++)
		counts[i] = 0;
	double sum = 0, squares = 0, n = (double)o.cases_n;
	for (size_t k = 0; k < o.cases_n; k++) {
		size_t x = c->nodes[k].infectees_n;
		o.most = x > o.most ? x : o.most;
		if (cap)
			counts[x < cap ? x : cap - 1]++;
		sum += (double)x;
	}
	o.mean = n > 0 ? sum / n : 0;
	double *tail = calloc(o.most + 1, sizeof *tail);
	CHECK(tail);
	for (size_t k = 0; k < o.cases_n; k++) {
		double x = (double)c->nodes[k].infectees_n;
		squares += (x - o.mean) * (x - o.mean);
		for (size_t j = 0; j < c->nodes[k].infectees_n; j++)
			tail[j]++;
	}
	o.dispersion = n > 0 ? dispersion(tail, o.most, n, o.mean, squares / n) : INFINITY;
	free(tail);
	return o;
}

static int by_share(const void *a, const void *b)
{
	const struct chain_source *x = a, *y = b;
	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return (x->node > y->node) - (x->node < y->node);
}

size_t chains_sources(const struct chains *c, uint32_t node, const double *si, size_t si_n,
		      struct chain_source *out, size_t cap)
{
	CHECK(node < c->nodes_n);
	const struct chain_node *x = &c->nodes[node];
	struct chain_source *all = malloc((x->infectors_n + 1) * sizeof *all);
	CHECK(all);
	double sum = 0;
	for (uint32_t i = 0; i < x->infectors_n; i++) {
		int32_t from = c->nodes[x->infectors[i]].onset;
		int64_t gap = from != CHAIN_NO_DAY && x->onset != CHAIN_NO_DAY ? (int64_t)x->onset - from
									       : -1;
		all[i] = (struct chain_source){x->infectors[i], gap >= 0 && (size_t)gap < si_n ? si[gap] : 0};
		sum += all[i].share;
	}
	for (uint32_t i = 0; i < x->infectors_n; i++)
		all[i].share = sum > 0 ? all[i].share / sum : 1.0 / x->infectors_n;
	qsort(all, x->infectors_n, sizeof *all, by_share);
	for (size_t i = 0; i < x->infectors_n && i < cap; i++)
		out[i] = all[i];
	free(all);
	return x->infectors_n;
}
