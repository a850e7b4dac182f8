// SPDX-License-Identifier: Apache-2.0
// courier_view.js - boxes on their way: taken at the site, handed over at the laboratory. Two people sign: the courier when the box is taken, the
// laboratory when it is received - on the laboratory's own phone, or on the courier's with the laboratory's own login.

import { h } from '../core/dom.js';
import { idCardOk, idOfLabel, manifest, normal, read, readManifest } from './code.js';
import { call, line } from './line.js';
import { fetchChoices, keepList, readList } from './lists.js';
import { add, list, makeFact } from './queue.js';
import { qrPicture } from './qr.js';
import { coSigner, may, session, SignInError } from './session.js';
import { again, ageText, choice, heading, pad, say, scanBox } from './ui.js';
import { t } from './i18n.js';

// At room temperature a sample is to be tested within four hours and delivered within two to four (docs/protocols.md, transport).
const WARN_MS = 2 * 3600 * 1000;
const LATE_MS = 4 * 3600 * 1000;

/**
 * A box as this phone knows it.
 * @typedef {{id: string, code: string, tubes: import('./code.js').Carried[], taken: string, received: boolean, laboratory: string}} Box
 */

/** Boxes that were taken with this phone, the longest on the way first. @returns {Box[]} */
function boxes() {
	/** @type {Map<string, Box>} */
	const found = new Map();
	for (const e of list((x) => x.state !== 'refused')) {
		const b = e.fact.body;
		if (e.fact.kind === 'testing.box_sent' && e.note?.tubes)
			found.set(b.box, {
				id: b.box,
				code: e.note.code,
				tubes: e.note.tubes,
				taken: e.fact.at,
				received: false,
				laboratory: b.laboratory || '',
			});
		const box = found.get(b.box);
		if (box && (e.fact.kind === 'testing.box_received' || e.note?.received)) box.received = true;
	}
	return [...found.values()].sort((a, b) => (a.taken < b.taken ? -1 : 1));
}

/** @returns {Promise<import('./post.js').View>} */
export async function courierView() {
	let choices = await readList('choices');
	/** @type {{code: string, id?: string, tubes: import('./code.js').Carried[]} | null} */
	let taking = null;
	/** @type {Box | null} */
	let giving = null;
	let laboratory = '';
	let count = '';
	let error = '';
	let busy = false;
	/** Boxes that the laboratory received by its own login on this phone; its fact is not in our queue. @type {Set<string>} */
	const received = new Set((await readList('received')) || []);
	const county = () => (session.me?.area || '').slice(0, 6);
	const about = () => ({ outbreak: choices?.outbreaks[0]?.id, area: session.me?.area || '' });

	async function refresh() {
		busy = true;
		error = '';
		again();
		try {
			choices = await fetchChoices();
			if (choices.laboratories.length === 1) laboratory = choices.laboratories[0].id;
		} catch {
			error = t('post.list_failed');
		}
		busy = false;
		again();
	}

	/** @param {import('./code.js').Code} code @param {string} raw */
	async function takeScan(code, raw) {
		const m = readManifest(raw);
		if (m) {
			if (isTaken(m.box)) return say(false, t('post.box_taken_before', { box: m.box }));
			taking = { code: m.box, tubes: m.tubes };
			return say(true, t('post.box_holds', { box: m.box, n: m.tubes.length }));
		}
		if (!taking) {
			if ((code.kind && code.kind !== 'box') || (code.id && !code.kind) || idCardOk(code.text)) return say(false, t('post.bad_not_box'));
			if (isTaken(code.text)) return say(false, t('post.box_taken_before', { box: code.text }));
			taking = { code: code.text, id: code.id, tubes: [] };
			return say(true, t('post.box_is', { box: code.text }), t('post.box_tubes_next'));
		}
		if (code.text === normal(taking.code)) return say(false, t('post.bad_is_box'));
		if ((code.kind && code.kind !== 'tube') || (code.id && !code.kind) || idCardOk(code.text)) return say(false, t('post.bad_not_tube'));
		if (taking.tubes.some((x) => normal(x.code) === code.text)) return say(false, t('post.tube_in_box', { code: code.text }));
		const other = boxes().find((b) => b.tubes.some((x) => normal(x.code) === code.text));
		if (other) return say(false, t('post.bad_other_box', { box: other.code }));
		taking.tubes.push({ code: code.text, first: 0 });
		say(true, t('post.tube_n', { code: code.text, n: taking.tubes.length }));
	}
	/** @param {string} label */
	const isTaken = (label) => boxes().some((b) => normal(b.code) === normal(label));

	/** @param {string} kind @param {string} label @param {string} [id] */
	const idFor = async (kind, label, id) => id || read(label)?.id || idOfLabel(county(), kind, label);

	async function take() {
		if (!taking) return;
		const tubes = await Promise.all(taking.tubes.map((x) => idFor('tube', x.code, x.id)));
		const box = await idFor('box', taking.code, taking.id);
		const body = { box, code: normal(taking.code).slice(0, 40), tubes, laboratory };
		const n = tubes.length;
		await add([makeFact('testing.box_sent', body, about())], { code: taking.code, tubes: taking.tubes });
		taking = null;
		say(true, t('post.box_taken', { n }));
	}
	/** The laboratory signs on the courier's phone. @param {Event} e */
	async function receiveHere(e) {
		e.preventDefault();
		const box = giving;
		if (!box || busy) return;
		const value = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).value;
		busy = true;
		error = '';
		again();
		try {
			const lab = await coSigner(value('lab-login').trim(), value('lab-password'));
			const fact = makeFact(
				'testing.box_received',
				{ box: box.id, laboratory: laboratory || box.laboratory, tubes_n: Number(count) },
				about(),
			);
			const said = await call('facts', { token: lab.token, body: { facts: [fact] }, lang: document.documentElement.lang });
			await call('sign-out', { token: lab.token, body: {} }).catch(() => {});
			const v = said.verdicts[0];
			if (!v.ok) throw new SignInError('cosign_refused', { why: [v.error.text, v.error.what].filter(Boolean).join(' · ') });
			await doneWith(box);
		} catch (x) {
			error = x instanceof SignInError ? t('post.sign_' + x.code, x.args) : t('post.sign_cosign_needs_line');
			say(false, error);
		}
		busy = false;
		again();
	}
	/** @param {Box} box */
	async function doneWith(box) {
		received.add(box.id);
		await keepList('received', [...received]);
		giving = null;
		const n = Number(count);
		count = '';
		if (n === box.tubes.length) say(true, t('post.box_received', { box: box.code, n }));
		else say(false, t('post.box_count_differs', { n, sent: box.tubes.length }));
	}
	/** The laboratory's own phone. */
	async function receive() {
		if (!taking) return;
		const n = Number(count);
		const box = await idFor('box', taking.code, taking.id);
		await add([makeFact('testing.box_received', { box, laboratory, tubes_n: n }, about())], { code: taking.code });
		const sent = taking.tubes.length;
		const code = taking.code;
		taking = null;
		count = '';
		if (!sent || sent === n) say(true, t('post.box_received', { box: code, n }));
		else say(false, t('post.box_count_differs', { n, sent }));
	}

	/** @param {Box} b */
	const firstOf = (b) => Math.min(...b.tubes.map((x) => x.first || Infinity));
	/** @param {Box} b */
	function drawAge(b) {
		const first = firstOf(b);
		const age = Date.now() - (Number.isFinite(first) ? first : Date.parse(b.taken));
		const text = t(Number.isFinite(first) ? 'post.since_swab' : 'post.since_taken', { age: ageText(age) });
		return h(
			age > LATE_MS ? 'span.age.late' : age > WARN_MS ? 'span.age.close' : 'span.age',
			null,
			age > LATE_MS ? '✕ ' : age > WARN_MS ? '! ' : '',
			text,
		);
	}
	const onTheWay = () => boxes().filter((b) => !b.received && !received.has(b.id));

	const labChoice = () =>
		choices
			? choice(
					t('post.laboratory'),
					'laboratory',
					choices.laboratories.map((/** @type {any} */ l) => ({ value: l.id, text: l.name })),
					laboratory,
					(v) => ((laboratory = v), again()),
				)
			: null;

	const countPad = () =>
		pad({
			id: 'count',
			label: t('post.tubes_counted'),
			value: count,
			most: 4,
			done: t('post.receive'),
			onChange: (v) => ((count = v), again()),
			onDone: () => receive().catch(() => say(false, t('post.not_kept'), t('post.not_kept_do'))),
		});

	const drawTaking = () => {
		const x = /** @type {NonNullable<typeof taking>} */ (taking);
		const lab = may('LAB');
		return [
			h('h2', { 'data-key': 'h' }, t('post.box_holds', { box: x.code, n: x.tubes.length })),
			labChoice(),
			lab ? [h('p', { 'data-key': 'count-now' }, t('post.count_tubes')), countPad()] : scanBox(t('post.scan_tubes'), takeScan),
			lab
				? null
				: h(
						'button.main',
						{
							type: 'button',
							id: 'take',
							'data-key': 'take',
							disabled: !x.tubes.length,
							onclick: () => take().catch(() => say(false, t('post.not_kept'), t('post.not_kept_do'))),
						},
						t('post.take', { n: x.tubes.length }),
					),
			h(
				'button',
				{ type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((taking = null), (count = ''), again()) },
				t('post.back'),
			),
			h(
				'ul.plain',
				{ 'data-key': 'tubes' },
				x.tubes.map((y) =>
					h('li', { 'data-key': y.code }, y.code, y.first ? ' · ' + t('post.since_swab', { age: ageText(Date.now() - y.first) }) : ''),
				),
			),
		];
	};

	const drawGiving = () => {
		const b = /** @type {Box} */ (giving);
		return [
			h('h2', { 'data-key': 'h' }, t('post.box_holds', { box: b.code, n: b.tubes.length })),
			h('p', { 'data-key': 'age' }, drawAge(b)),
			h('p', { 'data-key': 'how' }, t('post.hand_over_how')),
			qrPicture(manifest(b.code, b.tubes), t('post.box_qr', { box: b.code, n: b.tubes.length })),
			h(
				'details',
				{ 'data-key': 'here' },
				h('summary', null, t('post.hand_over_here')),
				h(
					'form.sign-in',
					{ onsubmit: receiveHere, autocomplete: 'off' },
					error ? h('p.notice.bad', { role: 'alert', id: 'sign-error' }, error) : null,
					labChoice(),
					h('label', { for: 'lab-count' }, t('post.tubes_counted')),
					h('input', {
						id: 'lab-count',
						inputmode: 'numeric',
						required: true,
						oninput: (/** @type {any} */ e) => (count = e.target.value),
					}),
					h('label', { for: 'lab-login' }, t('post.lab_login')),
					h('input', { id: 'lab-login', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', required: true }),
					h('label', { for: 'lab-password' }, t('post.password')),
					h('input', { id: 'lab-password', type: 'password', autocomplete: 'off', required: true }),
					h('button.main', { type: 'submit', id: 'lab-sign', disabled: busy || line.up === false }, t('post.receive')),
					line.up === false ? h('p.note', null, t('post.sign_cosign_needs_line')) : null,
				),
			),
			h('button', { type: 'button', id: 'handed', 'data-key': 'handed', onclick: () => doneElsewhere(b) }, t('post.handed_elsewhere')),
			h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((giving = null), again()) }, t('post.back')),
		];
	};
	/** The laboratory signed on its own phone: here the box only leaves the list. @param {Box} b */
	async function doneElsewhere(b) {
		received.add(b.id);
		await keepList('received', [...received]);
		giving = null;
		say(true, t('post.box_gone', { box: b.code }));
	}

	const drawList = () => [
		error ? h('p.notice.bad', { role: 'alert', 'data-key': 'error' }, error) : null,
		choices
			? scanBox(may('COURIER') ? t('post.scan_take') : t('post.scan_receive'), takeScan)
			: h('p', { 'data-key': 'first' }, t('post.courier_first')),
		h('h2', { 'data-key': 'h' }, t('post.on_the_way', { n: onTheWay().length })),
		h(
			'ul.cards',
			{ 'data-key': 'boxes', id: 'boxes' },
			onTheWay().map((b) =>
				h(
					'li',
					{ 'data-key': b.id },
					h(
						'button.card',
						{
							type: 'button',
							'data-box': b.code,
							onclick: () => ((giving = b), (error = ''), (laboratory = laboratory || b.laboratory), again()),
						},
						h('b', null, b.code),
						h('span', null, t('post.tubes_n', { n: b.tubes.length })),
						drawAge(b),
					),
				),
			),
		),
		h(
			'button',
			{ type: 'button', id: 'fetch-choices', 'data-key': 'fetch', disabled: busy, onclick: refresh },
			busy ? t('post.fetching') : t('post.fetch_choices'),
		),
	];

	if (!choices && line.up !== false) refresh();
	else if (choices?.laboratories.length === 1) laboratory = choices.laboratories[0].id;
	const timer = setInterval(again, 30000); // ages
	return {
		draw: () => [heading(t('post.go_courier')), taking ? drawTaking() : giving ? drawGiving() : drawList()],
		leave: () => clearInterval(timer),
	};
}
