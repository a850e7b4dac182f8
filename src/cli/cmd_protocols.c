/* SPDX-License-Identifier: Apache-2.0
 *
 * protocols: which editions there are, and whether a file is right.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "core/caltime.h"
#include "core/json.h"

static void put_protocol(const struct cli *c, const struct protocol *p, struct buf *b)
{
	char day[DAY_TEXT_N];
	day_format(p->effective_day, day);
	if (c->json) {
		json_open(b, '{');
		json_key(b, "id");
		json_str(b, p->id);
		json_key(b, "disease");
		json_str(b, p->disease);
		json_key(b, "edition");
		json_str(b, c->zh ? p->edition.zh : p->edition.en);
		json_key(b, "effective_from");
		json_c(b, day);
		json_key(b, "examples");
		json_i64(b, (int64_t)p->example_n);
		json_key(b, "unconfirmed");
		json_i64(b, (int64_t)p->unconfirmed_n);
		json_key(b, "sha256");
		json_c(b, p->digest);
		json_close(b, '}');
		buf_add_byte(b, '\n');
		return;
	}
	buf_printf(b, "%-26.*s %s  ", STR_ARG(p->id), day);
	buf_printf(b, say(c, "%2zu examples, %2zu values unconfirmed  ", "示例 %2zu 个，未确认值 %2zu 个  "), p->example_n, p->unconfirmed_n);
	struct str disease = c->zh ? p->disease_name.zh : p->disease_name.en, edition = c->zh ? p->edition.zh : p->edition.en;
	buf_printf(b, "%.*s: %.*s\n", STR_ARG(disease), STR_ARG(edition));
}

static void put_unconfirmed(const struct cli *c, const struct protocol *p, struct buf *b)
{
	const struct protocol_unconfirmed_value *v;
	size_t n = protocol_unconfirmed(p, &v);
	if (c->json)
		return;
	for (size_t i = 0; i < n; i++)
		buf_printf(b, say(c, "  line %d  %s  %.*s  %.*s%.*s\n", "  第 %d 行  %s  %.*s  %.*s%.*s\n"), (int)v[i].note.line,
			   protocol_mark_word(v[i].note.mark), STR_ARG(v[i].path), STR_ARG(v[i].note.source), STR_ARG(v[i].note.why));
}

static enum err_code read_whole(struct cli *c, const char *path, struct str *out, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (!in)
		return err_set(e, ERR_FILE, path, "%s", strerror(errno));
	char *p = arena_alloc(&c->arena, PROTOCOL_TEXT_MAX + 1); /* one byte over the limit is enough for the loader to refuse */
	size_t n = fread(p, 1, PROTOCOL_TEXT_MAX + 1, in);
	bool failed = ferror(in) != 0;
	if (in != stdin)
		fclose(in);
	if (failed)
		return err_set(e, ERR_FILE, path, "%s", "cannot be read");
	*out = (struct str){p, n};
	return OK;
}

static int run_protocols(struct cli *c)
{
	struct err e = {0};
	struct buf b;
	struct protocol *one = NULL;
	struct protocol_book book = {0};
	struct str text = STR_NONE, folder = args_get(&c->args, "folder");
	const char *path = args_operand(&c->args, 0);
	enum err_code rc = OK;
	if (path) {
		rc = read_whole(c, path, &text, &e);
		if (rc == OK)
			rc = protocol_load(&c->arena, text, path, &one, &e);
	} else {
		rc = protocol_book_load(&c->arena, folder.p, &book, &e);
	}
	if (rc != OK)
		return cli_fail(c, &e);
	buf_init(&b, 0);
	for (size_t i = 0; i < book.n; i++)
		put_protocol(c, book.protocol[i], &b);
	if (one) {
		put_protocol(c, one, &b);
		put_unconfirmed(c, one, &b);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

static const struct option protocols_options[] = {
	{"folder", "DIR", false, "also the files of this folder", "同时列出该目录中的方案文件"},
};
const struct command cmd_protocols = {
	.name = "protocols",
	.operands = "[FILE.yaml]",
	.en = "list the protocol editions, or check a file",
	.zh = "列出防控方案版本，或检查方案文件",
	.more_en = "Checking runs the file's own examples and lists the values that nobody has confirmed (P, R). An error names line and what was\n"
		   "expected; exit code 1 then.\n\n"
		   "  sushui protocols\n  sushui protocols ./my-county.yaml",
	.more_zh = "检查时运行文件自带示例，并列出尚未确认的值（P、R）。出错时给出行号和应填内容，退出码为 1。\n\n"
		   "  sushui protocols\n  sushui protocols ./my-county.yaml",
	.options = protocols_options,
	.options_n = ARRAY_N(protocols_options),
	.operands_max = 1,
	.run = run_protocols,
};
