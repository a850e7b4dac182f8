/* SPDX-License-Identifier: Apache-2.0
 *
 * args.h - command lines. A command declares its operands and options in a table; parsing, --help and the error messages
 * come from it. Values are slices of argv, which outlives everything here. Nothing is printed.
 *
 * "--name value" and "--name=value" are the same; "--" ends the options; "-" alone is an operand (standard input).
 */
#ifndef SUSHUI_CLI_ARGS_H
#define SUSHUI_CLI_ARGS_H

#include "core/err.h"

#define ARGS_MAX 256

struct option {
	const char *name;  /* without the dashes */
	const char *value; /* what stands behind it, as --help shows it ("CODE"); NULL for a flag */
	bool repeat;       /* may be given several times */
	const char *en, *zh;
};

struct cli;
struct command {
	const char *name;
	const char *operands;  /* "DIR KIND FILE.csv", as --help shows them */
	const char *en, *zh;   /* one line: what it does */
	const char *more_en, *more_zh; /* what --help teaches beyond that, with an example */
	const struct option *options;
	size_t options_n;
	size_t operands_min, operands_max;
	/* Takes arguments of a query too: "--campaign X" that is no option, or "campaign=X" behind the required operands. */
	bool free_args;
	/* Does the work; returns an exit code of enum cli_exit (cli.h). */
	int (*run)(struct cli *c);
	/* Instead of run: reads its own command line (argv[0] is the name) and its own --help; all of the above but name, en and zh is
	 * then left out. */
	int (*own)(int argc, char **argv);
};

struct arg {
	const struct option *option; /* NULL: a free argument */
	struct str name, value;
};
struct args {
	struct str operands[ARGS_MAX];
	size_t operands_n;
	struct arg given[ARGS_MAX];
	size_t given_n;
};

/* Options every command takes: --help, --json, --lang, --quiet. */
extern const struct option args_common[];
extern const size_t args_common_n;

/* Reads argv[0 .. argc). ERR_UNKNOWN_FIELD, ERR_MISSING_FIELD, ERR_DUPLICATE_FIELD, ERR_BAD_VALUE, ERR_TOO_LARGE with the option as
 * `at`. The number of operands is not checked when --help is given. */
enum err_code args_parse(const struct command *command, int argc, char **argv, struct args *out, struct err *e);
/* Was the option given? */
bool args_has(const struct args *a, const char *name);
/* Value of the option, the last one when repeated; STR_NONE when not given. */
struct str args_get(const struct args *a, const char *name);
/* A whole number in [least, most]; `missing` when not given. ERR_BAD_VALUE else. */
enum err_code args_int(const struct args *a, const char *name, int64_t least, int64_t most, int64_t missing, int64_t *out,
		       struct err *e);
/* The nth operand as a C string (argv's own), or NULL. */
const char *args_operand(const struct args *a, size_t n);

#endif
