/* SPDX-License-Identifier: Apache-2.0
 *
 * The second path: every fact left its one row, kind by kind; and the four things that cannot be, looked for in the tables with plain
 * statements that know nothing of the fold: more people than beds, two classes in one room, a person in two places, a room whose number of
 * people is not that of the stays that count.
 */
#include <string.h>

#include "domain/isolation/isolation_fold.h"
#include "sql.gen.h"

static const struct {
	const char *kind;
	int table; /* as numbered in isolation_audit_rows */
	int64_t what;
} kept[] = {
	{"isolation.room_assigned", 1, WHAT_ASSIGNED},   {"isolation.admitted", 1, WHAT_ADMITTED},
	{"isolation.moved", 1, WHAT_MOVED},              {"isolation.released", 1, WHAT_RELEASED},
	{"isolation.left", 1, WHAT_LEFT},                {"isolation.room_disinfected", 2, ROOM_DISINFECTED},
	{"isolation.room_rested_until", 2, ROOM_RESTED}, {"isolation.room_closed", 2, ROOM_SHUT},
	{"isolation.room_opened", 2, ROOM_REOPENED},     {"isolation.site_opened", 3, SITE_OPENED},
	{"isolation.site_closed", 3, SITE_SHUT},         {"isolation.round_done", 4, TASK_ROUND},
	{"isolation.meal_served", 4, TASK_MEAL},         {"isolation.psych_round_done", 4, TASK_PSYCH},
	{"isolation.waste_handed_over", 4, TASK_WASTE},  {"isolation.conflict_settled", 5, 0},
	{"isolation.environment_sampled", 6, 0},         {"isolation.inquiry_done", 7, 0},
	{"isolation.medicine_given", 8, 0},              {"isolation.guardian_named", 9, 0},
	{"isolation.staff_entered", 10, 1},              {"isolation.staff_left", 10, 2},
	{"isolation.staff_cleared", 10, 3},
};

struct count {
	int64_t county, n[ARRAY_N(kept)];
};
struct audit {
	struct arena *a;
	struct count *v;
	size_t n;
};

struct audit *isolation_audit_new(struct arena *a)
{
	struct audit *audit = ARENA_NEW(a, struct audit);
	audit->a = a;
	return audit;
}

void isolation_audit_fact(struct audit *audit, const struct fact *f)
{
	size_t k = 0, i = 0;
	while (k < ARRAY_N(kept) && strcmp(kept[k].kind, f->kind->name) != 0)
		k++;
	if (k == ARRAY_N(kept))
		return;
	int64_t county = COUNTY_OF(f->area);
	while (i < audit->n && audit->v[i].county != county)
		i++;
	if (i == audit->n) {
		audit->v = arena_grown(audit->a, audit->v, audit->n, sizeof *audit->v);
		audit->v[audit->n++] = (struct count){.county = county};
	}
	audit->v[i].n[k]++;
}

static enum err_code compare_counts(const struct count *want, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	enum err_code rc = OK;
	for (size_t k = 0; rc == OK && k < ARRAY_N(kept); k++) {
		int64_t n;
		rc = db_one(db, &SQL_isolation_audit_rows, PARAMS(V_INT(county), V_INT(kept[k].table), V_INT(kept[k].what)), 0, &n, e);
		if (rc == OK && n != want->n[k])
			buf_printf(out, "isolation: %lld facts %s; the table holds %lld\n", (long long)want->n[k], kept[k].kind, (long long)n);
	}
	return rc;
}

static enum err_code look_for(const struct sql *sql, const char *what, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	enum err_code rc = db_query(db, sql, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		char id[ID_TEXT_N + 1];
		id_format(db_id(db, 0), id);
		buf_printf(out, "isolation: %s: %s\n", what, id);
	}
	return db_stop(db, e);
}

enum err_code isolation_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e)
{
	static const struct count none = {0};
	const struct count *want = &none;
	for (size_t i = 0; i < audit->n; i++)
		if (audit->v[i].county == county)
			want = &audit->v[i];
	enum err_code rc = compare_counts(want, db, county, differences, e);
	if (rc == OK)
		rc = look_for(&SQL_isolation_audit_beds, "more people than beds in room", db, county, differences, e);
	if (rc == OK)
		rc = look_for(&SQL_isolation_audit_classes, "two exposure classes in room", db, county, differences, e);
	if (rc == OK)
		rc = look_for(&SQL_isolation_audit_places, "in two places", db, county, differences, e);
	if (rc == OK)
		rc = look_for(&SQL_isolation_audit_heads, "the number of people is not that of the stays in room", db, county, differences, e);
	return rc;
}
