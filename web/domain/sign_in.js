// SPDX-License-Identifier: Apache-2.0
// sign_in.js - name and password; what goes wrong is said in the reader's language.

import { ApiError, signIn } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { errorText, heading } from '../core/page.js';
import { t } from '../i18n.js';

/** @param {HTMLElement} root @param {() => void} done */
export function signInView(root, done) {
	const error = h('p.field-error', { id: 'sign-in-error', role: 'alert' });
	const login = /** @type {HTMLInputElement} */ (
		h('input', {
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
		h('input', {
			id: 'password',
			name: 'password',
			type: 'password',
			autocomplete: 'current-password',
			required: true,
			'aria-describedby': 'sign-in-error',
		})
	);
	const button = /** @type {HTMLButtonElement} */ (h('button', { type: 'submit' }, t('sign_in.do')));
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
	show(
		root,
		heading(t('sign_in.title')),
		h(
			'form.sign-in',
			{ onsubmit: submit, novalidate: true },
			h('p', null, h('label', { for: 'login' }, t('sign_in.login')), login),
			h('p', null, h('label', { for: 'password' }, t('sign_in.password')), password),
			error,
			h('p', null, button),
			h('p.note', null, t('sign_in.note')),
		),
	);
	login.focus();
}
