/* SPDX-License-Identifier: Apache-2.0
 *
 * epidemic.h - a disease among the people of a county: who infected whom, where and at which minute.
 *
 * Day by day, each infectious person may have meetings (life.h) at a rate that follows the time since
 * infection; a meeting with somebody susceptible infects. The rate is drawn first, and only where it falls
 * the day of the two people is worked out, so the cost follows the infections and not the population. Every
 * chance is looked up by (purpose, person, day): the number of threads does not matter, and what a rule does
 * not touch stays as it was, to the minute.
 *
 * The epidemic keeps a pointer to the county and a copy of the disease; it owns what it records. Time is
 * minutes since the midnight that begins day 0. One thread calls; epidemic_step uses helpers of its own.
 */
#ifndef SUSHUI_DRILL_EPIDEMIC_H
#define SUSHUI_DRILL_EPIDEMIC_H

#include "drill/disease.h"
#include "drill/life.h"

#define EPIDEMIC_DAYS_MAX 3650U
#define NO_INFECTION UINT32_MAX
#define NOT_FOUND_YET UINT32_MAX

enum infection_flag {
	INFECTION_ASYMPTOMATIC = 1,
	INFECTION_SEVERE = 2,
	INFECTION_FATAL = 4,
};

/* One infection: the ground truth, with place and minute. */
struct infection {
	uint32_t person;
	uint32_t infector; /* index of the infection it came from, NO_INFECTION: imported */
	uint32_t place; /* where they met (life.h), PLACE_NONE for an imported one */
	uint32_t at_min;
	uint32_t onset_min; /* of symptoms; of the asymptomatic, when they would have begun */
	uint32_t found_min; /* when a result named the person, or NOT_FOUND_YET */
	uint32_t strength_q16; /* infectiousness relative to the mean */
	uint8_t flags, layer; /* enum infection_flag; enum layer */
	uint8_t offer; /* which meetings the person can have at all; internal */
};

enum hold_kind {
	HOLD_HOME = 1, /* at home: meets its household only */
	HOLD_AWAY, /* isolation site or hospital: meets nobody */
};

struct epidemic_options {
	uint64_t seed;
	int32_t first_day; /* calendar day (core/caltime.h) of day 0: decides weekdays and market days */
	uint32_t imports; /* infected on import_day from outside */
	uint32_t import_day;
	uint32_t import_every_days; /* then one more each so many days; 0: none */
	uint32_t threads; /* 0 and 1: the caller alone */
	uint32_t share_tries; /* samples by which offers are matched to the contact figures; 0: 200,000 (error below 0.5 %) */
	bool well_mixed; /* everybody meets anybody: the population of the theory, for validation */
	bool home_only; /* contacts in the household alone: household studies */
};

/* What happened on a day. */
struct day_count {
	uint32_t infected, onsets, severe, fatal; /* severe, fatal: among the day's infected */
	uint32_t active; /* persons who may infect, at the end of the day */
	uint32_t found, held; /* named by a result; holds ordered (a prolonged one counts once) */
	uint32_t swabs, pools, pools_positive; /* of testing rounds and of single persons */
	uint32_t missed; /* persons whom a round did not reach */
	uint32_t layer[LAYER__N];
};

struct epidemic;

/* Begins an epidemic on a healthy county. ERR_BAD_VALUE, ERR_MEMORY. The county must outlive it. */
enum err_code epidemic_new(struct epidemic **out, const struct county *c, const struct disease *d,
	const struct epidemic_options *o, struct err *e) MUST_USE;
void epidemic_free(struct epidemic **ep); /* accepts a pointer to NULL, leaves NULL */

/* One more day: meetings, infections, imports. ERR_MEMORY leaves the epidemic unusable but for epidemic_free.
 * Cost: about 10 ns for each infectious person and 0.3 us for each meeting that is worked out. */
enum err_code epidemic_step(struct epidemic *ep, struct err *e) MUST_USE;

uint32_t epidemic_day(const struct epidemic *ep); /* days done = number of the next day */
const struct infection *epidemic_infections(
	const struct epidemic *ep, uint32_t *n); /* valid until the next step */
const struct day_count *epidemic_days(const struct epidemic *ep); /* epidemic_day() of them */
/* Index of a person's infection or NO_INFECTION. */
uint32_t epidemic_infection_of(const struct epidemic *ep, uint32_t person);
bool epidemic_immune(const struct epidemic *ep, uint32_t person); /* from the beginning */
const struct county *epidemic_county(const struct epidemic *ep);
const struct disease *epidemic_disease(const struct epidemic *ep);
const struct keys *epidemic_keys(const struct epidemic *ep);
int32_t epidemic_first_day(const struct epidemic *ep);
/* Memory that the epidemic holds, without the county's. */
size_t epidemic_bytes(const struct epidemic *ep);
/* A 64-bit digest of all infections in order: two runs are the same exactly when it is. */
uint64_t epidemic_digest(const struct epidemic *ep);

/* --- for the response ----------------------------------------------------------------------------- */

/* Holds a person from a minute of the day to come until a later one; a hold of the same kind that begins
 * within the last one prolongs it, any other adds to those before. */
enum err_code epidemic_hold(struct epidemic *ep, uint32_t person, enum hold_kind kind, uint32_t from_min,
	uint32_t until_min, struct err *e) MUST_USE;
/* Ends every hold of the person that is in force at that minute or begins later. */
void epidemic_release(struct epidemic *ep, uint32_t person, uint32_t at_min);
/* How the person is held at that minute: 0, HOLD_HOME or HOLD_AWAY (the stricter of several). */
int epidemic_held(const struct epidemic *ep, uint32_t person, uint32_t at_min);
/* Holds away in force at that minute. O(holds). */
uint32_t epidemic_held_count(const struct epidemic *ep, uint32_t at_min);
/* Names an infection found at a minute (the first finding counts). */
void epidemic_found(struct epidemic *ep, uint32_t infection, uint32_t at_min);
/* From the next day on, this share (of 65536) of the meetings of a layer does not take place: 65536 closes
 * it. */
void epidemic_cut(struct epidemic *ep, enum layer layer, uint32_t share_q16);
/* The counts of the day to come, for what a response adds to them. */
struct day_count *epidemic_today(struct epidemic *ep);

#endif
