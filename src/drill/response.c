/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/response.h"

#include <stdlib.h>
#include <string.h>

#define POOL_MAX 20
#define SHARE(percent) ((uint32_t)((percent)*65536 / 100))

struct list {
	uint32_t *p;
	size_t n, cap;
};

struct response {
	struct epidemic *ep;
	struct response_options o;
	uint32_t looked_n; /* infections taken over so far */
	struct list open; /* infections not found whose swab may still be positive */
	struct list pools; /* of this round's positive tubes */
	struct list together; /* persons present with a case */
	struct presence *present;
	size_t present_cap;
	uint32_t begun; /* day on which rounds began, or UINT32_MAX */
	bool found_any;
	uint32_t pooled_q16[DISEASE_PCR_DAYS + 1], single_q16[DISEASE_PCR_DAYS + 1];
};

void response_options_default(struct response_options *o)
{
	*o = (struct response_options){
		.round_every_days = 1,
		.begin_when_found = true,
		.pool_n = 10,
		.reach_q16 = SHARE(97),
		.result_min = 480,
		.confirm_min = 360,
		.isolate_min = 240,
		.isolate_days = 10,
		.care_q16 = SHARE(40),
		.care_days = 1,
		.trace_days = 4,
		.trace_least_min = 30,
		.recall_q16 = SHARE(80),
		.trace_min = 480,
		.quarantine_days = 7,
		.cut_q16 = {0, 65536, SHARE(60), SHARE(70), 0},
	};
}

static bool push(struct list *l, uint32_t v)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 256;
		uint32_t *more = realloc(l->p, cap * sizeof *more);
		if (!more)
			return false;
		l->p = more;
		l->cap = cap;
	}
	l->p[l->n++] = v;
	return true;
}

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for the response");
}

static int by_number(const void *a, const void *b)
{
	uint32_t x, y;
	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return x < y ? -1 : x > y;
}

static void sort_unique(struct list *l)
{
	size_t kept = 0;
	if (l->n == 0)
		return;
	qsort(l->p, l->n, sizeof *l->p, by_number);
	for (size_t i = 0; i < l->n; i++)
		if (kept == 0 || l->p[kept - 1] != l->p[i])
			l->p[kept++] = l->p[i];
	l->n = kept;
}

enum err_code response_new(
	struct response **out, struct epidemic *ep, const struct response_options *o, struct err *e)
{
	if (o->pool_n < 1 || o->pool_n > POOL_MAX)
		return err_set(e, ERR_BAD_VALUE, "pool", "a tube holds from 1 to %d specimens", POOL_MAX);
	if (o->trace_days > 60 || o->isolate_days < 1 || o->isolate_days > 365 || o->quarantine_days < 1 ||
		o->quarantine_days > 365)
		return err_set(e, ERR_BAD_VALUE, "days",
			"tracing looks back at most 60 days; people are held from 1 to 365 days");
	struct response *r = calloc(1, sizeof *r);
	if (!r)
		return no_memory(e);
	r->ep = ep;
	r->o = *o;
	r->begun = o->begin_when_found ? UINT32_MAX : o->first_day;
	for (uint32_t d = 0; d < DISEASE_PCR_DAYS; d++) {
		r->pooled_q16[d] = disease_pcr_q16(epidemic_disease(ep), d, o->pool_n);
		r->single_q16[d] = disease_pcr_q16(epidemic_disease(ep), d, 1);
	}
	*out = r;
	return OK;
}

void response_free(struct response **r)
{
	if (!*r)
		return;
	free((*r)->open.p);
	free((*r)->pools.p);
	free((*r)->together.p);
	free((*r)->present);
	free(*r);
	*r = NULL;
}

/* --- who was together ----------------------------------------------------------------------------- */

static size_t present_at(struct response *r, uint32_t place, uint32_t day, uint32_t from_min, uint32_t to_min)
{
	const struct county *c = epidemic_county(r->ep);
	int32_t date = epidemic_first_day(r->ep) + (int32_t)day;
	for (;;) {
		size_t n = life_at(c, place, date, from_min, to_min, r->present, r->present_cap);
		if (n <= r->present_cap)
			return n;
		struct presence *more = realloc(r->present, (n + n / 2) * sizeof *more);
		if (!more)
			return SIZE_MAX;
		r->present = more;
		r->present_cap = n + n / 2;
	}
}

/* Who was together with the person, in the order of stays; somebody met twice stands twice. */
static enum err_code collect(
	struct response *r, uint32_t person, uint32_t day, uint32_t least_min, struct err *e)
{
	struct stay s[LIFE_STAYS_MAX];
	uint32_t stays =
		life_day(epidemic_county(r->ep), person, epidemic_first_day(r->ep) + (int32_t)day, s);
	r->together.n = 0;
	for (uint32_t i = 0; i < stays; i++) {
		bool home = PLACE_KIND(s[i].place) == PLACE_HOME;
		if (!home && (uint32_t)(s[i].out_min - s[i].in_min) < least_min)
			continue;
		/* who shares m minutes of [in, out) is there between in + m - 1 and out - m + 1 */
		uint32_t trim = home || least_min == 0 ? 0 : least_min - 1;
		if (s[i].in_min + trim >= s[i].out_min - trim)
			trim = (uint32_t)(s[i].out_min - s[i].in_min - 1) / 2;
		size_t found = present_at(r, s[i].place, day, s[i].in_min + trim, s[i].out_min - trim);
		if (found == SIZE_MAX)
			return no_memory(e);
		for (size_t k = 0; k < found; k++) {
			const struct presence *p = &r->present[k];
			uint32_t in = p->in_min > s[i].in_min ? p->in_min : s[i].in_min;
			uint32_t end = p->out_min < s[i].out_min ? p->out_min : s[i].out_min;
			int most = home ? HOLD_HOME : 0;
			if (p->person == person || (!home && end - in < least_min))
				continue;
			uint32_t at = day * LIFE_DAY_MIN + in;
			if (epidemic_held(r->ep, person, at) > most ||
				epidemic_held(r->ep, p->person, at) > most)
				continue;
			if (!push(&r->together, p->person))
				return no_memory(e);
		}
	}
	return OK;
}

enum err_code response_contacts(struct response *r, uint32_t person, uint32_t day, uint32_t least_min,
	const uint32_t **out, size_t *n, struct err *e)
{
	enum err_code code = collect(r, person, day, least_min, e);
	if (code != OK)
		return code;
	sort_unique(&r->together);
	*out = r->together.p;
	*n = r->together.n;
	return OK;
}

/* --- a case --------------------------------------------------------------------------------------- */

static enum err_code trace(struct response *r, uint32_t person, uint32_t at_min, struct err *e)
{
	const struct keys *keys = epidemic_keys(r->ep);
	uint32_t today = epidemic_day(r->ep), first = today > r->o.trace_days ? today - r->o.trace_days : 0;
	for (uint32_t day = first; day < today; day++) {
		enum err_code code = collect(r, person, day, r->o.trace_least_min, e);
		for (size_t k = 0; code == OK && k < r->together.n; k++) {
			uint32_t contact = r->together.p[k], from = at_min + r->o.trace_min;
			/* learnt of or not once for each pair, whatever the number of days they met */
			if (key_hit(key_hash(keys, FOR_RECALL, contact, person), r->o.recall_q16))
				code = epidemic_hold(r->ep, contact, HOLD_AWAY, from,
					from + r->o.quarantine_days * LIFE_DAY_MIN, e);
		}
		if (code != OK)
			return code;
	}
	return OK;
}

static enum err_code find(struct response *r, uint32_t infection, uint32_t at_min, struct err *e)
{
	uint32_t n, person = epidemic_infections(r->ep, &n)[infection].person,
		    from = at_min + r->o.isolate_min;
	epidemic_found(r->ep, infection, at_min);
	r->found_any = true;
	enum err_code code =
		epidemic_hold(r->ep, person, HOLD_AWAY, from, from + r->o.isolate_days * LIFE_DAY_MIN, e);
	return code == OK && r->o.trace_days ? trace(r, person, at_min, e) : code;
}

/* One swab's luck: the same number is held against the tube's and the single chance, so that who made a tube
 * positive is found when its persons are swabbed one by one. */
static uint32_t luck_q16(const struct response *r, uint32_t person, uint32_t day)
{
	return (uint32_t)(key_hash(epidemic_keys(r->ep), FOR_SWAB, person, day) >> 48);
}

static uint32_t since_days(const struct infection *i, uint32_t at_min)
{
	uint32_t days = at_min > i->at_min ? (at_min - i->at_min) / LIFE_DAY_MIN : 0;
	return days < DISEASE_PCR_DAYS ? days : DISEASE_PCR_DAYS;
}

/* --- a day ---------------------------------------------------------------------------------------- */

/* Takes over new infections and lets go of those that no swab will show any more. */
static bool take_over(struct response *r)
{
	uint32_t n, day = epidemic_day(r->ep);
	const struct infection *all = epidemic_infections(r->ep, &n);
	size_t kept = 0;
	for (; r->looked_n < n; r->looked_n++)
		if (!push(&r->open, r->looked_n))
			return false;
	for (size_t k = 0; k < r->open.n; k++) {
		const struct infection *i = &all[r->open.p[k]];
		if (i->found_min == NOT_FOUND_YET &&
			i->at_min / LIFE_DAY_MIN + epidemic_disease(r->ep)->pcr_days_n > day)
			r->open.p[kept++] = r->open.p[k];
	}
	r->open.n = kept;
	return true;
}

static bool is_reached(const struct response *r, uint32_t person, uint32_t day)
{
	return key_hit(key_hash(epidemic_keys(r->ep), FOR_REACH, person, day), r->o.reach_q16);
}

/* The ill who come by themselves, and persons in quarantine, who are swabbed alone each day. */
static enum err_code watch(struct response *r, struct err *e)
{
	uint32_t n, day = epidemic_day(r->ep), swab_min = day * LIFE_DAY_MIN + 480;
	for (size_t k = 0; k < r->open.n; k++) {
		uint32_t index = r->open.p[k];
		const struct infection *i = &epidemic_infections(r->ep, &n)[index];
		bool ill = !(i->flags & INFECTION_ASYMPTOMATIC) &&
			i->onset_min / LIFE_DAY_MIN + r->o.care_days == day;
		bool comes =
			ill && key_hit(key_hash(epidemic_keys(r->ep), FOR_CARE, i->person, 0), r->o.care_q16);
		if (!comes && epidemic_held(r->ep, i->person, swab_min) != HOLD_AWAY)
			continue;
		epidemic_today(r->ep)->swabs += comes;
		if (luck_q16(r, i->person, day) >= r->single_q16[since_days(i, swab_min)])
			continue;
		enum err_code code = find(r, index, swab_min + r->o.result_min, e);
		if (code != OK)
			return code;
	}
	return OK;
}

/* Persons in quarantine or isolation are swabbed alone each day, and on the day of a round everybody who is
 * not away is asked for. */
static void count_swabs(struct response *r, bool is_round)
{
	uint32_t day = epidemic_day(r->ep), swab_min = day * LIFE_DAY_MIN + 540, reached = 0;
	uint32_t persons = epidemic_county(r->ep)->persons_n, held = epidemic_held_count(r->ep, swab_min);
	struct day_count *count = epidemic_today(r->ep);
	for (uint32_t p = 0; is_round && p < persons; p++)
		reached += is_reached(r, p, day) && epidemic_held(r->ep, p, swab_min) != HOLD_AWAY;
	count->swabs += held + reached;
	/* holds are counted, not persons: somebody with two of them counts twice */
	count->missed += is_round && persons > held + reached ? persons - held - reached : 0;
	count->pools += (reached + r->o.pool_n - 1) / r->o.pool_n;
}

/* Results of a round: which tubes are positive, and who in them. */
static enum err_code round_of_all(struct response *r, struct err *e)
{
	uint32_t n, day = epidemic_day(r->ep), swab_min = day * LIFE_DAY_MIN + 540;
	struct day_count *count = epidemic_today(r->ep);
	r->pools.n = 0;
	for (size_t k = 0; k < r->open.n; k++) {
		const struct infection *i = &epidemic_infections(r->ep, &n)[r->open.p[k]];
		if (i->found_min == NOT_FOUND_YET && is_reached(r, i->person, day) &&
			epidemic_held(r->ep, i->person, swab_min) != HOLD_AWAY &&
			luck_q16(r, i->person, day) < r->pooled_q16[since_days(i, swab_min)] &&
			!push(&r->pools, i->person / r->o.pool_n))
			return no_memory(e);
	}
	sort_unique(&r->pools);
	count->pools_positive += (uint32_t)r->pools.n;
	count->swabs += r->o.pool_n > 1 ? (uint32_t)r->pools.n * r->o.pool_n : 0;
	uint32_t result = swab_min + r->o.result_min + (r->o.pool_n > 1 ? r->o.confirm_min : 0);
	for (size_t k = 0; k < r->open.n; k++) {
		uint32_t index = r->open.p[k];
		const struct infection *i = &epidemic_infections(r->ep, &n)[index];
		uint32_t pool = i->person / r->o.pool_n;
		if (i->found_min != NOT_FOUND_YET || !is_reached(r, i->person, day) ||
			luck_q16(r, i->person, day) >= r->single_q16[since_days(i, swab_min)] ||
			r->pools.n == 0 || !bsearch(&pool, r->pools.p, r->pools.n, sizeof pool, by_number))
			continue;
		enum err_code code = find(r, index, result, e);
		if (code != OK)
			return code;
	}
	return OK;
}

enum err_code response_day(struct response *r, struct err *e)
{
	uint32_t day = epidemic_day(r->ep);
	if (!take_over(r))
		return no_memory(e);
	if (r->begun == UINT32_MAX && r->found_any && day >= r->o.first_day)
		r->begun = day;
	for (enum layer l = LAYER_HOME; l < LAYER__N; l++)
		epidemic_cut(r->ep, l, day >= r->begun ? r->o.cut_q16[l] : 0);
	bool is_round =
		day >= r->begun && r->o.round_every_days && (day - r->begun) % r->o.round_every_days == 0;
	if (is_round || r->found_any)
		count_swabs(r, is_round);
	enum err_code code = watch(r, e);
	return code == OK && is_round ? round_of_all(r, e) : code;
}
