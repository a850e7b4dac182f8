/* SPDX-License-Identifier: Apache-2.0
 *
 * A tier's stages laid on the calendar of one person.
 */
#include <stdlib.h>

#include "core/caltime.h"
#include "protocol/calendar.h"

#define EARLIEST_MS INT64_C(-2208988800000) /* 1900 */
#define SPAN_DAYS_MAX 240                   /* of a stage that begins at an anchor of its own */
#define SIGN_DAYS_MAX 120 /* a sign later than this after the end belongs to another illness */
#define LATEST_MS INT64_C(7226582400000)    /* 2199: one year is left for the stages */

void regimen_times_init(struct regimen_times *t)
{
	for (int i = 0; i < ANCHOR__N; i++)
		t->at[i] = PROTOCOL_NO_TIME;
	t->serial = false;
}

static enum err_code known(const struct regimen_times *t, enum protocol_anchor anchor, int64_t *out,
			   struct err *e)
{
	if (t->at[anchor] == PROTOCOL_NO_TIME)
		return err_set(e, ERR_MISSING_FIELD, protocol_anchor_word(anchor),
			       "the instant of `%s` is needed for this tier", protocol_anchor_word(anchor));
	*out = t->at[anchor];
	return OK;
}

static enum err_code check_times(const struct regimen_times *t, struct err *e)
{
	for (int i = 0; i < ANCHOR__N; i++)
		if (t->at[i] != PROTOCOL_NO_TIME && (t->at[i] < EARLIEST_MS || t->at[i] > LATEST_MS))
			return err_set(e, ERR_BAD_VALUE, protocol_anchor_word((enum protocol_anchor)i),
				       "the instant lies outside the years 1900 to 2198");
	return OK;
}

/* First local day of the regime (its day 1) when it counts from instant `base`. */
static int32_t first_day(const struct protocol_tier *t, int64_t base)
{
	return day_of(base) + (t->day_one == DAY_ONE_SAME ? 0 : 1);
}

static enum err_code lay_stages(const struct protocol_tier *t, const struct regimen_times *times, bool reset,
				struct calendar *c, struct err *e)
{
	int32_t next = c->first_day;
	for (size_t i = 0; i < t->stage_n; i++) {
		const struct protocol_stage *s = &t->stage[i];
		int32_t days = i == 0 && reset && t->reset_days.set ? t->reset_days.v : s->days.v;
		c->stage[i].first = next;
		c->stage[i].last = next + days - 1;
		next += days;
		if (s->start_day.set) {
			int64_t from = 0;
			enum err_code code = known(times, s->start_anchor, &from, e);
			if (code)
				return code;
			c->stage[i].first = day_of(from) + s->start_day.v;
			if (c->stage[i].last - c->stage[i].first >= SPAN_DAYS_MAX)
				return err_set(e, ERR_BAD_VALUE, protocol_anchor_word(s->start_anchor),
					       "the stage would last more than %d days; check the instants", SPAN_DAYS_MAX);
		}
	}
	c->last_day = next - 1;
	return OK;
}

enum err_code calendar_make(const struct protocol_tier *t, const struct regimen_times *times,
			    struct calendar *c, struct err *e)
{
	if (!t->enabled)
		return err_set(e, ERR_NOT_ALLOWED, "tier", "this edition has no regime for `%.*s`", STR_ARG(t->id));
	struct calendar out = {.sign_until = PROTOCOL_NO_TIME, .sign = PROTOCOL_NO_TIME};
	enum err_code code = check_times(times, e);
	if (code || (code = known(times, t->anchor, &out.base, e)))
		return code;
	bool reset = t->reset_anchor != ANCHOR__N && times->at[t->reset_anchor] > out.base;
	if (reset)
		out.base = times->at[t->reset_anchor];
	out.first_day = first_day(t, out.base);
	if ((code = lay_stages(t, times, reset, &out, e)))
		return code;
	out.release = day_start(out.last_day + 1);
	if (t->early_release_day.set)
		out.release = day_start(out.first_day + t->early_release_day.v - 1);
	int64_t sign = times->at[ANCHOR_LAST_SIGN];
	if (t->sign_isolation_days.set && sign != PROTOCOL_NO_TIME && sign >= out.base &&
	    sign < out.release + SIGN_DAYS_MAX * MS_PER_DAY) {
		out.sign = sign;
		out.sign_until = day_start(day_of(sign) + t->sign_isolation_days.v + 1);
		if (out.sign_until > out.release)
			out.release = out.sign_until;
	}
	*c = out;
	return OK;
}

bool calendar_last_test(const struct protocol_tier *t, const struct calendar *c, int32_t *day)
{
	bool any = false;
	for (size_t i = 0; i < t->stage_n; i++)
		for (size_t k = 0; k < t->stage[i].tests.n; k++) {
			int32_t d = c->stage[i].first + t->stage[i].tests.v[k] - 1;
			if (d > c->stage[i].last) /* a stage cut short by a reset */
				continue;
			*day = any && *day > d ? *day : d;
			any = true;
		}
	return any;
}

/* ---- items ---- */

struct sink {
	const struct protocol_tier *t;
	const struct calendar *c;
	int64_t found; /* identified, or PROTOCOL_NO_TIME */
	struct regimen_item *out;
	size_t n, max;
};

/* Adds an item cut to what lies after the person was found; a window that had closed by then is nobody's
 * duty. */
static void put(struct sink *s, struct regimen_item item)
{
	if (s->found != PROTOCOL_NO_TIME && item.from != item.due) {
		if (item.due <= s->found)
			return;
		if (item.from < s->found)
			item.from = s->found;
	}
	if (s->n < s->max)
		s->out[s->n] = item;
	s->n++;
}

static struct regimen_item item_of(const struct sink *s, enum regimen_kind kind, size_t stage, int32_t day)
{
	const struct protocol_stage *st = &s->t->stage[stage < s->t->stage_n ? stage : s->t->stage_n - 1];
	const struct span *span = &s->c->stage[stage < s->t->stage_n ? stage : s->t->stage_n - 1];
	int32_t of_regime = day - s->c->first_day + 1;
	return (struct regimen_item){.kind = kind,
				     .stage = (int16_t)stage,
				     .day = (int16_t)of_regime,
				     .stage_day = (int16_t)(day - span->first + 1),
				     .assay = st->assay,
				     .observer = st->observer,
				     .place = st->place,
				     .clause = st->clause.en.n ? st->clause : s->t->clause,
				     .note = &st->note};
}

static void put_checks(struct sink *s, size_t stage, int32_t day, int32_t per_day)
{
	for (int32_t k = 0; k < per_day; k++) {
		struct regimen_item item = item_of(s, ITEM_CHECK, stage, day);
		item.nth = (int16_t)(k + 1);
		item.from = day_at(day, k * 24 / per_day, 0);
		item.due = k + 1 == per_day ? day_start(day + 1) : day_at(day, (k + 1) * 24 / per_day, 0);
		put(s, item);
	}
}

static void put_stage_days(struct sink *s, size_t stage, int16_t *tests_n)
{
	const struct protocol_stage *st = &s->t->stage[stage];
	const struct span *span = &s->c->stage[stage];
	for (size_t k = 0; k < st->tests.n; k++) {
		int32_t day = span->first + st->tests.v[k] - 1;
		if (day > span->last)
			continue;
		struct regimen_item item = item_of(s, ITEM_TEST, stage, day);
		item.nth = ++*tests_n;
		item.from = day_start(day);
		item.due = day_start(day + 1);
		if (st->tests.note.line > 0)
			item.note = &st->tests.note;
		put(s, item);
	}
	for (int32_t day = span->first; day <= span->last; day++)
		put_checks(s, stage, day, st->checks_per_day.v);
}

/* The stage that is on, or comes next, on the day the person was found; stage_n when all are over. */
static size_t stage_when_found(const struct sink *s)
{
	if (s->found == PROTOCOL_NO_TIME)
		return 0;
	size_t i = 0;
	while (i < s->t->stage_n && s->c->stage[i].last < day_of(s->found))
		i++;
	return i;
}

static void put_stages(struct sink *s)
{
	size_t now = stage_when_found(s);
	int16_t tests_n = 0;
	for (size_t i = 0; i < s->t->stage_n; i++) {
		int64_t start = i == 0 && !s->t->stage[0].start_day.set ? s->c->base
									: day_start(s->c->stage[i].first);
		struct regimen_item item = item_of(s, ITEM_STAGE, i, s->c->stage[i].first);
		item.from = start;
		if (i == now && s->found != PROTOCOL_NO_TIME && start < s->found)
			item.from = s->found;
		item.due = item.from;
		item.stage_day = 0;
		if (i == now && s->found != PROTOCOL_NO_TIME && s->t->within_min.set) {
			item.kind = ITEM_TRANSFER;
			item.day = 0;
			item.due = item.from + s->t->within_min.v * MS_PER_MINUTE;
			item.note = &s->t->within_min.note;
		}
		if (i >= now)
			put(s, item);
		put_stage_days(s, i, &tests_n);
	}
}

/* A sign of illness: isolation from that instant, with the checks of the last stage on days past its end. */
static void put_sign_days(struct sink *s)
{
	if (s->c->sign == PROTOCOL_NO_TIME)
		return;
	struct regimen_item item = item_of(s, ITEM_STAGE, s->t->stage_n, day_of(s->c->sign));
	item.from = item.due = s->c->sign;
	item.stage_day = 0;
	item.note = &s->t->sign_isolation_days.note;
	put(s, item);
	const struct protocol_stage *last = &s->t->stage[s->t->stage_n - 1];
	for (int32_t day = s->c->last_day + 1; day_start(day) < s->c->sign_until; day++)
		if (day > day_of(s->c->sign))
			put_checks(s, s->t->stage_n, day, last->checks_per_day.v);
}

static enum err_code put_measures(struct sink *s, const struct regimen_times *times, struct err *e)
{
	for (size_t i = 0; i < s->t->measure_n; i++) {
		const struct protocol_measure *m = &s->t->measure[i];
		int64_t from = 0;
		enum err_code code = known(times, m->anchor, &from, e);
		if (code)
			return code;
		put(s, (struct regimen_item){.kind = ITEM_MEASURE,
					     .stage = -1,
					     .from = from,
					     .measure = m,
					     .clause = m->who,
					     .due = from + m->within_min.v * MS_PER_MINUTE,
					     .place = s->t->stage[0].place,
					     .note = &m->within_min.note});
	}
	return OK;
}

/* Found after everything has run out: some tests from that day on, and release. */
static void put_found_after(struct sink *s)
{
	int32_t today = day_of(s->found);
	for (int32_t k = 0; k < s->t->found_after_tests.v; k++) {
		struct regimen_item item = item_of(s, ITEM_TEST, s->t->stage_n - 1, today + k);
		item.nth = (int16_t)(k + 1);
		item.stage_day = 0;
		item.from = day_start(today + k);
		item.due = day_start(today + k + 1);
		item.note = &s->t->found_after_tests.note;
		put(s, item);
	}
}

static int by_time(const void *pa, const void *pb)
{
	const struct regimen_item *a = pa, *b = pb;
	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->due != b->due)
		return a->due < b->due ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->stage != b->stage)
		return a->stage < b->stage ? -1 : 1;
	return a->nth - b->nth;
}

enum err_code protocol_regimen(const struct protocol *p, const struct protocol_tier *tier,
			       const struct regimen_times *times, struct regimen_item *out, size_t max,
			       size_t *n, struct err *e)
{
	(void)p; /* the tier holds all it needs today; the edition belongs to the question */
	struct calendar c;
	enum err_code code = calendar_make(tier, times, &c, e);
	if (code)
		return code;
	struct sink s = {.t = tier, .c = &c, .found = times->at[ANCHOR_IDENTIFIED], .out = out, .max = max};
	bool over = s.found != PROTOCOL_NO_TIME && s.found >= c.release;
	if (over)
		put_found_after(&s);
	else
		put_stages(&s);
	if (!over)
		put_sign_days(&s);
	if ((code = put_measures(&s, times, e)))
		return code;
	struct regimen_item release = item_of(&s, ITEM_RELEASE, tier->stage_n - 1, c.last_day);
	release.from = release.due = over ? s.found : c.release;
	release.stage_day = 0;
	release.note = &tier->note;
	put(&s, release);
	if (s.n > max)
		return err_set(e, ERR_TOO_LARGE, "regimen",
			       "the regime has %zu items, room was given for %zu", s.n, max);
	qsort(out, s.n, sizeof *out, by_time);
	*n = s.n;
	return OK;
}
