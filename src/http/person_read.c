/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading what a person's page shows.
 */
#include "domain/orders/orders.h"
#include "http/person_page.h"
#include "sql.gen.h"

#define AREA_MAX INT64_C(999999999999)

struct contact_row {
	struct str tier, edition;
	int64_t signed_at, last_exposure_at, starts_at, place;
	bool found;
};

static enum err_code read_orders(struct db *db, struct arena *a, const struct protocol_book *book, int64_t county, int64_t person,
				 struct page_view *v, struct id ids[PAGE_ORDERS_MAX], struct err *e)
{
	enum err_code rc = db_query(db, &SQL_orders_person_orders,
				    PARAMS(V_INT(county), V_INT(0), V_INT(AREA_MAX), V_INT(v->now_ms), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->orders_n < PAGE_ORDERS_MAX) {
		ids[v->orders_n] = db_id(db, 0);
		v->order[v->orders_n++] = (struct page_order){
			.source = db_int(db, 1), .class = db_int(db, 2), .tier = arena_str(a, db_text(db, 3)), .state = db_int(db, 4),
			.start_at = db_int(db, 6), .end_at = db_int(db, 7), .signed_at = db_int(db, 8), .extended_n = db_int(db, 9),
			.lifted_at = db_int(db, 10), .basis = arena_str(a, db_text(db, 11)), .clause = arena_str(a, db_text(db, 12)),
			.protocol = protocol_book_find(book, db_text(db, 13)), .conditions = arena_str(a, db_text(db, 14))};
		v->emergency_at = db_int(db, 16);
	}
	return db_stop(db, e);
}

static enum err_code read_evidence(struct db *db, struct arena *a, int64_t county, struct id order, struct page_list *l, struct err *e)
{
	if (id_is_none(order))
		return OK;
	enum err_code rc = db_query(db, &SQL_app_person_evidence, PARAMS(V_INT(county), V_ID(&order)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && l->n < PAGE_LINES_MAX)
		l->v[l->n++] = (struct page_line){.kind = arena_str(a, db_text(db, 0)), .from_at = db_int(db, 1)};
	return db_stop(db, e);
}

/* The zone around the person stands behind the orders. */
static enum err_code read_zone(struct db *db, struct arena *a, const struct protocol_book *book, int64_t county, int64_t person,
			       struct page_view *v, struct err *e)
{
	if (v->orders_n == PAGE_ORDERS_MAX)
		v->orders_n--;
	enum err_code rc = db_query(db, &SQL_zones_q_person,
				    PARAMS(V_INT(county), V_INT(0), V_INT(AREA_MAX), V_INT(v->now_ms), V_INT(1), V_INT(0), V_INT(person)), e);
	if (rc != OK)
		return rc;
	if (db_next(db)) {
		struct str clause = arena_str(a, db_text(db, 9)), edition = clause;
		v->order[v->orders_n++] = (struct page_order){.source = SOURCE_ZONE, .state = ORDER_IN_FORCE, .start_at = db_int(db, 5),
							      .end_at = db_int(db, 7), .basis = STR(""), .clause = clause,
							      .tier = arena_str(a, db_text(db, 2)), .conditions = STR(""),
							      .protocol = protocol_book_find(book, str_cut(&edition, ' '))};
	}
	return db_stop(db, e);
}

/* The stage of a contact's regimen in which the present day lies. */
static const struct protocol_stage *stage_now(const struct page_order *o, const struct contact_row *c, int64_t now)
{
	const struct protocol_tier *t = o->protocol ? protocol_tier_find(o->protocol, c->tier) : NULL;
	int64_t day = now < c->starts_at ? 0 : (now - c->starts_at) / MS_PER_DAY;
	for (size_t i = 0; t && i < t->stage_n; i++) {
		if (day < t->stage[i].days.v)
			return &t->stage[i];
		day -= t->stage[i].days.v;
	}
	return t && t->stage_n ? &t->stage[t->stage_n - 1] : NULL;
}

static enum err_code read_contact(struct db *db, struct arena *a, int64_t county, int64_t person, struct page_view *v, struct err *e)
{
	struct contact_row c = {0};
	enum err_code rc = db_query(db, &SQL_app_person_contact, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	if (db_next(db))
		c = (struct contact_row){arena_str(a, db_text(db, 0)), arena_str(a, db_text(db, 1)), db_int(db, 2), db_int(db, 4), db_int(db, 5),
					 db_int(db, 7), true};
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && c.found && i < v->orders_n; i++) {
		struct page_order *o = &v->order[i];
		if (o->source != SOURCE_CONTACT)
			continue;
		o->stage = stage_now(o, &c, v->now_ms);
		o->last_exposure_at = c.last_exposure_at;
	}
	return rc;
}

/* Columns of the lists: kind (TEXT) or word, from, to. */
static enum err_code read_due(struct db *db, struct arena *a, int64_t county, int64_t person, struct page_view *v, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_app_person_due, PARAMS(V_INT(county), V_INT(person), V_INT(v->now_ms)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->due.n < PAGE_LINES_MAX)
		v->due.v[v->due.n++] = (struct page_line){.kind = arena_str(a, db_text(db, 0)), .from_at = db_int(db, 1), .to_at = db_int(db, 2)};
	return db_stop(db, e);
}

static enum err_code read_results(struct db *db, int64_t county, int64_t person, struct page_view *v, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_app_person_results, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->results.n < PAGE_LINES_MAX)
		v->results.v[v->results.n++] =
			(struct page_line){.from_at = db_int(db, 0), .word = db_int(db, 2), .to_at = db_int(db, 1)}; /* to_at: persons in the tube */
	return db_stop(db, e);
}

static enum err_code read_asked(struct db *db, int64_t county, int64_t person, struct page_view *v, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_app_person_appeals, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->appeals.n < PAGE_LINES_MAX)
		v->appeals.v[v->appeals.n++] = (struct page_line){.from_at = db_int(db, 0), .to_at = db_int(db, 1), .word = db_int(db, 2)};
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_app_person_help, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->help.n < PAGE_LINES_MAX)
		v->help.v[v->help.n++] = (struct page_line){.word = db_int(db, 0), .from_at = db_int(db, 1), .to_at = db_int(db, 2)};
	return db_stop(db, e);
}

static enum err_code read_papers(struct db *db, int64_t county, int64_t person, struct page_view *v, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_app_person_leaves, PARAMS(V_INT(county), V_INT(person), V_INT(v->now_ms)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->leaves.n < PAGE_LINES_MAX)
		v->leaves.v[v->leaves.n++] = (struct page_line){.word = db_int(db, 0), .from_at = db_int(db, 1), .to_at = db_int(db, 2)};
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_app_person_certificates, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db) && v->certificates.n < PAGE_LINES_MAX)
		v->certificates.v[v->certificates.n++] = (struct page_line){.id = db_id(db, 0), .word = db_int(db, 1)};
	return db_stop(db, e);
}

enum err_code person_page_read(struct db *db, struct arena *a, const struct protocol_book *book, int64_t county, int64_t person, int64_t now_ms,
			       struct page_view *out, struct err *e)
{
	struct id ids[PAGE_ORDERS_MAX] = {ID_NONE};
	*out = (struct page_view){.now_ms = now_ms};
	enum err_code rc = read_orders(db, a, book, county, person, out, ids, e);
	for (size_t i = 0; rc == OK && i < out->orders_n; i++)
		rc = read_evidence(db, a, county, ids[i], &out->order[i].evidence, e);
	if (rc == OK)
		rc = read_contact(db, a, county, person, out, e);
	if (rc == OK)
		rc = read_zone(db, a, book, county, person, out, e);
	if (rc == OK)
		rc = read_due(db, a, county, person, out, e);
	if (rc == OK)
		rc = read_results(db, county, person, out, e);
	if (rc == OK)
		rc = read_asked(db, county, person, out, e);
	return rc == OK ? read_papers(db, county, person, out, e) : rc;
}
