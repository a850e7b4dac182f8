/* SPDX-License-Identifier: Apache-2.0
 * How a county is put together: villages, households with ages, then everybody's place of the day. */
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"
#include "drill/county.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

struct place_name {
	int town; /* of a village: its town's place in the list; of a town: -1 */
	int64_t code;
	const char *name;
};
static const struct place_name town_names[] = {
#define TOWN(code, name) {-1, code, name},
#define VILLAGE(town, code, name)
#include "drill/jiang.def"
#undef TOWN
#undef VILLAGE
};
static const struct place_name village_names[] = {
#define TOWN(code, name)
#define VILLAGE(town, code, name) {town, code, name},
#include "drill/jiang.def"
#undef TOWN
#undef VILLAGE
};
#define TOWNS ((uint32_t)ARRAY_N(town_names))
#define VILLAGES ((uint32_t)ARRAY_N(village_names))

#define LEVELS 4 /* kindergarten, primary, junior, senior */
#define WORKS (UNIT__N - UNIT_FACTORY)
#define NOWHERE UINT32_MAX
static const uint32_t grades_n[LEVELS] = {3, 6, 3, 3};
static const uint32_t school_n[LEVELS] = {180, 700, 900, 1500}; /* pupils of a school, at most */
static const uint32_t class_n[LEVELS] = {28, 42, 46, 50}; /* pupils and teachers of a class, at most */

/* Per mille of an age group with a workplace: the row sums of Shanxi's work matrix. */
static const uint16_t employed[AGE_GROUPS] = {
	0, 0, 0, 51, 404, 600, 655, 682, 745, 706, 566, 599, 461, 351, 192, 82, 87, 83};
/* Per mille of the employed by kind of work, FACTORY first; what is left teaches. */
static const uint16_t work_share[WORKS] = {290, 140, 60, 40, 6, 90, 339};
static const struct {
	uint16_t least, most, team;
} firm[WORKS] = {{40, 300, 14}, {10, 60, 9}, {0, 0, 7}, {0, 0, 9}, {0, 0, 20}, {6, 40, 6}, {3, 18, 7}};

struct build {
	struct county *c;
	const struct county_structure *s;
	double household[HOUSEHOLD_MAX]; /* cumulative, last 1 */
	double age[AGE_GROUPS]; /* cumulative, last 1 */
	double household_mean;
	uint32_t *bucket_of; /* by person: the class year of a school, or kind of work in a town */
	uint32_t (*schools)[LEVELS]; /* by town: number of schools */
	uint32_t (*school_base)[LEVELS];
	uint32_t *bucket; /* first member of each, one more at the end */
	uint32_t buckets_n;
};

/* --- shares --------------------------------------------------------------------------------------- */

static double tilted(const double *share, double by, double out[HOUSEHOLD_MAX])
{
	double power = 1, sum = 0, mean = 0;
	for (int i = 0; i < HOUSEHOLD_MAX; i++) {
		power *= by;
		out[i] = share[i] * power;
		sum += out[i];
		mean += out[i] * (i + 1);
	}
	for (int i = 0; i < HOUSEHOLD_MAX; i++)
		out[i] /= sum;
	return mean / sum;
}

static void set_shares(struct build *b)
{
	double low = 0.01, high = 100, sum = 0;
	b->household_mean = tilted(b->s->household, 1, b->household);
	for (int i = 0; i < 80 && b->s->household_mean > 0; i++) {
		double mid = (low + high) / 2;
		b->household_mean = tilted(b->s->household, mid, b->household);
		if (b->household_mean < b->s->household_mean)
			low = mid;
		else
			high = mid;
	}
	for (int i = 1; i < HOUSEHOLD_MAX; i++)
		b->household[i] += b->household[i - 1];
	for (int i = 0; i < AGE_GROUPS; i++)
		sum += b->s->age[i];
	for (int i = 0; i < AGE_GROUPS; i++)
		b->age[i] = b->s->age[i] / sum + (i ? b->age[i - 1] : 0);
}

static int age_at(const struct build *b, double q)
{
	int g = 0;
	while (g < AGE_GROUPS - 1 && q >= b->age[g])
		g++;
	double low = g ? b->age[g - 1] : 0, width = g == AGE_GROUPS - 1 ? 10 : 5;
	int in = (int)((q - low) / (b->age[g] - low) * width);
	return g * 5 + (in < 0 ? 0 : in >= (int)width ? (int)width - 1 : in);
}

/* --- villages ------------------------------------------------------------------------------------- */

/* Public figures give no population by village: communities of the towns are set to four times a village,
 * villages spread by a factor of two, the development zone is small. */
static uint32_t weight_of(const struct county *c, uint32_t v)
{
	int64_t code = village_names[v].code;
	if (code >= 400)
		return 6;
	return code < 200 ? 48 : 8 + key_below(key_hash(&c->keys, FOR_VILLAGE_SIZE, v, 0), 9);
}

static bool lay_out(struct county *c)
{
	uint32_t copies = (c->persons_n + COUNTY_CENSUS_PERSONS / 2) / COUNTY_CENSUS_PERSONS, used = VILLAGES,
		 towns = TOWNS;
	if (copies == 0)
		copies = 1;
	if (c->persons_n < COUNTY_CENSUS_PERSONS) {
		used = (uint32_t)(((uint64_t)c->persons_n * VILLAGES + COUNTY_CENSUS_PERSONS - 1) /
			COUNTY_CENSUS_PERSONS);
		towns = (uint32_t)village_names[used - 1].town + 1;
	}
	c->villages_n = copies * used;
	c->towns_n = copies * towns;
	c->villages = calloc(c->villages_n, sizeof *c->villages);
	c->towns = calloc(c->towns_n, sizeof *c->towns);
	if (!c->villages || !c->towns)
		return false;
	uint64_t all = 0, before = 0;
	for (uint32_t v = 0; v < used; v++)
		all += weight_of(c, v);
	all *= copies;
	for (uint32_t i = 0; i < c->villages_n; i++) {
		const struct place_name *name = &village_names[i % used];
		struct village *v = &c->villages[i];
		uint32_t first = (uint32_t)(before * c->persons_n / all);
		before += weight_of(c, i % used);
		v->first = first;
		v->n = (uint32_t)(before * c->persons_n / all) - first;
		v->copy = i / used;
		v->town = v->copy * towns + (uint32_t)name->town;
		v->code = town_names[name->town].code * 1000 + name->code;
		v->name = name->name;
		struct town *t = &c->towns[v->town];
		if (t->villages_n++ == 0) {
			t->first = first;
			t->first_village = i;
			t->code = town_names[name->town].code;
			t->name = town_names[name->town].name;
			t->copy = v->copy;
			t->market = t->clinic = NO_UNIT;
		}
		t->n += v->n;
	}
	return true;
}

/* --- households ----------------------------------------------------------------------------------- */

struct pool {
	uint32_t n[AGE_MAX + 1];
	uint32_t left;
	struct dice dice;
};

static int take_near(struct pool *p, int age)
{
	CHECK(p->left > 0);
	age = age < 0 ? 0 : age > AGE_MAX ? AGE_MAX : age;
	int found = -1;
	for (int off = 0; found < 0; off++) {
		int down = age - off, up = age + off;
		CHECK(off <= AGE_MAX);
		found = down >= 0 && p->n[down] ? down : up <= AGE_MAX && p->n[up] ? up : -1;
	}
	p->n[found]--;
	p->left--;
	return found;
}

/* One of those aged from .. to by their number; the nearest when there is none. */
static int take_from(struct pool *p, int from, int to)
{
	uint32_t sum = 0;
	for (int a = from; a <= to; a++)
		sum += p->n[a];
	if (sum == 0)
		return take_near(p, to < 40 ? to : from);
	uint32_t k = (uint32_t)dice_below(&p->dice, sum);
	int a = from;
	for (; k >= p->n[a]; a++)
		k -= p->n[a];
	p->n[a]--;
	p->left--;
	return a;
}

static int roll(struct pool *p, int from, int to)
{
	return from + (int)dice_below(&p->dice, (uint64_t)(to - from + 1));
}

#define MALE 0x80
static uint8_t any_sex(struct pool *p, int age)
{
	return (uint8_t)(age | (dice_below(&p->dice, 1000) < (age < 20 ? 515 : 505) ? MALE : 0));
}

/* Children first, then parents, then grandparents: each by the age of the generation below. */
static void fill_family(struct pool *p, uint8_t *out, uint32_t size)
{
	uint32_t chance = (uint32_t)dice_below(&p->dice, 10);
	uint32_t old = size >= 6 ? 2 : size == 5 ? 1 + chance % 2 : size == 4 && chance < 4;
	uint32_t young = size - 2 - old;
	int child = take_from(p, 0, chance < 7 ? 17 : 24), mother;
	out[0] = any_sex(p, child);
	for (uint32_t i = 1; i < young; i++) {
		int sibling = take_near(p, child + roll(p, 1, 9) * (roll(p, 0, 1) ? 1 : -1));
		out[i] = any_sex(p, sibling);
	}
	mother = take_near(p, child + roll(p, 19, 30) + roll(p, 0, 9));
	out[young] = (uint8_t)mother;
	out[young + 1] = (uint8_t)(take_near(p, mother + roll(p, -3, 8)) | MALE);
	for (uint32_t i = 0; i < old; i++) {
		int grand = take_near(p,
			(i ? out[young + 2] & 0x7f : mother) +
				(i ? roll(p, -3, 6) : roll(p, 19, 28) + roll(p, 0, 9)));
		out[young + 2 + i] = (uint8_t)(grand | (i ? MALE : 0));
	}
	if (old == 1)
		out[young + 2] = any_sex(p, out[young + 2] & 0x7f);
}

static void fill_household(struct pool *p, uint8_t *out, uint32_t size)
{
	if (size >= 3) {
		fill_family(p, out, size);
	} else if (size == 2) {
		bool generations = dice_below(&p->dice, 100) < 35; /* a parent and a child, else a couple */
		int first = generations ? take_from(p, 0, 44) : take_from(p, 22, AGE_MAX);
		generations |= first < 22;
		int second = take_near(
			p, generations ? first + roll(p, 19, 30) + roll(p, 0, 9) : first + roll(p, -4, 7));
		out[0] = any_sex(p, first);
		out[1] = generations ? any_sex(p, second) : (uint8_t)(second | (out[0] & MALE ? 0 : MALE));
	} else {
		out[0] = any_sex(p, take_from(p, 20, AGE_MAX));
	}
}

/* Sizes of n persons' households, small to large; returns how many. */
static uint32_t set_sizes(const struct build *b, struct pool *p, uint32_t n, uint8_t *size)
{
	uint32_t count = (uint32_t)(n / b->household_mean + 0.5), sum = 0;
	double u = dice_unit(&p->dice);
	if (count == 0)
		count = 1;
	for (uint32_t i = 0; i < count; i++) {
		double q = (i + u) / count;
		uint8_t k = 0;
		while (k < HOUSEHOLD_MAX - 1 && q >= b->household[k])
			k++;
		size[i] = (uint8_t)(k + 1);
		sum += size[i];
	}
	for (uint32_t i = 0; sum != n; i = (i + 1) % count) {
		if (sum > n && size[i] > 1) {
			size[i]--;
			sum--;
		} else if (sum < n && size[i] < HOUSEHOLD_MAX) {
			size[i]++;
			sum++;
		}
	}
	return count;
}

static void people_village(const struct build *b, uint32_t v, uint8_t *size, uint32_t *start)
{
	struct county *c = b->c;
	const struct village *village = &c->villages[v];
	struct pool p = {.left = village->n};
	uint64_t key = key_hash(&c->keys, FOR_HOUSEHOLD, v, 0);
	struct perm order;
	if (village->n == 0)
		return;
	dice_init(&p.dice, key);
	double u = dice_unit(&p.dice);
	for (uint32_t i = 0; i < village->n; i++)
		p.n[age_at(b, (i + u) / village->n)]++;
	uint32_t count = set_sizes(b, &p, village->n, size), at = village->first;
	perm_init(&order, count, key, false);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t h = perm_at(&order, i);
		start[h] = at;
		for (uint8_t k = 0; k < size[h]; k++)
			c->home[at + k] = (uint8_t)(size[h] << 4 | k);
		at += size[h];
	}
	for (uint32_t h = count; h-- > 0;)
		fill_household(&p, c->age_sex + start[h], size[h]);
	for (uint32_t i = 0; i < village->n; i++)
		c->village_of[village->first + i] = (uint16_t)v;
}

static bool people_all(const struct build *b)
{
	uint32_t most = 1;
	for (uint32_t v = 0; v < b->c->villages_n; v++)
		if (b->c->villages[v].n > most)
			most = b->c->villages[v].n;
	uint8_t *size = malloc(most);
	uint32_t *start = malloc(most * sizeof *start);
	bool ok = size && start;
	for (uint32_t v = 0; ok && v < b->c->villages_n; v++)
		people_village(b, v, size, start);
	free(size);
	free(start);
	return ok;
}

/* --- places of the day ---------------------------------------------------------------------------- */

/* Level of school a person attends, or -1. */
static int level_of(const struct county *c, uint32_t person, uint32_t *grade)
{
	static const uint16_t enrolled[19] = {
		0, 0, 0, 600, 800, 950, 980, 980, 980, 980, 980, 980, 980, 980, 980, 900, 900, 900, 500};
	int age = county_age(c, person);
	if (age > 18 || key_below(key_hash(&c->keys, FOR_WORK, person, 0), 1000) >= enrolled[age])
		return -1;
	*grade = (uint32_t)(age < 6 ? age - 3
			: age < 12  ? age - 6
			: age < 15  ? age - 12
			: age < 18  ? age - 15
				    : 2);
	return age < 6 ? 0 : age < 12 ? 1 : age < 15 ? 2 : 3;
}

/* Senior classes are in the county's first town, the others in each town. */
static uint32_t school_town(const struct county *c, uint32_t person, int level)
{
	const struct village *v = &c->villages[c->village_of[person]];
	uint32_t towns = c->towns_n / (c->villages[c->villages_n - 1].copy + 1);
	return level == 3 ? v->copy * towns : v->town;
}

static uint32_t school_bucket(
	const struct build *b, uint32_t town, uint32_t level, uint32_t school, uint32_t grade)
{
	return b->school_base[town][level] + school * grades_n[level] + grade;
}

static bool count_schools(struct build *b)
{
	struct county *c = b->c;
	uint32_t grade, next = c->towns_n * WORKS;
	b->schools = calloc(c->towns_n, sizeof *b->schools);
	b->school_base = calloc(c->towns_n, sizeof *b->school_base);
	if (!b->schools || !b->school_base)
		return false;
	for (uint32_t p = 0; p < c->persons_n; p++) {
		int level = level_of(c, p, &grade);
		if (level >= 0)
			b->schools[school_town(c, p, level)][level]++;
	}
	for (uint32_t t = 0; t < c->towns_n; t++)
		for (uint32_t l = 0; l < LEVELS; l++) {
			b->schools[t][l] = (b->schools[t][l] + school_n[l] - 1) / school_n[l];
			b->school_base[t][l] = next;
			next += b->schools[t][l] * grades_n[l];
		}
	b->buckets_n = next;
	return true;
}

static uint32_t pupil_bucket(const struct build *b, uint32_t person, int level, uint32_t grade)
{
	const struct county *c = b->c;
	uint32_t t = school_town(c, person, level), v = c->village_of[person];
	/* villages beside each other go to the same school; senior pupils to any */
	uint32_t school = level == 3
		? key_below(key_hash(&c->keys, FOR_WORK, person, 1), b->schools[t][3])
		: (v - c->towns[t].first_village) * b->schools[t][level] / c->towns[t].villages_n;
	return school_bucket(b, t, (uint32_t)level, school, grade);
}

static uint32_t teacher_bucket(const struct build *b, uint32_t town, uint64_t h)
{
	uint32_t all = 0;
	for (uint32_t l = 0; l < LEVELS; l++)
		all += b->schools[town][l] * grades_n[l];
	if (all == 0)
		return NOWHERE;
	uint32_t k = key_below(h, all);
	for (uint32_t l = 0;; l++) {
		uint32_t here = b->schools[town][l] * grades_n[l];
		if (k < here)
			return b->school_base[town][l] + k;
		k -= here;
	}
}

static uint32_t worker_bucket(const struct build *b, uint32_t person, uint64_t h)
{
	const struct county *c = b->c;
	const struct village *v = &c->villages[c->village_of[person]];
	uint32_t copies = c->villages[c->villages_n - 1].copy + 1, towns = c->towns_n / copies,
		 town = v->town;
	uint32_t where = key_below(h, 100), kind = key_below(key_mix(h), 1000), k = 0;
	if (where >= 98) /* the few who work in another county carry a disease there */
		town = key_below(key_mix(h + 1), c->towns_n);
	else if (where >= 70)
		town = v->copy * towns + (where < 90 ? 0 : key_below(key_mix(h + 1), towns));
	while (k < WORKS && kind >= work_share[k])
		kind -= work_share[k++];
	if (k < WORKS)
		return town * WORKS + k;
	return teacher_bucket(b, town, key_mix(h + 2));
}

static uint32_t bucket_for(const struct build *b, uint32_t person)
{
	const struct county *c = b->c;
	uint32_t grade = 0, n;
	int level = level_of(c, person, &grade), age = county_age(c, person);
	uint64_t h = key_hash(&c->keys, FOR_WORK, person, 2);
	if (level >= 0)
		return pupil_bucket(b, person, level, grade);
	county_household(c, person, &n);
	if (age >= 75 && n == 1 && key_below(h, 100) < 25)
		return c->villages[c->village_of[person]].town * WORKS + (UNIT_CARE - UNIT_FACTORY);
	/* with the employment of their group only those who can be: a pupil of 16 was sent to school above */
	if (age < 16 || age >= 75 ||
		key_below(key_hash(&c->keys, FOR_WORK, person, 3), 1000) >= employed[county_age_group(age)])
		return NOWHERE;
	return worker_bucket(b, person, h);
}

static bool sort_members(struct build *b)
{
	struct county *c = b->c;
	b->bucket_of = malloc(c->persons_n * sizeof *b->bucket_of);
	b->bucket = calloc((size_t)b->buckets_n + 2, sizeof *b->bucket);
	if (!b->bucket_of || !b->bucket)
		return false;
	for (uint32_t p = 0; p < c->persons_n; p++) {
		uint32_t k = b->bucket_of[p] = bucket_for(b, p);
		if (k != NOWHERE)
			b->bucket[k + 2]++;
	}
	for (uint32_t k = 1; k < b->buckets_n + 2; k++)
		b->bucket[k] += b->bucket[k - 1];
	c->members_n = b->bucket[b->buckets_n + 1];
	c->member = malloc((c->members_n ? c->members_n : 1) * sizeof *c->member);
	if (!c->member)
		return false;
	for (uint32_t p = 0; p < c->persons_n; p++)
		if (b->bucket_of[p] != NOWHERE)
			c->member[b->bucket[b->bucket_of[p] + 1]++] = p;
	/* neighbours by number are household and village: mix them within what they share */
	for (uint32_t k = 0; k < b->buckets_n; k++) {
		struct dice d;
		dice_init(&d, key_hash(&c->keys, FOR_SHUFFLE, k, 0));
		for (uint32_t n = b->bucket[k + 1] - b->bucket[k]; n > 1; n--) {
			uint32_t *m = c->member + b->bucket[k], j = (uint32_t)dice_below(&d, n),
				 keep = m[n - 1];
			m[n - 1] = m[j];
			m[j] = keep;
		}
	}
	return true;
}

/* Cuts n members from `first` on into rooms of at most `most`, as even as can be. */
static void cut_rooms(
	struct county *c, uint32_t first, uint32_t n, uint32_t most, uint32_t kind, uint32_t grade)
{
	uint32_t rooms = (n + most - 1) / most;
	for (uint32_t r = 0; r < rooms; r++) {
		uint32_t from = (uint32_t)((uint64_t)n * r / rooms),
			 to = (uint32_t)((uint64_t)n * (r + 1) / rooms);
		if (c->units) {
			c->units[c->units_n] = (struct unit){first + from, c->sites_n, (uint16_t)(to - from),
				(uint8_t)kind, (uint8_t)grade};
			for (uint32_t i = from; i < to; i++)
				c->unit_of[c->member[first + i]] = c->units_n;
		}
		c->units_n++;
	}
}

static void end_site(struct county *c, uint32_t first_unit, uint32_t town, uint32_t kind)
{
	if (c->units_n == first_unit)
		return;
	if (kind == UNIT_MARKET)
		c->towns[town].market = c->sites_n;
	if (kind == UNIT_CLINIC)
		c->towns[town].clinic = c->sites_n;
	if (c->sites)
		c->sites[c->sites_n] = (struct site){first_unit, c->units_n - first_unit, town};
	c->sites_n++;
}

/* Runs twice: without arrays it counts units and sites, with them it fills them. */
static void cut_units(struct build *b)
{
	struct county *c = b->c;
	c->units_n = c->sites_n = 0;
	for (uint32_t t = 0; t < c->towns_n; t++) {
		for (uint32_t k = 0; k < WORKS; k++) {
			uint32_t bucket = t * WORKS + k, at = b->bucket[bucket], end = b->bucket[bucket + 1];
			for (uint32_t i = 0; at < end; i++) {
				uint64_t h = key_hash(&c->keys, FOR_SHUFFLE, bucket, i + 1);
				uint32_t n = end - at, span = firm[k].most - firm[k].least + 1U,
					 before = c->units_n;
				uint32_t drawn = firm[k].most
					? firm[k].least + key_below(key_mix(h), 1 + key_below(h, span))
					: n;
				n = drawn < n ? drawn : n;
				cut_rooms(c, at, n, firm[k].team, UNIT_FACTORY + k, 0);
				end_site(c, before, t, UNIT_FACTORY + k);
				at += n;
			}
		}
		for (uint32_t l = 0; l < LEVELS; l++)
			for (uint32_t s = 0; s < b->schools[t][l]; s++) {
				uint32_t before = c->units_n;
				for (uint32_t g = 0; g < grades_n[l]; g++) {
					uint32_t bucket = school_bucket(b, t, l, s, g);
					cut_rooms(c, b->bucket[bucket],
						b->bucket[bucket + 1] - b->bucket[bucket], class_n[l], l, g);
				}
				end_site(c, before, t, l);
			}
	}
}

static bool place_all(struct build *b)
{
	struct county *c = b->c;
	if (!count_schools(b) || !sort_members(b))
		return false;
	cut_units(b);
	c->units = calloc(c->units_n ? c->units_n : 1, sizeof *c->units);
	c->sites = calloc(c->sites_n ? c->sites_n : 1, sizeof *c->sites);
	if (!c->units || !c->sites)
		return false;
	memset(c->unit_of, 0xff, c->persons_n * sizeof *c->unit_of);
	cut_units(b);
	return true;
}

enum err_code county_new(struct county **out, uint32_t persons_n, uint64_t seed,
	const struct county_structure *structure, struct err *e)
{
	if (persons_n == 0 || persons_n > COUNTY_PERSONS_MAX)
		return err_set(
			e, ERR_BAD_VALUE, "persons", "a county has from 1 to %u persons", COUNTY_PERSONS_MAX);
	struct county *c = calloc(1, sizeof *c);
	struct build b = {.c = c, .s = structure ? structure : county_census_2020()};
	if (!c)
		return err_set(e, ERR_MEMORY, "persons", "no memory for the county");
	c->persons_n = persons_n;
	keys_init(&c->keys, seed);
	set_shares(&b);
	c->age_sex = malloc(persons_n);
	c->home = malloc(persons_n);
	c->village_of = malloc(persons_n * sizeof *c->village_of);
	c->unit_of = malloc(persons_n * sizeof *c->unit_of);
	bool ok = c->age_sex && c->home && c->village_of && c->unit_of && lay_out(c) && people_all(&b) &&
		place_all(&b);
	free(b.bucket_of);
	free(b.bucket);
	free(b.schools);
	free(b.school_base);
	if (!ok) {
		county_free(&c);
		return err_set(e, ERR_MEMORY, "persons", "no memory for a county of %u persons", persons_n);
	}
	*out = c;
	return OK;
}
