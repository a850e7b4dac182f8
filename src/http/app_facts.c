/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/facts: decode, hand to the writer, answer after the commit.
 *
 * A small batch is decoded on the loop thread, so that a phone's swab waits for no query; a large one goes to the intake lane and then to
 * the writer in pieces, so that the phones in between wait for one piece at most.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/log.h"
#include "domain/people/people.h"
#include "domain/tracing/engine.h"
#include "http/app_internal.h"

#define SMALL_BODY_N (32 * 1024) /* decoded on the loop thread: some 50 facts, a fraction of a millisecond */
#define BATCH_MAX 20000          /* facts in one request */
#define PIECE_N 1000             /* facts given to the writer at a time */
#define INLINE_VERDICTS 256      /* more are written on the intake lane, not on the writer's thread */
#define LARGE_BYTES_MAX ((int64_t)64 * 1024 * 1024) /* of large bodies at a time; decoded they take some four times as much */

struct intake {
	struct lane_job lane;
	struct writer_job job;
	struct app *app;
	struct http_token token;
	struct actor who;
	uint64_t rights_epoch; /* when who's rights were read */
	struct fact *facts;
	struct verdict *verdicts;
	size_t n, sent_n; /* facts; of these handed to the writer */
	int64_t large_n; /* bytes counted against the memory for large batches */
	bool is_list, probe;
};

/* False when large batches take all the memory they may. */
static bool enter_large(struct intake *in, size_t body_n)
{
	in->large_n = (int64_t)body_n;
	if (atomic_fetch_add(&in->app->large_bytes, in->large_n) + in->large_n <= LARGE_BYTES_MAX)
		return true;
	atomic_fetch_sub(&in->app->large_bytes, in->large_n);
	in->large_n = 0;
	return false;
}

static void leave_large(struct intake *in)
{
	atomic_fetch_sub(&in->app->large_bytes, in->large_n);
	in->large_n = 0;
}

/* ---- the gate while the disk is full ------------------------------------------------------------------------- */

bool app_gate_enter(struct app *app, bool *probe)
{
	*probe = false;
	if (!atomic_load(&app->read_only))
		return true;
	*probe = !atomic_exchange(&app->probing, true);
	return *probe;
}

void app_gate_leave(struct app *app, bool probe)
{
	if (probe)
		atomic_store(&app->probing, false);
}

void app_fail_read_only(struct http_res *res)
{
	struct err e = {.code = ERR_READ_ONLY};
	http_res_fail(res, &e);
	http_res_header(res, "Retry-After", STR("5"));
}

/* ---- verdicts --------------------------------------------------------------------------------------------------- */

static void put_id(struct buf *b, struct id id)
{
	char text[ID_TEXT_N + 1];
	json_key(b, "id");
	id_format(id, text);
	if (id_is_none(id))
		json_null(b);
	else
		json_c(b, text);
}

static void put_error(struct buf *b, const struct err *e, const char *lang)
{
	json_key(b, "error");
	json_open(b, '{');
	json_key(b, "code");
	json_c(b, err_name(e->code));
	json_key(b, "at");
	json_c(b, e->at);
	json_key(b, "what");
	json_c(b, e->what);
	json_key(b, "text");
	json_c(b, err_text(e->code, lang));
	json_key(b, "hint");
	json_c(b, err_hint(e->code, lang));
	json_close(b, '}');
}

static void put_verdict(struct buf *b, struct id id, const struct verdict *v, const char *lang)
{
	json_open(b, '{');
	put_id(b, id);
	json_key(b, "ok");
	json_bool(b, v->code == OK);
	if (v->code == OK) {
		json_key(b, "seq");
		json_i64(b, (int64_t)v->seq);
		json_key(b, "duplicate");
		json_bool(b, v->duplicate);
	} else {
		/* a fault names files and statements: the log has it, the sender learns that nothing was kept */
		struct err fault = {.code = v->code == ERR_BUSY ? ERR_BUSY : ERR_READ_ONLY};
		put_error(b, err_kind(v->code) == KIND_FAULT ? &fault : &v->err, lang);
	}
	json_close(b, '}');
}

struct tally {
	int64_t kept, duplicates, refused;
	bool fault;
};

static struct tally count(const struct intake *in)
{
	struct tally t = {0};
	for (size_t i = 0; i < in->n; i++) {
		const struct verdict *v = &in->verdicts[i];
		t.kept += v->code == OK && !v->duplicate;
		t.duplicates += v->code == OK && v->duplicate;
		t.refused += v->code != OK;
		t.fault |= err_kind(v->code) == KIND_FAULT;
	}
	return t;
}

static void write_answer(struct intake *in)
{
	struct http_res *res = http_token_res(in->token);
	const char *lang = http_req_lang(in->token.req);
	struct buf *b = http_res_buf(res, NULL);
	struct tally t = count(in);
	int status = t.fault ? err_http(ERR_READ_ONLY) : t.refused == 0 ? 200 : in->is_list ? 207 : err_http(in->verdicts[0].code);
	if (in->is_list) {
		json_open(b, '{');
		json_key(b, "kept");
		json_i64(b, t.kept);
		json_key(b, "duplicates");
		json_i64(b, t.duplicates);
		json_key(b, "refused");
		json_i64(b, t.refused);
		json_key(b, "verdicts");
		json_open(b, '[');
	}
	for (size_t i = 0; i < in->n; i++)
		put_verdict(b, in->facts[i].id, &in->verdicts[i], lang);
	if (in->is_list) {
		json_close(b, ']');
		json_close(b, '}');
	}
	http_res_status(res, status);
	if (t.fault)
		http_res_header(res, "Retry-After", STR("5"));
	leave_large(in);
}

static void answer_on_lane(struct lane_job *job, struct reader *r)
{
	(void)r;
	struct intake *in = (struct intake *)(void *)job;
	write_answer(in);
	http_answer(in->token);
}

/* ---- to the writer and back -------------------------------------------------------------------------------------- */

/* Writer thread. */
static void piece_begin(struct writer_job *job)
{
	struct intake *in = job->ctx;
	app_rights_now(in->app, &in->who, &in->rights_epoch);
	job->sub.who = in->who;
}

static bool submit_piece(struct intake *in, struct err *e)
{
	size_t n = in->n - in->sent_n < PIECE_N ? in->n - in->sent_n : PIECE_N;
	in->job.sub = (struct submission){in->who, in->facts + in->sent_n, in->verdicts + in->sent_n, n};
	in->sent_n += n;
	return writer_submit(in->app->writer, &in->job, e) == OK;
}

static void refuse_rest(struct intake *in, size_t from, const struct err *e)
{
	for (size_t i = from; i < in->n; i++)
		if (in->verdicts[i].code == OK)
			in->verdicts[i] = (struct verdict){.code = e->code, .err = *e};
	in->sent_n = in->n;
}

/* Writer thread. */
static void piece_done(struct writer_job *job)
{
	struct intake *in = job->ctx;
	struct app *app = in->app;
	struct err e = {0};
	app_note(app, &job->sub);
	size_t from = in->sent_n;
	if (from < in->n) {
		if (submit_piece(in, &e))
			return;
		refuse_rest(in, from, &e);
	}
	app_gate_leave(app, in->probe);
	in->lane.run = answer_on_lane;
	if (in->n > INLINE_VERDICTS && lane_put(app->intake, &in->lane, true))
		return;
	write_answer(in);
	app_ready(app, in->token);
}

/* ---- reading the body ------------------------------------------------------------------------------------------- */

/* The facts of the body: one object, a list, or {"facts": list}. */
static enum err_code find_facts(struct intake *in, const struct json *root, const struct json **list, struct err *e)
{
	*list = root;
	if (root->type == JSON_OBJECT && json_get(root, STR("facts"))) {
		*list = json_get(root, STR("facts"));
		if (root->n != 1)
			return err_set(e, ERR_UNKNOWN_FIELD, "", "beside `facts` nothing else is expected");
		if ((*list)->type != JSON_ARRAY)
			return err_set(e, ERR_BAD_VALUE, "/facts", "a list of facts is expected");
	} else if (root->type != JSON_OBJECT && root->type != JSON_ARRAY)
		return err_set(e, ERR_BAD_VALUE, "", "a fact or a list of facts is expected");
	in->is_list = (*list)->type == JSON_ARRAY;
	in->n = in->is_list ? (*list)->n : 1;
	if (in->n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/facts", "at least one fact is expected");
	if (in->n > BATCH_MAX)
		return err_set(e, ERR_TOO_LARGE, "/facts", "at most %d facts in one request", BATCH_MAX);
	return OK;
}

static void decode_one(struct arena *a, const struct json *j, struct fact *f, struct verdict *v)
{
	v->code = fact_decode(a, j, f, &v->err);
	if (v->code == OK)
		return;
	/* the sender finds its fact again by the id, when there is one */
	const struct json *id = j->type == JSON_OBJECT ? json_get(j, STR("id")) : NULL;
	*f = (struct fact){0};
	if (id && id->type == JSON_STRING && !id_parse(id->s, &f->id))
		f->id = ID_NONE;
}

static enum err_code decode(struct intake *in, struct str body, struct err *e)
{
	struct arena *a = http_req_arena(in->token.req);
	const struct json *root, *list;
	enum err_code rc = json_read(a, body, &root, e);
	if (rc == OK)
		rc = find_facts(in, root, &list, e);
	if (rc != OK)
		return rc;
	in->facts = arena_try(a, in->n * sizeof *in->facts);
	in->verdicts = arena_try(a, in->n * sizeof *in->verdicts);
	if (!in->facts || !in->verdicts)
		return err_set(e, ERR_TOO_LARGE, "/facts", "the request holds too much");
	size_t i = 0;
	if (!in->is_list)
		decode_one(a, list, &in->facts[0], &in->verdicts[0]);
	else
		JSON_EACH(c, list) {
			decode_one(a, c, &in->facts[i], &in->verdicts[i]);
			i++;
		}
	return OK;
}

/* Decodes and hands in. False: the answer is ready in the response. */
static bool take_in(struct intake *in)
{
	struct err e = {0};
	if (decode(in, http_req_body(in->token.req), &e) == OK && submit_piece(in, &e))
		return true;
	app_gate_leave(in->app, in->probe);
	leave_large(in);
	http_res_fail(http_token_res(in->token), &e);
	return false;
}

static void take_in_on_lane(struct lane_job *job, struct reader *r)
{
	(void)r;
	struct intake *in = (struct intake *)(void *)job;
	if (!take_in(in))
		http_answer(in->token);
}

void facts_post(struct http_req *req, struct http_res *res, void *user)
{
	struct app *app = user;
	struct err e = {0};
	bool probe;
	if (!http_req_is_type(req, "application/json")) {
		err_set(&e, ERR_BAD_REQUEST, "Content-Type", "application/json is expected");
		http_res_fail(res, &e);
		return;
	}
	if (!app_gate_enter(app, &probe)) {
		app_fail_read_only(res);
		return;
	}
	struct intake *in = ARENA_NEW(http_req_arena(req), struct intake);
	*in = (struct intake){.app = app, .who = app_caller(req)->who, .rights_epoch = app_caller(req)->rights_epoch, .probe = probe};
	in->job.begin = piece_begin;
	in->job.done = piece_done;
	in->job.ctx = in;
	in->token = http_defer(req);
	size_t body_n = http_req_body(req).n;
	if (body_n <= SMALL_BODY_N) {
		if (!take_in(in))
			http_answer(in->token);
		return;
	}
	in->lane.run = take_in_on_lane;
	if (enter_large(in, body_n) && lane_put(app->intake, &in->lane, false))
		return;
	leave_large(in);
	app_gate_leave(app, probe);
	err_set(&e, ERR_BUSY, "", "too many large batches at a time");
	http_res_fail(http_token_res(in->token), &e);
	http_answer(in->token);
}

/* ---- after the group --------------------------------------------------------------------------------------------- */

void app_ready(struct app *app, struct http_token t)
{
	if (app->ready_n == app->ready_cap) {
		size_t cap = app->ready_cap ? app->ready_cap * 2 : 256;
		struct http_token *p = realloc(app->ready, cap * sizeof *p);
		CHECK(p != NULL);
		app->ready = p;
		app->ready_cap = cap;
	}
	app->ready[app->ready_n++] = t;
}

void app_note(struct app *app, const struct submission *sub)
{
	const struct err *fault = NULL;
	for (size_t i = 0; i < sub->n; i++) {
		const struct verdict *v = &sub->verdicts[i];
		if (v->code == OK && !v->duplicate)
			events_note(app->events, &sub->facts[i], v->seq);
		else if (v->code != OK && !fault && err_kind(v->code) == KIND_FAULT)
			fault = &v->err;
	}
	bool was = atomic_exchange(&app->read_only, fault != NULL);
	if (fault && !was)
		log_err("the ledger takes no facts", fault);
	else if (!fault && was)
		log_line(LOG_INFO, "the ledger takes facts again");
}

void app_rights_now(struct app *app, struct actor *who, uint64_t *epoch)
{
	struct actor fresh;
	uint64_t now = atomic_load(&app->rights_epoch);
	struct db *db = ledger_db(app->ledger);
	if (now == *epoch || !db)
		return;
	enum err_code rc = people_actor_of(db, COUNTY_OF(who->area), who->user, &fresh, NULL);
	if (err_kind(rc) == KIND_FAULT)
		return; /* the group will meet the same fault */
	if (rc == OK)
		*who = fresh;
	else
		who->rights = 0;
	*epoch = now;
}

void app_end_streams(void *ctx, uint64_t tag)
{
	struct app *app = ctx;
	if (app->server)
		http_end_tagged(app->server, tag);
}

void app_after_group(void *ctx, size_t facts_n)
{
	struct app *app = ctx;
	(void)facts_n;
	/* a suspended user is out before the one who suspended him gets his answer */
	if (events_users_changed(app->events)) {
		atomic_fetch_add(&app->rights_epoch, 1);
		sessions_refresh(app->sessions, ledger_db(app->ledger), ID_NONE, app_end_streams, app);
	}
	/* whoever has his answer finds the head of the ledger at or behind his fact */
	events_publish(app->events, app->server);
	http_answer_batch(app->ready, app->ready_n);
	app->ready_n = 0;
	struct err e = {0};
	if (tracing_engine_woken() && tracing_engine_settle(app->engine, ledger_db(app->ledger), &e) != OK) {
		log_err("visits", &e);
		tracing_engine_wake(); /* after the next group, or at the next start */
	}
	struct db *db = ledger_db(app->ledger);
	atomic_store_explicit(&app->count.wal_bytes, db ? db_wal_bytes(db) : 0, memory_order_relaxed);
}
