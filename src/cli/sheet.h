/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet.h - a CSV file read as facts of one kind: columns matched to fields, each row judged by itself. Knows the form of
 * rows only; nothing here touches the ledger.
 *
 * A column is a field of the kind, an envelope column (id, outbreak, area, at, recorded, device), or left out on request.
 * Headings match by field name, or by the Chinese meaning exactly as the template shows it.
 */
#ifndef SUSHUI_CLI_SHEET_H
#define SUSHUI_CLI_SHEET_H

#include "cli/textid.h"
#include "core/csv.h"
#include "ledger/fact.h"

enum sheet_envelope { SHEET_ID, SHEET_OUTBREAK, SHEET_AREA, SHEET_AT, SHEET_RECORDED, SHEET_DEVICE, SHEET__N };
/* The envelope columns as fields of struct fact, for reading and for the template. */
extern const struct field sheet_envelope[SHEET__N];

struct sheet_column {
	const struct field *field; /* NULL: left out */
	bool envelope;
	struct str heading; /* as it stands in the file */
};
struct sheet {
	const struct fact_kind *kind;
	struct sheet_column *columns;
	size_t columns_n;
	struct fact defaults; /* area, at, outbreak, device of rows that do not say; ABSENT, ID_NONE */
	const struct textid *textid;
	bool text_ids;        /* ids that are no UUID are texts of another system */
};
struct sheet_map { /* --map heading=field; field "-" leaves the column out */
	struct str heading, field;
};

/* First cell of the row of explanations that `sushui template` writes below the heading. */
bool sheet_is_explanation(const struct str *cells, size_t n);

/* Matches the heading row to the kind; copies into the arena. ERR_UNKNOWN_COLUMN, ERR_DUPLICATE_FIELD, or ERR_MISSING_FIELD when a
 * required field can come from nowhere. */
enum err_code sheet_columns(struct sheet *s, struct arena *a, const struct str *cells, size_t n, const struct sheet_map *maps,
			    size_t maps_n, struct err *e);
/* Reads one row into a fact, whose texts are copied into the arena. A row without an id gets one from its open content, so
 * that the same row is the same fact whenever it is imported. e->at = the column's field. */
enum err_code sheet_row(const struct sheet *s, struct arena *a, const struct str *cells, size_t n, struct fact *out, struct err *e);

#endif
