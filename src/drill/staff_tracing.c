/* SPDX-License-Identifier: Apache-2.0
 *
 * Tracers: cases, interviews, where a case was and who else was there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define PRESENT_MAX 20000

/* ---- places and stays -------------------------------------------------------------------------------------------------- */

static const char *type_of(const struct theatre *t, uint32_t place)
{
	uint32_t unit = PLACE_NUMBER(place);
	switch (PLACE_KIND(place)) {
	case PLACE_ROOM:
		return t->c->units[unit].kind < UNIT_FACTORY ? "school" : t->c->units[unit].kind == UNIT_CARE ? "care_home" : "work";
	case PLACE_SITE:
		return t->c->units[t->c->sites[unit].first_unit].kind < UNIT_FACTORY ? "school" : "work";
	case PLACE_SHOP:
		return "shop";
	case PLACE_GATHER:
		return "leisure";
	case PLACE_MARKET:
		return "market";
	case PLACE_CLINIC:
		return "clinic";
	case PLACE_BUS:
		return "transport";
	case PLACE_NONE:
	case PLACE_HOME:
	case PLACE_ANY:
	case PLACE__N:
		break;
	}
	return "other";
}

static void know_place(struct desk *k, uint32_t place, int64_t area, int64_t at)
{
	const char *type = type_of(k->t, place);
	if (set64_add(&k->t->known_places, place))
		tell(k, "people.place_registered", area, at, "'place':'%s','name':'演练场所 Exercise %s %u','type':'%s'", front_name(k->t, N_PLACE, place),
		     type, PLACE_NUMBER(place), type);
}

/* A stay left a trace: decided once, whoever asks. */
static bool is_known(const struct theatre *t, uint32_t person, uint32_t day, uint32_t in_min)
{
	return key_below(key_hash(&t->keys, FOR_STAY, person, day * LIFE_DAY_MIN + in_min), 100) < t->p->stays;
}

struct stay_of {
	uint32_t person, day, place, in_min, out_min;
};

static void record_stay(struct desk *k, struct stay_of s, const char *source, int64_t area, int64_t at)
{
	struct theatre *t = k->t;
	int64_t midnight = t->f->begins_at + s.day * MS_PER_DAY, from = midnight + s.in_min * MS_PER_MINUTE;
	int64_t until = midnight + s.out_min * MS_PER_MINUTE;
	/* days end at minute 1440: a stay goes on to the last second of it */
	uint64_t name = ((uint64_t)s.person << 32 | (s.day * LIFE_DAY_MIN + s.in_min)) + 1;
	if (from >= at || !is_known(t, s.person, s.day, s.in_min) || !set64_add(&t->stays, name))
		return;
	know_place(k, s.place, area, at);
	t->stays_told_n++;
	tell(k, "tracing.visit_recorded", area, at, "'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'%s'",
	     front_name(t, N_VISIT, t->visits_n++), front_name(t, N_PERSON, s.person), front_name(t, N_PLACE, s.place), (long long)from,
	     (long long)(until < at ? until : at), source);
}

static bool was_out(const struct theatre *t, uint32_t person, uint32_t day, uint32_t minute)
{
	return epidemic_held(t->ep, person, day * LIFE_DAY_MIN + minute) == 0;
}

/* One stay of a case and those of everybody who was there at the time. */
static void record_meeting(struct desk *k, uint32_t person, uint32_t day, const struct stay *s, struct presence *there, int64_t at)
{
	struct theatre *t = k->t;
	int64_t area = front_area_of(t, person);
	if (!was_out(t, person, day, s->in_min) || !is_known(t, person, day, s->in_min))
		return;
	record_stay(k, (struct stay_of){person, day, s->place, s->in_min, s->out_min}, "interview", area, at);
	size_t n = life_at(t->c, s->place, t->f->first_day + (int32_t)day, s->in_min, s->out_min, there, PRESENT_MAX);
	for (size_t i = 0; i < n && i < PRESENT_MAX; i++) {
		const struct presence *p = &there[i];
		uint32_t in = p->in_min > s->in_min ? p->in_min : s->in_min, out = p->out_min < s->out_min ? p->out_min : s->out_min;
		if (p->person == person || out <= in || out - in < t->p->trace_least_min || !was_out(t, p->person, day, in))
			continue;
		record_stay(k, (struct stay_of){p->person, day, s->place, p->in_min, p->out_min}, "code_scan", area, at);
	}
}

/* Where the case was since it could infect. */
static enum err_code record_stays(struct desk *k, uint32_t person, int64_t at, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	struct stay s[LIFE_STAYS_MAX];
	enum err_code rc = desk_rows(k, &rows, e, "tracing/case?case=%s&limit=1", front_name(t, N_CASE, person));
	const struct json *row = rc == OK ? json_first(rows) : NULL;
	int64_t from = row ? door_time(row, "window_from") : 0, to = row ? door_time(row, "window_to") : 0;
	struct presence *there = row && from ? malloc(PRESENT_MAX * sizeof *there) : NULL;
	if (!there)
		return rc;
	uint32_t first = front_minute(t->f, from), last = front_minute(t->f, to && to < at ? to : at);
	for (uint32_t day = first / LIFE_DAY_MIN; day <= last / LIFE_DAY_MIN; day++) {
		uint32_t n = life_day(t->c, person, t->f->first_day + (int32_t)day, s);
		for (uint32_t i = 0; i < n; i++) {
			bool inside = day * LIFE_DAY_MIN + s[i].out_min > first && day * LIFE_DAY_MIN + s[i].in_min < last;
			if (inside && PLACE_KIND(s[i].place) != PLACE_HOME)
				record_meeting(k, person, day, &s[i], there, at);
		}
	}
	free(there);
	return OK;
}

/* ---- cases ----------------------------------------------------------------------------------------------------------------- */

static enum err_code open_case(struct desk *k, uint32_t person, struct str tube, int64_t from, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	char text[NAME_N];
	str_to_c(tube, text, sizeof text);
	enum err_code rc = desk_rows(k, &rows, e, "testing/tube?tube=%s&limit=5", text);
	const struct json *row = rc == OK ? json_first(rows) : NULL;
	if (!row)
		return rc;
	struct track *x = front_track(t, person);
	uint8_t *flags = &t->persons[person].flags;
	int64_t sampled = door_time(row, "at"), at = k->now > from ? k->now : from + 1;
	uint32_t n, i = epidemic_infection_of(t->ep, person);
	char onset[60] = "";
	bool sick = front_sick(t, person, at);
	if (sick && i != NO_INFECTION)
		snprintf(onset, sizeof onset, ",'onset_at':%lld",
			 (long long)(t->f->begins_at + epidemic_infections(t->ep, &n)[i].onset_min * MS_PER_MINUTE));
	x->case_at = at;
	const char *found = *flags & PERSON_HELD ? "isolation" : x->ill_seen_at ? "clinic" : "screening";
	*flags |= PERSON_CASE;
	t->cases_told++;
	tell(k, "tracing.case_opened", front_area_of(t, person), at,
	     "'case':'%s','person':'%s','class':'%s','found_by':'%s','sampled_at':%lld,'tube':'%s'%s", front_name(t, N_CASE, person),
	     front_name(t, N_PERSON, person), sick ? "confirmed" : "asymptomatic", found, (long long)sampled, text, onset);
	desk_waited(k, from, at);
	return OK;
}

struct listed {
	uint32_t person;
	int64_t from;
	char part[NAME_N];
};

/* The list of one kind of duty, copied: other lists are read while it is worked on. Free *out. */
static enum err_code copy_list(struct desk *k, const char *duty, enum name subject, struct listed **out, size_t *n, struct err *e)
{
	const struct json *rows;
	*n = 0;
	*out = NULL;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows || rows->n == 0)
		return rc;
	struct listed *v = calloc(rows->n, sizeof *v);
	if (!v)
		return err_set(e, ERR_MEMORY, "", "no memory for a list");
	JSON_EACH(row, rows) {
		struct listed *l = &v[*n];
		l->from = door_time(row, "from_at");
		str_to_c(door_text(row, "part_id"), l->part, sizeof l->part);
		*n += l->from <= k->now && front_number(k->t, door_text(row, "subject"), subject, &l->person);
	}
	*out = v;
	return OK;
}

static enum err_code open_cases(struct desk *k, struct err *e)
{
	struct listed *l;
	size_t n;
	enum err_code rc = copy_list(k, "tracing.open_case", N_PERSON, &l, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		if (!(k->t->persons[l[i].person].flags & PERSON_CASE))
			rc = open_case(k, l[i].person, str_of(l[i].part), l[i].from, e);
	free(l);
	return rc == OK ? desk_flush(k, e) : rc;
}

/* First interviews, and investigations of those interviewed. */
static enum err_code interview(struct desk *k, const char *duty, bool complete, struct err *e)
{
	struct theatre *t = k->t;
	struct listed *l;
	size_t n;
	uint32_t waiting = 0;
	enum err_code rc = copy_list(k, duty, N_CASE, &l, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		struct track *x = front_track(t, l[i].person);
		if (complete && !x->interviewed_at) {
			desk_left(k, duty);
			continue;
		}
		int64_t known = complete ? x->interviewed_at : l[i].from;
		int64_t at = desk_take(k, known, complete ? t->p->investigation_min : t->p->interview_min, NULL);
		waiting += !at;
		if (!at) {
			desk_left(k, duty);
			continue;
		}
		*(complete ? &x->investigated_at : &x->interviewed_at) = at;
		t->cases_told++;
		rc = record_stays(k, l[i].person, at, e);
		tell(k, "tracing.interview_recorded", front_area_of(t, l[i].person), at, "'case':'%s','complete':%s,'notes':'exercise'",
		     front_name(t, N_CASE, l[i].person), complete ? "true" : "false");
	}
	if (waiting > k->queue_most)
		k->queue_most = waiting;
	free(l);
	return rc;
}

/* A contact in a site became a case: experts look at the rooms around. */
static enum err_code inquire(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "isolation.inquiry", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t room, person;
		if (!front_number(t, door_text(row, "subject"), N_ROOM, &room) || !front_number(t, door_text(row, "part_id"), N_CASE, &person))
			continue;
		tell(k, "isolation.inquiry_done", t->p->code * 1000000, k->now, "'case':'%s','room':'%s','finding':'doors were never open at one time'",
		     front_name(t, N_CASE, person), front_name(t, N_ROOM, room));
	}
	return OK;
}

enum err_code staff_tracers(struct desk *k, struct err *e)
{
	if (!desk_news(k))
		return OK;
	enum err_code rc = open_cases(k, e);
	if (rc == OK)
		rc = interview(k, "tracing.core_facts", false, e);
	if (rc == OK)
		rc = interview(k, "tracing.investigate", true, e);
	return rc == OK ? inquire(k, e) : rc;
}
