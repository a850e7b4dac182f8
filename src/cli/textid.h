/* SPDX-License-Identifier: Apache-2.0
 *
 * textid.h - ids for things that other systems know by a text: "H-0231" as household, "2020-02-26/NTd" as tube.
 *
 *     id = first 16 bytes of BLAKE2b(key of the folder, class | 0 | text), marked as UUID version 8
 *
 * The same text of the same class is the same id in this folder, for ever, and another one in every other folder. Who does
 * not hold the keyring cannot tell from an id which text it came from. Do not use document numbers as such texts: whoever
 * holds the keyring can test a guess, also after an erasure.
 */
#ifndef SUSHUI_CLI_TEXTID_H
#define SUSHUI_CLI_TEXTID_H

#include "core/id.h"
#include "ledger/keyring.h"

struct textid {
	uint8_t key[32];
};
/* Makes the folder's secret, so that readers find it. For a keyring opened for writing. */
enum err_code textid_prepare(struct keyring *k, struct err *e);
enum err_code textid_open(struct textid *t, struct keyring *k, struct err *e);
/* class: the entity ("person"), or "fact" for the ids of facts. */
struct id textid_of(const struct textid *t, const char *class, struct str text);
/* The id that text is, or else stands for. */
struct id textid_or_id(const struct textid *t, const char *class, struct str text);

#endif
