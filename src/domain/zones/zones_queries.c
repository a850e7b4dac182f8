/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of the zones domain. The statements stand in zones_queries.sql.
 */
#include "domain/zones/zones.h"
#include "sql.gen.h"

static const char *const programmes[] = {"none", "stay_home", "stay_in_zone", "avoid_gathering", NULL}; /* enum protocol_programme */
static const char *const supplies[] = {"none", "door", "pick_up", NULL};                                /* enum protocol_supply */
static const char *const unit_kinds[] = {"none", "area", "household", "place", NULL};
static const char *const wheres[] = {"inside", "hospital", "isolation", "out", "moved_out", NULL};
static const char *const details[] = {"not_sampled", "pending", "positive", "invalid", NULL};
static const char *const parts[] = {"title", "basis", "effective", "places", "regime", "tests", "release", "exits", "issuer", "appeal", NULL};

#define ZONE(required) {"zone", F_ID, required, 0, NULL, "zone", "the zone", "风险区"}
static const struct query_param one_zone[] = {ZONE(true)};
static const struct query_param any_zone[] = {ZONE(false)};
static const struct query_param of_state[] = {{"state", F_WORD, false, -1, zones_states, NULL, "only zones in this state", "状态"}};
static const struct query_param one_person[] = {{"person", F_ID, true, 0, NULL, "person", "the person", "人员"}};
static const struct query_param since_params[] = {
	ZONE(false),
	{"since", F_TIME, false, 0, NULL, NULL, "ask for negative samples since then, not since the day of the rule", "以此时刻后的采样为准"}};
static const struct query_param from_params[] = {
	ZONE(true),
	{"from", F_TIME, true, 0, NULL, NULL, "sampled within 24 hours from then; a date is its beginning", "此后24小时内采样"}};
static const struct query_param day_params[] = {ZONE(true), {"day", F_DAY, true, 0, NULL, NULL, "the day", "日期"}};
static const struct query_param any_day_params[] = {ZONE(false), {"day", F_DAY, true, 0, NULL, NULL, "the day", "日期"}};
static const struct query_param exit_params[] = {
	ZONE(false), {"open", F_INT, false, 0, NULL, NULL, "1: only who is still out", "1：仅未返回"}};

static const struct query_column zones[] = {
	{"zone", C_ID, NULL, "zone", "风险区"}, {"name", C_TEXT, NULL, "name", "名称"}, {"class", C_TEXT, NULL, "class", "等级"},
	{"state", C_WORD, zones_states, "state", "状态"}, {"area", C_AREA, NULL, "area", "区划"},
	{"programme", C_WORD, programmes, "measures", "管控方式"}, {"supply", C_WORD, supplies, "supplies", "物资供应"},
	{"start_at", C_TIME, NULL, "effective from", "生效"}, {"published_at", C_TIME, NULL, "public since", "公布"},
	{"clock_at", C_TIME, NULL, "quiet since", "起算"}, {"earliest_at", C_TIME, NULL, "steps down at the earliest", "最早降级"},
	{"by_downgrade", C_BOOL, NULL, "came from a higher class", "由高等级降级"}, {"ended_at", C_TIME, NULL, "ended", "解除"},
	{"early", C_BOOL, NULL, "ended early", "提前"}, {"decided_by", C_WORD, zones_levels, "decided by", "决定层级"},
	{"units", C_INT, NULL, "units", "单元数"}, {"clause", C_TEXT, NULL, "rule", "条款"}, {"notice", C_TEXT, NULL, "notice", "通告"},
};
static const struct query_column units[] = {
	{"kind", C_WORD, unit_kinds, "kind", "类型"}, {"area", C_AREA, NULL, "area", "区划"}, {"unit", C_ID, NULL, "unit", "单元"},
	{"name", C_TEXT, NULL, "name", "名称"}, {"since", C_TIME, NULL, "since", "纳入"}, {"clock_at", C_TIME, NULL, "quiet since", "起算"},
	{"earliest_at", C_TIME, NULL, "at the earliest", "最早"}, {"until_at", C_TIME, NULL, "prolonged to", "延长至"},
};
static const struct query_column members[] = {
	{"person", C_ID, NULL, "person", "人员"}, {"household", C_ID, NULL, "household", "住户"}, {"area", C_AREA, NULL, "area", "区划"},
	{"building", C_TEXT, NULL, "building", "楼栋"}, {"unit", C_TEXT, NULL, "unit", "单元"},
	{"where", C_WORD, wheres, "where now", "现在何处"},
};
static const struct query_column person[] = {
	{"zone", C_ID, NULL, "zone", "风险区"}, {"name", C_TEXT, NULL, "name", "名称"}, {"class", C_TEXT, NULL, "class", "等级"},
	{"programme", C_WORD, programmes, "measures", "管控方式"}, {"supply", C_WORD, supplies, "supplies", "物资供应"},
	{"start_at", C_TIME, NULL, "since", "起始"}, {"clock_at", C_TIME, NULL, "quiet since", "起算"},
	{"earliest_at", C_TIME, NULL, "until at the earliest", "最早解除"}, {"published_at", C_TIME, NULL, "public since", "公布"},
	{"clause", C_TEXT, NULL, "rule", "条款"},
};
static const struct query_column unmet[] = {
	{"zone", C_ID, NULL, "zone", "风险区"}, {"condition", C_WORD, zones_conditions, "what is unmet", "未满足条件"},
	{"person", C_ID, NULL, "person", "人员"}, {"household", C_ID, NULL, "household", "住户"}, {"area", C_AREA, NULL, "area", "区划"},
	{"building", C_TEXT, NULL, "building", "楼栋"}, {"unit", C_TEXT, NULL, "unit", "单元"}, {"detail", C_WORD, details, "in detail", "详情"},
	{"earliest_at", C_TIME, NULL, "can be met from", "最早"},
};
static const struct query_column step_down[] = {
	{"zone", C_ID, NULL, "zone", "风险区"}, {"name", C_TEXT, NULL, "name", "名称"}, {"class", C_TEXT, NULL, "class", "等级"},
	{"to", C_TEXT, NULL, "steps down to", "降为"}, {"area", C_AREA, NULL, "area", "区划"}, {"clock_at", C_TIME, NULL, "quiet since", "起算"},
	{"earliest_at", C_TIME, NULL, "at the earliest", "最早"}, {"members", C_INT, NULL, "members", "人数"},
	{"days", C_BOOL, NULL, "days not over", "未满天数"}, {"prolonged", C_BOOL, NULL, "prolonged", "已延长"},
	{"higher", C_BOOL, NULL, "a higher zone stands", "尚有更高风险区"},
	{"coverage", C_INT, NULL, "not negative on the day of the round", "当日未阴性人数"},
	{"final_round", C_INT, NULL, "not negative in the last hours", "解除前未阴性人数"},
	{"contacts", C_INT, NULL, "contacts in their days", "未满期密接"}, {"proposed", C_BOOL, NULL, "may step down", "可降级"},
};
static const struct query_column untested[] = {
	{"person", C_ID, NULL, "person", "人员"}, {"household", C_ID, NULL, "household", "住户"}, {"area", C_AREA, NULL, "area", "区划"},
	{"building", C_TEXT, NULL, "building", "楼栋"}, {"unit", C_TEXT, NULL, "unit", "单元"},
};
static const struct query_column unserved[] = {
	{"household", C_ID, NULL, "household", "住户"}, {"area", C_AREA, NULL, "area", "区划"}, {"building", C_TEXT, NULL, "building", "楼栋"},
	{"unit", C_TEXT, NULL, "unit", "单元"}, {"persons", C_INT, NULL, "persons", "人数"},
};
static const struct query_column slots[] = {
	{"household", C_ID, NULL, "household", "住户"}, {"area", C_AREA, NULL, "area", "区划"}, {"building", C_TEXT, NULL, "building", "楼栋"},
	{"unit", C_TEXT, NULL, "unit", "单元"}, {"point", C_ID, NULL, "pick-up point", "取物点"}, {"slot", C_INT, NULL, "slot", "时段"},
	{"minute", C_INT, NULL, "minute of the day", "当日分钟"},
};
static const struct query_column slot_list[] = {
	{"point", C_ID, NULL, "pick-up point", "取物点"}, {"name", C_TEXT, NULL, "name", "名称"}, {"slot", C_INT, NULL, "slot", "时段"},
	{"minute", C_INT, NULL, "minute of the day", "当日分钟"}, {"household", C_ID, NULL, "household", "住户"},
	{"counts", C_BOOL, NULL, "has the place", "有效"},
};
static const struct query_column points[] = {
	{"point", C_ID, NULL, "pick-up point", "取物点"}, {"zone", C_ID, NULL, "zone", "风险区"}, {"name", C_TEXT, NULL, "name", "名称"},
	{"area", C_AREA, NULL, "area", "区划"}, {"capacity", C_INT, NULL, "households a slot", "每时段户数"},
	{"slot_minutes", C_INT, NULL, "minutes a slot", "时段分钟"}, {"from_minute", C_INT, NULL, "opens at minute", "开始分钟"},
	{"slots", C_INT, NULL, "slots a day", "每日时段数"}, {"per_day", C_INT, NULL, "households a day", "每日户数"},
};
static const struct query_column resets[] = {
	{"case", C_ID, NULL, "case", "病例"}, {"at", C_TIME, NULL, "found", "发现"}, {"home", C_BOOL, NULL, "lived there", "居住地"},
	{"scope", C_WORD, zones_scopes, "what began again", "重新起算范围"}, {"judged", C_BOOL, NULL, "judged by an officer", "已研判"},
};
static const struct query_column notice[] = {
	{"part", C_WORD, parts, "part", "部分"}, {"nth", C_INT, NULL, "number", "序号"}, {"en", C_TEXT, NULL, "English", "英文"},
	{"zh", C_TEXT, NULL, "Chinese", "中文"},
};
static const struct query_column exits[] = {
	{"exit", C_ID, NULL, "exit", "外出编号"}, {"person", C_ID, NULL, "person", "人员"}, {"zone", C_ID, NULL, "zone", "风险区"},
	{"reason", C_WORD, zones_exit_reasons, "reason", "原因"}, {"granted_at", C_TIME, NULL, "out since", "外出"},
	{"until_at", C_TIME, NULL, "back by", "返回时限"}, {"returned_at", C_TIME, NULL, "back", "返回"},
	{"destination", C_TEXT, NULL, "where to", "目的地"}, {"vehicle", C_TEXT, NULL, "vehicle", "车辆"},
};
static const struct query_column posts[] = {
	{"post", C_ID, NULL, "post", "卡点"}, {"zone", C_ID, NULL, "zone", "风险区"}, {"name", C_TEXT, NULL, "name", "名称"},
	{"area", C_AREA, NULL, "area", "区划"}, {"set_at", C_TIME, NULL, "since", "设置"}, {"manned", C_BOOL, NULL, "manned now", "在岗"},
	{"manned_until", C_TIME, NULL, "manned until", "值守至"}, {"ended_at", C_TIME, NULL, "given up", "撤销"},
	{"lon", C_REAL, NULL, "longitude", "经度"}, {"lat", C_REAL, NULL, "latitude", "纬度"},
};
static const struct query_column barriers[] = {
	{"barrier", C_ID, NULL, "barrier", "围挡"}, {"zone", C_ID, NULL, "zone", "风险区"}, {"kind", C_WORD, zones_barriers, "kind", "类型"},
	{"place", C_TEXT, NULL, "where", "位置"}, {"area", C_AREA, NULL, "area", "区划"}, {"sealed", C_BOOL, NULL, "sealed exit", "出口封闭"},
	{"keeper_present", C_BOOL, NULL, "keeper there", "看守在岗"}, {"fire_access", C_BOOL, NULL, "fire access", "消防通道"},
	{"keeper", C_ID, NULL, "keeper", "看守人"}, {"set_at", C_TIME, NULL, "since", "设置"}, {"checked_at", C_TIME, NULL, "looked at", "检查"},
	{"must_go_at", C_TIME, NULL, "must go", "应拆除"}, {"overdue", C_BOOL, NULL, "overdue", "逾期"},
};

#define QUERY(name_, params_, en_, zh_) \
	{"zones." #name_, RIGHT_READ, &SQL_zones_q_##name_, params_, ARRAY_N(params_), name_, ARRAY_N(name_), en_, zh_}
const struct query zones_queries[] = {
	QUERY(zones, of_state, "risk zones: class, since when, until at the earliest", "风险区"),
	QUERY(units, one_zone, "the units of a zone, each with its own clock", "风险区单元"),
	QUERY(members, one_zone, "everyone in a zone, and who is out of it at present", "风险区人员"),
	QUERY(person, one_person, "which zone covers a person now", "人员所在风险区"),
	QUERY(step_down, since_params, "zones in force and what keeps each from stepping down, in numbers", "降级建议"),
	QUERY(unmet, since_params, "what a zone still lacks for stepping down, person by person", "未满足条件明细"),
	QUERY(resets, one_zone, "new infections that count for the clock of a zone", "重新起算事件"),
	QUERY(untested, from_params, "who of a zone gave no sample on a day", "当日未采样人员"),
	QUERY(unserved, day_params, "households that nobody served on a day", "当日未服务住户"),
	QUERY(slots, day_params, "proposal: households without a slot, spread over the free places", "错峰取物安排建议"),
	QUERY(slot_list, any_day_params, "slots that are assigned", "错峰取物名单"),
	QUERY(points, any_zone, "pick-up points and what they can serve", "取物点"),
	QUERY(notice, one_zone, "the public notice of a zone, part by part", "风险区通告"),
	QUERY(exits, exit_params, "who left a zone by leave or in an emergency", "外出记录"),
	QUERY(posts, any_zone, "guarded posts and whether somebody is there", "卡点"),
	QUERY(barriers, any_zone, "barriers that stand, and by when each must go", "围挡"),
	{0},
};
