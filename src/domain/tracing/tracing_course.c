/* SPDX-License-Identifier: Apache-2.0
 *
 * The stages of a contact's regimen as spans of time, for the domains that care for people where they stay.
 */
#include "domain/tracing/tracing_regimen.h"

static int64_t ended_at(const struct person_state *p, const struct plan *plan)
{
	int64_t end = plan->released_at < plan->lapsed_at ? plan->released_at : plan->lapsed_at;
	return p->own_case_at < end ? p->own_case_at : end;
}

enum err_code tracing_course_read(struct ledger_tx *tx, int64_t person, struct tracing_course *out, struct err *e)
{
	struct person_state p;
	struct plan plan;
	bool found;
	*out = (struct tracing_course){.person = person};
	enum err_code rc = tracing_state_read(tx, person, &p, e);
	if (rc == OK)
		rc = tracing_plan_governing(tx, &p, &plan, &found, e);
	if (rc != OK)
		return rc;
	out->person = p.person;
	if (!found)
		return OK;
	struct tracing_stage_span *v = ARENA_ARRAY(tx->arena, struct tracing_stage_span, plan.items_n + 1);
	size_t n = 0;
	int64_t end = ended_at(&p, &plan);
	for (size_t i = 0; i < plan.items_n; i++) {
		const struct regimen_item *it = &plan.items[i];
		if ((it->kind != ITEM_STAGE && it->kind != ITEM_TRANSFER) || it->from >= end)
			continue;
		if (n > 0)
			v[n - 1].until = it->from;
		bool added = (size_t)it->stage >= plan.tier->stage_n;
		v[n++] = (struct tracing_stage_span){.from = it->from, .until = end,
						     .place = plan.s->place >= 0 ? plan.s->place : (int64_t)it->place, .added = added,
						     .stage = &plan.tier->stage[added ? plan.tier->stage_n - 1 : (size_t)it->stage]};
	}
	out->known_at = plan.identified_at;
	out->ends_at = plan.ends_at;
	out->outbreak = plan.s->outbreak;
	out->area = plan.s->area;
	out->protocol = plan.protocol;
	out->tier = plan.tier;
	out->span = v;
	out->span_n = n;
	return OK;
}
