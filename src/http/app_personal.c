/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/personal/open: first the fact that somebody reads, then, after its commit, the reading. All on the desk lane, so that the
 * day's count of an account needs no lock. The keyring is opened anew for each reading: one that stays open would remember keys that
 * have been destroyed since.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/caltime.h"
#include "core/log.h"
#include "domain/people/people.h"
#include "http/app_internal.h"
#include "ledger/house.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

#define SUBJECTS_MAX 200  /* in one request */
#define PER_DAY_MAX 2000  /* subjects of one account and local day */
#define PURPOSE_MIN 4     /* characters, as in house.personal_opened */
#define PURPOSE_MAX 200

struct opening {
	struct lane_job lane;
	struct writer_job job;
	struct app *app;
	struct http_token token;
	struct actor who;
	uint64_t rights_epoch; /* when who's rights were read */
	int64_t county;
	struct fact fact;
	struct house_personal_opened body;
	struct verdict verdict;
	bool probe;
};

/* ---- how much one account may read in a day ---------------------------------------------------------------------- */

struct personal_limits {
	int32_t day;
	struct used {
		struct id user;
		int64_t n;
	} *used;
	size_t n, cap;
};

static struct used *used_of(struct personal_limits *l, struct id user)
{
	for (size_t i = 0; i < l->n; i++)
		if (id_eq(l->used[i].user, user))
			return &l->used[i];
	return NULL;
}

/* The count begins with what the record of reads says, so that a restart gives nobody a second day. */
static enum err_code count_of(struct opening *o, struct db *db, struct used **out, struct err *e)
{
	struct personal_limits *l = o->app->limits;
	int32_t today = day_of(o->fact.at);
	if (l->day != today)
		l->n = 0;
	l->day = today;
	*out = used_of(l, o->who.user);
	if (*out)
		return OK;
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		l->used = realloc(l->used, l->cap * sizeof *l->used);
		CHECK(l->used != NULL);
	}
	struct used u = {.user = o->who.user};
	enum err_code rc = db_one(db, &SQL_app_reads_since, PARAMS(V_INT(o->county), V_ID(&u.user), V_INT(day_start(today))), 0, &u.n, e);
	if (rc == OK) {
		l->used[l->n] = u;
		*out = &l->used[l->n++];
	}
	return rc;
}

static enum err_code take_from_day(struct opening *o, struct db *db, struct err *e)
{
	struct used *u;
	enum err_code rc = count_of(o, db, &u, e);
	if (rc == OK && u->n + (int64_t)o->body.subjects.n > PER_DAY_MAX)
		rc = err_set(e, ERR_TOO_MANY, "/subjects", "an account opens the data of at most %d persons a day", PER_DAY_MAX);
	if (rc == OK)
		u->n += (int64_t)o->body.subjects.n;
	return rc;
}

/* ---- may these be read? --------------------------------------------------------------------------------------------- */

static enum err_code check_subjects(struct opening *o, struct db *db, struct err *e)
{
	const struct id *ids = o->body.subjects.p;
	for (size_t i = 0; i < o->body.subjects.n; i++) {
		int64_t area;
		char at[32];
		snprintf(at, sizeof at, "/subjects/%zu", i);
		enum err_code rc = db_one(db, &SQL_app_person_area, PARAMS(V_INT(o->county), V_ID(&ids[i])), -1, &area, e);
		if (rc == OK && area < 0)
			rc = err_set(e, ERR_NOT_FOUND, at, "this county has registered no such person");
		if (rc == OK && !actor_in_area(&o->who, area))
			rc = err_set(e, ERR_OUT_OF_AREA, at, "your post covers another area");
		if (rc != OK)
			return rc;
	}
	return OK;
}

/* ---- reading, after the commit --------------------------------------------------------------------------------------- */

static void put_text(struct buf *b, const char *name, struct str text)
{
	json_key(b, name);
	if (text.p)
		json_str(b, text);
	else
		json_null(b);
}

static void put_person(struct buf *b, const struct people_personal *p)
{
	char text[ID_TEXT_N + 1];
	put_text(b, "name", p->name);
	put_text(b, "document_type", str_of(p->document_type == ABSENT ? NULL : people_documents[p->document_type]));
	put_text(b, "document_number", p->document_number);
	put_text(b, "phone", p->phone);
	if (p->birth_date != ABSENT)
		day_format((int32_t)p->birth_date, text);
	put_text(b, "birth_date", str_of(p->birth_date == ABSENT ? NULL : text));
	put_text(b, "address", p->address);
	id_format(p->household, text);
	put_text(b, "household", str_of(id_is_none(p->household) ? NULL : text));
}

static enum err_code put_subject(struct opening *o, struct reader *r, struct id subject, struct buf *b, struct err *e)
{
	char text[ID_TEXT_N + 1];
	struct people_personal p;
	const char *lang = http_req_lang(o->token.req);
	enum err_code rc = people_open(r->db, r->keyring, &r->arena, o->county, subject, &p, e);
	if (err_kind(rc) == KIND_FAULT)
		return rc;
	json_open(b, '{');
	json_key(b, "subject");
	id_format(subject, text);
	json_c(b, text);
	json_key(b, "ok");
	json_bool(b, rc == OK);
	if (rc == OK)
		put_person(b, &p);
	else {
		json_key(b, "error");
		json_open(b, '{');
		json_key(b, "code");
		json_c(b, err_name(rc));
		json_key(b, "text");
		json_c(b, err_text(rc, lang));
		json_close(b, '}');
	}
	json_close(b, '}');
	return OK;
}

static enum err_code read_all(struct opening *o, struct reader *r, struct err *e)
{
	struct db *db;
	struct keyring *keyring;
	const struct id *ids = o->body.subjects.p;
	struct buf *b = http_res_buf(http_token_res(o->token), NULL);
	keyring_close(&r->keyring);
	enum err_code rc = reader_db(r, &db, e);
	if (rc == OK)
		rc = reader_keyring(r, &keyring, e);
	json_open(b, '{');
	json_key(b, "seq");
	json_i64(b, (int64_t)o->verdict.seq);
	json_key(b, "opened");
	json_open(b, '[');
	for (size_t i = 0; rc == OK && i < o->body.subjects.n; i++)
		rc = put_subject(o, r, ids[i], b, e);
	json_close(b, ']');
	json_close(b, '}');
	keyring_close(&r->keyring);
	return rc;
}

static void answer_error(struct opening *o, const struct err *e)
{
	struct http_res *res = http_token_res(o->token);
	if (err_kind(e->code) == KIND_FAULT && e->code != ERR_BUSY)
		app_fail_read_only(res);
	else
		http_res_fail(res, e);
}

static void read_on_lane(struct lane_job *job, struct reader *r)
{
	struct opening *o = (struct opening *)(void *)job;
	struct err e = {0};
	enum err_code rc = read_all(o, r, &e);
	if (rc == OK)
		atomic_fetch_add(&o->app->count.personal_opened, o->body.subjects.n);
	else {
		log_err("opening personal data", &e);
		reader_fault(r, rc);
		http_res_fail(http_token_res(o->token), &e);
	}
	http_answer(o->token);
}

/* Writer thread. */
static void record_begin(struct writer_job *job)
{
	struct opening *o = job->ctx;
	app_rights_now(o->app, &o->who, &o->rights_epoch);
	job->sub.who = o->who;
}

/* Writer thread: the reading is on record. */
static void recorded(struct writer_job *job)
{
	struct opening *o = job->ctx;
	struct err busy = {.code = ERR_BUSY};
	app_note(o->app, &job->sub);
	app_gate_leave(o->app, o->probe);
	o->lane.run = read_on_lane;
	if (o->verdict.code == OK && lane_put(o->app->desk, &o->lane, true))
		return;
	answer_error(o, o->verdict.code == OK ? &busy : &o->verdict.err);
	app_ready(o->app, o->token);
}

/* ---- the request ---------------------------------------------------------------------------------------------------- */

static void record_on_lane(struct lane_job *job, struct reader *r)
{
	struct opening *o = (struct opening *)(void *)job;
	struct db *db;
	struct err e = {0};
	enum err_code rc = reader_db(r, &db, &e);
	if (rc == OK)
		rc = check_subjects(o, db, &e);
	if (rc == OK)
		rc = take_from_day(o, db, &e);
	if (rc == OK)
		rc = writer_submit(o->app->writer, &o->job, &e);
	if (rc == OK)
		return;
	reader_fault(r, rc);
	app_gate_leave(o->app, o->probe);
	http_res_fail(http_token_res(o->token), &e);
	http_answer(o->token);
}

static enum err_code read_ids(struct arena *a, const struct json *list, struct fact_list *out, struct err *e)
{
	if (!list || list->type != JSON_ARRAY || list->n == 0 || list->n > SUBJECTS_MAX)
		return err_set(e, list ? ERR_BAD_VALUE : ERR_MISSING_FIELD, "/subjects", "a list of 1 to %d ids is expected", SUBJECTS_MAX);
	struct id *ids = ARENA_ARRAY(a, struct id, list->n);
	size_t n = 0;
	JSON_EACH(c, list) {
		char at[32];
		snprintf(at, sizeof at, "/subjects/%zu", n);
		if (c->type != JSON_STRING || !id_parse(c->s, &ids[n++]))
			return err_set(e, ERR_BAD_VALUE, at, "an id in quotes is expected");
	}
	*out = (struct fact_list){ids, n};
	return OK;
}

static enum err_code read_opening(struct http_req *req, struct opening *o, struct err *e)
{
	static const char *const names[] = {"subjects", "purpose", "duty_subject", "county", NULL};
	const struct json *j;
	enum err_code rc = app_body_object(req, names, &j, e);
	if (rc == OK)
		rc = read_ids(http_req_arena(req), json_get(j, STR("subjects")), &o->body.subjects, e);
	if (rc == OK)
		rc = app_member_text(j, "purpose", 4 * PURPOSE_MAX, &o->body.purpose, e);
	if (rc != OK)
		return rc;
	size_t chars = str_chars(o->body.purpose);
	if (chars < PURPOSE_MIN || chars > PURPOSE_MAX)
		return err_set(e, ERR_BAD_VALUE, "/purpose", "%d to %d characters that say for which duty or case", PURPOSE_MIN, PURPOSE_MAX);
	const struct json *duty = json_get(j, STR("duty_subject")), *county = json_get(j, STR("county"));
	if (duty && (duty->type != JSON_STRING || !id_parse(duty->s, &o->body.duty_subject)))
		return err_set(e, ERR_BAD_VALUE, "/duty_subject", "an id in quotes is expected");
	o->county = COUNTY_OF(o->who.area_lo);
	if (county && (county->type != JSON_STRING || county->s.n != 6 || !str_to_i64(county->s, &o->county)))
		return err_set(e, ERR_BAD_VALUE, "/county", "six digits in quotes are expected");
	if (!county && COUNTY_OF(o->who.area_hi) != o->county)
		return err_set(e, ERR_MISSING_FIELD, "/county", "your post covers several counties: name the one of these persons");
	return OK;
}

/* The record stands in the county of the persons, at the reader's own area when that lies within. */
static void make_fact(struct opening *o)
{
	int64_t lo, hi;
	const struct sys *sys = o->app->sys;
	area_range(o->county * 1000000, &lo, &hi);
	o->fact = (struct fact){.id = id_new(sys), .kind = fact_kind_of(STR("house.personal_opened")), .body = &o->body};
	o->fact.area = o->who.area >= lo && o->who.area <= hi ? o->who.area : lo;
	o->fact.at = o->fact.recorded = sys->now_ms(sys->ctx);
	o->job = (struct writer_job){.sub = {o->who, &o->fact, &o->verdict, 1}, .begin = record_begin, .done = recorded, .ctx = o};
}

void personal_post(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	struct err e = {0};
	struct opening *o = ARENA_NEW(http_req_arena(req), struct opening);
	*o = (struct opening){.lane.run = record_on_lane, .app = app, .who = app_caller(req)->who, .rights_epoch = app_caller(req)->rights_epoch};
	if (read_opening(req, o, &e) != OK) {
		http_res_fail(res, &e);
		return;
	}
	if (!app_gate_enter(app, &o->probe)) {
		app_fail_read_only(res);
		return;
	}
	make_fact(o);
	o->token = http_defer(req);
	if (lane_put(app->desk, &o->lane, false))
		return;
	app_gate_leave(app, o->probe);
	err_set(&e, ERR_BUSY, "", "too many readings at this moment");
	http_res_fail(http_token_res(o->token), &e);
	http_answer(o->token);
}

enum err_code personal_limits_new(struct personal_limits **out, struct err *e)
{
	*out = calloc(1, sizeof **out);
	return *out ? OK : err_set(e, ERR_MEMORY, "", "no memory for limits");
}

void personal_limits_free(struct personal_limits **l)
{
	if (*l)
		free((*l)->used);
	free(*l);
	*l = NULL;
}
