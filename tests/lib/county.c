/* SPDX-License-Identifier: Apache-2.0 */
#include "county.h"

#include <stdlib.h>

#include "core/sys.h"

enum { HOME, CLASS, WORK, CANTEEN, MARKET, SHOP, RESTAURANT, BUS, HOSPITAL, LEISURE, PARK, TESTING };

#define TOWN 20000
#define DAY 86400

/* Public places of a town of 20,000. */
static const uint32_t per_town[COUNTY_TYPES] = {0, 400, 1500, 60, 60, 400, 400, 160, 12, 160, 40, 30};
static const uint32_t min_minutes[COUNTY_TYPES] = {1, 15, 15, 10, 15, 10, 10, 5, 15, 5, 30, 15};

struct maker {
	struct county *c;
	uint32_t towns_n;
	uint32_t homes_n;
	uint32_t base[COUNTY_TYPES];  /* first place of a type */
	uint32_t count[COUNTY_TYPES]; /* places of the type in a town */
	size_t cap_n;
};

static void put(struct maker *m, uint32_t person, uint32_t place, int64_t t_in, int64_t t_out)
{
	struct county *c = m->c;
	int64_t end = (int64_t)COUNTY_START + (int64_t)c->days_n * DAY;
	t_in = t_in < COUNTY_START ? COUNTY_START : t_in;
	t_out = t_out > end ? end : t_out;
	if (t_in >= t_out)
		return;
	if (c->visits_n == m->cap_n) {
		m->cap_n = m->cap_n ? m->cap_n + m->cap_n / 2 : 1 << 20;
		c->visit = realloc(c->visit, m->cap_n * sizeof *c->visit);
		CHECK(c->visit);
	}
	c->visit[c->visits_n++] = (struct visit){person, place, (uint32_t)t_in, (uint32_t)t_out, 0};
}

/* A place of the type: mostly in one's own town, and the popular ones far more often. */
static uint32_t choose(struct maker *m, struct dice *d, uint32_t town, int type)
{
	if (dice_below(d, 100) >= 80)
		town = (uint32_t)dice_below(d, m->towns_n);
	double u = dice_unit(d);
	return m->base[type] + town * m->count[type] + (uint32_t)(u * u * m->count[type]);
}

static void errand(struct maker *m, struct dice *d, uint32_t person, uint32_t town, int64_t t)
{
	static const struct {
		int type;
		uint32_t weight, least_min, most_min;
	} kinds[] = {{SHOP, 30, 4, 35},      {MARKET, 18, 10, 50},  {RESTAURANT, 14, 20, 80},
		     {BUS, 18, 6, 45},       {LEISURE, 8, 30, 150}, {PARK, 6, 15, 100},
		     {HOSPITAL, 3, 20, 150}, {TESTING, 3, 5, 30}};
	uint32_t x = (uint32_t)dice_below(d, 100);
	size_t k = 0;
	while (x >= kinds[k].weight)
		x -= kinds[k++].weight;
	int64_t len = kinds[k].least_min * 60 +
		      (int64_t)dice_below(d, (kinds[k].most_min - kinds[k].least_min) * 60);
	put(m, person, choose(m, d, town, kinds[k].type), t, t + len);
}

static void live(struct maker *m, struct dice *d, uint32_t person, uint32_t home, uint32_t town)
{
	uint32_t role = (uint32_t)dice_below(d, 100);
	uint32_t class_at = m->base[CLASS] + town * m->count[CLASS] +
			    (uint32_t)dice_below(d, m->count[CLASS]);
	double u = dice_unit(d);
	uint32_t work = m->base[WORK] + town * m->count[WORK] + (uint32_t)(u * u * m->count[WORK]);
	uint32_t canteen = m->base[CANTEEN] + town * m->count[CANTEEN] +
			   (uint32_t)dice_below(d, m->count[CANTEEN]);
	static const int serve_at[] = {SHOP, SHOP, MARKET, RESTAURANT, HOSPITAL, BUS};
	uint32_t served = choose(m, d, town, serve_at[dice_below(d, 6)]);
	int64_t home_since = COUNTY_START;
	for (uint32_t day = 0; day < m->c->days_n; day++) {
		int64_t t0 = (int64_t)COUNTY_START + (int64_t)day * DAY;
		int64_t leave = t0 + 6 * 3600 + (int64_t)dice_below(d, 3 * 3600), back;
		put(m, person, home, home_since, leave);
		bool free_day = day % 7 >= 5;
		if (role < 16 && !free_day) {
			back = t0 + 16 * 3600 + (int64_t)dice_below(d, 3600);
			put(m, person, class_at, t0 + 8 * 3600 - (int64_t)dice_below(d, 900), back - 1200);
			put(m, person, canteen, t0 + 12 * 3600 + (int64_t)dice_below(d, 1200),
			    t0 + 12 * 3600 + 1800 + (int64_t)dice_below(d, 900));
		} else if (role < 60 && !free_day) {
			int64_t at = leave + 600 + (int64_t)dice_below(d, 1800);
			back = at + 8 * 3600 + (int64_t)dice_below(d, 2 * 3600);
			put(m, person, work, at, back);
			if (dice_below(d, 2))
				put(m, person, canteen, t0 + 12 * 3600 + (int64_t)dice_below(d, 2400),
				    t0 + 12 * 3600 + 2700 + (int64_t)dice_below(d, 1200));
			back += 900;
		} else if (role < 68) {
			back = leave + 1200 + 8 * 3600 + (int64_t)dice_below(d, 2 * 3600);
			put(m, person, served, leave + 600, back - 600);
		} else {
			errand(m, d, person, town, leave);
			put(m, person, home, leave + 2 * 3600 + (int64_t)dice_below(d, 3600),
			    t0 + 14 * 3600 + (int64_t)dice_below(d, 3600));
			errand(m, d, person, town, t0 + 15 * 3600 + (int64_t)dice_below(d, 1800));
			back = t0 + 18 * 3600;
		}
		uint64_t errands = 1 + dice_below(d, 3);
		for (uint64_t i = 0; i < errands; i++, back += 2400 + (int64_t)dice_below(d, 2400))
			errand(m, d, person, town, back);
		home_since = back + (int64_t)dice_below(d, 1800);
	}
	put(m, person, home, home_since, (int64_t)COUNTY_START + (int64_t)m->c->days_n * DAY);
}

void county_make(struct county *c, uint32_t persons_n, uint32_t days_n, uint64_t seed)
{
	struct dice d;
	dice_init(&d, seed);
	*c = (struct county){.persons_n = persons_n, .days_n = days_n};
	struct maker m = {.c = c, .towns_n = (persons_n + TOWN - 1) / TOWN};
	uint32_t town_size = (persons_n + m.towns_n - 1) / m.towns_n;
	uint32_t *home = malloc(persons_n * sizeof *home);
	CHECK(home);
	for (uint32_t p = 0; p < persons_n; m.homes_n++) {
		static const uint32_t sizes[] = {1, 1, 2, 2, 2, 3, 3, 4, 4, 6};
		for (uint32_t n = sizes[dice_below(&d, 10)]; n > 0 && p < persons_n; n--)
			home[p++] = m.homes_n;
	}
	uint32_t at = m.homes_n;
	for (int t = 1; t < COUNTY_TYPES; t++) {
		m.base[t] = at;
		m.count[t] = (uint32_t)((uint64_t)per_town[t] * town_size / TOWN) + 1;
		at += m.count[t] * m.towns_n;
	}
	c->places_n = at;
	c->place_type = calloc(at, 1);
	CHECK(c->place_type);
	for (int t = 0; t < COUNTY_TYPES; t++) {
		for (uint32_t i = 0; t > 0 && i < m.count[t] * m.towns_n; i++)
			c->place_type[m.base[t] + i] = (uint8_t)t;
		c->rule[t] = (struct trace_rule){
			.min_s = min_minutes[t] * 60, .linger_s = 600, .usual_s = 1800};
	}
	c->rules = (struct trace_rules){c->rule, COUNTY_TYPES, {0}};
	for (uint32_t p = 0; p < persons_n; p++)
		live(&m, &d, p, home[p], p / town_size);
	free(home);
}

void county_done(struct county *c)
{
	free(c->visit);
	free(c->place_type);
	*c = (struct county){0};
}

void county_cases(const struct county *c, const struct visits_view *view, struct trace_case *out, size_t n,
		  uint64_t seed)
{
	struct dice d;
	dice_init(&d, seed);
	for (size_t i = 0; i < n;) {
		uint32_t person = (uint32_t)dice_below(&d, c->persons_n);
		if (i % 2) {
			struct visit stays[64], others[32];
			const struct trace_case *before = &out[dice_below(&d, i)];
			size_t k = visits_of_person(view, before->person, stays, 64);
			const struct visit *x = &stays[dice_below(&d, k < 64 ? k : 64)];
			size_t m = visits_at_place(view, x->place, x->t_in, x->t_out, others, 32);
			person = others[dice_below(&d, m < 32 ? m : 32)].person;
		}
		uint32_t end = COUNTY_START + (c->days_n - 4) * DAY + (uint32_t)dice_below(&d, 4 * DAY);
		bool fresh = true;
		for (size_t k = 0; k < i; k++)
			fresh &= out[k].person != person;
		if (fresh)
			out[i++] = (struct trace_case){person, end - 4 * DAY, end};
	}
}
