/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_world.h"

#include <math.h>

struct point {
	double x, y;
};

static int32_t pick(struct dice *d, int32_t n)
{
	return (int32_t)dice_below(d, (uint64_t)n);
}

static bool chance(struct dice *d, int32_t percent)
{
	return pick(d, 100) < percent;
}

/* A county 44 km wide, 40 km/h, roads a third longer than the line. */
static const int32_t *make_legs(struct arena *a, struct dice *d, int32_t n, bool odd)
{
	struct point *at = ARENA_ARRAY(a, struct point, n);
	int32_t *leg = ARENA_ARRAY(a, int32_t, n * n);
	for (int32_t i = 0; i < n; i++)
		at[i] = (struct point){44 * dice_unit(d), 44 * dice_unit(d)};
	for (int32_t i = 0; i < n; i++)
		for (int32_t k = 0; k < n; k++) {
			leg[i * n + k] = i == k ? 0 : 1 + (int32_t)(hypot(at[i].x - at[k].x, at[i].y - at[k].y) * 1.3 * 60 / 40);
			if (odd && i != k && chance(d, 10)) /* a road that is slow one way */
				leg[i * n + k] += pick(d, 60);
		}
	for (int32_t k = 0; odd && k < n; k++) /* people know the shortest way */
		for (int32_t i = 0; i < n; i++)
			for (int32_t j = 0; j < n; j++)
				if (leg[i * n + k] + leg[k * n + j] < leg[i * n + j])
					leg[i * n + j] = leg[i * n + k] + leg[k * n + j];
	return leg;
}

static const struct plan_group *make_groups(struct arena *a, struct dice *d, const struct plan_size *z, const struct plan_problem *p,
					    int32_t start)
{
	struct plan_group *g = ARENA_ARRAY(a, struct plan_group, z->groups_n);
	for (int32_t i = 0; i < z->groups_n; i++) {
		static const int32_t sizes[] = {1, 1, 1, 1, 2, 2, 3, 3, 4, 5};
		int32_t class = pick(d, 10) == 0 ? 0 : chance(d, 78) ? 1 : 2; /* cases, close contacts, others */
		int32_t ready = start + pick(d, z->hours * 60 + 1);
		g[i] = (struct plan_group){.persons = sizes[pick(d, ARRAY_N(sizes))], .class = class % z->classes_n, .node = pick(d, z->villages_n),
					   .ready_at = ready, .due_at = ready + z->due_min, .barrier_free = chance(d, 4),
					   .stretcher = chance(d, z->hard ? 15 : 2), .fixed_site = PLAN_NONE, .fixed_room = PLAN_NONE,
					   .fixed_vehicle = PLAN_NONE};
		if (g[i].class == 0)
			g[i].due_at = ready + z->due_min / 4;
		if (z->hard && chance(d, 15))
			g[i].fixed_site = pick(d, p->sites_n);
		else if (z->hard && chance(d, 10))
			g[i].fixed_room = pick(d, p->rooms_n);
		if (z->hard && chance(d, 10))
			g[i].fixed_vehicle = pick(d, p->vehicles_n);
	}
	return g;
}

static const struct plan_room *make_rooms(struct arena *a, struct dice *d, const struct plan_size *z, int32_t n, int32_t start)
{
	struct plan_room *r = ARENA_ARRAY(a, struct plan_room, n);
	for (int32_t i = 0; i < n; i++) {
		static const int32_t beds[] = {1, 1, 2, 2, 2, 2, 3, 4, 6};
		int32_t site = i / z->rooms_per_site;
		r[i] = (struct plan_room){.site = site, .beds = beds[pick(d, ARRAY_N(beds))], .barrier_free = chance(d, 12),
					  .free_from = start};
		if (z->classes_n > 1 && !z->hard)
			r[i].classes = 1u << (site % 5 == 0 ? 0 : site % 5 == 4 ? 2 % z->classes_n : 1);
		if (chance(d, z->hard ? 30 : 10))
			r[i].free_from = start + 60 * pick(d, 8);
		if (z->hard && chance(d, 30))
			r[i].classes = 1u << pick(d, z->classes_n);
		if (z->hard && chance(d, 20)) {
			r[i].ward = true;
			r[i].beds = 2 + pick(d, 5);
		}
	}
	return r;
}

static const struct plan_vehicle *make_vehicles(struct arena *a, struct dice *d, const struct plan_size *z, const struct plan_problem *p,
						int32_t start)
{
	struct plan_vehicle *v = ARENA_ARRAY(a, struct plan_vehicle, z->vehicles_n);
	for (int32_t i = 0; i < z->vehicles_n; i++) {
		int32_t kind = z->hard ? pick(d, 3) : i % 5 < 2 ? 0 : i % 5 < 4 ? 1 : 2; /* ambulance, van, coach */
		int32_t seats = (const int32_t[]){2, 5, 20}[kind];
		v[i] = (struct plan_vehicle){.node = p->nodes_n - 1 - pick(d, 3), .stretcher = kind == 0, .coach = kind == 2,
					     .shift_from = start + 60 * pick(d, 3), .drive_max = 240, .rest_min = 20,
					     .disinfect_min = kind == 2 ? 45 : 30};
		v[i].shift_to = v[i].shift_from + (z->hard ? 240 + 60 * pick(d, 8) : 12 * 60);
		if (z->hard) {
			v[i].drive_max = 60 + 30 * pick(d, 4);
			v[i].rest_min = 20 + 40 * pick(d, 2);
		}
		for (int32_t c = 0; c < z->classes_n; c++)
			v[i].seats[c] = kind == 2 && c == 0 ? (z->hard ? 3 : 0) : seats;
	}
	return v;
}

struct plan_problem plan_world(struct arena *a, uint64_t seed, const struct plan_size *z, int32_t start)
{
	struct dice d;
	dice_init(&d, seed);
	struct plan_problem p = {.groups_n = z->groups_n, .sites_n = z->sites_n, .rooms_n = z->sites_n * z->rooms_per_site,
				 .vehicles_n = z->vehicles_n, .nodes_n = z->villages_n + z->sites_n + 3, .classes_n = z->classes_n,
				 .stop_min = 5, .unload_min = 10, .night_from = 120, .night_to = 300};
	struct plan_site *site = ARENA_ARRAY(a, struct plan_site, z->sites_n);
	for (int32_t s = 0; s < z->sites_n; s++)
		site[s].node = z->villages_n + s;
	p.site = site;
	p.leg = make_legs(a, &d, p.nodes_n, z->hard);
	p.room = make_rooms(a, &d, z, p.rooms_n, start);
	p.vehicle = make_vehicles(a, &d, z, &p, start);
	p.group = make_groups(a, &d, z, &p, start);
	for (int32_t g = 0; g < p.groups_n; g++)
		if (p.group[g].fixed_room != PLAN_NONE && p.group[g].fixed_site != PLAN_NONE)
			CHECK(p.room[p.group[g].fixed_room].site == p.group[g].fixed_site);
	return p;
}
