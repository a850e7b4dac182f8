/* SPDX-License-Identifier: Apache-2.0
 *
 * chain.h - the hash that ties each fact to the one before it. Internal to the ledger.
 *
 *     hash(n) = BLAKE2b-256("sushui fact 1" | hash(n-1) | every column of the fact, each with its length)
 *
 * hash(0) is 32 zero bytes. The sealed part enters as ciphertext, so destroying a key leaves the chain whole.
 */
#ifndef SUSHUI_LEDGER_CHAIN_H
#define SUSHUI_LEDGER_CHAIN_H

#include "ledger/fact.h"

#define HASH_N 32

struct ledger;

void chain_hash(const uint8_t prev[HASH_N], const struct fact *f, struct str body, struct str sealed, uint8_t out[HASH_N]);

/* What a sealed part is bound to: the fact's id and kind. */
struct str seal_context(const struct fact *f, char out[128]);

/* The ledger's own steps that rebuild (ledger_book.c) needs. */
enum err_code ledger_replay_fact(struct ledger *l, struct fact *f, struct err *e);
struct db;
/* Makes all tables that are not there and notes the version. */
enum err_code ledger_tables(struct db *db, struct err *e);
void ledger_forget(struct ledger *l);
enum err_code ledger_reload(struct ledger *l, struct err *e);

#endif
