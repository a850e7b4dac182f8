/* SPDX-License-Identifier: Apache-2.0
 *
 * score.h - what a drill at the front door came to: who was missed, how long each hand-over took, which post was the bottleneck, and
 * which duty, done when, would have cut which branch of the epidemic.
 *
 * score_take asks the server (it must still run) for its own view of duties, clocks, rounds and contacts; everything else comes from
 * the truth. Two runs of one scenario and seed give the same bytes of score_json: no time of this machine is in it. Owns its lists.
 */
#ifndef SUSHUI_DRILL_SCORE_H
#define SUSHUI_DRILL_SCORE_H

#include "core/buf.h"
#include "drill/front.h"
#include "drill/plan.h"

#define SCORE_NAME 40
#define SCORE_LESS_MIN 30

struct score_clock {
	char name[SCORE_NAME];
	int64_t limit_ms, n, p50_ms, p95_ms, worst_ms, late, running;
};
struct score_duty {
	char kind[SCORE_NAME];
	int64_t open, overdue, done, waived;
};
/* Why an infection was not prevented, by the state of who infected. */
enum score_cause {
	CAUSE_UNKNOWN,    /* nothing pointed to the infector yet */
	CAUSE_IN_TUBE,    /* swabbed, the tube was positive in truth, no result yet */
	CAUSE_RETEST,     /* in a positive tube, not yet known alone */
	CAUSE_NO_CASE,    /* known alone, no case yet */
	CAUSE_NOT_AWAY,   /* a case, not yet brought away */
	CAUSE_NOT_SIGNED, /* exposed to a known case, not yet signed as a contact */
	CAUSE_NOT_PLACED, /* signed, not yet in place */
	CAUSE_HOUSEHOLD,  /* kept at home, infected the household */
	CAUSE__N,
};
extern const char *const score_causes[], *const score_duties[]; /* by cause: text; the duty that would have cut it */

struct score_branch { /* an infection that an open duty would have prevented */
	uint32_t county, infector, infected; /* numbers of persons */
	enum score_cause cause;
	int64_t infected_at, known_at; /* since when the duty was open */
	int64_t done_at;               /* when it was done; 0: never */
	uint32_t branch_n;             /* infections that followed from it, itself included */
};

struct score {
	uint32_t days, counties_n;
	int64_t zero_day;          /* last day with an infection; -1: none */
	bool ended;                /* everything was done before the days were over */
	uint64_t persons, infected, imported, found, undetected;
	uint64_t person_days_away, person_days_home;
	uint64_t tubes, swabs, singles, door_swabs, refused, away, isolated;
	uint64_t cases, contacts, signatures, releases, still_held, rounds;
	uint64_t missed, twice, unlisted; /* persons of a round neither sampled nor excused; sampled twice; positive without a case */
	uint64_t links, links_in_window, links_found; /* infections of one another; inside the look-back; found by tracing */
	struct score_clock *clocks;
	size_t clocks_n, clocks_cap;
	struct score_duty *duties;
	size_t duties_n, duties_cap;
	struct score_branch *branches;
	size_t branches_n, branches_cap;
	uint64_t cause_n[CAUSE__N], cause_branch_n[CAUSE__N];
	struct plan_delays delays; /* medians that the clocks of this drill showed */
	struct plan_stage less[PLAN_STAGES]; /* half an hour less in each stage, in the pure simulator */
	uint32_t less_seeds;
	/* of the books, filled by who can read them */
	bool verified, rebuilt_same, audit_agrees, facts_agree;
	uint64_t facts_n;
	uint8_t digest[32];
};

enum err_code score_take(struct front *f, struct score *out, struct err *e);
void score_done(struct score *s);
/* Nobody missed, nobody twice, everything told is there, the books are whole. */
bool score_good(const struct score *s);
void score_text(const struct front *f, const struct score *s, struct buf *out);
void score_json(const struct front *f, const struct score *s, struct buf *out);
void score_html(const struct front *f, const struct score *s, struct buf *out); /* one file, plots as SVG, nothing fetched */

#endif
