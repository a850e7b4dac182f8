/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdio.h>
#include <string.h>

const struct option args_common[] = {
	{"json", NULL, false, "print data as JSON", "以 JSON 输出"},
	{"lang", "en|zh", false, "language of texts; left out: from LC_ALL, LC_MESSAGES or LANG", "输出语言，缺省取环境变量"},
	{"quiet", NULL, false, "no progress bar", "不显示进度条"},
	{"help", NULL, false, "show this help", "显示帮助"},
};
const size_t args_common_n = ARRAY_N(args_common);

static const struct option *option_of(const struct command *c, struct str name)
{
	for (size_t i = 0; i < c->options_n; i++)
		if (str_eq_c(name, c->options[i].name))
			return &c->options[i];
	for (size_t i = 0; i < args_common_n; i++)
		if (str_eq_c(name, args_common[i].name))
			return &args_common[i];
	return NULL;
}

static enum err_code give(struct args *a, const struct option *o, struct str name, struct str value, struct err *e)
{
	char at[64];
	snprintf(at, sizeof at, "--%.*s", name.n > 50 ? 50 : (int)name.n, name.p);
	for (size_t i = 0; i < a->given_n; i++)
		if (str_eq(a->given[i].name, name) && !(o && o->repeat))
			return err_set(e, ERR_DUPLICATE_FIELD, at, "give it once");
	if (a->given_n == ARGS_MAX)
		return err_set(e, ERR_TOO_LARGE, at, "too many options");
	a->given[a->given_n++] = (struct arg){o, name, value};
	return OK;
}

/* One "--name", "--name=value" or "--name value"; *i moves over the value. */
static enum err_code take_option(const struct command *c, int argc, char **argv, int *i, struct args *a, struct err *e)
{
	struct str value = str_of(argv[*i] + 2);
	bool has_value = str_find(value, '=') >= 0;
	struct str name = str_cut(&value, '=');
	const struct option *o = option_of(c, name);
	if (!o && !c->free_args)
		return err_set(e, ERR_UNKNOWN_FIELD, argv[*i], "`sushui help %s` lists the options", c->name);
	bool wants = !o || o->value;
	if (has_value && !wants)
		return err_set(e, ERR_BAD_VALUE, argv[*i], "this option takes no value");
	if (wants && !has_value) {
		if (*i + 1 >= argc)
			return err_set(e, ERR_MISSING_FIELD, argv[*i], "a value is expected behind it: %s", o ? o->value : "VALUE");
		value = str_of(argv[++*i]);
	}
	return give(a, o, name, value, e);
}

enum err_code args_parse(const struct command *c, int argc, char **argv, struct args *out, struct err *e)
{
	memset(out, 0, sizeof *out);
	bool plain = false;
	for (int i = 0; i < argc; i++) {
		enum err_code rc = OK;
		struct str word = str_of(argv[i]);
		if (!plain && str_eq_c(word, "--")) {
			plain = true;
		} else if (!plain && (str_eq_c(word, "-h") || str_eq_c(word, "-?"))) {
			rc = give(out, option_of(c, STR("help")), STR("help"), STR_NONE, e);
		} else if (!plain && str_starts(word, STR("--"))) {
			rc = take_option(c, argc, argv, &i, out, e);
		} else if (!plain && word.n > 1 && word.p[0] == '-') {
			rc = err_set(e, ERR_UNKNOWN_FIELD, argv[i], "options begin with two dashes; `sushui help %s` lists them", c->name);
		} else if (c->free_args && out->operands_n >= c->operands_min && str_find(word, '=') > 0) {
			struct str value = word, name = str_cut(&value, '=');
			const struct option *o = option_of(c, name); /* limit=3 is --limit 3 */
			rc = give(out, o && o->value ? o : NULL, name, value, e);
		} else if (out->operands_n == ARGS_MAX) {
			rc = err_set(e, ERR_TOO_LARGE, argv[i], "too many words");
		} else {
			out->operands[out->operands_n++] = word;
		}
		if (rc != OK)
			return rc;
	}
	if (args_has(out, "help"))
		return OK;
	if (out->operands_n < c->operands_min)
		return err_set(e, ERR_MISSING_FIELD, c->name, "expected: sushui %s %s", c->name, c->operands);
	if (out->operands_n > c->operands_max)
		return err_set(e, ERR_UNKNOWN_FIELD, args_operand(out, c->operands_max), "one word too many; expected: sushui %s %s", c->name,
			       c->operands);
	return OK;
}

bool args_has(const struct args *a, const char *name)
{
	for (size_t i = 0; i < a->given_n; i++)
		if (a->given[i].option && str_eq_c(a->given[i].name, name))
			return true;
	return false;
}

struct str args_get(const struct args *a, const char *name)
{
	struct str found = STR_NONE;
	for (size_t i = 0; i < a->given_n; i++)
		if (a->given[i].option && str_eq_c(a->given[i].name, name))
			found = a->given[i].value;
	return found;
}

enum err_code args_int(const struct args *a, const char *name, int64_t least, int64_t most, int64_t missing, int64_t *out,
		       struct err *e)
{
	struct str text = args_get(a, name);
	int64_t v = missing;
	if (text.p && (!str_to_i64(text, &v) || v < least || v > most)) {
		char at[64];
		snprintf(at, sizeof at, "--%s", name);
		return err_set(e, ERR_BAD_VALUE, at, "a whole number from %lld to %lld is expected", (long long)least, (long long)most);
	}
	*out = v;
	return OK;
}

const char *args_operand(const struct args *a, size_t n)
{
	return n < a->operands_n ? a->operands[n].p : NULL;
}
