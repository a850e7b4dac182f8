/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as a segment file. Checksums are put right first (a fuzzer never would), so that what is tried is the
 * check of header, directories and records, and then every way of reading: whatever opens must be readable
 * and traceable.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/hash.h"
#include "trace/query.h"

static void mend(uint8_t *bytes, size_t n)
{
	struct seg_header h;
	if (n < sizeof h)
		return;
	memcpy(&h, bytes, sizeof h);
	memcpy(h.magic, SEG_MAGIC, sizeof h.magic);
	h.version = SEG_VERSION;
	h.header_n = sizeof h;
	for (int i = 0; i < SEC__N; i++)
		if (h.section[i].offset <= n && h.section[i].bytes_n <= n - h.section[i].offset)
			h.section[i].hash = xxh64(bytes + h.section[i].offset, h.section[i].bytes_n);
	h.hash = xxh64(&h, sizeof h - sizeof h.hash);
	memcpy(bytes, &h, sizeof h);
}

static void ask(struct segment *g)
{
	struct visits_view *view = calloc(1, sizeof *view + sizeof view->part[0]);
	if (!view || g->persons_n > 1 << 22) {
		free(view);
		return;
	}
	view->persons_n = g->persons_n;
	view->places_n = g->places_n;
	view->parts_n = 1;
	view->part[0].g = g;
	struct visit out[16];
	struct trace_case cases[6];
	for (uint32_t i = 0; i < 6; i++) {
		visits_of_person(view, i, out, 16);
		visits_at_place(view, i, g->t_base, g->t_base + 4000, out, 16);
		cases[i] = (struct trace_case){i, 0, VISIT_TIME_MAX};
	}
	struct trace_rule rule = {.min_s = 60, .linger_s = 600};
	struct trace_rules rules = {&rule, 1, {0}};
	struct trace_world w = {.view = view};
	struct trace_query q = {.cases = cases,
				.cases_n = 6,
				.rules = &rules,
				.hops = 2,
				.threads = 1,
				.exposures_max = 10000};
	struct trace_result r;
	struct trace_venues v;
	if (g->visits_n < 2000) {
		if (trace_run(&r, &w, &q, NULL) == OK)
			trace_result_done(&r);
		q.evidence_hops = 2;
		if (trace_run(&r, &w, &q, NULL) == OK)
			trace_result_done(&r);
		if (trace_venues_run(&v, &w, cases, 6, 600, NULL) == OK)
			trace_venues_done(&v);
	}
	free(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes = malloc(size + 1);
	if (!bytes || size == 0) {
		free(bytes);
		return 0;
	}
	memcpy(bytes, data, size);
	if (!(data[size - 1] & 1))
		mend(bytes, size);
	struct segment *g = NULL;
	struct err e;
	bool bad_place, bad_person;
	if (seg_open_bytes(&g, bytes, size, false, false, "fuzz", &bad_place, &bad_person, &e) == OK) {
		seg_verify(g, &e);
		ask(g);
		seg_unref(&g);
	} else {
		free(bytes);
	}
	return 0;
}
