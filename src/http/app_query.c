/* SPDX-License-Identifier: Apache-2.0
 * GET /api/<domain>/<query>: a declared query from query parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "http/app_internal.h"
#include "ledger/query_xlsx.h"

#define ARGS_MAX 16
#define JSON_ROWS_MAX 100000  /* beyond it only as CSV, which is streamed */
#define EXPORT_ROWS 10000     /* more rows than this need the right to export */
#define PIECE_N (64 * 1024)   /* bytes of CSV sent at a time */

static enum err_code number(struct str text, const char *name, int64_t most, int64_t *out, struct err *e)
{
	int64_t v;
	if (!str_to_i64(text, &v) || v < 0 || v > most)
		return err_set(e, ERR_BAD_VALUE, name, "a number from 0 to %lld is expected", (long long)most);
	*out = v;
	return OK;
}

static enum err_code read_area(struct arena *a, struct str text, int64_t *out, struct err *e)
{
	static const struct field area = {.name = "area", .type = F_AREA, .en = "", .zh = ""};
	int64_t v = ABSENT;
	enum err_code rc = fact_set_text(a, &area, text, &v, e);
	if (rc == OK)
		*out = v == ABSENT ? 0 : v;
	return rc;
}

static enum err_code read_format(struct str text, enum query_format *out, struct err *e)
{
	static const char *const names[] = {[QUERY_JSON] = "json", [QUERY_CSV] = "csv", [QUERY_XLSX] = "xlsx"};
	for (size_t i = 0; i < ARRAY_N(names); i++)
		if (names[i] && str_eq_c(text, names[i])) {
			*out = (enum query_format)i;
			return OK;
		}
	return err_set(e, ERR_BAD_VALUE, "format", "csv, json or xlsx");
}

/* Names of the query's own parameters come first, so that none of them is taken for one of ours. */
static bool is_own(const struct query *q, struct str name)
{
	for (size_t i = 0; i < q->params_n; i++)
		if (str_eq_c(name, q->params[i].name))
			return true;
	return false;
}

static enum err_code read_call(struct http_req *req, struct query_call *c, struct err *e)
{
	struct arena *a = http_req_arena(req);
	size_t n = http_req_query_n(req);
	struct str *names = ARENA_ARRAY(a, struct str, n + 1), *values = ARENA_ARRAY(a, struct str, n + 1);
	c->names = names;
	c->values = values;
	struct str accept = http_req_header(req, "Accept");
	if (accept.n && memmem(accept.p, accept.n, "text/csv", 8))
		c->format = QUERY_CSV;
	for (size_t i = 0; i < n; i++) {
		struct str name, value;
		enum err_code rc = OK;
		http_req_query_at(req, i, &name, &value);
		if (is_own(c->query, name)) {
			names[c->args_n] = name;
			values[c->args_n++] = value;
		} else if (str_eq_c(name, "area"))
			rc = read_area(a, value, &c->area, e);
		else if (str_eq_c(name, "limit"))
			rc = number(value, "limit", QUERY_LIMIT_MAX, &c->limit, e);
		else if (str_eq_c(name, "offset"))
			rc = number(value, "offset", INT32_MAX, &c->offset, e);
		else if (str_eq_c(name, "format"))
			rc = read_format(value, &c->format, e);
		else if (!str_eq_c(name, "lang")) {
			names[c->args_n] = name; /* refused by query_run, by name */
			values[c->args_n++] = value;
		}
		if (rc != OK)
			return rc;
	}
	if (c->limit > EXPORT_ROWS && !actor_may(c->who, RIGHT_EXPORT))
		return err_set(e, ERR_FORBIDDEN, "limit", "more than %d rows need the right %s", EXPORT_ROWS, right_name(RIGHT_EXPORT));
	if (c->format == QUERY_JSON && c->limit > JSON_ROWS_MAX)
		return err_set(e, ERR_BAD_VALUE, "limit", "more than %d rows are given with format=csv or xlsx only", JSON_ROWS_MAX);
	return OK;
}

struct csv_stream {
	struct http_res *res;
	struct str disposition;
	bool open;
	bool gone; /* nobody reads on, or the answer "too many exports" stands already */
};

/* Called by the query when some rows are together. The stream begins with the first piece, so that a refusal before it is an answer of
 * the usual form. */
static bool send_piece(void *ctx, struct buf *rows)
{
	struct csv_stream *s = ctx;
	if (!s->open) {
		http_res_header(s->res, "Content-Disposition", s->disposition);
		s->open = http_stream_open(s->res, "text/csv; charset=utf-8");
	}
	s->gone = !s->open || !http_stream_write(s->res, buf_str(rows));
	buf_reset(rows);
	return !s->gone;
}

/* OK also when the answer was cut short: the response is complete as it is. */
static enum err_code run_csv(struct reader *r, struct http_req *req, struct http_res *res, struct query_call *call, struct err *e)
{
	struct csv_stream s = {.res = res};
	struct buf rows;
	s.disposition = arena_printf(http_req_arena(req), "attachment; filename=\"%s.csv\"", call->query->name);
	buf_init(&rows, 0);
	call->piece_n = PIECE_N;
	call->piece = send_piece;
	call->piece_ctx = &s;
	enum err_code rc = query_run(r->db, http_req_arena(req), call, &rows, e);
	if (s.open && rc == OK && !s.gone)
		s.gone = !http_stream_write(res, buf_str(&rows));
	else if (s.open && rc != OK) {
		log_err(call->query->name, e);
		http_stream_abort(res); /* an incomplete transfer must not look like a short list */
		reader_fault(r, rc);
		rc = OK;
	} else if (rc == OK && !s.gone) {
		http_res_header(res, "Content-Disposition", s.disposition);
		http_res_body(res, "text/csv; charset=utf-8", buf_str(&rows));
	}
	buf_done(&rows);
	return rc;
}

/* Sends what the file holds from where it stands. False when nobody reads on. */
static bool send_file(FILE *f, struct http_res *res)
{
	char piece[PIECE_N];
	size_t n;
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		if (!http_stream_write(res, (struct str){piece, n}))
			return false;
	if (ferror(f))
		http_stream_abort(res);
	return true;
}

/* A workbook is put together in a file of its own, which is gone before the first byte is sent: no answer, however it ends, leaves one. */
static enum err_code run_xlsx(struct reader *r, struct db *db, struct http_req *req, struct http_res *res, const struct query_call *call,
			      struct err *e)
{
	const char *tmp = getenv("TMPDIR");
	char dir[400], path[440];
	snprintf(dir, sizeof dir, "%s/sushui-xlsx-XXXXXX", tmp && *tmp && strlen(tmp) < 300 ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return err_set(e, ERR_DISK, "", "%s: no folder for the workbook", dir);
	snprintf(path, sizeof path, "%s/answer.xlsx", dir);
	enum err_code rc = query_xlsx(db, http_req_arena(req), call, path, dir, actor_may(call->who, RIGHT_EXPORT) ? XLSX_ROWS_MAX : EXPORT_ROWS, e);
	reader_fault(r, rc);
	FILE *f = rc == OK ? fopen(path, "rb") : NULL;
	unlink(path);
	rmdir(dir);
	if (rc == OK && !f)
		rc = err_set(e, ERR_DISK, "", "%s cannot be read", path);
	if (rc != OK)
		return rc;
	http_res_header(res, "Content-Disposition", arena_printf(http_req_arena(req), "attachment; filename=\"%s.xlsx\"", call->query->name));
	if (http_stream_open(res, http_type_of(STR(".xlsx"))))
		send_file(f, res);
	fclose(f);
	return OK;
}

void query_get(struct http_req *req, struct http_res *res, void *user)
{
	struct reader *r = user;
	struct err e = {0};
	struct db *db;
	struct query_call call = {.query = http_req_route(req)->data, .who = &app_caller(req)->who, .lang = http_req_lang(req),
				  .now_ms = r->app->sys->now_ms(r->app->sys->ctx), .engine = r->app->engine};
	enum err_code rc = read_call(req, &call, &e);
	if (rc == OK)
		rc = reader_db(r, &db, &e);
	if (rc == OK && call.format == QUERY_CSV)
		rc = run_csv(r, req, res, &call, &e);
	else if (rc == OK && call.format == QUERY_XLSX)
		rc = run_xlsx(r, db, req, res, &call, &e);
	else if (rc == OK)
		rc = query_run(db, http_req_arena(req), &call, http_res_buf(res, NULL), &e);
	reader_fault(r, rc);
	if (rc == OK)
		return;
	if (err_kind(rc) == KIND_FAULT)
		log_err(call.query->name, &e);
	http_res_fail(res, &e);
}
