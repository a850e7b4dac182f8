/* SPDX-License-Identifier: Apache-2.0
 * How long the commander waits: step-down proposal, list of who is unmet and members of a zone of 20,000 in a county of 240,000 with 24
 * rounds, each as a ratio to the plain definition of its heaviest condition (everyone in the area without a negative sample since then,
 * over all rounds) in the same run; and what the reactions of this domain cost a swab. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cm.h"
#include "core/caltime.h"
#include "sql.gen.h"
#include "world.h"

#define PERSONS 240000
#define AREA_PERSONS 5000
#define ZONE_LO INT64_C(140826100001)
#define ZONE_HI INT64_C(140826100004) /* four villages of 5,000 */
#define ROUNDS 24
#define REPEATS 7

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return a < b ? -1 : a > b;
}

static void run(struct world *w, const struct sql *sql, const struct db_val *v, size_t n)
{
	struct err e = {0};
	testdb_ok(db_run(ledger_db(w->l), sql, v, n, &e), &e);
}
#define RUN(w, sql, ...) run(w, &(sql), (const struct db_val[]){__VA_ARGS__}, sizeof((const struct db_val[]){__VA_ARGS__}) / sizeof(struct db_val))

static void fill(struct world *w, int64_t start)
{
	struct err e = {0};
	testdb_ok(db_begin(ledger_db(w->l), &e), &e);
	RUN(w, SQL_bench_zones_entities, V_INT(COUNTY), V_INT(PERSONS));
	RUN(w, SQL_bench_zones_homes, V_INT(COUNTY), V_INT(PERSONS / 3), V_INT(AREA_PERSONS));
	RUN(w, SQL_bench_zones_persons, V_INT(COUNTY), V_INT(PERSONS), V_INT(AREA_PERSONS));
	for (int r = 0; r < ROUNDS; r++) {
		int64_t at = start + r * 8 * MS_PER_HOUR; /* the last one a day after the zone's seventh day begins */
		RUN(w, SQL_bench_zones_round, V_INT(COUNTY), V_INT(500), V_INT(r + 1), V_INT(at));
		RUN(w, SQL_bench_zones_swabs, V_INT(COUNTY), V_INT(PERSONS), V_INT(500), V_INT(r + 1), V_INT(at), V_INT(2000000 + r * 24000), V_INT(1000));
		RUN(w, SQL_bench_zones_tubes, V_INT(COUNTY), V_INT(PERSONS / 10), V_INT(500), V_INT(r + 1), V_INT(at), V_INT(2000000 + r * 24000));
		RUN(w, SQL_zones_round_put, V_INT(COUNTY), V_INT(500), V_INT(r + 1), V_INT(day_start(day_of(at + PERSONS) + 1)));
	}
	testdb_ok(db_commit(ledger_db(w->l), &e), &e);
}

static double cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* Median milliseconds of a query: by the clock, and of this process alone (SQLite works in it, PostgreSQL does not). */
struct took {
	double wall, cpu;
};

static struct took ask_ms(struct world *w, const char *query, const char *zone, int64_t now, int64_t *bytes)
{
	struct buf out;
	double took[REPEATS], cpu[REPEATS];
	buf_init(&out, 0);
	for (int i = 0; i < REPEATS; i++) {
		double c = cpu_us();
		int64_t t = sys_real()->mono_us(NULL);
		*bytes = (int64_t)world_ask(w, &out, query, now, "zone", zone, NULL).n;
		took[i] = (double)(sys_real()->mono_us(NULL) - t) / 1000;
		cpu[i] = (cpu_us() - c) / 1000;
	}
	buf_done(&out);
	qsort(took, REPEATS, sizeof *took, by_size);
	qsort(cpu, REPEATS, sizeof *cpu, by_size);
	return (struct took){took[REPEATS / 2], cpu[REPEATS / 2]};
}

static double plain_ms(struct world *w, int64_t now, int64_t since, int64_t *n)
{
	struct err e = {0};
	double took[REPEATS];
	for (int i = 0; i < REPEATS; i++) {
		int64_t t = sys_real()->mono_us(NULL);
		testdb_ok(db_one(ledger_db(w->l), &SQL_bench_zones_plain,
				 PARAMS(V_INT(COUNTY), V_INT(ZONE_LO), V_INT(ZONE_HI), V_INT(now), V_INT(since)), 0, n, &e), &e);
		took[i] = (double)(sys_real()->mono_us(NULL) - t) / 1000;
	}
	qsort(took, REPEATS, sizeof *took, by_size);
	return took[REPEATS / 2];
}

static void measure(struct world *w)
{
	int64_t start = NOW - 9 * MS_PER_DAY, since = day_start(day_of(start) + 7), n = 0, bytes = 0;
	world_at(w, NOW);
	fill(w, start);
	world_put(w, "zones.zone_declared", TOWN, start,
		  "{'zone':'%s','name':'Four villages','class':'high','decided_by':'prefecture','areas':['140826100001','140826100002','140826100003','140826100004']}",
		  NAME("zone", 1));
	static const char *const queries[] = {"zones.step_down", "zones.unmet", "zones.members"};
	const char *engine = db_engine(ledger_db(w->l)) == DB_SQLITE ? "SQLite" : "PostgreSQL";
	int64_t evening = start + 23 * 8 * MS_PER_HOUR + MS_PER_HOUR;
	double plain = plain_ms(w, evening, since, &n);
	printf("%s: plain definition over %d rounds %.1f ms, %lld unmet\n", engine, ROUNDS, plain, (long long)n);
	for (size_t i = 0; i < ARRAY_N(queries); i++) {
		struct took ms = ask_ms(w, queries[i], NAME("zone", 1), evening, &bytes);
		printf("%s: %s on the evening of day 7: %.1f ms (%.1f ms of the processor), %.2f of plain, %lld bytes\n", engine, queries[i], ms.wall, ms.cpu, ms.wall / plain, (long long)bytes);
	}
	/* another one that is two days old: everyone is unmet, the longest list */
	world_put(w, "zones.zone_declared", TOWN, evening - 2 * MS_PER_DAY,
		  "{'zone':'%s','name':'Four more','class':'high','decided_by':'prefecture','areas':['140826100005','140826100006','140826100007','140826100008']}",
		  NAME("zone", 2));
	for (size_t i = 0; i < 2; i++) {
		struct took ms = ask_ms(w, queries[i], NAME("zone", 2), evening, &bytes);
		printf("%s: %s on day 2 (all unmet, first 1000): %.1f ms (%.1f ms of the processor), %.2f of plain, %lld bytes\n", engine, queries[i], ms.wall, ms.cpu, ms.wall / plain, (long long)bytes);
	}
}

int main(void)
{
	world_each(measure);
	return 0;
}
