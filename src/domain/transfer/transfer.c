/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of the transfer domain: their fields, what is checked, and how each is kept. What follows is in transfer_run.c and transfer_file.c.
 */
#include "domain/transfer/transfer.h"

#include "domain/isolation/isolation.h"
#include "domain/people/people.h"
#include "domain/tracing/tracing.h"
#include "domain/transfer/transfer_fold.h"
#include "ledger/duty.h"
#include "sql.gen.h"

const char *const transfer_classes[] = {"close_contact", "secondary_contact", "traveller", "arrival", "loop_worker", "case", "unexposed", NULL};
_Static_assert(ARRAY_N(transfer_classes) == RIDES__N + 1, "one word for each class");
_Static_assert((int)RIDES_CASE == (int)EXPOSED_CASE && (int)RIDES_UNEXPOSED == (int)EXPOSED__N, "classes of rooms and of vehicles are the same");
const char *const transfer_kinds[] = {"site", "hospital", "home", "other", NULL};
const char *const transfer_vehicle_kinds[] = {"ambulance", "car", "coach", NULL};
const char *const transfer_rules[] = {"none", "seats", "class", "not_clean", "elsewhere", "night", "crew", "distance", NULL};
_Static_assert(ARRAY_N(transfer_rules) == RULE__N + 1, "one word for each rule");
const char *const transfer_exceptions[] = {"night", "crew", "distance", NULL};
const char *const transfer_states[] = {"unknown",  "called",   "refused",     "accepted", "assigned",  "boarded",
				       "departed", "handed_over", "received", "cancelled", NULL};
_Static_assert(ARRAY_N(transfer_states) == TRANSFER__N + 1, "one word for each state");
const char *const transfer_run_states[] = {"planned", "boarding", "under_way", "ended", NULL};
const char *const transfer_vehicle_states[] = {"free", "out", "to_disinfect", NULL};

/* ---- fields ---------------------------------------------------------------------------------------------------------------- */

#define TRANSFER(struct_) FIELD(struct struct_, transfer, F_ID, REQUIRED, .entity = "transfer", .en = "the transfer", .zh = "转运单")
#define PERSON(struct_) FIELD(struct struct_, person, F_ID, REQUIRED, .entity = "person", .en = "who is moved", .zh = "被转运人员")
#define RUN(struct_) FIELD(struct struct_, run, F_ID, REQUIRED, .entity = "run", .en = "the run", .zh = "车次")
#define VEHICLE(struct_) FIELD(struct struct_, vehicle, F_ID, REQUIRED, .entity = "vehicle", .en = "the vehicle", .zh = "车辆")
#define CLASS(struct_) \
	FIELD(struct struct_, class, F_WORD, REQUIRED, .words = transfer_classes, .en = "exposure class, one in a run", .zh = "暴露类别（同车一类）")
#define KIND_OF(struct_, flags_) \
	FIELD(struct struct_, kind, F_WORD, flags_, .words = transfer_kinds, .en = "kind of destination", .zh = "目的地类型")
#define SITE(struct_) FIELD(struct struct_, site, F_ID, 0, .entity = "site", .en = "the site or hospital", .zh = "隔离点或医院")

static const struct field requested[] = {
	TRANSFER(transfer_requested),
	PERSON(transfer_requested),
	CLASS(transfer_requested),
	KIND_OF(transfer_requested, REQUIRED),
	SITE(transfer_requested),
	FIELD(struct transfer_requested, pickup, F_ID, 0, .entity = "place", 
	      .en = "place where the person waits; absent = at home", .zh = "上车地点，缺省为住处"),
	FIELD(struct transfer_requested, barrier_free, F_BOOL, 0, .en = "needs a barrier-free room", .zh = "需无障碍房间"),
	FIELD(struct transfer_requested, stretcher, F_BOOL, 0, .en = "needs a stretcher", .zh = "需担架"),
	FIELD(struct transfer_requested, guardian, F_BOOL, 0, .en = "a guardian goes along, with a transfer of his own", .zh = "有监护人陪同（另建转运单）"),
	FIELD(struct transfer_requested, emergency, F_BOOL, 0, 
	      .en = "medical emergency: overrides every rule, is recorded", .zh = "急危重症：优先于一切规则，如实记录"),
	FIELD(struct transfer_requested, ready_at, F_TIME, 0, .en = "ready to go; absent = now", .zh = "可出发时间，缺省为现在"),
	FIELD(struct transfer_requested, due_at, F_TIME, 0, .en = "in place by then; absent = by the protocol", .zh = "到位时限，缺省按方案"),
	FIELD(struct transfer_requested, reason, F_TEXT, PERSONAL, .max = 1000, .en = "why, and what the crew must know", .zh = "事由及注意事项"),
};
static const struct field reviewed[] = {
	TRANSFER(transfer_reviewed),
	FIELD(struct transfer_reviewed, accepted, F_BOOL, REQUIRED, .en = "true: it is to be done", .zh = "是否同意转运"),
	FIELD(struct transfer_reviewed, reason, F_TEXT, 0, .max = 400, .en = "why not, without personal data", .zh = "不同意的理由（不含个人信息）"),
};
static const struct field vehicle_registered[] = {
	VEHICLE(transfer_vehicle_registered),
	FIELD(struct transfer_vehicle_registered, label, F_TEXT, REQUIRED, .min = 1, .max = 60, .en = "number plate or call sign", .zh = "车牌或呼号"),
	FIELD(struct transfer_vehicle_registered, kind, F_WORD, REQUIRED, .words = transfer_vehicle_kinds, .en = "kind of vehicle", .zh = "车型"),
	FIELD(struct transfer_vehicle_registered, seats, F_INT, REQUIRED, .min = 1, .max = 200, .en = "seats behind the crew", .zh = "乘员座位数"),
	FIELD(struct transfer_vehicle_registered, usable, F_INT, 0, .min = 1, .max = 200,
	      .en = "seats to be used, people apart; absent = half of them", .zh = "隔位乘坐可用座位数，缺省为一半"),
	FIELD(struct transfer_vehicle_registered, stretcher, F_BOOL, 0, .en = "has a stretcher", .zh = "有担架"),
	FIELD(struct transfer_vehicle_registered, lon, F_REAL, 0, .min = -180, .max = 180, .en = "where it stands: longitude", .zh = "停放点经度"),
	FIELD(struct transfer_vehicle_registered, lat, F_REAL, 0, .min = -90, .max = 90, .en = "where it stands: latitude", .zh = "停放点纬度"),
};
static const struct field run_planned[] = {
	RUN(transfer_run_planned),
	VEHICLE(transfer_run_planned),
	FIELD(struct transfer_run_planned, crew, F_IDS, 0, .entity = "user", .en = "driver and attendants", .zh = "驾驶员和随车人员"),
	FIELD(struct transfer_run_planned, depart_at, F_TIME, REQUIRED, .en = "leaves", .zh = "计划发车时间"),
	FIELD(struct transfer_run_planned, arrive_at, F_TIME, REQUIRED, .en = "arrives", .zh = "计划到达时间"),
	FIELD(struct transfer_run_planned, drive_min, F_INT, 0, .min = 0, .max = 2880, 
	      .en = "minutes at the wheel; absent = the whole time", .zh = "驾驶分钟，缺省为全程"),
	KIND_OF(transfer_run_planned, REQUIRED),
	SITE(transfer_run_planned),
};
static const struct field assigned[] = {
	TRANSFER(transfer_assigned),
	RUN(transfer_assigned),
	FIELD(struct transfer_assigned, room, F_ID, 0, .entity = "room", .en = "room proposed to the site", .zh = "建议房间"),
};
static const struct field boarded[] = {
	TRANSFER(transfer_boarded), PERSON(transfer_boarded), RUN(transfer_boarded), CLASS(transfer_boarded),
	FIELD(struct transfer_boarded, emergency, F_BOOL, 0, .en = "medical emergency: taken along whatever the rules say", .zh = "急危重症：不受规则限制，先行转运"),
};
static const struct field departed[] = {RUN(transfer_departed)};
static const struct field handed_over[] = {
	TRANSFER(transfer_handed_over), PERSON(transfer_handed_over), RUN(transfer_handed_over), KIND_OF(transfer_handed_over, REQUIRED),
	SITE(transfer_handed_over),
};
static const struct field received[] = {
	TRANSFER(transfer_received), PERSON(transfer_received), CLASS(transfer_received), KIND_OF(transfer_received, REQUIRED),
	SITE(transfer_received),
};
static const struct field vehicle_disinfected[] = {
	VEHICLE(transfer_vehicle_disinfected),
	FIELD(struct transfer_vehicle_disinfected, agent, F_TEXT, 0, .max = 120, .en = "with what, how long", .zh = "消毒剂及作用时间"),
};
static const struct field cancelled[] = {
	TRANSFER(transfer_cancelled),
	FIELD(struct transfer_cancelled, reason, F_TEXT, REQUIRED, .min = 2, .max = 400, .en = "why, without personal data", .zh = "取消原因（不含个人信息）"),
};
static const struct field exception_signed[] = {
	RUN(transfer_exception_signed),
	FIELD(struct transfer_exception_signed, rule, F_WORD, REQUIRED, .words = transfer_exceptions,
	      .en = "which rule this run may break: night, hours of the crew, distance", .zh = "特批事项：夜间行车、驾驶时长、远距离"),
	FIELD(struct transfer_exception_signed, reason, F_TEXT, REQUIRED, .min = 4, .max = 400, 
	      .en = "why it must be, without personal data", .zh = "理由（不含个人信息）"),
};

/* ---- checks ------------------------------------------------------------------------------------------------------------------ */

static enum err_code check_reviewed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct transfer_reviewed *b = f->body;
	if (b->accepted == 0 && b->reason.n < 2)
		return err_set(e, ERR_MISSING_FIELD, "/body/reason", "a refusal says why");
	return OK;
}

static enum err_code check_vehicle(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct transfer_vehicle_registered *b = f->body;
	if (b->usable != ABSENT && b->usable > b->seats)
		return err_set(e, ERR_BAD_VALUE, "/body/usable", "there are not as many seats");
	if (isnan(b->lon) != isnan(b->lat))
		return err_set(e, ERR_MISSING_FIELD, isnan(b->lon) ? "/body/lon" : "/body/lat", "a position has both");
	return OK;
}

static enum err_code check_planned(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct transfer_run_planned *b = f->body;
	if (b->arrive_at < b->depart_at)
		return err_set(e, ERR_BAD_VALUE, "/body/arrive_at", "it arrives before it leaves");
	return OK;
}

/* ---- keeping ----------------------------------------------------------------------------------------------------------------- */

static int64_t or_else(int64_t v, int64_t otherwise)
{
	return v == ABSENT ? otherwise : v;
}

static enum err_code key_or_none(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

struct report { /* of a transfer */
	enum transfer_what what;
	struct id transfer, person, run, site, room, pickup;
	int64_t class, kind, flag, needs, ready_at, due_at;
};
struct report_keys {
	int64_t transfer, person, run, site;
};

static enum err_code keep(struct ledger_tx *tx, const struct fact *f, const struct report *r, struct report_keys *k, struct err *e)
{
	int64_t room, pickup;
	enum err_code rc = ledger_key(tx, "transfer", r->transfer, &k->transfer, e);
	if (rc == OK)
		rc = key_or_none(tx, "person", r->person, &k->person, e);
	if (rc == OK)
		rc = key_or_none(tx, "run", r->run, &k->run, e);
	if (rc == OK)
		rc = key_or_none(tx, "site", r->site, &k->site, e);
	if (rc == OK)
		rc = key_or_none(tx, "room", r->room, &room, e);
	if (rc == OK)
		rc = key_or_none(tx, "place", r->pickup, &pickup, e);
	return rc != OK ? rc
			: db_run(tx->db, &SQL_transfer_event_put,
				 PARAMS(V_INT(tx->county), V_INT(k->transfer), V_INT(f->at), V_ID(&f->id), V_INT(r->what), V_INT(k->person),
					V_INT(k->run), V_INT(r->class), V_INT(r->kind), V_INT(k->site), V_INT(room), V_INT(pickup), V_INT(r->flag),
					V_INT(r->needs), V_INT(r->ready_at), V_INT(r->due_at), V_INT(f->area), V_INT(tx->outbreak),
					V_TEXT(f->edition)),
				 e);
}

/* Two hours for a case, eight for a contact, by the edition in force. */
static int64_t due_of(struct ledger_tx *tx, const struct transfer_requested *b, int64_t at)
{
	const char *limit = b->class == RIDES_CASE ? "positive_transfer" : "contact_in_isolation";
	int32_t min = tx->protocol ? protocol_limit_min(tx->protocol, str_of(limit)) : PROTOCOL_NO_LIMIT;
	return b->due_at != ABSENT ? b->due_at : at + (min == PROTOCOL_NO_LIMIT ? DUTY_DUE_DEFAULT_MS : min * MS_PER_MINUTE);
}

static enum err_code apply_requested(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_requested *b = f->body;
	struct report_keys k;
	struct report r = {.what = WHAT_REQUESTED, .transfer = b->transfer, .person = b->person, .site = b->site, .pickup = b->pickup,
			   .class = b->class, .kind = b->kind, .flag = or_else(b->emergency, 0), .ready_at = or_else(b->ready_at, f->at),
			   .due_at = due_of(tx, b, f->at)};
	r.needs = (b->barrier_free == 1 ? NEED_BARRIER_FREE : 0) | (b->stretcher == 1 ? NEED_STRETCHER : 0) |
		  (b->guardian == 1 ? NEED_GUARDIAN : 0);
	enum err_code rc = keep(tx, f, &r, &k, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum err_code apply_reviewed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_reviewed *b = f->body;
	struct report_keys k;
	struct report r = {.what = WHAT_REVIEWED, .transfer = b->transfer, .class = -1, .kind = -1, .flag = b->accepted};
	enum err_code rc = keep(tx, f, &r, &k, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum err_code apply_assigned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_assigned *b = f->body;
	struct report_keys k;
	enum err_code rc = keep(tx, f, &(struct report){.what = WHAT_ASSIGNED, .transfer = b->transfer, .run = b->run, .room = b->room, .class = -1,
							.kind = -1, .flag = -1},
				&k, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum err_code apply_boarded(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_boarded *b = f->body;
	struct report_keys k;
	enum err_code rc = keep(tx, f, &(struct report){.what = WHAT_BOARDED, .transfer = b->transfer, .person = b->person, .run = b->run,
							.class = b->class, .kind = -1, .flag = or_else(b->emergency, 0)},
				&k, e);
	if (rc == OK)
		rc = whereabouts_note(tx, k.person, WHERE_VEHICLE, k.run, f->at, f->id, e);
	if (rc == OK)
		rc = transfer_person_derive(tx, k.person, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum whereabouts_kind where_of(int64_t kind)
{
	return kind == TO_SITE ? WHERE_SITE : kind == TO_HOSPITAL ? WHERE_HOSPITAL : kind == TO_HOME ? WHERE_HOME : WHERE_UNKNOWN;
}

/* For tracing: where the protocol wanted the person. Other places put nobody in place. */
static enum err_code place(struct ledger_tx *tx, const struct fact *f, struct id person, int64_t kind, int64_t class, struct err *e)
{
	static const enum tracing_place places[] = {[TO_SITE] = AT_CENTRAL, [TO_HOSPITAL] = AT_HOSPITAL, [TO_HOME] = AT_HOME};
	if (kind < 0 || kind > TO_HOME)
		return OK;
	return tracing_person_placed(tx, f, person, places[kind], class == RIDES_CASE && kind != TO_HOME, e);
}

static enum err_code apply_handed_over(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_handed_over *b = f->body;
	struct report_keys k;
	enum err_code rc = keep(tx, f, &(struct report){.what = WHAT_HANDED_OVER, .transfer = b->transfer, .person = b->person, .run = b->run,
							.site = b->site, .class = -1, .kind = b->kind, .flag = -1},
				&k, e);
	if (rc == OK)
		rc = whereabouts_note(tx, k.person, where_of(b->kind), k.site, f->at, f->id, e);
	if (rc == OK)
		rc = transfer_person_derive(tx, k.person, e);
	if (rc == OK && b->kind == TO_HOME) /* nobody signs at home: the crew's word is enough */
		rc = place(tx, f, b->person, b->kind, -1, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum err_code apply_received(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_received *b = f->body;
	struct report_keys k;
	enum err_code rc = keep(tx, f, &(struct report){.what = WHAT_RECEIVED, .transfer = b->transfer, .person = b->person, .site = b->site,
							.class = b->class, .kind = b->kind, .flag = -1},
				&k, e);
	if (rc == OK)
		rc = whereabouts_note(tx, k.person, where_of(b->kind), k.site, f->at, f->id, e);
	if (rc == OK)
		rc = transfer_person_derive(tx, k.person, e);
	if (rc == OK)
		rc = place(tx, f, b->person, b->kind, b->class, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

static enum err_code apply_cancelled(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_cancelled *b = f->body;
	struct report_keys k;
	enum err_code rc = keep(tx, f, &(struct report){.what = WHAT_CANCELLED, .transfer = b->transfer, .class = -1, .kind = -1, .flag = -1}, &k, e);
	return rc == OK ? transfer_derive(tx, k.transfer, e) : rc;
}

/* ---- runs and vehicles --------------------------------------------------------------------------------------------------------- */

static enum err_code keep_run(struct ledger_tx *tx, const struct fact *f, int64_t run, enum run_what what, const struct run_row *r, int64_t rule,
			      struct err *e)
{
	struct run_hours h = transfer_hours(tx->protocol);
	enum err_code rc = db_run(tx->db, &SQL_transfer_run_event_put,
				  PARAMS(V_INT(tx->county), V_INT(run), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(r->vehicle),
					 V_INT(r->depart_at), V_INT(r->arrive_at), V_INT(r->drive_min), V_INT(r->kind), V_INT(r->site), V_INT(rule),
					 V_INT(h.night_from), V_INT(h.night_to), V_INT(h.drive_max), V_INT(h.rest_min), V_INT(f->area),
					 V_INT(tx->outbreak), V_TEXT(f->edition)),
				  e);
	return rc == OK ? transfer_run_derive(tx, run, e) : rc;
}

static enum err_code apply_planned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_run_planned *b = f->body;
	const struct id *crew = b->crew.p;
	struct run_row r = {.depart_at = b->depart_at, .arrive_at = b->arrive_at, .kind = b->kind,
			    .drive_min = or_else(b->drive_min, (b->arrive_at - b->depart_at) / MS_PER_MINUTE)};
	int64_t run, member;
	enum err_code rc = ledger_key(tx, "run", b->run, &run, e);
	if (rc == OK)
		rc = ledger_key(tx, "vehicle", b->vehicle, &r.vehicle, e);
	if (rc == OK)
		rc = key_or_none(tx, "site", b->site, &r.site, e);
	for (size_t i = 0; rc == OK && i < b->crew.n; i++) {
		rc = ledger_key(tx, "user", crew[i], &member, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_transfer_crew_put, PARAMS(V_INT(tx->county), V_INT(run), V_ID(&f->id), V_INT(member)), e);
	}
	return rc == OK ? keep_run(tx, f, run, RUN_PLANNED, &r, RULE_NONE, e) : rc;
}

static enum err_code apply_departed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_departed *b = f->body;
	int64_t run;
	enum err_code rc = ledger_key(tx, "run", b->run, &run, e);
	return rc == OK ? keep_run(tx, f, run, RUN_DEPARTED, &(struct run_row){.kind = -1}, RULE_NONE, e) : rc;
}

static enum err_code apply_exception(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_exception_signed *b = f->body;
	int64_t run;
	enum err_code rc = ledger_key(tx, "run", b->run, &run, e);
	return rc == OK ? keep_run(tx, f, run, RUN_EXCEPTION, &(struct run_row){.kind = -1}, RULE_NIGHT + b->rule, e) : rc;
}

static struct db_val real_or_null(double v)
{
	return isnan(v) ? V_NULL : V_REAL(v);
}

static enum err_code apply_vehicle(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_vehicle_registered *b = f->body;
	int64_t vehicle, half = b->seats * TRANSFER_USABLE_PERCENT / 100, usable = or_else(b->usable, half > 0 ? half : 1);
	enum err_code rc = ledger_key(tx, "vehicle", b->vehicle, &vehicle, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_transfer_vehicle_event_put,
			    PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(f->at), V_ID(&f->id), V_INT(VEHICLE_REGISTERED), V_INT(b->kind),
				   V_INT(b->seats), V_INT(usable), V_INT(b->stretcher == 1), V_TEXT(b->label), real_or_null(b->lon),
				   real_or_null(b->lat), V_INT(f->area)),
			    e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_transfer_vehicle_put,
			    PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(b->kind), V_INT(b->seats), V_INT(usable), V_INT(b->stretcher == 1),
				   V_TEXT(b->label), real_or_null(b->lon), real_or_null(b->lat), V_INT(f->area), V_INT(f->at), V_ID(&f->id)),
			    e);
	return rc == OK ? transfer_vehicle_derive(tx, vehicle, 0, e) : rc;
}

static enum err_code apply_disinfected(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct transfer_vehicle_disinfected *b = f->body;
	int64_t vehicle;
	enum err_code rc = ledger_key(tx, "vehicle", b->vehicle, &vehicle, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_transfer_vehicle_event_put,
			    PARAMS(V_INT(tx->county), V_INT(vehicle), V_INT(f->at), V_ID(&f->id), V_INT(VEHICLE_DISINFECTED), V_INT(-1), V_INT(0),
				   V_INT(0), V_INT(0), V_TEXT(STR("")), V_NULL, V_NULL, V_INT(f->area)),
			    e);
	return rc == OK ? transfer_vehicle_derive(tx, vehicle, f->at, e) : rc;
}

/* Two records are one human being, or are two after all: who rode where is asked anew. */
static enum err_code on_merge(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_persons_merged *b = f->body; /* unmerged has the same members */
	const struct id both[] = {b->person, b->other};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(both); i++) {
		int64_t person;
		rc = ledger_key(tx, "person", both[i], &person, e);
		if (rc == OK)
			rc = transfer_person_derive(tx, person, e);
	}
	return rc;
}

/* ---- declarations ------------------------------------------------------------------------------------------------------------------ */

#define DECLARE(name_, right_, outbreak_, en_, zh_, ...) \
	{.name = "transfer." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct transfer_##name_), .fields = name_, .fields_n = ARRAY_N(name_), \
	 .right = RIGHT_##right_, .outbreak = outbreak_, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	DECLARE(requested, FOLLOW, true, "a person is to be moved", "申请转运", .subject = "person", .apply = apply_requested),
	DECLARE(reviewed, TRANSPORT, true, "a request was looked at: accepted, or refused with the reason", "审核转运申请", .check = check_reviewed,
		.guard = transfer_guard_reviewed, .apply = apply_reviewed),
	DECLARE(vehicle_registered, TRANSPORT, false, "a vehicle and its seats", "登记车辆", .check = check_vehicle, .apply = apply_vehicle),
	DECLARE(run_planned, TRANSPORT, true, "a vehicle and its crew are to drive", "安排车次", .check = check_planned, .guard = transfer_guard_planned,
		.apply = apply_planned),
	DECLARE(assigned, TRANSPORT, true, "a person gets a seat in a run", "派车（人员上哪一车次）", .guard = transfer_guard_assigned, .apply = apply_assigned),
	DECLARE(boarded, TRANSPORT, true, "a person boarded", "人员上车", .guard = transfer_guard_boarded, .apply = apply_boarded),
	DECLARE(departed, TRANSPORT, true, "a run left", "发车", .guard = transfer_guard_departed, .apply = apply_departed),
	DECLARE(handed_over, TRANSPORT, true, "the crew hands a person over", "车组移交", .guard = transfer_guard_handed_over, .apply = apply_handed_over),
	DECLARE(received, SITE, true, "the site or hospital receives a person", "隔离点或医院签收", .apply = apply_received),
	DECLARE(vehicle_disinfected, TRANSPORT, false, "a vehicle was disinfected", "车辆终末消毒", .guard = transfer_guard_disinfected,
		.apply = apply_disinfected),
	DECLARE(cancelled, TRANSPORT, true, "a transfer is not needed any more", "取消转运", .apply = apply_cancelled),
	DECLARE(exception_signed, SIGN, true, "an officer signs that a run may break a rule of the road", "签署行车特批", .apply = apply_exception),
};

static const struct reaction reactions[] = {
	{"people.persons_merged", on_merge},
	{"people.persons_unmerged", on_merge},
};

static const char *const tables[] = {
	"transfer_event(transfer,person,run,site,room,pickup,outbreak)",
	"transfer_file(key,person,site,pickup,outbreak,run,room)",
	"transfer_ride(person,transfer,run,outbreak)",
	"transfer_run_event(run,vehicle,site,outbreak)",
	"transfer_crew(run,member)",
	"transfer_run(key,vehicle,site,outbreak)",
	"transfer_vehicle_event(vehicle)",
	"transfer_vehicle(key)",
	NULL,
};

const struct domain transfer_domain = {
	.name = "transfer",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_transfer_schema,
	.tables = tables,
	.reactions = reactions,
	.reactions_n = ARRAY_N(reactions),
};
