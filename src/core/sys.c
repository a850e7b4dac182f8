/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sys.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

static int64_t real_now_ms(void *ctx)
{
	(void)ctx;
	struct timespec t;
	CHECK(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t real_mono_us(void *ctx)
{
	(void)ctx;
	struct timespec t;
	CHECK(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void real_random(void *ctx, void *out, size_t n)
{
	(void)ctx;
	for (char *p = out; n > 0;) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0)
			continue; /* interrupted before enough entropy: ask again */
		p += got;
		n -= (size_t)got;
	}
}

const struct sys *sys_real(void)
{
	static const struct sys real = {real_now_ms, real_mono_us, real_random, NULL};
	return &real;
}

void dice_init(struct dice *d, uint64_t seed)
{
	for (int i = 0; i < 4; i++) { /* splitmix64 */
		uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
		z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
		z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
		d->s[i] = z ^ (z >> 31);
	}
}

static uint64_t rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* xoshiro256**, Blackman and Vigna 2018 (public domain algorithm). */
uint64_t dice_u64(struct dice *d)
{
	uint64_t *s = d->s, result = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;
	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t dice_below(struct dice *d, uint64_t n)
{
	CHECK(n > 0);
	uint64_t least = (uint64_t)(0 - n) % n; /* values below would favour small results */
	for (;;) {
		uint64_t x = dice_u64(d);
		if (x >= least)
			return x % n;
	}
}

double dice_unit(struct dice *d)
{
	return (double)(dice_u64(d) >> 11) * 0x1.0p-53;
}

static int64_t sim_now_ms(void *ctx)
{
	return ((struct sys_sim *)ctx)->now;
}

static int64_t sim_mono_us(void *ctx)
{
	return ((struct sys_sim *)ctx)->now * 1000;
}

static void sim_random(void *ctx, void *out, size_t n)
{
	struct sys_sim *sim = ctx;
	struct dice d;
	memcpy(d.s, sim->state, sizeof d.s);
	for (char *p = out; n > 0;) {
		uint64_t x = dice_u64(&d);
		size_t k = n < sizeof x ? n : sizeof x;
		memcpy(p, &x, k);
		p += k;
		n -= k;
	}
	memcpy(sim->state, d.s, sizeof d.s);
}

void sys_sim_init(struct sys_sim *sim, uint64_t seed, int64_t now_ms)
{
	struct dice d;
	dice_init(&d, seed);
	memcpy(sim->state, d.s, sizeof d.s);
	sim->now = now_ms;
	sim->sys = (struct sys){sim_now_ms, sim_mono_us, sim_random, sim};
}
