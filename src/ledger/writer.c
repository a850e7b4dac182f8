/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/writer.h"

#include <pthread.h>
#include <stdlib.h>

#define QUEUE_MAX 200000 /* facts that may wait; beyond it the sender is told to come back */
#define JOBS_MAX 4096    /* jobs of one group */

struct writer {
	struct ledger *l;
	void (*after_group)(void *ctx, size_t facts_n);
	void *ctx;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what stands below it */
	pthread_cond_t work;
	struct writer_job *first, **last;
	bool stopping;
	struct writer_stats stats;
};

/* Takes jobs from the queue until the group is full; always at least one. */
static size_t take_group(struct writer *w, struct writer_job **jobs)
{
	size_t jobs_n = 0, facts_n = 0;
	while (w->first && jobs_n < JOBS_MAX && (jobs_n == 0 || facts_n + w->first->sub.n <= WRITER_GROUP_MAX)) {
		struct writer_job *job = w->first;
		w->first = job->next;
		facts_n += job->sub.n;
		jobs[jobs_n++] = job;
	}
	if (!w->first)
		w->last = &w->first;
	w->stats.waiting_n -= facts_n;
	return jobs_n;
}

static size_t count(struct writer *w, const struct submission *subs, size_t n, bool fault, uint64_t us)
{
	size_t kept = 0;
	pthread_mutex_lock(&w->lock);
	for (size_t s = 0; s < n; s++)
		for (size_t i = 0; i < subs[s].n; i++) {
			const struct verdict *v = &subs[s].verdicts[i];
			if (v->code == OK && v->duplicate)
				w->stats.duplicates_n++;
			else if (v->code == OK)
				kept++;
			else
				w->stats.refused_n++;
		}
	w->stats.facts_n += kept;
	w->stats.groups_n++;
	w->stats.faults_n += fault;
	w->stats.read_only = fault;
	w->stats.last_group_us = us;
	pthread_mutex_unlock(&w->lock);
	return kept;
}

static void *run(void *arg)
{
	struct writer *w = arg;
	struct writer_job **jobs = calloc(JOBS_MAX, sizeof *jobs);
	struct submission *subs = calloc(JOBS_MAX, sizeof *subs);
	CHECK(jobs && subs);
	const struct sys *sys = ledger_sys(w->l);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->first && !w->stopping)
			pthread_cond_wait(&w->work, &w->lock);
		if (!w->first)
			break;
		size_t n = take_group(w, jobs);
		pthread_mutex_unlock(&w->lock);
		for (size_t i = 0; i < n; i++) {
			if (jobs[i]->begin)
				jobs[i]->begin(jobs[i]);
			subs[i] = jobs[i]->sub;
		}
		int64_t t0 = sys->mono_us(sys->ctx);
		enum err_code rc = ledger_append(w->l, subs, n, NULL);
		size_t kept = count(w, subs, n, rc != OK, (uint64_t)(sys->mono_us(sys->ctx) - t0));
		for (size_t i = 0; i < n; i++)
			jobs[i]->done(jobs[i]);
		if (w->after_group)
			w->after_group(w->ctx, kept);
		ledger_idle(w->l);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	free(jobs);
	free(subs);
	return NULL;
}

enum err_code writer_start(struct writer **out, struct ledger *l, void (*after_group)(void *ctx, size_t facts_n), void *ctx,
			   struct err *e)
{
	struct writer *w = calloc(1, sizeof *w);
	if (!w)
		return err_set(e, ERR_MEMORY, "", "no memory for the writer");
	w->l = l;
	w->after_group = after_group;
	w->ctx = ctx;
	w->last = &w->first;
	CHECK(pthread_mutex_init(&w->lock, NULL) == 0 && pthread_cond_init(&w->work, NULL) == 0);
	if (pthread_create(&w->thread, NULL, run, w) != 0) {
		free(w);
		return err_set(e, ERR_MEMORY, "", "no thread for the writer");
	}
	*out = w;
	return OK;
}

enum err_code writer_submit(struct writer *w, struct writer_job *job, struct err *e)
{
	pthread_mutex_lock(&w->lock);
	bool full = w->stopping || w->stats.waiting_n + job->sub.n > QUEUE_MAX;
	if (!full) {
		job->next = NULL;
		*w->last = job;
		w->last = &job->next;
		w->stats.waiting_n += job->sub.n;
		pthread_cond_signal(&w->work);
	}
	pthread_mutex_unlock(&w->lock);
	return full ? err_set(e, ERR_BUSY, "", "too many facts wait to be written") : OK;
}

void writer_stop(struct writer **wp)
{
	struct writer *w = *wp;
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->work);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	ledger_close(&w->l);
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->work);
	free(w);
	*wp = NULL;
}

void writer_stats(struct writer *w, struct writer_stats *out)
{
	pthread_mutex_lock(&w->lock);
	*out = w->stats;
	pthread_mutex_unlock(&w->lock);
}
