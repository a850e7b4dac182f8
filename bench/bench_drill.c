/* SPDX-License-Identifier: Apache-2.0
 * The drill: building a county, writing out its days, an epidemic among a million (SUSHUI_BENCH_PERSONS) with
 * nobody acting and with a response, a county's drill of 60 days. The reference in the same run is the plain
 * way to do it: the day's contacts of everybody drawn and stored, every person looked at. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/sys.h"
#include "drill/report.h"
#include "drill/response.h"

#define MONDAY 19310 /* 2022-11-14 */
#define DAYS 200
#define CONTACTS 12

static volatile uint64_t sink;

static double clock_s(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu_s(void)
{
	return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

static void ok(enum err_code code, const struct err *e)
{
	if (code == OK)
		return;
	fprintf(stderr, "%s: %s\n", e->at, e->what);
	exit(1);
}

/* Susceptible, infectious for six days, immune; twelve stored contacts a person, drawn once (`renew` false)
 * or anew every day, as tracing and daily mixing need them; the chance by contact and day gives R0. Returns
 * agent-days per second of the stepping loop. */
static double stored_contacts(
	uint32_t persons, double r0, bool renew, int days, uint32_t first, double *attack)
{
	uint32_t *contact = malloc((size_t)persons * CONTACTS * sizeof *contact), infected = 0;
	uint8_t *state = calloc(persons, 1), *next = malloc(persons);
	uint64_t chance = (uint64_t)(r0 / (6.0 * CONTACTS) * 4294967296.0);
	struct dice d;
	if (!contact || !state || !next)
		exit(1);
	dice_init(&d, 1);
	for (size_t i = 0; i < (size_t)persons * CONTACTS; i++)
		contact[i] = (uint32_t)dice_below(&d, persons);
	for (uint32_t i = 0; i < first; i++)
		state[dice_below(&d, persons)] = 1;
	double began = cpu_s();
	for (int day = 0; day < days; day++) {
		for (size_t i = 0; renew && i < (size_t)persons * CONTACTS; i++)
			contact[i] = (uint32_t)((dice_u64(&d) >> 32) * persons >> 32);
		memcpy(next, state, persons);
		for (uint32_t p = 0; p < persons; p++) {
			if (state[p] == 0 || state[p] > 6)
				continue;
			for (size_t k = 0; k < CONTACTS; k++) {
				uint32_t other = contact[(size_t)p * CONTACTS + k];
				if (next[other] == 0 && (dice_u64(&d) >> 32) < chance)
					next[other] = 1;
			}
			next[p] = (uint8_t)(state[p] + 1);
		}
		memcpy(state, next, persons);
	}
	double took = cpu_s() - began;
	for (uint32_t p = 0; p < persons; p++)
		infected += state[p] != 0;
	*attack = (double)infected / persons;
	free(contact);
	free(state);
	free(next);
	return (double)persons * days / took;
}

struct outcome {
	double agent_days_s, wall_s, bytes, attack, cpu;
	struct report r;
};

static struct outcome run(const struct county *c, const struct disease *d, struct epidemic_options eo,
	const struct response_options *ro, uint32_t days)
{
	struct epidemic *ep = NULL;
	struct response *r = NULL;
	struct err e = {0};
	struct outcome out;
	eo.first_day = MONDAY;
	ok(epidemic_new(&ep, c, d, &eo, &e), &e);
	if (ro)
		ok(response_new(&r, ep, ro, &e), &e);
	double began = cpu_s(), wall = clock_s(CLOCK_MONOTONIC);
	for (uint32_t day = 0; day < days; day++) {
		if (r)
			ok(response_day(r, &e), &e);
		ok(epidemic_step(ep, &e), &e);
	}
	out.cpu = cpu_s() - began;
	out.wall_s = clock_s(CLOCK_MONOTONIC) - wall;
	report_of(ep, &out.r);
	out.agent_days_s = (double)c->persons_n * days / out.cpu;
	out.bytes = (double)(epidemic_bytes(ep) + county_bytes(c)) / c->persons_n;
	out.attack = (double)out.r.infected / c->persons_n;
	response_free(&r);
	epidemic_free(&ep);
	return out;
}

static void show(const char *what, const struct outcome *o, double reference)
{
	printf("%-44s %6.1f M agent-days/s, %5.1f x the reference; %.2f s, %.1f %% infected, %.2f us an "
	       "infection, %.0f bytes a person\n",
		what, o->agent_days_s / 1e6, o->agent_days_s / reference, o->cpu, 100 * o->attack,
		o->cpu * 1e6 / o->r.infected, o->bytes);
}

static void days_written_out(const struct county *c)
{
	struct stay *all = malloc((size_t)c->persons_n * LIFE_STAYS_MAX * sizeof *all);
	if (!all)
		exit(1);
	size_t n = 0;
	double began = cpu_s();
	for (int day = 0; day < 7; day++) {
		n = 0;
		for (uint32_t p = 0; p < c->persons_n; p++)
			n += life_day(c, p, MONDAY + day, all + n);
		sink += all[n / 2].place;
	}
	double took = (cpu_s() - began) / 7;
	struct stay *copy = malloc(n * sizeof *copy);
	if (!copy)
		exit(1);
	memset(copy, 1, n * sizeof *copy);
	began = cpu_s();
	for (int k = 0; k < 7; k++) {
		memcpy(copy, all, n * sizeof *copy);
		sink += copy[n / 3].place;
	}
	double plain = (cpu_s() - began) / 7;
	printf("days written out: %.1f M visits/s (%zu visits a day of %u persons, %.0f ns a person); "
	       "copying the same bytes %.1f M/s, "
	       "ratio %.1f\n",
		(double)n / took / 1e6, n, c->persons_n, took * 1e9 / c->persons_n, (double)n / plain / 1e6,
		took / plain);
	free(all);
	free(copy);
}

static void county_drill(const struct disease *d)
{
	struct county *c = NULL;
	struct err e = {0};
	struct response_options o;
	double sum = 0, most = 0;
	uint64_t swabs = 0, infected = 0;
	response_options_default(&o);
	ok(county_new(&c, 240000, 7, NULL, &e), &e);
	days_written_out(c);
	for (uint64_t seed = 1; seed <= 5; seed++) {
		double began = cpu_s();
		struct outcome r = run(c, d, (struct epidemic_options){.seed = seed, .imports = 5}, &o, 60);
		double took = cpu_s() - began; /* set-up of the epidemic counted */
		sum += took;
		most = took > most ? took : most;
		swabs += r.r.swabs;
		infected += r.r.infected;
	}
	printf("county drill, 240000 persons, 60 days, a round a day, pools, isolation, tracing: %.2f s in "
	       "the mean of 5 seeds, %.2f s at most "
	       "(limit 1 s); %.1f M swabs and %llu infections a drill\n",
		sum / 5, most, (double)swabs / 5e6, (unsigned long long)infected / 5);
	county_free(&c);
}

int main(void)
{
	const char *wanted = getenv("SUSHUI_BENCH_PERSONS");
	uint32_t persons = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 1000000;
	struct county *c = NULL;
	struct err e = {0};
	struct disease omicron, mild;
	struct response_options o;
	ok(disease_named(&omicron, STR("omicron-ba5"), &e), &e);
	mild = omicron;
	mild.r0 = 2.5;
	disease_tabulate(&mild);
	double began = cpu_s();
	ok(county_new(&c, persons, 7, NULL, &e), &e);
	printf("county of %u persons: %.2f s, %.1f bytes a person\n", persons, cpu_s() - began,
		(double)county_bytes(c) / persons);

	double attack, fixed = stored_contacts(persons, 2.5, false, DAYS, 10, &attack);
	printf("stored contacts, drawn once, no places, ages or courses: %.1f M agent-days/s; R0 2.5, %.1f "
	       "%% infected, 50 bytes a person\n",
		fixed / 1e6, 100 * attack);
	double reference = stored_contacts(persons, 2.5, true, 40, persons / 100, &attack);
	printf("reference: stored contacts, drawn anew every day:        %.1f M agent-days/s; R0 2.5, 40 "
	       "days from 1 %% infected to %.1f %%\n",
		reference / 1e6, 100 * attack);
	struct epidemic_options eo = {.seed = 3, .imports = 10};
	struct outcome r = run(c, &mild, eo, NULL, DAYS);
	show("nobody acts, R0 2.5, 200 days", &r, reference);
	r = run(c, &omicron, eo, NULL, DAYS);
	show("nobody acts, R0 6, 200 days", &r, reference);
	eo.threads = 2;
	struct outcome two = run(c, &omicron, eo, NULL, DAYS);
	printf("two threads: %.2f s by the clock, one %.2f s, the same %u infections\n", two.wall_s, r.wall_s,
		two.r.infected);
	if (two.r.infected != r.r.infected)
		return 1;
	eo.threads = 1;
	response_options_default(&o);
	o.round_every_days = 0;
	o.trace_days = 2;
	memset(o.cut_q16, 0, sizeof o.cut_q16);
	r = run(c, &mild, eo, &o, 100);
	show("care, isolation, tracing; no rounds; R0 2.5", &r, reference);
	printf("  of which tracing: about %.2f ms for each of %u cases found, two days back, %.0f holds ordered a case\n",
		r.cpu * 1e3 / r.r.found, r.r.found, (double)r.r.held / r.r.found);
	response_options_default(&o);
	r = run(c, &omicron, eo, &o, DAYS);
	show("the whole plan with a round a day; R0 6", &r, reference);
	county_free(&c);
	county_drill(&omicron);
	return 0;
}
