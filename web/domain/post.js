// SPDX-License-Identifier: Apache-2.0
// post.js - several facts of one moment, entered on a page of their own (bench, plates): envelope, one id for each, one answer for each.

import { now, queryIfThere, sendFacts } from '../core/api.js';
import { uuid7 } from '../core/uuid.js';

/** @typedef {{kind: string, area: string, body: Record<string, any>, at?: string}} Draft */
/** @typedef {{ok: boolean, text: string}} Told */

/** @type {WeakMap<Draft, string>} the same draft sent again is the same fact */
const ids = new WeakMap();

/** @param {Draft} d */
function idOf(d) {
	const id = ids.get(d) || uuid7();
	ids.set(d, id);
	return id;
}

/** @param {Draft[]} drafts @returns {Promise<Told[]>} */
export async function postAll(drafts) {
	const outbreak = (await queryIfThere('house.outbreaks'))?.rows.at(-1)?.outbreak;
	const at = new Date(now()).toISOString();
	const verdicts = await sendFacts(
		drafts.map((d) => ({ id: idOf(d), kind: d.kind, outbreak, area: d.area, at: d.at || at, device: 'web', body: d.body })),
	);
	return verdicts.map((v) => ({
		ok: v.ok,
		text: v.ok ? '' : [v.error?.text, v.error?.what, v.error?.hint].filter(Boolean).join(' · '),
	}));
}
