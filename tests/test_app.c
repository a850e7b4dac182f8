/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole server over real sockets: facts and their verdicts, who may do what, signing in, events, personal data, faults, restart.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appbox.h"
#include "cm.h"
#include "ledger/query.h"
#include "testdb.h"

static struct appbox box; /* one server for the tests that do not stop it */
static char officer[200];

static void put_person(struct buf *b, int n, int64_t area)
{
	box_fact(&box, b, 'f', n, "people.person_registered", false, area, "{'person':'%s','household':'%s','name':'Person %d'}", box_name('p', n),
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
	reply_expect(&r, 200, "\"ok\":true");
	reply_expect(&r, 200, "\"duplicate\":false");
	int64_t seq = text_number(r.body, "seq");
	assert_true(seq > 0);
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 200, "\"duplicate\":true");
	assert_int_equal(text_number(r.body, "seq"), seq);

	/* the same id with another content */
	buf_reset(&b);
	box_fact(&box, &b, 'f', 1, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'Other'}", box_name('p', 1),
		 box_name('h', 0));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 409, "\"code\":\"id_reused\"");

	/* a single refused fact has the status of its error, and the place of it */
	buf_reset(&b);
	box_fact(&box, &b, 'f', 2, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'A','colour':'blue'}",
		 box_name('p', 2), box_name('h', 0));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 422, "\"at\":\"/body/colour\"");
	reply_expect(&r, 422, "\"code\":\"unknown_field\"");
	reply_expect(&r, 422, box_name('f', 2));
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
		if (i % 10 == 7)
			box_fact(&box, &b, 'b', i, "people.person_registered", false, BOX_VILLAGE, "{'household':'%s','name':'A'}", box_name('h', 1));
		else
			box_fact(&box, &b, 'b', i, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'A'}",
				 box_name('q', i), box_name('h', 1));
	}
	buf_add_c(&b, "]}");
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 207, "\"kept\":90,\"duplicates\":0,\"refused\":10");
	assert_int_equal(text_count(r.body, "\"ok\":true"), 90);
	assert_int_equal(text_count(r.body, "\"code\":\"missing_field\",\"at\":\"/body/person\""), 10);
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
	reply_expect(&r, 200, "\"edition\":\"cn-covid19-9\"");
	client_ask(&c, &r, "GET", "/api/people/users?limit=2&offset=1", officer, STR_NONE);
	reply_expect(&r, 403, "USERS");
	appbox_sign_in(&box, "system_admin", village);
	client_ask(&c, &r, "GET", "/api/people/users?limit=2&offset=1", village, STR_NONE);
	reply_expect(&r, 200, "\"more\":true");
	assert_int_equal(text_count(r.body, "\"login\""), 2);
	client_ask(&c, &r, "GET", "/api/people/users?format=csv&lang=en", village, STR_NONE);
	reply_expect(&r, 200, "user,");
	assert_true(str_eq_c(reply_header(&r, "Content-Type"), "text/csv; charset=utf-8"));
	assert_true(text_has(reply_header(&r, "Content-Disposition"), "people.users.csv"));
	client_ask(&c, &r, "GET", "/api/house/outbreaks?colour=blue", officer, STR_NONE);
	reply_expect(&r, 422, "\"at\":\"colour\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?limit=x", officer, STR_NONE);
	reply_expect(&r, 422, "\"at\":\"limit\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?format=xml", officer, STR_NONE);
	reply_expect(&r, 422, "\"at\":\"format\"");
	client_ask(&c, &r, "GET", "/api/house/outbreaks?area=140827000000", officer, STR_NONE);
	reply_expect(&r, 403, "out_of_area");
	client_ask(&c, &r, "GET", "/api/house/nothing", officer, STR_NONE);
	reply_expect(&r, 404, "not_found");
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
	reply_expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"wrong password\"}"));
	reply_expect(&r, 401, "bad_login");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"nobody\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 401, "bad_login");
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\",\"role\":\"officer\"}"));
	reply_expect(&r, 422, "/role");
	client_ask(&c, &r, "POST", "/api/sign-in", NULL, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 400, "Content-Type");

	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 200, "\"TRACE\"");
	reply_expect(&r, 200, "\"area\":\"140826000000\"");
	assert_false(text_has(r.body, "token"));
	struct str set = reply_header(&r, "Set-Cookie");
	assert_true(str_starts(set, STR("sushui=")) && text_has(set, "; HttpOnly") && text_has(set, "; SameSite=Strict") && text_has(set, "; Path=/"));
	snprintf(cookie, sizeof cookie, "Cookie: %.*s\r\n", 7 + 43, set.p);
	client_ask(&c, &r, "GET", "/api/me", cookie, STR_NONE);
	reply_expect(&r, 200, box_name('u', 3 * ROLE_tracer + 1));

	/* another site can make a browser send the cookie, but not the header */
	snprintf(headers, sizeof headers, "%s" JSON_TYPE, cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	reply_expect(&r, 403, "X-Sushui");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "Sec-Fetch-Site: cross-site\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	reply_expect(&r, 403, "X-Sushui");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "Sec-Fetch-Site: same-origin\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	reply_expect(&r, 422, "/facts");
	snprintf(headers, sizeof headers, "%s" JSON_TYPE "X-Sushui: 1\r\n", cookie);
	client_ask(&c, &r, "POST", "/api/facts", headers, STR("[]"));
	reply_expect(&r, 422, "/facts");

	client_ask(&c, &r, "POST", "/api/sign-out", headers, STR_NONE);
	assert_int_equal(r.status, 204);
	assert_true(text_has(reply_header(&r, "Set-Cookie"), "Max-Age=0"));
	client_ask(&c, &r, "GET", "/api/me", cookie, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_close(&c);
}

/* ---- bad input ------------------------------------------------------------------------------------------------------------ */

static void bad_bodies(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct buf b;
	char head[400];
	buf_init(&b, 0);
	client_open(&c, box.port);
	static const struct {
		const char *body;
		int status;
		const char *code;
	} rows[] = {
		{"{", 400, "bad_json"}, {"", 400, "bad_json"}, {"17", 422, "bad_value"}, {"null", 422, "bad_value"},
		{"{}", 422, "missing_field"}, {"[]", 422, "missing_field"}, {"{\"facts\":{}}", 422, "bad_value"}, {"{\"facts\":[]}", 422, "missing_field"},
		{"{\"facts\":[],\"more\":1}", 422, "unknown_field"}, {"[1]", 207, "bad_value"}, {"{\"id\":\"x\",\"id\":\"x\"}", 400, "duplicate_field"},
		{"[\"\xff\"]", 400, "bad_text"}, {"{\"facts\":[{\"kind\":\"nothing.done\",\"id\":\"01848000-0001-7000-8000-000000000161\",\"area\":\"140826000000\","
		 "\"at\":1,\"body\":{}}]}", 207, "unknown_kind"},
	};
	for (size_t i = 0; i < ARRAY_N(rows); i++) {
		client_ask(&c, &r, "POST", "/api/facts", officer, str_of(rows[i].body));
		reply_expect(&r, rows[i].status, rows[i].code);
	}
	/* a bomb of brackets, a bomb of empty facts, a bomb of small numbers that would not fit the memory of one request */
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&b, '[');
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 400, "too_deep");
	static const char *const bits[] = {"{}", "0", "[[]]"};
	for (size_t k = 0; k < ARRAY_N(bits); k++) {
		buf_reset(&b);
		buf_add_byte(&b, '[');
		while (b.n < 16 * 1024 * 1024 - 16) {
			buf_add_c(&b, bits[k]);
			buf_add_byte(&b, ',');
		}
		buf_add_c(&b, "0]");
		client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
		reply_expect(&r, 413, "too_large");
	}
	/* too long: refused before the body is read */
	snprintf(head, sizeof head, "POST /api/facts HTTP/1.1\r\nHost: a\r\n%sContent-Length: 16777217\r\n\r\n", officer);
	client_send_raw(&c, str_of(head));
	client_read(&c, &r);
	reply_expect(&r, 413, "too_large");
	/* without a session nothing is read at all */
	client_close(&c);
	client_open(&c, box.port);
	client_send_raw(&c, STR("POST /api/facts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"));
	client_read(&c, &r);
	reply_expect(&r, 401, "not_signed_in");
	client_close(&c);
	buf_done(&b);
}

static void large_batch(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct buf b;
	buf_init(&b, 0);
	client_open(&c, box.port);
	for (int round = 0; round < 2; round++) {
		buf_reset(&b);
		buf_add_byte(&b, '[');
		for (int i = 0; i < 5000; i++)
			box_fact(&box, &b, 'g', i, "people.person_registered", false, BOX_VILLAGE, "{'person':'%s','household':'%s','name':'A'}",
				 box_name('r', i), box_name('k', i / 3));
		buf_add_byte(&b, ']');
		/* `at` differs from round to round, so the second time every id is one that was used for another fact */
		client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
		if (round == 0)
			reply_expect(&r, 200, "\"kept\":5000,\"duplicates\":0,\"refused\":0");
		else
			reply_expect(&r, 207, "\"kept\":0,\"duplicates\":0,\"refused\":5000");
		if (round == 0) {
			client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
			reply_expect(&r, 200, "\"kept\":0,\"duplicates\":5000,\"refused\":0");
		}
	}
	client_close(&c);
	buf_done(&b);
}

/* ---- who may what ------------------------------------------------------------------------------------------------------------ */

static const char *const suffixes[] = {"", "_v", "_x"}; /* of the county, of one village, of another county */

static const struct json *ask_json(struct client *c, struct arena *a, const char *path)
{
	struct reply r;
	struct err e = {0};
	const struct json *root;
	client_ask(c, &r, "GET", path, officer, STR_NONE);
	reply_expect(&r, 200, "{");
	if (json_read(a, arena_str(a, r.body), &root, &e) != OK)
		fail_msg("%s: %s %s", path, e.at, e.what);
	return root;
}

static bool flag(const struct json *object, const char *name)
{
	return json_get(object, str_of(name))->type == JSON_TRUE;
}

/* The address with x for every {name}. */
static void address_of(struct str pattern, char out[300])
{
	size_t n = 0;
	bool inside = false;
	for (size_t i = 0; i < pattern.n && n < 299; i++) {
		if (pattern.p[i] == '{')
			out[n++] = 'x';
		inside = pattern.p[i] == '{' || (inside && pattern.p[i] != '}');
		if (!inside && pattern.p[i] != '}')
			out[n++] = pattern.p[i];
	}
	out[n] = 0;
}

/* One cell: a user of this role and place asks a route about the village, or another county's village. */
static void cell(struct client *c, const struct json *route, enum role role, int place, const char *headers, bool other_county)
{
	char path[340], address[300], method[8];
	struct reply r;
	struct str pattern = json_get(route, STR("path"))->s;
	bool query = str_eq_c(json_get(route, STR("method"))->s, "GET") && !flag(route, "public") &&
		     text_count(pattern, "/") == 3 && !text_has(pattern, "personal") && !text_has(pattern, "{");
	int right = 0;
	while (!str_eq_c(json_get(route, STR("right"))->s, right_name((enum right)right)))
		right++;
	bool may = flag(route, "public") || flag(route, "loopback") || (role_rights(role) & RIGHT_BIT(right));
	bool in_area = !query || other_county == (place == 2);
	str_to_c(json_get(route, STR("method"))->s, method, sizeof method);
	address_of(pattern, address);
	snprintf(path, sizeof path, "%s%s", address, !query ? "" : other_county ? "?area=140827105201" : "?area=140826105201");
	client_send(c, method, path, headers, str_eq_c(json_get(route, STR("method"))->s, "POST") ? STR("{}") : STR_NONE);
	client_read(c, &r);
	bool refused = r.status == 403 || r.status == 401;
	if (may && in_area ? refused : r.status != 403)
		fail_msg("%s%s, %s: %d %.*s", role_name(role), suffixes[place], path, r.status, STR_ARG(r.body));
	if (!may)
		reply_expect(&r, 403, "\"code\":\"forbidden\"");
	else if (!in_area)
		reply_expect(&r, 403, "\"code\":\"out_of_area\"");
}

static bool is_endless(const struct json *route)
{
	return str_eq_c(json_get(route, STR("path"))->s, "/api/events") || str_eq_c(json_get(route, STR("path"))->s, "/api/sign-out") ||
	       str_eq_c(json_get(route, STR("path"))->s, "/api/sign-in");
}

/* A body of this kind in which every required field has some value of its type. */
static void put_some_body(struct buf *b, const struct fact_kind *k, int n, const char *area)
{
	static char as[400]; /* a text as long as the field wants it */
	memset(as, 'a', sizeof as);
	json_open(b, '{');
	for (size_t i = 0; i < k->fields_n; i++) {
		const struct field *f = &k->fields[i];
		if (!(f->flags & REQUIRED) || (f->flags & DERIVED))
			continue;
		json_key(b, f->name);
		if (f->type == F_INT || f->type == F_REAL)
			json_i64(b, f->min > 1 ? f->min : 1);
		else if (f->type == F_BOOL)
			json_bool(b, true);
		else if (f->type == F_WORD)
			json_c(b, f->words[0]);
		else if (f->type == F_TIME)
			json_i64(b, box.sys.now_ms(box.sys.ctx));
		else if (f->type == F_DAY)
			json_c(b, "2022-11-20");
		else if (f->type == F_AREA)
			json_c(b, area);
		else if (f->type == F_ID)
			json_c(b, box_name((char)('A' + i), n));
		else if (f->type == F_IDS || f->type == F_AREAS || f->type == F_TEXTS)
			json_raw(b, f->type == F_IDS ? STR("[\"01848000-0001-7000-8000-0000000001ff\"]")
						     : f->type == F_AREAS ? arena_printf(&box.arena, "[\"%s\"]", area) : STR("[\"observer\"]"));
		else
			json_str(b, f->min > 8 ? (struct str){as, (size_t)f->min} : STR("some text"));
	}
	json_close(b, '}');
}

/* Every kind of fact, sent for the village and for the other county: right first, then area; nobody writes beyond his post. */
static int matrix_of_facts(struct client *c, enum role role, int place, const char *headers)
{
	struct buf b;
	struct reply r;
	static int n = 100000;
	int cells = 0;
	buf_init(&b, 0);
	for (size_t i = 0; fact_kind_at(i); i++)
		for (int other = 0; other < 2; other++) {
			const struct fact_kind *k = fact_kind_at(i);
			const char *area = other ? "140827105201" : "140826105201";
			buf_reset(&b);
			buf_printf(&b, "{\"id\":\"%s\",\"kind\":\"%s\",\"area\":\"%s\",\"at\":%lld,", box_name('m', n++), k->name,
				   area, (long long)box.sys.now_ms(box.sys.ctx) - 5000);
			if (k->outbreak)
				buf_printf(&b, "\"outbreak\":\"%s\",", box_name('o', 1));
			buf_add_c(&b, "\"body\":");
			put_some_body(&b, k, n, area);
			buf_add_byte(&b, '}');
			client_ask(c, &r, "POST", "/api/facts", headers, buf_str(&b));
			bool may = role_rights(role) & RIGHT_BIT(k->right), inside = other == (place == 2);
			bool forbidden = text_has(r.body, "\"at\":\"/kind\"") && r.status == 403;
			bool outside = text_has(r.body, "\"code\":\"out_of_area\"") && r.status == 403;
			if (forbidden != !may || (may && outside != !inside))
				fail_msg("%s%s, %s: %d %.*s", role_name(role), suffixes[place], k->name, r.status, STR_ARG(r.body));
			cells++;
		}
	buf_done(&b);
	return cells;
}

static void matrix(void **state)
{
	(void)state;
	struct client c;
	struct arena a;
	struct reply r;
	int cells = 0;
	arena_init(&a, 0);
	client_open(&c, box.port);
	const struct json *routes = json_get(ask_json(&c, &a, "/api/rights"), STR("routes"));
	assert_true(routes->n > 20);
	for (int role = 0; role < ROLE__N; role++)
		for (int place = 0; place < 3; place++) {
			char login[64], headers[200];
			snprintf(login, sizeof login, "%s%s", role_name((enum role)role), suffixes[place]);
			appbox_sign_in(&box, login, headers);
			JSON_EACH(route, routes) {
				for (int other = 0; other < 2 && !is_endless(route); other++, cells++)
					cell(&c, route, (enum role)role, place, headers, other);
			}
			cells += matrix_of_facts(&c, (enum role)role, place, headers);
		}
	/* nobody */
	JSON_EACH(route, routes) {
		char path[300], method[8];
		if (flag(route, "public") || flag(route, "loopback"))
			continue;
		address_of(json_get(route, STR("path"))->s, path);
		str_to_c(json_get(route, STR("method"))->s, method, sizeof method);
		client_ask(&c, &r, method, path, "Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG\r\n", STR_NONE);
		reply_expect(&r, 401, "not_signed_in");
		cells++;
	}
	print_message("%d cells\n", cells);
	client_close(&c);
	arena_done(&a);
}

/* ---- personal data ------------------------------------------------------------------------------------------------------------ */

static void personal_data(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct buf b;
	char body[600], community[200], sampler[200], auditor[200];
	buf_init(&b, 0);
	client_open(&c, box.port);
	box_fact(&box, &b, 's', 1, "people.person_registered", false, BOX_VILLAGE,
		 "{'person':'%s','household':'%s','name':'Quisling Zarathustra','phone':'13912345678'}", box_name('s', 100), box_name('t', 1));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 200, "\"ok\":true");
	buf_reset(&b);
	box_fact(&box, &b, 's', 2, "people.person_registered", false, BOX_OTHER_VILLAGE, "{'person':'%s','household':'%s','name':'Zebedee'}",
		 box_name('s', 101), box_name('t', 2));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 200, "\"ok\":true");
	appbox_sign_in(&box, "community_v", community);
	appbox_sign_in(&box, "sampler", sampler);
	appbox_sign_in(&box, "auditor", auditor);
	snprintf(body, sizeof body, "{\"subjects\":[\"%s\"],\"purpose\":\"visit of the household\"}", box_name('s', 100));
	client_ask(&c, &r, "POST", "/api/personal/open", community, str_of(body));
	reply_expect(&r, 200, "\"name\":\"Quisling Zarathustra\"");
	reply_expect(&r, 200, "\"phone\":\"13912345678\"");
	int64_t seq = text_number(r.body, "seq");
	client_ask(&c, &r, "POST", "/api/personal/open", sampler, str_of(body));
	reply_expect(&r, 403, "READ_PERSONAL");
	/* of the next village; unknown; without purpose; none at all */
	snprintf(body, sizeof body, "{\"subjects\":[\"%s\",\"%s\"],\"purpose\":\"visit of the household\"}", box_name('s', 100), box_name('s', 101));
	client_ask(&c, &r, "POST", "/api/personal/open", community, str_of(body));
	reply_expect(&r, 403, "\"at\":\"/subjects/1\"");
	snprintf(body, sizeof body, "{\"subjects\":[\"%s\"],\"purpose\":\"visit of the household\"}", box_name('s', 999));
	client_ask(&c, &r, "POST", "/api/personal/open", officer, str_of(body));
	reply_expect(&r, 404, "\"at\":\"/subjects/0\"");
	snprintf(body, sizeof body, "{\"subjects\":[\"%s\"]}", box_name('s', 100));
	client_ask(&c, &r, "POST", "/api/personal/open", officer, str_of(body));
	reply_expect(&r, 422, "\"at\":\"/purpose\"");
	client_ask(&c, &r, "POST", "/api/personal/open", officer, STR("{\"subjects\":[],\"purpose\":\"visit of the household\"}"));
	reply_expect(&r, 422, "\"at\":\"/subjects\"");

	/* exactly the one reading is on record, by whom and for what; the fact itself stands in the ledger */
	client_ask(&c, &r, "GET", "/api/house/reads", auditor, STR_NONE);
	reply_expect(&r, 200, box_name('u', 3 * ROLE_community + 2));
	reply_expect(&r, 200, "\"purpose\":\"visit of the household\"");
	assert_int_equal(text_count(r.body, "visit of the household"), 1);
	/* who audits a village sees the readings of its posts, not those of the county */
	snprintf(body, sizeof body, "{\"subjects\":[\"%s\"],\"purpose\":\"round of the county\"}", box_name('s', 101));
	client_ask(&c, &r, "POST", "/api/personal/open", officer, str_of(body));
	reply_expect(&r, 200, "Zebedee");
	appbox_sign_in(&box, "auditor_v", body);
	client_ask(&c, &r, "GET", "/api/house/reads", body, STR_NONE);
	reply_expect(&r, 200, "visit of the household");
	assert_false(text_has(r.body, "round of the county"));
	client_ask(&c, &r, "GET", "/api/house/reads", auditor, STR_NONE);
	reply_expect(&r, 200, "round of the county");
	snprintf(body, sizeof body, "/api/house/facts?after=%lld&kind=house.personal_opened", (long long)seq - 1);
	client_ask(&c, &r, "GET", body, auditor, STR_NONE);
	reply_expect(&r, 200, "house.personal_opened");
	/* no query, no log says the name */
	client_ask(&c, &r, "GET", "/api/people/persons?limit=10000", officer, STR_NONE);
	assert_false(text_has(r.body, "Zarathustra"));
	snprintf(body, sizeof body, "grep -E -c 'Zarathustra|13912345678|battery' %s/log > /dev/null", box.dir);
	assert_int_not_equal(system(body), 0);
	client_close(&c);
	buf_done(&b);
}

/* ---- documents ------------------------------------------------------------------------------------------------------------------ */

/* Every $ref below node names something that is there. */
static int check_refs(const struct json *root, const struct json *node)
{
	int n = 0;
	if (node->type != JSON_OBJECT && node->type != JSON_ARRAY)
		return 0;
	JSON_EACH(c, node) {
		if (node->type == JSON_OBJECT && str_eq(c->key, STR("$ref"))) {
			struct str rest = c->s;
			const struct json *at = root;
			assert_true(str_eq(str_cut(&rest, '/'), STR("#")));
			while (rest.n > 0 && at)
				at = json_get(at, str_cut(&rest, '/'));
			if (!at)
				fail_msg("%.*s leads nowhere", STR_ARG(c->s));
			n++;
		}
		n += check_refs(root, c);
	}
	return n;
}

static void check_operation(const struct json *route, const struct json *op)
{
	struct str path = json_get(route, STR("path"))->s;
	if (!op)
		fail_msg("%.*s is not described", STR_ARG(path));
	assert_true(json_get(op, STR("operationId"))->s.n > 0);
	assert_non_null(json_get(json_get(op, STR("responses")), STR("200")));
	assert_int_equal(json_get(op, STR("security"))->n == 0, flag(route, "public"));
	JSON_EACH(p, json_get(op, STR("parameters"))) {
		assert_non_null(json_get(p, STR("schema")));
		assert_true(str_eq(json_get(p, STR("in"))->s, STR("query")) || json_get(p, STR("required"))->type == JSON_TRUE);
	}
}

static void documents(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	struct arena a;
	arena_init(&a, 0);
	client_open(&c, box.port);
	const struct json *api = ask_json(&c, &a, "/api/openapi.json"), *rights = ask_json(&c, &a, "/api/rights"),
			  *kinds = ask_json(&c, &a, "/api/kinds");
	assert_true(str_eq(json_get(api, STR("openapi"))->s, STR("3.1.0")));
	assert_true(check_refs(api, api) > 100);
	const struct json *paths = json_get(api, STR("paths")), *schemas = json_get(json_get(api, STR("components")), STR("schemas"));
	JSON_EACH(route, json_get(rights, STR("routes"))) {
		char path[160];
		size_t n = 0;
		struct str pattern = json_get(route, STR("path"))->s;
		for (size_t i = 0; i < pattern.n; i++)
			if (pattern.p[i] != '*')
				path[n++] = pattern.p[i];
		const struct json *item = json_get(paths, (struct str){path, n});
		assert_non_null(item);
		check_operation(route, json_get(item, str_eq_c(json_get(route, STR("method"))->s, "GET") ? STR("get") : STR("post")));
	}
	size_t kinds_n = 0;
	JSON_EACH(k, json_get(kinds, STR("kinds"))) {
		const struct json *schema = json_get(schemas, arena_printf(&a, "%.*s.body", STR_ARG(json_get(k, STR("name"))->s)));
		assert_non_null(schema);
		assert_int_equal(json_get(schema, STR("properties"))->n, json_get(k, STR("fields"))->n);
		JSON_EACH(f, json_get(k, STR("fields"))) {
			assert_non_null(json_get(json_get(schema, STR("properties")), json_get(f, STR("name"))->s));
			assert_true(json_get(f, STR("en"))->s.n > 0 && json_get(f, STR("zh"))->s.n > 0);
		}
		kinds_n++;
	}
	for (size_t i = 0; i < kinds_n; i++)
		assert_non_null(fact_kind_at(i));
	assert_null(fact_kind_at(kinds_n));
	client_ask(&c, &r, "GET", "/metrics", NULL, STR_NONE);
	static const char *const parts[] = {"sushui_http_requests_total{status=\"2xx\"} ", "sushui_http_latency_seconds_bucket{le=\"+Inf\"} ",
					    "sushui_facts_total{kind=\"people.person_registered\"} ", "sushui_sign_in_total{result=\"wrong\"} ",
					    "sushui_wal_bytes ", "sushui_memory_resident_bytes ", "sushui_facts_kept_total ", "sushui_duties_open"};
	for (size_t i = 0; i < ARRAY_N(parts); i++)
		reply_expect(&r, 200, parts[i]);
	client_ask(&c, &r, "GET", "/healthz", NULL, STR_NONE);
	reply_expect(&r, 200, "\"ok\":true");
	client_ask(&c, &r, "GET", "/web/../etc/passwd", NULL, STR_NONE);
	assert_true(r.status == 400 || r.status == 404);
	client_ask(&c, &r, "GET", "/web/none.js", NULL, STR_NONE);
	reply_expect(&r, 404, "not_found");
	client_close(&c);
	arena_done(&a);
}

static int run_on(const char *name, const char *db_url)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_fact),   cmocka_unit_test(batches),     cmocka_unit_test(queries), cmocka_unit_test(signing_in),
		cmocka_unit_test(bad_bodies), cmocka_unit_test(large_batch), cmocka_unit_test(matrix),  cmocka_unit_test(personal_data),
		cmocka_unit_test(documents),
	};
	appbox_make(&box, NULL, db_url);
	appbox_start(&box);
	appbox_sign_in(&box, "officer", officer);
	int failed = cmocka_run_group_tests_name(name, tests, NULL, NULL);
	int status = appbox_stop(&box, SIGTERM);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "the server ended with status %d\n", status);
		failed++;
	}
	appbox_remove(&box);
	return failed;
}

int main(void)
{
	struct testdb pg;
	int failed = run_on("app on SQLite", NULL);
	if (testdb_new(&pg, DB_POSTGRES)) {
		failed += run_on("app on PostgreSQL", pg.url);
		testdb_done(&pg);
	}
	return failed;
}
