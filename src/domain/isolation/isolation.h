/* SPDX-License-Identifier: Apache-2.0
 *
 * isolation.h - 隔离点. Which room is free, clean, and fit for whom; who is in it; what is owed to those who are; and where everybody is.
 *
 * Owns the facts isolation.* (their bodies stand below), the tables isolation_* and whereabouts*, and the duties isolation.*. Other domains
 * read them through the queries in isolation_queries.c; they never write them. It reads the register of people, and of tracing the tables
 * contact, contact_unmet, contact_event, placement and case_file. The rule who may share a room with whom stands in rooms.h.
 *
 * How the books are kept (docs/isolation.md): what was reported of a person is folded into stays, without a look at any room; what was
 * reported of a room, with the stays in it, is folded into the room's state. Both folds go by (at, fact), so the order of arrival does not
 * matter. A stay that breaks a rule - another exposure class in the room, room not clean, no bed, the person is elsewhere - does not count in
 * the room's state, keeps its reason, and raises isolation.conflict for a human. It follows that no state ever shows two classes in one
 * room, a person in two places, more people than beds, or anybody in a room that was not clean when he came.
 */
#ifndef SUSHUI_DOMAIN_ISOLATION_H
#define SUSHUI_DOMAIN_ISOLATION_H

#include "domain/isolation/rooms.h"
#include "ledger/ledger.h"
#include "ledger/query.h"

extern const char *const isolation_kinds[];   /* by enum isolation_kind */
extern const char *const isolation_classes[]; /* by enum isolation_class */
enum isolation_side { SIDE_LEFT, SIDE_RIGHT };
extern const char *const isolation_sides[];
enum isolation_departure { LEFT_HOSPITAL, LEFT_EMERGENCY, LEFT_RAN_AWAY, LEFT_DECEASED, LEFT_OTHER };
extern const char *const isolation_departures[];
enum isolation_half { ROUND_AM, ROUND_PM };
extern const char *const isolation_halves[];
enum isolation_meal { MEAL_BREAKFAST, MEAL_LUNCH, MEAL_SUPPER, MEAL__N };
extern const char *const isolation_meals[];
enum isolation_role { ROLE_DOCTOR, ROLE_NURSE, ROLE_DISINFECTION, ROLE_OBSERVATION, ROLE_INFORMATION, ROLE_SECURITY, ROLE_LOGISTICS,
		      ROLE_CASE_TRANSFER, ROLE_HUMANE_CARE, ROLE_HEAD, ROLE_OTHER };
extern const char *const isolation_roles[]; /* doctor and nurse are the medics of the ratio; then the seven groups of the 9th edition */
enum isolation_room_state { ROOM_UNKNOWN, ROOM_FREE, ROOM_OCCUPIED, ROOM_DIRTY, ROOM_RESTING, ROOM_CLOSED };
extern const char *const isolation_room_states[];
extern const char *const isolation_conditions[]; /* what keeps a person in the site */

struct isolation_site_opened {
	struct id site, place;
	struct str name;
	int64_t kind;       /* enum isolation_kind */
	int64_t zones_ok;   /* 1: three zones and two passages were inspected and confirmed */
	struct str head_name, head_phone; /* personal; of the site's head, from the government */
};
struct isolation_site_closed {
	struct id site;
	struct str reason;
};
struct isolation_room_registered { /* stated whole each time; the newest counts */
	struct id room, site;
	struct str wing;
	int64_t floor;
	struct str number;
	int64_t position;   /* 1, 2, .. from the left end of the corridor */
	int64_t side;       /* enum isolation_side of the corridor, seen from its left end */
	int64_t beds;
	struct str ventilation; /* rooms with the same word share air; empty = air of its own */
	int64_t barrier_free, family, window, own_toilet;
};
struct isolation_room_assigned { /* a decision: a bed is held until the person comes, or until then */
	struct id person, room;
	int64_t class;
	struct id guardian_of;
	int64_t until_at;   /* absent = ISOLATION_HOLD_MS after at */
};
struct isolation_admitted {
	struct id person, room;
	int64_t class;          /* enum isolation_class */
	struct id guardian_of;  /* whom this person accompanies: a child, someone who needs help */
};
struct isolation_moved { /* to another room, of this site or another; the class stays */
	struct id person, room;
	struct str reason;
};
struct isolation_released { /* signed */
	struct id person;
	int64_t early;          /* 1: although conditions are unmet; the reason says why */
	struct str reason;      /* personal */
};
struct isolation_left { /* always possible: hospital, emergency, ran away */
	struct id person;
	int64_t reason;         /* enum isolation_departure */
};
struct isolation_entry_withdrawn { /* that report (assigned, admitted, moved, released, left) was a mistake */
	struct id entry;        /* id of the fact */
	struct id person;       /* whom it named */
	struct str reason;
};
struct isolation_room_disinfected { /* terminal disinfection of an empty room is finished */
	struct id room;
	int64_t rest_until;     /* absent = the edition's time for airing, from at */
	struct str agent;       /* "chlorine 1000 mg/L, 30 min" */
};
struct isolation_room_rested_until { /* aired until then, decided on the spot */
	struct id room;
	int64_t until_at;
};
struct isolation_room_closed {
	struct id room;
	struct str reason;
};
struct isolation_room_opened {
	struct id room;
};
struct isolation_round_done { /* the staff says that a health round is over; what counts are the checks of each person */
	struct id site;
	int64_t half;           /* enum isolation_half */
	int64_t seen_n;
};
struct isolation_meal_served {
	struct id site;
	int64_t meal;           /* enum isolation_meal */
	int64_t served_n;
};
struct isolation_psych_round_done {
	struct id site;
	int64_t seen_n, crisis_n; /* crisis: persons for whom help was called */
};
struct isolation_medicine_given {
	struct id person;
	struct str medicine;
	struct str note;        /* personal */
};
struct isolation_guardian_named { /* an adult who answers for a child that is alone in a room, and whom it can reach */
	struct id person;
	struct str guardian_name, guardian_phone; /* personal, sealed with the child's key */
	struct str relation;    /* "mother", "teacher" */
};
struct isolation_staff_entered {
	struct id person, site;
	int64_t role;           /* enum isolation_role */
};
struct isolation_staff_left { /* leaves the closed loop; the edition's regimen for loop workers begins */
	struct id person;
};
struct isolation_staff_cleared { /* the days after duty are over */
	struct id person;
};
struct isolation_waste_handed_over {
	struct id site;
	int64_t bags_n;
	double weight_kg;
	struct str receiver;
};
struct isolation_environment_sampled {
	struct id site, room;
	struct id person;       /* whose room and belongings, before release; may be absent */
	int64_t negative;       /* 1: all samples negative */
	struct str points;      /* "door handle, table, waste" */
};
struct isolation_inquiry_done { /* experts looked at a positive found inside */
	struct id case_, room;
	struct fact_list at_risk; /* persons judged to have been exposed inside */
	int64_t left_at;        /* when they left that environment: the positive or they were moved; absent = at */
	struct str finding;
};
struct isolation_conflict_settled { /* a human looked at it and nothing more is to be done */
	struct id person, room;
	struct str finding;
};

/* A bed is held so long for an assignment that names no end (house rule, mark R: nothing official). */
#define ISOLATION_HOLD_MS (12 * 60 * MS_PER_MINUTE)
/* Airing after terminal disinfection where the edition sets none: param isolation.rest_min (house rule, mark R). */
#define ISOLATION_REST_MS (60 * MS_PER_MINUTE)
/* Residents to one medic where the edition is silent: 2 to 50 (local rule of Zhangye, mark L). */
#define ISOLATION_MEDICS 2
#define ISOLATION_MEDICS_PER 50
/* A carer from outside the regimen is not that old (special.carer_excluded "elderly"; the age is ours, mark R). */
#define ISOLATION_ELDERLY 60

extern const struct domain isolation_domain;
extern const struct query isolation_queries[];
extern const struct query_computed isolation_computed[];

/* ---- whereabouts, for other domains (isolation_where.c) ------------------------------------------------------- */
enum whereabouts_kind { WHERE_UNKNOWN, WHERE_HOME, WHERE_ROOM, WHERE_VEHICLE, WHERE_HOSPITAL, WHERE_SITE, WHERE__N };
extern const char *const whereabouts_kinds[];

/* While folding a fact: from instant `at` on this person (key) is there, until a later report. ref: key of the room, vehicle, hospital or
 * site, 0 = none. The report of the greatest (at, fact) counts, so a person is in exactly one place, in whatever order the facts came; only
 * WHERE_SITE does not override the room that was named just before. One event for each person and fact. A person merged into another record is found under the record that is kept. */
enum err_code whereabouts_note(struct ledger_tx *tx, int64_t person, enum whereabouts_kind kind, int64_t ref, int64_t at, struct id fact,
			       struct err *e);
/* That fact was a mistake: what it said of this person's whereabouts no longer counts. */
enum err_code whereabouts_void(struct ledger_tx *tx, int64_t person, struct id fact, struct err *e);

#endif
