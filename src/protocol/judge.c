/* SPDX-License-Identifier: Apache-2.0
 *
 * Release, change of tier, exposure windows, zones, screening rounds, tubes: pure functions over an edition.
 */
#include "core/caltime.h"
#include "protocol/calendar.h"

/* ---- persons ---- */

/* Inconclusive tests are settled by a later negative one; a positive or an awaited result by nothing but
 * itself. */
static bool all_negative(const struct release_test *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool settled = false;
		for (size_t k = i + 1; k < n && t[i].result == RESULT_INVALID; k++)
			settled |= t[k].result == RESULT_NEGATIVE;
		if (t[i].result != RESULT_NEGATIVE && !settled)
			return false;
	}
	return true;
}

/* How many of the first two conclusive tests have this result. Awaited results keep their place in the order.
 */
static int of_first_two(const struct release_test *t, size_t n, enum protocol_result result)
{
	int hits = 0, seen = 0;
	for (size_t i = 0; i < n && seen < 2; i++) {
		if (t[i].result == RESULT_INVALID)
			continue;
		seen++;
		hits += t[i].result == result;
	}
	return hits;
}

static bool met(enum protocol_condition cond, const struct protocol_tier *t, const struct calendar *c,
		const struct release_facts *f, int64_t at, int64_t *earliest)
{
	int32_t day;
	switch (cond) {
	case COND_STAGE_DAYS_OVER:
		*earliest = c->release;
		return at >= c->release;
	case COND_OWN_TESTS_NEGATIVE:
		return all_negative(f->own, f->own_n);
	case COND_LAST_TEST_DONE:
		if (!calendar_last_test(t, c, &day))
			return true;
		for (size_t i = 0; i < f->own_n; i++)
			if (f->own[i].result == RESULT_NEGATIVE && f->own[i].sampled >= day_start(day) &&
			    f->own[i].sampled <= at)
				return true;
		if (at < day_start(day))
			*earliest = day_start(day);
		return false;
	case COND_LINKED_FIRST_TWO_NEGATIVE:
		return of_first_two(f->linked, f->linked_n, RESULT_NEGATIVE) == 2;
	case COND_NO_SIGNS:
		return !f->signs;
	case COND_ENVIRONMENT_NEGATIVE:
		return f->environment_negative;
	case COND__N:
		break;
	}
	CHECK(cond < COND__N); /* a condition without a rule */
	return false;
}

enum err_code protocol_release(const struct protocol *p, const struct protocol_tier *tier,
			       const struct regimen_times *times, const struct release_facts *facts,
			       int64_t at, struct release_unmet out[COND__N], size_t *n, struct err *e)
{
	(void)p;
	struct calendar c;
	enum err_code code = calendar_make(tier, times, &c, e);
	if (code)
		return code;
	size_t count = 0;
	for (int i = 0; i < COND__N; i++) {
		int64_t earliest = PROTOCOL_NO_TIME;
		if ((tier->release & (1u << i)) && !met((enum protocol_condition)i, tier, &c, facts, at, &earliest))
			out[count++] = (struct release_unmet){(enum protocol_condition)i, earliest};
	}
	*n = count;
	return OK;
}

static bool triggered(enum protocol_trigger trigger, const struct release_facts *f)
{
	bool positive = false;
	switch (trigger) {
	case TRIGGER_LINKED_FIRST_TWO_POSITIVE:
		return of_first_two(f->linked, f->linked_n, RESULT_POSITIVE) > 0;
	case TRIGGER_OWN_POSITIVE:
		for (size_t i = 0; i < f->own_n; i++)
			positive |= f->own[i].result == RESULT_POSITIVE;
		return positive;
	case TRIGGER_SIGN:
		return f->signs;
	case TRIGGER_NONE:
	case TRIGGER__N:
		break;
	}
	return false;
}

struct str protocol_upgrade(const struct protocol_tier *tier, const struct release_facts *facts)
{
	for (size_t i = 0; i < tier->upgrade_n; i++)
		if (triggered(tier->upgrade[i].trigger, facts))
			return tier->upgrade[i].to;
	return STR_NONE;
}

bool protocol_exposure_window(const struct protocol *p, const struct regimen_times *times, int64_t isolated,
			      int64_t *from, int64_t *to, const struct protocol_window **used)
{
	for (size_t i = 0; i < p->window_n; i++) {
		const struct protocol_window *w = &p->window[i];
		int64_t anchor = times->at[w->anchor];
		if (anchor == PROTOCOL_NO_TIME || (w->serial && !times->serial))
			continue;
		int64_t end = isolated == PROTOCOL_NO_TIME ? INT64_MAX : isolated;
		if (w->to_days.set) {
			int64_t last = day_start(day_of(anchor) + w->to_days.v + 1);
			end = last < end ? last : end;
		}
		*from = day_start(day_of(anchor) + w->from_days.v);
		*to = end;
		if (used)
			*used = w;
		return true;
	}
	return false;
}

/* ---- zones and areas ---- */

int64_t protocol_zone_earliest(const struct protocol_zone *z, const struct zone_facts *f)
{
	const struct protocol_num *days =
		f->by_downgrade && z->then_days.set ? &z->then_days : &z->downgrade_days;
	if (!days->set || f->clock == PROTOCOL_NO_TIME)
		return PROTOCOL_NO_TIME;
	return f->clock + days->v * MS_PER_DAY;
}

static bool round_since(const struct zone_facts *f, int64_t since, int64_t at)
{
	return f->covered_round != PROTOCOL_NO_TIME && f->covered_round >= since && f->covered_round <= at;
}

unsigned protocol_zone_unmet(const struct protocol_zone *z, const struct zone_facts *f, int64_t at)
{
	unsigned unmet = 0;
	int64_t earliest = protocol_zone_earliest(z, f);
	bool stepped = f->by_downgrade && z->then_days.set; /* its coverage was shown when it stepped down */
	if (earliest == PROTOCOL_NO_TIME || at < earliest)
		unmet |= ZONE_DAYS;
	if (z->coverage_day.set && !stepped &&
	    (f->clock == PROTOCOL_NO_TIME ||
	     !round_since(f, day_start(day_of(f->clock) + z->coverage_day.v), at)))
		unmet |= ZONE_COVERAGE;
	if (z->cover_within_h.set && !round_since(f, at - z->cover_within_h.v * MS_PER_HOUR, at))
		unmet |= ZONE_COVERAGE;
	if (z->final_round_h.set && !stepped && !round_since(f, at - z->final_round_h.v * MS_PER_HOUR, at))
		unmet |= ZONE_FINAL_ROUND;
	if (z->contact_days.set && f->last_contact_exposure != PROTOCOL_NO_TIME &&
	    at < day_start(day_of(f->last_contact_exposure) + z->contact_days.v + 1))
		unmet |= ZONE_CONTACTS;
	return unmet;
}

enum cadence_next protocol_area_next(const struct protocol *p, int32_t clean, int32_t last_day, int32_t *day)
{
	const struct protocol_cadence *c = &p->cadence;
	if (!c->every_days.set)
		return CADENCE_UNKNOWN;
	if (clean >= c->clean_rounds.v + c->final_rounds.v)
		return CADENCE_STOP;
	*day = last_day + (clean == c->clean_rounds.v ? c->pause_days.v + 1 : c->every_days.v);
	return CADENCE_ROUND;
}

int32_t protocol_pool_size(const struct protocol *p, enum protocol_population population)
{
	CHECK((unsigned)population < POOL__N);
	return p->pools.size[population].set ? p->pools.size[population].v : 1;
}

bool protocol_pool_allowed(const struct protocol *p, int32_t size)
{
	for (size_t i = 0; i < p->pools.allowed.n; i++)
		if (p->pools.allowed.v[i] == size)
			return true;
	return size == 1;
}
