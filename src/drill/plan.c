/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "drill/report.h"

#define SHARE(percent) ((uint32_t)((percent)*65536 / 100))
#define ISOLATE_DAYS 10
#define SHARE_TRIES 20000 /* many short runs: a mean over seeds needs no more */

const char *const plan_figures[] = {"infected", "day of the last infection", "persons held", "swabs", "missed by a round", "never found"};

void plan_delays_of(const struct scenario_county *p, struct plan_delays *out)
{
	int64_t look = p->look_min, lab = look / 2 + p->courier_min + look / 2 + p->run_min + p->report_min;
	int64_t tubes = (p->persons * p->reach / 100 + p->pool - 1) / p->pool;
	int64_t queue = tubes * p->run_min / (p->machines * p->batch) / 2; /* half of a round's tubes come before */
	*out = (struct plan_delays){
		.result_min = (uint32_t)(10 + lab + queue),
		.confirm_min = (uint32_t)(look / 2 + p->pool * p->single_min / p->single_teams + lab),
		.isolate_min = (uint32_t)(look + p->trip_min),
		.trace_min = (uint32_t)(look * 2 + p->interview_min + p->investigation_min + p->trip_min),
	};
}

static void options_of(const struct scenario_county *p, const struct plan_delays *d, struct response_options *o)
{
	response_options_default(o);
	o->first_day = p->plan_from_day > UINT32_MAX ? UINT32_MAX : (uint32_t)p->plan_from_day;
	o->round_every_days = (uint32_t)p->round_every_days;
	o->pool_n = (uint32_t)p->pool;
	o->reach_q16 = SHARE(p->reach);
	o->result_min = d->result_min;
	o->confirm_min = d->confirm_min;
	o->isolate_min = d->isolate_min;
	o->isolate_days = ISOLATE_DAYS;
	o->care_q16 = SHARE(p->care);
	o->care_days = (uint32_t)p->care_days;
	o->trace_least_min = (uint32_t)p->trace_least_min;
	o->recall_q16 = SHARE(p->stays * p->stays / 100); /* both stays must have left a trace */
	o->trace_min = d->trace_min;
	bool silent = p->silent_until_day > 0;
	o->cut_q16[LAYER_SCHOOL] = silent ? 65536 : SHARE(p->cut_school);
	o->cut_q16[LAYER_WORK] = silent ? 65536 : SHARE(p->cut_work);
	o->cut_q16[LAYER_COMMUNITY] = silent ? 65536 : SHARE(p->cut_community);
}

static enum err_code run_county(const struct scenario *s, const struct scenario_county *p, const struct disease *d, int32_t first_day,
				const struct plan_delays *delays, uint64_t seed, uint32_t threads, struct plan_outcome *out, struct err *e)
{
	struct county *c = NULL;
	struct epidemic *ep = NULL;
	struct response *r = NULL;
	struct response_options o;
	struct epidemic_options eo = {.seed = seed, .first_day = first_day,
				      .imports = (uint32_t)(p->imports < p->persons ? p->imports : p->persons),
				      .import_day = (uint32_t)p->import_day, .import_every_days = (uint32_t)p->import_every_days, .threads = threads, .share_tries = SHARE_TRIES};
	options_of(p, delays, &o);
	enum err_code rc = county_new(&c, (uint32_t)p->persons, seed, NULL, e);
	if (rc == OK)
		rc = epidemic_new(&ep, c, d, &eo, e);
	if (rc == OK)
		rc = response_new(&r, ep, &o, e);
	for (int64_t day = 0; rc == OK && day < s->days; day++) {
		rc = response_day(r, e);
		if (rc == OK)
			rc = epidemic_step(ep, e);
	}
	if (rc == OK) {
		struct report t;
		report_of(ep, &t);
		double last = t.last_day == UINT32_MAX ? 0 : t.last_day;
		out->v[PLAN_INFECTED] += t.infected;
		out->v[PLAN_LAST_DAY] = last > out->v[PLAN_LAST_DAY] ? last : out->v[PLAN_LAST_DAY];
		out->v[PLAN_HELD] += (double)t.held;
		out->v[PLAN_SWABS] += (double)t.swabs;
		out->v[PLAN_MISSED] += (double)t.missed;
		out->v[PLAN_UNFOUND] += t.infected - t.found;
	}
	response_free(&r);
	epidemic_free(&ep);
	county_free(&c);
	return rc;
}

enum err_code plan_disease(const struct scenario *s, struct disease *out, struct err *e)
{
	struct str name = str_of(s->disease);
	return str_ends(name, STR(".csv")) ? disease_read(out, s->disease, e) : disease_named(out, name, e);
}

enum err_code plan_run(const struct scenario *s, const struct disease *disease, const struct plan_delays *d, uint64_t seed, uint32_t threads,
		       struct plan_outcome *out, struct err *e)
{
	struct plan_delays own;
	int32_t first_day;
	if (!day_parse(str_of(s->start), &first_day))
		return err_set(e, ERR_BAD_VALUE, "start", "a day such as 2022-11-14 is expected");
	enum err_code rc = OK;
	*out = (struct plan_outcome){0};
	for (uint32_t i = 0; rc == OK && i < s->counties_n; i++) {
		if (!d)
			plan_delays_of(&s->county[i], &own);
		rc = run_county(s, &s->county[i], disease, first_day, d ? d : &own, seed + (i ? key_mix(i) : 0), threads, out, e);
	}
	return rc;
}

void plan_means(const struct plan_outcome *a, const struct plan_outcome *b, size_t n, struct plan_mean out[PLAN__N])
{
	for (int f = 0; f < PLAN__N; f++) {
		double sum = 0, squares = 0;
		for (size_t i = 0; i < n; i++)
			sum += b ? b[i].v[f] - a[i].v[f] : a[i].v[f];
		double mean = n ? sum / (double)n : 0;
		for (size_t i = 0; i < n; i++) {
			double x = (b ? b[i].v[f] - a[i].v[f] : a[i].v[f]) - mean;
			squares += x * x;
		}
		double half = n > 1 ? 1.96 * sqrt(squares / (double)(n - 1) / (double)n) : 0;
		out[f] = (struct plan_mean){mean, mean - half, mean + half};
	}
}

enum err_code plan_less(const struct scenario *s, const struct plan_delays *d, uint32_t less_min, uint64_t first, uint32_t seeds,
			struct plan_stage out[PLAN_STAGES], struct err *e)
{
	static const struct {
		const char *name;
		size_t offset;
	} stages[PLAN_STAGES] = {{"swab to result", offsetof(struct plan_delays, result_min)},
				 {"positive tube to single results", offsetof(struct plan_delays, confirm_min)},
				 {"positive to isolation", offsetof(struct plan_delays, isolate_min)},
				 {"positive to contacts in place", offsetof(struct plan_delays, trace_min)}};
	struct plan_outcome *a = calloc(2 * (size_t)seeds + 1, sizeof *a), *b = a + seeds;
	if (!a)
		return err_set(e, ERR_MEMORY, "", "no memory for the plans");
	struct disease disease;
	enum err_code rc = plan_disease(s, &disease, e);
	for (uint32_t k = 0; rc == OK && k < seeds; k++)
		rc = plan_run(s, &disease, d, first + k, 1, &a[k], e);
	for (int i = 0; i < PLAN_STAGES; i++) {
		struct plan_delays less = *d;
		uint32_t v;
		memcpy(&v, (char *)&less + stages[i].offset, sizeof v);
		out[i] = (struct plan_stage){.name = stages[i].name, .delay_min = v};
		v = v > less_min ? v - less_min : 1;
		memcpy((char *)&less + stages[i].offset, &v, sizeof v);
		for (uint32_t k = 0; rc == OK && k < seeds; k++)
			rc = plan_run(s, &disease, &less, first + k, 1, &b[k], e);
		if (rc == OK)
			plan_means(a, b, seeds, out[i].less);
	}
	free(a);
	return rc;
}
