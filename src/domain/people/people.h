/* SPDX-License-Identifier: Apache-2.0
 *
 * people.h - 人员底册. Who lives where, in which household, since when; which places and areas there are; who
 * works here.
 *
 * Owns the facts people.* (their bodies stand below), the tables area, area_alias, household, place, person,
 * person_event, person_tag, person_link, person_duplicate, unit and user_account, and the duty people.merge.
 * Other domains read them through the queries in people_queries.c; they never write them.
 *
 * The register is dated: a person belongs to a round that opens at T when from_at <= T, stay_from <= T and (until_at = 0 or
 * until_at > T) and canon = key. A person's row is a pure fold over the facts about that person
 * (person_event) in the order of (at, id), so the order of arrival does not matter.
 *
 * No personal value ever reaches a table, an error text or a query: names, documents, phones, birth dates and
 * addresses stay in the sealed part of the facts. people_open reads them; its caller records each reading
 * (fact house.personal_opened).
 */
#ifndef SUSHUI_DOMAIN_PEOPLE_H
#define SUSHUI_DOMAIN_PEOPLE_H

#include "ledger/ledger.h"
#include "ledger/query.h"

enum people_document {
	DOCUMENT_ID_CARD,
	DOCUMENT_PASSPORT,
	DOCUMENT_PERMIT,
	DOCUMENT_BIRTH_CERTIFICATE,
	DOCUMENT_OTHER,
	DOCUMENT_NONE
};
extern const char *const people_documents[];
enum people_sex { SEX_FEMALE, SEX_MALE, SEX_OTHER };
extern const char *const people_sexes[];
enum people_place {
	PLACE_HOME,
	PLACE_WORK,
	PLACE_SCHOOL,
	PLACE_MARKET,
	PLACE_SHOP,
	PLACE_RESTAURANT,
	PLACE_CLINIC,
	PLACE_HOSPITAL,
	PLACE_CARE_HOME,
	PLACE_TRANSPORT,
	PLACE_LEISURE,
	PLACE_WORSHIP,
	PLACE_OTHER
};
extern const char *const people_places[];
enum people_departure {
	DEPARTED_MOVED_AWAY,
	DEPARTED_DECEASED,
	DEPARTED_STAY_ENDED,
	DEPARTED_REGISTERED_IN_ERROR,
	DEPARTED_OTHER
};
extern const char *const people_departures[];
enum people_unit {
	UNIT_COMMAND,
	UNIT_HEALTH_OFFICE,
	UNIT_CDC,
	UNIT_HOSPITAL,
	UNIT_LABORATORY,
	UNIT_COMMUNITY,
	UNIT_ISOLATION_SITE,
	UNIT_TRANSPORT,
	UNIT_POLICE,
	UNIT_SUPPLY,
	UNIT_OTHER
};
extern const char *const people_units[];

struct people_area_declared { /* one version of an area; versions of a code are told apart by valid_from */
	int64_t code;
	struct str name;
	int64_t parent;     /* absent = the area one level above by the code */
	int64_t valid_from; /* day */
	int64_t valid_to;   /* first day on which this version no longer holds; absent = still holds */
	double lon, lat;
};
struct people_area_aliased { /* another name of an area, or what became of it */
	int64_t code;
	struct str alias;
	int64_t valid_from, valid_to; /* days, as above; absent = always */
	int64_t successor;            /* code of the area it became part of */
};
struct people_household_registered {
	struct id household;
	struct str address; /* personal */
	struct str building, unit;
};
struct people_place_registered {
	struct id place;
	struct str name;
	int64_t type; /* enum people_place */
	struct id parent;
	double lon, lat;
};
struct people_person_registered {
	struct id person, household;
	struct str name;            /* personal */
	int64_t document_type;      /* enum people_document, open; absent = none */
	struct str document_number; /* personal, indexed */
	struct str phone;           /* personal, indexed */
	int64_t birth_date;         /* personal; day */
	int64_t birth_year, sex, resident;
	struct fact_list tags;
	int64_t from_at;               /* in the register since; absent = at */
	struct fact_list duplicate_of; /* derived: persons already known by the same document */
};
struct people_person_corrected { /* what is given replaces what was said before; what is absent stays */
	struct id person, household;
	struct str name;
	int64_t document_type;
	struct str document_number, phone;
	int64_t birth_date;
	int64_t birth_year, sex, resident;
	struct fact_list tags; /* added; people.person_untagged takes one away */
	struct fact_list duplicate_of;
};
struct people_person_moved {
	struct id person, household;
	int64_t from_at; /* absent = at */
};
struct people_person_departed { /* leaves the register when the fact happened (at) */
	struct id person;
	int64_t reason; /* enum people_departure */
};
struct people_person_tagged {
	struct id person;
	struct str tag;
	int64_t until; /* instant; absent = without end */
};
struct people_person_untagged {
	struct id person;
	struct str tag;
};
struct people_persons_merged { /* both are one human being; the first is the one that is kept */
	struct id person, other;
	struct str reason;
};
struct people_persons_unmerged { /* they are two: takes a merge back, or rejects a suspicion */
	struct id person, other;
	struct str reason;
};
struct people_unit_registered {
	struct id unit;
	struct str name;
	int64_t type; /* enum people_unit */
};
struct people_user_registered { /* stated whole each time; lifts a suspension */
	struct id user;
	struct str login, display_name;
	struct fact_list roles; /* names of roles.def */
	struct id unit;
};
struct people_user_suspended {
	struct id user;
};

extern const struct domain people_domain;
extern const struct query people_queries[];

/* A suspected pair is to be decided within this time after both are known: it is counted twice until then. */
#define PEOPLE_MERGE_DUE_MS MS_PER_DAY
/* Persons of one document that one fact can point at. */
#define PEOPLE_DUPLICATES_MAX 16

/* ---- personal data --------------------------------------------------------------------------- */
struct people_personal { /* absent members are empty or ABSENT */
	struct str name, document_number, phone, address;
	int64_t document_type;
	int64_t birth_date;
	struct id household;
};
/* Opens what is known of a person: the newest value of each part. The address is that of the present
 * household. Texts are in the arena. Where a key was destroyed its parts are absent; ERR_ERASED when nothing
 * of the person can be opened any more, ERR_NOT_FOUND when no such person was registered. The caller records
 * the reading. Cost: one decryption per fact that told of the person, mostly one. */
enum err_code people_open(struct db *db, struct keyring *keyring, struct arena *a, int64_t county,
			  struct id subject, struct people_personal *out, struct err *e);

/* ---- areas ----------------------------------------------------------------------------------- */
struct people_area {
	int64_t code;
	struct str name;   /* of the version found */
	int64_t successor; /* 0 = none known */
	bool valid;        /* holds on the day asked for */
};
/* Areas of a county whose code, name or alias is `text`, those valid on the day first; names are in the
 * arena. None found is OK with *n = 0. Directories change (merged, renamed, one code with two names over
 * time), so an area that is not valid on the day is still given, marked as such. */
enum err_code people_area_find(struct db *db, struct arena *a, int64_t county, struct str text, int32_t day,
			       struct people_area *out, size_t most, size_t *n, struct err *e);

/* ---- users ----------------------------------------------------------------------------------- */
/* The user of that login as an actor. county 0 searches all counties. ERR_BAD_LOGIN when there is none, or
 * more than one; ERR_FORBIDDEN when suspended. The password is the keyring's matter. */
enum err_code people_actor(struct db *db, int64_t county, struct str login, struct id *user,
			   struct actor *out, struct err *e);
/* The same by id, for a session that is already open: ERR_NOT_SIGNED_IN when unknown, ERR_FORBIDDEN when
 * suspended. */
enum err_code people_actor_of(struct db *db, int64_t county, struct id user, struct actor *out,
			      struct err *e);

/* ---- inside the domain ----------------------------------------------------------------------- */
enum err_code people_check_registered(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code people_check_corrected(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code people_check_tagged(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code people_check_user(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code people_apply_user(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code people_apply_suspended(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code people_apply_link(struct ledger_tx *tx, const struct fact *f, struct err *e);
/* Notes that `person` and each of `others` have the same document. */
enum err_code people_note_duplicates(struct ledger_tx *tx, struct id person, const struct fact_list *others,
				     struct err *e);
/* Derives the merge duties that name the person. */
enum err_code people_refresh_duties(struct ledger_tx *tx, int64_t person, struct err *e);

/* The second path of the audit (people_audit.c). */
struct audit *people_audit_new(struct arena *a);
void people_audit_fact(struct audit *audit, const struct fact *f);
enum err_code people_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences,
				   struct err *e);

#endif
