/* SPDX-License-Identifier: Apache-2.0
 *
 * Records that are one human being. A pair has one link: the latest decision on it, whichever way. The
 * records joined by links form groups; each group is stood for by one record (canon). All is derived from the
 * set of links, so the order in which decisions arrive does not matter, and taking one back restores what was
 * there before.
 */
#include "domain/people/people.h"

#include "ledger/duty.h"
#include "sql.gen.h"

struct member {
	int64_t key;
	struct id id;
	bool given_up; /* some link keeps the other one */
};
struct group {
	struct member *members;
	size_t n, cap;
};

static size_t find_or_add(struct ledger_tx *tx, struct group *g, int64_t key)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->members[i].key == key)
			return i;
	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 8;
		struct member *more = ARENA_ARRAY(tx->arena, struct member, cap);
		for (size_t i = 0; i < g->n; i++)
			more[i] = g->members[i];
		g->members = more;
		g->cap = cap;
	}
	g->members[g->n] = (struct member){.key = key};
	return g->n++;
}

/* Everybody joined with `start`, directly or through others. */
static enum err_code collect(struct ledger_tx *tx, int64_t start, struct group *g, struct err *e)
{
	enum err_code rc = OK;
	find_or_add(tx, g, start);
	for (size_t i = 0; rc == OK && i < g->n; i++) {
		rc = db_query(tx->db, &SQL_people_links_of,
			      PARAMS(V_INT(tx->county), V_INT(g->members[i].key)), e);
		if (rc != OK)
			return rc;
		while (db_next(tx->db)) {
			int64_t low = db_int(tx->db, 0), high = db_int(tx->db, 1), kept = db_int(tx->db, 2);
			size_t a = find_or_add(tx, g, low), b = find_or_add(tx, g, high);
			g->members[kept == low ? b : a].given_up = true;
		}
		rc = db_stop(tx->db, e);
	}
	for (size_t i = 0; rc == OK && i < g->n; i++)
		rc = ledger_id_of(tx, g->members[i].key, &g->members[i].id, e);
	return rc;
}

/* The record that no merge gave up; among several, or when the merges run in a circle, the one with the
 * smallest id. Keys would not do: they depend on the order of arrival. */
static int64_t canon_of(const struct group *g)
{
	const struct member *best = &g->members[0];
	for (size_t i = 1; i < g->n; i++) {
		const struct member *m = &g->members[i];
		if (m->given_up != best->given_up ? best->given_up : id_cmp(m->id, best->id) < 0)
			best = m;
	}
	return best->key;
}

static enum err_code derive_group(struct ledger_tx *tx, const struct group *g, struct err *e)
{
	int64_t canon = canon_of(g);
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < g->n; i++) {
		int64_t key = g->members[i].key;
		rc = db_run(tx->db, &SQL_people_canon_put,
			    PARAMS(V_INT(tx->county), V_INT(key), V_INT(canon),
				   V_INT(key == canon ? (int64_t)g->n - 1 : 0)),
			    e);
	}
	for (size_t i = 0; rc == OK && i < g->n; i++)
		rc = people_refresh_duties(tx, g->members[i].key, e);
	return rc;
}

struct pair {
	int64_t low, high;
};

/* Keys of two persons, the smaller id first. Both get a row when they have none. */
static enum err_code pair_of(struct ledger_tx *tx, struct id one, struct id other, struct pair *p,
			     struct err *e)
{
	bool swap = id_cmp(one, other) > 0;
	enum err_code rc = ledger_key(tx, "person", swap ? other : one, &p->low, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", swap ? one : other, &p->high, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_stub_put, PARAMS(V_INT(tx->county), V_INT(p->low)), e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_stub_put, PARAMS(V_INT(tx->county), V_INT(p->high)), e);
	return rc;
}

enum err_code people_apply_link(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_persons_merged *b = f->body; /* the two kinds have the same members */
	int64_t joined = str_eq_c(str_of(f->kind->name), "people.persons_merged");
	struct pair p;
	struct group g = {0}, rest = {0};
	enum err_code rc = pair_of(tx, b->person, b->other, &p, e);
	if (rc != OK)
		return rc;
	int64_t kept = id_cmp(b->person, b->other) < 0 ? p.low : p.high;
	rc = db_run(tx->db, &SQL_people_link_put,
		    PARAMS(V_INT(tx->county), V_INT(p.low), V_INT(p.high), V_INT(kept), V_INT(joined),
			   V_INT(f->at), V_ID(&f->id)),
		    e);
	if (rc == OK)
		rc = collect(tx, p.low, &g, e);
	if (rc == OK)
		rc = derive_group(tx, &g, e);
	if (rc != OK)
		return rc;
	size_t n = g.n;
	find_or_add(tx, &g, p.high);
	if (g.n == n) /* both are in one group */
		return OK;
	rc = collect(tx, p.high, &rest, e);
	return rc == OK ? derive_group(tx, &rest, e) : rc;
}

enum err_code people_note_duplicates(struct ledger_tx *tx, struct id person, const struct fact_list *others,
				     struct err *e)
{
	const struct id *ids = others->p;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < others->n; i++) {
		struct pair p;
		rc = pair_of(tx, person, ids[i], &p, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_people_duplicate_put,
				    PARAMS(V_INT(tx->county), V_INT(p.low), V_INT(p.high)), e);
	}
	return rc;
}

enum err_code people_refresh_duties(struct ledger_tx *tx, int64_t person, struct err *e)
{
	struct duty *duties = NULL;
	size_t n = 0, cap = 0;
	enum err_code rc =
		db_query(tx->db, &SQL_people_duplicates_of, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		if (n == cap) {
			struct duty *more = ARENA_ARRAY(tx->arena, struct duty, cap = cap ? 2 * cap : 4);
			for (size_t i = 0; i < n; i++)
				more[i] = duties[i];
			duties = more;
		}
		int64_t known_a = db_int(tx->db, 3), known_b = db_int(tx->db, 4),
			decided_at = db_int(tx->db, 7);
		bool one = db_int(tx->db, 5) == db_int(tx->db, 6);
		struct duty *d = &duties[n++];
		*d = (struct duty){.kind = "people.merge",
				   .subject = db_int(tx->db, 0),
				   .part = db_int(tx->db, 1),
				   .area = db_int(tx->db, 2),
				   .from_at = known_a > known_b ? known_a : known_b,
				   .clause = STR("people: one document, one person")};
		d->due_at = d->from_at + PEOPLE_MERGE_DUE_MS;
		d->state = one || decided_at > 0 ? DUTY_DONE : DUTY_OPEN;
		d->done_at = d->state == DUTY_OPEN ? 0 : decided_at > 0 ? decided_at : d->from_at;
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = duty_set(tx, &duties[i], e);
	return rc;
}
