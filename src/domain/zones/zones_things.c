/* SPDX-License-Identifier: Apache-2.0
 *
 * What is done in a zone day by day: door service, exits, households moved out, posts and barriers.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

static enum err_code key_or_none(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

static struct str text(struct str s)
{
	return s.p ? s : STR("");
}

struct zone_now { /* as the table has it */
	int64_t state, outbreak, started_at, ended_at;
};

static enum err_code zone_now(struct ledger_tx *tx, int64_t zone, struct zone_now *out, struct err *e)
{
	*out = (struct zone_now){0};
	enum err_code rc = db_query(tx->db, &SQL_zones_get, PARAMS(V_INT(tx->county), V_INT(zone)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		*out = (struct zone_now){db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 6), db_int(tx->db, 7)};
	return db_stop(tx->db, e);
}

/* ---- door service ------------------------------------------------------------------------------------------------ */

enum err_code zones_apply_service(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_service_done *b = f->body;
	const struct str *kinds = b->kinds.p;
	struct str all = STR("");
	int64_t zone, household;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = ledger_key(tx, "household", b->household, &household, e);
	for (size_t i = 0; i < b->kinds.n; i++)
		all = arena_printf(tx->arena, "%.*s%s%.*s", STR_ARG(all), i ? " " : "", STR_ARG(kinds[i]));
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_zones_service_put,
		      PARAMS(V_INT(tx->county), V_INT(zone), V_INT(day_of(f->at)), V_INT(household), V_INT(f->at), V_ID(&f->id), V_TEXT(all)), e);
}

/* ---- exits ---------------------------------------------------------------------------------------------------------- */

struct exit_now {
	int64_t person, zone, reason, granted_at, until_at, returned_at, outbreak, area;
	struct str destination, vehicle;
};

/* First permission counts; first return after it. */
static void fold_exit(struct ledger_tx *tx, struct exit_now *x)
{
	struct db *db = tx->db;
	int64_t at = db_int(db, 0);
	if (db_int(db, 1) == 1 && x->granted_at == 0) {
		*x = (struct exit_now){.granted_at = at, .person = db_int(db, 2), .zone = db_int(db, 3), .reason = db_int(db, 4),
				       .until_at = db_int(db, 5), .destination = arena_str(tx->arena, db_text(db, 6)),
				       .vehicle = arena_str(tx->arena, db_text(db, 7)), .outbreak = db_int(db, 8), .area = db_int(db, 9)};
	} else if (db_int(db, 1) == 2 && x->granted_at > 0 && x->returned_at == 0)
		x->returned_at = at;
}

static enum err_code derive_exit(struct ledger_tx *tx, int64_t key, struct err *e)
{
	struct exit_now x = {.destination = STR(""), .vehicle = STR("")};
	const int64_t *subjects;
	size_t n = 0;
	enum err_code rc = db_query(tx->db, &SQL_zones_exit_events, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		fold_exit(tx, &x);
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_exit_duty_subjects, key, &subjects, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		if (subjects[i] != x.person)
			rc = duty_unset(tx, "zones.return", subjects[i], key, e);
	if (rc != OK || x.granted_at == 0)
		return rc;
	rc = db_run(tx->db, &SQL_zones_exit_put,
		    PARAMS(V_INT(tx->county), V_INT(key), V_INT(x.person), V_INT(x.zone), V_INT(x.reason), V_INT(x.granted_at), V_INT(x.until_at),
			   V_INT(x.returned_at), V_TEXT(x.destination), V_TEXT(x.vehicle), V_INT(x.area)),
		    e);
	struct duty d = {.kind = "zones.return", .subject = x.person, .part = key, .area = x.area, .from_at = x.granted_at,
			 .due_at = x.until_at > 0 ? x.until_at : x.granted_at + DUTY_DUE_DEFAULT_MS, .done_at = x.returned_at,
			 .state = x.returned_at > 0 ? DUTY_DONE : DUTY_OPEN};
	int64_t before = tx->outbreak;
	tx->outbreak = x.outbreak;
	if (rc == OK)
		rc = duty_set(tx, &d, e);
	tx->outbreak = before;
	return rc;
}

static enum err_code put_exit(struct ledger_tx *tx, const struct fact *f, struct id exit_id, int64_t what, int64_t person, int64_t zone,
			      int64_t reason, int64_t until_at, struct str destination, struct str vehicle, struct err *e)
{
	int64_t key;
	enum err_code rc = ledger_key(tx, "exit", exit_id, &key, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_exit_event_put,
			    PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(person), V_INT(zone), V_INT(reason),
				   V_INT(until_at), V_TEXT(text(destination)), V_TEXT(text(vehicle)), V_INT(tx->outbreak), V_INT(f->area)),
			    e);
	return rc == OK ? derive_exit(tx, key, e) : rc;
}

enum err_code zones_apply_exit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_exit_granted *b = f->body;
	int64_t person, zone;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "zone", b->zone, &zone, e);
	return rc == OK ? put_exit(tx, f, b->exit, 1, person, zone, b->reason, zones_or(b->until_at, 0), b->destination, b->vehicle, e) : rc;
}

enum err_code zones_apply_returned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_exit_returned *b = f->body;
	int64_t person;
	enum err_code rc = key_or_none(tx, "person", b->person, &person, e);
	return rc == OK ? put_exit(tx, f, b->exit, 2, person, 0, -1, 0, STR(""), STR(""), e) : rc;
}

/* ---- households moved out --------------------------------------------------------------------------------------------- */

enum err_code zones_apply_moved_out(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_household_moved_out *b = f->body;
	const struct id *stay = b->stay.p;
	int64_t zone, household;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = ledger_key(tx, "household", b->household, &household, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_moved_out_put,
			    PARAMS(V_INT(tx->county), V_INT(household), V_INT(zone), V_INT(f->at), V_ID(&f->id)), e);
	for (size_t i = 0; rc == OK && i < b->stay.n; i++) {
		int64_t person;
		rc = ledger_key(tx, "person", stay[i], &person, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_zones_stayed_put, PARAMS(V_INT(tx->county), V_INT(household), V_ID(&f->id), V_INT(person)), e);
	}
	return rc;
}

enum err_code zones_apply_moved_back(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_household_moved_back *b = f->body;
	int64_t household;
	enum err_code rc = ledger_key(tx, "household", b->household, &household, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_zones_moved_out_put, PARAMS(V_INT(tx->county), V_INT(household), V_INT(0), V_INT(f->at), V_ID(&f->id)), e);
}

/* ---- posts ----------------------------------------------------------------------------------------------------------------- */

enum post_what { POST_SET = 1, POST_MANNED, POST_LEFT, POST_GIVEN_UP };
struct post_now {
	int64_t zone, set_at, manned_at, manned_until, ended_at, outbreak, area;
	double lon, lat;
	struct str name;
};

static double real_or_nan(struct db *db, int col)
{
	return db_column_type(db, col) == DB_NULL ? NAN : db_real(db, col);
}

static void fold_post(struct ledger_tx *tx, struct post_now *p)
{
	struct db *db = tx->db;
	int64_t at = db_int(db, 0);
	switch ((enum post_what)db_int(db, 1)) {
	case POST_SET: /* the newest says where it is */
		if (p->set_at == 0)
			p->set_at = at;
		p->zone = db_int(db, 2);
		p->name = arena_str(tx->arena, db_text(db, 3));
		p->lon = real_or_nan(db, 5);
		p->lat = real_or_nan(db, 6);
		p->outbreak = db_int(db, 7);
		p->area = db_int(db, 8);
		p->ended_at = 0;
		break;
	case POST_MANNED:
		p->manned_at = at;
		p->manned_until = db_int(db, 4);
		break;
	case POST_LEFT:
		if (at < p->manned_until)
			p->manned_until = at;
		break;
	case POST_GIVEN_UP:
		if (at < p->manned_until)
			p->manned_until = at;
		if (p->set_at > 0)
			p->ended_at = at;
		break;
	}
}

static struct db_val real_or_null(double v)
{
	return isnan(v) ? V_NULL : V_REAL(v);
}

/* Somebody must be there from the moment on at which the last one's shift ends, as long as the zone stands. */
static enum err_code derive_post(struct ledger_tx *tx, int64_t post, struct err *e)
{
	struct post_now p = {.name = STR(""), .lon = NAN, .lat = NAN};
	struct zone_now z;
	struct zones_owed l = {0};
	enum err_code rc = db_query(tx->db, &SQL_zones_post_events, PARAMS(V_INT(tx->county), V_INT(post)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		fold_post(tx, &p);
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = zone_now(tx, p.zone, &z, e);
	if (rc != OK || p.set_at == 0)
		return rc == OK ? zones_duties_write(tx, post, 0, &l, e) : rc;
	rc = db_run(tx->db, &SQL_zones_post_put,
		    PARAMS(V_INT(tx->county), V_INT(post), V_INT(p.zone), V_TEXT(p.name), V_INT(p.area), V_INT(p.set_at), V_INT(p.manned_at),
			   V_INT(p.manned_until), V_INT(p.ended_at), real_or_null(p.lon), real_or_null(p.lat)),
		    e);
	int64_t gap = p.manned_until > p.set_at ? p.manned_until : p.set_at;
	bool over = p.ended_at > 0 || z.state == ZONE_ENDED;
	if (z.state == ZONE_IN_FORCE || over)
		zones_owe(tx, &l, (struct duty){.kind = "zones.man_post", .subject = post, .area = p.area, .from_at = gap, .due_at = gap,
						.state = over ? DUTY_VOID : DUTY_OPEN});
	return rc == OK ? zones_duties_write(tx, post, p.outbreak, &l, e) : rc;
}

static enum err_code put_post(struct ledger_tx *tx, const struct fact *f, struct id id, enum post_what what, const struct post_now *p, struct err *e)
{
	int64_t post;
	enum err_code rc = ledger_key(tx, "post", id, &post, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_post_event_put,
			    PARAMS(V_INT(tx->county), V_INT(post), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(p->zone), V_TEXT(text(p->name)),
				   V_INT(p->manned_until), real_or_null(p->lon), real_or_null(p->lat), V_INT(tx->outbreak), V_INT(f->area)),
			    e);
	return rc == OK ? derive_post(tx, post, e) : rc;
}

enum err_code zones_apply_post_set(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_post_set *b = f->body;
	struct post_now p = {.name = b->name, .lon = b->lon, .lat = b->lat};
	enum err_code rc = ledger_key(tx, "zone", b->zone, &p.zone, e);
	return rc == OK ? put_post(tx, f, b->post, POST_SET, &p, e) : rc;
}

enum err_code zones_apply_manned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_post_manned *b = f->body;
	struct post_now p = {.lon = NAN, .lat = NAN, .manned_until = b->until_at == ABSENT ? f->at + ZONES_SHIFT_MS : b->until_at};
	return put_post(tx, f, b->post, POST_MANNED, &p, e);
}

enum err_code zones_apply_left(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_post_left *b = f->body;
	struct post_now p = {.lon = NAN, .lat = NAN};
	return put_post(tx, f, b->post, b->closed == 1 ? POST_GIVEN_UP : POST_LEFT, &p, e);
}

/* ---- barriers ------------------------------------------------------------------------------------------------------------------ */

enum barrier_what { SET = 1, CHECKED, REMOVED };
struct barrier_now {
	int64_t zone, keeper, kind, sealed, present, fire, set_at, expires_at, checked_at, removed_at, bad_at, outbreak, area;
	struct str place;
};

static void fold_barrier(struct ledger_tx *tx, struct barrier_now *b)
{
	struct db *db = tx->db;
	int64_t at = db_int(db, 0);
	switch ((enum barrier_what)db_int(db, 1)) {
	case SET:
		b->zone = db_int(db, 2);
		b->keeper = db_int(db, 3);
		b->kind = db_int(db, 4);
		b->place = arena_str(tx->arena, db_text(db, 5));
		b->sealed = db_int(db, 6);
		b->present = db_int(db, 7);
		b->fire = db_int(db, 8);
		b->expires_at = db_int(db, 9);
		b->outbreak = db_int(db, 10);
		b->area = db_int(db, 11);
		b->set_at = b->checked_at = at;
		b->removed_at = b->bad_at = 0;
		break;
	case CHECKED:
		if (db_int(db, 7) >= 0)
			b->present = db_int(db, 7);
		if (db_int(db, 8) >= 0)
			b->fire = db_int(db, 8);
		b->checked_at = at;
		break;
	case REMOVED:
		if (b->set_at > 0 && b->removed_at == 0)
			b->removed_at = at;
		break;
	}
	/* sealed without anybody who opens it, or the way of the fire engine is blocked: it goes at once */
	bool bad = (b->sealed == 1 && b->present != 1) || b->fire == 0;
	b->bad_at = !bad ? 0 : b->bad_at > 0 ? b->bad_at : at;
}

static enum err_code derive_barrier(struct ledger_tx *tx, int64_t key, struct err *e)
{
	struct barrier_now b = {.place = STR(""), .sealed = -1, .present = -1, .fire = -1, .kind = -1};
	struct zone_now z;
	struct zones_owed l = {0};
	enum err_code rc = db_query(tx->db, &SQL_zones_barrier_events, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		fold_barrier(tx, &b);
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = zone_now(tx, b.zone, &z, e);
	if (rc != OK || b.set_at == 0)
		return rc == OK ? zones_duties_write(tx, key, 0, &l, e) : rc;
	int64_t go = b.expires_at;
	if (z.ended_at > 0 && z.ended_at < go)
		go = z.ended_at > b.set_at ? z.ended_at : b.set_at;
	if (z.state < ZONE_IN_FORCE) /* outside a drawn zone nothing may be closed off */
		go = b.set_at;
	if (b.bad_at > 0 && b.bad_at < go)
		go = b.bad_at;
	rc = db_run(tx->db, &SQL_zones_barrier_put,
		    PARAMS(V_INT(tx->county), V_INT(key), V_INT(b.zone), V_INT(b.keeper), V_INT(b.kind), V_TEXT(b.place), V_INT(b.sealed),
			   V_INT(b.present), V_INT(b.fire), V_INT(b.area), V_INT(b.set_at), V_INT(b.expires_at), V_INT(b.checked_at),
			   V_INT(b.removed_at), V_INT(go)),
		    e);
	zones_owe(tx, &l, (struct duty){.kind = "zones.remove_barrier", .subject = key, .area = b.area, .from_at = go, .due_at = go,
					.done_at = b.removed_at, .state = b.removed_at > 0 ? DUTY_DONE : DUTY_OPEN});
	int64_t next = b.checked_at + ZONES_BARRIER_CHECK_MS;
	if (b.removed_at == 0 && next < go)
		zones_owe(tx, &l, (struct duty){.kind = "zones.check_barrier", .subject = key, .area = b.area, .from_at = b.checked_at,
						.due_at = next, .state = DUTY_OPEN});
	return rc == OK ? zones_duties_write(tx, key, b.outbreak, &l, e) : rc;
}

static enum err_code put_barrier(struct ledger_tx *tx, const struct fact *f, struct id id, enum barrier_what what, const struct barrier_now *b,
				 struct err *e)
{
	int64_t key;
	enum err_code rc = ledger_key(tx, "barrier", id, &key, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_barrier_event_put,
			    PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(b->zone), V_INT(b->keeper),
				   V_INT(b->kind), V_TEXT(text(b->place)), V_INT(b->sealed), V_INT(b->present), V_INT(b->fire), V_INT(b->expires_at),
				   V_INT(tx->outbreak), V_INT(f->area)),
			    e);
	return rc == OK ? derive_barrier(tx, key, e) : rc;
}

enum err_code zones_apply_barrier_set(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_barrier_set *b = f->body;
	struct barrier_now n = {.kind = b->kind, .place = b->place, .sealed = b->sealed, .present = zones_or(b->keeper_present, -1),
				.fire = zones_or(b->fire_access, -1), .expires_at = b->expires_at};
	enum err_code rc = ledger_key(tx, "zone", b->zone, &n.zone, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->keeper, &n.keeper, e);
	return rc == OK ? put_barrier(tx, f, b->barrier, SET, &n, e) : rc;
}

enum err_code zones_apply_barrier_checked(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_barrier_checked *b = f->body;
	struct barrier_now n = {.kind = -1, .present = zones_or(b->keeper_present, -1), .fire = zones_or(b->fire_access, -1)};
	return put_barrier(tx, f, b->barrier, CHECKED, &n, e);
}

enum err_code zones_apply_barrier_removed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_barrier_removed *b = f->body;
	struct barrier_now n = {.kind = -1, .present = -1, .fire = -1};
	return put_barrier(tx, f, b->barrier, REMOVED, &n, e);
}

/* ---- a zone changed -------------------------------------------------------------------------------------------------------------- */

enum err_code zones_things_derive(struct ledger_tx *tx, int64_t zone, struct err *e)
{
	const int64_t *keys;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, &SQL_zones_posts_of, zone, &keys, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = derive_post(tx, keys[i], e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_barriers_of, zone, &keys, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = derive_barrier(tx, keys[i], e);
	return rc;
}
