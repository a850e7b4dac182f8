/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of the register: how each is judged and how it is folded. What is
 * judged of an identity stands in people_check.c, links between persons in people_link.c, users in
 * people_users.c.
 */
#include "domain/people/people.h"

#include "core/caltime.h"
#include "sql.gen.h"

const char *const people_documents[] = {"id_card", "passport", "permit", "birth_certificate",
					"other",   "none",     NULL};
const char *const people_sexes[] = {"female", "male", "other", NULL};
const char *const people_places[] = {"home",       "work",    "school",   "market",    "shop",
				     "restaurant", "clinic",  "hospital", "care_home", "transport",
				     "leisure",    "worship", "other",    NULL};
const char *const people_departures[] = {"moved_away",          "deceased", "stay_ended",
					 "registered_in_error", "other",    NULL};
const char *const people_units[] = {
	"command",        "health_office", "cdc",    "hospital", "laboratory", "community",
	"isolation_site", "transport",     "police", "supply",   "other",      NULL};

/* Kinds of person_event. */
enum event { EVENT_REGISTERED = 1, EVENT_CORRECTED, EVENT_MOVED, EVENT_DEPARTED };

#define BIRTH_YEAR_MIN 1880
#define BIRTH_YEAR_MAX 2199
#define ADDRESS_CHARS 300
#define TAG_CHARS 40

static int64_t given(int64_t v, int64_t otherwise)
{
	return v == ABSENT ? otherwise : v;
}

static struct str text(struct str s)
{
	return s.p ? s : STR("");
}

static struct db_val real_or_null(double v)
{
	return isnan(v) ? V_NULL : V_REAL(v);
}

/* ---- checks ---------------------------------------------------------------------------------- */

static enum err_code no(struct err *e, const char *at, const char *rule)
{
	return err_set(e, ERR_BAD_VALUE, at, "%s", rule);
}

static enum err_code check_days(int64_t from, int64_t to, struct err *e)
{
	if (from != ABSENT && to != ABSENT && to <= from)
		return no(e, "/body/valid_to",
			  "the first day on which it no longer holds must be later than valid_from");
	return OK;
}

static enum err_code check_point(double lon, double lat, struct err *e)
{
	if (isnan(lon) != isnan(lat))
		return err_set(e, ERR_MISSING_FIELD, isnan(lon) ? "/body/lon" : "/body/lat",
			       "longitude and latitude go together");
	return OK;
}

static enum err_code check_code(const struct ledger_tx *tx, int64_t code, const char *at, struct err *e)
{
	if (COUNTY_OF(code) != tx->county)
		return err_set(e, ERR_BAD_VALUE, at, "an area of county %06lld is expected",
			       (long long)tx->county);
	return OK;
}

static enum err_code check_area(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct people_area_declared *b = f->body;
	enum err_code rc = check_code(tx, b->code, "/body/code", e);
	if (rc == OK)
		rc = check_days(b->valid_from, b->valid_to, e);
	if (rc == OK && b->parent == b->code)
		rc = no(e, "/body/parent", "an area cannot be part of itself");
	return rc == OK ? check_point(b->lon, b->lat, e) : rc;
}

static enum err_code check_alias(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct people_area_aliased *b = f->body;
	enum err_code rc = check_code(tx, b->code, "/body/code", e);
	if (rc == OK && b->successor == b->code)
		rc = no(e, "/body/successor", "an area cannot follow itself");
	return rc == OK ? check_days(b->valid_from, b->valid_to, e) : rc;
}

static enum err_code check_place(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct people_place_registered *b = f->body;
	if (id_eq(b->place, b->parent))
		return no(e, "/body/parent", "a place cannot be part of itself");
	return check_point(b->lon, b->lat, e);
}

static enum err_code check_moved(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct people_person_moved *b = f->body;
	if (b->from_at != ABSENT && b->from_at > f->at)
		return no(e, "/body/from_at", "a move is reported when it has happened");
	return OK;
}

static enum err_code check_link(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct people_persons_merged *b = f->body; /* people_persons_unmerged has the same members */
	_Static_assert(offsetof(struct people_persons_unmerged, other) ==
			       offsetof(struct people_persons_merged, other),
		       "one shape");
	if (id_eq(b->person, b->other))
		return no(e, "/body/other", "two different persons are expected");
	return OK;
}

/* ---- the fold of a person -------------------------------------------------------------------- */

struct person {
	int64_t household, area, from_at, until_at, birth_year, sex, resident, registered_at;
	int64_t stay_from; /* in this household since */
};
/* A stay that is over: [from_at, until_at) in a household. A round that opened then counts the person there. */
struct stay {
	int64_t from_at, until_at, household, area;
};
struct past {
	struct stay *stays;
	size_t n, cap;
};
struct event_row {
	int64_t kind, at, household, area, from_at, birth_year, sex, resident;
};

/* A new stay begins: the present one, and whatever was told of the time after, end there at the latest. Nobody is in two households
 * at once. */
static void end_stays(struct arena *a, const struct person *p, bool here, int64_t begins_at, struct past *past)
{
	size_t kept = 0;
	for (size_t i = 0; i < past->n; i++) {
		struct stay s = past->stays[i];
		if (s.until_at > begins_at)
			s.until_at = begins_at;
		if (s.until_at > s.from_at)
			past->stays[kept++] = s;
	}
	past->n = kept;
	int64_t from_at = p->stay_from > p->from_at ? p->stay_from : p->from_at;
	int64_t until_at = here || begins_at < p->until_at ? begins_at : p->until_at;
	if (p->from_at == 0 || until_at <= from_at)
		return;
	if (past->n == past->cap) {
		struct stay *more = ARENA_ARRAY(a, struct stay, past->cap ? 2 * past->cap : 4);
		for (size_t i = 0; i < past->n; i++)
			more[i] = past->stays[i];
		past->stays = more;
		past->cap = past->cap ? 2 * past->cap : 4;
	}
	past->stays[past->n++] = (struct stay){from_at, until_at, p->household, p->area};
}

/* One more event, in the order of (at, id). */
static void step(struct arena *a, struct person *p, const struct event_row *ev, struct past *past)
{
	bool here = p->from_at > 0 && p->until_at == 0;
	bool says_where = ev->kind == EVENT_REGISTERED || ev->kind == EVENT_MOVED;
	bool moves = says_where && ev->household != p->household;
	bool sooner = ev->kind == EVENT_REGISTERED && ev->from_at < p->from_at;
	if (ev->kind == EVENT_DEPARTED) {
		p->until_at = ev->at;
		return;
	}
	if (says_where && (!here || moves || sooner))
		end_stays(a, p, here, ev->from_at, past);
	if (ev->household > 0) {
		p->household = ev->household;
		p->area = ev->area;
	}
	if (ev->birth_year > 0)
		p->birth_year = ev->birth_year;
	if (ev->sex >= 0)
		p->sex = ev->sex;
	if (ev->resident >= 0)
		p->resident = ev->resident;
	if (ev->kind == EVENT_CORRECTED) /* says what is right, not that the person is here */
		return;
	if (ev->kind == EVENT_REGISTERED && p->registered_at == 0)
		p->registered_at = ev->at;
	/* a move inside the county, or a second registration, goes on with the same presence: a round that is under
	 * way keeps the person. Only an earlier beginning counts */
	if (!here || sooner)
		p->from_at = ev->from_at;
	if (!here || sooner || moves)
		p->stay_from = ev->from_at;
	p->until_at = 0;
}

static enum err_code write_past(struct ledger_tx *tx, int64_t person, const struct past *past, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_people_stays_drop, PARAMS(V_INT(tx->county), V_INT(person)), e);
	for (size_t i = 0; rc == OK && i < past->n; i++) {
		const struct stay *s = &past->stays[i];
		rc = db_run(tx->db, &SQL_people_stay_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(s->from_at), V_INT(s->until_at),
				   V_INT(s->household), V_INT(s->area)),
			    e);
	}
	return rc;
}

/* *suspected: some pair of person_duplicate names the person. */
static enum err_code fold(struct ledger_tx *tx, int64_t person, bool *suspected, struct err *e)
{
	struct person p = {.sex = -1, .resident = -1};
	struct past past = {0};
	size_t events_n = 0;
	enum err_code rc = db_query(tx->db, &SQL_people_events, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		struct event_row ev = {db_int(tx->db, 0), db_int(tx->db, 1), db_int(tx->db, 2),
				       db_int(tx->db, 3), db_int(tx->db, 4), db_int(tx->db, 5),
				       db_int(tx->db, 6), db_int(tx->db, 7)};
		step(tx->arena, &p, &ev, &past);
		events_n++;
		*suspected = db_int(tx->db, 8) != 0;
	}
	rc = db_stop(tx->db, e);
	if (rc == OK && events_n > 1)
		rc = write_past(tx, person, &past, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_people_person_put,
		      PARAMS(V_INT(tx->county), V_INT(person), V_INT(p.household), V_INT(p.area),
			     V_INT(p.from_at), V_INT(p.until_at), V_INT(p.birth_year), V_INT(p.sex),
			     V_INT(p.resident), V_INT(p.registered_at), V_INT(p.stay_from)),
		      e);
}

/* Writes down what the fact says of the person, folds anew, and derives what follows. */
static enum err_code take_event(struct ledger_tx *tx, const struct fact *f, int64_t person, enum event kind,
				struct id household, const struct person *said, int64_t reason, struct err *e)
{
	int64_t home = 0;
	bool suspected = false;
	enum err_code rc = OK;
	if (!id_is_none(household))
		rc = ledger_key(tx, "household", household, &home, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_event_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(kind),
				   V_INT(home), V_INT(f->area), V_INT(said->from_at), V_INT(said->birth_year),
				   V_INT(said->sex), V_INT(said->resident), V_INT(reason)),
			    e);
	if (rc == OK)
		rc = fold(tx, person, &suspected, e);
	return rc == OK && suspected ? people_refresh_duties(tx, person, e) : rc;
}

/* ---- tags ------------------------------------------------------------------------------------ */

struct tag {
	int64_t on_at, on_from, on_until, off_at;
	struct id on_fact, off_fact;
};

static bool later(int64_t at, struct id fact, int64_t than_at, struct id than_fact)
{
	return at > than_at || (at == than_at && id_cmp(fact, than_fact) > 0);
}

static enum err_code tag_put(struct ledger_tx *tx, int64_t person, struct str name, const struct tag *t,
			     struct err *e)
{
	bool off = t->off_at > 0 && later(t->off_at, t->off_fact, t->on_at, t->on_fact);
	return db_run(tx->db, &SQL_people_tag_put,
		      PARAMS(V_INT(tx->county), V_INT(person), V_TEXT(name),
			     V_INT(t->on_at ? t->on_from : t->off_at), V_INT(off ? t->off_at : t->on_until),
			     V_INT(t->on_at), V_ID(&t->on_fact), V_INT(t->on_from), V_INT(t->on_until),
			     V_INT(t->off_at), V_ID(&t->off_fact)),
		      e);
}

static enum err_code tag_get(struct ledger_tx *tx, int64_t person, struct str name, struct tag *t,
			     struct err *e)
{
	*t = (struct tag){0};
	enum err_code rc = db_query(tx->db, &SQL_people_tag_get,
				    PARAMS(V_INT(tx->county), V_INT(person), V_TEXT(name)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		*t = (struct tag){.on_at = db_int(tx->db, 0),
				  .on_fact = db_id(tx->db, 1),
				  .on_from = db_int(tx->db, 2),
				  .on_until = db_int(tx->db, 3),
				  .off_at = db_int(tx->db, 4),
				  .off_fact = db_id(tx->db, 5)};
	return db_stop(tx->db, e);
}

static enum err_code tag_on(struct ledger_tx *tx, const struct fact *f, int64_t person, struct str name,
			    int64_t from, int64_t until, struct err *e)
{
	struct tag t;
	enum err_code rc = tag_get(tx, person, name, &t, e);
	if (rc != OK || !later(f->at, f->id, t.on_at, t.on_fact))
		return rc;
	t.on_at = f->at;
	t.on_fact = f->id;
	t.on_from = from;
	t.on_until = until;
	return tag_put(tx, person, name, &t, e);
}

static enum err_code tags_on(struct ledger_tx *tx, const struct fact *f, int64_t person,
			     const struct fact_list *tags, int64_t from, struct err *e)
{
	const struct str *t = tags->p;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < tags->n; i++)
		rc = tag_on(tx, f, person, t[i], from, 0, e);
	return rc;
}

/* ---- apply ----------------------------------------------------------------------------------- */

static enum err_code apply_area(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_area_declared *b = f->body;
	int64_t parent = b->parent;
	if (parent == ABSENT)
		parent = b->code % 1000      ? b->code / 1000 * 1000
			 : b->code % 1000000 ? b->code / 1000000 * 1000000
					     : 0;
	int64_t to = given(b->valid_to, 0);
	return db_run(tx->db, &SQL_people_area_put,
		      PARAMS(V_INT(tx->county), V_INT(b->code), V_TEXT(b->name), V_INT(parent),
			     V_INT(b->valid_from), V_INT(to), V_INT(day_start((int32_t)b->valid_from)),
			     V_INT(to ? day_start((int32_t)to) : 0), real_or_null(b->lon),
			     real_or_null(b->lat), V_INT(f->at), V_ID(&f->id)),
		      e);
}

static enum err_code apply_alias(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_area_aliased *b = f->body;
	int64_t from = given(b->valid_from, 0), to = given(b->valid_to, 0);
	return db_run(tx->db, &SQL_people_area_alias_put,
		      PARAMS(V_INT(tx->county), V_INT(b->code), V_TEXT(b->alias), V_INT(from), V_INT(to),
			     V_INT(from ? day_start((int32_t)from) : 0),
			     V_INT(to ? day_start((int32_t)to) : 0), V_INT(given(b->successor, 0)),
			     V_INT(f->at), V_ID(&f->id)),
		      e);
}

/* The household may have a new area: its members stand where it stands, and so do the duties about them. */
static enum err_code members_follow(struct ledger_tx *tx, int64_t household, struct err *e)
{
	int64_t area = 0;
	struct db_val key[] = {V_INT(tx->county), V_INT(household)};
	enum err_code rc = db_one(tx->db, &SQL_people_household_area, key, ARRAY_N(key), 0, &area, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_household_area_to_persons,
			    PARAMS(V_INT(tx->county), V_INT(household), V_INT(area)), e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_household_area_to_stays,
			    PARAMS(V_INT(tx->county), V_INT(household), V_INT(area)), e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_people_household_suspected, key, ARRAY_N(key), e);
	if (rc != OK)
		return rc;
	int64_t *persons = NULL;
	size_t n = 0, cap = 0;
	while (db_next(tx->db)) {
		if (n == cap) {
			int64_t *more = ARENA_ARRAY(tx->arena, int64_t, cap = cap ? 2 * cap : 16);
			for (size_t i = 0; i < n; i++)
				more[i] = persons[i];
			persons = more;
		}
		persons[n++] = db_int(tx->db, 0);
	}
	rc = db_stop(tx->db, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = people_refresh_duties(tx, persons[i], e);
	return rc;
}

static enum err_code apply_household(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_household_registered *b = f->body;
	int64_t key;
	enum err_code rc = ledger_key(tx, "household", b->household, &key, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_people_household_put,
			    PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->area), V_TEXT(text(b->building)),
				   V_TEXT(text(b->unit)), V_INT(f->at), V_ID(&f->id)),
			    e);
	return rc == OK ? members_follow(tx, key, e) : rc;
}

static enum err_code apply_place(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_place_registered *b = f->body;
	int64_t key, parent = 0;
	enum err_code rc = ledger_key(tx, "place", b->place, &key, e);
	if (rc == OK && !id_is_none(b->parent))
		rc = ledger_key(tx, "place", b->parent, &parent, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_people_place_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->area), V_TEXT(b->name), V_INT(b->type),
			     V_INT(parent), real_or_null(b->lon), real_or_null(b->lat), V_INT(f->at),
			     V_ID(&f->id)),
		      e);
}

static enum err_code apply_registered(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_registered *b = f->body;
	struct person said = {.from_at = given(b->from_at, f->at),
			      .birth_year = given(b->birth_year, 0),
			      .sex = given(b->sex, -1),
			      .resident = given(b->resident, -1)};
	int64_t key;
	enum err_code rc = ledger_key(tx, "person", b->person, &key, e);
	if (rc == OK)
		rc = people_note_duplicates(tx, b->person, &b->duplicate_of, e);
	if (rc == OK)
		rc = take_event(tx, f, key, EVENT_REGISTERED, b->household, &said, -1, e);
	return rc == OK ? tags_on(tx, f, key, &b->tags, said.from_at, e) : rc;
}

static enum err_code apply_corrected(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_corrected *b = f->body;
	struct person said = {.birth_year = given(b->birth_year, 0),
			      .sex = given(b->sex, -1),
			      .resident = given(b->resident, -1)};
	int64_t key;
	enum err_code rc = ledger_key(tx, "person", b->person, &key, e);
	if (rc == OK)
		rc = people_note_duplicates(tx, b->person, &b->duplicate_of, e);
	if (rc == OK)
		rc = take_event(tx, f, key, EVENT_CORRECTED, b->household, &said, -1, e);
	return rc == OK ? tags_on(tx, f, key, &b->tags, f->at, e) : rc;
}

static enum err_code apply_moved(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_moved *b = f->body;
	struct person said = {.from_at = given(b->from_at, f->at), .sex = -1, .resident = -1};
	int64_t key;
	enum err_code rc = ledger_key(tx, "person", b->person, &key, e);
	return rc == OK ? take_event(tx, f, key, EVENT_MOVED, b->household, &said, -1, e) : rc;
}

static enum err_code apply_departed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_departed *b = f->body;
	struct person said = {.sex = -1, .resident = -1};
	int64_t key;
	enum err_code rc = ledger_key(tx, "person", b->person, &key, e);
	return rc == OK ? take_event(tx, f, key, EVENT_DEPARTED, ID_NONE, &said, b->reason, e) : rc;
}

/* A tag may name a person whose registration is still on its way. */
static enum err_code person_or_stub(struct ledger_tx *tx, struct id person, int64_t *key, struct err *e)
{
	enum err_code rc = ledger_key(tx, "person", person, key, e);
	return rc == OK ? db_run(tx->db, &SQL_people_stub_put, PARAMS(V_INT(tx->county), V_INT(*key)), e)
			: rc;
}

static enum err_code apply_tagged(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_tagged *b = f->body;
	int64_t key;
	enum err_code rc = person_or_stub(tx, b->person, &key, e);
	return rc == OK ? tag_on(tx, f, key, b->tag, f->at, given(b->until, 0), e) : rc;
}

static enum err_code apply_untagged(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_person_untagged *b = f->body;
	struct tag t;
	int64_t key;
	enum err_code rc = person_or_stub(tx, b->person, &key, e);
	if (rc == OK)
		rc = tag_get(tx, key, b->tag, &t, e);
	if (rc != OK || !later(f->at, f->id, t.off_at, t.off_fact))
		return rc;
	t.off_at = f->at;
	t.off_fact = f->id;
	return tag_put(tx, key, b->tag, &t, e);
}

static enum err_code apply_unit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_unit_registered *b = f->body;
	int64_t key;
	enum err_code rc = ledger_key(tx, "unit", b->unit, &key, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_people_unit_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->area), V_TEXT(b->name), V_INT(b->type),
			     V_INT(f->at), V_ID(&f->id)),
		      e);
}

/* ---- declarations ---------------------------------------------------------------------------- */

#define TEXT_N(n) .min = 1, .max = (n)
#define LON .min = -180, .max = 180, .en = "longitude, degrees (WGS 84)", .zh = "经度"
#define LAT .min = -90, .max = 90, .en = "latitude, degrees (WGS 84)", .zh = "纬度"
#define PERSON .entity = "person", .en = "person", .zh = "人员"
#define TAG_TEXT \
	.en = "need or group: pregnant, dialysis, alone_old, infant, key_occupation, ...", \
	.zh = "重点人群标签"

#define T struct people_area_declared
static const struct field area_fields[] = {
	FIELD(T, code, F_AREA, REQUIRED, .en = "administrative code", .zh = "行政区划代码"),
	FIELD(T, name, F_TEXT, REQUIRED, TEXT_N(100), .en = "name in this version", .zh = "该时期的名称"),
	FIELD(T, parent, F_AREA, ANY_AREA, .en = "area it is part of; left out: one level above by the code",
	      .zh = "上级区划（缺省按代码推定）"),
	FIELD(T, valid_from, F_DAY, REQUIRED, .en = "first day of this version", .zh = "生效日期"),
	FIELD(T, valid_to, F_DAY, 0, .en = "first day on which it no longer holds",
	      .zh = "失效日期（该日起不再有效）"),
	FIELD(T, lon, F_REAL, 0, LON),
	FIELD(T, lat, F_REAL, 0, LAT),
};
#undef T
#define T struct people_area_aliased
static const struct field alias_fields[] = {
	FIELD(T, code, F_AREA, REQUIRED, .en = "administrative code", .zh = "行政区划代码"),
	FIELD(T, alias, F_TEXT, REQUIRED, TEXT_N(100), .en = "another name it is or was known by",
	      .zh = "别名或曾用名"),
	FIELD(T, valid_from, F_DAY, 0, .en = "first day of the name", .zh = "名称启用日期"),
	FIELD(T, valid_to, F_DAY, 0, .en = "first day on which the name no longer holds",
	      .zh = "名称停用日期（该日起停用）"),
	FIELD(T, successor, F_AREA, ANY_AREA, .en = "area it became part of", .zh = "撤并后所属区划代码"),
};
#undef T
#define T struct people_household_registered
static const struct field household_fields[] = {
	FIELD(T, household, F_ID, REQUIRED, .entity = "household", .en = "household", .zh = "家庭户"),
	FIELD(T, address, F_TEXT, PERSONAL, TEXT_N(ADDRESS_CHARS), .en = "full address", .zh = "详细地址"),
	FIELD(T, building, F_TEXT, 0, TEXT_N(60), .en = "building, without the flat", .zh = "楼栋"),
	FIELD(T, unit, F_TEXT, 0, TEXT_N(60), .en = "staircase or unit of the building", .zh = "单元"),
};
#undef T
#define T struct people_place_registered
static const struct field place_fields[] = {
	FIELD(T, place, F_ID, REQUIRED, .entity = "place", .en = "place", .zh = "场所"),
	FIELD(T, name, F_TEXT, REQUIRED, TEXT_N(100), .en = "name of the place", .zh = "场所名称"),
	FIELD(T, type, F_WORD, REQUIRED, .words = people_places, .en = "type of place", .zh = "场所类型"),
	FIELD(T, parent, F_ID, 0, .entity = "place", .en = "place it is part of", .zh = "所属场所"),
	FIELD(T, lon, F_REAL, 0, LON),
	FIELD(T, lat, F_REAL, 0, LAT),
};
#undef T

/* What a registration and a correction have in common. */
#define IDENTITY_FIELDS \
	FIELD(T, document_type, F_WORD, 0, .words = people_documents, .en = "type of identity document", \
	      .zh = "证件类型"), \
		FIELD(T, document_number, F_TEXT, PERSONAL | INDEXED, TEXT_N(40), \
		      .en = "number of the document", .zh = "证件号码"), \
		FIELD(T, phone, F_TEXT, PERSONAL | INDEXED, TEXT_N(30), .en = "telephone number", \
		      .zh = "联系电话"), \
		FIELD(T, birth_date, F_DAY, PERSONAL, .en = "day of birth", .zh = "出生日期"), \
		FIELD(T, birth_year, F_INT, 0, .min = BIRTH_YEAR_MIN, .max = BIRTH_YEAR_MAX, \
		      .en = "year of birth", .zh = "出生年份"), \
		FIELD(T, sex, F_WORD, 0, .words = people_sexes, .en = "sex", .zh = "性别"), \
		FIELD(T, resident, F_BOOL, 0, \
		      .en = "registered resident (true) or floating population (false)", \
		      .zh = "常住（是）或流动人口（否）")
#define DUPLICATE_FIELD \
	FIELD(T, duplicate_of, F_IDS, DERIVED, .entity = "person", \
	      .en = "persons already known by the same document", .zh = "证件相同的已登记人员")

#define T struct people_person_registered
static const struct field registered_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, household, F_ID, REQUIRED, .entity = "household", .en = "household the person lives in",
	      .zh = "所在家庭户"),
	FIELD(T, name, F_TEXT, REQUIRED | PERSONAL, TEXT_N(100), .en = "full name", .zh = "姓名"),
	IDENTITY_FIELDS,
	FIELD(T, tags, F_TEXTS, 0, TEXT_N(TAG_CHARS), TAG_TEXT),
	FIELD(T, from_at, F_TIME, 0, .en = "here since; left out: when it happened",
	      .zh = "在册起始时间（缺省为发生时间）"),
	DUPLICATE_FIELD,
};
#undef T
#define T struct people_person_corrected
static const struct field corrected_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, household, F_ID, 0, .entity = "household", .en = "right household", .zh = "更正后的家庭户"),
	FIELD(T, name, F_TEXT, PERSONAL, TEXT_N(100), .en = "right name", .zh = "更正后的姓名"),
	IDENTITY_FIELDS,
	FIELD(T, tags, F_TEXTS, 0, TEXT_N(TAG_CHARS), .en = "tags to add", .zh = "补充的标签"),
	DUPLICATE_FIELD,
};
#undef T
#define T struct people_person_moved
static const struct field moved_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, household, F_ID, REQUIRED, .entity = "household", .en = "new household",
	      .zh = "迁入的家庭户"),
	FIELD(T, from_at, F_TIME, 0, .en = "lives there since; left out: when it happened",
	      .zh = "迁入时间（缺省为发生时间）"),
};
#undef T
#define T struct people_person_departed
static const struct field departed_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, reason, F_WORD, REQUIRED, .words = people_departures,
	      .en = "why the person is no longer here", .zh = "离开原因"),
};
#undef T
#define T struct people_person_tagged
static const struct field tagged_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, tag, F_TEXT, REQUIRED, TEXT_N(TAG_CHARS), TAG_TEXT),
	FIELD(T, until, F_TIME, 0, .en = "ends then; left out: without end", .zh = "截止时间（缺省为长期）"),
};
#undef T
#define T struct people_person_untagged
static const struct field untagged_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, PERSON),
	FIELD(T, tag, F_TEXT, REQUIRED, TEXT_N(TAG_CHARS), TAG_TEXT),
};
#undef T
#define T struct people_persons_merged
static const struct field merged_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, .entity = "person", .en = "record that is kept", .zh = "保留的记录"),
	FIELD(T, other, F_ID, REQUIRED, .entity = "person", .en = "record that is the same human being",
	      .zh = "同一人的另一记录"),
	FIELD(T, reason, F_TEXT, REQUIRED, TEXT_N(200), .en = "on what evidence, without personal data",
	      .zh = "依据（不含个人信息）"),
};
#undef T
#define T struct people_persons_unmerged
static const struct field unmerged_fields[] = {
	FIELD(T, person, F_ID, REQUIRED, .entity = "person", .en = "one of the two", .zh = "其中一人"),
	FIELD(T, other, F_ID, REQUIRED, .entity = "person", .en = "the other", .zh = "另一人"),
	FIELD(T, reason, F_TEXT, REQUIRED, TEXT_N(200), .en = "on what evidence, without personal data",
	      .zh = "依据（不含个人信息）"),
};
#undef T
#define T struct people_unit_registered
static const struct field unit_fields[] = {
	FIELD(T, unit, F_ID, REQUIRED, .entity = "unit", .en = "unit", .zh = "单位"),
	FIELD(T, name, F_TEXT, REQUIRED, TEXT_N(100), .en = "name of the unit", .zh = "单位名称"),
	FIELD(T, type, F_WORD, REQUIRED, .words = people_units, .en = "type of unit", .zh = "单位类型"),
};
#undef T
#define T struct people_user_registered
static const struct field user_fields[] = {
	FIELD(T, user, F_ID, REQUIRED, .entity = "user", .en = "user", .zh = "用户"),
	FIELD(T, login, F_TEXT, REQUIRED, .min = 2, .max = 40, .en = "name to sign in with: a-z 0-9 . _ -",
	      .zh = "登录名（a-z 0-9 . _ -）"),
	FIELD(T, display_name, F_TEXT, REQUIRED, TEXT_N(60), .en = "name or post shown to others",
	      .zh = "显示名称"),
	FIELD(T, roles, F_TEXTS, REQUIRED, TEXT_N(40), .en = "roles, by name", .zh = "角色"),
	FIELD(T, unit, F_ID, 0, .entity = "unit", .en = "unit the user works for", .zh = "所属单位"),
};
#undef T
#define T struct people_user_suspended
static const struct field suspended_fields[] = {
	FIELD(T, user, F_ID, REQUIRED, .entity = "user", .en = "user who may no longer sign in",
	      .zh = "停用的用户"),
};
#undef T

#define KIND(word_, struct_, fields_, right_, check_, apply_, en_, zh_, ...) \
	{ \
		.name = "people." word_, .en = en_, .zh = zh_, .body_n = sizeof(struct struct_), \
		.fields = fields_, .fields_n = ARRAY_N(fields_), .right = right_, .check = check_, \
		.apply = apply_, __VA_ARGS__ \
	}

static const struct fact_kind people_kinds[] = {
	KIND("area_declared", people_area_declared, area_fields, RIGHT_REGISTER, check_area, apply_area,
	     "an area exists under this name from a day on", "区划设立或更名", .subject = NULL),
	KIND("area_aliased", people_area_aliased, alias_fields, RIGHT_REGISTER, check_alias, apply_alias,
	     "an area is also known by another name, or became part of another", "区划别名与撤并",
	     .subject = NULL),
	KIND("household_registered", people_household_registered, household_fields, RIGHT_REGISTER, NULL,
	     apply_household, "a household lives here", "家庭户登记", .subject = "household"),
	KIND("place_registered", people_place_registered, place_fields, RIGHT_REGISTER, check_place,
	     apply_place, "a place that people visit", "场所登记", .subject = NULL),
	KIND("person_registered", people_person_registered, registered_fields, RIGHT_REGISTER,
	     people_check_registered, apply_registered, "a person lives here", "人员登记",
	     .subject = "person"),
	KIND("person_corrected", people_person_corrected, corrected_fields, RIGHT_REGISTER,
	     people_check_corrected, apply_corrected, "what is known of a person is corrected",
	     "人员信息更正", .subject = "person"),
	KIND("person_moved", people_person_moved, moved_fields, RIGHT_REGISTER, check_moved, apply_moved,
	     "a person moved to another household of the county", "人员迁移", .subject = NULL),
	KIND("person_departed", people_person_departed, departed_fields, RIGHT_REGISTER, NULL, apply_departed,
	     "a person is no longer in the register", "人员离开", .subject = NULL),
	KIND("person_tagged", people_person_tagged, tagged_fields, RIGHT_REGISTER, people_check_tagged,
	     apply_tagged, "a person belongs to a group or has a need", "人员加标签", .subject = NULL),
	KIND("person_untagged", people_person_untagged, untagged_fields, RIGHT_REGISTER, NULL, apply_untagged,
	     "a person no longer belongs to a group", "人员去标签", .subject = NULL),
	KIND("persons_merged", people_persons_merged, merged_fields, RIGHT_REGISTER, check_link,
	     people_apply_link, "two records are one human being", "人员合并", .subject = NULL),
	KIND("persons_unmerged", people_persons_unmerged, unmerged_fields, RIGHT_REGISTER, check_link,
	     people_apply_link, "two records are two human beings", "撤销合并", .subject = NULL),
	KIND("unit_registered", people_unit_registered, unit_fields, RIGHT_USERS, NULL, apply_unit,
	     "a unit takes part", "单位登记", .subject = NULL),
	KIND("user_registered", people_user_registered, user_fields, RIGHT_USERS, people_check_user,
	     people_apply_user, "a user may sign in, with these roles, for this area and below", "用户登记",
	     .subject = NULL),
	KIND("user_suspended", people_user_suspended, suspended_fields, RIGHT_USERS, people_check_user,
	     people_apply_suspended, "a user may no longer sign in", "用户停用", .subject = NULL),
};

static const char *const people_tables[] = {
	"area",
	"area_alias",
	"household(key)",
	"place(key,parent)",
	"person_event(person,household)",
	"person(key,household,canon)",
	"person_stay(person,household)",
	"person_tag(person)",
	"person_link(low,high,kept)",
	"person_duplicate(low,high)",
	"unit(key)",
	"user_account(key,unit)",
	NULL,
};

const struct domain people_domain = {
	.name = "people",
	.kinds = people_kinds,
	.kinds_n = ARRAY_N(people_kinds),
	.schema = &SQL_people_schema,
	.tables = people_tables,
	.audit_new = people_audit_new,
	.audit_fact = people_audit_fact,
	.audit_compare = people_audit_compare,
};
