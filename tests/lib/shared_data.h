/* SPDX-License-Identifier: Apache-2.0
 *
 * shared_data.h - real data sets that lie beside the project (folder in SUSHUI_SHARED). A test that needs one
 * which is not there says so and is skipped.
 */
#ifndef SUSHUI_TESTS_SHARED_DATA_H
#define SUSHUI_TESTS_SHARED_DATA_H

#include "core/arena.h"

/* A table in memory: cell(row, column) of the rows below the header. */
struct table {
	struct str *cell;
	size_t rows_n, columns_n;
	struct str *header;
};

/* $SUSHUI_SHARED/data/<name>, or "" when it is not there (then a message has been printed: call skip()). */
const char *shared_path(const char *name);
/* Reads a CSV file into an arena; stops the test when it cannot be read. */
void table_read(struct arena *a, const char *path, struct table *out);
/* Column by name; stops the test when there is none. */
size_t table_column(const struct table *t, const char *name);
struct str table_cell(const struct table *t, size_t row, size_t column);
double table_number(const struct table *t, size_t row, size_t column); /* NAN for NA */

#endif
