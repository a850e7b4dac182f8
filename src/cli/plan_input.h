/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_input.h - the tables of `sushui plan transfer` as a problem for the planner.
 *
 * Columns are found by the names in the header line, in any order. Ids are any text. Times are ISO 8601. Where something is: either
 * `place` (a name that the travel table knows) or `lon` and `lat`.
 *   groups    group,persons,class,place|lon,lat,ready_at[,due_at,together,guardian,barrier_free,stretcher]
 *             empty due_at: ready_at and the limit. together `no`: its persons are planned one by one, as GROUP/1, GROUP/2, ...
 *             guardian `yes`: somebody goes along, who takes a seat and a bed
 *   sites     site,room,beds,place|lon,lat[,class,barrier_free,ward,free_from,rooms]     a row for each room; `rooms`: so many alike
 *   vehicles  vehicle,seats,place|lon,lat,shift_from,shift_to[,usable,stretcher,coach,drive_max_min,rest_min,disinfect_min]
 *             usable: "case:2 close_contact:20", seats by class after the separation rule; classes that are not named do not ride
 *   travel    from,to,minutes      both ways, unless the way back has a row of its own; longer ways are put together
 *   fixed     group[,site,room,vehicle]      decisions that stand
 */
#ifndef SUSHUI_CLI_PLAN_INPUT_H
#define SUSHUI_CLI_PLAN_INPUT_H

#include "cli/names.h"
#include "plan/plan.h"

struct plan_paths {
	const char *groups, *sites, *vehicles, *travel, *fixed; /* the last two may be NULL */
};
struct plan_rules { /* where the tables are silent */
	int32_t limit_min;       /* ready to in place */
	int32_t usable_percent;  /* of a vehicle's seats */
	int32_t drive_max_min, rest_min, disinfect_min;
	int32_t stop_min, unload_min;
	int32_t night_from, night_to;
	double km_per_hour;      /* between coordinates, by a road a third longer than the line */
};
/* The defaults; docs/plan.md says where each comes from. */
struct plan_rules plan_rules_default(void);

struct plan_input {
	struct names groups, sites, rooms, vehicles, classes, nodes;
	int64_t base_ms;         /* minute 0 of the problem: a local midnight */
	struct plan_problem p;
	struct plan_table *t;    /* what the problem points to */
};

/* ERR_UNKNOWN_COLUMN, ERR_MISSING_FIELD, ERR_BAD_VALUE, ERR_TOO_LARGE, and what csv.h gives; at = "FILE: line N, column". Nothing is left to
 * undo on an error. */
enum err_code plan_input_read(struct plan_input *in, const struct plan_paths *paths, const struct plan_rules *rules, struct err *e);
void plan_input_done(struct plan_input *in);
/* The instant of a minute of the problem. */
int64_t plan_input_ms(const struct plan_input *in, int32_t minute);

#endif
