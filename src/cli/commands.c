/* SPDX-License-Identifier: Apache-2.0
 *
 * The list of commands. A new one is one row here and one file cmd_*.c.
 */
#include "cli/cmd_drill.h"
#include "cli/cmd_trace.h"
#include "cli/commands.h"

const struct command command_trace = {
	.name = "trace",
	.en = "who met whom: contacts, venues and chains from tables of visits",
	.zh = "由到访记录表推算接触者、场所和传播链",
	.own = cmd_trace,
};
const struct command command_drill = {
	.name = "drill",
	.en = "an exercise on a county that does not exist",
	.zh = "虚构县的疫情推演",
	.own = cmd_drill,
};

const struct command *const cli_commands[] = {
	&cmd_init,     &cmd_serve, &cmd_import, &cmd_template, &cmd_export, &cmd_query,  &cmd_duties,    &cmd_missing,
	&cmd_facts,    &cmd_post,  &cmd_import_visits, &cmd_sign, &cmd_id,     &cmd_verify,   &cmd_rebuild, &cmd_audit, &cmd_digest,    &cmd_admin,
	&cmd_sensors, &cmd_page, &cmd_certificate, &cmd_verify_qr,
	&command_trace, &command_drill, &cmd_plan, &cmd_protocols, &cmd_kinds, &cmd_help, NULL,
};
