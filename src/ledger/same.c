/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/same.h"

#include <sodium.h>

#include "ledger/chain.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

/* Are the open fields (personal = 0) or the personal ones (PERSONAL) those that were stored? DERIVED members are left out. */
static bool says_the_same(struct ledger_tx *tx, const struct fact *f, struct str stored, unsigned personal)
{
	struct buf text, *b = &text;
	buf_init(b, 0);
	const struct json *j;
	void *body = fact_body_new(tx->arena, f->kind);
	bool same = json_read(tx->arena, stored, &j, NULL) == OK && fact_decode_body(tx->arena, f->kind, j, true, body, NULL) == OK;
	for (size_t i = 0; same && i < f->kind->fields_n; i++) {
		const struct field *field = &f->kind->fields[i];
		if ((field->flags & DERIVED) || (field->flags & PERSONAL) != personal)
			continue;
		buf_reset(b);
		fact_encode_value(b, field, body);
		size_t n = b->n;
		buf_add_byte(b, ':'); /* no comma is written behind it */
		fact_encode_value(b, field, f->body);
		same = !b->failed && str_eq((struct str){b->p, n}, (struct str){b->p + n + 1, b->n - n - 1});
	}
	if (b->p)
		sodium_memzero(b->p, b->cap_n);
	buf_done(b);
	return same;
}

static bool has_indexed(const struct fact_kind *k)
{
	for (size_t i = 0; i < k->fields_n; i++)
		if (k->fields[i].flags & INDEXED)
			return true;
	return false;
}

/* Is the very fact there already? *seq is 0 when the id is new. The same id with another content is an error. */
enum err_code same_fact(struct ledger_tx *tx, struct fact *f, uint64_t *seq, struct err *e)
{
	*seq = 0;
	enum err_code rc = db_query(tx->db, &SQL_ledger_fact_get, PARAMS(V_INT(tx->county), V_ID(&f->id)), e);
	if (rc != OK)
		return rc;
	bool same = true;
	struct str stored_body = STR_NONE, stored_sealed = STR_NONE;
	if (db_next(tx->db)) {
		*seq = (uint64_t)db_int(tx->db, 0);
		same = str_eq_c(db_text(tx->db, 1), f->kind->name) && id_eq(db_id(tx->db, 2), f->outbreak) &&
		       db_int(tx->db, 3) == f->area && db_int(tx->db, 4) == f->at;
		stored_body = arena_str(tx->arena, db_text(tx->db, 5));
		stored_sealed = arena_str(tx->arena, db_blob(tx->db, 6));
	}
	rc = db_stop(tx->db, e);
	if (rc != OK || *seq == 0)
		return rc;
	/* indexed values were stored in the normal form that check() gives; its verdict is of another day */
	if (same && has_indexed(f->kind) && f->kind->check)
		rc = f->kind->check(tx, f, e);
	if (err_kind(rc) == KIND_FAULT)
		return rc;
	same = same && says_the_same(tx, f, stored_body, 0);
	if (same && (stored_sealed.n > 0) != fact_has_personal(f->kind, f->body))
		same = false;
	if (same && stored_sealed.n > 0) {
		struct id subject = *field_id(fact_field(f->kind, str_of(f->kind->subject)), f->body);
		char with[128];
		struct str plain;
		enum err_code opened = keyring_open_sealed(ledger_keyring(tx->l), tx->arena, subject, seal_context(f, with),
							   stored_sealed, &plain, e);
		/* after an erasure nothing is left to compare with: the id decides */
		if (opened != OK && opened != ERR_ERASED && opened != ERR_CORRUPT)
			return opened;
		if (opened == OK)
			same = says_the_same(tx, f, plain, PERSONAL);
	}
	return same ? OK : err_set(e, ERR_ID_REUSED, "/id", "another fact with this id is in the ledger already; nothing was changed");
}
