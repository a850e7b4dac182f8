/* SPDX-License-Identifier: Apache-2.0
 * The state machine of one connection: bytes and time in, bytes out. Answers go out in the order of the
 * requests because the next request is not begun before the one before it has been answered; bytes that a
 * client sends ahead wait in `in`, which is bounded, and then in the client's own socket. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define FRAMING_MAX_N 16384

static int on_headers_complete(llhttp_t *p)
{
	struct conn *c = p->data;
	p->upgrade = 0; /* an Upgrade header may be ignored, and is */
	if (!llhttp_should_keep_alive(p))
		c->close_after = true;
	return 0;
}

static int on_body(llhttp_t *p, const char *at, size_t n)
{
	struct conn *c = p->data;
	struct http_req *req = c->req;
	struct loop *l = c->loop;
	if (n > req->body_max || req->body.n > req->body_max - n)
		c->failure_status = 413;
	else if (n > l->server->cfg.bodies_max || l->bodies_n > l->server->cfg.bodies_max - n)
		c->failure_status = 503;
	if (c->failure_status)
		return HPE_USER;
	buf_add(&req->body, at, n);
	if (req->body.failed) {
		c->failure_status = 503;
		return HPE_USER;
	}
	l->bodies_n += n;
	return 0;
}

static int on_message_complete(llhttp_t *p)
{
	((struct conn *)p->data)->message_complete = true;
	return HPE_PAUSED;
}

static int on_header_field(llhttp_t *p, const char *at, size_t n)
{
	(void)at;
	(void)n;
	return p->flags & F_TRAILING ? HPE_USER : 0; /* trailers could carry what the gate has not seen */
}

const llhttp_settings_t conn_parser_settings = {
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
	.on_message_complete = on_message_complete,
	.on_header_field = on_header_field,
};

struct conn *conn_new(struct loop *l, int fd)
{
	struct conn *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->loop = l;
	c->fd = fd;
	c->since_us = l->now_us;
	buf_init(&c->in, 0);
	buf_init(&c->out, 0);
	c->next = l->conns;
	if (c->next)
		c->next->prev = c;
	l->conns = c;
	COUNT(l, connections, 1);
	COUNT(l, accepted, 1);
	return c;
}

void conn_free(struct conn *c)
{
	struct loop *l = c->loop;
	CHECK(!c->req && !c->in_sse && !c->in_again);
	if (c->prev)
		c->prev->next = c->next;
	else
		l->conns = c->next;
	if (c->next)
		c->next->prev = c->prev;
	addr_leave(l, c);
	buf_done(&c->in);
	buf_done(&c->out);
	COUNT(l, connections, -1u);
	free(c);
}

size_t conn_pending(const struct conn *c)
{
	return c->out.n - c->out_at + c->tail.n;
}

bool conn_is_idle(const struct conn *c)
{
	return c->phase == PHASE_HEAD && c->in.n == c->in_at && conn_pending(c) == 0;
}

static void enter(struct conn *c, enum phase phase)
{
	c->phase = phase;
	c->since_us = c->loop->now_us;
}

static void set_waiting(struct http_req *req, bool on)
{
	if (req->waiting != on)
		COUNT(req->loop, waiting, on ? 1 : -1u);
	req->waiting = on;
}

static void log_access(struct http_req *req, int status, uint64_t out_bytes)
{
	struct loop *l = req->loop;
	const struct http_config *cfg = &l->server->cfg;
	if (req->logged)
		return;
	req->logged = true;
	int64_t us = l->server->sys->mono_us(l->server->sys->ctx) - req->start_us;
	int b = 0;
	while (us > http_latency_us[b] && b < HTTP_LATENCY_N - 1)
		b++;
	COUNT(l, latency[b], 1);
	COUNT(l, latency_us, (uint64_t)(us > 0 ? us : 0));
	COUNT(l, requests[status == 499 ? 0 : status / 100], 1);
	if (!cfg->access)
		return;
	/* a handler may still be writing to res of a request whose client has gone */
	const struct err *err = status != 499 && req->res.failed ? &req->res.err : NULL;
	struct http_access line = {
		.request_id = req->id, .verb = req->verb_known ? http_verb_name(req->verb) : "-",
		.pattern = req->route ? req->route->pattern : "-", .status = status, .in_bytes = req->body.n,
		.out_bytes = out_bytes, .us = us, .err = err, .session = req->session,
	};
	cfg->access(cfg->user, &line);
}

/* The request is over: gives it back and looks for the next one. */
static void end_request(struct conn *c)
{
	struct http_req *req = c->req;
	c->req = NULL;
	c->tail = STR_NONE;
	req->conn = NULL;
	req_release(req);
	enter(c, c->close_after ? PHASE_CLOSING : PHASE_HEAD);
}

static void give_up_request(struct conn *c)
{
	struct http_req *req = c->req;
	if (!req)
		return;
	bool held = c->phase == PHASE_HANDLER || c->phase == PHASE_STREAM;
	log_access(req, 499, 0);
	c->req = NULL;
	c->tail = STR_NONE;
	req->conn = NULL;
	if (held)
		stream_gone(req);
	else
		req_release(req);
}

void conn_kill(struct conn *c)
{
	if (c->phase == PHASE_DEAD)
		return;
	sse_leave(c);
	give_up_request(c);
	c->phase = PHASE_DEAD;
	c->dead_next = c->loop->dead;
	c->loop->dead = c;
}

/* Writes the answer in req->res: the one place where answers begin. */
static void finish(struct conn *c)
{
	struct http_req *req = c->req;
	struct http_res *res = &req->res;
	struct loop *l = c->loop;
	if (res->kind == RES_SSE && l->counters.streams >= (uint32_t)l->server->cfg.sse_max) {
		struct err e = {.code = ERR_BUSY, .what = "too many event streams"};
		res_reset(res);
		http_res_fail(res, &e);
	}
	if (res->body.failed || res->headers.failed) {
		struct err e = {.code = ERR_MEMORY, .what = "the answer does not fit"};
		res_reset(res);
		http_res_fail(res, &e);
	}
	if (!c->message_complete || l->draining || res->kind == RES_SSE)
		c->close_after = true;
	struct str body = res_payload(res);
	int status = res->status ? res->status : res->type[0] ? 200 : 204;
	bool bare = status == 204 || status == 304;
	size_t before = c->out.n;
	if (conn_pending(c) == 0)
		c->since_us = l->now_us;
	res_head(req, res, status, res->kind == RES_SSE ? -2 : (int64_t)body.n, c->close_after, &c->out);
	if (bare || req->verb == VERB_HEAD)
		body = STR_NONE;
	log_access(req, status, c->out.n - before + body.n);
	if (res->kind == RES_SSE && req->verb != VERB_HEAD) {
		sse_begin(c);
	} else if (body.n <= COPY_MAX_N) {
		buf_add_str(&c->out, body);
		end_request(c);
	} else {
		c->tail = body;
		enter(c, PHASE_SEND);
	}
	if (c->out.failed)
		conn_kill(c);
}

/* An answer that needs no handler. code gives the text, status the number. */
static void refuse(struct conn *c, int status, enum err_code code, const char *what)
{
	struct err e = {.code = code};
	str_to_c(str_of(what), e.what, sizeof e.what);
	res_reset(&c->req->res);
	http_res_fail(&c->req->res, &e);
	c->req->res.status = status;
	finish(c);
}

static void refuse_form(struct conn *c, int status, const char *what)
{
	COUNT(c->loop, malformed, 1);
	c->close_after = true; /* after a malformed request nobody knows where the next one begins */
	enum err_code code = status == 404 ? ERR_NOT_FOUND
			     : status == 413 || status == 414 || status == 431 ? ERR_TOO_LARGE
			     : status == 503 ? ERR_BUSY : ERR_BAD_REQUEST;
	refuse(c, status, code, what);
}

static void dispatch(struct conn *c)
{
	struct http_req *req = c->req;
	const struct http_config *cfg = &c->loop->server->cfg;
	enter(c, PHASE_HANDLER);
	req->pooled = req->route->flags & HTTP_POOL && !c->loop->offline;
	if (req->pooled) {
		set_waiting(req, true);
		pool_put(req);
		return;
	}
	req->route->handler(req, &req->res, cfg->user);
	req->done = true;
	if (req->deferred)
		set_waiting(req, true);
	else
		finish(c);
}

static void answer_options(struct conn *c, unsigned allowed)
{
	struct http_req *req = c->req;
	struct buf allow;
	buf_init(&allow, 0);
	router_allow(allowed, &allow);
	bool options = req->verb == VERB_OPTIONS;
	struct err e = {.code = ERR_BAD_METHOD};
	if (!options)
		http_res_fail(&req->res, &e);
	http_res_header(&req->res, "Allow", buf_str(&allow));
	buf_done(&allow);
	if (options)
		http_res_status(&req->res, 204);
	finish(c);
}

static bool is_overloaded(struct conn *c)
{
	uint32_t most = (uint32_t)c->loop->server->cfg.waiting_max;
	uint32_t n = atomic_load_explicit(&c->loop->counters.waiting, memory_order_relaxed);
	return n >= 4 * most || (n >= most && !(c->req->route->flags & HTTP_PRIORITY));
}

/* Everything that can be said before the body: route, load, right, size, expectation. True: go on. */
static bool admit(struct conn *c)
{
	struct http_req *req = c->req;
	const struct http_config *cfg = &c->loop->server->cfg;
	unsigned allowed;
	req->route = router_find(c->loop->server, req, &allowed);
	if (!req->route && allowed == 0)
		return refuse(c, 404, ERR_NOT_FOUND, ""), false;
	if (!req->route)
		return answer_options(c, allowed), false;
	if (is_overloaded(c)) {
		COUNT(c->loop, overload, 1);
		return refuse(c, 503, ERR_BUSY, ""), false;
	}
	struct err e = {.code = OK};
	if (cfg->authorize && cfg->authorize(cfg->user, req, &e) != OK) {
		http_res_fail(&req->res, &e);
		return finish(c), false;
	}
	req->body_max = req->route->body_max;
	if (req->length > 0 && (uint64_t)req->length > req->body_max)
		return refuse(c, 413, ERR_TOO_LARGE, "the body is larger than this address takes"), false;
	struct str expect = head_find(req, "Expect", NULL);
	if (expect.p && !str_same(expect, "100-continue"))
		return refuse_form(c, 417, "the expectation is not known"), false;
	if (expect.p && !c->message_complete && req->minor == 1 && c->in.n == c->in_at)
		buf_add_c(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	return true;
}

static void take_address(struct conn *c, struct http_req *req)
{
	memcpy(req->addr, c->addr, sizeof req->addr);
	if (!c->is_proxy)
		return;
	/* only the last entry was written by the proxy; those before it are the client's own claims */
	struct str v = STR_NONE;
	for (size_t i = 0; i < req->headers_n; i++)
		if (str_same(req->headers[i].name, "X-Forwarded-For"))
			v = req->headers[i].value;
	for (ptrdiff_t comma; (comma = str_find(v, ',')) >= 0;)
		v = (struct str){v.p + comma + 1, v.n - (size_t)comma - 1};
	v = str_trim(v);
	char text[HTTP_ADDR_N];
	uint8_t key[16];
	if (v.n > 0 && v.n < sizeof text) {
		str_to_c(v, text, sizeof text);
		if (addr_key(text, false, key))
			memcpy(req->addr, text, sizeof text);
	}
}

/* llhttp's view of the head must be the gate's. */
static bool parser_agrees(struct conn *c)
{
	struct http_req *req = c->req;
	llhttp_init(&c->parser, HTTP_REQUEST, &conn_parser_settings);
	c->parser.data = c;
	c->message_complete = false;
	c->failure_status = 0;
	llhttp_errno_t rc = llhttp_execute(&c->parser, req->head.p, req->head.n);
	if (rc != HPE_OK && !(rc == HPE_PAUSED && c->message_complete))
		return false;
	if (c->message_complete)
		return !req->chunked && req->length <= 0;
	bool chunked = c->parser.flags & F_CHUNKED;
	return chunked == req->chunked && (chunked || (req->length > 0 &&
		c->parser.content_length == (uint64_t)req->length));
}

static struct http_req *begin(struct conn *c, size_t head_n)
{
	struct loop *l = c->loop;
	struct http_req *req = req_new(l);
	if (!req)
		return NULL;
	c->req = req;
	req->conn = c;
	c->turn_n++;
	c->served = true;
	c->skipped = false;
	c->message_complete = false;
	req->start_us = l->server->sys->mono_us(l->server->sys->ctx);
	req->at_ms = l->server->sys->now_ms(l->server->sys->ctx);
	req->minor = 1;
	req->verb = VERB_GET;
	memcpy(req->addr, c->addr, sizeof req->addr);
	buf_add(&req->head, c->in.p + c->in_at, head_n);
	c->in_at += head_n;
	c->scan_at = 0;
	return req->head.failed ? NULL : req;
}

static void read_request(struct conn *c, size_t head_n)
{
	struct http_req *req = begin(c, head_n);
	if (!req) {
		conn_kill(c);
		return;
	}
	const char *what = "";
	int status = head_read(req, &what);
	if (!status && req->minor == 0)
		c->close_after = true;
	if (!status && !parser_agrees(c)) {
		what = "the request is ambiguous";
		status = 400;
	}
	if (!status)
		status = head_target(req, &what);
	if (status) {
		refuse_form(c, status, what);
		return;
	}
	req_lang(req);
	take_address(c, req);
	if (!admit(c))
		return;
	if (c->message_complete)
		dispatch(c);
	else
		enter(c, PHASE_BODY);
}

/* True: something was done, look again. */
static bool step_head(struct conn *c)
{
	if (c->close_after)
		return enter(c, PHASE_CLOSING), true;
	if (conn_pending(c) > OUT_HIGH_N)
		return false;
	if (c->turn_n >= c->loop->server->cfg.pipeline_max)
		return loop_again(c), false;
	size_t have = c->in.n - c->in_at, n = 0;
	if (have > 1 && !c->skipped && c->scan_at == 0 && memcmp(c->in.p + c->in_at, "\r\n", 2) == 0) {
		c->in_at += 2; /* one empty line before a request is allowed (RFC 9112 2.2) */
		c->skipped = true;
		have -= 2;
	}
	enum scan scan = have == 0 || (have == 1 && !c->skipped &&
		c->in.p[c->in_at] == '\r') ? SCAN_MORE : head_scan(c, &n);
	if (scan == SCAN_WHOLE)
		return read_request(c, n), true;
	if (scan == SCAN_MORE && (c->eof || (c->loop->draining && have == 0)))
		return enter(c, PHASE_CLOSING), true;
	if (scan == SCAN_MORE)
		return false;
	if (!begin(c, 0))
		return conn_kill(c), false;
	c->in_at = c->in.n;
	refuse_form(c, scan == SCAN_BAD ? 400 : scan == SCAN_LONG_TARGET ? 414 : 431,
		scan == SCAN_BAD ? "a line does not end in CR LF, or a byte is not allowed"
			: "the request head is too long");
	return true;
}

static bool step_body(struct conn *c)
{
	struct http_req *req = c->req;
	size_t have = c->in.n - c->in_at;
	if (have == 0) {
		if (c->eof)
			refuse_form(c, 400, "the body is incomplete");
		return c->eof;
	}
	const char *p = c->in.p + c->in_at;
	size_t before = req->body.n;
	llhttp_errno_t rc = llhttp_execute(&c->parser, p, have);
	size_t used = rc == HPE_PAUSED ? (size_t)(llhttp_get_error_pos(&c->parser) - p) : have;
	c->in_at += used;
	req->framing_n += used - (req->body.n - before);
	if (rc != HPE_OK && !(rc == HPE_PAUSED && c->message_complete))
		return refuse_form(c, c->failure_status ? c->failure_status : 400, "the body cannot be taken"), true;
	if (req->framing_n > FRAMING_MAX_N + req->body.n)
		return refuse_form(c, 400, "the chunks are too small"), true;
	if (c->message_complete)
		dispatch(c);
	return true;
}

void conn_advance(struct conn *c)
{
	for (bool more = true; more;) {
		switch (c->phase) {
		case PHASE_HEAD:
			more = step_head(c);
			break;
		case PHASE_BODY:
			more = step_body(c);
			break;
		case PHASE_SEND:
			more = conn_pending(c) == 0;
			if (more)
				end_request(c);
			break;
		case PHASE_CLOSING:
			more = false;
			if (conn_pending(c) > 0)
				break;
			if (c->eof || c->loop->offline)
				conn_kill(c);
			else
				enter(c, PHASE_LINGER);
			break;
		case PHASE_HANDLER:
		case PHASE_STREAM:
		case PHASE_SSE:
		case PHASE_LINGER:
		case PHASE_DEAD:
			more = false;
			break;
		}
	}
	if (c->in_at == c->in.n) {
		c->in_at = c->in.n = 0;
	} else if (c->in_at > 16384) {
		memmove(c->in.p, c->in.p + c->in_at, c->in.n - c->in_at);
		c->in.n -= c->in_at;
		c->in_at = 0;
	}
}

void conn_feed(struct conn *c, const char *p, size_t n)
{
	COUNT(c->loop, in_bytes, n);
	if (c->phase == PHASE_LINGER || c->phase == PHASE_CLOSING || c->phase == PHASE_SSE) {
		c->lingered_n += n;
		if (c->lingered_n > LINGER_MAX_N)
			conn_kill(c);
		return;
	}
	if (c->phase == PHASE_HEAD && c->in.n == c->in_at)
		c->since_us = c->loop->now_us; /* the time for the head begins with its first byte */
	buf_add(&c->in, p, n);
	if (c->in.failed)
		conn_kill(c);
}

void conn_eof(struct conn *c)
{
	c->eof = true;
	if (c->phase == PHASE_SSE || c->phase == PHASE_LINGER)
		conn_kill(c);
}

void conn_sent(struct conn *c, size_t n)
{
	COUNT(c->loop, out_bytes, n);
	c->since_us = n ? c->loop->now_us : c->since_us;
	size_t from_out = c->out.n - c->out_at < n ? c->out.n - c->out_at : n;
	c->out_at += from_out;
	c->tail.p = c->tail.n ? c->tail.p + (n - from_out) : NULL;
	c->tail.n -= n - from_out;
	if (c->phase == PHASE_STREAM)
		stream_sent(c->req, n);
	if (c->out_at == c->out.n) {
		c->out_at = 0;
		buf_reset(&c->out);
		if (c->out.cap_n > OUT_HIGH_N)
			buf_done(&c->out);
	} else if (c->out_at > OUT_HIGH_N) {
		memmove(c->out.p, c->out.p + c->out_at, c->out.n - c->out_at);
		c->out.n -= c->out_at;
		c->out_at = 0;
	}
}

/* The handler keeps its request; the client is answered with a stand-in. */
static void answer_late(struct conn *c)
{
	struct http_req *held = c->req;
	struct http_req *mine = req_new(c->loop);
	COUNT(c->loop, timeouts, 1);
	if (!mine) {
		conn_kill(c);
		return;
	}
	mine->conn = c;
	mine->route = held->route;
	mine->verb = held->verb;
	mine->minor = held->minor;
	mine->lang = held->lang;
	mine->verb_known = true;
	mine->start_us = held->start_us;
	memcpy(mine->id, held->id, sizeof mine->id);
	held->conn = NULL;
	held->logged = true;
	stream_gone(held);
	c->req = mine;
	c->close_after = true;
	refuse(c, 503, ERR_BUSY, "no answer in time; send it again, what has the same id counts once");
}

void conn_tick(struct conn *c)
{
	const struct http_config *cfg = &c->loop->server->cfg;
	int64_t ms = (c->loop->now_us - c->since_us) / 1000;
	bool slow = conn_pending(c) > 0 && ms > cfg->write_ms;
	switch (c->phase) {
	case PHASE_HEAD:
		if (conn_is_idle(c) && ms > 1000) { /* an idle connection holds no buffers */
			buf_done(&c->in);
			buf_done(&c->out);
			c->in_at = c->out_at = 0;
		}
		if (!slow && c->in.n > c->in_at && ms > cfg->header_ms) {
			COUNT(c->loop, timeouts, 1);
			if (!begin(c, 0)) {
				conn_kill(c);
				return;
			}
			c->close_after = true;
			refuse(c, 408, ERR_BAD_REQUEST, "the request did not come in time");
			return;
		}
		slow = slow || (c->in.n == c->in_at && ms > (c->served ? cfg->idle_ms : cfg->header_ms));
		break;
	case PHASE_BODY:
		if (ms > cfg->body_ms + (int64_t)c->req->body.n * 1000 / cfg->body_rate) {
			COUNT(c->loop, timeouts, 1);
			c->close_after = true;
			refuse(c, 408, ERR_BAD_REQUEST, "the body did not come in time");
		}
		return;
	case PHASE_HANDLER:
		if (ms > cfg->answer_ms)
			answer_late(c);
		return;
	case PHASE_LINGER:
		if (ms * 1000 > LINGER_US)
			conn_kill(c);
		return;
	case PHASE_SEND:
	case PHASE_STREAM:
	case PHASE_SSE:
	case PHASE_CLOSING:
	case PHASE_DEAD:
		break;
	}
	if (slow) {
		COUNT(c->loop, timeouts, 1);
		conn_kill(c);
	}
}

static void finish_stream(struct conn *c)
{
	struct http_req *req = c->req;
	log_access(req, req->res.status ? req->res.status : 200, 0);
	if (req->stream.aborted) {
		c->phase = PHASE_SEND; /* nobody holds the request any more */
		conn_kill(c);
		return;
	}
	if (req->minor == 1 && req->verb != VERB_HEAD)
		buf_add_c(&c->out, "0\r\n\r\n");
	else
		c->close_after = true;
	end_request(c);
}

/* The handler has returned and, if it deferred, the answer is there: the request is ours again. */
static void settle(struct http_req *req)
{
	if (!req->done || (req->deferred && !req->answered))
		return;
	struct conn *c = req->conn;
	set_waiting(req, false);
	if (!c) {
		if (req->deferred)
			COUNT(req->loop, late_answers, 1);
		req_release(req);
		return;
	}
	if (c->phase == PHASE_STREAM)
		finish_stream(c);
	else
		finish(c);
	loop_flush(c);
}

void conn_done(struct http_req *req)
{
	req->done = true;
	settle(req);
}

void conn_answered(struct http_req *req)
{
	CHECK(!req->answered);
	req->answered = true;
	settle(req);
}

void conn_stream_open(struct http_req *req)
{
	struct conn *c = req->conn;
	if (!c)
		return;
	if (c->loop->draining)
		c->close_after = true;
	size_t before = c->out.n;
	res_head(req, &req->res, req->res.status ? req->res.status : 200, -1, c->close_after ||
		req->minor == 0, &c->out);
	pthread_mutex_lock(&req->stream.lock);
	req->stream.queued_n += c->out.n - before + (before - c->out_at);
	pthread_mutex_unlock(&req->stream.lock);
	enter(c, PHASE_STREAM);
	loop_flush(c);
}

void conn_stream_data(struct http_req *req, char *p, size_t n)
{
	struct conn *c = req->conn;
	if (c) {
		if (conn_pending(c) == 0)
			c->since_us = c->loop->now_us;
		buf_add(&c->out, p, n);
		if (c->out.failed)
			conn_kill(c);
		else
			loop_flush(c);
	}
	free(p);
}
