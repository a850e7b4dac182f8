// SPDX-License-Identifier: Apache-2.0
// page.js - what every view stands on: a heading, data that are fetched and kept fresh, errors in the reader's words, lists.

import { ApiError, limits, query, queryPath } from './api.js';
import { announce, h, show } from './dom.js';
import { age, clockTime, number } from './format.js';
import { onChange } from './live.js';
import { adjust, link, route } from './route.js';
import { savedChoices } from './saved.js';
import { table } from './table.js';
import { has, language, t } from '../i18n.js';

/**
 * One visit of a view. @typedef {object} Visit
 * @property {HTMLElement} root   where it draws
 * @property {Record<string, string>} args
 * @property {(f: () => void) => void} onLeave
 * @property {() => boolean} left  true when the reader is elsewhere by now
 * @property {any} me
 */

const PAGE_ROWS = window.innerWidth < 700 ? 30 : 100;
const FETCH_ROWS = 5000;

/** @param {unknown} e @returns {string} what went wrong, in the reader's words */
export function errorText(e) {
	if (!(e instanceof ApiError)) return t('error.odd');
	if (e.status === 0) return t('error.no_answer');
	const r = e.refusal;
	return [r.text || (has('error.' + e.status) ? t('error.' + e.status) : t('error.odd')), r.what, r.hint]
		.filter(Boolean)
		.join(' · ');
}

/** @param {unknown} e @param {(() => void) | null} again */
export function errorBox(e, again) {
	if (!(e instanceof ApiError)) console.error(e);
	return h(
		'div.notice.bad',
		{ role: 'alert' },
		h('p', null, h('b', null, t('error.title')), ' ', errorText(e)),
		again && h('p', null, h('button', { type: 'button', onclick: again }, t('error.again'))),
	);
}

/** @param {string} title @param {...import('./dom.js').Child} rest */
export function heading(title, ...rest) {
	document.title = title + ' · ' + t('name');
	return h('header.view', null, h('h1', { id: 'title', tabindex: '-1' }, title), ...rest);
}

/** A part of a view under its own heading. @param {string} id @param {string} title @param {...any} content */
export function section(id, title, ...content) {
	return h(
		'section',
		{ id, 'data-key': id, 'aria-labelledby': id + '-title' },
		h('h2', { id: id + '-title' }, title),
		content,
	);
}

/** "as of 03:12:05": the state of the data shown. @param {number} got */
export function asOf(got) {
	return h('span.asof', { 'data-got': String(got) }, t('asof', { time: clockTime(got) }));
}

/** Once a second: data that were not renewed for long say how old they are. */
export function tickAges() {
	for (const el of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.asof'))) {
		const got = Number(el.dataset.got);
		const old = Date.now() - got;
		const text =
			old < 65000 ? t('asof', { time: clockTime(got) }) : t('asof.old', { time: clockTime(got), age: age(old) });
		if (el.textContent !== text) el.textContent = text;
		el.classList.toggle('old', old >= 65000);
	}
}

/**
 * Fetches, draws, and does both again when one of the domains changed.
 * @template T @param {Visit} v @param {string[]} domains
 * @param {(what: Set<string>) => Promise<T>} fetch gets the domains that changed; "*" = all @param {(data: T) => any} draw
 * @returns {Promise<() => Promise<void>>} fetches and draws anew
 */
export async function keepFresh(v, domains, fetch, draw) {
	let drawn = false;
	let waiting = new Set(['*']);
	const load = async () => {
		const what = waiting;
		waiting = new Set();
		try {
			const data = await fetch(what);
			if (v.left()) return;
			show(v.root, draw(data));
			drawn = true;
			tickAges();
		} catch (e) {
			if (v.left()) return;
			for (const d of what) waiting.add(d);
			// what is on the screen stays: the line's state and the age of the data tell that it is old
			if (!drawn) show(v.root, heading(t('error.title')), errorBox(e, load));
			else if (!(e instanceof ApiError) || e.status !== 0) announce(errorText(e));
		}
	};
	let busy = false;
	let again = false;
	const fresh = async () => {
		if (busy) return void (again = true);
		busy = true;
		do {
			again = false;
			await load();
		} while (again && !v.left());
		busy = false;
	};
	v.onLeave(
		onChange((what) => {
			if (!what.has('*') && domains[0] !== '*' && !domains.some((d) => what.has(d))) return;
			for (const d of what) waiting.add(d);
			fresh();
		}),
	);
	await fresh();
	return fresh;
}

/** Where to fetch a list as CSV, and as a workbook. @param {string} name @param {Record<string, any>} args */
export function csvLink(name, args) {
	const as = (/** @type {any} */ more) => queryPath(name, { ...args, ...more, lang: language() });
	return [
		h('a.csv', { href: as({ limit: limits.rows, format: 'csv' }), download: name + '.csv' }, t('csv')),
		' ',
		h('a.csv', { href: as({ format: 'xlsx' }), download: name + '.xlsx' }, t('xlsx')),
	];
}

/**
 * @typedef {object} ListOptions
 * @property {string} title
 * @property {string} [intro]
 * @property {string} query
 * @property {Record<string, any>} args
 * @property {string[]} domains
 * @property {import('./table.js').Column[]} columns
 * @property {(row: any) => string} keyOf
 * @property {string} empty      what no row means
 * @property {() => import('./dom.js').Child} [filters]
 * @property {(rows: any[]) => any} [above] what the rows say as a whole
 * @property {string} [sort]
 * @property {(row: any) => string | null} [classOf]
 * @property {(row: any) => boolean} [keep]  rows that are shown; default: all
 * @property {(chosen: any[]) => any} [bulk] what can be done with ticked rows; rows can be ticked when it is there
 */

/**
 * A view that is one list: count, filters, CSV, sorting and pages kept in the address.
 * @param {Visit} v
 * @param {ListOptions} o
 */
export async function listView(v, o) {
	const max = Math.min(Number(v.args.limit) || FETCH_ROWS, limits.rows);
	/** @type {any} */
	let last = null;
	const again = (/** @type {any} */ change) => {
		adjust(change);
		if (last) show(v.root, draw(last));
	};
	/** @type {Set<string>} */
	let chosen = new Set();
	const choice = (/** @type {Set<string>} */ to) => {
		chosen = to;
		if (last) show(v.root, draw(last));
	};
	const draw = (/** @type {import('./api.js').Answer} */ answer) => {
		last = answer;
		const a = o.keep ? { ...answer, rows: answer.rows.filter(o.keep) } : answer;
		const args = route().args;
		const ticked = o.bulk ? a.rows.filter((r) => chosen.has(o.keyOf(r))) : [];
		return [
			heading(
				o.title,
				h(
					'p.meta',
					null,
					h(
						'b',
						{ id: 'count' },
						a.more
							? t('list.more_than', { n: number(a.rows.length) })
							: t('list.count', { n: a.rows.length, count: number(a.rows.length) }),
					),
					' · ',
					asOf(a.got),
					' · ',
					csvLink(o.query, o.args),
				),
			),
			o.intro ? h('p', null, o.intro) : null,
			o.filters ? o.filters() : null,
			o.filters ? savedChoices(() => last && show(v.root, draw(last))) : null,
			o.above ? o.above(a.rows) : null,
			a.more
				? h(
						'p.notice',
						null,
						t('list.cut', { n: number(a.rows.length) }),
						' ',
						max < limits.rows
							? h('a.button', { href: link(route().view, { ...args, limit: max * 10 }) }, t('list.all'))
							: null,
					)
				: null,
			ticked.length && o.bulk
				? h('div.bulk', { role: 'status' }, h('b', null, t('bulk.chosen', { n: ticked.length })), ' ', o.bulk(ticked), ' ', h('button', { type: 'button', onclick: () => choice(new Set()) }, t('bulk.none')))
				: null,
			a.rows.length
				? table({
						caption: o.title,
						select: o.bulk ? { chosen, change: choice } : undefined,
						columns: o.columns,
						rows: a.rows,
						keyOf: o.keyOf,
						classOf: o.classOf,
						sort: args.sort || o.sort,
						page: Number(args.page) || 0,
						size: PAGE_ROWS,
						onChange: again,
					})
				: h('p.notice.good', null, o.empty),
		];
	};
	await keepFresh(v, o.domains, () => query(o.query, { ...o.args, limit: max }), draw);
}

/**
 * A row of choices kept in the address; the chosen one is marked for all senses.
 * @param {string} label @param {string} name @param {{value: string, text: string}[]} choices @param {Visit} v
 */
export function choose(label, name, choices, v) {
	return h(
		'label.filter',
		null,
		label,
		' ',
		h(
			'select',
			{
				name,
				onchange: (/** @type {any} */ e) => {
					const args = { ...route().args, [name]: e.target.value };
					delete args.page;
					location.hash = link(route().view, args);
				},
			},
			choices.map((c) => h('option', { value: c.value, selected: (v.args[name] || '') === c.value }, c.text)),
		),
	);
}
