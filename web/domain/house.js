// SPDX-License-Identifier: Apache-2.0
// house.js - duties, clocks and the record of who read personal data.

import { query } from '../core/api.js';
import { h } from '../core/dom.js';
import { time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { clockTable } from './clocks.js';
import { entity } from './names.js';
import { now } from '../core/api.js';
import { t } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const spans = { 24: 'filter.hours24', 72: 'filter.hours72', 168: 'filter.days7' };

/** All clocks, of a period. @param {Visit} v */
export async function clocks(v) {
	const since = () => (v.args.hours ? new Date(now() - Number(v.args.hours) * 3600000).toISOString() : '');
	await keepFresh(
		v,
		['testing', 'tracing', 'house'],
		() => query('house.clocks', { since: since() }),
		(a) => [
			heading(t('clock.title'), h('p.meta', null, asOf(a.got), ' · ', csvLink('house.clocks', { since: since() }))),
			h('p', null, t('clock.intro')),
			h(
				'div.filters',
				null,
				choose(
					t('filter.since'),
					'hours',
					[
						{ value: '', text: t('filter.all_time') },
						...Object.entries(spans).map(([value, key]) => ({ value, text: t(key) })),
					],
					v,
				),
			),
			a.rows.length ? clockTable(a.rows) : h('p.notice', null, t('clock.empty')),
		],
	);
}

/** Who read whose personal data. @param {Visit} v */
export async function reads(v) {
	await listView(v, {
		title: t('reads.title'),
		query: 'house.reads',
		args: {},
		domains: ['house'],
		keyOf: (r) => r.at + r.by + r.subject,
		empty: t('reads.empty'),
		sort: '-at',
		columns: [
			{ key: 'at', label: t('col.time'), head: true, cell: (r) => time(r.at) },
			{ key: 'by', label: t('reads.by'), cell: (r) => entity('user', r.by) },
			{ key: 'subject', label: t('col.about'), cell: (r) => entity('person', r.subject) },
			{ key: 'purpose', label: t('person.purpose') },
		],
	});
}
