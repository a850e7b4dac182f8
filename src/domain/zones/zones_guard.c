/* SPDX-License-Identifier: Apache-2.0
 *
 * What the state of this moment forbids; asked only of facts that are entered as they happen (fact.h, guard).
 */
#include <stdio.h>

#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

struct present {
	bool known;
	int64_t key, state, programme, keep_n;
	uint32_t levels;
	struct str class, to, edition;
};

static enum err_code present_of(struct ledger_tx *tx, struct id zone, struct present *out, struct err *e)
{
	struct db *db = tx->db;
	struct present p = {.class = STR(""), .to = STR("none"), .edition = STR("")};
	enum err_code rc = ledger_key_known(tx, "zone", zone, &p.key, e);
	if (rc == OK)
		rc = db_query(db, &SQL_zones_get, PARAMS(V_INT(tx->county), V_INT(p.key)), e);
	if (rc != OK)
		return rc;
	if (db_next(db)) {
		p.known = true;
		p.state = db_int(db, 0);
		p.class = arena_str(tx->arena, db_text(db, 2));
		p.to = arena_str(tx->arena, db_text(db, 3));
		p.programme = db_int(db, 4);
		p.levels = (uint32_t)db_int(db, 5);
		p.keep_n = db_int(db, 8);
		p.edition = arena_str(tx->arena, db_text(db, 10));
	}
	*out = p;
	return db_stop(db, e);
}

static enum err_code in_force(struct ledger_tx *tx, struct id zone, struct present *p, struct err *e)
{
	enum err_code rc = present_of(tx, zone, p, e);
	if (rc == OK && p->state != ZONE_IN_FORCE)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/zone", "this zone is not in force%s",
			     p->state == ZONE_ENDED ? ": it has ended; declare a new one" : p->state == ZONE_PROPOSED ? ": it is only proposed" : "");
	return rc;
}

static enum err_code level_fits(const struct present *p, int64_t level, struct err *e)
{
	if (p->levels == 0 || (level >= 0 && level < LEVEL__N && (p->levels & (1u << level))))
		return OK;
	return err_set(e, ERR_NOT_ALLOWED, "/body/decided_by", "the command of this level does not decide about a zone of class %.*s",
		       STR_ARG(p->class));
}

enum err_code zones_guard_declared(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_declared *b = f->body;
	struct present p;
	enum err_code rc = present_of(tx, b->zone, &p, e);
	if (rc == OK && p.state >= ZONE_IN_FORCE)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/zone", p.state == ZONE_ENDED ? "a zone of this id has ended; a new one gets an id of its own"
										     : "this zone is in force already; change it");
	return rc;
}

enum err_code zones_guard_in_force(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct present p;
	const struct field *zone = fact_field(f->kind, STR("zone"));
	return in_force(tx, *field_id(zone, f->body), &p, e);
}

enum err_code zones_guard_decided(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct present p;
	enum err_code rc = in_force(tx, *field_id(fact_field(f->kind, STR("zone")), f->body), &p, e);
	return rc == OK ? level_fits(&p, *field_int(fact_field(f->kind, STR("decided_by")), f->body), e) : rc;
}

/* ---- stepping down ------------------------------------------------------------------------------------------------- */

/* Which of the lines of zones_q_unmet concern a part: the units that step down alone. */
struct wanted {
	const struct fact_list *areas, *places, *households;
	struct cover {
		int64_t area;
		struct str building, unit;
	} *cover;
	size_t cover_n;
	bool whole;
};

static bool in_part(const struct wanted *w, int64_t area, struct id household, struct str building, struct str unit)
{
	const int64_t *areas = w->areas->p;
	const struct id *households = w->households->p;
	for (size_t i = 0; i < w->areas->n; i++) {
		int64_t lo, hi;
		area_range(areas[i], &lo, &hi);
		if (area >= lo && area <= hi)
			return true;
	}
	for (size_t i = 0; i < w->households->n; i++)
		if (id_eq(households[i], household))
			return true;
	for (size_t i = 0; i < w->cover_n; i++)
		if (w->cover[i].area == area && w->cover[i].building.n > 0 && str_eq(w->cover[i].building, building) &&
		    (w->cover[i].unit.n == 0 || str_eq(w->cover[i].unit, unit)))
			return true;
	return false;
}

static enum err_code read_cover(struct ledger_tx *tx, int64_t zone, struct wanted *w, struct err *e)
{
	const struct id *places = w->places->p;
	enum err_code rc = OK;
	w->cover = ARENA_ARRAY(tx->arena, struct cover, w->places->n * 64 + 1);
	for (size_t i = 0; rc == OK && i < w->places->n; i++) {
		int64_t key;
		size_t most = (i + 1) * 64;
		rc = ledger_key_known(tx, "place", places[i], &key, e);
		if (rc == OK)
			rc = db_query(tx->db, &SQL_zones_cover_of_place, PARAMS(V_INT(tx->county), V_INT(zone), V_INT(key)), e);
		if (rc != OK)
			return rc;
		while (w->cover_n < most && db_next(tx->db))
			w->cover[w->cover_n++] = (struct cover){db_int(tx->db, 0), arena_str(tx->arena, db_text(tx->db, 1)),
								arena_str(tx->arena, db_text(tx->db, 2))};
		rc = db_stop(tx->db, e);
	}
	return rc;
}

/* The days of a part are those of its own units. */
static enum err_code part_days(struct ledger_tx *tx, int64_t zone, const struct wanted *w, int64_t *from, int64_t *clock, struct err *e)
{
	*from = *clock = 0;
	enum err_code rc = OK;
	const struct fact_list *lists[] = {w->areas, w->households, w->places};
	static const char *const kinds[] = {NULL, "household", "place"};
	for (int k = 0; k < 3; k++)
		for (size_t i = 0; rc == OK && i < lists[k]->n; i++) {
			int64_t key = 0, lo = 0, hi;
			if (k == 0)
				area_range(((const int64_t *)lists[k]->p)[i], &lo, &hi);
			else
				rc = ledger_key_known(tx, kinds[k], ((const struct id *)lists[k]->p)[i], &key, e);
			if (rc == OK)
				rc = db_query(tx->db, &SQL_zones_unit_earliest,
					      PARAMS(V_INT(tx->county), V_INT(zone), V_INT(k + 1), V_INT(lo), V_INT(key)), e);
			if (rc != OK)
				return rc;
			if (!db_next(tx->db)) {
				(void)db_stop(tx->db, NULL);
				return err_set(e, ERR_NOT_ALLOWED, "/body/zone", "one of these units does not belong to the zone");
			}
			*from = db_int(tx->db, 0) > *from ? db_int(tx->db, 0) : *from;
			*clock = db_int(tx->db, 1) > *clock ? db_int(tx->db, 1) : *clock;
			rc = db_stop(tx->db, e);
		}
	return rc;
}

struct lacking {
	int64_t n[LACKS_HIGHER_ZONE + 1];
};

static enum err_code count_lacking(struct ledger_tx *tx, const struct present *p, int64_t at, const struct wanted *w, struct lacking *out,
				   struct err *e)
{
	struct db *db = tx->db;
	int64_t from = 0, clock = 0, since = 0;
	*out = (struct lacking){0};
	enum err_code rc = w->whole ? OK : part_days(tx, p->key, w, &from, &clock, e);
	const struct protocol *edition = protocol_book_find(ledger_protocols(tx->l), p->edition);
	const struct protocol_zone *z = edition ? protocol_zone_find(edition, p->class) : NULL;
	if (clock > 0 && z && z->coverage_day.set) /* the day of the round is that of the part's own clock */
		since = day_start(day_of(clock) + z->coverage_day.v);
	if (rc == OK)
		rc = db_query(db, &SQL_zones_q_unmet,
			      PARAMS(V_INT(tx->county), V_INT(0), V_INT(INT64_C(999999999999)), V_INT(at), V_INT(QUERY_LIMIT_MAX), V_INT(0),
				     V_INT(p->key), V_INT(since)),
			      e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		int64_t condition = db_int(db, 1);
		bool person = db_column_type(db, 2) != DB_NULL;
		if (!w->whole && person && !in_part(w, db_int(db, 4), db_id(db, 3), db_text(db, 5), db_text(db, 6)))
			continue;
		if (!w->whole && !person && (condition == LACKS_DAYS || condition == LACKS_PROLONGED))
			continue;
		out->n[condition]++;
	}
	rc = db_stop(db, e);
	if (rc == OK && !w->whole && (from == 0 || at < from))
		out->n[LACKS_DAYS] = 1;
	return rc;
}

static enum err_code refuse_lacking(const struct lacking *l, struct err *e)
{
	static const char *const says[] = {"the days are not over",     "not negative since the day of the round", "not negative within the last hours",
					   "contacts still in their days", "it was prolonged",                       "a higher zone is in force"};
	char list[280] = "";
	size_t used = 0;
	for (int i = 0; i <= LACKS_HIGHER_ZONE && used + 60 < sizeof list; i++) {
		if (l->n[i] == 0)
			continue;
		if (i == LACKS_COVERAGE || i == LACKS_FINAL_ROUND || i == LACKS_CONTACT_DAYS)
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%lld %s", used ? "; " : "", (long long)l->n[i], says[i]);
		else
			used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", used ? "; " : "", says[i]);
	}
	return used ? err_set(e, ERR_NOT_ALLOWED, "/body/zone", "not yet met: %s (zones.unmet lists them)", list) : OK;
}

enum err_code zones_guard_stepped(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_stepped_down *b = f->body;
	struct wanted w = {.areas = &b->areas, .places = &b->places, .households = &b->households};
	struct present p;
	struct lacking l;
	enum err_code rc = in_force(tx, b->zone, &p, e);
	if (rc == OK)
		rc = level_fits(&p, b->decided_by, e);
	if (rc != OK || b->early == 1)
		return rc;
	if (!str_eq(b->to, p.to))
		return err_set(e, ERR_NOT_ALLOWED, "/body/to", "a zone of class %.*s steps down to %.*s; anything else is early and needs a reason",
			       STR_ARG(p.class), STR_ARG(p.to));
	w.whole = b->areas.n + b->places.n + b->households.n == 0;
	rc = read_cover(tx, p.key, &w, e);
	if (rc == OK)
		rc = count_lacking(tx, &p, f->at, &w, &l, e);
	return rc == OK ? refuse_lacking(&l, e) : rc;
}

enum err_code zones_guard_lifted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_zone_lifted *b = f->body;
	struct wanted w = {.whole = true};
	struct present p;
	struct lacking l;
	enum err_code rc = present_of(tx, b->zone, &p, e);
	if (rc != OK || p.state == ZONE_PROPOSED)
		return rc;
	rc = in_force(tx, b->zone, &p, e);
	if (rc == OK)
		rc = level_fits(&p, b->decided_by, e);
	if (rc != OK || b->early == 1)
		return rc;
	if (!str_eq_c(p.to, "none"))
		return err_set(e, ERR_NOT_ALLOWED, "/body/zone", "a zone of class %.*s steps down to %.*s first; lifting it now is early",
			       STR_ARG(p.class), STR_ARG(p.to));
	rc = count_lacking(tx, &p, f->at, &w, &l, e);
	return rc == OK ? refuse_lacking(&l, e) : rc;
}

/* ---- in the zone ------------------------------------------------------------------------------------------------------- */

enum err_code zones_guard_roll(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_roll_closed *b = f->body;
	struct present p;
	int64_t missing = 0, day = b->roll == ROLL_TESTS ? day_start((int32_t)b->day) : b->day;
	enum err_code rc = in_force(tx, b->zone, &p, e);
	if (rc != OK || b->reason.n > 0)
		return rc;
	const struct sql *sql = b->roll == ROLL_TESTS ? &SQL_zones_untested_n : &SQL_zones_unserved_n;
	rc = db_one(tx->db, sql,
		    PARAMS(V_INT(tx->county), V_INT(0), V_INT(INT64_C(999999999999)), V_INT(f->at), V_INT(QUERY_LIMIT_MAX), V_INT(0), V_INT(p.key),
			   V_INT(day)),
		    0, &missing, e);
	if (rc == OK && missing > 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/reason", "%lld are missing (%s lists them): say why", (long long)missing,
			     b->roll == ROLL_TESTS ? "zones.untested" : "zones.unserved");
	return rc;
}

enum err_code zones_guard_slot(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_slot_assigned *b = f->body;
	int64_t point, household, capacity = 0, slots_n = 0, taken = 0;
	enum err_code rc = ledger_key_known(tx, "point", b->point, &point, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "household", b->household, &household, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_point_get, PARAMS(V_INT(tx->county), V_INT(point)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		capacity = db_int(tx->db, 0);
		slots_n = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK && capacity == 0)
		return err_set(e, ERR_NOT_ALLOWED, "/body/point", "nobody opened this pick-up point");
	if (rc == OK && b->slot >= slots_n)
		return err_set(e, ERR_NOT_ALLOWED, "/body/slot", "the point has %lld slots a day", (long long)slots_n);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_zones_slot_taken,
			    PARAMS(V_INT(tx->county), V_INT(point), V_INT(b->day), V_INT(b->slot), V_INT(household)), 0, &taken, e);
	if (rc == OK && taken >= capacity)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/slot", "this slot is full: %lld households", (long long)capacity);
	return rc;
}

enum err_code zones_guard_moved_out(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_household_moved_out *b = f->body;
	struct present p;
	enum err_code rc = in_force(tx, b->zone, &p, e);
	if (rc == OK && p.keep_n < 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/zone", "from a zone of class %.*s nobody is moved out", STR_ARG(p.class));
	if (rc == OK && (int64_t)b->stay.n > p.keep_n)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/stay", "at most %lld of a household may stay", (long long)p.keep_n);
	return rc;
}

enum err_code zones_guard_barrier(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct zones_barrier_set *b = f->body;
	struct present p;
	enum err_code rc = in_force(tx, b->zone, &p, e);
	if (rc == OK && b->sealed == 1 && p.programme != PROGRAMME_STAY_HOME)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/sealed", "exits are sealed only in a zone whose people stay at home; this one is %.*s",
			     STR_ARG(p.class));
	return rc;
}
