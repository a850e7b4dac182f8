/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/epidemic.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "drill/num.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define THREADS_MAX 16
#define PARALLEL_LEAST 4096 /* active persons below which a thread costs more than it brings */
#define SHARE_TRIES 200000

/* Contacts per person and day by layer: weights of the published matrices for Shanxi (docs/drill.md). */
static const double contacts[LAYER__N] = {4.11, 11.41, 8.07, 2.79, 12.0};

struct candidate {
	uint32_t person, infection, place, at_min;
	uint32_t layer;
};

struct candidates {
	struct candidate *p;
	size_t n, cap;
	bool failed;
};

struct hold {
	uint32_t from_min, until_min;
	uint32_t before; /* index of the person's earlier hold + 1, or 0 */
	uint32_t kind;
};

/* Meetings offered to a person in a unit of infectiousness: cumulative over the layers. */
struct offer {
	uint32_t upto_q16[LAYER__N];
};

struct epidemic {
	const struct county *c;
	struct disease d;
	struct epidemic_options o;
	struct keys keys;
	uint32_t day;
	struct infection *infections;
	size_t infections_n, infections_cap;
	uint32_t *infection_of; /* by person */
	uint32_t *active; /* infections that may still infect */
	size_t active_n, active_cap;
	uint32_t *hold_of; /* by person: index + 1 of the last hold; NULL until somebody is held */
	struct hold *holds;
	size_t holds_n, holds_cap;
	struct day_count *days;
	size_t days_cap;
	struct candidates found[THREADS_MAX];
	struct offer offers[HOUSEHOLD_MAX * 3]; /* by household size; with no unit, school, work */
	uint32_t cut_q16[LAYER__N];
	uint32_t profile_before_q16[DISEASE_BINS + 9]; /* share of infectiousness before a bin */
};

/* Room for one more of `size` bytes at *p, of which n are used. */
static bool grow(void *p, size_t *cap, size_t n, size_t size)
{
	void *old, *more;
	if (n < *cap)
		return true;
	size_t cap_n = *cap ? *cap + *cap / 2 : 1024;
	memcpy(&old, p, sizeof old);
	more = realloc(old, cap_n * size);
	if (!more)
		return false;
	memcpy(p, &more, sizeof more);
	*cap = cap_n;
	return true;
}

void epidemic_free(struct epidemic **ep)
{
	if (!*ep)
		return;
	free((*ep)->infections);
	free((*ep)->infection_of);
	free((*ep)->active);
	free((*ep)->hold_of);
	free((*ep)->holds);
	free((*ep)->days);
	for (int i = 0; i < THREADS_MAX; i++)
		free((*ep)->found[i].p);
	free(*ep);
	*ep = NULL;
}

/* The offers that make R0 of the mean number of contacts. In a household each pair meets at the same rate, so
 * that a large one has more contacts; the mean over those who have a household is the published figure. */
static void set_offers(struct epidemic *ep)
{
	const struct county *c = ep->c;
	const struct disease *d = &ep->d;
	uint32_t share_q16[LAYER__N];
	uint64_t can[LAYER__N] = {0}, pairs = 0;
	double weight[LAYER__N] = {d->home_weight, d->school_weight, d->work_weight, d->community_weight, 0},
	       mean = 0;
	if (ep->o.well_mixed)
		for (int l = 0; l < LAYER__N; l++)
			weight[l] = l == LAYER_ANY;
	for (uint32_t p = 0; p < c->persons_n; p++) {
		enum layer l = life_unit_layer(c, p);
		can[LAYER_HOME] += c->home[p] >> 4 > 1;
		pairs += (c->home[p] >> 4) - 1U;
		if (l != LAYER__N)
			can[l]++;
	}
	can[LAYER_COMMUNITY] = can[LAYER_ANY] = c->persons_n;
	for (enum layer l = LAYER_HOME; l < LAYER__N; l++)
		share_q16[l] = weight[l] > 0
			? life_meeting_share(c, ep->o.first_day, l, l == LAYER_ANY ? 1000 : ep->o.share_tries ? ep->o.share_tries : SHARE_TRIES)
			: 65536;
	for (int l = 0; l < LAYER__N; l++)
		mean += contacts[l] * weight[l] * (double)can[l] / c->persons_n;
	if (ep->o.home_only)
		for (int l = LAYER_SCHOOL; l < LAYER__N; l++)
			weight[l] = 0;
	for (int size = 1; size <= HOUSEHOLD_MAX; size++)
		for (int unit = 0; unit < 3; unit++) {
			double sum = 0;
			for (int l = 0; l < LAYER__N; l++) {
				double of_it = l == LAYER_HOME && pairs
					? (double)(size - 1) * (double)can[LAYER_HOME] / (double)pairs
					: 1;
				bool has = l == LAYER_SCHOOL ? unit == 1 : l == LAYER_WORK ? unit == 2 : true;
				double offered = contacts[l] * weight[l] * of_it * 65536.0 / share_q16[l];
				if (has && mean > 0)
					sum += offered * d->r0 / mean;
				ep->offers[(size - 1) * 3 + unit].upto_q16[l] = (uint32_t)(sum * 65536 + 0.5);
			}
		}
}

static void set_profile(struct epidemic *ep)
{
	uint64_t sum = 0;
	for (uint32_t b = 0; b < ARRAY_N(ep->profile_before_q16); b++) {
		ep->profile_before_q16[b] = (uint32_t)(sum * DISEASE_BIN_MIN / 1440);
		if (b < DISEASE_BINS)
			sum += ep->d.profile_q16[b];
	}
}

enum err_code epidemic_new(struct epidemic **out, const struct county *c, const struct disease *d,
	const struct epidemic_options *o, struct err *e)
{
	if (o->threads > THREADS_MAX)
		return err_set(e, ERR_BAD_VALUE, "threads", "from 1 to %d threads", THREADS_MAX);
	if (o->imports > c->persons_n)
		return err_set(e, ERR_BAD_VALUE, "imports", "more than the county has people");
	struct epidemic *ep = calloc(1, sizeof *ep);
	if (!ep)
		return err_set(e, ERR_MEMORY, "", "no memory for the epidemic");
	ep->c = c;
	ep->d = *d;
	ep->o = *o;
	keys_init(&ep->keys, key_mix(o->seed) + 1);
	ep->infection_of = malloc(c->persons_n * sizeof *ep->infection_of);
	if (!ep->infection_of || !grow(&ep->days, &ep->days_cap, 0, sizeof *ep->days)) {
		epidemic_free(&ep);
		return err_set(e, ERR_MEMORY, "", "no memory for the epidemic");
	}
	memset(ep->infection_of, 0xff, c->persons_n * sizeof *ep->infection_of);
	memset(&ep->days[0], 0, sizeof ep->days[0]);
	set_offers(ep);
	set_profile(ep);
	*out = ep;
	return OK;
}

/* --- holds ---------------------------------------------------------------------------------------- */

enum err_code epidemic_hold(struct epidemic *ep, uint32_t person, enum hold_kind kind, uint32_t from_min,
	uint32_t until_min, struct err *e)
{
	CHECK(person < ep->c->persons_n && from_min < until_min);
	struct hold *last = ep->hold_of && ep->hold_of[person] ? &ep->holds[ep->hold_of[person] - 1] : NULL;
	if (last && last->kind == (uint32_t)kind && last->from_min <= from_min &&
		from_min <= last->until_min) {
		/* goes on without a gap: one hold, so that a person held often is still looked up at once */
		if (until_min > last->until_min)
			last->until_min = until_min;
		return OK;
	}
	if (!ep->hold_of)
		ep->hold_of = calloc(ep->c->persons_n, sizeof *ep->hold_of);
	if (!ep->hold_of || !grow(&ep->holds, &ep->holds_cap, ep->holds_n, sizeof *ep->holds))
		return err_set(e, ERR_MEMORY, "", "no memory for the persons held");
	ep->holds[ep->holds_n] = (struct hold){from_min, until_min, ep->hold_of[person], kind};
	ep->hold_of[person] = (uint32_t)++ep->holds_n;
	ep->days[ep->day].held++;
	return OK;
}

void epidemic_release(struct epidemic *ep, uint32_t person, uint32_t at_min)
{
	for (uint32_t i = ep->hold_of ? ep->hold_of[person] : 0; i; i = ep->holds[i - 1].before) {
		struct hold *h = &ep->holds[i - 1];
		if (h->until_min > at_min)
			h->until_min = h->from_min > at_min ? h->from_min : at_min;
	}
}

int epidemic_held(const struct epidemic *ep, uint32_t person, uint32_t at_min)
{
	uint32_t most = 0;
	if (!ep->hold_of)
		return 0;
	for (uint32_t i = ep->hold_of[person]; i; i = ep->holds[i - 1].before) {
		const struct hold *h = &ep->holds[i - 1];
		if (h->from_min <= at_min && at_min < h->until_min && h->kind > most)
			most = h->kind;
	}
	return (int)most;
}

uint32_t epidemic_held_count(const struct epidemic *ep, uint32_t at_min)
{
	uint32_t n = 0;
	for (size_t i = 0; i < ep->holds_n; i++)
		n += ep->holds[i].kind == HOLD_AWAY && ep->holds[i].from_min <= at_min &&
			at_min < ep->holds[i].until_min;
	return n;
}

void epidemic_found(struct epidemic *ep, uint32_t infection, uint32_t at_min)
{
	CHECK(infection < ep->infections_n);
	if (ep->infections[infection].found_min == NOT_FOUND_YET) {
		ep->infections[infection].found_min = at_min;
		ep->days[ep->day].found++;
	}
}

void epidemic_cut(struct epidemic *ep, enum layer layer, uint32_t share_q16)
{
	ep->cut_q16[layer] = share_q16;
}

struct day_count *epidemic_today(struct epidemic *ep)
{
	return &ep->days[ep->day];
}

/* --- meetings of one day -------------------------------------------------------------------------- */

bool epidemic_immune(const struct epidemic *ep, uint32_t person)
{
	uint32_t share = disease_by_age(&ep->d.immune, county_age(ep->c, person));
	return share && key_hit(key_hash(&ep->keys, FOR_IMMUNITY, person, 0), share);
}

/* Minute at which a case's profile begins; may lie before 0. */
static int64_t profile_start(const struct epidemic *ep, const struct infection *i)
{
	if (ep->d.infectious_from_onset == 0)
		return i->at_min;
	return (int64_t)i->onset_min + (int64_t)(ep->d.infectious_shift_d * 1440);
}

static uint32_t before_q16(const struct epidemic *ep, int64_t since_min)
{
	if (since_min <= 0)
		return 0;
	int64_t b = since_min / DISEASE_BIN_MIN, rest = since_min % DISEASE_BIN_MIN;
	if (b >= DISEASE_BINS)
		return ep->profile_before_q16[DISEASE_BINS];
	uint32_t low = ep->profile_before_q16[b], high = ep->profile_before_q16[b + 1];
	return low + (uint32_t)((high - low) * (uint64_t)rest / DISEASE_BIN_MIN);
}

/* The rate of a case on a day at its highest, times strength. A case infects from the day after its own
 * infection on; what its profile holds before that midnight is given to that first day, so that no part of R0
 * is lost. */
static uint64_t rate_q16(
	const struct epidemic *ep, const struct infection *i, int64_t since_min, uint32_t most_q16)
{
	uint64_t rate = (uint64_t)most_q16 * i->strength_q16 >> 16;
	if (i->at_min / LIFE_DAY_MIN + 1 == ep->day && since_min > 0) {
		uint32_t before = before_q16(ep, since_min), after = before_q16(ep, since_min + LIFE_DAY_MIN);
		if (after > before)
			rate = rate * after / (after - before);
	}
	return rate;
}

static void offer_candidate(struct candidates *f, struct candidate k)
{
	if (f->failed || !grow(&f->p, &f->cap, f->n, sizeof *f->p)) {
		f->failed = true;
		return;
	}
	f->p[f->n++] = k;
}

/* True when nothing keeps the two from meeting there. */
static bool may_meet(const struct epidemic *ep, uint32_t person, const struct meeting *m, enum layer layer,
	uint32_t at_min, uint64_t key)
{
	if (ep->cut_q16[layer] && key_hit(key, ep->cut_q16[layer]))
		return false;
	if (!ep->hold_of)
		return true;
	int most = layer == LAYER_HOME ? HOLD_HOME : 0;
	return epidemic_held(ep, person, at_min) <= most && epidemic_held(ep, m->other, at_min) <= most;
}

/* Meetings are worked out in passes over a small batch, each touching memory that the one before asked
 * for: a person's place in the arrays is random, and waiting for one after another would take most of the
 * time. */
#define BATCH 128
struct asked {
	uint32_t infection, person;
	uint32_t most_q16;
	uint32_t layer;
	int64_t start; /* minute at which the profile begins */
	uint64_t key;
	struct meeting m;
};

static void ask_for(const struct county *c, uint32_t person)
{
	__builtin_prefetch(&c->unit_of[person]);
	__builtin_prefetch(&c->age_sex[person]);
	__builtin_prefetch(&c->home[person]);
	__builtin_prefetch(&c->village_of[person]);
}

/* Who and where; false when nothing can come of it. */
static bool propose(const struct epidemic *ep, struct asked *a)
{
	if (!life_propose(ep->c, a->person, ep->o.first_day + (int32_t)ep->day, (enum layer)a->layer,
		    key_mix(a->key + 1), &a->m))
		return false;
	/* the rate was drawn for the highest hour of the day: thin it to the hour of the meeting */
	int64_t now = (int64_t)ep->day * LIFE_DAY_MIN + a->m.minute - a->start;
	uint32_t w = now < 0 || now / DISEASE_BIN_MIN >= DISEASE_BINS
		? 0
		: ep->d.profile_q16[now / DISEASE_BIN_MIN];
	if (key_below(key_mix(a->key + 2), a->most_q16) >= w)
		return false;
	__builtin_prefetch(&ep->infection_of[a->m.other]);
	ask_for(ep->c, a->m.other);
	return true;
}

static void settle(const struct epidemic *ep, const struct asked *a, struct candidates *f)
{
	uint32_t at = ep->day * LIFE_DAY_MIN + a->m.minute;
	if (ep->infection_of[a->m.other] != NO_INFECTION || epidemic_immune(ep, a->m.other) ||
		!life_confirm(ep->c, a->person, ep->o.first_day + (int32_t)ep->day, &a->m))
		return;
	if (may_meet(ep, a->person, &a->m, (enum layer)a->layer, at, key_mix(a->key + 3)))
		offer_candidate(f, (struct candidate){a->m.other, a->infection, a->m.place, at, a->layer});
}

static void ask_for_unit(const struct county *c, uint32_t person)
{
	uint32_t unit = c->unit_of[person];
	__builtin_prefetch(&c->units[unit == NO_UNIT ? 0 : unit]);
}

static void settle_all(const struct epidemic *ep, struct asked *a, uint32_t n, struct candidates *f)
{
	uint32_t kept = 0;
	for (uint32_t k = 0; k < n; k++)
		ask_for_unit(ep->c, a[k].person);
	for (uint32_t k = 0; k < n; k++)
		if (propose(ep, &a[k]))
			a[kept++] = a[k];
	for (uint32_t k = 0; k < kept; k++)
		ask_for_unit(ep->c, a[k].m.other);
	for (uint32_t k = 0; k < kept; k++)
		settle(ep, &a[k], f);
}

/* The arrivals of one case on this day, added to the batch. */
static void meet(const struct epidemic *ep, uint32_t index, struct asked *batch, uint32_t *batch_n,
	struct candidates *f)
{
	const struct infection *i = &ep->infections[index];
	int64_t start = profile_start(ep, i), since = (int64_t)ep->day * LIFE_DAY_MIN - start;
	int64_t bin = since < 0 ? 0 : since / DISEASE_BIN_MIN;
	uint32_t most_q16 = since <= -LIFE_DAY_MIN || bin >= DISEASE_BINS ? 0 : ep->d.profile_most_q16[bin];
	if (most_q16 == 0)
		return;
	const struct offer *offer = &ep->offers[i->offer];
	uint32_t all = offer->upto_q16[LAYER__N - 1];
	uint64_t mean_q24 = (rate_q16(ep, i, since, most_q16) * all >> 16) << 8, waited = 0;
	uint64_t key = key_hash(&ep->keys, FOR_ARRIVAL, i->person, ep->day);
	for (uint64_t k = 0;; k++) {
		uint64_t h = key_mix(key + k * UINT64_C(0x9e3779b97f4a7c15));
		waited += num_wait((uint32_t)(h >> 32));
		if (waited >= mean_q24)
			return;
		struct asked *a = &batch[(*batch_n)++];
		*a = (struct asked){index, i->person, most_q16, LAYER_HOME, start, key_mix(h), {0, 0, 0}};
		uint32_t pick = key_below(a->key, all);
		while (pick >= offer->upto_q16[a->layer])
			a->layer++;
		ask_for(ep->c, i->person);
		if (*batch_n == BATCH) {
			settle_all(ep, batch, *batch_n, f);
			*batch_n = 0;
		}
	}
}

struct work {
	struct epidemic *ep;
	size_t from, to;
	struct candidates *found;
};

static void *work_run(void *arg)
{
	struct work *w = arg;
	struct asked batch[BATCH];
	uint32_t batch_n = 0;
	w->found->n = 0;
	for (size_t k = w->from; k < w->to; k++) {
		if (k + 16 < w->to)
			__builtin_prefetch(&w->ep->infections[w->ep->active[k + 16]]);
		meet(w->ep, w->ep->active[k], batch, &batch_n, w->found);
	}
	settle_all(w->ep, batch, batch_n, w->found);
	return NULL;
}

/* Each helper takes a run of the active list, so that the candidates read one after another are in the same
 * order whatever the number of helpers. */
static uint32_t meet_all(struct epidemic *ep)
{
	struct work w[THREADS_MAX];
	pthread_t helper[THREADS_MAX];
	bool started[THREADS_MAX] = {false};
	uint32_t n = ep->o.threads > 1 && ep->active_n >= PARALLEL_LEAST ? ep->o.threads : 1;
	for (uint32_t t = 0; t < n; t++) {
		w[t] = (struct work){ep, ep->active_n * t / n, ep->active_n * (t + 1) / n, &ep->found[t]};
		started[t] = t + 1 < n && pthread_create(&helper[t], NULL, work_run, &w[t]) == 0;
	}
	for (uint32_t t = 0; t < n; t++)
		if (!started[t])
			work_run(&w[t]);
	for (uint32_t t = 0; t < n; t++)
		if (started[t])
			pthread_join(helper[t], NULL);
	return n;
}

/* --- infections ----------------------------------------------------------------------------------- */

static struct infection course(
	const struct epidemic *ep, uint32_t person, uint32_t infector, uint32_t place, uint32_t at_min)
{
	uint64_t h = key_hash(&ep->keys, FOR_COURSE, person, 0),
		 s = key_hash(&ep->keys, FOR_SEVERITY, person, 0);
	int age = county_age(ep->c, person);
	enum layer own = life_unit_layer(ep->c, person);
	struct infection i = {.person = person,
		.infector = infector,
		.place = place,
		.at_min = at_min,
		.found_min = NOT_FOUND_YET};
	i.offer = (uint8_t)(((ep->c->home[person] >> 4) - 1) * 3 +
		(own == LAYER__N                      ? 0
				: own == LAYER_SCHOOL ? 1
						      : 2));
	i.onset_min = at_min + ep->d.incubation_min[h >> 54];
	i.strength_q16 = ep->d.strength_q16[h >> 44 & (DISEASE_QUANTILES - 1)];
	if (key_hit(key_mix(h), (uint32_t)(ep->d.asymptomatic * 65536))) {
		i.flags |= INFECTION_ASYMPTOMATIC;
		i.strength_q16 = (uint32_t)((uint64_t)i.strength_q16 *
				(uint32_t)(ep->d.asymptomatic_infectious * 65536) >>
			16);
	} else if (key_hit(s, disease_by_age(&ep->d.severe, age))) {
		i.flags |= INFECTION_SEVERE;
	}
	if (i.flags & INFECTION_SEVERE) {
		uint64_t severe = disease_by_age(&ep->d.severe, age),
			 fatal = disease_by_age(&ep->d.fatal, age);
		if (key_hit(key_mix(s), (uint32_t)(fatal >= severe ? 65536 : fatal * 65536 / severe)))
			i.flags |= INFECTION_FATAL;
	}
	return i;
}

/* Infects, or moves an infection of the same day to an earlier minute. */
static bool infect(struct epidemic *ep, const struct candidate *k)
{
	uint32_t index = ep->infection_of[k->person];
	if (index != NO_INFECTION) {
		struct infection *had = &ep->infections[index];
		bool earlier =
			k->at_min < had->at_min || (k->at_min == had->at_min && k->infection < had->infector);
		if (had->infector == NO_INFECTION || had->at_min / LIFE_DAY_MIN != ep->day || !earlier)
			return true;
	} else if (!grow(&ep->infections, &ep->infections_cap, ep->infections_n, sizeof *ep->infections) ||
		!grow(&ep->active, &ep->active_cap, ep->active_n, sizeof *ep->active)) {
		return false;
	} else {
		index = (uint32_t)ep->infections_n++;
		ep->infection_of[k->person] = index;
		ep->active[ep->active_n++] = index;
	}
	ep->infections[index] = course(ep, k->person, k->infection, k->place, k->at_min);
	ep->infections[index].layer = (uint8_t)k->layer;
	return true;
}

static bool import(struct epidemic *ep)
{
	uint32_t every = ep->o.import_every_days;
	uint32_t n = ep->day == ep->o.import_day ? ep->o.imports : every && ep->day && ep->day % every == 0;
	for (uint32_t k = 0, tries = 0; k < n && tries < 1000 + 20 * n; tries++) {
		uint64_t h = key_hash(&ep->keys, FOR_IMPORT, tries, ep->day);
		uint32_t person = key_below(h, ep->c->persons_n);
		uint32_t at = ep->day * LIFE_DAY_MIN + key_below(key_mix(h), LIFE_DAY_MIN);
		if (ep->infection_of[person] != NO_INFECTION || epidemic_immune(ep, person))
			continue;
		if (!infect(ep,
			    &(struct candidate){person, NO_INFECTION, PLACE(PLACE_NONE, 0), at, LAYER__N}))
			return false;
		k++;
	}
	return true;
}

static void count_day(struct epidemic *ep, size_t before)
{
	struct day_count *day = &ep->days[ep->day];
	for (size_t k = before; k < ep->infections_n; k++) {
		const struct infection *i = &ep->infections[k];
		day->infected++;
		day->severe += (i->flags & INFECTION_SEVERE) != 0;
		day->fatal += (i->flags & INFECTION_FATAL) != 0;
		if (i->layer < LAYER__N)
			day->layer[i->layer]++;
	}
	/* those whose profile is over leave the list; onsets of today are counted on the way */
	size_t kept = 0;
	int64_t end = (int64_t)(ep->day + 1) * LIFE_DAY_MIN;
	for (size_t k = 0; k < ep->active_n; k++) {
		const struct infection *i = &ep->infections[ep->active[k]];
		int64_t over = profile_start(ep, i) + (int64_t)ep->d.profile_bins_n * DISEASE_BIN_MIN;
		bool onset_to_come = i->onset_min >= end;
		day->onsets += i->onset_min / LIFE_DAY_MIN == ep->day && !(i->flags & INFECTION_ASYMPTOMATIC);
		if (over > end || onset_to_come)
			ep->active[kept++] = ep->active[k];
	}
	ep->active_n = kept;
	day->active = (uint32_t)kept;
}

enum err_code epidemic_step(struct epidemic *ep, struct err *e)
{
	size_t before = ep->infections_n;
	if (ep->day >= EPIDEMIC_DAYS_MAX)
		return err_set(e, ERR_BAD_VALUE, "days", "at most %u days", EPIDEMIC_DAYS_MAX);
	uint32_t parts = meet_all(ep);
	bool ok = true;
	for (uint32_t t = 0; t < parts; t++) {
		ok = ok && !ep->found[t].failed;
		for (size_t k = 0; ok && k < ep->found[t].n; k++)
			ok = infect(ep, &ep->found[t].p[k]);
	}
	ok = ok && import(ep);
	if (ok)
		count_day(ep, before);
	if (!ok || !grow(&ep->days, &ep->days_cap, ep->day + 1, sizeof *ep->days))
		return err_set(e, ERR_MEMORY, "", "no memory for the infections");
	memset(&ep->days[++ep->day], 0, sizeof *ep->days);
	return OK;
}

/* --- what is asked -------------------------------------------------------------------------------- */

uint32_t epidemic_day(const struct epidemic *ep)
{
	return ep->day;
}

const struct infection *epidemic_infections(const struct epidemic *ep, uint32_t *n)
{
	*n = (uint32_t)ep->infections_n;
	return ep->infections;
}

const struct day_count *epidemic_days(const struct epidemic *ep)
{
	return ep->days;
}

uint32_t epidemic_infection_of(const struct epidemic *ep, uint32_t person)
{
	return ep->infection_of[person];
}

const struct county *epidemic_county(const struct epidemic *ep)
{
	return ep->c;
}

const struct disease *epidemic_disease(const struct epidemic *ep)
{
	return &ep->d;
}

const struct keys *epidemic_keys(const struct epidemic *ep)
{
	return &ep->keys;
}

int32_t epidemic_first_day(const struct epidemic *ep)
{
	return ep->o.first_day;
}

size_t epidemic_bytes(const struct epidemic *ep)
{
	size_t n = sizeof *ep + ep->infections_cap * sizeof *ep->infections +
		ep->c->persons_n * sizeof *ep->infection_of + ep->active_cap * sizeof *ep->active +
		ep->holds_cap * sizeof *ep->holds + ep->days_cap * sizeof *ep->days;
	for (int t = 0; t < THREADS_MAX; t++)
		n += ep->found[t].cap * sizeof *ep->found[t].p;
	return n + (ep->hold_of ? ep->c->persons_n * sizeof *ep->hold_of : 0);
}

uint64_t epidemic_digest(const struct epidemic *ep)
{
	uint64_t h = ep->infections_n;
	for (size_t k = 0; k < ep->infections_n; k++) {
		const struct infection *i = &ep->infections[k];
		h = key_mix(h ^ ((uint64_t)i->person << 32 | i->at_min));
		h = key_mix(h ^ ((uint64_t)i->infector << 32 | i->place));
		h = key_mix(h ^ ((uint64_t)i->onset_min << 32 | i->found_min));
		h = key_mix(h ^ ((uint64_t)i->strength_q16 << 16 | (uint32_t)i->flags << 8 | i->layer));
	}
	return h;
}
