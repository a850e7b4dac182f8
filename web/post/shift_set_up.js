// SPDX-License-Identifier: Apache-2.0
// shift_set_up.js - before the network goes: which round, at which site; then the list is fetched.

import { h } from '../core/dom.js';
import { normal } from './code.js';
import { fetchChoices, fetchShift } from './lists.js';
import { session } from './session.js';
import { StoreFull } from './store.js';
import { again, choice, heading, say, scanBox } from './ui.js';
import { t } from './i18n.js';

/**
 * @param {any} kept choices that were fetched before, if any
 * @param {(list: any) => Promise<void>} onBegin gets the list of the shift
 */
export function shiftSetUp(kept, onBegin) {
	let choices = kept;
	let fetching = false;
	let failed = '';
	const wanted = { round: '', site: '', outbreak: '' };

	/** The newest round and outbreak stand there first. */
	function first() {
		if (choices?.rounds.length && !wanted.round) wanted.round = '0';
		if (choices?.outbreaks.length && !wanted.outbreak) wanted.outbreak = choices.outbreaks[0].id;
	}
	/** @param {() => Promise<void>} work what is fetched; what goes wrong is told */
	async function whileFetching(work) {
		fetching = true;
		failed = '';
		again();
		try {
			await work();
		} catch (e) {
			failed = e instanceof StoreFull ? t('post.store_full') : t('post.list_failed');
		}
		fetching = false;
		again();
	}
	const refresh = () =>
		whileFetching(async () => {
			choices = await fetchChoices();
			first();
		});
	const begin = () =>
		whileFetching(async () => {
			const round = choices.rounds[Number(wanted.round)];
			const site = choices.sites.find((/** @type {any} */ s) => s.id === wanted.site);
			const { campaign, pool } = round;
			const area = site.area || session.me?.area || '';
			const what = { campaign, round: round.round, pool, outbreak: wanted.outbreak, site: site.id, site_name: site.name, area };
			await onBegin(await fetchShift(what));
		});
	/** A scanned site chooses it. @param {import('./code.js').Code} code */
	function takeAddress(code) {
		const site = choices?.sites.find((/** @type {any} */ s) => s.id === code.id || normal(s.name) === code.text);
		if (!site) return say(false, t('post.address_unknown'), t('post.address_do'));
		wanted.site = site.id;
		say(true, site.name);
	}
	/** @param {'round' | 'site' | 'outbreak'} name @param {string} label @param {{value: string, text: string}[]} options */
	const one = (name, label, options) =>
		choice(label, name, options, wanted[name], (v) => {
			wanted[name] = v;
			again();
		});
	const drawChoices = () =>
		h(
			'div.set-up',
			{ 'data-key': 'set-up' },
			choices.outbreaks.length > 1
				? one(
						'outbreak',
						t('post.outbreak'),
						choices.outbreaks.map((/** @type {any} */ o) => ({ value: o.id, text: o.name })),
					)
				: null,
			one(
				'round',
				t('post.round'),
				choices.rounds.map((/** @type {any} */ r, /** @type {number} */ i) => ({
					value: String(i),
					text: t('post.round_n', { name: r.name, n: r.round }),
				})),
			),
			one(
				'site',
				t('post.address'),
				choices.sites.map((/** @type {any} */ s) => ({ value: s.id, text: s.name })),
			),
			scanBox(t('post.scan_address'), takeAddress),
			h(
				'button.main',
				{ type: 'button', id: 'begin', disabled: fetching || !wanted.round || !wanted.site || !wanted.outbreak, onclick: begin },
				fetching ? t('post.fetching') : t('post.begin'),
			),
		);

	first();
	return {
		refresh,
		draw: () => [
			heading(t('post.shift')),
			failed ? h('p.notice.bad', { role: 'alert' }, failed) : null,
			h('p', null, t('post.shift_about')),
			h(
				'button',
				{ type: 'button', id: 'fetch-choices', disabled: fetching, onclick: refresh },
				fetching ? t('post.fetching') : t('post.fetch_choices'),
			),
			choices ? drawChoices() : null,
		],
	};
}
