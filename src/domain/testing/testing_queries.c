/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of the testing domain. The statements stand in testing.sql.
 */
#include "domain/testing/testing.h"
#include "sql.gen.h"

static const char *const stages[] = {"unknown", "open", "closed", "sent", "received", "plated", "reported", "lost", NULL};
static const char *const gaps[] = {"not_opened", "sent_unclosed", "miscounted", "overfull", "not_sent", "not_received", "not_plated",
				   "not_reported", "result_without_swab", "contradiction", NULL};

#define CAMPAIGN(required) {"campaign", F_ID, required, 0, NULL, "campaign", "the campaign", "筛查任务"}
#define ROUND(required) {"round", F_INT, required, 0, NULL, NULL, "the round", "轮次"}

static const struct query_column campaigns[] = {
	{"campaign", C_ID, NULL, "campaign", "筛查任务"}, {"name", C_TEXT, NULL, "name", "名称"}, {"pool_size", C_INT, NULL, "swabs in a tube", "混采人数"},
	{"rounds_per_day", C_INT, NULL, "rounds per day", "每日轮次"}, {"declared_at", C_TIME, NULL, "declared", "发布时间"},
	{"rounds", C_INT, NULL, "rounds", "轮数"}, {"last_round", C_INT, NULL, "latest round", "最新轮次"},
};
static const struct query_param of_campaign[] = {CAMPAIGN(false)};
static const struct query_column rounds[] = {
	{"campaign", C_ID, NULL, "campaign", "筛查任务"}, {"name", C_TEXT, NULL, "name", "名称"}, {"round", C_INT, NULL, "round", "轮次"},
	{"opens_at", C_TIME, NULL, "opens", "开始"}, {"due_at", C_TIME, NULL, "due", "时限"}, {"tubes", C_INT, NULL, "tubes", "管数"},
	{"sampled", C_INT, NULL, "persons sampled", "已采人数"},
};
static const struct query_param of_round[] = {CAMPAIGN(true), ROUND(true)};
static const struct query_param of_any_round[] = {CAMPAIGN(false), ROUND(false)};
static const struct query_column coverage[] = {
	{"area", C_AREA, NULL, "area", "区划"}, {"name", C_TEXT, NULL, "name", "名称"}, {"registered", C_INT, NULL, "to be sampled", "应采"},
	{"sampled", C_INT, NULL, "sampled", "已采"}, {"excused", C_INT, NULL, "not sampled, with reason", "未采有因"},
	{"missing", C_INT, NULL, "missing", "漏采"},
};
static const struct query_param missing_params[] = {
	CAMPAIGN(true), ROUND(true),
	{"unexcused", F_INT, false, 0, NULL, NULL, "1: leave out those with a reason", "1：不含有因未采"},
};
static const struct query_column missing[] = {
	{"person", C_ID, NULL, "person", "人员"}, {"area", C_AREA, NULL, "area", "区划"}, {"household", C_ID, NULL, "household", "家庭"},
	{"building", C_TEXT, NULL, "building", "楼栋"}, {"unit", C_TEXT, NULL, "unit", "单元"}, {"birth_year", C_INT, NULL, "born", "出生年"},
	{"reason", C_WORD, testing_excuses, "reason", "未采原因"}, {"late_ms", C_SPAN, NULL, "late by", "超时"},
};
static const struct query_param tube_params[] = {
	CAMPAIGN(false), ROUND(false), {"stage", F_WORD, false, -1, stages, NULL, "only tubes at this stage", "所处环节"},
	{"result", F_WORD, false, -1, testing_results, NULL, "only tubes with this result", "结果"},
};
static const struct query_column tubes[] = {
	{"tube", C_ID, NULL, "tube", "采样管"}, {"code", C_TEXT, NULL, "label", "管码"}, {"area", C_AREA, NULL, "area", "区划"},
	{"stage", C_WORD, stages, "stage", "环节"}, {"swabs", C_INT, NULL, "swabs", "支数"}, {"pool_size", C_INT, NULL, "may hold", "上限"},
	{"first_swab_at", C_TIME, NULL, "first swab", "首采"}, {"closed_at", C_TIME, NULL, "closed", "封管"}, {"sent_at", C_TIME, NULL, "sent", "送出"},
	{"received_at", C_TIME, NULL, "received", "接收"}, {"tested_at", C_TIME, NULL, "tested", "检出"}, {"reported_at", C_TIME, NULL, "reported", "报告"},
	{"age_ms", C_SPAN, NULL, "waiting since first swab", "已历时"}, {"result", C_WORD, testing_results, "result", "结果"},
};
static const struct query_param one_tube[] = {{"tube", F_ID, true, 0, NULL, "tube", "the tube", "采样管"}};
static const struct query_column members[] = {
	{"person", C_ID, NULL, "person", "人员"}, {"at", C_TIME, NULL, "sampled", "采样时间"}, {"code", C_TEXT, NULL, "label", "管码"},
	{"swabs", C_INT, NULL, "swabs", "支数"}, {"pool_size", C_INT, NULL, "may hold", "上限"},
	{"result", C_WORD, testing_results, "result", "结果"}, {"reported_at", C_TIME, NULL, "reported", "报告时间"},
};
static const struct query_param one_person[] = {{"person", F_ID, true, 0, NULL, "person", "the person", "人员"}};
static const struct query_column of_person[] = {
	{"campaign", C_ID, NULL, "campaign", "筛查任务"}, {"round", C_INT, NULL, "round", "轮次"}, {"at", C_TIME, NULL, "sampled", "采样时间"},
	{"tube", C_ID, NULL, "tube", "采样管"}, {"code", C_TEXT, NULL, "label", "管码"}, {"pool_size", C_INT, NULL, "may hold", "上限"},
	{"swabs", C_INT, NULL, "swabs in the tube", "支数"}, {"result", C_WORD, testing_results, "result", "结果"},
	{"reported_at", C_TIME, NULL, "reported", "报告时间"},
};
static const struct query_column reconciliation[] = {
	{"campaign", C_ID, NULL, "campaign", "筛查任务"}, {"round", C_INT, NULL, "round", "轮次"}, {"tubes", C_INT, NULL, "tubes", "管数"},
	{"opened", C_INT, NULL, "opened", "启用"}, {"closed", C_INT, NULL, "closed", "封管"}, {"sent", C_INT, NULL, "sent", "送出"},
	{"received", C_INT, NULL, "received", "接收"}, {"plated", C_INT, NULL, "plated", "上机"}, {"reported", C_INT, NULL, "reported", "报告"},
	{"lost", C_INT, NULL, "lost", "遗失"}, {"swabs", C_INT, NULL, "swabs scanned", "扫码支数"}, {"counted", C_INT, NULL, "swabs counted", "清点支数"},
	{"swabs_reported", C_INT, NULL, "swabs with result", "已出结果支数"}, {"conflicts", C_INT, NULL, "contradictions", "矛盾"},
};
static const struct query_column gap_columns[] = {
	{"tube", C_ID, NULL, "tube", "采样管"}, {"code", C_TEXT, NULL, "label", "管码"}, {"area", C_AREA, NULL, "area", "区划"},
	{"gap", C_WORD, gaps, "what does not add up", "差异"}, {"swabs", C_INT, NULL, "scanned", "扫码支数"}, {"counted", C_INT, NULL, "counted", "清点支数"},
	{"pool_size", C_INT, NULL, "may hold", "上限"}, {"box", C_TEXT, NULL, "box", "箱码"}, {"first_swab_at", C_TIME, NULL, "first swab", "首采"},
};
static const struct query_column twice[] = {
	{"person", C_ID, NULL, "person", "人员"}, {"swabs", C_INT, NULL, "swabs", "采样次数"}, {"first_at", C_TIME, NULL, "first", "首次"},
	{"last_at", C_TIME, NULL, "last", "末次"},
};
static const struct query_column laboratories[] = {
	{"laboratory", C_ID, NULL, "laboratory", "实验室"}, {"name", C_TEXT, NULL, "name", "名称"}, {"tubes_per_hour", C_INT, NULL, "tubes an hour", "每小时管数"},
	{"run_min", C_INT, NULL, "minutes a run", "单批分钟"}, {"waiting", C_INT, NULL, "received, no result", "待检"},
	{"on_the_way", C_INT, NULL, "on the way", "在途"}, {"oldest_at", C_TIME, NULL, "oldest received", "最早接收"},
	{"last_result_at", C_TIME, NULL, "forecast of the last result", "预计全部出结果"},
};
static const struct query_column positives[] = {
	{"tube", C_ID, NULL, "tube", "采样管"}, {"code", C_TEXT, NULL, "label", "管码"}, {"area", C_AREA, NULL, "area", "区划"},
	{"swabs", C_INT, NULL, "swabs", "支数"}, {"pool_size", C_INT, NULL, "may hold", "上限"}, {"reported_at", C_TIME, NULL, "reported", "报告时间"},
	{"campaign", C_ID, NULL, "campaign", "筛查任务"}, {"round", C_INT, NULL, "round", "轮次"},
	{"retests_open", C_INT, NULL, "members not yet sampled again", "待复核人数"},
};
static const struct query_column sites[] = {
	{"site", C_ID, NULL, "site", "采样点"}, {"name", C_TEXT, NULL, "name", "名称"}, {"area", C_AREA, NULL, "area", "区划"},
	{"tables", C_INT, NULL, "tables", "采样台"}, {"samplers", C_INT, NULL, "samplers", "采样人员"}, {"lon", C_REAL, NULL, "longitude", "经度"},
	{"lat", C_REAL, NULL, "latitude", "纬度"}, {"tubes", C_INT, NULL, "tubes", "管数"}, {"swabs", C_INT, NULL, "swabs", "支数"},
};
static const struct query_param of_laboratory[] = {{"laboratory", F_ID, false, 0, NULL, "laboratory", "only of this laboratory", "指定实验室"}};
static const struct query_column boxes[] = {
	{"box", C_ID, NULL, "box", "标本箱"}, {"code", C_TEXT, NULL, "label", "箱码"}, {"area", C_AREA, NULL, "area", "区划"},
	{"laboratory", C_ID, NULL, "laboratory", "实验室"}, {"sent_at", C_TIME, NULL, "sent", "送出时间"}, {"sent", C_INT, NULL, "tubes sent", "送出管数"},
	{"received_at", C_TIME, NULL, "received", "接收时间"}, {"received", C_INT, NULL, "tubes counted at arrival", "接收清点管数"},
	{"tubes", C_INT, NULL, "tubes named", "登记管数"}, {"reported", C_INT, NULL, "with a result", "已出结果"},
	{"age_ms", C_SPAN, NULL, "on the way for", "在途时长"},
};
static const struct query_param bench_params[] = {
	{"laboratory", F_ID, false, 0, NULL, "laboratory", "only of this laboratory", "指定实验室"},
	{"box", F_ID, false, 0, NULL, "box", "only of this box", "指定标本箱"},
	{"plate", F_ID, false, 0, NULL, "plate", "only of this plate", "指定反应板"},
};
static const char *const bench_stages[] = {"sent", "received", "plated", NULL};
static const struct query_column bench[] = {
	{"tube", C_ID, NULL, "tube", "采样管"}, {"code", C_TEXT, NULL, "label", "管码"}, {"area", C_AREA, NULL, "area", "区划"},
	{"box", C_ID, NULL, "box", "标本箱"}, {"box_code", C_TEXT, NULL, "label of the box", "箱码"}, {"laboratory", C_ID, NULL, "laboratory", "实验室"},
	{"plate", C_ID, NULL, "plate", "反应板"}, {"stage", C_WORD, bench_stages, "stage", "环节"}, {"swabs", C_INT, NULL, "swabs", "支数"},
	{"pool_size", C_INT, NULL, "may hold", "上限"}, {"sent_at", C_TIME, NULL, "sent", "送出时间"}, {"received_at", C_TIME, NULL, "received", "接收时间"},
	{"plated_at", C_TIME, NULL, "plated", "上机时间"}, {"age_ms", C_SPAN, NULL, "waits for", "已历时"},
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{"testing." #name_, RIGHT_READ, &SQL_testing_q_##name_, params_, ARRAY_N(params_), columns_, ARRAY_N(columns_), en_, zh_}
#define QUERY_PLAIN(name_, columns_, en_, zh_) \
	{"testing." #name_, RIGHT_READ, &SQL_testing_q_##name_, NULL, 0, columns_, ARRAY_N(columns_), en_, zh_}
#define QUERY_COMPUTED(name_, params_, columns_, en_, zh_) \
	{"testing." #name_, RIGHT_READ, NULL, params_, ARRAY_N(params_), columns_, ARRAY_N(columns_), en_, zh_}
const struct query testing_queries[] = {
	QUERY_PLAIN(campaigns, campaigns, "testing campaigns", "核酸筛查任务"),
	QUERY(rounds, of_campaign, rounds, "rounds with deadline and persons sampled", "各轮筛查"),
	QUERY_COMPUTED(coverage, of_round, coverage, "per area: to be sampled, sampled, excused, missing", "分区划应采、已采、漏采"),
	QUERY_COMPUTED(missing, missing_params, missing, "who is missing in a round, with the reason where one is known", "漏采人员"),
	QUERY(tubes, tube_params, tubes, "where every tube is and how long it waits", "采样管流转"),
	QUERY(tube, one_tube, members, "who is in a tube", "管内人员"),
	QUERY(person, one_person, of_person, "all samples of a person", "个人采样记录"),
	QUERY(reconciliation, of_any_round, reconciliation, "collected = received = plated = reported, in numbers", "采送检报数量核对"),
	QUERY(gaps, of_any_round, gap_columns, "tube by tube what does not add up", "逐管差异"),
	QUERY(twice, of_round, twice, "persons sampled more than once in a round", "重复采样人员"),
	QUERY_PLAIN(laboratories, laboratories, "queue of each laboratory and when its last result is due", "实验室待检与预计完成时间"),
	QUERY(positives, of_any_round, positives, "positive tubes and who still waits for a single sample", "阳性管及复核进度"),
	QUERY(boxes, of_laboratory, boxes, "boxes, those on the way first", "标本箱流转"),
	QUERY(bench, bench_params, bench, "tubes sent and without a result, with box and plate", "实验室待检管（含标本箱和反应板）"),
	QUERY_PLAIN(sites, sites, "sampling sites and what they have done", "采样点"),
	{0},
};
