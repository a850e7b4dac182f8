/* SPDX-License-Identifier: Apache-2.0
 *
 * What was reported of one room, with the stays in it and the kind of its site, folded into the room's state. Who breaks the rule of
 * rooms.h when he comes does not count from then to the end of his stay.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

enum item_kind { ITEM_SITE_OPENED, ITEM_SITE_SHUT, ITEM_ENTRY, ITEM_EXIT, ITEM_ROOM, ITEM_SETTLED };
struct item {
	int64_t at;
	struct id fact;
	enum item_kind kind;
	size_t stay;            /* entry, exit */
	int64_t what, value;    /* room event; site: kind */
	int64_t person;         /* settled */
};
struct book {
	int64_t room, site, area;
	struct isolation_room now;
	struct isolation_occupant *in;
	size_t *in_stay;        /* the stay of each occupant */
	struct stay *stays;
	size_t stays_n;
	bool *disputed;         /* by stay: was reported here, does not count, and may still be here */
	size_t disputed_n;
	struct item *items;
	size_t items_n;
	int64_t since_at, cleaned_at, dirtied_at, closed_at, last_outbreak, rest_from;
	struct str edition;     /* of the newest stay */
};

static void add(struct ledger_tx *tx, struct book *b, struct item it)
{
	b->items = arena_grown(tx->arena, b->items, b->items_n, sizeof *b->items);
	b->items[b->items_n++] = it;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static enum err_code read_room(struct ledger_tx *tx, struct book *b, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_isolation_room_get, PARAMS(V_INT(tx->county), V_INT(b->room)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		b->now.registered = true;
		b->site = db_int(tx->db, 0);
		b->now.beds = db_int(tx->db, 1);
		b->area = db_int(tx->db, 2);
	}
	return db_stop(tx->db, e);
}

/* The site is taken for what it was first opened as, until then too: rooms are filled on the day before the paper is signed. */
static enum err_code read_site(struct ledger_tx *tx, struct book *b, struct err *e)
{
	b->now.kind = -1;
	if (b->site == 0)
		return OK;
	enum err_code rc = db_query(tx->db, &SQL_isolation_site_events, PARAMS(V_INT(tx->county), V_INT(b->site)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		bool opened = db_int(tx->db, 2) == SITE_OPENED;
		if (opened && b->now.kind < 0)
			b->now.kind = db_int(tx->db, 3);
		add(tx, b, (struct item){.at = db_int(tx->db, 0), .fact = db_id(tx->db, 1),
					 .kind = opened ? ITEM_SITE_OPENED : ITEM_SITE_SHUT, .value = db_int(tx->db, 3)});
	}
	return db_stop(tx->db, e);
}

static enum err_code read_stays(struct ledger_tx *tx, struct book *b, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_isolation_stays_in, PARAMS(V_INT(tx->county), V_INT(b->room)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		b->stays = arena_grown(tx->arena, b->stays, b->stays_n, sizeof *b->stays);
		struct stay *s = &b->stays[b->stays_n];
		*s = (struct stay){.person = db_int(db, 0), .from_at = db_int(db, 1), .fact = db_id(db, 2), .class = db_int(db, 3),
				   .guards = db_int(db, 4), .until_at = db_int(db, 5), .until_fact = db_id(db, 6), .claim = db_int(db, 7),
				   .verdict = db_int(db, 8), .child_max = db_int(db, 9), .household = db_int(db, 10),
				   .birth_year = db_int(db, 11), .helped = db_int(db, 12), .guards_household = db_int(db, 13),
				   .outbreak = db_int(db, 14), .area = db_int(db, 15), .edition = arena_str(tx->arena, db_text(db, 16)),
				   .room = b->room};
		add(tx, b, (struct item){.at = s->from_at, .fact = s->fact, .kind = ITEM_ENTRY, .stay = b->stays_n});
		if (s->until_at > 0)
			add(tx, b, (struct item){.at = s->until_at, .fact = s->until_fact, .kind = ITEM_EXIT, .stay = b->stays_n});
		b->last_outbreak = s->outbreak; /* by (from_at, fact) */
		b->edition = s->edition;
		if (!b->now.registered)
			b->area = s->area;
		b->stays_n++;
	}
	return db_stop(db, e);
}

static enum err_code read_events(struct ledger_tx *tx, struct book *b, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_isolation_room_events, PARAMS(V_INT(tx->county), V_INT(b->room)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		add(tx, b, (struct item){.at = db_int(tx->db, 0), .fact = db_id(tx->db, 1), .kind = ITEM_ROOM, .what = db_int(tx->db, 2),
					 .value = db_int(tx->db, 3)});
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_isolation_settled_in, PARAMS(V_INT(tx->county), V_INT(b->room)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		add(tx, b, (struct item){.at = db_int(tx->db, 0), .fact = db_id(tx->db, 1), .kind = ITEM_SETTLED, .person = db_int(tx->db, 2)});
	return db_stop(tx->db, e);
}

static int by_at_and_fact(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;
	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	int c = id_cmp(a->fact, b->fact);
	if (c == 0)
		c = (int)a->kind - (int)b->kind;
	return c != 0 ? c : a->stay < b->stay ? -1 : a->stay > b->stay;
}

/* ---- the fold ------------------------------------------------------------------------------------------------------ */

static void dispute(struct book *b, size_t i, bool yes)
{
	if (b->disputed[i] != yes)
		b->disputed_n += yes ? 1 : (size_t)-1;
	b->disputed[i] = yes;
}

static void enter(struct book *b, const struct item *it)
{
	struct stay *s = &b->stays[it->stay];
	struct isolation_occupant who = {.person = s->person, .household = s->household, .class = s->class, .guards = s->guards,
					 .guards_household = s->guards_household,
					 .dependent = isolation_dependent(s->birth_year, s->helped == 1, s->from_at, s->child_max)};
	s->verdict = s->claim != FIT_OK ? s->claim : (int64_t)isolation_room_fits(&b->now, &who, it->at);
	if (s->verdict != FIT_OK) {
		dispute(b, it->stay, true);
		return;
	}
	b->in_stay[b->now.in_n] = it->stay;
	b->in[b->now.in_n++] = who;
	b->since_at = b->now.in_n == 1 ? it->at : b->since_at;
}

/* Whoever leaves last, counted or not, leaves a room to be disinfected. */
static void leave(struct book *b, const struct item *it)
{
	bool was = b->disputed[it->stay];
	dispute(b, it->stay, false);
	size_t i = 0;
	while (i < b->now.in_n && b->in_stay[i] != it->stay)
		i++;
	if (i < b->now.in_n) {
		b->now.in_n--;
		memmove(b->in + i, b->in + i + 1, (b->now.in_n - i) * sizeof *b->in);
		memmove(b->in_stay + i, b->in_stay + i + 1, (b->now.in_n - i) * sizeof *b->in_stay);
	} else if (!was) /* a human found that nobody was here */
		return;
	if (b->now.in_n == 0 && b->now.dirty_at == 0)
		b->now.dirty_at = b->dirtied_at = b->since_at = it->at;
}

static void room_event(struct book *b, const struct item *it)
{
	switch ((enum isolation_room_what)it->what) {
	case ROOM_DISINFECTED: /* of an empty room; what is done beside somebody is no terminal disinfection */
		if (b->now.in_n > 0 || b->disputed_n > 0)
			return;
		if (b->now.dirty_at > 0)
			b->cleaned_at = it->at;
		b->now.dirty_at = 0;
		b->now.rest_until = it->value;
		b->since_at = it->at;
		break;
	case ROOM_RESTED:
		b->now.rest_until = it->value;
		break;
	case ROOM_SHUT:
		b->now.closed = true;
		b->closed_at = it->at;
		break;
	case ROOM_REOPENED:
		b->now.closed = false;
		b->closed_at = 0;
		break;
	}
}

static void settle(struct book *b, const struct item *it)
{
	for (size_t i = 0; i < b->stays_n; i++)
		if (b->disputed[i] && b->stays[i].person == it->person)
			dispute(b, i, false);
}

static void fold(struct book *b)
{
	for (size_t i = 0; i < b->items_n; i++) {
		const struct item *it = &b->items[i];
		switch (it->kind) {
		case ITEM_SITE_OPENED:
			b->now.kind = it->value;
			b->now.site_closed = false;
			break;
		case ITEM_SITE_SHUT:
			b->now.site_closed = true;
			break;
		case ITEM_ENTRY:
			enter(b, it);
			break;
		case ITEM_EXIT:
			leave(b, it);
			break;
		case ITEM_ROOM:
			room_event(b, it);
			break;
		case ITEM_SETTLED:
			settle(b, it);
			break;
		}
	}
}

/* ---- writing ----------------------------------------------------------------------------------------------------- */

/* The newest stay of this person here that does not count decides; settled when a human looked at it afterwards. */
static enum err_code write_conflict(struct ledger_tx *tx, const struct book *b, int64_t person, struct err *e)
{
	const struct stay *worst = NULL;
	int64_t settled = 0, outbreak = tx->outbreak;
	for (size_t i = 0; i < b->stays_n; i++) /* by (from_at, fact) */
		if (b->stays[i].person == person && b->stays[i].verdict != FIT_OK)
			worst = &b->stays[i];
	if (!worst)
		return duty_unset(tx, "isolation.conflict", person, b->room, e);
	for (size_t i = 0; i < b->items_n; i++)
		if (b->items[i].kind == ITEM_SETTLED && b->items[i].person == person && b->items[i].at >= worst->from_at && settled == 0)
			settled = b->items[i].at;
	struct duty d = {.kind = "isolation.conflict", .subject = person, .part = b->room, .state = settled ? DUTY_DONE : DUTY_OPEN,
			 .area = worst->area, .from_at = worst->from_at, .due_at = worst->from_at + ISOLATION_CONFLICT_MS,
			 .done_at = settled};
	d.clause = arena_printf(tx->arena, "%.*s isolation: %s", STR_ARG(worst->edition), isolation_fits[worst->verdict]);
	tx->outbreak = worst->outbreak;
	enum err_code rc = duty_set(tx, &d, e);
	tx->outbreak = outbreak;
	return rc;
}

static enum err_code write_verdicts(struct ledger_tx *tx, const struct book *b, const int64_t *before, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < b->stays_n; i++) {
		const struct stay *s = &b->stays[i];
		if (s->verdict != before[i])
			rc = db_run(tx->db, &SQL_isolation_verdict_set,
				    PARAMS(V_INT(tx->county), V_INT(s->person), V_INT(s->from_at), V_ID(&s->fact), V_INT(s->verdict)), e);
		if (rc == OK && (s->verdict != FIT_OK || before[i] != s->verdict))
			rc = write_conflict(tx, b, s->person, e);
	}
	return rc;
}

static enum err_code write_disinfect(struct ledger_tx *tx, const struct book *b, struct err *e)
{
	int64_t outbreak = tx->outbreak;
	if (b->dirtied_at == 0)
		return duty_unset(tx, "isolation.disinfect", b->room, 0, e);
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), b->edition);
	int32_t min = p ? protocol_limit_min(p, STR("terminal_disinfection")) : PROTOCOL_NO_LIMIT;
	struct duty d = {.kind = "isolation.disinfect", .subject = b->room, .area = b->area, .from_at = b->dirtied_at,
			 .due_at = b->dirtied_at + (min == PROTOCOL_NO_LIMIT ? DUTY_DUE_DEFAULT_MS : min * MS_PER_MINUTE),
			 .state = b->now.dirty_at > 0 ? DUTY_OPEN : DUTY_DONE, .done_at = b->now.dirty_at > 0 ? 0 : b->cleaned_at};
	d.clause = arena_printf(tx->arena, "%.*s limits.terminal_disinfection", STR_ARG(b->edition));
	tx->outbreak = b->last_outbreak;
	enum err_code rc = duty_set(tx, &d, e);
	tx->outbreak = outbreak;
	return rc;
}

/* A child that is in a room without an adult has a named adult who answers for it. */
static enum err_code write_guardians(struct ledger_tx *tx, const struct book *b, struct err *e)
{
	struct owed_list l = {.a = tx->arena};
	bool adult = false;
	enum err_code rc = OK;
	for (size_t i = 0; i < b->now.in_n; i++) {
		const struct stay *s = &b->stays[b->in_stay[i]];
		adult |= !isolation_dependent(s->birth_year, s->helped == 1, s->from_at, s->child_max);
	}
	for (size_t i = 0; rc == OK && !adult && i < b->now.in_n; i++) {
		const struct stay *s = &b->stays[b->in_stay[i]];
		int64_t named;
		if (!isolation_dependent(s->birth_year, false, s->from_at, s->child_max))
			continue;
		rc = db_one(tx->db, &SQL_isolation_guardian_at, PARAMS(V_INT(tx->county), V_INT(s->person)), 0, &named, e);
		isolation_owe(&l, s->outbreak,
			      (struct duty){.kind = "isolation.guardian", .subject = b->room, .part = s->person, .area = b->area, .from_at = s->from_at,
					    .due_at = s->from_at + DUTY_DUE_DEFAULT_MS, .state = named ? DUTY_DONE : DUTY_OPEN, .done_at = named,
					    .clause = arena_printf(tx->arena, "%.*s isolation: minors", STR_ARG(s->edition))});
	}
	return rc == OK ? isolation_owe_write(tx, "isolation.guardian", b->room, 0, &l, e) : rc;
}

static enum err_code write_now(struct ledger_tx *tx, const struct book *b, struct err *e)
{
	if (!b->now.registered && b->items_n == 0) /* all that was said of it was taken back */
		return db_run(tx->db, &SQL_isolation_room_now_drop, PARAMS(V_INT(tx->county), V_INT(b->room)), e);
	int64_t class = b->now.in_n > 0 ? b->in[0].class : -1, household = b->now.in_n > 0 ? b->in[0].household : 0;
	for (size_t i = 1; i < b->now.in_n; i++)
		household = b->in[i].household == household ? household : 0;
	return db_run(tx->db, &SQL_isolation_room_now_put,
		      PARAMS(V_INT(tx->county), V_INT(b->room), V_INT(b->since_at), V_INT((int64_t)b->now.in_n), V_INT(class), V_INT(household),
			     V_INT(b->now.dirty_at), V_INT(b->cleaned_at), V_INT(b->now.rest_until), V_INT(b->closed_at),
			     V_INT(b->now.site_closed), V_INT((int64_t)b->disputed_n), V_INT(b->now.kind)),
		      e);
}

enum err_code isolation_room_derive(struct ledger_tx *tx, int64_t room, struct err *e)
{
	struct book b = {.room = room, .edition = STR("")};
	struct arena_mark mark = arena_mark(tx->arena);
	enum err_code rc = read_room(tx, &b, e);
	if (rc == OK)
		rc = read_site(tx, &b, e);
	if (rc == OK)
		rc = read_stays(tx, &b, e);
	if (rc == OK)
		rc = read_events(tx, &b, e);
	if (rc == OK) {
		int64_t *before = ARENA_ARRAY(tx->arena, int64_t, b.stays_n + 1);
		b.in = ARENA_ARRAY(tx->arena, struct isolation_occupant, b.stays_n + 1);
		b.in_stay = ARENA_ARRAY(tx->arena, size_t, b.stays_n + 1);
		b.disputed = ARENA_ARRAY(tx->arena, bool, b.stays_n + 1);
		memset(b.disputed, 0, (b.stays_n + 1) * sizeof *b.disputed);
		for (size_t i = 0; i < b.stays_n; i++)
			before[i] = b.stays[i].verdict;
		b.now.in = b.in;
		if (b.items_n > 1)
			qsort(b.items, b.items_n, sizeof *b.items, by_at_and_fact);
		fold(&b);
		rc = write_verdicts(tx, &b, before, e);
	}
	if (rc == OK)
		rc = write_disinfect(tx, &b, e);
	if (rc == OK)
		rc = write_guardians(tx, &b, e);
	if (rc == OK)
		rc = write_now(tx, &b, e);
	arena_rewind(tx->arena, mark);
	return rc;
}

enum err_code isolation_site_rooms_derive(struct ledger_tx *tx, int64_t site, struct err *e)
{
	const int64_t *rooms = NULL;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, &SQL_isolation_rooms_of_site, site, &rooms, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = isolation_room_derive(tx, rooms[i], e);
	return rc;
}
