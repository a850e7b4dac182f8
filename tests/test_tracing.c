/* SPDX-License-Identifier: Apache-2.0
 *
 * From a positive tube to a released contact, under the editions of the protocol files, with a clock that is told the time. All
 * persons are made up.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/people/people.h"
#include "domain/testing/testing.h"
#include "domain/tracing/tracing_regimen.h"
#include "ledger/duty.h"
#include "ledger/house.h"
#include "ledger/keyring.h"
#include "sql.gen.h"
#include "testdb.h"

#define COUNTY INT64_C(140826)
#define VILLAGE INT64_C(140826105201)

static struct arena protocols_arena;
static struct protocol_book protocols;

struct book {
	struct testdb t;
	char dir[64], keyring[96];
	struct sys_sim sim;
	struct arena a;
	struct ledger *l;
};

/* Hour and minute of a day of October 2022, local time. */
static int64_t oct(int day, int hour, int minute)
{
	int32_t first;
	assert_true(day_parse(STR("2022-10-01"), &first));
	return day_at(first + day - 1, hour, minute);
}

static void book_open(struct book *b, const struct testdb *t)
{
	struct err e = {0};
	*b = (struct book){.t = *t};
	snprintf(b->dir, sizeof b->dir, "/tmp/sushui-tracing.XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->keyring, sizeof b->keyring, "%s/keyring", b->dir);
	sys_sim_init(&b->sim, 11, oct(1, 0, 0));
	arena_init(&b->a, 0);
	struct ledger_options o = {.db_url = b->t.url, .keyring = b->keyring, .sys = &b->sim.sys, .protocols = &protocols};
	testdb_ok(keyring_create(b->keyring, &b->sim.sys, &e), &e);
	testdb_ok(ledger_create(&o, &e), &e);
	testdb_ok(ledger_open(&b->l, &o, &e), &e);
}

static void book_close(struct book *b)
{
	char command[160];
	ledger_close(&b->l);
	arena_done(&b->a);
	snprintf(command, sizeof command, "rm -rf '%s'", b->dir);
	assert_int_equal(system(command), 0);
}

/* ---- facts ----------------------------------------------------------------------------------------------------- */

/* Id number n of a family: c case, h household, l link, o outbreak, p person, s place, t tube, v visit. */
static const char *name_of(char family, int n)
{
	static char text[16][ID_TEXT_N + 1];
	static int turn;
	char *out = text[turn = (turn + 1) % 16];
	snprintf(out, ID_TEXT_N + 1, "01848000-0000-7000-8000-%08x00%02x", n, family);
	return out;
}
#define C(n) name_of('c', n)
#define H(n) name_of('h', n)
#define L(n) name_of('l', n)
#define O(n) name_of('o', n)
#define P(n) name_of('p', n)
#define S(n) name_of('s', n)
#define T(n) name_of('t', n)
#define V(n) name_of('v', n)

static struct id id_of(const char *name)
{
	struct id id;
	assert_true(id_parse(str_of(name), &id));
	return id;
}

/* A whole fact as JSON; ' stands for ". Its id is made from the number of facts so far. */
static struct str fact_text(struct arena *a, int n, const char *kind, int64_t at, const char *fmt, va_list ap)
{
	char body[2048];
	int k = vsnprintf(body, sizeof body, fmt, ap);
	assert_in_range(k, 1, sizeof body - 1);
	for (int i = 0; i < k; i++)
		if (body[i] == '\'')
			body[i] = '"';
	bool outbreak = strncmp(kind, "testing.", 8) == 0 || strncmp(kind, "tracing.", 8) == 0;
	return arena_printf(a, "{\"id\":\"01848000-0000-7000-9000-%012x\",\"kind\":\"%s\",%s%s%s\"area\":\"%012lld\",\"at\":%lld,\"body\":%s}", n,
			    kind, outbreak ? "\"outbreak\":\"" : "", outbreak ? O(1) : "", outbreak ? "\"," : "", (long long)VILLAGE,
			    (long long)at, body);
}

static int facts_n;

static enum err_code append(struct book *b, struct str text, struct err *e)
{
	const struct json *j;
	struct fact f;
	testdb_ok(json_read(&b->a, text, &j, e), e);
	enum err_code rc = fact_decode(&b->a, j, &f, e);
	if (rc != OK)
		return rc;
	if (f.at > b->sim.now)
		b->sim.now = f.at;
	return ledger_append_one(b->l, &f, e);
}

/* A fact that must be taken. */
static void put(struct book *b, const char *kind, int64_t at, const char *fmt, ...)
{
	struct err e = {0};
	va_list ap;
	va_start(ap, fmt);
	struct str text = fact_text(&b->a, ++facts_n, kind, at, fmt, ap);
	va_end(ap);
	if (append(b, text, &e) != OK)
		fail_msg("%.*s\n  refused: %s %s: %s", STR_ARG(text), err_name(e.code), e.at, e.what);
}

/* A fact that must be refused with that code, at that place. */
static void refuse(struct book *b, enum err_code code, const char *where, const char *says, const char *kind, int64_t at,
		   const char *fmt, ...)
{
	struct err e = {0};
	va_list ap;
	va_start(ap, fmt);
	struct str text = fact_text(&b->a, ++facts_n, kind, at, fmt, ap);
	va_end(ap);
	enum err_code rc = append(b, text, &e);
	if (rc != code || strcmp(e.at, where) != 0 || !strstr(e.what, says))
		fail_msg("%.*s\n  gave: %s %s: %s", STR_ARG(text), err_name(rc), e.at, e.what);
}

static void begin(struct book *b)
{
	put(b, "house.outbreak_declared", oct(1, 8, 0), "{'outbreak':'%s','name':'October','disease':'covid19'}", O(1));
	put(b, "house.edition_adopted", oct(1, 8, 0), "{'outbreak':'%s','edition':'cn-covid19-9','from_at':%lld}", O(1), (long long)oct(1, 0, 0));
}

static void household_of_four(struct book *b)
{
	put(b, "people.household_registered", oct(1, 9, 0), "{'household':'%s'}", H(1));
	for (int i = 1; i <= 4; i++)
		put(b, "people.person_registered", oct(1, 9, i), "{'person':'%s','household':'%s','name':'Person %d','resident':true}", P(i), H(1), i);
}

/* A swab in a tube of so many, and its result some hours later. */
static void take_swab(struct book *b, int person, int tube, int pool, int64_t at)
{
	put(b, "testing.tube_opened", at - 1000, "{'tube':'%s','code':'A%d','campaign':'%s','round':1,'pool_size':%d,'population':'key'}", T(tube),
	    tube, name_of('k', 1), pool);
	put(b, "testing.swab_taken", at, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(person), T(tube), name_of('k', 1));
}

static void result(struct book *b, int tube, const char *word, int64_t at)
{
	put(b, "testing.result_reported", at, "{'tube':'%s','laboratory':'%s','result':'%s'}", T(tube), name_of('b', 1), word);
}

static void classify(struct book *b, int person, const char *tier, int64_t first, int64_t last, int64_t at)
{
	put(b, "tracing.contact_classified", at,
	    "{'person':'%s','case':'%s','tier':'%s','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'lives with the case'}", P(person),
	    C(1), tier, (long long)first, (long long)last);
}

static void case_one(struct book *b, int64_t sampled, int64_t opened)
{
	put(b, "tracing.case_opened", opened,
	    "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','onset_at':%lld,'sampled_at':%lld,'tube':'%s'}", C(1), P(1),
	    (long long)sampled, (long long)sampled, T(1));
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static int64_t key_of(struct book *b, const char *name)
{
	struct err e = {0};
	struct id id = id_of(name);
	int64_t key = 0;
	testdb_ok(db_one(ledger_db(b->l), &SQL_test_tracing_key, PARAMS(V_INT(COUNTY), V_ID(&id)), 0, &key, &e), &e);
	return key;
}

static struct duty duty_of(struct book *b, const char *kind, const char *subject, int64_t part)
{
	struct err e = {0};
	struct db *db = ledger_db(b->l);
	struct duty d = {0};
	int64_t key = key_of(b, subject);
	testdb_ok(db_query(db, &SQL_test_tracing_duty, PARAMS(V_INT(COUNTY), V_TEXT(str_of(kind)), V_INT(key), V_INT(part)), &e), &e);
	if (db_next(db))
		d = (struct duty){.state = (enum duty_state)db_int(db, 0), .from_at = db_int(db, 1), .due_at = db_int(db, 2), .done_at = db_int(db, 3)};
	testdb_ok(db_stop(db, &e), &e);
	return d;
}

static void expect_duty(struct book *b, const char *kind, const char *subject, int64_t part, enum duty_state state, int64_t from,
			int64_t due, int64_t done)
{
	struct duty d = duty_of(b, kind, subject, part);
	if (d.state != state || d.from_at != from || d.due_at != due || d.done_at != done)
		fail_msg("%s part %lld: state %d from %lld due %lld done %lld; expected %d %lld %lld %lld", kind, (long long)part, (int)d.state,
			 (long long)d.from_at, (long long)d.due_at, (long long)d.done_at, (int)state, (long long)from, (long long)due,
			 (long long)done);
}

static int64_t duties(struct book *b, const char *kind, const char *subject, enum duty_state state)
{
	struct err e = {0};
	int64_t n = 0, key = key_of(b, subject);
	testdb_ok(db_one(ledger_db(b->l), &SQL_test_tracing_count,
			 PARAMS(V_INT(COUNTY), V_TEXT(str_of(kind)), V_INT(key), V_INT(state)), 0, &n, &e), &e);
	return n;
}

struct seen {
	int64_t state, starts_at, ends_at, secured_at, ended_at;
	char tier[40], edition[40], proposed[40];
};

static struct seen contact(struct book *b, int person)
{
	struct err e = {0};
	struct db *db = ledger_db(b->l);
	struct seen s = {0};
	int64_t key = key_of(b, P(person));
	testdb_ok(db_query(db, &SQL_test_tracing_contact, PARAMS(V_INT(COUNTY), V_INT(key)), &e), &e);
	if (db_next(db)) {
		s = (struct seen){.state = db_int(db, 0), .starts_at = db_int(db, 3), .ends_at = db_int(db, 4), .secured_at = db_int(db, 5),
				  .ended_at = db_int(db, 6)};
		str_to_c(db_text(db, 1), s.tier, sizeof s.tier);
		str_to_c(db_text(db, 2), s.edition, sizeof s.edition);
		str_to_c(db_text(db, 7), s.proposed, sizeof s.proposed);
	}
	testdb_ok(db_stop(db, &e), &e);
	return s;
}

/* The conditions unmet as words, by the table. */
static void expect_unmet(struct book *b, int person, const char *words)
{
	struct err e = {0};
	struct db *db = ledger_db(b->l);
	char text[200] = "";
	int64_t key = key_of(b, P(person));
	testdb_ok(db_query(db, &SQL_test_tracing_unmet, PARAMS(V_INT(COUNTY), V_INT(key)), &e), &e);
	for (size_t n = 0; db_next(db); n = strlen(text))
		snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "", tracing_conditions[db_int(db, 0)]);
	testdb_ok(db_stop(db, &e), &e);
	assert_string_equal(text, words);
}

static void expect_clock(struct book *b, const char *clock, const char *subject, int64_t start, int64_t stop, int64_t limit)
{
	struct err e = {0};
	struct db *db = ledger_db(b->l);
	int64_t key = key_of(b, subject), v[3] = {0};
	testdb_ok(db_query(db, &SQL_test_tracing_clock, PARAMS(V_INT(COUNTY), V_TEXT(str_of(clock)), V_INT(key)), &e), &e);
	if (db_next(db))
		for (int i = 0; i < 3; i++)
			v[i] = db_int(db, i);
	testdb_ok(db_stop(db, &e), &e);
	if (v[0] != start || v[1] != stop || v[2] != limit)
		fail_msg("clock %s: %lld %lld %lld", clock, (long long)v[0], (long long)v[1], (long long)v[2]);
}

/* How often `part` occurs in the answer of a query. */
static int occurs(struct str text, const char *part)
{
	int n = 0;
	for (size_t i = 0; i + strlen(part) <= text.n; i++)
		n += memcmp(text.p + i, part, strlen(part)) == 0;
	return n;
}

static struct str ask(struct book *b, const char *query, int64_t now, const char *name, const char *value, struct buf *out)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str names[] = {str_of(name)}, values[] = {str_of(value)};
	struct query_call call = {.query = query_of(str_of(query)), .who = &machine, .now_ms = now, .area = COUNTY * 1000000, .names = names,
				  .values = values, .args_n = name ? 1 : 0, .format = QUERY_JSON, .lang = "en"};
	assert_non_null(call.query);
	buf_reset(out);
	testdb_ok(query_run(ledger_db(b->l), &b->a, &call, out, &e), &e);
	return buf_str(out);
}

static void expect_same(struct str x, struct str y, const char *what, int round)
{
	while (x.n || y.n) {
		struct str a = str_cut(&x, '\n'), c = str_cut(&y, '\n');
		if (!str_eq(a, c))
			fail_msg("%s %d:\n  %.*s\n  %.*s", what, round, STR_ARG(a), STR_ARG(c));
	}
}

static void expect_rebuilt_same(struct book *b)
{
	struct buf before, after;
	struct err e = {0};
	buf_init(&before, 0);
	buf_init(&after, 0);
	testdb_ok(ledger_dump(ledger_db(b->l), false, &before, &e), &e);
	testdb_ok(ledger_rebuild(b->l, (struct progress){0}, &e), &e);
	testdb_ok(ledger_dump(ledger_db(b->l), false, &after, &e), &e);
	expect_same(buf_str(&before), buf_str(&after), "rebuilt", 0);
	buf_done(&before);
	buf_done(&after);
}

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
	/* day 10: 12 items of the day's grid row; two tests of person 3 missed, all its checks too */
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

/* ---- any order gives the same end --------------------------------------------------------------------------------------- */

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
		for (size_t i = 0; i < h->n; i++)
			if (append(&b, h->text[i], &e) != OK)
				fail_msg("round %d: %.*s\n  %s %s: %s", round, STR_ARG(h->text[i]), err_name(e.code), e.at, e.what);
		/* twice is once */
		assert_int_equal(append(&b, h->text[dice_below(dice, h->n)], &e), OK);
		buf_init(&now, 0);
		testdb_ok(ledger_dump(ledger_db(b.l), true, round ? &now : &first, &e), &e);
		if (round)
			expect_same(buf_str(&first), buf_str(&now), "order", round);
		buf_done(&now);
		if (round == rounds - 1)
			expect_rebuilt_same(&b);
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
	play(t, &h, &dice, t->engine == DB_SQLITE ? 60 : 8);
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
	int histories = t->engine == DB_SQLITE ? 150 : 8;
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
BOTH(shuffled)
BOTH(random_histories)
BOTH(statements)

int main(void)
{
	struct err e = {0};
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK)
		return 1;
	arena_init(&protocols_arena, 0);
	if (protocol_book_load(&protocols_arena, NULL, &protocols, &e) != OK) {
		fprintf(stderr, "%s: %s\n", e.at, e.what);
		return 1;
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words), cmocka_unit_test(test_statements), cmocka_unit_test(test_chain), cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_adoptions_need_the_tier), cmocka_unit_test(test_secondary), cmocka_unit_test(test_reset),
		cmocka_unit_test(test_editions), cmocka_unit_test(test_appeals), cmocka_unit_test(test_visits),
		cmocka_unit_test(test_shuffled), cmocka_unit_test(test_random_histories),
	};
	int failed = cmocka_run_group_tests_name("tracing", tests, NULL, NULL);
	arena_done(&protocols_arena);
	return failed;
}
