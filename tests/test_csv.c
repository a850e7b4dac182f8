/* SPDX-License-Identifier: Apache-2.0
 * The CSV reader and writer: encodings, quotes, broken rows, limits, streaming. */
#include "cm.h"

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/csv.h"

static uint64_t dice_state = 42;

static uint64_t dice_below(uint64_t n)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state % n;
}

/* The whole table as one text: fields between |, rows after /, errors as !name@at. */
static void show(struct csv *c, struct buf *b)
{
	buf_reset(b);
	for (;;) {
		const struct str *f;
		size_t n;
		struct err e = {0};
		enum err_code code = csv_row(c, &f, &n, &e);
		if (code != OK) {
			buf_printf(b, "!%s@%s/", err_name(code), e.at);
			assert_true(e.what[0]);
			if (csv_stuck(c)) {
				assert_int_not_equal(csv_row(c, &f, &n, NULL), OK);
				break;
			}
			continue;
		}
		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++) {
			if (i)
				buf_add_byte(b, '|');
			buf_add_str(b, f[i]);
		}
		buf_add_byte(b, '/');
	}
}

static void expect(struct str bytes, const char *want)
{
	struct csv *c = NULL;
	struct buf b;
	buf_init(&b, 0);
	assert_int_equal(csv_open_mem(&c, bytes, NULL), OK);
	show(c, &b);
	if (!str_eq_c(buf_str(&b), want))
		fail_msg("%.*s gave %.*s, not %s", STR_ARG(bytes), STR_ARG(buf_str(&b)), want);
	uint64_t done = 0, total = 0;
	csv_progress(c, &done, &total);
	assert_int_equal(total, bytes.n);
	assert_true(csv_stuck(c) || done == total);
	csv_close(&c);
	assert_null(c);
	csv_close(&c);
	buf_done(&b);
}

#define EXPECT(bytes, want) expect(STR(bytes), want)

static void rows_and_fields_are_cut(void **state)
{
	(void)state;
	EXPECT("", "");
	EXPECT("\n\r\n\r", "");
	EXPECT("a,b\n1,2\n", "a|b/1|2/");
	EXPECT("a,b\r\n1,2", "a|b/1|2/");
	EXPECT("a,b\r1,2\r", "a|b/1|2/");
	EXPECT("a,b\n\n\r\n1,2\n\n", "a|b/1|2/");
	EXPECT("a,\n,\n,,", "a|/|/||/");
	EXPECT("\"a\"", "a/");
	EXPECT("\"\"\n", "/");
	EXPECT("\"a,\"\"b\"\"\",\"\"\"\",\"\"\n", "a,\"b\"|\"|/");
	EXPECT("\"one\r\ntwo\",x\ny,z", "one\r\ntwo|x/y|z/");
	EXPECT("a;b,c;d\n1;2;3", "a|b,c|d/1|2|3/");
	EXPECT("a\tb\n1,5\t2", "a|b/1,5|2/");
	EXPECT("\"a;b;c;d\",e\n1;,2", "a;b;c;d|e/1;|2/");
	EXPECT("sep=;\r\na,b,c;d\n", "a,b,c|d/");
	EXPECT("sep=x\n1", "sep=x/1/");
	EXPECT(" a , b \n", " a | b /");
	EXPECT("only\n", "only/");
}

static void encodings_are_told_apart(void **state)
{
	(void)state;
	EXPECT("姓名,村\n涑水,村一\n", "姓名|村/涑水|村一/");
	EXPECT("\xEF\xBB\xBF姓名,村\n", "姓名|村/");
	EXPECT("\xEF\xBB\xBF", "");
	EXPECT("\xD0\xD5\xC3\xFB,\xB4\xE5\r\n\xCB\xAE,\x81\x30\x81\x30\r\n", "姓名|村/水|\xC2\x80/"); /* GB18030 */
	EXPECT("\xFF\xFE" "a\0,\0\x34\x6C\n\0" "b\0", "a|水/b/");
	EXPECT("\xFE\xFF" "\0a\0,\x6C\x34\0\n\0b", "a|水/b/");
	EXPECT("\xFF\xFE" "a\0\x00\xD8,\0b\0\n\0c\0\n\0", "!bad_text@line 1/c/"); /* half a surrogate pair */
	EXPECT("\xFF\xFE" "a\0\n\0b", "a/!bad_text@line 2/"); /* half a unit */
	/* one damaged byte: still UTF-8, and an error with its line */
	EXPECT("姓名,村\n涑\xE6水,村\n一,二\n", "姓名|村/!bad_text@line 2/一|二/");
	EXPECT("姓名,村\n\"x\ny\xE6\",村\n一,二\n", "姓名|村/!bad_text@line 3/一|二/");
	EXPECT("\xD0\xD5\xC3\xFB,\xB4\xE5\n\xD0\xD5\xFF,1\n\xCB\xAE,2\n", "姓名|村/!bad_text@line 2/水|2/");
	EXPECT("\xD0\xD5\xC3\xFB,\xB4\xE5\n\xD0\xD5,\xCB", "姓名|村/!bad_text@line 2/");
}

static void broken_rows_are_named_and_passed_over(void **state)
{
	(void)state;
	EXPECT("a,b\nx\"y,1\nc,d\n", "a|b/!bad_csv@line 2/c|d/");
	EXPECT("a,b\n\"x\"y,1\nc,d\n", "a|b/!bad_csv@line 2/c|d/");
	EXPECT("a,b\n\"x\" ,1\r\nc,d\n", "a|b/!bad_csv@line 2/c|d/");
	EXPECT("a,b\n1,\"open\nc,d\n\"e\",f\n", "a|b/!bad_csv@line 2/c|d/e|f/");
	EXPECT("a,b\nx\0y,1\nc,d\n", "a|b/!bad_text@line 2/c|d/");
	EXPECT("a,b\n\n1,\"cut of", "a|b/!bad_csv@line 3/");
	EXPECT("a,b\n1,\"cut off\n2,x\n", "a|b/!bad_csv@line 2/");
	EXPECT("a,b\n1,\"cut off \"\"", "a|b/!bad_csv@line 2/");
	EXPECT("a,b\nx\"\r", "a|b/!bad_csv@line 2/");
}

static void line_numbers_count_inner_lines(void **state)
{
	(void)state;
	struct csv *c = NULL;
	assert_int_equal(csv_open_mem(&c, STR("a\r\n\"1\n2\r3\r\n4\"\n\n\nx\"\nlast"), NULL), OK);
	const struct str *f;
	size_t n;
	struct err e;
	assert_int_equal(csv_row(c, &f, &n, &e), OK);
	assert_int_equal(csv_line(c), 1);
	assert_int_equal(csv_row(c, &f, &n, &e), OK);
	assert_int_equal(csv_line(c), 2);
	assert_int_equal(csv_row(c, &f, &n, &e), ERR_BAD_CSV);
	assert_string_equal(e.at, "line 8");
	assert_int_equal(csv_line(c), 8);
	assert_int_equal(csv_row(c, &f, &n, &e), OK);
	assert_int_equal(csv_line(c), 9);
	assert_true(str_eq_c(f[0], "last"));
	assert_int_equal(csv_row(c, &f, &n, &e), OK);
	assert_int_equal(n, 0);
	csv_close(&c);
}

static void add_many(struct buf *b, char ch, size_t n)
{
	char *to = buf_reserve(b, n);
	assert_non_null(to);
	memset(to, ch, n);
	b->n += n;
}

static void limits_hold(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	for (int quoted = 0; quoted < 2; quoted++)
		for (int over = 0; over < 2; over++) {
			buf_reset(&b);
			buf_add_c(&b, quoted ? "a,\"" : "a,");
			add_many(&b, 'x', CSV_FIELD_MAX + (size_t)over);
			buf_add_c(&b, quoted ? "\"\nc,d\n" : "\nc,d\n");
			struct csv *c = NULL;
			assert_int_equal(csv_open_mem(&c, buf_str(&b), NULL), OK);
			const struct str *f;
			size_t n;
			struct err e;
			assert_int_equal(csv_row(c, &f, &n, &e), over ? ERR_TOO_LARGE : OK);
			if (!over)
				assert_int_equal(f[1].n, CSV_FIELD_MAX);
			assert_int_equal(csv_row(c, &f, &n, &e), OK);
			assert_int_equal(csv_line(c), 2);
			assert_true(str_eq_c(f[0], "c"));
			csv_close(&c);
		}
	buf_reset(&b); /* columns */
	add_many(&b, ',', CSV_COLUMNS_MAX - 1);
	buf_add_c(&b, "\n");
	add_many(&b, ',', CSV_COLUMNS_MAX);
	buf_add_c(&b, "\nz\n");
	struct csv *c = NULL;
	const struct str *f;
	size_t n;
	assert_int_equal(csv_open_mem(&c, buf_str(&b), NULL), OK);
	assert_int_equal(csv_row(c, &f, &n, NULL), OK);
	assert_int_equal(n, CSV_COLUMNS_MAX);
	assert_int_equal(csv_row(c, &f, &n, NULL), ERR_TOO_LARGE);
	assert_int_equal(csv_row(c, &f, &n, NULL), OK);
	assert_int_equal(n, 1);
	csv_close(&c);
	buf_reset(&b); /* a row of fields that are each short enough, then one behind it */
	for (int i = 0; i < 10; i++) {
		add_many(&b, 'y', CSV_FIELD_MAX - 1);
		buf_add_c(&b, ",");
	}
	buf_add_c(&b, "\nz\n");
	assert_int_equal(csv_open_mem(&c, buf_str(&b), NULL), OK);
	assert_int_equal(csv_row(c, &f, &n, NULL), ERR_TOO_LARGE);
	assert_int_equal(csv_row(c, &f, &n, NULL), OK);
	assert_true(n == 1 && str_eq_c(f[0], "z"));
	csv_close(&c);
	buf_reset(&b); /* an unclosed quote in front of more than a field's bytes takes only its own row */
	buf_add_c(&b, "a,b\n1,\"x\n");
	int rows = 0;
	for (int i = 0; i < 200000; i++)
		buf_add_c(&b, "good,row\n");
	assert_int_equal(csv_open_mem(&c, buf_str(&b), NULL), OK);
	assert_int_equal(csv_row(c, &f, &n, NULL), OK);
	assert_int_equal(csv_row(c, &f, &n, NULL), ERR_TOO_LARGE);
	while (csv_row(c, &f, &n, NULL) == OK && n == 2)
		rows++;
	assert_int_equal(rows, 200000);
	csv_close(&c);
	buf_done(&b);
}

static void files_that_cannot_be_opened_are_errors(void **state)
{
	(void)state;
	struct csv *c = NULL;
	struct err e;
	assert_int_equal(csv_open(&c, "/nonexistent/table.csv", &e), ERR_FILE);
	assert_int_equal(csv_open(&c, "/", &e), ERR_FILE);
	assert_null(c);
}

/* A million rows, one in a hundred broken in one of five ways: every row is either returned or named. */
static void a_million_rows_stream(const char *encoding)
{
	char path[] = "/tmp/sushui-csv-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *file = fdopen(fd, "w");
	assert_non_null(file);
	struct buf b;
	buf_init(&b, 0);
	iconv_t conv = iconv_open(encoding, "UTF-8");
	bool gb = strcmp(encoding, "UTF-8") != 0;
	uint64_t good = 0, broken = 0, lines = 1, sum = 0;
	static char text[1 << 20];
	buf_add_c(&b, "编号,姓名,村,备注\r\n");
	for (int i = 0; i < 1000000; i++) {
		bool bad = dice_below(100) == 0;
		uint64_t way = dice_below(gb ? 3 : 5);
		if (!bad) {
			bool inner = dice_below(10) == 0;
			buf_printf(&b, inner ? "%d,\"张\n三\",第%d村,\"说\"\"好\"\"\"\r\n" : "%d,张三,第%d村,好\r\n", i, i % 97);
			lines += inner ? 2 : 1;
			sum += (uint64_t)i;
			good++;
		} else {
			static const char *const ways[] = {"%d,a\"b,c,d\r\n", "%d,\"a\"b,c,d\r\n", "%d,a,b,c\"\r\n", "%d,a\xFF,b,c\r\n", "%d,\"a\xE6\",b,c\r\n"};
			buf_printf(&b, ways[way], i);
			lines++;
			broken++;
		}
		if (b.n > sizeof text / 4 || i == 999999) {
			char *in = b.p, *to = text;
			size_t in_n = b.n, to_n = sizeof text;
			if (gb) {
				assert_true(iconv(conv, &in, &in_n, &to, &to_n) != (size_t)-1);
				fwrite(text, 1, sizeof text - to_n, file);
			} else {
				fwrite(b.p, 1, b.n, file);
			}
			buf_reset(&b);
		}
	}
	iconv_close(conv);
	assert_int_equal(fclose(file), 0);
	buf_done(&b);
	struct rusage before, after;
	getrusage(RUSAGE_SELF, &before);
	struct csv *c = NULL;
	assert_int_equal(csv_open(&c, path, NULL), OK);
	uint64_t seen = 0, named = 0, seen_sum = 0, last_line = 0, done = 0, total = 0;
	for (;;) {
		const struct str *f;
		size_t n = 0;
		enum err_code code = csv_row(c, &f, &n, NULL);
		if (code == OK && n == 0)
			break;
		assert_false(csv_stuck(c));
		assert_true(csv_line(c) > last_line);
		last_line = csv_line(c);
		named += code != OK;
		if (code != OK || last_line == 1)
			continue;
		int64_t number = 0;
		assert_int_equal(n, 4);
		assert_true(str_to_i64(f[0], &number));
		assert_true(str_eq_c(f[1], "张三") || str_eq_c(f[1], "张\n三"));
		assert_true(str_eq_c(f[3], "好") || str_eq_c(f[3], "说\"好\""));
		seen++;
		seen_sum += (uint64_t)number;
		csv_progress(c, &done, &total);
		assert_true(done <= total);
	}
	csv_progress(c, &done, &total);
	assert_int_equal(done, total);
	csv_close(&c);
	getrusage(RUSAGE_SELF, &after);
	unlink(path);
	assert_int_equal(seen, good);
	assert_int_equal(seen_sum, sum);
	assert_int_equal(named, broken);
	assert_true(last_line <= lines && last_line + 2 >= lines);
	assert_true(broken > 8000);
	assert_true(after.ru_maxrss - before.ru_maxrss < 4096); /* KiB */
}

static void a_million_utf8_rows_stream(void **state)
{
	(void)state;
	a_million_rows_stream("UTF-8");
}

static void a_million_gb18030_rows_stream(void **state)
{
	(void)state;
	a_million_rows_stream("GB18030");
}

/* Random tables: what csv_put writes is what csv_row reads, with windows cut anywhere. */
static void what_is_written_reads_back(void **state)
{
	(void)state;
	static const char *const pieces[] = {"a", ",", ";", "\t", "\"", "\n", "\r", "\r\n", "水", " ", "1.5", "\xF0\x9F\x98\x80", "'"};
	struct buf b, back, want;
	buf_init(&b, 0);
	buf_init(&back, 0);
	buf_init(&want, 0);
	for (int round = 0; round < 3000; round++) {
		buf_reset(&b);
		buf_reset(&want);
		size_t columns = 1 + dice_below(6), rows = dice_below(8);
		if (round % 500 == 0)
			rows = 40000;
		for (size_t r = 0; r < rows; r++) {
			for (size_t k = 0; k < columns; k++) {
				char text[64] = "x"; /* so that nothing begins like a formula */
				for (uint64_t i = dice_below(6); i > 0; i--)
					strcat(text, pieces[dice_below(ARRAY_N(pieces))]);
				struct str f = str_of(text);
				if (dice_below(8) == 0)
					f = STR_NONE;
				csv_put(&b, f, k == 0);
				if (k)
					buf_add_byte(&want, '|');
				buf_add_str(&want, f);
			}
			csv_end_row(&b);
			buf_add_byte(&want, '/');
		}
		struct csv *c = NULL;
		assert_int_equal(csv_open_mem(&c, buf_str(&b), NULL), OK);
		show(c, &back);
		csv_close(&c);
		if (!str_eq(buf_str(&back), buf_str(&want)))
			fail_msg("%.*s", STR_ARG(buf_str(&b)));
	}
	buf_done(&b);
	buf_done(&back);
	buf_done(&want);
}

static void formulas_are_disarmed(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"=1+1", "'=1+1"}, {"@SUM(A1)", "'@SUM(A1)"}, {"+cmd", "'+cmd"}, {"-x", "'-x"}, {"-1.5", "-1.5"},
		{"+3", "+3"}, {"-", "'-"}, {"\tx", "\"'\tx\""}, {"\rx", "\"'\rx\""}, {"=\"a\"", "\"'=\"\"a\"\"\""}, {"a=b", "a=b"}, {"", "\"\""},
		{"a,b", "\"a,b\""}, {"=1;2", "\"'=1;2\""}, {"-1e5", "-1e5"}, {"-1+2", "'-1+2"}};
	struct buf b;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		buf_reset(&b);
		csv_put(&b, str_of(cases[i][0]), true);
		if (!str_eq_c(buf_str(&b), cases[i][1]))
			fail_msg("%s gave %.*s", cases[i][0], STR_ARG(buf_str(&b)));
	}
	buf_reset(&b);
	csv_put(&b, STR("a"), true);
	csv_put(&b, STR(""), false);
	csv_put(&b, STR("c"), false);
	csv_end_row(&b);
	assert_true(str_eq_c(buf_str(&b), "a,,c\r\n"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_million_utf8_rows_stream), /* first: it looks at the most memory ever used */
		cmocka_unit_test(a_million_gb18030_rows_stream),
		cmocka_unit_test(rows_and_fields_are_cut),
		cmocka_unit_test(encodings_are_told_apart),
		cmocka_unit_test(broken_rows_are_named_and_passed_over),
		cmocka_unit_test(line_numbers_count_inner_lines),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(files_that_cannot_be_opened_are_errors),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(formulas_are_disarmed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
