/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.h - what a drill is about: county, disease, who comes from outside, which protocol, what the plan is, how many hands there
 * are, and what goes wrong.
 *
 * A scenario file is a table of four columns, `county,parameter,value,why`. An empty county means all of them; a row that names a
 * county overrides it there. The counties of a drill are those of the row `counties` (six digits each, a blank between them).
 * scenario_parameters lists what there is; every parameter has a default, so a file says only what differs. Amounts are whole
 * numbers: minutes, persons, per cent, or days after the first day. The caller owns struct scenario; it holds no pointers.
 */
#ifndef SUSHUI_DRILL_SCENARIO_H
#define SUSHUI_DRILL_SCENARIO_H

#include "core/err.h"

#define SCENARIO_COUNTIES 16
#define SCENARIO_TEXT 64
#define SCENARIO_NEVER 99999 /* of a day or an hour: does not happen */

/* One county's numbers. */
struct scenario_county {
	int64_t code; /* six digits */
	/* who lives there and what comes */
	int64_t persons;
	int64_t imports, import_day, import_every_days;
	int64_t care, care_days; /* per cent of the ill who come by themselves, days after onset */
	int64_t background; /* persons of 10,000 a day who are ill of something else and are swabbed too */
	/* the plan */
	int64_t plan_from_day; /* not before this day; the plan begins with the first finding */
	int64_t round_every_days, round_first_days; /* rounds of everybody: how often; how many days after the first finding */
	int64_t round_opens_h, round_hours; /* local hour; until due */
	int64_t clean_rounds; /* rounds end after so many without a new positive */
	int64_t pool;
	int64_t cut_school, cut_work, cut_community; /* per cent of meetings that the closures of the plan prevent */
	int64_t silent_until_day; /* until then nobody goes to work, to school or anywhere (from plan_from_day on) */
	int64_t trace_least_min; /* minutes together from which on a stay is looked up for tracing */
	int64_t contacts_home; /* 1: close contacts stay at home (protocols that say so) */
	/* people */
	int64_t reach; /* per cent of persons who come to a round by themselves */
	int64_t refuse; /* persons of 1,000 who refuse every round */
	int64_t away; /* per cent of those who do not come who are away and cannot be swabbed at the door either */
	int64_t stays; /* per cent of stays that left a trace */
	/* hands */
	int64_t tables, swabs_per_hour; /* sampling tables for 10,000 persons */
	int64_t door_teams, door_min;
	int64_t single_teams, single_min;
	int64_t couriers, courier_min, box_tubes;
	int64_t machines, batch, run_min, report_min, lab_opens_h, lab_closes_h;
	int64_t tracers, interview_min, investigation_min;
	int64_t vehicles, seats, trip_min;
	int64_t rooms, case_rooms; /* of the isolation site for contacts, of that for cases */
	int64_t zones; /* 1: villages with a case found in public become risk zones */
	int64_t look_min; /* how often each post looks at its list */
	/* what goes wrong: tubes of 10,000 lost, invalid, miscounted */
	int64_t lost, invalid, miscounted;
};

/* Faults of machines and lines; all counties share them. */
struct scenario_faults {
	int64_t lab_down_h, lab_down_hours; /* hours after the first midnight; how long */
	int64_t offline_h, offline_hours; /* phones of samplers and community */
	int64_t duplicates; /* per cent of batches that are sent twice */
	int64_t reorder; /* 1: the facts of a batch are sent in any order */
	int64_t kill_every_h; /* the server is killed and started again each so many hours; 0: never */
};

struct scenario {
	char name[SCENARIO_TEXT], title[128], title_zh[128], disease[SCENARIO_TEXT];
	char start[SCENARIO_TEXT]; /* calendar day of day 0 */
	char edition[SCENARIO_TEXT], next_edition[SCENARIO_TEXT];
	int64_t next_edition_day;
	int64_t days; /* at most */
	int64_t tick_min; /* step of the clock */
	int64_t people_named; /* 1: the register holds made-up names; 0: the same short name for all (faster) */
	struct scenario_faults faults;
	struct scenario_county county[SCENARIO_COUNTIES];
	uint32_t counties_n;
};

/* A scenario the program carries. ERR_NOT_FOUND names them. */
enum err_code scenario_named(struct scenario *out, struct str name, struct err *e);
/* From a file. ERR_FILE, ERR_BAD_CSV, ERR_UNKNOWN_FIELD, ERR_BAD_VALUE with at = "line N". *out is untouched on error. */
enum err_code scenario_read(struct scenario *out, const char *path, struct err *e);
enum err_code scenario_parse(struct scenario *out, struct str name, struct str bytes, struct err *e);
/* Sets one parameter of every county ("pool", "10"). ERR_UNKNOWN_FIELD, ERR_BAD_VALUE. */
enum err_code scenario_set(struct scenario *s, struct str parameter, struct str value, struct err *e);
/* "none", "transport" (twice, in any order, killed: the end must be the same), "all" (laboratory and phones too). */
enum err_code scenario_faults(struct scenario *s, struct str name, struct err *e);

struct scenario_parameter {
	const char *name;
	size_t offset; /* in struct scenario_county */
	int64_t least, most, usual;
	const char *en;
};
extern const struct scenario_parameter scenario_parameters[]; /* ends with a row without name */

#endif
