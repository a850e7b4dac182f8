/* SPDX-License-Identifier: Apache-2.0
 *
 * Hop after hop: who exposes (spans), who may still be exposed (not blocked), which of the two ways counts
 * the exposures.
 */
#include "trace/trace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "trace/query.h"

uint32_t trace_score(uint32_t hop, uint64_t seconds, uint64_t exposures)
{
	double dose = (double)seconds / 3600 + (double)exposures / 8;
	return (uint32_t)(1000 * (1 - exp2(-dose)) / ((double)hop * hop));
}

void trace_assume(struct visit *list, size_t n, const struct trace_rules *rules, const uint8_t *place_type,
		  size_t places_n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].t_out == TRACE_NONE) {
			uint8_t type = list[i].place < places_n ? place_type[list[i].place] : 0;
			list[i].t_out = list[i].t_in + rules->type[type].usual_s;
			list[i].flags |= VISIT_ASSUMED;
		}
}

/* --- checking what was asked ------------------------------------------------------------------------- */

static enum err_code check_rules(const struct trace_rules *rules, struct err *e)
{
	if (rules->types_n == 0 || rules->types_n > TRACE_TYPES_MAX)
		return err_set(e, ERR_BAD_VALUE, "rules", "there must be 1 to %d place types",
			       TRACE_TYPES_MAX);
	for (size_t i = 0; i <= rules->types_n; i++) {
		const struct trace_rule *x = i < rules->types_n ? &rules->type[i] : &rules->encounter;
		char at[32];
		snprintf(at, sizeof at, "rule %zu", i);
		if (x->min_s > TRACE_MIN_MAX || x->linger_s > TRACE_MIN_MAX || x->usual_s > VISIT_STAY_MAX)
			return err_set(e, ERR_BAD_VALUE, at,
				       "a time is longer than a year, or a usual stay than 194 days");
	}
	return OK;
}

static enum err_code check_world(const struct trace_world *w, const struct trace_rules *rules, struct err *e)
{
	for (size_t i = 0; i < w->places_n; i++)
		if (w->place_type[i] >= rules->types_n) {
			char at[32];
			snprintf(at, sizeof at, "place %zu", i);
			return err_set(e, ERR_BAD_VALUE, at, "its type has no rule");
		}
	return OK;
}

static enum err_code check_query(const struct trace_query *q, struct err *e)
{
	if (q->hops < 1 || q->hops > TRACE_HOPS_MAX)
		return err_set(e, ERR_BAD_VALUE, "hops", "there are 1 to %d hops", TRACE_HOPS_MAX);
	for (size_t i = 0; i < q->cases_n; i++) {
		char at[32];
		snprintf(at, sizeof at, "case %zu", i);
		if (q->cases[i].person > VISIT_ID_MAX)
			return err_set(e, ERR_BAD_VALUE, at, "the number of a person is too large");
		if (q->cases[i].to < q->cases[i].from)
			return err_set(e, ERR_BAD_VALUE, at, "the infectious window ends before it begins");
	}
	for (size_t i = 1; i < q->isolated_n; i++)
		if (q->isolated[i - 1].person >= q->isolated[i].person)
			return err_set(e, ERR_BAD_VALUE, "isolated",
				       "must be sorted by person, one entry each");
	return OK;
}

/* --- a run ---------------------------------------------------------------------------------------------- */

static int by_person(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static uint32_t isolated_at(const struct trace_query *q, uint32_t person)
{
	size_t a = 0, b = q->isolated_n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (q->isolated[mid].person < person)
			a = mid + 1;
		else
			b = mid;
	}
	return a < q->isolated_n && q->isolated[a].person == person ? q->isolated[a].at : TRACE_NONE;
}

static uint32_t earliest_window(const struct trace_query *q)
{
	uint32_t from = UINT32_MAX;
	for (size_t i = 0; i < q->cases_n; i++)
		from = q->cases[i].from < from ? q->cases[i].from : from;
	return from;
}

static enum err_code set_spans(struct run *r, const struct trace_contact *c, size_t n)
{
	struct span *span = malloc((n + 1) * sizeof *span);
	if (!span)
		return err_set(r->e, ERR_MEMORY, "", "no memory for %zu sources", n);
	free(r->span);
	r->span = span;
	r->spans_n = n;
	uint32_t any = r->q->any_order ? earliest_window(r->q) : 0;
	for (size_t i = 0; i < n; i++)
		span[i] = (struct span){c[i].person, r->q->any_order ? any : c[i].first,
					isolated_at(r->q, c[i].person)};
	return OK;
}

static enum err_code run_begin(struct run *r, const struct trace_world *w, const struct trace_query *q,
			       struct err *e)
{
	*r = (struct run){.w = w, .q = q, .rules = q->rules, .e = e};
	r->persons_n = w->view->persons_n;
	if (w->ties && w->ties->persons_n > r->persons_n)
		r->persons_n = w->ties->persons_n;
	for (size_t i = 0; i < q->cases_n; i++)
		r->persons_n = q->cases[i].person >= r->persons_n ? q->cases[i].person + 1 : r->persons_n;
	for (size_t i = 0; i < r->rules->types_n; i++)
		r->cumulative |= r->rules->type[i].cumulative && !r->rules->type[i].off;
	r->cumulative |= r->rules->encounter.cumulative && !r->rules->encounter.off;
	r->blocked = calloc(((size_t)r->persons_n + 63) / 64 + 1, sizeof *r->blocked);
	r->span = malloc((q->cases_n + 1) * sizeof *r->span);
	if (!r->blocked || !r->span)
		return err_set(e, ERR_MEMORY, "", "no memory for %u persons", r->persons_n);
	for (size_t i = 0; i < q->cases_n; i++) {
		r->span[i] = (struct span){q->cases[i].person, q->cases[i].from, q->cases[i].to};
		bit_set(r->blocked, q->cases[i].person);
	}
	r->spans_n = q->cases_n;
	qsort(r->span, r->spans_n, sizeof *r->span, by_person);
	return OK;
}

static void run_end(struct run *r)
{
	free(r->blocked);
	free(r->span);
}

struct results {
	struct trace_contact *c;
	size_t n, cap_n;
	struct exposures x;
};

static bool push_contact(struct results *out, const struct trace_contact *c)
{
	if (out->n == out->cap_n) {
		size_t cap = out->cap_n ? 2 * out->cap_n : 256;
		struct trace_contact *more = realloc(out->c, cap * sizeof *more);
		if (!more)
			return false;
		out->c = more;
		out->cap_n = cap;
	}
	out->c[out->n++] = *c;
	return true;
}

/* Contacts from sorted exposures: the first of each person is its first exposure. */
static enum err_code gather(struct run *r, struct results *out, size_t from)
{
	const struct trace_exposure *x = out->x.p;
	for (size_t i = from; i < out->x.n;) {
		struct trace_contact c = {.person = x[i].person,
					  .hop = x[i].hop,
					  .first = x[i].start,
					  .place = x[i].place,
					  .via = x[i].via,
					  .via_case = TRACE_NONE};
		for (; i < out->x.n && x[i].person == c.person; i++) {
			c.exposures++;
			c.seconds += x[i].end - x[i].start;
		}
		c.score = trace_score(c.hop, c.seconds, c.exposures);
		if (!push_contact(out, &c))
			return err_set(r->e, ERR_MEMORY, "", "no memory for %zu contacts", out->n);
	}
	r->stats.pairs += out->x.n - from;
	return OK;
}

/* The hop by listing: exposures are kept when asked for, else forgotten again. */
static enum err_code list_hop(struct run *r, uint32_t hop, bool keep, struct results *out)
{
	size_t from = out->x.n;
	enum err_code rc = pairs_of_hop(r, hop, &out->x);
	if (rc == OK)
		rc = exposures_finish(r, &out->x, from);
	if (rc == OK)
		rc = gather(r, out, from);
	if (!keep)
		out->x.n = from;
	return rc;
}

static enum err_code find_via(struct run *r, uint32_t hop, struct trace_contact *c, size_t n)
{
	struct exposures x = {0};
	enum err_code rc = OK;
	for (size_t i = 0; i < n && rc == OK; i++) {
		x.n = 0;
		rc = pairs_of_person(r, hop, c[i].person, &x);
		if (rc == OK)
			rc = exposures_finish(r, &x, 0);
		if (rc != OK)
			break;
		CHECK(x.n == c[i].exposures && x.p[0].start == c[i].first && x.p[0].place == c[i].place);
		c[i].via = x.p[0].via;
		if ((i & 255) == 0 && cancelled(r))
			rc = run_cancelled(r);
	}
	free(x.p);
	return rc;
}

static const struct trace_contact *find_contact(const struct trace_contact *c, size_t n, uint32_t person)
{
	size_t a = 0, b = n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (c[mid].person < person)
			a = mid + 1;
		else
			b = mid;
	}
	return a < n && c[a].person == person ? &c[a] : NULL;
}

/* The case at the end of each chain of via. `before` are the contacts of the hop before, none for hop 1. */
static void find_cases(struct trace_contact *c, size_t n, const struct trace_contact *before, size_t before_n)
{
	for (size_t i = 0; i < n; i++) {
		const struct trace_contact *up = c[i].hop > 1 && c[i].via != TRACE_NONE
							 ? find_contact(before, before_n, c[i].via)
							 : NULL;
		c[i].via_case = c[i].hop == 1 ? c[i].via : up ? up->via_case : TRACE_NONE;
	}
}

static enum err_code run_hop(struct run *r, uint32_t hop, struct results *out, size_t *before_at)
{
	const struct trace_query *q = r->q;
	bool keep = hop <= q->evidence_hops;
	size_t at = out->n;
	enum err_code rc;
	bool must_list = keep || r->cumulative;
	if (must_list || r->spans_n <= trace_tuning.listed_spans)
		rc = list_hop(r, hop, keep, out);
	else
		rc = sweep_hop(r, hop, &out->c, &out->n, &out->cap_n);
	if (rc == ERR_TOO_LARGE && !must_list) { /* listing was only a short cut */
		r->rc = OK;
		rc = sweep_hop(r, hop, &out->c, &out->n, &out->cap_n);
	}
	size_t n = out->n - at;
	if (rc == OK && q->want_via && n > 0 && out->c[at].via == TRACE_NONE)
		rc = find_via(r, hop, out->c + at, n);
	if (rc != OK)
		return rc;
	if (n > 0 && out->c[at].via != TRACE_NONE)
		find_cases(out->c + at, n, out->c + *before_at, at - *before_at);
	for (size_t i = at; i < out->n && hop < q->hops; i++)
		bit_set(r->blocked, out->c[i].person);
	*before_at = at;
	return OK;
}

enum err_code trace_run(struct trace_result *out, const struct trace_world *w, const struct trace_query *q,
			struct err *e)
{
	enum err_code rc = check_rules(q->rules, e);
	if (rc == OK)
		rc = check_query(q, e);
	if (rc == OK)
		rc = check_world(w, q->rules, e);
	if (rc != OK)
		return rc;
	struct run r;
	struct results found = {0};
	struct trace_result res = {0};
	size_t before_at = 0;
	rc = run_begin(&r, w, q, e);
	for (uint32_t hop = 1; hop <= q->hops && rc == OK && r.spans_n > 0; hop++) {
		size_t at = found.n;
		rc = run_hop(&r, hop, &found, &before_at);
		res.hop_n[hop] = found.n - at;
		if (rc == OK && hop < q->hops)
			rc = set_spans(&r, found.n > at ? found.c + at : NULL, found.n - at);
	}
	if (rc == OK) {
		res.contacts = found.c;
		res.contacts_n = found.n;
		res.exposures = found.x.p;
		res.exposures_n = found.x.n;
		res.stats = r.stats;
		*out = res;
	} else {
		free(found.c);
		free(found.x.p);
	}
	run_end(&r);
	return rc;
}

void trace_result_done(struct trace_result *r)
{
	free(r->contacts);
	free(r->exposures);
	*r = (struct trace_result){0};
}

/* --- evidence on demand --------------------------------------------------------------------------------- */

enum err_code trace_evidence(struct trace_result *out, const struct trace_world *w,
			     const struct trace_query *q, const struct trace_result *of, uint32_t person,
			     struct err *e)
{
	size_t at = 0, before = 0, n = 0;
	uint32_t hop = 0;
	for (uint32_t h = 1; h <= q->hops && hop == 0; h++) {
		if (of->hop_n[h] > 0 && find_contact(of->contacts + at, of->hop_n[h], person)) {
			hop = h;
			n = h > 1 ? of->hop_n[h - 1] : 0;
		} else {
			before = at;
			at += of->hop_n[h];
		}
	}
	if (hop == 0)
		return err_set(e, ERR_NOT_FOUND, "person",
			       "the person is not among the contacts of this result");
	struct run r;
	struct exposures x = {0};
	enum err_code rc = run_begin(&r, w, q, e);
	if (rc == OK && hop > 1)
		rc = set_spans(&r, of->contacts + before, n);
	if (rc == OK)
		rc = pairs_of_person(&r, hop, person, &x);
	if (rc == OK)
		rc = exposures_finish(&r, &x, 0);
	run_end(&r);
	if (rc == OK)
		*out = (struct trace_result){.exposures = x.p, .exposures_n = x.n};
	else
		free(x.p);
	return rc;
}

/* --- what-if -------------------------------------------------------------------------------------------- */

struct what_if {
	size_t *out;
	const struct trace_world *w;
	struct trace_query q;
	const struct trace_rules *rules;
	size_t rules_n;
	atomic_size_t next;
	pthread_mutex_t mutex;
	enum err_code rc;
	struct err err;
};

static void *what_if_work(void *arg)
{
	struct what_if *x = arg;
	for (;;) {
		size_t i = atomic_fetch_add(&x->next, 1);
		if (i >= x->rules_n)
			return NULL;
		struct trace_query q = x->q;
		struct trace_result res;
		struct err e;
		q.rules = &x->rules[i];
		enum err_code rc = trace_run(&res, x->w, &q, &e);
		if (rc == OK) {
			size_t *row = x->out + i * (q.hops + 1);
			row[0] = 0;
			for (unsigned h = 1; h <= q.hops; h++)
				row[h] = res.hop_n[h];
			trace_result_done(&res);
			continue;
		}
		pthread_mutex_lock(&x->mutex);
		if (x->rc == OK) {
			x->rc = rc;
			x->err = e;
		}
		pthread_mutex_unlock(&x->mutex);
		return NULL;
	}
}

static size_t distinct_cases(const struct trace_query *q, uint64_t *buf)
{
	for (size_t i = 0; i < q->cases_n; i++)
		buf[i] = q->cases[i].person;
	u64_sort(buf, q->cases_n);
	size_t n = 0;
	for (size_t i = 0; i < q->cases_n; i++)
		n += i == 0 || buf[i] != buf[i - 1];
	return n;
}

enum err_code trace_what_if(size_t *out, const struct trace_world *w, const struct trace_query *q,
			    const struct trace_rules *rules, size_t rules_n, struct err *e)
{
	struct what_if x = {.w = w, .q = *q, .rules = rules, .rules_n = rules_n, .rc = OK};
	bool two = q->threads != 1 && rules_n > 1;
	x.q.evidence_hops = 0;
	x.q.want_via = false;
	x.q.threads = two ? 1 : q->threads;
	uint64_t *buf = malloc((q->cases_n + 1) * sizeof *buf);
	size_t row = q->hops + 1;
	x.out = calloc(rules_n * row + 1, sizeof *x.out);
	if (!buf || !x.out) {
		free(buf);
		free(x.out);
		return err_set(e, ERR_MEMORY, "", "no memory to count");
	}
	CHECK(pthread_mutex_init(&x.mutex, NULL) == 0);
	pthread_t helper;
	two = two && pthread_create(&helper, NULL, what_if_work, &x) == 0;
	what_if_work(&x);
	if (two)
		pthread_join(helper, NULL);
	pthread_mutex_destroy(&x.mutex);
	if (x.rc == OK) {
		size_t cases = distinct_cases(q, buf);
		for (size_t i = 0; i < rules_n; i++)
			x.out[i * row] = cases;
		memcpy(out, x.out, rules_n * row * sizeof *out);
	} else if (e) {
		*e = x.err;
	}
	free(buf);
	free(x.out);
	return x.rc;
}
