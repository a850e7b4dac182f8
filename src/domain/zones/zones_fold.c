/* SPDX-License-Identifier: Apache-2.0
 *
 * One zone out of everything that was said of it. Reads; writes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/tracing/tracing.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

/* ---- reading ------------------------------------------------------------------------------------------------ */

bool zones_unit_same(const struct zone_unit *a, const struct zone_unit *b)
{
	return a->kind == b->kind && a->lo == b->lo && a->hi == b->hi && a->key == b->key;
}

static enum err_code read_events(struct ledger_tx *tx, struct zone_fold *z, struct err *e)
{
	struct db *db = tx->db;
	struct arena *a = tx->arena;
	enum err_code rc = db_query(db, &SQL_zones_events, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		z->event = arena_grown(a, z->event, z->event_n, sizeof *z->event);
		z->event[z->event_n++] = (struct zone_row_event){
			.at = db_int(db, 0), .fact = db_id(db, 1), .what = (enum zone_what)db_int(db, 2), .class = arena_str(a, db_text(db, 3)),
			.name = arena_str(a, db_text(db, 4)), .level = db_int(db, 5), .start_at = db_int(db, 6), .until_at = db_int(db, 7),
			.flag = db_int(db, 8), .case_key = db_int(db, 9), .day = db_int(db, 10), .basis = arena_str(a, db_text(db, 11)),
			.notice = arena_str(a, db_text(db, 12)), .shape = arena_str(a, db_text(db, 13)), .outbreak = db_int(db, 14),
			.area = db_int(db, 15), .edition = arena_str(a, db_text(db, 16))};
	}
	return db_stop(db, e);
}

static enum err_code read_told(struct ledger_tx *tx, struct zone_fold *z, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_zones_event_units, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		z->told = arena_grown(tx->arena, z->told, z->told_n, sizeof *z->told);
		z->told[z->told_n++] = (struct zone_event_unit){
			.fact = db_id(db, 0), .sign = (enum unit_sign)db_int(db, 1),
			.unit = {.kind = (enum unit_kind)db_int(db, 2), .lo = db_int(db, 3), .hi = db_int(db, 4), .key = db_int(db, 5)}};
	}
	return db_stop(db, e);
}

/* ---- units ---------------------------------------------------------------------------------------------------- */

static struct zone_unit *unit_of(struct zone_fold *z, const struct zone_unit *u)
{
	for (size_t i = 0; i < z->unit_n; i++)
		if (z->unit[i].gone_at == 0 && zones_unit_same(&z->unit[i], u))
			return &z->unit[i];
	return NULL;
}

/* The units that an event names; NULL behind the last. *i is where the search goes on. */
static const struct zone_unit *named(const struct zone_fold *z, struct id fact, enum unit_sign sign, size_t *i)
{
	for (; *i < z->told_n; (*i)++)
		if (z->told[*i].sign == sign && id_eq(z->told[*i].fact, fact))
			return &z->told[(*i)++].unit;
	return NULL;
}
#define EACH_NAMED(u, z, fact, sign, i) for (size_t i = 0; ((u) = named(z, fact, sign, &i));)

static void add_units(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v, int64_t since)
{
	const struct zone_unit *u;
	EACH_NAMED(u, z, v->fact, UNIT_IN, i)
		if (!unit_of(z, u)) {
			z->unit = arena_grown(tx->arena, z->unit, z->unit_n, sizeof *z->unit);
			z->unit[z->unit_n] = *u;
			z->unit[z->unit_n++].since = since;
		}
}

static void take_out(struct zone_fold *z, struct id fact, enum unit_sign sign, int64_t at)
{
	const struct zone_unit *u;
	EACH_NAMED(u, z, fact, sign, i) {
		struct zone_unit *mine = unit_of(z, u);
		if (mine)
			mine->gone_at = at;
	}
}

static bool names_part(const struct zone_fold *z, struct id fact)
{
	size_t i = 0;
	return named(z, fact, UNIT_IN, &i) != NULL;
}

static void latest(int64_t *to, int64_t v)
{
	if (v > *to)
		*to = v;
}

/* ---- the clock -------------------------------------------------------------------------------------------------- */

static void note_reset(struct ledger_tx *tx, struct zone_fold *z, int64_t at, int64_t case_key)
{
	z->reset = arena_grown(tx->arena, z->reset, z->reset_n, sizeof *z->reset);
	z->reset[z->reset_n++] = (struct zone_reset){at, case_key, z->rules};
}

static void reset_by_officer(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	const struct zone_unit *u;
	if (!names_part(z, v->fact)) {
		note_reset(tx, z, v->start_at, 0);
		return;
	}
	EACH_NAMED(u, z, v->fact, UNIT_IN, i) {
		struct zone_unit *mine = unit_of(z, u);
		if (mine)
			latest(&mine->clock, v->start_at);
	}
}

/* ---- events -------------------------------------------------------------------------------------------------------- */

static void take_class(struct zone_fold *z, const struct zone_row_event *v)
{
	z->class = v->class;
	z->rules = z->protocol ? protocol_zone_find(z->protocol, v->class) : NULL;
}

static void begin(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	z->state = ZONE_IN_FORCE;
	z->outbreak = v->outbreak;
	z->area = v->area;
	z->edition = v->edition;
	z->protocol = protocol_book_find(ledger_protocols(tx->l), v->edition);
	z->level = v->level;
	z->declared_at = v->at;
	z->start_at = v->start_at;
	z->ends_at = v->until_at;
	z->basis = v->basis;
	z->notice = v->notice;
	z->shape = v->shape;
	if (v->name.n || z->name.n == 0)
		z->name = v->name;
	z->by_downgrade = v->what == WHAT_ENTERED;
	z->stepped_at = v->what == WHAT_ENTERED ? v->at : 0;
	z->unit_n = 0; /* what was proposed gives way to what was decided */
	take_class(z, v);
	add_units(tx, z, v, v->start_at);
	note_reset(tx, z, v->start_at, 0);
}

static void propose(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	if (z->state != ZONE_NONE)
		return; /* a later proposal of a zone that stands says nothing new */
	z->state = ZONE_PROPOSED;
	z->outbreak = v->outbreak;
	z->area = v->area;
	z->edition = v->edition;
	z->protocol = protocol_book_find(ledger_protocols(tx->l), v->edition);
	z->name = v->name;
	z->proposed_at = v->at;
	take_class(z, v);
	add_units(tx, z, v, v->at);
}

static void step_down(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	if (names_part(z, v->fact)) {
		take_out(z, v->fact, UNIT_IN, v->at);
		return;
	}
	z->early = v->flag == 1;
	if (str_eq_c(v->class, "none")) {
		z->state = ZONE_ENDED;
		z->ended_at = v->at;
		return;
	}
	take_class(z, v);
	z->by_downgrade = true;
	z->stepped_at = v->at;
	z->prolonged_at = 0;
	note_reset(tx, z, v->at, 0);
}

static void apply_in_force(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	const struct zone_unit *u;
	switch (v->what) {
	case WHAT_CHANGED:
		take_out(z, v->fact, UNIT_OUT, v->at);
		add_units(tx, z, v, v->at);
		break;
	case WHAT_PROLONGED:
		if (!names_part(z, v->fact))
			latest(&z->prolonged_at, v->until_at);
		EACH_NAMED(u, z, v->fact, UNIT_IN, i) {
			struct zone_unit *mine = unit_of(z, u);
			if (mine)
				latest(&mine->until_at, v->until_at);
		}
		break;
	case WHAT_STEPPED_DOWN:
		step_down(tx, z, v);
		break;
	case WHAT_LIFTED:
		z->state = ZONE_ENDED;
		z->ended_at = v->at;
		z->early = v->flag == 1;
		break;
	case WHAT_RESET:
		reset_by_officer(tx, z, v);
		break;
	case WHAT_PROPOSED:
	case WHAT_DECLARED:
	case WHAT_PUBLISHED:
	case WHAT_JUDGED:
	case WHAT_ROLL_CLOSED:
	case WHAT_ENTERED:
		break;
	}
}

static void close_roll(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	z->closing = arena_grown(tx->arena, z->closing, z->closing_n, sizeof *z->closing);
	z->closing[z->closing_n++] = (struct zone_closing){v->flag, v->day, v->at};
}

static void fold_event(struct ledger_tx *tx, struct zone_fold *z, const struct zone_row_event *v)
{
	switch (v->what) {
	case WHAT_PROPOSED:
		propose(tx, z, v);
		break;
	case WHAT_DECLARED:
	case WHAT_ENTERED:
		if (z->declared_at == 0 && z->state != ZONE_ENDED)
			begin(tx, z, v);
		else
			z->conflict |= CONFLICT_TWICE;
		break;
	case WHAT_PUBLISHED:
		if (z->published_at == 0)
			z->published_at = v->at;
		break;
	case WHAT_ROLL_CLOSED:
		close_roll(tx, z, v);
		break;
	case WHAT_JUDGED:
		break; /* looked at when the hit is weighed */
	case WHAT_CHANGED:
	case WHAT_PROLONGED:
	case WHAT_STEPPED_DOWN:
	case WHAT_LIFTED:
	case WHAT_RESET:
		if (z->state == ZONE_PROPOSED && v->what == WHAT_LIFTED) { /* the proposal is turned down */
			z->state = ZONE_ENDED;
			z->ended_at = v->at;
		} else if (z->state == ZONE_IN_FORCE)
			apply_in_force(tx, z, v);
		else
			z->conflict |= CONFLICT_NOT_IN_FORCE;
		break;
	}
}

/* A later edition takes over the zones that stand when it does, as its adoption says; a class that it does not know lapses then. */
static enum err_code follow_editions(struct ledger_tx *tx, struct zone_fold *z, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_house_editions, PARAMS(V_INT(tx->county), V_INT(z->outbreak)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), db_text(db, 0));
		int64_t from = db_int(db, 1), transition = db_int(db, 2), t = transition == TRANSITION_AT_DATE ? db_int(db, 3) : from;
		if (!p || from <= z->declared_at || transition == TRANSITION_NEW_ONLY || (z->ended_at > 0 && t >= z->ended_at))
			continue;
		const struct protocol_zone *rules = protocol_zone_find(p, z->class);
		if (!rules) {
			z->lapsed_at = t;
			break;
		}
		z->protocol = p;
		z->rules = rules;
		z->edition = p->id;
	}
	return db_stop(db, e);
}

enum err_code zones_fold(struct ledger_tx *tx, int64_t zone, struct zone_fold *out, struct err *e)
{
	struct zone_fold z = {.key = zone, .level = -1, .name = STR(""), .class = STR(""), .edition = STR(""), .basis = STR(""),
			      .notice = STR(""), .shape = STR("")};
	enum err_code rc = read_events(tx, &z, e);
	if (rc == OK)
		rc = read_told(tx, &z, e);
	for (size_t i = 0; rc == OK && i < z.event_n; i++)
		fold_event(tx, &z, &z.event[i]);
	if (rc == OK && z.declared_at > 0)
		rc = follow_editions(tx, &z, e);
	if (rc == OK && z.declared_at > 0 && !z.rules && z.lapsed_at == 0)
		z.conflict |= CONFLICT_NO_CLASS;
	if (z.event_n > 0 && z.area == 0) { /* nothing but reports of a zone that nobody declared */
		z.area = z.event[0].area;
		z.outbreak = z.event[0].outbreak;
	}
	if (rc == OK)
		*out = z;
	return rc;
}
