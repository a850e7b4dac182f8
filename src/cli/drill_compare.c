/* SPDX-License-Identifier: Apache-2.0
 *
 * Two plans side by side over many seeds, in the pure simulator.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/drill_run.h"
#include "cli/progress.h"
#include "core/json.h"
#include "drill/plan.h"

static const char usage[] =
	"usage: sushui drill compare A B [options]    two plans side by side, over many seeds\n"
	"  A, B            scenarios (names or .csv files); `A --set P=V` compares A with itself under another value\n"
	"  --seeds N       seeds (100); the same people, first cases and luck under both plans\n"
	"  --set P=V       another value in B, several times\n"
	"  --json          JSON instead of a table\n"
	"Runs the pure simulator: posts, vehicles and machines are delays that follow from their numbers. `sushui drill run` is the exact drill.\n";

struct request {
	const char *a, *b, *sets[16];
	size_t sets_n;
	int64_t seeds;
	bool json;
};

static int wrong(const char *at)
{
	fprintf(stderr, "sushui drill compare: %s\n%s", at, usage);
	return CLI_USAGE;
}

static int read_request(struct request *q, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		bool value = i + 1 < argc;
		if (argv[i][0] != '-' && !q->b)
			*(q->a ? &q->b : &q->a) = argv[i];
		else if (strcmp(argv[i], "--json") == 0)
			q->json = true;
		else if (strcmp(argv[i], "--seeds") == 0 && value && str_to_i64(str_of(argv[i + 1]), &q->seeds) && q->seeds >= 2 &&
			 q->seeds <= PLAN_SEEDS_MAX)
			i++;
		else if (strcmp(argv[i], "--set") == 0 && value && q->sets_n < ARRAY_N(q->sets))
			q->sets[q->sets_n++] = argv[++i];
		else
			return wrong(argv[i]);
	}
	return q->a && (q->b || q->sets_n) ? 0 : wrong("two scenarios are expected, or one and --set");
}

static void put_table(struct buf *b, const struct scenario s[2], const struct plan_mean m[3][PLAN__N], int64_t seeds)
{
	buf_printf(b, "EXERCISE: nobody here exists. Pure simulator, %lld seeds; mean (95 %% interval of the mean)\n  A  %s\n  B  %s\n\n", (long long)seeds,
		   s[0].title, s[1].title);
	buf_printf(b, "  %-28s %32s %32s %32s\n", "", "A", "B", "B - A, pair by pair");
	for (int f = 0; f < PLAN__N; f++) {
		buf_printf(b, "  %-28s", plan_figures[f]);
		for (int k = 0; k < 3; k++) {
			char text[64];
			snprintf(text, sizeof text, "%.1f (%.1f to %.1f)", m[k][f].mean, m[k][f].low, m[k][f].high);
			buf_printf(b, " %32s", text);
		}
		buf_add_byte(b, '\n');
	}
}

static void put_json(struct buf *b, const struct scenario s[2], const struct plan_mean m[3][PLAN__N], int64_t seeds)
{
	static const char *const keys[] = {"a", "b", "b_minus_a"};
	json_open(b, '{');
	json_key(b, "exercise");
	json_bool(b, true);
	json_key(b, "simulator");
	json_c(b, "pure");
	json_key(b, "seeds");
	json_i64(b, seeds);
	for (int k = 0; k < 2; k++) {
		json_key(b, k ? "title_b" : "title_a");
		json_c(b, s[k].title);
	}
	for (int k = 0; k < 3; k++) {
		json_key(b, keys[k]);
		json_open(b, '[');
		for (int f = 0; f < PLAN__N; f++) {
			json_open(b, '{');
			json_key(b, "figure");
			json_c(b, plan_figures[f]);
			json_key(b, "mean");
			json_f64(b, m[k][f].mean);
			json_key(b, "low");
			json_f64(b, m[k][f].low);
			json_key(b, "high");
			json_f64(b, m[k][f].high);
			json_close(b, '}');
		}
		json_close(b, ']');
	}
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

static enum err_code read_both(const struct request *q, struct scenario s[2], struct err *e)
{
	enum err_code rc = drill_scenario(&s[0], q->a, e);
	if (rc == OK)
		rc = drill_scenario(&s[1], q->b ? q->b : q->a, e);
	for (size_t i = 0; rc == OK && i < q->sets_n; i++) {
		struct str value = str_of(q->sets[i]), name = str_cut(&value, '=');
		rc = value.p ? scenario_set(&s[1], name, value, e) : err_set(e, ERR_BAD_VALUE, "--set", "NAME=VALUE is expected");
	}
	return rc;
}

static enum err_code run_both(const struct request *q, const struct scenario s[2], struct plan_outcome *out, struct err *e)
{
	struct cli c = {.lang = "en", .sys = sys_real()};
	struct bar bar;
	static struct disease disease[2];
	enum err_code rc = plan_disease(&s[0], &disease[0], e);
	if (rc == OK)
		rc = plan_disease(&s[1], &disease[1], e);
	bar_init(&bar, &c, "compare");
	for (int64_t i = 0; rc == OK && i < 2 * q->seeds; i++) {
		rc = plan_run(&s[i / q->seeds], &disease[i / q->seeds], NULL, (uint64_t)(i % q->seeds) + 1, 1, &out[i], e);
		bar_tell(&bar, (uint64_t)i + 1, (uint64_t)(2 * q->seeds));
	}
	bar_done(&bar);
	return rc;
}

int drill_compare(int argc, char **argv)
{
	struct request q = {.seeds = 100};
	static struct scenario s[2];
	struct plan_mean m[3][PLAN__N];
	struct err e = {0};
	struct buf b;
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return CLI_OK;
	}
	int bad = read_request(&q, argc, argv);
	if (bad)
		return bad;
	struct plan_outcome *out = calloc(2 * (size_t)q.seeds, sizeof *out);
	enum err_code rc = out ? read_both(&q, s, &e) : err_set(&e, ERR_MEMORY, "", "no memory");
	if (rc == OK)
		rc = run_both(&q, s, out, &e);
	if (rc != OK) {
		free(out);
		fprintf(stderr, "sushui drill compare: %s%s%s\n  %s\n", e.at, e.at[0] ? ": " : "", err_text(e.code, "en"), e.what);
		return err_kind(e.code) == KIND_FAULT ? CLI_FAULT : CLI_REFUSED;
	}
	plan_means(out, NULL, (size_t)q.seeds, m[0]);
	plan_means(out + q.seeds, NULL, (size_t)q.seeds, m[1]);
	plan_means(out, out + q.seeds, (size_t)q.seeds, m[2]);
	free(out);
	buf_init(&b, 0);
	if (q.json)
		put_json(&b, s, m, q.seeds);
	else
		put_table(&b, s, m, q.seeds);
	bool ok = !b.failed && fwrite(b.p, 1, b.n, stdout) == b.n && fflush(stdout) == 0;
	buf_done(&b);
	return ok ? CLI_OK : CLI_FAULT;
}
