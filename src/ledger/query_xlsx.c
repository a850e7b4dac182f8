/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/query_xlsx.h"

#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#include "core/buf.h"
#include "core/caltime.h"

#define DAY_MS 86400000.0
#define SHEET_NAME_MAX 31 /* of the format */

struct sheet {
	const struct query_call *call;
	lxw_worksheet *sheet;
	lxw_format *head, *time, *day, *span;
	struct buf cell;
	lxw_row_t row; /* the next one */
	int64_t most;  /* rows behind the heading */
	lxw_error bad;
	bool full;
};

static bool is_zh(const char *lang)
{
	return lang && strncmp(lang, "zh", 2) == 0;
}

/* The wall clock of the jurisdiction: what caltime_format writes before the offset. */
static lxw_datetime wall_clock(int64_t ms)
{
	char text[CALTIME_TEXT_N];
	lxw_datetime t = {0};
	int sec = 0;
	caltime_format(ms, text);
	CHECK(sscanf(text, "%d-%d-%dT%d:%d:%d", &t.year, &t.month, &t.day, &t.hour, &t.min, &sec) == 6);
	t.sec = sec;
	return t;
}

static lxw_error put_text(struct sheet *s, lxw_col_t col, const struct db_val *v, const struct query_column *c)
{
	buf_reset(&s->cell);
	if (!query_value_text(v, c, &s->cell) || s->cell.n == 0)
		return LXW_NO_ERROR;
	buf_add_byte(&s->cell, '\0');
	return s->cell.failed ? LXW_ERROR_MEMORY_MALLOC_FAILED : worksheet_write_string(s->sheet, s->row, col, s->cell.p, NULL);
}

static lxw_error put_cell(struct sheet *s, lxw_col_t col, const struct db_val *v, const struct query_column *c)
{
	if (v->type == DB_NULL)
		return LXW_NO_ERROR;
	switch (c->type) {
	case C_INT:
		return worksheet_write_number(s->sheet, s->row, col, (double)v->i, NULL);
	case C_REAL:
		return worksheet_write_number(s->sheet, s->row, col, v->type == DB_REAL ? v->f : (double)v->i, NULL);
	case C_BOOL:
		return worksheet_write_boolean(s->sheet, s->row, col, v->i != 0, NULL);
	case C_SPAN: /* a spreadsheet counts in days */
		return worksheet_write_number(s->sheet, s->row, col, (double)v->i / DAY_MS, s->span);
	case C_TIME:
	case C_DAY: {
		if (c->type == C_TIME && v->i == 0)
			return LXW_NO_ERROR;
		lxw_datetime at = wall_clock(c->type == C_TIME ? v->i : day_start((int32_t)v->i));
		return worksheet_write_datetime(s->sheet, s->row, col, &at, c->type == C_TIME ? s->time : s->day);
	}
	case C_TEXT:
	case C_DUTY:
	case C_AREA:
	case C_ID:
	case C_WORD:
		break;
	}
	return put_text(s, col, v, c); /* never a formula, whatever it begins with */
}

static bool take_row(void *ctx, const struct db_val *row)
{
	struct sheet *s = ctx;
	const struct query *q = s->call->query;
	s->full = (int64_t)s->row > s->most;
	for (size_t i = 0; i < q->columns_n && !s->full && s->bad == LXW_NO_ERROR; i++)
		s->bad = put_cell(s, (lxw_col_t)i, &row[i], &q->columns[i]);
	s->row++;
	return !s->full && s->bad == LXW_NO_ERROR;
}

static double width_of(enum column_type type)
{
	switch (type) {
	case C_ID:
		return 38;
	case C_TIME:
		return 20;
	case C_TEXT:
	case C_DUTY:
		return 24;
	case C_AREA:
	case C_DAY:
	case C_WORD:
		return 15;
	case C_INT:
	case C_REAL:
	case C_BOOL:
	case C_SPAN:
		break;
	}
	return 12;
}

static lxw_error put_heading(struct sheet *s)
{
	const struct query *q = s->call->query;
	for (size_t i = 0; i < q->columns_n && s->bad == LXW_NO_ERROR; i++) {
		const struct query_column *c = &q->columns[i];
		s->bad = worksheet_set_column(s->sheet, (lxw_col_t)i, (lxw_col_t)i, width_of(c->type), NULL);
		if (s->bad == LXW_NO_ERROR)
			s->bad = worksheet_write_string(s->sheet, 0, (lxw_col_t)i, is_zh(s->call->lang) ? c->zh : c->en, s->head);
	}
	worksheet_freeze_panes(s->sheet, 1, 0);
	s->row = 1;
	return s->bad;
}

static lxw_error begin_sheet(struct sheet *s, lxw_workbook *book)
{
	char name[SHEET_NAME_MAX + 1];
	const char *dot = strchr(s->call->query->name, '.');
	snprintf(name, sizeof name, "%s", dot ? dot + 1 : s->call->query->name);
	s->sheet = workbook_add_worksheet(book, name);
	s->head = workbook_add_format(book);
	s->time = workbook_add_format(book);
	s->day = workbook_add_format(book);
	s->span = workbook_add_format(book);
	if (!s->sheet || !s->head || !s->time || !s->day || !s->span)
		return s->bad = LXW_ERROR_CREATING_TMPFILE;
	format_set_bold(s->head);
	format_set_text_wrap(s->head);
	format_set_num_format(s->time, "yyyy-mm-dd hh:mm:ss");
	format_set_num_format(s->day, "yyyy-mm-dd");
	format_set_num_format(s->span, "[h]:mm:ss");
	return put_heading(s);
}

static enum err_code told(const struct sheet *s, const char *path, struct err *e)
{
	if (s->full)
		return err_set(e, ERR_TOO_LARGE, "format", "more than %lld rows; ask for one area or take format=csv", (long long)s->most);
	if (s->bad == LXW_ERROR_MAX_STRING_LENGTH_EXCEEDED)
		return err_set(e, ERR_TOO_LARGE, "format", "a text is longer than a cell holds; take format=csv");
	if (s->bad == LXW_ERROR_MEMORY_MALLOC_FAILED)
		return err_set(e, ERR_MEMORY, "", "no memory for the workbook");
	return s->bad == LXW_NO_ERROR ? OK : err_set(e, ERR_DISK, "", "%s: %s", path, lxw_strerror(s->bad));
}

enum err_code query_xlsx(struct db *db, struct arena *a, const struct query_call *call, const char *path, const char *tmpdir, int64_t most,
			 struct err *e)
{
	CHECK(most >= 1 && most <= XLSX_ROWS_MAX);
	char dir[512];
	snprintf(dir, sizeof dir, "%s", tmpdir);
	lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = dir};
	lxw_workbook *book = workbook_new_opt(path, &options);
	if (!book)
		return err_set(e, ERR_MEMORY, "", "no memory for the workbook");
	struct sheet s = {.call = call, .most = most};
	buf_init(&s.cell, 0);
	struct query_call own = *call;
	own.format = QUERY_ROWS;
	own.take = take_row;
	own.take_ctx = &s;
	own.piece = NULL;
	if (own.limit == 0)
		own.limit = most + 1; /* one more tells that they are too many */
	struct buf none;
	buf_init(&none, 0);
	begin_sheet(&s, book);
	enum err_code rc = told(&s, path, e);
	if (rc == OK)
		rc = query_run(db, a, &own, &none, e);
	if (rc == OK && s.bad == LXW_NO_ERROR && !s.full && s.row > 1)
		s.bad = worksheet_autofilter(s.sheet, 0, 0, s.row - 1, (lxw_col_t)(call->query->columns_n - 1));
	if (rc == OK)
		rc = told(&s, path, e);
	if (rc == OK) {
		s.bad = workbook_close(book); /* frees it in any case */
		rc = told(&s, path, e);
	} else
		lxw_workbook_free(book);
	buf_done(&none);
	buf_done(&s.cell);
	return rc;
}
