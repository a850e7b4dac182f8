/* SPDX-License-Identifier: Apache-2.0
 *
 * init: making a data folder, empty or with the exercise village.
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/demo.h"
#include "cli/folder.h"
#include "core/caltime.h"
#include "core/json.h"

static enum err_code read_config(struct cli *c, struct folder_config *config, struct err *e)
{
	struct str area = args_get(&c->args, "area"), zone = args_get(&c->args, "timezone");
	if (!area.p)
		return err_set(e, ERR_MISSING_FIELD, "--area", "the code of the county or city this folder is for, e.g. 140826");
	if (area.n == 2 || area.n == 9 || !cli_area(area, &config->area))
		return err_set(e, ERR_BAD_VALUE, "--area", "a code of 4, 6 or 12 digits is expected, e.g. 140826");
	if (!zone.n)
		return err_set(e, ERR_MISSING_FIELD, "--timezone", "e.g. Asia/Shanghai; days and deadlines are counted in it");
	struct str url = args_get(&c->args, "db"), name = args_get(&c->args, "name");
	if (url.n && !db_is_server(url) && strstr(url.p, "://"))
		return err_set(e, ERR_BAD_VALUE, "--db", "postgresql://user@host/database is expected; left out: SQLite in the folder");
	config->timezone = zone;
	config->database = url.n ? url : STR("ledger.db");
	config->name = name;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] < 0x20)
			return err_set(e, ERR_BAD_VALUE, "--name", "one line of text is expected");
	return OK;
}

struct demo_wish { /* of the options --demo, --seed and --at */
	bool wanted;
	int64_t now, seed;
};

/* Before anything is made. The zone must be set, for --at is local time. */
static enum err_code read_wish(struct cli *c, struct demo_wish *w, struct err *e)
{
	w->wanted = args_has(&c->args, "demo");
	if (!w->wanted && (args_has(&c->args, "seed") || args_has(&c->args, "at")))
		return err_set(e, ERR_MISSING_FIELD, "--demo", "--seed and --at belong to it");
	enum err_code rc = cli_time(c, "at", c->sys->now_ms(c->sys->ctx), &w->now, e);
	return rc == OK ? args_int(&c->args, "seed", 0, INT64_MAX, 1, &w->seed, e) : rc;
}

static enum err_code make_demo(struct cli *c, const char *dir, const struct demo_wish *w, struct demo_report *report, struct err *e)
{
	struct folder f;
	struct ledger *l = NULL;
	struct demo_clock clock;
	enum err_code rc = folder_open(c, dir, FOLDER_WRITE, &f, e);
	if (rc != OK)
		return rc;
	demo_clock_init(&clock, c->sys, w->now);
	f.options.sys = &clock.sys;
	rc = folder_ledger(&f, &l, e);
	if (rc == OK)
		rc = demo_fill(l, &clock, f.config.area, (uint64_t)w->seed, report, e);
	ledger_close(&l);
	folder_close(&f);
	return rc;
}

static int put_made(struct cli *c, const char *dir, const struct demo_report *report)
{
	struct buf b;
	buf_init(&b, 0);
	if (c->json) {
		json_open(&b, '{');
		json_key(&b, "folder");
		json_c(&b, dir);
		json_key(&b, "facts");
		json_i64(&b, (int64_t)report->facts_n);
		json_key(&b, "users");
		json_open(&b, '[');
		for (size_t i = 0; i < report->users_n; i++) {
			json_open(&b, '{');
			json_key(&b, "login");
			json_c(&b, report->users[i].login);
			json_key(&b, "password");
			json_c(&b, report->users[i].password);
			json_key(&b, "role");
			json_c(&b, report->users[i].role);
			json_close(&b, '}');
		}
		json_close(&b, ']');
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else {
		buf_printf(&b, say(c, "data folder %s is ready\n", "数据目录 %s 已建立\n"), dir);
		if (report->users_n > 0)
			buf_printf(&b, say(c, "an exercise in a made-up village: %llu facts; sign in as\n", "虚构村庄演练数据 %llu 条，登录账号：\n"),
				   (unsigned long long)report->facts_n);
		for (size_t i = 0; i < report->users_n; i++)
			buf_printf(&b, "  %-12s %s  (%s)\n", report->users[i].login, report->users[i].password,
				   role_text((enum role)role_of(str_of(report->users[i].role)), c->lang));
		if (report->users_n > 0)
			buf_printf(&b, say(c, "then: sushui serve %s\n", "然后：sushui serve %s\n"), dir);
		else
			buf_printf(&b,
				   say(c, "next: sushui admin %s user add LOGIN --name NAME --role officer\n",
				       "下一步：sushui admin %s user add 登录名 --name 名称 --role officer\n"),
				   dir);
		buf_printf(&b,
			   say(c, "back up %s/keyring and %s/keyring.key apart from the database: without them names cannot be read\n",
			       "请将 %s/keyring 和 %s/keyring.key 与数据库分开备份，缺失则无法读取姓名等信息\n"),
			   dir, dir);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

static int run_init(struct cli *c)
{
	struct err e = {0};
	struct folder_config config = {0};
	struct demo_report report = {0};
	const char *dir = args_operand(&c->args, 0);
	struct demo_wish wish = {0};
	if (read_config(c, &config, &e) != OK)
		return cli_usage(c, &e);
	if (caltime_zone(config.timezone, &e) != OK)
		return cli_fail(c, &e);
	if (read_wish(c, &wish, &e) != OK)
		return cli_usage(c, &e);
	enum err_code rc = folder_create(c, dir, &config, &e);
	if (rc == OK && wish.wanted)
		rc = make_demo(c, dir, &wish, &report, &e);
	return rc == OK ? put_made(c, dir, &report) : cli_fail(c, &e);
}

static const struct option init_options[] = {
	{"area", "CODE", false, "county or city the folder is for (4, 6 or 12 digits)", "所属县（市、区）代码，4、6 或 12 位"},
	{"timezone", "ZONE", false, "IANA name: Asia/Shanghai, Europe/Rome", "时区，如 Asia/Shanghai"},
	{"db", "URL", false, "postgresql://user@host/database; left out: SQLite in the folder", "PostgreSQL 地址，缺省用目录内 SQLite"},
	{"name", "TEXT", false, "what people call this installation", "本系统名称"},
	{"demo", NULL, false, "fill it with an exercise in a made-up village", "填入虚构村庄的演练数据"},
	{"seed", "N", false, "with --demo: another village (1)", "演练数据的随机种子，缺省 1"},
	{"at", "TIME", false, "with --demo: as if it were this instant", "演练数据以此时刻为当前时间"},
};
const struct command cmd_init = {
	.name = "init",
	.operands = "DIR --area CODE --timezone ZONE",
	.en = "make a data folder",
	.zh = "建立数据目录",
	.more_en = "The folder holds the ledger (or the address of a PostgreSQL database), the keyring and a small config. It is made whole\n"
		   "or not at all.\n\n"
		   "  sushui init ./jiangxian --area 140826 --timezone Asia/Shanghai\n"
		   "  sushui init ./demo --area 140826 --timezone Asia/Shanghai --demo\n"
		   "  sushui init ./city --area 1408 --timezone Asia/Shanghai --db postgresql://sushui@db.example/sushui",
	.more_zh = "目录内含台账（或 PostgreSQL 地址）、密钥库和配置；要么完整建立，要么不建立。\n\n"
		   "  sushui init ./jiangxian --area 140826 --timezone Asia/Shanghai\n"
		   "  sushui init ./demo --area 140826 --timezone Asia/Shanghai --demo\n"
		   "  sushui init ./city --area 1408 --timezone Asia/Shanghai --db postgresql://sushui@db.example/sushui",
	.options = init_options,
	.options_n = ARRAY_N(init_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_init,
};
