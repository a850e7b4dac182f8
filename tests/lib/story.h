/* SPDX-License-Identifier: Apache-2.0
 *
 * story.h - histories of a county, made from a seed: what a health office would report in a few days of testing, told by several
 * devices, and mixed with facts that are drawn from the descriptors alone. Few entities and few instants, so that everything
 * meets everything: equal times, tubes that two devices opened, results that were corrected, swabs that came after the result.
 */
#ifndef SUSHUI_TESTS_STORY_H
#define SUSHUI_TESTS_STORY_H

#include "world.h"

struct story_fact {
	struct str text; /* JSON of the whole fact */
	bool admin;      /* delivered first, in order: what later facts are judged by */
};
struct story {
	struct story_fact *f;
	size_t n, cap;
	uint64_t seed;
	struct arena a;
};
enum story_mode {
	STORY_ANY_ORDER, /* only facts whose order of arrival must not matter */
	STORY_ALL,       /* also users and erasures, which are judged by what is there */
};

/* About `size` facts beside the administrative ones. */
void story_make(struct story *s, uint64_t seed, enum story_mode mode, size_t size);
void story_free(struct story *s);
/* Moves all of it to another county (six digits), so that many stories fit into one world. The text must not have been moved before. */
void story_move(struct story *s, int county);

/* One fact of that kind drawn from its descriptor alone, as text in arena a. */
struct str story_random_fact(struct arena *a, struct dice *d, const struct fact_kind *k, bool two_outbreaks);

/* An order of delivery: indexes into the story, some twice or more. In the arena of the story. */
struct story_plan {
	const size_t *at;
	size_t n;
};
struct story_plan story_in_order(struct story *s);
struct story_plan story_shuffled(struct story *s, struct dice *d);

/* Hands the facts in, in groups of random size. keep (may be NULL) says which facts take part; codes (may be NULL) gets the
 * first verdict on each. reopen: the ledger is closed and opened now and then. A copy that is not taken for the very
 * fact fails the test. */
void story_deliver(struct world *w, const struct story *s, struct story_plan plan, const bool *keep, enum err_code *codes,
		   struct dice *d, bool reopen);

/* Removes facts (keep[i] = false) while fails() still says true. */
void story_shrink(const struct story *s, bool *keep, bool (*fails)(void *ctx, const struct story *s, const bool *keep), void *ctx);
void story_print(const struct story *s, const bool *keep);

#endif
