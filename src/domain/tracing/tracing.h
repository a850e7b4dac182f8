/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing.h - 流调溯源. Who is a case, who met whom, what must each contact do by when, and who may go free?
 *
 * Owns the facts tracing.* (their bodies stand below), the tables case_event, case_file, visit, visit_event, visit_change, visit_load,
 * visit_retention, contact_link, contact_event, contact, contact_unmet and positive_tube, and the duties tracing.*. Other domains read them through tracing_queries.c and
 * never write them. It reads testing's named statement testing_person_swabs and the register of people.
 *
 * Order of arrival does not matter: the *_event tables, visit and contact_link only grow; whatever else stands in the tables and
 * every duty is a pure function of them (tracing_case.c, tracing_regimen.c). The machine proposes; nobody is restricted
 * before tracing.contact_classified is signed, and every date in it comes from the protocol edition it was signed under.
 */
#ifndef SUSHUI_DOMAIN_TRACING_H
#define SUSHUI_DOMAIN_TRACING_H

#include "ledger/ledger.h"
#include "ledger/query.h"

struct protocol;
struct protocol_stage;
struct protocol_tier;

enum tracing_class { CASE_CONFIRMED, CASE_ASYMPTOMATIC, CASE_SUSPECTED };
extern const char *const tracing_classes[];
enum tracing_found { FOUND_ISOLATION, FOUND_HOME, FOUND_CLOSED_LOOP, FOUND_SCREENING, FOUND_CLINIC, FOUND_OTHER };
extern const char *const tracing_founds[];
enum tracing_place { AT_CENTRAL, AT_HOME, AT_HOSPITAL };
extern const char *const tracing_places[];
enum tracing_source { SOURCE_INTERVIEW, SOURCE_CODE_SCAN, SOURCE_PAYMENT, SOURCE_CAMERA, SOURCE_TICKET, SOURCE_RECORD, SOURCE_OTHER };
extern const char *const tracing_sources[];
enum tracing_evidence { EVIDENCE_INTERVIEW, EVIDENCE_HOUSEHOLD, EVIDENCE_SEAT, EVIDENCE_RECORD };
extern const char *const tracing_evidences[];
enum tracing_half { HALF_AM, HALF_PM };
extern const char *const tracing_halves[];
enum tracing_contact_state {
	CONTACT_RUNNING = 1,  /* under the regimen */
	CONTACT_RELEASED = 2, /* released by a signature */
	CONTACT_CASE = 3,     /* became a case */
	CONTACT_LAPSED = 4,   /* the ground is gone (case withdrawn, tier abolished by a new edition): to be released at once */
};
extern const char *const tracing_contact_states[]; /* by state; [0] is "none" */
extern const char *const tracing_conditions[];     /* by enum protocol_condition */

struct tracing_case_opened {
	struct id case_;
	struct id person;
	int64_t class;            /* enum tracing_class */
	int64_t found_by;         /* enum tracing_found */
	int64_t onset_at;         /* absent: no symptoms so far */
	int64_t sampled_at;       /* first positive sampling */
	int64_t last_negative_at; /* only for a person tested in series: newest negative sampling before it */
	struct id tube;           /* the positive tube */
};
struct tracing_case_revised { /* a correction; what is absent stays as it was */
	struct id case_;
	int64_t class;
	int64_t onset_at;
	int64_t withdrawn;        /* 1: the case was none; 0: it is one after all */
	struct str reason;
};
struct tracing_case_isolated {
	struct id case_;
	int64_t place;            /* enum tracing_place */
};
struct tracing_interview_recorded {
	struct id case_;
	int64_t complete;         /* 1: the form is complete and the contacts are determined */
	struct str notes;
};
struct tracing_visit_recorded {
	struct id visit;
	struct id person;
	struct id place;
	int64_t from_at, until_at; /* [from, until); until absent = not known, taken as from */
	int64_t source;            /* enum tracing_source */
};
struct tracing_visit_withdrawn {
	struct id visit;
};
struct tracing_visits_loaded { /* many stays at once, from a file; they stand in the visit store (engine.h), this fact says so */
	struct str source;         /* "checkpoint passes, north gate" */
	int64_t rows, accepted, rejected; /* rows = accepted + rejected */
	struct str sha256;         /* of the file */
	int64_t first_day, last_day; /* on which accepted stays begin; absent when none was */
};
struct tracing_visits_dropped { /* retention: stays that begin before this day are forgotten, now and when they come later */
	int64_t before;
	struct str rule;
};
struct tracing_contact_named {
	struct id link;
	struct id case_;
	struct id person;
	struct str setting;        /* id of a setting of the protocol, or a word of its own */
	int64_t first_at, last_at;
	int64_t evidence;          /* enum tracing_evidence */
	struct str note;
};
struct tracing_contact_unnamed {
	struct id link;
};
struct tracing_contact_classified { /* the order that restricts a person; signed by the fact's `by` */
	struct id person;
	struct id case_;
	struct str tier;           /* id of a tier of the protocol */
	int64_t first_exposure_at, last_exposure_at;
	struct id linked_person;   /* the close contact through whom this person is a secondary one */
	int64_t place;             /* enum tracing_place: ordered instead of the tier's place (special groups) */
	struct str basis;          /* legal basis; absent = the protocol's */
	struct fact_list evidence; /* ids of links and visits */
	struct str reason;
	int64_t ends_at;           /* derived: earliest regular release */
	struct str clause;         /* derived: edition and tier */
	struct str grounds;        /* derived: the legal basis in force */
};
struct tracing_contact_secured { /* is in place */
	struct id person;
	int64_t place;
};
struct tracing_health_checked {
	struct id person;
	double temperature;        /* degrees Celsius */
	struct fact_list symptoms; /* ids of the protocol's symptoms, or words; empty = none */
	int64_t half;              /* enum tracing_half */
};
struct tracing_measure_given { /* vaccine or prophylaxis of the tier */
	struct id person;
	struct str measure;        /* id of a measure of the protocol */
};
struct tracing_environment_sampled { /* room and belongings of a contact */
	struct id person;
	int64_t negative;          /* 1: all samples negative */
};
struct tracing_regimen_reset { /* the count of days begins again */
	struct id person;
	struct id case_;
	int64_t anchor_at;         /* the instant from which day 1 is counted now */
	struct str reason;
};
struct tracing_contact_released {
	struct id person;
	struct id case_;
	int64_t early;             /* 1: although conditions are unmet; the reason says why */
	struct str reason;
};
struct tracing_contact_appealed {
	struct id person;
	struct str text;
};
struct tracing_appeal_answered {
	struct id person;
	int64_t granted;           /* 1: the person was right; what follows is signed as a fact of its own */
	struct str answer;
};

/* What the governing signature makes a contact do and where, stage by stage, as far as it is known now. For domains that care for people
 * where they stay. */
struct tracing_stage_span {
	int64_t from, until; /* until INT64_MAX: not ended so far */
	int64_t place;       /* enum protocol_place; an ordered place replaces that of every stage */
	const struct protocol_stage *stage; /* of the last one for isolation that a sign added */
	bool added;          /* by a sign of illness, behind the tier's own stages */
};
struct tracing_course { /* in the transaction's arena */
	int64_t person;      /* the record that merges keep */
	int64_t known_at;    /* since when the person is signed as a contact of that tier */
	int64_t ends_at;     /* earliest regular release */
	int64_t outbreak, area;
	const struct protocol *protocol;
	const struct protocol_tier *tier;
	const struct tracing_stage_span *span; /* by from; what the end of the regimen overtook is left out */
	size_t span_n;       /* 0: nobody signed anything, or it was over before it began */
};
enum err_code tracing_course_read(struct ledger_tx *tx, int64_t person, struct tracing_course *out, struct err *e);

/* The outbreak a case belongs to. ERR_NOT_FOUND when the county has no such case. */
enum err_code tracing_case_outbreak(struct db *db, int64_t county, struct id case_id, struct id *outbreak, struct err *e);

/* ---- for other domains (tracing_placed.c, tracing_watch.c) ------------------------------------------------------ */

/* While folding fact f of another domain: it says that this person is in place now, and counts as tracing.contact_secured does: discharges
 * tracing.transfer and tracing.move, stops contact_in_isolation. as_case: taken in as a case (a ward, a site of kind cases), which isolates the
 * person's case as tracing.case_isolated does and stops positive_transfer. One fact may place several persons. */
enum err_code tracing_person_placed(struct ledger_tx *tx, const struct fact *f, struct id person, enum tracing_place place, bool as_case,
				    struct err *e);
/* Likewise: room and belongings of this person were sampled; counts as tracing.environment_sampled does. */
enum err_code tracing_room_sampled(struct ledger_tx *tx, const struct fact *f, struct id person, bool negative, struct err *e);
/* That fact of another domain was a mistake: what it said of this person no longer counts, in whatever order both come. */
enum err_code tracing_placement_void(struct ledger_tx *tx, struct id fact, struct id person, struct err *e);
/* Whether tracing knows this key at all: persons signed, placed or cases, and their tubes. Memory only; may say yes too often. */
bool tracing_watched(int64_t county, int64_t key);

extern const struct domain tracing_domain;
extern const struct query tracing_queries[];
extern const struct query tracing_trace_queries[]; /* those of the engine (engine.h) */
extern const struct query tracing_chain_queries[], tracing_since_queries[];
extern const struct query_computed tracing_computed[];

#endif
