/* SPDX-License-Identifier: Apache-2.0
 *
 * testing_tube.h - the state of a tube as a fold over what was reported of it, and the duties and clocks that follow. Private to
 * the testing domain.
 */
#ifndef SUSHUI_DOMAIN_TESTING_TUBE_H
#define SUSHUI_DOMAIN_TESTING_TUBE_H

#include "ledger/ledger.h"

enum tube_what { TUBE_OPENED = 1, TUBE_CLOSED, TUBE_BOXED, TUBE_PLATED, TUBE_RESULT, TUBE_LOST };
enum box_what { BOX_SENT = 1, BOX_RECEIVED };

/* Something reported of a tube; references are keys, 0 when absent. */
struct tube_event {
	enum tube_what what;
	int64_t campaign, site, box, plate, laboratory;
	int64_t round, pool_size, population;
	int64_t value;    /* closed: swabs counted or -1; plated: controls right; result; lost: reason */
	int64_t value_at; /* result: end of the run */
	struct str code;
	bool has_ct;
	double ct_n, ct_orf;
};
struct swab {
	int64_t person, tube, campaign, round, at, area;
};

/* Keeps the event; the fact of tx says when and where. */
enum err_code testing_tube_note(struct ledger_tx *tx, int64_t tube, const struct tube_event *v, struct err *e);
/* Keeps the event and folds the tube anew: its row, its clocks, its duties. */
enum err_code testing_tube_event(struct ledger_tx *tx, int64_t tube, const struct tube_event *v, struct err *e);
/* Keeps what was reported of a box and folds the box and every tube in it. tubes_n -1 = not counted. */
enum err_code testing_box_event(struct ledger_tx *tx, int64_t box, enum box_what what, int64_t laboratory, int64_t tubes_n,
				struct str code, struct err *e);
/* A swab: one row and the counters of its tube; more only when the tube or the person already asks for it. */
enum err_code testing_swab(struct ledger_tx *tx, const struct swab *s, struct err *e);
/* The duties of one person because of one tube: retest, isolate, resample. */
enum err_code testing_derive_member(struct ledger_tx *tx, int64_t person, int64_t tube, struct err *e);
/* Fills the set of persons who have such duties. */
enum err_code testing_load(struct ledger_tx *tx, struct err *e);

#endif
