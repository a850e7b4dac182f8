/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>

#include "trace/query.h"

static int by_meet(const void *a, const void *b)
{
	const struct meet *x = a, *y = b;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->end != y->end)
		return x->end < y->end ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

static int by_tie(const void *a, const void *b)
{
	const struct tie *x = a, *y = b;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->b != y->b)
		return x->b < y->b ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

void ties_meets(const struct trace_ties *t, uint32_t person, size_t *lo, size_t *hi)
{
	size_t a = 0, b = t->meets_n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (t->meet[mid].a < person)
			a = mid + 1;
		else
			b = mid;
	}
	for (*lo = a; b < t->meets_n && t->meet[b].a == person; b++)
		;
	*hi = b;
}

void ties_links(const struct trace_ties *t, uint32_t person, size_t *lo, size_t *hi)
{
	size_t a = 0, b = t->ties_n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		if (t->tie[mid].a < person)
			a = mid + 1;
		else
			b = mid;
	}
	for (*lo = a; b < t->ties_n && t->tie[b].a == person; b++)
		;
	*hi = b;
}

static enum err_code refuse(struct err *e, const char *what, size_t i, const char *why)
{
	char at[48];
	snprintf(at, sizeof at, "%s %zu", what, i);
	return err_set(e, ERR_BAD_VALUE, at, "%s", why);
}

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for encounters, links and places");
}

static void note_person(struct trace_ties *t, uint32_t person)
{
	t->persons_n = person >= t->persons_n ? person + 1 : t->persons_n;
}

static enum err_code index_meets(struct trace_ties *t, const struct trace_encounter *enc, size_t n,
				 struct err *e)
{
	t->meet = calloc(2 * n + 1, sizeof *t->meet);
	if (!t->meet)
		return no_memory(e);
	for (size_t i = 0; i < n; i++) {
		const struct trace_encounter *x = &enc[i];
		if (x->a == x->b)
			return refuse(e, "encounter", i, "a person cannot meet himself");
		if (x->end < x->start)
			return refuse(e, "encounter", i, "its end comes before its start");
		if (x->end > VISIT_TIME_MAX || x->a > VISIT_ID_MAX || x->b > VISIT_ID_MAX)
			return refuse(e, "encounter", i, "a person's number or a time is too large");
		t->meet[t->meets_n++] = (struct meet){x->a, x->b, x->start, x->end};
		t->meet[t->meets_n++] = (struct meet){x->b, x->a, x->start, x->end};
		note_person(t, x->a);
		note_person(t, x->b);
	}
	qsort(t->meet, t->meets_n, sizeof *t->meet, by_meet);
	return OK;
}

static enum err_code index_links(struct trace_ties *t, const struct trace_link *links, size_t n,
				 struct err *e)
{
	t->tie = calloc(2 * n + 1, sizeof *t->tie);
	if (!t->tie)
		return no_memory(e);
	for (size_t i = 0; i < n; i++) {
		const struct trace_link *x = &links[i];
		if (x->a == x->b)
			return refuse(e, "link", i, "a person cannot be linked to himself");
		if ((x->at != TRACE_NONE && x->at > VISIT_TIME_MAX) || x->a > VISIT_ID_MAX ||
		    x->b > VISIT_ID_MAX)
			return refuse(e, "link", i, "a person's number or a time is too large");
		t->tie[t->ties_n++] = (struct tie){x->a, x->b, x->at, x->kind};
		t->tie[t->ties_n++] = (struct tie){x->b, x->a, x->at, x->kind};
		note_person(t, x->a);
		note_person(t, x->b);
	}
	qsort(t->tie, t->ties_n, sizeof *t->tie, by_tie);
	return OK;
}

/* Children by parent, then one walk without recursion: trees may be as deep as the caller likes. */
static enum err_code walk(struct trace_ties *t, uint32_t *first_child, uint32_t *sibling, uint32_t *stack,
			  struct err *e)
{
	size_t n = t->places_n, done = 0;
	for (size_t i = 0; i < n; i++)
		first_child[i] = sibling[i] = TRACE_NONE;
	for (size_t i = n; i-- > 0;) /* downwards, so that children are listed upwards */
		if (t->parent[i] != TRACE_NONE) {
			sibling[i] = first_child[t->parent[i]];
			first_child[t->parent[i]] = (uint32_t)i;
		}
	for (size_t root = 0; root < n; root++) {
		if (t->parent[root] != TRACE_NONE)
			continue;
		size_t depth = 0;
		stack[depth++] = (uint32_t)root;
		while (depth > 0) {
			uint32_t p = stack[--depth];
			t->at[p] = (uint32_t)done;
			t->tour[done++] = p;
			t->size[p] = 1;
			for (uint32_t c = first_child[p]; c != TRACE_NONE; c = sibling[c])
				stack[depth++] = c;
		}
	}
	if (done < n) {
		size_t bad = 0;
		while (t->size[bad] == 1)
			bad++;
		return refuse(e, "place", bad, "it contains itself through the places that contain it");
	}
	for (size_t i = n; i-- > 0;) { /* backwards in the tour every child comes before its parent */
		uint32_t p = t->tour[i], up = t->parent[p];
		if (up != TRACE_NONE)
			t->size[up] += t->size[p];
	}
	return OK;
}

static enum err_code index_nesting(struct trace_ties *t, const uint32_t *parent, size_t n, struct err *e)
{
	if (!parent || n == 0)
		return OK;
	for (size_t i = 0; i < n; i++)
		if (parent[i] != TRACE_NONE && (parent[i] >= n || parent[i] == i))
			return refuse(e, "place", i, "the place that contains it is itself or unknown");
	t->parent = malloc(n * sizeof *t->parent);
	t->tour = malloc(n * sizeof *t->tour);
	t->at = malloc(n * sizeof *t->at);
	t->size = calloc(n, sizeof *t->size);
	uint32_t *work = malloc(3 * n * sizeof *work);
	enum err_code rc = t->parent && t->tour && t->at && t->size && work ? OK : no_memory(e);
	if (rc == OK) {
		memcpy(t->parent, parent, n * sizeof *parent);
		t->places_n = n;
		rc = walk(t, work, work + n, work + 2 * n, e);
	}
	free(work);
	return rc;
}

enum err_code trace_ties_new(struct trace_ties **out, const struct trace_encounter *enc, size_t enc_n,
			     const struct trace_link *links, size_t links_n, const uint32_t *place_parent,
			     size_t places_n, struct err *e)
{
	struct trace_ties *t = calloc(1, sizeof *t);
	if (!t)
		return no_memory(e);
	enum err_code rc = index_meets(t, enc, enc_n, e);
	if (rc == OK)
		rc = index_links(t, links, links_n, e);
	if (rc == OK)
		rc = index_nesting(t, place_parent, places_n, e);
	if (rc != OK)
		trace_ties_done(&t);
	else
		*out = t;
	return rc;
}

void trace_ties_done(struct trace_ties **t)
{
	if (*t) {
		free((*t)->meet);
		free((*t)->tie);
		free((*t)->parent);
		free((*t)->tour);
		free((*t)->at);
		free((*t)->size);
		free(*t);
	}
	*t = NULL;
}
