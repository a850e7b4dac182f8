/* SPDX-License-Identifier: Apache-2.0
 *
 * same.h - is this the very fact that is in the ledger already? A phone that got no answer sends again: that is one fact. The same id
 * with anything else in it, personal values included, is an error, for what was not kept must not be acknowledged. Internal
 * to the ledger; allocates in the arena of tx, writes nothing.
 */
#ifndef SUSHUI_LEDGER_SAME_H
#define SUSHUI_LEDGER_SAME_H

#include "ledger/ledger.h"

/* *seq is the place of the very fact, 0 when its id is new in the county. ERR_ID_REUSED when another fact has the id. Of a kind with
 * indexed fields, check() is run on f, which brings it into the form that was stored. After an erasure the id decides. */
enum err_code same_fact(struct ledger_tx *tx, struct fact *f, uint64_t *seq, struct err *e);

#endif
