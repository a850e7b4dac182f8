// SPDX-License-Identifier: Apache-2.0
// saved.js - choices of a list that somebody comes back to: kept on this device under a name of their own, shown beside the list.

import { html } from './dom.js';
import { link, route } from './route.js';
import { t } from '../i18n.js';

const MOST = 12; // of one view
const LEFT_OUT = new Set(['page', 'limit']);

/** @typedef {{name: string, args: Record<string, string>}} Saved */

/** @param {string} view @returns {Saved[]} */
function read(view) {
	try {
		const kept = JSON.parse(localStorage.getItem('saved.' + view) || '[]');
		return Array.isArray(kept) ? kept : [];
	} catch {
		return [];
	}
}

/** @param {string} view @param {Saved[]} list */
function write(view, list) {
	try {
		localStorage.setItem('saved.' + view, JSON.stringify(list.slice(-MOST)));
	} catch {
		// a browser that keeps nothing has no saved choices
	}
}

/**
 * What was saved of this view, and a way to save what is shown now.
 * @param {() => void} again draws the view anew
 */
export function savedChoices(again) {
	const { view, args } = route();
	const list = read(view);
	const now = Object.fromEntries(Object.entries(args).filter(([k]) => !LEFT_OUT.has(k)));
	const same = (/** @type {Saved} */ s) => JSON.stringify(s.args) === JSON.stringify(now);
	const save = (/** @type {any} */ e) => {
		e.preventDefault();
		const input = e.target.elements.saved_name;
		const name = input.value.trim();
		if (!name) return input.focus();
		write(view, [...list.filter((s) => s.name !== name && !same(s)), { name, args: now }]);
		again();
	};
	const drop = (/** @type {Saved} */ s) => {
		write(
			view,
			list.filter((x) => x !== s),
		);
		again();
	};
	const fresh = Object.keys(now).length > 0 && !list.some(same);
	if (!list.length && !fresh) return null;
	return html`<div.saved role="group" aria-label=${t('saved.title')}>
		${list.map(
			(s) =>
				html`<span.chip data-key=${s.name}>
					<a href=${link(view, s.args)} aria-current=${same(s) ? 'true' : null}>${s.name}</a>
					<button type="button" aria-label=${t('saved.drop', { name: s.name })} onclick=${() => drop(s)}>✕</button>
				</span>`,
		)}
		${fresh &&
		html`<details.save>
			<summary>${t('saved.save')}</summary>
			<form onsubmit=${save}>
				<label>${t('saved.name')} <input name="saved_name" type="text" maxlength="40" autocomplete="off" /></label>
				${' '}<button type="submit">${t('saved.do')}</button>
			</form>
		</details>`}
	</div>`;
}
