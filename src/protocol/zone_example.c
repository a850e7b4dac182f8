/* SPDX-License-Identifier: Apache-2.0
 *
 * Examples of a protocol file about zones: since when it is quiet and when everyone was last found negative, and when the zone may step
 * down, or what is still missing.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "protocol/read.h"

struct zone_example {
	struct str name, zone;
	struct zone_facts facts;
	int64_t at;
	const struct node *expect;
};

static enum err_code expected(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	if (n->kind != NODE_MAP || n->n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a mapping with `earliest`, `unmet` or both, found %s",
				 read_found(n, found));
	*(const struct node **)out = n;
	return OK;
}

#define FACT(member) (offsetof(struct zone_example, facts) + offsetof(struct zone_facts, member))
static const struct field fields[] = {
	{"name", F_TEXT, offsetof(struct zone_example, name), 0, true, .min = 0},
	{"zone", F_ID, offsetof(struct zone_example, zone), 0, true, .min = 0},
	{"clock", F_CUSTOM, FACT(clock), 0, true, .read = read_instant},
	{"by_downgrade", F_BOOL, FACT(by_downgrade), 0, false, .min = 0},
	{"covered", F_CUSTOM, FACT(covered_round), 0, false, .read = read_instant},
	{"last_exposure", F_CUSTOM, FACT(last_contact_exposure), 0, false, .read = read_instant},
	{"at", F_CUSTOM, offsetof(struct zone_example, at), 0, true, .read = read_instant},
	{"expect", F_CUSTOM, offsetof(struct zone_example, expect), 0, true, .read = expected},
};
static const struct spec example_spec = {sizeof(struct zone_example), NO_PLACE, NO_PLACE, fields, ARRAY_N(fields), NULL, NULL};

static enum err_code fails(struct reader *r, const struct node *n, const char *want, const char *got)
{
	return read_fail(r, ERR_BAD_YAML, n->line, "this example does not hold: expected %s, the rules give %s", want, got);
}

static enum err_code same_earliest(struct reader *r, const struct node *n, int64_t have)
{
	char want_text[CALTIME_TEXT_N] = "none", have_text[CALTIME_TEXT_N] = "none";
	int64_t want = PROTOCOL_NO_TIME;
	if (n->kind != NODE_SCALAR || !str_eq_c(n->text, "none")) {
		enum err_code code = read_instant(r, n, &want);
		if (code)
			return code;
		caltime_format(want, want_text);
	}
	if (have != PROTOCOL_NO_TIME)
		caltime_format(have, have_text);
	return want == have ? OK : fails(r, n, want_text, have_text);
}

static enum err_code same_unmet(struct reader *r, const struct node *n, unsigned have)
{
	char found[64], got[100] = "";
	unsigned want = 0;
	if (n->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of conditions, found %s", read_found(n, found));
	for (const struct node *m = n->first; m; m = m->next) {
		int word = m->kind == NODE_SCALAR ? read_word(m->text, zone_condition_words) : -1;
		if (word < 0)
			return read_fail(r, ERR_BAD_VALUE, m->line, "%s is no condition of a zone", read_found(m, found));
		want |= 1u << word;
	}
	for (size_t i = 0, len = 0; zone_condition_words[i]; i++)
		if (have & (1u << i))
			len += (size_t)snprintf(got + len, sizeof got - len, "%s%s", len ? ", " : "", zone_condition_words[i]);
	return want == have ? OK : fails(r, n, "these conditions unmet", have ? got : "none");
}

static enum err_code run_one(struct reader *r, const struct node *n, const struct protocol *p)
{
	struct zone_example x = {.facts = {.covered_round = PROTOCOL_NO_TIME, .last_contact_exposure = PROTOCOL_NO_TIME}};
	static const char *const keys[] = {"earliest", "unmet", NULL};
	enum err_code code = read_map(r, &example_spec, n, &x);
	if (code)
		return code;
	const struct protocol_zone *z = protocol_zone_find(p, x.zone);
	if (!z)
		return read_fail(r, ERR_BAD_VALUE, n->line, "there is no zone `%.*s`", STR_ARG(x.zone));
	for (const struct node *m = x.expect->first; m && !code; m = m->next)
		switch (read_word(m->key, keys)) {
		case 0: code = same_earliest(r, m, protocol_zone_earliest(z, &x.facts)); break;
		case 1: code = same_unmet(r, m, protocol_zone_unmet(z, &x.facts, x.at)); break;
		default: code = read_fail(r, ERR_UNKNOWN_FIELD, m->key_line, "unknown key, expected: earliest, unmet");
		}
	return code;
}

enum err_code zone_examples_run(struct reader *r, const struct node *n, const struct protocol *p)
{
	char found[64], index[24];
	size_t mark = read_push(r, STR("zone_examples")), i = 1;
	enum err_code code = OK;
	if (n->kind != NODE_LIST || n->n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of at least one example, found %s", read_found(n, found));
	for (const struct node *m = n->first; m && !code; m = m->next, i++) {
		snprintf(index, sizeof index, "%zu", i);
		size_t inner = read_push(r, str_of(index));
		code = run_one(r, m, p);
		if (!code)
			read_pop(r, inner);
	}
	if (!code)
		read_pop(r, mark);
	return code;
}
