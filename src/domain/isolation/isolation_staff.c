/* SPDX-License-Identifier: Apache-2.0
 *
 * The closed loop: who works inside is tested as the edition says (daily), and after the last shift follows the edition's regimen for loop workers.
 */
#include <stdlib.h>

#include "core/caltime.h"
#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

enum staff_what { STAFF_ENTERED = 1, STAFF_LEFT, STAFF_CLEARED };

struct event {
	int64_t at, what, site, role, area, outbreak;
	struct id fact;
	struct str edition;
};
struct stint {
	int64_t site, role, from_at, until_at, cleared_at, area, outbreak;
	struct str edition, left_edition;
};
struct staff {
	int64_t person;
	struct event *v;
	size_t n;
	int64_t *swabs;
	size_t swabs_n;
	struct stint *s;
	size_t s_n;
	struct owed_list tests, after;
};

static int by_at_and_fact(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : id_cmp(a->fact, b->fact);
}

static int by_time(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;
	return (*a > *b) - (*a < *b);
}

static enum err_code read_all(struct ledger_tx *tx, const int64_t *keys, size_t keys_n, struct staff *st, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < keys_n; i++) {
		rc = db_query(db, &SQL_isolation_staff_events, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db)) {
			st->v = arena_grown(tx->arena, st->v, st->n, sizeof *st->v);
			st->v[st->n++] = (struct event){.at = db_int(db, 0), .fact = db_id(db, 1), .what = db_int(db, 2), .site = db_int(db, 3),
							.role = db_int(db, 4), .area = db_int(db, 5), .outbreak = db_int(db, 6),
							.edition = arena_str(tx->arena, db_text(db, 7))};
		}
		rc = db_stop(db, e);
	}
	for (size_t i = 0; rc == OK && st->n > 0 && i < keys_n; i++) {
		rc = db_query(db, &SQL_testing_person_swabs, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc != OK)
			return rc;
		while (db_next(db)) {
			st->swabs = arena_grown(tx->arena, st->swabs, st->swabs_n, sizeof *st->swabs);
			st->swabs[st->swabs_n++] = db_int(db, 0);
		}
		rc = db_stop(db, e);
	}
	if (st->n > 1)
		qsort(st->v, st->n, sizeof *st->v, by_at_and_fact);
	if (st->swabs_n > 1)
		qsort(st->swabs, st->swabs_n, sizeof *st->swabs, by_time);
	return rc;
}

/* Whoever enters another site has left the one before. */
static void fold(struct ledger_tx *tx, struct staff *st)
{
	for (size_t i = 0; i < st->n; i++) {
		const struct event *v = &st->v[i];
		struct stint *last = st->s_n > 0 ? &st->s[st->s_n - 1] : NULL;
		if (v->what == STAFF_CLEARED && last && last->until_at > 0 && last->cleared_at == 0)
			last->cleared_at = v->at;
		if (v->what == STAFF_LEFT && last && last->until_at == 0) {
			last->until_at = v->at;
			last->left_edition = v->edition;
		}
		if (v->what != STAFF_ENTERED)
			continue;
		if (last && last->until_at == 0 && last->site == v->site)
			continue; /* told twice */
		if (last && last->until_at == 0) {
			last->until_at = v->at;
			last->left_edition = v->edition;
		}
		st->s = arena_grown(tx->arena, st->s, st->s_n, sizeof *st->s);
		st->s[st->s_n++] = (struct stint){.site = v->site, .role = v->role, .from_at = v->at, .area = v->area, .outbreak = v->outbreak,
						  .edition = v->edition};
	}
}

static int64_t swab_in(const struct staff *st, int64_t from, int64_t until)
{
	for (size_t i = 0; i < st->swabs_n; i++)
		if (st->swabs[i] >= from && st->swabs[i] < until)
			return st->swabs[i];
	return 0;
}

/* Days between tests by the edition's list of occupations; 0 = it asks for none. */
static int32_t test_every(const struct protocol *p)
{
	for (size_t i = 0; p && i < p->occupation_n; i++)
		if (str_eq_c(p->occupation[i].id, "isolation_site") && p->occupation[i].tests_per_week.v > 0)
			return p->occupation[i].tests_per_week.v >= 7 ? 1 : 7 / p->occupation[i].tests_per_week.v;
	const struct protocol_param *param = p ? protocol_param_find(p, STR("isolation.staff_test")) : NULL;
	return param && param->kind == PARAM_TEXT && str_eq_c(param->text, "daily") ? 1 : 0;
}

static void owe_test(struct staff *st, const struct stint *s, int32_t day, int64_t from, int64_t until, struct str clause)
{
	int64_t done = swab_in(st, day_start(day), day_start(day + 1));
	isolation_owe(&st->tests, s->outbreak,
		      (struct duty){.kind = "isolation.staff_test", .subject = st->person, .part = day, .area = s->area, .from_at = from,
				    .due_at = until, .state = done ? DUTY_DONE : DUTY_OPEN, .done_at = done, .clause = clause});
}

/* One test a day from the day of entering to the day of leaving; while inside, some days beyond the newest sign of presence. */
static void owe_tests(struct ledger_tx *tx, struct staff *st, const struct stint *s)
{
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), s->edition);
	int32_t every = test_every(p), first = day_of(s->from_at), last;
	int64_t newest = s->from_at;
	if (every == 0)
		return;
	for (size_t i = 0; i < st->swabs_n; i++)
		newest = st->swabs[i] > newest && (s->until_at == 0 || st->swabs[i] < s->until_at) ? st->swabs[i] : newest;
	last = s->until_at > 0 ? day_of(s->until_at) : day_of(newest) + ISOLATION_STAFF_AHEAD_DAYS;
	struct str clause = arena_printf(tx->arena, "%.*s isolation.staff_test", STR_ARG(s->edition));
	for (int32_t day = first; day <= last; day += every)
		owe_test(st, s, day, day == first ? s->from_at : day_start(day), day_start(day + 1), clause);
}

/* The edition's tier for workers who leave a closed loop, from the last shift on. Whoever goes in again owes it after that. */
static void owe_after(struct ledger_tx *tx, struct staff *st, const struct stint *s, int64_t *monitored_until)
{
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), s->left_edition);
	const struct protocol_tier *tier = p ? protocol_tier_find(p, STR("loop_worker")) : NULL;
	struct regimen_times times;
	struct regimen_item *items = ARENA_ARRAY(tx->arena, struct regimen_item, REGIMEN_ITEMS_MAX);
	size_t n = 0;
	if (!tier || !tier->enabled)
		return;
	regimen_times_init(&times);
	times.at[tier->anchor] = s->until_at;
	times.at[ANCHOR_LAST_EXPOSURE] = times.at[ANCHOR_FIRST_EXPOSURE] = times.at[ANCHOR_DUTY_ENDED] = s->until_at;
	if (protocol_regimen(p, tier, &times, items, REGIMEN_ITEMS_MAX, &n, NULL) != OK)
		return;
	struct str clause = arena_printf(tx->arena, "%.*s tiers.loop_worker", STR_ARG(p->id));
	int64_t ends = s->until_at;
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind == ITEM_RELEASE)
			ends = items[i].from;
		if (items[i].kind == ITEM_TEST)
			owe_test(st, s, day_of(items[i].from), items[i].from, items[i].due, clause);
	}
	*monitored_until = ends;
	isolation_owe(&st->after, s->outbreak,
		      (struct duty){.kind = "isolation.after_duty", .subject = st->person, .area = s->area, .from_at = s->until_at, .due_at = ends,
				    .state = s->cleared_at ? DUTY_DONE : DUTY_OPEN, .done_at = s->cleared_at, .clause = clause});
}

static enum err_code write_row(struct ledger_tx *tx, const struct staff *st, const struct stint *s, int64_t monitored_until, struct err *e)
{
	return db_run(tx->db, &SQL_isolation_staff_put,
		      PARAMS(V_INT(tx->county), V_INT(st->person), V_INT(s->site), V_INT(s->role), V_INT(s->from_at), V_INT(s->until_at),
			     V_INT(monitored_until), V_INT(s->cleared_at), V_INT(s->area)),
		      e);
}

enum err_code isolation_staff_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct arena_mark mark = arena_mark(tx->arena);
	const int64_t *keys;
	size_t keys_n = 0;
	struct staff st = {.tests.a = tx->arena, .after.a = tx->arena};
	struct owed_list none = {.a = tx->arena};
	enum err_code rc = isolation_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = read_all(tx, keys, keys_n, &st, e);
	for (size_t i = 0; rc == OK && i < keys_n; i++) {
		isolation_watch(tx->county, keys[i]);
		rc = db_run(tx->db, &SQL_isolation_staff_drop, PARAMS(V_INT(tx->county), V_INT(keys[i])), e);
		if (rc == OK && i > 0)
			rc = isolation_owe_write(tx, "isolation.staff_test", keys[i], 0, &none, e);
		if (rc == OK && i > 0)
			rc = isolation_owe_write(tx, "isolation.after_duty", keys[i], 0, &none, e);
	}
	if (rc == OK) {
		st.person = keys[0];
		fold(tx, &st);
	}
	int64_t monitored_until = 0;
	for (size_t i = 0; rc == OK && i < st.s_n; i++) {
		bool last = i + 1 == st.s_n;
		owe_tests(tx, &st, &st.s[i]);
		if (last && st.s[i].until_at > 0)
			owe_after(tx, &st, &st.s[i], &monitored_until);
	}
	/* a day on which one stint ends and the next begins is owed once: the later list entry of a part is dropped */
	size_t kept = 0;
	for (size_t i = 0; i < st.tests.n; i++) {
		bool twice = false;
		for (size_t k = 0; k < kept && !twice; k++)
			twice = st.tests.v[k].d.part == st.tests.v[i].d.part;
		if (!twice)
			st.tests.v[kept++] = st.tests.v[i];
	}
	st.tests.n = kept;
	if (rc == OK && st.s_n > 0)
		rc = write_row(tx, &st, &st.s[st.s_n - 1], monitored_until, e);
	if (rc == OK)
		rc = isolation_owe_write(tx, "isolation.staff_test", keys[0], 0, &st.tests, e);
	if (rc == OK)
		rc = isolation_owe_write(tx, "isolation.after_duty", keys[0], 0, &st.after, e);
	arena_rewind(tx->arena, mark);
	return rc;
}

/* ---- facts -------------------------------------------------------------------------------------------------------- */

static enum err_code put(struct ledger_tx *tx, const struct fact *f, struct id person_id, enum staff_what what, struct id site_id, int64_t role,
			 struct err *e)
{
	int64_t person, site = 0;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	if (rc == OK && !id_is_none(site_id))
		rc = ledger_key(tx, "site", site_id, &site, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_staff_event_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(site), V_INT(role),
				   V_INT(f->area), V_INT(tx->outbreak), V_TEXT(f->edition)),
			    e);
	return rc == OK ? isolation_staff_derive(tx, person, e) : rc;
}

enum err_code isolation_apply_staff_entered(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_staff_entered *b = f->body;
	int64_t person, site;
	enum err_code rc = put(tx, f, b->person, STAFF_ENTERED, b->site, b->role, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "site", b->site, &site, e);
	return rc == OK ? whereabouts_note(tx, person, WHERE_SITE, site, f->at, f->id, e) : rc;
}

enum err_code isolation_apply_staff_left(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_staff_left *b = f->body;
	int64_t person;
	enum err_code rc = put(tx, f, b->person, STAFF_LEFT, ID_NONE, -1, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->person, &person, e);
	return rc == OK ? whereabouts_note(tx, person, WHERE_HOME, 0, f->at, f->id, e) : rc;
}

enum err_code isolation_apply_staff_cleared(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_staff_cleared *b = f->body;
	return put(tx, f, b->person, STAFF_CLEARED, ID_NONE, -1, e);
}

enum err_code isolation_on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct id *id = f->body; /* testing.swab_taken begins with the person */
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", *id, &person, e);
	int64_t staff_n = 0;
	if (rc == OK && isolation_watched(tx->county, person))
		rc = db_one(tx->db, &SQL_isolation_is_staff, PARAMS(V_INT(tx->county), V_INT(person)), 0, &staff_n, e);
	return rc == OK && staff_n > 0 ? isolation_staff_derive(tx, person, e) : rc;
}
