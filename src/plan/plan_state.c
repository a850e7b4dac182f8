/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan_state.h"

#include <stdlib.h>
#include <string.h>

#define NEAR_MAX 24      /* sites that are looked at first */
#define SITES_TRIED 4    /* nearest sites with a room, for a run of its own */
#define VEHICLES_TRIED 12 /* for a run of its own, while searching */
#define BLINK 12          /* one in so many places is overlooked while searching: always taking the best one leads in circles */
#define FULL_LOOK 16      /* one in so many groups that find no spot looks everywhere */
#define DAY_MIN 1440

static int32_t leg(const struct plan_problem *p, int32_t from, int32_t to)
{
	return p->leg[(size_t)from * (size_t)p->nodes_n + (size_t)to];
}

static int32_t later(int32_t a, int32_t b)
{
	return a > b ? a : b;
}

static bool takes(const struct room_kind *k, int32_t class)
{
	return k->classes == 0 || (k->classes >> class & 1) != 0;
}

bool kind_fits(const struct order *o, const struct room_kind *k, int32_t group)
{
	const struct plan_group *g = &o->p->group[group];
	if (g->fixed_room != PLAN_NONE)
		return k->fixed_for == g->fixed_room && k->beds >= g->persons && takes(k, g->class) && (k->barrier_free || !g->barrier_free);
	return k->beds >= g->persons && takes(k, g->class) && (k->barrier_free || !g->barrier_free) &&
	       (g->fixed_site == PLAN_NONE || g->fixed_site == k->site);
}

bool vehicle_fits(const struct plan_problem *p, int32_t vehicle, int32_t group)
{
	const struct plan_group *g = &p->group[group];
	const struct plan_vehicle *v = &p->vehicle[vehicle];
	return v->seats[g->class] >= g->persons && (v->stretcher || !g->stretcher) &&
	       (g->fixed_vehicle == PLAN_NONE || g->fixed_vehicle == vehicle);
}

/* [depart, arrive) must not touch the forbidden hours of any day, whose window may go over midnight. */
int32_t plan_by_day(const struct plan_problem *p, const struct plan_vehicle *v, int32_t arrive, int32_t minutes)
{
	if (!v->coach || p->night_from == p->night_to)
		return arrive;
	int32_t dark = p->night_to - p->night_from + (p->night_to < p->night_from ? DAY_MIN : 0);
	if (minutes > DAY_MIN - dark)
		return PLAN_TIME_MAX;
	int32_t depart = arrive - minutes;
	/* minutes since the last beginning of the dark hours */
	int32_t since = ((depart - p->night_from) % DAY_MIN + DAY_MIN) % DAY_MIN;
	if (since < dark || since + minutes > DAY_MIN)
		depart += (since < dark ? dark : DAY_MIN + dark) - since;
	return depart + minutes;
}

/* ---- what is computed once ------------------------------------------------------------------------------------------ */

struct room_row { /* for sorting */
	struct room_kind k;
	int32_t room;
};

static int by_kind(const void *a, const void *b)
{
	const struct room_row *x = a, *y = b;
	const int64_t left[] = {x->k.site, x->k.ward ? 0 : 1, x->k.beds, x->k.barrier_free, x->k.classes == 0, x->k.classes,
				x->k.free_from, x->k.fixed_for, x->room};
	const int64_t right[] = {y->k.site, y->k.ward ? 0 : 1, y->k.beds, y->k.barrier_free, y->k.classes == 0, y->k.classes,
				 y->k.free_from, y->k.fixed_for, y->room};
	for (size_t i = 0; i < ARRAY_N(left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static bool alike(const struct room_kind *a, const struct room_kind *b)
{
	return a->site == b->site && !a->ward && !b->ward && a->beds == b->beds && a->barrier_free == b->barrier_free &&
	       a->classes == b->classes && a->free_from == b->free_from && a->fixed_for == PLAN_NONE && b->fixed_for == PLAN_NONE;
}

static bool make_kinds(const struct plan_problem *p, struct arena *a, struct order *o)
{
	size_t n = (size_t)p->rooms_n;
	struct room_row *row = arena_try(a, (n + 1) * sizeof *row);
	o->kind = arena_try(a, (n + 1) * sizeof *o->kind);
	o->room = arena_try(a, (n + 1) * sizeof *o->room);
	o->site_kind = arena_try(a, ((size_t)p->sites_n + 1) * sizeof *o->site_kind);
	bool *fixed = arena_try(a, n + 1);
	if (!row || !o->kind || !o->room || !o->site_kind || !fixed)
		return false;
	for (int32_t g = 0; g < p->groups_n; g++)
		if (p->group[g].fixed_room != PLAN_NONE)
			fixed[p->group[g].fixed_room] = true;
	for (int32_t r = 0; r < p->rooms_n; r++) {
		const struct plan_room *x = &p->room[r];
		row[r] = (struct room_row){{.site = x->site, .beds = x->beds, .classes = x->classes, .free_from = x->free_from,
					    .barrier_free = x->barrier_free, .ward = x->ward, .fixed_for = fixed[r] ? r : PLAN_NONE}, r};
	}
	if (n)
		qsort(row, n, sizeof *row, by_kind);
	for (int32_t r = 0; r < p->rooms_n; r++) {
		o->room[r] = row[r].room;
		if (o->kinds_n == 0 || !alike(&o->kind[o->kinds_n - 1], &row[r].k)) {
			o->kind[o->kinds_n] = row[r].k;
			o->kind[o->kinds_n++].first = r;
		}
		o->kind[o->kinds_n - 1].rooms_n++;
	}
	int32_t k = 0;
	for (int32_t s = 0; s <= p->sites_n; s++) {
		while (k < o->kinds_n && o->kind[k].site < s)
			k++;
		o->site_kind[s] = s == p->sites_n ? o->kinds_n : k;
	}
	return true;
}

struct far {
	int32_t minutes, site;
};

static int by_minutes(const void *a, const void *b)
{
	const struct far *x = a, *y = b;
	if (x->minutes != y->minutes)
		return x->minutes < y->minutes ? -1 : 1;
	return x->site < y->site ? -1 : x->site > y->site;
}

/* Sites that have any room for it, the nearest first; PLAN_NONE behind the last. */
static bool make_near(const struct plan_problem *p, struct arena *a, struct order *o)
{
	o->near_n = p->sites_n < NEAR_MAX ? p->sites_n : NEAR_MAX;
	o->near = arena_try(a, ((size_t)p->groups_n * (size_t)o->near_n + 1) * sizeof *o->near);
	o->hopeless = arena_try(a, (size_t)p->groups_n + 1);
	struct far *far = arena_try(a, ((size_t)p->sites_n + 1) * sizeof *far);
	if (!o->near || !o->hopeless || !far)
		return false;
	for (int32_t g = 0; g < p->groups_n; g++) {
		size_t n = 0;
		bool carried = false;
		for (int32_t s = 0; s < p->sites_n; s++) {
			bool fits = false;
			for (int32_t k = o->site_kind[s]; k < o->site_kind[s + 1] && !fits; k++)
				fits = kind_fits(o, &o->kind[k], g);
			if (fits)
				far[n++] = (struct far){leg(p, p->group[g].node, p->site[s].node), s};
		}
		for (int32_t v = 0; v < p->vehicles_n && !carried; v++)
			carried = vehicle_fits(p, v, g);
		o->hopeless[g] = n == 0 || !carried;
		if (n > 1)
			qsort(far, n, sizeof *far, by_minutes);
		for (int32_t i = 0; i < o->near_n; i++)
			o->near[(size_t)g * (size_t)o->near_n + (size_t)i] = (size_t)i < n ? far[i].site : PLAN_NONE;
	}
	return true;
}

enum err_code order_make(const struct plan_problem *p, struct arena *a, struct order *o, struct err *e)
{
	*o = (struct order){.p = p};
	if (!make_kinds(p, a, o) || !make_near(p, a, o))
		return err_set(e, ERR_MEMORY, "", "no memory for the plan");
	return OK;
}

/* ---- the state ---------------------------------------------------------------------------------------------------------- */

struct state *state_new(const struct order *o, struct arena *a)
{
	const struct plan_problem *p = o->p;
	size_t groups = (size_t)p->groups_n, vehicles = (size_t)p->vehicles_n, kinds = (size_t)o->kinds_n;
	size_t run_bytes = groups * sizeof(struct run);
	size_t ints = groups + vehicles * PLAN_RUNS_MAX + vehicles + 3 * groups + 3 * kinds;
	size_t size = sizeof(struct state) + run_bytes + ints * sizeof(int32_t);
	struct state *s = arena_try(a, size);
	if (!s)
		return NULL;
	s->size = size;
	s->run = (struct run *)(void *)(s + 1);
	int32_t *at = (int32_t *)(void *)(s->run + groups);
	s->free_run = at;
	s->sequence = s->free_run + groups;
	s->sequence_n = s->sequence + vehicles * PLAN_RUNS_MAX;
	s->next = s->sequence_n + vehicles;
	s->run_of = s->next + groups;
	s->kind_of = s->run_of + groups;
	s->used = s->kind_of + groups;
	s->ward_class = s->used + kinds;
	s->ward_groups = s->ward_class + kinds;
	for (int32_t g = 0; g < p->groups_n; g++) {
		s->next[g] = s->run_of[g] = s->kind_of[g] = PLAN_NONE;
		s->value.unplaced += p->group[g].persons;
		s->free_run[s->free_n++] = p->groups_n - 1 - g;
	}
	for (int32_t k = 0; k < o->kinds_n; k++)
		s->ward_class[k] = PLAN_NONE;
	return s;
}

void state_copy(struct state *to, const struct state *from)
{
	to->value = from->value;
	to->free_n = from->free_n;
	memcpy(to + 1, from + 1, from->size - sizeof *from);
}

static int64_t cost_of(const struct plan_value *v)
{
	return v->unplaced * COST_UNPLACED + v->late * COST_LATE + v->ride * COST_RIDE + v->empty_beds * COST_BED + v->drive * COST_DRIVE;
}

int64_t state_cost(const struct state *s)
{
	return cost_of(&s->value);
}

/* ---- rooms --------------------------------------------------------------------------------------------------------------- */

static bool has_room(const struct order *o, const struct state *s, int32_t kind, int32_t group)
{
	const struct room_kind *k = &o->kind[kind];
	const struct plan_group *g = &o->p->group[group];
	if (!kind_fits(o, k, group))
		return false;
	if (!k->ward)
		return s->used[kind] < k->rooms_n;
	return s->used[kind] + g->persons <= k->beds && (s->ward_groups[kind] == 0 || s->ward_class[kind] == g->class);
}

/* The tightest room of a site, and the one that is free first when that is another. */
static int32_t find_rooms(const struct order *o, const struct state *s, int32_t site, int32_t group, int32_t found[2])
{
	int32_t n = 0;
	for (int32_t k = o->site_kind[site]; k < o->site_kind[site + 1]; k++) {
		if (!has_room(o, s, k, group))
			continue;
		if (n == 0) {
			found[n++] = k;
		} else if (o->kind[k].free_from < o->kind[found[n - 1]].free_from) {
			found[1] = k;
			n = 2;
		}
	}
	return n;
}

static int64_t empty_beds(const struct room_kind *k, int32_t persons)
{
	return k->ward ? 0 : k->beds - persons;
}

/* ---- the sequence of a vehicle --------------------------------------------------------------------------------------------- */

static int64_t late_of(const struct plan_problem *p, const struct state *s, const struct run *r, int32_t arrive)
{
	int64_t late = 0;
	if (arrive <= r->due_least)
		return 0;
	for (int32_t g = r->head; g != PLAN_NONE; g = s->next[g])
		if (arrive > p->group[g].due_at)
			late += (int64_t)(arrive - p->group[g].due_at) * p->group[g].persons;
	return late;
}

struct clock { /* a vehicle between two runs */
	int32_t node;
	int32_t unloaded;    /* of the run before; shift_from when there was none */
	int32_t drive_since;
	bool fresh;          /* nothing driven yet */
};

static struct clock clock_before(const struct plan_problem *p, const struct state *s, int32_t vehicle, int32_t index)
{
	const struct plan_vehicle *v = &p->vehicle[vehicle];
	if (index == 0)
		return (struct clock){v->node, v->shift_from, 0, true};
	const struct run *r = &s->run[s->sequence[vehicle * PLAN_RUNS_MAX + index - 1]];
	return (struct clock){p->site[r->site].node, r->arrive + p->unload_min, r->drive_since, false};
}

/* Lets the vehicle do the run next; false when its crew's hours forbid it. */
static bool step(const struct plan_problem *p, const struct plan_vehicle *v, struct clock *c, struct run *r)
{
	int32_t empty = leg(p, c->node, r->first_node), minutes = empty + r->path;
	int32_t ready = c->unloaded + (c->fresh ? 0 : v->disinfect_min);
	r->drive = empty + r->legs;
	if (r->drive > v->drive_max)
		return false;
	bool rests = c->drive_since + r->drive > v->drive_max;
	if (rests)
		ready = later(ready, c->unloaded + v->rest_min);
	r->arrive = plan_by_day(p, v, later(ready + minutes, r->ready), minutes);
	r->depart = r->arrive - minutes;
	if (!c->fresh && r->depart - c->unloaded >= v->rest_min)
		rests = true;
	r->drive_since = (rests ? 0 : c->drive_since) + r->drive;
	*c = (struct clock){p->site[r->site].node, r->arrive + p->unload_min, r->drive_since, false};
	return r->arrive <= v->shift_to - p->unload_min;
}

/* What the vehicle's runs from `index` on cost more when `with` stands at `index` (fresh: before what is there, else instead of it).
 * `with` does not hold the new group yet: due_at and persons say when that one would be late. COST_NEVER when the crew's hours forbid it, or
 * when it is plainly above `limit`. */
static int64_t tail_cost(const struct plan_problem *p, const struct state *s, int32_t vehicle, int32_t index, bool fresh,
			 const struct run *with, int32_t due_at, int32_t persons, int64_t limit)
{
	const struct plan_vehicle *v = &p->vehicle[vehicle];
	struct clock c = clock_before(p, s, vehicle, index);
	int64_t late = 0, drive = 0;
	int32_t from = index;
	struct run first = *with;
	if (!step(p, v, &c, &first))
		return COST_NEVER;
	late += late_of(p, s, &first, first.arrive);
	if (first.arrive > due_at)
		late += (int64_t)(first.arrive - due_at) * persons;
	drive += first.drive;
	if (!fresh) {
		const struct run *old = &s->run[s->sequence[vehicle * PLAN_RUNS_MAX + index]];
		late -= old->late;
		drive -= old->drive;
		from = index + 1;
	}
	for (int32_t i = from; i < s->sequence_n[vehicle]; i++) {
		const struct run *old = &s->run[s->sequence[vehicle * PLAN_RUNS_MAX + i]];
		struct run r = *old;
		if (!step(p, v, &c, &r))
			return COST_NEVER;
		if (r.arrive == old->arrive && r.drive == old->drive && r.drive_since == old->drive_since)
			break; /* from here on nothing changes */
		late += late_of(p, s, &r, r.arrive) - old->late;
		drive += r.drive - old->drive;
		if (late * COST_LATE > limit)
			return COST_NEVER; /* what comes behind can only get later */
	}
	return late * COST_LATE + drive * COST_DRIVE;
}

/* Computes the run's own numbers anew from its list. */
static void refresh(const struct order *o, const struct state *s, struct run *r)
{
	const struct plan_problem *p = o->p;
	int32_t legs = 0, path = 0, node = PLAN_NONE;
	r->groups_n = r->persons = r->stretchers_n = 0;
	r->due_least = PLAN_TIME_MAX;
	r->ready = 0;
	r->ride = 0;
	if (r->head != PLAN_NONE)
		r->first_node = p->group[r->head].node;
	for (int32_t g = r->head; g != PLAN_NONE; g = s->next[g]) { /* path so far, from reaching the first stop */
		if (node != PLAN_NONE) {
			legs += leg(p, node, p->group[g].node);
			path += leg(p, node, p->group[g].node);
		}
		path += p->stop_min;
		node = p->group[g].node;
	}
	if (node != PLAN_NONE) {
		legs += leg(p, node, p->site[r->site].node);
		path += leg(p, node, p->site[r->site].node);
	}
	int32_t gone = 0;
	node = PLAN_NONE;
	for (int32_t g = r->head; g != PLAN_NONE; g = s->next[g]) {
		const struct plan_group *x = &p->group[g];
		if (node != PLAN_NONE)
			gone += leg(p, node, x->node);
		r->ready = later(r->ready, x->ready_at + path - gone);
		r->ready = later(r->ready, o->kind[s->kind_of[g]].free_from);
		gone += p->stop_min;
		r->ride += (int64_t)(path - gone) * x->persons;
		r->persons += x->persons;
		r->stretchers_n += x->stretcher;
		r->groups_n++;
		r->due_least = x->due_at < r->due_least ? x->due_at : r->due_least;
		node = x->node;
	}
	r->path = path;
	r->legs = legs;
}

/* Sets times and lateness of the vehicle's runs from `index` on. */
static void resequence(const struct plan_problem *p, struct state *s, int32_t vehicle, int32_t index)
{
	struct clock c = clock_before(p, s, vehicle, index);
	for (int32_t i = index; i < s->sequence_n[vehicle]; i++) {
		struct run *r = &s->run[s->sequence[vehicle * PLAN_RUNS_MAX + i]];
		s->value.late -= r->late;
		s->value.drive -= r->drive;
		/* Taking a group away can break a later run (a pause that was a rest is one no more, a detour that was shorter): it counts
		 * as late beyond all measure, and a state that holds such a run is never taken. */
		bool fits = step(p, &p->vehicle[vehicle], &c, r);
		r->late = late_of(p, s, r, r->arrive) + (fits ? 0 : (int64_t)PLAN_TIME_MAX);
		s->value.late += r->late;
		s->value.drive += r->drive;
	}
}

/* ---- where a group could go ------------------------------------------------------------------------------------------------- */

static void consider(struct spot *best, int64_t cost, struct spot at)
{
	if (cost >= best->cost)
		return;
	*best = at;
	best->cost = cost;
}

/* Joining a run that is there, at each of its stops. */
static void try_join(const struct order *o, const struct state *s, int32_t group, int32_t vehicle, int32_t index, struct spot *best)
{
	const struct plan_problem *p = o->p;
	const struct plan_group *g = &p->group[group];
	const struct run *r = &s->run[s->sequence[vehicle * PLAN_RUNS_MAX + index]];
	if (r->class != g->class || r->persons + g->persons > p->vehicle[vehicle].seats[g->class] || (g->stretcher && r->stretchers_n > 0))
		return;
	int32_t kinds[2], kinds_n = find_rooms(o, s, r->site, group, kinds);
	if (kinds_n == 0)
		return;
	int32_t to_site = leg(p, g->node, p->site[r->site].node);
	int32_t stops[PLAN_SEATS_MAX], n = 0, rooms_free = 0;
	for (int32_t x = r->head; x != PLAN_NONE; x = s->next[x]) {
		rooms_free = later(rooms_free, o->kind[s->kind_of[x]].free_from);
		stops[n++] = x;
	}
	/* from the last place in the list to the first: `rest` is the way from taking up stops[i] to the site */
	int32_t rest = 0, before = r->persons, ready_rest = 0;
	for (int32_t i = n; i >= 0; i--) {
		int32_t next = i < n ? leg(p, g->node, p->group[stops[i]].node) + rest : to_site; /* behind the stop of the group */
		int32_t mine = p->stop_min + next;
		int32_t was = i == 0 ? 0 : i < n ? leg(p, p->group[stops[i - 1]].node, p->group[stops[i]].node) + rest : 0;
		if (i == n && n > 0)
			was = leg(p, p->group[stops[n - 1]].node, p->site[r->site].node);
		int32_t more = i == 0 ? mine - rest : leg(p, p->group[stops[i - 1]].node, g->node) + mine - was;
		struct run with = *r;
		with.first_node = i == 0 ? g->node : r->first_node;
		with.path = r->path + (i == 0 ? leg(p, g->node, p->group[stops[0]].node) + p->stop_min : more);
		with.legs = r->legs + with.path - r->path - p->stop_min;
		with.ready = later(ready_rest, g->ready_at + mine);
		int32_t back = rest; /* those taken up before it are on board longer */
		for (int32_t k = i - 1; k >= 0; k--) {
			back = p->stop_min + (k == i - 1 ? was : leg(p, p->group[stops[k]].node, p->group[stops[k + 1]].node) + back);
			with.ready = later(with.ready, p->group[stops[k]].ready_at + back + more);
		}
		int64_t ride = (i == 0 ? 0 : (int64_t)more * before) + (int64_t)next * g->persons;
		with.ready = later(with.ready, rooms_free);
		for (int32_t k = 0; k < kinds_n; k++) {
			struct run one = with;
			one.ready = later(one.ready, o->kind[kinds[k]].free_from);
			int64_t own = ride * COST_RIDE + empty_beds(&o->kind[kinds[k]], g->persons) * COST_BED;
			if (own >= best->cost)
				continue;
			int64_t cost = tail_cost(p, s, vehicle, index, false, &one, g->due_at, g->persons, best->cost - own);
			if (cost != COST_NEVER)
				consider(best, cost + own,
					 (struct spot){0, vehicle, index, false, i == 0 ? PLAN_NONE : stops[i - 1], r->site, kinds[k]});
		}
		if (i > 0) {
			rest = p->stop_min + was;
			ready_rest = later(ready_rest, p->group[stops[i - 1]].ready_at + rest);
			before -= p->group[stops[i - 1]].persons;
		}
	}
}

/* A run of its own to this site, anywhere in the vehicle's sequence. */
static void try_fresh(const struct order *o, const struct state *s, int32_t group, int32_t vehicle, int32_t site, int32_t kind,
		      struct spot *best)
{
	const struct plan_problem *p = o->p;
	const struct plan_group *g = &p->group[group];
	if (s->sequence_n[vehicle] >= PLAN_RUNS_MAX)
		return;
	int32_t way = leg(p, g->node, p->site[site].node);
	int64_t own = (int64_t)way * g->persons * COST_RIDE + empty_beds(&o->kind[kind], g->persons) * COST_BED;
	if (own >= best->cost)
		return;
	struct run r = {.site = site, .class = g->class, .vehicle = vehicle, .head = PLAN_NONE, .first_node = g->node,
			.path = p->stop_min + way, .legs = way, .due_least = PLAN_TIME_MAX};
	r.ready = later(g->ready_at + r.path, o->kind[kind].free_from);
	for (int32_t i = s->sequence_n[vehicle]; i >= 0; i--) {
		int64_t cost = tail_cost(p, s, vehicle, i, true, &r, g->due_at, g->persons, best->cost - own);
		if (cost != COST_NEVER)
			consider(best, cost + own, (struct spot){0, vehicle, i, true, PLAN_NONE, site, kind});
	}
}

static void try_sites(const struct order *o, const struct state *s, int32_t group, struct dice *dice, const int32_t *site, int32_t n,
		      struct spot *best)
{
	const struct plan_problem *p = o->p;
	int32_t tried = 0, kinds[2];
	int32_t vehicles = p->vehicles_n, first = 0;
	if (dice && vehicles > VEHICLES_TRIED) {
		first = (int32_t)dice_below(dice, (uint64_t)vehicles);
		vehicles = VEHICLES_TRIED;
	}
	for (int32_t i = 0; i < n && tried < SITES_TRIED; i++) {
		if (site[i] == PLAN_NONE)
			break;
		int32_t kinds_n = find_rooms(o, s, site[i], group, kinds);
		tried += kinds_n > 0;
		for (int32_t v = 0; v < vehicles; v++) {
			if (dice && dice_below(dice, BLINK) == 0)
				continue;
			/* a stride that shares no divisor with most numbers spreads the sample over the fleet */
			int32_t vehicle = (first + v * (vehicles < p->vehicles_n ? 7 : 1)) % p->vehicles_n;
			for (int32_t k = 0; k < kinds_n && vehicle_fits(p, vehicle, group); k++)
				try_fresh(o, s, group, vehicle, site[i], kinds[k], best);
		}
	}
}

struct spot state_best(const struct order *o, const struct state *s, int32_t group, struct dice *dice)
{
	const struct plan_problem *p = o->p;
	struct spot best = {.cost = COST_NEVER};
	if (o->hopeless[group])
		return best;
	try_sites(o, s, group, dice, o->near + (size_t)group * (size_t)o->near_n, o->near_n, &best);
	for (int32_t v = 0; v < p->vehicles_n; v++)
		if (vehicle_fits(p, v, group))
			for (int32_t i = 0; i < s->sequence_n[v]; i++)
				if (!dice || dice_below(dice, BLINK) != 0)
					try_join(o, s, group, v, i, &best);
	/* The near ones are full, or the sample was unlucky: looked into at once when the plan is constructed, now and then later. */
	if (best.cost == COST_NEVER && (dice ? dice_below(dice, FULL_LOOK) == 0 : p->sites_n > o->near_n))
		for (int32_t site = 0; site < p->sites_n; site++)
			try_sites(o, s, group, NULL, &site, 1, &best);
	return best;
}

/* ---- changes ------------------------------------------------------------------------------------------------------------------ */

void state_insert(const struct order *o, struct state *s, int32_t group, const struct spot *at)
{
	const struct plan_problem *p = o->p;
	const struct plan_group *g = &p->group[group];
	int32_t *sequence = &s->sequence[at->vehicle * PLAN_RUNS_MAX];
	if (at->fresh) {
		int32_t number = s->free_run[--s->free_n];
		int32_t *n = &s->sequence_n[at->vehicle];
		memmove(sequence + at->index + 1, sequence + at->index, (size_t)(*n - at->index) * sizeof *sequence);
		sequence[at->index] = number;
		(*n)++;
		s->run[number] = (struct run){.site = at->site, .class = g->class, .vehicle = at->vehicle, .head = PLAN_NONE};
	}
	int32_t number = sequence[at->index];
	struct run *r = &s->run[number];
	if (at->after == PLAN_NONE) {
		s->next[group] = r->head;
		r->head = group;
	} else {
		s->next[group] = s->next[at->after];
		s->next[at->after] = group;
	}
	s->run_of[group] = number;
	s->kind_of[group] = at->kind;
	if (o->kind[at->kind].ward) {
		s->used[at->kind] += g->persons;
		s->ward_groups[at->kind]++;
		s->ward_class[at->kind] = g->class;
	} else {
		s->used[at->kind]++;
	}
	s->value.ride -= r->ride;
	refresh(o, s, r);
	s->value.ride += r->ride;
	s->value.empty_beds += empty_beds(&o->kind[at->kind], g->persons);
	s->value.unplaced -= g->persons;
	resequence(p, s, at->vehicle, at->index);
}

void state_remove(const struct order *o, struct state *s, int32_t group)
{
	const struct plan_problem *p = o->p;
	const struct plan_group *g = &p->group[group];
	int32_t number = s->run_of[group], kind = s->kind_of[group];
	if (number == PLAN_NONE)
		return;
	struct run *r = &s->run[number];
	int32_t vehicle = r->vehicle, index = 0;
	int32_t *sequence = &s->sequence[vehicle * PLAN_RUNS_MAX];
	while (sequence[index] != number)
		index++;
	if (r->head == group) {
		r->head = s->next[group];
	} else {
		int32_t x = r->head;
		while (s->next[x] != group)
			x = s->next[x];
		s->next[x] = s->next[group];
	}
	s->next[group] = s->run_of[group] = s->kind_of[group] = PLAN_NONE;
	if (o->kind[kind].ward) {
		s->used[kind] -= g->persons;
		if (--s->ward_groups[kind] == 0)
			s->ward_class[kind] = PLAN_NONE;
	} else {
		s->used[kind]--;
	}
	s->value.ride -= r->ride;
	s->value.empty_beds -= empty_beds(&o->kind[kind], g->persons);
	s->value.unplaced += g->persons;
	if (r->head == PLAN_NONE) {
		s->value.late -= r->late;
		s->value.drive -= r->drive;
		s->free_run[s->free_n++] = number;
		s->sequence_n[vehicle]--;
		memmove(sequence + index, sequence + index + 1, (size_t)(s->sequence_n[vehicle] - index) * sizeof *sequence);
	} else {
		refresh(o, s, r);
		s->value.ride += r->ride;
	}
	resequence(p, s, vehicle, index);
}
