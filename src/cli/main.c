/* SPDX-License-Identifier: Apache-2.0
 *
 * sushui: one program, many commands (commands.c has the list).
 */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

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
