/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - the plan of a scenario in the pure simulator (response.h), over many seeds: what one plan brings against another, and what
 * half an hour less in one stage would have brought.
 *
 * The front door is the exact drill: one run, every fact. Here posts and vehicles are delays: those that a drill measured, or those
 * that follow from the scenario's numbers when nothing waits for anything. The same seed gives the same people, the same first cases
 * and the same luck under every plan (key.h), so plans are compared pair by pair. Owns nothing.
 */
#ifndef SUSHUI_DRILL_PLAN_H
#define SUSHUI_DRILL_PLAN_H

#include "core/buf.h"
#include "drill/response.h"
#include "drill/scenario.h"

#define PLAN_SEEDS_MAX 10000

/* Delays of the stages in minutes. */
struct plan_delays {
	uint32_t result_min;  /* swab to the tube's result */
	uint32_t confirm_min; /* positive tube to single results */
	uint32_t isolate_min; /* positive to away */
	uint32_t trace_min;   /* positive to contacts in place */
};
enum plan_figure { PLAN_INFECTED, PLAN_LAST_DAY, PLAN_HELD, PLAN_SWABS, PLAN_MISSED, PLAN_UNFOUND, PLAN__N };
extern const char *const plan_figures[]; /* by figure */
struct plan_outcome {
	double v[PLAN__N];
};
struct plan_mean { /* over seeds; low and high: 95 % interval of the mean */
	double mean, low, high;
};

/* What follows from the numbers of a county when no list is ever long. */
void plan_delays_of(const struct scenario_county *p, struct plan_delays *out);
/* The scenario's disease, read once: its tables take some time to make. */
enum err_code plan_disease(const struct scenario *s, struct disease *out, struct err *e);
/* One seed of a scenario: all its counties together; d NULL: the delays of each county's numbers. */
enum err_code plan_run(const struct scenario *s, const struct disease *disease, const struct plan_delays *d, uint64_t seed, uint32_t threads, struct plan_outcome *out,
		       struct err *e);
/* Means of n outcomes, and of the differences b - a (pair by pair) when b is not NULL. */
void plan_means(const struct plan_outcome *a, const struct plan_outcome *b, size_t n, struct plan_mean out[PLAN__N]);

/* What `less_min` minutes less in each stage would have brought, over `seeds` seeds from `first` on. */
struct plan_stage {
	const char *name;
	uint32_t delay_min;
	struct plan_mean less[PLAN__N]; /* difference to the plan as it is: negative is fewer */
};
#define PLAN_STAGES 4
enum err_code plan_less(const struct scenario *s, const struct plan_delays *d, uint32_t less_min, uint64_t first, uint32_t seeds,
			struct plan_stage out[PLAN_STAGES], struct err *e);

#endif
