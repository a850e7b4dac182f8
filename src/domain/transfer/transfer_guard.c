/* SPDX-License-Identifier: Apache-2.0
 *
 * What the state of this moment forbids, for facts entered as they happen. The folds keep the same rules for those that come late. A medical
 * emergency passes every rule but that nobody is in two places.
 */
#include <stdio.h>

#include "core/caltime.h"
#include "domain/transfer/transfer_fold.h"
#include "sql.gen.h"

#define AROUND_MS (48 * MS_PER_HOUR)

struct file_state {
	int64_t state, emergency, class, person, needs, run, kind, site;
};

static enum err_code read_file(struct ledger_tx *tx, struct id transfer, int64_t *key, struct file_state *out, struct err *e)
{
	struct file_state f = {.class = -1};
	*key = 0;
	enum err_code rc = ledger_key_known(tx, "transfer", transfer, key, e);
	if (rc != OK || *key == 0) {
		*out = f;
		return rc;
	}
	rc = db_query(tx->db, &SQL_transfer_file_get, PARAMS(V_INT(tx->county), V_INT(*key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		f = (struct file_state){db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2), db_int(tx->db, 3),
					db_int(tx->db, 4), db_int(tx->db, 5), db_int(tx->db, 6), db_int(tx->db, 7)};
	rc = db_stop(tx->db, e);
	*out = f;
	return rc;
}

static enum err_code no(struct err *e, const char *at, const char *rule)
{
	return err_set(e, ERR_NOT_ALLOWED, at, "%s", rule);
}

static enum err_code read_run(struct ledger_tx *tx, struct id id, struct run_row *r, struct vehicle_row *v, bool *there, struct err *e)
{
	int64_t key = 0;
	*there = false;
	*v = (struct vehicle_row){.kind = -1};
	*r = (struct run_row){.class = -1};
	enum err_code rc = ledger_key_known(tx, "run", id, &key, e);
	if (rc == OK && key > 0)
		rc = transfer_run_read(tx, key, r, there, e);
	if (rc == OK && r->vehicle > 0)
		rc = transfer_vehicle_read(tx, r->vehicle, v, e);
	return rc;
}

enum err_code transfer_guard_reviewed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_reviewed *b = f->body;
	struct file_state s;
	int64_t key;
	enum err_code rc = read_file(tx, b->transfer, &key, &s, e);
	if (rc == OK && b->accepted == 0 && s.emergency)
		return no(e, "/body/accepted", "this is a medical emergency: it is never refused");
	return rc;
}

/* ---- the crew's hours and the night -------------------------------------------------------------------------------------------- */

enum err_code transfer_wheel(struct ledger_tx *tx, const int64_t *members, size_t members_n, const struct run_row *r, int64_t rest_min,
			     int64_t *minutes, bool *overlap, struct err *e)
{
	struct db *db = tx->db;
	int64_t rest = rest_min * MS_PER_MINUTE, my_end = r->depart_at + r->drive_min * MS_PER_MINUTE;
	*minutes = r->drive_min;
	*overlap = false;
	for (size_t i = 0; i < members_n; i++) {
		int64_t wheel = 0, ended = INT64_MIN / 2;
		bool mine = false;
		enum err_code rc = db_query(db, &SQL_transfer_member_runs,
					    PARAMS(V_INT(tx->county), V_INT(members[i]), V_INT(r->depart_at - AROUND_MS),
						   V_INT(r->depart_at + AROUND_MS), V_INT(r->key)),
					    e);
		if (rc != OK)
			return rc;
		for (bool more = true; more;) {
			more = db_next(db);
			int64_t from = more ? db_int(db, 1) : INT64_MAX, drive = more ? db_int(db, 4) : 0;
			int64_t end = more && db_int(db, 2) > from ? db_int(db, 2) : more && db_int(db, 3) > from ? db_int(db, 3) : from;
			if (!mine && r->depart_at <= from) { /* this run comes between */
				mine = true;
				*overlap |= r->depart_at < ended || (more && from < my_end);
				wheel = r->depart_at - ended >= rest ? r->drive_min : wheel + r->drive_min;
				*minutes = wheel > *minutes ? wheel : *minutes;
				ended = my_end;
			}
			if (!more)
				break;
			wheel = from - ended >= rest ? drive : wheel + drive;
			ended = end;
		}
		rc = db_stop(db, e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

static enum err_code members_of(struct ledger_tx *tx, const struct fact_list *crew, int64_t **out, size_t *n, struct err *e)
{
	const struct id *ids = crew->p;
	int64_t *v = ARENA_ARRAY(tx->arena, int64_t, crew->n + 1);
	enum err_code rc = OK;
	*n = 0;
	for (size_t i = 0; rc == OK && i < crew->n; i++) {
		int64_t key = 0;
		rc = ledger_key_known(tx, "user", ids[i], &key, e);
		if (rc == OK && key > 0)
			v[(*n)++] = key;
	}
	*out = v;
	return rc;
}

static enum err_code exceptions_of(struct ledger_tx *tx, struct id run, int64_t signed_at[3], struct err *e)
{
	int64_t key = 0;
	for (int i = 0; i < 3; i++)
		signed_at[i] = INT64_MAX;
	enum err_code rc = ledger_key_known(tx, "run", run, &key, e);
	return rc == OK && key > 0 ? transfer_exceptions_read(tx, key, signed_at, e) : rc;
}

enum err_code transfer_guard_planned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_run_planned *b = f->body;
	struct run_hours h = transfer_hours(tx->protocol);
	struct vehicle_row v = {.kind = -1};
	struct run_row r = {.depart_at = b->depart_at, .drive_min = b->drive_min == ABSENT ? (b->arrive_at - b->depart_at) / MS_PER_MINUTE : b->drive_min};
	int64_t vehicle = 0, signed_at[3], *members, wheel = 0, far = transfer_param(tx->protocol, "transport.far_min", TRANSFER_FAR_MIN);
	size_t members_n = 0;
	bool overlap = false;
	enum err_code rc = ledger_key_known(tx, "vehicle", b->vehicle, &vehicle, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "run", b->run, &r.key, e);
	if (rc == OK && vehicle > 0)
		rc = transfer_vehicle_read(tx, vehicle, &v, e);
	if (rc == OK)
		rc = exceptions_of(tx, b->run, signed_at, e);
	if (rc == OK)
		rc = members_of(tx, &b->crew, &members, &members_n, e);
	if (rc != OK)
		return rc;
	if (!v.registered)
		return no(e, "/body/vehicle", "this vehicle is not registered: nobody knows its seats");
	if (v.kind == VEHICLE_COACH && signed_at[0] == INT64_MAX && transfer_touches_dark(b->depart_at, b->arrive_at, h.night_from, h.night_to))
		return err_set(e, ERR_NOT_ALLOWED, "/body/depart_at",
			       "no coach is on the road from %02lld:%02lld to %02lld:%02lld unless an officer signs the exception",
			       (long long)h.night_from / 60, (long long)h.night_from % 60, (long long)h.night_to / 60, (long long)h.night_to % 60);
	if (signed_at[2] == INT64_MAX && r.drive_min > far)
		return err_set(e, ERR_NOT_ALLOWED, "/body/drive_min", "a ride of more than %lld minutes is signed by an officer: is no nearer room free?",
			       (long long)far);
	rc = transfer_wheel(tx, members, members_n, &r, h.rest_min, &wheel, &overlap, e);
	if (rc == OK && overlap)
		return no(e, "/body/crew", "a member of the crew is on another run then");
	if (rc == OK && wheel > h.drive_max && signed_at[1] == INT64_MAX)
		return err_set(e, ERR_NOT_ALLOWED, "/body/crew", "the crew would drive %lld minutes without a rest; %lld are allowed", (long long)wheel,
			       (long long)h.drive_max);
	return rc;
}

enum err_code transfer_guard_departed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_departed *b = f->body;
	struct run_hours h = transfer_hours(tx->protocol);
	struct run_row r;
	struct vehicle_row v;
	int64_t signed_at[3], *members = NULL, wheel = 0, emergency = 0;
	size_t members_n = 0;
	bool there, overlap = false;
	enum err_code rc = read_run(tx, b->run, &r, &v, &there, e);
	if (rc == OK && there)
		rc = exceptions_of(tx, b->run, signed_at, e);
	if (rc != OK || !there)
		return rc;
	rc = db_one(tx->db, &SQL_transfer_run_emergency, PARAMS(V_INT(tx->county), V_INT(r.key)), 0, &emergency, e);
	if (rc != OK || emergency > 0)
		return rc;
	if (v.kind == VEHICLE_COACH && signed_at[0] > f->at && transfer_dark(f->at, h.night_from, h.night_to))
		return no(e, "/body/run", "no coach leaves in these hours of the night unless an officer signs the exception");
	rc = transfer_keys(tx, &SQL_transfer_crew_of, PARAMS(V_INT(tx->county), V_INT(r.key), V_ID(&r.plan_fact)), &members, &members_n, e);
	r.depart_at = f->at;
	if (rc == OK)
		rc = transfer_wheel(tx, members, members_n, &r, h.rest_min, &wheel, &overlap, e);
	if (rc == OK && signed_at[1] > f->at && wheel > h.drive_max)
		return err_set(e, ERR_NOT_ALLOWED, "/body/run", "the crew would drive %lld minutes without a rest; %lld are allowed", (long long)wheel,
			       (long long)h.drive_max);
	return rc;
}

/* ---- who rides with whom ------------------------------------------------------------------------------------------------------------ */

enum err_code transfer_guard_assigned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_assigned *b = f->body;
	struct file_state s;
	struct run_row r;
	struct vehicle_row v;
	int64_t key, load = 0, least = -1, most = -1;
	bool there;
	enum err_code rc = read_file(tx, b->transfer, &key, &s, e);
	if (rc == OK)
		rc = read_run(tx, b->run, &r, &v, &there, e);
	if (rc != OK)
		return rc;
	if (s.state == TRANSFER_UNKNOWN)
		return no(e, "/body/transfer", "nobody has asked for this transfer");
	if (s.state == TRANSFER_REFUSED || s.state == TRANSFER_CANCELLED || s.state >= TRANSFER_BOARDED)
		return no(e, "/body/transfer", "this transfer is refused, cancelled, or under way already");
	if (!there || id_is_none(r.plan_fact))
		return no(e, "/body/run", "this run is not planned");
	if (r.told_departed_at > 0)
		return no(e, "/body/run", "this run has left");
	if (s.emergency)
		return OK;
	rc = db_query(tx->db, &SQL_transfer_run_load, PARAMS(V_INT(tx->county), V_INT(r.key), V_INT(key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		load = db_int(tx->db, 0);
		least = db_int(tx->db, 1);
		most = db_int(tx->db, 2);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK && load > 0 && (least != s.class || most != s.class))
		return no(e, "/body/run", "people of another exposure class ride in this run");
	if (rc == OK && v.registered && load >= v.usable)
		return err_set(e, ERR_NOT_ALLOWED, "/body/run", "all %lld usable seats of this run are taken", (long long)v.usable);
	if (rc == OK && v.registered && (s.needs & NEED_STRETCHER) && !v.stretcher)
		return no(e, "/body/run", "this person needs a stretcher, and the vehicle has none");
	return rc;
}

enum err_code transfer_guard_boarded(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_boarded *b = f->body;
	struct run_row r;
	struct vehicle_row v;
	int64_t person = 0, riding = 0, first_at = 0;
	bool there, clean = true;
	enum err_code rc = read_run(tx, b->run, &r, &v, &there, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_transfer_riding, PARAMS(V_INT(tx->county), V_INT(person)), 0, &riding, e);
	if (rc != OK)
		return rc;
	if (riding > 0 && riding != r.key)
		return no(e, "/body/person", "this person rides in another vehicle and was not handed over there");
	if (b->emergency == 1 || !there || riding == r.key)
		return OK;
	if (r.class >= 0 && r.class != b->class)
		return no(e, "/body/run", "people of another exposure class ride in this run");
	if (v.registered && r.aboard_n >= v.usable)
		return err_set(e, ERR_NOT_ALLOWED, "/body/run", "all %lld usable seats of this run are taken", (long long)v.usable);
	first_at = r.first_at > 0 ? r.first_at : f->at;
	if (r.vehicle > 0)
		rc = transfer_is_clean(tx, r.vehicle, first_at, r.first_at > 0 ? r.first_fact : f->id, &clean, e);
	if (rc == OK && !clean)
		return no(e, "/body/run", "this vehicle was not disinfected since its last run");
	return rc;
}

enum err_code transfer_guard_handed_over(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_handed_over *b = f->body;
	int64_t person = 0, run = 0, riding = 0;
	enum err_code rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "run", b->run, &run, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_transfer_riding, PARAMS(V_INT(tx->county), V_INT(person)), 0, &riding, e);
	if (rc == OK && (riding == 0 || riding != run))
		return no(e, "/body/person", "this person does not ride in this run; record first that the person boarded");
	return rc;
}

enum err_code transfer_guard_disinfected(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct transfer_vehicle_disinfected *b = f->body;
	int64_t vehicle = 0, riders = 0;
	enum err_code rc = ledger_key_known(tx, "vehicle", b->vehicle, &vehicle, e);
	if (rc == OK && vehicle > 0)
		rc = db_one(tx->db, &SQL_transfer_vehicle_riders, PARAMS(V_INT(tx->county), V_INT(vehicle)), 0, &riders, e);
	if (rc == OK && riders > 0)
		return no(e, "/body/vehicle", "people ride in this vehicle; record first that they were handed over");
	return rc;
}
