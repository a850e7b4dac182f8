// SPDX-License-Identifier: Apache-2.0
// isolation_view.js - the round of an isolation site: room by room, temperature, symptoms, meals; at the end who is missing.

import { h } from '../core/dom.js';
import { celsius, checkedNow, checkFact, drawCheck, halfOf, isNow, isSign, newCheck } from './care.js';
import { normal } from './code.js';
import { line } from './line.js';
import { allRows, fetchChoices, keepList, readList } from './lists.js';
import { add, list, makeFact, nowAt } from './queue.js';
import { session } from './session.js';
import { again, choice, heading, hhmm, say, scanBox } from './ui.js';
import { t } from './i18n.js';

const MEALS = ['breakfast', 'lunch', 'supper'];

/**
 * checked: the last check that the server knew of when the list was fetched.
 * @typedef {{person: string, room: string, number: string, checked: string}} Resident
 */

/** @param {Resident} a @param {Resident} b */
const inOrder = (a, b) => a.number.localeCompare(b.number, 'zh-CN', { numeric: true }) || (a.person < b.person ? -1 : 1);

/** @returns {Promise<import('./post.js').View>} */
export async function isolationView() {
	/** @type {{at: number, outbreak: string, sites: {id: string, name: string, area: string}[], residents: Record<string, Resident[]>} | undefined} */
	let kept = await readList('isolation');
	const place = (await readList('isolation_place')) || { site: '', meal: {} };
	/** @type {'list' | 'check' | 'meals' | 'end'} */
	let mode = 'list';
	/** @type {Resident | null} */
	let at = null;
	let check = newCheck();
	let busy = false;
	let error = '';

	const residents = () => kept?.residents[place.site] || [];
	const about = () => ({
		outbreak: kept?.outbreak || '',
		area: kept?.sites.find((s) => s.id === place.site)?.area || session.me?.area || '',
	});
	/** Checked in this half day, here or by what the list said. @type {() => Map<string, string>} */
	const seen = () =>
		new Map([
			...residents()
				.filter((r) => isNow(r.checked))
				.map((r) => /** @type {[string, string]} */ ([r.person, r.checked])),
			...checkedNow(),
		]);
	const keepPlace = () => keepList('isolation_place', place);
	/** Who did not open or was not there in this half day: seen as missing at the end. @type {Map<string, string>} */
	const absent = new Map(place.absent?.[halfKey()] || []);
	function halfKey() {
		return new Date(nowAt()).toDateString() + halfOf();
	}
	const unseen = () => {
		const done = seen();
		return residents().filter((r) => !done.has(r.person));
	};

	async function fetchList() {
		busy = true;
		error = '';
		again();
		try {
			const [choices, where, sites] = await Promise.all([fetchChoices(), allRows('isolation.residents'), allRows('isolation.sites')]);
			/** @type {Record<string, Resident[]>} */
			const found = {};
			for (const w of where)
				(found[w.site] = found[w.site] || []).push({ person: w.person, room: w.room, number: w.number || '', checked: w.checked_at || '' });
			for (const l of Object.values(found)) l.sort(inOrder);
			kept = {
				at: Date.now(),
				outbreak: choices.outbreaks[0]?.id || '',
				sites: sites.filter((s) => found[s.site]).map((s) => ({ id: s.site, name: s.name, area: s.area })),
				residents: found,
			};
			await keepList('isolation', kept);
			if (!found[place.site]) place.site = kept.sites[0]?.id || '';
			await keepPlace();
		} catch {
			error = t('post.list_failed');
		}
		busy = false;
		again();
	}

	/** @param {Resident} r */
	function visit(r) {
		at = r;
		check = newCheck();
		mode = 'check';
		again();
	}
	/** Goes on with the next one who was not seen, in the order of the corridor. @param {Resident} from */
	function next(from) {
		const left = unseen().filter((r) => !absent.has(r.person));
		const on = left.find((r) => inOrder(r, from) > 0) || left[0];
		if (on) visit(on);
		else {
			mode = 'end';
			at = null;
			again();
		}
	}
	async function saveCheck() {
		const r = /** @type {Resident} */ (at);
		const sign = isSign(check);
		const v = celsius(check.text);
		await add([checkFact(check, r.person, about())], { code: r.number });
		absent.delete(r.person);
		next(r);
		if (sign) say(false, t('post.sign_of_illness', { room: r.number }), t('post.sign_of_illness_do'));
		else say(true, t('post.check_kept', { room: r.number, v: v?.toFixed(1) }));
	}
	async function noAnswer() {
		const r = /** @type {Resident} */ (at);
		absent.set(r.person, hhmm(new Date(nowAt()).toISOString()));
		place.absent = { [halfKey()]: [...absent] };
		await keepPlace();
		next(r);
	}
	/** @param {import('./code.js').Code} code */
	function takeRoom(code) {
		const found = residents().filter((r) => r.room === code.id || normal(r.number) === code.text || r.person === code.id);
		if (!found.length) return say(false, t('post.room_unknown_here'), t('post.room_unknown_do'));
		const done = seen();
		const one = found.find((r) => !done.has(r.person));
		if (!one) return say(false, t('post.room_done', { room: found[0].number }));
		visit(one);
		say(true, t('post.room_is', { room: one.number }));
	}

	/* ---- meals ---- */

	const hour = new Date(nowAt()).getHours();
	let meal = hour < 10 ? 'breakfast' : hour < 16 ? 'lunch' : 'supper';
	const mealKey = () => new Date(nowAt()).toDateString() + meal;
	/** @returns {string[]} persons who got the meal */
	const served = () => place.meal?.[mealKey()] || [];
	/** @param {string[]} persons */
	async function serve(persons) {
		const now = served();
		const all = persons.every((p) => now.includes(p));
		place.meal = { [mealKey()]: all ? now.filter((/** @type {string} */ p) => !persons.includes(p)) : [...new Set([...now, ...persons])] };
		await keepPlace();
		again();
	}
	const mealTold = () =>
		list(
			(e) =>
				e.fact.kind === 'isolation.meal_served' && e.fact.body.site === place.site && e.fact.body.meal === meal && e.state !== 'refused',
		).some((e) => new Date(e.fact.at).toDateString() === new Date(nowAt()).toDateString());
	async function tellMeal() {
		await add([makeFact('isolation.meal_served', { site: place.site, meal, served_n: served().length }, about())], {
			code: t('post.meal_' + meal),
		});
		mode = 'list';
		say(true, t('post.meal_told', { n: served().length }));
	}
	async function tellRound() {
		const n = residents().length - unseen().length;
		await add([makeFact('isolation.round_done', { site: place.site, half: halfOf(), seen_n: n }, about())]);
		mode = 'list';
		say(true, t('post.round_told', { n }));
	}
	const safely = (/** @type {() => Promise<void>} */ f) => () => f().catch(() => say(false, t('post.not_kept'), t('post.not_kept_do')));

	/* ---- drawing ---- */

	/** @param {Resident} r */
	const label = (r) => `${r.number} · ${r.person.slice(-8)}`;
	const back = () =>
		h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((mode = 'list'), again()) }, t('post.back'));

	const drawList = () => {
		const done = seen();
		const left = unseen();
		return [
			error ? h('p.notice.bad', { role: 'alert', 'data-key': 'error' }, error) : null,
			kept && kept.sites.length > 1
				? choice(
						t('post.site'),
						'site',
						kept.sites.map((s) => ({ value: s.id, text: s.name })),
						place.site,
						(v) => ((place.site = v), keepPlace(), again()),
					)
				: null,
			residents().length
				? h(
						'h2',
						{ 'data-key': 'h', id: 'round-state' },
						t('post.round_state', { half: t('post.half_' + halfOf()), n: residents().length - left.length, all: residents().length }),
					)
				: null,
			residents().length ? scanBox(t('post.scan_room'), takeRoom) : h('p', { 'data-key': 'none' }, t('post.no_residents')),
			left.length
				? h(
						'button.main',
						{ type: 'button', id: 'go-on', 'data-key': 'go-on', onclick: () => visit(left.find((r) => !absent.has(r.person)) || left[0]) },
						t('post.go_on', { room: (left.find((r) => !absent.has(r.person)) || left[0]).number }),
					)
				: null,
			residents().length
				? h(
						'div.row',
						{ 'data-key': 'more' },
						h('button', { type: 'button', id: 'meals', onclick: () => ((mode = 'meals'), again()) }, t('post.meals')),
						h('button', { type: 'button', id: 'end-round', onclick: () => ((mode = 'end'), again()) }, t('post.end_round')),
					)
				: null,
			h(
				'div.home',
				{ 'data-key': 'rooms', id: 'rooms' },
				residents().map((r) =>
					h(
						'button',
						{ type: 'button', 'data-key': r.person, 'data-person': r.person, onclick: () => visit(r) },
						done.has(r.person)
							? `✓ ${label(r)} · ${hhmm(done.get(r.person) || '')}`
							: absent.has(r.person)
								? `– ${label(r)} · ${t('post.no_answer')}`
								: label(r),
					),
				),
			),
			h(
				'button',
				{ type: 'button', id: 'fetch', 'data-key': 'fetch', disabled: busy, onclick: fetchList },
				busy ? t('post.fetching') : t('post.fetch_rooms'),
			),
			kept
				? h('p.note', { 'data-key': 'at' }, t('post.list_at', { at: hhmm(new Date(kept.at).toISOString()), n: residents().length }))
				: null,
		];
	};
	const drawMeals = () => [
		h(
			'div.row',
			{ role: 'group', 'aria-label': t('post.meals'), 'data-key': 'which' },
			MEALS.map((m) =>
				h(
					'button',
					{ type: 'button', id: 'meal-' + m, 'data-key': m, 'aria-pressed': String(m === meal), onclick: () => ((meal = m), again()) },
					t('post.meal_' + m),
				),
			),
		),
		h('p', { 'data-key': 'n', id: 'served' }, t('post.served_n', { n: served().length, all: residents().length })),
		mealTold() ? h('p.notice.good', { 'data-key': 'told' }, t('post.meal_told_before')) : null,
		h(
			'button',
			{ type: 'button', id: 'serve-all', 'data-key': 'all', onclick: () => serve(residents().map((r) => r.person)) },
			t('post.serve_all'),
		),
		h(
			'div.home',
			{ 'data-key': 'rooms' },
			residents().map((r) =>
				h(
					'button',
					{
						type: 'button',
						'data-key': r.person,
						'data-person': r.person,
						'aria-pressed': String(served().includes(r.person)),
						onclick: () => serve([r.person]),
					},
					label(r),
				),
			),
		),
		h(
			'button.main',
			{ type: 'button', id: 'tell-meal', 'data-key': 'tell', onclick: safely(tellMeal) },
			t('post.tell_meal', { n: served().length }),
		),
		back(),
	];
	const drawEnd = () => {
		const left = unseen();
		return [
			left.length
				? h('p.notice.bad', { 'data-key': 'missing', id: 'missing', role: 'alert' }, t('post.missing_n', { n: left.length }))
				: h('p.notice.good', { 'data-key': 'missing', id: 'missing' }, t('post.missing_none')),
			h(
				'div.home',
				{ 'data-key': 'left' },
				left.map((r) =>
					h(
						'button',
						{ type: 'button', 'data-key': r.person, 'data-person': r.person, onclick: () => visit(r) },
						absent.has(r.person) ? `${label(r)} · ${t('post.no_answer')} ${absent.get(r.person)}` : label(r),
					),
				),
			),
			h(
				'button.main',
				{ type: 'button', id: 'tell-round', 'data-key': 'tell', onclick: safely(tellRound) },
				left.length ? t('post.tell_round_missing', { n: left.length }) : t('post.tell_round'),
			),
			back(),
		];
	};

	if (!kept && line.up !== false) fetchList();
	return {
		draw: () => [
			heading(mode === 'check' && at ? t('post.room_is', { room: label(at) }) : t('post.go_isolation')),
			h(
				'section',
				{ 'data-key': 'step-' + mode + (at?.person || ''), 'aria-label': t('post.go_isolation') },
				mode === 'check' && at
					? [
							drawCheck(check, safely(saveCheck)),
							h(
								'div.row',
								{ 'data-key': 'row' },
								h('button', { type: 'button', id: 'no-answer', onclick: safely(noAnswer) }, t('post.no_answer')),
								back(),
							),
						]
					: mode === 'meals'
						? drawMeals()
						: mode === 'end'
							? drawEnd()
							: drawList(),
			),
		],
	};
}
