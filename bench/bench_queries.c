/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_queries [persons]: every declared query, as a screen asks it, on a county of 240,000 persons with 146 villages, 100 sampling
 * sites, five days of whole-county rounds, cases, contacts, an isolation site and risk zones. Prints median and slowest of 10 for each, slowest
 * first, and the median as a ratio to one scan of the register (count of all persons) in the same run. What is above 100 ms is marked.
 * Building the county takes one to two minutes, in TMPDIR (/dev/shm is best: nothing here measures the disk).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/tracing/engine.h"
#include "sql.gen.h"
#include "world.h"

#define GROUP_MAX 4000
#define ROUNDS 5
#define VILLAGES 146
#define SITES 100
#define TRIES 10
#define SLOW_MS 100

static double now_ms(void)
{
	return (double)sys_real()->mono_us(NULL) / 1e3;
}

/* ---- the county ------------------------------------------------------------------------------------------------------ */

static struct county {
	struct world w;
	int persons;
	struct fact facts[GROUP_MAX];
	struct verdict verdicts[GROUP_MAX];
	size_t n;
	struct arena_mark mark;
	uint64_t refused_n;
} c;

static int64_t village_of(int person)
{
	int v = (int)((int64_t)person * VILLAGES / c.persons);
	return COUNTY_AREA + (100 + v / 14) * INT64_C(1000) + 200 + v % 14;
}

static void flush(void)
{
	struct err e = {0};
	struct submission s = {.who = actor_machine(), .facts = c.facts, .verdicts = c.verdicts, .n = c.n};
	if (c.n == 0)
		return;
	memset(c.verdicts, 0, sizeof c.verdicts);
	testdb_ok(ledger_append(c.w.l, &s, 1, &e), &e);
	ledger_idle(c.w.l);
	for (size_t i = 0; i < c.n; i++)
		if (c.verdicts[i].code != OK && c.refused_n++ < 3)
			fprintf(stderr, "bench_queries: %s: %s %s\n", c.facts[i].kind->name, c.verdicts[i].err.at, c.verdicts[i].err.what);
	arena_rewind(&c.w.a, c.mark);
	c.n = 0;
}

static void say(const char *kind, int64_t area, int64_t at, const char *fmt, ...) PRINTF_LIKE(4, 5);
static void say(const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	va_list ap;
	struct err e = {0};
	const struct json *j;
	va_start(ap, fmt);
	struct str text = world_fact_v(&c.w, kind, area, at, fmt, ap);
	va_end(ap);
	testdb_ok(json_read(&c.w.a, text, &j, &e), &e);
	testdb_ok(fact_decode(&c.w.a, j, &c.facts[c.n++], &e), &e);
	if (c.n == GROUP_MAX)
		flush();
}

static int64_t day(int n)
{
	return NOW - (ROUNDS - n) * MS_PER_DAY - HOURS(12);
}

static void people(void)
{
	for (int p = 1; p <= c.persons; p++)
		say("people.person_registered", village_of(p - 1), NOW - 9 * MS_PER_DAY,
		    "{'person':'%s','household':'%s','name':'N%d','birth_year':%d}", NAME("person", p), NAME("household", 1 + p / 3), p, 1930 + p % 90);
	for (int s = 1; s <= SITES; s++)
		say("testing.site_opened", village_of((int)((int64_t)s * c.persons / SITES) - 1), NOW - 8 * MS_PER_DAY,
		    "{'site':'%s','name':'Site %d','tables':3,'samplers':6}", NAME("site", s), s);
	for (int l = 1; l <= 3; l++)
		say("testing.laboratory_stated", COUNTY_AREA, NOW - 8 * MS_PER_DAY, "{'laboratory':'%s','name':'L%d','tubes_per_hour':600,'run_min':120}",
		    NAME("laboratory", l), l);
}

/* Nine in ten are sampled; the last round's tubes are still under way. */
static void rounds(void)
{
	say("testing.campaign_declared", COUNTY_AREA, NOW - 8 * MS_PER_DAY, "{'campaign':'%s','name':'All','areas':['140826000000'],'pool_size':10}",
	    NAME("campaign", 1));
	for (int r = 1; r <= ROUNDS; r++) {
		say("testing.round_opened", COUNTY_AREA, day(r) - HOURS(1), "{'campaign':'%s','round':%d,'opens_at':%lld,'due_at':%lld}",
		    NAME("campaign", 1), r, (long long)day(r), (long long)day(r) + HOURS(10));
		for (int p = 1; p <= c.persons; p++) {
			int tube = r * 100000 + p / 10;
			int64_t area = village_of(p - 1), at = day(r) + MINUTES(p % 360);
			if (p % 10 == 9)
				continue;
			if (p % 10 == 0 || p == 1)
				say("testing.tube_opened", area, at, "{'tube':'%s','code':'T%d','campaign':'%s','round':%d,'site':'%s','pool_size':10}",
				    NAME("tube", tube), tube, NAME("campaign", 1), r, NAME("site", 1 + p % SITES));
			say("testing.swab_taken", area, at + 1000, "{'person':'%s','tube':'%s','campaign':'%s','round':%d}", NAME("person", p),
			    NAME("tube", tube), NAME("campaign", 1), r);
			if (p % 10 == 8)
				say("testing.tube_closed", area, at + MINUTES(5), "{'tube':'%s','swabs_n':9}", NAME("tube", tube));
			if (p % 10 == 8 && r < ROUNDS)
				say("testing.result_reported", area, at + HOURS(6), "{'tube':'%s','laboratory':'%s','result':'negative'}",
				    NAME("tube", tube), NAME("laboratory", 1 + p % 3));
		}
	}
}

static void outbreak(void)
{
	for (int i = 1; i <= 40; i++) {
		int p = i * (c.persons / 41);
		say("tracing.case_opened", village_of(p), NOW - HOURS(60), "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','sampled_at':%lld}",
		    NAME("case", i), NAME("person", p), (long long)(NOW - HOURS(70)));
		for (int k = 1; k <= 50; k++)
			say("tracing.contact_classified", village_of(p + k), NOW - HOURS(50),
			    "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'same village'}",
			    NAME("person", p + k), NAME("case", i), (long long)(NOW - HOURS(90)), (long long)(NOW - HOURS(80)));
		say("zones.zone_declared", COUNTY_AREA, NOW - HOURS(55),
		    "{'zone':'%s','name':'Zone %d','class':'high','areas':['%lld'],'decided_by':'prefecture','notice':'No. %d','reason':'case'}",
		    NAME("zone", i), i, (long long)village_of(p), i);
	}
	flush();
	say("isolation.site_opened", COUNTY_AREA, NOW - 8 * MS_PER_DAY, "{'site':'%s','place':'%s','name':'West','kind':'contacts','zones_ok':true}",
	    NAME("isolation_site", 1), NAME("place", 1));
	for (int r = 1; r <= 2000; r++)
		say("isolation.room_registered", COUNTY_AREA, NOW - 8 * MS_PER_DAY,
		    "{'room':'%s','site':'%s','floor':%d,'number':'%d','position':%d,'side':'%s','beds':1}", NAME("room", r), NAME("isolation_site", 1),
		    1 + r / 100, r, 1 + r % 100 / 2, r % 2 ? "left" : "right");
	for (int i = 1, r = 1; i <= 40; i++)
		for (int k = 1; k <= 45; k++, r++)
			say("isolation.admitted", COUNTY_AREA, NOW - HOURS(45), "{'person':'%s','room':'%s','class':'close_contact'}",
			    NAME("person", i * (c.persons / 41) + k), NAME("room", r));
	flush();
}

/* ---- asking ------------------------------------------------------------------------------------------------------------ */

struct line {
	const char *name;
	double median, worst;
	size_t rows, bytes;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int slowest_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	return (x->median < y->median) - (x->median > y->median);
}

static struct str value_of(const struct query_param *p)
{
	char text[CALTIME_TEXT_N];
	if (p->type == F_ID && p->entity && strcmp(p->entity, "person") == 0)
		return arena_str(&c.w.a, str_of(world_name("person", c.persons / 41 + 1)));
	if (p->type == F_ID && p->entity && strcmp(p->entity, "tube") == 0)
		return arena_str(&c.w.a, str_of(world_name("tube", ROUNDS * 100000 + 5)));
	switch (p->type) {
	case F_ID:
		return arena_str(&c.w.a, str_of(world_name(p->entity && *p->entity ? p->entity : "person", 1)));
	case F_TIME:
		caltime_format(NOW - HOURS(24), text);
		return arena_str(&c.w.a, str_of(text));
	case F_DAY:
		day_format(day_of(NOW), text);
		return arena_str(&c.w.a, str_of(text));
	case F_AREA:
		return arena_printf(&c.w.a, "%012lld", (long long)village_of(0));
	case F_WORD:
		return str_of(p->words[0]);
	case F_TEXT:
		return STR("tracing.test");
	default:
		return arena_printf(&c.w.a, "%d", ROUNDS);
	}
}

/* Optional arguments that the screens always give. */
static bool is_given(const char *name)
{
	static const char *const names[] = {"case", "campaign", "round", "since"};
	for (size_t i = 0; i < ARRAY_N(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* False when the query refuses these arguments. */
static bool ask(const struct query *q, struct tracing_engine *engine, struct line *out)
{
	struct str names[QUERY_PARAMS_MAX], values[QUERY_PARAMS_MAX];
	struct actor machine = actor_machine();
	struct query_call call = {.query = q, .who = &machine, .now_ms = NOW, .area = COUNTY_AREA, .names = names, .values = values, .format = QUERY_JSON,
				  .lang = "zh", .engine = engine};
	double ms[TRIES];
	for (size_t i = 0; i < q->params_n; i++)
		if (q->params[i].required || is_given(q->params[i].name)) {
			names[call.args_n] = str_of(q->params[i].name);
			values[call.args_n++] = value_of(&q->params[i]);
		}
	*out = (struct line){.name = q->name};
	for (int t = 0; t < TRIES; t++) {
		struct buf b;
		struct err e = {0};
		struct arena_mark mark = arena_mark(&c.w.a);
		buf_init(&b, 0);
		double start = now_ms();
		enum err_code rc = query_run(ledger_db(c.w.l), &c.w.a, &call, &b, &e);
		ms[t] = now_ms() - start;
		arena_rewind(&c.w.a, mark);
		out->bytes = b.n;
		out->rows = rc == OK ? (size_t)world_count(buf_str(&b), "{\"") - 1 : 0;
		buf_done(&b);
		if (rc != OK) {
			printf("  %-32s not asked: %s %s\n", q->name, e.at, e.what);
			return false;
		}
	}
	qsort(ms, TRIES, sizeof *ms, by_value);
	out->median = ms[TRIES / 2];
	out->worst = ms[TRIES - 1];
	return true;
}

static double scan_of_the_register(void)
{
	double ms[TRIES];
	struct err e = {0};
	for (int t = 0; t < TRIES; t++) {
		int64_t n;
		double start = now_ms();
		testdb_ok(db_one(ledger_db(c.w.l), &SQL_bench_register_scan, PARAMS(V_INT(COUNTY)), 0, &n, &e), &e);
		ms[t] = now_ms() - start;
	}
	qsort(ms, TRIES, sizeof *ms, by_value);
	return ms[TRIES / 2];
}

int main(int argc, char **argv)
{
	static struct line lines[512];
	size_t n = 0, slow_n = 0;
	const struct query *q;
	struct err e = {0};
	struct tracing_engine *engine;
	setenv("TMPDIR", "/dev/shm", 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	c.persons = argc > 1 ? atoi(argv[1]) : 240000;
	if (c.persons < 5000 || !world_open(&c.w, DB_SQLITE, 1))
		return 1;
	c.mark = arena_mark(&c.w.a);
	double start = now_ms();
	people();
	rounds();
	outbreak();
	int64_t head = 0;
	testdb_ok(db_one(ledger_db(c.w.l), &SQL_ledger_fact_count, NO_PARAMS, 0, &head, &e), &e);
	printf("county: %d persons, %lld facts in %.0f s (%llu refused)\n", c.persons, (long long)head, (now_ms() - start) / 1e3,
	       (unsigned long long)c.refused_n);
	testdb_ok(tracing_engine_open(&engine, NULL, world_protocols(), &e), &e);
	double scan = scan_of_the_register();
	printf("scan of the register: %.1f ms\n", scan);
	for (size_t i = 0; (q = query_at(i)) && n < ARRAY_N(lines); i++)
		n += ask(q, engine, &lines[n]);
	qsort(lines, n, sizeof *lines, slowest_first);
	printf("  %-32s %9s %9s %7s %9s %7s\n", "query", "median ms", "worst ms", "rows", "bytes", "/ scan");
	for (size_t i = 0; i < n; i++) {
		bool slow = lines[i].worst > SLOW_MS;
		slow_n += slow;
		if (i < 40 || slow)
			printf("  %-32s %9.2f %9.2f %7zu %9zu %7.2f%s\n", lines[i].name, lines[i].median, lines[i].worst, lines[i].rows, lines[i].bytes,
			       lines[i].median / scan, slow ? "  above 100 ms" : "");
	}
	printf("%zu queries asked, %zu of them above %d ms in the slowest of %d\n", n, slow_n, SLOW_MS, TRIES);
	tracing_engine_close(&engine);
	world_close(&c.w);
	return 0;
}
