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
const struct query isolation_queries[] = {
	QUERY(whereabouts, whereabouts_params, whereabouts_columns, "where everybody is now: one place a person, the latest report", "人员去向（最新报告）"),
	{0},
};
const struct query_computed isolation_computed[] = {
	{0},
};
