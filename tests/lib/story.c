/* SPDX-License-Identifier: Apache-2.0 */
#include "story.h"

#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "core/caltime.h"
#include "ledger/duty.h"

#define POOL 4 /* entities of one kind */

static int64_t pick_area(struct dice *d)
{
	static const int64_t areas[] = {VILLAGE_A, VILLAGE_A, VILLAGE_B, TOWN};
	return areas[dice_below(d, ARRAY_N(areas))];
}

/* A few instants, so that many are equal. */
static int64_t pick_time(struct dice *d)
{
	return NOW - HOURS(36) + MINUTES(15) * (int64_t)dice_below(d, 120);
}

static bool chance(struct dice *d, unsigned percent)
{
	return dice_below(d, 100) < percent;
}

static void append(struct story *s, struct str text, bool admin)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 256;
		struct story_fact *p = realloc(s->f, cap * sizeof *p);
		assert_non_null(p);
		s->f = p;
		s->cap = cap;
	}
	s->f[s->n++] = (struct story_fact){text, admin};
}

/* ---- drawn from the descriptors ------------------------------------------------------------------------------ */

static void put_words(struct buf *b, struct dice *d, const struct field *f)
{
	static const char *const words[] = {"alpha", "beta", "乙", "丙 丁", "tab\tand \"quote\"", "é"};
	size_t least = f->max ? (size_t)f->min : 1, most = f->max ? (size_t)f->max : 200;
	struct buf t;
	buf_init(&t, 0);
	buf_add_c(&t, words[dice_below(d, ARRAY_N(words))]);
	while (str_chars(buf_str(&t)) < least)
		buf_add_c(&t, "字");
	while (str_chars(buf_str(&t)) > most)
		t.n = most; /* only plain letters are that short */
	if (!str_is_utf8(buf_str(&t))) {
		buf_reset(&t);
		for (size_t i = 0; i < least; i++)
			buf_add_byte(&t, 'a');
	}
	json_str(b, buf_str(&t));
	buf_done(&t);
}

static void put_id(struct buf *b, struct dice *d, const struct field *f)
{
	json_c(b, world_name(f->entity ? f->entity : "person", 1 + (int)dice_below(d, POOL)));
}

static void put_number(struct buf *b, struct dice *d, const struct field *f)
{
	int64_t least = f->min, most = f->max || f->min ? f->max : INT32_MAX;
	uint64_t span = (uint64_t)(most - least) + 1;
	if (chance(d, 3))
		json_i64(b, chance(d, 50) ? most : least);
	else
		json_i64(b, least + (int64_t)dice_below(d, span < 4 ? span : 4));
}

static void put_time(struct buf *b, struct dice *d)
{
	char text[CALTIME_TEXT_N];
	int64_t at = pick_time(d);
	if (chance(d, 70)) {
		json_i64(b, at);
		return;
	}
	caltime_format(at, text);
	json_c(b, text);
}

static void put_area(struct buf *b, struct dice *d)
{
	char text[16];
	snprintf(text, sizeof text, "%012lld", (long long)pick_area(d));
	json_c(b, text);
}

static void put_day(struct buf *b, struct dice *d)
{
	char text[DAY_TEXT_N];
	day_format(day_of(NOW) - (int32_t)dice_below(d, 4), text);
	json_c(b, text);
}

static void put_value(struct buf *b, struct dice *d, const struct field *f)
{
	struct field one = *f;
	size_t words_n = 0;
	switch (f->type) {
	case F_INT:
		put_number(b, d, f);
		break;
	case F_REAL:
		json_f64(b, (double)f->min + (double)(f->max - f->min) * (double)dice_below(d, 9) / 8);
		break;
	case F_BOOL:
		json_bool(b, chance(d, 50));
		break;
	case F_WORD:
		while (f->words[words_n])
			words_n++;
		json_c(b, f->words[dice_below(d, words_n)]);
		break;
	case F_TEXT:
		put_words(b, d, f);
		break;
	case F_TIME:
		put_time(b, d);
		break;
	case F_DAY:
		put_day(b, d);
		break;
	case F_AREA:
		put_area(b, d);
		break;
	case F_ID:
		put_id(b, d, f);
		break;
	case F_IDS:
	case F_AREAS:
	case F_TEXTS:
		one.type = f->type == F_IDS ? F_ID : f->type == F_AREAS ? F_AREA : F_TEXT;
		json_open(b, '[');
		for (uint64_t i = 1 + dice_below(d, 3); i > 0; i--)
			put_value(b, d, &one);
		json_close(b, ']');
		break;
	}
}

static void put_waiver(struct buf *b, struct dice *d)
{
	const struct duty_kind *k;
	size_t n = 0;
	while (duty_kind_at(n))
		n++;
	k = duty_kind_at(dice_below(d, n));
	static const char *const subjects[] = {"person", "tube", "box"};
	json_key(b, "duty");
	json_c(b, k->name);
	json_key(b, "subject");
	json_c(b, world_name(subjects[chance(d, 70) ? 0 : dice_below(d, 3)], 1 + (int)dice_below(d, POOL)));
	if (k->part_is_entity) {
		json_key(b, "part_id");
		json_c(b, world_name(strcmp(k->name, "people.merge") == 0 ? "person" : "tube", 1 + (int)dice_below(d, POOL)));
	}
	json_key(b, "reason");
	json_c(b, "not needed");
}

/* The fields of zones that a closed list or another rule limits; true when the field is dealt with. */
static bool put_zone_field(struct buf *b, struct dice *d, const struct field *f)
{
	static const char *const classes[] = {"high", "high", "high", "medium", "low"};
	static const char *const lower[] = {"medium", "low", "none"};
	if (strcmp(f->name, "class") == 0 && f->type == F_TEXT) {
		json_key(b, "class");
		json_c(b, classes[dice_below(d, ARRAY_N(classes))]);
	} else if (strcmp(f->name, "to") == 0 && f->type == F_TEXT) {
		json_key(b, "to");
		json_c(b, lower[dice_below(d, ARRAY_N(lower))]);
	} else if (strcmp(f->name, "shape") == 0 && f->type == F_TEXT) {
		if (chance(d, 30)) {
			json_key(b, "shape");
			json_c(b, "{\"type\":\"Polygon\",\"coordinates\":[[[111,35],[112,35],[112,36],[111,36],[111,35]]]}");
		}
	} else if (strcmp(f->name, "kinds") == 0 && f->type == F_TEXTS) {
		json_key(b, "kinds");
		json_open(b, '[');
		json_c(b, chance(d, 50) ? "food" : "medicine");
		json_close(b, ']');
	} else if (strcmp(f->name, "until_minute") == 0) {
		json_key(b, "until_minute");
		json_i64(b, 20 + (int64_t)dice_below(d, 4));
	} else if (strcmp(f->name, "decided_by") == 0 && chance(d, 80)) {
		json_key(b, "decided_by");
		json_c(b, "prefecture");
	} else
		return false;
	return true;
}

/* Fields that only fit together, or only in one form; true when the field is dealt with. */
static bool put_special(struct buf *b, struct dice *d, const struct field *f)
{
	char text[40];
	if (strcmp(f->name, "document_type") == 0) {
		if (chance(d, 50)) {
			json_key(b, "document_type");
			json_c(b, "passport");
			json_key(b, "document_number");
			snprintf(text, sizeof text, "E100000%u", (unsigned)dice_below(d, 4));
			json_c(b, text);
		}
		return true;
	}
	if (strcmp(f->name, "phone") == 0) {
		json_key(b, "phone");
		snprintf(text, sizeof text, "1380000000%u", (unsigned)dice_below(d, 4));
		json_c(b, text);
		return true;
	}
	if (strcmp(f->name, "login") == 0) {
		json_key(b, "login");
		snprintf(text, sizeof text, "user%u", (unsigned)dice_below(d, 6));
		json_c(b, text);
		return true;
	}
	if (strcmp(f->name, "roles") == 0) {
		json_key(b, "roles");
		json_open(b, '[');
		json_c(b, role_name((enum role)dice_below(d, ROLE__N)));
		json_close(b, ']');
		return true;
	}
	if (strcmp(f->name, "members") == 0) { /* of a home team: as many as roles */
		json_key(b, "members");
		json_open(b, '[');
		json_c(b, world_name("user", 1 + (int)dice_below(d, POOL)));
		json_close(b, ']');
		return true;
	}
	if (strcmp(f->name, "consent") == 0 || strcmp(f->name, "announced") == 0) {
		json_key(b, f->name);
		json_bool(b, chance(d, 90));
		return true;
	}
	if (strcmp(f->name, "person") == 0 && f->type == F_TEXT) { /* sealed */
		json_key(b, "person");
		json_c(b, world_name("person", 1 + (int)dice_below(d, POOL)));
		return true;
	}
	if (strcmp(f->name, "tier") == 0) {
		json_key(b, "tier");
		json_c(b, chance(d, 70) ? "close_contact" : "secondary_contact");
		return true;
	}
	if (put_zone_field(b, d, f))
		return true;
	if (strcmp(f->name, "lon") == 0 && chance(d, 50)) {
		json_key(b, "lon");
		json_f64(b, 111.5);
		json_key(b, "lat");
		json_f64(b, 35.25);
		return true;
	}
	return strcmp(f->name, "document_number") == 0 || strcmp(f->name, "birth_date") == 0 || strcmp(f->name, "lon") == 0 ||
	       strcmp(f->name, "lat") == 0 || strcmp(f->name, "valid_to") == 0;
}

static void put_body(struct buf *b, struct dice *d, const struct fact_kind *k)
{
	json_open(b, '{');
	if (strcmp(k->name, "house.duty_waived") == 0)
		put_waiver(b, d);
	else
		for (size_t i = 0; i < k->fields_n; i++) {
			const struct field *f = &k->fields[i];
			if ((f->flags & DERIVED) || put_special(b, d, f) || (!(f->flags & REQUIRED) && chance(d, 40)))
				continue;
			json_key(b, f->name);
			put_value(b, d, f);
		}
	json_close(b, '}');
}

static struct str whole(struct arena *a, struct dice *d, const struct fact_kind *k, int64_t area, int64_t at, int outbreak,
			struct str body)
{
	uint8_t bytes[16];
	char id[ID_TEXT_N + 1];
	struct buf b;
	for (int i = 0; i < 16; i++)
		bytes[i] = (uint8_t)dice_below(d, 256);
	struct id made;
	memcpy(made.b, bytes, 16);
	id_format(made, id);
	buf_init(&b, 0);
	buf_printf(&b, "{\"id\":\"%s\",\"kind\":\"%s\",", id, k->name);
	if (k->outbreak)
		buf_printf(&b, "\"outbreak\":\"%s\",", world_name("outbreak", outbreak));
	if (chance(d, 60))
		buf_printf(&b, "\"device\":\"phone-%u\",\"recorded\":%lld,", (unsigned)dice_below(d, 5), (long long)at + 1234);
	buf_printf(&b, "\"area\":\"%012lld\",\"at\":%lld,\"body\":%.*s}", (long long)area, (long long)at, STR_ARG(body));
	struct str text = arena_str(a, buf_str(&b));
	buf_done(&b);
	return text;
}

struct str story_random_fact(struct arena *a, struct dice *d, const struct fact_kind *k, bool two_outbreaks)
{
	struct buf body;
	buf_init(&body, 0);
	put_body(&body, d, k);
	struct str text = whole(a, d, k, pick_area(d), pick_time(d), two_outbreaks && chance(d, 30) ? 2 : 1, buf_str(&body));
	buf_done(&body);
	return text;
}

static bool allowed(const struct fact_kind *k, enum story_mode mode)
{
	static const char *const admin[] = {"house.outbreak_declared", "house.edition_adopted"};
	static const char *const judged[] = {"house.subject_erased", "people.user_registered", "people.user_suspended"};
	for (size_t i = 0; i < ARRAY_N(admin); i++)
		if (strcmp(k->name, admin[i]) == 0)
			return false;
	for (size_t i = 0; i < ARRAY_N(judged); i++)
		if (strcmp(k->name, judged[i]) == 0)
			return mode == STORY_ALL;
	return true;
}

static void draw(struct story *s, struct dice *d, enum story_mode mode, bool two_outbreaks, size_t n)
{
	size_t kinds_n = 0;
	while (fact_kind_at(kinds_n))
		kinds_n++;
	for (size_t i = 0; i < n;) {
		const struct fact_kind *k = fact_kind_at(dice_below(d, kinds_n));
		if (!allowed(k, mode))
			continue;
		append(s, story_random_fact(&s->a, d, k, two_outbreaks), false);
		i++;
	}
}

/* ---- a plausible course ------------------------------------------------------------------------------------------ */

static void tell(struct story *s, struct dice *d, const char *kind, int64_t area, int64_t at, const char *fmt, ...)
{
	char body[4000];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	assert_true(n > 0 && (size_t)n < sizeof body);
	for (int i = 0; i < n; i++)
		if (body[i] == '\'')
			body[i] = '"';
	const struct fact_kind *k = fact_kind_of(str_of(kind));
	assert_non_null(k);
	append(s, whole(&s->a, d, k, area, at, 1, (struct str){body, (size_t)n}), strncmp(kind, "house.", 6) == 0);
}

static void tell_admin(struct story *s, struct dice *d, bool two_outbreaks)
{
	int64_t long_ago = NOW - 90 * MS_PER_DAY;
	for (int i = 1; i <= 1 + two_outbreaks; i++) {
		tell(s, d, "house.outbreak_declared", COUNTY_AREA, long_ago, "{'outbreak':'%s','name':'Autumn','disease':'covid19'}",
		     NAME("outbreak", i));
		tell(s, d, "house.edition_adopted", COUNTY_AREA, long_ago, "{'outbreak':'%s','edition':'%s','from_at':%lld}",
		     NAME("outbreak", i), i == 1 ? "cn-covid19-9" : "cn-covid19-20-measures", (long long)long_ago);
	}
	if (chance(d, 30)) /* another edition in the middle of the story */
		tell(s, d, "house.edition_adopted", COUNTY_AREA, long_ago, "{'outbreak':'%s','edition':'cn-covid19-20-measures','from_at':%lld}",
		     NAME("outbreak", 1), (long long)(NOW - HOURS(18)));
}

static void tell_register(struct story *s, struct dice *d, int households, int persons)
{
	for (int h = 1; h <= households; h++)
		tell(s, d, "people.household_registered", h % 2 ? VILLAGE_A : VILLAGE_B, NOW - 10 * MS_PER_DAY,
		     "{'household':'%s','address':'Lane %d','building':'%d'}", NAME("household", h), h, 1 + h % 3);
	for (int p = 1; p <= persons; p++)
		tell(s, d, "people.person_registered", p % 2 ? VILLAGE_A : VILLAGE_B, NOW - 9 * MS_PER_DAY,
		     "{'person':'%s','household':'%s','name':'N%d','birth_year':%d%s}", NAME("person", p),
		     NAME("household", 1 + p % households), p, 1950 + p, chance(d, 20) ? ",'tags':['infant']" : "");
}

static const char *const results[] = {"positive", "positive", "negative", "negative", "invalid"};

static void tell_tube(struct story *s, struct dice *d, int tube, int round, int persons, int64_t at)
{
	int pool = chance(d, 60) ? 10 : 1, members = pool == 1 ? 1 : 1 + (int)dice_below(d, 4);
	int64_t area = tube % 2 ? VILLAGE_A : VILLAGE_B;
	tell(s, d, "testing.tube_opened", area, at, "{'tube':'%s','code':'T%03d','campaign':'%s','round':%d,'site':'%s','pool_size':%d}",
	     NAME("tube", tube), tube, NAME("campaign", 1), round, NAME("site", 1), pool);
	for (int m = 0; m < members; m++)
		tell(s, d, "testing.swab_taken", area, at + MINUTES(m + 1), "{'person':'%s','tube':'%s','campaign':'%s','round':%d}",
		     NAME("person", 1 + (int)dice_below(d, (uint64_t)persons)), NAME("tube", tube), NAME("campaign", 1), round);
	if (chance(d, 80))
		tell(s, d, "testing.tube_closed", area, at + MINUTES(20), "{'tube':'%s','swabs_n':%d}", NAME("tube", tube),
		     members + (chance(d, 15) ? 1 : 0));
	if (chance(d, 80))
		tell(s, d, "testing.box_sent", area, at + MINUTES(40), "{'box':'%s','tubes':['%s'],'laboratory':'%s'}", NAME("box", tube),
		     NAME("tube", tube), NAME("laboratory", 1));
	if (chance(d, 70))
		tell(s, d, "testing.box_received", area, at + MINUTES(90), "{'box':'%s','laboratory':'%s','tubes_n':1}", NAME("box", tube),
		     NAME("laboratory", 1 + (int)dice_below(d, 2)));
	if (chance(d, 60))
		tell(s, d, "testing.plate_loaded", area, at + MINUTES(120), "{'plate':'%s','laboratory':'%s','tubes':['%s']}",
		     NAME("plate", 1), NAME("laboratory", 1), NAME("tube", tube));
	for (uint64_t reports = dice_below(d, 3); reports > 0; reports--)
		tell(s, d, "testing.result_reported", area, at + MINUTES(200) * (int64_t)reports,
		     "{'tube':'%s','laboratory':'%s','result':'%s'}", NAME("tube", tube), NAME("laboratory", 1),
		     results[dice_below(d, 5)]);
	if (chance(d, 8))
		tell(s, d, "testing.tube_lost", area, at + MINUTES(100), "{'tube':'%s','reason':'broken'}", NAME("tube", tube));
}

/* A zone over a village, a case that lives there and turns up later, and what is done about it. */
static void tell_zone(struct story *s, struct dice *d, int persons)
{
	int64_t start = NOW - HOURS(30 + (int)dice_below(d, 6));
	int person = 1 + (int)dice_below(d, (uint64_t)persons);
	tell(s, d, "zones.zone_declared", VILLAGE_A, start, "{'zone':'%s','name':'A','class':'high','areas':['140826105201'],'decided_by':'prefecture','reason':'whole village'}",
	     NAME("zone", 1));
	if (chance(d, 50))
		tell(s, d, "zones.zone_declared", TOWN, start, "{'zone':'%s','name':'B','class':'low','areas':['140826000000'],'decided_by':'prefecture'}",
		     NAME("zone", 2));
	tell(s, d, "tracing.case_opened", VILLAGE_A, start + HOURS(2 + (int)dice_below(d, 6)),
	     "{'case':'%s','person':'%s','class':'asymptomatic','found_by':'%s','sampled_at':%lld}", NAME("case", 1), NAME("person", person),
	     chance(d, 20) ? "isolation" : "screening", (long long)start);
	if (chance(d, 50))
		tell(s, d, "zones.risk_judged", VILLAGE_A, start + HOURS(9), "{'zone':'%s','case':'%s','scope':'none','reason':'moved in the night before'}",
		     NAME("zone", 1), NAME("case", 1));
	if (chance(d, 50))
		tell(s, d, "zones.zone_stepped_down", VILLAGE_A, start + HOURS(11), "{'zone':'%s','to':'%s','early':true,'decided_by':'prefecture','reason':'judged anew'}",
		     NAME("zone", 1), chance(d, 50) ? "medium" : "low");
	if (chance(d, 30))
		tell(s, d, "zones.zone_lifted", VILLAGE_A, start + HOURS(12), "{'zone':'%s','decided_by':'prefecture'}", NAME("zone", 1));
	for (int h = 1; h < 4; h++)
		tell(s, d, "zones.slot_assigned", VILLAGE_A, start + HOURS(1) + MINUTES(h), "{'point':'%s','household':'%s','day':'2022-11-20','slot':%d}",
		     NAME("point", 1), NAME("household", h), (int)dice_below(d, 3));
	tell(s, d, "zones.point_opened", VILLAGE_A, start, "{'point':'%s','zone':'%s','name':'P','capacity':1,'slot_minutes':30,'from_minute':480,'until_minute':540}",
	     NAME("point", 1), NAME("zone", 1));
}

/* Few orders and many reports about them: extensions too late, twice signed, lifted before they were signed. */
static void tell_orders(struct story *s, struct dice *d, int persons)
{
	for (uint64_t n = dice_below(d, 12); n > 0; n--) {
		int64_t at = NOW - HOURS(2 + (int64_t)dice_below(d, 90)), end = at + HOURS(1 + (int64_t)dice_below(d, 150));
		const char *order = NAME("order", 1 + (int)dice_below(d, 3)), *appeal = NAME("appeal", 1 + (int)dice_below(d, 3)),
			   *person = NAME("person", 1 + (int)dice_below(d, (uint64_t)persons));
		switch (dice_below(d, 5)) {
		case 0:
		case 1:
			tell(s, d, "orders.order_signed", VILLAGE_A, at,
			     "{'order':'%s','person':'%s','class':'%s','end_at':%lld,'basis':'Notice 7','conditions':['last_test_done'],'reason':'met'}",
			     order, person, chance(d, 50) ? "home" : "central", (long long)end);
			break;
		case 2:
			tell(s, d, "orders.order_extended", VILLAGE_A, at,
			     "{'order':'%s','person':'%s','end_at':%lld,'basis':'Notice 8','unmet':['last_test_done'],'reason':'not tested'}", order, person,
			     (long long)end);
			break;
		case 3:
			tell(s, d, "orders.order_lifted", VILLAGE_A, at, "{'order':'%s','person':'%s','reason':'well'}", order, person);
			break;
		default:
			if (chance(d, 50))
				tell(s, d, "orders.appeal_made", VILLAGE_A, at, "{'appeal':'%s','person':'%s','order':'%s'}", appeal, person, order);
			else
				tell(s, d, "orders.appeal_answered", VILLAGE_A, at, "{'appeal':'%s','person':'%s','granted':%s,'answer':'so'}", appeal,
				     person, chance(d, 60) ? "true" : "false");
		}
	}
}

/* A site of six rooms, told by phones: some people come twice, some into rooms that were not clean; checks, a positive inside, staff. */
static void tell_isolation(struct story *s, struct dice *d, int persons)
{
	static const char *const classes[] = {"close_contact", "close_contact", "close_contact", "secondary_contact", "case"};
	int64_t begin = NOW - HOURS(34);
	tell(s, d, "isolation.site_opened", TOWN, begin, "{'site':'%s','name':'West','kind':'contacts','zones_ok':true,'head_name':'N'}", NAME("site", 3));
	for (int r = 1; r <= 6; r++)
		tell(s, d, "isolation.room_registered", TOWN, begin, "{'room':'%s','site':'%s','floor':1,'number':'%d','position':%d,'side':'%s','beds':%d}",
		     NAME("room", r), NAME("site", 3), r, 1 + r / 2, r % 2 ? "left" : "right", 1 + r % 2);
	tell(s, d, "isolation.staff_entered", TOWN, begin, "{'person':'%s','site':'%s','role':'nurse'}", NAME("person", persons), NAME("site", 3));
	for (int i = 0; i < 12; i++) {
		int p = 1 + (int)dice_below(d, (uint64_t)persons), r = 1 + (int)dice_below(d, 6);
		int64_t at = begin + MINUTES(30) * (int64_t)dice_below(d, 50);
		if (chance(d, 30))
			tell(s, d, "isolation.admitted", TOWN, at, "{'person':'%s','room':'%s','class':'%s','guardian_of':'%s'}", NAME("person", p),
			     NAME("room", r), classes[dice_below(d, 5)], NAME("person", p > 1 ? 1 : 2));
		else
			tell(s, d, "isolation.admitted", TOWN, at, "{'person':'%s','room':'%s','class':'%s'}", NAME("person", p), NAME("room", r),
			     classes[dice_below(d, 5)]);
		if (chance(d, 60))
			tell(s, d, "tracing.health_checked", TOWN, at + HOURS(5), "{'person':'%s','temperature':36.5,'half':'pm'}", NAME("person", p));
		if (chance(d, 30))
			tell(s, d, "isolation.left", TOWN, at + HOURS(6), "{'person':'%s','reason':'other'}", NAME("person", p));
		else if (chance(d, 30))
			tell(s, d, "isolation.moved", TOWN, at + HOURS(6), "{'person':'%s','room':'%s'}", NAME("person", p),
			     NAME("room", 1 + (int)dice_below(d, 6)));
		if (chance(d, 70))
			tell(s, d, "isolation.room_disinfected", TOWN, at + HOURS(7), "{'room':'%s'}", NAME("room", r));
	}
	tell(s, d, "tracing.case_opened", TOWN, begin + HOURS(20),
	     "{'case':'%s','person':'%s','class':'confirmed','found_by':'isolation','sampled_at':%lld}",
	     NAME("case", 3), NAME("person", 1), (long long)(begin + HOURS(12)));
	tell(s, d, "isolation.inquiry_done", TOWN, begin + HOURS(24), "{'case':'%s','room':'%s','at_risk':['%s','%s']}", NAME("case", 3), NAME("room", 1),
	     NAME("person", 2), NAME("person", 3));
	tell(s, d, "isolation.staff_left", TOWN, begin + HOURS(30), "{'person':'%s'}", NAME("person", persons));
}

static void tell_course(struct story *s, struct dice *d, size_t size)
{
	int persons = 3 + (int)dice_below(d, 6), rounds = 1 + (int)dice_below(d, 2);
	tell_register(s, d, 1 + (int)dice_below(d, 3), persons);
	tell(s, d, "testing.campaign_declared", TOWN, NOW - HOURS(48), "{'campaign':'%s','name':'All','areas':['140826105201','140826105202'],'pool_size':10}",
	     NAME("campaign", 1));
	for (int r = 1; r <= rounds; r++)
		tell(s, d, "testing.round_opened", TOWN, NOW - HOURS(40), "{'campaign':'%s','round':%d,'opens_at':%lld,'due_at':%lld}",
		     NAME("campaign", 1), r, (long long)(NOW - HOURS(36 - 12 * r)), (long long)(NOW - HOURS(26 - 12 * r)));
	if (chance(d, 50))
		tell_isolation(s, d, persons);
	tell(s, d, "testing.laboratory_stated", TOWN, NOW - HOURS(50), "{'laboratory':'%s','name':'County','tubes_per_hour':60,'run_min':120}",
	     NAME("laboratory", 1));
	if (chance(d, 60))
		tell_zone(s, d, persons);
	tell_orders(s, d, persons);
	for (int t = 1; s->n < size; t++)
		tell_tube(s, d, t, 1 + t % rounds, persons, NOW - HOURS(30) + MINUTES(30) * (int64_t)dice_below(d, 40));
}

void story_make(struct story *s, uint64_t seed, enum story_mode mode, size_t size)
{
	struct dice d;
	*s = (struct story){.seed = seed};
	ledger_register_kinds();
	arena_init(&s->a, 0);
	dice_init(&d, seed * 2654435761u + 17);
	bool two_outbreaks = chance(&d, 25);
	unsigned drawn_percent = (unsigned[]){100, 50, 15, 0}[dice_below(&d, 4)];
	tell_admin(s, &d, two_outbreaks);
	size_t drawn = size * drawn_percent / 100;
	if (drawn < size)
		tell_course(s, &d, s->n + size - drawn);
	draw(s, &d, mode, two_outbreaks, drawn);
}

void story_free(struct story *s)
{
	arena_done(&s->a);
	free(s->f);
	*s = (struct story){0};
}

/* ---- delivery ------------------------------------------------------------------------------------------------------ */

struct story_plan story_in_order(struct story *s)
{
	size_t *at = ARENA_ARRAY(&s->a, size_t, s->n + 1);
	for (size_t i = 0; i < s->n; i++)
		at[i] = i;
	return (struct story_plan){at, s->n};
}

struct story_plan story_shuffled(struct story *s, struct dice *d)
{
	size_t *at = ARENA_ARRAY(&s->a, size_t, 5 * s->n + 1), n = 0, admin;
	for (size_t i = 0; i < s->n; i++)
		if (s->f[i].admin)
			at[n++] = i;
	admin = n;
	for (size_t i = 0; i < s->n; i++)
		for (uint64_t copies = s->f[i].admin ? 0 : chance(d, 20) ? 2 + dice_below(d, 4) : 1; copies > 0; copies--)
			at[n++] = i;
	for (size_t i = n; i > admin + 1; i--) {
		size_t j = admin + (size_t)dice_below(d, i - admin), t = at[i - 1];
		at[i - 1] = at[j];
		at[j] = t;
	}
	return (struct story_plan){at, n};
}

#define GROUP_MAX 24

void story_deliver(struct world *w, const struct story *s, struct story_plan plan, const bool *keep, enum err_code *codes,
		   struct dice *d, bool reopen)
{
	bool *seen = calloc(s->n + 1, 1);
	enum err_code *first = calloc(s->n + 1, sizeof *first);
	struct fact facts[GROUP_MAX];
	struct verdict verdicts[GROUP_MAX];
	size_t which[GROUP_MAX];
	assert_true(seen && first);
	for (size_t i = 0; i < plan.n;) {
		size_t n = 0, most = 1 + (size_t)dice_below(d, GROUP_MAX);
		struct arena_mark mark = arena_mark(&w->a);
		memset(verdicts, 0, sizeof verdicts);
		for (; n < most && i < plan.n; i++) {
			const struct json *j;
			if (keep && !keep[plan.at[i]])
				continue;
			which[n] = plan.at[i];
			struct verdict *v = &verdicts[n];
			v->code = json_read(&w->a, s->f[which[n]].text, &j, &v->err);
			if (v->code == OK)
				v->code = fact_decode(&w->a, j, &facts[n], &v->err);
			n++;
		}
		struct submission sub = {.who = actor_machine(), .facts = facts, .verdicts = verdicts, .n = n};
		struct err fault = {0};
		testdb_ok(ledger_append(w->l, &sub, 1, &fault), &fault);
		for (size_t k = 0; k < n; k++) {
			size_t f = which[k];
			if (seen[f] && first[f] == OK && (verdicts[k].code != OK || !verdicts[k].duplicate))
				fail_msg("seed %llu: a copy is not known again: %s %s\n%.*s", (unsigned long long)s->seed,
					 err_name(verdicts[k].code), verdicts[k].err.what, STR_ARG(s->f[f].text));
			if (!seen[f])
				first[f] = verdicts[k].code;
			seen[f] = true;
		}
		arena_rewind(&w->a, mark);
		if (reopen && chance(d, 10))
			world_reopen(w);
	}
	if (codes)
		memcpy(codes, first, s->n * sizeof *codes);
	free(seen);
	free(first);
}

/* ---- a failing history made small ------------------------------------------------------------------------------------ */

void story_shrink(const struct story *s, bool *keep, bool (*fails)(void *ctx, const struct story *s, const bool *keep), void *ctx)
{
	bool *trial = calloc(s->n + 1, 1);
	assert_non_null(trial);
	for (size_t chunk = s->n / 2; chunk > 0; chunk /= 2)
		for (size_t from = 0; from < s->n; from += chunk) {
			bool any = false;
			memcpy(trial, keep, s->n);
			for (size_t i = from; i < from + chunk && i < s->n; i++) {
				any = any || trial[i];
				trial[i] = false;
			}
			if (any && fails(ctx, s, trial))
				memcpy(keep, trial, s->n);
		}
	free(trial);
}

void story_print(const struct story *s, const bool *keep)
{
	print_message("seed %llu:\n", (unsigned long long)s->seed);
	for (size_t i = 0; i < s->n; i++)
		if (!keep || keep[i])
			print_message("  %.*s\n", STR_ARG(s->f[i].text));
}

/* Area codes are the only place where a quote stands before the digits. A watch gets an id of that county's own: its key ends with the
 * watch, wherever it is named, so two counties must not share one. */
void story_move(struct story *s, int county)
{
	char to[16], watch[16], own[8];
	snprintf(to, sizeof to, "%06d", county);
	snprintf(watch, sizeof watch, "%.9s", world_name("watch", 1) + 19); /* "8c11-d549": what all watches have in common */
	snprintf(own, sizeof own, "%04x", (unsigned)county & 0xffff);
	for (size_t i = 0; i < s->n; i++) {
		struct str text = s->f[i].text;
		char *p = (char *)(uintptr_t)text.p;
		for (size_t k = 0; k + 9 < text.n; k++) {
			if (memcmp(p + k, "\"140826", 7) == 0)
				memcpy(p + k + 1, to, 6);
			if (memcmp(p + k, watch, 9) == 0)
				memcpy(p + k + 5, own, 4);
		}
	}
}
