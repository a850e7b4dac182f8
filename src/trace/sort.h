/* SPDX-License-Identifier: Apache-2.0
 *
 * sort.h - the two sorts of the trace library: a stable radix sort of 64-bit keys with a 64-bit companion,
 * and an in-place sort of plain 64-bit numbers. Both depend on nothing but their input, so results are the
 * same everywhere.
 */
#ifndef SUSHUI_TRACE_SORT_H
#define SUSHUI_TRACE_SORT_H

#include "core/base.h"

struct keyed {
	uint64_t key;
	uint64_t val;
};

/* Sorts a[0..n) by the low `bits` bits of key, stable; tmp holds n elements. O(n * bits / 11). */
void keyed_sort(struct keyed *a, struct keyed *tmp, size_t n, unsigned bits);
/* Sorts numbers ascending, in place. O(n log n), O(n) for what is nearly sorted and short. */
void u64_sort(uint64_t *a, size_t n);
/* Number of bits needed to write v: 0 for 0. */
static inline unsigned bits_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

#endif
