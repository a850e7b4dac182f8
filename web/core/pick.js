// SPDX-License-Identifier: Apache-2.0
// pick.js - the rows somebody ticked in a list, and those handed on to the form that records one fact for each of them.

/**
 * One fact to be: what differs from the others. Nothing personal: ids only.
 * @typedef {{area: string, body: Record<string, any>, subject: string, subjectKind: string, note?: string}} Picked
 */

const KEY = 'picked';

/** @param {string} kind of the facts to be @param {Picked[]} rows @param {string} back address to return to */
export function hand(kind, rows, back) {
	try {
		sessionStorage.setItem(KEY, JSON.stringify({ kind, rows, back }));
	} catch {
		// without storage the form says that nothing is chosen
	}
}

/** @param {string} kind @returns {{rows: Picked[], back: string}} */
export function handed(kind) {
	try {
		const kept = JSON.parse(sessionStorage.getItem(KEY) || 'null');
		if (kept?.kind === kind && Array.isArray(kept.rows)) return kept;
	} catch {
		// nothing that can be read is nothing
	}
	return { rows: [], back: '' };
}
