/* SPDX-License-Identifier: Apache-2.0
 *
 * The facts of the testing domain: their fields, what is checked, and how each is folded into the tables. What
 * follows from a tube's state (duties, clocks) is in testing_tube.c.
 */
#include "domain/testing/testing.h"

#include "domain/testing/testing_tube.h"
#include "ledger/duty.h"
#include "protocol/protocol.h"
#include "sql.gen.h"

const char *const testing_populations[] = {"other", "key", "isolation", "sealed", "controlled", NULL};
const char *const testing_results[] = {"negative", "positive", "invalid", NULL};
const char *const testing_excuses[] = {"away", "isolated", "medical", "tested_elsewhere", "vaccinated", "refused", "not_found", "deceased",
				       "other", NULL};
const char *const testing_losses[] = {"broken", "leaked", "mislaid", "unreadable", "other", NULL};

/* ---- fields ---------------------------------------------------------------------------------------------- */

#define F(member, type, flags, ...) FIELD(struct testing_campaign_declared, member, type, flags, __VA_ARGS__)
static const struct field campaign_declared[] = {
	F(campaign, F_ID, REQUIRED, .entity = "campaign", .en = "the campaign", .zh = "筛查任务"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "what people call it", .zh = "名称"),
	F(areas, F_AREAS, REQUIRED, .en = "everyone registered in these areas", .zh = "范围：这些区划的全部人员"),
	F(tags, F_TEXTS, 0, .min = 1, .max = 40, .en = "only persons with one of these tags", .zh = "仅限带这些标签的人员"),
	F(pool_size, F_INT, REQUIRED, .min = 1, .max = 20, .en = "swabs in one tube unless the tube says otherwise", .zh = "默认混采人数"),
	F(rounds_per_day, F_INT, 0, .min = 1, .max = 3, .en = "rounds planned per day", .zh = "每日轮次"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_round_opened, member, type, flags, __VA_ARGS__)
static const struct field round_opened[] = {
	F(campaign, F_ID, REQUIRED, .entity = "campaign", .en = "the campaign", .zh = "筛查任务"),
	F(round, F_INT, REQUIRED, .min = 1, .max = 10000, .en = "running number within the campaign", .zh = "轮次"),
	F(opens_at, F_TIME, REQUIRED, .en = "sampling begins; who is registered then belongs to the round", .zh = "开始采样时间"),
	F(due_at, F_TIME, REQUIRED, .en = "everyone sampled by then", .zh = "应采完成时间"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_person_excused, member, type, flags, __VA_ARGS__)
static const struct field person_excused[] = {
	F(campaign, F_ID, REQUIRED, .entity = "campaign", .en = "the campaign", .zh = "筛查任务"),
	F(round, F_INT, 0, .min = 0, .max = 10000, .en = "the round; 0 or empty = every round", .zh = "轮次，0 为全部"),
	F(person, F_ID, REQUIRED, .entity = "person", .en = "who", .zh = "人员"),
	F(reason, F_WORD, REQUIRED, .words = testing_excuses, .en = "why not sampled", .zh = "未采原因"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_site_opened, member, type, flags, __VA_ARGS__)
static const struct field site_opened[] = {
	F(site, F_ID, REQUIRED, .entity = "site", .en = "the sampling site", .zh = "采样点"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "its name", .zh = "名称"),
	F(tables, F_INT, 0, .min = 1, .max = 500, .en = "sampling tables", .zh = "采样台数"),
	F(samplers, F_INT, 0, .min = 1, .max = 2000, .en = "samplers on duty", .zh = "采样人员数"),
	F(lon, F_REAL, 0, .min = -180, .max = 180, .en = "longitude, degrees", .zh = "经度"),
	F(lat, F_REAL, 0, .min = -90, .max = 90, .en = "latitude, degrees", .zh = "纬度"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_tube_opened, member, type, flags, __VA_ARGS__)
static const struct field tube_opened[] = {
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "the tube", .zh = "采样管"),
	F(code, F_TEXT, REQUIRED, .min = 1, .max = 40, .en = "what its label says", .zh = "管码"),
	F(campaign, F_ID, REQUIRED, .entity = "campaign", .en = "the campaign", .zh = "筛查任务"),
	F(round, F_INT, REQUIRED, .min = 1, .max = 10000, .en = "the round", .zh = "轮次"),
	F(site, F_ID, 0, .entity = "site", .en = "where it is filled", .zh = "采样点"),
	F(pool_size, F_INT, REQUIRED, .min = 1, .max = 20, .en = "most swabs it may hold", .zh = "混采人数上限"),
	F(population, F_WORD, 0, .words = testing_populations, .en = "class of the pool policy", .zh = "人群类别"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_swab_taken, member, type, flags, __VA_ARGS__)
static const struct field swab_taken[] = {
	F(person, F_ID, REQUIRED, .entity = "person", .en = "who was sampled", .zh = "被采样人"),
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "the tube the swab went into", .zh = "采样管"),
	F(campaign, F_ID, REQUIRED, .entity = "campaign", .en = "the campaign", .zh = "筛查任务"),
	F(round, F_INT, REQUIRED, .min = 1, .max = 10000, .en = "the round", .zh = "轮次"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_tube_closed, member, type, flags, __VA_ARGS__)
static const struct field tube_closed[] = {
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "the tube", .zh = "采样管"),
	F(swabs_n, F_INT, 0, .min = 0, .max = 100, .en = "swabs counted by hand", .zh = "清点支数"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_tube_lost, member, type, flags, __VA_ARGS__)
static const struct field tube_lost[] = {
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "the tube", .zh = "采样管"),
	F(reason, F_WORD, REQUIRED, .words = testing_losses, .en = "what happened to it", .zh = "原因"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_box_sent, member, type, flags, __VA_ARGS__)
static const struct field box_sent[] = {
	F(box, F_ID, REQUIRED, .entity = "box", .en = "the box", .zh = "标本箱"),
	F(code, F_TEXT, 0, .min = 1, .max = 40, .en = "what its label says", .zh = "箱码"),
	F(tubes, F_IDS, REQUIRED, .entity = "tube", .en = "the tubes in it", .zh = "箱内采样管"),
	F(laboratory, F_ID, 0, .entity = "laboratory", .en = "where it goes", .zh = "送往实验室"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_box_received, member, type, flags, __VA_ARGS__)
static const struct field box_received[] = {
	F(box, F_ID, REQUIRED, .entity = "box", .en = "the box", .zh = "标本箱"),
	F(laboratory, F_ID, REQUIRED, .entity = "laboratory", .en = "who received it", .zh = "接收实验室"),
	F(tubes_n, F_INT, 0, .min = 0, .max = 5000, .en = "tubes counted on arrival", .zh = "清点管数"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_plate_loaded, member, type, flags, __VA_ARGS__)
static const struct field plate_loaded[] = {
	F(plate, F_ID, REQUIRED, .entity = "plate", .en = "the plate", .zh = "反应板"),
	F(laboratory, F_ID, REQUIRED, .entity = "laboratory", .en = "the laboratory", .zh = "实验室"),
	F(tubes, F_IDS, REQUIRED, .entity = "tube", .en = "the tubes on it", .zh = "板上采样管"),
	F(controls_ok, F_BOOL, 0, .en = "the controls of the run were right", .zh = "质控是否在控"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_result_reported, member, type, flags, __VA_ARGS__)
static const struct field result_reported[] = {
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "the tube", .zh = "采样管"),
	F(laboratory, F_ID, 0, .entity = "laboratory", .en = "the laboratory", .zh = "实验室"),
	F(plate, F_ID, 0, .entity = "plate", .en = "the plate", .zh = "反应板"),
	F(result, F_WORD, REQUIRED, .words = testing_results, .en = "negative, positive, or invalid (sample again)", .zh = "结果：阴性、阳性、无效"),
	F(tested_at, F_TIME, 0, .en = "end of the run; empty = when reported", .zh = "检测完成时间"),
	F(ct_n, F_REAL, 0, .min = 0, .max = 60, .en = "Ct value, N gene", .zh = "N 基因 Ct 值"),
	F(ct_orf, F_REAL, 0, .min = 0, .max = 60, .en = "Ct value, ORF1ab gene", .zh = "ORF1ab 基因 Ct 值"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_retest_ordered, member, type, flags, __VA_ARGS__)
static const struct field retest_ordered[] = {
	F(person, F_ID, REQUIRED, .entity = "person", .en = "who is to be sampled again, alone", .zh = "需单采复核人员"),
	F(tube, F_ID, REQUIRED, .entity = "tube", .en = "because of this tube", .zh = "相关采样管"),
	F(reason, F_TEXT, REQUIRED, .min = 2, .max = 200, .en = "why, without personal data", .zh = "原因（不含个人信息）"),
};
#undef F
#define F(member, type, flags, ...) FIELD(struct testing_laboratory_stated, member, type, flags, __VA_ARGS__)
static const struct field laboratory_stated[] = {
	F(laboratory, F_ID, REQUIRED, .entity = "laboratory", .en = "the laboratory", .zh = "实验室"),
	F(name, F_TEXT, REQUIRED, .min = 1, .max = 120, .en = "its name", .zh = "名称"),
	F(tubes_per_hour, F_INT, REQUIRED, .min = 1, .max = 100000, .en = "tubes it can test in an hour", .zh = "每小时检测管数"),
	F(run_min, F_INT, 0, .min = 1, .max = 1440, .en = "minutes from loading to result", .zh = "单批检测时长（分钟）"),
};
#undef F

/* ---- checks ---------------------------------------------------------------------------------------------- */

static enum err_code check_round(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct testing_round_opened *b = f->body;
	if (b->due_at <= b->opens_at)
		return err_set(e, ERR_BAD_VALUE, "/body/due_at", "the round must end after it opens");
	return OK;
}

/* The pool sizes that the edition knows; a campaign that mixes more is a planning error worth stopping. */
static enum err_code check_pool(struct ledger_tx *tx, int64_t size, struct err *e)
{
	if (tx->protocol->pools.allowed.n > 0 && !protocol_pool_allowed(tx->protocol, (int32_t)size))
		return err_set(e, ERR_NOT_ALLOWED, "/body/pool_size", "the protocol edition %.*s does not allow tubes of this size",
			       STR_ARG(tx->protocol->id));
	return OK;
}

static enum err_code check_campaign(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct testing_campaign_declared *b = f->body;
	const int64_t *areas = b->areas.p;
	for (size_t i = 0; i < b->areas.n; i++)
		if (COUNTY_OF(areas[i]) != tx->county)
			return err_set(e, ERR_BAD_VALUE, "/body/areas", "a campaign covers areas of one county; declare one for each county");
	return check_pool(tx, b->pool_size, e);
}

/* ---- folding --------------------------------------------------------------------------------------------- */

static int64_t or_zero(int64_t v)
{
	return v == ABSENT ? 0 : v;
}

/* Key of an optional reference, 0 when it is absent. */
static enum err_code key_of(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	*key = 0;
	return id_is_none(id) ? OK : ledger_key(tx, kind, id, key, e);
}

static struct db_val real_or_null(double v)
{
	return isnan(v) ? V_NULL : V_REAL(v);
}

static bool within_another(const int64_t *areas, size_t n, size_t i)
{
	int64_t lo, hi;
	area_range(areas[i], &lo, &hi);
	for (size_t k = 0; k < n; k++) {
		int64_t least, most;
		area_range(areas[k], &least, &most);
		if (least <= lo && hi <= most && (least < lo || hi < most))
			return true;
	}
	return false;
}

static enum err_code apply_campaign(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_campaign_declared *b = f->body;
	const int64_t *areas = b->areas.p;
	const struct str *tags = b->tags.p;
	int64_t campaign;
	enum err_code rc = ledger_key(tx, "campaign", b->campaign, &campaign, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_testing_campaign_put,
			    PARAMS(V_INT(tx->county), V_INT(campaign), V_TEXT(b->name), V_INT(tx->outbreak), V_INT(b->pool_size),
				   V_INT(or_zero(b->rounds_per_day)), V_INT(f->at), V_ID(&f->id)),
			    e);
	for (size_t i = 0; rc == OK && i < b->areas.n; i++) {
		int64_t lo, hi;
		area_range(areas[i], &lo, &hi);
		if (within_another(areas, b->areas.n, i)) /* a town and its village: nobody is counted twice */
			continue;
		rc = db_run(tx->db, &SQL_testing_scope_put,
			    PARAMS(V_INT(tx->county), V_INT(campaign), V_ID(&f->id), V_INT(lo), V_INT(hi)), e);
	}
	for (size_t i = 0; rc == OK && i < b->tags.n; i++)
		rc = db_run(tx->db, &SQL_testing_tag_put, PARAMS(V_INT(tx->county), V_INT(campaign), V_ID(&f->id), V_TEXT(tags[i])), e);
	return rc;
}

static enum err_code apply_round(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_round_opened *b = f->body;
	int64_t campaign;
	enum err_code rc = ledger_key(tx, "campaign", b->campaign, &campaign, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_testing_round_put,
		      PARAMS(V_INT(tx->county), V_INT(campaign), V_INT(b->round), V_INT(b->opens_at), V_INT(b->due_at), V_INT(f->at),
			     V_ID(&f->id)),
		      e);
}

static enum err_code apply_excused(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_person_excused *b = f->body;
	int64_t campaign, person;
	enum err_code rc = ledger_key(tx, "campaign", b->campaign, &campaign, e);
	if (rc == OK)
		rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_testing_excuse_put,
		      PARAMS(V_INT(tx->county), V_INT(campaign), V_INT(or_zero(b->round)), V_INT(person), V_INT(b->reason), V_INT(f->at),
			     V_ID(&f->id)),
		      e);
}

static enum err_code apply_site(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_site_opened *b = f->body;
	int64_t site;
	enum err_code rc = ledger_key(tx, "site", b->site, &site, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_testing_site_put,
		      PARAMS(V_INT(tx->county), V_INT(site), V_TEXT(b->name), V_INT(f->area), V_INT(or_zero(b->tables)),
			     V_INT(or_zero(b->samplers)), real_or_null(b->lon), real_or_null(b->lat), V_INT(f->at), V_ID(&f->id)),
		      e);
}

static enum err_code apply_laboratory(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_laboratory_stated *b = f->body;
	int64_t key;
	enum err_code rc = ledger_key(tx, "laboratory", b->laboratory, &key, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_testing_laboratory_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_TEXT(b->name), V_INT(f->area), V_INT(b->tubes_per_hour),
			     V_INT(or_zero(b->run_min)), V_INT(f->at), V_ID(&f->id)),
		      e);
}

static enum err_code apply_opened(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_tube_opened *b = f->body;
	struct tube_event v = {.what = TUBE_OPENED, .round = b->round, .pool_size = b->pool_size, .population = or_zero(b->population),
			       .code = b->code};
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK)
		rc = ledger_key(tx, "campaign", b->campaign, &v.campaign, e);
	if (rc == OK)
		rc = key_of(tx, "site", b->site, &v.site, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_testing_round_mention, PARAMS(V_INT(tx->county), V_INT(v.campaign), V_INT(b->round)), e);
	return rc == OK ? testing_tube_event(tx, tube, &v, e) : rc;
}

static enum err_code apply_swab(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_swab_taken *b = f->body;
	struct swab s = {.round = b->round, .at = f->at, .area = f->area};
	enum err_code rc = ledger_key(tx, "person", b->person, &s.person, e);
	if (rc == OK)
		rc = ledger_key(tx, "tube", b->tube, &s.tube, e);
	if (rc == OK)
		rc = ledger_key(tx, "campaign", b->campaign, &s.campaign, e);
	return rc == OK ? testing_swab(tx, &s, e) : rc;
}

static enum err_code apply_closed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_tube_closed *b = f->body;
	struct tube_event v = {.what = TUBE_CLOSED, .value = b->swabs_n == ABSENT ? -1 : b->swabs_n};
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	return rc == OK ? testing_tube_event(tx, tube, &v, e) : rc;
}

static enum err_code apply_lost(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_tube_lost *b = f->body;
	struct tube_event v = {.what = TUBE_LOST, .value = b->reason};
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	return rc == OK ? testing_tube_event(tx, tube, &v, e) : rc;
}

static enum err_code apply_sent(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_box_sent *b = f->body;
	const struct id *ids = b->tubes.p;
	int64_t box, laboratory;
	enum err_code rc = ledger_key(tx, "box", b->box, &box, e);
	if (rc == OK)
		rc = key_of(tx, "laboratory", b->laboratory, &laboratory, e);
	for (size_t i = 0; rc == OK && i < b->tubes.n; i++) {
		int64_t tube;
		rc = ledger_key(tx, "tube", ids[i], &tube, e);
		if (rc == OK)
			rc = testing_tube_note(tx, tube, &(struct tube_event){.what = TUBE_BOXED, .box = box, .laboratory = laboratory}, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_testing_box_tube_put, PARAMS(V_INT(tx->county), V_INT(box), V_INT(tube)), e);
	}
	return rc == OK ? testing_box_event(tx, box, BOX_SENT, laboratory, (int64_t)b->tubes.n, b->code, e) : rc;
}

static enum err_code apply_received(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_box_received *b = f->body;
	int64_t box, laboratory;
	enum err_code rc = ledger_key(tx, "box", b->box, &box, e);
	if (rc == OK)
		rc = ledger_key(tx, "laboratory", b->laboratory, &laboratory, e);
	if (rc != OK)
		return rc;
	return testing_box_event(tx, box, BOX_RECEIVED, laboratory, b->tubes_n == ABSENT ? -1 : b->tubes_n, STR(""), e);
}

static enum err_code apply_plate(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_plate_loaded *b = f->body;
	const struct id *ids = b->tubes.p;
	struct tube_event v = {.what = TUBE_PLATED, .value = b->controls_ok == ABSENT ? 1 : b->controls_ok};
	enum err_code rc = ledger_key(tx, "plate", b->plate, &v.plate, e);
	if (rc == OK)
		rc = ledger_key(tx, "laboratory", b->laboratory, &v.laboratory, e);
	for (size_t i = 0; rc == OK && i < b->tubes.n; i++) {
		int64_t tube;
		rc = ledger_key(tx, "tube", ids[i], &tube, e);
		if (rc == OK)
			rc = testing_tube_event(tx, tube, &v, e);
	}
	return rc;
}

static enum err_code apply_result(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_result_reported *b = f->body;
	struct tube_event v = {.what = TUBE_RESULT, .value = b->result, .value_at = b->tested_at == ABSENT ? f->at : b->tested_at,
			       .ct_n = b->ct_n, .ct_orf = b->ct_orf, .has_ct = true};
	int64_t tube;
	enum err_code rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK)
		rc = key_of(tx, "laboratory", b->laboratory, &v.laboratory, e);
	if (rc == OK)
		rc = key_of(tx, "plate", b->plate, &v.plate, e);
	return rc == OK ? testing_tube_event(tx, tube, &v, e) : rc;
}

static enum err_code apply_retest(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct testing_retest_ordered *b = f->body;
	int64_t person, tube;
	enum err_code rc = ledger_key(tx, "person", b->person, &person, e);
	if (rc == OK)
		rc = ledger_key(tx, "tube", b->tube, &tube, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_testing_retest_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(tube), V_INT(f->at), V_ID(&f->id), V_INT(tx->outbreak)), e);
	return rc == OK ? testing_derive_member(tx, person, tube, e) : rc;
}

/* ---- the domain ------------------------------------------------------------------------------------------- */

#define KIND(name_, right_, en_, zh_, ...) \
	{.name = "testing." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct testing_##name_), .fields = name_, \
	 .fields_n = ARRAY_N(name_), .right = RIGHT_##right_, .outbreak = true, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(campaign_declared, CAMPAIGN, "a testing campaign and its scope", "发布核酸筛查任务", .check = check_campaign, .apply = apply_campaign),
	KIND(round_opened, CAMPAIGN, "one pass over the whole scope, with its deadline", "开启一轮筛查", .check = check_round, .apply = apply_round),
	KIND(person_excused, SAMPLE, "why a person is not sampled in a round", "登记未采原因", .apply = apply_excused),
	KIND(site_opened, CAMPAIGN, "a sampling site", "开设采样点", .apply = apply_site),
	KIND(tube_opened, SAMPLE, "a tube is opened for a round", "启用采样管", .apply = apply_opened),
	KIND(swab_taken, SAMPLE, "a person's swab went into a tube", "采样登记", .apply = apply_swab),
	KIND(tube_closed, SAMPLE, "the tube is full or done, and counted", "封管", .apply = apply_closed),
	KIND(tube_lost, NONE, "a tube cannot be tested", "标本遗失或损坏", .apply = apply_lost),
	KIND(box_sent, COURIER, "a box of tubes leaves", "标本箱发出", .apply = apply_sent),
	KIND(box_received, LAB, "the laboratory has the box", "标本箱接收", .apply = apply_received),
	KIND(plate_loaded, LAB, "tubes go onto a plate", "上机", .apply = apply_plate),
	KIND(result_reported, LAB, "the result of a tube", "报告结果", .apply = apply_result),
	KIND(retest_ordered, TRACE, "a person is to be sampled again, alone", "安排单采复核", .apply = apply_retest),
	KIND(laboratory_stated, CAMPAIGN, "what a laboratory can do", "登记实验室能力", .apply = apply_laboratory),
};

static const char *const tables[] = {"campaign(key,outbreak)", "campaign_scope(campaign)", "campaign_tag(campaign)",
				     "campaign_round(campaign)", "excuse(campaign,person)", "site(key)", "swab(campaign,person,tube)",
				     "tube_event(tube,campaign,site,box,plate,laboratory,outbreak)",
				     "tube(key,campaign,site,box,laboratory,plate,outbreak)",
				     "box_event(box,laboratory,outbreak)", "box(key,laboratory)", "box_tube(box,tube)", "laboratory(key)",
				     "retest_order(person,tube,outbreak)", NULL};

const struct domain testing_domain = {
	.name = "testing",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_testing_schema,
	.tables = tables,
	.load = testing_load,
	.audit_new = testing_audit_new,
	.audit_fact = testing_audit_fact,
	.audit_compare = testing_audit_compare,
};
