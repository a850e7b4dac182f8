/* SPDX-License-Identifier: Apache-2.0
 * Unit tests of core/: text, memory, numbers, ids, calendar. */
#include "cm.h"

#include "core/arena.h"
#include "core/buf.h"
#include "core/caltime.h"
#include "core/id.h"
#include "core/sys.h"

static void integers_are_read_strictly(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		int64_t value;
	} cases[] = {
		{"0", true, 0}, {"-1", true, -1}, {"9223372036854775807", true, INT64_MAX},
		{"-9223372036854775808", true, INT64_MIN}, {"9223372036854775808", false, 0},
		{"-9223372036854775809", false, 0}, {"", false, 0}, {"-", false, 0}, {"01", false, 0}, {"-0", false, 0},
		{"+1", false, 0}, {"1 ", false, 0}, {"12x", false, 0}, {"1e3", false, 0},
	};
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		int64_t v = 77;
		assert_int_equal(str_to_i64(str_of(cases[i].text), &v), cases[i].ok);
		assert_int_equal(v, cases[i].ok ? cases[i].value : 77);
	}
}

static void utf8_is_checked(void **state)
{
	(void)state;
	assert_true(str_is_utf8(STR("涑水 abc \xF0\x9F\x98\x80")));
	static const char *const bad[] = {"\xC0\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xE6\xB6", "\x80", "\xF0\x80\x80\x80"};
	for (size_t i = 0; i < ARRAY_N(bad); i++)
		assert_false(str_is_utf8(str_of(bad[i])));
	char out[6];
	assert_int_equal(str_to_c(STR("涑水"), out, sizeof out), 3); /* never half a character */
	assert_string_equal(out, "涑");
}

static void arena_gives_takes_and_refuses(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 100000);
	char *first = arena_alloc(&a, 10);
	struct arena_mark m = arena_mark(&a);
	for (int i = 0; i < 50; i++) {
		char *p = arena_alloc(&a, 1000);
		for (int k = 0; k < 1000; k++)
			assert_int_equal(p[k], 0);
		memset(p, 1, 1000);
	}
	assert_null(arena_try(&a, 90000));
	assert_true(a.overflow);
	arena_rewind(&a, m);
	memset(first, 2, 10);
	assert_int_equal(a.used_n, 10);
	assert_string_equal(arena_printf(&a, "%d-%s", 7, "x").p, "7-x");
	arena_done(&a);
}

static void buffer_stops_at_its_limit(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 8);
	buf_add_i64(&b, INT64_MIN + 1);
	assert_true(b.failed);
	buf_reset(&b);
	buf_add_i64(&b, -42);
	assert_true(str_eq(buf_str(&b), STR("-42")));
	buf_done(&b);
}

static void ids_are_ordered_by_time_and_read_back(void **state)
{
	(void)state;
	struct sys_sim sim;
	sys_sim_init(&sim, 1, INT64_C(1668949200000));
	struct id before = id_new(&sim.sys), back;
	sim.now++;
	struct id after = id_new(&sim.sys);
	assert_true(id_cmp(before, after) < 0);
	char text[ID_TEXT_N + 1];
	id_format(before, text);
	assert_int_equal(text[14], '7');
	assert_true(id_parse(str_of(text), &back) && id_eq(before, back));
	text[3] = 'g';
	assert_false(id_parse(str_of(text), &back));
	assert_false(id_parse(STR("00000000-0000-0000-0000-000000000000"), &back));
}

static void instants_and_days(void **state)
{
	(void)state;
	int64_t ms;
	int32_t day;
	char text[CALTIME_TEXT_N], date[DAY_TEXT_N];
	assert_int_equal(caltime_zone(STR("Asia/Shanghai"), NULL), OK);
	assert_true(caltime_parse(STR("2022-11-20T21:00:00+08:00"), &ms));
	caltime_format(ms, text);
	assert_string_equal(text, "2022-11-20T21:00:00+08:00");
	assert_true(day_parse(STR("2022-11-20"), &day));
	assert_int_equal(day_of(ms), day);
	assert_int_equal(day_at(day, 21, 0), ms);
	assert_int_equal(day_weekday(day), 7);
	day_format(day, date);
	assert_string_equal(date, "2022-11-20");
	static const char *const bad[] = {"2022-02-29", "2022-13-01", "2022-1-01", "2022-11-20T24:00", "2022-11-20T21:00+", "x",
					  "2022-11-20T21", "2022-11-20T21:00:00.Z", ""};
	for (size_t i = 0; i < ARRAY_N(bad); i++)
		assert_false(caltime_parse(str_of(bad[i]), &ms));
	assert_int_equal(caltime_zone(STR("Nowhere/None"), NULL), ERR_BAD_VALUE);
	assert_int_equal(caltime_zone(STR("../etc/passwd"), NULL), ERR_BAD_VALUE);
}

static void daylight_saving_days_have_23_and_25_hours(void **state)
{
	(void)state;
	int32_t spring = 0, autumn = 0;
	assert_int_equal(caltime_zone(STR("Europe/Rome"), NULL), OK);
	assert_true(day_parse(STR("2020-03-29"), &spring) && day_parse(STR("2020-10-25"), &autumn));
	assert_int_equal(day_start(spring + 1) - day_start(spring), 23 * MS_PER_HOUR);
	assert_int_equal(day_start(autumn + 1) - day_start(autumn), 25 * MS_PER_HOUR);
	for (int32_t d = spring - 400; d < spring + 400; d++) {
		assert_int_equal(day_of(day_start(d)), d);
		assert_int_equal(day_of(day_start(d) - 1), d - 1);
	}
	assert_int_equal(caltime_zone(STR("Asia/Shanghai"), NULL), OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_read_strictly),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(arena_gives_takes_and_refuses),
		cmocka_unit_test(buffer_stops_at_its_limit),
		cmocka_unit_test(ids_are_ordered_by_time_and_read_back),
		cmocka_unit_test(instants_and_days),
		cmocka_unit_test(daylight_saving_days_have_23_and_25_hours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
