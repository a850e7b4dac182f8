/* SPDX-License-Identifier: Apache-2.0
 *
 * response.h - what is done against the epidemic in the pure simulator: testing rounds with pools, isolation
 * of those found, tracing of those who were present with them, closures.
 *
 * A sketch of the operations (numbers of delays and shares, no queues and no shifts) that lets a plan be
 * tried over many seeds in seconds. It decides only from what results and symptoms show; the truth is used to
 * draw results, never to choose whom to hold. Owns its memory; keeps a pointer to the epidemic.
 */
#ifndef SUSHUI_DRILL_RESPONSE_H
#define SUSHUI_DRILL_RESPONSE_H

#include "drill/epidemic.h"

/* Shares are of 65536, times in minutes or days. response_options_default fills a county's ordinary plan. */
struct response_options {
	uint32_t first_day; /* of testing rounds and closures; presenting with symptoms counts from day 0 */
	uint32_t round_every_days; /* a round of everybody each so many days; 0: none */
	bool begin_when_found; /* rounds and closures begin on the day after the first finding, not before
				  first_day */
	uint32_t pool_n; /* specimens in a tube, 1 .. 20 */
	uint32_t reach_q16; /* persons that a round reaches */
	uint32_t result_min; /* from swab to the tube's result */
	uint32_t confirm_min; /* from a positive tube to the single results of its persons */
	uint32_t isolate_min; /* from result to leaving home */
	uint32_t isolate_days;
	uint32_t care_q16; /* the ill who seek care and are swabbed */
	uint32_t care_days; /* from onset to that visit */
	uint32_t trace_days; /* days looked back; 0: no tracing */
	uint32_t trace_least_min; /* minutes together that make a contact (at home: any) */
	uint32_t recall_q16; /* contacts that tracing learns of */
	uint32_t trace_min; /* from result to the contact's quarantine */
	uint32_t quarantine_days;
	uint32_t cut_q16[LAYER__N]; /* meetings that closures prevent */
};
void response_options_default(struct response_options *o);

struct response;
/* ERR_BAD_VALUE names the member. The epidemic must outlive it. */
enum err_code response_new(
	struct response **out, struct epidemic *ep, const struct response_options *o, struct err *e) MUST_USE;
void response_free(struct response **r); /* accepts a pointer to NULL, leaves NULL */

/* The response of the day to come; call before each epidemic_step. Cost: a round 2-4 ns for each person of
 * the county, a case traced over four days about 0.2 ms. */
enum err_code response_day(struct response *r, struct err *e) MUST_USE;

/* Persons present with `person` on a day for at least `least_min` minutes (at home: any), as the truth has
 * it: neither was held then. Ascending, each once, written to *out in memory of the response, valid until its
 * next call. This is what complete tracing finds, for any day of the past. */
enum err_code response_contacts(struct response *r, uint32_t person, uint32_t day, uint32_t least_min,
	const uint32_t **out, size_t *n, struct err *e) MUST_USE;

#endif
