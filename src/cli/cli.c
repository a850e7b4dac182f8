/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "core/json.h"

const char *cli_lang(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	for (size_t i = 0; i < ARRAY_N(names); i++) {
		const char *v = getenv(names[i]);
		if (v && *v)
			return strncmp(v, "zh", 2) == 0 ? "zh" : "en";
	}
	return "en";
}

const struct command *cli_command_of(struct str name)
{
	for (size_t i = 0; cli_commands[i]; i++)
		if (str_eq_c(name, cli_commands[i]->name))
			return cli_commands[i];
	return NULL;
}

static void put_error(struct cli *c, const struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	const char *hint = err_hint(e->code, c->lang);
	if (c->json) {
		json_open(&b, '{');
		json_key(&b, "error");
		json_c(&b, err_name(e->code));
		json_key(&b, "at");
		json_c(&b, e->at);
		json_key(&b, "text");
		json_c(&b, err_text(e->code, c->lang));
		json_key(&b, "what");
		json_c(&b, e->what);
		json_key(&b, "hint");
		json_c(&b, hint);
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else {
		buf_printf(&b, "sushui: %s", err_text(e->code, c->lang));
		if (e->at[0])
			buf_printf(&b, ": %s", e->at);
		if (e->what[0])
			buf_printf(&b, ": %s", e->what);
		buf_add_byte(&b, '\n');
		/* the rule itself is the better hint where there is one, for who reads English. A folder in use does not get free by
		 * waiting: the text says what to do */
		if (*hint && (!e->what[0] || (c->zh && e->code != ERR_BUSY)))
			buf_printf(&b, "  -> %s\n", hint);
	}
	fwrite(b.p, 1, b.n, stderr);
	buf_done(&b);
}

int cli_fail(struct cli *c, const struct err *e)
{
	put_error(c, e);
	return err_kind(e->code) == KIND_FAULT ? CLI_FAULT : CLI_REFUSED;
}

int cli_usage(struct cli *c, const struct err *e)
{
	put_error(c, e);
	if (!c->json)
		fprintf(stderr, say(c, "  -> sushui help%s%s\n", "  -> 帮助：sushui help%s%s\n"), c->command ? " " : "",
			c->command ? c->command->name : "");
	return CLI_USAGE;
}

int cli_put(struct cli *c, struct buf *b)
{
	struct err e;
	if (b->failed) {
		err_set(&e, ERR_MEMORY, "", "%s", "");
		return cli_fail(c, &e);
	}
	if ((b->n > 0 && fwrite(b->p, 1, b->n, stdout) != b->n) || fflush(stdout) != 0) {
		err_set(&e, ERR_FILE, "standard output", "%s", strerror(errno));
		return cli_fail(c, &e);
	}
	buf_reset(b);
	return CLI_OK;
}

/* ---- help ------------------------------------------------------------------------------------------------ */

static void put_padded(struct buf *out, const char *text, size_t columns)
{
	buf_add_c(out, text);
	for (size_t w = cli_width(str_of(text)); w < columns; w++)
		buf_add_byte(out, ' ');
}

static void put_options(const struct cli *c, const struct option *o, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		char left[80];
		snprintf(left, sizeof left, "--%s%s%s", o[i].name, o[i].value ? " " : "", o[i].value ? o[i].value : "");
		buf_add_c(out, "  ");
		put_padded(out, left, 26);
		buf_printf(out, " %s%s\n", say(c, o[i].en, o[i].zh),
			   o[i].repeat ? say(c, " (may be repeated)", "（可重复）") : "");
	}
}

void cli_help(const struct cli *c, const struct command *command, struct buf *out)
{
	if (command) {
		buf_printf(out, "sushui %s%s%s\n  %s\n\n", command->name, command->operands[0] ? " " : "", command->operands,
			   say(c, command->en, command->zh));
		buf_printf(out, "%s\n\n%s\n", say(c, command->more_en, command->more_zh), say(c, "Options:", "选项："));
		put_options(c, command->options, command->options_n, out);
		put_options(c, args_common, args_common_n, out);
		return;
	}
	buf_add_c(out, say(c, "sushui: outbreak response command system\n\nsushui COMMAND [words and options]\n\n",
			   "涑水（sushui）：疫情处置指挥系统\n\nsushui 命令 [参数和选项]\n\n"));
	for (size_t i = 0; cli_commands[i]; i++) {
		buf_add_c(out, "  ");
		put_padded(out, cli_commands[i]->name, 15);
		buf_printf(out, "%s\n", say(c, cli_commands[i]->en, cli_commands[i]->zh));
	}
	buf_add_c(out, say(c,
			   "\nStart:\n"
			   "  sushui init ./demo --area 140826 --timezone Asia/Shanghai --demo\n"
			   "  sushui serve ./demo\n"
			   "\nsushui help COMMAND explains one command. A data folder is used by one writing process at a time.\n"
			   "Exit codes: 0 done; 1 refused, rows were refused, or a difference was found; 2 the command line is wrong;\n"
			   "3 disk, database, network or memory failed.\n",
			   "\n开始使用：\n"
			   "  sushui init ./demo --area 140826 --timezone Asia/Shanghai --demo\n"
			   "  sushui serve ./demo\n"
			   "\nsushui help 命令 查看单个命令的说明。一个数据目录同一时间只能由一个进程写入。\n"
			   "退出码：0 完成；1 被拒绝、有行被拒绝或发现差异；2 命令行有误；3 磁盘、数据库、网络或内存故障。\n"));
}

/* ---- small readers ---------------------------------------------------------------------------------------- */

enum err_code cli_time(const struct cli *c, const char *option, int64_t missing, int64_t *out, struct err *e)
{
	struct str text = args_get(&c->args, option);
	int64_t at = missing;
	if (text.p && !caltime_parse(text, &at)) {
		char name[64];
		snprintf(name, sizeof name, "--%s", option);
		return err_set(e, ERR_BAD_VALUE, name, "an instant such as 2022-11-20T21:00 or 2022-11-20T21:00:00+08:00 is expected");
	}
	*out = at;
	return OK;
}

bool cli_area(struct str text, int64_t *out)
{
	int64_t v = 0;
	if (text.n != 2 && text.n != 4 && text.n != 6 && text.n != 9 && text.n != 12)
		return false;
	for (size_t i = 0; i < 12; i++) {
		char digit = i < text.n ? text.p[i] : '0';
		if (digit < '0' || digit > '9')
			return false;
		v = v * 10 + (digit - '0');
	}
	if (v < 1000000)
		return false;
	*out = v;
	return true;
}

size_t cli_width(struct str s)
{
	size_t width = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char lead = (unsigned char)s.p[i];
		if ((lead & 0xC0) == 0x80)
			continue;
		/* from U+1100 on, three-byte and longer forms are mostly wide: CJK, Hangul, full-width forms; U+2xxx is not */
		width += lead >= 0xE3 || (lead == 0xE1 && i + 1 < s.n && (unsigned char)s.p[i + 1] >= 0x84) ? 2 : 1;
	}
	return width;
}
