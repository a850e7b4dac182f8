/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/county.h"

#include <stdlib.h>

/* 2010 moved on by ten years and scaled to the bands 0-14, 15-59, 60-64 and 65+ of Yuncheng's census of 2020.
 */
static const struct county_structure census_2020 = {
	.age = {5.20, 6.00, 5.61, 4.49, 5.45, 7.45, 8.04, 7.11, 6.49, 8.41, 8.37, 7.42, 6.26, 5.50, 3.61,
		2.15, 1.49, 0.95},
	.household = {1110999, 2261482, 2873579, 2259616, 1108760, 499172, 139959, 76640},
	.household_mean = 2.84,
};
static const struct county_structure shanxi_2010 = {
	.age = {1902948, 1782661, 2161499, 2955240, 3191543, 2821415, 2576123, 3339471, 3321774, 2947094,
		2386283, 2093913, 1447760, 948693, 789696, 578956, 267708, 199334},
	.household = {1110999, 2261482, 2873579, 2259616, 1108760, 499172, 139959, 76640},
	.household_mean = 0,
};

const struct county_structure *county_census_2020(void)
{
	return &census_2020;
}

const struct county_structure *county_shanxi_2010(void)
{
	return &shanxi_2010;
}

void county_free(struct county **c)
{
	if (!*c)
		return;
	free((*c)->age_sex);
	free((*c)->home);
	free((*c)->village_of);
	free((*c)->unit_of);
	free((*c)->member);
	free((*c)->towns);
	free((*c)->villages);
	free((*c)->units);
	free((*c)->sites);
	free(*c);
	*c = NULL;
}

size_t county_bytes(const struct county *c)
{
	size_t person = 1 + 1 + sizeof *c->village_of + sizeof *c->unit_of;
	return sizeof *c + c->persons_n * person + c->members_n * sizeof *c->member +
		c->towns_n * sizeof *c->towns + c->villages_n * sizeof *c->villages +
		c->units_n * sizeof *c->units + c->sites_n * sizeof *c->sites;
}

bool county_in_care(const struct county *c, uint32_t person)
{
	/* residents are the old of a household of one; staff are younger (county_build.c) */
	return county_kind(c, person) == UNIT_CARE && county_age(c, person) >= 75;
}

enum occupation county_occupation(const struct county *c, uint32_t person)
{
	switch (county_kind(c, person)) {
	case UNIT_KINDERGARTEN:
	case UNIT_PRIMARY:
	case UNIT_JUNIOR:
	case UNIT_SENIOR:
		return county_age(c, person) < 20 ? OCCUPATION_PUPIL : OCCUPATION_TEACHER;
	case UNIT_FACTORY:
		return OCCUPATION_FACTORY;
	case UNIT_OFFICE:
		return OCCUPATION_OFFICE;
	case UNIT_MARKET:
		return OCCUPATION_STALL;
	case UNIT_CLINIC:
		return OCCUPATION_HEALTH;
	case UNIT_CARE:
		return county_in_care(c, person) ? OCCUPATION_NONE : OCCUPATION_CARE;
	case UNIT_LOGISTICS:
		return OCCUPATION_LOGISTICS;
	case UNIT_SERVICE:
		return OCCUPATION_SERVICE;
	case UNIT__N:
		break;
	}
	return OCCUPATION_NONE;
}

const char *occupation_name(enum occupation o)
{
	static const char *const names[OCCUPATION__N] = {"none", "pupil", "teacher", "health worker",
		"care worker", "stall-holder", "logistics", "administration", "factory worker", "services"};
	return o < OCCUPATION__N ? names[o] : "none";
}

uint32_t county_needs(const struct county *c, uint32_t person)
{
	uint64_t h = key_hash(&c->keys, FOR_NEED, person, 0);
	int age = county_age(c, person);
	uint32_t needs = 0, n;
	county_household(c, person, &n);
	if (age == 0)
		needs |= NEED_INFANT;
	if (!county_is_male(c, person) && age >= 20 && age < 40 && key_below(h, 1000) < 30)
		needs |= NEED_PREGNANT;
	h = key_mix(h);
	if (age >= 18 && key_below(h, 100000) < (age < 60 ? 40 : 180))
		needs |= NEED_DIALYSIS;
	h = key_mix(h);
	if (key_below(h, 1000) < (age < 60 ? 15 : 50))
		needs |= NEED_DISABLED;
	h = key_mix(h);
	if (age >= 70 && key_below(h, 1000) < (age < 80 ? 20 : 80))
		needs |= NEED_BEDRIDDEN;
	if (county_in_care(c, person))
		needs |= NEED_CARE_HOME;
	else if (n == 1 && age >= 65)
		needs |= NEED_ALONE_OLD;
	return needs;
}
