/* SPDX-License-Identifier: Apache-2.0
 *
 * transfer.h - 转运. Who waits for a vehicle, who rides with whom, where is every vehicle, was everybody handed over and received?
 *
 * Owns the facts transfer.* (their bodies stand below), the tables transfer_*, and the duties transfer.*. Other domains read them through the
 * queries in transfer_queries.c; they never write them. It reads the register of people and, for proposals, the rooms of isolation. What it
 * says to others: a person received is in place (tracing_person_placed), and whereabouts while riding and after (whereabouts_note).
 *
 * How the books are kept (docs/transfer.md): what was reported of a person is folded into rides without a look at any vehicle; what was
 * reported of a run, with the rides in it, the run before it in the same vehicle and the hours of its crew, is folded into the run. All folds go
 * by (at, fact), so the order of arrival does not matter. A ride that breaks a rule - no usable seat, another exposure class in the run, a vehicle
 * not disinfected since its last run, the person rides elsewhere - does not count in the run, keeps its reason, and raises transfer.conflict; so does
 * a departure of a coach in the forbidden hours without a signed exception, or of a crew without rest. It follows that no state ever shows more people
 * than usable seats, two classes in one run, a person in two runs, or a dirty vehicle carrying anybody. A medical emergency overrides each of
 * these rules: it counts, and the rule it broke is recorded.
 */
#ifndef SUSHUI_DOMAIN_TRANSFER_H
#define SUSHUI_DOMAIN_TRANSFER_H

#include "ledger/ledger.h"
#include "ledger/query.h"

/* Exposure class while riding: those of enum isolation_class, and nobody's. */
enum transfer_class { RIDES_CLOSE, RIDES_SECONDARY, RIDES_TRAVELLER, RIDES_ARRIVAL, RIDES_WORKER, RIDES_CASE, RIDES_UNEXPOSED, RIDES__N };
extern const char *const transfer_classes[];
enum transfer_kind { TO_SITE, TO_HOSPITAL, TO_HOME, TO_OTHER };
extern const char *const transfer_kinds[];
enum transfer_vehicle_kind { VEHICLE_AMBULANCE, VEHICLE_CAR, VEHICLE_COACH };
extern const char *const transfer_vehicle_kinds[];
enum transfer_need { NEED_BARRIER_FREE = 1, NEED_STRETCHER = 2, NEED_GUARDIAN = 4 };
/* What a ride or a run can break. */
enum transfer_rule { RULE_NONE, RULE_SEATS, RULE_CLASS, RULE_NOT_CLEAN, RULE_ELSEWHERE, RULE_NIGHT, RULE_CREW, RULE_DISTANCE, RULE__N };
extern const char *const transfer_rules[];
/* What an officer may sign: night, crew, distance. */
extern const char *const transfer_exceptions[];
enum transfer_state {
	TRANSFER_UNKNOWN,  /* only named, by a ride or an assignment */
	TRANSFER_CALLED,
	TRANSFER_REFUSED,
	TRANSFER_ACCEPTED, /* an emergency is, by itself */
	TRANSFER_ASSIGNED,
	TRANSFER_BOARDED,
	TRANSFER_DEPARTED,
	TRANSFER_HANDED_OVER, /* by the crew */
	TRANSFER_RECEIVED,    /* by the site: the end */
	TRANSFER_CANCELLED,
	TRANSFER__N
};
extern const char *const transfer_states[];
extern const char *const transfer_run_states[];     /* planned, boarding, under_way, ended */
extern const char *const transfer_vehicle_states[]; /* free, out, to_disinfect */

struct transfer_requested {
	struct id transfer, person;
	int64_t class;        /* enum transfer_class */
	int64_t kind;         /* enum transfer_kind */
	struct id site;       /* where to, when it is known already */
	struct id pickup;     /* place where the person waits; absent = where the person lives */
	int64_t barrier_free, stretcher, guardian;
	int64_t emergency;    /* 1: medical emergency, overrides every rule */
	int64_t ready_at;     /* absent = at */
	int64_t due_at;       /* absent = by the edition: 2 h a case, 8 h a contact */
	struct str reason;    /* personal */
};
struct transfer_reviewed {
	struct id transfer;
	int64_t accepted;
	struct str reason;    /* why not; without personal data */
};
struct transfer_vehicle_registered { /* stated whole each time; the newest counts */
	struct id vehicle;
	struct str label;     /* number plate or call sign */
	int64_t kind;         /* enum transfer_vehicle_kind */
	int64_t seats;
	int64_t usable;       /* seats after the separation rule; absent = half of them, at least one */
	int64_t stretcher;
	double lon, lat;      /* where it stands */
};
struct transfer_run_planned { /* a decision; stated whole each time, the newest counts */
	struct id run, vehicle;
	struct fact_list crew; /* users */
	int64_t depart_at, arrive_at;
	int64_t drive_min;    /* at the wheel; absent = from depart_at to arrive_at */
	int64_t kind;         /* enum transfer_kind */
	struct id site;
};
struct transfer_assigned { /* a decision */
	struct id transfer, run;
	struct id room;       /* proposed to the site; isolation.room_assigned holds the bed */
};
struct transfer_boarded {
	struct id transfer, person, run;
	int64_t class;        /* enum transfer_class, as the manifest says */
	int64_t emergency;
};
struct transfer_departed {
	struct id run;
};
struct transfer_handed_over { /* the crew signs */
	struct id transfer, person, run;
	int64_t kind;         /* enum transfer_kind */
	struct id site;
};
struct transfer_received { /* the site signs */
	struct id transfer, person;
	int64_t class;
	int64_t kind;
	struct id site;
};
struct transfer_vehicle_disinfected {
	struct id vehicle;
	struct str agent;
};
struct transfer_cancelled {
	struct id transfer;
	struct str reason;    /* without personal data */
};
struct transfer_exception_signed {
	struct id run;
	int64_t rule;         /* index in transfer_exceptions */
	struct str reason;    /* without personal data */
};

/* Ours where no edition says anything (mark R). */
#define TRANSFER_REVIEW_MS (30 * MS_PER_MINUTE)
#define TRANSFER_RECEIVE_MS (30 * MS_PER_MINUTE)
#define TRANSFER_DISINFECT_MS (60 * MS_PER_MINUTE)
#define TRANSFER_CONFLICT_MS (60 * MS_PER_MINUTE)
#define TRANSFER_NIGHT_FROM 2     /* transport.coach_forbidden_hours, mark P in cn-covid19-9: hours of the local day */
#define TRANSFER_NIGHT_TO 5
#define TRANSFER_DRIVE_MAX_MIN 240 /* param transport.drive_max_min: at the wheel without a rest */
#define TRANSFER_REST_MIN 20      /* param transport.rest_min */
#define TRANSFER_FAR_MIN 120      /* param transport.far_min: a ride that long is signed by an officer (Guizhou 2022: 280 km) */
#define TRANSFER_USABLE_PERCENT 50

extern const struct domain transfer_domain;
extern const struct query transfer_queries[];
extern const struct query_computed transfer_computed[];

#endif
