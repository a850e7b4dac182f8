/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <stdio.h>

#include "cm.h"
#include "core/caltime.h"
#include "ledger/duty.h"
#include "sql.gen.h"

/* ---- what must stand ---------------------------------------------------------------------------------------------- */

static const char *time_text(struct scene *s, int64_t at)
{
	char text[CALTIME_TEXT_N];
	caltime_format(at, text);
	return at ? arena_str(&s->w.a, str_of(text)).p : "never";
}

static bool duty_row(struct scene *s, struct str kind, int64_t subject, int64_t part, struct world_duty *d)
{
	struct err e = {0};
	struct db *db = ledger_db(s->w.l);
	testdb_ok(db_query(db, &SQL_test_world_duty, PARAMS(V_INT(COUNTY), V_TEXT(kind), V_INT(subject), V_INT(part)), &e), &e);
	bool found = db_next(db);
	if (found)
		*d = (struct world_duty){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5)};
	testdb_ok(db_stop(db, &e), &e);
	return found;
}

/* The duty's state in a word. */
static const char *duty_word(const struct world_duty *d, bool found)
{
	static const char *const words[] = {"none", "open", "done", "void"};
	return !found ? "none" : d->waived_at > 0 ? "waived" : d->state >= 0 && d->state < 4 ? words[d->state] : "?";
}

static void expect_time(struct scene *s, struct str text, const char *what, int64_t stands)
{
	int64_t at;
	if (!scene_time(s, text, &at))
		scene_complain(s, "`%.*s` is no instant", STR_ARG(text));
	else if (at != stands)
		scene_complain(s, "%s: expected %s, stands %s", what, time_text(s, at), time_text(s, stands));
}

void scene_duty(struct scene *s, const struct str *words, size_t n)
{
	const struct duty_kind *kind = n > 1 ? duty_kind_of(words[0]) : NULL;
	struct str state = STR_NONE, from = STR_NONE, due = STR_NONE, done = STR_NONE;
	int64_t part = 0;
	if (!kind) {
		scene_complain(s, "duty KIND SUBJECT [part P] STATE [from T] [due T] [at T]; the kind must stand in duties.def");
		return;
	}
	for (size_t i = 2; i < n; i++) {
		bool more = i + 1 < n;
		if (str_eq_c(words[i], "part") && more) {
			int32_t day;
			if (!kind->part_is_entity && day_parse(words[i + 1], &day)) /* a duty of a day */
				part = day;
			else if (!kind->part_is_entity && !str_to_i64(words[i + 1], &part))
				scene_complain(s, "part `%.*s` is no number", STR_ARG(words[i + 1]));
			else if (kind->part_is_entity)
				part = world_key(&s->w, scene_id(words[i + 1]));
			i++;
		} else if (str_eq_c(words[i], "from") && more)
			from = words[++i];
		else if (str_eq_c(words[i], "due") && more)
			due = words[++i];
		else if (str_eq_c(words[i], "at") && more)
			done = words[++i];
		else
			state = words[i];
	}
	struct world_duty d = {0};
	bool found = duty_row(s, words[0], world_key(&s->w, scene_id(words[1])), part, &d);
	const char *stands = duty_word(&d, found);
	bool late = found && d.state == DUTY_OPEN && d.waived_at == 0 && d.due_at <= s->w.sim.now;
	if (!state.n)
		scene_complain(s, "say the state: open, late, done, void, waived or none");
	else if (str_eq_c(state, "late") ? !late : !str_eq_c(state, stands)) {
		scene_complain(s, "duty %.*s of %.*s: expected %.*s, stands %s (from %s, due %s, done %s)", STR_ARG(words[0]), STR_ARG(words[1]),
			 STR_ARG(state), stands, time_text(s, d.from_at), time_text(s, d.due_at), time_text(s, d.done_at));
		return;
	}
	if (from.n)
		expect_time(s, from, "from", d.from_at);
	if (due.n)
		expect_time(s, due, "due", d.due_at);
	if (done.n)
		expect_time(s, done, "done", d.done_at);
}

void scene_clock(struct scene *s, const struct str *words, size_t n)
{
	struct err e = {0};
	struct db *db = ledger_db(s->w.l);
	int64_t start = 0, stop = 0, limit = 0, want, key;
	bool known = false;
	for (size_t i = 0; n && clock_kind_at(i); i++)
		known |= str_eq_c(words[0], clock_kind_at(i)->name);
	if (n < 3 || !known) {
		scene_complain(s, "clock NAME SUBJECT running | none | 95min [limit 2h]; the name must stand in clocks.def");
		return;
	}
	key = world_key(&s->w, scene_id(words[1]));
	testdb_ok(db_query(db, &SQL_test_tracing_clock, PARAMS(V_INT(COUNTY), V_TEXT(words[0]), V_INT(key)), &e), &e);
	bool found = db_next(db);
	if (found) {
		start = db_int(db, 0);
		stop = db_int(db, 1);
		limit = db_int(db, 2);
	}
	testdb_ok(db_stop(db, &e), &e);
	bool fits;
	if (str_eq_c(words[2], "none"))
		fits = !found;
	else if (str_eq_c(words[2], "running"))
		fits = found && stop == 0;
	else
		fits = scene_span(words[2], &want) && found && stop > 0 && stop - start == want;
	if (!fits && !found)
		scene_complain(s, "clock %.*s of %.*s: expected %.*s, there is none", STR_ARG(words[0]), STR_ARG(words[1]), STR_ARG(words[2]));
	else if (!fits)
		scene_complain(s, "clock %.*s of %.*s: expected %.*s, stands: from %s to %s, %lld min", STR_ARG(words[0]), STR_ARG(words[1]),
			 STR_ARG(words[2]), time_text(s, start), time_text(s, stop), (long long)(stop ? (stop - start) / MS_PER_MINUTE : 0));
	if (n == 5 && str_eq_c(words[3], "limit") && (!scene_span(words[4], &want) || want != limit))
		scene_complain(s, "limit of clock %.*s: expected %.*s, stands %lld min", STR_ARG(words[0]), STR_ARG(words[4]),
			 (long long)(limit / MS_PER_MINUTE));
}

/* ---- queries ------------------------------------------------------------------------------------------------------- */

static struct str json_text(struct arena *a, const struct json *j)
{
	switch (j ? j->type : JSON_NULL) {
	case JSON_FALSE:
		return STR("false");
	case JSON_TRUE:
		return STR("true");
	case JSON_INT:
		return arena_printf(a, "%lld", (long long)j->i);
	case JSON_REAL:
		return arena_printf(a, "%.10g", j->f);
	case JSON_STRING:
		return j->s;
	default:
		return STR_NONE;
	}
}

static bool value_fits(struct scene *s, const struct query_column *c, const struct json *row, struct str want, char op)
{
	struct str stands = json_text(&s->w.a, json_get(row, str_of(c->name)));
	int64_t x, y;
	double f, g;
	if (op == '~')
		return world_has(stands, arena_str(&s->w.a, want).p);
	if (str_eq_c(want, "none"))
		return stands.n == 0 || str_eq_c(stands, "none");
	if (c->type == C_ID)
		return str_eq(scene_id_text(&s->w.a, want), stands);
	if (c->type == C_TIME)
		return scene_time(s, want, &x) && caltime_parse(stands, &y) && x == y;
	if (c->type == C_SPAN && scene_span(want, &x))
		return str_to_i64(stands, &y) && x == y;
	if (c->type == C_BOOL && str_eq_c(want, "yes"))
		want = STR("true");
	if (c->type == C_BOOL && str_eq_c(want, "no"))
		want = STR("false");
	if (c->type == C_REAL && str_to_f64(want, &f) && str_to_f64(stands, &g))
		return f - g < 1e-9 && g - f < 1e-9;
	return str_eq(want, stands);
}

static bool row_fits(struct scene *s, const struct query *q, const struct json *row, const struct expected *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct str key, value;
		char op;
		size_t c = 0;
		if (!scene_pair(x->words[i], &key, &value, &op)) /* looked at before */
			return false;
		while (!str_eq_c(key, q->columns[c].name))
			c++;
		if (!value_fits(s, &q->columns[c], row, value, op))
			return false;
	}
	return true;
}

static bool columns_known(struct scene *s, const struct query *q, const struct expected *x)
{
	for (size_t i = 0; i < x->n; i++) {
		struct str key, value;
		char op;
		size_t c = 0;
		bool pair = scene_pair(x->words[i], &key, &value, &op);
		while (pair && c < q->columns_n && !str_eq_c(key, q->columns[c].name))
			c++;
		if (!pair || c == q->columns_n) {
			scene_complain(s, "%s has no column `%.*s`", q->name, STR_ARG(x->words[i]));
			return false;
		}
	}
	return true;
}

/* Finds a row of its own for expected row i, moving others when need be. */
static bool match(size_t i, const bool (*fits)[ROWS_MAX], size_t rows_n, int *owner, bool *tried)
{
	for (size_t r = 0; r < rows_n; r++) {
		if (!fits[i][r] || tried[r])
			continue;
		tried[r] = true;
		if (owner[r] < 0 || match((size_t)owner[r], fits, rows_n, owner, tried)) {
			owner[r] = (int)i;
			return true;
		}
	}
	return false;
}

static void compare_rows(struct scene *s, const struct query *q, const struct json *rows, struct str answer, const struct expected *x,
			 size_t x_n)
{
	static bool fits[ROWS_MAX][ROWS_MAX];
	int owner[ROWS_MAX], line = s->line;
	size_t r = 0;
	if (rows->n != x_n) {
		scene_complain(s, "%s: expected %zu rows, stand %u: %.*s", q->name, x_n, rows->n, STR_ARG(answer));
		return;
	}
	JSON_EACH(row, rows) {
		for (size_t i = 0; i < x_n; i++)
			fits[i][r] = row_fits(s, q, row, &x[i]);
		owner[r++] = -1;
	}
	for (size_t i = 0; i < x_n; i++) {
		bool tried[ROWS_MAX] = {false};
		if (!match(i, (const bool (*)[ROWS_MAX])fits, r, owner, tried)) {
			s->line = x[i].line;
			scene_complain(s, "%s has no such row (left); it has: %.*s", q->name, STR_ARG(answer));
		}
	}
	s->line = line;
}

static bool ask(struct scene *s, const struct query *q, const struct str *words, size_t n, struct buf *out)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str names[WORDS_MAX], values[WORDS_MAX];
	struct query_call call = {.query = q, .who = &machine, .now_ms = s->w.sim.now, .area = COUNTY_AREA, .limit = ROWS_MAX,
				  .names = names, .values = values, .format = QUERY_JSON, .lang = "en"};
	if (!q->sql && !s->engine) {
		char folder[128];
		snprintf(folder, sizeof folder, "%s/visits", s->w.dir);
		testdb_ok(tracing_engine_open(&s->engine, folder, world_protocols(), &e), &e);
	}
	call.engine = s->engine;
	for (size_t i = 0; i < n; i++) {
		char op;
		size_t k = call.args_n, p = 0;
		if (!scene_pair(words[i], &names[k], &values[k], &op)) {
			scene_complain(s, "`%.*s` is not key=value", STR_ARG(words[i]));
			return false;
		}
		while (p < q->params_n && !str_eq_c(names[k], q->params[p].name))
			p++;
		if (p < q->params_n)
			values[k] = scene_value(s, q->params[p].type, values[k]);
		else if (str_eq_c(names[k], "area")) {
			if (!str_to_i64(values[k], &call.area))
				scene_complain(s, "area `%.*s` is no number", STR_ARG(values[k]));
			continue;
		}
		call.args_n++;
	}
	if (query_run(ledger_db(s->w.l), &s->w.a, &call, out, &e) != OK) {
		scene_complain(s, "%s: %s %s: %s", q->name, scene_code(s, e.code), e.at, e.what);
		return false;
	}
	return true;
}

void scene_query(struct scene *s, const struct str *words, size_t n, const struct expected *x, size_t x_n)
{
	const struct query *q = n ? query_of(words[0]) : NULL;
	struct err e = {0};
	const struct json *root;
	struct buf out;
	if (!q) {
		scene_complain(s, "there is no query `%s`", n ? words[0].p : "");
		return;
	}
	if (x_n == 0) {
		scene_complain(s, "say the rows in indented lines, or an indented `none`");
		return;
	}
	bool none = x_n == 1 && x[0].n == 1 && str_eq_c(x[0].words[0], "none"), known = true;
	for (size_t i = 0; !none && i < x_n; i++)
		known = known && columns_known(s, q, &x[i]);
	if (!known)
		return;
	buf_init(&out, 0);
	if (ask(s, q, words + 1, n - 1, &out)) {
		testdb_ok(json_read(&s->w.a, buf_str(&out), &root, &e), &e);
		compare_rows(s, q, json_get(root, STR("rows")), buf_str(&out), x, none ? 0 : x_n);
	}
	buf_done(&out);
}
