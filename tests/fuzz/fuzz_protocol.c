/* SPDX-License-Identifier: Apache-2.0
 * Any bytes as a protocol file: refused with a place, or a protocol that every tier and zone can be judged
 * by. */
#include <stdlib.h>

#include "core/caltime.h"
#include "protocol/protocol.h"

static struct regimen_item items[REGIMEN_ITEMS_MAX];

static void judge(const struct protocol *p)
{
	for (size_t i = 0; i < p->tier_n; i++) {
		const struct protocol_tier *t = &p->tier[i];
		struct regimen_times times;
		struct release_unmet unmet[COND__N];
		struct release_facts facts = {0};
		size_t n = 0, unmet_n = 0;
		for (int k = 0; k < ANCHOR__N; k++)
			times.at[k] = INT64_C(1667448000000) + k * MS_PER_HOUR * 7;
		times.serial = true;
		enum err_code code = protocol_regimen(p, t, &times, items, REGIMEN_ITEMS_MAX, &n, NULL);
		CHECK(code == OK || code == ERR_NOT_ALLOWED || code == ERR_BAD_VALUE);
		code = protocol_release(p, t, &times, &facts, INT64_C(1668448000000), unmet, &unmet_n, NULL);
		CHECK((code != OK || unmet_n <= COND__N) && code != ERR_MISSING_FIELD);
		(void)protocol_upgrade(t, &facts);
		int64_t from, to;
		(void)protocol_exposure_window(p, &times, PROTOCOL_NO_TIME, &from, &to, NULL);
	}
	for (size_t i = 0; i < p->zone_n; i++) {
		struct zone_facts f = {INT64_C(1667448000000), true, PROTOCOL_NO_TIME, PROTOCOL_NO_TIME};
		(void)protocol_zone_unmet(&p->zone[i], &f, INT64_C(1668448000000));
	}
	for (size_t i = 0; i < p->param_n; i++)
		CHECK(protocol_param_find(p, p->param[i].name) == &p->param[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	struct protocol *p = NULL;
	struct err e = {0};
	arena_init(&a, (size_t)16 * 1024 * 1024);
	enum err_code code = protocol_load(&a, (struct str){(const char *)data, n}, "fuzz.yaml", &p, &e);
	CHECK((code == OK) == (p != NULL));
	if (p)
		judge(p);
	else
		CHECK(str_starts(str_of(e.at), STR("fuzz.yaml:")) && e.what[0]);
	arena_done(&a);
	return 0;
}
