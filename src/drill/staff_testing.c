/* SPDX-License-Identifier: Apache-2.0
 *
 * Who takes swabs: sampling sites, teams at the doors, teams for single samples, the clinic.
 */
#include <stdlib.h>
#include <string.h>

#include "drill/staff.h"

/* ---- tubes --------------------------------------------------------------------------------------------------------- */

static const char *campaign_of(const struct theatre *t, uint16_t campaign)
{
	return front_name(t, N_CAMPAIGN, campaign ? 1 : 0);
}

static unsigned round_of(uint16_t campaign)
{
	return campaign ? campaign : 1;
}

uint32_t tube_open(struct desk *k, uint32_t village, uint16_t campaign, uint8_t max, int64_t at)
{
	struct theatre *t = k->t;
	CHECK(desk_room(&t->tubes, &t->tubes_cap, t->tubes_n, sizeof *t->tubes));
	uint32_t n = (uint32_t)t->tubes_n++;
	t->tubes[n] = (struct tube){.village = village, .campaign = campaign, .max = max};
	tell(k, "testing.tube_opened", front_village(t, village), at,
	     "'tube':'%s','code':'EX%07u','campaign':'%s','round':%u,'site':'%s','pool_size':%u", front_name(t, N_TUBE, n), n,
	     campaign_of(t, campaign), round_of(campaign), front_name(t, N_SITE, village), max);
	return n;
}

/* What the disease decides: the same luck for the tube and for the single swab of that day (response.c). */
static bool is_positive(struct theatre *t, uint32_t person, uint32_t pool, int64_t at)
{
	uint32_t n, i = epidemic_infection_of(t->ep, person), minute = front_minute(t->f, at);
	if (i == NO_INFECTION)
		return false;
	const struct infection *x = &epidemic_infections(t->ep, &n)[i];
	uint32_t day = minute > x->at_min ? (minute - x->at_min) / LIFE_DAY_MIN : 0;
	uint32_t luck = (uint32_t)(key_hash(&t->keys, FOR_SWAB, person, minute / LIFE_DAY_MIN) >> 48);
	return luck < t->pcr_q16[pool][day < DISEASE_PCR_DAYS ? day : DISEASE_PCR_DAYS];
}

void tube_swab(struct desk *k, uint32_t tube, uint32_t person, int64_t at)
{
	struct theatre *t = k->t;
	struct tube *b = &t->tubes[tube];
	CHECK(b->n < b->max && b->stage == TUBE_OPEN);
	if (b->n == 0)
		b->first_at = at;
	b->person[b->n++] = person;
	t->swabs_n++;
	tell(k, "testing.swab_taken", front_village(t, b->village), at, "'person':'%s','tube':'%s','campaign':'%s','round':%u",
	     front_name(t, N_PERSON, person), front_name(t, N_TUBE, tube), campaign_of(t, b->campaign), round_of(b->campaign));
	if (is_positive(t, person, 1, at)) {
		struct track *x = front_track(t, person);
		if (!x->positive_at)
			x->positive_at = at;
	}
}

void tube_close(struct desk *k, uint32_t tube, int64_t at)
{
	struct theatre *t = k->t;
	struct tube *b = &t->tubes[tube];
	bool wrong = key_below(key_hash(&t->keys, FOR_LOSS, tube, 2), 10000) < t->p->miscounted;
	b->stage = TUBE_CLOSED;
	b->closed_at = at;
	for (uint32_t i = 0; i < b->n; i++)
		b->positive |= is_positive(t, b->person[i], b->n, b->first_at);
	tell(k, "testing.tube_closed", front_village(t, b->village), at, "'tube':'%s','swabs_n':%d", front_name(t, N_TUBE, tube),
	     b->n + (wrong && b->n > 1 ? 1 : 0));
}

void tube_single(struct desk *k, uint32_t person, int64_t at)
{
	uint32_t tube = tube_open(k, k->t->c->village_of[person], 0, 1, at - MS_PER_MINUTE);
	tube_swab(k, tube, person, at);
	tube_close(k, tube, at);
	k->t->singles_n++;
}

/* ---- sampling sites --------------------------------------------------------------------------------------------------- */

/* Under observation, a case, or kept at home: nobody who walks to a site. */
static bool is_held(const struct theatre *t, uint32_t person)
{
	return t->persons[person].flags & (PERSON_KEPT | PERSON_HELD | PERSON_CASE);
}

static bool comes(const struct theatre *t, uint32_t person, uint32_t round)
{
	if (is_held(t, person) || (t->persons[person].flags & PERSON_REFUSES))
		return false;
	return key_below(key_hash(&t->keys, FOR_COMING, person, round), 100) < t->p->reach;
}

static void close_open(struct desk *k, uint32_t village, int64_t at)
{
	uint32_t *open = &k->t->open_tube[village];
	if (*open != NO_TUBE)
		tube_close(k, *open, at);
	*open = NO_TUBE;
}

/* The queue of one village from one look to the next. */
static void serve_village(struct desk *k, struct round *r, uint32_t village)
{
	struct theatre *t = k->t;
	const struct village *v = &t->c->villages[village];
	int64_t tables = ((int64_t)v->n * t->p->tables + 9999) / 10000, step_ms = MS_PER_HOUR / (t->p->swabs_per_hour * tables);
	int64_t at = k->last_at > r->opens_at ? k->last_at : r->opens_at;
	while (t->cursor[village] < v->n && at + step_ms <= k->now) {
		uint32_t person = v->first + t->cursor[village]++;
		if (!comes(t, person, r->number)) {
			r->missing_n++;
			continue;
		}
		at += step_ms;
		uint32_t *open = &t->open_tube[village];
		if (*open == NO_TUBE)
			*open = tube_open(k, village, (uint16_t)r->number, (uint8_t)t->p->pool, at - 1000);
		tube_swab(k, *open, person, at);
		if (t->tubes[*open].n == t->p->pool)
			close_open(k, village, at);
	}
	if (t->cursor[village] == v->n)
		close_open(k, village, at);
}

enum err_code staff_sites(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	struct round *r = t->rounds_n ? &t->rounds[t->rounds_n - 1] : NULL;
	(void)e;
	if (!r || r->swept || k->now <= r->opens_at)
		return OK;
	bool done = true;
	for (uint32_t v = 0; v < t->c->villages_n; v++) {
		serve_village(k, r, v);
		done &= t->cursor[v] == t->c->villages[v].n;
	}
	r->swept = done;
	return OK;
}

/* ---- at the doors ------------------------------------------------------------------------------------------------------ */

static void excuse(struct desk *k, const struct round *r, uint32_t person, int why, int64_t at)
{
	static const char *const reasons[] = {"refused", "away", "isolated"};
	k->t->excused_n[why]++;
	tell(k, "testing.person_excused", front_area_of(k->t, person), at, "'campaign':'%s','round':%u,'person':'%s','reason':'%s'",
	     front_name(k->t, N_CAMPAIGN, 1), r->number, front_name(k->t, N_PERSON, person), reasons[why]);
}

/* One who did not come. False: no team has time before now. */
static bool visit(struct desk *k, const struct round *r, uint32_t person, uint32_t tube_of_team[TEAMS_MAX])
{
	struct theatre *t = k->t;
	uint32_t team;
	if (is_held(t, person)) { /* known from the list of those under observation */
		excuse(k, r, person, 2, k->now);
		return true;
	}
	int64_t at = desk_take(k, r->opens_at, t->p->door_min, &team);
	if (!at)
		return false;
	if (t->persons[person].flags & PERSON_REFUSES) {
		excuse(k, r, person, 0, at);
		return true;
	}
	if (key_below(key_hash(&t->keys, FOR_AWAY, person, r->number), 100) < t->p->away) {
		excuse(k, r, person, 1, at);
		return true;
	}
	uint32_t *open = &tube_of_team[team];
	if (*open != NO_TUBE && t->tubes[*open].village != t->c->village_of[person]) {
		tube_close(k, *open, at - MS_PER_MINUTE);
		*open = NO_TUBE;
	}
	if (*open == NO_TUBE)
		*open = tube_open(k, t->c->village_of[person], (uint16_t)r->number, (uint8_t)t->p->pool, at - 1000);
	tube_swab(k, *open, person, at);
	t->door_swabs_n++;
	if (t->tubes[*open].n == t->tubes[*open].max) {
		tube_close(k, *open, at);
		*open = NO_TUBE;
	}
	return true;
}

enum err_code staff_doors(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	struct round *r = t->rounds_n ? &t->rounds[t->rounds_n - 1] : NULL;
	uint32_t tube_of_team[TEAMS_MAX], waiting = 0;
	const struct json *rows;
	if (!r || !r->swept || r->done_at || !desk_news(k))
		return OK;
	memset(tube_of_team, 0xff, sizeof tube_of_team);
	enum err_code rc = desk_rows(k, &rows, e, "testing/missing?campaign=%s&round=%u&unexcused=1&limit=10000", front_name(t, N_CAMPAIGN, 1),
				     r->number);
	if (rc != OK)
		return rc;
	size_t n;
	uint32_t *persons = desk_numbers(k, rows, "person", N_PERSON, &n);
	if (!persons)
		return err_set(e, ERR_MEMORY, "", "no memory for the list");
	for (size_t i = 0; i < n && !waiting; i++)
		if (!visit(k, r, persons[i], tube_of_team))
			waiting = (uint32_t)(n - i);
	free(persons);
	for (uint32_t i = 0; i < k->teams_n; i++)
		if (tube_of_team[i] != NO_TUBE)
			tube_close(k, tube_of_team[i], k->now);
	if (waiting > k->queue_most)
		k->queue_most = waiting;
	if (rows->n == 0)
		r->done_at = k->now;
	return OK;
}

/* ---- single samples ------------------------------------------------------------------------------------------------------ */

struct single {
	uint32_t person;
	int64_t known_at;
};

/* Those whom a list of duties names, and whose time it is. */
static enum err_code swab_listed(struct desk *k, const char *duty, struct err *e)
{
	struct theatre *t = k->t;
	const struct json *rows;
	uint32_t waiting = 0;
	enum err_code rc = desk_duties(k, duty, &rows, e);
	if (rc != OK || !rows)
		return rc;
	JSON_EACH(row, rows) {
		uint32_t person;
		int64_t from = door_time(row, "from_at"), due = door_time(row, "due_at");
		bool day_of_plan = strcmp(duty, "tracing.test") == 0;
		/* the others of a household stand in the part */
		const char *who = strcmp(duty, "homecare.household_test") == 0 ? "part_id" : "subject";
		if (!front_number(t, door_text(row, who), N_PERSON, &person) || from > k->now || (day_of_plan && due <= k->now))
			continue;
		struct track *x = front_track(t, person);
		if (x->single_wait && k->now - x->single_swab_at < 2 * MS_PER_HOUR)
			continue; /* one swab answers every list that names the person */
		int64_t at = desk_take(k, from, t->p->single_min, NULL);
		if (!at || (day_of_plan && at >= due)) {
			waiting++;
			desk_left(k, duty);
			continue;
		}
		if (at <= from)
			at = from + MS_PER_MINUTE;
		x->single_wait = true;
		x->single_swab_at = at;
		tube_single(k, person, at);
	}
	if (waiting > k->queue_most)
		k->queue_most = waiting;
	return OK;
}

enum err_code staff_singles(struct desk *k, struct err *e)
{
	if (!desk_news(k))
		return OK;
	enum err_code rc = swab_listed(k, "testing.retest", e);
	if (rc == OK)
		rc = swab_listed(k, "testing.resample", e);
	if (rc == OK)
		rc = swab_listed(k, "homecare.household_test", e);
	return rc == OK ? swab_listed(k, "tracing.test", e) : rc;
}

/* ---- the clinic ------------------------------------------------------------------------------------------------------------ */

static void see(struct desk *k, uint32_t person)
{
	struct track *x = front_track(k->t, person);
	if (x->ill_seen_at || is_held(k->t, person))
		return;
	x->ill_seen_at = k->now;
	x->single_wait = true;
	x->single_swab_at = k->now;
	tube_single(k, person, k->now - 5 * MS_PER_MINUTE);
}

/* Once a day: who is ill and comes, with this disease or another. */
enum err_code staff_clinic(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	uint32_t n, day = front_minute(t->f, k->now) / LIFE_DAY_MIN;
	(void)e;
	const struct infection *all = epidemic_infections(t->ep, &n);
	for (uint32_t i = 0; i < n; i++) {
		const struct infection *x = &all[i];
		bool ill = !(x->flags & INFECTION_ASYMPTOMATIC) && x->onset_min / LIFE_DAY_MIN + (uint32_t)t->p->care_days == day;
		if (ill && key_below(key_hash(&t->keys, FOR_CARE, x->person, 0), 100) < t->p->care)
			see(k, x->person);
	}
	uint32_t others = (uint32_t)((uint64_t)t->c->persons_n * (uint64_t)t->p->background / 10000);
	for (uint32_t i = 0; i < others; i++)
		see(k, key_below(key_hash(&t->keys, FOR_OTHER_ILLNESS, i, day), t->c->persons_n));
	k->next_at = k->now + 20 * MS_PER_HOUR; /* the next morning */
	return OK;
}
