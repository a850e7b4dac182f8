/* SPDX-License-Identifier: Apache-2.0
 *
 * Declarations and checks of the facts orders.*; what follows from them stands in orders_fold.c and orders_ask.c.
 */
#include "domain/orders/orders.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/orders/certificate.h"
#include "domain/orders/orders_fold.h"
#include "sql.gen.h"

#define OLDEST_MS INT64_C(946684800000) /* 2000: a fact from before is a typing error */

const char *const orders_classes[] = {"central", "home", "monitoring", "hospital", "stay", NULL};
const char *const orders_sources[] = {"order", "contact", "zone", NULL};
const char *const orders_states[] = {"planned", "in_force", "ended", "lifted", NULL};
const char *const orders_purposes[] = {"medical", "medicine", "food", "funeral", "court", "work", "other", NULL};
const char *const orders_means[] = {"ambulance", "special_vehicle", "own_car", "on_foot", NULL};
const char *const orders_channels[] = {"page", "phone", "in_person", "letter", NULL};
const char *const orders_helps[] = {"medical_emergency", "medicine", "psychological", "food", "other", NULL};
const char *const orders_outcomes[] = {"done", "taken_to_hospital", "handed_on", "not_needed", "not_reached", NULL};
const char *const orders_certificates[] = {"release", "result", NULL};

/* ---- rules ----------------------------------------------------------------------------------------------------------- */

int64_t orders_param(const struct protocol *p, const char *name, int64_t otherwise)
{
	const struct protocol_param *v = p ? protocol_param_find(p, str_of(name)) : NULL;
	return v && v->kind == PARAM_NUMBER && v->number >= 1 ? (int64_t)v->number : otherwise;
}

int64_t orders_latest_end(const struct protocol *p, int64_t from)
{
	int32_t longest = 0;
	for (size_t t = 0; t < p->tier_n; t++) {
		int32_t days = 0;
		for (size_t s = 0; p->tier[t].enabled && s < p->tier[t].stage_n; s++)
			days += p->tier[t].stage[s].days.v;
		longest = days > longest ? days : longest;
	}
	int64_t days = orders_param(p, "orders.days_max", longest ? longest : ORDERS_DAYS_MAX);
	return day_start(day_of(from) + 1 + (int32_t)days); /* day 1 is the day after, as for most regimens */
}

enum protocol_exit orders_exit_policy(const struct protocol *p, enum orders_class class)
{
	static const struct {
		enum protocol_place place;
		enum protocol_stage_kind kind;
		enum protocol_exit silent;
	} of[] = {
		[ORDER_CENTRAL] = {STAY_CENTRAL, STAGE_ISOLATION, EXIT_NONE},
		[ORDER_HOME] = {STAY_HOME, STAGE_ISOLATION, EXIT_NONE},
		[ORDER_MONITORING] = {STAY_HOME, STAGE_MONITORING, EXIT_APPROVED},
		[ORDER_HOSPITAL] = {STAY_HOSPITAL, STAGE_ISOLATION, EXIT_NONE},
		[ORDER_STAY] = {STAY__N, STAGE_ISOLATION, EXIT_APPROVED},
	};
	enum protocol_exit least = EXIT__N;
	for (size_t t = 0; p && t < p->tier_n; t++)
		for (size_t s = 0; p->tier[t].enabled && s < p->tier[t].stage_n; s++) {
			const struct protocol_stage *st = &p->tier[t].stage[s];
			if (st->place == of[class].place && st->kind == of[class].kind && st->exit < least)
				least = st->exit;
		}
	return least == EXIT__N ? of[class].silent : least;
}

void orders_page_token(const struct sys *sys, int64_t county, char token[ORDERS_TOKEN_N + 1])
{
	uint8_t raw[24] = {(uint8_t)(county >> 16), (uint8_t)(county >> 8), (uint8_t)county};
	sys->random(sys->ctx, raw + 3, sizeof raw - 3);
	sodium_bin2base64(token, ORDERS_TOKEN_N + 1, raw, sizeof raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(raw, sizeof raw);
}

void orders_page_digest(struct str token, char digest[ORDERS_DIGEST_N + 1])
{
	static const uint8_t purpose[] = "sushui page token";
	uint8_t hash[32];
	crypto_generichash(hash, sizeof hash, (const uint8_t *)token.p, token.n, purpose, sizeof purpose - 1);
	sodium_bin2hex(digest, ORDERS_DIGEST_N + 1, hash, sizeof hash);
}

int64_t orders_page_county(struct str token)
{
	uint8_t raw[24];
	size_t n;
	if (token.n != ORDERS_TOKEN_N || sodium_base642bin(raw, sizeof raw, token.p, token.n, NULL, &n, NULL,
							   sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || n != sizeof raw)
		return 0;
	return (int64_t)raw[0] << 16 | (int64_t)raw[1] << 8 | raw[2];
}

/* ---- checks ------------------------------------------------------------------------------------------------------------ */

static enum err_code check_at(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	if (f->at < OLDEST_MS)
		return err_set(e, ERR_BAD_VALUE, "/at", "before the year 2000; check the clock of the device");
	return OK;
}

/* An order that restricts is signed where the person is registered or above: nobody is bound from afar. Who is registered nowhere in the
 * county is bound where he was found, by the fact's own area. */
static enum err_code check_reach(struct ledger_tx *tx, struct id who, struct err *e)
{
	int64_t person, area = -1;
	enum err_code rc = ledger_key_known(tx, "person", who, &person, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_orders_person_area, PARAMS(V_INT(tx->county), V_INT(person)), -1, &area, e);
	if (rc == OK && area >= 0 && !actor_in_area(tx->who, area))
		rc = err_set(e, ERR_OUT_OF_AREA, "/body/person", "this person is registered outside your area");
	return rc;
}

/* What is shown of a person, or certified, reaches as far as the sender's area: where the person is registered, else where he was bound. */
static enum err_code check_own(struct ledger_tx *tx, struct id who, struct err *e)
{
	int64_t person, area = -1, elsewhere = 0;
	enum err_code rc = ledger_key_known(tx, "person", who, &person, e);
	if (rc != OK || person == 0)
		return rc;
	rc = db_one(tx->db, &SQL_orders_person_area, PARAMS(V_INT(tx->county), V_INT(person)), -1, &area, e);
	if (rc == OK && area < 0)
		rc = db_one(tx->db, &SQL_orders_person_elsewhere,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(tx->who->area_lo), V_INT(tx->who->area_hi)), 0, &elsewhere, e);
	if (rc == OK && (elsewhere > 0 || (area >= 0 && !actor_in_area(tx->who, area))))
		rc = err_set(e, ERR_OUT_OF_AREA, "/body/person", "this person is registered or restricted outside your area");
	return rc;
}

/* A signature says why, in words sealed with the person's key. When that key is destroyed the words cannot be kept; the person must be
 * freed all the same. */
static enum err_code check_reason(struct ledger_tx *tx, struct id who, struct str reason, struct err *e)
{
	int64_t person, erased = 0;
	if (reason.n > 0)
		return OK;
	enum err_code rc = ledger_key_known(tx, "person", who, &person, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_orders_is_erased, PARAMS(V_INT(tx->county), V_INT(person)), 0, &erased, e);
	if (rc == OK && !erased)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/reason", "say why; only for an erased person it is left out");
	return rc;
}

static enum err_code check_conditions(const char *field, const struct fact_list *words, struct err *e)
{
	int64_t bits;
	size_t bad;
	char at[48];
	if (orders_conditions(words, &bits, &bad))
		return OK;
	snprintf(at, sizeof at, "/body/%s/%zu", field, bad);
	return err_set(e, ERR_BAD_VALUE, at, "own_tests_negative, last_test_done, linked_first_two_negative, no_signs, environment_negative or "
		       "stage_days_over");
}

/* The end lies ahead, and no further than the longest regimen of the edition: what shall last longer is extended, by another signature. */
static enum err_code check_end(struct ledger_tx *tx, int64_t from, int64_t end, struct err *e)
{
	char day[DAY_TEXT_N];
	int64_t latest = orders_latest_end(tx->protocol, from);
	if (end <= from)
		return err_set(e, ERR_BAD_VALUE, "/body/end_at", "an order ends after it begins");
	if (end <= latest)
		return OK;
	day_format(day_of(latest), day);
	return err_set(e, ERR_BAD_VALUE, "/body/end_at", "edition %.*s knows no regimen that long: not after the beginning of %s; what must last "
		       "longer is extended before its end", STR_ARG(tx->protocol->id), day);
}

static enum err_code check_signed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct orders_order_signed *b = f->body;
	const struct protocol *p = tx->protocol;
	int64_t start = b->start_at == ABSENT ? f->at : b->start_at;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK)
		rc = check_reach(tx, b->person, e);
	if (rc == OK && (start < f->at || start > f->at + ORDERS_AHEAD_MS))
		rc = err_set(e, ERR_BAD_VALUE, "/body/start_at", "an order binds from its signature on, and begins within seven days of it");
	if (rc == OK)
		rc = check_end(tx, start, b->end_at, e);
	if (rc == OK)
		rc = check_conditions("conditions", &b->conditions, e);
	if (rc == OK && b->evidence.n == 0 && b->reason.n == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/evidence", "name the facts that this order rests on, or give a reason");
	if (rc != OK)
		return rc;
	if (p->appeal.zh.n == 0 && p->appeal.en.n == 0)
		return err_set(e, ERR_NOT_ALLOWED, "/outbreak", "edition %.*s names no way to appeal; no order is signed under it", STR_ARG(p->id));
	b->grounds = p->basis.zh.n ? p->basis.zh : p->basis.en;
	b->appeal = p->appeal.zh.n ? p->appeal.zh : p->appeal.en;
	return OK;
}

static enum err_code check_extended(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_order_extended *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK)
		rc = check_reach(tx, b->person, e);
	if (rc == OK)
		rc = check_end(tx, f->at, b->end_at, e);
	if (rc == OK)
		rc = check_conditions("unmet", &b->unmet, e);
	return rc == OK ? check_reason(tx, b->person, b->reason, e) : rc;
}

static enum err_code check_lifted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_order_lifted *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	return rc == OK ? check_reason(tx, b->person, b->reason, e) : rc;
}

static enum err_code check_exit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_exit_approved *b = f->body;
	int64_t longest = orders_param(tx->protocol, "orders.exit_h_max", ORDERS_EXIT_H_MAX);
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK && b->purpose != LEAVE_MEDICAL)
		rc = check_own(tx, b->person, e);
	if (rc == OK && b->until_at <= b->from_at)
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_at", "a leave ends after it begins");
	if (rc == OK && b->purpose != LEAVE_MEDICAL && b->until_at - b->from_at > longest * 60 * MS_PER_MINUTE)
		rc = err_set(e, ERR_BAD_VALUE, "/body/until_at", "a leave lasts at most %lld hours; medical care as long as it takes",
			     (long long)longest);
	return rc;
}

static enum err_code check_page(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_page_issued *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK)
		rc = check_own(tx, b->person, e);
	if (rc == OK && (b->digest.n != ORDERS_DIGEST_N || strspn(arena_str(tx->arena, b->digest).p, "0123456789abcdef") != ORDERS_DIGEST_N))
		rc = err_set(e, ERR_BAD_VALUE, "/body/digest", "64 hexadecimal digits; `sushui page` and POST /api/orders/page make a link");
	if (rc == OK && b->expires_at != ABSENT && (b->expires_at <= f->at || b->expires_at > f->at + ORDERS_PAGE_DAYS_MAX * MS_PER_DAY))
		rc = err_set(e, ERR_BAD_VALUE, "/body/expires_at", "after the issue, and within %d days of it", ORDERS_PAGE_DAYS_MAX);
	return rc;
}

static enum err_code check_certificate(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_certificate_issued *b = f->body;
	enum err_code rc = check_at(tx, f, e);
	if (rc == OK)
		rc = check_own(tx, b->person, e);
	if (rc != OK)
		return rc;
	if (b->kind == CERTIFICATE_RESULT && id_is_none(b->tube))
		return err_set(e, ERR_MISSING_FIELD, "/body/tube", "name the tube whose result is certified");
	if (b->holder.n == 0)
		return err_set(e, ERR_MISSING_FIELD, "/body/holder", "the last four characters of the holder's document, or initials");
	if (b->expires_at != ABSENT && (b->expires_at <= f->at || b->expires_at > f->at + 90 * MS_PER_DAY))
		return err_set(e, ERR_BAD_VALUE, "/body/expires_at", "after the issue, and within 90 days of it");
	return OK;
}

/* ---- what this moment forbids ---------------------------------------------------------------------------------------------- */

static enum err_code row_of(struct ledger_tx *tx, struct id order_id, struct orders_row *r, struct err *e)
{
	int64_t order;
	*r = (struct orders_row){0};
	enum err_code rc = ledger_key_known(tx, "order", order_id, &order, e);
	return rc == OK && order > 0 ? orders_row_read(tx, order, r, e) : rc;
}

static enum err_code guard_signed(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_order_signed *b = f->body;
	struct orders_row r;
	enum err_code rc = row_of(tx, b->order, &r, e);
	if (rc == OK && r.found)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/order", "this order is signed already; a new order needs a new id");
	return rc;
}

static enum err_code guard_extended(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_order_extended *b = f->body;
	struct orders_row r;
	enum err_code rc = row_of(tx, b->order, &r, e);
	if (rc != OK)
		return rc;
	if (!r.found)
		return err_set(e, ERR_NOT_ALLOWED, "/body/order", "nobody signed an order of this id");
	if (r.lifted_at)
		return err_set(e, ERR_NOT_ALLOWED, "/body/order", "this order was lifted; restricting anew needs a new order");
	if (f->at >= r.end_at)
		return err_set(e, ERR_NOT_ALLOWED, "/body/order", "this order has ended; restricting anew needs a new order");
	if (b->end_at <= r.end_at)
		return err_set(e, ERR_NOT_ALLOWED, "/body/end_at", "not later than the present end; to end it sooner, lift it");
	return OK;
}

static enum err_code guard_lifted(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_order_lifted *b = f->body;
	struct orders_row r;
	enum err_code rc = row_of(tx, b->order, &r, e);
	if (rc == OK && !r.found)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/order", "nobody signed an order of this id");
	if (rc == OK && r.lifted_at)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/order", "this order was lifted already");
	return rc;
}

/* Medical care is never refused. Else somebody must be restricted, and where the edition lets nobody leave, the exception is reasoned. */
static enum err_code guard_exit(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_exit_approved *b = f->body;
	int64_t person, restricted = 0;
	if (b->purpose == LEAVE_MEDICAL)
		return OK;
	enum err_code rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK && person > 0)
		rc = db_one(tx->db, &SQL_orders_restricted, PARAMS(V_INT(tx->county), V_INT(person), V_INT(b->from_at)), 0, &restricted, e);
	if (rc == OK && !restricted)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/person", "nothing restricts this person then; no leave is needed");
	if (rc != OK || b->basis.n > 0)
		return rc;
	bool nobody = false;
	rc = db_query(tx->db, &SQL_orders_person_in_force, PARAMS(V_INT(tx->county), V_INT(person), V_INT(b->from_at)), e);
	while (rc == OK && db_next(tx->db)) {
		const struct protocol *p = protocol_book_find(ledger_protocols(tx->l), db_text(tx->db, 4));
		nobody |= orders_exit_policy(p, (enum orders_class)db_int(tx->db, 1)) == EXIT_NONE;
	}
	if (rc == OK)
		rc = db_stop(tx->db, e);
	if (rc == OK && nobody)
		rc = err_set(e, ERR_MISSING_FIELD, "/body/basis", "the edition lets nobody leave this kind of isolation; say on what basis it is "
			     "allowed here. Medical care needs none");
	return rc;
}

static enum err_code guard_appeal_answer(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_appeal_answered *b = f->body;
	int64_t appeal, made = 0;
	enum err_code rc = ledger_key_known(tx, "appeal", b->appeal, &appeal, e);
	if (rc != OK)
		return rc;
	rc = db_query(tx->db, &SQL_orders_appeal_get, PARAMS(V_INT(tx->county), V_INT(appeal)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		made = db_int(tx->db, 4);
	rc = db_stop(tx->db, e);
	if (rc == OK && !made)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/appeal", "nobody made an appeal of this id");
	return rc;
}

static enum err_code guard_help_answer(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_help_answered *b = f->body;
	int64_t help, asked = 0;
	enum err_code rc = ledger_key_known(tx, "help", b->help, &help, e);
	if (rc != OK)
		return rc;
	rc = db_query(tx->db, &SQL_orders_help_get, PARAMS(V_INT(tx->county), V_INT(help)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db))
		asked = db_int(tx->db, 4);
	rc = db_stop(tx->db, e);
	if (rc == OK && !asked)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/help", "nobody asked for help under this id");
	return rc;
}

static enum err_code guard_page_revoked(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_page_revoked *b = f->body;
	int64_t page, issued = 0;
	enum err_code rc = ledger_key_known(tx, "page", b->page, &page, e);
	if (rc == OK && page > 0)
		rc = db_one(tx->db, &SQL_orders_page_known, PARAMS(V_INT(tx->county), V_INT(page)), 0, &issued, e);
	if (rc == OK && !issued)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/page", "no page of this id was issued");
	return rc;
}

/* Who is still restricted, or was never released, gets no certificate of release; of a result only who was sampled into that tube. */
static enum err_code guard_certificate(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	const struct orders_certificate_issued *b = f->body;
	int64_t person, order = 0, tube = 0;
	enum err_code rc = ledger_key_known(tx, "person", b->person, &person, e);
	if (rc == OK && !id_is_none(b->order))
		rc = ledger_key_known(tx, "order", b->order, &order, e);
	if (rc == OK && !id_is_none(b->tube))
		rc = ledger_key_known(tx, "tube", b->tube, &tube, e);
	if (rc == OK && !id_is_none(b->order) && order == 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/order", "nobody signed an order of this id");
	struct certificate_claim claim = {.county = tx->county, .person = person, .kind = b->kind, .order = order, .tube = tube, .at = f->at};
	struct certificate_grounds grounds;
	return rc == OK ? certificate_judge(tx->db, tx->arena, &claim, &grounds, e) : rc;
}

/* ---- fields -------------------------------------------------------------------------------------------------------------------- */

#define PERSON_OF(type_, en_, zh_) FIELD(struct orders_##type_, person, F_ID, REQUIRED, .entity = "person", .en = en_, .zh = zh_)
#define REASON_OF(type_) \
	FIELD(struct orders_##type_, reason, F_TEXT, PERSONAL, .min = 2, .max = 2000, .en = "why; left out only when the person's data were erased", \
	      .zh = "理由（仅个人信息已销毁者可缺省）")
#define ORDER_OF(type_, flags_) FIELD(struct orders_##type_, order, F_ID, flags_, .entity = "order", .en = "the order", .zh = "管控令")

static const struct field order_signed[] = {
	FIELD(struct orders_order_signed, order, F_ID, REQUIRED, .entity = "order", .en = "the order, a new id", .zh = "管控令（新编号）"),
	PERSON_OF(order_signed, "whom it restricts", "被管控人"),
	FIELD(struct orders_order_signed, class, F_WORD, REQUIRED, .words = orders_classes, .en = "what is ordered", .zh = "管控类别"),
	FIELD(struct orders_order_signed, start_at, F_TIME, 0, .en = "begins; absent = when signed", .zh = "开始时间（缺省为签署时）"),
	FIELD(struct orders_order_signed, end_at, F_TIME, REQUIRED, .en = "ends, by itself", .zh = "结束时间（到期自动失效）"),
	FIELD(struct orders_order_signed, basis, F_TEXT, REQUIRED, .min = 2, .max = 400, .en = "law or notice and its article", .zh = "依据（法律或通告及条款）"),
	FIELD(struct orders_order_signed, clause, F_TEXT, 0, .min = 2, .max = 200, .en = "clause of the edition, e.g. tiers.close_contact",
	      .zh = "方案条款"),
	FIELD(struct orders_order_signed, evidence, F_IDS, 0, .en = "facts that it rests on", .zh = "证据（事实编号）"),
	FIELD(struct orders_order_signed, conditions, F_TEXTS, 0, .min = 2, .max = 40, .en = "conditions of release, by the words of the protocol",
	      .zh = "解除条件（方案用词）"),
	FIELD(struct orders_order_signed, reason, F_TEXT, PERSONAL, .min = 2, .max = 2000, .en = "why; required without evidence",
	      .zh = "理由（无证据时必填）"),
	FIELD(struct orders_order_signed, grounds, F_TEXT, DERIVED, .max = 600, .en = "law that orders under this edition cite", .zh = "方案所据法律"),
	FIELD(struct orders_order_signed, appeal, F_TEXT, DERIVED, .max = 600, .en = "how the person can object", .zh = "救济途径"),
};
static const struct field order_extended[] = {
	ORDER_OF(order_extended, REQUIRED),
	PERSON_OF(order_extended, "whom it restricts", "被管控人"),
	FIELD(struct orders_order_extended, end_at, F_TIME, REQUIRED, .en = "the new end", .zh = "新的结束时间"),
	FIELD(struct orders_order_extended, basis, F_TEXT, REQUIRED, .min = 2, .max = 400, .en = "law or notice and its article",
	      .zh = "依据（法律或通告及条款）"),
	FIELD(struct orders_order_extended, evidence, F_IDS, 0, .en = "facts that it rests on", .zh = "证据（事实编号）"),
	FIELD(struct orders_order_extended, unmet, F_TEXTS, 0, .min = 2, .max = 40, .en = "conditions of release not met, by the words of the protocol",
	      .zh = "未满足的解除条件（方案用词）"),
	REASON_OF(order_extended),
};
static const struct field order_lifted[] = {
	ORDER_OF(order_lifted, REQUIRED),
	PERSON_OF(order_lifted, "who is free of it", "被解除人"),
	REASON_OF(order_lifted),
};
static const struct field exit_approved[] = {
	FIELD(struct orders_exit_approved, exit, F_ID, REQUIRED, .entity = "exit", .en = "the leave, a new id", .zh = "外出许可（新编号）"),
	PERSON_OF(exit_approved, "who may leave", "外出人"),
	ORDER_OF(exit_approved, 0),
	FIELD(struct orders_exit_approved, purpose, F_WORD, REQUIRED, .words = orders_purposes, .en = "what for; medical care is never refused",
	      .zh = "外出事由（就医一律准许）"),
	FIELD(struct orders_exit_approved, from_at, F_TIME, REQUIRED, .en = "from", .zh = "起"),
	FIELD(struct orders_exit_approved, until_at, F_TIME, REQUIRED, .en = "back by", .zh = "返回时限"),
	FIELD(struct orders_exit_approved, means, F_WORD, 0, .words = orders_means, .en = "how", .zh = "交通方式"),
	FIELD(struct orders_exit_approved, basis, F_TEXT, 0, .min = 2, .max = 400, .en = "on what basis, where the edition lets nobody leave",
	      .zh = "依据（方案不得外出的，须填）"),
	FIELD(struct orders_exit_approved, where_to, F_TEXT, PERSONAL, .max = 300, .en = "where to", .zh = "目的地"),
};
static const struct field appeal_made[] = {
	FIELD(struct orders_appeal_made, appeal, F_ID, REQUIRED, .entity = "appeal", .en = "the appeal, a new id", .zh = "申诉（新编号）"),
	PERSON_OF(appeal_made, "who appeals", "申诉人"),
	ORDER_OF(appeal_made, 0),
	FIELD(struct orders_appeal_made, channel, F_WORD, 0, .words = orders_channels, .en = "how it was made", .zh = "提出方式"),
	FIELD(struct orders_appeal_made, text, F_TEXT, PERSONAL, .max = 4000, .en = "what the person says", .zh = "申诉内容"),
};
static const struct field appeal_answered[] = {
	FIELD(struct orders_appeal_answered, appeal, F_ID, REQUIRED, .entity = "appeal", .en = "the appeal", .zh = "申诉"),
	PERSON_OF(appeal_answered, "who appealed", "申诉人"),
	FIELD(struct orders_appeal_answered, granted, F_BOOL, REQUIRED, .en = "true: the person was right; lift the order as well", .zh = "是否采纳（采纳的另行签署解除）"),
	FIELD(struct orders_appeal_answered, answer, F_TEXT, REQUIRED | PERSONAL, .min = 2, .max = 4000, .en = "the answer", .zh = "答复"),
};
static const struct field help_asked[] = {
	FIELD(struct orders_help_asked, help, F_ID, REQUIRED, .entity = "help", .en = "the request, a new id", .zh = "求助（新编号）"),
	PERSON_OF(help_asked, "who needs help", "求助人"),
	FIELD(struct orders_help_asked, kind, F_WORD, REQUIRED, .words = orders_helps, .en = "what kind; a medical emergency overrides every rule",
	      .zh = "类别（急救优先于一切规定）"),
	FIELD(struct orders_help_asked, channel, F_WORD, 0, .words = orders_channels, .en = "how it was asked", .zh = "提出方式"),
	FIELD(struct orders_help_asked, text, F_TEXT, PERSONAL, .max = 2000, .en = "what is needed", .zh = "需要什么"),
	FIELD(struct orders_help_asked, call_back, F_TEXT, PERSONAL, .max = 40, .en = "number to call back", .zh = "回电号码"),
};
static const struct field help_answered[] = {
	FIELD(struct orders_help_answered, help, F_ID, REQUIRED, .entity = "help", .en = "the request", .zh = "求助"),
	PERSON_OF(help_answered, "who asked", "求助人"),
	FIELD(struct orders_help_answered, outcome, F_WORD, REQUIRED, .words = orders_outcomes, .en = "what came of it", .zh = "处理结果"),
	FIELD(struct orders_help_answered, text, F_TEXT, PERSONAL, .max = 2000, .en = "what was done", .zh = "处理说明"),
};
static const struct field page_issued[] = {
	FIELD(struct orders_page_issued, page, F_ID, REQUIRED, .entity = "page", .en = "the page, a new id", .zh = "个人页面（新编号）"),
	PERSON_OF(page_issued, "whose page", "本人"),
	FIELD(struct orders_page_issued, digest, F_TEXT, REQUIRED, .min = ORDERS_DIGEST_N, .max = ORDERS_DIGEST_N,
	      .en = "digest of the secret in the link, hexadecimal", .zh = "链接密文的摘要（十六进制）"),
	FIELD(struct orders_page_issued, expires_at, F_TIME, 0, .en = "open until; absent = 60 days", .zh = "有效期至（缺省60天）"),
};
static const struct field page_revoked[] = {
	FIELD(struct orders_page_revoked, page, F_ID, REQUIRED, .entity = "page", .en = "the page whose link no longer works", .zh = "作废的个人页面"),
	PERSON_OF(page_revoked, "whose page", "本人"),
};
static const struct field page_opened[] = {
	FIELD(struct orders_page_opened, page, F_ID, REQUIRED, .entity = "page", .en = "the page", .zh = "个人页面"),
	PERSON_OF(page_opened, "whose page", "本人"),
};
static const struct field certificate_issued[] = {
	FIELD(struct orders_certificate_issued, certificate, F_ID, REQUIRED, .entity = "certificate", .en = "the certificate, a new id", .zh = "证明（新编号）"),
	PERSON_OF(certificate_issued, "whose certificate", "持有人"),
	FIELD(struct orders_certificate_issued, kind, F_WORD, REQUIRED, .words = orders_certificates, .en = "of release, or of a test result",
	      .zh = "解除证明或检测结果证明"),
	ORDER_OF(certificate_issued, 0),
	FIELD(struct orders_certificate_issued, tube, F_ID, 0, .entity = "tube", .en = "result: the tube", .zh = "检测结果：采样管"),
	FIELD(struct orders_certificate_issued, holder, F_TEXT, PERSONAL, .min = 2, .max = 12,
	      .en = "last four characters of the holder's document, or initials: what a verifier may ask for", .zh = "证件号后四位或姓名首字母（供核验）"),
	FIELD(struct orders_certificate_issued, expires_at, F_TIME, 0, .en = "valid until; absent = 14 days, a result 72 hours from sampling",
	      .zh = "有效期至（缺省：解除证明14天，检测结果采样后72小时）"),
};

#define KIND(name_, right_, en_, zh_, ...) \
	{.name = "orders." #name_, .en = en_, .zh = zh_, .body_n = sizeof(struct orders_##name_), .fields = name_, .fields_n = ARRAY_N(name_), \
	 .right = RIGHT_##right_, __VA_ARGS__}
static const struct fact_kind kinds[] = {
	KIND(order_signed, SIGN, "an officer signs an order that restricts a person until an end", "签署管控令", .subject = "person", .outbreak = true,
	     .check = check_signed, .guard = guard_signed, .apply = orders_apply_signed),
	KIND(order_extended, SIGN, "an officer signs a later end of an order", "签署延长", .subject = "person", .outbreak = true, .check = check_extended,
	     .guard = guard_extended, .apply = orders_apply_extended),
	KIND(order_lifted, SIGN, "an officer signs that a person is free of an order", "签署解除管控", .subject = "person", .outbreak = true,
	     .check = check_lifted, .guard = guard_lifted, .apply = orders_apply_lifted),
	KIND(exit_approved, FOLLOW, "a restricted person may leave for a time", "批准临时外出", .subject = "person", .outbreak = true, .check = check_exit,
	     .guard = guard_exit, .apply = orders_apply_exit),
	/* these belong to the county: nobody's question waits for an outbreak or an edition */
	KIND(appeal_made, NONE, "a person appeals against what restricts him", "提出申诉", .subject = "person", .apply = orders_apply_appeal),
	KIND(appeal_answered, SIGN, "an appeal is answered", "答复申诉", .subject = "person", .guard = guard_appeal_answer,
	     .apply = orders_apply_appeal_answer),
	KIND(help_asked, NONE, "a person needs help", "求助", .subject = "person", .apply = orders_apply_help),
	KIND(help_answered, FOLLOW, "a request for help is answered", "答复求助", .subject = "person", .guard = guard_help_answer,
	     .apply = orders_apply_help_answer),
	KIND(page_issued, FOLLOW, "a person gets a secret link to what applies to him", "发放个人页面", .check = check_page, .apply = orders_apply_page),
	KIND(page_revoked, FOLLOW, "a person's link no longer works", "作废个人页面", .guard = guard_page_revoked, .apply = orders_apply_page_revoked),
	KIND(page_opened, FOLLOW, "a person has read his page; told by the server", "本人已查看页面", .apply = orders_apply_page_opened),
	KIND(certificate_issued, SIGN, "a certificate is issued; its code is signed when it is shown", "签发证明", .subject = "person",
	     .check = check_certificate, .guard = guard_certificate, .apply = orders_apply_certificate),
};

static const char *const tables[] = {
	"order_event(order_key,person,outbreak)",
	"restriction(order_key,person,outbreak)",
	"order_evidence(order_key)",
	"exit_leave(exit_key,person,order_key)",
	"appeal(appeal,person,order_key)",
	"help_request(help,person)",
	"person_page(page,person)",
	"certificate(certificate,person,order_key,tube)",
	NULL,
};

const struct domain orders_domain = {
	.name = "orders",
	.kinds = kinds,
	.kinds_n = ARRAY_N(kinds),
	.schema = &SQL_orders_schema,
	.tables = tables,
};
