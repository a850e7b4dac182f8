/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of transfer. The statements stand in transfer.sql; the proposal is computed (transfer_plan.c).
 */
#include "domain/transfer/transfer_fold.h"
#include "sql.gen.h"

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define ID(name_, en_, zh_) COLUMN(name_, C_ID, NULL, en_, zh_)
#define TIME(name_, en_, zh_) COLUMN(name_, C_TIME, NULL, en_, zh_)
#define COUNT(name_, en_, zh_) COLUMN(name_, C_INT, NULL, en_, zh_)
#define TEXT(name_, en_, zh_) COLUMN(name_, C_TEXT, NULL, en_, zh_)
#define YES(name_, en_, zh_) COLUMN(name_, C_BOOL, NULL, en_, zh_)
#define WORD(name_, words_, en_, zh_) COLUMN(name_, C_WORD, words_, en_, zh_)
#define AREA COLUMN("area", C_AREA, NULL, "area", "区划")

static const struct query_param queue_params[] = {
	{.name = "state", .type = F_WORD, .missing = -1, .words = transfer_states, .en = "only in this state", .zh = "指定状态"},
};
static const struct query_column queue_columns[] = {
	ID("transfer", "transfer; empty = owed, and nobody has asked", "转运单；空为应转未申请"), ID("person", "person", "人员"), AREA,
	WORD("class", transfer_classes, "exposure class", "暴露类别"), WORD("kind", transfer_kinds, "kind of destination", "目的地类型"),
	ID("site", "where to", "目的地"), YES("barrier_free", "barrier-free", "无障碍"), YES("stretcher", "stretcher", "担架"),
	YES("guardian", "with a guardian", "监护人陪同"), WORD("state", transfer_states, "state", "状态"), YES("emergency", "emergency", "急危重症"),
	TIME("since", "since", "自"), TIME("due_at", "due", "时限"), COUNT("left_min", "minutes left; below 0 = late", "剩余分钟，负数为超时"),
	ID("run", "run", "车次"),
};
static const struct query_param runs_params[] = {
	{.name = "vehicle", .type = F_ID, .entity = "vehicle", .en = "only of this vehicle", .zh = "指定车辆"},
	{.name = "state", .type = F_WORD, .missing = -1, .words = transfer_run_states, .en = "only in this state", .zh = "指定状态"},
};
static const struct query_column runs_columns[] = {
	ID("run", "run", "车次"), ID("vehicle", "vehicle", "车辆"), TEXT("label", "plate or call sign", "车牌或呼号"),
	WORD("state", transfer_run_states, "state", "状态"), TIME("depart_at", "planned to leave", "计划发车"), TIME("departed_at", "left", "实际发车"),
	TIME("ended_at", "last person handed over", "末位移交"), WORD("kind", transfer_kinds, "kind of destination", "目的地类型"),
	ID("site", "where to", "目的地"), WORD("class", transfer_classes, "exposure class aboard", "车上暴露类别"),
	COUNT("usable", "usable seats", "可用座位"), COUNT("assigned", "assigned, not aboard yet", "已派未上车"), COUNT("boarded", "boarded", "已上车"),
	COUNT("aboard", "aboard now", "在车"), COUNT("refused", "reported aboard, not counted", "上报但不计"), COUNT("crew", "crew", "车组人数"),
	YES("conflict", "breaks a rule", "违反规则"), AREA,
};
static const struct query_param run_params[] = {
	{.name = "run", .type = F_ID, .required = true, .entity = "run", .en = "the run", .zh = "车次"},
};
static const struct query_column run_columns[] = {
	ID("transfer", "transfer", "转运单"), ID("person", "person", "人员"), WORD("class", transfer_classes, "exposure class", "暴露类别"),
	WORD("state", transfer_states, "state", "状态"), YES("barrier_free", "barrier-free", "无障碍"), YES("stretcher", "stretcher", "担架"),
	YES("guardian", "with a guardian", "监护人陪同"), ID("pickup", "where the person waits", "上车地点"), TIME("boarded_at", "boarded", "上车"),
	TIME("handed_over_at", "handed over", "移交"), TIME("received_at", "received", "签收"),
	WORD("rule", transfer_rules, "rule that this ride breaks", "违反的规则"), YES("emergency", "emergency", "急危重症"),
	ID("room", "room proposed", "建议房间"),
};
static const struct query_param vehicles_params[] = {
	{.name = "state", .type = F_WORD, .missing = -1, .words = transfer_vehicle_states, .en = "only in this state", .zh = "指定状态"},
};
static const struct query_column vehicles_columns[] = {
	ID("vehicle", "vehicle", "车辆"), TEXT("label", "plate or call sign", "车牌或呼号"), WORD("kind", transfer_vehicle_kinds, "kind", "车型"),
	COUNT("seats", "seats", "座位"), COUNT("usable", "usable seats", "可用座位"), YES("stretcher", "stretcher", "担架"),
	WORD("state", transfer_vehicle_states, "state", "状态"), TIME("since", "since", "自"), ID("run", "run it is on", "当前车次"),
	TIME("next_at", "next run planned to leave", "下一车次计划发车"), AREA,
};
static const struct query_column exceptions_columns[] = {
	ID("run", "run", "车次"), ID("person", "person", "人员"), WORD("rule", transfer_rules, "rule", "规则"), TIME("at", "when", "时间"),
	YES("emergency", "medical emergency", "急危重症"), YES("signed", "signed by an officer", "已签署特批"),
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "transfer." #name_, .right = RIGHT_READ, .sql = &SQL_transfer_q_##name_, .params = params_, .params_n = ARRAY_N(params_), \
	 .columns = columns_, .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
#define QUERY_PLAIN(name_, columns_, en_, zh_) \
	{.name = "transfer." #name_, .right = RIGHT_READ, .sql = &SQL_transfer_q_##name_, .columns = columns_, .columns_n = ARRAY_N(columns_), \
	 .en = en_, .zh = zh_}
const struct query transfer_queries[] = {
	QUERY(queue, queue_params, queue_columns, "who waits for a vehicle or is on the way, the most urgent first", "待转运和在途人员（按时限）"),
	QUERY(runs, runs_params, runs_columns, "board of runs: vehicle, state, seats used", "车次总览"),
	QUERY(run, run_params, run_columns, "manifest of a run", "车次乘员单"),
	QUERY(vehicles, vehicles_params, vehicles_columns, "vehicles: free, out, to be disinfected", "车辆状态"),
	QUERY_PLAIN(exceptions, exceptions_columns, "what broke a rule, was an emergency, or was signed", "违规、急救与特批记录"),
	{.name = "transfer.proposal", .right = RIGHT_TRANSPORT, .columns = transfer_proposal_columns, .columns_n = PROPOSAL_COLUMNS_N,
	 .en = "a plan for all who wait, with the rooms and vehicles that are free now; nothing is decided by it", .zh = "转运编排建议（供调度员签署）"},
	{0},
};
