/* SPDX-License-Identifier: Apache-2.0
 *
 * kill -9 at random points under load. A child appends through the writer from several threads and tells every acknowledgement
 * through a pipe, which is the ledger outside. After each kill: the ledger opens, the chain is whole, every acknowledged fact is
 * there with its content, personal part included; after every twentieth a rebuild gives the same tables.
 *
 * SUSHUI_KILLS sets how many (300).
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/people/people.h"
#include "ledger/keyring.h"
#include "ledger/writer.h"
#include "sql.gen.h"
#include "world.h"

#define THREADS 3
#define JOB_FACTS 8
#define BATCH 20 /* kills on one ledger */

struct ack {
	uint64_t number;
	struct id id;
};

static struct str fact_text(struct arena *a, struct id id, uint64_t number)
{
	char text[ID_TEXT_N + 1];
	id_format(id, text);
	if (number % 8 == 0)
		return arena_printf(a, "{\"id\":\"%s\",\"kind\":\"people.person_registered\",\"area\":\"140826105201\",\"at\":%lld,\"body\":{\"person\":\"%s\","
				       "\"household\":\"%s\",\"name\":\"N%llu\"}}",
				    text, (long long)NOW, NAME("person", (int)number), NAME("household", (int)(number % 50)), (unsigned long long)number);
	return arena_printf(a, "{\"id\":\"%s\",\"kind\":\"testing.swab_taken\",\"outbreak\":\"%s\",\"area\":\"140826105201\",\"at\":%lld,\"body\":{"
			       "\"person\":\"%s\",\"tube\":\"%s\",\"campaign\":\"%s\",\"round\":%llu}}",
			    text, NAME("outbreak", 1), (long long)(NOW + (int64_t)number % 1000), NAME("person", (int)(number % 500)),
			    NAME("tube", (int)(number % 60)), NAME("campaign", 1), (unsigned long long)(1 + number % 9000));
}

/* ---- the child --------------------------------------------------------------------------------------------------- */

struct sender {
	struct writer *w;
	int pipe;
	uint64_t first; /* its numbers: first, first + THREADS, ... */
};
struct wait {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool is_done;
};

static pthread_mutex_t text_lock = PTHREAD_MUTEX_INITIALIZER; /* world_name is not for threads */

static void job_done(struct writer_job *job)
{
	struct wait *w = job->ctx;
	pthread_mutex_lock(&w->lock);
	w->is_done = true;
	pthread_cond_signal(&w->done);
	pthread_mutex_unlock(&w->lock);
}

static void *send_all(void *arg)
{
	struct sender *s = arg;
	struct arena a;
	struct fact facts[JOB_FACTS];
	struct verdict verdicts[JOB_FACTS];
	struct ack acks[JOB_FACTS];
	uint64_t number = s->first;
	arena_init(&a, 0);
	for (;;) {
		struct wait wait = {.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
		struct writer_job job = {.done = job_done, .ctx = &wait};
		size_t n = 1 + number % JOB_FACTS;
		arena_reset(&a);
		memset(verdicts, 0, sizeof verdicts);
		for (size_t i = 0; i < n; i++, number += THREADS) {
			const struct json *j;
			acks[i] = (struct ack){number, id_new(sys_real())};
			pthread_mutex_lock(&text_lock);
			struct str text = fact_text(&a, acks[i].id, number);
			pthread_mutex_unlock(&text_lock);
			if (json_read(&a, text, &j, NULL) != OK || fact_decode(&a, j, &facts[i], NULL) != OK)
				abort();
		}
		job.sub = (struct submission){.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
		if (writer_submit(s->w, &job, NULL) != OK)
			abort();
		pthread_mutex_lock(&wait.lock);
		while (!wait.is_done)
			pthread_cond_wait(&wait.done, &wait.lock);
		pthread_mutex_unlock(&wait.lock);
		for (size_t i = 0; i < n; i++)
			if (verdicts[i].code != OK || write(s->pipe, &acks[i], sizeof acks[i]) != (ssize_t)sizeof acks[i])
				abort();
	}
	return NULL;
}

static void child(struct world *w, int pipe, uint64_t first)
{
	struct ledger_options o = world_options(w);
	struct writer *writer;
	struct sender senders[THREADS];
	o.sys = sys_real();
	if (ledger_open(&w->l, &o, NULL) != OK || writer_start(&writer, w->l, NULL, NULL, NULL) != OK)
		abort();
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_t thread;
		senders[i] = (struct sender){writer, pipe, first + i};
		if (pthread_create(&thread, NULL, send_all, &senders[i]) != 0)
			abort();
	}
	for (;;)
		pause();
}

/* ---- the parent -------------------------------------------------------------------------------------------------- */

static struct ack *acks;
static size_t acks_n, acks_cap;

static void drain(int fd)
{
	struct ack a;
	ssize_t n;
	while ((n = read(fd, &a, sizeof a)) == (ssize_t)sizeof a) {
		if (acks_n == acks_cap) {
			acks_cap = acks_cap ? 2 * acks_cap : 4096;
			acks = realloc(acks, acks_cap * sizeof *acks);
			assert_non_null(acks);
		}
		acks[acks_n++] = a;
	}
	assert_true(n <= 0);
}

static void kill_one(struct world *w, struct dice *d, uint64_t first)
{
	int fds[2], status;
	assert_int_equal(pipe(fds), 0);
	fcntl(fds[1], F_SETPIPE_SZ, 1 << 20);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(fds[0]);
		child(w, fds[1], first);
		_exit(1);
	}
	close(fds[1]);
	struct timespec t = {0, 1000000L * (5 + (long)dice_below(d, 61))};
	size_t before = acks_n;
	nanosleep(&t, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("the child ended by itself: %x", status);
	drain(fds[0]);
	close(fds[0]);
	(void)before;
}

static void check_ack(struct world *w, const struct ack *a)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	struct arena_mark mark = arena_mark(&w->a);
	const struct json *j;
	struct fact sent, kept;
	int64_t seq;
	testdb_ok(json_read(&w->a, fact_text(&w->a, a->id, a->number), &j, &e), &e);
	testdb_ok(fact_decode(&w->a, j, &sent, &e), &e);
	testdb_ok(db_one(db, &SQL_ledger_fact_get, PARAMS(V_INT(COUNTY), V_ID(&a->id)), 0, &seq, &e), &e);
	if (seq == 0)
		fail_msg("fact %llu was acknowledged and is lost", (unsigned long long)a->number);
	testdb_ok(ledger_fact_read(db, ledger_keyring(w->l), &w->a, COUNTY, (uint64_t)seq, &kept, &e), &e);
	struct buf x, y;
	buf_init(&x, 0);
	buf_init(&y, 0);
	for (int personal = 0; personal < 2; personal++) {
		fact_encode_body(&x, sent.kind, sent.body, personal);
		fact_encode_body(&y, kept.kind, kept.body, personal);
	}
	if (!str_eq(buf_str(&x), buf_str(&y)) || sent.at != kept.at || sent.kind != kept.kind)
		fail_msg("fact %llu is another one: %.*s", (unsigned long long)a->number, STR_ARG(buf_str(&y)));
	buf_done(&x);
	buf_done(&y);
	arena_rewind(&w->a, mark);
}

static void kills(void **state)
{
	(void)state;
	const char *text = getenv("SUSHUI_KILLS");
	int64_t want = 300;
	if (text && !str_to_i64(str_of(text), &want))
		fail_msg("SUSHUI_KILLS is no number");
	struct dice d;
	struct timespec t0, t1;
	size_t total = 0, empty = 0;
	uint64_t facts = 0, first = 1;
	dice_init(&d, (uint64_t)time(NULL));
	clock_gettime(CLOCK_MONOTONIC, &t0);
	for (int64_t k = 0; k < want;) {
		struct world w;
		struct ledger_options o;
		struct err e = {0};
		struct verify_report r;
		assert_true(world_open(&w, DB_SQLITE, (uint64_t)k));
		o = world_options(&w);
		acks_n = 0;
		for (int b = 0; b < BATCH && k < want; b++, k++, first += 1000000) {
			size_t before = acks_n;
			ledger_close(&w.l);
			kill_one(&w, &d, first);
			testdb_ok(ledger_open(&w.l, &o, &e), &e);
			testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &r, &e), &e);
			for (size_t i = before; i < acks_n; i++)
				check_ack(&w, &acks[i]);
			empty += acks_n == before;
			assert_true(r.facts_n >= acks_n + 2);
		}
		world_rebuilt_same(&w, 0);
		for (size_t i = 0; i < acks_n; i++) /* and what was there before the later kills */
			check_ack(&w, &acks[i]);
		total += acks_n;
		facts += r.facts_n;
		world_close(&w);
	}
	clock_gettime(CLOCK_MONOTONIC, &t1);
	print_message("%lld kills, %zu acknowledged and none lost, %llu kept, %zu kills before the first acknowledgement, %.1f s\n",
		      (long long)want, total, (unsigned long long)facts, empty,
		      (double)(t1.tv_sec - t0.tv_sec) + (double)(t1.tv_nsec - t0.tv_nsec) / 1e9);
	assert_true(total > (size_t)want); /* under load, or it shows nothing */
	free(acks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(kills)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
