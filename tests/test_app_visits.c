/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of stays over HTTP: into the store of a running house, seen by the next trace, once however often they are sent, and with the
 * reason for each row that is not taken.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "appbox.h"
#include "cm.h"

#define PATH "/api/tracing/visits?source=checkpoint%20passes"

static struct appbox box;
static struct client c;
static struct reply r;
static char tracer[200], sampler[200], tracer_x[200];

/* The same session with a table instead of JSON. */
static void as_csv(char headers[200])
{
	char *type = strstr(headers, "Content-Type:");
	assert_non_null(type);
	snprintf(type, (size_t)(headers + 200 - type), "Content-Type: text/csv\r\n");
}

static int set_up(void **state)
{
	(void)state;
	appbox_make(&box, NULL, NULL);
	appbox_start(&box);
	appbox_sign_in(&box, "tracer", tracer);
	appbox_sign_in(&box, "sampler", sampler);
	appbox_sign_in(&box, "tracer_x", tracer_x);
	client_open(&c, box.port);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	client_close(&c);
	int status = appbox_stop(&box, SIGTERM);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	appbox_remove(&box);
	return 0;
}

static void post(const char *path, const char *session, const char *table)
{
	char headers[200];
	memcpy(headers, session, sizeof headers);
	as_csv(headers);
	client_ask(&c, &r, "POST", path, headers, str_of(table));
}

static void ask(const char *path, const char *session)
{
	client_ask(&c, &r, "GET", path, session, STR_NONE);
}

static const char *table(void)
{
	static char text[2000];
	size_t n = (size_t)snprintf(text, sizeof text, "place,person,t_in,t_out\r\n");
	for (int i = 1; i <= 4; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s,%s,2022-11-05T%02d:00:00+08:00,2022-11-05T14:00:00+08:00\r\n", box_name('l', 1),
				      box_name('p', i), 8 + i);
	snprintf(text + n, sizeof text - n, "%s,%s,2022-11-05T13:00:00+08:00,2022-11-05T12:00:00+08:00\r\n%s,nobody,2022-11-05T13:00:00+08:00,\r\n",
		 box_name('l', 1), box_name('p', 1), box_name('l', 1));
	return text;
}

static void a_table_is_taken_once_and_seen_at_once(void **state)
{
	(void)state;
	post(PATH, tracer, table());
	reply_expect(&r, 200, "\"rows\":6,\"accepted\":4,\"rejected\":2,\"first_day\":\"2022-11-05\"");
	reply_expect(&r, 200, "{\"line\":6,\"code\":\"bad_value\",\"column\":\"t_out\",\"rule\":\"leaving comes before entering\"}");
	reply_expect(&r, 200, "\"line\":7,\"code\":\"bad_value\",\"column\":\"person\"");
	reply_expect(&r, 200, "\"loaded_before\":false");
	char path[300];
	snprintf(path, sizeof path, "/api/tracing/venue_check?place=%s&from=2022-11-05T13:00:00%%2B08:00&until=2022-11-05T14:00:00%%2B08:00",
		 box_name('l', 1));
	ask(path, tracer);
	reply_expect(&r, 200, "rows");
	for (int i = 1; i <= 4; i++)
		reply_expect(&r, 200, box_name('p', i));
	post(PATH, tracer, table());
	reply_expect(&r, 200, "\"loaded_before\":true");
	ask("/api/tracing/visit_loads", tracer);
	reply_expect(&r, 200, "checkpoint passes");
	assert_int_equal(text_count(r.body, "checkpoint passes"), 1);
}

static void what_is_wrong_is_said_and_nothing_is_kept(void **state)
{
	(void)state;
	post("/api/tracing/visits", tracer, table());
	reply_expect(&r, 422, "source");
	post("/api/tracing/visits?source=x", tracer, table());
	reply_expect(&r, 422, "2 to 200 characters");
	post(PATH "&area=14", tracer, table());
	reply_expect(&r, 422, "12 digits");
	post(PATH, sampler, table());
	reply_expect(&r, 403, "TRACE");
	post(PATH "&area=140826000000", tracer_x, table());
	reply_expect(&r, 403, "another area");
	post(PATH, tracer, "");
	reply_expect(&r, 400, "heading row is expected");
	post(PATH, tracer, "person,place,t_in,colour\r\n");
	reply_expect(&r, 422, "colour");
	post(PATH, tracer, "person,place\r\n");
	reply_expect(&r, 422, "t_in");
	client_ask(&c, &r, "POST", PATH, tracer, str_of("{}"));
	reply_expect(&r, 400, "text/csv is expected");
	ask("/api/tracing/visit_loads", tracer);
	assert_int_equal(text_count(r.body, "checkpoint passes"), 1);
}

static void many_bad_rows_are_counted_and_the_first_ones_shown(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	buf_add_c(&b, "person,place,t_in\r\n");
	for (int i = 0; i < 3000; i++)
		buf_add_c(&b, "x,y,z\r\n");
	buf_add(&b, "", 1); /* the text ends here */
	post(PATH, tracer, b.p);
	reply_expect(&r, 200, "\"rows\":3000,\"accepted\":0,\"rejected\":3000,\"first_day\":null");
	reply_expect(&r, 200, "\"refused_left_out\":2000");
	assert_int_equal(text_count(r.body, "\"line\":"), 1000);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_taken_once_and_seen_at_once),
		cmocka_unit_test(what_is_wrong_is_said_and_nothing_is_kept),
		cmocka_unit_test(many_bad_rows_are_counted_and_the_first_ones_shown),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
