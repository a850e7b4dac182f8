/* SPDX-License-Identifier: Apache-2.0
 *
 * The community team for people who are to stay at home: a team for each, a look at the home, food, waste, visits in person.
 */
#include <string.h>

#include "drill/staff.h"

/* One report for each person of a list; more: the rest of the body. */
static enum err_code report_each(struct desk *k, const char *duty, const char *kind, const char *more, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (door_time(row, "from_at") > k->now || door_time(row, "due_at") <= k->now ||
		    !front_number(t, door_text(row, "subject"), N_PERSON, &person))
			continue;
		tell(k, kind, front_area_of(t, person), k->now, "'person':'%s'%s", front_name(t, N_PERSON, person), more);
	}
	return OK;
}

/* Late is better than never: a team is named whenever the list still asks for it. */
static enum err_code name_teams(struct desk *k, struct err *e)
{
	static const char roles[] = "'cadre','grid_worker','medic','police','volunteer'";
	struct theatre *t = k->t;
	const struct json *rows;
	char me[NAME_N];
	enum err_code rc = desk_duties(k, "homecare.team", &rows, e);
	if (rc != OK || !rows || rows->n == 0)
		return rc;
	uint32_t persons[512];
	size_t n = 0;
	JSON_EACH(row, rows)
		n += n < ARRAY_N(persons) && door_time(row, "from_at") <= k->now && front_number(t, door_text(row, "subject"), N_PERSON, &persons[n]);
	if (n == ARRAY_N(persons))
		desk_left(k, "homecare.team");
	rc = n ? desk_user(k, me, e) : OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		tell(k, "homecare.team_assigned", front_area_of(t, persons[i]), k->now, "'team':'%s','person':'%s','members':['%s','%s','%s','%s','%s'],'roles':[%s]",
		     front_name(t, N_TEAM, t->others_n++), front_name(t, N_PERSON, persons[i]), me, me, me, me, me, roles);
	return rc;
}

static enum err_code visit_each(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "homecare.daily_visit", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (door_time(row, "from_at") > k->now || door_time(row, "due_at") <= k->now ||
		    !front_number(t, door_text(row, "subject"), N_PERSON, &person))
			continue;
		tell(k, "homecare.visit_done", front_area_of(t, person), k->now, "'visit':'%s','person':'%s','found':'met'", front_name(t, N_OTHER, t->others_n++),
		     front_name(t, N_PERSON, person));
	}
	return OK;
}

static enum err_code check_each(struct desk *k, struct err *e)
{
	const struct json *rows;
	enum err_code rc = desk_duties(k, "homecare.check", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (door_time(row, "from_at") <= k->now && door_time(row, "due_at") > k->now &&
		    front_number(k->t, door_text(row, "subject"), N_PERSON, &person))
			tell_check(k, person);
	}
	return OK;
}

enum err_code staff_homes(struct desk *k, struct err *e)
{
	if (!k->t->first_found_at || !desk_news(k))
		return OK;
	enum err_code rc = name_teams(k, e);
	if (rc == OK)
		rc = report_each(k, "homecare.assess", "homecare.home_assessed",
				 ",'lives_alone':false,'own_room':true,'own_toilet':true,'ventilated':true,'handover_table':true,'vulnerable':false,'carer':true,'fit':true", e);
	if (rc == OK)
		rc = report_each(k, "homecare.deliver", "homecare.delivery_done", ",'goods':'food'", e);
	if (rc == OK)
		rc = report_each(k, "homecare.waste", "homecare.waste_collected", ",'bags':1", e);
	if (rc == OK)
		rc = visit_each(k, e);
	return rc == OK ? check_each(k, e) : rc;
}
