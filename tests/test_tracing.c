/* SPDX-License-Identifier: Apache-2.0
 *
 * From a positive tube to a released contact, under the editions of the protocol files, with a clock that is told the time. All
 * persons are made up.
 */
#include "cm.h"
#include "sql.gen.h"
#include "tracebook.h"

/* ---- the chain ---------------------------------------------------------------------------------------------------- */

static void positive_to_case(struct book *b)
{
	take_swab(b, 1, 1, 1, oct(8, 8, 0));
	assert_int_equal(duties(b, "tracing.open_case", P(1), DUTY_OPEN), 0);
	result(b, 1, "positive", oct(8, 14, 0));
	int64_t tube = key_of(b, T(1));
	expect_duty(b, "tracing.open_case", P(1), tube, DUTY_OPEN, oct(8, 14, 0), oct(8, 16, 0), 0);
	expect_clock(b, "report", T(1), oct(8, 14, 0), 0, 2 * MS_PER_HOUR);
	case_one(b, oct(8, 8, 0), oct(8, 14, 30));
	expect_duty(b, "tracing.open_case", P(1), tube, DUTY_DONE, oct(8, 14, 0), oct(8, 16, 0), oct(8, 14, 30));
	expect_clock(b, "report", T(1), oct(8, 14, 0), oct(8, 14, 30), 2 * MS_PER_HOUR);
	expect_duty(b, "tracing.isolate_case", C(1), 0, DUTY_OPEN, oct(8, 14, 0), oct(8, 16, 0), 0);
	expect_duty(b, "tracing.core_facts", C(1), 0, DUTY_OPEN, oct(8, 14, 30), oct(8, 18, 30), 0);
	expect_duty(b, "tracing.investigate", C(1), 0, DUTY_OPEN, oct(8, 14, 30), oct(9, 14, 30), 0);
	put(b, "tracing.case_isolated", oct(8, 15, 30), "{'case':'%s','place':'hospital'}", C(1));
	expect_duty(b, "tracing.isolate_case", C(1), 0, DUTY_DONE, oct(8, 14, 0), oct(8, 16, 0), oct(8, 15, 30));
	expect_clock(b, "positive_transfer", C(1), oct(8, 14, 0), oct(8, 15, 30), 2 * MS_PER_HOUR);
	put(b, "tracing.interview_recorded", oct(8, 15, 0), "{'case':'%s','complete':false,'notes':'slept all day'}", C(1));
	put(b, "tracing.interview_recorded", oct(8, 17, 0), "{'case':'%s','complete':true}", C(1));
	assert_int_equal(duty_of(b, "tracing.core_facts", C(1), 0).done_at, oct(8, 15, 0));
	assert_int_equal(duty_of(b, "tracing.investigate", C(1), 0).done_at, oct(8, 17, 0));
}

static void pool_opens_no_case(struct book *b)
{
	take_swab(b, 2, 90, 10, oct(8, 8, 5));
	result(b, 90, "positive", oct(8, 14, 5));
	assert_int_equal(duties(b, "tracing.open_case", P(2), DUTY_OPEN), 0);
}

/* The result is there before anybody knows whose sample it was: the phone of the sampling team was offline. */
static void late_swab(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	result(&b, 5, "positive", oct(8, 14, 0));
	put(&b, "testing.swab_taken", oct(8, 8, 0), "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(7), T(5), name_of('k', 1));
	assert_int_equal(duties(&b, "tracing.open_case", P(7), DUTY_OPEN), 0); /* it may have been a pool */
	put(&b, "testing.tube_opened", oct(8, 7, 0), "{'tube':'%s','code':'A5','campaign':'%s','round':1,'pool_size':1,'population':'key'}", T(5),
	    name_of('k', 1));
	expect_duty(&b, "tracing.open_case", P(7), key_of(&b, T(5)), DUTY_OPEN, oct(8, 14, 0), oct(8, 16, 0), 0);
	/* and now a second person turns out to be in it: nobody can say whose the positive is */
	put(&b, "testing.swab_taken", oct(8, 8, 1), "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(8), T(5), name_of('k', 1));
	assert_int_equal(duties(&b, "tracing.open_case", P(7), DUTY_OPEN), 0);
	assert_int_equal(duties(&b, "tracing.open_case", P(8), DUTY_OPEN), 0);
	expect_clock(&b, "report", T(5), 0, 0, 0);
	/* known tube, unknown person */
	put(&b, "testing.tube_opened", oct(8, 7, 0), "{'tube':'%s','code':'A6','campaign':'%s','round':1,'pool_size':1,'population':'key'}", T(6),
	    name_of('k', 1));
	result(&b, 6, "positive", oct(8, 14, 0));
	put(&b, "testing.swab_taken", oct(8, 8, 0), "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(9), T(6), name_of('k', 1));
	expect_duty(&b, "tracing.open_case", P(9), key_of(&b, T(6)), DUTY_OPEN, oct(8, 14, 0), oct(8, 16, 0), 0);
	book_close(&b);
}

static void classify_household(struct book *b, struct buf *out)
{
	/* proposed by household and by name, restricted by neither */
	put(b, "tracing.contact_named", oct(8, 15, 10),
	    "{'link':'%s','case':'%s','person':'%s','setting':'shared_room','first_at':%lld,'last_at':%lld,'evidence':'interview','note':'desk'}",
	    L(1), C(1), P(5), (long long)oct(7, 9, 0), (long long)oct(7, 17, 0));
	struct str rows = ask(b, "tracing.proposals", oct(8, 16, 0), "case", C(1), out);
	assert_int_equal(occurs(rows, "\"via\":\"household\""), 3);
	assert_int_equal(occurs(rows, "\"via\":\"named\""), 1);
	assert_int_equal(occurs(rows, "\"tier\":\"close_contact\""), 4);
	assert_int_equal(occurs(rows, "2022-10-06T00:00:00+08:00"), 7); /* two days before onset: window of 4 rows, exposure of 3 */
	assert_int_equal(occurs(rows, "\"state\":\"none\""), 4);
	for (int i = 2; i <= 5; i++)
		assert_int_equal(duties(b, "tracing.transfer", P(i), DUTY_OPEN), 0);
	for (int i = 2; i <= 4; i++)
		classify(b, i, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, i));
	put(b, "tracing.contact_classified", oct(8, 16, 30),
	    "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'evidence':['%s']}", P(5), C(1),
	    (long long)oct(7, 9, 0), (long long)oct(7, 17, 0), L(1));
	expect_duty(b, "tracing.transfer", P(2), 0, DUTY_OPEN, oct(8, 16, 2), oct(9, 0, 2), 0);
	static const int days[] = {1, 2, 3, 5, 7, 10};
	assert_int_equal(duties(b, "tracing.test", P(2), DUTY_OPEN), ARRAY_N(days));
	for (size_t i = 0; i < ARRAY_N(days); i++)
		expect_duty(b, "tracing.test", P(2), days[i], DUTY_OPEN, oct(8 + days[i], 0, 0), oct(9 + days[i], 0, 0), 0);
	assert_int_equal(duties(b, "tracing.check", P(2), DUTY_OPEN), 20);
	expect_duty(b, "tracing.release", P(2), 0, DUTY_OPEN, oct(19, 0, 0), oct(19, 0, 0), 0);
	expect_duty(b, "tracing.move", P(2), 1, DUTY_OPEN, oct(16, 0, 0), oct(17, 0, 0), 0);
	assert_int_equal(occurs(ask(b, "tracing.proposals", oct(8, 17, 0), "case", C(1), out), "\"state\":\"running\""), 4);
}

static void follow(struct book *b, struct buf *out)
{
	static const int days[] = {1, 2, 3, 5, 7, 10};
	for (int i = 2; i <= 4; i++)
		put(b, "tracing.contact_secured", oct(8, 20, 0), "{'person':'%s','place':'central'}", P(i));
	expect_duty(b, "tracing.transfer", P(2), 0, DUTY_DONE, oct(8, 16, 2), oct(9, 0, 2), oct(8, 20, 0));
	expect_clock(b, "contact_in_isolation", P(2), oct(8, 16, 2), oct(8, 20, 0), 8 * MS_PER_HOUR);
	expect_unmet(b, 2, "stage_days_over last_test_done");
	for (size_t i = 0; i < ARRAY_N(days); i++)
		for (int p = 2; p <= 4; p++) {
			if (p == 3 && days[i] >= 7) /* loses the last two tests */
				continue;
			if (p == 4 && days[i] > 2)
				continue;
			int tube = 100 + p * 20 + days[i];
			take_swab(b, p, tube, 1, oct(8 + days[i], 9, p));
			expect_unmet(b, p, "stage_days_over own_tests_negative last_test_done");
			result(b, tube, p == 4 && days[i] == 2 ? "positive" : "negative", oct(8 + days[i], 15, p));
		}
	for (int day = 9; day <= 18; day++) {
		put(b, "tracing.health_checked", oct(day, 8, 0), "{'person':'%s','temperature':36.6,'half':'am'}", P(2));
		/* the evening's check is entered before noon by mistake of the clock: its half counts */
		put(b, "tracing.health_checked", oct(day, day == 10 ? 11 : 19, 0), "{'person':'%s','temperature':36.5,'half':'pm'}", P(2));
	}
	assert_int_equal(duties(b, "tracing.check", P(2), DUTY_DONE), 20);
	assert_int_equal(duties(b, "tracing.test", P(2), DUTY_DONE), 6);
	put(b, "tracing.contact_secured", oct(16, 10, 0), "{'person':'%s','place':'home'}", P(2));
	expect_duty(b, "tracing.move", P(2), 1, DUTY_DONE, oct(16, 0, 0), oct(17, 0, 0), oct(16, 10, 0));
	/* person 3 missed every check, and two tests: days 7 and 10 lack three things, the others two */
	struct str rows = ask(b, "tracing.follow_up", oct(19, 6, 0), "person", P(3), out);
	assert_int_equal(occurs(rows, "\"day\":"), 10);
	assert_int_equal(occurs(rows, "\"late\":3"), 2);
	assert_int_equal(occurs(rows, "\"late\":2"), 8);
	assert_int_equal(occurs(ask(b, "tracing.contacts", oct(12, 6, 0), "case", C(1), out), "\"day\":4,\"days\":10"), 3);
}

static void release(struct book *b, struct buf *out)
{
	refuse(b, ERR_NOT_ALLOWED, "/body/person", "stage_days_over (from 2022-10-19)", "tracing.contact_released", oct(18, 12, 0),
	       "{'person':'%s','case':'%s','reason':'days are over'}", P(2), C(1));
	put(b, "tracing.contact_released", oct(19, 8, 0), "{'person':'%s','case':'%s','reason':'days are over'}", P(2), C(1));
	assert_int_equal(contact(b, 2).state, CONTACT_RELEASED);
	expect_duty(b, "tracing.release", P(2), 0, DUTY_DONE, oct(19, 0, 0), oct(19, 0, 0), oct(19, 8, 0));
	expect_unmet(b, 2, "");

	struct str rows = ask(b, "tracing.unmet", oct(19, 8, 0), "person", P(3), out);
	assert_int_equal(occurs(rows, "\"condition\":"), 1);
	assert_int_equal(occurs(rows, "\"last_test_done\""), 1);
	refuse(b, ERR_NOT_ALLOWED, "/body/person", "not yet met: last_test_done", "tracing.contact_released", oct(19, 8, 5),
	       "{'person':'%s','case':'%s','reason':'days are over'}", P(3), C(1));
	refuse(b, ERR_MISSING_FIELD, "/body/reason", "", "tracing.contact_released", oct(19, 8, 6),
	       "{'person':'%s','case':'%s','early':true}", P(3), C(1));
	put(b, "tracing.contact_released", oct(19, 8, 7), "{'person':'%s','case':'%s','early':true,'reason':'tested elsewhere'}", P(3), C(1));
	assert_int_equal(contact(b, 3).state, CONTACT_RELEASED);
	assert_int_equal(duties(b, "tracing.test", P(3), DUTY_OPEN), 0); /* the missed ones are void, not late for ever */
	assert_int_equal(duties(b, "tracing.test", P(3), DUTY_DONE), 4);
	assert_int_equal(duties(b, "tracing.test", P(3), DUTY_VOID), 2);
	assert_int_equal(occurs(ask(b, "tracing.contacts", oct(19, 9, 0), "case", C(1), out), "\"early\":true"), 1);
}

static void own_case(struct book *b)
{
	/* person 4 was positive on day 2: still a contact until somebody opens the case */
	int64_t tube = key_of(b, T(100 + 4 * 20 + 2));
	expect_duty(b, "tracing.open_case", P(4), tube, DUTY_OPEN, oct(10, 15, 4), oct(10, 17, 4), 0);
	assert_int_equal(contact(b, 4).state, CONTACT_RUNNING);
	put(b, "tracing.case_opened", oct(10, 16, 0), "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'isolation','sampled_at':%lld}",
	    C(4), P(4), (long long)oct(10, 9, 4));
	assert_int_equal(contact(b, 4).state, CONTACT_CASE);
	assert_int_equal(contact(b, 4).ended_at, oct(10, 16, 0));
	assert_int_equal(duties(b, "tracing.test", P(4), DUTY_DONE), 2);
	assert_int_equal(duties(b, "tracing.test", P(4), DUTY_OPEN), 0);
	assert_int_equal(duties(b, "tracing.release", P(4), DUTY_VOID), 1);
	assert_int_equal(duty_of(b, "tracing.open_case", P(4), tube).state, DUTY_DONE);
	/* withdrawn as a laboratory error: the regimen is back */
	put(b, "tracing.case_revised", oct(11, 9, 0), "{'case':'%s','withdrawn':true,'reason':'two negative retests'}", C(4));
	assert_int_equal(contact(b, 4).state, CONTACT_RUNNING);
	assert_int_equal(duties(b, "tracing.test", P(4), DUTY_OPEN), 4);
	put(b, "tracing.case_revised", oct(11, 10, 0), "{'case':'%s','withdrawn':false,'reason':'third was positive'}", C(4));
	assert_int_equal(contact(b, 4).state, CONTACT_CASE);
}

static void chain(struct testdb *t)
{
	struct book b;
	struct buf out;
	book_open(&b, t);
	buf_init(&out, 0);
	begin(&b);
	household_of_four(&b);
	positive_to_case(&b);
	pool_opens_no_case(&b);
	classify_household(&b, &out);
	follow(&b, &out);
	release(&b, &out);
	own_case(&b);
	assert_int_equal(occurs(ask(&b, "tracing.cases", oct(19, 9, 0), NULL, NULL, &out), "\"found_by\":"), 2);
	assert_int_equal(occurs(ask(&b, "tracing.case", oct(19, 9, 0), "case", C(1), &out), "\"contact\":\"0184"), 4);
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

/* ---- what is refused ------------------------------------------------------------------------------------------------ */

static void refusals(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	const char *order = "{'person':'%s','case':'%s','tier':'%s','first_exposure_at':%lld,'last_exposure_at':%lld%s}";
	const char *kind = "tracing.contact_classified", *why = ",'reason':'met'";
	long long first = oct(7, 8, 0), last = oct(8, 8, 0);
	int64_t at = oct(8, 16, 0);
	refuse(&b, ERR_BAD_VALUE, "/body/tier", "cn-covid19-9", kind, at, order, P(2), C(1), "neighbour", first, last, why);
	refuse(&b, ERR_MISSING_FIELD, "/body/evidence", "or give a reason", kind, at, order, P(2), C(1), "close_contact", first, last, "");
	refuse(&b, ERR_NOT_ALLOWED, "/body/person", "the case itself", kind, at, order, P(1), C(1), "close_contact", first, last, why);
	refuse(&b, ERR_BAD_VALUE, "/body/last_exposure_at", "before the beginning", kind, at, order, P(2), C(1), "close_contact", last, first, why);
	refuse(&b, ERR_BAD_VALUE, "/body/last_exposure_at", "two years", kind, at, order, P(2), C(1), "close_contact", first,
	       (long long)oct(20, 0, 0), why);
	refuse(&b, ERR_UNKNOWN_FIELD, "/body/ends_at", "", kind, at, order, P(2), C(1), "close_contact", first, last, ",'ends_at':1,'reason':'met'");
	refuse(&b, ERR_NOT_ALLOWED, "/body/person", "nobody signed", "tracing.contact_released", at, "{'person':'%s','case':'%s','reason':'free'}",
	       P(2), C(1));
	refuse(&b, ERR_MISSING_FIELD, "/body/sampled_at", "", "tracing.case_opened", at,
	       "{'case':'%s','person':'%s','class':'confirmed','found_by':'clinic'}", C(2), P(2));
	refuse(&b, ERR_MISSING_FIELD, "/body/class", "say what changes", "tracing.case_revised", at, "{'case':'%s','reason':'none'}", C(1));
	refuse(&b, ERR_BAD_VALUE, "/body/symptoms/1", "other", "tracing.health_checked", at, "{'person':'%s','symptoms':['fever','hiccups']}", P(2));
	refuse(&b, ERR_BAD_VALUE, "/body/anchor_at", "passed", "tracing.regimen_reset", at,
	       "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'again'}", P(2), C(1), (long long)oct(8, 17, 0));
	put(&b, "tracing.case_revised", oct(9, 8, 0), "{'case':'%s','withdrawn':true,'reason':'false alarm'}", C(1));
	refuse(&b, ERR_NOT_ALLOWED, "/body/case", "withdrawn", kind, oct(9, 9, 0), order, P(2), C(1), "close_contact", first, last, why);
	/* signed before the withdrawal, sent after it: taken, and lapsed at once */
	put(&b, kind, at, order, P(2), C(1), "close_contact", first, last, why);
	assert_int_equal(contact(&b, 2).state, CONTACT_LAPSED);
	expect_duty(&b, "tracing.release", P(2), 0, DUTY_OPEN, oct(9, 8, 0), oct(9, 8, 0), 0);
	assert_int_equal(duties(&b, "tracing.test", P(2), DUTY_OPEN), 0);
	put(&b, "tracing.contact_released", oct(9, 9, 0), "{'person':'%s','case':'%s','reason':'false alarm'}", P(2), C(1));
	assert_int_equal(contact(&b, 2).state, CONTACT_RELEASED);
	book_close(&b);
}

static void adoptions_need_the_tier(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	put(&b, "house.edition_adopted", oct(1, 9, 0), "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld}", O(1),
	    (long long)oct(10, 0, 0));
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "secondary_contact", oct(7, 8, 0), oct(8, 8, 0), oct(9, 23, 59));
	refuse(&b, ERR_NOT_ALLOWED, "/body/tier", "abolished", "tracing.contact_classified", oct(10, 0, 0),
	       "{'person':'%s','case':'%s','tier':'secondary_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'met'}", P(3), C(1),
	       (long long)oct(7, 8, 0), (long long)oct(8, 8, 0));
	book_close(&b);
}

/* ---- secondary contacts, resets, editions, appeals ------------------------------------------------------------------- */

static void secondary(struct testdb *t)
{
	struct book b;
	struct buf out;
	book_open(&b, t);
	buf_init(&out, 0);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	/* the secondary contact's order comes before that of the contact it is linked to */
	for (int i = 5; i <= 6; i++)
		put(&b, "tracing.contact_classified", oct(8, 16, 0),
		    "{'person':'%s','case':'%s','tier':'secondary_contact','linked_person':'%s','first_exposure_at':%lld,'last_exposure_at':%lld,"
		    "'reason':'shares an office'}", P(i), C(1), P(i - 3), (long long)oct(7, 8, 0), (long long)oct(8, 12, 0));
	for (int i = 2; i <= 3; i++)
		classify(&b, i, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 30));
	expect_duty(&b, "tracing.transfer", P(5), 0, DUTY_OPEN, oct(8, 16, 0), oct(9, 4, 0), 0);
	assert_int_equal(duties(&b, "tracing.test", P(5), DUTY_OPEN), 3);
	expect_unmet(&b, 5, "stage_days_over last_test_done linked_first_two_negative");
	for (int i = 2; i <= 3; i++) {
		take_swab(&b, i, 200 + i, 1, oct(9, 9, 0));
		take_swab(&b, i, 210 + i, 1, oct(10, 9, 0));
		result(&b, 200 + i, "negative", oct(9, 15, 0));
	}
	expect_unmet(&b, 5, "stage_days_over last_test_done linked_first_two_negative");
	result(&b, 212, "negative", oct(10, 15, 0));
	result(&b, 213, "positive", oct(10, 15, 0));
	expect_unmet(&b, 5, "stage_days_over last_test_done"); /* linked to 2, freed by it */
	expect_unmet(&b, 6, "stage_days_over last_test_done linked_first_two_negative");
	assert_string_equal(contact(&b, 5).proposed, "");
	assert_string_equal(contact(&b, 6).proposed, "close_contact");
	expect_duty(&b, "tracing.reclassify", P(6), 0, DUTY_OPEN, oct(10, 15, 0), oct(10, 19, 0), 0);
	assert_int_equal(duties(&b, "tracing.reclassify", P(5), DUTY_OPEN), 0);
	/* an officer signs; home does for a secondary contact but not for a close one */
	put(&b, "tracing.contact_secured", oct(8, 20, 0), "{'person':'%s','place':'home'}", P(6));
	assert_int_equal(duty_of(&b, "tracing.transfer", P(6), 0).done_at, oct(8, 20, 0));
	classify(&b, 6, "close_contact", oct(7, 8, 0), oct(8, 12, 0), oct(10, 17, 0));
	expect_duty(&b, "tracing.reclassify", P(6), 0, DUTY_DONE, oct(10, 15, 0), oct(10, 19, 0), oct(10, 17, 0));
	expect_duty(&b, "tracing.transfer", P(6), 0, DUTY_OPEN, oct(10, 17, 0), oct(11, 1, 0), 0);
	assert_string_equal(contact(&b, 6).tier, "close_contact");
	assert_string_equal(contact(&b, 6).proposed, "");
	assert_int_equal(contact(&b, 6).ends_at, oct(19, 0, 0));
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

static void reset(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	take_swab(&b, 2, 300, 1, oct(9, 9, 0));
	result(&b, 300, "negative", oct(9, 15, 0));
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 1).done_at, oct(9, 9, 0));
	/* the room-mate was positive and left on the 12th: 7 days from then */
	put(&b, "tracing.regimen_reset", oct(12, 18, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'room-mate positive'}", P(2), C(1),
	    (long long)oct(12, 17, 0));
	assert_int_equal(contact(&b, 2).starts_at, oct(13, 0, 0));
	struct duty first = duty_of(&b, "tracing.test", P(2), 1);
	assert_int_equal(first.state, DUTY_OPEN);
	assert_int_equal(first.from_at, oct(13, 0, 0));
	assert_true(contact(&b, 2).ends_at > oct(19, 0, 0));
	/* an earlier reset that arrives later changes nothing */
	int64_t ends = contact(&b, 2).ends_at;
	put(&b, "tracing.regimen_reset", oct(10, 18, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'ward visit'}", P(2), C(1),
	    (long long)oct(10, 17, 0));
	assert_int_equal(contact(&b, 2).ends_at, ends);
	/* one signed later corrects it */
	put(&b, "tracing.regimen_reset", oct(12, 20, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'left on the 11th'}", P(2), C(1),
	    (long long)oct(11, 17, 0));
	assert_int_equal(contact(&b, 2).starts_at, oct(12, 0, 0));
	put(&b, "tracing.regimen_reset", oct(12, 21, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'no, the 12th'}", P(2), C(1),
	    (long long)oct(12, 17, 0));
	assert_int_equal(contact(&b, 2).starts_at, oct(13, 0, 0));
	/* a late swab of the new day 1 */
	take_swab(&b, 2, 301, 1, oct(13, 9, 0));
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 1).done_at, oct(13, 9, 0));
	expect_rebuilt_same(&b);
	book_close(&b);
}

static void editions(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	classify(&b, 3, "secondary_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	assert_int_equal(contact(&b, 2).ends_at, oct(19, 0, 0));
	put(&b, "house.edition_adopted", oct(11, 8, 0),
	    "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld,'transition':'new_only'}", O(1), (long long)oct(11, 0, 0));
	assert_int_equal(contact(&b, 2).ends_at, oct(19, 0, 0));
	assert_string_equal(contact(&b, 2).edition, "cn-covid19-9");
	classify(&b, 4, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(11, 16, 0)); /* signed under the new one: 5 + 3 */
	assert_string_equal(contact(&b, 4).edition, "cn-covid19-20-measures");
	assert_int_equal(contact(&b, 4).ends_at, oct(17, 0, 0));
	put(&b, "house.edition_adopted", oct(12, 8, 0),
	    "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld,'transition':'immediate'}", O(1), (long long)oct(12, 0, 0));
	assert_string_equal(contact(&b, 2).edition, "cn-covid19-20-measures");
	assert_int_equal(contact(&b, 2).ends_at, oct(17, 0, 0));
	/* the tier is abolished: nobody holds the person any more, an officer is to say so */
	assert_int_equal(contact(&b, 3).state, CONTACT_LAPSED);
	expect_duty(&b, "tracing.release", P(3), 0, DUTY_OPEN, oct(12, 0, 0), oct(12, 0, 0), 0);
	assert_int_equal(duties(&b, "tracing.check", P(3), DUTY_OPEN), 0);
	put(&b, "tracing.contact_released", oct(12, 9, 0), "{'person':'%s','case':'%s','reason':'new edition'}", P(3), C(1));
	assert_int_equal(contact(&b, 3).state, CONTACT_RELEASED);
	expect_rebuilt_same(&b);
	book_close(&b);
}

static void appeals(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	put(&b, "tracing.contact_appealed", oct(9, 8, 0), "{'person':'%s','text':'I was away'}", P(2));
	expect_duty(&b, "tracing.answer_appeal", P(2), 0, DUTY_OPEN, oct(9, 8, 0), oct(11, 8, 0), 0);
	put(&b, "tracing.contact_appealed", oct(10, 8, 0), "{'person':'%s','text':'I ask again'}", P(2));
	expect_duty(&b, "tracing.answer_appeal", P(2), 0, DUTY_OPEN, oct(9, 8, 0), oct(11, 8, 0), 0);
	put(&b, "tracing.appeal_answered", oct(10, 9, 0), "{'person':'%s','granted':true,'answer':'you were away'}", P(2));
	assert_int_equal(duty_of(&b, "tracing.answer_appeal", P(2), 0).state, DUTY_DONE);
	put(&b, "tracing.contact_appealed", oct(12, 8, 0), "{'person':'%s','text':'still held'}", P(2));
	expect_duty(&b, "tracing.answer_appeal", P(2), 0, DUTY_OPEN, oct(12, 8, 0), oct(14, 8, 0), 0);
	book_close(&b);
}

static void visits(struct testdb *t)
{
	struct book b;
	struct buf out;
	book_open(&b, t);
	buf_init(&out, 0);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	const char *stay = "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'code_scan'}";
	put(&b, "tracing.visit_recorded", oct(8, 16, 0), stay, V(1), P(1), S(1), (long long)oct(7, 12, 0), (long long)oct(7, 13, 0));
	put(&b, "tracing.visit_recorded", oct(8, 16, 0), stay, V(2), P(1), S(2), (long long)oct(4, 12, 0), (long long)oct(4, 13, 0));
	put(&b, "tracing.visit_recorded", oct(8, 16, 1), stay, V(3), P(7), S(1), (long long)oct(7, 12, 30), (long long)oct(7, 14, 0));
	put(&b, "tracing.visit_recorded", oct(8, 16, 1), stay, V(4), P(8), S(1), (long long)oct(7, 13, 30), (long long)oct(7, 14, 0));
	put(&b, "tracing.visit_recorded", oct(8, 16, 1), stay, V(5), P(8), S(2), (long long)oct(4, 12, 0), (long long)oct(4, 13, 0));
	put(&b, "tracing.visit_withdrawn", oct(8, 16, 2), "{'visit':'%s'}", V(6));
	put(&b, "tracing.visit_recorded", oct(8, 16, 1), stay, V(6), P(9), S(1), (long long)oct(7, 12, 30), (long long)oct(7, 14, 0));
	struct str rows = ask(&b, "tracing.proposals", oct(8, 17, 0), "case", C(1), &out);
	assert_int_equal(occurs(rows, "\"via\":\"visit\""), 1); /* 8 came after, or before the window; 9 was withdrawn */
	assert_int_equal(occurs(rows, P(7)), 1);
	assert_int_equal(occurs(rows, "2022-10-07T12:30:00+08:00"), 1);
	rows = ask(&b, "tracing.watch", oct(8, 17, 0), "case", C(1), &out);
	assert_int_equal(occurs(rows, "\"in_window\":true,\"others\":1"), 1);
	assert_int_equal(occurs(rows, "\"in_window\":false,\"others\":1"), 1);
	buf_done(&out);
	book_close(&b);
}

static void signed_again(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 30), oct(9, 16, 0)); /* corrected: still identified on the 8th */
	expect_duty(&b, "tracing.transfer", P(2), 0, DUTY_OPEN, oct(8, 16, 0), oct(9, 0, 0), 0);
	assert_int_equal(contact(&b, 2).ends_at, oct(19, 0, 0));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(7, 15, 0), oct(9, 17, 0)); /* the newest counts, even when it ends sooner */
	assert_int_equal(contact(&b, 2).ends_at, oct(18, 0, 0));
	put(&b, "tracing.contact_released", oct(10, 9, 0), "{'person':'%s','case':'%s','early':true,'reason':'mistaken'}", P(2), C(1));
	assert_int_equal(contact(&b, 2).state, CONTACT_RELEASED);
	classify(&b, 2, "close_contact", oct(11, 0, 0), oct(11, 15, 0), oct(15, 10, 0));
	assert_int_equal(contact(&b, 2).state, CONTACT_RUNNING);
	expect_duty(&b, "tracing.transfer", P(2), 0, DUTY_OPEN, oct(15, 10, 0), oct(15, 18, 0), 0);
	/* the 12th to 14th were nobody's duty: of the tests of days 1, 2, 3, 5, 7, 10 three are left */
	assert_int_equal(duties(&b, "tracing.test", P(2), DUTY_OPEN), 3);
	expect_duty(&b, "tracing.test", P(2), 3, 0, 0, 0, 0);
	book_close(&b);
}

static void audited(struct testdb *t)
{
	struct book b;
	struct buf out;
	struct err e = {0};
	book_open(&b, t);
	buf_init(&out, 0);
	begin(&b);
	put(&b, "tracing.case_isolated", oct(8, 15, 30), "{'case':'%s','place':'hospital'}", C(1));
	put(&b, "tracing.case_isolated", oct(8, 15, 30), "{'case':'%s','place':'hospital'}", C(3)); /* never opened */
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	put(&b, "tracing.contact_secured", oct(8, 20, 0), "{'person':'%s','place':'central'}", P(2));
	testdb_ok(ledger_audit(b.l, (struct progress){0}, &out, &e), &e);
	assert_int_equal(occurs(buf_str(&out), "tracing:"), 0);
	struct db *db = ledger_db(b.l);
	testdb_ok(db_begin(db, &e), &e);
	testdb_ok(db_run(db, &SQL_test_tracing_spoil_case, PARAMS(V_INT(COUNTY)), &e), &e);
	testdb_ok(db_run(db, &SQL_test_tracing_spoil_contact, PARAMS(V_INT(COUNTY)), &e), &e);
	testdb_ok(db_commit(db, &e), &e);
	testdb_ok(ledger_audit(b.l, (struct progress){0}, &out, &e), &e);
	assert_int_equal(occurs(buf_str(&out), "tracing:"), 2);
	assert_int_equal(occurs(buf_str(&out), "1 facts tracing.contact_secured; the table holds 0"), 1);
	buf_done(&out);
	book_close(&b);
}

static void measles(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	put(&b, "house.outbreak_declared", oct(1, 8, 0), "{'outbreak':'%s','name':'October','disease':'measles'}", O(1));
	put(&b, "house.edition_adopted", oct(1, 8, 0), "{'outbreak':'%s','edition':'measles','from_at':%lld}", O(1), (long long)oct(1, 0, 0));
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	classify(&b, 2, "contact", oct(8, 10, 0), oct(8, 11, 0), oct(9, 9, 0));
	expect_duty(&b, "tracing.measure", P(2), 0, DUTY_OPEN, oct(9, 9, 0), oct(11, 10, 0), 0);
	expect_duty(&b, "tracing.measure", P(2), 1, DUTY_OPEN, oct(9, 9, 0), oct(14, 10, 0), 0);
	/* stays at home from day 5 on; the edition sets no limit, so a day it is */
	expect_duty(&b, "tracing.transfer", P(2), 0, DUTY_OPEN, oct(13, 0, 0), oct(14, 0, 0), 0);
	put(&b, "tracing.measure_given", oct(10, 9, 0), "{'person':'%s','measure':'mmr'}", P(2));
	expect_duty(&b, "tracing.measure", P(2), 0, DUTY_DONE, oct(9, 9, 0), oct(11, 10, 0), oct(10, 9, 0));
	expect_duty(&b, "tracing.measure", P(2), 1, DUTY_OPEN, oct(9, 9, 0), oct(14, 10, 0), 0);
	/* a sign of illness makes a case by this edition; it stays to be decided when it is gone */
	put(&b, "tracing.health_checked", oct(15, 9, 0), "{'person':'%s','temperature':38.5}", P(2));
	expect_unmet(&b, 2, "stage_days_over no_signs");
	assert_string_equal(contact(&b, 2).proposed, "case");
	put(&b, "tracing.health_checked", oct(16, 9, 0), "{'person':'%s','temperature':36.5}", P(2));
	expect_unmet(&b, 2, "stage_days_over");
	expect_duty(&b, "tracing.reclassify", P(2), 0, DUTY_OPEN, oct(15, 9, 0), oct(16, 9, 0), 0);
	put(&b, "tracing.case_opened", oct(16, 10, 0), "{'case':'%s','person':'%s','class':'suspected','found_by':'home'}", C(2), P(2));
	assert_int_equal(duty_of(&b, "tracing.reclassify", P(2), 0).done_at, oct(16, 10, 0));
	assert_int_equal(contact(&b, 2).state, CONTACT_CASE);
	assert_int_equal(duties(&b, "tracing.measure", P(2), DUTY_VOID), 1);
	book_close(&b);
}

static void merged(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	begin(&b);
	case_one(&b, oct(8, 8, 0), oct(8, 14, 30));
	/* one human being registered twice: the order names one record, the swab the other */
	classify(&b, 2, "close_contact", oct(6, 0, 0), oct(8, 15, 0), oct(8, 16, 0));
	take_swab(&b, 12, 400, 1, oct(9, 9, 0));
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 1).state, DUTY_OPEN);
	put(&b, "people.persons_merged", oct(9, 10, 0), "{'person':'%s','other':'%s','reason':'same card'}", P(12), P(2));
	assert_int_equal(duty_of(&b, "tracing.test", P(12), 1).done_at, oct(9, 9, 0));
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 1).state, 0);
	assert_int_equal(contact(&b, 12).state, CONTACT_RUNNING);
	assert_int_equal(contact(&b, 2).state, 0);
	take_swab(&b, 2, 401, 1, oct(10, 9, 0));
	assert_int_equal(duty_of(&b, "tracing.test", P(12), 2).done_at, oct(10, 9, 0));
	refuse(&b, ERR_NOT_ALLOWED, "/body/person", "not yet met: stage_days_over", "tracing.contact_released", oct(10, 12, 0),
	       "{'person':'%s','case':'%s','reason':'free'}", P(2), C(1));
	/* they are two after all */
	put(&b, "people.persons_unmerged", oct(10, 13, 0), "{'person':'%s','other':'%s','reason':'twins'}", P(12), P(2));
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 1).state, DUTY_OPEN);
	assert_int_equal(duty_of(&b, "tracing.test", P(2), 2).done_at, oct(10, 9, 0));
	assert_int_equal(contact(&b, 12).state, 0);
	assert_int_equal(duty_of(&b, "tracing.transfer", P(12), 0).state, 0);
	expect_rebuilt_same(&b);
	book_close(&b);
}

static void statements(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	struct db *db = testdb_open(t, DB_READER);
	assert_true(testdb_prepare(db, "tracing_") >= 30);
	db_close(&db);
	book_close(&b);
}

static void words(void **state)
{
	(void)state;
	for (int i = 0; i < COND__N; i++)
		assert_string_equal(tracing_conditions[i], protocol_condition_word((enum protocol_condition)i));
	tracing_watch(COUNTY, 4711);
	assert_true(tracing_watched(COUNTY, 4711));
	assert_false(tracing_watched(COUNTY, 4712));
	assert_false(tracing_watched(COUNTY + 1, 4711));
}

#define BOTH(name) \
	static void test_##name(void **state) { (void)state; testdb_each(name); }
BOTH(chain)
BOTH(refusals)
BOTH(adoptions_need_the_tier)
BOTH(secondary)
BOTH(reset)
BOTH(editions)
BOTH(appeals)
BOTH(visits)
BOTH(statements)
BOTH(measles)
BOTH(late_swab)
BOTH(audited)
BOTH(signed_again)
BOTH(merged)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(test_statements), cmocka_unit_test(test_chain), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_adoptions_need_the_tier), cmocka_unit_test(test_secondary), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_editions), cmocka_unit_test(test_appeals), cmocka_unit_test(test_visits), cmocka_unit_test(test_measles),
		cmocka_unit_test(test_merged), cmocka_unit_test(test_late_swab), cmocka_unit_test(test_audited), cmocka_unit_test(test_signed_again),
	};
	int failed = tracebook_init() || cmocka_run_group_tests_name("tracing", tests, NULL, NULL);
	tracebook_done();
	return failed;
}
