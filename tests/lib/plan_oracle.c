/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_oracle.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/buf.h"

#define GROUPS_MAX 6
#define COLUMNS_MAX 60000

extern char **environ;

struct column { /* what one vehicle does all day */
	int32_t vehicle;
	int32_t site[GROUPS_MAX];    /* by group; PLAN_NONE = not carried */
	int32_t arrive[GROUPS_MAX];
	int64_t late, ride;
};
struct oracle {
	const struct plan_problem *p;
	struct column *column;
	size_t columns_n;
	bool full;
};

static int32_t leg(const struct plan_problem *p, int32_t from, int32_t to)
{
	return p->leg[from * p->nodes_n + to];
}

static bool dark(const struct plan_problem *p, const struct plan_vehicle *v, int32_t minute)
{
	int32_t clock = minute % 1440;
	return v->coach && clock >= p->night_from && clock < p->night_to;
}

struct trip { /* a run as it is being tried */
	int32_t group[GROUPS_MAX], groups_n, site;
};

/* Does leaving at this minute work? Sets when it arrives and who boards when. */
static bool leaves_at(const struct plan_problem *p, const struct plan_vehicle *v, int32_t node, const struct trip *t, int32_t minute,
		      int32_t *arrive, int32_t boarded[GROUPS_MAX])
{
	int32_t now = minute;
	for (int32_t k = 0; k < t->groups_n; k++) {
		const struct plan_group *g = &p->group[t->group[k]];
		now += leg(p, node, g->node);
		if (now < g->ready_at)
			return false;
		now += p->stop_min;
		boarded[t->group[k]] = now;
		node = g->node;
	}
	now += leg(p, node, p->site[t->site].node);
	for (int32_t m = minute; m < now; m++)
		if (dark(p, v, m))
			return false;
	*arrive = now;
	return true;
}

static bool may_ride(const struct plan_problem *p, int32_t vehicle, const struct trip *t)
{
	const struct plan_vehicle *v = &p->vehicle[vehicle];
	int32_t persons = 0, stretchers = 0;
	for (int32_t k = 0; k < t->groups_n; k++) {
		const struct plan_group *g = &p->group[t->group[k]];
		persons += g->persons;
		stretchers += g->stretcher;
		if (g->class != p->group[t->group[0]].class || (g->fixed_vehicle != PLAN_NONE && g->fixed_vehicle != vehicle) ||
		    (g->fixed_site != PLAN_NONE && g->fixed_site != t->site))
			return false;
	}
	return persons <= v->seats[p->group[t->group[0]].class] && stretchers <= 1 && (stretchers == 0 || v->stretcher);
}

static int32_t drive_of(const struct plan_problem *p, int32_t node, const struct trip *t)
{
	int32_t drive = 0;
	for (int32_t k = 0; k < t->groups_n; k++) {
		drive += leg(p, node, p->group[t->group[k]].node);
		node = p->group[t->group[k]].node;
	}
	return drive + leg(p, node, p->site[t->site].node);
}

struct so_far {
	struct column c;
	int32_t node, unloaded, wheel; /* wheel: minutes since the last rest */
	bool first;
};

static void extend(struct oracle *o, const struct so_far *at);

/* The run with an arrival not before `least`, leaving not before `earliest`; then everything that may follow. */
static void go(struct oracle *o, const struct so_far *at, const struct trip *t, int32_t earliest, int32_t least, int32_t *arrived)
{
	const struct plan_problem *p = o->p;
	const struct plan_vehicle *v = &p->vehicle[at->c.vehicle];
	int32_t arrive = 0, boarded[GROUPS_MAX], drive = drive_of(p, at->node, t), minute = earliest;
	bool found = false;
	for (; minute < v->shift_to && !found; minute++)
		found = leaves_at(p, v, at->node, t, minute, &arrive, boarded) && arrive >= least;
	minute--;
	if (!found || arrive + p->unload_min > v->shift_to || drive > v->drive_max)
		return;
	bool rested = at->first || minute - at->unloaded >= v->rest_min;
	if (!rested && at->wheel + drive > v->drive_max)
		return;
	struct so_far next = *at;
	next.wheel = (rested ? 0 : at->wheel) + drive;
	next.node = p->site[t->site].node;
	next.unloaded = arrive + p->unload_min;
	next.first = false;
	for (int32_t k = 0; k < t->groups_n; k++) {
		const struct plan_group *g = &p->group[t->group[k]];
		next.c.site[t->group[k]] = t->site;
		next.c.arrive[t->group[k]] = arrive;
		next.c.ride += (int64_t)(arrive - boarded[t->group[k]]) * g->persons;
		next.c.late += arrive > g->due_at ? (int64_t)(arrive - g->due_at) * g->persons : 0;
	}
	*arrived = arrive;
	if (o->columns_n == COLUMNS_MAX) {
		o->full = true;
		return;
	}
	o->column[o->columns_n++] = next.c;
	extend(o, &next);
}

static void run_it(struct oracle *o, const struct so_far *at, const struct trip *t)
{
	const struct plan_problem *p = o->p;
	const struct plan_vehicle *v = &p->vehicle[at->c.vehicle];
	if (!may_ride(p, at->c.vehicle, t))
		return;
	int32_t clean = at->first ? v->shift_from : at->unloaded + v->disinfect_min;
	int32_t rested = at->first || at->unloaded + v->rest_min < clean ? clean : at->unloaded + v->rest_min;
	for (int rests = 0; rests < 2; rests++) {
		int32_t earliest = rests ? rested : clean, first = 0, other;
		if (rests && rested == clean)
			break;
		go(o, at, t, earliest, 0, &first);
		for (int32_t r = 0; r < p->rooms_n && first > 0; r++) { /* or it waits for a room that is free later */
			bool seen = p->room[r].site != t->site || p->room[r].free_from <= first;
			for (int32_t k = 0; k < r && !seen; k++)
				seen = p->room[k].site == t->site && p->room[k].free_from == p->room[r].free_from;
			if (!seen)
				go(o, at, t, earliest, p->room[r].free_from, &other);
		}
	}
}

/* All ordered sets of groups that are still there, as the next run. */
static void choose(struct oracle *o, const struct so_far *at, struct trip *t)
{
	for (int32_t g = 0; g < o->p->groups_n && !o->full; g++) {
		bool there = at->c.site[g] != PLAN_NONE;
		for (int32_t k = 0; k < t->groups_n; k++)
			there |= t->group[k] == g;
		if (there)
			continue;
		t->group[t->groups_n++] = g;
		for (t->site = 0; t->site < o->p->sites_n; t->site++)
			run_it(o, at, &(struct trip){.site = t->site, .groups_n = t->groups_n,
						     .group = {t->group[0], t->group[1], t->group[2], t->group[3], t->group[4], t->group[5]}});
		choose(o, at, t);
		t->groups_n--;
	}
}

static void extend(struct oracle *o, const struct so_far *at)
{
	struct trip t = {.groups_n = 0};
	choose(o, at, &t);
}

/* ---- the program ------------------------------------------------------------------------------------------------------------ */

static bool fits(const struct plan_problem *p, int32_t g, int32_t r)
{
	const struct plan_group *x = &p->group[g];
	const struct plan_room *y = &p->room[r];
	return y->beds >= x->persons && (y->classes == 0 || (y->classes & 1u << x->class)) && (y->barrier_free || !x->barrier_free) &&
	       (x->fixed_room == PLAN_NONE || x->fixed_room == r) && (x->fixed_site == PLAN_NONE || x->fixed_site == y->site);
}

static void objective(const struct oracle *o, struct buf *b, int member)
{
	const struct plan_problem *p = o->p;
	if (member == 0)
		for (int32_t g = 0; g < p->groups_n; g++)
			buf_printf(b, " + %d u%d", p->group[g].persons, g);
	for (size_t c = 0; c < o->columns_n; c++) {
		int64_t v = member == 1 ? o->column[c].late : member == 2 ? o->column[c].ride : 0;
		if (v > 0)
			buf_printf(b, " + %lld x%zu\n", (long long)v, c);
	}
	for (int32_t g = 0; member == 3 && g < p->groups_n; g++)
		for (int32_t r = 0; r < p->rooms_n; r++)
			if (fits(p, g, r) && !p->room[r].ward && p->room[r].beds > p->group[g].persons)
				buf_printf(b, " + %d y%d_%d", p->room[r].beds - p->group[g].persons, g, r);
	buf_printf(b, " + 0 w\n");
}

static void write_rides(const struct oracle *o, struct buf *b)
{
	const struct plan_problem *p = o->p;
	for (int32_t v = 0; v < p->vehicles_n; v++) {
		for (size_t c = 0; c < o->columns_n; c++)
			if (o->column[c].vehicle == v)
				buf_printf(b, " + x%zu\n", c);
		buf_printf(b, " + 0 w <= 1\n");
	}
	for (int32_t g = 0; g < p->groups_n; g++) {
		for (size_t c = 0; c < o->columns_n; c++)
			if (o->column[c].site[g] != PLAN_NONE)
				buf_printf(b, " + x%zu\n", c);
		buf_printf(b, " + u%d = 1\n", g);
	}
}

static void write_rooms(const struct oracle *o, struct buf *b)
{
	const struct plan_problem *p = o->p;
	for (int32_t g = 0; g < p->groups_n; g++)
		for (int32_t s = 0; s < p->sites_n; s++) { /* a room at the site that the group is brought to */
			for (int32_t r = 0; r < p->rooms_n; r++)
				if (p->room[r].site == s && fits(p, g, r))
					buf_printf(b, " + y%d_%d\n", g, r);
			for (size_t c = 0; c < o->columns_n; c++)
				if (o->column[c].site[g] == s)
					buf_printf(b, " - x%zu\n", c);
			buf_printf(b, " + 0 w = 0\n");
		}
	for (int32_t g = 0; g < p->groups_n; g++)
		for (int32_t r = 0; r < p->rooms_n; r++) { /* not before it is free */
			if (!fits(p, g, r))
				continue;
			buf_printf(b, " y%d_%d\n", g, r);
			for (size_t c = 0; c < o->columns_n; c++)
				if (o->column[c].site[g] == p->room[r].site && o->column[c].arrive[g] < p->room[r].free_from)
					buf_printf(b, " + x%zu\n", c);
			buf_printf(b, " <= 1\n");
			if (p->room[r].ward)
				buf_printf(b, " y%d_%d - z%d_%d <= 0\n", g, r, r, p->group[g].class);
		}
	for (int32_t r = 0; r < p->rooms_n; r++) {
		bool ward = p->room[r].ward;
		for (int32_t g = 0; g < p->groups_n; g++)
			if (fits(p, g, r))
				buf_printf(b, " + %d y%d_%d", ward ? p->group[g].persons : 1, g, r);
		buf_printf(b, " + 0 w <= %d\n", ward ? p->room[r].beds : 1);
		for (int32_t k = 0; ward && k < p->classes_n; k++)
			buf_printf(b, " + z%d_%d", r, k);
		if (ward)
			buf_printf(b, " <= 1\n");
	}
}

static void write_binaries(const struct oracle *o, struct buf *b)
{
	const struct plan_problem *p = o->p;
	buf_add_c(b, "Binary\n");
	for (size_t c = 0; c < o->columns_n; c++)
		buf_printf(b, " x%zu\n", c);
	for (int32_t g = 0; g < p->groups_n; g++) {
		buf_printf(b, " u%d\n", g);
		for (int32_t r = 0; r < p->rooms_n; r++)
			if (fits(p, g, r))
				buf_printf(b, " y%d_%d\n", g, r);
	}
	for (int32_t r = 0; r < p->rooms_n; r++)
		for (int32_t k = 0; p->room[r].ward && k < p->classes_n; k++)
			buf_printf(b, " z%d_%d\n", r, k);
	buf_add_c(b, "End\n");
}

static bool cbc(const char *in, const char *out)
{
	char *argv[] = {(char *)(uintptr_t)"cbc", (char *)(uintptr_t)in, (char *)(uintptr_t)"solve", (char *)(uintptr_t)"solu",
			(char *)(uintptr_t)out, (char *)(uintptr_t)"quit", NULL};
	posix_spawn_file_actions_t quiet;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	pid_t pid;
	int status = -1;
	bool good = posix_spawnp(&pid, "cbc", &quiet, NULL, argv, environ) == 0 && waitpid(pid, &status, 0) == pid && status == 0;
	posix_spawn_file_actions_destroy(&quiet);
	return good;
}

bool plan_oracle_there(void)
{
	return access("/usr/bin/cbc", X_OK) == 0;
}

/* Solves for one member, those before it held at their optimum. */
static int64_t solve(const struct oracle *o, int member, const int64_t *best)
{
	char in[96], out[112], line[200] = "";
	struct buf b;
	buf_init(&b, 0);
	snprintf(in, sizeof in, "%s/plan-%d.lp", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (int)getpid());
	snprintf(out, sizeof out, "%s.out", in);
	buf_add_c(&b, "Minimize\n obj:");
	objective(o, &b, member);
	buf_add_c(&b, "Subject To\n");
	for (int k = 0; k < member; k++) {
		objective(o, &b, k);
		buf_printf(&b, " <= %lld\n", (long long)best[k]);
	}
	write_rides(o, &b);
	write_rooms(o, &b);
	write_binaries(o, &b);
	FILE *f = fopen(in, "w");
	CHECK(f && fwrite(b.p, 1, b.n, f) == b.n && fclose(f) == 0 && !b.failed);
	buf_done(&b);
	CHECK(cbc(in, out));
	f = fopen(out, "r");
	double value = -1;
	CHECK(f && fgets(line, sizeof line, f) && sscanf(line, "Optimal - objective value %lf", &value) == 1);
	fclose(f);
	unlink(in);
	unlink(out);
	return (int64_t)(value + 0.5);
}

bool plan_oracle(const struct plan_problem *p, struct plan_value *out)
{
	struct oracle o = {.p = p, .column = calloc(COLUMNS_MAX, sizeof(struct column))};
	CHECK(o.column && p->groups_n <= GROUPS_MAX);
	for (int32_t v = 0; v < p->vehicles_n; v++) {
		struct so_far at = {.c.vehicle = v, .node = p->vehicle[v].node, .first = true};
		for (int32_t g = 0; g < GROUPS_MAX; g++)
			at.c.site[g] = PLAN_NONE;
		extend(&o, &at);
	}
	int64_t best[4];
	for (int member = 0; member < 4 && !o.full; member++)
		best[member] = solve(&o, member, best);
	if (!o.full)
		*out = (struct plan_value){.unplaced = best[0], .late = best[1], .ride = best[2], .empty_beds = best[3]};
	free(o.column);
	return !o.full;
}
