/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing_ids.h - ids as the small integers of the visit store, and back. Internal to tracing.
 *
 * Each new id gets the next number, persons and places alike. The numbers that a sealed segment uses must never change, so they are
 * not the ledger's keys, which a rebuild gives anew: they stand in a file of their own beside the segments, 20 bytes each (the
 * id and a check of id and place). Numbers given since the last ids_save live in memory only.
 *
 * One thread adds at a time; ids_at may be called by others meanwhile for numbers that were given before.
 */
#ifndef SUSHUI_DOMAIN_TRACING_IDS_H
#define SUSHUI_DOMAIN_TRACING_IDS_H

#include "core/err.h"
#include "core/id.h"

#define IDS_NONE UINT32_MAX
#define IDS_BLOCK 65536

struct ids {
	struct id *block[16384]; /* never moved: whoever has a number may read it without a lock */
	uint32_t n;       /* numbers given */
	uint32_t saved_n; /* of these, on disk */
	uint32_t *slot;   /* hash table of number + 1 */
	size_t slots_n;
	int fd;           /* -1 = memory only */
};

/* path: file, created when absent; NULL = memory only. used_n: the stored visits use numbers below it. What stands behind the first bad
 * record is cut off when no visit uses it (a crash tore it), else ERR_CORRUPT. On an error nothing is left to undo. */
enum err_code ids_open(struct ids *s, const char *path, uint32_t used_n, struct err *e);
void ids_close(struct ids *s);
uint32_t ids_find(const struct ids *s, struct id id); /* IDS_NONE when it has no number */
/* Gives one when it has none; IDS_NONE when memory or numbers are out. */
uint32_t ids_number(struct ids *s, struct id id);
struct id ids_at(const struct ids *s, uint32_t number);
/* All numbers given so far are on disk when OK is returned. To be called before the visits that use them are stored. */
enum err_code ids_save(struct ids *s, struct err *e);

#endif
