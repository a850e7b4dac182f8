/* SPDX-License-Identifier: Apache-2.0
 *
 * house.h - the facts the ledger itself lives by: outbreaks, the protocol editions they follow, waivers, erasures, and the record of
 * every read of personal data. Owns house.* and the tables outbreak, edition, erasure, personal_read.
 */
#ifndef SUSHUI_LEDGER_HOUSE_H
#define SUSHUI_LEDGER_HOUSE_H

#include "ledger/ledger.h"
#include "ledger/query.h"

struct house_outbreak_declared {
	struct id outbreak;
	struct str name, disease;
	int64_t exercise; /* 1 = a drill: screens carry a watermark */
};
struct house_edition_adopted {
	struct id outbreak;
	struct str edition; /* id of a protocol file */
	int64_t from_at;
	int64_t transition; /* what happens to regimens that run then: enum protocol_transition */
	int64_t apply_at;   /* for at_date */
};
struct house_duty_waived {
	struct str duty;    /* kind of duty */
	struct id subject;
	int64_t part;       /* of the duty, when it is a number */
	struct id part_id;  /* when it is an entity */
	struct str reason;
};
struct house_subject_erased {
	struct id subject;  /* person, household or case whose key is destroyed */
	struct str rule;    /* retention rule or request that asks for it */
};
struct house_personal_opened {
	struct fact_list subjects;
	struct str purpose; /* a duty or a case, in words that an auditor understands */
	struct id duty_subject;
};

/* For a domain that destroys the key of an entity of its own (ledger_to_destroy): notes the erasure, so that a start after a crash and
 * a restored backup finish it. While applying. */
enum err_code house_note_erasure(struct ledger_tx *tx, int64_t subject, int64_t at, struct str rule, struct err *e);

extern const struct domain house_domain;
extern const struct query house_queries[];
extern const struct query_computed house_computed[];

#endif
