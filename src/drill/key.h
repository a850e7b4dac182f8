/* SPDX-License-Identifier: Apache-2.0
 *
 * key.h - randomness that is looked up, not drawn: every chance in the drill is a function of
 * (seed, purpose, who, when).
 *
 * Nothing depends on the order in which questions are asked, so any number of threads gives the same
 * bytes, a past day can be asked for again, and a rule that is changed moves only the chances it asks for.
 * Only integers take part. Owns no memory.
 */
#ifndef SUSHUI_DRILL_KEY_H
#define SUSHUI_DRILL_KEY_H

#include "core/base.h"

/* What a chance decides. A purpose is never used for two decisions; append, never reorder. */
enum purpose {
	/* the county, once */
	FOR_VILLAGE_SIZE,
	FOR_HOUSEHOLD,
	FOR_WORK,
	FOR_SHUFFLE,
	FOR_NEED,
	/* daily life */
	FOR_ATTENDANCE,
	FOR_REST,
	FOR_SHIFT,
	FOR_ERRAND,
	FOR_CROWD,
	FOR_LENGTH,
	/* the epidemic */
	FOR_IMMUNITY,
	FOR_IMPORT,
	FOR_ARRIVAL,
	FOR_EVENT,
	FOR_PARTNER,
	FOR_COURSE,
	FOR_SEVERITY,
	/* the response */
	FOR_REACH,
	FOR_SWAB,
	FOR_POOL,
	FOR_CARE,
	FOR_RECALL,
	FOR_COMPLY,
	/* the drill at the front door */
	FOR_COMING,
	FOR_REFUSAL,
	FOR_AWAY,
	FOR_LOSS,
	FOR_STAY,
	FOR_OTHER_ILLNESS,
	FOR_FAULT,
	FOR_DELAY,
	FOR__N,
};

struct keys {
	uint64_t k[FOR__N];
};

/* A bijection of 64 bits in which every input bit moves every output bit. */
static inline uint64_t key_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static inline void keys_init(struct keys *keys, uint64_t seed)
{
	for (uint64_t p = 0; p < FOR__N; p++)
		keys->k[p] = key_mix(key_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) +
			(p + 1) * UINT64_C(0xd1b54a32d192ed03));
}

/* 64 bits for (purpose, who, when). */
static inline uint64_t key_hash(const struct keys *keys, enum purpose p, uint32_t who, uint32_t when)
{
	return key_mix(keys->k[p] ^ (((uint64_t)who << 32 | when) * UINT64_C(0x9e3779b97f4a7c15)));
}

/* Uniform in 0 .. n-1 from the upper 32 bits of h (bias below n / 2^32). */
static inline uint32_t key_below(uint64_t h, uint32_t n)
{
	return (uint32_t)(((h >> 32) * n) >> 32);
}

/* True with the chance share / 65536, from the lower 32 bits of h. */
static inline bool key_hit(uint64_t h, uint32_t share_q16)
{
	return (h & 0xffffffffU) < (uint64_t)share_q16 << 16;
}

/* A permutation of 0 .. n-1 that can be asked in both directions for one element: multiplications and
 * shifts modulo the next power of two, walked until inside. */
struct perm {
	uint32_t n, mask;
	uint32_t mul[3], inv[3], add[2];
	int shift;
};

/* The inverse of an odd number modulo 2^32: Newton's step doubles the bits that are right. */
static inline uint32_t perm_inverse_of(uint32_t a)
{
	uint32_t x = a * 3 ^ 2;
	for (int i = 0; i < 4; i++)
		x *= 2 - a * x;
	return x;
}

/* n from 1 to 2^31. The inverse multipliers are filled only when `back` is true. */
static inline void perm_init(struct perm *p, uint32_t n, uint64_t key, bool back)
{
	uint64_t second = key_mix(key);
	int bits = n > 1 ? 32 - __builtin_clz(n - 1) : 0;
	p->n = n;
	p->mask = (uint32_t)((UINT64_C(1) << bits) - 1);
	p->shift = (bits + 1) / 2;
	p->mul[0] = (uint32_t)key | 1;
	p->mul[1] = (uint32_t)(key >> 32) | 1;
	p->mul[2] = (uint32_t)second | 1;
	p->add[0] = (uint32_t)(second >> 32);
	p->add[1] = (uint32_t)(second >> 16);
	for (int i = 0; back && i < 3; i++)
		p->inv[i] = perm_inverse_of(p->mul[i]);
}

static inline uint32_t perm_at(const struct perm *p, uint32_t x)
{
	do {
		x = (x * p->mul[0] + p->add[0]) & p->mask;
		x ^= x >> p->shift;
		x = (x * p->mul[1] + p->add[1]) & p->mask;
		x ^= x >> p->shift;
		x = (x * p->mul[2]) & p->mask;
		x ^= x >> p->shift;
	} while (x >= p->n && p->mask);
	return x;
}

/* perm_back(p, perm_at(p, x)) == x. The shift is at least half the bits, so that it undoes itself. */
static inline uint32_t perm_back(const struct perm *p, uint32_t x)
{
	do {
		x ^= x >> p->shift;
		x = (x * p->inv[2]) & p->mask;
		x ^= x >> p->shift;
		x = ((x - p->add[1]) * p->inv[1]) & p->mask;
		x ^= x >> p->shift;
		x = ((x - p->add[0]) * p->inv[0]) & p->mask;
	} while (x >= p->n && p->mask);
	return x;
}

#endif
