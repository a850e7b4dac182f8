// SPDX-License-Identifier: Apache-2.0
// lists.js - any declared query as a list, made from what the server tells of it: headings, kinds of values, arguments as filters. So
// what a domain can answer is on the screen before somebody draws a page for it; and such a page begins with these columns.

import { allQueries, askedOf } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { due, number, span, time } from '../core/format.js';
import { choose, heading, listView } from '../core/page.js';
import { adjust, link, route } from '../core/route.js';
import { show } from '../core/dom.js';
import { areaChoice } from './choices.js';
import { makes } from './makes.js';
import { act, areaName, badge, entity, loadAreas, loadPlaces, result } from './names.js';
import { own, t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */
/** @typedef {import('../core/table.js').Column} Column */
/** @typedef {import('../core/api.js').Told} Told */

/** Columns whose name is not that of the entity they hold. @type {Record<string, string>} */
const kindsOf = { resident: 'person', guardian_of: 'person', keeper: 'person', linked_person: 'person', via: 'person', signed_by: 'user', issued_by: 'user', approved_by: 'user', by: 'user', via_case: 'case', positive: 'case', page: '', appeal: '', help: '' };

/** @param {Told} c @param {any} r a row */
function value(c, r) {
	const v = r[c.name];
	if (v === null || v === undefined || v === '') return '–';
	switch (c.type) {
		case 'integer':
			return number(v);
		case 'number':
			return String(Math.round(v * 100) / 100);
		case 'boolean':
			return v ? '✓ ' + t('filter.yes') : t('filter.no');
		case 'time':
			return time(v);
		case 'area':
			return areaName(v);
		case 'id':
			return entity(kindsOf[c.name] ?? c.name, v);
		case 'word':
			return c.name === 'result' ? result(v) : w(v, c.name);
		case 'span':
			return c.name === 'late_ms' ? badge(v > 0 ? 'late' : 'none', due(v)) : span(v);
		case 'duty':
			return r.text || v;
		default:
			return c.name === 'tier' || c.name === 'class' ? w(String(v), c.name) : String(v);
	}
}

/**
 * The columns of a query.
 * @param {string} name
 * @param {{leave?: string[], only?: string[], own?: Record<string, Partial<Column>>}} [o] leave: left out; own: what one column does otherwise
 * @returns {Column[]}
 */
export function columnsOf(name, { leave = [], only, own: other = {} } = {}) {
	const all = (askedOf(name)?.columns || []).filter((c) => !leave.includes(c.name) && (!only || only.includes(c.name)));
	const head = all.find((c) => c.type === 'id' || c.name === 'name') || all[0];
	return all.map((c) => ({
		key: c.name,
		label: own(c),
		head: c === head,
		num: ['integer', 'number', 'span'].includes(c.type),
		cell: (/** @type {any} */ r) => value(c, r),
		...other[c.name],
	}));
}

/** @param {any} r a row, as a key of its own */
const keyOf = (r) => JSON.stringify(Object.values(r).slice(0, 8));

/**
 * A list of a declared query; what is not said otherwise comes from its declaration.
 * @param {Visit} v @param {string} name
 * @param {Partial<import('../core/page.js').ListOptions> & {leave?: string[], own?: Record<string, Partial<Column>>, fixed?: Record<string, any>}} [o]
 */
export async function autoList(v, name, o = {}) {
	const [areas] = await Promise.all([loadAreas(), loadPlaces()]);
	const asked = askedOf(name);
	if (!asked) return show(v.root, heading(t('lists.title')), h('p.notice', null, t('lists.not_here')));
	const args = { ...o.fixed };
	for (const p of asked.params) if (v.args[p.name] && !(p.name in args)) args[p.name] = v.args[p.name];
	const owns = asked.params.some((p) => p.name === 'area');
	await listView(v, {
		title: own(asked),
		query: name,
		args: { ...args, area: v.args.area },
		domains: ['*'],
		keyOf,
		empty: t('lists.empty'),
		columns: columnsOf(name, o),
		filters: () =>
			h(
				'div.filters',
				null,
				owns ? null : areaChoice(v, areas),
				asked.params.filter((p) => p.words && !(o.fixed && p.name in o.fixed)).map((p) => choose(own(p), p.name, [{ value: '', text: t('filter.all') }, ...(p.words || []).map((x) => ({ value: x, text: w(x, p.name) }))], v)),
			),
		...o,
	});
}

/** Arguments that a query cannot do without, asked for before it is. @param {Visit} v @param {import('../core/api.js').Asked} asked */
function askFirst(v, asked) {
	const submit = (/** @type {any} */ e) => {
		e.preventDefault();
		const given = Object.fromEntries([...new FormData(e.target)].map(([k, x]) => [k, String(x).trim()]));
		adjust({ ...given });
		window.dispatchEvent(new HashChangeEvent('hashchange'));
	};
	const type = (/** @type {Told} */ p) => (p.type === 'day' ? 'date' : p.type === 'time' ? 'datetime-local' : 'text');
	show(
		v.root,
		heading(own(asked)),
		html`<form.record onsubmit=${submit}>
			${asked.params.filter((p) => p.required).map((p) => html`<div.field><label for=${'a-' + p.name}>${own(p)}</label><input id=${'a-' + p.name} name=${p.name} type=${type(p)} required value=${route().args[p.name]} /></div>`)}
			<p><button type="submit">${t('lists.ask')}</button></p>
		</form>`,
	);
}

/** One declared query by name. @param {Visit} v */
export async function list(v) {
	const asked = askedOf(v.args.query || '');
	if (asked && asked.params.some((p) => p.required && !v.args[p.name])) return askFirst(v, asked);
	await autoList(v, v.args.query || '');
}

/** All of them, by domain. @param {Visit} v */
export async function lists(v) {
	const all = allQueries().filter((q) => v.me.may(q.right));
	const domains = [...new Set(all.map((q) => q.name.split('.')[0]))];
	show(
		v.root,
		heading(t('lists.title')),
		h('p', null, t('lists.intro')),
		h(
			'div.columns',
			null,
			domains.map((d) =>
				h(
					'section',
					{ 'aria-label': w(d, 'domain') },
					h('h2', null, w(d, 'domain')),
					h(
						'ul.plain',
						null,
						all.filter((q) => q.name.startsWith(d + '.')).map((q) => h('li', null, h('a', { href: link('list', { query: q.name }) }, own(q)), ' ', h('code', null, q.name))),
					),
				),
			),
		),
	);
}

/**
 * What may be recorded about one thing: every kind of fact of a domain that names it, as links to their forms.
 * @param {any[]} kinds @param {string} domain @param {string} name of the field @param {string} id @param {Record<string, any>} more
 */
export function actionsOf(kinds, domain, name, id, more = {}) {
	const fits = kinds.filter((k) => k.name.startsWith(domain + '.') && makes[k.name] !== name && k.fields.some((/** @type {any} */ f) => f.name === name));
	const links = fits.map((k) => [k.name, act(k.name, { ...more, [name]: id }, own(k))]).filter(([, x]) => x);
	if (!links.length) return null;
	return h(
		'section',
		{ 'aria-labelledby': 'do-title' },
		h('h2', { id: 'do-title' }, t('lists.record')),
		h('ul.actions', null, links.map(([key, x]) => h('li', { 'data-key': key }, x))),
	);
}
