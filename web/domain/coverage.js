// SPDX-License-Identifier: Apache-2.0
// coverage.js - the round's progress by area, most missing first.

import { h } from '../core/dom.js';
import { due, number, percent, shortTime } from '../core/format.js';
import { section } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { areaName, bar } from './names.js';
import { t } from '../i18n.js';

/** @param {any[]} rows */
export function totals(rows) {
	const sum = { registered: 0, sampled: 0, excused: 0, missing: 0 };
	for (const r of rows) for (const k of /** @type {(keyof typeof sum)[]} */ (Object.keys(sum))) sum[k] += r[k];
	return sum;
}

/** One row for each town; inside of one town its villages. @param {any} d @returns {any[]} */
function byTown(d) {
	/** @type {Map<string, any>} */
	const towns = new Map();
	for (const r of d.coverage.rows) {
		const area = r.area.slice(0, 9) + '000';
		const row = towns.get(area) || { area, registered: 0, sampled: 0, excused: 0, missing: 0 };
		for (const k of ['registered', 'sampled', 'excused', 'missing']) row[k] += r[k];
		towns.set(area, row);
	}
	return towns.size > 1 ? [...towns.values()] : [...d.coverage.rows];
}

/** @param {any} d how late the round is, in ms; negative while there is time */
export function roundLate(d) {
	return d.round?.due_at ? Date.parse(d.coverage.now) - Date.parse(d.round.due_at) : null;
}

/** @param {any} d */
export function coverageSection(d) {
	if (!d.coverage) return null;
	const { campaign, round, due_at } = d.round;
	const sum = totals(d.coverage.rows);
	const late = roundLate(d);
	const to = (/** @type {string} */ area, /** @type {number} */ n, /** @type {any} */ more) =>
		h('a', { href: link('missing', { campaign, round, area, ...more }) }, number(n));
	const rows = byTown(d);
	return section(
		'coverage',
		t('coverage.title'),
		h(
			'p',
			null,
			t('coverage.round', { name: d.round.name, round }),
			' · ',
			due_at ? t('coverage.due', { at: shortTime(due_at), due: due(late) }) : t('coverage.no_due'),
		),
		h(
			'p.sum',
			{ id: 'coverage-sum' },
			t('coverage.sum', {
				sampled: number(sum.sampled),
				registered: number(sum.registered),
				percent: percent(sum.sampled, sum.registered),
				excused: number(sum.excused),
				missing: number(sum.missing),
			}),
		),
		h(
			'p.key',
			{ 'aria-hidden': 'true' },
			h('span.swatch.full'),
			' ',
			t('coverage.sampled'),
			h('span.swatch.hatched'),
			' ',
			t('coverage.excused'),
			h('span.swatch.empty'),
			' ',
			t('coverage.missing'),
		),
		table({
			caption: t('coverage.caption'),
			rows: rows.sort((a, b) => b.missing - a.missing),
			keyOf: (r) => r.area,
			brief: true,
			classOf: () => 'is-area',
			columns: [
				{ key: 'area', label: t('col.area'), head: true, cell: (r) => h('a', { href: link('board', { area: r.area }) }, r.name || areaName(r.area)) },
				{
					key: 'missing',
					label: t('coverage.missing'),
					num: true,
					cell: (r) => (r.missing ? h('b', null, to(r.area, r.missing, { unexcused: 1 })) : '0'),
				},
				{
					key: 'excused',
					minor: true,
					label: t('coverage.excused'),
					num: true,
					cell: (r) => (r.excused ? to(r.area, r.excused, {}) : '0'),
				},
				{ key: 'sampled', minor: true, label: t('coverage.sampled'), num: true, cell: (r) => number(r.sampled) },
				{ key: 'registered', label: t('coverage.registered'), num: true, cell: (r) => number(r.registered) },
				{
					key: 'bar',
					label: t('coverage.share'),
					cell: (r) =>
						h(
							'span.share',
							null,
							h('span.percent', null, percent(r.sampled, r.registered)),
							bar([
								{ label: t('coverage.sampled'), n: r.sampled, look: 'full' },
								{ label: t('coverage.excused'), n: r.excused, look: 'hatched' },
								{ label: t('coverage.missing'), n: r.missing, look: 'empty' },
							]),
						),
				},
			],
		}),
	);
}
