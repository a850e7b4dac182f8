/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole server over real sockets: facts and their verdicts, who may do what, signing in, events, personal data, faults, restart.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appbox.h"
#include "cm.h"
#include "ledger/query.h"

static struct appbox box; /* one server for the tests that do not stop it */
static char officer[200];

static bool has(struct str text, const char *part)
{
	return memmem(text.p ? text.p : "", text.n, part, strlen(part)) != NULL;
}

static int count_of(struct str text, const char *part)
{
	int n = 0;
	size_t k = strlen(part);
	for (const char *p; (p = memmem(text.p, text.n, part, k)); n++) {
		size_t skip = (size_t)(p - text.p) + k;
		text = (struct str){text.p + skip, text.n - skip};
	}
	return n;
}

static int64_t number_of(struct str text, const char *key)
{
	char pattern[64];
	snprintf(pattern, sizeof pattern, "\"%s\":", key);
	const char *p = memmem(text.p, text.n, pattern, strlen(pattern));
	return p ? strtoll(p + strlen(pattern), NULL, 10) : -1;
}

static void expect(const struct reply *r, int status, const char *part)
{
	if (r->status != status || !has(r->body, part))
		fail_msg("%d with %s is expected, this came: %d %.*s", status, part, r->status, r->body.n > 2000 ? 2000 : (int)r->body.n, r->body.p);
}

static int64_t now(void)
{
	return box.sys.now_ms(box.sys.ctx);
}

/* A fact as JSON, ' for ". */
static void put_fact(struct buf *b, char family, int n, const char *kind, bool outbreak, int64_t area, const char *fmt, ...)
{
	char body[4000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	size_t from = b->n;
	buf_printf(b, "{'id':'%s','kind':'%s','area':'%012lld','at':%lld,", box_name(family, n), kind, (long long)area, (long long)now() - 1000);
	if (outbreak)
		buf_printf(b, "'outbreak':'%s',", box_name('o', 1));
	buf_printf(b, "'body':%s}", body);
	for (size_t i = from; i < b->n; i++)
		if (b->p[i] == '\'')
			b->p[i] = '"';
}

static void put_person(struct buf *b, int n, int64_t area)
{
	put_fact(b, 'f', n, "people.person_registered", false, area, "{'person':'%s','household':'%s','name':'Person %d'}", box_name('p', n),
		 box_name('h', n / 3), n);
}

/* ---- facts ------------------------------------------------------------------------------------------------------------ */

static void one_fact(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct buf b;
	buf_init(&b, 0);
	client_open(&c, box.port);
	put_person(&b, 1, BOX_VILLAGE);
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	expect(&r, 200, "\"ok\":true");
	expect(&r, 200, "\"duplicate\":false");
	int64_t seq = number_of(r.body, "seq");
	assert_true(seq > 0);
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	expect(&r, 200, "\"duplicate\":true");
	assert_int_equal(number_of(r.body, "seq"), seq);

	/* the same id with another content */
	buf_reset(&b);
	put_fact(&b, 'f', 1, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'Other'}", box_name('p', 1),
		 box_name('h', 0));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	expect(&r, 409, "\"code\":\"id_reused\"");

	/* a single refused fact has the status of its error, and the place of it */
	buf_reset(&b);
	put_fact(&b, 'f', 2, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'A','colour':'blue'}",
		 box_name('p', 2), box_name('h', 0));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	expect(&r, 422, "\"at\":\"/body/colour\"");
	expect(&r, 422, "\"code\":\"unknown_field\"");
	expect(&r, 422, box_name('f', 2));
	client_close(&c);
	buf_done(&b);
}

static void batches(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct buf b;
	buf_init(&b, 0);
	client_open(&c, box.port);
	/* each its own verdict, in order; the good ones are kept */
	buf_add_c(&b, "{\"facts\":[");
	for (int i = 0; i < 100; i++) {
		if (i)
			buf_add_byte(&b, ',');
		if (i % 10 == 7)
			put_fact(&b, 'b', i, "people.person_registered", false, BOX_VILLAGE, "{'household':'%s','name':'A'}", box_name('h', 1));
		else
			put_fact(&b, 'b', i, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'A'}",
				 box_name('q', i), box_name('h', 1));
	}
	buf_add_c(&b, "]}");
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	expect(&r, 207, "\"kept\":90,\"duplicates\":0,\"refused\":10");
	assert_int_equal(count_of(r.body, "\"ok\":true"), 90);
	assert_int_equal(count_of(r.body, "\"code\":\"missing_field\",\"at\":\"/body/person\""), 10);
	struct str rest = r.body;
	for (int i = 0; i < 100; i++) {
		const char *p = memmem(rest.p, rest.n, box_name('b', i), ID_TEXT_N);
		assert_non_null(p);
		rest.n -= (size_t)(p - rest.p);
		rest.p = p;
	}
	client_close(&c);
	buf_done(&b);
}

/* ---- queries ----------------------------------------------------------------------------------------------------------- */

static void queries(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char village[200];
	client_open(&c, box.port);
	client_ask(&c, &r, "GET", "/api/house/outbreaks", officer, STR_NONE);
	expect(&r, 200, "\"edition\":\"cn-covid19-9\"");
	client_ask(&c, &r, "GET", "/api/people/users?limit=2&offset=1", officer, STR_NONE);
	expect(&r, 403, "USERS");
	appbox_sign_in(&box, "system_admin", village);
	client_ask(&c, &r, "GET", "/api/people/users?limit=2&offset=1", village, STR_NONE);
	expect(&r, 200, "\"more\":true");
	assert_int_equal(count_of(r.body, "\"login\""), 2);
	client_ask(&c, &r, "GET", "/api/people/users?format=csv&lang=en", village, STR_NONE);
	expect(&r, 200, "user,");
	assert_true(str_eq_c(reply_header(&r, "Content-Type"), "text/csv; charset=utf-8"));
	assert_true(has(reply_header(&r, "Content-Disposition"), "people.users.csv"));
	client_ask(&c, &r, "GET", "/api/house/outbreaks?colour=blue", officer, STR_NONE);
	expect(&r, 422, "\"at\":\"colour\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?limit=x", officer, STR_NONE);
	expect(&r, 422, "\"at\":\"limit\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?format=xml", officer, STR_NONE);
	expect(&r, 422, "\"at\":\"format\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?area=140827000000", officer, STR_NONE);
	expect(&r, 403, "out_of_area");
	client_ask(&c, &r, "GET", "/api/house/nothing", officer, STR_NONE);
	expect(&r, 404, "not_found");
	client_close(&c);
}

/* ---- signing in ---------------------------------------------------------------------------------------------------------- */

#define JSON_TYPE "Content-Type: application/json\r\n"

static void signing_in(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char cookie[200], headers[400];
	client_open(&c, box.port);
	client_ask(&c, &r, "GET", "/api/me", NULL, STR_NONE);
	expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"wrong password\"}"));
	expect(&r, 401, "bad_login");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"nobody\",\"password\":\"" BOX_PASSWORD "\"}"));
	expect(&r, 401, "bad_login");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\",\"role\":\"officer\"}"));
	expect(&r, 422, "/role");
	client_ask(&c, &r, "POST", "/api/sign-in", NULL, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	expect(&r, 400, "Content-Type");

	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	expect(&r, 200, "\"TRACE\"");
	expect(&r, 200, "\"area\":\"140826000000\"");
	assert_false(has(r.body, "token"));
	struct str set = reply_header(&r, "Set-Cookie");
	assert_true(str_starts(set, STR("sushui=")) && has(set, "; HttpOnly") && has(set, "; SameSite=Strict") && has(set, "; Path=/"));
	snprintf(cookie, sizeof cookie, "Cookie: %.*s\r\n", 7 + 43, set.p);
	client_ask(&c, &r, "GET", "/api/me", cookie, STR_NONE);
	expect(&r, 200, box_name('u', 3 * ROLE_tracer + 1));

	/* another site can make a browser send the cookie, but not the header */
	snprintf(headers, sizeof headers, "%s" JSON_TYPE, cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	expect(&r, 403, "X-Sushui");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "Sec-Fetch-Site: cross-site\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	expect(&r, 403, "X-Sushui");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "Sec-Fetch-Site: same-origin\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	expect(&r, 422, "/facts");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "X-Sushui: 1\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	expect(&r, 422, "/facts");

	client_ask(&c, &r, "POST", "/api/sign-out", headers, STR_NONE);
	assert_int_equal(r.status, 204);
	assert_true(has(reply_header(&r, "Set-Cookie"), "Max-Age=0"));
	client_ask(&c, &r, "GET", "/api/me", cookie, STR_NONE);
	expect(&r, 401, "not_signed_in");
	client_close(&c);
}

int main(void)
{
	appbox_make(&box, NULL, NULL);
	appbox_start(&box);
	appbox_sign_in(&box, "officer", officer);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fact),
		cmocka_unit_test(batches),
		cmocka_unit_test(queries),
		cmocka_unit_test(signing_in),
	};
	int failed = cmocka_run_group_tests_name("app", tests, NULL, NULL);
	int status = appbox_stop(&box, SIGTERM);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "the server ended with status %d\n", status);
		failed++;
	}
	appbox_remove(&box);
	return failed;
}
