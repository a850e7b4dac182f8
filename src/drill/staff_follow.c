/* SPDX-License-Identifier: Apache-2.0
 *
 * Signatures, and following persons under observation.
 */
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define DAY_OF_EXPOSURE (12 * MS_PER_HOUR) /* a later exposure by less than this calls for no new signature */

/* ---- signatures ------------------------------------------------------------------------------------------------------------ */

static void sign(struct desk *k, uint32_t case_person, uint32_t person, const struct json *row)
{
	struct theatre *t = k->t;
	int64_t first = door_time(row, "first_at"), last = door_time(row, "last_at");
	struct track *x = front_track(t, person);
	struct str tier = door_text(row, "tier"), evidence = door_text(row, "evidence");
	bool fresh = !x->signed_at || x->released_at > x->signed_at || last > x->last_exposure_at + DAY_OF_EXPOSURE;
	set64_add(&t->pairs, ((uint64_t)case_person << 32 | person) + 1);
	if (door_int(row, "is_case", 0) || tier.n == 0 || !fresh || (t->persons[person].flags & PERSON_CASE))
		return;
	if (last > k->now)
		last = k->now;
	if (first > last)
		first = last;
	bool later = x->signed_at && x->released_at < x->signed_at && x->secured_at && last > x->secured_at;
	if (later)
		last = x->secured_at; /* nobody is exposed to a case while away */
	if (x->signed_at && x->released_at < x->signed_at && last <= x->last_exposure_at + DAY_OF_EXPOSURE)
		return;
	x->signed_at = k->now;
	x->signed_for = case_person;
	x->secondary = str_starts(tier, STR("secondary"));
	x->last_exposure_at = last;
	t->signatures_n++;
	tell(k, "tracing.contact_classified", front_area_of(t, person), k->now,
	     "'person':'%s','case':'%s','tier':'%.*s','first_exposure_at':%lld,'last_exposure_at':%lld,%s%.*s%s", front_name(t, N_PERSON, person),
	     front_name(t, N_CASE, case_person), STR_ARG(tier), (long long)(first > last ? last : first), (long long)last,
	     evidence.n ? "'evidence':['" : "'reason':'", STR_ARG(evidence.n ? evidence : STR("lives with the case")), evidence.n ? "']" : "'");
}

static enum err_code look_at_case(struct desk *k, uint32_t person, struct err *e)
{
	const struct json *rows;
	enum err_code rc = desk_rows(k, &rows, e, "tracing/proposals?case=%s&limit=10000", front_name(k->t, N_CASE, person));
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t contact;
		if (front_number(k->t, door_text(row, "person"), N_PERSON, &contact))
			sign(k, person, contact, row);
	}
	return desk_flush(k, e);
}

/* Cases whose investigation went a step on since they were last looked at. */
static enum err_code look_at_cases(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	if (t->cases_told == t->cases_seen)
		return OK;
	t->cases_seen = t->cases_told;
	enum err_code rc = desk_rows(k, &rows, e, "tracing/cases?limit=10000");
	uint32_t *todo = rc == OK && rows->n ? calloc(rows->n, sizeof *todo) : NULL;
	size_t n = 0;
	if (!todo)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (!front_number(t, door_text(row, "case"), N_CASE, &person))
			continue;
		struct track *x = front_track(t, person);
		uint8_t step = door_time(row, "completed_at") ? 3 : door_time(row, "interviewed_at") ? 2 : 1;
		if (step > x->looked) {
			x->looked = step;
			todo[n++] = person;
		}
	}
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = look_at_case(k, todo[i], e);
	free(todo);
	return rc;
}

/* Proposals that were looked at and brought nobody new. */
static enum err_code close_reviews(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "tracing.review_proposal", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (!front_number(t, door_text(row, "subject"), N_CASE, &person))
			continue;
		if (front_track(t, person)->looked < 3) {
			desk_left(k, "tracing.review_proposal");
			continue;
		}
		t->waived_n++;
		tell(k, "house.duty_waived", front_area_of(t, person), k->now,
		     "'duty':'tracing.review_proposal','subject':'%s','part':0,'reason':'looked at; nobody who is not under observation already'",
		     front_name(t, N_CASE, person));
	}
	return OK;
}

/* What asks somebody to decide and was looked at: the officer's word closes it. */
static enum err_code decide(struct desk *k, const char *duty, const char *reason, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		struct str subject = door_text(row, "subject"), area = door_text(row, "area");
		int64_t code;
		if (door_time(row, "from_at") + 6 * MS_PER_HOUR > k->now || !str_to_i64(area, &code)) {
			desk_left(k, duty);
			continue;
		}
		t->waived_n++;
		tell(k, "house.duty_waived", code, k->now, "'duty':'%s','subject':'%.*s','part':%lld,'reason':'%s'", duty, STR_ARG(subject),
		     (long long)door_int(row, "part", 0), reason);
	}
	return OK;
}

static enum err_code unmet_persons(struct desk *k, struct set64 *out, struct err *e)
{
	const struct json *rows;
	enum err_code rc = desk_rows(k, &rows, e, "tracing/unmet?limit=10000");
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (front_number(k->t, door_text(row, "person"), N_PERSON, &person))
			set64_add(out, (uint64_t)person + 1);
	}
	return OK;
}

static void release(struct desk *k, uint32_t person, struct str of_case, bool early)
{
	struct theatre *t = k->t;
	struct track *x = front_track(t, person);
	tell(k, "tracing.contact_released", front_area_of(t, person), k->now, "'person':'%s','case':'%.*s','early':%s,'reason':'%s'",
	     front_name(t, N_PERSON, person), STR_ARG(of_case), early ? "true" : "false",
	     early ? "the days are over and later samples are negative; a sample of the plan was missed" : "the days are over, all conditions are met");
	t->releases_n++;
	x->released_at = k->now;
	t->persons[person].flags &= (uint8_t)~PERSON_HELD;
	front_let_go(t, person, k->now);
}

static enum err_code releases(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	struct set64 due = {0}, unmet = {0}, late = {0};
	enum err_code rc = desk_duties(k, "tracing.release", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		int64_t from = door_time(row, "from_at");
		if (from > k->now || !front_number(t, door_text(row, "subject"), N_PERSON, &person))
			continue;
		set64_add(&due, (uint64_t)person + 1);
		if (from + 36 * MS_PER_HOUR < k->now)
			set64_add(&late, (uint64_t)person + 1);
	}
	if (due.n)
		rc = unmet_persons(k, &unmet, e);
	if (rc == OK && due.n)
		rc = desk_rows(k, &rows, e, "tracing/contacts?limit=10000");
	if (rc == OK && due.n)
		JSON_EACH(row, rows) {
			uint32_t person;
			struct str state = door_text(row, "state");
			if (!str_eq_c(state, "running") && !str_eq_c(state, "lapsed"))
				continue;
			if (!front_number(t, door_text(row, "person"), N_PERSON, &person) || !set64_has(&due, (uint64_t)person + 1))
				continue;
			bool open = set64_has(&unmet, (uint64_t)person + 1);
			if (open)
				desk_left(k, "tracing.release");
			if (!open || set64_has(&late, (uint64_t)person + 1))
				release(k, person, door_text(row, "case"), open);
		}
	free(due.v);
	free(unmet.v);
	free(late.v);
	return rc;
}

enum err_code staff_signatures(struct desk *k, struct err *e)
{
	if (!k->t->first_found_at || !desk_news(k))
		return OK;
	enum err_code rc = look_at_cases(k, e);
	if (rc == OK)
		rc = close_reviews(k, e);
	if (rc == OK)
		rc = releases(k, e);
	if (rc == OK)
		rc = decide(k, "testing.explain", "counted again with the sampler: the scans are right", e);
	if (rc == OK)
		rc = decide(k, "zones.conflict", "stepped down early with a reason that was given", e);
	if (rc == OK)
		rc = decide(k, "tracing.reclassify", "sampled again because of the symptoms; the sample decides", e);
	return rc == OK ? house_releases(k, e) : rc;
}

/* ---- following ------------------------------------------------------------------------------------------------------------ */

/* Persons of a positive tube are told to stay where they are. */
static enum err_code keep_in_place(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "testing.isolate", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (!front_number(t, door_text(row, "subject"), N_PERSON, &person) || (t->persons[person].flags & (PERSON_KEPT | PERSON_HELD)))
			continue;
		t->persons[person].flags |= PERSON_KEPT;
		front_track(t, person)->kept_at = k->now;
		rc = front_hold(t, person, HOLD_HOME, k->now, e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

static enum err_code check_health(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "tracing.check", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		int64_t from = door_time(row, "from_at"), due = door_time(row, "due_at");
		if (from <= k->now && due > k->now && front_hour(t->f, k->now) < 8)
			desk_left(k, "tracing.check");
		if (from > k->now || due <= k->now || !front_number(t, door_text(row, "subject"), N_PERSON, &person))
			continue;
		tell_check(k, person);
	}
	return OK;
}

static enum err_code move_on(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	enum err_code rc = desk_duties(k, "tracing.move", &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		if (door_time(row, "from_at") > k->now || !front_number(t, door_text(row, "subject"), N_PERSON, &person))
			continue;
		if (t->persons[person].flags & PERSON_ROOM) { /* until the officer lets the person out of the site */
			desk_left(k, "tracing.move");
			continue;
		}
		t->moved_n++;
		tell(k, "tracing.contact_secured", front_area_of(t, person), k->now, "'person':'%s','place':'home'", front_name(t, N_PERSON, person));
		front_let_go(t, person, k->now);
		rc = front_hold(t, person, HOLD_HOME, k->now, e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

enum err_code staff_follow(struct desk *k, struct err *e)
{
	int hour = front_hour(k->t->f, k->now);
	if (!k->t->first_found_at || !desk_news(k))
		return OK;
	enum err_code rc = keep_in_place(k, e);
	if (rc == OK && (hour >= 8 && hour < 21))
		rc = check_health(k, e);
	return rc == OK ? move_on(k, e) : rc;
}
