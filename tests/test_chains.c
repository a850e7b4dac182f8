/* SPDX-License-Identifier: Apache-2.0
 * Transmission chains: small made-up graphs, real outbreaks, and R over time against published estimates. */
#include "cm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/caltime.h"
#include "core/sys.h"
#include "shared_data.h"
#include "trace/chains.h"

static void near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("%.17g, should be %.17g", got, want);
}

static int32_t day(struct str s)
{
	int32_t d;
	char text[16];
	str_to_c(s, text, sizeof text);
	if (str_starts(s, STR("18"))) /* the calendar of the house begins in 1900; a century later the days
					 lie the same */
		text[1] = '9';
	return day_parse(str_of(text), &d) ? d : CHAIN_NO_DAY;
}

static struct chains *build(const struct chain_case *cases, size_t n, const struct chain_link *links,
			    size_t m)
{
	struct chains *c = NULL;
	struct err e;
	assert_int_equal(chains_new(&c, cases, n, links, m, &e), OK);
	return c;
}

static size_t defects(const struct chains *c, enum chain_defect_kind kind)
{
	size_t n = 0;
	for (uint32_t i = 0; i < c->defects_n; i++)
		n += c->defects[i].kind == kind;
	return n;
}

static const struct chain_case no_dates = {STR_NONE,     CHAIN_NO_DAY, CHAIN_NO_DAY,
					   CHAIN_NO_DAY, CHAIN_NO_DAY, -1};

static struct chain_case on(const char *id, int32_t infected, int32_t onset)
{
	struct chain_case c = no_dates;
	c.id = str_of(id);
	c.infected = infected;
	c.onset = onset;
	return c;
}

static void every_defect_is_reported_and_nothing_fails(void **state)
{
	(void)state;
	struct chain_case cases[] = {on("a", 0, 2),
				     on("b", 1, 5),
				     on("c", 3, 4),
				     on("b", 9, 9),
				     on("d", 10, 8),
				     on("x", CHAIN_NO_DAY, 20),
				     on("y", CHAIN_NO_DAY, 19),
				     on("z", CHAIN_NO_DAY, 21),
				     on("w", CHAIN_NO_DAY, 30)};
	cases[1].stated_generation = 3;
	cases[0].stated_generation = 0;
	struct chain_link links[] = {
		{STR("a"), STR("b")},      {STR("a"), STR("c")}, {STR("b"), STR("c")},
		{STR("a"), STR("b")},      {STR("c"), STR("c")}, {STR("ghost"), STR("d")},
		{STR("d"), STR("nobody")}, {STR("x"), STR("y")}, {STR("y"), STR("z")},
		{STR("z"), STR("x")},      {STR("z"), STR("w")}, {STR("d"), STR("a")}};
	struct chains *c = build(cases, ARRAY_N(cases), links, ARRAY_N(links));
	assert_int_equal(c->nodes_n, 10);
	assert_int_equal(c->listed_n, 8);
	assert_int_equal(c->links_n, 10);
	static const size_t want[CHAIN_DEFECT__N] = {1, 1, 1, 1, 1, 1, 4, 1, 1, 1};
	for (int k = 0; k < CHAIN_DEFECT__N; k++)
		if (defects(c, (enum chain_defect_kind)k) != want[k])
			fail_msg("%s: %zu, should be %zu", chain_defect_name((enum chain_defect_kind)k),
				 defects(c, (enum chain_defect_kind)k), want[k]);
	for (uint32_t i = 0; i < c->defects_n; i++)
		if (c->defects[i].kind == CHAIN_CYCLE) {
			assert_int_equal(c->defects[i].ring_n, 3);
			assert_true(str_eq_c(c->nodes[c->defects[i].a].id, "y")); /* the first onset */
		}
	/* ghost -> d -> a -> b, c; c's other hypothesis is b */
	assert_int_equal(c->nodes[2].generation, 3);
	assert_int_equal(c->nodes[2].generation_most, 4);
	assert_int_equal(c->nodes[4].generation_most, CHAIN_NONE); /* x stands in a cycle */
	assert_int_equal(c->nodes[5].generation, 0);
	assert_int_equal(c->nodes[7].generation, 2); /* y, z, w */
	assert_int_equal(c->components_n, 2);
	struct chain_source s[4];
	static const double si[] = {0, 0.25, 0.75};
	assert_int_equal(chains_sources(c, 2, si, 3, s, 4), 2); /* c: a two days before, b a day after */
	assert_int_equal(s[0].node, 0);
	near(s[0].share, 1, 0);
	chains_done(&c);
	assert_null(c);
}

static void random_graphs_are_answered_consistently(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		struct dice d;
		dice_init(&d, seed);
		char name[24][4];
		struct chain_case cases[24];
		struct chain_link links[64];
		size_t n = 1 + dice_below(&d, 20), m = dice_below(&d, 60);
		for (size_t i = 0; i < 24; i++) {
			snprintf(name[i], sizeof name[i], "%zu", i);
			cases[i] = on(name[i], (int32_t)dice_below(&d, 30), (int32_t)dice_below(&d, 30));
		}
		for (size_t i = 0; i < m; i++)
			links[i] = (struct chain_link){str_of(name[dice_below(&d, n + 2)]),
						       str_of(name[dice_below(&d, n + 2)])};
		struct chains *c = build(cases, n, links, m);
		size_t cycles = defects(c, CHAIN_CYCLE), rootless = 0, both = 0;
		for (uint32_t k = 0; k < c->nodes_n; k++) {
			const struct chain_node *x = &c->nodes[k];
			assert_true(x->generation != CHAIN_NONE);
			uint32_t least = CHAIN_NONE;
			for (uint32_t i = 0; i < x->infectors_n; i++)
				least = c->nodes[x->infectors[i]].generation < least
						? c->nodes[x->infectors[i]].generation
						: least;
			if (x->infectors_n == 0)
				assert_int_equal(x->generation, 0);
			else if (x->generation == 0)
				rootless++; /* where a cycle was opened */
			else
				assert_int_equal(x->generation, least + 1);
			both += x->infectees_n;
		}
		assert_int_equal(both, c->links_n);
		assert_int_equal(rootless, cycles);
		chains_done(&c);
	}
}

/* --- real outbreaks ---------------------------------------------- */

static void mers_korea_2015(void **state)
{
	(void)state;
	const char *list = shared_path("mers_korea_2015/linelist.csv"),
		   *links = shared_path("mers_korea_2015/contacts.csv");
	if (!*list || !*links)
		skip();
	struct arena a;
	arena_init(&a, 0);
	struct table t, u;
	table_read(&a, list, &t);
	table_read(&a, links, &u);
	struct chain_case *cases = ARENA_ARRAY(&a, struct chain_case, t.rows_n);
	struct chain_link *link = ARENA_ARRAY(&a, struct chain_link, u.rows_n);
	for (size_t i = 0; i < t.rows_n; i++) {
		cases[i] = no_dates;
		cases[i].id = table_cell(&t, i, table_column(&t, "id"));
		cases[i].onset = day(table_cell(&t, i, table_column(&t, "dt_onset")));
	}
	for (size_t i = 0; i < u.rows_n; i++)
		link[i] = (struct chain_link){table_cell(&u, i, table_column(&u, "from")),
					      table_cell(&u, i, table_column(&u, "to"))};
	struct chains *c = build(cases, t.rows_n, link, u.rows_n);
	assert_int_equal(c->listed_n, 162);
	assert_int_equal(c->nodes_n, 162);
	assert_int_equal(c->links_n, 98);
	size_t g[8], counts[64], several = 0;
	assert_int_equal(chains_generations(c, true, g, 8), 4);
	static const size_t want[] = {2, 28, 65, 2};
	assert_memory_equal(g, want, sizeof want);
	struct chain_offspring o = chains_offspring(c, true, counts, 64);
	assert_int_equal(o.most, 38);
	assert_int_equal(counts[38] + counts[26] + counts[21], 3);
	assert_true(o.dispersion > 0.01 && o.dispersion < 0.1); /* a few spread nearly all */
	for (uint32_t k = 0; k < c->nodes_n; k++) {
		const char *top = c->nodes[k].infectees_n == 38   ? "SK_14"
				  : c->nodes[k].infectees_n == 26 ? "SK_1"
								  : NULL;
		if (top)
			assert_true(str_eq_c(c->nodes[k].id, top));
		several += c->nodes[k].infectors_n > 1;
	}
	assert_int_equal(several, 2);
	/* components: 94 and 3 linked cases, 65 alone */
	assert_int_equal(c->components_n, 2 + 65);
	struct chain_summary s = chains_intervals(c);
	near(s.mean, 14.47, 0.005);
	near(s.sd, 5.20, 0.005);
	assert_int_equal(s.n, 98);
	chains_done(&c);
	arena_done(&a);
}

static void measles_hagelloch_1861(void **state)
{
	(void)state;
	const char *list = shared_path("measles_hagelloch_1861/cases.csv");
	if (!*list)
		skip();
	struct arena a;
	arena_init(&a, 0);
	struct table t;
	table_read(&a, list, &t);
	struct chain_case *cases = ARENA_ARRAY(&a, struct chain_case, t.rows_n);
	struct chain_link *link = ARENA_ARRAY(&a, struct chain_link, t.rows_n);
	size_t m = 0;
	for (size_t i = 0; i < t.rows_n; i++) {
		cases[i] = no_dates;
		cases[i].id = table_cell(&t, i, 0);
		cases[i].onset = day(table_cell(&t, i, table_column(&t, "date_of_prodrome")));
		cases[i].ended = day(table_cell(&t, i, table_column(&t, "date_of_death")));
		if (!str_eq_c(table_cell(&t, i, 1), "NA"))
			link[m++] = (struct chain_link){table_cell(&t, i, 1), table_cell(&t, i, 0)};
	}
	struct chains *c = build(cases, t.rows_n, link, m);
	assert_int_equal(c->nodes_n, 188);
	assert_int_equal(c->links_n, 184);
	size_t g[8];
	static const size_t want[] = {4, 8, 50, 102, 22, 2};
	assert_int_equal(chains_generations(c, false, g, 8), 6);
	assert_memory_equal(g, want, sizeof want);
	struct chain_offspring o = chains_offspring(c, true, NULL, 0);
	assert_int_equal(o.most, 30);
	for (uint32_t k = 0; k < c->nodes_n; k++)
		assert_int_equal(c->nodes[k].infectees_n == 30, str_eq_c(c->nodes[k].id, "45"));
	struct chain_summary s = chains_intervals(c);
	near(s.mean, 10.39, 0.005);
	near(s.sd, 1.68, 0.005);
	chains_done(&c);
	arena_done(&a);
}

static struct chains *ebola(struct arena *a, const char *list, const char *links)
{
	struct table t, u;
	table_read(a, list, &t);
	table_read(a, links, &u);
	struct chain_case *cases = ARENA_ARRAY(a, struct chain_case, t.rows_n);
	struct chain_link *link = ARENA_ARRAY(a, struct chain_link, u.rows_n);
	for (size_t i = 0; i < t.rows_n; i++)
		cases[i] = (struct chain_case){table_cell(&t, i, 0),      day(table_cell(&t, i, 2)),
					       day(table_cell(&t, i, 3)), day(table_cell(&t, i, 4)),
					       day(table_cell(&t, i, 5)), (int32_t)table_number(&t, i, 1)};
	for (size_t i = 0; i < u.rows_n; i++)
		link[i] = (struct chain_link){table_cell(&u, i, 0), table_cell(&u, i, 1)};
	return build(cases, t.rows_n, link, u.rows_n);
}

static void ebola_simulated_and_its_dirty_twin(void **state)
{
	(void)state;
	const char *list = shared_path("ebola_westafrica_2014/ebola_sim_clean_linelist.csv");
	const char *links = shared_path("ebola_westafrica_2014/ebola_sim_clean_contacts.csv");
	if (!*list || !*links)
		skip();
	struct arena a;
	arena_init(&a, 0);
	struct chains *c = ebola(&a, list, links);
	assert_int_equal(c->listed_n, 5829);
	assert_int_equal(c->links_n, 3800);
	assert_int_equal(defects(c, CHAIN_UNLISTED_INFECTOR), 1657);
	assert_int_equal(defects(c, CHAIN_UNLISTED_INFECTEE), 59);
	assert_int_equal(defects(c, CHAIN_GENERATION_DIFFERS), 2); /* 2,114 of 2,116 links agree */
	assert_int_equal(
		defects(c, CHAIN_CYCLE) + defects(c, CHAIN_SELF_LINK) + defects(c, CHAIN_DUPLICATE_LINK), 0);
	struct chain_summary s = chains_intervals(c);
	assert_int_equal(s.n, 2116);
	near(s.mean, 11.06, 0.005);
	near(s.median, 9, 0);
	size_t clean_dates = defects(c, CHAIN_DATES_OUT_OF_ORDER);
	chains_done(&c);
	c = ebola(&a, shared_path("ebola_westafrica_2014/ebola_sim_linelist.csv"),
		  shared_path("ebola_westafrica_2014/ebola_sim_contacts.csv"));
	assert_int_equal(c->listed_n, 5888);
	assert_int_equal(defects(c, CHAIN_UNLISTED_INFECTOR), 1639);
	assert_int_equal(defects(c, CHAIN_UNLISTED_INFECTEE), 0);
	assert_int_equal(defects(c, CHAIN_GENERATION_DIFFERS), 2);
	print_message("dates out of order: %zu in the clean list, %zu in the raw one\n", clean_dates,
		      defects(c, CHAIN_DATES_OUT_OF_ORDER));
	assert_true(defects(c, CHAIN_DATES_OUT_OF_ORDER) >= clean_dates);
	chains_done(&c);
	arena_done(&a);
}

/* --- R over time
 * -------------------------------------------------------------------------------------------- */

static void gamma_functions(void **state)
{
	(void)state;
	near(gamma_p(1, 2), 1 - exp(-2), 1e-14);
	near(gamma_p(0.5, 1.21), erf(1.1), 1e-13);
	near(gamma_p(3, 0), 0, 0);
	for (double a = 0.3; a < 3000; a *= 2.7)
		for (double p = 0.001; p < 1; p += 0.0371)
			near(gamma_p(a, gamma_p_inverse(a, p)), p, 1e-11);
}

static void expect(double got, double want, const char *set, size_t row)
{
	if (isnan(want) != isnan(got) || fabs(got - want) > 1e-6)
		fail_msg("%s row %zu: %.9f, should be %.9f", set, row, got, want);
}

static void compare_r(struct arena *a, const char *set, const double *si, size_t si_n, const char *expected)
{
	char name[160];
	struct table t, x;
	snprintf(name, sizeof name, "epiestim_reference/%s_incidence.csv", set);
	table_read(a, shared_path(name), &t);
	snprintf(name, sizeof name, "epiestim_reference/%s", expected);
	table_read(a, shared_path(name), &x);
	double *incidence = ARENA_ARRAY(a, double, t.rows_n);
	for (size_t i = 0; i < t.rows_n; i++)
		incidence[i] = table_number(&t, i, 1);
	struct cori_r *r = ARENA_ARRAY(a, struct cori_r, t.rows_n);
	size_t n = 0;
	struct err e;
	assert_int_equal(cori_weekly(incidence, NULL, t.rows_n, si, si_n, 7, 1, 5, r, &n, &e), OK);
	assert_int_equal(n, x.rows_n);
	for (size_t i = 0; i < n; i++) {
		const double got[] = {r[i].t_start, r[i].t_end,  r[i].mean, r[i].sd,  r[i].q025, r[i].q05,
				      r[i].q25,     r[i].median, r[i].q75,  r[i].q95, r[i].q975};
		for (size_t k = 0; k < ARRAY_N(got); k++)
			expect(got[k], table_number(&x, i, k), expected, i);
	}
}

static void r_equals_the_reference(void **state)
{
	(void)state;
	static const char *const sets[] = {"Flu1918", "Flu2009", "Measles1861"};
	if (!*shared_path("epiestim_reference/README.md"))
		skip();
	struct arena a;
	arena_init(&a, 0);
	for (size_t s = 0; s < ARRAY_N(sets); s++) {
		char name[160];
		struct table t;
		snprintf(name, sizeof name, "epiestim_reference/%s_si.csv", sets[s]);
		table_read(&a, shared_path(name), &t);
		double *si = ARENA_ARRAY(&a, double, t.rows_n);
		for (size_t i = 0; i < t.rows_n; i++)
			si[i] = table_number(&t, i, 1);
		snprintf(name, sizeof name, "%s_R_weekly_expected.csv", sets[s]);
		compare_r(&a, sets[s], si, t.rows_n, name);
	}
	double si[201];
	struct err e;
	assert_int_equal(cori_discrete(2.6, 1.5, si, 201, &e), OK);
	compare_r(&a, "Flu2009", si, 201, "Flu2009_parametric_2.6_1.5_expected.csv");
	arena_done(&a);
}

static void discrete_intervals_equal_the_reference(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		double mean, sd;
	} sets[] = {{"discr_si_2.6_1.5", 2.6, 1.5}, {"discr_si_8.4_3.8", 8.4, 3.8}};
	struct arena a;
	struct err e;
	if (!*shared_path("epiestim_reference/README.md"))
		skip();
	arena_init(&a, 0);
	for (size_t s = 0; s < ARRAY_N(sets); s++) {
		char name[160];
		struct table t;
		double w[64];
		snprintf(name, sizeof name, "epiestim_reference/%s_expected.csv", sets[s].file);
		table_read(&a, shared_path(name), &t);
		assert_true(t.rows_n <= 64);
		assert_int_equal(cori_discrete(sets[s].mean, sets[s].sd, w, 64, &e), OK);
		for (size_t i = 0; i < t.rows_n; i++)
			expect(w[i], table_number(&t, i, 1), sets[s].file, i);
	}
	arena_done(&a);
	assert_int_equal(cori_discrete(1, 1, NULL, 0, &e), ERR_BAD_VALUE);
	double bad_si[] = {0.5, 0.5}, cases[] = {1, 2, 3}, minus[] = {1, -2, 3};
	struct cori_r r[3];
	size_t n;
	assert_int_equal(cori_weekly(cases, NULL, 3, bad_si, 2, 1, 1, 5, r, &n, &e), ERR_BAD_VALUE);
	double si[] = {0, 1};
	assert_int_equal(cori_weekly(minus, NULL, 3, si, 2, 1, 1, 5, r, &n, &e), ERR_BAD_VALUE);
	assert_string_equal(e.at, "incidence");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_defect_is_reported_and_nothing_fails),
		cmocka_unit_test(random_graphs_are_answered_consistently),
		cmocka_unit_test(mers_korea_2015),
		cmocka_unit_test(measles_hagelloch_1861),
		cmocka_unit_test(ebola_simulated_and_its_dirty_twin),
		cmocka_unit_test(gamma_functions),
		cmocka_unit_test(r_equals_the_reference),
		cmocka_unit_test(discrete_intervals_equal_the_reference),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
