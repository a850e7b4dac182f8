/* SPDX-License-Identifier: Apache-2.0
 *
 * The second path: who is in the register, in which household and area, and which record stands for whom, recomputed from the facts
 * alone with plain code, and compared with the tables. Shares nothing with the fold in people.c and people_link.c.
 */
#include <stdlib.h>

#include "domain/people/people.h"
#include "ledger/idmap.h"
#include "sql.gen.h"

enum told { TOLD_REGISTERED, TOLD_CORRECTED, TOLD_MOVED, TOLD_DEPARTED };

struct told_event {
	enum told what;
	int64_t at, from_at, area;
	struct id fact, household;
	struct told_event *next;
};
struct home {
	int64_t at, area;
	struct id fact;
};
struct man {
	struct id id;
	struct told_event *events;
	size_t events_n;
	struct man *root; /* of the group of records that are one human being; NULL: itself */
	struct man *canon; /* at the root: the record that stands for the group */
	bool given_up, seen;
};
struct decision { /* the newest on a pair */
	struct id low, high, kept, fact;
	int64_t county, at;
	bool joined;
	struct decision *next; /* of the same smaller record */
};
struct decisions {
	struct decision *first;
};
struct audit {
	struct arena *a;
	struct idmap men, homes, pairs; /* pairs: by the smaller id */
};

struct audit *people_audit_new(struct arena *a)
{
	struct audit *audit = ARENA_NEW(a, struct audit);
	audit->a = a;
	idmap_init(&audit->men, a, sizeof(struct man));
	idmap_init(&audit->homes, a, sizeof(struct home));
	idmap_init(&audit->pairs, a, sizeof(struct decisions));
	return audit;
}

static bool newer(int64_t at, struct id fact, int64_t than_at, struct id than)
{
	return at != than_at ? at > than_at : id_cmp(fact, than) > 0;
}

static struct man *man_of(struct audit *audit, int64_t county, struct id id)
{
	struct man *m = idmap_make(&audit->men, county, id);
	m->id = id;
	return m;
}

static void told_of(struct audit *audit, const struct fact *f, struct id person, enum told what, struct id household, int64_t from_at)
{
	struct man *m = man_of(audit, COUNTY_OF(f->area), person);
	struct told_event *ev = ARENA_NEW(audit->a, struct told_event);
	*ev = (struct told_event){what, f->at, from_at == ABSENT ? f->at : from_at, f->area, f->id, household, m->events};
	m->events = ev;
	m->events_n++;
}

static void decided(struct audit *audit, const struct fact *f, struct id kept, struct id other, bool joined)
{
	int64_t county = COUNTY_OF(f->area);
	struct id low = id_cmp(kept, other) < 0 ? kept : other, high = id_cmp(kept, other) < 0 ? other : kept;
	man_of(audit, county, kept);
	man_of(audit, county, other);
	struct decisions *all = idmap_make(&audit->pairs, county, low);
	struct decision *d = all->first;
	while (d && !id_eq(d->high, high))
		d = d->next;
	if (!d) {
		d = ARENA_NEW(audit->a, struct decision);
		d->next = all->first;
		all->first = d;
	} else if (!newer(f->at, f->id, d->at, d->fact))
		return;
	struct decision *next = d->next;
	*d = (struct decision){low, high, kept, f->id, county, f->at, joined, next};
}

void people_audit_fact(struct audit *audit, const struct fact *f)
{
	struct str kind = str_of(f->kind->name);
	const void *body = f->body;
	if (str_eq_c(kind, "people.person_registered")) {
		const struct people_person_registered *b = body;
		told_of(audit, f, b->person, TOLD_REGISTERED, b->household, b->from_at);
		const struct id *others = b->duplicate_of.p;
		for (size_t i = 0; i < b->duplicate_of.n; i++)
			man_of(audit, COUNTY_OF(f->area), others[i]);
	} else if (str_eq_c(kind, "people.person_corrected")) {
		const struct people_person_corrected *b = body;
		told_of(audit, f, b->person, TOLD_CORRECTED, b->household, ABSENT);
	} else if (str_eq_c(kind, "people.person_moved")) {
		const struct people_person_moved *b = body;
		told_of(audit, f, b->person, TOLD_MOVED, b->household, b->from_at);
	} else if (str_eq_c(kind, "people.person_departed"))
		told_of(audit, f, ((const struct people_person_departed *)body)->person, TOLD_DEPARTED, ID_NONE, ABSENT);
	else if (str_eq_c(kind, "people.person_tagged"))
		man_of(audit, COUNTY_OF(f->area), ((const struct people_person_tagged *)body)->person);
	else if (str_eq_c(kind, "people.person_untagged"))
		man_of(audit, COUNTY_OF(f->area), ((const struct people_person_untagged *)body)->person);
	else if (str_eq_c(kind, "people.persons_merged") || str_eq_c(kind, "people.persons_unmerged")) {
		const struct people_persons_merged *b = body;
		decided(audit, f, b->person, b->other, str_eq_c(kind, "people.persons_merged"));
	} else if (str_eq_c(kind, "people.household_registered")) {
		struct home *h = idmap_make(&audit->homes, COUNTY_OF(f->area), ((const struct people_household_registered *)body)->household);
		if (h->at == 0 || newer(f->at, f->id, h->at, h->fact))
			*h = (struct home){f->at, f->area, f->id};
	}
}

/* ---- what the facts say ------------------------------------------------------------------------------------ */

static int by_time(const void *x, const void *y)
{
	const struct told_event *a = *(const struct told_event *const *)x, *b = *(const struct told_event *const *)y;
	return newer(a->at, a->fact, b->at, b->fact) ? 1 : -1;
}

struct standing {
	struct id household;
	int64_t area, from_at, until_at;
};

static struct standing standing_of(const struct audit *audit, int64_t county, const struct man *m)
{
	struct standing s = {0};
	const struct told_event **list = ARENA_ARRAY(audit->a, const struct told_event *, m->events_n + 1);
	size_t n = 0;
	for (const struct told_event *ev = m->events; ev; ev = ev->next)
		list[n++] = ev;
	if (n > 1)
		qsort(list, n, sizeof *list, by_time);
	bool present = false;
	for (size_t i = 0; i < n; i++) {
		const struct told_event *ev = list[i];
		if (ev->what == TOLD_DEPARTED) {
			present = false;
			s.until_at = ev->at;
			continue;
		}
		if (!id_is_none(ev->household)) {
			const struct home *h = idmap_find(&audit->homes, county, ev->household);
			s.household = ev->household;
			s.area = h ? h->area : ev->area;
		}
		if (ev->what == TOLD_CORRECTED)
			continue;
		if (!present)
			s.from_at = ev->from_at;
		else if (ev->what == TOLD_REGISTERED && ev->from_at < s.from_at)
			s.from_at = ev->from_at;
		present = true;
		s.until_at = 0;
	}
	return s;
}

static struct man *root_of(struct man *m)
{
	while (m->root)
		m = m->root;
	return m;
}

/* Groups of records by union and find over the decisions that join. */
static void group_records(struct audit *audit, int64_t county)
{
	for (size_t i = 0; i < audit->pairs.cap; i++) {
		const struct decisions *all = audit->pairs.at[i].value;
		for (const struct decision *d = all && audit->pairs.at[i].county == county ? all->first : NULL; d; d = d->next) {
			if (!d->joined)
				continue;
			struct man *low = man_of(audit, county, d->low), *high = man_of(audit, county, d->high);
			(id_eq(d->kept, d->low) ? high : low)->given_up = true;
			struct man *x = root_of(low), *y = root_of(high);
			if (x != y)
				x->root = y;
		}
	}
	for (int pass = 0; pass < 2; pass++) /* first those that nobody gave up, then, where there is none, any */
		for (size_t i = 0; i < audit->men.cap; i++) {
			struct man *m = audit->men.at[i].value, *root;
			if (!m || audit->men.at[i].county != county || (pass == 0 && m->given_up))
				continue;
			root = root_of(m);
			if (!root->canon || ((pass == 0 || root->canon->given_up) && id_cmp(m->id, root->canon->id) < 0))
				root->canon = m;
		}
}

/* ---- comparing ----------------------------------------------------------------------------------------------- */

static void differs(struct buf *out, struct id person, const char *what, const char *table, const char *facts)
{
	char text[ID_TEXT_N + 1];
	id_format(person, text);
	buf_printf(out, "people: person %s: %s is %s in the register, %s by the facts\n", text, what, table, facts);
}

static void compare_id(struct buf *out, struct id person, const char *what, struct id table, struct id facts)
{
	char a[ID_TEXT_N + 1] = "none", b[ID_TEXT_N + 1] = "none";
	if (id_eq(table, facts))
		return;
	if (!id_is_none(table))
		id_format(table, a);
	if (!id_is_none(facts))
		id_format(facts, b);
	differs(out, person, what, a, b);
}

static void compare_int(struct buf *out, struct arena *a, struct id person, const char *what, int64_t table, int64_t facts)
{
	if (table != facts)
		differs(out, person, what, arena_printf(a, "%lld", (long long)table).p, arena_printf(a, "%lld", (long long)facts).p);
}

enum err_code people_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	group_records(audit, county);
	enum err_code rc = db_query(db, &SQL_people_audit_persons, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct id id = db_id(db, 0);
		struct man *m = idmap_find(&audit->men, county, id);
		if (!m) {
			differs(out, id, "the person", "known", "not known");
			continue;
		}
		struct standing s = standing_of(audit, county, m);
		m->seen = true;
		compare_id(out, id, "household", db_id(db, 1), s.household);
		compare_int(out, audit->a, id, "area", db_int(db, 2), s.area);
		compare_int(out, audit->a, id, "begin of presence", db_int(db, 3), s.from_at);
		compare_int(out, audit->a, id, "end of presence", db_int(db, 4), s.until_at);
		compare_id(out, id, "record that stands for it", db_id(db, 5), root_of(m)->canon->id);
	}
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_query(db, &SQL_people_audit_overlaps, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db))
		differs(out, db_id(db, 0), "the person at one instant", "in two households", "in one");
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < audit->men.cap; i++) {
		const struct man *m = audit->men.at[i].value;
		if (m && audit->men.at[i].county == county && !m->seen)
			differs(out, m->id, "the person", "not known", "known");
	}
	return rc;
}
