/* SPDX-License-Identifier: Apache-2.0 */
#include "http/form.h"

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool decode(struct arena *a, struct str s, struct str *out)
{
	char *p = arena_try(a, s.n + 1);
	size_t n = 0;
	if (!p)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '+')
			c = ' ';
		else if (c == '%') {
			int high = i + 2 < s.n ? hex(s.p[i + 1]) : -1, low = i + 2 < s.n ? hex(s.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c == 0)
			return false;
		p[n++] = c;
	}
	*out = (struct str){p, n};
	return str_is_utf8(*out);
}

bool form_read(struct arena *a, struct str body, struct form_pair *out, size_t max, size_t *n)
{
	*n = 0;
	while (body.n > 0) {
		struct str value = str_cut(&body, '&'), name = str_cut(&value, '=');
		struct form_pair p;
		if (*n == max || !decode(a, name, &p.name) || p.name.n == 0 || !decode(a, value, &p.value))
			return false;
		for (size_t i = 0; i < *n; i++)
			if (str_eq(out[i].name, p.name))
				return false;
		out[(*n)++] = p;
	}
	return true;
}

struct str form_get(const struct form_pair *pairs, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_c(pairs[i].name, name))
			return str_trim(pairs[i].value);
	return STR_NONE;
}
