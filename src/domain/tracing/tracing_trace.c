/* SPDX-License-Identifier: Apache-2.0
 *
 * The computed queries: who met the cases, with what evidence, under which rules, and where. Definitions in docs/tracing.md.
 */
#include <stdlib.h>
#include <string.h>

#include "domain/testing/testing.h"
#include "domain/tracing/tracing_ask.h"
#include "core/caltime.h"
#include "sql.gen.h"

static const char *const hows[] = {"stay", "household", "named", "encounter", NULL};
enum { BY_STAY, BY_HOUSEHOLD, BY_NAMED, BY_ENCOUNTER };
static const char *const marks[] = {"F", "L", "P", "R", "D", NULL};

static int64_t ms(uint32_t t)
{
	return INT64_C(1000) * t;
}

static struct db_val id_val(const struct id *id)
{
	return id_is_none(*id) ? V_NULL : V_ID(id);
}

static int how_of(uint32_t place, uint32_t kind)
{
	if (place == TRACE_BY_ENCOUNTER)
		return BY_ENCOUNTER;
	return place == TRACE_BY_LINK ? (kind == LINK_HOUSEHOLD ? BY_HOUSEHOLD : BY_NAMED) : BY_STAY;
}

static bool is_place(uint32_t place)
{
	return place < TRACE_BY_LINK;
}

/* ---- trace ------------------------------------------------------------------------------------------------------------ */

struct ranked {
	struct id person;
	const struct trace_contact *c;
};

static int by_rank(const void *x, const void *y)
{
	const struct ranked *a = x, *b = y;
	if (a->c->hop != b->c->hop)
		return a->c->hop < b->c->hop ? -1 : 1;
	if (a->c->score != b->c->score)
		return a->c->score > b->c->score ? -1 : 1;
	return id_cmp(a->person, b->person);
}

static enum err_code rank(const struct asked *a, const struct trace_result *r, struct ranked **out, struct err *e)
{
	struct ranked *list = malloc((r->contacts_n + 1) * sizeof *list); /* a whole county may be among them: too much for the arena */
	if (!list)
		return err_set(e, ERR_MEMORY, "", "no memory to rank the contacts");
	for (size_t i = 0; i < r->contacts_n; i++)
		list[i] = (struct ranked){asked_id(a, r->contacts[i].person), &r->contacts[i]};
	qsort(list, r->contacts_n, sizeof *list, by_rank);
	*out = list;
	return OK;
}

/* The exposures of a contact of hop 1: by hop, person. */
static size_t exposures_of(const struct trace_result *r, const struct trace_contact *c, size_t *n)
{
	size_t lo = 0, hi = r->exposures_n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct trace_exposure *x = &r->exposures[mid];
		if (x->hop < c->hop || (x->hop == c->hop && x->person < c->person))
			lo = mid + 1;
		else
			hi = mid;
	}
	size_t end = lo;
	while (end < r->exposures_n && r->exposures[end].hop == c->hop && r->exposures[end].person == c->person)
		end++;
	*n = end - lo;
	return lo;
}

static bool put_contact(const struct asked *a, const struct trace_result *r, const struct ranked *x, struct query_rows *rows)
{
	const struct trace_contact *c = x->c;
	const struct asked_case *via_case = asked_case_of(a, c->via_case);
	const struct asked_signed *s = asked_signed_of(a, x->person);
	struct id place = is_place(c->place) ? asked_id(a, c->place) : ID_NONE, via = c->via != TRACE_NONE ? asked_id(a, c->via) : ID_NONE;
	uint32_t last = 0, kind = 0;
	size_t n, at = exposures_of(r, c, &n);
	bool assumed = false;
	for (size_t i = at; i < at + n; i++) {
		last = r->exposures[i].end > last ? r->exposures[i].end : last;
		assumed |= r->exposures[i].marks != 0;
		if (r->exposures[i].start == c->first && r->exposures[i].place == c->place)
			kind = r->exposures[i].via_place;
	}
	const struct db_val row[] = {
		V_ID(&x->person), V_INT(c->hop), V_INT(ms(c->first)), last ? V_INT(ms(last)) : V_NULL, V_REAL((double)c->seconds / 60),
		V_INT((int64_t)c->exposures), id_val(&place), V_INT(how_of(c->place, kind)), id_val(&via),
		via_case ? V_ID(&via_case->case_id) : V_NULL, V_INT(c->score), V_INT(s ? s->state : 0), s ? V_TEXT(s->tier) : V_NULL,
		V_INT(asked_is_case(a, x->person)), V_INT(assumed),
	};
	return query_row(rows, row);
}

static enum err_code hops_of(int64_t hops, unsigned *out, struct err *e)
{
	if (hops < 1 || hops > 6)
		return err_set(e, ERR_BAD_VALUE, "hops", "1 to 6");
	*out = (unsigned)hops;
	return OK;
}

static enum err_code minutes_of(const struct query_ask *q, size_t at, struct asked *a, struct err *e)
{
	int64_t min = q->args[at].i, linger = q->args[at + 1].i;
	if (min > TRACE_MIN_MAX / 60 || linger > TRACE_MIN_MAX / 60)
		return err_set(e, ERR_BAD_VALUE, min > linger ? "min_minutes" : "linger_minutes", "at most a year");
	tracing_rules_override(&a->rules, min, linger);
	return OK;
}

static enum err_code rows_trace(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	struct trace_result r = {0};
	struct ranked *list = NULL;
	unsigned hops = 1;
	enum err_code rc = hops_of(q->args[1].i, &hops, e);
	if (rc != OK)
		return rc;
	rc = asked_init(&a, q, q->args[0].i, q->args[4].i, e);
	if (rc == OK)
		rc = minutes_of(q, 2, &a, e);
	if (rc == OK) {
		struct trace_query t = asked_query(&a, hops);
		t.evidence_hops = 1;
		rc = trace_run(&r, &a.world, &t, e);
	}
	if (rc == OK)
		rc = rank(&a, &r, &list, e);
	for (size_t i = 0; rc == OK && i < r.contacts_n; i++)
		if (!put_contact(&a, &r, &list[i], rows))
			break;
	free(list);
	trace_result_done(&r);
	asked_done(&a);
	return rc;
}

/* ---- evidence -------------------------------------------------------------------------------------------------------- */

static bool put_exposure(const struct asked *a, const struct trace_exposure *x, struct query_rows *rows)
{
	const struct asked_case *c = asked_case_of(a, x->via);
	struct id place = is_place(x->place) ? asked_id(a, x->place) : ID_NONE, via = asked_id(a, x->via);
	struct id via_place = is_place(x->place) && is_place(x->via_place) ? asked_id(a, x->via_place) : ID_NONE;
	const struct db_val row[] = {
		V_INT(x->hop), V_INT(ms(x->start)), V_INT(ms(x->end)), V_REAL((double)(x->end - x->start) / 60),
		V_INT(how_of(x->place, x->via_place)), id_val(&place), id_val(&via_place), V_ID(&via), c ? V_ID(&c->case_id) : V_NULL,
		V_INT((x->marks & TRACE_SOURCE_ASSUMED) != 0), V_INT((x->marks & TRACE_OTHER_ASSUMED) != 0),
	};
	return query_row(rows, row);
}

static enum err_code rows_evidence(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	struct trace_result r = {0}, found = {0};
	unsigned hops = 1;
	uint32_t person = IDS_NONE;
	enum err_code rc = hops_of(q->args[2].i, &hops, e);
	if (rc != OK)
		return rc;
	rc = asked_init(&a, q, q->args[0].i, q->args[5].i, e);
	if (rc == OK)
		rc = minutes_of(q, 3, &a, e);
	if (rc == OK)
		rc = asked_number(&a, &q->args[1], &person, e);
	struct trace_query t = {0};
	if (rc == OK && person != IDS_NONE) {
		t = asked_query(&a, hops);
		rc = trace_run(&r, &a.world, &t, e);
	}
	if (rc == OK && person != IDS_NONE)
		rc = trace_evidence(&found, &a.world, &t, &r, person, e);
	for (size_t i = 0; rc == OK && i < found.exposures_n; i++)
		if (!put_exposure(&a, &found.exposures[i], rows))
			break;
	trace_result_done(&found);
	trace_result_done(&r);
	asked_done(&a);
	return rc;
}

/* ---- what if ------------------------------------------------------------------------------------------------------------ */

#define WHAT_IF_MAX 12 /* values of each list */

static enum err_code rows_what_if(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	int64_t min[WHAT_IF_MAX], linger[WHAT_IF_MAX];
	size_t min_n = 0, linger_n = 0;
	struct asked a;
	unsigned hops = 1;
	enum err_code rc = hops_of(q->args[3].i, &hops, e);
	if (rc == OK)
		rc = asked_numbers(q->args[1].s, "min_minutes", TRACE_MIN_MAX / 60, min, ARRAY_N(min), &min_n, e);
	if (rc == OK)
		rc = asked_numbers(q->args[2].s, "linger_minutes", TRACE_MIN_MAX / 60, linger, ARRAY_N(linger), &linger_n, e);
	if (rc != OK)
		return rc;
	if (min_n == 0) /* none given: as the rules are */
		min[min_n++] = -1;
	if (linger_n == 0)
		linger[linger_n++] = -1;
	rc = asked_init(&a, q, q->args[0].i, q->args[4].i, e);
	size_t n = min_n * linger_n, *sizes = ARENA_ARRAY(q->arena, size_t, n * (hops + 1));
	struct tracing_rule_set *sets = ARENA_ARRAY(q->arena, struct tracing_rule_set, n);
	struct trace_rules *rules = ARENA_ARRAY(q->arena, struct trace_rules, n);
	for (size_t i = 0; rc == OK && i < n; i++) {
		sets[i] = a.rules;
		tracing_rules_override(&sets[i], min[i / linger_n], linger[i % linger_n]);
		rules[i] = (struct trace_rules){.type = sets[i].rule, .types_n = PLACE_TYPES_N, .encounter = a.rules.rules.encounter};
	}
	if (rc == OK) {
		struct trace_query t = asked_query(&a, hops);
		t.want_via = false;
		rc = trace_what_if(sizes, &a.world, &t, rules, n, e);
	}
	for (size_t i = 0; rc == OK && i < n; i++) {
		const size_t *s = sizes + i * (hops + 1);
		struct db_val row[] = {min[i / linger_n] < 0 ? V_NULL : V_INT(min[i / linger_n]),
				       linger[i % linger_n] < 0 ? V_NULL : V_INT(linger[i % linger_n]), V_INT((int64_t)s[0]),
				       V_NULL, V_NULL, V_NULL, V_NULL, V_NULL, V_NULL};
		for (unsigned k = 1; k <= hops; k++)
			row[2 + k] = V_INT((int64_t)s[k]);
		if (!query_row(rows, row))
			break;
	}
	asked_done(&a);
	return rc;
}

/* ---- venues ---------------------------------------------------------------------------------------------------------- */

static enum err_code rows_venues(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	struct trace_venues v = {0};
	if (q->args[0].i < 0 || q->args[0].i > TRACE_MIN_MAX / 60)
		return err_set(e, ERR_BAD_VALUE, "gap_minutes", "0 to a year");
	enum err_code rc = asked_init(&a, q, 0, q->args[1].i, e);
	if (rc == OK)
		rc = trace_venues_run(&v, &a.world, a.windows, a.windows_n, (uint32_t)(60 * q->args[0].i), e);
	for (size_t i = 0; rc == OK && i < v.venues_n; i++) {
		const struct trace_venue *x = &v.venues[i];
		struct id place = asked_id(&a, x->place);
		size_t type = x->place < a.view->places_n ? a.view->place_type[x->place] : 0;
		const struct db_val row[] = {V_ID(&place), V_TEXT(str_of(tracing_type_name(type))), V_INT(x->cases_n), V_INT(x->visitors_n),
					     V_INT((int64_t)x->links_n), V_REAL(x->surprise), V_INT((int64_t)v.population_n)};
		if (!query_row(rows, row))
			break;
	}
	trace_venues_done(&v);
	asked_done(&a);
	return rc;
}

/* ---- who was at a venue ------------------------------------------------------------------------------------------------ */

struct visitor {
	struct id person;
	uint32_t first, last, stays_n;
	uint64_t seconds;
};

static int by_visitor(const void *x, const void *y)
{
	return id_cmp(((const struct visitor *)x)->person, ((const struct visitor *)y)->person);
}

/* Is `place` the venue, or a part of it? */
static bool within(const struct tracing_view *v, uint32_t place, uint32_t venue)
{
	for (int depth = 0; depth < 64 && place != TRACE_NONE; depth++) {
		if (place == venue)
			return true;
		place = v->place_parent && place < v->places_n ? v->place_parent[place] : TRACE_NONE;
	}
	return false;
}

struct visitors {
	struct visitor *p;
	size_t n, cap;
};

static enum err_code visitors_at(const struct asked *a, uint32_t place, uint32_t from, uint32_t until, struct visitors *out, struct err *e)
{
	size_t n = visits_at_place(a->view->visits, place, from, until, NULL, 0);
	struct visit *list = n ? malloc(n * sizeof *list) : NULL;
	if (!n)
		return OK;
	if (!list)
		return err_set(e, ERR_MEMORY, "", "no memory for the visitors of a place");
	visits_at_place(a->view->visits, place, from, until, list, n);
	if (out->n + n > out->cap) {
		size_t cap = 2 * (out->n + n);
		struct visitor *more = realloc(out->p, cap * sizeof *more);
		if (!more) {
			free(list);
			return err_set(e, ERR_MEMORY, "", "no memory for the visitors of a place");
		}
		out->p = more;
		out->cap = cap;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t in = list[i].t_in > from ? list[i].t_in : from, leave = list[i].t_out < until ? list[i].t_out : until;
		if (list[i].t_in < until && list[i].t_out >= from)
			out->p[out->n++] = (struct visitor){asked_id(a, list[i].person), list[i].t_in, list[i].t_out, 1, leave > in ? leave - in : 0};
	}
	free(list);
	return OK;
}

/* One entry a person, by id. */
static void gather(struct visitors *v)
{
	size_t n = 0;
	if (v->n)
		qsort(v->p, v->n, sizeof *v->p, by_visitor);
	for (size_t i = 0; i < v->n; i++) {
		struct visitor *x = &v->p[i], *to = n ? &v->p[n - 1] : NULL;
		if (!to || !id_eq(to->person, x->person)) {
			v->p[n++] = *x;
			continue;
		}
		to->first = x->first < to->first ? x->first : to->first;
		to->last = x->last > to->last ? x->last : to->last;
		to->seconds += x->seconds;
		to->stays_n++;
	}
	v->n = n;
}

static enum err_code put_visitor(const struct asked *a, const struct visitor *x, int64_t since, struct query_rows *rows, bool *wanted,
				 struct err *e)
{
	struct db *db = a->q->db;
	enum err_code rc = db_query(db, &SQL_tracing_engine_tested, PARAMS(V_INT(a->q->county), V_ID(&x->person), V_INT(since)), e);
	if (rc != OK)
		return rc;
	int64_t at = 0, result = -1, result_at = 0;
	if (db_next(db)) {
		at = db_int(db, 0);
		result = db_int(db, 1);
		result_at = db_int(db, 2);
	}
	rc = db_stop(db, e);
	if (rc != OK)
		return rc;
	const struct asked_signed *s = asked_signed_of(a, x->person);
	const struct db_val row[] = {
		V_ID(&x->person), V_INT(ms(x->first)), V_INT(ms(x->last)), V_REAL((double)x->seconds / 60), V_INT(x->stays_n), V_INT(at),
		at && result_at ? V_INT(result) : V_NULL, V_INT(s ? s->state : 0), V_INT(asked_is_case(a, x->person)),
	};
	*wanted = query_row(rows, row);
	return OK;
}

static enum err_code rows_venue_check(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	struct visitors v = {0};
	uint32_t venue = IDS_NONE;
	int64_t from = q->args[1].i, until = q->args[2].i ? q->args[2].i : q->now_ms, since = q->args[3].i ? q->args[3].i : until;
	if (from < 0 || until < from || until / 1000 > VISIT_TIME_MAX)
		return err_set(e, ERR_BAD_VALUE, "until", "the end lies before the beginning");
	enum err_code rc = asked_init(&a, q, -1, 0, e); /* no case in particular */
	if (rc == OK)
		rc = asked_number(&a, &q->args[0], &venue, e);
	if (rc == OK && venue != IDS_NONE)
		rc = visitors_at(&a, venue, (uint32_t)(from / 1000), (uint32_t)(until / 1000), &v, e);
	for (size_t p = 0; rc == OK && venue != IDS_NONE && a.view->place_parent && p < a.view->places_n; p++)
		if (p != venue && within(a.view, (uint32_t)p, venue))
			rc = visitors_at(&a, (uint32_t)p, (uint32_t)(from / 1000), (uint32_t)(until / 1000), &v, e);
	if (rc == OK)
		gather(&v);
	bool wanted = true;
	for (size_t i = 0; rc == OK && wanted && i < v.n; i++)
		rc = put_visitor(&a, &v.p[i], since, rows, &wanted, e);
	free(v.p);
	asked_done(&a);
	return rc;
}

/* ---- rules ------------------------------------------------------------------------------------------------------------------ */

static enum err_code rows_rules(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	enum err_code rc = asked_init(&a, q, 0, q->args[0].i, e);
	for (size_t t = 0; rc == OK && t < PLACE_TYPES_N; t++) {
		const struct trace_rule *r = &a.rules.rule[t];
		const struct db_val row[] = {
			V_TEXT(str_of(tracing_type_name(t))), V_INT(r->min_s / 60), V_INT(a.rules.min_from[t].mark), V_TEXT(a.rules.min_from[t].source),
			V_INT(r->linger_s / 60), V_INT(a.rules.linger_from[t].mark), V_TEXT(a.rules.linger_from[t].source), V_INT(r->usual_s / 60),
		};
		if (!query_row(rows, row))
			break;
	}
	asked_done(&a);
	return rc;
}

/* ---- retention ---------------------------------------------------------------------------------------------------------------- */

#define SOURCE_DAYS 14 /* ours (mark R): how far before the look-back a source is still sought */

/* Days for which stays are needed under an edition: a contact may fall ill on the last day of its regimen, its window begins so many
 * days before, and its source may lie so many days before that. */
static int32_t days_needed(const struct protocol *p)
{
	int32_t back = 0, regimen = 0;
	for (size_t i = 0; i < p->window_n; i++)
		back = -p->window[i].from_days.v > back ? -p->window[i].from_days.v : back;
	for (size_t i = 0; i < p->tier_n; i++) {
		const struct protocol_tier *t = &p->tier[i];
		int32_t days = 0;
		for (size_t k = 0; k < t->stage_n; k++)
			days += t->stage[k].days.v;
		regimen = days > regimen ? days : regimen;
		back = t->lookback_days.v > back ? t->lookback_days.v : back;
	}
	return back + regimen + SOURCE_DAYS;
}

static enum err_code rows_retention(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a;
	struct tracing_engine_stats s = {0};
	enum err_code rc = asked_init(&a, q, 0, q->args[0].i, e);
	if (rc == OK)
		rc = tracing_engine_stats(a.engine, q->db, q->county, &s, e);
	if (rc == OK) {
		int32_t days = a.protocol ? days_needed(a.protocol) : 0;
		const struct db_val row[] = {
			V_INT((int64_t)s.loaded_n), V_INT((int64_t)s.recorded_n), V_INT((int64_t)s.disk_bytes),
			s.dropped_day == INT32_MIN ? V_NULL : V_INT(s.dropped_day), a.protocol ? V_INT(day_of(q->now_ms) - days) : V_NULL,
			a.protocol ? V_INT(days) : V_NULL, a.protocol ? V_TEXT(a.protocol->id) : V_NULL,
		};
		query_row(rows, row);
	}
	asked_done(&a);
	return rc;
}

/* ---- declarations ------------------------------------------------------------------------------------------------------------ */

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define ID(name_, en_, zh_) COLUMN(name_, C_ID, NULL, en_, zh_)
#define TIME(name_, en_, zh_) COLUMN(name_, C_TIME, NULL, en_, zh_)
#define COUNT(name_, en_, zh_) COLUMN(name_, C_INT, NULL, en_, zh_)
#define REAL(name_, en_, zh_) COLUMN(name_, C_REAL, NULL, en_, zh_)
#define TEXT(name_, en_, zh_) COLUMN(name_, C_TEXT, NULL, en_, zh_)
#define YES(name_, en_, zh_) COLUMN(name_, C_BOOL, NULL, en_, zh_)
#define WORD(name_, words_, en_, zh_) COLUMN(name_, C_WORD, words_, en_, zh_)

#define OUTBREAK {.name = "outbreak", .type = F_ID, .entity = "outbreak", .en = "only cases of this outbreak", .zh = "指定疫情"}
#define CASE(required_) \
	{.name = "case", .type = F_ID, .required = required_, .entity = "case", .en = "the case; left out: all that are not withdrawn", \
	 .zh = "病例，缺省为全部未撤销病例"}
#define HOPS {.name = "hops", .type = F_INT, .missing = 1, .en = "1 close contacts, 2 their contacts too, up to 6", .zh = "层数：1 密接，2 含次密接"}
#define MINUTES \
	{.name = "min_minutes", .type = F_INT, .missing = -1, .en = "least minutes together, at every place instead of its rule", \
	 .zh = "最短同处分钟数（替代各类场所规则）"}, \
	{.name = "linger_minutes", .type = F_INT, .missing = -1, .en = "minutes for which a place stays infectious after the case left", \
	 .zh = "病例离开后仍计入的分钟数"}

static const struct query_param trace_params[] = {CASE(false), HOPS, MINUTES, OUTBREAK};
static const struct query_column trace_columns[] = {
	ID("person", "proposed person", "拟判定人员"), COUNT("hop", "1 = met a case, 2 = met one who did, ...", "层级"),
	TIME("first_exposure", "first exposure", "首次暴露"), TIME("last_exposure", "last exposure (hop 1)", "末次暴露（第1层）"),
	REAL("minutes", "minutes together", "同处分钟数"), COUNT("exposures", "exposures", "暴露次数"), ID("place", "where first", "首次暴露场所"),
	WORD("how", hows, "how first", "首次暴露方式"), ID("via", "through whom", "经由人员"), ID("via_case", "because of this case", "关联病例"),
	COUNT("score", "risk rank, 0 to 1000", "风险排序分"), WORD("state", tracing_contact_states, "state now", "当前状态"),
	TEXT("tier", "tier now", "当前类别"), YES("is_case", "is a case itself", "本人为病例"),
	YES("assumed", "rests on a leaving time that was not observed (hop 1)", "含推定离开时间（第1层）"),
};
static const struct query_param evidence_params[] = {
	CASE(false), {.name = "person", .type = F_ID, .required = true, .missing = QUERY_ID_ITSELF, .entity = "person", .en = "whose exposures", .zh = "人员"}, HOPS, MINUTES,
	OUTBREAK,
};
static const struct query_column evidence_columns[] = {
	COUNT("hop", "hop", "层级"), TIME("start", "from", "开始"), TIME("end", "until", "结束"), REAL("minutes", "minutes", "分钟"),
	WORD("how", hows, "how", "方式"), ID("place", "where the person was", "场所"), ID("via_place", "where the other one was", "对方场所"),
	ID("via", "exposed by", "经由人员"), ID("via_case", "who is this case", "对应病例"),
	YES("source_assumed", "the other one's leaving time was assumed", "对方离开时间为推定"),
	YES("own_assumed", "the person's leaving time was assumed", "本人离开时间为推定"),
};
static const struct query_param what_if_params[] = {
	CASE(false), {.name = "min_minutes", .type = F_TEXT, .en = "least minutes together, several with commas between", .zh = "最短同处分钟数，逗号分隔"},
	{.name = "linger_minutes", .type = F_TEXT, .en = "minutes after the case left, several", .zh = "病例离开后分钟数，逗号分隔"}, HOPS, OUTBREAK,
};
static const struct query_column what_if_columns[] = {
	COUNT("min_minutes", "least minutes; empty = the rules", "最短分钟；空为现行规则"), COUNT("linger_minutes", "minutes after", "离开后分钟"),
	COUNT("cases", "cases", "病例"), COUNT("hop1", "hop 1", "第1层"), COUNT("hop2", "hop 2", "第2层"), COUNT("hop3", "hop 3", "第3层"),
	COUNT("hop4", "hop 4", "第4层"), COUNT("hop5", "hop 5", "第5层"), COUNT("hop6", "hop 6", "第6层"),
};
static const struct query_param venues_params[] = {
	{.name = "gap_minutes", .type = F_INT, .missing = 120, .en = "stays of two cases are linked when at most so far apart (120)",
	 .zh = "两病例到访间隔不超过的分钟数，缺省 120"},
	OUTBREAK,
};
static const struct query_column venues_columns[] = {
	ID("place", "place", "场所"), TEXT("type", "type", "类型"), COUNT("cases", "cases it links", "关联病例数"),
	COUNT("visitors", "persons there in that time", "同期到访人数"), COUNT("links", "linked pairs of stays", "关联对数"),
	REAL("surprise", "how surprising: -log10 of the chance", "意外程度（-log10 概率）"), COUNT("population", "persons with a stay", "有到访记录人数"),
};
static const struct query_param check_params[] = {
	{.name = "place", .type = F_ID, .required = true, .missing = QUERY_ID_ITSELF, .entity = "place", .en = "the venue, with whatever is part of it", .zh = "场所（含其组成部分）"},
	{.name = "from", .type = F_TIME, .required = true, .en = "there at or after", .zh = "起始时间"},
	{.name = "until", .type = F_TIME, .en = "and before; left out: now", .zh = "截止时间，缺省为现在"},
	{.name = "since", .type = F_TIME, .en = "tested at or after; left out: the end", .zh = "此后检测，缺省为截止时间"},
};
static const struct query_column check_columns[] = {
	ID("person", "who was there", "到访人员"), TIME("first_at", "came", "到达"), TIME("last_at", "left", "离开"), REAL("minutes", "minutes", "分钟"),
	COUNT("stays", "stays", "次数"), TIME("tested_at", "last tested since; empty = to be re-checked", "此后最近采样；空为待复核"),
	WORD("result", testing_results, "result", "结果"), WORD("state", tracing_contact_states, "state as a contact", "接触者状态"),
	YES("is_case", "is a case", "为病例"),
};
static const struct query_param rules_params[] = {OUTBREAK};
static const struct query_column rules_columns[] = {
	TEXT("type", "type of place", "场所类型"), COUNT("min_minutes", "least minutes together", "最短同处分钟"),
	WORD("min_mark", marks, "how sure", "可信度"), TEXT("min_source", "source", "来源"), COUNT("linger_minutes", "minutes after", "离开后分钟"),
	WORD("linger_mark", marks, "how sure", "可信度"), TEXT("linger_source", "source", "来源"),
	COUNT("usual_minutes", "put in when the leaving time is not known", "离开时间不明时的推定停留"),
};
static const struct query_column retention_columns[] = {
	COUNT("loaded", "stays from files", "批量到访记录数"), COUNT("recorded", "stays that are facts", "单条到访记录数"),
	COUNT("disk_bytes", "bytes in the folder", "占用字节"), COLUMN("dropped_before", C_DAY, NULL, "dropped before", "已清除至"),
	COLUMN("proposed_before", C_DAY, NULL, "may be dropped before, by the edition", "建议清除至"),
	COUNT("days", "days that are needed", "需保留天数"), TEXT("edition", "protocol edition", "方案版本"),
};
static const struct query_column loads_columns[] = {
	TIME("at", "loaded", "导入时间"), TEXT("source", "source", "来源"), COUNT("rows", "rows", "行数"), COUNT("accepted", "accepted", "接收"),
	COUNT("rejected", "rejected", "拒绝"), TEXT("sha256", "SHA-256 of the file", "文件 SHA-256"),
	COLUMN("first_day", C_DAY, NULL, "first day", "最早日期"), COLUMN("last_day", C_DAY, NULL, "last day", "最晚日期"),
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "tracing." name_, .right = RIGHT_READ, .params = params_, .params_n = ARRAY_N(params_), .columns = columns_, \
	 .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
const struct query tracing_trace_queries[] = {
	QUERY("trace", trace_params, trace_columns, "who met a case, and who met those, by risk; proposals that restrict nobody",
	      "追踪：密接、次密接建议名单（按风险排序，仅为建议）"),
	QUERY("trace_evidence", evidence_params, evidence_columns, "every exposure behind one name", "单人全部暴露证据"),
	QUERY("what_if", what_if_params, what_if_columns, "how many persons each hop would hold under other rules", "规则试算：各层人数"),
	QUERY("venues", venues_params, venues_columns, "places that link cases, the most surprising first", "关联病例的场所（按意外程度）"),
	QUERY("venue_check", check_params, check_columns, "who was at a place, and who has been tested since", "场所复核：到访人员及此后检测"),
	QUERY("rules", rules_params, rules_columns, "minutes that make an exposure, by type of place, and where each number comes from",
	      "各类场所的暴露规则及来源"),
	QUERY("retention", rules_params, retention_columns, "how many stays are kept, and up to which day they may be dropped", "到访记录存量及建议清除日期"),
	{.name = "tracing.visit_loads", .right = RIGHT_READ, .sql = &SQL_tracing_q_visit_loads, .columns = loads_columns,
	 .columns_n = ARRAY_N(loads_columns), .en = "files of stays that were loaded", .zh = "批量导入的到访文件"},
	{0},
};
const struct query_computed tracing_computed[] = {
	{"tracing.trace", rows_trace, false},
	{"tracing.trace_evidence", rows_evidence, false},
	{"tracing.what_if", rows_what_if, false},
	{"tracing.venues", rows_venues, false},
	{"tracing.venue_check", rows_venue_check, false},
	{"tracing.rules", rows_rules, false},
	{"tracing.retention", rows_retention, false},
	{"tracing.chains", tracing_rows_chains, false},
	{"tracing.sources", tracing_rows_sources, false},
	{"tracing.changes", tracing_rows_changes, false},
	{0},
};
