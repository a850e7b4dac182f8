/* SPDX-License-Identifier: Apache-2.0
 *
 * csv.h - tables in and out: RFC 4180 with what spreadsheets really write.
 *
 * Reads UTF-8 (with or without byte-order mark), GB18030/GBK, UTF-16 with mark; comma, semicolon or tab, told
 * from the first line (or its "sep=;"); quoted fields with embedded newlines. The encoding is decided from the first 256 KiB (UTF-8 when
 * those are valid UTF-8, else whichever of UTF-8 and GB18030 fits more bytes, so that one damaged byte does not turn a
 * whole file into other characters) and a later byte that does not fit is an error with its line, never a replacement.
 * A file that ends inside a quoted field is an error, so a truncated file is noticed.
 */
#ifndef SUSHUI_CORE_CSV_H
#define SUSHUI_CORE_CSV_H

#include <stdio.h>

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"

#define CSV_COLUMNS_MAX 512
#define CSV_FIELD_MAX (1024 * 1024) /* bytes; a row may have 8 MiB */

struct csv;
/* Opens a file for reading by rows; "-" is standard input. ERR_FILE when it cannot be opened. */
enum err_code csv_open(struct csv **out, const char *path, struct err *e);
/* The same over bytes in memory (which must outlive the reader). */
enum err_code csv_open_mem(struct csv **out, struct str bytes, struct err *e);
void csv_close(struct csv **c); /* accepts a pointer to NULL, leaves NULL */

/* Next row: *fields (UTF-8, unquoted) and *fields_n stay valid until the next call. Empty lines are skipped.
 * Returns OK with *fields_n == 0 at the end of the file. A row that cannot be read gives an error (ERR_BAD_CSV,
 * ERR_BAD_TEXT, ERR_TOO_LARGE; e->at = "line N"); where the reader can find the next row it goes on there
 * with the next call, else (csv_stuck: an open quote at the end, ERR_FILE) the rest of the file is lost.
 * It goes on behind the first line of the bad row, so that a row with an unclosed quote takes no good rows with it; the
 * further lines of a bad row that spans several are then read as rows, and their columns will not fit.
 * Refused: a quote inside an unquoted field, text behind a closing quote, NUL bytes. Memory: 1 MiB, more only for rows
 * of over 256 KiB. */
enum err_code csv_row(struct csv *c, const struct str **fields, size_t *fields_n, struct err *e);
bool csv_stuck(const struct csv *c);
/* Line on which the row last returned began, from 1. */
uint64_t csv_line(const struct csv *c);
/* Bytes consumed so far and in total (total is 0 when unknown), for a progress bar. */
void csv_progress(const struct csv *c, uint64_t *done_n, uint64_t *total_n);

/* Writer: one field, quoted when needed. A field that a spreadsheet would take for a formula
 * (begins with = + - @ tab or CR and is no number) gets a leading apostrophe; csv_row does not take it off again. */
void csv_put(struct buf *b, struct str field, bool first_of_row);
void csv_end_row(struct buf *b); /* CR LF */

#endif
