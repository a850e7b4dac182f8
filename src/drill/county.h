/* SPDX-License-Identifier: Apache-2.0
 *
 * county.h - a county of people who do not exist: who is how old, lives with whom, and belongs where.
 *
 * By default Jiang County: its 11 town-level units and 146 villages (jiang.def), the age structure of the
 * 2020 census and its household sizes. Any number of persons: fewer fill the first villages, more than a
 * county fill copies of it. The same (persons, seed, structure) gives the same county, byte for byte, on any
 * machine. Persons are numbered village by village and household by household, so that a household, a
 * village and a town are each a range of numbers; twelve bytes are stored for each person, and everything
 * else (sex apart: occupation, special needs, where somebody is on a day: life.h) is computed when asked.
 *
 * The county owns its memory (county_free). It is read-only after county_new, so threads may share it.
 * It holds no real person and never reads one.
 */
#ifndef SUSHUI_DRILL_COUNTY_H
#define SUSHUI_DRILL_COUNTY_H

#include "core/err.h"
#include "drill/key.h"

#define COUNTY_PERSONS_MAX 40000000U
#define COUNTY_CENSUS_PERSONS 226871U /* Jiang County, census of 2020 */
#define AGE_GROUPS 18 /* of five years; the last is open: 85 and above */
#define AGE_MAX 99
#define HOUSEHOLD_MAX 8
#define NO_UNIT UINT32_MAX

/* What a person belongs to by day. Classes come first, so that `kind < UNIT_FACTORY` is a class. */
enum unit_kind {
	UNIT_KINDERGARTEN,
	UNIT_PRIMARY,
	UNIT_JUNIOR,
	UNIT_SENIOR,
	UNIT_FACTORY,
	UNIT_OFFICE, /* administration, police, community workers */
	UNIT_MARKET, /* stall-holders: at the town's market hall */
	UNIT_CLINIC, /* health workers: at the town's clinic */
	UNIT_CARE, /* a care home: residents and staff */
	UNIT_LOGISTICS, /* couriers, lorry and bus drivers */
	UNIT_SERVICE, /* shops, kitchens, workshops, building crews */
	UNIT__N,
};

/* A class or a team: the people of one room. */
struct unit {
	uint32_t first; /* its members are member[first .. first + n) */
	uint32_t site; /* school, firm or market hall it is part of */
	uint16_t n;
	uint8_t kind; /* enum unit_kind */
	uint8_t grade; /* of a class: 0 is the first year */
};

/* A school or a firm: the units that share a yard, a canteen. */
struct site {
	uint32_t first_unit, units_n;
	uint32_t town;
};

struct village {
	uint32_t first, n; /* persons */
	uint32_t town; /* place in towns[] */
	uint32_t copy; /* 0: the county itself; 1 and above: further copies of it */
	int64_t code; /* 12 digits */
	const char *name;
};

struct town {
	uint32_t first, n; /* persons */
	uint32_t first_village, villages_n;
	int64_t code; /* 9 digits */
	const char *name;
	uint32_t copy;
	uint32_t market, clinic; /* sites of the stall-holders and health workers, NO_UNIT: none */
};

/* Who the people are. Shares need not sum to 1: they are normalised. */
struct county_structure {
	double age[AGE_GROUPS]; /* share of persons by five-year group */
	double household[HOUSEHOLD_MAX]; /* share of households of 1 .. 8 persons */
	double household_mean; /* the shares are tilted to this mean; 0: left as they are */
};
/* Census of 2020: Yuncheng's age bands and mean household of 2.84. */
const struct county_structure *county_census_2020(void);
/* Census of 2010, Shanxi: the structure behind the published contact matrices (household mean 3.24). */
const struct county_structure *county_shanxi_2010(void);

struct county {
	struct keys keys;
	uint32_t persons_n, towns_n, villages_n, units_n, sites_n;
	uint8_t *age_sex; /* age in the lower 7 bits, 0x80: male */
	uint8_t *home; /* household size in the upper, own place in it in the lower 4 bits */
	uint16_t *village_of;
	uint32_t *unit_of; /* NO_UNIT: none */
	uint32_t *member; /* person numbers, unit by unit */
	uint32_t members_n;
	struct town *towns;
	struct village *villages;
	struct unit *units;
	struct site *sites;
};

/* Builds the county. persons_n from 1 to COUNTY_PERSONS_MAX; structure NULL: census of 2020. ERR_BAD_VALUE,
 * ERR_MEMORY. Cost: about 0.2 us a person; 12 bytes a person stay, 16 more are used while building. */
enum err_code county_new(struct county **out, uint32_t persons_n, uint64_t seed,
	const struct county_structure *structure, struct err *e) MUST_USE;
void county_free(struct county **c); /* accepts a pointer to NULL, leaves NULL */
size_t county_bytes(const struct county *c); /* memory held */

static inline int county_age(const struct county *c, uint32_t person)
{
	return c->age_sex[person] & 0x7f;
}
static inline bool county_is_male(const struct county *c, uint32_t person)
{
	return c->age_sex[person] & 0x80;
}
static inline int county_age_group(int age)
{
	return age / 5 < AGE_GROUPS ? age / 5 : AGE_GROUPS - 1;
}
/* First person and size of a person's household. */
static inline uint32_t county_household(const struct county *c, uint32_t person, uint32_t *n)
{
	*n = c->home[person] >> 4;
	return person - (c->home[person] & 15U);
}
/* The unit's kind, or UNIT__N for a person without one. */
static inline enum unit_kind county_kind(const struct county *c, uint32_t person)
{
	return c->unit_of[person] == NO_UNIT ? UNIT__N : (enum unit_kind)c->units[c->unit_of[person]].kind;
}

/* Key occupations: those whom a sampling plan reaches first and more often. */
enum occupation {
	OCCUPATION_NONE,
	OCCUPATION_PUPIL,
	OCCUPATION_TEACHER,
	OCCUPATION_HEALTH,
	OCCUPATION_CARE,
	OCCUPATION_STALL,
	OCCUPATION_LOGISTICS,
	OCCUPATION_OFFICE,
	OCCUPATION_FACTORY,
	OCCUPATION_SERVICE,
	OCCUPATION__N,
};
enum occupation county_occupation(const struct county *c, uint32_t person);
const char *occupation_name(enum occupation o);

/* Special needs, as bits. Shares by age are assumptions of the exercise (docs/drill.md). */
enum need {
	NEED_INFANT = 1, /* below 1 year */
	NEED_PREGNANT = 2,
	NEED_DIALYSIS = 4,
	NEED_DISABLED = 8,
	NEED_ALONE_OLD = 16, /* lives alone, 65 or older */
	NEED_BEDRIDDEN = 32,
	NEED_CARE_HOME = 64, /* resident of a care home */
};
uint32_t county_needs(const struct county *c, uint32_t person);
/* True for residents (not staff) of a care home. */
bool county_in_care(const struct county *c, uint32_t person);

#endif
