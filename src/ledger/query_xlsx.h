/* SPDX-License-Identifier: Apache-2.0
 *
 * query_xlsx.h - the answer of a declared query as a workbook (.xlsx) for those who go on with a spreadsheet: one sheet, a heading row
 * that stays in sight and filters, instants as the wall clock of the jurisdiction (a number that sorts and subtracts), spans as hours,
 * area codes and ids as text.
 *
 * Rows go to the disk as they come, so memory does not grow with the answer. A sheet holds 1,048,576 rows with its heading: what does
 * not fit is refused, never cut.
 */
#ifndef SUSHUI_LEDGER_QUERY_XLSX_H
#define SUSHUI_LEDGER_QUERY_XLSX_H

#include "ledger/query.h"

#define XLSX_ROWS_MAX 1048575 /* behind the heading */

/* Runs call (format and piece are ignored, lang chooses the headings) and writes the workbook to path, which is overwritten.
 * limit 0 means all rows: ERR_TOO_LARGE when they are more than `most` (1 to XLSX_ROWS_MAX). With a limit, the first rows, as the caller asked.
 * Other refusals: those of query_run. ERR_DISK when the file cannot be written; there is then nothing worth keeping at path.
 * tmpdir: where parts wait until the file is put together. */
enum err_code query_xlsx(struct db *db, struct arena *a, const struct query_call *call, const char *path, const char *tmpdir, int64_t most,
			 struct err *e);

#endif
