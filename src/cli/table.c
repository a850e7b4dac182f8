/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include "core/csv.h"

#define CELL_MAX 60
#define COLUMNS_MAX 64

/* What of the cell is shown: control characters end it, so that no cell can paint the terminal. */
static struct str shown(struct str s)
{
	size_t width = 0, i = 0;
	while (i < s.n) {
		size_t next = i + 1;
		while (next < s.n && ((unsigned char)s.p[next] & 0xC0) == 0x80)
			next++;
		width += cli_width((struct str){s.p + i, next - i});
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F || width > CELL_MAX)
			break;
		i = next;
	}
	return (struct str){s.p, i};
}

static bool is_number(struct str s)
{
	double v;
	return s.n > 0 && s.n < 12 && str_to_f64(s, &v);
}

static void put_row(struct buf *out, const struct str *cells, size_t n, const size_t *width, const bool *number)
{
	for (size_t i = 0; i < n; i++) {
		struct str cell = shown(cells[i]);
		size_t pad = width[i] - cli_width(cell);
		if (i > 0)
			buf_add_c(out, "  ");
		for (size_t k = 0; number[i] && k < pad; k++)
			buf_add_byte(out, ' ');
		buf_add_str(out, cell);
		for (size_t k = 0; !number[i] && k < pad && i + 1 < n; k++)
			buf_add_byte(out, ' ');
	}
	buf_add_byte(out, '\n');
}

/* One pass: measures when out is NULL, else prints. */
static enum err_code pass(struct str text, size_t *width, bool *number, size_t *rows_n, struct buf *out, struct err *e)
{
	struct csv *csv = NULL;
	const struct str *cells;
	size_t n = 0, rows = 0;
	enum err_code rc = csv_open_mem(&csv, text, e);
	while (rc == OK && (rc = csv_row(csv, &cells, &n, e)) == OK && n > 0) {
		if (n > COLUMNS_MAX)
			n = COLUMNS_MAX;
		for (size_t i = 0; i < n && !out; i++) {
			size_t w = cli_width(shown(cells[i]));
			if (w > width[i])
				width[i] = w;
			if (rows > 0 && cells[i].n > 0)
				number[i] &= is_number(cells[i]);
		}
		if (out)
			put_row(out, cells, n, width, number);
		rows++;
	}
	csv_close(&csv);
	*rows_n = rows > 0 ? rows - 1 : 0;
	return rc;
}

enum err_code table_from_csv(struct cli *c, struct str text, struct buf *out, size_t *rows_n, struct err *e)
{
	(void)c;
	size_t width[COLUMNS_MAX] = {0};
	bool number[COLUMNS_MAX];
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		number[i] = true;
	enum err_code rc = pass(text, width, number, rows_n, NULL, e);
	return rc == OK ? pass(text, width, number, rows_n, out, e) : rc;
}
