/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of tracing. The statements stand in tracing.sql.
 */
#include "domain/tracing/tracing.h"
#include "sql.gen.h"

static const char *const vias[] = {"household", "named", "visit", NULL};

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define ID(name_, en_, zh_) COLUMN(name_, C_ID, NULL, en_, zh_)
#define TIME(name_, en_, zh_) COLUMN(name_, C_TIME, NULL, en_, zh_)
#define COUNT(name_, en_, zh_) COLUMN(name_, C_INT, NULL, en_, zh_)
#define TEXT(name_, en_, zh_) COLUMN(name_, C_TEXT, NULL, en_, zh_)
#define YES(name_, en_, zh_) COLUMN(name_, C_BOOL, NULL, en_, zh_)
#define WORD(name_, words_, en_, zh_) COLUMN(name_, C_WORD, words_, en_, zh_)
#define AREA COLUMN("area", C_AREA, NULL, "area", "区划")

static const struct query_param cases_params[] = {
	{.name = "withdrawn", .type = F_INT, .en = "1: withdrawn ones too", .zh = "1：含已撤销"},
	{.name = "since", .type = F_TIME, .en = "opened at or after", .zh = "登记时间起"},
};
static const struct query_column cases_columns[] = {
	ID("case", "case", "病例"), ID("person", "person", "人员"), WORD("class", tracing_classes, "class", "分类"),
	WORD("found_by", tracing_founds, "found by", "发现途径"), AREA, TIME("onset_at", "onset", "发病"),
	TIME("sampled_at", "first positive sampling", "首次阳性采样"), TIME("opened_at", "opened", "登记"),
	TIME("isolated_at", "isolated", "隔离收治"), WORD("place", tracing_places, "place", "收治场所"),
	TIME("interviewed_at", "first interview", "首次流调"), TIME("completed_at", "investigation complete", "流调完成"),
	TIME("withdrawn_at", "withdrawn", "撤销"), TIME("window_from", "could infect from", "传染期起"),
	TIME("window_to", "until; empty = until isolated", "传染期止"), TEXT("edition", "protocol edition", "方案版本"),
	COUNT("links", "named links", "接触关系数"), COUNT("contacts", "contacts signed", "已判定接触者"),
	COUNT("running", "of these under the regimen", "在管"), COUNT("turned_case", "of these became cases", "转为病例"),
};
static const struct query_param case_params[] = {
	{.name = "case", .type = F_ID, .required = true, .entity = "case", .en = "the case", .zh = "病例"},
};
static const struct query_column case_columns[] = {
	ID("person", "person", "人员"), WORD("class", tracing_classes, "class", "分类"), WORD("found_by", tracing_founds, "found by", "发现途径"),
	AREA, TIME("onset_at", "onset", "发病"), TIME("sampled_at", "first positive sampling", "首次阳性采样"),
	TIME("last_negative_at", "last negative sampling", "末次阴性采样"), ID("tube", "positive tube", "阳性采样管"),
	TIME("opened_at", "opened", "登记"), TIME("isolated_at", "isolated", "隔离收治"), WORD("place", tracing_places, "place", "收治场所"),
	TIME("interviewed_at", "first interview", "首次流调"), TIME("completed_at", "investigation complete", "流调完成"),
	TIME("withdrawn_at", "withdrawn", "撤销"), TIME("window_from", "could infect from", "传染期起"),
	TIME("window_to", "until; empty = until isolated", "传染期止"), TEXT("edition", "protocol edition", "方案版本"),
	ID("contact", "a contact (one row each)", "接触者（每人一行）"), TEXT("tier", "tier", "判定类别"),
	WORD("state", tracing_contact_states, "state", "状态"), TIME("signed_at", "signed", "判定时间"),
	TIME("first_exposure_at", "first exposure", "首次暴露"), TIME("last_exposure_at", "last exposure", "末次暴露"),
	TIME("secured_at", "in place", "管控到位"), TIME("ends_at", "earliest release", "最早解除"), TIME("ended_at", "ended", "结束"),
};
static const struct query_column proposals_columns[] = {
	ID("person", "proposed person", "拟判定人员"), WORD("via", vias, "found through", "来源"),
	ID("evidence", "link or visit", "证据"), TEXT("setting", "setting", "接触方式"), TEXT("tier", "proposed tier", "建议类别"),
	TIME("first_at", "first exposure", "首次暴露"), TIME("last_at", "last exposure", "末次暴露"),
	TIME("window_from", "case could infect from", "传染期起"), TIME("window_to", "until; empty = until isolated", "传染期止"),
	WORD("state", tracing_contact_states, "state now", "当前状态"), TEXT("current_tier", "tier now", "当前类别"),
	YES("is_case", "is a case itself", "本人为病例"),
};
static const struct query_param contacts_params[] = {
	{.name = "case", .type = F_ID, .entity = "case", .en = "only of this case", .zh = "指定病例"},
	{.name = "state", .type = F_WORD, .missing = -1, .words = tracing_contact_states, .en = "only in this state", .zh = "指定状态"},
	{.name = "tier", .type = F_TEXT, .en = "only of this tier", .zh = "指定类别"},
};
static const struct query_column contacts_columns[] = {
	ID("person", "contact", "接触者"), ID("case", "case", "病例"), AREA, TEXT("tier", "tier", "类别"),
	WORD("state", tracing_contact_states, "state", "状态"), ID("linked_person", "through this contact", "关联的密接"),
	TEXT("edition", "judged by edition", "适用方案版本"), TIME("signed_at", "signed", "判定时间"),
	TIME("identified_at", "identified", "首次判定"), TIME("first_exposure_at", "first exposure", "首次暴露"),
	TIME("last_exposure_at", "last exposure", "末次暴露"), TIME("starts_at", "day 1 begins", "第1天起"),
	TIME("ends_at", "earliest release", "最早解除"), COUNT("day", "day of the regimen", "第几天"), COUNT("days", "days in all", "共几天"),
	TIME("secured_at", "in place", "管控到位"), WORD("place", tracing_places, "where", "管理场所"), TIME("ended_at", "ended", "结束"),
	YES("early", "released early", "提前解除"), TEXT("proposed_tier", "the facts move the person to", "建议变更类别"),
	COUNT("unmet", "conditions of release unmet", "未满足解除条件数"),
};
static const struct query_param unmet_params[] = {
	{.name = "person", .type = F_ID, .entity = "person", .en = "only this contact", .zh = "指定接触者"},
	{.name = "case", .type = F_ID, .entity = "case", .en = "only contacts of this case", .zh = "指定病例"},
};
static const struct query_column unmet_columns[] = {
	ID("person", "contact", "接触者"), ID("case", "case", "病例"), TEXT("tier", "tier", "类别"),
	WORD("condition", tracing_conditions, "condition not met", "未满足的条件"),
	TIME("earliest_at", "can be met from; empty = not by waiting", "最早可满足"), TIME("ends_at", "earliest release", "最早解除"),
};
static const struct query_param follow_up_params[] = {
	{.name = "case", .type = F_ID, .entity = "case", .en = "only contacts of this case", .zh = "指定病例"},
	{.name = "person", .type = F_ID, .entity = "person", .en = "only this contact", .zh = "指定接触者"},
	{.name = "ended", .type = F_INT, .en = "1: those whose regimen ended too", .zh = "1：含已结束"},
};
static const struct query_column follow_up_columns[] = {
	ID("person", "contact", "接触者"), ID("case", "case", "病例"), TEXT("tier", "tier", "类别"),
	WORD("state", tracing_contact_states, "state", "状态"), COUNT("day", "day of the regimen", "第几天"),
	TIME("from_at", "begins", "开始"), COUNT("tests", "tests called for", "应检测"), COUNT("tests_done", "tests taken", "已采样"),
	COUNT("checks", "checks called for", "应监测"), COUNT("checks_done", "checks made", "已监测"), COUNT("late", "missed so far", "逾期未做"),
};
static const struct query_column watch_columns[] = {
	ID("visit", "stay", "到访记录"), ID("place", "place", "场所"), AREA, TIME("from_at", "came", "到达"), TIME("until_at", "left", "离开"),
	WORD("source", tracing_sources, "known from", "信息来源"), YES("in_window", "while the case could infect", "处于传染期"),
	COUNT("others", "others there at the time", "同时在场人数"),
};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "tracing." #name_, .right = RIGHT_READ, .sql = &SQL_tracing_q_##name_, .params = params_, .params_n = ARRAY_N(params_), \
	 .columns = columns_, .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
const struct query tracing_queries[] = {
	QUERY(cases, cases_params, cases_columns, "cases, newest first, with the state of their investigation", "病例一览及流调进度"),
	QUERY(case, case_params, case_columns, "one case with its contacts", "病例及其接触者"),
	QUERY(proposals, case_params, proposals_columns,
	      "who should be judged because of a case: household, named links, stays at the same place; restricts nobody", "待判定人员（仅为建议）"),
	QUERY(contacts, contacts_params, contacts_columns, "contacts by their earliest release", "接触者一览"),
	QUERY(unmet, unmet_params, unmet_columns, "what stands between each contact and release", "未满足的解除条件"),
	QUERY(follow_up, follow_up_params, follow_up_columns, "contact by day: tests and checks called for and done", "接触者逐日随访表"),
	QUERY(watch, case_params, watch_columns, "places where a case stayed, and how many others were there", "病例到访场所"),
	{0},
};
