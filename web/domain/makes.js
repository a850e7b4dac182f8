// SPDX-License-Identifier: Apache-2.0
// makes.js - which facts bring something new into being: a form makes its id, and the page of a thing that is there does not offer them.

/**
 * Facts that bring an entity into being: its id is made here unless the address names one.
 * @type {Record<string, string>}
 */
export const makes = {
	'house.outbreak_declared': 'outbreak',
	'testing.campaign_declared': 'campaign',
	'testing.site_opened': 'site',
	'testing.laboratory_stated': 'laboratory',
	'testing.tube_opened': 'tube',
	'tracing.case_opened': 'case',
	'tracing.visit_recorded': 'visit',
	'tracing.contact_named': 'link',
	'people.person_registered': 'person',
	'people.household_registered': 'household',
	'people.place_registered': 'place',
	'people.unit_registered': 'unit',
	'people.user_registered': 'user',
	'zones.zone_proposed': 'zone',
	'zones.zone_declared': 'zone',
	'zones.point_opened': 'point',
	'zones.post_set': 'post',
	'zones.barrier_set': 'barrier',
	'zones.exit_granted': 'exit',
	'isolation.site_opened': 'site',
	'isolation.room_registered': 'room',
	'transfer.requested': 'transfer',
	'transfer.vehicle_registered': 'vehicle',
	'transfer.run_planned': 'run',
	'homecare.team_assigned': 'team',
	'homecare.visit_announced': 'visit',
	'homecare.exit_approved': 'exit',
	'homecare.sensor_bound': 'watch',
	'orders.order_signed': 'order',
	'orders.exit_approved': 'exit',
	'orders.appeal_made': 'appeal',
	'orders.help_asked': 'help',
	'orders.certificate_issued': 'certificate',
};
