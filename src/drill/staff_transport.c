/* SPDX-License-Identifier: Apache-2.0
 *
 * Vehicles: who is brought where. The dispatcher's desk plans the runs, the crew signs the hand-over, the site signs for the person.
 */
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

#define CLEAN_MIN 20 /* disinfecting a vehicle after its run */

struct rider {
	uint32_t person, village;
	int64_t from;
	bool is_case;
};

/* One run of one vehicle, in minutes before it is clean again. */
struct trip {
	uint32_t run, vehicle;
	int64_t departs_at, arrives_at, clean_at;
	bool is_case, to_hospital;
};

static struct desk *site_desk(struct theatre *t)
{
	struct desk *k = t->desks;
	while (strcmp(k->post->name, "house") != 0)
		k++;
	return k;
}

void transport_tell_vehicles(struct desk *k, int64_t at)
{
	const struct theatre *t = k->t;
	for (uint32_t i = 0; i < k->teams_n; i++)
		tell(k, "transfer.vehicle_registered", t->p->code * 1000000, at, "'vehicle':'%s','label':'EX %03u','kind':'car','seats':%lld,'usable':%lld",
		     front_name(t, N_VEHICLE, i), i + 1, (long long)(2 * t->p->seats), (long long)t->p->seats);
}

/* ---- one run -------------------------------------------------------------------------------------------------------------- */

static const char *class_of(const struct trip *trip)
{
	return trip->is_case ? "case" : "close_contact";
}

static const char *kind_of(const struct trip *trip)
{
	return trip->to_hospital ? "hospital" : "site";
}

static const char *house_of(const struct theatre *t, const struct trip *trip)
{
	return trip->to_hospital ? front_name(t, N_OTHER, UINT32_MAX) : front_name(t, N_HOUSE, trip->is_case);
}

static void plan_run(struct desk *k, const struct trip *trip)
{
	const struct theatre *t = k->t;
	tell(k, "transfer.run_planned", t->p->code * 1000000, trip->departs_at - 6 * MS_PER_MINUTE,
	     "'run':'%s','vehicle':'%s','depart_at':%lld,'arrive_at':%lld,'kind':'%s','site':'%s'", front_name(t, N_RUN, trip->run),
	     front_name(t, N_VEHICLE, trip->vehicle), (long long)trip->departs_at, (long long)trip->arrives_at, kind_of(trip), house_of(t, trip));
}

static void end_run(struct desk *k, const struct trip *trip)
{
	const struct theatre *t = k->t;
	tell(k, "transfer.departed", t->p->code * 1000000, trip->departs_at, "'run':'%s'", front_name(t, N_RUN, trip->run));
	tell(k, "transfer.vehicle_disinfected", t->p->code * 1000000, trip->clean_at, "'vehicle':'%s','agent':'chlorine 1000 mg/L, 30 min'",
	     front_name(t, N_VEHICLE, trip->vehicle));
}

/* From the call to the signature of the site, for one person. */
static void ride(struct desk *k, const struct trip *trip, uint32_t person)
{
	struct theatre *t = k->t;
	struct desk *site = site_desk(t);
	uint32_t transfer = t->transfers_n++;
	int64_t area = front_area_of(t, person), dep = trip->departs_at;
	char who[NAME_N], of[NAME_N], run[NAME_N];
	str_to_c(str_of(front_name(t, N_PERSON, person)), who, sizeof who);
	str_to_c(str_of(front_name(t, N_TRANSFER, transfer)), of, sizeof of);
	str_to_c(str_of(front_name(t, N_RUN, trip->run)), run, sizeof run);
	tell(site, "transfer.requested", area, dep - 10 * MS_PER_MINUTE, "'transfer':'%s','person':'%s','class':'%s','kind':'%s','site':'%s'", of, who,
	     class_of(trip), kind_of(trip), house_of(t, trip));
	tell(k, "transfer.reviewed", area, dep - 8 * MS_PER_MINUTE, "'transfer':'%s','accepted':true", of);
	tell(k, "transfer.assigned", area, dep - 5 * MS_PER_MINUTE, "'transfer':'%s','run':'%s'", of, run);
	tell(k, "transfer.boarded", area, dep - MS_PER_MINUTE, "'transfer':'%s','person':'%s','run':'%s','class':'%s'", of, who, run, class_of(trip));
	tell(k, "transfer.handed_over", area, trip->arrives_at, "'transfer':'%s','person':'%s','run':'%s','kind':'%s','site':'%s'", of, who, run,
	     kind_of(trip), house_of(t, trip));
	tell(site, "transfer.received", area, trip->arrives_at + MS_PER_MINUTE, "'transfer':'%s','person':'%s','class':'%s','kind':'%s','site':'%s'", of, who,
	     class_of(trip), kind_of(trip), house_of(t, trip));
}

/* ---- arriving --------------------------------------------------------------------------------------------------------------- */

/* Who stays at home needs no vehicle. */
static bool stays_home(struct theatre *t, const struct rider *r)
{
	return !r->is_case && (t->p->contacts_home || front_track(t, r->person)->secondary);
}

static enum err_code keep_home(struct desk *site, const struct rider *r, struct err *e)
{
	struct theatre *t = site->t;
	front_track(t, r->person)->secured_at = site->now;
	t->persons[r->person].flags |= PERSON_HELD;
	tell(site, "tracing.contact_secured", front_area_of(t, r->person), site->now, "'person':'%s','place':'home'", front_name(t, N_PERSON, r->person));
	return front_hold(t, r->person, HOLD_HOME, site->now, e);
}

/* A contact inside a site who is signed anew is in place; one who turned out to be a case leaves the room. */
static bool is_in_place(struct desk *site, const struct rider *r)
{
	struct theatre *t = site->t;
	if (!(t->persons[r->person].flags & PERSON_ROOM))
		return false;
	if (!r->is_case) {
		tell(site, "tracing.contact_secured", front_area_of(t, r->person), site->now, "'person':'%s','place':'central'",
		     front_name(t, N_PERSON, r->person));
		return true;
	}
	return false;
}

static enum err_code bring(struct desk *k, const struct trip *trip, const struct rider *r, uint32_t room, struct err *e)
{
	struct theatre *t = k->t;
	struct desk *site = site_desk(t);
	struct track *x = front_track(t, r->person);
	if (t->persons[r->person].flags & PERSON_ROOM) {
		tell(site, "isolation.left", front_area_of(t, r->person), trip->departs_at - 2 * MS_PER_MINUTE, "'person':'%s','reason':'other'",
		     front_name(t, N_PERSON, r->person));
		t->persons[r->person].flags &= (uint8_t)~PERSON_ROOM;
		t->residents_n--;
		x->room = NO_ROOM;
	}
	ride(k, trip, r->person);
	*(r->is_case ? &x->isolated_at : &x->secured_at) = trip->arrives_at + MS_PER_MINUTE;
	t->persons[r->person].flags |= PERSON_HELD;
	enum err_code rc = desk_flush(k, e);
	if (rc == OK) /* before the site asks where the person is */
		rc = desk_flush(site, e);
	if (rc == OK && room != NO_ROOM)
		house_admit(site, r->person, room, r->is_case, k->now); /* entered at the desk of the site, which knows its rooms now */
	else if (rc == OK)
		tell(site, "tracing.case_isolated", front_area_of(t, r->person), trip->arrives_at + MS_PER_MINUTE, "'case':'%s','place':'hospital'",
		     front_name(t, N_CASE, r->person));
	/* from the moment the person boards nobody else is met */
	return rc == OK ? front_hold(t, r->person, HOLD_AWAY, trip->departs_at, e) : rc;
}

static int by_need(const void *a, const void *b)
{
	const struct rider *x = a, *y = b;
	if (x->is_case != y->is_case)
		return x->is_case ? -1 : 1;
	if (x->village != y->village)
		return x->village < y->village ? -1 : 1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->person < y->person ? -1 : x->person > y->person;
}

static enum err_code riders(struct desk *k, const char *duty, bool is_case, struct rider **list, size_t *n, size_t *cap, struct err *e)
{
	const struct json *rows;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		struct rider r = {.is_case = is_case, .from = door_time(row, "from_at")};
		if (r.from > k->now || !front_number(k->t, door_text(row, "subject"), is_case ? N_CASE : N_PERSON, &r.person))
			continue;
		if (!desk_room(list, cap, *n, sizeof **list))
			return err_set(e, ERR_MEMORY, "", "no memory for the riders");
		/* a duty that reaches back to the exposure is known since the signature */
		int64_t known = is_case ? front_track(k->t, r.person)->case_at : front_track(k->t, r.person)->signed_at;
		if (known > r.from)
			r.from = known;
		r.village = k->t->c->village_of[r.person];
		(*list)[(*n)++] = r;
	}
	return OK;
}

/* The riders of one run: those of the list from i on who fit, with a room each. Returns how many of the list are done with. */
static enum err_code one_run(struct desk *k, const struct rider *list, size_t n, size_t *done_n, bool *left, struct err *e)
{
	struct theatre *t = k->t;
	struct trip trip = {.is_case = list[0].is_case};
	uint32_t rooms[64];
	size_t some = 0;
	enum err_code rc = OK;
	while (some < n && some < (size_t)t->p->seats && some < ARRAY_N(rooms) && (some == 0 || !trip.is_case) && list[some].village == list[0].village &&
	       list[some].is_case == trip.is_case) {
		rooms[some] = house_room(t, trip.is_case);
		if (rooms[some] == NO_ROOM && !trip.is_case)
			break;
		some++;
	}
	if (some == 0) { /* no room is free */
		t->no_room_n++;
		*left = true;
		*done_n = 1;
		return OK;
	}
	trip.to_hospital = trip.is_case && rooms[0] == NO_ROOM;
	int64_t done = desk_take(k, list[0].from, t->p->trip_min + CLEAN_MIN, &trip.vehicle);
	*done_n = done ? some : n;
	if (!done) {
		*left = true;
		if (n > k->queue_most)
			k->queue_most = (uint32_t)n;
		return OK;
	}
	trip.clean_at = done - 3 * MS_PER_MINUTE;
	trip.arrives_at = done - CLEAN_MIN * MS_PER_MINUTE;
	trip.departs_at = trip.arrives_at - t->p->trip_min * MS_PER_MINUTE / 2;
	trip.run = t->runs_n++;
	plan_run(k, &trip);
	for (size_t i = 0; rc == OK && i < some; i++)
		rc = bring(k, &trip, &list[i], rooms[i], e);
	end_run(k, &trip);
	return rc;
}

/* Those who need no vehicle are taken off the list. */
static enum err_code on_foot(struct theatre *t, struct rider *list, size_t *n, struct err *e)
{
	struct desk *site = site_desk(t);
	size_t kept = 0;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < *n; i++) {
		if (is_in_place(site, &list[i]))
			continue;
		if (stays_home(t, &list[i]))
			rc = keep_home(site, &list[i], e);
		else
			list[kept++] = list[i];
	}
	*n = kept;
	return rc;
}

enum err_code staff_transport(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	struct desk *site = site_desk(t);
	struct rider *list = NULL;
	size_t n = 0, cap = 0;
	bool left = false;
	if (!t->first_found_at || !desk_news(k))
		return OK;
	site->now = k->now;
	enum err_code rc = riders(k, "tracing.isolate_case", true, &list, &n, &cap, e);
	if (rc == OK)
		rc = riders(k, "tracing.transfer", false, &list, &n, &cap, e);
	if (rc == OK)
		rc = on_foot(t, list, &n, e);
	if (n)
		qsort(list, n, sizeof *list, by_need);
	if (rc == OK && n)
		rc = house_rooms_read(k, e);
	for (size_t i = 0, step = 0; rc == OK && i < n; i += step)
		rc = one_run(k, list + i, n - i, &step, &left, e);
	if (left) {
		desk_left(k, "tracing.isolate_case");
		desk_left(k, "tracing.transfer");
	}
	free(list);
	if (rc == OK)
		rc = desk_flush(k, e);
	return rc == OK ? desk_flush(site, e) : rc;
}
