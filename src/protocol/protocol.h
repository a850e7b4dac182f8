/* SPDX-License-Identifier: Apache-2.0
 *
 * protocol.h - the rules of one disease in one edition, as data.
 *
 * Answers: who counts as a contact of which tier, where and for how many days such a person stays, tested on
 * which days, moved within how many minutes, released under which conditions; how zones step down; how
 * tubes are pooled; and with which confidence each number is known.
 *
 * A protocol is read from a YAML file (protocols/x.yaml, docs/protocols.md) into the caller's arena and is
 * constant afterwards: every pointer and str below lives as long as that arena. Loading checks everything:
 * a file that loads can be judged by without further checks. The file's own examples are run while it is
 * loaded.
 *
 * Judging (protocol_regimen, protocol_release, protocol_upgrade, protocol_zone_unmet ...) is pure: no clock,
 * no store, no allocation. Instants are UTC milliseconds; days are local calendar days of the process
 * (core/caltime.h). The module never decides: what it returns are proposals and duties; only a signed order
 * restricts anyone.
 */
#ifndef SUSHUI_PROTOCOL_PROTOCOL_H
#define SUSHUI_PROTOCOL_PROTOCOL_H

#include "core/arena.h"
#include "core/err.h"

#define PROTOCOL_TEXT_MAX ((size_t)1024 * 1024) /* bytes of one file */
#define PROTOCOL_DEPTH_MAX 12                   /* nested lists and mappings */
#define PROTOCOL_NODES_MAX 60000                /* scalars, lists and mappings of one file */
#define PROTOCOL_STAGE_DAYS_MAX 120
#define PROTOCOL_STAGES_MAX 6
#define PROTOCOL_TESTS_MAX 40 /* test days in one stage */
#define PROTOCOL_CHECKS_MAX 4 /* health checks a day */
#define PROTOCOL_NO_TIME INT64_MIN /* "not known" for every instant below */
#define PROTOCOL_NO_LIMIT (-1)     /* "the edition sets no limit" */

/* ---- words ---- */

/* How sure a value is. F official text or official statement; L a local rule; P a weak page, check before
 * relying on it; R remembered, not confirmed; D derived from found figures. P and R are listed by
 * protocol_unconfirmed. */
enum protocol_mark { MARK_F, MARK_L, MARK_P, MARK_R, MARK_D, MARK__N };

/* From which instant a rule counts. The name in the file is the lower-case word without the prefix. */
enum protocol_anchor {
	ANCHOR_ONSET,                   /* first symptom of the case */
	ANCHOR_RASH_ONSET,              /* first day of rash (measles, mpox) */
	ANCHOR_FIRST_POSITIVE_SAMPLING, /* sampling of the first positive specimen */
	ANCHOR_LAST_NEGATIVE_SAMPLING,  /* last negative specimen before it, for people tested in series */
	ANCHOR_FIRST_EXPOSURE,
	ANCHOR_LAST_EXPOSURE,
	ANCHOR_ARRIVAL,               /* arrival in the area */
	ANCHOR_LEFT_ZONE,             /* left the risk zone */
	ANCHOR_SITE_ENTRY,            /* entered the isolation site, or the country's port of entry */
	ANCHOR_LAST_POSITIVE_REMOVED, /* last positive person left the place or the unit */
	ANCHOR_DISINFECTION_ENDED,    /* end of terminal disinfection */
	ANCHOR_NOTICE_EFFECTIVE,      /* effective time of the notice or order */
	ANCHOR_DISCHARGED,            /* left hospital */
	ANCHOR_DUTY_ENDED,            /* last shift in a closed loop */
	ANCHOR_IDENTIFIED,            /* the person was found to belong to the tier */
	ANCHOR_LAST_SIGN,             /* newest sign of illness during follow-up */
	ANCHOR__N
};

/* Where a stage is spent; self: wherever the person lives. */
enum protocol_place { STAY_CENTRAL, STAY_HOME, STAY_HOSPITAL, STAY_SELF, STAY__N };
enum protocol_stage_kind { STAGE_ISOLATION, STAGE_MONITORING, STAGE__N };
/* none: may not leave; approved: only with leave of the community and its vehicle; free */
enum protocol_exit { EXIT_NONE, EXIT_APPROVED, EXIT_FREE, EXIT__N };
enum protocol_assay { ASSAY_NAT, ASSAY_ANTIGEN, ASSAY__N };
/* Who does a health check. */
enum protocol_observer { OBSERVE_SELF, OBSERVE_PHONE, OBSERVE_VISIT, OBSERVE_STAFF, OBSERVE__N };
/* Day 1 is the day after the anchor's day, or that day. */
enum protocol_day_one { DAY_ONE_NEXT, DAY_ONE_SAME, DAY_ONE__N };
/* What a zone asks of the people in it, from the strictest: stay at home, stay in the zone, no gathering. */
enum protocol_programme { PROGRAMME_NONE, PROGRAMME_STAY_HOME, PROGRAMME_STAY_IN_ZONE, PROGRAMME_AVOID_GATHERING, PROGRAMME__N };
/* How those who stay get what they need: brought to the door, or fetched by turns from a point of the zone. */
enum protocol_supply { SUPPLY_NONE, SUPPLY_DOOR, SUPPLY_PICK_UP, SUPPLY__N };
/* Who decides: the command of which level. */
enum protocol_level { LEVEL_COUNTY, LEVEL_PREFECTURE, LEVEL_PROVINCE, LEVEL__N };
enum protocol_population { POOL_ISOLATION, POOL_KEY, POOL_SEALED, POOL_CONTROLLED, POOL_OTHER, POOL__N };
/* What a new edition does to regimens that run already. */
enum protocol_transition { TRANSITION_IMMEDIATE, TRANSITION_NEW_ONLY, TRANSITION_AT_DATE, TRANSITION__N };

/* Conditions of release. In a file: the lower-case word. */
enum protocol_condition {
	COND_STAGE_DAYS_OVER, /* all stages have run their days */
	/* no own test positive or without result; an inconclusive one is settled by a later negative */
	COND_OWN_TESTS_NEGATIVE,
	COND_LAST_TEST_DONE,            /* a negative sample taken on or after the last test day */
	COND_LINKED_FIRST_TWO_NEGATIVE, /* the linked contact's first two tests are negative */
	COND_NO_SIGNS,                  /* no sign of illness at present */
	COND_ENVIRONMENT_NEGATIVE,      /* samples of room and belongings negative */
	COND__N
};

/* What moves a person to another tier. */
enum protocol_trigger {
	TRIGGER_NONE,
	TRIGGER_LINKED_FIRST_TWO_POSITIVE, /* test 1 or 2 of the linked contact is positive */
	TRIGGER_OWN_POSITIVE,              /* an own test is positive */
	TRIGGER_SIGN,                      /* a sign of illness */
	TRIGGER__N
};

/* The word of a value as it stands in files ("last_exposure", "central", ...); for JSON and screens. */
const char *protocol_mark_word(enum protocol_mark v); /* "F" ... "D" */
const char *protocol_anchor_word(enum protocol_anchor v);
const char *protocol_place_word(enum protocol_place v);
const char *protocol_stage_word(enum protocol_stage_kind v);
const char *protocol_exit_word(enum protocol_exit v);
const char *protocol_assay_word(enum protocol_assay v);
const char *protocol_observer_word(enum protocol_observer v);
const char *protocol_condition_word(enum protocol_condition v);
const char *protocol_transition_word(enum protocol_transition v);
const char *protocol_population_word(enum protocol_population v);
const char *protocol_programme_word(enum protocol_programme v);
const char *protocol_supply_word(enum protocol_supply v);
const char *protocol_level_word(enum protocol_level v);

/* ---- values with their evidence ---- */

struct protocol_note {
	enum protocol_mark mark;
	struct str source; /* "[2][4]": numbers of the file's `sources` map; may be empty for R and D */
	struct str why;    /* remark of the editor: what is uncertain, or why a value is absent; may be empty */
	int32_t line;      /* of the file; 0 when the value is not set */
};

struct protocol_text { /* one text in both languages */
	struct str en, zh;
};

struct protocol_num { /* a whole number; durations are minutes */
	int32_t v;
	bool set; /* false: the edition gives no value; v is 0 */
	struct protocol_note note;
};

struct protocol_nums { /* a list of whole numbers, ascending where they are days */
	const int32_t *v;
	size_t n;
	struct protocol_note note;
};

struct protocol_words { /* a list of texts */
	const struct str *v;
	size_t n;
};

struct protocol_source {
	int32_t number;
	struct str text; /* public title or address */
};

/* ---- parts of a protocol ---- */

/* The look-back of a case. The first window of the file whose anchor is known (and whose `serial` fits)
 * counts. */
struct protocol_window {
	struct str id;
	struct protocol_text name;
	enum protocol_anchor anchor;
	bool serial;                   /* only for cases found by repeated testing */
	struct protocol_num from_days; /* <= 0: days before the anchor's day; begins at local midnight */
	/* days after the anchor's day, to the end of that day; not set = until isolated */
	struct protocol_num to_days;
};

struct protocol_setting { /* a way of being exposed */
	struct str id, tier; /* tier: id of the tier that it puts people in */
	struct protocol_text name;
	struct protocol_num distance_cm, minutes, rows; /* thresholds where the edition sets them */
	struct protocol_note note;
};

struct protocol_stage {
	enum protocol_place place;
	uint32_t also; /* bit 1u << place: other places that may be chosen */
	enum protocol_stage_kind kind;
	struct protocol_num days;           /* >= 1 */
	struct protocol_num checks_per_day; /* 0 = none */
	enum protocol_observer observer;    /* who does these checks */
	enum protocol_exit exit;
	struct protocol_nums tests; /* days of this stage, 1 = its first day */
	enum protocol_assay assay;
	/* A stage may begin on a day counted from another anchor (measles: day 5 after the first exposure). */
	enum protocol_anchor start_anchor;
	struct protocol_num start_day; /* not set: right after the stage before it */
	struct protocol_text clause;   /* what the person is told; may be empty */
	struct protocol_note note;
};

struct protocol_measure { /* something due once, within a time of an anchor: vaccine after exposure, ... */
	struct str id;
	struct protocol_text name;
	enum protocol_anchor anchor;
	struct protocol_num within_min;
	struct protocol_text who; /* for whom; a person decides */
};

struct protocol_upgrade_rule {
	enum protocol_trigger trigger;
	struct str to; /* id of a tier, or "case" */
	struct protocol_note note;
};

struct protocol_tier {
	struct str id; /* "close_contact" */
	struct protocol_text name;
	bool enabled; /* false: the edition knows the class and has abolished it; note.why says so */
	struct str variant_of; /* id of the tier this is a variant of; empty = none. note.why: who chooses */
	enum protocol_anchor anchor;
	enum protocol_day_one day_one;
	/* only who was exposed within these days; not set = the exposure window */
	struct protocol_num lookback_days;
	struct protocol_num within_min;     /* from identified to in place (transfer deadline) */
	struct protocol_num found_after_tests; /* tests when found after the whole regimen has run out */
	const struct protocol_stage *stage;
	size_t stage_n; /* 0 when not enabled */
	uint32_t release; /* bit 1u << enum protocol_condition */
	const struct protocol_upgrade_rule *upgrade;
	size_t upgrade_n;
	/* The regimen starts again from this instant when it is later than `anchor`. ANCHOR__N = no reset rule. */
	enum protocol_anchor reset_anchor;
	struct protocol_num reset_days; /* days of the first stage after a reset; not set = its own days again */
	/* A sign of illness adds isolation: this many days from ANCHOR_LAST_SIGN, past the end if need be. */
	struct protocol_num sign_isolation_days;
	/* may be released from this day on when `release` is met; not set = no */
	struct protocol_num early_release_day;
	struct protocol_words exemptions;      /* evidence that frees from the regimen ("two documented doses") */
	enum protocol_transition transition;   /* for regimens that run when this edition comes into force */
	int32_t transition_day;                /* TRANSITION_AT_DATE: local day from which they change over */
	const struct protocol_measure *measure;
	size_t measure_n;
	struct protocol_text clause;
	struct protocol_note note;
};

/* Names in use: report, cdc_review, positive_transfer, core_facts, zone_publish, contact_in_isolation,
 * secondary_in_isolation, request_find, request_control, request_other, investigation, preliminary_report,
 * first_round_sealed, first_round_controlled, area_round, site_inquiry, event_report, swab_to_close,
 * close_to_send, send_to_receive, receive_to_result, result_to_report, swab_to_report, room_temperature,
 * cold, report_fever, report_inpatient, report_voluntary, pool_control, pool_retest, urgent_request,
 * code_appeal, site_setup, terminal_disinfection. */
struct protocol_limit {
	struct str name;
	struct protocol_num min;
	struct protocol_text clause; /* from which fact to which fact */
};

struct protocol_pools {
	struct protocol_num size[POOL__N]; /* default size by population */
	struct protocol_nums allowed;      /* sizes that a campaign may choose */
	/* sealed: one household in one tube, at most so many; not set = not allowed */
	struct protocol_num household_max;
	bool lab_repool;                   /* may a laboratory mix tubes that are mixed already */
	struct protocol_text positive;     /* what is done with the members of a positive tube */
	struct protocol_num retest_single; /* 1: members are sampled again one by one */
	struct protocol_note note;
};

struct protocol_zone_test {
	struct protocol_num day; /* of the zone, 1 = first full day */
	enum protocol_assay assay;
};

struct protocol_zone {
	struct str id; /* "high" */
	struct protocol_text name, regime;
	struct protocol_words units;        /* what may be drawn: compound, village, building, ... */
	enum protocol_programme programme;
	enum protocol_supply supply;
	uint32_t declared_by;               /* bit 1u << enum protocol_level; 0 = the edition does not say */
	struct protocol_num lift_with_higher; /* 1: ends when no higher zone is left in the county, whatever the days */
	struct protocol_num found_isolated; /* 1: whoever is found positive in central isolation starts the clock again too */
	struct protocol_num exits_free;     /* 1: no exit may be blocked */
	struct protocol_num keep_per_household; /* may stay when a household is moved out; not set = nobody is moved out */
	struct protocol_num downgrade_days; /* x 24 h without a new infection, from the zone's clock */
	struct str downgrade_to;            /* id of a zone, or "none" */
	struct protocol_num coverage_day;   /* everyone negative in a round on this day; not set = not asked */
	/* everyone negative in a round so many hours before; not set = not asked */
	struct protocol_num cover_within_h;
	/* last contact of the zone so many days past exposure, and negative */
	struct protocol_num contact_days;
	struct protocol_num then_days;      /* days in the lower zone when entered by downgrade (v9: medium 3) */
	const struct protocol_zone_test *test;
	size_t test_n;
	struct protocol_num final_round_h; /* one whole round within so many hours before lifting */
	struct protocol_words reset_on;    /* events that start the clock again */
	struct protocol_text authority, exit;
	struct protocol_note note;
};

/* Area screening: a round every `every_days` until so many clean ones, a pause, more rounds, stop. */
struct protocol_cadence {
	struct protocol_num every_days, clean_rounds, pause_days, final_rounds;
	struct protocol_text trigger, scope_city, scope_rural;
	struct protocol_words exclude; /* who has a schedule of its own and is not counted as missing */
	struct protocol_note note;
};

struct protocol_institution { /* key places: schools, homes for the aged */
	struct protocol_words kinds;
	struct protocol_num first_round;     /* 1: one whole round at once */
	struct protocol_num percent_per_day; /* then */
	struct protocol_note note;
};

struct protocol_occupation {
	struct str id;
	struct protocol_text name;
	struct protocol_num tests_per_week, min_gap_h;
};

struct protocol_discharge { /* of a case */
	struct protocol_num negative_tests, gap_h, ct_at_least, monitor_days;
	struct protocol_nums test_days; /* v10: day 6 and 7 at home */
	struct protocol_text mild_place;
	struct protocol_note note;
};

struct protocol_named { /* a symptom, a role, a special group, ... */
	struct str id;
	struct protocol_text name, rule; /* rule may be empty */
	struct protocol_num n;           /* how many, where that has a meaning */
	struct protocol_note note;
};

struct protocol_proof { /* how old a negative test may be, where */
	struct str id;
	struct protocol_text name;
	struct protocol_num age_h;
	enum protocol_anchor counts_from; /* ANCHOR__N: not said */
};

enum protocol_param_kind { PARAM_ABSENT, PARAM_NUMBER, PARAM_NUMBERS, PARAM_TEXT, PARAM_TEXTS };

/* Any further rule by name ("isolation.rooms_per_10k"); nothing of an edition is lost because no code needs
 * it yet. */
struct protocol_param {
	struct str name;
	enum protocol_param_kind kind;
	double number;
	struct protocol_nums numbers;
	struct str text;
	struct protocol_words texts;
	struct str unit; /* may be empty */
	struct protocol_note note;
};

struct protocol {
	struct str id;      /* "cn-covid19-9" */
	struct str disease; /* "covid19" */
	struct protocol_text disease_name, edition, issuer;
	int32_t effective_day;      /* local day from which the edition is in force */
	struct str jurisdiction;    /* "CN", "WHO", ... */
	struct protocol_text basis; /* the law that restrictions cite */
	struct protocol_text appeal; /* how a person can object */
	struct protocol_note basis_note, appeal_note;
	char digest[65]; /* SHA-256 of the file, hexadecimal: an edition in force is never edited */
	struct str filename;

	const struct protocol_source *source;
	size_t source_n;
	const struct protocol_window *window;
	size_t window_n;
	const struct protocol_setting *setting;
	size_t setting_n;
	const struct protocol_tier *tier;
	size_t tier_n;
	const struct protocol_limit *limit;
	size_t limit_n;
	struct protocol_pools pools;
	const struct protocol_zone *zone;
	size_t zone_n;
	struct protocol_cadence cadence;
	struct protocol_institution institution;
	const struct protocol_occupation *occupation;
	size_t occupation_n;
	struct protocol_discharge discharge;
	const struct protocol_named *symptom;
	size_t symptom_n;
	const struct protocol_named *special; /* special groups and the rule that replaces the tier's */
	size_t special_n;
	const struct protocol_named *role; /* home team; n = how many */
	size_t role_n;
	const struct protocol_proof *proof;
	size_t proof_n;
	const struct protocol_param *param; /* sorted by name */
	size_t param_n;
	const struct protocol_unconfirmed_value *unconfirmed; /* in file order */
	size_t unconfirmed_n;
	size_t example_n, zone_example_n; /* examples that were run */
};

struct protocol_unconfirmed_value {
	struct str path; /* "limits.pool_control", "tiers.close_contact.stages.1.days" */
	struct protocol_note note;
};

/* ---- loading ---- */

/* Reads text (UTF-8 YAML; one document, no anchors, aliases or tags) into arena a and runs its examples.
 * filename is copied and used in messages. On success *out is the protocol. Errors have at = "file:line" and
 * say what was expected: ERR_BAD_YAML (not YAML, alias, failing example), ERR_TOO_LARGE, ERR_TOO_DEEP,
 * ERR_BAD_TEXT, ERR_UNKNOWN_FIELD, ERR_MISSING_FIELD, ERR_DUPLICATE_FIELD, ERR_BAD_VALUE (type, range,
 * undefined reference), ERR_MEMORY. Memory taken before an error stays in the arena. */
enum err_code protocol_load(struct arena *a, struct str text, const char *filename, struct protocol **out,
			    struct err *e);

/* Several loaded protocols, found by id. */
struct protocol_book {
	const struct protocol **protocol; /* sorted by id */
	size_t n;
};
/* Loads every embedded file below protocols/, and, if folder is not NULL, every *.yaml in it. Two files with
 * the same id are refused with ERR_BAD_VALUE: an edition is never replaced, it gets a new id. ERR_FILE when
 * the folder cannot be read. */
enum err_code protocol_book_load(struct arena *a, const char *folder, struct protocol_book *out,
				 struct err *e);
/* NULL when there is none. O(log n). */
const struct protocol *protocol_book_find(const struct protocol_book *book, struct str id);

/* ---- looking up: NULL when there is none; O(n) over a handful, protocol_param O(log n) ---- */

const struct protocol_tier *protocol_tier_find(const struct protocol *p, struct str id);
const struct protocol_zone *protocol_zone_find(const struct protocol *p, struct str id);
const struct protocol_limit *protocol_limit_find(const struct protocol *p, struct str name);
/* Minutes, or PROTOCOL_NO_LIMIT when the edition sets none. */
int32_t protocol_limit_min(const struct protocol *p, struct str name);
const struct protocol_param *protocol_param_find(const struct protocol *p, struct str name);
const struct protocol_source *protocol_source_find(const struct protocol *p, int32_t number);
/* The values with mark P or R: screens label them "unconfirmed". Returns their number. */
size_t protocol_unconfirmed(const struct protocol *p, const struct protocol_unconfirmed_value **out);

/* ---- which edition ---- */

/* An outbreak's adoption of an edition. */
struct protocol_adoption {
	const struct protocol *protocol;
	int64_t from;                        /* in force from this instant */
	enum protocol_transition transition; /* what happens to regimens that run then */
	int64_t apply_at;                    /* TRANSITION_AT_DATE: they change over at this instant (>= from) */
};
struct protocol_set {
	const struct protocol_adoption *adoption; /* strictly ascending `from` */
	size_t n;
};
/* ERR_BAD_VALUE (at = index) when the order or an apply_at is wrong, or the diseases differ. */
enum err_code protocol_set_check(const struct protocol_set *set, struct err *e);
/* The edition for whatever begins at an instant; NULL before the first. */
const struct protocol *protocol_at(const struct protocol_set *set, int64_t at);
/* The edition that at instant `at` governs a regimen begun at `started`: each later adoption takes it over at
 * once, never, or from apply_at. NULL when none was in force at `started`. */
const struct protocol *protocol_for(const struct protocol_set *set, int64_t started, int64_t at);

/* ---- judging persons ---- */

/* What is known of a person's instants; PROTOCOL_NO_TIME where not known. */
struct regimen_times {
	int64_t at[ANCHOR__N];
	bool serial; /* case found by repeated testing */
};
/* Everything not known. */
void regimen_times_init(struct regimen_times *t);

enum regimen_kind {
	ITEM_TRANSFER, /* be in the stage's place; due = identified + the tier's limit */
	ITEM_STAGE,    /* change to the next stage at `from` (= due) */
	ITEM_TEST,     /* one sample within the window */
	ITEM_CHECK,    /* one health check within the window */
	ITEM_MEASURE,  /* vaccine, prophylaxis: due once */
	ITEM_RELEASE,  /* may be released from `from` on, if protocol_release finds nothing unmet; due = from */
	ITEM__N
};
const char *regimen_kind_word(enum regimen_kind v); /* "transfer", "stage", ... */

struct regimen_item {
	enum regimen_kind kind;
	int16_t stage; /* index into tier->stage; -1 for measures; stage_n = added isolation after a sign */
	int16_t day;   /* day of the regimen, by the tier's day_one; 0 for transfer and measures */
	int16_t stage_day; /* day of the stage, 1 = first; 0 where it has no meaning */
	int16_t nth;       /* tests: 1, 2, .. over the whole regimen; checks: 1 .. checks_per_day within the day */
	enum protocol_assay assay;       /* tests */
	enum protocol_observer observer; /* checks */
	enum protocol_place place;       /* where the person stays then */
	int64_t from, due; /* window [from, due). Tests: the local day. Checks: its slice of the day. */
	const struct protocol_measure *measure; /* measures, else NULL */
	struct protocol_text clause;            /* of the stage or tier; may be empty */
	const struct protocol_note *note;       /* evidence: mark, source, line */
};
#define REGIMEN_ITEMS_MAX 8192 /* enough for every tier that loads */

/* The dated duties of a person in a tier, sorted by (from, due, kind). When ANCHOR_IDENTIFIED is known,
 * windows that closed before it are left out and the others begin no earlier than it; a person found after
 * the end gets found_after_tests tests on that day and may be released at once. Errors, with *n untouched:
 * ERR_MISSING_FIELD the tier's anchor (or a start anchor) is not known; ERR_NOT_ALLOWED the tier is not
 * enabled; ERR_TOO_LARGE max is too small; ERR_BAD_VALUE an instant is out of range, or first and last
 * exposure lie too far apart. */
enum err_code protocol_regimen(const struct protocol *p, const struct protocol_tier *tier,
			       const struct regimen_times *times, struct regimen_item *out, size_t max, size_t *n,
			       struct err *e);

enum protocol_result { RESULT_PENDING, RESULT_NEGATIVE, RESULT_POSITIVE, RESULT_INVALID, RESULT__N };
struct release_test {
	int64_t sampled;
	enum protocol_result result;
};
struct release_facts {
	const struct release_test *own; /* since the anchor, ascending by sampled */
	size_t own_n;
	const struct release_test *linked; /* of the contact through whom this person is one, ascending */
	size_t linked_n;
	bool signs;                /* signs of illness at present */
	bool environment_negative; /* room and belongings */
};
struct release_unmet {
	enum protocol_condition condition;
	int64_t earliest; /* when it can be met by waiting alone, else PROTOCOL_NO_TIME */
};
/* Conditions of tier->release not met at instant `at`, in enum order; *n <= COND__N and out needs that much
 * room; *n = 0 means may be released. Errors as protocol_regimen. */
enum err_code protocol_release(const struct protocol *p, const struct protocol_tier *tier,
			       const struct regimen_times *times, const struct release_facts *facts, int64_t at,
			       struct release_unmet out[COND__N], size_t *n, struct err *e);
/* The tier ("close_contact", or "case") that the facts move this person to; empty str for none. First
 * matching rule counts. */
struct str protocol_upgrade(const struct protocol_tier *tier, const struct release_facts *facts);

/* When a case could infect others: [*from, *to). isolated: when the case was isolated, or PROTOCOL_NO_TIME;
 * then *to is INT64_MAX where the window ends with isolation. False when no window's anchor is known. *w: the
 * window used (may be NULL). */
bool protocol_exposure_window(const struct protocol *p, const struct regimen_times *times, int64_t isolated,
			      int64_t *from, int64_t *to, const struct protocol_window **w);

/* ---- judging zones and areas ---- */

struct zone_facts {
	int64_t clock;         /* quiet since: the latest of declaration, last new infection, reset */
	bool by_downgrade;     /* entered from a higher zone: then_days instead of downgrade_days */
	int64_t covered_round; /* sampling end of the newest round in which everyone in the zone was negative */
	int64_t last_contact_exposure; /* of the zone's contacts; PROTOCOL_NO_TIME when there is none */
};
enum zone_unmet { ZONE_DAYS = 1, ZONE_COVERAGE = 2, ZONE_FINAL_ROUND = 4, ZONE_CONTACTS = 8 };
/* Earliest instant at which the zone may step down; PROTOCOL_NO_TIME when the edition sets no days. */
int64_t protocol_zone_earliest(const struct protocol_zone *z, const struct zone_facts *f);
/* Bits of enum zone_unmet at instant `at`; 0 = stepping down may be proposed. */
unsigned protocol_zone_unmet(const struct protocol_zone *z, const struct zone_facts *f, int64_t at);

enum cadence_next { CADENCE_ROUND, CADENCE_STOP, CADENCE_UNKNOWN };
/* The next screening round of an area: after `clean` consecutive clean rounds of which the last was held on
 * last_day. CADENCE_ROUND sets *day; CADENCE_UNKNOWN when the edition sets no cadence. */
enum cadence_next protocol_area_next(const struct protocol *p, int32_t clean, int32_t last_day, int32_t *day);

/* Default tube size for a population; 1 when the edition is silent (single tubes lose nobody). */
int32_t protocol_pool_size(const struct protocol *p, enum protocol_population population);
bool protocol_pool_allowed(const struct protocol *p, int32_t size);

#endif
