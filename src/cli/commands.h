/* SPDX-License-Identifier: Apache-2.0
 *
 * commands.h - every command of the program, each in its own cmd_*.c; main.c lists them in the order of the help.
 */
#ifndef SUSHUI_CLI_COMMANDS_H
#define SUSHUI_CLI_COMMANDS_H

#include "cli/cli.h"

#define SUSHUI_VERSION "0.1.0"

extern const struct command cmd_init, cmd_serve;
extern const struct command cmd_import, cmd_template;
extern const struct command cmd_export, cmd_query, cmd_duties, cmd_missing, cmd_id;
extern const struct command cmd_facts, cmd_post;
extern const struct command cmd_import_visits, cmd_sign;
extern const struct command cmd_verify, cmd_rebuild, cmd_audit, cmd_digest;
extern const struct command cmd_admin, cmd_plan, cmd_sensors, cmd_page, cmd_certificate, cmd_verify_qr;
extern const struct command cmd_protocols, cmd_kinds, cmd_help;
/* These work on tables and made-up counties, without a data folder, and read their command lines themselves. */
extern const struct command command_trace, command_drill;

#endif
