/* SPDX-License-Identifier: Apache-2.0
 *
 * Orders: the rules that stand alone, every order of arrival of what is said about one order, tokens, certificates. What an
 * epidemiologist would ask stands in tests/scenarios/orders.
 */
#include "domain/orders/orders.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cm.h"
#include "core/caltime.h"
#include "core/qr.h"
#include "domain/orders/certificate.h"
#include "ledger/keyring.h"
#include "sql.gen.h"
#include "world.h"

static const struct protocol *edition(const char *id)
{
	const struct protocol *p = protocol_book_find(world_protocols(), str_of(id));
	assert_non_null(p);
	return p;
}

static int64_t instant(const char *text)
{
	int64_t at;
	assert_true(caltime_parse(str_of(text), &at));
	return at;
}

/* ---- rules ------------------------------------------------------------------------------------------------------------ */

static void bounds(void **state)
{
	(void)state;
	int64_t from = instant("2022-07-02T09:00");
	assert_int_equal(orders_latest_end(edition("cn-covid19-9"), from), instant("2022-07-13"));
	assert_int_equal(orders_latest_end(edition("cn-covid19-20-measures"), from), instant("2022-07-11"));
	assert_int_equal(orders_latest_end(edition("ebola-who"), from), instant("2022-07-24"));
	struct protocol none = {0};
	assert_int_equal(orders_latest_end(&none, from), instant("2022-07-17")); /* our default of 14 days */
	/* every edition of the program bounds an order to less than a year */
	const struct protocol_book *book = world_protocols();
	for (size_t i = 0; i < book->n; i++)
		assert_in_range(orders_latest_end(book->protocol[i], from) - from, MS_PER_DAY, 365 * MS_PER_DAY);
}

static void exits(void **state)
{
	(void)state;
	const struct protocol *v9 = edition("cn-covid19-9"), *v20 = edition("cn-covid19-20-measures"), *ebola = edition("ebola-who");
	assert_int_equal(orders_exit_policy(v9, ORDER_CENTRAL), EXIT_NONE);
	assert_int_equal(orders_exit_policy(v9, ORDER_HOME), EXIT_NONE);
	assert_int_equal(orders_exit_policy(v9, ORDER_MONITORING), EXIT_APPROVED);
	assert_int_equal(orders_exit_policy(v20, ORDER_MONITORING), EXIT_APPROVED);
	assert_int_equal(orders_exit_policy(ebola, ORDER_CENTRAL), EXIT_NONE); /* silent */
	assert_int_equal(orders_exit_policy(NULL, ORDER_STAY), EXIT_APPROVED);
	assert_int_equal(orders_exit_policy(NULL, ORDER_HOSPITAL), EXIT_NONE);
}

static void tokens(void **state)
{
	(void)state;
	struct sys_sim sim;
	char a[ORDERS_TOKEN_N + 1], b[ORDERS_TOKEN_N + 1], d[ORDERS_DIGEST_N + 1], again[ORDERS_DIGEST_N + 1];
	sys_sim_init(&sim, 7, NOW);
	orders_page_token(&sim.sys, COUNTY, a);
	orders_page_token(&sim.sys, COUNTY, b);
	assert_int_equal(strlen(a), ORDERS_TOKEN_N);
	assert_string_not_equal(a, b);
	assert_int_equal(orders_page_county(str_of(a)), COUNTY);
	orders_page_digest(str_of(a), d);
	orders_page_digest(str_of(a), again);
	assert_string_equal(d, again);
	orders_page_digest(str_of(b), again);
	assert_string_not_equal(d, again);
	assert_null(strstr(d, a));
	assert_int_equal(orders_page_county(STR("short")), 0);
	assert_int_equal(orders_page_county(STR("????????????????????????????????")), 0);
	assert_int_equal(orders_page_county(STR_NONE), 0);
}

/* ---- any order of arrival -------------------------------------------------------------------------------------------------- */

#define EVENTS_N 5
static const struct {
	const char *kind;
	int hours; /* after the signature */
	const char *body;
} said[EVENTS_N] = {
	{"orders.order_signed", 0, "{'order':'%s','person':'%s','class':'home','end_at':%lld,'basis':'Notice 12','reason':'met'}"},
	{"orders.order_extended", 20, "{'order':'%s','person':'%s','end_at':%lld,'basis':'Notice 13','reason':'not tested'}"},
	{"orders.order_extended", 60, "{'order':'%s','person':'%s','end_at':%lld,'basis':'Notice 14','reason':'too late'}"},
	{"orders.order_lifted", 40, "{'order':'%s','person':'%s','reason':'well'}"},
	{"orders.order_signed", 30, "{'order':'%s','person':'%s','class':'central','end_at':%lld,'basis':'Notice 15','reason':'twice'}"},
};
static const int ends[EVENTS_N] = {24, 48, 96, 0, 90};

static int64_t of_row(struct world *w, int column)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	int64_t key = world_key(w, world_id("order", 1)), v = -1;
	testdb_ok(db_query(db, &SQL_orders_restriction_get, PARAMS(V_INT(COUNTY), V_INT(key)), &e), &e);
	if (db_next(db))
		v = db_int(db, column);
	testdb_ok(db_stop(db, &e), &e);
	return v;
}

static void arrive(struct world *w, const int *turn)
{
	int64_t t0 = NOW - HOURS(100);
	for (int i = 0; i < EVENTS_N; i++) {
		int k = turn[i];
		long long end = (long long)(t0 + HOURS(ends[k]));
		world_put(w, said[k].kind, VILLAGE_A, t0 + HOURS(said[k].hours), said[k].body, NAME("order", 1), NAME("person", 1), end);
	}
	/* the second signature and the extension after the lifting do not count; the first extension does, for it came in time */
	assert_int_equal(of_row(w, 1), ORDER_HOME);
	assert_int_equal(of_row(w, 3), t0 + HOURS(48));
	assert_int_equal(of_row(w, 5), t0 + HOURS(40));
	struct world_duty d = world_duty(w, "orders.decide_end", world_id("person", 1), world_id("order", 1));
	assert_int_equal(d.state, 2);
	assert_int_equal(d.done_at, t0 + HOURS(40));
	d = world_duty(w, "orders.conflict", world_id("person", 1), world_id("order", 1));
	assert_int_equal(d.state, 1);
	assert_int_equal(d.from_at, t0 + HOURS(60));
}

/* All 120 orders on SQLite, one on PostgreSQL, where making a world takes seconds. */
static void permute(enum db_engine engine, int *turn, int n, int step, int *count)
{
	if (n == 1) {
		struct world w;
		if (++*count % step == 0 && world_open(&w, engine, 1)) {
			arrive(&w, turn);
			if (engine == DB_SQLITE) /* test_replay.c rebuilds on both */
				world_rebuilt_same(&w, (uint64_t)*count);
			world_close(&w);
		}
		return;
	}
	for (int i = 0; i < n; i++) {
		int swap = turn[i];
		turn[i] = turn[n - 1];
		turn[n - 1] = swap;
		permute(engine, turn, n - 1, step, count);
		swap = turn[i];
		turn[i] = turn[n - 1];
		turn[n - 1] = swap;
	}
}

static void any_order(void **state)
{
	(void)state;
	int turn[EVENTS_N] = {0, 1, 2, 3, 4}, count = 0;
	permute(DB_SQLITE, turn, EVENTS_N, 1, &count);
	assert_int_equal(count, 120);
	count = 0;
	permute(DB_POSTGRES, turn, EVENTS_N, 120, &count);
}

static void answers_before_questions(struct world *w)
{
	int64_t t = NOW - HOURS(10);
	world_put(w, "orders.help_answered", VILLAGE_A, t + HOURS(2), "{'help':'%s','person':'%s','outcome':'done'}", NAME("help", 1), NAME("person", 1));
	assert_int_equal(world_duty(w, "orders.answer_help", world_id("person", 1), world_id("help", 1)).state, 0);
	world_put(w, "orders.help_asked", VILLAGE_A, t, "{'help':'%s','person':'%s','kind':'medicine'}", NAME("help", 1), NAME("person", 1));
	struct world_duty d = world_duty(w, "orders.answer_help", world_id("person", 1), world_id("help", 1));
	assert_int_equal(d.state, 2);
	assert_int_equal(d.done_at, t + HOURS(2));
	/* an older report of the same request says that it was an emergency */
	world_put(w, "orders.help_asked", VILLAGE_A, t - HOURS(1), "{'help':'%s','person':'%s','kind':'medical_emergency'}", NAME("help", 1),
		  NAME("person", 2));
	assert_int_equal(world_duty(w, "orders.answer_help", world_id("person", 1), world_id("help", 1)).state, 0);
	assert_int_equal(world_duty(w, "orders.emergency", world_id("person", 2), world_id("help", 1)).state, 2);
	if (w->t.engine == DB_SQLITE)
		world_rebuilt_same(w, 1);
}

static void questions(void **state)
{
	(void)state;
	world_each(answers_before_questions);
}

/* ---- the page of a person who was erased --------------------------------------------------------------------------------------- */

static bool page_open(struct world *w, const char *digest, int64_t now)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	testdb_ok(db_query(db, &SQL_orders_page_of, PARAMS(V_INT(COUNTY), V_TEXT(str_of(digest)), V_INT(now)), &e), &e);
	bool found = db_next(db);
	testdb_ok(db_stop(db, &e), &e);
	return found;
}

static void pages_close(struct world *w)
{
	char token[ORDERS_TOKEN_N + 1], digest[ORDERS_DIGEST_N + 1];
	for (int i = 1; i <= 3; i++) {
		orders_page_token(&w->sim.sys, COUNTY, token);
		orders_page_digest(str_of(token), digest);
		world_put(w, "orders.page_issued", VILLAGE_A, NOW, "{'page':'%s','person':'%s','digest':'%s'}", NAME("page", i), NAME("person", i), digest);
		assert_true(page_open(w, digest, NOW));
		assert_false(page_open(w, digest, NOW - 1));
		assert_false(page_open(w, digest, NOW + ORDERS_PAGE_DAYS * MS_PER_DAY));
		if (i == 1)
			world_put(w, "orders.page_revoked", VILLAGE_A, NOW, "{'page':'%s','person':'%s'}", NAME("page", i), NAME("person", i));
		else if (i == 2)
			world_put(w, "house.subject_erased", VILLAGE_A, NOW, "{'subject':'%s','rule':'retention'}", NAME("person", i));
		assert_int_equal(page_open(w, digest, NOW), i == 3);
	}
	struct err e;
	assert_int_equal(world_try(w, &e, "orders.page_issued", VILLAGE_A, NOW, "{'page':'%s','person':'%s','digest':'%064d'}", NAME("page", 4),
				   NAME("person", 1), 0), OK);
	assert_int_equal(world_try(w, &e, "orders.page_issued", VILLAGE_A, NOW, "{'page':'%s','person':'%s','digest':'%063dX'}", NAME("page", 5),
				   NAME("person", 1), 0), ERR_BAD_VALUE);
	/* freed all the same, without words that nobody can keep */
	world_put(w, "orders.order_signed", VILLAGE_A, NOW,
		  "{'order':'%s','person':'%s','class':'home','end_at':%lld,'basis':'Notice 12','evidence':['%s']}",
		  NAME("order", 9), NAME("person", 2), (long long)(NOW + HOURS(20)), NAME("page", 1));
	world_put(w, "orders.order_lifted", VILLAGE_A, NOW + 1000, "{'order':'%s','person':'%s'}", NAME("order", 9), NAME("person", 2));
}

static void pages(void **state)
{
	(void)state;
	world_each(pages_close);
}

/* ---- certificates ---------------------------------------------------------------------------------------------------------------- */

static struct certificate_key key_of_seed(uint8_t n)
{
	struct certificate_key k;
	uint8_t seed[32] = {n};
	crypto_sign_seed_keypair(k.public, k.secret, seed);
	return k;
}

static struct certificate sample(void)
{
	struct certificate c = {.kind = CERTIFICATE_RELEASE, .county = COUNTY, .id = world_id("certificate", 1), .issued_s = NOW / 1000,
				.expires_s = NOW / 1000 + 86400, .detail = ORDER_HOME, .happened_s = NOW / 1000 - 3600, .edition = "cn-covid19-9"};
	certificate_holder_hash(c.id, STR("123X"), c.holder);
	return c;
}

#define READ(text, now) certificate_read(str_of(text), (const uint8_t(*)[CERTIFICATE_PUBLIC_N]) & k.public, 1, now, &out)

static void signing(void **state)
{
	(void)state;
	struct certificate_key k = key_of_seed(1), other = key_of_seed(2);
	struct certificate c = sample(), out = {0};
	char text[CERTIFICATE_TEXT_MAX], bad[CERTIFICATE_TEXT_MAX + 8];
	certificate_sign(&k, &c, text);
	assert_in_range(strlen(text), 100, 200);
	assert_int_equal(READ(text, NOW), CERTIFICATE_VALID);
	assert_memory_equal(&out.id, &c.id, sizeof c.id);
	assert_memory_equal(out.holder, c.holder, sizeof c.holder);
	assert_string_equal(out.edition, "cn-covid19-9");
	assert_int_equal(out.county, COUNTY);
	assert_int_equal(out.detail, ORDER_HOME);
	assert_int_equal(out.happened_s, c.happened_s);
	/* refused with a reason */
	assert_int_equal(READ(text, NOW + 86400000), CERTIFICATE_EXPIRED);
	assert_int_equal(READ(text, NOW + 86399000), CERTIFICATE_VALID);
	assert_int_equal(READ(text, NOW - HOURS(1)), CERTIFICATE_NOT_YET);
	assert_int_equal(certificate_read(str_of(text), (const uint8_t(*)[CERTIFICATE_PUBLIC_N]) & other.public, 1, NOW, &out), CERTIFICATE_UNKNOWN_KEY);
	assert_int_equal(certificate_read(str_of(text), NULL, 0, NOW, &out), CERTIFICATE_UNKNOWN_KEY);
	/* made by somebody else who claims our key: same bytes, other signature */
	struct certificate_key liar = other;
	memcpy(liar.public, k.public, sizeof liar.public);
	certificate_sign(&liar, &c, bad);
	assert_int_equal(READ(bad, NOW), CERTIFICATE_FORGED);
	/* every single character changed: never valid */
	for (size_t i = 0; text[i]; i++) {
		strcpy(bad, text);
		bad[i] = bad[i] == 'A' ? 'B' : 'A';
		assert_int_not_equal(READ(bad, NOW), CERTIFICATE_VALID);
	}
	/* cut at every place, and with more behind it */
	for (size_t i = 0; i < strlen(text); i++)
		assert_int_not_equal(certificate_read((struct str){text, i}, (const uint8_t(*)[CERTIFICATE_PUBLIC_N]) & k.public, 1, NOW, &out), CERTIFICATE_VALID);
	snprintf(bad, sizeof bad, "%sAAAA", text);
	assert_int_equal(READ(bad, NOW), CERTIFICATE_NOT_ONE);
	assert_int_equal(READ("", NOW), CERTIFICATE_NOT_ONE);
	assert_int_equal(READ("https://example.org/", NOW), CERTIFICATE_NOT_ONE);
	assert_int_equal(READ("SUSHUI1:", NOW), CERTIFICATE_NOT_ONE);
	/* the signature alone of another purpose does not fit: the context is signed too */
	uint8_t sig[64];
	crypto_sign_detached(sig, NULL, (const uint8_t *)"x", 1, k.secret);
	for (int v = CERTIFICATE_VALID; v <= CERTIFICATE_NOT_YET; v++) {
		assert_true(strlen(certificate_verdict_text((enum certificate_verdict)v, "en")) > 4);
		assert_string_not_equal(certificate_verdict_text((enum certificate_verdict)v, "zh"), certificate_verdict_text((enum certificate_verdict)v, "en"));
	}
}

static void holders(void **state)
{
	(void)state;
	uint8_t a[CERTIFICATE_HOLDER_N], b[CERTIFICATE_HOLDER_N];
	struct id one = world_id("certificate", 1), two = world_id("certificate", 2);
	certificate_holder_hash(one, STR("123X"), a);
	certificate_holder_hash(one, STR(" 12 3x "), b);
	assert_memory_equal(a, b, sizeof a);
	certificate_holder_hash(one, STR("1234"), b);
	assert_memory_not_equal(a, b, sizeof a);
	certificate_holder_hash(two, STR("123X"), b); /* two certificates of one person show nothing in common */
	assert_memory_not_equal(a, b, sizeof a);
}

static void key_file(void **state)
{
	(void)state;
	char dir[] = "/tmp/sushui-key.XXXXXX", keyring[64], path[80];
	struct certificate_key a, b;
	struct err e = {0};
	struct stat st;
	uint8_t public[CERTIFICATE_PUBLIC_N];
	char text[CERTIFICATE_PUBLIC_TEXT_N + 1], id[9];
	assert_non_null(mkdtemp(dir));
	snprintf(keyring, sizeof keyring, "%s/keyring", dir);
	snprintf(path, sizeof path, "%s.sign", keyring);
	testdb_ok(certificate_key_load(keyring, sys_real(), &a, &e), &e);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 32);
	testdb_ok(certificate_key_load(keyring, sys_real(), &b, &e), &e);
	assert_memory_equal(a.public, b.public, sizeof a.public);
	certificate_public_text(a.public, text, id);
	assert_true(certificate_public_parse(str_of(text), public));
	assert_memory_equal(public, a.public, sizeof public);
	assert_false(certificate_public_parse(STR("abc"), public));
	/* a file that others may read, and one that is no key */
	chmod(path, 0644);
	assert_int_equal(certificate_key_load(keyring, sys_real(), &b, &e), ERR_KEYRING);
	chmod(path, 0600);
	assert_int_equal(truncate(path, 31), 0);
	assert_int_equal(certificate_key_load(keyring, sys_real(), &b, &e), ERR_KEYRING);
	unlink(path);
	rmdir(dir);
}

/* What was issued is signed by what is known now: never after the ground is gone. */
static void issued(struct world *w)
{
	struct err e = {0};
	struct keyring *keyring = NULL;
	struct certificate_key k = key_of_seed(3);
	struct certificate c, out;
	char text[CERTIFICATE_TEXT_MAX];
	struct certificate_asked asked = {.county = COUNTY, .certificate = world_id("certificate", 1), .area_hi = INT64_MAX, .now_ms = NOW};
	world_put(w, "orders.order_signed", VILLAGE_A, NOW - HOURS(30),
		  "{'order':'%s','person':'%s','class':'home','end_at':%lld,'basis':'Notice 12','reason':'met'}",
		  NAME("order", 1), NAME("person", 1), (long long)(NOW + HOURS(20)));
	assert_int_equal(world_try(w, &e, "orders.certificate_issued", VILLAGE_A, NOW, "{'certificate':'%s','person':'%s','kind':'release','holder':'123X'}",
				   NAME("certificate", 1), NAME("person", 1)), ERR_NOT_ALLOWED);
	/* a device without a line issued it all the same: the fact is kept, and nothing is signed for it */
	world_put(w, "orders.certificate_issued", VILLAGE_A, NOW - HOURS(1), "{'certificate':'%s','person':'%s','kind':'release','holder':'123X'}",
		  NAME("certificate", 1), NAME("person", 1));
	testdb_ok(keyring_open(&keyring, w->keyring, DB_READER, &w->sim.sys, &e), &e);
	assert_int_equal(certificate_make(ledger_db(w->l), keyring, &w->a, &asked, &k, &c, text, &e), ERR_NOT_ALLOWED);
	world_put(w, "orders.order_lifted", VILLAGE_A, NOW, "{'order':'%s','person':'%s','reason':'well'}", NAME("order", 1), NAME("person", 1));
	testdb_ok(certificate_make(ledger_db(w->l), keyring, &w->a, &asked, &k, &c, text, &e), &e);
	assert_int_equal(READ(text, NOW), CERTIFICATE_VALID);
	assert_int_equal(out.happened_s, NOW / 1000);
	assert_int_equal(out.expires_s - out.issued_s, ORDERS_RELEASE_DAYS * 86400);
	uint8_t hash[CERTIFICATE_HOLDER_N];
	certificate_holder_hash(asked.certificate, STR("123x"), hash);
	assert_memory_equal(hash, out.holder, sizeof hash);
	/* who may not see that area gets none; what was not issued neither */
	asked.area_lo = VILLAGE_B;
	assert_int_equal(certificate_make(ledger_db(w->l), keyring, &w->a, &asked, &k, &c, text, &e), ERR_OUT_OF_AREA);
	asked.area_lo = 0;
	asked.certificate = world_id("certificate", 2);
	assert_int_equal(certificate_make(ledger_db(w->l), keyring, &w->a, &asked, &k, &c, text, &e), ERR_NOT_FOUND);
	keyring_close(&keyring);
	/* after an erasure the holder's words are gone */
	world_put(w, "house.subject_erased", VILLAGE_A, NOW, "{'subject':'%s','rule':'retention'}", NAME("person", 1));
	testdb_ok(keyring_open(&keyring, w->keyring, DB_READER, &w->sim.sys, &e), &e);
	asked.certificate = world_id("certificate", 1);
	assert_int_equal(certificate_make(ledger_db(w->l), keyring, &w->a, &asked, &k, &c, text, &e), ERR_ERASED);
	keyring_close(&keyring);
}

static void issuing(void **state)
{
	(void)state;
	world_each(issued);
}

static void codes(void **state)
{
	(void)state;
	struct buf b;
	char text[QR_TEXT_MAX + 2];
	buf_init(&b, 0);
	assert_true(qr_svg(&b, STR("SUSHUI1:abc"), "code"));
	assert_true(world_has(buf_str(&b), "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 29 29\""));
	buf_reset(&b);
	assert_true(qr_terminal(&b, STR("SUSHUI1:abc")));
	assert_int_equal(world_count(buf_str(&b), "\n"), 15);
	buf_reset(&b);
	memset(text, 'a', sizeof text);
	assert_false(qr_svg(&b, (struct str){text, QR_TEXT_MAX + 1}, "code"));
	assert_true(qr_svg(&b, (struct str){text, QR_TEXT_MAX}, "code"));
	buf_reset(&b);
	assert_false(qr_terminal(&b, STR_NONE));
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

int main(void)
{
	struct err e;
	if (sodium_init() < 0 || caltime_zone(STR("Asia/Shanghai"), &e) != OK)
		return 1;
	ledger_register_kinds();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds), cmocka_unit_test(exits),   cmocka_unit_test(tokens),  cmocka_unit_test(any_order),
		cmocka_unit_test(questions), cmocka_unit_test(pages), cmocka_unit_test(signing), cmocka_unit_test(holders),
		cmocka_unit_test(key_file), cmocka_unit_test(issuing), cmocka_unit_test(codes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
