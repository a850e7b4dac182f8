/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/isolation/isolation_ask.h"

#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

const char *const isolation_reasons[] = {"with_household", "with_ward", "barrier_free", "family_room", "single", "shared_type", NULL};
enum reason { WITH_HOUSEHOLD, WITH_WARD, BARRIER_FREE, FAMILY_ROOM, SINGLE, OTHER_ROOM };

static struct ledger_tx reading(const struct query_ask *ask)
{
	return (struct ledger_tx){.db = ask->db, .arena = ask->arena, .county = ask->county};
}

/* ---- who was not seen ---------------------------------------------------------------------------------------------- */

struct site_key {
	int64_t key;
	struct id id;
};

static enum err_code read_sites(const struct query_ask *ask, int64_t only, struct site_key **out, size_t *n, struct err *e)
{
	struct site_key *v = NULL;
	size_t v_n = 0;
	enum err_code rc = db_query(ask->db, &SQL_isolation_ask_sites,
				    PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(only)), e);
	if (rc != OK)
		return rc;
	while (db_next(ask->db)) {
		v = arena_grown(ask->arena, v, v_n, sizeof *v);
		v[v_n++] = (struct site_key){db_int(ask->db, 0), db_id(ask->db, 1)};
	}
	*out = v;
	*n = v_n;
	return db_stop(ask->db, e);
}

/* Parameters: site, day (missing = today), half (missing = now). */
enum err_code isolation_ask_missing(const struct query_ask *ask, struct query_rows *rows, struct err *e)
{
	struct ledger_tx tx = reading(ask);
	struct site_key *sites;
	size_t sites_n = 0;
	int64_t half = isolation_half_of(ask->now_ms);
	if (ask->args[1].i > 0 && ask->args[1].i != half / 2) /* another day: its evening round unless said otherwise */
		half = 2 * ask->args[1].i + 1;
	if (ask->args[2].i >= 0)
		half = half - half % 2 + ask->args[2].i;
	enum err_code rc = read_sites(ask, ask->args[0].i, &sites, &sites_n, e);
	for (size_t i = 0; rc == OK && i < sites_n; i++) {
		const int64_t *persons;
		size_t n = 0;
		rc = isolation_round_missing(&tx, sites[i].key, half, ask->now_ms, &persons, &n, e);
		for (size_t k = 0; rc == OK && k < n; k++) {
			struct id person = ID_NONE, room = ID_NONE;
			char number[100] = "";
			rc = db_query(ask->db, &SQL_isolation_ask_room, PARAMS(V_INT(ask->county), V_INT(persons[k]), V_INT(sites[i].key)), e);
			if (rc != OK)
				return rc;
			if (db_next(ask->db)) {
				struct str text = db_text(ask->db, 2);
				person = db_id(ask->db, 0);
				room = db_id(ask->db, 1);
				memcpy(number, text.p, text.n < sizeof number ? text.n : 0);
				number[text.n < sizeof number ? text.n : 0] = 0;
			}
			rc = db_stop(ask->db, e);
			if (rc == OK && !query_row(rows, (const struct db_val[]){V_ID(&sites[i].id), V_INT(half / 2), V_INT(half % 2), V_ID(&person),
									      V_ID(&room), V_TEXT(str_of(number))}))
				return OK;
		}
	}
	return rc;
}

/* ---- rooms needed by day --------------------------------------------------------------------------------------------- */

struct span {
	int64_t person, from_at, until_at, household;
	bool counted; /* its household has a room that day */
};

static int by_household(const void *pa, const void *pb)
{
	const struct span *a = pa, *b = pb;
	return (a->household > b->household) - (a->household < b->household);
}

static enum err_code read_spans(const struct query_ask *ask, struct span **out, size_t *n, struct err *e)
{
	struct span *v = NULL;
	size_t v_n = 0;
	struct db *db = ask->db;
	enum err_code rc = db_query(db, &SQL_isolation_ask_spans,
				    PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(ask->now_ms)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(ask->arena, v, v_n, sizeof *v);
		v[v_n++] = (struct span){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), false};
	}
	*out = v;
	*n = v_n;
	rc = db_stop(db, e);
	if (rc == OK && v_n > 1)
		qsort(v, v_n, sizeof *v, by_household);
	return rc;
}

/* From the regimens signed and running: who comes into central isolation and who leaves it on which day. Households together need the fewest
 * rooms, single rooms the most; whoever is there without an end known stays. Parameter: days. */
enum err_code isolation_ask_forecast(const struct query_ask *ask, struct query_rows *rows, struct err *e)
{
	struct span *v;
	size_t n = 0;
	int64_t open_n = 0, usable_n = 0, days = ask->args[0].i > 0 && ask->args[0].i <= FORECAST_DAYS_MAX ? ask->args[0].i : FORECAST_DAYS;
	enum err_code rc = read_spans(ask, &v, &n, e);
	if (rc == OK)
		rc = db_one(ask->db, &SQL_isolation_ask_open,
			    PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(ask->now_ms)), 0, &open_n, e);
	if (rc == OK)
		rc = db_one(ask->db, &SQL_isolation_ask_usable, PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi)), 0, &usable_n, e);
	int32_t today = day_of(ask->now_ms);
	for (int32_t d = today; rc == OK && d < today + days; d++) {
		int64_t from = day_start(d), until = day_start(d + 1), entering = 0, leaving = 0, persons = 0, households = 0, last = -1;
		for (size_t i = 0; i < n; i++) {
			bool came_before = d == today && v[i].from_at < from;
			if (v[i].from_at >= until || v[i].until_at <= from)
				leaving += v[i].until_at == from; /* the regimen ends at midnight: the person leaves this day */
			else {
				entering += !came_before && v[i].from_at >= from;
				leaving += v[i].until_at > from && v[i].until_at < until;
				persons++;
				households += v[i].household == 0 || v[i].household != last;
				last = v[i].household;
			}
		}
		int64_t most = persons + open_n, least = households + open_n;
		if (!query_row(rows, (const struct db_val[]){V_INT(d), V_INT(entering), V_INT(leaving), V_INT(persons), V_INT(open_n), V_INT(least),
							     V_INT(most), V_INT(usable_n), V_INT(most > usable_n ? most - usable_n : 0)}))
			return OK;
	}
	return rc;
}

/* ---- which room for whom ------------------------------------------------------------------------------------------- */

struct candidate {
	int64_t key;
	struct id room, site;
	struct str wing, number;
	int64_t site_key, floor, beds, barrier_free, family, window, own_toilet;
	struct isolation_room state;
	enum reason reason;
	int64_t score; /* less is better */
};
struct wish {
	struct isolation_occupant who;
	bool barrier_free;
	const int64_t *household_rooms;
	size_t household_rooms_n;
	int64_t household_site; /* site of the first of them */
	int64_t ward_room;
};

static enum err_code read_candidates(const struct query_ask *ask, int64_t site, int64_t person, struct candidate **out, size_t *n, struct err *e)
{
	struct candidate *v = NULL;
	size_t v_n = 0;
	struct db *db = ask->db;
	enum err_code rc = db_query(db, &SQL_isolation_ask_rooms,
				    PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(ask->now_ms), V_INT(site), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(ask->arena, v, v_n, sizeof *v);
		v[v_n++] = (struct candidate){
			.key = db_int(db, 0), .room = db_id(db, 1), .site = db_id(db, 2), .site_key = db_int(db, 3),
			.wing = arena_str(ask->arena, db_text(db, 4)), .floor = db_int(db, 5), .number = arena_str(ask->arena, db_text(db, 6)),
			.beds = db_int(db, 7), .barrier_free = db_int(db, 8), .family = db_int(db, 9), .window = db_int(db, 10),
			.own_toilet = db_int(db, 11),
			.state = {.registered = true, .beds = db_int(db, 7), .kind = db_int(db, 12), .site_closed = db_int(db, 13) == 1,
				  .closed = db_int(db, 14) > 0, .dirty_at = db_int(db, 15), .rest_until = db_int(db, 16),
				  .disputed_n = (size_t)db_int(db, 17), .in_n = (size_t)db_int(db, 18), .held_n = (size_t)db_int(db, 19)}};
	}
	*out = v;
	*n = v_n;
	return db_stop(db, e);
}

/* The class that the orders in force give the person. */
static enum err_code read_class(const struct query_ask *ask, int64_t person, int64_t *class, struct err *e)
{
	if (*class >= 0)
		return OK;
	*class = EXPOSED_CLOSE;
	enum err_code rc = db_query(ask->db, &SQL_isolation_ask_class, PARAMS(V_INT(ask->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	if (db_next(ask->db)) {
		struct str tier = db_text(ask->db, 0);
		for (int64_t c = 0; c < EXPOSED__N; c++)
			if (str_eq_c(tier, isolation_classes[c]))
				*class = c;
		if (tier.n >= 9 && memcmp(tier.p, "traveller", 9) == 0)
			*class = EXPOSED_TRAVELLER;
		if (db_int(ask->db, 1) > 0)
			*class = EXPOSED_CASE;
	}
	return db_stop(ask->db, e);
}

static bool among(int64_t key, const int64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == key)
			return true;
	return false;
}

/* Families and wards together first; then a room that has what the person needs; rooms with what others need last. */
static void rank(struct candidate *c, const struct wish *w)
{
	c->reason = c->beds == 1 ? SINGLE : OTHER_ROOM;
	c->score = 100 + 10 * (c->beds - 1) + (c->own_toilet ? 0 : 8) + (c->window ? 0 : 8);
	if (w->barrier_free != (c->barrier_free == 1))
		c->score += w->barrier_free ? 60 : 40;
	else if (w->barrier_free)
		c->reason = BARRIER_FREE;
	if (c->family && w->household_rooms_n == 0)
		c->score += 20;
	if (w->household_site > 0 && c->site_key != w->household_site)
		c->score += 30;
	if (c->state.in_n > 0 && c->key == w->ward_room) {
		c->reason = WITH_WARD;
		c->score = 0;
	} else if (c->state.in_n > 0 && among(c->key, w->household_rooms, w->household_rooms_n)) {
		c->reason = WITH_HOUSEHOLD;
		c->score = 1;
	}
}

static int by_score(const void *pa, const void *pb)
{
	const struct candidate *a = pa, *b = pb;
	return a->score != b->score ? (a->score < b->score ? -1 : 1) : id_cmp(a->room, b->room);
}

static enum err_code read_wish(const struct query_ask *ask, int64_t person, int64_t class, int64_t guards, struct wish *w, struct err *e)
{
	struct ledger_tx tx = reading(ask);
	enum err_code rc = isolation_occupant_of(ask->db, ask->county, person, class, guards, ask->now_ms, ISOLATION_CHILD_AGE, &w->who, e);
	if (rc == OK)
		rc = ledger_keys(&tx, &SQL_isolation_ask_household, w->who.household, &w->household_rooms, &w->household_rooms_n, e);
	if (rc == OK && w->household_rooms_n > 0)
		rc = db_one(ask->db, &SQL_isolation_site_of_room, PARAMS(V_INT(ask->county), V_INT(w->household_rooms[0])), 0, &w->household_site, e);
	if (rc == OK && w->who.guards > 0)
		rc = db_one(ask->db, &SQL_isolation_now_room, PARAMS(V_INT(ask->county), V_INT(w->who.guards)), 0, &w->ward_room, e);
	int64_t needs = 0;
	if (rc == OK)
		rc = db_one(ask->db, &SQL_isolation_needs_barrier_free, PARAMS(V_INT(ask->county), V_INT(person), V_INT(ask->now_ms)), 0, &needs, e);
	w->barrier_free = needs > 0;
	return rc;
}

/* Parameters: person, class (missing = by the orders in force), guardian_of, site. */
enum err_code isolation_ask_proposals(const struct query_ask *ask, struct query_rows *rows, struct err *e)
{
	int64_t person = ask->args[0].i, class = ask->args[1].i;
	struct wish w = {0};
	struct candidate *v;
	size_t n = 0, kept = 0;
	enum err_code rc = db_one(ask->db, &SQL_isolation_canon, PARAMS(V_INT(ask->county), V_INT(person)), person, &person, e);
	if (rc == OK)
		rc = read_class(ask, person, &class, e);
	if (rc == OK)
		rc = read_wish(ask, person, class, ask->args[2].i, &w, e);
	w.who.class = class;
	if (rc == OK)
		rc = read_candidates(ask, ask->args[3].i, person, &v, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (v[i].state.in_n > 0) { /* occupied: only family and wards; whoever else is in there is looked at one by one */
			if (v[i].key != w.ward_room && !among(v[i].key, w.household_rooms, w.household_rooms_n))
				continue;
			rc = isolation_room_now(ask->db, ask->arena, ask->county, v[i].key, ask->now_ms, person, &v[i].state, e);
		}
		if (rc != OK || isolation_room_fits(&v[i].state, &w.who, ask->now_ms) != FIT_OK)
			continue;
		rank(&v[i], &w);
		v[kept++] = v[i];
	}
	if (rc == OK && kept > 1)
		qsort(v, kept, sizeof *v, by_score);
	for (size_t i = 0; rc == OK && i < kept; i++)
		if (!query_row(rows, (const struct db_val[]){V_INT((int64_t)i + 1), V_ID(&v[i].room), V_ID(&v[i].site), V_TEXT(v[i].wing), V_INT(v[i].floor),
							      V_TEXT(v[i].number), V_INT(v[i].beds), V_INT(v[i].beds - (int64_t)v[i].state.in_n),
							      V_INT(class), V_INT(v[i].reason)}))
			return OK;
	return rc;
}
