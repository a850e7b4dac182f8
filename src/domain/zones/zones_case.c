/* SPDX-License-Identifier: Apache-2.0
 *
 * Where cases live and were (zone_trace), whether the public was told in time, and what other domains report that moves a clock.
 *
 * Few persons are cases, so a set in memory says whose facts matter; whoever is not in it costs one look-up.
 */
#include <pthread.h>

#include "core/caltime.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing.h"
#include "domain/zones/zones_state.h"
#include "ledger/house.h"
#include "ledger/watch.h"
#include "sql.gen.h"

#define SHAPES INT64_MAX /* stands in the set for "this county has zones drawn on the map" */
#define ROUNDS_N 256     /* rounds whose last day is remembered; a power of two */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct watch watched;
/* Until when each round was sampled, as far as this ledger has written it. */
static struct seen_round {
	const struct ledger *l;
	int64_t county, campaign, round, until_at;
} rounds[ROUNDS_N];

void zones_watch(int64_t county, int64_t key)
{
	if (key <= 0)
		return;
	pthread_mutex_lock(&lock);
	watch_add(&watched, county, key);
	pthread_mutex_unlock(&lock);
}

void zones_watch_shapes(int64_t county)
{
	zones_watch(county, SHAPES);
}

static bool is_watched(int64_t county, int64_t key)
{
	pthread_mutex_lock(&lock);
	bool found = watch_has(&watched, county, key);
	pthread_mutex_unlock(&lock);
	return found;
}

enum err_code zones_load(struct ledger_tx *tx, struct err *e)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < ROUNDS_N; i++)
		if (rounds[i].l == tx->l)
			rounds[i] = (struct seen_round){0};
	pthread_mutex_unlock(&lock);
	enum err_code rc = db_query(tx->db, &SQL_zones_watched, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		zones_watch(db_int(tx->db, 0), db_int(tx->db, 1));
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_shaped, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		zones_watch_shapes(db_int(tx->db, 0));
	return db_stop(tx->db, e);
}

/* ---- where a case was ------------------------------------------------------------------------------------------------- */

struct case_now {
	int64_t outbreak, area, person, opened_at, withdrawn_at, window_from, window_to, none_needed_at;
	const struct protocol *protocol;
	bool known;
};

static enum err_code read_case(struct ledger_tx *tx, int64_t case_key, struct case_now *out, struct err *e)
{
	struct db *db = tx->db;
	struct case_now c = {0};
	enum err_code rc = db_query(db, &SQL_zones_case, PARAMS(V_INT(tx->county), V_INT(case_key)), e);
	if (rc != OK)
		return rc;
	if (db_next(db))
		c = (struct case_now){.outbreak = db_int(db, 0), .area = db_int(db, 1), .person = db_int(db, 2), .opened_at = db_int(db, 3),
				      .withdrawn_at = db_int(db, 4), .window_from = db_int(db, 5), .window_to = db_int(db, 6),
				      .protocol = protocol_book_find(ledger_protocols(tx->l), db_text(db, 7)),
				      .none_needed_at = db_int(db, 8), .known = db_int(db, 3) > 0};
	*out = c;
	return db_stop(db, e);
}

struct seen_at { /* a row of zone_trace to be */
	int64_t household, place, area, from_at, until_at;
	struct str building, unit;
};
#define SEEN_MAX 400 /* homes or stays of one record that are looked at */

static enum err_code put_seen(struct ledger_tx *tx, int64_t case_key, bool home, const struct seen_at *s, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++) {
		zones_watch(tx->county, s[i].household);
		zones_watch(tx->county, s[i].place);
		rc = db_run(tx->db, &SQL_zones_trace_put,
			    PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(home), V_INT(s[i].household), V_INT(s[i].place), V_INT(s[i].from_at),
				   V_INT(s[i].until_at), V_INT(s[i].area), V_TEXT(s[i].building), V_TEXT(s[i].unit)),
			    e);
	}
	return rc;
}

static enum err_code trace_homes(struct ledger_tx *tx, int64_t case_key, const struct case_now *c, int64_t record, struct err *e)
{
	struct seen_at *s = ARENA_ARRAY(tx->arena, struct seen_at, SEEN_MAX);
	size_t n = 0;
	enum err_code rc = db_query(tx->db, &SQL_zones_homes, PARAMS(V_INT(tx->county), V_INT(record), V_INT(c->opened_at)), e);
	if (rc != OK)
		return rc;
	while (n < SEEN_MAX && db_next(tx->db))
		s[n++] = (struct seen_at){.household = db_int(tx->db, 0), .area = db_int(tx->db, 1),
					  .building = arena_str(tx->arena, db_text(tx->db, 2)), .unit = arena_str(tx->arena, db_text(tx->db, 3)),
					  .from_at = c->opened_at, .until_at = c->opened_at};
	rc = db_stop(tx->db, e);
	return rc == OK ? put_seen(tx, case_key, true, s, n, e) : rc;
}

static enum err_code trace_visits(struct ledger_tx *tx, int64_t case_key, const struct case_now *c, int64_t record, struct err *e)
{
	const int64_t *visits;
	size_t visits_n = 0, n = 0;
	struct seen_at *s = ARENA_ARRAY(tx->arena, struct seen_at, SEEN_MAX);
	enum err_code rc = ledger_keys(tx, &SQL_zones_visit_keys, record, &visits, &visits_n, e);
	for (size_t i = 0; rc == OK && i < visits_n; i++) /* a stay may be withdrawn, or turn out to be another person's */
		zones_watch(tx->county, visits[i]);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_zones_visits,
			      PARAMS(V_INT(tx->county), V_INT(record), V_INT(c->window_from), V_INT(c->window_to)), e);
	if (rc != OK)
		return rc;
	while (n < SEEN_MAX && db_next(tx->db))
		s[n++] = (struct seen_at){.place = db_int(tx->db, 1), .area = db_int(tx->db, 2), .from_at = db_int(tx->db, 3),
					  .until_at = db_int(tx->db, 4), .building = STR(""), .unit = STR("")};
	rc = db_stop(tx->db, e);
	return rc == OK ? put_seen(tx, case_key, false, s, n, e) : rc;
}

static enum err_code write_trace(struct ledger_tx *tx, int64_t case_key, const struct case_now *c, struct err *e)
{
	const int64_t *records;
	size_t n = 0;
	enum err_code rc = db_run(tx->db, &SQL_zones_trace_drop, PARAMS(V_INT(tx->county), V_INT(case_key)), e);
	if (rc != OK || !c->known)
		return rc;
	rc = ledger_keys(tx, &SQL_zones_records, c->person, &records, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		zones_watch(tx->county, records[i]);
		rc = trace_homes(tx, case_key, c, records[i], e);
		if (rc == OK && c->window_from > 0)
			rc = trace_visits(tx, case_key, c, records[i], e);
	}
	return rc;
}

/* ---- the public --------------------------------------------------------------------------------------------------------- */

enum err_code zones_publish_derive(struct ledger_tx *tx, int64_t case_key, struct err *e)
{
	struct case_now c;
	struct zones_owed l = {0};
	int64_t stop = 0;
	enum err_code rc = read_case(tx, case_key, &c, e);
	if (rc != OK)
		return rc;
	int32_t min = c.known && c.protocol && c.protocol->zone_n > 0 ? protocol_limit_min(c.protocol, STR("zone_publish")) : PROTOCOL_NO_LIMIT;
	if (min == PROTOCOL_NO_LIMIT) {
		rc = zones_duties_write(tx, case_key, 0, &l, e);
		return rc == OK ? clock_unset(tx, "zone_publish", case_key, e) : rc;
	}
	rc = db_one(tx->db, &SQL_zones_case_published, PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(c.opened_at)), 0, &stop, e);
	if (rc != OK)
		return rc;
	if (c.none_needed_at > 0) {
		int64_t told = c.none_needed_at > c.opened_at ? c.none_needed_at : c.opened_at;
		stop = stop == 0 || told < stop ? told : stop;
	}
	bool withdrawn = c.withdrawn_at > 0 && stop == 0;
	zones_owe(tx, &l, (struct duty){.kind = "zones.publish", .subject = case_key, .area = c.area, .from_at = c.opened_at,
					.due_at = c.opened_at + min * MS_PER_MINUTE, .done_at = stop,
					.state = stop > 0 ? DUTY_DONE : withdrawn ? DUTY_VOID : DUTY_OPEN,
					.clause = zones_clause(tx, c.protocol, "limits", STR("zone_publish"))});
	rc = zones_duties_write(tx, case_key, c.outbreak, &l, e);
	int64_t before = tx->outbreak;
	tx->outbreak = c.outbreak;
	if (rc == OK && withdrawn)
		rc = clock_unset(tx, "zone_publish", case_key, e);
	else if (rc == OK)
		rc = clock_set(tx, &(struct clock_span){.clock = "zone_publish", .subject = case_key, .area = c.area, .start_at = c.opened_at,
							.stop_at = stop, .limit_ms = min * MS_PER_MINUTE}, e);
	tx->outbreak = before;
	return rc;
}

enum err_code zones_apply_none_needed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_none_needed *b = f->body;
	int64_t case_key;
	enum err_code rc = ledger_key(tx, "case", b->case_, &case_key, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_zones_none_needed_put, PARAMS(V_INT(tx->county), V_INT(case_key), V_INT(f->at), V_ID(&f->id)), e);
	return rc == OK ? zones_publish_derive(tx, case_key, e) : rc;
}

/* ---- a case changed ------------------------------------------------------------------------------------------------------- */

static enum err_code derive_zones(struct ledger_tx *tx, const int64_t *zones, size_t n, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = zones_derive(tx, zones[i], e);
	return rc;
}

enum err_code zones_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e)
{
	struct case_now c;
	const int64_t *before, *after;
	size_t before_n = 0, after_n = 0;
	enum err_code rc = read_case(tx, case_key, &c, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_of_case, case_key, &before, &before_n, e);
	if (rc == OK)
		rc = write_trace(tx, case_key, &c, e);
	if (rc == OK)
		rc = zones_publish_derive(tx, case_key, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_of_case, case_key, &after, &after_n, e);
	if (rc == OK)
		rc = derive_zones(tx, before, before_n, e);
	for (size_t i = 0; rc == OK && i < after_n; i++) {
		bool done = false;
		for (size_t k = 0; k < before_n && !done; k++)
			done = before[k] == after[i];
		if (!done)
			rc = zones_derive(tx, after[i], e);
	}
	return rc;
}

static enum err_code derive_cases(struct ledger_tx *tx, const struct sql *of, int64_t key, struct err *e)
{
	const int64_t *cases;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, of, key, &cases, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = zones_case_derive(tx, cases[i], e);
	return rc;
}

/* All cases of a human being, whichever record they name. */
static enum err_code derive_person(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *records;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, &SQL_zones_records, person, &records, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = derive_cases(tx, &SQL_zones_cases_of_person, records[i], e);
	return rc;
}

/* ---- what others report ----------------------------------------------------------------------------------------------------- */

static enum err_code on_case(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	/* all three bodies begin with the case */
	_Static_assert(offsetof(struct tracing_case_opened, case_) == 0 && offsetof(struct tracing_case_revised, case_) == 0 &&
			       offsetof(struct tracing_case_isolated, case_) == 0, "case first");
	int64_t case_key;
	enum err_code rc = ledger_key(tx, "case", *(const struct id *)f->body, &case_key, e);
	return rc == OK ? zones_case_derive(tx, case_key, e) : rc;
}

static enum err_code on_visit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	_Static_assert(offsetof(struct tracing_visit_recorded, visit) == 0 && offsetof(struct tracing_visit_withdrawn, visit) == 0, "visit first");
	int64_t visit, person = 0;
	const int64_t *persons;
	size_t n = 0;
	enum err_code rc = ledger_key(tx, "visit", *(const struct id *)f->body, &visit, e);
	if (rc == OK && str_eq_c(str_of(f->kind->name), "tracing.visit_recorded"))
		rc = ledger_key(tx, "person", ((const struct tracing_visit_recorded *)f->body)->person, &person, e);
	if (rc != OK || (!is_watched(tx->county, visit) && !is_watched(tx->county, person)))
		return rc;
	rc = ledger_keys(tx, &SQL_zones_visit_persons, visit, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = derive_person(tx, persons[i], e);
	return rc;
}

static enum err_code on_person(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	_Static_assert(offsetof(struct people_person_registered, person) == 0 && offsetof(struct people_person_corrected, person) == 0 &&
			       offsetof(struct people_person_moved, person) == 0 && offsetof(struct people_person_departed, person) == 0,
		       "person first");
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", *(const struct id *)f->body, &person, e);
	return rc == OK && is_watched(tx->county, person) ? derive_person(tx, person, e) : rc;
}

static enum err_code on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_persons_merged *b = f->body;
	int64_t person, other;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->other, &other, e);
	if (rc == OK)
		rc = derive_person(tx, person, e);
	return rc == OK ? derive_person(tx, other, e) : rc;
}

static enum err_code on_household(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_household_registered *b = f->body;
	int64_t household;
	enum err_code rc = ledger_key(tx, "household", b->household, &household, e);
	return rc == OK && is_watched(tx->county, household) ? derive_cases(tx, &SQL_zones_cases_of_household, household, e) : rc;
}

static enum err_code on_place(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_place_registered *b = f->body;
	int64_t place, parent = 0;
	const int64_t *zones;
	size_t n = 0;
	enum err_code rc = ledger_key(tx, "place", b->place, &place, e);
	if (rc == OK && !id_is_none(b->parent))
		rc = ledger_key(tx, "place", b->parent, &parent, e);
	if (rc != OK || (!is_watched(tx->county, place) && !is_watched(tx->county, parent) && !is_watched(tx->county, SHAPES)))
		return rc;
	rc = derive_cases(tx, &SQL_zones_cases_of_place, place, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_by_places, 0, &zones, &n, e);
	return rc == OK ? derive_zones(tx, zones, n, e) : rc;
}

static enum err_code on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	int64_t outbreak;
	const int64_t *zones;
	size_t n = 0;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &outbreak, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_zones_of_outbreak, outbreak, &zones, &n, e);
	return rc == OK ? derive_zones(tx, zones, n, e) : rc;
}

/* Once a day and round a row changes; every other swab costs a look into memory. */
static enum err_code on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_swab_taken *b = f->body;
	int64_t campaign, until = day_start(day_of(f->at) + 1);
	enum err_code rc = ledger_key(tx, "campaign", b->campaign, &campaign, e);
	if (rc != OK)
		return rc;
	struct seen_round *s = &rounds[(uint64_t)(campaign * 31 + b->round) & (ROUNDS_N - 1)];
	pthread_mutex_lock(&lock);
	bool mine = s->l == tx->l && s->county == tx->county && s->campaign == campaign && s->round == b->round;
	bool known = mine && s->until_at >= until;
	if (!known)
		*s = (struct seen_round){tx->l, tx->county, campaign, b->round, until};
	pthread_mutex_unlock(&lock);
	if (known)
		return OK;
	return db_run(tx->db, &SQL_zones_round_put, PARAMS(V_INT(tx->county), V_INT(campaign), V_INT(b->round), V_INT(until)), e);
}

const struct reaction zones_reactions[ZONES_REACTIONS_N] = {
	{"tracing.case_opened", on_case},
	{"tracing.case_revised", on_case},
	{"tracing.case_isolated", on_case},
	{"tracing.visit_recorded", on_visit},
	{"tracing.visit_withdrawn", on_visit},
	{"people.person_registered", on_person},
	{"people.person_corrected", on_person},
	{"people.person_moved", on_person},
	{"people.person_departed", on_person},
	{"people.persons_merged", on_merge},
	{"people.persons_unmerged", on_merge}, /* the body has the same members */
	{"people.household_registered", on_household},
	{"people.place_registered", on_place},
	{"house.edition_adopted", on_edition},
	{"testing.swab_taken", on_swab},
};
