/* SPDX-License-Identifier: Apache-2.0
 *
 * sushui: one program, many commands. A new command is one row here and one file cmd_*.c.
 */
#include <stdio.h>
#include <string.h>

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

/* Finds --lang and --json before anything can go wrong, so that errors of parsing come in the right form. */
static void look_ahead(struct cli *c, int argc, char **argv)
{
	c->lang = cli_lang();
	for (int i = 1; i < argc; i++) {
		const char *lang = strncmp(argv[i], "--lang=", 7) == 0 ? argv[i] + 7
				   : strcmp(argv[i], "--lang") == 0 && i + 1 < argc ? argv[i + 1]
											    : NULL;
		if (lang)
			c->lang = strncmp(lang, "zh", 2) == 0 ? "zh" : "en";
		c->json |= strcmp(argv[i], "--json") == 0;
		c->quiet |= strcmp(argv[i], "--quiet") == 0;
	}
	c->zh = c->lang[0] == 'z';
}

static int run(struct cli *c, int argc, char **argv)
{
	struct err e = {0};
	if (args_parse(c->command, argc - 2, argv + 2, &c->args, &e) != OK)
		return cli_usage(c, &e);
	if (args_has(&c->args, "help")) {
		struct buf b;
		buf_init(&b, 0);
		cli_help(c, c->command, &b);
		int code = cli_put(c, &b);
		buf_done(&b);
		return code;
	}
	return c->command->run(c);
}

int main(int argc, char **argv)
{
	static struct cli c;
	static char stdout_buffer[1 << 16];
	setvbuf(stdout, stdout_buffer, _IOFBF, sizeof stdout_buffer);
	c.sys = sys_real();
	look_ahead(&c, argc, argv);
	const char *name = argc > 1 ? argv[1] : "help";
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		name = "help";
	if (strcmp(name, "--version") == 0) {
		puts("sushui " SUSHUI_VERSION);
		return CLI_OK;
	}
	c.command = cli_command_of(str_of(name));
	if (!c.command) {
		struct err e;
		err_set(&e, ERR_NOT_FOUND, name, "there is no such command; `sushui help` lists them");
		return cli_usage(&c, &e);
	}
	if (c.command->own)
		return c.command->own(argc - 1, argv + 1);
	arena_init(&c.arena, (size_t)1 << 30);
	int code = run(&c, argc < 2 ? 2 : argc, argv);
	arena_done(&c.arena);
	return code;
}
