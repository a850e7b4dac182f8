/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in and out. Hashing a password takes tens of milliseconds and 19 MiB on purpose, so it has a thread of its own with a short
 * queue; an unknown name takes the same path with a hash that nothing fits.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "core/log.h"
#include "domain/people/people.h"
#include "http/app_internal.h"
#include "ledger/keyring.h"

#define PASSWORD_MAX 256

struct sign_in {
	struct lane_job lane;
	struct app *app;
	struct http_token token;
	struct str login, password;
	int64_t county;
	bool bearer;
};

/* The rate limiter counts by network; a name becomes one of a private block. */
static void login_key(struct str login, char out[HTTP_ADDR_N])
{
	uint8_t h[crypto_generichash_BYTES_MIN];
	crypto_generichash(h, sizeof h, (const uint8_t *)login.p, login.n, NULL, 0);
	snprintf(out, HTTP_ADDR_N, "fd%02x:%x:%x:%x::", h[0], h[1] << 8 | h[2], h[3] << 8 | h[4], h[5] << 8 | h[6]);
}

/* ---- what is said of a session --------------------------------------------------------------------------------- */

static void put_actor(struct buf *b, const struct caller *c, const char *lang)
{
	char text[ID_TEXT_N + 1], when[CALTIME_TEXT_N];
	json_key(b, "user");
	id_format(c->who.user, text);
	json_c(b, text);
	json_key(b, "rights");
	json_open(b, '[');
	for (unsigned r = 0; r < RIGHT__N; r++)
		if (actor_may(&c->who, (enum right)r))
			json_c(b, right_name((enum right)r));
	json_close(b, ']');
	json_key(b, "rights_text");
	json_open(b, '[');
	for (unsigned r = 0; r < RIGHT__N; r++)
		if (actor_may(&c->who, (enum right)r))
			json_c(b, right_text((enum right)r, lang));
	json_close(b, ']');
	snprintf(text, sizeof text, "%012lld", (long long)c->who.area);
	json_key(b, "area");
	json_c(b, text);
	json_key(b, "unit");
	id_format(c->who.unit, text);
	if (id_is_none(c->who.unit))
		json_null(b);
	else
		json_c(b, text);
	json_key(b, "ends_at");
	caltime_format(c->ends_ms, when);
	json_c(b, when);
}

void me_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	struct buf *b = http_res_buf(res, NULL);
	json_open(b, '{');
	put_actor(b, app_caller(req), http_req_lang(req));
	json_close(b, '}');
}

/* With TLS the name says that the cookie belongs to this host alone; without, a browser would not take such a name. */
static void set_cookie(struct http_res *res, bool tls, const char *token, int64_t life_s)
{
	char text[TOKEN_N + 160];
	snprintf(text, sizeof text, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=%lld", tls ? "__Host-sushui" : "sushui", token,
		 tls ? "; Secure" : "", (long long)life_s);
	http_res_header(res, "Set-Cookie", str_of(text));
}

/* ---- in ----------------------------------------------------------------------------------------------------------- */

static enum err_code check(struct sign_in *in, struct reader *r, struct actor *who, struct err *e)
{
	struct db *db;
	struct keyring *keyring;
	struct id user = ID_NONE;
	enum err_code rc = reader_db(r, &db, e);
	if (rc == OK)
		rc = reader_keyring(r, &keyring, e);
	if (rc != OK)
		return rc;
	enum err_code known = people_actor(db, in->county, in->login, &user, who, e);
	if (err_kind(known) == KIND_FAULT)
		return known;
	bool fits = keyring_password_ok(keyring, user, in->password);
	/* unknown, suspended and mistyped look the same from outside */
	return known == OK && fits ? OK : err_set(e, ERR_BAD_LOGIN, "", "%s", "");
}

static enum err_code sign_in(struct sign_in *in, struct reader *r, struct err *e)
{
	struct app *app = in->app;
	struct http_res *res = http_token_res(in->token);
	struct actor who;
	struct caller caller;
	char token[TOKEN_N + 1];
	enum err_code rc = check(in, r, &who, e);
	if (rc == OK)
		rc = sessions_make(app->sessions, &who, token, &caller, e);
	if (rc != OK)
		return rc;
	/* whoever was suspended since the look-up is found by this second one, which comes after the session stands */
	sessions_refresh(app->sessions, r->db, who.user, app_end_streams, app);
	struct buf *b = http_res_buf(res, NULL);
	json_open(b, '{');
	put_actor(b, &caller, http_req_lang(in->token.req));
	if (in->bearer) {
		json_key(b, "token");
		json_c(b, token);
	} else
		set_cookie(res, http_req_is_tls(in->token.req), token, SESSION_LIFE_MS / 1000);
	json_close(b, '}');
	sodium_memzero(token, sizeof token);
	return OK;
}

static void sign_in_on_lane(struct lane_job *job, struct reader *r)
{
	struct sign_in *in = (struct sign_in *)(void *)job;
	struct app *app = in->app;
	struct err e = {0};
	enum err_code rc = sign_in(in, r, &e);
	const char *id = http_req_id(in->token.req);
	if (rc == OK) {
		atomic_fetch_add(&app->count.sign_in_ok, 1);
		log_line(LOG_INFO, "sign-in accepted, request %s", id);
	} else if (err_kind(rc) == KIND_FAULT) {
		reader_fault(r, rc);
		log_err("sign-in", &e);
	} else {
		atomic_fetch_add(&app->count.sign_in_wrong, 1);
		log_line(LOG_WARN, "sign-in refused, request %s from %s", id, http_req_addr(in->token.req));
	}
	if (rc != OK)
		http_res_fail(http_token_res(in->token), &e);
	http_answer(in->token);
}

static enum err_code read_sign_in(struct http_req *req, struct sign_in *in, struct err *e)
{
	static const char *const names[] = {"login", "password", "county", "bearer", NULL};
	const struct json *body;
	enum err_code rc = app_body_object(req, names, &body, e);
	if (rc == OK)
		rc = app_member_text(body, "login", 64, &in->login, e);
	if (rc == OK)
		rc = app_member_text(body, "password", PASSWORD_MAX, &in->password, e);
	if (rc != OK)
		return rc;
	const struct json *county = json_get(body, STR("county")), *bearer = json_get(body, STR("bearer"));
	in->bearer = bearer && bearer->type == JSON_TRUE;
	/* a data folder for one county means that one; a larger one asks every county, and a name that two have needs `county` */
	int64_t lo, hi;
	area_range(in->app->o.area, &lo, &hi);
	in->county = COUNTY_OF(lo) == COUNTY_OF(hi) ? COUNTY_OF(lo) : 0;
	if (county && (county->type != JSON_STRING || county->s.n != 6 || !str_to_i64(county->s, &in->county)))
		return err_set(e, ERR_BAD_VALUE, "/county", "six digits in quotes are expected");
	return OK;
}

/* Both buckets lose a token with every attempt, so that neither one name from many places nor many names from one place goes on. */
static bool is_limited(struct app *app, struct http_req *req, const struct sign_in *in)
{
	char key[HTTP_ADDR_N];
	login_key(in->login, key);
	bool by_address = http_rate_take(app->rate_address, http_req_addr(req)) > 0;
	return http_rate_take(app->rate_login, key) > 0 || by_address;
}

void sign_in_post(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	struct err e = {0};
	struct sign_in *in = ARENA_NEW(http_req_arena(req), struct sign_in);
	*in = (struct sign_in){.lane.run = sign_in_on_lane, .app = app};
	if (read_sign_in(req, in, &e) != OK) {
		http_res_fail(res, &e);
		return;
	}
	if (is_limited(app, req, in)) {
		atomic_fetch_add(&app->count.sign_in_limited, 1);
		err_set(&e, ERR_TOO_MANY, "", "%s", "");
		http_res_fail(res, &e);
		return;
	}
	in->token = http_defer(req);
	if (lane_put(app->sign, &in->lane, false))
		return;
	err_set(&e, ERR_BUSY, "", "too many sign in at this moment");
	http_res_fail(http_token_res(in->token), &e);
	http_answer(in->token);
}

/* ---- out ---------------------------------------------------------------------------------------------------------- */

void sign_out_post(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = ((struct reader *)user)->app;
	const struct caller *c = app_caller(req);
	struct err e = {0};
	app_end_streams(app, c->tag);
	if (sessions_end(app->sessions, c->hash, &e) != OK) {
		log_err("sign-out", &e);
		http_res_fail(res, &e);
		return;
	}
	set_cookie(res, http_req_is_tls(req), "", 0);
	http_res_status(res, 204);
}

/* Facts may also come in through another process (PostgreSQL), so rights are read anew now and then too. */
void sign_tick(struct reader *r)
{
	struct db *db;
	struct err e = {0};
	atomic_fetch_add(&r->app->rights_epoch, 1);
	if (reader_db(r, &db, &e) == OK)
		sessions_refresh(r->app->sessions, db, ID_NONE, app_end_streams, r->app);
	reader_fault(r, e.code);
	sessions_tidy(r->app->sessions, app_end_streams, r->app);
}
