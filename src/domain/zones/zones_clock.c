/* SPDX-License-Identifier: Apache-2.0
 *
 * Since when a zone is quiet: new infections of the people and places it covers, as zone_cover and zone_trace say, weighed by
 * what an officer judged of them; and from when it may step down.
 */
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "domain/tracing/tracing.h"
#include "domain/zones/zones_state.h"
#include "sql.gen.h"

static void *room_for(struct arena *a, void *v, size_t n, size_t size)
{
	if (n > 0 && (n < 8 || (n & (n - 1)) != 0))
		return v;
	void *more = arena_alloc(a, (n < 8 ? 8 : n * 2) * size);
	if (n > 0)
		memcpy(more, v, n * size);
	return more;
}

/* The newest judgement of a case; NULL while nobody judged. */
static const struct zone_row_event *judgement(const struct zone_fold *z, int64_t case_key)
{
	const struct zone_row_event *found = NULL;
	for (size_t i = 0; i < z->event_n; i++)
		if (z->event[i].what == WHAT_JUDGED && z->event[i].case_key == case_key)
			found = &z->event[i];
	return found;
}

/* Rows come by case: the home first, then by unit, so the first row of a case that counts is the same in every ledger. A stay at
 * a place counts only while the zone stood: what was there before is why the zone was drawn. */
static enum err_code read_hits(struct ledger_tx *tx, struct zone_fold *z, struct err *e)
{
	struct db *db = tx->db;
	bool isolated_counts = z->rules && z->rules->found_isolated.v == 1;
	enum err_code rc = db_query(db, &SQL_zones_hits, PARAMS(V_INT(tx->county), V_INT(z->key), V_INT(z->outbreak)), e);
	if (rc != OK)
		return rc;
	while (db_next(db)) {
		int64_t case_key = db_int(db, 0), opened = db_int(db, 2), until = db_int(db, 4);
		bool home = db_int(db, 1) == 1;
		if (opened <= z->start_at || (z->ended_at > 0 && opened > z->ended_at) || (!home && until < z->start_at))
			continue;
		if (z->hit_n > 0 && z->hit[z->hit_n - 1].case_key == case_key)
			continue;
		z->hit = room_for(tx->arena, z->hit, z->hit_n, sizeof *z->hit);
		z->hit[z->hit_n++] = (struct zone_hit){
			.case_key = case_key, .at = opened, .home = home,
			.unit = {.kind = (enum unit_kind)db_int(db, 5), .lo = db_int(db, 6), .key = db_int(db, 7)},
			.scope = db_int(db, 3) == FOUND_ISOLATION && !isolated_counts ? SCOPE_NONE : SCOPE_WHOLE};
	}
	return db_stop(db, e);
}

static void put_reset(struct ledger_tx *tx, struct zone_fold *z, int64_t at, int64_t case_key)
{
	z->reset = room_for(tx->arena, z->reset, z->reset_n, sizeof *z->reset);
	z->reset[z->reset_n++] = (struct zone_reset){at, case_key, NULL};
}

static void weigh(struct ledger_tx *tx, struct zone_fold *z, struct zone_hit *h)
{
	const struct zone_row_event *j = judgement(z, h->case_key);
	if (j)
		h->scope = j->flag;
	if (h->scope == SCOPE_WHOLE)
		put_reset(tx, z, h->at, h->case_key);
	if (!j || h->scope != SCOPE_PART)
		return;
	for (size_t t = 0; t < z->told_n; t++)
		for (size_t i = 0; i < z->unit_n; i++)
			if (id_eq(z->told[t].fact, j->fact) && z->unit[i].gone_at == 0 && zones_unit_same(&z->told[t].unit, &z->unit[i]) &&
			    z->unit[i].clock < h->at)
				z->unit[i].clock = h->at;
}

static int by_time(const void *pa, const void *pb)
{
	const struct zone_reset *a = pa, *b = pb;
	return a->at != b->at ? (a->at < b->at ? -1 : 1) : (a->case_key == 0) - (b->case_key == 0);
}

static struct zone_facts facts_at(const struct zone_fold *z, int64_t clock)
{
	return (struct zone_facts){.clock = clock, .by_downgrade = z->by_downgrade, .covered_round = PROTOCOL_NO_TIME,
				   .last_contact_exposure = PROTOCOL_NO_TIME};
}

/* The days are over then; 0 when waiting alone does not do it. */
int64_t zones_days_over(const struct zone_fold *z)
{
	if (z->lapsed_at > 0)
		return z->lapsed_at;
	struct zone_facts f = facts_at(z, z->clock);
	int64_t t = z->rules ? protocol_zone_earliest(z->rules, &f) : PROTOCOL_NO_TIME;
	return t != PROTOCOL_NO_TIME ? t : z->ends_at;
}

/* Signed as if all were met, before the days were over by what was known of the clock up to then. */
static bool too_soon(const struct zone_fold *z)
{
	struct zone_fold seen = {.name = STR("")};
	for (size_t i = 0; i < z->event_n; i++) {
		const struct zone_row_event *v = &z->event[i];
		bool ends = v->what == WHAT_LIFTED && v->at == z->ended_at;
		bool steps = v->what == WHAT_STEPPED_DOWN && (v->at == z->ended_at || v->at == z->stepped_at);
		if (v->what == WHAT_DECLARED || v->what == WHAT_ENTERED) {
			seen.rules = z->protocol ? protocol_zone_find(z->protocol, v->class) : NULL;
			seen.by_downgrade = v->what == WHAT_ENTERED;
			seen.ends_at = v->until_at;
		}
		if ((!ends && !steps) || v->flag == 1 || !seen.rules)
			continue;
		seen.clock = 0;
		for (size_t k = 0; k < z->reset_n; k++)
			if (z->reset[k].at < v->at && z->reset[k].at > seen.clock)
				seen.clock = z->reset[k].at;
		struct zone_facts f = facts_at(&seen, seen.clock);
		int64_t t = protocol_zone_earliest(seen.rules, &f);
		if (t != PROTOCOL_NO_TIME && v->at < t && (z->lapsed_at == 0 || v->at < z->lapsed_at))
			return true;
		if (steps) {
			seen.rules = z->protocol ? protocol_zone_find(z->protocol, v->class) : NULL;
			seen.by_downgrade = true;
		}
	}
	return false;
}

enum err_code zones_clock(struct ledger_tx *tx, struct zone_fold *z, struct err *e)
{
	if (z->declared_at == 0)
		return OK;
	/* what ends with the last higher zone has no quiet days of its own */
	enum err_code rc = z->rules && z->rules->lift_with_higher.v ? OK : read_hits(tx, z, e);
	if (rc != OK)
		return rc;
	for (size_t i = 0; i < z->hit_n; i++)
		weigh(tx, z, &z->hit[i]);
	qsort(z->reset, z->reset_n, sizeof *z->reset, by_time);
	for (size_t i = 0; i < z->reset_n; i++) {
		if (!z->reset[i].rules && i > 0)
			z->reset[i].rules = z->reset[i - 1].rules;
		if (z->reset[i].at > z->clock)
			z->clock = z->reset[i].at;
		/* a new infection after the step-down: the few days of a quiet zone no longer fit */
		if (z->reset[i].case_key > 0 && z->stepped_at > 0 && z->reset[i].at > z->stepped_at)
			z->by_downgrade = false;
	}
	int64_t whole = z->clock;
	for (size_t i = 0; i < z->unit_n; i++) {
		struct zone_unit *u = &z->unit[i];
		if (u->gone_at > 0)
			continue;
		if (u->clock < whole)
			u->clock = whole;
		/* a unit that came later has been quiet since it came, as far as anybody knows */
		if (u->clock < u->since)
			u->clock = u->since;
		if (u->clock > z->clock)
			z->clock = u->clock;
	}
	if (too_soon(z))
		z->conflict |= CONFLICT_TOO_SOON;
	return OK;
}

