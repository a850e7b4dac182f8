/* SPDX-License-Identifier: Apache-2.0
 *
 * orders.h - 管控令. What restricts this person now, until when, on what ground, and how does the person object or call for help?
 *
 * Owns the facts orders.* (their bodies stand below), the tables order_event, restriction, order_evidence, exit_leave, appeal,
 * help_request, person_page and certificate, the duties orders.* and the clocks code_appeal and urgent_request. The queries show
 * beside these orders what tracing.contact_classified imposes and the zone around a person, read from the tables of their domains, so
 * that one question has one answer.
 *
 * An order binds from start_at until end_at and not a moment longer: "in force" is computed when asked (start <= now < end, not lifted),
 * and nothing but a signature with a reason moves the end. Before the end a duty asks an officer to release or to extend. A medical
 * emergency overrides every order; it is never refused, whatever else is known of the person, and it is recorded.
 *
 * Order of arrival does not matter: order_event only grows, the other tables keep of each report the one that counts, and every
 * duty and clock is a pure function of them (orders_fold.c, orders_ask.c). A report that the rules forbid (an extension after the
 * end, a second signature under one id) does not count and asks an officer to decide.
 */
#ifndef SUSHUI_DOMAIN_ORDERS_H
#define SUSHUI_DOMAIN_ORDERS_H

#include "ledger/ledger.h"
#include "ledger/query.h"
#include "protocol/protocol.h"

/* Our defaults where the edition is silent (mark R: nothing official). A parameter of the edition of the name given replaces them. */
#define ORDERS_DAYS_MAX 14        /* orders.days_max: longest order where the edition knows no regimen with days */
#define ORDERS_ASK_BEFORE_H 24    /* orders.ask_before_h: so long before the end an officer is asked to decide */
#define ORDERS_EMERGENCY_MIN 15   /* orders.emergency_min: a medical emergency is answered within */
#define ORDERS_EXIT_H_MAX 24      /* orders.exit_h_max: longest approved leave; a medical one has no limit */
#define ORDERS_RELEASE_DAYS 14    /* a release certificate is valid; no parameter replaces it */
#define ORDERS_RESULT_H 72        /* a certificate of a result is valid, counted from sampling; no parameter replaces it */
#define ORDERS_PAGE_DAYS 60       /* a person's page is open, when the fact says nothing else */
#define ORDERS_PAGE_DAYS_MAX 180
#define ORDERS_AHEAD_MS (7 * MS_PER_DAY) /* an order begins at most so long after its signature */

enum orders_class { ORDER_CENTRAL, ORDER_HOME, ORDER_MONITORING, ORDER_HOSPITAL, ORDER_STAY };
extern const char *const orders_classes[];
enum orders_source { SOURCE_ORDER, SOURCE_CONTACT, SOURCE_ZONE };
extern const char *const orders_sources[];
enum orders_state { ORDER_PLANNED, ORDER_IN_FORCE, ORDER_ENDED, ORDER_LIFTED };
extern const char *const orders_states[];
enum orders_purpose { LEAVE_MEDICAL, LEAVE_MEDICINE, LEAVE_FOOD, LEAVE_FUNERAL, LEAVE_COURT, LEAVE_WORK, LEAVE_OTHER };
extern const char *const orders_purposes[];
enum orders_means { MEANS_AMBULANCE, MEANS_SPECIAL_VEHICLE, MEANS_OWN_CAR, MEANS_ON_FOOT };
extern const char *const orders_means[];
enum orders_channel { CHANNEL_PAGE, CHANNEL_PHONE, CHANNEL_IN_PERSON, CHANNEL_LETTER };
extern const char *const orders_channels[];
/* By urgency. */
enum orders_help { HELP_EMERGENCY, HELP_MEDICINE, HELP_PSYCHOLOGICAL, HELP_FOOD, HELP_OTHER };
extern const char *const orders_helps[];
enum orders_outcome { OUTCOME_DONE, OUTCOME_TAKEN_TO_HOSPITAL, OUTCOME_HANDED_ON, OUTCOME_NOT_NEEDED, OUTCOME_NOT_REACHED };
extern const char *const orders_outcomes[];
enum orders_certificate { CERTIFICATE_RELEASE, CERTIFICATE_RESULT };
extern const char *const orders_certificates[];

struct orders_order_signed { /* restricts a person; signed by the fact's `by` */
	struct id order;
	struct id person;
	int64_t class;              /* enum orders_class */
	int64_t start_at;           /* absent = when signed */
	int64_t end_at;             /* at most the longest regimen of the edition after start_at */
	struct str basis;           /* the law or notice and its article */
	struct str clause;          /* of the edition, e.g. tiers.close_contact; absent = the class */
	struct fact_list evidence;  /* ids of facts */
	struct fact_list conditions; /* of release, by the words of the protocol */
	struct str reason;
	struct str grounds;         /* derived: the law that orders under this edition cite */
	struct str appeal;          /* derived: how the person can object */
};
struct orders_order_extended { /* a new end; only before the old one */
	struct id order;
	struct id person;
	int64_t end_at;
	struct str basis;
	struct fact_list evidence;
	struct fact_list unmet; /* conditions of release that are not met, by the words of the protocol */
	struct str reason;
};
struct orders_order_lifted { /* the person is free of this order; also when it ended by itself, as the officer's word that all is well */
	struct id order;
	struct id person;
	struct str reason;
};
struct orders_exit_approved { /* a limited leave */
	struct id exit;
	struct id person;
	struct id order; /* absent: whatever restricts the person */
	int64_t purpose; /* enum orders_purpose */
	int64_t from_at, until_at;
	int64_t means;   /* enum orders_means */
	struct str basis; /* why, where the edition lets nobody leave */
	struct str where_to;
};
struct orders_appeal_made {
	struct id appeal;
	struct id person;
	struct id order; /* absent: against whatever restricts the person */
	int64_t channel; /* enum orders_channel */
	struct str text;
};
struct orders_appeal_answered {
	struct id appeal;
	struct id person;
	int64_t granted; /* 1: the person was right; the lifting is signed as a fact of its own */
	struct str answer;
};
struct orders_help_asked {
	struct id help;
	struct id person;
	int64_t kind;    /* enum orders_help */
	int64_t channel; /* enum orders_channel */
	struct str text;
	struct str call_back; /* number to call back */
};
struct orders_help_answered {
	struct id help;
	struct id person;
	int64_t outcome; /* enum orders_outcome */
	struct str text;
};
struct orders_page_issued { /* a secret link for a person; the secret itself is nowhere but in the person's hand */
	struct id page;
	struct id person;
	struct str digest;  /* orders_page_digest of the token, 64 hexadecimal digits */
	int64_t expires_at; /* absent: ORDERS_PAGE_DAYS */
};
struct orders_page_revoked {
	struct id page;
	struct id person;
};
struct orders_page_opened { /* the person has read it; at most once an hour */
	struct id page;
	struct id person;
};
struct orders_certificate_issued {
	struct id certificate;
	struct id person;
	int64_t kind;           /* enum orders_certificate */
	struct id order;        /* release: this order; absent: whatever the person was released from last */
	struct id tube;         /* result: the tube */
	struct str holder;      /* what the holder shows to a verifier: last characters of the document, or initials */
	int64_t expires_at;     /* absent: by the defaults above */
};

/* ---- the person's page ---- */

#define ORDERS_TOKEN_N 32 /* characters: 3 bytes of county and 21 random bytes (168 bits), base64url */
#define ORDERS_DIGEST_N 64
/* A fresh token. */
void orders_page_token(const struct sys *sys, int64_t county, char token[ORDERS_TOKEN_N + 1]);
/* What the ledger keeps of a token: BLAKE2b-256, hexadecimal. */
void orders_page_digest(struct str token, char digest[ORDERS_DIGEST_N + 1]);
/* The county that a token names; 0 when it is none at all. */
int64_t orders_page_county(struct str token);

/* ---- rules, pure ---- */

/* Local day limit: an order begun (or extended) at `from` ends at the latest then, by the longest regimen of the edition. */
int64_t orders_latest_end(const struct protocol *p, int64_t from);
/* How free a person of that class is to leave by the edition: its strictest enabled stage of that place and kind. Silent: nobody
 * leaves central isolation, hospital or home; monitoring and stay leave with approval. */
enum protocol_exit orders_exit_policy(const struct protocol *p, enum orders_class class);
/* A parameter of the edition, or our default. p may be NULL. */
int64_t orders_param(const struct protocol *p, const char *name, int64_t otherwise);

extern const struct domain orders_domain;
extern const struct query orders_queries[];
extern const struct query_computed orders_computed[];

#endif
