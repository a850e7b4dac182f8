/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_drill.h - `sushui drill`: an exercise on a county that does not exist.
 *
 *   sushui drill epidemic [--people N] [--days D] [--seed S] [--disease NAME|FILE.csv] [--imports N] [--every
 * DAYS]
 *                         [--start DATE] [--no-response] [--rounds DAYS] [--pool N] [--reach PERCENT]
 * [--recall PERCENT]
 *                         [--threads N] [--json]
 *   sushui drill county   [--people N] [--seed S] [--json]
 *
 * Touches no database and no network. Data go to standard output, errors to standard error.
 */
#ifndef SUSHUI_CLI_CMD_DRILL_H
#define SUSHUI_CLI_CMD_DRILL_H

/* argv[0] is "drill". 0: done; 1: a value was refused; 2: the command line is wrong and
 * nothing was done; 3: a file cannot be read or written, or memory was out. */
int cmd_drill(int argc, char **argv);

#endif
