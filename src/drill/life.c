/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/life.h"

#define SPANS_MAX 5
#define YARD 3 /* pupils meet that much more often in the yard than sitting in class */
#define TRIES 24 /* at a crowd's place, for a partner among those who let themselves be seen */

struct span {
	uint32_t place;
	uint32_t in, out;
};

/* Places anybody may visit. `span_min` minutes after `open_min` all arrivals are over. */
static const struct crowd {
	uint16_t open_min, span_min, stay_least, stay_more;
	uint8_t town; /* the catchment is the town, else the village */
} crowds[PLACE__N] = {
	[PLACE_SHOP] = {420, 780, 10, 20, 0},
	[PLACE_GATHER] = {540, 720, 45, 120, 0},
	[PLACE_MARKET] = {400, 600, 30, 60, 1},
	[PLACE_CLINIC] = {480, 540, 30, 60, 1},
	[PLACE_BUS] = {380, LIFE_BUS_RUNS * 20, 30, 1, 1},
};

const char *layer_name(enum layer layer)
{
	static const char *const names[LAYER__N] = {"home", "school", "work", "community", "any"};
	return names[layer];
}

bool life_market_day(uint32_t town, int32_t day)
{
	return ((uint32_t)day + 2 * town) % 5 == 0;
}

enum layer life_unit_layer(const struct county *c, uint32_t person)
{
	enum unit_kind k = county_kind(c, person);
	return k == UNIT__N ? LAYER__N : k < UNIT_FACTORY ? LAYER_SCHOOL : LAYER_WORK;
}

static uint32_t town_of(const struct county *c, uint32_t person)
{
	return c->villages[c->village_of[person]].town;
}

/* --- the unit's part of the day ------------------------------------------------------------------- */

/* The place where a unit works: stall-holders and health workers are where the public comes. */
static uint32_t unit_place(const struct county *c, uint32_t unit)
{
	const struct unit *u = &c->units[unit];
	if (u->kind == UNIT_MARKET)
		return PLACE(PLACE_MARKET, c->sites[u->site].town);
	if (u->kind == UNIT_CLINIC)
		return PLACE(PLACE_CLINIC, c->sites[u->site].town);
	return PLACE(PLACE_ROOM, unit);
}

static bool attends(const struct county *c, uint32_t person, int32_t day, enum unit_kind kind)
{
	uint64_t h = key_hash(&c->keys, FOR_ATTENDANCE, person, (uint32_t)day);
	if (key_below(h, 100) < 3) /* ill, travelling, at a funeral */
		return false;
	if (kind < UNIT_FACTORY || kind == UNIT_OFFICE)
		return ((uint32_t)day + 3) % 7 < 5; /* day 0 was a Thursday */
	uint32_t turn =
		(uint32_t)((uint64_t)(uint32_t)day + key_below(key_hash(&c->keys, FOR_REST, person, 0), 7)) %
		7;
	return kind == UNIT_MARKET ? turn != 0 : turn > 1;
}

static uint32_t at_class(const struct county *c, uint32_t unit, struct span *s)
{
	uint32_t room = PLACE(PLACE_ROOM, unit), yard = PLACE(PLACE_SITE, c->units[unit].site);
	s[0] = (struct span){room, 480, 690};
	s[1] = (struct span){yard, 690, 840};
	s[2] = (struct span){room, 840, 1020};
	s[3] = (struct span){room, 1110, 1260};
	return c->units[unit].kind == UNIT_SENIOR ? 4 : 3;
}

/* A team's shift rotates by the week: all of a team work together. */
static uint32_t at_work(const struct county *c, uint32_t unit, int32_t day, struct span *s)
{
	const struct unit *u = &c->units[unit];
	uint32_t room = unit_place(c, unit), site = PLACE(PLACE_SITE, u->site);
	bool shifts = u->kind == UNIT_FACTORY || u->kind == UNIT_CLINIC || u->kind == UNIT_CARE ||
		u->kind == UNIT_LOGISTICS;
	uint32_t week = (uint32_t)day / 7,
		 turn = shifts ? key_below(key_hash(&c->keys, FOR_SHIFT, unit, week), 8) : 0;
	uint32_t start = turn < 5 ? 480 : turn == 5 ? 0 : 960; /* five of eight by day */
	if (u->kind == UNIT_MARKET) {
		s[0] = (struct span){room, 390, 1020};
		return 1;
	}
	if (u->kind == UNIT_SERVICE)
		start = 540;
	if (u->kind == UNIT_CLINIC || u->kind == UNIT_CARE) { /* one to another: no canteen */
		s[0] = (struct span){room, start, start + 480};
		return 1;
	}
	s[0] = (struct span){room, start, start + 225};
	s[1] = (struct span){site, start + 225, start + 270};
	s[2] = (struct span){room, start + 270, start + 480};
	return 3;
}

static uint32_t unit_spans(const struct county *c, uint32_t person, int32_t day, struct span *s)
{
	uint32_t unit = c->unit_of[person];
	if (unit == NO_UNIT)
		return 0;
	enum unit_kind kind = (enum unit_kind)c->units[unit].kind;
	if (kind == UNIT_CARE && county_in_care(c, person)) {
		s[0] = (struct span){PLACE(PLACE_ROOM, unit), 0, LIFE_DAY_MIN};
		return 1;
	}
	if (!attends(c, person, day, kind))
		return 0;
	return kind < UNIT_FACTORY ? at_class(c, unit, s) : at_work(c, unit, day, s);
}

/* --- errands -------------------------------------------------------------------------------------- */

/* Per cent of days with an errand, by age in tens of years. */
#define GOES_MOST 70
static uint32_t goes_of(int age)
{
	return age < 6 ? 35 : age < 18 ? 50 : age < 75 ? GOES_MOST : 40;
}

/* At most one errand a day; its kind by chance. What is most often the answer is known from the chance alone,
 * before the person is looked at. */
static enum place_kind errand_kind(const struct county *c, uint32_t person, uint32_t town, int32_t day)
{
	uint64_t h = key_hash(&c->keys, FOR_ERRAND, person, (uint32_t)day);
	uint32_t goes = key_below(h, 100);
	if (goes >= GOES_MOST)
		return PLACE_NONE;
	int age = county_age(c, person);
	if (goes >= goes_of(age))
		return PLACE_NONE;
	uint32_t k = key_below(key_mix(h), 100);
	uint32_t clinic = age >= 75 ? 8 : 3, market = life_market_day(town, day) ? 42 : 14;
	if (k < clinic)
		return PLACE_CLINIC;
	if (k < clinic + market)
		return PLACE_MARKET;
	if (k < clinic + market + 10)
		return PLACE_BUS;
	return k < clinic + market + 30 ? PLACE_GATHER : PLACE_SHOP;
}

struct catchment {
	uint32_t first, n;
	uint32_t number; /* of the place, without a bus's run */
	uint32_t town;
	uint64_t key;
};

static struct catchment catchment_of(
	const struct county *c, enum place_kind kind, uint32_t number, int32_t day)
{
	struct catchment k = {.number = number};
	k.town = crowds[kind].town ? number : c->villages[number].town;
	if (crowds[kind].town) {
		k.first = c->towns[number].first;
		k.n = c->towns[number].n;
	} else {
		k.first = c->villages[number].first;
		k.n = c->villages[number].n;
	}
	k.key = key_hash(&c->keys, FOR_CROWD, PLACE(kind, number), (uint32_t)day);
	return k;
}

static struct span crowd_span(const struct county *c, enum place_kind kind, const struct catchment *k,
	uint32_t order, uint32_t person, int32_t day)
{
	const struct crowd *w = &crowds[kind];
	uint32_t in = w->open_min + (uint32_t)((uint64_t)order * w->span_min / k->n), number = k->number;
	if (kind == PLACE_BUS) {
		uint32_t run = (in - w->open_min) / 20;
		in = w->open_min + run * 20;
		number = number * LIFE_BUS_RUNS + run;
	}
	uint32_t stay = w->stay_least +
		key_below(key_hash(&c->keys, FOR_LENGTH, person, (uint32_t)day), w->stay_more);
	return (struct span){PLACE(kind, number), in, in + stay};
}

/* An errand that would fall into the unit's time is not made. */
static bool is_free(const struct span *unit, uint32_t n, const struct span *s)
{
	for (uint32_t i = 0; i < n; i++)
		if (s->in < unit[i].out && unit[i].in < s->out)
			return false;
	return true;
}

static bool errand(const struct county *c, uint32_t person, int32_t day, const struct span *unit, uint32_t n,
	struct span *out)
{
	uint32_t town = town_of(c, person);
	enum place_kind kind = errand_kind(c, person, town, day);
	if (kind == PLACE_NONE)
		return false;
	struct catchment k = catchment_of(c, kind, crowds[kind].town ? town : c->village_of[person], day);
	struct perm p;
	perm_init(&p, k.n, k.key, false);
	*out = crowd_span(c, kind, &k, perm_at(&p, person - k.first), person, day);
	return is_free(unit, n, out);
}

/* --- a day ---------------------------------------------------------------------------------------- */

static uint32_t home_of(const struct county *c, uint32_t person)
{
	return PLACE(PLACE_HOME, person - (c->home[person] & 15U));
}

/* What a person leaves home for, in order of time. */
static uint32_t outings(const struct county *c, uint32_t person, int32_t day, struct span s[SPANS_MAX])
{
	uint32_t n = unit_spans(c, person, day, s);
	struct span e;
	if (!errand(c, person, day, s, n, &e))
		return n;
	uint32_t i = n;
	for (; i > 0 && s[i - 1].in > e.in; i--)
		s[i] = s[i - 1];
	s[i] = e;
	return n + 1;
}

uint32_t life_day(const struct county *c, uint32_t person, int32_t day, struct stay out[LIFE_STAYS_MAX])
{
	struct span s[SPANS_MAX + 1];
	uint32_t n = outings(c, person, day, s), stays = 0, at = 0, home = home_of(c, person);
	for (uint32_t i = 0; i < n; i++) {
		if (s[i].in > at)
			out[stays++] = (struct stay){home, (uint16_t)at, (uint16_t)s[i].in};
		out[stays++] = (struct stay){s[i].place, (uint16_t)s[i].in, (uint16_t)s[i].out};
		at = s[i].out;
	}
	if (at < LIFE_DAY_MIN)
		out[stays++] = (struct stay){home, (uint16_t)at, LIFE_DAY_MIN};
	return stays;
}

uint32_t life_where(const struct county *c, uint32_t person, int32_t day, uint32_t minute)
{
	struct span s[SPANS_MAX + 1];
	uint32_t n = outings(c, person, day, s);
	for (uint32_t i = 0; i < n; i++)
		if (s[i].in <= minute && minute < s[i].out)
			return s[i].place;
	return home_of(c, person);
}

/* --- the inverse ---------------------------------------------------------------------------------- */

struct finding {
	const struct county *c;
	uint32_t place, from, to;
	int32_t day;
	struct presence *out;
	size_t n, cap;
};

static void look_at_span(struct finding *f, uint32_t person, const struct span *s)
{
	if (s->in >= f->to || s->out <= f->from)
		return;
	if (f->n < f->cap)
		f->out[f->n] = (struct presence){person, (uint16_t)s->in, (uint16_t)s->out};
	f->n++;
}

static void look_at(struct finding *f, uint32_t person)
{
	struct stay s[LIFE_STAYS_MAX];
	uint32_t n = life_day(f->c, person, f->day, s);
	for (uint32_t i = 0; i < n; i++)
		if (s[i].place == f->place)
			look_at_span(f, person, &(struct span){s[i].place, s[i].in_min, s[i].out_min});
}

static void look_at_unit(struct finding *f, const struct unit *u)
{
	enum place_kind kind = PLACE_KIND(f->place);
	bool own_only = kind == PLACE_ROOM || kind == PLACE_SITE; /* nobody goes there on an errand */
	for (uint32_t i = 0; i < u->n; i++) {
		uint32_t person = f->c->member[u->first + i];
		struct span s[SPANS_MAX + 1];
		uint32_t n = own_only ? unit_spans(f->c, person, f->day, s) : 0;
		if (!own_only)
			look_at(f, person);
		for (uint32_t k = 0; k < n; k++)
			if (s[k].place == f->place)
				look_at_span(f, person, &s[k]);
	}
}

/* Places of the order whose arrival lies in [from - longest stay, to). */
static bool order_range(
	const struct crowd *w, uint32_t n, uint32_t from, uint32_t to, uint32_t *low, uint32_t *high)
{
	uint32_t longest = w->stay_least + w->stay_more, early = w->open_min + longest;
	uint64_t a = from > early ? from - early : 0, b = to > w->open_min ? to - w->open_min : 0;
	b = b < w->span_min ? b : w->span_min;
	*low = (uint32_t)(a * n / w->span_min);
	*high = (uint32_t)((b * n + w->span_min - 1) / w->span_min);
	*high = *high < n ? *high : n;
	return *low < *high;
}

/* The visit of one whose place in the order is known: the rest of the day matters only where it forbids it.
 */
static void look_at_visit(
	struct finding *f, enum place_kind kind, const struct catchment *k, uint32_t order, uint32_t person)
{
	struct span unit[SPANS_MAX + 1], s = crowd_span(f->c, kind, k, order, person, f->day);
	uint32_t own = f->c->unit_of[person];
	if (own != NO_UNIT && unit_place(f->c, own) == f->place)
		return; /* works here: seen with the unit, also on a day off */
	if (s.in < f->to && s.out > f->from && s.place == f->place &&
		is_free(unit, unit_spans(f->c, person, f->day, unit), &s))
		look_at_span(f, person, &s);
}

static void look_at_crowd(struct finding *f, enum place_kind kind)
{
	const struct crowd *w = &crowds[kind];
	uint32_t number = PLACE_NUMBER(f->place), low, high, from = f->from, to = f->to;
	if (kind == PLACE_BUS) {
		uint32_t leaves = w->open_min + number % LIFE_BUS_RUNS * 20;
		number /= LIFE_BUS_RUNS;
		from = leaves + w->stay_least + w->stay_more; /* exactly the people of this run */
		to = leaves + 20;
	}
	struct catchment k = catchment_of(f->c, kind, number, f->day);
	struct perm p;
	if (k.n == 0 || !order_range(w, k.n, from, to, &low, &high))
		return;
	perm_init(&p, k.n, k.key, true);
	for (uint32_t q = low; q < high; q++) {
		uint32_t person = k.first + perm_back(&p, q);
		if (errand_kind(f->c, person, k.town, f->day) == kind)
			look_at_visit(f, kind, &k, q, person);
	}
}

/* Those who work at a town's market hall or clinic. */
static void look_at_site(struct finding *f, uint32_t site)
{
	for (uint32_t u = 0; site != NO_UNIT && u < f->c->sites[site].units_n; u++)
		look_at_unit(f, &f->c->units[f->c->sites[site].first_unit + u]);
}

size_t life_at(const struct county *c, uint32_t place, int32_t day, uint32_t from_min, uint32_t to_min,
	struct presence *out, size_t cap)
{
	struct finding f = {
		.c = c, .place = place, .from = from_min, .to = to_min, .day = day, .out = out, .cap = cap};
	uint32_t number = PLACE_NUMBER(place), n;
	switch (PLACE_KIND(place)) {
	case PLACE_HOME:
		county_household(c, number, &n);
		for (uint32_t i = 0; i < n; i++)
			look_at(&f, number + i);
		break;
	case PLACE_ROOM:
		look_at_unit(&f, &c->units[number]);
		break;
	case PLACE_SITE:
		look_at_site(&f, number);
		break;
	case PLACE_MARKET:
		look_at_site(&f, c->towns[number].market);
		look_at_crowd(&f, PLACE_MARKET);
		break;
	case PLACE_CLINIC:
		look_at_site(&f, c->towns[number].clinic);
		look_at_crowd(&f, PLACE_CLINIC);
		break;
	case PLACE_SHOP:
	case PLACE_GATHER:
	case PLACE_BUS:
		look_at_crowd(&f, PLACE_KIND(place));
		break;
	case PLACE_NONE:
	case PLACE_ANY:
	case PLACE__N:
		break;
	}
	return f.n;
}

/* --- meetings ------------------------------------------------------------------------------------- */

/* At home at that minute: asked often, so the errand is worked out only where it can matter. */
static bool is_home(const struct county *c, uint32_t person, int32_t day, uint32_t minute)
{
	struct span s[SPANS_MAX + 1], e;
	uint32_t n = unit_spans(c, person, day, s);
	for (uint32_t i = 0; i < n; i++)
		if (s[i].in <= minute && minute < s[i].out)
			return false;
	return !errand(c, person, day, s, n, &e) || minute < e.in || minute >= e.out;
}

/* In the unit's place at that minute: an errand never falls into it. */
static bool is_at_unit(const struct county *c, uint32_t person, int32_t day, uint32_t minute, uint32_t place)
{
	struct span s[SPANS_MAX + 1];
	uint32_t n = unit_spans(c, person, day, s);
	for (uint32_t i = 0; i < n; i++)
		if (s[i].in <= minute && minute < s[i].out)
			return s[i].place == place;
	return false;
}

static bool propose_home(const struct county *c, uint32_t person, uint64_t key, struct meeting *m)
{
	uint32_t n, first = county_household(c, person, &n), own = person - first;
	if (n < 2)
		return false;
	uint32_t other = key_below(key, n - 1);
	*m = (struct meeting){first + other + (other >= own), PLACE(PLACE_HOME, first),
		(uint16_t)key_below(key_mix(key), LIFE_DAY_MIN)};
	return true;
}

static uint32_t members_of(const struct county *c, uint32_t first_unit, uint32_t units_n, uint32_t *n)
{
	const struct unit *last = &c->units[first_unit + units_n - 1];
	*n = last->first + last->n - c->units[first_unit].first;
	return c->units[first_unit].first;
}

/* One of the public at a place anybody may visit, at m->minute. */
static bool propose_public(
	const struct county *c, uint32_t person, int32_t day, uint64_t key, struct meeting *m)
{
	enum place_kind kind = PLACE_KIND(m->place);
	uint32_t number = PLACE_NUMBER(m->place), low, high, from = m->minute, to = m->minute + 1U;
	if (kind == PLACE_BUS) {
		uint32_t leaves = crowds[kind].open_min + number % LIFE_BUS_RUNS * 20;
		number /= LIFE_BUS_RUNS;
		from = leaves + crowds[kind].stay_least + crowds[kind].stay_more;
		to = leaves + 20;
	}
	struct catchment k = catchment_of(c, kind, number, day);
	struct perm p;
	if (k.n == 0 || !order_range(&crowds[kind], k.n, from, to, &low, &high))
		return false;
	perm_init(&p, k.n, k.key, true);
	for (int i = 0; i < TRIES; i++) {
		key = key_mix(key + 1);
		m->other = k.first + perm_back(&p, low + key_below(key, high - low));
		if (m->other != person && errand_kind(c, m->other, k.town, day) == kind)
			return true;
	}
	return false;
}

/* At the market hall and the clinic half of a worker's contacts are with the public. */
static bool propose_unit(
	const struct county *c, uint32_t person, int32_t day, uint64_t key, struct meeting *m)
{
	struct span s[SPANS_MAX + 1];
	uint32_t n = unit_spans(c, person, day, s), all = 0, i = 0, many, part[SPANS_MAX + 1];
	for (uint32_t k = 0; k < n; k++) {
		bool yard = PLACE_KIND(s[k].place) == PLACE_SITE && county_kind(c, person) < UNIT_FACTORY;
		part[k] = (s[k].out - s[k].in) * (yard ? YARD : 1);
		all += part[k];
	}
	if (all == 0)
		return false;
	uint32_t at = key_below(key, all);
	for (; at >= part[i]; i++)
		at -= part[i];
	m->place = s[i].place;
	m->minute = (uint16_t)(s[i].in + at * (s[i].out - s[i].in) / part[i]);
	key = key_mix(key);
	bool room = PLACE_KIND(m->place) == PLACE_ROOM, site = PLACE_KIND(m->place) == PLACE_SITE;
	if (!room && !site && key_hit(key, 32768))
		return propose_public(c, person, day, key_mix(key), m);
	const struct unit *u = &c->units[c->unit_of[person]];
	const struct site *whole = &c->sites[u->site];
	uint32_t first = room ? members_of(c, c->unit_of[person], 1, &many)
			      : members_of(c, whole->first_unit, whole->units_n, &many);
	m->other = c->member[first + key_below(key, many)];
	return m->other != person;
}

static bool propose_outside(
	const struct county *c, uint32_t person, int32_t day, uint64_t key, struct meeting *m)
{
	struct span unit[SPANS_MAX + 1], s;
	if (key_below(key_hash(&c->keys, FOR_ERRAND, person, (uint32_t)day), 100) >= GOES_MOST)
		return false;
	if (!errand(c, person, day, unit, unit_spans(c, person, day, unit), &s))
		return false;
	enum place_kind kind = PLACE_KIND(s.place);
	m->place = s.place;
	m->minute = (uint16_t)(s.in + key_below(key, s.out - s.in));
	key = key_mix(key);
	if ((kind == PLACE_MARKET || kind == PLACE_CLINIC) && key_below(key, 100) < 10) {
		const struct town *t = &c->towns[PLACE_NUMBER(s.place)];
		uint32_t staff = kind == PLACE_MARKET ? t->market : t->clinic, many;
		if (staff == NO_UNIT)
			return false;
		uint32_t first = members_of(c, c->sites[staff].first_unit, c->sites[staff].units_n, &many);
		m->other = c->member[first + key_below(key_mix(key), many)];
		return true;
	}
	return propose_public(c, person, day, key_mix(key), m);
}

bool life_propose(const struct county *c, uint32_t person, int32_t day, enum layer layer, uint64_t key,
	struct meeting *m)
{
	switch (layer) {
	case LAYER_HOME:
		return propose_home(c, person, key, m);
	case LAYER_SCHOOL:
	case LAYER_WORK:
		return propose_unit(c, person, day, key, m);
	case LAYER_COMMUNITY:
		return propose_outside(c, person, day, key, m);
	case LAYER_ANY:
		*m = (struct meeting){key_below(key, c->persons_n), PLACE(PLACE_ANY, 0),
			(uint16_t)key_below(key_mix(key), LIFE_DAY_MIN)};
		return m->other != person;
	case LAYER__N:
		break;
	}
	return false;
}

bool life_confirm(const struct county *c, uint32_t person, int32_t day, const struct meeting *m)
{
	switch (PLACE_KIND(m->place)) {
	case PLACE_HOME:
		return is_home(c, person, day, m->minute) && is_home(c, m->other, day, m->minute);
	case PLACE_ROOM:
	case PLACE_SITE:
		return is_at_unit(c, m->other, day, m->minute, m->place);
	case PLACE_SHOP:
	case PLACE_GATHER:
	case PLACE_MARKET:
	case PLACE_CLINIC:
	case PLACE_BUS:
		return life_where(c, m->other, day, m->minute) == m->place;
	case PLACE_ANY:
		return true;
	case PLACE_NONE:
	case PLACE__N:
		break;
	}
	return false;
}

uint32_t life_meeting_share(const struct county *c, int32_t day, enum layer layer, uint32_t tries)
{
	uint64_t met = 0, asked = 0;
	for (uint32_t i = 0; i < tries; i++) {
		uint64_t h = key_hash(&c->keys, FOR_PARTNER, i, (uint32_t)layer);
		uint32_t person = key_below(h, c->persons_n), n;
		struct meeting m;
		county_household(c, person, &n);
		if (layer == LAYER_HOME ? n < 2
					: layer < LAYER_COMMUNITY && life_unit_layer(c, person) != layer)
			continue;
		int32_t on = day + (int32_t)(i % 14);
		asked++;
		met += life_propose(c, person, on, layer, key_mix(h), &m) && life_confirm(c, person, on, &m);
	}
	uint32_t share = asked ? (uint32_t)(met * 65536 / asked) : 0;
	return share ? share : 1;
}
