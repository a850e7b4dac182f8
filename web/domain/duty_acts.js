// SPDX-License-Identifier: Apache-2.0
// duty_acts.js - which fact ends a duty of a kind, and what of it the duty knows already.

/**
 * @typedef {(r: any) => Record<string, any>} Known
 * @type {Record<string, {fact: string, known: Known, alone?: boolean}>} alone: each needs its own look, never in bulk
 */
export const dutyActs = {
	'testing.retest': { fact: 'testing.swab_taken', known: (r) => ({ person: r.subject }), alone: true },
	'testing.resample': { fact: 'testing.swab_taken', known: (r) => ({ person: r.subject }), alone: true },
	'testing.receive_box': { fact: 'testing.box_received', known: (r) => ({ box: r.subject }), alone: true },
	'tracing.open_case': { fact: 'tracing.case_opened', known: (r) => ({ person: r.subject, tube: r.part_id }), alone: true },
	'tracing.core_facts': { fact: 'tracing.interview_recorded', known: (r) => ({ case: r.subject }), alone: true },
	'tracing.investigate': { fact: 'tracing.interview_recorded', known: (r) => ({ case: r.subject }), alone: true },
	'tracing.isolate_case': { fact: 'tracing.case_isolated', known: (r) => ({ case: r.subject }) },
	'tracing.transfer': { fact: 'tracing.contact_secured', known: (r) => ({ person: r.subject }) },
	'tracing.move': { fact: 'tracing.contact_secured', known: (r) => ({ person: r.subject }) },
	'tracing.check': { fact: 'tracing.health_checked', known: (r) => ({ person: r.subject }) },
	'tracing.measure': { fact: 'tracing.measure_given', known: (r) => ({ person: r.subject }) },
	'tracing.release': { fact: 'tracing.contact_released', known: (r) => ({ person: r.subject }), alone: true },
	'tracing.answer_appeal': { fact: 'tracing.appeal_answered', known: (r) => ({ person: r.subject }), alone: true },
	'isolation.disinfect': { fact: 'isolation.disinfected', known: (r) => ({ room: r.subject }) },
	'homecare.assess': { fact: 'homecare.home_assessed', known: (r) => ({ person: r.subject }), alone: true },
	'homecare.team': { fact: 'homecare.team_assigned', known: (r) => ({ person: r.subject }), alone: true },
	'homecare.check': { fact: 'tracing.health_checked', known: (r) => ({ person: r.subject }) },
	'homecare.daily_visit': { fact: 'homecare.visit_done', known: (r) => ({ person: r.subject }) },
	'homecare.deliver': { fact: 'homecare.delivery_done', known: (r) => ({ person: r.subject }) },
	'homecare.waste': { fact: 'homecare.waste_collected', known: (r) => ({ person: r.subject }) },
	'homecare.call_back': { fact: 'homecare.call_done', known: (r) => ({ watch: r.subject, opening: r.part_id }), alone: true },
	'orders.decide_end': { fact: 'orders.order_lifted', known: (r) => ({ person: r.subject, order: r.part_id }), alone: true },
	'orders.lift_granted': { fact: 'orders.order_lifted', known: (r) => ({ person: r.subject, order: r.part_id }), alone: true },
	'orders.answer_appeal': { fact: 'orders.appeal_answered', known: (r) => ({ person: r.subject, appeal: r.part_id }), alone: true },
	'orders.answer_help': { fact: 'orders.help_answered', known: (r) => ({ person: r.subject, help: r.part_id }), alone: true },
	'orders.emergency': { fact: 'orders.help_answered', known: (r) => ({ person: r.subject, help: r.part_id }), alone: true },
	'people.merge': { fact: 'people.persons_merged', known: (r) => ({ person: r.subject, other: r.part_id }), alone: true },
};
/** Duties that are done on a page of their own. @type {Record<string, (r: any) => [string, Record<string, any>]>} */
export const dutyPages = {
	'tracing.review_proposal': (r) => ['case', { case: r.subject }],
	'tracing.reclassify': (r) => ['person', { person: r.subject }],
	'testing.isolate': (r) => ['person', { person: r.subject }],
	'testing.conflict': (r) => ['tube', { tube: r.subject }],
	'zones.step_down': (r) => ['zone', { zone: r.subject }],
	'zones.conflict': (r) => ['zone', { zone: r.subject }],
	'zones.test': (r) => ['zone', { zone: r.subject }],
	'zones.serve': (r) => ['list', { query: 'zones.unserved', zone: r.subject }],
	'isolation.round': (r) => ['site', { site: r.subject }],
	'testing.explain': (r) => ['tube', { tube: r.subject }],
};
