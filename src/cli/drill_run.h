/* SPDX-License-Identifier: Apache-2.0
 *
 * drill_run.h - the drill through the front door, its controls and the comparison of plans: `sushui drill run|control|compare|scenarios`.
 */
#ifndef SUSHUI_CLI_DRILL_RUN_H
#define SUSHUI_CLI_DRILL_RUN_H

#include "core/err.h"
#include "drill/scenario.h"

/* argv[0] is the word behind `drill`. Exit codes of enum cli_exit. */
int drill_run(int argc, char **argv);
int drill_control(int argc, char **argv);
int drill_compare(int argc, char **argv);
int drill_scenarios(int argc, char **argv);

/* A name of ours or the path of a .csv file. */
enum err_code drill_scenario(struct scenario *out, const char *name, struct err *e);

#endif
