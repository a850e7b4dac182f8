/* SPDX-License-Identifier: Apache-2.0
 *
 * The drill's clock: steps of some minutes, in each of which every post of every county may look at its list; at midnight the epidemic
 * has its day.
 */
#include "drill/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "drill/plan.h"
#include "drill/staff.h"

#define EVERY(m) offsetof(struct scenario_county, m)

/* In the order in which they act within a step. */
const struct post staff_posts[] = {
	{"command", "officer", "begins and ends rounds, closes and opens", 0, 0, 0, 24, staff_command},
	{"clinic", "sampler", "swabs the ill who come", 0, 0, 8, 20, staff_clinic},
	{"sites", "sampler", "the sampling sites of a round", 0, 0, 0, 24, staff_sites},
	{"doors", "community", "goes to those who did not come", EVERY(look_min), EVERY(door_teams), 7, 23, staff_doors},
	{"singles", "sampler", "single samples: positive tubes, contacts, repeats", EVERY(look_min), EVERY(single_teams), 6, 23, staff_singles},
	{"courier", "courier", "takes tubes to the laboratory", EVERY(look_min), EVERY(couriers), 0, 24, staff_courier},
	{"laboratory", "laboratory", "receives, loads, reports", 0, 0, 0, 24, staff_laboratory},
	{"tracers", "tracer", "opens cases, holds interviews, records stays", EVERY(look_min), EVERY(tracers), 0, 24, staff_tracers},
	{"signatures", "officer", "signs contacts and releases", EVERY(look_min), 0, 7, 24, staff_signatures},
	{"zones", "officer", "declares risk zones, signs their rolls, steps them down", EVERY(look_min), 0, 7, 24, staff_zones},
	{"house", "site", "isolation sites: rounds, meals, waste, disinfection, samples of cases", EVERY(look_min), 0, 7, 23, staff_house},
	{"homes", "community", "people at home: teams, looks at the home, food, waste, visits", EVERY(look_min), 0, 8, 21, staff_homes},
	{"follow", "community", "keeps people in place, checks their health", EVERY(look_min), 0, 7, 22, staff_follow},
	{"transport", "dispatcher", "brings cases and contacts to their places", EVERY(look_min), EVERY(vehicles), 0, 24, staff_transport},
	{0},
};
const char *const front_roles[] = {"officer", "sampler", "community", "courier", "laboratory", "tracer", "site", "dispatcher", NULL};

const char *front_post_at(size_t i)
{
	return i < ARRAY_N(staff_posts) ? staff_posts[i].name : NULL;
}

/* ---- names -------------------------------------------------------------------------------------------------------- */

/* A UUIDv7 of an instant before the drill; the last four bytes are the number, the kind stands in front of them. */
struct id front_id(const struct theatre *t, enum name n, uint32_t number)
{
	struct id id;
	uint64_t h = key_mix(t->f->seed + (uint64_t)n * 0x9e37 + t->index);
	int64_t ms = t->f->begins_at - 40 * MS_PER_DAY;
	for (size_t i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (h & 15));
	id.b[7] = (uint8_t)(h >> 8);
	id.b[8] = (uint8_t)(0x80 | t->index);
	id.b[9] = (uint8_t)(h >> 16);
	id.b[10] = (uint8_t)(h >> 24);
	id.b[11] = (uint8_t)n;
	for (size_t i = 0; i < 4; i++)
		id.b[12 + i] = (uint8_t)(number >> (24 - 8 * i));
	return id;
}

const char *front_name(const struct theatre *t, enum name n, uint32_t number)
{
	static char text[16][NAME_N];
	static int turn;
	turn = (turn + 1) % 16;
	id_format(front_id(t, n, number), text[turn]);
	return text[turn];
}

bool front_number(const struct theatre *t, struct str id, enum name n, uint32_t *out)
{
	struct id v;
	if (!id.p || !id_parse(id, &v))
		return false;
	uint32_t number = (uint32_t)v.b[12] << 24 | (uint32_t)v.b[13] << 16 | (uint32_t)v.b[14] << 8 | v.b[15];
	if (!id_eq(v, front_id(t, n, number)))
		return false;
	*out = number;
	return true;
}

int64_t front_village(const struct theatre *t, uint32_t village)
{
	return t->p->code * 1000000 + t->c->villages[village].code % 1000000;
}

int64_t front_area_of(const struct theatre *t, uint32_t person)
{
	return front_village(t, t->c->village_of[person]);
}

uint32_t front_minute(const struct front *f, int64_t ms)
{
	return ms > f->begins_at ? (uint32_t)((ms - f->begins_at) / MS_PER_MINUTE) : 0;
}

int front_hour(const struct front *f, int64_t ms)
{
	return (int)((ms - f->begins_at) % MS_PER_DAY / MS_PER_HOUR);
}

struct track *front_track(struct theatre *t, uint32_t person)
{
	CHECK(person < t->c->persons_n);
	if (t->persons[person].track == NO_TRACK) {
		CHECK(desk_room(&t->tracks, &t->tracks_cap, t->tracks_n, sizeof *t->tracks));
		t->tracks[t->tracks_n] = (struct track){.person = person, .room = NO_ROOM};
		t->persons[person].track = (uint32_t)t->tracks_n++;
	}
	return &t->tracks[t->persons[person].track];
}

bool front_sick(const struct theatre *t, uint32_t person, int64_t at)
{
	uint32_t n, i = epidemic_infection_of(t->ep, person), minute = front_minute(t->f, at);
	if (i == NO_INFECTION)
		return false;
	const struct infection *x = &epidemic_infections(t->ep, &n)[i];
	return !(x->flags & INFECTION_ASYMPTOMATIC) && x->onset_min <= minute && minute < x->onset_min + 7 * LIFE_DAY_MIN;
}

enum err_code front_begins_at(const struct scenario *s, int64_t *out_ms, struct err *e)
{
	int32_t day;
	if (!day_parse(str_of(s->start), &day))
		return err_set(e, ERR_BAD_VALUE, "start", "a day such as 2022-11-14 is expected");
	*out_ms = day_start(day);
	return OK;
}

int64_t front_area(const struct scenario *s)
{
	return s->counties_n == 1 ? s->county[0].code * 1000000 : s->county[0].code / 100 * 100000000;
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for the drill");
}

static void open_desks(struct theatre *t)
{
	for (size_t i = 0; front_roles[i]; i++) {
		struct door *d = &t->doors[i];
		*d = (struct door){.port = t->f->o.host.port, .ctx = t->f->o.host.ctx, .county = t->p->code};
		str_to_c(str_of(front_roles[i]), d->login, sizeof d->login);
		for (size_t a = 0; a < t->f->o.accounts_n; a++)
			if (strcmp(t->f->o.accounts[a].role, front_roles[i]) == 0)
				str_to_c(str_of(t->f->o.accounts[a].password), d->password, sizeof d->password);
		door_open(d);
	}
	for (size_t i = 0; staff_posts[i].name; i++) {
		struct desk *k = &t->desks[i];
		*k = (struct desk){.post = &staff_posts[i], .t = t, .teams_n = 1};
		for (size_t r = 0; front_roles[r]; r++)
			if (strcmp(front_roles[r], k->post->role) == 0)
				k->door = &t->doors[r];
		CHECK(k->door != NULL);
		if (k->post->teams) {
			int64_t n;
			memcpy(&n, (const char *)t->p + k->post->teams, sizeof n);
			k->teams_n = n < TEAMS_MAX ? (uint32_t)n : TEAMS_MAX;
		}
		buf_init(&k->text, 0);
	}
}

static void set_chances(struct theatre *t)
{
	const struct disease *d = epidemic_disease(t->ep);
	for (uint32_t n = 1; n <= TUBE_MAX; n++)
		for (uint32_t day = 0; day < DISEASE_PCR_DAYS; day++)
			t->pcr_q16[n][day] = (uint16_t)(disease_pcr_q16(d, day, n) > 65535 ? 65535 : disease_pcr_q16(d, day, n));
}

static enum err_code open_theatre(struct front *f, uint32_t i, struct err *e)
{
	struct theatre *t = &f->theatres[i];
	size_t posts_n = ARRAY_N(staff_posts), roles_n = ARRAY_N(front_roles);
	*t = (struct theatre){.f = f, .index = i, .p = &f->s->county[i], .zero_day = -1};
	uint64_t seed = f->seed + (i ? key_mix(i) : 0);
	struct epidemic_options o = {.seed = seed,
				     .first_day = f->first_day,
				     .imports = (uint32_t)(t->p->imports < t->p->persons ? t->p->imports : t->p->persons),
				     .import_day = (uint32_t)t->p->import_day,
				     .import_every_days = (uint32_t)t->p->import_every_days};
	keys_init(&t->keys, key_mix(seed) + 2);
	enum err_code rc = county_new(&t->c, (uint32_t)t->p->persons, seed, NULL, e);
	if (rc == OK)
		rc = epidemic_new(&t->ep, t->c, &f->disease, &o, e);
	if (rc != OK)
		return rc;
	t->persons = calloc(t->c->persons_n, sizeof *t->persons);
	t->cursor = calloc(t->c->villages_n, sizeof *t->cursor);
	t->open_tube = calloc(t->c->villages_n, sizeof *t->open_tube);
	t->machines = calloc((size_t)t->p->machines, sizeof *t->machines);
	t->zones = calloc(t->c->villages_n, sizeof *t->zones);
	t->free_rooms[0] = calloc((size_t)t->p->rooms + 1, sizeof(uint32_t));
	t->free_rooms[1] = calloc((size_t)t->p->case_rooms + 1, sizeof(uint32_t));
	t->desks = calloc(posts_n, sizeof *t->desks);
	t->doors = calloc(roles_n, sizeof *t->doors);
	t->away_by_day = calloc((size_t)f->s->days, sizeof *t->away_by_day);
	t->home_by_day = calloc((size_t)f->s->days, sizeof *t->home_by_day);
	if (!t->away_by_day || !t->home_by_day)
		return no_memory(e);
	if (!t->zones || !t->free_rooms[0] || !t->free_rooms[1])
		return no_memory(e);
	if (!t->persons || !t->cursor || !t->open_tube || !t->machines || !t->desks || !t->doors)
		return no_memory(e);
	t->doors_n = roles_n - 1;
	for (uint32_t p = 0; p < t->c->persons_n; p++) {
		t->persons[p].track = NO_TRACK;
		if (key_below(key_hash(&t->keys, FOR_REFUSAL, p, 0), 1000) < t->p->refuse)
			t->persons[p].flags = PERSON_REFUSES;
	}
	set_chances(t);
	open_desks(t);
	return OK;
}

static enum err_code open_front(struct front *f, struct err *e)
{
	enum err_code rc = front_begins_at(f->s, &f->begins_at, e);
	if (rc != OK)
		return rc;
	f->first_day = day_of(f->begins_at);
	f->killed_at = f->begins_at;
	rc = plan_disease(f->s, &f->disease, e);
	if (rc != OK)
		return rc;
	f->theatres = calloc(f->s->counties_n, sizeof *f->theatres);
	if (!f->theatres)
		return no_memory(e);
	for (uint32_t i = 0; rc == OK && i < f->s->counties_n; i++) {
		f->theatres_n = i + 1;
		rc = open_theatre(f, i, e);
	}
	return rc;
}

/* ---- running --------------------------------------------------------------------------------------------------------- */

static bool is_on(const struct desk *k, int64_t now)
{
	const struct front *f = k->t->f;
	int hour = front_hour(f, now);
	if (now < k->next_at || hour < k->post->from_h || hour >= k->post->until_h)
		return false;
	return !(f->o.host.by_hand && f->o.host.by_hand(f->o.host.ctx, k->post->name));
}

static enum err_code act(struct desk *k, int64_t now, struct err *e)
{
	int64_t every = 0;
	if (k->post->every)
		memcpy(&every, (const char *)k->t->p + k->post->every, sizeof every);
	k->now = now;
	if (!k->last_at)
		k->last_at = now;
	enum err_code rc = k->post->act(k, e);
	if (rc == OK)
		rc = desk_flush(k, e);
	k->last_at = now;
	/* looks stand on the clock, whatever the shift */
	if (every)
		k->next_at = k->t->f->begins_at + ((now - k->t->f->begins_at) / (every * MS_PER_MINUTE) + 1) * every * MS_PER_MINUTE;
	if (rc != OK)
		{
		err_under(e, ": ");
		err_under(e, k->post->name);
	}
	return rc;
}

static enum err_code step(struct front *f, struct err *e)
{
	enum err_code rc = OK;
	const struct front_host *h = &f->o.host;
	if (h->clock && !h->clock(h->ctx, f->now)) {
		f->stopped = true;
		return OK;
	}
	if (h->kill && f->s->faults.kill_every_h && f->now - f->killed_at >= f->s->faults.kill_every_h * MS_PER_HOUR) {
		f->killed_at = f->now;
		f->kills_n++;
		rc = h->kill(h->ctx, e);
	}
	for (size_t i = 0; rc == OK && i < f->theatres_n; i++) {
		if (!f->found && f->theatres[i].first_found_at) {
			f->found = true;
			if (h->found)
				h->found(h->ctx);
		}
		for (struct desk *k = f->theatres[i].desks; rc == OK && k->post; k++) {
			if (is_on(k, f->now))
				rc = act(k, f->now, e);
			else if (k->facts_n) /* kept while the line was down */
				rc = desk_flush(k, e);
		}
	}
	return rc;
}

static void count_held(struct theatre *t, uint32_t day)
{
	for (size_t i = 0; i < t->tracks_n; i++) {
		int held = epidemic_held(t->ep, t->tracks[i].person, day * LIFE_DAY_MIN + LIFE_DAY_MIN / 2);
		t->away_by_day[day] += held == HOLD_AWAY;
		t->home_by_day[day] += held == HOLD_HOME;
	}
}

static enum err_code midnight(struct front *f, uint32_t day, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < f->theatres_n; i++) {
		struct theatre *t = &f->theatres[i];
		rc = epidemic_step(t->ep, e);
		if (rc == OK && epidemic_days(t->ep)[day].infected)
			t->zero_day = day;
		count_held(t, day);
	}
	return rc;
}

/* True when nobody infects, no round runs and no duty is open. */
static bool is_over(struct front *f, uint32_t day)
{
	for (size_t i = 0; i < f->theatres_n; i++) {
		struct theatre *t = &f->theatres[i];
		const struct json *rows;
		int64_t open = 0;
		if (epidemic_days(t->ep)[day].active || t->p->import_every_days || (t->plan_on && !t->plan_over) || (int64_t)day <= t->p->import_day ||
		    (int64_t)day < t->p->silent_until_day)
			return false;
		if (door_rows(t->desks[0].door, "house/duty_counts", &rows, NULL) != OK)
			return false;
		JSON_EACH(r, rows)
			open += door_int(r, "open", 0);
		if (open)
			return false;
	}
	return true;
}

static enum err_code run_days(struct front *f, struct err *e)
{
	enum err_code rc = OK;
	int64_t tick = f->s->tick_min * MS_PER_MINUTE;
	uint32_t all = (uint32_t)f->s->days * LIFE_DAY_MIN;
	for (uint32_t day = 0; rc == OK && !f->stopped && !f->over && day < (uint32_t)f->s->days; day++) {
		/* what is reported at midnight happened on the day before: the epidemic has its day afterwards */
		for (int64_t in = tick; rc == OK && !f->stopped && in <= MS_PER_DAY; in += tick) {
			f->now = f->begins_at + day * MS_PER_DAY + in;
			rc = step(f, e);
			if (f->o.host.told)
				f->o.host.told(f->o.host.ctx, front_minute(f, f->now), all);
		}
		if (rc == OK && !f->stopped) {
			rc = midnight(f, day, e);
			f->days_run = day + 1;
			f->over = rc == OK && is_over(f, day);
		}
	}
	return rc;
}

enum err_code front_run(struct front **out, const struct front_options *o, struct err *e)
{
	struct front *f = calloc(1, sizeof *f);
	*out = f;
	if (!f)
		return no_memory(e);
	f->o = *o;
	f->s = o->scenario;
	f->seed = o->seed;
	enum err_code rc = open_front(f, e);
	f->now = f->begins_at - 6 * MS_PER_HOUR;
	if (rc == OK && o->host.clock && !o->host.clock(o->host.ctx, f->now))
		f->stopped = true;
	for (size_t i = 0; rc == OK && i < f->theatres_n; i++)
		rc = staff_load(&f->theatres[i], e);
	return rc == OK ? run_days(f, e) : rc;
}

static void close_theatre(struct theatre *t)
{
	for (size_t i = 0; t->doors && i < t->doors_n; i++)
		door_close(&t->doors[i]);
	for (struct desk *k = t->desks; k && k->post; k++) {
		buf_done(&k->text);
		free(k->facts);
	}
	for (int64_t m = 0; t->machines && m < t->p->machines; m++)
		free(t->machines[m].tubes);
	free(t->machines);
	free(t->zones);
	free(t->free_rooms[0]);
	free(t->free_rooms[1]);
	free(t->away_by_day);
	free(t->home_by_day);
	free(t->persons);
	free(t->tracks);
	free(t->tubes);
	free(t->boxes);
	free(t->cursor);
	free(t->open_tube);
	free(t->rounds);
	free(t->desks);
	free(t->doors);
	free(t->board);
	free(t->pairs.v);
	free(t->stays.v);
	free(t->known_places.v);
	epidemic_free(&t->ep);
	county_free(&t->c);
}

void front_free(struct front **f)
{
	if (!*f)
		return;
	for (size_t i = 0; i < (*f)->theatres_n; i++)
		close_theatre(&(*f)->theatres[i]);
	for (size_t i = 0; i < (*f)->kinds_n; i++)
		free((void *)(uintptr_t)(*f)->kinds[i].kind);
	free((*f)->kinds);
	free((*f)->theatres);
	free(*f);
	*f = NULL;
}

bool front_stopped(const struct front *f)
{
	return f->stopped;
}

const struct front_kind *front_kinds(const struct front *f, size_t *n)
{
	*n = f->kinds_n;
	return f->kinds;
}

uint64_t front_asked(const struct front *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->theatres_n; i++)
		for (size_t d = 0; d < f->theatres[i].doors_n; d++)
			n += f->theatres[i].doors[d].asked_n;
	return n;
}

uint64_t front_signed_in(const struct front *f)
{
	uint64_t n = 0;
	for (size_t i = 0; i < f->theatres_n; i++)
		for (size_t d = 0; d < f->theatres[i].doors_n; d++)
			n += f->theatres[i].doors[d].signed_in_n;
	return n;
}
