/* SPDX-License-Identifier: Apache-2.0
 *
 * err.h - one form of error for the whole program.
 *
 * A function that can fail returns an enum err_code (OK is 0) and fills the struct err its caller
 * passes (NULL is allowed). On failure all other outputs are untouched. Texts are written for a
 * village clerk; they never hold personal data: `at` names a field or a file position, `what` the
 * rule that was broken, and only values of non-personal fields are repeated.
 */
#ifndef SUSHUI_CORE_ERR_H
#define SUSHUI_CORE_ERR_H

#include "core/str.h"

enum err_kind {
	KIND_OK,
	KIND_REFUSAL, /* a rule says no */
	KIND_ODD,     /* another party broke the format */
	KIND_FAULT,   /* disk, network, database, memory */
};

enum err_code {
#define ERR(name, http, kind, en, zh, hint_en, hint_zh) ERR_##name,
#include "core/errors.def"
#undef ERR
	ERR__N,
};
#define OK ERR_OK

struct err {
	enum err_code code;
	char at[160];   /* JSON pointer, "file:line", column name or address; may be empty */
	char what[280]; /* what is wrong and what would be right, one English sentence; may be empty */
};

/* Fills *e (if not NULL) and returns code, so that `return err_set(e, ...)` reads well. */
enum err_code err_set(struct err *e, enum err_code code, const char *at, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Puts a path in front of e->at: err_under(e, "/facts/3") turns "/body/tube" into "/facts/3/body/tube". */
void err_under(struct err *e, const char *prefix);
const char *err_name(enum err_code code);   /* stable machine word, e.g. "unknown_field" */
int err_http(enum err_code code);           /* HTTP status */
enum err_kind err_kind(enum err_code code);
/* Text for people. lang: "zh" or anything else for English. */
const char *err_text(enum err_code code, const char *lang);
const char *err_hint(enum err_code code, const char *lang);

#endif
