/* SPDX-License-Identifier: Apache-2.0
 *
 * Users: who may be given what by whom, and a user as an actor.
 */
#include <stdio.h>

#include "domain/people/people.h"
#include "sql.gen.h"

#define ROLE_BIT(r) (UINT64_C(1) << (r))
/* GB/T 22239-2019, level 3: the three administrators watch each other. */
#define ADMINISTRATORS (ROLE_BIT(ROLE_system_admin) | ROLE_BIT(ROLE_security_admin) | ROLE_BIT(ROLE_auditor))

static uint64_t rights_of(uint64_t roles)
{
	uint64_t rights = 0;
	for (unsigned r = 0; r < ROLE__N; r++)
		if (roles & ROLE_BIT(r))
			rights |= role_rights((enum role)r);
	return rights;
}

static enum err_code read_roles(const struct fact_list *list, uint64_t *roles, struct err *e)
{
	const struct str *names = list->p;
	*roles = 0;
	for (size_t i = 0; i < list->n; i++) {
		char at[32];
		snprintf(at, sizeof at, "/body/roles/%zu", i);
		int role = role_of(names[i]);
		if (role < 0)
			return err_set(e, ERR_BAD_VALUE, at, "there is no such role");
		*roles |= ROLE_BIT(role);
	}
	uint64_t admin = *roles & ADMINISTRATORS;
	if (admin & (admin - 1))
		return err_set(
			e, ERR_NOT_ALLOWED, "/body/roles",
			"system administrator, security administrator and auditor are three different persons");
	return OK;
}

static enum err_code check_login(struct str login, struct err *e)
{
	for (size_t i = 0; i < login.n; i++) {
		char c = login.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
		      (i > 0 && (c == '.' || c == '_' || c == '-'))))
			return err_set(
				e, ERR_BAD_VALUE, "/body/login",
				"lower-case letters a-z and digits are expected, after the first also . _ -");
	}
	return OK;
}

/* Nobody hands out more than he holds himself, neither rights nor area. */
static enum err_code check_grant(const struct actor *who, int64_t area, uint64_t rights, struct err *e)
{
	int64_t lo, hi;
	area_range(area, &lo, &hi);
	if (lo < who->area_lo || hi > who->area_hi)
		return err_set(e, ERR_OUT_OF_AREA, "/area",
			       "a user cannot be set up for an area beyond your own");
	uint64_t beyond = rights & ~who->rights;
	for (unsigned r = 0; r < RIGHT__N; r++)
		if (beyond & RIGHT_BIT(r))
			return err_set(e, ERR_FORBIDDEN, "/body/roles",
				       "you cannot give what you do not hold: %s",
				       right_text((enum right)r, "en"));
	return OK;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct account {
	struct id user, unit;
	int64_t area;
	uint64_t roles;
	bool suspended;
};

static struct account account_row(struct db *db)
{
	struct account a = {.user = db_id(db, 0), .area = db_int(db, 1), .unit = db_id(db, 3)};
	struct str names = db_text(db, 2);
	while (names.n > 0) {
		int role = role_of(str_cut(&names, ' '));
		if (role >= 0) /* a role that was taken out of the program gives nothing */
			a.roles |= ROLE_BIT(role);
	}
	struct id fact = db_id(db, 5), suspended_fact = db_id(db, 7);
	int64_t at = db_int(db, 4), suspended_at = db_int(db, 6);
	a.suspended = suspended_at > at || (suspended_at == at && id_cmp(suspended_fact, fact) > 0);
	return a;
}

/* *n = accounts found; the first is in *out. */
static enum err_code find_accounts(struct db *db, const struct sql *sql, const struct db_val *v, size_t v_n,
				   struct account *out, size_t *n, struct err *e)
{
	*n = 0;
	enum err_code rc = db_query(db, sql, v, v_n, e);
	if (rc != OK)
		return rc;
	while (db_next(db))
		if ((*n)++ == 0)
			*out = account_row(db);
	return db_stop(db, e);
}

static enum err_code become(const struct account *a, struct actor *out, struct err *e)
{
	if (a->suspended)
		return err_set(e, ERR_FORBIDDEN, "", "this account is suspended");
	*out = (struct actor){
		.user = a->user, .rights = rights_of(a->roles), .area = a->area, .unit = a->unit};
	area_range(a->area, &out->area_lo, &out->area_hi);
	return OK;
}

enum err_code people_actor(struct db *db, int64_t county, struct str login, struct id *user,
			   struct actor *out, struct err *e)
{
	struct account a = {0};
	size_t n = 0;
	if (login.n == 0)
		return err_set(e, ERR_BAD_LOGIN, "", "%s", "");
	struct db_val v[] = {V_INT(county), V_TEXT(login)};
	enum err_code rc =
		county ? find_accounts(db, &SQL_people_user_by_login, v, 2, &a, &n, e)
		       : find_accounts(db, &SQL_people_user_by_login_anywhere, v + 1, 1, &a, &n, e);
	if (rc != OK)
		return rc;
	/* one login in two counties: the name alone does not tell who is meant */
	if (n != 1)
		return err_set(e, ERR_BAD_LOGIN, "", "%s", "");
	rc = become(&a, out, e);
	if (rc == OK)
		*user = a.user;
	return rc;
}

enum err_code people_actor_of(struct db *db, int64_t county, struct id user, struct actor *out, struct err *e)
{
	struct account a = {0};
	size_t n = 0;
	struct db_val v[] = {V_INT(county), V_ID(&user)};
	enum err_code rc = find_accounts(db, &SQL_people_user_by_id, v, ARRAY_N(v), &a, &n, e);
	if (rc != OK)
		return rc;
	if (n == 0)
		return err_set(e, ERR_NOT_SIGNED_IN, "", "%s", "");
	return become(&a, out, e);
}

/* ---- facts ----------------------------------------------------------------------------------- */

/* Who is set up anew must already be within the reach of the sender: else an administrator of a
 * village could take over the officer of the county. */
static enum err_code check_present(struct ledger_tx *tx, struct id user, struct err *e)
{
	struct account a = {0};
	size_t n = 0;
	struct db_val v[] = {V_INT(tx->county), V_ID(&user)};
	enum err_code rc = find_accounts(tx->db, &SQL_people_user_by_id, v, ARRAY_N(v), &a, &n, e);
	if (rc != OK || n == 0)
		return rc;
	return check_grant(tx->who, a.area, rights_of(a.roles), e);
}

/* Taking away is not giving: who keeps the users of an area can stop any account in it, also one that may do more than he himself.
 * Only the administrators who watch him are not his to stop. */
static enum err_code check_suspension(struct ledger_tx *tx, struct id user, struct err *e)
{
	struct account a = {0};
	size_t n = 0;
	struct db_val v[] = {V_INT(tx->county), V_ID(&user)};
	enum err_code rc = find_accounts(tx->db, &SQL_people_user_by_id, v, ARRAY_N(v), &a, &n, e);
	if (rc != OK || n == 0)
		return rc;
	return check_grant(tx->who, a.area, a.roles & ADMINISTRATORS ? rights_of(a.roles) : 0, e);
}

enum err_code people_check_user(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	if (str_eq_c(str_of(f->kind->name), "people.user_suspended"))
		return check_suspension(tx, ((const struct people_user_suspended *)f->body)->user, e);
	const struct people_user_registered *b = f->body;
	uint64_t roles = 0;
	int64_t key = 0, taken = 0;
	enum err_code rc = check_login(b->login, e);
	if (rc == OK)
		rc = read_roles(&b->roles, &roles, e);
	if (rc == OK)
		rc = check_grant(tx->who, f->area, rights_of(roles), e);
	if (rc == OK)
		rc = check_present(tx, b->user, e);
	if (rc == OK)
		rc = ledger_key_known(tx, "user", b->user, &key, e);
	if (rc == OK)
		rc = db_one(tx->db, &SQL_people_login_taken,
			    PARAMS(V_INT(tx->county), V_TEXT(b->login), V_INT(key)), 0, &taken, e);
	if (rc == OK && taken > 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "/body/login", "another user of this county has this login");
	return rc;
}

enum err_code people_apply_user(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_user_registered *b = f->body;
	const struct str *names = b->roles.p;
	struct str roles = STR("");
	int64_t key, unit = 0;
	enum err_code rc = ledger_key(tx, "user", b->user, &key, e);
	if (rc == OK && !id_is_none(b->unit))
		rc = ledger_key(tx, "unit", b->unit, &unit, e);
	if (rc != OK)
		return rc;
	for (unsigned r = 0; r < ROLE__N; r++)
		for (size_t i = 0; i < b->roles.n; i++)
			if (str_eq_c(names[i], role_name((enum role)r))) {
				roles = arena_printf(tx->arena, "%.*s%s%s", STR_ARG(roles),
						     roles.n ? " " : "", role_name((enum role)r));
				break;
			}
	struct id none = ID_NONE;
	return db_run(tx->db, &SQL_people_user_put,
		      PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->area), V_TEXT(b->login),
			     V_TEXT(b->display_name), V_TEXT(roles), V_INT(unit), V_INT(f->at), V_ID(&f->id),
			     V_ID(&none)),
		      e);
}

enum err_code people_apply_suspended(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct people_user_suspended *b = f->body;
	struct id none = ID_NONE;
	int64_t key;
	enum err_code rc = ledger_key(tx, "user", b->user, &key, e);
	if (rc != OK)
		return rc;
	return db_run(tx->db, &SQL_people_user_suspend,
		      PARAMS(V_INT(tx->county), V_INT(key), V_INT(f->at), V_ID(&f->id), V_ID(&none)), e);
}
