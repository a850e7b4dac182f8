/* SPDX-License-Identifier: Apache-2.0
 *
 * facts, post: the facts themselves, out and in, one JSON object per line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/progress.h"
#include "core/json.h"
#include "sql.gen.h"

/* The columns of ledger_facts, in order. */
enum { C_COUNTY, C_SEQ, C_FACT_ID, C_KIND, C_OUTBREAK, C_FACT_AREA, C_AT, C_RECORDED, C_RECEIVED, C_BY, C_DEVICE, C_EDITION, C_BODY,
       C_SEALED, C_HASH };

static void put_id(struct buf *b, const char *key, struct id id)
{
	char text[ID_TEXT_N + 1];
	if (id_is_none(id))
		return;
	id_format(id, text);
	json_key(b, key);
	json_c(b, text);
}

static void put_time(struct buf *b, const char *key, int64_t ms)
{
	json_key(b, key);
	json_i64(b, ms);
}

static void put_hex(struct buf *b, const char *key, struct str bytes)
{
	static const char digits[] = "0123456789abcdef";
	json_key(b, key);
	buf_add_byte(b, '"');
	for (size_t i = 0; i < bytes.n; i++) {
		buf_add_byte(b, digits[(unsigned char)bytes.p[i] >> 4]);
		buf_add_byte(b, digits[(unsigned char)bytes.p[i] & 15]);
	}
	buf_add_byte(b, '"');
}

static void put_fact(struct db *db, const uint8_t prev[32], struct buf *b)
{
	char area[16];
	json_open(b, '{');
	put_id(b, "id", db_id(db, C_FACT_ID));
	json_key(b, "kind");
	json_str(b, db_text(db, C_KIND));
	put_id(b, "outbreak", db_id(db, C_OUTBREAK));
	snprintf(area, sizeof area, "%012lld", (long long)db_int(db, C_FACT_AREA));
	json_key(b, "area");
	json_c(b, area);
	put_time(b, "at", db_int(db, C_AT));
	put_time(b, "recorded", db_int(db, C_RECORDED));
	if (db_text(db, C_DEVICE).n > 0) {
		json_key(b, "device");
		json_str(b, db_text(db, C_DEVICE));
	}
	json_key(b, "body");
	json_raw(b, db_text(db, C_BODY));
	json_key(b, "county");
	json_i64(b, db_int(db, C_COUNTY));
	json_key(b, "seq");
	json_i64(b, db_int(db, C_SEQ));
	put_time(b, "received", db_int(db, C_RECEIVED));
	put_id(b, "by", db_id(db, C_BY));
	json_key(b, "edition");
	json_str(b, db_text(db, C_EDITION));
	if (db_blob(db, C_SEALED).n > 0)
		put_hex(b, "sealed", db_blob(db, C_SEALED));
	put_hex(b, "prev", (struct str){(const char *)prev, 32});
	put_hex(b, "hash", db_blob(db, C_HASH));
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

static enum err_code write_facts(struct db *db, int64_t county, uint64_t after, struct err *e)
{
	uint8_t prev[32] = {0};
	int64_t chain = -1;
	struct buf b;
	buf_init(&b, 0);
	/* from the first on, because each line carries the hash before it */
	enum err_code rc = db_query(db, &SQL_ledger_facts, PARAMS(V_INT(county), V_INT(0)), e);
	while (rc == OK && db_next(db)) {
		if (db_int(db, C_COUNTY) != chain)
			memset(prev, 0, sizeof prev);
		chain = db_int(db, C_COUNTY);
		if ((uint64_t)db_int(db, C_SEQ) > after)
			put_fact(db, prev, &b);
		struct str hash = db_blob(db, C_HASH);
		if (hash.n == sizeof prev)
			memcpy(prev, hash.p, sizeof prev);
		if (b.failed)
			rc = err_set(e, ERR_MEMORY, "", "no memory");
		else if (b.n > 0 && fwrite(b.p, 1, b.n, stdout) != b.n)
			rc = err_set(e, ERR_FILE, "standard output", "%s", strerror(errno));
		buf_reset(&b);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	if (rc == OK && stop == OK && fflush(stdout) != 0)
		rc = err_set(e, ERR_FILE, "standard output", "%s", strerror(errno));
	buf_done(&b);
	return rc != OK ? rc : stop;
}

static int run_facts(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct db *db = NULL;
	int64_t after, county = 0;
	struct str text = args_get(&c->args, "county");
	if (args_int(&c->args, "after", 0, INT64_MAX, 0, &after, &e) != OK)
		return cli_usage(c, &e);
	if (text.p && (!cli_area(text, &county) || (county = COUNTY_OF(county)) == 0)) {
		err_set(&e, ERR_BAD_VALUE, "--county", "6 digits are expected");
		return cli_usage(c, &e);
	}
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	enum err_code rc = folder_reader(&f, &db, &e);
	if (rc == OK)
		rc = write_facts(db, county, (uint64_t)after, &e);
	db_close(&db);
	folder_close(&f);
	return rc == OK ? CLI_OK : cli_fail(c, &e);
}

static const struct option facts_options[] = {
	{"after", "SEQ", false, "only facts behind this number", "只输出该序号之后的事实"},
	{"county", "CODE", false, "only this county", "限定县（市、区）"},
};
const struct command cmd_facts = {
	.name = "facts",
	.operands = "DIR",
	.en = "write all facts as JSON lines, each with its hash and the one before it",
	.zh = "以 JSON 行输出全部事实及前后哈希",
	.more_en = "The truth of the folder in one text. Personal fields stay sealed (`sealed`, hexadecimal). Another program can recompute\n"
		   "the chain from it; `sushui post` takes the lines again.\n\n"
		   "  sushui facts ./demo > facts.jsonl",
	.more_zh = "以文本形式输出目录内的全部事实，个人信息保持加密（`sealed`）。其他程序可据此重算哈希链，`sushui post` 可重新接收。\n\n"
		   "  sushui facts ./demo > facts.jsonl",
	.options = facts_options,
	.options_n = ARRAY_N(facts_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_facts,
};

/* ---- post ------------------------------------------------------------------------------------------------- */

#define GROUP 1000
#define LINE_MAX_N (8 * 1024 * 1024)

struct poster {
	struct cli *c;
	struct folder folder;
	struct ledger *ledger;
	struct arena arena; /* of one group */
	struct fact facts[GROUP];
	struct verdict verdicts[GROUP];
	uint64_t lines[GROUP];
	size_t n;
	uint64_t line, read, accepted, refused, duplicates;
};

/* A node written out again as text. */
static void put_json(struct buf *b, const struct json *j)
{
	switch (j->type) {
	case JSON_NULL:
		json_null(b);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(b, j->type == JSON_TRUE);
		break;
	case JSON_INT:
		json_i64(b, j->i);
		break;
	case JSON_REAL:
		json_f64(b, j->f);
		break;
	case JSON_STRING:
		json_str(b, j->s);
		break;
	case JSON_ARRAY:
		json_open(b, '[');
		JSON_EACH(item, j)
			put_json(b, item);
		json_close(b, ']');
		break;
	case JSON_OBJECT:
		json_open(b, '{');
		JSON_EACH(member, j) {
			char key[128];
			str_to_c(member->key, key, sizeof key);
			json_key(b, key);
			put_json(b, member);
		}
		json_close(b, '}');
		break;
	}
}

/* A line of `sushui facts` without what the ledger fills in anew. */
static void put_client_part(struct buf *b, const struct json *j)
{
	static const char *const own[] = {"id", "kind", "outbreak", "area", "at", "recorded", "device"};
	const struct json *kind = json_get(j, STR("kind")), *body = json_get(j, STR("body"));
	const struct fact_kind *k = kind && kind->type == JSON_STRING ? fact_kind_of(kind->s) : NULL;
	json_open(b, '{');
	for (size_t i = 0; i < ARRAY_N(own); i++) {
		const struct json *member = json_get(j, str_of(own[i]));
		if (!member)
			continue;
		json_key(b, own[i]);
		put_json(b, member);
	}
	if (body && body->type == JSON_OBJECT) {
		json_key(b, "body");
		json_open(b, '{');
		JSON_EACH(member, body) {
			const struct field *f = k ? fact_field(k, member->key) : NULL;
			char key[128];
			if (f && (f->flags & DERIVED))
				continue;
			str_to_c(member->key, key, sizeof key);
			json_key(b, key);
			put_json(b, member);
		}
		json_close(b, '}');
	}
	json_close(b, '}');
}

static enum err_code decode_line(struct poster *p, struct str line, struct fact *out, struct err *e)
{
	const struct json *j;
	enum err_code rc = json_read(&p->arena, arena_str(&p->arena, line), &j, e);
	if (rc == OK && j->type == JSON_OBJECT && json_get(j, STR("hash"))) {
		if (json_get(j, STR("sealed")))
			return err_set(e, ERR_NOT_ALLOWED, "/sealed",
				       "sealed personal fields cannot be posted; restore a backup that holds them, or report the fact anew");
		struct buf b;
		buf_init(&b, LINE_MAX_N);
		put_client_part(&b, j);
		struct str text = arena_str(&p->arena, buf_str(&b));
		buf_done(&b);
		rc = json_read(&p->arena, text, &j, e);
	}
	return rc == OK ? fact_decode(&p->arena, j, out, e) : rc;
}

static void put_verdict(struct poster *p, uint64_t line, const struct verdict *v)
{
	struct cli *c = p->c;
	if (v->code == OK && v->duplicate)
		p->duplicates++;
	else if (v->code == OK)
		p->accepted++;
	else
		p->refused++;
	if (v->code == OK)
		return;
	fprintf(stderr, say(c, "line %llu: %s: %s%s%s\n", "第 %llu 行：%s：%s%s%s\n"), (unsigned long long)line, err_text(v->code, c->lang),
		v->err.at, v->err.at[0] && v->err.what[0] ? ": " : "", v->err.what);
}

static enum err_code post_group(struct poster *p, struct err *e)
{
	struct submission sub = {.who = actor_machine(), .facts = p->facts, .verdicts = p->verdicts, .n = p->n};
	enum err_code rc = p->n > 0 ? ledger_append(p->ledger, &sub, 1, e) : OK;
	for (size_t i = 0; rc == OK && i < p->n; i++)
		put_verdict(p, p->lines[i], &p->verdicts[i]);
	if (rc == OK)
		p->n = 0;
	arena_reset(&p->arena);
	ledger_idle(p->ledger);
	return rc;
}

static enum err_code post_line(struct poster *p, struct str line, struct err *e)
{
	p->line++;
	line = str_trim(line);
	if (line.n == 0)
		return OK;
	p->read++;
	struct verdict *v = &p->verdicts[p->n];
	*v = (struct verdict){0};
	v->code = decode_line(p, line, &p->facts[p->n], &v->err);
	p->lines[p->n++] = p->line;
	return p->n == GROUP || p->arena.used_n > (size_t)16 << 20 ? post_group(p, e) : OK;
}

static enum err_code post_file(struct poster *p, const char *path, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
	if (!in)
		return err_set(e, ERR_FILE, path, "%s", strerror(errno));
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	enum err_code rc = OK;
	while (rc == OK && (n = getline(&line, &cap, in)) >= 0)
		rc = n > LINE_MAX_N ? err_set(e, ERR_TOO_LARGE, path, "line %llu is longer than 8 MiB", (unsigned long long)p->line + 1)
				    : post_line(p, (struct str){line, (size_t)n}, e);
	if (rc == OK && ferror(in))
		rc = err_set(e, ERR_FILE, path, "%s", strerror(errno));
	free(line);
	if (in != stdin)
		fclose(in);
	enum err_code last = rc == OK || err_kind(rc) != KIND_FAULT ? post_group(p, rc == OK ? e : NULL) : OK;
	return rc != OK ? rc : last;
}

static int run_post(struct cli *c)
{
	struct poster *p = ARENA_NEW(&c->arena, struct poster);
	struct err e = {0};
	p->c = c;
	if (folder_open_operand(c, FOLDER_WRITE, &p->folder, &e) != OK)
		return cli_fail(c, &e);
	arena_init(&p->arena, 0);
	enum err_code rc = folder_ledger(&p->folder, &p->ledger, &e);
	if (rc == OK)
		rc = post_file(p, args_operand(&c->args, 1), &e);
	ledger_close(&p->ledger);
	folder_close(&p->folder);
	arena_done(&p->arena);
	CHECK(rc != OK || p->read == p->accepted + p->refused + p->duplicates);
	const unsigned long long read = p->read, accepted = p->accepted, refused = p->refused, duplicates = p->duplicates;
	struct buf b;
	buf_init(&b, 0);
	if (c->json)
		buf_printf(&b, "{\"lines\":%llu,\"accepted\":%llu,\"refused\":%llu,\"duplicates\":%llu}\n", read, accepted, refused, duplicates);
	else
		buf_printf(&b,
			   say(c, "%llu facts = %llu accepted + %llu refused + %llu there already\n",
			       "%llu 条事实 = 接收 %llu + 拒绝 %llu + 已存在 %llu\n"),
			   read, accepted, refused, duplicates);
	int code = rc != OK && read == 0 ? CLI_OK : cli_put(c, &b);
	buf_done(&b);
	if (rc != OK)
		return cli_fail(c, &e);
	return code != CLI_OK ? code : refused > 0 ? CLI_REFUSED : CLI_OK;
}

const struct command cmd_post = {
	.name = "post",
	.operands = "DIR FILE.jsonl",
	.en = "append facts from JSON lines",
	.zh = "从 JSON 行追加事实",
	.more_en = "One fact per line: {\"id\",\"kind\",\"outbreak\",\"area\",\"at\",\"recorded\",\"device\",\"body\":{...}}. Each line is judged by\n"
		   "itself; refusals go to standard error with their line. FILE.jsonl may be - for standard input. Takes lines of\n"
		   "`sushui facts` too, as far as nothing in them is sealed.\n\n"
		   "  sushui post ./demo facts.jsonl",
	.more_zh = "每行一条事实：{\"id\",\"kind\",\"outbreak\",\"area\",\"at\",\"recorded\",\"device\",\"body\":{...}}，逐行检查，被拒绝的行及原因输出到\n"
		   "标准错误。FILE.jsonl 可为 -（标准输入）。也可接收 `sushui facts` 输出中不含加密部分的行。\n\n"
		   "  sushui post ./demo facts.jsonl",
	.operands_min = 2,
	.operands_max = 2,
	.run = run_post,
};
