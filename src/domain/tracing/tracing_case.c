/* SPDX-License-Identifier: Apache-2.0
 *
 * A case's row, duties and clocks; and what testing and the house report that matters here.
 */
#include "core/caltime.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing_regimen.h"
#include "ledger/duty.h"
#include "ledger/house.h"
#include "sql.gen.h"

#define PLACED_BEFORE_MS (14 * MS_PER_DAY) /* a suspected case without a sampling: placed as a case so long before it was opened */

struct case_file {
	int64_t key, outbreak, area, person, class, found_by, onset_at, sampled_at, last_negative_at, tube, opened_at, positive_at,
		isolated_at, told_isolated_at, place, interviewed_at, completed_at, withdrawn_at, window_from, window_to;
	const struct protocol *protocol;
	struct str edition;
};

static void take(int64_t *to, int64_t value, int64_t absent)
{
	if (value != absent)
		*to = value;
}

static void take_first(int64_t *to, int64_t at)
{
	if (*to == 0)
		*to = at;
}

/* Folds one row of case_event, in the order of (at, fact): the first opening names the person, the newest correction counts. */
static void fold(struct ledger_tx *tx, struct case_file *c)
{
	struct db *db = tx->db;
	int64_t at = db_int(db, 0), flag = db_int(db, 10);
	switch ((enum case_what)db_int(db, 1)) {
	case CASE_OPENED:
		if (c->opened_at == 0) {
			c->opened_at = at;
			c->person = db_int(db, 2);
			c->outbreak = db_int(db, 11);
			c->area = db_int(db, 12);
			c->edition = arena_str(tx->arena, db_text(db, 13));
		}
		take(&c->class, db_int(db, 3), -1);
		take(&c->found_by, db_int(db, 4), -1);
		take(&c->onset_at, db_int(db, 5), 0);
		take(&c->sampled_at, db_int(db, 6), 0);
		take(&c->last_negative_at, db_int(db, 7), 0);
		take(&c->tube, db_int(db, 8), 0);
		break;
	case CASE_REVISED:
		take(&c->class, db_int(db, 3), -1);
		take(&c->onset_at, db_int(db, 5), 0);
		if (flag >= 0)
			c->withdrawn_at = flag == 1 ? at : 0;
		break;
	case CASE_ISOLATED:
		take_first(&c->isolated_at, at);
		take_first(&c->told_isolated_at, at);
		take(&c->place, db_int(db, 9), -1);
		break;
	case CASE_INTERVIEWED:
		take_first(&c->interviewed_at, at);
		if (flag == 1)
			take_first(&c->completed_at, at);
		break;
	}
}

static struct case_file no_case(int64_t key)
{
	return (struct case_file){.key = key, .class = -1, .found_by = -1, .place = -1};
}

/* A case that an isolation site or a hospital took in as one is isolated from then on, even when nobody says so apart. Who was admitted as a
 * case before it was opened counts, since the first positive sampling. seq: by the facts up to this number, 0 = all. */
static enum err_code fold_placed(struct ledger_tx *tx, struct case_file *c, int64_t seq, struct err *e)
{
	const int64_t *keys;
	size_t n = 0;
	if (c->opened_at == 0)
		return OK;
	int64_t since = c->sampled_at > 0 ? c->sampled_at : c->opened_at - PLACED_BEFORE_MS;
	enum err_code rc = tracing_records(tx, c->person, &keys, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		rc = db_query(tx->db, &SQL_tracing_placed_as_case, PARAMS(V_INT(tx->county), V_INT(keys[i]), V_INT(since), V_INT(seq)), e);
		if (rc != OK)
			return rc;
		if (db_next(tx->db) && (c->isolated_at == 0 || db_int(tx->db, 0) < c->isolated_at)) {
			if (c->place < 0) /* what was told of the place stands */
				c->place = db_int(tx->db, 1);
			c->isolated_at = db_int(tx->db, 0);
		}
		rc = db_stop(tx->db, e);
	}
	return rc;
}

static enum err_code fold_all(struct ledger_tx *tx, struct case_file *c, struct err *e)
{
	while (db_next(tx->db))
		fold(tx, c);
	return db_stop(tx->db, e);
}

static enum err_code read_case(struct ledger_tx *tx, int64_t key, struct case_file *out, struct err *e)
{
	struct case_file c = no_case(key);
	enum err_code rc = db_query(tx->db, &SQL_tracing_case_events, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc == OK)
		rc = fold_all(tx, &c, e);
	if (rc == OK)
		rc = fold_placed(tx, &c, 0, e);
	if (rc != OK)
		return rc;
	c.positive_at = c.opened_at;
	if (rc == OK && c.tube > 0)
		rc = db_one(tx->db, &SQL_tracing_positive_get, PARAMS(V_INT(tx->county), V_INT(c.tube)), c.opened_at, &c.positive_at, e);
	if (rc == OK)
		*out = c;
	return rc;
}

static void find_window(struct case_file *c)
{
	struct regimen_times t;
	regimen_times_init(&t);
	if (c->onset_at > 0)
		t.at[ANCHOR_ONSET] = t.at[ANCHOR_RASH_ONSET] = c->onset_at;
	if (c->sampled_at > 0)
		t.at[ANCHOR_FIRST_POSITIVE_SAMPLING] = c->sampled_at;
	if (c->last_negative_at > 0)
		t.at[ANCHOR_LAST_NEGATIVE_SAMPLING] = c->last_negative_at;
	t.serial = c->last_negative_at > 0;
	int64_t to;
	if (!c->protocol || !protocol_exposure_window(c->protocol, &t, c->isolated_at > 0 ? c->isolated_at : PROTOCOL_NO_TIME,
						      &c->window_from, &to, NULL))
		return;
	c->window_to = to == INT64_MAX ? 0 : to;
}

enum err_code tracing_case_window_at(struct db *db, struct arena *a, const struct protocol_book *protocols, int64_t county, int64_t case_key,
				     int64_t seq, int64_t *from, int64_t *to, struct err *e)
{
	struct ledger_tx tx = {.db = db, .arena = a, .county = county};
	struct case_file c = no_case(case_key);
	enum err_code rc = db_query(db, &SQL_tracing_since_case, PARAMS(V_INT(county), V_INT(case_key), V_INT(seq)), e);
	if (rc == OK)
		rc = fold_all(&tx, &c, e);
	if (rc == OK)
		rc = fold_placed(&tx, &c, seq, e);
	if (rc != OK)
		return rc;
	c.protocol = protocol_book_find(protocols, c.edition);
	find_window(&c);
	bool stands = c.opened_at > 0 && c.withdrawn_at == 0;
	*from = stands ? c.window_from : 0;
	*to = stands ? c.window_to : 0;
	return OK;
}

/* The tier proposed for whoever was exposed in a setting: the edition's, else its first one in force. */
static struct str tier_for(const struct protocol *p, const char *setting)
{
	struct str tier = STR("");
	if (!p)
		return tier;
	for (size_t i = p->tier_n; i-- > 0;)
		if (p->tier[i].enabled && p->tier[i].variant_of.n == 0)
			tier = p->tier[i].id;
	for (size_t i = p->setting_n; i-- > 0;)
		if (str_eq_c(p->setting[i].id, setting)) {
			const struct protocol_tier *t = protocol_tier_find(p, p->setting[i].tier);
			if (t && t->enabled)
				tier = t->id;
		}
	return tier;
}

static enum err_code write_row(struct ledger_tx *tx, const struct case_file *c, struct err *e)
{
	return db_run(tx->db, &SQL_tracing_case_file_put,
		      PARAMS(V_INT(tx->county), V_INT(c->key), V_INT(c->outbreak), V_INT(c->area), V_INT(c->person), V_INT(c->class),
			     V_INT(c->found_by), V_INT(c->onset_at), V_INT(c->sampled_at), V_INT(c->last_negative_at), V_INT(c->tube),
			     V_INT(c->opened_at), V_INT(c->positive_at), V_INT(c->isolated_at), V_INT(c->place), V_INT(c->interviewed_at),
			     V_INT(c->completed_at), V_INT(c->withdrawn_at), V_INT(c->window_from), V_INT(c->window_to),
			     V_TEXT(tier_for(c->protocol, "living_together")), V_TEXT(tier_for(c->protocol, "closed_room")), V_TEXT(c->edition),
			     V_INT(c->told_isolated_at)),
		      e);
}

/* One hand-over of a case: the duty and the clock that measures it. */
static enum err_code hand_over(struct ledger_tx *tx, const struct case_file *c, const char *kind, const char *limit, int64_t from,
			       int64_t done, struct err *e)
{
	int64_t limit_ms;
	struct duty d = {.kind = kind, .subject = c->key, .area = c->area, .from_at = from,
			 .clause = tracing_clause(tx, c->protocol, "limits", str_of(limit))};
	d.due_at = tracing_due(c->protocol, limit, from, &limit_ms);
	d.state = done > 0 ? DUTY_DONE : c->withdrawn_at > 0 ? DUTY_VOID : DUTY_OPEN;
	d.done_at = done;
	enum err_code rc = duty_set(tx, &d, e);
	if (rc != OK)
		return rc;
	if (d.state == DUTY_VOID)
		return clock_unset(tx, limit, c->key, e);
	struct clock_span span = {.clock = limit, .subject = c->key, .area = c->area, .start_at = from,
				  .stop_at = done > 0 && done < from ? from : done, .limit_ms = limit_ms};
	return clock_set(tx, &span, e);
}

static enum err_code case_duties(struct ledger_tx *tx, const struct case_file *c, struct err *e)
{
	int64_t outbreak = tx->outbreak;
	tx->outbreak = c->outbreak;
	enum err_code rc = hand_over(tx, c, "tracing.isolate_case", "positive_transfer", c->positive_at, c->isolated_at, e);
	if (rc == OK)
		rc = hand_over(tx, c, "tracing.core_facts", "core_facts", c->opened_at, c->interviewed_at, e);
	if (rc == OK)
		rc = hand_over(tx, c, "tracing.investigate", "investigation", c->opened_at, c->completed_at, e);
	tx->outbreak = outbreak;
	return rc;
}

/* The proposal is computed when it is asked for; what stands in the ledger is that somebody has to look at it again: something that was
 * said of the case - its stays, its links, its own data - is newer than the last signature of a contact. */
static enum err_code review(struct ledger_tx *tx, const struct case_file *c, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_tracing_review, PARAMS(V_INT(tx->county), V_INT(c->key), V_INT(c->person)), e);
	if (rc != OK)
		return rc;
	int64_t said_at = 0, signed_at = 0, standing_n = 0;
	if (db_next(tx->db)) {
		for (int i = 0; i < 3; i++)
			said_at = db_int(tx->db, i) > said_at ? db_int(tx->db, i) : said_at;
		signed_at = db_int(tx->db, 3);
		standing_n = db_int(tx->db, 4);
	}
	rc = db_stop(tx->db, e);
	if (rc != OK)
		return rc;
	if (standing_n == 0 && signed_at == 0) /* nothing anybody could be proposed by */
		return duty_unset(tx, "tracing.review_proposal", c->key, 0, e);
	int64_t limit_ms, outbreak = tx->outbreak;
	struct duty d = {.kind = "tracing.review_proposal", .subject = c->key, .area = c->area, .from_at = said_at,
			 .due_at = tracing_due(c->protocol, "core_facts", said_at, &limit_ms),
			 .clause = tracing_clause(tx, c->protocol, "limits", STR("core_facts"))};
	d.state = c->withdrawn_at > 0 ? DUTY_VOID : signed_at >= said_at ? DUTY_DONE : DUTY_OPEN;
	d.done_at = d.state == DUTY_DONE ? signed_at : 0;
	tx->outbreak = c->outbreak;
	rc = duty_set(tx, &d, e);
	tx->outbreak = outbreak;
	return rc;
}

enum err_code tracing_review_case(struct ledger_tx *tx, int64_t case_key, struct err *e)
{
	struct case_file c;
	enum err_code rc = read_case(tx, case_key, &c, e);
	if (rc != OK || c.opened_at == 0)
		return rc;
	c.protocol = protocol_book_find(ledger_protocols(tx->l), c.edition);
	return review(tx, &c, e);
}

enum err_code tracing_review_person(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *cases;
	size_t n = 0;
	enum err_code rc = tracing_watched(tx->county, person) ? ledger_keys(tx, &SQL_tracing_cases_of_person, person, &cases, &n, e) : OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_review_case(tx, cases[i], e);
	return rc;
}

enum err_code tracing_cases_derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *cases;
	size_t n = 0;
	enum err_code rc = tracing_watched(tx->county, person) ? ledger_keys(tx, &SQL_tracing_cases_of_person, person, &cases, &n, e) : OK;
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_case_derive(tx, cases[i], e);
	return rc;
}

enum err_code tracing_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e)
{
	struct case_file c;
	int64_t before;
	const int64_t *contacts;
	size_t n;
	enum err_code rc = read_case(tx, case_key, &c, e);
	if (rc != OK || c.opened_at == 0) /* what came before the opening waits for it */
		return rc;
	c.protocol = protocol_book_find(ledger_protocols(tx->l), c.edition);
	find_window(&c);
	rc = db_one(tx->db, &SQL_tracing_case_person, PARAMS(V_INT(tx->county), V_INT(case_key)), 0, &before, e);
	if (rc == OK)
		rc = write_row(tx, &c, e);
	if (rc == OK)
		rc = case_duties(tx, &c, e);
	if (rc == OK)
		rc = review(tx, &c, e);
	if (rc == OK)
		rc = tracing_person_derive(tx, c.person, e);
	if (rc == OK && before > 0 && before != c.person) /* an earlier opening came late and names another person */
		rc = tracing_person_derive(tx, before, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_tracing_contacts_of_case, case_key, &contacts, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_person_derive(tx, contacts[i], e);
	return rc;
}

/* ---- what others report ---------------------------------------------------------------------------------------- */

/* Derives the persons with a swab in the tube: all of them when everybody is set, else those watched. */
static enum err_code derive_members(struct ledger_tx *tx, int64_t tube, bool everybody, struct err *e)
{
	const int64_t *persons;
	size_t n;
	enum err_code rc = ledger_keys(tx, &SQL_tracing_tube_persons, tube, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		if (everybody || tracing_watched(tx->county, persons[i]))
			rc = tracing_person_derive(tx, persons[i], e);
	return rc;
}

enum err_code tracing_on_result(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_result_reported *b = f->body;
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK && b->result == TEST_POSITIVE) {
		tracing_watch(tx->county, tube);
		rc = db_run(tx->db, &SQL_tracing_positive_put,
			    PARAMS(V_INT(tx->county), V_INT(tube), V_INT(f->at), V_ID(&f->id), V_INT(tx->outbreak), V_INT(f->area),
				   V_TEXT(f->edition)),
			    e);
	}
	if (rc != OK)
		return rc;
	bool positive = tracing_watched(tx->county, tube);
	const int64_t *cases;
	size_t n = 0;
	if (positive)
		rc = ledger_keys(tx, &SQL_tracing_cases_of_tube, tube, &cases, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_case_derive(tx, cases[i], e);
	if (rc == OK)
		rc = derive_members(tx, tube, positive, e);
	return rc;
}

enum err_code tracing_on_tube(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	/* both bodies begin with the tube */
	_Static_assert(offsetof(struct testing_tube_opened, tube) == 0 && offsetof(struct testing_tube_lost, tube) == 0, "tube first");
	const struct id *id = f->body;
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", *id, &tube, e);
	bool positive = rc == OK && tracing_watched(tx->county, tube);
	/* how many share a tube matters once it is positive; that it was lost, for whoever waits for its result */
	if (rc == OK && (positive || str_eq_c(str_of(f->kind->name), "testing.tube_lost")))
		rc = derive_members(tx, tube, positive, e);
	return rc;
}

enum err_code tracing_on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_swab_taken *b = f->body;
	int64_t person, tube;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK && tracing_watched(tx->county, tube)) /* a positive tube: how many share it matters to all of them */
		rc = derive_members(tx, tube, true, e);
	else if (rc == OK && tracing_watched(tx->county, person))
		rc = tracing_person_derive(tx, person, e);
	return rc;
}

enum err_code tracing_on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	/* merged or told apart: the records of both, as they are grouped now, are derived anew */
	const struct people_persons_merged *b = f->body;
	const struct id both[] = {b->person, b->other};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(both); i++) {
		int64_t person;
		rc = ledger_key(tx, "person", both[i], &person, e);
		if (rc == OK)
			rc = tracing_person_derive(tx, person, e);
		if (rc == OK)
			rc = tracing_cases_derive(tx, person, e);
	}
	return rc;
}

enum err_code tracing_on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	int64_t outbreak;
	const int64_t *persons;
	size_t n = 0;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &outbreak, e);
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_tracing_contacts_of_outbreak, outbreak, &persons, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_person_derive(tx, persons[i], e);
	return rc;
}
