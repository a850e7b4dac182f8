/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts of tracing and testing in any order, and made-up histories of them, come to the same tables and duties.
 */
#include <stdio.h>

#include "cm.h"
#include "tracebook.h"

struct history {
	struct arena a;
	struct str text[128];
	size_t n;
};

static void tell(struct history *h, const char *kind, int64_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	assert_true(h->n < ARRAY_N(h->text));
	h->text[h->n] = fact_text(&h->a, 0x10000 + (int)h->n, kind, at, fmt, ap);
	h->n++;
	va_end(ap);
}

static void tell_swab(struct history *h, int person, int tube, int pool, const char *word, int64_t at)
{
	tell(h, "testing.tube_opened", at - 1000, "{'tube':'%s','code':'A%d','campaign':'%s','round':1,'pool_size':%d,'population':'key'}", T(tube),
	     tube, name_of('k', 1), pool);
	tell(h, "testing.swab_taken", at, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(person), T(tube), name_of('k', 1));
	tell(h, "testing.result_reported", at + 6 * MS_PER_HOUR, "{'tube':'%s','laboratory':'%s','result':'%s'}", T(tube), name_of('b', 1), word);
}

static void tell_order(struct history *h, int person, int case_, const char *tier, int linked, int64_t last, int64_t at)
{
	char through[80] = "";
	if (linked)
		snprintf(through, sizeof through, ",'linked_person':'%s'", P(linked));
	tell(h, "tracing.contact_classified", at,
	     "{'person':'%s','case':'%s','tier':'%s','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'met'%s}", P(person), C(case_), tier,
	     (long long)oct(6, 0, 0), (long long)last, through);
}

static void tell_all(struct history *h)
{
	arena_init(&h->a, 0);
	h->n = 0;
	tell_swab(h, 1, 1, 1, "positive", oct(8, 8, 0));
	tell(h, "tracing.case_opened", oct(8, 14, 30),
	     "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'screening','sampled_at':%lld,'tube':'%s'}", C(1), P(1),
	     (long long)oct(8, 8, 0), T(1));
	tell(h, "tracing.case_opened", oct(8, 14, 20), /* another tracer was quicker */
	     "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'clinic','sampled_at':%lld,'tube':'%s'}", C(1), P(1),
	     (long long)oct(8, 8, 0), T(1));
	tell(h, "tracing.case_revised", oct(9, 9, 0), "{'case':'%s','class':'confirmed','onset_at':%lld,'reason':'cough'}", C(1),
	     (long long)oct(8, 20, 0));
	tell(h, "tracing.case_isolated", oct(8, 15, 30), "{'case':'%s','place':'hospital'}", C(1));
	tell(h, "tracing.interview_recorded", oct(8, 17, 0), "{'case':'%s','complete':true}", C(1));
	tell_order(h, 2, 1, "close_contact", 0, oct(8, 15, 0), oct(8, 16, 0));
	tell_order(h, 3, 1, "secondary_contact", 2, oct(8, 12, 0), oct(8, 16, 5));
	tell_order(h, 3, 1, "close_contact", 0, oct(8, 12, 0), oct(10, 17, 0));
	tell_order(h, 4, 1, "close_contact", 0, oct(8, 15, 0), oct(8, 16, 10));
	tell_order(h, 4, 2, "close_contact", 0, oct(10, 9, 0), oct(10, 18, 0));
	tell_order(h, 5, 2, "secondary_contact", 4, oct(10, 9, 0), oct(10, 18, 5));
	tell_swab(h, 2, 2, 1, "negative", oct(9, 9, 0));
	tell_swab(h, 2, 3, 1, "positive", oct(10, 9, 0));
	tell(h, "tracing.case_opened", oct(10, 15, 30), "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'isolation','sampled_at':%lld}",
	     C(2), P(2), (long long)oct(10, 9, 0));
	tell_swab(h, 3, 4, 1, "negative", oct(9, 9, 5));
	tell_swab(h, 4, 5, 10, "negative", oct(9, 9, 6));
	tell_swab(h, 4, 6, 10, "positive", oct(11, 9, 6));
	tell_swab(h, 4, 7, 1, "negative", oct(12, 9, 6));
	tell(h, "tracing.contact_secured", oct(8, 20, 0), "{'person':'%s','place':'central'}", P(2));
	tell(h, "tracing.contact_secured", oct(8, 21, 0), "{'person':'%s','place':'home'}", P(3));
	tell(h, "tracing.contact_secured", oct(10, 21, 0), "{'person':'%s','place':'central'}", P(3));
	tell(h, "tracing.health_checked", oct(9, 8, 0), "{'person':'%s','temperature':36.6,'half':'am'}", P(4));
	tell(h, "tracing.health_checked", oct(9, 20, 0), "{'person':'%s','temperature':38.1,'symptoms':['fever'],'half':'pm'}", P(4));
	tell(h, "tracing.regimen_reset", oct(12, 18, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'room-mate'}", P(4), C(2),
	     (long long)oct(12, 17, 0));
	tell(h, "tracing.regimen_reset", oct(11, 18, 0), "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'ward'}", P(4), C(2),
	     (long long)oct(11, 17, 0));
	tell(h, "tracing.contact_released", oct(13, 9, 0), "{'person':'%s','case':'%s','early':true,'reason':'surgery'}", P(3), C(1));
	tell(h, "tracing.contact_appealed", oct(11, 8, 0), "{'person':'%s','text':'no'}", P(4));
	tell(h, "tracing.appeal_answered", oct(12, 8, 0), "{'person':'%s','granted':false,'answer':'yes'}", P(4));
	tell(h, "tracing.visit_recorded", oct(9, 8, 0), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'source':'payment'}", V(1), P(1), S(1),
	     (long long)oct(7, 12, 0));
	tell(h, "tracing.visit_recorded", oct(9, 9, 0), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'source':'ticket'}", V(1), P(1), S(1),
	     (long long)oct(7, 12, 5));
	tell(h, "tracing.visit_withdrawn", oct(9, 10, 0), "{'visit':'%s'}", V(1));
	tell(h, "tracing.contact_named", oct(8, 15, 0),
	     "{'link':'%s','case':'%s','person':'%s','setting':'visiting','first_at':%lld,'evidence':'seat'}", L(1), C(1), P(6),
	     (long long)oct(7, 12, 0));
	tell(h, "tracing.contact_unnamed", oct(8, 16, 0), "{'link':'%s'}", L(1));
	tell(h, "tracing.case_opened", oct(12, 9, 0), "{'case':'%s','person':'%s','class':'suspected','found_by':'home'}", C(5), P(5));
	tell(h, "tracing.case_revised", oct(13, 9, 0), "{'case':'%s','withdrawn':true,'reason':'influenza'}", C(5));
	tell(h, "house.edition_adopted", oct(12, 8, 0),
	     "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld,'transition':'immediate'}", O(1), (long long)oct(14, 0, 0));
}

/* Rebuilt the same, and nothing that the second path would find. */
static void expect_books_agree(struct book *b)
{
	struct err e = {0};
	struct buf differences;
	expect_rebuilt_same(b);
	buf_init(&differences, 0);
	testdb_ok(ledger_audit(b->l, (struct progress){0}, &differences, &e), &e);
	if (occurs(buf_str(&differences), "tracing:"))
		fail_msg("%.*s", STR_ARG(buf_str(&differences)));
	buf_done(&differences);
}

/* All facts of the history in groups of random sizes. */
static void append_groups(struct book *b, const struct history *h, struct dice *dice)
{
	struct err e = {0};
	struct fact facts[ARRAY_N(h->text)];
	static struct verdict verdicts[ARRAY_N(h->text)];
	for (size_t done = 0, n; done < h->n; done += n) {
		n = 1 + (size_t)dice_below(dice, 40);
		n = n < h->n - done ? n : h->n - done;
		struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
		for (size_t i = 0; i < n; i++) {
			const struct json *j;
			testdb_ok(json_read(&b->a, h->text[done + i], &j, &e), &e);
			testdb_ok(fact_decode(&b->a, j, &facts[i], &e), &e);
			verdicts[i] = (struct verdict){0};
		}
		testdb_ok(ledger_append(b->l, &sub, 1, &e), &e);
		for (size_t i = 0; i < n; i++)
			if (verdicts[i].code != OK)
				fail_msg("%.*s\n  %s %s: %s", STR_ARG(h->text[done + i]), err_name(verdicts[i].code), verdicts[i].err.at,
					 verdicts[i].err.what);
	}
}

/* Plays the history in so many orders and compares the ends; at the last one also with a rebuild. */
static void play(struct testdb *t, struct history *h, struct dice *dice, int rounds)
{
	struct buf first, now;
	buf_init(&first, 0);
	for (int round = 0; round < rounds; round++) {
		struct testdb own;
		struct book b;
		struct err e = {0};
		assert_true(testdb_new(&own, t->engine));
		book_open(&b, &own);
		facts_n = 0;
		begin(&b);
		b.sim.now = oct(20, 0, 0);
		append_groups(&b, h, dice);
		/* twice is once */
		assert_int_equal(append(&b, h->text[dice_below(dice, h->n)], &e), OK);
		buf_init(&now, 0);
		testdb_ok(ledger_dump(ledger_db(b.l), true, round ? &now : &first, &e), &e);
		if (round)
			expect_same(buf_str(&first), buf_str(&now), "order", round);
		buf_done(&now);
		if (round == rounds - 1)
			expect_books_agree(&b);
		book_close(&b);
		testdb_done(&own);
		for (size_t i = h->n - 1; i > 0; i--) {
			size_t k = (size_t)dice_below(dice, i + 1);
			struct str x = h->text[i];
			h->text[i] = h->text[k];
			h->text[k] = x;
		}
	}
	buf_done(&first);
}

static void shuffled(struct testdb *t)
{
	struct history h;
	struct dice dice;
	dice_init(&dice, 20221008);
	tell_all(&h);
	play(t, &h, &dice, t->engine == DB_SQLITE ? 40 : 6);
	arena_done(&h.a);
}

/* One made-up fact. Orders are signed before the 13th and cases withdrawn after it, for an order against a withdrawn case
 * is refused; cases are those of persons 1 and 2, who are never contacts, for the same reason. */
static void tell_any(struct history *h, struct dice *d)
{
	static const char *const tiers[] = {"close_contact", "secondary_contact", "close_contact_short", "general_contact"};
	static const char *const words[] = {"negative", "positive", "negative", "invalid"};
	static const int contacts[] = {3, 4, 5, 13};
	int64_t at = oct(8, 0, 0) + (int64_t)dice_below(d, 5 * MS_PER_DAY / MS_PER_MINUTE) * MS_PER_MINUTE;
	int person = contacts[dice_below(d, 4)], case_ = 1 + (int)dice_below(d, 2), tube = 1 + (int)dice_below(d, 8);
	const char *who = P(person), *which = C(case_);
	switch (dice_below(d, 18)) {
	case 0:
		tell(h, "testing.tube_opened", at, "{'tube':'%s','code':'A','campaign':'%s','round':1,'pool_size':%d,'population':'key'}", T(tube),
		     name_of('k', 1), tube % 3 ? 1 : 10);
		break;
	case 1:
	case 2:
	case 3:
		tell(h, "testing.swab_taken", at, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", dice_below(d, 5) ? who : P(case_), T(tube),
		     name_of('k', 1));
		break;
	case 4:
	case 5:
		tell(h, "testing.result_reported", at, "{'tube':'%s','laboratory':'%s','result':'%s'}", T(tube), name_of('b', 1),
		     words[dice_below(d, 4)]);
		break;
	case 6:
		tell(h, "tracing.case_opened", at,
		     "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'other','sampled_at':%lld,'tube':'%s'}", which, P(case_), (long long)at - 1,
		     T(tube));
		break;
	case 7:
		tell(h, "tracing.case_revised", at + 6 * MS_PER_DAY, "{'case':'%s','withdrawn':%s,'reason':'retest'}", which,
		     dice_below(d, 2) ? "true" : "false");
		break;
	case 8:
		tell(h, "tracing.case_isolated", at, "{'case':'%s','place':'central'}", which);
		break;
	case 9:
	case 10:
	case 11:
		tell_order(h, person, case_, tiers[dice_below(d, 4)], dice_below(d, 2) ? 3 + (person + 1 - 3) % 3 : 0, at - MS_PER_HOUR, at);
		break;
	case 12:
		tell(h, "tracing.contact_secured", at, "{'person':'%s','place':'%s'}", who, tracing_places[dice_below(d, 3)]);
		break;
	case 13:
		tell(h, "tracing.health_checked", at, "{'person':'%s','temperature':%d,'half':'am'}", who, 36 + (int)dice_below(d, 3));
		break;
	case 14:
		tell(h, "tracing.regimen_reset", at, "{'person':'%s','case':'%s','anchor_at':%lld,'reason':'again'}", who, which, (long long)at - 1);
		break;
	case 15:
		tell(h, "tracing.contact_released", at, "{'person':'%s','case':'%s','early':true,'reason':'surgery'}", who, which);
		break;
	case 16:
		if (dice_below(d, 2))
			tell(h, "tracing.contact_appealed", at, "{'person':'%s','text':'no'}", who);
		else
			tell(h, "tracing.appeal_answered", at, "{'person':'%s','granted':false,'answer':'yes'}", who);
		break;
	default:
		tell(h, dice_below(d, 3) ? "people.persons_merged" : "people.persons_unmerged", at, "{'person':'%s','other':'%s','reason':'same card'}",
		     P(3), P(13));
		break;
	}
}

static void random_histories(struct testdb *t)
{
	int histories = t->engine == DB_SQLITE ? 50 : 6;
	for (int i = 0; i < histories; i++) {
		struct history h = {0};
		struct dice dice;
		dice_init(&dice, 77000 + (uint64_t)i);
		arena_init(&h.a, 0);
		size_t n = 20 + (size_t)dice_below(&dice, 80);
		while (h.n < n)
			tell_any(&h, &dice);
		tell(&h, "house.edition_adopted", oct(12, 8, 0),
		     "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld,'transition':'immediate'}", O(1), (long long)oct(20, 0, 0));
		play(t, &h, &dice, 4);
		arena_done(&h.a);
	}
}

#define BOTH(name) \
	static void test_##name(void **state) { (void)state; testdb_each(name); }
BOTH(shuffled)
BOTH(random_histories)

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_shuffled), cmocka_unit_test(test_random_histories)};
	int failed = tracebook_init() || cmocka_run_group_tests_name("tracing_order", tests, NULL, NULL);
	tracebook_done();
	return failed;
}
