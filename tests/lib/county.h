/* SPDX-License-Identifier: Apache-2.0
 *
 * county.h - a synthetic county for benchmarks and large comparisons: households, classes, work places,
 * people who serve at shops and clinics the whole day, buses, markets, parks. About five stays a person and
 * day, to the second. From a seed.
 */
#ifndef SUSHUI_TESTS_COUNTY_H
#define SUSHUI_TESTS_COUNTY_H

#include "trace/trace.h"

#define COUNTY_TYPES 12
#define COUNTY_START UINT32_C(1667232000) /* 2022-11-01 00:00 in Shanghai is 16:00 UTC the day before */

struct county {
	uint32_t persons_n, places_n, days_n;
	struct visit *visit;
	size_t visits_n;
	uint8_t *place_type;
	struct trace_rule rule[COUNTY_TYPES];
	struct trace_rules rules; /* points into `rule` */
};

/* persons >= 1000. Owned by the caller: county_done. */
void county_make(struct county *c, uint32_t persons_n, uint32_t days_n, uint64_t seed);
void county_done(struct county *c);
/* n cases, all different: every second one was at a place of an earlier case at the same time. Windows of 4
 * days that end in the last 4 days. */
void county_cases(const struct county *c, const struct visits_view *view, struct trace_case *out, size_t n,
		  uint64_t seed);

#endif
