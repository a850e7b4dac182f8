/* SPDX-License-Identifier: Apache-2.0
 * The shipped protocol files: they load, say what their sources say, and people are judged by them. */
#include "cm.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/caltime.h"
#include "core/sys.h"
#include "protocol/protocol.h"

static struct arena arena;
static struct protocol_book book;

static int64_t ms(const char *text)
{
	int64_t v = 0;
	assert_true(caltime_parse(str_of(text), &v));
	return v;
}

static int32_t day(const char *text)
{
	int32_t v = 0;
	assert_true(day_parse(str_of(text), &v));
	return v;
}

static const struct protocol *edition(const char *id)
{
	const struct protocol *p = protocol_book_find(&book, str_of(id));
	if (!p)
		fail_msg("no protocol %s", id);
	return p;
}

static const struct protocol_tier *tier_of(const char *id, const char *tier)
{
	const struct protocol_tier *t = protocol_tier_find(edition(id), str_of(tier));
	if (!t)
		fail_msg("no tier %s in %s", tier, id);
	return t;
}

static int load_all(void **state)
{
	(void)state;
	struct err e = {0};
	arena_init(&arena, 0);
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK || protocol_book_load(&arena, NULL, &book, &e) != OK) {
		print_error("%s: %s\n", e.at, e.what);
		return -1;
	}
	return 0;
}

static int unload(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* ---- the shipped files ---- */

static void every_shipped_file_is_there_and_shows_examples(void **state)
{
	(void)state;
	static const char *const ids[] = {"cn-covid19-10-measures",
					  "cn-covid19-20-measures",
					  "cn-covid19-8",
					  "cn-covid19-9",
					  "covid19-who-2021",
					  "dengue-cn-2025",
					  "ebola-who",
					  "measles",
					  "mers",
					  "mpox",
					  "plague-cn"};
	assert_int_equal(book.n, ARRAY_N(ids));
	for (size_t i = 0; i < book.n; i++) {
		assert_true(str_eq_c(book.protocol[i]->id, ids[i])); /* sorted by id */
		assert_true(book.protocol[i]->tier_n == 0 || book.protocol[i]->example_n > 0);
		assert_int_equal(strlen(book.protocol[i]->digest), 64);
	}
	assert_null(protocol_book_find(&book, STR("cn-covid19-7")));
}

/* The folder of the source tree holds the same editions as the binary: the same ids are refused a second
 * time. */
static void an_edition_is_never_replaced_by_a_file_of_the_same_id(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 0);
	struct protocol_book other = {0};
	struct err e = {0};
	assert_int_equal(protocol_book_load(&a, "protocols", &other, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "cn-covid19-10-measures.yaml");
	assert_non_null(strstr(e.what, "a new edition needs a new id"));
	assert_int_equal(other.n, 0);
	assert_int_equal(protocol_book_load(&a, "/nonexistent", &other, &e), ERR_FILE);
	arena_done(&a);
}

static void examples_hold_in_other_time_zones(void **state)
{
	(void)state;
	static const char *const zones[] = {"UTC", "Europe/Rome", "America/New_York", "Pacific/Auckland"};
	for (size_t i = 0; i < ARRAY_N(zones); i++) {
		struct arena a;
		struct protocol_book other;
		struct err e = {0};
		arena_init(&a, 0);
		assert_int_equal(caltime_zone(str_of(zones[i]), NULL), OK);
		if (protocol_book_load(&a, NULL, &other, &e) != OK)
			fail_msg("%s: %s: %s", zones[i], e.at, e.what);
		arena_done(&a);
	}
	assert_int_equal(caltime_zone(STR("Asia/Shanghai"), NULL), OK);
}

static void limits_carry_their_evidence(void **state)
{
	(void)state;
	const struct protocol *v9 = edition("cn-covid19-9"), *v8 = edition("cn-covid19-8"),
			      *v10 = edition("cn-covid19-10-measures");
	static const struct {
		const char *name;
		int32_t min;
		enum protocol_mark mark;
		const char *source;
	} rows[] = {
		{"report", 120, MARK_F, "[24][25]"},
		{"core_facts", 240, MARK_P, "[27]"},
		{"zone_publish", 300, MARK_F, "[1]"},
		{"contact_in_isolation", 480, MARK_P, "[25][27]"},
		{"secondary_in_isolation", 720, MARK_P, "[27]"},
		{"investigation", 1440, MARK_F, "[28]"},
		{"pool_control", 120, MARK_R, ""},
		{"pool_retest", 360, MARK_R, ""},
		{"first_round_controlled", 2880, MARK_F, "[29]"},
		{"close_to_send", 30, MARK_D, "[58]"},
	};
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		const struct protocol_limit *l = protocol_limit_find(v9, str_of(rows[i].name));
		assert_non_null(l);
		assert_int_equal(protocol_limit_min(v9, str_of(rows[i].name)), rows[i].min);
		assert_int_equal(l->min.note.mark, rows[i].mark);
		assert_true(str_eq_c(l->min.note.source, rows[i].source));
		assert_true(l->min.note.line > 0 && l->clause.zh.n > 0);
	}
	assert_int_equal(protocol_limit_min(v9, STR("swab_to_close")),
			 PROTOCOL_NO_LIMIT); /* no figure was found: none is made up */
	assert_int_equal(protocol_limit_min(v8, STR("contact_in_isolation")), 720);
	assert_int_equal(protocol_limit_min(v10, STR("contact_in_isolation")), PROTOCOL_NO_LIMIT);
	assert_non_null(protocol_source_find(v9, 24));
	assert_null(protocol_source_find(v9, 999));
}

static void what_is_not_confirmed_is_listed(void **state)
{
	(void)state;
	const struct protocol_unconfirmed_value *u;
	size_t n = protocol_unconfirmed(edition("cn-covid19-9"), &u);
	bool control = false, review = false, report = false;
	for (size_t i = 0; i < n; i++) {
		assert_true(u[i].note.mark == MARK_P || u[i].note.mark == MARK_R);
		control |= str_eq_c(u[i].path, "limits.pool_control") && u[i].note.why.n > 0;
		review |= str_eq_c(u[i].path, "limits.cdc_review");
		report |= str_eq_c(u[i].path, "limits.report");
	}
	assert_true(control && review && !report);
}

static void parameters_keep_what_no_code_needs_yet(void **state)
{
	(void)state;
	const struct protocol *v9 = edition("cn-covid19-9"), *v20 = edition("cn-covid19-20-measures");
	const struct protocol_param *p = protocol_param_find(v9, STR("isolation.rooms_per_10k"));
	assert_non_null(p);
	assert_int_equal(p->kind, PARAM_NUMBER);
	assert_true(p->number > 19.9 && p->number < 20.1);
	p = protocol_param_find(v9, STR("isolation.groups"));
	assert_int_equal(p->kind, PARAM_TEXTS);
	assert_int_equal(p->texts.n, 7);
	p = protocol_param_find(v9, STR("secondary_contact.tests"));
	assert_int_equal(p->kind, PARAM_NUMBERS);
	assert_int_equal(p->numbers.v[2], 7);
	p = protocol_param_find(v20, STR("secondary_contact.tests"));
	assert_int_equal(p->kind, PARAM_ABSENT);
	assert_true(p->note.why.n > 0);
	assert_null(protocol_param_find(v9, STR("isolation.rooms")));
	for (size_t i = 0; i < v9->param_n; i++) {
		assert_ptr_equal(protocol_param_find(v9, v9->param[i].name), &v9->param[i]);
		assert_non_null(protocol_param_find(v20, v9->param[i].name)); /* both editions answer every key */
	}
	assert_true(v9->param_n >= 120);
}

static void pools_and_screening_rounds(void **state)
{
	(void)state;
	const struct protocol *v9 = edition("cn-covid19-9"), *who = edition("covid19-who-2021"),
			      *mers = edition("mers");
	assert_int_equal(protocol_pool_size(v9, POOL_ISOLATION), 1);
	assert_int_equal(protocol_pool_size(v9, POOL_CONTROLLED), 10);
	assert_int_equal(protocol_pool_size(v9, POOL_OTHER), 20);
	assert_int_equal(protocol_pool_size(who, POOL_OTHER), 1);
	assert_int_equal(protocol_pool_size(mers, POOL_OTHER), 1);
	assert_true(protocol_pool_allowed(v9, 10) && !protocol_pool_allowed(v9, 30) &&
		    !protocol_pool_allowed(who, 10));
	int32_t next = 0, last = day("2022-10-07");
	assert_int_equal(protocol_area_next(v9, 0, last, &next), CADENCE_ROUND);
	assert_int_equal(next, last + 1);
	assert_int_equal(protocol_area_next(v9, 3, last, &next), CADENCE_ROUND);
	assert_int_equal(next, last + 4); /* three days of pause lie between */
	assert_int_equal(protocol_area_next(v9, 4, last, &next), CADENCE_STOP);
	assert_int_equal(protocol_area_next(who, 0, last, &next), CADENCE_UNKNOWN);
}

/* ---- one person, three editions ---- */

static struct regimen_item items[REGIMEN_ITEMS_MAX];

static size_t regimen(const char *id, const char *tier, const struct regimen_times *t)
{
	struct err e = {0};
	size_t n = 0;
	if (protocol_regimen(edition(id), tier_of(id, tier), t, items, ARRAY_N(items), &n, &e) != OK)
		fail_msg("%s %s: %s", id, tier, e.what);
	for (size_t i = 0; i < n; i++) {
		assert_true(items[i].from <= items[i].due);
		assert_true(i == 0 || items[i - 1].from <= items[i].from);
		assert_non_null(items[i].note);
		assert_true(items[i].note->line > 0);
	}
	return n;
}

/* "test 2022-11-08 5; release 2022-11-14 10" : kind, local day of the beginning, day of the regime. Checks
 * are left out. */
static void describe(size_t n, char *out, size_t cap)
{
	size_t len = 0;
	out[0] = 0;
	for (size_t i = 0; i < n; i++) {
		char text[DAY_TEXT_N];
		if (items[i].kind == ITEM_CHECK)
			continue;
		day_format(day_of(items[i].from), text);
		len += (size_t)snprintf(out + len, cap - len, "%s%s %s %d", len ? "; " : "",
					regimen_kind_word(items[i].kind), text + 5, items[i].day);
		assert_true(len < cap);
	}
}

static void exposed_3_november_found_8_november(void **state)
{
	(void)state;
	struct protocol_adoption rows[] = {
		{edition("cn-covid19-9"), ms("2022-06-28"), TRANSITION_IMMEDIATE, 0},
		{edition("cn-covid19-20-measures"), ms("2022-11-11"), TRANSITION_IMMEDIATE, 0},
		{edition("cn-covid19-10-measures"), ms("2022-12-07"), TRANSITION_IMMEDIATE, 0},
	};
	struct protocol_set set = {rows, ARRAY_N(rows)};
	assert_int_equal(protocol_set_check(&set, NULL), OK);
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-03T12:00");
	t.at[ANCHOR_IDENTIFIED] = ms("2022-11-08T09:00");
	static const struct {
		const char *asked, *edition, *duties;
	} rounds[] = {
		{"2022-11-08T09:00", "cn-covid19-9",
		 "transfer 11-08 0; test 11-08 5; test 11-10 7; stage 11-11 8; test 11-13 10; release 11-14 10"},
		{"2022-11-12T09:00", "cn-covid19-20-measures",
		 "transfer 11-08 0; test 11-08 5; stage 11-09 6; test 11-09 6; test 11-11 8; release 11-12 8"},
		{"2022-12-08T09:00", "cn-covid19-10-measures", "stage 11-08 1; test 11-08 5; release 11-09 5"},
	};
	for (size_t i = 0; i < ARRAY_N(rounds); i++) {
		const struct protocol *p = protocol_for(&set, t.at[ANCHOR_IDENTIFIED], ms(rounds[i].asked));
		assert_true(str_eq_c(p->id, rounds[i].edition));
		char text[400];
		describe(regimen(rounds[i].edition, "close_contact", &t), text, sizeof text);
		assert_string_equal(text, rounds[i].duties);
	}
	/* the same change, but only for regimens that begin under the new edition; and from a date on */
	rows[1].transition = rows[2].transition = TRANSITION_NEW_ONLY;
	assert_true(str_eq_c(protocol_for(&set, ms("2022-11-08T09:00"), ms("2022-12-08"))->id, "cn-covid19-9"));
	assert_true(str_eq_c(protocol_for(&set, ms("2022-11-11"), ms("2022-12-08"))->id,
			     "cn-covid19-20-measures"));
	rows[1].transition = TRANSITION_AT_DATE;
	rows[1].apply_at = ms("2022-11-15");
	assert_true(str_eq_c(protocol_for(&set, ms("2022-11-08"), ms("2022-11-14T23:59"))->id, "cn-covid19-9"));
	assert_true(str_eq_c(protocol_for(&set, ms("2022-11-08"), ms("2022-11-15"))->id,
			     "cn-covid19-20-measures"));
	assert_null(protocol_at(&set, ms("2022-06-27T23:59")));
	assert_true(str_eq_c(protocol_at(&set, ms("2022-11-10T23:59"))->id, "cn-covid19-9"));
	assert_true(str_eq_c(protocol_at(&set, ms("2022-11-11"))->id, "cn-covid19-20-measures"));
}

static void a_set_of_editions_is_checked(void **state)
{
	(void)state;
	struct protocol_adoption rows[] = {{edition("cn-covid19-9"), 5, TRANSITION_IMMEDIATE, 0},
					   {edition("cn-covid19-20-measures"), 5, TRANSITION_IMMEDIATE, 0}};
	struct protocol_set set = {rows, 2};
	struct err e = {0};
	assert_int_equal(protocol_set_check(&set, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "1");
	rows[1].from = 6;
	assert_int_equal(protocol_set_check(&set, &e), OK);
	rows[1].transition = TRANSITION_AT_DATE;
	assert_int_equal(protocol_set_check(&set, &e), ERR_BAD_VALUE);
	rows[1] = (struct protocol_adoption){edition("ebola-who"), 6, TRANSITION_IMMEDIATE, 0};
	assert_int_equal(protocol_set_check(&set, &e), ERR_BAD_VALUE);
	assert_non_null(strstr(e.what, "ebola"));
}

/* ---- release and change of tier ---- */

static unsigned unmet(const char *id, const char *tier, const struct regimen_times *t,
		      const struct release_facts *f, const char *at)
{
	struct release_unmet out[COND__N];
	size_t n = 0;
	struct err e = {0};
	if (protocol_release(edition(id), tier_of(id, tier), t, f, ms(at), out, &n, &e) != OK)
		fail_msg("%s", e.what);
	unsigned bits = 0;
	for (size_t i = 0; i < n; i++)
		bits |= 1u << out[i].condition;
	return bits;
}

static void a_contact_of_a_contact_is_freed_by_the_other_ones_tests(void **state)
{
	(void)state;
	const char *v9 = "cn-covid19-9", *tier = "secondary_contact";
	const struct protocol_tier *t9 = tier_of(v9, tier);
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-03T10:00");
	struct release_test own[] = {{ms("2022-11-04T10:00"), RESULT_NEGATIVE},
				     {ms("2022-11-07T10:00"), RESULT_NEGATIVE},
				     {ms("2022-11-10T10:00"), RESULT_NEGATIVE}};
	struct release_test linked[] = {{ms("2022-11-04T12:00"), RESULT_NEGATIVE},
					{ms("2022-11-05T12:00"), RESULT_NEGATIVE}};
	struct release_facts f = {own, 3, linked, 2, false, false};
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-11T00:00"), 0);
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-10T23:59"), 1u << COND_STAGE_DAYS_OVER);
	f.linked_n = 1;
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-11T00:00"), 1u << COND_LINKED_FIRST_TWO_NEGATIVE);
	f.linked_n = 2;
	own[2].result = RESULT_PENDING;
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-11T00:00"),
			 1u << COND_OWN_TESTS_NEGATIVE | 1u << COND_LAST_TEST_DONE);
	own[2].result = RESULT_NEGATIVE;
	own[1].result = RESULT_INVALID; /* settled by the later negative test */
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-11T00:00"), 0);
	own[2].sampled = ms("2022-11-09T23:59"); /* a day too early for the last test */
	assert_int_equal(unmet(v9, tier, &t, &f, "2022-11-11T00:00"), 1u << COND_LAST_TEST_DONE);

	f.own_n = 0;
	assert_int_equal(protocol_upgrade(t9, &f).n, 0);
	linked[1].result = RESULT_POSITIVE;
	assert_true(str_eq_c(protocol_upgrade(t9, &f), "close_contact"));
	struct release_test third[] = {
		{1, RESULT_NEGATIVE}, {2, RESULT_INVALID}, {3, RESULT_NEGATIVE}, {4, RESULT_POSITIVE}};
	f.linked = third;
	f.linked_n = 4;
	assert_int_equal(protocol_upgrade(t9, &f).n, 0); /* only the first two conclusive tests count */
	own[0].result = RESULT_POSITIVE;
	f.own_n = 1;
	assert_true(str_eq_c(protocol_upgrade(t9, &f), "case"));
}

static void a_class_that_an_edition_abolished_has_no_regime(void **state)
{
	(void)state;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-12T10:00");
	const char *v20 = "cn-covid19-20-measures";
	size_t n = 77;
	struct err e = {0};
	assert_int_equal(
		protocol_regimen(edition(v20), tier_of(v20, "secondary_contact"), &t, items, 10, &n, &e),
		ERR_NOT_ALLOWED);
	assert_int_equal(protocol_regimen(edition(v20), tier_of(v20, "arrival"), &t, items, 10, &n, &e),
			 ERR_MISSING_FIELD);
	assert_string_equal(e.at, "site_entry");
	assert_int_equal(protocol_regimen(edition(v20), tier_of(v20, "close_contact"), &t, items, 3, &n, &e),
			 ERR_TOO_LARGE);
	t.at[ANCHOR_LAST_EXPOSURE] = INT64_MAX;
	assert_int_equal(protocol_regimen(edition(v20), tier_of(v20, "close_contact"), &t, items, 10, &n, &e),
			 ERR_BAD_VALUE);
	assert_int_equal(n, 77);
}

static void people_from_a_high_zone_count_from_leaving_it(void **state)
{
	(void)state;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LEFT_ZONE] = ms("2022-10-01T18:00");
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-09-20T18:00"); /* must not matter */
	t.at[ANCHOR_IDENTIFIED] = ms("2022-10-03T09:00");
	char text[400];
	describe(regimen("cn-covid19-9", "traveller_high", &t), text, sizeof text);
	assert_string_equal(
		text,
		"stage 10-03 1; test 10-03 2; test 10-04 3; test 10-06 5; test 10-08 7; release 10-09 7");
	assert_int_equal(tier_of("cn-covid19-9", "traveller_high")->stage[0].place, STAY_CENTRAL);
	assert_int_equal(tier_of("cn-covid19-20-measures", "traveller_high")->stage[0].place, STAY_HOME);
	t.at[ANCHOR_IDENTIFIED] = ms("2022-10-12T09:00");
	describe(regimen("cn-covid19-9", "traveller_high", &t), text, sizeof text);
	assert_string_equal(text, "release 10-12 7; test 10-12 11"); /* more than 7 days ago: one test only */
}

static void the_look_back_of_a_case(void **state)
{
	(void)state;
	const struct protocol *v9 = edition("cn-covid19-9");
	const struct protocol_window *w;
	struct regimen_times t;
	int64_t from, to;
	regimen_times_init(&t);
	assert_false(protocol_exposure_window(v9, &t, PROTOCOL_NO_TIME, &from, &to, NULL));
	t.at[ANCHOR_FIRST_POSITIVE_SAMPLING] = ms("2022-10-10T09:00");
	assert_true(protocol_exposure_window(v9, &t, ms("2022-10-11T13:00"), &from, &to, &w));
	assert_int_equal(from, ms("2022-10-08"));
	assert_int_equal(to, ms("2022-10-11T13:00"));
	t.at[ANCHOR_ONSET] = ms("2022-10-09T20:00"); /* symptoms go before the test */
	assert_true(protocol_exposure_window(v9, &t, PROTOCOL_NO_TIME, &from, &to, &w));
	assert_int_equal(from, ms("2022-10-07"));
	assert_int_equal(to, INT64_MAX);
	t.at[ANCHOR_LAST_NEGATIVE_SAMPLING] = ms("2022-10-05T08:00");
	t.serial = true;
	assert_true(protocol_exposure_window(v9, &t, PROTOCOL_NO_TIME, &from, &to, &w));
	assert_int_equal(from, ms("2022-10-05"));
	assert_true(str_eq_c(w->id, "serial"));
	regimen_times_init(&t);
	t.at[ANCHOR_RASH_ONSET] = ms("2025-03-10T07:00");
	assert_true(protocol_exposure_window(edition("measles"), &t, PROTOCOL_NO_TIME, &from, &to, NULL));
	assert_int_equal(from, ms("2025-03-06"));
	assert_int_equal(to, ms("2025-03-15")); /* day +4 counts whole */
}

/* ---- other diseases ---- */

static void measles_counts_from_the_first_and_from_the_last_exposure(void **state)
{
	(void)state;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_FIRST_EXPOSURE] = ms("2025-03-01T10:00");
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2025-03-03T10:00");
	size_t n = regimen("measles", "contact", &t);
	int64_t mmr = 0, ig = 0;
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind == ITEM_MEASURE && str_eq_c(items[i].measure->id, "mmr"))
			mmr = items[i].due;
		if (items[i].kind == ITEM_MEASURE && str_eq_c(items[i].measure->id, "ig"))
			ig = items[i].due;
		if (items[i].kind == ITEM_STAGE)
			assert_int_equal(items[i].from, ms("2025-03-06")); /* day 5 after the first */
		if (items[i].kind == ITEM_RELEASE)
			assert_int_equal(items[i].from, ms("2025-03-25")); /* day 21 after the last, whole */
	}
	assert_int_equal(mmr, t.at[ANCHOR_FIRST_EXPOSURE] + 72 * MS_PER_HOUR);
	assert_int_equal(ig, t.at[ANCHOR_FIRST_EXPOSURE] + 144 * MS_PER_HOUR);
	size_t same = 5;
	t.at[ANCHOR_FIRST_EXPOSURE] = ms("2020-03-01T10:00");
	assert_int_equal(protocol_regimen(edition("measles"), tier_of("measles", "contact"), &t, items,
					  ARRAY_N(items), &same, NULL),
			 ERR_BAD_VALUE);
	assert_int_equal(same, 5);
}

static void ebola_sees_each_contact_on_21_days(void **state)
{
	(void)state;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2014-10-01T12:00");
	size_t n = regimen("ebola-who", "contact", &t), visits = 0;
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind != ITEM_CHECK)
			continue;
		visits++;
		assert_int_equal(items[i].day, visits);
		assert_int_equal(items[i].observer, OBSERVE_VISIT);
		assert_int_equal(items[i].from, day_start(day("2014-10-01") + (int32_t)visits));
		assert_int_equal(items[i].due - items[i].from, MS_PER_DAY);
	}
	assert_int_equal(visits, 21);
}

static void health_checks_fall_in_the_morning_and_in_the_evening(void **state)
{
	(void)state;
	struct regimen_times t;
	regimen_times_init(&t);
	t.at[ANCHOR_LAST_EXPOSURE] = ms("2022-11-03T12:00");
	size_t n = regimen("cn-covid19-9", "close_contact", &t), am = 0, pm = 0;
	for (size_t i = 0; i < n; i++) {
		if (items[i].kind != ITEM_CHECK)
			continue;
		assert_int_equal(items[i].due - items[i].from, 12 * MS_PER_HOUR);
		am += items[i].nth == 1 && items[i].from == day_start(day_of(items[i].from));
		pm += items[i].nth == 2 && items[i].from == day_at(day_of(items[i].from), 12, 0);
	}
	assert_int_equal(am, 10);
	assert_int_equal(pm, 10);
}

/* ---- zones ---- */

static void four_villages_of_november_2022(void **state)
{
	(void)state;
	const struct protocol_zone *v20 = protocol_zone_find(edition("cn-covid19-20-measures"), STR("high"));
	struct zone_facts f = {ms("2022-11-20T21:00"), false, PROTOCOL_NO_TIME, PROTOCOL_NO_TIME};
	assert_int_equal(protocol_zone_earliest(v20, &f),
			 ms("2022-11-25T21:00")); /* listed on the 25th, gone on the 26th */
	assert_int_equal(protocol_zone_unmet(v20, &f, ms("2022-11-25T20:59")),
			 ZONE_DAYS | ZONE_COVERAGE | ZONE_FINAL_ROUND);
	f.covered_round = ms("2022-11-25T10:00");
	assert_int_equal(protocol_zone_unmet(v20, &f, ms("2022-11-25T21:00")), 0);
	f.covered_round = ms("2022-11-24T22:00");
	assert_int_equal(protocol_zone_unmet(v20, &f, ms("2022-11-25T21:00")), ZONE_COVERAGE);

	const struct protocol *v9 = edition("cn-covid19-9");
	const struct protocol_zone *high = protocol_zone_find(v9, STR("high")),
				   *medium = protocol_zone_find(v9, STR("medium"));
	assert_int_equal(protocol_zone_earliest(high, &f), ms("2022-11-27T21:00"));
	assert_true(str_eq_c(high->downgrade_to, "medium"));
	f.by_downgrade = true;
	assert_int_equal(protocol_zone_earliest(medium, &f),
			 ms("2022-11-23T21:00")); /* 7 days high, then 3 medium */
	f.by_downgrade = false;
	assert_int_equal(protocol_zone_earliest(medium, &f), ms("2022-11-27T21:00"));
	assert_int_equal(protocol_zone_earliest(protocol_zone_find(v9, STR("low")), &f), PROTOCOL_NO_TIME);

	const struct protocol_zone *sealed = protocol_zone_find(edition("cn-covid19-8"), STR("sealed"));
	struct zone_facts g = {ms("2022-04-01"), false, ms("2022-04-14T10:00"), ms("2022-04-02T10:00")};
	assert_int_equal(protocol_zone_unmet(sealed, &g, ms("2022-04-15")), ZONE_CONTACTS);
	assert_int_equal(protocol_zone_unmet(sealed, &g, ms("2022-04-17")),
			 ZONE_COVERAGE); /* the round is more than 2 days old */
	g.covered_round = ms("2022-04-16T10:00");
	assert_int_equal(protocol_zone_unmet(sealed, &g, ms("2022-04-17")), 0);
}

/* ---- properties ---- */

/* Random instants in every tier of every file: windows lie in order, nothing is due before the person was
 * found, release does not come before the last day, and being found later never adds a duty of the past. */
static void regimens_of_random_people(void **state)
{
	(void)state;
	uint64_t seed = 20221108;
	struct dice d;
	dice_init(&d, seed);
	static struct regimen_item whole[REGIMEN_ITEMS_MAX];
	for (int round = 0; round < 3000; round++) {
		const struct protocol *p = book.protocol[dice_below(&d, book.n)];
		if (p->tier_n == 0)
			continue;
		const struct protocol_tier *t = &p->tier[dice_below(&d, p->tier_n)];
		if (!t->enabled)
			continue;
		struct regimen_times times;
		regimen_times_init(&times);
		int64_t base = ms("2022-10-01") + (int64_t)dice_below(&d, 30 * 24 * 60) * MS_PER_MINUTE;
		times.at[t->anchor] = base;
		times.at[ANCHOR_FIRST_EXPOSURE] = base - (int64_t)dice_below(&d, 5 * 24 * 60) * MS_PER_MINUTE;
		size_t all_n = 0, n = 0;
		assert_int_equal(protocol_regimen(p, t, &times, whole, ARRAY_N(whole), &all_n, NULL), OK);
		int64_t found = base + (int64_t)dice_below(&d, 40 * 24 * 60) * MS_PER_MINUTE;
		times.at[ANCHOR_IDENTIFIED] = found;
		assert_int_equal(protocol_regimen(p, t, &times, items, ARRAY_N(items), &n, NULL), OK);
		int releases = 0;
		size_t tests = 0, tests_whole = 0;
		for (size_t i = 0; i < all_n; i++)
			tests_whole += whole[i].kind == ITEM_TEST && whole[i].due > found;
		for (size_t i = 0; i < n; i++) {
			const struct regimen_item *it = &items[i];
			releases += it->kind == ITEM_RELEASE;
			tests += it->kind == ITEM_TEST;
			if (it->from < found || it->due < it->from)
				fail_msg("seed %llu round %d: %s before found", (unsigned long long)seed,
					 round, regimen_kind_word(it->kind));
		}
		assert_int_equal(releases, 1);
		int64_t end = whole[all_n - 1].from;
		if (found < end && tests != tests_whole)
			fail_msg("seed %llu round %d: %zu tests, expected %zu", (unsigned long long)seed,
				 round, tests, tests_whole);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_shipped_file_is_there_and_shows_examples),
		cmocka_unit_test(an_edition_is_never_replaced_by_a_file_of_the_same_id),
		cmocka_unit_test(examples_hold_in_other_time_zones),
		cmocka_unit_test(limits_carry_their_evidence),
		cmocka_unit_test(what_is_not_confirmed_is_listed),
		cmocka_unit_test(parameters_keep_what_no_code_needs_yet),
		cmocka_unit_test(pools_and_screening_rounds),
		cmocka_unit_test(exposed_3_november_found_8_november),
		cmocka_unit_test(a_set_of_editions_is_checked),
		cmocka_unit_test(a_contact_of_a_contact_is_freed_by_the_other_ones_tests),
		cmocka_unit_test(a_class_that_an_edition_abolished_has_no_regime),
		cmocka_unit_test(people_from_a_high_zone_count_from_leaving_it),
		cmocka_unit_test(the_look_back_of_a_case),
		cmocka_unit_test(measles_counts_from_the_first_and_from_the_last_exposure),
		cmocka_unit_test(ebola_sees_each_contact_on_21_days),
		cmocka_unit_test(health_checks_fall_in_the_morning_and_in_the_evening),
		cmocka_unit_test(four_villages_of_november_2022),
		cmocka_unit_test(regimens_of_random_people),
	};
	return cmocka_run_group_tests(tests, load_all, unload);
}
