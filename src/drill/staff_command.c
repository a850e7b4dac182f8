/* SPDX-License-Identifier: Apache-2.0
 *
 * The command: what stands before the first day (register, outbreak, laboratory, sites), then rounds and closures.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "drill/staff.h"

#define LOAD_AT (-12 * MS_PER_HOUR) /* to the first midnight */
#define SEND_AT_ONCE 4000           /* facts of the register */

/* ---- the register --------------------------------------------------------------------------------------------------------- */

static struct desk *desk_of(struct theatre *t, const char *post)
{
	struct desk *k = t->desks;
	while (k->post && strcmp(k->post->name, post) != 0)
		k++;
	CHECK(k->post != NULL);
	return k;
}

/* Names of towns and villages are those of Jiang County; another county's are numbers. */
static const char *area_name(const struct theatre *t, const char *name, const char *kind, uint32_t n, char out[96])
{
	if (t->p->code == 140826)
		return name;
	snprintf(out, 96, "演练%s%u", kind, n + 1);
	return out;
}

static void tell_area(struct desk *k, int64_t code, const char *name, int64_t at)
{
	tell(k, "people.area_declared", k->t->p->code * 1000000, at, "'code':'%012lld','name':'%s','valid_from':'2020-01-01'", (long long)code, name);
}

static void tell_areas(struct desk *k, int64_t at)
{
	const struct theatre *t = k->t;
	char text[96];
	snprintf(text, sizeof text, "演练县%lld", (long long)t->p->code);
	tell_area(k, t->p->code * 1000000, t->p->code == 140826 ? "绛县（演练）" : text, at);
	for (uint32_t i = 0; i < t->c->towns_n; i++)
		if (t->c->towns[i].copy == 0)
			tell_area(k, t->p->code * 1000000 + t->c->towns[i].code % 1000000 / 1000 * 1000 + 0,
				  area_name(t, t->c->towns[i].name, "镇", i, text), at);
	for (uint32_t i = 0; i < t->c->villages_n; i++)
		if (t->c->villages[i].copy == 0)
			tell_area(k, front_village(t, i), area_name(t, t->c->villages[i].name, "村", i, text), at);
}

static void tell_tags(const struct theatre *t, uint32_t person, char out[160])
{
	static const struct {
		uint32_t need;
		const char *tag;
	} tags[] = {{NEED_INFANT, "infant"}, {NEED_PREGNANT, "pregnant"}, {NEED_DIALYSIS, "dialysis"}, {NEED_DISABLED, "disabled"},
		    {NEED_ALONE_OLD, "alone_old"}, {NEED_BEDRIDDEN, "bedridden"}, {NEED_CARE_HOME, "care_home"}};
	uint32_t needs = county_needs(t->c, person);
	size_t n = 0;
	out[0] = 0;
	for (size_t i = 0; i < ARRAY_N(tags); i++)
		if (needs & tags[i].need)
			n += (size_t)snprintf(out + n, 160 - n, "%s'%s'", n ? "," : ",'tags':[", tags[i].tag);
	if (n)
		snprintf(out + n, 160 - n, "]");
}

static void tell_person(struct desk *k, uint32_t person, uint32_t household, int64_t at)
{
	const struct theatre *t = k->t;
	char tags[160], name[64] = "演练人员";
	tell_tags(t, person, tags);
	if (t->f->s->people_named)
		snprintf(name, sizeof name, "演练人员%06u", person + 1);
	tell(k, "people.person_registered", front_area_of(t, person), at,
	     "'person':'%s','household':'%s','name':'%s','birth_year':%d,'sex':'%s','resident':true%s", front_name(t, N_PERSON, person),
	     front_name(t, N_HOUSEHOLD, household), name, 2022 - county_age(t->c, person), county_is_male(t->c, person) ? "male" : "female", tags);
}

static enum err_code tell_people(struct desk *k, int64_t at, struct err *e)
{
	const struct theatre *t = k->t;
	enum err_code rc = OK;
	for (uint32_t p = 0; rc == OK && p < t->c->persons_n;) {
		uint32_t n, first = county_household(t->c, p, &n);
		if (t->f->s->people_named)
			tell(k, "people.household_registered", front_area_of(t, p), at, "'household':'%s','building':'%u','unit':'1'",
			     front_name(t, N_HOUSEHOLD, first), (first - t->c->villages[t->c->village_of[p]].first) / 60 + 1);
		for (; p < first + n; p++)
			tell_person(k, p, first, at);
		if (k->facts_n >= SEND_AT_ONCE)
			rc = desk_flush(k, e);
	}
	return rc == OK ? desk_flush(k, e) : rc;
}

/* ---- what else stands before the first day ----------------------------------------------------------------------------------- */

static void tell_campaign(struct desk *k, uint32_t campaign, const char *name, const char *tags, uint32_t pool, int64_t at)
{
	const struct theatre *t = k->t;
	tell(k, "testing.campaign_declared", t->p->code * 1000000, at,
	     "'campaign':'%s','name':'%s','areas':['%012lld'],'pool_size':%u,'rounds_per_day':1%s", front_name(t, N_CAMPAIGN, campaign), name,
	     (long long)(t->p->code * 1000000), pool, tags);
}

static void tell_outbreak(struct desk *k, int64_t at)
{
	const struct theatre *t = k->t;
	const struct front *f = t->f;
	tell(k, "house.outbreak_declared", t->p->code * 1000000, at, "'outbreak':'%s','name':'演练 Exercise %s','disease':'%s','exercise':true",
	     front_name(t, N_OUTBREAK, 0), f->s->name, f->s->edition[0] == 'c' ? "covid19" : "exercise");
}

static void tell_edition(struct desk *k, int64_t at)
{
	const struct theatre *t = k->t;
	const struct front *f = t->f;
	char from[CALTIME_TEXT_N];
	caltime_format(f->begins_at - 30 * MS_PER_DAY, from);
	tell(k, "house.edition_adopted", t->p->code * 1000000, at + MS_PER_MINUTE, "'outbreak':'%s','edition':'%s','from_at':'%s'", front_name(t, N_OUTBREAK, 0),
	     f->s->edition, from);
}

static void tell_places(struct desk *k, int64_t at)
{
	const struct theatre *t = k->t;
	tell(k, "testing.laboratory_stated", t->p->code * 1000000, at, "'laboratory':'%s','name':'演练实验室 Exercise Laboratory','tubes_per_hour':%lld,'run_min':%lld",
	     front_name(t, N_LAB, 0), (long long)(t->p->machines * t->p->batch * 60 / t->p->run_min), (long long)t->p->run_min);
	/* single samples stand in a campaign that calls nobody: nobody has its tag */
	tell_campaign(k, 0, "演练单采 Exercise single samples", ",'tags':['single_sample_only']", 1, at);
	tell(k, "testing.round_opened", t->p->code * 1000000, at, "'campaign':'%s','round':1,'opens_at':%lld,'due_at':%lld", front_name(t, N_CAMPAIGN, 0),
	     (long long)at, (long long)(t->f->begins_at + t->f->s->days * MS_PER_DAY));
	for (uint32_t v = 0; v < t->c->villages_n; v++)
		tell(k, "testing.site_opened", front_village(t, v), at, "'site':'%s','name':'演练采样点%u Exercise Site','tables':%lld", front_name(t, N_SITE, v),
		     v + 1, (long long)(((int64_t)t->c->villages[v].n * t->p->tables + 9999) / 10000));
}

enum err_code staff_load(struct theatre *t, struct err *e)
{
	struct desk *register_ = desk_of(t, "doors"), *command = desk_of(t, "command");
	int64_t at = t->f->begins_at + LOAD_AT;
	register_->now = command->now = t->f->now;
	tell_areas(register_, at);
	enum err_code rc = tell_people(register_, at, e);
	if (rc != OK)
		return rc;
	tell_outbreak(command, at);
	rc = desk_flush(command, e);
	if (rc == OK) {
		tell_edition(command, at);
		rc = desk_flush(command, e);
	}
	if (rc == OK) {
		tell_places(command, at + 10 * MS_PER_MINUTE);
		house_tell_sites(command, at + 10 * MS_PER_MINUTE);
		rc = desk_flush(command, e);
	}
	if (rc == OK) {
		struct desk *house = desk_of(t, "house");
		house->now = t->f->now;
		house_tell_rooms(house, at + 20 * MS_PER_MINUTE);
		rc = desk_flush(house, e);
	}
	if (rc == OK) {
		struct desk *transport = desk_of(t, "transport");
		transport->now = t->f->now;
		transport_tell_vehicles(transport, at + 30 * MS_PER_MINUTE);
		rc = desk_flush(transport, e);
	}
	return rc;
}

/* ---- rounds and closures ------------------------------------------------------------------------------------------------------- */

static void close_down(struct theatre *t, int64_t day)
{
	bool silent = day >= t->p->plan_from_day && day < t->p->silent_until_day, on = t->plan_on && !t->plan_over;
	int64_t school = silent ? 100 : on ? t->p->cut_school : 0, work = silent ? 100 : on ? t->p->cut_work : 0;
	int64_t community = silent ? 100 : on ? t->p->cut_community : 0;
	epidemic_cut(t->ep, LAYER_SCHOOL, (uint32_t)(school * 65536 / 100));
	epidemic_cut(t->ep, LAYER_WORK, (uint32_t)(work * 65536 / 100));
	epidemic_cut(t->ep, LAYER_COMMUNITY, (uint32_t)(community * 65536 / 100));
}

/* A round is over when everybody is sampled or excused and every tube has its result. */
static bool is_finished(const struct theatre *t, const struct round *r)
{
	if (!r->done_at)
		return false;
	for (size_t i = t->tubes_n; i-- > 0;) {
		const struct tube *b = &t->tubes[i];
		if (b->campaign == r->number && b->stage < TUBE_REPORTED && b->n)
			return false;
		if (b->campaign && b->campaign < r->number)
			break;
	}
	return true;
}

static void open_round(struct desk *k)
{
	struct theatre *t = k->t;
	CHECK(desk_room(&t->rounds, &t->rounds_cap, t->rounds_n, sizeof *t->rounds));
	struct round *r = &t->rounds[t->rounds_n++];
	*r = (struct round){.number = (uint32_t)t->rounds_n, .opens_at = k->now, .due_at = k->now + t->p->round_hours * MS_PER_HOUR};
	memset(t->cursor, 0, t->c->villages_n * sizeof *t->cursor);
	memset(t->open_tube, 0xff, t->c->villages_n * sizeof *t->open_tube);
	tell(k, "testing.round_opened", t->p->code * 1000000, k->now, "'campaign':'%s','round':%u,'opens_at':%lld,'due_at':%lld",
	     front_name(t, N_CAMPAIGN, 1), r->number, (long long)r->opens_at, (long long)r->due_at);
}

/* Once an hour: does a round begin, do rounds end? */
static void plan_rounds(struct desk *k, int64_t day)
{
	struct theatre *t = k->t;
	struct round *last = t->rounds_n ? &t->rounds[t->rounds_n - 1] : NULL;
	int64_t found_day = (t->first_found_at - t->f->begins_at) / MS_PER_DAY, first = found_day + t->p->round_first_days;
	if (t->p->round_every_days == 0 || front_hour(t->f, k->now) != t->p->round_opens_h)
		return;
	if (first < t->p->plan_from_day)
		first = t->p->plan_from_day;
	int64_t next = last ? (last->opens_at - t->f->begins_at) / MS_PER_DAY + t->p->round_every_days : first;
	if (day < next || (last && !is_finished(t, last)))
		return;
	if (last && t->clean < t->rounds_n) { /* judged once, when the next one would begin */
		bool dirty = t->outside_at >= last->opens_at;
		last->positives = dirty;
		t->clean = 0;
		for (size_t i = t->rounds_n; i-- > 0 && t->outside_at < t->rounds[i].opens_at;)
			t->clean++;
	}
	t->plan_over = t->clean >= t->p->clean_rounds && day >= t->p->silent_until_day;
	if (!t->plan_over)
		open_round(k);
}

static void change_edition(struct desk *k, int64_t day)
{
	const struct theatre *t = k->t;
	const struct scenario *s = t->f->s;
	if (day != s->next_edition_day || !s->next_edition[0] || front_minute(t->f, k->now) % LIFE_DAY_MIN >= s->tick_min)
		return;
	tell(k, "house.edition_adopted", t->p->code * 1000000, k->now, "'outbreak':'%s','edition':'%s','from_at':%lld,'transition':'immediate'",
	     front_name(t, N_OUTBREAK, 0), s->next_edition, (long long)k->now);
}

enum err_code staff_command(struct desk *k, struct err *e)
{
	struct theatre *t = k->t;
	int64_t day = (k->now - t->f->begins_at) / MS_PER_DAY;
	change_edition(k, day);
	if (!t->plan_on && t->first_found_at && day >= t->p->plan_from_day) {
		t->plan_on = true;
		tell_campaign(k, 1, "演练全员筛查 Exercise screening", "", (uint32_t)t->p->pool, k->now);
		enum err_code rc = desk_flush(k, e);
		if (rc != OK)
			return rc;
	}
	if (t->plan_on)
		plan_rounds(k, day);
	if (t->plan_on && t->p->round_every_days == 0)
		t->plan_over = true;
	close_down(t, day);
	return OK;
}
