/* SPDX-License-Identifier: Apache-2.0
 *
 * The search: a constructed plan, then ruin and recreate.
 */
#include "plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan_state.h"

#define RUIN_MAX 14        /* groups taken out at once */
#define NEAR_DUE_MIN 180   /* what is on the road so long before somebody is due may stand in the way */
#define UNPLACED_TRIED 8   /* groups without a place that are tried each time */
#define LOOK_EVERY 8       /* iterations between two looks at the clock */
#define EXACT_GROUPS 1000  /* up to so many groups the first plan looks at every vehicle */
#define HOT_LATE 3
#define HOT_RIDE 4
#define COLD_RIDE 0.2

int plan_value_cmp(const struct plan_value *a, const struct plan_value *b)
{
	const int64_t x[] = {a->unplaced, a->late, a->ride, a->empty_beds}, y[] = {b->unplaced, b->late, b->ride, b->empty_beds};
	for (size_t i = 0; i < ARRAY_N(x); i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}

double plan_gap(int64_t value, int64_t bound)
{
	return value <= bound ? 0 : 100.0 * (double)(value - bound) / (double)value;
}

const char *plan_reason_text(enum plan_reason r, bool zh)
{
	static const char *const en[] = {
		"placed", "no room of any site fits this group", "no vehicle fits this group", "no crew's hours allow bringing it anywhere",
		"others have the rooms, seats or hours"};
	static const char *const cn[] = {"已安排", "没有符合条件的房间", "没有符合条件的车辆", "车组工作时间内无法送达", "房间、座位或时间已被占用"};
	return zh ? cn[r] : en[r];
}

/* ---- what a plan is made from --------------------------------------------------------------------------------------------- */

static enum err_code bad(struct err *e, const char *what, int32_t i, const char *rule)
{
	char at[40];
	struct err tmp;
	err_set(&tmp, ERR_BAD_VALUE, what, "%d", i);
	str_to_c(str_of(what), at, 20);
	size_t n = strlen(at);
	at[n++] = ' ';
	str_to_c(str_of(tmp.what), at + n, sizeof at - n);
	return err_set(e, ERR_BAD_VALUE, at, "%s", rule);
}

static bool within(int32_t v, int32_t least, int32_t most)
{
	return v >= least && v <= most;
}

static enum err_code check_group(const struct plan_problem *p, int32_t i, struct err *e)
{
	const struct plan_group *g = &p->group[i];
	if (!within(g->persons, 1, PLAN_SEATS_MAX))
		return bad(e, "group", i, "a group has 1 to 200 persons");
	if (!within(g->class, 0, p->classes_n - 1) || !within(g->node, 0, p->nodes_n - 1))
		return bad(e, "group", i, "its class or its place is not in the problem");
	if (!within(g->ready_at, 0, PLAN_TIME_MAX) || !within(g->due_at, 0, PLAN_TIME_MAX))
		return bad(e, "group", i, "an instant is out of range");
	if (!within(g->fixed_site, PLAN_NONE, p->sites_n - 1) || !within(g->fixed_room, PLAN_NONE, p->rooms_n - 1) ||
	    !within(g->fixed_vehicle, PLAN_NONE, p->vehicles_n - 1))
		return bad(e, "group", i, "a fixed site, room or vehicle is not in the problem");
	if (g->fixed_room != PLAN_NONE && g->fixed_site != PLAN_NONE && p->room[g->fixed_room].site != g->fixed_site)
		return bad(e, "group", i, "the fixed room is not a room of the fixed site");
	return OK;
}

static enum err_code check_vehicle(const struct plan_problem *p, int32_t i, struct err *e)
{
	const struct plan_vehicle *v = &p->vehicle[i];
	for (int32_t c = 0; c < p->classes_n; c++)
		if (!within(v->seats[c], 0, PLAN_SEATS_MAX))
			return bad(e, "vehicle", i, "a vehicle has 0 to 200 usable seats for a class");
	if (!within(v->node, 0, p->nodes_n - 1))
		return bad(e, "vehicle", i, "its place is not in the problem");
	if (!within(v->shift_from, 0, PLAN_TIME_MAX) || !within(v->shift_to, 0, PLAN_TIME_MAX))
		return bad(e, "vehicle", i, "an instant is out of range");
	if (!within(v->drive_max, 1, PLAN_LEG_MAX) || !within(v->rest_min, 0, PLAN_LEG_MAX) || !within(v->disinfect_min, 0, PLAN_LEG_MAX))
		return bad(e, "vehicle", i, "driving, rest and disinfection take up to two days");
	return OK;
}

enum err_code plan_check(const struct plan_problem *p, struct err *e)
{
	if (p->groups_n > PLAN_GROUPS_MAX || p->sites_n > PLAN_SITES_MAX || p->rooms_n > PLAN_ROOMS_MAX || p->vehicles_n > PLAN_VEHICLES_MAX ||
	    p->nodes_n > PLAN_NODES_MAX)
		return err_set(e, ERR_TOO_LARGE, "", "at most %d groups, %d sites, %d rooms, %d vehicles and %d places", PLAN_GROUPS_MAX,
			       PLAN_SITES_MAX, PLAN_ROOMS_MAX, PLAN_VEHICLES_MAX, PLAN_NODES_MAX);
	if (p->groups_n < 0 || p->sites_n < 0 || p->rooms_n < 0 || p->vehicles_n < 0 || p->nodes_n < 0 ||
	    !within(p->classes_n, 0, PLAN_CLASSES_MAX))
		return err_set(e, ERR_TOO_LARGE, "", "at most %d exposure classes", PLAN_CLASSES_MAX);
	if (!within(p->stop_min, 0, 600) || !within(p->unload_min, 0, 600) || !within(p->night_from, 0, 1439) || !within(p->night_to, 0, 1439))
		return err_set(e, ERR_BAD_VALUE, "", "stops take up to ten hours, and the night lies within a day");
	for (size_t i = 0; i < (size_t)p->nodes_n * (size_t)p->nodes_n; i++)
		if (!within(p->leg[i], 0, PLAN_LEG_MAX))
			return bad(e, "leg", (int32_t)i, "minutes between two places are 0 to 2880");
	enum err_code rc = OK;
	for (int32_t i = 0; rc == OK && i < p->groups_n; i++)
		rc = check_group(p, i, e);
	for (int32_t i = 0; rc == OK && i < p->sites_n; i++)
		if (!within(p->site[i].node, 0, p->nodes_n - 1))
			rc = bad(e, "site", i, "its place is not in the problem");
	for (int32_t i = 0; rc == OK && i < p->rooms_n; i++)
		if (!within(p->room[i].site, 0, p->sites_n - 1) || !within(p->room[i].beds, 1, 10000) ||
		    p->room[i].classes >= UINT32_C(1) << PLAN_CLASSES_MAX || !within(p->room[i].free_from, 0, PLAN_TIME_MAX))
			rc = bad(e, "room", i, "a room has a site, 1 to 10000 beds, a class of the problem or none, and an instant");
	for (int32_t i = 0; rc == OK && i < p->vehicles_n; i++)
		rc = check_vehicle(p, i, e);
	return rc;
}

/* ---- ruin and recreate ------------------------------------------------------------------------------------------------------ */

struct search {
	const struct order *o;
	struct dice dice;
	int32_t *out;        /* groups taken out, then put back in this order */
	int32_t out_n;
};

static void take_out(struct search *x, struct state *s, int32_t group)
{
	if (s->run_of[group] == PLAN_NONE)
		return;
	state_remove(x->o, s, group);
	x->out[x->out_n++] = group;
}

static int32_t any_group(struct search *x)
{
	return (int32_t)dice_below(&x->dice, (uint64_t)x->o->p->groups_n);
}

/* How little two groups have to do with each other. */
static int64_t distance(const struct plan_problem *p, int32_t a, int32_t b)
{
	const struct plan_group *x = &p->group[a], *y = &p->group[b];
	int64_t d = p->leg[(size_t)x->node * (size_t)p->nodes_n + (size_t)y->node];
	d += labs((long)x->due_at - y->due_at) / 8 + (x->class != y->class ? 60 : 0) + 4 * labs((long)x->persons - y->persons);
	return d;
}

static void ruin_near(struct search *x, struct state *s, int32_t n)
{
	int32_t seed = any_group(x);
	take_out(x, s, seed);
	for (int32_t i = 1; i < n; i++) { /* the nearest of a few drawn ones */
		int32_t best = any_group(x);
		for (int k = 0; k < 5; k++) {
			int32_t other = any_group(x);
			if (s->run_of[other] != PLAN_NONE && distance(x->o->p, seed, other) < distance(x->o->p, seed, best))
				best = other;
		}
		take_out(x, s, best);
	}
}

static void ruin_run(struct search *x, struct state *s, int32_t n)
{
	while (x->out_n < n) {
		int32_t group = any_group(x);
		if (s->run_of[group] == PLAN_NONE) {
			n--;
			continue;
		}
		const struct run *r = &s->run[s->run_of[group]];
		for (int k = 0; k < 2; k++) { /* rather one that is late */
			int32_t other = any_group(x);
			if (s->run_of[other] != PLAN_NONE && s->run[s->run_of[other]].late > r->late)
				r = &s->run[s->run_of[other]];
		}
		int32_t left = r->groups_n;
		while (left-- > 0 && x->out_n < RUIN_MAX)
			take_out(x, s, r->head);
	}
}

/* A group, and others who hold rooms at a site that is nearer to it than its own. */
static void ruin_site(struct search *x, struct state *s, int32_t n)
{
	int32_t seed = any_group(x);
	const int32_t *near = x->o->near + (size_t)seed * (size_t)x->o->near_n;
	int32_t site = x->o->near_n > 0 ? near[dice_below(&x->dice, (uint64_t)(x->o->near_n < 3 ? x->o->near_n : 3))] : PLAN_NONE;
	take_out(x, s, seed);
	for (int32_t tries = 12 * n; tries > 0 && x->out_n < n; tries--) {
		int32_t other = any_group(x);
		if (s->run_of[other] != PLAN_NONE && s->run[s->run_of[other]].site == site)
			take_out(x, s, other);
	}
}

/* A group that is late, and others whose vehicles could have brought it about then; false when nobody is late. */
static bool ruin_late(struct search *x, struct state *s, int32_t n)
{
	const struct plan_problem *p = x->o->p;
	int32_t seed = any_group(x), looked = 0;
	while (looked < p->groups_n && (s->run_of[seed] == PLAN_NONE || s->run[s->run_of[seed]].arrive <= p->group[seed].due_at)) {
		seed = seed + 1 == p->groups_n ? 0 : seed + 1;
		looked++;
	}
	if (looked == p->groups_n)
		return false;
	int32_t due_at = p->group[seed].due_at;
	take_out(x, s, seed);
	for (int32_t tries = 16 * n; tries > 0 && x->out_n < n; tries--) {
		int32_t other = any_group(x);
		if (s->run_of[other] == PLAN_NONE)
			continue;
		const struct run *r = &s->run[s->run_of[other]];
		if (r->depart < due_at && r->arrive > due_at - NEAR_DUE_MIN && vehicle_fits(p, r->vehicle, seed))
			take_out(x, s, other);
	}
	return true;
}

/* Two vehicles lose what they do from some run on. */
static void ruin_vehicle(struct search *x, struct state *s, int32_t n)
{
	for (int twice = 0; twice < 2; twice++) {
		int32_t group = any_group(x);
		if (s->run_of[group] == PLAN_NONE)
			continue;
		int32_t vehicle = s->run[s->run_of[group]].vehicle;
		while (s->sequence_n[vehicle] > 0 && x->out_n < n * (twice + 1) / 2 + 1) {
			int32_t last = s->sequence[vehicle * PLAN_RUNS_MAX + s->sequence_n[vehicle] - 1];
			take_out(x, s, s->run[last].head);
		}
	}
}

struct ranked {
	int64_t key;
	int32_t group;
};

static int by_key(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->group < y->group ? -1 : x->group > y->group;
}

static void recreate(struct search *x, struct state *s, struct ranked *rank)
{
	const struct plan_problem *p = x->o->p;
	uint64_t how = dice_below(&x->dice, 4);
	for (int32_t i = 0; i < x->out_n; i++) {
		const struct plan_group *g = &p->group[x->out[i]];
		int64_t key = how == 0   ? (int64_t)(dice_u64(&x->dice) >> 2)
			      : how == 1 ? g->due_at
			      : how == 2 ? -(int64_t)g->persons * 4096 - (g->stretcher || g->barrier_free ? 2048 : 0)
					 : g->ready_at;
		rank[i] = (struct ranked){key, x->out[i]};
	}
	qsort(rank, (size_t)x->out_n, sizeof *rank, by_key);
	for (int32_t i = 0; i < x->out_n; i++) {
		struct spot at = state_best(x->o, s, rank[i].group, &x->dice);
		if (at.cost != COST_NEVER)
			state_insert(x->o, s, rank[i].group, &at);
	}
}

/* The most urgent first; among these the largest. */
static void construct(struct search *x, struct state *s, struct ranked *rank)
{
	const struct plan_problem *p = x->o->p;
	for (int32_t g = 0; g < p->groups_n; g++) {
		const struct plan_group *q = &p->group[g];
		bool fixed = q->fixed_room != PLAN_NONE || q->fixed_site != PLAN_NONE || q->fixed_vehicle != PLAN_NONE;
		rank[g] = (struct ranked){((int64_t)q->due_at << 10) - q->persons + (fixed ? 0 : (int64_t)PLAN_TIME_MAX << 11), g};
	}
	qsort(rank, (size_t)p->groups_n, sizeof *rank, by_key);
	for (int32_t i = 0; i < p->groups_n; i++) {
		struct spot at = state_best(x->o, s, rank[i].group, p->groups_n > EXACT_GROUPS ? &x->dice : NULL);
		if (at.cost != COST_NEVER)
			state_insert(x->o, s, rank[i].group, &at);
	}
}

static void ruin(struct search *x, struct state *s)
{
	int32_t most = x->o->p->groups_n < RUIN_MAX ? x->o->p->groups_n : RUIN_MAX;
	int32_t n = 1 + (int32_t)dice_below(&x->dice, (uint64_t)most);
	if (s->value.late > 0 && dice_below(&x->dice, 3) == 0 && ruin_late(x, s, n))
		return;
	switch (dice_below(&x->dice, 8)) {
	case 0:
	case 1:
	case 2:
		ruin_near(x, s, n);
		break;
	case 3:
	case 4:
		ruin_run(x, s, n);
		break;
	case 5:
	case 6:
		ruin_site(x, s, n);
		break;
	default:
		ruin_vehicle(x, s, n);
	}
}

/* How much worse a plan may be to be gone on with, `done` of the way from 0 to 1. */
static double threshold(const struct state *s, double done)
{
	double hot = s->value.late > 0 ? (double)COST_LATE * HOT_LATE : (double)COST_RIDE * HOT_RIDE;
	double cold = (double)COST_RIDE * COLD_RIDE;
	return hot * pow(cold / hot, done);
}

struct work {
	struct order o;
	struct state *now, *trial, *best;
	struct search x;
	struct ranked *rank;
};

static void improve(struct work *w, const struct plan_options *opt, struct plan *out)
{
	const struct plan_problem *p = w->o.p;
	int64_t began = opt->mono_us ? opt->mono_us(opt->ctx) : 0, cost = state_cost(w->now);
	double done = 0;
	state_copy(w->best, w->now);
	for (int64_t i = 0; i < opt->iterations && p->groups_n > 0; i++, out->iterations = i) {
		if (i % LOOK_EVERY == 0) {
			done = (double)i / (double)opt->iterations;
			if (opt->budget_us > 0 && opt->mono_us) {
				double spent = (double)(opt->mono_us(opt->ctx) - began) / (double)opt->budget_us;
				done = spent > done ? spent : done;
			}
			out->cancelled = opt->stop && opt->stop(opt->ctx);
			if (done >= 1 || out->cancelled)
				break;
		}
		state_copy(w->trial, w->now);
		w->x.out_n = 0;
		ruin(&w->x, w->trial);
		int32_t chances = UNPLACED_TRIED;
		for (int32_t g = 0; w->trial->value.unplaced > 0 && g < p->groups_n && chances > 0; g++) {
			int32_t group = (int32_t)((g + i * 31) % p->groups_n); /* those without a place get a chance */
			bool there = w->trial->run_of[group] != PLAN_NONE || w->o.hopeless[group];
			for (int32_t k = 0; k < w->x.out_n && !there; k++)
				there = w->x.out[k] == group;
			if (!there) {
				w->x.out[w->x.out_n++] = group;
				chances--;
			}
		}
		recreate(&w->x, w->trial, w->rank);
		int64_t next = state_cost(w->trial);
		double worse = threshold(w->now, done) * dice_unit(&w->x.dice);
		if ((double)(next - cost) >= worse)
			continue;
		struct state *swap = w->now;
		w->now = w->trial;
		w->trial = swap;
		cost = next;
		if (next < state_cost(w->best))
			state_copy(w->best, w->now);
	}
}

/* ---- giving it out --------------------------------------------------------------------------------------------------------------- */

static void give_runs(const struct order *o, const struct state *s, struct plan *out)
{
	const struct plan_problem *p = o->p;
	for (int32_t v = 0; v < p->vehicles_n; v++)
		for (int32_t i = 0; i < s->sequence_n[v]; i++) {
			const struct run *r = &s->run[s->sequence[v * PLAN_RUNS_MAX + i]];
			int32_t gone = 0, stop = 0, node = PLAN_NONE;
			for (int32_t g = r->head; g != PLAN_NONE; g = s->next[g]) {
				if (node != PLAN_NONE)
					gone += p->leg[(size_t)node * (size_t)p->nodes_n + (size_t)p->group[g].node];
				gone += p->stop_min;
				node = p->group[g].node;
				out->place[g] = (struct plan_place){PLAN_PLACED, PLAN_NONE, out->runs_n, stop++, r->arrive - r->path + gone, r->arrive};
			}
			out->run[out->runs_n++] =
				(struct plan_run){v, r->site, r->class, r->groups_n, r->persons, r->depart, r->arrive,
						  r->arrive + p->unload_min + p->vehicle[v].disinfect_min, r->drive};
		}
}

/* Rooms of a kind in the order of arrival, so that neighbours are filled first. */
static void give_rooms(const struct order *o, const struct state *s, int32_t *taken, struct plan *out)
{
	for (int32_t g = 0; g < o->p->groups_n; g++) {
		int32_t kind = s->kind_of[g];
		if (kind != PLAN_NONE)
			out->place[g].room = o->room[o->kind[kind].first + (o->kind[kind].ward ? 0 : taken[kind]++)];
	}
}

/* Why a group has no place: what it would need is asked for alone, in an empty world. */
static enum plan_reason reason_of(const struct order *o, const struct state *empty, int32_t group)
{
	const struct plan_problem *p = o->p;
	bool room = false, vehicle = false;
	for (int32_t k = 0; k < o->kinds_n && !room; k++)
		room = kind_fits(o, &o->kind[k], group);
	for (int32_t v = 0; v < p->vehicles_n && !vehicle; v++)
		vehicle = vehicle_fits(p, v, group);
	if (!room)
		return PLAN_NO_ROOM;
	if (!vehicle)
		return PLAN_NO_VEHICLE;
	return state_best(o, empty, group, NULL).cost == COST_NEVER ? PLAN_NO_TIME : PLAN_ALL_TAKEN;
}

static bool work_new(struct work *w, struct arena *a)
{
	size_t n = (size_t)w->o.p->groups_n;
	w->now = state_new(&w->o, a);
	w->trial = state_new(&w->o, a);
	w->best = state_new(&w->o, a);
	w->x = (struct search){.o = &w->o, .out = arena_try(a, (n + 1) * sizeof(int32_t))};
	w->rank = arena_try(a, (n + 1) * sizeof *w->rank);
	return w->now && w->trial && w->best && w->x.out && w->rank;
}

enum err_code plan_make(const struct plan_problem *p, const struct plan_options *opt, struct arena *a, struct plan *out, struct err *e)
{
	struct work w;
	enum err_code rc = plan_check(p, e);
	if (rc == OK)
		rc = order_make(p, a, &w.o, e);
	if (rc != OK)
		return rc;
	size_t n = (size_t)p->groups_n;
	struct plan plan = {.place = arena_try(a, (n + 1) * sizeof *plan.place), .run = arena_try(a, (n + 1) * sizeof *plan.run)};
	int32_t *taken = arena_try(a, ((size_t)w.o.kinds_n + 1) * sizeof *taken);
	if (!plan.place || !plan.run || !taken || !work_new(&w, a))
		return err_set(e, ERR_MEMORY, "", "no memory for the plan");
	dice_init(&w.x.dice, opt->seed);
	struct state *empty = state_new(&w.o, a);
	if (!empty)
		return err_set(e, ERR_MEMORY, "", "no memory for the plan");
	construct(&w.x, w.now, w.rank);
	plan.greedy = w.now->value;
	improve(&w, opt, &plan);
	plan.value = w.best->value;
	give_runs(&w.o, w.best, &plan);
	give_rooms(&w.o, w.best, taken, &plan);
	for (int32_t g = 0; g < p->groups_n; g++)
		if (w.best->run_of[g] == PLAN_NONE)
			plan.place[g] = (struct plan_place){reason_of(&w.o, empty, g), PLAN_NONE, PLAN_NONE, 0, 0, 0};
	*out = plan;
	return OK;
}
