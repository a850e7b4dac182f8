/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a certificate may be issued, and what it then says. Judged twice: when an officer signs the fact, and again each time the code
 * is made, so that nothing is signed that no longer holds.
 */
#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "domain/testing/testing.h"
#include "sql.gen.h"

static enum err_code judge_release(struct db *db, struct arena *a, const struct certificate_claim *c, struct certificate_grounds *g, struct err *e)
{
	int64_t restricted = 0, unreleased = 0, case_at = 0;
	enum err_code rc = db_one(db, &SQL_orders_restricted, PARAMS(V_INT(c->county), V_INT(c->person), V_INT(c->at)), 0, &restricted, e);
	if (rc == OK && restricted > 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/person", "this person is still restricted; release comes first");
	if (rc == OK)
		rc = db_one(db, &SQL_orders_unreleased, PARAMS(V_INT(c->county), V_INT(c->person)), 0, &unreleased, e);
	if (rc == OK && unreleased > 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/person", "the days of this contact are over, but nobody has signed the release");
	if (rc == OK)
		rc = db_one(db, &SQL_orders_case_since, PARAMS(V_INT(c->county), V_INT(c->person), V_INT(c->at)), 0, &case_at, e);
	if (rc == OK)
		rc = db_query(db, &SQL_orders_released, PARAMS(V_INT(c->county), V_INT(c->person), V_INT(c->at), V_INT(c->order)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(db);
	if (found)
		*g = (struct certificate_grounds){db_int(db, 0), (int)db_int(db, 1), arena_str(a, db_text(db, 2))};
	rc = db_stop(db, e);
	if (rc == OK && !found)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/person", "nobody signed a release of this person");
	if (rc == OK && case_at > g->happened_at)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/person", "this person became a case after the release");
	return rc;
}

static enum err_code judge_result(struct db *db, const struct certificate_claim *c, struct certificate_grounds *g, struct err *e)
{
	int64_t pool = 0, result = -1;
	enum err_code rc = db_query(db, &SQL_orders_result_of, PARAMS(V_INT(c->county), V_INT(c->person), V_INT(c->tube)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(db);
	if (found) {
		*g = (struct certificate_grounds){.happened_at = db_int(db, 0), .edition = STR("")};
		pool = db_int(db, 1);
		result = db_int(db, 2);
	}
	rc = db_stop(db, e);
	if (rc != OK)
		return rc;
	if (!found)
		return err_set(e, ERR_NOT_ALLOWED, "/body/tube", "this person's swab is not in that tube");
	if (result != TEST_NEGATIVE && result != TEST_POSITIVE)
		return err_set(e, ERR_NOT_ALLOWED, "/body/tube", "the tube has no result yet, or none that counts");
	if (result == TEST_POSITIVE && pool != 1)
		return err_set(e, ERR_NOT_ALLOWED, "/body/tube", "a positive mixed tube says nothing of one person; the single sample does");
	g->detail = (int)result;
	return OK;
}

enum err_code certificate_judge(struct db *db, struct arena *a, const struct certificate_claim *claim, struct certificate_grounds *out,
				struct err *e)
{
	*out = (struct certificate_grounds){.edition = STR("")};
	return claim->kind == CERTIFICATE_RELEASE ? judge_release(db, a, claim, out, e) : judge_result(db, claim, out, e);
}

/* The row of an issued certificate. */
struct issued {
	struct certificate_claim claim;
	int64_t at, expires_at, area;
	uint64_t seq;
};

static enum err_code read_issued(struct db *db, const struct certificate_asked *asked, struct issued *out, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_orders_certificate_get, PARAMS(V_INT(asked->county), V_ID(&asked->certificate)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(db);
	if (found)
		*out = (struct issued){{asked->county, db_int(db, 0), db_int(db, 1), db_int(db, 2), db_int(db, 3), asked->now_ms}, db_int(db, 4),
				       db_int(db, 5), db_int(db, 6), (uint64_t)db_int(db, 7)};
	rc = db_stop(db, e);
	if (rc == OK && !found)
		rc = err_set(e, ERR_NOT_FOUND, "", "no certificate of this id was issued here");
	if (rc == OK && (out->area < asked->area_lo || out->area > asked->area_hi))
		rc = err_set(e, ERR_OUT_OF_AREA, "", "your post covers another area");
	return rc;
}

enum err_code certificate_make(struct db *db, struct keyring *keyring, struct arena *a, const struct certificate_asked *asked,
			       const struct certificate_key *key, struct certificate *out, char text[CERTIFICATE_TEXT_MAX], struct err *e)
{
	struct issued i;
	struct certificate_grounds g;
	struct fact f;
	enum err_code rc = read_issued(db, asked, &i, e);
	if (rc == OK)
		rc = certificate_judge(db, a, &i.claim, &g, e);
	if (rc == OK)
		rc = ledger_fact_read(db, keyring, a, asked->county, i.seq, &f, e);
	if (rc != OK)
		return rc;
	const struct orders_certificate_issued *b = f.body;
	if (b->holder.n == 0)
		return err_set(e, ERR_ERASED, "", "the words of the holder were erased");
	int64_t expires = i.expires_at ? i.expires_at
			  : i.claim.kind == CERTIFICATE_RELEASE ? i.at + ORDERS_RELEASE_DAYS * MS_PER_DAY
								: g.happened_at + ORDERS_RESULT_H * 60 * MS_PER_MINUTE;
	*out = (struct certificate){.kind = (int)i.claim.kind, .county = asked->county, .id = asked->certificate, .issued_s = i.at / 1000,
				    .expires_s = expires / 1000, .detail = g.detail, .happened_s = g.happened_at / 1000};
	certificate_holder_hash(asked->certificate, b->holder, out->holder);
	(void)str_to_c(g.edition, out->edition, sizeof out->edition);
	certificate_sign(key, out, text);
	return OK;
}
