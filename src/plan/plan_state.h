/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_state.h - a plan while it is being made: runs as lists of stops, what each costs, and what putting one group in would cost.
 * Private to plan/.
 */
#ifndef SUSHUI_PLAN_STATE_H
#define SUSHUI_PLAN_STATE_H

#include "core/sys.h"
#include "plan/plan.h"

/* One number for the whole order of struct plan_value. Each weight is above what the members below it can gain in one step of the
 * search, so that a step never buys minutes on the road with minutes of delay. */
#define COST_DRIVE INT64_C(1)
#define COST_BED INT64_C(512)
#define COST_RIDE (COST_BED * 16)
#define COST_LATE (COST_RIDE * 2048)
#define COST_UNPLACED (COST_LATE * 100000)
#define COST_NEVER (INT64_MAX / 4)

/* Rooms that are alike for a planner. A ward is a kind of its own. */
struct room_kind {
	int32_t site, beds, free_from;
	uint32_t classes;
	bool barrier_free, ward;
	int32_t rooms_n;     /* 1 for a ward */
	int32_t first;       /* index in order.room of the first of them */
	int32_t fixed_for;   /* the one room that some group was fixed to stands alone: its index, else PLAN_NONE */
};

/* The problem with what is computed from it once. */
struct order {
	const struct plan_problem *p;
	struct room_kind *kind; /* by site, then from the tightest room to the widest */
	int32_t kinds_n;
	int32_t *site_kind;     /* kinds of site s: [site_kind[s], site_kind[s + 1]) */
	int32_t *room;          /* rooms by kind */
	int32_t *near;          /* by group: near_n sites, the nearest first */
	int32_t near_n;
	bool *hopeless;         /* by group: no room or no vehicle could ever take it */
};

struct run {
	int32_t site, class, vehicle;
	int32_t head;        /* first group taken up */
	int32_t groups_n, persons, stretchers_n;
	/* of the list of stops */
	int32_t first_node;
	int32_t path;        /* minutes from reaching the first stop to the site, stops counted */
	int32_t legs;        /* of these at the wheel */
	int32_t ready;       /* arrival that the groups' readiness and the rooms allow */
	int32_t due_least;
	int64_t ride;
	/* in the sequence of its vehicle */
	int32_t depart, arrive, drive_since; /* drive_since: minutes at the wheel since the last rest, this run counted */
	int32_t drive;
	int64_t late;
};

struct state { /* one block of memory, so that a copy is a memcpy */
	struct plan_value value;
	int32_t free_n;
	struct run *run;         /* groups_n of them */
	int32_t *free_run;       /* numbers not in use: free_n of them */
	int32_t *sequence;       /* by vehicle: PLAN_RUNS_MAX numbers of runs */
	int32_t *sequence_n;
	int32_t *next, *run_of, *kind_of; /* by group; PLAN_NONE */
	int32_t *used;           /* by kind: rooms, of a ward beds */
	int32_t *ward_class, *ward_groups;
	size_t size;
};

/* Where a group could go. */
struct spot {
	int64_t cost; /* COST_NEVER: nowhere */
	int32_t vehicle, index; /* run number `index` of the vehicle */
	bool fresh;             /* a run of its own, inserted there */
	int32_t after;          /* group behind which it is taken up; PLAN_NONE = first */
	int32_t site, kind;
};

enum err_code order_make(const struct plan_problem *p, struct arena *a, struct order *o, struct err *e);
bool kind_fits(const struct order *o, const struct room_kind *k, int32_t group);
bool vehicle_fits(const struct plan_problem *p, int32_t vehicle, int32_t group);
/* The earliest arrival not before `arrive` of a run that takes `minutes`, when a coach stands still at night; PLAN_TIME_MAX when there is
 * none. */
int32_t plan_by_day(const struct plan_problem *p, const struct plan_vehicle *v, int32_t arrive, int32_t minutes);

struct state *state_new(const struct order *o, struct arena *a);
void state_copy(struct state *to, const struct state *from);
int64_t state_cost(const struct state *s);
/* The cheapest spot. dice NULL: every vehicle is looked at; else a run of its own is tried on some vehicles only. */
struct spot state_best(const struct order *o, const struct state *s, int32_t group, struct dice *dice);
void state_insert(const struct order *o, struct state *s, int32_t group, const struct spot *at);
void state_remove(const struct order *o, struct state *s, int32_t group);

#endif
