/* SPDX-License-Identifier: Apache-2.0
 *
 * The trace engine in the house: what it proposes equals a plain SQL definition over the table `visit`, on both databases, after every
 * kind of change, after a restart and after a rebuild. All persons are made up.
 */
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

#define BOTH(name) \
	static void test_##name(void **state) { (void)state; testdb_each(name); }
BOTH(proposal_follows)
BOTH(bulk)
BOTH(ids_on_disk)
BOTH(second_engine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proposal_follows), cmocka_unit_test(test_bulk), cmocka_unit_test(test_ids_on_disk),
		cmocka_unit_test(test_second_engine),
	};
	int failed = tracebook_init() || cmocka_run_group_tests_name("tracing_engine", tests, NULL, NULL);
	tracebook_done();
	return failed;
}
