/* SPDX-License-Identifier: Apache-2.0
 *
 * csv_table.h - a CSV file whose columns are found by the names in its first line, in any order.
 */
#ifndef SUSHUI_CLI_CSV_TABLE_H
#define SUSHUI_CLI_CSV_TABLE_H

#include "core/err.h"

#define CSV_TABLE_COLUMNS_MAX 16

/* A table being read: cell[i] is the text under the i-th known column, without blanks around it; empty when the table has no such column. */
struct csv_table {
	const char *const *column; /* names, required ones first; NULL at the end */
	size_t required_n;
	struct str cell[CSV_TABLE_COLUMNS_MAX];
	size_t row; /* rows before this one */
	void *ctx;
};
typedef enum err_code csv_table_fn(struct csv_table *t, struct err *e);

/* Calls take for each row. path NULL: there is no table, OK. Errors have at = "FILE: line N, column". ERR_UNKNOWN_COLUMN, ERR_DUPLICATE_FIELD,
 * ERR_MISSING_FIELD, ERR_BAD_CSV, what csv.h gives, and what take gives. */
enum err_code csv_table_read(const char *path, const char *const *column, size_t required_n, csv_table_fn *take, void *ctx, struct err *e);

#endif
