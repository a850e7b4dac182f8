/* SPDX-License-Identifier: Apache-2.0
 *
 * Identity numbers, normal forms and likeness of names. All numbers are made up by algorithm.
 */
#include <stdio.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/people/people_match.h"

/* ---- identity numbers ------------------------------------------------------------------------ */

/* The standard's own table of weights and remainders, apart from the way the program computes. */
static char check_by_table(const char *digits)
{
	static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
	int sum = 0;
	for (int i = 0; i < 17; i++)
		sum += weights[i] * (digits[i] - '0');
	return "10X98765432"[sum % 11];
}

static void make_number(struct dice *d, char out[19], int year, bool male)
{
	char day[DAY_TEXT_N];
	day_format((int32_t)((year - 1970) * 365.25) + (int32_t)dice_below(d, 360), day);
	unsigned sequence = (unsigned)dice_below(d, 499) * 2 + (male ? 1 : 0);
	snprintf(out, 19, "142726%.4s%.2s%.2s%03u", day, day + 5, day + 8, sequence);
	out[17] = check_by_table(out);
	out[18] = 0;
}

static void identity_numbers(void **state)
{
	(void)state;
	struct dice d;
	struct gb11643 card;
	int x_n = 0;
	dice_init(&d, 1);
	for (int i = 0; i < 5000; i++) {
		char number[19], day[DAY_TEXT_N];
		bool male = i % 2;
		make_number(&d, number, 1930 + i % 90, male);
		assert_int_equal(gb11643_check(number), check_by_table(number));
		assert_int_equal(gb11643_read((struct str){number, 18}, &card), GB11643_FINE);
		assert_int_equal(card.division, 142726);
		assert_int_equal(card.sex, male ? SEX_MALE : SEX_FEMALE);
		day_format(card.birth_date, day);
		assert_memory_equal(day, number + 6, 4);
		assert_memory_equal(day + 5, number + 10, 2);
		assert_memory_equal(day + 8, number + 12, 2);
		x_n += number[17] == 'X';
		/* MOD 11-2 finds every single wrong digit and every swap of two neighbours */
		size_t at = (size_t)dice_below(&d, 17);
		char wrong[19];
		memcpy(wrong, number, 19);
		wrong[at] = (char)('0' + (wrong[at] - '0' + 1 + (int)dice_below(&d, 9)) % 10);
		assert_int_not_equal(gb11643_read((struct str){wrong, 18}, &card), GB11643_FINE);
		memcpy(wrong, number, 19);
		wrong[at] = number[at + 1];
		wrong[at + 1] = number[at];
		if (number[at] != number[at + 1])
			assert_int_not_equal(gb11643_read((struct str){wrong, 18}, &card), GB11643_FINE);
	}
	assert_in_range(x_n, 300, 620); /* one in eleven */
}

static enum gb11643_fault fault_of(const char *digits17, char last)
{
	struct gb11643 card;
	char number[19];
	snprintf(number, sizeof number, "%s", digits17);
	number[17] = last ? last : check_by_table(number);
	return gb11643_read((struct str){number, 18}, &card);
}

static void identity_faults(void **state)
{
	(void)state;
	struct gb11643 card;
	assert_int_equal(gb11643_read(STR(""), &card), GB11643_LENGTH);
	assert_int_equal(gb11643_read(STR("142726560214012"), &card),
			 GB11643_LENGTH); /* the form before 1999 */
	assert_int_equal(fault_of("14272619560214012", 0), GB11643_FINE);
	assert_int_equal(fault_of("14272619560214012", 'x'), GB11643_DIGITS);
	assert_int_equal(fault_of("1427261956021401X", '0'), GB11643_DIGITS);
	assert_int_equal(fault_of("16272619560214012", 0), GB11643_DIVISION);
	assert_int_equal(fault_of("00272619560214012", 0), GB11643_DIVISION);
	assert_int_equal(fault_of("83000019900101012", 0), GB11643_FINE);
	assert_int_equal(fault_of("14272619560230012", 0), GB11643_DATE);
	assert_int_equal(fault_of("14272619570229012", 0), GB11643_DATE); /* no leap year */
	assert_int_equal(fault_of("14272620000229012", 0), GB11643_FINE);
	assert_int_equal(fault_of("14272619561314012", 0), GB11643_DATE);
	for (char c = '0'; c <= '9'; c++)
		if (c != check_by_table("14272619560214012"))
			assert_int_equal(fault_of("14272619560214012", c), GB11643_CHECK);
	for (int f = GB11643_LENGTH; f <= GB11643_CHECK; f++)
		assert_true(strlen(gb11643_rule((enum gb11643_fault)f)) > 10);
}

static void normal_forms(void **state)
{
	(void)state;
	static const char *const documents[][2] = {{" 142726 1956-0214 012x", "1427261956021401"
									      "2X"},
						   {"１４２７２６", "142726"},
						   {"ｅ１２.34", "E1234"},
						   {"晋A-1", "晋A1"},
						   {" - ", ""}};
	static const char *const phones[][2] = {{"+86 138-0000-0001", "13800000001"},
						{"008613800000001", "13800000001"},
						{"8613800000001", "13800000001"},
						{"１３８００００００１", "1380000001"},
						{"(0359) 565 0001", "03595650001"},
						{"+39 049 1", "+390491"},
						{"call me", ""}};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < ARRAY_N(documents); i++)
		assert_true(str_eq_c(people_document_normal(&a, str_of(documents[i][0])), documents[i][1]));
	for (size_t i = 0; i < ARRAY_N(phones); i++)
		assert_true(str_eq_c(people_phone_normal(&a, str_of(phones[i][0])), phones[i][1]));
	arena_done(&a);
}

static int alike(const char *a, const char *b)
{
	int x = people_name_likeness(str_of(a), str_of(b));
	assert_int_equal(x, people_name_likeness(str_of(b), str_of(a)));
	return x;
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(alike("李小明", "李小明"), 100);
	assert_int_equal(alike("Rossi Anna", "anna ROSSI"), 100);
	assert_int_equal(alike("买买提·阿不都", "买买提 阿不都"), 100);
	assert_in_range(alike("李小明", "李小民"), 75, 95);
	assert_in_range(alike("MARTHA", "MARHTA"), 96, 96);  /* published value of the measure: 0.961 */
	assert_in_range(alike("DWAYNE", "DUANE"), 84, 84);   /* 0.840 */
	assert_in_range(alike("DIXON", "DICKSONX"), 81, 81); /* 0.813 */
	assert_in_range(alike("张伟", "王芳"), 0, 0);
	assert_int_equal(alike("", "王芳"), 0);
	assert_int_equal(alike("王", "王"), 100);
	char many[900];
	memset(many, 'a', sizeof many - 1);
	for (size_t i = 1; i < sizeof many - 1; i += 2)
		many[i] = ' ';
	many[sizeof many - 1] = 0;
	assert_int_equal(alike(many, many), 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_numbers),
		cmocka_unit_test(identity_faults),
		cmocka_unit_test(normal_forms),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
