/* SPDX-License-Identifier: Apache-2.0
 *
 * The zone rules are the C library's (TZ + tzset); only civil arithmetic is done here, after the
 * "days from civil" construction: years that begin in March put the leap day last.
 */
#include "core/caltime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define YEAR_LEAST 1900
#define YEAR_MOST 2199

enum err_code caltime_zone(struct str name, struct err *e)
{
	char path[128], text[64];
	str_to_c(name, text, sizeof text);
	snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", text);
	bool plain = name.n > 0 && name.n < sizeof text && text[0] != '/' && text[0] != '.' && !strstr(text, "..");
	if (!plain || (strcmp(text, "UTC") != 0 && access(path, R_OK) != 0))
		return err_set(e, ERR_BAD_VALUE, "timezone", "this machine knows no time zone of that name; example: Asia/Shanghai");
	if (setenv("TZ", text, 1) != 0)
		return err_set(e, ERR_MEMORY, "timezone", "the environment is full");
	tzset();
	return OK;
}

static int32_t days_from_civil(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400, yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void civil_from_days(int32_t days, int *year, int *month, int *day)
{
	int z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097, doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = yoe + era * 400 + (*month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Offset of local time from UTC at an instant, in seconds. */
static int64_t offset_s(int64_t ms)
{
	/* One entry suffices: callers walk through neighbouring instants, and zone rules change on quarter hours. */
	static _Thread_local int64_t known_quarter = INT64_MIN, known_offset;
	int64_t quarter = floor_div(ms, 15 * MS_PER_MINUTE);
	if (quarter == known_quarter)
		return known_offset;
	time_t t = (time_t)floor_div(ms, 1000);
	struct tm tm;
	CHECK(localtime_r(&t, &tm) != NULL);
	known_quarter = quarter;
	known_offset = tm.tm_gmtoff;
	return known_offset;
}

/* Wall-clock milliseconds since local 1970 -> instant. In the hour that a clock change skips or repeats the earlier offset is taken. */
static int64_t instant_of_local(int64_t local_ms)
{
	int64_t guess = local_ms - offset_s(local_ms - 14 * MS_PER_HOUR) * 1000;
	int64_t again = local_ms - offset_s(guess) * 1000;
	return offset_s(again) * 1000 + again == local_ms ? again : guess;
}

int32_t day_of(int64_t ms)
{
	return (int32_t)floor_div(ms + offset_s(ms) * 1000, MS_PER_DAY);
}

int64_t day_at(int32_t day, int hour, int minute)
{
	return instant_of_local((int64_t)day * MS_PER_DAY + hour * MS_PER_HOUR + minute * MS_PER_MINUTE);
}

int64_t day_start(int32_t day)
{
	return day_at(day, 0, 0);
}

int day_weekday(int32_t day)
{
	int d = (day + 3) % 7; /* day 0 was a Thursday */
	return (d < 0 ? d + 7 : d) + 1;
}

/* Reads exactly n digits at *s and moves on. */
static bool digits(struct str *s, int n, int *out)
{
	if (s->n < (size_t)n)
		return false;
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		v = v * 10 + (s->p[i] - '0');
	}
	s->p += n;
	s->n -= (size_t)n;
	*out = v;
	return true;
}

static bool literal(struct str *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

static bool date(struct str *s, int32_t *out)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int y, m, d;
	if (!digits(s, 4, &y) || !literal(s, '-') || !digits(s, 2, &m) || !literal(s, '-') || !digits(s, 2, &d))
		return false;
	if (y < YEAR_LEAST || y > YEAR_MOST || m < 1 || m > 12)
		return false;
	bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
	if (d < 1 || d > lengths[m - 1] + (m == 2 && leap))
		return false;
	*out = days_from_civil(y, m, d);
	return true;
}

bool day_parse(struct str s, int32_t *out)
{
	int32_t day;
	if (!date(&s, &day) || s.n != 0)
		return false;
	*out = day;
	return true;
}

void day_format(int32_t day, char out[DAY_TEXT_N])
{
	int y, m, d;
	civil_from_days(day, &y, &m, &d);
	CHECK(y >= 0 && y <= 9999);
	char text[40];
	snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
	memcpy(out, text, DAY_TEXT_N);
}

/* Fraction of a second after the dot, cut to milliseconds. */
static bool fraction(struct str *s, int *ms)
{
	int v = 0, n = 0;
	for (; s->n > 0 && s->p[0] >= '0' && s->p[0] <= '9'; s->p++, s->n--, n++)
		if (n < 3)
			v = v * 10 + (s->p[0] - '0');
	if (n == 0 || n > 9)
		return false;
	for (; n < 3; n++)
		v *= 10;
	*ms = v;
	return true;
}

bool caltime_parse(struct str s, int64_t *out_ms)
{
	int32_t day;
	if (!date(&s, &day))
		return false;
	if (s.n == 0) {
		*out_ms = day_start(day);
		return true;
	}
	int hour, minute, second = 0, ms = 0;
	if (!literal(&s, 'T') && !literal(&s, ' '))
		return false;
	if (!digits(&s, 2, &hour) || !literal(&s, ':') || !digits(&s, 2, &minute))
		return false;
	if (literal(&s, ':')) {
		if (!digits(&s, 2, &second) || (literal(&s, '.') && !fraction(&s, &ms)))
			return false;
	}
	if (hour > 23 || minute > 59 || second > 59)
		return false;
	int64_t local = (int64_t)day * MS_PER_DAY + hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * 1000 + ms;
	if (s.n == 0) {
		*out_ms = instant_of_local(local);
		return true;
	}
	if (literal(&s, 'Z')) {
		*out_ms = local;
		return s.n == 0;
	}
	int64_t sign = literal(&s, '+') ? 1 : literal(&s, '-') ? -1 : 0;
	int off_h, off_m = 0;
	if (sign == 0 || !digits(&s, 2, &off_h))
		return false;
	(void)literal(&s, ':');
	if (s.n > 0 && !digits(&s, 2, &off_m))
		return false;
	if (s.n != 0 || off_h > 18 || off_m > 59)
		return false;
	*out_ms = local - sign * (off_h * MS_PER_HOUR + off_m * MS_PER_MINUTE);
	return true;
}

void caltime_format(int64_t ms, char out[CALTIME_TEXT_N])
{
	int64_t off = offset_s(ms), local = ms + off * 1000;
	int32_t day = (int32_t)floor_div(local, MS_PER_DAY);
	int64_t rest = local - (int64_t)day * MS_PER_DAY;
	char date_text[DAY_TEXT_N], fraction_text[8] = "";
	day_format(day, date_text);
	if (rest % 1000)
		snprintf(fraction_text, sizeof fraction_text, ".%03d", (int)(rest % 1000));
	int64_t off_min = (off < 0 ? -off : off) / 60;
	snprintf(out, CALTIME_TEXT_N, "%sT%02d:%02d:%02d%s%c%02d:%02d", date_text, (int)(rest / MS_PER_HOUR),
		 (int)(rest / MS_PER_MINUTE % 60), (int)(rest / 1000 % 60), fraction_text, off < 0 ? '-' : '+',
		 (int)(off_min / 60), (int)(off_min % 60));
}
