/* SPDX-License-Identifier: Apache-2.0
 *
 * Persons into rides, rides into runs. First what a run says of itself (raw), then how it stands beside its vehicle's other runs and its crew's
 * hours (judged); a raw change is followed by judging every run that can see it.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/transfer/transfer_fold.h"
#include "ledger/duty.h"
#include "sql.gen.h"

#define CREW_LOOK_MS (48 * MS_PER_HOUR) /* runs so far apart have nothing to do with each other's rest */
#define DAY_MIN 1440

struct ride {
	int64_t person, boarded_at, transfer, run, class, emergency, until_at, claim, verdict, broke, area, outbreak;
	struct id fact;
};

enum err_code transfer_keys(struct ledger_tx *tx, const struct sql *sql, const struct db_val *params, size_t params_n, int64_t **out, size_t *n,
			    struct err *e)
{
	int64_t *v = *out;
	enum err_code rc = db_query(tx->db, sql, params, params_n, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		int64_t key = db_int(tx->db, 0);
		bool known = false;
		for (size_t i = 0; i < *n && !known; i++)
			known = v[i] == key;
		if (known)
			continue;
		v = arena_grown(tx->arena, v, *n, sizeof *v);
		v[(*n)++] = key;
	}
	*out = v;
	return db_stop(tx->db, e);
}

/* ---- hours ---------------------------------------------------------------------------------------------------------------- */

int64_t transfer_param(const struct protocol *p, const char *name, int64_t otherwise)
{
	const struct protocol_param *found = p ? protocol_param_find(p, str_of(name)) : NULL;
	return found && found->kind == PARAM_NUMBER && found->number >= 0 && found->number <= INT32_MAX ? (int64_t)found->number : otherwise;
}

/* "02-05" of the edition; ours where it is silent. */
struct run_hours transfer_hours(const struct protocol *p)
{
	struct run_hours h = {TRANSFER_NIGHT_FROM * 60, TRANSFER_NIGHT_TO * 60,
			      transfer_param(p, "transport.drive_max_min", TRANSFER_DRIVE_MAX_MIN),
			      transfer_param(p, "transport.rest_min", TRANSFER_REST_MIN)};
	const struct protocol_param *night = p ? protocol_param_find(p, STR("transport.coach_forbidden_hours")) : NULL;
	if (!night || night->kind != PARAM_TEXT || night->text.n != 5 || night->text.p[2] != '-')
		return h;
	const char *t = night->text.p;
	int64_t from = (t[0] - '0') * 10 + t[1] - '0', to = (t[3] - '0') * 10 + t[4] - '0';
	if (from >= 0 && from < 24 && to >= 0 && to < 24) {
		h.night_from = from * 60;
		h.night_to = to * 60;
	}
	return h;
}

bool transfer_dark(int64_t at, int64_t from_min, int64_t to_min)
{
	int64_t minute = (at - day_start(day_of(at))) / MS_PER_MINUTE;
	return from_min <= to_min ? minute >= from_min && minute < to_min : minute >= from_min || minute < to_min;
}

bool transfer_touches_dark(int64_t from, int64_t until, int64_t from_min, int64_t to_min)
{
	if (from_min == to_min)
		return false;
	if (transfer_dark(from, from_min, to_min))
		return true;
	int64_t begins = day_start(day_of(from)) + from_min * MS_PER_MINUTE;
	if (begins < from)
		begins = day_start(day_of(from) + 1) + from_min * MS_PER_MINUTE;
	return begins < until;
}

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

enum err_code transfer_run_read(struct ledger_tx *tx, int64_t run, struct run_row *out, bool *there, struct err *e)
{
	struct db *db = tx->db;
	struct run_row r = {.key = run, .kind = -1, .class = -1, .plan_fact = ID_NONE, .first_fact = ID_NONE, .edition = STR("")};
	enum err_code rc = db_query(db, &SQL_transfer_run_get, PARAMS(V_INT(tx->county), V_INT(run)), e);
	if (rc != OK)
		return rc;
	*there = db_next(db);
	if (*there)
		r = (struct run_row){.key = run, .vehicle = db_int(db, 0), .plan_fact = db_id(db, 1), .depart_at = db_int(db, 2),
				     .arrive_at = db_int(db, 3), .drive_min = db_int(db, 4), .kind = db_int(db, 5), .site = db_int(db, 6),
				     .told_departed_at = db_int(db, 7), .night_from = db_int(db, 8), .night_to = db_int(db, 9),
				     .drive_max = db_int(db, 10), .rest_min = db_int(db, 11), .first_at = db_int(db, 12),
				     .first_fact = db_id(db, 13), .end_at = db_int(db, 14), .exposed = db_int(db, 15), .area = db_int(db, 16),
				     .outbreak = db_int(db, 17), .edition = arena_str(tx->arena, db_text(db, 18)), .class = db_int(db, 19),
				     .boarded_n = db_int(db, 20), .aboard_n = db_int(db, 21), .refused_n = db_int(db, 22),
				     .departed_at = db_int(db, 23), .broken = db_int(db, 24)};
	rc = db_stop(db, e);
	if (rc == OK)
		*out = r;
	return rc;
}

static enum err_code write_run(struct ledger_tx *tx, const struct run_row *r, struct err *e)
{
	return db_run(tx->db, &SQL_transfer_run_put,
		      PARAMS(V_INT(tx->county), V_INT(r->key), V_INT(r->vehicle), V_ID(&r->plan_fact), V_INT(r->depart_at), V_INT(r->arrive_at),
			     V_INT(r->drive_min), V_INT(r->kind), V_INT(r->site), V_INT(r->told_departed_at), V_INT(r->night_from),
			     V_INT(r->night_to), V_INT(r->drive_max), V_INT(r->rest_min), V_INT(r->first_at), V_ID(&r->first_fact),
			     V_INT(r->end_at), V_INT(r->exposed), V_INT(r->area), V_INT(r->outbreak), V_TEXT(r->edition), V_INT(r->class),
			     V_INT(r->boarded_n), V_INT(r->aboard_n), V_INT(r->refused_n), V_INT(r->departed_at), V_INT(r->broken)),
		      e);
}

enum err_code transfer_vehicle_read(struct ledger_tx *tx, int64_t vehicle, struct vehicle_row *out, struct err *e)
{
	struct vehicle_row v = {.kind = -1};
	enum err_code rc = db_query(tx->db, &SQL_transfer_vehicle_get, PARAMS(V_INT(tx->county), V_INT(vehicle)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		v = (struct vehicle_row){true, db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2), db_int(tx->db, 3), db_int(tx->db, 4)};
	rc = db_stop(tx->db, e);
	if (rc == OK)
		*out = v;
	return rc;
}

enum err_code transfer_exceptions_read(struct ledger_tx *tx, int64_t run, int64_t signed_at[3], struct err *e)
{
	for (int i = 0; i < 3; i++)
		signed_at[i] = INT64_MAX;
	enum err_code rc = db_query(tx->db, &SQL_transfer_exceptions_of, PARAMS(V_INT(tx->county), V_INT(run)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) /* rules are kept as enum transfer_rule */
		if (db_int(tx->db, 0) >= RULE_NIGHT && db_int(tx->db, 0) <= RULE_DISTANCE)
			signed_at[db_int(tx->db, 0) - RULE_NIGHT] = db_int(tx->db, 1);
	return db_stop(tx->db, e);
}

static enum err_code read_rides(struct ledger_tx *tx, int64_t run, struct ride **out, size_t *n, struct err *e)
{
	struct db *db = tx->db;
	struct ride *v = NULL;
	*n = 0;
	enum err_code rc = db_query(db, &SQL_transfer_run_rides, PARAMS(V_INT(tx->county), V_INT(run)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(tx->arena, v, *n, sizeof *v);
		v[(*n)++] = (struct ride){.person = db_int(db, 0), .boarded_at = db_int(db, 1), .fact = db_id(db, 2), .transfer = db_int(db, 3),
					  .run = run, .class = db_int(db, 4), .emergency = db_int(db, 5), .until_at = db_int(db, 6),
					  .claim = db_int(db, 7), .verdict = db_int(db, 8), .broke = db_int(db, 9), .area = db_int(db, 10),
					  .outbreak = db_int(db, 11)};
	}
	*out = v;
	return db_stop(db, e);
}

/* ---- judged: beside the vehicle and the crew ------------------------------------------------------------------------------------ */

enum err_code transfer_is_clean(struct ledger_tx *tx, int64_t vehicle, int64_t at, struct id first_fact, bool *clean, struct err *e)
{
	int64_t ended = 0, n = 0;
	*clean = true;
	enum err_code rc = db_query(tx->db, &SQL_transfer_run_before, PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(at), V_ID(&first_fact)), e);
	if (rc != OK)
		return rc;
	bool there = db_next(tx->db);
	ended = there ? db_int(tx->db, 0) : 0;
	rc = db_stop(tx->db, e);
	if (rc != OK || !there)
		return rc;
	*clean = false;
	if (ended == 0 || ended > at) /* somebody rides in it */
		return OK;
	rc = db_one(tx->db, &SQL_transfer_disinfected_between, PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(ended), V_INT(at)), 0, &n, e);
	*clean = n > 0;
	return rc;
}

static int64_t aboard_at(const struct ride *v, size_t n, int64_t at)
{
	int64_t aboard = 0;
	for (size_t i = 0; i < n; i++)
		aboard += v[i].verdict == RULE_NONE && (v[i].until_at == 0 || v[i].until_at > at);
	return aboard;
}

/* Which rides count, in the order in which people boarded. */
static enum err_code judge_rides(struct ledger_tx *tx, struct run_row *r, const struct vehicle_row *v, struct ride *ride, size_t n, bool *emergency,
				 struct err *e)
{
	bool clean = true;
	enum err_code rc = OK;
	if (r->vehicle > 0 && r->first_at > 0)
		rc = transfer_is_clean(tx, r->vehicle, r->first_at, r->first_fact, &clean, e);
	r->class = -1;
	r->boarded_n = r->aboard_n = r->refused_n = r->broken = 0;
	*emergency = false;
	for (size_t i = 0; rc == OK && i < n; i++) {
		int64_t rule = ride[i].claim, before = ride[i].verdict, broke = ride[i].broke;
		if (rule == RULE_NONE && !clean)
			rule = RULE_NOT_CLEAN;
		else if (rule == RULE_NONE && r->class >= 0 && r->class != ride[i].class)
			rule = RULE_CLASS;
		else if (rule == RULE_NONE && v->registered && aboard_at(ride, i, ride[i].boarded_at) >= v->usable)
			rule = RULE_SEATS;
		bool counts = rule == RULE_NONE || (ride[i].emergency == 1 && rule != RULE_ELSEWHERE);
		ride[i].verdict = counts ? RULE_NONE : rule;
		ride[i].broke = counts ? rule : RULE_NONE;
		if (counts) {
			r->class = r->class < 0 ? ride[i].class : r->class;
			r->boarded_n++;
			r->aboard_n += ride[i].until_at == 0;
			*emergency |= ride[i].emergency == 1;
		} else {
			r->refused_n++;
			r->broken |= INT64_C(1) << rule;
		}
		if (before != ride[i].verdict || broke != ride[i].broke)
			rc = db_run(tx->db, &SQL_transfer_ride_judge,
				    PARAMS(V_INT(tx->county), V_INT(ride[i].person), V_INT(ride[i].boarded_at), V_ID(&ride[i].fact),
					   V_INT(ride[i].verdict), V_INT(ride[i].broke)),
				    e);
	}
	return rc;
}

struct shift { /* of one crew member */
	int64_t member, ended, wheel;
};

/* Does any member of the crew drive too long, or in two runs at once? Ordered by member and departure; this run is the last of each. */
static enum err_code judge_crew(struct ledger_tx *tx, const struct run_row *r, bool *broken, struct err *e)
{
	struct db *db = tx->db;
	struct shift s = {0};
	*broken = false;
	enum err_code rc = db_query(db, &SQL_transfer_crew_runs,
				    PARAMS(V_INT(tx->county), V_INT(r->key), V_ID(&r->plan_fact), V_INT(r->told_departed_at - CREW_LOOK_MS),
					   V_INT(r->told_departed_at)),
				    e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		int64_t key = db_int(db, 0), departed = db_int(db, 1), end = db_int(db, 2), drive = db_int(db, 3);
		if (db_int(db, 4) != s.member)
			s = (struct shift){.member = db_int(db, 4), .ended = INT64_MIN / 2};
		if (end > departed)
			drive = (end - departed) / MS_PER_MINUTE;
		bool overlaps = departed < s.ended;
		s.wheel = departed - s.ended >= r->rest_min * MS_PER_MINUTE ? drive : s.wheel + drive;
		s.ended = end > departed ? end : departed + drive * MS_PER_MINUTE;
		if (key == r->key && (overlaps || s.wheel > r->drive_max))
			*broken = true;
	}
	return db_stop(db, e);
}

static enum err_code judge_departure(struct ledger_tx *tx, struct run_row *r, const struct vehicle_row *v, bool emergency, struct err *e)
{
	int64_t signed_at[3];
	bool tired = false;
	r->departed_at = r->told_departed_at;
	if (r->told_departed_at == 0 || emergency)
		return OK;
	enum err_code rc = transfer_exceptions_read(tx, r->key, signed_at, e);
	if (rc == OK && !id_is_none(r->plan_fact))
		rc = judge_crew(tx, r, &tired, e);
	if (rc != OK)
		return rc;
	int64_t until = r->end_at > r->told_departed_at ? r->end_at : r->told_departed_at + 1;
	if (v->kind == VEHICLE_COACH && signed_at[0] > r->told_departed_at &&
	    transfer_touches_dark(r->told_departed_at, until, r->night_from, r->night_to)) {
		r->broken |= INT64_C(1) << RULE_NIGHT;
		if (transfer_dark(r->told_departed_at, r->night_from, r->night_to))
			r->departed_at = 0;
	}
	if (tired && signed_at[1] > r->told_departed_at) {
		r->broken |= INT64_C(1) << RULE_CREW;
		r->departed_at = 0;
	}
	return OK;
}

static struct str clause_of(struct ledger_tx *tx, struct str edition, const char *rule)
{
	return edition.n > 0 ? arena_printf(tx->arena, "%.*s %s", STR_ARG(edition), rule) : str_of(rule);
}

static enum err_code run_duties(struct ledger_tx *tx, const struct run_row *r, const struct vehicle_row *v, struct err *e)
{
	int64_t from = r->first_at > 0 ? r->first_at : r->told_departed_at, cleaned = 0, outbreak = tx->outbreak;
	enum err_code rc = OK;
	tx->outbreak = r->outbreak;
	if (r->broken > 0)
		rc = duty_set(tx, &(struct duty){.kind = "transfer.conflict", .subject = r->key, .state = DUTY_OPEN, .area = r->area, .from_at = from,
						 .due_at = from + TRANSFER_CONFLICT_MS,
						 .clause = clause_of(tx, r->edition, "one class, one seat, clean, rested")},
			      e);
	else
		rc = duty_unset(tx, "transfer.conflict", r->key, 0, e);
	if (rc == OK && r->vehicle > 0 && r->exposed && r->end_at > 0) {
		rc = db_one(tx->db, &SQL_transfer_disinfected_after, PARAMS(V_INT(tx->county), V_INT(r->vehicle), V_INT(r->end_at)), 0, &cleaned, e);
		if (rc == OK)
			rc = duty_set(tx, &(struct duty){.kind = "transfer.disinfect", .subject = r->vehicle, .part = r->key,
							 .state = cleaned > 0 ? DUTY_DONE : DUTY_OPEN, .area = v->registered ? v->area : r->area,
							 .from_at = r->end_at, .due_at = r->end_at + TRANSFER_DISINFECT_MS, .done_at = cleaned,
							 .clause = clause_of(tx, r->edition, "disinfection of vehicles")},
				      e);
	} else if (rc == OK && r->vehicle > 0) {
		rc = duty_unset(tx, "transfer.disinfect", r->vehicle, r->key, e);
	}
	tx->outbreak = outbreak;
	return rc;
}

static enum err_code judge(struct ledger_tx *tx, int64_t run, struct err *e)
{
	struct run_row r;
	struct vehicle_row v = {.kind = -1};
	struct ride *ride = NULL;
	size_t n = 0, transfers_n = 0;
	int64_t *transfers = NULL;
	bool there, emergency = false;
	enum err_code rc = transfer_run_read(tx, run, &r, &there, e);
	if (rc != OK || !there)
		return rc;
	if (r.vehicle > 0)
		rc = transfer_vehicle_read(tx, r.vehicle, &v, e);
	if (rc == OK)
		rc = read_rides(tx, run, &ride, &n, e);
	if (rc == OK)
		rc = judge_rides(tx, &r, &v, ride, n, &emergency, e);
	if (rc == OK)
		rc = judge_departure(tx, &r, &v, emergency, e);
	if (rc == OK)
		rc = write_run(tx, &r, e);
	if (rc == OK)
		rc = run_duties(tx, &r, &v, e);
	if (rc == OK)
		rc = transfer_keys(tx, &SQL_transfer_run_transfers, PARAMS(V_INT(tx->county), V_INT(run)), &transfers, &transfers_n, e);
	for (size_t i = 0; rc == OK && i < transfers_n; i++)
		rc = transfer_derive(tx, transfers[i], e);
	return rc;
}

static enum err_code judge_all(struct ledger_tx *tx, const int64_t *runs, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = judge(tx, runs[i], e);
	return rc;
}

/* ---- raw ---------------------------------------------------------------------------------------------------------------------------- */

static enum err_code fold_reports(struct ledger_tx *tx, struct run_row *r, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_transfer_run_events, PARAMS(V_INT(tx->county), V_INT(r->key)), e);
	if (rc != OK)
		return rc;
	for (bool first = true; db_next(db); first = false) {
		if (first) {
			r->area = db_int(db, 14);
			r->outbreak = db_int(db, 15);
			r->edition = arena_str(tx->arena, db_text(db, 16));
		}
		switch ((enum run_what)db_int(db, 2)) {
		case RUN_PLANNED: /* the newest counts */
			r->plan_fact = db_id(db, 1);
			r->vehicle = db_int(db, 3);
			r->depart_at = db_int(db, 4);
			r->arrive_at = db_int(db, 5);
			r->drive_min = db_int(db, 6);
			r->kind = db_int(db, 7);
			r->site = db_int(db, 8);
			break;
		case RUN_DEPARTED: /* the first counts */
			if (r->told_departed_at > 0)
				break;
			r->told_departed_at = db_int(db, 0);
			r->night_from = db_int(db, 10);
			r->night_to = db_int(db, 11);
			r->drive_max = db_int(db, 12);
			r->rest_min = db_int(db, 13);
			break;
		case RUN_EXCEPTION:
			break;
		}
	}
	return db_stop(db, e);
}

static void fold_rides(struct run_row *r, const struct ride *v, size_t n)
{
	bool riding = false;
	for (size_t i = 0; i < n; i++) {
		if (r->area == 0) { /* nobody planned it: it stands where people boarded */
			r->area = v[i].area;
			r->outbreak = v[i].outbreak;
		}
		if (v[i].claim != RULE_NONE)
			continue;
		if (r->first_at == 0) {
			r->first_at = v[i].boarded_at;
			r->first_fact = v[i].fact;
		}
		riding |= v[i].until_at == 0;
		r->end_at = v[i].until_at > r->end_at ? v[i].until_at : r->end_at;
		r->exposed |= v[i].class != RIDES_UNEXPOSED;
	}
	if (riding)
		r->end_at = 0;
}

static bool same_raw(const struct run_row *a, const struct run_row *b)
{
	return a->vehicle == b->vehicle && id_eq(a->plan_fact, b->plan_fact) && a->told_departed_at == b->told_departed_at &&
	       a->drive_min == b->drive_min && a->first_at == b->first_at && id_eq(a->first_fact, b->first_fact) && a->end_at == b->end_at &&
	       a->exposed == b->exposed;
}

/* Runs that see this one, as it was or as it is: later ones of its vehicle, later ones of its crew. */
static enum err_code who_sees(struct ledger_tx *tx, const struct run_row *r, int64_t **runs, size_t *n, struct err *e)
{
	enum err_code rc = OK;
	if (r->vehicle > 0 && r->first_at > 0)
		rc = transfer_keys(tx, &SQL_transfer_runs_after, PARAMS(V_INT(tx->county), V_INT(r->vehicle), V_INT(r->first_at)), runs, n, e);
	if (rc == OK && r->told_departed_at > 0 && !id_is_none(r->plan_fact))
		rc = transfer_keys(tx, &SQL_transfer_crew_runs,
				   PARAMS(V_INT(tx->county), V_INT(r->key), V_ID(&r->plan_fact), V_INT(r->told_departed_at),
					  V_INT(r->told_departed_at + CREW_LOOK_MS)),
				   runs, n, e);
	return rc;
}

enum err_code transfer_run_derive(struct ledger_tx *tx, int64_t run, struct err *e)
{
	struct run_row old, r = {.key = run, .kind = -1, .class = -1, .plan_fact = ID_NONE, .first_fact = ID_NONE, .edition = STR("")};
	struct ride *ride = NULL;
	size_t n = 0, seen_n = 0;
	int64_t *seen = arena_grown(tx->arena, NULL, 0, sizeof *seen);
	bool there;
	seen[seen_n++] = run;
	enum err_code rc = transfer_run_read(tx, run, &old, &there, e);
	if (rc == OK)
		rc = fold_reports(tx, &r, e);
	if (rc == OK)
		rc = read_rides(tx, run, &ride, &n, e);
	if (rc != OK)
		return rc;
	fold_rides(&r, ride, n);
	bool same = there && same_raw(&old, &r);
	if (!same && there)
		rc = who_sees(tx, &old, &seen, &seen_n, e);
	if (rc == OK && there && old.vehicle > 0 && old.vehicle != r.vehicle)
		rc = duty_unset(tx, "transfer.disinfect", old.vehicle, run, e);
	r.class = old.class;
	r.boarded_n = old.boarded_n;
	r.aboard_n = old.aboard_n;
	r.refused_n = old.refused_n;
	r.departed_at = old.departed_at;
	r.broken = old.broken;
	if (rc == OK)
		rc = write_run(tx, &r, e);
	if (rc == OK && !same)
		rc = who_sees(tx, &r, &seen, &seen_n, e);
	return rc == OK ? judge_all(tx, seen, seen_n, e) : rc;
}

enum err_code transfer_vehicle_derive(struct ledger_tx *tx, int64_t vehicle, int64_t at, struct err *e)
{
	int64_t *runs = NULL;
	size_t n = 0;
	const struct sql *sql = at == 0 ? &SQL_transfer_runs_after : &SQL_transfer_runs_cleaned;
	enum err_code rc = transfer_keys(tx, sql, PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(at)), &runs, &n, e);
	return rc == OK ? judge_all(tx, runs, n, e) : rc;
}

/* ---- persons ------------------------------------------------------------------------------------------------------------------------ */

static void fold_person(struct ledger_tx *tx, struct ride **out, size_t *n)
{
	struct db *db = tx->db;
	struct ride *v = NULL;
	size_t now = SIZE_MAX; /* the ride that lasts */
	*n = 0;
	while (db_next(db)) {
		int64_t at = db_int(db, 0), what = db_int(db, 2), transfer = db_int(db, 3), run = db_int(db, 4);
		if (what != WHAT_BOARDED) {
			if (now != SIZE_MAX)
				v[now].until_at = at;
			now = SIZE_MAX;
			continue;
		}
		/* the same boarding reported by two devices is one ride */
		if (now != SIZE_MAX && v[now].run == run && v[now].transfer == transfer)
			continue;
		v = arena_grown(tx->arena, v, *n, sizeof *v);
		v[*n] = (struct ride){.boarded_at = at, .fact = db_id(db, 1), .transfer = transfer, .run = run, .class = db_int(db, 5),
				      .emergency = db_int(db, 6) == 1, .area = db_int(db, 7), .outbreak = db_int(db, 8)};
		if (now == SIZE_MAX) {
			now = (*n)++;
		} else {
			v[*n].claim = RULE_ELSEWHERE;
			v[(*n)++].until_at = at;
		}
	}
	*out = v;
}

static bool same_ride(const struct ride *a, const struct ride *b)
{
	return a->boarded_at == b->boarded_at && id_eq(a->fact, b->fact) && a->transfer == b->transfer && a->run == b->run &&
	       a->class == b->class && a->emergency == b->emergency && a->until_at == b->until_at && a->claim == b->claim;
}

static void note_run(struct ledger_tx *tx, int64_t run, int64_t **runs, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if ((*runs)[i] == run)
			return;
	*runs = arena_grown(tx->arena, *runs, *n, sizeof **runs);
	(*runs)[(*n)++] = run;
}

enum err_code transfer_person_derive(struct ledger_tx *tx, int64_t record, struct err *e)
{
	struct db *db = tx->db;
	int64_t person = record; /* the record that merges keep: rides stand under it */
	struct ride *old = NULL, *v = NULL;
	size_t old_n = 0, n = 0, runs_n = 0, transfers_n = 0;
	int64_t *runs = NULL, *transfers = NULL;
	enum err_code rc = db_one(db, &SQL_transfer_canon, PARAMS(V_INT(tx->county), V_INT(record)), record, &person, e);
	if (rc == OK)
		rc = db_query(db, &SQL_transfer_rides_of, PARAMS(V_INT(tx->county), V_INT(record)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		old = arena_grown(tx->arena, old, old_n, sizeof *old);
		old[old_n++] = (struct ride){.boarded_at = db_int(db, 0), .fact = db_id(db, 1), .transfer = db_int(db, 2), .run = db_int(db, 3),
					     .class = db_int(db, 4), .emergency = db_int(db, 5), .until_at = db_int(db, 6), .claim = db_int(db, 7), .person = db_int(db, 8)};
	}
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_transfer_person_events, PARAMS(V_INT(tx->county), V_INT(record)), e);
	if (rc != OK)
		return rc;
	fold_person(tx, &v, &n);
	rc = db_stop(db, e);
	bool same = n == old_n;
	for (size_t i = 0; same && i < n; i++)
		same = old[i].person == person && same_ride(&v[i], &old[i]);
	if (rc != OK || same)
		return rc;
	for (size_t i = 0; rc == OK && i < old_n; i++)
		rc = db_run(db, &SQL_transfer_rides_drop, PARAMS(V_INT(tx->county), V_INT(old[i].person)), e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = db_run(db, &SQL_transfer_ride_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(v[i].boarded_at), V_ID(&v[i].fact), V_INT(v[i].transfer), V_INT(v[i].run),
				   V_INT(v[i].class), V_INT(v[i].emergency), V_INT(v[i].until_at), V_INT(v[i].claim), V_INT(v[i].area),
				   V_INT(v[i].outbreak)),
			    e);
	for (size_t i = 0; i < old_n; i++) {
		note_run(tx, old[i].run, &runs, &runs_n);
		note_run(tx, old[i].transfer, &transfers, &transfers_n);
	}
	for (size_t i = 0; i < n; i++)
		note_run(tx, v[i].run, &runs, &runs_n);
	for (size_t i = 0; rc == OK && i < runs_n; i++)
		rc = transfer_run_derive(tx, runs[i], e);
	for (size_t i = 0; rc == OK && i < transfers_n; i++) /* whose ride is gone from a run is not found there any more */
		rc = transfer_derive(tx, transfers[i], e);
	return rc;
}
