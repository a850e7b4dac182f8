// SPDX-License-Identifier: Apache-2.0
// waiting_view.js - what waits to be sent, and what the server refused: why, what to do, and the hand to do it.

import { h } from '../core/dom.js';
import { line } from './line.js';
import { isSending, list, mend, sendNow, takeBack } from './queue.js';
import { session } from './session.js';
import { again, heading, hhmm, say } from './ui.js';
import { has, t } from './i18n.js';

/** Fields that may be written anew; ids and what was counted by the phone itself are not among them. */
const EDITABLE = /^(name|document_number|phone|birth_year|swabs_n|tubes_n|temperature|code|reason|address)$/;

/** @param {any} fact */
const nameOf = (fact) => (has('post.kind_' + fact.kind) ? t('post.kind_' + fact.kind) : fact.kind);

/** @returns {import('./post.js').View} */
export function waitingView() {
	let open = '';
	let dropping = '';

	/** @param {import('./queue.js').Entry} e @param {Event} ev */
	const save = async (e, ev) => {
		ev.preventDefault();
		const form = /** @type {HTMLFormElement} */ (ev.currentTarget);
		const data = new FormData(form);
		await mend(e.id, (fact) => {
			for (const [k, v] of data) fact.body[k] = typeof fact.body[k] === 'number' ? Number(v) : String(v).trim();
		});
		open = '';
		say(true, t('post.mended'));
	};
	/** @param {import('./queue.js').Entry} e */
	const shiftTime = async (e) => {
		await mend(e.id, (fact) => (fact.at = new Date(Date.parse(fact.at) - (line.ahead || 0)).toISOString()));
		say(true, t('post.mended'));
	};
	/** @param {import('./queue.js').Entry} e */
	const drop = async (e) => {
		if (dropping !== e.id) {
			dropping = e.id;
			return again();
		}
		dropping = '';
		if (await takeBack([e.id])) say(true, t('post.dropped'));
		else say(false, t('post.undo_late'));
	};
	/** @param {import('./queue.js').Entry} e */
	const fieldsOf = (e) => Object.entries(e.fact.body).filter(([k, v]) => EDITABLE.test(k) && typeof v !== 'object');

	/** @param {import('./queue.js').Entry} e */
	const drawRefused = (e) => {
		const r = e.error || { code: '?' };
		const late = r.at === '/at';
		return h(
			'li.refused',
			{ 'data-key': e.id, 'data-id': e.id },
			h('p', null, h('b', null, nameOf(e.fact)), ' · ', hhmm(e.fact.at), e.note?.code ? ` · ${e.note.code}` : ''),
			h('p.reason', null, [r.text || r.code, r.what, r.hint].filter(Boolean).join(' · ')),
			h('p', null, has('post.refused_' + r.code) ? t('post.refused_' + r.code) : t('post.refused_do')),
			open === e.id
				? h(
						'form',
						{ onsubmit: (/** @type {Event} */ ev) => save(e, ev), 'data-key': 'mend' },
						fieldsOf(e).map(([k, v]) =>
							h(
								'div.field',
								{ 'data-key': k },
								h('label', { for: `m-${k}` }, has('post.f_' + k) ? t('post.f_' + k) : k),
								h('input', { id: `m-${k}`, name: k, value: String(v), autocomplete: 'off' }),
							),
						),
						h('button.main', { type: 'submit' }, t('post.mend_done')),
					)
				: null,
			h(
				'div.row',
				null,
				fieldsOf(e).length && open !== e.id
					? h('button', { type: 'button', onclick: () => ((open = e.id), again()) }, t('post.mend'))
					: null,
				late && line.ahead ? h('button', { type: 'button', onclick: () => shiftTime(e) }, t('post.mend_time')) : null,
				h('button', { type: 'button', onclick: () => mend(e.id, () => {}) }, t('post.again')),
				h('button', { type: 'button', onclick: () => drop(e) }, dropping === e.id ? t('post.drop_sure') : t('post.drop')),
			),
		);
	};

	return {
		draw: () => {
			const waits = list((e) => e.state === 'waiting');
			const bad = list((e) => e.state === 'refused');
			const sent = list((e) => e.state === 'sent');
			return [
				heading(t('post.go_waiting')),
				bad.length ? h('h2', { 'data-key': 'h-bad' }, t('post.refused_n', { n: bad.length })) : null,
				bad.length ? h('ul.facts', { 'data-key': 'bad', id: 'refused' }, bad.map(drawRefused)) : null,
				h('h2', { 'data-key': 'h-waits' }, t('post.waiting_n', { n: waits.length })),
				waits.length
					? h(
							'button.main',
							{ type: 'button', id: 'send', 'data-key': 'send', disabled: isSending() || !session.me?.token, onclick: sendNow },
							isSending() ? t('post.sending') : t('post.send'),
						)
					: h('p.notice.good', { 'data-key': 'none' }, t('post.nothing_waits')),
				h(
					'ul.facts',
					{ 'data-key': 'waits', id: 'waits' },
					waits
						.slice(-200)
						.reverse()
						.map((e) =>
							h(
								'li',
								{ 'data-key': e.id, 'data-id': e.id },
								hhmm(e.fact.at),
								' ',
								nameOf(e.fact),
								e.note?.code ? ` · ${e.note.code}` : '',
								e.held ? ' · ' + t('post.held') : '',
							),
						),
				),
				h('p.note', { 'data-key': 'sent' }, t('post.sent_n', { n: sent.length })),
			];
		},
	};
}
