/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of isolation. The statements stand in isolation.sql; what needs the rule of rooms.h or the calendar is computed
 * (isolation_ask.c).
 */
#include "domain/isolation/isolation.h"

#include "domain/isolation/isolation_ask.h"
#include "sql.gen.h"

const char *const isolation_conditions[] = {"days_over", "tests_done", "own_tests_negative", "linked_first_two_negative", "no_signs",
					    "environment_negative", "inquiry_done", "reset_signed", NULL};

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define ID(name_, en_, zh_) COLUMN(name_, C_ID, NULL, en_, zh_)
#define TIME(name_, en_, zh_) COLUMN(name_, C_TIME, NULL, en_, zh_)
#define COUNT(name_, en_, zh_) COLUMN(name_, C_INT, NULL, en_, zh_)
#define TEXT(name_, en_, zh_) COLUMN(name_, C_TEXT, NULL, en_, zh_)
#define YES(name_, en_, zh_) COLUMN(name_, C_BOOL, NULL, en_, zh_)
#define WORD(name_, words_, en_, zh_) COLUMN(name_, C_WORD, words_, en_, zh_)
#define AREA COLUMN("area", C_AREA, NULL, "area", "区划")

#define PARAM_SITE {.name = "site", .type = F_ID, .entity = "site", .en = "only this site", .zh = "指定隔离点"}
#define PARAM_PERSON {.name = "person", .type = F_ID, .entity = "person", .en = "only this person", .zh = "指定人员"}

#define PARAM_ALL(en_, zh_) {.name = "all", .type = F_INT, .en = en_, .zh = zh_}

static const char *const relations[] = {"left", "right", "opposite", "above", "below", "same_air", NULL};
static const char *const duty_states[] = {"none", "open", "done", "void", NULL};

static const struct query_column sites_columns[] = {
	ID("site", "isolation site", "隔离点"), TEXT("name", "name", "名称"), AREA, WORD("kind", isolation_kinds, "for whom", "类型"),
	YES("zones_ok", "zones and passages confirmed", "三区两通道已验收"), TIME("opened_at", "opened", "启用"), TIME("closed_at", "closed", "关闭"),
	COUNT("rooms", "rooms", "房间数"), COUNT("beds", "beds", "床位数"), COUNT("residents", "residents", "在住人数"),
	COUNT("occupied", "rooms occupied", "已住房间"), COUNT("free", "rooms free", "空闲房间"), COUNT("to_disinfect", "rooms to be disinfected", "待消毒房间"),
	COUNT("resting", "rooms resting", "静置房间"), COUNT("closed_rooms", "rooms closed", "停用房间"), COUNT("held", "rooms held", "预留房间"),
	COUNT("disputed", "persons reported who do not count", "矛盾记录人数"), COUNT("staff", "staff in the loop", "闭环人员"),
	COUNT("medics", "medics", "医务人员"), COUNT("medics_needed", "medics needed by the ratio", "应配医务人员"),
};
static const struct query_param rooms_params[] = {
	PARAM_SITE,
	{.name = "floor", .type = F_INT, .missing = -1000, .en = "only this floor", .zh = "指定楼层"},
	{.name = "state", .type = F_WORD, .missing = -1, .words = isolation_room_states, .en = "only rooms in this state", .zh = "指定状态"},
};
static const struct query_column rooms_columns[] = {
	ID("room", "room", "房间"), ID("site", "isolation site", "隔离点"), TEXT("wing", "wing", "楼栋"), COUNT("floor", "floor", "楼层"),
	TEXT("number", "number", "房号"), WORD("side", isolation_sides, "side of the corridor", "走廊侧"), COUNT("position", "position", "序号"),
	COUNT("beds", "beds", "床位"), COUNT("in", "persons in it", "在住人数"), WORD("class", isolation_classes, "class", "暴露类别"),
	WORD("state", isolation_room_states, "state", "状态"), TIME("since", "since", "自"), TIME("rest_until", "rests until", "静置至"),
	COUNT("disputed", "persons reported who do not count", "矛盾记录人数"), COUNT("held", "beds held", "预留床位"),
	YES("barrier_free", "barrier-free", "无障碍"), YES("family", "family room", "家庭房"), YES("window", "window opens", "可开窗"),
	YES("own_toilet", "own toilet", "独立卫生间"), TEXT("ventilation", "shares air with", "通风分组"),
};
static const struct query_param residents_params[] = {PARAM_SITE, PARAM_PERSON};
static const struct query_column residents_columns[] = {
	ID("person", "person", "人员"), ID("site", "isolation site", "隔离点"), ID("room", "room", "房间"), TEXT("number", "number", "房号"),
	WORD("class", isolation_classes, "class", "暴露类别"), TIME("from_at", "in this room since", "入住时间"), ID("guardian_of", "accompanies", "陪护对象"),
	TEXT("tier", "tier", "判定类别"), TIME("central_until", "central days end", "集中隔离期满"), TIME("ends_at", "regimen ends", "管理期满"),
	TIME("checked_at", "last health check", "最近健康监测"), WORD("counts", isolation_fits, "counts in the room, or why not", "是否有效"),
};
static const struct query_param neighbours_params[] = {
	{.name = "room", .type = F_ID, .required = true, .entity = "room", .en = "the room", .zh = "房间"},
	{.name = "since", .type = F_TIME, .en = "also who was there since", .zh = "含此后曾住人员"},
};
static const struct query_column neighbours_columns[] = {
	WORD("relation", relations, "where it lies", "相对位置"), ID("room", "room", "房间"), COUNT("floor", "floor", "楼层"), TEXT("number", "number", "房号"),
	ID("person", "who is or was in it", "人员"), WORD("class", isolation_classes, "class", "暴露类别"), TIME("from_at", "from", "起"),
	TIME("until_at", "until", "止"),
};
static const struct query_param all_params[] = {PARAM_ALL("1: those that are dealt with too", "1：含已处理")};
static const struct query_column inquiries_columns[] = {
	ID("case", "positive found inside", "点内阳性病例"), ID("person", "person", "人员"), ID("site", "isolation site", "隔离点"), ID("room", "room", "房间"),
	TEXT("number", "number", "房号"), TIME("opened_at", "case opened", "病例登记"), TIME("due_at", "inquiry due", "评估时限"),
	WORD("state", duty_states, "inquiry", "评估状态"), TIME("done_at", "done", "完成"), COUNT("at_risk", "persons at risk", "风险人数"),
};
static const struct query_column resets_columns[] = {
	ID("person", "person", "人员"), ID("positive", "the positive found inside", "点内阳性病例"), ID("case", "case of the running order", "现行管控关联病例"),
	TIME("anchor_at", "left that environment: the days count from here", "脱离环境时间（重新起算）"), WORD("state", duty_states, "signed", "签署状态"),
	COUNT("days", "days by the edition", "方案规定天数"),
};
static const struct query_column conflicts_columns[] = {
	ID("person", "person", "人员"), ID("room", "room", "房间"), ID("site", "isolation site", "隔离点"), TEXT("number", "number", "房号"),
	WORD("why", isolation_fits, "why it does not count", "矛盾原因"), WORD("class", isolation_classes, "class", "暴露类别"), TIME("from_at", "from", "起"),
	TIME("until_at", "until", "止"), ID("entry", "the fact", "事实编号"), WORD("state", duty_states, "looked at", "核实状态"), TIME("done_at", "when", "核实时间"),
};
static const struct query_param release_params[] = {
	{.name = "within_h", .type = F_INT, .missing = 24, .en = "central days end within so many hours (24)", .zh = "多少小时内期满（24）"}, PARAM_SITE,
};
static const struct query_column release_columns[] = {
	ID("person", "person", "人员"), ID("site", "isolation site", "隔离点"), ID("room", "room", "房间"), TEXT("number", "number", "房号"),
	WORD("class", isolation_classes, "class", "暴露类别"), TIME("leave_at", "central days end", "集中隔离期满"),
	WORD("unmet", isolation_conditions, "condition not met; empty = may go", "未满足条件（空为可解除）"),
};
static const struct query_param staff_params[] = {PARAM_SITE, PARAM_ALL("1: those cleared too", "1：含已期满")};
static const struct query_column staff_columns[] = {
	ID("person", "worker", "工作人员"), ID("site", "isolation site", "隔离点"), WORD("role", isolation_roles, "group", "岗位"),
	TIME("entered_at", "entered", "进入"), TIME("left_at", "left", "离开"), TIME("monitored_until", "followed until", "监测至"),
	TIME("cleared_at", "cleared", "期满"), COUNT("tests_done", "tests taken", "已检测"), COUNT("tests_late", "tests missed", "漏检"),
	TIME("tested_at", "last test", "最近检测"),
};
static const struct query_param rounds_params[] = {
	PARAM_SITE, {.name = "since", .type = F_TIME, .en = "from then on", .zh = "起始时间"},
};
static const struct query_column rounds_columns[] = {
	ID("site", "isolation site", "隔离点"), COLUMN("day", C_DAY, NULL, "day", "日期"), WORD("half", isolation_halves, "half", "上下午"),
	TIME("from_at", "from", "起"), TIME("due_at", "until", "止"), WORD("state", duty_states, "everybody seen", "是否全部完成"),
	TIME("done_at", "last check", "完成时间"), TIME("stated_at", "staff said done", "巡诊报告时间"),
};
static const struct query_column reserve_columns[] = {
	COUNT("people", "people registered, departed ones too", "登记人口（含已离开）"), COUNT("rooms_per_10k", "rooms per 10,000 people", "每万人房间数"),
	COUNT("rooms_needed", "rooms needed", "应储备房间"), COUNT("rooms", "rooms in use", "可用房间"), COUNT("occupied", "occupied", "已住"),
	COUNT("free", "free", "空闲"), COUNT("missing", "rooms missing", "缺口"),
};
static const struct query_param one_person[] = {PARAM_PERSON};
static const struct query_column medicines_columns[] = {
	ID("person", "person", "人员"), TIME("at", "given", "发放时间"), TEXT("medicine", "medicine", "药品"),
};
static const struct query_param one_site[] = {PARAM_SITE};
static const struct query_column environment_columns[] = {
	ID("site", "isolation site", "隔离点"), ID("room", "room", "房间"), ID("person", "whose room", "所属人员"), TIME("at", "sampled", "采样时间"),
	YES("negative", "all negative", "全部阴性"), TEXT("points", "where", "点位"),
};
static const struct query_param missing_params[] = {
	PARAM_SITE, {.name = "day", .type = F_DAY, .en = "day; missing = today", .zh = "日期（缺省为今天）"},
	{.name = "half", .type = F_WORD, .missing = -1, .words = isolation_halves, .en = "half; missing = now", .zh = "上下午（缺省为当前）"},
};
static const struct query_column missing_columns[] = {
	ID("site", "isolation site", "隔离点"), COLUMN("day", C_DAY, NULL, "day", "日期"), WORD("half", isolation_halves, "half", "上下午"),
	ID("person", "not yet seen", "未监测人员"), ID("room", "room", "房间"), TEXT("number", "number", "房号"),
};
static const struct query_param forecast_params[] = {
	{.name = "days", .type = F_INT, .missing = FORECAST_DAYS, .en = "how many days ahead (14)", .zh = "预测天数（14）"},
};
static const struct query_column forecast_columns[] = {
	COLUMN("day", C_DAY, NULL, "day", "日期"), COUNT("entering", "regimens that begin", "新进"), COUNT("leaving", "central days that end", "期满"),
	COUNT("persons", "persons by regimen", "应隔离人数"), COUNT("open_ended", "there without an end known", "无期限在住"),
	COUNT("rooms_least", "rooms, households together", "最少房间"), COUNT("rooms_most", "rooms, one each", "最多房间"),
	COUNT("rooms", "rooms in use", "可用房间"), COUNT("missing", "rooms missing", "缺口"),
};
static const struct query_param proposals_params[] = {
	{.name = "person", .type = F_ID, .required = true, .entity = "person", .en = "for whom", .zh = "人员"},
	{.name = "class", .type = F_WORD, .missing = -1, .words = isolation_classes, .en = "class; missing = by the orders in force", .zh = "暴露类别（缺省按现行判定）"},
	{.name = "guardian_of", .type = F_ID, .entity = "person", .en = "accompanies", .zh = "陪护对象"}, PARAM_SITE,
};
static const struct query_column proposals_columns[] = {
	COUNT("rank", "rank", "次序"), ID("room", "room", "房间"), ID("site", "isolation site", "隔离点"), TEXT("wing", "wing", "楼栋"),
	COUNT("floor", "floor", "楼层"), TEXT("number", "number", "房号"), COUNT("beds", "beds", "床位"), COUNT("free_beds", "beds free", "空床"),
	WORD("class", isolation_classes, "class", "暴露类别"), WORD("why", isolation_reasons, "why", "理由"),
};

static const struct query_param whereabouts_params[] = {
	PARAM_PERSON,
	{.name = "kind", .type = F_WORD, .missing = -1, .words = whereabouts_kinds, .en = "only those there", .zh = "仅限此类去向"},
};
static const struct query_column whereabouts_columns[] = {
	ID("person", "person", "人员"), WORD("kind", whereabouts_kinds, "where", "所在"), ID("ref", "room, vehicle, hospital or site", "房间、车辆、医院或隔离点"),
	ID("site", "isolation site of the room", "房间所属隔离点"), TEXT("number", "room", "房号"), TIME("since", "since", "自"), AREA,
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "isolation." #name_, .right = RIGHT_READ, .sql = &SQL_isolation_q_##name_, .params = params_, .params_n = ARRAY_N(params_), \
	 .columns = columns_, .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
#define QUERY_PLAIN(name_, en_, zh_) \
	{.name = "isolation." #name_, .right = RIGHT_READ, .sql = &SQL_isolation_q_##name_, .columns = name_##_columns, \
	 .columns_n = ARRAY_N(name_##_columns), .en = en_, .zh = zh_}
#define COMPUTED(name_, params_, columns_, en_, zh_) \
	{.name = "isolation." #name_, .right = RIGHT_READ, .params = params_, .params_n = ARRAY_N(params_), .columns = columns_, \
	 .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
const struct query isolation_queries[] = {
	QUERY(whereabouts, whereabouts_params, whereabouts_columns, "where everybody is now: one place a person, the latest report", "人员去向（最新报告）"),
	QUERY_PLAIN(sites, "isolation sites: rooms by state, residents, staff against the ratio", "隔离点房间、人员和医务配比"),
	QUERY(rooms, rooms_params, rooms_columns, "every room with its place in the house and its state", "房间平面与状态"),
	QUERY(residents, residents_params, residents_columns, "who is in which room, and until when by the regimen", "在住人员"),
	QUERY(neighbours, neighbours_params, neighbours_columns, "rooms left, right, opposite, above, below and of the same air, and who is in them",
	      "周边房间及人员"),
	QUERY(inquiries, all_params, inquiries_columns, "positives found inside and how far the inquiry is", "点内阳性与交叉感染评估"),
	QUERY(resets, all_params, resets_columns, "whose days are proposed to begin again after an inquiry; an officer signs tracing.regimen_reset",
	      "建议重新起算人员"),
	QUERY(conflicts, all_params, conflicts_columns, "reports of a person in a room that cannot be, and why they do not count", "矛盾的入住记录"),
	QUERY(release_due, release_params, release_columns, "whose central days end, and what is still unmet", "即将期满人员及未满足条件"),
	QUERY(staff, staff_params, staff_columns, "the closed loop: who is inside or followed after it, tests owed", "闭环人员与检测"),
	QUERY(rounds, rounds_params, rounds_columns, "health rounds by half-day: is everybody seen", "巡诊完成情况"),
	QUERY_PLAIN(reserve, "rooms there are against those the edition asks for by population", "隔离房间储备"),
	QUERY(medicines, one_person, medicines_columns, "medicines given to residents", "发药记录"),
	QUERY(environment, one_site, environment_columns, "surfaces sampled", "环境采样"),
	COMPUTED(missing_rounds, missing_params, missing_columns, "residents without a health check in a half-day", "本半日未监测人员"),
	COMPUTED(forecast, forecast_params, forecast_columns, "rooms needed by day, from the regimens signed and running", "逐日房间需求预测"),
	COMPUTED(proposals, proposals_params, proposals_columns, "rooms that fit a person, the best first; a proposal only", "适合的房间（仅为建议）"),
	{0},
};
const struct query_computed isolation_computed[] = {
	{"isolation.missing_rounds", isolation_ask_missing, true},
	{"isolation.forecast", isolation_ask_forecast, true},
	{"isolation.proposals", isolation_ask_proposals, true},
	{0},
};
