/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo.h"

#include <stdio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "ledger/keyring.h"

#define FACTS_MAX 4000
#define PERSONS_MAX 360
#define HOUSEHOLDS_N 104
#define VILLAGES_N 3
#define POOL 10
#define GROUP_MAX 500
#define CONTACTS_MAX 8
#define FLOORS_N 2
#define ROOMS_A_FLOOR 8

struct made {
	struct fact fact;
	size_t order; /* of making: keeps the sort stable */
};
struct demo_person {
	const char *id, *household;
	int64_t area;
	int village;
};
struct demo {
	struct arena arena;
	struct demo_clock *clock;
	struct dice dice;
	int64_t county, now;
	struct made facts[FACTS_MAX];
	size_t n;
	struct demo_person persons[PERSONS_MAX];
	size_t persons_n;
	const struct demo_person *contacts[CONTACTS_MAX]; /* of the case, those in place first told */
	size_t contacts_n;
	const struct demo_person *waits; /* a contact not in place yet */
	const char *isolation;
	const char *outbreak, *campaign, *case_, *laboratory, *community;
	const char *sites[VILLAGES_N];
	struct id outbreak_id;
};

static int64_t clock_now(void *ctx)
{
	return ((struct demo_clock *)ctx)->now;
}

static int64_t clock_mono(void *ctx)
{
	const struct sys *real = ((struct demo_clock *)ctx)->real;
	return real->mono_us(real->ctx);
}

static void clock_random(void *ctx, void *out, size_t n)
{
	const struct sys *real = ((struct demo_clock *)ctx)->real;
	real->random(real->ctx, out, n);
}

void demo_clock_init(struct demo_clock *c, const struct sys *real, int64_t end)
{
	*c = (struct demo_clock){.real = real, .now = end, .end = end};
	c->sys = (struct sys){.now_ms = clock_now, .mono_us = clock_mono, .random = clock_random, .ctx = c};
}

/* ---- making facts ----------------------------------------------------------------------------------------- */

static struct id seeded_id(struct demo *d, int64_t at)
{
	struct id id;
	uint64_t a = dice_u64(&d->dice), b = dice_u64(&d->dice);
	for (size_t i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(at >> (40 - 8 * i));
	memcpy(id.b + 6, &a, 2);
	memcpy(id.b + 8, &b, 8);
	id.b[6] = (uint8_t)((id.b[6] & 0x0F) | 0x70);
	id.b[8] = (uint8_t)((id.b[8] & 0x3F) | 0x80);
	return id;
}

static const char *new_id(struct demo *d)
{
	char *text = arena_alloc(&d->arena, ID_TEXT_N + 1);
	id_format(seeded_id(d, d->now - 30 * MS_PER_DAY), text);
	return text;
}

static const char *instant(struct demo *d, int64_t ms)
{
	char text[CALTIME_TEXT_N];
	caltime_format(ms, text);
	return arena_str(&d->arena, str_of(text)).p;
}

static const char *text_of(struct demo *d, const char *fmt, ...) PRINTF_LIKE(2, 3);
static const char *text_of(struct demo *d, const char *fmt, ...)
{
	char text[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return arena_str(&d->arena, str_of(text)).p;
}

/* One fact; then field and value by turns, ended by NULL. What is wrong here is a bug of this file. */
static void tell(struct demo *d, const char *kind, int64_t area, int64_t at, ...)
{
	struct err e = {0};
	CHECK(d->n < FACTS_MAX);
	struct made *m = &d->facts[d->n];
	m->order = d->n++;
	m->fact = (struct fact){.id = seeded_id(d, at), .kind = fact_kind_of(str_of(kind)), .area = area, .at = at, .recorded = at,
				.device = STR("exercise")};
	CHECK(m->fact.kind != NULL);
	if (m->fact.kind->outbreak)
		m->fact.outbreak = d->outbreak_id;
	m->fact.body = fact_body_new(&d->arena, m->fact.kind);
	va_list ap;
	va_start(ap, at);
	for (const char *name; (name = va_arg(ap, const char *));) {
		const struct field *f = fact_field(m->fact.kind, str_of(name));
		CHECK(f != NULL);
		CHECK(fact_set_text(&d->arena, f, str_of(va_arg(ap, const char *)), m->fact.body, &e) == OK);
	}
	va_end(ap);
}

/* ---- the village ------------------------------------------------------------------------------------------ */

static const char *const village_names[VILLAGES_N] = {"演练甲村 Exercise A", "演练乙村 Exercise B", "演练丙村 Exercise C"};

/* Where the map draws them: no village of that name lies there. */
static const char *const village_at[VILLAGES_N][2] = {{"111.545", "35.512"}, {"111.592", "35.498"}, {"111.566", "35.466"}};

static int64_t town_of(const struct demo *d)
{
	return d->county + 100000;
}

static int64_t village_of(const struct demo *d, int v)
{
	return town_of(d) + 200 + v;
}

static const char *code_of(struct demo *d, int64_t area)
{
	return text_of(d, "%012lld", (long long)area);
}

static void tell_areas(struct demo *d)
{
	int64_t at = d->now - 40 * MS_PER_DAY;
	tell(d, "people.area_declared", d->county, at, "code", code_of(d, d->county), "name", "演练县 Exercise County", "valid_from",
	     "2020-01-01", "lon", "111.58", "lat", "35.49", NULL);
	tell(d, "people.area_declared", d->county, at, "code", code_of(d, town_of(d)), "name", "演练镇 Exercise Town", "valid_from",
	     "2020-01-01", "lon", "111.57", "lat", "35.49", NULL);
	for (int v = 0; v < VILLAGES_N; v++)
		tell(d, "people.area_declared", d->county, at, "code", code_of(d, village_of(d, v)), "name", village_names[v], "valid_from",
		     "2020-01-01", "lon", village_at[v][0], "lat", village_at[v][1], NULL);
}

static void tell_person(struct demo *d, const char *household, int v, int nth_in_household)
{
	static const char *const tags[] = {"alone_old", "pregnant", "dialysis", "infant", "key_occupation"};
	int64_t at = d->now - 35 * MS_PER_DAY;
	size_t i = d->persons_n++;
	d->persons[i] = (struct demo_person){new_id(d), household, village_of(d, v), v};
	uint64_t year = nth_in_household < 2 ? 1940 + dice_below(&d->dice, 60) : 1990 + dice_below(&d->dice, 30);
	/* one pair with one document, so that there is a merge to decide on */
	bool has_document = i == 41 || i == 163;
	tell(d, "people.person_registered", d->persons[i].area, at, "person", d->persons[i].id, "household", household, "name",
	     text_of(d, "演练人员%03zu Exercise Person", i + 1), "birth_year", text_of(d, "%llu", (unsigned long long)year), "sex",
	     dice_below(&d->dice, 2) ? "male" : "female", "resident", dice_below(&d->dice, 12) ? "true" : "false", "tags",
	     dice_below(&d->dice, 14) ? "" : tags[dice_below(&d->dice, ARRAY_N(tags))], "document_type", has_document ? "other" : "",
	     "document_number", has_document ? "EXERCISE-0042" : "", NULL);
}

static void tell_people(struct demo *d)
{
	for (int h = 0; h < HOUSEHOLDS_N; h++) {
		int v = h * VILLAGES_N / HOUSEHOLDS_N;
		const char *household = new_id(d);
		tell(d, "people.household_registered", village_of(d, v), d->now - 36 * MS_PER_DAY, "household", household, "address",
		     text_of(d, "演练地址 %d 号", h + 1), "building", text_of(d, "%c-%d", 'A' + v, h / 8 + 1), NULL);
		int n = 1 + (int)dice_below(&d->dice, 5);
		for (int i = 0; i < n && d->persons_n < PERSONS_MAX; i++)
			tell_person(d, household, v, i);
	}
}

static void tell_house(struct demo *d)
{
	int64_t at = d->now - 3 * MS_PER_DAY;
	d->outbreak = new_id(d);
	CHECK(id_parse(str_of(d->outbreak), &d->outbreak_id));
	tell(d, "house.outbreak_declared", d->county, at, "outbreak", d->outbreak, "name", "演练 Exercise", "disease", "covid19", "exercise",
	     "true", NULL);
	tell(d, "house.edition_adopted", d->county, at + MS_PER_MINUTE, "outbreak", d->outbreak, "edition", "cn-covid19-9", "from_at",
	     instant(d, d->now - 40 * MS_PER_DAY), NULL);
	d->community = new_id(d);
	tell(d, "people.unit_registered", town_of(d), at, "unit", d->community, "name", "演练镇社区工作组 Exercise Community Team", "type",
	     "community", NULL);
	d->laboratory = new_id(d);
	tell(d, "testing.laboratory_stated", d->county, at + 2 * MS_PER_MINUTE, "laboratory", d->laboratory, "name",
	     "演练实验室 Exercise Laboratory", "tubes_per_hour", "40", "run_min", "90", NULL);
}

/* ---- the round -------------------------------------------------------------------------------------------- */

enum demo_stage { DEMO_OPEN, DEMO_CLOSED, DEMO_SENT, DEMO_RECEIVED, DEMO_PLATED, DEMO_REPORTED };

struct demo_tube {
	const char *id;
	enum demo_stage stage;
	int64_t area, closed_at;
	size_t swabs;
	bool positive, lost, miscounted;
};

static struct demo_tube tell_tube(struct demo *d, size_t nth, const struct demo_person *p, size_t n, enum demo_stage stage, int64_t at)
{
	struct demo_tube t = {.id = new_id(d), .stage = stage, .area = p->area, .swabs = n, .closed_at = at + 25 * MS_PER_MINUTE};
	tell(d, "testing.tube_opened", t.area, at, "tube", t.id, "code", text_of(d, "EX%04zu", nth + 1), "campaign", d->campaign, "round",
	     "1", "site", d->sites[p->village], "pool_size", text_of(d, "%d", POOL), NULL);
	for (size_t i = 0; i < n; i++)
		tell(d, "testing.swab_taken", t.area, at + (int64_t)(i + 1) * 2 * MS_PER_MINUTE, "person", p[i].id, "tube", t.id, "campaign",
		     d->campaign, "round", "1", NULL);
	return t;
}

static const char *join_tubes(struct demo *d, const struct demo_tube *tubes, size_t n)
{
	struct str list = STR("");
	for (size_t i = 0; i < n; i++)
		list = arena_printf(&d->arena, "%.*s%s%s", STR_ARG(list), i ? ";" : "", tubes[i].id);
	return list.p;
}

static void tell_box(struct demo *d, int nth, const struct demo_tube *tubes, size_t n, int64_t at)
{
	const char *box = new_id(d), *list = join_tubes(d, tubes, n), *plate = new_id(d);
	enum demo_stage stage = tubes[0].stage;
	tell(d, "testing.box_sent", town_of(d), at, "box", box, "code", text_of(d, "EXBOX%d", nth), "tubes", list, "laboratory", d->laboratory,
	     NULL);
	if (stage >= DEMO_RECEIVED)
		tell(d, "testing.box_received", d->county, at + 40 * MS_PER_MINUTE, "box", box, "laboratory", d->laboratory, "tubes_n",
		     text_of(d, "%zu", n), NULL);
	if (stage >= DEMO_PLATED)
		tell(d, "testing.plate_loaded", d->county, at + 55 * MS_PER_MINUTE, "plate", plate, "laboratory", d->laboratory, "tubes", list,
		     "controls_ok", "true", NULL);
	for (size_t i = 0; i < n && stage >= DEMO_REPORTED; i++)
		tell(d, "testing.result_reported", d->county, at + 150 * MS_PER_MINUTE, "tube", tubes[i].id, "laboratory", d->laboratory, "plate",
		     plate, "result", tubes[i].positive ? "positive" : "negative", "ct_n", tubes[i].positive ? "27.4" : "", "ct_orf",
		     tubes[i].positive ? "28.1" : "", NULL);
}

/* Tubes of the two villages that have been sampled, in order of time: the older, the further on their way. */
static void tell_tubes(struct demo *d)
{
	static const enum demo_stage last[] = {DEMO_REPORTED, DEMO_REPORTED, DEMO_PLATED, DEMO_RECEIVED, DEMO_SENT, DEMO_CLOSED, DEMO_OPEN};
	struct demo_tube tubes[64];
	size_t tubes_n = 0;
	int64_t start = d->now - 7 * MS_PER_HOUR;
	for (size_t i = 0; i + POOL <= d->persons_n && d->persons[i + POOL - 1].village < 2 && tubes_n < ARRAY_N(tubes); i += POOL) {
		size_t step = tubes_n / 3, stages = ARRAY_N(last);
		enum demo_stage stage = last[step < stages ? step : stages - 1];
		/* every fifth person or so did not come */
		size_t came = stage == DEMO_OPEN ? 4 : POOL - dice_below(&d->dice, 3);
		struct demo_tube t = tell_tube(d, tubes_n, &d->persons[i], came, stage, start + (int64_t)tubes_n * 15 * MS_PER_MINUTE);
		t.positive = tubes_n == 3;
		t.miscounted = tubes_n == 5;
		t.lost = tubes_n == 15;
		if (stage >= DEMO_CLOSED)
			tell(d, "testing.tube_closed", t.area, t.closed_at, "tube", t.id, "swabs_n",
			     text_of(d, "%zu", t.swabs + (t.miscounted ? 1 : 0)), NULL);
		if (t.lost)
			tell(d, "testing.tube_lost", t.area, t.closed_at + 5 * MS_PER_MINUTE, "tube", t.id, "reason", "broken", NULL);
		tubes[tubes_n++] = t;
	}
	for (size_t i = 0; i + 3 <= tubes_n && tubes[i + 2].stage >= DEMO_SENT; i += 3)
		tell_box(d, (int)(i / 3) + 1, &tubes[i], 3, tubes[i + 2].closed_at + 20 * MS_PER_MINUTE);
}

static void tell_round(struct demo *d)
{
	static const char *const excuses[] = {"away", "medical", "tested_elsewhere"};
	int64_t declared = d->now - 20 * MS_PER_HOUR, opens = d->now - 8 * MS_PER_HOUR;
	d->campaign = new_id(d);
	tell(d, "testing.campaign_declared", d->county, declared, "campaign", d->campaign, "name", "演练全员筛查 Exercise screening", "areas",
	     code_of(d, town_of(d)), "pool_size", text_of(d, "%d", POOL), "rounds_per_day", "1", NULL);
	tell(d, "testing.round_opened", d->county, declared + MS_PER_HOUR, "campaign", d->campaign, "round", "1", "opens_at",
	     instant(d, opens), "due_at", instant(d, d->now + 2 * MS_PER_HOUR), NULL);
	for (int v = 0; v < VILLAGES_N; v++) {
		d->sites[v] = new_id(d);
		tell(d, "testing.site_opened", village_of(d, v), opens, "site", d->sites[v], "name", text_of(d, "演练采样点%d Exercise Site", v + 1),
		     "tables", "2", "samplers", "4", "lon", village_at[v][0], "lat", village_at[v][1], NULL);
	}
	tell_tubes(d);
	for (size_t i = 0; i < ARRAY_N(excuses); i++) {
		const struct demo_person *p = &d->persons[d->persons_n - 1 - 7 * i];
		tell(d, "testing.person_excused", p->area, d->now - MS_PER_HOUR, "campaign", d->campaign, "round", "1", "person", p->id, "reason",
		     excuses[i], NULL);
	}
}

/* ---- the case because of which the town is tested --------------------------------------------------------- */

/* The first household of the last village with at least n members; its first person. */
static size_t household_of(const struct demo *d, size_t n)
{
	size_t i = 0;
	while (i + n < d->persons_n &&
	       (d->persons[i].village < VILLAGES_N - 1 || strcmp(d->persons[i].household, d->persons[i + n - 1].household) != 0))
		i++;
	return i;
}

static void tell_contact(struct demo *d, const char *case_, const struct demo_person *p, const char *setting, int64_t exposed, int64_t at,
			 bool secured)
{
	const char *link = new_id(d);
	tell(d, "tracing.contact_named", p->area, at, "link", link, "case", case_, "person", p->id, "setting", setting, "first_at",
	     instant(d, exposed), "last_at", instant(d, exposed + 20 * MS_PER_HOUR), "evidence",
	     strcmp(setting, "living_together") == 0 ? "household" : "interview", NULL);
	tell(d, "tracing.contact_classified", p->area, at + 40 * MS_PER_MINUTE, "person", p->id, "case", case_, "tier", "close_contact",
	     "first_exposure_at", instant(d, exposed), "last_exposure_at", instant(d, exposed + 20 * MS_PER_HOUR), "evidence", link, NULL);
	if (!secured) {
		d->waits = p;
		return;
	}
	CHECK(d->contacts_n < CONTACTS_MAX);
	d->contacts[d->contacts_n++] = p;
	tell(d, "tracing.contact_secured", p->area, at + 5 * MS_PER_HOUR, "person", p->id, "place", "central", NULL);
	tell(d, "tracing.health_checked", p->area, at + 16 * MS_PER_HOUR, "person", p->id, "temperature", "36.6", "half", "am", NULL);
}

static void tell_case(struct demo *d)
{
	size_t first = household_of(d, 3);
	const struct demo_person *p = &d->persons[first];
	const char *case_ = new_id(d), *market = new_id(d);
	d->case_ = case_;
	int64_t at = d->now - 30 * MS_PER_HOUR, exposed = d->now - 60 * MS_PER_HOUR;
	tell(d, "people.place_registered", p->area, d->now - 35 * MS_PER_DAY, "place", market, "name", "演练集市 Exercise Market", "type",
	     "market", "lon", "111.570", "lat", "35.470", NULL);
	tell(d, "tracing.case_opened", p->area, at, "case", case_, "person", p->id, "class", "confirmed", "found_by", "clinic", "onset_at",
	     instant(d, at - 20 * MS_PER_HOUR), "sampled_at", instant(d, at - 6 * MS_PER_HOUR), NULL);
	tell(d, "tracing.case_isolated", p->area, at + 90 * MS_PER_MINUTE, "case", case_, "place", "hospital", NULL);
	tell(d, "tracing.interview_recorded", p->area, at + 3 * MS_PER_HOUR, "case", case_, "complete", "false", NULL);
	for (size_t i = first + 1; i < d->persons_n && strcmp(d->persons[i].household, p->household) == 0; i++)
		tell_contact(d, case_, &d->persons[i], "living_together", exposed, at + 2 * MS_PER_HOUR, true);
	for (size_t i = 0; i < 2 && first > 40 * (i + 1); i++) /* two of other villages, one of them not yet fetched */
		tell_contact(d, case_, &d->persons[first - 40 * (i + 1)], "closed_room", exposed, at + 4 * MS_PER_HOUR, i == 0);
	for (size_t i = 0; i < 3 && first > 15 * i; i++)
		tell(d, "tracing.visit_recorded", p->area, at + 5 * MS_PER_HOUR, "visit", new_id(d), "person", d->persons[first - 15 * i].id,
		     "place", market, "from_at", instant(d, exposed + (int64_t)i * 20 * MS_PER_MINUTE), "until_at",
		     instant(d, exposed + MS_PER_HOUR + (int64_t)i * 10 * MS_PER_MINUTE), "source", "code_scan", NULL);
}

/* ---- the zone, the isolation site, two homes ------------------------------------------------------------------ */

/* Two floors of single rooms; the last of each floor takes a family. */
static void tell_rooms(struct demo *d, const char *site, int64_t at, const char *rooms[FLOORS_N * ROOMS_A_FLOOR])
{
	for (int f = 0; f < FLOORS_N; f++)
		for (int i = 0; i < ROOMS_A_FLOOR; i++) {
			bool family = i == ROOMS_A_FLOOR - 1;
			const char *room = rooms[f * ROOMS_A_FLOOR + i] = new_id(d);
			tell(d, "isolation.room_registered", town_of(d), at, "room", room, "site", site, "floor", text_of(d, "%d", f + 2), "number",
			     text_of(d, "%d%02d", f + 2, i + 1), "position", text_of(d, "%d", i / 2 + 1), "side", i % 2 ? "right" : "left", "beds",
			     family ? "3" : "1", "family", family ? "true" : "false", "window", "true", "own_toilet", "true", NULL);
		}
}

static void tell_site(struct demo *d)
{
	const char *site = d->isolation = new_id(d), *rooms[FLOORS_N * ROOMS_A_FLOOR];
	int64_t at = d->now - 40 * MS_PER_HOUR;
	tell(d, "isolation.site_opened", town_of(d), at, "site", site, "name", "演练隔离点 Exercise Isolation", "kind", "contacts", "zones_ok",
	     "true", NULL);
	tell_rooms(d, site, at + MS_PER_HOUR, rooms);
	for (size_t i = 0; i < d->contacts_n; i++)
		tell(d, "isolation.admitted", town_of(d), d->now - (20 - (int64_t)i) * MS_PER_HOUR, "person", d->contacts[i]->id, "room", rooms[i],
		     "class", "close_contact", NULL);
	/* one who went to hospital in the night: the room waits for disinfection */
	const struct demo_person *gone = &d->persons[d->persons_n - 5];
	tell(d, "isolation.admitted", town_of(d), d->now - 18 * MS_PER_HOUR, "person", gone->id, "room", rooms[ROOMS_A_FLOOR], "class",
	     "traveller", NULL);
	tell(d, "isolation.left", town_of(d), d->now - 6 * MS_PER_HOUR, "person", gone->id, "reason", "hospital", NULL);
}

/* Three vehicles; the contact who is not in place yet waits for one since yesterday. */
static void tell_vehicles(struct demo *d)
{
	static const char *const label[] = {"演练车1 Exercise car 1", "演练救护车 Exercise ambulance", "演练大巴 Exercise coach"},
				 *const kind[] = {"car", "ambulance", "coach"}, *const seats[] = {"5", "4", "30"};
	for (size_t i = 0; i < ARRAY_N(label); i++)
		tell(d, "transfer.vehicle_registered", town_of(d), d->now - 40 * MS_PER_HOUR, "vehicle", new_id(d), "label", label[i], "kind", kind[i],
		     "seats", seats[i], "stretcher", i == 1 ? "true" : "false", NULL);
	const char *transfer = new_id(d);
	int64_t at = d->now - 3 * MS_PER_HOUR;
	tell(d, "transfer.requested", d->waits->area, at, "transfer", transfer, "person", d->waits->id, "class", "close_contact", "kind", "site",
	     "site", d->isolation, NULL);
	tell(d, "transfer.reviewed", d->waits->area, at + 20 * MS_PER_MINUTE, "transfer", transfer, "accepted", "true", NULL);
}

static void tell_zone(struct demo *d)
{
	const char *zone = new_id(d);
	int64_t at = d->now - 22 * MS_PER_HOUR, area = village_of(d, VILLAGES_N - 1);
	tell(d, "zones.zone_declared", area, at, "zone", zone, "name", "演练丙村高风险区 Exercise C high-risk zone", "class", "high", "areas",
	     code_of(d, area), "decided_by", "prefecture", "basis", "演练：第九版方案 Exercise: edition 9", "reason", "病例居住地 the case lives there",
	     "cases", d->case_, NULL);
	tell(d, "zones.notice_published", area, at + 30 * MS_PER_MINUTE, "zone", zone, "channel", "村广播 loudspeaker", NULL);
}

/* Two who stay at home by a signed order: one cared for, one whose order ends today and who asks for help. */
static void tell_homes(struct demo *d)
{
	for (int i = 0; i < 2; i++) {
		const struct demo_person *p = &d->persons[30 + 7 * i];
		const char *order = new_id(d);
		int64_t at = d->now - (i ? 60 : 24) * MS_PER_HOUR, end = i ? d->now + 6 * MS_PER_HOUR : at + 7 * MS_PER_DAY;
		tell(d, "orders.order_signed", p->area, at, "order", order, "person", p->id, "class", "home", "start_at", instant(d, at), "end_at",
		     instant(d, end), "basis", "演练：第九版方案 Exercise: edition 9", "clause", "cn-covid19-9", "reason",
		     "旅居史 came from a high-risk area", NULL);
		tell(d, "homecare.home_assessed", p->area, at + MS_PER_HOUR, "person", p->id, "lives_alone", "false", "own_room", "true", "own_toilet",
		     "true", "ventilated", "true", NULL);
		tell(d, "homecare.home_entered", p->area, at + 2 * MS_PER_HOUR, "person", p->id, NULL);
		if (i == 0)
			continue;
		tell(d, "orders.appeal_made", p->area, d->now - 5 * MS_PER_HOUR, "appeal", new_id(d), "person", p->id, "order", order, "channel",
		     "phone", NULL);
		tell(d, "orders.help_asked", p->area, d->now - 2 * MS_PER_HOUR, "help", new_id(d), "person", p->id, "kind", "medicine", "channel",
		     "phone", NULL);
	}
}

/* ---- users ------------------------------------------------------------------------------------------------ */

static const struct {
	const char *login, *name, *role;
	bool county; /* else the town */
} demo_users[] = {
	{"officer", "演练负责人 Exercise Officer", "officer", true},  {"tracer", "演练流调员 Exercise Tracer", "tracer", true},
	{"sampler", "演练采样员 Exercise Sampler", "sampler", false}, {"courier", "演练转运员 Exercise Courier", "courier", true},
	{"lab", "演练实验室 Exercise Laboratory", "laboratory", true}, {"community", "演练社区 Exercise Community", "community", false},
	{"admin", "演练系统管理员 Exercise Administrator", "system_admin", true}, {"auditor", "演练审计员 Exercise Auditor", "auditor", true},
};

static enum err_code set_users(struct demo *d, struct ledger *l, struct demo_report *out, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(demo_users); i++) {
		struct id user;
		const char *id = new_id(d);
		CHECK(id_parse(str_of(id), &user));
		tell(d, "people.user_registered", demo_users[i].county ? d->county : town_of(d), d->now - 3 * MS_PER_DAY, "user", id, "login",
		     demo_users[i].login, "display_name", demo_users[i].name, "roles", demo_users[i].role, "unit",
		     strcmp(demo_users[i].role, "community") == 0 ? d->community : "", NULL);
		struct demo_user *u = &out->users[out->users_n++];
		u->login = demo_users[i].login;
		u->role = demo_users[i].role;
		password_make(&d->clock->sys, u->password);
		rc = keyring_password_set(ledger_keyring(l), user, str_of(u->password), e);
	}
	return rc;
}

/* ---- appending -------------------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	const struct made *x = a, *y = b;
	if (x->fact.at != y->fact.at)
		return x->fact.at < y->fact.at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static enum err_code append_group(struct demo *d, struct ledger *l, size_t from, size_t n, struct err *e)
{
	static struct fact facts[GROUP_MAX];
	static struct verdict verdicts[GROUP_MAX];
	struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
	memset(verdicts, 0, sizeof verdicts);
	for (size_t i = 0; i < n; i++)
		facts[i] = d->facts[from + i].fact;
	d->clock->now = facts[n - 1].at;
	enum err_code rc = ledger_append(l, &sub, 1, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		if (verdicts[i].code != OK) {
			*e = verdicts[i].err;
			err_under(e, facts[i].kind->name);
			rc = verdicts[i].code;
		}
	return rc;
}

static enum err_code append_all(struct demo *d, struct ledger *l, struct err *e)
{
	qsort(d->facts, d->n, sizeof *d->facts, by_time);
	enum err_code rc = OK;
	for (size_t from = 0; rc == OK && from < d->n;) {
		size_t n = 1;
		while (from + n < d->n && n < GROUP_MAX && d->facts[from + n].fact.at - d->facts[from].fact.at < 10 * MS_PER_MINUTE)
			n++;
		rc = append_group(d, l, from, n, e);
		from += n;
	}
	d->clock->now = d->clock->end;
	return rc;
}

enum err_code demo_fill(struct ledger *l, struct demo_clock *clock, int64_t county, uint64_t seed, struct demo_report *out,
			struct err *e)
{
	struct demo *d = calloc(1, sizeof *d);
	if (!d)
		return err_set(e, ERR_MEMORY, "", "no memory");
	arena_init(&d->arena, 0);
	dice_init(&d->dice, seed);
	d->clock = clock;
	d->now = clock->end;
	d->county = county / 1000000 * 1000000;
	if (d->county % 100000000 == 0)
		d->county += 1000000;
	struct demo_report report = {0};
	tell_areas(d);
	tell_people(d);
	tell_house(d);
	tell_case(d);
	tell_site(d);
	tell_vehicles(d);
	tell_zone(d);
	tell_homes(d);
	tell_round(d);
	enum err_code rc = set_users(d, l, &report, e);
	if (rc == OK)
		rc = append_all(d, l, e);
	report.facts_n = d->n;
	if (rc == OK)
		*out = report;
	arena_done(&d->arena);
	free(d);
	return rc;
}
