/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/tracing/tracing_ask.h"

#include <stdlib.h>
#include <string.h>

#include "sql.gen.h"

/* An array in the query's arena that grows while rows are read. */
#define PUSH(a, list, n, cap, value) \
	do { \
		if ((n) == (cap)) \
			(list) = grow((a), (list), sizeof *(list), &(cap)); \
		(list)[(n)++] = (value); \
	} while (0)

static void *grow(struct arena *a, const void *list, size_t size, size_t *cap)
{
	size_t more = *cap ? 2 * *cap : 64;
	void *p = arena_alloc(a, more * size);
	if (*cap)
		memcpy(p, list, *cap * size);
	*cap = more;
	return p;
}

static uint32_t seconds(int64_t ms)
{
	return ms < 0 ? 0 : ms / 1000 > VISIT_TIME_MAX ? VISIT_TIME_MAX : (uint32_t)(ms / 1000);
}

static enum err_code read_cases(struct asked *a, int64_t case_key, int64_t outbreak, struct err *e)
{
	const struct query_ask *q = a->q;
	struct asked_case *list = NULL;
	size_t n = 0, cap = 0;
	enum err_code rc = db_query(q->db, &SQL_tracing_engine_cases,
				    PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), V_INT(case_key), V_INT(outbreak)), e);
	while (rc == OK && db_next(q->db)) {
		struct asked_case c = {.case_id = db_id(q->db, 0), .key = db_int(q->db, 1), .person_id = db_id(q->db, 2),
				       .window = db_int(q->db, 3) > 0, .from = seconds(db_int(q->db, 3)), .edition = arena_str(q->arena, db_text(q->db, 5)),
				       .outbreak = db_int(q->db, 6), .opened_at = db_int(q->db, 7), .onset_at = db_int(q->db, 8),
				       .sampled_at = db_int(q->db, 9), .canon_id = db_id(q->db, 10)};
		c.to = db_int(q->db, 4) > 0 ? seconds(db_int(q->db, 4)) : VISIT_TIME_MAX;
		PUSH(q->arena, list, n, cap, c);
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	for (size_t i = 1; rc == OK && i < n; i++)
		if (list[i].outbreak != list[0].outbreak)
			rc = err_set(e, ERR_MISSING_FIELD, "outbreak", "the county has cases of several outbreaks; name one");
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = tracing_number_new(a->engine, q->county, list[i].person_id, &list[i].person, e);
	a->cases = list;
	a->cases_n = rc == OK ? n : 0;
	return rc;
}

static enum err_code read_signed(struct asked *a, struct err *e)
{
	const struct query_ask *q = a->q;
	struct asked_signed *list = NULL;
	struct id *persons = NULL;
	size_t n = 0, cap = 0, persons_n = 0, persons_cap = 0;
	enum err_code rc = db_query(q->db, &SQL_tracing_engine_signed, PARAMS(V_INT(q->county)), e);
	while (rc == OK && db_next(q->db)) {
		struct asked_signed s = {db_id(q->db, 0), db_int(q->db, 1), db_int(q->db, 3), arena_str(q->arena, db_text(q->db, 2))};
		PUSH(q->arena, list, n, cap, s);
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	if (rc == OK)
		rc = db_query(q->db, &SQL_tracing_engine_case_persons, PARAMS(V_INT(q->county)), e);
	if (rc != OK)
		return rc;
	while (db_next(q->db))
		PUSH(q->arena, persons, persons_n, persons_cap, db_id(q->db, 0));
	a->sign = list;
	a->sign_n = n;
	a->case_persons = persons;
	a->case_persons_n = persons_n;
	return db_stop(q->db, e);
}

static int by_person(const void *x, const void *y)
{
	const struct trace_isolation *a = x, *b = y;
	return a->person < b->person ? -1 : a->person > b->person;
}

/* Who is in place exposes nobody from then on. */
static void find_isolated(struct asked *a)
{
	a->isolated = ARENA_ARRAY(a->q->arena, struct trace_isolation, a->sign_n + 1);
	for (size_t i = 0; i < a->sign_n; i++) {
		uint32_t person = a->sign[i].secured_at > 0 ? tracing_number(a->engine, a->q->county, a->sign[i].person) : IDS_NONE;
		if (person != IDS_NONE)
			a->isolated[a->isolated_n++] = (struct trace_isolation){person, seconds(a->sign[i].secured_at)};
	}
	qsort(a->isolated, a->isolated_n, sizeof *a->isolated, by_person);
}

struct named_link {
	struct id a, b;
	uint32_t kind, at;
};

static enum err_code read_links(struct asked *a, int64_t case_key, int64_t outbreak, struct err *e)
{
	const struct query_ask *q = a->q;
	struct named_link *list = NULL;
	size_t n = 0, cap = 0, links_n = 0;
	enum err_code rc = db_query(q->db, &SQL_tracing_engine_links,
				    PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), V_INT(case_key), V_INT(outbreak)), e);
	while (rc == OK && db_next(q->db)) {
		int64_t first = db_int(q->db, 3), last = db_int(q->db, 4), window = db_int(q->db, 5);
		if (first < window && last >= window) /* met before and since */
			first = window;
		struct named_link l = {db_id(q->db, 0), db_id(q->db, 1), (uint32_t)db_int(q->db, 2), 0};
		l.at = l.kind == LINK_HOUSEHOLD ? TRACE_NONE : seconds(first);
		PUSH(q->arena, list, n, cap, l);
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	struct trace_link *links = ARENA_ARRAY(q->arena, struct trace_link, n + 1);
	for (size_t i = 0; rc == OK && i < n; i++) {
		struct trace_link *l = &links[links_n];
		*l = (struct trace_link){.at = list[i].at, .kind = list[i].kind};
		rc = tracing_number_new(a->engine, q->county, list[i].a, &l->a, e);
		if (rc == OK)
			rc = tracing_number_new(a->engine, q->county, list[i].b, &l->b, e);
		links_n += rc == OK && l->a != l->b;
	}
	const struct tracing_view *v = a->view;
	if (rc == OK && (links_n > 0 || v->place_parent))
		rc = trace_ties_new(&a->ties, NULL, 0, links, links_n, v->place_parent, v->place_parent ? v->places_n : 0, e);
	return rc;
}

enum err_code asked_init(struct asked *a, const struct query_ask *q, int64_t case_key, int64_t outbreak, struct err *e)
{
	*a = (struct asked){.q = q, .engine = q->engine};
	enum err_code rc = read_cases(a, case_key, outbreak, e);
	if (rc == OK)
		rc = read_signed(a, e);
	if (rc == OK)
		rc = tracing_view_get(a->engine, q->db, q->county, &a->view, e);
	if (rc == OK)
		rc = read_links(a, case_key, outbreak, e);
	if (rc != OK)
		return rc;
	find_isolated(a);
	a->windows = ARENA_ARRAY(q->arena, struct trace_case, a->cases_n + 1);
	const struct asked_case *newest = NULL;
	for (size_t i = 0; i < a->cases_n; i++) {
		const struct asked_case *c = &a->cases[i];
		if (c->window && c->from < c->to)
			a->windows[a->windows_n++] = (struct trace_case){c->person, c->from, c->to};
		if (!newest || c->opened_at > newest->opened_at)
			newest = c;
	}
	a->protocol = newest ? protocol_book_find(a->view->protocols, newest->edition) : NULL;
	tracing_rules_of(&a->rules, a->protocol);
	a->world = (struct trace_world){.view = a->view->visits, .place_type = a->view->place_type, .places_n = a->view->places_n,
					.ties = a->ties};
	return OK;
}

void asked_done(struct asked *a)
{
	trace_ties_done(&a->ties);
	tracing_view_release(&a->view);
}

const struct asked_case *asked_case_of(const struct asked *a, uint32_t person)
{
	for (size_t i = 0; i < a->cases_n; i++)
		if (a->cases[i].person == person)
			return &a->cases[i];
	return NULL;
}

static int by_signed(const void *key, const void *x)
{
	return id_cmp(*(const struct id *)key, ((const struct asked_signed *)x)->person);
}

const struct asked_signed *asked_signed_of(const struct asked *a, struct id person)
{
	return a->sign_n ? bsearch(&person, a->sign, a->sign_n, sizeof *a->sign, by_signed) : NULL;
}

static int by_id(const void *key, const void *x)
{
	return id_cmp(*(const struct id *)key, *(const struct id *)x);
}

bool asked_is_case(const struct asked *a, struct id person)
{
	return a->case_persons_n && bsearch(&person, a->case_persons, a->case_persons_n, sizeof person, by_id);
}

struct id asked_id(const struct asked *a, uint32_t number)
{
	return ids_at(a->view->ids, number);
}

struct trace_query asked_query(const struct asked *a, unsigned hops)
{
	return (struct trace_query){.cases = a->windows, .cases_n = a->windows_n, .rules = &a->rules.rules, .hops = hops, .want_via = true,
				    .isolated = a->isolated, .isolated_n = a->isolated_n};
}

enum err_code tracing_case_outbreak(struct db *db, int64_t county, struct id case_id, struct id *outbreak, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_tracing_case_outbreak, PARAMS(V_INT(county), V_ID(&case_id)), e);
	if (rc != OK)
		return rc;
	struct id found = db_next(db) ? db_id(db, 0) : ID_NONE;
	rc = db_stop(db, e);
	if (rc == OK && id_is_none(found))
		rc = err_set(e, ERR_NOT_FOUND, "case", "this county knows no case of that id");
	if (rc == OK)
		*outbreak = found;
	return rc;
}

enum err_code asked_number(const struct asked *a, const struct db_val *arg, uint32_t *out, struct err *e)
{
	struct id id;
	CHECK(arg->type == DB_BLOB && arg->s.n == sizeof id.b);
	memcpy(id.b, arg->s.p, sizeof id.b);
	*out = tracing_number(a->engine, a->q->county, id);
	return *out == IDS_NONE ? err_set(e, ERR_NOT_FOUND, "", "no stay and no link names this id") : OK;
}

enum err_code asked_numbers(struct str list, const char *name, int64_t most, int64_t *out, size_t cap, size_t *n, struct err *e)
{
	for (*n = 0; list.n > 0;) {
		struct str word = str_trim(str_cut(&list, ','));
		int64_t v;
		if (!str_to_i64(word, &v) || v < 0 || v > most)
			return err_set(e, ERR_BAD_VALUE, name, "numbers from 0 to %lld with commas between them are expected", (long long)most);
		if (*n == cap)
			return err_set(e, ERR_BAD_VALUE, name, "at most %zu numbers", cap);
		out[(*n)++] = v;
	}
	return OK;
}
