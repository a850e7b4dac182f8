/* SPDX-License-Identifier: Apache-2.0
 *
 * testing.coverage and testing.missing: an anti-join over a whole county in two passes. Sampled and excused persons become bits by key,
 * read in order from one index each; the members of the round are read from a covering index, area by area, and looked up there. The
 * details of a missing person (ids, building, reason) are read only for rows that are handed over. The plain definition in SQL, which
 * takes five times as long at 240,000 persons, stands in tests/test_testing.sql and must give the same rows.
 *
 * The denominator is the register at the instant the round opened: who was here then, where he lived then; an excused person is
 * counted apart, never left out.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/testing/testing.h"
#include "sql.gen.h"

struct bits {
	uint64_t *word;
	size_t words_n;
};

static bool bit_set(struct bits *b, int64_t i)
{
	size_t at = (size_t)i / 64;
	if (at >= b->words_n) {
		size_t n = at + at / 2 + 1024;
		uint64_t *more = realloc(b->word, n * sizeof *more);
		if (!more)
			return false;
		memset(more + b->words_n, 0, (n - b->words_n) * sizeof *more);
		b->word = more;
		b->words_n = n;
	}
	b->word[at] |= UINT64_C(1) << (i % 64);
	return true;
}

static bool bit_at(const struct bits *b, int64_t i)
{
	size_t at = (size_t)i / 64;
	return at < b->words_n && b->word[at] >> (i % 64) & 1;
}

struct roll {
	const struct query_ask *q;
	int64_t campaign, round;
	int64_t opens_at, due_at, tags_n;
	struct id fact; /* the declaration in force: its scope and tags count */
	struct bits sampled, excused, tagged;
};

static void roll_done(struct roll *r)
{
	free(r->sampled.word);
	free(r->excused.word);
	free(r->tagged.word);
}

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for the members of a round");
}

/* The first column of each row becomes a bit. */
static enum err_code read_bits(struct roll *r, const struct sql *sql, const struct db_val *params, size_t params_n, struct bits *out, struct err *e)
{
	struct db *db = r->q->db;
	enum err_code rc = db_query(db, sql, params, params_n, e);
	while (rc == OK && db_next(db))
		if (!bit_set(out, db_int(db, 0)))
			rc = no_memory(e);
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

/* What was done with a record of a person was done with the person. */
static enum err_code join_records(struct roll *r, struct err *e)
{
	struct db *db = r->q->db;
	enum err_code rc = db_query(db, &SQL_testing_round_aliases, PARAMS(V_INT(r->q->county)), e);
	while (rc == OK && db_next(db)) {
		int64_t person = db_int(db, 0), record = db_int(db, 1);
		if ((bit_at(&r->sampled, record) && !bit_set(&r->sampled, person)) || (bit_at(&r->excused, record) && !bit_set(&r->excused, person)))
			rc = no_memory(e);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

/* *found: false when the campaign has no such round. */
static enum err_code roll_read(struct roll *r, const struct query_ask *q, bool *found, struct err *e)
{
	struct db *db = q->db;
	*r = (struct roll){.q = q, .campaign = q->args[0].i, .round = q->args[1].i};
	enum err_code rc = db_query(db, &SQL_testing_round_head, PARAMS(V_INT(q->county), V_INT(r->campaign), V_INT(r->round)), e);
	*found = rc == OK && db_next(db);
	if (*found) {
		r->opens_at = db_int(db, 0);
		r->due_at = db_int(db, 1);
		r->fact = db_id(db, 2);
		r->tags_n = db_int(db, 3);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	const struct db_val round[] = {V_INT(q->county), V_INT(r->campaign), V_INT(r->round)};
	if (rc == OK && *found)
		rc = read_bits(r, &SQL_testing_round_sampled, round, ARRAY_N(round), &r->sampled, e);
	if (rc == OK && *found)
		rc = read_bits(r, &SQL_testing_round_excused, round, ARRAY_N(round), &r->excused, e);
	if (rc == OK && *found)
		rc = join_records(r, e);
	const struct db_val tags[] = {V_INT(q->county), V_INT(r->campaign), V_ID(&r->fact), V_INT(r->opens_at)};
	if (rc == OK && *found && r->tags_n > 0)
		rc = read_bits(r, &SQL_testing_round_tagged, tags, ARRAY_N(tags), &r->tagged, e);
	return rc;
}

/* Begins the list of members: key, area, household; those of one area mostly stand together. */
static enum err_code members(const struct roll *r, struct err *e)
{
	const struct query_ask *q = r->q;
	return db_query(q->db, &SQL_testing_round_members,
			PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), V_INT(r->campaign), V_ID(&r->fact), V_INT(r->opens_at)), e);
}

static bool is_member(const struct roll *r, int64_t key)
{
	return r->tags_n == 0 || bit_at(&r->tagged, key);
}

/* ---- coverage ----------------------------------------------------------------------------------------------------------- */

struct tally {
	int64_t area, all, sampled, excused;
};
struct tallies {
	struct tally *p;
	size_t n, cap;
};

static struct tally *tally_of(struct tallies *t, int64_t area)
{
	if (t->n > 0 && t->p[t->n - 1].area == area)
		return &t->p[t->n - 1];
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 256;
		struct tally *more = realloc(t->p, cap * sizeof *more);
		if (!more)
			return NULL;
		t->p = more;
		t->cap = cap;
	}
	t->p[t->n] = (struct tally){.area = area};
	return &t->p[t->n++];
}

static int by_area(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	return (x->area > y->area) - (x->area < y->area);
}

/* An area may have come in several stretches (several scopes, earlier stays). */
static void add_up(struct tallies *t)
{
	size_t n = 0;
	if (t->n > 0)
		qsort(t->p, t->n, sizeof *t->p, by_area);
	for (size_t i = 0; i < t->n; i++) {
		if (n > 0 && t->p[n - 1].area == t->p[i].area) {
			t->p[n - 1].all += t->p[i].all;
			t->p[n - 1].sampled += t->p[i].sampled;
			t->p[n - 1].excused += t->p[i].excused;
		} else
			t->p[n++] = t->p[i];
	}
	t->n = n;
}

static enum err_code count(struct roll *r, struct tallies *t, struct err *e)
{
	struct db *db = r->q->db;
	enum err_code rc = members(r, e);
	while (rc == OK && db_next(db)) {
		int64_t key = db_int(db, 0);
		if (!is_member(r, key))
			continue;
		struct tally *x = tally_of(t, db_int(db, 1));
		if (!x) {
			rc = no_memory(e);
			break;
		}
		bool sampled = bit_at(&r->sampled, key);
		x->all++;
		x->sampled += sampled;
		x->excused += !sampled && bit_at(&r->excused, key);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

static enum err_code name_of(const struct query_ask *q, int64_t area, struct db_val *out, struct err *e)
{
	enum err_code rc = db_query(q->db, &SQL_testing_round_area_name, PARAMS(V_INT(q->county), V_INT(area)), e);
	*out = V_NULL;
	if (rc == OK && db_next(q->db))
		*out = V_TEXT(arena_str(q->arena, db_text(q->db, 0)));
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

static enum err_code coverage_rows(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct roll r;
	struct tallies t = {0};
	bool found, more = true;
	enum err_code rc = roll_read(&r, q, &found, e);
	if (rc == OK && found)
		rc = count(&r, &t, e);
	add_up(&t);
	for (size_t i = 0; rc == OK && more && i < t.n; i++) {
		const struct tally *x = &t.p[i];
		struct db_val name;
		rc = name_of(q, x->area, &name, e);
		if (rc == OK)
			more = query_row(rows, (const struct db_val[]){V_INT(x->area), name, V_INT(x->all), V_INT(x->sampled), V_INT(x->excused),
								       V_INT(x->all - x->sampled - x->excused)});
	}
	free(t.p);
	roll_done(&r);
	return rc;
}

/* ---- missing ------------------------------------------------------------------------------------------------------------ */

struct absent {
	int64_t area, key, household;
};
struct absents {
	struct absent *p;
	size_t n, cap;
};
/* A missing person in words. */
struct absent_row {
	struct id person, household;
	struct str building, unit;
	int64_t area, key, household_key, birth_year, reason; /* reason -1: none */
	bool has_household;
};

static bool absent_add(struct absents *l, int64_t area, int64_t key, int64_t household)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 1024;
		struct absent *more = realloc(l->p, cap * sizeof *more);
		if (!more)
			return false;
		l->p = more;
		l->cap = cap;
	}
	l->p[l->n++] = (struct absent){area, key, household};
	return true;
}

static int absent_cmp(const void *a, const void *b)
{
	const struct absent *x = a, *y = b;
	return x->area != y->area ? (x->area > y->area) - (x->area < y->area) : (x->key > y->key) - (x->key < y->key);
}

static int row_cmp(const void *a, const void *b)
{
	const struct absent_row *x = a, *y = b;
	int c = str_cmp(x->building, y->building);
	if (c == 0)
		c = str_cmp(x->unit, y->unit);
	if (c == 0)
		c = (x->household_key > y->household_key) - (x->household_key < y->household_key);
	return c ? c : (x->key > y->key) - (x->key < y->key);
}

static enum err_code find_absent(struct roll *r, bool unexcused, struct absents *out, struct err *e)
{
	struct db *db = r->q->db;
	enum err_code rc = members(r, e);
	while (rc == OK && db_next(db)) {
		int64_t key = db_int(db, 0);
		if (bit_at(&r->sampled, key) || !is_member(r, key) || (unexcused && bit_at(&r->excused, key)))
			continue;
		if (!absent_add(out, db_int(db, 1), key, db_int(db, 2)))
			rc = no_memory(e);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

static enum err_code describe(const struct roll *r, const struct absent *x, struct absent_row *out, struct err *e)
{
	const struct query_ask *q = r->q;
	*out = (struct absent_row){.area = x->area, .key = x->key, .household_key = x->household, .reason = -1};
	enum err_code rc = db_query(q->db, &SQL_testing_round_person,
				    PARAMS(V_INT(q->county), V_INT(x->key), V_INT(x->household), V_INT(r->campaign), V_INT(r->round)), e);
	if (rc == OK && db_next(q->db)) {
		out->person = db_id(q->db, 0);
		out->has_household = db_column_type(q->db, 1) != DB_NULL;
		out->household = db_id(q->db, 1);
		out->building = arena_str(q->arena, db_text(q->db, 2));
		out->unit = arena_str(q->arena, db_text(q->db, 3));
		out->birth_year = db_int(q->db, 4);
		out->reason = db_column_type(q->db, 5) == DB_NULL ? -1 : db_int(q->db, 5);
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

/* Rows of one area, in order of building, unit and household. */
static enum err_code area_rows(const struct roll *r, const struct absent *x, size_t n, struct query_rows *rows, bool *more, struct err *e)
{
	struct absent_row *row = calloc(n, sizeof *row);
	enum err_code rc = row ? OK : no_memory(e);
	int64_t now = r->q->now_ms, late = r->due_at < now ? now - r->due_at : 0;
	for (size_t i = 0; i < n && rc == OK; i++)
		rc = describe(r, &x[i], &row[i], e);
	if (rc == OK)
		qsort(row, n, sizeof *row, row_cmp);
	for (size_t i = 0; rc == OK && *more && i < n; i++) {
		const struct absent_row *y = &row[i];
		const struct db_val cells[] = {V_ID(&y->person), V_INT(y->area), y->has_household ? V_ID(&y->household) : V_NULL,
					       V_TEXT(y->building), V_TEXT(y->unit), V_INT(y->birth_year),
					       y->reason < 0 ? V_NULL : V_INT(y->reason), V_INT(late)};
		*more = query_row(rows, cells);
	}
	free(row);
	return rc;
}

static enum err_code missing_rows(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct roll r;
	struct absents l = {0};
	bool found, more = true;
	enum err_code rc = roll_read(&r, q, &found, e);
	if (rc == OK && found)
		rc = find_absent(&r, q->args[2].i != 0, &l, e);
	if (rc == OK && l.n > 0)
		qsort(l.p, l.n, sizeof *l.p, absent_cmp);
	for (size_t i = 0, end; rc == OK && more && i < l.n; i = end) {
		for (end = i + 1; end < l.n && l.p[end].area == l.p[i].area; end++)
			;
		rc = area_rows(&r, &l.p[i], end - i, rows, &more, e);
	}
	free(l.p);
	roll_done(&r);
	return rc;
}

const struct query_computed testing_computed[] = {
	{"testing.coverage", coverage_rows, .alone = true},
	{"testing.missing", missing_rows, .alone = true},
	{0},
};
