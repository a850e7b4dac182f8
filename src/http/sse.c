/* SPDX-License-Identifier: Apache-2.0
 * Server-sent events. One text per event is shared by all loops; a ring remembers the last ones, so that
 * an event published while a handler was still preparing the stream is not lost. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

void http_sse_format(struct buf *b, int64_t seq, const char *event, struct str data)
{
	if (seq >= 0) {
		buf_add_c(b, "id: ");
		buf_add_i64(b, seq);
		buf_add_byte(b, '\n');
	}
	if (event) {
		CHECK(!strpbrk(event, "\r\n"));
		buf_add_c(b, "event: ");
		buf_add_c(b, event);
		buf_add_byte(b, '\n');
	}
	do {
		struct str line = str_cut(&data, '\n');
		buf_add_c(b, "data: ");
		for (struct str part = STR_NONE; line.p;) { /* a CR would end the line for the browser */
			part = str_cut(&line, '\r');
			buf_add_str(b, part);
		}
		buf_add_byte(b, '\n');
	} while (data.p);
	buf_add_byte(b, '\n');
}

void http_sse_publish(struct http_server *s, uint64_t topics, int64_t seq, const char *event, struct str data)
{
	struct buf b;
	buf_init(&b, 0);
	http_sse_format(&b, seq, event, data);
	struct event *ev = malloc(sizeof *ev + b.n);
	CHECK(ev && !b.failed);
	atomic_init(&ev->refs, s->loops_n);
	ev->topics = topics;
	ev->seq = seq;
	ev->text_n = b.n;
	memcpy(ev->text, b.p, b.n);
	buf_done(&b);
	for (int i = 0; i < s->loops_n; i++) {
		struct msg m = {.kind = MSG_EVENT, .p = ev};
		loop_post(&s->loops[i], &m, 1);
	}
}

void http_end_tagged(struct http_server *s, uint64_t tag)
{
	CHECK(tag != 0);
	for (int i = 0; i < s->loops_n; i++) {
		struct msg m = {.kind = MSG_END_TAGGED, .n = tag};
		loop_post(&s->loops[i], &m, 1);
	}
}

static void unref(struct event *ev)
{
	if (atomic_fetch_sub(&ev->refs, 1) == 1)
		free(ev);
}

static void give(struct conn *c, const char *p, size_t n)
{
	if (conn_pending(c) == 0)
		c->since_us = c->loop->now_us;
	buf_add(&c->out, p, n);
}

void sse_begin(struct conn *c)
{
	struct loop *l = c->loop;
	struct http_res *res = &c->req->res;
	give(c, ":\n\n", 3);
	buf_add_str(&c->out, buf_str(&res->body));
	if (res->sse_after >= 0 && res->sse_after < l->ring_lost)
		http_sse_format(&c->out, l->ring_lost, "reset", STR("{}"));
	for (size_t i = 0; i < l->ring_n && res->sse_after >= 0; i++) {
		struct event *ev = l->ring[(l->ring_at + i) % SSE_RING_N];
		if (ev->seq > res->sse_after && ev->topics & res->sse_mask)
			buf_add(&c->out, ev->text, ev->text_n);
	}
	c->phase = PHASE_SSE;
	c->in_sse = true;
	c->sse_prev = NULL;
	c->sse_next = l->sse;
	if (l->sse)
		l->sse->sse_prev = c;
	l->sse = c;
	COUNT(l, streams, 1);
}

void sse_leave(struct conn *c)
{
	struct loop *l = c->loop;
	if (!c->in_sse)
		return;
	c->in_sse = false;
	if (c->sse_prev)
		c->sse_prev->sse_next = c->sse_next;
	else
		l->sse = c->sse_next;
	if (c->sse_next)
		c->sse_next->sse_prev = c->sse_prev;
	COUNT(l, streams, -1u);
}

static void forget_oldest(struct loop *l)
{
	struct event *ev = l->ring[l->ring_at];
	if (ev->seq > l->ring_lost)
		l->ring_lost = ev->seq;
	l->ring_bytes -= ev->text_n;
	l->ring_at = (l->ring_at + 1) % SSE_RING_N;
	l->ring_n--;
	unref(ev);
}

void sse_event(struct loop *l, struct event *ev)
{
	for (struct conn *c = l->sse, *next; c; c = next) {
		next = c->sse_next;
		if (!(c->req->res.sse_mask & ev->topics))
			continue;
		if (conn_pending(c) + ev->text_n > l->server->cfg.sse_buffer) {
			COUNT(l, sse_dropped, 1);
			conn_kill(c);
			continue;
		}
		give(c, ev->text, ev->text_n);
		COUNT(l, sse_events, 1);
		loop_flush(c);
	}
	if (ev->seq < 0) {
		unref(ev); /* without a number nobody can ask for it again */
		return;
	}
	while (l->ring_n == SSE_RING_N || (l->ring_n > 0 && l->ring_bytes + ev->text_n > SSE_RING_BYTES))
		forget_oldest(l);
	l->ring[(l->ring_at + l->ring_n++) % SSE_RING_N] = ev;
	l->ring_bytes += ev->text_n;
}

void sse_heartbeat(struct loop *l)
{
	for (struct conn *c = l->sse, *next; c; c = next) {
		next = c->sse_next;
		if (conn_pending(c) > 0)
			continue;
		give(c, ":\n\n", 3);
		loop_flush(c);
	}
}

void sse_end_tagged(struct loop *l, uint64_t tag)
{
	for (struct conn *c = l->sse, *next; c; c = next) {
		next = c->sse_next;
		if (c->req->tag == tag)
			conn_kill(c);
	}
}

void sse_forget(struct loop *l)
{
	while (l->ring_n > 0)
		forget_oldest(l);
}
