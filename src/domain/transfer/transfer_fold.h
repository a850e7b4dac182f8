/* SPDX-License-Identifier: Apache-2.0
 *
 * transfer_fold.h - the folds of the transfer domain, from persons over runs to transfers. Private to domain/transfer/.
 */
#ifndef SUSHUI_DOMAIN_TRANSFER_FOLD_H
#define SUSHUI_DOMAIN_TRANSFER_FOLD_H

#include "domain/transfer/transfer.h"
#include "protocol/protocol.h"

enum transfer_what { WHAT_REQUESTED = 1, WHAT_REVIEWED, WHAT_ASSIGNED, WHAT_BOARDED, WHAT_HANDED_OVER, WHAT_RECEIVED, WHAT_CANCELLED };
enum run_what { RUN_PLANNED = 1, RUN_DEPARTED, RUN_EXCEPTION };
enum vehicle_what { VEHICLE_REGISTERED = 1, VEHICLE_DISINFECTED };
/* Conflicts of a transfer with itself, as bits of transfer_file.conflict. */
enum { CONFLICT_PERSON = 1, CONFLICT_PLACE = 2, CONFLICT_REFUSED = 4 };

/* A run as its row says. */
struct run_row {
	int64_t key, vehicle, depart_at, arrive_at, drive_min, kind, site;
	int64_t told_departed_at, night_from, night_to, drive_max, rest_min;
	int64_t first_at, end_at, exposed, area, outbreak;
	struct id plan_fact, first_fact;
	struct str edition;
	int64_t class, boarded_n, aboard_n, refused_n, departed_at, broken;
};
struct vehicle_row {
	bool registered;
	int64_t kind, seats, usable, stretcher, area;
};
/* Hours that hold for a run, in minutes of the local day and minutes. */
struct run_hours {
	int64_t night_from, night_to, drive_max, rest_min;
};

enum err_code transfer_run_read(struct ledger_tx *tx, int64_t run, struct run_row *out, bool *there, struct err *e);
enum err_code transfer_vehicle_read(struct ledger_tx *tx, int64_t vehicle, struct vehicle_row *out, struct err *e);
/* When an officer signed each exception for the run; INT64_MAX = not. By index of transfer_exceptions. */
enum err_code transfer_exceptions_read(struct ledger_tx *tx, int64_t run, int64_t signed_at[3], struct err *e);

/* By the edition in force for the fact, else ours. */
struct run_hours transfer_hours(const struct protocol *p);
int64_t transfer_param(const struct protocol *p, const char *name, int64_t otherwise);
/* Does an instant lie in the forbidden hours; does a span touch them? */
bool transfer_dark(int64_t at, int64_t from_min, int64_t to_min);
bool transfer_touches_dark(int64_t from, int64_t until, int64_t from_min, int64_t to_min);
/* Whether the vehicle was disinfected since exposed people rode in it last, for a run whose first rider boarded at `at` with that fact. */
enum err_code transfer_is_clean(struct ledger_tx *tx, int64_t vehicle, int64_t at, struct id first_fact, bool *clean, struct err *e);

/* After a report of the person was kept, or its records were merged: rides, runs, transfers. */
enum err_code transfer_person_derive(struct ledger_tx *tx, int64_t person, struct err *e);
/* After a report of the run was kept. */
enum err_code transfer_run_derive(struct ledger_tx *tx, int64_t run, struct err *e);
/* After the vehicle was registered (at 0: every run is judged anew) or disinfected at an instant. */
enum err_code transfer_vehicle_derive(struct ledger_tx *tx, int64_t vehicle, int64_t at, struct err *e);
/* The transfer's row, duties and clocks. */
enum err_code transfer_derive(struct ledger_tx *tx, int64_t transfer, struct err *e);

enum err_code transfer_keys(struct ledger_tx *tx, const struct sql *sql, const struct db_val *params, size_t params_n, int64_t **out, size_t *n,
			    struct err *e);

enum err_code transfer_guard_reviewed(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_planned(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_assigned(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_boarded(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_departed(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_handed_over(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code transfer_guard_disinfected(struct ledger_tx *tx, struct fact *f, struct err *e);
/* Minutes at the wheel that the run would bring the busiest of these users to without a rest; overlap: one of them is on another run then. */
enum err_code transfer_wheel(struct ledger_tx *tx, const int64_t *members, size_t members_n, const struct run_row *r, int64_t rest_min,
			     int64_t *minutes, bool *overlap, struct err *e);

#define PROPOSAL_COLUMNS_N 18
extern const struct query_column transfer_proposal_columns[PROPOSAL_COLUMNS_N];

#endif
