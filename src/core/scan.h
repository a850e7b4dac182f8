/* SPDX-License-Identifier: Apache-2.0
 *
 * scan.h - where the next byte stands that a text parser must look at, sixteen bytes at a time.
 *
 * Shared by the JSON and CSV readers. Every function reads only [p, end). Each has a portable body,
 * which is also compiled where SSE2 is used, so that a test can hold one against the other.
 */
#ifndef SUSHUI_CORE_SCAN_H
#define SUSHUI_CORE_SCAN_H

#include "core/base.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* First byte in [p, end) that is '"', '\\' or below 0x20 (JSON's specials), or end.
 * *high is set when a byte >= 0x80 stands before it, and left alone otherwise. */
static inline const char *scan_json_portable(const char *p, const char *end, bool *high)
{
	unsigned char seen = 0;
	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '"' || c == '\\' || c < 0x20)
			break;
		seen |= c;
	}
	if (seen & 0x80)
		*high = true;
	return p;
}

/* First byte in [p, end) that is a, LF or CR, or end. */
static inline const char *scan_line_portable(const char *p, const char *end, char a)
{
	while (p < end && *p != a && *p != '\n' && *p != '\r')
		p++;
	return p;
}

#ifdef __SSE2__
static inline const char *scan_json(const char *p, const char *end, bool *high)
{
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x1F);
	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, slash));
		hit = _mm_or_si128(hit, _mm_cmpeq_epi8(_mm_min_epu8(x, space), x));
		unsigned hits = (unsigned)_mm_movemask_epi8(hit), highs = (unsigned)_mm_movemask_epi8(x);
		if (hits) {
			if (highs & ((hits & (0U - hits)) - 1))
				*high = true;
			return p + __builtin_ctz(hits);
		}
		if (highs)
			*high = true;
	}
	return scan_json_portable(p, end, high);
}

static inline const char *scan_line(const char *p, const char *end, char a)
{
	const __m128i va = _mm_set1_epi8(a), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr));
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_or_si128(hit, _mm_cmpeq_epi8(x, va)));
		if (hits)
			return p + __builtin_ctz(hits);
	}
	return scan_line_portable(p, end, a);
}
#else
#define scan_json scan_json_portable
#define scan_line scan_line_portable
#endif

#endif
