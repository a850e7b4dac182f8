/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

const char *const score_causes[] = {"nothing pointed to the infector yet",
				    "swabbed and positive, no result yet",
				    "in a positive tube, not yet known alone",
				    "known positive, no case opened yet",
				    "a case, not yet brought away",
				    "a contact of a known case, not yet signed",
				    "signed as a contact, not yet in place",
				    "kept at home: the household was infected"};
const char *const score_duties[] = {"",
				    "sampling to result (courier, laboratory)",
				    "testing.retest",
				    "tracing.open_case",
				    "tracing.isolate_case",
				    "tracing.investigate and signature",
				    "tracing.transfer",
				    "a place other than home"};

/* ---- what the server says ---------------------------------------------------------------------------------------------- */

static struct door *door_of(struct theatre *t)
{
	return t->desks[0].door; /* the officer's */
}

static void *add(void *list, size_t *n, size_t *cap, size_t size)
{
	void *p;
	CHECK(desk_room(list, cap, *n, size));
	memcpy(&p, list, sizeof p);
	p = (char *)p + (*n)++ * size;
	memset(p, 0, size);
	return p;
}

static enum err_code take_duties(struct theatre *t, struct score *s, struct err *e)
{
	const struct json *rows;
	enum err_code rc = door_rows(door_of(t), "house/duty_counts", &rows, e);
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		struct str kind = door_text(row, "kind");
		size_t i = 0;
		while (i < s->duties_n && !str_eq_c(kind, s->duties[i].kind))
			i++;
		struct score_duty *d = i < s->duties_n ? &s->duties[i] : add(&s->duties, &s->duties_n, &s->duties_cap, sizeof *d);
		str_to_c(kind, d->kind, sizeof d->kind);
		d->open += door_int(row, "open", 0);
		d->overdue += door_int(row, "overdue", 0);
		d->done += door_int(row, "done", 0);
		d->waived += door_int(row, "waived", 0);
	}
	return OK;
}

/* Percentiles do not add up: of several counties the one with most spans speaks. */
static enum err_code take_clocks(struct theatre *t, struct score *s, struct err *e)
{
	const struct json *rows;
	enum err_code rc = door_rows(door_of(t), "house/clocks", &rows, e);
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		struct str name = door_text(row, "clock");
		size_t i = 0;
		while (i < s->clocks_n && !str_eq_c(name, s->clocks[i].name))
			i++;
		struct score_clock *c = i < s->clocks_n ? &s->clocks[i] : add(&s->clocks, &s->clocks_n, &s->clocks_cap, sizeof *c);
		int64_t n = door_int(row, "closed", 0);
		str_to_c(name, c->name, sizeof c->name);
		c->late += door_int(row, "late", 0);
		c->running += door_int(row, "running", 0);
		if (n >= c->n) {
			c->limit_ms = door_int(row, "limit_ms", 0);
			c->p50_ms = door_int(row, "p50_ms", 0);
			c->p95_ms = door_int(row, "p95_ms", 0);
			c->worst_ms = door_int(row, "worst_ms", 0);
		}
		c->n = n > c->n ? n : c->n;
	}
	return OK;
}

static enum err_code take_rounds(struct theatre *t, struct score *s, struct err *e)
{
	char path[200];
	const struct json *rows;
	for (size_t i = 0; i < t->rounds_n; i++) {
		/* a round that was cut off by the end of the drill is not over */
		bool over = t->rounds[i].due_at <= t->f->now;
		snprintf(path, sizeof path, "testing/missing?campaign=%s&round=%u&unexcused=1&limit=100000", front_name(t, N_CAMPAIGN, 1),
			 t->rounds[i].number);
		enum err_code rc = door_rows(door_of(t), path, &rows, e);
		if (rc != OK)
			return rc;
		s->missed += over ? rows->n : 0;
		snprintf(path, sizeof path, "testing/twice?campaign=%s&round=%u&limit=100000", front_name(t, N_CAMPAIGN, 1), t->rounds[i].number);
		rc = door_rows(door_of(t), path, &rows, e);
		if (rc != OK)
			return rc;
		s->twice += rows->n;
	}
	s->rounds += t->rounds_n;
	return OK;
}

/* ---- the truth ------------------------------------------------------------------------------------------------------------ */

struct window {
	int64_t from, to; /* UTC ms; 0: no window, still open */
};

static struct track *track_of(struct theatre *t, uint32_t person)
{
	return t->persons[person].track == NO_TRACK ? NULL : &t->tracks[t->persons[person].track];
}

static enum err_code take_links(struct theatre *t, struct score *s, struct err *e)
{
	const struct json *rows;
	uint32_t n;
	const struct infection *all = epidemic_infections(t->ep, &n);
	enum err_code rc = door_rows(door_of(t), "tracing/cases?limit=100000", &rows, e);
	struct window *w = rc == OK ? calloc(t->c->persons_n, sizeof *w) : NULL;
	if (!w)
		return rc != OK ? rc : err_set(e, ERR_MEMORY, "", "no memory for the score");
	JSON_EACH(row, rows) {
		uint32_t person;
		if (front_number(t, door_text(row, "person"), N_PERSON, &person))
			w[person] = (struct window){door_time(row, "window_from"), door_time(row, "window_to")};
		s->cases++;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (all[i].infector == NO_INFECTION)
			continue;
		uint32_t from = all[all[i].infector].person;
		const struct track *x = track_of(t, from);
		int64_t at = t->f->begins_at + all[i].at_min * MS_PER_MINUTE;
		s->links++;
		if (!x || !x->investigated_at || x->looked < 3 || at >= x->investigated_at || !w[from].from || at < w[from].from ||
		    (w[from].to && at >= w[from].to))
			continue;
		s->links_in_window++;
		s->links_found += set64_has(&t->pairs, ((uint64_t)from << 32 | all[i].person) + 1);
	}
	free(w);
	return OK;
}

static bool by(int64_t what, int64_t at)
{
	return what && what <= at;
}

/* What stood open about the infector when the infection happened. */
static enum score_cause cause_of(const struct track *x, const struct track *before, int64_t at, int64_t *known, int64_t *done)
{
	*known = *done = 0;
	if (x && by(x->case_at, at)) {
		*known = x->case_at;
		*done = x->isolated_at;
		return CAUSE_NOT_AWAY;
	}
	if (x && by(x->single_known_at, at)) {
		*known = x->single_known_at;
		*done = x->case_at;
		return CAUSE_NO_CASE;
	}
	if (x && by(x->signed_at, at) && !by(x->released_at, at)) {
		*known = x->signed_at;
		*done = x->secured_at;
		return by(x->secured_at, at) ? CAUSE_HOUSEHOLD : CAUSE_NOT_PLACED;
	}
	if (x && by(x->pool_known_at, at)) {
		*known = x->pool_known_at;
		*done = x->single_known_at;
		return CAUSE_RETEST;
	}
	if (x && by(x->positive_at, at)) {
		*known = x->positive_at;
		*done = x->pool_known_at && x->pool_known_at < x->single_known_at ? x->pool_known_at : x->single_known_at;
		return CAUSE_IN_TUBE;
	}
	if (before && by(before->case_at, at)) {
		*known = before->case_at;
		*done = x ? x->signed_at : 0;
		return CAUSE_NOT_SIGNED;
	}
	return CAUSE_UNKNOWN;
}

static enum err_code take_branches(struct theatre *t, struct score *s, struct err *e)
{
	uint32_t n;
	const struct infection *all = epidemic_infections(t->ep, &n);
	uint32_t *size = calloc(n + 1, sizeof *size);
	if (!size)
		return err_set(e, ERR_MEMORY, "", "no memory for the score");
	for (uint32_t i = n; i-- > 0;) {
		size[i]++;
		if (all[i].infector != NO_INFECTION)
			size[all[i].infector] += size[i];
	}
	for (uint32_t i = 0; i < n; i++) {
		s->imported += all[i].infector == NO_INFECTION;
		s->found += all[i].found_min != NOT_FOUND_YET;
		if (all[i].infector == NO_INFECTION)
			continue;
		const struct infection *from = &all[all[i].infector];
		struct track *before = from->infector == NO_INFECTION ? NULL : track_of(t, all[from->infector].person);
		struct score_branch b = {.county = t->index, .infector = from->person, .infected = all[i].person, .branch_n = size[i]};
		b.infected_at = t->f->begins_at + all[i].at_min * MS_PER_MINUTE;
		b.cause = cause_of(track_of(t, from->person), before, b.infected_at, &b.known_at, &b.done_at);
		s->cause_n[b.cause]++;
		s->cause_branch_n[b.cause] += b.branch_n;
		if (b.cause != CAUSE_UNKNOWN)
			*(struct score_branch *)add(&s->branches, &s->branches_n, &s->branches_cap, sizeof b) = b;
	}
	s->infected += n;
	free(size);
	return OK;
}

static enum err_code take_contacts(struct theatre *t, struct score *s, struct err *e)
{
	const struct json *rows;
	enum err_code rc = door_rows(door_of(t), "tracing/contacts?limit=100000", &rows, e);
	if (rc != OK)
		return rc;
	JSON_EACH(row, rows) {
		s->contacts++;
		s->still_held += str_eq_c(door_text(row, "state"), "running");
	}
	for (size_t i = 0; i < t->tracks_n; i++)
		s->unlisted += t->tracks[i].single_known_at && !t->tracks[i].case_at && t->tracks[i].single_known_at + MS_PER_DAY < t->f->now;
	return OK;
}

static int by_size(const void *a, const void *b)
{
	const struct score_branch *x = a, *y = b;
	if (x->branch_n != y->branch_n)
		return x->branch_n > y->branch_n ? -1 : 1;
	if (x->infected_at != y->infected_at)
		return x->infected_at < y->infected_at ? -1 : 1;
	return x->infected < y->infected ? -1 : x->infected > y->infected;
}

static void take_counts(struct theatre *t, struct score *s)
{
	s->persons += t->c->persons_n;
	s->tubes += t->tubes_n;
	s->swabs += t->swabs_n;
	s->singles += t->singles_n;
	s->door_swabs += t->door_swabs_n;
	s->refused += t->excused_n[0];
	s->away += t->excused_n[1];
	s->isolated += t->excused_n[2];
	s->signatures += t->signatures_n;
	s->releases += t->releases_n;
	if (t->zero_day > s->zero_day)
		s->zero_day = t->zero_day;
	for (uint32_t d = 0; d < t->f->days_run; d++) {
		s->person_days_away += t->away_by_day[d];
		s->person_days_home += t->home_by_day[d];
	}
}

static uint32_t median_min(const struct score *s, const char *clock, uint32_t usual)
{
	for (size_t i = 0; i < s->clocks_n; i++)
		if (strcmp(s->clocks[i].name, clock) == 0 && s->clocks[i].n)
			return (uint32_t)(s->clocks[i].p50_ms / MS_PER_MINUTE);
	return usual;
}

/* The stages of the plan as long as they were here; what no clock showed is as long as the scenario's numbers make it. */
static enum err_code take_less(const struct front *f, struct score *s, struct err *e)
{
	struct plan_delays d;
	uint64_t person_days = s->persons * (uint64_t)f->s->days;
	plan_delays_of(&f->s->county[0], &d);
	d.result_min = median_min(s, "swab_to_report", d.result_min);
	d.isolate_min = median_min(s, "positive_transfer", d.isolate_min);
	d.trace_min = median_min(s, "investigation", 0) + median_min(s, "contact_in_isolation", d.trace_min);
	s->delays = d;
	s->less_seeds = person_days > 5000000 ? 8 : 40;
	return plan_less(f->s, &d, SCORE_LESS_MIN, f->seed, s->less_seeds, s->less, e);
}

enum err_code score_take(struct front *f, struct score *out, struct err *e)
{
	struct score s = {.days = f->days_run, .counties_n = (uint32_t)f->theatres_n, .zero_day = -1, .ended = f->over};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < f->theatres_n; i++) {
		struct theatre *t = &f->theatres[i];
		take_counts(t, &s);
		rc = take_duties(t, &s, e);
		if (rc == OK)
			rc = take_clocks(t, &s, e);
		if (rc == OK)
			rc = take_rounds(t, &s, e);
		if (rc == OK)
			rc = take_contacts(t, &s, e);
		if (rc == OK)
			rc = take_links(t, &s, e);
		if (rc == OK)
			rc = take_branches(t, &s, e);
	}
	s.undetected = s.infected - s.found;
	if (rc == OK)
		rc = take_less(f, &s, e);
	if (s.branches_n)
		qsort(s.branches, s.branches_n, sizeof *s.branches, by_size);
	*out = s;
	return rc;
}

void score_done(struct score *s)
{
	free(s->clocks);
	free(s->duties);
	free(s->branches);
	s->clocks = NULL;
	s->duties = NULL;
	s->branches = NULL;
}

bool score_good(const struct score *s)
{
	return s->missed == 0 && s->twice == 0 && s->unlisted == 0 && s->verified && s->rebuilt_same && s->audit_agrees && s->facts_agree;
}
