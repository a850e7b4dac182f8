/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of home care: their fields, what is checked, and how each is folded into the tables.
 */
#include "domain/homecare/homecare.h"

#include "domain/homecare/homecare_state.h"
#include "domain/isolation/isolation.h"
#include "sql.gen.h"

const char *const homecare_purposes[] = {"sample", "check", "delivery", "care", "technical", "other", NULL};
const char *const homecare_founds[] = {"met", "no_answer", "away", NULL};
const char *const homecare_goods_words[] = {"food", "medicine", "test_kits", "other", NULL};
const char *const homecare_needs[] = {"emergency", "medical", "dialysis", "birth", "move", "other", NULL};
const char *const homecare_arrangements[] = {"stays_in", "lives_elsewhere", "free", NULL};
const char *const homecare_ends[] = {"released", "moved", "hospital", "deceased", "other", NULL};
const char *const homecare_sources[] = {"contact", "order", "case", NULL};

/* ---- fields ---------------------------------------------------------------------------------------------------- */

#define PERSON_OF(struct_, en_, zh_) FIELD(struct homecare_##struct_, person, F_ID, REQUIRED, .entity = "person", .en = en_, .zh = zh_)
#define WATCH_OF(struct_) FIELD(struct homecare_##struct_, watch, F_ID, REQUIRED, .entity = "watch", .en = "the binding of the sensor", .zh = "门磁绑定")

#define F(member, type, flags, ...) FIELD(struct homecare_home_assessed, member, type, flags, __VA_ARGS__)
static const struct field home_assessed[] = {
	PERSON_OF(home_assessed, "who is to stay there", "居家人员"),
	F(lives_alone, F_BOOL, REQUIRED, .en = "lives alone, or the others live elsewhere meanwhile", .zh = "单独居住或同住人员已另居"),
	F(own_room, F_BOOL, REQUIRED, .en = "a separate room", .zh = "单独房间"),
	F(own_toilet, F_BOOL, REQUIRED, .en = "a toilet of its own, if possible", .zh = "独立卫生间（尽量）"),
	F(ventilated, F_BOOL, REQUIRED, .en = "well ventilated", .zh = "通风良好"),
	F(handover_table, F_BOOL, 0, .en = "a table outside for handing over", .zh = "门口放置交接物品的桌凳"),
	F(vulnerable, F_BOOL, 0, .en = "somebody old or gravely ill lives there", .zh = "同住有老人或严重基础疾病者"),
	F(carer, F_BOOL, 0, .en = "who needs care has a carer there", .zh = "需照护者有陪护"),
	F(fit, F_BOOL, 0, .en = "the assessor's own word; false: unfit whatever else is met", .zh = "评估人意见：是否适合居家"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct homecare_team_assigned, member, type, flags, __VA_ARGS__)
static const struct field team_assigned[] = {
	F(team, F_ID, REQUIRED, .entity = "team", .en = "the team", .zh = "工作组"),
	F(household, F_ID, 0, .entity = "household", .en = "the household it cares for (or give a person)", .zh = "负责的家庭（或填人员）"),
	F(person, F_ID, 0, .entity = "person", .en = "the person it cares for (or give a household)", .zh = "负责的人员（或填家庭）"),
	F(members, F_IDS, REQUIRED, .entity = "user", .en = "who belongs to it", .zh = "成员"),
	F(roles, F_TEXTS, REQUIRED, .min = 1, .max = 40, .en = "role of each member, by the edition: cadre, medic, ...", .zh = "各成员角色（方案用词）"),
};
#undef F
static const struct field home_entered[] = {PERSON_OF(home_entered, "who arrived at home", "到家人员")};
#define F(member, type, flags, ...) FIELD(struct homecare_visit_announced, member, type, flags, __VA_ARGS__)
static const struct field visit_announced[] = {
	F(visit, F_ID, REQUIRED, .entity = "home_visit", .en = "the visit", .zh = "上门"),
	PERSON_OF(visit_announced, "whom", "上门对象"),
	F(purpose, F_WORD, REQUIRED, .words = homecare_purposes, .en = "what for", .zh = "事由"),
	F(from_at, F_TIME, REQUIRED, .en = "not before; the door may be opened from then on", .zh = "预约开始时间"),
	F(until_at, F_TIME, REQUIRED, .en = "and until", .zh = "预约结束时间"),
	F(visitor, F_ID, 0, .entity = "user", .en = "who comes", .zh = "上门人员"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct homecare_visit_done, member, type, flags, __VA_ARGS__)
static const struct field visit_done[] = {
	F(visit, F_ID, REQUIRED, .entity = "home_visit", .en = "the visit", .zh = "上门"),
	PERSON_OF(visit_done, "whom", "上门对象"),
	F(found, F_WORD, REQUIRED, .words = homecare_founds, .en = "what was found", .zh = "结果"),
};
#undef F
static const struct field delivery_done[] = {
	PERSON_OF(delivery_done, "for whom", "收货人"),
	FIELD(struct homecare_delivery_done, goods, F_WORD, REQUIRED, .words = homecare_goods_words, .en = "what was brought", .zh = "物资类别"),
};
static const struct field waste_collected[] = {
	PERSON_OF(waste_collected, "from whose door", "居家人员"),
	FIELD(struct homecare_waste_collected, bags, F_INT, 0, .min = 0, .max = 100, .en = "bags", .zh = "袋数"),
};
#define F(member, type, flags, ...) FIELD(struct homecare_exit_approved, member, type, flags, __VA_ARGS__)
static const struct field exit_approved[] = {
	F(exit, F_ID, REQUIRED, .entity = "exit", .en = "the exit", .zh = "外出"),
	PERSON_OF(exit_approved, "who goes out", "外出人员"),
	F(need, F_WORD, REQUIRED, .words = homecare_needs, .en = "what for; an emergency needs nothing else", .zh = "事由（急症无需其他条件）"),
	F(vehicle, F_TEXT, 0, .min = 1, .max = 60, .en = "vehicle there and back; only an emergency goes without", .zh = "往返车辆（急症可不填）"),
	F(from_at, F_TIME, 0, .en = "from", .zh = "开始时间"),
	F(until_at, F_TIME, 0, .en = "back by; only an emergency goes without", .zh = "返回时间（急症可不填）"),
};
#undef F
static const struct field exit_returned[] = {
	FIELD(struct homecare_exit_returned, exit, F_ID, REQUIRED, .entity = "exit", .en = "the exit", .zh = "外出"),
	PERSON_OF(exit_returned, "who is back", "返回人员"),
};
static const struct field co_resident_agreed[] = {
	PERSON_OF(co_resident_agreed, "who stays at home", "居家人员"),
	FIELD(struct homecare_co_resident_agreed, resident, F_ID, REQUIRED, .entity = "person", .en = "who lives there as well", .zh = "同住人员"),
	FIELD(struct homecare_co_resident_agreed, arrangement, F_WORD, REQUIRED, .words = homecare_arrangements,
	      .en = "stays in as well, lives elsewhere meanwhile, or comes and goes", .zh = "一同居家、另居或正常出行"),
};
static const struct field ended[] = {
	PERSON_OF(ended, "whose care at home is over", "结束居家人员"),
	FIELD(struct homecare_ended, reason, F_WORD, REQUIRED, .words = homecare_ends, .en = "why", .zh = "原因"),
};
#define F(member, type, flags, ...) FIELD(struct homecare_sensor_bound, member, type, flags, __VA_ARGS__)
static const struct field sensor_bound[] = {
	WATCH_OF(sensor_bound),
	F(person, F_TEXT, REQUIRED | PERSONAL, .min = 36, .max = 36, .en = "id of the person who agreed; sealed, and gone with the watch",
	  .zh = "同意人的编号（密封，解绑即销毁）"),
	F(sensor, F_TEXT, REQUIRED | PERSONAL, .min = 1, .max = 60, .en = "what the sensor is called in its topic; sealed", .zh = "门磁设备号（密封）"),
	F(consent, F_BOOL, REQUIRED, .en = "the person agreed: must be true", .zh = "本人同意（必须为是）"),
	F(consent_at, F_TIME, REQUIRED, .en = "when it agreed", .zh = "同意时间"),
	F(announced, F_BOOL, REQUIRED, .en = "it was told what is recorded and until when: must be true", .zh = "已告知记录内容和期限（必须为是）"),
};
#undef F
static const struct field sensor_unbound[] = {
	WATCH_OF(sensor_unbound),
	FIELD(struct homecare_sensor_unbound, reason, F_WORD, REQUIRED, .words = homecare_unbounds, .en = "why", .zh = "原因"),
};
static const struct field door_opened[] = {WATCH_OF(door_opened)};
static const struct field door_closed[] = {WATCH_OF(door_closed)};
static const struct field sensor_heartbeat[] = {
	WATCH_OF(sensor_heartbeat),
	FIELD(struct homecare_sensor_heartbeat, battery, F_INT, 0, .min = 0, .max = 100, .en = "battery, percent", .zh = "电量（%）"),
};
static const struct field sensor_fell_silent[] = {
	WATCH_OF(sensor_fell_silent),
	FIELD(struct homecare_sensor_fell_silent, since_at, F_TIME, 0, .en = "last heard", .zh = "最后一次收到"),
};
static const struct field call_done[] = {
	WATCH_OF(call_done),
	FIELD(struct homecare_call_done, opening, F_ID, REQUIRED, .entity = "opening", .en = "the opening that asked for the call", .zh = "开门记录"),
	FIELD(struct homecare_call_done, result, F_WORD, REQUIRED, .words = homecare_calls, .en = "how the person is", .zh = "回访结果"),
};

/* ---- checks ---------------------------------------------------------------------------------------------------- */

static enum err_code check_team(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct homecare_team_assigned *b = f->body;
	if (id_is_none(b->household) == id_is_none(b->person))
		return err_set(e, ERR_MISSING_FIELD, "/body/household", "give either the household or the person that the team cares for");
	if (b->members.n != b->roles.n)
		return err_set(e, ERR_BAD_VALUE, "/body/roles", "one role for each member");
	return OK;
}

static enum err_code check_visit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct homecare_visit_announced *b = f->body;
	if (b->until_at <= b->from_at)
		return err_set(e, ERR_BAD_VALUE, "/body/until_at", "the window must end after it begins");
	if (b->until_at - b->from_at > MS_PER_DAY) /* a window of days would excuse everything and announce nothing */
		return err_set(e, ERR_BAD_VALUE, "/body/until_at", "announce a visit for a window of a day at most");
	return OK;
}

/* An emergency is recorded as it is: nothing about it is asked for. */
static enum err_code check_exit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct homecare_exit_approved *b = f->body;
	int64_t from = homecare_or(b->from_at, f->at);
	if (b->need == NEED_EMERGENCY)
		return OK;
	if (!b->vehicle.p)
		return err_set(e, ERR_MISSING_FIELD, "/body/vehicle", "name the vehicle there and back");
	if (b->until_at == ABSENT)
		return err_set(e, ERR_MISSING_FIELD, "/body/until_at", "say when the person will be back");
	if (b->until_at <= from)
		return err_set(e, ERR_BAD_VALUE, "/body/until_at", "the exit must end after it begins");
	return OK;
}

static enum err_code check_resident(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct homecare_co_resident_agreed *b = f->body;
	if (id_eq(b->person, b->resident))
		return err_set(e, ERR_BAD_VALUE, "/body/resident", "somebody else than the person at home is meant");
	return OK;
}

/* ---- folding --------------------------------------------------------------------------------------------------- */

enum err_code homecare_put(struct ledger_tx *tx, const struct fact *f, struct id person_id, const struct home_event *ev, struct err *e)
{
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_homecare_event_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(ev->what), V_INT(ev->other), V_INT(ev->flag),
				   V_INT(ev->value), V_INT(ev->from_at), V_INT(ev->until_at), V_INT(tx->outbreak), V_INT(f->area)),
			    e);
	return rc == OK ? homecare_derive(tx, person, e) : rc;
}

/* The same for events about another entity. */
static enum err_code put_about(struct ledger_tx *tx, const struct fact *f, struct id person, const char *kind, struct id other,
			       struct home_event ev, struct err *e)
{
	enum err_code rc = ledger_key(tx, kind, other, &ev.other, e);
	return rc == OK ? homecare_put(tx, f, person, &ev, e) : rc;
}

/* Guide of 21 Nov 2022 [22]: alone preferred, else a separate, well-ventilated room; an own toilet where possible. Not met: central. */
static bool home_fit(const struct homecare_home_assessed *b)
{
	return (b->lives_alone == 1 || b->own_room == 1) && b->ventilated == 1 && b->fit != 0;
}

static enum err_code apply_assessed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_home_assessed *b = f->body;
	return homecare_put(tx, f, b->person, &(struct home_event){.what = HOME_ASSESSED, .flag = home_fit(b), .value = -1}, e);
}

/* Every role of the edition is there as often as it says. */
static bool team_complete(const struct protocol *p, const struct fact_list *roles)
{
	const struct str *v = roles->p;
	for (size_t i = 0; p && i < p->role_n; i++) {
		int32_t have = 0;
		for (size_t k = 0; k < roles->n; k++)
			have += str_eq(v[k], p->role[i].id);
		if (have < (p->role[i].n.set ? p->role[i].n.v : 1))
			return false;
	}
	return true;
}

/* The statement that won is written with its members; the one that lost leaves no trace. */
static enum err_code write_team(struct ledger_tx *tx, const struct fact *f, int64_t subject, int64_t team, struct err *e)
{
	const struct homecare_team_assigned *b = f->body;
	const struct id *members = b->members.p;
	const struct str *roles = b->roles.p;
	enum err_code rc = db_run(tx->db, &SQL_homecare_team_put,
				  PARAMS(V_INT(tx->county), V_INT(subject), V_INT(f->at), V_ID(&f->id), V_INT(team),
					 V_INT(team_complete(tx->protocol, &b->roles)), V_INT(f->area)),
				  e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_homecare_team_get, PARAMS(V_INT(tx->county), V_INT(subject)), e);
	if (rc != OK)
		return rc;
	bool won = db_next(tx->db) && id_eq(db_id(tx->db, 3), f->id);
	rc = db_stop(tx->db, e);
	if (rc == OK && won)
		rc = db_run(tx->db, &SQL_homecare_members_clear, PARAMS(V_INT(tx->county), V_INT(subject)), e);
	for (size_t i = 0; rc == OK && i < b->members.n; i++) {
		int64_t member;
		rc = ledger_key(tx, "user", members[i], &member, e);
		if (rc == OK && won)
			rc = db_run(tx->db, &SQL_homecare_member_put, PARAMS(V_INT(tx->county), V_INT(subject), V_INT(member), V_TEXT(roles[i])), e);
	}
	return rc;
}

static enum err_code apply_team(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_team_assigned *b = f->body;
	bool of_person = !id_is_none(b->person);
	int64_t team, subject;
	enum err_code rc = ledger_key(tx, "team", b->team, &team, e);
	if (rc == OK)
		rc = ledger_key(tx, of_person ? "person" : "household", of_person ? b->person : b->household, &subject, e);
	if (rc == OK)
		rc = write_team(tx, f, subject, team, e);
	if (rc != OK)
		return rc;
	return of_person ? homecare_derive(tx, subject, e) : homecare_household_derive(tx, subject, e);
}

static enum err_code at_home(struct ledger_tx *tx, const struct fact *f, struct id person_id, struct err *e)
{
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	return rc == OK ? whereabouts_note(tx, person, WHERE_HOME, 0, f->at, f->id, e) : rc;
}

/* The contact is in place: tracing's duty to bring it there is done. */
static enum err_code apply_entered(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_home_entered *b = f->body;
	enum err_code rc = tracing_person_placed(tx, f, b->person, AT_HOME, false, e);
	if (rc == OK)
		rc = at_home(tx, f, b->person, e);
	return rc == OK ? homecare_put(tx, f, b->person, &(struct home_event){.what = HOME_ENTERED, .flag = -1, .value = -1}, e) : rc;
}

static enum err_code apply_visit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_visit_announced *b = f->body;
	struct home_event ev = {.what = HOME_VISIT, .flag = -1, .value = b->purpose, .from_at = b->from_at, .until_at = b->until_at};
	return put_about(tx, f, b->person, "home_visit", b->visit, ev, e);
}

static enum err_code apply_visited(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_visit_done *b = f->body;
	struct home_event ev = {.what = HOME_VISITED, .flag = -1, .value = b->found};
	return put_about(tx, f, b->person, "home_visit", b->visit, ev, e);
}

static enum err_code apply_delivery(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_delivery_done *b = f->body;
	return homecare_put(tx, f, b->person, &(struct home_event){.what = HOME_DELIVERED, .flag = -1, .value = b->goods}, e);
}

static enum err_code apply_waste(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_waste_collected *b = f->body;
	return homecare_put(tx, f, b->person, &(struct home_event){.what = HOME_WASTE, .flag = -1, .value = homecare_or(b->bags, -1)}, e);
}

static enum err_code apply_exit(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_exit_approved *b = f->body;
	struct home_event ev = {.what = HOME_EXIT, .flag = -1, .value = b->need, .from_at = homecare_or(b->from_at, 0),
				.until_at = homecare_or(b->until_at, 0)};
	return put_about(tx, f, b->person, "exit", b->exit, ev, e);
}

static enum err_code apply_returned(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_exit_returned *b = f->body;
	enum err_code rc = at_home(tx, f, b->person, e);
	return rc == OK ? put_about(tx, f, b->person, "exit", b->exit, (struct home_event){.what = HOME_RETURNED, .flag = -1, .value = -1}, e) : rc;
}

static enum err_code apply_resident(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_co_resident_agreed *b = f->body;
	struct home_event ev = {.what = HOME_RESIDENT, .flag = -1, .value = b->arrangement};
	return put_about(tx, f, b->person, "person", b->resident, ev, e);
}

static enum err_code apply_ended(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct homecare_ended *b = f->body;
	return homecare_put(tx, f, b->person, &(struct home_event){.what = HOME_ENDED, .flag = -1, .value = b->reason}, e);
}

/* ---- the domain ------------------------------------------------------------------------------------------------- */

#define KIND(name_, right_, en_, zh_, ...) \
	{.name = "homecare." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct homecare_##name_), .fields = name_, \
	 .fields_n = ARRAY_N(name_), .right = RIGHT_##right_, .outbreak = true, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(home_assessed, FOLLOW, "the home was looked at: room, air, toilet, who lives there", "居家条件评估", .apply = apply_assessed),
	KIND(team_assigned, FOLLOW, "who cares for a home, by role; the newest statement counts", "指派居家工作组（五包一）",
	     .check = check_team, .apply = apply_team),
	KIND(home_entered, FOLLOW, "a person who is to stay at home arrived there", "已到家", .apply = apply_entered),
	KIND(visit_announced, FOLLOW, "a visit was announced, so the door may be opened", "预约上门", .check = check_visit, .apply = apply_visit),
	KIND(visit_done, FOLLOW, "a visit was made", "上门完成", .apply = apply_visited),
	KIND(delivery_done, FOLLOW, "goods were brought to the door", "物资送达", .apply = apply_delivery),
	KIND(waste_collected, FOLLOW, "waste was collected from the door", "垃圾收运", .apply = apply_waste),
	KIND(exit_approved, FOLLOW, "a person at home goes out for a need that was approved; an emergency is recorded, never refused", "批准外出",
	     .check = check_exit, .apply = apply_exit),
	KIND(exit_returned, FOLLOW, "a person is back from an exit", "外出返回", .apply = apply_returned),
	KIND(co_resident_agreed, FOLLOW, "how somebody who lives there as well goes on", "同住人员安排", .check = check_resident, .apply = apply_resident),
	KIND(ended, FOLLOW, "care at home is over for a person", "居家管理结束", .apply = apply_ended),
	KIND(sensor_bound, FOLLOW, "a door sensor was fitted with consent; who stands behind it is sealed and goes with its end", "门磁绑定（须本人同意）",
	     .subject = "watch", .fleeting = true, .check = homecare_check_bound, .guard = homecare_guard_bound, .apply = homecare_apply_bound),
	KIND(sensor_unbound, FOLLOW, "a door sensor was taken off; its events and their key are destroyed", "门磁解绑（销毁记录密钥）",
	     .apply = homecare_apply_unbound),
	KIND(door_opened, FOLLOW, "a door was opened", "开门", .apply = homecare_apply_opened),
	KIND(door_closed, FOLLOW, "a door was closed", "关门", .apply = homecare_apply_closed),
	KIND(sensor_heartbeat, FOLLOW, "a sensor is heard again, or its battery changed", "门磁恢复或电量变化", .apply = homecare_apply_heartbeat),
	KIND(sensor_fell_silent, FOLLOW, "a sensor is not heard any more", "门磁失联", .apply = homecare_apply_silent),
	KIND(call_done, FOLLOW, "who opened the door was called and asked whether help is needed", "开门后电话回访", .apply = homecare_apply_call),
};

static const char *const tables[] = {
	"home_event(person,other,outbreak)",
	"home_team(subject,team)",
	"home_member(subject,member)",
	"home_stay(person,outbreak,household,team)",
	"door_watch(watch,outbreak)",
	"door_watch_end(watch)",
	"door_event(watch,opening)",
	"door_call(watch,opening)",
	NULL,
};

const struct domain homecare_domain = {
	.name = "homecare",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_homecare_schema,
	.tables = tables,
	.reactions = homecare_reactions,
	.reactions_n = HOMECARE_REACTIONS_N,
	.load = homecare_load,
};
