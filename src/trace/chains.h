/* SPDX-License-Identifier: Apache-2.0
 *
 * chains.h - who infected whom: a transmission graph in which a case may have several possible infectors, and
 * what follows from it: generations, offspring, serial intervals, components, defects; and the reproduction
 * number over time.
 *
 * Published line lists hold cycles, self-infection, unknown names, dates in the wrong order. None of that
 * stops the analysis: each defect is listed with the cases it concerns, the rest is used. A competing
 * hypothesis is no defect.
 *
 * The graph owns copies of the ids; everything it returns lives until chains_done. Days are calendar day
 * numbers (caltime.h), CHAIN_NO_DAY when unknown. No function here keeps state or draws random numbers.
 */
#ifndef SUSHUI_TRACE_CHAINS_H
#define SUSHUI_TRACE_CHAINS_H

#include "core/err.h"

#define CHAIN_NO_DAY INT32_MIN
#define CHAIN_NONE UINT32_MAX

struct chain_case {
	struct str id;
	int32_t infected, onset, admitted, ended; /* days, in the order in which they should come */
	int32_t stated_generation;                /* as the source gives it; -1 unknown */
};
struct chain_link {
	struct str infector, infectee;
};

enum chain_defect_kind {
	CHAIN_DUPLICATE_CASE,    /* the id is listed again; the first row is used */
	CHAIN_DUPLICATE_LINK,    /* the same pair again; counted once */
	CHAIN_SELF_LINK,         /* infected by himself; left out */
	CHAIN_UNLISTED_INFECTOR, /* an infector who is not in the line list; kept as a case without dates */
	CHAIN_UNLISTED_INFECTEE, /* the same for an infectee */
	/* these infect each other in a circle; the one with the first onset is taken as its root */
	CHAIN_CYCLE,
	CHAIN_NEGATIVE_INTERVAL,  /* the infectee's onset comes before the infector's */
	CHAIN_INFECTED_TOO_EARLY, /* infected before the infector was */
	CHAIN_DATES_OUT_OF_ORDER, /* infection, onset, admission, end of one case do not follow each other */
	CHAIN_GENERATION_DIFFERS, /* stated generation is not the infector's plus one, for no infector of the
				     case */
	CHAIN_DEFECT__N,
};
struct chain_defect {
	enum chain_defect_kind kind;
	uint32_t at;          /* row of the case or link list, from 0; CHAIN_NONE for cycles */
	uint32_t a, b;        /* nodes; b CHAIN_NONE when one case is concerned */
	const uint32_t *ring; /* members of a cycle, each infected by the next; NULL otherwise */
	uint32_t ring_n;
};

struct chain_node {
	struct str id;
	int32_t infected, onset, admitted, ended, stated_generation;
	bool listed;         /* in the line list */
	uint32_t generation; /* 0 for roots; else the least over its possible infectors, plus one */
	uint32_t generation_most; /* the most; CHAIN_NONE when a cycle stands above it */
	uint32_t component;  /* number of its connected component, by smallest node */
	const uint32_t *infectors, *infectees; /* nodes, ascending */
	uint32_t infectors_n, infectees_n;
};

struct chains {
	struct chain_node *nodes; /* listed cases in order of the list, then unlisted ones */
	uint32_t nodes_n, listed_n, links_n, components_n;
	struct chain_defect *defects; /* by kind, row */
	uint32_t defects_n;
	void *memory;
};

/* O((cases + links) log) time. Refusal: ERR_TOO_LARGE above 100 million rows. ERR_MEMORY. Undone by
 * chains_done. */
enum err_code chains_new(struct chains **out, const struct chain_case *cases, size_t cases_n,
			 const struct chain_link *links, size_t links_n, struct err *e);
void chains_done(struct chains **c); /* accepts a pointer to NULL, leaves NULL */
const char *chain_defect_name(enum chain_defect_kind kind); /* "self_link" */

/* Persons by generation, all or those with a link only: out[g] for g < cap; returns the number of
 * generations. */
size_t chains_generations(const struct chains *c, bool linked_only, size_t *out, size_t cap);

struct chain_summary {
	size_t n;
	double mean, sd, median; /* sd with n - 1; 0 when n < 2 */
	int32_t least, most;
};
/* Onset of the infectee minus onset of the infector, in days, over all links where both are known. */
struct chain_summary chains_intervals(const struct chains *c);

/* Offspring: counts[k] = cases who infected k others, k < cap (the last takes all above); mean and the
 * negative binomial dispersion k by maximum likelihood (INFINITY when not more dispersed than Poisson).
 * listed_only leaves out unlisted nodes. */
struct chain_offspring {
	size_t cases_n, most;
	double mean, dispersion;
};
struct chain_offspring chains_offspring(const struct chains *c, bool listed_only, size_t *counts, size_t cap);

/* Source candidates of a case: its possible infectors with the share each has when intervals are drawn from
 * the distribution si[0 .. si_n-1] (chance of an interval of k days), most likely first. When no share can be
 * computed (dates unknown or impossible) all are equal. Returns how many; at most cap are written. */
struct chain_source {
	uint32_t node;
	double share;
};
size_t chains_sources(const struct chains *c, uint32_t node, const double *si, size_t si_n,
		      struct chain_source *out, size_t cap);

/* --- reproduction number over time: Cori, Ferguson, Fraser, Cauchemez 2013  */

struct cori_r {
	uint32_t t_start, t_end; /* days of the window, from 1 */
	bool known;              /* false before the mean serial interval has passed: the rest is NAN */
	double mean, sd, q025, q05, q25, median, q75, q95, q975;
};
/* Infections on day t are Poisson with mean R * sum over s of incidence[t - s] * si[s]; R has a gamma prior
 * (shape, scale) and is constant in windows of `window` days that end on days window + 1 .. days_n.
 * incidence[0] is day 1, whose cases count as imported; `imported` (may be NULL) gives those of later days.
 * si[0] is lag 0 and must be 0, the sum is 1. out holds days_n entries; *out_n of them are written. Refusals:
 * ERR_BAD_VALUE. Within 1e-9 of the closed form. */
enum err_code cori_weekly(const double *incidence, const double *imported, size_t days_n, const double *si,
			  size_t si_n, uint32_t window, double prior_shape, double prior_scale,
			  struct cori_r *out, size_t *out_n, struct err *e);
/* The distribution of a serial interval of given mean and sd (days, mean > 1) over whole days: a gamma
 * distribution shifted by one day, made discrete. out[0] = 0. */
enum err_code cori_discrete(double mean, double sd, double *out, size_t n, struct err *e);
/* Regularised lower incomplete gamma function P(a, x), and its inverse in x. a > 0. */
double gamma_p(double a, double x);
double gamma_p_inverse(double a, double p);

#endif
