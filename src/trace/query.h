/* SPDX-License-Identifier: Apache-2.0
 *
 * query.h - the inside of a running query (private to src/trace).
 */
#ifndef SUSHUI_TRACE_QUERY_H
#define SUSHUI_TRACE_QUERY_H

#include "trace/sort.h"
#include "trace/store.h"
#include "trace/trace.h"

/* --- ties: encounters, links, nesting ---------------------------------------------------------------- */

struct meet { /* an encounter seen from `a` */
	uint32_t a, b, start, end;
};
struct tie { /* a link seen from `a` */
	uint32_t a, b, at, kind;
};
struct trace_ties {
	struct meet *meet; /* both directions, by a, start, end, b */
	size_t meets_n;
	struct tie *tie; /* both directions, by a, at, b, kind */
	size_t ties_n;
	uint32_t persons_n; /* largest person + 1 */
	/* Nesting, by place below places_n: a walk through all trees in which every subtree is one
	 * stretch. */
	size_t places_n;  /* 0 when places do not nest */
	uint32_t *parent;
	uint32_t *tour;   /* places in order of the walk */
	uint32_t *at;     /* position of a place in the tour */
	uint32_t *size;   /* places in its subtree, itself included */
};
/* Entries of one person: [*lo, *hi). */
void ties_meets(const struct trace_ties *t, uint32_t person, size_t *lo, size_t *hi);
void ties_links(const struct trace_ties *t, uint32_t person, size_t *lo, size_t *hi);
static inline bool ties_nested(const struct trace_ties *t, uint32_t place)
{
	return t && place < t->places_n && (t->parent[place] != TRACE_NONE || t->size[place] > 1);
}

/* When which of the equivalent ways is taken. Only tests change these, to make every way meet small
 * worlds. */
struct trace_tuning {
	size_t listed_spans; /* up to so many sources, a hop is listed even when no evidence is asked for */
	size_t few_sources;  /* up to so many source stays at a place, pairs are counted without sums */
	size_t alone_groups; /* up to so many places, one thread sweeps alone */
	size_t sources_max;  /* source stays held at a time */
	size_t spans_step;   /* persons whose stays are gathered between looks at the number held */
};
extern struct trace_tuning trace_tuning;

/* --- a hop ------------------------------------------------------------------------------------------- */

/* Somebody who exposes others from `from` until `to`. */
struct span {
	uint32_t person, from, to;
};

struct exposures {
	struct trace_exposure *p;
	size_t n, cap_n;
};

struct run {
	const struct trace_world *w;
	const struct trace_query *q;
	const struct trace_rules *rules;
	uint32_t persons_n; /* bound of all persons that can occur */
	uint64_t *blocked;  /* one bit a person: cases and earlier hops */
	struct span *span;  /* sources of the hop at hand, by person, from */
	size_t spans_n;
	struct trace_stats stats;
	bool cumulative;    /* some rule adds up */
	enum err_code rc;   /* first error of the enumeration */
	struct err *e;
};

static inline bool bit_at(const uint64_t *bits, uint32_t i)
{
	return bits[i >> 6] >> (i & 63) & 1;
}
static inline void bit_set(uint64_t *bits, uint32_t i)
{
	bits[i >> 6] |= UINT64_C(1) << (i & 63);
}
static inline const struct trace_rule *rule_of(const struct run *r, uint32_t place)
{
	return &r->rules->type[place < r->w->places_n ? r->w->place_type[place] : 0];
}
static inline bool cancelled(const struct run *r)
{
	return r->q->cancel && atomic_load_explicit(r->q->cancel, memory_order_relaxed);
}
enum err_code run_cancelled(struct run *r);

/* A stay of a source, cut to its span; `end` without linger. */
struct source {
	uint32_t person, place, start, end, flags;
};

/* pairs.c: every exposure of the hop's sources to persons who are not blocked, unsorted. */
enum err_code pairs_of_hop(struct run *r, uint32_t hop, struct exposures *out);
/* Every exposure of one person to the hop's sources. */
enum err_code pairs_of_person(struct run *r, uint32_t hop, uint32_t person, struct exposures *out);
/* Applies cumulative rules from [from, out->n) and sorts that stretch. */
enum err_code exposures_finish(struct run *r, struct exposures *out, size_t from);
/* An exposure found by hit. */
typedef void hit_fn(void *ctx, const struct source *s, uint32_t person, uint32_t place, uint32_t start,
		    uint32_t end, uint32_t marks);
/* Exposures of one source stay at other places of its tree; calls hit. */
void pairs_nested(struct run *r, const struct source *s, hit_fn *hit, void *ctx, uint64_t *touched);
/* Exposures by encounters and links of all spans; calls hit with s->place = TRACE_BY_*. */
void pairs_by_ties(struct run *r, hit_fn *hit, void *ctx);
/* Calls `take` for every source stay of the spans [lo, hi), segment by segment. */
typedef void take_fn(void *ctx, const struct source *s);
void pairs_sources(struct run *r, size_t lo, size_t hi, take_fn *take, void *ctx);

/* sweep.c: contacts of the hop without listing exposures; cumulative rules are not possible here. Appends to
 * out (heap). */
enum err_code sweep_hop(struct run *r, uint32_t hop, struct trace_contact **out, size_t *out_n,
			size_t *out_cap_n);

#endif
