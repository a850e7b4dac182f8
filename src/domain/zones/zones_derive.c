/* SPDX-License-Identifier: Apache-2.0
 *
 * What follows from a zone: its rows, its duties and clocks, and whatever else looks at it.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

#define SERVICE_DAYS_MAX 120 /* days of door service written ahead; a longer zone is an error of its dates */

/* ---- small things of this domain ---------------------------------------------------------------------------------- */

struct str zones_clause(struct ledger_tx *tx, const struct protocol *p, const char *what, struct str which)
{
	return p ? arena_printf(tx->arena, "%.*s %s.%.*s", STR_ARG(p->id), what, STR_ARG(which)) : STR("");
}

void zones_owe(struct ledger_tx *tx, struct zones_owed *l, struct duty d)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->v[i].part == d.part && strcmp(l->v[i].kind, d.kind) == 0)
			return; /* the same day again, by another way */
	if (l->n == l->cap) {
		struct duty *more = ARENA_ARRAY(tx->arena, struct duty, l->cap ? l->cap * 2 : 32);
		if (l->n)
			memcpy(more, l->v, l->n * sizeof *more);
		l->v = more;
		l->cap = l->cap ? l->cap * 2 : 32;
	}
	l->v[l->n++] = d;
}

struct gone {
	const char *kind;
	int64_t part;
};

enum err_code zones_duties_write(struct ledger_tx *tx, int64_t subject, int64_t outbreak, const struct zones_owed *l, struct err *e)
{
	struct gone *gone = NULL;
	size_t gone_n = 0, cap = 0;
	enum err_code rc = db_query(tx->db, &SQL_zones_duties, PARAMS(V_INT(tx->county), V_INT(subject)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		struct str kind = db_text(tx->db, 0);
		int64_t part = db_int(tx->db, 1);
		bool stays = false;
		for (size_t i = 0; i < l->n && !stays; i++)
			stays = l->v[i].part == part && str_eq_c(kind, l->v[i].kind);
		if (stays)
			continue;
		if (gone_n == cap) {
			struct gone *more = ARENA_ARRAY(tx->arena, struct gone, cap ? cap * 2 : 32);
			if (gone_n)
				memcpy(more, gone, gone_n * sizeof *more);
			gone = more;
			cap = cap ? cap * 2 : 32;
		}
		gone[gone_n++] = (struct gone){duty_kind_of(kind)->name, part};
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < gone_n; i++)
		rc = duty_unset(tx, gone[i].kind, subject, gone[i].part, e);
	int64_t before = tx->outbreak;
	tx->outbreak = outbreak;
	for (size_t i = 0; rc == OK && i < l->n; i++)
		rc = duty_set(tx, &l->v[i], e);
	tx->outbreak = before;
	return rc;
}

static int64_t limit_ms(const struct protocol *p, const char *name)
{
	int32_t min = p ? protocol_limit_min(p, str_of(name)) : PROTOCOL_NO_LIMIT;
	return min == PROTOCOL_NO_LIMIT ? 0 : min * MS_PER_MINUTE;
}

/* ---- what it covers -------------------------------------------------------------------------------------------------- */

struct covered {
	int64_t key, area;
	struct str name, building;
	bool part; /* of another place */
};

static enum err_code put_cover(struct ledger_tx *tx, const struct zone_fold *z, int64_t unit_kind, const struct zone_unit *u, int64_t kind,
			       int64_t lo, int64_t hi, int64_t household, const struct covered *place, struct str building, struct str unit,
			       struct err *e)
{
	bool nested = false; /* a town and its village: nobody is counted twice */
	for (size_t i = 0; kind == UNIT_OF_AREA && i < z->unit_n; i++) {
		const struct zone_unit *other = &z->unit[i];
		nested |= other->kind == UNIT_OF_AREA && other->gone_at == 0 && other->lo <= lo && hi <= other->hi &&
			  (other->lo < lo || hi < other->hi);
	}
	return db_run(tx->db, &SQL_zones_cover_put,
		      PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(unit_kind), V_INT(u->lo), V_INT(u->key), V_INT(kind), V_INT(lo), V_INT(hi),
			     V_INT(household), V_INT(place ? place->key : 0), V_TEXT(building), V_TEXT(unit), V_INT(nested)),
		      e);
}

/* A place covers whoever lives in the building of its name; when it is part of a building, in the unit of its name. */
static enum err_code cover_place(struct ledger_tx *tx, const struct zone_fold *z, int64_t unit_kind, const struct zone_unit *u, int64_t place,
				 struct err *e)
{
	struct covered part[64];
	size_t n = 0;
	zones_watch(tx->county, place);
	enum err_code rc = db_query(tx->db, &SQL_zones_place_parts, PARAMS(V_INT(tx->county), V_INT(place)), e);
	if (rc != OK)
		return rc;
	while (n < ARRAY_N(part) && db_next(tx->db)) {
		int64_t parent = db_int(tx->db, 3);
		part[n] = (struct covered){.key = db_int(tx->db, 0), .area = db_int(tx->db, 1), .name = arena_str(tx->arena, db_text(tx->db, 2)),
					   .building = arena_str(tx->arena, db_text(tx->db, 4)), .part = parent > 0};
		zones_watch(tx->county, part[n++].key);
		if (parent > 0)
			zones_watch(tx->county, parent);
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		rc = put_cover(tx, z, unit_kind, u, UNIT_OF_PLACE, part[i].area, part[i].area, 0, &part[i], part[i].name, STR(""), e);
		if (rc == OK && part[i].part)
			rc = put_cover(tx, z, unit_kind, u, UNIT_OF_PLACE, part[i].area, part[i].area, 0, &part[i], part[i].building,
				       part[i].name, e);
	}
	if (rc == OK && n == 0) /* not registered so far */
		rc = put_cover(tx, z, unit_kind, u, UNIT_OF_PLACE, 0, 0, 0, &(struct covered){.key = place}, STR(""), STR(""), e);
	return rc;
}

#define SHAPE_UNIT 4 /* unit_kind of what lies inside the drawn shape */

static enum err_code cover_shape(struct ledger_tx *tx, const struct zone_fold *z, struct err *e)
{
	struct zones_shape s;
	struct zone_unit none = {0};
	zones_watch_shapes(tx->county);
	if (zones_shape_read(tx->arena, z->shape, &s, NULL) != OK) /* was checked when it was drawn */
		return OK;
	int64_t *inside = NULL;
	size_t n = 0, cap = 0;
	enum err_code rc = db_query(tx->db, &SQL_zones_places_mapped,
				    PARAMS(V_INT(tx->county), V_REAL(s.lon_lo), V_REAL(s.lon_hi), V_REAL(s.lat_lo), V_REAL(s.lat_hi)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		if (!zones_shape_holds(&s, db_real(tx->db, 1), db_real(tx->db, 2)))
			continue;
		if (n == cap) {
			int64_t *more = ARENA_ARRAY(tx->arena, int64_t, cap ? cap * 2 : 64);
			if (n)
				memcpy(more, inside, n * sizeof *more);
			inside = more;
			cap = cap ? cap * 2 : 64;
		}
		inside[n++] = db_int(tx->db, 0);
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = cover_place(tx, z, SHAPE_UNIT, &none, inside[i], e);
	return rc;
}

static enum err_code write_cover(struct ledger_tx *tx, const struct zone_fold *z, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_zones_cover_drop, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	for (size_t i = 0; rc == OK && i < z->unit_n; i++) {
		const struct zone_unit *u = &z->unit[i];
		if (u->gone_at > 0)
			continue;
		switch (u->kind) {
		case UNIT_OF_AREA:
			rc = put_cover(tx, z, u->kind, u, UNIT_OF_AREA, u->lo, u->hi, 0, NULL, STR(""), STR(""), e);
			break;
		case UNIT_OF_HOUSEHOLD:
			rc = put_cover(tx, z, u->kind, u, UNIT_OF_HOUSEHOLD, 0, 0, u->key, NULL, STR(""), STR(""), e);
			break;
		case UNIT_OF_PLACE:
			rc = cover_place(tx, z, u->kind, u, u->key, e);
			break;
		}
	}
	if (rc == OK && z->shape.n > 0)
		rc = cover_shape(tx, z, e);
	return rc;
}

/* ---- rows ---------------------------------------------------------------------------------------------------------------- */

static enum err_code write_units(struct ledger_tx *tx, const struct zone_fold *z, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_zones_units_drop, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	for (size_t i = 0; rc == OK && i < z->unit_n; i++) {
		const struct zone_unit *u = &z->unit[i];
		if (u->gone_at == 0)
			rc = db_run(tx->db, &SQL_zones_unit_put,
				    PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(u->kind), V_INT(u->lo), V_INT(u->hi), V_INT(u->key),
					   V_INT(u->since), V_INT(u->clock), V_INT(u->until_at)),
				    e);
	}
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_hits_drop, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	for (size_t i = 0; rc == OK && i < z->hit_n; i++) {
		const struct zone_hit *h = &z->hit[i];
		bool judged = false;
		for (size_t k = 0; k < z->event_n; k++)
			judged |= z->event[k].what == WHAT_JUDGED && z->event[k].case_key == h->case_key;
		rc = db_run(tx->db, &SQL_zones_hit_put,
			    PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(h->case_key), V_INT(h->at), V_INT(h->home), V_INT(h->scope),
				   V_INT(judged), V_INT(h->unit.kind), V_INT(h->unit.lo), V_INT(h->unit.key)),
			    e);
	}
	return rc;
}

/* The numbers of the rule as they hold for this zone now; all 0 when its class lapsed or is not known. */
struct terms {
	int64_t days_at, prolonged_at, earliest_at, coverage_at, within_ms, final_ms, contact_days, with_higher, keep_n, exits_free, levels, rank;
	enum protocol_programme programme;
	enum protocol_supply supply;
	struct str to;
};

static enum err_code find_terms(struct ledger_tx *tx, const struct zone_fold *z, struct terms *t, struct err *e)
{
	const struct protocol_zone *r = z->rules;
	*t = (struct terms){.rank = r ? r - z->protocol->zone : 99, .to = r && z->lapsed_at == 0 ? r->downgrade_to : STR("none")};
	t->prolonged_at = z->prolonged_at;
	for (size_t i = 0; i < z->unit_n; i++)
		if (z->unit[i].gone_at == 0 && z->unit[i].until_at > t->prolonged_at)
			t->prolonged_at = z->unit[i].until_at;
	if (r) {
		t->programme = r->programme;
		t->supply = r->supply;
		t->keep_n = r->keep_per_household.set ? r->keep_per_household.v : -1;
		t->exits_free = r->exits_free.v;
		t->levels = r->declared_by;
		t->with_higher = r->lift_with_higher.v;
	}
	if (z->declared_at == 0)
		return OK;
	t->days_at = zones_days_over(z);
	if (r && z->lapsed_at == 0) {
		bool stepped = z->by_downgrade && r->then_days.set;
		t->coverage_at = r->coverage_day.set && !stepped ? day_start(day_of(z->clock) + r->coverage_day.v) : 0;
		t->within_ms = r->cover_within_h.v * MS_PER_HOUR;
		t->final_ms = stepped ? 0 : r->final_round_h.v * MS_PER_HOUR;
		t->contact_days = r->contact_days.v;
	}
	if (t->with_higher && t->days_at == 0) {
		enum err_code rc = db_query(tx->db, &SQL_zones_higher,
					    PARAMS(V_INT(tx->county), V_INT(z->outbreak), V_INT(z->key), V_INT(t->rank)), e);
		if (rc != OK)
			return rc;
		if (db_next(tx->db) && db_int(tx->db, 0) == 0)
			t->days_at = db_int(tx->db, 1) > z->clock ? db_int(tx->db, 1) : z->clock;
		rc = db_stop(tx->db, e);
		if (rc != OK)
			return rc;
	}
	t->earliest_at = t->days_at > 0 && t->prolonged_at > t->days_at ? t->prolonged_at : t->days_at;
	return OK;
}

static enum err_code write_zone(struct ledger_tx *tx, const struct zone_fold *z, const struct terms *t, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_zones_drop, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	if (rc != OK || z->event_n == 0)
		return rc;
	return db_run(tx->db, &SQL_zones_put,
		      PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(z->outbreak), V_INT(z->area), V_TEXT(z->name), V_TEXT(z->class), V_TEXT(t->to),
			     V_INT(t->rank), V_TEXT(z->edition), V_INT(z->state), V_INT(t->programme), V_INT(t->supply), V_INT(z->level),
			     V_INT(z->proposed_at), V_INT(z->declared_at), V_INT(z->start_at), V_INT(z->published_at), V_INT(z->stepped_at),
			     V_INT(z->ended_at), V_INT(z->early), V_INT(z->by_downgrade), V_INT(z->clock), V_INT(t->days_at),
			     V_INT(t->prolonged_at), V_INT(t->earliest_at), V_INT(t->coverage_at), V_INT(t->within_ms), V_INT(t->final_ms),
			     V_INT(t->contact_days), V_INT(t->with_higher), V_INT(t->keep_n), V_INT(t->exits_free), V_INT(t->levels),
			     V_INT(z->conflict), V_TEXT(zones_clause(tx, z->protocol, "zones", z->class)), V_TEXT(z->notice)),
		      e);
}

/* ---- duties ------------------------------------------------------------------------------------------------------------------ */

/* Done when it was; what the end of the zone overtook is no longer called for. */
static void settle(const struct zone_fold *z, struct duty *d, int64_t done_at)
{
	d->area = z->area;
	d->done_at = done_at;
	d->state = done_at > 0 ? DUTY_DONE : z->ended_at > 0 ? DUTY_VOID : DUTY_OPEN;
}

static int64_t closed_at(const struct zone_fold *z, enum zones_roll roll, int64_t day)
{
	for (size_t i = 0; i < z->closing_n; i++)
		if (z->closing[i].roll == (int64_t)roll && z->closing[i].day == day)
			return z->closing[i].at;
	return 0;
}

/* First round that was signed as done at or after an instant. */
static int64_t round_closed(const struct zone_fold *z, int64_t since)
{
	for (size_t i = 0; i < z->closing_n; i++)
		if (z->closing[i].roll == ROLL_TESTS && z->closing[i].at >= since)
			return z->closing[i].at;
	return 0;
}

static void owe_day(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z, const char *kind, enum zones_roll roll, int32_t day,
		    const char *rule)
{
	struct duty d = {.kind = kind, .subject = z->key, .part = day, .from_at = day_start(day), .due_at = day_start(day + 1),
			 .clause = arena_printf(tx->arena, "%.*s zones.%.*s.%s", STR_ARG(z->edition), STR_ARG(z->class), rule)};
	if (z->ended_at > 0 && d.from_at >= z->ended_at)
		return;
	settle(z, &d, closed_at(z, roll, day));
	zones_owe(tx, l, d);
}

/* Test days and door service, from each start of the clock to the next one. */
static void owe_days(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z, const struct terms *t)
{
	for (size_t i = 0; i < z->reset_n; i++) {
		const struct protocol_zone *r = z->reset[i].rules;
		bool last = i + 1 == z->reset_n;
		int32_t first = day_of(z->reset[i].at), end = last ? t->earliest_at > 0 ? day_of(t->earliest_at) + 1 : first + 1
								     : day_of(z->reset[i + 1].at);
		for (size_t k = 0; r && k < r->test_n; k++)
			if (last || first + r->test[k].day.v < end)
				owe_day(tx, l, z, "zones.test", ROLL_TESTS, first + r->test[k].day.v, "tests");
		if (!last && end == first)
			end = first + 1;
		if (end > first + SERVICE_DAYS_MAX)
			end = first + SERVICE_DAYS_MAX;
		for (int32_t day = first; r && r->supply == SUPPLY_DOOR && day < end; day++)
			owe_day(tx, l, z, "zones.serve", ROLL_SERVICE, day, "supply");
	}
	if (t->coverage_at > 0)
		owe_day(tx, l, z, "zones.test", ROLL_TESTS, day_of(t->coverage_at), "coverage_day");
}

static void owe_judgements(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z)
{
	for (size_t i = 0; i < z->hit_n; i++) {
		struct duty d = {.kind = "zones.judge", .subject = z->key, .part = z->hit[i].case_key, .from_at = z->hit[i].at,
				 .due_at = z->hit[i].at + DUTY_DUE_DEFAULT_MS, .clause = zones_clause(tx, z->protocol, "zones", z->class)};
		int64_t judged = 0;
		for (size_t k = 0; k < z->event_n && judged == 0; k++)
			if (z->event[k].what == WHAT_JUDGED && z->event[k].case_key == z->hit[i].case_key)
				judged = z->event[k].at;
		settle(z, &d, judged);
		zones_owe(tx, l, d);
	}
}

static void owe_end(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z, const struct terms *t)
{
	struct str clause = zones_clause(tx, z->protocol, "zones", z->class);
	if (t->final_ms > 0 && t->earliest_at > 0) {
		struct duty d = {.kind = "zones.final_round", .subject = z->key, .from_at = t->earliest_at - t->final_ms,
				 .due_at = t->earliest_at, .clause = clause};
		settle(z, &d, round_closed(z, d.from_at));
		zones_owe(tx, l, d);
	}
	if (t->earliest_at > 0) {
		struct duty d = {.kind = "zones.step_down", .subject = z->key, .from_at = t->earliest_at, .due_at = t->earliest_at,
				 .clause = clause};
		settle(z, &d, z->ended_at >= t->earliest_at ? z->ended_at : 0);
		zones_owe(tx, l, d);
	}
}

static const char *first_round_limit(enum protocol_programme p)
{
	return p == PROGRAMME_STAY_HOME ? "first_round_sealed" : p == PROGRAMME_STAY_IN_ZONE ? "first_round_controlled" : NULL;
}

/* The first round of a zone that begins with restrictions: by the programme it began with. */
static enum err_code first_round(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z, struct err *e)
{
	static const char *const both[] = {"first_round_sealed", "first_round_controlled"};
	const struct protocol_zone *r = z->reset_n > 0 ? z->reset[0].rules : NULL;
	const char *limit = r && z->declared_at > 0 && z->stepped_at != z->start_at ? first_round_limit(r->programme) : NULL;
	int64_t ms = limit ? limit_ms(z->protocol, limit) : 0, done = ms > 0 ? round_closed(z, z->start_at) : 0;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(both); i++) {
		struct clock_span c = {.clock = both[i], .subject = z->key, .area = z->area, .start_at = z->start_at, .stop_at = done, .limit_ms = ms};
		if (ms > 0 && strcmp(both[i], limit) == 0 && (done > 0 || z->ended_at == 0))
			rc = clock_set(tx, &c, e);
		else
			rc = clock_unset(tx, both[i], z->key, e);
	}
	if (ms > 0) {
		struct duty d = {.kind = "zones.first_round", .subject = z->key, .from_at = z->start_at, .due_at = z->start_at + ms,
				 .clause = zones_clause(tx, z->protocol, "limits", str_of(limit))};
		settle(z, &d, done);
		zones_owe(tx, l, d);
	}
	return rc;
}

static void owe_conflicts(struct ledger_tx *tx, struct zones_owed *l, const struct zone_fold *z)
{
	int64_t from = z->declared_at > 0 ? z->declared_at : z->event[0].at;
	for (int i = 0; i < ZONE_CONFLICTS_N; i++)
		if (z->conflict & (1u << i))
			zones_owe(tx, l, (struct duty){.kind = "zones.conflict", .subject = z->key, .part = i + 1, .state = DUTY_OPEN, .area = z->area,
						       .from_at = from, .due_at = from + DUTY_DUE_DEFAULT_MS,
						       .clause = zones_clause(tx, z->protocol, "zones", z->class)});
}

static enum err_code write_duties(struct ledger_tx *tx, const struct zone_fold *z, const struct terms *t, struct err *e)
{
	struct zones_owed l = {0};
	int64_t decided = z->declared_at > 0 ? z->declared_at : z->ended_at, before = tx->outbreak;
	if (z->proposed_at > 0) {
		int64_t ms = limit_ms(z->protocol, "zone_publish");
		struct duty d = {.kind = "zones.decide", .subject = z->key, .from_at = z->proposed_at, .area = z->area,
				 .due_at = z->proposed_at + (ms ? ms : DUTY_DUE_DEFAULT_MS), .state = decided > 0 ? DUTY_DONE : DUTY_OPEN,
				 .done_at = decided, .clause = zones_clause(tx, z->protocol, "limits", STR("zone_publish"))};
		zones_owe(tx, &l, d);
	}
	if (z->declared_at > 0) {
		owe_days(tx, &l, z, t);
		owe_judgements(tx, &l, z);
		owe_end(tx, &l, z, t);
	}
	tx->outbreak = z->outbreak;
	enum err_code rc = first_round(tx, &l, z, e);
	tx->outbreak = before;
	if (z->event_n > 0)
		owe_conflicts(tx, &l, z);
	return rc == OK ? zones_duties_write(tx, z->key, z->outbreak, &l, e) : rc;
}

/* ---- all of it --------------------------------------------------------------------------------------------------------------- */

static enum err_code tell_cases(struct ledger_tx *tx, const int64_t *before, size_t before_n, const int64_t *after, size_t after_n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < before_n; i++)
		rc = zones_publish_derive(tx, before[i], e);
	for (size_t i = 0; rc == OK && i < after_n; i++) {
		bool told = false;
		for (size_t k = 0; k < before_n && !told; k++)
			told = before[k] == after[i];
		if (!told)
			rc = zones_publish_derive(tx, after[i], e);
	}
	return rc;
}

struct before { /* what the table said of the zone before it was derived */
	int64_t with_higher, outbreak;
};

static enum err_code read_before(struct ledger_tx *tx, int64_t zone, struct before *out, struct err *e)
{
	*out = (struct before){0};
	enum err_code rc = db_query(tx->db, &SQL_zones_before, PARAMS(V_INT(tx->county), V_INT(zone)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		*out = (struct before){db_int(tx->db, 0), db_int(tx->db, 1)};
	return db_stop(tx->db, e);
}

static enum err_code derive_one(struct ledger_tx *tx, int64_t zone, int64_t outbreak[2], struct err *e)
{
	struct zone_fold z;
	struct terms t;
	struct before was;
	const int64_t *before, *after;
	size_t before_n = 0, after_n = 0;
	enum err_code rc = zones_fold(tx, zone, &z, e);
	if (rc == OK)
		rc = read_before(tx, zone, &was, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_cases_of, zone, &before, &before_n, e);
	if (rc == OK)
		rc = write_cover(tx, &z, e);
	if (rc == OK)
		rc = zones_clock(tx, &z, e);
	if (rc == OK)
		rc = find_terms(tx, &z, &t, e);
	if (rc == OK)
		rc = write_units(tx, &z, e);
	if (rc == OK)
		rc = write_zone(tx, &z, &t, e);
	if (rc == OK)
		rc = zones_texts_write(tx, &z, t.earliest_at, e);
	if (rc == OK)
		rc = write_duties(tx, &z, &t, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_cases_of, zone, &after, &after_n, e);
	/* a notice about the rest of the county answers for no case, so there is nothing to tell */
	if (rc == OK && !(was.with_higher && t.with_higher))
		rc = tell_cases(tx, before, before_n, after, after_n, e);
	if (rc == OK)
		rc = zones_things_derive(tx, zone, e);
	if (rc != OK)
		return rc;
	outbreak[0] = z.outbreak;
	outbreak[1] = was.outbreak; /* another one when an earlier order turned up late */
	return OK;
}

enum err_code zones_derive(struct ledger_tx *tx, int64_t zone, struct err *e)
{
	int64_t outbreak[2], ignored[2];
	enum err_code rc = derive_one(tx, zone, outbreak, e);
	for (int o = 0; rc == OK && o < 2; o++) {
		const int64_t *lower;
		size_t n = 0;
		if (outbreak[o] == 0 || (o == 1 && outbreak[1] == outbreak[0]))
			continue;
		rc = ledger_keys(tx, &SQL_zones_with_higher, outbreak[o], &lower, &n, e);
		/* those that end with the last higher zone; they themselves are nobody's higher zone */
		for (size_t i = 0; rc == OK && i < n; i++)
			if (lower[i] != zone)
				rc = derive_one(tx, lower[i], ignored, e);
	}
	return rc;
}
