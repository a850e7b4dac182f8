/* SPDX-License-Identifier: Apache-2.0
 *
 * The person's page, links and certificates over real sockets: what it shows, what it never shows, what comes of its forms, and that a
 * wrong link tells nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "appbox.h"
#include "cm.h"
#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "http/person_page.h"
#include "testdb.h"

static struct appbox box;
static char officer[200], community[200], sampler[200];
static char path[80]; /* of the page of person 1 */

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define ZH "Accept-Language: zh-CN\r\n"
#define EN "Accept-Language: en\r\n"

static int64_t now(void)
{
	return box.sys.now_ms(box.sys.ctx);
}

static int facts_n;

/* A fact that must be taken. */
static void put(struct client *c, const char *headers, const char *kind, bool outbreak, const char *body)
{
	struct buf b;
	struct reply r;
	buf_init(&b, 0);
	box_fact(&box, &b, 'f', ++facts_n, kind, outbreak, BOX_VILLAGE, "%s", body);
	client_ask(c, &r, "POST", "/api/facts", headers, buf_str(&b));
	reply_expect(&r, 200, "\"ok\":true");
	buf_done(&b);
}

static const char *line(const char *fmt, ...) PRINTF_LIKE(1, 2);
static const char *line(const char *fmt, ...)
{
	static char text[4][1500];
	static int turn;
	char *out = text[turn = (turn + 1) % 4];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(out, sizeof text[0], fmt, ap);
	va_end(ap);
	return out;
}

static void path_of(const struct reply *r, char out[80])
{
	const char *p = memmem(r->body.p, r->body.n, "\"path\":\"", 8);
	assert_non_null(p);
	snprintf(out, 80, "%.*s", (int)strcspn(p + 8, "\""), p + 8);
}

/* Value of the hidden field of the nth form. */
static void form_id(const struct reply *r, const char *form, char out[40])
{
	const char *p = memmem(r->body.p, r->body.n, form, strlen(form));
	assert_non_null(p);
	p = memmem(p, (size_t)(r->body.p + r->body.n - p), "name=\"id\" value=\"", 17);
	assert_non_null(p);
	snprintf(out, 40, "%.36s", p + 17);
}

/* ---- links ------------------------------------------------------------------------------------------------------------------ */

static void links(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	client_open(&c, box.port);
	put(&c, officer, "people.person_registered", false,
	    line("{'person':'%s','household':'%s','name':'Anna Karg','phone':'13800000000'}", box_name('p', 1), box_name('h', 1)));
	const char *ask = line("{\"person\":\"%s\"}", box_name('p', 1));
	client_ask(&c, &r, "POST", "/api/orders/page", NULL, str_of(ask));
	reply_expect(&r, 401, "not_signed_in");
	client_ask(&c, &r, "POST", "/api/orders/page", sampler, str_of(ask));
	reply_expect(&r, 403, "FOLLOW");
	client_ask(&c, &r, "POST", "/api/orders/page", community, STR("{\"person\":\"x\"}"));
	reply_expect(&r, 422, "/person");
	client_ask(&c, &r, "POST", "/api/orders/page", community, STR("{\"person\":\"x\",\"colour\":1}"));
	reply_expect(&r, 422, "unknown_field");
	char other[200];
	appbox_sign_in(&box, "community_x", other);
	client_ask(&c, &r, "POST", "/api/orders/page", other, str_of(line("{\"person\":\"%s\",\"county\":\"140826\"}", box_name('p', 1))));
	reply_expect(&r, 403, "out_of_area");
	client_ask(&c, &r, "POST", "/api/orders/page", community, str_of(ask));
	reply_expect(&r, 200, "\"svg\":\"<svg");
	reply_expect(&r, 200, "\"url\":\"http://");
	path_of(&r, path);
	assert_int_equal(strlen(path), 3 + ORDERS_TOKEN_N);
	client_ask(&c, &r, "GET", "/api/orders/pages", officer, STR_NONE);
	reply_expect(&r, 200, "\"open\":true");
	assert_false(text_has(r.body, path + 3)); /* the list knows the link, but not its secret */
	client_close(&c);
}

static void get(struct client *c, struct reply *r, const char *headers)
{
	client_ask(c, r, "GET", path, headers, STR_NONE);
}

static void restrict_person(struct client *c)
{
	int64_t t = now();
	put(c, officer, "orders.order_signed", true,
	    line("{'order':'%s','person':'%s','class':'central','end_at':%lld,'basis':'Notice 12 <of> the command',"
		 "'conditions':['last_test_done','no_signs'],"
		 "'evidence':['%s'],'reason':'sat beside the case'}",
		 box_name('r', 1), box_name('p', 1), (long long)(t + 3 * MS_PER_DAY), box_name('f', 1)));
	put(c, officer, "tracing.case_opened", true,
	    line("{'case':'%s','person':'%s','class':'confirmed','found_by':'screening','sampled_at':%lld}", box_name('c', 1), box_name('p', 2),
		 (long long)(t - MS_PER_DAY)));
	put(c, officer, "tracing.contact_classified", true,
	    line("{'person':'%s','case':'%s','tier':'close_contact','first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'met'}", box_name('p', 1),
		 box_name('c', 1), (long long)(t - 2 * MS_PER_DAY), (long long)(t - MS_PER_DAY)));
}

/* ---- what it shows -------------------------------------------------------------------------------------------------------------- */

static void shows(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	client_open(&c, box.port);
	get(&c, &r, EN);
	reply_expect(&r, 200, "Nothing restricts you now.");
	restrict_person(&c);
	get(&c, &r, EN);
	reply_expect(&r, 200, "central isolation: stay at the isolation site");
	reply_expect(&r, 200, "applies now");
	reply_expect(&r, 200, "Ends by itself");
	reply_expect(&r, 200, "Notice 12 &lt;of&gt; the command");
	reply_expect(&r, 200, "Law of the People&#39;s Republic of China");
	reply_expect(&r, 200, "administrative reconsideration");
	reply_expect(&r, 200, "the last test taken and negative; no sign of illness");
	reply_expect(&r, 200, "a person lives here"); /* the evidence, in words */
	reply_expect(&r, 200, "close contact: ");
	reply_expect(&r, 200, "you were near an infected person");
	reply_expect(&r, 200, "Tests and checks to come");
	reply_expect(&r, 200, "In a medical emergency call 120. No rule and no order stands in the way");
	reply_expect(&r, 200, "<html lang=\"en\">");
	/* nobody's name or number, no id of the person, no script, small, and not to be kept or framed */
	assert_false(text_has(r.body, "Anna"));
	assert_false(text_has(r.body, "13800000000"));
	assert_false(text_has(r.body, box_name('p', 1)));
	assert_false(text_has(r.body, box_name('p', 2)));
	assert_false(text_has(r.body, "sat beside"));
	assert_false(text_has(r.body, "<script"));
	assert_false(text_has(r.body, "style="));
	assert_true(r.body.n < PAGE_BYTES_MAX);
	assert_true(text_has(r.head, "default-src 'none'; style-src 'self'; form-action 'self'"));
	assert_true(str_eq_c(reply_header(&r, "Cache-Control"), "no-store"));
	assert_true(str_eq_c(reply_header(&r, "Referrer-Policy"), "no-referrer"));
	assert_true(text_has(r.head, "noindex"));
	get(&c, &r, ZH);
	reply_expect(&r, 200, "集中隔离：在隔离点");
	reply_expect(&r, 200, "密切接触者");
	reply_expect(&r, 200, "到期自动失效");
	reply_expect(&r, 200, "<html lang=\"zh-CN\">");
	assert_true(r.body.n < PAGE_BYTES_MAX);
	client_ask(&c, &r, "GET", line("%s?lang=en", path), ZH, STR_NONE);
	reply_expect(&r, 200, "What applies to you");
	client_send(&c, "HEAD", path, EN, STR_NONE);
	client_read_head(&c, &r);
	assert_int_equal(r.status, 200);
	client_close(&c);
	client_open(&c, box.port);
	client_ask(&c, &r, "GET", "/web/person.css", NULL, STR_NONE);
	reply_expect(&r, 200, ".emergency");
	client_close(&c);
}

static void reading_is_recorded(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	client_open(&c, box.port);
	for (int i = 0; i < 50; i++) { /* behind the answer */
		client_ask(&c, &r, "GET", "/api/orders/pages", officer, STR_NONE);
		if (!text_has(r.body, "\"opened_at\":null"))
			break;
		usleep(20000);
	}
	reply_expect(&r, 200, "\"opened_last\":\"");
	assert_false(text_has(r.body, "\"opened_at\":null"));
	client_close(&c);
}

/* ---- forms -------------------------------------------------------------------------------------------------------------------------- */

static void appeal(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char id[40];
	client_open(&c, box.port);
	get(&c, &r, EN);
	form_id(&r, "/appeal?", id);
	const char *body = line("id=%s&text=I+was+at+home+%%E6%%88%%91%%3Cb%%3E", id), *to = line("%s/appeal?lang=en", path);
	client_ask(&c, &r, "POST", to, FORM, str_of(body));
	assert_int_equal(r.status, 303);
	assert_true(text_has(reply_header(&r, "Location"), "?sent=appeal&lang=en"));
	client_ask(&c, &r, "POST", to, FORM, str_of(body)); /* the button pressed twice */
	assert_int_equal(r.status, 303);
	client_ask(&c, &r, "GET", "/api/orders/appeals", officer, STR_NONE);
	assert_int_equal(text_count(r.body, "\"appeal\":"), 1);
	reply_expect(&r, 200, "\"channel\":\"page\"");
	assert_false(text_has(r.body, "at home"));
	client_ask(&c, &r, "GET", line("%s?sent=appeal&lang=en", path), NULL, STR_NONE);
	reply_expect(&r, 200, "Your appeal is recorded");
	reply_expect(&r, 200, "received, to be answered");
	/* answered: the person sees what came of it */
	client_ask(&c, &r, "GET", "/api/orders/appeals?format=csv&lang=en", officer, STR_NONE);
	client_ask(&c, &r, "GET", "/api/orders/appeals", officer, STR_NONE);
	const char *p = memmem(r.body.p, r.body.n, "\"appeal\":\"", 10);
	char appeal_id[40];
	snprintf(appeal_id, sizeof appeal_id, "%.36s", p + 10);
	put(&c, officer, "orders.appeal_answered", false,
	    line("{'appeal':'%s','person':'%s','granted':false,'answer':'two witnesses'}", appeal_id, box_name('p', 1)));
	get(&c, &r, EN);
	reply_expect(&r, 200, "not granted; answered");
	client_close(&c);
}

static void help(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char id[40];
	client_open(&c, box.port);
	get(&c, &r, ZH);
	form_id(&r, "/help?", id);
	const char *to = line("%s/help?lang=zh", path);
	client_ask(&c, &r, "POST", to, FORM, str_of(line("id=%s&kind=medical_emergency&text=&call_back=138", id)));
	assert_int_equal(r.status, 303);
	client_ask(&c, &r, "GET", "/api/orders/help", officer, STR_NONE);
	reply_expect(&r, 200, "\"kind\":\"medical_emergency\"");
	client_ask(&c, &r, "GET", "/api/house/duties?kind=orders.emergency", officer, STR_NONE);
	reply_expect(&r, 200, "orders.emergency");
	client_ask(&c, &r, "GET", "/api/orders/in_force", officer, STR_NONE);
	assert_false(text_has(r.body, "\"emergency_since\":null"));
	client_ask(&c, &r, "GET", line("%s?sent=help&lang=zh", path), NULL, STR_NONE);
	reply_expect(&r, 200, "您的求助已登记");
	reply_expect(&r, 200, "您的急救求助已登记");
	/* a form that is none is said to be none; an unknown kind is taken as another need */
	client_ask(&c, &r, "POST", to, FORM, STR("id=1&kind=food"));
	assert_int_equal(r.status, 400);
	client_ask(&c, &r, "POST", to, "Content-Type: application/json\r\n", STR("{}"));
	assert_int_equal(r.status, 400);
	client_ask(&c, &r, "POST", to, FORM, STR("id=%zz"));
	assert_int_equal(r.status, 400);
	get(&c, &r, ZH);
	form_id(&r, "/help?", id);
	client_ask(&c, &r, "POST", to, FORM, str_of(line("id=%s&kind=dragons&text=%%E6%%B0%%B4", id)));
	assert_int_equal(r.status, 303);
	client_ask(&c, &r, "GET", "/api/orders/help", officer, STR_NONE);
	reply_expect(&r, 200, "\"kind\":\"other\"");
	client_close(&c);
}

/* ---- certificates -------------------------------------------------------------------------------------------------------------------- */

static void certificates(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	uint8_t key[1][CERTIFICATE_PUBLIC_N];
	char text[CERTIFICATE_TEXT_MAX], public[80];
	struct certificate out;
	client_open(&c, box.port);
	struct buf b;
	buf_init(&b, 0);
	box_fact(&box, &b, 'f', ++facts_n, "orders.certificate_issued", false, BOX_VILLAGE,
		 "{'certificate':'%s','person':'%s','kind':'release','holder':'123X'}", box_name('k', 1), box_name('p', 1));
	client_ask(&c, &r, "POST", "/api/facts", officer, buf_str(&b));
	reply_expect(&r, 409, "still restricted");
	buf_done(&b);
	put(&c, officer, "orders.order_lifted", true, line("{'order':'%s','person':'%s','reason':'all negative'}", box_name('r', 1), box_name('p', 1)));
	put(&c, officer, "tracing.contact_released", true,
	    line("{'person':'%s','case':'%s','early':true,'reason':'no contact after all'}", box_name('p', 1), box_name('c', 1)));
	put(&c, officer, "orders.certificate_issued", false,
	    line("{'certificate':'%s','person':'%s','kind':'release','holder':'123X'}", box_name('k', 1), box_name('p', 1)));
	const char *to = line("/api/orders/certificate/%s", box_name('k', 1));
	client_ask(&c, &r, "GET", to, sampler, STR_NONE);
	reply_expect(&r, 403, "FOLLOW");
	client_ask(&c, &r, "GET", line("/api/orders/certificate/%s", box_name('k', 2)), officer, STR_NONE);
	reply_expect(&r, 404, "not_found");
	client_ask(&c, &r, "GET", to, officer, STR_NONE);
	reply_expect(&r, 200, "\"svg\":\"<svg");
	const char *p = memmem(r.body.p, r.body.n, "SUSHUI1:", 8);
	assert_non_null(p);
	snprintf(text, sizeof text, "%.*s", (int)strcspn(p, "\""), p);
	client_ask(&c, &r, "GET", "/api/certificates/keys", NULL, STR_NONE); /* public */
	reply_expect(&r, 200, "\"alg\":\"Ed25519\"");
	p = memmem(r.body.p, r.body.n, "\"public\":\"", 10);
	snprintf(public, sizeof public, "%.*s", (int)strcspn(p + 10, "\""), p + 10);
	assert_true(certificate_public_parse(str_of(public), key[0]));
	assert_int_equal(certificate_read(str_of(text), (const uint8_t(*)[CERTIFICATE_PUBLIC_N])key, 1, now(), &out), CERTIFICATE_VALID);
	assert_int_equal(out.county, BOX_COUNTY);
	/* the person has it on his page, and nobody else's */
	get(&c, &r, EN);
	reply_expect(&r, 200, "certificate of release");
	reply_expect(&r, 200, "Nothing restricts you now.");
	client_ask(&c, &r, "GET", line("%s/certificate/%s?lang=en", path, box_name('k', 1)), NULL, STR_NONE);
	reply_expect(&r, 200, text);
	reply_expect(&r, 200, "<svg");
	client_ask(&c, &r, "GET", line("%s/certificate/%s?lang=en", path, box_name('k', 2)), NULL, STR_NONE);
	reply_expect(&r, 404, "There is no such page");
	client_ask(&c, &r, "GET", line("%s/certificate/x", path), NULL, STR_NONE);
	assert_int_equal(r.status, 404);
	client_close(&c);
}

/* ---- wrong links --------------------------------------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* Median time of an answer, microseconds. */
static int64_t median_us(struct client *c, const char *to, int n)
{
	int64_t us[64];
	struct reply r;
	for (int i = 0; i < n; i++) {
		struct timespec a, b;
		clock_gettime(CLOCK_MONOTONIC, &a);
		client_ask(c, &r, "GET", to, EN, STR_NONE);
		clock_gettime(CLOCK_MONOTONIC, &b);
		assert_int_equal(r.status, 404);
		us[i] = (b.tv_sec - a.tv_sec) * 1000000 + (b.tv_nsec - a.tv_nsec) / 1000;
	}
	qsort(us, (size_t)n, sizeof us[0], by_size);
	return us[n / 2];
}

/* Malformed, well-formed but unknown, of another county, revoked: one answer. */
static void wrong_links(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char revoked[80], wrong[4][80], first[PAGE_BYTES_MAX], token[ORDERS_TOKEN_N + 1];
	client_open(&c, box.port);
	client_ask(&c, &r, "POST", "/api/orders/page", officer, str_of(line("{\"person\":\"%s\"}", box_name('p', 1))));
	path_of(&r, revoked);
	const char *p = memmem(r.body.p, r.body.n, "\"page\":\"", 8);
	char page[40];
	snprintf(page, sizeof page, "%.36s", p + 8);
	client_ask(&c, &r, "GET", revoked, EN, STR_NONE);
	reply_expect(&r, 200, "What applies to you");
	put(&c, officer, "orders.page_revoked", false, line("{'page':'%s','person':'%s'}", page, box_name('p', 1)));
	snprintf(wrong[0], sizeof wrong[0], "/p/x");
	orders_page_token(&box.sys, BOX_COUNTY, token);
	snprintf(wrong[1], sizeof wrong[1], "/p/%s", token);
	orders_page_token(&box.sys, 140827, token);
	snprintf(wrong[2], sizeof wrong[2], "/p/%s", token);
	snprintf(wrong[3], sizeof wrong[3], "%s", revoked);
	for (int i = 0; i < 4; i++) {
		client_ask(&c, &r, "GET", wrong[i], EN, STR_NONE);
		reply_expect(&r, 404, "There is no such page");
		if (i == 0)
			snprintf(first, sizeof first, "%.*s", (int)r.body.n, r.body.p);
		assert_true(str_eq_c(r.body, first));
		client_ask(&c, &r, "POST", line("%s/help", wrong[i]), FORM, STR("id=0190f000-0000-7000-8000-000000000001&kind=food"));
		assert_int_equal(r.status, 404);
	}
	int64_t malformed = median_us(&c, wrong[0], 25), unknown = median_us(&c, wrong[1], 25), closed = median_us(&c, wrong[3], 25);
	print_message("404 after %lld, %lld, %lld us\n", (long long)malformed, (long long)unknown, (long long)closed);
	/* generous, for a busy machine; a missing look-up or a slow path would show as a multiple */
	assert_true(malformed < 4 * unknown + 2000 && unknown < 4 * malformed + 2000 && closed < 4 * unknown + 2000);
	client_close(&c);
}

/* Reading too often is limited; a call in an emergency is not kept back by it. */
static void limits(void **state)
{
	(void)state;
	struct client c;
	struct reply r;
	char id[40];
	client_open(&c, box.port);
	get(&c, &r, EN);
	form_id(&r, "/help?", id);
	int told = 0;
	for (int i = 0; i < 400 && !told; i++) {
		client_ask(&c, &r, "GET", "/p/x", EN, STR_NONE);
		told = r.status == 429;
	}
	assert_true(told);
	assert_true(text_has(r.head, "Retry-After"));
	for (int i = 0; i < 30; i++) /* the forms have a limit of their own */
		client_ask(&c, &r, "POST", line("%s/appeal?lang=en", path), FORM, STR("id=1"));
	assert_int_equal(r.status, 429);
	client_ask(&c, &r, "POST", line("%s/help?lang=en", path), FORM, str_of(line("id=%s&kind=medical_emergency", id)));
	assert_int_equal(r.status, 303);
	client_close(&c);
}

/* The secret stands in no log, in no table, and in no file of the folder. */
static void secrets(void **state)
{
	(void)state;
	char command[400];
	assert_int_equal(appbox_stop(&box, SIGTERM), 0);
	snprintf(command, sizeof command, "grep -r -a -q '%s' '%s'", path + 3, box.dir);
	assert_int_not_equal(system(command), 0);
	snprintf(command, sizeof command, "grep -q '/p/{token}' '%s/log'", box.dir);
	assert_int_equal(system(command), 0);
	struct stat st;
	snprintf(command, sizeof command, "%s.sign", box.keyring);
	assert_int_equal(stat(command, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static int start(void **state)
{
	(void)state;
	appbox_make(&box, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL, NULL);
	appbox_start(&box);
	appbox_sign_in(&box, "officer", officer);
	appbox_sign_in(&box, "community", community);
	appbox_sign_in(&box, "sampler", sampler);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	appbox_remove(&box);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links), cmocka_unit_test(shows), cmocka_unit_test(reading_is_recorded), cmocka_unit_test(appeal), cmocka_unit_test(help),
		cmocka_unit_test(certificates), cmocka_unit_test(wrong_links), cmocka_unit_test(limits), cmocka_unit_test(secrets),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
