/* SPDX-License-Identifier: Apache-2.0
 *
 * Risk zones, for the command: declared and published, judged, their rolls signed, stepped down.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "drill/staff.h"

#define CHANNEL "county web page"

/* ---- beginning and end -------------------------------------------------------------------------------------------------- */

static enum err_code set_sealed(struct theatre *t, uint32_t village, bool sealed, int64_t at, struct err *e)
{
	const struct village *v = &t->c->villages[village];
	enum err_code rc = OK;
	if (t->zones[village].sealed == sealed)
		return OK;
	t->zones[village].sealed = sealed;
	for (uint32_t p = v->first; rc == OK && p < v->first + v->n; p++) {
		(void)front_track(t, p); /* counted among those held */
		bool held = t->persons[p].flags & (PERSON_KEPT | PERSON_HELD | PERSON_CASE);
		if (sealed)
			rc = front_hold(t, p, HOLD_HOME, at, e);
		else if (!held)
			front_let_go(t, p, at);
	}
	return rc;
}

static enum err_code declare(struct desk *k, uint32_t village, uint32_t case_person, struct err *e)
{
	struct theatre *t = k->t;
	struct zone *z = &t->zones[village];
	z->number = (uint32_t)t->zones_n++;
	z->there = true;
	tell(k, "zones.zone_declared", front_village(t, village), k->now,
	     "'zone':'%s','name':'演练风险区 Exercise zone %u','class':'high','areas':['%012lld'],'decided_by':'prefecture','cases':['%s'],"
	     "'reason':'a case found in public lives here'",
	     front_name(t, N_ZONE, z->number), z->number + 1, (long long)front_village(t, village), front_name(t, N_CASE, case_person));
	enum err_code rc = desk_flush(k, e);
	if (rc != OK)
		return rc;
	tell(k, "zones.notice_published", front_village(t, village), k->now, "'zone':'%s','channel':'" CHANNEL "'", front_name(t, N_ZONE, z->number));
	return set_sealed(t, village, true, k->now, e);
}

/* For each case: a zone around it, or the word that none is needed. */
static enum err_code publish(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	uint32_t persons[512];
	size_t n = 0;
	enum err_code rc = desk_duties(k, "zones.publish", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows)
		n += n < ARRAY_N(persons) && front_number(t, door_text(row, "subject"), N_CASE, &persons[n]);
	for (size_t i = 0; rc == OK && i < n; i++) {
		uint32_t village = t->c->village_of[persons[i]];
		const struct track *x = front_track(t, persons[i]);
		bool outside = !x->secured_at || x->secured_at > x->single_known_at;
		bool fresh = x->case_at + MS_PER_DAY > k->now; /* else the zone that answered for it has ended meanwhile */
		if (t->p->zones && outside && fresh && !t->zones[village].there)
			rc = declare(k, village, persons[i], e);
		else if (t->zones[village].there && outside && fresh)
			desk_left(k, "zones.publish"); /* the zone answers for it */
		else
			tell(k, "zones.none_needed", front_area_of(t, persons[i]), k->now, "'case':'%s','reason':'%s','channel':'" CHANNEL "'",
			     front_name(t, N_CASE, persons[i]),
			     !fresh     ? "the zone around this case was public and has ended"
			     : outside ? "the whole county is tested and closed already; contacts are controlled"
				       : "under observation since before the positive sample");
	}
	return rc;
}

static uint32_t village_of_zone(const struct theatre *t, uint32_t zone)
{
	for (uint32_t v = 0; v < t->c->villages_n; v++)
		if (t->zones[v].there && t->zones[v].number == zone)
			return v;
	return UINT32_MAX;
}

static enum err_code judge(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "zones.judge", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t zone, person;
		if (!front_number(t, door_text(row, "subject"), N_ZONE, &zone) || !front_number(t, door_text(row, "part_id"), N_CASE, &person))
			continue;
		const struct track *x = front_track(t, person);
		bool inside = x->secured_at && x->secured_at < x->single_known_at;
		tell(k, "zones.risk_judged", front_area_of(t, person), k->now, "'zone':'%s','case':'%s','scope':'%s','reason':'%s'", front_name(t, N_ZONE, zone),
		     front_name(t, N_CASE, person), inside ? "none" : "whole",
		     inside ? "was in isolation, met nobody of the zone" : "found among those who live in the zone");
	}
	return OK;
}

/* ---- rolls ---------------------------------------------------------------------------------------------------------------- */

struct roll {
	uint32_t zone, village;
	int64_t day;
};

/* The zones and days that a list names and whose time it is; at most `most`. */
static enum err_code read_rolls(struct desk *k, const char *duty, struct roll *out, size_t most, size_t *n, struct err *e)
{
	const struct json *rows;
	*n = 0;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		struct roll r = {.day = door_int(row, "part", 0)};
		if (*n == most || door_time(row, "from_at") > k->now || !front_number(k->t, door_text(row, "subject"), N_ZONE, &r.zone))
			continue;
		r.village = village_of_zone(k->t, r.zone);
		if (r.day < 10000) /* not a day: the round of the zone's beginning or end */
			r.day = day_of(k->now);
		if (r.village != UINT32_MAX)
			out[(*n)++] = r;
	}
	return OK;
}

static void sign_roll(struct desk *k, const struct roll *r, const char *roll, bool whole)
{
	char day[DAY_TEXT_N];
	day_format((int32_t)r->day, day);
	tell(k, "zones.roll_closed", front_village(k->t, r->village), k->now, "'zone':'%s','roll':'%s','day':'%s'%s", front_name(k->t, N_ZONE, r->zone), roll,
	     day, whole ? "" : ",'reason':'those left are under observation elsewhere, away, or refused; they are listed'");
}

/* In the evening: everybody was sampled that day, or the reason why not. */
static enum err_code sign_tests(struct desk *k, const char *duty, struct err *e)
{
	struct roll rolls[64];
	const struct json *rows;
	size_t n;
	if (front_hour(k->t->f, k->now) < 20)
		return OK;
	enum err_code rc = read_rolls(k, duty, rolls, ARRAY_N(rolls), &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		char day[DAY_TEXT_N];
		day_format((int32_t)rolls[i].day, day);
		rc = desk_rows(k, &rows, e, "zones/untested?zone=%s&from=%s&limit=10000", front_name(k->t, N_ZONE, rolls[i].zone), day);
		if (rc == OK)
			sign_roll(k, &rolls[i], "tests", rows->n == 0);
	}
	return rc;
}

/* In the afternoon: every household of a sealed zone was served at the door. */
static enum err_code serve(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	struct roll rolls[64];
	const struct json *rows;
	size_t n;
	if (front_hour(t->f, k->now) < 16)
		return OK;
	enum err_code rc = read_rolls(k, "zones.serve", rolls, ARRAY_N(rolls), &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		char day[DAY_TEXT_N];
		day_format((int32_t)rolls[i].day, day);
		rc = desk_rows(k, &rows, e, "zones/unserved?zone=%s&day=%s&limit=10000", front_name(t, N_ZONE, rolls[i].zone), day);
		if (rc != OK)
			break;
		bool today = rolls[i].day == day_of(k->now);
		size_t households_n;
		uint32_t *households = desk_numbers(k, rows, "household", N_HOUSEHOLD, &households_n);
		for (size_t h = 0; households && today && h < households_n; h++) {
			t->services_n++;
			tell(k, "zones.service_done", front_village(t, rolls[i].village), k->now, "'zone':'%s','household':'%s','kinds':['food','waste']",
			     front_name(t, N_ZONE, rolls[i].zone), front_name(t, N_HOUSEHOLD, households[h]));
		}
		free(households);
		bool whole = today || rows->n == 0;
		rc = desk_flush(k, e);
		sign_roll(k, &rolls[i], "service", whole);
	}
	return rc;
}

/* ---- stepping down ----------------------------------------------------------------------------------------------------------- */

static enum err_code step_down_one(struct desk *k, uint32_t zone, uint32_t village, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_rows(k, &rows, e, "zones/step_down?zone=%s&limit=5", front_name(t, N_ZONE, zone));
	const struct json *row = rc == OK ? json_first(rows) : NULL;
	if (!row)
		return rc;
	int64_t earliest = door_time(row, "earliest_at");
	bool ready = door_int(row, "proposed", 0), late = earliest && earliest + 36 * MS_PER_HOUR < k->now;
	if (!ready && !late) {
		desk_left(k, "zones.step_down");
		return OK;
	}
	char to[40];
	str_to_c(door_text(row, "to"), to, sizeof to);
	bool ends = !to[0] || strcmp(to, "none") == 0;
	bool with_higher = str_eq_c(door_text(row, "class"), "low"); /* ends with the last higher zone, has no days of its own */
	const char *early = ready && !with_higher ? "" : ",'early':true";
	const char *reason = ready ? "the days are over and everybody was negative" : "the days are over; those not sampled are under observation, away, or refused";
	if (ends)
		tell(k, "zones.zone_lifted", front_village(t, village), k->now, "'zone':'%s','decided_by':'prefecture','reason':'%s'%s", front_name(t, N_ZONE, zone),
		     reason, early);
	else
		tell(k, "zones.zone_stepped_down", front_village(t, village), k->now, "'zone':'%s','to':'%s','decided_by':'prefecture','reason':'%s'%s",
		     front_name(t, N_ZONE, zone), to, reason, early);
	t->zones[village].there = !ends;
	return set_sealed(t, village, false, k->now, e);
}

static enum err_code step_down(struct desk *k, struct err *e)
{
	struct roll rolls[64];
	size_t n;
	enum err_code rc = read_rolls(k, "zones.step_down", rolls, ARRAY_N(rolls), &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = step_down_one(k, rolls[i].zone, rolls[i].village, e);
	return rc;
}

enum err_code staff_zones(struct desk *k, struct err *e)
{
	if (!k->t->first_found_at || !desk_news(k))
		return OK;
	enum err_code rc = publish(k, e);
	if (rc == OK)
		rc = judge(k, e);
	if (rc == OK)
		rc = serve(k, e);
	if (rc == OK)
		rc = sign_tests(k, "zones.first_round", e);
	if (rc == OK)
		rc = sign_tests(k, "zones.test", e);
	if (rc == OK)
		rc = sign_tests(k, "zones.final_round", e);
	return rc == OK ? step_down(k, e) : rc;
}
