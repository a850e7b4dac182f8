/* SPDX-License-Identifier: Apache-2.0
 *
 * form.h - the body of an HTML form (application/x-www-form-urlencoded) into names and values.
 */
#ifndef SUSHUI_HTTP_FORM_H
#define SUSHUI_HTTP_FORM_H

#include "core/arena.h"

struct form_pair {
	struct str name, value; /* decoded, in the arena; well-formed UTF-8 without NUL */
};

/* False when it is not well formed: a bad escape, text that is no UTF-8, a NUL byte, a name given twice, more than max pairs. */
bool form_read(struct arena *a, struct str body, struct form_pair *out, size_t max, size_t *n) MUST_USE;
/* The value of a name without blanks around it; STR_NONE when it is not there. */
struct str form_get(const struct form_pair *pairs, size_t n, const char *name);

#endif
