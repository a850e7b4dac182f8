/* SPDX-License-Identifier: Apache-2.0
 *
 * house.clocks: the median, the 95th percentile and the worst of each clock. A county makes hundreds of thousands of spans in a few days; sorting
 * them in SQL takes half a second, picking two ranks out of an array does not. The plain definition stands in tests/test_house.sql.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/duty.h"
#include "ledger/house.h"
#include "sql.gen.h"

#define CLOCKS_MAX 64 /* kinds of clocks; clocks.def has fewer */
#define NAME_MAX_N 48

struct spans {
	char name[NAME_MAX_N];
	size_t name_n;
	int64_t *took; /* of those that have stopped */
	size_t n, cap;
	int64_t limit_ms, worst, late, running, oldest, running_late;
};
struct clocks {
	struct spans *all;
	size_t n;
};

static struct spans *spans_of(struct clocks *c, struct str name)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->all[i].name_n == name.n && memcmp(c->all[i].name, name.p, name.n) == 0)
			return &c->all[i];
	CHECK(c->n < CLOCKS_MAX && name.n < NAME_MAX_N); /* clock_set takes names of clocks.def only */
	struct spans *s = &c->all[c->n++];
	*s = (struct spans){.name_n = name.n};
	memcpy(s->name, name.p, name.n);
	return s;
}

static bool push(struct spans *s, int64_t took)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1024;
		int64_t *more = realloc(s->took, cap * sizeof *more);
		if (!more)
			return false;
		s->took = more;
		s->cap = cap;
	}
	s->took[s->n++] = took;
	return true;
}

/* The value that would stand at `rank` (from 0) if the array were sorted; changes its order. */
static int64_t ranked(int64_t *a, size_t n, size_t rank)
{
	size_t lo = 0, hi = n - 1;
	while (lo < hi) {
		int64_t pivot = a[lo + (hi - lo) / 2];
		size_t i = lo, j = hi;
		for (;;) {
			while (a[i] < pivot)
				i++;
			while (a[j] > pivot)
				j--;
			if (i >= j)
				break;
			int64_t t = a[i];
			a[i++] = a[j];
			a[j--] = t;
		}
		if (rank <= j)
			hi = j;
		else
			lo = j + 1;
	}
	return a[rank];
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct spans *)a)->name, ((const struct spans *)b)->name);
}

static enum err_code read_spans(const struct query_ask *q, struct clocks *c, struct err *e)
{
	struct db *db = q->db;
	enum err_code rc = db_query(db, &SQL_house_clock_spans,
				    PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), q->args[0], q->args[1]), e);
	while (rc == OK && db_next(db)) {
		struct spans *s = spans_of(c, db_text(db, 0));
		int64_t start = db_int(db, 1), stop = db_int(db, 2), limit = db_int(db, 3);
		int64_t took = (stop ? stop : q->now_ms) - start;
		bool late = limit > 0 && took > limit;
		s->limit_ms = limit > s->limit_ms ? limit : s->limit_ms;
		if (stop == 0) {
			s->oldest = s->running == 0 || start < s->oldest ? start : s->oldest;
			s->running++;
			s->running_late += late;
		} else {
			s->worst = s->n == 0 || took > s->worst ? took : s->worst;
			s->late += late;
			if (!push(s, took))
				rc = err_set(e, ERR_MEMORY, "", "no memory for the spans of a clock");
		}
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

static enum err_code clock_rows(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct clocks c = {.all = calloc(CLOCKS_MAX, sizeof *c.all)};
	bool more = true;
	enum err_code rc = c.all ? read_spans(q, &c, e) : err_set(e, ERR_MEMORY, "", "no memory for clocks");
	if (rc == OK && c.n > 0)
		qsort(c.all, c.n, sizeof *c.all, by_name);
	for (size_t i = 0; rc == OK && more && i < c.n; i++) {
		struct spans *s = &c.all[i];
		int64_t p50 = s->n ? ranked(s->took, s->n, (s->n + 1) / 2 - 1) : 0;
		int64_t p95 = s->n ? ranked(s->took, s->n, (s->n * 95 + 99) / 100 - 1) : 0;
		const struct db_val row[] = {
			V_TEXT(((struct str){s->name, s->name_n})), V_INT(s->limit_ms), V_INT((int64_t)s->n), V_INT(p50), V_INT(p95),
			V_INT(s->worst), V_INT(s->late), V_INT(s->running), V_INT(s->oldest), V_INT(s->running ? q->now_ms - s->oldest : 0),
			V_INT(s->running_late),
		};
		more = query_row(rows, row);
	}
	for (size_t i = 0; c.all && i < c.n; i++)
		free(c.all[i].took);
	free(c.all);
	return rc;
}

const struct query_computed house_computed[] = {
	{"house.clocks", clock_rows, .alone = true},
	{0},
};
