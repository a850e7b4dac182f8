/* SPDX-License-Identifier: Apache-2.0 */
#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int http;
	enum err_kind kind;
	const char *en, *zh, *hint_en, *hint_zh;
} table[ERR__N] = {
#define ERR(name, http, kind, en, zh, hint_en, hint_zh) [ERR_##name] = {#name, http, kind, en, zh, hint_en, hint_zh},
#include "core/errors.def"
#undef ERR
};

/* errors.def writes names in capitals (they become constants); the machine word is the same in lower case. */
static char lower_names[ERR__N][32];

__attribute__((constructor)) static void make_lower_names(void)
{
	for (int i = 0; i < ERR__N; i++)
		for (size_t k = 0; table[i].name[k] && k + 1 < sizeof lower_names[i]; k++) {
			char c = table[i].name[k];
			lower_names[i][k] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
		}
}

enum err_code err_set(struct err *e, enum err_code code, const char *at, const char *fmt, ...)
{
	if (!e)
		return code;
	e->code = code;
	str_to_c(str_of(at), e->at, sizeof e->at);
	va_list ap;
	va_start(ap, fmt);
	char what[sizeof e->what * 2];
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	str_to_c(str_of(what), e->what, sizeof e->what);
	return code;
}

void err_under(struct err *e, const char *prefix)
{
	if (!e)
		return;
	char at[sizeof e->at * 2];
	snprintf(at, sizeof at, "%s%s", prefix, e->at);
	str_to_c(str_of(at), e->at, sizeof e->at);
}

const char *err_name(enum err_code code)
{
	return lower_names[code];
}

int err_http(enum err_code code)
{
	return table[code].http;
}

enum err_kind err_kind(enum err_code code)
{
	return table[code].kind;
}

static bool is_zh(const char *lang)
{
	return lang && strncmp(lang, "zh", 2) == 0;
}

const char *err_text(enum err_code code, const char *lang)
{
	return is_zh(lang) ? table[code].zh : table[code].en;
}

const char *err_hint(enum err_code code, const char *lang)
{
	return is_zh(lang) ? table[code].hint_zh : table[code].hint_en;
}
