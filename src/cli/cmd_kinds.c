/* SPDX-License-Identifier: Apache-2.0
 *
 * kinds, template, help: what can be reported, and how. docs/facts.md is the output of `sushui kinds --all`.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/sheet.h"
#include "core/json.h"
#include "ledger/ledger.h"

static const char *type_text(const struct cli *c, enum field_type type)
{
	switch (type) {
	case F_INT:
		return say(c, "whole number", "整数");
	case F_REAL:
		return say(c, "number", "数字");
	case F_BOOL:
		return say(c, "yes or no", "是或否");
	case F_WORD:
		return say(c, "word", "选项");
	case F_TEXT:
		return say(c, "text", "文本");
	case F_TIME:
		return say(c, "instant", "时间");
	case F_DAY:
		return say(c, "day", "日期");
	case F_AREA:
		return say(c, "area code", "区划代码");
	case F_ID:
		return "id";
	case F_IDS:
		return say(c, "list of ids", "编号列表");
	case F_AREAS:
		return say(c, "list of area codes", "区划代码列表");
	case F_TEXTS:
		return say(c, "list of texts", "文本列表");
	}
	return "";
}

/* Limits, words and form of a value, in one phrase. */
static void put_rule(const struct cli *c, const struct field *f, struct buf *b)
{
	switch (f->type) {
	case F_INT:
	case F_REAL:
		if (f->min != 0 || f->max != 0)
			buf_printf(b, "%lld .. %lld", (long long)f->min, (long long)f->max);
		break;
	case F_TEXT:
	case F_TEXTS:
		if (f->max > 0)
			buf_printf(b, say(c, "%lld to %lld characters", "%lld 至 %lld 字"), (long long)f->min, (long long)f->max);
		break;
	case F_WORD:
		for (size_t i = 0; f->words[i]; i++)
			buf_printf(b, "%s`%s`", i ? ", " : "", f->words[i]);
		break;
	case F_TIME:
		buf_add_c(b, "2022-11-20T21:00:00+08:00");
		break;
	case F_DAY:
		buf_add_c(b, "2022-11-20");
		break;
	case F_AREA:
	case F_AREAS:
		buf_add_c(b, say(c, "12 digits", "12 位数字"));
		break;
	case F_ID:
	case F_IDS:
		if (f->entity && f->entity[0])
			buf_add_c(b, f->entity);
		break;
	case F_BOOL:
		break;
	}
}

/* ---- the reference page ----------------------------------------------------------------------------------- */

static void put_field(const struct cli *c, const struct field *f, struct buf *b)
{
	buf_printf(b, "| `%s` | %s | ", f->name, type_text(c, f->type));
	put_rule(c, f, b);
	buf_printf(b, " | %s%s%s | %s |\n", f->flags & REQUIRED ? say(c, "required", "必填") : "",
		   f->flags & DERIVED ? say(c, "filled by the ledger", "系统填写") : "",
		   f->flags & PERSONAL ? say(c, f->flags & REQUIRED ? ", sealed" : "sealed", f->flags & REQUIRED ? "、加密" : "加密") : "",
		   say(c, f->en ? f->en : "", f->zh ? f->zh : ""));
}

static void put_kind(const struct cli *c, const struct fact_kind *k, struct buf *b)
{
	buf_printf(b, "## %s\n\n%s", k->name, say(c, k->en, k->zh));
	buf_printf(b, say(c, ".\n\nRight: `%s`.%s\n\n", "。\n\n权限：`%s`。%s\n\n"), right_name(k->right),
		   k->outbreak ? say(c, " Belongs to an outbreak.", "属于某次疫情。") : "");
	buf_add_c(b, say(c, "| field | type | limits | | meaning |\n| --- | --- | --- | --- | --- |\n",
			 "| 字段 | 类型 | 取值 | | 含义 |\n| --- | --- | --- | --- | --- |\n"));
	for (size_t i = 0; i < k->fields_n; i++)
		put_field(c, &k->fields[i], b);
	buf_add_byte(b, '\n');
}

static void put_page(const struct cli *c, struct buf *b)
{
	const struct fact_kind *k;
	buf_add_c(b, say(c,
			 "# Facts\n\nEvery kind of fact that Sushui takes. Made by `scripts/docs` from the program; do not edit.\n\n"
			 "Each fact has an envelope: `id` (UUIDv7, made by the sender), `kind`, `outbreak` (where it belongs to one), `area`\n"
			 "(12 digits), `at` (when it happened), `recorded` (device clock, optional), `device` (optional), and `body` with the fields\n"
			 "below. *Sealed* fields are encrypted with the key of the person, household or case they are about.\n\n",
			 "# 事实\n\n系统接收的全部事实类型。由 `scripts/docs` 生成，请勿手工编辑。\n\n"
			 "每条事实的信封：`id`（UUIDv7，由报送方生成）、`kind`、`outbreak`（属于某次疫情时）、`area`（12 位）、`at`（发生时间）、\n"
			 "`recorded`（设备时间，可省）、`device`（可省），以及下列字段组成的 `body`。“加密”字段以相应人员、家庭或病例的密钥加密。\n\n"));
	for (size_t i = 0; (k = fact_kind_at(i)); i++)
		put_kind(c, k, b);
	while (b->n > 1 && b->p[b->n - 1] == '\n' && b->p[b->n - 2] == '\n')
		b->n--;
}

static void put_list(const struct cli *c, struct buf *b)
{
	const struct fact_kind *k;
	for (size_t i = 0; (k = fact_kind_at(i)); i++)
		buf_printf(b, "%-32s %s\n", k->name, say(c, k->en, k->zh));
}

static void put_kind_json(const struct cli *c, const struct fact_kind *k, struct buf *b)
{
	json_open(b, '{');
	json_key(b, "kind");
	json_c(b, k->name);
	json_key(b, "text");
	json_c(b, say(c, k->en, k->zh));
	json_key(b, "right");
	json_c(b, right_name(k->right));
	json_key(b, "outbreak");
	json_bool(b, k->outbreak);
	json_key(b, "fields");
	json_open(b, '[');
	for (size_t i = 0; i < k->fields_n; i++) {
		const struct field *f = &k->fields[i];
		json_open(b, '{');
		json_key(b, "name");
		json_c(b, f->name);
		json_key(b, "type");
		json_c(b, type_text(c, f->type));
		json_key(b, "required");
		json_bool(b, f->flags & REQUIRED);
		json_key(b, "sealed");
		json_bool(b, f->flags & PERSONAL);
		json_key(b, "derived");
		json_bool(b, f->flags & DERIVED);
		json_key(b, "text");
		json_c(b, say(c, f->en ? f->en : "", f->zh ? f->zh : ""));
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

static const struct fact_kind *kind_operand(struct cli *c, size_t n, struct err *e)
{
	const struct fact_kind *k = fact_kind_of(c->args.operands[n]);
	if (!k)
		err_set(e, ERR_UNKNOWN_KIND, args_operand(&c->args, n), "`sushui kinds` lists them");
	return k;
}

static int run_kinds(struct cli *c)
{
	struct buf b;
	struct err e = {0};
	const struct fact_kind *k = NULL;
	ledger_register_kinds();
	if (c->args.operands_n == 1 && !(k = kind_operand(c, 0, &e)))
		return cli_fail(c, &e);
	buf_init(&b, 0);
	if (c->json) {
		const struct fact_kind *one;
		for (size_t i = 0; (one = fact_kind_at(i)); i++)
			if (!k || one == k)
				put_kind_json(c, one, &b);
	} else if (k) {
		put_kind(c, k, &b);
	} else if (args_has(&c->args, "all")) {
		put_page(c, &b);
	} else {
		put_list(c, &b);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

static const struct option kinds_options[] = {
	{"all", NULL, false, "the whole reference page (Markdown)", "输出完整参考页（Markdown）"},
};
const struct command cmd_kinds = {
	.name = "kinds",
	.operands = "[KIND]",
	.en = "kinds of facts and their fields",
	.zh = "事实类型及其字段",
	.more_en = "  sushui kinds\n  sushui kinds testing.swab_taken\n  sushui kinds --json | jq -r .kind",
	.more_zh = "  sushui kinds\n  sushui kinds testing.swab_taken\n  sushui kinds --json | jq -r .kind",
	.options = kinds_options,
	.options_n = ARRAY_N(kinds_options),
	.operands_max = 1,
	.run = run_kinds,
};

/* ---- template --------------------------------------------------------------------------------------------- */

static void explain(const struct cli *c, const struct field *f, bool first, struct buf *b)
{
	struct buf cell;
	buf_init(&cell, 0);
	if (first)
		buf_add_c(&cell, say(c, "# explanation: ", "# 说明："));
	buf_add_c(&cell, say(c, f->en ? f->en : "", f->zh ? f->zh : ""));
	size_t n = cell.n;
	buf_add_c(&cell, say(c, "; ", "；"));
	size_t with = cell.n;
	put_rule(c, f, &cell);
	if (cell.n == with)
		cell.n = n;
	if (!(f->flags & REQUIRED))
		buf_add_c(&cell, say(c, " (may be empty)", "（可空）"));
	csv_put(b, buf_str(&cell), first);
	buf_done(&cell);
}

static int run_template(struct cli *c)
{
	struct err e = {0};
	struct buf b;
	ledger_register_kinds();
	const struct fact_kind *k = kind_operand(c, 0, &e);
	if (!k)
		return cli_fail(c, &e);
	/* the kind's own fields first: they are what a clerk fills in */
	const struct field *columns[64];
	size_t n = 0;
	for (size_t i = 0; i < k->fields_n; i++)
		if (!(k->fields[i].flags & DERIVED) && n < ARRAY_N(columns))
			columns[n++] = &k->fields[i];
	static const enum sheet_envelope wanted[] = {SHEET_AREA, SHEET_AT, SHEET_ID};
	for (size_t i = 0; i < ARRAY_N(wanted); i++)
		columns[n < ARRAY_N(columns) ? n++ : n - 1] = &sheet_envelope[wanted[i]];
	buf_init(&b, 0);
	buf_add(&b, "\xEF\xBB\xBF", 3);
	for (size_t i = 0; i < n; i++)
		csv_put(&b, str_of(columns[i]->name), i == 0);
	csv_end_row(&b);
	for (size_t i = 0; i < n; i++)
		explain(c, columns[i], i == 0, &b);
	csv_end_row(&b);
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

const struct command cmd_template = {
	.name = "template",
	.operands = "KIND",
	.en = "print an empty table for a kind of fact",
	.zh = "输出某类事实的空白表格",
	.more_en = "A CSV heading and one row that explains each column; import leaves that row out. Fill it in and import it.\n\n"
		   "  sushui template people.person_registered > persons.csv",
	.more_zh = "输出 CSV 表头和一行说明（导入时自动略过），填写后即可导入。\n\n"
		   "  sushui template people.person_registered > persons.csv",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_template,
};

/* ---- help ------------------------------------------------------------------------------------------------- */

static int run_help(struct cli *c)
{
	struct buf b;
	struct err e = {0};
	const struct command *k = NULL;
	if (c->args.operands_n == 1 && !(k = cli_command_of(c->args.operands[0]))) {
		err_set(&e, ERR_NOT_FOUND, args_operand(&c->args, 0), "there is no such command; `sushui help` lists them");
		c->command = NULL;
		return cli_usage(c, &e);
	}
	if (k && k->own)
		return k->own(2, (char *[]){(char[]){"command"}, (char[]){"--help"}, NULL});
	buf_init(&b, 0);
	cli_help(c, k, &b);
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

const struct command cmd_help = {
	.name = "help",
	.operands = "[COMMAND]",
	.en = "explain a command, or list all",
	.zh = "查看命令说明",
	.more_en = "  sushui help import",
	.more_zh = "  sushui help import",
	.operands_max = 1,
	.run = run_help,
};
