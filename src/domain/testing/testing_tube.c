/* SPDX-License-Identifier: Apache-2.0 */
#include "domain/testing/testing_tube.h"

#include "domain/testing/testing.h"
#include "ledger/duty.h"
#include "ledger/watch.h"
#include "protocol/protocol.h"
#include "sql.gen.h"

#define NO_RESULT (-1)
/* Conflicts between reports, as bits of tube.conflict. */
#define CONFLICT_RESULT 1
#define CONFLICT_BOX 2
#define CONFLICT_OPENED 4

struct tube {
	int64_t key;
	struct str code;
	int64_t campaign, round, site, area, pool_size, population;
	int64_t swabs_n, first_swab_at, last_swab_at;
	int64_t opened_at, closed_at, counted_n;
	int64_t box, sent_at, received_at, laboratory;
	int64_t plate, plated_at, result, tested_at, reported_at;
	int64_t lost_at, lost_reason, conflict;
	int64_t outbreak;
	int64_t pool_size_before; /* what its row said */
};

/* Persons with a duty that a later swab or result may discharge. */
static struct watch watched;
/* Tubes because of which somebody was ordered to be sampled again, whatever their result. */
static struct watch ordered;
/* The round that the last swab named: it has its row. */
static struct {
	int64_t county, campaign, round;
} mentioned;

enum err_code testing_load(struct ledger_tx *tx, struct err *e)
{
	watch_clear(&watched);
	mentioned.county = 0;
	enum err_code rc = db_query(tx->db, &SQL_testing_watched, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		watch_add(&watched, db_int(tx->db, 0), db_int(tx->db, 1));
	rc = db_stop(tx->db, e);
	watch_clear(&ordered);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_testing_ordered, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		watch_add(&ordered, db_int(tx->db, 0), db_int(tx->db, 1));
	return db_stop(tx->db, e);
}

/* ---- limits ------------------------------------------------------------------------------------------------ */

/* Limit of a clock in the edition that was in force when the tube's story began, in ms; 0 when the edition sets none. */
static enum err_code limit_ms(struct ledger_tx *tx, int64_t began_at, struct str name, int64_t *out, struct err *e)
{
	const struct protocol *p = NULL;
	enum err_code rc = ledger_protocol_at(tx, began_at, &p, e);
	if (rc != OK)
		return rc;
	int32_t min = p ? protocol_limit_min(p, name) : PROTOCOL_NO_LIMIT;
	*out = min == PROTOCOL_NO_LIMIT ? 0 : min * MS_PER_MINUTE;
	return OK;
}

/* The same for a duty, which always has a deadline. */
static enum err_code due_ms(struct ledger_tx *tx, int64_t began_at, struct str name, int64_t *out, struct err *e)
{
	enum err_code rc = limit_ms(tx, began_at, name, out, e);
	if (rc == OK && *out == 0)
		*out = DUTY_DUE_DEFAULT_MS;
	return rc;
}

static int64_t story_began(const struct tube *t)
{
	if (t->opened_at && (!t->first_swab_at || t->opened_at < t->first_swab_at))
		return t->opened_at;
	return t->first_swab_at;
}

/* ---- folding ----------------------------------------------------------------------------------------------- */

enum event_column { V_WHAT, V_AT, V_CAMPAIGN, V_SITE, V_BOX, V_PLATE, V_LABORATORY, V_AREA, V_ROUND, V_POOL, V_POPULATION, V_VALUE,
		    V_VALUE_AT, V_CODE, V_SENT_AT, V_RECEIVED_AT, V_BOX_LABORATORY, V_OUTBREAK };

/* Events come ordered by what, at, fact: of "opened", "closed", "boxed" and "lost" the first report counts; of "plated" and
 * "result" the last, because a rerun or a correction replaces what was before. */
static void fold_event(struct tube *t, struct db *db, struct arena *a)
{
	int64_t at = db_int(db, V_AT), outbreak = db_int(db, V_OUTBREAK);
	if (!t->opened_at && (!t->outbreak || outbreak < t->outbreak))
		t->outbreak = outbreak;
	/* a tube that only a laboratory knows stands where that was reported, else nobody would ever see it */
	if (!t->opened_at && t->swabs_n == 0 && (!t->area || db_int(db, V_AREA) < t->area))
		t->area = db_int(db, V_AREA);
	switch ((enum tube_what)db_int(db, V_WHAT)) {
	case TUBE_OPENED:
		if (t->opened_at) {
			if (t->campaign != db_int(db, V_CAMPAIGN) || t->round != db_int(db, V_ROUND))
				t->conflict |= CONFLICT_OPENED;
			break;
		}
		t->opened_at = at;
		t->outbreak = outbreak;
		t->code = arena_str(a, db_text(db, V_CODE));
		t->campaign = db_int(db, V_CAMPAIGN);
		t->round = db_int(db, V_ROUND);
		t->site = db_int(db, V_SITE);
		t->area = db_int(db, V_AREA);
		t->pool_size = db_int(db, V_POOL);
		t->population = db_int(db, V_POPULATION);
		break;
	case TUBE_CLOSED:
		if (!t->closed_at) {
			t->closed_at = at;
			t->counted_n = db_int(db, V_VALUE);
		}
		break;
	case TUBE_BOXED:
		if (t->box && t->box != db_int(db, V_BOX))
			t->conflict |= CONFLICT_BOX;
		if (!t->box) {
			t->box = db_int(db, V_BOX);
			t->sent_at = db_int(db, V_SENT_AT);
			t->received_at = db_int(db, V_RECEIVED_AT);
			t->laboratory = db_int(db, V_BOX_LABORATORY);
		}
		break;
	case TUBE_PLATED:
		t->plate = db_int(db, V_PLATE);
		t->plated_at = at;
		if (db_int(db, V_LABORATORY))
			t->laboratory = db_int(db, V_LABORATORY);
		break;
	case TUBE_RESULT:
		if (t->result != NO_RESULT && t->result != db_int(db, V_VALUE))
			t->conflict |= CONFLICT_RESULT;
		t->result = db_int(db, V_VALUE);
		t->tested_at = db_int(db, V_VALUE_AT);
		t->reported_at = at;
		if (db_int(db, V_LABORATORY))
			t->laboratory = db_int(db, V_LABORATORY);
		break;
	case TUBE_LOST:
		if (!t->lost_at) {
			t->lost_at = at;
			t->lost_reason = db_int(db, V_VALUE);
		}
		break;
	}
}

static enum err_code read_tube(struct ledger_tx *tx, int64_t key, struct tube *out, struct err *e)
{
	struct tube t = {.key = key, .code = STR(""), .counted_n = -1, .result = NO_RESULT, .lost_reason = -1};
	enum err_code rc = db_query(tx->db, &SQL_testing_tube_get, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		t.swabs_n = db_int(tx->db, 0);
		t.first_swab_at = db_int(tx->db, 1);
		t.last_swab_at = db_int(tx->db, 2);
		t.area = t.swabs_n ? db_int(tx->db, 3) : 0; /* that of its swabs */
		t.outbreak = db_int(tx->db, 4);
		t.pool_size_before = db_int(tx->db, 5);
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_testing_tube_events, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db))
		fold_event(&t, tx->db, tx->arena);
	rc = db_stop(tx->db, e);
	if (rc == OK)
		*out = t;
	return rc;
}

static enum err_code write_tube(struct ledger_tx *tx, const struct tube *t, struct err *e)
{
	return db_run(tx->db, &SQL_testing_tube_put,
		      PARAMS(V_INT(tx->county), V_INT(t->key), V_TEXT(t->code), V_INT(t->campaign), V_INT(t->round), V_INT(t->site),
			     V_INT(t->area), V_INT(t->pool_size), V_INT(t->population), V_INT(t->swabs_n), V_INT(t->first_swab_at),
			     V_INT(t->last_swab_at), V_INT(t->opened_at), V_INT(t->closed_at), V_INT(t->counted_n), V_INT(t->box),
			     V_INT(t->sent_at), V_INT(t->received_at), V_INT(t->laboratory), V_INT(t->plate), V_INT(t->plated_at),
			     V_INT(t->result), V_INT(t->tested_at), V_INT(t->reported_at), V_INT(t->lost_at), V_INT(t->lost_reason),
			     V_INT(t->conflict), V_INT(t->outbreak)),
		      e);
}

/* ---- clocks --------------------------------------------------------------------------------------------------- */

static enum err_code set_clock(struct ledger_tx *tx, const struct tube *t, const char *clock, int64_t start, int64_t stop,
			       struct err *e)
{
	int64_t limit;
	if (start == 0) /* late news of an earlier box can take "received" back; nothing else un-happens */
		return t->conflict & CONFLICT_BOX ? clock_unset(tx, clock, t->key, e) : OK;
	enum err_code rc = limit_ms(tx, story_began(t), str_of(clock), &limit, e);
	if (rc != OK)
		return rc;
	/* device clocks differ: a hand-over that seems to end before it began took no time */
	if (stop != 0 && stop < start)
		stop = start;
	return clock_set(tx, &(struct clock_span){clock, t->key, t->area, start, stop, limit}, e);
}

static enum err_code set_clocks(struct ledger_tx *tx, const struct tube *t, struct err *e)
{
	/* a tube that was lost leaves the chain: what still runs ends there */
	int64_t end = t->lost_at;
	const struct {
		const char *clock;
		int64_t start, stop;
	} spans[] = {
		{"swab_to_close", t->first_swab_at, t->closed_at ? t->closed_at : end},
		{"close_to_send", t->closed_at, t->sent_at ? t->sent_at : end},
		{"send_to_receive", t->sent_at, t->received_at ? t->received_at : end},
		{"receive_to_result", t->received_at, t->tested_at ? t->tested_at : end},
		{"result_to_report", t->tested_at, t->reported_at},
		{"swab_to_report", t->first_swab_at, t->reported_at ? t->reported_at : end},
	};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < ARRAY_N(spans); i++)
		rc = set_clock(tx, t, spans[i].clock, spans[i].start, spans[i].stop, e);
	return rc;
}

/* ---- duties of a tube ------------------------------------------------------------------------------------------- */

/* "cn-covid19-9 pools.positive": the edition in force at that instant, and the rule in it. */
static enum err_code clause(struct ledger_tx *tx, int64_t at, const char *rule, struct str *out, struct err *e)
{
	const struct protocol *p = NULL;
	enum err_code rc = ledger_protocol_at(tx, at, &p, e);
	if (rc == OK)
		*out = p ? arena_printf(tx->arena, "%.*s %s", STR_ARG(p->id), rule) : str_of(rule);
	return rc;
}

/* Opens the duty when it is called for, else takes it away. */
static enum err_code want(struct ledger_tx *tx, bool wanted, const struct duty *d, struct err *e)
{
	return wanted ? duty_set(tx, d, e) : duty_unset(tx, d->kind, d->subject, d->part, e);
}

static enum err_code derive_tube(struct ledger_tx *tx, const struct tube *t, struct err *e)
{
	bool overfull = t->pool_size > 0 && t->swabs_n > t->pool_size;
	bool miscounted = t->closed_at && t->counted_n >= 0 && t->counted_n != t->swabs_n;
	int64_t began = story_began(t), explain_limit, conflict_limit;
	int64_t closed = t->closed_at ? t->closed_at : t->last_swab_at, reported = t->reported_at ? t->reported_at : closed;
	struct duty explain = {.kind = "testing.explain", .subject = t->key, .state = DUTY_OPEN, .area = t->area, .from_at = closed};
	struct duty conflict = {.kind = "testing.conflict", .subject = t->key, .state = DUTY_OPEN, .area = t->area, .from_at = reported};
	enum err_code rc = due_ms(tx, began, STR("close_to_send"), &explain_limit, e);
	if (rc == OK)
		rc = due_ms(tx, began, STR("result_to_report"), &conflict_limit, e);
	if (rc == OK)
		rc = clause(tx, began, "collected = counted", &explain.clause, e);
	if (rc == OK)
		rc = clause(tx, began, "one tube, one story", &conflict.clause, e);
	if (rc != OK)
		return rc;
	explain.due_at = closed + explain_limit;
	conflict.due_at = reported + conflict_limit;
	rc = want(tx, overfull || miscounted, &explain, e);
	return rc == OK ? want(tx, t->conflict != 0, &conflict, e) : rc;
}

/* ---- duties of its members -------------------------------------------------------------------------------------- */

/* What of a person's later samples answers a duty that began at `since`. */
struct answers {
	int64_t swab_at;        /* first swab after, 0 = none */
	int64_t single_at;      /* first swab alone in a tube after, 0 = none */
	int64_t single_known_at; /* when the result of such a single tube was reported, 0 = not yet */
};

static enum err_code read_answers(struct ledger_tx *tx, int64_t person, int64_t tube, int64_t since, struct answers *out,
				  struct err *e)
{
	struct answers a = {0};
	enum err_code rc = db_query(tx->db, &SQL_testing_person_swabs, PARAMS(V_INT(tx->county), V_INT(person)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		int64_t at = db_int(tx->db, 0), result = db_int(tx->db, 2);
		if (at <= since || db_int(tx->db, 4) == tube)
			continue;
		if (!a.swab_at)
			a.swab_at = at;
		if (db_int(tx->db, 1) != 1)
			continue;
		if (!a.single_at)
			a.single_at = at;
		/* the earliest report, not that of the earliest sample: two samples of one instant have no order */
		int64_t reported_at = db_int(tx->db, 3);
		if ((result == TEST_NEGATIVE || result == TEST_POSITIVE) && (!a.single_known_at || reported_at < a.single_known_at))
			a.single_known_at = reported_at;
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		*out = a;
	return rc;
}

static struct duty member_duty(const char *kind, int64_t person, const struct tube *t, int64_t from, int64_t limit, int64_t done_at)
{
	return (struct duty){.kind = kind,
			     .subject = person,
			     .part = t->key,
			     .state = done_at ? DUTY_DONE : DUTY_OPEN,
			     .area = t->area,
			     .from_at = from,
			     .due_at = from + limit,
			     .done_at = done_at};
}

static enum err_code derive_positive(struct ledger_tx *tx, int64_t person, const struct tube *t, int64_t since, bool retest,
				     struct err *e)
{
	struct answers a = {0};
	int64_t retest_limit = 0, control_limit = 0;
	struct str rule = STR_NONE;
	enum err_code rc = OK;
	if (retest)
		rc = read_answers(tx, person, t->key, since, &a, e);
	if (rc == OK)
		rc = clause(tx, since, "pools.positive", &rule, e);
	if (rc == OK)
		rc = due_ms(tx, since, STR("pool_retest"), &retest_limit, e);
	if (rc == OK)
		rc = due_ms(tx, since, STR("pool_control"), &control_limit, e);
	struct duty sample = member_duty("testing.retest", person, t, since, retest_limit, a.single_at);
	struct duty isolate = member_duty("testing.isolate", person, t, since, control_limit, a.single_known_at);
	sample.clause = isolate.clause = rule;
	if (rc == OK)
		rc = want(tx, retest, &sample, e);
	if (rc == OK)
		rc = want(tx, retest, &isolate, e);
	return rc;
}

static enum err_code derive_resample(struct ledger_tx *tx, int64_t person, const struct tube *t, struct err *e)
{
	bool invalid = t->result == TEST_INVALID;
	bool lost = t->lost_at && t->result == NO_RESULT;
	int64_t since = invalid ? t->reported_at : t->lost_at, limit = 0;
	struct answers a = {0};
	enum err_code rc = OK;
	if (invalid || lost)
		rc = read_answers(tx, person, t->key, since, &a, e);
	if (rc == OK && (invalid || lost))
		rc = due_ms(tx, since, STR("pool_retest"), &limit, e);
	struct duty again = member_duty("testing.resample", person, t, since, limit, a.swab_at);
	if (rc == OK)
		rc = clause(tx, since, "collected = reported", &again.clause, e);
	return rc == OK ? want(tx, invalid || lost, &again, e) : rc;
}

static enum err_code derive_member(struct ledger_tx *tx, int64_t person, const struct tube *t, struct err *e)
{
	int64_t ordered_at = 0, outbreak = t->outbreak, of_fact = tx->outbreak;
	enum err_code rc = db_query(tx->db, &SQL_testing_retest_get, PARAMS(V_INT(tx->county), V_INT(person), V_INT(t->key)), e);
	if (rc != OK)
		return rc;
	if (db_next(tx->db)) {
		ordered_at = db_int(tx->db, 0);
		if (!outbreak)
			outbreak = db_int(tx->db, 1);
	}
	rc = db_stop(tx->db, e);
	if (rc != OK)
		return rc;
	tx->outbreak = outbreak;
	/* a tube with one person needs no second sample to know whom it speaks of */
	bool pooled = t->result == TEST_POSITIVE && t->swabs_n > 1;
	int64_t since = pooled ? t->reported_at : ordered_at;
	if (pooled && ordered_at && ordered_at < since)
		since = ordered_at;
	rc = derive_positive(tx, person, t, since, pooled || ordered_at != 0, e);
	if (rc == OK)
		rc = derive_resample(tx, person, t, e);
	if (rc == OK && (pooled || ordered_at || t->lost_at || t->result == TEST_INVALID))
		watch_add(&watched, tx->county, person);
	if (rc == OK && ordered_at)
		watch_add(&ordered, tx->county, t->key);
	tx->outbreak = of_fact;
	return rc;
}

enum err_code testing_derive_member(struct ledger_tx *tx, int64_t person, int64_t tube, struct err *e)
{
	struct tube t;
	enum err_code rc = read_tube(tx, tube, &t, e);
	return rc == OK ? derive_member(tx, person, &t, e) : rc;
}

/* A later swab or result of a person may discharge what an earlier tube asked of him. */
static enum err_code derive_person(struct ledger_tx *tx, int64_t person, struct err *e)
{
	const int64_t *tubes;
	size_t n;
	if (!watch_has(&watched, tx->county, person))
		return OK;
	enum err_code rc = ledger_keys(tx, &SQL_testing_person_tubes, person, &tubes, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = testing_derive_member(tx, person, tubes[i], e);
	return rc;
}

static enum err_code fold_tube(struct ledger_tx *tx, int64_t key, struct err *e)
{
	struct tube t;
	enum err_code rc = read_tube(tx, key, &t, e);
	/* clocks and duties belong to the outbreak of the tube, whoever carries it or tests it */
	int64_t of_fact = tx->outbreak;
	tx->outbreak = t.outbreak;
	if (rc == OK)
		rc = write_tube(tx, &t, e);
	if (rc == OK)
		rc = set_clocks(tx, &t, e);
	if (rc == OK)
		rc = derive_tube(tx, &t, e);
	tx->outbreak = of_fact;
	/* pooled tubes without result and negative ones are nearly all tubes: nothing follows for their members, unless the tube
	 * was taken for a single one until now, or somebody was ordered to be sampled again because of it */
	bool single = t.pool_size == 1 || t.pool_size_before == 1;
	bool quiet = (t.result == NO_RESULT || (t.result == TEST_NEGATIVE && t.conflict == 0)) && !t.lost_at && !single;
	bool asked = watch_has(&ordered, tx->county, key);
	if (rc != OK || ((t.swabs_n == 0 || quiet) && !asked))
		return rc;
	const int64_t *members;
	size_t n;
	rc = ledger_keys(tx, &SQL_testing_tube_members, key, &members, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		if (t.result != NO_RESULT || t.lost_at || asked)
			rc = derive_member(tx, members[i], &t, e);
		if (rc == OK)
			rc = derive_person(tx, members[i], e);
	}
	return rc;
}

/* ---- what is reported ----------------------------------------------------------------------------------------------- */

enum err_code testing_tube_note(struct ledger_tx *tx, int64_t tube, const struct tube_event *v, struct err *e)
{
	const struct fact *f = tx->fact;
	struct db_val ct_n = v->has_ct && !isnan(v->ct_n) ? V_REAL(v->ct_n) : V_NULL;
	struct db_val ct_orf = v->has_ct && !isnan(v->ct_orf) ? V_REAL(v->ct_orf) : V_NULL;
	return db_run(tx->db, &SQL_testing_event_put,
		      PARAMS(V_INT(tx->county), V_INT(tube), V_INT(v->what), V_INT(f->at), V_ID(&f->id), V_INT(v->campaign), V_INT(v->site),
			     V_INT(v->box), V_INT(v->plate), V_INT(v->laboratory), V_INT(f->area), V_INT(v->round), V_INT(v->pool_size),
			     V_INT(v->population), V_INT(v->value), V_INT(v->value_at), V_TEXT(v->code.p ? v->code : STR("")), ct_n, ct_orf,
			     V_INT(tx->outbreak)),
		      e);
}

enum err_code testing_tube_event(struct ledger_tx *tx, int64_t tube, const struct tube_event *v, struct err *e)
{
	enum err_code rc = testing_tube_note(tx, tube, v, e);
	return rc == OK ? fold_tube(tx, tube, e) : rc;
}

struct box {
	struct str code;
	int64_t area, sent_at, sent_n, received_at, received_n, laboratory;
	int64_t outbreak; /* of the fact that sent it */
};

static enum err_code read_box(struct ledger_tx *tx, int64_t key, struct box *out, struct err *e)
{
	struct box b = {.code = STR(""), .received_n = -1};
	enum err_code rc = db_query(tx->db, &SQL_testing_box_events, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	while (db_next(tx->db)) {
		int64_t at = db_int(tx->db, 1);
		if (db_int(tx->db, 0) == BOX_SENT && !b.sent_at) {
			b.sent_at = at;
			b.sent_n = db_int(tx->db, 3);
			b.laboratory = db_int(tx->db, 2);
			b.code = arena_str(tx->arena, db_text(tx->db, 4));
			b.area = db_int(tx->db, 5);
			b.outbreak = db_int(tx->db, 6);
		} else if (db_int(tx->db, 0) == BOX_RECEIVED && !b.received_at) {
			b.received_at = at;
			b.received_n = db_int(tx->db, 3);
			b.laboratory = db_int(tx->db, 2); /* who has it, not where it was meant to go */
			if (!b.area)
				b.area = db_int(tx->db, 5);
		}
	}
	rc = db_stop(tx->db, e);
	if (rc == OK)
		*out = b;
	return rc;
}

enum err_code testing_box_event(struct ledger_tx *tx, int64_t box, enum box_what what, int64_t laboratory, int64_t tubes_n,
				struct str code, struct err *e)
{
	const struct fact *f = tx->fact;
	struct box b;
	int64_t limit = 0, of_fact = tx->outbreak;
	const int64_t *tubes;
	size_t n;
	struct str rule = STR_NONE;
	enum err_code rc = db_run(tx->db, &SQL_testing_box_event_put,
				  PARAMS(V_INT(tx->county), V_INT(box), V_INT(what), V_INT(f->at), V_ID(&f->id), V_INT(laboratory), V_INT(tubes_n),
					 V_TEXT(code.p ? code : STR("")), V_INT(f->area), V_INT(tx->outbreak)),
				  e);
	if (rc == OK)
		rc = read_box(tx, box, &b, e);
	if (rc == OK && b.sent_at)
		tx->outbreak = b.outbreak;
	if (rc == OK)
		rc = db_run(tx->db, &SQL_testing_box_put,
			    PARAMS(V_INT(tx->county), V_INT(box), V_TEXT(b.code), V_INT(b.area), V_INT(b.sent_at), V_INT(b.sent_n),
				   V_INT(b.received_at), V_INT(b.received_n), V_INT(b.laboratory)),
			    e);
	if (rc == OK && b.sent_at)
		rc = due_ms(tx, b.sent_at, STR("send_to_receive"), &limit, e);
	if (rc == OK && b.sent_at)
		rc = clause(tx, b.sent_at, "limits.send_to_receive", &rule, e);
	if (rc == OK)
		rc = want(tx, b.sent_at != 0,
			  &(struct duty){.kind = "testing.receive_box", .subject = box, .state = b.received_at ? DUTY_DONE : DUTY_OPEN,
					 .area = b.area, .from_at = b.sent_at, .due_at = b.sent_at + limit, .done_at = b.received_at,
					 .clause = rule},
			  e);
	tx->outbreak = of_fact;
	if (rc == OK)
		rc = ledger_keys(tx, &SQL_testing_box_tubes, box, &tubes, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = fold_tube(tx, tubes[i], e);
	return rc;
}

/* The rounds are how a person's swabs are found (testing_person_swabs), so every round that a swab names has a row. */
static enum err_code mention_round(struct ledger_tx *tx, const struct swab *s, struct err *e)
{
	if (mentioned.county == tx->county && mentioned.campaign == s->campaign && mentioned.round == s->round)
		return OK;
	enum err_code rc = db_run(tx->db, &SQL_testing_round_mention, PARAMS(V_INT(tx->county), V_INT(s->campaign), V_INT(s->round)), e);
	if (rc == OK) {
		mentioned.county = tx->county;
		mentioned.campaign = s->campaign;
		mentioned.round = s->round;
	}
	return rc;
}

enum err_code testing_swab(struct ledger_tx *tx, const struct swab *s, struct err *e)
{
	const struct db_val row[] = {V_INT(tx->county), V_INT(s->campaign), V_INT(s->round), V_INT(s->person), V_INT(s->tube), V_INT(s->at)};
	int64_t known_at;
	enum err_code rc = db_one(tx->db, &SQL_testing_swab_get, row, 5, -1, &known_at, e);
	if (rc != OK)
		return rc;
	bool first = known_at == -1;
	if (first) {
		rc = db_run(tx->db, &SQL_testing_swab_put, row, ARRAY_N(row), e);
		if (rc == OK)
			rc = mention_round(tx, s, e);
	} else if (s->at < known_at)
		rc = db_run(tx->db, &SQL_testing_swab_earlier, row, ARRAY_N(row), e);
	if (rc == OK)
		rc = db_query(tx->db, &SQL_testing_tube_swab,
			      PARAMS(V_INT(tx->county), V_INT(s->tube), V_INT(s->area), V_INT(s->at), V_INT(first), V_INT(tx->outbreak)),
			      e);
	if (rc != OK)
		return rc;
	CHECK(db_next(tx->db));
	int64_t swabs_n = db_int(tx->db, 0), pool_size = db_int(tx->db, 1), first_swab_at = db_int(tx->db, 2), opened_at = db_int(tx->db, 3);
	bool moved_on = db_int(tx->db, 4) != 0 || db_int(tx->db, 5) != NO_RESULT || db_int(tx->db, 6) != 0 || db_int(tx->db, 7) != 0;
	rc = db_stop(tx->db, e);
	/* The common case, a further swab in an open pooled tube, ends here. */
	bool starts_clock = first_swab_at == s->at || opened_at == 0;
	if (rc == OK && (starts_clock || moved_on || pool_size == 1 || (pool_size > 0 && swabs_n > pool_size)))
		rc = fold_tube(tx, s->tube, e);
	if (rc == OK)
		rc = derive_person(tx, s->person, e);
	return rc;
}
