/* SPDX-License-Identifier: Apache-2.0
 *
 * The second path: every rule looked at for itself, in a plan as it was given out. Shares no code with the search.
 */
#include <stdlib.h>

#include "plan/plan.h"

static enum err_code broken(struct err *e, const char *what, int32_t i, const char *rule)
{
	struct err place = {0};
	err_set(&place, ERR_NOT_ALLOWED, "", "%s %d", what, i);
	return err_set(e, ERR_NOT_ALLOWED, place.what, "%s", rule);
}

static int32_t leg(const struct plan_problem *p, int32_t from, int32_t to)
{
	return p->leg[(size_t)from * (size_t)p->nodes_n + (size_t)to];
}

static enum err_code verify_group(const struct plan_problem *p, const struct plan *plan, int32_t g, struct err *e)
{
	const struct plan_group *x = &p->group[g];
	const struct plan_place *at = &plan->place[g];
	if (at->reason != PLAN_PLACED)
		return OK;
	if (at->room < 0 || at->room >= p->rooms_n || at->run < 0 || at->run >= plan->runs_n)
		return broken(e, "group", g, "is placed without room or run");
	const struct plan_room *room = &p->room[at->room];
	const struct plan_run *run = &plan->run[at->run];
	const struct plan_vehicle *v = &p->vehicle[run->vehicle];
	if (room->site != run->site)
		return broken(e, "group", g, "rides to another site than that of its room");
	if (room->beds < x->persons)
		return broken(e, "group", g, "has too few beds");
	if (room->classes != 0 && (room->classes >> x->class & 1) == 0)
		return broken(e, "group", g, "is in a room of another class");
	if (x->barrier_free && !room->barrier_free)
		return broken(e, "group", g, "needs a barrier-free room");
	if (at->arrived_at < room->free_from)
		return broken(e, "group", g, "arrives before its room is free");
	if (x->class != run->class)
		return broken(e, "group", g, "rides with another class");
	if (x->stretcher && !v->stretcher)
		return broken(e, "group", g, "needs a stretcher");
	if (at->boarded_at - p->stop_min < x->ready_at)
		return broken(e, "group", g, "is taken up before it is ready");
	if ((x->fixed_site != PLAN_NONE && x->fixed_site != run->site) || (x->fixed_room != PLAN_NONE && x->fixed_room != at->room) ||
	    (x->fixed_vehicle != PLAN_NONE && x->fixed_vehicle != run->vehicle))
		return broken(e, "group", g, "is not where the dispatcher decided");
	return OK;
}

static enum err_code verify_rooms(const struct plan_problem *p, const struct plan *plan, int32_t *persons, int32_t *holder, int64_t *empty,
				  struct err *e)
{
	for (int32_t g = 0; g < p->groups_n; g++) {
		if (plan->place[g].reason != PLAN_PLACED)
			continue;
		int32_t r = plan->place[g].room;
		if (persons[r] > 0 && !p->room[r].ward)
			return broken(e, "room", r, "holds two groups");
		if (persons[r] > 0 && p->group[holder[r]].class != p->group[g].class)
			return broken(e, "room", r, "holds two classes");
		persons[r] += p->group[g].persons;
		holder[r] = g;
		if (persons[r] > p->room[r].beds)
			return broken(e, "room", r, "holds more persons than beds");
	}
	for (int32_t r = 0; r < p->rooms_n; r++)
		*empty += persons[r] > 0 && !p->room[r].ward ? p->room[r].beds - persons[r] : 0;
	return OK;
}

/* Follows the run stop by stop, from the minute it leaves. */
static enum err_code verify_run(const struct plan_problem *p, const struct plan *plan, int32_t i, const int32_t *by_stop, struct err *e)
{
	const struct plan_run *r = &plan->run[i];
	const struct plan_vehicle *v = &p->vehicle[r->vehicle];
	bool first = i == 0 || plan->run[i - 1].vehicle != r->vehicle;
	int32_t node = first ? v->node : p->site[plan->run[i - 1].site].node, now = r->depart_at, drive = 0, persons = 0, stretchers = 0;
	if (r->groups_n < 1)
		return broken(e, "run", i, "carries nobody");
	for (int32_t k = 0; k < r->groups_n; k++) {
		int32_t g = by_stop[k];
		if (g == PLAN_NONE)
			return broken(e, "run", i, "has a stop with nobody");
		drive += leg(p, node, p->group[g].node);
		now += leg(p, node, p->group[g].node) + p->stop_min;
		node = p->group[g].node;
		persons += p->group[g].persons;
		stretchers += p->group[g].stretcher;
		if (now != plan->place[g].boarded_at)
			return broken(e, "run", i, "does not take a group up when the plan says");
	}
	drive += leg(p, node, p->site[r->site].node);
	now += leg(p, node, p->site[r->site].node);
	for (int32_t k = 0; k < r->groups_n; k++)
		if (plan->place[by_stop[k]].arrived_at != now)
			return broken(e, "run", i, "does not arrive when the plan says");
	if (now != r->arrive_at || drive != r->drive_min || persons != r->persons)
		return broken(e, "run", i, "has other minutes or persons than the plan says");
	if (persons > v->seats[r->class])
		return broken(e, "run", i, "has more persons than usable seats");
	if (stretchers > 1)
		return broken(e, "run", i, "has two stretchers");
	if (r->depart_at < v->shift_from || now + p->unload_min > v->shift_to)
		return broken(e, "run", i, "lies outside the crew's shift");
	if (!first && r->depart_at < plan->run[i - 1].arrive_at + p->unload_min + v->disinfect_min)
		return broken(e, "run", i, "leaves before the vehicle is disinfected");
	for (int32_t t = r->depart_at; v->coach && t < now; t++) { /* minute by minute */
		int32_t clock = t % 1440;
		if (p->night_from <= p->night_to ? clock >= p->night_from && clock < p->night_to : clock >= p->night_from || clock < p->night_to)
			return broken(e, "run", i, "a coach is on the road in the forbidden hours");
	}
	return OK;
}

static enum err_code verify_crews(const struct plan_problem *p, const struct plan *plan, struct err *e)
{
	int32_t wheel = 0;
	for (int32_t i = 0; i < plan->runs_n; i++) {
		const struct plan_run *r = &plan->run[i];
		const struct plan_vehicle *v = &p->vehicle[r->vehicle];
		bool rested = i == 0 || plan->run[i - 1].vehicle != r->vehicle ||
			      r->depart_at - plan->run[i - 1].arrive_at - p->unload_min >= v->rest_min;
		wheel = (rested ? 0 : wheel) + r->drive_min;
		if (wheel > v->drive_max)
			return broken(e, "run", i, "its crew drives too long without a rest");
	}
	return OK;
}

static enum err_code verify_runs(const struct plan_problem *p, const struct plan *plan, int32_t *by_stop, int32_t *first, struct err *e)
{
	int32_t sum = 0;
	for (int32_t i = 0; i < plan->runs_n; i++) {
		first[i] = sum;
		if (plan->run[i].groups_n < 0 || plan->run[i].groups_n > p->groups_n - sum)
			return broken(e, "run", i, "has a wrong number of groups");
		sum += plan->run[i].groups_n;
	}
	for (int32_t k = 0; k < sum; k++)
		by_stop[k] = PLAN_NONE;
	for (int32_t g = 0; g < p->groups_n; g++) {
		const struct plan_place *at = &plan->place[g];
		if (at->reason != PLAN_PLACED)
			continue;
		if (at->stop < 0 || at->stop >= plan->run[at->run].groups_n || by_stop[first[at->run] + at->stop] != PLAN_NONE)
			return broken(e, "group", g, "has a wrong stop");
		by_stop[first[at->run] + at->stop] = g;
	}
	enum err_code rc = OK;
	for (int32_t i = 0; rc == OK && i < plan->runs_n; i++)
		rc = verify_run(p, plan, i, by_stop + first[i], e);
	return rc == OK ? verify_crews(p, plan, e) : rc;
}

enum err_code plan_verify(const struct plan_problem *p, const struct plan *plan, struct err *e)
{
	struct plan_value sum = {0};
	int32_t *persons = calloc((size_t)p->rooms_n + 1, sizeof *persons), *holder = calloc((size_t)p->rooms_n + 1, sizeof *holder);
	int32_t *by_stop = calloc((size_t)p->groups_n + 1, sizeof *by_stop), *first = calloc((size_t)plan->runs_n + 1, sizeof *first);
	enum err_code rc = persons && holder && by_stop && first ? OK : err_set(e, ERR_MEMORY, "", "no memory to verify the plan");
	for (int32_t g = 0; rc == OK && g < p->groups_n; g++) {
		const struct plan_place *at = &plan->place[g];
		rc = verify_group(p, plan, g, e);
		if (at->reason != PLAN_PLACED) {
			sum.unplaced += p->group[g].persons;
			continue;
		}
		int64_t late = (int64_t)at->arrived_at - p->group[g].due_at;
		sum.late += late > 0 ? late * p->group[g].persons : 0;
		sum.ride += (int64_t)(at->arrived_at - at->boarded_at) * p->group[g].persons;
	}
	for (int32_t i = 0; rc == OK && i < plan->runs_n; i++)
		sum.drive += plan->run[i].drive_min;
	if (rc == OK)
		rc = verify_rooms(p, plan, persons, holder, &sum.empty_beds, e);
	if (rc == OK)
		rc = verify_runs(p, plan, by_stop, first, e);
	if (rc == OK && (plan_value_cmp(&sum, &plan->value) != 0 || sum.drive != plan->value.drive))
		rc = err_set(e, ERR_NOT_ALLOWED, "value", "the plan says late %lld, ride %lld; it is late %lld, ride %lld",
			     (long long)plan->value.late, (long long)plan->value.ride, (long long)sum.late, (long long)sum.ride);
	free(persons);
	free(holder);
	free(by_stop);
	free(first);
	return rc;
}
