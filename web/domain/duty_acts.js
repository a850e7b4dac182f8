// SPDX-License-Identifier: Apache-2.0
// duty_acts.js - which fact ends a duty of a kind, and what of it the duty knows already; or the page where it is done. Every kind of
// duty stands in one of the two (tests/web/screens.mjs asks the server for the kinds).

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
	'tracing.test': { fact: 'testing.swab_taken', known: (r) => ({ person: r.subject }), alone: true },
	'tracing.check': { fact: 'tracing.health_checked', known: (r) => ({ person: r.subject }) },
	'tracing.measure': { fact: 'tracing.measure_given', known: (r) => ({ person: r.subject }) },
	'tracing.release': { fact: 'tracing.contact_released', known: (r) => ({ person: r.subject }), alone: true },
	'tracing.answer_appeal': { fact: 'tracing.appeal_answered', known: (r) => ({ person: r.subject }), alone: true },
	'people.merge': { fact: 'people.persons_merged', known: (r) => ({ person: r.subject, other: r.part_id }), alone: true },
	'isolation.meal': { fact: 'isolation.meal_served', known: (r) => ({ site: r.subject }), alone: true },
	'isolation.waste': { fact: 'isolation.waste_handed_over', known: (r) => ({ site: r.subject }), alone: true },
	'isolation.psych': { fact: 'isolation.psych_round_done', known: (r) => ({ site: r.subject }), alone: true },
	'isolation.disinfect': { fact: 'isolation.room_disinfected', known: (r) => ({ room: r.subject }) },
	'isolation.conflict': { fact: 'isolation.conflict_settled', known: (r) => ({ person: r.subject, room: r.part_id }), alone: true },
	'isolation.inquiry': { fact: 'isolation.inquiry_done', known: (r) => ({ room: r.subject, case: r.part_id }), alone: true },
	'isolation.reset': { fact: 'tracing.regimen_reset', known: (r) => ({ person: r.subject }), alone: true },
	'isolation.staff_test': { fact: 'testing.swab_taken', known: (r) => ({ person: r.subject }), alone: true },
	'isolation.after_duty': { fact: 'isolation.staff_cleared', known: (r) => ({ person: r.subject }) },
	'zones.publish': { fact: 'zones.none_needed', known: (r) => ({ case: r.subject }), alone: true },
	'zones.judge': { fact: 'zones.risk_judged', known: (r) => ({ zone: r.subject, case: r.part_id }), alone: true },
	'zones.return': { fact: 'zones.exit_returned', known: (r) => ({ person: r.subject, exit: r.part_id }) },
	'zones.man_post': { fact: 'zones.post_manned', known: (r) => ({ post: r.subject }) },
	'zones.check_barrier': { fact: 'zones.barrier_checked', known: (r) => ({ barrier: r.subject }) },
	'zones.remove_barrier': { fact: 'zones.barrier_removed', known: (r) => ({ barrier: r.subject }) },
	'zones.assign_slot': { fact: 'zones.slot_assigned', known: (r) => ({ household: r.subject }), alone: true },
	'homecare.assess': { fact: 'homecare.home_assessed', known: (r) => ({ person: r.subject }), alone: true },
	'homecare.team': { fact: 'homecare.team_assigned', known: (r) => ({ person: r.subject }), alone: true },
	'homecare.visit': { fact: 'homecare.visit_done', known: (r) => ({ person: r.subject, visit: r.part_id }), alone: true },
	'homecare.daily_visit': { fact: 'homecare.visit_done', known: (r) => ({ person: r.subject }) },
	'homecare.check': { fact: 'tracing.health_checked', known: (r) => ({ person: r.subject }) },
	'homecare.deliver': { fact: 'homecare.delivery_done', known: (r) => ({ person: r.subject }) },
	'homecare.waste': { fact: 'homecare.waste_collected', known: (r) => ({ person: r.subject }) },
	'homecare.call_back': { fact: 'homecare.call_done', known: (r) => ({ watch: r.subject, opening: r.part_id }), alone: true },
	'homecare.back_home': { fact: 'homecare.exit_returned', known: (r) => ({ person: r.subject, exit: r.part_id }) },
	'homecare.household_test': { fact: 'testing.swab_taken', known: (r) => ({ person: r.part_id || r.subject }), alone: true },
	'homecare.unbind': { fact: 'homecare.sensor_unbound', known: (r) => ({ watch: r.subject }) },
	'orders.decide_end': { fact: 'orders.order_lifted', known: (r) => ({ person: r.subject, order: r.part_id }), alone: true },
	'orders.lift_granted': { fact: 'orders.order_lifted', known: (r) => ({ person: r.subject, order: r.part_id }), alone: true },
	'orders.answer_appeal': { fact: 'orders.appeal_answered', known: (r) => ({ person: r.subject, appeal: r.part_id }), alone: true },
	'orders.answer_help': { fact: 'orders.help_answered', known: (r) => ({ person: r.subject, help: r.part_id }), alone: true },
	'orders.emergency': { fact: 'orders.help_answered', known: (r) => ({ person: r.subject, help: r.part_id }), alone: true },
};
const person = (/** @type {any} */ r) => /** @type {[string, any]} */ (['person', { person: r.subject }]);
const zone = (/** @type {any} */ r) => /** @type {[string, any]} */ (['zone', { zone: r.subject }]);
const board = () => /** @type {[string, any]} */ (['vehicles', {}]);
/** Duties that are done on a page of their own. @type {Record<string, (r: any) => [string, Record<string, any>]>} */
export const dutyPages = {
	'testing.isolate': person,
	'testing.conflict': (r) => ['tube', { tube: r.subject }],
	'testing.explain': (r) => ['tube', { tube: r.subject }],
	'tracing.review_proposal': (r) => ['case', { case: r.subject }],
	'tracing.reclassify': person,
	'isolation.guardian': (r) => ['room', { room: r.subject }],
	'isolation.round': (r) => ['site', { site: r.subject }],
	'zones.decide': zone,
	'zones.step_down': zone,
	'zones.conflict': zone,
	'zones.test': zone,
	'zones.first_round': zone,
	'zones.final_round': zone,
	'zones.serve': (r) => ['list', { query: 'zones.unserved', zone: r.subject }],
	'homecare.rehouse': person,
	'homecare.move': person,
	'homecare.conflict': person,
	'homecare.sensor_silent': () => ['list', { query: 'homecare.sensors' }],
	'orders.conflict': person,
	'transfer.review': board,
	'transfer.dispatch': board,
	'transfer.disinfect': board,
	'transfer.receive': board,
	'transfer.conflict': board,
};
/** What the part of a duty is, where it is a thing of its own. @type {Record<string, string>} */
export const partKinds = {
	testing: 'tube',
	'people.merge': 'person',
	'tracing.open_case': 'tube',
	'isolation.conflict': 'room',
	'isolation.guardian': 'person',
	'isolation.inquiry': 'case',
	'isolation.reset': 'case',
	'zones.judge': 'case',
	'homecare.household_test': 'person',
};
