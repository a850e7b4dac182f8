/* SPDX-License-Identifier: Apache-2.0
 *
 * life.h - where everybody is, at every minute, as a function: (person, day) -> stays, and its inverse
 * (place, day, minutes) -> who is there.
 *
 * Nothing is stored. Homes, rooms (a class, a team), sites (the school's yard, the firm's canteen) are ranges
 * of the county. Places that anybody may visit (the village shop and its gathering place, the town's market
 * hall, clinic and buses) order the people of their catchment anew every day by a keyed permutation: the
 * place in that order is the minute of arrival, so who is present between two minutes is a range of it, read
 * back through the inverse. Days are local calendar days (core/caltime.h), minutes 0 .. 1439 of that day.
 *
 * Weekday and weekend, rest days, three shifts, market days (every fifth day, by town) and evening lessons
 * are in it; what is not is listed in docs/drill.md. Everything here is pure: it reads the county only, owns
 * no memory, and may be called from any thread.
 */
#ifndef SUSHUI_DRILL_LIFE_H
#define SUSHUI_DRILL_LIFE_H

#include "drill/county.h"

/* A place: its kind in the upper 4 bits, below its number within the kind. */
enum place_kind {
	PLACE_NONE,
	PLACE_HOME, /* number: first person of the household */
	PLACE_ROOM, /* unit */
	PLACE_SITE, /* site */
	PLACE_SHOP, /* village */
	PLACE_GATHER, /* village: tea house, card room, weddings */
	PLACE_MARKET, /* town */
	PLACE_CLINIC, /* town */
	PLACE_BUS, /* town x LIFE_BUS_RUNS + run */
	PLACE_ANY, /* no place: a meeting in the well-mixed test population */
	PLACE__N,
};
#define PLACE(kind, number) ((uint32_t)(kind) << 28 | (uint32_t)(number))
#define PLACE_KIND(place) ((enum place_kind)((place) >> 28))
#define PLACE_NUMBER(place) ((place)&0x0fffffffU)
#define LIFE_BUS_RUNS 40
#define LIFE_DAY_MIN 1440
#define LIFE_STAYS_MAX 16

struct stay {
	uint32_t place;
	uint16_t in_min, out_min; /* [in, out) */
};

/* The stays of a person on a day, in order, without gap or overlap, from minute 0 to 1440: returns how many
 * (1 .. LIFE_STAYS_MAX). Cost: about 60 ns. */
uint32_t life_day(const struct county *c, uint32_t person, int32_t day, struct stay out[LIFE_STAYS_MAX]);

/* The place of a person at a minute. */
uint32_t life_where(const struct county *c, uint32_t person, int32_t day, uint32_t minute);

struct presence {
	uint32_t person;
	uint16_t in_min, out_min; /* the whole stay, not clipped to what was asked */
};
/* Everybody with a stay at `place` on `day` that shares a minute with [from, to), by the order of the place,
 * once for each stay. Writes at most cap and returns how many there are (call again with more room when above
 * cap). Cost: about 60 ns for each person whom the place's order lets through (a few for each one found). */
size_t life_at(const struct county *c, uint32_t place, int32_t day, uint32_t from_min, uint32_t to_min,
	struct presence *out, size_t cap);

/* Where contacts arise; the published contact figures are per layer. */
enum layer {
	LAYER_HOME,
	LAYER_SCHOOL,
	LAYER_WORK,
	LAYER_COMMUNITY,
	LAYER_ANY, /* anybody with anybody: the well-mixed population of the theory, for tests */
	LAYER__N,
};
const char *layer_name(enum layer layer);

struct meeting {
	uint32_t other;
	uint32_t place;
	uint16_t minute;
};
/* One contact that a person may have on that day in that layer: chance `key` picks the minute and the other
 * person among those who may be there. False when there is none (not attending, on no errand, nobody else).
 * It takes place when life_confirm says so: both are there at that minute. Asked apart, because the other
 * person is more often immune than away, which costs less to know. Each pair meets, in the mean, in
 * proportion to the minutes it shares. Cost: 10-100 ns each. */
bool life_propose(const struct county *c, uint32_t person, int32_t day, enum layer layer, uint64_t key,
	struct meeting *out);
bool life_confirm(const struct county *c, uint32_t person, int32_t day, const struct meeting *m);

/* The share (of 65536, at least 1) of proposals that become meetings in a layer, over the people who can have
 * one (home: household of two and more; school, work: members; others: all), from a fixed sample of `tries`
 * persons over two weeks from `day` on. */
uint32_t life_meeting_share(const struct county *c, int32_t day, enum layer layer, uint32_t tries);

/* The layer of a person's unit: LAYER_SCHOOL, LAYER_WORK, or LAYER__N for none. */
enum layer life_unit_layer(const struct county *c, uint32_t person);

/* True when the town's market is held. */
bool life_market_day(uint32_t town, int32_t day);

#endif
