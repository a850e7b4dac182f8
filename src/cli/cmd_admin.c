/* SPDX-License-Identifier: Apache-2.0
 *
 * admin: users, erasure, backup. For whoever owns the data folder; everything but passwords and copies is a fact.
 */
#include <stdio.h>
#include <string.h>

#include "cli/backup.h"
#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/password.h"
#include "cli/table.h"
#include "cli/textid.h"
#include "domain/people/people.h"
#include "http/app.h"
#include "ledger/house.h"
#include "sql.gen.h"

struct office { /* an open folder with what the actions need */
	struct cli *c;
	struct folder folder;
	struct ledger *ledger;
	int64_t area; /* --area, or the folder's */
};

static const char *word(struct office *o, size_t n)
{
	return args_operand(&o->c->args, n);
}

static struct fact new_fact(struct office *o, const char *kind, void *body)
{
	int64_t now = o->c->sys->now_ms(o->c->sys->ctx);
	return (struct fact){.id = id_new(o->c->sys), .kind = fact_kind_of(str_of(kind)), .area = o->area, .at = now, .recorded = now,
			     .device = STR("sushui admin"), .body = body};
}

static void *new_body(struct office *o, const char *kind)
{
	return fact_body_new(&o->c->arena, fact_kind_of(str_of(kind)));
}

/* ---- users ------------------------------------------------------------------------------------------------ */

/* *id = ID_NONE when the county has no such login. */
static enum err_code find_login(struct office *o, struct str login, struct id *id, bool *suspended, struct err *e)
{
	struct actor who;
	*id = ID_NONE;
	*suspended = false;
	struct db *db = ledger_db(o->ledger);
	enum err_code rc = db_query(db, &SQL_people_user_by_login, PARAMS(V_INT(COUNTY_OF(o->area)), V_TEXT(login)), e);
	if (rc != OK)
		return rc;
	if (db_next(db))
		*id = db_id(db, 0);
	rc = db_stop(db, e);
	if (rc == OK && !id_is_none(*id))
		*suspended = people_actor_of(db, COUNTY_OF(o->area), *id, &who, NULL) == ERR_FORBIDDEN;
	return rc;
}

static enum err_code known_login(struct office *o, struct str login, struct id *id, struct err *e)
{
	bool suspended;
	enum err_code rc = find_login(o, login, id, &suspended, e);
	if (rc == OK && id_is_none(*id))
		rc = err_set(e, ERR_NOT_FOUND, login.p, "no user of that login; `sushui admin DIR user list` lists them");
	return rc;
}

static enum err_code new_password(struct office *o, struct id user, struct buf *out, struct err *e)
{
	struct cli *c = o->c;
	char password[PASSWORD_TEXT_N], line[512];
	struct str text;
	if (args_has(&c->args, "stdin")) {
		if (!fgets(line, sizeof line, stdin))
			return err_set(e, ERR_MISSING_FIELD, "--stdin", "a password of 10 to 256 bytes is expected on standard input");
		line[strcspn(line, "\r\n")] = 0;
		text = str_of(line);
	} else {
		password_make(c->sys, password);
		text = str_of(password);
	}
	enum err_code rc = app_sessions_forget(o->folder.keyring, user, e);
	if (rc == OK)
		rc = keyring_password_set(ledger_keyring(o->ledger), user, text, e);
	if (rc == OK && args_has(&c->args, "stdin"))
		buf_printf(out, c->json ? "{\"login\":\"%s\"}\n" : say(c, "%s  password set\n", "%s  密码已设置\n"), word(o, 3));
	else if (rc == OK)
		buf_printf(out, c->json ? "{\"login\":\"%s\",\"password\":\"%s\"}\n" : say(c, "%s  password: %s\n", "%s  密码：%s\n"), word(o, 3),
			   password);
	return rc;
}

static enum err_code read_roles(struct office *o, struct fact_list *out, struct err *e)
{
	struct args *a = &o->c->args;
	struct str *names = ARENA_ARRAY(&o->c->arena, struct str, a->given_n + 1);
	size_t n = 0;
	for (size_t i = 0; i < a->given_n; i++)
		if (a->given[i].option && strcmp(a->given[i].option->name, "role") == 0)
			names[n++] = a->given[i].value;
	for (size_t i = 0; i < n; i++)
		if (role_of(names[i]) < 0) {
			struct str list = STR("");
			for (int r = 0; r < ROLE__N; r++)
				list = arena_printf(&o->c->arena, "%.*s%s%s", STR_ARG(list), r ? ", " : "", role_name((enum role)r));
			return err_set(e, ERR_BAD_VALUE, "--role", "one of these is expected: %s", list.p);
		}
	if (n == 0)
		return err_set(e, ERR_MISSING_FIELD, "--role", "at least one role, e.g. --role officer");
	*out = (struct fact_list){names, n};
	return OK;
}

static enum err_code user_add(struct office *o, struct buf *out, struct err *e)
{
	struct people_user_registered *b = new_body(o, "people.user_registered");
	struct str name = args_get(&o->c->args, "name");
	bool suspended = false;
	b->login = str_of(word(o, 3));
	b->display_name = name.n ? name : b->login;
	enum err_code rc = read_roles(o, &b->roles, e);
	if (rc == OK)
		rc = find_login(o, b->login, &b->user, &suspended, e);
	if (rc == OK && !id_is_none(b->user) && !suspended)
		rc = err_set(e, ERR_NOT_ALLOWED, word(o, 3), "there is a user of that login; suspend it first to set it up anew");
	if (rc != OK)
		return rc;
	if (id_is_none(b->user))
		b->user = id_new(o->c->sys);
	struct fact f = new_fact(o, "people.user_registered", b);
	struct id user = b->user;
	rc = ledger_append_one(o->ledger, &f, e);
	return rc == OK ? new_password(o, user, out, e) : rc;
}

static enum err_code user_passwd(struct office *o, struct buf *out, struct err *e)
{
	struct id user;
	enum err_code rc = known_login(o, str_of(word(o, 3)), &user, e);
	return rc == OK ? new_password(o, user, out, e) : rc;
}

static enum err_code user_suspend(struct office *o, struct buf *out, struct err *e)
{
	struct people_user_suspended *b = new_body(o, "people.user_suspended");
	enum err_code rc = known_login(o, str_of(word(o, 3)), &b->user, e);
	if (rc != OK)
		return rc;
	struct fact f = new_fact(o, "people.user_suspended", b);
	rc = ledger_append_one(o->ledger, &f, e);
	if (rc == OK)
		buf_printf(out, o->c->json ? "{\"suspended\":\"%s\"}\n" : say(o->c, "%s can no longer sign in\n", "%s 已停用\n"), word(o, 3));
	return rc;
}

static enum err_code user_list(struct office *o, struct buf *out, struct err *e);

/* ---- erase, reshred --------------------------------------------------------------------------------------- */

static enum err_code read_subject(struct office *o, struct id *out, struct err *e)
{
	struct str entity = args_get(&o->c->args, "entity");
	struct textid t;
	if (id_parse(str_of(word(o, 2)), out))
		return OK;
	if (!entity.n)
		return err_set(e, ERR_BAD_VALUE, "SUBJECT", "an id is expected; with --entity person it may be the text of an imported file");
	enum err_code rc = textid_open(&t, ledger_keyring(o->ledger), e);
	if (rc == OK)
		*out = textid_of(&t, entity.p, str_of(word(o, 2)));
	return rc;
}

static enum err_code erase(struct office *o, struct buf *out, struct err *e)
{
	struct house_subject_erased *b = new_body(o, "house.subject_erased");
	int64_t known;
	b->rule = args_get(&o->c->args, "rule");
	if (!b->rule.n)
		return err_set(e, ERR_MISSING_FIELD, "--rule", "the retention rule or request that asks for it");
	if (str_chars(b->rule) < 4)
		return err_set(e, ERR_BAD_VALUE, "--rule", "name the retention rule or request in four characters or more");
	enum err_code rc = read_subject(o, &b->subject, e);
	if (rc == OK)
		rc = db_one(ledger_db(o->ledger), &SQL_ledger_entity_get, PARAMS(V_INT(COUNTY_OF(o->area)), V_ID(&b->subject)), 0, &known, e);
	if (rc == OK && known == 0)
		rc = err_set(e, ERR_NOT_FOUND, "SUBJECT", "this county knows nothing of that id");
	if (rc != OK)
		return rc;
	struct fact f = new_fact(o, "house.subject_erased", b);
	rc = ledger_append_one(o->ledger, &f, e);
	if (rc == OK)
		buf_add_c(out, o->c->json ? "{\"erased\":true}\n"
					  : say(o->c, "the key is destroyed: what was sealed of this subject can no longer be read; the chain stays whole\n"
						      "copies of the keyring still hold the key: after restoring one run `sushui admin DIR reshred`\n",
						"密钥已销毁，该对象的加密信息不可再读取，哈希链保持完整\n"
						"密钥库的旧备份仍含该密钥：恢复备份后请运行 `sushui admin DIR reshred`\n"));
	return rc;
}

static enum err_code reshred(struct office *o, struct buf *out, struct err *e)
{
	/* opening the ledger has done the same for every erasure on record; this counts what a restored list still held */
	int64_t alive;
	enum err_code rc = keyring_reshred(ledger_keyring(o->ledger), &alive, e);
	if (rc == OK)
		buf_printf(out, o->c->json ? "{\"alive\":%lld}\n"
					   : say(o->c, "every key on the list of destroyed ones is gone (%lld were found alive now)\n",
						 "已销毁清单上的密钥均不存在（本次发现并销毁 %lld 个）\n"),
			   (long long)alive);
	return rc;
}

/* ---- backup ----------------------------------------------------------------------------------------------- */

static enum err_code backup(struct office *o, struct buf *out, struct err *e)
{
	struct cli *c = o->c;
	struct str keys = args_get(&c->args, "keys");
	struct verify_report r = {0};
	enum err_code rc = backup_make(c, &o->folder, word(o, 2), keys.p, &r, e);
	if (rc != OK)
		return rc;
	if (c->json)
		buf_printf(out, "{\"facts\":%llu,\"keys\":%s}\n", (unsigned long long)r.facts_n, keys.p ? "true" : "false");
	else
		buf_printf(out, say(c, "%llu facts copied to %s and verified\n", "已备份 %llu 条事实到 %s 并校验\n"), (unsigned long long)r.facts_n,
			   word(o, 2));
	if (!keys.p && !c->json)
		buf_add_c(out, say(c, "the keyring was not copied: `--keys FOLDER` puts it elsewhere; without it names cannot be read\n",
				   "未备份密钥库：用 `--keys 目录` 另行备份，缺失则无法读取姓名等信息\n"));
	return OK;
}

/* ---- the command ------------------------------------------------------------------------------------------ */

static const struct action {
	const char *name, *second; /* "user", "add" */
	size_t operands_n;         /* with DIR and the words themselves */
	bool reads;                /* beside a running server; the ledger is not opened */
	enum err_code (*run)(struct office *o, struct buf *out, struct err *e);
} actions[] = {
	{"user", "add", 4, false, user_add},	   {"user", "passwd", 4, false, user_passwd}, {"user", "suspend", 4, false, user_suspend},
	{"user", "list", 3, true, user_list},	   {"erase", NULL, 3, false, erase},	      {"backup", NULL, 3, true, backup},
	{"reshred", NULL, 2, false, reshred},
};

static enum err_code user_list(struct office *o, struct buf *out, struct err *e)
{
	struct db *db = NULL;
	struct actor who = actor_machine();
	struct query_call call = {.query = query_of(STR("people.users")), .who = &who, .now_ms = o->c->sys->now_ms(o->c->sys->ctx),
				  .area = o->area, .limit = QUERY_LIMIT_MAX, .format = o->c->json ? QUERY_JSON : QUERY_CSV, .lang = o->c->lang};
	struct buf raw;
	size_t rows;
	buf_init(&raw, 0);
	enum err_code rc = folder_reader(&o->folder, &db, e);
	if (rc == OK)
		rc = query_run(db, &o->c->arena, &call, &raw, e);
	db_close(&db);
	if (rc == OK && o->c->json)
		buf_printf(out, "%.*s\n", STR_ARG(buf_str(&raw)));
	else if (rc == OK)
		rc = table_from_csv(o->c, call.query, buf_str(&raw), out, &rows, e);
	buf_done(&raw);
	return rc;
}

static const struct action *action_of(struct cli *c)
{
	for (size_t i = 0; i < ARRAY_N(actions); i++) {
		const struct action *a = &actions[i];
		if (str_eq_c(c->args.operands[1], a->name) && c->args.operands_n == a->operands_n &&
		    (!a->second || str_eq_c(c->args.operands[2], a->second)))
			return a;
	}
	return NULL;
}

static int run_admin(struct cli *c)
{
	struct office o = {.c = c};
	struct err e = {0};
	struct buf out;
	struct str area = args_get(&c->args, "area");
	const struct action *a = action_of(c);
	if (!a) {
		err_set(&e, ERR_BAD_VALUE, args_operand(&c->args, 1),
			"expected: user add LOGIN, user passwd LOGIN, user suspend LOGIN, user list, erase SUBJECT, backup TO, or reshred");
		return cli_usage(c, &e);
	}
	if (area.p && !cli_area(area, &o.area)) {
		err_set(&e, ERR_BAD_VALUE, "--area", "an area code of 6, 9 or 12 digits is expected");
		return cli_usage(c, &e);
	}
	if (folder_open_operand(c, a->reads ? FOLDER_READ : FOLDER_WRITE, &o.folder, &e) != OK)
		return cli_fail(c, &e);
	if (!o.area)
		o.area = o.folder.config.area;
	buf_init(&out, 0);
	enum err_code rc = a->reads ? OK : folder_ledger(&o.folder, &o.ledger, &e);
	if (rc == OK)
		rc = a->run(&o, &out, &e);
	ledger_close(&o.ledger);
	folder_close(&o.folder);
	int code = rc == OK ? cli_put(c, &out) : cli_fail(c, &e);
	buf_done(&out);
	return code;
}

static const struct option admin_options[] = {
	{"name", "TEXT", false, "user add: name or post shown to others", "user add：显示名称"},
	{"role", "ROLE", true, "user add: officer, tracer, sampler, courier, laboratory, community, ...", "user add：角色"},
	{"area", "CODE", false, "area of the user or fact; left out: the folder's", "用户或事实所属区划，缺省为本目录区划"},
	{"stdin", NULL, false, "user add, passwd: read the password from standard input", "从标准输入读取密码"},
	{"rule", "TEXT", false, "erase: the retention rule or request that asks for it", "erase：依据"},
	{"entity", "ENTITY", false, "erase: SUBJECT is a text of an imported file, naming an ENTITY", "erase：SUBJECT 为导入文件中的编号"},
	{"keys", "DIR", false, "backup: copy the keyring there, apart from the ledger", "backup：密钥库另存到此目录"},
};
const struct command cmd_admin = {
	.name = "admin",
	.operands = "DIR ACTION ...",
	.en = "users, erasure of personal data, backup",
	.zh = "用户、个人信息销毁与备份",
	.more_en = "  sushui admin ./demo user add li.wei --name \"Li Wei\" --role tracer   makes a password and prints it, once\n"
		   "  sushui admin ./demo user passwd li.wei\n"
		   "  sushui admin ./demo user suspend li.wei\n"
		   "  sushui admin ./demo user list\n"
		   "  sushui admin ./demo erase 0190... --rule \"retention ended\"             destroys the key of a person\n"
		   "  sushui admin ./demo backup /mnt/a --keys /mnt/b                        a consistent copy, also while serving\n"
		   "  sushui admin ./demo reshred                                            after restoring a keyring from backup",
	.more_zh = "  sushui admin ./demo user add li.wei --name 李伟 --role tracer   生成密码并输出一次\n"
		   "  sushui admin ./demo user passwd li.wei\n"
		   "  sushui admin ./demo user suspend li.wei\n"
		   "  sushui admin ./demo user list\n"
		   "  sushui admin ./demo erase 0190... --rule 保存期满              销毁个人密钥\n"
		   "  sushui admin ./demo backup /mnt/a --keys /mnt/b               一致性备份，服务运行时也可进行\n"
		   "  sushui admin ./demo reshred                                   从备份恢复密钥库后运行",
	.options = admin_options,
	.options_n = ARRAY_N(admin_options),
	.operands_min = 2,
	.operands_max = 4,
	.run = run_admin,
};
