/* SPDX-License-Identifier: Apache-2.0
 *
 * sensors: what a mosquitto broker needs so that each door sensor speaks for itself alone. Password and access files in a folder of the
 * broker; new passwords once on standard output, for the installer. Touches no fact.
 */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/password.h"

#define HASH_ITERATIONS 10000 /* mosquitto reads the number from the file; the passwords are random, so it need not be large */
#define HASH_BYTES 64
#define SALT_BYTES 12
#define NAME_MAX_N 60
#define FILE_MAX (16 * 1024 * 1024)

struct broker {
	struct cli *c;
	const char *dir;
	struct buf passwd; /* the file as it was read, line by line, without those that change */
	struct buf fresh;  /* "name,password" lines for standard output */
	size_t made_n, gone_n;
};

static bool name_ok(struct str s)
{
	if (s.n == 0 || s.n > NAME_MAX_N)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return true;
}

static const char *path_of(struct broker *b, const char *name)
{
	return arena_printf(&b->c->arena, "%s/%s", b->dir, name).p;
}

static enum err_code read_whole(struct broker *b, const char *path, struct str *out, struct err *e)
{
	FILE *f = fopen(path, "re");
	*out = STR("");
	if (!f) /* the first time */
		return access(path, F_OK) == 0 ? err_set(e, ERR_FILE, path, "the file cannot be read") : OK;
	struct buf all;
	buf_init(&all, FILE_MAX);
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
		buf_add(&all, block, n);
	bool ok = !ferror(f) && !all.failed;
	fclose(f);
	if (ok)
		*out = arena_str(&b->c->arena, buf_str(&all));
	buf_done(&all);
	return ok ? OK : err_set(e, ERR_FILE, path, "the file cannot be read, or is too large");
}

static void put_base64(struct buf *out, const uint8_t *bytes, int n)
{
	char text[(HASH_BYTES + 2) / 3 * 4 + 1];
	EVP_EncodeBlock((unsigned char *)text, bytes, n);
	buf_add_c(out, text);
}

/* A line of mosquitto's password file, kind 7: PBKDF2 with SHA-512. */
static enum err_code put_line(struct broker *b, struct str name, const char *password, struct err *e)
{
	uint8_t salt[SALT_BYTES], hash[HASH_BYTES];
	b->c->sys->random(b->c->sys->ctx, salt, sizeof salt);
	if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, sizeof salt, HASH_ITERATIONS, EVP_sha512(), sizeof hash, hash) != 1)
		return err_set(e, ERR_MEMORY, "", "the password cannot be hashed");
	buf_printf(&b->passwd, "%.*s:$7$%d$", STR_ARG(name), HASH_ITERATIONS);
	put_base64(&b->passwd, salt, sizeof salt);
	buf_add_byte(&b->passwd, '$');
	put_base64(&b->passwd, hash, sizeof hash);
	buf_add_byte(&b->passwd, '\n');
	return OK;
}

static bool named(struct broker *b, struct str name)
{
	for (size_t i = 2; i < b->c->args.operands_n; i++)
		if (str_eq(b->c->args.operands[i], name))
			return true;
	return false;
}

/* Copies the lines of everybody else; says whether one of those named has a password already. */
static struct str keep_others(struct broker *b, struct str text)
{
	struct str had = STR_NONE;
	while (text.n > 0) {
		struct str line = str_cut(&text, '\n'), rest = line, name = str_cut(&rest, ':');
		if (line.n == 0)
			continue;
		if (named(b, name)) {
			had = name;
			b->gone_n++;
			continue;
		}
		buf_add_str(&b->passwd, line);
		buf_add_byte(&b->passwd, '\n');
	}
	return had;
}

static enum err_code make_passwords(struct broker *b, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 2; rc == OK && i < b->c->args.operands_n; i++) {
		char password[PASSWORD_TEXT_N];
		struct str name = b->c->args.operands[i];
		password_make(b->c->sys, password);
		rc = put_line(b, name, password, e);
		if (rc == OK && b->c->json) {
			if (b->made_n)
				buf_add_byte(&b->fresh, ',');
			buf_printf(&b->fresh, "{\"name\":\"%.*s\",\"password\":\"%s\"}", STR_ARG(name), password);
		} else if (rc == OK)
			buf_printf(&b->fresh, "%.*s,%s\n", STR_ARG(name), password);
		b->made_n++;
	}
	return rc;
}

/* A sensor publishes below its own name only, and reads nothing; the server reads the doors of its county and publishes nothing. */
static enum err_code write_acl(struct broker *b, int64_t area, const char *server, struct err *e)
{
	struct buf acl;
	long long county = (long long)(area / 1000000);
	buf_init(&acl, 0);
	buf_add_c(&acl, "# Written by `sushui sensors`. Name it in mosquitto.conf: acl_file acl\n");
	buf_printf(&acl, "user %s\n", server);
	buf_printf(&acl, county % 100 ? "topic read sushui/%06lld/door/#\n" : "topic read sushui/+/door/#\n", county);
	for (size_t i = 0; i < 3; i++) {
		static const char *const words[] = {"open", "close", "heartbeat"};
		if (county % 100)
			buf_printf(&acl, "pattern write sushui/%06lld/door/%%u/%s\n", county, words[i]);
		else
			buf_printf(&acl, "pattern write sushui/+/door/%%u/%s\n", words[i]);
	}
	enum err_code rc = acl.failed ? err_set(e, ERR_MEMORY, "", "no memory") : folder_write_file(path_of(b, "acl"), buf_str(&acl), 0640, e);
	buf_done(&acl);
	return rc;
}

static enum err_code work(struct broker *b, int64_t area, struct err *e)
{
	struct cli *c = b->c;
	struct str text, server = args_get(&c->args, "server");
	for (size_t i = 2; i < c->args.operands_n; i++)
		if (!name_ok(c->args.operands[i]))
			return err_set(e, ERR_BAD_VALUE, c->args.operands[i].p,
				       "letters, digits, hyphen, underline and dot only, at most %d", NAME_MAX_N);
	enum err_code rc = read_whole(b, path_of(b, "passwd"), &text, e);
	if (rc != OK)
		return rc;
	struct str had = keep_others(b, text);
	if (had.p && !args_has(&c->args, "renew") && !args_has(&c->args, "revoke"))
		return err_set(e, ERR_NOT_ALLOWED, arena_str(&c->arena, had).p,
			       "has a password already; --renew makes a new one, --revoke takes it away");
	if (!args_has(&c->args, "revoke"))
		rc = make_passwords(b, e);
	if (rc == OK && b->passwd.failed)
		rc = err_set(e, ERR_MEMORY, "", "no memory");
	if (rc == OK)
		rc = folder_write_file(path_of(b, "passwd"), buf_str(&b->passwd), 0640, e);
	return rc == OK ? write_acl(b, area, server.p ? arena_str(&c->arena, server).p : "sushui", e) : rc;
}

static int run_sensors(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct broker b = {.c = c, .dir = args_operand(&c->args, 1)};
	if (args_has(&c->args, "renew") && args_has(&c->args, "revoke")) {
		err_set(&e, ERR_BAD_VALUE, "--revoke", "renew or revoke, not both");
		return cli_usage(c, &e);
	}
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	buf_init(&b.passwd, FILE_MAX);
	buf_init(&b.fresh, 0);
	umask(0027);
	enum err_code rc = mkdir(b.dir, 0750) == 0 || access(b.dir, W_OK) == 0 ? work(&b, f.config.area, &e)
										: err_set(&e, ERR_FILE, b.dir, "the folder cannot be written");
	struct buf out;
	buf_init(&out, 0);
	if (c->json)
		buf_printf(&out, "{\"made\":[%.*s],\"replaced\":%zu}\n", STR_ARG(buf_str(&b.fresh)), b.gone_n);
	else
		buf_add_str(&out, buf_str(&b.fresh));
	int code = rc == OK ? cli_put(c, &out) : cli_fail(c, &e);
	buf_done(&out);
	buf_done(&b.passwd);
	buf_done(&b.fresh);
	folder_close(&f);
	return code;
}

static const struct option sensors_options[] = {
	{"renew", NULL, false, "a new password for who has one", "已有密码的重新生成"},
	{"revoke", NULL, false, "take the password away", "注销密码"},
	{"server", "NAME", false, "user name of this server at the broker (sushui)", "本服务在消息服务器上的用户名，缺省 sushui"},
};
const struct command cmd_sensors = {
	.name = "sensors",
	.operands = "DIR BROKER [NAME...]",
	.en = "passwords and access rules of door sensors for a mosquitto broker",
	.zh = "为 mosquitto 消息服务器生成门磁的密码和访问规则",
	.more_en = "Writes BROKER/passwd and BROKER/acl and prints each new password once, as NAME,PASSWORD. A sensor may publish only below its own\n"
		   "name. The server itself is a NAME too (sushui). The broker reads both files anew on SIGHUP.\n\n"
		   "  sushui sensors ./jiangxian /etc/mosquitto/sushui sushui door-0001 door-0002",
	.more_zh = "写出 BROKER/passwd 和 BROKER/acl，每个新密码只在标准输出显示一次（NAME,PASSWORD）。每个门磁只能发布自己名下的主题。\n"
		   "本服务自身也是一个 NAME（sushui）。消息服务器收到 SIGHUP 后重新读取两个文件。\n\n"
		   "  sushui sensors ./jiangxian /etc/mosquitto/sushui sushui door-0001 door-0002",
	.options = sensors_options,
	.options_n = ARRAY_N(sensors_options),
	.operands_min = 2,
	.operands_max = ARGS_MAX,
	.run = run_sensors,
};
