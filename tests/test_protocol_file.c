/* SPDX-License-Identifier: Apache-2.0
 * Reading protocol files: broken ones are refused with line and reason; what a file says is what is counted.
 */
#include "cm.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/buf.h"
#include "core/caltime.h"
#include "protocol/protocol.h"

static struct regimen_item items[REGIMEN_ITEMS_MAX];

static int64_t ms(const char *text)
{
	int64_t v = 0;
	assert_true(caltime_parse(str_of(text), &v));
	return v;
}

static int set_zone(void **state)
{
	(void)state;
	return caltime_zone(STR("Asia/Shanghai"), NULL) == OK ? 0 : -1;
}

/* ---- broken files ---- */

static const char whole_file[] =
	"id: test-1\n" /* 1 */
	"disease: test\n"
	"disease_name: { en: Test, zh: 测试 }\n"
	"edition: { en: first, zh: 第一版 }\n"
	"issuer: { en: office, zh: 机关 }\n" /* 5 */
	"effective_from: 2022-01-01\n"
	"jurisdiction: CN\n"
	"basis: { en: law, zh: 法律, status: F, source: \"[1]\" }\n"
	"appeal: { en: ask, zh: 申诉, status: R, why: unknown }\n"
	"sources:\n" /* 10 */
	"  1: \"Title\"\n"
	"  2: \"Address\"\n"
	"windows:\n"
	"  onset: { name: { en: a, zh: 甲 }, anchor: onset, from_days: -2, status: F, source: "
	"\"[1]\" }\n"
	"settings:\n" /* 15 */
	"  home: { name: { en: a, zh: 甲 }, tier: contact, status: F, source: \"[2]\" }\n"
	"tiers:\n"
	"  contact:\n"
	"    name: { en: contact, zh: 接触者 }\n"
	"    status: F\n" /* 20 */
	"    source: \"[1][2]\"\n"
	"    anchor: last_exposure\n"
	"    within: { value: 8, unit: h, status: P, source: \"[2]\" }\n"
	"    stages:\n"
	"      - place: central\n" /* 25 */
	"        kind: isolation\n"
	"        days: 7\n"
	"        tests: [1, 3, 7]\n"
	"        exit: none\n"
	"    release: [stage_days_over, last_test_done]\n" /* 30 */
	"    upgrade: [{ trigger: own_positive, to: case }]\n"
	"limits:\n"
	"  report: { value: 2, unit: h, status: F, source: \"[1]\" }\n"
	"zones:\n"
	"  high: { name: { en: a, zh: 甲 }, regime: { en: a, zh: 甲 }, units: [village], "
	"downgrade_days: 7,\n" /* 35 */
	"    downgrade_to: none, status: F, source: \"[1]\" }\n"
	"pools: { sizes: { other: 10 }, allowed: [1, 10], status: F, source: \"[1]\" }\n"
	"parameters:\n"
	"  rooms: { value: 20, status: F, source: \"[1]\" }\n"
	"examples:\n" /* 40 */
	"  - name: seven days\n"
	"    tier: contact\n"
	"    times: { last_exposure: 2022-11-03T12:00 }\n"
	"    expect:\n"
	"      tests: [2022-11-04, 2022-11-06, 2022-11-10]\n" /* 45 */
	"      release: 2022-11-11T00:00\n";

/* whole_file with the first `from` replaced by `to`; heap, freed by the caller. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(whole_file, from);
	assert_non_null(at);
	struct buf b;
	buf_init(&b, 0);
	buf_add(&b, whole_file, (size_t)(at - whole_file));
	buf_add_c(&b, to);
	buf_add_c(&b, at + strlen(from));
	buf_add_byte(&b, 0);
	assert_false(b.failed);
	return b.p;
}

static enum err_code load_text(const char *text, size_t n, struct err *e)
{
	struct arena a;
	struct protocol *p = NULL;
	arena_init(&a, 0);
	*e = (struct err){0};
	enum err_code code = protocol_load(&a, (struct str){text, n}, "x.yaml", &p, e);
	assert_true((code == OK) == (p != NULL));
	arena_done(&a);
	return code;
}

static const struct {
	const char *from, *to;
	enum err_code code;
	const char *at, *what;
} broken[] = {
#include "protocol_broken.inc"
};

static void each_broken_file_is_refused_with_line_and_reason(void **state)
{
	(void)state;
	struct err e;
	if (load_text(whole_file, sizeof whole_file - 1, &e) != OK)
		fail_msg("%s: %s", e.at, e.what);
	assert_true(ARRAY_N(broken) >= 25);
	for (size_t i = 0; i < ARRAY_N(broken); i++) {
		char *text = changed(broken[i].from, broken[i].to);
		enum err_code code = load_text(text, strlen(text), &e);
		if (code != broken[i].code || strcmp(e.at, broken[i].at) != 0 || strcmp(e.what, broken[i].what) != 0)
			fail_msg("`%s` -> `%s`: got %s, %s, %s", broken[i].from, broken[i].to, err_name(code),
				 e.at, e.what);
		free(text);
	}
}

static void size_depth_and_number_are_limited(void **state)
{
	(void)state;
	struct err e;
	char *big = calloc(PROTOCOL_TEXT_MAX + 2, 1);
	assert_non_null(big);
	memset(big, ' ', PROTOCOL_TEXT_MAX + 1);
	assert_int_equal(load_text(big, PROTOCOL_TEXT_MAX + 1, &e), ERR_TOO_LARGE);
	assert_int_equal(load_text(big, PROTOCOL_TEXT_MAX, &e), ERR_BAD_YAML); /* empty */
	memset(big, '[', PROTOCOL_TEXT_MAX);
	assert_int_equal(load_text(big, PROTOCOL_TEXT_MAX, &e), ERR_TOO_DEEP);
	assert_string_equal(e.what, "lists and mappings are nested more than 12 deep");
	struct buf b;
	buf_init(&b, 0);
	for (int i = 0; i < 501; i++)
		buf_printf(&b, "- %d\n", i);
	assert_int_equal(load_text(b.p, b.n, &e), ERR_TOO_LARGE);
	assert_string_equal(e.at, "x.yaml:501");
	buf_reset(&b);
	for (int i = 0; i < 400; i++) {
		buf_add_c(&b, "- [");
		for (int k = 0; k < 400; k++)
			buf_add_c(&b, "1,");
		buf_add_c(&b, "]\n");
	}
	assert_int_equal(load_text(b.p, b.n, &e), ERR_TOO_LARGE);
	assert_string_equal(e.what, "the file has too many entries");
	buf_done(&b);
	free(big);
	assert_int_equal(load_text("id: \xff\n", 6, &e), ERR_BAD_TEXT);
	assert_int_equal(load_text("", 0, &e), ERR_BAD_YAML);
	assert_int_equal(load_text("id: a\n---\nid: b\n", 16, &e), ERR_BAD_YAML);
	assert_string_equal(e.at, "x.yaml:2");
}

/* Whatever the room, loading either works or says that memory is out; nothing in between. */
static void a_small_arena_is_an_error_and_no_crash(void **state)
{
	(void)state;
	struct str text = {whole_file, sizeof whole_file - 1};
	bool worked = false;
	for (size_t cap = 1; !worked; cap += 97) {
		struct arena a;
		struct protocol *p = NULL;
		struct err e = {0};
		arena_init(&a, cap);
		enum err_code code = protocol_load(&a, text, "x.yaml", &p, &e);
		worked = code == OK;
		assert_true(worked || code == ERR_MEMORY);
		arena_done(&a);
		assert_true(cap < 8000000);
		cap += cap / 50;
	}
}

/* Loads whole_file with one change into a; the change must be a good one. */
static const struct protocol *good(struct arena *a, const char *from, const char *to)
{
	char *text = changed(from, to);
	*strstr(text, "      release: 2022") = 0; /* the last line: what a change may well move */
	struct protocol *p = NULL;
	struct err e = {0};
	arena_init(a, 0);
	if (protocol_load(a, str_of(text), "x.yaml", &p, &e) != OK)
		fail_msg("%s: %s", e.at, e.what);
	free(text); /* a protocol holds nothing of the text it was read from */
	return p;
}

static int64_t release_of(const struct protocol *p, const struct regimen_times *t)
{
	size_t n = 0;
	assert_int_equal(protocol_regimen(p, &p->tier[0], t, items, ARRAY_N(items), &n, NULL), OK);
	for (size_t i = 0; i < n; i++)
		if (items[i].kind == ITEM_RELEASE)
			return items[i].from;
	return PROTOCOL_NO_TIME;
}

static void the_ways_of_counting_are_data(void **state)
{
	(void)state;
	struct arena a;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-03T12:00");
	t.at[ANCHOR_LAST_POSITIVE_REMOVED] = ms("2022-11-05T12:00");
	t.at[ANCHOR_LAST_SIGN] = ms("2022-11-09T12:00");
	const char *anchor = "    anchor: last_exposure\n";
	static const struct {
		const char *more, *release;
	} rows[] = {
		{"", "2022-11-11"},
		{"    reset_anchor: last_positive_removed\n", "2022-11-13"},
		{"    reset_anchor: last_positive_removed\n    reset_days: 3\n", "2022-11-09"},
		{"    reset_anchor: disinfection_ended\n", "2022-11-11"}, /* has not happened */
		{"    sign_isolation_days: 5\n", "2022-11-15"},
		{"    sign_isolation_days: 1\n", "2022-11-11"}, /* ends within the stage */
		{"    early_release_day: 5\n", "2022-11-08"},
	};
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		char with[300];
		snprintf(with, sizeof with, "%s%s", anchor, rows[i].more);
		const struct protocol *p = good(&a, anchor, with);
		if (release_of(p, &t) != ms(rows[i].release))
			fail_msg("%s", rows[i].more);
		arena_done(&a);
	}
	const struct protocol *plain = good(&a, "{ value: 8, unit: h, ", "{ value: 480, unit: min, ");
	assert_int_equal(plain->tier[0].day_one, DAY_ONE_NEXT);
	assert_int_equal(plain->tier[0].within_min.v, 480);
	const struct protocol_unconfirmed_value *u;
	assert_int_equal(protocol_unconfirmed(plain, &u), 2); /* the appeal (R) and the transfer limit (P) */
	assert_true(str_eq_c(u[0].path, "appeal"));
	assert_true(str_eq_c(u[1].path, "tiers.contact.within"));
	arena_done(&a);
}

static void day_one_may_be_the_day_of_the_anchor(void **state)
{
	(void)state;
	struct arena a;
	char *text = changed("    anchor: last_exposure\n", "    anchor: last_exposure\n    day_one: same_day\n");
	char *dates = strstr(text, "[2022-11-04, 2022-11-06, 2022-11-10]");
	memcpy(dates, "[2022-11-03, 2022-11-05, 2022-11-09]", 36);
	memcpy(strstr(text, "2022-11-11T00:00"), "2022-11-10T00:00", 16);
	struct protocol *p = NULL;
	struct err e = {0};
	arena_init(&a, 0);
	if (protocol_load(&a, str_of(text), "x.yaml", &p, &e) != OK)
		fail_msg("%s: %s", e.at, e.what);
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-03T12:00");
	size_t n = 0;
	assert_int_equal(protocol_regimen(p, &p->tier[0], &t, items, ARRAY_N(items), &n, NULL), OK);
	for (size_t i = 0; i < n; i++)
		if (items[i].kind == ITEM_TEST && items[i].nth == 1)
			assert_int_equal(items[i].day, 1);
	free(text);
	arena_done(&a);
}

static void a_folder_adds_editions(void **state)
{
	(void)state;
	char folder[] = "/tmp/sushui-protocols-XXXXXX", path[64];
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/test.yaml", folder);
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(whole_file, 1, sizeof whole_file - 1, f), sizeof whole_file - 1);
	assert_int_equal(fclose(f), 0);
	struct arena a;
	struct protocol_book more = {0};
	struct err e = {0};
	arena_init(&a, 0);
	if (protocol_book_load(&a, folder, &more, &e) != OK)
		fail_msg("%s: %s", e.at, e.what);
	assert_true(more.n > 1); /* the embedded ones are there too */
	assert_non_null(protocol_book_find(&more, STR("cn-covid19-9")));
	const struct protocol *p = protocol_book_find(&more, STR("test-1"));
	assert_non_null(p);
	assert_true(str_eq_c(p->filename, "test.yaml"));
	arena_done(&a);
	assert_int_equal(remove(path), 0);
	assert_int_equal(remove(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_broken_file_is_refused_with_line_and_reason),
		cmocka_unit_test(size_depth_and_number_are_limited),
		cmocka_unit_test(a_small_arena_is_an_error_and_no_crash),
		cmocka_unit_test(the_ways_of_counting_are_data),
		cmocka_unit_test(day_one_may_be_the_day_of_the_anchor),
		cmocka_unit_test(a_folder_adds_editions),
	};
	return cmocka_run_group_tests(tests, set_zone, NULL);
}
