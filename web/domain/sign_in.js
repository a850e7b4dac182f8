// SPDX-License-Identifier: Apache-2.0
// sign_in.js - name and password; what goes wrong is said in the reader's language.

import { ApiError, signIn } from '../core/api.js';
import { el, show } from '../core/dom.js';
import { errorText, heading } from '../core/page.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} main @param {() => void} done */
export function signInView(main, done) {
	const error = el('p.field-error', { id: 'sign-in-error', role: 'alert' });
	const login = /** @type {HTMLInputElement} */ (
		el('input', {
			id: 'login',
			name: 'login',
			type: 'text',
			autocomplete: 'username',
			autocapitalize: 'none',
			spellcheck: 'false',
			required: true,
			'aria-describedby': 'sign-in-error',
		})
	);
	const password = /** @type {HTMLInputElement} */ (
		el('input', {
			id: 'password',
			name: 'password',
			type: 'password',
			autocomplete: 'current-password',
			required: true,
			'aria-describedby': 'sign-in-error',
		})
	);
	const button = /** @type {HTMLButtonElement} */ (el('button', { type: 'submit' }, t('sign_in.do')));
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		error.textContent = '';
		const empty = [login, password].find((x) => !x.value);
		if (empty) {
			error.textContent = t('sign_in.empty');
			return empty.focus();
		}
		button.disabled = true;
		try {
			await signIn(login.value.trim(), password.value);
			done();
		} catch (x) {
			error.textContent = x instanceof ApiError && x.status === 401 ? t('sign_in.wrong') : errorText(x);
			password.value = '';
			password.focus();
		} finally {
			button.disabled = false;
		}
	};
	const root = el('div.root');
	show(
		root,
		heading(t('sign_in.title')),
		el(
			'form.sign-in',
			{ onsubmit: submit, novalidate: true },
			el('p', null, el('label', { for: 'login' }, t('sign_in.login')), login),
			el('p', null, el('label', { for: 'password' }, t('sign_in.password')), password),
			error,
			el('p', null, button),
			el('p.note', null, t('sign_in.note')),
			el('p', null, el('a', { href: '/web/post/index.html' }, t('sign_in.post'))),
		),
	);
	main.replaceChildren(root);
	login.focus();
}
