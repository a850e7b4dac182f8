/* SPDX-License-Identifier: Apache-2.0
 *
 * What no plan can go below. Three relaxations, each of which drops rules and keeps others:
 *   rooms   each group gets a room of its own that fits (a ward takes as many groups as its smallest ones would allow), vehicles are
 *           forgotten, and the ride is the shortest way to that site: an assignment problem, solved exactly. It bounds the persons left
 *           over, the minutes on the road and the empty beds.
 *   reach   the earliest minute at which any vehicle could have brought a group anywhere.
 *   fleet   how many persons all vehicles together can have brought by a minute, when every run is the shortest there is.
 * Delay is the sum over minutes of the persons who are due by then and not there yet; reach and fleet bound each minute.
 * Legs need not obey the triangle: shortest ways over all places are used.
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan_state.h"

#define WINDOW_MAX 20160          /* minutes behind the first due time that are looked at: more only adds to the delay */
#define CELLS_MAX 40000000        /* of the assignment's cost table; beyond it, and */
#define WORK_MAX 20e9             /* beyond so many steps, each group takes its best room, taken or not */
#define IMPOSSIBLE (INT32_MAX / 2)

struct ways {
	int32_t *to_site;    /* [site][node]: shortest minutes from the node */
	int32_t *from_vehicle; /* [vehicle][node] */
	int32_t *from_site;  /* [node]: from the nearest site */
};

/* Shortest ways from the nodes with dist 0 (backward: to them). */
static void dijkstra(const struct plan_problem *p, bool backward, int32_t *dist, bool *done)
{
	size_t n = (size_t)p->nodes_n;
	memset(done, 0, n);
	for (size_t round = 0; round < n; round++) {
		size_t at = n;
		for (size_t i = 0; i < n; i++)
			if (!done[i] && dist[i] < IMPOSSIBLE && (at == n || dist[i] < dist[at]))
				at = i;
		if (at == n)
			return;
		done[at] = true;
		for (size_t i = 0; i < n; i++) {
			int32_t via = dist[at] + (backward ? p->leg[i * n + at] : p->leg[at * n + i]);
			if (via < dist[i])
				dist[i] = via;
		}
	}
}

static bool find_ways(const struct plan_problem *p, struct arena *a, struct ways *w)
{
	size_t n = (size_t)p->nodes_n, sites = (size_t)p->sites_n, vehicles = (size_t)p->vehicles_n;
	w->to_site = arena_try(a, (sites * n + 1) * sizeof(int32_t));
	w->from_vehicle = arena_try(a, (vehicles * n + 1) * sizeof(int32_t));
	w->from_site = arena_try(a, (n + 1) * sizeof(int32_t));
	bool *done = arena_try(a, n + 1);
	if (!w->to_site || !w->from_vehicle || !w->from_site || !done)
		return false;
	for (size_t i = 0; i < sites * n; i++)
		w->to_site[i] = IMPOSSIBLE;
	for (size_t i = 0; i < vehicles * n; i++)
		w->from_vehicle[i] = IMPOSSIBLE;
	for (size_t i = 0; i < n; i++)
		w->from_site[i] = IMPOSSIBLE;
	for (size_t s = 0; s < sites; s++) {
		size_t same = 0;
		while (same < s && p->site[same].node != p->site[s].node)
			same++;
		if (same < s) {
			memcpy(w->to_site + s * n, w->to_site + same * n, n * sizeof(int32_t));
			continue;
		}
		w->to_site[s * n + (size_t)p->site[s].node] = 0;
		w->from_site[p->site[s].node] = 0;
		dijkstra(p, true, w->to_site + s * n, done);
	}
	dijkstra(p, false, w->from_site, done);
	for (size_t v = 0; v < vehicles; v++) {
		size_t same = 0;
		while (same < v && p->vehicle[same].node != p->vehicle[v].node)
			same++;
		if (same < v) {
			memcpy(w->from_vehicle + v * n, w->from_vehicle + same * n, n * sizeof(int32_t));
			continue;
		}
		w->from_vehicle[v * n + (size_t)p->vehicle[v].node] = 0;
		dijkstra(p, false, w->from_vehicle + v * n, done);
	}
	return true;
}

/* ---- reach ---------------------------------------------------------------------------------------------------------------------- */

struct reach {
	int32_t *earliest;   /* by group: in place; IMPOSSIBLE = in no plan */
	int32_t *way;        /* by group: shortest ride to any site with a room for it */
};

static bool find_reach(const struct order *o, const struct ways *w, struct arena *a, struct reach *r)
{
	const struct plan_problem *p = o->p;
	size_t n = (size_t)p->nodes_n;
	r->earliest = arena_try(a, ((size_t)p->groups_n + 1) * sizeof(int32_t));
	r->way = arena_try(a, ((size_t)p->groups_n + 1) * sizeof(int32_t));
	if (!r->earliest || !r->way)
		return false;
	for (int32_t g = 0; g < p->groups_n; g++) {
		size_t node = (size_t)p->group[g].node;
		int32_t start = IMPOSSIBLE, last = -1;
		r->earliest[g] = r->way[g] = IMPOSSIBLE;
		for (int32_t v = 0; v < p->vehicles_n; v++) {
			if (!vehicle_fits(p, v, g))
				continue;
			int32_t at = p->vehicle[v].shift_from + w->from_vehicle[(size_t)v * n + node];
			start = at < start ? at : start;
			last = p->vehicle[v].shift_to > last ? p->vehicle[v].shift_to : last;
		}
		start = start < p->group[g].ready_at ? p->group[g].ready_at : start;
		for (int32_t k = 0; k < o->kinds_n && start < IMPOSSIBLE; k++) {
			if (!kind_fits(o, &o->kind[k], g))
				continue;
			int32_t ride = w->to_site[(size_t)o->kind[k].site * n + node], there = start + p->stop_min + ride;
			there = there < o->kind[k].free_from ? o->kind[k].free_from : there;
			if (there > last - p->unload_min)
				continue;
			r->earliest[g] = there < r->earliest[g] ? there : r->earliest[g];
			r->way[g] = ride < r->way[g] ? ride : r->way[g];
		}
	}
	return true;
}

/* ---- fleet ---------------------------------------------------------------------------------------------------------------------- */

struct pace { /* of one vehicle */
	int32_t seats;       /* most usable ones for a class that is there */
	int32_t first;       /* earliest arrival of its first run; IMPOSSIBLE = carries nobody */
	int32_t cycle;       /* least minutes from one arrival to the next */
	int32_t last;        /* latest arrival */
	int32_t largest;     /* persons of the largest group it may carry */
};

static struct pace pace_of(const struct order *o, const struct ways *w, const struct reach *r, int32_t vehicle)
{
	const struct plan_problem *p = o->p;
	const struct plan_vehicle *v = &p->vehicle[vehicle];
	size_t n = (size_t)p->nodes_n;
	struct pace pace = {.first = IMPOSSIBLE, .cycle = IMPOSSIBLE, .last = v->shift_to - p->unload_min};
	for (int32_t g = 0; g < p->groups_n; g++) {
		const struct plan_group *x = &p->group[g];
		if (r->earliest[g] == IMPOSSIBLE || !vehicle_fits(p, vehicle, g))
			continue;
		int32_t at = v->shift_from + w->from_vehicle[(size_t)vehicle * n + (size_t)x->node];
		at = (at < x->ready_at ? x->ready_at : at) + p->stop_min + r->way[g];
		int32_t cycle = p->unload_min + v->disinfect_min + w->from_site[x->node] + p->stop_min + r->way[g];
		pace.first = at < pace.first ? at : pace.first;
		pace.cycle = cycle < pace.cycle ? cycle : pace.cycle;
		pace.seats = v->seats[x->class] > pace.seats ? v->seats[x->class] : pace.seats;
		pace.largest = x->persons > pace.largest ? x->persons : pace.largest;
	}
	return pace;
}

/* Most persons and most groups that the vehicle can have brought by a minute. Every group costs a stop. */
static void brought_by(const struct plan_problem *p, const struct pace *v, int32_t minute, int64_t *persons, int64_t *groups)
{
	*persons = *groups = 0;
	int32_t until = minute < v->last ? minute : v->last;
	if (v->first == IMPOSSIBLE || until < v->first)
		return;
	int64_t spare = until - v->first;
	for (int64_t runs = 1; runs <= PLAN_RUNS_MAX && (runs - 1) * v->cycle <= spare; runs++) {
		int64_t seats = runs * v->seats;
		int64_t stops = p->stop_min > 0 ? runs + (spare - (runs - 1) * v->cycle) / p->stop_min : seats;
		stops = stops < seats ? stops : seats; /* a group has a person */
		int64_t most = stops * v->largest < seats ? stops * v->largest : seats;
		*persons = most > *persons ? most : *persons;
		*groups = stops > *groups ? stops : *groups;
	}
}

static int descending(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
	return (x < y) - (x > y);
}

struct fleet {
	struct pace *pace;
	int64_t *largest;    /* persons of the k largest groups together */
	int32_t groups_n;
};

static int64_t fleet_by(const struct plan_problem *p, const struct fleet *f, int32_t minute)
{
	int64_t persons = 0, groups = 0;
	for (int32_t v = 0; v < p->vehicles_n; v++) {
		int64_t one, stops;
		brought_by(p, &f->pace[v], minute, &one, &stops);
		persons += one;
		groups += stops;
	}
	groups = groups < f->groups_n ? groups : f->groups_n;
	return persons < f->largest[groups] ? persons : f->largest[groups];
}

/* spare: persons that the plan leaves over and any vehicle could have reached. left_over: at least so many of them stay, with this fleet. */
static bool bound_late(const struct order *o, const struct ways *w, const struct reach *r, int64_t spare, struct arena *a, int64_t *late,
		       int64_t *left_over)
{
	const struct plan_problem *p = o->p;
	size_t n = (size_t)p->groups_n;
	struct fleet f = {.pace = arena_try(a, ((size_t)p->vehicles_n + 1) * sizeof *f.pace), .largest = arena_try(a, (n + 1) * sizeof(int64_t))};
	int32_t *sizes = arena_try(a, (n + 1) * sizeof *sizes);
	int64_t *due = arena_try(a, (WINDOW_MAX + 1) * sizeof *due), *there = arena_try(a, (WINDOW_MAX + 1) * sizeof *there);
	if (!f.pace || !f.largest || !sizes || !due || !there)
		return false;
	int32_t from = PLAN_TIME_MAX, last = 0;
	for (size_t g = 0; g < n; g++)
		if (r->earliest[g] != IMPOSSIBLE) {
			from = p->group[g].due_at < from ? p->group[g].due_at : from;
			sizes[f.groups_n++] = p->group[g].persons;
		}
	if (f.groups_n > 0)
		qsort(sizes, (size_t)f.groups_n, sizeof *sizes, descending);
	for (int32_t k = 0; k < f.groups_n; k++)
		f.largest[k + 1] = f.largest[k] + sizes[k];
	for (int32_t v = 0; v < p->vehicles_n; v++) {
		f.pace[v] = pace_of(o, w, r, v);
		last = f.pace[v].last > last ? f.pace[v].last : last;
	}
	for (size_t g = 0; g < n; g++) {
		const struct plan_group *x = &p->group[g];
		if (r->earliest[g] == IMPOSSIBLE)
			continue;
		int64_t d = (int64_t)x->due_at - from, t = (r->earliest[g] > x->due_at ? r->earliest[g] : x->due_at) - (int64_t)from;
		if (d <= WINDOW_MAX)
			due[d] += x->persons;
		if (t <= WINDOW_MAX)
			there[t] += x->persons;
	}
	int64_t due_n = 0, there_n = 0, sum = 0;
	for (int32_t t = 0; t <= WINDOW_MAX && from + t <= last; t++) {
		due_n += due[t];
		there_n += there[t];
		int64_t brought = due_n > spare ? fleet_by(p, &f, from + t) : 0;
		brought = there_n < brought ? there_n : brought;
		if (due_n - brought > spare)
			sum += due_n - brought - spare;
	}
	*late = sum;
	int64_t brought = fleet_by(p, &f, last);
	*left_over = f.largest[f.groups_n] > brought ? f.largest[f.groups_n] - brought : 0;
	return true;
}

/* ---- rooms: the assignment problem -------------------------------------------------------------------------------------------------- */

struct assignment {
	int32_t rows_n, columns_n; /* the last column is "no room", which all fit into */
	int64_t *cost;       /* [row][column], COST_NEVER = not allowed */
	int64_t *capacity;
	int32_t *column_of;  /* by row */
	/* rows of a column as a list */
	int32_t *first, *next, *count;
	int64_t *u, *v, *least;
	int32_t *way_row, *way_column;
	bool *used;
};

static bool assignment_new(struct assignment *x, struct arena *a)
{
	size_t n = (size_t)x->rows_n + 1, m = (size_t)x->columns_n + 1;
	x->column_of = arena_try(a, n * sizeof(int32_t));
	x->next = arena_try(a, n * sizeof(int32_t));
	x->first = arena_try(a, m * sizeof(int32_t));
	x->count = arena_try(a, m * sizeof(int32_t));
	x->u = arena_try(a, n * sizeof(int64_t));
	x->v = arena_try(a, m * sizeof(int64_t));
	x->least = arena_try(a, m * sizeof(int64_t));
	x->way_row = arena_try(a, m * sizeof(int32_t));
	x->way_column = arena_try(a, m * sizeof(int32_t));
	x->used = arena_try(a, m);
	return x->column_of && x->next && x->first && x->count && x->u && x->v && x->least && x->way_row && x->way_column && x->used;
}

static void unlink_row(struct assignment *x, int32_t row, int32_t column)
{
	int32_t *at = &x->first[column];
	while (*at != row)
		at = &x->next[*at];
	*at = x->next[row];
	x->count[column]--;
}

static void link_row(struct assignment *x, int32_t row, int32_t column)
{
	x->next[row] = x->first[column];
	x->first[column] = row;
	x->count[column]++;
	x->column_of[row] = column;
}

static void look_from(struct assignment *x, int32_t row, int32_t column)
{
	const int64_t *cost = x->cost + (size_t)row * (size_t)x->columns_n;
	for (int32_t k = 0; k < x->columns_n; k++) {
		if (x->used[k] || cost[k] == COST_NEVER)
			continue;
		int64_t reduced = cost[k] - x->u[row] - x->v[k];
		if (reduced < x->least[k]) {
			x->least[k] = reduced;
			x->way_row[k] = row;
			x->way_column[k] = column;
		}
	}
}

/* Shortest augmenting way for one more row (the Hungarian method with columns of several places). */
static void assign_row(struct assignment *x, int32_t row)
{
	for (int32_t k = 0; k < x->columns_n; k++) {
		x->least[k] = COST_NEVER;
		x->used[k] = false;
	}
	look_from(x, row, PLAN_NONE);
	int32_t end = PLAN_NONE;
	while (end == PLAN_NONE) {
		int32_t best = PLAN_NONE;
		for (int32_t k = 0; k < x->columns_n; k++)
			if (!x->used[k] && x->least[k] != COST_NEVER && (best == PLAN_NONE || x->least[k] < x->least[best]))
				best = k;
		CHECK(best != PLAN_NONE); /* "no room" takes all */
		int64_t delta = x->least[best];
		x->u[row] += delta;
		for (int32_t k = 0; k < x->columns_n; k++) {
			if (x->used[k]) {
				x->v[k] -= delta;
				for (int32_t i = x->first[k]; i != PLAN_NONE; i = x->next[i])
					x->u[i] += delta;
			} else if (x->least[k] != COST_NEVER) {
				x->least[k] -= delta;
			}
		}
		if (x->count[best] < x->capacity[best]) {
			end = best;
			break;
		}
		x->used[best] = true;
		for (int32_t i = x->first[best]; i != PLAN_NONE; i = x->next[i])
			look_from(x, i, best);
	}
	while (end != PLAN_NONE) {
		int32_t moved = x->way_row[end], from = x->way_column[end];
		if (from != PLAN_NONE)
			unlink_row(x, moved, from);
		link_row(x, moved, end);
		end = from;
	}
}

static void assign_all(struct assignment *x)
{
	for (int32_t k = 0; k < x->columns_n; k++) {
		x->first[k] = PLAN_NONE;
		x->count[k] = 0;
		x->v[k] = 0;
	}
	memset(x->u, 0, (size_t)x->rows_n * sizeof *x->u);
	for (int32_t i = 0; i < x->rows_n; i++)
		assign_row(x, i);
}

enum measure { BY_RIDE, BY_BEDS };

struct rooms {
	const struct order *o;
	const struct ways *w;
	const struct reach *r;
	struct assignment x;
	int32_t *group;      /* by row */
};

static int64_t measure_of(const struct rooms *q, enum measure by, int32_t group, int32_t kind)
{
	const struct room_kind *k = &q->o->kind[kind];
	const struct plan_group *g = &q->o->p->group[group];
	if (by == BY_BEDS)
		return k->ward ? 0 : k->beds - g->persons;
	return (int64_t)q->w->to_site[(size_t)k->site * (size_t)q->o->p->nodes_n + (size_t)g->node] * g->persons;
}

/* Solves it; gives persons without a room and the measure of the others. unplaced_cost: per person. */
static void solve(struct rooms *q, enum measure by, int64_t unplaced_cost, int64_t *unplaced, int64_t *sum)
{
	struct assignment *x = &q->x;
	int32_t none = x->columns_n - 1;
	for (int32_t i = 0; i < x->rows_n; i++) {
		int64_t *cost = x->cost + (size_t)i * (size_t)x->columns_n;
		for (int32_t k = 0; k < none; k++)
			cost[k] = kind_fits(q->o, &q->o->kind[k], q->group[i]) ? measure_of(q, by, q->group[i], k) : COST_NEVER;
		cost[none] = unplaced_cost * q->o->p->group[q->group[i]].persons;
	}
	assign_all(x);
	*unplaced = *sum = 0;
	for (int32_t i = 0; i < x->rows_n; i++)
		if (x->column_of[i] == none)
			*unplaced += q->o->p->group[q->group[i]].persons;
		else
			*sum += x->cost[(size_t)i * (size_t)x->columns_n + (size_t)x->column_of[i]];
}

static enum err_code bound_rooms(struct rooms *q, int64_t lost, int64_t unplaced_most, struct arena *a, struct plan_value *least,
				 struct err *e)
{
	const struct order *o = q->o;
	const struct plan_problem *p = o->p;
	struct assignment *x = &q->x;
	x->columns_n = o->kinds_n + 1;
	x->capacity = arena_try(a, (size_t)x->columns_n * sizeof *x->capacity);
	x->cost = arena_try_raw(a, ((size_t)x->rows_n * (size_t)x->columns_n + 1) * sizeof *x->cost);
	if (!x->capacity || !x->cost || !assignment_new(x, a))
		return err_set(e, ERR_MEMORY, "", "no memory for the bound");
	for (int32_t k = 0; k < o->kinds_n; k++) {
		int32_t smallest = IMPOSSIBLE;
		for (int32_t i = 0; o->kind[k].ward && i < x->rows_n; i++)
			if (p->group[q->group[i]].persons < smallest && kind_fits(o, &o->kind[k], q->group[i]))
				smallest = p->group[q->group[i]].persons;
		x->capacity[k] = o->kind[k].ward ? o->kind[k].beds / smallest : o->kind[k].rooms_n;
	}
	x->capacity[o->kinds_n] = x->rows_n;
	int64_t unplaced, ride, beds, never = (int64_t)PLAN_LEG_MAX * PLAN_NODES_MAX; /* above what any place could cost a person */
	solve(q, BY_RIDE, never * PLAN_SEATS_MAX, &unplaced, &ride);
	least->unplaced = lost + unplaced;
	if (least->unplaced == unplaced_most) {
		least->ride = ride;
		solve(q, BY_BEDS, never, &unplaced, &beds);
		least->empty_beds = lost + unplaced == unplaced_most ? beds : 0;
		return OK;
	}
	/* The plan leaves more persons than must be: any price on a person left over gives a bound (Lagrange). */
	for (int64_t price = 16; price <= PLAN_LEG_MAX; price *= 2) {
		solve(q, BY_RIDE, price, &unplaced, &ride);
		int64_t at = ride + price * (lost + unplaced - unplaced_most);
		least->ride = at > least->ride ? at : least->ride;
	}
	return OK;
}

/* Too large for the assignment: each group takes its best room as if it were alone. */
static void bound_alone(const struct rooms *q, int64_t lost, int64_t unplaced_most, struct plan_value *least)
{
	int64_t ride = 0, longest = 0;
	for (int32_t i = 0; i < q->x.rows_n; i++) {
		int32_t g = q->group[i];
		ride += (int64_t)q->r->way[g] * q->o->p->group[g].persons;
		longest = q->r->way[g] > longest ? q->r->way[g] : longest;
	}
	least->unplaced = lost;
	ride -= longest * (unplaced_most - lost);
	least->ride = ride > 0 ? ride : 0;
}

enum err_code plan_bound(const struct plan_problem *p, int64_t unplaced_most, struct arena *a, struct plan_bound *out, struct err *e)
{
	struct order o;
	struct ways w;
	struct reach r;
	struct plan_value least = {0};
	enum err_code rc = plan_check(p, e);
	if (rc == OK)
		rc = order_make(p, a, &o, e);
	if (rc != OK)
		return rc;
	struct rooms q = {.o = &o, .w = &w, .r = &r, .group = arena_try(a, ((size_t)p->groups_n + 1) * sizeof(int32_t))};
	if (!q.group || !find_ways(p, a, &w) || !find_reach(&o, &w, a, &r))
		return err_set(e, ERR_MEMORY, "", "no memory for the bound");
	int64_t lost = 0;
	for (int32_t g = 0; g < p->groups_n; g++)
		if (r.earliest[g] == IMPOSSIBLE)
			lost += p->group[g].persons;
		else
			q.group[q.x.rows_n++] = g;
	double rows = q.x.rows_n, columns = o.kinds_n + 1;
	if (unplaced_most < lost)
		unplaced_most = lost;
	if (rows * columns > CELLS_MAX || rows * rows * columns > WORK_MAX)
		bound_alone(&q, lost, unplaced_most, &least);
	else
		rc = bound_rooms(&q, lost, unplaced_most, a, &least, e);
	int64_t left_over = 0;
	if (rc == OK && !bound_late(&o, &w, &r, unplaced_most - lost, a, &least.late, &left_over))
		rc = err_set(e, ERR_MEMORY, "", "no memory for the bound");
	if (rc != OK)
		return rc;
	least.unplaced = lost + left_over > least.unplaced ? lost + left_over : least.unplaced;
	out->least = least;
	return rc;
}
