/* SPDX-License-Identifier: Apache-2.0
 * Arbitrary bytes in arbitrary pieces into the state machine of a connection,
	without sockets. The first bytes of the
 * input choose the pieces; the same bytes given whole must be answered alike. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

static struct http_token parked;
static bool has_parked;
static uint64_t digest; /* of what handlers saw */

static void see(struct str s)
{
	digest = digest * UINT64_C(0x100000001b3) ^ str_hash(s) ^ s.n;
}

static void echo(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	struct str name, value;
	for (size_t i = 0; i < http_req_query_n(req); i++) {
		http_req_query_at(req, i, &name, &value);
		CHECK(str_is_utf8(name) && str_is_utf8(value));
		see(name);
		see(value);
	}
	see(http_req_path(req));
	see(http_req_header(req, "Content-Type"));
	see(http_req_cookie(req, "s"));
	see(str_of(http_req_lang(req)));
	see(http_req_body(req));
	CHECK(http_req_body(req).n <= http_req_route(req)->body_max);
	CHECK(http_req_last_event(req) >= -1);
	http_res_body(res, "text/plain", http_req_body(req));
}

static void later(struct http_req *req, struct http_res *res, void *user)
{
	(void)res;
	(void)user;
	CHECK(!has_parked);
	see(http_req_param(req, "path"));
	parked = http_defer(req);
	has_parked = true;
}

static void board(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	http_res_sse(res, 1, http_req_last_event(req), STR_NONE);
}

static const struct http_route routes[] = {
	{VERB_GET, "/", echo, 0, 0, 0, NULL, "", ""}, {VERB_POST, "/echo", echo, 0, 300, 0, NULL, "", ""},
	{VERB_POST, "/a/{id}", echo, HTTP_POOL, 40000, 0, NULL, "", ""}, {VERB_GET, "/l/{path*}", later, 0, 0,
		0, NULL, "", ""},
	{VERB_GET, "/e", board, 0, 0, 0, NULL, "", ""}, {VERB_DELETE, "/r", echo, 0, 0, 1, NULL, "", ""},
};

static enum err_code authorize(void *user, struct http_req *req, struct err *e)
{
	(void)user;
	return http_req_route(req)->right ? err_set(e, ERR_FORBIDDEN, "", "no") : OK;
}

static void settle(struct http_server *s, struct conn *c)
{
	struct loop *l = &s->loops[0];
	for (int i = 0; i < 200; i++) {
		conn_advance(c);
		if (c->phase == PHASE_DEAD)
			return;
		bool did = has_parked;
		if (has_parked) {
			has_parked = false;
			http_res_body(http_token_res(parked), NULL, STR("{}"));
			http_answer(parked);
			loop_drain_inbox(l);
		}
		if (c->phase == PHASE_DEAD)
			return;
		size_t n = conn_pending(c);
		if (n > 0)
			conn_sent(c, n > 100 ? n - n / 2 : n);
		if (l->again) {
			l->again = NULL;
			c->in_again = false;
			c->turn_n = 0;
			did = true;
		}
		if (n == 0 && !did)
			return;
	}
}

/* Returns a digest of what was handled, given the bytes in pieces of the lengths in cuts (cycled). */
static uint64_t drive(struct http_server *s, const uint8_t *p, size_t n, const uint8_t *cuts, size_t cuts_n)
{
	struct loop *l = &s->loops[0];
	struct conn *c = conn_new(l, -1);
	digest = 1;
	has_parked = false;
	size_t at = 0;
	for (size_t k = 0; at < n && c->phase != PHASE_DEAD; k++) {
		size_t take = cuts_n ? (size_t)cuts[k % cuts_n] + 1 : n;
		take = take < n - at ? take : n - at;
		conn_feed(c, (const char *)p + at, take);
		at += take;
		if (c->phase != PHASE_DEAD)
			settle(s, c);
	}
	if (c->phase != PHASE_DEAD) {
		conn_eof(c);
		if (c->phase != PHASE_DEAD)
			settle(s, c);
	}
	conn_kill(c);
	if (has_parked) { /* an answer after the client has gone */
		http_answer(parked);
		loop_drain_inbox(l);
	}
	l->again = NULL;
	c->in_again = false;
	loop_reap(l);
	CHECK(l->requests_out == 0 && l->bodies_n == 0 && !l->conns);
	return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static struct http_server *s;
	static struct sys_sim sim;
	if (!s) {
		sys_sim_init(&sim, 1, 1700000000000);
		struct http_config cfg = {.routes = routes, .routes_n = ARRAY_N(routes), .authorize = authorize,
			.sys = &sim.sys,
			.header_max = 2048, .target_max = 512, .headers_max = 20};
		CHECK(server_offline(&s, &cfg, NULL) == OK);
	}
	if (n < 4)
		return 0;
	uint64_t whole = drive(s, p + 4, n - 4, NULL, 0);
	uint64_t pieces = drive(s, p + 4, n - 4, p, 4);
	/* where a request is cut must not change what it says */
	CHECK(whole == pieces);
	return 0;
}
