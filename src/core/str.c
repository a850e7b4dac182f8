/* SPDX-License-Identifier: Apache-2.0 */
#include "core/str.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct str str_of(const char *c)
{
	return c ? (struct str){c, strlen(c)} : STR_NONE;
}

bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq_c(struct str a, const char *c)
{
	return str_eq(a, str_of(c));
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;
	if (d != 0)
		return d;
	return a.n < b.n ? -1 : a.n > b.n;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && is_blank(s.p[0]))
		s.p++, s.n--;
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

ptrdiff_t str_find(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? hit - s.p : -1;
}

struct str str_cut(struct str *rest, char sep)
{
	ptrdiff_t i = str_find(*rest, sep);
	struct str head = *rest;
	if (i < 0) {
		*rest = STR_NONE;
		return head;
	}
	head.n = (size_t)i;
	rest->p += i + 1;
	rest->n -= (size_t)i + 1;
	return head;
}

bool str_to_i64(struct str s, int64_t *out)
{
	bool neg = s.n > 0 && s.p[0] == '-';
	size_t i = neg ? 1 : 0;
	if (i == s.n || (s.p[i] == '0' && s.n > i + 1) || (neg && s.p[i] == '0'))
		return false;
	int64_t v = 0;
	for (; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';
		if (digit > 9)
			return false;
		if (__builtin_mul_overflow(v, (int64_t)10, &v) || __builtin_sub_overflow(v, (int64_t)digit, &v))
			return false;
	}
	/* v holds the negative, whose range is the larger one */
	if (!neg && __builtin_sub_overflow((int64_t)0, v, &v))
		return false;
	*out = v;
	return true;
}

bool str_to_f64(struct str s, double *out)
{
	char text[64];
	if (s.n == 0 || s.n >= sizeof text)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789+-.eE", s.p[i]) || s.p[i] == 0)
			return false;
	memcpy(text, s.p, s.n);
	text[s.n] = 0;
	static locale_t c_locale; /* the decimal sign must not depend on the user's language */
	if (!c_locale)
		c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	char *end = NULL;
	double v = strtod_l(text, &end, c_locale);
	if (*end != 0 || !isfinite(v))
		return false;
	*out = v;
	return true;
}

/* Length of the well-formed UTF-8 sequence at p (n bytes left), 0 when it is malformed (Unicode table 3-7). */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	unsigned char c = p[0];
	if (c < 0x80)
		return 1;
	size_t len = c >= 0xC2 && c <= 0xDF ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
	if (len == 0 || n < len)
		return 0;
	unsigned char low = 0x80, high = 0xBF;
	if (c == 0xE0)
		low = 0xA0;
	else if (c == 0xED)
		high = 0x9F;
	else if (c == 0xF0)
		low = 0x90;
	else if (c == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

bool str_is_utf8(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	for (size_t i = 0; i < s.n;) {
		size_t len = utf8_length(p + i, s.n - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

size_t str_chars(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return n;
}

size_t str_to_c(struct str s, char *dst, size_t cap)
{
	CHECK(cap > 0);
	size_t n = s.n < cap ? s.n : cap - 1;
	if (n < s.n)
		while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
			n--;
	if (n > 0)
		memcpy(dst, s.p, n);
	dst[n] = 0;
	return n;
}

uint64_t str_hash(struct str s)
{
	uint64_t h = UINT64_C(0x9E3779B97F4A7C15) ^ s.n;
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001B3);
	h ^= h >> 32;
	return h * UINT64_C(0xD6E8FEB86659FD93);
}
