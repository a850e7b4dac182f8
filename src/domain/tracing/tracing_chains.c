/* SPDX-License-Identifier: Apache-2.0
 *
 * Who infected whom, as far as signatures tell: a person signed as a contact of a case who became a case is linked to it. Generations,
 * offspring, serial intervals, R over time and defects (trace/chains.h); and candidate infectors of one case.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/tracing/tracing_ask.h"
#include "sql.gen.h"
#include "trace/chains.h"

#define SI_N 41           /* days of the serial interval's distribution */
#define SI_MEAN 4.0       /* ours (mark R), where too few intervals are known: days */
#define SI_SD 2.5
#define SI_KNOWN_MIN 10   /* intervals from which on the county's own are used */
#define R_WINDOW 7        /* days */
#define R_DAYS_MAX 1000
#define OFFSPRING_MAX 64
#define GENERATIONS_MAX 64

static const char *const items[] = {"cases", "links", "generation", "offspring", "offspring_mean", "dispersion", "serial_interval",
				    "r", "defect", NULL};
enum { CASES, LINKS, GENERATION, OFFSPRING, OFFSPRING_MEAN, DISPERSION, SERIAL_INTERVAL, R_OVER_TIME, DEFECT };

struct node_row {
	struct id id;
	int32_t onset, first_known; /* onset, else sampling, else opening */
};
struct link_row {
	struct id infector, infectee;
};
struct graph {
	struct node_row *node;
	size_t nodes_n;
	struct link_row *link;
	size_t links_n;
	struct chains *chains;
};

static int32_t day_or_none(int64_t at)
{
	return at > 0 ? day_of(at) : CHAIN_NO_DAY;
}

static struct str raw(const struct id *id)
{
	return (struct str){(const char *)id->b, sizeof id->b};
}

static struct id id_of(struct str s)
{
	struct id id;
	CHECK(s.n == sizeof id.b);
	memcpy(id.b, s.p, sizeof id.b);
	return id;
}

/* Doubles the room of an array in the arena when it is full. */
static void *room(struct arena *a, void *list, size_t n, size_t size)
{
	if (n & (n - 1)) /* full only at powers of two */
		return list;
	void *more = arena_alloc(a, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(more, list, n * size);
	return more;
}

static enum err_code read_graph(const struct query_ask *q, int64_t outbreak, struct graph *g, struct chain_case **cases, struct err *e)
{
	enum err_code rc = db_query(q->db, &SQL_tracing_chain_cases,
				    PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), V_INT(outbreak)), e);
	struct chain_case *list = NULL;
	while (rc == OK && db_next(q->db)) {
		int64_t onset = db_int(q->db, 1), sampled = db_int(q->db, 2), opened = db_int(q->db, 4);
		g->node = room(q->arena, g->node, g->nodes_n, sizeof *g->node);
		list = room(q->arena, list, g->nodes_n, sizeof *list);
		g->node[g->nodes_n] = (struct node_row){db_id(q->db, 0), day_or_none(onset), day_of(onset > 0 ? onset : sampled > 0 ? sampled : opened)};
		list[g->nodes_n++] = (struct chain_case){.infected = CHAIN_NO_DAY, .onset = day_or_none(onset), .admitted = day_or_none(db_int(q->db, 3)),
							 .ended = CHAIN_NO_DAY, .stated_generation = -1};
	}
	enum err_code stop = db_stop(q->db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	for (size_t i = 0; i < g->nodes_n; i++) /* the array has stopped moving */
		list[i].id = raw(&g->node[i].id);
	if (rc == OK)
		rc = db_query(q->db, &SQL_tracing_chain_links, PARAMS(V_INT(q->county), V_INT(q->area_lo), V_INT(q->area_hi), V_INT(outbreak)), e);
	while (rc == OK && db_next(q->db)) {
		g->link = room(q->arena, g->link, g->links_n, sizeof *g->link);
		g->link[g->links_n++] = (struct link_row){db_id(q->db, 0), db_id(q->db, 1)};
	}
	stop = db_stop(q->db, rc == OK ? e : NULL);
	*cases = list;
	return rc == OK ? stop : rc;
}

static enum err_code graph_of(const struct query_ask *q, int64_t outbreak, struct graph *g, struct err *e)
{
	struct chain_case *cases = NULL;
	*g = (struct graph){0};
	enum err_code rc = read_graph(q, outbreak, g, &cases, e);
	struct chain_link *links = ARENA_ARRAY(q->arena, struct chain_link, g->links_n + 1);
	for (size_t i = 0; i < g->links_n; i++)
		links[i] = (struct chain_link){raw(&g->link[i].infector), raw(&g->link[i].infectee)};
	return rc == OK ? chains_new(&g->chains, cases, g->nodes_n, links, g->links_n, e) : rc;
}

/* "4.1,2.5", or what the county's own intervals say, or ours. */
static enum err_code serial_interval(const struct query_ask *q, struct str text, const struct graph *g, double si[SI_N], struct err *e)
{
	double mean = SI_MEAN, sd = SI_SD;
	struct chain_summary own = chains_intervals(g->chains);
	if (own.n >= SI_KNOWN_MIN && own.mean > 1 && own.sd > 0) {
		mean = own.mean;
		sd = own.sd;
	}
	if (text.n > 0) {
		struct str rest = text, first = str_trim(str_cut(&rest, ','));
		char *end1, *end2;
		const char *a = arena_str(q->arena, first).p, *b = arena_str(q->arena, str_trim(rest)).p;
		mean = strtod(a, &end1);
		sd = strtod(b, &end2);
		if (end1 == a || *end1 || end2 == b || *end2 || !(mean > 1) || !(mean <= 30) || !(sd > 0) || !(sd <= 30))
			return err_set(e, ERR_BAD_VALUE, "serial_interval", "mean and sd in days, `4.1,2.5`: mean above 1, both at most 30");
	}
	return cori_discrete(mean, sd, si, SI_N, e);
}

struct line {
	int item;
	const char *key;
	int32_t day; /* CHAIN_NO_DAY = none */
	int64_t n;   /* below 0 = none */
	double value, low, high; /* NAN = none */
	const struct id *a, *b;
};

static bool put(struct query_rows *rows, struct line l)
{
	const struct db_val row[] = {
		V_INT(l.item), l.key ? V_TEXT(str_of(l.key)) : V_NULL, l.day == CHAIN_NO_DAY ? V_NULL : V_INT(l.day), l.n < 0 ? V_NULL : V_INT(l.n),
		isfinite(l.value) ? V_REAL(l.value) : V_NULL, isfinite(l.low) ? V_REAL(l.low) : V_NULL, isfinite(l.high) ? V_REAL(l.high) : V_NULL,
		l.a ? V_ID(l.a) : V_NULL, l.b ? V_ID(l.b) : V_NULL,
	};
	return query_row(rows, row);
}

static bool put_counts(const struct query_ask *q, const struct chains *c, struct query_rows *rows)
{
	size_t generation[GENERATIONS_MAX] = {0}, offspring[OFFSPRING_MAX] = {0};
	bool more = put(rows, ((struct line){CASES, NULL, CHAIN_NO_DAY, c->listed_n, NAN, NAN, NAN, NULL, NULL}));
	more = more && put(rows, ((struct line){LINKS, NULL, CHAIN_NO_DAY, c->links_n, NAN, NAN, NAN, NULL, NULL}));
	size_t n = chains_generations(c, false, generation, ARRAY_N(generation));
	for (size_t i = 0; more && i < n && i < ARRAY_N(generation); i++)
		more = put(rows, ((struct line){GENERATION, arena_printf(q->arena, "%zu", i).p, CHAIN_NO_DAY, (int64_t)generation[i], NAN, NAN, NAN, NULL,
						NULL}));
	struct chain_offspring o = chains_offspring(c, true, offspring, ARRAY_N(offspring));
	for (size_t i = 0; more && i < ARRAY_N(offspring) && i <= o.most; i++)
		more = offspring[i] == 0 || put(rows, ((struct line){OFFSPRING, arena_printf(q->arena, "%zu", i).p, CHAIN_NO_DAY, (int64_t)offspring[i], NAN,
								     NAN, NAN, NULL, NULL}));
	more = more && put(rows, ((struct line){OFFSPRING_MEAN, NULL, CHAIN_NO_DAY, (int64_t)o.cases_n, o.mean, NAN, NAN, NULL, NULL}));
	more = more && put(rows, ((struct line){DISPERSION, NULL, CHAIN_NO_DAY, -1, o.dispersion, NAN, NAN, NULL, NULL}));
	struct chain_summary s = chains_intervals(c);
	return more && put(rows, ((struct line){SERIAL_INTERVAL, "days", CHAIN_NO_DAY, (int64_t)s.n, s.n ? s.mean : (double)NAN,
						s.n ? (double)s.least : (double)NAN, s.n ? (double)s.most : (double)NAN, NULL, NULL}));
}

static enum err_code put_r(const struct query_ask *q, const struct graph *g, const double *si, struct query_rows *rows, bool *more,
			   struct err *e)
{
	int32_t first = INT32_MAX, last = INT32_MIN;
	for (size_t i = 0; i < g->nodes_n; i++) {
		first = g->node[i].first_known < first ? g->node[i].first_known : first;
		last = g->node[i].first_known > last ? g->node[i].first_known : last;
	}
	if (g->nodes_n == 0 || last - first <= R_WINDOW || last - first >= R_DAYS_MAX)
		return OK; /* nothing to estimate from */
	size_t days = (size_t)(last - first) + 1, n = 0;
	double *incidence = ARENA_ARRAY(q->arena, double, days);
	struct cori_r *r = ARENA_ARRAY(q->arena, struct cori_r, days);
	for (size_t i = 0; i < g->nodes_n; i++)
		incidence[g->node[i].first_known - first] += 1;
	enum err_code rc = cori_weekly(incidence, NULL, days, si, SI_N, R_WINDOW, 1, 5, r, &n, e);
	for (size_t i = 0; rc == OK && *more && i < n; i++)
		if (r[i].known)
			*more = put(rows, (struct line){R_OVER_TIME, "week until", first + (int32_t)r[i].t_end - 1, -1, r[i].mean, r[i].q025, r[i].q975,
							NULL, NULL});
	return rc;
}

static bool put_defects(const struct chains *c, struct query_rows *rows)
{
	bool more = true;
	for (uint32_t i = 0; more && i < c->defects_n; i++) {
		const struct chain_defect *d = &c->defects[i];
		struct id a = id_of(c->nodes[d->a].id), b = d->b == CHAIN_NONE ? ID_NONE : id_of(c->nodes[d->b].id);
		more = put(rows, (struct line){DEFECT, chain_defect_name(d->kind), CHAIN_NO_DAY, d->ring ? (int64_t)d->ring_n : -1, NAN, NAN, NAN, &a,
					       d->b == CHAIN_NONE ? NULL : &b});
	}
	for (uint32_t i = 0; more && i < c->nodes_n; i++) { /* no defect, but a question to be settled */
		struct id a = id_of(c->nodes[i].id);
		if (c->nodes[i].infectors_n > 1)
			more = put(rows, (struct line){DEFECT, "several_infectors", CHAIN_NO_DAY, c->nodes[i].infectors_n, NAN, NAN, NAN, &a, NULL});
	}
	return more;
}

enum err_code tracing_rows_chains(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct graph g;
	double si[SI_N];
	enum err_code rc = graph_of(q, q->args[0].i, &g, e);
	if (rc == OK)
		rc = serial_interval(q, q->args[1].s, &g, si, e);
	if (rc == OK) {
		bool more = put_counts(q, g.chains, rows);
		if (more)
			rc = put_r(q, &g, si, rows, &more, e);
		if (rc == OK && more)
			put_defects(g.chains, rows);
	}
	chains_done(&g.chains);
	return rc;
}

/* ---- sources -------------------------------------------------------------------------------------------------------------- */

struct candidate {
	const struct asked_case *c;
	uint32_t first, last, exposures_n;
	uint64_t seconds;
	bool is_signed, has_interval;
	int32_t interval;
	double weight;
};

/* The exposures of the case's person to the other cases, gathered by case. */
static enum err_code exposures_to(struct asked *a, const struct asked_case *own, struct candidate *list, struct err *e)
{
	struct trace_result r = {0}, found = {0};
	struct trace_query t = asked_query(a, 1);
	enum err_code rc = trace_run(&r, &a->world, &t, e);
	if (rc == OK)
		rc = trace_evidence(&found, &a->world, &t, &r, own->person, e);
	uint32_t until = own->onset_at > 0 ? (uint32_t)(own->onset_at / 1000) : own->sampled_at > 0 ? (uint32_t)(own->sampled_at / 1000) : UINT32_MAX;
	for (size_t i = 0; rc == OK && i < found.exposures_n; i++) {
		const struct trace_exposure *x = &found.exposures[i];
		const struct asked_case *via = asked_case_of(a, x->via);
		if (!via || x->start >= until) /* who fell ill before was infected by another */
			continue;
		struct candidate *k = &list[via - a->cases];
		k->first = k->exposures_n && k->first < x->start ? k->first : x->start;
		k->last = k->last > x->end ? k->last : x->end;
		k->seconds += x->end - x->start;
		k->exposures_n++;
	}
	trace_result_done(&found);
	trace_result_done(&r);
	return rc;
}

static int by_weight(const void *x, const void *y)
{
	const struct candidate *a = x, *b = y;
	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->seconds != b->seconds)
		return a->seconds > b->seconds ? -1 : 1;
	return a->c && b->c ? id_cmp(a->c->case_id, b->c->case_id) : 0;
}

/* Share of each: the chance of its interval among all; equal when no interval is known or possible. */
static void weigh(struct candidate *list, size_t n, const struct asked_case *own, const double *si)
{
	double sum = 0;
	for (size_t i = 0; i < n; i++) {
		struct candidate *k = &list[i];
		k->has_interval = own->onset_at > 0 && k->c->onset_at > 0;
		k->interval = k->has_interval ? day_of(own->onset_at) - day_of(k->c->onset_at) : 0;
		k->weight = k->has_interval && k->interval > 0 && k->interval < SI_N ? si[k->interval] : 0;
		sum += k->weight;
	}
	for (size_t i = 0; i < n; i++)
		list[i].weight = sum > 0 ? list[i].weight / sum : 1.0 / (double)n;
	if (n)
		qsort(list, n, sizeof *list, by_weight);
}

static size_t keep_candidates(const struct asked *a, const struct graph *g, const struct asked_case *own, struct candidate *list)
{
	size_t n = 0;
	for (size_t i = 0; i < a->cases_n; i++) {
		struct candidate k = list[i];
		k.c = &a->cases[i];
		for (size_t l = 0; l < g->links_n; l++)
			k.is_signed |= id_eq(g->link[l].infector, k.c->case_id) && id_eq(g->link[l].infectee, own->case_id);
		bool again = false; /* a case with several records stands once */
		for (size_t j = 0; j < n; j++)
			if (id_eq(list[j].c->case_id, k.c->case_id)) {
				again = true;
				list[j].seconds += k.seconds;
				list[j].exposures_n += k.exposures_n;
			}
		if (!again && k.c->key != own->key && (k.exposures_n || k.is_signed))
			list[n++] = k;
	}
	return n;
}

enum err_code tracing_rows_sources(const struct query_ask *q, struct query_rows *rows, struct err *e)
{
	struct asked a = {0};
	struct graph g = {0};
	const struct asked_case *own = NULL;
	double si[SI_N];
	enum err_code rc = asked_init(&a, q, 0, q->args[1].i, e);
	struct candidate *list = ARENA_ARRAY(q->arena, struct candidate, a.cases_n + 1);
	for (size_t i = 0; rc == OK && i < a.cases_n; i++)
		if (a.cases[i].key == q->args[0].i && !own)
			own = &a.cases[i];
	if (rc == OK && own) {
		size_t n = 0; /* the case itself is asked about, not from */
		for (size_t i = 0; i < a.windows_n; i++) {
			const struct asked_case *c = asked_case_of(&a, a.windows[i].person);
			if (c && c->key != own->key)
				a.windows[n++] = a.windows[i];
		}
		a.windows_n = n;
		rc = graph_of(q, own->outbreak, &g, e);
		if (rc == OK)
			rc = serial_interval(q, q->args[2].s, &g, si, e);
		for (size_t i = 0; rc == OK && i < a.cases_n; i++)
			if (a.cases[i].key == own->key)
				rc = exposures_to(&a, &a.cases[i], list, e);
		n = rc == OK ? keep_candidates(&a, &g, own, list) : 0;
		if (rc == OK)
			weigh(list, n, own, si);
		for (size_t i = 0; rc == OK && i < n; i++) {
			const struct candidate *k = &list[i];
			const struct db_val row[] = {
				V_ID(&k->c->case_id), V_ID(&k->c->canon_id), V_INT(k->exposures_n), V_REAL((double)k->seconds / 60),
				k->exposures_n ? V_INT(INT64_C(1000) * k->first) : V_NULL, k->exposures_n ? V_INT(INT64_C(1000) * k->last) : V_NULL,
				V_INT(k->is_signed), k->has_interval ? V_INT(k->interval) : V_NULL, V_REAL(k->weight),
			};
			if (!query_row(rows, row))
				break;
		}
	}
	chains_done(&g.chains);
	asked_done(&a);
	return rc;
}

/* ---- declarations ------------------------------------------------------------------------------------------------------------ */

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define OUTBREAK {.name = "outbreak", .type = F_ID, .entity = "outbreak", .en = "only cases of this outbreak", .zh = "指定疫情"}
#define INTERVAL \
	{.name = "serial_interval", .type = F_TEXT, .en = "mean and sd in days, 4.1,2.5; left out: the county's own from 10 intervals on, else 4,2.5", \
	 .zh = "代际间隔均值和标准差（天），如 4.1,2.5；缺省取本地数据（不少于 10 个），否则 4,2.5"}
static const struct query_param chains_params[] = {OUTBREAK, INTERVAL};
static const struct query_column chains_columns[] = {
	COLUMN("item", C_WORD, items, "what this row says", "项目"), COLUMN("key", C_TEXT, NULL, "of which", "细项"),
	COLUMN("day", C_DAY, NULL, "day", "日期"), COLUMN("n", C_INT, NULL, "how many", "数量"), COLUMN("value", C_REAL, NULL, "value", "数值"),
	COLUMN("low", C_REAL, NULL, "least, or 2.5 %", "下限"), COLUMN("high", C_REAL, NULL, "most, or 97.5 %", "上限"),
	COLUMN("case", C_ID, NULL, "case", "病例"), COLUMN("other", C_ID, NULL, "other case", "另一病例"),
};
static const struct query_param sources_params[] = {
	{.name = "case", .type = F_ID, .required = true, .entity = "case", .en = "whose source is sought", .zh = "病例"}, OUTBREAK, INTERVAL,
};
static const struct query_column sources_columns[] = {
	COLUMN("case", C_ID, NULL, "candidate", "可能的传染源病例"), COLUMN("person", C_ID, NULL, "its person", "人员"),
	COLUMN("exposures", C_INT, NULL, "exposures before the onset", "发病前暴露次数"), COLUMN("minutes", C_REAL, NULL, "minutes together", "同处分钟"),
	COLUMN("first_exposure", C_TIME, NULL, "first", "首次"), COLUMN("last_exposure", C_TIME, NULL, "last", "末次"),
	COLUMN("signed", C_BOOL, NULL, "was signed as its contact", "已判定为其接触者"), COLUMN("interval_days", C_INT, NULL, "days between the onsets",
										       "发病间隔（天）"),
	COLUMN("share", C_REAL, NULL, "share of the chance, by the interval", "按间隔估计的可能性"),
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "tracing." name_, .right = RIGHT_READ, .params = params_, .params_n = ARRAY_N(params_), .columns = columns_, \
	 .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
const struct query tracing_chain_queries[] = {
	QUERY("chains", chains_params, chains_columns, "transmission chains: generations, offspring, intervals, R by week, defects",
	      "传播链：代次、续发、代际间隔、再生数及数据问题"),
	QUERY("sources", sources_params, sources_columns, "who may have infected a case, the most likely first", "病例的可能传染源"),
	{0},
};
