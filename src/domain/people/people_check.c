/* SPDX-License-Identifier: Apache-2.0
 *
 * Judging what a fact says of an identity: documents, births, tags. A refusal names the field and the rule,
 * never the value.
 */
#include "core/caltime.h"
#include "domain/people/people_match.h"
#include "ledger/keyring.h"

#define SUBJECTS_MAX 256 /* of one document in all counties of the keyring */

static enum err_code no(struct err *e, const char *at, const char *rule)
{
	return err_set(e, ERR_BAD_VALUE, at, "%s", rule);
}

/* What a fact says of an identity; members point into the body, so that normal forms are written back. */
struct identity {
	int64_t type;
	struct str *number, *phone;
	int64_t birth_date, birth_year, sex;
};

static enum err_code check_id_card(const struct fact *f, const struct identity *p, struct err *e)
{
	struct gb11643 card;
	enum gb11643_fault fault = gb11643_read(*p->number, &card);
	if (fault != GB11643_FINE)
		return no(e, "/body/document_number", gb11643_rule(fault));
	if (card.birth_date > day_of(f->at))
		return no(e, "/body/document_number", gb11643_rule(GB11643_DATE));
	if (p->birth_date != ABSENT && p->birth_date != card.birth_date)
		return no(e, "/body/birth_date", "the day of birth is not the one in the identity number");
	char day[DAY_TEXT_N];
	int64_t year = 0;
	day_format(card.birth_date, day);
	if (p->birth_year != ABSENT && (!str_to_i64((struct str){day, 4}, &year) || p->birth_year != year))
		return no(e, "/body/birth_year", "the year of birth is not the one in the identity number");
	if ((p->sex == SEX_FEMALE || p->sex == SEX_MALE) && p->sex != (int64_t)card.sex)
		return no(e, "/body/sex", "the sex is not the one in the identity number");
	return OK;
}

static enum err_code check_birth(const struct fact *f, const struct identity *p, struct err *e)
{
	int32_t today = day_of(f->at);
	char day[DAY_TEXT_N];
	int64_t year = 0;
	day_format(today, day);
	if (p->birth_date != ABSENT && p->birth_date > today)
		return no(e, "/body/birth_date", "the day of birth lies after the fact");
	if (p->birth_year != ABSENT && str_to_i64((struct str){day, 4}, &year) && p->birth_year > year)
		return no(e, "/body/birth_year", "the year of birth lies after the fact");
	if (p->birth_date == ABSENT || p->birth_year == ABSENT)
		return OK;
	day_format((int32_t)p->birth_date, day);
	if (str_to_i64((struct str){day, 4}, &year) && p->birth_year != year)
		return no(e, "/body/birth_year", "day and year of birth do not agree");
	return OK;
}

static enum err_code check_identity(struct ledger_tx *tx, const struct fact *f, struct identity *p,
				    struct err *e)
{
	bool numbered = p->number->p != NULL;
	bool typed = p->type != ABSENT && p->type != DOCUMENT_NONE;
	if (numbered && !typed)
		return err_set(e, ERR_MISSING_FIELD, "/body/document_type",
			       "a document number needs the type of the document");
	if (typed && !numbered)
		return err_set(e, ERR_MISSING_FIELD, "/body/document_number",
			       "this type of document has a number");
	if (numbered) {
		*p->number = people_document_normal(tx->arena, *p->number);
		if (p->number->n == 0)
			return no(e, "/body/document_number", "letters or digits are expected");
	}
	if (p->phone->p) {
		*p->phone = people_phone_normal(tx->arena, *p->phone);
		if (p->phone->n < 3)
			return no(e, "/body/phone", "at least three digits are expected");
	}
	enum err_code rc = check_birth(f, p, e);
	if (rc == OK && p->type == DOCUMENT_ID_CARD)
		rc = check_id_card(f, p, e);
	return rc;
}

/* Persons of this county who are known by the same number. The index knows the number alone: two documents of
 * different types with one number are looked at by a human as well. */
static enum err_code find_duplicates(struct ledger_tx *tx, struct id person, struct str number,
				     struct fact_list *out, struct err *e)
{
	*out = (struct fact_list){0};
	if (!number.p)
		return OK;
	struct id found[SUBJECTS_MAX];
	size_t found_n = 0, n = 0;
	enum err_code rc = keyring_find(ledger_keyring(tx->l), "document_number", number, found,
					ARRAY_N(found), &found_n, e);
	struct id *others = ARENA_ARRAY(tx->arena, struct id, PEOPLE_DUPLICATES_MAX);
	for (size_t i = 0; rc == OK && i < found_n && n < PEOPLE_DUPLICATES_MAX; i++) {
		int64_t key = 0;
		if (id_eq(found[i], person))
			continue;
		rc = ledger_key_known(tx, "person", found[i], &key, e);
		if (rc == ERR_BAD_VALUE) /* the id stands for something else in this county */
			rc = OK;
		else if (key > 0)
			others[n++] = found[i];
	}
	if (rc == OK)
		*out = (struct fact_list){others, n};
	return rc;
}

static enum err_code check_tags(const struct fact_list *tags, struct err *e)
{
	const struct str *t = tags->p;
	for (size_t i = 0; i < tags->n; i++)
		if (str_trim(t[i]).n != t[i].n)
			return no(e, "/body/tags", "a tag has no blanks at its ends");
	return OK;
}

/* What a registration and a correction have in common. */
static enum err_code check_said(struct ledger_tx *tx, struct fact *f, struct identity *p, const struct fact_list *tags,
				struct id person, struct fact_list *duplicate_of, struct err *e)
{
	enum err_code rc = check_identity(tx, f, p, e);
	if (rc == OK)
		rc = check_tags(tags, e);
	return rc == OK ? find_duplicates(tx, person, *p->number, duplicate_of, e) : rc;
}

enum err_code people_check_registered(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct people_person_registered *b = f->body;
	struct identity p = {b->document_type, &b->document_number, &b->phone,
			     b->birth_date,    b->birth_year,       b->sex};
	return check_said(tx, f, &p, &b->tags, b->person, &b->duplicate_of, e);
}

enum err_code people_check_corrected(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	struct people_person_corrected *b = f->body;
	struct identity p = {b->document_type, &b->document_number, &b->phone,
			     b->birth_date,    b->birth_year,       b->sex};
	return check_said(tx, f, &p, &b->tags, b->person, &b->duplicate_of, e);
}

enum err_code people_check_tagged(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	(void)tx;
	const struct people_person_tagged *b = f->body;
	if (b->until != ABSENT && b->until <= f->at)
		return no(e, "/body/until", "the end must be later than the fact");
	return check_tags(&(struct fact_list){&b->tag, 1}, e);
}
