/* SPDX-License-Identifier: Apache-2.0
 *
 * Isolation sites: rooms, who comes into them and leaves them, what is owed to those inside.
 */
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define FLOOR_ROOMS 40
#define SAMPLE_FROM (6 * MS_PER_DAY) /* days in isolation from which a case is sampled for discharge */

/* ---- rooms ---------------------------------------------------------------------------------------------------------------- */

void house_tell_sites(struct desk *officer, int64_t at)
{
	const struct theatre *t = officer->t;
	if (t->p->rooms)
		tell(officer, "isolation.site_opened", t->p->code * 1000000, at, "'site':'%s','name':'演练隔离点 Exercise Site','kind':'contacts','zones_ok':true",
		     front_name(t, N_HOUSE, 0));
	if (t->p->case_rooms)
		tell(officer, "isolation.site_opened", t->p->code * 1000000, at,
		     "'site':'%s','name':'演练轻症点 Exercise Site for cases','kind':'cases_mild','zones_ok':true",
		     front_name(t, N_HOUSE, 1));
}

void house_tell_rooms(struct desk *site, int64_t at)
{
	const struct theatre *t = site->t;
	int64_t all = t->p->rooms + t->p->case_rooms;
	for (int64_t i = 0; i < all; i++) {
		uint32_t house = i >= t->p->rooms, n = (uint32_t)(house ? i - t->p->rooms : i);
		tell(site, "isolation.room_registered", t->p->code * 1000000, at,
		     "'room':'%s','site':'%s','floor':%u,'number':'%u%02u','position':%u,'side':'%s','beds':1,'window':true,'own_toilet':true",
		     front_name(t, N_ROOM, (uint32_t)i), front_name(t, N_HOUSE, house), n / FLOOR_ROOMS + 1, n / FLOOR_ROOMS + 1, n % FLOOR_ROOMS + 1,
		     n % FLOOR_ROOMS / 2 + 1, n % 2 ? "right" : "left");
	}
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

enum err_code house_rooms_read(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_rows(k, &rows, e, "isolation/rooms?state=free&limit=10000");
	if (rc != OK)
		return rc;
	t->free_rooms_n[0] = t->free_rooms_n[1] = 0;
	JSON_EACH(row, rows) {
		uint32_t room;
		if (!front_number(t, door_text(row, "room"), N_ROOM, &room) || door_int(row, "held", 0) || door_int(row, "disputed", 0))
			continue;
		int house = room >= (uint64_t)t->p->rooms;
		t->free_rooms[house][t->free_rooms_n[house]++] = room;
	}
	for (int house = 0; house < 2; house++)
		qsort(t->free_rooms[house], t->free_rooms_n[house], sizeof(uint32_t), by_number);
	return OK;
}

uint32_t house_room(struct theatre *t, bool for_case)
{
	size_t *n = &t->free_rooms_n[for_case];
	return *n ? t->free_rooms[for_case][--*n] : NO_ROOM;
}

void house_admit(struct desk *k, uint32_t person, uint32_t room, bool as_case, int64_t at)
{
	struct theatre *t = k->t;
	front_track(t, person)->room = room;
	t->persons[person].flags |= PERSON_ROOM;
	t->residents_n++;
	tell(k, "isolation.admitted", front_area_of(t, person), at, "'person':'%s','room':'%s','class':'%s'", front_name(t, N_PERSON, person),
	     front_name(t, N_ROOM, room), as_case ? "case" : "close_contact");
}

/* ---- what is owed every day --------------------------------------------------------------------------------------------------- */

/* Everybody who was not yet seen in this half of the day. */
static enum err_code rounds(struct desk *k, struct err *e)
{
	const struct json *rows;
	enum err_code rc = desk_duties(k, "isolation.round", &rows, e);
	bool due = false;
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows)
		due |= door_time(row, "from_at") <= k->now && door_time(row, "due_at") > k->now;
	if (!due)
		return OK;
	rc = desk_rows(k, &rows, e, "isolation/missing_rounds?limit=10000");
	if (rc != OK)
		return rc;
	size_t n;
	uint32_t *persons = desk_numbers(k, rows, "person", N_PERSON, &n);
	if (!persons)
		return err_set(e, ERR_MEMORY, "", "no memory for the list");
	for (size_t i = 0; i < n; i++)
		tell_check(k, persons[i]);
	free(persons);
	return OK;
}

/* One duty of a site: its report, whose body is made for the row. */
static enum err_code site_task(struct desk *k, const char *duty, const char *kind, const char *more, struct err *e)
{
	static const char *const meals[] = {"breakfast", "lunch", "supper"};
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t house;
		int64_t part = door_int(row, "part", 0);
		if (door_time(row, "from_at") > k->now || door_time(row, "due_at") <= k->now ||
		    !front_number(t, door_text(row, "subject"), N_HOUSE, &house))
			continue;
		if (strcmp(duty, "isolation.meal") == 0)
			tell(k, kind, t->p->code * 1000000, k->now, "'site':'%s','meal':'%s','served_n':%u", front_name(t, N_HOUSE, house), meals[part % 3],
			     t->residents_n);
		else
			tell(k, kind, t->p->code * 1000000, k->now, "'site':'%s',%s", front_name(t, N_HOUSE, house), more);
	}
	return OK;
}

static enum err_code disinfect(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "isolation.disinfect", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t room;
		if (door_time(row, "from_at") + MS_PER_HOUR > k->now) {
			desk_left(k, "isolation.disinfect");
			continue;
		}
		if (front_number(t, door_text(row, "subject"), N_ROOM, &room))
			tell(k, "isolation.room_disinfected", t->p->code * 1000000, k->now, "'room':'%s','agent':'chlorine 1000 mg/L, 30 min'",
			     front_name(t, N_ROOM, room));
	}
	return OK;
}

/* Cases are sampled every day from the seventh on, until two samples in a row allow discharge. */
static void sample_cases(struct desk *k)
{
	struct theatre *t = k->t;
	if (front_hour(t->f, k->now) != 7 || k->last_at / MS_PER_HOUR == k->now / MS_PER_HOUR)
		return;
	for (size_t i = 0; i < t->tracks_n; i++) {
		uint32_t person = t->tracks[i].person;
		struct track *x = &t->tracks[i];
		bool inside = (t->persons[person].flags & (PERSON_ROOM | PERSON_CASE)) == (PERSON_ROOM | PERSON_CASE);
		if (!inside || k->now - x->isolated_at < SAMPLE_FROM || x->negative_at[1] || x->single_wait)
			continue;
		x->single_wait = true;
		x->single_swab_at = k->now;
		tube_single(k, person, k->now - MS_PER_MINUTE);
	}
}

/* A child alone in a room: an adult of its household answers for it. */
static enum err_code name_guardians(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "isolation.guardian", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		bool named = front_number(t, door_text(row, "subject"), N_PERSON, &person) ||
			     front_number(t, door_text(row, "part_id"), N_PERSON, &person);
		if (named)
			tell(k, "isolation.guardian_named", front_area_of(t, person), k->now, "'person':'%s','guardian_name':'演练监护人 Exercise Guardian'",
			     front_name(t, N_PERSON, person));
	}
	return OK;
}

enum err_code staff_house(struct desk *k, struct err *e)
{
	if (!k->t->first_found_at)
		return OK;
	sample_cases(k);
	if (!desk_news(k))
		return OK;
	enum err_code rc = rounds(k, e);
	if (rc == OK)
		rc = site_task(k, "isolation.meal", "isolation.meal_served", "", e);
	if (rc == OK)
		rc = site_task(k, "isolation.waste", "isolation.waste_handed_over", "'bags_n':10,'receiver':'exercise'", e);
	if (rc == OK)
		rc = site_task(k, "isolation.psych", "isolation.psych_round_done", "'seen_n':10,'crisis_n':0", e);
	if (rc == OK)
		rc = name_guardians(k, e);
	return rc == OK ? disinfect(k, e) : rc;
}

/* ---- leaving ------------------------------------------------------------------------------------------------------------------- */

static void leave(struct desk *k, uint32_t person, const char *more)
{
	struct theatre *t = k->t;
	tell(k, "isolation.released", front_area_of(t, person), k->now, "'person':'%s'%s", front_name(t, N_PERSON, person), more);
	t->persons[person].flags &= (uint8_t)~PERSON_ROOM;
	t->residents_n--;
	front_track(t, person)->room = NO_ROOM;
}

static enum err_code contacts_leave(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	struct set64 unmet = {0}, seen = {0};
	enum err_code rc = desk_rows(k, &rows, e, "isolation/release_due?within_h=0&limit=10000");
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		bool late = door_time(row, "leave_at") + 36 * MS_PER_HOUR < k->now;
		if (front_number(t, door_text(row, "person"), N_PERSON, &person) && door_text(row, "unmet").n && !late)
			set64_add(&unmet, (uint64_t)person + 1);
	}
	JSON_EACH(row, rows) {
		uint32_t person;
		bool any = door_text(row, "unmet").n > 0;
		if (!front_number(t, door_text(row, "person"), N_PERSON, &person) || set64_has(&unmet, (uint64_t)person + 1) ||
		    !(t->persons[person].flags & PERSON_ROOM) || !set64_add(&seen, (uint64_t)person + 1))
			continue;
		leave(k, person, any ? ",'early':true,'reason':'the days are over, later samples are negative; a sample of the plan was missed'" : "");
	}
	free(unmet.v);
	free(seen.v);
	return OK;
}

static void cases_leave(struct desk *k)
{
	struct theatre *t = k->t;
	for (size_t i = 0; i < t->tracks_n; i++) {
		struct track *x = &t->tracks[i];
		bool inside = (t->persons[x->person].flags & (PERSON_ROOM | PERSON_CASE)) == (PERSON_ROOM | PERSON_CASE);
		if (!inside || !x->negative_at[1] || x->discharged_at)
			continue;
		x->discharged_at = k->now;
		t->discharges_n++;
		leave(k, x->person, ",'reason':'two samples a day apart with Ct of 35 or more or negative'");
		t->persons[x->person].flags &= (uint8_t)~PERSON_HELD;
		front_let_go(t, x->person, k->now);
	}
}

enum err_code house_releases(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	int hour = front_hour(t->f, k->now);
	if (!t->residents_n || hour < 8 || hour > 20)
		return OK;
	cases_leave(k);
	return contacts_leave(k, e);
}
