/* SPDX-License-Identifier: Apache-2.0
 *
 * table.h - rows as an aligned table for people.
 */
#ifndef SUSHUI_CLI_TABLE_H
#define SUSHUI_CLI_TABLE_H

#include "cli/cli.h"

/* Reads CSV with a heading row (as query_run writes it) and appends it with aligned columns; *rows_n = rows below the heading. Numbers
 * stand to the right. Cells are cut after 60 columns of the screen. */
enum err_code table_from_csv(struct cli *c, struct str csv, struct buf *out, size_t *rows_n, struct err *e);

#endif
