/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/query.h"

#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "core/csv.h"
#include "ledger/duty.h"
#include "sql.gen.h"

const struct query *query_at(size_t i)
{
	for (size_t t = 0; query_tables[t]; t++)
		for (const struct query *q = query_tables[t]; q->name; q++)
			if (i-- == 0)
				return q;
	return NULL;
}

const struct query *query_of(struct str name)
{
	const struct query *q;
	for (size_t i = 0; (q = query_at(i)); i++)
		if (str_eq_c(name, q->name))
			return q;
	return NULL;
}

/* ---- arguments ------------------------------------------------------------------------------------------- */

static enum err_code word_param(const struct query_param *p, struct str text, struct db_val *out, struct err *e)
{
	for (int64_t i = 0; p->words[i]; i++)
		if (str_eq_c(text, p->words[i])) {
			*out = V_INT(i);
			return OK;
		}
	return err_set(e, ERR_BAD_VALUE, p->name, "not one of the words this argument takes");
}

static enum err_code id_param(struct db *db, struct arena *a, const struct query_param *p, int64_t county, struct str text, struct db_val *out,
			      struct err *e)
{
	struct id id;
	if (!id_parse(text, &id))
		return err_set(e, ERR_BAD_VALUE, p->name, "an id of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx is expected");
	if (p->missing == QUERY_ID_ITSELF) {
		*out = V_BLOB(arena_str(a, (struct str){(const char *)id.b, sizeof id.b}));
		return OK;
	}
	int64_t key;
	enum err_code rc = db_one(db, &SQL_ledger_entity_get, PARAMS(V_INT(county), V_ID(&id)), 0, &key, e);
	if (rc == OK && key == 0)
		rc = err_set(e, ERR_NOT_FOUND, p->name, "this county knows nothing of that id");
	if (rc == OK)
		*out = V_INT(key);
	return rc;
}

static enum err_code param_value(struct db *db, struct arena *a, const struct query_param *p, int64_t county, struct str text,
				 struct db_val *out, struct err *e)
{
	if (p->type == F_WORD)
		return word_param(p, text, out, e);
	if (p->type == F_ID)
		return id_param(db, a, p, county, text, out, e);
	if (p->type == F_TEXT) {
		if (!str_is_utf8(text))
			return err_set(e, ERR_BAD_TEXT, p->name, "UTF-8 is expected");
		if (p->entity && strcmp(p->entity, "duty") == 0 && !duty_kind_of(text))
			return err_set(e, ERR_BAD_VALUE, p->name, "no duty of that kind; house.duty_counts lists those there are");
		*out = V_TEXT(text);
		return OK;
	}
	int64_t value = ABSENT;
	struct field f = {.name = p->name, .type = p->type, .min = INT64_MIN + 1, .max = INT64_MAX};
	enum err_code rc = fact_set_text(a, &f, text, &value, e);
	if (rc == OK)
		*out = V_INT(value == ABSENT ? p->missing : value);
	return rc;
}

static enum err_code bind(struct db *db, struct arena *a, const struct query_call *c, int64_t county, struct db_val *to,
			  struct err *e)
{
	const struct query *q = c->query;
	for (size_t k = 0; k < c->args_n; k++) {
		size_t i = 0;
		while (i < q->params_n && !str_eq_c(c->names[k], q->params[i].name))
			i++;
		if (i == q->params_n) {
			char name[48];
			str_to_c(c->names[k], name, sizeof name);
			return err_set(e, ERR_UNKNOWN_FIELD, name, "%s takes no such argument", q->name);
		}
	}
	for (size_t i = 0; i < q->params_n; i++) {
		const struct query_param *p = &q->params[i];
		struct str text = STR_NONE;
		for (size_t k = 0; k < c->args_n; k++)
			if (str_eq_c(c->names[k], p->name))
				text = str_trim(c->values[k]);
		to[i] = p->type == F_TEXT ? V_TEXT(STR("")) : V_INT(p->missing);
		if (text.n == 0 && p->required)
			return err_set(e, ERR_MISSING_FIELD, p->name, "%s", p->en);
		enum err_code rc = text.n ? param_value(db, a, p, county, text, &to[i], e) : OK;
		if (rc != OK)
			return rc;
	}
	return OK;
}

/* What the reader may see, narrowed to what was asked for. */
static enum err_code scope(const struct query_call *c, int64_t *county, int64_t *lo, int64_t *hi, struct err *e)
{
	int64_t area = c->area ? c->area : c->who->area;
	area_range(area, lo, hi);
	if (*lo < c->who->area_lo)
		*lo = c->who->area_lo;
	if (*hi > c->who->area_hi)
		*hi = c->who->area_hi;
	if (*lo > *hi)
		return err_set(e, ERR_OUT_OF_AREA, "area", "your post covers another area");
	*county = COUNTY_OF(*lo);
	if (*county != COUNTY_OF(*hi))
		return err_set(e, ERR_MISSING_FIELD, "area", "this covers several counties: name a county, a town or a village with `area`");
	return OK;
}

/* ---- output ---------------------------------------------------------------------------------------------- */

static bool is_zh(const char *lang)
{
	return lang && strncmp(lang, "zh", 2) == 0;
}

bool query_value_text(const struct db_val *v, const struct query_column *c, struct buf *out)
{
	char text[CALTIME_TEXT_N + ID_TEXT_N];
	struct id id;
	if (v->type == DB_NULL)
		return false;
	switch (c->type) {
	case C_INT:
	case C_BOOL:
	case C_SPAN:
		CHECK(v->type == DB_INT);
		buf_add_i64(out, v->i);
		return true;
	case C_REAL:
		CHECK(v->type == DB_REAL || v->type == DB_INT);
		json_f64(out, v->type == DB_REAL ? v->f : (double)v->i);
		return true;
	case C_TEXT:
	case C_DUTY:
		CHECK(v->type == DB_TEXT);
		buf_add_str(out, v->s);
		return true;
	case C_TIME:
		if (v->i == 0)
			return false;
		caltime_format(v->i, text);
		break;
	case C_DAY:
		day_format((int32_t)v->i, text);
		break;
	case C_AREA:
		snprintf(text, sizeof text, "%012lld", (long long)v->i);
		break;
	case C_ID:
		CHECK(v->type == DB_BLOB && v->s.n == sizeof id);
		memcpy(&id, v->s.p, sizeof id);
		if (id_is_none(id))
			return false;
		id_format(id, text);
		break;
	case C_WORD:
		for (int64_t k = 0; k <= v->i; k++)
			if (!c->words[k])
				return false;
		buf_add_c(out, v->i < 0 ? "" : c->words[v->i]);
		return true;
	}
	buf_add_c(out, text);
	return true;
}

static void put_json_row(const struct db_val *row, const struct query_call *call, struct buf *cell, struct buf *out)
{
	const struct query *q = call->query;
	json_open(out, '{');
	for (size_t i = 0; i < q->columns_n; i++) {
		const struct query_column *c = &q->columns[i];
		json_key(out, c->name);
		buf_reset(cell);
		bool there = query_value_text(&row[i], c, cell);
		if (!there)
			json_null(out);
		else if (c->type == C_BOOL)
			json_bool(out, row[i].i != 0);
		else if (c->type == C_INT || c->type == C_REAL || c->type == C_SPAN)
			json_raw(out, buf_str(cell));
		else
			json_str(out, buf_str(cell));
		const struct duty_kind *kind = c->type == C_DUTY && there ? duty_kind_of(buf_str(cell)) : NULL;
		if (kind) {
			json_key(out, "text");
			json_c(out, is_zh(call->lang) ? kind->zh : kind->en);
			json_key(out, "right");
			json_c(out, right_name(kind->right));
		}
	}
	json_close(out, '}');
}

static void put_csv_head(const struct query_call *call, struct buf *out)
{
	for (size_t i = 0; i < call->query->columns_n; i++) {
		const struct query_column *c = &call->query->columns[i];
		csv_put(out, str_of(is_zh(call->lang) ? c->zh : c->name), i == 0);
	}
	csv_end_row(out);
}

static void put_csv_row(const struct db_val *row, const struct query_call *call, struct buf *cell, struct buf *out)
{
	for (size_t i = 0; i < call->query->columns_n; i++) {
		buf_reset(cell);
		bool there = query_value_text(&row[i], &call->query->columns[i], cell);
		csv_put(out, there ? buf_str(cell) : STR(""), i == 0);
	}
	csv_end_row(out);
}

static void put_json_head(const struct query_call *call, int64_t county, struct buf *out)
{
	char text[CALTIME_TEXT_N];
	json_open(out, '{');
	json_key(out, "query");
	json_c(out, call->query->name);
	json_key(out, "county");
	snprintf(text, sizeof text, "%06lld", (long long)county);
	json_c(out, text);
	json_key(out, "now");
	caltime_format(call->now_ms, text);
	json_c(out, text);
	json_key(out, "rows");
	json_open(out, '[');
}

/* ---- rows ------------------------------------------------------------------------------------------------ */

struct query_rows {
	const struct query_call *call;
	struct buf *out, cell;
	int64_t skip, left; /* rows still to be left out, and still to be written */
	bool more;          /* there is one that was not written */
	bool stopped;       /* who takes the pieces is gone */
};

bool query_row(struct query_rows *r, const struct db_val *row)
{
	const struct query_call *call = r->call;
	if (r->skip > 0) {
		r->skip--;
		return true;
	}
	r->more = r->left == 0;
	if (r->stopped || r->more)
		return false;
	if (call->format == QUERY_ROWS)
		r->stopped = !call->take(call->take_ctx, row);
	else if (call->format == QUERY_JSON)
		put_json_row(row, call, &r->cell, r->out);
	else
		put_csv_row(row, call, &r->cell, r->out);
	r->left--;
	if (call->piece && !r->stopped)
		r->stopped = r->out->n >= call->piece_n && !call->piece(call->piece_ctx, r->out);
	return !r->stopped;
}

static struct db_val value_of(const struct db *db, int i)
{
	switch (db_column_type(db, i)) {
	case DB_NULL:
		break;
	case DB_INT:
		return V_INT(db_int(db, i));
	case DB_REAL:
		return V_REAL(db_real(db, i));
	case DB_TEXT:
		return V_TEXT(db_text(db, i));
	case DB_BLOB:
		return V_BLOB(db_blob(db, i));
	}
	return V_NULL;
}

static enum err_code sql_rows(struct db *db, const struct query *q, const struct db_val *params, struct query_rows *rows, struct err *e)
{
	struct db_val row[QUERY_COLUMNS_MAX];
	enum err_code rc = db_query(db, q->sql, params, q->sql->params_n, e);
	if (rc != OK)
		return rc;
	bool wanted = true;
	rows->skip = 0; /* the statement has left them out */
	while (wanted && db_next(db)) {
		CHECK((size_t)db_columns(db) == q->columns_n);
		for (size_t i = 0; i < q->columns_n; i++)
			row[i] = value_of(db, (int)i);
		wanted = query_row(rows, row);
	}
	return db_stop(db, e);
}

static const struct query_computed *computed_of(const struct query *q)
{
	const struct query_computed *found = NULL;
	for (size_t t = 0; query_computed_tables[t] && !found; t++)
		for (const struct query_computed *c = query_computed_tables[t]; c->query && !found; c++)
			if (strcmp(c->query, q->name) == 0)
				found = c;
	CHECK(found != NULL); /* a query has a statement or a function */
	return found;
}

bool query_needs_engine(const struct query *q)
{
	return !q->sql && !computed_of(q)->alone;
}

static enum err_code computed_rows(struct db *db, struct arena *a, const struct query_call *call, const struct db_val *params,
				   struct query_rows *rows, struct err *e)
{
	struct query_ask ask = {.db = db, .arena = a, .county = params[0].i, .area_lo = params[1].i, .area_hi = params[2].i,
				.now_ms = call->now_ms, .args = params + QUERY_IMPLICIT_N, .engine = call->engine};
	return computed_of(call->query)->rows(&ask, rows, e);
}

enum err_code query_run(struct db *db, struct arena *a, const struct query_call *call, struct buf *out, struct err *e)
{
	const struct query *q = call->query;
	struct db_val params[QUERY_IMPLICIT_N + QUERY_PARAMS_MAX];
	int64_t county = 0, lo, hi, limit = call->limit ? call->limit : QUERY_LIMIT_DEFAULT;
	CHECK(q->params_n <= QUERY_PARAMS_MAX && q->columns_n <= QUERY_COLUMNS_MAX);
	if (!actor_may(call->who, q->right))
		return err_set(e, ERR_FORBIDDEN, q->name, "needs the right %s", right_name(q->right));
	CHECK(call->format != QUERY_XLSX && (call->format != QUERY_ROWS || call->take));
	if (limit < 1 || (limit > QUERY_LIMIT_MAX && call->format != QUERY_ROWS) || call->offset < 0)
		return err_set(e, ERR_BAD_VALUE, "limit", "1 to %d rows, from row 0 on", QUERY_LIMIT_MAX);
	if (!call->engine && query_needs_engine(q))
		return err_set(e, ERR_NOT_ALLOWED, q->name, "this query is answered where the tracing engine runs");
	enum err_code rc = scope(call, &county, &lo, &hi, e);
	if (rc == OK)
		rc = bind(db, a, call, county, params + QUERY_IMPLICIT_N, e);
	if (rc != OK)
		return rc;
	params[0] = V_INT(county);
	params[1] = V_INT(lo);
	params[2] = V_INT(hi);
	params[3] = V_INT(call->now_ms);
	params[4] = V_INT(limit + 1); /* one more tells whether there is more */
	params[5] = V_INT(call->offset);
	struct query_rows rows = {.call = call, .out = out, .skip = call->offset, .left = limit};
	buf_init(&rows.cell, 0);
	size_t at = out->n;
	if (call->format == QUERY_JSON)
		put_json_head(call, county, out);
	else if (call->format == QUERY_CSV)
		put_csv_head(call, out);
	rc = q->sql ? sql_rows(db, q, params, &rows, e) : computed_rows(db, a, call, params, &rows, e);
	if (call->format == QUERY_JSON) {
		json_close(out, ']');
		json_key(out, "more");
		json_bool(out, rows.more && !rows.stopped);
		json_close(out, '}');
	}
	buf_done(&rows.cell);
	if (rc != OK && out->n >= at && !call->piece) /* a computed query may refuse: no half answer */
		out->n = at;
	if (rc == OK && out->failed)
		rc = err_set(e, ERR_TOO_LARGE, "limit", "the answer is too large; ask for fewer rows");
	return rc;
}
