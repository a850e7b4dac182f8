/* SPDX-License-Identifier: Apache-2.0
 *
 * Examples of a protocol file: given instants and results, the duties that must follow. They are the file's
 * own tests.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "protocol/read.h"

#define TESTS_MAX 32

struct example {
	struct str name, tier;
	struct regimen_times times;
	struct release_test own[TESTS_MAX], linked[TESTS_MAX];
	size_t own_n, linked_n;
	bool signs, environment_negative;
	int64_t at; /* the instant at which release is asked for */
	const struct node *expect;
};

/* What the engine says about an example, to be compared key by key. */
struct outcome {
	const struct protocol_tier *tier;
	const struct regimen_item *item;
	size_t item_n;
	struct release_unmet unmet[COND__N];
	size_t unmet_n;
	bool asked; /* unmet was computed */
	struct str upgrade;
};

enum err_code read_instant(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	if (n->kind != NODE_SCALAR || !caltime_parse(n->text, out))
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected an instant like 2022-11-03T12:00, found %s", read_found(n, found));
	return OK;
}

static enum err_code times(struct reader *r, const struct node *n, void *out)
{
	struct regimen_times *t = out;
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected a mapping of anchors to instants, found %s", read_found(n, found));
	for (const struct node *m = n->first; m; m = m->next) {
		int anchor = read_word(m->key, anchor_words);
		if (anchor < 0)
			return read_fail(r, ERR_UNKNOWN_FIELD, m->key_line, "there is no anchor `%.*s`",
					 (int)(m->key.n > 40 ? 40 : m->key.n), m->key.p);
		enum err_code code = read_instant(r, m, &t->at[anchor]);
		if (code)
			return code;
	}
	return OK;
}

struct test_row {
	int64_t at;
	int result;
};
static const struct field test_fields[] = {
	{"at", F_CUSTOM, offsetof(struct test_row, at), 0, true, .read = read_instant},
	{"result", F_ENUM, offsetof(struct test_row, result), 0, true, .words = result_words},
};
static const struct spec test_spec = {sizeof(struct test_row), NO_PLACE, NO_PLACE, test_fields,
				      ARRAY_N(test_fields),    NULL,     NULL};

static enum err_code tests(struct reader *r, const struct node *n, struct release_test *out, size_t *out_n)
{
	char found[64];
	if (n->kind != NODE_LIST || n->n > TESTS_MAX)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of at most %d tests, found %s",
				 TESTS_MAX, read_found(n, found));
	size_t i = 0;
	for (const struct node *m = n->first; m; m = m->next, i++) {
		struct test_row row = {0};
		enum err_code code = read_map(r, &test_spec, m, &row);
		if (code)
			return code;
		if (i > 0 && row.at < out[i - 1].sampled)
			return read_fail(r, ERR_BAD_VALUE, m->line, "tests must stand in the order of their sampling");
		out[i] = (struct release_test){row.at, (enum protocol_result)row.result};
	}
	*out_n = i;
	return OK;
}

static enum err_code own(struct reader *r, const struct node *n, void *out)
{
	struct example *x = (struct example *)(void *)((char *)out - offsetof(struct example, own));
	return tests(r, n, x->own, &x->own_n);
}

static enum err_code linked(struct reader *r, const struct node *n, void *out)
{
	struct example *x = (struct example *)(void *)((char *)out - offsetof(struct example, linked));
	return tests(r, n, x->linked, &x->linked_n);
}

static enum err_code expect(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	if (n->kind != NODE_MAP || n->n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected a mapping of what must follow, found %s", read_found(n, found));
	*(const struct node **)out = n;
	return OK;
}

static const struct field example_fields[] = {
	{"name", F_TEXT, offsetof(struct example, name), 0, true, .min = 0},
	{"tier", F_ID, offsetof(struct example, tier), 0, true, .min = 0},
	{"times", F_CUSTOM, offsetof(struct example, times), 0, true, .read = times},
	{"own", F_CUSTOM, offsetof(struct example, own), 0, false, .read = own},
	{"linked", F_CUSTOM, offsetof(struct example, linked), 0, false, .read = linked},
	{"signs", F_BOOL, offsetof(struct example, signs), 0, false, .min = 0},
	{"environment_negative", F_BOOL, offsetof(struct example, environment_negative), 0, false, .min = 0},
	{"at", F_CUSTOM, offsetof(struct example, at), 0, false, .read = read_instant},
	{"expect", F_CUSTOM, offsetof(struct example, expect), 0, true, .read = expect},
};
static const struct spec example_spec = {sizeof(struct example), NO_PLACE, NO_PLACE, example_fields,
					 ARRAY_N(example_fields), NULL, NULL};

/* ---- comparing ---- */

static enum err_code fails(struct reader *r, const struct node *n, const char *expected, const char *got)
{
	return read_fail(r, ERR_BAD_YAML, n->line,
			 "this example does not hold: expected %s, the rules give %s", expected, got);
}

static const struct regimen_item *first_of(const struct outcome *o, enum regimen_kind kind)
{
	for (size_t i = 0; i < o->item_n; i++)
		if (o->item[i].kind == kind)
			return &o->item[i];
	return NULL;
}

/* One instant, or the word `none`, against an item's `from` or `due`. */
static enum err_code same_instant(struct reader *r, const struct node *n, const struct regimen_item *item,
				  bool due)
{
	bool none = n->kind == NODE_SCALAR && str_eq_c(n->text, "none");
	int64_t want = 0;
	char wanted[CALTIME_TEXT_N] = "none", got[CALTIME_TEXT_N] = "none";
	if (!none) {
		enum err_code code = read_instant(r, n, &want);
		if (code)
			return code;
		caltime_format(want, wanted);
	}
	int64_t have = !item ? 0 : due ? item->due : item->from;
	if (item)
		caltime_format(have, got);
	return (none && !item) || (!none && item && have == want) ? OK : fails(r, n, wanted, got);
}

/* Adds ", 2022-11-08" to a list for a message; what does not fit is left out. */
static void add_day(char *list, size_t cap, int32_t day)
{
	char text[DAY_TEXT_N];
	size_t len = strlen(list);
	day_format(day, text);
	if (len + 2 + DAY_TEXT_N < cap)
		snprintf(list + len, cap - len, "%s%s", len ? ", " : "", text);
}

/* A list of dates against the days on which items of a kind begin. */
static enum err_code same_days(struct reader *r, const struct node *n, const struct outcome *o,
			       enum regimen_kind kind)
{
	char found[64], got[100] = "", wanted[100] = "";
	size_t i = 0;
	bool same = true;
	if (n->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of dates, found %s",
				 read_found(n, found));
	for (const struct node *m = n->first;; m = m ? m->next : NULL) {
		int32_t want = 0;
		while (i < o->item_n && o->item[i].kind != kind &&
		       !(kind == ITEM_STAGE && o->item[i].kind == ITEM_TRANSFER))
			i++;
		if (m && (m->kind != NODE_SCALAR || !day_parse(m->text, &want)))
			return read_fail(r, ERR_BAD_VALUE, m->line, "expected a date, found %s",
					 read_found(m, found));
		if (!m && i == o->item_n)
			break;
		same &= m && i < o->item_n && want == day_of(o->item[i].from);
		if (m)
			add_day(wanted, sizeof wanted, want);
		if (i < o->item_n)
			add_day(got, sizeof got, day_of(o->item[i++].from));
	}
	return same ? OK : fails(r, n, wanted[0] ? wanted : "none", got[0] ? got : "none");
}

static enum err_code same_measures(struct reader *r, const struct node *n, const struct outcome *o)
{
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected a mapping of measures to instants, found %s",
				 read_found(n, found));
	for (const struct node *m = n->first; m; m = m->next) {
		const struct regimen_item *item = NULL;
		for (size_t i = 0; i < o->item_n && !item; i++)
			if (o->item[i].measure && str_eq(o->item[i].measure->id, m->key))
				item = &o->item[i];
		enum err_code code = same_instant(r, m, item, true);
		if (code)
			return code;
	}
	return OK;
}

static enum err_code same_count(struct reader *r, const struct node *n, const struct outcome *o)
{
	int32_t want, have = 0;
	enum err_code code = read_number(r, n, 0, REGIMEN_ITEMS_MAX, &want);
	for (size_t i = 0; i < o->item_n; i++)
		have += o->item[i].kind == ITEM_CHECK;
	if (code || want == have)
		return code;
	char wanted[16], got[16];
	snprintf(wanted, sizeof wanted, "%d", want);
	snprintf(got, sizeof got, "%d", have);
	return fails(r, n, wanted, got);
}

static enum err_code same_unmet(struct reader *r, const struct node *n, const struct outcome *o)
{
	char found[64], got[200] = "";
	size_t len = 0;
	uint32_t want = 0, have = 0;
	if (n->kind != NODE_LIST)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a list of conditions, found %s",
				 read_found(n, found));
	if (!o->asked)
		return read_fail(r, ERR_MISSING_FIELD, n->line,
				 "`unmet` needs the key `at`: the instant at which release is asked for");
	for (const struct node *m = n->first; m; m = m->next) {
		int word = m->kind == NODE_SCALAR ? read_word(m->text, condition_words) : -1;
		if (word < 0)
			return read_fail(r, ERR_BAD_VALUE, m->line, "%s is no condition of release",
					 read_found(m, found));
		want |= 1u << word;
	}
	for (size_t i = 0; i < o->unmet_n; i++) {
		have |= 1u << o->unmet[i].condition;
		if (len + 1 < sizeof got)
			len += (size_t)snprintf(got + len, sizeof got - len, "%s%s", len ? ", " : "",
						condition_words[o->unmet[i].condition]);
	}
	return want == have ? OK : fails(r, n, "these conditions unmet", have ? got : "none");
}

static enum err_code same_word(struct reader *r, const struct node *n, struct str got)
{
	char have[80], want[64];
	if (got.n == 0)
		got = STR("none");
	if (n->kind == NODE_SCALAR && str_eq(n->text, got))
		return OK;
	snprintf(have, sizeof have, "`%.*s`", (int)(got.n > 64 ? 64 : got.n), got.p);
	return fails(r, n, read_found(n, want), have);
}

static struct str first_place(const struct outcome *o)
{
	const struct regimen_item *t = first_of(o, ITEM_TRANSFER), *s = first_of(o, ITEM_STAGE);
	return t ? str_of(place_words[t->place]) : s ? str_of(place_words[s->place]) : STR_NONE;
}

static enum err_code compare(struct reader *r, const struct example *x, const struct outcome *o)
{
	for (const struct node *m = x->expect->first; m; m = m->next) {
		static const char *const keys[] = {"transfer", "release",  "place", "tests",   "stages",
						   "checks",   "measures", "unmet", "upgrade", NULL};
		enum err_code code = OK;
		size_t mark = read_push(r, m->key);
		switch (read_word(m->key, keys)) {
		case 0: code = same_instant(r, m, first_of(o, ITEM_TRANSFER), true); break;
		case 1: code = same_instant(r, m, first_of(o, ITEM_RELEASE), false); break;
		case 2: code = same_word(r, m, first_place(o)); break;
		case 3: code = same_days(r, m, o, ITEM_TEST); break;
		case 4: code = same_days(r, m, o, ITEM_STAGE); break;
		case 5: code = same_count(r, m, o); break;
		case 6: code = same_measures(r, m, o); break;
		case 7: code = same_unmet(r, m, o); break;
		case 8: code = same_word(r, m, o->upgrade); break;
		default:
			code = read_fail(r, ERR_UNKNOWN_FIELD, m->key_line,
					 "unknown key, expected: transfer, release, place, tests, stages, "
					 "checks, measures, unmet, upgrade");
		}
		if (code)
			return code;
		read_pop(r, mark);
	}
	return OK;
}

static enum err_code run_one(struct reader *r, const struct node *n, const struct protocol *p,
			     struct regimen_item *items)
{
	struct example x = {.at = PROTOCOL_NO_TIME};
	regimen_times_init(&x.times);
	enum err_code code = read_map(r, &example_spec, n, &x);
	if (code)
		return code;
	struct outcome o = {
		.tier = protocol_tier_find(p, x.tier), .item = items, .asked = x.at != PROTOCOL_NO_TIME};
	if (!o.tier)
		return read_fail(r, ERR_BAD_VALUE, n->line, "there is no tier `%.*s`", STR_ARG(x.tier));
	struct release_facts facts = {x.own, x.own_n, x.linked, x.linked_n, x.signs, x.environment_negative};
	struct err e = {0};
	code = protocol_regimen(p, o.tier, &x.times, items, REGIMEN_ITEMS_MAX, &o.item_n, &e);
	if (!code && o.asked)
		code = protocol_release(p, o.tier, &x.times, &facts, x.at, o.unmet, &o.unmet_n, &e);
	if (code)
		return read_fail(r, ERR_BAD_YAML, n->line, "this example cannot be judged: %s", e.what);
	o.upgrade = protocol_upgrade(o.tier, &facts);
	return compare(r, &x, &o);
}

enum err_code examples_run(struct reader *r, const struct node *n, const struct protocol *p)
{
	char found[64];
	size_t mark = read_push(r, STR("examples"));
	if (n->kind != NODE_LIST || n->n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line,
				 "expected a list of at least one example, found %s", read_found(n, found));
	struct arena_mark before = arena_mark(r->a);
	enum err_code code = OK;
	struct regimen_item *items = read_give(r, REGIMEN_ITEMS_MAX * sizeof *items, n->line, &code);
	size_t i = 1;
	for (const struct node *m = n->first; m && !code; m = m->next, i++) {
		char index[24];
		snprintf(index, sizeof index, "%zu", i);
		size_t inner = read_push(r, str_of(index));
		code = run_one(r, m, p, items);
		if (!code)
			read_pop(r, inner);
	}
	if (!code)
		read_pop(r, mark);
	arena_rewind(r->a, before);
	return code;
}
