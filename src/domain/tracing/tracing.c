/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks and folding of the facts tracing.*; their declarations stand at the end.
 */
#include "domain/tracing/tracing.h"

#include <math.h>
#include <stdio.h>

#include "core/caltime.h"
#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

#define OLDEST_MS INT64_C(946684800000)   /* 2000: a fact from before is a typing error */
#define LOOK_BACK_MS (2 * 366 * MS_PER_DAY) /* instants in a body lie at most so far before the fact */

const char *const tracing_classes[] = {"confirmed", "asymptomatic", "suspected", NULL};
const char *const tracing_founds[] = {"isolation", "home", "closed_loop", "screening", "clinic", "other", NULL};
const char *const tracing_places[] = {"central", "home", "hospital", NULL};
const char *const tracing_sources[] = {"interview", "code_scan", "payment", "camera", "ticket", "record", "other", NULL};
const char *const tracing_evidences[] = {"interview", "household", "seat", "record", NULL};
const char *const tracing_halves[] = {"am", "pm", NULL};
const char *const tracing_contact_states[] = {"none", "running", "released", "case", "lapsed", NULL};
const char *const tracing_conditions[] = {"stage_days_over", "own_tests_negative", "last_test_done", "linked_first_two_negative",
					  "no_signs", "environment_negative", NULL};
_Static_assert(ARRAY_N(tracing_conditions) == COND__N + 1, "one word for each condition");

/* ---- checks ------------------------------------------------------------------------------------------------ */

enum err_code tracing_check_at(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	if (f->at < OLDEST_MS)
		return err_set(e, ERR_BAD_VALUE, "/at", "before the year 2000; check the clock of the device");
	return OK;
}

static enum err_code check_instant(const struct fact *f, const char *at, int64_t v, struct err *e)
{
	if (v != ABSENT && (v < f->at - LOOK_BACK_MS || v > f->at + MS_PER_DAY))
		return err_set(e, ERR_BAD_VALUE, at, "lies more than two years before the fact, or after it");
	return OK;
}

static enum err_code check_span(const struct fact *f, const char *at, int64_t from, int64_t to, struct err *e)
{
	enum err_code rc = check_instant(f, at, from, e);
	if (rc == OK)
		rc = check_instant(f, at, to, e);
	if (rc == OK && to != ABSENT && to < from)
		rc = err_set(e, ERR_BAD_VALUE, at, "the end lies before the beginning");
	return rc;
}

static enum err_code check_case_opened(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_case_opened *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK)
		rc = check_instant(f, "/body/onset_at", b->onset_at, e);
	if (rc == OK)
		rc = check_instant(f, "/body/sampled_at", b->sampled_at, e);
	if (rc == OK)
		rc = check_instant(f, "/body/last_negative_at", b->last_negative_at, e);
	if (rc == OK && b->class != CASE_SUSPECTED && b->sampled_at == ABSENT)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/sampled_at", "a case that is not merely suspected has a first positive sampling");
	if (rc == OK && b->last_negative_at != ABSENT && b->sampled_at != ABSENT && b->last_negative_at > b->sampled_at)
		rc = err_set(e, ERR_BAD_VALUE, "/body/last_negative_at", "must lie before the first positive sampling");
	return rc;
}

static enum err_code check_case_revised(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_case_revised *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK)
		rc = check_instant(f, "/body/onset_at", b->onset_at, e);
	if (rc == OK && b->class == ABSENT && b->onset_at == ABSENT && b->withdrawn == ABSENT)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/class", "say what changes: class, onset_at or withdrawn");
	return rc;
}

static enum err_code check_visit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_visit_recorded *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	return rc == OK ? check_span(f, "/body/until_at", b->from_at, b->until_at, e) : rc;
}

static enum err_code check_named(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_contact_named *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	return rc == OK ? check_span(f, "/body/last_at", b->first_at, b->last_at, e) : rc;
}

static enum err_code check_health(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_health_checked *b = f->body;
	const struct str *words = b->symptoms.p;
	enum err_code rc = tracing_check_at(tx, f, e);
	for (size_t i = 0; rc == OK && i < b->symptoms.n; i++) {
		bool known = tx->protocol->symptom_n == 0 || str_eq(words[i], STR("other"));
		for (size_t k = 0; k < tx->protocol->symptom_n; k++)
			known |= str_eq(words[i], tx->protocol->symptom[k].id);
		char at[64];
		snprintf(at, sizeof at, "/body/symptoms/%zu", i);
		if (!known)
			rc = err_set(e, ERR_BAD_VALUE, at, "not a symptom of edition %.*s; use its words or `other`",
				     STR_ARG(tx->protocol->id));
	}
	return rc;
}

/* An order that restricts is signed where the person is registered or above: nobody is bound from afar. Who is registered nowhere in the
 * county is bound where he was found, by the fact's own area. */
static enum err_code check_reach(struct ledger_tx *tx, struct id who, struct err *e)
{
	int64_t person, area = -1;
	enum err_code rc = ledger_key_known(tx, "person", who, &person, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_tracing_person_area, PARAMS(V_INT(tx->county), V_INT(person)), -1, &area, e);
	if (rc == OK && area >= 0 && !actor_in_area(tx->who, area))
		rc = err_set(e, ERR_OUT_OF_AREA, "/body/person", "this person is registered outside your area");
	return rc;
}

static enum err_code check_reset(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_regimen_reset *b = f->body;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK)
		rc = check_reach(tx, b->person, e);
	if (rc == OK)
		rc = check_instant(f, "/body/anchor_at", b->anchor_at, e);
	if (rc == OK && b->anchor_at > f->at)
		rc = err_set(e, ERR_BAD_VALUE, "/body/anchor_at", "a regimen begins again from an instant that has passed");
	return rc;
}

/* The order as the event it will become, to lay its plan before it is kept. */
static enum err_code event_of_order(struct ledger_tx *tx, const struct fact *f, struct contact_event *out, struct err *e)
{
	const struct tracing_contact_classified *b = f->body;
	struct contact_event s = {.what = CONTACT_CLASSIFIED, .at = f->at, .fact = f->id, .outbreak = tx->outbreak, .area = f->area,
				  .tier = b->tier, .edition = tx->protocol->id, .first_at = b->first_exposure_at,
				  .last_at = b->last_exposure_at, .place = b->place == ABSENT ? -1 : b->place};
	int64_t person, case_person = 0;
	enum err_code rc = ledger_key_known(tx, "case", b->case_, &s.case_key, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK && !id_is_none(b->linked_person))
		rc = ledger_key_known(tx, "person", b->linked_person, &s.linked, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_tracing_case_times, PARAMS(V_INT(tx->county), V_INT(s.case_key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		case_person = db_int(tx->db, 0);
		s.case_withdrawn_at = db_int(tx->db, 1);
		s.case_onset_at = db_int(tx->db, 2);
		s.case_sampled_at = db_int(tx->db, 3);
		s.case_isolated_at = db_int(tx->db, 4);
	}
	rc = db_stop(tx->db, e);
	const int64_t *records;
	size_t n = 0;
	if (rc == OK && case_person > 0)
		rc = tracing_records(tx, case_person, &records, &n, e);
	bool itself = false;
	for (size_t i = 0; rc == OK && i < n; i++)
		itself |= records[i] == person;
	if (rc == OK && itself)
		return err_set(e, ERR_NOT_ALLOWED, "/body/person", "this person is the case itself");
	if (rc == OK && s.case_withdrawn_at > 0 && s.case_withdrawn_at <= f->at)
		return err_set(e, ERR_NOT_ALLOWED, "/body/case", "this case was withdrawn");
	if (rc == OK)
		*out = s;
	return rc;
}

/* Fills the derived members: until when, by which rule, on which legal basis. */
static enum err_code derive_order(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct tracing_contact_classified *b = f->body;
	struct contact_event s = {0};
	struct person_state p = {0};
	struct plan plan;
	int64_t person;
	enum err_code rc = event_of_order(tx, f, &s, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK && person > 0)
		rc = tracing_state_read(tx, person, &p, e);
	if (rc != OK)
		return rc;
	rc = tracing_plan_make(tx, &p, &s, &plan, e);
	if (rc != OK) {
		if (e && err_kind(rc) == KIND_REFUSAL)
			snprintf(e->at, sizeof e->at, "/body/tier");
		return rc;
	}
	const struct protocol_text *basis = &tx->protocol->basis;
	b->ends_at = plan.ends_at;
	b->clause = tracing_clause(tx, plan.protocol, "tiers", plan.tier->id);
	b->grounds = b->basis.n ? b->basis : basis->zh.n ? basis->zh : basis->en;
	return OK;
}

static enum err_code check_classified(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_contact_classified *b = f->body;
	const struct protocol_tier *tier = protocol_tier_find(tx->protocol, b->tier);
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK)
		rc = check_reach(tx, b->person, e);
	if (rc == OK)
		rc = check_span(f, "/body/last_exposure_at", b->first_exposure_at, b->last_exposure_at, e);
	if (rc != OK)
		return rc;
	if (!tier)
		return err_set(e, ERR_BAD_VALUE, "/body/tier", "edition %.*s has no tier of that name", STR_ARG(tx->protocol->id));
	if (!tier->enabled)
		return err_set(e, ERR_NOT_ALLOWED, "/body/tier", "edition %.*s has abolished this tier. %.*s", STR_ARG(tx->protocol->id),
			       (int)(tier->note.why.n < 160 ? tier->note.why.n : 0), tier->note.why.p ? tier->note.why.p : "");
	if (b->evidence.n == 0 && b->reason.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/body/evidence", "name the links or visits that show the exposure, or give a reason");
	if (b->basis.n == 0 && tx->protocol->basis.en.n == 0 && tx->protocol->basis.zh.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/body/basis", "edition %.*s names no legal basis; an order needs one",
			       STR_ARG(tx->protocol->id));
	if (id_eq(b->linked_person, b->person))
		return err_set(e, ERR_BAD_VALUE, "/body/linked_person", "a person is not a contact through itself");
	return derive_order(tx, f, e);
}

static enum err_code refuse_unmet(const struct release_unmet *unmet, size_t n, struct err *e)
{
	char list[240];
	size_t used = 0;
	for (size_t i = 0; i < n && used < sizeof list - 1; i++) {
		char day[DAY_TEXT_N] = "";
		if (unmet[i].earliest != PROTOCOL_NO_TIME)
			day_format(day_of(unmet[i].earliest), day);
		int k = snprintf(list + used, sizeof list - used, "%s%s%s%s%s", i ? ", " : "",
				 protocol_condition_word(unmet[i].condition), *day ? " (from " : "", day, *day ? ")" : "");
		used += k > 0 ? (size_t)k : 0;
	}
	return err_set(e, ERR_NOT_ALLOWED, "/body/person", "not yet met: %s", list);
}

/* A release says why, in words sealed with the person's key. When that key is destroyed the words cannot be kept; the person must be
 * freed all the same. */
static enum err_code check_reason(struct ledger_tx *tx, int64_t person, struct str reason, struct err *e)
{
	int64_t erased = 0;
	enum err_code rc = reason.n > 0 || person == 0 ? OK
			   : db_one(tx->db, &SQL_tracing_is_erased, PARAMS(V_INT(tx->county), V_INT(person)), 0, &erased, e);
	if (rc == OK && reason.n == 0 && !erased)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/reason", "say why; only for an erased person it is left out");
	return rc;
}

static enum err_code check_released(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct tracing_contact_released *b = f->body;
	int64_t person = 0, case_key = 0;
	struct release_unmet unmet[COND__N];
	size_t n = 0;
	bool known = false;
	enum err_code rc = tracing_check_at(tx, f, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = check_reason(tx, person, b->reason, e);
	if (rc != OK || b->early == 1) /* the officer answers for it, with the reason */
		return rc;
	rc = ledger_key_known(tx, "case", b->case_, &case_key, e);
	if (rc == OK && person > 0 && case_key > 0)
		rc = tracing_unmet(tx, person, case_key, f->at, unmet, &n, &known, e);
	if (rc != OK)
		return rc;
	if (!known)
		return err_set(e, ERR_NOT_ALLOWED, "/body/person", "nobody signed this person as a contact of that case");
	return n > 0 ? refuse_unmet(unmet, n, e) : OK;
}

/* ---- folding: cases ------------------------------------------------------------------------------------------ */

static enum err_code key_or_none(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

struct case_row {
	enum case_what what;
	struct id case_, person, tube;
	int64_t class, found_by, onset_at, sampled_at, last_negative_at, place, flag;
};

static enum err_code put_case(struct ledger_tx *tx, const struct fact *f, const struct case_row *r, struct err *e)
{
	int64_t key, person, tube;
	enum err_code rc = ledger_key(tx, "case", r->case_, &key, e);
	if (rc == OK)
		rc = key_or_none(tx, "person", r->person, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "tube", r->tube, &tube, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_case_event_put,
			    PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->at), V_ID(&f->id), V_INT(r->what), V_INT(person),
				   V_INT(tracing_or(r->class, -1)), V_INT(tracing_or(r->found_by, -1)), V_INT(tracing_or(r->onset_at, 0)),
				   V_INT(tracing_or(r->sampled_at, 0)), V_INT(tracing_or(r->last_negative_at, 0)), V_INT(tube), V_INT(tracing_or(r->place, -1)),
				   V_INT(tracing_or(r->flag, -1)), V_INT(tx->outbreak), V_INT(f->area), V_TEXT(f->edition)),
			    e);
	return rc == OK ? tracing_case_derive(tx, key, e) : rc;
}

#define NOTHING .class = ABSENT, .found_by = ABSENT, .onset_at = ABSENT, .sampled_at = ABSENT, .last_negative_at = ABSENT, \
	.place = ABSENT, .flag = ABSENT

static enum err_code apply_case_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_case_opened *b = f->body;
	struct case_row r = {.what = CASE_OPENED, .case_ = b->case_, .person = b->person, .tube = b->tube, .class = b->class,
			     .found_by = b->found_by, .onset_at = b->onset_at, .sampled_at = b->sampled_at,
			     .last_negative_at = b->last_negative_at, .place = ABSENT, .flag = ABSENT};
	return put_case(tx, f, &r, e);
}

static enum err_code apply_case_revised(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_case_revised *b = f->body;
	struct case_row r = {NOTHING};
	r.what = CASE_REVISED;
	r.case_ = b->case_;
	r.class = b->class;
	r.onset_at = b->onset_at;
	r.flag = b->withdrawn;
	return put_case(tx, f, &r, e);
}

static enum err_code apply_case_isolated(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_case_isolated *b = f->body;
	struct case_row r = {NOTHING};
	r.what = CASE_ISOLATED;
	r.case_ = b->case_;
	r.place = b->place;
	return put_case(tx, f, &r, e);
}

static enum err_code apply_interview(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_interview_recorded *b = f->body;
	struct case_row r = {NOTHING};
	r.what = CASE_INTERVIEWED;
	r.case_ = b->case_;
	r.flag = b->complete;
	return put_case(tx, f, &r, e);
}

/* ---- folding: links (stays: tracing_visits.c) ------------------------------------------------------------------------ */

static enum err_code apply_named(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_named *b = f->body;
	struct str tier = STR("");
	int64_t link, case_key, person;
	for (size_t i = 0; i < tx->protocol->setting_n; i++)
		if (str_eq(tx->protocol->setting[i].id, b->setting))
			tier = tx->protocol->setting[i].tier;
	enum err_code rc = ledger_key(tx, "link", b->link, &link, e);
	if (rc == OK)
		rc = ledger_key(tx, "case", b->case_, &case_key, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc != OK)
		return rc;
	int64_t before;
	rc = db_one(tx->db, &SQL_tracing_link_case, PARAMS(V_INT(tx->county), V_INT(link)), 0, &before, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_link_put,
			    PARAMS(V_INT(tx->county), V_INT(link), V_INT(f->at), V_ID(&f->id), V_INT(case_key), V_INT(person),
				   V_TEXT(b->setting), V_TEXT(tier), V_INT(b->first_at), V_INT(tracing_or(b->last_at, b->first_at)),
				   V_INT(tracing_or(b->evidence, -1))),
			    e);
	if (rc == OK)
		rc = tracing_review_case(tx, case_key, e);
	if (rc == OK && before > 0 && before != case_key)
		rc = tracing_review_case(tx, before, e);
	return rc;
}

static enum err_code apply_unnamed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_unnamed *b = f->body;
	int64_t link;
	enum err_code rc = ledger_key(tx, "link", b->link, &link, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_link_withdraw, PARAMS(V_INT(tx->county), V_INT(link), V_ID(&b->link), V_INT(f->at)), e);
	int64_t case_key = 0;
	if (rc == OK)
		rc = db_one(tx->db, &SQL_tracing_link_case, PARAMS(V_INT(tx->county), V_INT(link)), 0, &case_key, e);
	return rc == OK && case_key > 0 ? tracing_review_case(tx, case_key, e) : rc;
}

/* ---- folding: contacts ------------------------------------------------------------------------------------------------ */

static enum err_code put_contact(struct ledger_tx *tx, const struct fact *f, struct id person_id, struct id case_id,
				 struct id linked_id, const struct contact_event *ev, struct err *e)
{
	int64_t person, case_key, linked;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "case", case_id, &case_key, e);
	if (rc == OK)
		rc = key_or_none(tx, "person", linked_id, &linked, e);
	if (rc != OK)
		return rc;
	if (linked > 0)
		tracing_watch(tx->county, linked);
	rc = db_run(tx->db, &SQL_tracing_contact_event_put,
		    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(ev->what), V_INT(case_key), V_INT(linked),
			   V_TEXT(ev->tier.p ? ev->tier : STR("")), V_INT(ev->first_at), V_INT(ev->last_at), V_INT(ev->place),
			   V_INT(ev->flag), V_INT(ev->half), V_INT(tx->outbreak), V_INT(f->area), V_TEXT(f->edition)),
		    e);
	return rc == OK ? tracing_person_derive(tx, person, e) : rc;
}

static enum err_code apply_classified(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_classified *b = f->body;
	struct contact_event ev = {.what = CONTACT_CLASSIFIED, .tier = b->tier, .first_at = b->first_exposure_at,
				   .last_at = b->last_exposure_at, .place = tracing_or(b->place, -1), .flag = -1, .half = -1};
	int64_t case_key;
	enum err_code rc = put_contact(tx, f, b->person, b->case_, b->linked_person, &ev, e);
	if (rc == OK)
		rc = ledger_key(tx, "case", b->case_, &case_key, e);
	return rc == OK ? tracing_review_case(tx, case_key, e) : rc;
}

static enum err_code apply_secured(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_secured *b = f->body;
	struct contact_event ev = {.what = CONTACT_SECURED, .place = b->place, .flag = -1, .half = -1};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

static enum err_code apply_health(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_health_checked *b = f->body;
	bool sign = b->symptoms.n > 0 || (!isnan(b->temperature) && b->temperature >= TRACING_FEVER);
	struct contact_event ev = {.what = CONTACT_CHECKED, .place = -1, .flag = sign, .half = tracing_or(b->half, -1)};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

static enum err_code apply_measure(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_measure_given *b = f->body;
	struct contact_event ev = {.what = CONTACT_MEASURE, .tier = b->measure, .place = -1, .flag = -1, .half = -1};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

static enum err_code apply_environment(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_environment_sampled *b = f->body;
	struct contact_event ev = {.what = CONTACT_ENVIRONMENT, .place = -1, .flag = b->negative, .half = -1};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

static enum err_code apply_reset(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_regimen_reset *b = f->body;
	struct contact_event ev = {.what = CONTACT_RESET, .first_at = b->anchor_at, .place = -1, .flag = -1, .half = -1};
	return put_contact(tx, f, b->person, b->case_, ID_NONE, &ev, e);
}

static enum err_code apply_released(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_released *b = f->body;
	struct contact_event ev = {.what = CONTACT_RELEASE, .place = -1, .flag = b->early == 1, .half = -1};
	return put_contact(tx, f, b->person, b->case_, ID_NONE, &ev, e);
}

static enum err_code apply_appealed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_contact_appealed *b = f->body;
	struct contact_event ev = {.what = CONTACT_APPEAL, .place = -1, .flag = -1, .half = -1};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

static enum err_code apply_answered(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct tracing_appeal_answered *b = f->body;
	struct contact_event ev = {.what = CONTACT_ANSWER, .place = -1, .flag = tracing_or(b->granted, -1), .half = -1};
	return put_contact(tx, f, b->person, ID_NONE, ID_NONE, &ev, e);
}

/* ---- declarations ------------------------------------------------------------------------------------------------------ */

/* `case` is a word of C, so this member has another name than its field. */
#define CASE_OF(struct_) \
	{.name = "case", .type = F_ID, .flags = REQUIRED, .offset = offsetof(struct struct_, case_), .entity = "case", \
	 .en = "the case", .zh = "病例"}
#define PERSON_OF(struct_, en_, zh_) FIELD(struct struct_, person, F_ID, REQUIRED, .entity = "person", .en = en_, .zh = zh_)

static const struct field case_opened[] = {
	CASE_OF(tracing_case_opened),
	PERSON_OF(tracing_case_opened, "the person", "人员"),
	FIELD(struct tracing_case_opened, class, F_WORD, REQUIRED, .words = tracing_classes, .en = "class of the case", .zh = "病例分类"),
	FIELD(struct tracing_case_opened, found_by, F_WORD, REQUIRED, .words = tracing_founds, .en = "how the case was found",
	      .zh = "发现途径"),
	FIELD(struct tracing_case_opened, onset_at, F_TIME, 0, .en = "first symptom; leave out when there is none so far", .zh = "发病时间"),
	FIELD(struct tracing_case_opened, sampled_at, F_TIME, 0, .en = "sampling of the first positive specimen", .zh = "首次阳性采样时间"),
	FIELD(struct tracing_case_opened, last_negative_at, F_TIME, 0,
	      .en = "newest negative sampling before it, for a person tested in series", .zh = "末次阴性采样时间（重复检测人员）"),
	FIELD(struct tracing_case_opened, tube, F_ID, 0, .entity = "tube", .en = "the positive tube", .zh = "阳性采样管"),
};
static const struct field case_revised[] = {
	CASE_OF(tracing_case_revised),
	FIELD(struct tracing_case_revised, class, F_WORD, 0, .words = tracing_classes, .en = "class from now on", .zh = "订正后分类"),
	FIELD(struct tracing_case_revised, onset_at, F_TIME, 0, .en = "first symptom, corrected", .zh = "订正后发病时间"),
	FIELD(struct tracing_case_revised, withdrawn, F_BOOL, 0, .en = "true: it was no case; false: it is one after all", .zh = "撤销病例"),
	FIELD(struct tracing_case_revised, reason, F_TEXT, REQUIRED | PERSONAL, .min = 2, .max = 1000, .en = "why", .zh = "订正理由"),
};
static const struct field case_isolated[] = {
	CASE_OF(tracing_case_isolated),
	FIELD(struct tracing_case_isolated, place, F_WORD, REQUIRED, .words = tracing_places, .en = "where the case is now", .zh = "收治场所"),
};
static const struct field interview_recorded[] = {
	CASE_OF(tracing_interview_recorded),
	FIELD(struct tracing_interview_recorded, complete, F_BOOL, REQUIRED,
	      .en = "true when the form is complete and the contacts are determined", .zh = "个案调查是否完成"),
	FIELD(struct tracing_interview_recorded, notes, F_TEXT, PERSONAL, .max = 20000, .en = "what was said", .zh = "流调记录"),
};
static const struct field visit_recorded[] = {
	FIELD(struct tracing_visit_recorded, visit, F_ID, REQUIRED, .entity = "visit", .en = "the stay", .zh = "到访记录"),
	PERSON_OF(tracing_visit_recorded, "who was there", "到访人员"),
	FIELD(struct tracing_visit_recorded, place, F_ID, REQUIRED, .entity = "place", .en = "where", .zh = "场所"),
	FIELD(struct tracing_visit_recorded, from_at, F_TIME, REQUIRED, .en = "came", .zh = "到达时间"),
	FIELD(struct tracing_visit_recorded, until_at, F_TIME, 0, .en = "left; leave out when not known", .zh = "离开时间"),
	FIELD(struct tracing_visit_recorded, source, F_WORD, REQUIRED, .words = tracing_sources, .en = "how it is known", .zh = "信息来源"),
};
static const struct field visit_withdrawn[] = {
	FIELD(struct tracing_visit_withdrawn, visit, F_ID, REQUIRED, .entity = "visit", .en = "the stay that was none", .zh = "撤销的到访记录"),
};
static const struct field visits_loaded[] = {
	FIELD(struct tracing_visits_loaded, source, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "where the stays come from", .zh = "数据来源"),
	FIELD(struct tracing_visits_loaded, rows, F_INT, REQUIRED, .max = INT32_MAX, .en = "rows of the file", .zh = "文件行数"),
	FIELD(struct tracing_visits_loaded, accepted, F_INT, REQUIRED, .max = INT32_MAX, .en = "rows that stand in the visit store", .zh = "接收行数"),
	FIELD(struct tracing_visits_loaded, rejected, F_INT, REQUIRED, .max = INT32_MAX, .en = "rows that were refused", .zh = "拒绝行数"),
	FIELD(struct tracing_visits_loaded, sha256, F_TEXT, REQUIRED, .min = 1, .max = 64, .en = "SHA-256 of the file", .zh = "文件的 SHA-256"),
	FIELD(struct tracing_visits_loaded, first_day, F_DAY, 0, .en = "first day on which an accepted stay begins", .zh = "最早日期"),
	FIELD(struct tracing_visits_loaded, last_day, F_DAY, 0, .en = "last day on which one begins", .zh = "最晚日期"),
};
static const struct field visits_dropped[] = {
	FIELD(struct tracing_visits_dropped, before, F_DAY, REQUIRED, .en = "stays that begin before this day are forgotten", .zh = "清除此日之前的到访"),
	FIELD(struct tracing_visits_dropped, rule, F_TEXT, REQUIRED, .min = 4, .max = 200, .en = "retention rule that asks for it", .zh = "依据"),
};
static const struct field contact_named[] = {
	FIELD(struct tracing_contact_named, link, F_ID, REQUIRED, .entity = "link", .en = "this link", .zh = "接触关系"),
	CASE_OF(tracing_contact_named),
	PERSON_OF(tracing_contact_named, "who met the case", "接触人员"),
	FIELD(struct tracing_contact_named, setting, F_TEXT, REQUIRED, .min = 1, .max = 60,
	      .en = "way of being exposed: id of a setting of the protocol, or a word of its own", .zh = "接触方式（方案中的情形编号或自定义词）"),
	FIELD(struct tracing_contact_named, first_at, F_TIME, REQUIRED, .en = "first contact", .zh = "首次接触时间"),
	FIELD(struct tracing_contact_named, last_at, F_TIME, 0, .en = "last contact; absent = the first", .zh = "末次接触时间"),
	FIELD(struct tracing_contact_named, evidence, F_WORD, REQUIRED, .words = tracing_evidences, .en = "how it is known", .zh = "证据类型"),
	FIELD(struct tracing_contact_named, note, F_TEXT, PERSONAL, .max = 4000, .en = "remark", .zh = "备注"),
};
static const struct field contact_unnamed[] = {
	FIELD(struct tracing_contact_unnamed, link, F_ID, REQUIRED, .entity = "link", .en = "the link that was none", .zh = "撤销的接触关系"),
};
static const struct field contact_classified[] = {
	PERSON_OF(tracing_contact_classified, "the contact", "被判定人员"),
	CASE_OF(tracing_contact_classified),
	FIELD(struct tracing_contact_classified, tier, F_TEXT, REQUIRED, .min = 1, .max = 60, .en = "tier of the protocol, e.g. close_contact",
	      .zh = "判定类别（方案中的编号）"),
	FIELD(struct tracing_contact_classified, first_exposure_at, F_TIME, REQUIRED, .en = "first exposure", .zh = "首次暴露时间"),
	FIELD(struct tracing_contact_classified, last_exposure_at, F_TIME, REQUIRED, .en = "last exposure", .zh = "末次暴露时间"),
	FIELD(struct tracing_contact_classified, linked_person, F_ID, 0, .entity = "person",
	      .en = "the close contact through whom this person is a secondary one", .zh = "关联的密接"),
	FIELD(struct tracing_contact_classified, place, F_WORD, 0, .words = tracing_places,
	      .en = "ordered place, when it is another than the tier's (special groups)", .zh = "指定管理场所（特殊人群）"),
	FIELD(struct tracing_contact_classified, basis, F_TEXT, 0, .min = 2, .max = 400, .en = "legal basis; absent = the protocol's",
	      .zh = "法律依据（缺省取方案）"),
	FIELD(struct tracing_contact_classified, evidence, F_IDS, 0, .en = "links and visits that show the exposure", .zh = "证据（接触关系、到访记录）"),
	FIELD(struct tracing_contact_classified, reason, F_TEXT, PERSONAL, .min = 2, .max = 2000, .en = "why; required without evidence",
	      .zh = "判定理由（无证据时必填）"),
	FIELD(struct tracing_contact_classified, ends_at, F_TIME, DERIVED, .en = "earliest regular release", .zh = "最早解除时间"),
	FIELD(struct tracing_contact_classified, clause, F_TEXT, DERIVED, .max = 200, .en = "edition and tier", .zh = "方案条款"),
	FIELD(struct tracing_contact_classified, grounds, F_TEXT, DERIVED, .max = 600, .en = "legal basis of the order", .zh = "生效的法律依据"),
};
static const struct field contact_secured[] = {
	PERSON_OF(tracing_contact_secured, "the contact", "接触者"),
	FIELD(struct tracing_contact_secured, place, F_WORD, REQUIRED, .words = tracing_places, .en = "where the person is now", .zh = "管理场所"),
};
static const struct field health_checked[] = {
	PERSON_OF(tracing_health_checked, "the contact", "接触者"),
	FIELD(struct tracing_health_checked, temperature, F_REAL, 0, .min = 30, .max = 45, .en = "body temperature, degrees Celsius",
	      .zh = "体温（℃）"),
	FIELD(struct tracing_health_checked, symptoms, F_TEXTS, 0, .min = 1, .max = 40,
	      .en = "symptoms by the words of the protocol; leave out when there are none", .zh = "症状（方案用词）"),
	FIELD(struct tracing_health_checked, half, F_WORD, 0, .words = tracing_halves, .en = "morning or evening check", .zh = "上午或下午"),
};
static const struct field measure_given[] = {
	PERSON_OF(tracing_measure_given, "the contact", "接触者"),
	FIELD(struct tracing_measure_given, measure, F_TEXT, REQUIRED, .min = 1, .max = 60, .en = "id of a measure of the protocol",
	      .zh = "措施（方案中的编号）"),
};
static const struct field environment_sampled[] = {
	PERSON_OF(tracing_environment_sampled, "the contact whose room it is", "接触者"),
	FIELD(struct tracing_environment_sampled, negative, F_BOOL, REQUIRED, .en = "all samples of room and belongings negative",
	      .zh = "环境物品全部阴性"),
};
static const struct field regimen_reset[] = {
	PERSON_OF(tracing_regimen_reset, "the contact", "接触者"),
	CASE_OF(tracing_regimen_reset),
	FIELD(struct tracing_regimen_reset, anchor_at, F_TIME, REQUIRED, .en = "the instant from which the days count again", .zh = "重新起算时间"),
	FIELD(struct tracing_regimen_reset, reason, F_TEXT, REQUIRED | PERSONAL, .min = 2, .max = 1000, .en = "why", .zh = "理由"),
};
static const struct field contact_released[] = {
	PERSON_OF(tracing_contact_released, "the contact", "接触者"),
	CASE_OF(tracing_contact_released),
	FIELD(struct tracing_contact_released, reason, F_TEXT, PERSONAL, .min = 2, .max = 1000,
	      .en = "why; left out only when the person's data were erased", .zh = "解除理由（仅个人信息已销毁者可缺省）"),
	FIELD(struct tracing_contact_released, early, F_BOOL, 0, .en = "true: although conditions are unmet", .zh = "提前解除"),
};
static const struct field contact_appealed[] = {
	PERSON_OF(tracing_contact_appealed, "who appeals", "申诉人"),
	FIELD(struct tracing_contact_appealed, text, F_TEXT, PERSONAL, .max = 4000, .en = "what the person says", .zh = "申诉内容"),
};
static const struct field appeal_answered[] = {
	PERSON_OF(tracing_appeal_answered, "who appealed", "申诉人"),
	FIELD(struct tracing_appeal_answered, granted, F_BOOL, REQUIRED, .en = "true: the person was right", .zh = "是否采纳"),
	FIELD(struct tracing_appeal_answered, answer, F_TEXT, REQUIRED | PERSONAL, .min = 2, .max = 4000, .en = "the answer", .zh = "答复"),
};

#define KIND(name_, right_, en_, zh_, ...) \
	{.name = "tracing." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct tracing_##name_), .fields = name_, \
	 .fields_n = ARRAY_N(name_), .right = RIGHT_##right_, .outbreak = true, __VA_ARGS__}
/* of the county, whatever the outbreak */
#define COUNTY_KIND(name_, right_, en_, zh_, ...) \
	{.name = "tracing." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct tracing_##name_), .fields = name_, \
	 .fields_n = ARRAY_N(name_), .right = RIGHT_##right_, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(case_opened, TRACE, "a person is a case", "登记病例", .check = check_case_opened, .apply = apply_case_opened),
	KIND(case_revised, TRACE, "what is known of a case is corrected, or the case is withdrawn", "订正或撤销病例", .subject = "case",
	     .check = check_case_revised, .apply = apply_case_revised),
	KIND(case_isolated, FOLLOW, "a case is isolated", "病例已隔离收治", .check = tracing_check_at, .apply = apply_case_isolated),
	KIND(interview_recorded, TRACE, "a case was interviewed", "流调记录", .subject = "case", .check = tracing_check_at, .apply = apply_interview),
	KIND(visit_recorded, TRACE, "a person stayed at a place", "到访记录", .check = check_visit, .apply = tracing_apply_visit),
	KIND(visit_withdrawn, TRACE, "a stay recorded before was none", "撤销到访记录", .check = tracing_check_at, .apply = tracing_apply_visit_withdrawn),
	COUNTY_KIND(visits_loaded, TRACE, "many stays were taken from a file into the visit store", "批量导入到访记录", .check = tracing_check_loaded,
		    .apply = tracing_apply_loaded),
	COUNTY_KIND(visits_dropped, ERASE, "stays before a day are forgotten", "到期清除到访记录", .check = tracing_check_dropped,
		    .apply = tracing_apply_dropped),
	KIND(contact_named, TRACE, "a person met a case", "登记接触关系", .subject = "case", .check = check_named, .apply = apply_named),
	KIND(contact_unnamed, TRACE, "a link recorded before was none", "撤销接触关系", .check = tracing_check_at, .apply = apply_unnamed),
	KIND(contact_classified, SIGN, "an officer signs that a person is a contact of a tier, which restricts the person",
	     "签署接触者判定", .subject = "person", .check = check_classified, .apply = apply_classified),
	KIND(contact_secured, FOLLOW, "a contact is where the protocol wants it", "接触者管控到位", .check = tracing_check_at, .apply = apply_secured),
	KIND(health_checked, FOLLOW, "temperature and symptoms of a contact", "健康监测", .check = check_health, .apply = apply_health),
	KIND(measure_given, FOLLOW, "a contact got the protocol's vaccine or medicine", "已接种或预防用药", .check = tracing_check_at,
	     .apply = apply_measure),
	KIND(environment_sampled, FOLLOW, "samples of a contact's room and belongings were tested", "环境物品采样结果", .check = tracing_check_at,
	     .apply = apply_environment),
	KIND(regimen_reset, SIGN, "an officer signs that a contact's days count from a later instant", "签署重新起算", .subject = "person",
	     .check = check_reset, .apply = apply_reset),
	KIND(contact_released, SIGN, "an officer signs that a contact is free", "签署解除", .subject = "person", .check = check_released,
	     .apply = apply_released),
	KIND(contact_appealed, NONE, "a contact appeals against an order", "申诉", .subject = "person", .check = tracing_check_at,
	     .apply = apply_appealed),
	KIND(appeal_answered, SIGN, "an appeal is answered", "答复申诉", .subject = "person", .check = tracing_check_at, .apply = apply_answered),
};

static const struct reaction reactions[] = {
	{"testing.swab_taken", tracing_on_swab},
	{"testing.tube_opened", tracing_on_tube},
	{"testing.tube_lost", tracing_on_tube},
	{"testing.result_reported", tracing_on_result},
	{"people.persons_merged", tracing_on_merge},
	{"people.persons_unmerged", tracing_on_merge}, /* the body has the same members */
	{"house.edition_adopted", tracing_on_edition},
	{"house.subject_erased", tracing_on_erased},
	{"people.place_registered", tracing_on_place},
	{"isolation.admitted", tracing_on_admitted}, /* tracing_placed.c */
	{"isolation.environment_sampled", tracing_on_room_sampled},
	{"isolation.entry_withdrawn", tracing_on_entry_withdrawn},
};

static const char *const tables[] = {
	"case_event(case_key,person,tube,outbreak)",
	"case_file(case_key,person,tube,outbreak)",
	"positive_tube(tube,outbreak)",
	"visit(visit,person,place)",
	"visit_change(entity_key)",
	"visit_event(visit,person,place)",
	"visit_load",
	"visit_retention",
	"contact_link(link,case_key,person)",
	"contact_event(person,case_key,linked,outbreak)",
	"contact(person,case_key,linked,outbreak)",
	"contact_unmet(person)",
	"placement(person)",
	"placement_void(person)",
	NULL,
};

const struct domain tracing_domain = {
	.name = "tracing",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_tracing_schema,
	.tables = tables,
	.reactions = reactions,
	.reactions_n = ARRAY_N(reactions),
	.load = tracing_watch_load,
	.audit_new = tracing_audit_new,
	.audit_fact = tracing_audit_fact,
	.audit_compare = tracing_audit_compare,
};
