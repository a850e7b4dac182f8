/* SPDX-License-Identifier: Apache-2.0
 *
 * Identity: numbers, normal forms, likeness of names, candidates.
 */
#include "domain/people/people_match.h"

#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

/* ---- GB 11643 -------------------------------------------------------------------------------- */

/* GB/T 2260, first two digits; 83 stands on residence permits for people from Taiwan. */
static bool is_province(int code)
{
	static const signed char provinces[] = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34,
						35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52,
						53, 54, 61, 62, 63, 64, 65, 71, 81, 82, 83};
	for (size_t i = 0; i < sizeof provinces; i++)
		if (provinces[i] == code)
			return true;
	return false;
}

char gb11643_check(const char digits[17])
{
	/* weight of position i (1 to 17, from the left) is 2^(18-i) mod 11: Horner's rule in base 2 */
	int sum = 0;
	for (int i = 0; i < 17; i++)
		sum = (sum + (digits[i] - '0')) * 2 % 11;
	return "10X98765432"[sum];
}

static int number_at(const char *p, int n)
{
	int v = 0;
	for (int i = 0; i < n; i++)
		v = v * 10 + (p[i] - '0');
	return v;
}

enum gb11643_fault gb11643_read(struct str number, struct gb11643 *out)
{
	if (number.n != GB11643_N)
		return GB11643_LENGTH;
	for (size_t i = 0; i < GB11643_N; i++)
		if ((number.p[i] < '0' || number.p[i] > '9') && !(i == GB11643_N - 1 && number.p[i] == 'X'))
			return GB11643_DIGITS;
	const char *p = number.p;
	if (!is_province(number_at(p, 2)))
		return GB11643_DIVISION;
	char day[11] = {p[6], p[7], p[8], p[9], '-', p[10], p[11], '-', p[12], p[13], 0};
	int32_t birth_date;
	if (!day_parse((struct str){day, 10}, &birth_date))
		return GB11643_DATE;
	if (gb11643_check(p) != p[17])
		return GB11643_CHECK;
	*out = (struct gb11643){number_at(p, 6), birth_date,
				number_at(p + 16, 1) % 2 ? SEX_MALE : SEX_FEMALE};
	return GB11643_FINE;
}

const char *gb11643_rule(enum gb11643_fault fault)
{
	switch (fault) {
	case GB11643_FINE:
		return "";
	case GB11643_LENGTH:
		return "an identity number has 18 characters";
	case GB11643_DIGITS:
		return "an identity number is 17 digits and a digit or X";
	case GB11643_DIVISION:
		return "the first two digits of the identity number are no province";
	case GB11643_DATE:
		return "digits 7 to 14 of the identity number are no day of birth";
	case GB11643_CHECK:
		return "the last character of the identity number does not fit the others; please compare with the card";
	}
	return "";
}

/* ---- normal forms ---------------------------------------------------------------------------- */

/* Next code point of well-formed UTF-8, full-width forms as their plain ones; *s moves on. 0 at the end. */
static uint32_t next_char(struct str *s)
{
	if (s->n == 0)
		return 0;
	unsigned char c = (unsigned char)s->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (n > s->n)
		n = s->n;
	uint32_t u = n == 1 ? c : c & (0x7Fu >> n);
	for (size_t i = 1; i < n; i++)
		u = u << 6 | ((unsigned char)s->p[i] & 0x3Fu);
	s->p += n;
	s->n -= n;
	if (u >= 0xFF01 && u <= 0xFF5E)
		return u - 0xFF01 + '!';
	return u == 0x3000 || u == 0xA0 ? ' ' : u;
}

static size_t put_char(char *to, uint32_t u)
{
	if (u < 0x80) {
		to[0] = (char)u;
		return 1;
	}
	size_t n = u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, u >>= 6)
		to[i] = (char)(0x80 | (u & 0x3F));
	to[0] = (char)((0xF00u >> n & 0xFF) | u);
	return n;
}

struct str people_document_normal(struct arena *a, struct str number)
{
	char *out = arena_alloc(a, number.n + 1);
	size_t n = 0;
	for (uint32_t u; (u = next_char(&number)) != 0;) {
		if (u == ' ' || u == '\t' || u == '\n' || u == '-' || u == '.')
			continue;
		n += put_char(out + n, u >= 'a' && u <= 'z' ? u - 'a' + 'A' : u);
	}
	return (struct str){out, n};
}

struct str people_phone_normal(struct arena *a, struct str phone)
{
	char *out = arena_alloc(a, phone.n + 1);
	size_t n = 0;
	for (uint32_t u; (u = next_char(&phone)) != 0;)
		if ((u >= '0' && u <= '9') || (u == '+' && n == 0))
			out[n++] = (char)u;
	struct str s = {out, n};
	static const char *const country[] = {"+86", "0086", "86"};
	for (size_t i = 0; i < ARRAY_N(country); i++) {
		size_t k = strlen(country[i]);
		if (s.n == k + 11 && str_starts(s, str_of(country[i])) && s.p[k] == '1')
			return (struct str){s.p + k, 11};
	}
	return s;
}

/* ---- likeness of names ----------------------------------------------------------------------- */

#define NAME_CHARS 128
#define NAME_WORDS 16

struct name {
	uint32_t c[NAME_CHARS];
	int n;
};

/* Lower case in the scripts that have it in simple form: ASCII, Latin-1, Greek and Cyrillic capitals. */
static uint32_t fold_case(uint32_t u)
{
	if ((u >= 'A' && u <= 'Z') || (u >= 0xC0 && u <= 0xDE && u != 0xD7) || (u >= 0x391 && u <= 0x3A9) ||
	    (u >= 0x410 && u <= 0x42F))
		return u + 32;
	return u;
}

static bool is_gap(uint32_t u)
{
	return u <= ' ' || u == '-' || u == '.' || u == ',' || u == '\'' || u == 0xB7 || u == 0x2022 ||
	       u == 0x30FB;
}

static int compare_words(const void *x, const void *y)
{
	const struct name *a = x, *b = y;
	for (int i = 0; i < a->n && i < b->n; i++)
		if (a->c[i] != b->c[i])
			return a->c[i] < b->c[i] ? -1 : 1;
	return a->n - b->n;
}

/* The name without gaps: as written, and with its words sorted. */
static void read_name(struct str s, struct name *plain, struct name *sorted)
{
	struct name words[NAME_WORDS];
	int words_n = 0;
	bool gap = true;
	plain->n = sorted->n = 0;
	for (uint32_t u; plain->n < NAME_CHARS && (u = next_char(&s)) != 0;) {
		if (is_gap(u)) {
			gap = true;
			continue;
		}
		if (gap && words_n < NAME_WORDS)
			words[words_n++].n = 0;
		gap = false;
		u = fold_case(u);
		plain->c[plain->n++] = u;
		struct name *w = &words[words_n - 1];
		w->c[w->n++] = u;
	}
	qsort(words, (size_t)words_n, sizeof *words, compare_words);
	for (int i = 0; i < words_n; i++)
		for (int k = 0; k < words[i].n; k++)
			sorted->c[sorted->n++] = words[i].c[k];
}

static double jaro(const struct name *a, const struct name *b)
{
	bool hit_a[NAME_CHARS] = {false}, hit_b[NAME_CHARS] = {false};
	int longest = a->n > b->n ? a->n : b->n, reach = longest > 3 ? longest / 2 - 1 : 0, hits = 0,
	    swapped = 0;
	for (int i = 0; i < a->n; i++)
		for (int k = i - reach < 0 ? 0 : i - reach; k < b->n && k <= i + reach; k++)
			if (!hit_b[k] && a->c[i] == b->c[k]) {
				hit_a[i] = hit_b[k] = true;
				hits++;
				break;
			}
	if (hits == 0)
		return 0;
	for (int i = 0, k = 0; i < a->n; i++) {
		if (!hit_a[i])
			continue;
		while (!hit_b[k])
			k++;
		swapped += a->c[i] != b->c[k++];
	}
	double m = hits;
	return (m / a->n + m / b->n + (m - swapped / 2.0) / m) / 3;
}

static double jaro_winkler(const struct name *a, const struct name *b)
{
	if (a->n == 0 || b->n == 0)
		return 0;
	double j = jaro(a, b);
	int same = 0;
	while (same < 4 && same < a->n && same < b->n && a->c[same] == b->c[same])
		same++;
	return j + same * 0.1 * (1 - j);
}

int people_name_likeness(struct str a, struct str b)
{
	struct name plain_a, plain_b, sorted_a, sorted_b;
	read_name(a, &plain_a, &sorted_a);
	read_name(b, &plain_b, &sorted_b);
	double plain = jaro_winkler(&plain_a, &plain_b), sorted = jaro_winkler(&sorted_a, &sorted_b);
	return (int)((plain > sorted ? plain : sorted) * 100 + 0.5);
}

/* ---- candidates ------------------------------------------------------------------------------ */

static const struct {
	enum people_reason reason;
	int points;
	const char *en, *zh;
} reasons[] = {
	{REASON_HOUSEHOLD, 30, "same household", "同一家庭户"},
	{REASON_AREA, 10, "same area", "同一辖区"},
	{REASON_BIRTH_YEAR, 20, "same year of birth", "出生年份相同"},
	{REASON_BIRTH_YEAR_NEAR, 8, "year of birth one apart", "出生年份相差一年"},
	{REASON_SEX, 10, "same sex", "性别相同"},
	{REASON_NAME, 40, "same or nearly the same name", "姓名相同或极为相近"},
	{REASON_NAME_NEAR, 20, "similar name", "姓名相近"},
	{REASON_PHONE, 30, "same telephone number", "电话相同"},
	{REASON_BIRTH_DATE, 20, "same day of birth", "出生日期相同"},
};
#define NAME_SAME 90
#define NAME_NEAR 75
#define OTHER_SEX_POINTS 30  /* taken off: a mistake in the sex is rare */
#define OTHER_NAME_POINTS 25 /* taken off when a name was compared and is another one */

const char *people_reason_text(enum people_reason reason, const char *lang)
{
	for (size_t i = 0; i < ARRAY_N(reasons); i++)
		if (reasons[i].reason == reason)
			return lang && strncmp(lang, "zh", 2) == 0 ? reasons[i].zh : reasons[i].en;
	return "";
}

struct found {
	struct people_candidate c;
	int64_t key;
	bool other_sex, other_name;
};
struct pool {
	struct found *rows;
	size_t n, cap;
	struct arena *a;
	const struct people_probe *probe;
	int64_t household;
};

static int score(const struct found *f)
{
	int sum = (f->other_sex ? -OTHER_SEX_POINTS : 0) + (f->other_name ? -OTHER_NAME_POINTS : 0);
	for (size_t i = 0; i < ARRAY_N(reasons); i++)
		if (f->c.reasons & reasons[i].reason)
			sum += reasons[i].points;
	return sum < 0 ? 0 : sum > 100 ? 100 : sum;
}

static int compare_found(const void *x, const void *y)
{
	const struct found *a = x, *b = y;
	if (a->c.score != b->c.score)
		return a->c.score > b->c.score ? -1 : 1;
	return id_cmp(a->c.person, b->c.person);
}

/* Compares what lies open. The columns are those of people_candidates_*. */
static void take_row(struct pool *p, struct db *db, unsigned also)
{
	int64_t key = db_int(db, 0);
	struct id id = db_id(db, 1);
	if (id_eq(id, p->probe->person))
		return;
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].key == key) {
			p->rows[i].c.reasons |= also;
			return;
		}
	if (p->n == p->cap) {
		size_t cap = p->cap ? 2 * p->cap : 64;
		struct found *more = ARENA_ARRAY(p->a, struct found, cap);
		if (p->n)
			memcpy(more, p->rows, p->n * sizeof *more);
		p->rows = more;
		p->cap = cap;
	}
	struct found *f = &p->rows[p->n++];
	*f = (struct found){.c = {.person = id, .reasons = also}, .key = key};
	int64_t year = db_int(db, 4), sex = db_int(db, 5), want = p->probe->birth_year;
	if (p->household && db_int(db, 2) == p->household)
		f->c.reasons |= REASON_HOUSEHOLD;
	if (p->probe->area > 0 && db_int(db, 3) == p->probe->area)
		f->c.reasons |= REASON_AREA;
	if (year > 0 && want > 0 && year == want)
		f->c.reasons |= REASON_BIRTH_YEAR;
	else if (year > 0 && want > 0 && (year - want == 1 || want - year == 1))
		f->c.reasons |= REASON_BIRTH_YEAR_NEAR;
	if (sex >= 0 && p->probe->sex >= 0 && sex == p->probe->sex)
		f->c.reasons |= REASON_SEX;
	f->other_sex = sex >= 0 && p->probe->sex >= 0 && sex != p->probe->sex;
}

static enum err_code take_rows(struct pool *p, struct db *db, const struct sql *sql, const struct db_val *v,
			       size_t v_n, unsigned also, struct err *e)
{
	enum err_code rc = db_query(db, sql, v, v_n, e);
	if (rc != OK)
		return rc;
	while (db_next(db))
		take_row(p, db, also);
	return db_stop(db, e);
}

#define BLOCK_MAX 2000 /* rows of one block: a household, or the neighbours of an age */

static enum err_code gather(struct pool *p, struct db *db, struct keyring *keyring, int64_t county,
			    struct err *e)
{
	const struct people_probe *probe = p->probe;
	enum err_code rc = OK;
	if (!id_is_none(probe->household)) {
		struct db_val v[] = {V_INT(county), V_ID(&probe->household), V_TEXT(STR("household"))};
		rc = db_one(db, &SQL_people_key_of, v, ARRAY_N(v), 0, &p->household, e);
	}
	if (rc == OK && p->household)
		rc = take_rows(p, db, &SQL_people_candidates_household,
			       PARAMS(V_INT(county), V_INT(p->household), V_INT(BLOCK_MAX)), 0, e);
	if (rc == OK && probe->area > 0 && probe->birth_year > 0)
		rc = take_rows(p, db, &SQL_people_candidates_area,
			       PARAMS(V_INT(county), V_INT(probe->area), V_INT(probe->birth_year - 1),
				      V_INT(probe->birth_year + 1), V_INT(BLOCK_MAX)),
			       0, e);
	if (rc != OK || !keyring || probe->phone.n == 0)
		return rc;
	struct id owners[PEOPLE_OPENED_MAX];
	size_t owners_n = 0;
	rc = keyring_find(keyring, "phone", people_phone_normal(p->a, probe->phone), owners, ARRAY_N(owners),
			  &owners_n, e);
	for (size_t i = 0; rc == OK && i < owners_n; i++)
		rc = take_rows(p, db, &SQL_people_candidate_by_id, PARAMS(V_INT(county), V_ID(&owners[i])),
			       REASON_PHONE, e);
	return rc;
}

static enum err_code compare_personal(struct pool *p, struct found *f, struct db *db, struct keyring *keyring,
				      int64_t county, struct err *e)
{
	struct people_personal known;
	enum err_code rc = people_open(db, keyring, p->a, county, f->c.person, &known, e);
	if (rc == ERR_ERASED || rc == ERR_NOT_FOUND) /* nothing to compare with */
		return OK;
	if (rc != OK)
		return rc;
	if (p->probe->name.n > 0 && known.name.n > 0) {
		f->c.name_likeness = people_name_likeness(p->probe->name, known.name);
		if (f->c.name_likeness >= NAME_SAME)
			f->c.reasons |= REASON_NAME;
		else if (f->c.name_likeness >= NAME_NEAR)
			f->c.reasons |= REASON_NAME_NEAR;
		else
			f->other_name = true;
	}
	if (p->probe->birth_date != ABSENT && known.birth_date == p->probe->birth_date)
		f->c.reasons |= REASON_BIRTH_DATE;
	return OK;
}

static void rank(struct pool *p)
{
	for (size_t i = 0; i < p->n; i++)
		p->rows[i].c.score = score(&p->rows[i]);
	if (p->n)
		qsort(p->rows, p->n, sizeof *p->rows, compare_found);
}

enum err_code people_candidates(struct db *db, struct keyring *keyring, struct arena *a, int64_t county,
				const struct people_probe *probe, struct people_candidate *out, size_t most,
				size_t *n, struct err *e)
{
	struct pool p = {.a = a, .probe = probe};
	enum err_code rc = gather(&p, db, keyring, county, e);
	if (rc != OK)
		return rc;
	rank(&p);
	if (keyring && (probe->name.n > 0 || probe->birth_date != ABSENT)) {
		for (size_t i = 0; rc == OK && i < p.n && i < PEOPLE_OPENED_MAX; i++)
			rc = compare_personal(&p, &p.rows[i], db, keyring, county, e);
		rank(&p);
	}
	if (rc != OK)
		return rc;
	size_t got = 0;
	while (got < most && got < p.n && p.rows[got].c.score >= PEOPLE_CANDIDATE_SCORE) {
		out[got] = p.rows[got].c;
		got++;
	}
	*n = got;
	return OK;
}
