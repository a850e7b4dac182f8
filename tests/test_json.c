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

static void scans_agree(void **state)
{
	(void)state;
	dice_seed(11);
	for (int i = 0; i < 100000; i++) {
		char text[80];
		size_t n = dice_below(sizeof text), rare = dice_below(40) + 1;
		for (size_t k = 0; k < n; k++)
			text[k] = dice_below(rare) ? (char)('a' + dice_below(26)) : (char)dice_below(256);
		bool high = false, high_portable = false;
		assert_ptr_equal(scan_json(text, text + n, &high), scan_json_portable(text, text + n, &high_portable));
		assert_int_equal(high, high_portable);
		assert_ptr_equal(scan_field(text, text + n, ';', '"'), scan_field_portable(text, text + n, ';', '"'));
		const char *bad = scan_bad_text(text, text + n);
		assert_true(str_is_utf8((struct str){text, (size_t)(bad - text)}) && !memchr(text, 0, (size_t)(bad - text)));
		assert_true(bad == text + n || *bad == 0 || !str_is_utf8((struct str){text, n}));
	}
}

/* n names in one object, the k-th and last equal when twice is set. */
static enum err_code many_names(size_t n, bool twice, size_t cap_n, struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	json_open(&b, '{');
	for (size_t i = 0; i < n; i++) {
		char key[32];
		snprintf(key, sizeof key, "k%zu", twice && i == n - 1 ? n / 2 : i);
		json_key(&b, key);
		json_i64(&b, 1);
	}
	json_close(&b, '}');
	struct arena a;
	arena_init(&a, cap_n);
	const struct json *root = NULL;
	enum err_code code = json_read(&a, buf_str(&b), &root, e);
	arena_done(&a);
	buf_done(&b);
	return code;
}

static void repeated_names_are_found_at_every_size(void **state)
{
	(void)state;
	for (size_t n = 3; n < 200; n++) {
		assert_int_equal(many_names(n, false, 0, NULL), OK);
		struct err e = {0};
		assert_int_equal(many_names(n, true, 0, &e), ERR_DUPLICATE_FIELD);
		assert_true(strncmp(e.at, "line 1 column ", 14) == 0);
	}
	/* half a million names: with a comparison of all pairs this would take minutes */
	assert_int_equal(many_names(500000, false, 256U << 20, NULL), OK);
	assert_int_equal(many_names(500000, true, 256U << 20, NULL), ERR_DUPLICATE_FIELD);
	/* names after a nested object, and a repeated one found only behind it */
	assert_int_equal(code_of(STR("{\"a\":{\"a\":1,\"b\":[{\"a\":2}]},\"b\":1,\"a\":2}"), NULL), ERR_DUPLICATE_FIELD);
}

static void bombs_are_refused(void **state)
{
	(void)state;
	size_t n = 10U * 1000 * 1000;
	char *text = malloc(n);
	assert_non_null(text);
	memset(text, '[', n);
	struct err e = {0};
	assert_int_equal(code_of((struct str){text, n}, &e), ERR_TOO_DEEP);
	assert_string_equal(e.at, "line 1 column 33");
	for (size_t i = 0; i < n; i++)
		text[i] = "{\"a\":"[i % 5];
	assert_int_equal(code_of((struct str){text, n}, NULL), ERR_TOO_DEEP);
	text[0] = '[';
	for (size_t i = 1; i < n - 1; i++)
		text[i] = i % 2 ? '1' : ',';
	text[n - 1] = ']';
	text[n - 2] = ' ';
	text[n - 3] = '1';
	assert_int_equal(code_of((struct str){text, n}, NULL), ERR_TOO_LARGE); /* five million nodes in 64 MiB */
	memset(text, '7', n);
	assert_int_equal(code_of((struct str){text, n}, NULL), ERR_BAD_JSON); /* beyond the range of a double */
	text[1] = '.';
	struct arena a;
	arena_init(&a, 0);
	const struct json *v;
	assert_int_equal(json_read(&a, (struct str){text, n}, &v, NULL), OK);
	assert_true(v->f == 7.7777777777777777777);
	arena_done(&a);
	memset(text, 'x', n);
	text[0] = text[n - 1] = '"';
	assert_int_equal(code_of((struct str){text, n}, NULL), OK);
	memset(text + 1, '\\', n - 2);
	assert_int_equal(code_of((struct str){text, n}, NULL), OK);
	memset(text, ' ', n);
	assert_int_equal(code_of((struct str){text, n}, NULL), ERR_BAD_JSON);
	free(text);
	char deep[2 * JSON_DEPTH_MAX + 3] = {0};
	memset(deep, '[', JSON_DEPTH_MAX);
	memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	assert_int_equal(code_of(str_of(deep), NULL), OK);
	memset(deep, '[', JSON_DEPTH_MAX + 1);
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(code_of(str_of(deep), NULL), ERR_TOO_DEEP);
}

/* Whatever the cap, the answer is the document or ERR_TOO_LARGE, and what was in the arena before stays. */
static void a_small_arena_is_an_error_and_no_stop(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	json_open(&b, '{');
	for (int i = 0; i < 60; i++) {
		char key[16];
		snprintf(key, sizeof key, "k%d\"", i);
		json_key(&b, key);
		json_str(&b, STR("a\tb"));
	}
	json_close(&b, '}');
	bool fits = false;
	for (size_t cap = 16; cap < 12000; cap += 7) {
		struct arena a;
		arena_init(&a, cap);
		char *before = arena_alloc(&a, 16);
		memset(before, 5, 16);
		const struct json *root = NULL;
		enum err_code code = json_read(&a, buf_str(&b), &root, NULL);
		assert_true(code == OK || code == ERR_TOO_LARGE);
		assert_true(!fits || code == OK);
		fits = code == OK;
		if (!fits)
			assert_int_equal(a.used_n, 16);
		for (int i = 0; i < 16; i++)
			assert_int_equal(before[i], 5);
		arena_done(&a);
	}
	assert_true(fits);
	buf_done(&b);
}

static void expect_text(struct buf *b, const char *want)
{
	assert_false(b->failed);
	if (!str_eq_c(buf_str(b), want))
		fail_msg("%.*s, not %s", STR_ARG(buf_str(b)), want);
	buf_reset(b);
}

static void texts_are_written_with_commas_and_escapes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	json_open(&b, '{');
	json_key(&b, "a");
	json_open(&b, '[');
	json_i64(&b, INT64_MIN);
	json_bool(&b, true);
	json_bool(&b, false);
	json_null(&b);
	json_open(&b, '[');
	json_close(&b, ']');
	json_open(&b, '{');
	json_close(&b, '}');
	json_close(&b, ']');
	json_key(&b, "b\n");
	json_c(&b, "x[");
	json_key(&b, "c");
	json_str(&b, STR(""));
	json_key(&b, "d");
	json_raw(&b, STR(" {\"e\":1}\n"));
	json_key(&b, "f");
	json_str(&b, STR_NONE);
	json_close(&b, '}');
	expect_text(&b, "{\"a\":[-9223372036854775808,true,false,null,[],{}],\"b\\n\":\"x[\",\"c\":\"\",\"d\":{\"e\":1},\"f\":\"\"}");
	json_str(&b, STR("\"\\/\b\t\n\f\r\x01\x1f\x7f水 a long tail without escapes"));
	expect_text(&b, "\"\\\"\\\\/\\b\\t\\n\\f\\r\\u0001\\u001f\x7f水 a long tail without escapes\"");
	buf_add_c(&b, "data: ");
	json_i64(&b, 1);
	buf_add_c(&b, "\n");
	json_i64(&b, 2);
	expect_text(&b, "data: 1\n2");
	buf_done(&b);
	buf_init(&b, 5);
	json_str(&b, STR("longer than five"));
	json_i64(&b, 1);
	assert_true(b.failed);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

static void doubles_are_written_shortest(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *text;
	} cases[] = {{0, "0"}, {-0.0, "-0.0"}, {36.5, "36.5"}, {-0.1, "-0.1"}, {100, "100"}, {1e17, "100000000000000000"}, {1e18, "1e+18"}, {1e21, "1e+21"},
		{1e-6, "0.000001"}, {1e-7, "1e-7"}, {1.5e-9, "1.5e-9"}, {5e-324, "5e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"},
		{0.1 + 0.2, "0.30000000000000004"}, {1.0 / 3, "0.3333333333333333"}, {5.684341886080802e-14, "5.684341886080802e-14"},
		{9007199254740992.0, "9007199254740992"}, {123456789012345680.0, "123456789012345680"}, {2.2250738585072014e-308, "2.2250738585072014e-308"},
		{NAN, "null"}, {INFINITY, "null"}, {-INFINITY, "null"}, {299792458.25, "299792458.25"}, {1e23, "1e+23"}};
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		json_f64(&b, cases[i].v);
		expect_text(&b, cases[i].text);
	}
	dice_seed(3);
	struct arena a;
	arena_init(&a, 0);
	for (int i = 0; i < 300000; i++) {
		uint64_t bits = dice();
		double v;
		if (i % 3 == 0)
			v = (double)(int64_t)dice_below(1000000000) / (double)(1 + dice_below(100000));
		else if (i % 3 == 1)
			v = ldexp(1.0, (int)dice_below(2046) - 1022);
		else
			memcpy(&v, &bits, sizeof v);
		if (!isfinite(v) || v == 0)
			continue;
		buf_reset(&b);
		json_f64(&b, v);
		const struct json *back = NULL;
		assert_int_equal(json_read(&a, buf_str(&b), &back, NULL), OK);
		double f = back->type == JSON_INT ? (double)back->i : back->f;
		assert_memory_equal(&f, &v, sizeof v);
		char naive[40]; /* no text of printf's nearest digits that reads back may be shorter in digits */
		int digits = 1;
		do
			snprintf(naive, sizeof naive, "%.*e", digits - 1, v);
		while (strtod(naive, NULL) != v && digits++ < 17);
		int ours = 0, zeros = 0;
		for (size_t k = 0; k < b.n && b.p[k] != 'e'; k++) {
			if (b.p[k] < '0' || b.p[k] > '9' || (ours == 0 && b.p[k] == '0'))
				continue;
			ours++;
			zeros = b.p[k] == '0' ? zeros + 1 : 0;
		}
		assert_true(ours - zeros <= digits);
		arena_reset(&a);
	}
	arena_done(&a);
	buf_done(&b);
}

/* --- random documents ----------------------------------------------------------------------------- */

static const char *const pieces[] = {"a", "name", "水", "涑水", "\xF0\x9F\x98\x80", "é", "\"", "\\", "\n", "\x01", "/", "0123456789abcdef",
	"\xEE\x80\x80", "\x7f", " "};

static struct str random_string(char *to, size_t cap)
{
	size_t n = 0;
	for (uint64_t k = dice_below(6); k > 0; k--) {
		const char *piece = pieces[dice_below(ARRAY_N(pieces))];
		size_t len = strlen(piece);
		if (n + len >= cap)
			break;
		memcpy(to + n, piece, len);
		n += len;
	}
	to[n] = 0;
	return (struct str){to, n};
}

static void random_value(struct buf *b, int depth)
{
	char text[128];
	uint64_t kind = dice_below(depth > 5 ? 6 : 8);
	double f;
	uint64_t bits = dice();
	switch (kind) {
	case 0:
		json_null(b);
		break;
	case 1:
		json_bool(b, bits & 1);
		break;
	case 2:
		json_i64(b, (int64_t)(bits >> dice_below(64)) * (dice_below(2) ? 1 : -1));
		break;
	case 3:
		memcpy(&f, &bits, sizeof f);
		json_f64(b, dice_below(2) ? f : (double)dice_below(10000) / 100);
		break;
	case 4:
	case 5:
		json_str(b, random_string(text, sizeof text));
		break;
	case 6:
		json_open(b, '[');
		for (uint64_t n = dice_below(6); n > 0; n--)
			random_value(b, depth + 1);
		json_close(b, ']');
		break;
	default:
		json_open(b, '{');
		uint64_t n = dice_below(50) ? dice_below(8) : dice_below(80);
		for (uint64_t i = 0; i < n; i++) {
			size_t len = random_string(text, sizeof text - 24).n;
			snprintf(text + len, 24, "%llu", (unsigned long long)i); /* a serial number makes it the only one */
			json_key(b, text);
			random_value(b, depth + 1);
		}
		json_close(b, '}');
	}
}

static void write_back(struct buf *b, const struct json *v)
{
	char key[160];
	switch (v->type) {
	case JSON_NULL:
		json_null(b);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(b, v->type == JSON_TRUE);
		break;
	case JSON_INT:
		json_i64(b, v->i);
		break;
	case JSON_REAL:
		json_f64(b, v->f);
		break;
	case JSON_STRING:
		json_str(b, v->s);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		json_open(b, v->type == JSON_ARRAY ? '[' : '{');
		uint32_t n = 0;
		JSON_EACH(c, v) {
			n++;
			if (v->type == JSON_OBJECT) {
				assert_true(c->key.n < sizeof key);
				str_to_c(c->key, key, sizeof key);
				json_key(b, key);
				assert_ptr_equal(json_get(v, c->key), c);
			}
			write_back(b, c);
		}
		assert_int_equal(n, v->n);
		json_close(b, v->type == JSON_ARRAY ? ']' : '}');
	}
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	dice_seed(5);
	struct buf b, again;
	buf_init(&b, 0);
	buf_init(&again, 0);
	struct arena a;
	arena_init(&a, 0);
	for (int i = 0; i < 20000; i++) {
		buf_reset(&b);
		buf_reset(&again);
		arena_reset(&a);
		random_value(&b, 0);
		const struct json *root = NULL;
		struct err e;
		if (json_read(&a, buf_str(&b), &root, &e) != OK)
			fail_msg("%s %s: %.*s", e.at, e.what, STR_ARG(buf_str(&b)));
		write_back(&again, root);
		assert_true(str_eq(buf_str(&b), buf_str(&again)));
		json_error_t why;
		json_t *oracle = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
		if (!oracle)
			fail_msg("jansson: %s: %.*s", why.text, STR_ARG(buf_str(&b)));
		json_decref(oracle);
	}
	arena_done(&a);
	buf_done(&b);
	buf_done(&again);
}

/* --- against jansson --------------------------------------------------------------------------------
 * Both accept or both refuse, but for these, where the rules differ:
 *   more than 32 levels                     ours refuses, jansson goes to 2,048
 *   an integer beyond 64 bits               ours is the nearest double, jansson refuses
 *   a NUL byte behind the value             ours refuses, jansson takes it for the end
 */
static void change_bytes(struct buf *b)
{
	static const char likely[] = "\"\\{}[],:0123456789eE+-.truefalsn \n\t\x80\xff\xed\xa0";
	for (uint64_t k = 1 + dice_below(3); k > 0 && b->n > 1; k--) {
		size_t at = dice_below(b->n);
		switch (dice_below(4)) {
		case 0:
			b->p[at] = likely[dice_below(sizeof likely - 1)];
			break;
		case 1:
			b->p[at] = (char)dice_below(256);
			break;
		case 2:
			memmove(b->p + at, b->p + at + 1, b->n - at - 1);
			b->n--;
			break;
		default:
			buf_add_byte(b, 0);
			memmove(b->p + at + 1, b->p + at, b->n - at - 1);
			b->p[at] = likely[dice_below(sizeof likely - 1)];
		}
	}
}

static void jansson_agrees_on_changed_texts(void **state)
{
	(void)state;
	dice_seed(9);
	struct buf b, dumped;
	buf_init(&b, 0);
	buf_init(&dumped, 0);
	struct arena a;
	arena_init(&a, 0);
	int taken = 0, refused = 0, excused = 0;
	for (int i = 0; i < 200000; i++) {
		buf_reset(&b);
		buf_reset(&dumped);
		arena_reset(&a);
		random_value(&b, 3);
		change_bytes(&b);
		json_error_t why;
		json_t *oracle = json_loadb(b.p, b.n, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
		const struct json *root = NULL;
		struct err e = {0};
		enum err_code code = json_read(&a, buf_str(&b), &root, &e);
		if ((code == OK) != (oracle != NULL)) {
			bool big_integer = code == OK && strstr(why.text, "too big") && strstr(why.text, "integer");
			bool nul_byte = oracle && memchr(b.p, 0, b.n);
			if (!big_integer && !nul_byte && code != ERR_TOO_DEEP)
				fail_msg("ours: %s %s %s; jansson: %s; text: %.*s", err_name(code), e.at, e.what, oracle ? "taken" : why.text,
					STR_ARG(buf_str(&b)));
			excused++;
		} else if (code == OK) {
			write_back(&dumped, root); /* the values are the same, too */
			json_t *ours = json_loadb(dumped.p, dumped.n, JSON_DECODE_ANY, &why);
			if (!ours)
				fail_msg("jansson: %s: %.*s", why.text, STR_ARG(buf_str(&dumped)));
			char *x = json_dumps(ours, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
			char *y = json_dumps(oracle, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
			/* a whole double is written as an integer, so only the rest is compared byte by byte */
			if (!strstr(y, ".0") && !strchr(y, 'e'))
				assert_string_equal(x, y);
			free(x);
			free(y);
			json_decref(ours);
			taken++;
		} else {
			refused++;
		}
		json_decref(oracle);
	}
	print_message("%d taken, %d refused by both, %d differences in the rules\n", taken, refused, excused);
	assert_true(taken > 10000 && refused > 10000 && excused < 5000);
	arena_done(&a);
	buf_done(&b);
	buf_done(&dumped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_document_is_read),
		cmocka_unit_test(malformed_texts_are_refused_with_their_place),
		cmocka_unit_test(numbers_keep_their_value),
		cmocka_unit_test(random_decimals_agree_with_strtod),
		cmocka_unit_test(scans_agree),
		cmocka_unit_test(repeated_names_are_found_at_every_size),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(a_small_arena_is_an_error_and_no_stop),
		cmocka_unit_test(texts_are_written_with_commas_and_escapes),
		cmocka_unit_test(doubles_are_written_shortest),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(jansson_agrees_on_changed_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
