/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks and folding of the facts isolation.*; their declarations stand at the end.
 */
#include "domain/isolation/isolation.h"

#include "core/caltime.h"
#include "domain/isolation/isolation_fold.h"
#include "domain/people/people.h"
#include "ledger/house.h"
#include "sql.gen.h"

#define OLDEST_MS INT64_C(946684800000) /* 2000: a fact from before is a typing error */

const char *const isolation_kinds[] = {"contacts", "cases_mild", "arrivals", NULL};
const char *const isolation_classes[] = {"close_contact", "secondary_contact", "traveller", "arrival", "loop_worker", "case", NULL};
const char *const isolation_sides[] = {"left", "right", NULL};
const char *const isolation_departures[] = {"hospital", "emergency", "ran_away", "deceased", "other", NULL};
const char *const isolation_halves[] = {"am", "pm", NULL};
const char *const isolation_meals[] = {"breakfast", "lunch", "supper", NULL};
const char *const isolation_roles[] = {"doctor", "nurse", "disinfection", "observation", "information", "security", "logistics",
				       "case_transfer", "humane_care", "head", "other", NULL};
const char *const isolation_room_states[] = {"unknown", "free", "occupied", "to_disinfect", "resting", "closed", NULL};
_Static_assert(ARRAY_N(isolation_classes) == EXPOSED__N + 1, "one word for each class");

static int64_t or_zero(int64_t v)
{
	return v == ABSENT ? 0 : v;
}

static enum err_code key_or_none(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

static struct str text_or_empty(struct str s)
{
	return s.p ? s : STR("");
}

/* ---- checks: what does not depend on the order of arrival -------------------------------------------------------- */

static enum err_code check_at(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	return f->at < OLDEST_MS ? err_set(e, ERR_BAD_VALUE, "/at", "before the year 2000; check the clock of the device") : OK;
}

/* A class that the edition has abolished (secondary contacts under the twenty measures) is no ground to keep anybody. */
static enum err_code check_class(struct ledger_tx *tx, int64_t class, struct err *e)
{
	const struct protocol_tier *tier = protocol_tier_find(tx->protocol, str_of(isolation_classes[class]));
	if (tier && !tier->enabled)
		return err_set(e, ERR_NOT_ALLOWED, "/body/class", "edition %.*s has abolished this class", STR_ARG(tx->protocol->id));
	return OK;
}

static enum err_code check_assigned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_room_assigned *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK && b->until_at != ABSENT && (b->until_at <= f->at || b->until_at > f->at + 7 * MS_PER_DAY))
		return err_set(e, ERR_BAD_VALUE, "/body/until_at", "a bed is held from now on, at most seven days");
	if (rc == OK && id_eq(b->guardian_of, b->person))
		return err_set(e, ERR_BAD_VALUE, "/body/guardian_of", "nobody accompanies himself");
	return rc == OK ? check_class(tx, b->class, e) : rc;
}

static enum err_code check_admitted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_admitted *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK && id_eq(b->guardian_of, b->person))
		return err_set(e, ERR_BAD_VALUE, "/body/guardian_of", "nobody accompanies himself");
	return rc == OK ? check_class(tx, b->class, e) : rc;
}

static enum err_code check_released(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_released *b = f->body;
	if (b->early == 1 && b->reason.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/body/reason", "an early release says why");
	return check_at(tx, f, e);
}

static enum err_code check_disinfected(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_room_disinfected *b = f->body;
	if (b->rest_until != ABSENT && (b->rest_until < f->at || b->rest_until > f->at + 7 * MS_PER_DAY))
		return err_set(e, ERR_BAD_VALUE, "/body/rest_until", "a room rests from its disinfection on, at most seven days");
	return check_at(tx, f, e);
}

static enum err_code check_inquiry(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct isolation_inquiry_done *b = f->body;
	if (b->left_at != ABSENT && (b->left_at > f->at || b->left_at < f->at - 60 * MS_PER_DAY))
		return err_set(e, ERR_BAD_VALUE, "/body/left_at", "the environment was left before the inquiry, not more than sixty days");
	return check_at(tx, f, e);
}

/* ---- folding: sites and rooms ------------------------------------------------------------------------------------ */

static enum err_code put_site(struct ledger_tx *tx, const struct fact *f, struct id site_id, enum isolation_site_what what, struct id place_id,
			      struct str name, int64_t kind, int64_t zones_ok, struct err *e)
{
	int64_t site, place;
	enum err_code rc = ledger_key(tx, "site", site_id, &site, e);
	if (rc == OK)
		rc = key_or_none(tx, "place", place_id, &place, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_site_event_put,
			    PARAMS(V_INT(tx->county), V_INT(site), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(kind), V_INT(f->area),
				   V_TEXT(text_or_empty(name)), V_INT(zones_ok), V_INT(place)),
			    e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_site_derive, PARAMS(V_INT(tx->county), V_INT(site)), e);
	if (rc == OK)
		rc = isolation_site_rooms_derive(tx, site, e);
	int64_t since = 0;
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_site_since, PARAMS(V_INT(tx->county), V_INT(site)), 0, &since, e);
	return rc == OK && since > 0 ? isolation_site_derive(tx, site, since, e) : rc;
}

static enum err_code apply_site_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_site_opened *b = f->body;
	return put_site(tx, f, b->site, SITE_OPENED, b->place, b->name, b->kind, or_zero(b->zones_ok), e);
}

static enum err_code apply_site_closed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_site_closed *b = f->body;
	return put_site(tx, f, b->site, SITE_SHUT, ID_NONE, STR(""), -1, 0, e);
}

static enum err_code apply_room(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_registered *b = f->body;
	int64_t room, site, before, now, since = 0;
	enum err_code rc = ledger_key(tx, "room", b->room, &room, e);
	if (rc == OK)
		rc = ledger_key(tx, "site", b->site, &site, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_site_of_room, PARAMS(V_INT(tx->county), V_INT(room)), 0, &before, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_room_put,
			    PARAMS(V_INT(tx->county), V_INT(room), V_INT(site), V_TEXT(text_or_empty(b->wing)), V_INT(b->floor), V_TEXT(b->number),
				   V_INT(b->position), V_INT(b->side), V_INT(b->beds), V_TEXT(text_or_empty(b->ventilation)),
				   V_INT(or_zero(b->barrier_free)), V_INT(or_zero(b->family)), V_INT(or_zero(b->window)),
				   V_INT(or_zero(b->own_toilet)), V_INT(f->area), V_INT(f->at), V_ID(&f->id)),
			    e);
	if (rc == OK)
		rc = isolation_room_derive(tx, room, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_room_since, PARAMS(V_INT(tx->county), V_INT(room)), 0, &since, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_isolation_site_of_room, PARAMS(V_INT(tx->county), V_INT(room)), 0, &now, e);
	if (rc == OK && since > 0 && before > 0 && before != now)
		rc = isolation_site_derive(tx, before, since, e);
	return rc == OK && since > 0 ? isolation_site_derive(tx, now, since, e) : rc;
}

static enum err_code put_room_event(struct ledger_tx *tx, const struct fact *f, struct id room_id, enum isolation_room_what what, int64_t value,
				    struct str text, struct err *e)
{
	int64_t room;
	enum err_code rc = ledger_key(tx, "room", room_id, &room, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_room_event_put,
			    PARAMS(V_INT(tx->county), V_INT(room), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(value), V_TEXT(text_or_empty(text))), e);
	return rc == OK ? isolation_room_derive(tx, room, e) : rc;
}

static enum err_code apply_disinfected(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_disinfected *b = f->body;
	int64_t rest_ms = isolation_param(tx->protocol, "isolation.rest_min", ISOLATION_REST_MS / MS_PER_MINUTE) * MS_PER_MINUTE;
	return put_room_event(tx, f, b->room, ROOM_DISINFECTED, b->rest_until == ABSENT ? f->at + rest_ms : b->rest_until, b->agent, e);
}

static enum err_code apply_rested(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_rested_until *b = f->body;
	return put_room_event(tx, f, b->room, ROOM_RESTED, b->until_at, STR(""), e);
}

static enum err_code apply_room_closed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_closed *b = f->body;
	return put_room_event(tx, f, b->room, ROOM_SHUT, 0, b->reason, e);
}

static enum err_code apply_room_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_opened *b = f->body;
	return put_room_event(tx, f, b->room, ROOM_REOPENED, 0, STR(""), e);
}

/* ---- folding: persons ------------------------------------------------------------------------------------------ */

struct entry {
	enum isolation_what what;
	struct id person, room, guards;
	int64_t class, until_at, reason, early;
};

static enum err_code put_entry(struct ledger_tx *tx, const struct fact *f, const struct entry *v, struct err *e)
{
	int64_t person, room, guards;
	enum err_code rc = ledger_key(tx, "person", v->person, &person, e);
	if (rc == OK)
		rc = key_or_none(tx, "room", v->room, &room, e);
	if (rc == OK)
		rc = key_or_none(tx, "person", v->guards, &guards, e);
	if (rc != OK)
		return rc;
	if (guards > 0)
		isolation_watch(tx->county, guards);
	rc = db_run(tx->db, &SQL_isolation_event_put,
		    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(v->what), V_INT(room), V_INT(v->class),
			   V_INT(guards), V_INT(v->reason), V_INT(v->early), V_INT(v->until_at), V_INT(f->area), V_INT(tx->outbreak),
			   V_INT(isolation_param(tx->protocol, "special.child_age_max", ISOLATION_CHILD_AGE)),
			   V_INT(isolation_param(tx->protocol, "monitoring.checks_per_day", ISOLATION_ROUNDS)), V_TEXT(f->edition)),
		    e);
	if (rc == OK)
		rc = isolation_person_derive(tx, person, e);
	if (rc != OK || v->what == WHAT_ASSIGNED)
		return rc;
	enum whereabouts_kind where = WHERE_ROOM;
	if (v->what == WHAT_RELEASED)
		where = WHERE_HOME;
	if (v->what == WHAT_LEFT)
		where = v->reason == LEFT_HOSPITAL || v->reason == LEFT_EMERGENCY ? WHERE_HOSPITAL : WHERE_UNKNOWN;
	return whereabouts_note(tx, person, where, where == WHERE_ROOM ? room : 0, f->at, f->id, e);
}

static enum err_code apply_assigned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_room_assigned *b = f->body;
	struct entry v = {.what = WHAT_ASSIGNED, .person = b->person, .room = b->room, .guards = b->guardian_of, .class = b->class, .reason = -1,
			  .until_at = b->until_at == ABSENT ? f->at + ISOLATION_HOLD_MS : b->until_at};
	return put_entry(tx, f, &v, e);
}

static enum err_code apply_admitted(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_admitted *b = f->body;
	struct entry v = {.what = WHAT_ADMITTED, .person = b->person, .room = b->room, .guards = b->guardian_of, .class = b->class, .reason = -1};
	return put_entry(tx, f, &v, e);
}

static enum err_code apply_moved(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_moved *b = f->body;
	struct entry v = {.what = WHAT_MOVED, .person = b->person, .room = b->room, .class = -1, .reason = -1};
	return put_entry(tx, f, &v, e);
}

static enum err_code apply_released(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_released *b = f->body;
	struct entry v = {.what = WHAT_RELEASED, .person = b->person, .class = -1, .reason = -1, .early = b->early == 1};
	return put_entry(tx, f, &v, e);
}

static enum err_code apply_left(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_left *b = f->body;
	struct entry v = {.what = WHAT_LEFT, .person = b->person, .class = -1, .reason = b->reason};
	return put_entry(tx, f, &v, e);
}

static enum err_code apply_withdrawn(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_entry_withdrawn *b = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = whereabouts_void(tx, person, b->entry, e);
	return rc == OK ? isolation_person_derive(tx, person, e) : rc;
}

static enum err_code apply_settled(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_conflict_settled *b = f->body;
	int64_t person, room;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "room", b->room, &room, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_settled_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(room), V_INT(f->at), V_ID(&f->id), V_TEXT(b->finding)), e);
	return rc == OK ? isolation_room_derive(tx, room, e) : rc;
}

static enum err_code apply_guardian(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_guardian_named *b = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_guardian_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_TEXT(text_or_empty(b->relation))), e);
	return rc == OK ? isolation_person_derive(tx, person, e) : rc;
}

static enum err_code apply_medicine(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_medicine_given *b = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	return rc == OK ? db_run(tx->db, &SQL_isolation_medicine_put,
				 PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_TEXT(b->medicine)), e)
			: rc;
}

/* ---- folding: what the site does every day ------------------------------------------------------------------------ */

static enum err_code put_task(struct ledger_tx *tx, const struct fact *f, struct id site_id, enum isolation_task what, int64_t part, int64_t n,
			      struct err *e)
{
	int64_t site;
	enum err_code rc = ledger_key(tx, "site", site_id, &site, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_isolation_task_put,
			    PARAMS(V_INT(tx->county), V_INT(site), V_INT(what), V_INT(part), V_INT(f->at), V_ID(&f->id), V_INT(or_zero(n))), e);
	return rc == OK && what != TASK_ROUND ? isolation_site_derive(tx, site, f->at, e) : rc;
}

static enum err_code apply_round(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_round_done *b = f->body;
	return put_task(tx, f, b->site, TASK_ROUND, 2 * (int64_t)day_of(f->at) + b->half, b->seen_n, e);
}

static enum err_code apply_meal(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_meal_served *b = f->body;
	return put_task(tx, f, b->site, TASK_MEAL, (int64_t)day_of(f->at) * MEAL__N + b->meal, b->served_n, e);
}

static enum err_code apply_psych(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_psych_round_done *b = f->body;
	return put_task(tx, f, b->site, TASK_PSYCH, day_of(f->at), b->seen_n, e);
}

static enum err_code apply_waste(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_waste_handed_over *b = f->body;
	return put_task(tx, f, b->site, TASK_WASTE, day_of(f->at), b->bags_n, e);
}

static enum err_code apply_environment(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_environment_sampled *b = f->body;
	int64_t site, room, person;
	enum err_code rc = ledger_key(tx, "site", b->site, &site, e);
	if (rc == OK)
		rc = key_or_none(tx, "room", b->room, &room, e);
	if (rc == OK)
		rc = key_or_none(tx, "person", b->person, &person, e);
	return rc == OK ? db_run(tx->db, &SQL_isolation_environment_put,
				 PARAMS(V_INT(tx->county), V_INT(site), V_INT(f->at), V_ID(&f->id), V_INT(room), V_INT(person), V_INT(b->negative),
					V_TEXT(text_or_empty(b->points))),
				 e)
			: rc;
}

/* ---- what other domains report ---------------------------------------------------------------------------------- */

/* The register said something of a person: household, age, need of help decide who may share. */
static enum err_code on_register(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	_Static_assert(offsetof(struct people_person_registered, person) == 0 && offsetof(struct people_person_corrected, person) == 0 &&
			       offsetof(struct people_person_moved, person) == 0 && offsetof(struct people_person_tagged, person) == 0 &&
			       offsetof(struct people_person_untagged, person) == 0 && offsetof(struct people_person_departed, person) == 0,
		       "person first");
	const struct id *id = f->body;
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", *id, &person, e);
	return rc == OK && isolation_watched(tx->county, person) ? isolation_person_derive(tx, person, e) : rc;
}

static enum err_code on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_persons_merged *b = f->body; /* unmerged has the same members */
	const struct id both[] = {b->person, b->other};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(both); i++) {
		int64_t person;
		rc = ledger_key(tx, "person", both[i], &person, e);
		if (rc == OK)
			rc = isolation_where_derive(tx, person, e);
		if (rc == OK)
			rc = isolation_person_derive(tx, person, e);
		if (rc == OK)
			rc = isolation_person_rounds(tx, person, e);
		if (rc == OK)
			rc = isolation_staff_derive(tx, person, e);
		if (rc == OK)
			rc = isolation_resets_derive(tx, person, e);
	}
	return rc;
}

/* "2 : 50" */
static void read_ratio(const struct protocol_param *p, int64_t *n, int64_t *per)
{
	if (!p || p->kind != PARAM_TEXT)
		return;
	struct str rest = p->text, left = str_trim(str_cut(&rest, ':'));
	int64_t a, b;
	if (str_to_i64(left, &a) && str_to_i64(str_trim(rest), &b) && a > 0 && b > 0) {
		*n = a;
		*per = b;
	}
}

/* What the edition sets, kept for questions, which see no protocol files. */
enum err_code isolation_on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), b->edition);
	int64_t outbreak, medics_n = ISOLATION_MEDICS, medics_per = ISOLATION_MEDICS_PER;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &outbreak, e);
	if (rc != OK)
		return rc;
	const struct protocol_param *sample = p ? protocol_param_find(p, STR("close_contact.release.environment_sample")) : NULL;
	read_ratio(p ? protocol_param_find(p, STR("isolation.medic_ratio")) : NULL, &medics_n, &medics_per);
	return db_run(tx->db, &SQL_isolation_rule_put,
		      PARAMS(V_INT(tx->county), V_INT(outbreak), V_INT(b->from_at), V_ID(&f->id), V_INT(isolation_param(p, "isolation.rooms_per_10k", 0)),
			     V_INT(medics_n), V_INT(medics_per), V_INT(isolation_param(p, "isolation.positive.restart_days", 0)), V_TEXT(b->edition),
			     V_INT(sample && sample->kind != PARAM_ABSENT)),
		      e);
}

/* ---- declarations ------------------------------------------------------------------------------------------------ */

#define PERSON(struct_, en_, zh_) FIELD(struct struct_, person, F_ID, REQUIRED, .entity = "person", .en = en_, .zh = zh_)
#define ROOM(struct_, en_, zh_) FIELD(struct struct_, room, F_ID, REQUIRED, .entity = "room", .en = en_, .zh = zh_)
#define SITE(struct_, en_, zh_) FIELD(struct struct_, site, F_ID, REQUIRED, .entity = "site", .en = en_, .zh = zh_)
#define CLASS(struct_) \
	FIELD(struct struct_, class, F_WORD, REQUIRED, .words = isolation_classes, .en = "class of exposure", .zh = "暴露类别")
#define GUARDIAN(struct_) \
	FIELD(struct struct_, guardian_of, F_ID, 0, .entity = "person", .en = "whom this person accompanies: a child, someone who needs help", \
	      .zh = "所陪护的人员（儿童或半自理人员）")

static const struct field site_opened[] = {
	SITE(isolation_site_opened, "the isolation site", "隔离点"),
	FIELD(struct isolation_site_opened, place, F_ID, 0, .entity = "place", .en = "the place in the register", .zh = "所在场所"),
	FIELD(struct isolation_site_opened, name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "its name", .zh = "名称"),
	FIELD(struct isolation_site_opened, kind, F_WORD, REQUIRED, .words = isolation_kinds, .en = "for whom; classes are not mixed",
	      .zh = "类型（不得混用）"),
	FIELD(struct isolation_site_opened, zones_ok, F_BOOL, 0, .en = "three zones and two passages were inspected and confirmed",
	      .zh = "三区两通道已验收"),
	FIELD(struct isolation_site_opened, head_name, F_TEXT, PERSONAL, .min = 1, .max = 60, .en = "head of the site", .zh = "点长姓名"),
	FIELD(struct isolation_site_opened, head_phone, F_TEXT, PERSONAL, .min = 3, .max = 30, .en = "telephone of the head", .zh = "点长电话"),
};
static const struct field site_closed[] = {
	SITE(isolation_site_closed, "the isolation site", "隔离点"),
	FIELD(struct isolation_site_closed, reason, F_TEXT, 0, .min = 2, .max = 200, .en = "why, without personal data", .zh = "原因（不含个人信息）"),
};
static const struct field room_registered[] = {
	ROOM(isolation_room_registered, "the room", "房间"),
	SITE(isolation_room_registered, "its site", "所属隔离点"),
	FIELD(struct isolation_room_registered, wing, F_TEXT, 0, .min = 1, .max = 40, .en = "wing or building", .zh = "楼栋或区域"),
	FIELD(struct isolation_room_registered, floor, F_INT, REQUIRED, .min = -3, .max = 60, .en = "floor", .zh = "楼层"),
	FIELD(struct isolation_room_registered, number, F_TEXT, REQUIRED, .min = 1, .max = 20, .en = "what the door says", .zh = "房号"),
	FIELD(struct isolation_room_registered, position, F_INT, REQUIRED, .min = 1, .max = 500, .en = "1, 2, .. from the left end of the corridor",
	      .zh = "从走廊左端起的序号"),
	FIELD(struct isolation_room_registered, side, F_WORD, REQUIRED, .words = isolation_sides, .en = "side of the corridor, seen from its left end",
	      .zh = "走廊哪一侧"),
	FIELD(struct isolation_room_registered, beds, F_INT, REQUIRED, .min = 1, .max = 12, .en = "beds", .zh = "床位数"),
	FIELD(struct isolation_room_registered, ventilation, F_TEXT, 0, .min = 1, .max = 40,
	      .en = "rooms with the same word share air; leave out when it has air of its own", .zh = "通风分组（同组共用空气）"),
	FIELD(struct isolation_room_registered, barrier_free, F_BOOL, 0, .en = "barrier-free", .zh = "无障碍"),
	FIELD(struct isolation_room_registered, family, F_BOOL, 0, .en = "for families", .zh = "家庭房"),
	FIELD(struct isolation_room_registered, window, F_BOOL, 0, .en = "a window that opens", .zh = "可开启外窗"),
	FIELD(struct isolation_room_registered, own_toilet, F_BOOL, 0, .en = "own toilet", .zh = "独立卫生间"),
};
static const struct field room_assigned[] = {
	PERSON(isolation_room_assigned, "who will come", "人员"),
	ROOM(isolation_room_assigned, "the room that is held", "预留房间"),
	CLASS(isolation_room_assigned),
	GUARDIAN(isolation_room_assigned),
	FIELD(struct isolation_room_assigned, until_at, F_TIME, 0, .en = "held until; absent = twelve hours", .zh = "预留至（缺省12小时）"),
};
static const struct field admitted[] = {
	PERSON(isolation_admitted, "who is admitted", "入住人员"),
	ROOM(isolation_admitted, "the room", "房间"),
	CLASS(isolation_admitted),
	GUARDIAN(isolation_admitted),
};
static const struct field moved[] = {
	PERSON(isolation_moved, "who is moved", "人员"),
	ROOM(isolation_moved, "into this room", "转入房间"),
	FIELD(struct isolation_moved, reason, F_TEXT, 0, .min = 2, .max = 200, .en = "why, without personal data", .zh = "原因（不含个人信息）"),
};
static const struct field released[] = {
	PERSON(isolation_released, "who is released from the site", "解除人员"),
	FIELD(struct isolation_released, early, F_BOOL, 0, .en = "true: although conditions are unmet", .zh = "提前解除"),
	FIELD(struct isolation_released, reason, F_TEXT, PERSONAL, .min = 2, .max = 1000, .en = "why; required when early", .zh = "理由（提前解除必填）"),
};
static const struct field left[] = {
	PERSON(isolation_left, "who left", "离开人员"),
	FIELD(struct isolation_left, reason, F_WORD, REQUIRED, .words = isolation_departures, .en = "where to or why", .zh = "去向或原因"),
};
static const struct field entry_withdrawn[] = {
	FIELD(struct isolation_entry_withdrawn, entry, F_ID, REQUIRED, .en = "id of the fact that was a mistake", .zh = "误报的事实编号"),
	PERSON(isolation_entry_withdrawn, "whom it named", "该事实所指人员"),
	FIELD(struct isolation_entry_withdrawn, reason, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "why, without personal data",
	      .zh = "原因（不含个人信息）"),
};
static const struct field room_disinfected[] = {
	ROOM(isolation_room_disinfected, "the room", "房间"),
	FIELD(struct isolation_room_disinfected, rest_until, F_TIME, 0, .en = "aired until; absent = by the edition", .zh = "通风静置至（缺省按方案）"),
	FIELD(struct isolation_room_disinfected, agent, F_TEXT, 0, .min = 2, .max = 120, .en = "agent, concentration, time", .zh = "消毒剂、浓度和时间"),
};
static const struct field room_rested_until[] = {
	ROOM(isolation_room_rested_until, "the room", "房间"),
	FIELD(struct isolation_room_rested_until, until_at, F_TIME, REQUIRED, .en = "aired until", .zh = "静置至"),
};
static const struct field room_closed[] = {
	ROOM(isolation_room_closed, "the room", "房间"),
	FIELD(struct isolation_room_closed, reason, F_TEXT, 0, .min = 2, .max = 200, .en = "why", .zh = "原因"),
};
static const struct field room_opened[] = {
	ROOM(isolation_room_opened, "the room", "房间"),
};
static const struct field round_done[] = {
	SITE(isolation_round_done, "the site", "隔离点"),
	FIELD(struct isolation_round_done, half, F_WORD, REQUIRED, .words = isolation_halves, .en = "morning or evening round", .zh = "上午或下午"),
	FIELD(struct isolation_round_done, seen_n, F_INT, 0, .min = 0, .max = 20000, .en = "persons seen", .zh = "巡诊人数"),
};
static const struct field meal_served[] = {
	SITE(isolation_meal_served, "the site", "隔离点"),
	FIELD(struct isolation_meal_served, meal, F_WORD, REQUIRED, .words = isolation_meals, .en = "which meal", .zh = "餐次"),
	FIELD(struct isolation_meal_served, served_n, F_INT, 0, .min = 0, .max = 20000, .en = "meals served", .zh = "份数"),
};
static const struct field psych_round_done[] = {
	SITE(isolation_psych_round_done, "the site", "隔离点"),
	FIELD(struct isolation_psych_round_done, seen_n, F_INT, 0, .min = 0, .max = 20000, .en = "persons talked to", .zh = "访谈人数"),
	FIELD(struct isolation_psych_round_done, crisis_n, F_INT, 0, .min = 0, .max = 20000, .en = "persons for whom help was called", .zh = "危机干预人数"),
};
static const struct field medicine_given[] = {
	PERSON(isolation_medicine_given, "who got it", "人员"),
	FIELD(struct isolation_medicine_given, medicine, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "medicine and dose", .zh = "药品和剂量"),
	FIELD(struct isolation_medicine_given, note, F_TEXT, PERSONAL, .max = 1000, .en = "remark", .zh = "备注"),
};
static const struct field guardian_named[] = {
	PERSON(isolation_guardian_named, "the child", "未成年人"),
	FIELD(struct isolation_guardian_named, guardian_name, F_TEXT, REQUIRED | PERSONAL, .min = 1, .max = 60, .en = "the adult who answers for it",
	      .zh = "监护人姓名"),
	FIELD(struct isolation_guardian_named, guardian_phone, F_TEXT, PERSONAL, .min = 3, .max = 30, .en = "telephone", .zh = "监护人电话"),
	FIELD(struct isolation_guardian_named, relation, F_TEXT, 0, .min = 1, .max = 40, .en = "mother, teacher, ...", .zh = "关系"),
};
static const struct field staff_entered[] = {
	PERSON(isolation_staff_entered, "who enters the closed loop", "进入闭环人员"),
	SITE(isolation_staff_entered, "the site", "隔离点"),
	FIELD(struct isolation_staff_entered, role, F_WORD, REQUIRED, .words = isolation_roles, .en = "group or task", .zh = "岗位"),
};
static const struct field staff_left[] = {
	PERSON(isolation_staff_left, "who leaves the closed loop", "离开闭环人员"),
};
static const struct field staff_cleared[] = {
	PERSON(isolation_staff_cleared, "whose days after duty are over", "离岗监测期满人员"),
};
static const struct field waste_handed_over[] = {
	SITE(isolation_waste_handed_over, "the site", "隔离点"),
	FIELD(struct isolation_waste_handed_over, bags_n, F_INT, 0, .min = 0, .max = 10000, .en = "bags", .zh = "袋数"),
	FIELD(struct isolation_waste_handed_over, weight_kg, F_REAL, 0, .min = 0, .max = 100000, .en = "weight, kg", .zh = "重量（kg）"),
	FIELD(struct isolation_waste_handed_over, receiver, F_TEXT, 0, .min = 1, .max = 120, .en = "disposal company", .zh = "接收单位"),
};
static const struct field environment_sampled[] = {
	SITE(isolation_environment_sampled, "the site", "隔离点"),
	FIELD(struct isolation_environment_sampled, room, F_ID, 0, .entity = "room", .en = "the room", .zh = "房间"),
	FIELD(struct isolation_environment_sampled, person, F_ID, 0, .entity = "person", .en = "whose room and belongings, before release",
	      .zh = "解除前采样所属人员"),
	FIELD(struct isolation_environment_sampled, negative, F_BOOL, REQUIRED, .en = "all samples negative", .zh = "全部阴性"),
	FIELD(struct isolation_environment_sampled, points, F_TEXT, 0, .min = 1, .max = 200, .en = "where samples were taken", .zh = "采样点位"),
};
static const struct field inquiry_done[] = {
	{.name = "case", .type = F_ID, .flags = REQUIRED, .offset = offsetof(struct isolation_inquiry_done, case_), .entity = "case",
	 .en = "the positive found inside", .zh = "隔离点内阳性病例"},
	ROOM(isolation_inquiry_done, "the room", "所在房间"),
	FIELD(struct isolation_inquiry_done, at_risk, F_IDS, 0, .entity = "person", .en = "persons judged to have been exposed inside",
	      .zh = "判定有交叉感染风险的人员"),
	FIELD(struct isolation_inquiry_done, left_at, F_TIME, 0, .en = "when they left that environment; absent = now",
	      .zh = "脱离该环境时间（缺省为当前）"),
	FIELD(struct isolation_inquiry_done, finding, F_TEXT, 0, .min = 2, .max = 1000, .en = "finding, without personal data",
	      .zh = "结论（不含个人信息）"),
};
static const struct field conflict_settled[] = {
	PERSON(isolation_conflict_settled, "the person", "人员"),
	ROOM(isolation_conflict_settled, "the room", "房间"),
	FIELD(struct isolation_conflict_settled, finding, F_TEXT, REQUIRED, .min = 2, .max = 400, .en = "what was found, without personal data",
	      .zh = "核实结果（不含个人信息）"),
};

#define KIND(name_, right_, outbreak_, en_, zh_, ...) \
	{.name = "isolation." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct isolation_##name_), .fields = name_, \
	 .fields_n = ARRAY_N(name_), .right = RIGHT_##right_, .outbreak = outbreak_, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(site_opened, COMMAND, false, "an isolation site is opened, or what was said of it changes", "启用隔离点", .subject = "site",
	     .check = check_at, .apply = apply_site_opened),
	KIND(site_closed, COMMAND, false, "an isolation site is closed", "关闭隔离点", .check = check_at, .guard = isolation_guard_site_closed,
	     .apply = apply_site_closed),
	KIND(room_registered, SITE, false, "a room, where it lies and what it has", "登记房间", .check = check_at, .apply = apply_room),
	KIND(room_closed, SITE, false, "a room is taken out of use", "停用房间", .check = check_at, .guard = isolation_guard_empty_room,
	     .apply = apply_room_closed),
	KIND(room_opened, SITE, false, "a room is back in use", "恢复使用房间", .check = check_at, .apply = apply_room_opened),
	KIND(room_assigned, SITE, true, "a bed is held for a person", "预留房间", .check = check_assigned, .guard = isolation_guard_assigned,
	     .apply = apply_assigned),
	KIND(admitted, SITE, true, "a person comes into a room", "入住", .check = check_admitted, .guard = isolation_guard_admitted,
	     .apply = apply_admitted),
	KIND(moved, SITE, true, "a person is moved to another room", "调换房间", .check = check_at, .guard = isolation_guard_moved,
	     .apply = apply_moved),
	KIND(released, SIGN, true, "an officer signs that a person leaves the site", "签署解除集中隔离", .subject = "person",
	     .check = check_released, .guard = isolation_guard_released, .apply = apply_released),
	KIND(left, SITE, true, "a person left: hospital, emergency, ran away; always possible", "离开隔离点（就医、急救、擅自离开等）", .check = check_at,
	     .apply = apply_left),
	KIND(entry_withdrawn, SITE, true, "a report of coming, moving or leaving was a mistake", "撤销误报的出入记录", .check = check_at,
	     .apply = apply_withdrawn),
	KIND(room_disinfected, SITE, true, "terminal disinfection of an empty room is finished", "终末消毒完成", .check = check_disinfected,
	     .guard = isolation_guard_empty_room, .apply = apply_disinfected),
	KIND(room_rested_until, SITE, true, "a room is aired until then", "房间静置至", .check = check_at, .apply = apply_rested),
	KIND(round_done, SITE, true, "the staff says that a health round is over", "巡诊完成", .check = check_at, .apply = apply_round),
	KIND(meal_served, SITE, true, "a meal was served", "供餐", .check = check_at, .apply = apply_meal),
	KIND(psych_round_done, SITE, true, "residents were talked to", "心理巡访", .check = check_at, .apply = apply_psych),
	KIND(medicine_given, SITE, true, "a resident got a medicine", "发放药品", .subject = "person", .check = check_at, .apply = apply_medicine),
	KIND(guardian_named, SITE, true, "an adult answers for a child that is alone in a room", "指定未成年人监护人", .subject = "person", .check = check_at,
	     .apply = apply_guardian),
	KIND(staff_entered, SITE, true, "somebody begins to work in the closed loop", "工作人员进入闭环", .check = check_at,
	     .apply = isolation_apply_staff_entered),
	KIND(staff_left, SITE, true, "somebody leaves the closed loop", "工作人员离开闭环", .check = check_at, .apply = isolation_apply_staff_left),
	KIND(staff_cleared, SITE, true, "the days after duty in a closed loop are over", "离岗监测期满", .check = check_at,
	     .apply = isolation_apply_staff_cleared),
	KIND(waste_handed_over, SITE, true, "medical waste was handed over", "医疗废物交接", .check = check_at, .apply = apply_waste),
	KIND(environment_sampled, SITE, true, "surfaces of the site or of a room were sampled", "环境采样结果", .check = check_at,
	     .apply = apply_environment),
	KIND(inquiry_done, TRACE, true, "experts looked at a positive found inside: who was exposed", "隔离点交叉感染评估", .check = check_inquiry,
	     .apply = isolation_apply_inquiry),
	KIND(conflict_settled, SITE, true, "a human looked at a report that does not count; nothing more is to be done", "矛盾记录已核实",
	     .check = check_at, .apply = apply_settled),
};

static const struct reaction reactions[] = {
	{"people.person_registered", on_register},
	{"people.person_corrected", on_register},
	{"people.person_moved", on_register},
	{"people.person_departed", on_register},
	{"people.person_tagged", on_register},
	{"people.person_untagged", on_register},
	{"people.persons_merged", on_merge},
	{"people.persons_unmerged", on_merge},
	{"testing.swab_taken", isolation_on_swab},
	{"tracing.health_checked", isolation_on_checked},
	{"tracing.case_opened", isolation_on_case},
	{"tracing.case_revised", isolation_on_case},
	{"tracing.case_isolated", isolation_on_case_isolated},
	{"tracing.contact_secured", isolation_on_secured},
	{"tracing.contact_classified", isolation_on_signed},
	{"tracing.regimen_reset", isolation_on_signed},
	{"house.edition_adopted", isolation_on_edition},
};

static const char *const tables[] = {
	"isolation_site_event(site,place)",
	"isolation_site(key,place)",
	"isolation_room(key,site)",
	"isolation_room_event(room)",
	"isolation_room_now(room,household)",
	"isolation_event(person,room,guards,outbreak)",
	"isolation_void(person)",
	"isolation_stay(person,room,guards,outbreak)",
	"isolation_hold(person,room)",
	"isolation_settled(person,room)",
	"isolation_medicine(person)",
	"isolation_guardian(person)",
	"isolation_task(site)",
	"isolation_environment(site,room,person)",
	"isolation_staff_event(person,site,outbreak)",
	"isolation_staff(person,site)",
	"isolation_inquiry(case_key,room)",
	"isolation_risk(person,case_key,outbreak)",
	"isolation_inside(case_key,room)",
	"isolation_rule(outbreak)",
	"whereabouts_event(person,ref)",
	"whereabouts(person,ref)",
	NULL,
};

const struct domain isolation_domain = {
	.name = "isolation",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_isolation_schema,
	.tables = tables,
	.reactions = reactions,
	.reactions_n = ARRAY_N(reactions),
	.load = isolation_watch_load,
	.audit_new = isolation_audit_new,
	.audit_fact = isolation_audit_fact,
	.audit_compare = isolation_audit_compare,
};
