/* SPDX-License-Identifier: Apache-2.0
 *
 * idmap.h - a table in memory from (county, id) to whatever its owner keeps there, for the second path of the audit, which may use
 * neither keys nor tables of the first. Everything lives in the arena given; nothing is ever removed.
 */
#ifndef SUSHUI_LEDGER_IDMAP_H
#define SUSHUI_LEDGER_IDMAP_H

#include "core/arena.h"
#include "core/id.h"

struct idmap_entry {
	int64_t county;
	struct id id;
	void *value; /* NULL: the place is free */
};
struct idmap {
	struct arena *a;
	size_t value_n; /* bytes of a value */
	struct idmap_entry *at;
	size_t n, cap;
};

void idmap_init(struct idmap *m, struct arena *a, size_t value_n);
/* The value, zeroed when it is new. O(1). */
void *idmap_make(struct idmap *m, int64_t county, struct id id);
/* NULL when there is none. */
void *idmap_find(const struct idmap *m, int64_t county, struct id id);
/* for (size_t i = 0; i < m.cap; i++) if (m.at[i].value) ... visits all, in no order. */

#endif
