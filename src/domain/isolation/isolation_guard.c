/* SPDX-License-Identifier: Apache-2.0
 *
 * What the state of this moment forbids, for facts entered as they happen. The fold keeps the same rules for those that come late.
 */
#include <stdio.h>

#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

static const char *const words_en[FIT__N] = {
	[FIT_OK] = "",
	[FIT_ROOM_UNKNOWN] = "this room is not registered",
	[FIT_SITE_CLOSED] = "the site is closed",
	[FIT_CLOSED] = "this room is closed",
	[FIT_KIND] = "the site is not for this class: cases, contacts and arrivals are kept apart",
	[FIT_DISPUTED] = "somebody was reported in this room whom the books do not count; settle that first",
	[FIT_NOT_CLEAN] = "this room waits for terminal disinfection",
	[FIT_RESTING] = "this room was disinfected and is still being aired",
	[FIT_FULL] = "no bed is free: all are taken or held for others",
	[FIT_CLASS] = "people of another exposure class are in this room",
	[FIT_STRANGERS] = "only a household, or guardian and ward, may share this room",
	[FIT_ELSEWHERE] = "this person is in another room; record that the person was moved or left",
	[FIT_NOT_ADMITTED] = "this person was not admitted to any site",
};

enum err_code isolation_occupant_of(struct db *db, int64_t county, int64_t person, int64_t class, int64_t guards, int64_t at, int64_t child_max,
				    struct isolation_occupant *out, struct err *e)
{
	struct isolation_occupant who = {.person = person, .class = class};
	enum err_code rc = db_query(db, &SQL_isolation_register_of, PARAMS(V_INT(county), V_INT(person), V_INT(guards), V_INT(at)), e);
	if (rc != OK)
		return rc;
	if (db_next(db)) {
		who.person = db_int(db, 0);
		who.household = db_int(db, 1);
		who.dependent = isolation_dependent(db_int(db, 2), db_int(db, 3) == 1, at, child_max);
		who.guards = db_int(db, 4);
		who.guards_household = db_int(db, 5);
	}
	rc = db_stop(db, e);
	if (rc == OK)
		*out = who;
	return rc;
}

enum err_code isolation_room_now(struct db *db, struct arena *a, int64_t county, int64_t room, int64_t now, int64_t person,
				 struct isolation_room *out, struct err *e)
{
	struct isolation_room r = {.kind = -1};
	struct isolation_occupant *in = NULL;
	enum err_code rc = db_query(db, &SQL_isolation_room_state, PARAMS(V_INT(county), V_INT(room), V_INT(person), V_INT(now)), e);
	if (rc != OK)
		return rc;
	if (db_next(db)) {
		r.registered = db_int(db, 0) > 0;
		r.beds = db_int(db, 1);
		r.kind = db_int(db, 2);
		r.site_closed = db_int(db, 3) == 1;
		r.closed = db_int(db, 4) > 0;
		r.dirty_at = db_int(db, 5);
		r.rest_until = db_int(db, 6);
		r.disputed_n = (size_t)db_int(db, 7);
		r.held_n = (size_t)db_int(db, 8);
	}
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_isolation_occupants, PARAMS(V_INT(county), V_INT(room)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		in = arena_grown(a, in, r.in_n, sizeof *in);
		in[r.in_n++] = (struct isolation_occupant){
			.person = db_int(db, 0), .household = db_int(db, 1), .class = db_int(db, 2), .guards = db_int(db, 3),
			.guards_household = db_int(db, 4),
			.dependent = isolation_dependent(db_int(db, 5), db_int(db, 6) == 1, db_int(db, 7), db_int(db, 8))};
	}
	rc = db_stop(db, e);
	r.in = in;
	if (rc == OK)
		*out = r;
	return rc;
}

/* Where the person is now by the fold: room key, 0 = nowhere. The record that is kept. */
static enum err_code room_of(struct ledger_tx *tx, struct id id, int64_t *person, int64_t *room, int64_t *class, struct err *e)
{
	*room = *class = 0;
	enum err_code rc = ledger_key_known(tx, "person", id, person, e);
	if (rc == OK && *person > 0)
		rc = db_one(tx->db, &SQL_isolation_canon, PARAMS(V_INT(tx->county), V_INT(*person)), *person, person, e);
	if (rc == OK && *person > 0)
		rc = db_one(tx->db, &SQL_isolation_now_room, PARAMS(V_INT(tx->county), V_INT(*person)), 0, room, e);
	if (rc == OK && *room > 0)
		rc = db_one(tx->db, &SQL_isolation_now_class, PARAMS(V_INT(tx->county), V_INT(*person)), 0, class, e);
	return rc;
}

static enum err_code refuse(enum isolation_fit fit, const char *at, struct err *e)
{
	return fit == FIT_OK ? OK : err_set(e, ERR_NOT_ALLOWED, at, "%s", words_en[fit]);
}

/* A carer who is no contact is not taken in when old: special.carer_excluded. */
static enum err_code check_carer(struct ledger_tx *tx, const struct fact *f, int64_t person, struct err *e)
{
	const struct protocol_param *p = protocol_param_find(tx->protocol, STR("special.carer_excluded"));
	bool elderly = false;
	for (size_t i = 0; p && p->kind == PARAM_TEXTS && i < p->texts.n; i++)
		elderly |= str_eq_c(p->texts.v[i], "elderly");
	int64_t signed_n = 0, birth_year = 0;
	if (!elderly || person == 0)
		return OK;
	enum err_code rc = db_one(tx->db, &SQL_isolation_under_order, PARAMS(V_INT(tx->county), V_INT(person)), 0, &signed_n, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_birth_year, PARAMS(V_INT(tx->county), V_INT(person)), 0, &birth_year, e);
	if (rc == OK && signed_n == 0 && birth_year > 0 && !isolation_dependent(birth_year, false, f->at, ISOLATION_ELDERLY - 1))
		return err_set(e, ERR_NOT_ALLOWED, "/body/guardian_of",
			       "a carer who is no contact is not %d or older (special.carer_excluded); name another carer", ISOLATION_ELDERLY);
	return rc;
}

static enum err_code judge(struct ledger_tx *tx, const struct fact *f, struct id room_id, int64_t person, int64_t class, struct id guards_id,
			   struct err *e)
{
	struct isolation_room room = {0};
	struct isolation_occupant who = {.class = class};
	int64_t key, guards = 0, now = f->recorded;
	enum err_code rc = ledger_key_known(tx, "room", room_id, &key, e);
	if (rc == OK && !id_is_none(guards_id))
		rc = ledger_key_known(tx, "person", guards_id, &guards, e);
	if (rc == OK && key > 0)
		rc = isolation_room_now(tx->db, tx->arena, tx->county, key, now, person, &room, e);
	if (rc == OK && person > 0)
		rc = isolation_occupant_of(tx->db, tx->county, person, class, guards, f->at,
					   isolation_param(tx->protocol, "special.child_age_max", ISOLATION_CHILD_AGE), &who, e);
	if (rc == OK && guards > 0)
		rc = check_carer(tx, f, person, e);
	return rc == OK ? refuse(isolation_room_fits(&room, &who, f->at), "/body/room", e) : rc;
}

enum err_code isolation_guard_assigned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_room_assigned *b = f->body;
	int64_t person, room, class;
	enum err_code rc = room_of(tx, b->person, &person, &room, &class, e);
	if (rc == OK && room > 0 && class != b->class)
		return err_set(e, ERR_NOT_ALLOWED, "/body/class", "this person is in a site with another exposure class");
	return rc == OK ? judge(tx, f, b->room, person, b->class, b->guardian_of, e) : rc;
}

enum err_code isolation_guard_admitted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_admitted *b = f->body;
	int64_t person, room, class, key;
	enum err_code rc = room_of(tx, b->person, &person, &room, &class, e);
	if (rc == OK && room > 0) {
		rc = ledger_key_known(tx, "room", b->room, &key, e);
		if (rc == OK && key == room && class == b->class) /* told again by another device */
			return OK;
		if (rc == OK)
			return refuse(FIT_ELSEWHERE, "/body/person", e);
	}
	return rc == OK ? judge(tx, f, b->room, person, b->class, b->guardian_of, e) : rc;
}

enum err_code isolation_guard_moved(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_moved *b = f->body;
	int64_t person, room, class, key;
	enum err_code rc = room_of(tx, b->person, &person, &room, &class, e);
	if (rc == OK && room == 0)
		return refuse(FIT_NOT_ADMITTED, "/body/person", e);
	if (rc == OK)
		rc = ledger_key_known(tx, "room", b->room, &key, e);
	if (rc != OK || key == room)
		return rc;
	/* whom the person accompanies goes along */
	int64_t guards;
	struct id guards_id = ID_NONE;
	rc = db_one(tx->db, &SQL_isolation_now_guards, PARAMS(V_INT(tx->county), V_INT(person)), 0, &guards, e);
	if (rc == OK && guards > 0)
		rc = ledger_id_of(tx, guards, &guards_id, e);
	return rc == OK ? judge(tx, f, b->room, person, class, guards_id, e) : rc;
}

/* Conditions of leaving the site, listed; isolation_q_release_due says the same. */
enum err_code isolation_guard_released(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_released *b = f->body;
	int64_t person, room, class;
	char list[240] = "";
	size_t used = 0;
	enum err_code rc = room_of(tx, b->person, &person, &room, &class, e);
	if (rc == OK && room == 0)
		return refuse(FIT_NOT_ADMITTED, "/body/person", e);
	if (rc != OK || b->early == 1) /* whoever signs answers for it, with the reason */
		return rc;
	rc = db_query(tx->db, &SQL_isolation_unmet_of, PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		int64_t c = db_int(tx->db, 0);
		int k = snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", isolation_conditions[c]);
		used += k > 0 && (size_t)k < sizeof list - used ? (size_t)k : 0;
	}
	rc = db_stop(tx->db, e);
	return rc == OK && used > 0 ? err_set(e, ERR_NOT_ALLOWED, "/body/person", "not yet met: %s; early release needs a reason", list) : rc;
}

enum err_code isolation_guard_empty_room(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	_Static_assert(offsetof(struct isolation_room_disinfected, room) == 0 && offsetof(struct isolation_room_closed, room) == 0, "room first");
	const struct id *id = f->body;
	int64_t room, n = 0;
	enum err_code rc = ledger_key_known(tx, "room", *id, &room, e);
	if (rc == OK && room > 0)
		rc = db_one(tx->db, &SQL_isolation_room_heads, PARAMS(V_INT(tx->county), V_INT(room)), 0, &n, e);
	if (rc == OK && n > 0)
		return err_set(e, ERR_NOT_ALLOWED, "/body/room", "somebody is in this room; terminal disinfection and closing are for empty rooms");
	return rc;
}

enum err_code isolation_guard_site_closed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_site_closed *b = f->body;
	int64_t site, n = 0;
	enum err_code rc = ledger_key_known(tx, "site", b->site, &site, e);
	if (rc == OK && site > 0)
		rc = db_one(tx->db, &SQL_isolation_site_heads, PARAMS(V_INT(tx->county), V_INT(site)), 0, &n, e);
	if (rc == OK && n > 0)
		return err_set(e, ERR_NOT_ALLOWED, "/body/site", "%lld persons are still in this site", (long long)n);
	return rc;
}
