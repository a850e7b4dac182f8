/* SPDX-License-Identifier: Apache-2.0
 *
 * How the facts of the zones domain are folded, and their declarations.
 */
#include "domain/zones/zones.h"

#include "domain/zones/zones_fields.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

static struct str text(struct str s)
{
	return s.p ? s : STR("");
}

struct told_units {
	const struct fact_list *areas, *places, *households;
};
#define UNITS(b) ((struct told_units){&(b)->areas, &(b)->places, &(b)->households})

static enum err_code put_unit(struct ledger_tx *tx, const struct fact *f, int64_t zone, enum unit_sign sign, enum unit_kind kind, int64_t lo,
			      int64_t hi, int64_t key, struct err *e)
{
	return db_run(tx->db, &SQL_zones_event_unit_put,
		      PARAMS(V_INT(tx->county), V_INT(zone), V_ID(&f->id), V_INT(sign), V_INT(kind), V_INT(lo), V_INT(hi), V_INT(key)), e);
}

static enum err_code put_named(struct ledger_tx *tx, const struct fact *f, int64_t zone, enum unit_sign sign, enum unit_kind kind,
			       const char *entity, const struct fact_list *list, struct err *e)
{
	const struct id *ids = list->p;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < list->n; i++) {
		int64_t key;
		rc = ledger_key(tx, entity, ids[i], &key, e);
		if (rc == OK)
			rc = put_unit(tx, f, zone, sign, kind, 0, 0, key, e);
	}
	return rc;
}

static enum err_code put_units(struct ledger_tx *tx, const struct fact *f, int64_t zone, enum unit_sign sign, struct told_units u, struct err *e)
{
	const int64_t *areas = u.areas->p;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < u.areas->n; i++) {
		int64_t lo, hi;
		area_range(areas[i], &lo, &hi);
		rc = put_unit(tx, f, zone, sign, UNIT_OF_AREA, lo, hi, 0, e);
	}
	if (rc == OK)
		rc = put_named(tx, f, zone, sign, UNIT_OF_PLACE, "place", u.places, e);
	return rc == OK ? put_named(tx, f, zone, sign, UNIT_OF_HOUSEHOLD, "household", u.households, e) : rc;
}

#define NO_EVENT {.level = -1, .class = STR(""), .name = STR(""), .basis = STR(""), .notice = STR(""), .shape = STR("")}

static enum err_code put_event(struct ledger_tx *tx, const struct fact *f, int64_t zone, const struct zone_row_event *v, struct err *e)
{
	return db_run(tx->db, &SQL_zones_event_put,
		      PARAMS(V_INT(tx->county), V_INT(zone), V_INT(f->at), V_ID(&f->id), V_INT(v->what), V_TEXT(text(v->class)), V_TEXT(text(v->name)),
			     V_INT(v->level), V_INT(v->start_at), V_INT(v->until_at), V_INT(v->flag), V_INT(v->case_key), V_INT(v->day),
			     V_TEXT(text(v->basis)), V_TEXT(text(v->notice)), V_TEXT(text(v->shape)), V_INT(tx->outbreak), V_INT(f->area),
			     V_TEXT(f->edition)),
		      e);
}

static enum err_code put_grounds(struct ledger_tx *tx, int64_t zone, const struct fact_list *cases, struct err *e)
{
	const struct id *ids = cases->p;
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < cases->n; i++) {
		int64_t key;
		rc = ledger_key(tx, "case", ids[i], &key, e);
		if (rc == OK)
			rc = db_run(tx->db, &SQL_zones_ground_put, PARAMS(V_INT(tx->county), V_INT(zone), V_INT(key)), e);
	}
	return rc;
}

static enum err_code apply_proposed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_proposed *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_PROPOSED;
	v.class = b->class;
	v.name = b->name;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_grounds(tx, zone, &b->cases, e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

static enum err_code apply_declared(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_declared *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_DECLARED;
	v.class = b->class;
	v.name = b->name;
	v.level = b->decided_by;
	v.start_at = zones_or(b->start_at, f->at);
	v.until_at = zones_or(b->ends_at, 0);
	v.basis = b->basis;
	v.notice = b->notice;
	v.shape = b->shape;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_grounds(tx, zone, &b->cases, e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

static enum err_code apply_changed(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_changed *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_CHANGED;
	v.level = b->decided_by;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_OUT, (struct told_units){&b->areas_out, &b->places_out, &b->households_out}, e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

static enum err_code apply_prolonged(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_prolonged *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_PROLONGED;
	v.level = b->decided_by;
	v.until_at = b->until_at;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

/* A part goes on as another zone: that one begins with the same fact. */
static enum err_code enter_lower(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_stepped_down *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t into;
	v.what = WHAT_ENTERED;
	v.class = b->to;
	v.name = b->into_name;
	v.level = b->decided_by;
	v.start_at = f->at;
	enum err_code rc = ledger_key(tx, "zone", b->into, &into, e);
	if (rc == OK)
		rc = put_units(tx, f, into, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_event(tx, f, into, &v, e);
	return rc == OK ? zones_derive(tx, into, e) : rc;
}

static enum err_code apply_stepped(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_stepped_down *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_STEPPED_DOWN;
	v.class = b->to;
	v.level = b->decided_by;
	v.flag = zones_or(b->early, 0);
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	if (rc == OK)
		rc = zones_derive(tx, zone, e);
	return rc == OK && !id_is_none(b->into) ? enter_lower(tx, f, e) : rc;
}

static enum err_code apply_simple(struct ledger_tx *tx, const struct fact *f, struct id zone_id, const struct zone_row_event *v, struct err *e)
{
	int64_t zone;
	enum err_code rc = ledger_key(tx, "zone", zone_id, &zone, e);
	if (rc == OK)
		rc = put_event(tx, f, zone, v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

static enum err_code apply_lifted(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_zone_lifted *b = f->body;
	struct zone_row_event v = NO_EVENT;
	v.what = WHAT_LIFTED;
	v.level = b->decided_by;
	v.flag = zones_or(b->early, 0);
	return apply_simple(tx, f, b->zone, &v, e);
}

static enum err_code apply_published(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_notice_published *b = f->body;
	struct zone_row_event v = NO_EVENT;
	v.what = WHAT_PUBLISHED;
	return apply_simple(tx, f, b->zone, &v, e);
}

static enum err_code apply_roll(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_roll_closed *b = f->body;
	struct zone_row_event v = NO_EVENT;
	v.what = WHAT_ROLL_CLOSED;
	v.flag = b->roll;
	v.day = b->day;
	return apply_simple(tx, f, b->zone, &v, e);
}

static enum err_code apply_reset(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_quiet_reset *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_RESET;
	v.start_at = b->anchor_at;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

static enum err_code apply_judged(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct zones_risk_judged *b = f->body;
	struct zone_row_event v = NO_EVENT;
	int64_t zone;
	v.what = WHAT_JUDGED;
	v.flag = b->scope;
	enum err_code rc = ledger_key(tx, "zone", b->zone, &zone, e);
	if (rc == OK)
		rc = ledger_key(tx, "case", b->case_, &v.case_key, e);
	if (rc == OK)
		rc = put_units(tx, f, zone, UNIT_IN, UNITS(b), e);
	if (rc == OK)
		rc = put_event(tx, f, zone, &v, e);
	return rc == OK ? zones_derive(tx, zone, e) : rc;
}

/* ---- the domain --------------------------------------------------------------------------------------------------- */

#define KIND(name_, right_, en_, zh_, ...) \
	{.name = "zones." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct zones_##name_), .fields = zones_##name_##_fields, \
	 .fields_n = ARRAY_N(zones_##name_##_fields), .right = RIGHT_##right_, .outbreak = true, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(zone_proposed, TRACE, "the county proposes a risk zone", "建议划定风险区", .check = zones_check_proposed, .apply = apply_proposed),
	KIND(zone_declared, COMMAND, "a risk zone is declared by the command that may", "划定风险区", .check = zones_check_declared,
	     .guard = zones_guard_declared, .apply = apply_declared),
	KIND(zone_changed, COMMAND, "units come into a zone or leave it", "调整风险区范围", .check = zones_check_changed,
	     .guard = zones_guard_decided, .apply = apply_changed),
	KIND(zone_prolonged, COMMAND, "a zone is prolonged, whole or in part", "延长管控", .check = zones_check_prolonged,
	     .guard = zones_guard_decided, .apply = apply_prolonged),
	KIND(zone_stepped_down, COMMAND, "a zone steps down, whole or in part", "风险区降级", .check = zones_check_stepped,
	     .guard = zones_guard_stepped, .apply = apply_stepped),
	KIND(zone_lifted, COMMAND, "a zone ends, or a proposal is turned down", "解除风险区", .check = zones_check_lifted,
	     .guard = zones_guard_lifted, .apply = apply_lifted),
	KIND(notice_published, COMMAND, "the notice of a zone is public", "发布风险区通告", .check = zones_check_at, .apply = apply_published),
	KIND(none_needed, COMMAND, "no zone is needed for a case, and that is announced", "公告无需划定风险区", .check = zones_check_at,
	     .apply = zones_apply_none_needed),
	KIND(quiet_reset, SIGN, "the quiet days of a zone count from a later instant", "签署重新起算", .check = zones_check_reset,
	     .guard = zones_guard_in_force, .apply = apply_reset),
	KIND(risk_judged, SIGN, "a new infection in a zone was judged", "新发感染风险研判", .check = zones_check_judged, .apply = apply_judged),
	KIND(roll_closed, FOLLOW, "the day's round or door service is signed as done", "当日检测或服务完成确认", .check = zones_check_at,
	     .guard = zones_guard_roll, .apply = apply_roll),
	KIND(service_done, FOLLOW, "a household was served at the door", "上门服务", .subject = "household", .check = zones_check_service,
	     .apply = zones_apply_service),
	KIND(point_opened, CAMPAIGN, "a pick-up point and its slots", "设置取物点", .check = zones_check_point, .apply = zones_apply_point),
	KIND(slot_assigned, FOLLOW, "a household gets a slot to fetch supplies", "安排错峰取物", .check = zones_check_at, .guard = zones_guard_slot,
	     .apply = zones_apply_slot),
	KIND(exit_granted, FOLLOW, "a person may leave the zone for a while", "批准外出", .check = zones_check_exit, .apply = zones_apply_exit),
	KIND(exit_returned, FOLLOW, "a person is back", "外出返回", .check = zones_check_at, .apply = zones_apply_returned),
	KIND(household_moved_out, COMMAND, "a household is moved to central isolation", "住户集中转移", .check = zones_check_moved_out,
	     .guard = zones_guard_moved_out, .apply = zones_apply_moved_out),
	KIND(household_moved_back, FOLLOW, "a household is back", "住户返回", .check = zones_check_at, .apply = zones_apply_moved_back),
	KIND(post_set, CAMPAIGN, "a guarded post of a zone", "设置卡点", .check = zones_check_at, .guard = zones_guard_in_force,
	     .apply = zones_apply_post_set),
	KIND(post_manned, FOLLOW, "somebody keeps the post", "卡点值守", .check = zones_check_manned, .apply = zones_apply_manned),
	KIND(post_left, FOLLOW, "the post is left or given up", "离开或撤销卡点", .check = zones_check_at, .apply = zones_apply_left),
	KIND(barrier_set, COMMAND, "a barrier with its keeper", "设置围挡", .subject = "keeper", .check = zones_check_barrier,
	     .guard = zones_guard_barrier, .apply = zones_apply_barrier_set),
	KIND(barrier_checked, FOLLOW, "a barrier was looked at", "检查围挡", .check = zones_check_at, .apply = zones_apply_barrier_checked),
	KIND(barrier_removed, FOLLOW, "a barrier is gone", "拆除围挡", .check = zones_check_at, .apply = zones_apply_barrier_removed),
};

static const char *const tables[] = {
	"zone_event(zone,case_key,outbreak)", "zone_event_unit(zone,unit_key)", "zone_ground(zone,case_key)", "zone(key,outbreak)",
	"zone_unit(zone,unit_key)", "zone_cover(zone,unit_key,household,place)", "zone_hit(zone,case_key,unit_key)", "zone_text(zone)",
	"zone_trace(case_key,household,place)", "zone_none_needed(case_key)", "zone_round(campaign)", "zone_service(zone,household)",
	"zone_exit_event(exit_key,person,zone,outbreak)", "zone_exit(exit_key,person,zone)", "zone_moved_out(household,zone)",
	"zone_stayed(household,person)", "zone_post_event(post,zone,outbreak)", "zone_post(post,zone)",
	"zone_barrier_event(barrier,zone,keeper,outbreak)", "zone_barrier(barrier,zone,keeper)", "pickup_point(key,zone)",
	"pickup_event(household,point,outbreak)", "pickup_slot(household,point,outbreak)", NULL};

const struct domain zones_domain = {
	.name = "zones",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_zones_schema,
	.tables = tables,
	.reactions = zones_reactions,
	.reactions_n = ZONES_REACTIONS_N,
	.load = zones_load,
};
