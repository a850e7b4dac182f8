/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules of exposure by type of place. An edition may set trace.TYPE.min_minutes and trace.TYPE.linger_minutes among its params, with mark
 * and source; where it does not, the numbers below hold. They are ours (mark R): what field teams use as a first cut,
 * to be set by whoever adopts the edition.
 */
#include <stdio.h>

#include "domain/people/people.h"
#include "domain/tracing/tracing_view.h"

static const struct {
	uint16_t min, linger, usual; /* minutes */
} ours[PLACE_TYPES_N] = {
	{15, 10, 60}, /* not registered */
	[PLACE_HOME + 1] = {1, 30, 600},
	[PLACE_WORK + 1] = {15, 15, 480},
	[PLACE_SCHOOL + 1] = {15, 15, 420},
	[PLACE_MARKET + 1] = {15, 0, 30},
	[PLACE_SHOP + 1] = {10, 5, 20},
	[PLACE_RESTAURANT + 1] = {10, 15, 60},
	[PLACE_CLINIC + 1] = {5, 15, 60},
	[PLACE_HOSPITAL + 1] = {10, 15, 120},
	[PLACE_CARE_HOME + 1] = {10, 15, 720},
	[PLACE_TRANSPORT + 1] = {5, 5, 30},
	[PLACE_LEISURE + 1] = {10, 15, 120},
	[PLACE_WORSHIP + 1] = {10, 15, 90},
	[PLACE_OTHER + 1] = {15, 10, 60},
};
_Static_assert(PLACE_OTHER + 2 == PLACE_TYPES_N, "one rule for each type of place");

const char *tracing_type_name(size_t type)
{
	return type == 0 || type >= PLACE_TYPES_N ? "unknown" : people_places[type - 1];
}

uint32_t tracing_usual_s(size_t type)
{
	return 60u * ours[type < PLACE_TYPES_N ? type : 0].usual;
}

static uint32_t read_param(const struct protocol *p, size_t type, const char *what, uint32_t otherwise, struct tracing_rule_source *from)
{
	char name[64];
	*from = (struct tracing_rule_source){.mark = MARK_R, .source = STR("")};
	snprintf(name, sizeof name, "trace.%s.%s", tracing_type_name(type), what);
	const struct protocol_param *found = p ? protocol_param_find(p, str_of(name)) : NULL;
	if (!found || found->kind != PARAM_NUMBER || found->number < 0 || found->number > TRACE_MIN_MAX / 60)
		return otherwise;
	*from = (struct tracing_rule_source){.mark = found->note.mark, .source = found->note.source};
	return (uint32_t)(60 * found->number);
}

void tracing_rules_of(struct tracing_rule_set *out, const struct protocol *p)
{
	for (size_t t = 0; t < PLACE_TYPES_N; t++)
		out->rule[t] = (struct trace_rule){
			.min_s = read_param(p, t, "min_minutes", 60u * ours[t].min, &out->min_from[t]),
			.linger_s = read_param(p, t, "linger_minutes", 60u * ours[t].linger, &out->linger_from[t]),
			.usual_s = tracing_usual_s(t),
		};
	out->rules = (struct trace_rules){.type = out->rule, .types_n = PLACE_TYPES_N};
}

void tracing_rules_override(struct tracing_rule_set *s, int64_t min_minutes, int64_t linger_minutes)
{
	for (size_t t = 0; t < PLACE_TYPES_N; t++) {
		if (min_minutes >= 0)
			s->rule[t].min_s = (uint32_t)(60 * min_minutes);
		if (linger_minutes >= 0)
			s->rule[t].linger_s = (uint32_t)(60 * linger_minutes);
	}
}
