/* SPDX-License-Identifier: Apache-2.0
 *
 * What was reported of one person, folded into stays. No room is looked at here: whether a stay counts in its room is the room's fold.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

struct entry {
	int64_t at, what, room, class, guards, area, outbreak, child_max, rounds, until_at;
	struct id fact;
	struct str edition;
};
struct stays {
	struct stay *v;
	size_t n;
};

enum err_code isolation_records(struct ledger_tx *tx, int64_t person, const int64_t **keys, size_t *n, struct err *e)
{
	const int64_t *others = NULL;
	size_t others_n = 0;
	int64_t canon;
	enum err_code rc = db_one(tx->db, &SQL_isolation_canon, PARAMS(V_INT(tx->county), V_INT(person)), person, &canon, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_isolation_aliases, canon, &others, &others_n, e);
	if (rc != OK)
		return rc;
	int64_t *v = ARENA_ARRAY(tx->arena, int64_t, others_n + 1);
	v[0] = canon;
	if (others_n)
		memcpy(v + 1, others, others_n * sizeof *v);
	*keys = v;
	*n = others_n + 1;
	return OK;
}

static int by_at_and_fact(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : id_cmp(a->fact, b->fact);
}

static enum err_code read_entries(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, struct entry **out, size_t *out_n, struct err *e)
{
	struct entry *v = NULL;
	size_t n = 0;
	struct db *db = tx->db;
	for (size_t i = 0; i < keys_n; i++) {
		enum err_code rc = db_query(db, &SQL_isolation_entries, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db)) {
			v = arena_grown(tx->arena, v, n, sizeof *v);
			v[n++] = (struct entry){.at = db_int(db, 0), .fact = db_id(db, 1), .what = db_int(db, 2), .room = db_int(db, 3),
						.class = db_int(db, 4), .guards = db_int(db, 5), .area = db_int(db, 6),
						.outbreak = db_int(db, 7), .child_max = db_int(db, 8), .rounds = db_int(db, 9),
						.until_at = db_int(db, 10), .edition = arena_str(tx->arena, db_text(db, 11))};
		}
		rc = db_stop(db, e);
		if (rc != OK)
			return rc;
	}
	if (n > 1)
		qsort(v, n, sizeof *v, by_at_and_fact);
	*out = v;
	*out_n = n;
	return OK;
}

/* ---- the fold ---------------------------------------------------------------------------------------------------- */

static void begin(struct ledger_tx *tx, struct stays *s, int64_t person, const struct entry *v, int64_t class, int64_t guards, int64_t claim)
{
	s->v = arena_grown(tx->arena, s->v, s->n, sizeof *s->v);
	s->v[s->n++] = (struct stay){.person = person, .from_at = v->at, .fact = v->fact, .room = v->room, .class = class, .guards = guards,
				     .until_fact = ID_NONE, .area = v->area, .outbreak = v->outbreak, .child_max = v->child_max,
				     .rounds = v->rounds, .edition = v->edition, .claim = claim, .verdict = -1};
}

static void end(struct stay *s, const struct entry *v)
{
	s->until_at = v->at;
	s->until_fact = v->fact;
	s->end = v->what;
}

#define NONE SIZE_MAX

/* A second report of the same admission (two devices) is the same stay; any other admission of someone who is in a room does not count. */
static int64_t claim_of(const struct stays *s, size_t now, const struct entry *v)
{
	if (v->what == WHAT_MOVED)
		return now == NONE ? FIT_NOT_ADMITTED : FIT_OK;
	if (now == NONE)
		return FIT_OK;
	return s->v[now].room == v->room && s->v[now].class != v->class ? FIT_CLASS : FIT_ELSEWHERE;
}

static void fold(struct ledger_tx *tx, int64_t person, const struct entry *v, size_t n, struct stays *s)
{
	size_t now = NONE, claimed = NONE; /* the stay that lasts; the newest claim that does not count and was not overtaken */
	for (size_t i = 0; i < n; i++) {
		if (v[i].what == WHAT_ASSIGNED)
			continue;
		if (v[i].what != WHAT_RELEASED && v[i].what != WHAT_LEFT && now != NONE && s->v[now].room == v[i].room &&
		    (v[i].what == WHAT_MOVED || s->v[now].class == v[i].class))
			continue;
		if (claimed != NONE)
			end(&s->v[claimed], &v[i]);
		claimed = NONE;
		if (v[i].what == WHAT_RELEASED || v[i].what == WHAT_LEFT) {
			if (now != NONE)
				end(&s->v[now], &v[i]);
			now = NONE;
			continue;
		}
		int64_t claim = claim_of(s, now, &v[i]);
		bool moved = v[i].what == WHAT_MOVED && now != NONE;
		int64_t class = moved ? s->v[now].class : v[i].class, guards = moved ? s->v[now].guards : v[i].guards;
		if (moved)
			end(&s->v[now], &v[i]);
		begin(tx, s, person, &v[i], class, guards, claim);
		if (claim == FIT_OK)
			now = s->n - 1;
		else
			claimed = s->n - 1;
	}
}

/* The newest assignment stands until the person comes or goes, or another one is made. */
static enum err_code write_hold(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, const struct entry *v, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < keys_n; i++)
		rc = db_run(tx->db, &SQL_isolation_hold_drop, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
	if (rc == OK && n > 0 && v[n - 1].what == WHAT_ASSIGNED)
		rc = db_run(tx->db, &SQL_isolation_hold_put,
			    PARAMS(V_INT(tx->county), V_INT(keys[0]), V_INT(v[n - 1].room), V_INT(v[n - 1].class), V_INT(v[n - 1].at),
				   V_INT(v[n - 1].until_at), V_INT(v[n - 1].area)),
			    e);
	return rc;
}

/* ---- what changes downhill ----------------------------------------------------------------------------------------- */

struct touched {
	int64_t *rooms;
	size_t n;
	int64_t since; /* earliest instant that may have changed */
};

static void touch(struct ledger_tx *tx, struct touched *t, int64_t room, int64_t since)
{
	if (since < t->since)
		t->since = since;
	for (size_t i = 0; i < t->n; i++)
		if (t->rooms[i] == room)
			return;
	t->rooms = arena_grown(tx->arena, t->rooms, t->n, sizeof *t->rooms);
	t->rooms[t->n++] = room;
}

static bool same_stay(const struct stay *a, const struct stay *b)
{
	return a->person == b->person && a->from_at == b->from_at && id_eq(a->fact, b->fact) && a->room == b->room && a->class == b->class &&
	       a->guards == b->guards && a->until_at == b->until_at && id_eq(a->until_fact, b->until_fact) && a->end == b->end &&
	       a->claim == b->claim;
}

static enum err_code read_old(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, struct stays *old, struct err *e)
{
	struct db *db = tx->db;
	for (size_t i = 0; i < keys_n; i++) {
		enum err_code rc = db_query(db, &SQL_isolation_stays_of, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db)) {
			old->v = arena_grown(tx->arena, old->v, old->n, sizeof *old->v);
			old->v[old->n++] = (struct stay){.person = keys[i], .from_at = db_int(db, 0), .fact = db_id(db, 1),
							 .room = db_int(db, 2), .class = db_int(db, 3), .guards = db_int(db, 4),
							 .until_at = db_int(db, 5), .until_fact = db_id(db, 6), .end = db_int(db, 7),
							 .claim = db_int(db, 8)};
		}
		rc = db_stop(db, e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

static enum err_code put_stay(struct ledger_tx *tx, const struct stay *s, struct err *e)
{
	return db_run(tx->db, &SQL_isolation_stay_put,
		      PARAMS(V_INT(tx->county), V_INT(s->person), V_INT(s->from_at), V_ID(&s->fact), V_INT(s->room), V_INT(s->class),
			     V_INT(s->guards), V_INT(s->until_at), V_ID(&s->until_fact), V_INT(s->end), V_INT(s->area), V_INT(s->outbreak),
			     V_INT(s->child_max), V_INT(s->rounds), V_TEXT(s->edition), V_INT(s->claim)),
		      e);
}

/* Writes what is new and takes away what is gone; the rooms of both are touched. */
static enum err_code write_stays(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, const struct stays *s, struct touched *t,
				 struct err *e)
{
	struct stays old = {0};
	enum err_code rc = read_old(tx, keys, keys_n, &old, e);
	for (size_t i = 0; rc == OK && i < old.n; i++) {
		const struct stay *o = &old.v[i];
		bool kept = false;
		for (size_t k = 0; k < s->n && !kept; k++)
			kept = same_stay(o, &s->v[k]);
		touch(tx, t, o->room, kept ? INT64_MAX : o->from_at);
		if (kept)
			continue;
		rc = db_run(tx->db, &SQL_isolation_stay_drop, PARAMS(V_INT(tx->county), V_INT(o->person), V_INT(o->from_at), V_ID(&o->fact)), e);
		if (rc == OK)
			rc = duty_unset(tx, "isolation.conflict", o->person, o->room, e);
	}
	for (size_t k = 0; rc == OK && k < s->n; k++) {
		bool stands = false;
		for (size_t i = 0; i < old.n && !stands; i++)
			stands = same_stay(&old.v[i], &s->v[k]);
		touch(tx, t, s->v[k].room, stands ? INT64_MAX : s->v[k].from_at);
		if (!stands)
			rc = put_stay(tx, &s->v[k], e);
	}
	return rc;
}

/* Whoever accompanies this person shares by this person's household and age. */
static enum err_code touch_guards(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, struct touched *t, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < keys_n; i++) {
		const int64_t *rooms = NULL;
		size_t n = 0;
		rc = ledger_keys(tx, &SQL_isolation_rooms_guarding, keys[i], &rooms, &n, e);
		for (size_t k = 0; rc == OK && k < n; k++)
			touch(tx, t, rooms[k], INT64_MAX);
	}
	return rc;
}

/* A change of one person may change what the room says of all who were in it since. */
static enum err_code derive_rooms(struct ledger_tx *tx, const struct touched *t, struct err *e)
{
	int64_t *sites = ARENA_ARRAY(tx->arena, int64_t, t->n + 1);
	size_t sites_n = 0;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < t->n; i++) {
		int64_t site;
		rc = isolation_room_derive(tx, t->rooms[i], e);
		if (rc == OK)
			rc = db_one(tx->db, &SQL_isolation_site_of_room, PARAMS(V_INT(tx->county), V_INT(t->rooms[i])), 0, &site, e);
		bool known = rc != OK || site == 0;
		for (size_t k = 0; k < sites_n; k++)
			known |= sites[k] == site;
		if (!known)
			sites[sites_n++] = site;
	}
	for (size_t k = 0; rc == OK && t->since != INT64_MAX && k < sites_n; k++)
		rc = isolation_site_derive(tx, sites[k], t->since, e);
	return rc;
}

enum err_code isolation_person_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *keys;
	size_t keys_n = 0, n;
	struct entry *v;
	struct stays s = {0};
	struct touched t = {.since = INT64_MAX};
	struct arena_mark mark = arena_mark(tx->arena);
	enum err_code rc = isolation_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = read_entries(tx, keys, keys_n, &v, &n, e);
	if (rc == OK) {
		for (size_t i = 0; i < keys_n; i++)
			isolation_watch(tx->county, keys[i]);
		fold(tx, keys[0], v, n, &s);
		rc = write_stays(tx, keys, keys_n, &s, &t, e);
	}
	if (rc == OK)
		rc = touch_guards(tx, keys, keys_n, &t, e);
	if (rc == OK)
		rc = write_hold(tx, keys, keys_n, v, n, e);
	if (rc == OK)
		rc = derive_rooms(tx, &t, e);
	if (rc == OK)
		rc = isolation_cases_derive(tx, keys, keys_n, e);
	arena_rewind(tx->arena, mark);
	return rc;
}
