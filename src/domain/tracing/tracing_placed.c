/* SPDX-License-Identifier: Apache-2.0
 *
 * What the facts of other domains say of a contact: that the person is in place, that the room was sampled. Each such kind has one reaction
 * here, which says who is placed where; the row of the reaction stands in tracing.c.
 */
#include "domain/isolation/isolation.h"
#include "domain/tracing/tracing_regimen.h"
#include "sql.gen.h"

static enum err_code derive(struct ledger_tx *tx, int64_t person, struct err *e)
{
	enum err_code rc = tracing_person_derive(tx, person, e);
	return rc == OK ? tracing_cases_derive(tx, person, e) : rc;
}

static enum err_code put(struct ledger_tx *tx, const struct fact *f, struct id person_id, enum contact_what what, int64_t place, int64_t flag,
			 bool as_case, struct err *e)
{
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_placement_put,
			    PARAMS(V_INT(tx->county), V_INT(person), V_INT(f->at), V_ID(&f->id), V_INT(what), V_INT(place), V_INT(flag),
				   V_INT(as_case)),
			    e);
	return rc == OK ? derive(tx, person, e) : rc;
}

enum err_code tracing_person_placed(struct ledger_tx *tx, const struct fact *f, struct id person, enum tracing_place place, bool as_case,
				    struct err *e)
{
	return put(tx, f, person, CONTACT_SECURED, place, -1, as_case, e);
}

enum err_code tracing_room_sampled(struct ledger_tx *tx, const struct fact *f, struct id person, bool negative, struct err *e)
{
	return put(tx, f, person, CONTACT_ENVIRONMENT, -1, negative, false, e);
}

enum err_code tracing_placement_void(struct ledger_tx *tx, struct id fact, struct id person_id, struct err *e)
{
	int64_t person;
	enum err_code rc = ledger_key(tx, "person", person_id, &person, e);
	if (rc == OK)
		rc = db_run(tx->db, &SQL_tracing_placement_void_put, PARAMS(V_INT(tx->county), V_INT(person), V_ID(&fact)), e);
	return rc == OK ? derive(tx, person, e) : rc;
}

enum err_code tracing_on_admitted(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_admitted *b = f->body;
	return tracing_person_placed(tx, f, b->person, AT_CENTRAL, b->class == EXPOSED_CASE, e);
}

enum err_code tracing_on_room_sampled(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_environment_sampled *b = f->body;
	return id_is_none(b->person) ? OK : tracing_room_sampled(tx, f, b->person, b->negative == 1, e);
}

enum err_code tracing_on_entry_withdrawn(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct isolation_entry_withdrawn *b = f->body;
	return tracing_placement_void(tx, b->entry, b->person, e);
}
