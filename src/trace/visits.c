/* SPDX-License-Identifier: Apache-2.0
 *
 * The store in memory: lists of segments, what was added since, and views of both. Files are visits_disk.c's
 * business, sealing is visits_seal.c's.
 */
#include <stdio.h>
#include <stdlib.h>

#include "trace/store.h"

#define RUN_MERGE_MAX 32768 /* visits: larger runs are not merged while a query waits */
#define RUNS_MANY 12        /* then the adding thread merges them */

/* --- removed records ----------------------------------------------------------------------------- */

void dead_unref(struct dead **d)
{
	if (*d && atomic_fetch_sub(&(*d)->refs, 1) == 1)
		free(*d);
	*d = NULL;
}

struct dead *dead_with(const struct dead *d, const struct segment *g, uint32_t place_at, uint32_t person_at)
{
	size_t words = ((size_t)g->visits_n + 63) / 64;
	struct dead *copy = calloc(1, sizeof *copy + 2 * words * sizeof(uint64_t));
	if (!copy)
		return NULL;
	atomic_init(&copy->refs, 1);
	copy->place = (uint64_t *)(void *)(copy + 1);
	copy->person = copy->place + words;
	if (d) {
		memcpy(copy->place, d->place, 2 * words * sizeof(uint64_t));
		copy->n = d->n;
	}
	copy->place[place_at >> 6] |= UINT64_C(1) << (place_at & 63);
	copy->person[person_at >> 6] |= UINT64_C(1) << (person_at & 63);
	copy->n++;
	return copy;
}

/* --- lists of segments ---------------------------------------------------------------------------- */

struct part part_ref(struct part p)
{
	seg_ref(p.g);
	if (p.dead)
		atomic_fetch_add(&p.dead->refs, 1);
	return p;
}

void part_unref(struct part *p)
{
	seg_unref(&p->g);
	dead_unref(&p->dead);
}

bool parts_push(struct parts *list, struct part p)
{
	if (list->n == list->cap_n) {
		size_t cap = list->cap_n ? 2 * list->cap_n : 16;
		struct part *more = realloc(list->p, cap * sizeof *more);
		if (!more)
			return false;
		list->p = more;
		list->cap_n = cap;
	}
	list->p[list->n++] = p;
	return true;
}

void parts_clear(struct parts *list)
{
	for (size_t i = 0; i < list->n; i++)
		part_unref(&list->p[i]);
	free(list->p);
	*list = (struct parts){0};
}

size_t part_read(struct part p, struct visit *out)
{
	const struct seg_order *o = &p.g->by_person;
	size_t n = 0;
	for (uint32_t k = 0; k < o->keys_n; k++)
		for (uint32_t i = o->start[k]; i < o->start[k + 1]; i++) {
			if (p.dead && dead_at(p.dead->person, i))
				continue;
			struct seg_visit x;
			seg_get(p.g, o, i, &x);
			out[n++] = (struct visit){o->keys ? o->keys[k] : k, x.ref, x.t_in, x.t_out, x.flags};
		}
	return n;
}

bool parts_has(const struct parts *list, const struct visit *v, uint32_t *flags)
{
	for (size_t i = 0; i < list->n; i++) {
		uint32_t place_at, person_at;
		const struct part *p = &list->p[i];
		if (!seg_find(p->g, v, &place_at, &person_at) ||
		    (p->dead && dead_at(p->dead->place, place_at)))
			continue;
		struct seg_visit x;
		seg_get(p->g, &p->g->by_place, place_at, &x);
		*flags = x.flags;
		return true;
	}
	return false;
}

int parts_kill(struct parts *list, const struct visit *v, bool only_assumed)
{
	for (size_t i = 0; i < list->n; i++) {
		struct part *p = &list->p[i];
		uint32_t place_at, person_at;
		if (!seg_find(p->g, v, &place_at, &person_at) ||
		    (p->dead && dead_at(p->dead->place, place_at)))
			continue;
		struct seg_visit x;
		seg_get(p->g, &p->g->by_place, place_at, &x);
		if (only_assumed && !(x.flags & VISIT_ASSUMED))
			continue;
		if (p->dead && atomic_load(&p->dead->refs) == 1) { /* no view looks at it */
			p->dead->place[place_at >> 6] |= UINT64_C(1) << (place_at & 63);
			p->dead->person[person_at >> 6] |= UINT64_C(1) << (person_at & 63);
			p->dead->n++;
			return 1;
		}
		struct dead *d = dead_with(p->dead, p->g, place_at, person_at);
		if (!d)
			return -1;
		dead_unref(&p->dead);
		p->dead = d;
		return 1;
	}
	return 0;
}

/* --- adding --------------------------------------------------------------------------------------- */

void store_changed(struct visits *v)
{
	visits_view_release(&v->current);
}

static size_t live_n(struct part p)
{
	return p.g->visits_n - (p.dead ? p.dead->n : 0);
}

enum err_code store_flush(struct visits *v, struct err *e)
{
	if (v->pending_n == 0)
		return OK;
	/* Which of the newest runs are small enough to be sorted in again: each visit is merged a few times
	 * at most. */
	size_t take = 0, total = v->pending_n;
	while (take + v->runs_frozen < v->runs.n) {
		size_t n = live_n(v->runs.p[v->runs.n - 1 - take]);
		if (n > 4 * total || n + total > RUN_MERGE_MAX)
			break;
		total += n;
		take++;
	}
	struct visit *list = malloc(total * sizeof *list);
	if (!list)
		return err_set(e, ERR_MEMORY, "", "no memory to sort new visits");
	memcpy(list, v->pending, v->pending_n * sizeof *list);
	size_t n = v->pending_n;
	for (size_t i = 0; i < take; i++)
		n += part_read(v->runs.p[v->runs.n - 1 - i], list + n);
	struct part run = {0};
	enum err_code rc = seg_build(&run.g, list, n, SEG_MEMORY, 0, e);
	free(list);
	if (rc != OK)
		return rc;
	for (size_t i = 0; i < take; i++)
		part_unref(&v->runs.p[--v->runs.n]);
	if (!parts_push(&v->runs, run)) {
		/* Only possible when nothing was merged, so nothing is lost: the visits are still pending. */
		part_unref(&run);
		return err_set(e, ERR_MEMORY, "", "no memory for a list of runs");
	}
	v->pending_n = 0;
	return OK;
}

static enum err_code push_pending(struct visits *v, const struct visit *x, struct err *e)
{
	if (v->pending_n == v->pending_cap_n) {
		size_t cap = v->pending_cap_n ? 2 * v->pending_cap_n : 1024;
		struct visit *more = realloc(v->pending, cap * sizeof *more);
		if (!more)
			return err_set(e, ERR_MEMORY, "", "no memory for new visits");
		v->pending = more;
		v->pending_cap_n = cap;
	}
	v->pending[v->pending_n++] = *x;
	return OK;
}

enum err_code store_apply(struct visits *v, const struct visit *gone, size_t gone_n, const struct visit *come,
			  size_t come_n, struct err *e)
{
	store_changed(v);
	enum err_code rc = gone_n ? store_flush(v, e) : OK;
	for (size_t i = 0; i < gone_n && rc == OK; i++) {
		int found = parts_kill(&v->runs, &gone[i], false);
		if (found == 0)
			found = parts_kill(&v->sealed, &gone[i], false);
		if (found < 0)
			rc = err_set(e, ERR_MEMORY, "", "no memory to note a removal");
	}
	for (size_t i = 0; i < come_n && rc == OK; i++) {
		uint32_t flags;
		const struct visit *x = &come[i];
		if (x->t_in < v->drop_cut)
			continue;
		if (parts_has(&v->runs, x, &flags) || parts_has(&v->sealed, x, &flags)) {
			if (!(flags & VISIT_ASSUMED) || x->flags & VISIT_ASSUMED)
				continue;
			/* The leaving time that was assumed has been observed. */
			if (parts_kill(&v->runs, x, true) < 0 || parts_kill(&v->sealed, x, true) < 0)
				rc = err_set(e, ERR_MEMORY, "", "no memory to note a correction");
		}
		if (rc == OK)
			rc = push_pending(v, x, e);
	}
	return rc;
}

static enum err_code check_visits(const struct visit *list, size_t n, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		const struct visit *x = &list[i];
		const char *what = x->person > VISIT_ID_MAX || x->place > VISIT_ID_MAX
					   ? "the number of a person or place is too large"
				   : x->t_out < x->t_in                  ? "leaving comes before entering"
				   : x->t_out > VISIT_TIME_MAX           ? "a time lies after the year 2096"
				   : x->t_out - x->t_in > VISIT_STAY_MAX ? "a stay is longer than 194 days"
									 : NULL;
		if (what) {
			char at[40];
			snprintf(at, sizeof at, "visit %zu", i);
			return err_set(e, ERR_BAD_VALUE, at, "%s", what);
		}
	}
	return OK;
}

bool store_carry_dead(const struct part *now, const struct part *then, struct parts *into)
{
	if (now->dead == then->dead)
		return true;
	const struct seg_order *o = &now->g->by_place;
	for (uint32_t k = 0; k < o->keys_n; k++)
		for (uint32_t i = o->start[k]; i < o->start[k + 1]; i++) {
			if (!dead_at(now->dead->place, i) || (then->dead && dead_at(then->dead->place, i)))
				continue;
			struct seg_visit x;
			seg_get(now->g, o, i, &x);
			struct visit gone = {x.ref, o->keys ? o->keys[k] : k, x.t_in, x.t_out, x.flags};
			if (parts_kill(into, &gone, false) < 0)
				return false;
		}
	return true;
}

/* state lock held: puts `merged` in the place of the runs it was made of, unless a view has merged some of
 * them itself. */
static bool replace_runs(struct visits *v, const struct parts *old, struct parts *merged)
{
	for (size_t i = 0; i < old->n; i++)
		if (i >= v->runs.n || v->runs.p[i].g != old->p[i].g ||
		    !store_carry_dead(&v->runs.p[i], &old->p[i], merged))
			return false;
	for (size_t i = 0; i < old->n; i++)
		part_unref(&v->runs.p[i]);
	memmove(v->runs.p + 1, v->runs.p + old->n, (v->runs.n - old->n) * sizeof *v->runs.p);
	v->runs.n -= old->n - 1;
	v->runs.p[0] = merged->p[0];
	merged->n = 0;
	return true;
}

/* Many runs slow every query down; whoever adds pays for merging them, outside the state lock. */
static void merge_runs(struct visits *v)
{
	struct parts old = {0}, merged = {0};
	pthread_mutex_lock(&v->state);
	size_t total = 0;
	bool good = true;
	for (size_t i = 0; i + 1 < v->runs.n && good; i++) { /* views may still merge into the newest */
		total += live_n(v->runs.p[i]);
		struct part p = part_ref(v->runs.p[i]);
		if (!(good = parts_push(&old, p)))
			part_unref(&p);
	}
	pthread_mutex_unlock(&v->state);
	struct visit *list = good && total ? malloc(total * sizeof *list) : NULL;
	struct part run = {0};
	size_t n = 0;
	for (size_t i = 0; list && i < old.n; i++)
		n += part_read(old.p[i], list + n);
	if (n > 0 && seg_build(&run.g, list, n, SEG_MEMORY, 0, NULL) == OK) {
		if (parts_push(&merged, run)) {
			pthread_mutex_lock(&v->state);
			if (replace_runs(v, &old, &merged))
				store_changed(v);
			pthread_mutex_unlock(&v->state);
		} else {
			part_unref(&run);
		}
	}
	free(list);
	parts_clear(&merged);
	parts_clear(&old);
}

enum err_code visits_correct(struct visits *v, const struct visit *gone, size_t gone_n,
			     const struct visit *come, size_t come_n, struct err *e)
{
	enum err_code rc = check_visits(gone, gone_n, e);
	if (rc == OK)
		rc = check_visits(come, come_n, e);
	if (rc != OK)
		return rc;
	size_t runs_n = 0;
	pthread_mutex_lock(&v->journal);
	rc = disk_append(v, gone, gone_n, come, come_n, e);
	if (rc == OK) {
		pthread_mutex_lock(&v->state);
		rc = store_apply(v, gone, gone_n, come, come_n, e);
		runs_n = v->runs.n;
		pthread_mutex_unlock(&v->state);
		v->broken |= rc !=
			     OK; /* the journal knows more than memory: only opening again makes them equal */
	}
	pthread_mutex_unlock(&v->journal);
	if (rc == OK && runs_n > RUNS_MANY && pthread_mutex_trylock(&v->upkeep) == 0) {
		merge_runs(v);
		pthread_mutex_unlock(&v->upkeep);
	}
	return rc;
}

enum err_code visits_add(struct visits *v, const struct visit *list, size_t n, struct err *e)
{
	return visits_correct(v, NULL, 0, list, n, e);
}

enum err_code visits_remove(struct visits *v, const struct visit *list, size_t n, struct err *e)
{
	return visits_correct(v, list, n, NULL, 0, e);
}

enum err_code visits_load(struct visits *v, const struct visit *list, size_t n, int threads, struct err *e)
{
	enum err_code rc = check_visits(list, n, e);
	return rc == OK ? store_rewrite(v, list, n, threads, e) : rc;
}

enum err_code visits_seal(struct visits *v, struct err *e)
{
	return store_rewrite(v, NULL, 0, 1, e);
}

/* --- opening and closing -------------------------------------------------------------------------- */

enum err_code visits_open(struct visits **out, const struct visits_options *o, struct err *e)
{
	struct visits *v = calloc(1, sizeof *v);
	if (!v)
		return err_set(e, ERR_MEMORY, "", "no memory for a visit store");
	v->skip_checksums = o->skip_checksums;
	v->no_sync = o->no_sync;
	v->step = o->step;
	v->step_ctx = o->step_ctx;
	v->lock_fd = v->journal_fd = -1;
	CHECK(pthread_mutex_init(&v->upkeep, NULL) == 0 && pthread_mutex_init(&v->journal, NULL) == 0 &&
	      pthread_mutex_init(&v->state, NULL) == 0);
	enum err_code rc = OK;
	if (o->folder) {
		v->folder = strdup(o->folder);
		rc = v->folder ? disk_open(v, e) : err_set(e, ERR_MEMORY, "", "no memory for a path");
	}
	if (rc != OK)
		visits_close(&v);
	else
		*out = v;
	return rc;
}

void visits_close(struct visits **v)
{
	if (!*v)
		return;
	disk_close(*v);
	visits_view_release(&(*v)->current);
	parts_clear(&(*v)->sealed);
	parts_clear(&(*v)->runs);
	free((*v)->pending);
	free((*v)->folder);
	pthread_mutex_destroy(&(*v)->upkeep);
	pthread_mutex_destroy(&(*v)->journal);
	pthread_mutex_destroy(&(*v)->state);
	free(*v);
	*v = NULL;
}

/* --- views ---------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct segment *x = ((const struct part *)a)->g, *y = ((const struct part *)b)->g;
	if (x->t_base != y->t_base)
		return x->t_base < y->t_base ? -1 : 1;
	return x->kind != y->kind ? (x->kind < y->kind ? -1 : 1)
				  : (x->visits_n > y->visits_n) - (x->visits_n < y->visits_n);
}

static struct visits_view *make_view(struct visits *v)
{
	size_t n = v->sealed.n + v->runs.n;
	struct visits_view *view = calloc(1, sizeof *view + n * sizeof view->part[0]);
	if (!view)
		return NULL;
	atomic_init(&view->refs, 1);
	for (size_t i = 0; i < n; i++) {
		struct part p = part_ref(i < v->sealed.n ? v->sealed.p[i] : v->runs.p[i - v->sealed.n]);
		view->part[view->parts_n++] = p;
		view->visits_n += live_n(p);
		view->persons_n = p.g->persons_n > view->persons_n ? p.g->persons_n : view->persons_n;
		view->places_n = p.g->places_n > view->places_n ? p.g->places_n : view->places_n;
	}
	if (n > 1)
		qsort(view->part, n, sizeof view->part[0], by_time);
	return view;
}

enum err_code visits_view(struct visits *v, struct visits_view **out, struct err *e)
{
	pthread_mutex_lock(&v->state);
	enum err_code rc = OK;
	if (!v->current) {
		rc = store_flush(v, e);
		if (rc == OK && !(v->current = make_view(v)))
			rc = err_set(e, ERR_MEMORY, "", "no memory for a view");
	}
	if (rc == OK) {
		atomic_fetch_add(&v->current->refs, 1);
		*out = v->current;
	}
	pthread_mutex_unlock(&v->state);
	return rc;
}

void visits_view_release(struct visits_view **view)
{
	struct visits_view *w = *view;
	if (w && atomic_fetch_sub(&w->refs, 1) == 1) {
		for (uint32_t i = 0; i < w->parts_n; i++)
			part_unref(&w->part[i]);
		free(w);
	}
	*view = NULL;
}

enum err_code visits_view_join(struct visits_view **out, const struct visits_view *a, const struct visits_view *b, struct err *e)
{
	size_t n = (size_t)a->parts_n + b->parts_n;
	struct visits_view *view = calloc(1, sizeof *view + n * sizeof view->part[0]);
	if (!view)
		return err_set(e, ERR_MEMORY, "", "no memory for a view");
	atomic_init(&view->refs, 1);
	for (size_t i = 0; i < n; i++)
		view->part[view->parts_n++] = part_ref(i < a->parts_n ? a->part[i] : b->part[i - a->parts_n]);
	view->visits_n = a->visits_n + b->visits_n;
	view->persons_n = a->persons_n > b->persons_n ? a->persons_n : b->persons_n;
	view->places_n = a->places_n > b->places_n ? a->places_n : b->places_n;
	if (n)
		qsort(view->part, n, sizeof view->part[0], by_time);
	*out = view;
	return OK;
}

bool visits_view_has(const struct visits_view *view, const struct visit *v)
{
	for (uint32_t i = 0; i < view->parts_n; i++) {
		uint32_t place_at, person_at;
		const struct part *p = &view->part[i];
		if (seg_find(p->g, v, &place_at, &person_at) && !(p->dead && dead_at(p->dead->place, place_at)))
			return true;
	}
	return false;
}

void visits_stats(struct visits *v, struct visits_stats *out)
{
	pthread_mutex_lock(&v->state);
	struct visits_stats s = {.segments_n = (uint32_t)v->sealed.n,
				 .runs_n = (uint32_t)v->runs.n,
				 .rebuilt_n = v->rebuilt_n,
				 .unsealed_n = v->pending_n};
	for (size_t i = 0; i < v->sealed.n + v->runs.n; i++) {
		struct part p = i < v->sealed.n ? v->sealed.p[i] : v->runs.p[i - v->sealed.n];
		struct seg_header h;
		memcpy(&h, p.g->bytes, sizeof h);
		s.persons_n = h.persons_n > s.persons_n ? h.persons_n : s.persons_n;
		s.places_n = h.places_n > s.places_n ? h.places_n : s.places_n;
		if (i < v->sealed.n) {
			s.visits_n += live_n(p);
			s.disk_bytes += p.g->bytes_n;
		} else {
			s.unsealed_n += live_n(p);
		}
	}
	for (size_t i = 0; i < v->pending_n; i++) {
		s.persons_n = v->pending[i].person >= s.persons_n ? v->pending[i].person + 1 : s.persons_n;
		s.places_n = v->pending[i].place >= s.places_n ? v->pending[i].place + 1 : s.places_n;
	}
	s.visits_n += s.unsealed_n;
	pthread_mutex_unlock(&v->state);
	*out = s;
}

enum err_code visits_verify(struct visits *v, struct err *e)
{
	struct visits_view *view;
	enum err_code rc = visits_view(v, &view, e);
	if (rc != OK)
		return rc;
	for (uint32_t i = 0; i < view->parts_n && rc == OK; i++)
		rc = seg_verify(view->part[i].g, e);
	visits_view_release(&view);
	return rc;
}

static int by_entry(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;
	if (x->t_in != y->t_in)
		return x->t_in < y->t_in ? -1 : 1;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	if (x->t_out != y->t_out)
		return x->t_out < y->t_out ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

size_t visits_of_person(const struct visits_view *view, uint32_t person, struct visit *out, size_t cap)
{
	size_t n = 0;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct part *p = &view->part[k];
		uint32_t lo, hi;
		for (seg_range(&p->g->by_person, person, &lo, &hi); lo < hi; lo++) {
			struct seg_visit x;
			if (p->dead && dead_at(p->dead->person, lo))
				continue;
			seg_get(p->g, &p->g->by_person, lo, &x);
			if (n++ < cap)
				out[n - 1] = (struct visit){person, x.ref, x.t_in, x.t_out, x.flags};
		}
	}
	if (n > 1 && cap > 1)
		qsort(out, n < cap ? n : cap, sizeof *out, by_entry);
	return n;
}

size_t visits_at_place(const struct visits_view *view, uint32_t place, uint32_t from, uint32_t to,
		       struct visit *out, size_t cap)
{
	size_t n = 0;
	for (uint32_t k = 0; k < view->parts_n; k++) {
		const struct part *p = &view->part[k];
		struct seg_parts pieces;
		if (p->g->t_base > to || p->g->out_max < from || !seg_parts(p->g, place, &pieces))
			continue;
		for (unsigned c = 0; c < pieces.n; c++)
			for (uint32_t i = seg_begin(p->g, &pieces, c, from); i < pieces.hi[c]; i++) {
				struct seg_visit x;
				seg_get(p->g, &p->g->by_place, i, &x);
				if (x.t_in > to && !pieces.whole)
					break;
				if (x.t_in > to || x.t_out < from || (p->dead && dead_at(p->dead->place, i)))
					continue;
				if (n++ < cap)
					out[n - 1] = (struct visit){x.ref, place, x.t_in, x.t_out, x.flags};
			}
	}
	if (n > 1 && cap > 1)
		qsort(out, n < cap ? n : cap, sizeof *out, by_entry);
	return n;
}
