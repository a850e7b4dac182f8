/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

const struct protocol_book *world_protocols(void)
{
	static struct arena a;
	static struct protocol_book book;
	if (!book.n) {
		struct err e = {0};
		arena_init(&a, 0);
		testdb_ok(protocol_book_load(&a, NULL, &book, &e), &e);
	}
	return &book;
}

struct ledger_options world_options(const struct world *w)
{
	return (struct ledger_options){.db_url = w->t.url, .keyring = w->keyring, .sys = &w->sim.sys, .protocols = world_protocols()};
}

void world_open_bare(struct world *w, const struct testdb *t, uint64_t seed)
{
	struct err e = {0};
	*w = (struct world){.t = *t, .county = COUNTY};
	const char *tmp = getenv("TMPDIR");
	snprintf(w->dir, sizeof w->dir, "%s/sushui-world.XXXXXX",
		 tmp && strlen(tmp) < 32 ? tmp : access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->keyring, sizeof w->keyring, "%s/keyring", w->dir);
	sys_sim_init(&w->sim, seed, NOW);
	arena_init(&w->a, 0);
	struct ledger_options o = world_options(w);
	testdb_ok(keyring_create(w->keyring, &w->sim.sys, &e), &e);
	testdb_ok(ledger_create(&o, &e), &e);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
}

bool world_open(struct world *w, enum db_engine engine, uint64_t seed)
{
	struct testdb t;
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	if (!testdb_new(&t, engine))
		return false;
	world_open_bare(w, &t, seed);
	world_admin(w);
	return true;
}

void world_leave(struct world *w)
{
	char command[160];
	ledger_close(&w->l);
	arena_done(&w->a);
	snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
}

void world_close(struct world *w)
{
	world_leave(w);
	testdb_done(&w->t);
}

void world_each(void (*body)(struct world *w))
{
	static const enum db_engine engines[] = {DB_SQLITE, DB_POSTGRES};
	for (size_t i = 0; i < ARRAY_N(engines); i++) {
		struct world w;
		if (!world_open(&w, engines[i], 1))
			continue;
		body(&w);
		world_close(&w);
	}
}

void world_reopen(struct world *w)
{
	struct err e = {0};
	struct ledger_options o = world_options(w);
	ledger_close(&w->l);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
}

void world_admin(struct world *w)
{
	int64_t area = w->county * 1000000;
	world_put(w, "house.outbreak_declared", area, NOW - 90 * MS_PER_DAY, "{'outbreak':'%s','name':'Autumn','disease':'covid19'}",
		  NAME("outbreak", 1));
	world_put(w, "house.edition_adopted", area, NOW - 90 * MS_PER_DAY,
		  "{'outbreak':'%s','edition':'cn-covid19-9','from_at':%lld}", NAME("outbreak", 1), (long long)(NOW - 90 * MS_PER_DAY));
}

void world_at(struct world *w, int64_t now)
{
	w->sim.now = now;
}

/* ---- ids ---------------------------------------------------------------------------------------------------- */

const char *world_name(const char *kind, int n)
{
	static char text[32][ID_TEXT_N + 1];
	static unsigned turn;
	char *out = text[turn = (turn + 1) % 32];
	uint64_t h = str_hash(str_of(kind));
	snprintf(out, ID_TEXT_N + 1, "01848000-%04x-7000-8%03x-%04x%08x", (unsigned)(h & 0xffff), (unsigned)(h >> 16 & 0xfff),
		 (unsigned)(h >> 28 & 0xffff), (unsigned)n);
	return out;
}

struct id world_id(const char *kind, int n)
{
	struct id id;
	assert_true(id_parse(str_of(world_name(kind, n)), &id));
	return id;
}

/* ---- facts as text -------------------------------------------------------------------------------------------- */

struct str world_fact_v(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, va_list ap)
{
	static char body[300000];
	const struct fact_kind *k = fact_kind_of(str_of(kind));
	if (!k)
		fail_msg("no kind %s", kind);
	int n = vsnprintf(body, sizeof body, fmt, ap);
	assert_true(n > 0 && (size_t)n < sizeof body);
	for (int i = 0; i < n; i++)
		if (body[i] == '\'')
			body[i] = '"';
	char id[ID_TEXT_N + 1], outbreak[80] = "";
	id_format(id_new(&w->sim.sys), id);
	if (k->outbreak)
		snprintf(outbreak, sizeof outbreak, "\"outbreak\":\"%s\",", world_name("outbreak", 1));
	return arena_printf(&w->a, "{\"id\":\"%s\",\"kind\":\"%s\",%s\"area\":\"%012lld\",\"at\":%lld,\"body\":%s}", id, kind, outbreak,
			    (long long)area, (long long)at, body);
}

struct str world_fact(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str text = world_fact_v(w, kind, area, at, fmt, ap);
	va_end(ap);
	return text;
}

struct verdict world_hand_in(struct world *w, struct str text)
{
	const struct json *j;
	struct fact f;
	struct verdict v = {0};
	struct err fault = {0};
	v.code = json_read(&w->a, text, &j, &v.err);
	if (v.code == OK)
		v.code = fact_decode(&w->a, j, &f, &v.err);
	if (v.code != OK)
		return v;
	struct submission s = {.who = actor_machine(), .facts = &f, .verdicts = &v, .n = 1};
	testdb_ok(ledger_append(w->l, &s, 1, &fault), &fault);
	return v;
}

static struct id id_of_text(struct str text)
{
	struct id id;
	assert_true(id_parse((struct str){text.p + 7, ID_TEXT_N}, &id));
	return id;
}

struct id world_put(struct world *w, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str text = world_fact_v(w, kind, area, at, fmt, ap);
	va_end(ap);
	struct verdict v = world_hand_in(w, text);
	if (v.code != OK)
		fail_msg("%s: %s %s\n%.*s", err_name(v.code), v.err.at, v.err.what, STR_ARG(text));
	return id_of_text(text);
}

enum err_code world_try(struct world *w, struct err *e, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct str text = world_fact_v(w, kind, area, at, fmt, ap);
	va_end(ap);
	struct verdict v = world_hand_in(w, text);
	*e = v.err;
	return v.code;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

struct str world_ask(struct world *w, struct buf *out, const char *query, int64_t at, ...)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str names[QUERY_PARAMS_MAX], values[QUERY_PARAMS_MAX];
	struct query_call call = {.query = query_of(str_of(query)), .who = &machine, .now_ms = at, .area = w->county * 1000000,
				  .names = names, .values = values, .format = QUERY_JSON, .lang = "en"};
	va_list ap;
	va_start(ap, at);
	for (const char *name; (name = va_arg(ap, const char *)); call.args_n++) {
		assert_true(call.args_n < QUERY_PARAMS_MAX);
		names[call.args_n] = str_of(name);
		values[call.args_n] = str_of(va_arg(ap, const char *));
	}
	va_end(ap);
	assert_non_null(call.query);
	buf_reset(out);
	testdb_ok(query_run(ledger_db(w->l), &w->a, &call, out, &e), &e);
	return buf_str(out);
}

int world_count(struct str text, const char *part)
{
	int n = 0;
	size_t len = strlen(part);
	for (size_t i = 0; i + len <= text.n; i++)
		n += memcmp(text.p + i, part, len) == 0;
	return n;
}

bool world_has(struct str text, const char *part)
{
	return world_count(text, part) > 0;
}

int64_t world_key(struct world *w, struct id id)
{
	struct err e = {0};
	int64_t key = 0;
	testdb_ok(db_one(ledger_db(w->l), &SQL_ledger_entity_get, PARAMS(V_INT(w->county), V_ID(&id)), 0, &key, &e), &e);
	return key;
}

struct world_duty world_duty(struct world *w, const char *kind, struct id subject, struct id part)
{
	struct err e = {0};
	struct world_duty d = {0};
	struct db *db = ledger_db(w->l);
	int64_t s = world_key(w, subject), p = id_is_none(part) ? 0 : world_key(w, part);
	testdb_ok(db_query(db, &SQL_test_world_duty, PARAMS(V_INT(w->county), V_TEXT(str_of(kind)), V_INT(s), V_INT(p)), &e), &e);
	if (db_next(db))
		d = (struct world_duty){db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5)};
	testdb_ok(db_stop(db, &e), &e);
	return d;
}

struct str world_dump(struct world *w, bool by_id, struct buf *out)
{
	struct err e = {0};
	buf_reset(out);
	testdb_ok(ledger_dump(ledger_db(w->l), by_id, out, &e), &e);
	return buf_str(out);
}

bool world_differs(struct str x, struct str y, char *out, size_t cap)
{
	while (x.n || y.n) {
		struct str p = x, q = y, a = str_cut(&p, '\n'), c = str_cut(&q, '\n');
		int order = x.n == 0 ? 1 : y.n == 0 ? -1 : str_cmp(a, c);
		if (order != 0) {
			snprintf(out, cap, "%s%.*s\n%s%.*s", "  one:   ", STR_ARG(a), "  other: ", STR_ARG(c));
			return true;
		}
		x = p;
		y = q;
	}
	return false;
}

void world_same(struct str x, struct str y, const char *what, uint64_t seed)
{
	char text[2000];
	if (world_differs(x, y, text, sizeof text))
		fail_msg("%s, seed %llu:\n%s", what, (unsigned long long)seed, text);
}

void world_rebuilt_same(struct world *w, uint64_t seed)
{
	struct buf before, after;
	struct err e = {0};
	buf_init(&before, 0);
	buf_init(&after, 0);
	world_dump(w, false, &before);
	testdb_ok(ledger_rebuild(w->l, (struct progress){0}, &e), &e);
	world_dump(w, false, &after);
	world_same(buf_str(&before), buf_str(&after), "rebuilt", seed);
	buf_done(&before);
	buf_done(&after);
}
