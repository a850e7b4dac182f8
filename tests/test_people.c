/* SPDX-License-Identifier: Apache-2.0
 *
 * The register of persons: identity, dates, merges, areas, users; any order gives the same end; nothing
 * personal leaks. All persons here are made up by algorithm.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "core/caltime.h"
#include "core/csv.h"
#include "domain/people/people_match.h"
#include "ledger/duty.h"
#include "ledger/house.h"
#include "ledger/keyring.h"
#include "protocol/protocol.h"
#include "sql.gen.h"
#include "testdb.h"

/* This program needs no other domain. */
const struct domain *const domains[] = {&house_domain, &people_domain, NULL};
const struct query *const query_tables[] = {house_queries, people_queries, NULL};
const struct query_computed *const query_computed_tables[] = {NULL};

#define COUNTY INT64_C(140826)
#define VILLAGE INT64_C(140826105201)
#define OTHER_VILLAGE INT64_C(140826105202)
#define NOW INT64_C(1668945600000) /* 2022-11-20T20:00+08:00 */

struct book {
	struct testdb t;
	bool own_db;
	char dir[64], keyring[96];
	struct sys_sim sim;
	struct arena a;
	struct ledger *l;
};
static const struct protocol_book no_protocols;

static void book_open(struct book *b, const struct testdb *t)
{
	struct err e = {0};
	*b = (struct book){.t = *t};
	snprintf(b->dir, sizeof b->dir, "%s/sushui-people.XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(b->dir));
	snprintf(b->keyring, sizeof b->keyring, "%s/keyring", b->dir);
	sys_sim_init(&b->sim, 7, NOW);
	arena_init(&b->a, 0);
	struct ledger_options o = {
		.db_url = b->t.url, .keyring = b->keyring, .sys = &b->sim.sys, .protocols = &no_protocols};
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

/* ---- facts written as JSON, with ' for " ----------------------------------------------------- */

static struct str quoted(struct arena *a, const char *fmt, va_list ap)
{
	char text[2048];
	int n = vsnprintf(text, sizeof text, fmt, ap);
	assert_in_range(n, 1, sizeof text - 1);
	for (int i = 0; i < n; i++)
		if (text[i] == '\'')
			text[i] = '"';
	return arena_str(a, (struct str){text, (size_t)n});
}

static struct fact decoded(struct arena *a, struct str text)
{
	struct err e = {0};
	const struct json *j;
	struct fact f;
	testdb_ok(json_read(a, text, &j, &e), &e);
	testdb_ok(fact_decode(a, j, &f, &e), &e);
	return f;
}

static struct str envelope(struct arena *a, struct id id, const char *kind, int64_t area, int64_t at,
			   struct str body)
{
	char text[ID_TEXT_N + 1];
	id_format(id, text);
	return arena_printf(
		a, "{\"id\":\"%s\",\"kind\":\"people.%s\",\"area\":\"%012lld\",\"at\":%lld,\"body\":%.*s}",
		text, kind, (long long)area, (long long)at, STR_ARG(body));
}

static enum err_code put_as(struct book *b, const struct actor *who, struct err *e, const char *kind,
			    int64_t area, int64_t at, struct str body)
{
	struct fact f = decoded(&b->a, envelope(&b->a, id_new(&b->sim.sys), kind, area, at, body));
	struct verdict v = {0};
	struct submission s = {.who = *who, .facts = &f, .verdicts = &v, .n = 1};
	struct err fault = {0};
	testdb_ok(ledger_append(b->l, &s, 1, &fault), &fault);
	*e = v.err;
	return v.code;
}

/* Appends a fact that must be taken. */
static void put(struct book *b, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	va_list ap;
	va_start(ap, fmt);
	struct str body = quoted(&b->a, fmt, ap);
	va_end(ap);
	testdb_ok(put_as(b, &machine, &e, kind, area, at, body), &e);
}

/* Appends a fact that must be refused. */
static enum err_code refused(struct book *b, struct err *e, const char *kind, const char *fmt, ...)
{
	struct actor machine = actor_machine();
	va_list ap;
	va_start(ap, fmt);
	struct str body = quoted(&b->a, fmt, ap);
	va_end(ap);
	enum err_code rc = put_as(b, &machine, e, kind, VILLAGE, NOW, body);
	assert_int_not_equal(rc, OK);
	return rc;
}

/* Id number n of a family: stable, so that facts can name it before it is registered; other ones in each
 * history. */
static int history;
static const char *name_of(char family, int n)
{
	static char text[8][ID_TEXT_N + 1];
	static int turn;
	char *out = text[turn = (turn + 1) % 8];
	snprintf(out, ID_TEXT_N + 1, "01848000-0000-7000-8%03x-%08x00%02x", n, history, family);
	return out;
}

static struct id id_of(char family, int n)
{
	struct id id;
	assert_true(id_parse(str_of(name_of(family, n)), &id));
	return id;
}
#define P(n) name_of('p', n)
#define H(n) name_of('h', n)

static int64_t key_of(struct book *b, struct id id, const char *kind)
{
	struct err e = {0};
	int64_t key = 0;
	testdb_ok(db_one(ledger_db(b->l), &SQL_people_key_of,
			 PARAMS(V_INT(COUNTY), V_ID(&id), V_TEXT(str_of(kind))), 0, &key, &e),
		  &e);
	return key;
}

static struct str dump(struct book *b, bool by_id, struct buf *out)
{
	struct err e = {0};
	buf_init(out, 0);
	testdb_ok(ledger_dump(ledger_db(b->l), by_id, out, &e), &e);
	return buf_str(out);
}

static void expect_same(struct str x, struct str y, const char *what, uint64_t seed)
{
	while (x.n || y.n) {
		struct str a = str_cut(&x, '\n'), c = str_cut(&y, '\n');
		if (!str_eq(a, c))
			fail_msg("%s, seed %llu:\n  %.*s\n  %.*s", what, (unsigned long long)seed, STR_ARG(a),
				 STR_ARG(c));
	}
}

static void expect_rebuilt_same(struct book *b)
{
	struct buf before, after;
	struct err e = {0};
	dump(b, false, &before);
	testdb_ok(ledger_rebuild(b->l, (struct progress){0}, &e), &e);
	dump(b, false, &after);
	expect_same(buf_str(&before), buf_str(&after), "rebuilt", 0);
	buf_done(&before);
	buf_done(&after);
}

static struct str ask(struct book *b, const char *query, int64_t at, const char *name, const char *value,
		      struct buf *out)
{
	struct err e = {0};
	struct actor machine = actor_machine();
	struct str names[] = {str_of(name)}, values[] = {str_of(value)};
	struct query_call call = {.query = query_of(str_of(query)),
				  .who = &machine,
				  .now_ms = at,
				  .area = COUNTY * 1000000,
				  .names = names,
				  .values = values,
				  .args_n = name ? 1 : 0,
				  .format = QUERY_JSON,
				  .lang = "en"};
	assert_non_null(call.query);
	buf_reset(out);
	testdb_ok(query_run(ledger_db(b->l), &b->a, &call, out, &e), &e);
	return buf_str(out);
}

static bool has(struct str text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static size_t count_of(struct str text, const char *part)
{
	size_t n = 0, k = strlen(part);
	for (const char *p; (p = memmem(text.p, text.n, part, k)); n++) {
		size_t skip = (size_t)(p - text.p) + k;
		text = (struct str){text.p + skip, text.n - skip};
	}
	return n;
}

/* ---- the register ---------------------------------------------------------------------------- */

static void household(struct book *b, int n, int64_t area)
{
	put(b, "household_registered", area, NOW - 10 * MS_PER_DAY,
	    "{'household':'%s','address':'Lane %d','building':'B%d'}", H(n), n, n);
}

static void person(struct book *b, int n, int home, int64_t at, const char *more)
{
	put(b, "person_registered", VILLAGE, at,
	    "{'person':'%s','household':'%s','name':'Name %d','resident':true%s}", P(n), H(home), n, more);
}

static int64_t count_at(struct book *b, int64_t at)
{
	struct buf out;
	buf_init(&out, 0);
	struct str answer = ask(b, "people.persons", at, NULL, NULL, &out);
	int64_t n = (int64_t)count_of(answer, "\"person\":");
	struct str counts = ask(b, "people.register_count", at, NULL, NULL, &out);
	int64_t sum = 0;
	for (const char *p; (p = memmem(counts.p, counts.n, "\"persons\":", 10));) {
		sum += strtoll(p + 10, NULL, 10);
		size_t skip = (size_t)(p - counts.p) + 10;
		counts = (struct str){counts.p + skip, counts.n - skip};
	}
	assert_int_equal(n, sum);
	buf_done(&out);
	return n;
}

static void dated_register(struct testdb *t)
{
	struct book b;
	int64_t day = MS_PER_DAY;
	book_open(&b, t);
	household(&b, 1, VILLAGE);
	household(&b, 2, OTHER_VILLAGE);
	person(&b, 1, 1, NOW - 9 * day, "");
	person(&b, 2, 1, NOW - 5 * day, "");
	assert_int_equal(count_at(&b, NOW - 10 * day), 0);
	assert_int_equal(count_at(&b, NOW - 9 * day), 1);
	assert_int_equal(count_at(&b, NOW - 5 * day - 1), 1);
	assert_int_equal(count_at(&b, NOW), 2);
	/* a move inside the county takes nobody out of a round that is under way */
	put(&b, "person_moved", OTHER_VILLAGE, NOW - 4 * day, "{'person':'%s','household':'%s'}", P(1), H(2));
	assert_int_equal(count_at(&b, NOW - 6 * day), 1);
	assert_int_equal(count_at(&b, NOW), 2);
	put(&b, "person_departed", VILLAGE, NOW - 3 * day, "{'person':'%s','reason':'moved_away'}", P(2));
	assert_int_equal(count_at(&b, NOW - 3 * day - 1), 2);
	assert_int_equal(count_at(&b, NOW - 3 * day), 1);
	/* comes back: not counted in between */
	put(&b, "person_moved", VILLAGE, NOW - 1 * day, "{'person':'%s','household':'%s'}", P(2), H(1));
	assert_int_equal(count_at(&b, NOW - 2 * day), 1);
	assert_int_equal(count_at(&b, NOW), 2);
	/* what arrives late does not undo what happened later */
	put(&b, "person_departed", VILLAGE, NOW - 2 * day, "{'person':'%s','reason':'other'}", P(2));
	assert_int_equal(count_at(&b, NOW), 2);
	/* the members stand where the household stands, whenever that is learnt */
	struct buf out;
	buf_init(&out, 0);
	person(&b, 3, 7, NOW - day, "");
	assert_true(
		has(ask(&b, "people.persons", NOW, "household", H(2), &out), "\"area\":\"140826105202\""));
	put(&b, "household_registered", OTHER_VILLAGE, NOW, "{'household':'%s'}", H(7));
	assert_true(has(ask(&b, "people.person", NOW, "person", P(3), &out), "\"area\":\"140826105202\""));
	struct err e;
	assert_int_equal(refused(&b, &e, "person_moved", "{'person':'%s','household':'%s','from_at':%lld}",
				 P(2), H(1), (long long)(NOW + day)),
			 ERR_BAD_VALUE);
	assert_string_equal(e.at, "/body/from_at");
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

static void tags(struct testdb *t)
{
	struct book b;
	struct buf out;
	book_open(&b, t);
	buf_init(&out, 0);
	household(&b, 1, VILLAGE);
	put(&b, "person_untagged", VILLAGE, NOW - 5000, "{'person':'%s','tag':'infant'}",
	    P(1)); /* first to arrive, not to happen */
	person(&b, 1, 1, NOW - 9000, ",'tags':['infant','dialysis']");
	assert_false(has(ask(&b, "people.tags", NOW, "person", P(1), &out), "infant"));
	assert_true(has(ask(&b, "people.persons", NOW, "tag", "dialysis", &out), P(1)));
	assert_false(has(ask(&b, "people.persons", NOW, "tag", "infant", &out), P(1)));
	put(&b, "person_tagged", VILLAGE, NOW - 4000, "{'person':'%s','tag':'infant','until':%lld}", P(1),
	    (long long)NOW + 1000);
	assert_true(has(ask(&b, "people.persons", NOW, "tag", "infant", &out), P(1)));
	assert_false(has(ask(&b, "people.persons", NOW + 1000, "tag", "infant", &out), P(1)));
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

/* ---- checks of a document -------------------------------------------------------------------- */

static void documents(struct testdb *t)
{
	struct book b;
	struct err e;
	char number[19] = "14272619800214012"; /* made up; 012: a woman */
	book_open(&b, t);
	number[17] = gb11643_check(number);
	static const struct {
		const char *more, *at;
	} bad[] = {
		{",'document_number':'E1234567'", "/body/document_type"},
		{",'document_type':'none','document_number':'E1234567'", "/body/document_type"},
		{",'document_type':'passport'", "/body/document_number"},
		{",'document_type':'passport','document_number':' - '", "/body/document_number"},
		{",'phone':'no'", "/body/phone"},
		{",'birth_date':'2022-11-22'", "/body/birth_date"},
		{",'birth_year':2023", "/body/birth_year"},
		{",'birth_date':'1980-01-01','birth_year':1981", "/body/birth_year"},
		{",'tags':['infant ']", "/body/tags"},
	};
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		refused(&b, &e, "person_registered", "{'person':'%s','household':'%s','name':'A'%s}", P(1),
			H(1), bad[i].more);
		assert_string_equal(e.at, bad[i].at);
	}
	static const struct {
		const char *more, *at;
	} contrary[] = {{"'sex':'male'", "/body/sex"},
			{"'birth_year':1979", "/body/birth_year"},
			{"'birth_date':'1979-05-05'", "/body/birth_date"}};
	for (size_t i = 0; i < ARRAY_N(contrary); i++) {
		refused(&b, &e, "person_registered",
			"{'person':'%s','household':'%s','name':'A','document_type':'id_card','document_number':'%s',%s}",
			P(1), H(1), number, contrary[i].more);
		assert_string_equal(e.at, contrary[i].at);
		assert_null(strstr(e.what, number));
	}
	number[17] = number[17] == '1' ? '2' : '1';
	refused(&b, &e, "person_registered",
		"{'person':'%s','household':'%s','name':'A','document_type':'id_card','document_number':'%s'}",
		P(1), H(1), number);
	assert_string_equal(e.what, gb11643_rule(GB11643_CHECK));
	number[17] = gb11643_check(number);
	put(&b, "person_registered", VILLAGE, NOW,
	    "{'person':'%s','household':'%s','name':'A','document_type':'id_card','document_number':' %.6s %s','sex':'female','birth_year':1980}",
	    P(1), H(1), number, number + 6);
	book_close(&b);
}

/* ---- duplicates, merges ---------------------------------------------------------------------- */

static int64_t canon_of(struct book *b, int n)
{
	struct err e = {0};
	int64_t canon = 0;
	testdb_ok(db_one(ledger_db(b->l), &SQL_test_people_canon,
			 PARAMS(V_INT(COUNTY), V_INT(key_of(b, id_of('p', n), "person"))), 0, &canon, &e),
		  &e);
	return canon;
}

static void link_persons(struct book *b, const char *kind, int kept, int other, int64_t at)
{
	put(b, kind, VILLAGE, at, "{'person':'%s','other':'%s','reason':'same face'}", P(kept), P(other));
}

static void merges(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	household(&b, 1, VILLAGE);
	for (int i = 1; i <= 5; i++)
		person(&b, i, 1, NOW - MS_PER_DAY, "");
	assert_int_equal(count_at(&b, NOW), 5);
	int64_t k[6];
	for (int i = 1; i <= 5; i++)
		k[i] = key_of(&b, id_of('p', i), "person");
	link_persons(&b, "persons_merged", 3, 1, NOW);
	assert_int_equal(canon_of(&b, 1), k[3]);
	assert_int_equal(canon_of(&b, 3), k[3]);
	link_persons(&b, "persons_merged", 5, 4, NOW);
	link_persons(&b, "persons_merged", 1, 5, NOW); /* joins the two groups; 3 was given up by nobody */
	assert_int_equal(canon_of(&b, 4), k[3]);
	assert_int_equal(canon_of(&b, 5), k[3]);
	assert_int_equal(count_at(&b, NOW), 2);
	struct buf out;
	buf_init(&out, 0);
	assert_true(has(ask(&b, "people.person", NOW, "person", P(3), &out), "\"aliases\":3"));
	link_persons(&b, "persons_unmerged", 5, 1, NOW + 1000); /* named the other way round */
	assert_int_equal(canon_of(&b, 1), k[3]);
	assert_int_equal(canon_of(&b, 4), k[5]);
	assert_int_equal(canon_of(&b, 5), k[5]);
	assert_int_equal(count_at(&b, NOW), 3);
	link_persons(&b, "persons_merged", 1, 5, NOW + 500); /* late news of an older decision */
	assert_int_equal(canon_of(&b, 5), k[5]);
	link_persons(&b, "persons_merged", 1, 3, NOW + 2000); /* the pair again, the other one kept */
	assert_int_equal(canon_of(&b, 3), k[1]);
	link_persons(&b, "persons_unmerged", 3, 1, NOW + 3000);
	link_persons(&b, "persons_unmerged", 4, 5, NOW + 3000);
	for (int i = 1; i <= 5; i++)
		assert_int_equal(canon_of(&b, i), k[i]);
	/* a circle */
	link_persons(&b, "persons_merged", 1, 2, NOW + 4000);
	link_persons(&b, "persons_merged", 2, 3, NOW + 4000);
	link_persons(&b, "persons_merged", 3, 1, NOW + 4000);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(canon_of(&b, i), k[1]);
	struct err e;
	assert_int_equal(
		refused(&b, &e, "persons_merged", "{'person':'%s','other':'%s','reason':'x'}", P(1), P(1)),
		ERR_BAD_VALUE);
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

static void duplicates(struct testdb *t)
{
	struct book b;
	struct buf out;
	static const char passport[] = ",'document_type':'passport','document_number':'%s'";
	char more[100];
	book_open(&b, t);
	buf_init(&out, 0);
	household(&b, 1, VILLAGE);
	snprintf(more, sizeof more, passport, "e-1234567");
	person(&b, 2, 1, NOW - 3000, more);
	assert_false(has(ask(&b, "people.duplicates", NOW, NULL, NULL, &out), P(2)));
	snprintf(more, sizeof more, passport, "E1234567");
	person(&b, 1, 1, NOW - 2000, more);
	ask(&b, "people.duplicates", NOW, NULL, NULL, &out);
	assert_true(has(buf_str(&out), P(1)) && has(buf_str(&out), P(2)));
	/* a correction can reveal it too; each pair stands once */
	person(&b, 3, 1, NOW - 1500, "");
	put(&b, "person_corrected", VILLAGE, NOW - 1000,
	    "{'person':'%s','document_type':'passport','document_number':'E1234567'}", P(3));
	assert_int_equal(count_of(ask(&b, "people.duplicates", NOW, NULL, NULL, &out), "\"other\":"), 3);
	link_persons(&b, "persons_merged", 1, 2, NOW);
	assert_int_equal(count_of(ask(&b, "people.duplicates", NOW, NULL, NULL, &out), "\"other\":"), 2);
	link_persons(&b, "persons_merged", 2, 3, NOW); /* 1 and 3 are then one as well */
	assert_int_equal(count_of(ask(&b, "people.duplicates", NOW, NULL, NULL, &out), "\"other\":"), 0);
	link_persons(&b, "persons_unmerged", 2, 3, NOW + 1000); /* decided: two; but 1 and 3 are open again */
	ask(&b, "people.duplicates", NOW, NULL, NULL, &out);
	assert_int_equal(count_of(buf_str(&out), "\"other\":"), 1);
	assert_true(has(buf_str(&out), P(1)) && has(buf_str(&out), P(3)));
	expect_rebuilt_same(&b); /* without asking the keyring */
	assert_int_equal(count_of(ask(&b, "people.duplicates", NOW, NULL, NULL, &out), "\"other\":"), 1);
	buf_done(&out);
	book_close(&b);
}

/* ---- personal data --------------------------------------------------------------------------- */

static void opened_and_erased(struct testdb *t)
{
	struct book b;
	struct people_personal p;
	struct err e = {0};
	book_open(&b, t);
	struct db *db = ledger_db(b.l);
	struct keyring *k = ledger_keyring(b.l);
	household(&b, 1, VILLAGE);
	person(&b, 1, 1, NOW - 5000,
	       ",'phone':'+86 138 0000 0001','document_type':'passport','document_number':'e 77','birth_date':'1980-02-29'");
	put(&b, "person_corrected", VILLAGE, NOW - 4000,
	    "{'person':'%s','name':'New Name','phone':'13900000002'}", P(1));
	put(&b, "person_corrected", VILLAGE, NOW - 4500, "{'person':'%s','name':'Name Between'}",
	    P(1)); /* late */
	testdb_ok(people_open(db, k, &b.a, COUNTY, id_of('p', 1), &p, &e), &e);
	assert_true(str_eq_c(p.name, "New Name"));
	assert_true(str_eq_c(p.phone, "13900000002"));
	assert_true(str_eq_c(p.document_number, "E77"));
	assert_int_equal(p.document_type, DOCUMENT_PASSPORT);
	assert_true(str_eq_c(p.address, "Lane 1"));
	assert_true(id_eq(p.household, id_of('h', 1)));
	char day[DAY_TEXT_N];
	day_format((int32_t)p.birth_date, day);
	assert_string_equal(day, "1980-02-29");
	assert_int_equal(people_open(db, k, &b.a, COUNTY, id_of('p', 9), &p, &e), ERR_NOT_FOUND);
	put(&b, "person_tagged", VILLAGE, NOW, "{'person':'%s','tag':'infant'}", P(8));
	assert_int_equal(people_open(db, k, &b.a, COUNTY, id_of('p', 8), &p, &e), ERR_NOT_FOUND);

	struct buf before, after;
	dump(&b, false, &before);
	static const char *const secrets[] = {"Name", "13900000002", "138 0000",  "E77",
					      "e 77", "Lane",        "1980-02-29"};
	for (size_t i = 0; i < ARRAY_N(secrets); i++)
		assert_false(has(buf_str(&before), secrets[i]));
	char text[ID_TEXT_N + 1];
	id_format(id_new(&b.sim.sys), text);
	struct fact erase = decoded(
		&b.a,
		arena_printf(
			&b.a,
			"{\"id\":\"%s\",\"kind\":\"house.subject_erased\",\"area\":\"140826000000\",\"at\":%lld,\"body\":{\"subject\":\"%s\",\"rule\":\"term\"}}",
			text, (long long)NOW, P(1)));
	testdb_ok(ledger_append_one(b.l, &erase, &e), &e);
	assert_int_equal(
		people_open(ledger_db(b.l), ledger_keyring(b.l), &b.a, COUNTY, id_of('p', 1), &p, &e),
		ERR_ERASED);
	buf_reset(&before);
	testdb_ok(ledger_dump(ledger_db(b.l), false, &before, &e), &e);
	testdb_ok(ledger_rebuild(b.l, (struct progress){0}, &e), &e);
	dump(&b, false, &after);
	expect_same(buf_str(&before), buf_str(&after), "rebuilt after erasing", 0);
	/* the address belongs to the household and is still there */
	person(&b, 2, 1, NOW, "");
	testdb_ok(people_open(ledger_db(b.l), ledger_keyring(b.l), &b.a, COUNTY, id_of('p', 2), &p, &e), &e);
	assert_true(str_eq_c(p.address, "Lane 1"));
	buf_done(&before);
	buf_done(&after);
	book_close(&b);
}

static void candidates(struct testdb *t)
{
	struct book b;
	struct err e = {0};
	struct people_candidate c[8];
	size_t n;
	book_open(&b, t);
	household(&b, 1, VILLAGE);
	household(&b, 2, VILLAGE);
	static const struct {
		int person, home, year;
		const char *name, *sex, *phone;
	} known[] = {
		{1, 1, 1956, "王秀英", "female", "13800000001"},
		{2, 1, 1954, "李建国", "male", "13800000001"},
		{3, 2, 1957, "王秀莹", "female", "13800000003"},
		{4, 2, 1956, "赵大山", "male", "13800000004"},
		{5, 2, 1990, "王秀英", "female", "13800000005"},
	};
	for (size_t i = 0; i < ARRAY_N(known); i++)
		put(&b, "person_registered", VILLAGE, NOW,
		    "{'person':'%s','household':'%s','name':'%s','birth_year':%d,'sex':'%s','phone':'%s'}",
		    P(known[i].person), H(known[i].home), known[i].name, known[i].year, known[i].sex,
		    known[i].phone);
	struct people_probe probe = {.household = id_of('h', 1),
				     .area = VILLAGE,
				     .name = STR("王秀英"),
				     .birth_date = ABSENT,
				     .birth_year = 1956,
				     .sex = SEX_FEMALE};
	struct db *db = ledger_db(b.l);
	testdb_ok(people_candidates(db, ledger_keyring(b.l), &b.a, COUNTY, &probe, c, ARRAY_N(c), &n, &e),
		  &e);
	assert_int_equal(n, 2);
	assert_true(id_eq(c[0].person, id_of('p', 1)));
	assert_int_equal(c[0].score, 100);
	assert_int_equal(c[0].reasons,
			 REASON_HOUSEHOLD | REASON_AREA | REASON_BIRTH_YEAR | REASON_SEX | REASON_NAME);
	assert_true(id_eq(c[1].person, id_of('p', 3)));
	assert_int_equal(c[1].reasons, REASON_AREA | REASON_BIRTH_YEAR_NEAR | REASON_SEX | REASON_NAME_NEAR);
	/* found by telephone from another village */
	struct people_probe call = {.area = OTHER_VILLAGE,
				    .name = STR("王秀英"),
				    .phone = STR("+86 13800000005"),
				    .birth_date = ABSENT,
				    .birth_year = ABSENT,
				    .sex = ABSENT};
	testdb_ok(people_candidates(db, ledger_keyring(b.l), &b.a, COUNTY, &call, c, ARRAY_N(c), &n, &e), &e);
	assert_int_equal(n, 1);
	assert_true(id_eq(c[0].person, id_of('p', 5)));
	assert_int_equal(c[0].reasons, REASON_PHONE | REASON_NAME);
	/* without keys: open values alone; and never oneself */
	probe.person = id_of('p', 1);
	testdb_ok(people_candidates(db, NULL, &b.a, COUNTY, &probe, c, ARRAY_N(c), &n, &e), &e);
	for (size_t i = 0; i < n; i++) {
		assert_false(id_eq(c[i].person, probe.person));
		assert_int_equal(c[i].name_likeness, 0);
	}
	book_close(&b);
}

/* ---- areas ----------------------------------------------------------------------------------- */

static int32_t day(const char *text)
{
	int32_t d;
	assert_true(day_parse(str_of(text), &d));
	return d;
}

static size_t find_area(struct book *b, const char *text, const char *on, struct people_area *out)
{
	struct err e = {0};
	size_t n;
	testdb_ok(people_area_find(ledger_db(b->l), &b->a, COUNTY, str_of(text), day(on), out, 4, &n, &e),
		  &e);
	return n;
}

static void areas(struct testdb *t)
{
	struct book b;
	struct people_area a[4];
	struct err e;
	struct buf out;
	book_open(&b, t);
	buf_init(&out, 0);
	/* one code with two names over time, and a village that became part of another */
	put(&b, "area_declared", VILLAGE, NOW,
	    "{'code':'140826105201','name':'New East','valid_from':'2023-01-01'}");
	put(&b, "area_declared", VILLAGE, NOW,
	    "{'code':'140826105201','name':'Old East','valid_from':'2016-01-01'}");
	put(&b, "area_declared", VILLAGE, NOW,
	    "{'code':'140826105202','name':'West','valid_from':'2016-01-01','valid_to':'2023-01-01'}");
	put(&b, "area_declared", VILLAGE, NOW,
	    "{'code':'140826105000','name':'Town','valid_from':'2016-01-01','lon':111.5,'lat':35.5}");
	put(&b, "area_aliased", VILLAGE, NOW,
	    "{'code':'140826105202','alias':'West End','valid_to':'2020-01-01','successor':'140826105201'}");
	assert_int_equal(find_area(&b, "Old East", "2022-11-20", a), 1);
	assert_true(a[0].valid && a[0].code == VILLAGE);
	assert_int_equal(find_area(&b, "Old East", "2023-06-01", a), 1);
	assert_false(a[0].valid); /* still found: notices name what people say */
	assert_int_equal(find_area(&b, "New East", "2022-11-20", a), 1);
	assert_false(a[0].valid);
	assert_int_equal(find_area(&b, "140826105201", "2023-01-01", a), 2);
	assert_true(a[0].valid && str_eq_c(a[0].name, "New East") && !a[1].valid);
	assert_int_equal(find_area(&b, "140826105201", "2022-12-31", a), 2);
	assert_true(a[0].valid && str_eq_c(a[0].name, "Old East"));
	assert_int_equal(find_area(&b, "West", "2022-12-31", a), 1);
	assert_true(a[0].valid && a[0].successor == VILLAGE);
	assert_int_equal(find_area(&b, "West", "2023-01-01", a), 1);
	assert_true(!a[0].valid && a[0].successor == VILLAGE);
	assert_int_equal(find_area(&b, "West End", "2019-06-01", a), 1);
	assert_true(a[0].valid && a[0].code == OTHER_VILLAGE);
	assert_int_equal(find_area(&b, "Nowhere", "2019-06-01", a), 0);
	household(&b, 1, VILLAGE);
	person(&b, 1, 1, NOW - MS_PER_DAY, "");
	ask(&b, "people.areas", NOW, NULL, NULL, &out);
	assert_true(has(buf_str(&out), "Old East") && has(buf_str(&out), "West") &&
		    !has(buf_str(&out), "New East"));
	assert_int_equal(count_of(buf_str(&out), "\"persons\":1"),
			 2); /* the village, and the town above it */
	ask(&b, "people.areas", NOW, "at", "2023-02-01", &out);
	assert_true(has(buf_str(&out), "New East") && !has(buf_str(&out), "West"));
	assert_true(
		has(ask(&b, "people.area", NOW, "text", "West End", &out), "\"successor\":\"140826105201\""));
	assert_true(has(ask(&b, "people.area", NOW, "text", "140826105201", &out), "Old East"));
	assert_int_equal(refused(&b, &e, "area_declared",
				 "{'code':'140827105201','name':'A','valid_from':'2016-01-01'}"),
			 ERR_BAD_VALUE);
	assert_int_equal(
		refused(&b, &e, "area_declared",
			"{'code':'140826105201','name':'A','valid_from':'2016-01-01','valid_to':'2016-01-01'}"),
		ERR_BAD_VALUE);
	assert_int_equal(refused(&b, &e, "area_declared",
				 "{'code':'140826105201','name':'A','valid_from':'2016-01-01','lon':1}"),
			 ERR_MISSING_FIELD);
	assert_int_equal(refused(&b, &e, "area_aliased",
				 "{'code':'140826105201','alias':'A','successor':'140826105201'}"),
			 ERR_BAD_VALUE);
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

static const char *directory(const char *file, char *path, size_t cap)
{
	const char *shared = getenv("SUSHUI_SHARED");
	snprintf(path, cap, "%s/data/china_divisions/%s", shared ? shared : "../shared", file);
	return path;
}

/* Declares every village of Jiang County in one file of a directory; returns how many. */
static int declare_directory(struct book *b, const char *file, int name_column, const char *valid_from)
{
	char path[512];
	struct csv *c;
	struct err e = {0};
	const struct str *fields;
	size_t n;
	int villages = 0;
	testdb_ok(csv_open(&c, directory(file, path, sizeof path), &e), &e);
	for (;;) {
		testdb_ok(csv_row(c, &fields, &n, &e), &e);
		if (n == 0)
			break;
		if (!str_starts(fields[0], STR("140826")) || str_ends(fields[0], STR("000")))
			continue;
		put(b, "area_declared", VILLAGE, NOW, "{'code':'%.*s','name':'%.*s','valid_from':'%s'}",
		    STR_ARG(fields[0]), STR_ARG(fields[name_column]), valid_from);
		villages++;
	}
	csv_close(&c);
	return villages;
}

/* Two directories of the real county: a notice of 2022-11-20 named four villages that one directory alone
 * does not know. */
static void real_directories(struct testdb *t)
{
	static const char *const named[] = {"北柳村委会", "中堡村委会", "西堡村委会", "柴堡村委会"};
	struct book b;
	struct people_area a[4];
	book_open(&b, t);
	int old_n = declare_directory(&b, "yuncheng_2016_adcode.csv", 2, "2016-07-31");
	int new_n = declare_directory(&b, "villages_yuncheng_2023.csv", 1, "2023-06-30");
	assert_int_equal(old_n, 204);
	assert_int_equal(new_n, 146);
	for (size_t i = 0; i < ARRAY_N(named); i++) {
		assert_int_equal(find_area(&b, named[i], "2022-11-20", a), 1);
		assert_true(a[0].valid);
	}
	/* one code, two names */
	assert_int_equal(find_area(&b, "140826105201", "2022-11-20", a), 2);
	assert_true(a[0].valid && str_eq_c(a[0].name, "中堡村委会"));
	assert_int_equal(find_area(&b, "140826105201", "2023-07-01", a), 2);
	assert_true(a[0].valid && str_eq_c(a[0].name, "中三村委会"));
	assert_int_equal(find_area(&b, "中堡村委会", "2023-07-01", a), 1);
	assert_true(!a[0].valid && a[0].code == VILLAGE);
	book_close(&b);
}

/* ---- users ----------------------------------------------------------------------------------- */

static void users(struct testdb *t)
{
	struct book b;
	struct err e;
	struct actor who, machine = actor_machine();
	struct id user;
	book_open(&b, t);
	struct db *db = ledger_db(b.l);
	int64_t county = COUNTY * 1000000;
	const char *u1 = arena_printf(&b.a, "%s", name_of('u', 1)).p,
		   *u2 = arena_printf(&b.a, "%s", name_of('u', 2)).p;
	put(&b, "unit_registered", county, NOW, "{'unit':'%s','name':'County CDC','type':'cdc'}",
	    name_of('n', 1));
	put(&b, "user_registered", county, NOW - 9000,
	    "{'user':'%s','login':'head','display_name':'Head','roles':['system_admin','officer'],'unit':'%s'}",
	    u1, name_of('n', 1));
	testdb_ok(people_actor(db, 0, STR("head"), &user, &who, &e), &e);
	assert_true(id_eq(user, id_of('u', 1)) && id_eq(who.user, user) && id_eq(who.unit, id_of('n', 1)));
	assert_true(who.rights == (role_rights(ROLE_system_admin) | role_rights(ROLE_officer)));
	assert_true(who.area_lo == county && who.area_hi == county + 999999 && who.area == county);
	assert_int_equal(people_actor(db, COUNTY, STR("nobody"), &user, &who, &e), ERR_BAD_LOGIN);
	assert_int_equal(people_actor(db, COUNTY, STR(""), &user, &who, &e), ERR_BAD_LOGIN);
	assert_int_equal(people_actor(db, COUNTY + 1, STR("head"), &user, &who, &e), ERR_BAD_LOGIN);
	testdb_ok(people_actor_of(db, COUNTY, id_of('u', 1), &who, &e), &e);
	assert_int_equal(people_actor_of(db, COUNTY, id_of('u', 5), &who, &e), ERR_NOT_SIGNED_IN);

	/* separated administrators */
	assert_int_equal(
		refused(&b, &e, "user_registered",
			"{'user':'%s','login':'both','display_name':'B','roles':['system_admin','auditor']}",
			u2),
		ERR_NOT_ALLOWED);
	assert_int_equal(refused(&b, &e, "user_registered",
				 "{'user':'%s','login':'both','display_name':'B','roles':['king']}", u2),
			 ERR_BAD_VALUE);
	assert_string_equal(e.at, "/body/roles/0");
	assert_int_equal(refused(&b, &e, "user_registered",
				 "{'user':'%s','login':'Both','display_name':'B','roles':['tracer']}", u2),
			 ERR_BAD_VALUE);
	assert_int_equal(refused(&b, &e, "user_registered",
				 "{'user':'%s','login':'head','display_name':'B','roles':['tracer']}", u2),
			 ERR_NOT_ALLOWED);

	/* nobody hands out more than he holds */
	struct str tracer = arena_printf(
		&b.a, "{\"user\":\"%s\",\"login\":\"tracer1\",\"display_name\":\"T\",\"roles\":[\"tracer\"]}",
		u2);
	struct str lab = arena_printf(
		&b.a,
		"{\"user\":\"%s\",\"login\":\"lab1\",\"display_name\":\"L\",\"roles\":[\"laboratory\"]}",
		name_of('u', 3));
	testdb_ok(put_as(&b, &who, &e, "user_registered", VILLAGE, NOW - 8000, tracer), &e);
	assert_int_equal(put_as(&b, &who, &e, "user_registered", VILLAGE, NOW - 8000, lab), ERR_FORBIDDEN);
	struct actor village = who;
	village.area = VILLAGE / 1000 * 1000;
	area_range(village.area, &village.area_lo, &village.area_hi);
	struct str chief = arena_printf(
		&b.a, "{\"user\":\"%s\",\"login\":\"head\",\"display_name\":\"H\",\"roles\":[\"observer\"]}",
		u1);
	struct str lock = arena_printf(&b.a, "{\"user\":\"%s\"}", u1);
	assert_int_equal(put_as(&b, &village, &e, "user_registered", county, NOW, chief), ERR_OUT_OF_AREA);
	assert_int_equal(put_as(&b, &village, &e, "user_registered", VILLAGE, NOW, chief),
			 ERR_OUT_OF_AREA); /* would shrink his master */
	assert_int_equal(put_as(&b, &village, &e, "user_suspended", VILLAGE, NOW, lock), ERR_OUT_OF_AREA);

	/* suspension, and what lifts it */
	struct str off = arena_printf(&b.a, "{\"user\":\"%s\"}", u2);
	testdb_ok(put_as(&b, &machine, &e, "user_suspended", VILLAGE, NOW - 7000, off), &e);
	assert_int_equal(people_actor(db, COUNTY, STR("tracer1"), &user, &who, &e), ERR_FORBIDDEN);
	assert_int_equal(people_actor_of(db, COUNTY, id_of('u', 2), &who, &e), ERR_FORBIDDEN);
	testdb_ok(put_as(&b, &machine, &e, "user_registered", VILLAGE, NOW - 7500, tracer),
		  &e); /* older than the suspension */
	assert_int_equal(people_actor_of(db, COUNTY, id_of('u', 2), &who, &e), ERR_FORBIDDEN);
	testdb_ok(put_as(&b, &machine, &e, "user_registered", VILLAGE, NOW - 6000, tracer), &e);
	testdb_ok(people_actor_of(db, COUNTY, id_of('u', 2), &who, &e), &e);
	assert_true(who.area_lo == VILLAGE && who.area_hi == VILLAGE);
	/* one login in two counties: the county must be named */
	testdb_ok(
		put_as(&b, &machine, &e, "user_registered", 140827000000, NOW,
		       arena_printf(
			       &b.a,
			       "{\"user\":\"%s\",\"login\":\"head\",\"display_name\":\"H\",\"roles\":[\"observer\"]}",
			       name_of('u', 9))),
		&e);
	assert_int_equal(people_actor(db, 0, STR("head"), &user, &who, &e), ERR_BAD_LOGIN);
	testdb_ok(people_actor(db, 140827, STR("head"), &user, &who, &e), &e);
	assert_true(id_eq(user, id_of('u', 9)));
	struct buf out;
	buf_init(&out, 0);
	ask(&b, "people.users", NOW, NULL, NULL, &out);
	assert_true(has(buf_str(&out), "\"roles\":\"officer system_admin\""));
	assert_true(has(ask(&b, "people.units", NOW, NULL, NULL, &out), "County CDC"));
	expect_rebuilt_same(&b);
	buf_done(&out);
	book_close(&b);
}

/* ---- any order, any engine ------------------------------------------------------------------- */

#define HISTORY_N 40

static struct str passport(struct arena *a, struct dice *d)
{
	return arena_printf(a, "\"document_type\":\"passport\",\"document_number\":\"E%d%llu\"", history,
			    (unsigned long long)dice_below(d, 4));
}

static struct str random_body(struct arena *a, struct dice *d, int kind)
{
	int p = (int)dice_below(d, 6), q = (p + 1 + (int)dice_below(d, 5)) % 6, h = (int)dice_below(d, 4),
	    u = (int)dice_below(d, 3);
	const char *tag = dice_below(d, 2) ? "infant" : "dialysis";
	int year = 1950 + (int)dice_below(d, 50);
	switch (kind) {
	case 0:
		return arena_printf(a, "{\"household\":\"%s\",\"address\":\"Lane %d\",\"building\":\"B%d\"}",
				    H(h), year, year % 5);
	case 1:
		return arena_printf(
			a,
			"{\"person\":\"%s\",\"household\":\"%s\",\"name\":\"N%d\",\"birth_year\":%d,\"sex\":\"female\",\"tags\":[\"%s\"]}",
			P(p), H(h), p, year, tag);
	case 2:
		return arena_printf(
			a, "{\"person\":\"%s\",\"household\":\"%s\",\"name\":\"N%d\",\"resident\":%s,%s}",
			P(p), H(h), p, dice_below(d, 2) ? "true" : "false", passport(a, d).p);
	case 3:
		return arena_printf(a, "{\"person\":\"%s\",\"birth_year\":%d,\"name\":\"M%d\"}", P(p), year,
				    year);
	case 4:
		return arena_printf(a, "{\"person\":\"%s\",\"household\":\"%s\",%s}", P(p), H(h),
				    passport(a, d).p);
	case 5:
		return arena_printf(a, "{\"person\":\"%s\",\"household\":\"%s\"}", P(p), H(h));
	case 6:
		return arena_printf(a, "{\"person\":\"%s\",\"reason\":\"other\"}", P(p));
	case 7:
		return arena_printf(a, "{\"person\":\"%s\",\"tag\":\"%s\"}", P(p), tag);
	case 8:
		return arena_printf(a, "{\"person\":\"%s\",\"tag\":\"%s\"}", P(p), tag);
	case 9:
	case 10:
	case 11:
		return arena_printf(a, "{\"person\":\"%s\",\"other\":\"%s\",\"reason\":\"r\"}", P(p), P(q));
	case 12:
		return arena_printf(
			a,
			"{\"user\":\"%s\",\"login\":\"u%d\",\"display_name\":\"D%d\",\"roles\":[\"tracer\"]}",
			name_of('u', u), u, year);
	case 13:
		return arena_printf(a, "{\"user\":\"%s\"}", name_of('u', u));
	case 14:
		return arena_printf(
			a,
			"{\"place\":\"%s\",\"name\":\"N%d\",\"type\":\"shop\",\"lon\":111.%d,\"lat\":35.25}",
			name_of('l', h), year, year);
	case 15:
		return arena_printf(a, "{\"unit\":\"%s\",\"name\":\"N%d\",\"type\":\"cdc\"}", name_of('n', u),
				    year);
	default:
		return STR_NONE;
	}
}

/* One history of a county. */
static void random_history(struct arena *a, struct dice *d, struct sys_sim *sim, int64_t county,
			   struct str *out)
{
	static const char *const kinds[] = {
		"household_registered", "person_registered", "person_registered", "person_corrected",
		"person_corrected",     "person_moved",      "person_departed",   "person_tagged",
		"person_untagged",      "persons_merged",    "persons_merged",    "persons_unmerged",
		"user_registered",      "user_suspended",    "place_registered",  "unit_registered"};
	for (size_t i = 0; i < HISTORY_N; i++) {
		int kind = (int)dice_below(d, ARRAY_N(kinds));
		int64_t at = NOW - (int64_t)dice_below(d, 12) * MS_PER_HOUR; /* ties are frequent */
		out[i] = envelope(a, id_new(&sim->sys), kinds[kind],
				  county * 1000000 + 105200 + (int64_t)dice_below(d, 3), at,
				  random_body(a, d, kind));
	}
}

static void append_texts(struct book *b, const struct str *texts, size_t n)
{
	struct err e = {0};
	struct fact facts[HISTORY_N * 2];
	struct verdict v[HISTORY_N * 2] = {0};
	struct arena a;
	arena_init(&a, 0);
	for (size_t i = 0; i < n; i++)
		facts[i] = decoded(&a, texts[i]);
	struct submission s = {.who = actor_machine(), .facts = facts, .verdicts = v, .n = n};
	testdb_ok(ledger_append(b->l, &s, 1, &e), &e);
	for (size_t i = 0; i < n; i++)
		testdb_ok(v[i].code, &v[i].err);
	arena_done(&a);
}

static void shuffle(struct dice *d, struct str *texts, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)dice_below(d, i);
		struct str swap = texts[i - 1];
		texts[i - 1] = texts[k];
		texts[k] = swap;
	}
}

static void any_order(struct testdb *t)
{
	const char *wanted = getenv("SUSHUI_TEST_SEED");
	uint64_t seed = wanted ? strtoull(wanted, NULL, 10) : 20221120;
	int histories = t->engine == DB_SQLITE ? 300 : 60;
	struct testdb other;
	struct book one, two;
	struct dice d;
	struct sys_sim sim;
	struct arena a;
	assert_true(testdb_new(
		&other,
		DB_SQLITE)); /* the second ledger is always SQLite, so PostgreSQL is compared with it too */
	book_open(&one, t);
	book_open(&two, &other);
	dice_init(&d, seed);
	sys_sim_init(&sim, seed, NOW);
	arena_init(&a, 0);
	for (int i = 0; i < histories; i++) {
		struct str texts[HISTORY_N * 2];
		history = i;
		random_history(&a, &d, &sim, 140000 + i, texts);
		append_texts(&one, texts, HISTORY_N);
		/* shuffled, and a third of it twice */
		size_t n = HISTORY_N;
		for (size_t k = 0; k < HISTORY_N; k += 3)
			texts[n++] = texts[k];
		shuffle(&d, texts, n);
		append_texts(&two, texts, n);
		arena_reset(&a);
	}
	history = 0;
	struct buf x, y;
	expect_same(dump(&one, true, &x), dump(&two, true, &y), "another order", seed);
	assert_true(has(buf_str(&x), "kind=people.merge") && has(buf_str(&x), "state=2") &&
		    has(buf_str(&x), "aliases_n=3"));
	buf_done(&x);
	buf_done(&y);
	expect_rebuilt_same(&one);
	expect_rebuilt_same(&two);
	arena_done(&a);
	book_close(&one);
	book_close(&two);
	testdb_done(&other);
}

static void statements(struct testdb *t)
{
	struct book b;
	book_open(&b, t);
	struct db *db = testdb_open(t, DB_READER);
	assert_true(testdb_prepare(db, "people_") > 40);
	db_close(&db);
	book_close(&b);
}

/* No statement that runs once per fact or per row may read a whole county. */
static void plans(struct testdb *t)
{
	static const struct sql *const hot[] = {&SQL_people_household_area_to_persons,
						&SQL_people_household_suspected,
						&SQL_people_events,
						&SQL_people_links_of,
						&SQL_people_duplicates_of,
						&SQL_people_sealed_parts,
						&SQL_people_household_sealed,
						&SQL_people_candidates_household,
						&SQL_people_candidates_area,
						&SQL_people_candidate_by_id,
						&SQL_people_user_by_login,
						&SQL_people_area_find,
						&SQL_people_login_taken,
						&SQL_people_q_person};
	struct book b;
	struct err e = {0};
	if (t->engine != DB_SQLITE)
		return;
	book_open(&b, t);
	struct db *db = ledger_db(b.l);
	for (size_t i = 0; i < ARRAY_N(hot); i++) {
		struct str text = arena_printf(&b.a, "EXPLAIN QUERY PLAN %s", hot[i]->sqlite);
		struct sql explain = {.name = "explain", .sqlite = text.p, .index = SQL__N};
		testdb_ok(db_query(db, &explain, NO_PARAMS, &e), &e);
		while (db_next(db))
			if (str_ends(db_text(db, 3), STR("(county=?)")) ||
			    str_starts(db_text(db, 3), STR("SCAN p")))
				fail_msg("%s: %.*s", hot[i]->name, STR_ARG(db_text(db, 3)));
		testdb_ok(db_stop(db, &e), &e);
	}
	book_close(&b);
}

#define ON_EACH(body) \
	static void test_##body(void **state) \
	{ \
		(void)state; \
		testdb_each(body); \
	}
ON_EACH(dated_register)
ON_EACH(tags)
ON_EACH(documents)
ON_EACH(merges)
ON_EACH(duplicates)
ON_EACH(opened_and_erased)
ON_EACH(candidates)
ON_EACH(areas)
static void test_real_directories(void **state)
{
	char path[512];
	(void)state;
	if (access(directory("yuncheng_2016_adcode.csv", path, sizeof path), R_OK) != 0) {
		print_message("skipped: %s is not here\n", path);
		skip();
	}
	testdb_each(real_directories);
}
ON_EACH(users)
ON_EACH(any_order)
ON_EACH(statements)
ON_EACH(plans)

int main(void)
{
	struct err e;
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements),       cmocka_unit_test(test_plans),
		cmocka_unit_test(test_dated_register),   cmocka_unit_test(test_tags),
		cmocka_unit_test(test_documents),        cmocka_unit_test(test_merges),
		cmocka_unit_test(test_duplicates),       cmocka_unit_test(test_opened_and_erased),
		cmocka_unit_test(test_candidates),       cmocka_unit_test(test_areas),
		cmocka_unit_test(test_real_directories), cmocka_unit_test(test_users),
		cmocka_unit_test(test_any_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
