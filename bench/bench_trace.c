/* SPDX-License-Identifier: Apache-2.0
 *
 * bench_trace [persons]: load, size and latency of the trace on a synthetic county, as ratios to SQLite and
 * PostgreSQL on the same visits in the same run. Default 20,000 persons (SUSHUI_TRACE_PERSONS); a county is
 * 250000, a small city 1000000. SUSHUI_TRACE_RIVALS=0 leaves the rivals out, =all asks them for 200 cases too
 * (minutes). Engines take turns; results are compared in full; medians of 7 (ours) and of up to 3 (rivals,
 * first run excluded when there is more than one) are printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "county.h"
#include "core/sys.h"
#include "trace_rivals.h"

#define RUNS 7

static double now_ms(void)
{
	return (double)sys_real()->mono_us(NULL) / 1000;
}

static void die(const struct err *e)
{
	fprintf(stderr, "bench_trace: %s: %s: %s\n", err_name(e->code), e->at, e->what);
	exit(1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static double median(double *x, int n)
{
	qsort(x, (size_t)n, sizeof *x, by_value);
	return x[n / 2];
}

struct query {
	const struct trace_world *w;
	struct trace_query q;
};

static struct trace_result answer(const struct query *x, unsigned hops, int threads, unsigned evidence,
				  double *ms)
{
	struct trace_query q = x->q;
	struct trace_result r;
	struct err e;
	q.hops = hops;
	q.threads = threads;
	q.evidence_hops = evidence;
	double t = now_ms();
	if (trace_run(&r, x->w, &q, &e) != OK)
		die(&e);
	*ms = now_ms() - t;
	return r;
}

static double timed(const struct query *x, unsigned hops, int threads, unsigned evidence)
{
	double ms[RUNS];
	for (int i = 0; i < RUNS; i++) {
		struct trace_result r = answer(x, hops, threads, evidence, &ms[i]);
		trace_result_done(&r);
	}
	return median(ms, RUNS);
}

static void compare(struct rival *rival, const struct query *x, const struct trace_result *want,
		    double ours_ms)
{
	struct rival_answer got;
	double ms[3], total = 0;
	int runs = 0;
	for (; runs < 3 && (runs == 0 || total < 4000); runs++) {
		rival_trace(rival, x->w, &x->q, &got, &ms[runs]);
		total += ms[runs];
		if (got.rows_n != want->contacts_n) {
			fprintf(stderr, "bench_trace: %s finds %zu contacts, the engine %zu\n",
				rival_name(rival), got.rows_n, want->contacts_n);
			exit(1);
		}
		for (size_t i = 0; i < got.rows_n; i++) {
			const struct trace_contact *a = &got.rows[i], *b = &want->contacts[i];
			if (a->person != b->person || a->hop != b->hop || a->first != b->first ||
			    a->seconds != b->seconds || a->exposures != b->exposures) {
				fprintf(stderr, "bench_trace: %s differs at contact %zu\n", rival_name(rival),
					i);
				exit(1);
			}
		}
		free(got.rows);
	}
	double best = ms[0];
	for (int i = 1; i < runs; i++)
		best = ms[i] < best ? ms[i] : best;
	printf("      %-28s %10.1f ms   x%.0f, same rows (best of %d)\n", rival_name(rival), best,
	       best / ours_ms, runs);
	fflush(stdout);
}

static void export_answer(const char *folder, const struct query *x, const struct trace_result *r, double ms);

static void latencies(const struct county *c, const struct trace_world *w, struct rival **rivals,
		      size_t rivals_n)
{
	static const size_t ks[] = {1, 20, 200};
	for (size_t k = 0; k < ARRAY_N(ks); k++) {
		struct trace_case cases[200];
		county_cases(c, w->view, cases, ks[k], 7 + k);
		struct query x = {w, {.cases = cases, .cases_n = ks[k], .rules = &c->rules, .hops = 2}};
		double first_ms;
		struct trace_result r = answer(&x, 2, 2, 1, &first_ms);
		double hop1 = timed(&x, 1, 2, 1), one = timed(&x, 2, 1, 1), two = timed(&x, 2, 2, 1);
		printf("K=%zu: hop 1 %.3f ms; two hops %.2f ms (1 thread %.2f, first run %.1f)\n"
		       "      %zu close, %zu secondary contacts; %llu source stays, %llu visits touched, "
		       "%llu exposures\n",
		       ks[k], hop1, two, one, first_ms, r.hop_n[1], r.hop_n[2],
		       (unsigned long long)r.stats.sources, (unsigned long long)r.stats.touched,
		       (unsigned long long)r.stats.pairs);
		double t = now_ms();
		struct trace_venues v;
		struct err e;
		if (trace_venues_run(&v, w, cases, ks[k], 6 * 3600, &e) != OK)
			die(&e);
		double venues_ms = now_ms() - t;
		trace_venues_done(&v);
		struct trace_rule wide[8][COUNTY_TYPES];
		struct trace_rules rules[8];
		for (uint32_t i = 0; i < 8; i++) {
			for (size_t ty = 0; ty < COUNTY_TYPES; ty++) {
				wide[i][ty] = c->rule[ty];
				wide[i][ty].min_s = c->rule[ty].min_s * (i + 2) / 2;
			}
			rules[i] = (struct trace_rules){wide[i], COUNTY_TYPES, {0}};
		}
		size_t counts[8 * 3];
		t = now_ms();
		if (trace_what_if(counts, w, &x.q, rules, 8, &e) != OK)
			die(&e);
		printf("      venues %.1f ms; what-if over 8 rule sets %.1f ms: second hop from %zu to %zu "
		       "persons\n",
		       venues_ms, now_ms() - t, counts[2], counts[7 * 3 + 2]);
		const char *folder = getenv("SUSHUI_TRACE_EXPORT"), *with = getenv("SUSHUI_TRACE_RIVALS");
		if (folder)
			export_answer(folder, &x, &r, two);
		for (size_t i = 0; i < rivals_n && (ks[k] < 200 || (with && strcmp(with, "all") == 0)); i++)
			compare(rivals[i], &x, &r, two);
		trace_result_done(&r);
	}
}

/* --- for bench/trace_duckdb ------------------------------------------------------------------ */

static FILE *export_file(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "w");
	if (!f) {
		fprintf(stderr, "bench_trace: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return f;
}

static void export_visits(const struct county *c, const char *folder)
{
	FILE *f = export_file(folder, "visits.csv");
	fprintf(f, "person,place,t_in,t_out\n");
	for (size_t i = 0; i < c->visits_n; i++)
		fprintf(f, "%u,%u,%u,%u\n", c->visit[i].person, c->visit[i].place, c->visit[i].t_in,
			c->visit[i].t_out);
	fclose(f);
	f = export_file(folder, "places.csv");
	fprintf(f, "place,min_s,linger_s\n");
	for (uint32_t p = 0; p < c->places_n; p++)
		fprintf(f, "%u,%u,%u\n", p, c->rule[c->place_type[p]].min_s, c->rule[c->place_type[p]].linger_s);
	fclose(f);
}

/* Cases and our answer, with the time it took in the name of the column. */
static void export_answer(const char *folder, const struct query *x, const struct trace_result *r, double ms)
{
	char name[32];
	snprintf(name, sizeof name, "cases-%zu.csv", x->q.cases_n);
	FILE *f = export_file(folder, name);
	fprintf(f, "person,w0,w1\n");
	for (size_t i = 0; i < x->q.cases_n; i++)
		fprintf(f, "%u,%u,%u\n", x->q.cases[i].person, x->q.cases[i].from, x->q.cases[i].to);
	fclose(f);
	snprintf(name, sizeof name, "answer-%zu.csv", x->q.cases_n);
	f = export_file(folder, name);
	fprintf(f, "# %.3f ms\nhop,person,first,seconds,exposures\n", ms);
	for (size_t i = 0; i < r->contacts_n; i++)
		fprintf(f, "%u,%u,%u,%llu,%llu\n", r->contacts[i].hop, r->contacts[i].person, r->contacts[i].first,
			(unsigned long long)r->contacts[i].seconds, (unsigned long long)r->contacts[i].exposures);
	fclose(f);
}

/* --- appending while queries run --------------------------------- */

struct appender {
	struct visits *v;
	const struct county *c;
	atomic_bool stop;
	uint64_t added_n;
};

static void *append(void *arg)
{
	struct appender *a = arg;
	struct dice d;
	dice_init(&d, 99);
	double begun = now_ms();
	while (!atomic_load(&a->stop)) {
		struct visit list[1000];
		struct err e;
		for (size_t i = 0; i < ARRAY_N(list); i++) {
			list[i] = a->c->visit[dice_below(&d, a->c->visits_n)];
			list[i].t_in = COUNTY_START + a->c->days_n * 86400 + (uint32_t)dice_below(&d, 3600);
			list[i].t_out = list[i].t_in + (uint32_t)dice_below(&d, 7200);
		}
		if (visits_add(a->v, list, ARRAY_N(list), &e) != OK)
			die(&e);
		a->added_n += ARRAY_N(list);
		double due = begun + (double)a->added_n / 20.0; /* 20,000 a second */
		if (due > now_ms())
			usleep((useconds_t)((due - now_ms()) * 1000));
	}
	return NULL;
}

static void under_load(struct visits *v, const struct county *c, const struct trace_world *w)
{
	struct appender a = {.v = v, .c = c};
	struct trace_case one;
	pthread_t thread;
	county_cases(c, w->view, &one, 1, 7);
	enum { N = 200 };
	double ms[N], begun = now_ms();
	if (pthread_create(&thread, NULL, append, &a) != 0)
		return;
	for (int i = 0; i < N; i++) {
		struct err e;
		struct visits_view *view;
		double t = now_ms();
		if (visits_view(v, &view, &e) != OK)
			die(&e);
		struct trace_world now = *w;
		now.view = view;
		struct trace_query q = {
			.cases = &one, .cases_n = 1, .rules = &c->rules, .hops = 2, .evidence_hops = 1};
		struct trace_result r;
		if (trace_run(&r, &now, &q, &e) != OK)
			die(&e);
		trace_result_done(&r);
		visits_view_release(&view);
		ms[i] = now_ms() - t;
		usleep(20000);
	}
	atomic_store(&a.stop, true);
	pthread_join(thread, NULL);
	double rate = (double)a.added_n / (now_ms() - begun) * 1000;
	qsort(ms, N, sizeof *ms, by_value);
	printf("while %.0f visits/s are appended: one case, two hops, median %.2f ms, p99 %.2f ms (newest "
	       "visits included)\n",
	       rate, ms[N / 2], ms[N * 99 / 100]);
}

static void drop_cache(const char *folder)
{
	char command[4200];
	snprintf(command, sizeof command,
		 "for f in '%s'/*; do dd if=\"$f\" iflag=nocache count=0 2>/dev/null; done", folder);
	if (system(command) != 0)
		fprintf(stderr, "bench_trace: the page cache could not be dropped\n");
}

/* The first question after the machine was switched on: nothing of the folder is in memory. */
static struct visits *first_question(struct visits *v, const struct visits_options *o, const struct county *c)
{
	struct visits_options quick = *o;
	struct err e;
	struct visits_view *view;
	struct trace_case one;
	struct trace_result r;
	if (visits_view(v, &view, &e) != OK)
		die(&e);
	county_cases(c, view, &one, 1, 7);
	visits_view_release(&view);
	visits_close(&v);
	drop_cache(o->folder);
	quick.skip_checksums = true;
	double t = now_ms();
	if (visits_open(&v, &quick, &e) != OK || visits_view(v, &view, &e) != OK)
		die(&e);
	struct trace_world w = {view, c->place_type, c->places_n, NULL};
	struct trace_query q = {.cases = &one, .cases_n = 1, .rules = &c->rules, .hops = 2, .evidence_hops = 1};
	if (trace_run(&r, &w, &q, &e) != OK)
		die(&e);
	printf("cold: opened without reading the checksums, first answer (one case, two hops) after %.0f ms\n", now_ms() - t);
	trace_result_done(&r);
	visits_view_release(&view);
	return v;
}

static struct visits *reopen(struct visits *v, const struct visits_options *o)
{
	struct err e;
	visits_close(&v);
	drop_cache(o->folder);
	double t = now_ms();
	if (visits_open(&v, o, &e) != OK)
		die(&e);
	printf("cold start, every checksum read: %.0f ms\n", now_ms() - t);
	return v;
}

int main(int argc, char **argv)
{
	const char *size = argc > 1 ? argv[1] : getenv("SUSHUI_TRACE_PERSONS"),
		   *with = getenv("SUSHUI_TRACE_RIVALS");
	uint32_t persons = size ? (uint32_t)strtoul(size, NULL, 10) : 20000;
	struct county c;
	struct err e;
	double t = now_ms();
	county_make(&c, persons < 1000 ? 1000 : persons, 14, 1);
	printf("county: %u persons, %u places, %zu visits (made in %.0f ms)\n", c.persons_n, c.places_n,
	       c.visits_n, now_ms() - t);
	char folder[] = "/tmp/sushui-bench-trace.XXXXXX";
	if (!mkdtemp(folder))
		return 1;
	struct visits_options o = {.folder = folder};
	struct visits *v;
	if (visits_open(&v, &o, &e) != OK)
		die(&e);
	t = now_ms();
	if (visits_load(v, c.visit, c.visits_n, 2, &e) != OK)
		die(&e);
	double load_ms = now_ms() - t;
	struct visits_stats st;
	visits_stats(v, &st);
	printf("load: %.0f ms, %.1f M visits/s; %.2f bytes a visit on disk, both orders, %u segments\n",
	       load_ms, (double)c.visits_n / load_ms / 1000, (double)st.disk_bytes / (double)st.visits_n,
	       st.segments_n);
	v = first_question(v, &o, &c);
	v = reopen(v, &o);
	struct visits_view *view;
	if (visits_view(v, &view, &e) != OK)
		die(&e);
	struct trace_world w = {view, c.place_type, c.places_n, NULL};
	struct rival *rivals[8];
	size_t rivals_n = with && strcmp(with, "0") == 0 ? 0 : rivals_open(rivals, ARRAY_N(rivals), &c);
	if (getenv("SUSHUI_TRACE_EXPORT"))
		export_visits(&c, getenv("SUSHUI_TRACE_EXPORT"));
	latencies(&c, &w, rivals, rivals_n);
	under_load(v, &c, &w);
	for (size_t i = 0; i < rivals_n; i++)
		rival_close(rivals[i]);
	visits_view_release(&view);
	visits_close(&v);
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", folder);
	int rc = system(command);
	county_done(&c);
	return rc != 0;
}
