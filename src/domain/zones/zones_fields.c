/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of the zones domain: their fields.
 */
#include "domain/zones/zones_fields.h"

#include "domain/zones/zones.h"

const char *const zones_levels[] = {"county", "prefecture", "province", NULL};
const char *const zones_states[] = {"none", "proposed", "in_force", "ended", NULL};
const char *const zones_conditions[] = {"days", "coverage", "final_round", "contacts", "prolonged", "higher_zone", NULL};
const char *const zones_scopes[] = {"none", "part", "whole", NULL};
const char *const zones_rolls[] = {"tests", "service", NULL};
const char *const zones_exit_reasons[] = {"medical_emergency", "medical", "dialysis", "birth", "death_in_family", "duty", "other", NULL};
const char *const zones_barriers[] = {"fence", "lock", "roadblock", "door_sensor", "other", NULL};
const char *const zones_services[] = {"food", "medicine", "waste", "test", "health", "other", NULL};

#define F(member, type, flags, ...) FIELD(struct zones_zone_proposed, member, type, flags, __VA_ARGS__)
const struct field zones_zone_proposed_fields[ZONES_ZONE_PROPOSED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 200, .en = "what people call it", .zh = "名称"),
	F(class, F_TEXT, REQUIRED, .min = 1, .max = 40, .en = "class: a zone of the edition", .zh = "风险等级（方案中的区域）"),
	F(areas, F_AREAS, 0, .en = "its areas", .zh = "区划"),
	F(places, F_IDS, 0, .entity = "place", .en = "its buildings, compounds and other places", .zh = "楼栋、小区等场所"),
	F(households, F_IDS, 0, .entity = "household", .en = "its households", .zh = "住户"),
	F(cases, F_IDS, 0, .entity = "case", .en = "because of these cases", .zh = "相关病例"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_zone_declared, member, type, flags, __VA_ARGS__)
const struct field zones_zone_declared_fields[ZONES_ZONE_DECLARED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 200, .en = "what people call it", .zh = "名称"),
	F(class, F_TEXT, REQUIRED, .min = 1, .max = 40, .en = "class: a zone of the edition", .zh = "风险等级（方案中的区域）"),
	F(areas, F_AREAS, 0, .en = "its areas", .zh = "区划"),
	F(places, F_IDS, 0, .entity = "place", .en = "its buildings, compounds and other places", .zh = "楼栋、小区等场所"),
	F(households, F_IDS, 0, .entity = "household", .en = "its households", .zh = "住户"),
	F(shape, F_TEXT, 0, .min = 20, .max = 100000, .en = "drawn on the map: GeoJSON Polygon or MultiPolygon", .zh = "地图边界（GeoJSON）"),
	F(start_at, F_TIME, 0, .en = "effective from; empty = when signed", .zh = "生效时间"),
	F(ends_at, F_TIME, 0, .en = "fixed end, where the edition sets none", .zh = "截止时间（方案未规定时必填）"),
	F(decided_by, F_WORD, REQUIRED, .words = zones_levels, .en = "whose command decided", .zh = "决定层级"),
	F(basis, F_TEXT, 0, .min = 4, .max = 300, .en = "legal basis, where it is another than the protocol's",
	  .zh = "法律依据（与方案不同时填写）"),
	F(notice, F_TEXT, 0, .min = 2, .max = 2000, .en = "number and title of the notice", .zh = "通告文号和标题"),
	F(reason, F_TEXT, 0, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
	F(cases, F_IDS, 0, .entity = "case", .en = "because of these cases", .zh = "相关病例"),
	F(grounds, F_TEXT, DERIVED, .max = 600, .en = "legal basis in force", .zh = "依据"),
	F(clause, F_TEXT, DERIVED, .max = 160, .en = "edition and class", .zh = "方案条款"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_zone_changed, member, type, flags, __VA_ARGS__)
const struct field zones_zone_changed_fields[ZONES_ZONE_CHANGED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(areas, F_AREAS, 0, .en = "added areas", .zh = "区划（增加）"),
	F(places, F_IDS, 0, .entity = "place", .en = "added buildings, compounds and other places", .zh = "楼栋、小区等场所（增加）"),
	F(households, F_IDS, 0, .entity = "household", .en = "added households", .zh = "住户（增加）"),
	F(areas_out, F_AREAS, 0, .en = "areas taken out", .zh = "区划（移出）"),
	F(places_out, F_IDS, 0, .entity = "place", .en = "places taken out", .zh = "场所（移出）"),
	F(households_out, F_IDS, 0, .entity = "household", .en = "households taken out", .zh = "住户（移出）"),
	F(decided_by, F_WORD, REQUIRED, .words = zones_levels, .en = "whose command decided", .zh = "决定层级"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_zone_prolonged, member, type, flags, __VA_ARGS__)
const struct field zones_zone_prolonged_fields[ZONES_ZONE_PROLONGED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(areas, F_AREAS, 0, .en = "only these areas", .zh = "区划（仅此部分）"),
	F(places, F_IDS, 0, .entity = "place", .en = "only these buildings, compounds and other places", .zh = "楼栋、小区等场所（仅此部分）"),
	F(households, F_IDS, 0, .entity = "household", .en = "only these households", .zh = "住户（仅此部分）"),
	F(until_at, F_TIME, REQUIRED, .en = "not before this instant", .zh = "延长至"),
	F(decided_by, F_WORD, REQUIRED, .words = zones_levels, .en = "whose command decided", .zh = "决定层级"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_zone_stepped_down, member, type, flags, __VA_ARGS__)
const struct field zones_zone_stepped_down_fields[ZONES_ZONE_STEPPED_DOWN_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(to, F_TEXT, REQUIRED, .min = 1, .max = 40, .en = "class it becomes, or none", .zh = "降为（none 为解除）"),
	F(areas, F_AREAS, 0, .en = "only these areas", .zh = "区划（仅此部分）"),
	F(places, F_IDS, 0, .entity = "place", .en = "only these buildings, compounds and other places", .zh = "楼栋、小区等场所（仅此部分）"),
	F(households, F_IDS, 0, .entity = "household", .en = "only these households", .zh = "住户（仅此部分）"),
	F(into, F_ID, 0, .entity = "zone", .en = "the part goes on as this zone", .zh = "部分降级后的新风险区"),
	F(into_name, F_TEXT, 0, .min = 1, .max = 200, .en = "its name", .zh = "新风险区名称"),
	F(early, F_BOOL, 0, .en = "although conditions are unmet", .zh = "提前（条件未满足）"),
	F(decided_by, F_WORD, REQUIRED, .words = zones_levels, .en = "whose command decided", .zh = "决定层级"),
	F(reason, F_TEXT, 0, .min = 2, .max = 1000, .en = "why; required when early", .zh = "理由（提前时必填）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_zone_lifted, member, type, flags, __VA_ARGS__)
const struct field zones_zone_lifted_fields[ZONES_ZONE_LIFTED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(early, F_BOOL, 0, .en = "although conditions are unmet", .zh = "提前（条件未满足）"),
	F(decided_by, F_WORD, REQUIRED, .words = zones_levels, .en = "whose command decided", .zh = "决定层级"),
	F(reason, F_TEXT, 0, .min = 2, .max = 1000, .en = "why; required when early", .zh = "理由（提前时必填）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_notice_published, member, type, flags, __VA_ARGS__)
const struct field zones_notice_published_fields[ZONES_NOTICE_PUBLISHED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(channel, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "where the public can read it", .zh = "发布渠道"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_none_needed, member, type, flags, __VA_ARGS__)
const struct field zones_none_needed_fields[ZONES_NONE_NEEDED_N] = {
	{.name = "case", .type = F_ID, .flags = REQUIRED,
	 .offset = offsetof(struct zones_none_needed, case_), .entity = "case", .en = "the case", .zh = "病例"},
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "contacts controlled, no community risk: why, without personal data",
	  .zh = "理由：密接已管控、无社区传播风险（不含个人信息）"),
	F(channel, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "where it was announced", .zh = "公告渠道"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_quiet_reset, member, type, flags, __VA_ARGS__)
const struct field zones_quiet_reset_fields[ZONES_QUIET_RESET_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(areas, F_AREAS, 0, .en = "only these areas", .zh = "区划（仅此部分）"),
	F(places, F_IDS, 0, .entity = "place", .en = "only these buildings, compounds and other places", .zh = "楼栋、小区等场所（仅此部分）"),
	F(households, F_IDS, 0, .entity = "household", .en = "only these households", .zh = "住户（仅此部分）"),
	F(anchor_at, F_TIME, REQUIRED, .en = "the quiet days count from here", .zh = "重新起算时间"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_risk_judged, member, type, flags, __VA_ARGS__)
const struct field zones_risk_judged_fields[ZONES_RISK_JUDGED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	{.name = "case", .type = F_ID, .flags = REQUIRED,
	 .offset = offsetof(struct zones_risk_judged, case_), .entity = "case", .en = "the case", .zh = "病例"},
	F(scope, F_WORD, REQUIRED, .words = zones_scopes, .en = "what begins again: nothing, a part, the whole", .zh = "重新起算范围"),
	F(areas, F_AREAS, 0, .en = "the part: areas", .zh = "区划（部分）"),
	F(places, F_IDS, 0, .entity = "place", .en = "the part: buildings, compounds and other places", .zh = "楼栋、小区等场所（部分）"),
	F(households, F_IDS, 0, .entity = "household", .en = "the part: households", .zh = "住户（部分）"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_roll_closed, member, type, flags, __VA_ARGS__)
const struct field zones_roll_closed_fields[ZONES_ROLL_CLOSED_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(roll, F_WORD, REQUIRED, .words = zones_rolls, .en = "tests or door service", .zh = "检测或上门服务"),
	F(day, F_DAY, REQUIRED, .en = "of this day", .zh = "日期"),
	F(reason, F_TEXT, 0, .min = 2, .max = 1000, .en = "why some are missing", .zh = "缺漏原因"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_service_done, member, type, flags, __VA_ARGS__)
const struct field zones_service_done_fields[ZONES_SERVICE_DONE_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(household, F_ID, REQUIRED, .entity = "household", .en = "the household", .zh = "住户"),
	F(kinds, F_TEXTS, 0, .min = 1, .max = 20, .en = "food, medicine, waste, test, health, other", .zh = "服务内容"),
	F(note, F_TEXT, PERSONAL, .max = 500, .en = "note", .zh = "备注"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_point_opened, member, type, flags, __VA_ARGS__)
const struct field zones_point_opened_fields[ZONES_POINT_OPENED_N] = {
	F(point, F_ID, REQUIRED, .entity = "point", .en = "the pick-up point", .zh = "取物点"),
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "its name", .zh = "名称"),
	F(capacity, F_INT, REQUIRED, .min = 1, .max = 1000, .en = "households in one slot", .zh = "每时段户数"),
	F(slot_minutes, F_INT, REQUIRED, .min = 5, .max = 480, .en = "minutes of a slot", .zh = "时段分钟"),
	F(from_minute, F_INT, REQUIRED, .min = 0, .max = 1439, .en = "opens at this minute of the day", .zh = "开始（当日分钟）"),
	F(until_minute, F_INT, REQUIRED, .min = 1, .max = 1440, .en = "closes at this minute of the day", .zh = "结束（当日分钟）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_slot_assigned, member, type, flags, __VA_ARGS__)
const struct field zones_slot_assigned_fields[ZONES_SLOT_ASSIGNED_N] = {
	F(point, F_ID, REQUIRED, .entity = "point", .en = "the pick-up point", .zh = "取物点"),
	F(household, F_ID, REQUIRED, .entity = "household", .en = "the household", .zh = "住户"),
	F(day, F_DAY, REQUIRED, .en = "the day", .zh = "日期"),
	F(slot, F_INT, REQUIRED, .min = 0, .max = 287, .en = "slot of the day, 0 = first", .zh = "时段序号"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_exit_granted, member, type, flags, __VA_ARGS__)
const struct field zones_exit_granted_fields[ZONES_EXIT_GRANTED_N] = {
	F(exit, F_ID, REQUIRED, .entity = "exit", .en = "this way out and back", .zh = "外出编号"),
	F(person, F_ID, REQUIRED, .entity = "person", .en = "who", .zh = "人员"),
	F(zone, F_ID, 0, .entity = "zone", .en = "out of this zone", .zh = "所在风险区"),
	F(reason, F_WORD, REQUIRED, .words = zones_exit_reasons, .en = "why; an emergency is never refused", .zh = "原因（急救不得拒绝）"),
	F(destination, F_TEXT, 0, .min = 1, .max = 200, .en = "where to", .zh = "目的地"),
	F(vehicle, F_TEXT, 0, .min = 1, .max = 60, .en = "vehicle", .zh = "车辆"),
	F(until_at, F_TIME, 0, .en = "back by", .zh = "返回时限"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_exit_returned, member, type, flags, __VA_ARGS__)
const struct field zones_exit_returned_fields[ZONES_EXIT_RETURNED_N] = {
	F(exit, F_ID, REQUIRED, .entity = "exit", .en = "this way out and back", .zh = "外出编号"),
	F(person, F_ID, 0, .entity = "person", .en = "who", .zh = "人员"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_household_moved_out, member, type, flags, __VA_ARGS__)
const struct field zones_household_moved_out_fields[ZONES_HOUSEHOLD_MOVED_OUT_N] = {
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(household, F_ID, REQUIRED, .entity = "household", .en = "the household", .zh = "住户"),
	F(stay, F_IDS, 0, .entity = "person", .en = "who stays to look after house and animals", .zh = "留守人员"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 1000, .en = "why, without personal data", .zh = "理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_household_moved_back, member, type, flags, __VA_ARGS__)
const struct field zones_household_moved_back_fields[ZONES_HOUSEHOLD_MOVED_BACK_N] = {
	F(household, F_ID, REQUIRED, .entity = "household", .en = "the household", .zh = "住户"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_post_set, member, type, flags, __VA_ARGS__)
const struct field zones_post_set_fields[ZONES_POST_SET_N] = {
	F(post, F_ID, REQUIRED, .entity = "post", .en = "the post", .zh = "卡点"),
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "its name", .zh = "名称"),
	F(lon, F_REAL, 0, .min = -180, .max = 180, .en = "longitude, degrees", .zh = "经度"),
	F(lat, F_REAL, 0, .min = -90, .max = 90, .en = "latitude, degrees", .zh = "纬度"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_post_manned, member, type, flags, __VA_ARGS__)
const struct field zones_post_manned_fields[ZONES_POST_MANNED_N] = {
	F(post, F_ID, REQUIRED, .entity = "post", .en = "the post", .zh = "卡点"),
	F(until_at, F_TIME, 0, .en = "end of the shift", .zh = "值守至"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_post_left, member, type, flags, __VA_ARGS__)
const struct field zones_post_left_fields[ZONES_POST_LEFT_N] = {
	F(post, F_ID, REQUIRED, .entity = "post", .en = "the post", .zh = "卡点"),
	F(closed, F_BOOL, 0, .en = "the post is given up", .zh = "撤销卡点"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_barrier_set, member, type, flags, __VA_ARGS__)
const struct field zones_barrier_set_fields[ZONES_BARRIER_SET_N] = {
	F(barrier, F_ID, REQUIRED, .entity = "barrier", .en = "the barrier", .zh = "围挡"),
	F(zone, F_ID, REQUIRED, .entity = "zone", .en = "the zone", .zh = "风险区"),
	F(keeper, F_ID, REQUIRED, .entity = "person", .en = "who keeps it and can open it", .zh = "看守人"),
	F(kind, F_WORD, REQUIRED, .words = zones_barriers, .en = "what it is", .zh = "类型"),
	F(place, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "where, without personal data", .zh = "位置（不含个人信息）"),
	F(keeper_name, F_TEXT, PERSONAL, .min = 1, .max = 60, .en = "name of the keeper", .zh = "看守人姓名"),
	F(phone, F_TEXT, PERSONAL, .min = 3, .max = 30, .en = "phone of the keeper", .zh = "看守人电话"),
	F(sealed, F_BOOL, REQUIRED, .en = "an exit that cannot be opened from inside", .zh = "出口封闭"),
	F(keeper_present, F_BOOL, 0, .en = "the keeper is there", .zh = "看守人在岗"),
	F(fire_access, F_BOOL, 0, .en = "fire engine and ambulance can pass", .zh = "消防和急救通道畅通"),
	F(expires_at, F_TIME, REQUIRED, .en = "is taken away by then", .zh = "有效期至"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_barrier_checked, member, type, flags, __VA_ARGS__)
const struct field zones_barrier_checked_fields[ZONES_BARRIER_CHECKED_N] = {
	F(barrier, F_ID, REQUIRED, .entity = "barrier", .en = "the barrier", .zh = "围挡"),
	F(keeper_present, F_BOOL, 0, .en = "the keeper is there", .zh = "看守人在岗"),
	F(fire_access, F_BOOL, 0, .en = "fire engine and ambulance can pass", .zh = "消防和急救通道畅通"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct zones_barrier_removed, member, type, flags, __VA_ARGS__)
const struct field zones_barrier_removed_fields[ZONES_BARRIER_REMOVED_N] = {
	F(barrier, F_ID, REQUIRED, .entity = "barrier", .en = "the barrier", .zh = "围挡"),
};
#undef F
