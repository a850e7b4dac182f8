/* SPDX-License-Identifier: Apache-2.0
 *
 * What a site owes its residents: a health round each half-day, meals, waste, a talk. The round is a roll: it is done when every
 * resident has a health check (tracing.health_checked) in that half-day, whatever anybody says of it.
 *
 * Who is asked for: whoever was in a room of the site - counted or disputed, both are people - from before the half-day began until
 * its end. Who came within it was seen on admission, who left within it was seen on leaving.
 */
#include "domain/isolation/isolation_fold.h"

#include <stdlib.h>

#include "core/caltime.h"
#include "domain/tracing/tracing.h"
#include "sql.gen.h"

#define MEAL_HOURS {9, 13, 19} /* breakfast, lunch, supper are served by then (house rule, mark R) */

struct present {
	int64_t person, from_at, until_at, rounds;
};
struct check {
	int64_t person, half, at;
};
struct done { /* the first report of a task and part */
	int64_t what, part, at;
};
struct site {
	int64_t key, area, since;
	struct present *p;
	size_t p_n;
	struct check *c; /* by person, half, at */
	size_t c_n;
	struct done *d;
	size_t d_n;
	struct owed_list owed;
};

static enum err_code read_present(struct ledger_tx *tx, struct site *s, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_one(db, &SQL_isolation_site_area, PARAMS(V_INT(tx->county), V_INT(s->key)), tx->county * 1000000, &s->area, e);
	if (rc == OK)
		rc = db_query(db, &SQL_isolation_present, PARAMS(V_INT(tx->county), V_INT(s->key), V_INT(s->since)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		s->p = arena_grown(tx->arena, s->p, s->p_n, sizeof *s->p);
		s->p[s->p_n++] = (struct present){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3)};
	}
	return db_stop(db, e);
}

static int by_person_half(const void *pa, const void *pb)
{
	const struct check *a = pa, *b = pb;
	if (a->person != b->person)
		return a->person < b->person ? -1 : 1;
	if (a->half != b->half)
		return a->half < b->half ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

static enum err_code read_checks(struct ledger_tx *tx, struct site *s, struct err *e)
{
	struct db *db = tx->db;
	enum err_code rc = db_query(db, &SQL_isolation_checks, PARAMS(V_INT(tx->county), V_INT(s->key), V_INT(s->since)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		int64_t at = db_int(db, 1), half = db_int(db, 2);
		s->c = arena_grown(tx->arena, s->c, s->c_n, sizeof *s->c);
		s->c[s->c_n++] = (struct check){db_int(db, 0), half < 0 ? isolation_half_of(at) : 2 * (int64_t)day_of(at) + half, at};
	}
	rc = db_stop(db, e);
	if (rc == OK && s->c_n > 1)
		qsort(s->c, s->c_n, sizeof *s->c, by_person_half);
	if (rc == OK)
		rc = db_query(db, &SQL_isolation_tasks, PARAMS(V_INT(tx->county), V_INT(s->key), V_INT(s->since - MS_PER_DAY)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		s->d = arena_grown(tx->arena, s->d, s->d_n, sizeof *s->d);
		s->d[s->d_n++] = (struct done){db_int(db, 0), db_int(db, 1), db_int(db, 2)};
	}
	return db_stop(db, e);
}

/* First check of that person in that half-day, 0 when there is none. */
static int64_t checked_at(const struct site *s, int64_t person, int64_t half)
{
	size_t lo = 0, hi = s->c_n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct check *c = &s->c[mid];
		if (c->person < person || (c->person == person && c->half < half))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < s->c_n && s->c[lo].person == person && s->c[lo].half == half ? s->c[lo].at : 0;
}

static bool here(const struct present *p, int64_t from, int64_t until)
{
	int64_t to = p->until_at > 0 ? p->until_at : p->from_at + ISOLATION_AHEAD_DAYS * MS_PER_DAY;
	return p->from_at <= from && to >= until;
}

static void owe_round(struct site *s, int64_t half)
{
	int64_t from = isolation_half_start(half), until = isolation_half_start(half + 1), last = 0;
	size_t asked_n = 0, missing_n = 0;
	for (size_t i = 0; i < s->p_n; i++) {
		const struct present *p = &s->p[i];
		if (!here(p, from, until) || (p->rounds == 1 && half % 2 == ROUND_PM))
			continue;
		int64_t at = checked_at(s, p->person, half);
		asked_n++;
		missing_n += at == 0;
		last = at > last ? at : last;
	}
	if (asked_n == 0)
		return;
	isolation_owe(&s->owed, 0, (struct duty){.kind = "isolation.round", .subject = s->key, .part = half, .area = s->area, .from_at = from,
						 .due_at = until, .state = missing_n ? DUTY_OPEN : DUTY_DONE,
						 .done_at = missing_n ? 0 : last, .clause = STR("monitoring.checks_per_day")});
}

/* A task of a part is done by its first report. */
static void owe_task(struct site *s, const char *kind, int64_t what, int64_t part, int64_t from, int64_t due, struct str clause)
{
	bool anybody = false;
	int64_t done = 0;
	for (size_t i = 0; i < s->p_n && !anybody; i++)
		anybody = here(&s->p[i], from, due);
	if (!anybody)
		return;
	for (size_t i = 0; i < s->d_n && !done; i++) /* by what, part, at */
		if (s->d[i].what == what && s->d[i].part == part)
			done = s->d[i].at;
	isolation_owe(&s->owed, 0, (struct duty){.kind = kind, .subject = s->key, .part = part, .area = s->area, .from_at = from, .due_at = due,
						 .state = done ? DUTY_DONE : DUTY_OPEN, .done_at = done, .clause = clause});
}

static void owe_day(struct site *s, int32_t day)
{
	static const int hours[] = MEAL_HOURS;
	int64_t from = day_start(day), until = day_start(day + 1);
	for (int m = 0; m < MEAL__N; m++)
		owe_task(s, "isolation.meal", TASK_MEAL, (int64_t)day * MEAL__N + m, day_at(day, hours[m] - 2, 0), day_at(day, hours[m], 0),
			 STR("isolation: meals"));
	owe_task(s, "isolation.waste", TASK_WASTE, day, from, until, STR("isolation: medical waste every day"));
	owe_task(s, "isolation.psych", TASK_PSYCH, day, from, until, STR("isolation.groups: humane care"));
}

enum err_code isolation_site_derive(struct ledger_tx *tx, int64_t site, int64_t since, struct err *e)
{
	struct arena_mark mark = arena_mark(tx->arena);
	int32_t day = day_of(since), last = day - 1;
	struct site s = {.key = site, .since = day_start(day), .owed.a = tx->arena};
	enum err_code rc = read_present(tx, &s, e);
	if (rc == OK)
		rc = read_checks(tx, &s, e);
	for (size_t i = 0; rc == OK && i < s.p_n; i++) {
		const struct present *p = &s.p[i];
		int32_t to = day_of(p->until_at > 0 ? p->until_at : p->from_at + ISOLATION_AHEAD_DAYS * MS_PER_DAY);
		last = to > last ? to : last;
	}
	for (int32_t d = day; rc == OK && d <= last; d++) {
		owe_round(&s, 2 * (int64_t)d);
		owe_round(&s, 2 * (int64_t)d + 1);
		owe_day(&s, d);
	}
	static const struct {
		const char *kind;
		int64_t parts; /* a day */
	} kinds[] = {{"isolation.round", 2}, {"isolation.meal", MEAL__N}, {"isolation.waste", 1}, {"isolation.psych", 1}};
	for (size_t k = 0; rc == OK && k < ARRAY_N(kinds); k++)
		rc = isolation_owe_write(tx, kinds[k].kind, site, day * kinds[k].parts, &s.owed, e);
	arena_rewind(tx->arena, mark);
	return rc;
}

enum err_code isolation_round_missing(struct ledger_tx *tx, int64_t site, int64_t half, int64_t now, const int64_t **persons, size_t *n,
				      struct err *e)
{
	struct site s = {.key = site, .since = day_start((int32_t)(half / 2)), .owed.a = tx->arena};
	int64_t from = isolation_half_start(half), until = isolation_half_start(half + 1), *v = NULL;
	size_t v_n = 0;
	enum err_code rc = read_present(tx, &s, e);
	if (rc == OK)
		rc = read_checks(tx, &s, e);
	if (until > now) /* it is not over: whoever is here now */
		until = now + 1;
	for (size_t i = 0; rc == OK && i < s.p_n; i++) {
		const struct present *p = &s.p[i];
		if (p->from_at > from || (p->until_at > 0 && p->until_at < until) || (p->rounds == 1 && half % 2 == ROUND_PM) ||
		    checked_at(&s, p->person, half) > 0)
			continue;
		v = arena_grown(tx->arena, v, v_n, sizeof *v);
		v[v_n++] = p->person;
	}
	*persons = v;
	*n = v_n;
	return rc;
}

/* One half-day alone: what a health check can change. */
static enum err_code round_derive(struct ledger_tx *tx, int64_t site, int64_t half, struct err *e)
{
	struct arena_mark mark = arena_mark(tx->arena);
	struct site s = {.key = site, .since = day_start((int32_t)(half / 2)), .owed.a = tx->arena};
	enum err_code rc = read_present(tx, &s, e);
	if (rc == OK)
		rc = read_checks(tx, &s, e);
	if (rc == OK)
		owe_round(&s, half);
	int64_t outbreak = tx->outbreak;
	tx->outbreak = 0;
	if (rc == OK && s.owed.n > 0)
		rc = duty_set(tx, &s.owed.v[0].d, e);
	tx->outbreak = outbreak;
	arena_rewind(tx->arena, mark);
	return rc;
}

enum err_code isolation_person_rounds(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *keys, *sites = NULL;
	size_t keys_n, n = 0;
	int64_t since = 0;
	enum err_code rc = isolation_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_isolation_sites_of_person, keys[0], &sites, &n, e);
	if (rc == OK && n > 0)
		rc = db_one(tx->db, &SQL_isolation_person_since, PARAMS(V_INT(tx->county), V_INT(keys[0])), 0, &since, e);
	for (size_t i = 0; rc == OK && since > 0 && i < n; i++)
		rc = isolation_site_derive(tx, sites[i], since, e);
	return rc;
}

/* A check matters to the site in which the person was then. */
enum err_code isolation_on_checked(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_health_checked *b = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc != OK || !isolation_watched(tx->county, person))
		return rc;
	const int64_t *keys, *sites = NULL;
	size_t keys_n, n = 0;
	rc = isolation_records(tx, person, &keys, &keys_n, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_isolation_sites_of_person, keys[0], &sites, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = round_derive(tx, sites[i], b->half == ABSENT ? isolation_half_of(f->at) : 2 * (int64_t)day_of(f->at) + b->half, e);
	return rc;
}
