// SPDX-License-Identifier: Apache-2.0
// choices.js - which round and which area a list is about; kept in the address.

import { query } from '../core/api.js';
import { h } from '../core/dom.js';
import { choose } from '../core/page.js';
import { link } from '../core/route.js';
import { t } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** The round that opened last. @param {any[]} rounds */
export function newestRound(rounds) {
	return rounds.reduce((best, r) => (!best || (r.opens_at || '') > (best.opens_at || '') ? r : best), null);
}

/** The round that the address names, else the newest; all rounds beside it. @param {Visit} v */
export async function roundOf(v) {
	const rows = (await query('testing.rounds')).rows;
	const named = rows.find((r) => r.campaign === v.args.campaign && String(r.round) === v.args.round);
	return { rows, round: named || newestRound(rows.filter((r) => !v.args.campaign || r.campaign === v.args.campaign)) };
}

/** @param {any[]} rounds @param {any} chosen @param {Visit} v @param {boolean} [all] may also be "all rounds" */
export function roundChoice(rounds, chosen, v, all) {
	const value = (/** @type {any} */ r) => r.campaign + ' ' + r.round;
	const first = all ? [h('option', { value: ' ', selected: !chosen }, t('filter.all_rounds'))] : [];
	return h(
		'label.filter',
		null,
		t('filter.round'),
		' ',
		h(
			'select',
			{
				name: 'round',
				onchange: (/** @type {any} */ e) => {
					const [campaign, round] = e.target.value.split(' ');
					location.hash = link(location.hash.slice(2).split('?')[0], { ...v.args, campaign, round, page: '' });
				},
			},
			first,
			[...rounds]
				.reverse()
				.map((r) =>
					h(
						'option',
						{ value: value(r), selected: chosen && value(chosen) === value(r) },
						t('coverage.round', { name: r.name, round: r.round }),
					),
				),
		),
	);
}

/** @param {Visit} v @param {any[]} areas */
export function areaChoice(v, areas) {
	return choose(
		t('col.area'),
		'area',
		[{ value: '', text: t('filter.all_areas') }, ...areas.map((a) => ({ value: a.code, text: a.name }))],
		v,
	);
}
