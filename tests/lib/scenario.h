/* SPDX-License-Identifier: Apache-2.0
 *
 * scenario.h - rules as short texts that an epidemiologist reads: what happened when, and what must stand then. Each scenario runs in a
 * ledger of its own with a clock that moves only when told to.
 *
 *     # comment
 *     scenario: a close contact is tested on days 1, 2, 3, 5 and 7 (cn-covid19-9 close_contact.tests)
 *     protocol cn-covid19-9                        outbreak o1 and its edition, in force since long ago; first line of a scenario
 *     at 2022-07-01T08:00                          the clock (Asia/Shanghai), and `at` of the facts that follow; or +3d, +90min, +1d12h
 *     fact tracing.case_opened case=c1 person=ben class=confirmed ...     must be taken
 *     refuse ERR_NOT_ALLOWED tracing.contact_released ... says="..."      must be refused with that code (and these words in the text)
 *     late fact KIND at=T ...                      entered at T (absent: now) by a device without a line, received now (absent T: 6 h later)
 *     duty tracing.test anna part 1 open from T due T     or done | void | waived | late | none; done_at with `at T`; a part that is a day may be a date
 *     clock positive_transfer c1 running           or none | 95min; optional `limit 2h`
 *     query tracing.contacts case=c1               one indented line for each row expected, in any order, or an indented `none`
 *       person=anna state=running clause~quarantine      = the same, ~ contains; absent columns are not looked at; none = no value
 *     person anna household=h1 area=140826105201   registers person, and household when new
 *     place hotel type=other                       registers a place
 *     case c1 person=ben sampled=T                 opens a confirmed case found by screening
 *     negative anna                                a single tube of this instant and its result; also positive, invalid; result=T
 *
 * A name stands for an id, which is made from it; a value with blanks stands in "". Of every fact: `id=NAME` names the fact itself,
 * `at=`, `area=`, `outbreak=` and `by=ROLE@AREA` change its envelope, where the kind has no field of that name (`area` changes both).
 * After the last line the tables are rebuilt from the facts and must be the same (on SQLite; test_replay.c does it on both).
 */
#ifndef SUSHUI_TESTS_SCENARIO_H
#define SUSHUI_TESTS_SCENARIO_H

#include "core/buf.h"
#include "store/store.h"

struct scenario_tally {
	int scenarios, failed, lines;
	struct buf out; /* what failed: file:line, what was expected, what stands */
};
void scenario_tally_init(struct scenario_tally *t);
void scenario_tally_done(struct scenario_tally *t);

/* Runs the scenarios of one text; name is used in messages. */
void scenario_run_text(const char *name, struct str text, enum db_engine engine, struct scenario_tally *t);
/* Runs every *.txt below the folder, in the order of their names. only: part of the path or of the title, NULL = all. */
void scenario_run_folder(const char *folder, const char *only, enum db_engine engine, struct scenario_tally *t);

#endif
