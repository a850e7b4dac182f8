/* SPDX-License-Identifier: Apache-2.0
 * The drill's county, its daily life and the inverse of it, disease files, the command line. */
#include "cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cmd_drill.h"
#include "core/csv.h"
#include "drill/disease.h"
#include "drill/life.h"
#include "drill/num.h"

#define COUNTY_DIGEST UINT64_C(0xdf398ecdf45dbd2e)
#define MONDAY 19310 /* 2022-11-14 */

static struct county *build(uint32_t persons, uint64_t seed, const struct county_structure *s)
{
	struct county *c = NULL;
	struct err e = {0};
	assert_int_equal(county_new(&c, persons, seed, s, &e), OK);
	return c;
}

static bool near(double a, double b, double within)
{
	return a - b <= within && b - a <= within;
}

/* --- numbers -------------------------------------------------------------------------------------- */

static void test_permutation(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {1, 2, 3, 7, 64, 65, 1000, 1553, 65031};
	for (size_t k = 0; k < ARRAY_N(sizes); k++) {
		struct perm p;
		uint32_t n = sizes[k], moved = 0;
		uint8_t *seen = calloc(n, 1);
		assert_non_null(seen);
		perm_init(&p, n, key_mix(k + 1), true);
		for (uint32_t x = 0; x < n; x++) {
			uint32_t y = perm_at(&p, x);
			assert_true(y < n);
			assert_int_equal(seen[y]++, 0);
			assert_int_equal(perm_back(&p, y), x);
			moved += y != x;
		}
		assert_true(n < 64 || moved > n - 12); /* about one stays in its place */
		free(seen);
	}
}

/* Two people of the same catchment are as close in one day's order as in another's only by chance. */
static void test_permutation_mixes(void **state)
{
	(void)state;
	uint32_t n = 1500, close = 0, days = 4000;
	for (uint32_t d = 0; d < days; d++) {
		struct perm p;
		perm_init(&p, n, key_mix(d), false);
		int32_t gap = (int32_t)perm_at(&p, 700) - (int32_t)perm_at(&p, 701);
		close += gap < 75 && gap > -75;
	}
	/* expected 2 x 74.5 / 1500 of the days */
	assert_true(near((double)close / days, 0.0967, 0.02));
}

static void test_numbers(void **state)
{
	(void)state;
	assert_true(near(num_exp(1), 2.718281828459045, 1e-13));
	assert_true(near(num_exp(-20), 2.061153622438558e-09, 1e-20));
	assert_true(near(num_log(10), 2.302585092994046, 1e-13));
	assert_true(near(num_log(1e-9), -20.72326583694641, 1e-11));
	assert_true(near(num_normal_cdf(1.959963984540054), 0.975, 1e-12));
	assert_true(near(num_normal_at(0.025), -1.959963984540054, 1e-10));
	assert_true(near(num_gamma_cdf(1, 2), 1 - 0.1353352832366127, 1e-12));
	assert_true(near(num_gamma_cdf(4, 2.5), 0.2424238668669339, 1e-10));
	assert_true(near(num_gamma_at(0.5, 0.9), 1.352771727047702, 1e-8));
	double sum = 0;
	for (uint32_t i = 0; i < 65536; i++)
		sum += num_wait(i << 16 | 0x8000) / 16777216.0;
	assert_true(near(sum / 65536, 1, 1e-4)); /* mean waiting time */
	assert_true(near(num_wait(0x7fffffff) / 16777216.0, 0.6931471805, 1e-5));
	assert_true(near(num_wait(0) / 16777216.0, 22.18070977, 1e-4));
	assert_int_equal(num_wait(UINT32_MAX), 0);
}

/* --- the county ----------------------------------------------------------------------------------- */

static uint64_t digest(const struct county *c)
{
	uint64_t h = c->units_n;
	for (uint32_t p = 0; p < c->persons_n; p++)
		h = key_mix(h ^
			((uint64_t)c->unit_of[p] << 32 | (uint32_t)c->age_sex[p] << 24 |
				(uint32_t)c->home[p] << 16 | c->village_of[p]));
	for (uint32_t k = 0; k < c->members_n; k++)
		h = key_mix(h ^ c->member[k]);
	return h;
}

static void test_county_is_census(void **state)
{
	(void)state;
	struct county *c = build(COUNTY_CENSUS_PERSONS, 1, NULL);
	uint32_t households = 0, males = 0, young = 0, old = 0, very_old = 0, children_alone = 0;
	for (uint32_t p = 0; p < c->persons_n; p++) {
		int age = county_age(c, p);
		uint32_t n, first = county_household(c, p, &n);
		assert_true(n >= 1 && n <= HOUSEHOLD_MAX && p - first < n);
		males += county_is_male(c, p);
		young += age < 15;
		old += age >= 60;
		very_old += age >= 65;
		if (first != p)
			continue;
		households++;
		int oldest = 0;
		for (uint32_t k = 0; k < n; k++) {
			oldest = county_age(c, p + k) > oldest ? county_age(c, p + k) : oldest;
			assert_int_equal(c->village_of[p + k], c->village_of[p]);
		}
		children_alone += oldest < 16;
	}
	double all = c->persons_n;
	print_message("persons per household %.3f; 0-14 %.2f %%, 60+ %.2f %%, 65+ %.2f %%, male %.2f %%; "
		      "homes of children alone %u\n",
		all / households, 100 * young / all, 100 * old / all, 100 * very_old / all, 100 * males / all,
		children_alone);
	assert_true(near(all / households, 2.84, 0.01));
	assert_true(near(100 * young / all, 16.81, 0.1));
	assert_true(near(100 * old / all, 19.96, 0.1));
	assert_true(near(100 * very_old / all, 13.70, 0.1));
	assert_true(near(100 * males / all, 50.48, 0.5));
	assert_true(children_alone * 1000 <= households);
	assert_int_equal(c->villages_n, 146);
	assert_int_equal(c->towns_n, 11);
	county_free(&c);
	assert_null(c);
}

static void test_county_is_whole(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {1, 2, 3, 17, 400, 1600, 12000, 500000};
	for (size_t k = 0; k < ARRAY_N(sizes); k++) {
		struct county *c = build(sizes[k], 40 + k, NULL);
		uint32_t next = 0, seen = 0;
		for (uint32_t v = 0; v < c->villages_n; v++) {
			assert_int_equal(c->villages[v].first, next);
			assert_int_equal(c->villages[v].code / 1000, c->towns[c->villages[v].town].code);
			next += c->villages[v].n;
		}
		assert_int_equal(next, c->persons_n);
		for (uint32_t u = 0; u < c->units_n; u++) {
			assert_true(c->units[u].n > 0 && c->units[u].site < c->sites_n);
			for (uint32_t i = 0; i < c->units[u].n; i++, seen++)
				assert_int_equal(c->unit_of[c->member[c->units[u].first + i]], u);
		}
		assert_int_equal(seen, c->members_n);
		for (uint32_t p = 0; p < c->persons_n; p++)
			seen -= c->unit_of[p] != NO_UNIT;
		assert_int_equal(seen, 0);
		assert_true(county_bytes(c) < 16 * (size_t)c->persons_n + 65536);
		county_free(&c);
	}
	struct county *none = NULL;
	struct err e = {0};
	assert_int_equal(county_new(&none, 0, 1, NULL, &e), ERR_BAD_VALUE);
	assert_int_equal(county_new(&none, COUNTY_PERSONS_MAX + 1, 1, NULL, &e), ERR_BAD_VALUE);
	assert_null(none);
}

/* The digests hold for gcc and clang, optimised and instrumented: what changes them changes every county. */
static void test_county_is_the_same(void **state)
{
	(void)state;
	struct county *a = build(30000, 7, NULL), *b = build(30000, 7, NULL), *other = build(30000, 8, NULL);
	assert_true(digest(a) == digest(b));
	assert_true(digest(a) != digest(other));
	print_message("county digest %016llx\n", (unsigned long long)digest(a));
	assert_true(digest(a) == COUNTY_DIGEST);
	county_free(&a);
	county_free(&b);
	county_free(&other);
}

static void test_occupations_and_needs(void **state)
{
	(void)state;
	struct county *c = build(COUNTY_CENSUS_PERSONS, 2, NULL);
	uint32_t work[OCCUPATION__N] = {0}, need[7] = {0};
	for (uint32_t p = 0; p < c->persons_n; p++) {
		uint32_t needs = county_needs(c, p);
		int age = county_age(c, p);
		enum occupation o = county_occupation(c, p);
		work[o]++;
		for (int k = 0; k < 7; k++)
			need[k] += needs >> k & 1;
		assert_true(!(needs & NEED_INFANT) || age == 0);
		assert_true(!(needs & NEED_PREGNANT) || (!county_is_male(c, p) && age >= 20 && age < 40));
		assert_true(o != OCCUPATION_PUPIL || age < 20);
		assert_true(o == OCCUPATION_NONE || o == OCCUPATION_PUPIL || (age >= 16 && age < 75));
	}
	for (int o = 0; o < OCCUPATION__N; o++)
		assert_true(work[o] > 200);
	for (int k = 0; k < 7; k++)
		assert_true(need[k] > 20);
	county_free(&c);
}

/* --- daily life ----------------------------------------------------------------------------------- */

static void test_days_have_no_gap(void **state)
{
	(void)state;
	struct county *c = build(20000, 3, NULL);
	for (uint32_t p = 0; p < c->persons_n; p++)
		for (int32_t d = MONDAY; d < MONDAY + 9; d++) {
			struct stay s[LIFE_STAYS_MAX];
			uint32_t n = life_day(c, p, d, s), at = 0;
			assert_true(n >= 1 && n <= LIFE_STAYS_MAX);
			for (uint32_t i = 0; i < n; i++) {
				assert_int_equal(s[i].in_min, at);
				assert_true(s[i].out_min > s[i].in_min);
				at = s[i].out_min;
			}
			assert_int_equal(at, LIFE_DAY_MIN);
			uint32_t probe = key_below(key_mix(p * 16U + (uint32_t)d), LIFE_DAY_MIN), i = 0;
			while (s[i].out_min <= probe)
				i++;
			assert_int_equal(life_where(c, p, d, probe), s[i].place);
		}
	county_free(&c);
}

struct visit {
	uint32_t place, person;
	uint16_t in, out;
};

static int by_place(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	return (int)x->in - (int)y->in;
}

/* Everybody's day written out is the oracle: at each place and for odd windows the inverse names the same
 * people. */
static void test_inverse(void **state)
{
	(void)state;
	struct county *c = build(9000, 4, NULL);
	struct visit *v = malloc(sizeof *v * c->persons_n * LIFE_STAYS_MAX);
	struct presence *found = malloc(sizeof *found * c->persons_n * 4);
	uint32_t places = 0, kinds[PLACE__N] = {0};
	assert_true(v && found);
	for (int32_t day = MONDAY + 3; day < MONDAY + 7; day++) {
		size_t n = 0;
		for (uint32_t p = 0; p < c->persons_n; p++) {
			struct stay s[LIFE_STAYS_MAX];
			uint32_t k = life_day(c, p, day, s);
			for (uint32_t i = 0; i < k; i++)
				v[n++] = (struct visit){s[i].place, p, s[i].in_min, s[i].out_min};
		}
		qsort(v, n, sizeof *v, by_place);
		for (size_t a = 0, b; a < n; a = b) {
			for (b = a; b < n && v[b].place == v[a].place; b++)
				;
			uint64_t h = key_mix(v[a].place + (uint64_t)day);
			uint32_t from = key_below(h, LIFE_DAY_MIN),
				 to = from + 1 + key_below(key_mix(h), LIFE_DAY_MIN - from);
			if (places++ % 3 == 0) {
				from = 0;
				to = LIFE_DAY_MIN;
			}
			size_t want = 0, got = life_at(c, v[a].place, day, from, to, found, c->persons_n * 4);
			struct visit *mine = malloc(sizeof *mine * (got + 1));
			assert_non_null(mine);
			for (size_t k = 0; k < got; k++)
				mine[k] = (struct visit){
					v[a].place, found[k].person, found[k].in_min, found[k].out_min};
			qsort(mine, got, sizeof *mine, by_place);
			for (size_t k = a; k < b; k++) {
				if (v[k].in >= to || v[k].out <= from)
					continue;
				assert_true(want < got);
				assert_memory_equal(&mine[want], &v[k], sizeof *mine);
				want++;
			}
			assert_int_equal(want, got);
			kinds[PLACE_KIND(v[a].place)] += got > 0;
			free(mine);
		}
	}
	for (int k = PLACE_HOME; k < PLACE_ANY; k++)
		assert_true(kinds[k] > 0);
	assert_int_equal(life_at(c, PLACE(PLACE_HOME, 0), MONDAY, 0, LIFE_DAY_MIN, NULL, 0) > 0, 1);
	free(v);
	free(found);
	county_free(&c);
}

static void test_calendar(void **state)
{
	(void)state;
	struct county *c = build(30000, 5, NULL);
	uint32_t at_school[7] = {0}, market[10] = {0}, pupils = 0;
	for (uint32_t p = 0; p < c->persons_n; p++) {
		pupils += county_occupation(c, p) == OCCUPATION_PUPIL;
		for (int32_t d = 0; d < 10; d++) {
			uint32_t at = life_where(c, p, MONDAY + d, 600);
			if (d < 7 && county_occupation(c, p) == OCCUPATION_PUPIL)
				at_school[d] += PLACE_KIND(at) == PLACE_ROOM;
			market[d] += PLACE_KIND(at) == PLACE_MARKET && PLACE_NUMBER(at) == 0;
		}
	}
	for (int d = 0; d < 5; d++)
		assert_true(at_school[d] > pupils * 95 / 100 && at_school[d] < pupils);
	assert_int_equal(at_school[5] + at_school[6], 0);
	for (int d = 0; d < 5; d++) { /* one market day in five, and the same five days later */
		assert_int_equal(life_market_day(0, MONDAY + d), life_market_day(0, MONDAY + d + 5));
		for (int k = 0; k < 5; k++)
			if (life_market_day(0, MONDAY + d) && k != d)
				assert_true(market[d] > market[k] * 5 / 4);
	}
	county_free(&c);
}

static void test_meetings_are_true(void **state)
{
	(void)state;
	struct county *c = build(20000, 6, NULL);
	uint32_t met[LAYER__N] = {0};
	for (uint32_t p = 0; p < c->persons_n; p += 3)
		for (enum layer l = LAYER_HOME; l < LAYER_ANY; l++) {
			struct meeting m;
			int32_t day = MONDAY + (int32_t)(p % 11);
			if ((l == LAYER_SCHOOL || l == LAYER_WORK) && life_unit_layer(c, p) != l)
				continue;
			if (!life_propose(c, p, day, l, key_mix(p + (uint64_t)l), &m) ||
				!life_confirm(c, p, day, &m))
				continue;
			met[l]++;
			assert_int_not_equal(m.other, p);
			assert_int_equal(life_where(c, p, day, m.minute), m.place);
			assert_int_equal(life_where(c, m.other, day, m.minute), m.place);
		}
	for (enum layer l = LAYER_HOME; l < LAYER_ANY; l++)
		assert_true(met[l] > 300);
	county_free(&c);
}

/* --- contact patterns against published matrices -------------------------------------------------- */

static bool read_matrix(const char *name, double m[AGE_GROUPS][AGE_GROUPS])
{
	char path[512];
	struct csv *c = NULL;
	const char *shared = getenv("SUSHUI_SHARED");
	snprintf(path, sizeof path, "%s/data/contact_matrices/China_subnational_Shanxi_F_%s_setting_18.csv",
		shared ? shared : "../shared", name);
	if (access(path, R_OK) != 0 || csv_open(&c, path, NULL) != OK)
		return false;
	for (int i = 0; i < AGE_GROUPS; i++) {
		const struct str *f;
		size_t n;
		assert_int_equal(csv_row(c, &f, &n, NULL), OK);
		assert_int_equal(n, AGE_GROUPS);
		for (int j = 0; j < AGE_GROUPS; j++)
			assert_true(str_to_f64(f[j], &m[i][j]));
	}
	csv_close(&c);
	return true;
}

static void normalise(double m[AGE_GROUPS][AGE_GROUPS], int without)
{
	double sum = 0;
	for (int i = 0; i < AGE_GROUPS; i++)
		for (int j = 0; j < AGE_GROUPS; j++) {
			if (i == without || j == without)
				m[i][j] = 0;
			sum += m[i][j];
		}
	for (int i = 0; i < AGE_GROUPS; i++)
		for (int j = 0; j < AGE_GROUPS; j++)
			m[i][j] /= sum;
}

static void sample_meetings(const struct county *c, enum layer l, double m[AGE_GROUPS][AGE_GROUPS])
{
	for (uint32_t p = 0; p < c->persons_n; p++) {
		uint32_t n;
		county_household(c, p, &n);
		if ((l == LAYER_HOME && n < 2) ||
			((l == LAYER_SCHOOL || l == LAYER_WORK) && life_unit_layer(c, p) != l))
			continue;
		for (int32_t d = 0; d < 14; d++) {
			struct meeting met;
			uint64_t key = key_hash(&c->keys, FOR_EVENT, p, (uint32_t)(d * 8 + (int32_t)l));
			if (life_propose(c, p, MONDAY + d, l, key, &met) &&
				life_confirm(c, p, MONDAY + d, &met))
				m[county_age_group(county_age(c, p))]
				 [county_age_group(county_age(c, met.other))]++;
		}
	}
}

/* Which ages meet: half the sum of absolute differences between the shares of age pairs (0 the same, 1
 * disjoint), with the population that the matrices describe. School without those of 20-24: Jiang has no
 * university. */
static void test_contact_matrices(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		double most;
		int without;
	} layers[] = {
		{"household", 0.25, -1}, {"school", 0.32, 4}, {"work", 0.06, -1}, {"community", 0.17, -1}};
	static double want[AGE_GROUPS][AGE_GROUPS], got[AGE_GROUPS][AGE_GROUPS];
	double persons[AGE_GROUPS] = {0};
	struct county *c = build(120000, 5, county_shanxi_2010());
	for (uint32_t p = 0; p < c->persons_n; p++)
		persons[county_age_group(county_age(c, p))]++;
	for (enum layer l = LAYER_HOME; l <= LAYER_COMMUNITY; l++) {
		double apart = 0, lopsided = 0;
		if (!read_matrix(layers[l].name, want)) {
			county_free(&c);
			print_message("skipped: $SUSHUI_SHARED/data/contact_matrices is not there\n");
			skip();
		}
		memset(got, 0, sizeof got);
		sample_meetings(c, l, got);
		for (int i = 0; i < AGE_GROUPS; i++)
			for (int j = 0; j < AGE_GROUPS; j++)
				want[i][j] *= persons[i];
		normalise(want, layers[l].without);
		normalise(got, layers[l].without);
		for (int i = 0; i < AGE_GROUPS; i++)
			for (int j = 0; j < AGE_GROUPS; j++) {
				double d = want[i][j] - got[i][j], s = got[i][j] - got[j][i];
				apart += (d < 0 ? -d : d) / 2;
				lopsided += (s < 0 ? -s : s) / 2;
			}
		print_message("contacts by age, %-9s: %.3f apart (limit %.2f), %.3f lopsided\n",
			layers[l].name, apart, layers[l].most, lopsided);
		assert_true(apart <= layers[l].most);
		assert_true(lopsided <= 0.03); /* A meets B as often as B meets A */
	}
	county_free(&c);
}

/* --- disease files -------------------------------------------------------------------------------- */

static void test_diseases(void **state)
{
	(void)state;
	static const char *const names[] = {"omicron-ba5", "omicron-bf7", "measles", "ebola"};
	for (size_t k = 0; k < ARRAY_N(names); k++) {
		struct disease d;
		struct err e = {0};
		assert_int_equal(disease_named(&d, str_of(names[k]), &e), OK);
		double sum = 0, strength = 0, mean = 0,
		       others = 1 - d.asymptomatic + d.asymptomatic * d.asymptomatic_infectious;
		for (uint32_t b = 0; b < DISEASE_BINS; b++) {
			sum += d.profile_q16[b] / 65536.0 / 4;
			mean += (b + 0.5) / 4 * d.profile_q16[b] / 65536.0 / 4;
		}
		for (int i = 0; i < DISEASE_QUANTILES; i++)
			strength += d.strength_q16[i] / 65536.0 / DISEASE_QUANTILES;
		assert_true(near(sum, 1, 0.002));
		assert_true(near(mean, d.infectious_mean_d, 0.05));
		assert_true(near(strength * others, 1, 0.001));
		assert_true(near(d.incubation_min[DISEASE_QUANTILES / 2] / 1440.0, d.incubation_median_d,
			0.02 * d.incubation_median_d));
		/* a larger pool never sees more, and a pool of one sees what the file says */
		for (uint32_t day = 0; day < d.pcr_days_n; day++) {
			assert_true(near(disease_pcr_q16(&d, day, 1) / 65536.0, d.pcr[day], 1e-4));
			for (uint32_t n = 1; n < 20; n++)
				assert_true(disease_pcr_q16(&d, day, n + 1) <= disease_pcr_q16(&d, day, n));
		}
		assert_int_equal(disease_pcr_q16(&d, 63, 1), 0);
	}
	struct disease d;
	assert_int_equal(disease_named(&d, STR("common cold"), NULL), ERR_NOT_FOUND);
	assert_int_equal(disease_read(&d, "/nowhere/x.csv", NULL), ERR_FILE);
}

static void test_disease_refusals(void **state)
{
	(void)state;
	static const struct {
		const char *rows;
		enum err_code code;
		const char *at;
	} cases[] = {
		{"parameter,value,unit\n", ERR_BAD_CSV, "line 1"},
		{"parameter,value,unit,origin\n", ERR_UNKNOWN_COLUMN, "line 1"},
		{"parameter,value,unit,source\nr0,1,,\n", ERR_MISSING_FIELD, "line 2"},
		{"parameter,value,unit,source\nr0,many,,x\n", ERR_BAD_VALUE, "line 2"},
		{"parameter,value,unit,source\nr0,99,,x\n", ERR_BAD_VALUE, "line 2"},
		{"parameter,value,unit,source\nr0,2,,x\nr0,2,,x\n", ERR_DUPLICATE_FIELD, "line 3"},
		{"parameter,value,unit,source\nr00,2,,x\n", ERR_UNKNOWN_FIELD, "line 2"},
		{"parameter,value,unit,source\nimmune_age_5,0.2,,x\n", ERR_BAD_VALUE, "line 2"},
		{"parameter,value,unit,source\npcr_day_1,0.2,,x\n", ERR_BAD_VALUE, "line 2"},
		{"parameter,value,unit,source\nr0,2,,x\n", ERR_MISSING_FIELD, "infectious_mean_d"},
		{"", ERR_MISSING_FIELD, "r0"},
	};
	for (size_t k = 0; k < ARRAY_N(cases); k++) {
		struct disease d = {.r0 = -7};
		struct err e = {0};
		assert_int_equal(disease_parse(&d, STR("x"), str_of(cases[k].rows), &e), cases[k].code);
		assert_string_equal(e.at, cases[k].at);
		assert_true(d.r0 == -7); /* untouched */
	}
}

/* --- the command ---------------------------------------------------------------------------------- */

static int run(char *out, size_t cap, char **argv)
{
	char path[] = "/tmp/sushui-drill.XXXXXX";
	int file = mkstemp(path), argc = 0, kept = dup(1), kept_err = dup(2),
	    nowhere = open("/dev/null", O_WRONLY);
	assert_true(file >= 0 && kept >= 0 && kept_err >= 0 && nowhere >= 0);
	while (argv[argc])
		argc++;
	fflush(stdout);
	assert_int_equal(dup2(file, 1), 1);
	assert_int_equal(dup2(nowhere, 2), 2);
	int code = cmd_drill(argc, argv);
	fflush(stdout);
	assert_int_equal(dup2(kept, 1), 1);
	assert_int_equal(dup2(kept_err, 2), 2);
	close(kept);
	close(kept_err);
	close(nowhere);
	ssize_t n = pread(file, out, cap - 1, 0);
	assert_true(n >= 0);
	out[n] = 0;
	close(file);
	unlink(path);
	return code;
}
#define RUN(out, ...) run(out, sizeof(out), (char *[]){"drill", __VA_ARGS__, NULL})

static void test_command(void **state)
{
	(void)state;
	static char a[1 << 17], b[1 << 17];
	assert_int_equal(RUN(a, "epidemic", "--people", "3000", "--days", "9", "--seed", "4", "--json"), 0);
	assert_int_equal(RUN(b, "epidemic", "--people", "3000", "--days", "9", "--seed", "4", "--json",
				 "--threads", "2"),
		0);
	char *end_a = strstr(a, ",\"processor_seconds\""), *end_b = strstr(b, ",\"processor_seconds\"");
	assert_true(end_a && end_b);
	*end_a = *end_b = 0;
	assert_string_equal(a, b);
	assert_non_null(strstr(a, "\"exercise\":true"));
	assert_int_equal(RUN(a, "epidemic", "--people", "3000", "--days", "9", "--no-response"), 0);
	assert_non_null(strstr(a, "EXERCISE"));
	assert_int_equal(RUN(a, "county", "--people", "3000"), 0);
	assert_non_null(strstr(a, "古绛镇"));
	assert_int_equal(RUN(a, "county", "--people", "3000", "--json"), 0);
	assert_non_null(strstr(a, "\"villages\":[{\"code\":140826100005"));
	assert_int_equal(RUN(a, "epidemic", "--people", "0"), 2);
	assert_int_equal(RUN(a, "epidemic", "--people"), 2);
	assert_int_equal(RUN(a, "epidemic", "--bogus", "1"), 2);
	assert_int_equal(RUN(a, "epidemic", "--start", "yesterday"), 2);
	assert_int_equal(RUN(a, "earthquake"), 2);
	assert_int_equal(RUN(a, "epidemic", "--disease", "none-such"), 1);
	assert_int_equal(RUN(a, "epidemic", "--people", "900", "--days", "3", "--disease", "src/drill/diseases/ebola.csv"), 0);
	assert_non_null(strstr(a, "ebola among 900 persons"));
	assert_int_equal(RUN(a, "--help"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permutation),
		cmocka_unit_test(test_permutation_mixes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_county_is_census),
		cmocka_unit_test(test_county_is_whole),
		cmocka_unit_test(test_county_is_the_same),
		cmocka_unit_test(test_occupations_and_needs),
		cmocka_unit_test(test_days_have_no_gap),
		cmocka_unit_test(test_inverse),
		cmocka_unit_test(test_calendar),
		cmocka_unit_test(test_meetings_are_true),
		cmocka_unit_test(test_contact_matrices),
		cmocka_unit_test(test_diseases),
		cmocka_unit_test(test_disease_refusals),
		cmocka_unit_test(test_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
