/* SPDX-License-Identifier: Apache-2.0
 * The router: patterns become a tree with one level per path segment. */
#include <string.h>

#include "http/internal.h"

struct node {
	struct str literal;
	struct node *sibling;
	struct node *literals; /* children */
	struct node *param;    /* {name} */
	struct node *rest;     /* {name*} */
	const struct http_route *verbs[VERB__N];
};

static const char *const verb_names[VERB__N] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

const char *http_verb_name(enum http_verb verb)
{
	return verb_names[verb];
}

static bool is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
			return false;
	}
	return s.n > 0;
}

static bool is_literal(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_tchar((unsigned char)s.p[i]) || s.p[i] == '%')
			return false;
	return s.n > 0 && !str_eq_c(s, ".") && !str_eq_c(s, "..");
}

static struct node *child(struct arena *a, struct node *at, struct str seg, bool last)
{
	struct node **slot;
	if (seg.n > 2 && seg.p[0] == '{' && seg.p[seg.n - 1] == '}') {
		struct str name = {seg.p + 1, seg.n - 2};
		bool rest = name.p[name.n - 1] == '*';
		name.n -= rest;
		if (!is_name(name) || (rest && !last))
			return NULL;
		slot = rest ? &at->rest : &at->param;
		if (!*slot)
			*slot = ARENA_NEW(a, struct node);
		return *slot;
	}
	if (!is_literal(seg))
		return NULL;
	for (slot = &at->literals; *slot; slot = &(*slot)->sibling)
		if (str_eq((*slot)->literal, seg))
			return *slot;
	*slot = ARENA_NEW(a, struct node);
	(*slot)->literal = seg;
	return *slot;
}

static enum err_code add(struct http_server *s, const struct http_route *r, struct err *e)
{
	if (!r->pattern || r->pattern[0] != '/')
		return err_set(e, ERR_BAD_VALUE, r->pattern ? r->pattern : "", "a pattern begins with '/'");
	if (!r->handler)
		return err_set(e, ERR_BAD_VALUE, r->pattern, "the route has no handler");
	if (r->verb >= VERB__N || r->verb == VERB_HEAD || r->verb == VERB_OPTIONS)
		return err_set(e, ERR_BAD_VALUE, r->pattern, "HEAD and OPTIONS are answered by the server itself");
	struct node *at = s->root;
	struct str rest = str_of(r->pattern + 1);
	size_t params_n = 0, segments_n = 0;
	while (rest.n > 0) {
		struct str seg = str_cut(&rest, '/');
		params_n += seg.n > 0 && seg.p[0] == '{';
		at = ++segments_n <= SEGMENTS_MAX ? child(&s->arena, at, seg, rest.p == NULL) : NULL;
		if (!at || params_n > PARAMS_MAX || (rest.p && rest.n == 0))
			return err_set(e, ERR_BAD_VALUE, r->pattern, "segments are text, {name}, or a last {name*}");
	}
	if (at->verbs[r->verb])
		return err_set(e, ERR_BAD_VALUE, r->pattern, "the table has two rows for this address and method");
	at->verbs[r->verb] = r;
	return OK;
}

enum err_code router_build(struct http_server *s, struct err *e)
{
	s->root = ARENA_NEW(&s->arena, struct node);
	for (size_t i = 0; i < s->cfg.routes_n; i++) {
		enum err_code rc = add(s, &s->cfg.routes[i], e);
		if (rc)
			return rc;
	}
	return OK;
}

static bool has_route(const struct node *n)
{
	for (int v = 0; v < VERB__N; v++)
		if (n->verbs[v])
			return true;
	return false;
}

/* Depth is bounded by SEGMENTS_MAX. */
static const struct node *walk(const struct node *at, struct http_req *req, size_t i)
{
	if (i == req->segments_n)
		return has_route(at) ? at : NULL;
	for (const struct node *n = at->literals; n; n = n->sibling)
		if (str_eq(n->literal, req->segments[i])) {
			const struct node *found = walk(n, req, i + 1);
			if (found)
				return found;
		}
	if (at->param && req->params_n < PARAMS_MAX) {
		req->params[req->params_n++] = req->segments[i];
		const struct node *found = walk(at->param, req, i + 1);
		if (found)
			return found;
		req->params_n--;
	}
	if (at->rest && req->params_n < PARAMS_MAX) {
		/* segments lie one after the other in req->path, so the rest of the path is one piece of text */
		const char *from = req->segments[i].p;
		req->params[req->params_n++] = (struct str){from, (size_t)(req->path.p + req->path.n - from)};
		return at->rest;
	}
	return NULL;
}

const struct http_route *router_find(const struct http_server *s, struct http_req *req, unsigned *allowed)
{
	req->params_n = 0;
	*allowed = 0;
	const struct node *n = walk(s->root, req, 0);
	if (!n)
		return NULL;
	for (unsigned v = 0; v < VERB__N; v++)
		if (n->verbs[v])
			*allowed |= 1u << v;
	if (*allowed & 1u << VERB_GET)
		*allowed |= 1u << VERB_HEAD;
	*allowed |= 1u << VERB_OPTIONS;
	return n->verbs[req->verb == VERB_HEAD ? VERB_GET : req->verb];
}

void router_allow(unsigned allowed, struct buf *b)
{
	bool first = true;
	for (unsigned v = 0; v < VERB__N; v++)
		if (allowed & 1u << v) {
			buf_add_c(b, first ? "" : ", ");
			buf_add_c(b, verb_names[v]);
			first = false;
		}
}
