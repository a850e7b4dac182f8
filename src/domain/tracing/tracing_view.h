/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing_view.h - what a computed query holds while it runs: the county's stays and places at one moment. Internal to tracing.
 */
#ifndef SUSHUI_DOMAIN_TRACING_VIEW_H
#define SUSHUI_DOMAIN_TRACING_VIEW_H

#include <stdatomic.h>

#include "domain/tracing/engine.h"
#include "domain/tracing/tracing_ids.h"
#include "trace/trace.h"

/* Types of places for the engine: 0 = not registered, else people's type + 1. */
#define PLACE_TYPES_N 14

struct tracing_view {
	atomic_int refs;
	struct visits_view *visits;
	uint8_t *place_type;    /* by number */
	uint32_t *place_parent; /* by number; NULL when no place is part of another */
	size_t places_n;
	const struct ids *ids;
	uint32_t ids_n;         /* numbers above are not of this moment */
	const struct protocol_book *protocols;
};
/* Catches up with what db shows and gives the view; give it back with tracing_view_release. */
enum err_code tracing_view_get(struct tracing_engine *g, struct db *db, int64_t county, struct tracing_view **out, struct err *e);
void tracing_view_release(struct tracing_view **v);
/* The number of an id, IDS_NONE when the engine never met it. Takes the county's lock. */
uint32_t tracing_number(struct tracing_engine *g, int64_t county, struct id id);
/* The same, giving one when there is none: for cases and links of persons without any stay. */
enum err_code tracing_number_new(struct tracing_engine *g, int64_t county, struct id id, uint32_t *out, struct err *e);

/* A stay as the engine counts it: whole seconds, a length that is not known becomes the usual one of the type. False: outside of what a
 * store holds. */
bool tracing_stay(uint32_t person, uint32_t place, size_t type, int64_t from_ms, int64_t until_ms, struct visit *out);

/* tracing_rules.c: the rule of each type of place under an edition (NULL: our defaults), with where each number comes from. */
struct tracing_rule_source {
	enum protocol_mark mark;
	struct str source; /* of the edition; empty for ours */
};
struct tracing_rule_set {
	struct trace_rule rule[PLACE_TYPES_N];
	struct tracing_rule_source min_from[PLACE_TYPES_N], linger_from[PLACE_TYPES_N];
	struct trace_rules rules; /* points into rule */
};
void tracing_rules_of(struct tracing_rule_set *out, const struct protocol *p);
/* min_minutes, linger_minutes: for every type; below 0 = as they are. */
void tracing_rules_override(struct tracing_rule_set *s, int64_t min_minutes, int64_t linger_minutes);
/* "unknown", "home", ... */
const char *tracing_type_name(size_t type);
/* Seconds put in for a stay of unknown length. */
uint32_t tracing_usual_s(size_t type);

#endif
