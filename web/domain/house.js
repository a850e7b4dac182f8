// SPDX-License-Identifier: Apache-2.0
// house.js - duties, clocks and the record of who read personal data.

import { query } from '../core/api.js';
import { h } from '../core/dom.js';
import { due, number, time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { clockTable } from './clocks.js';
import { areaName, badge, entity, loadAreas } from './names.js';
import { areaChoice } from './choices.js';
import { waive } from './duty.js';
import { now } from '../core/api.js';
import { t } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** Open duties by urgency. @param {Visit} v */
export async function duties(v) {
	const [counts, areas] = await Promise.all([query('house.duty_counts'), loadAreas()]);
	const { kind, overdue, area } = v.args;
	const kinds = counts.rows.filter((r) => r.open > 0 || r.kind === kind);
	await listView(v, {
		title: t('duties.list'),
		query: 'house.duties',
		args: { kind, overdue, area },
		domains: ['house', 'people', 'testing', 'tracing'],
		keyOf: (r) => [r.kind, r.subject, r.part, r.part_id].join(' '),
		empty: t('duties.empty'),
		filters: () =>
			h(
				'div.filters',
				null,
				choose(
					t('col.duty'),
					'kind',
					[
						{ value: '', text: t('filter.all') },
						...kinds.map((r) => ({ value: r.kind, text: `${r.text || r.kind} (${number(r.open)})` })),
					],
					v,
				),
				choose(
					t('filter.when'),
					'overdue',
					[
						{ value: '', text: t('filter.all') },
						{ value: '1', text: t('filter.overdue') },
					],
					v,
				),
				areaChoice(v, areas),
			),
		columns: [
			{
				key: 'late_ms',
				label: t('col.due'),
				by: (r) => -r.late_ms,
				cell: (r) => [badge(r.late_ms > 0 ? 'late' : 'none', due(r.late_ms)), ' ', h('small', null, time(r.due_at))],
			},
			{ key: 'kind', label: t('col.duty'), head: true, by: (r) => r.text || r.kind, cell: (r) => r.text || r.kind },
			{
				key: 'subject',
				label: t('col.about'),
				cell: (r) => [entity(r.subject_kind, r.subject), r.part_id ? [' · ', part(r)] : ''].flat(),
			},
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'from_at', label: t('col.from'), cell: (r) => time(r.from_at) },
			{ key: 'clause', label: t('col.rule') },
			{ key: 'act', label: t('col.act'), fixed: true, cell: waive },
		],
	});
}

/** The part of a duty that is a thing of its own: for testing, a tube. @param {any} r */
function part(r) {
	return r.kind.startsWith('testing.') ? entity('tube', r.part_id) : entity('', r.part_id);
}

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
