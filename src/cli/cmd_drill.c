/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd_drill.h"
#include "cli/drill_run.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/caltime.h"
#include "core/json.h"
#include "drill/report.h"
#include "drill/response.h"

struct request {
	int64_t people, days, seed, imports, every, rounds, pool, reach, recall, threads;
	struct str disease, start;
	bool json, no_response;
};

static const char usage[] =
	"usage: sushui drill epidemic [options]   an epidemic and the response to it, in a county that does "
	"not exist\n"
	"       sushui drill county [options]     who lives in that county\n"
	"       sushui drill run SCENARIO         the whole response against a real server (run --help)\n"
	"       sushui drill control DIR          pause, speed, posts by hand of a drill that runs (control --help)\n"
	"       sushui drill compare A B          two plans over many seeds (compare --help)\n"
	"       sushui drill scenarios            what can be run\n"
	"  --people N      persons (226871: Jiang County at the census of 2020)\n"
	"  --seed S        another number, another course (1)\n"
	"  --json          JSON instead of a summary\n"
	"of an epidemic:\n"
	"  --days D        days (60)\n"
	"  --disease X     omicron-ba5, omicron-bf7, measles, ebola, or the path of a .csv file (omicron-ba5)\n"
	"  --imports N     persons infected elsewhere who come on day 0 (5)\n"
	"  --every DAYS    and one more each so many days (0: none)\n"
	"  --start DATE    calendar day of day 0 (2022-11-14)\n"
	"  --no-response   nobody does anything\n"
	"  --rounds DAYS   a testing round of everybody each so many days (1; 0: none)\n"
	"  --pool N        specimens in a tube (10)\n"
	"  --reach P       per cent of persons whom a round reaches (97)\n"
	"  --recall P      per cent of contacts whom tracing learns of (80)\n"
	"  --threads N     processors to use; the result is the same (1)\n";

static int wrong(const char *what, const char *at)
{
	fprintf(stderr, "sushui drill: %s%s%s\n%s", what, at[0] ? ": " : "", at, usage);
	return 2;
}

static int refused(const struct err *e)
{
	fprintf(stderr, "sushui drill: %s%s%s\n  %s\n", e->at, e->at[0] ? ": " : "", err_text(e->code, "en"),
		e->what);
	return err_kind(e->code) == KIND_FAULT ? 3 : 1;
}

/* 0, or 2 when the options are wrong. */
static int read_options(struct request *q, int argc, char **argv)
{
	const struct {
		const char *name;
		int64_t *out, least, most;
	} numbers[] = {
		{"--people", &q->people, 1, COUNTY_PERSONS_MAX},
		{"--days", &q->days, 1, EPIDEMIC_DAYS_MAX},
		{"--seed", &q->seed, 0, INT64_MAX},
		{"--imports", &q->imports, 0, 1000000},
		{"--every", &q->every, 0, 3650},
		{"--rounds", &q->rounds, 0, 3650},
		{"--pool", &q->pool, 1, 20},
		{"--reach", &q->reach, 0, 100},
		{"--recall", &q->recall, 0, 100},
		{"--threads", &q->threads, 1, 16},
	};
	for (int i = 2; i < argc; i++) {
		size_t k = 0;
		if (strcmp(argv[i], "--json") == 0) {
			q->json = true;
			continue;
		}
		if (strcmp(argv[i], "--no-response") == 0) {
			q->no_response = true;
			continue;
		}
		if (i + 1 == argc)
			return wrong("unknown option, or its value is missing", argv[i]);
		if (strcmp(argv[i], "--disease") == 0) {
			q->disease = str_of(argv[++i]);
			continue;
		}
		if (strcmp(argv[i], "--start") == 0) {
			q->start = str_of(argv[++i]);
			continue;
		}
		while (k < ARRAY_N(numbers) && strcmp(argv[i], numbers[k].name) != 0)
			k++;
		if (k == ARRAY_N(numbers))
			return wrong("unknown option", argv[i]);
		int64_t v;
		if (!str_to_i64(str_of(argv[i + 1]), &v) || v < numbers[k].least || v > numbers[k].most) {
			fprintf(stderr, "sushui drill: %s must be a whole number from %lld to %lld\n",
				argv[i], (long long)numbers[k].least, (long long)numbers[k].most);
			return 2;
		}
		*numbers[k].out = v;
		i++;
	}
	return 0;
}

static double cpu_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int put(struct buf *b)
{
	bool ok = !b->failed && fwrite(b->p, 1, b->n, stdout) == b->n && fflush(stdout) == 0;
	buf_done(b);
	if (!ok)
		fprintf(stderr, "sushui drill: the output cannot be written\n");
	return ok ? 0 : 3;
}

static enum err_code run_days(const struct request *q, struct epidemic *ep, struct err *e)
{
	struct response_options o;
	struct response *r = NULL;
	response_options_default(&o);
	o.round_every_days = (uint32_t)q->rounds;
	o.pool_n = (uint32_t)q->pool;
	o.reach_q16 = (uint32_t)(q->reach * 65536 / 100);
	o.recall_q16 = (uint32_t)(q->recall * 65536 / 100);
	enum err_code code = q->no_response ? OK : response_new(&r, ep, &o, e);
	for (int64_t d = 0; code == OK && d < q->days; d++) {
		if (r)
			code = response_day(r, e);
		if (code == OK)
			code = epidemic_step(ep, e);
	}
	response_free(&r);
	return code;
}

static int epidemic(const struct request *q)
{
	struct err e = {0};
	struct disease d;
	struct county *c = NULL;
	struct epidemic *ep = NULL;
	int32_t start;
	struct buf b;
	double began = cpu_s();
	if (!day_parse(q->start, &start))
		return wrong("--start must be a day such as 2022-11-14", "");
	char path[4096];
	bool file =
		str_ends(q->disease, STR(".csv")) && str_to_c(q->disease, path, sizeof path) == q->disease.n;
	enum err_code code = file ? disease_read(&d, path, &e) : disease_named(&d, q->disease, &e);
	if (code == OK)
		code = county_new(&c, (uint32_t)q->people, (uint64_t)q->seed, NULL, &e);
	struct epidemic_options o = {.seed = (uint64_t)q->seed,
		.first_day = start,
		.imports = (uint32_t)(q->imports < q->people ? q->imports : q->people),
		.import_every_days = (uint32_t)q->every,
		.threads = (uint32_t)q->threads};
	if (code == OK)
		code = epidemic_new(&ep, c, &d, &o, &e);
	if (code == OK)
		code = run_days(q, ep, &e);
	int status = 1;
	if (code == OK) {
		buf_init(&b, 0);
		if (q->json) {
			report_json(ep, (uint64_t)q->seed, cpu_s() - began, &b);
			buf_add_byte(&b, '\n');
		} else {
			report_text(ep, cpu_s() - began, &b);
		}
		status = put(&b);
	} else {
		status = refused(&e);
	}
	epidemic_free(&ep);
	county_free(&c);
	return status;
}

static void county_text(const struct county *c, const uint32_t *by_age, const uint32_t *by_size,
	const uint32_t *by_work, struct buf *b)
{
	uint32_t households = 0;
	for (int i = 1; i <= HOUSEHOLD_MAX; i++)
		households += by_size[i];
	buf_printf(b,
		"EXERCISE: nobody here exists.\n%u persons in %u villages of %u towns; %u households of %.2f "
		"in the mean\n\n  age     persons\n",
		c->persons_n, c->villages_n, c->towns_n, households, (double)c->persons_n / households);
	for (int g = 0; g < AGE_GROUPS; g++)
		buf_printf(b, "  %2d-%-3s %8u  %5.2f %%\n", g * 5,
			g == AGE_GROUPS - 1
				? ""
				: (const char *[]){"4", "9", "14", "19", "24", "29", "34", "39", "44", "49",
					  "54", "59", "64", "69", "74", "79", "84"}[g],
			by_age[g], 100.0 * by_age[g] / c->persons_n);
	buf_add_c(b, "\n  household  number\n");
	for (int i = 1; i <= HOUSEHOLD_MAX; i++)
		buf_printf(b, "  of %d    %8u\n", i, by_size[i]);
	buf_add_c(b, "\n  occupation       persons\n");
	for (int i = 0; i < OCCUPATION__N; i++)
		buf_printf(b, "  %-15s %8u\n", occupation_name((enum occupation)i), by_work[i]);
	buf_add_c(b, "\n  town\n");
	for (uint32_t t = 0; t < c->towns_n; t++)
		buf_printf(b, "  %lld %s%s  %u persons, %u villages\n", (long long)c->towns[t].code,
			c->towns[t].name, c->towns[t].copy ? " (a copy)" : "", c->towns[t].n,
			c->towns[t].villages_n);
}

static void counts_json(struct buf *b, const char *key, const uint32_t *v, int from, int n)
{
	json_key(b, key);
	json_open(b, '[');
	for (int i = from; i < n; i++)
		json_i64(b, v[i]);
	json_close(b, ']');
}

static int county(const struct request *q)
{
	struct err e = {0};
	struct county *c = NULL;
	struct buf b;
	uint32_t by_age[AGE_GROUPS] = {0}, by_size[HOUSEHOLD_MAX + 1] = {0}, by_work[OCCUPATION__N] = {0};
	if (county_new(&c, (uint32_t)q->people, (uint64_t)q->seed, NULL, &e) != OK)
		return refused(&e);
	for (uint32_t p = 0; p < c->persons_n; p++) {
		by_age[county_age_group(county_age(c, p))]++;
		by_work[county_occupation(c, p)]++;
		by_size[(c->home[p] & 15) == 0 ? c->home[p] >> 4 : 0]++;
	}
	buf_init(&b, 0);
	if (q->json) {
		json_open(&b, '{');
		json_key(&b, "persons");
		json_i64(&b, c->persons_n);
		counts_json(&b, "by_age_group", by_age, 0, AGE_GROUPS);
		counts_json(&b, "households_by_size", by_size, 1, HOUSEHOLD_MAX + 1);
		counts_json(&b, "by_occupation", by_work, 0, OCCUPATION__N);
		json_key(&b, "villages");
		json_open(&b, '[');
		for (uint32_t v = 0; v < c->villages_n; v++) {
			json_open(&b, '{');
			json_key(&b, "code");
			json_i64(&b, c->villages[v].code);
			json_key(&b, "name");
			json_c(&b, c->villages[v].name);
			json_key(&b, "persons");
			json_i64(&b, c->villages[v].n);
			json_key(&b, "copy");
			json_i64(&b, c->villages[v].copy);
			json_close(&b, '}');
		}
		json_close(&b, ']');
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else {
		county_text(c, by_age, by_size, by_work, &b);
	}
	county_free(&c);
	return put(&b);
}

int cmd_drill(int argc, char **argv)
{
	struct request q = {.people = COUNTY_CENSUS_PERSONS,
		.days = 60,
		.seed = 1,
		.imports = 5,
		.rounds = 1,
		.pool = 10,
		.reach = 97,
		.recall = 80,
		.threads = 1,
		.disease = STR("omicron-ba5"),
		.start = STR("2022-11-14")};
	const char *what = argc > 1 ? argv[1] : "";
	bool an_epidemic = strcmp(what, "epidemic") == 0;
	static const struct {
		const char *name;
		int (*run)(int argc, char **argv);
	} others[] = {{"run", drill_run}, {"control", drill_control}, {"compare", drill_compare}, {"scenarios", drill_scenarios}};
	for (size_t i = 0; i < ARRAY_N(others); i++)
		if (strcmp(what, others[i].name) == 0)
			return others[i].run(argc - 1, argv + 1);
	if (strcmp(what, "--help") == 0 || strcmp(what, "help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (!an_epidemic && strcmp(what, "county") != 0)
		return wrong(what[0] ? "there is no such exercise" : "say which exercise", what);
	int bad = read_options(&q, argc, argv);
	if (bad)
		return bad;
	return an_epidemic ? epidemic(&q) : county(&q);
}
