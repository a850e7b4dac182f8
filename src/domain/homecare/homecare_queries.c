/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of home care. The statements stand in homecare.sql.
 */
#include "domain/homecare/homecare.h"
#include "sql.gen.h"

static const char *const exits[] = {"none", "approved", "free", NULL};
static const char *const sensor_states[] = {"closed", "open", "silent", "no_order", "order_over", NULL};
static const char *const door_words[] = {"opened", "closed", "heard", "silent", NULL};

#define TEAM_PARAM {"team", F_ID, false, 0, NULL, "team", "only of this team", "指定工作组"}
#define PERSON {"person", C_ID, NULL, "person", "人员"}
#define HOUSEHOLD {"household", C_ID, NULL, "household", "家庭"}
#define AREA {"area", C_AREA, NULL, "area", "区划"}
#define TEAM {"team", C_ID, NULL, "team", "工作组"}
#define WATCH {"watch", C_ID, NULL, "binding", "门磁绑定"}

static const struct query_param household_params[] = {TEAM_PARAM};
static const struct query_column households[] = {
	PERSON, HOUSEHOLD, AREA,
	{"source", C_WORD, homecare_sources, "follows from", "依据"}, {"home", C_BOOL, NULL, "kept at home", "居家"},
	{"isolation", C_BOOL, NULL, "isolation (else monitoring)", "隔离（否则为监测）"}, {"exit", C_WORD, exits, "going out", "外出规定"},
	{"tier", C_TEXT, NULL, "tier or class", "类别"}, {"from_at", C_TIME, NULL, "from", "开始"}, {"until_at", C_TIME, NULL, "until", "至"},
	{"ends_at", C_TIME, NULL, "days over", "期满"}, {"entered_at", C_TIME, NULL, "arrived", "到家"},
	{"fit", C_INT, NULL, "home fit (-1 not looked at)", "条件是否具备（-1 未评估）"}, TEAM,
	{"team_complete", C_BOOL, NULL, "team complete", "工作组齐全"}, {"checks_due", C_INT, NULL, "checks due, 24 h", "24 小时应测"},
	{"checks_done", C_INT, NULL, "checks done, 24 h", "24 小时已测"}, {"visits", C_INT, NULL, "visits", "上门次数"},
	{"visited_at", C_TIME, NULL, "last visit", "末次上门"}, {"delivered_at", C_TIME, NULL, "last delivery", "末次送货"},
	{"waste_at", C_TIME, NULL, "waste collected", "末次收运"}, {"out_until", C_TIME, NULL, "out until", "外出至"},
	{"duties", C_INT, NULL, "open duties", "未完成任务"},
};
static const struct query_param missing_params[] = {
	{"since", F_TIME, false, 0, NULL, NULL, "only windows that began at or after", "时段起始"}, TEAM_PARAM,
};
static const struct query_column missing_checks[] = {
	TEAM, PERSON, HOUSEHOLD, AREA, {"from_at", C_TIME, NULL, "window from", "时段开始"}, {"due_at", C_TIME, NULL, "due", "时限"},
	{"late_ms", C_SPAN, NULL, "late by", "超时"},
};
static const struct query_column sensors[] = {
	WATCH, {"person", C_ID, NULL, "person", "人员"}, {"sensor", C_TEXT, NULL, "sensor", "设备号"}, AREA,
	{"bound_at", C_TIME, NULL, "fitted", "绑定时间"}, {"state", C_WORD, sensor_states, "state", "状态"},
	{"seen_at", C_TIME, NULL, "last heard (as a fact)", "最后记录"}, {"battery", C_INT, NULL, "battery, percent", "电量（%）"},
};
static const struct query_param door_params[] = {{"watch", F_ID, false, 0, NULL, "watch", "only of this binding", "指定绑定"}};
static const struct query_column door_events[] = {
	WATCH, {"person", C_ID, NULL, "person", "人员"}, {"at", C_TIME, NULL, "when", "时间"}, {"what", C_WORD, door_words, "what", "事件"},
	{"explained", C_BOOL, NULL, "announced or explained", "已预约或有说明"}, {"opening", C_ID, NULL, "opening", "开门记录"},
	{"called_at", C_TIME, NULL, "called back", "回访时间"}, {"result", C_WORD, homecare_calls, "how the person is", "回访结果"},
};
static const struct query_column deliveries[] = {
	{"duty", C_DUTY, NULL, "what", "事项"}, PERSON, HOUSEHOLD, AREA, TEAM, {"from_at", C_TIME, NULL, "from", "开始"},
	{"due_at", C_TIME, NULL, "due", "时限"}, {"late_ms", C_SPAN, NULL, "late by", "超时"}, {"delivered_at", C_TIME, NULL, "last delivery", "末次送货"},
};
static const struct query_column teams[] = {
	TEAM, {"member", C_ID, NULL, "member", "成员"}, {"role", C_TEXT, NULL, "role", "角色"}, AREA,
	{"persons", C_INT, NULL, "persons at home in its care", "在管居家人数"},
};
static const struct query_param one_person[] = {{"person", F_ID, false, 0, NULL, "person", "only of this person", "指定人员"}};
static const struct query_column residents[] = {
	PERSON, {"resident", C_ID, NULL, "lives there as well", "同住人员"}, {"arrangement", C_WORD, homecare_arrangements, "how it goes on", "安排"},
	{"at", C_TIME, NULL, "agreed", "登记时间"},
};

#define QUERY(name_, right_, params_, columns_, en_, zh_) \
	{"homecare." #name_, RIGHT_##right_, &SQL_homecare_q_##name_, params_, ARRAY_N(params_), columns_, ARRAY_N(columns_), en_, zh_}
#define QUERY_PLAIN(name_, right_, columns_, en_, zh_) \
	{"homecare." #name_, RIGHT_##right_, &SQL_homecare_q_##name_, NULL, 0, columns_, ARRAY_N(columns_), en_, zh_}
const struct query homecare_queries[] = {
	QUERY(households, READ, household_params, households, "who is at home: order, team, checks, visits, open duties", "居家人员：依据、工作组、监测、上门和任务"),
	QUERY(missing_checks, READ, missing_params, missing_checks, "health checks that are missing, by team", "漏测健康监测（按工作组）"),
	QUERY_PLAIN(sensors, FOLLOW, sensors, "door sensors: state, last heard, battery", "门磁状态、最后记录和电量"),
	QUERY(door_events, FOLLOW, door_params, door_events, "what doors did, only while the order runs", "门磁记录（仅限居家期间）"),
	QUERY_PLAIN(deliveries, READ, deliveries, "deliveries and collections that are due", "待送物资和待收垃圾"),
	QUERY_PLAIN(teams, READ, teams, "teams, who belongs to them, how many persons each has", "工作组、成员及在管人数"),
	QUERY(residents, READ, one_person, residents, "who else lives there and how that goes on", "同住人员及安排"),
	{0},
};
