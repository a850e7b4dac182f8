/* SPDX-License-Identifier: Apache-2.0
 * Worker threads, deferred answers, and streams with back-pressure. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

struct worker {
	struct http_server *s;
	int no;
};

static struct http_req *take(struct http_server *s)
{
	pthread_mutex_lock(&s->pool_lock);
	while (!s->queue_first && !s->pool_stop)
		pthread_cond_wait(&s->pool_work, &s->pool_lock);
	struct http_req *req = s->queue_first;
	if (req) {
		s->queue_first = req->next;
		if (!s->queue_first)
			s->queue_last = NULL;
		req->next = NULL;
	}
	pthread_mutex_unlock(&s->pool_lock);
	return req;
}

static void *work(void *arg)
{
	struct worker w = *(struct worker *)arg;
	free(arg);
	const struct http_config *cfg = &w.s->cfg;
	void *user = cfg->thread_open ? cfg->thread_open(cfg->user, w.no) : cfg->user;
	for (struct http_req *req; (req = take(w.s)) != NULL;) {
		req->route->handler(req, &req->res, user);
		if (req->stream.open)
			atomic_fetch_sub(&w.s->streams_open, 1);
		struct msg m = {.kind = MSG_DONE, .req = req};
		loop_post(req->loop, &m, 1);
	}
	if (cfg->thread_close)
		cfg->thread_close(cfg->user, user);
	return NULL;
}

bool pool_start(struct http_server *s)
{
	s->threads = calloc((size_t)s->cfg.pool_n, sizeof *s->threads);
	if (!s->threads)
		return false;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old); /* signals go to the threads of the caller */
	for (int i = 0; i < s->cfg.pool_n; i++) {
		struct worker *w = malloc(sizeof *w);
		if (w)
			*w = (struct worker){s, i};
		if (!w || pthread_create(&s->threads[i], NULL, work, w) != 0) {
			free(w);
			break;
		}
		s->threads_n++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return s->threads_n == s->cfg.pool_n;
}

void pool_end(struct http_server *s)
{
	pthread_mutex_lock(&s->pool_lock);
	s->pool_stop = true;
	pthread_cond_broadcast(&s->pool_work);
	pthread_mutex_unlock(&s->pool_lock);
	for (int i = 0; i < s->threads_n; i++)
		pthread_join(s->threads[i], NULL);
	s->threads_n = 0;
	free(s->threads);
	s->threads = NULL;
}

void pool_put(struct http_req *req)
{
	struct http_server *s = req->loop->server;
	pthread_mutex_lock(&s->pool_lock);
	if (s->queue_last)
		s->queue_last->next = req;
	else
		s->queue_first = req;
	s->queue_last = req;
	pthread_cond_signal(&s->pool_work);
	pthread_mutex_unlock(&s->pool_lock);
}

struct http_token http_defer(struct http_req *req)
{
	CHECK(!req->deferred && !req->stream.open);
	req->deferred = true;
	return (struct http_token){req};
}

struct http_res *http_token_res(struct http_token t)
{
	return &t.req->res;
}

void http_answer(struct http_token t)
{
	struct msg m = {.kind = MSG_ANSWER, .req = t.req};
	loop_post(t.req->loop, &m, 1);
}

void http_answer_batch(const struct http_token *tokens, size_t n)
{
	struct msg some[256];
	for (size_t i = 0; i < n;) {
		struct loop *l = tokens[i].req->loop;
		size_t k = 0;
		while (i < n && k < ARRAY_N(some) && tokens[i].req->loop == l)
			some[k++] = (struct msg){.kind = MSG_ANSWER, .req = tokens[i++].req};
		loop_post(l, some, k);
	}
}

bool http_stream_open(struct http_res *res, const char *type)
{
	struct http_req *req = res->req;
	struct http_server *s = req->loop->server;
	CHECK(!req->deferred && !req->stream.open);
	int most = s->cfg.pool_n / 2 > 0 ? s->cfg.pool_n / 2 : 1;
	if (!req->pooled || atomic_fetch_add(&s->streams_open, 1) >= most) {
		if (req->pooled)
			atomic_fetch_sub(&s->streams_open, 1);
		struct err e = {.code = ERR_BUSY, .what = "too many exports at a time"};
		http_res_fail(res, &e);
		return false;
	}
	http_res_body(res, type, STR_NONE);
	res->kind = RES_STREAM;
	req->stream.open = true;
	struct msg m = {.kind = MSG_STREAM_OPEN, .req = req};
	loop_post(req->loop, &m, 1);
	return true;
}

bool http_stream_write(struct http_res *res, struct str bytes)
{
	struct http_req *req = res->req;
	struct stream *st = &req->stream;
	CHECK(st->open);
	if (bytes.n == 0 || req->verb == VERB_HEAD)
		return bytes.n == 0;
	char size[24] = "";
	size_t size_n = req->minor == 1 ? (size_t)snprintf(size, sizeof size, "%zx\r\n", bytes.n) : 0;
	size_t end_n = req->minor == 1 ? 2 : 0, n = size_n + bytes.n + end_n;
	char *p = malloc(n);
	if (!p)
		return false;
	memcpy(p, size, size_n);
	memcpy(p + size_n, bytes.p, bytes.n);
	memcpy(p + size_n + bytes.n, "\r\n", end_n);
	pthread_mutex_lock(&st->lock);
	while (!st->gone && st->queued_n > req->loop->server->cfg.stream_buffer)
		pthread_cond_wait(&st->moved, &st->lock);
	bool gone = st->gone;
	if (!gone)
		st->queued_n += n;
	pthread_mutex_unlock(&st->lock);
	if (gone) {
		free(p);
		return false;
	}
	struct msg m = {.kind = MSG_STREAM_DATA, .req = req, .p = p, .n = n};
	loop_post(req->loop, &m, 1);
	return true;
}

void http_stream_abort(struct http_res *res)
{
	res->req->stream.aborted = true;
}

void stream_gone(struct http_req *req)
{
	pthread_mutex_lock(&req->stream.lock);
	req->stream.gone = true;
	pthread_cond_broadcast(&req->stream.moved);
	pthread_mutex_unlock(&req->stream.lock);
}

void stream_sent(struct http_req *req, size_t n)
{
	struct stream *st = &req->stream;
	pthread_mutex_lock(&st->lock);
	st->queued_n -= n < st->queued_n ? n : st->queued_n;
	pthread_cond_signal(&st->moved);
	pthread_mutex_unlock(&st->lock);
}
