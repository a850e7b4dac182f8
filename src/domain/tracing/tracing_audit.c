/* SPDX-License-Identifier: Apache-2.0
 *
 * The second path: reads the raw facts with plain code that shares nothing with the folding, and compares. Who is a case, since
 * when, withdrawn or not, isolated when; and that each fact about a contact left its one event, kind by kind.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

enum note { NOTE_OPENED, NOTE_WITHDRAWN, NOTE_REINSTATED, NOTE_ISOLATED, NOTE_CONTACT };

struct said { /* what one fact says */
	int64_t county, at;
	struct id about, fact, person;
	enum note note;
	int64_t what; /* NOTE_CONTACT: enum contact_what */
};
struct audit {
	struct arena *a;
	struct said *v;
	size_t n, max;
};

static const struct {
	const char *kind;
	enum contact_what what;
} contact_kinds[] = {
	{"tracing.contact_classified", CONTACT_CLASSIFIED}, {"tracing.contact_secured", CONTACT_SECURED},
	{"tracing.health_checked", CONTACT_CHECKED},        {"tracing.measure_given", CONTACT_MEASURE},
	{"tracing.environment_sampled", CONTACT_ENVIRONMENT}, {"tracing.regimen_reset", CONTACT_RESET},
	{"tracing.contact_released", CONTACT_RELEASE},      {"tracing.contact_appealed", CONTACT_APPEAL},
	{"tracing.appeal_answered", CONTACT_ANSWER},
};

struct audit *tracing_audit_new(struct arena *a)
{
	struct audit *audit = ARENA_NEW(a, struct audit);
	audit->a = a;
	return audit;
}

static void note(struct audit *audit, const struct fact *f, enum note what, struct id about, struct id person, int64_t contact_what)
{
	if (audit->n == audit->max) {
		size_t more_n = audit->max ? audit->max * 2 : 1024;
		struct said *more = ARENA_ARRAY(audit->a, struct said, more_n);
		if (audit->n)
			memcpy(more, audit->v, audit->n * sizeof *more);
		audit->v = more;
		audit->max = more_n;
	}
	audit->v[audit->n++] = (struct said){COUNTY_OF(f->area), f->at, about, f->id, person, what, contact_what};
}

void tracing_audit_fact(struct audit *audit, const struct fact *f)
{
	struct str kind = str_of(f->kind->name);
	if (str_eq_c(kind, "tracing.case_opened")) {
		const struct tracing_case_opened *b = f->body;
		note(audit, f, NOTE_OPENED, b->case_, b->person, 0);
	} else if (str_eq_c(kind, "tracing.case_revised")) {
		const struct tracing_case_revised *b = f->body;
		if (b->withdrawn != ABSENT)
			note(audit, f, b->withdrawn == 1 ? NOTE_WITHDRAWN : NOTE_REINSTATED, b->case_, ID_NONE, 0);
	} else if (str_eq_c(kind, "tracing.case_isolated")) {
		const struct tracing_case_isolated *b = f->body;
		note(audit, f, NOTE_ISOLATED, b->case_, ID_NONE, 0);
	}
	for (size_t i = 0; i < ARRAY_N(contact_kinds); i++)
		if (str_eq_c(kind, contact_kinds[i].kind))
			note(audit, f, NOTE_CONTACT, ID_NONE, ID_NONE, contact_kinds[i].what);
}

static int by_case_and_time(const void *px, const void *py)
{
	const struct said *x = px, *y = py;
	if (x->county != y->county)
		return x->county < y->county ? -1 : 1;
	int c = id_cmp(x->about, y->about);
	if (c == 0 && x->at != y->at)
		c = x->at < y->at ? -1 : 1;
	return c ? c : id_cmp(x->fact, y->fact);
}

struct verdict_of_case {
	struct id person;
	int64_t opened_at, withdrawn_at, isolated_at;
};

/* The rows of one case from v[i] on; returns where the next one begins. */
static size_t judge(const struct audit *audit, size_t i, struct verdict_of_case *out)
{
	struct id about = audit->v[i].about;
	*out = (struct verdict_of_case){0};
	for (; i < audit->n && id_eq(audit->v[i].about, about); i++) {
		const struct said *s = &audit->v[i];
		if (s->note == NOTE_OPENED && out->opened_at == 0) {
			out->opened_at = s->at;
			out->person = s->person;
		}
		if (s->note == NOTE_WITHDRAWN || s->note == NOTE_REINSTATED)
			out->withdrawn_at = s->note == NOTE_WITHDRAWN ? s->at : 0;
		if (s->note == NOTE_ISOLATED && out->isolated_at == 0)
			out->isolated_at = s->at;
	}
	return i;
}

static enum err_code compare_case(struct db *db, int64_t county, struct id about, const struct verdict_of_case *want, struct buf *out,
				  struct err *e)
{
	struct verdict_of_case got = {0};
	enum err_code rc = db_query(db, &SQL_tracing_audit_case, PARAMS(V_INT(county), V_ID(&about)), e);
	if (rc != OK)
		return rc;
	if (db_next(db))
		got = (struct verdict_of_case){db_id(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3)};
	rc = db_stop(db, e);
	bool opened = want->opened_at > 0;
	if (rc != OK || (opened && id_eq(got.person, want->person) && got.opened_at == want->opened_at &&
			 got.withdrawn_at == want->withdrawn_at && got.isolated_at == want->isolated_at) ||
	    (!opened && got.opened_at == 0))
		return rc;
	char text[ID_TEXT_N + 1];
	id_format(about, text);
	buf_printf(out, "tracing: case %s: by the facts opened %lld withdrawn %lld isolated %lld; the table says %lld %lld %lld%s\n", text,
		   (long long)want->opened_at, (long long)want->withdrawn_at, (long long)want->isolated_at, (long long)got.opened_at,
		   (long long)got.withdrawn_at, (long long)got.isolated_at, id_eq(got.person, want->person) ? "" : ", and another person");
	return OK;
}

static enum err_code compare_counts(const struct audit *audit, struct db *db, int64_t county, int64_t cases_n, struct buf *out,
				    struct err *e)
{
	int64_t n;
	enum err_code rc = db_one(db, &SQL_tracing_audit_cases, PARAMS(V_INT(county)), 0, &n, e);
	if (rc == OK && n != cases_n)
		buf_printf(out, "tracing: by the facts there are %lld cases; the table holds %lld\n", (long long)cases_n, (long long)n);
	for (size_t k = 0; rc == OK && k < ARRAY_N(contact_kinds); k++) {
		int64_t want = 0;
		for (size_t i = 0; i < audit->n; i++)
			want += audit->v[i].county == county && audit->v[i].note == NOTE_CONTACT && audit->v[i].what == (int64_t)contact_kinds[k].what;
		rc = db_one(db, &SQL_tracing_audit_events, PARAMS(V_INT(county), V_INT(contact_kinds[k].what)), 0, &n, e);
		if (rc == OK && n != want)
			buf_printf(out, "tracing: %lld facts %s; the table holds %lld\n", (long long)want, contact_kinds[k].kind, (long long)n);
	}
	return rc;
}

enum err_code tracing_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e)
{
	if (audit->n > 1)
		qsort(audit->v, audit->n, sizeof *audit->v, by_case_and_time);
	enum err_code rc = OK;
	int64_t cases_n = 0;
	for (size_t i = 0; rc == OK && i < audit->n;) {
		if (audit->v[i].county != county || audit->v[i].note == NOTE_CONTACT) {
			i++;
			continue;
		}
		struct id about = audit->v[i].about;
		struct verdict_of_case want;
		size_t next = judge(audit, i, &want);
		cases_n += want.opened_at > 0;
		rc = compare_case(db, county, about, &want, differences, e);
		i = next;
	}
	return rc == OK ? compare_counts(audit, db, county, cases_n, differences, e) : rc;
}
