/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of routes, who may use which, and the access log.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "http/app_internal.h"

#define BATCH_BODY_MAX ((size_t)16 * 1024 * 1024)
#define SMALL_BODY_MAX ((size_t)64 * 1024)

static const struct http_route fixed[] = {
	{VERB_POST, "/api/facts", facts_post, HTTP_INLINE | HTTP_PRIORITY, BATCH_BODY_MAX, RIGHT_NONE, NULL,
	 "append one fact or a list of facts; each gets its own verdict", "提交一条或多条事实，逐条返回结果"},
	{VERB_POST, "/api/sign-in", sign_in_post, HTTP_INLINE | HTTP_PRIORITY | HTTP_PUBLIC, 4096, RIGHT_NONE, NULL,
	 "sign in with login and password", "登录"},
	{VERB_POST, "/api/sign-out", sign_out_post, HTTP_POOL | HTTP_PRIORITY, 1024, RIGHT_NONE, NULL, "end this session", "退出登录"},
	{VERB_GET, "/api/me", me_get, HTTP_INLINE | HTTP_PRIORITY, 0, RIGHT_NONE, NULL, "who is signed in, with which rights", "当前用户及权限"},
	{VERB_POST, "/api/personal/open", personal_post, HTTP_INLINE, SMALL_BODY_MAX, RIGHT_READ_PERSONAL, NULL,
	 "read personal data of persons for a purpose; each reading is recorded first", "按用途查看个人信息（先记录后查看）"},
	{VERB_POST, "/api/tracing/visits", visits_post, HTTP_INLINE, BATCH_BODY_MAX, RIGHT_TRACE, NULL,
	 "load many stays from a table (CSV: person, place, t_in, t_out) into the visit store", "批量导入到访记录（CSV）"},
	{VERB_GET, "/api/events", events_get, HTTP_INLINE, 0, RIGHT_READ, NULL, "changes as server-sent events, by number", "变更事件流"},
	{VERB_GET, "/api/openapi.json", openapi_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "this interface as OpenAPI 3.1", "接口说明"},
	{VERB_GET, "/api/kinds", kinds_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "kinds of facts and their fields", "事实类型及字段"},
	{VERB_GET, "/api/queries", queries_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "declared queries, their arguments and columns", "可查询内容及其参数和列"},
	{VERB_GET, "/api/rights", rights_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "roles, rights and routes", "角色、权限与接口对照"},
	{VERB_GET, "/api/exercise", exercise_get, HTTP_INLINE, 0, RIGHT_READ, NULL, "clock, speed and posts of a drill that runs here", "演练时钟、速度和岗位"},
	{VERB_POST, "/api/exercise", exercise_post, HTTP_INLINE, 4096, RIGHT_COMMAND, NULL,
	 "pause, go on, change the speed of a drill, take a post over or give it back", "暂停、继续、调速演练，接管或交还岗位"},
	{VERB_GET, "/metrics", metrics_get, HTTP_POOL | HTTP_PRIORITY | ROUTE_LOOPBACK, 0, RIGHT_AUDIT, NULL,
	 "counters for Prometheus; from this machine without a session", "监控指标"},
	{VERB_GET, "/healthz", health_get, HTTP_INLINE | HTTP_PRIORITY | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "is the server alive and taking facts",
	 "健康检查"},
	{VERB_POST, "/api/orders/page", orders_page_post, HTTP_POOL, 4096, RIGHT_FOLLOW, NULL,
	 "a new secret link for a person's page, with its code to print", "发放个人页面链接及二维码"},
	{VERB_GET, "/api/orders/certificate/{id}", orders_certificate_get, HTTP_POOL, 0, RIGHT_FOLLOW, NULL,
	 "the signed code of a certificate that was issued", "证明的签名二维码"},
	{VERB_GET, "/api/certificates/keys", certificate_keys_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL,
	 "public keys that verify certificates", "证明核验公钥"},
	{VERB_GET, "/p/{token}", person_get, HTTP_POOL | HTTP_PRIORITY | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "the page of whoever holds the link", "个人页面"},
	{VERB_GET, "/p/{token}/certificate/{id}", person_certificate_get, HTTP_POOL | HTTP_PUBLIC, 0, RIGHT_NONE, NULL,
	 "a certificate of whoever holds the link", "个人页面：证明"},
	{VERB_POST, "/p/{token}/appeal", person_appeal_post, HTTP_POOL | HTTP_PUBLIC, 16384, RIGHT_NONE, NULL, "an appeal by form", "个人页面：申诉"},
	{VERB_POST, "/p/{token}/help", person_help_post, HTTP_POOL | HTTP_PRIORITY | HTTP_PUBLIC, 16384, RIGHT_NONE, NULL, "a call for help by form",
	 "个人页面：求助"},
	{VERB_GET, "/", index_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "the screens", "首页"},
	{VERB_GET, "/web/{path*}", web_get, HTTP_INLINE | HTTP_PUBLIC, 0, RIGHT_NONE, NULL, "files of the screens", "页面文件"},
};

enum err_code app_routes_make(struct app *app, struct err *e)
{
	size_t n = ARRAY_N(fixed), queries_n = 0;
	while (query_at(queries_n))
		queries_n++;
	app->routes = calloc(n + queries_n, sizeof *app->routes);
	app->patterns = calloc(queries_n + 1, sizeof *app->patterns);
	if (!app->routes || !app->patterns)
		return err_set(e, ERR_MEMORY, "", "no memory for the routes");
	memcpy(app->routes, fixed, sizeof fixed);
	for (size_t i = 0; i < queries_n; i++) {
		const struct query *q = query_at(i);
		size_t pattern_n = strlen(q->name) + 8;
		char *pattern = malloc(pattern_n);
		if (!pattern)
			return err_set(e, ERR_MEMORY, "", "no memory for the routes");
		snprintf(pattern, pattern_n, "/api/%s", q->name);
		*strchr(pattern, '.') = '/';
		app->patterns[app->patterns_n++] = pattern;
		app->routes[n + i] = (struct http_route){.verb = VERB_GET, .pattern = pattern, .handler = query_get, .flags = HTTP_POOL,
							 .right = (int)q->right, .data = q, .en = q->en, .zh = q->zh};
	}
	app->routes_n = n + queries_n;
	return OK;
}

/* ---- who may ----------------------------------------------------------------------------------------------------- */

const struct caller *app_caller(const struct http_req *req)
{
	const struct caller *c = http_req_session(req);
	CHECK(c != NULL);
	return c;
}

/* The token of a request; *by_cookie: the browser sent it by itself, so another site may be behind the request. */
static struct str token_of(const struct http_req *req, bool *by_cookie)
{
	struct str auth = http_req_header(req, "Authorization");
	*by_cookie = false;
	if (auth.n > 7 && strncasecmp(auth.p, "Bearer ", 7) == 0)
		return str_trim((struct str){auth.p + 7, auth.n - 7});
	*by_cookie = true;
	return http_req_cookie(req, http_req_is_tls(req) ? "__Host-sushui" : "sushui");
}

/* A form of another site cannot set a header of ours, nor what the browser says of where a request comes from. */
static bool is_ours(const struct http_req *req)
{
	enum http_verb v = http_req_verb(req);
	return v == VERB_GET || v == VERB_HEAD || str_eq_c(http_req_header(req, "X-Sushui"), "1") ||
	       str_eq_c(http_req_header(req, "Sec-Fetch-Site"), "same-origin");
}

static bool is_loopback(const char *addr)
{
	return strncmp(addr, "127.", 4) == 0 || strcmp(addr, "::1") == 0 || strncmp(addr, "::ffff:127.", 11) == 0;
}

/* From this machine itself. What a proxy hands on is not, also when nobody told us of the proxy. */
static bool is_local(const struct http_req *req)
{
	return is_loopback(http_req_addr(req)) && http_req_header(req, "X-Forwarded-For").n == 0 && http_req_header(req, "Forwarded").n == 0;
}

enum err_code app_authorize(void *user, struct http_req *req, struct err *e)
{
	struct app *app = user;
	const struct http_route *route = http_req_route(req);
	if ((route->flags & HTTP_PUBLIC) || ((route->flags & ROUTE_LOOPBACK) && is_local(req)))
		return OK;
	bool by_cookie;
	struct caller found;
	uint64_t epoch = atomic_load(&app->rights_epoch); /* before the rights are read */
	struct str token = token_of(req, &by_cookie);
	if (token.n == 0 || !sessions_find(app->sessions, token, &found))
		return err_set(e, ERR_NOT_SIGNED_IN, "", "%s", "");
	if (by_cookie && !is_ours(req)) {
		atomic_fetch_add(&app->count.forbidden, 1);
		return err_set(e, ERR_FORBIDDEN, "X-Sushui", "requests that change something carry the header X-Sushui: 1");
	}
	if (!actor_may(&found.who, (enum right)route->right)) {
		atomic_fetch_add(&app->count.forbidden, 1);
		return err_set(e, ERR_FORBIDDEN, route->pattern, "needs the right %s", right_name((enum right)route->right));
	}
	struct caller *c = malloc(sizeof *c);
	if (!c)
		return err_set(e, ERR_MEMORY, "", "no memory for the session");
	*c = found;
	c->rights_epoch = epoch;
	http_req_set_session(req, c, c->tag);
	return OK;
}

void app_caller_release(void *user, void *session)
{
	(void)user;
	free(session);
}

/* ---- the log ------------------------------------------------------------------------------------------------------- */

void app_access(void *user, const struct http_access *l)
{
	(void)user;
	const struct caller *c = l->session;
	char who[ID_TEXT_N + 1] = "-";
	if (c)
		id_format(c->who.user, who);
	log_line(LOG_INFO, "%s %s %s %d in=%llu out=%llu us=%lld user=%s%s%s", l->request_id, l->verb, l->pattern, l->status,
		 (unsigned long long)l->in_bytes, (unsigned long long)l->out_bytes, (long long)l->us, who, l->err ? " error=" : "",
		 l->err ? err_name(l->err->code) : "");
}

/* ---- small bodies ---------------------------------------------------------------------------------------------------- */

enum err_code app_body_object(struct http_req *req, const char *const *names, const struct json **out, struct err *e)
{
	const struct json *root;
	if (!http_req_is_type(req, "application/json"))
		return err_set(e, ERR_BAD_REQUEST, "Content-Type", "application/json is expected");
	enum err_code rc = json_read(http_req_arena(req), http_req_body(req), &root, e);
	if (rc != OK)
		return rc;
	if (root->type != JSON_OBJECT)
		return err_set(e, ERR_BAD_VALUE, "", "an object is expected");
	JSON_EACH(c, root) {
		size_t i = 0;
		while (names[i] && !str_eq_c(c->key, names[i]))
			i++;
		char at[48];
		snprintf(at, sizeof at, "/%.*s", c->key.n > 40 ? 40 : (int)c->key.n, c->key.p);
		if (!names[i])
			return err_set(e, ERR_UNKNOWN_FIELD, at, "%s", "");
	}
	*out = root;
	return OK;
}

enum err_code app_member_text(const struct json *object, const char *name, size_t max_n, struct str *out, struct err *e)
{
	char at[48];
	const struct json *m = json_get(object, str_of(name));
	snprintf(at, sizeof at, "/%s", name);
	if (!m || m->type == JSON_NULL)
		return err_set(e, ERR_MISSING_FIELD, at, "%s", "");
	if (m->type != JSON_STRING || m->s.n == 0 || m->s.n > max_n)
		return err_set(e, ERR_BAD_VALUE, at, "a text of 1 to %zu bytes is expected", max_n);
	*out = m->s;
	return OK;
}
