/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/hash.h"

#include <string.h>

#define P1 UINT64_C(0x9E3779B185EBCA87)
#define P2 UINT64_C(0xC2B2AE3D27D4EB4F)
#define P3 UINT64_C(0x165667B19E3779F9)
#define P4 UINT64_C(0x85EBCA77C2B2AE63)
#define P5 UINT64_C(0x27D4EB2F165667C5)

static uint64_t rotate(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return v;
}

static uint64_t lane(uint64_t acc, uint64_t word)
{
	return rotate(acc + word * P2, 31) * P1;
}

static uint64_t merge(uint64_t h, uint64_t acc)
{
	return (h ^ lane(0, acc)) * P1 + P4;
}

static uint64_t finish(uint64_t h, const uint8_t *p, size_t n)
{
	for (; n >= 8; p += 8, n -= 8)
		h = rotate(h ^ lane(0, load64(p)), 27) * P1 + P4;
	if (n >= 4) {
		uint32_t w;
		memcpy(&w, p, sizeof w);
		h = rotate(h ^ (uint64_t)w * P1, 23) * P2 + P3;
		p += 4;
		n -= 4;
	}
	for (; n > 0; p++, n--)
		h = rotate(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}

uint64_t xxh64(const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t total = n;
	uint64_t h = P5;
	if (n >= 32) {
		uint64_t a = P1 + P2, b = P2, c = 0, d = 0 - P1;
		for (; n >= 32; p += 32, n -= 32) {
			a = lane(a, load64(p));
			b = lane(b, load64(p + 8));
			c = lane(c, load64(p + 16));
			d = lane(d, load64(p + 24));
		}
		h = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
		h = merge(merge(merge(merge(h, a), b), c), d);
	}
	return finish(h + total, p, n);
}
