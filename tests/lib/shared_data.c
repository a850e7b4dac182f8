/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/csv.h"

const char *shared_path(const char *name)
{
	static char path[4][1024];
	static int next;
	const char *root = getenv("SUSHUI_SHARED");
	char *out = path[next = (next + 1) % 4];
	snprintf(out, sizeof path[0], "%s/data/%s", root ? root : "../shared", name);
	if (access(out, R_OK) == 0)
		return out;
	fprintf(stderr,
		"skipped: the data set %s is not there (set SUSHUI_SHARED to the folder above data/)\n",
		name);
	return "";
}

void table_read(struct arena *a, const char *path, struct table *out)
{
	struct csv *c = NULL;
	struct err e;
	const struct str *f;
	size_t n, cap = 0;
	*out = (struct table){0};
	CHECK(csv_open(&c, path, &e) == OK);
	for (;;) {
		CHECK(csv_row(c, &f, &n, &e) == OK);
		if (n == 0)
			break;
		if (out->columns_n == 0) {
			out->columns_n = n;
			out->header = ARENA_ARRAY(a, struct str, n);
			for (size_t i = 0; i < n; i++)
				out->header[i] = arena_str(a, str_trim(f[i]));
			continue;
		}
		CHECK(n == out->columns_n);
		if (out->rows_n == cap) {
			cap = cap ? 2 * cap : 256;
			struct str *more = ARENA_ARRAY(a, struct str, cap * n);
			if (out->rows_n)
				memcpy(more, out->cell, out->rows_n * n * sizeof *more);
			out->cell = more;
		}
		for (size_t i = 0; i < n; i++)
			out->cell[out->rows_n * n + i] = arena_str(a, str_trim(f[i]));
		out->rows_n++;
	}
	csv_close(&c);
}

size_t table_column(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns_n; i++)
		if (str_eq_c(t->header[i], name))
			return i;
	fprintf(stderr, "no column %s\n", name);
	abort();
}

struct str table_cell(const struct table *t, size_t row, size_t column)
{
	return t->cell[row * t->columns_n + column];
}

double table_number(const struct table *t, size_t row, size_t column)
{
	double x;
	struct str s = table_cell(t, row, column);
	if (str_eq_c(s, "NA"))
		return NAN;
	char text[64];
	str_to_c(s, text, sizeof text);
	x = strtod(text, NULL);
	return x;
}
