/* SPDX-License-Identifier: Apache-2.0
 *
 * disease.h - what one infection does with time: a file of parameters with their sources, made into tables.
 *
 * A disease file is a table of four columns (parameter, value, unit, source); docs/drill.md lists the
 * parameters. Every row must name its source. From it come whole-number tables (num.h), so that a run
 * depends on no library of mathematics. The caller owns struct disease; it holds no pointers.
 */
#ifndef SUSHUI_DRILL_DISEASE_H
#define SUSHUI_DRILL_DISEASE_H

#include "core/err.h"

#define DISEASE_BIN_MIN 360 /* minutes of one bin of the infectiousness profile */
#define DISEASE_BINS 256 /* 64 days */
#define DISEASE_PCR_DAYS 64
#define DISEASE_QUANTILES 1024
#define DISEASE_BANDS 6 /* age bands of a parameter that depends on age */

/* A value by age: the last band whose `from` is not above the age. Bands rise; band 0 begins at age 0. */
struct by_age {
	uint32_t n;
	uint8_t from[DISEASE_BANDS];
	uint32_t share_q16[DISEASE_BANDS];
};

struct disease {
	char name[32];
	/* Infectious meetings of a case with others. It infects fewer persons, because some, at home above all, are met
	 * more than once; in the well-mixed population of the theory the two are the same. */
	double r0;
	double infectious_mean_d,
		infectious_sd_d; /* when, after its beginning; from infection: the generation time */
	double incubation_median_d, incubation_log_sd; /* log-normal */
	double infectious_from_onset; /* 1: infectiousness counts from onset (shifted), 0: from infection */
	double infectious_shift_d; /* days added to that beginning; negative: before onset */
	double dispersion_k; /* gamma shape of each case's infectiousness; 0: all alike */
	double asymptomatic; /* share */
	double asymptomatic_infectious; /* relative infectiousness */
	double home_weight, school_weight, work_weight,
		community_weight; /* relative to the contact figures */
	double pool_ct_sd; /* cycles: spread of Ct between specimens, for the loss by pooling */
	struct by_age immune, severe, fatal;
	double pcr[DISEASE_PCR_DAYS]; /* chance that one swab, tested alone, is positive on that day since
					 infection */

	/* made from the above */
	uint32_t profile_q16[DISEASE_BINS + 8]; /* infectiousness in that bin, per day; its days sum to 1 */
	uint32_t profile_most_q16[DISEASE_BINS + 8]; /* the largest of this bin and the four behind it */
	uint32_t profile_bins_n; /* bins behind it are 0 */
	uint32_t incubation_min[DISEASE_QUANTILES]; /* minutes, by quantile */
	uint32_t strength_q16[DISEASE_QUANTILES]; /* infectiousness of a case, by quantile; mean 1 */
	uint32_t pcr_days_n;
};

/* Reads a disease file. ERR_FILE, ERR_BAD_CSV; ERR_UNKNOWN_FIELD, ERR_MISSING_FIELD, ERR_BAD_VALUE,
 * ERR_DUPLICATE_FIELD with at = "line N" or the parameter. *out is untouched on error. */
enum err_code disease_read(struct disease *out, const char *path, struct err *e);
/* A disease the program carries: "omicron-ba5", "omicron-bf7", "measles", "ebola". ERR_NOT_FOUND names them.
 */
enum err_code disease_named(struct disease *out, struct str name, struct err *e);
/* The same from bytes in memory; `name` is for reports. */
enum err_code disease_parse(struct disease *out, struct str name, struct str bytes, struct err *e);

/* The tables again after a member was changed by hand (a test of another R0, a sensitivity analysis). */
void disease_tabulate(struct disease *d);

/* share for an age, of 65536. */
uint32_t disease_by_age(const struct by_age *b, int age);
/* Chance of 65536 that a swab of that day since infection is positive in a pool of pool_n >= 1 in which it is
 * the only positive one: pooling dilutes by log2(pool_n) cycles. Cost: microseconds; tabulate it. */
uint32_t disease_pcr_q16(const struct disease *d, uint32_t day, uint32_t pool_n);

#endif
