/* SPDX-License-Identifier: Apache-2.0
 *
 * plan.h - who goes into which room, in which vehicle, on which run: a plan of transfers with a proven bound beside it.
 *
 * Knows groups, rooms, vehicles and minutes; no database, no protocol, no clock of its own. What it gives is a proposal: it decides
 * nothing, and a dispatcher's own decisions (fixed_*) are constraints to it.
 *
 * Time is whole minutes on one clock of the caller's choosing whose midnights are local midnights (minute 0 is one), so that the hours
 * of the night can be told; 0 .. PLAN_TIME_MAX.
 *
 * What is being moved. A group (a family, one person) is taken up at its place by one vehicle, rides to one site and gets a room there.
 * A room holds one group; an open ward (`ward`) holds groups of one class up to its beds. A run of a vehicle is: drive empty to the first
 * stop, take up groups one after the other (stop_min each), drive to one site, unload (unload_min), be disinfected. A run begins as
 * late as its arrival allows: nobody waits in a vehicle for somebody else to get ready.
 *
 * Hard rules, which no plan that is given out breaks (plan_verify checks them with code of its own):
 *   one exposure class in a run, in a room, in a ward; usable seats of the class; beds; groups whole; barrier-free rooms, stretchers;
 *   a room not before it is free; a group not before it is ready; the crew's shift; rest before more than drive_max minutes at the wheel;
 *   disinfection between runs; coaches stand still in the forbidden hours of the night; decisions of the dispatcher.
 *
 * Objective, strictly in this order (struct plan_value): persons without a place, minutes late against due_at (times persons), minutes
 * on the road (times persons, from being taken up to arriving), empty beds in rooms that are used; and, for what is still equal, minutes
 * that vehicles drive.
 *
 * Method: greedy insertion, then ruin and recreate under a cooling threshold (docs/plan.md). Deterministic for a seed when it is the
 * iterations that end it. The bound holds for every plan whatever; it is computed apart from the search (plan_bound).
 */
#ifndef SUSHUI_PLAN_PLAN_H
#define SUSHUI_PLAN_PLAN_H

#include "core/arena.h"
#include "core/err.h"

#define PLAN_CLASSES_MAX 16
#define PLAN_NODES_MAX 2000
#define PLAN_GROUPS_MAX 20000
#define PLAN_SITES_MAX 1000
#define PLAN_ROOMS_MAX 50000
#define PLAN_VEHICLES_MAX 1000
#define PLAN_RUNS_MAX 48       /* runs of one vehicle in one plan */
#define PLAN_LEG_MAX 2880      /* minutes between two nodes */
#define PLAN_TIME_MAX 60000000 /* minutes: more than a century */
#define PLAN_SEATS_MAX 200
#define PLAN_NONE (-1)

struct plan_group {
	int32_t persons;     /* seats and beds that it takes, an accompanying guardian counted; >= 1 */
	int32_t class;       /* exposure class, 0 .. classes_n - 1 */
	bool barrier_free;   /* needs such a room */
	bool stretcher;      /* needs a vehicle with one; one stretcher group a run */
	int32_t node;        /* where it waits */
	int32_t ready_at;    /* not before */
	int32_t due_at;      /* in place by then: ordered + the limit of the protocol (8 h) */
	int32_t fixed_site, fixed_room, fixed_vehicle; /* decided by the dispatcher; PLAN_NONE = free */
};
struct plan_site {
	int32_t node;
};
struct plan_room {
	int32_t site;
	int32_t beds;        /* >= 1 */
	uint32_t classes;    /* bit 1 << class: only for these; 0 = for any */
	bool barrier_free;
	bool ward;           /* several groups of one class may share it */
	int32_t free_from;   /* clean and empty from then on */
};
struct plan_vehicle {
	int32_t node;        /* where it stands at shift_from */
	int32_t seats[PLAN_CLASSES_MAX]; /* usable ones by class, after the separation rule; 0 = may not carry it */
	bool stretcher;
	bool coach;          /* the night rule holds for it */
	int32_t shift_from, shift_to; /* of its crew: leaves not before, unloaded by then */
	int32_t drive_max;   /* minutes at the wheel without a rest */
	int32_t rest_min;    /* standing so long between two runs is a rest */
	int32_t disinfect_min; /* between two runs, at the site, after unloading */
};
struct plan_problem {
	const struct plan_group *group;
	const struct plan_site *site;
	const struct plan_room *room;
	const struct plan_vehicle *vehicle;
	int32_t groups_n, sites_n, rooms_n, vehicles_n, nodes_n, classes_n;
	/* Minutes from node a to node b by the shortest way: leg[a * nodes_n + b]. Where a way over a third node is shorter the rules and the
	 * bound hold all the same, but the search does not look for such detours. */
	const int32_t *leg;
	int32_t stop_min, unload_min;
	int32_t night_from, night_to; /* minutes of the day in which no coach is on the road, [from, to); equal = no such hours */
};

/* Each member times persons, but for empty_beds and drive. Compared member by member from the top. */
struct plan_value {
	int64_t unplaced;    /* persons without room or ride */
	int64_t late;        /* minutes past due_at */
	int64_t ride;        /* minutes from being taken up to arriving */
	int64_t empty_beds;  /* beds left over in rooms used (an open ward has none: others may come) */
	int64_t drive;       /* minutes that vehicles drive, empty or not */
};
/* <0, 0, >0; drive does not count. */
int plan_value_cmp(const struct plan_value *a, const struct plan_value *b);

enum plan_reason {
	PLAN_PLACED,
	PLAN_NO_ROOM,      /* no room is big enough, barrier-free, for the class, or the one that was fixed does not fit */
	PLAN_NO_VEHICLE,   /* no vehicle has the seats for the class, or a stretcher, or the one that was fixed does not fit */
	PLAN_NO_TIME,      /* alone in the world it could not be brought within any crew's shift */
	PLAN_ALL_TAKEN,    /* others have the rooms, seats or hours */
	PLAN_REASON__N
};
const char *plan_reason_text(enum plan_reason r, bool zh);

struct plan_place { /* of a group */
	enum plan_reason reason;
	int32_t room, run;   /* indexes; PLAN_NONE when not placed */
	int32_t stop;        /* 0 = taken up first */
	int32_t boarded_at, arrived_at;
};
struct plan_run {
	int32_t vehicle, site, class;
	int32_t groups_n, persons;
	int32_t depart_at;   /* leaves where it stands */
	int32_t arrive_at;   /* at the site */
	int32_t free_at;     /* unloaded and disinfected */
	int32_t drive_min;
};
struct plan {
	struct plan_place *place; /* by group */
	struct plan_run *run;     /* by vehicle, then time */
	int32_t runs_n;
	struct plan_value value;
	struct plan_value greedy; /* of the first, constructed plan */
	int64_t iterations;       /* done */
	bool cancelled;
};
/* A lower bound of each member for itself: no plan has fewer unplaced, and none with no more unplaced than `unplaced_most` is less late, ... */
struct plan_bound {
	struct plan_value least; /* drive: 0, nothing is claimed */
};

struct plan_options {
	uint64_t seed;
	int64_t iterations;        /* of the search; 0 = the constructed plan only */
	int64_t budget_us;         /* ends earlier after so much time of `mono_us`; 0 = no limit. Then the result depends on the machine */
	int64_t (*mono_us)(void *ctx); /* NULL = no clock */
	bool (*stop)(void *ctx);   /* asked now and then: true cancels, the best plan so far is given. NULL = never */
	void *ctx;
};

/* Checks every index and range. ERR_BAD_VALUE or ERR_TOO_LARGE with at = "group 3", "room 7", ... */
enum err_code plan_check(const struct plan_problem *p, struct err *e);
/* Makes the plan. It lives in the arena, as does what it works with (about 300 bytes a group and 200 a run that could be). Errors as
 * plan_check, ERR_MEMORY when the arena is too small. */
enum err_code plan_make(const struct plan_problem *p, const struct plan_options *o, struct arena *a, struct plan *out, struct err *e);
/* O(groups^2 * kinds of room) at worst. unplaced_most: of the plan that is to be judged. */
enum err_code plan_bound(const struct plan_problem *p, int64_t unplaced_most, struct arena *a, struct plan_bound *out, struct err *e);
/* Goes through a plan rule by rule, computing times anew from the order of stops alone. ERR_NOT_ALLOWED with the rule and the place
 * when one is broken, or when the value is not what the plan says. For tests and for callers that trust nobody. */
enum err_code plan_verify(const struct plan_problem *p, const struct plan *plan, struct err *e);
/* (value - bound) / value in per cent; 0 when both are 0. */
double plan_gap(int64_t value, int64_t bound);

#endif
