/* SPDX-License-Identifier: Apache-2.0
 *
 * What officers get beside facts and queries: a new link for a person's page with its code to print, the code of a certificate, and the
 * public key that verifies it. The token of a link is in the answer and nowhere else: the ledger keeps its digest.
 */
#include <stdio.h>

#include "core/caltime.h"
#include "core/log.h"
#include "core/qr.h"
#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "http/app_internal.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

struct issuing {
	struct writer_job job;
	struct app *app;
	struct http_token token;
	struct actor who;
	uint64_t rights_epoch;
	struct fact fact;
	struct orders_page_issued body;
	struct verdict verdict;
	char secret[ORDERS_TOKEN_N + 1], digest[ORDERS_DIGEST_N + 1];
	bool probe;
};

/* The county that the request is about: the caller's own, or the one named when the post covers several. */
static enum err_code county_of(const struct actor *who, struct str named, int64_t *out, struct err *e)
{
	*out = COUNTY_OF(who->area_lo);
	if (named.n && (named.n != 6 || !str_to_i64(named, out)))
		return err_set(e, ERR_BAD_VALUE, "county", "six digits are expected");
	if (!named.n && COUNTY_OF(who->area_hi) != *out)
		return err_set(e, ERR_MISSING_FIELD, "county", "your post covers several counties: name one");
	return OK;
}

/* Where the caller reached this server, for the link in the code. Empty when the header is not plain. */
static struct str origin_of(struct http_req *req)
{
	struct str host = http_req_header(req, "Host");
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'))
			return STR("");
	}
	return host.n ? arena_printf(http_req_arena(req), "%s://%.*s", http_req_is_tls(req) ? "https" : "http", STR_ARG(host)) : STR("");
}

static void put_svg(struct buf *b, struct str text, const char *title)
{
	struct buf svg;
	buf_init(&svg, 0);
	json_key(b, "svg");
	if (qr_svg(&svg, text, title))
		json_str(b, buf_str(&svg));
	else
		json_null(b);
	buf_done(&svg);
}

static void put_link(struct issuing *i)
{
	char id[ID_TEXT_N + 1];
	struct http_req *req = i->token.req;
	struct buf *b = http_res_buf(http_token_res(i->token), NULL);
	struct str path = arena_printf(http_req_arena(req), "/p/%s", i->secret), origin = origin_of(req);
	struct str url = arena_printf(http_req_arena(req), "%.*s%.*s", STR_ARG(origin), STR_ARG(path));
	id_format(i->body.page, id);
	json_open(b, '{');
	json_key(b, "page");
	json_c(b, id);
	json_key(b, "path");
	json_str(b, path);
	json_key(b, "url");
	json_str(b, url);
	put_svg(b, url, "link to the page");
	json_close(b, '}');
}

static void issue_begin(struct writer_job *job)
{
	struct issuing *i = job->ctx;
	app_rights_now(i->app, &i->who, &i->rights_epoch);
	job->sub.who = i->who;
}

static void issued(struct writer_job *job)
{
	struct issuing *i = job->ctx;
	app_note(i->app, &job->sub);
	app_gate_leave(i->app, i->probe);
	if (i->verdict.code == OK)
		put_link(i);
	else if (err_kind(i->verdict.code) == KIND_FAULT)
		app_fail_read_only(http_token_res(i->token));
	else
		http_res_fail(http_token_res(i->token), &i->verdict.err);
	app_ready(i->app, i->token);
}

static enum err_code read_issuing(struct http_req *req, struct db *db, struct issuing *i, struct err *e)
{
	static const char *const names[] = {"person", "expires_at", "county", NULL};
	static const struct field expires = {.name = "expires_at", .type = F_TIME, .en = "", .zh = ""};
	const struct json *j;
	struct str person, text;
	int64_t county, area;
	enum err_code rc = app_body_object(req, names, &j, e);
	if (rc == OK)
		rc = app_member_text(j, "person", ID_TEXT_N, &person, e);
	if (rc == OK && !id_parse(person, &i->body.person))
		rc = err_set(e, ERR_BAD_VALUE, "/person", "an id is expected");
	i->body.expires_at = ABSENT;
	if (rc == OK && json_get(j, STR("expires_at")))
		rc = app_member_text(j, "expires_at", 40, &text, e);
	if (rc == OK && json_get(j, STR("expires_at")))
		rc = fact_set_text(http_req_arena(req), &expires, text, &i->body.expires_at, e);
	text = STR_NONE;
	if (rc == OK && json_get(j, STR("county")))
		rc = app_member_text(j, "county", 6, &text, e);
	if (rc == OK)
		rc = county_of(&i->who, text, &county, e);
	if (rc == OK)
		rc = db_one(db, &SQL_app_person_area, PARAMS(V_INT(county), V_ID(&i->body.person)), -1, &area, e);
	if (rc == OK && area >= 0 && !actor_in_area(&i->who, area))
		rc = err_set(e, ERR_OUT_OF_AREA, "/person", "your post covers another area");
	if (rc != OK)
		return rc;
	orders_page_token(i->app->sys, county, i->secret);
	orders_page_digest(str_of(i->secret), i->digest);
	i->body.page = id_new(i->app->sys);
	i->body.digest = str_of(i->digest);
	i->fact.area = area >= 0 ? area : COUNTY_OF(i->who.area) == county ? i->who.area : county * 1000000;
	return OK;
}

void orders_page_post(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct db *db;
	struct err e = {0};
	struct issuing *i = ARENA_NEW(http_req_arena(req), struct issuing);
	*i = (struct issuing){.app = r->app, .who = app_caller(req)->who, .rights_epoch = app_caller(req)->rights_epoch};
	enum err_code rc = reader_db(r, &db, &e);
	if (rc == OK)
		rc = read_issuing(req, db, i, &e);
	if (rc != OK) {
		reader_fault(r, rc);
		http_res_fail(res, &e);
		return;
	}
	if (!app_gate_enter(r->app, &i->probe)) {
		app_fail_read_only(res);
		return;
	}
	i->fact.id = id_new(r->app->sys);
	i->fact.kind = fact_kind_of(STR("orders.page_issued"));
	i->fact.at = i->fact.recorded = http_req_at_ms(req);
	i->fact.body = &i->body;
	i->job = (struct writer_job){.sub = {i->who, &i->fact, &i->verdict, 1}, .begin = issue_begin, .done = issued, .ctx = i};
	i->token = http_defer(req);
	if (writer_submit(r->app->writer, &i->job, &e) == OK)
		return;
	app_gate_leave(r->app, i->probe);
	http_res_fail(http_token_res(i->token), &e);
	http_answer(i->token);
}

/* ---- certificates ---------------------------------------------------------------------------------------------------------- */

static void put_instant(struct buf *b, const char *name, int64_t s)
{
	char text[CALTIME_TEXT_N];
	caltime_format(s * 1000, text);
	json_key(b, name);
	json_c(b, text);
}

void orders_certificate_get(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	const struct actor *who = &app_caller(req)->who;
	struct certificate_asked asked = {.area_lo = who->area_lo, .area_hi = who->area_hi, .now_ms = http_req_at_ms(req)};
	struct certificate c;
	struct db *db;
	struct keyring *keyring = NULL;
	struct str named = STR_NONE;
	char text[CERTIFICATE_TEXT_MAX];
	struct err e = {0};
	(void)http_req_query(req, "county", &named);
	enum err_code rc = id_parse(http_req_param(req, "id"), &asked.certificate) ? county_of(who, named, &asked.county, &e)
										     : err_set(&e, ERR_BAD_VALUE, "id", "an id is expected");
	if (rc == OK)
		rc = reader_db(r, &db, &e);
	if (rc == OK)
		rc = reader_keyring(r, &keyring, &e);
	if (rc == OK)
		rc = certificate_make(db, keyring, http_req_arena(req), &asked, &r->app->certificate_key, &c, text, &e);
	keyring_close(&r->keyring);
	if (rc != OK) {
		reader_fault(r, rc);
		http_res_fail(res, &e);
		return;
	}
	struct buf *b = http_res_buf(res, NULL);
	json_open(b, '{');
	json_key(b, "text");
	json_c(b, text);
	put_instant(b, "issued_at", c.issued_s);
	put_instant(b, "expires_at", c.expires_s);
	put_svg(b, str_of(text), "code of the certificate");
	json_close(b, '}');
}

/* Public: whoever verifies asks once and keeps the list. */
void certificate_keys_get(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	char text[CERTIFICATE_PUBLIC_TEXT_N + 1], id[9];
	(void)req;
	certificate_public_text(app->certificate_key.public, text, id);
	struct buf *b = http_res_buf(res, NULL);
	json_open(b, '{');
	json_key(b, "keys");
	json_open(b, '[');
	json_open(b, '{');
	json_key(b, "alg");
	json_c(b, "Ed25519");
	json_key(b, "id");
	json_c(b, id);
	json_key(b, "public");
	json_c(b, text);
	json_close(b, '}');
	json_close(b, ']');
	json_close(b, '}');
}
