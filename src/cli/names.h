/* SPDX-License-Identifier: Apache-2.0
 *
 * names.h - texts as small integers: each new text gets the next number. For tables whose ids are any text.
 * Owns copies.
 */
#ifndef SUSHUI_CLI_NAMES_H
#define SUSHUI_CLI_NAMES_H

#include "core/str.h"

#define NAMES_NONE UINT32_MAX

struct names {
	struct str *text; /* by number */
	uint32_t n, cap_n;
	uint32_t *slot; /* hash table of number + 1 */
	size_t slots_n;
	char *block; /* where the next copies go; the first word of a block points to the one before */
	size_t block_left_n;
	char *blocks;
};

/* A zeroed struct is empty. */
void names_done(struct names *m);
/* The number of a text, given out now when it is new. NAMES_NONE when memory is out. */
uint32_t names_number(struct names *m, struct str text);
/* The number of a text that is there, else NAMES_NONE. */
uint32_t names_find(const struct names *m, struct str text);

#endif
