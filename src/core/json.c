/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader is a loop with a stack of open containers; the writer is in json_write.c.
 */
#include "core/json.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/scan.h"

#define NODES_FIRST_MAX 65536
/* Objects up to this many members are checked for duplicate names member by member, larger ones by sorting once. */
#define COMPARE_MAX 32
/* Enough significant digits to round any decimal to the right double; the rest only says "a little more". */
#define DIGITS_MAX 780

struct frame {
	uint32_t node;    /* index of the container */
	uint32_t members; /* children read so far */
	uint64_t seen;    /* one bit per signature of a name: a clear bit means the name is new */
};

struct reader {
	struct arena *a;
	const char *text, *end;
	struct json *nodes;
	uint32_t n, cap;
	struct frame stack[JSON_DEPTH_MAX + 1]; /* [0] is the text itself */
	unsigned depth;
	struct err *e;
};

static locale_t c_locale; /* the decimal sign must not depend on the user's language */

__attribute__((constructor)) static void make_locale(void)
{
	c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	CHECK(c_locale);
}

/* --- errors ------------------------------------------------------------------------------------- */

static __attribute__((cold, noinline)) enum err_code fail(const struct reader *r, enum err_code code, const char *p,
	const char *what)
{
	unsigned long long line = 1, column = 1;
	for (const char *q = r->text; q < p; q++) {
		if (*q == '\n') {
			line++;
			column = 1;
		} else {
			column += ((unsigned char)*q & 0xC0) != 0x80;
		}
	}
	char at[64];
	snprintf(at, sizeof at, "line %llu column %llu", line, column);
	return err_set(r->e, code, at, "%s", what);
}

static enum err_code fail_full(const struct reader *r, const char *p)
{
	return fail(r, ERR_TOO_LARGE, p, "the text needs more memory than one request may take");
}

static __attribute__((cold, noinline)) enum err_code fail_expected(const struct reader *r, const char *p,
	const char *expected)
{
	char what[160];
	if (p == r->end)
		snprintf(what, sizeof what, "%s was expected, but the text ends here", expected);
	else if (*p > 0x20 && *p < 0x7F)
		snprintf(what, sizeof what, "%s was expected, not '%c'", expected, *p);
	else
		snprintf(what, sizeof what, "%s was expected, not byte 0x%02X", expected, (unsigned)(unsigned char)*p);
	return fail(r, ERR_BAD_JSON, p, what);
}

static __attribute__((cold, noinline)) enum err_code fail_twice(const struct reader *r, const struct json *member)
{
	/* a name without escapes lies in the text and shows its own place */
	uintptr_t key = (uintptr_t)member->key.p;
	bool inside = key > (uintptr_t)r->text && key < (uintptr_t)r->end;
	const char *p = inside ? member->key.p - 1 : r->text + member->offset;
	char name[64], what[128];
	str_to_c(member->key, name, sizeof name);
	snprintf(what, sizeof what, "the name \"%s\" may stand only once in an object", name);
	return fail(r, ERR_DUPLICATE_FIELD, p, what);
}

/* --- strings ------------------------------------------------------------------------------------ */

static enum err_code fail_utf8(const struct reader *r, const char *p)
{
	return fail(r, ERR_BAD_TEXT, p, "this byte does not belong to well-formed UTF-8");
}

/* Value of four hexadecimal digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
	if (end - p < 4)
		return -1;
	int v = 0;
	for (int i = 0; i < 4; i++) {
		char c = p[i], lower = (char)(c | 0x20);
		int digit = c >= '0' && c <= '9' ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
		if (digit < 0)
			return -1;
		v = v * 16 + digit;
	}
	return v;
}

static char *put_utf8(char *to, int c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	}
	return to;
}

/* One escape at *p ('\\' there), its character is added at *to. */
static enum err_code unescape(const struct reader *r, const char **p, const char *end, char **to)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *at = *p;
	const char *known = memchr(names, at[1], sizeof names - 1);
	if (known) {
		*(*to)++ = values[known - names];
		*p += 2;
		return OK;
	}
	if (at[1] != 'u')
		return fail(r, ERR_BAD_JSON, at, "after a backslash one of \" \\ / b f n r t u was expected");
	int c = hex4(at + 2, end);
	if (c < 0)
		return fail(r, ERR_BAD_JSON, at, "after \\u four hexadecimal digits were expected");
	if (c == 0)
		return fail(r, ERR_BAD_JSON, at, "the character \\u0000 is not allowed");
	*p += 6;
	if (c >= 0xD800 && c <= 0xDFFF) {
		int low = c < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u' ? hex4(*p + 2, end) : -1;
		if (low < 0xDC00 || low > 0xDFFF)
			return fail(r, ERR_BAD_JSON, at, "half of a surrogate pair was expected to have its other half");
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		*p += 6;
	}
	*to = put_utf8(*to, c);
	return OK;
}

/* A string whose first special byte, at p, is not its end. */
static __attribute__((noinline)) enum err_code read_escaped(struct reader *r, const char *start, const char **pp,
	bool high, struct str *out)
{
	const char *p = *pp;
	for (; p < r->end && *p != '"'; p = scan_json(p, r->end, &high)) {
		if (*p != '\\')
			return fail(r, ERR_BAD_JSON, p, "a control character in a string was expected to be escaped");
		if (r->end - p < 2)
			break;
		high |= p[1] & 0x80;
		p += 2;
	}
	if (r->end - p < 1 || *p != '"')
		return fail_expected(r, r->end, "the closing quote of a string");
	const char *bad = high ? scan_bad_utf8(start, p) : p;
	if (bad != p)
		return fail_utf8(r, bad);
	char *text = arena_try_raw(r->a, (size_t)(p - start)); /* unescaping never lengthens */
	if (!text)
		return fail_full(r, start);
	char *to = text;
	for (const char *q = start; q < p;) {
		const char *slash = memchr(q, '\\', (size_t)(p - q));
		size_t n = (size_t)((slash ? slash : p) - q);
		memcpy(to, q, n);
		to += n;
		q += n;
		enum err_code code = slash ? unescape(r, &q, p, &to) : OK;
		if (code != OK)
			return code;
	}
	arena_trim(r->a, text, (size_t)(p - start), (size_t)(to - text));
	*out = (struct str){text, (size_t)(to - text)};
	*pp = p + 1;
	return OK;
}

/* *pp stands behind the opening quote; it is moved behind the closing one. */
static inline enum err_code read_string(struct reader *r, const char **pp, struct str *out)
{
	const char *start = *pp;
	bool high = false;
	const char *p = scan_json(start, r->end, &high);
	if (p == r->end || *p != '"') {
		*pp = p;
		return read_escaped(r, start, pp, high, out);
	}
	if (high) {
		const char *bad = scan_bad_utf8(start, p);
		if (bad != p)
			return fail_utf8(r, bad);
	}
	*out = (struct str){start, (size_t)(p - start)};
	*pp = p + 1;
	return OK;
}

/* --- numbers ------------------------------------------------------------------------------------ */

static inline bool is_digit(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') <= 9;
}

/* The double nearest to the number in [p, end), which fits the grammar. */
static __attribute__((noinline)) double to_double(const char *p, const char *end)
{
	char text[DIGITS_MAX + 32];
	size_t n = 0;
	int64_t scale = 0, exponent = 0; /* value = digits * 10^(scale + exponent) */
	bool point = false, more = false, negative = *p == '-';
	for (p += negative; p < end && (*p | 0x20) != 'e'; p++) {
		if (*p == '.') {
			point = true;
			continue;
		}
		scale -= point;
		if (n == 0 && *p == '0')
			continue;
		if (n < DIGITS_MAX) {
			text[n++] = *p;
		} else {
			more |= *p != '0';
			scale++;
		}
	}
	if (n == 0)
		return negative ? -0.0 : 0.0;
	if (p < end) {
		bool down = p[1] == '-';
		for (p += 1 + (down || p[1] == '+'); p < end; p++)
			if (exponent < INT64_C(1000000000000))
				exponent = exponent * 10 + (*p - '0');
		if (down)
			exponent = -exponent;
	}
	if (more) { /* lifts a tie, changes nothing else */
		text[n++] = '1';
		scale--;
	}
	snprintf(text + n, sizeof text - n, "e%lld", (long long)(scale + exponent));
	double v = strtod_l(text, NULL, c_locale);
	return negative ? -v : v;
}

static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* A number that begins at p; *pp is moved behind it. */
static enum err_code read_number(struct reader *r, const char **pp, struct json *v)
{
	const char *start = *pp, *p = start, *end = r->end;
	bool negative = *p == '-';
	p += negative;
	if (!is_digit(p, end))
		return fail_expected(r, p, "a digit");
	const char *digits = p;
	uint64_t u = 0; /* may wrap; looked at only when there were few digits */
	do
		u = u * 10 + (uint64_t)(*p++ - '0');
	while (is_digit(p, end));
	if (*digits == '0' && p - digits > 1)
		return fail(r, ERR_BAD_JSON, digits, "a number without a leading zero was expected");
	ptrdiff_t digits_n = p - digits, decimals = 0;
	bool exponent = false;
	if (p < end && *p == '.') {
		const char *first = ++p;
		if (!is_digit(p, end))
			return fail_expected(r, p, "a digit after the decimal point");
		do
			u = u * 10 + (uint64_t)(*p++ - '0');
		while (is_digit(p, end));
		decimals = p - first;
		digits_n += decimals;
	}
	if (p < end && (*p | 0x20) == 'e') {
		exponent = true;
		p++;
		p += p < end && (*p == '+' || *p == '-');
		if (!is_digit(p, end))
			return fail_expected(r, p, "a digit of the exponent");
		while (is_digit(p, end))
			p++;
	}
	*pp = p;
	if (decimals == 0 && !exponent) {
		bool fits = digits_n <= 18 || (digits_n == 19 && u <= (uint64_t)INT64_MAX + negative);
		if (fits) {
			v->type = JSON_INT;
			v->i = (int64_t)(negative ? (uint64_t)0 - u : u);
			return OK;
		}
	}
	v->type = JSON_REAL;
	if (!exponent && digits_n <= 15) { /* both operands are exact, so one division rounds right */
		double f = (double)u / tens[decimals];
		v->f = negative ? -f : f;
		return OK;
	}
	v->f = to_double(start, p);
	if (!isfinite(v->f))
		return fail(r, ERR_BAD_JSON, start, "a number of at most 1.8e308 was expected");
	return OK;
}

/* --- containers --------------------------------------------------------------------------------- */

struct entry {
	uint64_t hash;
	const struct json *member;
};

static int entry_order(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	int d = str_cmp(a->member->key, b->member->key);
	return d ? d : (a->member > b->member) - (a->member < b->member);
}

/* Sorting keeps n log n even for names chosen so that their hashes meet. */
static enum err_code check_names(struct reader *r, const struct json *object)
{
	struct arena_mark m = arena_mark(r->a);
	struct entry *entries = arena_try_raw(r->a, sizeof *entries * object->n);
	if (!entries)
		return fail_full(r, r->text + object->offset);
	uint32_t n = 0;
	JSON_EACH(c, object)
		entries[n++] = (struct entry){str_hash(c->key), c};
	qsort(entries, n, sizeof *entries, entry_order);
	const struct json *first = NULL;
	for (uint32_t i = 1; i < n; i++)
		if (entries[i].hash == entries[i - 1].hash && str_eq(entries[i].member->key, entries[i - 1].member->key))
			if (!first || entries[i].member < first)
				first = entries[i].member;
	arena_rewind(r->a, m);
	return first ? fail_twice(r, first) : OK;
}

/* The newest node is a member of the open object: is its name new there? */
static inline enum err_code check_name(struct reader *r, struct frame *f, struct str key)
{
	unsigned h = (unsigned)key.n;
	if (key.n > 0)
		h += (unsigned char)key.p[0] * 5U + (unsigned char)key.p[key.n / 2] * 17U + (unsigned char)key.p[key.n - 1] * 37U;
	uint64_t bit = UINT64_C(1) << ((h * 2654435769U) >> 26);
	if (f->seen & bit && f->members <= COMPARE_MAX) {
		const struct json *last = &r->nodes[r->n - 1];
		for (const struct json *c = &r->nodes[f->node + 1]; c < last; c = json_next(c))
			if (str_eq(c->key, key))
				return fail_twice(r, last);
	}
	f->seen |= bit;
	return OK;
}

static __attribute__((noinline)) bool more_nodes(struct reader *r)
{
	if (r->cap > UINT32_MAX / 2)
		return false;
	struct json *nodes = arena_try_raw(r->a, sizeof *nodes * r->cap * 2);
	if (!nodes)
		return false;
	memcpy(nodes, r->nodes, sizeof *nodes * r->n);
	r->nodes = nodes;
	r->cap *= 2;
	return true;
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static inline enum err_code read_word(struct reader *r, const char **pp, const char *word, size_t n)
{
	if ((size_t)(r->end - *pp) < n || memcmp(*pp, word, n) != 0)
		return fail_expected(r, *pp, "a value (object, array, string, number, true, false or null)");
	*pp += n;
	return OK;
}

/* A value that is no container. */
static inline enum err_code read_scalar(struct reader *r, const char **pp, struct json *v)
{
	switch (**pp) {
	case '"':
		++*pp;
		v->type = JSON_STRING;
		return read_string(r, pp, &v->s);
	case 't':
		v->type = JSON_TRUE;
		return read_word(r, pp, "true", 4);
	case 'f':
		v->type = JSON_FALSE;
		return read_word(r, pp, "false", 5);
	case 'n':
		v->type = JSON_NULL;
		return read_word(r, pp, "null", 4);
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		return read_number(r, pp, v);
	default:
		return fail_expected(r, *pp, "a value (object, array, string, number, true, false or null)");
	}
}

/* Name and colon of the next member; *pp is left at the value. */
static inline enum err_code read_key(struct reader *r, const char **pp, struct str *key)
{
	const char *p = skip_blanks(*pp, r->end);
	if (p == r->end || *p != '"')
		return fail_expected(r, p, "the name of a member in double quotes");
	p++;
	enum err_code code = read_string(r, &p, key);
	if (code != OK)
		return code;
	p = skip_blanks(p, r->end);
	if (p == r->end || *p != ':')
		return fail_expected(r, p, "a colon after the name");
	*pp = p + 1;
	return OK;
}

/* Behind a complete value: closes containers until another value must follow (*more) or the text is over. */
static inline enum err_code read_rest(struct reader *r, const char **pp, bool *more)
{
	const char *p = *pp;
	for (;;) {
		p = skip_blanks(p, r->end);
		*pp = p;
		if (r->depth == 0) {
			*more = false;
			return p == r->end ? OK : fail_expected(r, p, "nothing after the value");
		}
		struct frame *f = &r->stack[r->depth];
		struct json *container = &r->nodes[f->node];
		bool object = container->type == JSON_OBJECT;
		if (p < r->end && *p == ',') {
			*pp = p + 1;
			*more = true;
			return OK;
		}
		if (p == r->end || *p != (object ? '}' : ']'))
			return fail_expected(r, p, object ? "a comma or }" : "a comma or ]");
		p++;
		r->depth--;
		container->n = f->members;
		container->next = r->n - f->node;
		enum err_code code = object && f->members > COMPARE_MAX ? check_names(r, container) : OK;
		if (code != OK)
			return code;
	}
}

/* Opens the container whose node is the newest; *closed when it is empty. */
static inline enum err_code open_container(struct reader *r, const char **pp, struct json *v, bool *closed)
{
	bool object = **pp == '{';
	if (r->depth == JSON_DEPTH_MAX)
		return fail(r, ERR_TOO_DEEP, *pp, "at most 32 levels of nesting were expected");
	v->type = object ? JSON_OBJECT : JSON_ARRAY;
	v->n = 0;
	const char *p = skip_blanks(*pp + 1, r->end);
	*closed = p < r->end && *p == (object ? '}' : ']');
	if (*closed)
		p++;
	else
		r->stack[++r->depth] = (struct frame){.node = r->n - 1};
	*pp = p;
	return OK;
}

static enum err_code read_value(struct reader *r, const char *p)
{
	bool more = true;
	enum err_code code = OK;
	while (more) {
		struct frame *f = &r->stack[r->depth];
		bool member = r->depth > 0 && r->nodes[f->node].type == JSON_OBJECT;
		struct str key = STR_NONE;
		if (member && (code = read_key(r, &p, &key)) != OK)
			return code;
		p = skip_blanks(p, r->end);
		if (p == r->end)
			return fail_expected(r, p, "a value");
		if (r->n == r->cap && !more_nodes(r))
			return fail_full(r, p);
		struct json *v = &r->nodes[r->n++];
		v->next = 1;
		v->offset = (uint32_t)(p - r->text);
		v->key = key;
		f->members++;
		if (member && (code = check_name(r, f, key)) != OK)
			return code;
		bool complete = true;
		if (*p == '{' || *p == '[') {
			code = open_container(r, &p, v, &complete);
		} else {
			v->n = 0;
			code = read_scalar(r, &p, v);
		}
		if (code == OK && complete)
			code = read_rest(r, &p, &more);
		if (code != OK)
			return code;
	}
	return OK;
}

enum err_code json_read(struct arena *a, struct str text, const struct json **root, struct err *e)
{
	struct reader r = {.a = a, .e = e};
	r.text = text.n ? text.p : "";
	r.end = r.text + text.n;
	if (text.n > UINT32_MAX / 2)
		return fail(&r, ERR_TOO_LARGE, r.text, "a text of at most 2 GiB was expected");
	struct arena_mark m = arena_mark(a);
	r.cap = text.n / 16 < NODES_FIRST_MAX ? (uint32_t)(text.n / 16) + 16 : NODES_FIRST_MAX;
	r.nodes = arena_try_raw(a, sizeof *r.nodes * r.cap);
	enum err_code code = r.nodes ? read_value(&r, r.text) : fail_full(&r, r.text);
	if (code != OK) {
		arena_rewind(a, m);
		return code;
	}
	arena_trim(a, r.nodes, sizeof *r.nodes * r.cap, sizeof *r.nodes * r.n);
	*root = r.nodes;
	return OK;
}

/* --- looking ------------------------------------------------------------------------------------ */

const struct json *json_first(const struct json *parent)
{
	bool container = parent->type == JSON_OBJECT || parent->type == JSON_ARRAY;
	return container && parent->n > 0 ? parent + 1 : NULL;
}

const struct json *json_next(const struct json *node)
{
	return node + node->next;
}

const struct json *json_get(const struct json *object, struct str key)
{
	if (object->type != JSON_OBJECT)
		return NULL;
	const struct json *c = object + 1;
	for (uint32_t i = 0; i < object->n; i++, c = json_next(c))
		if (str_eq(c->key, key))
			return c;
	return NULL;
}
