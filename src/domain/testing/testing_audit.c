/* SPDX-License-Identifier: Apache-2.0
 *
 * The second path: tubes, rounds and open duties recomputed from the facts alone with plain code, and compared with the tables. It
 * shares nothing with the fold in testing_tube.c: it keeps ids, not keys, and judges each tube once, at the end.
 */
#include "domain/testing/testing.h"
#include "ledger/idmap.h"
#include "sql.gen.h"

#define MISSED (-1) /* no result, not counted */

/* A report and when it was made; which of two counts is decided by (at, fact). */
struct stamp {
	int64_t at;
	struct id fact;
};
struct sample {
	struct id campaign, person, tube;
	int64_t round, at;
	struct sample *next_of_tube, *next_of_person;
};
struct aboxing {
	struct stamp when;
	struct id box;
	struct aboxing *next;
};
struct aopening {
	struct stamp when;
	struct id campaign;
	int64_t round, pool_size;
	struct aopening *next;
};
struct aorder {
	struct id person;
	int64_t at;
	struct aorder *next;
};
struct atube {
	struct id id;
	struct sample *swabs;
	struct aboxing *boxings;
	struct aopening *openings;
	struct aorder *orders;
	int64_t last_swab_at;
	struct stamp closed, plated, result, lost;
	int64_t counted_n, value, tested_at;
	unsigned values; /* bit per result ever reported */
	bool named, seen; /* named: some fact makes it have a row */
	/* at the end */
	int64_t swabs_n, first_swab_at, opened_at, pool_size, sent_at, received_at, conflict;
};
struct abox {
	int64_t sent_at, received_at;
};
struct aperson {
	struct sample *swabs;
};
struct rounds_row {
	int64_t round;
	struct id *persons; /* distinct */
	size_t n, cap;
	struct rounds_row *next;
	bool seen;
};
struct acampaign {
	struct rounds_row *rounds;
};
enum aduty { ADUTY_RETEST, ADUTY_ISOLATE, ADUTY_RESAMPLE, ADUTY_EXPLAIN, ADUTY_CONFLICT, ADUTY_RECEIVE, ADUTY__N };
static const char *const aduty_names[ADUTY__N] = {"testing.retest", "testing.isolate", "testing.resample", "testing.explain",
						  "testing.conflict", "testing.receive_box"};

struct audit {
	struct arena *a;
	struct idmap tubes, boxes, persons, campaigns;
	int64_t open[ADUTY__N];
};

struct audit *testing_audit_new(struct arena *a)
{
	struct audit *audit = ARENA_NEW(a, struct audit);
	audit->a = a;
	idmap_init(&audit->tubes, a, sizeof(struct atube));
	idmap_init(&audit->boxes, a, sizeof(struct abox));
	idmap_init(&audit->persons, a, sizeof(struct aperson));
	idmap_init(&audit->campaigns, a, sizeof(struct acampaign));
	return audit;
}

/* ---- taking facts ------------------------------------------------------------------------------------------- */

static bool before(struct stamp x, struct stamp y)
{
	return x.at != y.at ? x.at < y.at : id_cmp(x.fact, y.fact) < 0;
}

static struct atube *tube_of(struct audit *audit, int64_t county, struct id id)
{
	struct atube *t = idmap_make(&audit->tubes, county, id);
	if (id_is_none(t->id)) {
		t->id = id;
		t->counted_n = t->value = MISSED;
	}
	return t;
}

static void in_round(struct audit *audit, int64_t county, struct id campaign, int64_t round, struct id person)
{
	struct acampaign *c = idmap_make(&audit->campaigns, county, campaign);
	struct rounds_row *r = c->rounds;
	while (r && r->round != round)
		r = r->next;
	if (!r) {
		r = ARENA_NEW(audit->a, struct rounds_row);
		r->round = round;
		r->next = c->rounds;
		c->rounds = r;
	}
	if (r->n == r->cap) {
		struct id *more = ARENA_ARRAY(audit->a, struct id, r->cap ? 2 * r->cap : 16);
		for (size_t i = 0; i < r->n; i++)
			more[i] = r->persons[i];
		r->persons = more;
		r->cap = r->cap ? 2 * r->cap : 16;
	}
	r->persons[r->n++] = person;
}

static void take_swab(struct audit *audit, int64_t county, const struct fact *f, const struct testing_swab_taken *b)
{
	struct atube *t = tube_of(audit, county, b->tube);
	struct aperson *p = idmap_make(&audit->persons, county, b->person);
	t->named = true;
	if (f->at > t->last_swab_at)
		t->last_swab_at = f->at;
	bool in_round_already = false;
	for (struct sample *s = p->swabs; s; s = s->next_of_person) {
		bool same_round = id_eq(s->campaign, b->campaign) && s->round == b->round;
		in_round_already = in_round_already || same_round;
		if (same_round && id_eq(s->tube, b->tube)) { /* told twice: it was taken when first told */
			if (f->at < s->at)
				s->at = f->at;
			return;
		}
	}
	struct sample *s = ARENA_NEW(audit->a, struct sample);
	*s = (struct sample){b->campaign, b->person, b->tube, b->round, f->at, t->swabs, p->swabs};
	t->swabs = s;
	p->swabs = s;
	if (!in_round_already)
		in_round(audit, county, b->campaign, b->round, b->person);
}

static void take_opening(struct audit *audit, int64_t county, const struct fact *f, const struct testing_tube_opened *b)
{
	struct atube *t = tube_of(audit, county, b->tube);
	struct aopening *o = ARENA_NEW(audit->a, struct aopening);
	*o = (struct aopening){{f->at, f->id}, b->campaign, b->round, b->pool_size, t->openings};
	t->openings = o;
	t->named = true;
}

static void take_sending(struct audit *audit, int64_t county, const struct fact *f, const struct testing_box_sent *b)
{
	struct abox *box = idmap_make(&audit->boxes, county, b->box);
	const struct id *tubes = b->tubes.p;
	if (box->sent_at == 0 || f->at < box->sent_at)
		box->sent_at = f->at;
	for (size_t i = 0; i < b->tubes.n; i++) {
		struct atube *t = tube_of(audit, county, tubes[i]);
		struct aboxing *x = ARENA_NEW(audit->a, struct aboxing);
		*x = (struct aboxing){{f->at, f->id}, b->box, t->boxings};
		t->boxings = x;
		t->named = true;
	}
}

static void take_order(struct audit *audit, int64_t county, const struct fact *f, const struct testing_retest_ordered *b)
{
	struct atube *t = tube_of(audit, county, b->tube); /* an order alone gives the tube no row */
	struct aorder *o = t->orders;
	while (o && !id_eq(o->person, b->person))
		o = o->next;
	if (!o) {
		o = ARENA_NEW(audit->a, struct aorder);
		*o = (struct aorder){b->person, f->at, t->orders};
		t->orders = o;
	} else if (f->at < o->at)
		o->at = f->at;
}

static void take_result(struct audit *audit, int64_t county, const struct fact *f, const struct testing_result_reported *b)
{
	struct atube *t = tube_of(audit, county, b->tube);
	struct stamp now = {f->at, f->id};
	t->named = true;
	t->values |= 1u << b->result;
	if (t->result.at == 0 || before(t->result, now)) {
		t->result = now;
		t->value = b->result;
		t->tested_at = b->tested_at == ABSENT ? f->at : b->tested_at;
	}
}

void testing_audit_fact(struct audit *audit, const struct fact *f)
{
	struct str kind = str_of(f->kind->name);
	int64_t county = COUNTY_OF(f->area);
	struct stamp now = {f->at, f->id};
	const void *body = f->body;
	if (str_eq_c(kind, "testing.swab_taken"))
		take_swab(audit, county, f, body);
	else if (str_eq_c(kind, "testing.tube_opened"))
		take_opening(audit, county, f, body);
	else if (str_eq_c(kind, "testing.box_sent"))
		take_sending(audit, county, f, body);
	else if (str_eq_c(kind, "testing.result_reported"))
		take_result(audit, county, f, body);
	else if (str_eq_c(kind, "testing.retest_ordered"))
		take_order(audit, county, f, body);
	else if (str_eq_c(kind, "testing.tube_closed")) {
		const struct testing_tube_closed *b = body;
		struct atube *t = tube_of(audit, county, b->tube);
		t->named = true;
		if (t->closed.at == 0 || before(now, t->closed)) {
			t->closed = now;
			t->counted_n = b->swabs_n == ABSENT ? MISSED : b->swabs_n;
		}
	} else if (str_eq_c(kind, "testing.tube_lost")) {
		struct atube *t = tube_of(audit, county, ((const struct testing_tube_lost *)body)->tube);
		t->named = true;
		if (t->lost.at == 0 || before(now, t->lost))
			t->lost = now;
	} else if (str_eq_c(kind, "testing.plate_loaded")) {
		const struct testing_plate_loaded *b = body;
		const struct id *tubes = b->tubes.p;
		for (size_t i = 0; i < b->tubes.n; i++) {
			struct atube *t = tube_of(audit, county, tubes[i]);
			t->named = true;
			if (t->plated.at == 0 || before(t->plated, now))
				t->plated = now;
		}
	} else if (str_eq_c(kind, "testing.box_received")) {
		struct abox *box = idmap_make(&audit->boxes, county, ((const struct testing_box_received *)body)->box);
		if (box->received_at == 0 || f->at < box->received_at)
			box->received_at = f->at;
	}
}

/* ---- judging -------------------------------------------------------------------------------------------------- */

static void judge_tube(struct audit *audit, int64_t county, struct atube *t)
{
	const struct aopening *opened = NULL;
	const struct aboxing *boxed = NULL;
	for (const struct sample *s = t->swabs; s; s = s->next_of_tube) {
		t->swabs_n++;
		if (t->first_swab_at == 0 || s->at < t->first_swab_at)
			t->first_swab_at = s->at;
	}
	for (const struct aopening *o = t->openings; o; o = o->next)
		if (!opened || before(o->when, opened->when))
			opened = o;
	for (const struct aboxing *x = t->boxings; x; x = x->next)
		if (!boxed || before(x->when, boxed->when))
			boxed = x;
	if (opened) {
		t->opened_at = opened->when.at;
		t->pool_size = opened->pool_size;
	}
	for (const struct aopening *o = t->openings; o; o = o->next)
		if (!id_eq(o->campaign, opened->campaign) || o->round != opened->round)
			t->conflict |= 4;
	if (boxed) {
		const struct abox *box = idmap_find(&audit->boxes, county, boxed->box);
		t->sent_at = box->sent_at;
		t->received_at = box->received_at;
	}
	for (const struct aboxing *x = t->boxings; x; x = x->next)
		if (!id_eq(x->box, boxed->box))
			t->conflict |= 2;
	if (t->values & (t->values - 1))
		t->conflict |= 1;
}

/* What a person owes because of a tube. */
static void judge_member(struct audit *audit, int64_t county, const struct atube *t, struct id person, int64_t ordered_at)
{
	bool pooled = t->value == TEST_POSITIVE && t->swabs_n > 1, lost = t->lost.at && t->value == MISSED;
	bool again = t->value == TEST_INVALID || lost;
	int64_t since = pooled ? t->result.at : ordered_at;
	if (pooled && ordered_at && ordered_at < since)
		since = ordered_at;
	int64_t again_since = t->value == TEST_INVALID ? t->result.at : t->lost.at;
	bool single = false, known = false, any = false;
	const struct aperson *p = idmap_find(&audit->persons, county, person);
	for (const struct sample *s = p ? p->swabs : NULL; s; s = s->next_of_person) {
		const struct atube *other = idmap_find(&audit->tubes, county, s->tube);
		if (other == t)
			continue;
		any = any || s->at > again_since;
		if (s->at <= since || other->pool_size != 1)
			continue;
		single = true;
		known = known || other->value == TEST_NEGATIVE || other->value == TEST_POSITIVE;
	}
	if (pooled || ordered_at) {
		audit->open[ADUTY_RETEST] += !single;
		audit->open[ADUTY_ISOLATE] += !known;
	}
	if (again)
		audit->open[ADUTY_RESAMPLE] += !any;
}

static void judge_members(struct audit *audit, int64_t county, const struct atube *t)
{
	for (const struct aorder *o = t->orders; o; o = o->next)
		judge_member(audit, county, t, o->person, o->at);
	for (const struct sample *s = t->swabs; s; s = s->next_of_tube) {
		bool told = false; /* in the tube under two rounds, or ordered as well */
		for (const struct sample *earlier = t->swabs; earlier != s && !told; earlier = earlier->next_of_tube)
			told = id_eq(earlier->person, s->person);
		for (const struct aorder *o = t->orders; o && !told; o = o->next)
			told = id_eq(o->person, s->person);
		if (!told)
			judge_member(audit, county, t, s->person, 0);
	}
}

static void judge(struct audit *audit, int64_t county)
{
	for (int i = 0; i < ADUTY__N; i++)
		audit->open[i] = 0;
	for (size_t i = 0; i < audit->tubes.cap; i++)
		if (audit->tubes.at[i].value && audit->tubes.at[i].county == county)
			judge_tube(audit, county, audit->tubes.at[i].value);
	for (size_t i = 0; i < audit->tubes.cap; i++) {
		const struct atube *t = audit->tubes.at[i].value;
		if (!t || audit->tubes.at[i].county != county)
			continue;
		judge_members(audit, county, t);
		bool miscounted = t->closed.at && t->counted_n >= 0 && t->counted_n != t->swabs_n;
		audit->open[ADUTY_EXPLAIN] += miscounted || (t->pool_size > 0 && t->swabs_n > t->pool_size);
		audit->open[ADUTY_CONFLICT] += t->conflict != 0;
	}
	for (size_t i = 0; i < audit->boxes.cap; i++) {
		const struct abox *b = audit->boxes.at[i].value;
		audit->open[ADUTY_RECEIVE] += b && audit->boxes.at[i].county == county && b->sent_at && !b->received_at;
	}
}

/* ---- comparing -------------------------------------------------------------------------------------------------- */

static void differs(struct buf *out, const char *of, struct id id, const char *what, int64_t table, int64_t facts)
{
	char text[ID_TEXT_N + 1];
	if (table == facts)
		return;
	id_format(id, text);
	buf_printf(out, "testing: %s %s: %s is %lld in the tables, %lld by the facts\n", of, text, what, (long long)table, (long long)facts);
}

static enum err_code compare_tubes(struct audit *audit, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	static const char *const names[] = {"swabs", "first swab", "last swab", "opened", "may hold", "closed", "counted", "sent",
					    "received", "plated", "result", "tested", "reported", "lost", "contradictions"};
	enum err_code rc = db_query(db, &SQL_testing_audit_tubes, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct id id = db_id(db, 0);
		struct atube *t = idmap_find(&audit->tubes, county, id);
		if (!t) {
			differs(out, "tube", id, "the row", 1, 0);
			continue;
		}
		const int64_t facts[ARRAY_N(names)] = {t->swabs_n, t->first_swab_at, t->last_swab_at, t->opened_at, t->pool_size, t->closed.at,
						       t->counted_n, t->sent_at, t->received_at, t->plated.at, t->value, t->tested_at,
						       t->result.at, t->lost.at, t->conflict};
		t->seen = true;
		for (size_t i = 0; i < ARRAY_N(names); i++)
			differs(out, "tube", id, names[i], db_int(db, 1 + (int)i), facts[i]);
	}
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < audit->tubes.cap; i++) {
		const struct atube *t = audit->tubes.at[i].value;
		if (t && audit->tubes.at[i].county == county && t->named && !t->seen)
			differs(out, "tube", t->id, "the row", 0, 1);
	}
	return rc;
}

static enum err_code compare_rounds(struct audit *audit, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_testing_audit_rounds, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct id id = db_id(db, 0);
		const struct acampaign *c = idmap_find(&audit->campaigns, county, id);
		struct rounds_row *r = c ? c->rounds : NULL;
		while (r && r->round != db_int(db, 1))
			r = r->next;
		if (r)
			r->seen = true;
		differs(out, "campaign", id, "persons sampled in a round", db_int(db, 2), r ? (int64_t)r->n : 0);
	}
	rc = db_stop(db, e);
	for (size_t i = 0; rc == OK && i < audit->campaigns.cap; i++) {
		const struct acampaign *c = audit->campaigns.at[i].value;
		for (const struct rounds_row *r = c && audit->campaigns.at[i].county == county ? c->rounds : NULL; r; r = r->next)
			if (!r->seen)
				differs(out, "campaign", audit->campaigns.at[i].id, "persons sampled in a round", 0, (int64_t)r->n);
	}
	return rc;
}

static enum err_code compare_duties(struct audit *audit, struct db *db, int64_t county, struct buf *out, struct err *e)
{
	for (int i = 0; i < ADUTY__N; i++) {
		int64_t n;
		enum err_code rc =
			db_one(db, &SQL_testing_audit_duties, PARAMS(V_INT(county), V_TEXT(str_of(aduty_names[i]))), 0, &n, e);
		if (rc != OK)
			return rc;
		if (n != audit->open[i])
			buf_printf(out, "testing: %s: %lld open in the tables, %lld by the facts\n", aduty_names[i], (long long)n,
				   (long long)audit->open[i]);
	}
	return OK;
}

enum err_code testing_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e)
{
	judge(audit, county);
	enum err_code rc = compare_tubes(audit, db, county, differences, e);
	if (rc == OK)
		rc = compare_rounds(audit, db, county, differences, e);
	return rc == OK ? compare_duties(audit, db, county, differences, e) : rc;
}
