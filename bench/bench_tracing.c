/* SPDX-License-Identifier: Apache-2.0
 * What a swab costs: facts per second of swabs of persons under a close contact's regimen (all duties computed anew),
 * as a ratio to swabs of persons under none (a look-up in memory), in alternating rounds of the same run. */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "tracebook.h"

#define ROUNDS 9
#define PERSONS 500

static int next_tube = 1;

static struct fact fact_of(struct book *b, const char *kind, int64_t at, const char *fmt, ...)
{
	struct err e = {0};
	const struct json *j;
	struct fact f;
	va_list ap;
	va_start(ap, fmt);
	struct str text = fact_text(&b->a, ++facts_n, kind, at, fmt, ap);
	va_end(ap);
	testdb_ok(json_read(&b->a, text, &j, &e), &e);
	testdb_ok(fact_decode(&b->a, j, &f, &e), &e);
	return f;
}

/* Appends the facts as one group; facts per second. */
static double append_all(struct book *b, struct fact *facts, size_t n)
{
	struct err e = {0};
	static struct verdict verdicts[PERSONS];
	memset(verdicts, 0, sizeof verdicts);
	struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
	int64_t begin_us = sys_real()->mono_us(NULL);
	testdb_ok(ledger_append(b->l, &sub, 1, &e), &e);
	int64_t took_us = sys_real()->mono_us(NULL) - begin_us;
	for (size_t i = 0; i < n; i++)
		testdb_ok(verdicts[i].code, &verdicts[i].err);
	ledger_idle(b->l);
	return (double)n * 1e6 / (double)took_us;
}

/* One swab of each person from `first` on, ten to a tube. */
static double swabs(struct book *b, int first, int round)
{
	static struct fact facts[PERSONS];
	for (int i = 0; i < PERSONS; i++)
		facts[i] = fact_of(b, "testing.swab_taken", oct(9 + round, 9, 0) + i, "{'person':'%s','tube':'%s','campaign':'%s','round':%d}",
				   P(first + i), T(next_tube + i / 10), name_of('k', 1), round + 1);
	next_tube += PERSONS / 10;
	return append_all(b, facts, PERSONS);
}

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return a < b ? -1 : a > b;
}

static void measure(struct testdb *t)
{
	struct book b;
	double plain[ROUNDS], watched[ROUNDS], ratio[ROUNDS];
	static struct fact orders[PERSONS];
	book_open(&b, t);
	begin(&b);
	b.sim.now = oct(30, 0, 0);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	for (int i = 0; i < PERSONS; i++)
		orders[i] = fact_of(&b, "tracing.contact_classified", oct(8, 16, 0),
				    "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'met'}",
				    P(1000 + i), C(1), (long long)oct(7, 0, 0), (long long)oct(8, 15, 0));
	double signed_per_s = append_all(&b, orders, PERSONS);
	for (int r = 0; r < ROUNDS; r++) {
		plain[r] = swabs(&b, 100000, r);
		watched[r] = swabs(&b, 1000, r);
		ratio[r] = watched[r] / plain[r];
	}
	qsort(plain, ROUNDS, sizeof *plain, by_size);
	qsort(watched, ROUNDS, sizeof *watched, by_size);
	qsort(ratio, ROUNDS, sizeof *ratio, by_size);
	printf("%s: a swab of a contact: %.2f (%.2f to %.2f) of the rate of other swabs; swabs/s %.0f and %.0f; orders signed/s %.0f\n",
	       t->engine == DB_SQLITE ? "SQLite" : "PostgreSQL", ratio[ROUNDS / 2], ratio[0], ratio[ROUNDS - 1], plain[ROUNDS / 2],
	       watched[ROUNDS / 2], signed_per_s);
	book_close(&b);
}

int main(void)
{
	if (tracebook_init())
		return 1;
	testdb_each(measure);
	tracebook_done();
	return 0;
}
