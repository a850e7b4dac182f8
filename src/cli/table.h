/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - the rows of a query as an aligned table for people.
 */
#ifndef SUSHUI_CLI_TABLE_H
#define SUSHUI_CLI_TABLE_H

#include "cli/cli.h"
#include "ledger/query.h"

/* Reads CSV with a heading row, as query_run wrote it for `query`, and appends it with aligned columns; *rows_n = rows below the
 * heading. Numbers stand to the right, spans are written in days, hours and minutes, instants to the minute of local time; cells are cut
 * after 60 columns of the screen. out NULL: only counts. */
enum err_code table_from_csv(const struct cli *c, const struct query *query, struct str csv, struct buf *out, size_t *rows_n,
			     struct err *e);

#endif
