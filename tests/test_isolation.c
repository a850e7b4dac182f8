/* SPDX-License-Identifier: Apache-2.0
 *
 * Isolation: the rule of sharing; random worlds, told in any order, against a plain model that plays all facts of all persons and rooms
 * through once by the clock; the four things that cannot be, looked for in what the tables say; what is entered live never ends in a conflict.
 *
 * SUSHUI_WORLDS sets how many worlds (150), SUSHUI_WORLDS_PG those on PostgreSQL (10), SUSHUI_SEED the first seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "domain/isolation/isolation.h"
#include "ledger/duty.h"
#include "sql.gen.h"
#include "world.h"

#define PERSONS 7
#define ROOMS 4
#define FACTS_MAX 160
#define REST_MS MINUTES(60)

/* ---- the rule ------------------------------------------------------------------------------------------------------ */

static void the_rule(void **state)
{
	(void)state;
	struct isolation_occupant one = {.person = 1, .household = 5, .class = EXPOSED_CLOSE}, two = {.person = 2, .household = 5, .class = EXPOSED_CLOSE};
	struct isolation_occupant in[2] = {one, {0}};
	struct isolation_room room = {.registered = true, .beds = 2, .kind = SITE_CONTACTS, .in = in, .in_n = 1};
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_OK);
	two.household = 6;
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_STRANGERS);
	two.household = in[0].household = 0; /* two whose household nobody knows are strangers */
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_STRANGERS);
	in[0].household = two.household = 5;
	two.class = EXPOSED_SECONDARY;
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_CLASS);
	two.class = EXPOSED_CASE;
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_KIND);
	two.class = EXPOSED_CLOSE;
	room.rest_until = 1001;
	assert_int_equal(isolation_room_fits(&room, &two, 1000), FIT_RESTING);
	assert_int_equal(isolation_room_fits(&room, &two, 1001), FIT_OK);
	room.dirty_at = 7;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_NOT_CLEAN);
	room.dirty_at = 0;
	room.held_n = 1;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_FULL);
	room.held_n = 0;
	room.disputed_n = 1;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_DISPUTED);
	room.disputed_n = 0;
	room.closed = true;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_CLOSED);
	room.closed = false;
	room.site_closed = true;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_SITE_CLOSED);
	room.site_closed = false;
	room.kind = -1; /* of a site not known yet nothing is held against anybody */
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_OK);
	room.registered = false;
	assert_int_equal(isolation_room_fits(&room, &two, 2000), FIT_ROOM_UNKNOWN);
}

static void guardians(void **state)
{
	(void)state;
	struct isolation_occupant child = {.person = 1, .household = 5, .class = EXPOSED_CLOSE, .dependent = true};
	struct isolation_occupant aunt = {.person = 2, .household = 6, .class = EXPOSED_CLOSE, .guards = 1, .guards_household = 5};
	struct isolation_occupant sister = {.person = 3, .household = 5, .class = EXPOSED_CLOSE, .dependent = true};
	struct isolation_occupant grown = {.person = 4, .household = 5, .class = EXPOSED_CLOSE};
	assert_true(isolation_may_share(&child, &aunt) && isolation_may_share(&aunt, &child));
	assert_true(isolation_may_share(&aunt, &sister)); /* children of one household have one guardian */
	assert_false(isolation_may_share(&aunt, &grown));
	child.dependent = false;
	assert_false(isolation_may_share(&child, &aunt));
	child.dependent = true;
	aunt.class = EXPOSED_SECONDARY;
	assert_false(isolation_may_share(&child, &aunt));
	for (int64_t kind = 0; kind < 3; kind++)
		for (int64_t class = 0; class < EXPOSED__N; class++)
			assert_int_equal(isolation_kind_takes(kind, class), kind == SITE_CASES_MILD ? class == EXPOSED_CASE
									  : kind == SITE_ARRIVALS   ? class == EXPOSED_ARRIVAL
												    : class != EXPOSED_CASE && class != EXPOSED_ARRIVAL);
}

/* ---- random worlds ----------------------------------------------------------------------------------------------- */

enum what { ADMITTED, MOVED, RELEASED, LEFT, DISINFECTED, RESTED, SHUT, REOPENED, SETTLED, WITHDRAWN, OTHER };
struct told {
	enum what what;
	int64_t at, value;
	struct id id;
	struct str text;
	int person, room, class, guards; /* persons and rooms from 1, 0 = none */
	int of; /* withdrawn: which one */
};
struct tale {
	struct told f[FACTS_MAX];
	int n;
	int household[PERSONS + 1], birth_year[PERSONS + 1], beds[ROOMS + 1], kind[ROOMS + 1];
	struct dice d;
};

static const char *const class_words[] = {"close_contact", "secondary_contact", "case"};
static const int class_of[] = {EXPOSED_CLOSE, EXPOSED_SECONDARY, EXPOSED_CASE};

static struct id id_in(struct str text)
{
	struct id id;
	assert_true(id_parse((struct str){text.p + 7, ID_TEXT_N}, &id));
	return id;
}

static struct told *add(struct tale *t, enum what what, int64_t at, struct str text)
{
	assert_true(t->n < FACTS_MAX);
	t->f[t->n] = (struct told){.what = what, .at = at, .id = id_in(text), .text = text};
	return &t->f[t->n++];
}

static void tell_houses(struct tale *t, struct world *w)
{
	static const char *const kinds[] = {"contacts", "cases_mild"};
	for (int s = 0; s < 2; s++)
		add(t, OTHER, NOW - HOURS(200), world_fact(w, "isolation.site_opened", TOWN, NOW - HOURS(200), "{'site':'%s','name':'S','kind':'%s'}",
							   NAME("site", s + 1), kinds[s]));
	for (int r = 1; r <= ROOMS; r++) {
		t->beds[r] = 1 + (int)dice_below(&t->d, 4);
		t->kind[r] = r == ROOMS ? SITE_CASES_MILD : SITE_CONTACTS;
		add(t, OTHER, NOW - HOURS(190),
		    world_fact(w, "isolation.room_registered", TOWN, NOW - HOURS(190),
			       "{'room':'%s','site':'%s','floor':1,'number':'%d','position':%d,'side':'left','beds':%d}", NAME("room", r),
			       NAME("site", r == ROOMS ? 2 : 1), r, r, t->beds[r]));
	}
	for (int p = 1; p <= PERSONS; p++) {
		t->household[p] = 1 + (int)dice_below(&t->d, 2);
		t->birth_year[p] = dice_below(&t->d, 3) == 0 ? 2015 : 1980;
		add(t, OTHER, NOW - HOURS(180),
		    world_fact(w, "people.person_registered", VILLAGE_A, NOW - HOURS(180), "{'person':'%s','household':'%s','name':'N','birth_year':%d}",
			       NAME("person", p), NAME("household", t->household[p]), t->birth_year[p]));
	}
}

static void tell_one(struct tale *t, struct world *w, int64_t at)
{
	int p = 1 + (int)dice_below(&t->d, PERSONS), r = 1 + (int)dice_below(&t->d, ROOMS), c = dice_below(&t->d, 8) ? 0 : 1 + (int)dice_below(&t->d, 2);
	int g = dice_below(&t->d, 3) ? 0 : 1 + (int)dice_below(&t->d, PERSONS);
	struct told *f;
	switch (dice_below(&t->d, 15)) {
	case 0: case 1: case 2:
		if (r == ROOMS && dice_below(&t->d, 5))
			c = 2;
		if (g == p)
			g = 0;
		if (g)
			f = add(t, ADMITTED, at, world_fact(w, "isolation.admitted", TOWN, at, "{'person':'%s','room':'%s','class':'%s','guardian_of':'%s'}",
							    NAME("person", p), NAME("room", r), class_words[c], NAME("person", g)));
		else
			f = add(t, ADMITTED, at, world_fact(w, "isolation.admitted", TOWN, at, "{'person':'%s','room':'%s','class':'%s'}",
							    NAME("person", p), NAME("room", r), class_words[c]));
		f->class = class_of[c];
		f->guards = g;
		break;
	case 4: case 5:
		f = add(t, MOVED, at, world_fact(w, "isolation.moved", TOWN, at, "{'person':'%s','room':'%s'}", NAME("person", p), NAME("room", r)));
		break;
	case 6:
		f = add(t, RELEASED, at, world_fact(w, "isolation.released", TOWN, at, "{'person':'%s'}", NAME("person", p)));
		r = 0;
		break;
	case 3: case 7: case 8: case 14:
		f = add(t, LEFT, at, world_fact(w, "isolation.left", TOWN, at, "{'person':'%s','reason':'other'}", NAME("person", p)));
		r = 0;
		break;
	case 9: case 10: case 11:
		f = add(t, DISINFECTED, at, world_fact(w, "isolation.room_disinfected", TOWN, at, "{'room':'%s'}", NAME("room", r)));
		f->value = at + REST_MS;
		p = 0;
		break;
	case 12: {
		static const char *const kinds[] = {"isolation.room_closed", "isolation.room_opened", "isolation.room_rested_until"};
		int k = (int)dice_below(&t->d, 3);
		f = add(t, k == 0 ? SHUT : k == 1 ? REOPENED : RESTED, at,
			k < 2 ? world_fact(w, kinds[k], TOWN, at, "{'room':'%s'}", NAME("room", r))
			      : world_fact(w, kinds[k], TOWN, at, "{'room':'%s','until_at':%lld}", NAME("room", r), (long long)(at + MINUTES(20))));
		f->value = at + MINUTES(20);
		p = 0;
		break;
	}
	default: {
		int of = (int)dice_below(&t->d, (uint64_t)t->n);
		if (dice_below(&t->d, 2) && t->f[of].person && t->f[of].what <= LEFT) {
			char id[ID_TEXT_N + 1];
			id_format(t->f[of].id, id);
			p = t->f[of].person;
			f = add(t, WITHDRAWN, at, world_fact(w, "isolation.entry_withdrawn", TOWN, at, "{'entry':'%s','person':'%s','reason':'typed wrong'}", id,
							     NAME("person", p)));
			f->of = of;
		} else
			f = add(t, SETTLED, at, world_fact(w, "isolation.conflict_settled", TOWN, at, "{'person':'%s','room':'%s','finding':'looked'}",
							   NAME("person", p), NAME("room", r)));
		break;
	}
	}
	f->person = p;
	f->room = r;
}

static void tell(struct tale *t, struct world *w, uint64_t seed)
{
	*t = (struct tale){0};
	dice_init(&t->d, seed * 7919 + 3);
	tell_houses(t, w);
	int n = 15 + (int)dice_below(&t->d, 90);
	for (int i = 0; i < n; i++)
		tell_one(t, w, NOW - HOURS(100) + MINUTES(20) * (int64_t)dice_below(&t->d, 200));
}

/* ---- the plain model: one pass by the clock ------------------------------------------------------------------------- */

struct mstay {
	int person, room, class, guards;
	int64_t from, until;
	bool claim_only, counted, in, disputed; /* in, disputed: at this moment of the pass */
	struct id fact;
};
struct model {
	struct mstay s[FACTS_MAX];
	int n;
	int64_t dirty[ROOMS + 1], rest[ROOMS + 1], closed[ROOMS + 1];
};

static int told_order(const void *pa, const void *pb)
{
	const struct told *a = *(const struct told *const *)pa, *b = *(const struct told *const *)pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : id_cmp(a->id, b->id);
}

static bool child(const struct tale *t, int p)
{
	return p > 0 && t->birth_year[p] == 2015;
}

static bool minds(const struct tale *t, const struct mstay *a, const struct mstay *b)
{
	return a->guards && child(t, b->person) && (a->guards == b->person || t->household[a->guards] == t->household[b->person]);
}

static bool model_allows(const struct tale *t, const struct model *m, const struct mstay *who)
{
	int r = who->room, n = 0;
	bool site_ok = (t->kind[r] == SITE_CASES_MILD) == (who->class == EXPOSED_CASE);
	if (!site_ok || m->closed[r] || m->dirty[r] || who->from < m->rest[r])
		return false;
	for (int i = 0; i < m->n; i++) {
		const struct mstay *o = &m->s[i];
		if (!o->in || o->room != r)
			continue;
		n++;
		if (o->class != who->class || !(t->household[o->person] == t->household[who->person] || minds(t, o, who) || minds(t, who, o)))
			return false;
	}
	return n < t->beds[r];
}

static int heads(const struct model *m, int room, bool disputed)
{
	int n = 0;
	for (int i = 0; i < m->n; i++)
		n += m->s[i].room == room && (disputed ? m->s[i].disputed : m->s[i].in);
	return n;
}

static void model_end(struct model *m, int i, int64_t at)
{
	struct mstay *s = &m->s[i];
	bool was = s->in || s->disputed;
	s->until = at;
	s->in = s->disputed = false;
	if (was && heads(m, s->room, false) == 0 && m->dirty[s->room] == 0)
		m->dirty[s->room] = at;
}

static void model_enter(const struct tale *t, struct model *m, const struct told *f, int class, int guards, bool claim_only)
{
	struct mstay *s = &m->s[m->n];
	*s = (struct mstay){.person = f->person, .room = f->room, .class = class, .guards = guards, .from = f->at, .claim_only = claim_only, .fact = f->id};
	s->counted = !claim_only && model_allows(t, m, s);
	s->in = s->counted;
	s->disputed = !s->counted;
	m->n++;
}

static void play(const struct tale *t, struct model *m)
{
	const struct told *order[FACTS_MAX];
	int now[PERSONS + 1], claim[PERSONS + 1], n = 0;
	*m = (struct model){0};
	for (int p = 0; p <= PERSONS; p++)
		now[p] = claim[p] = -1;
	for (int i = 0; i < t->n; i++) {
		bool gone = t->f[i].what == OTHER || t->f[i].what == WITHDRAWN;
		for (int k = 0; k < t->n; k++)
			gone |= t->f[k].what == WITHDRAWN && t->f[k].of == i;
		if (!gone)
			order[n++] = &t->f[i];
	}
	qsort(order, (size_t)n, sizeof *order, told_order);
	for (int i = 0; i < n; i++) {
		const struct told *f = order[i];
		int p = f->person, r = f->room;
		const struct mstay *here = p && now[p] >= 0 ? &m->s[now[p]] : NULL;
		switch (f->what) {
		case ADMITTED: case MOVED:
			if (here && here->room == r && (f->what == MOVED || here->class == f->class))
				break; /* told again */
			if (f->what == MOVED && here) {
				int class = here->class, guards = here->guards, old = now[p];
				model_enter(t, m, f, class, guards, false);
				now[p] = m->n - 1;
				model_end(m, old, f->at);
			} else if (f->what == MOVED || here)
				model_enter(t, m, f, f->class, f->guards, true);
			else {
				model_enter(t, m, f, f->class, f->guards, false);
				now[p] = m->n - 1;
			}
			/* what was claimed before is over now; last, for who is moved to where he was reported has not left it */
			if (claim[p] >= 0)
				model_end(m, claim[p], f->at);
			claim[p] = m->s[m->n - 1].claim_only ? m->n - 1 : -1;
			break;
		case RELEASED: case LEFT:
			if (claim[p] >= 0)
				model_end(m, claim[p], f->at);
			if (now[p] >= 0)
				model_end(m, now[p], f->at);
			now[p] = claim[p] = -1;
			break;
		case DISINFECTED:
			if (heads(m, r, false) + heads(m, r, true) == 0) {
				m->dirty[r] = 0;
				m->rest[r] = f->value;
			}
			break;
		case RESTED:
			m->rest[r] = f->value;
			break;
		case SHUT:
			m->closed[r] = f->at;
			break;
		case REOPENED:
			m->closed[r] = 0;
			break;
		case SETTLED:
			for (int k = 0; k < m->n; k++)
				if (m->s[k].disputed && m->s[k].person == p && m->s[k].room == r)
					m->s[k].disputed = false;
			break;
		case WITHDRAWN: case OTHER:
			break;
		}
	}
}

/* ---- comparing ------------------------------------------------------------------------------------------------------ */

struct row {
	int person, room;
	int64_t from, until, class, verdict, claim;
	struct id fact;
};

static int number_of(const char *kind, struct id id, int most)
{
	for (int i = 1; i <= most; i++)
		if (id_eq(world_id(kind, i), id))
			return i;
	return 0;
}

static int read_stays(struct world *w, struct row *rows)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	int n = 0;
	testdb_ok(db_query(db, &SQL_test_isolation_stays, PARAMS(V_INT(w->county)), &e), &e);
	while (db_next(db)) {
		assert_true(n < FACTS_MAX);
		rows[n++] = (struct row){number_of("person", db_id(db, 0), PERSONS), number_of("room", db_id(db, 1), ROOMS), db_int(db, 2), db_int(db, 3),
					 db_int(db, 4), db_int(db, 5), db_int(db, 6), db_id(db, 7)};
	}
	testdb_ok(db_stop(db, &e), &e);
	return n;
}

static bool overlap(const struct row *a, const struct row *b)
{
	return (a->until == 0 || b->from < a->until) && (b->until == 0 || a->from < b->until);
}

/* The four impossibilities, by looking at every pair of stays that count. */
static void nothing_impossible(const struct tale *t, const struct row *rows, int n, uint64_t seed)
{
	for (int i = 0; i < n; i++) {
		const struct row *a = &rows[i];
		int64_t left = 0, cleaned = 0;
		int together = 1;
		if (a->verdict != FIT_OK)
			continue;
		for (int k = 0; k < n; k++) {
			const struct row *b = &rows[k];
			if (k == i || b->verdict != FIT_OK)
				continue;
			if (a->room == b->room && overlap(a, b) && a->class != b->class)
				fail_msg("seed %llu: two exposure classes in one room", (unsigned long long)seed);
			if (a->person == b->person && overlap(a, b))
				fail_msg("seed %llu: one person in two places", (unsigned long long)seed);
			together += a->room == b->room && b->from <= a->from && (b->until == 0 || b->until > a->from);
			if (a->room == b->room && b->until > 0 && b->until <= a->from && b->until > left)
				left = b->until;
		}
		if (together > t->beds[a->room])
			fail_msg("seed %llu: %d people, %d beds", (unsigned long long)seed, together, t->beds[a->room]);
		for (int k = 0; k < t->n; k++)
			if (t->f[k].what == DISINFECTED && t->f[k].room == a->room && t->f[k].at <= a->from && t->f[k].at > cleaned)
				cleaned = t->f[k].at;
		/* whoever came first into the empty room came after it was disinfected since the last one left */
		if (together == 1 && left > 0 && cleaned < left)
			fail_msg("seed %llu: admitted to a room that was not clean", (unsigned long long)seed);
	}
}

static void same_as_model(struct world *w, const struct tale *t, const struct model *m, uint64_t seed)
{
	static struct row rows[FACTS_MAX];
	struct err e = {0};
	int n = read_stays(w, rows), open_conflicts = 0;
	if (n != m->n)
		fail_msg("seed %llu: %d stays, the model has %d", (unsigned long long)seed, n, m->n);
	for (int i = 0; i < n; i++) {
		const struct mstay *s = NULL;
		for (int k = 0; k < m->n; k++)
			if (id_eq(m->s[k].fact, rows[i].fact))
				s = &m->s[k];
		if (!s || s->person != rows[i].person || s->room != rows[i].room || s->from != rows[i].from || s->until != rows[i].until ||
		    s->counted != (rows[i].verdict == FIT_OK) || (s->claim_only != (rows[i].claim != FIT_OK)))
			fail_msg("seed %llu: stay of person %d in room %d from %lld until %lld verdict %s; the model says until %lld, %s", (unsigned long long)seed,
				 rows[i].person, rows[i].room, (long long)rows[i].from, (long long)rows[i].until, isolation_fits[rows[i].verdict],
				 s ? (long long)s->until : -1, !s ? "no such stay" : s->counted ? "counts" : "does not count");
	}
	struct db *db = ledger_db(w->l);
	testdb_ok(db_query(db, &SQL_test_isolation_rooms, PARAMS(V_INT(w->county)), &e), &e);
	while (db_next(db)) {
		int r = number_of("room", db_id(db, 0), ROOMS);
		const int64_t got[] = {db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5)};
		const int64_t want[] = {heads(m, r, false), m->dirty[r], m->rest[r], m->closed[r], heads(m, r, true)};
		for (size_t i = 0; i < ARRAY_N(got); i++)
			if (got[i] != want[i])
				fail_msg("seed %llu: room %d, column %zu: %lld; the model says %lld", (unsigned long long)seed, r, i, (long long)got[i],
					 (long long)want[i]);
	}
	testdb_ok(db_stop(db, &e), &e);
	nothing_impossible(t, rows, n, seed);
	/* each person and room of which a report does not count stands before a human, unless one looked */
	for (int p = 1; p <= PERSONS; p++)
		for (int r = 1; r <= ROOMS; r++) {
			int64_t newest = -1;
			bool settled = false;
			for (int k = 0; k < m->n; k++)
				if (m->s[k].person == p && m->s[k].room == r && !m->s[k].counted && m->s[k].from > newest)
					newest = m->s[k].from;
			for (int k = 0; k < t->n; k++)
				settled |= t->f[k].what == SETTLED && t->f[k].person == p && t->f[k].room == r && t->f[k].at >= newest;
			struct world_duty d = world_duty(w, "isolation.conflict", world_id("person", p), world_id("room", r));
			int64_t want = newest < 0 ? 0 : settled ? DUTY_DONE : DUTY_OPEN;
			open_conflicts += want == DUTY_OPEN;
			if (d.state != want)
				fail_msg("seed %llu: conflict of person %d in room %d: state %lld, must be %lld", (unsigned long long)seed, p, r, (long long)d.state,
					 (long long)want);
		}
	int64_t counted;
	testdb_ok(db_one(db, &SQL_test_isolation_conflicts, PARAMS(V_INT(w->county)), 0, &counted, &e), &e);
	assert_int_equal(counted, open_conflicts);
}

static void deliver(struct world *w, struct tale *t)
{
	int order[2 * FACTS_MAX], n = 0;
	for (int i = 0; i < t->n; i++)
		for (uint64_t copies = dice_below(&t->d, 5) ? 1 : 2; copies > 0; copies--)
			order[n++] = i;
	for (int i = n - 1; i > 0; i--) {
		int k = (int)dice_below(&t->d, (uint64_t)i + 1), swap = order[i];
		order[i] = order[k];
		order[k] = swap;
	}
	for (int i = 0; i < n; i++) {
		struct verdict v = world_hand_in(w, t->f[order[i]].text);
		if (v.code != OK)
			fail_msg("%s %s %s\n%.*s", err_name(v.code), v.err.at, v.err.what, STR_ARG(t->f[order[i]].text));
	}
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t v;
	return text && str_to_i64(str_of(text), &v) && v >= 0 ? (uint64_t)v : otherwise;
}

static void worlds(enum db_engine engine, uint64_t worlds_n)
{
	static struct tale t;
	static struct model m;
	uint64_t first = from_env("SUSHUI_SEED", 1);
	int stays = 0, refused = 0, facts = 0;
	for (uint64_t seed = first; seed < first + worlds_n; seed++) {
		struct world w;
		if (!world_open(&w, engine, seed)) {
			skip();
			return;
		}
		tell(&t, &w, seed);
		play(&t, &m);
		deliver(&w, &t);
		same_as_model(&w, &t, &m, seed);
		if (seed % 10 == 0)
			world_rebuilt_same(&w, seed);
		for (int i = 0; i < m.n; i++)
			refused += !m.s[i].counted;
		stays += m.n;
		facts += t.n;
		world_close(&w);
	}
	print_message("%llu worlds, %d facts, %d stays, %d of them do not count\n", (unsigned long long)worlds_n, facts, stays, refused);
	assert_true(refused > 0 && refused < stays);
}

static void any_order_sqlite(void **state)
{
	(void)state;
	worlds(DB_SQLITE, from_env("SUSHUI_WORLDS", 150));
}

static void any_order_postgres(void **state)
{
	(void)state;
	worlds(DB_POSTGRES, from_env("SUSHUI_WORLDS_PG", 10));
}

/* ---- what is entered live ----------------------------------------------------------------------------------------- */

/* Facts in the order in which they happen, entered at once: the guard refuses what cannot be, so nothing that is taken ends as a conflict. */
static void live_never_conflicts(void **state)
{
	(void)state;
	static struct tale t;
	static struct row rows[FACTS_MAX];
	int taken = 0, refused = 0;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct world w;
		struct err e = {0};
		assert_true(world_open(&w, DB_SQLITE, seed));
		t = (struct tale){0};
		dice_init(&t.d, seed * 31 + 5);
		tell_houses(&t, &w);
		for (int i = 0; i < t.n; i++)
			assert_int_equal(world_hand_in(&w, t.f[i].text).code, OK);
		int before = t.n;
		for (int i = 0; i < 100; i++) {
			int64_t now = NOW + MINUTES(20) * i;
			world_at(&w, now);
			tell_one(&t, &w, now);
			if (t.f[t.n - 1].what == WITHDRAWN || t.f[t.n - 1].what == SETTLED) /* a correction may bring an old conflict to light */
				continue;
			struct verdict v = world_hand_in(&w, t.f[t.n - 1].text);
			taken += v.code == OK;
			refused += v.code != OK;
			assert_true(v.code == OK || v.code == ERR_NOT_ALLOWED);
		}
		assert_int_equal(t.n, before + 100);
		int n = read_stays(&w, rows);
		for (int i = 0; i < n; i++)
			if (rows[i].verdict != FIT_OK)
				fail_msg("seed %llu: taken live, and does not count: %s", (unsigned long long)seed, isolation_fits[rows[i].verdict]);
		int64_t open;
		testdb_ok(db_one(ledger_db(w.l), &SQL_test_isolation_conflicts, PARAMS(V_INT(w.county)), 0, &open, &e), &e);
		assert_int_equal(open, 0);
		nothing_impossible(&t, rows, n, seed);
		world_close(&w);
	}
	print_message("live: %d taken, %d refused\n", taken, refused);
	assert_true(taken > 500 && refused > 300);
}

/* ---- the second path ---------------------------------------------------------------------------------------------- */

static void audited(struct world *w)
{
	struct err e = {0};
	struct buf out;
	buf_init(&out, 0);
	world_put(w, "isolation.site_opened", TOWN, NOW - HOURS(9), "{'site':'%s','name':'S','kind':'contacts'}", NAME("site", 1));
	for (int r = 1; r <= 3; r++) {
		world_put(w, "isolation.room_registered", TOWN, NOW - HOURS(9), "{'room':'%s','site':'%s','floor':1,'number':'%d','position':%d,'side':'left','beds':1}",
			  NAME("room", r), NAME("site", 1), r, r);
		world_put(w, "isolation.admitted", TOWN, NOW - HOURS(8), "{'person':'%s','room':'%s','class':'%s'}", NAME("person", r), NAME("room", r),
			  class_words[r % 2]);
	}
	testdb_ok(ledger_audit(w->l, (struct progress){0}, &out, &e), &e);
	if (out.n > 0)
		fail_msg("%.*s", (int)out.n, out.p);
	testdb_ok(db_run(ledger_db(w->l), &SQL_test_isolation_plant, PARAMS(V_INT(w->county), V_INT(world_key(w, world_id("room", 1)))), &e), &e);
	testdb_ok(ledger_audit(w->l, (struct progress){0}, &out, &e), &e);
	assert_true(world_has(buf_str(&out), "more people than beds in room"));
	assert_true(world_has(buf_str(&out), "two exposure classes in room"));
	assert_int_equal(world_count(buf_str(&out), "is not that of the stays in room"), 3);
	buf_done(&out);
}

static void test_audited(void **state)
{
	(void)state;
	world_each(audited);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rule), cmocka_unit_test(guardians), cmocka_unit_test(any_order_sqlite),
		cmocka_unit_test(live_never_conflicts), cmocka_unit_test(test_audited), cmocka_unit_test(any_order_postgres),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
