/* SPDX-License-Identifier: Apache-2.0
 *
 * What other domains say that changes a stay: signatures, checks, cases, samples, the register, editions. Persons nobody keeps at home
 * cost one look-up in memory (ledger/watch.h).
 */
#include <pthread.h>
#include <string.h>

#include "domain/homecare/homecare_state.h"
#include "domain/orders/orders.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "ledger/house.h"
#include "ledger/watch.h"
#include "sql.gen.h"

/* Only grows; a key too many costs a derivation, never a wrong answer. */
static struct watch watched;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void homecare_watch_person(int64_t county, int64_t key)
{
	pthread_mutex_lock(&lock);
	watch_add(&watched, county, key);
	pthread_mutex_unlock(&lock);
}

static bool is_watched(int64_t county, int64_t key)
{
	pthread_mutex_lock(&lock);
	bool found = watch_has(&watched, county, key);
	pthread_mutex_unlock(&lock);
	return found;
}

enum err_code homecare_load(struct ledger_tx *tx, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_homecare_watched_keys, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		if (db_int(tx->db, 1) > 0)
			homecare_watch_person(db_int(tx->db, 0), db_int(tx->db, 1));
	return db_stop(tx->db, e);
}

static enum err_code derive_all(struct ledger_tx *tx, const struct sql *sql, int64_t key, struct err *e)
{
	const int64_t *v;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, sql, key, &v, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = homecare_derive(tx, v[i], e);
	return rc;
}

/* Of facts that have a field `person`. */
static enum err_code person_of(struct ledger_tx *tx, const struct fact *f, int64_t *person, struct err *e)
{
	const struct field *field = fact_field(f->kind, STR("person"));
	CHECK(field != NULL);
	return ledger_key(tx, "person", *field_id(field, f->body), person, e);
}

static enum err_code on_signed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	int64_t person;
	enum err_code rc = person_of(tx, f, &person, e);
	return rc == OK ? homecare_derive(tx, person, e) : rc;
}

static enum err_code on_followed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	int64_t person;
	enum err_code rc = person_of(tx, f, &person, e);
	return rc == OK && is_watched(tx->county, person) ? homecare_derive(tx, person, e) : rc;
}

/* A case: whoever was ever said to be its person, and its contacts. */
static enum err_code on_case(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	int64_t case_key;
	enum err_code rc = ledger_key(tx, "case", *field_id(fact_field(f->kind, STR("case")), f->body), &case_key, e);
	if (rc == OK)
		rc = derive_all(tx, &SQL_homecare_case_persons, case_key, e);
	return rc == OK ? derive_all(tx, &SQL_tracing_contacts_of_case, case_key, e) : rc;
}

static enum err_code on_order(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	int64_t order;
	enum err_code rc = ledger_key(tx, "order", *field_id(fact_field(f->kind, STR("order")), f->body), &order, e);
	return rc == OK ? derive_all(tx, &SQL_homecare_order_persons, order, e) : rc;
}

/* A leave that an officer approved is an exit like those that are approved here. */
static enum err_code on_leave(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct orders_exit_approved *b = f->body;
	struct home_event ev = {.what = HOME_EXIT, .flag = -1, .value = b->purpose == LEAVE_MEDICAL ? NEED_MEDICAL : NEED_OTHER,
				.from_at = homecare_or(b->from_at, 0), .until_at = homecare_or(b->until_at, 0)};
	enum err_code rc = ledger_key(tx, "exit", b->exit, &ev.other, e);
	return rc == OK ? homecare_put(tx, f, b->person, &ev, e) : rc;
}

/* A sample: of somebody at home, or of the household of a positive. */
static enum err_code sampled(struct ledger_tx *tx, int64_t person, struct err *e)
{
	if (!is_watched(tx->county, person))
		return OK;
	enum err_code rc = homecare_derive(tx, person, e);
	return rc == OK ? derive_all(tx, &SQL_homecare_index_of, person, e) : rc;
}

static enum err_code sampled_all(struct ledger_tx *tx, struct id tube_id, struct err *e)
{
	const int64_t *v;
	size_t n = 0;
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", tube_id, &tube, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_tracing_tube_persons, tube, &v, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = sampled(tx, v[i], e);
	return rc;
}

/* How many share a tube, and what became of it, matters once it is positive. */
static enum err_code on_tube(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	struct id id = *field_id(fact_field(f->kind, STR("tube")), f->body);
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", id, &tube, e);
	return rc == OK && is_watched(tx->county, tube) ? sampled_all(tx, id, e) : rc;
}

static enum err_code on_result(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_result_reported *b = f->body;
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK && b->result == TEST_POSITIVE)
		homecare_watch_person(tx->county, tube);
	return rc == OK ? on_tube(tx, f, e) : rc;
}

static enum err_code on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	int64_t person;
	enum err_code rc = person_of(tx, f, &person, e);
	if (rc == OK)
		rc = sampled(tx, person, e);
	return rc == OK ? on_tube(tx, f, e) : rc;
}

enum err_code homecare_household_derive(struct ledger_tx *tx, int64_t household, struct err *e)
{
	const int64_t *v;
	size_t n = 0;
	enum err_code rc = ledger_keys(tx, &SQL_homecare_household_persons, household, &v, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		if (is_watched(tx->county, v[i]))
			rc = homecare_derive(tx, v[i], e);
	return rc;
}

/* The stays of a household: whom it has to test, its area, its team. */
static enum err_code household(struct ledger_tx *tx, int64_t key, struct err *e)
{
	return key > 0 && is_watched(tx->county, key) ? homecare_household_derive(tx, key, e) : OK;
}

static enum err_code on_household(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_household_registered *b = f->body;
	int64_t key;
	enum err_code rc = ledger_key(tx, "household", b->household, &key, e);
	return rc == OK ? household(tx, key, e) : rc;
}

/* Somebody comes into a household or leaves it. Who leaves is watched when a test of it is asked for. */
static enum err_code on_registered(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct field *field = fact_field(f->kind, STR("household"));
	int64_t person, key = 0;
	enum err_code rc = person_of(tx, f, &person, e);
	if (rc == OK && field && !field_absent(field, f->body))
		rc = ledger_key(tx, "household", *field_id(field, f->body), &key, e);
	if (rc == OK && is_watched(tx->county, person)) {
		rc = homecare_derive(tx, person, e);
		if (rc == OK)
			rc = derive_all(tx, &SQL_homecare_index_of, person, e);
	}
	return rc == OK ? household(tx, key, e) : rc;
}

static enum err_code on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	/* persons_unmerged has the same members */
	const struct people_persons_merged *b = f->body;
	const struct id both[] = {b->person, b->other};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(both); i++) {
		int64_t person, at_home = 0;
		rc = ledger_key(tx, "person", both[i], &person, e);
		if (rc == OK)
			rc = homecare_derive(tx, person, e);
		if (rc == OK)
			rc = db_one(tx->db, &SQL_homecare_place_of, PARAMS(V_INT(tx->county), V_INT(person)), 0, &at_home, e);
		if (rc == OK)
			rc = household(tx, at_home, e);
		if (rc == OK)
			rc = derive_all(tx, &SQL_homecare_index_of, person, e);
	}
	return rc;
}

static enum err_code on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	int64_t outbreak;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &outbreak, e);
	return rc == OK ? derive_all(tx, &SQL_tracing_contacts_of_outbreak, outbreak, e) : rc;
}

const struct reaction homecare_reactions[HOMECARE_REACTIONS_N] = {
	{"tracing.contact_classified", on_signed},
	{"tracing.regimen_reset", on_signed},
	{"tracing.contact_released", on_signed},
	{"tracing.contact_secured", on_followed},
	{"tracing.health_checked", on_followed},
	/* whoever was taken somewhere else */
	{"isolation.admitted", on_followed},
	{"isolation.entry_withdrawn", on_followed},
	{"transfer.handed_over", on_followed},
	{"transfer.received", on_followed},
	{"tracing.case_opened", on_case},
	{"tracing.case_revised", on_case},
	{"tracing.case_isolated", on_case},
	{"orders.order_signed", on_order},
	{"orders.order_extended", on_order},
	{"orders.order_lifted", on_order},
	{"orders.exit_approved", on_leave},
	{"testing.swab_taken", on_swab},
	{"testing.tube_opened", on_tube},
	{"testing.tube_lost", on_tube},
	{"testing.result_reported", on_result},
	{"people.person_registered", on_registered},
	{"people.person_corrected", on_registered},
	{"people.person_moved", on_registered},
	{"people.person_departed", on_registered},
	{"people.household_registered", on_household},
	{"people.persons_merged", on_merge},
	{"people.persons_unmerged", on_merge},
	{"house.edition_adopted", on_edition},
	{"house.subject_erased", homecare_on_erased},
};
