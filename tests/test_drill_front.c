/* SPDX-License-Identifier: Apache-2.0
 *
 * The drill through the front door: a village, a real server, staff over HTTP. Nobody missed, nobody twice, every infection inside the
 * look-back traced, books whole; the same end when facts come twice, shuffled, and the server is killed; the same bytes twice.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/drill_host.h"
#include "cli/drill_run.h"
#include "core/caltime.h"
#include "drill/score.h"

#include "client.h"
#include "cm.h"

struct outcome {
	struct score s;
	struct buf json;
	bool good;
};

static void ok(enum err_code rc, const struct err *e)
{
	if (rc != OK) {
		fprintf(stderr, "%s at %s: %s\n", err_name(rc), e->at, e->what);
		abort();
	}
}

static void take_books(struct drill_host *h, struct front *f, struct score *s)
{
	struct drill_books books;
	struct err e = {0};
	size_t n;
	const struct front_kind *kinds = front_kinds(f, &n);
	ok(drill_books_read(h, kinds, n, true, &books, &e), &e);
	s->verified = true;
	s->rebuilt_same = books.rebuilt_same;
	s->audit_agrees = books.audit_agrees;
	s->facts_agree = true;
	for (size_t i = 0; i < n; i++) {
		if (books.kinds[i].told != kinds[i].told - kinds[i].refused)
			fprintf(stderr, "%s: told %llu, refused %llu, in the ledger %llu\n", kinds[i].kind, (unsigned long long)kinds[i].told,
				(unsigned long long)kinds[i].refused, (unsigned long long)books.kinds[i].told);
		s->facts_agree &= books.kinds[i].told == kinds[i].told - kinds[i].refused;
	}
	s->facts_n = books.verify.facts_n;
	memcpy(s->digest, books.digest, 32);
	free(books.kinds);
}

static struct outcome drill(const struct scenario *s, uint64_t seed)
{
	static struct cli c;
	struct err e = {0};
	struct drill_host h;
	struct front *f = NULL;
	struct outcome out = {0};
	char dir[200], command[260];
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof dir, "%s/sushui-drill-test.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	c = (struct cli){.lang = "en", .sys = sys_real(), .quiet = true};
	arena_init(&c.arena, 0);
	ok(drill_host_make(&h, &c, dir, s, &e), &e);
	ok(drill_host_start(&h, &e), &e);
	struct front_options o = {.scenario = s, .seed = seed, .accounts = h.accounts, .accounts_n = h.accounts_n, .host = drill_host_of(&h)};
	ok(front_run(&f, &o, &e), &e);
	assert_false(front_stopped(f));
	ok(score_take(f, &out.s, &e), &e);
	drill_host_stop(&h);
	take_books(&h, f, &out.s);
	buf_init(&out.json, 0);
	score_json(f, &out.s, &out.json);
	out.good = score_good(&out.s);
	struct buf text;
	buf_init(&text, 0);
	score_text(f, &out.s, &text);
	if (!out.good)
		fprintf(stderr, "%.*s\n", (int)text.n, text.p);
	buf_reset(&text);
	score_html(f, &out.s, &text);
	assert_true(!text.failed && text.n > 4000 && memmem(text.p, text.n, "<svg", 4));
	/* one file that asks for nothing from outside */
	assert_null(memmem(text.p, text.n, "src=", 4));
	assert_null(memmem(text.p, text.n, "http", 4));
	buf_done(&text);
	front_free(&f);
	drill_host_done(&h);
	arena_done(&c.arena);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
	return out;
}

static void outcome_done(struct outcome *o)
{
	score_done(&o->s);
	buf_done(&o->json);
}

static struct scenario village(const char *persons, const char *days, const char *faults)
{
	struct scenario s;
	struct err e = {0};
	ok(scenario_named(&s, STR("jiang-village"), &e), &e);
	ok(scenario_set(&s, STR("persons"), str_of(persons), &e), &e);
	ok(scenario_set(&s, STR("days"), str_of(days), &e), &e);
	ok(scenario_faults(&s, str_of(faults), &e), &e);
	return s;
}

static int64_t duty(const struct score *s, const char *kind, bool open)
{
	for (size_t i = 0; i < s->duties_n; i++)
		if (strcmp(s->duties[i].kind, kind) == 0)
			return open ? s->duties[i].open : s->duties[i].done;
	return 0;
}

/* From the first positive to the last release: everything ends by itself. */
static void test_village_to_the_end(void **state)
{
	(void)state;
	struct scenario quiet = village("60", "40", "none"), loud = village("60", "40", "transport");
	struct outcome a = drill(&quiet, 1), b = drill(&loud, 1);
	const struct score *s = &a.s;
	print_message("%llu infected, %llu cases, %llu contacts, %llu of %llu links traced, %llu facts, %u days\n", (unsigned long long)s->infected,
		      (unsigned long long)s->cases, (unsigned long long)s->contacts, (unsigned long long)s->links_found,
		      (unsigned long long)s->links_in_window, (unsigned long long)s->facts_n, s->days);
	assert_true(a.good && b.good);
	assert_true(s->ended);
	assert_int_equal(s->missed, 0);
	assert_int_equal(s->twice, 0);
	assert_int_equal(s->still_held, 0);
	assert_true(s->rounds >= 3 && s->cases >= 5 && s->releases >= 5);
	assert_true(duty(s, "isolation.round", false) > 0 && duty(s, "zones.serve", false) > 0 && duty(s, "homecare.team", false) > 0);
	assert_true(s->undetected * 10 <= s->infected); /* a swab misses some */
	assert_true(s->links_in_window >= 3);
	assert_int_equal(s->links_found, s->links_in_window);
	for (size_t i = 0; i < s->duties_n; i++)
		assert_int_equal(s->duties[i].open, 0);
	assert_int_equal(duty(s, "tracing.isolate_case", false), s->cases);
	/* twice, shuffled, killed: the same tables */
	assert_memory_equal(a.s.digest, b.s.digest, 32);
	assert_int_equal(a.s.facts_n, b.s.facts_n);
	outcome_done(&a);
	outcome_done(&b);
}

/* The same village under the Twenty: five days in a site, three at home, room and belongings sampled. */
static void test_other_edition(void **state)
{
	(void)state;
	struct scenario s = village("40", "40", "none");
	struct err e = {0};
	ok(scenario_set(&s, STR("edition"), STR("cn-covid19-20-measures"), &e), &e);
	struct outcome a = drill(&s, 1);
	assert_true(a.good);
	assert_true(a.s.ended);
	assert_int_equal(a.s.still_held, 0);
	assert_true(a.s.cases >= 3 && duty(&a.s, "homecare.deliver", false) > 0);
	outcome_done(&a);
}

/* Laboratory down, phones without a line, and all of the above: later, but whole; and the same bytes twice. */
static void test_faults_are_late_but_whole(void **state)
{
	(void)state;
	struct scenario s = village("60", "13", "all");
	struct outcome a = drill(&s, 3), b = drill(&s, 3);
	assert_true(a.good && b.good);
	assert_true(memmem(a.json.p, a.json.n, "\"server_killed\":0", 17) == NULL);
	assert_int_equal(a.json.n, b.json.n);
	assert_memory_equal(a.json.p, b.json.p, a.json.n);
	outcome_done(&a);
	outcome_done(&b);
}

/* ---- controls ------------------------------------------------------------------------------------------------------------------- */

static void control(struct drill_host *h, const char *role, const char *body, int status, const char *part)
{
	struct client c;
	struct reply r;
	char text[300], headers[200];
	client_open(&c, (uint16_t)atomic_load(&h->shared->port));
	for (size_t i = 0; i < h->accounts_n; i++)
		if (strcmp(h->accounts[i].role, role) == 0)
			snprintf(text, sizeof text, "{\"login\":\"%s\",\"password\":\"%s\",\"bearer\":true,\"county\":\"140826\"}", role, h->accounts[i].password);
	client_ask(&c, &r, "POST", "/api/sign-in", "Content-Type: application/json\r\n", str_of(text));
	const char *token = memmem(r.body.p, r.body.n, "\"token\":\"", 9);
	assert_non_null(token);
	snprintf(headers, sizeof headers, "Authorization: Bearer %.43s\r\nContent-Type: application/json\r\n", token + 9);
	client_ask(&c, &r, body ? "POST" : "GET", "/api/exercise", headers, body ? str_of(body) : STR_NONE);
	if (r.status != status || !memmem(r.body.p, r.body.n, part, strlen(part)))
		fail_msg("%d %.*s", r.status, STR_ARG(r.body));
	client_close(&c);
}

/* Whoever may command pauses, changes the speed and takes a post over; nobody else does. */
static void test_controls(void **state)
{
	(void)state;
	static struct cli c;
	struct err e = {0};
	struct drill_host h;
	struct app_exercise *seen;
	struct scenario s = village("10", "1", "none");
	char dir[200], command[260];
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof dir, "%s/sushui-drill-test.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	c = (struct cli){.lang = "en", .sys = sys_real(), .quiet = true};
	arena_init(&c.arena, 0);
	ok(drill_host_make(&h, &c, dir, &s, &e), &e);
	ok(drill_host_start(&h, &e), &e);
	control(&h, "officer", NULL, 200, "\"post\":\"tracers\",\"by_hand\":false");
	control(&h, "officer", "{\"paused\":true,\"speed\":240}", 200, "\"speed\":240,\"paused\":true");
	control(&h, "officer", "{\"post\":\"tracers\",\"by_hand\":true}", 200, "\"post\":\"tracers\",\"by_hand\":true");
	control(&h, "officer", "{\"post\":\"nobody\",\"by_hand\":true}", 422, "/post");
	control(&h, "officer", "{\"speed\":-1}", 422, "/speed");
	control(&h, "sampler", "{\"paused\":false}", 403, "forbidden");
	ok(drill_control_open(dir, &seen, &e), &e);
	assert_true(atomic_load(&seen->paused) && atomic_load(&seen->speed_milli) == 240000);
	struct front_host host = drill_host_of(&h);
	assert_true(host.by_hand(host.ctx, "tracers") && !host.by_hand(host.ctx, "courier"));
	drill_host_done(&h);
	arena_done(&c.arena);
	snprintf(command, sizeof command, "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
}

/* ---- scenario files ---------------------------------------------------------------------------------------------------------- */

static void test_scenarios(void **state)
{
	(void)state;
	struct scenario s;
	struct err e = {0};
	const char *bad[] = {"county,parameter,value,why\n,persons,x,because\n", "county,parameter,value,why\n,persons,5,\n",
			     "county,parameter,value,why\n,nothing,5,because\n", "a,b,c,d\n", "county,parameter,value,why\n140827,persons,5,because\n",
			     "county,parameter,value,why\n,counties,1408,because\n"};
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		assert_int_not_equal(scenario_parse(&s, STR("bad"), str_of(bad[i]), &e), OK);
		assert_true(strncmp(e.at, "line ", 5) == 0);
	}
	ok(scenario_parse(&s, STR("two"),
			  STR("county,parameter,value,why\n,counties,140826 140827,two\n,pool,5,all\n140827,pool,20,one\n,start,2022-10-14,that day\n"), &e),
	   &e);
	assert_int_equal(s.counties_n, 2);
	assert_int_equal(s.county[0].pool, 5);
	assert_int_equal(s.county[1].pool, 20);
	assert_int_equal(s.county[1].code, 140827);
	assert_int_equal(front_area(&s), INT64_C(140800000000));
	assert_int_equal(scenario_named(&s, STR("no-such"), &e), ERR_NOT_FOUND);
	assert_non_null(strstr(e.what, "jiang-village"));
}

int main(void)
{
	struct err e = {0};
	ok(caltime_zone(STR("Asia/Shanghai"), &e), &e);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_controls),
		cmocka_unit_test(test_village_to_the_end),
		cmocka_unit_test(test_other_edition),
		cmocka_unit_test(test_faults_are_late_but_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
