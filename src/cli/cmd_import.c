/* SPDX-License-Identifier: Apache-2.0
 *
 * import: a table becomes facts, row by row. What is wrong with a row stands in the error sheet beside the row itself; no
 * row disappears: rows = accepted + refused + duplicates, and the sum is checked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "cli/progress.h"
#include "cli/sheet.h"
#include "core/json.h"
#include "ledger/house.h"
#include "sql.gen.h"

/* Ids of imported rows lie all over their indexes, so that each group writes most pages that it touches once more. Measured with
 * 300,000 persons: 4.8 GB written with groups of 2,000 rows, a copy-back after each and 16 MiB of cache, 1.8 GB as it is. */
#define GROUP_ROWS 10000
#define COPY_BACK_GROUPS 4
#define MAPS_MAX 64
#define TOP_ERRORS 5

struct pending { /* a row whose fact waits for the verdict of the group */
	const struct str *cells;
	size_t cells_n;
	uint64_t line;
};
struct counts {
	uint64_t rows, accepted, refused, duplicates;
};
struct sample { /* an error as it first came up, and how often */
	struct err err;
	uint64_t line, n;
};
struct importer {
	struct cli *c;
	struct folder folder;
	struct ledger *ledger;
	struct textid textid;
	struct sheet sheet;
	struct csv *csv;
	struct sheet_map maps[MAPS_MAX];
	size_t maps_n;
	bool dry_run;
	const char *path, *errors_path;
	FILE *errors;
	struct counts n;
	struct sample top[TOP_ERRORS];
	size_t top_n;
	struct arena group_arena;
	struct fact facts[GROUP_ROWS];
	struct verdict verdicts[GROUP_ROWS];
	struct pending pending[GROUP_ROWS];
	size_t pending_n;
	uint64_t groups_n;
	bool cut;          /* the file ends inside a row */
	struct err cut_err;
	bool no_line_end;  /* the last line has no end: it may be cut where nobody can see it */
	struct bar bar;
};

/* ---- the error sheet -------------------------------------------------------------------------------------- */

static enum err_code write_errors(struct importer *m, struct buf *b, struct err *e)
{
	enum err_code rc = OK;
	if (b->failed)
		rc = err_set(e, ERR_MEMORY, m->errors_path, "no memory");
	else if (m->errors && fwrite(b->p, 1, b->n, m->errors) != b->n)
		rc = err_set(e, errno == ENOSPC ? ERR_DISK : ERR_FILE, m->errors_path, "%s", strerror(errno));
	buf_done(b);
	return rc;
}

/* Opened before anything is kept, so that a folder that cannot be written stops the import and not its report. */
static enum err_code open_errors(struct importer *m, struct err *e)
{
	struct stat in, out;
	if (stat(m->path, &in) == 0 && stat(m->errors_path, &out) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
		return err_set(e, ERR_NOT_ALLOWED, m->errors_path, "the error sheet cannot be the file itself");
	int fd = open(m->errors_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	m->errors = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!m->errors)
		return err_set(e, ERR_FILE, m->errors_path, "%s", strerror(errno));
	struct buf b;
	buf_init(&b, 0);
	buf_add(&b, "\xEF\xBB\xBF", 3); /* spreadsheets take UTF-8 for something else without the mark */
	for (size_t i = 0; i < m->sheet.columns_n; i++)
		csv_put(&b, m->sheet.columns[i].heading, i == 0);
	static const char *const more[] = {"line", "code", "field", "rule"};
	for (size_t i = 0; i < ARRAY_N(more); i++)
		csv_put(&b, str_of(more[i]), false);
	csv_end_row(&b);
	return write_errors(m, &b, e);
}

static enum err_code close_errors(struct importer *m, struct err *e)
{
	if (!m->errors)
		return OK;
	int failed = fclose(m->errors);
	m->errors = NULL;
	if (m->n.refused == 0)
		unlink(m->errors_path);
	else if (failed != 0)
		return err_set(e, errno == ENOSPC ? ERR_DISK : ERR_FILE, m->errors_path, "%s", strerror(errno));
	return OK;
}

/* "/body/tube" -> "tube" */
static const char *field_of(const struct err *e)
{
	const char *at = e->at;
	if (strncmp(at, "/body/", 6) == 0)
		at += 6;
	return *at == '/' ? at + 1 : at;
}

static void rule_text(const struct importer *m, const struct err *e, char *out, size_t cap)
{
	const struct cli *c = m->c;
	const struct field *f = fact_field(m->sheet.kind, str_of(field_of(e)));
	if (c->zh)
		snprintf(out, cap, "%s%s%s%s%s%s", err_text(e->code, "zh"), f ? "（" : "", f ? f->zh : "", f ? "）" : "", e->what[0] ? "：" : "",
			 e->what);
	else
		snprintf(out, cap, "%s", e->what[0] ? e->what : err_text(e->code, "en"));
}

static void count_error(struct importer *m, const struct err *err, uint64_t line)
{
	size_t i = 0;
	while (i < m->top_n && (m->top[i].err.code != err->code || strcmp(m->top[i].err.at, err->at) != 0))
		i++;
	if (i == m->top_n && m->top_n < TOP_ERRORS)
		m->top[m->top_n++] = (struct sample){*err, line, 0};
	if (i < m->top_n)
		m->top[i].n++;
}

static enum err_code refuse(struct importer *m, const struct str *cells, size_t n, uint64_t line, const struct err *err, struct err *e)
{
	struct buf b;
	char text[24], rule[600];
	m->n.refused++;
	count_error(m, err, line);
	buf_init(&b, 0);
	for (size_t i = 0; i < m->sheet.columns_n; i++)
		csv_put(&b, i < n ? cells[i] : STR(""), i == 0);
	snprintf(text, sizeof text, "%llu", (unsigned long long)line);
	csv_put(&b, str_of(text), false);
	csv_put(&b, str_of(err_name(err->code)), false);
	csv_put(&b, str_of(field_of(err)), false);
	rule_text(m, err, rule, sizeof rule);
	csv_put(&b, str_of(rule), false);
	for (size_t i = m->sheet.columns_n; i < n; i++) /* cells beyond the heading are kept too */
		csv_put(&b, cells[i], false);
	csv_end_row(&b);
	return write_errors(m, &b, e);
}

/* ---- rows ------------------------------------------------------------------------------------------------- */

static enum err_code flush(struct importer *m, struct err *e)
{
	struct submission sub = {.who = actor_machine(), .facts = m->facts, .verdicts = m->verdicts, .n = m->pending_n};
	if (m->pending_n == 0)
		return OK;
	memset(m->verdicts, 0, sizeof *m->verdicts * m->pending_n);
	enum err_code rc = ledger_append(m->ledger, &sub, 1, e);
	for (size_t i = 0; rc == OK && i < m->pending_n; i++) {
		const struct verdict *v = &m->verdicts[i];
		if (v->code != OK)
			rc = refuse(m, m->pending[i].cells, m->pending[i].cells_n, m->pending[i].line, &v->err, e);
		else if (v->duplicate)
			m->n.duplicates++;
		else
			m->n.accepted++;
	}
	if (rc == OK)
		m->pending_n = 0;
	arena_reset(&m->group_arena);
	if (rc == OK && !m->dry_run && ++m->groups_n % COPY_BACK_GROUPS == 0)
		ledger_idle(m->ledger);
	return rc;
}

static enum err_code hold(struct importer *m, const struct fact *f, const struct str *cells, size_t n)
{
	struct str *copy = ARENA_ARRAY(&m->group_arena, struct str, n);
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_str(&m->group_arena, cells[i]);
	m->facts[m->pending_n] = *f;
	m->pending[m->pending_n++] = (struct pending){copy, n, csv_line(m->csv)};
	return OK;
}

/* A line that is no row: counted and refused like a row; what cannot be read cannot be copied to the sheet. */
static enum err_code bad_row(struct importer *m, const struct err *bad, struct err *e)
{
	struct err shown = *bad;
	uint64_t line = csv_line(m->csv);
	if (csv_stuck(m->csv)) {
		m->cut = true;
		m->cut_err = *bad;
	}
	shown.at[0] = 0;
	return refuse(m, NULL, 0, line, &shown, e);
}

static enum err_code take_rows(struct importer *m, struct err *e)
{
	enum err_code rc = OK;
	uint64_t done, total;
	while (rc == OK && !m->cut) {
		const struct str *cells;
		size_t n;
		struct err bad = {0};
		enum err_code read = csv_row(m->csv, &cells, &n, &bad);
		if (read == OK && n == 0)
			break;
		if (read == OK && m->n.rows == 0 && sheet_is_explanation(cells, n))
			continue;
		m->n.rows++;
		if (read == OK) {
			struct fact f;
			struct arena_mark mark = arena_mark(&m->group_arena);
			enum err_code row = sheet_row(&m->sheet, &m->group_arena, cells, n, &f, &bad);
			if (row == OK) {
				rc = hold(m, &f, cells, n);
			} else {
				arena_rewind(&m->group_arena, mark);
				rc = refuse(m, cells, n, csv_line(m->csv), &bad, e);
			}
		} else {
			rc = err_kind(read) == KIND_FAULT && read != ERR_FILE ? (*e = bad, read) : bad_row(m, &bad, e);
		}
		if (rc == OK && (m->pending_n == GROUP_ROWS || m->group_arena.used_n > (size_t)32 << 20)) {
			rc = flush(m, e);
			csv_progress(m->csv, &done, &total);
			bar_tell(&m->bar, done, total);
		}
	}
	return rc == OK ? flush(m, e) : rc;
}

/* ---- the report ------------------------------------------------------------------------------------------- */

static void report_json(struct importer *m, struct buf *b)
{
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {{"rows", m->n.rows}, {"accepted", m->n.accepted}, {"refused", m->n.refused}, {"duplicates", m->n.duplicates}};
	json_open(b, '{');
	json_key(b, "kind");
	json_c(b, m->sheet.kind->name);
	json_key(b, "dry_run");
	json_bool(b, m->dry_run);
	for (size_t i = 0; i < ARRAY_N(counts); i++) {
		json_key(b, counts[i].name);
		json_i64(b, (int64_t)counts[i].n);
	}
	json_key(b, "cut_off");
	json_bool(b, m->cut);
	json_key(b, "no_line_end");
	json_bool(b, m->no_line_end);
	json_key(b, "error_sheet");
	json_str(b, m->n.refused ? str_of(m->errors_path) : STR(""));
	json_key(b, "errors");
	json_open(b, '[');
	for (size_t i = 0; i < m->top_n; i++) {
		json_open(b, '{');
		json_key(b, "code");
		json_c(b, err_name(m->top[i].err.code));
		json_key(b, "field");
		json_c(b, field_of(&m->top[i].err));
		json_key(b, "what");
		json_c(b, m->top[i].err.what);
		json_key(b, "first_line");
		json_i64(b, (int64_t)m->top[i].line);
		json_key(b, "rows");
		json_i64(b, (int64_t)m->top[i].n);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

static void report_text(struct importer *m, struct buf *b)
{
	struct cli *c = m->c;
	const unsigned long long rows = m->n.rows, accepted = m->n.accepted, refused = m->n.refused, duplicates = m->n.duplicates;
	if (m->dry_run)
		buf_add_c(b, say(c, "dry run: nothing was changed\n", "试运行：未作任何改动\n"));
	buf_printf(b,
		   say(c, "%llu rows = %llu accepted + %llu refused + %llu there already\n", "%llu 行 = 接收 %llu + 拒绝 %llu + 已存在 %llu\n"),
		   rows, accepted, refused, duplicates);
	for (size_t i = 0; i < m->top_n; i++) {
		char rule[600];
		rule_text(m, &m->top[i].err, rule, sizeof rule);
		const char *field = field_of(&m->top[i].err);
		buf_printf(b, say(c, "  %llu x %s%s%s, first on line %llu: %s\n", "  %llu 行 %s%s%s，首见于第 %llu 行：%s\n"),
			   (unsigned long long)m->top[i].n, err_name(m->top[i].err.code), *field ? " " : "", field,
			   (unsigned long long)m->top[i].line, rule);
	}
	if (m->cut)
		buf_printf(b,
			   say(c, "THE FILE IS CUT OFF (%s: %s): what stands behind that place was not read; the rows before it %s\n",
			       "文件不完整（%s：%s）：其后内容未读取，之前的行%s\n"),
			   m->cut_err.at, m->cut_err.what,
			   m->dry_run ? say(c, "were judged", "已检查") : say(c, "were kept as counted above", "已按上述数量保存"));
	if (m->no_line_end && !m->cut)
		buf_add_c(b, say(c, "note: the last line has no line end; make sure that the file is whole\n",
				 "注意：文件最后一行没有换行符，请确认文件完整\n"));
	if (refused > 0)
		buf_printf(b, say(c, "refused rows with reasons: %s\n", "被拒绝的行及原因：%s\n"), m->errors_path);
}

static int report(struct importer *m)
{
	struct buf b;
	CHECK(m->n.rows == m->n.accepted + m->n.refused + m->n.duplicates);
	buf_init(&b, 0);
	if (m->c->json)
		report_json(m, &b);
	else
		report_text(m, &b);
	int code = cli_put(m->c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : m->n.refused > 0 ? CLI_REFUSED : CLI_OK;
}

/* ---- the command ------------------------------------------------------------------------------------------ */

static enum err_code read_maps(struct importer *m, struct err *e)
{
	const struct args *a = &m->c->args;
	for (size_t i = 0; i < a->given_n; i++) {
		if (!a->given[i].option || strcmp(a->given[i].option->name, "map") != 0)
			continue;
		struct str field = a->given[i].value, heading = str_cut(&field, '=');
		if (!field.p || heading.n == 0 || field.n == 0 || m->maps_n == MAPS_MAX)
			return err_set(e, ERR_BAD_VALUE, "--map", "COLUMN=FIELD is expected, or COLUMN=- to leave the column out");
		m->maps[m->maps_n++] = (struct sheet_map){str_trim(heading), str_trim(field)};
	}
	return OK;
}

/* The only outbreak of the county, when it has one only. */
static enum err_code only_outbreak(struct importer *m, struct id *out, struct err *e)
{
	struct actor who = actor_machine();
	struct query_call call = {.query = query_of(STR("house.outbreaks")), .who = &who, .now_ms = m->c->sys->now_ms(m->c->sys->ctx),
				  .area = m->sheet.defaults.area, .format = QUERY_CSV, .limit = 2};
	struct buf b;
	struct csv *csv = NULL;
	const struct str *cells;
	size_t n = 0, rows = 0;
	struct id found = ID_NONE;
	buf_init(&b, 0);
	enum err_code rc = query_run(ledger_db(m->ledger), &m->c->arena, &call, &b, e);
	if (rc == OK)
		rc = csv_open_mem(&csv, buf_str(&b), e);
	while (rc == OK && (rc = csv_row(csv, &cells, &n, e)) == OK && n > 0)
		if (rows++ > 0 && !id_parse(cells[0], &found))
			found = ID_NONE;
	csv_close(&csv);
	buf_done(&b);
	if (rc == OK && rows == 2)
		*out = found;
	return rc;
}

static enum err_code read_defaults(struct importer *m, struct err *e)
{
	struct cli *c = m->c;
	struct fact *d = &m->sheet.defaults;
	struct str area = args_get(&c->args, "area"), ids = args_get(&c->args, "ids"), outbreak = args_get(&c->args, "outbreak");
	*d = (struct fact){.area = m->folder.config.area, .at = ABSENT, .recorded = ABSENT};
	d->device = STR("import");
	if (area.p && !cli_area(area, &d->area))
		return err_set(e, ERR_BAD_VALUE, "--area", "an area code of 6, 9 or 12 digits is expected");
	if (ids.p && !str_eq_c(ids, "text") && !str_eq_c(ids, "uuid"))
		return err_set(e, ERR_BAD_VALUE, "--ids", "text or uuid is expected");
	m->sheet.text_ids = str_eq_c(ids, "text");
	enum err_code rc = cli_time(c, "at", ABSENT, &d->at, e);
	if (rc != OK || !m->sheet.kind->outbreak)
		return rc;
	if (outbreak.n > 0 && m->sheet.text_ids)
		d->outbreak = textid_or_id(&m->textid, "outbreak", outbreak);
	else if (outbreak.p && !id_parse(outbreak, &d->outbreak))
		return err_set(e, ERR_BAD_VALUE, "--outbreak", "an id is expected; `sushui query DIR house.outbreaks` lists them");
	return outbreak.p ? OK : only_outbreak(m, &d->outbreak, e);
}

/* A file cut off within its last cell looks like a whole one, but for the missing line end. */
static bool lacks_line_end(const char *path)
{
	char last[2] = {'\n', '\n'};
	struct stat st;
	int fd = strcmp(path, "-") == 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool read_it = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 2 && pread(fd, last, 2, st.st_size - 2) == 2;
	close(fd);
	char end = last[1] == 0 ? last[0] : last[1]; /* UTF-16 */
	return read_it && end != '\n' && end != '\r';
}

static enum err_code open_file(struct importer *m, struct err *e)
{
	m->no_line_end = lacks_line_end(m->path);

	const struct str *cells;
	size_t n;
	enum err_code rc = csv_open(&m->csv, m->path, e);
	if (rc == OK)
		rc = csv_row(m->csv, &cells, &n, e);
	if (rc == OK && n == 0)
		rc = err_set(e, ERR_BAD_CSV, m->path, "the file is empty; a heading row is expected");
	return rc == OK ? sheet_columns(&m->sheet, &m->c->arena, cells, n, m->maps, m->maps_n, e) : rc;
}

static enum err_code import_prepare(struct importer *m, struct err *e)
{
	struct cli *c = m->c;
	struct str errors = args_get(&c->args, "errors");
	m->path = args_operand(&c->args, 2);
	m->errors_path = errors.p ? errors.p
			 : strcmp(m->path, "-") == 0 ? "import.errors.csv"
						      : arena_printf(&c->arena, "%s.errors.csv", m->path).p;
	m->dry_run = args_has(&c->args, "dry-run");
	enum err_code rc = folder_open_operand(c, FOLDER_WRITE, &m->folder, e);
	if (rc != OK)
		return rc;
	m->sheet.textid = &m->textid;
	m->sheet.kind = fact_kind_of(c->args.operands[1]);
	if (!m->sheet.kind)
		return err_set(e, ERR_UNKNOWN_KIND, args_operand(&c->args, 1), "`sushui kinds` lists them");
	rc = folder_ledger(&m->folder, &m->ledger, e);
	if (rc == OK)
		rc = textid_open(&m->textid, ledger_keyring(m->ledger), e);
	if (rc == OK)
		rc = read_maps(m, e);
	if (rc == OK)
		rc = read_defaults(m, e);
	if (rc == OK)
		rc = open_file(m, e);
	if (rc == OK)
		rc = open_errors(m, e);
	if (rc == OK && db_engine(ledger_db(m->ledger)) == DB_SQLITE)
		rc = db_script(ledger_db(m->ledger), &SQL_cli_import_cache, e);
	if (rc == OK && m->dry_run)
		rc = ledger_trial(m->ledger, e);
	return rc;
}

static int run_import(struct cli *c)
{
	struct importer *m = ARENA_NEW(&c->arena, struct importer);
	struct err e = {0}, sheet_err = {0};
	m->c = c;
	m->folder.lock_fd = -1;
	arena_init(&m->group_arena, 0);
	enum err_code rc = import_prepare(m, &e);
	bar_init(&m->bar, c, say(c, "importing", "导入"));
	bool began = rc == OK;
	if (began)
		rc = take_rows(m, &e);
	bar_done(&m->bar);
	csv_close(&m->csv);
	ledger_close(&m->ledger);
	enum err_code sheet_rc = close_errors(m, &sheet_err);
	int code;
	if (rc == OK && sheet_rc == OK) {
		code = report(m);
	} else {
		code = cli_fail(c, rc != OK ? &e : &sheet_err);
		if (began)
			fprintf(stderr,
				say(c, "%llu facts were kept before that; import the same file again: what is there already is counted and not "
				       "doubled\n",
				    "在此之前已保存 %llu 条；重新导入同一文件即可，已有的不会重复登记\n"),
				(unsigned long long)(m->dry_run ? 0 : m->n.accepted));
	}
	folder_close(&m->folder);
	arena_done(&m->group_arena);
	return code;
}

static const struct option import_options[] = {
	{"dry-run", NULL, false, "judge every row and change nothing", "只检查，不作任何改动"},
	{"map", "COLUMN=FIELD", true, "this column of the file is that field; - leaves it out", "指定文件列对应的字段，- 表示忽略该列"},
	{"errors", "FILE", false, "where refused rows go (FILE.csv.errors.csv)", "被拒绝的行写入此文件"},
	{"at", "TIME", false, "when it happened, for rows that do not say", "未注明时间的行以此为准"},
	{"outbreak", "ID", false, "outbreak, for rows that do not say; left out: the only one there is", "所属疫情，仅有一个时可省略"},
	{"area", "CODE", false, "area, for rows that do not say; left out: the folder's", "未注明区划的行以此为准，缺省为本目录区划"},
	{"ids", "text|uuid", false, "text: ids are those of another system, mapped to stable ids of this folder",
	 "text：编号为外部系统编号，自动对应为本目录固定编号"},
};
const struct command cmd_import = {
	.name = "import",
	.operands = "DIR KIND FILE.csv",
	.en = "take facts from a table (CSV; UTF-8, GB18030 or UTF-16)",
	.zh = "从表格导入事实（CSV；UTF-8、GB18030 或 UTF-16）",
	.more_en = "Each row becomes one fact of KIND and is judged by itself: good rows are kept, bad ones come back in an error sheet with\n"
		   "line, code, field and rule. `rows = accepted + refused + there already` is always printed. The same file twice is\n"
		   "the same facts. FILE.csv may be - for standard input. Exit code 1 when a row was refused.\n\n"
		   "  sushui template people.person_registered > persons.csv\n"
		   "  sushui import ./demo people.person_registered persons.csv --at 2022-11-20 --ids text --dry-run",
	.more_zh = "每行成为一条 KIND 类事实，逐行检查：合格的保存，不合格的连同行号、代码、字段和规则写入错误表。\n"
		   "总是输出“行数 = 接收 + 拒绝 + 已存在”。同一文件导入两次不会重复登记。FILE.csv 可为 -（标准输入）。\n"
		   "有行被拒绝时退出码为 1。\n\n"
		   "  sushui template people.person_registered > persons.csv\n"
		   "  sushui import ./demo people.person_registered persons.csv --at 2022-11-20 --ids text --dry-run",
	.options = import_options,
	.options_n = ARRAY_N(import_options),
	.operands_min = 3,
	.operands_max = 3,
	.run = run_import,
};
