/* SPDX-License-Identifier: Apache-2.0
 *
 * The proposal: who waits, which rooms and vehicles are free now, and a plan for them (plan/plan.h). It decides nothing: a dispatcher signs
 * run_planned and assigned. Where a place is not known its village's middle is taken, and half an hour where that is not known either.
 */
#include <math.h>

#include "core/caltime.h"
#include "domain/isolation/isolation.h"
#include "domain/transfer/transfer_fold.h"
#include "plan/plan.h"
#include "sql.gen.h"

#define PROPOSAL_ITERATIONS 2000
#define PROPOSAL_MEMORY ((size_t)1 << 30)
#define PROPOSAL_SHIFT_MIN (12 * 60) /* crews are not known before a run is planned */
#define UNKNOWN_LEG_MIN 30
#define STOP_MIN 5
#define UNLOAD_MIN 10
#define DISINFECT_MIN 30
#define KM_PER_HOUR 40.0
#define DETOUR 1.3
#define FAMILY_MAX 8 /* more of one household are planned one by one */
#define OPEN_BEDS 5000 /* of a hospital or a home: not our books */
/* Who is asked for by a hospital or a home is planned as a class of its own: nobody else is sent there, and a run has one destination anyway. */
#define ELSEWHERE(class) ((class) + RIDES__N)
#define PLANNED_CLASSES (2 * RIDES__N)
_Static_assert(PLANNED_CLASSES <= PLAN_CLASSES_MAX, "the planner knows as many classes");

struct spot {
	bool known;
	double lon, lat;
	int64_t area; /* of a place that is not known: people of one village are together, a site in it is not (below 0) */
};
struct waiting {
	struct id transfer, person, site, outbreak;
	int64_t class, kind, needs, ready_at, due_at, household, area;
	struct spot at;
	int32_t group;
};
struct proposal {
	struct arena *a;
	const struct query_ask *ask;
	struct waiting *wait;
	size_t wait_n;
	struct plan_group *group;
	struct plan_site *site;
	struct plan_room *room;
	struct plan_vehicle *vehicle;
	struct id *site_id, *room_id, *vehicle_id; /* ID_NONE: no site of ours */
	int64_t *site_kind;                        /* enum transfer_kind */
	struct spot *node;
	size_t nodes_n, groups_n, sites_n, rooms_n, vehicles_n;
	struct { int64_t area; struct spot at; } *area;
	size_t areas_n;
	int64_t base;
	struct plan_problem p;
};

static int32_t minute_of(const struct proposal *q, int64_t ms)
{
	int64_t m = (ms - q->base + MS_PER_MINUTE - 1) / MS_PER_MINUTE;
	return m < 0 ? 0 : m > PLAN_TIME_MAX ? PLAN_TIME_MAX : (int32_t)m;
}

static int32_t new_node(struct proposal *q, struct spot at, int64_t area)
{
	for (size_t i = 0; !at.known && i < q->areas_n; i++)
		if (q->area[i].area == (area < 0 ? -area : area))
			at = q->area[i].at;
	at.area = at.known ? 0 : area;
	for (size_t i = 0; i < q->nodes_n; i++) /* people of one place are one node */
		if (q->node[i].known == at.known && q->node[i].lon == at.lon && q->node[i].lat == at.lat && q->node[i].area == at.area)
			return (int32_t)i;
	q->node = arena_grown(q->a, q->node, q->nodes_n, sizeof *q->node);
	q->node[q->nodes_n] = at;
	return (int32_t)q->nodes_n++;
}

static struct spot spot_of(struct db *db, int lon, int lat)
{
	if (db_column_type(db, lon) == DB_NULL || db_column_type(db, lat) == DB_NULL)
		return (struct spot){0};
	return (struct spot){.known = true, .lon = db_real(db, lon), .lat = db_real(db, lat)};
}

static struct db_val const *reach(const struct query_ask *ask, struct db_val v[4])
{
	v[0] = V_INT(ask->county);
	v[1] = V_INT(ask->area_lo);
	v[2] = V_INT(ask->area_hi);
	v[3] = V_INT(ask->now_ms);
	return v;
}

static enum err_code read_areas(struct proposal *q, struct err *e)
{
	struct db *db = q->ask->db;
	enum err_code rc = db_query(db, &SQL_transfer_plan_areas, PARAMS(V_INT(q->ask->county)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		q->area = arena_grown(q->a, q->area, q->areas_n, sizeof *q->area);
		q->area[q->areas_n].area = db_int(db, 0);
		q->area[q->areas_n++].at = spot_of(db, 1, 2);
	}
	return db_stop(db, e);
}

static enum err_code read_waiting(struct proposal *q, struct err *e)
{
	struct db *db = q->ask->db;
	struct db_val v[4];
	enum err_code rc = db_query(db, &SQL_transfer_plan_waiting, reach(q->ask, v), 3, e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		q->wait = arena_grown(q->a, q->wait, q->wait_n, sizeof *q->wait);
		q->wait[q->wait_n++] = (struct waiting){.transfer = db_id(db, 0), .person = db_id(db, 1), .class = db_int(db, 2), .kind = db_int(db, 3),
							.site = db_id(db, 4), .needs = db_int(db, 5), .ready_at = db_int(db, 6),
							.due_at = db_int(db, 7), .household = db_int(db, 8), .area = db_int(db, 9),
							.at = spot_of(db, 10, 11), .outbreak = db_id(db, 12)};
	}
	return db_stop(db, e);
}

static int32_t new_site(struct proposal *q, struct id id, int64_t kind, struct spot at, int64_t area)
{
	q->site = arena_grown(q->a, q->site, q->sites_n, sizeof *q->site);
	q->site_id = arena_grown(q->a, q->site_id, q->sites_n, sizeof *q->site_id);
	q->site_kind = arena_grown(q->a, q->site_kind, q->sites_n, sizeof *q->site_kind);
	q->site[q->sites_n].node = new_node(q, at, -area);
	q->site_id[q->sites_n] = id;
	q->site_kind[q->sites_n] = kind;
	return (int32_t)q->sites_n++;
}

static void new_room(struct proposal *q, struct id id, struct plan_room r)
{
	q->room = arena_grown(q->a, q->room, q->rooms_n, sizeof *q->room);
	q->room_id = arena_grown(q->a, q->room_id, q->rooms_n, sizeof *q->room_id);
	q->room[q->rooms_n] = r;
	q->room_id[q->rooms_n++] = id;
}

static enum err_code read_rooms(struct proposal *q, struct err *e)
{
	struct db *db = q->ask->db;
	struct db_val v[4];
	enum err_code rc = db_query(db, &SQL_transfer_plan_rooms, reach(q->ask, v), 4, e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct id site = db_id(db, 1);
		uint32_t classes = 0;
		for (int64_t c = 0; c < EXPOSED__N; c++)
			if (isolation_kind_takes(db_int(db, 2), c))
				classes |= UINT32_C(1) << c;
		if (q->sites_n == 0 || !id_eq(q->site_id[q->sites_n - 1], site))
			new_site(q, site, TO_SITE, spot_of(db, 6, 7), db_int(db, 8));
		new_room(q, db_id(db, 0), (struct plan_room){.site = (int32_t)q->sites_n - 1, .beds = (int32_t)db_int(db, 3),
							     .barrier_free = db_int(db, 4) == 1, .classes = classes,
							     .free_from = db_int(db, 5) > 0 ? minute_of(q, db_int(db, 5)) : 0});
	}
	return db_stop(db, e);
}

static enum err_code read_vehicles(struct proposal *q, const struct run_hours *h, struct err *e)
{
	struct db *db = q->ask->db;
	struct db_val v[4];
	enum err_code rc = db_query(db, &SQL_transfer_plan_vehicles, reach(q->ask, v), 4, e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		struct plan_vehicle x = {.stretcher = db_int(db, 3) == 1, .coach = db_int(db, 1) == VEHICLE_COACH,
					 .shift_from = minute_of(q, q->ask->now_ms), .drive_max = (int32_t)h->drive_max,
					 .rest_min = (int32_t)h->rest_min, .disinfect_min = DISINFECT_MIN};
		x.shift_to = x.shift_from + PROPOSAL_SHIFT_MIN;
		x.node = new_node(q, spot_of(db, 4, 5), db_int(db, 6));
		for (int c = 0; c < PLANNED_CLASSES; c++)
			x.seats[c] = (int32_t)db_int(db, 2);
		q->vehicle = arena_grown(q->a, q->vehicle, q->vehicles_n, sizeof *q->vehicle);
		q->vehicle_id = arena_grown(q->a, q->vehicle_id, q->vehicles_n, sizeof *q->vehicle_id);
		q->vehicle_id[q->vehicles_n] = db_id(db, 0);
		q->vehicle[q->vehicles_n++] = x;
	}
	return db_stop(db, e);
}

/* The site that a request names; hospitals and homes get an open ward of their own. PLAN_NONE: any site of ours. */
static int32_t site_for(struct proposal *q, const struct waiting *w)
{
	if (w->kind == TO_SITE && id_is_none(w->site))
		return PLAN_NONE;
	for (size_t s = 0; s < q->sites_n; s++)
		if (id_eq(q->site_id[s], w->site) && q->site_kind[s] == w->kind)
			return (int32_t)s;
	int32_t s = new_site(q, w->site, w->kind, (struct spot){0}, w->kind == TO_HOME ? w->area : (int64_t)q->sites_n + 1);
	if (w->kind != TO_SITE) /* a site of ours without a free room gets none */
		new_room(q, ID_NONE, (struct plan_room){.site = s, .beds = OPEN_BEDS, .ward = true, .barrier_free = true,
							 .classes = ((UINT32_C(1) << RIDES__N) - 1) << RIDES__N});
	return s;
}

static bool one_family(const struct waiting *a, const struct waiting *b)
{
	return a->household > 0 && a->household == b->household && a->class == b->class && a->kind == b->kind && id_eq(a->site, b->site);
}

static int32_t class_of(const struct waiting *w)
{
	int32_t class = w->class >= 0 ? (int32_t)w->class : RIDES_UNEXPOSED;
	return w->kind == TO_SITE ? class : ELSEWHERE(class);
}

static int32_t widest_room(const struct proposal *q, int32_t class)
{
	int32_t beds = 0;
	for (size_t r = 0; r < q->rooms_n; r++)
		if ((q->room[r].classes == 0 || (q->room[r].classes >> class & 1)) && q->room[r].beds > beds)
			beds = q->room[r].beds;
	return beds;
}

static void make_groups(struct proposal *q)
{
	for (size_t i = 0; i < q->wait_n;) {
		size_t n = 1;
		const struct waiting *w = &q->wait[i];
		int32_t site = site_for(q, w);
		while (i + n < q->wait_n && one_family(w, &q->wait[i + n]))
			n++;
		if (n > FAMILY_MAX || (int32_t)n > widest_room(q, class_of(w)))
			n = 1;
		struct plan_group g = {.persons = (int32_t)n, .class = class_of(w), .due_at = PLAN_TIME_MAX,
				       .ready_at = minute_of(q, q->ask->now_ms), .fixed_site = site, .fixed_room = PLAN_NONE,
				       .fixed_vehicle = PLAN_NONE};
		g.node = new_node(q, w->at, w->area);
		for (size_t k = i; k < i + n; k++) {
			int32_t ready = minute_of(q, q->wait[k].ready_at), due = minute_of(q, q->wait[k].due_at);
			q->wait[k].group = (int32_t)q->groups_n;
			g.ready_at = ready > g.ready_at ? ready : g.ready_at;
			g.due_at = due < g.due_at ? due : g.due_at;
			g.barrier_free |= (q->wait[k].needs & NEED_BARRIER_FREE) != 0;
			g.stretcher |= (q->wait[k].needs & NEED_STRETCHER) != 0;
		}
		q->group = arena_grown(q->a, q->group, q->groups_n, sizeof *q->group);
		q->group[q->groups_n++] = g;
		i += n;
	}
}

static int32_t leg_of(const struct spot *a, const struct spot *b)
{
	if (!a->known || !b->known)
		return UNKNOWN_LEG_MIN;
	/* within a county the earth is flat enough: 111.2 km to a degree */
	double y = (a->lat - b->lat) * 111.2, x = (a->lon - b->lon) * 111.2 * cos(a->lat * 3.14159265358979 / 180);
	double minutes = ceil(hypot(x, y) * DETOUR / KM_PER_HOUR * 60);
	return minutes < PLAN_LEG_MAX ? (int32_t)minutes : PLAN_LEG_MAX;
}

static enum err_code make_problem(struct proposal *q, const struct run_hours *h, struct err *e)
{
	size_t n = q->nodes_n;
	if (n > PLAN_NODES_MAX)
		return err_set(e, ERR_TOO_LARGE, "", "there are more than %d places; ask for a smaller area", PLAN_NODES_MAX);
	int32_t *leg = ARENA_ARRAY(q->a, int32_t, n * n + 1);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++)
			leg[i * n + k] = i == k ? 0 : leg_of(&q->node[i], &q->node[k]);
	q->p = (struct plan_problem){q->group, q->site, q->room, q->vehicle, (int32_t)q->groups_n, (int32_t)q->sites_n, (int32_t)q->rooms_n,
				     (int32_t)q->vehicles_n, (int32_t)n, PLANNED_CLASSES, leg, STOP_MIN, UNLOAD_MIN, (int32_t)h->night_from,
				     (int32_t)h->night_to};
	return OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------ */

static const char *const notes[] = {"placed", "no_room", "no_vehicle", "no_time", "all_taken", NULL};

const struct query_column transfer_proposal_columns[PROPOSAL_COLUMNS_N] = {
	{"transfer", C_ID, NULL, "transfer", "转运单"}, {"person", C_ID, NULL, "person", "人员"},
	{"class", C_WORD, transfer_classes, "exposure class", "暴露类别"}, {"result", C_WORD, notes, "placed, or why not", "编排结果"},
	{"vehicle", C_ID, NULL, "vehicle", "车辆"}, {"run", C_INT, NULL, "its nth run in this proposal", "第几趟"},
	{"depart_at", C_TIME, NULL, "the vehicle leaves", "发车"}, {"board_at", C_TIME, NULL, "boards", "上车"},
	{"arrive_at", C_TIME, NULL, "arrives", "到达"}, {"kind", C_WORD, transfer_kinds, "kind of destination", "目的地类型"},
	{"site", C_ID, NULL, "site or hospital", "隔离点或医院"}, {"room", C_ID, NULL, "room", "房间"}, {"due_at", C_TIME, NULL, "due", "时限"},
	{"late_min", C_INT, NULL, "minutes late", "超时分钟"}, {"drive_min", C_INT, NULL, "minutes at the wheel of the run", "本趟驾驶分钟"},
	{"gap_late_min", C_INT, NULL, "minutes late of the whole plan above its bound, times persons", "全方案超时与下界之差（分钟×人）"},
	{"outbreak", C_ID, NULL, "outbreak", "疫情"}, {"area", C_AREA, NULL, "area", "区划"},
};

static struct db_val id_or_null(const struct id *id)
{
	return id_is_none(*id) ? V_NULL : V_ID(id);
}

static bool give(const struct proposal *q, const struct plan *plan, const struct plan_bound *bound, const struct waiting *w, struct query_rows *rows)
{
	const struct plan_place *at = &plan->place[w->group];
	struct db_val v[ARRAY_N(transfer_proposal_columns)];
	for (size_t i = 0; i < ARRAY_N(v); i++)
		v[i] = V_NULL;
	v[0] = V_ID(&w->transfer);
	v[1] = V_ID(&w->person);
	v[2] = V_INT(w->class);
	v[3] = V_INT(at->reason);
	v[9] = V_INT(w->kind);
	v[12] = V_INT(w->due_at);
	v[15] = V_INT(plan->value.late - bound->least.late);
	v[16] = V_ID(&w->outbreak);
	v[17] = V_INT(w->area);
	if (at->reason == PLAN_PLACED) {
		const struct plan_run *r = &plan->run[at->run];
		int64_t nth = 1;
		for (int32_t i = at->run; i > 0 && plan->run[i - 1].vehicle == r->vehicle; i--)
			nth++;
		int64_t arrive = q->base + at->arrived_at * MS_PER_MINUTE;
		v[4] = V_ID(&q->vehicle_id[r->vehicle]);
		v[5] = V_INT(nth);
		v[6] = V_INT(q->base + r->depart_at * MS_PER_MINUTE);
		v[7] = V_INT(q->base + at->boarded_at * MS_PER_MINUTE);
		v[8] = V_INT(arrive);
		v[10] = id_or_null(&q->site_id[r->site]);
		v[11] = id_or_null(&q->room_id[at->room]);
		v[13] = V_INT(arrive > w->due_at ? (arrive - w->due_at) / MS_PER_MINUTE : 0);
		v[14] = V_INT(r->drive_min);
	}
	return query_row(rows, v);
}

static enum err_code propose(struct proposal *q, struct query_rows *rows, struct err *e)
{
	struct run_hours h = transfer_hours(NULL);
	struct plan plan;
	struct plan_bound bound;
	enum err_code rc = read_areas(q, e);
	if (rc == OK)
		rc = read_waiting(q, e);
	if (rc == OK)
		rc = read_rooms(q, e);
	if (rc == OK)
		rc = read_vehicles(q, &h, e);
	if (rc != OK)
		return rc;
	make_groups(q);
	rc = make_problem(q, &h, e);
	if (rc == OK)
		rc = plan_make(&q->p, &(struct plan_options){.seed = 1, .iterations = PROPOSAL_ITERATIONS}, q->a, &plan, e);
	if (rc == OK)
		rc = plan_bound(&q->p, plan.value.unplaced, q->a, &bound, e);
	for (size_t i = 0; rc == OK && i < q->wait_n; i++)
		if (!give(q, &plan, &bound, &q->wait[i], rows))
			break;
	return rc;
}

static enum err_code proposal_rows(const struct query_ask *ask, struct query_rows *rows, struct err *e)
{
	struct arena a;
	arena_init(&a, PROPOSAL_MEMORY);
	struct proposal q = {.a = &a, .ask = ask, .base = day_start(day_of(ask->now_ms))};
	enum err_code rc = propose(&q, rows, e);
	arena_done(&a);
	return rc;
}

const struct query_computed transfer_computed[] = {
	{.query = "transfer.proposal", .rows = proposal_rows, .alone = true},
	{0},
};
