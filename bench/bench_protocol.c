/* SPDX-License-Identifier: Apache-2.0
 * Loading a protocol against libyaml alone walking the same text; laying out a regime against sorting as many
 * items. */
#include <stdio.h>
#include <stdlib.h>

#include <yaml.h>

#include "core/assets.h"
#include "core/caltime.h"
#include "core/sys.h"
#include "protocol/protocol.h"

static int64_t now_us(void)
{
	const struct sys *sys = sys_real();
	return sys->mono_us(sys->ctx);
}

static void walk(struct str text)
{
	yaml_parser_t parser;
	yaml_event_t ev;
	CHECK(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
	for (bool end = false; !end; yaml_event_delete(&ev)) {
		CHECK(yaml_parser_parse(&parser, &ev));
		end = ev.type == YAML_STREAM_END_EVENT;
	}
	yaml_parser_delete(&parser);
}

static struct regimen_item items[REGIMEN_ITEMS_MAX];

static int by_due(const void *a, const void *b)
{
	const struct regimen_item *x = a, *y = b;
	return x->due < y->due ? -1 : x->due > y->due;
}

int main(void)
{
	CHECK(caltime_zone(STR("Asia/Shanghai"), NULL) == OK);
	const struct asset *file = asset_find(STR("protocols/cn-covid19-9.yaml"));
	CHECK(file != NULL);
	struct str text = {file->bytes, file->bytes_n};
	struct arena a;
	struct protocol *p = NULL;
	enum { LOADS = 50, REGIMENS = 20000 };
	int64_t t0 = now_us();
	for (int i = 0; i < LOADS; i++)
		walk(text);
	int64_t t1 = now_us();
	for (int i = 0; i < LOADS; i++) {
		if (p)
			arena_done(&a);
		arena_init(&a, 0);
		CHECK(protocol_load(&a, text, file->path, &p, NULL) == OK);
	}
	int64_t t2 = now_us();
	printf("load cn-covid19-9.yaml: %.2f ms, libyaml alone %.2f ms, ratio %.2f\n",
	       (double)(t2 - t1) / 1e3 / LOADS, (double)(t1 - t0) / 1e3 / LOADS,
	       (double)(t2 - t1) / (double)(t1 - t0));

	const struct protocol_tier *t = protocol_tier_find(p, STR("close_contact"));
	struct regimen_times times;
	regimen_times_init(&times);
	size_t n = 0, total = 0;
	int64_t t3 = now_us();
	for (int i = 0; i < REGIMENS; i++) {
		times.at[ANCHOR_LAST_EXPOSURE] = INT64_C(1667448000000) + i * MS_PER_MINUTE;
		CHECK(protocol_regimen(p, t, &times, items, REGIMEN_ITEMS_MAX, &n, NULL) == OK);
		total += n;
	}
	int64_t t4 = now_us();
	struct dice d;
	dice_init(&d, 1);
	for (int i = 0; i < REGIMENS; i++) {
		for (size_t k = 0; k < n; k++)
			items[k].due = (int64_t)dice_below(&d, 1000000);
		qsort(items, n, sizeof *items, by_due);
	}
	int64_t t5 = now_us();
	printf("regimen: %.2f us (%zu items), sorting as many items %.2f us, ratio %.2f\n",
	       (double)(t4 - t3) / REGIMENS, total / REGIMENS, (double)(t5 - t4) / REGIMENS,
	       (double)(t4 - t3) / (double)(t5 - t4));
	arena_done(&a);
	return 0;
}
