/* SPDX-License-Identifier: Apache-2.0
 *
 * verify, rebuild, audit, digest: is what stands here what was reported?
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/progress.h"
#include "core/json.h"

static void hex(const uint8_t *p, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
}

/* ---- verify ----------------------------------------------------------------------------------------------- */

static int put_verified(struct cli *c, const struct verify_report *r)
{
	char head[65];
	struct buf b;
	buf_init(&b, 0);
	hex(r->head, sizeof r->head, head);
	if (c->json) {
		json_open(&b, '{');
		json_key(&b, "facts");
		json_i64(&b, (int64_t)r->facts_n);
		json_key(&b, "counties");
		json_i64(&b, (int64_t)r->counties_n);
		json_key(&b, "bad_seq");
		json_i64(&b, (int64_t)r->bad_seq);
		json_key(&b, "bad_county");
		json_i64(&b, r->bad_county);
		json_key(&b, "head");
		json_c(&b, head);
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else {
		buf_printf(&b,
			   say(c, "%llu facts in %llu chains, every hash fits\nhead %s\n",
			       "共 %llu 条事实、%llu 条链，全部校验一致\n链头 %s\n"),
			   (unsigned long long)r->facts_n, (unsigned long long)r->counties_n, head);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

static int run_verify(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct db *db = NULL;
	struct verify_report r = {0};
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	struct bar bar;
	bar_init(&bar, c, say(c, "verifying", "校验"));
	enum err_code rc = folder_reader(&f, &db, &e);
	if (rc == OK)
		rc = ledger_verify(db, bar_progress(&bar), &r, &e);
	bar_done(&bar);
	db_close(&db);
	folder_close(&f);
	if (rc == OK)
		return put_verified(c, &r);
	int code = cli_fail(c, &e);
	/* a broken chain is a finding about the data, not a failure of this machine */
	return rc == ERR_CORRUPT && r.bad_seq > 0 ? CLI_REFUSED : code;
}

const struct command cmd_verify = {
	.name = "verify",
	.operands = "DIR",
	.en = "recompute every hash: was any fact changed, removed, added or moved?",
	.zh = "校验全部哈希：是否有事实被改动、删除、插入或移动",
	.more_en = "Reads only; may run beside the server. Prints the number of facts and the head, a hash over all chains: write it down\n"
		   "elsewhere, and whoever changes an old fact cannot keep it. Exit code 1 when the chain is broken.\n\n"
		   "  sushui verify ./demo",
	.more_zh = "只读，可与服务器同时运行。输出事实条数和链头哈希；将链头另行留存，旧事实一经改动即可发现。链断裂时退出码为 1。\n\n"
		   "  sushui verify ./demo",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_verify,
};

/* ---- rebuild ---------------------------------------------------------------------------------------------- */

static int put_rebuilt(struct cli *c, const uint8_t before[32], const uint8_t after[32], bool same)
{
	char text[65], text_before[65];
	struct buf b;
	hex(after, 32, text);
	hex(before, 32, text_before);
	buf_init(&b, 0);
	if (c->json)
		buf_printf(&b, "{\"same\":%s,\"before\":\"%s\",\"after\":\"%s\"}\n", same ? "true" : "false", text_before, text);
	else if (same)
		buf_printf(&b, say(c, "rebuilt; the tables are as before\ndigest %s\n", "已重建，各表与重建前一致\n摘要 %s\n"), text);
	else
		buf_printf(&b,
			   say(c, "rebuilt; THE TABLES DIFFER from what stood there before\nbefore %s\nafter  %s\n",
			       "已重建，各表与重建前不一致\n重建前 %s\n重建后 %s\n"),
			   text_before, text);
	int code = cli_put(c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : same ? CLI_OK : CLI_REFUSED;
}

static int run_rebuild(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct ledger *l = NULL;
	uint8_t before[32], after[32];
	if (folder_open_operand(c, FOLDER_WRITE, &f, &e) != OK)
		return cli_fail(c, &e);
	struct bar bar;
	bar_init(&bar, c, say(c, "rebuilding", "重建"));
	bool upgrade = args_has(&c->args, "upgrade");
	f.options.upgrade = upgrade;
	enum err_code rc = folder_ledger(&f, &l, &e);
	if (rc == OK && !upgrade) /* the tables of another version cannot be compared */
		rc = ledger_digest(ledger_db(l), false, before, &e);
	if (rc == OK)
		rc = ledger_rebuild(l, bar_progress(&bar), &e);
	if (rc == OK)
		rc = ledger_digest(ledger_db(l), false, after, &e);
	bar_done(&bar);
	ledger_close(&l);
	folder_close(&f);
	if (rc != OK)
		return cli_fail(c, &e);
	bool same = true;
	for (size_t i = 0; i < sizeof before && !upgrade; i++)
		same &= before[i] == after[i];
	if (upgrade)
		memcpy(before, after, sizeof before);
	return put_rebuilt(c, before, after, same);
}

static const struct option rebuild_options[] = {
	{"upgrade", NULL, false, "the folder may be of an earlier version: its tables become those of this one", "目录可为较早版本，各表改为本版本的结构"},
};
const struct command cmd_rebuild = {
	.name = "rebuild",
	.operands = "DIR",
	.en = "drop all tables that follow from the facts and make them anew",
	.zh = "丢弃由事实推出的全部表并重新生成",
	.more_en = "In one transaction: when it fails nothing is changed. Compares the tables before and after; exit code 1 when they differ,\n"
		   "which means that the program or the database was at fault before. The server must be stopped.\n\n"
		   "  sushui rebuild ./demo\n  sushui rebuild ./demo --upgrade",
	.more_zh = "在一个事务内完成，失败则不作任何改动。比较重建前后的各表，不一致时退出码为 1。须先停止服务器。\n\n"
		   "  sushui rebuild ./demo",
	.options = rebuild_options,
	.options_n = ARRAY_N(rebuild_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_rebuild,
};

/* ---- audit ------------------------------------------------------------------------------------------------ */

static int put_audited(struct cli *c, const struct buf *differences)
{
	struct buf b;
	size_t lines = 0;
	buf_init(&b, 0);
	for (size_t i = 0; i < differences->n; i++)
		lines += differences->p[i] == '\n';
	if (c->json) {
		struct str rest = buf_str(differences);
		json_open(&b, '{');
		json_key(&b, "agree");
		json_bool(&b, lines == 0);
		json_key(&b, "differences");
		json_open(&b, '[');
		while (rest.n > 0)
			json_str(&b, str_cut(&rest, '\n'));
		json_close(&b, ']');
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else if (lines == 0) {
		buf_add_c(&b, say(c, "the books agree with the facts\n", "账目与事实一致\n"));
	} else {
		buf_add_str(&b, buf_str(differences));
		buf_printf(&b, say(c, "%zu differences\n", "发现 %zu 处差异\n"), lines);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : lines == 0 ? CLI_OK : CLI_REFUSED;
}

static int run_audit(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct ledger *l = NULL;
	struct buf differences;
	if (folder_open_operand(c, FOLDER_WRITE, &f, &e) != OK)
		return cli_fail(c, &e);
	struct bar bar;
	bar_init(&bar, c, say(c, "auditing", "核账"));
	buf_init(&differences, 0);
	enum err_code rc = folder_ledger(&f, &l, &e);
	if (rc == OK)
		rc = ledger_audit(l, bar_progress(&bar), &differences, &e);
	bar_done(&bar);
	ledger_close(&l);
	folder_close(&f);
	int code = rc == OK ? put_audited(c, &differences) : cli_fail(c, &e);
	buf_done(&differences);
	return code;
}

const struct command cmd_audit = {
	.name = "audit",
	.operands = "DIR",
	.en = "recompute the books from the raw facts by a second, plain path and compare",
	.zh = "用另一条独立路径由原始事实重算账目并核对",
	.more_en = "One line per difference; exit code 1 when there is any. The server must be stopped.\n\n  sushui audit ./demo",
	.more_zh = "每处差异一行，有差异时退出码为 1。须先停止服务器。\n\n  sushui audit ./demo",
	.operands_min = 1,
	.operands_max = 1,
	.run = run_audit,
};

/* ---- digest ----------------------------------------------------------------------------------------------- */

static int run_digest(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct db *db = NULL;
	uint8_t digest[32];
	struct buf b;
	bool by_id = args_has(&c->args, "by-id"), dump = args_has(&c->args, "dump");
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	buf_init(&b, 0);
	enum err_code rc = folder_reader(&f, &db, &e);
	if (rc == OK && dump)
		rc = ledger_dump(db, by_id, &b, &e);
	else if (rc == OK)
		rc = ledger_digest(db, by_id, digest, &e);
	db_close(&db);
	folder_close(&f);
	if (rc == OK && !dump) {
		char text[65];
		hex(digest, sizeof digest, text);
		buf_printf(&b, c->json ? "{\"digest\":\"%s\"}\n" : "%s\n", text);
	}
	int code = rc == OK ? cli_put(c, &b) : cli_fail(c, &e);
	buf_done(&b);
	return code;
}

static const struct option digest_options[] = {
	{"by-id", NULL, false, "leave the order out in which facts were received: ledgers that took the same facts agree",
	 "不计接收顺序：收到相同事实的台账摘要相同"},
	{"dump", NULL, false, "print the rows themselves, one per line, to find a difference", "逐行输出各表内容，用于查找差异"},
};
const struct command cmd_digest = {
	.name = "digest",
	.operands = "DIR",
	.en = "one hash over all tables, to compare folders by",
	.zh = "输出全部表的摘要，用于比较数据目录",
	.more_en = "Two folders with the same digest hold the same state, on whatever database.\n\n"
		   "  sushui digest ./demo\n  diff <(sushui digest ./a --by-id --dump) <(sushui digest ./b --by-id --dump)",
	.more_zh = "摘要相同的两个数据目录状态相同，与所用数据库无关。\n\n"
		   "  sushui digest ./demo\n  diff <(sushui digest ./a --by-id --dump) <(sushui digest ./b --by-id --dump)",
	.options = digest_options,
	.options_n = ARRAY_N(digest_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_digest,
};
