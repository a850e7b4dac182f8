/* SPDX-License-Identifier: Apache-2.0
 * Bounded queues with one thread each, and the reading connections that threads keep. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/app_internal.h"
#include "ledger/keyring.h"

struct lane {
	struct reader reader;
	size_t most, waiting_n;
	void (*tick)(struct reader *r);
	int tick_ms;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* guards what stands below it, and waiting_n */
	pthread_cond_t work;
	struct lane_job *first, **last;
	bool stopping;
};

enum err_code reader_db(struct reader *r, struct db **db, struct err *e)
{
	const struct ledger_options *o = &r->app->o.ledger;
	enum err_code rc = r->db ? OK : db_open(&r->db, o->db_url, DB_READER, o->vfs, e);
	if (rc == OK)
		*db = r->db;
	return rc;
}

enum err_code reader_keyring(struct reader *r, struct keyring **k, struct err *e)
{
	enum err_code rc = r->keyring ? OK : keyring_open(&r->keyring, r->app->o.ledger.keyring, DB_READER, r->app->sys, e);
	if (rc == OK)
		*k = r->keyring;
	return rc;
}

void reader_fault(struct reader *r, enum err_code rc)
{
	if (err_kind(rc) == KIND_FAULT || (r->db && db_broken(r->db))) {
		db_close(&r->db);
		keyring_close(&r->keyring);
	}
}

void reader_done(struct reader *r)
{
	db_close(&r->db);
	keyring_close(&r->keyring);
	arena_done(&r->arena);
}

/* Waits for a job, at most until the next tick. */
static struct lane_job *take(struct lane *l, bool *stop)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += l->tick_ms / 1000;
	until.tv_nsec += l->tick_ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_mutex_lock(&l->lock);
	int rc = 0;
	while (!l->first && !l->stopping && rc == 0)
		rc = l->tick ? pthread_cond_timedwait(&l->work, &l->lock, &until) : pthread_cond_wait(&l->work, &l->lock);
	struct lane_job *job = l->first;
	if (job) {
		l->first = job->next;
		if (!l->first)
			l->last = &l->first;
		l->waiting_n--;
	}
	*stop = !job && l->stopping;
	pthread_mutex_unlock(&l->lock);
	return job;
}

static void *run(void *arg)
{
	struct lane *l = arg;
	const struct sys *sys = sys_real(); /* ticks follow the machine's clock, also when the app's is driven by a test */
	int64_t ticked = sys->mono_us(sys->ctx);
	for (bool stop = false; !stop;) {
		struct lane_job *job = take(l, &stop);
		if (job) {
			arena_reset(&l->reader.arena);
			job->run(job, &l->reader);
		}
		if (l->tick && sys->mono_us(sys->ctx) - ticked >= l->tick_ms * 1000) {
			l->tick(&l->reader);
			ticked = sys->mono_us(sys->ctx);
		}
	}
	reader_done(&l->reader);
	return NULL;
}

enum err_code lane_open(struct lane **out, struct app *app, size_t most, void (*tick)(struct reader *r), int tick_ms, struct err *e)
{
	struct lane *l = calloc(1, sizeof *l);
	if (!l)
		return err_set(e, ERR_MEMORY, "", "no memory for a queue");
	l->reader.app = app;
	l->most = most;
	l->tick = tick;
	l->tick_ms = tick_ms;
	l->last = &l->first;
	arena_init(&l->reader.arena, 0);
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	CHECK(pthread_mutex_init(&l->lock, NULL) == 0 && pthread_cond_init(&l->work, &attr) == 0);
	pthread_condattr_destroy(&attr);
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals go to the thread that serves */
	l->running = pthread_create(&l->thread, NULL, run, l) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!l->running) {
		lane_free(&l);
		return err_set(e, ERR_MEMORY, "", "no thread for a queue");
	}
	*out = l;
	return OK;
}

bool lane_put(struct lane *l, struct lane_job *job, bool force)
{
	pthread_mutex_lock(&l->lock);
	bool taken = !l->stopping && (force || l->waiting_n < l->most);
	if (taken) {
		job->next = NULL;
		*l->last = job;
		l->last = &job->next;
		l->waiting_n++;
		pthread_cond_signal(&l->work);
	}
	pthread_mutex_unlock(&l->lock);
	return taken;
}

void lane_stop(struct lane *l)
{
	if (!l || !l->running)
		return;
	pthread_mutex_lock(&l->lock);
	l->stopping = true;
	pthread_cond_signal(&l->work);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	l->running = false;
}

void lane_free(struct lane **lp)
{
	struct lane *l = *lp;
	if (!l)
		return;
	lane_stop(l);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->work);
	free(l);
	*lp = NULL;
}
