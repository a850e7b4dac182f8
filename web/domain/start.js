// SPDX-License-Identifier: Apache-2.0
// start.js - an empty system explains its next step: register, outbreak, edition, laboratory, campaign, round.

import { queryIfThere } from '../core/api.js';
import { h } from '../core/dom.js';
import { heading, keepFresh } from '../core/page.js';
import { link } from '../core/route.js';
import { factList } from '../core/table.js';
import { badge } from './names.js';
import { startTour } from './tour.js';
import { t } from '../i18n.js';

/** @typedef {{key: string, done: boolean, href?: string, command?: string}} Step */

/**
 * The steps from an empty folder to a running round.
 * @param {any} d answers by name; null when the reader may not see them
 * @returns {Step[]}
 */
function steps(d) {
	const outbreak = (d.outbreaks?.rows || []).at(-1);
	const campaign = (d.campaigns?.rows || []).at(-1);
	const persons = (d.register?.rows || []).reduce((/** @type {number} */ n, /** @type {any} */ r) => n + r.persons, 0);
	const record = (/** @type {string} */ kind, /** @type {any} */ args = {}) => link('record', { kind, ...args });
	return [
		{ key: 'register', done: persons > 0, command: 'sushui import' },
		{ key: 'outbreak', done: Boolean(outbreak), href: record('house.outbreak_declared') },
		{
			key: 'edition',
			done: Boolean(outbreak?.edition),
			href: record('house.edition_adopted', { outbreak: outbreak?.outbreak }),
		},
		{ key: 'laboratory', done: (d.laboratories?.rows || []).length > 0, href: record('testing.laboratory_stated') },
		{ key: 'campaign', done: Boolean(campaign), href: record('testing.campaign_declared') },
		{
			key: 'round',
			done: (d.rounds?.rows || []).some((/** @type {any} */ r) => r.opens_at),
			href: record('testing.round_opened', { campaign: campaign?.campaign, round: 1 }),
		},
	];
}

/** The first step that is not done, as a box on the board; null when all are. @param {any} d */
export function nextStep(d) {
	const all = steps(d);
	const step = all.find((x) => !x.done);
	if (!step) return null;
	return h(
		'aside.box.next',
		{ 'aria-labelledby': 'next-title', 'data-key': 'next' },
		h('h2', { id: 'next-title' }, t('start.next', { n: all.indexOf(step) + 1, of: all.length })),
		h('p', null, h('b', null, t('start.' + step.key))),
		h('p', null, t('start.' + step.key + '.why')),
		step.command ? h('p', null, t('start.command'), ' ', h('code', null, step.command)) : null,
		h(
			'p',
			null,
			step.href ? h('a.button', { href: step.href }, t('start.do')) : null,
			' ',
			h('a', { href: link('start') }, t('start.link')),
		),
	);
}

/** All steps, and what the words on the screens mean. @param {import('../core/page.js').Visit} v */
export async function start(v) {
	const names = {
		outbreaks: 'house.outbreaks',
		register: 'people.register_count',
		campaigns: 'testing.campaigns',
		rounds: 'testing.rounds',
		laboratories: 'testing.laboratories',
	};
	await keepFresh(
		v,
		['house', 'people', 'testing'],
		async () =>
			Object.fromEntries(await Promise.all(Object.entries(names).map(async ([k, q]) => [k, await queryIfThere(q)]))),
		(d) => [
			heading(t('start.title')),
			h('p', null, t('start.intro')),
			(d.outbreaks?.rows || []).at(-1)?.exercise
				? h('p', null, h('button', { type: 'button', onclick: startTour }, t('tour.offer')))
				: null,
			h(
				'ol.steps',
				null,
				steps(d).map((s) =>
					h(
						'li',
						{ 'data-key': s.key },
						h(
							'h2',
							null,
							t('start.' + s.key),
							' ',
							badge(s.done ? 'ok' : 'none', t(s.done ? 'start.done' : 'start.todo')),
						),
						h('p', null, t('start.' + s.key + '.why')),
						s.done
							? null
							: s.command
								? h('p', null, t('start.command'), ' ', h('code', null, s.command))
								: h('p', null, h('a.button', { href: s.href }, t('start.do'))),
					),
				),
			),
			h('h2', null, t('start.words')),
			factList(
				['fact', 'duty', 'clock', 'missing', 'excused', 'personal'].map((k) => [
					t('start.word.' + k),
					t('start.word.' + k + '.means'),
				]),
			),
		],
	);
}
