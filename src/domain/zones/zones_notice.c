/* SPDX-License-Identifier: Apache-2.0
 *
 * The public notice of a zone, generated: what follows from order and edition stands in zone_text; the names of the places come from the
 * register when the notice is asked for (zones_q_notice). So the published text and the zone cannot differ.
 */
#include <stdio.h>

#include "core/caltime.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

enum part { TITLE, BASIS, EFFECTIVE, PLACES, REGIME, TESTS, RELEASE, EXITS, ISSUER, APPEAL }; /* in zones_queries.c too */

static enum err_code put(struct ledger_tx *tx, const struct zone_fold *z, enum part part, struct str en, struct str zh, struct err *e)
{
	if (en.n == 0 && zh.n == 0)
		return OK;
	return db_run(tx->db, &SQL_zones_text_put,
		      PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(part), V_TEXT(en.n ? en : zh), V_TEXT(zh.n ? zh : en)), e);
}

/* "2022-11-20 21:00" and "2022年11月20日21时", with the minutes when there are any. */
struct moment {
	char en[40], zh[48];
};

static struct moment moment_of(int64_t at)
{
	struct moment m;
	char day[DAY_TEXT_N];
	int year = 0, month = 0, mday = 0;
	int32_t d = day_of(at);
	int64_t minute = (at - day_start(d)) / MS_PER_MINUTE;
	day_format(d, day);
	(void)sscanf(day, "%d-%d-%d", &year, &month, &mday);
	snprintf(m.en, sizeof m.en, "%s %02d:%02d", day, (int)(minute / 60), (int)(minute % 60));
	if (minute % 60)
		snprintf(m.zh, sizeof m.zh, "%d年%d月%d日%d时%02d分", year, month, mday, (int)(minute / 60), (int)(minute % 60));
	else
		snprintf(m.zh, sizeof m.zh, "%d年%d月%d日%d时", year, month, mday, (int)(minute / 60));
	return m;
}

static enum err_code put_tests(struct ledger_tx *tx, const struct zone_fold *z, struct err *e)
{
	struct str en = STR(""), zh = STR("");
	const struct protocol_zone *r = z->rules;
	for (size_t i = 0; i < r->test_n; i++) {
		bool nat = r->test[i].assay == ASSAY_NAT;
		en = arena_printf(tx->arena, "%.*s%sday %d %s", STR_ARG(en), i ? ", " : "", (int)r->test[i].day.v, nat ? "NAT" : "antigen");
		zh = arena_printf(tx->arena, "%.*s%s第%d天%s", STR_ARG(zh), i ? "，" : "", (int)r->test[i].day.v, nat ? "核酸" : "抗原");
	}
	if (r->final_round_h.set) {
		en = arena_printf(tx->arena, "%.*s%severyone once within %d h before it steps down", STR_ARG(en), en.n ? "; " : "",
				  (int)r->final_round_h.v);
		zh = arena_printf(tx->arena, "%.*s%s解除前%d小时内全员检测一次", STR_ARG(zh), zh.n ? "；" : "", (int)r->final_round_h.v);
	}
	return put(tx, z, TESTS, en, zh, e);
}

static enum err_code put_release(struct ledger_tx *tx, const struct zone_fold *z, int64_t earliest_at, struct err *e)
{
	const struct protocol_zone *r = z->rules;
	const struct protocol_num *days = z->by_downgrade && r->then_days.set ? &r->then_days : &r->downgrade_days;
	struct str en = STR(""), zh = STR("");
	if (days->set) {
		en = arena_printf(tx->arena, "%d days in a row without a new infection", (int)days->v);
		zh = arena_printf(tx->arena, "连续%d天无新增感染者", (int)days->v);
	}
	if (r->coverage_day.set && !(z->by_downgrade && r->then_days.set)) {
		en = arena_printf(tx->arena, "%.*s, and everyone in the zone negative on day %d", STR_ARG(en), (int)r->coverage_day.v);
		zh = arena_printf(tx->arena, "%.*s，且第%d天区域内全员检测阴性", STR_ARG(zh), (int)r->coverage_day.v);
	}
	if (r->cover_within_h.set) {
		en = arena_printf(tx->arena, "%.*s, and everyone in the zone negative within %d h before", STR_ARG(en), (int)r->cover_within_h.v);
		zh = arena_printf(tx->arena, "%.*s，且解除前%d小时内全员检测阴性", STR_ARG(zh), (int)r->cover_within_h.v);
	}
	if (r->contact_days.set) {
		en = arena_printf(tx->arena, "%.*s, and the last contact %d days past exposure", STR_ARG(en), (int)r->contact_days.v);
		zh = arena_printf(tx->arena, "%.*s，且最后一名密接脱离暴露满%d天", STR_ARG(zh), (int)r->contact_days.v);
	}
	if (r->lift_with_higher.v) {
		en = arena_printf(tx->arena, "%.*s%swhen no higher zone is left in the county", STR_ARG(en), en.n ? ", or " : "");
		zh = arena_printf(tx->arena, "%.*s%s县域内无更高风险区时解除", STR_ARG(zh), zh.n ? "；" : "");
	}
	if (earliest_at > 0) {
		struct moment m = moment_of(earliest_at);
		en = arena_printf(tx->arena, "%.*s%snot before %s", STR_ARG(en), en.n ? "; " : "", m.en);
		zh = arena_printf(tx->arena, "%.*s%s最早于%s解除", STR_ARG(zh), zh.n ? "；" : "", m.zh);
	}
	return put(tx, z, RELEASE, en, zh, e);
}

static enum err_code put_issuer(struct ledger_tx *tx, const struct zone_fold *z, struct err *e)
{
	static const struct protocol_text by[] = {
		[LEVEL_COUNTY] = {STR("county epidemic command"), STR("县级疫情防控指挥部")},
		[LEVEL_PREFECTURE] = {STR("prefecture epidemic command"), STR("市级疫情防控指挥部")},
		[LEVEL_PROVINCE] = {STR("provincial epidemic command"), STR("省级疫情防控指挥部")}};
	if (z->level < 0 || z->level >= LEVEL__N)
		return OK;
	return put(tx, z, ISSUER, by[z->level].en, by[z->level].zh, e);
}

enum err_code zones_texts_write(struct ledger_tx *tx, const struct zone_fold *z, int64_t earliest_at, struct err *e)
{
	enum err_code rc = db_run(tx->db, &SQL_zones_texts_drop, PARAMS(V_INT(tx->county), V_INT(z->key)), e);
	if (rc != OK || z->declared_at == 0 || !z->rules)
		return rc;
	const struct protocol_zone *r = z->rules;
	struct moment from = moment_of(z->start_at);
	struct str title_en = arena_printf(tx->arena, "%.*s: %.*s%s%.*s", STR_ARG(r->name.en), STR_ARG(z->name), z->notice.n ? ", " : "",
					   STR_ARG(z->notice));
	struct str title_zh = arena_printf(tx->arena, "%.*s：%.*s%s%.*s", STR_ARG(r->name.zh), STR_ARG(z->name), z->notice.n ? "，" : "",
					   STR_ARG(z->notice));
	rc = put(tx, z, TITLE, title_en, title_zh, e);
	if (rc == OK)
		rc = z->basis.n ? put(tx, z, BASIS, z->basis, z->basis, e) : put(tx, z, BASIS, z->protocol->basis.en, z->protocol->basis.zh, e);
	if (rc == OK)
		rc = put(tx, z, EFFECTIVE, arena_printf(tx->arena, "from %s on", from.en), arena_printf(tx->arena, "自%s起", from.zh), e);
	if (rc == OK)
		rc = put(tx, z, REGIME, r->regime.en, r->regime.zh, e);
	if (rc == OK)
		rc = put_tests(tx, z, e);
	if (rc == OK)
		rc = put_release(tx, z, earliest_at, e);
	if (rc == OK)
		rc = put(tx, z, EXITS, r->exit.en, r->exit.zh, e);
	if (rc == OK)
		rc = put_issuer(tx, z, e);
	return rc == OK ? put(tx, z, APPEAL, z->protocol->appeal.en, z->protocol->appeal.zh, e) : rc;
}
