/* SPDX-License-Identifier: Apache-2.0 */
#include "trace/sort.h"

#include <string.h>

#define DIGIT 11
#define BUCKETS (1u << DIGIT)

/* Short inputs: moving elements beats counting them. */
static void keyed_insertion(struct keyed *a, size_t n, uint64_t mask)
{
	for (size_t i = 1; i < n; i++) {
		struct keyed x = a[i];
		size_t k = i;
		for (; k > 0 && (a[k - 1].key & mask) > (x.key & mask); k--)
			a[k] = a[k - 1];
		a[k] = x;
	}
}

/* One stable pass on the digit at `shift`. False when all elements share the digit and nothing was moved. */
static bool keyed_pass(const struct keyed *from, struct keyed *to, size_t n, unsigned shift,
		       uint64_t digit_mask)
{
	size_t count[BUCKETS] = {0};
	for (size_t i = 0; i < n; i++)
		count[(from[i].key >> shift) & digit_mask]++;
	if (count[(from[0].key >> shift) & digit_mask] == n)
		return false;
	size_t at = 0;
	for (size_t b = 0; b < BUCKETS; b++) {
		size_t c = count[b];
		count[b] = at;
		at += c;
	}
	for (size_t i = 0; i < n; i++)
		to[count[(from[i].key >> shift) & digit_mask]++] = from[i];
	return true;
}

void keyed_sort(struct keyed *a, struct keyed *tmp, size_t n, unsigned bits)
{
	uint64_t mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	if (n <= 48) {
		keyed_insertion(a, n, mask);
		return;
	}
	struct keyed *from = a, *to = tmp;
	for (unsigned shift = 0; shift < bits; shift += DIGIT) {
		unsigned left = bits - shift;
		uint64_t digit_mask = left >= DIGIT ? BUCKETS - 1 : (UINT64_C(1) << left) - 1;
		if (!keyed_pass(from, to, n, shift, digit_mask))
			continue;
		struct keyed *t = from;
		from = to;
		to = t;
	}
	if (from != a)
		memcpy(a, from, n * sizeof *a);
}

static void sift(uint64_t *a, size_t at, size_t n)
{
	uint64_t x = a[at];
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && a[child + 1] > a[child])
			child++;
		if (a[child] <= x)
			break;
		a[at] = a[child];
	}
	a[at] = x;
}

static void heap_sort(uint64_t *a, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(a, i, n);
	for (size_t i = n; i-- > 1;) {
		uint64_t x = a[0];
		a[0] = a[i];
		a[i] = x;
		sift(a, 0, i);
	}
}

static void swap(uint64_t *a, uint64_t *b)
{
	uint64_t x = *a;
	*a = *b;
	*b = x;
}

/* Quicksort with the median of three; `depth` bounds bad luck, then the heap takes over. */
static void quick(uint64_t *a, size_t n, int depth)
{
	while (n > 24) {
		if (depth-- == 0) {
			heap_sort(a, n);
			return;
		}
		size_t mid = n / 2;
		if (a[mid] < a[0])
			swap(&a[mid], &a[0]);
		if (a[n - 1] < a[0])
			swap(&a[n - 1], &a[0]);
		if (a[n - 1] < a[mid])
			swap(&a[n - 1], &a[mid]);
		uint64_t pivot = a[mid];
		size_t i = 0, k = n - 1;
		for (;;) {
			while (a[i] < pivot)
				i++;
			while (a[k] > pivot)
				k--;
			if (i >= k)
				break;
			swap(&a[i++], &a[k--]);
		}
		quick(a + k + 1, n - k - 1, depth);
		n = k + 1;
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t x = a[i];
		size_t k = i;
		for (; k > 0 && a[k - 1] > x; k--)
			a[k] = a[k - 1];
		a[k] = x;
	}
}

void u64_sort(uint64_t *a, size_t n)
{
	quick(a, n, 2 * (int)bits_of(n));
}
