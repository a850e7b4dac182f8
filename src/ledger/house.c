/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/house.h"

#include "ledger/duty.h"
#include "ledger/keyring.h"
#include "protocol/protocol.h"
#include "sql.gen.h"

static const char *const transitions[] = {"immediate", "new_only", "at_date", NULL};

#define F(member, type, flags, ...) FIELD(struct house_outbreak_declared, member, type, flags, __VA_ARGS__)
static const struct field outbreak_declared[] = {
	F(outbreak, F_ID, REQUIRED, .entity = "outbreak", .en = "the outbreak", .zh = "疫情"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "what people call it", .zh = "名称"),
	F(disease, F_TEXT, REQUIRED, .min = 1, .max = 40, .en = "disease as named in the protocol files, e.g. covid19", .zh = "病种"),
	F(exercise, F_BOOL, 0, .en = "true for a drill: screens say so", .zh = "演练"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct house_edition_adopted, member, type, flags, __VA_ARGS__)
static const struct field edition_adopted[] = {
	F(outbreak, F_ID, REQUIRED, .entity = "outbreak", .en = "the outbreak", .zh = "疫情"),
	F(edition, F_TEXT, REQUIRED, .min = 1, .max = 60, .en = "id of a protocol file, e.g. cn-covid19-9", .zh = "方案版本"),
	F(from_at, F_TIME, REQUIRED, .en = "in force from", .zh = "生效时间"),
	F(transition, F_WORD, 0, .words = transitions, .en = "what happens to regimens that run then", .zh = "在管人员如何衔接"),
	F(apply_at, F_TIME, 0, .en = "when running regimens change over (at_date)", .zh = "在管人员切换时间"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct house_duty_waived, member, type, flags, __VA_ARGS__)
static const struct field duty_waived[] = {
	F(duty, F_TEXT, REQUIRED, .min = 1, .max = 60, .en = "kind of duty, e.g. testing.retest", .zh = "任务类型"),
	F(subject, F_ID, REQUIRED, .en = "whom or what the duty is about", .zh = "任务对象"),
	F(part, F_INT, 0, .min = INT32_MIN, .max = INT32_MAX, .en = "number of the part, as shown with the duty", .zh = "分项编号"),
	F(part_id, F_ID, 0, .en = "the part, when it is an entity such as a tube", .zh = "分项对象"),
	F(reason, F_TEXT, REQUIRED, .min = 4, .max = 400, .en = "why it need not be done, without personal data",
	  .zh = "免除理由（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct house_subject_erased, member, type, flags, __VA_ARGS__)
static const struct field subject_erased[] = {
	F(subject, F_ID, REQUIRED, .en = "person, household or case whose key is destroyed", .zh = "销毁密钥的对象"),
	F(rule, F_TEXT, REQUIRED, .min = 4, .max = 200, .en = "retention rule or request that asks for it, without personal data",
	  .zh = "依据（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct house_personal_opened, member, type, flags, __VA_ARGS__)
static const struct field personal_opened[] = {
	F(subjects, F_IDS, REQUIRED, .en = "whose data were read", .zh = "被查看的对象"),
	F(purpose, F_TEXT, REQUIRED, .min = 4, .max = 200, .en = "for which duty or case, without personal data",
	  .zh = "查看用途（不含个人信息）"),
	F(duty_subject, F_ID, 0, .en = "the case or person the duty is about", .zh = "任务对象"),
};
#undef F

static enum err_code check_edition(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), b->edition);
	if (!p)
		return err_set(e, ERR_BAD_VALUE, "/body/edition", "no protocol file has this id; `sushui protocols` lists them");
	int64_t outbreak;
	enum err_code rc = ledger_key_known(tx, "outbreak", b->outbreak, &outbreak, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_house_outbreak_get, PARAMS(V_INT(tx->county), V_INT(outbreak)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(tx->db);
	bool same = found && str_eq(db_text(tx->db, 1), p->disease);
	rc = db_stop(tx->db, e);
	if (rc != OK)
		return rc;
	if (!found)
		return err_set(e, ERR_NO_OUTBREAK, "/body/outbreak", "declare the outbreak first (house.outbreak_declared)");
	if (!same)
		return err_set(e, ERR_BAD_VALUE, "/body/edition", "this edition is for another disease than the outbreak");
	if (b->transition == TRANSITION_AT_DATE && b->apply_at == ABSENT)
		return err_set(e, ERR_MISSING_FIELD, "/body/apply_at", "transition at_date needs the instant");
	return OK;
}

static enum err_code check_waived(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct house_duty_waived *b = f->body;
	const struct duty_kind *kind = duty_kind_of(b->duty);
	if (!kind)
		return err_set(e, ERR_BAD_VALUE, "/body/duty", "no duty of that kind");
	if (kind->part_is_entity && id_is_none(b->part_id))
		return err_set(e, ERR_MISSING_FIELD, "/body/part_id", "this duty is about a part that is an entity");
	if (!kind->part_is_entity && !id_is_none(b->part_id))
		return err_set(e, ERR_BAD_VALUE, "/body/part_id", "this duty's part is a number; leave it out");
	return OK;
}

/* A key serves the whole county and every county of the keyring, and what is destroyed cannot be made again: a village post does not
 * reach the key of its neighbours, nor a county post the key of somebody only another county knows. */
static enum err_code check_erased(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct house_subject_erased *b = f->body;
	int64_t lo, hi, all_lo, all_hi, known;
	area_range(tx->county * 1000000, &lo, &hi);
	area_range(0, &all_lo, &all_hi);
	if (tx->who->area_lo <= all_lo && tx->who->area_hi >= all_hi)
		return OK;
	if (tx->who->area_lo > lo || tx->who->area_hi < hi)
		return err_set(e, ERR_NOT_ALLOWED, "/area", "only a post that covers the whole county destroys keys");
	enum err_code rc = ledger_key_known(tx, NULL, b->subject, &known, e);
	if (rc == OK && known == 0)
		rc = err_set(e, ERR_NOT_FOUND, "/body/subject", "this county knows nothing of that id");
	return rc;
}

static enum err_code apply_outbreak(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_outbreak_declared *b = f->body;
	int64_t key;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &key, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_house_outbreak_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_TEXT(b->name), V_TEXT(b->disease), V_INT(b->exercise == 1), V_INT(f->at),
			     V_ID(&f->id)),
		      e);
}

static enum err_code apply_edition(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_edition_adopted *b = f->body;
	int64_t outbreak;
	enum err_code rc = ledger_key(tx, "outbreak", b->outbreak, &outbreak, e);
	if (rc != OK)
		return rc;
	ledger_editions_changed(tx->l);
	return db_run(tx->db, &SQL_house_edition_put,
		      PARAMS(V_INT(tx->county), V_INT(outbreak), V_INT(b->from_at), V_ID(&f->id), V_TEXT(b->edition),
			     V_INT(b->transition == ABSENT ? 0 : b->transition), V_INT(b->apply_at == ABSENT ? 0 : b->apply_at)),
		      e);
}

static enum err_code apply_waived(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_duty_waived *b = f->body;
	int64_t subject, part = b->part == ABSENT ? 0 : b->part;
	enum err_code rc = ledger_key(tx, NULL, b->subject, &subject, e);
	if (rc == OK && !id_is_none(b->part_id))
		rc = ledger_key(tx, NULL, b->part_id, &part, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_duty_waive,
		      PARAMS(V_INT(tx->county), V_TEXT(b->duty), V_INT(subject), V_INT(part), V_INT(f->at), V_ID(&f->id),
			     V_TEXT(b->reason)),
		      e);
}

enum err_code house_note_erasure(struct ledger_tx *tx, int64_t subject, int64_t at, struct str rule, struct err *e)
{
	return db_run(tx->db, &SQL_house_erasure_put, PARAMS(V_INT(tx->county), V_INT(subject), V_INT(at), V_TEXT(rule)), e);
}

static enum err_code apply_erased(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_subject_erased *b = f->body;
	int64_t subject;
	enum err_code rc = ledger_key(tx, NULL, b->subject, &subject, e);
	if (rc != OK)
		return rc;
	ledger_to_destroy(tx->l, b->subject);
	return house_note_erasure(tx, subject, f->at, b->rule, e);
}

static enum err_code apply_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct house_personal_opened *b = f->body;
	const struct id *ids = b->subjects.p;
	for (size_t i = 0; i < b->subjects.n; i++) {
		int64_t subject;
		enum err_code rc = ledger_key(tx, NULL, ids[i], &subject, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_house_read_put,
				    PARAMS(V_INT(tx->county), V_ID(&f->id), V_INT(subject), V_INT(f->at), V_ID(&f->by), V_TEXT(b->purpose)), e);
		if (rc != OK)
			return rc;
	}
	return OK;
}

#define KIND(name_, struct_, fields_, right_, en_, zh_, ...) \
	{.name = name_, .en = en_, .zh = zh_, .body_n = sizeof(struct struct_), .fields = fields_, .fields_n = ARRAY_N(fields_), \
	 .right = right_, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND("house.outbreak_declared", house_outbreak_declared, outbreak_declared, RIGHT_COMMAND, "an outbreak (or a drill) begins",
	     "登记疫情（或演练）", .apply = apply_outbreak),
	KIND("house.edition_adopted", house_edition_adopted, edition_adopted, RIGHT_COMMAND,
	     "a protocol edition comes into force for an outbreak", "启用防控方案版本", .check = check_edition, .apply = apply_edition),
	KIND("house.duty_waived", house_duty_waived, duty_waived, RIGHT_COMMAND, "a duty need not be done, with the reason",
	     "免除任务并说明理由", .outbreak = true, .check = check_waived, .apply = apply_waived),
	KIND("house.subject_erased", house_subject_erased, subject_erased, RIGHT_ERASE, "the key of a person, household or case is destroyed",
	     "销毁个人信息密钥", .check = check_erased, .apply = apply_erased),
	KIND("house.personal_opened", house_personal_opened, personal_opened, RIGHT_READ_PERSONAL, "somebody read personal data",
	     "查看个人信息记录", .apply = apply_opened),
};

/* ---- queries --------------------------------------------------------------------------------------------- */

static const struct query_column outbreak_columns[] = {
	{"outbreak", C_ID, NULL, "outbreak", "疫情"}, {"name", C_TEXT, NULL, "name", "名称"}, {"disease", C_TEXT, NULL, "disease", "病种"},
	{"exercise", C_BOOL, NULL, "drill", "演练"}, {"declared_at", C_TIME, NULL, "declared", "登记时间"},
	{"edition", C_TEXT, NULL, "protocol edition now in force", "现行方案版本"},
};
static const struct query_param duty_params[] = {
	{"kind", F_TEXT, false, 0, NULL, "duty", "kind of duty", "任务类型"},
	{"overdue", F_INT, false, 0, NULL, NULL, "1: only those past their time", "1：只看超时"},
	{"subject", F_ID, false, 0, NULL, "", "only those about this person or thing", "指定对象"},
};
static const struct query_column duty_columns[] = {
	{"kind", C_DUTY, NULL, "duty", "任务"}, {"subject", C_ID, NULL, "about", "对象"}, {"subject_kind", C_TEXT, NULL, "what it is", "对象类型"},
	{"part", C_INT, NULL, "part", "分项"}, {"part_id", C_ID, NULL, "part (entity)", "分项对象"}, {"area", C_AREA, NULL, "area", "区划"},
	{"from_at", C_TIME, NULL, "not before", "最早"}, {"due_at", C_TIME, NULL, "due", "时限"}, {"late_ms", C_SPAN, NULL, "late by", "超时"},
	{"clause", C_TEXT, NULL, "rule", "依据"},
};
static const struct query_column count_columns[] = {
	{"kind", C_DUTY, NULL, "duty", "任务"}, {"open", C_INT, NULL, "open", "未完成"}, {"overdue", C_INT, NULL, "late", "超时"},
	{"done", C_INT, NULL, "done", "已完成"}, {"waived", C_INT, NULL, "waived", "已免除"}, {"worst_ms", C_SPAN, NULL, "latest by", "最长超时"},
};
static const struct query_column duty_area_columns[] = {
	{"kind", C_DUTY, NULL, "duty", "任务"}, {"area", C_AREA, NULL, "area", "区划"}, {"open", C_INT, NULL, "open", "未完成"},
	{"overdue", C_INT, NULL, "late", "超时"}, {"worst_ms", C_SPAN, NULL, "latest by", "最长超时"},
};
static const struct query_param duty_log_params[] = {
	{"subject", F_ID, true, 0, NULL, "", "the person or thing", "对象"}, {"kind", F_TEXT, false, 0, NULL, "duty", "kind of duty", "任务类型"},
};
/* By enum duty_state; a waived one whatever its state. */
static const char *const duty_states[] = {"none", "open", "done", "void", "waived", NULL};
static const struct query_column duty_log_columns[] = {
	{"kind", C_DUTY, NULL, "duty", "任务"}, {"part", C_INT, NULL, "part", "分项"}, {"state", C_WORD, duty_states, "state", "状态"},
	{"from_at", C_TIME, NULL, "not before", "最早"}, {"due_at", C_TIME, NULL, "due", "时限"}, {"done_at", C_TIME, NULL, "done", "完成"},
	{"waived_at", C_TIME, NULL, "waived", "免除"}, {"reason", C_TEXT, NULL, "why waived", "免除原因"}, {"clause", C_TEXT, NULL, "rule", "依据"},
};
static const struct query_param clock_params[] = {
	{"since", F_TIME, false, 0, NULL, NULL, "spans that began at or after", "起始时间"},
	{"until", F_TIME, false, INT64_MAX, NULL, NULL, "and before", "截止时间"},
};
static const struct query_column clock_columns[] = {
	{"clock", C_TEXT, NULL, "clock", "环节"}, {"limit_ms", C_SPAN, NULL, "limit", "时限"}, {"closed", C_INT, NULL, "finished", "已完成"},
	{"p50_ms", C_SPAN, NULL, "median", "中位数"}, {"p95_ms", C_SPAN, NULL, "95th percentile", "95 分位"},
	{"worst_ms", C_SPAN, NULL, "longest", "最长"}, {"late", C_INT, NULL, "finished late", "超时完成"}, {"running", C_INT, NULL, "running", "进行中"},
	{"oldest_at", C_TIME, NULL, "oldest began", "最早开始"}, {"oldest_ms", C_SPAN, NULL, "oldest runs for", "最久已历时"},
	{"running_late", C_INT, NULL, "running late", "进行中超时"},
};
static const struct query_param read_params[] = {{"since", F_TIME, false, 0, NULL, NULL, "reads at or after", "起始时间"}};
static const struct query_column read_columns[] = {
	{"at", C_TIME, NULL, "when", "时间"}, {"by", C_ID, NULL, "by whom", "查看人"}, {"subject", C_ID, NULL, "about whom", "对象"},
	{"purpose", C_TEXT, NULL, "for what", "用途"},
};
static const struct query_param fact_params[] = {
	{"after", F_INT, false, 0, NULL, NULL, "facts behind this number", "起始序号之后"},
	{"kind", F_TEXT, false, 0, NULL, NULL, "kind of fact", "事实类型"},
};
static const struct query_column fact_columns[] = {
	{"seq", C_INT, NULL, "number", "序号"}, {"id", C_ID, NULL, "id", "编号"}, {"kind", C_TEXT, NULL, "kind", "类型"},
	{"area", C_AREA, NULL, "area", "区划"}, {"at", C_TIME, NULL, "happened", "发生时间"}, {"received", C_TIME, NULL, "received", "接收时间"},
	{"by", C_ID, NULL, "by", "报告人"}, {"device", C_TEXT, NULL, "device", "设备"}, {"edition", C_TEXT, NULL, "edition", "方案版本"},
	{"body", C_TEXT, NULL, "open part", "公开部分"},
};
#define QUERY(name_, right_, sql_, params_, columns_, en_, zh_) \
	{name_, right_, &SQL_##sql_, params_, ARRAY_N(params_), columns_, ARRAY_N(columns_), en_, zh_}
const struct query house_queries[] = {
	{"house.outbreaks", RIGHT_READ, &SQL_house_q_outbreaks, NULL, 0, outbreak_columns, ARRAY_N(outbreak_columns),
	 "outbreaks and the edition each follows", "疫情及现行方案"},
	QUERY("house.duties", RIGHT_READ, house_q_duties, duty_params, duty_columns, "open duties by urgency", "未完成任务（按紧急程度）"),
	{"house.duty_counts", RIGHT_READ, &SQL_house_q_duty_counts, NULL, 0, count_columns, ARRAY_N(count_columns),
	 "open, late and done duties by kind", "任务统计"},
	{"house.duty_areas", RIGHT_READ, &SQL_house_q_duty_areas, NULL, 0, duty_area_columns, ARRAY_N(duty_area_columns),
	 "open and late duties by kind and area", "未完成任务（按类型和区划）"},
	QUERY("house.duty_log", RIGHT_READ, house_q_duty_log, duty_log_params, duty_log_columns,
	      "every duty that there was about one person or thing, and how it ended", "某对象的全部任务及结果"),
	{"house.clocks", RIGHT_READ, NULL, clock_params, ARRAY_N(clock_params), clock_columns, ARRAY_N(clock_columns),
	      "each hand-over against its limit: median, 95th percentile, oldest still running", "各环节用时与时限"},
	QUERY("house.reads", RIGHT_AUDIT, house_q_reads, read_params, read_columns, "who read whose personal data, and for what",
	      "个人信息查看记录"),
	QUERY("house.facts", RIGHT_AUDIT, house_q_facts, fact_params, fact_columns, "the facts themselves, open part", "事实流水"),
	{0},
};

static const char *const tables[] = {"outbreak(key)", "edition(outbreak)", "erasure(subject)", "personal_read(subject)", NULL};
const struct domain house_domain = {
	.name = "house",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_house_schema,
	.tables = tables,
};
