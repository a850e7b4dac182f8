/* SPDX-License-Identifier: Apache-2.0
 *
 * The server over time: events and their catch-up, sessions that end, a disk that takes no more, restart, drain. Each test has a server
 * of its own.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "appbox.h"
#include "cm.h"

#define JSON_TYPE "Content-Type: application/json\r\n"

static void begin(struct appbox *b, char officer[200])
{
	appbox_make(b, NULL, NULL);
	appbox_start(b);
	appbox_sign_in(b, "officer", officer);
}

static void end(struct appbox *b)
{
	int status = appbox_stop(b, SIGTERM);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("the server ended with status %d", status);
	appbox_remove(b);
}

static void person(struct appbox *b, struct client *c, struct reply *r, const char *headers, int n, int64_t area)
{
	struct buf body;
	buf_init(&body, 0);
	box_fact(b, &body, 'f', n, "people.person_registered", false, area, "{'person':'%s','household':'%s','name':'A'}", box_name('p', n),
		 box_name('h', n));
	client_ask(c, r, "POST", "/api/facts", headers, buf_str(&body));
	buf_done(&body);
}

/* ---- events -------------------------------------------------------------------------------------------------------------- */

static void listen_to(struct appbox *b, struct client *c, const char *headers, int64_t after)
{
	char head[300];
	struct reply r;
	client_open(c, b->port);
	if (after >= 0)
		snprintf(head, sizeof head, "%sLast-Event-ID: %lld\r\n", headers, (long long)after);
	else
		snprintf(head, sizeof head, "%s", headers);
	client_send(c, "GET", "/api/events", head, STR_NONE);
	client_read_head(c, &r);
	assert_int_equal(r.status, 200);
	assert_true(text_has(reply_header(&r, "Content-Type"), "text/event-stream"));
}

static int64_t id_of(struct str event)
{
	assert_true(str_starts(event, STR("id: ")));
	return strtoll(event.p + 4, NULL, 10);
}

static void expect_event(struct client *c, const char *name, const char *part)
{
	struct str ev = client_event(c, 10000);
	if (!text_has(ev, name) || !text_has(ev, part))
		fail_msg("event %s with %s is expected: %.*s", name, part, STR_ARG(ev));
}

static void events(void **state)
{
	(void)state;
	struct appbox b;
	struct client c, county, village, next;
	struct reply r;
	char officer[200], observer_v[200], observer_x[200], seq[40];
	begin(&b, officer);
	appbox_sign_in(&b, "observer_v", observer_v);
	appbox_sign_in(&b, "observer_x", observer_x);
	client_open(&c, b.port);
	listen_to(&b, &county, officer, -1);
	listen_to(&b, &village, observer_v, -1);
	listen_to(&b, &next, observer_x, -1);
	int64_t head = id_of(client_event(&county, 10000));
	assert_int_equal(id_of(client_event(&village, 10000)), head);
	assert_int_equal(id_of(client_event(&next, 10000)), head);

	/* in the village: both see it, the other county does not; elsewhere: only the county */
	person(&b, &c, &r, officer, 1, BOX_VILLAGE);
	reply_expect(&r, 200, "\"ok\":true");
	snprintf(seq, sizeof seq, "\"seq\":%lld", (long long)text_number(r.body, "seq"));
	expect_event(&county, "event: facts", seq);
	expect_event(&village, "event: facts", "\"county\":\"140826\"");
	person(&b, &c, &r, officer, 2, BOX_OTHER_VILLAGE);
	person(&b, &c, &r, officer, 3, BOX_VILLAGE);
	expect_event(&county, "event: facts", "\"kinds\":[\"people.person_registered\"]");
	struct str ev = client_event(&county, 10000);
	assert_int_equal(id_of(ev), head + 3);
	assert_int_equal(id_of(client_event(&village, 10000)), head + 3);
	assert_true(client_event(&next, 200).n == 0);
	/* a duplicate and a refusal are no news */
	person(&b, &c, &r, observer_v, 4, BOX_VILLAGE);
	reply_expect(&r, 403, "forbidden");
	assert_true(client_event(&county, 200).n == 0);

	/* who comes back with his last number gets what he missed, once */
	client_close(&county);
	listen_to(&b, &county, officer, head + 1);
	assert_int_equal(id_of(client_event(&county, 10000)), head + 2);
	assert_int_equal(id_of(client_event(&county, 10000)), head + 3);
	assert_true(client_event(&county, 200).n == 0);
	/* from before anybody watched, or from the future of a ledger that was put back: read the board anew */
	client_close(&county);
	listen_to(&b, &county, officer, head - 1);
	expect_event(&county, "event: reset", "{}");
	client_close(&county);
	listen_to(&b, &county, officer, head + 1000);
	expect_event(&county, "event: reset", "{}");
	client_close(&c);
	client_close(&county);
	client_close(&village);
	client_close(&next);
	end(&b);
}

/* ---- sessions that end ----------------------------------------------------------------------------------------------------- */

static void suspension(void **state)
{
	(void)state;
	struct appbox b;
	struct client c, stream;
	struct reply r;
	struct buf body;
	char officer[200], admin[200], observer[200];
	begin(&b, officer);
	buf_init(&body, 0);
	appbox_sign_in(&b, "system_admin", admin);
	appbox_sign_in(&b, "observer_v", observer);
	client_open(&c, b.port);
	listen_to(&b, &stream, observer, -1);
	expect_event(&stream, "event: head", "{}");
	client_ask(&c, &r, "GET", "/api/house/outbreaks", observer, STR_NONE);
	reply_expect(&r, 200, "rows");
	atomic_fetch_add(b.ahead_ms, 2000); /* later than the registration */
	box_fact(&b, &body, 'x', 1, "people.user_suspended", false, BOX_VILLAGE, "{'user':'%s'}", box_name('u', 3 * ROLE_observer + 2));
	client_ask(&c, &r, "POST", "/api/facts", admin, buf_str(&body));
	reply_expect(&r, 200, "\"ok\":true");
	/* with the very answer the session is over, and its stream too */
	client_ask(&c, &r, "GET", "/api/house/outbreaks", observer, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	while (client_event(&stream, 5000).n > 0)
		;
	client_send(&stream, "GET", "/healthz", NULL, STR_NONE);
	client_read(&stream, &r);
	assert_int_equal(r.status, 0); /* the server had closed it */
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"observer_v\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 401, "bad_login");

	/* nor does a stream go on telling of an area that was taken away */
	char moved[200];
	appbox_sign_in(&b, "observer", moved);
	client_close(&stream);
	listen_to(&b, &stream, moved, -1);
	expect_event(&stream, "event: head", "{}");
	buf_reset(&body);
	box_fact(&b, &body, 'x', 3, "people.user_registered", false, BOX_VILLAGE,
		 "{'user':'%s','login':'observer','display_name':'O','roles':['observer']}", box_name('u', 3 * ROLE_observer + 1));
	client_ask(&c, &r, "POST", "/api/facts", admin, buf_str(&body));
	reply_expect(&r, 200, "\"ok\":true");
	while (client_event(&stream, 5000).n > 0)
		;
	person(&b, &c, &r, officer, 7, BOX_OTHER_VILLAGE);
	reply_expect(&r, 200, "\"ok\":true");
	assert_true(client_event(&stream, 500).n == 0);
	client_send(&stream, "GET", "/healthz", NULL, STR_NONE);
	client_read(&stream, &r);
	assert_int_equal(r.status, 0); /* the server had closed it */
	client_close(&stream);
	listen_to(&b, &stream, moved, -1);
	expect_event(&stream, "event: head", "{}");

	/* an account that may do more than the administrator is his to stop as well; those who watch him are not */
	for (int i = 0; i < 3; i++) {
		static const int roles[] = {ROLE_officer, ROLE_auditor, ROLE_security_admin};
		buf_reset(&body);
		box_fact(&b, &body, 'y', i, "people.user_suspended", false, BOX_VILLAGE, "{'user':'%s'}", box_name('u', 3 * roles[i] + 2));
		client_ask(&c, &r, "POST", "/api/facts", admin, buf_str(&body));
		reply_expect(&r, i == 0 ? 200 : 403, i == 0 ? "\"ok\":true" : "\"code\":\"forbidden\"");
	}
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"officer_v\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 401, "bad_login");

	/* rights that were taken away are gone at once too */
	char second[200];
	appbox_sign_in(&b, "system_admin_v", second);
	client_ask(&c, &r, "GET", "/api/people/users", second, STR_NONE);
	reply_expect(&r, 200, "rows");
	buf_reset(&body);
	atomic_fetch_add(b.ahead_ms, 2000);
	box_fact(&b, &body, 'x', 2, "people.user_registered", false, BOX_VILLAGE,
		 "{'user':'%s','login':'system_admin_v','display_name':'S','roles':['observer']}", box_name('u', 3 * ROLE_system_admin + 2));
	client_ask(&c, &r, "POST", "/api/facts", admin, buf_str(&body));
	reply_expect(&r, 200, "\"ok\":true");
	client_ask(&c, &r, "GET", "/api/people/users", second, STR_NONE);
	reply_expect(&r, 403, "USERS");
	client_ask(&c, &r, "GET", "/api/house/outbreaks", second, STR_NONE);
	reply_expect(&r, 200, "rows");
	client_close(&c);
	client_close(&stream);
	buf_done(&body);
	end(&b);
}

/* What a sender began before he was suspended, and ended after, is not taken. */
static void suspended_meanwhile(void **state)
{
	(void)state;
	struct appbox b;
	struct client c, slow;
	struct reply r;
	struct buf body, whole;
	char officer[200], admin[200], observer[200];
	begin(&b, officer);
	buf_init(&body, 0);
	buf_init(&whole, 0);
	appbox_sign_in(&b, "system_admin", admin);
	appbox_sign_in(&b, "observer_v", observer);
	client_open(&c, b.port);
	client_open(&slow, b.port);
	box_fact(&b, &body, 'l', 1, "testing.tube_lost", true, BOX_VILLAGE, "{'tube':'%s','reason':'broken'}", box_name('t', 1));
	buf_printf(&whole, "POST /api/facts HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %zu\r\n\r\n", observer, body.n);
	client_send_raw(&slow, buf_str(&whole));
	client_send_raw(&slow, (struct str){body.p, 10});
	usleep(200 * 1000); /* the headers are read, and with them the session */
	atomic_fetch_add(b.ahead_ms, 2000);
	buf_reset(&whole);
	box_fact(&b, &whole, 'x', 1, "people.user_suspended", false, BOX_VILLAGE, "{'user':'%s'}", box_name('u', 3 * ROLE_observer + 2));
	client_ask(&c, &r, "POST", "/api/facts", admin, buf_str(&whole));
	reply_expect(&r, 200, "\"ok\":true");
	client_send_raw(&slow, (struct str){body.p + 10, body.n - 10});
	client_read(&slow, &r);
	reply_expect(&r, 403, "\"code\":\"forbidden\"");
	client_close(&c);
	client_close(&slow);
	buf_done(&body);
	buf_done(&whole);
	end(&b);
}

/* After the clock was moved: the server closes what seems idle since. */
static void fresh(struct appbox *b, struct client *c)
{
	client_close(c);
	client_open(c, b->port);
}

static void session_times(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200];
	begin(&b, officer);
	client_open(&c, b.port);
	/* kept alive by use, over at the end of a long shift */
	for (int hour = 0; hour < 15; hour++) {
		atomic_fetch_add(b.ahead_ms, MS_PER_HOUR);
		fresh(&b, &c);
		client_ask(&c, &r, "GET", "/api/me", officer, STR_NONE);
		reply_expect(&r, 200, "\"user\"");
	}
	atomic_fetch_add(b.ahead_ms, MS_PER_HOUR + 1);
	fresh(&b, &c);
	client_ask(&c, &r, "GET", "/api/me", officer, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	/* one account has so many sessions at a time: the oldest goes */
	char first[200], other[200];
	appbox_sign_in(&b, "observer", first);
	for (int i = 0; i < 18; i++) {
		atomic_fetch_add(b.ahead_ms, 15 * MS_PER_SECOND); /* slow enough for the limit on attempts */
		appbox_sign_in(&b, "observer", other);
	}
	fresh(&b, &c);
	client_ask(&c, &r, "GET", "/api/me", first, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "GET", "/api/me", other, STR_NONE);
	reply_expect(&r, 200, "\"user\"");
	/* left alone for more than two hours */
	appbox_sign_in(&b, "officer", officer);
	atomic_fetch_add(b.ahead_ms, 2 * MS_PER_HOUR + 1000);
	fresh(&b, &c);
	client_ask(&c, &r, "GET", "/api/me", officer, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_close(&c);
	end(&b);
}

static void guessing(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200];
	begin(&b, officer);
	client_open(&c, b.port);
	int wrong = 0, limited = 0;
	for (int i = 0; i < 15; i++) {
		client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"not the password\"}"));
		wrong += r.status == 401;
		limited += r.status == 429;
	}
	assert_in_range(wrong, 10, 13); /* a token comes back every ten seconds */
	assert_int_equal(wrong + limited, 15);
	/* the right password waits as long, another name does not */
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 429, "too_many");
	assert_true(reply_header(&r, "Retry-After").n > 0);
	appbox_sign_in(&b, "sampler", officer);
	atomic_fetch_add(b.ahead_ms, MS_PER_MINUTE);
	appbox_sign_in(&b, "tracer", officer);
	/* many names from one place, all at once */
	struct client many[90];
	limited = 0;
	for (size_t i = 0; i < ARRAY_N(many); i++) {
		char body[200];
		snprintf(body, sizeof body, "{\"login\":\"guess%zu\",\"password\":\"not the password\"}", i);
		client_open(&many[i], b.port);
		client_send(&many[i], "POST", "/api/sign-in", JSON_TYPE, str_of(body));
	}
	for (size_t i = 0; i < ARRAY_N(many); i++) {
		client_read(&many[i], &r);
		assert_true(r.status == 401 || r.status == 429);
		limited += r.status == 429;
		client_close(&many[i]);
	}
	assert_in_range(limited, 20, ARRAY_N(many));
	client_close(&c);
	end(&b);
}

/* ---- behind a proxy that nobody told of ---------------------------------------------------------------------------------------- */

#define FAR "X-Forwarded-For: 203.0.113.7\r\n"

static void unknown_proxy(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200];
	begin(&b, officer);
	client_open(&c, b.port);
	client_ask(&c, &r, "GET", "/metrics", NULL, STR_NONE);
	reply_expect(&r, 200, "sushui_sessions");
	client_ask(&c, &r, "GET", "/metrics", FAR, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "GET", "/metrics", "Forwarded: for=203.0.113.7\r\n", STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_close(&c);
	end(&b);
}

/* ---- behind a proxy that does TLS ------------------------------------------------------------------------------------------------ */

static void proxy(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200], auditor[200], head[400];
	appbox_make(&b, NULL, NULL);
	b.o.behind_proxy = true;
	appbox_start(&b);
	appbox_sign_in(&b, "officer", officer);
	appbox_sign_in(&b, "auditor", auditor);
	client_open(&c, b.port);
	client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE FAR, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
	reply_expect(&r, 200, "\"TRACE\"");
	struct str set = reply_header(&r, "Set-Cookie");
	assert_true(str_starts(set, STR("__Host-sushui=")) && text_has(set, "; Secure") && text_has(set, "; Path=/;") && !text_has(set, "Domain"));
	snprintf(head, sizeof head, "Cookie: %.*s\r\n", 14 + 43, set.p);
	client_ask(&c, &r, "GET", "/api/me", head, STR_NONE);
	reply_expect(&r, 200, "\"user\"");
	/* the name that plain HTTP uses means nothing here: a neighbour on another port could set it */
	snprintf(head, sizeof head, "Cookie: sushui=%.*s\r\n", 43, set.p + 14);
	client_ask(&c, &r, "GET", "/api/me", head, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	/* counters are for this machine and for auditors */
	client_ask(&c, &r, "GET", "/metrics", NULL, STR_NONE);
	reply_expect(&r, 200, "sushui_sessions 3");
	client_ask(&c, &r, "GET", "/metrics", FAR, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	snprintf(head, sizeof head, "%s" FAR, officer);
	client_ask(&c, &r, "GET", "/metrics", head, STR_NONE);
	reply_expect(&r, 403, "AUDIT");
	snprintf(head, sizeof head, "%s" FAR, auditor);
	client_ask(&c, &r, "GET", "/metrics", head, STR_NONE);
	reply_expect(&r, 200, "sushui_sessions 3");
	client_close(&c);
	end(&b);
}

/* ---- restart ------------------------------------------------------------------------------------------------------------------ */

static void restart(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200], tracer[200], command[300];
	begin(&b, officer);
	appbox_sign_in(&b, "tracer", tracer);
	client_open(&c, b.port);
	person(&b, &c, &r, officer, 1, BOX_VILLAGE);
	reply_expect(&r, 200, "\"ok\":true");
	int64_t seq = text_number(r.body, "seq");
	client_ask(&c, &r, "POST", "/api/sign-out", tracer, STR_NONE);
	assert_int_equal(r.status, 204);
	client_close(&c);
	for (int hard = 0; hard < 2; hard++) {
		int status = appbox_stop(&b, hard ? SIGKILL : SIGTERM);
		assert_true(hard ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0);
		appbox_start(&b);
		client_open(&c, b.port);
		client_ask(&c, &r, "GET", "/api/me", officer, STR_NONE);
		reply_expect(&r, 200, box_name('u', 3 * ROLE_officer + 1));
		client_ask(&c, &r, "GET", "/api/me", tracer, STR_NONE);
		reply_expect(&r, 401, "not_signed_in");
		person(&b, &c, &r, officer, 2 + hard, BOX_VILLAGE);
		assert_int_equal(text_number(r.body, "seq"), seq + 1 + hard);
		client_close(&c);
	}
	/* the token itself is in no file */
	snprintf(command, sizeof command, "grep -r -c '%.43s' %s > /dev/null", officer + 22, b.dir);
	assert_int_not_equal(system(command), 0);
	end(&b);
}

/* Whoever had the old password is out with the new one; others stay. */
static void new_password(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	struct err e;
	char officer[200], tracer[200];
	begin(&b, officer);
	appbox_sign_in(&b, "tracer", tracer);
	assert_int_equal(appbox_stop(&b, SIGTERM), 0);
	assert_int_equal(app_sessions_forget(b.keyring, box_id('u', 3 * ROLE_tracer + 1), &e), OK);
	appbox_start(&b);
	client_open(&c, b.port);
	client_ask(&c, &r, "GET", "/api/me", tracer, STR_NONE);
	reply_expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "GET", "/api/me", officer, STR_NONE);
	reply_expect(&r, 200, "\"user\"");
	client_close(&c);
	end(&b);
}

/* ---- a disk that takes no more ------------------------------------------------------------------------------------------------- */

/* From now on no file of the server can be written beyond `bytes`: every write gives an error, as on a full disk. */
static void limit_files(struct appbox *b, rlim_t bytes)
{
	struct rlimit l;
	assert_int_equal(prlimit(b->pid, RLIMIT_FSIZE, NULL, &l), 0);
	l.rlim_cur = bytes;
	assert_int_equal(prlimit(b->pid, RLIMIT_FSIZE, &l, NULL), 0);
}

static void full_disk(void **state)
{
	(void)state;
	struct appbox b;
	struct client c;
	struct reply r;
	char officer[200];
	begin(&b, officer);
	client_open(&c, b.port);
	int kept = 0;
	for (int round = 0; round < 3; round++) {
		person(&b, &c, &r, officer, 100 * round, BOX_VILLAGE);
		reply_expect(&r, 200, "\"ok\":true");
		kept++;
		limit_files(&b, 0);
		for (int i = 1; i < 20; i++) {
			person(&b, &c, &r, officer, 100 * round + i, BOX_VILLAGE);
			reply_expect(&r, 503, "read_only");
			assert_true(reply_header(&r, "Retry-After").n > 0);
			assert_false(text_has(r.body, "SQL") || text_has(r.body, ".db"));
		}
		client_ask(&c, &r, "GET", "/healthz", NULL, STR_NONE);
		reply_expect(&r, 503, "\"ok\":false");
		client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
		reply_expect(&r, 503, "disk");
		client_ask(&c, &r, "GET", "/api/house/outbreaks", officer, STR_NONE); /* reading goes on */
		reply_expect(&r, 200, "rows");
		limit_files(&b, RLIM_INFINITY);
		for (int i = 1; i < 20; i++) { /* the phones send again what was not acknowledged */
			person(&b, &c, &r, officer, 100 * round + i, BOX_VILLAGE);
			reply_expect(&r, 200, "\"duplicate\":false");
			kept++;
		}
		client_ask(&c, &r, "GET", "/healthz", NULL, STR_NONE);
		reply_expect(&r, 200, "\"ok\":true");
		client_ask(&c, &r, "POST", "/api/sign-in", JSON_TYPE, STR("{\"login\":\"tracer\",\"password\":\"" BOX_PASSWORD "\"}"));
		reply_expect(&r, 200, "\"TRACE\"");
	}
	client_close(&c);
	/* the chain is whole and holds what was acknowledged */
	int status = appbox_stop(&b, SIGTERM);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	struct verify_report report;
	struct err e = {0};
	struct ledger *l = appbox_ledger(&b);
	if (ledger_verify(ledger_db(l), (struct progress){0}, &report, &e) != OK)
		fail_msg("%s %s", e.at, e.what);
	assert_int_equal(report.facts_n, 2 + 3 * ROLE__N + kept);
	ledger_close(&l);
	appbox_remove(&b);
}

/* ---- drain ------------------------------------------------------------------------------------------------------------------------ */

struct sender {
	struct appbox *b;
	const char *headers;
	int no, acknowledged, unanswered;
};

/* Sends until the server takes no more; counts what it was told is kept. */
static void *send_until_closed(void *arg)
{
	struct sender *s = arg;
	struct client c;
	struct reply r;
	client_open(&c, s->b->port);
	for (int i = 0; i < 100000; i++) {
		struct buf body;
		buf_init(&body, 0);
		buf_add_byte(&body, '[');
		for (int k = 0; k < 5; k++) {
			int n = (s->no * 100000 + i) * 5 + k;
			box_fact(s->b, &body, (char)('0' + s->no), n, "people.person_registered", false, BOX_VILLAGE,
				 "{'person':'%s','household':'%s','name':'A'}", box_name((char)('P' + s->no), n), box_name('h', n % 50));
		}
		buf_add_byte(&body, ']');
		client_ask(&c, &r, "POST", "/api/facts", s->headers, buf_str(&body));
		buf_done(&body);
		if (r.status == 200)
			s->acknowledged += 5;
		else
			s->unanswered++;
		if (r.status != 200 || c.fd < 0)
			break;
	}
	client_close(&c);
	return NULL;
}

static void drain(void **state)
{
	(void)state;
	struct appbox b;
	char officer[200];
	struct sender s[6];
	pthread_t threads[6];
	begin(&b, officer);
	for (int i = 0; i < 6; i++) {
		s[i] = (struct sender){.b = &b, .headers = officer, .no = i};
		assert_int_equal(pthread_create(&threads[i], NULL, send_until_closed, &s[i]), 0);
	}
	usleep(400 * 1000);
	int status = appbox_stop(&b, SIGTERM);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	uint64_t acknowledged = 0;
	for (int i = 0; i < 6; i++) {
		pthread_join(threads[i], NULL);
		acknowledged += (uint64_t)s[i].acknowledged;
	}
	struct verify_report report;
	struct err e = {0};
	struct ledger *l = appbox_ledger(&b);
	assert_int_equal(ledger_verify(ledger_db(l), (struct progress){0}, &report, &e), OK);
	/* everything that was taken was answered: not one fact more is in the ledger than was acknowledged */
	assert_true(acknowledged > 100);
	assert_int_equal(report.facts_n, 2 + 3 * ROLE__N + acknowledged);
	ledger_close(&l);
	appbox_remove(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events), cmocka_unit_test(suspension), cmocka_unit_test(suspended_meanwhile), cmocka_unit_test(session_times), cmocka_unit_test(guessing),
		cmocka_unit_test(proxy), cmocka_unit_test(unknown_proxy), cmocka_unit_test(restart), cmocka_unit_test(new_password), cmocka_unit_test(full_disk), cmocka_unit_test(drain),
	};
	return cmocka_run_group_tests_name("app_life", tests, NULL, NULL);
}
