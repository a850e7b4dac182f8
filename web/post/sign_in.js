// SPDX-License-Identifier: Apache-2.0
// sign_in.js - the door of the posts. Nothing of anybody's work is shown before it.

import { h } from '../core/dom.js';
import { signIn, SignInError, whoWaits } from './session.js';
import { StoreFull } from './store.js';
import { again, heading } from './ui.js';
import { t } from './i18n.js';

/** @returns {import('./post.js').View} */
export function signInView() {
	let error = '';
	let busy = false;
	let changed = false;
	/** @type {{last: string, rows: {login: string, n: number}[]}} */
	let who = { last: '', rows: [] };
	whoWaits()
		.then((w) => {
			who = w;
			again();
			const login = /** @type {HTMLInputElement | null} */ (document.getElementById('login'));
			if (login && !login.value) login.value = w.last;
			document.getElementById(w.last ? 'password' : 'login')?.focus();
		})
		.catch(() => {});
	const value = (/** @type {string} */ id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id))?.value || '';
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		if (busy) return;
		busy = true;
		error = '';
		again();
		try {
			await signIn(value('login').trim(), value('password'), value('former'));
		} catch (x) {
			if (x instanceof SignInError) {
				error = t('post.sign_' + x.code, x.args);
				changed = changed || x.code === 'changed';
			} else {
				console.error(x);
				error = x instanceof StoreFull ? t('post.store_full') : t('post.not_opened');
			}
		} finally {
			busy = false;
			again();
		}
	};
	return {
		draw: () => [
			heading(t('post.sign_in')),
			h(
				'form.sign-in',
				{ onsubmit: submit, 'data-key': 'sign-in' },
				error ? h('p.notice.bad', { role: 'alert', id: 'sign-error' }, error) : null,
				h('label', { for: 'login' }, t('post.login')),
				h('input', { id: 'login', name: 'login', autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false', required: true }),
				h('label', { for: 'password' }, t('post.password')),
				h('input', { id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', required: true }),
				changed ? h('label', { for: 'former', 'data-key': 'former-label' }, t('post.former')) : null,
				changed ? h('input', { id: 'former', name: 'former', type: 'password', autocomplete: 'off' }) : null,
				h('button.main', { type: 'submit', disabled: busy }, busy ? t('post.opening') : t('post.sign_in')),
			),
			who.rows.length
				? h(
						'ul.plain',
						{ id: 'who-waits' },
						who.rows.map((r) => h('li', { 'data-key': r.login }, t('post.waits_of', { login: r.login, n: r.n }))),
					)
				: null,
			h('p.note', null, t('post.sign_note')),
		],
	};
}
