// SPDX-License-Identifier: Apache-2.0
// names.js - what ids and area codes are called on a screen, and where they lead.

import { hasQuery, queryIfThere } from '../core/api.js';
import { h } from '../core/dom.js';
import { link } from '../core/route.js';
import { shortId } from '../core/uuid.js';
import { t, w } from '../i18n.js';

/** @type {Map<string, string>} */
let areas = new Map();
/** @type {any[]} */
let areaRows = [];
let loadedAt = 0;
const KEEP_MS = 60000;

/** Reads the names of the areas; once a minute at most. */
export async function loadAreas() {
	if (Date.now() - loadedAt < KEEP_MS) return areaRows;
	const a = await queryIfThere('people.areas', { limit: 10000 });
	if (a) {
		areaRows = a.rows;
		areas = new Map(a.rows.map((r) => [r.code, r.name]));
		loadedAt = Date.now();
	}
	return areaRows;
}

/** @type {Map<string, string>} */
let places = new Map();
let placesAt = 0;

/** Reads the names of the places; once a minute at most. */
export async function loadPlaces() {
	if (Date.now() - placesAt < KEEP_MS) return;
	const a = await queryIfThere('people.places', { limit: 10000 });
	if (!a) return;
	places = new Map(a.rows.map((r) => [r.place, r.name]));
	placesAt = Date.now();
}

export function forgetAreas() {
	loadedAt = 0;
}

/** @param {string | null} code */
export function areaName(code) {
	return code ? areas.get(code) || code : '–';
}

const views = { person: 'person', tube: 'tube', case: 'case', household: 'household', place: 'venue', zone: 'zone', room: 'room', site: 'site' };

/**
 * An entity as a link to its page, or its short id.
 * @param {string} kind
 * @param {string | null} id
 * @param {string} [text]
 */
export function entity(kind, id, text) {
	if (!id) return '–';
	const name = text || (kind === 'place' && places.get(id)) || w(kind, 'entity') + '\u00a0' + shortId(id);
	const view = views[/** @type {keyof typeof views} */ (kind)];
	// a sampling site is an entity of the same kind as an isolation site, and has no page
	const there = view && (view !== 'site' || hasQuery('isolation.sites'));
	return there ? h('a', { href: link(view, { [kind]: id }) }, name) : name;
}

/**
 * A state told by word and sign; colour only repeats it.
 * @param {'late' | 'close' | 'ok' | 'none'} state
 * @param {string} [text]
 */
export function badge(state, text) {
	const sign = { late: '✕', close: '!', ok: '✓', none: '–' }[state];
	const plain = state === 'none' && text; // nothing to warn of: the text says it alone
	return h(
		'span.badge.' + state,
		null,
		plain ? null : h('span', { 'aria-hidden': 'true' }, sign + ' '),
		text || t('state.' + state),
	);
}

/**
 * A share told by length and pattern: full, hatched, empty; the numbers stand beside it.
 * @param {{label: string, n: number, look: string}[]} parts
 */
export function bar(parts) {
	return h(
		'span.bar',
		{ role: 'img', 'aria-label': parts.map((p) => `${p.label} ${p.n}`).join(', ') },
		parts.filter((p) => p.n > 0).map((p) => h('span.' + p.look, { style: { 'flex-grow': p.n } })),
	);
}

/** A test result. @param {string | null} result */
export function result(result) {
	if (!result) return t('result.none');
	return result === 'positive'
		? badge('late', w('positive'))
		: result === 'invalid'
			? badge('close', w('invalid'))
			: w(result);
}

/** Kinds of facts that the reader may record. @type {Set<string>} */
let allowed = new Set();

/** @param {Set<string>} kinds */
export function mayRecord(kinds) {
	allowed = kinds;
}

/** @param {string} kind */
export const mayDo = (kind) => allowed.has(kind);

/**
 * A link to the form of a fact, filled in as far as it is known; nothing for those who may not record it.
 * @param {string} kind
 * @param {Record<string, any>} args
 * @param {string} text
 * @param {boolean} [button]
 */
export function act(kind, args, text, button) {
	return allowed.has(kind) ? h(button ? 'a.button' : 'a', { href: link('record', { kind, ...args }) }, text) : '';
}
