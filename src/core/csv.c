/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes come from a file or from memory, become UTF-8 in a window that slides over the table, and rows
 * are cut out of the window. A row is scanned again from its start when the window had to be filled up;
 * the window doubles when one row fills it, so that costs at most as much again.
 */
#include "core/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/scan.h"

#define HEAD_N ((size_t)256 * 1024)     /* bytes the encoding is decided from */
#define WINDOW_N ((size_t)256 * 1024)
#define WINDOW_MAX ((size_t)8 * 1024 * 1024) /* most bytes of one row */
#define ROOM_MIN 8                      /* bytes one character may need in the window */
#define BAD_BYTE '\xFF'                 /* stands for what could not be decoded: no UTF-8 holds it */

struct csv {
	int fd;         /* -1: bytes in memory */
	bool own_fd;
	struct str mem; /* not yet taken */
	uint64_t taken_n, total_n;

	char *raw;               /* bytes as they came */
	size_t raw_at, raw_n;
	bool raw_end;            /* no more will come */
	int fault;               /* errno of a failed read */
	iconv_t conv;            /* (iconv_t)-1: the bytes are UTF-8 */
	size_t unit;             /* bytes to step over when one cannot be decoded */

	char *win;               /* UTF-8 */
	size_t at, end, cap;     /* [at, end) is not yet consumed */
	size_t clean;            /* text up to here is known to be good */
	bool eof;                /* nothing will come behind end */

	char delimiter;
	bool stuck;
	uint64_t line, row_line; /* line at `at`; line of the row last returned */
	struct str fields[CSV_COLUMNS_MAX];
	size_t fields_n;
	uint16_t quoted[CSV_COLUMNS_MAX]; /* indices of the fields that stood in quotes */
	size_t quoted_n;
	uint16_t doubled[CSV_COLUMNS_MAX]; /* of these, the ones that hold doubled quotes */
	size_t doubled_n;
};

/* --- bytes -------------------------------------------------------------------------------------- */

/* Up to n bytes; fewer only at the end (raw_end) or after a fault. */
static size_t take(struct csv *c, char *to, size_t n)
{
	size_t got = 0;
	if (c->fd < 0) {
		got = n < c->mem.n ? n : c->mem.n;
		if (got)
			memcpy(to, c->mem.p, got);
		c->mem.p += got;
		c->mem.n -= got;
		c->raw_end = c->mem.n == 0;
	}
	while (c->fd >= 0 && got < n && !c->raw_end && !c->fault) {
		ssize_t r = read(c->fd, to + got, n - got);
		if (r > 0)
			got += (size_t)r;
		else if (r == 0)
			c->raw_end = true;
		else if (errno != EINTR)
			c->fault = errno;
	}
	c->taken_n += got;
	return got;
}

static void refill_raw(struct csv *c)
{
	size_t left = c->raw_n - c->raw_at;
	memmove(c->raw, c->raw + c->raw_at, left);
	c->raw_at = 0;
	c->raw_n = left + take(c, c->raw + left, HEAD_N - left);
}

static void copy_in(struct csv *c)
{
	size_t room = c->cap - c->end, left = c->raw_n - c->raw_at, n = left < room ? left : room;
	memcpy(c->win + c->end, c->raw + c->raw_at, n);
	c->raw_at += n;
	c->end += n;
	if (n < room && !c->raw_end)
		c->end += take(c, c->win + c->end, room - n);
	c->eof = c->raw_end && c->raw_at == c->raw_n;
}

static void convert_in(struct csv *c)
{
	while (!c->eof && c->cap - c->end >= ROOM_MIN) {
		if (c->raw_at == c->raw_n && !c->raw_end)
			refill_raw(c);
		char *from = c->raw + c->raw_at, *to = c->win + c->end;
		size_t from_n = c->raw_n - c->raw_at, room = c->cap - c->end;
		size_t r = from_n ? iconv(c->conv, &from, &from_n, &to, &room) : 0;
		int why = r == (size_t)-1 ? errno : 0;
		c->raw_at = (size_t)(from - c->raw);
		c->end = (size_t)(to - c->win);
		if (why == E2BIG || c->fault)
			break;
		if (why == EINVAL && !c->raw_end) { /* half a character: its other half is still to come */
			refill_raw(c);
			continue;
		}
		if (why == EILSEQ || why == EINVAL) {
			if (room < 1)
				break;
			c->win[c->end++] = BAD_BYTE;
			c->raw_at += from_n < c->unit ? from_n : c->unit;
		}
		c->eof = c->raw_end && c->raw_at == c->raw_n;
	}
}

/* More text behind `end`; false when the row from `at` on already fills the largest window, or memory is out. */
static bool fill(struct csv *c)
{
	if (c->at > 0) {
		memmove(c->win, c->win + c->at, c->end - c->at);
		c->end -= c->at;
		c->clean = c->clean > c->at ? c->clean - c->at : 0;
		c->at = 0;
	}
	if (c->cap - c->end < ROOM_MIN) {
		char *p = c->cap < WINDOW_MAX ? realloc(c->win, c->cap * 2) : NULL;
		if (!p)
			return false;
		c->win = p;
		c->cap *= 2;
	}
	if (c->conv == (iconv_t)-1)
		copy_in(c);
	else
		convert_in(c);
	return true;
}

/* --- encoding and delimiter --------------------------------------------------------------------- */

/* Bytes of [p, end) that no GB18030 text can hold where they stand. */
static size_t gb18030_misfits(const unsigned char *p, const unsigned char *end)
{
	size_t n = 0;
	while (p < end) {
		ptrdiff_t left = end - p;
		if (*p < 0x80) {
			p++;
		} else if (left < 4 && (left < 2 || (p[1] >= 0x30 && p[1] <= 0x39))) {
			break; /* cut off by the end of the head */
		} else if (*p == 0x80 || *p == 0xFF) {
			n++;
			p++;
		} else if (p[1] >= 0x40 && p[1] != 0x7F && p[1] != 0xFF) {
			p += 2;
		} else if (p[1] >= 0x30 && p[1] <= 0x39 && p[2] >= 0x81 && p[2] != 0xFF && p[3] >= 0x30 && p[3] <= 0x39) {
			p += 4;
		} else {
			n++;
			p++;
		}
	}
	return n;
}

static size_t utf8_misfits(const char *p, const char *end, bool whole)
{
	size_t n = 0;
	while ((p = scan_bad_utf8(p, end)) != end) {
		if (!whole && end - p < 4 && (unsigned char)*p >= 0xC2)
			break; /* cut off by the end of the head */
		n++;
		p++;
	}
	return n;
}

static enum err_code choose_encoding(struct csv *c, struct err *e)
{
	const char *name = NULL;
	size_t mark_n = 0;
	struct str head = {c->raw, c->raw_n};
	c->unit = 1;
	if (str_starts(head, STR("\xEF\xBB\xBF"))) {
		mark_n = 3;
	} else if (str_starts(head, STR("\xFF\xFE")) || str_starts(head, STR("\xFE\xFF"))) {
		name = head.p[0] == '\xFF' ? "UTF-16LE" : "UTF-16BE";
		mark_n = c->unit = 2;
	} else {
		size_t utf8 = utf8_misfits(head.p, head.p + head.n, c->raw_end);
		const unsigned char *p = (const unsigned char *)head.p;
		/* a UTF-8 file with one damaged byte must not turn into other characters */
		if (utf8 > 0 && gb18030_misfits(p, p + head.n) < utf8)
			name = "GB18030";
	}
	c->raw_at = mark_n;
	if (name) {
		c->conv = iconv_open("UTF-8", name);
		if (c->conv == (iconv_t)-1)
			return err_set(e, ERR_FILE, name, "this system cannot convert the encoding of the file");
	}
	return OK;
}

static void choose_delimiter(struct csv *c)
{
	const char *p = c->win + c->at, *end = c->win + c->end;
	struct str text = {p, (size_t)(end - p)};
	if (str_starts(text, STR("sep=")) && text.n > 5 && strchr(",;\t", p[4]) && (p[5] == '\r' || p[5] == '\n')) {
		c->delimiter = p[4]; /* what spreadsheets write for each other */
		c->at += 5;
		return;
	}
	size_t commas = 0, semicolons = 0, tabs = 0;
	while (p < end && (*p == '\r' || *p == '\n'))
		p++;
	for (bool quoted = false; p < end && (quoted || (*p != '\r' && *p != '\n')); p++) {
		quoted ^= *p == '"';
		commas += !quoted && *p == ',';
		semicolons += !quoted && *p == ';';
		tabs += !quoted && *p == '\t';
	}
	c->delimiter = commas >= semicolons && commas >= tabs ? ',' : semicolons >= tabs ? ';' : '\t';
}

static enum err_code start(struct csv *c, const char *name, struct err *e)
{
	c->conv = (iconv_t)-1;
	c->line = c->row_line = 1;
	c->cap = WINDOW_N;
	c->raw = malloc(HEAD_N);
	c->win = malloc(c->cap);
	if (!c->raw || !c->win)
		return err_set(e, ERR_MEMORY, name, "there is no memory left to read the table");
	refill_raw(c);
	if (c->fault)
		return err_set(e, ERR_FILE, name, "%s", strerror(c->fault));
	enum err_code code = choose_encoding(c, e);
	if (code != OK)
		return code;
	(void)fill(c); /* an empty window has room */
	if (c->fault)
		return err_set(e, ERR_FILE, name, "%s", strerror(c->fault));
	choose_delimiter(c);
	return OK;
}

static enum err_code open_source(struct csv **out, int fd, bool own_fd, struct str mem, uint64_t total_n, const char *name,
	struct err *e)
{
	struct csv *c = calloc(1, sizeof *c);
	if (!c) {
		if (own_fd)
			close(fd);
		return err_set(e, ERR_MEMORY, name, "there is no memory left to read the table");
	}
	c->fd = fd;
	c->own_fd = own_fd;
	c->mem = mem.n ? mem : STR("");
	c->total_n = total_n;
	enum err_code code = start(c, name, e);
	if (code == OK)
		*out = c;
	else
		csv_close(&c);
	return code;
}

enum err_code csv_open(struct csv **out, const char *path, struct err *e)
{
	bool standard_input = strcmp(path, "-") == 0;
	int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_FILE, path, "%s", strerror(errno));
	struct stat st;
	uint64_t total_n = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	return open_source(out, fd, !standard_input, STR_NONE, total_n, path, e);
}

enum err_code csv_open_mem(struct csv **out, struct str bytes, struct err *e)
{
	return open_source(out, -1, false, bytes, bytes.n, "", e);
}

void csv_close(struct csv **cp)
{
	struct csv *c = *cp;
	if (!c)
		return;
	if (c->conv != (iconv_t)-1)
		iconv_close(c->conv);
	if (c->own_fd)
		close(c->fd);
	free(c->raw);
	free(c->win);
	free(c);
	*cp = NULL;
}

/* --- rows --------------------------------------------------------------------------------------- */

enum outcome { ROW, NEED_MORE, BARE_QUOTE, BEHIND_QUOTE, OPEN_QUOTE, LONG_FIELD, MANY_FIELDS };

/* A quoted field whose opening quote is at *pp, which is moved behind the closing one. */
static inline enum outcome scan_quoted(struct csv *c, const char **pp, const char *end)
{
	const char *start = *pp + 1, *q = start, *hit;
	bool doubled = false;
	for (;; q = hit + 2, doubled = true) {
		hit = memchr(q, '"', (size_t)(end - q));
		if ((size_t)((hit ? hit : end) - start) > CSV_FIELD_MAX)
			return LONG_FIELD;
		if (!hit)
			return c->eof ? OPEN_QUOTE : NEED_MORE;
		if (hit + 1 == end) {
			if (!c->eof)
				return NEED_MORE;
			break;
		}
		if (hit[1] != '"')
			break;
	}
	c->quoted[c->quoted_n++] = (uint16_t)c->fields_n;
	if (doubled)
		c->doubled[c->doubled_n++] = (uint16_t)c->fields_n;
	c->fields[c->fields_n++] = (struct str){start, (size_t)(hit - start)};
	*pp = hit + 1;
	return ROW;
}

/* The row that begins at `at`; *row_end is the place behind its line end. Changes nothing in the window. */
static enum outcome scan_row(struct csv *c, size_t *row_end)
{
	const char *p = c->win + c->at, *end = c->win + c->end;
	const char delimiter = c->delimiter;
	c->fields_n = c->quoted_n = c->doubled_n = 0;
	for (;; p++) {
		if (c->fields_n == CSV_COLUMNS_MAX)
			return MANY_FIELDS;
		if (p < end && *p == '"') {
			enum outcome o = scan_quoted(c, &p, end);
			if (o != ROW)
				return o;
		} else {
			const char *q = scan_field(p, end, delimiter, '"');
			if ((size_t)(q - p) > CSV_FIELD_MAX)
				return LONG_FIELD;
			if (q == end && !c->eof)
				return NEED_MORE;
			if (q < end && *q == '"')
				return BARE_QUOTE;
			c->fields[c->fields_n++] = (struct str){p, (size_t)(q - p)};
			p = q;
		}
		if (p < end && *p == delimiter)
			continue;
		if (p < end && *p == '\r') {
			if (p + 1 == end && !c->eof)
				return NEED_MORE;
			p += p + 1 < end && p[1] == '\n' ? 2 : 1;
		} else if (p < end && *p == '\n') {
			p++;
		} else if (p < end) {
			return BEHIND_QUOTE;
		}
		*row_end = (size_t)(p - c->win);
		return ROW;
	}
}

static uint64_t count_lines(const char *p, const char *end)
{
	uint64_t n = 0;
	while ((p = scan_field(p, end, '\n', '\n')) < end) {
		p += *p == '\r' && end - p > 1 && p[1] == '\n' ? 2 : 1;
		n++;
	}
	return n;
}

/* Moves `at` behind the next line end, however far that is. A failed read is left in c->fault. */
static void skip_line(struct csv *c)
{
	for (;;) {
		size_t hit = (size_t)(scan_field(c->win + c->at, c->win + c->end, '\n', '\n') - c->win);
		bool carriage = hit < c->end && c->win[hit] == '\r';
		if (hit < c->end && (!carriage || hit + 1 < c->end || c->eof)) {
			c->at = hit + (carriage && hit + 1 < c->end && c->win[hit + 1] == '\n' ? 2 : 1);
			c->line++;
			return;
		}
		c->at = hit;
		if (c->eof || c->fault || !fill(c))
			return;
	}
}

static enum err_code row_error(struct err *e, enum err_code code, uint64_t line, const char *what)
{
	char at[48];
	snprintf(at, sizeof at, "line %llu", (unsigned long long)line);
	return err_set(e, code, at, "%s", what);
}

/* An error in the row at `at`. Reading goes on with the line behind the first line of the row: an unclosed quote
 * would otherwise take good rows with it, of which nobody would hear. */
static enum err_code bad_row(struct csv *c, enum err_code code, const char *what, struct err *e)
{
	uint64_t line = c->line;
	c->row_line = line;
	skip_line(c);
	return row_error(e, code, line, what);
}

static enum err_code stick(struct csv *c, enum err_code code, const char *what, struct err *e)
{
	c->stuck = true;
	c->row_line = c->line;
	return row_error(e, code, c->line, what);
}

/* First bad byte of the row that ends at row_end, or row_end. Looks at the whole window at once, so each byte is looked at once. */
static size_t check_text(struct csv *c, size_t row_end)
{
	if (c->clean < c->at)
		c->clean = c->at;
	if (c->clean < row_end) {
		/* a character cut off by the end of the window lies behind row_end and is looked at again */
		c->clean = (size_t)(scan_bad_text(c->win + c->clean, c->win + c->end) - c->win);
		if (c->clean >= row_end)
			return row_end;
		size_t bad = c->clean;
		c->clean = row_end;
		return bad;
	}
	return row_end;
}

/* Line ends inside the quoted fields of the row. */
static uint64_t inner_lines(const struct csv *c)
{
	uint64_t n = 0;
	for (size_t i = 0; i < c->quoted_n; i++) {
		struct str f = c->fields[c->quoted[i]];
		n += count_lines(f.p, f.p + f.n);
	}
	return n;
}

static void undouble(struct csv *c, struct str *f)
{
	char *start = c->win + (f->p - c->win), *to = start;
	const char *end = f->p + f->n;
	for (const char *p = f->p; p < end;) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		size_t n = (size_t)((quote ? quote + 1 : end) - p);
		memmove(to, p, n);
		to += n;
		p += n + (quote ? 1 : 0);
	}
	f->n = (size_t)(to - start);
}

static enum err_code finish_row(struct csv *c, size_t row_end, struct err *e)
{
	size_t bad = check_text(c, row_end);
	uint64_t line = c->line;
	c->row_line = line;
	if (bad < row_end) {
		uint64_t bad_line = line + count_lines(c->win + c->at, c->win + bad);
		bool nul = c->win[bad] == 0;
		c->at = row_end;
		c->line += 1 + inner_lines(c);
		return row_error(e, ERR_BAD_TEXT, bad_line, nul ? "a NUL byte is not allowed in a table" :
			"a byte does not fit the encoding of the file (UTF-8, GB18030 or UTF-16 was expected)");
	}
	c->at = row_end;
	c->line += 1 + inner_lines(c);
	for (size_t i = 0; i < c->doubled_n; i++)
		undouble(c, &c->fields[c->doubled[i]]);
	return OK;
}

/* Steps over empty lines; false when the table is over (or a read failed). */
static bool find_row(struct csv *c)
{
	for (;;) {
		if (c->at == c->end || (c->at + 1 == c->end && c->win[c->at] == '\r')) {
			if (!c->eof) {
				if (c->fault)
					return false;
				(void)fill(c); /* an almost empty window has room */
				continue;
			}
			if (c->at == c->end)
				return false;
		}
		if (c->win[c->at] != '\r' && c->win[c->at] != '\n')
			return true;
		c->at += c->win[c->at] == '\r' && c->at + 1 < c->end && c->win[c->at + 1] == '\n' ? 2 : 1;
		c->line++;
	}
}

enum err_code csv_row(struct csv *c, const struct str **fields, size_t *fields_n, struct err *e)
{
	if (c->stuck)
		return row_error(e, ERR_BAD_CSV, c->row_line, "from here on the table cannot be read");
	bool more = find_row(c);
	size_t row_end = c->at;
	enum outcome o = NEED_MORE;
	while (more && (o = scan_row(c, &row_end)) == NEED_MORE && !c->fault)
		if (!fill(c))
			return bad_row(c, ERR_TOO_LARGE, "a row of at most 8 MiB was expected", e);
	if (c->fault && o == NEED_MORE)
		return stick(c, ERR_FILE, strerror(c->fault), e);
	if (!more) {
		*fields_n = 0;
		return OK;
	}
	enum err_code code;
	switch (o) {
	case BARE_QUOTE:
		return bad_row(c, ERR_BAD_CSV, "a quote inside a field: the field was expected to stand in quotes and the quote to be doubled",
			e);
	case BEHIND_QUOTE:
		return bad_row(c, ERR_BAD_CSV, "behind the closing quote of a field the next field or the line end was expected", e);
	case OPEN_QUOTE:
		return stick(c, ERR_BAD_CSV, "the file ends inside the quoted field of this row: it is cut off or a quote is missing", e);
	case LONG_FIELD:
		return bad_row(c, ERR_TOO_LARGE, "a field of at most 1 MiB was expected (or a closing quote is missing)", e);
	case MANY_FIELDS:
		return bad_row(c, ERR_TOO_LARGE, "at most 512 columns were expected", e);
	case ROW:
	case NEED_MORE:
		break;
	}
	code = finish_row(c, row_end, e);
	if (code == OK) {
		*fields = c->fields;
		*fields_n = c->fields_n;
	}
	return code;
}

bool csv_stuck(const struct csv *c)
{
	return c->stuck;
}

uint64_t csv_line(const struct csv *c)
{
	return c->row_line;
}

void csv_progress(const struct csv *c, uint64_t *done_n, uint64_t *total_n)
{
	uint64_t waiting = c->raw_n - c->raw_at + (c->conv == (iconv_t)-1 ? c->end - c->at : 0);
	*done_n = c->taken_n - waiting;
	*total_n = c->total_n;
}

/* --- writer ------------------------------------------------------------------------------------- */

void csv_put(struct buf *b, struct str field, bool first_of_row)
{
	double number;
	bool formula = field.n > 0 && memchr("=+-@\t\r", field.p[0], 6) && !str_to_f64(field, &number);
	/* semicolons and tabs are quoted too, so that no reader takes one for the delimiter; an empty first field, so that
	 * a row of one column is no empty line */
	bool quote = field.n == 0 && first_of_row;
	for (size_t i = 0; i < field.n && !quote; i++)
		quote = memchr(",;\t\"\r\n", field.p[i], 6) != NULL;
	if (!first_of_row)
		buf_add_byte(b, ',');
	if (quote)
		buf_add_byte(b, '"');
	if (formula)
		buf_add_byte(b, '\'');
	while (field.n > 0) {
		ptrdiff_t at = str_find(field, '"');
		size_t n = at < 0 ? field.n : (size_t)at + 1;
		buf_add(b, field.p, n);
		if (at >= 0)
			buf_add_byte(b, '"');
		field.p += n;
		field.n -= n;
	}
	if (quote)
		buf_add_byte(b, '"');
}

void csv_end_row(struct buf *b)
{
	buf_add(b, "\r\n", 2);
}
