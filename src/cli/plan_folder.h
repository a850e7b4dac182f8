/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_folder.h - `sushui plan transfer DIR`: the proposal for those who wait in a data folder (the query transfer.proposal).
 */
#ifndef SUSHUI_CLI_PLAN_FOLDER_H
#define SUSHUI_CLI_PLAN_FOLDER_H

#include "cli/cli.h"

/* Prints the proposal; with --facts F writes it as the facts transfer.run_planned and transfer.assigned instead. Returns an exit code. */
int plan_folder(struct cli *c, const char *dir);

#endif
