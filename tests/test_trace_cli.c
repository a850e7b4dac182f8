/* SPDX-License-Identifier: Apache-2.0
 * `sushui trace` as a person meets it: tables in, tables out, and what is said when a table is wrong. */
#include "cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd_trace.h"
#include "core/caltime.h"
#include "core/json.h"
#include "shared_data.h"

static char folder[64];

static char *at(const char *name)
{
	static char path[16][160];
	static int next;
	char *p = path[next = (next + 1) % 16];
	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(at(name), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
}

static const char *get(const char *name)
{
	static char text[1 << 16];
	FILE *f = fopen(at(name), "rb");
	assert_non_null(f);
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	return text;
}

/* Runs with standard error in the file "said". */
static int run(const char *what, ...)
{
	char *argv[48] = {(char *)(uintptr_t)"trace", (char *)(uintptr_t)what};
	int argc = 2;
	va_list ap;
	va_start(ap, what);
	for (char *x; (x = va_arg(ap, char *));)
		argv[argc++] = x;
	va_end(ap);
	fflush(stderr);
	int old = dup(2), fd = open(at("said"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(old >= 0 && fd >= 0 && dup2(fd, 2) == 2);
	close(fd);
	int rc = cmd_trace(argc, argv);
	fflush(stderr);
	dup2(old, 2);
	close(old);
	return rc;
}

static void tables(void)
{
	put("visits.csv",
	    "person,place,t_in,t_out\n"
	    "Case One,Market/stall 1,2022-11-01T08:00:00+08:00,2022-11-01T09:00:00+08:00\n"
	    "Ann,Market/stall 1,2022-11-01T08:30:00+08:00,2022-11-01T08:50:00+08:00\n"
	    "Bob,Market/stall 2,2022-11-01T08:30:00+08:00,2022-11-01T08:50:00+08:00\n"
	    "Cai,Market/stall 1,2022-11-01T09:05:00+08:00,\n"
	    "Ann,Home,2022-11-01T10:00:00+08:00,2022-11-01T20:00:00+08:00\n"
	    "Dora,Home,2022-11-01T19:00:00+08:00,2022-11-01T23:00:00+08:00\n"
	    "Early,Home,2022-11-01T07:00:00+08:00,2022-11-01T08:00:00+08:00\n");
	put("places.csv", "place,type,parent\nMarket,market,\nMarket/stall 1,stall,Market\nMarket/stall "
			  "2,stall,Market\nHome,home,\n");
	put("rules.csv", "type,min_minutes,linger_minutes,usual_minutes,off\nmarket,15,0,60,no\nstall,5,10,"
			 "30,no\nhome,1,0,600,no\n");
	put("cases.csv", "person,from,to\nCase One,2022-11-01T00:00:00+08:00,2022-11-03T00:00:00+08:00\n");
	put("links.csv", "a,b,kind,at\nCase One,Mother,household,\n");
	put("encounters.csv",
	    "a,b,start,end\nCase One,Friend,2022-11-02T12:00:00+08:00,2022-11-02T12:20:30+08:00\n");
}

static void contacts_with_their_evidence(void **state)
{
	(void)state;
	tables();
	assert_int_equal(run("contacts", "--visits", at("visits.csv"), "--places", at("places.csv"),
			     "--cases", at("cases.csv"), "--rules", at("rules.csv"), "--links",
			     at("links.csv"), "--encounters", at("encounters.csv"), "--out", at("out.csv"),
			     "--evidence", at("evidence.csv"), NULL),
			 0);
	/* Ann shared the stall; Bob was at another stall of the same market for 20 minutes; Cai came within
	 * 10 minutes after. */
	assert_string_equal(get("out.csv"),
		"person,hop,first_exposure,minutes,exposures,via_case,place,score\r\n"
		"Friend,1,2022-11-02T12:00:00+08:00,20.50,1,Case One,encounter,276\r\n"
		"Ann,1,2022-11-01T08:30:00+08:00,20,1,Case One,Market/stall 1,272\r\n"
		"Bob,1,2022-11-01T08:30:00+08:00,20,1,Case One,Market/stall 2,272\r\n"
		"Cai,1,2022-11-01T09:05:00+08:00,5,1,Case One,Market/stall 1,134\r\n"
		"Mother,1,2022-11-01T00:00:00+08:00,0,1,Case One,link,82\r\n"
		"Dora,2,2022-11-01T19:00:00+08:00,60,1,Case One,Home,135\r\n");
	assert_string_equal(
		get("evidence.csv"),
		"person,hop,via,place,via_place,start,end,minutes,assumed\r\n"
		"Ann,1,Case One,Market/stall 1,Market/stall "
		"1,2022-11-01T08:30:00+08:00,2022-11-01T08:50:00+08:00,20,\r\n"
		"Bob,1,Case One,Market/stall 2,Market/stall "
		"1,2022-11-01T08:30:00+08:00,2022-11-01T08:50:00+08:00,20,\r\n"
		"Cai,1,Case One,Market/stall 1,Market/stall "
		"1,2022-11-01T09:05:00+08:00,2022-11-01T09:10:00+08:00,5,person\r\n"
		"Friend,1,Case "
		"One,encounter,encounter,2022-11-02T12:00:00+08:00,2022-11-02T12:20:30+08:00,20.50,\r\n"
		"Mother,1,Case One,link,household,2022-11-01T00:00:00+08:00,2022-11-01T00:00:00+08:00,0,\r\n"
		"Dora,2,Ann,Home,Home,2022-11-01T19:00:00+08:00,2022-11-01T20:00:00+08:00,60,\r\n");
	assert_non_null(strstr(get("said"), "hop 1: 5 persons"));
	assert_int_equal(run("contacts", "--visits", at("visits.csv"), "--places", at("places.csv"),
			     "--cases", at("cases.csv"), "--rules", at("rules.csv"), "--hops", "1", "--json",
			     "--out", at("out.json"), NULL),
			 0);
	struct arena a;
	const struct json *root;
	struct err e;
	arena_init(&a, 0);
	assert_int_equal(json_read(&a, str_of(get("out.json")), &root, &e), OK);
	assert_int_equal(root->n, 3);
	const struct json *evidence = json_get(json_first(root), STR("evidence"));
	assert_true(evidence && evidence->n == 1);
	assert_true(str_eq_c(json_get(json_first(evidence), STR("via"))->s, "Case One"));
	arena_done(&a);
}

static void seconds_stay_seconds(void **state)
{
	(void)state;
	put("v.csv", "place;t_out;t_in;person\nx;1900;1000;1\nx;2500;1000;2\n");
	put("c.csv", "person,from,to\n1,0,5000\n");
	assert_int_equal(
		run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--out", at("o.csv"), NULL),
		0);
	assert_string_equal(get("o.csv"), "person,hop,first_exposure,minutes,exposures,via_case,place,"
					  "score\r\n2,1,1000,25,1,1,x,313\r\n");
}

static void venues_that_link_cases(void **state)
{
	(void)state;
	put("v.csv", "person,place,t_in,t_out\na,bar,0,600\nb,bar,4200,4800\nc,bar,40000,41000\na,square,0,"
		     "600\nb,square,600,700\n"
		     "p,square,0,10\nq,square,0,10\nr,square,0,10\ns,square,0,10\n");
	put("c.csv", "person,from,to\na,0,50000\nb,0,50000\n");
	assert_int_equal(run("venues", "--visits", at("v.csv"), "--cases", at("c.csv"), "--gap", "60",
			     "--out", at("o.csv"), NULL),
			 0);
	/* 7 persons, 2 cases: both at the bar among 3 visitors has chance C(3,2)/C(7,2) = 1/7; among 6 at the
	 * square 15/21 */
	assert_string_equal(
		get("o.csv"),
		"place,cases,links,visitors,surprise\r\nbar,2,1,3,0.845\r\nsquare,2,1,6,0.146\r\n");
	assert_int_equal(run("venues", "--visits", at("v.csv"), "--cases", at("c.csv"), "--gap", "59",
			     "--out", at("o.csv"), NULL),
			 0);
	assert_string_equal(get("o.csv"), "place,cases,links,visitors,surprise\r\nsquare,2,1,6,0.146\r\n");
}

static void chains_of_cases(void **state)
{
	(void)state;
	put("c.csv", "person,onset\na,2022-11-01\nb,2022-11-03\nc,2022-11-04\n");
	put("i.csv", "infector,infectee\na,b\na,c\nb,c\nc,c\nz,a\n");
	assert_int_equal(run("chains", "--cases", at("c.csv"), "--infections", at("i.csv"),
			     "--serial-interval", "2.6,1.5", "--out", at("o.csv"), NULL),
			 0);
	assert_string_equal(get("o.csv"),
			    "person,generation,generation_most,component,offspring,infector,share\r\n"
			    "a,1,1,0,2,z,1.0000\r\nb,2,2,0,1,a,1.0000\r\nc,2,3,0,0,b,0.5406\r\nc,2,3,0,0,a,0."
			    "4594\r\nz,0,0,0,1,,\r\n");
	assert_non_null(strstr(get("said"), "self_link: c"));
	assert_non_null(strstr(get("said"), "unlisted_infector: z a"));
	tables();
	put("cases.csv", "person,from,to\nCase One,2022-11-01T00:00:00+08:00,2022-11-03T00:00:00+08:00\n"
			 "Dora,2022-11-01T00:00:00+08:00,2022-11-03T00:00:00+08:00\nAnn,2022-11-01T00:00:00+"
			 "08:00,2022-11-03T00:00:00+08:00\n");
	assert_int_equal(run("chains", "--cases", at("cases.csv"), "--visits", at("visits.csv"), "--out",
			     at("o.csv"), NULL),
			 0);
	assert_non_null(
		strstr(get("o.csv"), "Dora,")); /* Ann and Case One expose each other: a cycle, reported */
	assert_non_null(strstr(get("said"), "cycle:"));
}

static void mers_over_the_command_line(void **state)
{
	(void)state;
	const char *list = shared_path("mers_korea_2015/linelist.csv"),
		   *links = shared_path("mers_korea_2015/contacts.csv");
	if (!*list || !*links)
		skip();
	struct arena a;
	struct table t, u, o;
	arena_init(&a, 0);
	table_read(&a, list, &t);
	table_read(&a, links, &u);
	FILE *f = fopen(at("c.csv"), "w"), *g = fopen(at("i.csv"), "w");
	assert_true(f && g);
	fprintf(f, "person,onset\n");
	for (size_t i = 0; i < t.rows_n; i++)
		fprintf(f, "%.*s,%.*s\n", STR_ARG(table_cell(&t, i, 0)),
			STR_ARG(table_cell(&t, i, table_column(&t, "dt_onset"))));
	fprintf(g, "infector,infectee\n");
	for (size_t i = 0; i < u.rows_n; i++)
		fprintf(g, "%.*s,%.*s\n", STR_ARG(table_cell(&u, i, 0)), STR_ARG(table_cell(&u, i, 1)));
	fclose(f);
	fclose(g);
	assert_int_equal(run("chains", "--cases", at("c.csv"), "--infections", at("i.csv"),
			     "--serial-interval", "12.6,2.8", "--r", at("r.csv"), "--out", at("o.csv"), NULL),
			 0);
	table_read(&a, at("o.csv"), &o);
	assert_int_equal(o.rows_n, 162 + 3); /* one person has two possible infectors, one has three */
	table_read(&a, at("r.csv"), &o);
	assert_true(o.rows_n > 20);
	arena_done(&a);
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
	(void)state;
	static const struct {
		const char *visits, *said;
	} bad[] = {
		{"person,place,t_in,t_out\na,x,0,60\nb,x,9,5\n", "v.csv: line 3, t_out: "},
		{"person,place,t_in,t_out\na,x,yesterday,60\n", "v.csv: line 2, t_in: "},
		{"person,place,t_in\na,x,0\n", "v.csv: t_out: "},
		{"person,place,t_in,t_out,colour\na,x,0,1,red\n", "v.csv: colour: "},
		{"person,place,t_in,t_out\n,x,0,1\n", "v.csv: line 2, person: "},
		{"person,place,t_in,t_out\na,x,0\n", "v.csv: line 2: "},
		{"person,place,t_in,t_out\na,x,0,99999999999\n", "v.csv: line 2, t_out: "},
		{"person,person,place,t_in,t_out\n", "v.csv: person: "},
		{"", "v.csv: "},
		{"person,place,t_in,t_out\n\"a,x,0,1\n", "v.csv: line 2"},
	};
	put("c.csv", "person,from,to\na,0,5000\n");
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		put("v.csv", bad[i].visits);
		put("o.csv", "untouched");
		assert_int_equal(run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--out",
				     at("o.csv"), NULL),
				 1);
		if (!strstr(get("said"), bad[i].said))
			fail_msg("case %zu says: %s", i, get("said"));
		assert_string_equal(get("o.csv"), "untouched");
	}
	put("v.csv", "person,place,t_in,t_out\na,x,0,60\n");
	put("p.csv", "place,type\nx,moon\n");
	put("r.csv", "type,min_minutes,linger_minutes\nshop,10,10\n");
	assert_int_equal(run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--places",
			     at("p.csv"), "--rules", at("r.csv"), NULL),
			 1);
	assert_non_null(strstr(get("said"), "p.csv: line 2, type"));
	put("p.csv", "place,type,parent\nx,shop,y\ny,shop,x\n");
	assert_int_equal(run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--places",
			     at("p.csv"), NULL),
			 1);
	assert_non_null(strstr(get("said"), "contains itself"));
	assert_int_equal(run("contacts", "--visits", at("absent.csv"), "--cases", at("c.csv"), NULL), 3);
	assert_int_equal(run("contacts", "--visits", at("v.csv"), NULL), 2);
	assert_int_equal(
		run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--hops", "0", NULL), 2);
	assert_int_equal(run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--hop", "2", NULL),
			 2);
	assert_int_equal(run("contacts", "--visits", at("v.csv"), "--cases", at("c.csv"), "--out",
			     at("no/such/folder"), NULL),
			 3);
	assert_int_equal(run("dance", NULL), 2);
}

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/sushui-cli.XXXXXX");
	return mkdtemp(folder) && caltime_zone(STR("Asia/Shanghai"), NULL) == OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contacts_with_their_evidence),
		cmocka_unit_test(seconds_stay_seconds),
		cmocka_unit_test(venues_that_link_cases),
		cmocka_unit_test(chains_of_cases),
		cmocka_unit_test(mers_over_the_command_line),
		cmocka_unit_test(what_is_wrong_is_said_with_its_place),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
