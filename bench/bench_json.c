/* SPDX-License-Identifier: Apache-2.0
 * The JSON reader and writer as ratios to jansson, which reads and writes the same texts in the same run. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jansson_apart.h"

#include "core/json.h"

#define ROUNDS 9

static volatile uint64_t sink;

static double cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* One sample record, as a sampling post sends it (invented data). */
static void write_record(struct buf *b, int i)
{
	char id[32];
	snprintf(id, sizeof id, "01J9ZK3QW8T6V%07d", i);
	json_open(b, '{');
	json_key(b, "id");
	json_c(b, id);
	json_key(b, "kind");
	json_c(b, "sample.taken");
	json_key(b, "at_ms");
	json_i64(b, 1759300000000 + i);
	json_key(b, "post");
	json_c(b, "第三采样点·实验小学东门");
	json_key(b, "tube");
	json_c(b, "T-0004417-20");
	json_key(b, "place");
	json_c(b, "东风街道幸福社区4号楼2单元301室");
	json_key(b, "mixed_n");
	json_i64(b, 10);
	json_key(b, "temperature");
	json_f64(b, 36.5);
	json_key(b, "first");
	json_bool(b, true);
	json_key(b, "note");
	json_null(b);
	json_key(b, "gps");
	json_open(b, '[');
	json_f64(b, 116.397128);
	json_f64(b, 39.916527);
	json_close(b, ']');
	json_close(b, '}');
}

static void write_document(struct buf *b, int records)
{
	buf_reset(b);
	if (records == 1) {
		write_record(b, 0);
		return;
	}
	json_open(b, '[');
	for (int i = 0; i < records; i++)
		write_record(b, i);
	json_close(b, ']');
}

static double ours_read(struct arena *a, struct str text, int times)
{
	double start = cpu_ns();
	for (int i = 0; i < times; i++) {
		arena_reset(a);
		const struct json *root = NULL;
		if (json_read(a, text, &root, NULL) != OK)
			abort();
		sink += root->n;
	}
	return (cpu_ns() - start) / times;
}

static double jansson_read(struct str text, int times)
{
	double start = cpu_ns();
	for (int i = 0; i < times; i++) {
		json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
		if (!root)
			abort();
		json_decref(root);
	}
	return (cpu_ns() - start) / times;
}

static double ours_write(int records, int times)
{
	struct buf b;
	buf_init(&b, 0);
	double start = cpu_ns();
	for (int i = 0; i < times; i++) {
		write_document(&b, records);
		sink += b.n;
	}
	double ns = (cpu_ns() - start) / times;
	buf_done(&b);
	return ns;
}

static double jansson_write(const json_t *root, char *to, size_t cap, int times)
{
	double start = cpu_ns();
	for (int i = 0; i < times; i++)
		sink += json_dumpb(root, to, cap, JSON_COMPACT);
	return (cpu_ns() - start) / times;
}

static void least(double *best, double ns)
{
	if (*best == 0 || ns < *best)
		*best = ns;
}

static void measure(int records, int times)
{
	struct buf b;
	buf_init(&b, 0);
	write_document(&b, records);
	struct str text = buf_str(&b);
	json_t *root = json_loadb(text.p, text.n, 0, NULL);
	char *to = malloc(text.n * 2);
	struct arena a;
	arena_init(&a, 0);
	double read[2] = {0}, write[2] = {0};
	for (int i = 0; i < ROUNDS; i++) { /* taken in turns, so that both meet the same minutes of the machine */
		least(&read[0], ours_read(&a, text, times));
		least(&read[1], jansson_read(text, times / 4 + 1));
		least(&write[0], ours_write(records, times));
		least(&write[1], jansson_write(root, to, text.n * 2, times / 4 + 1));
	}
	printf("read  %6zu B  %9.0f ns  %6.0f MB/s  %5.1f x as fast as jansson (%.0f ns)\n", text.n, read[0],
		(double)text.n * 1e3 / read[0], read[1] / read[0], read[1]);
	printf("write %6zu B  %9.0f ns  %6.0f MB/s  %5.1f x as fast as jansson (%.0f ns)\n", text.n, write[0],
		(double)text.n * 1e3 / write[0], write[1] / write[0], write[1]);
	arena_done(&a);
	free(to);
	json_decref(root);
	buf_done(&b);
}

int main(void)
{
	measure(1, 20000);
	measure(330, 60);
	return 0;
}
