// SPDX-License-Identifier: Apache-2.0
// post_judging.mjs - the rules of the sampling table by themselves: who may go into which tube. No browser needed.
import assert from 'node:assert/strict';
import { idCardOk, idOfLabel, manifest, read, readManifest } from '../../web/post/code.js';
import { judgePerson, judgeTube, openBook, openShift, restOfHome } from '../../web/post/sampling.js';
import { uuid7 } from '../../web/core/uuid.js';

const ids = Array.from({ length: 12 }, () => uuid7());
const homes = [
	['h1', '1', 'A'],
	['h2', '1', 'B'],
];
const tubeIds = { open: uuid7(), used: uuid7(), taken: uuid7(), old: uuid7() };
const list = {
	campaign: 'c',
	round: 2,
	persons: ids.map((id, i) => [id, i < 6 ? 0 : 1, 1980 + i, i === 10 ? 0 : i === 11 ? 'medical' : 1]),
	homes,
	tubes: [
		['OPEN1', tubeIds.open, 'open', 0, 10, 1],
		['USED1', tubeIds.used, 'closed', 9, 10, 1],
		['TAKEN1', tubeIds.taken, 'open', 3, 10, 1],
		['OLD1', tubeIds.old, 'reported', 10, 10, 0],
	],
};
const swab = (tube, i) => ({
	state: 'waiting',
	note: null,
	fact: { id: uuid7(), kind: 'testing.swab_taken', at: '', body: { tube, person: ids[i], campaign: 'c', round: 2 } },
});
const opened = (tube, code, more = {}) => ({
	state: 'waiting',
	note: { tube: { code, box: 'B1', size: 10, rule: 'pool', ...more } },
	fact: { id: uuid7(), kind: 'testing.tube_opened', at: '', body: { tube, code, campaign: 'c', round: 2 } },
});
const closed = (tube) => ({ state: 'sent', note: null, fact: { id: uuid7(), kind: 'testing.tube_closed', at: '', body: { tube } } });
const person = (s, book, tube, i, how) => judgePerson(s, book, book.tubes.get(tube) || null, read(ids[i]), how);

export const judging = {
	'a person goes into one tube of a round, once'() {
		const s = openShift(list);
		const book = openBook(s, [opened('t1', 'T1'), swab('t1', 0), opened('t2', 'T2')]);
		assert.equal(person(s, book, 't1', 1).ok, true);
		assert.equal(person(s, book, 't1', 0).why, 'twice_here');
		assert.deepEqual([person(s, book, 't2', 0).why, person(s, book, 't2', 0).args.code], ['twice', 'T1']);
		assert.equal(person(s, book, 'none', 0).why, 'no_tube');
		assert.equal(judgePerson(s, book, book.tubes.get('t1'), read(uuid7())).why, 'unknown');
		assert.equal(judgePerson(s, book, book.tubes.get('t1'), read('T2')).why, 'is_tube');
		assert.equal(judgePerson(s, book, book.tubes.get('t1'), read('https://x/#/box?box=' + uuid7())).why, 'not_person');
		// eight digits, as lists print them, and a code within an address
		assert.equal(judgePerson(s, book, book.tubes.get('t1'), read(ids[1].slice(-8))).person.id, ids[1]);
		assert.equal(judgePerson(s, book, book.tubes.get('t1'), read(`https://x.example/#/person?person=${ids[2]}`)).person.id, ids[2]);
		// a refused swab does not count
		assert.equal(person(s, openBook(s, [opened('t1', 'T1'), { ...swab('t1', 0), state: 'refused' }]), 't1', 0).ok, true);
	},
	'a tube holds as many as it may; a household tube one household; a closed one nobody'() {
		const s = openShift(list);
		let book = openBook(s, [opened('t1', 'T1', { size: 3 }), swab('t1', 0), swab('t1', 1), swab('t1', 2)]);
		assert.deepEqual([person(s, book, 't1', 3).why, person(s, book, 't1', 3).args.n], ['full', 3]);
		book = openBook(s, [opened('t1', 'T1', { size: 1, rule: 'single' }), swab('t1', 0)]);
		assert.equal(person(s, book, 't1', 1).why, 'full');
		book = openBook(s, [opened('t1', 'T1', { rule: 'household' }), swab('t1', 0)]);
		assert.equal(person(s, book, 't1', 5).ok, true);
		assert.equal(person(s, book, 't1', 6).why, 'household');
		book = openBook(s, [opened('t1', 'T1'), swab('t1', 0), closed('t1')]);
		assert.equal(person(s, book, 't1', 1).why, 'closed');
	},
	'who is not due is told, and sampled only on purpose'() {
		const s = openShift(list);
		const book = openBook(s, [opened('t1', 'T1')]);
		assert.equal(person(s, book, 't1', 10).why, 'done');
		assert.equal(person(s, book, 't1', 10, { anyway: true }).ok, true);
		assert.deepEqual([person(s, book, 't1', 11).why, person(s, book, 't1', 11).args.reason], ['excused', 'medical']);
		assert.deepEqual(
			restOfHome(s, openBook(s, [opened('t1', 'T1'), swab('t1', 6)]), s.persons.get(ids[6])).map((p) => p.id),
			[ids[7], ids[8], ids[9]],
		);
	},
	'a wrong tube is caught: used, of another table, round or box, or no tube at all'() {
		const s = openShift(list);
		const book = openBook(s, [opened('t1', 'T1'), opened('t2', 'T2'), swab('t2', 0), closed('t2'), opened('t3', 'T3', { box: 'B2' })]);
		const j = (text, box = 'B1') => judgeTube(s, book, box, read(text));
		assert.deepEqual(j('NEW1'), { ok: true, id: null, known: false });
		assert.deepEqual(j('open 1'), { ok: true, id: tubeIds.open, known: true });
		assert.equal(j('T1').id, 't1');
		assert.deepEqual([j('T2').why, j('T2').args.n], ['tube_closed', 1]);
		assert.deepEqual([j('T3').why, j('T3').args.box], ['other_box', 'B2']);
		assert.equal(j('USED1').why, 'tube_used');
		assert.deepEqual([j('TAKEN1').why, j('TAKEN1').args.n], ['tube_taken', 3]);
		assert.equal(j('OLD1').why, 'other_round');
		assert.equal(j('B1').why, 'is_box');
		assert.equal(j(ids[0]).why, 'is_person');
		assert.equal(j(tubeIds.used).why, 'tube_used');
		// neither the code of somebody who is not on the list nor an identity number becomes a tube
		const other = uuid7();
		assert.equal(j(other).why, 'not_tube');
		assert.equal(j('https://x.example/#/tube?tube=' + other).id, other);
		assert.equal(j('11010519491231002x').why, 'is_person');
	},
	async 'a label is one id on every phone of the county; a box tells its tubes'() {
		assert.equal(await idOfLabel('140826', 'tube', ' ab 12'), await idOfLabel('140826', 'tube', 'AB12'));
		assert.match(await idOfLabel('140826', 'tube', 'AB12'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab]/);
		assert.notEqual(await idOfLabel('140826', 'tube', 'AB12'), await idOfLabel('140826', 'box', 'AB12'));
		assert.notEqual(await idOfLabel('140826', 'tube', 'AB12'), await idOfLabel('140827', 'tube', 'AB12'));
		const at = Math.floor(Date.now() / 60000) * 60000;
		const tubes = [
			{ code: '2026-01/N1', first: at, id: undefined },
			{ code: 'T2', first: at + 60000, id: ids[0] },
		];
		assert.deepEqual(readManifest(manifest('Box 7', tubes)), { box: 'BOX7', tubes });
		assert.equal(readManifest('BOX7'), null);
	},
	'the last character of an identity number is checked'() {
		// the example of the standard's own text
		assert.equal(idCardOk('11010519491231002X'), true);
		assert.equal(idCardOk('110105194912310021'), false);
		assert.equal(idCardOk('11010519491231002'), false);
	},
};
