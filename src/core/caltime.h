/* SPDX-License-Identifier: Apache-2.0
 *
 * caltime.h - instants and calendar days. Storage holds UTC milliseconds since 1970; a "day" is a
 * local calendar day of the jurisdiction, counted from 1970-01-01, whose time zone is set once per
 * process with caltime_zone. Range: years 1900 to 2199.
 */
#ifndef SUSHUI_CORE_CALTIME_H
#define SUSHUI_CORE_CALTIME_H

#include "core/err.h"

struct buf;

/* Sets the zone of the process by IANA name ("Asia/Shanghai", "Europe/Rome"). Call before threads start.
 * ERR_BAD_VALUE when the machine does not know the name. */
enum err_code caltime_zone(struct str name, struct err *e);

/* "2022-11-20T21:00:00+08:00", "...Z", seconds and fraction optional, or without offset = local time;
 * "2022-11-20 21:00" too. A date alone is the local midnight that begins it. False when not a valid instant. */
bool caltime_parse(struct str s, int64_t *out_ms) MUST_USE;
/* ISO 8601 with the offset of the jurisdiction at that instant, to the second (milliseconds only when not zero). */
#define CALTIME_TEXT_N 32
void caltime_format(int64_t ms, char out[CALTIME_TEXT_N]);

/* Local day number of an instant, and the instant at which a local day begins (daylight saving counted). */
int32_t day_of(int64_t ms);
int64_t day_start(int32_t day);
/* The instant of local wall-clock hour:minute on a day. */
int64_t day_at(int32_t day, int hour, int minute);
/* "2022-11-20" <-> day number. */
bool day_parse(struct str s, int32_t *out) MUST_USE;
#define DAY_TEXT_N 11
void day_format(int32_t day, char out[DAY_TEXT_N]);
/* 1 = Monday ... 7 = Sunday. */
int day_weekday(int32_t day);

#endif
