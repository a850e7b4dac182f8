/* SPDX-License-Identifier: Apache-2.0
 *
 * /p/TOKEN: the page of a person, for whoever holds the secret link. Reading is a query on the pool; an appeal or a call for help
 * becomes a fact and is answered after the commit. That the person has read the page is a fact too, at most one an hour.
 *
 * A wrong, closed or malformed token takes the same way through the same statement and gets the same answer. The token stands in no
 * log: the access line holds the pattern of the route alone. A call in an emergency has a limit of its own, so that nobody who reads the
 * page too often is kept from calling.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/qr.h"
#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "http/app_internal.h"
#include "http/form.h"
#include "http/person_page.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

#define HTML "text/html; charset=utf-8"
#define CSP "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
#define READ_AGAIN_MS (60 * MS_PER_MINUTE)
#define FIELDS_MAX 8

/* Whose page it is. */
struct holder {
	struct str token;
	int64_t county, person, opened_last, area;
	struct id person_id, page_id;
};

static void headers(struct http_res *res)
{
	http_res_header(res, "Content-Security-Policy", STR(CSP));
	http_res_header(res, "X-Robots-Tag", STR("noindex, nofollow"));
}

static void answer_none(struct http_req *req, struct http_res *res)
{
	person_page_write_none(http_res_buf(res, HTML), http_req_lang(req));
	http_res_status(res, 404);
	headers(res);
}

static void answer_message(struct http_req *req, struct http_res *res, int status, const char *en, const char *zh)
{
	person_page_write_message(http_res_buf(res, HTML), http_req_lang(req), en, zh);
	http_res_status(res, status);
	headers(res);
}

/* True when the client may go on; else it has been told to wait. */
static bool take_turn(struct http_rate *rate, struct http_req *req, struct http_res *res)
{
	char seconds[24];
	int64_t wait = http_rate_take(rate, http_req_addr(req));
	if (wait == 0)
		return true;
	answer_message(req, res, 429, "Too many requests; please wait a moment.", "请求过于频繁，请稍候再试。");
	snprintf(seconds, sizeof seconds, "%lld", (long long)((wait + 999) / 1000));
	http_res_header(res, "Retry-After", str_of(seconds));
	return false;
}

/* ERR_NOT_FOUND for every token that opens no page, after the same work. */
static enum err_code find_holder(struct db *db, struct http_req *req, int64_t now, struct holder *out, struct err *e)
{
	char digest[ORDERS_DIGEST_N + 1];
	struct str token = http_req_param(req, "token");
	int64_t county = orders_page_county(token);
	orders_page_digest(token, digest);
	enum err_code rc = db_query(db, &SQL_orders_page_of, PARAMS(V_INT(county), V_TEXT(str_of(digest)), V_INT(now)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(db);
	if (found)
		*out = (struct holder){token, county, db_int(db, 0), db_int(db, 3), db_int(db, 4), db_id(db, 1), db_id(db, 2)};
	rc = db_stop(db, e);
	return rc == OK && !found ? err_set(e, ERR_NOT_FOUND, "", "%s", "") : rc;
}

/* The holder of the request's token; false when the answer is given already. */
static bool open_page(struct reader *r, struct http_req *req, struct http_res *res, struct db **db, struct holder *h)
{
	struct err e = {0};
	enum err_code rc = reader_db(r, db, &e);
	if (rc == OK)
		rc = find_holder(*db, req, http_req_at_ms(req), h, &e);
	if (rc == OK)
		return true;
	if (rc == ERR_NOT_FOUND)
		answer_none(req, res);
	else {
		log_err("a person's page", &e);
		reader_fault(r, rc);
		answer_message(req, res, 503, "The page cannot be shown at this moment; please try again.", "暂时无法显示，请稍后再试。");
	}
	return false;
}

/* ---- the person has read it -------------------------------------------------------------------------------------------- */

struct seen {
	struct writer_job job;
	struct app *app;
	struct fact fact;
	struct orders_page_opened body;
	struct verdict verdict;
};

static struct fact new_fact(struct app *app, const char *kind, const struct holder *h, int64_t now, void *body)
{
	return (struct fact){.id = id_new(app->sys), .kind = fact_kind_of(str_of(kind)), .area = h->area, .at = now, .recorded = now,
			     .device = STR("page"), .body = body};
}

static void seen_done(struct writer_job *job)
{
	struct seen *s = job->ctx;
	app_note(s->app, &job->sub);
	free(s);
}

static void record_seen(struct app *app, const struct holder *h, int64_t now)
{
	if (now - h->opened_last < READ_AGAIN_MS || atomic_load(&app->read_only))
		return;
	struct seen *s = calloc(1, sizeof *s);
	if (!s)
		return;
	s->app = app;
	s->body = (struct orders_page_opened){.page = h->page_id, .person = h->person_id};
	s->fact = new_fact(app, "orders.page_opened", h, now, &s->body);
	s->job = (struct writer_job){.sub = {actor_machine(), &s->fact, &s->verdict, 1}, .done = seen_done, .ctx = s};
	if (writer_submit(app->writer, &s->job, NULL) != OK)
		free(s);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

void person_get(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct app *app = r->app;
	struct db *db;
	struct holder h;
	struct err e = {0};
	if (!take_turn(app->rate_page, req, res) || !open_page(r, req, res, &db, &h))
		return;
	int64_t now = http_req_at_ms(req);
	struct page_view *v = ARENA_NEW(http_req_arena(req), struct page_view);
	enum err_code rc = person_page_read(db, http_req_arena(req), app->o.ledger.protocols, h.county, h.person, now, v, &e);
	if (rc != OK) {
		log_err("a person's page", &e);
		reader_fault(r, rc);
		answer_message(req, res, 503, "The page cannot be shown at this moment; please try again.", "暂时无法显示，请稍后再试。");
		return;
	}
	struct page_frame f = {.lang = http_req_lang(req), .token = h.token};
	(void)http_req_query(req, "sent", &f.sent);
	for (size_t i = 0; i < ARRAY_N(f.form_id); i++)
		id_format(id_new(app->sys), f.form_id[i]);
	person_page_write(http_res_buf(res, HTML), v, &f);
	headers(res);
	if (http_req_verb(req) == VERB_GET)
		record_seen(app, &h, now);
}

/* ---- certificates of the holder -------------------------------------------------------------------------------------------- */

static enum err_code is_his(struct db *db, const struct holder *h, struct id certificate, bool *his, struct err *e)
{
	*his = false;
	enum err_code rc = db_query(db, &SQL_app_person_certificates, PARAMS(V_INT(h->county), V_INT(h->person)), e);
	while (rc == OK && db_next(db))
		*his |= id_eq(db_id(db, 0), certificate);
	return rc == OK ? db_stop(db, e) : rc;
}

static void put_certificate(struct buf *b, const char *lang, struct str token, const char *text, const struct certificate *c)
{
	bool zh = strcmp(lang, "zh") == 0;
	buf_printf(b, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">"
		      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
		      "<meta name=\"robots\" content=\"noindex,nofollow\"><link rel=\"stylesheet\" href=\"/web/person.css\"><title>%s</title></head><body><main>"
		      "<h1>%s</h1><div class=\"code\">", zh ? "zh-CN" : "en", zh ? "证明" : "Certificate",
		   c->kind == CERTIFICATE_RELEASE ? (zh ? "解除证明" : "Certificate of release") : (zh ? "检测结果证明" : "Certificate of a test result"));
	if (!qr_svg(b, str_of(text), zh ? "证明二维码" : "code of the certificate"))
		buf_add_c(b, zh ? "二维码无法生成" : "the code cannot be drawn");
	buf_printf(b, "</div><p class=\"wide\">%s</p><p><a href=\"/p/%.*s?lang=%s\">%s</a></p></main></body></html>\n", text, STR_ARG(token), lang,
		   zh ? "返回" : "Back");
}

void person_certificate_get(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct db *db;
	struct holder h;
	struct keyring *keyring = NULL;
	struct certificate c;
	char text[CERTIFICATE_TEXT_MAX];
	struct err e = {0};
	bool his = false;
	if (!take_turn(r->app->rate_page, req, res) || !open_page(r, req, res, &db, &h))
		return;
	struct certificate_asked asked = {.county = h.county, .area_hi = INT64_MAX, .now_ms = http_req_at_ms(req)};
	enum err_code rc = id_parse(http_req_param(req, "id"), &asked.certificate) ? is_his(db, &h, asked.certificate, &his, &e) : OK;
	if (rc == OK && !his) {
		answer_none(req, res);
		return;
	}
	if (rc == OK)
		rc = reader_keyring(r, &keyring, &e);
	if (rc == OK)
		rc = certificate_make(db, keyring, http_req_arena(req), &asked, &r->app->certificate_key, &c, text, &e);
	keyring_close(&r->keyring); /* one that stays open would remember keys that are destroyed meanwhile */
	if (rc == OK) {
		put_certificate(http_res_buf(res, HTML), http_req_lang(req), h.token, text, &c);
		headers(res);
	} else if (err_kind(rc) == KIND_FAULT) {
		log_err("a certificate", &e);
		reader_fault(r, rc);
		answer_message(req, res, 503, "The page cannot be shown at this moment; please try again.", "暂时无法显示，请稍后再试。");
	} else
		answer_message(req, res, 409, "This certificate holds no longer.", "该证明已不再有效。");
}

/* ---- asking ------------------------------------------------------------------------------------------------------------------ */

struct asking {
	struct writer_job job;
	struct app *app;
	struct http_token token;
	struct fact fact;
	union {
		struct orders_appeal_made appeal;
		struct orders_help_asked help;
	} body;
	struct verdict verdict;
	struct str location;
	bool probe;
};

static const char *const not_kept[] = {"It could not be recorded. If it is urgent, call your community; in an emergency 120. Please try again.",
				       "未能登记，请稍后再试。情况紧急请直接联系社区，急救请拨打120。"};

/* Writer thread. A form that was sent twice is one fact: the second copy counts as received. */
static void asked(struct writer_job *job)
{
	struct asking *a = job->ctx;
	struct http_res *res = http_token_res(a->token);
	enum err_code rc = a->verdict.code;
	app_note(a->app, &job->sub);
	app_gate_leave(a->app, a->probe);
	if (rc == OK || rc == ERR_ID_REUSED)
		http_res_redirect(res, 303, a->location);
	else
		answer_message(a->token.req, res, err_kind(rc) == KIND_FAULT ? 503 : 422, not_kept[0], not_kept[1]);
	app_ready(a->app, a->token);
}

static void submit(struct app *app, struct http_req *req, struct http_res *res, struct asking *a, const struct holder *h, const char *what)
{
	struct err e = {0};
	if (!app_gate_enter(app, &a->probe)) {
		answer_message(req, res, 503, not_kept[0], not_kept[1]);
		return;
	}
	a->app = app;
	a->location = arena_printf(http_req_arena(req), "/p/%.*s?sent=%s&lang=%s", STR_ARG(h->token), what, http_req_lang(req));
	a->job = (struct writer_job){.sub = {actor_machine(), &a->fact, &a->verdict, 1}, .done = asked, .ctx = a};
	a->token = http_defer(req);
	if (writer_submit(app->writer, &a->job, &e) == OK)
		return;
	app_gate_leave(app, a->probe);
	answer_message(a->token.req, http_token_res(a->token), 503, not_kept[0], not_kept[1]);
	http_answer(a->token);
}

/* The form; false when it is none. The id in it makes a second sending the same fact. */
static bool read_form(struct http_req *req, struct form_pair *pairs, size_t *n, struct id *id)
{
	return http_req_is_type(req, "application/x-www-form-urlencoded") &&
	       form_read(http_req_arena(req), http_req_body(req), pairs, FIELDS_MAX, n) && id_parse(form_get(pairs, *n, "id"), id);
}

/* A text of the form, cut to so many characters: what a person asks is not refused for its length. */
static struct str text_of(const struct form_pair *pairs, size_t n, const char *name, size_t max_chars)
{
	struct str s = form_get(pairs, n, name);
	while (s.n > 0 && str_chars(s) > max_chars) {
		s.n--;
		while (s.n > 0 && !str_is_utf8(s))
			s.n--;
	}
	return s;
}

void person_appeal_post(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct db *db;
	struct holder h;
	struct form_pair pairs[FIELDS_MAX];
	size_t n;
	struct id id;
	if (!take_turn(r->app->rate_ask, req, res) || !open_page(r, req, res, &db, &h))
		return;
	if (!read_form(req, pairs, &n, &id)) {
		answer_message(req, res, 400, "The form could not be read; please fill it in again.", "表单无法读取，请重新填写。");
		return;
	}
	struct asking *a = ARENA_NEW(http_req_arena(req), struct asking);
	a->body.appeal = (struct orders_appeal_made){.appeal = id_new(r->app->sys), .person = h.person_id, .channel = CHANNEL_PAGE,
						     .text = text_of(pairs, n, "text", 2000)};
	a->fact = new_fact(r->app, "orders.appeal_made", &h, http_req_at_ms(req), &a->body.appeal);
	a->fact.id = id;
	submit(r->app, req, res, a, &h, "appeal");
}

static int64_t kind_of_help(struct str word)
{
	for (int64_t k = 0; orders_helps[k]; k++)
		if (str_eq_c(word, orders_helps[k]))
			return k;
	return HELP_OTHER; /* whatever a person asks is taken */
}

void person_help_post(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct db *db;
	struct holder h;
	struct form_pair pairs[FIELDS_MAX];
	size_t n = 0;
	struct id id;
	bool form = read_form(req, pairs, &n, &id);
	int64_t kind = form ? kind_of_help(form_get(pairs, n, "kind")) : HELP_OTHER;
	if (!take_turn(kind == HELP_EMERGENCY ? r->app->rate_emergency : r->app->rate_ask, req, res) || !open_page(r, req, res, &db, &h))
		return;
	if (!form) {
		answer_message(req, res, 400, "The form could not be read; please fill it in again. In an emergency call 120.",
			       "表单无法读取，请重新填写。急救请拨打120。");
		return;
	}
	struct asking *a = ARENA_NEW(http_req_arena(req), struct asking);
	a->body.help = (struct orders_help_asked){.help = id_new(r->app->sys), .person = h.person_id, .kind = kind, .channel = CHANNEL_PAGE,
						  .text = text_of(pairs, n, "text", 1000), .call_back = text_of(pairs, n, "call_back", 40)};
	a->fact = new_fact(r->app, "orders.help_asked", &h, http_req_at_ms(req), &a->body.help);
	a->fact.id = id;
	submit(r->app, req, res, a, &h, "help");
}
