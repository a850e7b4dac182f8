/* SPDX-License-Identifier: Apache-2.0
 *
 * homecare.h - 居家隔离. Who stays at home by an order or a regimen, who cares for them, and what does each home need by when?
 *
 * Owns the facts homecare.* (their bodies stand below), the tables home_event, home_team, home_member, home_stay, door_watch,
 * door_watch_end, door_event and door_call, and the duties homecare.*. It never restricts anybody: what restricts is a signature of another domain
 * (orders.order_signed of class home or monitoring, tracing.contact_classified with a stage at home, a case isolated at home). Health checks are
 * tracing.health_checked; here is no second kind.
 *
 * A *stay* is the newest unbroken time in which a person is to be at home (or is visited where it lives). It is computed anew
 * from all facts whenever one of them arrives, so order of arrival does not matter.
 *
 * A door sensor is bound only with consent, only where the edition allows it, and its events live only while the order runs: who stands
 * behind a watch is sealed with the watch's own key, which sensor_unbound destroys (docs/homecare.md, "What is left of a door").
 * An opening is never a ground for a penalty: it asks somebody to call and to ask whether help is needed.
 */
#ifndef SUSHUI_DOMAIN_HOMECARE_H
#define SUSHUI_DOMAIN_HOMECARE_H

#include "ledger/ledger.h"
#include "ledger/query.h"

enum homecare_purpose { VISIT_SAMPLE, VISIT_CHECK, VISIT_DELIVERY, VISIT_CARE, VISIT_TECHNICAL, VISIT_OTHER };
extern const char *const homecare_purposes[];
enum homecare_found { FOUND_MET, FOUND_NO_ANSWER, FOUND_AWAY };
extern const char *const homecare_founds[];
enum homecare_goods { GOODS_FOOD, GOODS_MEDICINE, GOODS_TEST_KITS, GOODS_OTHER };
extern const char *const homecare_goods_words[];
enum homecare_need { NEED_EMERGENCY, NEED_MEDICAL, NEED_DIALYSIS, NEED_BIRTH, NEED_MOVE, NEED_OTHER };
extern const char *const homecare_needs[];
enum homecare_arrangement { RESIDENT_STAYS_IN, RESIDENT_LIVES_ELSEWHERE, RESIDENT_FREE };
extern const char *const homecare_arrangements[];
enum homecare_call { CALL_WELL, CALL_HELP_NEEDED, CALL_NO_ANSWER, CALL_EMERGENCY, CALL_FALSE_SIGNAL };
extern const char *const homecare_calls[];
enum homecare_end { END_RELEASED, END_MOVED, END_HOSPITAL, END_DECEASED, END_OTHER };
extern const char *const homecare_ends[];
enum homecare_unbound { UNBOUND_ORDER_ENDED, UNBOUND_CONSENT_WITHDRAWN, UNBOUND_FAULTY, UNBOUND_OTHER };
extern const char *const homecare_unbounds[];
enum homecare_source { STAY_BY_CONTACT, STAY_BY_ORDER, STAY_BY_CASE }; /* what the stay follows from */
extern const char *const homecare_sources[];

struct homecare_home_assessed { /* the home was looked at before or while somebody is isolated in it */
	struct id person;
	int64_t lives_alone, own_room, own_toilet, ventilated, handover_table; /* the conditions of the guide */
	int64_t vulnerable; /* somebody old or gravely ill lives there as well */
	int64_t carer;      /* somebody who may care is there, where the person needs care */
	int64_t fit;        /* the assessor's own word; 0 makes the home unfit whatever else is met */
};
struct homecare_team_assigned { /* stated whole each time; the newest one of a person, else of the household counts */
	struct id team;
	struct id household, person; /* one of the two */
	struct fact_list members;    /* users */
	struct fact_list roles;      /* of each, by the edition's home_team */
};
struct homecare_home_entered {
	struct id person;
};
struct homecare_visit_announced { /* opens the door beforehand: an opening within the window asks for no call */
	struct id visit;
	struct id person;
	int64_t purpose;
	int64_t from_at, until_at;
	struct id visitor; /* user */
};
struct homecare_visit_done {
	struct id visit;
	struct id person;
	int64_t found;
};
struct homecare_delivery_done {
	struct id person;
	int64_t goods;
};
struct homecare_waste_collected {
	struct id person;
	int64_t bags;
};
struct homecare_exit_approved {
	struct id exit;
	struct id person;
	int64_t need;
	struct str vehicle; /* number plate or name; required but for an emergency */
	int64_t from_at, until_at;
};
struct homecare_exit_returned {
	struct id exit;
	struct id person;
};
struct homecare_co_resident_agreed {
	struct id person;   /* who is isolated */
	struct id resident; /* who lives there */
	int64_t arrangement;
};
struct homecare_ended {
	struct id person;
	int64_t reason;
};
struct homecare_sensor_bound {
	struct id watch;       /* this binding: a new id each time a sensor is fitted */
	struct str person;     /* sealed: id of the person who consented */
	struct str sensor;     /* sealed: what the sensor calls itself in its topic */
	int64_t consent;       /* must be true; the fact's `by` recorded it */
	int64_t consent_at;
	int64_t announced;     /* must be true: the person was told what is recorded and until when */
};
struct homecare_sensor_unbound { /* destroys the watch's key and everything its events left in the tables */
	struct id watch;
	int64_t reason;
};
struct homecare_door_opened { /* the opening as an entity has the id of this fact: what a call back answers */
	struct id watch;
};
struct homecare_door_closed {
	struct id watch;
};
struct homecare_sensor_heartbeat { /* written when a sensor comes back or its battery changes class, not for each beat */
	struct id watch;
	int64_t battery; /* percent */
};
struct homecare_sensor_fell_silent { /* nothing was heard since `since_at` */
	struct id watch;
	int64_t since_at;
};
struct homecare_call_done {
	struct id watch;
	struct id opening;
	int64_t result;
};

/* Defaults where the edition names none (ours, mark R: nothing official was found; docs/homecare.md lists them). An edition sets
 * them as parameters of the names in quotes. */
#define HOMECARE_TEAM_WITHIN_H 8        /* "home.team_within_h": order to team named; as long as a contact may take to be in place */
#define HOMECARE_ASSESS_WITHIN_H 8      /* "home.assess_within_h": order to home looked at */
#define HOMECARE_CALL_BACK_MIN 30       /* "home.call_back_min": door opened to called */
#define HOMECARE_DELIVER_EVERY_DAYS 2   /* "home.deliver_every_days" */
#define HOMECARE_WASTE_EVERY_DAYS 2     /* "home.waste_every_days" */
#define HOMECARE_CHECKS_PER_DAY 2       /* "monitoring.checks_per_day": of orders; contacts have theirs from their tier */
#define HOMECARE_DOOR_TOLERANCE_MIN 15  /* "home.door_tolerance_min": around announced windows and what was recorded at the door */
#define HOMECARE_SILENT_MIN 360         /* "home.sensor_silent_min": no sign of life for so long is an alarm */
#define HOMECARE_BATTERY_LOW 15         /* "home.battery_low_percent" */
/* What the edition `p` (NULL: none) or else the default sets. */
int64_t homecare_param(const struct protocol *p, const char *name, int64_t otherwise);
/* May a door sensor be used under the edition? Only where its parameter home.door_sensor says "allowed". */
bool homecare_sensor_allowed(const struct protocol *p);

/* ---- for the gateway: bindings that are alive ------------------------------------------------------------------------ */
struct homecare_watch {
	struct id watch, outbreak;
	int64_t county, area;
	struct str sensor, edition;
	int64_t bound_at;
	int64_t battery;   /* last one that became a fact, -1 = none */
	int64_t heard_at;  /* newest fact of the sensor, 0 = none */
	bool silent;       /* the newest word on it is that it fell silent */
	bool over;         /* at `now` no order of the person runs any more: to be unbound */
};
/* All bindings of a county (0 = of all) that were not unbound, in the arena. */
enum err_code homecare_watches(struct db *db, struct arena *a, int64_t county, int64_t now, const struct homecare_watch **out, size_t *n,
			       struct err *e);

/* Does any watch bind this sensor now? A look-up by index, for sensors that the list above does not hold yet. */
enum err_code homecare_sensor_bound_now(struct db *db, int64_t county, struct str sensor, bool *yes, struct err *e);

extern const struct domain homecare_domain;
extern const struct query homecare_queries[];

#endif
