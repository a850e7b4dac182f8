/* SPDX-License-Identifier: Apache-2.0
 *
 * query, duties, missing, export, id: asking. All of them run declared queries (ledger/query.h) on a reading connection.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "cli/textid.h"
#include "domain/tracing/engine.h"
#include "ledger/query.h"

#define PAGE_ROWS 50000

struct asking {
	struct folder folder;
	struct db *db;
	struct tracing_engine *engine; /* of a computed query */
	struct actor who;
	struct query_call call;
	struct str names[ARGS_MAX], values[ARGS_MAX];
};

static enum err_code open_textids(struct cli *c, struct folder *f, struct textid *t, struct err *e)
{
	struct keyring *k = NULL;
	enum err_code rc = keyring_open(&k, f->keyring, DB_READER, c->sys, e);
	if (rc == OK)
		rc = textid_open(t, k, e);
	keyring_close(&k);
	return rc;
}

/* The parameter of that name when it is an id; NULL otherwise. */
static const struct query_param *id_param(const struct query *q, struct str name)
{
	for (size_t p = 0; p < q->params_n; p++)
		if (q->params[p].type == F_ID && str_eq_c(name, q->params[p].name))
			return &q->params[p];
	return NULL;
}

static enum err_code check_ids(const struct asking *a, struct err *e)
{
	struct id id;
	for (size_t i = 0; i < a->call.args_n; i++)
		if (a->values[i].n > 0 && id_param(a->call.query, a->names[i]) && !id_parse(a->values[i], &id))
			return err_set(e, ERR_BAD_VALUE, id_param(a->call.query, a->names[i])->name,
				       "an id is expected, as the lists of `sushui query` show it; with --ids text it may be the text of an "
				       "imported file");
	return OK;
}

/* With --ids text an argument that names an entity may be the text it was imported under. */
static enum err_code map_text_ids(struct cli *c, struct asking *a, struct err *e)
{
	struct textid t;
	enum err_code rc = open_textids(c, &a->folder, &t, e);
	for (size_t i = 0; rc == OK && i < a->call.args_n; i++) {
		const struct query_param *param = id_param(a->call.query, a->names[i]);
		if (!param || !param->entity || !param->entity[0])
			continue;
		char *text = arena_alloc(&c->arena, ID_TEXT_N + 1);
		id_format(textid_or_id(&t, param->entity, a->values[i]), text);
		a->values[i] = str_of(text);
	}
	return rc;
}

static enum err_code common_options(struct cli *c, struct asking *a, struct err *e)
{
	struct str area = args_get(&c->args, "area");
	if (area.p && !cli_area(area, &a->call.area))
		return err_set(e, ERR_BAD_VALUE, "--area", "an area code of 6, 9 or 12 digits is expected");
	int64_t lo, hi;
	area_range(a->folder.config.area, &lo, &hi);
	if (area.p && (a->call.area < lo || a->call.area > hi))
		return err_set(e, ERR_OUT_OF_AREA, "--area", "this folder is for %012lld and what is below it",
			       (long long)a->folder.config.area);
	enum err_code rc = args_int(&c->args, "limit", 1, QUERY_LIMIT_MAX, 0, &a->call.limit, e);
	if (rc == OK)
		rc = args_int(&c->args, "offset", 0, INT64_MAX, 0, &a->call.offset, e);
	if (rc == OK)
		rc = cli_time(c, "now", c->sys->now_ms(c->sys->ctx), &a->call.now_ms, e);
	struct str ids = args_get(&c->args, "ids");
	if (rc == OK && ids.p && !str_eq_c(ids, "text") && !str_eq_c(ids, "uuid"))
		rc = err_set(e, ERR_BAD_VALUE, "--ids", "text or uuid is expected");
	if (rc != OK)
		return rc;
	return str_eq_c(ids, "text") ? map_text_ids(c, a, e) : check_ids(a, e);
}

/* Everything that has been opened is closed by asking_done, also after an error. */
static enum err_code asking_init(struct cli *c, struct str query, struct asking *a, struct err *e)
{
	memset(a, 0, sizeof *a);
	a->folder.lock_fd = -1;
	enum err_code rc = folder_open_operand(c, FOLDER_READ, &a->folder, e);
	if (rc != OK)
		return rc;
	a->who = actor_machine();
	a->call = (struct query_call){.query = query_of(query), .who = &a->who, .area = a->folder.config.area, .lang = c->lang,
				      .names = a->names, .values = a->values};
	if (!a->call.query)
		return err_set(e, ERR_NOT_FOUND, arena_str(&c->arena, query).p, "no query of that name; `sushui query` lists them");
	for (size_t i = 0; i < c->args.given_n; i++)
		if (!c->args.given[i].option) {
			a->names[a->call.args_n] = c->args.given[i].name;
			a->values[a->call.args_n++] = c->args.given[i].value;
		}
	rc = common_options(c, a, e);
	if (rc == OK && query_needs_engine(a->call.query))
		rc = tracing_engine_open(&a->engine, a->folder.visits, &a->folder.protocols, e);
	a->call.engine = a->engine;
	return rc == OK ? folder_reader(&a->folder, &a->db, e) : rc;
}

static void asking_done(struct asking *a)
{
	db_close(&a->db);
	tracing_engine_close(&a->engine);
	folder_close(&a->folder);
}

static int answer(struct cli *c, struct asking *a)
{
	struct err e = {0};
	struct buf raw, table;
	size_t rows = 0;
	buf_init(&raw, 0);
	buf_init(&table, 0);
	a->call.format = c->json ? QUERY_JSON : QUERY_CSV;
	enum err_code rc = query_run(a->db, &c->arena, &a->call, &raw, &e);
	int code = CLI_OK;
	if (rc == OK && c->json) {
		buf_add_byte(&raw, '\n');
		code = cli_put(c, &raw);
	} else if (rc == OK) {
		rc = table_from_csv(c, a->call.query, buf_str(&raw), &table, &rows, &e);
		if (rc == OK)
			code = cli_put(c, &table);
	}
	size_t limit = a->call.limit ? (size_t)a->call.limit : QUERY_LIMIT_DEFAULT;
	if (rc == OK && !c->json)
		fprintf(stderr, rows == limit ? say(c, "%zu rows; there may be more: --limit, --offset\n", "%zu 行，可能还有更多：--limit、--offset\n")
					      : say(c, "%zu rows\n", "%zu 行\n"),
			rows);
	buf_done(&raw);
	buf_done(&table);
	return rc == OK ? code : cli_fail(c, &e);
}

static int ask(struct cli *c, struct str query)
{
	struct asking *a = ARENA_NEW(&c->arena, struct asking);
	struct err e = {0};
	enum err_code rc = asking_init(c, query, a, &e);
	int code = rc == OK ? answer(c, a) : cli_fail(c, &e);
	asking_done(a);
	return code;
}

/* ---- query ------------------------------------------------------------------------------------------------ */

static void list_queries(struct cli *c, struct buf *out)
{
	const struct query *q;
	for (size_t i = 0; (q = query_at(i)); i++) {
		buf_printf(out, "%-26s %s\n", q->name, say(c, q->en, q->zh));
		for (size_t p = 0; p < q->params_n; p++)
			buf_printf(out, "    %s=...%s  %s\n", q->params[p].name, q->params[p].required ? "" : say(c, " (optional)", "（可选）"),
				   say(c, q->params[p].en, q->params[p].zh));
	}
}

static int run_query(struct cli *c)
{
	if (c->args.operands_n == 2)
		return ask(c, c->args.operands[1]);
	struct buf b;
	buf_init(&b, 0);
	list_queries(c, &b);
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

#define QUERY_OPTIONS \
	{"area", "CODE", false, "only this area and what is below it; left out: the folder's", "限定区划及其下级，缺省为本目录区划"}, \
	{"now", "TIME", false, "as if it were this instant", "以此时刻为当前时间"}, \
	{"ids", "text|uuid", false, "text: ids in arguments are those of imported files", "text：参数中的编号为导入文件中的原编号"}
static const struct option query_options[] = {
	QUERY_OPTIONS,
	{"limit", "N", false, "at most so many rows (1000)", "最多行数，缺省 1000"},
	{"offset", "N", false, "leave so many rows out first", "跳过的行数"},
};
const struct command cmd_query = {
	.name = "query",
	.operands = "[DIR NAME [ARGUMENT=VALUE ...]]",
	.en = "ask a declared query; without words: list them",
	.zh = "执行查询；不带参数时列出全部查询",
	.more_en = "Prints an aligned table, or JSON with --json. No query shows personal data.\n\n"
		   "  sushui query\n"
		   "  sushui query ./demo testing.campaigns\n"
		   "  sushui query ./demo testing.coverage campaign=0190... round=1 --json",
	.more_zh = "输出对齐的表格，加 --json 输出 JSON。查询结果不含个人信息。\n\n"
		   "  sushui query\n"
		   "  sushui query ./demo testing.campaigns\n"
		   "  sushui query ./demo testing.coverage campaign=0190... round=1 --json",
	.options = query_options,
	.options_n = ARRAY_N(query_options),
	.operands_min = 0,
	.operands_max = 2,
	.free_args = true,
	.run = run_query,
};

/* ---- duties, missing -------------------------------------------------------------------------------------- */

static int run_duties(struct cli *c)
{
	return ask(c, args_has(&c->args, "counts") ? STR("house.duty_counts") : STR("house.duties"));
}

static const struct option duties_options[] = {
	QUERY_OPTIONS,
	{"limit", "N", false, "at most so many rows (1000)", "最多行数，缺省 1000"},
	{"offset", "N", false, "leave so many rows out first", "跳过的行数"},
	{"counts", NULL, false, "only how many of each kind", "只看各类数量"},
};
const struct command cmd_duties = {
	.name = "duties",
	.operands = "DIR [kind=KIND] [overdue=1] [subject=ID]",
	.en = "what is still to be done, the most urgent first",
	.zh = "未完成任务，最紧急的在前",
	.more_en = "  sushui duties ./demo\n  sushui duties ./demo overdue=1\n  sushui duties ./demo --counts",
	.more_zh = "  sushui duties ./demo\n  sushui duties ./demo overdue=1\n  sushui duties ./demo --counts",
	.options = duties_options,
	.options_n = ARRAY_N(duties_options),
	.operands_min = 1,
	.operands_max = 1,
	.free_args = true,
	.run = run_duties,
};

static int run_missing(struct cli *c)
{
	return ask(c, STR("testing.missing"));
}

const struct command cmd_missing = {
	.name = "missing",
	.operands = "DIR --campaign ID --round N [unexcused=1]",
	.en = "who was not sampled in a round of testing",
	.zh = "某轮筛查的漏采人员",
	.more_en = "Everybody in the register when the round opened who has no swab in it, with the reason where one was stated.\n\n"
		   "  sushui missing ./demo --campaign 0190... --round 1\n"
		   "  sushui missing ./vo --ids text --campaign survey-1 --round 1",
	.more_zh = "该轮开始时在册而未采样的全部人员，已登记原因的一并列出。\n\n"
		   "  sushui missing ./demo --campaign 0190... --round 1\n"
		   "  sushui missing ./vo --ids text --campaign survey-1 --round 1",
	.options = query_options,
	.options_n = ARRAY_N(query_options),
	.operands_min = 1,
	.operands_max = 1,
	.free_args = true,
	.run = run_missing,
};

/* ---- export ----------------------------------------------------------------------------------------------- */

/* All rows in pages of one stable view. */
static enum err_code export_pages(struct cli *c, struct asking *a, FILE *to, const char *path, uint64_t *rows_n, struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	a->call.format = QUERY_CSV;
	a->call.limit = PAGE_ROWS;
	enum err_code rc = db_begin(a->db, e);
	size_t rows = PAGE_ROWS;
	while (rc == OK && rows == PAGE_ROWS) {
		buf_reset(&b);
		rc = query_run(a->db, &c->arena, &a->call, &b, e);
		if (rc != OK)
			break;
		/* the heading stands in each page, and is kept of the first only */
		struct str text = buf_str(&b), rest = text;
		if (a->call.offset > 0) {
			str_cut(&rest, '\n');
			text = rest;
		}
		rc = table_from_csv(c, a->call.query, buf_str(&b), NULL, &rows, e);
		if (rc == OK && text.n > 0 && fwrite(text.p, 1, text.n, to) != text.n)
			rc = err_set(e, ERR_FILE, path, "%s", strerror(errno));
		*rows_n += rows;
		a->call.offset += PAGE_ROWS;
	}
	db_rollback(a->db);
	buf_done(&b);
	return rc;
}

static int run_export(struct cli *c)
{
	struct asking *a = ARENA_NEW(&c->arena, struct asking);
	struct err e = {0};
	struct str out = args_get(&c->args, "out");
	if (!out.p) {
		err_set(&e, ERR_MISSING_FIELD, "--out", "name the file to write, or - for standard output");
		return cli_usage(c, &e);
	}
	bool to_stdout = str_eq_c(out, "-");
	const char *fresh = arena_printf(&c->arena, "%s.new", out.p).p;
	enum err_code rc = asking_init(c, c->args.operands[1], a, &e);
	FILE *to = NULL;
	if (rc == OK && !(to = to_stdout ? stdout : fopen(fresh, "wb")))
		rc = err_set(&e, ERR_FILE, fresh, "%s", strerror(errno));
	uint64_t rows = 0;
	if (rc == OK)
		rc = export_pages(c, a, to, out.p, &rows, &e);
	if (to && !to_stdout) {
		if (fclose(to) != 0 && rc == OK)
			rc = err_set(&e, ERR_FILE, fresh, "%s", strerror(errno));
		if (rc == OK && rename(fresh, out.p) != 0)
			rc = err_set(&e, ERR_FILE, out.p, "%s", strerror(errno));
		if (rc != OK)
			remove(fresh);
	} else if (to && fflush(to) != 0 && rc == OK) {
		rc = err_set(&e, ERR_FILE, "-", "%s", strerror(errno));
	}
	asking_done(a);
	if (rc != OK)
		return cli_fail(c, &e);
	fprintf(stderr, say(c, "%llu rows written to %s\n", "已写出 %llu 行：%s\n"), (unsigned long long)rows, out.p);
	return CLI_OK;
}

static const struct option export_options[] = {
	{"out", "FILE", false, "the CSV file to write; - is standard output", "输出的 CSV 文件，- 为标准输出"},
	QUERY_OPTIONS,
};
const struct command cmd_export = {
	.name = "export",
	.operands = "DIR QUERY --out FILE.csv [ARGUMENT=VALUE ...]",
	.en = "write all rows of a query to a CSV file",
	.zh = "将查询的全部行写入 CSV 文件",
	.more_en = "As many rows as there are, in one stable view. The file appears when it is whole.\n\n"
		   "  sushui export ./demo people.persons --out persons.csv",
	.more_zh = "在同一稳定视图下写出全部行；文件写完整后才出现。\n\n"
		   "  sushui export ./demo people.persons --out persons.csv",
	.options = export_options,
	.options_n = ARRAY_N(export_options),
	.operands_min = 2,
	.operands_max = 2,
	.free_args = true,
	.run = run_export,
};

/* ---- id --------------------------------------------------------------------------------------------------- */

static void put_id(const struct textid *t, const char *class, struct str text, struct buf *out)
{
	char id[ID_TEXT_N + 1];
	id_format(textid_or_id(t, class, text), id);
	buf_printf(out, "%.*s\t%s\n", STR_ARG(text), id);
}

/* Whether some field of some kind of fact names such a thing: an id of a mistyped word would stand for nothing. */
static bool entity_known(const char *class)
{
	const struct fact_kind *k;
	if (strcmp(class, "fact") == 0)
		return true;
	ledger_register_kinds();
	for (size_t i = 0; (k = fact_kind_at(i)); i++)
		for (size_t f = 0; f < k->fields_n; f++)
			if (k->fields[f].entity && strcmp(k->fields[f].entity, class) == 0)
				return true;
	return false;
}

static int run_id(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct textid t;
	if (!entity_known(args_operand(&c->args, 1))) {
		err_set(&e, ERR_BAD_VALUE, args_operand(&c->args, 1),
			"no fact has such a thing; say person, household, tube, campaign or another word of `sushui kinds KIND`");
		return cli_fail(c, &e);
	}
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	enum err_code rc = open_textids(c, &f, &t, &e);
	folder_close(&f);
	if (rc != OK)
		return cli_fail(c, &e);
	struct buf b;
	char line[1024];
	int code = CLI_OK;
	const char *class = args_operand(&c->args, 1);
	buf_init(&b, 0);
	for (size_t i = 2; i < c->args.operands_n; i++)
		put_id(&t, class, c->args.operands[i], &b);
	while (c->args.operands_n == 2 && code == CLI_OK && fgets(line, sizeof line, stdin)) {
		put_id(&t, class, str_trim(str_of(line)), &b);
		if (b.n > 1 << 16)
			code = cli_put(c, &b);
	}
	if (code == CLI_OK)
		code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

const struct command cmd_id = {
	.name = "id",
	.operands = "DIR ENTITY [TEXT ...]",
	.en = "which id stands for a text of an imported file",
	.zh = "导入文件中的原编号对应的内部编号",
	.more_en = "Prints TEXT, a tab and the id for each text, or for each line of standard input. ENTITY is what the text names: person,\n"
		   "household, tube, campaign, ...\n\n"
		   "  sushui id ./vo person NTdvKuxi\n  cut -d, -f1 persons.csv | sushui id ./vo person",
	.more_zh = "对每个原编号（或标准输入的每一行）输出原编号、制表符和内部编号。ENTITY 为编号所指对象：person、household、tube、campaign 等。\n\n"
		   "  sushui id ./vo person NTdvKuxi\n  cut -d, -f1 persons.csv | sushui id ./vo person",
	.operands_min = 2,
	.operands_max = ARGS_MAX,
	.run = run_id,
};
