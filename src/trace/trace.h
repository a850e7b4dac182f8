/* SPDX-License-Identifier: Apache-2.0
 *
 * trace.h - who met a case, who met those, and where: exact contact tracing over a view of the visit store.
 *
 * The definition (docs/tracing.md has it in full, tests/sql/trace_definition.sql as SQL; the engine equals
 * both row for row):
 *
 *   A case is infectious in a window [from, to). Its stays, cut to the window and not empty, are *source
 *   stays* [a, b). Another person's stay [x, y) at the same place overlaps it by
 *   min(y, b + linger) - max(x, a) seconds, linger being how long the air stays infectious there. It is an
 *   *exposure* when the overlap is at least min_s of the place's type. Where places nest, the rule is that of
 *   the innermost place that contains both stays.
 *
 *   Hop 1: persons with an exposure who are no case. Hop k + 1: the source stays are the stays of hop k's
 *   persons that end after their first exposure, cut to begin there and to end where the person was isolated;
 *   whoever is a case or belongs to an earlier hop is left out.
 *
 *   Encounters (two persons, start, end) are exposures for their length inside the window; links (household,
 *   seat row) are exposures of no length at their time, or from the beginning of the window when they have
 *   none. A cumulative rule adds up the overlaps of one source person and one other person over all places of
 *   the type (or all their encounters); all of them count when the sum reaches min_s.
 *
 * A place's type and rules are the caller's data; changing them needs no rebuild. Nothing here restricts
 * anybody: results are proposals for an officer. All times are whole seconds since 1970, windows and stays
 * half-open.
 *
 * Results are owned by the caller and given back with the *_done call. Everything is deterministic: the same
 * world gives the same bytes, whatever the number of threads. Calls may run side by side on the same view.
 */
#ifndef SUSHUI_TRACE_TRACE_H
#define SUSHUI_TRACE_TRACE_H

#include <stdatomic.h>

#include "trace/visits.h"

#define TRACE_NONE UINT32_MAX                /* no place, no person, no time limit */
#define TRACE_BY_LINK (UINT32_MAX - 2)       /* stands for a place: exposed by a link */
#define TRACE_BY_ENCOUNTER (UINT32_MAX - 1)  /* stands for a place: exposed by an encounter */
#define TRACE_HOPS_MAX 16
#define TRACE_TYPES_MAX 256
#define TRACE_MIN_MAX UINT32_C(31622400)     /* largest min_s and linger_s */

struct trace_rule {
	uint32_t min_s;    /* least overlap of an exposure; 0 lets stays that only touch count */
	uint32_t linger_s; /* added to the end of source stays; not used for encounters */
	uint32_t usual_s;  /* length put in when a leaving time is unknown (trace_assume) */
	bool cumulative;   /* min_s is for the sum per source person and other person */
	bool off;          /* this type exposes nobody (a market as a whole, when its stalls are known) */
};

struct trace_rules {
	const struct trace_rule *type; /* by place type */
	size_t types_n;                /* at least 1 */
	struct trace_rule encounter;
};

struct trace_encounter {
	uint32_t a, b;
	uint32_t start, end;
};
struct trace_link {
	uint32_t a, b;
	uint32_t at;   /* TRACE_NONE: always */
	uint32_t kind; /* the caller's word: household, seat row, named in an interview */
};

/* What is known besides visits. All arrays belong to the caller and outlive the world. */
struct trace_world {
	const struct visits_view *view;
	const uint8_t *place_type;    /* by place; places from places_n on have type 0 */
	size_t places_n;
	const struct trace_ties *ties; /* encounters, links, nesting of places; NULL when there are none */
};

/* Indexes encounters, links and the nesting of places (place_parent by place, TRACE_NONE at the top; NULL
 * when places do not nest). The arrays are copied. Refusals: ERR_BAD_VALUE (at = "encounter N", "link N",
 * "place N") for a person met by himself, an end before the start, ids or times out of range, places that
 * contain each other. */
enum err_code trace_ties_new(struct trace_ties **out, const struct trace_encounter *enc, size_t enc_n,
			     const struct trace_link *links, size_t links_n, const uint32_t *place_parent,
			     size_t places_n, struct err *e);
void trace_ties_done(struct trace_ties **t); /* accepts a pointer to NULL, leaves NULL */

struct trace_case {
	uint32_t person;
	uint32_t from, to; /* infectious window; a person may have several */
};
struct trace_isolation {
	uint32_t person;
	uint32_t at; /* stays end here for the hops beyond */
};

struct trace_query {
	const struct trace_case *cases; /* any order */
	size_t cases_n;
	const struct trace_rules *rules;
	unsigned hops;          /* 1 .. TRACE_HOPS_MAX */
	unsigned evidence_hops; /* list every exposure of the hops up to this one; each costs memory per
				   exposure */
	bool want_via;          /* also find `via` for hops without evidence */
	bool any_order; /* hop 2 and on: do not cut at the first exposure but at the earliest window (an upper
			   bound) */
	const struct trace_isolation *isolated; /* sorted by person, one a person; may be NULL */
	size_t isolated_n;
	int threads;                /* 1 or 2 and more; 0 = 2 */
	size_t exposures_max;       /* most exposures listed; more is ERR_TOO_LARGE; 0 = 64 million */
	const atomic_bool *cancel;  /* ERR_BUSY soon after it becomes true; may be NULL */
};

struct trace_contact {
	uint32_t person;
	uint32_t hop;
	uint32_t first;     /* beginning of the first exposure */
	uint32_t place;     /* of the first exposure: smallest of those that begin then; or TRACE_BY_* */
	uint32_t via;       /* who exposed: smallest person of those; TRACE_NONE when not asked for */
	uint32_t via_case;  /* the case at the other end of the chain of via; TRACE_NONE like via */
	uint32_t score;     /* 0 .. 1000, see trace_score */
	uint32_t zero;
	uint64_t exposures; /* how many */
	uint64_t seconds;   /* sum of their overlaps */
};

enum trace_marks {
	TRACE_SOURCE_ASSUMED = 1, /* the leaving time of the source's stay was assumed */
	TRACE_OTHER_ASSUMED = 2,  /* of the other's stay */
};
struct trace_exposure {
	uint32_t person;
	uint32_t hop;
	uint32_t start, end; /* of the overlap; end - start seconds. Equal for links */
	uint32_t place;      /* of the person; TRACE_BY_ENCOUNTER, TRACE_BY_LINK */
	uint32_t via;        /* the source person */
	/* where the source was: differs from place only where places nest; kind of a link */
	uint32_t via_place;
	uint32_t marks;      /* enum trace_marks */
};

struct trace_stats {
	uint64_t sources; /* source stays followed */
	uint64_t touched; /* visits looked at */
	uint64_t pairs;   /* exposures counted */
};

struct trace_result {
	struct trace_contact *contacts; /* by hop, person */
	size_t contacts_n;
	size_t hop_n[TRACE_HOPS_MAX + 1];  /* persons of hop k at [k] */
	struct trace_exposure *exposures;  /* of hops up to evidence_hops, by hop, person, start, place, via,
					      end, via_place */
	size_t exposures_n;
	struct trace_stats stats;
};

/* Answers a query. Cost: hop 1 and hops with evidence or cumulative rules grow with exposures; the others
 * with the visits at the places touched (about 20 ns each), not with pairs. Memory: 32 bytes a person and
 * thread, 16 bytes a source stay (at most 4 million at a time). Refusals: ERR_BAD_VALUE for rules, hops or
 * windows out of range. Faults: ERR_MEMORY. */
enum err_code trace_run(struct trace_result *out, const struct trace_world *w, const struct trace_query *q,
			struct err *e);
void trace_result_done(struct trace_result *r);

/* Every exposure of one person of a result, whatever its hop: the evidence behind a name, on demand. The
 * world and query must be those of the result. Written as trace_result.exposures; only exposures are filled.
 */
enum err_code trace_evidence(struct trace_result *out, const struct trace_world *w,
			     const struct trace_query *q, const struct trace_result *of, uint32_t person,
			     struct err *e);

/* Risk rank of a contact, 0 .. 1000: 1000 * (1 - 2^-(hours + exposures / 8)) / hop^2, rounded down. */
uint32_t trace_score(uint32_t hop, uint64_t seconds, uint64_t exposures);

/* What-if: how many persons each hop would hold under each of several rule sets. out[r * (q->hops + 1) + k]
 * is hop k under rules[r]; out[...0] is the number of cases. The rule sets are shared out to the threads. */
enum err_code trace_what_if(size_t *out, const struct trace_world *w, const struct trace_query *q,
			    const struct trace_rules *rules, size_t rules_n, struct err *e);

/* Backward: places that link cases. Two stays of different cases, each cut to its window, are linked when
 * they are at most gap_s apart (0 = they touch or overlap). */
struct trace_venue {
	uint32_t place;
	uint32_t cases_n;    /* distinct cases with a linked stay */
	uint32_t visitors_n; /* distinct persons seen there between the earliest window and the latest, cases
				too */
	uint64_t links_n;    /* linked pairs of stays */
	double surprise; /* -log10 of the chance that so many of visitors_n persons are cases if cases were
			    drawn at random */
};
struct trace_venues {
	struct trace_venue *venues; /* by surprise, cases, links (largest first), place */
	size_t venues_n;
	uint64_t population_n; /* persons with a visit in that time */
};
enum err_code trace_venues_run(struct trace_venues *out, const struct trace_world *w,
			       const struct trace_case *cases, size_t cases_n, uint32_t gap_s, struct err *e);
void trace_venues_done(struct trace_venues *r);
/* -log10 P(X >= k), X hypergeometric: k of the `drawn` are among `marked` of `population`. */
double trace_surprise(uint64_t population, uint64_t marked, uint64_t drawn, uint64_t k);

/* What changed between two runs, and why. */
enum trace_change_kind {
	TRACE_ENTERED, /* was no contact */
	TRACE_LEFT,    /* is no contact any more */
	TRACE_MOVED,   /* is in another hop */
	TRACE_ALTERED, /* other first exposure, seconds or number of exposures */
};
struct trace_change {
	enum trace_change_kind kind;
	struct trace_contact before, after;       /* hop 0 where there is none */
	size_t gained_at, gained_n, lost_at, lost_n; /* its exposures in trace_changes.gained and .lost */
};
struct trace_changes {
	struct trace_change *changes; /* by person */
	size_t changes_n;
	struct trace_exposure *gained, *lost; /* exposures only in the new run, only in the old; by person */
	size_t gained_n, lost_n;
};
/* Compares; exposures are compared for hops that both results hold evidence of. */
enum err_code trace_diff(struct trace_changes *out, const struct trace_result *before,
			 const struct trace_result *after, struct err *e);
void trace_changes_done(struct trace_changes *c);

/* Gives visits without a leaving time (t_out == TRACE_NONE) the usual stay of their place's type and marks
 * them assumed. */
void trace_assume(struct visit *list, size_t n, const struct trace_rules *rules, const uint8_t *place_type,
		  size_t places_n);

#endif
