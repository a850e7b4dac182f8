// SPDX-License-Identifier: Apache-2.0
// sampling.js - may this person go into this tube? Judged on the phone, without the network, from the list of the shift and from what
// was recorded here. No screen and no storage in here.

import { idCardOk, normal } from './code.js';

const LABEL_MOST = 40; // characters, as the fact takes them

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} household
 * @property {string} building
 * @property {string} unit
 * @property {number | null} born
 * @property {string | 0 | 1} due  1 to be sampled, 0 sampled already, a word: why not
 * @property {string} [name] registered at this table and still on its way
 *
 * @typedef {'pool' | 'single' | 'household'} Rule  who may share a tube
 *
 * @typedef {object} Tube
 * @property {string} id
 * @property {string} code
 * @property {string} box
 * @property {number} size   most persons in it
 * @property {Rule} rule
 * @property {boolean} [label] the id follows from the label alone
 * @property {{person: string, fact: string, at: string}[]} swabs in the order of sampling
 * @property {boolean} closed
 *
 * @typedef {object} Shift
 * @property {string} campaign
 * @property {number} round
 * @property {Map<string, Person>} persons
 * @property {Map<string, Person[]>} shorts    by the last eight digits of the id
 * @property {Map<string, Person[]>} homes     by household
 * @property {Map<string, {id: string, stage: string, swabs: number, here: boolean}>} tubes known to the server, by label
 *
 * @typedef {object} Book  what was recorded on this phone in this round
 * @property {Map<string, Tube>} tubes  by id
 * @property {Map<string, Tube>} labels by label
 * @property {Map<string, {tube: Tube, at: string}>} sampled by person
 */

/** @param {any} list as lists.js keeps it @returns {Shift} */
export function openShift(list) {
	/** @type {Shift} */
	const s = { campaign: list.campaign, round: list.round, persons: new Map(), shorts: new Map(), homes: new Map(), tubes: new Map() };
	for (const [id, home, born, due] of list.persons) {
		const [household, building, unit] = list.homes[home];
		putPerson(s, { id, household, building, unit, born, due });
	}
	for (const [code, id, stage, swabs, , here] of list.tubes) s.tubes.set(normal(code), { id, stage, swabs, here: here === 1 });
	return s;
}

/** @param {Shift} s @param {Person} p */
export function putPerson(s, p) {
	const add = (/** @type {Map<string, Person[]>} */ m, /** @type {string} */ key) => {
		const l = m.get(key);
		if (l) l.push(p);
		else m.set(key, [p]);
	};
	s.persons.set(p.id, p);
	add(s.shorts, p.id.slice(-8));
	if (p.household) add(s.homes, p.household);
}

/**
 * @param {Shift} s @param {{fact: any, note: any, state: string}[]} entries of the queue, in the order of recording
 * @returns {Book}
 */
export function openBook(s, entries) {
	/** @type {Book} */
	const book = { tubes: new Map(), labels: new Map(), sampled: new Map() };
	for (const { fact, note, state } of entries) {
		const b = fact.body;
		if (state === 'refused' || fact.kind.split('.')[0] !== 'testing') continue;
		if (note?.tube && !book.tubes.has(b.tube) && b.campaign === s.campaign && b.round === s.round) {
			const tube = { ...note.tube, id: b.tube, swabs: [], closed: false };
			book.tubes.set(b.tube, tube);
			book.labels.set(normal(tube.code), tube);
		}
		const tube = book.tubes.get(b.tube);
		if (!tube) continue;
		if (fact.kind === 'testing.swab_taken') {
			tube.swabs.push({ person: b.person, fact: fact.id, at: fact.at });
			book.sampled.set(b.person, { tube, at: fact.at });
		}
		if (fact.kind === 'testing.tube_closed') tube.closed = true;
	}
	return book;
}

/**
 * @typedef {{ok: true, person: Person} | {ok: false, why: string, args?: Record<string, any>, person?: Person, id?: string}} PersonVerdict
 * @typedef {{ok: true, id: string | null, known: boolean} | {ok: false, why: string, args?: Record<string, any>}} TubeVerdict
 */

/** @param {Shift} s @param {import('./code.js').Code} code @returns {Person[]} */
function meant(s, code) {
	if (code.id) {
		const p = s.persons.get(code.id);
		return p ? [p] : [];
	}
	return code.short ? s.shorts.get(code.short) || [] : [];
}

/**
 * @param {Shift} s @param {Book} book @param {Tube | null} tube @param {import('./code.js').Code} code
 * @param {{anyway?: boolean}} [how] anyway: although the server's list says that the person is not due
 * @returns {PersonVerdict}
 */
export function judgePerson(s, book, tube, code, { anyway = false } = {}) {
	if (!tube) return { ok: false, why: 'no_tube' };
	if (code.kind && code.kind !== 'person') return { ok: false, why: 'not_person' };
	if (normal(tube.code) === code.text || book.labels.has(code.text) || s.tubes.has(code.text)) return { ok: false, why: 'is_tube' };
	const found = meant(s, code);
	if (found.length > 1) return { ok: false, why: 'ambiguous' };
	const person = found[0];
	if (!person) return { ok: false, why: 'unknown', id: code.id };
	return judge(s, book, tube, person, anyway);
}

/** @param {Shift} s @param {Book} book @param {Tube} tube @param {Person} person @param {boolean} anyway @returns {PersonVerdict} */
function judge(s, book, tube, person, anyway) {
	const before = book.sampled.get(person.id);
	if (before?.tube === tube) return { ok: false, why: 'twice_here', person };
	if (before) return { ok: false, why: 'twice', args: { code: before.tube.code }, person };
	if (tube.closed) return { ok: false, why: 'closed', person };
	if (tube.swabs.length >= tube.size) return { ok: false, why: 'full', args: { n: tube.size }, person };
	const first = tube.swabs.length ? s.persons.get(tube.swabs[0].person) : null;
	if (tube.rule === 'household' && first && (!first.household || first.household !== person.household))
		return { ok: false, why: 'household', person };
	if (person.due !== 1 && !anyway) return { ok: false, why: person.due === 0 ? 'done' : 'excused', args: { reason: person.due }, person };
	return { ok: true, person };
}

/**
 * @param {Shift} s @param {Book} book @param {string} box that is being filled @param {import('./code.js').Code} code
 * @returns {TubeVerdict} id: the one the server has for this label; null = none yet
 */
export function judgeTube(s, book, box, code) {
	if (code.kind && code.kind !== 'tube') return { ok: false, why: 'not_tube' };
	if ((code.id && s.persons.has(code.id)) || (code.short && s.shorts.has(code.short))) return { ok: false, why: 'is_person' };
	if (idCardOk(code.text)) return { ok: false, why: 'is_person' }; // an identity number never becomes a label
	if (code.text === normal(box)) return { ok: false, why: 'is_box' };
	const mine = book.labels.get(code.text) || (code.id ? book.tubes.get(code.id) : undefined);
	if (mine?.closed) return { ok: false, why: 'tube_closed', args: { n: mine.swabs.length } };
	if (mine && normal(mine.box) !== normal(box)) return { ok: false, why: 'other_box', args: { box: mine.box } };
	if (mine) return { ok: true, id: mine.id, known: true };
	const known = s.tubes.get(code.text) || [...s.tubes.values()].find((x) => x.id === code.id);
	// an id that nobody knows may be anything, unless it says that it is a tube
	if (!known && ((code.id && code.kind !== 'tube') || (!code.id && code.text.length > LABEL_MOST))) return { ok: false, why: 'not_tube' };
	if (!known) return { ok: true, id: code.id || null, known: false };
	if (!known.here) return { ok: false, why: 'other_round' };
	if (known.stage !== 'open' && known.stage !== 'unknown') return { ok: false, why: 'tube_used' };
	if (known.swabs > 0) return { ok: false, why: 'tube_taken', args: { n: known.swabs } };
	return { ok: true, id: known.id, known: true };
}

/** Those of the same household who are still to be sampled. @param {Shift} s @param {Book} book @param {Person | null} p */
export function restOfHome(s, book, p) {
	if (!p?.household) return [];
	return (s.homes.get(p.household) || []).filter((x) => x.due === 1 && !book.sampled.has(x.id));
}
