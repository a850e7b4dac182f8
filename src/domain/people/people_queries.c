/* SPDX-License-Identifier: Apache-2.0
 *
 * What may be asked of the register. Nothing here tells a personal value.
 */
#include "domain/people/people.h"
#include "sql.gen.h"

#define AT_PARAM \
	{ \
		.name = "at", .type = F_TIME, .en = "as of this instant; left out: now", \
		.zh = "时点（缺省为当前）" \
	}
#define COL(name_, type_, en_, zh_) \
	{ \
		.name = name_, .type = type_, .en = en_, .zh = zh_ \
	}
#define WORD_COL(name_, words_, en_, zh_) \
	{ \
		.name = name_, .type = C_WORD, .words = words_, .en = en_, .zh = zh_ \
	}
#define AREA_COL COL("area", C_AREA, "area code", "区划代码")
#define HOUSEHOLD_COLS \
	COL("household", C_ID, "household", "家庭户"), COL("building", C_TEXT, "building", "楼栋"), \
		COL("unit", C_TEXT, "staircase or unit", "单元")
#define PERSON_COLS \
	COL("from_at", C_TIME, "in the register since", "在册起始时间"), \
		COL("until_at", C_TIME, "left the register", "离开时间"), \
		COL("birth_year", C_INT, "year of birth", "出生年份"), \
		WORD_COL("sex", people_sexes, "sex", "性别"), \
		COL("resident", C_BOOL, "resident or floating", "是否常住")
#define ALIASES_COL COL("aliases", C_INT, "other records merged into this one", "已合并的记录数")

static const char *const how_words[] = {"code", "name", "alias", NULL};

static const struct query_param at_params[] = {AT_PARAM};
static const struct query_column areas_columns[] = {
	COL("code", C_AREA, "area code", "区划代码"),
	COL("name", C_TEXT, "name", "名称"),
	COL("parent", C_AREA, "area it is part of", "上级区划"),
	COL("from_at", C_TIME, "this version holds from", "生效时间"),
	COL("until_at", C_TIME, "until", "失效时间"),
	COL("lon", C_REAL, "longitude", "经度"),
	COL("lat", C_REAL, "latitude", "纬度"),
	COL("persons", C_INT, "persons in the register, areas below included", "在册人数（含下级）"),
};

static const struct query_param area_params[] = {
	{.name = "text",
	 .type = F_TEXT,
	 .required = true,
	 .en = "name, former name or 12-digit code",
	 .zh = "名称、曾用名或12位代码"},
	AT_PARAM,
};
static const struct query_column area_columns[] = {
	COL("code", C_AREA, "area code", "区划代码"),
	COL("name", C_TEXT, "the name that was found", "匹配到的名称"),
	WORD_COL("found_by", how_words, "found by code, name or alias", "匹配方式"),
	COL("valid", C_BOOL, "holds at that instant", "该时点是否有效"),
	COL("valid_from", C_DAY, "first day", "生效日期"),
	COL("valid_to", C_DAY, "first day on which it no longer holds", "失效日期"),
	COL("successor", C_AREA, "area it became part of", "撤并后所属区划"),
};

static const struct query_param households_params[] = {
	{.name = "building", .type = F_TEXT, .en = "only this building", .zh = "限定楼栋"},
};
static const struct query_column households_columns[] = {
	COL("household", C_ID, "household", "家庭户"),
	AREA_COL,
	COL("building", C_TEXT, "building", "楼栋"),
	COL("unit", C_TEXT, "staircase or unit", "单元"),
	COL("persons", C_INT, "persons in the register now", "在册人数"),
};

static const struct query_param persons_params[] = {
	{.name = "household",
	 .type = F_ID,
	 .entity = "household",
	 .en = "only this household",
	 .zh = "限定家庭户"},
	{.name = "tag", .type = F_TEXT, .en = "only persons with this tag", .zh = "限定标签"},
	AT_PARAM,
};
static const struct query_column persons_columns[] = {
	COL("person", C_ID, "person", "人员"), AREA_COL, HOUSEHOLD_COLS, PERSON_COLS, ALIASES_COL,
};

static const struct query_param person_params[] = {
	{.name = "person", .type = F_ID, .entity = "person", .required = true, .en = "person", .zh = "人员"},
};
static const struct query_column person_columns[] = {
	COL("person", C_ID, "person", "人员"),
	COL("canon", C_ID, "record that stands for this human being", "主记录"),
	AREA_COL,
	HOUSEHOLD_COLS,
	PERSON_COLS,
	COL("registered_at", C_TIME, "first registered", "首次登记时间"),
	ALIASES_COL,
};
static const struct query_column tags_columns[] = {
	COL("tag", C_TEXT, "tag", "标签"),
	COL("from_at", C_TIME, "since", "起始时间"),
	COL("until_at", C_TIME, "until", "截止时间"),
};

static const struct query_column duplicates_columns[] = {
	COL("person", C_ID, "one record", "记录一"),
	COL("other", C_ID, "the other record with the same document", "证件相同的另一记录"),
	AREA_COL,
	COL("from_at", C_TIME, "both known since", "发现时间"),
	COL("due_at", C_TIME, "to be decided by", "应处理时限"),
	COL("late_ms", C_SPAN, "late by; negative while there is time", "超时（毫秒，未超时为负）"),
};

static const struct query_param places_params[] = {
	{.name = "type",
	 .type = F_WORD,
	 .missing = -1,
	 .words = people_places,
	 .en = "only this type",
	 .zh = "限定类型"},
};
static const struct query_column places_columns[] = {
	COL("place", C_ID, "place", "场所"),
	AREA_COL,
	COL("name", C_TEXT, "name", "名称"),
	WORD_COL("type", people_places, "type", "类型"),
	COL("parent", C_ID, "place it is part of", "所属场所"),
	COL("lon", C_REAL, "longitude", "经度"),
	COL("lat", C_REAL, "latitude", "纬度"),
};

static const struct query_column units_columns[] = {
	COL("unit", C_ID, "unit", "单位"),
	AREA_COL,
	COL("name", C_TEXT, "name", "名称"),
	WORD_COL("type", people_units, "type", "类型"),
};
static const struct query_column users_columns[] = {
	COL("user", C_ID, "user", "用户"),
	COL("login", C_TEXT, "login", "登录名"),
	COL("display_name", C_TEXT, "shown name", "显示名称"),
	AREA_COL,
	COL("unit", C_ID, "unit", "单位"),
	COL("suspended", C_BOOL, "suspended", "已停用"),
	COL("registered_at", C_TIME, "as stated on", "登记时间"),
	COL("roles", C_TEXT, "roles", "角色"),
};

static const struct query_column count_columns[] = {
	AREA_COL,
	COL("name", C_TEXT, "name", "名称"),
	COL("persons", C_INT, "persons in the register", "在册人数"),
	COL("households", C_INT, "households they live in", "户数"),
	COL("residents", C_INT, "of them residents", "其中常住"),
	COL("floating", C_INT, "of them floating", "其中流动"),
};

#define WITH(p) p, ARRAY_N(p)
#define WITHOUT NULL, 0

const struct query people_queries[] = {
	{"people.areas", RIGHT_READ, &SQL_people_q_areas, WITH(at_params), areas_columns,
	 ARRAY_N(areas_columns), "areas as they stand at an instant, with the register of each",
	 "区划及在册人数"},
	{"people.area", RIGHT_READ, &SQL_people_q_area, WITH(area_params), area_columns,
	 ARRAY_N(area_columns), "which area is meant by a name or code, also by a former one",
	 "按名称或代码查找区划（含曾用名）"},
	{"people.households", RIGHT_READ, &SQL_people_q_households, WITH(households_params),
	 households_columns, ARRAY_N(households_columns), "households of an area", "家庭户清单"},
	{"people.persons", RIGHT_READ, &SQL_people_q_persons, WITH(persons_params), persons_columns,
	 ARRAY_N(persons_columns), "persons of the register at an instant, without personal data",
	 "在册人员清单（不含个人信息）"},
	{"people.person", RIGHT_READ, &SQL_people_q_person, WITH(person_params), person_columns,
	 ARRAY_N(person_columns), "one person, without personal data", "单个人员（不含个人信息）"},
	{"people.tags", RIGHT_READ, &SQL_people_q_tags, WITH(person_params), tags_columns,
	 ARRAY_N(tags_columns), "tags of one person", "人员标签"},
	{"people.duplicates", RIGHT_READ, &SQL_people_q_duplicates, WITHOUT, duplicates_columns,
	 ARRAY_N(duplicates_columns), "pairs with one document that nobody has decided on",
	 "待处理的重复登记"},
	{"people.places", RIGHT_READ, &SQL_people_q_places, WITH(places_params), places_columns,
	 ARRAY_N(places_columns), "places", "场所清单"},
	{"people.units", RIGHT_READ, &SQL_people_q_units, WITHOUT, units_columns, ARRAY_N(units_columns),
	 "units", "单位清单"},
	{"people.users", RIGHT_USERS, &SQL_people_q_users, WITHOUT, users_columns, ARRAY_N(users_columns),
	 "users and their roles", "用户清单"},
	{"people.register_count", RIGHT_READ, &SQL_people_q_register_count, WITH(at_params), count_columns,
	 ARRAY_N(count_columns), "persons in the register by area, as a round at that instant counts them",
	 "按区划统计在册人数"},
	{.name = NULL},
};
