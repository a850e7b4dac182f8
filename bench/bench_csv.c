/* SPDX-License-Identifier: Apache-2.0
 * The CSV reader as a ratio to memcpy of the same bytes, and to a plain byte-by-byte state machine in the same run. */
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

/* The reference: what a textbook reader does for each byte, without checks of encoding, limits or line numbers. */
static double textbook(struct str bytes, char *to)
{
	double start = cpu_s();
	uint64_t fields = 0;
	bool quoted = false;
	size_t n = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		char c = bytes.p[i];
		if (quoted) {
			if (c != '"')
				to[n++] = c;
			else if (i + 1 < bytes.n && bytes.p[i + 1] == '"')
				to[n++] = bytes.p[i++];
			else
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == ',' || c == '\n') {
			fields++;
			n = 0;
		} else if (c != '\r') {
			to[n++] = c;
		}
	}
	sink += fields;
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
		least(&best[1], textbook(bytes, to));
		least(&best[2], ours(bytes, &rows));
	}
	double mb = (double)bytes.n / 1e6;
	printf("%-22s %5.0f MB/s  %5.2f M rows/s  %.3f x memcpy (%.0f MB/s)  %.1f x textbook loop (%.0f MB/s)\n", name, mb / best[2],
		(double)rows / 1e6 / best[2], best[0] / best[2], mb / best[0], best[1] / best[2], mb / best[1]);
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
