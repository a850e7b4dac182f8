/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/tracing/visits: a table of stays into the visit store of a running house. The stays are durable before the one fact that
 * says so, as with `sushui import-visits`; the same table again changes no stay, and adds the fact if it is missing. Rows that cannot
 * be taken come back with their reasons; the others are kept: rows = accepted + rejected.
 */
#include <sodium.h>
#include <stdio.h>

#include "core/caltime.h"
#include "core/log.h"
#include "domain/tracing/sheet.h"
#include "domain/tracing/tracing.h"
#include "http/app_internal.h"
#include "sql.gen.h"

#define SHOWN_MAX 1000  /* refused rows that are spelled out */
#define SOURCE_MIN 2    /* characters, as in tracing.visits_loaded */
#define SOURCE_MAX 200

struct upload {
	struct lane_job lane;
	struct writer_job job;
	struct app *app;
	struct http_token token;
	struct actor who;
	uint64_t rights_epoch; /* when who's rights were read */
	int64_t area;
	struct str source;
	struct visit_sheet sheet;
	struct tracing_visits_loaded *body;
	struct fact fact;
	struct verdict verdict;
	bool known, probe;
	char digest[2 * crypto_hash_sha256_BYTES + 1];
	struct buf refused; /* JSON, without the brackets around it */
};

static enum err_code reject(void *ctx, const struct visit_sheet *sheet, const struct str *cells, size_t n, const struct err *why, struct err *e)
{
	struct upload *u = ctx;
	(void)cells;
	(void)n;
	if (sheet->rejected > SHOWN_MAX)
		return OK;
	struct buf *b = &u->refused;
	json_open(b, '{');
	json_key(b, "line");
	json_i64(b, (int64_t)csv_line(sheet->csv));
	json_key(b, "code");
	json_c(b, err_name(why->code));
	json_key(b, "column");
	json_c(b, why->at);
	json_key(b, "rule");
	json_c(b, why->what);
	json_close(b, '}');
	return b->failed ? err_set(e, ERR_MEMORY, "", "no memory for the refused rows") : OK;
}

/* ---- the answer ------------------------------------------------------------------------------------------------------ */

static void put_day(struct buf *b, const char *name, int64_t day)
{
	char text[DAY_TEXT_N];
	json_key(b, name);
	if (day == ABSENT) {
		json_null(b);
		return;
	}
	day_format((int32_t)day, text);
	json_c(b, text);
}

static void put_number(struct buf *b, const char *name, uint64_t v)
{
	json_key(b, name);
	json_i64(b, (int64_t)v);
}

static void put_report(struct upload *u)
{
	const struct visit_sheet *s = &u->sheet;
	struct buf *b = http_res_buf(http_token_res(u->token), NULL);
	json_open(b, '{');
	put_number(b, "rows", s->rows);
	put_number(b, "accepted", s->accepted);
	put_number(b, "rejected", s->rejected);
	put_day(b, "first_day", u->body->first_day);
	put_day(b, "last_day", u->body->last_day);
	json_key(b, "sha256");
	json_c(b, u->digest);
	json_key(b, "loaded_before");
	json_bool(b, u->known);
	json_key(b, "refused");
	json_raw(b, buf_str(&u->refused));
	put_number(b, "refused_left_out", s->rejected > SHOWN_MAX ? s->rejected - SHOWN_MAX : 0);
	json_close(b, '}');
}

static void upload_fail(struct upload *u, const struct err *e)
{
	if (err_kind(e->code) == KIND_FAULT && e->code != ERR_BUSY)
		app_fail_read_only(http_token_res(u->token));
	else
		http_res_fail(http_token_res(u->token), e);
}

/* ---- the fact, on the writer thread ------------------------------------------------------------------------------------ */

static void say_begin(struct writer_job *job)
{
	struct upload *u = job->ctx;
	app_rights_now(u->app, &u->who, &u->rights_epoch);
	job->sub.who = u->who;
}

static void said(struct writer_job *job)
{
	struct upload *u = job->ctx;
	app_note(u->app, &job->sub);
	app_gate_leave(u->app, u->probe);
	if (u->verdict.code == OK)
		put_report(u);
	else
		upload_fail(u, &u->verdict.err);
	buf_done(&u->refused);
	app_ready(u->app, u->token);
}

static void make_fact(struct upload *u)
{
	const struct sys *sys = u->app->sys;
	u->body->source = u->source;
	u->body->rows = (int64_t)u->sheet.rows;
	u->body->accepted = (int64_t)u->sheet.accepted;
	u->body->rejected = (int64_t)u->sheet.rejected;
	u->body->sha256 = str_of(u->digest);
	u->fact = (struct fact){.id = id_new(sys), .kind = fact_kind_of(STR("tracing.visits_loaded")), .area = u->area, .body = u->body};
	u->fact.at = u->fact.recorded = sys->now_ms(sys->ctx);
	u->job = (struct writer_job){.sub = {u->who, &u->fact, &u->verdict, 1}, .begin = say_begin, .done = said, .ctx = u};
}

/* ---- the stays, on the desk lane --------------------------------------------------------------------------------------- */

static enum err_code load_stays(struct upload *u, struct db *db, struct err *e)
{
	struct tracing_load *load = NULL;
	int32_t first = INT32_MIN, last = INT32_MIN;
	int64_t known = 0;
	enum err_code rc = csv_open_mem(&u->sheet.csv, http_req_body(u->token.req), e);
	if (rc == OK)
		rc = visit_sheet_heading(&u->sheet, e);
	if (rc == OK)
		rc = tracing_load_open(&load, u->app->engine, db, COUNTY_OF(u->area), e);
	if (rc == OK)
		rc = visit_sheet_read(&u->sheet, load, e);
	if (rc == OK)
		rc = tracing_load_commit(load, &first, &last, e);
	tracing_load_close(&load);
	csv_close(&u->sheet.csv);
	if (rc == OK)
		rc = db_one(db, &SQL_tracing_load_known, PARAMS(V_INT(COUNTY_OF(u->area)), V_TEXT(str_of(u->digest))), 0, &known, e);
	u->known = known > 0;
	if (rc == OK && first != INT32_MIN) {
		u->body->first_day = first;
		u->body->last_day = last;
	}
	return rc;
}

static void load_on_lane(struct lane_job *job, struct reader *r)
{
	struct upload *u = (struct upload *)(void *)job;
	struct db *db;
	struct err e = {0};
	struct str bytes = http_req_body(u->token.req);
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)bytes.p, bytes.n);
	sodium_bin2hex(u->digest, sizeof u->digest, hash, sizeof hash);
	json_open(&u->refused, '[');
	enum err_code rc = reader_db(r, &db, &e);
	if (rc == OK)
		rc = load_stays(u, db, &e);
	json_close(&u->refused, ']');
	if (rc == OK && !u->known) {
		make_fact(u);
		rc = writer_submit(u->app->writer, &u->job, &e);
		if (rc == OK)
			return; /* said() answers */
	} else if (rc == OK)
		put_report(u);
	if (rc != OK) {
		if (err_kind(rc) == KIND_FAULT)
			log_err("loading stays", &e);
		reader_fault(r, rc);
		upload_fail(u, &e);
	}
	app_gate_leave(u->app, u->probe);
	buf_done(&u->refused);
	http_answer(u->token);
}

/* ---- the request ------------------------------------------------------------------------------------------------------- */

static enum err_code read_request(struct http_req *req, struct upload *u, struct err *e)
{
	struct str area, source;
	int64_t lo, hi;
	if (!http_req_is_type(req, "text/csv"))
		return err_set(e, ERR_BAD_REQUEST, "Content-Type", "text/csv is expected");
	u->area = u->who.area;
	if (http_req_query(req, "area", &area)) {
		if (area.n != 12 || !str_to_i64(area, &u->area))
			return err_set(e, ERR_BAD_VALUE, "area", "an area code of 12 digits is expected");
	}
	area_range(u->area, &lo, &hi);
	if (COUNTY_OF(lo) != COUNTY_OF(hi))
		return err_set(e, ERR_MISSING_FIELD, "area", "your post covers several counties: name the one of these stays");
	if (!actor_in_area(&u->who, u->area))
		return err_set(e, ERR_OUT_OF_AREA, "area", "your post covers another area");
	if (!http_req_query(req, "source", &source) || source.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "source", "where the stays come from, such as \"checkpoint passes\"");
	if (!str_is_utf8(source) || str_chars(source) < SOURCE_MIN || str_chars(source) > SOURCE_MAX)
		return err_set(e, ERR_BAD_VALUE, "source", "a text of %d to %d characters is expected", SOURCE_MIN, SOURCE_MAX);
	u->source = arena_str(http_req_arena(req), source);
	return OK;
}

void visits_post(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	struct err e = {0};
	struct upload *u = ARENA_NEW(http_req_arena(req), struct upload);
	*u = (struct upload){.lane.run = load_on_lane, .app = app, .who = app_caller(req)->who, .rights_epoch = app_caller(req)->rights_epoch};
	u->sheet = (struct visit_sheet){.reject = reject, .ctx = u};
	if (read_request(req, u, &e) != OK) {
		http_res_fail(res, &e);
		return;
	}
	if (!app_gate_enter(app, &u->probe)) {
		app_fail_read_only(res);
		return;
	}
	u->body = fact_body_new(http_req_arena(req), fact_kind_of(STR("tracing.visits_loaded")));
	buf_init(&u->refused, 0);
	u->token = http_defer(req);
	if (lane_put(app->desk, &u->lane, false))
		return;
	app_gate_leave(app, u->probe);
	buf_done(&u->refused);
	err_set(&e, ERR_BUSY, "", "too many uploads at this moment");
	http_res_fail(http_token_res(u->token), &e);
	http_answer(u->token);
}
