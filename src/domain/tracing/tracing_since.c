/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing.changes: who entered or left the proposal of a case since a fact, and why. The county as it was is not kept; what the case's
 * first hop can depend on is: the case's window is folded from the facts up to then, and the stays at the places where the
 * case was are taken as they are now, less what was said of them since, plus what was said before. Bulk loads and links count as they
 * are now.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/tracing/tracing_ask.h"
#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

static const char *const kinds[] = {"entered", "left", "moved", "altered", NULL}; /* enum trace_change_kind */
static const char *const whys[] = {"stays", "case", NULL};
enum { BY_STAYS, BY_CASE };

struct list {
	struct visit *p;
	size_t n, cap;
};

struct since {
	struct asked a;
	int64_t seq;
	struct trace_case before; /* the window then */
	bool was;                 /* there was a case with a window */
	struct list touched[2];   /* stays that were said of otherwise since: as they were, as they are */
	uint8_t *here;            /* by place: 1 = matters */
	size_t places_n;
	struct list now, then;
};

static enum err_code push(struct list *l, const struct visit *v, size_t n, struct err *e)
{
	if (l->n + n > l->cap) {
		size_t cap = 2 * (l->n + n);
		struct visit *more = realloc(l->p, cap * sizeof *more);
		if (!more)
			return err_set(e, ERR_MEMORY, "", "no memory for stays");
		l->p = more;
		l->cap = cap;
	}
	memcpy(l->p + l->n, v, n * sizeof *v);
	l->n += n;
	return OK;
}

struct said {
	int side;
	struct id person, place;
	int64_t from, until;
};

static enum err_code read_touched(struct since *s, struct err *e)
{
	const struct query_ask *q = s->a.q;
	struct said *list = NULL;
	size_t n = 0, cap = 0;
	enum err_code rc = db_query(q->db, &SQL_tracing_since_stays, PARAMS(V_INT(q->county), V_INT(s->seq)), e);
	while (rc == OK && db_next(q->db)) {
		if (n == cap) {
			cap = cap ? 2 * cap : 64;
			struct said *more = realloc(list, cap * sizeof *more);
			if (!more) {
				rc = err_set(e, ERR_MEMORY, "", "no memory for stays");
				break;
			}
			list = more;
		}
		list[n++] = (struct said){(int)db_int(q->db, 0), db_id(q->db, 1), db_id(q->db, 2), db_int(q->db, 3), db_int(q->db, 4)};
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	for (size_t i = 0; rc == OK && i < n; i++) {
		uint32_t person, place;
		struct visit v;
		rc = tracing_number_new(s->a.engine, q->county, list[i].person, &person, e);
		if (rc == OK)
			rc = tracing_number_new(s->a.engine, q->county, list[i].place, &place, e);
		size_t type = rc == OK && place < s->a.view->places_n ? s->a.view->place_type[place] : 0;
		if (rc == OK && tracing_stay(person, place, type, list[i].from, list[i].until, &v))
			rc = push(&s->touched[list[i].side], &v, 1, e);
	}
	free(list);
	return rc;
}

static bool is_own(const struct asked *a, uint32_t person)
{
	return asked_case_of(a, person) != NULL;
}

static uint32_t top_of(const struct tracing_view *v, uint32_t place)
{
	for (int depth = 0; depth < 64 && v->place_parent && place < v->places_n && v->place_parent[place] != TRACE_NONE; depth++)
		place = v->place_parent[place];
	return place;
}

/* The places where the case was, then or now, and all that belong to one whole with them. */
static enum err_code find_places(struct since *s, struct err *e)
{
	const struct tracing_view *v = s->a.view;
	struct list own = {0};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < s->a.cases_n; i++) {
		size_t n = visits_of_person(v->visits, s->a.cases[i].person, NULL, 0);
		struct visit *list = n ? malloc(n * sizeof *list) : NULL;
		if (n && !list)
			rc = err_set(e, ERR_MEMORY, "", "no memory for stays");
		if (list) {
			visits_of_person(v->visits, s->a.cases[i].person, list, n);
			rc = push(&own, list, n, e);
		}
		free(list);
	}
	for (size_t i = 0; rc == OK && i < s->touched[0].n; i++)
		if (is_own(&s->a, s->touched[0].p[i].person))
			rc = push(&own, &s->touched[0].p[i], 1, e);
	s->places_n = v->places_n;
	for (size_t i = 0; i < own.n; i++)
		s->places_n = own.p[i].place >= s->places_n ? (size_t)own.p[i].place + 1 : s->places_n;
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < s->touched[side].n; i++)
			s->places_n = s->touched[side].p[i].place >= s->places_n ? (size_t)s->touched[side].p[i].place + 1 : s->places_n;
	s->here = calloc(s->places_n + 1, 1);
	if (rc == OK && !s->here)
		rc = err_set(e, ERR_MEMORY, "", "no memory for places");
	for (size_t i = 0; rc == OK && i < own.n; i++)
		s->here[top_of(v, own.p[i].place)] = 1;
	for (size_t p = 0; rc == OK && v->place_parent && p < v->places_n; p++)
		s->here[p] |= s->here[top_of(v, (uint32_t)p)];
	free(own.p);
	return rc;
}

static int by_all(const void *x, const void *y)
{
	const struct visit *a = x, *b = y;
	const uint32_t l[] = {a->place, a->person, a->t_in, a->t_out}, r[] = {b->place, b->person, b->t_in, b->t_out};
	for (size_t i = 0; i < ARRAY_N(l); i++)
		if (l[i] != r[i])
			return l[i] < r[i] ? -1 : 1;
	return 0;
}

static enum err_code gather(struct since *s, struct err *e)
{
	enum err_code rc = OK;
	const struct visits_view *view = s->a.view->visits;
	for (size_t p = 0; rc == OK && p < s->places_n; p++) {
		if (!s->here[p])
			continue;
		size_t n = visits_at_place(view, (uint32_t)p, 0, VISIT_TIME_MAX, NULL, 0);
		struct visit *list = n ? malloc(n * sizeof *list) : NULL;
		if (n && !list)
			rc = err_set(e, ERR_MEMORY, "", "no memory for stays");
		if (list) {
			visits_at_place(view, (uint32_t)p, 0, VISIT_TIME_MAX, list, n);
			rc = push(&s->now, list, n, e);
		}
		free(list);
	}
	struct list *gone = &s->touched[1];
	if (gone->n)
		qsort(gone->p, gone->n, sizeof *gone->p, by_all);
	for (size_t i = 0; rc == OK && i < s->now.n; i++)
		if (!gone->n || !bsearch(&s->now.p[i], gone->p, gone->n, sizeof *gone->p, by_all))
			rc = push(&s->then, &s->now.p[i], 1, e);
	for (size_t i = 0; rc == OK && i < s->touched[0].n; i++)
		if (s->here[s->touched[0].p[i].place])
			rc = push(&s->then, &s->touched[0].p[i], 1, e);
	return rc;
}

/* Hop 1 over these stays. */
static enum err_code run(struct since *s, const struct list *stays, const struct trace_case *cases, size_t cases_n, struct trace_result *out,
			 struct err *e)
{
	struct visits *store = NULL;
	struct visits_view *view = NULL;
	enum err_code rc = visits_open(&store, &(struct visits_options){0}, e);
	if (rc == OK && stays->n)
		rc = visits_load(store, stays->p, stays->n, 1, e);
	if (rc == OK)
		rc = visits_view(store, &view, e);
	if (rc == OK) {
		struct trace_world w = s->a.world;
		struct trace_query t = asked_query(&s->a, 1);
		w.view = view;
		t.cases = cases;
		t.cases_n = cases_n;
		t.evidence_hops = 1;
		rc = trace_run(out, &w, &t, e);
	}
	visits_view_release(&view);
	visits_close(&store);
	return rc;
}

static bool touched(const struct since *s, uint32_t person)
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < s->touched[side].n; i++)
			if (s->touched[side].p[i].person == person)
				return true;
	return false;
}

static bool put_change(const struct since *s, const struct trace_changes *c, const struct trace_change *x, bool own_touched,
		       struct query_rows *rows)
{
	const struct trace_contact *any = x->after.hop ? &x->after : &x->before;
	struct id person = asked_id(&s->a, any->person), place = ID_NONE;
	const struct trace_exposure *shown = x->gained_n ? &c->gained[x->gained_at] : x->lost_n ? &c->lost[x->lost_at] : NULL;
	if (shown && shown->place < TRACE_BY_LINK)
		place = asked_id(&s->a, shown->place);
	const struct db_val row[] = {
		V_ID(&person), V_INT(x->kind), V_INT(own_touched || touched(s, any->person) ? BY_STAYS : BY_CASE),
		V_REAL((double)x->before.seconds / 60), V_REAL((double)x->after.seconds / 60), V_INT((int64_t)x->gained_n), V_INT((int64_t)x->lost_n),
		id_is_none(place) ? V_NULL : V_ID(&place), shown ? V_INT(INT64_C(1000) * shown->start) : V_NULL, V_INT(s->seq),
	};
	return query_row(rows, row);
}

struct ordered {
	struct id person;
	const struct trace_change *change;
};

static int by_person_id(const void *x, const void *y)
{
	return id_cmp(((const struct ordered *)x)->person, ((const struct ordered *)y)->person);
}

static enum err_code compare(struct since *s, struct query_rows *rows, struct err *e)
{
	struct trace_result then = {0}, now = {0};
	struct trace_changes c = {0};
	struct trace_case *before = ARENA_ARRAY(s->a.q->arena, struct trace_case, s->a.cases_n + 1);
	size_t before_n = 0;
	bool own_touched = false;
	for (size_t i = 0; i < s->a.cases_n; i++) {
		if (s->was)
			before[before_n++] = (struct trace_case){s->a.cases[i].person, s->before.from, s->before.to};
		own_touched |= touched(s, s->a.cases[i].person);
	}
	/* a window that moved tells more than a stay that was entered in the same hour */
	for (size_t i = 0; i < s->a.windows_n; i++)
		own_touched &= s->was && s->a.windows[i].from == s->before.from && s->a.windows[i].to == s->before.to;
	enum err_code rc = run(s, &s->then, before, before_n, &then, e);
	if (rc == OK)
		rc = run(s, &s->now, s->a.windows, s->a.windows_n, &now, e);
	if (rc == OK)
		rc = trace_diff(&c, &then, &now, e);
	struct ordered *order = malloc((c.changes_n + 1) * sizeof *order);
	if (!order)
		rc = err_set(e, ERR_MEMORY, "", "no memory to order the changes");
	for (size_t i = 0; rc == OK && i < c.changes_n; i++)
		order[i] = (struct ordered){asked_id(&s->a, (c.changes[i].after.hop ? &c.changes[i].after : &c.changes[i].before)->person), &c.changes[i]};
	if (rc == OK && c.changes_n)
		qsort(order, c.changes_n, sizeof *order, by_person_id);
	for (size_t i = 0; rc == OK && i < c.changes_n; i++)
		if (!put_change(s, &c, order[i].change, own_touched, rows))
			break;
	free(order);
	trace_changes_done(&c);
	trace_result_done(&then);
	trace_result_done(&now);
	return rc;
}

enum err_code tracing_rows_changes(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct since s = {.seq = q->args[1].i};
	enum err_code rc = asked_init(&s.a, q, q->args[0].i, 0, e);
	if (rc == OK && s.seq < 0)
		rc = db_one(q->db, &SQL_tracing_since_signed, PARAMS(V_INT(q->county), V_INT(q->args[0].i)), 0, &s.seq, e);
	int64_t from = 0, to = 0;
	if (rc == OK && s.a.cases_n > 0)
		rc = tracing_case_window_at(q->db, q->arena, s.a.view->protocols, q->county, q->args[0].i, s.seq, &from, &to, e);
	s.was = from > 0;
	s.before.from = (uint32_t)(from / 1000);
	s.before.to = to > 0 ? (uint32_t)(to / 1000) : VISIT_TIME_MAX;
	s.was &= s.before.from < s.before.to;
	if (rc == OK && s.a.cases_n > 0) {
		rc = read_touched(&s, e);
		if (rc == OK)
			rc = find_places(&s, e);
		if (rc == OK)
			rc = gather(&s, e);
		if (rc == OK)
			rc = compare(&s, rows, e);
	}
	free(s.touched[0].p);
	free(s.touched[1].p);
	free(s.now.p);
	free(s.then.p);
	free(s.here);
	asked_done(&s.a);
	return rc;
}

/* ---- declarations ------------------------------------------------------------------------------------------------------------ */

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
static const struct query_param changes_params[] = {
	{.name = "case", .type = F_ID, .required = true, .entity = "case", .en = "the case", .zh = "病例"},
	{.name = "since", .type = F_INT, .missing = -1, .en = "behind this fact's number; left out: since a contact of it was signed last",
	 .zh = "此事实序号之后；缺省为最近一次签署之后"},
};
static const struct query_column changes_columns[] = {
	COLUMN("person", C_ID, NULL, "person", "人员"), COLUMN("change", C_WORD, kinds, "what happened to the proposal", "变化"),
	COLUMN("why", C_WORD, whys, "because stays, or the case's own data, changed", "原因（到访记录或病例信息变化）"),
	COLUMN("minutes_before", C_REAL, NULL, "minutes then", "原分钟数"), COLUMN("minutes", C_REAL, NULL, "minutes now", "现分钟数"),
	COLUMN("gained", C_INT, NULL, "exposures that are new", "新增暴露"), COLUMN("lost", C_INT, NULL, "exposures that are gone", "消失暴露"),
	COLUMN("place", C_ID, NULL, "where the first of them was", "首个变化暴露场所"), COLUMN("at", C_TIME, NULL, "when", "时间"),
	COLUMN("since", C_INT, NULL, "compared with the facts up to this number", "对比基准事实序号"),
};
const struct query tracing_since_queries[] = {
	{.name = "tracing.changes", .right = RIGHT_READ, .params = changes_params, .params_n = ARRAY_N(changes_params), .columns = changes_columns,
	 .columns_n = ARRAY_N(changes_columns), .en = "who entered or left the proposal of a case since the last signature, and why",
	 .zh = "自上次签署以来建议名单的增减及原因"},
	{0},
};
