/* SPDX-License-Identifier: Apache-2.0
 *
 * The writer of json.h: as few bytes as the grammar allows, in the manner of RFC 8785.
 */
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/scan.h"

static locale_t c_locale; /* the decimal sign must not depend on the user's language */

__attribute__((constructor)) static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	CHECK(c_locale);
}

/* No value ends in one of these bytes, so behind them nothing is to be separated. */
static inline bool needs_comma(const struct buf *b)
{
	if (b->n == 0)
		return false;
	char c = b->p[b->n - 1];
	return c != '{' && c != '[' && c != ':' && c != ',' && c != ' ' && c != '\n';
}

static inline void separate(struct buf *b)
{
	if (needs_comma(b))
		buf_add_byte(b, ',');
}

/* The characters of s with escapes, without the quotes. */
static __attribute__((noinline)) void add_escaped(struct buf *b, struct str s)
{
	static const char short_form[0x20] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	const char *end = s.p + s.n;
	for (const char *p = s.p; p < end;) {
		bool high = false;
		const char *stop = scan_json(p, end, &high);
		buf_add(b, p, (size_t)(stop - p));
		if (stop == end)
			return;
		unsigned char c = (unsigned char)*stop;
		char text[6] = {'\\', (char)c};
		size_t n = 2;
		if (c < 0x20 && short_form[c]) {
			text[1] = short_form[c];
		} else if (c < 0x20) {
			static const char hex[] = "0123456789abcdef";
			memcpy(text + 1, "u00", 3);
			text[4] = hex[c >> 4];
			text[5] = hex[c & 15];
			n = 6;
		}
		buf_add(b, text, n);
		p = stop + 1;
	}
}

/* "s" with `tail` behind it (a colon, or nothing when 0). */
static inline void add_string(struct buf *b, struct str s, char tail)
{
	char *start = buf_reserve(b, s.n + 4);
	if (!start)
		return;
	char *to = start;
	if (needs_comma(b))
		*to++ = ',';
	*to++ = '"';
	bool high = false;
	if (s.n == 0 || scan_json(s.p, s.p + s.n, &high) == s.p + s.n) {
		if (s.n)
			memcpy(to, s.p, s.n);
		to += s.n;
		*to++ = '"';
		if (tail)
			*to++ = tail;
		b->n += (size_t)(to - start);
		return;
	}
	b->n += (size_t)(to - start);
	add_escaped(b, s);
	buf_add(b, tail ? "\":" : "\"", tail ? 2 : 1);
}

void json_open(struct buf *b, char brace)
{
	CHECK(brace == '{' || brace == '[');
	separate(b);
	buf_add_byte(b, brace);
}

void json_close(struct buf *b, char brace)
{
	CHECK(brace == '}' || brace == ']');
	buf_add_byte(b, brace);
}

void json_key(struct buf *b, const char *key)
{
	add_string(b, str_of(key), ':');
}

void json_str(struct buf *b, struct str s)
{
	add_string(b, s, 0);
}

void json_c(struct buf *b, const char *text)
{
	add_string(b, str_of(text), 0);
}

void json_i64(struct buf *b, int64_t v)
{
	separate(b);
	buf_add_i64(b, v);
}

void json_bool(struct buf *b, bool v)
{
	separate(b);
	buf_add(b, v ? "true" : "false", v ? 4 : 5);
}

void json_raw(struct buf *b, struct str json_text)
{
	separate(b);
	buf_add_str(b, str_trim(json_text));
}

/* --- doubles ------------------------------------------------------------------------------------ */

struct decimal {
	char digits[24]; /* without point, first one not 0 */
	int n;
	int exponent; /* value = 0.digits * 10^exponent */
};

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/* Measured values have few decimals: v = u / 10^k with u below 10^15, where both are exact and the quotient
 * is rounded once. At most one decimal of up to 15 digits reads back as v, so the first k found is the shortest. */
static bool few_decimals(double v, struct decimal *d)
{
	if (!(v >= 1e-5 && v < 1e15))
		return false;
	for (int k = 0; k < (int)ARRAY_N(tens); k++) {
		double scaled = v * tens[k];
		if (scaled >= 1e15)
			return false;
		double u = nearbyint(scaled);
		if (u / tens[k] != v)
			continue;
		uint64_t left = (uint64_t)u;
		char text[24];
		int n = 0;
		for (; left; left /= 10)
			text[n++] = (char)('0' + left % 10);
		for (int i = 0; i < n; i++)
			d->digits[i] = text[n - 1 - i];
		d->n = n;
		d->exponent = n - k;
		return true;
	}
	return false;
}

static bool reads_back(const struct decimal *d, double v)
{
	char text[48];
	snprintf(text, sizeof text, "%.*se%d", d->n, d->digits, d->exponent - d->n);
	return strtod_l(text, NULL, c_locale) == v;
}

static void add_one(struct decimal *d)
{
	int i = d->n - 1;
	while (i >= 0 && d->digits[i] == '9')
		d->digits[i--] = '0';
	if (i >= 0) {
		d->digits[i]++;
	} else {
		d->digits[0] = '1';
		d->exponent++;
	}
}

/* The nearest decimal with the fewest digits that reads back. At a power of two the doubles above lie twice as far
 * apart as those below, so there the next decimal above may read back where the nearest does not. */
static void shortest(double v, struct decimal *d)
{
	for (int n = 1;; n++) {
		/* 15 digits always survive in a normal double, so shorter ones need no trial but at the ends of the range */
		if (n < 15 && v >= 1e-300)
			n = 15;
		char text[48];
		snprintf(text, sizeof text, "%.*e", n - 1, v);
		d->n = 0;
		const char *p = text;
		for (; *p != 'e'; p++)
			if (*p >= '0' && *p <= '9') /* whatever the locale puts between the digits is left out */
				d->digits[d->n++] = *p;
		d->exponent = atoi(p + 1) + 1;
		if (n >= 17 || reads_back(d, v))
			break;
		add_one(d);
		if (reads_back(d, v))
			break;
	}
	while (d->n > 1 && d->digits[d->n - 1] == '0')
		d->n--;
}

static void add_zeros(struct buf *b, int n)
{
	while (n-- > 0)
		buf_add_byte(b, '0');
}

void json_f64(struct buf *b, double v)
{
	if (!isfinite(v)) {
		json_null(b);
		return;
	}
	separate(b);
	if (v == 0) {
		buf_add_c(b, signbit(v) ? "-0.0" : "0"); /* "-0" would read back as the integer 0 */
		return;
	}
	if (v < 0)
		buf_add_byte(b, '-');
	struct decimal d;
	if (!few_decimals(fabs(v), &d))
		shortest(fabs(v), &d);
	while (d.n > 1 && d.digits[d.n - 1] == '0')
		d.n--;
	/* RFC 8785 goes to 21 digits, but many readers refuse integers that do not fit 64 bits */
	if (d.exponent > 18 || d.exponent < -5) {
		buf_add(b, d.digits, 1);
		if (d.n > 1)
			buf_add_byte(b, '.');
		buf_add(b, d.digits + 1, (size_t)d.n - 1);
		buf_printf(b, "e%+d", d.exponent - 1);
	} else if (d.exponent <= 0) {
		buf_add(b, "0.", 2);
		add_zeros(b, -d.exponent);
		buf_add(b, d.digits, (size_t)d.n);
	} else if (d.n <= d.exponent) {
		buf_add(b, d.digits, (size_t)d.n);
		add_zeros(b, d.exponent - d.n);
	} else {
		buf_add(b, d.digits, (size_t)d.exponent);
		buf_add_byte(b, '.');
		buf_add(b, d.digits + d.exponent, (size_t)(d.n - d.exponent));
	}
}
