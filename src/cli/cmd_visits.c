/* SPDX-License-Identifier: Apache-2.0
 *
 * import-visits: a table of stays - scan logs, checkpoint passes, by the million - into the folder's visit store. The stays are on disk
 * before the one fact that says so; a crash in between is mended by importing the same file again. rows = accepted + rejected.
 */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/progress.h"
#include "cli/textid.h"
#include "core/caltime.h"
#include "domain/tracing/tracing.h"
#include "domain/tracing/engine.h"
#include "domain/tracing/sheet.h"
#include "sql.gen.h"

struct visit_import {
	struct cli *c;
	struct folder folder;
	struct ledger *ledger;
	struct tracing_engine *engine;
	struct tracing_load *load;
	struct textid textid;
	bool text_ids, dry_run;
	int64_t area;
	const char *path, *errors_path;
	struct visit_sheet sheet;
	FILE *errors; /* opened with the first rejected row */
	bool known;   /* this very file was loaded before */
	int32_t first_day, last_day;
	char digest[2 * crypto_hash_sha256_BYTES + 1];
	struct bar bar;
};

static enum err_code digest_file(struct visit_import *m, struct err *e)
{
	static char bytes[1 << 16];
	crypto_hash_sha256_state s;
	unsigned char hash[crypto_hash_sha256_BYTES];
	FILE *in = fopen(m->path, "rb");
	if (!in)
		return err_set(e, ERR_FILE, m->path, "%s", strerror(errno));
	crypto_hash_sha256_init(&s);
	size_t n;
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		crypto_hash_sha256_update(&s, (unsigned char *)bytes, n);
	bool failed = ferror(in);
	fclose(in);
	if (failed)
		return err_set(e, ERR_FILE, m->path, "cannot be read");
	crypto_hash_sha256_final(&s, hash);
	sodium_bin2hex(m->digest, sizeof m->digest, hash, sizeof hash);
	return OK;
}

static enum err_code text_id(void *ctx, const char *column, struct str cell, struct id *out, struct err *e)
{
	struct visit_import *m = ctx;
	(void)e;
	*out = textid_or_id(&m->textid, column, cell);
	return OK;
}

static enum err_code uuid_id(void *ctx, const char *column, struct str cell, struct id *out, struct err *e)
{
	(void)ctx;
	return id_parse(cell, out) ? OK : err_set(e, ERR_BAD_VALUE, column, "a UUID is expected; --ids text takes ids of another system");
}

static enum err_code reject(void *ctx, const struct visit_sheet *sheet, const struct str *cells, size_t n, const struct err *why, struct err *e)
{
	struct visit_import *m = ctx;
	struct buf b;
	char line[24];
	buf_init(&b, 0);
	if (!m->errors) {
		int fd = open(m->errors_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		m->errors = fd >= 0 ? fdopen(fd, "w") : NULL;
		if (!m->errors)
			return err_set(e, ERR_FILE, m->errors_path, "%s", strerror(errno));
		buf_add_c(&b, "line,code,column,rule,person,place,t_in,t_out\r\n");
	}
	snprintf(line, sizeof line, "%llu", (unsigned long long)csv_line(sheet->csv));
	csv_put(&b, str_of(line), true);
	csv_put(&b, str_of(err_name(why->code)), false);
	csv_put(&b, str_of(why->at), false);
	csv_put(&b, str_of(why->what), false);
	for (size_t k = 0; k < VISIT_COLUMN__N; k++)
		csv_put(&b, visit_sheet_cell(sheet, (enum visit_column)k, cells, n), false);
	csv_end_row(&b);
	enum err_code rc = b.failed ? err_set(e, ERR_MEMORY, m->errors_path, "no memory") : OK;
	if (rc == OK && fwrite(b.p, 1, b.n, m->errors) != b.n)
		rc = err_set(e, ERR_DISK, m->errors_path, "%s", strerror(errno));
	buf_done(&b);
	return rc;
}

static void tell(void *ctx, const struct visit_sheet *sheet)
{
	struct visit_import *m = ctx;
	uint64_t done, total;
	csv_progress(sheet->csv, &done, &total);
	bar_tell(&m->bar, done, total);
}

static enum err_code take_rows(struct visit_import *m, struct err *e)
{
	enum err_code rc = visit_sheet_read(&m->sheet, m->load, e);
	if (m->errors && fclose(m->errors) != 0 && rc == OK)
		rc = err_set(e, ERR_DISK, m->errors_path, "%s", strerror(errno));
	m->errors = NULL;
	return rc;
}

static enum err_code say_so(struct visit_import *m, struct err *e)
{
	struct cli *c = m->c;
	int64_t known, now = c->sys->now_ms(c->sys->ctx);
	enum err_code rc = db_one(ledger_db(m->ledger), &SQL_tracing_load_known, PARAMS(V_INT(COUNTY_OF(m->area)), V_TEXT(str_of(m->digest))), 0,
				  &known, e);
	m->known = known > 0;
	if (rc != OK || m->known)
		return rc;
	struct str source = args_get(&c->args, "source");
	const struct fact_kind *kind = fact_kind_of(STR("tracing.visits_loaded"));
	struct tracing_visits_loaded *b = fact_body_new(&c->arena, kind);
	const char *slash = strrchr(m->path, '/');
	b->source = source.p ? source : str_of(slash ? slash + 1 : m->path);
	b->rows = (int64_t)m->sheet.rows;
	b->accepted = (int64_t)m->sheet.accepted;
	b->rejected = (int64_t)m->sheet.rejected;
	b->sha256 = str_of(m->digest);
	if (m->first_day != INT32_MIN) {
		b->first_day = m->first_day;
		b->last_day = m->last_day;
	}
	struct fact f = {.id = id_new(c->sys), .kind = kind, .area = m->area, .at = now, .recorded = now, .device = STR("import-visits"), .body = b};
	rc = fact_require(kind, b, e);
	return rc == OK ? ledger_append_one(m->ledger, &f, e) : rc;
}

static enum err_code prepare(struct visit_import *m, struct err *e)
{
	struct cli *c = m->c;
	struct str area = args_get(&c->args, "area"), ids = args_get(&c->args, "ids"), errors = args_get(&c->args, "errors");
	m->path = args_operand(&c->args, 1);
	m->errors_path = errors.p ? errors.p : arena_printf(&c->arena, "%s.errors.csv", m->path).p;
	m->dry_run = args_has(&c->args, "dry-run");
	m->text_ids = str_eq_c(ids, "text");
	m->sheet.id = m->text_ids ? text_id : uuid_id;
	if (ids.p && !m->text_ids && !str_eq_c(ids, "uuid"))
		return err_set(e, ERR_BAD_VALUE, "--ids", "text or uuid is expected");
	if (strcmp(m->errors_path, m->path) == 0)
		return err_set(e, ERR_NOT_ALLOWED, m->errors_path, "the error sheet cannot be the file itself");
	enum err_code rc = folder_open_operand(c, FOLDER_WRITE, &m->folder, e);
	if (rc != OK)
		return rc;
	m->area = m->folder.config.area;
	if (area.p && !cli_area(area, &m->area))
		return err_set(e, ERR_BAD_VALUE, "--area", "an area code of 6, 9 or 12 digits is expected");
	rc = digest_file(m, e);
	if (rc == OK)
		rc = csv_open(&m->sheet.csv, m->path, e);
	if (rc == OK)
		rc = visit_sheet_heading(&m->sheet, e);
	if (rc == OK)
		rc = folder_ledger(&m->folder, &m->ledger, e);
	if (rc == OK)
		rc = textid_open(&m->textid, ledger_keyring(m->ledger), e);
	if (rc == OK)
		rc = tracing_engine_open(&m->engine, m->folder.visits, &m->folder.protocols, e);
	return rc == OK ? tracing_load_open(&m->load, m->engine, ledger_db(m->ledger), COUNTY_OF(m->area), e) : rc;
}

static int report(struct visit_import *m)
{
	struct cli *c = m->c;
	struct buf b;
	const unsigned long long rows = m->sheet.rows, accepted = m->sheet.accepted, rejected = m->sheet.rejected;
	char first[DAY_TEXT_N] = "", last[DAY_TEXT_N] = "";
	CHECK(m->sheet.rows == m->sheet.accepted + m->sheet.rejected);
	if (m->first_day != INT32_MIN) {
		day_format(m->first_day, first);
		day_format(m->last_day, last);
	}
	buf_init(&b, 0);
	if (c->json) {
		buf_printf(&b, "{\"rows\":%llu,\"accepted\":%llu,\"rejected\":%llu,\"first_day\":\"%s\",\"last_day\":\"%s\",\"sha256\":\"%s\",", rows, accepted,
			   rejected, first, last, m->digest);
		buf_printf(&b, "\"loaded_before\":%s,\"dry_run\":%s,\"error_sheet\":", m->known ? "true" : "false", m->dry_run ? "true" : "false");
		json_str(&b, rejected ? str_of(m->errors_path) : STR(""));
		buf_add_c(&b, "}\n");
	} else {
		if (m->dry_run)
			buf_add_c(&b, say(c, "dry run: nothing was changed\n", "试运行：未作任何改动\n"));
		buf_printf(&b, say(c, "%llu rows = %llu accepted + %llu rejected\n", "%llu 行 = 接收 %llu + 拒绝 %llu\n"), rows, accepted, rejected);
		if (m->known)
			buf_add_c(&b, say(c, "this very file was loaded before; its stays are there once\n", "该文件此前已导入，到访记录不会重复\n"));
		if (rejected)
			buf_printf(&b, say(c, "rejected rows with reasons: %s\n", "被拒绝的行及原因：%s\n"), m->errors_path);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : rejected ? CLI_REFUSED : CLI_OK;
}

static int run_import_visits(struct cli *c)
{
	struct visit_import *m = ARENA_NEW(&c->arena, struct visit_import);
	struct err e = {0};
	m->c = c;
	m->folder.lock_fd = -1;
	m->first_day = m->last_day = INT32_MIN;
	m->sheet = (struct visit_sheet){.reject = reject, .tell = tell, .ctx = m};
	bar_init(&m->bar, c, say(c, "importing", "导入"));
	enum err_code rc = prepare(m, &e);
	if (rc == OK)
		rc = take_rows(m, &e);
	if (rc == OK && !m->dry_run)
		rc = tracing_load_commit(m->load, &m->first_day, &m->last_day, &e);
	tracing_load_close(&m->load);
	if (rc == OK && !m->dry_run)
		rc = say_so(m, &e);
	bar_done(&m->bar);
	csv_close(&m->sheet.csv);
	tracing_engine_close(&m->engine);
	ledger_close(&m->ledger);
	folder_close(&m->folder);
	return rc == OK ? report(m) : cli_fail(c, &e);
}

static const struct option visits_options[] = {
	{"ids", "text|uuid", false, "text: ids are those of another system, mapped to stable ids of this folder",
	 "text：编号为外部系统编号，自动对应为本目录固定编号"},
	{"source", "TEXT", false, "where the stays come from; left out: the name of the file", "数据来源，缺省为文件名"},
	{"area", "CODE", false, "the county; left out: the folder's", "所属区县，缺省为本目录区划"},
	{"errors", "FILE", false, "where rejected rows go (FILE.csv.errors.csv)", "被拒绝的行写入此文件"},
	{"dry-run", NULL, false, "judge every row and change nothing", "只检查，不作任何改动"},
};
const struct command cmd_import_visits = {
	.name = "import-visits",
	.operands = "DIR FILE.csv",
	.en = "load many stays (scan logs, checkpoint passes) for tracing",
	.zh = "批量导入到访记录（扫码、卡口通行）",
	.more_en = "Columns person, place, t_in and, where known, t_out; times as ISO 8601 or whole seconds since 1970. The stays go to the visit\n"
		   "store of the folder, and one fact says that they came. `rows = accepted + rejected` is always printed. The same file twice is\n"
		   "the same stays. Exit code 1 when a row was rejected.\n\n"
		   "  sushui import-visits ./demo scans.csv --ids text --source \"venue codes\"",
	.more_zh = "列为 person、place、t_in 及（已知时）t_out；时间为 ISO 8601 或 1970 年以来的整秒数。到访记录写入本目录的到访库，\n"
		   "另记一条事实。总是输出“行数 = 接收 + 拒绝”。同一文件导入两次不会重复。有行被拒绝时退出码为 1。\n\n"
		   "  sushui import-visits ./demo scans.csv --ids text --source 场所码",
	.options = visits_options,
	.options_n = ARRAY_N(visits_options),
	.operands_min = 2,
	.operands_max = 2,
	.run = run_import_visits,
};
