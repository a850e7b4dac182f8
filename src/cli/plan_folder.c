/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_folder.h"

#include <stdio.h>

#include "cli/folder.h"
#include "cli/table.h"
#include "core/caltime.h"
#include "core/json.h"
#include "ledger/query.h"

struct open_run { /* of the proposal, under the id it will have */
	struct str vehicle;
	int64_t nth;
	struct id id;
};
struct facts {
	struct cli *c;
	struct buf out;
	struct open_run *runs;
	size_t runs_n, rows, placed;
	int64_t now;
};

static struct str text_of(const struct json *row, const char *key)
{
	const struct json *j = json_get(row, str_of(key));
	return j && j->type == JSON_STRING ? j->s : STR_NONE;
}

static int64_t number_of(const struct json *row, const char *key)
{
	const struct json *j = json_get(row, str_of(key));
	return j && j->type == JSON_INT ? j->i : 0;
}

static void member(struct buf *b, const char *key, struct str value)
{
	if (value.n == 0)
		return;
	json_key(b, key);
	json_str(b, value);
}

static void open_fact(struct facts *f, const char *kind, const struct json *row)
{
	char id[ID_TEXT_N + 1], at[CALTIME_TEXT_N];
	id_format(id_new(f->c->sys), id);
	caltime_format(f->now, at);
	json_open(&f->out, '{');
	member(&f->out, "id", str_of(id));
	member(&f->out, "kind", str_of(kind));
	member(&f->out, "outbreak", text_of(row, "outbreak"));
	member(&f->out, "area", text_of(row, "area"));
	member(&f->out, "at", str_of(at));
	json_key(&f->out, "body");
	json_open(&f->out, '{');
}

static void close_fact(struct facts *f)
{
	json_close(&f->out, '}');
	json_close(&f->out, '}');
	buf_add_byte(&f->out, '\n');
}

/* The run of this row; its fact is written when it is met for the first time. */
static struct id run_of(struct facts *f, const struct json *row)
{
	struct str vehicle = text_of(row, "vehicle");
	int64_t nth = number_of(row, "run");
	char id[ID_TEXT_N + 1];
	for (size_t i = 0; i < f->runs_n; i++)
		if (f->runs[i].nth == nth && str_eq(f->runs[i].vehicle, vehicle))
			return f->runs[i].id;
	struct open_run r = {vehicle, nth, id_new(f->c->sys)};
	id_format(r.id, id);
	open_fact(f, "transfer.run_planned", row);
	member(&f->out, "run", str_of(id));
	member(&f->out, "vehicle", vehicle);
	member(&f->out, "depart_at", text_of(row, "depart_at"));
	member(&f->out, "arrive_at", text_of(row, "arrive_at"));
	json_key(&f->out, "drive_min");
	json_i64(&f->out, number_of(row, "drive_min"));
	member(&f->out, "kind", text_of(row, "kind"));
	member(&f->out, "site", text_of(row, "site"));
	close_fact(f);
	f->runs[f->runs_n++] = r;
	return r.id;
}

static void put_row(struct facts *f, const struct json *row)
{
	char id[ID_TEXT_N + 1];
	f->rows++;
	if (!str_eq_c(text_of(row, "result"), "placed"))
		return;
	id_format(run_of(f, row), id);
	open_fact(f, "transfer.assigned", row);
	member(&f->out, "transfer", text_of(row, "transfer"));
	member(&f->out, "run", str_of(id));
	member(&f->out, "room", text_of(row, "room"));
	close_fact(f);
	f->placed++;
}

static enum err_code write_facts(struct cli *c, struct str answer, const char *path, int64_t now, struct err *e)
{
	const struct json *root;
	enum err_code rc = json_read(&c->arena, arena_str(&c->arena, answer), &root, e);
	if (rc != OK)
		return rc;
	const struct json *rows = json_get(root, STR("rows"));
	struct facts f = {.c = c, .now = now, .runs = ARENA_ARRAY(&c->arena, struct open_run, rows->n + 1)};
	buf_init(&f.out, 0);
	JSON_EACH(row, rows)
		put_row(&f, row);
	if (f.out.failed)
		rc = err_set(e, ERR_MEMORY, "", "no memory for the facts");
	else
		rc = folder_write_file(path, f.out.n ? buf_str(&f.out) : STR(""), 0600, e);
	if (rc == OK)
		fprintf(stderr, say(c, "%zu of %zu persons placed in %zu runs; nothing is decided: read %s, then sushui post\n",
				    "%zu / %zu 人已编排，共 %zu 车次；尚未生效：请核对 %s 后用 sushui post 提交\n"),
			f.placed, f.rows, f.runs_n, path);
	buf_done(&f.out);
	return rc;
}

static enum err_code ask(struct cli *c, struct folder *f, struct db *db, const char *facts, struct buf *out, struct err *e)
{
	struct actor who = actor_machine();
	struct buf raw;
	size_t rows = 0;
	struct query_call call = {.query = query_of(STR("transfer.proposal")), .who = &who, .now_ms = c->sys->now_ms(c->sys->ctx),
				  .area = f->config.area, .limit = QUERY_LIMIT_MAX, .lang = c->lang,
				  .format = facts || c->json ? QUERY_JSON : QUERY_CSV};
	buf_init(&raw, 0);
	enum err_code rc = query_run(db, &c->arena, &call, &raw, e);
	if (rc == OK && facts) {
		rc = write_facts(c, buf_str(&raw), facts, call.now_ms, e);
	} else if (rc == OK && c->json) {
		buf_add_str(out, buf_str(&raw));
		buf_add_byte(out, '\n');
	} else if (rc == OK) {
		rc = table_from_csv(c, call.query, buf_str(&raw), out, &rows, e);
	}
	buf_done(&raw);
	return rc;
}

int plan_folder(struct cli *c, const char *dir)
{
	struct folder f = {.lock_fd = -1};
	struct db *db = NULL;
	struct err e = {0};
	struct buf out;
	struct str facts = args_get(&c->args, "facts");
	buf_init(&out, 0);
	enum err_code rc = folder_open(c, dir, FOLDER_READ, &f, &e);
	bool opened = rc == OK;
	if (rc == OK)
		rc = folder_reader(&f, &db, &e);
	if (rc == OK)
		rc = ask(c, &f, db, facts.p ? arena_str(&c->arena, facts).p : NULL, &out, &e);
	int code = rc == OK && out.n > 0 ? cli_put(c, &out) : CLI_OK;
	db_close(&db);
	if (opened)
		folder_close(&f);
	buf_done(&out);
	return rc == OK ? code : cli_fail(c, &e);
}
