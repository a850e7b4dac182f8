/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <stdio.h>

#include "core/csv.h"

#define CELL_MAX 60
#define SPAN_TEXT_N 48

/* What of the cell is shown: control characters end it, so that no cell can paint the terminal. */
static struct str cut(struct str s)
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

static struct str span_text(const struct cli *c, struct str s, char out[SPAN_TEXT_N])
{
	int64_t ms;
	if (!str_to_i64(s, &ms))
		return s;
	const char *sign = ms < 0 ? "-" : "";
	unsigned long long minutes = (unsigned long long)(ms < 0 ? -ms : ms) / MS_PER_MINUTE;
	int n;
	if (minutes >= 48 * 60)
		n = snprintf(out, SPAN_TEXT_N, say(c, "%s%llu d %llu h", "%s%llu 天 %llu 小时"), sign, minutes / 1440, minutes / 60 % 24);
	else if (minutes >= 60)
		n = snprintf(out, SPAN_TEXT_N, say(c, "%s%llu h %02llu min", "%s%llu 小时 %02llu 分"), sign, minutes / 60, minutes % 60);
	else
		n = snprintf(out, SPAN_TEXT_N, say(c, "%s%llu min", "%s%llu 分"), sign, minutes);
	return (struct str){out, (size_t)n};
}

/* "2022-11-20T21:00:00+08:00" -> "2022-11-20 21:00" */
static struct str time_text(struct str s, char out[SPAN_TEXT_N])
{
	if (s.n < 16 || s.p[10] != 'T')
		return s;
	int n = snprintf(out, SPAN_TEXT_N, "%.10s %.5s", s.p, s.p + 11);
	return (struct str){out, (size_t)n};
}

static struct str shown(const struct cli *c, enum column_type type, bool heading, struct str cell, char out[SPAN_TEXT_N])
{
	if (!heading && type == C_SPAN)
		return span_text(c, cell, out);
	if (!heading && type == C_TIME)
		return time_text(cell, out);
	return cut(cell);
}

static void put_cell(struct buf *out, struct str cell, size_t width, bool right, bool last)
{
	size_t pad = width - cli_width(cell);
	for (size_t k = 0; right && k < pad; k++)
		buf_add_byte(out, ' ');
	buf_add_str(out, cell);
	for (size_t k = 0; !right && !last && k < pad; k++)
		buf_add_byte(out, ' ');
	buf_add_c(out, last ? "\n" : "  ");
}

/* One pass: measures when out is NULL, else prints. */
static enum err_code pass(const struct cli *c, const struct query *q, struct str text, size_t *width, size_t *rows_n, struct buf *out,
			  struct err *e)
{
	struct csv *csv = NULL;
	const struct str *cells;
	size_t n = 0, rows = 0;
	enum err_code rc = csv_open_mem(&csv, text, e);
	while (rc == OK && (rc = csv_row(csv, &cells, &n, e)) == OK && n > 0) {
		for (size_t i = 0; i < n && i < q->columns_n; i++) {
			char space[SPAN_TEXT_N];
			enum column_type type = q->columns[i].type;
			struct str cell = shown(c, type, rows == 0, cells[i], space);
			size_t w = cli_width(cell);
			if (out)
				put_cell(out, cell, width[i], type == C_INT || type == C_REAL || type == C_SPAN, i + 1 == q->columns_n);
			else if (w > width[i])
				width[i] = w;
		}
		rows++;
	}
	csv_close(&csv);
	*rows_n = rows > 0 ? rows - 1 : 0;
	return rc;
}

enum err_code table_from_csv(const struct cli *c, const struct query *query, struct str text, struct buf *out, size_t *rows_n,
			     struct err *e)
{
	size_t width[QUERY_COLUMNS_MAX] = {0};
	CHECK(query->columns_n <= QUERY_COLUMNS_MAX);
	enum err_code rc = pass(c, query, text, width, rows_n, NULL, e);
	return rc == OK && out ? pass(c, query, text, width, rows_n, out, e) : rc;
}
