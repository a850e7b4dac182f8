/* SPDX-License-Identifier: Apache-2.0
 *
 * zones.h - 静默管理, 风险区. Which buildings, villages and households are a risk zone of which class since when, what is owed to the
 * people in it each day, and when does it step down?
 *
 * Owns the facts zones.* (their bodies stand below), the tables zone_*, zone, pickup_point, pickup_event and pickup_slot (zones.sql), and the
 * duties zones.*. Other domains read them through zones_queries.c and the named statements zones_q_person (which
 * zone covers this person now) and zones_q_members. It reads the register of people, testing's swabs and tubes, and tracing's case_file,
 * visit and contact.
 *
 * A zone is made of units: areas by their code, places (a building, a compound) and households. Who belongs to it is never stored: it
 * is asked of the register, so who moves in belongs to it and who moved away does not. A person belongs to one zone at a time, the
 * highest that covers the person.
 *
 * Order of arrival does not matter: zone_event, zone_event_unit and the other *_event tables only grow; every other row and every duty
 * is a pure function of them, of the register and of the cases (zones_fold.c, zones_case.c). The machine proposes; a zone begins, is
 * changed and ends by a signature only. A lift always frees: what was wrong with it becomes a duty of an officer, never a zone that
 * comes back by itself.
 */
#ifndef SUSHUI_DOMAIN_ZONES_H
#define SUSHUI_DOMAIN_ZONES_H

#include "ledger/ledger.h"
#include "ledger/query.h"

/* Whose command decided; the words of enum protocol_level. */
extern const char *const zones_levels[];
enum zones_state { ZONE_NONE, ZONE_PROPOSED, ZONE_IN_FORCE, ZONE_ENDED };
extern const char *const zones_states[]; /* by enum zones_state */
/* What a person or the zone as a whole still lacks for stepping down. The first four are the bits of enum zone_unmet in their order. */
enum zones_condition { LACKS_DAYS, LACKS_COVERAGE, LACKS_FINAL_ROUND, LACKS_CONTACT_DAYS, LACKS_PROLONGED, LACKS_HIGHER_ZONE };
extern const char *const zones_conditions[];
enum zones_scope { SCOPE_NONE, SCOPE_PART, SCOPE_WHOLE };
extern const char *const zones_scopes[];
enum zones_roll { ROLL_TESTS, ROLL_SERVICE };
extern const char *const zones_rolls[];
enum zones_exit_reason { EXIT_MEDICAL_EMERGENCY, EXIT_MEDICAL, EXIT_DIALYSIS, EXIT_BIRTH, EXIT_DEATH_IN_FAMILY, EXIT_DUTY, EXIT_OTHER };
extern const char *const zones_exit_reasons[];
enum zones_barrier { BARRIER_FENCE, BARRIER_LOCK, BARRIER_ROADBLOCK, BARRIER_DOOR_SENSOR, BARRIER_OTHER };
extern const char *const zones_barriers[];
extern const char *const zones_services[]; /* what was brought to the door */

/* Units stand in three lists; a body may name any of them, and where the list is optional all three empty means the whole zone. */
struct zones_zone_proposed { /* by the county; restricts nobody */
	struct id zone;
	struct str name, class; /* class: id of a zone of the edition */
	struct fact_list areas, places, households, cases;
	struct str reason;
};
struct zones_zone_declared { /* the order; signed by the fact's `by` for the command of that level */
	struct id zone;
	struct str name, class;
	struct fact_list areas, places, households;
	struct str shape;      /* GeoJSON Polygon or MultiPolygon: places of the register inside it belong to the zone */
	int64_t start_at;      /* effective, to the minute; absent = at */
	int64_t ends_at;       /* fixed end; required where the edition sets no end of its own */
	int64_t decided_by;    /* enum protocol_level */
	struct str basis;      /* absent = the protocol's */
	struct str notice;     /* number and title of the notice */
	struct str reason;
	struct fact_list cases; /* because of these */
	struct str grounds;    /* derived: the legal basis in force */
	struct str clause;     /* derived: edition and class */
};
struct zones_zone_changed {
	struct id zone;
	struct fact_list areas, places, households;                /* added */
	struct fact_list areas_out, places_out, households_out;    /* taken out */
	int64_t decided_by;
	struct str reason;
};
struct zones_zone_prolonged { /* not before this instant, whatever the days say; whole or in part */
	struct id zone;
	struct fact_list areas, places, households;
	int64_t until_at, decided_by;
	struct str reason;
};
struct zones_zone_stepped_down {
	struct id zone;
	struct str to;         /* class it becomes; "none" = it ends */
	struct fact_list areas, places, households; /* only these units: they go on as zone `into` */
	struct id into;
	struct str into_name;
	int64_t early;         /* 1: although conditions are unmet; the reason says why */
	int64_t decided_by;
	struct str reason;
};
struct zones_zone_lifted { /* ends; of a proposed zone: the proposal is turned down */
	struct id zone;
	int64_t early, decided_by;
	struct str reason;
};
struct zones_notice_published {
	struct id zone;
	struct str channel;    /* where the public can read it */
};
struct zones_none_needed { /* contacts are controlled and no community risk remains; announced as well */
	struct id case_;
	struct str reason, channel;
};
struct zones_quiet_reset { /* an officer lets the quiet days count from a later instant, whole or in part */
	struct id zone;
	struct fact_list areas, places, households;
	int64_t anchor_at;
	struct str reason;
};
struct zones_risk_judged { /* a new infection was judged: it starts the whole clock again (as it does by itself), a part of it, or none */
	struct id zone, case_;
	int64_t scope;         /* enum zones_scope */
	struct fact_list areas, places, households;
	struct str reason;
};
struct zones_roll_closed { /* who leads the work signs the day's round or the day's door service as done */
	struct id zone;
	int64_t roll, day;     /* enum zones_roll, local day */
	struct str reason;     /* why some are missing */
};
struct zones_service_done {
	struct id zone, household;
	struct fact_list kinds; /* words of zones_services */
	struct str note;
};
struct zones_point_opened { /* pick-up point; a slot is one span of its opening hours */
	struct id point, zone;
	struct str name;
	int64_t capacity;      /* households in one slot */
	int64_t slot_minutes, from_minute, until_minute; /* of the day */
};
struct zones_slot_assigned {
	struct id point, household;
	int64_t day, slot;     /* slot: 0 = first of the day */
};
struct zones_exit_granted {
	struct id exit, person, zone;
	int64_t reason;        /* enum zones_exit_reason */
	struct str destination, vehicle; /* without personal data */
	int64_t until_at;
};
struct zones_exit_returned {
	struct id exit, person;
};
struct zones_household_moved_out { /* to central isolation; few stay to look after house and animals */
	struct id zone, household;
	struct fact_list stay; /* persons who stay */
	struct str reason;
};
struct zones_household_moved_back {
	struct id household;
};
struct zones_post_set {
	struct id post, zone;
	struct str name;
	double lon, lat;
};
struct zones_post_manned {
	struct id post;
	int64_t until_at;      /* end of the shift */
};
struct zones_post_left {
	struct id post;
	int64_t closed;        /* 1: the post is given up */
};
struct zones_barrier_set {
	struct id barrier, zone, keeper;
	int64_t kind;          /* enum zones_barrier */
	struct str place;      /* where, without personal data */
	struct str keeper_name, phone; /* personal */
	int64_t sealed;        /* 1: an exit that cannot be opened from inside */
	int64_t keeper_present, fire_access;
	int64_t expires_at;
};
struct zones_barrier_checked {
	struct id barrier;
	int64_t keeper_present, fire_access;
};
struct zones_barrier_removed {
	struct id barrier;
};

extern const struct domain zones_domain;
extern const struct query zones_queries[];

/* A barrier ends after so long at the latest and is set anew if it is still needed; it is looked at once in so long. No edition says
 * (our defaults, mark R). */
#define ZONES_BARRIER_MAX_MS (7 * MS_PER_DAY)
#define ZONES_BARRIER_CHECK_MS MS_PER_DAY
/* A shift that names no end lasts so long (our default, mark R). */
#define ZONES_SHIFT_MS (12 * MS_PER_HOUR)

#endif
