/* SPDX-License-Identifier: Apache-2.0
 *
 * backup.h - a consistent copy of a data folder. The ledger goes to one place, the keyring to another: together in one
 * place they are worth as much to a thief as the folder itself.
 */
#ifndef SUSHUI_CLI_BACKUP_H
#define SUSHUI_CLI_BACKUP_H

#include "cli/folder.h"

/* Makes TO (must not exist) with config, ledger.db and the folder's own protocols, and KEYS (must not exist; NULL = not
 * asked for) with keyring and keyring.key.
 * Reads only, so a server may go on writing. The copy is verified and durable before this returns. The keyring is copied after
 * the ledger, so it holds the key of every fact in the copy. ERR_NOT_ALLOWED for a folder on PostgreSQL, whose own tools
 * copy it; KEYS is copied all the same. */
enum err_code backup_make(struct cli *c, struct folder *f, const char *to, const char *keys, struct verify_report *out,
			  struct err *e);

/* backup_visits.c: the visit stores into `to`/visits, each opened and verified there. ERR_BUSY when they change faster than they can be
 * copied. */
enum err_code backup_visits(const struct folder *f, const char *to, struct err *e);

#endif
