/* SPDX-License-Identifier: Apache-2.0 */
#include "cm.h"
#include "tracebook.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sql.gen.h"

static struct arena protocols_arena;
static struct protocol_book protocols;

int tracebook_init(void)
{
	struct err e = {0};
	arena_init(&protocols_arena, 0);
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK || protocol_book_load(&protocols_arena, NULL, &protocols, &e) != OK) {
		fprintf(stderr, "%s: %s\n", e.at, e.what);
		return 1;
	}
	return 0;
}

void tracebook_done(void)
{
	arena_done(&protocols_arena);
}

/* Hour and minute of a day of October 2022, local time. */
int64_t oct(int day, int hour, int minute)
{
	int32_t first;
	assert_true(day_parse(STR("2022-10-01"), &first));
	return day_at(first + day - 1, hour, minute);
}

void book_open(struct book *b, const struct testdb *t)
{
	struct err e = {0};
	*b = (struct book){.t = *t};
	snprintf(b->dir, sizeof b->dir, "%s/sushui-tracing.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->keyring, sizeof b->keyring, "%s/keyring", b->dir);
	snprintf(b->visits, sizeof b->visits, "%s/visits", b->dir);
	sys_sim_init(&b->sim, 11, oct(1, 0, 0));
	arena_init(&b->a, 0);
	struct ledger_options o = {.db_url = b->t.url, .keyring = b->keyring, .sys = &b->sim.sys, .protocols = &protocols};
	testdb_ok(keyring_create(b->keyring, &b->sim.sys, &e), &e);
	testdb_ok(ledger_create(&o, &e), &e);
	testdb_ok(ledger_open(&b->l, &o, &e), &e);
	testdb_ok(tracing_engine_open(&b->engine, b->visits, &protocols, &e), &e);
}

void book_restart(struct book *b)
{
	struct err e = {0};
	struct ledger_options o = {.db_url = b->t.url, .keyring = b->keyring, .sys = &b->sim.sys, .protocols = &protocols};
	tracing_engine_close(&b->engine);
	ledger_close(&b->l);
	testdb_ok(ledger_open(&b->l, &o, &e), &e);
	testdb_ok(tracing_engine_open(&b->engine, b->visits, &protocols, &e), &e);
	testdb_ok(tracing_engine_settle(b->engine, ledger_db(b->l), &e), &e);
}

void book_close(struct book *b)
{
	char command[160];
	tracing_engine_close(&b->engine);
	ledger_close(&b->l);
	arena_done(&b->a);
	snprintf(command, sizeof command, "rm -rf '%s'", b->dir);
	assert_int_equal(system(command), 0);
}

/* ---- facts ----------------------------------------------------------------------------------------------------- */

/* Id number n of a family: c case, h household, l link, o outbreak, p person, s place, t tube, v visit. */
const char *name_of(char family, int n)
{
	static char text[16][ID_TEXT_N + 1];
	static int turn;
	char *out = text[turn = (turn + 1) % 16];
	snprintf(out, ID_TEXT_N + 1, "01848000-0000-7000-8000-%08x00%02x", n, family);
	return out;
}

struct id id_of(const char *name)
{
	struct id id;
	assert_true(id_parse(str_of(name), &id));
	return id;
}

/* A whole fact as JSON; ' stands for ". Its id is made from the number of facts so far. */
struct str fact_text(struct arena *a, int n, const char *kind, int64_t at, const char *fmt, va_list ap)
{
	char body[2048];
	int k = vsnprintf(body, sizeof body, fmt, ap);
	assert_in_range(k, 1, sizeof body - 1);
	for (int i = 0; i < k; i++)
		if (body[i] == '\'')
			body[i] = '"';
	bool outbreak = strncmp(kind, "testing.", 8) == 0 || (strncmp(kind, "tracing.", 8) == 0 && strncmp(kind, "tracing.visits_", 15) != 0);
	return arena_printf(a, "{\"id\":\"01848000-0000-7000-9000-%012x\",\"kind\":\"%s\",%s%s%s\"area\":\"%012lld\",\"at\":%lld,\"body\":%s}", n,
			    kind, outbreak ? "\"outbreak\":\"" : "", outbreak ? O(1) : "", outbreak ? "\"," : "", (long long)VILLAGE,
			    (long long)at, body);
}

int facts_n;

enum err_code append(struct book *b, struct str text, struct err *e)
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
void put(struct book *b, const char *kind, int64_t at, const char *fmt, ...)
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
void refuse(struct book *b, enum err_code code, const char *where, const char *says, const char *kind, int64_t at,
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

void begin(struct book *b)
{
	put(b, "house.outbreak_declared", oct(1, 8, 0), "{'outbreak':'%s','name':'October','disease':'covid19'}", O(1));
	put(b, "house.edition_adopted", oct(1, 8, 0), "{'outbreak':'%s','edition':'cn-covid19-9','from_at':%lld}", O(1), (long long)oct(1, 0, 0));
}

void household_of_four(struct book *b)
{
	put(b, "people.household_registered", oct(1, 9, 0), "{'household':'%s'}", H(1));
	for (int i = 1; i <= 4; i++)
		put(b, "people.person_registered", oct(1, 9, i), "{'person':'%s','household':'%s','name':'Person %d','resident':true}", P(i), H(1), i);
}

/* A swab in a tube of so many, and its result some hours later. */
void take_swab(struct book *b, int person, int tube, int pool, int64_t at)
{
	put(b, "testing.tube_opened", at - 1000, "{'tube':'%s','code':'A%d','campaign':'%s','round':1,'pool_size':%d,'population':'key'}", T(tube),
	    tube, name_of('k', 1), pool);
	put(b, "testing.swab_taken", at, "{'person':'%s','tube':'%s','campaign':'%s','round':1}", P(person), T(tube), name_of('k', 1));
}

void result(struct book *b, int tube, const char *word, int64_t at)
{
	put(b, "testing.result_reported", at, "{'tube':'%s','laboratory':'%s','result':'%s'}", T(tube), name_of('b', 1), word);
}

void classify(struct book *b, int person, const char *tier, int64_t first, int64_t last, int64_t at)
{
	put(b, "tracing.contact_classified", at,
	    "{'person':'%s','case':'%s','tier':'%s','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'lives with the case'}", P(person),
	    C(1), tier, (long long)first, (long long)last);
}

void case_one(struct book *b, int64_t sampled, int64_t opened)
{
	put(b, "tracing.case_opened", opened,
	    "{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','onset_at':%lld,'sampled_at':%lld,'tube':'%s'}", C(1), P(1),
	    (long long)sampled, (long long)sampled, T(1));
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

int64_t key_of(struct book *b, const char *name)
{
	struct err e = {0};
	struct id id = id_of(name);
	int64_t key = 0;
	testdb_ok(db_one(ledger_db(b->l), &SQL_test_tracing_key, PARAMS(V_INT(COUNTY), V_ID(&id)), 0, &key, &e), &e);
	return key;
}

struct duty duty_of(struct book *b, const char *kind, const char *subject, int64_t part)
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

void expect_duty(struct book *b, const char *kind, const char *subject, int64_t part, enum duty_state state, int64_t from,
			int64_t due, int64_t done)
{
	struct duty d = duty_of(b, kind, subject, part);
	if (d.state != state || d.from_at != from || d.due_at != due || d.done_at != done)
		fail_msg("%s part %lld: state %d from %lld due %lld done %lld; expected %d %lld %lld %lld", kind, (long long)part, (int)d.state,
			 (long long)d.from_at, (long long)d.due_at, (long long)d.done_at, (int)state, (long long)from, (long long)due,
			 (long long)done);
}

int64_t duties(struct book *b, const char *kind, const char *subject, enum duty_state state)
{
	struct err e = {0};
	int64_t n = 0, key = key_of(b, subject);
	testdb_ok(db_one(ledger_db(b->l), &SQL_test_tracing_count,
			 PARAMS(V_INT(COUNTY), V_TEXT(str_of(kind)), V_INT(key), V_INT(state)), 0, &n, &e), &e);
	return n;
}


struct seen contact(struct book *b, int person)
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
void expect_unmet(struct book *b, int person, const char *words)
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

void expect_clock(struct book *b, const char *clock, const char *subject, int64_t start, int64_t stop, int64_t limit)
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
int occurs(struct str text, const char *part)
{
	int n = 0;
	for (size_t i = 0; i + strlen(part) <= text.n; i++)
		n += memcmp(text.p + i, part, strlen(part)) == 0;
	return n;
}

struct str ask_many(struct book *b, const char *query, int64_t now, const char *const *names, const char *const *values, size_t n,
		    enum query_format format, struct buf *out)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str name[QUERY_PARAMS_MAX], value[QUERY_PARAMS_MAX];
	for (size_t i = 0; i < n; i++) {
		name[i] = str_of(names[i]);
		value[i] = str_of(values[i]);
	}
	struct query_call call = {.query = query_of(str_of(query)), .who = &machine, .now_ms = now, .area = COUNTY * 1000000, .names = name,
				  .values = value, .args_n = n, .format = format, .lang = "en", .limit = 100000, .engine = b->engine};
	assert_non_null(call.query);
	buf_reset(out);
	testdb_ok(query_run(ledger_db(b->l), &b->a, &call, out, &e), &e);
	return buf_str(out);
}

struct str ask(struct book *b, const char *query, int64_t now, const char *name, const char *value, struct buf *out)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str names[] = {str_of(name)}, values[] = {str_of(value)};
	struct query_call call = {.query = query_of(str_of(query)), .who = &machine, .now_ms = now, .area = COUNTY * 1000000, .names = names,
				  .values = values, .args_n = name ? 1 : 0, .format = QUERY_JSON, .lang = "en", .engine = b->engine};
	assert_non_null(call.query);
	buf_reset(out);
	testdb_ok(query_run(ledger_db(b->l), &b->a, &call, out, &e), &e);
	return buf_str(out);
}

void expect_same(struct str x, struct str y, const char *what, int round)
{
	while (x.n || y.n) {
		struct str a = str_cut(&x, '\n'), c = str_cut(&y, '\n');
		if (!str_eq(a, c))
			fail_msg("%s %d:\n  %.*s\n  %.*s", what, round, STR_ARG(a), STR_ARG(c));
	}
}

void expect_rebuilt_same(struct book *b)
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
