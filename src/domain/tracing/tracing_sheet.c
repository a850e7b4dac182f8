/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of stays: headings, cells, and what is done with a row that cannot be taken.
 */
#include "core/caltime.h"
#include "domain/tracing/sheet.h"

#define TELL_ROWS 65536

const char *const visit_columns[] = {"person", "place", "t_in", "t_out", NULL};

struct str visit_sheet_cell(const struct visit_sheet *s, enum visit_column c, const struct str *cells, size_t n)
{
	return s->column[c] < n ? cells[s->column[c]] : STR("");
}

enum err_code visit_sheet_heading(struct visit_sheet *s, struct err *e)
{
	const struct str *cells;
	size_t n;
	enum err_code rc = csv_row(s->csv, &cells, &n, e);
	if (rc == OK && n == 0)
		rc = err_set(e, ERR_BAD_CSV, "", "the table is empty; a heading row is expected");
	for (size_t k = 0; k < VISIT_COLUMN__N; k++)
		s->column[k] = SIZE_MAX;
	for (size_t i = 0; rc == OK && i < n; i++) {
		size_t k = 0;
		while (k < VISIT_COLUMN__N && !str_eq_c(str_trim(cells[i]), visit_columns[k]))
			k++;
		char name[64];
		str_to_c(cells[i], name, sizeof name);
		if (k == VISIT_COLUMN__N)
			rc = err_set(e, ERR_UNKNOWN_COLUMN, name, "person, place, t_in and t_out are expected");
		else if (s->column[k] != SIZE_MAX)
			rc = err_set(e, ERR_DUPLICATE_FIELD, name, "this column is given twice");
		else
			s->column[k] = i;
	}
	for (size_t k = 0; rc == OK && k < VISIT_OUT; k++)
		if (s->column[k] == SIZE_MAX)
			rc = err_set(e, ERR_MISSING_FIELD, visit_columns[k], "this column is needed");
	return rc;
}

static bool read_time(struct str text, int64_t *out)
{
	int64_t s;
	if (str_to_i64(text, &s)) {
		*out = s * 1000;
		return s >= 0 && s < INT64_C(1) << 40;
	}
	return caltime_parse(text, out);
}

static enum err_code read_id(const struct visit_sheet *s, enum visit_column c, struct str cell, struct id *out, struct err *e)
{
	if (cell.n == 0)
		return err_set(e, ERR_MISSING_FIELD, visit_columns[c], "an id is needed");
	if (s->id)
		return s->id(s->ctx, visit_columns[c], cell, out, e);
	return id_parse(cell, out) ? OK : err_set(e, ERR_BAD_VALUE, visit_columns[c], "a UUID is expected");
}

enum err_code visit_sheet_row(const struct visit_sheet *s, const struct str *cells, size_t n, struct visit_row *out, struct err *e)
{
	struct str cell[VISIT_COLUMN__N];
	for (size_t k = 0; k < VISIT_COLUMN__N; k++)
		cell[k] = str_trim(visit_sheet_cell(s, (enum visit_column)k, cells, n));
	*out = (struct visit_row){0};
	enum err_code rc = read_id(s, VISIT_PERSON, cell[VISIT_PERSON], &out->person, e);
	if (rc == OK)
		rc = read_id(s, VISIT_PLACE, cell[VISIT_PLACE], &out->place, e);
	if (rc == OK && !read_time(cell[VISIT_IN], &out->from_ms))
		rc = err_set(e, ERR_BAD_VALUE, "t_in", "a time (ISO 8601, or whole seconds since 1970) is expected");
	if (rc == OK && cell[VISIT_OUT].n > 0 && !read_time(cell[VISIT_OUT], &out->until_ms))
		rc = err_set(e, ERR_BAD_VALUE, "t_out", "a time (ISO 8601, or whole seconds since 1970) is expected");
	return rc;
}

enum err_code visit_sheet_read(struct visit_sheet *s, struct tracing_load *load, struct err *e)
{
	enum err_code rc = OK;
	for (bool stuck = false; rc == OK && !stuck;) {
		const struct str *cells = NULL;
		size_t n = 0;
		struct err bad = {0};
		struct visit_row v;
		enum err_code row = csv_row(s->csv, &cells, &n, &bad);
		if (row == OK && n == 0)
			break;
		s->rows++;
		stuck = row != OK && csv_stuck(s->csv);
		if (row != OK)
			n = 0; /* what cannot be read cannot be shown */
		else
			row = visit_sheet_row(s, cells, n, &v, &bad);
		if (row == OK && load)
			row = tracing_load_row(load, v.person, v.place, v.from_ms, v.until_ms, &bad);
		if (row == OK) {
			s->accepted++;
		} else if (err_kind(row) == KIND_FAULT && row != ERR_FILE) {
			*e = bad;
			rc = row;
		} else {
			s->rejected++;
			rc = s->reject(s->ctx, s, cells, n, &bad, e);
		}
		if (s->tell && s->rows % TELL_ROWS == 0)
			s->tell(s->ctx, s);
	}
	return rc;
}
