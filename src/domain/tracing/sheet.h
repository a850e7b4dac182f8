/* SPDX-License-Identifier: Apache-2.0
 *
 * sheet.h - a table of stays, as scan logs and checkpoints give them: person, place, t_in and, where known, t_out, in any order of
 * columns. Read row by row into a load of the engine; what is refused goes to the caller with its reason, and
 * rows = accepted + rejected, always. The command line and the server read the same way.
 */
#ifndef SUSHUI_DOMAIN_TRACING_SHEET_H
#define SUSHUI_DOMAIN_TRACING_SHEET_H

#include "core/csv.h"
#include "core/id.h"
#include "domain/tracing/engine.h"

enum visit_column { VISIT_PERSON, VISIT_PLACE, VISIT_IN, VISIT_OUT, VISIT_COLUMN__N };
extern const char *const visit_columns[]; /* headings, by enum visit_column */

struct visit_sheet {
	struct csv *csv;                  /* the caller's */
	size_t column[VISIT_COLUMN__N];   /* where each stands; SIZE_MAX = it does not */
	uint64_t rows, accepted, rejected;
	/* Makes an id of a cell that is no empty one. NULL: cells are ids of this house. */
	enum err_code (*id)(void *ctx, const char *column, struct str cell, struct id *out, struct err *e);
	/* A refused row: its cells (none when it could not be read) and why. An error ends the reading. */
	enum err_code (*reject)(void *ctx, const struct visit_sheet *s, const struct str *cells, size_t n, const struct err *why, struct err *e);
	void (*tell)(void *ctx, const struct visit_sheet *s); /* now and then, for a progress bar; may be NULL */
	void *ctx;
};

struct visit_row {
	struct id person, place;
	int64_t from_ms, until_ms; /* UTC; until_ms 0 = not known */
};

/* Reads the heading row. ERR_BAD_CSV an empty file, ERR_UNKNOWN_COLUMN, ERR_DUPLICATE_FIELD, ERR_MISSING_FIELD. */
enum err_code visit_sheet_heading(struct visit_sheet *s, struct err *e);
/* Reads one row's cells. Times are ISO 8601 or whole seconds since 1970. ERR_MISSING_FIELD, ERR_BAD_VALUE. */
enum err_code visit_sheet_row(const struct visit_sheet *s, const struct str *cells, size_t n, struct visit_row *out, struct err *e);
/* Reads all rows into the load (NULL: judges the cells only). The cells of a row as the column orders them: visit_sheet_cell. */
enum err_code visit_sheet_read(struct visit_sheet *s, struct tracing_load *load, struct err *e);
/* The text in a column of a row; empty where it has none. */
struct str visit_sheet_cell(const struct visit_sheet *s, enum visit_column c, const struct str *cells, size_t n);

#endif
