/* SPDX-License-Identifier: Apache-2.0
 *
 * isolation_fold.h - from what was reported to stays, rooms, duties. Internal to isolation.
 *
 * Each derive reads the grow-only tables and writes its rows and duties whole; it never looks at what it decided before. A change runs downhill only:
 * person -> rooms of its stays -> their sites; person -> its cases. So every derive ends, and none needs to come first.
 */
#ifndef SUSHUI_DOMAIN_ISOLATION_FOLD_H
#define SUSHUI_DOMAIN_ISOLATION_FOLD_H

#include "domain/isolation/isolation.h"
#include "ledger/duty.h"
#include "protocol/protocol.h"

/* Kinds of the rows of isolation_event (named in isolation.sql). */
enum isolation_what { WHAT_ASSIGNED = 1, WHAT_ADMITTED, WHAT_MOVED, WHAT_RELEASED, WHAT_LEFT };
/* Of isolation_room_event and isolation_site_event. */
enum isolation_room_what { ROOM_DISINFECTED = 1, ROOM_RESTED, ROOM_SHUT, ROOM_REOPENED };
enum isolation_site_what { SITE_OPENED = 1, SITE_SHUT };
/* Of isolation_task. */
enum isolation_task { TASK_ROUND = 1, TASK_MEAL, TASK_PSYCH, TASK_WASTE };

/* Duties of a site are set so far ahead of an open stay: a site that falls silent still owes its rounds (house rule, mark R). */
#define ISOLATION_AHEAD_DAYS 14
/* A conflict is looked at within (house rule, mark R). */
#define ISOLATION_CONFLICT_MS (2 * 60 * MS_PER_MINUTE)
/* Staff tests are owed so many days beyond the newest sign that the person is still inside (house rule, mark R). */
#define ISOLATION_STAFF_AHEAD_DAYS 7
#define ISOLATION_ROUNDS 2 /* health rounds a day where the edition is silent */
#define ISOLATION_CHILD_AGE 14 /* special.child_age_max where the edition is silent */
#define TAG_DEPENDENT "semi_dependent" /* tag in the register: needs help in daily life */

struct stay {
	int64_t person, from_at, room, class, guards, until_at, end; /* end: enum isolation_what, 0 while it lasts */
	struct id fact, until_fact;
	int64_t area, outbreak, child_max, rounds;
	struct str edition;
	int64_t claim;   /* enum isolation_fit said by the fold of the person: not a stay at all */
	int64_t verdict; /* enum isolation_fit; -1 = not judged yet */
	/* of the person, when read for a room */
	int64_t household, birth_year, helped, guards_household;
};

/* isolation_person.c */
/* The records of one human being: keys[0] is the one that stands for all. In the transaction's arena. */
enum err_code isolation_records(struct ledger_tx *tx, int64_t person, const int64_t **keys, size_t *n, struct err *e);
/* Stays, hold and all that follows for this person, the rooms and sites it touches, and its cases. */
enum err_code isolation_person_derive(struct ledger_tx *tx, int64_t person, struct err *e);

/* isolation_room.c */
enum err_code isolation_room_derive(struct ledger_tx *tx, int64_t room, struct err *e);
enum err_code isolation_site_rooms_derive(struct ledger_tx *tx, int64_t site, struct err *e);

/* isolation_tasks.c: what a site owes its residents by half-day and day; only what lies at or after `since` is touched. */
enum err_code isolation_site_derive(struct ledger_tx *tx, int64_t site, int64_t since, struct err *e);
/* Who is still to be seen in that half-day, by the clock: also beyond the days for which duties are set. */
enum err_code isolation_round_missing(struct ledger_tx *tx, int64_t site, int64_t half, int64_t now, const int64_t **persons, size_t *n,
				      struct err *e);
/* The same for every site in which a person was: whose checks are whose has changed. */
enum err_code isolation_person_rounds(struct ledger_tx *tx, int64_t person, struct err *e);
enum err_code isolation_on_checked(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* isolation_inquiry.c: positives found inside, and who starts again because of them. */
enum err_code isolation_case_derive(struct ledger_tx *tx, int64_t case_key, struct err *e);
enum err_code isolation_cases_derive(struct ledger_tx *tx, const int64_t *records, size_t n, struct err *e);
enum err_code isolation_resets_derive(struct ledger_tx *tx, int64_t person, struct err *e);
enum err_code isolation_apply_inquiry(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_on_case(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_on_signed(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* isolation_staff.c: the closed loop. */
enum err_code isolation_staff_derive(struct ledger_tx *tx, int64_t person, struct err *e);
enum err_code isolation_apply_staff_entered(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_apply_staff_left(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_apply_staff_cleared(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_on_swab(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* isolation_where.c */
enum err_code isolation_where_derive(struct ledger_tx *tx, int64_t person, struct err *e);
enum err_code isolation_on_secured(struct ledger_tx *tx, const struct fact *f, struct err *e);
enum err_code isolation_on_case_isolated(struct ledger_tx *tx, const struct fact *f, struct err *e);

enum err_code isolation_on_edition(struct ledger_tx *tx, const struct fact *f, struct err *e);

/* isolation_guard.c: what the state of this moment forbids. */
enum err_code isolation_guard_assigned(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code isolation_guard_admitted(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code isolation_guard_moved(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code isolation_guard_released(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code isolation_guard_empty_room(struct ledger_tx *tx, struct fact *f, struct err *e);
enum err_code isolation_guard_site_closed(struct ledger_tx *tx, struct fact *f, struct err *e);
/* The room as it is now, for guard and proposals: occupants in arena a. Beds held for others than `person` count. */
enum err_code isolation_room_now(struct db *db, struct arena *a, int64_t county, int64_t room, int64_t now, int64_t person,
				 struct isolation_room *out, struct err *e);
/* The person as an occupant of that class, by the register. */
enum err_code isolation_occupant_of(struct db *db, int64_t county, int64_t person, int64_t class, int64_t guards, int64_t at, int64_t child_max,
				    struct isolation_occupant *out, struct err *e);

/* isolation_audit.c: see struct domain in ledger.h. */
struct audit *isolation_audit_new(struct arena *a);
void isolation_audit_fact(struct audit *audit, const struct fact *f);
enum err_code isolation_audit_compare(struct audit *audit, struct db *db, int64_t county, struct buf *differences, struct err *e);

/* isolation_util.c */
/* Persons with isolation facts of their own: memory only, may say yes too often. */
void isolation_watch(int64_t county, int64_t person);
bool isolation_watched(int64_t county, int64_t person);
enum err_code isolation_watch_load(struct ledger_tx *tx, struct err *e);
/* Number param of an edition, `otherwise` when it sets none (or p is NULL). */
int64_t isolation_param(const struct protocol *p, const char *name, int64_t otherwise);
/* Child or in need of help, at that instant. */
bool isolation_dependent(int64_t birth_year, bool helped, int64_t at, int64_t child_max);
/* Half-days: local day * 2, + 1 from noon on. */
int64_t isolation_half_of(int64_t at);
int64_t isolation_half_start(int64_t half);

/* The duties of one subject and kind, written whole. */
struct owed {
	struct duty d;
	int64_t outbreak;
	bool stands;
};
struct owed_list {
	struct owed *v;
	size_t n, max;
	struct arena *a;
};
void isolation_owe(struct owed_list *l, int64_t outbreak, struct duty d);
/* Makes the duties of that kind, subject and part >= part_from exactly those of the list that are of the kind. */
enum err_code isolation_owe_write(struct ledger_tx *tx, const char *kind, int64_t subject, int64_t part_from, struct owed_list *l,
				  struct err *e);
/* First column of a statement with parameters (county, key), in the transaction's arena. */

#endif
