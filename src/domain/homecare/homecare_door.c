/* SPDX-License-Identifier: Apache-2.0
 *
 * Watches: a door sensor that hangs at the home of somebody who agreed to it, and what its openings ask for. An opening that nothing
 * explains asks for a call; nothing here can lead to anything else.
 *
 * What stays of a watch after its end is decided here and only here: nothing in the tables, and in the chain facts that name a random
 * id, whose link to a person was sealed with a key that is destroyed.
 */
#include <string.h>

#include "core/caltime.h"
#include "domain/homecare/homecare_state.h"
#include "ledger/house.h"
#include "sql.gen.h"

const char *const homecare_unbounds[] = {"order_ended", "consent_withdrawn", "faulty", "other", NULL};
const char *const homecare_calls[] = {"well", "help_needed", "no_answer", "emergency", "false_signal", NULL};

struct watch_row {
	int64_t key, at, outbreak, area;
	struct id person;
	struct str sensor;
	const struct protocol *protocol;
	bool found;
};
struct door_row {
	int64_t at, opening, value, excused;
	struct id fact;
	enum door_what what;
};
struct call_row {
	int64_t at, opening;
};
struct door_state {
	struct watch_row w;
	const struct home_state *h; /* of the person, NULL when there is none */
	const struct door_row *doors; /* by (at, fact) */
	size_t doors_n;
	const struct call_row *calls;
	size_t calls_n;
	const struct span *stay; /* that the watch is for: the newest at home that was not over when it was bound; NULL = none */
	int64_t until_at; /* its end: 0 not set, -1 no stay */
};

static enum err_code read_watch(struct ledger_tx *tx, int64_t watch, struct watch_row *w, struct err *e)
{
	*w = (struct watch_row){.key = watch};
	enum err_code rc = db_query(tx->db, &SQL_homecare_watch_get, PARAMS(V_INT(tx->county), V_INT(watch)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		w->found = true;
		w->person = db_id(tx->db, 0);
		w->at = db_int(tx->db, 1);
		w->sensor = arena_str(tx->arena, db_text(tx->db, 2));
		w->outbreak = db_int(tx->db, 3);
		w->area = db_int(tx->db, 4);
		w->protocol = protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 5));
	}
	return db_stop(tx->db, e);
}

static enum err_code read_doors(struct ledger_tx *tx, struct door_state *s, struct err *e)
{
	struct db *db = tx->db;
	struct door_row *v = NULL;
	struct call_row *c = NULL;
	size_t n = 0, calls = 0;
	enum err_code rc = db_query(db, &SQL_homecare_door_events, PARAMS(V_INT(tx->county), V_INT(s->w.key)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(tx->arena, v, n, sizeof *v);
		v[n++] = (struct door_row){.at = db_int(db, 0), .fact = db_id(db, 1), .what = (enum door_what)db_int(db, 2), .opening = db_int(db, 3),
					   .value = db_int(db, 4), .excused = db_int(db, 5)};
	}
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_homecare_calls, PARAMS(V_INT(tx->county), V_INT(s->w.key)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		c = arena_grown(tx->arena, c, calls, sizeof *c);
		c[calls++] = (struct call_row){db_int(db, 0), db_int(db, 1)};
	}
	s->doors = v;
	s->doors_n = n;
	s->calls = c;
	s->calls_n = calls;
	return db_stop(db, e);
}

/* ---- what explains an opening ------------------------------------------------------------------------------------- */

static const struct span *home_at(const struct home_state *h, int64_t at)
{
	for (size_t i = 0; h && i < h->spans_n; i++)
		if (h->spans[i].home && at >= h->spans[i].from && at < h->spans[i].until)
			return &h->spans[i];
	return NULL;
}

static int64_t back_at(const struct home_state *h, int64_t exit, int64_t otherwise)
{
	for (size_t i = 0; i < h->events_n; i++)
		if (h->events[i].what == HOME_RETURNED && h->events[i].other == exit)
			return h->events[i].at;
	return otherwise;
}

/* Announced, approved, or somebody was at the door and said so. */
static bool explained(const struct home_state *h, int64_t at, int64_t tolerance)
{
	for (size_t i = 0; i < h->events_n; i++) {
		const struct home_event *ev = &h->events[i];
		int64_t from = ev->at, until = ev->at;
		if (ev->what == HOME_VISIT) {
			from = ev->from_at;
			until = ev->until_at;
		} else if (ev->what == HOME_EXIT) {
			from = ev->from_at > 0 ? ev->from_at : ev->at;
			until = back_at(h, ev->other, ev->until_at > from ? ev->until_at : from + DUTY_DUE_DEFAULT_MS);
		} else if (ev->what == HOME_RESIDENT || ev->what == HOME_RETURNED)
			continue;
		if (at >= from - tolerance && at <= until + tolerance)
			return true;
	}
	return false;
}

/* ---- what an opening asks for ---------------------------------------------------------------------------------------- */

static enum err_code settle_opening(struct ledger_tx *tx, const struct door_state *s, const struct door_row *d, const struct span *stay,
				    int64_t called_at, struct owed_list *l, struct err *e)
{
	int64_t limit = homecare_param(s->w.protocol, "home.call_back_min", HOMECARE_CALL_BACK_MIN) * MS_PER_MINUTE;
	struct clock_span c = {.clock = "door_to_call", .subject = d->opening, .area = s->w.area, .start_at = d->at, .stop_at = called_at,
			       .limit_ms = limit};
	if (stay)
		homecare_owe(tx, l, s->w.outbreak, (struct duty){.kind = "homecare.call_back", .subject = s->w.key, .part = d->opening,
			.area = s->w.area, .state = called_at > 0 ? DUTY_DONE : stay->closed ? DUTY_VOID : DUTY_OPEN, .done_at = called_at,
			.from_at = d->at, .due_at = d->at + limit, .clause = homecare_clause(tx, s->w.protocol, "home.door_sensor")});
	if (!stay || (called_at == 0 && stay->closed))
		return clock_unset(tx, c.clock, c.subject, e);
	int64_t before = tx->outbreak;
	tx->outbreak = s->w.outbreak;
	enum err_code rc = clock_set(tx, &c, e);
	tx->outbreak = before;
	return rc;
}

static int64_t first_call(const struct door_state *s, int64_t since)
{
	for (size_t i = 0; i < s->calls_n; i++)
		if (s->calls[i].at >= since)
			return s->calls[i].at;
	return 0;
}

/* One call answers every opening up to it: until somebody called, further openings ask for nothing more. */
static enum err_code derive_openings(struct ledger_tx *tx, struct door_state *s, struct owed_list *l, struct err *e)
{
	int64_t tolerance = homecare_param(s->w.protocol, "home.door_tolerance_min", HOMECARE_DOOR_TOLERANCE_MIN) * MS_PER_MINUTE;
	int64_t pending_until = INT64_MIN; /* openings before this are answered by the call that is due already */
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < s->doors_n; i++) {
		const struct door_row *d = &s->doors[i];
		if (d->what != DOOR_OPENED)
			continue;
		const struct span *stay = s->w.found && d->at >= s->w.at ? home_at(s->h, d->at) : NULL;
		bool excused = stay && explained(s->h, d->at, tolerance);
		int64_t called = 0;
		if (stay && !excused && d->at >= pending_until) {
			called = first_call(s, d->at);
			pending_until = called > 0 ? called + 1 : HOMECARE_OPEN_END;
		} else
			stay = NULL;
		rc = settle_opening(tx, s, d, stay, called, l, e);
		if (rc == OK && (int64_t)excused != d->excused)
			rc = db_run(tx->db, &SQL_homecare_door_excuse,
				    PARAMS(V_INT(tx->county), V_INT(s->w.key), V_INT(d->at), V_ID(&d->fact), V_INT(excused)), e);
	}
	return rc;
}

/* ---- what the watch itself asks for ------------------------------------------------------------------------------------ */

static void owe_sensor(struct ledger_tx *tx, const struct door_state *s, struct owed_list *l)
{
	const struct door_row *newest = NULL, *battery = NULL;
	for (size_t i = 0; i < s->doors_n; i++) {
		newest = &s->doors[i];
		if (s->doors[i].what == DOOR_HEARTBEAT && s->doors[i].value >= 0)
			battery = &s->doors[i];
	}
	bool silent = newest && newest->what == DOOR_SILENT;
	bool low = battery && battery->value <= homecare_param(s->w.protocol, "home.battery_low_percent", HOMECARE_BATTERY_LOW);
	int64_t from = silent ? newest->at : low ? battery->at : 0;
	if (from > 0 && s->stay && !s->stay->closed)
		homecare_owe(tx, l, s->w.outbreak, (struct duty){.kind = "homecare.sensor_silent", .subject = s->w.key, .area = s->w.area,
			.state = DUTY_OPEN, .from_at = from, .due_at = from + DUTY_DUE_DEFAULT_MS,
			.clause = homecare_clause(tx, s->w.protocol, "home.door_sensor")});
	if (s->until_at > 0)
		homecare_owe(tx, l, s->w.outbreak, (struct duty){.kind = "homecare.unbind", .subject = s->w.key, .area = s->w.area,
			.state = DUTY_OPEN, .from_at = s->until_at, .due_at = s->until_at + DUTY_DUE_DEFAULT_MS,
			.clause = homecare_clause(tx, s->w.protocol, "home.door_sensor")});
}

static enum err_code owe_conflict(struct ledger_tx *tx, const struct door_state *s, struct owed_list *l, struct err *e)
{
	size_t n = 0;
	enum err_code rc = db_query(tx->db, &SQL_homecare_watches_of_sensor, PARAMS(V_INT(tx->county), V_TEXT(s->w.sensor)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		n++;
	rc = db_stop(tx->db, e);
	/* one sensor at two doors, or at the door of somebody whom no order keeps at home */
	if (rc == OK && (n > 1 || s->until_at < 0))
		homecare_owe(tx, l, s->w.outbreak, (struct duty){.kind = "homecare.conflict", .subject = s->w.key, .area = s->w.area,
			.state = DUTY_OPEN, .from_at = s->w.at, .due_at = s->w.at + DUTY_DUE_DEFAULT_MS, .clause = STR("")});
	return rc;
}

static void find_stay(struct door_state *s)
{
	for (size_t i = 0; s->h && i < s->h->spans_n; i++)
		if (s->h->spans[i].home && s->h->spans[i].until > s->w.at)
			s->stay = &s->h->spans[i];
	s->until_at = !s->stay ? -1 : s->stay->until == HOMECARE_OPEN_END ? 0 : s->stay->until;
}

static enum err_code derive_watch(struct ledger_tx *tx, int64_t watch, const struct home_state *h, struct err *e)
{
	struct door_state s = {.h = h};
	struct owed_list l = {0};
	struct home_state own;
	enum err_code rc = read_watch(tx, watch, &s.w, e);
	if (rc == OK && s.w.found && !h) {
		int64_t person;
		rc = ledger_key_known(tx, NULL, s.w.person, &person, e);
		if (rc == OK && person > 0) {
			rc = homecare_state_read(tx, person, &own, e);
			s.h = &own;
		}
	}
	if (rc == OK)
		rc = read_doors(tx, &s, e);
	if (rc != OK)
		return rc;
	find_stay(&s);
	rc = derive_openings(tx, &s, &l, e);
	if (rc == OK && s.w.found) {
		owe_sensor(tx, &s, &l);
		rc = owe_conflict(tx, &s, &l, e);
	}
	if (rc == OK)
		rc = homecare_write_duties(tx, watch, &l, e);
	if (rc == OK && s.w.found)
		rc = db_run(tx->db, &SQL_homecare_watch_until, PARAMS(V_INT(tx->county), V_INT(watch), V_INT(s.until_at)), e);
	return rc;
}

enum err_code homecare_watches_derive(struct ledger_tx *tx, const struct home_state *h, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < h->ids_n; i++) {
		int64_t v[64]; /* a person has one door, seldom two */
		size_t n = 0;
		rc = db_query(tx->db, &SQL_homecare_watches_of, PARAMS(V_INT(tx->county), V_ID(&h->ids[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(tx->db))
			if (n < ARRAY_N(v))
				v[n++] = db_int(tx->db, 0);
		rc = db_stop(tx->db, e);
		for (size_t k = 0; rc == OK && k < n; k++)
			rc = derive_watch(tx, v[k], h, e);
	}
	return rc;
}

static enum err_code derive_same_sensor(struct ledger_tx *tx, struct str sensor, int64_t but, struct err *e)
{
	int64_t v[64];
	size_t n = 0;
	enum err_code rc = db_query(tx->db, &SQL_homecare_watches_of_sensor, PARAMS(V_INT(tx->county), V_TEXT(sensor)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		if (db_int(tx->db, 0) != but && n < ARRAY_N(v))
			v[n++] = db_int(tx->db, 0);
	rc = db_stop(tx->db, e);
	for (size_t k = 0; rc == OK && k < n; k++)
		rc = derive_watch(tx, v[k], NULL, e);
	return rc;
}

/* ---- binding and unbinding ------------------------------------------------------------------------------------------------ */

enum err_code homecare_check_bound(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct homecare_sensor_bound *b = f->body;
	struct id person;
	if (!homecare_sensor_allowed(tx->protocol))
		return err_set(e, ERR_NOT_ALLOWED, "/outbreak", "the edition %.*s does not allow door sensors", STR_ARG(tx->protocol->id));
	if (b->consent != 1)
		return err_set(e, ERR_NOT_ALLOWED, "/body/consent", "a door sensor is fitted only with the consent of who lives there");
	if (b->announced != 1)
		return err_set(e, ERR_NOT_ALLOWED, "/body/announced", "tell the person first what the sensor records and until when");
	if (b->consent_at > f->at)
		return err_set(e, ERR_BAD_VALUE, "/body/consent_at", "consent comes before the sensor");
	if (!id_parse(b->person, &person))
		return err_set(e, ERR_BAD_VALUE, "/body/person", "the id of a person is expected");
	char *text = arena_alloc(tx->arena, ID_TEXT_N + 1);
	id_format(person, text);
	b->person = str_of(text);
	for (size_t i = 0; i < b->sensor.n; i++) /* it stands in a topic */
		if (!((b->sensor.p[i] >= '0' && b->sensor.p[i] <= '9') || (b->sensor.p[i] >= 'a' && b->sensor.p[i] <= 'z') ||
		      (b->sensor.p[i] >= 'A' && b->sensor.p[i] <= 'Z') || b->sensor.p[i] == '-' || b->sensor.p[i] == '_' || b->sensor.p[i] == '.'))
			return err_set(e, ERR_BAD_VALUE, "/body/sensor", "letters, digits, hyphen, underline and dot only");
	return OK;
}

enum err_code homecare_guard_bound(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct homecare_sensor_bound *b = f->body;
	struct id person_id;
	int64_t person, watch;
	struct home_state h = {0};
	CHECK(id_parse(b->person, &person_id));
	enum err_code rc = ledger_key_known(tx, NULL, person_id, &person, e);
	if (rc == OK && person > 0)
		rc = homecare_state_read(tx, person, &h, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "watch", b->watch, &watch, e);
	if (rc != OK)
		return rc;
	const struct span *s = h.spans_n ? &h.spans[h.spans_n - 1] : NULL;
	if (!s || !s->home || s->until <= f->at)
		return err_set(e, ERR_NOT_ALLOWED, "/body/person", "no order keeps this person at home");
	rc = db_query(tx->db, &SQL_homecare_watches_of_sensor, PARAMS(V_INT(tx->county), V_TEXT(b->sensor)), e);
	if (rc != OK)
		return rc;
	bool taken = false;
	while (db_next(tx->db))
		taken |= db_int(tx->db, 0) != watch;
	rc = db_stop(tx->db, e);
	if (rc == OK && taken)
		return err_set(e, ERR_NOT_ALLOWED, "/body/sensor", "this sensor hangs at another door; take it off there first");
	return rc;
}

static enum err_code ended(struct ledger_tx *tx, int64_t watch, bool *yes, struct err *e)
{
	int64_t n;
	enum err_code rc = db_one(tx->db, &SQL_homecare_watch_ended, PARAMS(V_INT(tx->county), V_INT(watch)), 0, &n, e);
	*yes = n > 0;
	return rc;
}

enum err_code homecare_apply_bound(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_sensor_bound *b = f->body;
	struct watch_row before;
	struct id person;
	int64_t watch;
	bool over;
	enum err_code rc = ledger_key(tx, "watch", b->watch, &watch, e);
	if (rc == OK)
		rc = ended(tx, watch, &over, e);
	if (rc != OK)
		return rc;
	if (over) /* told after its end: its key was made just now, and goes again */
		ledger_to_destroy(tx->l, b->watch);
	if (over || !b->person.p || !id_parse(b->person, &person)) /* sealed for ever: as if it had never been said */
		return OK;
	rc = read_watch(tx, watch, &before, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_homecare_watch_put,
			    PARAMS(V_INT(tx->county), V_INT(watch), V_INT(f->at), V_ID(&f->id), V_ID(&person), V_TEXT(b->sensor), V_INT(tx->outbreak),
				   V_INT(f->area), V_TEXT(f->edition)),
			    e);
	if (rc == OK)
		rc = derive_watch(tx, watch, NULL, e);
	if (rc == OK)
		rc = derive_same_sensor(tx, b->sensor, watch, e);
	if (rc == OK && before.found && !str_eq(before.sensor, b->sensor))
		rc = derive_same_sensor(tx, before.sensor, watch, e);
	return rc;
}

/* Everything that came from the watch goes, duties and clocks of its openings too. */
static enum err_code forget(struct ledger_tx *tx, int64_t watch, struct err *e)
{
	const int64_t *openings;
	size_t n = 0;
	struct owed_list none = {0};
	struct watch_row w;
	const struct db_val key[] = {V_INT(tx->county), V_INT(watch)};
	enum err_code rc = read_watch(tx, watch, &w, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_homecare_door_openings, watch, &openings, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = clock_unset(tx, "door_to_call", openings[i], e);
	if (rc == OK)
		rc = homecare_write_duties(tx, watch, &none, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_homecare_doors_drop, key, ARRAY_N(key), e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_homecare_calls_drop, key, ARRAY_N(key), e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_homecare_watch_drop, key, ARRAY_N(key), e);
	if (rc == OK && w.found)
		rc = derive_same_sensor(tx, w.sensor, watch, e);
	return rc;
}

static enum err_code end_watch(struct ledger_tx *tx, int64_t watch, int64_t at, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_homecare_watch_end_put, PARAMS(V_INT(tx->county), V_INT(watch), V_INT(at)), e);
	return rc == OK ? forget(tx, watch, e) : rc;
}

enum err_code homecare_apply_unbound(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_sensor_unbound *b = f->body;
	struct watch_row w;
	int64_t watch;
	enum err_code rc = ledger_key(tx, "watch", b->watch, &watch, e);
	if (rc == OK)
		rc = read_watch(tx, watch, &w, e);
	if (rc == OK)
		rc = end_watch(tx, watch, f->at, e);
	if (rc == OK && w.found) /* when it is told before its binding, the binding destroys what it made */
		ledger_to_destroy(tx->l, b->watch);
	return rc == OK ? house_note_erasure(tx, watch, f->at, STR("the door sensor was unbound"), e) : rc;
}

/* Somebody with that right destroyed the watch's key. */
enum err_code homecare_on_erased(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_subject_erased *b = f->body;
	int64_t watch, is_watch = 0;
	enum err_code rc = ledger_key_known(tx, NULL, b->subject, &watch, e);
	if (rc == OK && watch > 0)
		rc = db_one(tx->db, &SQL_homecare_is_watch, PARAMS(V_INT(tx->county), V_INT(watch)), 0, &is_watch, e);
	return rc == OK && is_watch ? end_watch(tx, watch, f->at, e) : rc;
}

/* ---- what sensors say -------------------------------------------------------------------------------------------------------- */

static enum err_code put_door(struct ledger_tx *tx, const struct fact *f, struct id watch_id, enum door_what what, int64_t opening, int64_t value,
			      struct err *e)
{
	int64_t watch;
	bool over;
	enum err_code rc = ledger_key(tx, "watch", watch_id, &watch, e);
	if (rc == OK)
		rc = ended(tx, watch, &over, e);
	if (rc != OK || over)
		return rc;
	rc = db_run(tx->db, &SQL_homecare_door_put,
		    PARAMS(V_INT(tx->county), V_INT(watch), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(opening), V_INT(value)), e);
	if (rc == OK && (what == DOOR_HEARTBEAT || what == DOOR_SILENT))
		rc = db_run(tx->db, &SQL_homecare_door_newest, PARAMS(V_INT(tx->county), V_INT(watch), V_INT(what)), e);
	return rc == OK ? derive_watch(tx, watch, NULL, e) : rc;
}

enum err_code homecare_apply_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_door_opened *b = f->body;
	int64_t opening;
	enum err_code rc = ledger_key(tx, "opening", f->id, &opening, e);
	return rc == OK ? put_door(tx, f, b->watch, DOOR_OPENED, opening, 0, e) : rc;
}

enum err_code homecare_apply_closed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_door_closed *b = f->body;
	return put_door(tx, f, b->watch, DOOR_CLOSED, 0, 0, e);
}

enum err_code homecare_apply_heartbeat(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_sensor_heartbeat *b = f->body;
	return put_door(tx, f, b->watch, DOOR_HEARTBEAT, 0, homecare_or(b->battery, -1), e);
}

enum err_code homecare_apply_silent(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_sensor_fell_silent *b = f->body;
	return put_door(tx, f, b->watch, DOOR_SILENT, 0, homecare_or(b->since_at, 0), e);
}

enum err_code homecare_apply_call(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_call_done *b = f->body;
	int64_t watch, opening;
	bool over;
	enum err_code rc = ledger_key(tx, "watch", b->watch, &watch, e);
	if (rc == OK)
		rc = ledger_key(tx, "opening", b->opening, &opening, e);
	if (rc == OK)
		rc = ended(tx, watch, &over, e);
	if (rc != OK || over)
		return rc;
	rc = db_run(tx->db, &SQL_homecare_call_put,
		    PARAMS(V_INT(tx->county), V_INT(watch), V_INT(opening), V_INT(f->at), V_ID(&f->id), V_INT(b->result)), e);
	return rc == OK ? derive_watch(tx, watch, NULL, e) : rc;
}

/* ---- for the gateway ------------------------------------------------------------------------------------------------------------ */

enum err_code homecare_watches(struct db *db, struct arena *a, int64_t county, int64_t now, const struct homecare_watch **out, size_t *out_n,
			       struct err *e)
{
	struct homecare_watch *v = NULL;
	size_t n = 0;
	enum err_code rc = db_query(db, &SQL_homecare_live_watches, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		v = arena_grown(a, v, n, sizeof *v);
		int64_t until = db_int(db, 7), heard = db_int(db, 8), silent = db_int(db, 9);
		v[n++] = (struct homecare_watch){.watch = db_id(db, 0), .outbreak = db_id(db, 1), .county = db_int(db, 2), .area = db_int(db, 3),
						 .sensor = arena_str(a, db_text(db, 4)), .edition = arena_str(a, db_text(db, 5)),
						 .bound_at = db_int(db, 6), .heard_at = heard, .silent = silent > heard, .battery = db_int(db, 10),
						 .over = until > 0 && until <= now};
	}
	*out = v;
	*out_n = n;
	return db_stop(db, e);
}

enum err_code homecare_sensor_bound_now(struct db *db, int64_t county, struct str sensor, bool *yes, struct err *e)
{
	int64_t watch;
	enum err_code rc = db_one(db, &SQL_homecare_watches_of_sensor, PARAMS(V_INT(county), V_TEXT(sensor)), 0, &watch, e);
	*yes = watch > 0;
	return rc;
}
