// SPDX-License-Identifier: Apache-2.0
// many.js - from ticked rows of a list to the form that records one fact for each of them (bulk.js).

import { html } from '../core/dom.js';
import { hand } from '../core/pick.js';
import { go } from '../core/route.js';
import { mayDo } from './names.js';

/**
 * A button that takes ticked rows of persons to the form of a fact; nothing for those who may not record it.
 * @param {string} fact @param {any[]} rows @param {(r: any) => Record<string, any>} body @param {string} text
 * @param {string} [about] the entity that a row is about
 */
export function manyOf(fact, rows, body, text, about = 'person') {
	if (!mayDo(fact)) return null;
	const start = () => {
		hand(fact, rows.map((r) => ({ area: r.area, body: body(r), subject: r[about], subjectKind: about })), location.hash);
		go('bulk', { kind: fact });
	};
	return html`<button type="button" onclick=${start}>${text}</button> `;
}
