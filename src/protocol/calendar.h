/* SPDX-License-Identifier: Apache-2.0
 *
 * calendar.h - where the stages of a tier fall for one person; private to src/protocol. Local day numbers.
 */
#ifndef SUSHUI_PROTOCOL_CALENDAR_H
#define SUSHUI_PROTOCOL_CALENDAR_H

#include "protocol/protocol.h"

struct span {
	int32_t first, last; /* both included; empty when last < first */
};

struct calendar {
	int64_t base;      /* the instant the regimen counts from, after a reset */
	int32_t first_day; /* day 1 */
	int32_t last_day;  /* of the last stage */
	struct span stage[PROTOCOL_STAGES_MAX];
	int64_t release;    /* earliest release, signs and early release counted */
	int64_t sign;       /* newest sign that adds isolation, or PROTOCOL_NO_TIME */
	int64_t sign_until; /* end of that isolation */
};

/* Errors as protocol_regimen; *c untouched then. */
enum err_code calendar_make(const struct protocol_tier *t, const struct regimen_times *times,
			    struct calendar *c, struct err *e);
/* Local day of the last test; false when the tier has none. */
bool calendar_last_test(const struct protocol_tier *t, const struct calendar *c, int32_t *day);

#endif
