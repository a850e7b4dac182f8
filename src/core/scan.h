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

/* First byte of [p, end) that does not belong to well-formed UTF-8, or end. */
static inline const char *scan_bad_utf8(const char *p, const char *end)
{
	while (p < end) {
		unsigned char c = (unsigned char)*p;
		if (c < 0x80) {
			p++;
			continue;
		}
		size_t left = (size_t)(end - p);
		if ((c & 0xF0) == 0xE0 && left >= 3) { /* most of the world's non-Latin text */
			unsigned char d = (unsigned char)p[1];
			if ((d & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (c == 0xE0 && d < 0xA0) || (c == 0xED && d > 0x9F))
				return p;
			p += 3;
			continue;
		}
		size_t n = c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
		if (n == 0 || left < n)
			return p;
		unsigned char d = (unsigned char)p[1];
		if ((d & 0xC0) != 0x80 || (c == 0xF0 && d < 0x90) || (c == 0xF4 && d > 0x8F))
			return p;
		if (n == 4 && ((p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80))
			return p;
		p += n;
	}
	return end;
}

/* First byte in [p, end) that is NUL or does not belong to well-formed UTF-8, or end. */
static inline const char *scan_bad_text(const char *p, const char *end)
{
	for (;;) {
#ifdef __SSE2__
		const __m128i zero = _mm_setzero_si128();
		while (end - p >= 16) {
			__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
			if (_mm_movemask_epi8(_mm_cmpgt_epi8(x, zero)) != 0xFFFF) /* signed: neither 0 nor above 0x7F */
				break;
			p += 16;
		}
#endif
		while (p < end && *p > 0)
			p++;
		if (p == end || *p == 0)
			return p;
		const char *stop = p;
		while (stop < end && (unsigned char)*stop >= 0x80)
			stop++;
		const char *bad = scan_bad_utf8(p, stop);
		if (bad != stop)
			return bad;
		p = stop;
	}
}

/* First byte in [p, end) that is a, b, LF or CR, or end. */
static inline const char *scan_field_portable(const char *p, const char *end, char a, char b)
{
	while (p < end && *p != a && *p != b && *p != '\n' && *p != '\r')
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

static inline const char *scan_field(const char *p, const char *end, char a, char b)
{
	const __m128i va = _mm_set1_epi8(a), vb = _mm_set1_epi8(b), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
	for (; end - p >= 16; p += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i line = _mm_or_si128(_mm_cmpeq_epi8(x, lf), _mm_cmpeq_epi8(x, cr));
		__m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, va), _mm_cmpeq_epi8(x, vb)), line);
		unsigned hits = (unsigned)_mm_movemask_epi8(hit);
		if (hits)
			return p + __builtin_ctz(hits);
	}
	return scan_field_portable(p, end, a, b);
}
#else
#define scan_json scan_json_portable
#define scan_field scan_field_portable
#endif

#endif
