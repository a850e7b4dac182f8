// SPDX-License-Identifier: Apache-2.0
// visit_view.js - at the door of somebody who stays at home: the visit, two health checks a day, what was brought, waste, help that is asked for.

import { h } from '../core/dom.js';
import { uuid7 } from '../core/uuid.js';
import { celsius, checkedNow, checkFact, drawCheck, halfOf, isSign, newCheck } from './care.js';
import { call, line } from './line.js';
import { allRows, fetchChoices, keepList, readList, rowsIfThere } from './lists.js';
import { add, list, makeFact, nowAt } from './queue.js';
import { session } from './session.js';
import { again, heading, hhmm, pad, say, scanBox } from './ui.js';
import { t } from './i18n.js';

const FOUND = ['met', 'no_answer', 'away'];
const GOODS = ['food', 'medicine', 'test_kits', 'other'];
const HELP = ['medical_emergency', 'medicine', 'psychological', 'food', 'other'];

/**
 * @typedef {object} Home
 * @property {string} person
 * @property {string} household
 * @property {string} area
 * @property {string} where   building and unit
 * @property {boolean} isolation
 * @property {string[]} due   what is owed at this door
 */

/** @returns {Promise<import('./post.js').View>} */
export async function visitView() {
	/** @type {{at: number, outbreak: string, help: {outbreak: boolean} | null, homes: Home[]} | undefined} */
	let kept = await readList('homes');
	/** @type {Home | null} */
	let at = null;
	/** @type {'door' | 'check' | 'waste' | 'help'} */
	let mode = 'door';
	let check = newCheck();
	let bags = '';
	let busy = false;
	let error = '';

	const about = () => ({ outbreak: kept?.outbreak || '', area: at?.area || session.me?.area || '' });

	async function fetchList() {
		busy = true;
		error = '';
		again();
		try {
			const [choices, rows, households, due, kinds] = await Promise.all([
				fetchChoices(),
				allRows('homecare.households'),
				allRows('people.households'),
				rowsIfThere('homecare.deliveries'),
				call('kinds'),
			]);
			const where = new Map(households.map((x) => [x.household, [x.building, x.unit].filter(Boolean).join(' · ')]));
			const owed = (/** @type {string} */ p) => [...new Set(due.filter((d) => d.person === p).map((d) => d.duty))];
			const help = (kinds.kinds || kinds).find((/** @type {any} */ k) => k.name === 'orders.help_asked');
			kept = {
				at: Date.now(),
				outbreak: choices.outbreaks[0]?.id || '',
				help: help ? { outbreak: Boolean(help.outbreak) } : null,
				homes: rows
					.filter((r) => !r.until_at)
					.map((r) => ({
						person: r.person,
						household: r.household || '',
						area: r.area,
						where: where.get(r.household) || '',
						isolation: Boolean(r.isolation),
						due: owed(r.person),
					}))
					.sort((a, b) => a.where.localeCompare(b.where, 'zh-CN', { numeric: true }) || (a.person < b.person ? -1 : 1)),
			};
			await keepList('homes', kept);
		} catch {
			error = t('post.list_failed');
		}
		busy = false;
		again();
	}

	/** Facts of a kind about a person today. @param {string} kind @param {string} person */
	const today = (kind, person) =>
		list((e) => e.fact.kind === kind && e.fact.body.person === person && e.state !== 'refused').filter(
			(e) => new Date(e.fact.at).toDateString() === new Date(nowAt()).toDateString(),
		);
	/** @param {string} kind @param {any} body @param {string} text @param {any} [where] */
	async function record(kind, body, text, where = about()) {
		const home = /** @type {Home} */ (at);
		await add([makeFact(kind, { person: home.person, ...body }, where)], { code: label(home) });
		mode = 'door';
		say(true, text);
	}
	const safely = (/** @type {() => Promise<void>} */ f) => () => f().catch(() => say(false, t('post.not_kept'), t('post.not_kept_do')));

	/** @param {import('./code.js').Code} code */
	function takeDoor(code) {
		const found = (kept?.homes || []).filter(
			(x) =>
				(code.id && (x.household === code.id || x.person === code.id)) ||
				(code.short && (x.household.endsWith(code.short) || x.person.endsWith(code.short))),
		);
		if (!found.length) return say(false, t('post.door_unknown'), t('post.door_unknown_do'));
		open(found.find((x) => !today('homecare.visit_done', x.person).length) || found[0]);
		say(true, label(/** @type {Home} */ (at)));
	}
	/** @param {Home} home */
	function open(home) {
		at = home;
		mode = 'door';
		check = newCheck();
		bags = '';
		again();
	}
	async function saveCheck() {
		const home = /** @type {Home} */ (at);
		const sign = isSign(check);
		const v = celsius(check.text);
		await add([checkFact(check, home.person, about())], { code: label(home) });
		check = newCheck();
		mode = 'door';
		if (sign) say(false, t('post.sign_of_illness', { room: label(home) }), t('post.sign_of_illness_do'));
		else say(true, t('post.check_kept', { room: label(home), v: v?.toFixed(1) }));
	}
	/** @param {string} kind */
	async function askHelp(kind) {
		if (kept?.help)
			await record(
				'orders.help_asked',
				{ help: uuid7(), kind, channel: 'in_person' },
				t('post.help_told'),
				kept.help.outbreak ? about() : { area: about().area },
			);
		else
			await record(
				'homecare.exit_approved',
				{ exit: uuid7(), need: 'emergency', from_at: new Date(nowAt()).toISOString() },
				t('post.help_told'),
			);
		if (kind === 'medical_emergency') say(false, t('post.emergency'), t('post.emergency_do'));
	}

	/** @param {Home} x */
	const label = (x) => [x.where, x.person.slice(-8)].filter(Boolean).join(' · ');

	const drawList = () => [
		error ? h('p.notice.bad', { role: 'alert', 'data-key': 'error' }, error) : null,
		kept ? scanBox(t('post.scan_door'), takeDoor) : null,
		kept
			? h(
					'h2',
					{ 'data-key': 'h' },
					t('post.homes_n', { n: kept.homes.length, done: kept.homes.filter((x) => today('homecare.visit_done', x.person).length).length }),
				)
			: null,
		h(
			'div.home',
			{ 'data-key': 'homes', id: 'homes' },
			(kept?.homes || []).map((x) => {
				const seen = today('homecare.visit_done', x.person).length > 0;
				const checked = checkedNow().has(x.person);
				return h(
					'button.card',
					{ type: 'button', 'data-key': x.person, 'data-person': x.person, onclick: () => open(x) },
					h('b', null, seen ? '✓ ' : '', label(x)),
					h(
						'span',
						null,
						[
							checked
								? t('post.checked_half', { half: t('post.half_' + halfOf()) })
								: t('post.check_due', { half: t('post.half_' + halfOf()) }),
							...x.due,
						].join(' · '),
					),
				);
			}),
		),
		h(
			'button',
			{ type: 'button', id: 'fetch', 'data-key': 'fetch', disabled: busy, onclick: fetchList },
			busy ? t('post.fetching') : t('post.fetch_homes'),
		),
		kept ? h('p.note', { 'data-key': 'at' }, t('post.list_at', { at: hhmm(new Date(kept.at).toISOString()), n: kept.homes.length })) : null,
	];

	const drawDoor = () => {
		const home = /** @type {Home} */ (at);
		const visits = today('homecare.visit_done', home.person);
		return [
			h('h2', { 'data-key': 'h-visit' }, t('post.visit')),
			visits.length
				? h(
						'p',
						{ 'data-key': 'visits', id: 'visits' },
						visits.map((e) => `${hhmm(e.fact.at)} ${t('post.found_' + e.fact.body.found)}`).join(' · '),
					)
				: null,
			h(
				'div.row',
				{ role: 'group', 'aria-label': t('post.visit'), 'data-key': 'found' },
				FOUND.map((f) =>
					h(
						'button',
						{
							type: 'button',
							id: 'found-' + f,
							'data-key': f,
							onclick: safely(() => record('homecare.visit_done', { visit: uuid7(), found: f }, t('post.found_' + f))),
						},
						t('post.found_' + f),
					),
				),
			),
			h(
				'button.main',
				{ type: 'button', id: 'check', 'data-key': 'check', onclick: () => ((mode = 'check'), again()) },
				t('post.check', { half: t('post.half_' + halfOf()) }),
				checkedNow().has(home.person) ? ' ✓' : '',
			),
			h('h2', { 'data-key': 'h-goods' }, t('post.brought')),
			h(
				'div.row',
				{ role: 'group', 'aria-label': t('post.brought'), 'data-key': 'goods' },
				GOODS.map((g) =>
					h(
						'button',
						{
							type: 'button',
							id: 'goods-' + g,
							'data-key': g,
							onclick: safely(() => record('homecare.delivery_done', { goods: g }, t('post.goods_' + g))),
						},
						t('post.goods_' + g),
					),
				),
			),
			h(
				'div.row',
				{ 'data-key': 'more' },
				h('button', { type: 'button', id: 'waste', onclick: () => ((mode = 'waste'), again()) }, t('post.waste')),
				h('button', { type: 'button', id: 'help', onclick: () => ((mode = 'help'), again()) }, t('post.help')),
			),
			h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((at = null), again()) }, t('post.back')),
		];
	};
	const back = () =>
		h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => ((mode = 'door'), again()) }, t('post.back'));
	const drawWaste = () => [
		pad({
			id: 'bags',
			label: t('post.bags'),
			value: bags,
			most: 2,
			done: t('post.waste'),
			onChange: (v) => ((bags = v), again()),
			onDone: safely(async () => {
				await record('homecare.waste_collected', { bags: Number(bags) }, t('post.waste_told', { n: bags }));
				bags = '';
			}),
		}),
		back(),
	];
	const drawHelp = () => [
		h('p.notice.bad', { 'data-key': 'first' }, t('post.emergency_do')),
		h(
			'div.home',
			{ 'data-key': 'kinds' },
			(kept?.help ? HELP : HELP.slice(0, 1)).map((k) =>
				h('button', { type: 'button', id: 'help-' + k, 'data-key': k, onclick: safely(() => askHelp(k)) }, t('post.help_' + k)),
			),
		),
		back(),
	];

	if (!kept && line.up !== false) fetchList();
	return {
		draw: () => [
			heading(at ? label(at) : t('post.go_visit'), at?.isolation ? h('p.note', null, t('post.at_home_isolation')) : null),
			h(
				'section',
				{ 'data-key': 'step-' + (at ? mode + at.person : 'list'), 'aria-label': t('post.go_visit') },
				!at
					? drawList()
					: mode === 'check'
						? [drawCheck(check, safely(saveCheck)), back()]
						: mode === 'waste'
							? drawWaste()
							: mode === 'help'
								? drawHelp()
								: drawDoor(),
			),
		],
	};
}
