/* SPDX-License-Identifier: Apache-2.0
 *
 * report.h - what an epidemic came to, in words and as JSON.
 *
 * Everything is recomputed from the infections and the counts by day; nothing is kept. Pure but for the
 * buffer it writes to, which the caller owns.
 */
#ifndef SUSHUI_DRILL_REPORT_H
#define SUSHUI_DRILL_REPORT_H

#include "core/buf.h"
#include "drill/epidemic.h"

struct report {
	uint32_t days, persons;
	uint32_t infected, imported, asymptomatic, severe, fatal, found;
	uint32_t peak_day, peak_infected; /* first day with the most infections */
	uint32_t last_day; /* of an infection; UINT32_MAX: none */
	uint32_t layer[LAYER__N], place[PLACE__N];
	uint64_t swabs, pools, pools_positive, missed, held;
	double generation_mean_d; /* over all pairs; 0 without a pair */
	double found_mean_d; /* from infection to result, of those found */
	double first_cases_r; /* persons infected by the first tenth of cases, at least 20, at most 1000; -1:
				 too few */
};

void report_of(const struct epidemic *ep, struct report *out); /* O(infections + days) */

/* A summary to read, English; `took_s` is the time the run took. */
void report_text(const struct epidemic *ep, double took_s, struct buf *out);
/* One JSON object: {"disease", "persons", "days", "seed", ..., "by_day": [...]}. */
void report_json(const struct epidemic *ep, uint64_t seed, double took_s, struct buf *out);

#endif
