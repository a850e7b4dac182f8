/* SPDX-License-Identifier: Apache-2.0
 *
 * person_page.h - the page that a person holds the link to: what is known of him as far as he needs it, and how it looks. It shows no
 * name, no document, no address and no other person: whoever finds the link learns about nobody by name.
 */
#ifndef SUSHUI_HTTP_PERSON_PAGE_H
#define SUSHUI_HTTP_PERSON_PAGE_H

#include "core/arena.h"
#include "core/buf.h"
#include "protocol/protocol.h"
#include "store/store.h"

#define PAGE_ORDERS_MAX 12
#define PAGE_LINES_MAX 10
#define PAGE_BYTES_MAX 20000 /* of the whole page: it opens on a slow line */

struct page_line { /* one line of a list; what the members mean differs */
	struct str kind; /* kind of a fact or a duty, in the arena */
	int64_t word;    /* purpose, result, outcome, class of help, granted */
	int64_t from_at, to_at;
	struct id id;
};
struct page_list {
	struct page_line v[PAGE_LINES_MAX];
	size_t n;
};
struct page_order {
	int64_t source; /* enum orders_source */
	int64_t class;  /* enum orders_class; -1 = by the stage */
	int64_t state;  /* enum orders_state */
	int64_t start_at, end_at, signed_at, extended_n, lifted_at;
	struct str basis, clause, tier, conditions;
	const struct protocol *protocol; /* NULL when its file is missing */
	const struct protocol_stage *stage; /* of a contact, at this moment; NULL when not known */
	int64_t last_exposure_at;
	struct page_list evidence;
};
struct page_view {
	struct page_order order[PAGE_ORDERS_MAX];
	size_t orders_n;
	struct page_list due, results, appeals, help, leaves, certificates;
	int64_t now_ms, emergency_at;
};

/* Reads it. book: where the editions are. */
enum err_code person_page_read(struct db *db, struct arena *a, const struct protocol_book *book, int64_t county, int64_t person, int64_t now_ms,
			       struct page_view *out, struct err *e);
/* sent: "appeal" or "help" when the person comes from a form, else empty. form_id: makes a form that is sent twice one fact. */
struct page_frame {
	const char *lang; /* "zh" or "en" */
	struct str token, sent;
	char form_id[2][40]; /* of the two forms: appeal, help */
};
void person_page_write(struct buf *b, const struct page_view *v, const struct page_frame *f);
/* The page of whoever holds no link, or one that is not open: the same for each. */
void person_page_write_none(struct buf *b, const char *lang);
/* A short page with one message. */
void person_page_write_message(struct buf *b, const char *lang, const char *en, const char *zh);

#endif
