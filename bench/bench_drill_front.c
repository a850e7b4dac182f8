/* SPDX-License-Identifier: Apache-2.0
 * The drill through the front door: SUSHUI_BENCH_FRONT persons (2000) of jiang-county for SUSHUI_BENCH_FRONT_DAYS (10), as fast as it goes.
 * Prints how long the register took, simulated against real time, and facts a second. 240000 is the county. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/drill_host.h"
#include "core/caltime.h"
#include "drill/score.h"

static int64_t loaded_us;

static void ok(enum err_code rc, const struct err *e)
{
	if (rc == OK)
		return;
	fprintf(stderr, "%s at %s: %s\n", err_name(rc), e->at, e->what);
	exit(1);
}

static int64_t now_us(void)
{
	return sys_real()->mono_us(NULL);
}

static void told(void *ctx, uint32_t done, uint32_t all)
{
	(void)ctx;
	(void)done;
	(void)all;
	if (!loaded_us)
		loaded_us = now_us();
}

static double cpu_s(int who)
{
	struct rusage u;
	getrusage(who, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

int main(void)
{
	struct err e = {0};
	static struct scenario s;
	static struct cli c;
	struct drill_host h;
	struct front *f = NULL;
	struct drill_books books;
	const char *persons = getenv("SUSHUI_BENCH_FRONT"), *days = getenv("SUSHUI_BENCH_FRONT_DAYS"), *tmp = getenv("TMPDIR");
	char dir[300], command[400];
	snprintf(dir, sizeof dir, "%s/sushui-bench-front.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	ok(caltime_zone(STR("Asia/Shanghai"), &e), &e);
	ok(scenario_named(&s, STR("jiang-county"), &e), &e);
	ok(scenario_set(&s, STR("persons"), str_of(persons ? persons : "2000"), &e), &e);
	ok(scenario_set(&s, STR("days"), str_of(days ? days : "10"), &e), &e);
	if (!mkdtemp(dir))
		return 1;
	c = (struct cli){.lang = "en", .sys = sys_real(), .quiet = true};
	arena_init(&c.arena, 0);
	ok(drill_host_make(&h, &c, dir, &s, &e), &e);
	h.told = told;
	ok(drill_host_start(&h, &e), &e);
	struct front_options o = {.scenario = &s, .seed = 1, .accounts = h.accounts, .accounts_n = h.accounts_n, .host = drill_host_of(&h)};
	int64_t began = now_us();
	ok(front_run(&f, &o, &e), &e);
	int64_t ended = now_us();
	drill_host_stop(&h);
	size_t n;
	const struct front_kind *kinds = front_kinds(f, &n);
	ok(drill_books_read(&h, kinds, n, false, &books, &e), &e);
	double load = (double)(loaded_us - began) / 1e6, run = (double)(ended - loaded_us) / 1e6;
	uint64_t register_n = 0;
	for (size_t i = 0; i < n; i++)
		register_n += strncmp(kinds[i].kind, "people.", 7) == 0 && strcmp(kinds[i].kind, "people.place_registered") != 0 ? kinds[i].told : 0;
	printf("front door, %lld persons: register of %llu facts in %.1f s; %lld days in %.1f s (%.0f times real time), %.0f facts/s, %llu requests\n",
	       (long long)s.county[0].persons, (unsigned long long)register_n, load, (long long)s.days, run, (double)s.days * 86400 / run,
	       (double)(books.verify.facts_n - register_n) / run, (unsigned long long)front_asked(f));
	printf("processor time: drill %.1f s, server %.1f s\n", cpu_s(RUSAGE_SELF), cpu_s(RUSAGE_CHILDREN));
	front_free(&f);
	free(books.kinds);
	drill_host_done(&h);
	arena_done(&c.arena);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	return system(command) == 0 ? 0 : 1;
}
