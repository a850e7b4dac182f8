/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealing: the runs (and what a bulk load brings) are split by day, merged with the day segments that exist,
 * written, and swapped in by one new manifest. Until that manifest is on disk the old segments and journals
 * are the truth; after it the new ones are. A crash in between leaves files that nobody names, which the next
 * opening deletes.
 */
#include <stdlib.h>

#include "core/caltime.h"
#include "trace/store.h"

#define LONG_STAY (24 * 3600)

/* A calendar day, or its long stays, while it is rewritten. */
struct bucket {
	int32_t day;
	bool is_long;
	struct part old; /* the sealed segment, g == NULL when there is none */
	size_t old_at;   /* its place in the captured list */
	size_t at, n;    /* its new visits in job.list */
	struct segment *made; /* NULL when nothing is left */
};

struct job {
	struct visits *v;
	struct parts runs, sealed; /* as captured */
	struct visit *list;        /* new visits by bucket */
	int32_t day_first, day_last;
	uint32_t *day_start; /* seconds, one more than there are days */
	struct bucket *bucket;
	size_t buckets_n;
	uint64_t generation; /* first free one */
	uint32_t cut;
	atomic_size_t next;
	pthread_mutex_t mutex; /* guards rc and err */
	enum err_code rc;
	struct err err;
};

static void free_job(struct job *j)
{
	for (size_t i = 0; i < j->buckets_n; i++)
		seg_unref(&j->bucket[i].made);
	free(j->bucket);
	free(j->day_start);
	free(j->list);
	parts_clear(&j->runs);
	parts_clear(&j->sealed);
	pthread_mutex_destroy(&j->mutex);
}

static bool capture(struct parts *to, const struct parts *from)
{
	for (size_t i = 0; i < from->n; i++) {
		struct part p = part_ref(from->p[i]);
		if (!parts_push(to, p)) {
			part_unref(&p);
			return false;
		}
	}
	return true;
}

/* Ends the current journal and takes references to all that was applied until then. */
static enum err_code capture_all(struct job *j, uint64_t *first_journal, struct err *e)
{
	struct visits *v = j->v;
	pthread_mutex_lock(&v->journal);
	enum err_code rc = v->broken ? err_set(e, ERR_DISK, "journal",
					       "an earlier write failed; open the store again")
				     : OK;
	if (rc == OK)
		rc = disk_rotate(v, e);
	if (rc == OK) {
		*first_journal = v->journal_no;
		pthread_mutex_lock(&v->state);
		rc = store_flush(v, e);
		if (rc == OK && (!capture(&j->runs, &v->runs) || !capture(&j->sealed, &v->sealed)))
			rc = err_set(e, ERR_MEMORY, "", "no memory for a list of segments");
		j->cut = v->drop_cut;
		v->runs_frozen = rc == OK ? v->runs.n : 0;
		pthread_mutex_unlock(&v->state);
	}
	pthread_mutex_unlock(&v->journal);
	return rc;
}

static size_t day_index(const struct job *j, uint32_t t)
{
	size_t last = (size_t)(j->day_last - j->day_first), i = (t - j->day_start[0]) / 86400;
	i = i > last ? last : i;
	while (i > 0 && j->day_start[i] > t)
		i--;
	while (i < last && j->day_start[i + 1] <= t)
		i++;
	return i;
}

static bool is_long(const struct visit *x)
{
	return x->t_out - x->t_in > LONG_STAY;
}

/* Day boundaries from the first to the last day of both lists. */
static enum err_code find_days(struct job *j, const struct visit *const lists[2], const size_t lists_n[2],
			       struct err *e)
{
	uint32_t least = UINT32_MAX, most = 0;
	for (int l = 0; l < 2; l++)
		for (size_t i = 0; i < lists_n[l]; i++) {
			uint32_t t = lists[l][i].t_in;
			least = t < least ? t : least;
			most = t > most ? t : most;
		}
	if (least > most)
		return OK;
	j->day_first = day_of(INT64_C(1000) * least);
	j->day_last = day_of(INT64_C(1000) * most);
	size_t days = (size_t)(j->day_last - j->day_first) + 1;
	j->day_start = calloc(days + 1, sizeof *j->day_start);
	if (!j->day_start)
		return err_set(e, ERR_MEMORY, "", "no memory for a calendar");
	for (size_t i = 0; i <= days; i++) {
		int64_t s = day_start(j->day_first + (int32_t)i) / 1000;
		j->day_start[i] = s < 0 ? 0 : (uint32_t)s; /* west of Greenwich the first day began in 1969 */
	}
	return OK;
}

static size_t slot_of(const struct job *j, const struct visit *x)
{
	return 2 * day_index(j, x->t_in) + is_long(x);
}

/* Sorts both lists into j->list and buckets by counting. */
static enum err_code fill_buckets(struct job *j, const struct visit *const lists[2], const size_t lists_n[2],
				  struct err *e)
{
	enum err_code rc = find_days(j, lists, lists_n, e);
	if (rc != OK)
		return rc;
	size_t slots = j->day_start ? 2 * ((size_t)(j->day_last - j->day_first) + 1) : 0;
	size_t *at = calloc(slots + 1, sizeof *at);
	j->bucket = calloc(slots + j->sealed.n + 1, sizeof *j->bucket);
	j->list = malloc((lists_n[0] + lists_n[1] + 1) * sizeof *j->list);
	if (!at || !j->bucket || !j->list) {
		free(at);
		return err_set(e, ERR_MEMORY, "", "no memory to seal %zu visits", lists_n[0] + lists_n[1]);
	}
	for (int l = 0; l < 2; l++)
		for (size_t i = 0; i < lists_n[l]; i++)
			at[slot_of(j, &lists[l][i]) + 1] += lists[l][i].t_in >= j->cut;
	for (size_t s = 0; s < slots; s++) {
		if (at[s + 1] > 0)
			j->bucket[j->buckets_n++] = (struct bucket){.day = j->day_first + (int32_t)(s / 2),
								    .is_long = s & 1,
								    .at = at[s],
								    .n = at[s + 1]};
		at[s + 1] += at[s];
	}
	for (int l = 0; l < 2; l++)
		for (size_t i = 0; i < lists_n[l]; i++)
			if (lists[l][i].t_in >= j->cut)
				j->list[at[slot_of(j, &lists[l][i])]++] = lists[l][i];
	free(at);
	return OK;
}

/* What is new: the runs and the bulk load. */
static enum err_code split(struct job *j, const struct visit *extra, size_t extra_n, struct err *e)
{
	size_t n = 0;
	for (size_t i = 0; i < j->runs.n; i++)
		n += j->runs.p[i].g->visits_n;
	struct visit *fresh = malloc((n + 1) * sizeof *fresh);
	if (!fresh)
		return err_set(e, ERR_MEMORY, "", "no memory to seal %zu visits", n);
	n = 0;
	for (size_t i = 0; i < j->runs.n; i++)
		n += part_read(j->runs.p[i], fresh + n);
	const struct visit *const lists[2] = {fresh, extra};
	const size_t lists_n[2] = {n, extra_n};
	enum err_code rc = fill_buckets(j, lists, lists_n, e);
	free(fresh);
	return rc;
}

/* Gives every bucket its sealed segment; segments with removed visits get a bucket even when nothing is
 * new. */
static void join_sealed(struct job *j)
{
	for (size_t i = 0; i < j->sealed.n; i++) {
		const struct part *p = &j->sealed.p[i];
		struct bucket *b = NULL;
		for (size_t k = 0; k < j->buckets_n && !b; k++)
			if (j->bucket[k].day == p->g->day && j->bucket[k].is_long == (p->g->kind == SEG_LONG))
				b = &j->bucket[k];
		if (!b && !p->dead)
			continue;
		if (!b) {
			b = &j->bucket[j->buckets_n++];
			*b = (struct bucket){.day = p->g->day, .is_long = p->g->kind == SEG_LONG};
		}
		b->old = *p; /* borrowed from j->sealed */
		b->old_at = i;
	}
}

static enum err_code make_bucket(struct job *j, struct bucket *b, uint64_t generation, struct err *e)
{
	const struct visit *list = j->list + b->at;
	struct visit *both = NULL;
	size_t n = b->n;
	if (b->old.g) {
		both = malloc((n + b->old.g->visits_n) * sizeof *both);
		if (!both)
			return err_set(e, ERR_MEMORY, "", "no memory to merge a day");
		if (n)
			memcpy(both, list, n * sizeof *both);
		n += part_read(b->old, both + n);
		list = both;
	}
	enum err_code rc = OK;
	if (n > 0)
		rc = seg_build(&b->made, list, n, b->is_long ? SEG_LONG : SEG_DAY, b->day, e);
	free(both);
	if (rc == OK && b->made && j->v->folder)
		rc = disk_write_segment(j->v, &b->made, generation, e);
	return rc;
}

static void *work(void *arg)
{
	struct job *j = arg;
	for (;;) {
		size_t k = atomic_fetch_add(&j->next, 1);
		if (k >= j->buckets_n)
			return NULL;
		struct err e;
		enum err_code rc = make_bucket(j, &j->bucket[k], j->generation + k, &e);
		pthread_mutex_lock(&j->mutex);
		if (rc != OK && j->rc == OK) {
			j->rc = rc;
			j->err = e;
		}
		pthread_mutex_unlock(&j->mutex);
		if (rc != OK)
			return NULL;
	}
}

static enum err_code make_all(struct job *j, int threads, struct err *e)
{
	pthread_t helper;
	bool two = threads > 1 && j->buckets_n > 1 && pthread_create(&helper, NULL, work, j) == 0;
	work(j);
	if (two)
		pthread_join(helper, NULL);
	if (j->rc != OK && e)
		*e = j->err;
	return j->rc;
}

/* The list of segments after the job, with removals that came meanwhile carried over. */
static enum err_code new_list(struct job *j, struct parts *out, struct parts *gone, struct err *e)
{
	struct visits *v = j->v;
	bool good = true;
	for (size_t i = 0; i < j->sealed.n && good; i++) {
		bool replaced = false;
		for (size_t k = 0; k < j->buckets_n; k++)
			replaced |= j->bucket[k].old.g == j->sealed.p[i].g;
		struct part p = part_ref(
			v->sealed.p[i]); /* only the holder of `upkeep` changes this list's segments */
		good = parts_push(replaced ? gone : out, p);
		if (!good)
			part_unref(&p);
	}
	for (size_t k = 0; k < j->buckets_n && good; k++) {
		if (!j->bucket[k].made)
			continue;
		struct part p = {seg_ref(j->bucket[k].made), NULL};
		good = parts_push(out, p);
		if (!good)
			part_unref(&p);
	}
	return good ? OK : err_set(e, ERR_MEMORY, "", "no memory for a list of segments");
}

/* state lock held. Takes the captured runs away. What came since stays; of that, visits which a bulk load has
 * brought as well are marked dead, since they are sealed now. */
static bool drop_sealed_runs(struct job *j, struct parts *sealed)
{
	struct visits *v = j->v;
	CHECK(v->runs_frozen == j->runs.n && v->runs.n >= j->runs.n);
	for (size_t i = 0; i < j->runs.n; i++)
		if (!store_carry_dead(&v->runs.p[i], &j->runs.p[i], sealed))
			return false;
	for (size_t i = j->runs.n; i < v->runs.n; i++) {
		struct visit *list = malloc((size_t)v->runs.p[i].g->visits_n * sizeof *list);
		size_t n = list ? part_read(v->runs.p[i], list) : 0;
		struct parts one = {&v->runs.p[i], 1, 1};
		bool good = list != NULL;
		for (size_t k = 0; k < n && good; k++) {
			uint32_t flags;
			if (parts_has(sealed, &list[k], &flags))
				good = parts_kill(&one, &list[k], false) >= 0;
		}
		free(list);
		if (!good)
			return false;
	}
	for (size_t i = 0; i < j->runs.n; i++)
		part_unref(&v->runs.p[i]);
	v->runs.n -= j->runs.n;
	if (v->runs.n > 0)
		memmove(v->runs.p, v->runs.p + j->runs.n, v->runs.n * sizeof *v->runs.p);
	v->runs_frozen = 0;
	return true;
}

static enum err_code commit(struct job *j, uint64_t first_journal, struct err *e)
{
	struct visits *v = j->v;
	struct parts sealed = {0}, gone = {0};
	uint64_t from_journal = v->journal_first;
	v->generation = j->generation + j->buckets_n;
	pthread_mutex_lock(&v->journal); /* nothing may be removed between the list and the swap */
	enum err_code rc = new_list(j, &sealed, &gone, e);
	if (rc == OK && v->folder)
		rc = disk_write_manifest(v, &sealed, first_journal, j->cut, e);
	if (rc == OK) {
		pthread_mutex_lock(&v->state);
		store_changed(v);
		bool good = store_flush(v, e) == OK;
		for (size_t i = 0; i < j->sealed.n && good; i++)
			good = store_carry_dead(&v->sealed.p[i], &j->sealed.p[i], &sealed);
		good = good && drop_sealed_runs(j, &sealed);
		if (good) {
			struct parts old = v->sealed;
			v->sealed = sealed;
			sealed = old;
			v->journal_first = first_journal;
		} else {
			/* The disk is right and memory is not: only opening again makes them equal. */
			v->broken = true;
			rc = err_set(e, ERR_MEMORY, "", "no memory to finish sealing; open the store again");
		}
		pthread_mutex_unlock(&v->state);
	}
	pthread_mutex_unlock(&v->journal);
	if (rc == OK)
		disk_delete_old(v, from_journal, first_journal, &gone);
	parts_clear(&sealed);
	parts_clear(&gone);
	return rc;
}

enum err_code store_rewrite(struct visits *v, const struct visit *extra, size_t extra_n, int threads,
			    struct err *e)
{
	struct job j = {.v = v};
	uint64_t first_journal = 0;
	CHECK(pthread_mutex_init(&j.mutex, NULL) == 0);
	pthread_mutex_lock(&v->upkeep);
	enum err_code rc = capture_all(&j, &first_journal, e);
	if (rc == OK)
		rc = split(&j, extra, extra_n, e);
	if (rc == OK) {
		join_sealed(&j);
		j.generation = v->generation + 1;
		rc = make_all(&j, threads, e);
	}
	if (rc == OK)
		rc = commit(&j, first_journal, e);
	pthread_mutex_lock(&v->state);
	v->runs_frozen = 0;
	pthread_mutex_unlock(&v->state);
	pthread_mutex_unlock(&v->upkeep);
	free_job(&j);
	return rc;
}

/* --- retention ------------------------------------------------------------------------------------ */

/* state lock held: marks what began before `cut` dead in the runs. */
static bool kill_old(struct visits *v, uint32_t cut)
{
	for (size_t i = 0; i < v->runs.n; i++) {
		struct visit *list = malloc((size_t)v->runs.p[i].g->visits_n * sizeof *list);
		if (!list)
			return false;
		size_t n = part_read(v->runs.p[i], list);
		struct parts one = {&v->runs.p[i], 1, 1};
		bool good = true;
		for (size_t k = 0; k < n && good; k++)
			good = list[k].t_in >= cut || parts_kill(&one, &list[k], false) >= 0;
		free(list);
		if (!good)
			return false;
	}
	return true;
}

enum err_code visits_drop_before(struct visits *v, uint32_t t, struct err *e)
{
	int64_t start = day_start(day_of(INT64_C(1000) * t)) / 1000;
	uint32_t cut = start < 0 ? 0 : (uint32_t)start;
	int32_t day = day_of(INT64_C(1000) * t);
	struct parts keep = {0}, gone = {0};
	pthread_mutex_lock(&v->upkeep);
	pthread_mutex_lock(&v->journal);
	enum err_code rc = v->broken ? err_set(e, ERR_DISK, "journal",
					       "an earlier write failed; open the store again")
				     : OK;
	for (size_t i = 0; i < v->sealed.n && rc == OK; i++) {
		struct part p = part_ref(v->sealed.p[i]);
		if (!parts_push(p.g->day < day ? &gone : &keep, p)) {
			part_unref(&p);
			rc = err_set(e, ERR_MEMORY, "", "no memory for a list of segments");
		}
	}
	cut = cut > v->drop_cut ? cut : v->drop_cut;
	if (rc == OK && v->folder)
		rc = disk_write_manifest(v, &keep, v->journal_first, cut, e);
	if (rc == OK) {
		pthread_mutex_lock(&v->state);
		store_changed(v);
		v->drop_cut = cut;
		struct parts old = v->sealed;
		v->sealed = keep;
		keep = old;
		if (store_flush(v, e) != OK || !kill_old(v, cut)) {
			v->broken = true;
			rc = err_set(e, ERR_MEMORY, "", "no memory to finish; open the store again");
		}
		pthread_mutex_unlock(&v->state);
	}
	pthread_mutex_unlock(&v->journal);
	if (rc == OK)
		disk_delete_old(v, v->journal_first, v->journal_first, &gone);
	pthread_mutex_unlock(&v->upkeep);
	parts_clear(&keep);
	parts_clear(&gone);
	return rc;
}
