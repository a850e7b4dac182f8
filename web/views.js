// SPDX-License-Identifier: Apache-2.0
// views.js - which view an address means, and where it stands in the menu.

import { bench } from './domain/bench.js';
import { board, wallBoard } from './domain/board.js';
import { bulk } from './domain/bulk.js';
import { chains } from './domain/chains.js';
import { dutyLog, duties } from './domain/duties.js';
import { evidence, grid, trace, venue, venues } from './domain/follow.js';
import { clocks, reads } from './domain/house.js';
import { labels } from './domain/labels.js';
import { household, person } from './domain/people.js';
import { record } from './domain/record.js';
import { campaigns, positives, reconciliation } from './domain/rounds.js';
import { start } from './domain/start.js';
import { boxes, missing, tube, tubes } from './domain/testing.js';
import { cases, contacts, oneCase, unmet } from './domain/tracing.js';
import { list, lists } from './domain/lists.js';
import { appeals, help, homes, orders } from './domain/restrictions.js';
import { room, site, sites } from './domain/sites.js';
import { zone, zones } from './domain/zones.js';

/** @type {Record<string, (v: import('./core/page.js').Visit) => Promise<void>>} */
export const views = {
	board,
	wall: wallBoard,
	clocks,
	duties,
	log: dutyLog,
	bulk,
	missing,
	tubes,
	tube,
	boxes,
	bench,
	labels,
	reconciliation,
	positives,
	campaigns,
	cases,
	case: oneCase,
	contacts,
	unmet,
	chains,
	grid,
	venues,
	venue,
	trace,
	evidence,
	person,
	household,
	record,
	start,
	reads,
	zones,
	zone,
	sites,
	site,
	room,
	homes,
	orders,
	appeals,
	help,
	list,
	lists,
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
	site: 'sites',
	room: 'sites',
	list: 'lists',
};
