/* SPDX-License-Identifier: Apache-2.0
 * The drill's epidemic against theory and data, and what must hold for every course: true chains, the same
 * bytes on any number of threads, rules that move only what they touch. */
#include "cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/csv.h"
#include "drill/num.h"
#include "drill/report.h"
#include "drill/response.h"

#define MONDAY 19310 /* 2022-11-14 */
#define OMICRON_DIGEST UINT64_C(0x1244f534fdaf096c)
#define RESPONSE_DIGEST UINT64_C(0xda5a0d0a97fabd92)

static bool near(double a, double b, double within)
{
	return a - b <= within && b - a <= within;
}

static struct county *build(uint32_t persons)
{
	struct county *c = NULL;
	assert_int_equal(county_new(&c, persons, 11, NULL, NULL), OK);
	return c;
}

static struct disease named(const char *name)
{
	struct disease d;
	assert_int_equal(disease_named(&d, str_of(name), NULL), OK);
	return d;
}

static struct epidemic *begin(const struct county *c, const struct disease *d, struct epidemic_options o)
{
	struct epidemic *ep = NULL;
	o.first_day = MONDAY;
	assert_int_equal(epidemic_new(&ep, c, d, &o, NULL), OK);
	return ep;
}

static void steps(struct epidemic *ep, uint32_t days)
{
	for (uint32_t d = 0; d < days; d++)
		assert_int_equal(epidemic_step(ep, NULL), OK);
}

/* A disease of the theory: no immunity, all alike, gamma generation time. */
static struct disease theory(double r0, double mean, double sd)
{
	struct disease d = named("omicron-ba5");
	d.r0 = r0;
	d.infectious_mean_d = mean;
	d.infectious_sd_d = sd;
	d.dispersion_k = 0;
	d.asymptomatic = 0;
	disease_tabulate(&d);
	return d;
}

/* --- theory --------------------------------------------------------------------------------------- */

/* z = 1 - exp(-R z) in the well-mixed population, also when cases differ in infectiousness. */
static void test_final_size(void **state)
{
	(void)state;
	static const double r0[] = {1.5, 2, 3, 5};
	struct county *c = build(60000);
	for (size_t k = 0; k < ARRAY_N(r0); k++) {
		double z = 0.9, mean = 0;
		for (int i = 0; i < 400; i++)
			z = 1 - num_exp(-r0[k] * z);
		struct disease d = theory(r0[k], 3, 1.5);
		d.dispersion_k = k % 2 ? 0.4 : 0;
		disease_tabulate(&d);
		for (uint64_t seed = 1; seed <= 3; seed++) {
			uint32_t n;
			struct epidemic *ep = begin(c, &d,
				(struct epidemic_options){.seed = seed, .imports = 60, .well_mixed = true});
			steps(ep, 220);
			epidemic_infections(ep, &n);
			mean += (double)n / c->persons_n / 3;
			epidemic_free(&ep);
		}
		print_message("final size, R %.1f: %.4f, theory %.4f\n", r0[k], mean, z);
		assert_true(near(mean, z, 0.02 * z));
	}
	county_free(&c);
}

/* e^lambda solves R M(-lambda) = 1 with the moments of the generation time: 1 = R (1 + lambda
 * sd^2/mean)^(-mean^2/sd^2). */
static void test_growth(void **state)
{
	(void)state;
	static const double sets[][3] = {{2, 5, 2}, {2.5, 6, 3}, {3, 3, 1.5}, {1.7, 2.7, 1.4}};
	struct county *c = build(400000);
	for (size_t k = 0; k < ARRAY_N(sets); k++) {
		double r = sets[k][0], scale = sets[k][2] * sets[k][2] / sets[k][1],
		       shape = sets[k][1] / scale;
		double lambda = (num_exp(num_log(r) / shape) - 1) / scale, theory_d = num_log(2) / lambda;
		struct disease d = theory(r, sets[k][1], sets[k][2]);
		struct epidemic *ep =
			begin(c, &d, (struct epidemic_options){.seed = 5, .imports = 40, .well_mixed = true});
		uint32_t low = c->persons_n / 400, high = c->persons_n / 50, n = 0, at_low = 0;
		double from = 0, to = 0;
		for (uint32_t day = 0; n < high && day < 300; day++) {
			uint32_t before = n;
			steps(ep, 1);
			epidemic_infections(ep, &n);
			/* within a day by interpolation of the logarithm */
			double slope = before ? num_log((double)n / before) : 1;
			if (before < low && n >= low) {
				from = day + num_log((double)low / before) / slope;
				at_low = low;
			}
			if (before < high && n >= high)
				to = day + num_log((double)high / before) / slope;
		}
		assert_int_equal(at_low, low);
		double doubling = (to - from) * num_log(2) / num_log((double)high / low);
		print_message("doubling, R %.1f, generation %.1f (%.1f) d: %.2f days, theory %.2f\n", r,
			sets[k][1], sets[k][2], doubling, theory_d);
		assert_true(near(doubling, theory_d, 0.05 * theory_d));
		epidemic_free(&ep);
	}
	county_free(&c);
}

/* A single case in a large population dies out with the chance that its offspring distribution gives: q =
 * exp(-R (1 - q)) when all are alike. */
static void test_extinction(void **state)
{
	(void)state;
	struct county *c = build(3000);
	struct disease d = theory(1.5, 3, 1.5);
	uint32_t runs = 600, died = 0;
	double q = 0.1;
	for (int i = 0; i < 300; i++)
		q = num_exp(-1.5 * (1 - q));
	for (uint64_t seed = 1; seed <= runs; seed++) {
		struct epidemic *ep = begin(c, &d,
			(struct epidemic_options){.seed = seed * 7919, .imports = 1, .well_mixed = true});
		uint32_t n = 0;
		for (uint32_t day = 0; day < 200 && n < 60; day++) {
			steps(ep, 1);
			epidemic_infections(ep, &n);
			if (epidemic_days(ep)[day].active == 0)
				break;
		}
		died += n < 60;
		epidemic_free(&ep);
	}
	print_message("extinction from one case, R 1.5: %.3f of %u runs, theory %.3f\n", (double)died / runs,
		runs, q);
	assert_true(near((double)died / runs, q, 0.06)); /* three standard errors */
	county_free(&c);
}

/* Of the earliest cases, the times to all whom they infect are the generation time that was put in. */
static void test_generation_and_incubation(void **state)
{
	(void)state;
	static const char *const names[] = {"omicron-ba5", "omicron-bf7", "measles", "ebola"};
	struct county *c = build(300000);
	for (size_t k = 0; k < ARRAY_N(names); k++) {
		struct disease d = named(names[k]);
		d.r0 = 1.6;
		d.immune = (struct by_age){.n = 1};
		disease_tabulate(&d);
		struct epidemic *ep = begin(
			c, &d, (struct epidemic_options){.seed = 3, .imports = 2500, .well_mixed = true});
		uint32_t n, pairs = 0, cohort = 2500;
		double sum = 0, square = 0, log_sum = 0, log_square = 0;
		steps(ep, 70);
		const struct infection *all = epidemic_infections(ep, &n);
		for (uint32_t i = 0; i < n; i++) {
			double log = num_log((all[i].onset_min - all[i].at_min) / 1440.0);
			log_sum += log;
			log_square += log * log;
			if (all[i].infector == NO_INFECTION || all[i].infector >= cohort)
				continue;
			const struct infection *from = &all[all[i].infector];
			/* infectiousness from onset on is measured from there */
			double since =
				((double)all[i].at_min -
					(d.infectious_from_onset > 0 ? from->onset_min : from->at_min)) /
				1440;
			since -= d.infectious_from_onset > 0 ? d.infectious_shift_d : 0;
			sum += since;
			square += since * since;
			pairs++;
		}
		double mean = sum / pairs, sd2 = square / pairs - mean * mean, median = num_exp(log_sum / n);
		double log_var = log_square / n - log_sum / n * (log_sum / n);
		print_message("%s: infectious %.2f days (input %.2f), variance %.2f (%.2f), %u pairs; "
			      "incubation median %.2f (%.2f), "
			      "log variance %.4f (%.4f)\n",
			names[k], mean, d.infectious_mean_d, sd2, d.infectious_sd_d * d.infectious_sd_d,
			pairs, median, d.incubation_median_d, log_var,
			d.incubation_log_sd * d.incubation_log_sd);
		assert_true(pairs > 2500);
		assert_true(near(mean, d.infectious_mean_d, 0.05 * d.infectious_mean_d));
		assert_true(near(sd2, d.infectious_sd_d * d.infectious_sd_d,
			0.15 * d.infectious_sd_d * d.infectious_sd_d));
		assert_true(near(median, d.incubation_median_d, 0.02 * d.incubation_median_d));
		assert_true(near(log_var, d.incubation_log_sd * d.incubation_log_sd,
			0.05 * d.incubation_log_sd * d.incubation_log_sd));
		epidemic_free(&ep);
	}
	county_free(&c);
}

/* What r0 comes to in persons: the mean number infected by imported cases where nobody is immune, against what the disease
 * files name as their sources. */
static void test_early_cases(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double low, high;
		uint32_t days;
	} sources[] = {{"omicron-ba5", 2.22, 9.04, 12}, {"omicron-bf7", 2.82, 4.14, 10}, {"measles", 12, 18, 26}, {"ebola", 1.5, 2, 60}};
	struct county *c = build(200000);
	for (size_t k = 0; k < ARRAY_N(sources); k++) {
		struct disease d = named(sources[k].name);
		uint32_t n = 0, children = 0, imports = 500;
		d.immune = (struct by_age){.n = 1};
		struct epidemic *ep = begin(c, &d, (struct epidemic_options){.seed = 3, .imports = imports});
		for (uint32_t day = 0; day < sources[k].days && n < c->persons_n / 6; day++) {
			steps(ep, 1);
			epidemic_infections(ep, &n);
		}
		const struct infection *all = epidemic_infections(ep, &n);
		for (uint32_t i = 0; i < n; i++)
			children += all[i].infector < imports;
		print_message("%s: imported cases infected %.2f persons each (sources %.2f-%.2f)\n", sources[k].name,
			(double)children / imports, sources[k].low, sources[k].high);
		assert_true(children > sources[k].low * imports && children < sources[k].high * imports);
		epidemic_free(&ep);
	}
	county_free(&c);
}

/* --- households ----------------------------------------------------------------------------------- */

/* Attack among the other members of households with one imported case, by household size, contacts at home
 * only. */
static void household_attack(const struct county *c, const struct disease *d, double cases[HOUSEHOLD_MAX + 1],
	double others[HOUSEHOLD_MAX + 1])
{
	uint32_t n;
	struct epidemic *ep = begin(
		c, d, (struct epidemic_options){.seed = 3, .imports = c->persons_n / 14, .home_only = true});
	steps(ep, 60);
	const struct infection *all = epidemic_infections(ep, &n);
	for (uint32_t p = 0, size; p < c->persons_n; p += size) {
		uint32_t imported = 0, infected = 0;
		county_household(c, p, &size);
		for (uint32_t k = 0; k < size; k++) {
			uint32_t i = epidemic_infection_of(ep, p + k);
			infected += i != NO_INFECTION;
			imported += i != NO_INFECTION && all[i].infector == NO_INFECTION;
		}
		if (imported == 1) {
			cases[size] += infected - 1;
			others[size] += size - 1;
		}
	}
	epidemic_free(&ep);
}

/* Households of two and more in the study by size, from its file, or as counted from it when that is absent.
 */
static bool read_study(double members[HOUSEHOLD_MAX + 1], double positive[HOUSEHOLD_MAX + 1])
{
	char path[512];
	struct {
		char name[16];
		uint32_t n, contacts, positive;
	} home[128] = {{{0}, 0, 0, 0}};
	uint32_t homes = 0;
	struct csv *c = NULL;
	const struct str *f;
	size_t n;
	const char *shared = getenv("SUSHUI_SHARED");
	snprintf(path, sizeof path, "%s/data/sashts_households_2020/sashts_metadata.csv",
		shared ? shared : "../shared");
	if (access(path, R_OK) != 0 || csv_open(&c, path, NULL) != OK)
		return false;
	assert_int_equal(csv_row(c, &f, &n, NULL), OK);
	while (csv_row(c, &f, &n, NULL) == OK && n == 18) {
		uint32_t h = 0;
		while (h < homes && !str_eq_c(f[5], home[h].name))
			h++;
		if (h == homes) {
			assert_true(homes < ARRAY_N(home));
			str_to_c(f[5], home[homes++].name, sizeof home[0].name);
		}
		home[h].n++;
		home[h].contacts += str_eq_c(f[16], "Contact");
		home[h].positive += str_eq_c(f[16], "Contact") && str_eq_c(f[17], "Positive");
	}
	csv_close(&c);
	assert_int_equal(homes, 88);
	for (uint32_t h = 0; h < homes; h++) {
		assert_true(home[h].n <= HOUSEHOLD_MAX);
		members[home[h].n] += home[h].contacts;
		positive[home[h].n] += home[h].positive;
	}
	return true;
}

static void test_household_attack(void **state)
{
	(void)state;
	struct county *c = build(200000);
	static const struct {
		const char *name;
		double low, high; /* 95 % interval of the study */
	} studies[] = {{"omicron-ba5", 0.450, 0.609}, {"omicron-bf7", 0.255, 0.593}};
	for (size_t k = 0; k < ARRAY_N(studies); k++) {
		double cases[HOUSEHOLD_MAX + 1] = {0}, others[HOUSEHOLD_MAX + 1] = {0}, hit = 0, all = 0;
		struct disease d = named(studies[k].name);
		household_attack(c, &d, cases, others);
		for (int s = 2; s <= HOUSEHOLD_MAX; s++) {
			hit += cases[s];
			all += others[s];
		}
		print_message("household attack, %s: %.3f (study %.3f-%.3f)\n", studies[k].name, hit / all,
			studies[k].low, studies[k].high);
		assert_true(hit / all > studies[k].low && hit / all < studies[k].high);
	}
	county_free(&c);
}

/* 153 of 252 members of 88 households (eLife 2023, 84753): home contacts as they are in the published figures
 * and R0 6 give the total; its rise with household size is then a prediction. */
static void test_household_study(void **state)
{
	(void)state;
	double members[HOUSEHOLD_MAX + 1] = {0}, positive[HOUSEHOLD_MAX + 1] = {0},
				       cases[HOUSEHOLD_MAX + 1] = {0}, others[HOUSEHOLD_MAX + 1] = {0};
	if (!read_study(members, positive)) {
		print_message("skipped: $SUSHUI_SHARED/data/sashts_households_2020 is not there\n");
		skip();
	}
	struct county *c = build(200000);
	struct disease d = named("omicron-ba5");
	double expected = 0, all = 0, found = 0, chi = 0;
	d.home_weight = 1;
	household_attack(c, &d, cases, others);
	for (int s = 2; s <= HOUSEHOLD_MAX; s++) {
		double share = cases[s] / others[s];
		expected += share * members[s];
		all += members[s];
		found += positive[s];
		/* members of a household share their luck: the variance of a binomial is doubled */
		if (members[s] >= 10)
			chi += (positive[s] - share * members[s]) * (positive[s] - share * members[s]) /
				(2 * members[s] * share * (1 - share));
		print_message("  households of %d: %.3f, study %.3f (%.0f of %.0f)\n", s, share,
			positive[s] / members[s], positive[s], members[s]);
	}
	assert_true(all == 252 && found == 153);
	print_message("household attack: %.3f, study %.3f; by size chi-square %.1f of 5\n", expected / all,
		found / all, chi);
	assert_true(near(expected / all, found / all, 0.06)); /* two standard errors of the study */
	assert_true(chi < 11.07); /* 5 % of chances are above */
	county_free(&c);
}

/* --- what holds for every course ------------------------------------------------------------------ */

static struct response_options plan(void)
{
	struct response_options o;
	response_options_default(&o);
	return o;
}

static struct epidemic *course(const struct county *c, const struct disease *d, struct epidemic_options eo,
	const struct response_options *ro, uint32_t days)
{
	struct epidemic *ep = begin(c, d, eo);
	struct response *r = NULL;
	if (ro)
		assert_int_equal(response_new(&r, ep, ro, NULL), OK);
	for (uint32_t day = 0; day < days; day++) {
		if (r)
			assert_int_equal(response_day(r, NULL), OK);
		steps(ep, 1);
	}
	response_free(&r);
	return ep;
}

/* Every infection is between two people who were there at that minute, the one infectious, neither held, and
 * the inverse of daily life finds the one from the other: complete tracing would miss nobody. */
static void test_chain_is_true(void **state)
{
	(void)state;
	struct county *c = build(40000);
	struct disease d = named("omicron-ba5");
	struct response_options o = plan();
	o.begin_when_found = false;
	o.first_day = 9;
	struct epidemic *ep = course(c, &d, (struct epidemic_options){.seed = 2, .imports = 20}, &o, 24);
	struct presence *found = malloc(sizeof *found * c->persons_n);
	uint32_t n, pairs = 0, after_found = 0;
	assert_non_null(found);
	const struct infection *all = epidemic_infections(ep, &n);
	for (uint32_t k = 0; k < n; k++) {
		const struct infection *i = &all[k];
		assert_int_equal(epidemic_infection_of(ep, i->person), k);
		assert_true(i->onset_min > i->at_min);
		if (i->infector == NO_INFECTION)
			continue;
		const struct infection *from = &all[i->infector];
		int32_t day = MONDAY + (int32_t)(i->at_min / LIFE_DAY_MIN);
		uint32_t minute = i->at_min % LIFE_DAY_MIN, both = 0;
		assert_true(from->at_min < i->at_min);
		assert_int_equal(life_where(c, i->person, day, minute), i->place);
		assert_int_equal(life_where(c, from->person, day, minute), i->place);
		size_t there = life_at(c, i->place, day, minute, minute + 1, found, c->persons_n);
		for (size_t m = 0; m < there; m++)
			both += found[m].person == i->person || found[m].person == from->person;
		assert_int_equal(both, 2);
		int most = PLACE_KIND(i->place) == PLACE_HOME ? HOLD_HOME : 0;
		assert_true(epidemic_held(ep, i->person, i->at_min) <= most &&
			epidemic_held(ep, from->person, i->at_min) <= most);
		after_found +=
			from->found_min != NOT_FOUND_YET && i->at_min >= from->found_min + o.isolate_min;
		pairs++;
	}
	print_message("%u infections, %u pairs, all of them present together\n", n, pairs);
	assert_true(pairs > 500);
	assert_int_equal(after_found, 0); /* an isolated person no longer infects */
	free(found);
	epidemic_free(&ep);
	county_free(&c);
}

/* Complete tracing of a case's whole past names everybody it infected. */
static void test_tracing_recall(void **state)
{
	(void)state;
	struct county *c = build(40000);
	struct disease d = named("omicron-ba5");
	struct response_options o = plan();
	struct response *r = NULL;
	struct epidemic *ep = course(c, &d, (struct epidemic_options){.seed = 4, .imports = 10}, NULL, 16);
	uint32_t n, named_n = 0, children = 0;
	assert_int_equal(response_new(&r, ep, &o, NULL), OK);
	const struct infection *all = epidemic_infections(ep, &n);
	for (uint32_t k = 0; k < n && children < 400; k++) {
		if (all[k].infector == NO_INFECTION)
			continue;
		const uint32_t *contact;
		size_t contacts;
		uint32_t hit = 0;
		assert_int_equal(response_contacts(r, all[all[k].infector].person,
					 all[k].at_min / LIFE_DAY_MIN, 1, &contact, &contacts, NULL),
			OK);
		for (size_t m = 0; m < contacts; m++) {
			assert_true(m == 0 || contact[m - 1] < contact[m]);
			hit += contact[m] == all[k].person;
		}
		named_n += hit;
		children++;
	}
	print_message("complete tracing names %u of %u infected\n", named_n, children);
	assert_true(children > 100);
	assert_int_equal(named_n, children);
	response_free(&r);
	epidemic_free(&ep);
	county_free(&c);
}

static void test_threads_and_compilers(void **state)
{
	(void)state;
	struct county *c = build(60000);
	struct disease d = named("omicron-ba5");
	struct response_options o = plan();
	uint64_t first = 0, first_plan = 0;
	for (uint32_t threads = 1; threads <= 3; threads++) {
		struct epidemic_options eo = {
			.seed = 9, .imports = 15, .import_every_days = 3, .threads = threads};
		struct epidemic *ep = course(c, &d, eo, NULL, 45), *with = course(c, &d, eo, &o, 45);
		uint32_t n;
		uint32_t most = 0;
		for (uint32_t day = 0; day < 45; day++)
			most = epidemic_days(ep)[day].active > most ? epidemic_days(ep)[day].active : most;
		assert_true(most > 8192); /* helpers really ran */
		epidemic_infections(ep, &n);
		if (threads == 1) {
			first = epidemic_digest(ep);
			first_plan = epidemic_digest(with);
			print_message("digests %016llx (%u infections), %016llx\n", (unsigned long long)first,
				n, (unsigned long long)first_plan);
		}
		assert_true(epidemic_digest(ep) == first);
		assert_true(epidemic_digest(with) == first_plan);
		epidemic_free(&ep);
		epidemic_free(&with);
	}
	assert_true(first == OMICRON_DIGEST && first_plan == RESPONSE_DIGEST);
	county_free(&c);
}

/* Two courses that differ in one rule are the same to the minute until that rule first bites. */
static void test_one_rule(void **state)
{
	(void)state;
	struct county *c = build(40000);
	struct disease d = named("omicron-ba5"), slower = d;
	struct response_options with = plan(), without = plan();
	struct epidemic_options eo = {.seed = 6, .imports = 10};
	with.begin_when_found = without.begin_when_found = false;
	with.first_day = without.first_day = 12; /* rounds and closures */
	without.round_every_days = 0;
	for (int l = 0; l < LAYER__N; l++)
		without.cut_q16[l] = 0;
	struct epidemic *a = course(c, &d, eo, &with, 20), *b = course(c, &d, eo, &without, 20);
	uint32_t na, nb, same = 0;
	const struct infection *ia = epidemic_infections(a, &na), *ib = epidemic_infections(b, &nb);
	while (same < na && same < nb &&
		memcmp(&ia[same], &ib[same], offsetof(struct infection, found_min)) == 0)
		same++;
	assert_true(ia[same].at_min / LIFE_DAY_MIN >= 12 && ib[same].at_min / LIFE_DAY_MIN >= 12);
	assert_true(same > 100 && nb > na);
	epidemic_free(&b);

	/* a rule of results does not move courses of disease: the same person has the same incubation and
	 * strength */
	slower.pool_ct_sd = 2;
	disease_tabulate(&slower);
	b = course(c, &slower, eo, &with, 20);
	ib = epidemic_infections(b, &nb);
	for (uint32_t k = 0; k < nb; k++) {
		uint32_t other = epidemic_infection_of(a, ib[k].person);
		if (other == NO_INFECTION)
			continue;
		assert_int_equal(ib[k].onset_min - ib[k].at_min, ia[other].onset_min - ia[other].at_min);
		assert_int_equal(ib[k].strength_q16, ia[other].strength_q16);
		assert_int_equal(ib[k].flags, ia[other].flags);
	}
	epidemic_free(&a);
	epidemic_free(&b);
	county_free(&c);
}

static uint32_t infected(
	const struct county *c, const struct disease *d, const struct response_options *o, uint32_t days)
{
	uint32_t sum = 0, n;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct epidemic *ep =
			course(c, d, (struct epidemic_options){.seed = seed, .imports = 8}, o, days);
		epidemic_infections(ep, &n);
		sum += n;
		epidemic_free(&ep);
	}
	return sum;
}

/* More response never means more infections, over four seeds; an ordinary plan ends an outbreak of Omicron.
 */
static void test_response_order(void **state)
{
	(void)state;
	struct county *c = build(50000);
	struct disease d = named("omicron-ba5");
	struct response_options o = plan(), care = plan(), reach = plan(), late = plan();
	care.round_every_days = care.trace_days = 0;
	for (int l = 0; l < LAYER__N; l++)
		care.cut_q16[l] = 0;
	reach.reach_q16 = 32768;
	late.result_min = 2880;
	uint32_t none = infected(c, &d, NULL, 40), few = infected(c, &d, &care, 40),
		 half = infected(c, &d, &reach, 40);
	uint32_t slow = infected(c, &d, &late, 40), all = infected(c, &d, &o, 40);
	print_message("infected in 4 courses of 40 days: nobody acts %u, care only %u, half reached %u, "
		      "results after 48 h %u, the plan %u\n",
		none, few, half, slow, all);
	assert_true(none > few && few > half && half > all && slow > all);
	assert_true(all < none / 20);
	county_free(&c);
}

static void test_rounds_count_people(void **state)
{
	(void)state;
	struct county *c = build(20000);
	struct disease d = named("omicron-ba5");
	struct response_options o = plan();
	o.begin_when_found = false;
	o.care_q16 = 0;
	struct epidemic *ep =
		course(c, &d, (struct epidemic_options){.seed = 1}, &o, 4); /* nobody is infected */
	const struct day_count *days = epidemic_days(ep);
	for (uint32_t k = 0; k < 4; k++) {
		assert_int_equal(days[k].swabs + days[k].missed, c->persons_n);
		assert_true(near(days[k].missed, 600, 75));
		assert_int_equal(days[k].pools, (days[k].swabs + 9) / 10);
		assert_int_equal(days[k].found + days[k].held + days[k].pools_positive + days[k].infected, 0);
	}
	assert_true(days[0].missed != days[1].missed); /* not the same people each day */
	epidemic_free(&ep);
	struct response *r = NULL;
	struct err e = {0};
	ep = begin(c, &d, (struct epidemic_options){.seed = 1});
	o.pool_n = 0;
	assert_int_equal(response_new(&r, ep, &o, &e), ERR_BAD_VALUE);
	o.pool_n = 21;
	assert_int_equal(response_new(&r, ep, &o, &e), ERR_BAD_VALUE);
	epidemic_free(&ep);
	assert_int_equal(
		epidemic_new(&ep, c, &d, &(struct epidemic_options){.threads = 99}, &e), ERR_BAD_VALUE);
	assert_int_equal(
		epidemic_new(&ep, c, &d, &(struct epidemic_options){.imports = 20001}, &e), ERR_BAD_VALUE);
	county_free(&c);
}

/* Outcomes by age are the file's shares. */
static void test_severity(void **state)
{
	(void)state;
	struct county *c = build(100000);
	struct disease d = named("ebola");
	d.severe.n = d.fatal.n = 2;
	d.severe.from[1] = d.fatal.from[1] = 40;
	d.severe.share_q16[0] = 65536 / 10;
	d.severe.share_q16[1] = 65536 / 2;
	d.fatal.share_q16[0] = 65536 / 20;
	d.fatal.share_q16[1] = 65536 / 5;
	struct epidemic *ep = begin(c, &d, (struct epidemic_options){.seed = 2, .imports = 50000});
	double n[2] = {0}, severe[2] = {0}, fatal[2] = {0};
	uint32_t many;
	steps(ep, 1);
	const struct infection *all = epidemic_infections(ep, &many);
	for (uint32_t k = 0; k < many; k++) {
		int old = county_age(c, all[k].person) >= 40;
		n[old]++;
		severe[old] += (all[k].flags & INFECTION_SEVERE) != 0;
		fatal[old] += (all[k].flags & INFECTION_FATAL) != 0;
		assert_true(!(all[k].flags & INFECTION_FATAL) || (all[k].flags & INFECTION_SEVERE));
	}
	assert_true(near(severe[0] / n[0], 0.1, 0.01) && near(severe[1] / n[1], 0.5, 0.01));
	assert_true(near(fatal[0] / n[0], 0.05, 0.01) && near(fatal[1] / n[1], 0.2, 0.01));
	epidemic_free(&ep);
	county_free(&c);
}

static void test_immunity(void **state)
{
	(void)state;
	struct county *c = build(50000);
	struct disease d = theory(3, 3, 1.5);
	d.immune = (struct by_age){.n = 1, .from = {0}, .share_q16 = {65536 * 3 / 4}};
	struct epidemic *ep =
		begin(c, &d, (struct epidemic_options){.seed = 2, .imports = 50, .well_mixed = true});
	uint32_t n, immune = 0;
	steps(ep, 100);
	const struct infection *all = epidemic_infections(ep, &n);
	for (uint32_t p = 0; p < c->persons_n; p++)
		immune += epidemic_immune(ep, p);
	assert_true(near(immune, 37500, 400));
	for (uint32_t k = 0; k < n; k++)
		assert_false(epidemic_immune(ep, all[k].person));
	assert_true(n < 500); /* R 0.75: it dies out */
	epidemic_free(&ep);
	county_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_final_size),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_extinction),
		cmocka_unit_test(test_generation_and_incubation),
		cmocka_unit_test(test_early_cases), cmocka_unit_test(test_household_attack),
		cmocka_unit_test(test_household_study),
		cmocka_unit_test(test_chain_is_true),
		cmocka_unit_test(test_tracing_recall),
		cmocka_unit_test(test_threads_and_compilers),
		cmocka_unit_test(test_one_rule),
		cmocka_unit_test(test_response_order),
		cmocka_unit_test(test_rounds_count_people),
		cmocka_unit_test(test_severity),
		cmocka_unit_test(test_immunity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
