/* SPDX-License-Identifier: Apache-2.0
 * A county of 240,000 with 2,000 isolation rooms in 8 sites, 1,500 of them occupied. What a question costs: median of several, as a ratio to a
 * plain read of all rooms (select count over isolation_room by primary key); and what is written costs: admissions, health checks, as a
 * ratio to registrations of persons in the same run. SUSHUI_BENCH_PEOPLE sets the people. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cm.h"
#include "sql.gen.h"
#include "world.h"

#define SITES 8
#define ROOMS 2000
#define RESIDENTS 1500
#define ROUNDS 15
#define GROUP 500
#define LIMIT_MS 100.0

static struct world w;
static struct str texts[GROUP];
static size_t texts_n;
static double spent_us; /* of appending */

/* SQLite works in this process: its time is that of the processor, so that what else runs on the machine does not count. */
static int64_t now_us(void)
{
	struct timespec t;
	if (db_engine(ledger_db(w.l)) != DB_SQLITE)
		return sys_real()->mono_us(NULL);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void flush(void)
{
	static struct fact facts[GROUP];
	static struct verdict verdicts[GROUP];
	struct err e = {0};
	memset(verdicts, 0, sizeof verdicts);
	for (size_t i = 0; i < texts_n; i++) {
		const struct json *j;
		testdb_ok(json_read(&w.a, texts[i], &j, &e), &e);
		testdb_ok(fact_decode(&w.a, j, &facts[i], &e), &e);
	}
	struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = texts_n};
	int64_t begin = now_us();
	testdb_ok(ledger_append(w.l, &sub, 1, &e), &e);
	spent_us += (double)(now_us() - begin);
	for (size_t i = 0; i < texts_n; i++)
		testdb_ok(verdicts[i].code, &verdicts[i].err);
	texts_n = 0;
	ledger_idle(w.l);
}

static void put(struct str text)
{
	texts[texts_n++] = text;
	if (texts_n == GROUP)
		flush();
}

/* Facts per second since `before`. */
static double rate(double before_us, int n)
{
	flush();
	return n * 1e6 / (spent_us - before_us);
}

static int by_size(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;
	return a < b ? -1 : a > b;
}

static double reference_ms(void)
{
	double took[ROUNDS];
	struct err e = {0};
	for (int i = 0; i < ROUNDS; i++) {
		int64_t n, begin = now_us();
		testdb_ok(db_one(ledger_db(w.l), &SQL_bench_isolation_all, PARAMS(V_INT(w.county)), 0, &n, &e), &e);
		took[i] = (double)(now_us() - begin) / 1000;
		assert_int_equal(n, ROOMS * 2);
	}
	qsort(took, ROUNDS, sizeof *took, by_size);
	return took[ROUNDS / 2];
}

static void ask(const char *query, const char *name, const char *value, double reference)
{
	double took[ROUNDS];
	struct buf out;
	buf_init(&out, 0);
	for (int i = 0; i < ROUNDS; i++) {
		struct arena_mark mark = arena_mark(&w.a);
		int64_t begin = now_us();
		world_ask(&w, &out, query, NOW + HOURS(3), name, value, NULL);
		took[i] = (double)(now_us() - begin) / 1000;
		arena_rewind(&w.a, mark);
	}
	qsort(took, ROUNDS, sizeof *took, by_size);
	printf("  %-28s %7.2f ms  %6.1f x  %7zu bytes%s\n", query, took[ROUNDS / 2], took[ROUNDS / 2] / reference, out.n,
	       took[ROUNDS / 2] > LIMIT_MS ? "  TOO SLOW" : "");
	buf_done(&out);
}

static void people(int n)
{
	struct arena_mark mark = arena_mark(&w.a);
	for (int p = 1; p <= n; p++) {
		put(world_fact(&w, "people.person_registered", VILLAGE_A, NOW - 30 * MS_PER_DAY, "{'person':'%s','household':'%s','name':'N','birth_year':%d}",
			       NAME("person", p), NAME("household", 1 + p / 3), 1940 + p % 80));
		if (texts_n == 0)
			arena_rewind(&w.a, mark);
	}
}

static void houses(void)
{
	for (int s = 1; s <= SITES; s++)
		put(world_fact(&w, "isolation.site_opened", TOWN, NOW - 20 * MS_PER_DAY, "{'site':'%s','name':'Site %d','kind':'contacts','zones_ok':true}",
			       NAME("site", s), s));
	for (int r = 0; r < ROOMS; r++)
		put(world_fact(&w, "isolation.room_registered", TOWN, NOW - 20 * MS_PER_DAY,
			       "{'room':'%s','site':'%s','floor':%d,'number':'%d','position':%d,'side':'%s','beds':%d,'window':true,'own_toilet':true}",
			       NAME("room", r + 1), NAME("site", 1 + r % SITES), 1 + r / SITES / 50, r, 1 + r / SITES % 25, r / SITES % 50 < 25 ? "left" : "right",
			       r % 10 ? 1 : 3));
}

static void measure(enum db_engine engine)
{
	const char *env = getenv("SUSHUI_BENCH_PEOPLE");
	int people_n = env ? atoi(env) : 240000;
	if (!world_open(&w, engine, 1))
		return;
	texts_n = 0;
	spent_us = 0;
	printf("%s: %d people, %d rooms in %d sites\n", engine == DB_SQLITE ? "SQLite" : "PostgreSQL", people_n, ROOMS, SITES);
	people(people_n);
	double registered = rate(0, people_n), mark = spent_us;
	houses();
	double rooms = rate(mark, ROOMS + SITES);
	put(world_fact(&w, "tracing.case_opened", VILLAGE_A, NOW - HOURS(30),
		       "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','sampled_at':%lld}",
		       NAME("case", 1), NAME("person", people_n), (long long)(NOW - HOURS(31))));
	for (int p = 1; p <= RESIDENTS; p++)
		put(world_fact(&w, "tracing.contact_classified", VILLAGE_A, NOW - HOURS(20),
			       "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'met'}",
			       NAME("person", 10 * p), NAME("case", 1), (long long)(NOW - HOURS(60)), (long long)(NOW - HOURS(31))));
	flush();
	mark = spent_us;
	for (int p = 1; p <= RESIDENTS; p++)
		put(world_fact(&w, "isolation.admitted", TOWN, NOW - HOURS(14), "{'person':'%s','room':'%s','class':'close_contact'}", NAME("person", 10 * p),
			       NAME("room", p)));
	double admitted = rate(mark, RESIDENTS);
	mark = spent_us;
	for (int p = 1; p <= RESIDENTS - 50; p++)
		put(world_fact(&w, "tracing.health_checked", TOWN, NOW + HOURS(2), "{'person':'%s','temperature':36.5,'half':'pm'}", NAME("person", 10 * p)));
	double checked = rate(mark, RESIDENTS - 50);
	printf("  facts/s: registrations %.0f (reference), rooms %.0f (%.2f x), admissions %.0f (%.2f x), health checks %.0f (%.2f x)\n", registered, rooms,
	       rooms / registered, admitted, admitted / registered, checked, checked / registered);
	double reference = reference_ms();
	printf("  reference: all rooms and their states read, %.2f ms\n", reference);
	ask("isolation.sites", NULL, NULL, reference);
	ask("isolation.rooms", NULL, NULL, reference);
	ask("isolation.rooms", "site", NAME("site", 1), reference);
	ask("isolation.residents", NULL, NULL, reference);
	ask("isolation.missing_rounds", NULL, NULL, reference);
	ask("isolation.neighbours", "room", NAME("room", 100), reference);
	ask("isolation.forecast", NULL, NULL, reference);
	ask("isolation.release_due", "within_h", "200", reference);
	ask("isolation.proposals", "person", NAME("person", 11), reference);
	ask("isolation.staff", NULL, NULL, reference);
	ask("isolation.whereabouts", NULL, NULL, reference);
	ask("isolation.conflicts", NULL, NULL, reference);
	ask("isolation.inquiries", NULL, NULL, reference);
	ask("isolation.rounds", NULL, NULL, reference);
	ask("isolation.reserve", NULL, NULL, reference);
	world_close(&w);
}

int main(void)
{
	measure(DB_SQLITE);
	measure(DB_POSTGRES);
	return 0;
}
