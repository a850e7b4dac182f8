/* SPDX-License-Identifier: Apache-2.0
 *
 * cli.h - what all commands share: the language, the exit codes, errors in words, and where output goes.
 *
 * Data go to standard output, everything said to a person (progress, errors, hints) to standard error. An exit code
 * tells a script what happened without reading a text.
 */
#ifndef SUSHUI_CLI_CLI_H
#define SUSHUI_CLI_CLI_H

#include "cli/args.h"
#include "core/arena.h"
#include "core/buf.h"
#include "core/sys.h"

enum cli_exit {
	CLI_OK = 0,
	CLI_REFUSED = 1, /* a rule said no, rows were refused, or a difference was found */
	CLI_USAGE = 2,   /* the command line is wrong; nothing was done */
	CLI_FAULT = 3,   /* disk, database, network, memory */
};

struct cli {
	const struct command *command;
	const char *lang; /* "en" or "zh" */
	bool zh, json, quiet;
	const struct sys *sys;
	struct arena arena; /* lasts for the command */
	struct args args;
};

/* All commands, ended by NULL (main.c). */
extern const struct command *const cli_commands[];
const struct command *cli_command_of(struct str name);

/* The text of the language in use. */
static inline const char *say(const struct cli *c, const char *en, const char *zh)
{
	return c->zh ? zh : en;
}
/* Language from LC_ALL, LC_MESSAGES, LANG: "zh" when it begins with zh, else "en". */
const char *cli_lang(void);

/* Prints the error with its hint on standard error (with --json as an object); returns CLI_FAULT or CLI_REFUSED by its kind. */
int cli_fail(struct cli *c, const struct err *e);
/* Prints what is wrong with the command line and how to see the help; returns CLI_USAGE. */
int cli_usage(struct cli *c, const struct err *e);
/* Writes buf to standard output and empties it; CLI_FAULT when that fails or the buffer has. */
int cli_put(struct cli *c, struct buf *b);

/* Help for one command, or the list of all (command NULL). */
void cli_help(const struct cli *c, const struct command *command, struct buf *out);

/* An instant given as an option; `missing` when it is not given. */
enum err_code cli_time(const struct cli *c, const char *option, int64_t missing, int64_t *out, struct err *e);
/* An area code of 12 digits, or of 2, 4, 6 or 9 that is filled up with zeros. */
bool cli_area(struct str text, int64_t *out) MUST_USE;
/* Width on a terminal: Chinese characters take two columns. */
size_t cli_width(struct str s);

#endif
