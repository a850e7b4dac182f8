/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading: the personal data of one person, and areas by name.
 */
#include "core/caltime.h"
#include "domain/people/people.h"
#include "sql.gen.h"

/* ---- personal data --------------------------------------------------------------------------- */

/* Takes from an older statement what the newer ones left out. */
static void take_identity(struct people_personal *p, struct str name, int64_t type, struct str number,
			  struct str phone, int64_t birth)
{
	if (!p->name.p)
		p->name = name;
	if (!p->document_number.p && number.p) {
		p->document_number = number;
		p->document_type = type;
	}
	if (!p->phone.p)
		p->phone = phone;
	if (p->birth_date == ABSENT)
		p->birth_date = birth;
}

static void take_fact(struct people_personal *p, const struct fact *f)
{
	if (str_eq_c(str_of(f->kind->name), "people.person_registered")) {
		const struct people_person_registered *b = f->body;
		take_identity(p, b->name, b->document_type, b->document_number, b->phone, b->birth_date);
	} else if (str_eq_c(str_of(f->kind->name), "people.person_corrected")) {
		const struct people_person_corrected *b = f->body;
		take_identity(p, b->name, b->document_type, b->document_number, b->phone, b->birth_date);
	}
}

static enum err_code sealed_parts(struct db *db, struct arena *a, int64_t county, int64_t person,
				  int64_t **seqs, size_t *n, struct err *e)
{
	size_t cap = 0;
	*seqs = NULL;
	*n = 0;
	enum err_code rc = db_query(db, &SQL_people_sealed_parts, PARAMS(V_INT(county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		if (*n == cap) {
			int64_t *more = ARENA_ARRAY(a, int64_t, cap = cap ? 2 * cap : 4);
			for (size_t i = 0; i < *n; i++)
				more[i] = (*seqs)[i];
			*seqs = more;
		}
		(*seqs)[(*n)++] = db_int(db, 0);
	}
	return db_stop(db, e);
}

static enum err_code open_household(struct db *db, struct keyring *keyring, struct arena *a, int64_t county,
				    int64_t person, struct people_personal *p, struct err *e)
{
	int64_t seq = 0;
	struct db_val v[] = {V_INT(county), V_INT(person)};
	enum err_code rc = db_query(db, &SQL_people_household_of, v, ARRAY_N(v), e);
	if (rc != OK)
		return rc;
	if (db_next(db))
		p->household = db_id(db, 0);
	rc = db_stop(db, e);
	if (rc == OK)
		rc = db_one(db, &SQL_people_household_sealed, v, ARRAY_N(v), 0, &seq, e);
	struct fact f;
	if (rc == OK && seq)
		rc = ledger_fact_read(db, keyring, a, county, (uint64_t)seq, &f, e);
	if (rc == OK && seq)
		p->address = ((const struct people_household_registered *)f.body)->address;
	return rc;
}

enum err_code people_open(struct db *db, struct keyring *keyring, struct arena *a, int64_t county,
			  struct id subject, struct people_personal *out, struct err *e)
{
	struct people_personal p = {.document_type = ABSENT, .birth_date = ABSENT};
	int64_t person = 0, *seqs;
	size_t n;
	struct db_val v[] = {V_INT(county), V_ID(&subject), V_TEXT(STR("person"))};
	enum err_code rc = db_one(db, &SQL_people_key_of, v, ARRAY_N(v), 0, &person, e);
	if (rc == OK && person == 0)
		rc = err_set(e, ERR_NOT_FOUND, "", "this county knows no such person");
	if (rc == OK)
		rc = sealed_parts(db, a, county, person, &seqs, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		struct fact f;
		rc = ledger_fact_read(db, keyring, a, county, (uint64_t)seqs[i], &f, e);
		if (rc == OK)
			take_fact(&p, &f);
	}
	if (rc == OK && n == 0)
		rc = err_set(e, ERR_NOT_FOUND, "", "this person was named but never registered");
	/* every registration carries a name: without one the key is gone */
	if (rc == OK && !p.name.p && !p.document_number.p && !p.phone.p && p.birth_date == ABSENT)
		rc = err_set(e, ERR_ERASED, "", "%s", "");
	if (rc == OK)
		rc = open_household(db, keyring, a, county, person, &p, e);
	if (rc == OK)
		*out = p;
	return rc;
}

#define VERSIONS_MAX 1000 /* rows looked at for one name */

/* ---- areas ----------------------------------------------------------------------------------- */

enum err_code people_area_find(struct db *db, struct arena *a, int64_t county, struct str text, int32_t day,
			       struct people_area *out, size_t most, size_t *n, struct err *e)
{
	int64_t code = -1;
	if (!str_to_i64(text, &code))
		code = -1;
	enum err_code rc = db_query(
		db, &SQL_people_area_find,
		PARAMS(V_INT(county), V_TEXT(text), V_INT(code), V_INT(day), V_INT(VERSIONS_MAX)), e);
	if (rc != OK)
		return rc;
	size_t got = 0;
	while (got < most && db_next(db)) {
		struct people_area found = {.code = db_int(db, 0),
					    .name = db_text(db, 1),
					    .successor = db_int(db, 2),
					    .valid = db_int(db, 3) != 0};
		size_t i = 0;
		while (i < got && (out[i].code != found.code || !str_eq(out[i].name, found.name)))
			i++;
		if (i < got) /* another version of the same name; the better one came first */
			continue;
		found.name = arena_str(a, found.name);
		out[got++] = found;
	}
	rc = db_stop(db, e);
	if (rc == OK)
		*n = got;
	return rc;
}
