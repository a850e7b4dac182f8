// SPDX-License-Identifier: Apache-2.0
// sample_view.js - the sampling table: address, box, tube, persons. Each scan is judged here and kept before the good tone sounds.

import { h } from '../core/dom.js';
import { idCardOk, idOfLabel, manifest, normal } from './code.js';
import { line } from './line.js';
import { keepList, readList } from './lists.js';
import { add, letGo, list, makeFact, nowAt, takeBack } from './queue.js';
import { registerForm } from './register.js';
import { judgePerson, judgeTube, openBook, openShift, putPerson, restOfHome } from './sampling.js';
import { may, session } from './session.js';
import { shiftSetUp } from './shift_set_up.js';
import { again, heading, hhmm, pad, say, scanBox } from './ui.js';
import { qrPicture } from './qr.js';
import { has, t } from './i18n.js';

/** @typedef {import('./sampling.js').Tube} Tube */
/** @typedef {import('./sampling.js').Person} Person */

const HOLD_MS = 30000; // the last swab can be taken back that long, or until the next scan
const RULES = ['pool', 'single', 'household'];

/** @returns {Promise<import('./post.js').View>} */
export async function sampleView() {
	let kept = await readList('shift');
	const setUp = shiftSetUp(await readList('choices'), begin);
	/** What is set up at this table. @type {{site?: string, box?: string, tube?: string, rule?: string}} */
	const place = (await readList('place')) || {};
	let count = '';
	/** @type {'scan' | 'count' | 'find' | 'register' | 'box'} */
	let mode = 'scan';
	let building = '';
	/** Who went in last: the others of the household are offered. @type {Person | null} */
	let last = null;
	/** Who was turned away because the list says so, and may be sampled all the same. @type {Person | null} */
	let turned = null;
	let holdTimer = 0;
	let shift = kept ? openShift(kept) : null;
	let book = shift ? openBook(shift, list()) : null;
	takeInRegistered();

	/** Those who were registered at this table belong to the list until the server's list has them. */
	function takeInRegistered() {
		if (!shift) return;
		for (const e of list((x) => x.note?.person && x.state !== 'refused')) {
			const p = e.note.person;
			if (!shift.persons.has(p.id)) putPerson(shift, p);
		}
	}
	const reopen = () => {
		if (!shift) return;
		takeInRegistered();
		book = openBook(shift, list());
	};
	/** @returns {Tube | null} */
	const tube = () => (place.tube && book?.tubes.get(place.tube)) || null;
	const keepPlace = () => keepList('place', { ...place });
	/** @param {any} list that was fetched */
	async function begin(list) {
		kept = list;
		shift = openShift(kept);
		Object.assign(place, { box: '', tube: '' });
		await keepPlace();
		reopen();
		mode = 'scan';
	}
	const county = () => (session.me?.area || '').slice(0, 6);
	const about = () => ({ outbreak: kept.outbreak, area: kept.area });

	/* ---- box and tube ---- */

	/** @param {import('./code.js').Code} code */
	async function takeBox(code) {
		if ((code.kind && code.kind !== 'box') || (code.id && !code.kind) || code.text.length > 40 || idCardOk(code.text))
			return say(false, t('post.bad_not_box'), t('post.do_box'));
		if (book?.labels.has(code.text) || shift?.tubes.has(code.text) || (code.short && shift?.shorts.has(code.short)))
			return say(false, t('post.bad_not_box'), t('post.do_box'));
		place.box = code.text;
		await keepPlace();
		say(true, t('post.box_is', { box: code.text }));
	}
	/** @param {import('./code.js').Code} code */
	async function takeTube(code) {
		if (!shift || !book) return;
		const v = judgeTube(shift, book, place.box || '', code);
		if (!v.ok) return say(false, t('post.bad_' + v.why, v.args), has('post.do_' + v.why) ? t('post.do_' + v.why) : t('post.do_other_tube'));
		const id = v.id || (await idOfLabel(county(), 'tube', code.text));
		const label = code.id ? id.slice(-8).toUpperCase() : code.text;
		const rule = /** @type {any} */ (place.rule || 'pool');
		const size = rule === 'single' ? 1 : kept.pool;
		if (!book.tubes.has(id)) {
			// label: its id follows from its label alone
			const note = { tube: { code: label, box: place.box, size, rule, label: !v.id } };
			const population = rule === 'household' ? 'sealed' : undefined;
			const body = { tube: id, code: label, campaign: kept.campaign, round: kept.round, site: kept.site, pool_size: size, population };
			letGo();
			await add([makeFact('testing.tube_opened', body, about())], note);
			reopen();
		}
		place.tube = id;
		last = null;
		await keepPlace();
		say(true, t('post.tube_is', { code: label, n: size }));
	}

	/* ---- persons ---- */

	/** @param {import('./code.js').Code} code @param {boolean} [anyway] */
	async function takePerson(code, anyway = false) {
		const to = tube();
		if (!shift || !book || !to) return;
		const v = judgePerson(shift, book, to, code, { anyway });
		if (!v.ok) {
			turned = (v.why === 'done' || v.why === 'excused') && v.person ? v.person : null;
			const reason = typeof v.args?.reason === 'string' ? t('post.excuse_' + v.args.reason) : '';
			return say(false, t('post.bad_' + v.why, { ...v.args, reason }), t('post.do_' + v.why));
		}
		letGo();
		const body = { person: v.person.id, tube: to.id, campaign: kept.campaign, round: kept.round };
		await add([makeFact('testing.swab_taken', body, about())], null, { hold: true });
		clearTimeout(holdTimer);
		holdTimer = window.setTimeout(letGo, HOLD_MS);
		reopen();
		last = v.person;
		turned = null;
		const n = tube()?.swabs.length || 0;
		if (n >= to.size) mode = 'count';
		say(true, t('post.person_in', { n, size: to.size, who: nameOf(v.person) }), n >= to.size ? t('post.tube_full') : '');
	}
	async function undo() {
		const to = tube();
		const swab = to?.swabs.at(-1);
		if (!to || !swab) return;
		if (!(await takeBack([swab.fact]))) return say(false, t('post.undo_late'), t('post.undo_late_do'));
		const p = shift?.persons.get(swab.person);
		reopen();
		last = null;
		mode = 'scan';
		count = '';
		say(true, t('post.undone', { who: p ? nameOf(p) : '' }));
	}
	async function closeTube() {
		const to = tube();
		if (!to) return;
		const n = Number(count);
		letGo();
		await add([makeFact('testing.tube_closed', { tube: to.id, swabs_n: n }, about())], { code: to.code });
		place.tube = '';
		await keepPlace();
		reopen();
		mode = 'scan';
		count = '';
		last = null;
		if (n === to.swabs.length) say(true, t('post.tube_closed', { code: to.code, n }));
		else say(false, t('post.count_differs', { n, scanned: to.swabs.length }), t('post.do_count'));
	}
	/** @param {any[]} facts @param {Person} person */
	async function takeRegistered(facts, person) {
		letGo();
		await add(facts, { person });
		reopen();
		mode = 'scan';
		await takePerson({ text: person.id.toUpperCase(), id: person.id });
	}

	/* ---- drawing ---- */

	/** @param {Person} p */
	const nameOf = (p) => [p.building, p.unit, p.id.slice(-8), p.born].filter(Boolean).join(' · ');

	const drawTable = () =>
		h(
			'dl.place',
			{ 'data-key': 'place', id: 'place' },
			h('dt', null, t('post.address')),
			h('dd', null, kept.site_name || t('post.no_site')),
			h('dt', null, t('post.box')),
			h('dd', { id: 'box-code' }, place.box || '–'),
			h('dt', null, t('post.tube')),
			h('dd', { id: 'tube-code' }, tube() ? `${tube()?.code}  ${tube()?.swabs.length}/${tube()?.size}` : '–'),
		);

	const drawBoxStep = () => [scanBox(t('post.scan_box'), takeBox)];

	const drawTubeStep = () => [
		h(
			'div.row',
			{ role: 'group', 'aria-label': t('post.rule'), 'data-key': 'rules' },
			RULES.map((r) =>
				h(
					'button',
					{
						type: 'button',
						id: 'rule-' + r,
						'data-key': r,
						'aria-pressed': String((place.rule || 'pool') === r),
						onclick: () => ((place.rule = r), keepPlace(), again()),
					},
					t('post.rule_' + r, { n: kept.pool }),
				),
			),
		),
		scanBox(t('post.scan_tube'), takeTube),
		h(
			'div.row',
			{ 'data-key': 'box-actions' },
			h('button', { type: 'button', id: 'show-box', onclick: () => ((mode = 'box'), again()) }, t('post.box_show')),
			h('button', { type: 'button', id: 'next-box', onclick: () => ((place.box = ''), keepPlace(), again()) }, t('post.box_next')),
			h('button', { type: 'button', id: 'end-shift', onclick: () => ((kept = null), again()) }, t('post.shift_new')),
		),
	];

	const drawPersonStep = () => {
		const to = /** @type {Tube} */ (tube());
		const rest = shift && book ? restOfHome(shift, book, last) : [];
		return [
			scanBox(t('post.scan_person', { n: to.swabs.length + 1, size: to.size }), (code) => takePerson(code)),
			rest.length
				? h(
						'div.home',
						{ role: 'group', 'aria-label': t('post.same_home'), 'data-key': 'home' },
						h('p', null, t('post.same_home')),
						rest.map((p) =>
							h(
								'button',
								{
									type: 'button',
									'data-key': p.id,
									'data-person': p.id,
									onclick: () => takePerson({ text: p.id.toUpperCase(), id: p.id }),
								},
								'+ ' + nameOf(p),
							),
						),
					)
				: null,
			turned
				? h(
						'button',
						{
							type: 'button',
							id: 'anyway',
							'data-key': 'anyway',
							onclick: () => takePerson({ text: '', id: /** @type {Person} */ (turned).id }, true),
						},
						t('post.anyway'),
					)
				: null,
			h(
				'ol.swabs',
				{ 'data-key': 'swabs', id: 'swabs', 'aria-label': t('post.in_tube') },
				to.swabs.map((s) => {
					const p = shift?.persons.get(s.person);
					return h('li', { 'data-key': s.person }, hhmm(s.at), ' ', p ? nameOf(p) : s.person.slice(-8));
				}),
			),
			h(
				'div.row.dock',
				{ 'data-key': 'actions' },
				h('button', { type: 'button', id: 'undo', disabled: !to.swabs.length, onclick: undo }, t('post.undo')),
				h('button', { type: 'button', id: 'find', onclick: () => ((mode = 'find'), again()) }, t('post.find')),
				h('button', { type: 'button', id: 'register', onclick: () => ((mode = 'register'), again()) }, t('post.register')),
				h(
					'button.main',
					{ type: 'button', id: 'close-tube', disabled: !to.swabs.length, onclick: () => ((mode = 'count'), again()) },
					t('post.close_tube'),
				),
			),
		];
	};

	const drawCount = () => [
		pad({
			id: 'count',
			label: t('post.count'),
			value: count,
			most: 2,
			done: t('post.close_tube'),
			onChange: (v) => ((count = v), again()),
			onDone: () => closeTube().catch(() => say(false, t('post.not_kept'), t('post.not_kept_do'))),
		}),
		h('p', { 'data-key': 'count-note' }, t('post.count_note')),
		h(
			'div.row',
			{ 'data-key': 'count-actions' },
			h('button', { type: 'button', id: 'undo', onclick: undo }, t('post.undo')),
			h('button', { type: 'button', id: 'back', onclick: () => ((mode = 'scan'), again()) }, t('post.back')),
		),
	];

	const drawFind = () => {
		const left = [...(shift?.persons.values() || [])].filter((p) => p.due === 1 && !book?.sampled.has(p.id));
		const buildings = [...new Set(left.map((p) => p.building))].sort((a, b) => a.localeCompare(b, 'zh-CN', { numeric: true }));
		const here = left.filter((p) => p.building === building).slice(0, 200);
		return [
			h('h2', { 'data-key': 'h' }, t('post.left_n', { n: left.length })),
			h(
				'div.row.many',
				{ role: 'group', 'aria-label': t('post.building'), 'data-key': 'buildings' },
				buildings.map((b) =>
					h(
						'button',
						{ type: 'button', 'data-key': 'b' + b, 'aria-pressed': String(b === building), onclick: () => ((building = b), again()) },
						b || '–',
					),
				),
			),
			h(
				'div.home',
				{ 'data-key': 'here' },
				here.map((p) =>
					h(
						'button',
						{
							type: 'button',
							'data-key': p.id,
							'data-person': p.id,
							onclick: () => ((mode = 'scan'), takePerson({ text: p.id.toUpperCase(), id: p.id })),
						},
						'+ ' + nameOf(p),
					),
				),
			),
			h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((mode = 'scan'), again()) }, t('post.back')),
		];
	};

	const drawBox = () => {
		const inBox = [...(book?.tubes.values() || [])].filter((x) => normal(x.box) === normal(place.box || ''));
		const tubes = inBox.map((x) => ({
			code: x.code,
			first: x.swabs.length ? Date.parse(x.swabs[0].at) : nowAt(),
			id: x.label ? undefined : x.id,
		}));
		return [
			h('h2', { 'data-key': 'h' }, t('post.box_holds', { box: place.box, n: tubes.length })),
			inBox.some((x) => !x.closed) ? h('p.notice.bad', { 'data-key': 'open' }, t('post.box_open_tubes')) : null,
			tubes.length ? qrPicture(manifest(place.box || '', tubes), t('post.box_qr', { box: place.box, n: tubes.length })) : null,
			h('p', { 'data-key': 'note' }, t('post.box_note')),
			h(
				'ul.plain',
				{ 'data-key': 'list' },
				inBox.map((x) => h('li', { 'data-key': x.id }, `${x.code} · ${x.swabs.length}/${x.size}`)),
			),
			h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((mode = 'scan'), again()) }, t('post.back')),
		];
	};

	const drawStep = () => {
		if (mode === 'register' && tube())
			return registerForm({
				mayRegister: may('REGISTER'),
				area: kept.area,
				homes: shift ? [...shift.homes.values()].map((l) => l[0]) : [],
				onDone: takeRegistered,
				onCancel: () => ((mode = 'scan'), again()),
			});
		if (mode === 'find' && tube()) return drawFind();
		if (mode === 'count' && tube()) return drawCount();
		if (mode === 'box' && place.box) return drawBox();
		return tube() ? drawPersonStep() : place.box ? drawTubeStep() : drawBoxStep();
	};

	if (!kept && line.up !== false) setUp.refresh();
	return {
		draw: () =>
			kept && shift
				? [
						heading(t('post.go_sample')),
						drawTable(),
						h('section', { 'data-key': 'step-' + mode, 'aria-label': t('post.go_sample') }, drawStep()),
						tube() && mode === 'scan'
							? null
							: h('p.note', { 'data-key': 'list-at' }, t('post.list_at', { at: hhmm(kept.at), n: shift.persons.size })),
					]
				: setUp.draw(),
		leave: () => {
			clearTimeout(holdTimer);
			letGo();
		},
	};
}
