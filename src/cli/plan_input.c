/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/csv_table.h"
#include "core/caltime.h"

/* Not official figures; docs/plan.md says what is known of each. */
#define LIMIT_MIN 480       /* contact_in_isolation of cn-covid19-9 */
#define USABLE_PERCENT 50   /* R */
#define DRIVE_MAX_MIN 240   /* R: road safety rule for buses and lorries, four hours and then a rest */
#define REST_MIN 20         /* R: of twenty minutes */
#define DISINFECT_MIN 30    /* R */
#define STOP_MIN 5          /* R */
#define UNLOAD_MIN 10       /* R */
#define NIGHT_FROM (2 * 60) /* P: no coach from two to five */
#define NIGHT_TO (5 * 60)
#define KM_PER_HOUR 40.0    /* R */
#define DETOUR 1.3          /* R: road by line */
#define EARTH_KM 6371.0
#define ROUTED_NODES_MAX 700 /* places whose ways are put together from a travel table */
#define NOT_GIVEN INT64_MIN

struct plan_place_of { /* where a node is */
	bool located;
	double lon, lat;
};
struct plan_table { /* growing arrays; times are kept in ms until the base is known */
	struct plan_group *group;
	struct plan_site *site;
	struct plan_room *room;
	struct plan_vehicle *vehicle;
	struct { int64_t ready, due; } *group_at;
	int64_t *room_at;
	struct { int64_t from, to; } *shift;
	int32_t *leg;
	struct plan_place_of *node;
	size_t groups_cap, group_at_cap, sites_cap, rooms_cap, room_at_cap, vehicles_cap, shift_cap, nodes_cap;
	struct way { uint32_t from, to; int32_t minutes; } *way;
	size_t ways_n, ways_cap;
	const struct plan_rules *rules;
};

struct plan_rules plan_rules_default(void)
{
	return (struct plan_rules){LIMIT_MIN,  USABLE_PERCENT, DRIVE_MAX_MIN, REST_MIN, DISINFECT_MIN,
				   STOP_MIN,   UNLOAD_MIN,     NIGHT_FROM,    NIGHT_TO, KM_PER_HOUR};
}

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for the tables");
}

/* The array with room for one more behind n; NULL when memory is out, and then the array is gone. */
static void *room_for(void *p, size_t n, size_t *cap_n, size_t item)
{
	if (n < *cap_n)
		return p;
	size_t cap = *cap_n ? 2 * *cap_n : 64;
	char *more = realloc(p, cap * item);
	if (!more) {
		free(p);
		*cap_n = 0;
		return NULL;
	}
	memset(more + *cap_n * item, 0, (cap - *cap_n) * item);
	*cap_n = cap;
	return more;
}
#define ROOM_FOR(array, n, cap) (((array) = room_for((array), (n), &(cap), sizeof *(array))) != NULL)

/* ---- cells ---------------------------------------------------------------------------------------------------------------------- */

static enum err_code get_time(const struct csv_table *t, size_t k, int64_t missing, int64_t *out, struct err *e)
{
	if (t->cell[k].n == 0 && missing != NOT_GIVEN) {
		*out = missing;
		return OK;
	}
	if (!caltime_parse(t->cell[k], out))
		return err_set(e, ERR_BAD_VALUE, t->column[k], "a time is written 2022-11-20T21:00 (with an offset when it is not local)");
	return OK;
}

static enum err_code get_int(const struct csv_table *t, size_t k, int64_t missing, int64_t least, int64_t most, int32_t *out, struct err *e)
{
	int64_t v = missing;
	if (t->cell[k].n == 0 && missing == NOT_GIVEN)
		return err_set(e, ERR_MISSING_FIELD, t->column[k], "the field is empty");
	if (t->cell[k].n > 0 && (!str_to_i64(t->cell[k], &v) || v < least || v > most))
		return err_set(e, ERR_BAD_VALUE, t->column[k], "a whole number from %lld to %lld is expected", (long long)least, (long long)most);
	*out = (int32_t)v;
	return OK;
}

static enum err_code get_bool(const struct csv_table *t, size_t k, bool missing, bool *out, struct err *e)
{
	struct str s = t->cell[k];
	bool yes = str_eq_c(s, "1") || str_eq_c(s, "yes") || str_eq_c(s, "true") || str_eq_c(s, "是");
	bool no = str_eq_c(s, "0") || str_eq_c(s, "no") || str_eq_c(s, "false") || str_eq_c(s, "否");
	if (s.n > 0 && !yes && !no)
		return err_set(e, ERR_BAD_VALUE, t->column[k], "write yes or no");
	*out = s.n > 0 ? yes : missing;
	return OK;
}

static enum err_code get_new(const struct csv_table *t, size_t k, struct names *names, uint32_t *out, struct err *e)
{
	if (t->cell[k].n == 0)
		return err_set(e, ERR_MISSING_FIELD, t->column[k], "the field is empty");
	if (names_find(names, t->cell[k]) != NAMES_NONE)
		return err_set(e, ERR_DUPLICATE_FIELD, t->column[k], "it stands in the table twice");
	*out = names_number(names, t->cell[k]);
	return *out == NAMES_NONE ? no_memory(e) : OK;
}

static enum err_code get_class(struct plan_input *in, const struct csv_table *t, size_t k, struct str text, int32_t *out, struct err *e)
{
	uint32_t n = names_number(&in->classes, text);
	if (n == NAMES_NONE)
		return no_memory(e);
	if (n >= PLAN_CLASSES_MAX)
		return err_set(e, ERR_TOO_LARGE, t->column[k], "there can be %d exposure classes", PLAN_CLASSES_MAX);
	*out = (int32_t)n;
	return OK;
}

/* place, lon and lat are three columns in a row, the first being number k. */
static enum err_code get_node(struct plan_input *in, const struct csv_table *t, size_t k, int32_t *out, struct err *e)
{
	struct str place = t->cell[k];
	double lon = 0, lat = 0;
	char text[64];
	bool located = t->cell[k + 1].n > 0 || t->cell[k + 2].n > 0;
	if (!located && place.n == 0)
		return err_set(e, ERR_MISSING_FIELD, t->column[k], "give a place, or lon and lat");
	if (located && (!str_to_f64(t->cell[k + 1], &lon) || !str_to_f64(t->cell[k + 2], &lat) || fabs(lon) > 180 || fabs(lat) > 90))
		return err_set(e, ERR_BAD_VALUE, t->column[k + 1], "lon is -180 to 180 and lat -90 to 90, in degrees");
	if (place.n == 0) {
		snprintf(text, sizeof text, "%.6f %.6f", lon, lat);
		place = str_of(text);
	}
	uint32_t n = names_number(&in->nodes, place);
	if (n == NAMES_NONE || !ROOM_FOR(in->t->node, n, in->t->nodes_cap))
		return no_memory(e);
	if (n >= PLAN_NODES_MAX)
		return err_set(e, ERR_TOO_LARGE, t->column[k], "there can be %d places", PLAN_NODES_MAX);
	if (located)
		in->t->node[n] = (struct plan_place_of){true, lon, lat};
	*out = (int32_t)n;
	return OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------- */

enum { G_GROUP, G_PERSONS, G_CLASS, G_READY, G_PLACE, G_LON, G_LAT, G_DUE, G_TOGETHER, G_GUARDIAN, G_BARRIER_FREE, G_STRETCHER };
static const char *const group_columns[] = {"group", "persons", "class", "ready_at", "place", "lon", "lat", "due_at", "together", "guardian",
					    "barrier_free", "stretcher", NULL};

static enum err_code add_group(struct plan_input *in, const struct plan_group *g, struct str name, int64_t ready, int64_t due, struct err *e)
{
	struct plan_table *tab = in->t;
	size_t n = in->groups.n;
	if (n >= PLAN_GROUPS_MAX)
		return err_set(e, ERR_TOO_LARGE, "group", "there can be %d groups", PLAN_GROUPS_MAX);
	if (!ROOM_FOR(tab->group, n, tab->groups_cap) || !ROOM_FOR(tab->group_at, n, tab->group_at_cap))
		return no_memory(e);
	if (names_find(&in->groups, name) != NAMES_NONE)
		return err_set(e, ERR_DUPLICATE_FIELD, "group", "it stands in the table twice");
	if (names_number(&in->groups, name) == NAMES_NONE)
		return no_memory(e);
	tab->group[n] = *g;
	tab->group_at[n].ready = ready;
	tab->group_at[n].due = due;
	return OK;
}

static enum err_code take_group(struct csv_table *t, struct err *e)
{
	struct plan_input *in = t->ctx;
	struct plan_group g = {.fixed_site = PLAN_NONE, .fixed_room = PLAN_NONE, .fixed_vehicle = PLAN_NONE};
	int64_t ready = 0, due = 0;
	bool together = true, guardian = false;
	if (t->cell[G_GROUP].n == 0 || t->cell[G_CLASS].n == 0)
		return err_set(e, ERR_MISSING_FIELD, t->column[t->cell[G_GROUP].n ? G_CLASS : G_GROUP], "the field is empty");
	enum err_code rc = get_int(t, G_PERSONS, NOT_GIVEN, 1, PLAN_SEATS_MAX - 1, &g.persons, e);
	if (rc == OK)
		rc = get_class(in, t, G_CLASS, t->cell[G_CLASS], &g.class, e);
	if (rc == OK)
		rc = get_node(in, t, G_PLACE, &g.node, e);
	if (rc == OK)
		rc = get_time(t, G_READY, NOT_GIVEN, &ready, e);
	if (rc == OK)
		rc = get_time(t, G_DUE, ready + in->t->rules->limit_min * MS_PER_MINUTE, &due, e);
	if (rc == OK)
		rc = get_bool(t, G_TOGETHER, true, &together, e);
	if (rc == OK)
		rc = get_bool(t, G_GUARDIAN, false, &guardian, e);
	if (rc == OK)
		rc = get_bool(t, G_BARRIER_FREE, false, &g.barrier_free, e);
	if (rc == OK)
		rc = get_bool(t, G_STRETCHER, false, &g.stretcher, e);
	if (rc == OK && guardian && !together && g.persons > 1)
		rc = err_set(e, ERR_BAD_VALUE, "guardian", "a guardian goes with one person, or with a group that stays together");
	if (rc != OK)
		return rc;
	if (together || g.persons == 1) {
		g.persons += guardian;
		return add_group(in, &g, t->cell[G_GROUP], ready, due, e);
	}
	int32_t persons = g.persons;
	g.persons = 1;
	for (int32_t i = 1; rc == OK && i <= persons; i++) {
		char name[300];
		int n = snprintf(name, sizeof name, "%.*s/%d", t->cell[G_GROUP].n > 250 ? 250 : (int)t->cell[G_GROUP].n, t->cell[G_GROUP].p, i);
		rc = add_group(in, &g, (struct str){name, (size_t)n}, ready, due, e);
	}
	return rc;
}

enum { S_SITE, S_ROOM, S_BEDS, S_PLACE, S_LON, S_LAT, S_CLASS, S_BARRIER_FREE, S_WARD, S_FREE, S_ROOMS };
static const char *const site_columns[] = {"site", "room", "beds", "place", "lon", "lat", "class", "barrier_free", "ward", "free_from", "rooms",
					   NULL};

static enum err_code add_room(struct plan_input *in, const struct plan_room *r, struct str site, struct str room, int32_t nth, int64_t free_at,
			      struct err *e)
{
	struct plan_table *tab = in->t;
	char name[400];
	size_t n = in->rooms.n;
	int len = nth > 0 ? snprintf(name, sizeof name, "%.150s/%.150s-%d", site.p, room.p, nth)
			  : snprintf(name, sizeof name, "%.150s/%.150s", site.p, room.p);
	if (n >= PLAN_ROOMS_MAX)
		return err_set(e, ERR_TOO_LARGE, "room", "there can be %d rooms", PLAN_ROOMS_MAX);
	if (!ROOM_FOR(tab->room, n, tab->rooms_cap) || !ROOM_FOR(tab->room_at, n, tab->room_at_cap))
		return no_memory(e);
	struct str whole = {name, (size_t)len};
	if (names_find(&in->rooms, whole) != NAMES_NONE)
		return err_set(e, ERR_DUPLICATE_FIELD, "room", "the site has this room twice");
	if (names_number(&in->rooms, whole) == NAMES_NONE)
		return no_memory(e);
	tab->room[n] = *r;
	tab->room_at[n] = free_at;
	return OK;
}

/* "case", or several with blanks between them. */
static enum err_code get_classes(struct plan_input *in, const struct csv_table *t, uint32_t *out, struct err *e)
{
	struct str rest = t->cell[S_CLASS];
	enum err_code rc = OK;
	while (rc == OK && rest.n > 0) {
		struct str word = str_cut(&rest, ' ');
		int32_t class = 0;
		if (word.n > 0)
			rc = get_class(in, t, S_CLASS, word, &class, e);
		if (rc == OK && word.n > 0)
			*out |= UINT32_C(1) << class;
	}
	return rc;
}

static enum err_code take_room(struct csv_table *t, struct err *e)
{
	struct plan_input *in = t->ctx;
	struct plan_room r = {0};
	int64_t free_at = 0;
	int32_t node = 0, rooms = 1;
	char site[160], room[160];
	if (t->cell[S_SITE].n == 0 || t->cell[S_ROOM].n == 0)
		return err_set(e, ERR_MISSING_FIELD, t->column[t->cell[S_SITE].n ? S_ROOM : S_SITE], "the field is empty");
	enum err_code rc = get_int(t, S_BEDS, NOT_GIVEN, 1, 10000, &r.beds, e);
	if (rc == OK)
		rc = get_node(in, t, S_PLACE, &node, e);
	if (rc == OK)
		rc = get_classes(in, t, &r.classes, e);
	if (rc == OK)
		rc = get_bool(t, S_BARRIER_FREE, false, &r.barrier_free, e);
	if (rc == OK)
		rc = get_bool(t, S_WARD, false, &r.ward, e);
	if (rc == OK)
		rc = get_time(t, S_FREE, 0, &free_at, e);
	if (rc == OK)
		rc = get_int(t, S_ROOMS, 1, 1, 5000, &rooms, e);
	if (rc != OK)
		return rc;
	bool known = names_find(&in->sites, t->cell[S_SITE]) != NAMES_NONE;
	uint32_t n = names_number(&in->sites, t->cell[S_SITE]);
	if (n == NAMES_NONE || !ROOM_FOR(in->t->site, n, in->t->sites_cap))
		return no_memory(e);
	if (n >= PLAN_SITES_MAX)
		return err_set(e, ERR_TOO_LARGE, "site", "there can be %d sites", PLAN_SITES_MAX);
	if (known && in->t->site[n].node != node)
		return err_set(e, ERR_BAD_VALUE, t->column[S_PLACE], "another row of this site says another place");
	in->t->site[n].node = node;
	r.site = (int32_t)n;
	str_to_c(t->cell[S_SITE], site, sizeof site);
	str_to_c(t->cell[S_ROOM], room, sizeof room);
	for (int32_t i = 1; rc == OK && i <= rooms; i++)
		rc = add_room(in, &r, str_of(site), str_of(room), rooms > 1 ? i : 0, free_at, e);
	return rc;
}

enum { V_VEHICLE, V_SEATS, V_FROM, V_TO, V_PLACE, V_LON, V_LAT, V_USABLE, V_STRETCHER, V_COACH, V_DRIVE, V_REST, V_DISINFECT };
static const char *const vehicle_columns[] = {"vehicle", "seats", "shift_from", "shift_to", "place", "lon", "lat", "usable", "stretcher", "coach",
					      "drive_max_min", "rest_min", "disinfect_min", NULL};

/* "case:2 close_contact:20" */
static enum err_code get_usable(struct plan_input *in, const struct csv_table *t, int32_t seats, struct plan_vehicle *v, struct err *e)
{
	struct str rest = t->cell[V_USABLE];
	for (size_t c = 0; c < PLAN_CLASSES_MAX; c++) /* no word of classes: the same for all, also for those that come later */
		v->seats[c] = rest.n > 0 ? 0 : seats * in->t->rules->usable_percent / 100;
	for (size_t c = 0; c < PLAN_CLASSES_MAX && rest.n == 0 && seats > 0; c++)
		if (v->seats[c] == 0)
			v->seats[c] = 1; /* one person alone can always ride */
	while (rest.n > 0) {
		struct str word = str_trim(str_cut(&rest, ' ')), name = str_cut(&word, ':');
		int64_t n;
		int32_t class;
		if (name.n == 0)
			continue;
		if (!word.p || !str_to_i64(word, &n) || n < 0 || n > seats)
			return err_set(e, ERR_BAD_VALUE, "usable", "write case:2 close_contact:20, none above the seats there are");
		enum err_code rc = get_class(in, t, V_USABLE, name, &class, e);
		if (rc != OK)
			return rc;
		v->seats[class] = (int32_t)n;
	}
	return OK;
}

static enum err_code take_vehicle(struct csv_table *t, struct err *e)
{
	struct plan_input *in = t->ctx;
	const struct plan_rules *r = in->t->rules;
	struct plan_vehicle v = {0};
	int64_t from = 0, to = 0;
	int32_t seats = 0;
	uint32_t n = 0;
	enum err_code rc = get_int(t, V_SEATS, NOT_GIVEN, 0, PLAN_SEATS_MAX, &seats, e);
	if (rc == OK)
		rc = get_node(in, t, V_PLACE, &v.node, e);
	if (rc == OK)
		rc = get_time(t, V_FROM, NOT_GIVEN, &from, e);
	if (rc == OK)
		rc = get_time(t, V_TO, NOT_GIVEN, &to, e);
	if (rc == OK && to < from)
		rc = err_set(e, ERR_BAD_VALUE, "shift_to", "the shift ends before it begins");
	if (rc == OK)
		rc = get_usable(in, t, seats, &v, e);
	if (rc == OK)
		rc = get_bool(t, V_STRETCHER, false, &v.stretcher, e);
	if (rc == OK)
		rc = get_bool(t, V_COACH, false, &v.coach, e);
	if (rc == OK)
		rc = get_int(t, V_DRIVE, r->drive_max_min, 1, PLAN_LEG_MAX, &v.drive_max, e);
	if (rc == OK)
		rc = get_int(t, V_REST, r->rest_min, 0, PLAN_LEG_MAX, &v.rest_min, e);
	if (rc == OK)
		rc = get_int(t, V_DISINFECT, r->disinfect_min, 0, PLAN_LEG_MAX, &v.disinfect_min, e);
	if (rc == OK)
		rc = get_new(t, V_VEHICLE, &in->vehicles, &n, e);
	if (rc == OK && n >= PLAN_VEHICLES_MAX)
		rc = err_set(e, ERR_TOO_LARGE, "vehicle", "there can be %d vehicles", PLAN_VEHICLES_MAX);
	if (rc != OK)
		return rc;
	if (!ROOM_FOR(in->t->vehicle, n, in->t->vehicles_cap) || !ROOM_FOR(in->t->shift, n, in->t->shift_cap))
		return no_memory(e);
	in->t->vehicle[n] = v;
	in->t->shift[n].from = from;
	in->t->shift[n].to = to;
	return OK;
}

static const char *const travel_columns[] = {"from", "to", "minutes", NULL};

static enum err_code take_way(struct csv_table *t, struct err *e)
{
	struct plan_input *in = t->ctx;
	struct way w;
	for (size_t k = 0; k < 2; k++)
		if (t->cell[k].n == 0)
			return err_set(e, ERR_MISSING_FIELD, t->column[k], "the field is empty");
	enum err_code rc = get_int(t, 2, NOT_GIVEN, 0, PLAN_LEG_MAX, &w.minutes, e);
	if (rc != OK)
		return rc;
	w.from = names_number(&in->nodes, t->cell[0]);
	w.to = names_number(&in->nodes, t->cell[1]);
	if (w.from == NAMES_NONE || w.to == NAMES_NONE || !ROOM_FOR(in->t->way, in->t->ways_n, in->t->ways_cap) ||
	    !ROOM_FOR(in->t->node, w.from, in->t->nodes_cap) || !ROOM_FOR(in->t->node, w.to, in->t->nodes_cap))
		return no_memory(e);
	if (in->nodes.n > ROUTED_NODES_MAX)
		return err_set(e, ERR_TOO_LARGE, "", "with a travel table there can be %d places; give coordinates instead", ROUTED_NODES_MAX);
	in->t->way[in->t->ways_n++] = w;
	return OK;
}

static const char *const fixed_columns[] = {"group", "site", "room", "vehicle", NULL};

static enum err_code get_known(const struct csv_table *t, size_t k, const struct names *names, struct str text, int32_t *out, struct err *e)
{
	if (t->cell[k].n == 0)
		return OK;
	uint32_t n = names_find(names, text);
	if (n == NAMES_NONE)
		return err_set(e, ERR_NOT_FOUND, t->column[k], "no other table has it");
	*out = (int32_t)n;
	return OK;
}

static enum err_code take_fixed(struct csv_table *t, struct err *e)
{
	struct plan_input *in = t->ctx;
	int32_t group = PLAN_NONE;
	char name[400] = "";
	enum err_code rc = get_known(t, 0, &in->groups, t->cell[0], &group, e);
	if (rc == OK && group == PLAN_NONE)
		rc = err_set(e, ERR_MISSING_FIELD, "group", "the field is empty");
	if (rc == OK && t->cell[2].n > 0 && t->cell[1].n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "site", "a room is named with its site");
	if (rc != OK)
		return rc;
	struct plan_group *g = &in->t->group[group];
	if (t->cell[2].n > 0)
		snprintf(name, sizeof name, "%.*s/%.*s", t->cell[1].n > 150 ? 150 : (int)t->cell[1].n, t->cell[1].p,
			 t->cell[2].n > 150 ? 150 : (int)t->cell[2].n, t->cell[2].p);
	rc = get_known(t, 1, &in->sites, t->cell[1], &g->fixed_site, e);
	if (rc == OK)
		rc = get_known(t, 2, &in->rooms, str_of(name), &g->fixed_room, e);
	return rc == OK ? get_known(t, 3, &in->vehicles, t->cell[3], &g->fixed_vehicle, e) : rc;
}

/* ---- the problem --------------------------------------------------------------------------------------------------------------------- */

static double radians(double degrees)
{
	return degrees * 3.14159265358979323846 / 180;
}

static int32_t by_air(const struct plan_place_of *a, const struct plan_place_of *b, double km_per_hour)
{
	double u = sin(radians(b->lat - a->lat) / 2), v = sin(radians(b->lon - a->lon) / 2);
	double h = u * u + cos(radians(a->lat)) * cos(radians(b->lat)) * v * v;
	double km = 2 * EARTH_KM * asin(sqrt(h < 1 ? h : 1)) * DETOUR;
	double minutes = ceil(km / km_per_hour * 60);
	return minutes < PLAN_LEG_MAX ? (int32_t)minutes : PLAN_LEG_MAX;
}

/* Ways of the table and what can be put together from them; then coordinates for what is left. */
static enum err_code make_legs(struct plan_input *in, struct err *e)
{
	struct plan_table *tab = in->t;
	size_t n = in->nodes.n;
	tab->leg = malloc((n * n + 1) * sizeof *tab->leg);
	if (!tab->leg)
		return no_memory(e);
	for (size_t i = 0; i < n * n; i++)
		tab->leg[i] = INT32_MAX / 2;
	for (size_t i = 0; i < n; i++)
		tab->leg[i * n + i] = 0;
	for (size_t w = 0; w < tab->ways_n; w++)
		tab->leg[tab->way[w].from * n + tab->way[w].to] = tab->way[w].minutes;
	for (size_t w = 0; w < tab->ways_n; w++) {
		int32_t *back = &tab->leg[tab->way[w].to * n + tab->way[w].from];
		if (*back == INT32_MAX / 2)
			*back = tab->way[w].minutes;
	}
	for (size_t k = 0; tab->ways_n > 0 && k < n; k++)
		for (size_t i = 0; i < n; i++)
			for (size_t j = 0; j < n; j++)
				if (tab->leg[i * n + k] + tab->leg[k * n + j] < tab->leg[i * n + j])
					tab->leg[i * n + j] = tab->leg[i * n + k] + tab->leg[k * n + j];
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++) {
			int32_t *leg = &tab->leg[i * n + j];
			if (*leg == INT32_MAX / 2 && tab->node[i].located && tab->node[j].located)
				*leg = by_air(&tab->node[i], &tab->node[j], tab->rules->km_per_hour);
			if (*leg == INT32_MAX / 2)
				return err_set(e, ERR_NOT_FOUND, "travel", "no way is known from %.*s to %.*s", STR_ARG(in->nodes.text[i]),
					       STR_ARG(in->nodes.text[j]));
			if (*leg > PLAN_LEG_MAX)
				*leg = PLAN_LEG_MAX;
		}
	return OK;
}

int64_t plan_input_ms(const struct plan_input *in, int32_t minute)
{
	return in->base_ms + minute * MS_PER_MINUTE;
}

/* Minutes since the base, rounded so that nobody comes too early; before it is the base. */
static bool to_minutes(const struct plan_input *in, int64_t ms, bool up, int32_t *out)
{
	int64_t minute = ms <= in->base_ms ? 0 : (ms - in->base_ms + (up ? MS_PER_MINUTE - 1 : 0)) / MS_PER_MINUTE;
	*out = minute <= PLAN_TIME_MAX ? (int32_t)minute : PLAN_TIME_MAX;
	return minute <= PLAN_TIME_MAX;
}

static enum err_code set_times(struct plan_input *in, struct err *e)
{
	struct plan_table *tab = in->t;
	int64_t first = INT64_MAX;
	bool fits = true;
	for (uint32_t v = 0; v < in->vehicles.n; v++)
		first = tab->shift[v].from < first ? tab->shift[v].from : first;
	for (uint32_t g = 0; g < in->groups.n; g++) {
		first = tab->group_at[g].ready < first ? tab->group_at[g].ready : first;
		first = tab->group_at[g].due < first ? tab->group_at[g].due : first;
	}
	in->base_ms = first == INT64_MAX ? 0 : day_start(day_of(first));
	for (uint32_t g = 0; g < in->groups.n; g++)
		fits = to_minutes(in, tab->group_at[g].ready, true, &tab->group[g].ready_at) &&
		       to_minutes(in, tab->group_at[g].due, false, &tab->group[g].due_at) && fits;
	for (uint32_t r = 0; r < in->rooms.n; r++)
		fits &= to_minutes(in, tab->room_at[r], true, &tab->room[r].free_from);
	for (uint32_t v = 0; v < in->vehicles.n; v++)
		fits = to_minutes(in, tab->shift[v].from, true, &tab->vehicle[v].shift_from) &&
		       to_minutes(in, tab->shift[v].to, false, &tab->vehicle[v].shift_to) && fits;
	return fits ? OK : err_set(e, ERR_BAD_VALUE, "", "the times lie more than a century apart");
}

enum err_code plan_input_read(struct plan_input *in, const struct plan_paths *paths, const struct plan_rules *rules, struct err *e)
{
	*in = (struct plan_input){.t = calloc(1, sizeof *in->t)};
	if (!in->t)
		return no_memory(e);
	in->t->rules = rules;
	enum err_code rc = csv_table_read(paths->travel, travel_columns, 3, take_way, in, e);
	if (rc == OK)
		rc = csv_table_read(paths->groups, group_columns, 4, take_group, in, e);
	if (rc == OK)
		rc = csv_table_read(paths->sites, site_columns, 3, take_room, in, e);
	if (rc == OK)
		rc = csv_table_read(paths->vehicles, vehicle_columns, 4, take_vehicle, in, e);
	if (rc == OK)
		rc = csv_table_read(paths->fixed, fixed_columns, 1, take_fixed, in, e);
	if (rc == OK)
		rc = make_legs(in, e);
	if (rc == OK)
		rc = set_times(in, e);
	in->p = (struct plan_problem){in->t->group, in->t->site, in->t->room, in->t->vehicle, (int32_t)in->groups.n, (int32_t)in->sites.n,
				      (int32_t)in->rooms.n, (int32_t)in->vehicles.n, (int32_t)in->nodes.n, (int32_t)in->classes.n, in->t->leg,
				      rules->stop_min, rules->unload_min, rules->night_from, rules->night_to};
	if (rc != OK)
		plan_input_done(in);
	return rc;
}

void plan_input_done(struct plan_input *in)
{
	names_done(&in->groups);
	names_done(&in->sites);
	names_done(&in->rooms);
	names_done(&in->vehicles);
	names_done(&in->classes);
	names_done(&in->nodes);
	if (in->t) {
		free(in->t->group);
		free(in->t->site);
		free(in->t->room);
		free(in->t->vehicle);
		free(in->t->group_at);
		free(in->t->room_at);
		free(in->t->shift);
		free(in->t->leg);
		free(in->t->node);
		free(in->t->way);
	}
	free(in->t);
	*in = (struct plan_input){0};
}
