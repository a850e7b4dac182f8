/* SPDX-License-Identifier: Apache-2.0
 * The CSV reader as a ratio to memcpy of the same bytes, and to a byte-by-byte state machine with
 * callbacks in the same run. */
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/csv.h"

#define ROUNDS 7
#define BYTES_N ((size_t)40 * 1000 * 1000)

static volatile uint64_t sink;

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void least(double *best, double s)
{
	if (*best == 0 || s < *best)
		*best = s;
}

static double copy_all(struct str bytes, char *to)
{
	double start = cpu_s();
	memcpy(to, bytes.p, bytes.n);
	sink += (unsigned char)to[bytes.n / 2];
	return cpu_s() - start;
}

/* The reference: a state for each byte, a growing field buffer, a callback for each field and row, as the
 * common streaming libraries do it; no checks of encoding or limits, no line numbers. */
struct machine {
	enum { FIELD_START, IN_FIELD, IN_QUOTES, BEHIND_QUOTE } state;
	char *field;
	size_t n, cap;
	void (*on_field)(const char *p, size_t n, void *context);
	void (*on_row)(int end, void *context);
	void *context;
};

static void count_field(const char *p, size_t n, void *context)
{
	*(uint64_t *)context += n + (n && p[0] == 'x');
}

static void count_row(int end, void *context)
{
	*(uint64_t *)context += (uint64_t)end;
}

static void add_byte(struct machine *m, char c)
{
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 128;
		m->field = realloc(m->field, m->cap);
		if (!m->field)
			abort();
	}
	m->field[m->n++] = c;
}

static void step(struct machine *m, char c)
{
	switch (m->state) {
	case FIELD_START:
		if (c == '"') {
			m->state = IN_QUOTES;
			return;
		}
		m->state = IN_FIELD;
		break;
	case IN_QUOTES:
		if (c == '"')
			m->state = BEHIND_QUOTE;
		else
			add_byte(m, c);
		return;
	case BEHIND_QUOTE:
		if (c == '"') {
			add_byte(m, c);
			m->state = IN_QUOTES;
			return;
		}
		break;
	case IN_FIELD:
		break;
	}
	if (c == ',' || c == '\n') {
		m->on_field(m->field, m->n, m->context);
		if (c == '\n')
			m->on_row(c, m->context);
		m->n = 0;
		m->state = FIELD_START;
	} else if (c != '\r') {
		add_byte(m, c);
	}
}

static double machine(struct str bytes)
{
	double start = cpu_s();
	uint64_t total = 0;
	struct machine m = {.on_field = count_field, .on_row = count_row, .context = &total};
	for (size_t i = 0; i < bytes.n; i++)
		step(&m, bytes.p[i]);
	free(m.field);
	sink += total;
	return cpu_s() - start;
}

static double ours(struct str bytes, uint64_t *rows)
{
	double start = cpu_s();
	struct csv *c = NULL;
	if (csv_open_mem(&c, bytes, NULL) != OK)
		abort();
	const struct str *f;
	size_t n;
	*rows = 0;
	for (;;) {
		if (csv_row(c, &f, &n, NULL) != OK)
			abort();
		if (n == 0)
			break;
		++*rows;
		sink += f[n - 1].n;
	}
	csv_close(&c);
	return cpu_s() - start;
}

static void measure(const char *name, struct str bytes)
{
	char *to = malloc(bytes.n);
	if (!to)
		abort();
	memset(to, 1, bytes.n);
	double best[3] = {0};
	uint64_t rows = 0;
	for (int i = 0; i < ROUNDS; i++) { /* in turns, so that all meet the same minutes of the machine */
		least(&best[0], copy_all(bytes, to));
		least(&best[1], machine(bytes));
		least(&best[2], ours(bytes, &rows));
	}
	double mb = (double)bytes.n / 1e6;
	printf("%-22s %5.0f MB/s  %5.2f M rows/s  %.3f x memcpy (%.0f MB/s)  %.1f x state machine (%.0f MB/s)\n",
		name, mb / best[2], (double)rows / 1e6 / best[2], best[0] / best[2], mb / best[0],
		best[1] / best[2], mb / best[1]);
	free(to);
}

static void fill(struct buf *b, const char *format)
{
	buf_reset(b);
	for (int i = 0; b->n < BYTES_N; i++)
		buf_printf(b, format, i, i * 7 % 1000, i % 50);
}

int main(void)
{
	struct buf b;
	buf_init(&b, 0);
	fill(&b, "%d,name,T-00%d,2022-04-01,negative,10,36.5,village %d,a note without quotes\r\n");
	measure("ASCII, no quotes", buf_str(&b));
	fill(&b, "%d,\"name\",\"T-00%d\",\"2022-04-01\",\"said \"\"no\"\"\",\"%d\"\r\n");
	measure("ASCII, all quoted", buf_str(&b));
	fill(&b, "%d,张三,东风街道第%d村,阴性,\"十人混采,第%d组\"\r\n");
	measure("UTF-8 Chinese", buf_str(&b));
	iconv_t conv = iconv_open("GB18030", "UTF-8");
	char *gb = malloc(b.n), *in = b.p, *to = gb;
	size_t in_n = b.n, room = b.n;
	if (!gb || conv == (iconv_t)-1 || iconv(conv, &in, &in_n, &to, &room) == (size_t)-1)
		abort();
	measure("GB18030 Chinese", (struct str){gb, b.n - room});
	iconv_close(conv);
	free(gb);
	buf_done(&b);
	return 0;
}
