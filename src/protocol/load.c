/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables that say what a protocol file may hold, and the checks across its parts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "protocol/read.h"

#define AT(type, member) offsetof(struct type, member)
#define SPEC(name, type, id, note, check_fn, defaults_fn) \
	static const struct spec name##_spec = {sizeof(struct type), id, note, name##_fields, \
						ARRAY_N(name##_fields), check_fn, defaults_fn}
/* Rows of the tables below; `need` is true for required keys. */
#define ROW(key, type, owner, member, need, ...) {key, type, AT(owner, member), 0, need, __VA_ARGS__}
#define NUM(key, owner, member, need, lo, hi) ROW(key, F_NUM, owner, member, need, .min = (lo), .max = (hi))
#define TEXT(key, owner, member, need) ROW(key, F_BILINGUAL, owner, member, need, .min = 0)
#define WORD(key, owner, member, need, list) ROW(key, F_ENUM, owner, member, need, .words = (list))
#define LIST(key, type, owner, member, need, spec) \
	{key, type, AT(owner, member), AT(owner, member##_n), need, .sub = &(spec)}

static const struct field window_fields[] = {
	TEXT("name", protocol_window, name, true),
	WORD("anchor", protocol_window, anchor, true, anchor_words),
	ROW("serial", F_BOOL, protocol_window, serial, false, .min = 0),
	NUM("from_days", protocol_window, from_days, true, -60, 0),
	NUM("to_days", protocol_window, to_days, false, 0, 120),
};
SPEC(window, protocol_window, AT(protocol_window, id), NO_PLACE, NULL, NULL);

static const struct field setting_fields[] = {
	TEXT("name", protocol_setting, name, true),
	ROW("tier", F_ID, protocol_setting, tier, true, .min = 0),
	NUM("distance_cm", protocol_setting, distance_cm, false, 0, 100000),
	NUM("minutes", protocol_setting, minutes, false, 0, 100000),
	NUM("rows", protocol_setting, rows, false, 0, 100),
};
SPEC(setting, protocol_setting, AT(protocol_setting, id), AT(protocol_setting, note), NULL, NULL);

static enum err_code check_stage(struct reader *r, const struct node *n, void *entry)
{
	const struct protocol_stage *s = entry;
	for (size_t i = 0; i < s->tests.n; i++)
		if (s->tests.v[i] > s->days.v)
			return read_fail(r, ERR_BAD_VALUE, s->tests.note.line,
					 "test day %d lies after the last of the stage's %d days",
					 s->tests.v[i], s->days.v);
	if (s->tests.n > PROTOCOL_TESTS_MAX)
		return read_fail(r, ERR_BAD_VALUE, s->tests.note.line, "expected at most %d test days",
				 PROTOCOL_TESTS_MAX);
	if ((s->start_anchor != ANCHOR__N) != s->start_day.set)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "`start_anchor` and `start_day` go together");
	return OK;
}

static void stage_defaults(void *entry)
{
	((struct protocol_stage *)entry)->start_anchor = ANCHOR__N;
}

static const struct field stage_fields[] = {
	WORD("place", protocol_stage, place, true, place_words),
	ROW("also", F_ENUMS, protocol_stage, also, false, .words = place_words),
	WORD("kind", protocol_stage, kind, true, stage_words),
	NUM("days", protocol_stage, days, true, 1, PROTOCOL_STAGE_DAYS_MAX),
	NUM("checks_per_day", protocol_stage, checks_per_day, false, 0, PROTOCOL_CHECKS_MAX),
	WORD("observer", protocol_stage, observer, false, observer_words),
	WORD("exit", protocol_stage, exit, true, exit_words),
	ROW("tests", F_DAYS, protocol_stage, tests, false, .min = 1, .max = PROTOCOL_STAGE_DAYS_MAX),
	WORD("assay", protocol_stage, assay, false, assay_words),
	WORD("start_anchor", protocol_stage, start_anchor, false, anchor_words),
	NUM("start_day", protocol_stage, start_day, false, 0, PROTOCOL_STAGE_DAYS_MAX),
	TEXT("clause", protocol_stage, clause, false),
};
SPEC(stage, protocol_stage, NO_PLACE, AT(protocol_stage, note), check_stage, stage_defaults);

static const struct field upgrade_fields[] = {
	WORD("trigger", protocol_upgrade_rule, trigger, true, trigger_words),
	ROW("to", F_ID, protocol_upgrade_rule, to, true, .min = 0),
};
SPEC(upgrade, protocol_upgrade_rule, NO_PLACE, AT(protocol_upgrade_rule, note), NULL, NULL);

static const struct field measure_fields[] = {
	TEXT("name", protocol_measure, name, true),
	WORD("anchor", protocol_measure, anchor, true, anchor_words),
	ROW("within", F_MINUTES, protocol_measure, within_min, true, .min = 1, .max = 365 * 1440),
	TEXT("who", protocol_measure, who, false),
};
SPEC(measure, protocol_measure, AT(protocol_measure, id), NO_PLACE, NULL, NULL);

static enum err_code check_tier(struct reader *r, const struct node *n, void *entry)
{
	const struct protocol_tier *t = entry;
	int32_t days = 0;
	size_t tests = 0;
	for (size_t i = 0; i < t->stage_n; i++) {
		days += t->stage[i].days.v;
		tests += t->stage[i].tests.n;
	}
	if (!t->enabled && t->stage_n > 0)
		return read_fail(r, ERR_BAD_VALUE, n->key_line, "a tier that is not enabled has no stages");
	if (!t->enabled && t->note.why.n == 0)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "a tier that is not enabled needs a `why`");
	if (t->enabled && t->stage_n == 0)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line,
				 "the key `stages` is missing (at least one stage)");
	if (t->stage_n > PROTOCOL_STAGES_MAX)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected at most %d stages", PROTOCOL_STAGES_MAX);
	if (t->enabled && t->release == 0)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line,
				 "the key `release` is missing (at least one condition)");
	if ((t->release & (1u << COND_LAST_TEST_DONE)) && tests == 0)
		return read_fail(r, ERR_BAD_VALUE, n->key_line,
				 "`release` asks for last_test_done, but no stage has tests");
	if (t->early_release_day.v > days)
		return read_fail(r, ERR_BAD_VALUE, t->early_release_day.note.line,
				 "`early_release_day` %d lies after the last of all %d days", t->early_release_day.v, days);
	if ((t->transition == TRANSITION_AT_DATE) != (tree_get(n, "transition_date") != NULL))
		return read_fail(r, ERR_MISSING_FIELD, n->key_line,
				 "`transition: at_date` and `transition_date` go together");
	if (t->reset_days.set && t->reset_anchor == ANCHOR__N)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "`reset_days` needs a `reset_anchor`");
	return OK;
}

static void tier_defaults(void *entry)
{
	struct protocol_tier *t = entry;
	t->enabled = true;
	t->reset_anchor = ANCHOR__N;
}

static const struct field tier_fields[] = {
	TEXT("name", protocol_tier, name, true),
	ROW("enabled", F_BOOL, protocol_tier, enabled, false, .min = 0),
	ROW("variant_of", F_ID, protocol_tier, variant_of, false, .min = 0),
	WORD("anchor", protocol_tier, anchor, true, anchor_words),
	WORD("day_one", protocol_tier, day_one, false, day_one_words),
	NUM("lookback_days", protocol_tier, lookback_days, false, 0, 120),
	ROW("within", F_MINUTES, protocol_tier, within_min, false, .min = 1, .max = 30 * 1440),
	NUM("found_after_tests", protocol_tier, found_after_tests, false, 0, 10),
	LIST("stages", F_LIST, protocol_tier, stage, false, stage_spec),
	ROW("release", F_ENUMS, protocol_tier, release, false, .words = condition_words),
	LIST("upgrade", F_LIST, protocol_tier, upgrade, false, upgrade_spec),
	WORD("reset_anchor", protocol_tier, reset_anchor, false, anchor_words),
	NUM("reset_days", protocol_tier, reset_days, false, 1, PROTOCOL_STAGE_DAYS_MAX),
	NUM("sign_isolation_days", protocol_tier, sign_isolation_days, false, 1, PROTOCOL_STAGE_DAYS_MAX),
	NUM("early_release_day", protocol_tier, early_release_day, false, 1, 720),
	ROW("exemptions", F_WORDS, protocol_tier, exemptions, false, .min = 0),
	WORD("transition", protocol_tier, transition, false, transition_words),
	ROW("transition_date", F_DATE, protocol_tier, transition_day, false, .min = 0),
	LIST("measures", F_KEYED, protocol_tier, measure, false, measure_spec),
	TEXT("clause", protocol_tier, clause, false),
};
SPEC(tier, protocol_tier, AT(protocol_tier, id), AT(protocol_tier, note), check_tier, tier_defaults);

#define POOL_SIZE(key, which) NUM(key, protocol_pools, size[which], false, 1, 50)
static const struct field pool_size_fields[] = {
	POOL_SIZE("isolation", POOL_ISOLATION), POOL_SIZE("key", POOL_KEY), POOL_SIZE("sealed", POOL_SEALED),
	POOL_SIZE("controlled", POOL_CONTROLLED), POOL_SIZE("other", POOL_OTHER),
};
/* Its offsets are those of struct protocol_pools, so it is placed at the start of the pools. */
SPEC(pool_size, protocol_pools, NO_PLACE, NO_PLACE, NULL, NULL);

static enum err_code check_pools(struct reader *r, const struct node *n, void *entry)
{
	const struct protocol_pools *p = entry;
	(void)n;
	for (int i = 0; i < POOL__N; i++) {
		bool allowed = !p->size[i].set;
		for (size_t k = 0; k < p->allowed.n; k++)
			allowed |= p->allowed.v[k] == p->size[i].v;
		if (!allowed)
			return read_fail(r, ERR_BAD_VALUE, p->size[i].note.line,
					 "the pool size %d is not among `allowed`", p->size[i].v);
	}
	return OK;
}

static const struct field pools_fields[] = {
	{"sizes", F_STRUCT, 0, 0, true, .sub = &pool_size_spec},
	ROW("allowed", F_DAYS, protocol_pools, allowed, true, .min = 1, .max = 50),
	NUM("household_max", protocol_pools, household_max, false, 1, 20),
	ROW("lab_repool", F_BOOL, protocol_pools, lab_repool, false, .min = 0),
	TEXT("positive", protocol_pools, positive, false),
	NUM("retest_single", protocol_pools, retest_single, false, 0, 1),
};
SPEC(pools, protocol_pools, NO_PLACE, AT(protocol_pools, note), check_pools, NULL);

static const struct field zone_test_fields[] = {
	NUM("day", protocol_zone_test, day, true, 1, 60),
	WORD("assay", protocol_zone_test, assay, true, assay_words),
};
SPEC(zone_test, protocol_zone_test, NO_PLACE, NO_PLACE, NULL, NULL);

static const struct field zone_fields[] = {
	TEXT("name", protocol_zone, name, true),
	TEXT("regime", protocol_zone, regime, true),
	ROW("units", F_WORDS, protocol_zone, units, true, .min = 0),
	NUM("downgrade_days", protocol_zone, downgrade_days, false, 1, 90),
	ROW("downgrade_to", F_ID, protocol_zone, downgrade_to, true, .min = 0),
	NUM("coverage_day", protocol_zone, coverage_day, false, 1, 90),
	NUM("cover_within_h", protocol_zone, cover_within_h, false, 1, 240),
	NUM("contact_days", protocol_zone, contact_days, false, 1, 90),
	NUM("then_days", protocol_zone, then_days, false, 1, 90),
	LIST("tests", F_LIST, protocol_zone, test, false, zone_test_spec),
	NUM("final_round_h", protocol_zone, final_round_h, false, 1, 240),
	ROW("reset_on", F_WORDS, protocol_zone, reset_on, false, .min = 0),
	WORD("programme", protocol_zone, programme, false, programme_words),
	WORD("supply", protocol_zone, supply, false, supply_words),
	ROW("declared_by", F_ENUMS, protocol_zone, declared_by, false, .words = level_words),
	NUM("lift_with_higher", protocol_zone, lift_with_higher, false, 0, 1),
	NUM("found_isolated", protocol_zone, found_isolated, false, 0, 1),
	NUM("exits_free", protocol_zone, exits_free, false, 0, 1),
	NUM("keep_per_household", protocol_zone, keep_per_household, false, 0, 20),
	TEXT("authority", protocol_zone, authority, false),
	TEXT("exit", protocol_zone, exit, false),
};
SPEC(zone, protocol_zone, AT(protocol_zone, id), AT(protocol_zone, note), NULL, NULL);

static const struct field cadence_fields[] = {
	NUM("every_days", protocol_cadence, every_days, true, 1, 60),
	NUM("clean_rounds", protocol_cadence, clean_rounds, true, 1, 30),
	NUM("pause_days", protocol_cadence, pause_days, true, 0, 60),
	NUM("final_rounds", protocol_cadence, final_rounds, true, 0, 30),
	TEXT("trigger", protocol_cadence, trigger, true),
	TEXT("scope_city", protocol_cadence, scope_city, false),
	TEXT("scope_rural", protocol_cadence, scope_rural, false),
	ROW("exclude", F_WORDS, protocol_cadence, exclude, false, .min = 0),
};
SPEC(cadence, protocol_cadence, NO_PLACE, AT(protocol_cadence, note), NULL, NULL);

static const struct field institution_fields[] = {
	ROW("kinds", F_WORDS, protocol_institution, kinds, true, .min = 0),
	NUM("first_round", protocol_institution, first_round, false, 0, 1),
	NUM("percent_per_day", protocol_institution, percent_per_day, false, 0, 100),
};
SPEC(institution, protocol_institution, NO_PLACE, AT(protocol_institution, note), NULL, NULL);

static const struct field occupation_fields[] = {
	TEXT("name", protocol_occupation, name, true),
	NUM("tests_per_week", protocol_occupation, tests_per_week, true, 1, 14),
	NUM("min_gap_h", protocol_occupation, min_gap_h, false, 1, 168),
};
SPEC(occupation, protocol_occupation, AT(protocol_occupation, id), NO_PLACE, NULL, NULL);

static const struct field discharge_fields[] = {
	NUM("negative_tests", protocol_discharge, negative_tests, true, 0, 10),
	NUM("gap_h", protocol_discharge, gap_h, false, 1, 168),
	NUM("ct_at_least", protocol_discharge, ct_at_least, false, 1, 45),
	NUM("monitor_days", protocol_discharge, monitor_days, false, 0, 60),
	ROW("test_days", F_DAYS, protocol_discharge, test_days, false, .min = 1, .max = 60),
	TEXT("mild_place", protocol_discharge, mild_place, false),
};
SPEC(discharge, protocol_discharge, NO_PLACE, AT(protocol_discharge, note), NULL, NULL);

static const struct field named_fields[] = {
	ROW("en", F_TEXT, protocol_named, name.en, true, .min = 0),
	ROW("zh", F_TEXT, protocol_named, name.zh, true, .min = 0),
	TEXT("rule", protocol_named, rule, false),
	NUM("n", protocol_named, n, false, 0, 10000),
};
SPEC(named, protocol_named, AT(protocol_named, id), AT(protocol_named, note), NULL, NULL);

static void proof_defaults(void *entry)
{
	((struct protocol_proof *)entry)->counts_from = ANCHOR__N;
}

static const char *const proof_start_words[] = {"sampling", NULL};
static enum err_code read_proof_start(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	/* the one start that any text names; a test that is not positive has no other anchor */
	if (n->kind != NODE_SCALAR || read_word(n->text, proof_start_words) < 0)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected `sampling`, found %s", read_found(n, found));
	*(enum protocol_anchor *)out = ANCHOR_LAST_NEGATIVE_SAMPLING;
	return OK;
}

static const struct field proof_fields[] = {
	TEXT("name", protocol_proof, name, true),
	NUM("age_h", protocol_proof, age_h, true, 1, 720),
	ROW("counts_from", F_CUSTOM, protocol_proof, counts_from, false, .read = read_proof_start),
};
SPEC(proof, protocol_proof, AT(protocol_proof, id), NO_PLACE, NULL, proof_defaults);

/* ---- limits and parameters ---- */

static const char *const limit_words[] = {
	"report", "cdc_review", "positive_transfer", "core_facts", "zone_publish", "contact_in_isolation",
	"secondary_in_isolation", "request_find", "request_control", "request_other", "investigation",
	"preliminary_report", "first_round_sealed", "first_round_controlled", "area_round",
	"site_inquiry", "event_report", "swab_to_close", "close_to_send", "send_to_receive",
	"receive_to_result", "result_to_report", "swab_to_report", "room_temperature", "cold",
	"report_fever", "report_inpatient", "report_voluntary", "pool_control", "pool_retest",
	"urgent_request", "code_appeal", "site_setup", NULL,
};

static enum err_code one_limit(struct reader *r, const struct node *n, struct protocol_limit *out)
{
	static const struct field duration = {.key = "value", .type = F_MINUTES, .min = 1, .max = 60 * 1440};
	if (read_word(n->key, limit_words) < 0)
		return read_fail(r, ERR_UNKNOWN_FIELD, n->key_line,
				 "no such limit; the names in use stand in docs/protocols.md, other "
				 "durations go to `parameters`");
	enum err_code code = read_num(r, &duration, n, "clause", &out->min);
	const struct node *clause = tree_get(n, "clause");
	return code || !clause ? code : read_bilingual(r, clause, &out->clause);
}

static enum err_code read_limits(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	if (n->kind != NODE_MAP)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a mapping of names, found %s",
				 read_found(n, found));
	(void)out;
	enum err_code code = OK;
	struct protocol_note outer = r->note;
	bool own;
	if ((code = read_note(r, n, &r->note, &own)))
		return code;
	struct protocol_limit *all = read_give(r, n->n * sizeof *all, n->line, &code);
	size_t i = 0;
	for (const struct node *m = n->first; m && !code; m = m->next) {
		static const char *const note_keys[] = {"status", "source", "why", NULL};
		if (read_word(m->key, note_keys) >= 0)
			continue;
		size_t mark = read_push(r, m->key);
		code = one_limit(r, m, &all[i]);
		all[i++].name = m->key;
		if (!code)
			read_pop(r, mark);
	}
	if (code)
		return code;
	r->note = outer;
	for (size_t k = 0; k < i && !code; k++) { /* keys look into the tree, which does not outlive loading */
		char *p = read_give(r, all[k].name.n + 1, n->line, &code);
		if (p)
			all[k].name.p = memcpy(p, all[k].name.p, all[k].name.n);
	}
	r->p->limit = all;
	r->p->limit_n = i;
	return code;
}

static enum err_code param_list(struct reader *r, const struct node *value, const struct node *whole,
				struct protocol_param *out)
{
	static const struct field any = {.key = "value", .type = F_NUMS, .min = INT32_MIN, .max = INT32_MAX};
	bool numbers = value->n > 0;
	int64_t v;
	for (const struct node *m = value->first; m; m = m->next)
		numbers &= m->kind == NODE_SCALAR && !m->quoted && str_to_i64(m->text, &v);
	out->kind = numbers ? PARAM_NUMBERS : PARAM_TEXTS;
	if (!numbers)
		return read_words(r, value, &out->texts);
	/* the note was read already; reading the list alone must not list it a second time */
	size_t unconfirmed = r->unconfirmed_n;
	(void)whole;
	enum err_code code = read_numbers(r, &any, value, &out->numbers);
	r->unconfirmed_n = unconfirmed;
	return code;
}

static enum err_code read_param_value(struct reader *r, const struct node *n, void *out)
{
	struct protocol_param *p = (struct protocol_param *)(void *)((char *)out - AT(protocol_param, kind));
	if (n->kind == NODE_LIST)
		return param_list(r, n, n, p);
	if (n->kind == NODE_SCALAR && !n->quoted && str_to_f64(n->text, &p->number)) {
		p->kind = PARAM_NUMBER;
		return OK;
	}
	char found[64];
	if (n->kind != NODE_SCALAR || n->text.n == 0)
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected a number, a text or a list, found %s",
				 read_found(n, found));
	p->kind = PARAM_TEXT;
	enum err_code code = OK;
	char *text = read_give(r, n->text.n + 1, n->line, &code);
	if (text)
		p->text = (struct str){memcpy(text, n->text.p, n->text.n), n->text.n};
	return code;
}

static enum err_code read_absent(struct reader *r, const struct node *n, void *out)
{
	char found[64];
	(void)out;
	if (n->kind != NODE_SCALAR || !str_eq_c(n->text, "true"))
		return read_fail(r, ERR_BAD_VALUE, n->line, "expected true, found %s", read_found(n, found));
	return OK;
}

static enum err_code check_param(struct reader *r, const struct node *n, void *entry)
{
	const struct protocol_param *p = entry;
	bool absent = tree_get(n, "absent") != NULL;
	if (absent == (tree_get(n, "value") != NULL))
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "expected either `value` or `absent: true`");
	if (absent && p->note.why.n == 0)
		return read_fail(r, ERR_MISSING_FIELD, n->key_line, "`absent: true` needs a `why`");
	return OK;
}

static const struct field param_fields[] = {
	ROW("value", F_CUSTOM, protocol_param, kind, false, .read = read_param_value),
	ROW("unit", F_TEXT, protocol_param, unit, false, .min = 0),
	ROW("absent", F_CUSTOM, protocol_param, kind, false, .read = read_absent),
};
SPEC(param, protocol_param, AT(protocol_param, name), AT(protocol_param, note), check_param, NULL);

/* ---- the whole ---- */

static const struct field cited_fields[] = {
	ROW("en", F_TEXT, protocol_text, en, true, .min = 0),
	ROW("zh", F_TEXT, protocol_text, zh, true, .min = 0),
};
static const struct spec basis_spec = {
	sizeof(struct protocol), NO_PLACE, AT(protocol, basis_note) - AT(protocol, basis), cited_fields,
	ARRAY_N(cited_fields), NULL, NULL};
static const struct spec appeal_spec = {
	sizeof(struct protocol), NO_PLACE, AT(protocol, appeal_note) - AT(protocol, appeal), cited_fields,
	ARRAY_N(cited_fields), NULL, NULL};

static const struct field protocol_fields[] = {
	ROW("id", F_ID, protocol, id, true, .min = 0),
	ROW("disease", F_ID, protocol, disease, true, .min = 0),
	TEXT("disease_name", protocol, disease_name, true),
	TEXT("edition", protocol, edition, true),
	TEXT("issuer", protocol, issuer, true),
	ROW("effective_from", F_DATE, protocol, effective_day, true, .min = 0),
	ROW("jurisdiction", F_TEXT, protocol, jurisdiction, true, .min = 0),
	{"basis", F_STRUCT, AT(protocol, basis), 0, true, .sub = &basis_spec},
	{"appeal", F_STRUCT, AT(protocol, appeal), 0, true, .sub = &appeal_spec},
	ROW("sources", F_SKIP, protocol, id, true, .min = 0),
	LIST("windows", F_KEYED, protocol, window, false, window_spec),
	LIST("settings", F_KEYED, protocol, setting, false, setting_spec),
	LIST("tiers", F_KEYED, protocol, tier, false, tier_spec),
	ROW("limits", F_CUSTOM, protocol, limit, false, .read = read_limits),
	{"pools", F_STRUCT, AT(protocol, pools), 0, false, .sub = &pools_spec},
	LIST("zones", F_KEYED, protocol, zone, false, zone_spec),
	{"area_tests", F_STRUCT, AT(protocol, cadence), 0, false, .sub = &cadence_spec},
	{"institutions", F_STRUCT, AT(protocol, institution), 0, false, .sub = &institution_spec},
	LIST("occupations", F_KEYED, protocol, occupation, false, occupation_spec),
	{"discharge", F_STRUCT, AT(protocol, discharge), 0, false, .sub = &discharge_spec},
	LIST("symptoms", F_KEYED, protocol, symptom, false, named_spec),
	LIST("special_groups", F_KEYED, protocol, special, false, named_spec),
	LIST("home_team", F_KEYED, protocol, role, false, named_spec),
	LIST("proofs", F_KEYED, protocol, proof, false, proof_spec),
	LIST("parameters", F_KEYED, protocol, param, false, param_spec),
	ROW("examples", F_SKIP, protocol, example_n, false, .min = 0),
	ROW("zone_examples", F_SKIP, protocol, zone_example_n, false, .min = 0),
};
SPEC(protocol, protocol, NO_PLACE, NO_PLACE, NULL, NULL);

static bool tier_known(const struct protocol *p, struct str id)
{
	return protocol_tier_find(p, id) != NULL;
}

static enum err_code check_tier_references(struct reader *r, const struct protocol *p,
					   const struct protocol_tier *t)
{
	if (t->variant_of.n > 0 && !tier_known(p, t->variant_of))
		return read_fail(r, ERR_BAD_VALUE, t->note.line,
				 "tiers.%.*s.variant_of: there is no tier `%.*s`", STR_ARG(t->id),
				 STR_ARG(t->variant_of));
	for (size_t i = 0; i < t->upgrade_n; i++)
		if (!str_eq_c(t->upgrade[i].to, "case") && !tier_known(p, t->upgrade[i].to))
			return read_fail(r, ERR_BAD_VALUE, t->upgrade[i].note.line,
					 "tiers.%.*s.upgrade: there is no tier `%.*s` (and it is not `case`)", STR_ARG(t->id),
					 STR_ARG(t->upgrade[i].to));
	return OK;
}

static enum err_code check_references(struct reader *r, const struct protocol *p)
{
	enum err_code code = OK;
	for (size_t i = 0; i < p->tier_n && !code; i++)
		code = check_tier_references(r, p, &p->tier[i]);
	for (size_t i = 0; i < p->setting_n && !code; i++)
		if (!tier_known(p, p->setting[i].tier))
			code = read_fail(r, ERR_BAD_VALUE, p->setting[i].note.line,
					 "settings.%.*s.tier: there is no tier `%.*s`",
					 STR_ARG(p->setting[i].id), STR_ARG(p->setting[i].tier));
	for (size_t i = 0; i < p->zone_n && !code; i++)
		if (!str_eq_c(p->zone[i].downgrade_to, "none") && !protocol_zone_find(p, p->zone[i].downgrade_to))
			code = read_fail(r, ERR_BAD_VALUE, p->zone[i].note.line,
					 "zones.%.*s.downgrade_to: there is no zone `%.*s` (and it is not `none`)",
					 STR_ARG(p->zone[i].id), STR_ARG(p->zone[i].downgrade_to));
	return code;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct protocol_param *)a)->name, ((const struct protocol_param *)b)->name);
}

static void digest(struct str text, char out[65])
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)(text.p ? text.p : ""), text.n);
	sodium_bin2hex(out, 65, hash, sizeof hash);
}

static enum err_code load_tree(struct reader *r, const struct node *root, struct str text, struct protocol *p)
{
	const struct node *sources = tree_get(root, "sources"), *examples = tree_get(root, "examples"),
			  *zone_examples = tree_get(root, "zone_examples");
	enum err_code code = sources ? read_sources(r, sources) : OK;
	if (!code)
		code = read_map(r, &protocol_spec, root, p);
	if (!code)
		code = check_references(r, p);
	if (code)
		return code;
	p->source = r->source;
	p->source_n = r->source_n;
	if (p->param_n > 0)
		qsort((void *)(uintptr_t)p->param, p->param_n, sizeof *p->param, by_name);
	p->unconfirmed = r->unconfirmed;
	p->unconfirmed_n = r->unconfirmed_n;
	digest(text, p->digest);
	/* a file about places alone (mosquito control) has no persons to judge */
	if (p->tier_n > 0 && !examples)
		return read_fail(r, ERR_MISSING_FIELD, root->line,
				 "the key `examples` is missing: each file shows what follows from it");
	p->example_n = examples ? examples->n : 0;
	p->zone_example_n = zone_examples ? zone_examples->n : 0;
	if (examples)
		code = examples_run(r, examples, p);
	return code || !zone_examples ? code : zone_examples_run(r, zone_examples, p);
}

enum err_code protocol_load(struct arena *a, struct str text, const char *filename, struct protocol **out,
			    struct err *e)
{
	struct arena tree;
	struct node *root = NULL;
	arena_init(&tree, 0);
	struct reader r = {.a = a, .filename = filename, .e = e, .note.mark = MARK__N};
	enum err_code code = tree_read(&tree, text, filename, &root, e);
	struct protocol *p = code ? NULL : read_give(&r, sizeof *p, 1, &code);
	char *name = code ? NULL : read_give(&r, strlen(filename) + 1, 1, &code);
	if (!code) {
		p->filename = (struct str){memcpy(name, filename, strlen(filename)), strlen(filename)};
		r.p = p;
		code = load_tree(&r, root, text, p);
	}
	arena_done(&tree);
	if (!code)
		*out = p;
	return code;
}
