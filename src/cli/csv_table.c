/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/csv_table.h"

#include <stdio.h>
#include <string.h>

#include "core/csv.h"

static enum err_code map_columns(const struct csv_table *t, const struct str *head, size_t n, int *column_of, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct str name = str_trim(head[i]);
		char text[80];
		str_to_c(name, text, sizeof text);
		column_of[i] = -1;
		for (int k = 0; t->column[k]; k++)
			if (str_eq_c(name, t->column[k]))
				column_of[i] = k;
		if (column_of[i] < 0)
			return err_set(e, ERR_UNKNOWN_COLUMN, text, "this table has no column of that name");
		for (size_t k = 0; k < i; k++)
			if (column_of[k] == column_of[i])
				return err_set(e, ERR_DUPLICATE_FIELD, text, "the column stands twice in the header");
	}
	for (size_t k = 0; k < t->required_n; k++) {
		bool found = false;
		for (size_t i = 0; i < n; i++)
			found |= column_of[i] == (int)k;
		if (!found)
			return err_set(e, ERR_MISSING_FIELD, t->column[k], "the header must name this column");
	}
	return OK;
}

static enum err_code read_rows(struct csv_table *t, struct csv *c, csv_table_fn *take, struct err *e)
{
	const struct str *f;
	size_t n, width;
	int column_of[CSV_COLUMNS_MAX];
	enum err_code rc = csv_row(c, &f, &width, e);
	if (rc == OK && width == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "", "the table is empty; its first line must name the columns");
	if (rc == OK)
		rc = map_columns(t, f, width, column_of, e);
	while (rc == OK && (rc = csv_row(c, &f, &n, e)) == OK && n > 0) {
		if (n != width) {
			rc = err_set(e, ERR_BAD_CSV, "", "the row has %zu fields, the header %zu", n, width);
		} else {
			for (size_t i = 0; i < n; i++)
				t->cell[column_of[i]] = str_trim(f[i]);
			rc = take(t, e);
			t->row++;
		}
		if (rc != OK && e) {
			char at[160];
			snprintf(at, sizeof at, "line %llu%s", (unsigned long long)csv_line(c), e->at[0] ? ", " : "");
			err_under(e, at);
		}
	}
	return rc;
}

enum err_code csv_table_read(const char *path, const char *const *column, size_t required_n, csv_table_fn *take, void *ctx, struct err *e)
{
	if (!path)
		return OK;
	struct csv_table t = {.column = column, .required_n = required_n, .ctx = ctx};
	struct csv *c = NULL;
	enum err_code rc = csv_open(&c, path, e);
	if (rc == OK)
		rc = read_rows(&t, c, take, e);
	csv_close(&c);
	if (rc != OK && e && strcmp(e->at, path) != 0) {
		char under[120];
		snprintf(under, sizeof under, "%.100s%s", path, e->at[0] ? ": " : "");
		err_under(e, under);
	}
	return rc;
}
