/* SPDX-License-Identifier: Apache-2.0
 * The request as handlers see it, and its life cycle. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

#define FREE_REQS_MAX 64
#define KEEP_N 65536 /* larger buffers are given back to the heap between requests */

const struct http_route *http_req_route(const struct http_req *req)
{
	return req->route;
}

enum http_verb http_req_verb(const struct http_req *req)
{
	return req->verb;
}

const char *http_req_id(const struct http_req *req)
{
	return req->id;
}

struct str http_req_path(const struct http_req *req)
{
	return req->path;
}

struct str http_req_param(const struct http_req *req, const char *name)
{
	size_t k = 0, name_n = strlen(name);
	for (const char *p = req->route->pattern; (p = strchr(p, '{')) != NULL; p++, k++)
		if (strncmp(p + 1, name, name_n) == 0 && (p[1 + name_n] == '}' || p[1 + name_n] == '*'))
			break;
	CHECK(k < req->params_n);
	return req->params[k];
}

bool http_req_query(const struct http_req *req, const char *name, struct str *value)
{
	for (size_t i = 0; i < req->query_n; i++)
		if (str_eq_c(req->query[i].name, name)) {
			*value = req->query[i].value;
			return true;
		}
	return false;
}

size_t http_req_query_n(const struct http_req *req)
{
	return req->query_n;
}

void http_req_query_at(const struct http_req *req, size_t i, struct str *name, struct str *value)
{
	CHECK(i < req->query_n);
	*name = req->query[i].name;
	*value = req->query[i].value;
}

struct str http_req_header(const struct http_req *req, const char *name)
{
	return head_find(req, name, NULL);
}

struct str http_req_cookie(const struct http_req *req, const char *name)
{
	struct str rest = head_find(req, "Cookie", NULL);
	struct str found = STR_NONE;
	size_t n = 0;
	while (rest.n > 0) {
		struct str value = str_cut(&rest, ';');
		struct str key = str_trim(str_cut(&value, '='));
		if (str_eq_c(key, name)) {
			found = str_trim(value);
			n++;
		}
	}
	return n == 1 ? found : STR_NONE;
}

struct str http_req_body(const struct http_req *req)
{
	return buf_str(&req->body);
}

bool http_req_is_type(const struct http_req *req, const char *type)
{
	struct str rest = head_find(req, "Content-Type", NULL);
	return str_same(str_trim(str_cut(&rest, ';')), type);
}

struct arena *http_req_arena(struct http_req *req)
{
	return &req->arena;
}

const char *http_req_addr(const struct http_req *req)
{
	return req->addr;
}

bool http_req_is_tls(const struct http_req *req)
{
	const struct http_server *s = req->loop->server;
	return s->tls || s->cfg.behind_proxy;
}

const char *http_req_lang(const struct http_req *req)
{
	return req->lang;
}

int64_t http_req_last_event(const struct http_req *req)
{
	int64_t v;
	return str_to_i64(head_find(req, "Last-Event-ID", NULL), &v) && v >= 0 ? v : -1;
}

int64_t http_req_at_ms(const struct http_req *req)
{
	return req->at_ms;
}

void *http_req_session(const struct http_req *req)
{
	return req->session;
}

void http_req_set_session(struct http_req *req, void *session, uint64_t tag)
{
	CHECK(!req->session);
	req->session = session;
	req->tag = tag;
}

static const char *lang_of(struct str s)
{
	s = str_trim(s);
	if (s.n < 2 || (s.n > 2 && s.p[2] != '-'))
		return NULL;
	s.n = 2;
	return str_same(s, "zh") ? "zh" : str_same(s, "en") ? "en" : NULL;
}

/* Quality of "zh;q=0.8" in thousandths; anything malformed counts as 0. */
static int quality(struct str params)
{
	struct str q = str_trim(params);
	double v = 1;
	if (q.n == 0)
		return 1000;
	if (q.n < 3 || (q.p[0] | 0x20) != 'q' || q.p[1] != '=' || !str_to_f64((struct str){q.p + 2, q.n - 2}, &v))
		return 0;
	return v > 0 && v <= 1 ? (int)(v * 1000) : 0;
}

void req_lang(struct http_req *req)
{
	struct str v;
	req->lang = http_req_query(req, "lang", &v) ? lang_of(v) : NULL;
	if (!req->lang)
		req->lang = lang_of(http_req_cookie(req, "lang"));
	struct str rest = head_find(req, "Accept-Language", NULL);
	int best = 0;
	for (const char *chosen = NULL; !req->lang && rest.n > 0;) {
		struct str params = str_cut(&rest, ',');
		const char *lang = lang_of(str_cut(&params, ';'));
		int q = quality(params);
		if (lang && q > best) {
			best = q;
			chosen = lang;
		}
		if (rest.n == 0)
			req->lang = chosen;
	}
	if (!req->lang)
		req->lang = req->loop->server->cfg.lang;
}

static void make_id(struct http_req *req)
{
	struct loop *l = req->loop;
	/* splitmix64 of a counter from a random start: unique per loop, no system call per request */
	uint64_t z = l->id_base + ++l->id_count * UINT64_C(0x9E3779B97F4A7C15);
	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	z ^= z >> 31;
	for (int i = 0; i < HTTP_ID_N; i++)
		req->id[i] = "0123456789abcdef"[z >> (60 - 4 * i) & 15];
	req->id[HTTP_ID_N] = 0;
}

struct http_req *req_new(struct loop *l)
{
	struct http_req *req = l->free_reqs;
	if (req) {
		l->free_reqs = req->next;
		l->free_reqs_n--;
	} else {
		req = calloc(1, sizeof *req);
		if (!req)
			return NULL;
		req->loop = l;
		arena_init(&req->arena, l->server->cfg.arena_max);
		buf_init(&req->head, 0);
		buf_init(&req->body, 0);
		buf_init(&req->res.body, 0);
		buf_init(&req->res.headers, 65536);
		pthread_mutex_init(&req->stream.lock, NULL);
		pthread_cond_init(&req->stream.moved, NULL);
	}
	req->next = NULL;
	req->headers_n = req->query_n = req->params_n = req->segments_n = req->framing_n = 0;
	req->target = req->path = STR_NONE;
	req->route = NULL;
	req->session = NULL;
	req->tag = 0;
	req->length = -1;
	req->chunked = req->waiting = req->pooled = req->deferred = req->done = req->answered = false;
	req->logged = req->verb_known = false;
	req->lang = l->server->cfg.lang;
	req->body_max = 0;
	req->stream.queued_n = 0;
	req->stream.gone = req->stream.open = req->stream.aborted = false;
	req->res.req = req;
	res_reset(&req->res);
	make_id(req);
	l->requests_out++;
	return req;
}

void req_free(struct http_req *req)
{
	arena_done(&req->arena);
	buf_done(&req->head);
	buf_done(&req->body);
	buf_done(&req->res.body);
	buf_done(&req->res.headers);
	pthread_mutex_destroy(&req->stream.lock);
	pthread_cond_destroy(&req->stream.moved);
	free(req);
}

static void keep_small(struct buf *b)
{
	if (b->cap_n > KEEP_N)
		buf_done(b);
	buf_reset(b);
}

void req_release(struct http_req *req)
{
	struct loop *l = req->loop;
	const struct http_config *cfg = &l->server->cfg;
	CHECK(!req->conn && l->requests_out > 0);
	if (req->session && cfg->session_release)
		cfg->session_release(cfg->user, req->session);
	l->bodies_n -= req->body.n;
	l->requests_out--;
	if (l->free_reqs_n >= FREE_REQS_MAX) {
		req_free(req);
		return;
	}
	arena_reset(&req->arena);
	keep_small(&req->head);
	keep_small(&req->body);
	keep_small(&req->res.body);
	keep_small(&req->res.headers);
	req->next = l->free_reqs;
	l->free_reqs = req;
	l->free_reqs_n++;
}
