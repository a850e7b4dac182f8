/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/rights.h"

#include <string.h>

static const struct {
	const char *name, *en, *zh;
} rights[RIGHT__N] = {
#define RIGHT(name, en, zh) {#name, en, zh},
#include "ledger/rights.def"
#undef RIGHT
};

static const struct {
	const char *name;
	uint64_t rights;
	const char *en, *zh;
} roles[ROLE__N] = {
#define ROLE(name, rights, en, zh) {#name, rights, en, zh},
#include "ledger/roles.def"
#undef ROLE
};

static bool is_zh(const char *lang)
{
	return lang && strncmp(lang, "zh", 2) == 0;
}

const char *right_name(enum right r)
{
	return rights[r].name;
}

const char *right_text(enum right r, const char *lang)
{
	return is_zh(lang) ? rights[r].zh : rights[r].en;
}

int role_of(struct str name)
{
	for (int i = 0; i < ROLE__N; i++)
		if (str_eq_c(name, roles[i].name))
			return i;
	return -1;
}

const char *role_name(enum role r)
{
	return roles[r].name;
}

const char *role_text(enum role r, const char *lang)
{
	return is_zh(lang) ? roles[r].zh : roles[r].en;
}

uint64_t role_rights(enum role r)
{
	return roles[r].rights | RIGHT_BIT(RIGHT_NONE);
}

bool actor_may(const struct actor *who, enum right r)
{
	return (who->rights & RIGHT_BIT(r)) != 0;
}

bool actor_in_area(const struct actor *who, int64_t area)
{
	return area >= who->area_lo && area <= who->area_hi;
}

void area_range(int64_t area, int64_t *lo, int64_t *hi)
{
	if (area == 0) {
		*lo = 0;
		*hi = INT64_C(999999999999);
		return;
	}
	/* digits of the levels below a village, town, county, city, province */
	static const int64_t below[] = {1, 1000, 1000000, 100000000, INT64_C(10000000000)};
	size_t level = 0;
	while (level + 1 < ARRAY_N(below) && area % below[level + 1] == 0)
		level++;
	*lo = area;
	*hi = area + below[level] - 1;
}

struct actor actor_machine(void)
{
	struct actor who = {.rights = UINT64_MAX, .area_lo = 0, .area_hi = INT64_C(999999999999)};
	/* a fixed id, so that what the machine did is told from what a user did */
	memcpy(who.user.b, "sushui-machine\0", 16);
	return who;
}
