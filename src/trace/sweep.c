/* SPDX-License-Identifier: Apache-2.0
 *
 * One hop without its pairs. All source stays are sorted by place; each place is read once, and for each stay
 * [a, b) seen there the number, the total and the beginning of its exposures come from four look-ups in
 * running sums, however many sources there are.
 *
 * Why that is exact. Let every source [s, e) (linger included) and [a, b) itself be at least m long. Then
 * min(b, e) - max(a, s) >= m holds just when s <= b - m and e >= a + m. A source cannot fail both: s > b - m
 * and e < a + m would give e - s < 2m - (b - a) <= m. With S(t) = sources with s <= t and E(t) = sources with
 * e < t, therefore
 *     number = S(b - m) - E(a + m).
 * Sources with e <= b all pass the first test (s <= e - m <= b - m), so the ends that count add up to the sum
 * of the e in [a + m, b], plus b for each of the others. In the same way the beginnings add up to the sum of
 * the s in (a, b - m], plus a for each of the others. The first exposure begins at a when one of those others
 * exists, else at the least s above a.
 *
 * Work is shared out in stretches of places; each thread adds into its own array of persons, and the arrays
 * are merged by ranges of persons at the end, so neither step is serial and the result does not depend on who
 * did what.
 */
#include <stdlib.h>

#include "trace/query.h"

#define CHUNK 256                     /* source stays a thread takes at once, at least */
#define FEW 8                         /* source stays looked at to tell which segments a place needs */
#define BATCH 32

struct trace_tuning trace_tuning = {.listed_spans = 4,
				    .few_sources = 8,
				    .alone_groups = 16,
				    .sources_max = (size_t)4 << 20,
				    .spans_step = (size_t)16 << 10};

struct acc {
	uint64_t seconds, n;
	uint32_t first, place;
	uint64_t zero; /* two a cache line, never across two */
};

/* One thread's sums, by person, with a bit for each person touched. */
struct sums {
	struct acc *acc;
	uint64_t *touched;
	uint32_t persons_n;
};

/* Zeroed arrays are kept from query to query: clearing what was touched is cheaper than fresh pages. */
static pthread_mutex_t spare_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct sums spare[4];

static bool sums_take(struct sums *s, uint32_t persons_n)
{
	*s = (struct sums){0};
	pthread_mutex_lock(&spare_mutex);
	for (size_t i = 0; i < ARRAY_N(spare) && !s->acc; i++)
		if (spare[i].acc && spare[i].persons_n >= persons_n) {
			*s = spare[i];
			spare[i].acc = NULL;
		}
	pthread_mutex_unlock(&spare_mutex);
	if (s->acc)
		return true;
	s->persons_n = persons_n;
	s->touched = calloc(((size_t)persons_n + 63) / 64, sizeof *s->touched);
	size_t bytes = ((size_t)persons_n * sizeof *s->acc + 63) & ~(size_t)63;
	s->acc = s->touched ? aligned_alloc(64, bytes) : NULL;
	if (!s->acc) {
		free(s->touched);
		return false;
	}
	memset(s->acc, 0, bytes);
	return true;
}

/* Gives back sums whose touched persons have been zeroed again. */
static void sums_give(struct sums *s)
{
	struct sums out = *s;
	pthread_mutex_lock(&spare_mutex);
	for (size_t i = 0; i < ARRAY_N(spare) && out.acc; i++)
		if (!spare[i].acc || spare[i].persons_n < out.persons_n) {
			struct sums old = spare[i];
			spare[i] = out;
			out = old.acc ? old : (struct sums){0};
		}
	pthread_mutex_unlock(&spare_mutex);
	if (out.acc) {
		free(out.acc);
		free(out.touched);
	}
	*s = (struct sums){0};
}

static void add(struct sums *s, uint32_t person, uint32_t first, uint32_t place, uint64_t n, uint64_t seconds)
{
	struct acc *a = &s->acc[person];
	if (a->n == 0) {
		bit_set(s->touched, person);
		a->first = first;
		a->place = place;
	} else if (first < a->first || (first == a->first && place < a->place)) {
		a->first = first;
		a->place = place;
	}
	a->n += n;
	a->seconds += seconds;
}

/* --- sources, grouped by place -------------------------------------------------------------------------- */

struct group {
	size_t lo, hi; /* in sweep.source */
};

struct sweep {
	struct run *r;
	struct keyed *source; /* key = place, val = start << 32 | end (with linger) */
	struct keyed *tmp;
	size_t n, cap_n;
	struct group *group;
	size_t groups_n, groups_cap_n;
	atomic_size_t next;
	atomic_bool failed;
	struct source *nested; /* source stays at places that nest */
	size_t nested_n, nested_cap_n;
};

/* A thread of a sweep. */
struct worker {
	struct sweep *s;
	struct sums sums;
	uint64_t touched_n, pairs_n;
	/* scratch for one place */
	size_t cap_n;
	uint64_t *by_start; /* start << 32 | end, sorted */
	uint64_t *by_end;
	uint64_t *start_sum, *end_sum; /* of the first k, at [k] */
	uint32_t *start_tab, *end_tab; /* first element of each bucket of time */
	struct pending {
		uint32_t person, first;
		uint64_t n, seconds;
	} batch[BATCH];
	unsigned batch_n;
};

/* p with room for `need` items, or NULL (and p as it was) when memory is out. */
static void *grown(void *p, size_t *cap_n, size_t need, size_t item)
{
	if (p && need <= *cap_n)
		return p;
	size_t cap = *cap_n ? *cap_n : 1024;
	while (cap < need)
		cap *= 2;
	void *more = realloc(p, cap * item);
	if (more)
		*cap_n = cap;
	return more;
}

static void take_source(void *ctx, const struct source *x)
{
	struct sweep *s = ctx;
	struct run *r = s->r;
	r->stats.sources++;
	if (ties_nested(r->w->ties, x->place)) {
		struct source *more = grown(s->nested, &s->nested_cap_n, s->nested_n + 1, sizeof *more);
		if (!more) {
			atomic_store(&s->failed, true);
			return;
		}
		s->nested = more;
		s->nested[s->nested_n++] = *x;
	}
	const struct trace_rule *rule = rule_of(r, x->place);
	uint32_t end = x->end + rule->linger_s;
	if (rule->off || end - x->start < rule->min_s)
		return; /* too short to expose anybody */
	if (s->n == s->cap_n) {
		struct keyed *more = grown(s->source, &s->cap_n, s->n + 1, sizeof *more);
		if (!more) {
			atomic_store(&s->failed, true);
			return;
		}
		s->source = more;
	}
	s->source[s->n++] = (struct keyed){x->place, (uint64_t)x->start << 32 | end};
}

static bool make_groups(struct sweep *s)
{
	struct keyed *tmp = realloc(s->tmp, (s->n + 1) * sizeof *tmp);
	if (!tmp)
		return false;
	s->tmp = tmp;
	keyed_sort(s->source, s->tmp, s->n, bits_of(s->r->w->view->places_n));
	s->groups_n = 0;
	for (size_t lo = 0, hi; lo < s->n; lo = hi) {
		for (hi = lo + 1; hi < s->n && s->source[hi].key == s->source[lo].key; hi++)
			;
		struct group *more = grown(s->group, &s->groups_cap_n, s->groups_n + 1, sizeof *more);
		if (!more)
			return false;
		s->group = more;
		s->group[s->groups_n++] = (struct group){lo, hi};
	}
	return true;
}

/* --- one place --------------------------------------------------- */

/* The sources of one place, ready for look-ups. */
struct place_sources {
	uint32_t place, m;
	size_t n;
	uint32_t start_min, end_max, len_max;
	uint32_t base;      /* time of bucket 0 */
	unsigned shift;     /* seconds of a bucket, as a power of two */
	uint32_t buckets_n;
	bool few;
};

static inline uint32_t start_of(uint64_t x)
{
	return (uint32_t)(x >> 32);
}

static void fill_table(uint32_t *tab, const uint64_t *a, const struct place_sources *p, bool starts)
{
	uint32_t b = 0;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t t = starts ? start_of(a[i]) : (uint32_t)a[i];
		for (; b <= (t - p->base) >> p->shift; b++)
			tab[b] = (uint32_t)i;
	}
	for (; b <= p->buckets_n; b++)
		tab[b] = (uint32_t)p->n;
}

static void scratch_free(struct worker *w)
{
	free(w->by_start);
	free(w->by_end);
	free(w->start_sum);
	free(w->end_sum);
	free(w->start_tab);
	free(w->end_tab);
}

static bool scratch(struct worker *w, size_t n)
{
	if (n <= w->cap_n)
		return true;
	size_t cap = 2 * n;
	scratch_free(w);
	w->by_start = malloc(cap * sizeof *w->by_start);
	w->by_end = malloc(cap * sizeof *w->by_end);
	w->start_sum = malloc((cap + 1) * sizeof *w->start_sum);
	w->end_sum = malloc((cap + 1) * sizeof *w->end_sum);
	w->start_tab = malloc((2 * cap + 3) * sizeof *w->start_tab);
	w->end_tab = malloc((2 * cap + 3) * sizeof *w->end_tab);
	w->cap_n = w->by_start && w->by_end && w->start_sum && w->end_sum && w->start_tab && w->end_tab ? cap
													: 0;
	return w->cap_n > 0;
}

static bool prepare(struct worker *w, const struct group *g, struct place_sources *p)
{
	const struct keyed *src = w->s->source + g->lo;
	*p = (struct place_sources){.place = (uint32_t)src->key, .n = g->hi - g->lo, .start_min = UINT32_MAX};
	p->m = rule_of(w->s->r, p->place)->min_s;
	p->few = p->n <= trace_tuning.few_sources;
	if (!scratch(w, p->n))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t start = start_of(src[i].val), end = (uint32_t)src[i].val;
		w->by_start[i] = src[i].val;
		w->by_end[i] = end;
		p->start_min = start < p->start_min ? start : p->start_min;
		p->end_max = end > p->end_max ? end : p->end_max;
		p->len_max = end - start > p->len_max ? end - start : p->len_max;
	}
	u64_sort(w->by_start, p->n);
	if (p->few)
		return true;
	u64_sort(w->by_end, p->n);
	w->start_sum[0] = w->end_sum[0] = 0;
	for (size_t i = 0; i < p->n; i++) {
		w->start_sum[i + 1] = w->start_sum[i] + start_of(w->by_start[i]);
		w->end_sum[i + 1] = w->end_sum[i] + w->by_end[i];
	}
	p->base = p->start_min;
	while ((uint64_t)(p->end_max - p->base) >> p->shift > 2 * p->n)
		p->shift++;
	p->buckets_n = ((p->end_max - p->base) >> p->shift) + 1;
	fill_table(w->start_tab, w->by_start, p, true);
	fill_table(w->end_tab, w->by_end, p, false);
	return true;
}

/* Number of elements < t; `up` is how far an element's time is shifted up. */
static inline size_t below(const uint64_t *a, const uint32_t *tab, const struct place_sources *p, uint32_t t,
			   unsigned up)
{
	if (t <= p->base)
		return 0;
	uint32_t b = (t - p->base) >> p->shift;
	if (b >= p->buckets_n)
		return p->n;
	size_t lo = tab[b], hi = tab[b + 1];
	while (hi - lo > 8) {
		size_t mid = lo + (hi - lo) / 2;
		if ((uint32_t)(a[mid] >> up) < t)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo < hi && (uint32_t)(a[lo] >> up) < t)
		lo++;
	return lo;
}

static void flush(struct worker *w, uint32_t place)
{
	for (unsigned i = 0; i < w->batch_n; i++)
		add(&w->sums, w->batch[i].person, w->batch[i].first, place, w->batch[i].n,
		    w->batch[i].seconds);
	w->batch_n = 0;
}

/* The stay [a, b) of a person who may be counted, b - a >= m. */
static inline void count_sums(struct worker *w, const struct place_sources *p, uint32_t person, uint32_t a,
			      uint32_t b)
{
	size_t s1 = below(w->by_start, w->start_tab, p, b - p->m + 1, 32),
	       e0 = below(w->by_end, w->end_tab, p, a + p->m, 0);
	if (s1 == e0)
		return;
	size_t s0 = below(w->by_start, w->start_tab, p, a + 1, 32),
	       e1 = below(w->by_end, w->end_tab, p, b + 1, 0);
	uint64_t ends = w->end_sum[e1] - w->end_sum[e0] + (uint64_t)b * (s1 - e1);
	uint64_t starts = w->start_sum[s1] - w->start_sum[s0] + (uint64_t)a * (s0 - e0);
	__builtin_prefetch(&w->sums.acc[person], 1);
	w->pairs_n += s1 - e0;
	w->batch[w->batch_n++] = (struct pending){person, s0 > e0 ? a : start_of(w->by_start[s0]), s1 - e0,
						  ends - starts};
	if (w->batch_n == BATCH)
		flush(w, p->place);
}

static inline void count_pairs(struct worker *w, const struct place_sources *p, uint32_t person, uint32_t a,
			       uint32_t b)
{
	uint64_t n = 0, seconds = 0;
	uint32_t first = UINT32_MAX;
	for (size_t i = 0; i < p->n; i++) {
		uint32_t s = start_of(w->by_start[i]), e = (uint32_t)w->by_start[i];
		uint32_t from = a > s ? a : s, to = b < e ? b : e;
		bool hit = to >= from && to - from >= p->m;
		n += hit;
		seconds += hit ? to - from : 0;
		first = hit && from < first ? from : first;
	}
	if (n == 0)
		return;
	__builtin_prefetch(&w->sums.acc[person], 1);
	w->pairs_n += n;
	w->batch[w->batch_n++] = (struct pending){person, first, n, seconds};
	if (w->batch_n == BATCH)
		flush(w, p->place);
}

/* First source that begins at t or later. */
static size_t first_from(const uint64_t *by_start, size_t n, uint32_t t)
{
	size_t a = 0;
	while (a < n) {
		size_t mid = a + (n - a) / 2;
		if (start_of(by_start[mid]) < t)
			a = mid + 1;
		else
			n = mid;
	}
	return a;
}

/* Reads what one segment has at the place between the sources that can matter there. */
static void sweep_part(struct worker *w, const struct place_sources *p, const struct part *part)
{
	const struct segment *g = part->g;
	struct seg_parts pieces;
	if (g->t_base > p->end_max - p->m || g->out_max < p->start_min + p->m ||
	    !seg_parts(g, p->place, &pieces))
		return;
	/* Of the sources only those between these two can meet the segment's visits: they bound the search in
	 * a large place. */
	uint32_t from = p->start_min, to = p->end_max;
	if (!pieces.whole) {
		uint64_t reach = (uint64_t)g->t_base + p->m;
		size_t i = reach > p->len_max ? first_from(w->by_start, p->n, (uint32_t)(reach - p->len_max)) : 0;
		size_t k = first_from(w->by_start, p->n, g->out_max - p->m + 1);
		if (i >= k)
			return;
		from = start_of(w->by_start[i]);
		to = start_of(w->by_start[k - 1]) + p->len_max;
		to = to < p->end_max ? to : p->end_max;
	}
	const uint64_t *dead = part->dead ? part->dead->place : NULL, *blocked = w->s->r->blocked;
	uint32_t out_min = from + p->m, in_max = to - p->m;
	for (unsigned c = 0; c < pieces.n; c++) {
		uint32_t i = seg_begin(g, &pieces, c, out_min), i0 = i;
		for (; i < pieces.hi[c]; i++) {
			struct seg_visit x;
			seg_get(g, &g->by_place, i, &x);
			if (x.t_in > in_max) {
				if (pieces.whole)
					continue;
				break;
			}
			if (x.t_out < out_min || x.t_out - x.t_in < p->m || bit_at(blocked, x.ref) ||
			    dead_at(dead, i))
				continue;
			if (p->few)
				count_pairs(w, p, x.ref, x.t_in, x.t_out);
			else
				count_sums(w, p, x.ref, x.t_in, x.t_out);
		}
		w->touched_n += i - i0;
	}
}

static void prefetch_group(const struct sweep *s, size_t g)
{
	if (g >= s->groups_n)
		return;
	uint32_t place = (uint32_t)s->source[s->group[g].lo].key;
	uint32_t first = UINT32_MAX, last = 0;
	for (size_t i = s->group[g].lo; i < s->group[g].hi && i < s->group[g].lo + FEW; i++) {
		uint32_t start = start_of(s->source[i].val), end = (uint32_t)s->source[i].val;
		first = start < first ? start : first;
		last = end > last ? end : last;
	}
	if (s->group[g].hi - s->group[g].lo > FEW) {
		first = 0;
		last = UINT32_MAX;
	}
	const struct visits_view *view = s->r->w->view;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct segment *seg = view->part[k].g;
		if (!seg->by_place.keys && place < seg->by_place.keys_n && seg->t_base <= last &&
		    seg->out_max >= first)
			__builtin_prefetch(&seg->by_place.start[place]);
	}
}

/* The directory entries are in the cache by now: fetch the records. */
static void prefetch_records(const struct sweep *s, size_t g)
{
	if (g >= s->groups_n)
		return;
	const struct keyed *src = &s->source[s->group[g].lo];
	size_t n = s->group[g].hi - s->group[g].lo;
	uint32_t place = (uint32_t)src->key;
	uint32_t first = n > FEW ? 0 : start_of(src->val),
		 last = n > FEW ? UINT32_MAX : (uint32_t)src[n - 1].val;
	const struct visits_view *view = s->r->w->view;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct segment *seg = view->part[k].g;
		const struct seg_order *o = &seg->by_place;
		if (o->keys || place >= o->keys_n || seg->t_base > last || seg->out_max < first)
			continue;
		const uint8_t *p = o->rec + ((uint64_t)o->start[place] * o->width >> 3);
		const uint8_t *end = o->rec + ((uint64_t)o->start[place + 1] * o->width >> 3);
		for (int line = 0; line < 3 && p < end; line++, p += 64)
			__builtin_prefetch(p);
	}
}

static void *sweep_groups(void *arg)
{
	struct worker *w = arg;
	struct sweep *s = w->s;
	for (;;) {
		/* A chunk is a number of groups that grows with their number: few atomic steps, and no thread
		 * left with all. */
		size_t step = s->groups_n / 64 + 1;
		step = step < CHUNK ? step : CHUNK;
		size_t lo = atomic_fetch_add(&s->next, step),
		       hi = lo + step < s->groups_n ? lo + step : s->groups_n;
		if (lo >= s->groups_n || atomic_load(&s->failed) || cancelled(s->r))
			return NULL;
		prefetch_group(s, lo);
		for (size_t g = lo; g < hi; g++) {
			struct place_sources p;
			prefetch_group(s, g + 2);
			prefetch_records(s, g + 1);
			if (!prepare(w, &s->group[g], &p)) {
				atomic_store(&s->failed, true);
				return NULL;
			}
			const struct visits_view *view = s->r->w->view;
			for (uint32_t k = 0; k < view->parts_n; k++)
				sweep_part(w, &p, &view->part[k]);
			flush(w, p.place);
		}
	}
}

/* --- a hop ------------------------------------------------------- */

static void add_pair(void *ctx, const struct source *s, uint32_t person, uint32_t place, uint32_t start,
		     uint32_t end, uint32_t marks)
{
	struct worker *w = ctx;
	(void)s;
	(void)marks;
	w->pairs_n++;
	add(&w->sums, person, start, place, 1, end - start);
}

static enum err_code sweep_batch(struct sweep *s, struct worker *w, int threads)
{
	struct run *r = s->r;
	if (atomic_load(&s->failed) || !make_groups(s))
		return err_set(r->e, ERR_MEMORY, "", "no memory for %zu source stays", s->n);
	atomic_store(&s->next, 0);
	pthread_t helper;
	bool two = threads > 1 && s->groups_n > trace_tuning.alone_groups &&
		   pthread_create(&helper, NULL, sweep_groups, &w[1]) == 0;
	sweep_groups(&w[0]);
	for (size_t i = 0; i < s->nested_n && !cancelled(r); i++)
		pairs_nested(r, &s->nested[i], add_pair, &w[0], &w[0].touched_n);
	if (two)
		pthread_join(helper, NULL);
	s->n = s->nested_n = 0;
	if (cancelled(r))
		return run_cancelled(r);
	return atomic_load(&s->failed) ? err_set(r->e, ERR_MEMORY, "", "no memory to sweep a place") : OK;
}

/* Merges the threads' sums of a range of persons into contacts, zeroing them. */
struct merging {
	struct worker *w;
	int workers_n;
	uint32_t word_lo, word_hi; /* of the bit arrays */
	uint32_t hop;
	struct trace_contact *out;
};

static size_t count_touched(const struct worker *w, int workers_n, uint32_t lo, uint32_t hi)
{
	size_t n = 0;
	for (uint32_t i = lo; i < hi; i++) {
		uint64_t bits = 0;
		for (int t = 0; t < workers_n; t++)
			bits |= w[t].sums.touched[i];
		n += (size_t)__builtin_popcountll(bits);
	}
	return n;
}

static void *merge(void *arg)
{
	struct merging *m = arg;
	struct trace_contact *out = m->out;
	for (uint32_t i = m->word_lo; i < m->word_hi; i++) {
		uint64_t bits = 0;
		for (int t = 0; t < m->workers_n; t++) {
			bits |= m->w[t].sums.touched[i];
			m->w[t].sums.touched[i] = 0;
		}
		for (; bits; bits &= bits - 1) {
			uint32_t person = i * 64 + (uint32_t)__builtin_ctzll(bits);
			struct acc a = {.first = UINT32_MAX, .place = UINT32_MAX};
			for (int t = 0; t < m->workers_n; t++) {
				struct acc *x = &m->w[t].sums.acc[person];
				if (x->n == 0)
					continue;
				if (x->first < a.first || (x->first == a.first && x->place < a.place)) {
					a.first = x->first;
					a.place = x->place;
				}
				a.n += x->n;
				a.seconds += x->seconds;
				*x = (struct acc){0};
			}
			*out++ = (struct trace_contact){.person = person,
							.hop = m->hop,
							.first = a.first,
							.place = a.place,
							.via = TRACE_NONE,
							.via_case = TRACE_NONE,
							.exposures = a.n,
							.seconds = a.seconds,
							.score = trace_score(m->hop, a.seconds, a.n)};
		}
	}
	return NULL;
}

/* With out == NULL the sums are only cleared. */
static void merge_all(struct worker *w, int workers_n, struct run *r, uint32_t hop, struct trace_contact *out,
		      size_t split)
{
	uint32_t words = (r->persons_n + 63) / 64, mid = workers_n > 1 ? words / 2 : words;
	struct merging m[2] = {{w, workers_n, 0, mid, hop, out},
			       {w, workers_n, mid, words, hop, out + split}};
	pthread_t helper;
	bool two = workers_n > 1 && pthread_create(&helper, NULL, merge, &m[1]) == 0;
	merge(&m[0]);
	if (two)
		pthread_join(helper, NULL);
	else
		merge(&m[1]);
}

static enum err_code collect(struct worker *w, int workers_n, struct run *r, uint32_t hop,
			     struct trace_contact **out, size_t *out_n, size_t *out_cap_n)
{
	uint32_t words = (r->persons_n + 63) / 64, mid = workers_n > 1 ? words / 2 : words;
	size_t low = count_touched(w, workers_n, 0, mid), n = low + count_touched(w, workers_n, mid, words);
	struct trace_contact *more = grown(*out, out_cap_n, *out_n + n, sizeof *more);
	if (!more)
		return err_set(r->e, ERR_MEMORY, "", "no memory for %zu contacts", n);
	*out = more;
	merge_all(w, workers_n, r, hop, *out + *out_n, low);
	*out_n += n;
	return OK;
}

static void worker_done(struct worker *w)
{
	scratch_free(w);
	if (w->sums.acc)
		sums_give(&w->sums);
}

static void forget(struct worker *w)
{
	for (uint32_t i = 0; w->sums.acc && i < (w->sums.persons_n + 63) / 64; i++)
		for (uint64_t bits = w->sums.touched[i]; bits; bits &= bits - 1)
			w->sums.acc[i * 64 + (uint32_t)__builtin_ctzll(bits)] = (struct acc){0};
	if (w->sums.acc)
		memset(w->sums.touched, 0, ((size_t)w->sums.persons_n + 63) / 64 * sizeof *w->sums.touched);
}

enum err_code sweep_hop(struct run *r, uint32_t hop, struct trace_contact **out, size_t *out_n,
			size_t *out_cap_n)
{
	int threads = r->q->threads == 1 ? 1 : 2;
	struct sweep s = {.r = r};
	struct worker w[2] = {{.s = &s}, {.s = &s}};
	enum err_code rc = OK;
	for (int t = 0; t < threads && rc == OK; t++)
		if (!sums_take(&w[t].sums, r->persons_n))
			rc = err_set(r->e, ERR_MEMORY, "", "no memory for sums of %u persons", r->persons_n);
	for (size_t lo = 0; lo < r->spans_n && rc == OK;) {
		while (lo < r->spans_n && s.n < trace_tuning.sources_max && !cancelled(r)) {
			size_t step = trace_tuning.spans_step,
			       hi = lo + step < r->spans_n ? lo + step : r->spans_n;
			pairs_sources(r, lo, hi, take_source, &s);
			lo = hi;
		}
		rc = sweep_batch(&s, w, threads);
	}
	if (rc == OK)
		pairs_by_ties(r, add_pair, &w[0]);
	if (rc == OK)
		rc = collect(w, threads, r, hop, out, out_n, out_cap_n);
	for (int t = 0; t < threads; t++) {
		r->stats.touched += w[t].touched_n;
		r->stats.pairs += w[t].pairs_n;
		if (rc != OK)
			forget(&w[t]);
		worker_done(&w[t]);
	}
	free(s.source);
	free(s.tmp);
	free(s.group);
	free(s.nested);
	return rc;
}
