/* SPDX-License-Identifier: Apache-2.0
 *
 * What can be asked of orders. The statements stand in orders.sql.
 */
#include "domain/orders/orders.h"
#include "sql.gen.h"

#define COLUMN(name_, type_, words_, en_, zh_) {.name = name_, .type = type_, .words = words_, .en = en_, .zh = zh_}
#define ID(name_, en_, zh_) COLUMN(name_, C_ID, NULL, en_, zh_)
#define TIME(name_, en_, zh_) COLUMN(name_, C_TIME, NULL, en_, zh_)
#define COUNT(name_, en_, zh_) COLUMN(name_, C_INT, NULL, en_, zh_)
#define TEXT(name_, en_, zh_) COLUMN(name_, C_TEXT, NULL, en_, zh_)
#define YES(name_, en_, zh_) COLUMN(name_, C_BOOL, NULL, en_, zh_)
#define SPAN(name_, en_, zh_) COLUMN(name_, C_SPAN, NULL, en_, zh_)
#define WORD(name_, words_, en_, zh_) COLUMN(name_, C_WORD, words_, en_, zh_)
#define AREA COLUMN("area", C_AREA, NULL, "area", "区划")
#define PERSON ID("person", "person", "人员")
#define ORDER ID("order", "order; empty = the signature of a contact, or a zone", "管控令（空：密接判定或风险区）")

static const struct query_param person_params[] = {
	{.name = "person", .type = F_ID, .required = true, .entity = "person", .en = "the person", .zh = "人员"},
};
static const struct query_column person_orders_columns[] = {
	ORDER, WORD("source", orders_sources, "imposed by", "来源"), WORD("class", orders_classes, "what is ordered", "管控类别"),
	TEXT("tier", "tier of a contact, class of a zone", "接触者或风险区类别"), WORD("state", orders_states, "state now", "当前状态"), AREA,
	TIME("start_at", "begins", "开始"), TIME("end_at", "ends by itself; a zone: steps down at the earliest", "到期自动失效（风险区：最早降级）"),
	TIME("signed_at", "signed", "签署时间"),
	COUNT("extended", "times extended", "延长次数"), TIME("lifted_at", "lifted", "解除时间"), TEXT("basis", "legal basis", "依据"),
	TEXT("clause", "clause", "条款"), TEXT("edition", "edition", "方案版本"), TEXT("conditions", "conditions of release", "解除条件"),
	ID("signed_by", "signed by", "签署人"), TIME("emergency_since", "medical emergency open since: overrides everything", "急救求助（优先于一切管控）"),
};
static const struct query_param in_force_params[] = {
	{.name = "class", .type = F_WORD, .missing = -1, .words = orders_classes, .en = "only of this class", .zh = "指定类别"},
	{.name = "source", .type = F_WORD, .missing = -1, .words = orders_sources, .en = "only imposed by this", .zh = "指定来源"},
};
static const struct query_column in_force_columns[] = {
	PERSON, ORDER, WORD("source", orders_sources, "imposed by", "来源"), WORD("class", orders_classes, "what is ordered", "管控类别"),
	TEXT("tier", "tier of a contact", "接触者类别"), AREA, TIME("start_at", "begins", "开始"), TIME("end_at", "ends by itself", "到期自动失效"),
	SPAN("left_ms", "time left", "剩余时间"), COUNT("extended", "times extended", "延长次数"), TEXT("basis", "legal basis", "依据"),
	TEXT("clause", "clause", "条款"), ID("signed_by", "signed by", "签署人"),
	TIME("emergency_since", "medical emergency open since: overrides everything", "急救求助（优先于一切管控）"),
};
static const struct query_param ending_params[] = {
	{.name = "hours", .type = F_INT, .missing = ORDERS_ASK_BEFORE_H, .en = "within so many hours; absent = 24", .zh = "未来多少小时内（缺省24）"},
};
static const struct query_column ending_columns[] = {
	PERSON, ID("order", "order", "管控令"), WORD("class", orders_classes, "what is ordered", "管控类别"), AREA, TIME("start_at", "begins", "开始"),
	TIME("end_at", "ends by itself", "到期自动失效"), SPAN("left_ms", "time left", "剩余时间"), COUNT("extended", "times extended", "延长次数"),
	TEXT("unmet", "conditions of release not met as far as is known", "尚未满足的解除条件"),
};
static const struct query_param asked_params[] = {
	{.name = "all", .type = F_INT, .en = "1: those that are over too", .zh = "1：含已办结"},
	{.name = "person", .type = F_ID, .entity = "person", .en = "only of this person", .zh = "指定人员"},
};
static const struct query_column appeals_columns[] = {
	ID("appeal", "appeal", "申诉"), PERSON, ORDER, WORD("channel", orders_channels, "made by", "提出方式"), AREA, TIME("made_at", "made", "提出时间"),
	TIME("answered_at", "answered", "答复时间"), YES("granted", "granted", "是否采纳"), TIME("due_at", "due", "时限"),
	SPAN("waited_ms", "waited", "已等待"),
};
static const struct query_column help_columns[] = {
	ID("help", "request", "求助"), PERSON, WORD("kind", orders_helps, "kind", "类别"), WORD("channel", orders_channels, "made by", "提出方式"), AREA,
	TIME("asked_at", "asked", "求助时间"), TIME("answered_at", "answered", "答复时间"), WORD("outcome", orders_outcomes, "what came of it", "处理结果"),
	TIME("due_at", "due", "时限"), SPAN("waited_ms", "waited", "已等待"),
};
static const struct query_column leaves_columns[] = {
	ID("exit", "leave", "外出许可"), PERSON, ORDER, WORD("purpose", orders_purposes, "what for", "外出事由"), WORD("means", orders_means, "how", "交通方式"),
	AREA, TIME("from_at", "from", "起"), TIME("until_at", "back by", "返回时限"), YES("now", "now", "当前有效"), TIME("approved_at", "approved", "批准时间"),
	TEXT("basis", "basis of an exception", "例外依据"), ID("approved_by", "approved by", "批准人"),
};
static const struct query_param order_params[] = {
	{.name = "order", .type = F_ID, .required = true, .entity = "order", .en = "the order", .zh = "管控令"},
};
static const struct query_column evidence_columns[] = {
	ID("fact", "fact", "事实编号"), TEXT("kind", "kind; empty = not in this ledger", "事实类型（空：本账本没有）"), TIME("at", "happened", "发生时间"), AREA,
};
static const struct query_param of_person_params[] = {
	{.name = "person", .type = F_ID, .entity = "person", .en = "only of this person", .zh = "指定人员"},
};
static const struct query_column pages_columns[] = {
	ID("page", "page", "个人页面"), PERSON, AREA, TIME("issued_at", "issued", "发放时间"), TIME("expires_at", "open until", "有效期至"),
	TIME("revoked_at", "revoked", "作废时间"), YES("open", "link works", "链接有效"), TIME("opened_at", "first read by the person", "本人首次查看"),
	TIME("opened_last", "last read", "最近查看"), ID("issued_by", "issued by", "发放人"),
};
static const struct query_column certificates_columns[] = {
	ID("certificate", "certificate", "证明"), PERSON, WORD("kind", orders_certificates, "kind", "种类"), ORDER, ID("tube", "tube", "采样管"), AREA,
	TIME("issued_at", "issued", "签发时间"), TIME("expires_at", "valid until; empty = by default", "有效期至（空：默认）"),
	ID("issued_by", "issued by", "签发人"),
};

/* ---- what applies to a person: orders and the signature of a contact, then the zone that covers him --------------------------------- */

static struct db_val value_of(struct db *db, int col)
{
	switch (db_column_type(db, col)) {
	case DB_INT:
		return V_INT(db_int(db, col));
	case DB_TEXT:
		return V_TEXT(db_text(db, col));
	case DB_BLOB:
		return V_BLOB(db_blob(db, col));
	default:
		return V_NULL;
	}
}

static enum err_code person_rows(const struct query_ask *ask, struct query_rows *rows, struct err *e)
{
	struct db *db = ask->db;
	struct db_val row[ARRAY_N(person_orders_columns)];
	bool more = true;
	enum err_code rc = db_query(db, &SQL_orders_person_orders,
				    PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(ask->now_ms), ask->args[0]), e);
	if (rc != OK)
		return rc;
	while (more && db_next(db)) {
		for (size_t i = 0; i < ARRAY_N(row); i++)
			row[i] = value_of(db, (int)i);
		more = query_row(rows, row);
	}
	rc = db_stop(db, e);
	if (rc == OK && more)
		rc = db_query(db, &SQL_zones_q_person,
			      PARAMS(V_INT(ask->county), V_INT(ask->area_lo), V_INT(ask->area_hi), V_INT(ask->now_ms), V_INT(1), V_INT(0), ask->args[0]), e);
	if (rc != OK || !more)
		return rc;
	if (db_next(db)) { /* zone, name, class, programme, supply, start, clock, earliest, published, clause */
		for (size_t i = 0; i < ARRAY_N(row); i++)
			row[i] = V_NULL;
		row[1] = V_INT(SOURCE_ZONE);
		row[3] = value_of(db, 2);
		row[4] = V_INT(ORDER_IN_FORCE);
		row[6] = value_of(db, 5);
		row[7] = value_of(db, 7);
		row[9] = V_INT(0);
		row[12] = value_of(db, 9);
		(void)query_row(rows, row);
	}
	return db_stop(db, e);
}

const struct query_computed orders_computed[] = {{"orders.person_orders", person_rows, true}, {0}};

#define QUERY(name_, params_, columns_, en_, zh_) \
	{.name = "orders." #name_, .right = RIGHT_READ, .sql = &SQL_orders_q_##name_, .params = params_, .params_n = ARRAY_N(params_), \
	 .columns = columns_, .columns_n = ARRAY_N(columns_), .en = en_, .zh = zh_}
const struct query orders_queries[] = {
	{.name = "orders.person_orders", .right = RIGHT_READ, .params = person_params, .params_n = ARRAY_N(person_params),
	 .columns = person_orders_columns, .columns_n = ARRAY_N(person_orders_columns),
	 .en = "what applies to a person: orders and the signature of a contact, those in force first; then the zone around him",
	 .zh = "某人适用的全部管控（管控令、密接判定、所在风险区）"},
	QUERY(in_force, in_force_params, in_force_columns, "whoever is restricted at this moment, by the end", "当前在管人员及到期时间"),
	QUERY(ending_soon, ending_params, ending_columns, "orders that end soon, with what stands between them and release", "即将到期的管控令及未满足条件"),
	QUERY(appeals, asked_params, appeals_columns, "appeals, open ones first", "申诉（未答复在前）"),
	QUERY(help, asked_params, help_columns, "requests for help: open ones first, emergencies before all", "求助（急救优先）"),
	QUERY(leaves, asked_params, leaves_columns, "approved leaves that are not over", "有效的外出许可"),
	QUERY(evidence, order_params, evidence_columns, "the facts that an order rests on", "管控令所据事实"),
	QUERY(pages, of_person_params, pages_columns, "links that persons hold, and whether they were read", "个人页面发放及查看情况"),
	QUERY(certificates, of_person_params, certificates_columns, "certificates issued", "已签发的证明"),
	{0},
};
