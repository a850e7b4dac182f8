/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace engine in the house: what it proposes equals a plain SQL definition over the table `visit`, on both databases, after every
 * kind of change, after a restart and after a rebuild. All persons are made up.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cm.h"
#include "core/csv.h"
#include "domain/tracing/tracing_view.h"
#include "sql.gen.h"
#include "tracebook.h"

#define PERSONS 2000
#define PLACES 40
#define STAYS 6000
#define CASES 12
#define NOW oct(20, 0, 0)

/* ---- many facts ------------------------------------------------------------------------------------------------------- */

#define GROUP 1000
static struct fact facts[GROUP];
static struct verdict verdicts[GROUP];
static size_t held;

static void flush(struct book *b)
{
	struct err e = {0};
	struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = held};
	memset(verdicts, 0, sizeof verdicts);
	testdb_ok(ledger_append(b->l, &sub, 1, &e), &e);
	for (size_t i = 0; i < held; i++)
		if (verdicts[i].code != OK)
			fail_msg("%s: %s %s: %s", facts[i].kind->name, err_name(verdicts[i].code), verdicts[i].err.at, verdicts[i].err.what);
	held = 0;
	arena_reset(&b->a);
}

static void hold(struct book *b, const char *kind, int64_t at, const char *fmt, ...)
{
	struct err e = {0};
	const struct json *j;
	va_list ap;
	va_start(ap, fmt);
	struct str text = fact_text(&b->a, ++facts_n, kind, at, fmt, ap);
	va_end(ap);
	testdb_ok(json_read(&b->a, text, &j, &e), &e);
	testdb_ok(fact_decode(&b->a, j, &facts[held], &e), &e);
	if (at > b->sim.now)
		b->sim.now = at;
	if (++held == GROUP)
		flush(b);
}

/* ---- a county ----------------------------------------------------------------------------------------------------------- */

static void register_places(struct book *b)
{
	for (int i = 1; i < PLACES; i++) /* the last one is never registered */
		hold(b, "people.place_registered", oct(1, 10, 0), "{'place':'%s','name':'Place %d','type':'%s'}", S(i), i, people_places[i % 13]);
}

static void stay(struct book *b, struct dice *d, int visit)
{
	int person = 1 + (int)dice_below(d, PERSONS), place = 1 + (int)dice_below(d, PLACES);
	int64_t from = oct(5, 6, 0) + (int64_t)dice_below(d, 9 * 24 * 60) * MS_PER_MINUTE, length = (int64_t)dice_below(d, 150) * MS_PER_MINUTE;
	if (length == 0)
		hold(b, "tracing.visit_recorded", oct(15, 0, 0), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'source':'code_scan'}",
		     V(visit), P(person), S(place), (long long)from);
	else
		hold(b, "tracing.visit_recorded", oct(15, 0, 0),
		     "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'code_scan'}", V(visit), P(person), S(place),
		     (long long)from, (long long)(from + length));
}

static void open_case(struct book *b, int n, int person, int64_t onset)
{
	hold(b, "tracing.case_opened", oct(15, 8, n),
	     "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','onset_at':%lld,'sampled_at':%lld}", C(n), P(person),
	     (long long)onset, (long long)oct(14, 8, 0));
}

static void county(struct book *b, uint64_t seed)
{
	struct dice d;
	dice_init(&d, seed);
	begin(b);
	register_places(b);
	for (int i = 1; i <= STAYS; i++)
		stay(b, &d, i);
	for (int i = 1; i <= CASES; i++)
		open_case(b, i, 10 * i, oct(8 + i % 4, 6, 0));
	flush(b);
}

/* ---- comparing ------------------------------------------------------------------------------------------------------------ */

static void put_rules(struct book *b)
{
	struct err e = {0};
	struct tracing_rule_set rules;
	struct db *db = ledger_db(b->l);
	testdb_script(db, &SQL_test_engine_tables);
	tracing_rules_of(&rules, NULL);
	for (size_t t = 0; t < PLACE_TYPES_N; t++)
		testdb_ok(db_run(db, &SQL_test_engine_rule,
				 PARAMS(V_INT((int64_t)t), V_INT(rules.rule[t].min_s), V_INT(rules.rule[t].linger_s), V_INT(rules.rule[t].usual_s)), &e),
			  &e);
}

static int by_line(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

/* "hop person first seconds exposures", sorted. */
static struct str sorted(struct arena *a, struct buf *lines)
{
	struct str rest = buf_str(lines), *line = ARENA_ARRAY(a, struct str, PERSONS + 2);
	size_t n = 0;
	while (rest.n)
		line[n++] = str_cut(&rest, '\n');
	qsort(line, n, sizeof *line, by_line);
	struct buf out;
	buf_init(&out, 0);
	for (size_t i = 0; i < n; i++) {
		buf_add_str(&out, line[i]);
		buf_add_byte(&out, '\n');
	}
	struct str copy = arena_str(a, buf_str(&out));
	buf_done(&out);
	return copy;
}

static struct str by_sql(struct book *b, int64_t dropped, size_t hop_n[3])
{
	struct err e = {0};
	struct db *db = ledger_db(b->l);
	struct buf lines;
	char id[ID_TEXT_N + 1];
	buf_init(&lines, 0);
	hop_n[1] = hop_n[2] = 0;
	testdb_ok(db_query(db, &SQL_test_engine_contacts, PARAMS(V_INT(COUNTY), V_INT(dropped)), &e), &e);
	while (db_next(db)) {
		id_format(db_id(db, 1), id);
		hop_n[db_int(db, 0)]++;
		buf_printf(&lines, "%lld %s %lld %lld %lld\n", (long long)db_int(db, 0), id, (long long)db_int(db, 2), (long long)db_int(db, 3),
			   (long long)db_int(db, 4));
	}
	testdb_ok(db_stop(db, &e), &e);
	struct str text = sorted(&b->a, &lines);
	buf_done(&lines);
	return text;
}

static struct str by_engine(struct book *b)
{
	struct err e = {0};
	struct buf csv, lines;
	struct csv *c = NULL;
	const struct str *cell;
	size_t n;
	bool head = true;
	buf_init(&csv, 0);
	buf_init(&lines, 0);
	ask_many(b, "tracing.trace", NOW, (const char *[]){"hops"}, (const char *[]){"2"}, 1, QUERY_CSV, &csv);
	testdb_ok(csv_open_mem(&c, buf_str(&csv), &e), &e);
	while (csv_row(c, &cell, &n, &e) == OK && n > 0) {
		int64_t first;
		if (!head) {
			assert_true(caltime_parse(cell[2], &first));
			buf_printf(&lines, "%.*s %.*s %lld %.0f %.*s\n", STR_ARG(cell[1]), STR_ARG(cell[0]), (long long)(first / 1000),
				   60 * strtod(arena_str(&b->a, cell[4]).p, NULL), STR_ARG(cell[5]));
		}
		head = false;
	}
	csv_close(&c);
	struct str text = sorted(&b->a, &lines);
	buf_done(&csv);
	buf_done(&lines);
	return text;
}

/* The engine and SQL say the same; returns the number of close contacts. */
static size_t same(struct book *b, int64_t dropped, const char *when)
{
	size_t hop_n[3];
	struct str sql = by_sql(b, dropped, hop_n), engine = by_engine(b);
	expect_same(sql, engine, when, 0);
	assert_true(hop_n[1] > 0);
	return hop_n[1];
}

/* ---- tests ------------------------------------------------------------------------------------------------------------------ */

static void proposal_follows(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	county(&b, 1);
	put_rules(&b);
	size_t first = same(&b, 0, "at first");
	assert_true(first > 20);

	/* the onset of a case is corrected: its window moves, and so does the proposal */
	for (int i = 1; i <= CASES / 2; i++)
		hold(&b, "tracing.case_revised", oct(16, 8, i), "{'case':'%s','onset_at':%lld,'reason':'first symptom was later'}", C(i),
		     (long long)oct(13, 6, 0));
	flush(&b);
	assert_true(same(&b, 0, "case corrected") != first);
	/* a case is withdrawn, another opened */
	hold(&b, "tracing.case_revised", oct(16, 9, 0), "{'case':'%s','withdrawn':true,'reason':'retest negative'}", C(2));
	open_case(&b, 40, 777, oct(9, 6, 0));
	flush(&b);
	same(&b, 0, "case withdrawn, another opened");
	/* stays: late ones, one withdrawn, one whose person was another, one at another place */
	struct dice d;
	dice_init(&d, 99);
	for (int i = 0; i < 300; i++)
		stay(&b, &d, STAYS + 1 + i);
	for (int i = 1; i < 200; i++)
		hold(&b, "tracing.visit_withdrawn", oct(16, 10, 0), "{'visit':'%s'}", V(7 * i));
	for (int i = 1; i < 200; i++)
		hold(&b, "tracing.visit_recorded", oct(16, 11, 0),
		     "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}", V(5 * i), P(10 * (1 + i % 8)),
		     S(1 + i % 30), (long long)oct(9, 8, i % 60), (long long)oct(9, 10, i % 50));
	flush(&b);
	size_t changed = same(&b, 0, "stays corrected");
	/* a place turns out to be of another type: other minutes, another usual stay */
	for (int i = 1; i <= 20; i++)
		hold(&b, "people.place_registered", oct(16, 12, 0), "{'place':'%s','name':'Place %d','type':'home'}", S(i), i);
	flush(&b);
	same(&b, 0, "places corrected");
	assert_true(changed > 0);

	book_restart(&b);
	size_t before = same(&b, 0, "restarted");
	expect_rebuilt_same(&b);
	assert_int_equal(same(&b, 0, "rebuilt"), before);
	book_restart(&b);
	assert_int_equal(same(&b, 0, "rebuilt and restarted"), before);
	book_close(&b);
}

/* Two thirds of the stays come from a file. */
struct row {
	int person, place;
	int64_t from, until;
};
#define ROWS 5000

static void make_rows(struct row *rows, uint64_t seed)
{
	struct dice d;
	dice_init(&d, seed);
	for (size_t i = 0; i < ROWS; i++) {
		rows[i] = (struct row){1 + (int)dice_below(&d, PERSONS + 500), 1 + (int)dice_below(&d, PLACES + 5),
				       oct(5, 6, 0) + (int64_t)dice_below(&d, 9 * 24 * 60) * MS_PER_MINUTE, 0};
		rows[i].until = rows[i].from + (int64_t)(1 + dice_below(&d, 150)) * MS_PER_MINUTE;
	}
}

static void load(struct book *b, const struct row *rows, size_t n, size_t refused_n)
{
	struct err e = {0};
	struct tracing_load *l = NULL;
	size_t refused = 0;
	int32_t first, last;
	testdb_ok(tracing_load_open(&l, b->engine, ledger_db(b->l), COUNTY, &e), &e);
	for (size_t i = 0; i < n; i++) {
		enum err_code rc = tracing_load_row(l, id_of(P(rows[i].person)), id_of(S(rows[i].place)), rows[i].from, rows[i].until, &e);
		if (rc != OK && rc != ERR_BAD_VALUE && rc != ERR_ERASED)
			fail_msg("row %zu: %s %s", i, err_name(rc), e.what);
		refused += rc != OK;
	}
	testdb_ok(tracing_load_commit(l, &first, &last, &e), &e);
	tracing_load_close(&l);
	assert_int_equal(refused, refused_n);
}

static void put_bulk(struct book *b, const struct row *rows, size_t n)
{
	struct err e = {0};
	testdb_ok(db_begin(ledger_db(b->l), &e), &e);
	for (size_t i = 0; i < n; i++) {
		struct id person = id_of(P(rows[i].person)), place = id_of(S(rows[i].place));
		testdb_ok(db_run(ledger_db(b->l), &SQL_test_engine_bulk,
				 PARAMS(V_ID(&person), V_ID(&place), V_INT(rows[i].from), V_INT(rows[i].until)), &e),
			  &e);
	}
	testdb_ok(db_commit(ledger_db(b->l), &e), &e);
}

static struct tracing_engine_stats stats_of(struct book *b)
{
	struct err e = {0};
	struct tracing_engine_stats s = {0};
	testdb_ok(tracing_engine_stats(b->engine, ledger_db(b->l), COUNTY, &s, &e), &e);
	return s;
}

static void bulk(struct testdb *t)
{
	static struct row rows[ROWS];
	struct book b;
	struct err e = {0};
	book_open(&b, t);
	county(&b, 2);
	put_rules(&b);
	size_t alone = same(&b, 0, "facts alone");
	make_rows(rows, 7);
	load(&b, rows, ROWS, 0);
	put_bulk(&b, rows, ROWS);
	assert_true(same(&b, 0, "loaded") > alone);
	struct tracing_engine_stats s = stats_of(&b);
	assert_in_range(s.loaded_n, ROWS - 20, ROWS); /* some rows may be equal */
	assert_true(s.disk_bytes > 0);
	/* the same file again */
	load(&b, rows, ROWS, 0);
	assert_int_equal(stats_of(&b).loaded_n, s.loaded_n);
	same(&b, 0, "loaded twice");
	/* stays that are facts and stand in the file count once, whichever came first */
	for (int i = 0; i < 200; i++)
		hold(&b, "tracing.visit_recorded", oct(16, 7, 0),
		     "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}", V(20000 + i), P(rows[i].person),
		     S(rows[i].place), (long long)rows[i].from, (long long)rows[i].until);
	flush(&b);
	same(&b, 0, "facts of the file");
	size_t whole = same(&b, 0, "before the restart");
	book_restart(&b);
	assert_int_equal(same(&b, 0, "restarted"), whole);
	assert_int_equal(stats_of(&b).loaded_n, s.loaded_n);
	expect_rebuilt_same(&b);
	assert_int_equal(same(&b, 0, "rebuilt"), whole);

	/* an erasure takes the stays out of memory and out of the folder */
	for (int i = 100; i < 160; i++)
		hold(&b, "house.subject_erased", oct(17, 8, 0), "{'subject':'%s','rule':'request of the person'}", P(i));
	flush(&b);
	assert_true(tracing_engine_woken());
	testdb_ok(tracing_engine_settle(b.engine, ledger_db(b.l), &e), &e);
	size_t gone = 0;
	for (size_t i = 0; i < ROWS; i++)
		gone += rows[i].person >= 100 && rows[i].person < 160;
	assert_in_range(s.loaded_n - stats_of(&b).loaded_n, gone - 5, gone);
	same(&b, 0, "erased");
	load(&b, rows, ROWS, gone); /* and the file does not bring them back */
	same(&b, 0, "erased, loaded again");

	/* retention */
	hold(&b, "tracing.visits_dropped", oct(18, 8, 0), "{'before':'2022-10-08','rule':'14 days'}");
	hold(&b, "tracing.visits_dropped", oct(18, 9, 0), "{'before':'2022-10-06','rule':'14 days'}"); /* the largest counts */
	flush(&b);
	assert_true(tracing_engine_woken());
	testdb_ok(tracing_engine_settle(b.engine, ledger_db(b.l), &e), &e);
	size_t early = 0;
	for (size_t i = 0; i < ROWS; i++)
		early += rows[i].from < oct(8, 0, 0) || (rows[i].person >= 100 && rows[i].person < 160);
	assert_in_range(ROWS - stats_of(&b).loaded_n, early, early + 20);
	same(&b, oct(8, 0, 0), "dropped");
	load(&b, rows, ROWS, early);
	same(&b, oct(8, 0, 0), "dropped, loaded again");
	book_restart(&b);
	same(&b, oct(8, 0, 0), "dropped, restarted");
	assert_int_equal(stats_of(&b).dropped_day, day_of(oct(8, 12, 0)));
	book_close(&b);
}

/* ---- the other questions ---------------------------------------------------------------------------------------------------- */

struct table {
	struct csv *csv;
	struct buf text;
	const struct str *cell;
	size_t n;
};

static void table_open(struct table *t, struct book *b, const char *query, const char *const *names, const char *const *values, size_t n)
{
	struct err e = {0};
	buf_init(&t->text, 0);
	ask_many(b, query, NOW, names, values, n, QUERY_CSV, &t->text);
	testdb_ok(csv_open_mem(&t->csv, buf_str(&t->text), &e), &e);
	testdb_ok(csv_row(t->csv, &t->cell, &t->n, &e), &e);
}

static bool table_next(struct table *t)
{
	struct err e = {0};
	testdb_ok(csv_row(t->csv, &t->cell, &t->n, &e), &e);
	return t->n > 0;
}

static void table_close(struct table *t)
{
	csv_close(&t->csv);
	buf_done(&t->text);
}

static int64_t whole(struct str s)
{
	int64_t v = -1;
	assert_true(str_to_i64(s, &v));
	return v;
}

static double real(struct book *b, struct str s)
{
	return strtod(arena_str(&b->a, s).p, NULL);
}

/* Persons of hop 1 of a case with their seconds, by number of the person (0 = is none). */
static size_t persons_of(struct book *b, const char *case_name, double *seconds)
{
	struct table t;
	size_t n = 0;
	memset(seconds, 0, (PERSONS + 1) * sizeof *seconds);
	table_open(&t, b, "tracing.trace", (const char *[]){"case"}, (const char *[]){case_name}, 1);
	while (table_next(&t)) {
		char hex[9];
		str_to_c((struct str){t.cell[0].p + 24, 8}, hex, sizeof hex);
		seconds[strtoul(hex, NULL, 16)] = 60 * real(b, t.cell[4]) + 1;
		n++;
	}
	table_close(&t);
	return n;
}

static void evidence_adds_up(struct testdb *t)
{
	struct book b;
	struct table all, one;
	book_open(&b, t);
	county(&b, 5);
	size_t checked = 0, hop_n[3] = {0};
	table_open(&all, &b, "tracing.trace", (const char *[]){"hops"}, (const char *[]){"2"}, 1);
	while (table_next(&all)) {
		double minutes = 0;
		int64_t n = 0;
		hop_n[whole(all.cell[1])]++;
		if (checked >= 60 && whole(all.cell[1]) == 1)
			continue;
		if (checked++ > 120)
			continue;
		char person[ID_TEXT_N + 1];
		str_to_c(all.cell[0], person, sizeof person);
		table_open(&one, &b, "tracing.trace_evidence", (const char *[]){"person", "hops"}, (const char *[]){person, "2"}, 2);
		while (table_next(&one)) {
			minutes += real(&b, one.cell[3]);
			n += str_eq(one.cell[0], all.cell[1]);
			if (n == 1)
				assert_true(str_eq(one.cell[1], all.cell[2]));
		}
		table_close(&one);
		assert_int_equal(n, whole(all.cell[5]));
		assert_true(minutes > real(&b, all.cell[4]) - 0.001 && minutes < real(&b, all.cell[4]) + 0.001);
	}
	table_close(&all);
	assert_in_range(checked, 30, PERSONS);

	/* what if: the rules as they are, and others */
	table_open(&all, &b, "tracing.what_if", (const char *[]){"hops"}, (const char *[]){"2"}, 1);
	assert_true(table_next(&all));
	assert_int_equal(whole(all.cell[2]), CASES);
	assert_int_equal(whole(all.cell[3]), hop_n[1]);
	assert_int_equal(whole(all.cell[4]), hop_n[2]);
	assert_false(table_next(&all));
	table_close(&all);
	int64_t least = INT64_MAX;
	table_open(&all, &b, "tracing.what_if", (const char *[]){"min_minutes", "linger_minutes"}, (const char *[]){"1, 15,60", "0,30"}, 2);
	for (int i = 0; i < 6; i++) {
		static const char *const min[] = {"1", "15", "60"}, *const linger[] = {"0", "30"};
		assert_true(table_next(&all));
		assert_true(str_eq_c(all.cell[0], min[i / 2]) && str_eq_c(all.cell[1], linger[i % 2]));
		int64_t n = 0;
		table_open(&one, &b, "tracing.trace", (const char *[]){"min_minutes", "linger_minutes"}, (const char *[]){min[i / 2], linger[i % 2]}, 2);
		while (table_next(&one))
			n++;
		table_close(&one);
		assert_int_equal(whole(all.cell[3]), n);
		if (i % 2 == 0) {
			assert_true(n <= least);
			least = n;
		}
	}
	table_close(&all);
	book_close(&b);
}

/* What changes says is the difference of two answers. */
static void changes_are_the_difference(struct testdb *t)
{
	static double before[PERSONS + 1], after[PERSONS + 1];
	struct book b;
	struct err e = {0};
	struct dice d;
	struct table c;
	int64_t head;
	char since[24];
	book_open(&b, t);
	county(&b, 6);
	dice_init(&d, 31);
	for (int round = 0; round < 4; round++) {
		char name[ID_TEXT_N + 1];
		memcpy(name, C(1 + round), sizeof name);
		size_t n = persons_of(&b, name, before);
		testdb_ok(db_one(ledger_db(b.l), &SQL_test_engine_head, PARAMS(V_INT(COUNTY)), 0, &head, &e), &e);
		for (int i = 0; i < 400; i++)
			stay(&b, &d, 1 + (int)dice_below(&d, STAYS + 2000)); /* corrections and new ones */
		for (int i = 0; i < 100; i++)
			hold(&b, "tracing.visit_withdrawn", oct(16, 10, 0), "{'visit':'%s'}", V(1 + (int)dice_below(&d, STAYS)));
		for (int i = 0; i < 20; i++)
			hold(&b, "tracing.visit_recorded", oct(16, 11, 0),
			     "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}", V(30000 + 100 * round + i),
			     P(10 * (1 + round)), S(1 + (int)dice_below(&d, PLACES)), (long long)oct(10, 8, i), (long long)oct(10, 12, i));
		if (round % 2)
			hold(&b, "tracing.case_revised", oct(16, 12, round), "{'case':'%s','onset_at':%lld,'reason':'first symptom was earlier'}", name,
			     (long long)oct(7, 6, 0));
		flush(&b);
		assert_true(persons_of(&b, name, after) != n);
		snprintf(since, sizeof since, "%lld", (long long)head);
		size_t entered = 0, left = 0, altered = 0;
		table_open(&c, &b, "tracing.changes", (const char *[]){"case", "since"}, (const char *[]){name, since}, 2);
		while (table_next(&c)) {
			char hex[9];
			str_to_c((struct str){c.cell[0].p + 24, 8}, hex, sizeof hex);
			size_t p = strtoul(hex, NULL, 16);
			bool was = before[p] > 0, is = after[p] > 0;
			assert_true(str_eq_c(c.cell[1], !was && is ? "entered" : was && !is ? "left" : "altered"));
			entered += !was && is;
			left += was && !is;
			altered += was && is;
			assert_true(whole(c.cell[5]) + whole(c.cell[6]) > 0);
		}
		table_close(&c);
		size_t entered_want = 0, left_want = 0, altered_least = 0;
		for (size_t p = 1; p <= PERSONS; p++) {
			entered_want += before[p] == 0 && after[p] > 0;
			left_want += before[p] > 0 && after[p] == 0;
			altered_least += before[p] > 0 && after[p] > 0 && (before[p] < after[p] - 0.1 || before[p] > after[p] + 0.1);
		}
		assert_int_equal(entered, entered_want);
		assert_int_equal(left, left_want);
		assert_true(altered >= altered_least);
	}
	book_close(&b);
}

/* One story, small enough to count by hand. */
static void small_story(struct testdb *t)
{
	struct book b;
	struct buf out;
	struct table c;
	struct err e = {0};
	buf_init(&out, 0);
	book_open(&b, t);
	begin(&b);
	household_of_four(&b);
	for (int i = 1; i <= 2; i++)
		put(&b, "people.place_registered", oct(1, 10, 0), "{'place':'%s','name':'Hall %d','type':'restaurant'}", S(i), i);
	/* 1 and 5 eat together on the 8th, 5 and 6 on the 10th at the other hall, and 7 comes when 5 has left for ten minutes */
	static const struct {
		int person, place, day, from, until; /* minutes of the day */
	} stays[] = {{1, 1, 8, 720, 780}, {5, 1, 8, 740, 800}, {5, 2, 10, 720, 780}, {6, 2, 10, 730, 790}, {7, 2, 10, 790, 810}, {8, 2, 10, 900, 960}};
	for (int i = 0; i < (int)ARRAY_N(stays); i++)
		put(&b, "tracing.visit_recorded", oct(12, 8, i),
		    "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}", V(i + 1), P(stays[i].person),
		    S(stays[i].place), (long long)oct(stays[i].day, stays[i].from / 60, stays[i].from % 60), (long long)oct(stays[i].day, stays[i].until / 60, stays[i].until % 60));
	put(&b, "tracing.case_opened", oct(12, 9, 0),
	    "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','onset_at':%lld,'sampled_at':%lld}", C(1), P(1),
	    (long long)oct(9, 8, 0), (long long)oct(10, 8, 0));
	struct str rows = ask(&b, "tracing.trace", NOW, "case", C(1), &out);
	assert_int_equal(occurs(rows, "\"hop\":1"), 4); /* three of the household and person 5 */
	assert_int_equal(occurs(rows, "\"how\":\"household\""), 3);
	assert_int_equal(occurs(rows, "\"minutes\":55"), 1); /* 12:20 to 13:15: the air of the hall counts for 15 minutes more */
	expect_duty(&b, "tracing.review_proposal", C(1), 0, DUTY_OPEN, oct(12, 9, 0), oct(12, 13, 0), 0);
	/* signed: the duty is done; a later stay of the case opens it again, a stay of somebody else does not */
	put(&b, "tracing.contact_classified", oct(12, 10, 0),
	    "{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'evidence':['%s']}", P(5), C(1),
	    (long long)oct(8, 12, 20), (long long)oct(8, 13, 15), V(2));
	expect_duty(&b, "tracing.review_proposal", C(1), 0, DUTY_DONE, oct(12, 9, 0), oct(12, 13, 0), oct(12, 10, 0));
	put(&b, "tracing.visit_recorded", oct(12, 10, 30), "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'source':'interview'}", V(20), P(8),
	    S(1), (long long)oct(8, 12, 30));
	expect_duty(&b, "tracing.review_proposal", C(1), 0, DUTY_DONE, oct(12, 9, 0), oct(12, 13, 0), oct(12, 10, 0));
	rows = ask(&b, "tracing.changes", NOW, "case", C(1), &out); /* since the signature */
	assert_int_equal(occurs(rows, "\"change\":\"entered\",\"why\":\"stays\""), 1);
	assert_int_equal(occurs(rows, "\"change\":"), 1);
	put(&b, "tracing.visit_recorded", oct(12, 11, 0),
	    "{'visit':'%s','person':'%s','place':'%s','from_at':%lld,'until_at':%lld,'source':'interview'}", V(21), P(1), S(2),
	    (long long)oct(10, 12, 0), (long long)oct(10, 12, 40));
	expect_duty(&b, "tracing.review_proposal", C(1), 0, DUTY_OPEN, oct(12, 11, 0), oct(12, 15, 0), 0);
	rows = ask(&b, "tracing.changes", NOW, "case", C(1), &out);
	assert_int_equal(occurs(rows, "\"change\":\"entered\""), 2); /* 8 at the first hall, 6 at the second; 5 has more */
	assert_int_equal(occurs(rows, "\"change\":\"altered\""), 1);

	/* 5 falls ill: a chain of two, and a second hop that becomes a first */
	put(&b, "tracing.case_opened", oct(13, 9, 0),
	    "{'case':'%s','person':'%s','class':'confirmed','found_by':'isolation','onset_at':%lld,'sampled_at':%lld}", C(2), P(5),
	    (long long)oct(12, 8, 0), (long long)oct(13, 8, 0));
	rows = ask(&b, "tracing.sources", NOW, "case", C(2), &out);
	assert_int_equal(occurs(rows, C(1)), 1);
	assert_int_equal(occurs(rows, "\"exposures\":2,\"minutes\":110"), 1); /* 12:20 to 13:15, and 12:00 to 12:55 at the other hall */
	assert_int_equal(occurs(rows, "\"signed\":true,\"interval_days\":3,\"share\":1"), 1);
	rows = ask(&b, "tracing.chains", NOW, NULL, NULL, &out);
	assert_int_equal(occurs(rows, "\"item\":\"links\",\"key\":null,\"day\":null,\"n\":1,"), 1);
	assert_int_equal(occurs(rows, "\"item\":\"generation\",\"key\":\"1\",\"day\":null,\"n\":1,"), 1);
	assert_int_equal(occurs(rows, "\"item\":\"serial_interval\",\"key\":\"days\",\"day\":null,\"n\":1,\"value\":3,"), 1);
	rows = ask(&b, "tracing.venues", NOW, NULL, NULL, &out);
	assert_int_equal(occurs(rows, "\"cases\":2"), 1); /* the 8th lies before the window of the second */

	/* the hall is checked: five persons, one tested since */
	take_swab(&b, 6, 1, 1, oct(14, 8, 0));
	result(&b, 1, "negative", oct(14, 12, 0));
	static char from[CALTIME_TEXT_N], until[CALTIME_TEXT_N];
	caltime_format(oct(10, 12, 0), from);
	caltime_format(oct(10, 20, 0), until);
	table_open(&c, &b, "tracing.venue_check", (const char *[]){"place", "from", "until"}, (const char *[]){S(2), from, until}, 3);
	int people = 0, tested = 0;
	while (table_next(&c)) {
		people++;
		tested += c.cell[5].n > 0;
		if (c.cell[5].n)
			assert_true(str_eq_c(c.cell[0], P(6)) && str_eq_c(c.cell[6], "negative"));
	}
	table_close(&c);
	assert_int_equal(people, 5);
	assert_int_equal(tested, 1);
	expect_rebuilt_same(&b);

	/* asked without an engine, it is refused and not answered wrongly */
	struct actor machine = actor_machine();
	struct query_call call = {.query = query_of(STR("tracing.trace")), .who = &machine, .now_ms = NOW, .area = COUNTY * 1000000};
	assert_int_equal(query_run(ledger_db(b.l), &b.a, &call, &out, &e), ERR_NOT_ALLOWED);
	book_close(&b);
	buf_done(&out);
}

/* Numbers that a crash tore off are cut; numbers in use that are damaged are an error, not another person. */
static void ids_on_disk(struct testdb *t)
{
	static struct row rows[ROWS];
	struct book b;
	struct err e = {0};
	char path[160];
	struct stat st;
	book_open(&b, t);
	county(&b, 3);
	make_rows(rows, 8);
	load(&b, rows, 1000, 0);
	snprintf(path, sizeof path, "%s/%06lld/ids", b.visits, (long long)COUNTY);
	assert_int_equal(stat(path, &st), 0);
	FILE *f = fopen(path, "ab");
	assert_non_null(f);
	assert_int_equal(fwrite("torn in the middle of two", 1, 25, f), 25);
	fclose(f);
	struct tracing_engine_stats s = stats_of(&b);
	book_restart(&b);
	assert_int_equal(stats_of(&b).loaded_n, s.loaded_n);
	f = fopen(path, "r+b");
	assert_non_null(f);
	assert_int_equal(fseek(f, 20 * 100 + 3, SEEK_SET), 0);
	assert_int_equal(fputc(0x5A, f), 0x5A);
	fclose(f);
	tracing_engine_close(&b.engine);
	testdb_ok(tracing_engine_open(&b.engine, b.visits, NULL, &e), &e);
	struct tracing_engine_stats none;
	assert_int_equal(tracing_engine_stats(b.engine, ledger_db(b.l), COUNTY, &none, &e), ERR_CORRUPT);
	book_close(&b);
}

/* One process at a time. */
static void second_engine(struct testdb *t)
{
	static struct row rows[ROWS];
	struct book b;
	struct err e = {0};
	struct tracing_engine *other = NULL;
	struct tracing_engine_stats s;
	book_open(&b, t);
	county(&b, 4);
	make_rows(rows, 9);
	load(&b, rows, 10, 0);
	testdb_ok(tracing_engine_open(&other, b.visits, NULL, &e), &e);
	assert_int_equal(tracing_engine_stats(other, ledger_db(b.l), COUNTY, &s, &e), ERR_BUSY);
	tracing_engine_close(&other);
	book_close(&b);
}

/* Several threads ask, each over its own connection, while facts are written: every answer is one that was true at some moment (a
 * contact list that only grows with the stays written), and the last one is the whole. */
struct asker {
	struct book *b;
	struct db *db;
	pthread_t thread;
	size_t answers_n, least, most;
	bool shrank;
};
static atomic_bool stop_asking;

static void *ask_on(void *arg)
{
	struct asker *x = arg;
	struct actor machine = actor_machine();
	struct arena a;
	struct buf out;
	arena_init(&a, 0);
	buf_init(&out, 0);
	struct query_call call = {.query = query_of(STR("tracing.trace")), .who = &machine, .now_ms = NOW, .area = COUNTY * 1000000,
				  .format = QUERY_CSV, .limit = 100000, .lang = "en", .engine = x->b->engine};
	x->least = SIZE_MAX;
	for (bool last = false; !last;) {
		last = atomic_load(&stop_asking); /* once more behind the last fact */
		buf_reset(&out);
		arena_reset(&a);
		if (query_run(x->db, &a, &call, &out, NULL) != OK)
			break;
		size_t n = 0;
		for (size_t i = 0; i < out.n; i++)
			n += out.p[i] == '\n';
		x->shrank |= n < x->most;
		x->least = n < x->least ? n : x->least;
		x->most = n > x->most ? n : x->most;
		x->answers_n++;
	}
	buf_done(&out);
	arena_done(&a);
	return NULL;
}

static void asked_while_written(struct testdb *t)
{
	struct book b;
	struct err e = {0};
	struct dice d;
	struct asker askers[3];
	book_open(&b, t);
	county(&b, 10);
	put_rules(&b);
	dice_init(&d, 3);
	atomic_store(&stop_asking, false);
	for (size_t i = 0; i < ARRAY_N(askers); i++) {
		askers[i] = (struct asker){.b = &b};
		testdb_ok(ledger_reader(b.l, &askers[i].db, &e), &e);
		assert_int_equal(pthread_create(&askers[i].thread, NULL, ask_on, &askers[i]), 0);
	}
	for (int i = 0; i < 1500; i++) { /* only new stays: the list of those who met a case never gets shorter */
		stay(&b, &d, 50000 + i);
		if (i % 50 == 49)
			flush(&b);
	}
	atomic_store(&stop_asking, true);
	for (size_t i = 0; i < ARRAY_N(askers); i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		db_close(&askers[i].db);
		assert_true(askers[i].answers_n >= 2);
		assert_false(askers[i].shrank);
		assert_int_equal(askers[i].most, askers[0].most);
	}
	assert_int_equal(same(&b, 0, "written while asked"), askers[0].most - 1); /* less the heading */
	book_close(&b);
}

#define BOTH(name) \
	static void test_##name(void **state) { (void)state; testdb_each(name); }
BOTH(proposal_follows)
BOTH(bulk)
BOTH(evidence_adds_up)
BOTH(changes_are_the_difference)
BOTH(small_story)
BOTH(ids_on_disk)
BOTH(asked_while_written)
BOTH(second_engine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposal_follows), cmocka_unit_test(test_bulk), cmocka_unit_test(test_small_story),
		cmocka_unit_test(test_evidence_adds_up), cmocka_unit_test(test_changes_are_the_difference), cmocka_unit_test(test_ids_on_disk),
		cmocka_unit_test(test_second_engine), cmocka_unit_test(test_asked_while_written),
	};
	int failed = tracebook_init() || cmocka_run_group_tests_name("tracing_engine", tests, NULL, NULL);
	tracebook_done();
	return failed;
}
