/* SPDX-License-Identifier: Apache-2.0
 * The JSON reader and writer: the grammar, hostile texts, and jansson as the oracle. */
#include "cm.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "jansson_apart.h"

#include "core/json.h"
#include "core/scan.h"

static uint64_t dice_state;

static uint64_t dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state;
}

static uint64_t dice_below(uint64_t n)
{
	return dice() % n;
}

static uint64_t dice_seed(uint64_t standard)
{
	const char *given = getenv("SUSHUI_SEED");
	dice_state = given ? strtoull(given, NULL, 0) : standard;
	print_message("seed %llu\n", (unsigned long long)dice_state);
	return dice_state;
}

static enum err_code code_of(struct str text, struct err *e)
{
	struct arena a;
	arena_init(&a, 0);
	const struct json *root = NULL;
	enum err_code code = json_read(&a, text, &root, e);
	assert_true((code == OK) == (root != NULL));
	if (code != OK)
		assert_int_equal(a.used_n, 0);
	arena_done(&a);
	return code;
}

static void a_document_is_read(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	const struct json *root;
	struct str text = STR(" {\"name\":\"涑水\", \"n\" : -12,\r\n\"f\":36.5,\"list\":[1,[],{},[2,3],\"a\\n\\u00e9\\ud83d\\ude00\"],"
		"\"t\":true,\"u\":false,\"z\":null,\"\":0}\t");
	assert_int_equal(json_read(&a, text, &root, NULL), OK);
	assert_int_equal(root->type, JSON_OBJECT);
	assert_int_equal(root->n, 8);
	const struct json *name = json_get(root, STR("name"));
	assert_true(str_eq_c(name->s, "涑水"));
	assert_true(name->s.p > text.p && name->s.p < text.p + text.n); /* not copied */
	assert_int_equal(name->offset, 9);
	assert_int_equal(json_get(root, STR("n"))->i, -12);
	assert_true(json_get(root, STR("f"))->f == 36.5);
	const struct json *list = json_get(root, STR("list"));
	assert_int_equal(list->n, 5);
	assert_int_equal(list->next, 8);
	int seen = 0;
	JSON_EACH(c, list) {
		static const enum json_type types[] = {JSON_INT, JSON_ARRAY, JSON_OBJECT, JSON_ARRAY, JSON_STRING};
		assert_int_equal(c->type, types[seen++]);
		if (c->type == JSON_STRING)
			assert_true(str_eq_c(c->s, "a\né\xF0\x9F\x98\x80"));
	}
	assert_int_equal(seen, 5);
	assert_null(json_first(json_first(list) + 1));
	assert_int_equal(json_get(root, STR("t"))->type, JSON_TRUE);
	assert_int_equal(json_get(root, STR("u"))->type, JSON_FALSE);
	assert_int_equal(json_get(root, STR("z"))->type, JSON_NULL);
	assert_int_equal(json_get(root, STR(""))->i, 0);
	assert_null(json_get(root, STR("none")));
	assert_null(json_get(list, STR("name")));
	arena_done(&a);
}

static void malformed_texts_are_refused_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum err_code code;
		const char *at;
	} cases[] = {
		{"", ERR_BAD_JSON, "line 1 column 1"}, {"  \n", ERR_BAD_JSON, "line 2 column 1"},
		{"\"\xff\"", ERR_BAD_TEXT, "line 1 column 2"}, {"\"水\xc0\x80\"", ERR_BAD_TEXT, "line 1 column 3"},
		{"\"\xe0\x80\x80\"", ERR_BAD_TEXT, "line 1 column 2"}, {"\"\xed\xa0\x80\"", ERR_BAD_TEXT, "line 1 column 2"},
		{"\"\xf5\x80\x80\x80\"", ERR_BAD_TEXT, "line 1 column 2"}, {"\"\xe6\xb6\"", ERR_BAD_TEXT, "line 1 column 2"},
		{"\"\xf0\x8f\xbf\xbf\"", ERR_BAD_TEXT, "line 1 column 2"}, {"\"\xf4\x90\x80\x80\"", ERR_BAD_TEXT, "line 1 column 2"},
		{"\"\\n\x80\"", ERR_BAD_TEXT, "line 1 column 4"},
		{"\"a\\u0000\"", ERR_BAD_JSON, "line 1 column 3"}, {"1 2", ERR_BAD_JSON, "line 1 column 3"},
		{"{} x", ERR_BAD_JSON, "line 1 column 4"}, {"NaN", ERR_BAD_JSON, "line 1 column 1"},
		{"[Infinity]", ERR_BAD_JSON, "line 1 column 2"}, {"\"\\ud800\"", ERR_BAD_JSON, "line 1 column 2"},
		{"\"\\ud800x\"", ERR_BAD_JSON, "line 1 column 2"}, {"\"\\ud800\\u0041\"", ERR_BAD_JSON, "line 1 column 2"},
		{"\"\\udc00\"", ERR_BAD_JSON, "line 1 column 2"}, {"\"\\ud800\\ud800\"", ERR_BAD_JSON, "line 1 column 2"},
		{"1e999", ERR_BAD_JSON, "line 1 column 1"}, {"-1e999", ERR_BAD_JSON, "line 1 column 1"},
		{"01", ERR_BAD_JSON, "line 1 column 1"}, {"-", ERR_BAD_JSON, "line 1 column 2"}, {"+1", ERR_BAD_JSON, "line 1 column 1"},
		{"1.", ERR_BAD_JSON, "line 1 column 3"}, {".5", ERR_BAD_JSON, "line 1 column 1"}, {"1e", ERR_BAD_JSON, "line 1 column 3"},
		{"1e+", ERR_BAD_JSON, "line 1 column 4"}, {"0x10", ERR_BAD_JSON, "line 1 column 2"}, {"-a", ERR_BAD_JSON, "line 1 column 2"},
		{"{'a':1}", ERR_BAD_JSON, "line 1 column 2"}, {"{a:1}", ERR_BAD_JSON, "line 1 column 2"},
		{"{\"a\" 1}", ERR_BAD_JSON, "line 1 column 6"}, {"{\"a\":}", ERR_BAD_JSON, "line 1 column 6"},
		{"{\"a\":1,}", ERR_BAD_JSON, "line 1 column 8"}, {"[1,]", ERR_BAD_JSON, "line 1 column 4"},
		{"[1 2]", ERR_BAD_JSON, "line 1 column 4"}, {"[1}", ERR_BAD_JSON, "line 1 column 3"}, {"{\"a\":1]", ERR_BAD_JSON, "line 1 column 7"},
		{"[", ERR_BAD_JSON, "line 1 column 2"}, {"{", ERR_BAD_JSON, "line 1 column 2"}, {"[,]", ERR_BAD_JSON, "line 1 column 2"},
		{"{\"a\"", ERR_BAD_JSON, "line 1 column 5"}, {"[1", ERR_BAD_JSON, "line 1 column 3"}, {"]", ERR_BAD_JSON, "line 1 column 1"},
		{"\"a", ERR_BAD_JSON, "line 1 column 3"}, {"\"a\\", ERR_BAD_JSON, "line 1 column 4"}, {"\"a\\\"", ERR_BAD_JSON, "line 1 column 5"},
		{"\"\\x\"", ERR_BAD_JSON, "line 1 column 2"}, {"\"\\u12g4\"", ERR_BAD_JSON, "line 1 column 2"},
		{"\"\\u12\"", ERR_BAD_JSON, "line 1 column 2"}, {"\"a\nb\"", ERR_BAD_JSON, "line 1 column 3"},
		{"\"\\\n\"", ERR_BAD_JSON, "line 1 column 2"}, {"\"\t\"", ERR_BAD_JSON, "line 1 column 2"},
		{"tru", ERR_BAD_JSON, "line 1 column 1"}, {"truex", ERR_BAD_JSON, "line 1 column 5"}, {"nul", ERR_BAD_JSON, "line 1 column 1"},
		{"[\n1,\n\"水\" x]", ERR_BAD_JSON, "line 3 column 5"}, {"\xef\xbb\xbf{}", ERR_BAD_JSON, "line 1 column 1"},
		{"// c\n1", ERR_BAD_JSON, "line 1 column 1"}, {"[1\f]", ERR_BAD_JSON, "line 1 column 3"},
		{"{\"a\":1,\"b\":2,\"a\":3}", ERR_DUPLICATE_FIELD, "line 1 column 14"},
		{"{\"a\":1,\"\\u0061\":3}", ERR_DUPLICATE_FIELD, "line 1 column 17"},
		{"{\"\":1,\n\"\":3}", ERR_DUPLICATE_FIELD, "line 2 column 1"},
		{"{\"x\":[{\"a\":{},\"a\":1}]}", ERR_DUPLICATE_FIELD, "line 1 column 15"},
	};
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		struct err e = {0};
		enum err_code code = code_of(str_of(cases[i].text), &e);
		if (code != cases[i].code || strcmp(e.at, cases[i].at) != 0)
			fail_msg("%s: %s at %s (%s), not %s", cases[i].text, err_name(code), e.at, e.what, cases[i].at);
		assert_int_equal(e.code, code);
		assert_true(e.what[0]);
		/* the same bytes at the end of a mapped page would fault if a byte behind the end were read: see asan */
	}
	assert_int_equal(code_of((struct str){"[1,\0]", 5}, NULL), ERR_BAD_JSON);
	assert_int_equal(code_of((struct str){"\"\0\"", 3}, NULL), ERR_BAD_JSON);
	assert_int_equal(code_of(STR_NONE, NULL), ERR_BAD_JSON);
	assert_int_equal(code_of(STR("{\"a\":{\"a\":{}},\"b\":[{\"a\":1},{\"a\":1}]}"), NULL), OK);
}

static const struct json *number(struct arena *a, const char *text)
{
	const struct json *v = NULL;
	assert_int_equal(json_read(a, str_of(text), &v, NULL), OK);
	return v;
}

static void numbers_keep_their_value(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	static const struct {
		const char *text;
		int64_t value;
	} whole[] = {{"0", 0}, {"-0", 0}, {"9007199254740993", INT64_C(9007199254740993)}, {"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN}, {"-1", -1}, {"1000000000000000000", INT64_C(1000000000000000000)}};
	for (size_t i = 0; i < ARRAY_N(whole); i++) {
		const struct json *v = number(&a, whole[i].text);
		assert_int_equal(v->type, JSON_INT);
		assert_true(v->i == whole[i].value);
	}
	static const char *const real[] = {"9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e2", "1.0", "0.1",
		"-0.0", "1e22", "1e23", "1.7976931348623157e308", "4.9e-324", "2.2250738585072011e-308", "123456789012345678901234567890",
		"0.000001234567890123456789", "1e-999", "9007199254740992.5", "9007199254740993.0", "8.5e-1", "5E+3", "0e99999999999999999999",
		"100000000000000016777215", "100000000000000016777216.0", "0.500000000000000166533453693773481063544750213623046875",
		"99999999999999974834176", "1.00000000000000011102230246251565404236316680908203125",
		"1.00000000000000011102230246251565404236316680908203124", "1.00000000000000011102230246251565404236316680908203126"};
	for (size_t i = 0; i < ARRAY_N(real); i++) {
		const struct json *v = number(&a, real[i]);
		assert_int_equal(v->type, JSON_REAL);
		double want = strtod(real[i], NULL);
		assert_memory_equal(&v->f, &want, sizeof want);
	}
	/* more digits than the reader keeps: 1 and 53 zeros of a tie, then far behind it the digit that lifts it */
	char long_text[4000] = "1.00000000000000011102230246251565404236316680908203125";
	size_t n = strlen(long_text);
	memset(long_text + n, '0', 3000);
	assert_true(number(&a, long_text)->f == 1.0);
	long_text[n + 2999] = '1';
	assert_true(number(&a, long_text)->f == 1.0 + DBL_EPSILON);
	memset(long_text, '9', 3000); /* an integer of 3,000 digits is above the range, with an exponent it is not */
	strcpy(long_text + 3000, "e-2990");
	assert_true(number(&a, long_text)->f == 1e10);
	strcpy(long_text + 3000, "");
	assert_int_equal(code_of(str_of(long_text), NULL), ERR_BAD_JSON);
	arena_done(&a);
}

static void random_decimals_agree_with_strtod(void **state)
{
	(void)state;
	dice_seed(7);
	struct arena a;
	arena_init(&a, 0);
	for (int i = 0; i < 200000; i++) {
		char text[80];
		int whole = (int)dice_below(20) + 1, decimals = (int)dice_below(20), n = 0;
		text[n++] = (char)('1' + dice_below(9));
		while (--whole)
			text[n++] = (char)('0' + dice_below(10));
		text[n++] = '.';
		do
			text[n++] = (char)('0' + dice_below(10));
		while (decimals--);
		snprintf(text + n, sizeof text - (size_t)n, i % 3 ? "" : "e%d", (int)dice_below(640) - 330);
		double want = strtod(text, NULL);
		const struct json *v = NULL;
		assert_int_equal(json_read(&a, str_of(text), &v, NULL), isfinite(want) ? OK : ERR_BAD_JSON);
		if (v)
			assert_memory_equal(&v->f, &want, sizeof want);
		arena_reset(&a);
	}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_read),
		cmocka_unit_test(malformed_texts_are_refused_with_their_place),
		cmocka_unit_test(numbers_keep_their_value),
		cmocka_unit_test(random_decimals_agree_with_strtod),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
