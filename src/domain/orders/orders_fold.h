/* SPDX-License-Identifier: Apache-2.0
 *
 * orders_fold.h - the folding behind orders.*, internal to the domain: orders.c declares and judges, orders_fold.c keeps orders,
 * orders_ask.c keeps leaves, appeals, requests for help, pages and certificates.
 */
#ifndef SUSHUI_DOMAIN_ORDERS_FOLD_H
#define SUSHUI_DOMAIN_ORDERS_FOLD_H

#include "domain/orders/orders.h"

enum order_what { ORDER_EVENT_SIGNED, ORDER_EVENT_EXTENDED, ORDER_EVENT_LIFTED };

/* Bits 1 << enum protocol_condition of words; false with the index of the first that is none. */
bool orders_conditions(const struct fact_list *words, int64_t *bits, size_t *bad);

typedef enum err_code orders_apply(struct ledger_tx *tx, const struct fact *f, struct err *e);
orders_apply orders_apply_signed, orders_apply_extended, orders_apply_lifted;
orders_apply orders_apply_exit, orders_apply_appeal, orders_apply_appeal_answer, orders_apply_help, orders_apply_help_answer;
orders_apply orders_apply_page, orders_apply_page_revoked, orders_apply_page_opened, orders_apply_certificate;

/* The duties of an order by what is known of it now. */
enum err_code orders_derive(struct ledger_tx *tx, int64_t order, struct err *e);
/* The edition that a fact which belongs to no outbreak is judged by: the county's newest adoption at that instant. NULL when none. */
enum err_code orders_edition(struct ledger_tx *tx, int64_t at, const struct protocol **out, struct err *e);

/* An order as its row says. found = false: nobody signed it, as far as is known. */
struct orders_row {
	bool found;
	int64_t person, class, start_at, end_at, signed_at, lifted_at, area, outbreak, conditions;
	const struct protocol *protocol; /* NULL: the file of its edition is missing */
};
enum err_code orders_row_read(struct ledger_tx *tx, int64_t order, struct orders_row *out, struct err *e);

#endif
