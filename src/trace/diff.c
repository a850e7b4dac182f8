/* SPDX-License-Identifier: Apache-2.0
 *
 * What changed between two runs: both results are brought into order of persons and merged.
 */
#include <stdlib.h>

#include "trace/trace.h"

static int contact_order(const void *a, const void *b)
{
	const struct trace_contact *x = a, *y = b;
	return (x->person > y->person) - (x->person < y->person);
}

/* person, then everything that makes an exposure what it is; the hop does not. */
static int exposure_order(const void *a, const void *b)
{
	const struct trace_exposure *x = a, *y = b;
	const uint32_t l[] = {x->person, x->start, x->end, x->place, x->via, x->via_place, x->marks};
	const uint32_t r[] = {y->person, y->start, y->end, y->place, y->via, y->via_place, y->marks};
	for (size_t i = 0; i < ARRAY_N(l); i++)
		if (l[i] != r[i])
			return l[i] < r[i] ? -1 : 1;
	return 0;
}

static void *sorted_copy(const void *p, size_t n, size_t item, int (*order)(const void *, const void *))
{
	char *copy = malloc(n * item + 1);
	if (copy && n) {
		const char *from = p;
		for (size_t i = 0; i < n * item; i++)
			copy[i] = from[i];
		qsort(copy, n, item, order);
	}
	return copy;
}

static bool same(const struct trace_contact *a, const struct trace_contact *b)
{
	return a->hop == b->hop && a->first == b->first && a->seconds == b->seconds &&
	       a->exposures == b->exposures && a->place == b->place;
}

/* Exposures only in a go to gained, only in b to lost. */
static void split(struct trace_changes *out, const struct trace_exposure *before, size_t before_n,
		  const struct trace_exposure *after, size_t after_n)
{
	size_t i = 0, k = 0;
	while (i < before_n || k < after_n) {
		int c = i == before_n ? 1 : k == after_n ? -1 : exposure_order(&before[i], &after[k]);
		if (c < 0)
			out->lost[out->lost_n++] = before[i++];
		else if (c > 0)
			out->gained[out->gained_n++] = after[k++];
		else
			i++, k++;
	}
}

static void attach(const struct trace_exposure *x, size_t n, uint32_t person, size_t *from, size_t *at,
		   size_t *count)
{
	while (*from < n && x[*from].person < person)
		++*from;
	*at = *from;
	while (*from < n && x[*from].person == person)
		++*from;
	*count = *from - *at;
}

static void merge(struct trace_changes *out, const struct trace_contact *a, size_t a_n,
		  const struct trace_contact *b, size_t b_n)
{
	size_t i = 0, k = 0, gained = 0, lost = 0;
	while (i < a_n || k < b_n) {
		int c = i == a_n ? 1 : k == b_n ? -1 : contact_order(&a[i], &b[k]);
		struct trace_change x = {.kind = TRACE_ALTERED};
		if (c <= 0)
			x.before = a[i++];
		if (c >= 0)
			x.after = b[k++];
		if (c == 0 && same(&x.before, &x.after))
			continue;
		if (c != 0)
			x.kind = c > 0 ? TRACE_ENTERED : TRACE_LEFT;
		else if (x.before.hop != x.after.hop)
			x.kind = TRACE_MOVED;
		uint32_t person = c > 0 ? x.after.person : x.before.person;
		attach(out->gained, out->gained_n, person, &gained, &x.gained_at, &x.gained_n);
		attach(out->lost, out->lost_n, person, &lost, &x.lost_at, &x.lost_n);
		out->changes[out->changes_n++] = x;
	}
}

enum err_code trace_diff(struct trace_changes *out, const struct trace_result *before,
			 const struct trace_result *after, struct err *e)
{
	size_t an = before->contacts_n, bn = after->contacts_n, ax = before->exposures_n,
	       bx = after->exposures_n;
	struct trace_contact *a = sorted_copy(before->contacts, an, sizeof *a, contact_order);
	struct trace_contact *b = sorted_copy(after->contacts, bn, sizeof *b, contact_order);
	struct trace_exposure *x = sorted_copy(before->exposures, ax, sizeof *x, exposure_order);
	struct trace_exposure *y = sorted_copy(after->exposures, bx, sizeof *y, exposure_order);
	struct trace_changes res = {.changes = calloc(an + bn + 1, sizeof *res.changes),
				    .gained = calloc(bx + 1, sizeof *res.gained),
				    .lost = calloc(ax + 1, sizeof *res.lost)};
	bool good = a && b && x && y && res.changes && res.gained && res.lost;
	if (good) {
		split(&res, x, ax, y, bx);
		merge(&res, a, an, b, bn);
		*out = res;
	} else {
		trace_changes_done(&res);
	}
	free(a);
	free(b);
	free(x);
	free(y);
	return good ? OK : err_set(e, ERR_MEMORY, "", "no memory to compare two results");
}

void trace_changes_done(struct trace_changes *c)
{
	free(c->changes);
	free(c->gained);
	free(c->lost);
	*c = (struct trace_changes){0};
}
