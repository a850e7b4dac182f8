/* SPDX-License-Identifier: Apache-2.0
 *
 * watch.h - a set of (county, entity key) pairs in memory. A domain whose reaction concerns few of the persons that
 * facts name keeps them here, so that all others cost one look-up in memory instead of a query. Holding too
 * many is harmless; domain.load() fills it anew after opening and after a rolled-back group.
 */
#ifndef SUSHUI_LEDGER_WATCH_H
#define SUSHUI_LEDGER_WATCH_H

#include "core/base.h"

struct watch {
	struct watch_entry *at; /* open addressing, a power of two */
	size_t n, cap;
};
void watch_clear(struct watch *w);
void watch_add(struct watch *w, int64_t county, int64_t key); /* key > 0 */
bool watch_has(const struct watch *w, int64_t county, int64_t key);

#endif
