// SPDX-License-Identifier: Apache-2.0
// views.js - which view an address means, and where it stands in the menu.

import { board, wallBoard } from './domain/board.js';
import { dutyLog, duties } from './domain/duties.js';
import { clocks, reads } from './domain/house.js';
import { start } from './domain/start.js';

/** @typedef {(v: import('./core/page.js').Visit) => Promise<void>} View */

/** The rest is fetched when it is first opened, or when the first screen has been drawn and nothing else is to do. */
const loaders = /** @type {Record<string, () => Promise<any>>} */ ({
	testing: () => import('./domain/testing.js'),
	people: () => import('./domain/people.js'),
	bench: () => import('./domain/bench.js'),
	bulk: () => import('./domain/bulk.js'),
	chains: () => import('./domain/chains.js'),
	follow: () => import('./domain/follow.js'),
	labels: () => import('./domain/labels.js'),
	record: () => import('./domain/record.js'),
	rounds: () => import('./domain/rounds.js'),
	tracing: () => import('./domain/tracing.js'),
	lists: () => import('./domain/lists.js'),
	restrictions: () => import('./domain/restrictions.js'),
	sites: () => import('./domain/sites.js'),
	transfer: () => import('./domain/transfer.js'),
	zones: () => import('./domain/zones.js'),
});

/** A view of a module that is fetched when it is needed. @param {string} module @param {string} name @returns {View} */
const later = (module, name) => async (v) => (await loaders[module]())[name](v);

/** Fetches what is not there yet, one after the other. */
export async function fetchRest() {
	for (const load of Object.values(loaders)) await load().catch(() => {});
}

/** @type {Record<string, View>} */
export const views = {
	board,
	wall: wallBoard,
	clocks,
	duties,
	log: dutyLog,
	bulk: later('bulk', 'bulk'),
	missing: later('testing', 'missing'),
	tubes: later('testing', 'tubes'),
	tube: later('testing', 'tube'),
	boxes: later('testing', 'boxes'),
	bench: later('bench', 'bench'),
	labels: later('labels', 'labels'),
	reconciliation: later('rounds', 'reconciliation'),
	positives: later('rounds', 'positives'),
	campaigns: later('rounds', 'campaigns'),
	cases: later('tracing', 'cases'),
	case: later('tracing', 'oneCase'),
	contacts: later('tracing', 'contacts'),
	unmet: later('tracing', 'unmet'),
	chains: later('chains', 'chains'),
	grid: later('follow', 'grid'),
	venues: later('follow', 'venues'),
	venue: later('follow', 'venue'),
	trace: later('follow', 'trace'),
	evidence: later('follow', 'evidence'),
	person: later('people', 'person'),
	household: later('people', 'household'),
	record: later('record', 'record'),
	start,
	reads,
	vehicles: later('transfer', 'vehicles'),
	run: later('transfer', 'run'),
	zones: later('zones', 'zones'),
	zone: later('zones', 'zone'),
	sites: later('sites', 'sites'),
	site: later('sites', 'site'),
	room: later('sites', 'room'),
	homes: later('restrictions', 'homes'),
	orders: later('restrictions', 'orders'),
	appeals: later('restrictions', 'appeals'),
	help: later('restrictions', 'help'),
	list: later('lists', 'list'),
	lists: later('lists', 'lists'),
};
/**
 * The menu, in the order of the work: a group and its views. A view is left out where its query is not there (second place) or the
 * reader does not hold its right (third).
 * @type {[string, [string, string?, string?][]][]}
 */
export const menu = [
	['board', [['board']]],
	['duties', [['duties']]],
	[
		'testing',
		[['missing'], ['tubes'], ['boxes'], ['bench', 'testing.bench', 'LAB COMMAND'], ['reconciliation'], ['positives'], ['campaigns'], ['labels']],
	],
	['tracing', [['cases'], ['contacts'], ['venues', 'tracing.venues'], ['chains', 'tracing.chains'], ['grid']]],
	['zones', [['zones', 'zones.zones']]],
	['isolation', [['sites', 'isolation.sites']]],
	['vehicles', [['vehicles', 'transfer.queue']]],
	['homes', [['homes', 'homecare.households']]],
	['restrictions', [['orders', 'orders.in_force'], ['help', 'orders.help'], ['appeals', 'orders.appeals']]],
	['record', [['record']]],
	['reads', [['reads', 'house.reads', 'AUDIT']]],
	['start', [['start'], ['lists']]],
];

/** Views that stand below one of the menu. @type {Record<string, string>} */
export const below = {
	clocks: 'board',
	wall: 'board',
	log: 'duties',
	bulk: 'duties',
	tube: 'tubes',
	case: 'cases',
	unmet: 'contacts',
	venue: 'venues',
	trace: 'cases',
	evidence: 'cases',
	zone: 'zones',
	run: 'vehicles',
	site: 'sites',
	room: 'sites',
	list: 'lists',
};
