/* SPDX-License-Identifier: Apache-2.0
 *
 * Pick-up points: a slot never holds more households than the point can serve. The newest assignment of a household for a day counts;
 * of those that name one slot the earliest fill it. Who finds it full has no slot, and somebody is told.
 */
#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

struct in_slot {
	int64_t household, counts, at, outbreak, area;
};

static enum err_code tell(struct ledger_tx *tx, const struct in_slot *h, int64_t day, bool counts, struct err *e)
{
	if (counts)
		return duty_unset(tx, "zones.assign_slot", h->household, day, e);
	struct duty d = {.kind = "zones.assign_slot", .subject = h->household, .part = day, .state = DUTY_OPEN, .area = h->area,
			 .from_at = h->at, .due_at = day_start((int32_t)day) > h->at ? day_start((int32_t)day) : h->at};
	int64_t before = tx->outbreak;
	tx->outbreak = h->outbreak;
	enum err_code rc = duty_set(tx, &d, e);
	tx->outbreak = before;
	return rc;
}

/* Who of a slot fits, counted anew. */
static enum err_code count_slot(struct ledger_tx *tx, int64_t point, int64_t day, int64_t slot, struct err *e)
{
	int64_t capacity = INT64_MAX, slots_n = INT64_MAX; /* a point that nobody described so far refuses nobody */
	enum err_code rc = db_query(tx->db, &SQL_zones_point_get, PARAMS(V_INT(tx->county), V_INT(point)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		capacity = db_int(tx->db, 0);
		slots_n = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	struct in_slot *in = NULL;
	size_t n = 0, cap = 0;
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_slot_members, PARAMS(V_INT(tx->county), V_INT(point), V_INT(day), V_INT(slot)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		if (n == cap) {
			struct in_slot *more = ARENA_ARRAY(tx->arena, struct in_slot, cap ? cap * 2 : 32);
			for (size_t i = 0; i < n; i++)
				more[i] = in[i];
			in = more;
			cap = cap ? cap * 2 : 32;
		}
		in[n++] = (struct in_slot){db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2), db_int(tx->db, 3), db_int(tx->db, 4)};
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		bool counts = slot < slots_n && (int64_t)i < capacity;
		if (counts != (in[i].counts == 1))
			rc = db_run(tx->db, &SQL_zones_slot_counts, PARAMS(V_INT(tx->county), V_INT(in[i].household), V_INT(day), V_INT(counts)), e);
		if (rc == OK && (!counts || in[i].counts != 1))
			rc = tell(tx, &in[i], day, counts, e);
	}
	return rc;
}

enum err_code zones_apply_slot(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_slot_assigned *b = f->body;
	int64_t point, household = 0, was_point = 0, was_slot = 0, new_point = 0, new_slot = 0, at = 0, outbreak = 0, area = 0;
	struct id fact = ID_NONE;
	enum err_code rc = ledger_key(tx, "point", b->point, &point, e);
	if (rc == OK)
		rc = ledger_key(tx, "household", b->household, &household, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_pickup_event_put,
			    PARAMS(V_INT(tx->county), V_INT(household), V_INT(b->day), V_INT(f->at), V_ID(&f->id), V_INT(point), V_INT(b->slot),
				   V_INT(tx->outbreak), V_INT(f->area)),
			    e);
	const struct db_val of[] = {V_INT(tx->county), V_INT(household), V_INT(b->day)};
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_slot_get, of, ARRAY_N(of), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		was_point = db_int(tx->db, 0);
		was_slot = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_pickup_newest, of, ARRAY_N(of), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		at = db_int(tx->db, 0);
		fact = db_id(tx->db, 1);
		new_point = db_int(tx->db, 2);
		new_slot = db_int(tx->db, 3);
		outbreak = db_int(tx->db, 4);
		area = db_int(tx->db, 5);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_slot_put,
			    PARAMS(V_INT(tx->county), V_INT(household), V_INT(b->day), V_INT(new_point), V_INT(new_slot), V_INT(at), V_ID(&fact),
				   V_INT(0), V_INT(outbreak), V_INT(area)),
			    e);
	if (rc == OK)
		rc = count_slot(tx, new_point, b->day, new_slot, e);
	if (rc == OK && was_point > 0 && (was_point != new_point || was_slot != new_slot))
		rc = count_slot(tx, was_point, b->day, was_slot, e);
	return rc;
}

enum err_code zones_apply_point(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_point_opened *b = f->body;
	int64_t point, zone;
	enum err_code rc = ledger_key(tx, "point", b->point, &point, e);
	if (rc == OK)
		rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_point_put,
			    PARAMS(V_INT(tx->county), V_INT(point), V_INT(zone), V_TEXT(b->name), V_INT(b->capacity), V_INT(b->slot_minutes),
				   V_INT(b->from_minute), V_INT((b->until_minute - b->from_minute) / b->slot_minutes), V_INT(f->area), V_INT(f->at),
				   V_ID(&f->id)),
			    e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_slots_of_point, PARAMS(V_INT(tx->county), V_INT(point)), e);
	if (rc != OK)
		return rc;
	struct day_slot {
		int64_t day, slot;
	} *v = NULL;
	size_t n = 0, cap = 0;
	while (db_next(tx->db)) {
		if (n == cap) {
			struct day_slot *more = ARENA_ARRAY(tx->arena, struct day_slot, cap ? cap * 2 : 64);
			for (size_t i = 0; i < n; i++)
				more[i] = v[i];
			v = more;
			cap = cap ? cap * 2 : 64;
		}
		v[n++] = (struct day_slot){db_int(tx->db, 0), db_int(tx->db, 1)};
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = count_slot(tx, point, v[i].day, v[i].slot, e);
	return rc;
}
