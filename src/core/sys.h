/* SPDX-License-Identifier: Apache-2.0
 *
 * sys.h - clock and dice as arguments. Nothing outside core/ asks the machine for the time or for
 * randomness; it asks the struct sys it was given. Tests and the drill pass one that is driven by a
 * seed, so that a whole county runs faster than real time and the same way twice.
 */
#ifndef SUSHUI_CORE_SYS_H
#define SUSHUI_CORE_SYS_H

#include "core/base.h"

struct sys {
	int64_t (*now_ms)(void *ctx);                 /* UTC milliseconds since 1970 */
	int64_t (*mono_us)(void *ctx);                /* monotonic microseconds, for durations */
	void (*random)(void *ctx, void *out, size_t n); /* unpredictable bytes (or seeded ones in tests) */
	void *ctx;
};

/* The machine's own clock and getrandom(2). */
const struct sys *sys_real(void);

/* A virtual clock and seeded dice. `now_ms` may be set at any time; it moves only when told to. */
struct sys_sim {
	struct sys sys; /* pass &sim.sys on */
	int64_t now;    /* UTC milliseconds */
	uint64_t state[4];
};
void sys_sim_init(struct sys_sim *sim, uint64_t seed, int64_t now_ms);

/* xoshiro256** with splitmix64 seeding: the one generator for tests, drill and planners. */
struct dice {
	uint64_t s[4];
};
void dice_init(struct dice *d, uint64_t seed);
uint64_t dice_u64(struct dice *d);
/* Uniform in 0 .. n-1 without bias; n >= 1. */
uint64_t dice_below(struct dice *d, uint64_t n);
double dice_unit(struct dice *d); /* uniform in [0, 1) */

#endif
