/* SPDX-License-Identifier: Apache-2.0 */
#include "protocol/read.h"

const char *const mark_words[] = {"F", "L", "P", "R", "D", NULL};
const char *const anchor_words[] = {
	"onset", "rash_onset", "first_positive_sampling", "last_negative_sampling", "first_exposure",
	"last_exposure", "arrival", "left_zone", "site_entry", "last_positive_removed",
	"disinfection_ended", "notice_effective", "discharged", "duty_ended", "identified", "last_sign",
	NULL,
};
const char *const place_words[] = {"central", "home", "hospital", "self", NULL};
const char *const stage_words[] = {"isolation", "monitoring", NULL};
const char *const exit_words[] = {"none", "approved", "free", NULL};
const char *const assay_words[] = {"nat", "antigen", NULL};
const char *const observer_words[] = {"self", "phone", "visit", "staff", NULL};
const char *const day_one_words[] = {"next_day", "same_day", NULL};
const char *const population_words[] = {"isolation", "key", "sealed", "controlled", "other", NULL};
const char *const transition_words[] = {"immediate", "new_only", "at_date", NULL};
const char *const condition_words[] = {"stage_days_over", "own_tests_negative", "last_test_done",
	"linked_first_two_negative", "no_signs", "environment_negative", NULL};
const char *const trigger_words[] = {"none", "linked_first_two_positive", "own_positive", "sign", NULL};
const char *const result_words[] = {"pending", "negative", "positive", "invalid", NULL};
const char *const programme_words[] = {"none", "stay_home", "stay_in_zone", "avoid_gathering", NULL};
const char *const supply_words[] = {"none", "door", "pick_up", NULL};
const char *const level_words[] = {"county", "prefecture", "province", NULL};
const char *const zone_condition_words[] = {"days", "coverage", "final_round", "contacts", NULL};
static const char *const kind_words[] = {"transfer", "stage", "test", "check", "measure", "release", NULL};

#define WORDS_MATCH(list, n) _Static_assert(ARRAY_N(list) == (size_t)(n) + 1, "one word for each value")
WORDS_MATCH(mark_words, MARK__N);
WORDS_MATCH(anchor_words, ANCHOR__N);
WORDS_MATCH(place_words, STAY__N);
WORDS_MATCH(stage_words, STAGE__N);
WORDS_MATCH(exit_words, EXIT__N);
WORDS_MATCH(assay_words, ASSAY__N);
WORDS_MATCH(observer_words, OBSERVE__N);
WORDS_MATCH(day_one_words, DAY_ONE__N);
WORDS_MATCH(population_words, POOL__N);
WORDS_MATCH(transition_words, TRANSITION__N);
WORDS_MATCH(condition_words, COND__N);
WORDS_MATCH(trigger_words, TRIGGER__N);
WORDS_MATCH(result_words, RESULT__N);
WORDS_MATCH(programme_words, PROGRAMME__N);
WORDS_MATCH(supply_words, SUPPLY__N);
WORDS_MATCH(level_words, LEVEL__N);
WORDS_MATCH(kind_words, ITEM__N);

#define WORD_OF(function, type, list, n) \
	const char *function(type v) \
	{ \
		CHECK((unsigned)v < (unsigned)(n)); \
		return (list)[v]; \
	}
WORD_OF(protocol_mark_word, enum protocol_mark, mark_words, MARK__N)
WORD_OF(protocol_anchor_word, enum protocol_anchor, anchor_words, ANCHOR__N)
WORD_OF(protocol_place_word, enum protocol_place, place_words, STAY__N)
WORD_OF(protocol_stage_word, enum protocol_stage_kind, stage_words, STAGE__N)
WORD_OF(protocol_exit_word, enum protocol_exit, exit_words, EXIT__N)
WORD_OF(protocol_assay_word, enum protocol_assay, assay_words, ASSAY__N)
WORD_OF(protocol_observer_word, enum protocol_observer, observer_words, OBSERVE__N)
WORD_OF(protocol_condition_word, enum protocol_condition, condition_words, COND__N)
WORD_OF(protocol_transition_word, enum protocol_transition, transition_words, TRANSITION__N)
WORD_OF(protocol_population_word, enum protocol_population, population_words, POOL__N)
WORD_OF(protocol_programme_word, enum protocol_programme, programme_words, PROGRAMME__N)
WORD_OF(protocol_supply_word, enum protocol_supply, supply_words, SUPPLY__N)
WORD_OF(protocol_level_word, enum protocol_level, level_words, LEVEL__N)
WORD_OF(regimen_kind_word, enum regimen_kind, kind_words, ITEM__N)
