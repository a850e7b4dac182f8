/* SPDX-License-Identifier: Apache-2.0
 *
 * testing.h - 核酸检测. Is everyone sampled, where is every tube now, how late is the laboratory?
 *
 * Owns the facts testing.* (their bodies stand below), the tables campaign, campaign_scope, campaign_round, excuse, site, swab, tube,
 * tube_event, box, box_event, box_tube, laboratory, retest, and the duties testing.*. Other domains read them through the queries in
 * testing_queries.c and the named statements testing_person_*; they never write them.
 *
 * Order of arrival does not matter: a swab may come before the fact that opened its tube. A tube's row is a pure fold over
 * its events (tube_event); its duties and clocks are a pure function of that row and of the protocol.
 */
#ifndef SUSHUI_DOMAIN_TESTING_H
#define SUSHUI_DOMAIN_TESTING_H

#include "ledger/ledger.h"
#include "ledger/query.h"

/* Population classes of the pool policy (protocol: pools). */
enum testing_population { POPULATION_OTHER, POPULATION_KEY, POPULATION_ISOLATION, POPULATION_SEALED, POPULATION_CONTROLLED };
extern const char *const testing_populations[];
enum testing_result { TEST_NEGATIVE, TEST_POSITIVE, TEST_INVALID };
extern const char *const testing_results[];
enum testing_excuse { EXCUSE_AWAY, EXCUSE_ISOLATED, EXCUSE_MEDICAL, EXCUSE_TESTED_ELSEWHERE, EXCUSE_VACCINATED, EXCUSE_REFUSED,
		      EXCUSE_NOT_FOUND, EXCUSE_DECEASED, EXCUSE_OTHER };
extern const char *const testing_excuses[];
enum testing_loss { LOSS_BROKEN, LOSS_LEAKED, LOSS_MISLAID, LOSS_UNREADABLE, LOSS_OTHER };
extern const char *const testing_losses[];

struct testing_campaign_declared {
	struct id campaign;
	struct str name;
	struct fact_list areas;      /* everyone in these areas */
	struct fact_list tags;       /* only persons with one of these tags; empty = everyone */
	int64_t pool_size;           /* default of its tubes */
	int64_t rounds_per_day;
};
struct testing_round_opened { /* one pass over the whole scope: the roll */
	struct id campaign;
	int64_t round;     /* 1, 2, ... within the campaign */
	int64_t opens_at;
	int64_t due_at;    /* everyone sampled by then */
};
struct testing_person_excused { /* counted apart, never lost from the denominator */
	struct id campaign;
	int64_t round;     /* 0 = all rounds */
	struct id person;
	int64_t reason;    /* enum testing_excuse */
};
struct testing_site_opened {
	struct id site;
	struct str name;
	int64_t tables, samplers;
	double lon, lat;
};
struct testing_tube_opened {
	struct id tube;
	struct str code;   /* what the label says */
	struct id campaign;
	int64_t round;
	struct id site;
	int64_t pool_size; /* most persons in it: 1, 5, 10, 20 */
	int64_t population;
};
struct testing_swab_taken {
	struct id person;
	struct id tube;
	struct id campaign;
	int64_t round;
};
struct testing_tube_closed {
	struct id tube;
	int64_t swabs_n;   /* counted by hand; compared with the scans */
};
struct testing_tube_lost {
	struct id tube;
	int64_t reason;    /* enum testing_loss */
};
struct testing_box_sent {
	struct id box;
	struct str code;
	struct fact_list tubes;
	struct id laboratory;
};
struct testing_box_received {
	struct id box;
	struct id laboratory;
	int64_t tubes_n;   /* counted on arrival */
};
struct testing_plate_loaded {
	struct id plate;
	struct id laboratory;
	struct fact_list tubes;
	int64_t controls_ok;
};
struct testing_result_reported {
	struct id tube;
	struct id laboratory;
	struct id plate;
	int64_t result;    /* enum testing_result */
	int64_t tested_at; /* end of the run; absent = at */
	double ct_n, ct_orf;
};
struct testing_retest_ordered { /* a person is to be sampled again, alone */
	struct id person;
	struct id tube;    /* because of this tube */
	struct str reason;
};
struct testing_laboratory_stated {
	struct id laboratory;
	struct str name;
	int64_t tubes_per_hour;
	int64_t run_min;   /* one run, minutes */
};

extern const struct domain testing_domain;
extern const struct query testing_queries[];
extern const struct query_computed testing_computed[];

/* The second path of the audit (testing_audit.c). */
struct audit *testing_audit_new(struct arena *a);
void testing_audit_fact(struct audit *audit, const struct fact *f);
enum err_code testing_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e);

#endif
