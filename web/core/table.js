// SPDX-License-Identifier: Apache-2.0
// table.js - a table that sorts by column, pages, and becomes a list of cards on a phone (style.css) while staying a table for
// screen readers.

import { h, html } from './dom.js';
import { number } from './format.js';
import { t } from '../i18n.js';

/**
 * @typedef {object} Column
 * @property {string} key      member of the row
 * @property {string} label
 * @property {(row: any) => import('./dom.js').Child} [cell] default: the member as text
 * @property {(row: any) => any} [by] value to sort by; default: the member
 * @property {boolean} [num]   right-aligned
 * @property {boolean} [head]  names the row
 * @property {boolean} [minor] left out on a phone where the table is brief and the row is in order
 * @property {boolean} [fixed] has nothing to sort by
 *
 * @typedef {object} TableOptions
 * @property {string} caption
 * @property {Column[]} columns
 * @property {any[]} rows
 * @property {(row: any) => string} keyOf
 * @property {string} [sort]   column key, with "-" before it for descending
 * @property {number} [page]   from 0
 * @property {number} [size]   rows on a page; 0 = all
 * @property {(change: {sort?: string, page?: number}) => void} [onChange]
 * @property {boolean} [brief]
 * @property {{chosen: Set<string>, change: (chosen: Set<string>) => void}} [select] rows can be ticked, by key
 * @property {(row: any) => string | null} [classOf]
 */

/** @param {any} a @param {any} b nothing comes last */
function compare(a, b) {
	const none = (/** @type {any} */ v) => v === null || v === undefined || v === '';
	if (none(a) || none(b)) return none(a) ? (none(b) ? 0 : 1) : -1;
	if (typeof a === 'number' && typeof b === 'number') return a - b;
	return String(a).localeCompare(String(b), 'zh-CN', { numeric: true });
}

/** @param {any[]} rows @param {Column[]} columns @param {string} [sort] */
export function sorted(rows, columns, sort) {
	const down = sort?.startsWith('-');
	const column = columns.find((c) => c.key === (down ? sort?.slice(1) : sort));
	if (!column) return rows;
	const by = column.by || ((/** @type {any} */ r) => r[column.key]);
	return rows
		.map((row, i) => ({ row, i, v: by(row) }))
		.sort((x, y) => {
			const c = compare(x.v, y.v);
			const none = x.v === null || y.v === null || x.v === undefined || y.v === undefined;
			return (down && !none ? -c : c) || x.i - y.i;
		})
		.map((x) => x.row);
}

/** @param {Column} c @param {TableOptions} o */
function heading(c, o) {
	const up = o.sort === c.key;
	const down = o.sort === '-' + c.key;
	const attrs = {
		scope: 'col',
		role: 'columnheader',
		class: c.num ? 'num' : null,
		'aria-sort': up ? 'ascending' : down ? 'descending' : null,
	};
	const onChange = o.onChange;
	if (!onChange || c.fixed) return h('th', attrs, c.label);
	return h(
		'th',
		attrs,
		h(
			'button.sort',
			{ type: 'button', onclick: () => onChange({ sort: up ? '-' + c.key : c.key, page: 0 }) },
			c.label,
			h('span.arrow', { 'aria-hidden': 'true' }, up ? '▲' : down ? '▼' : ''),
		),
	);
}

/** @param {Column} c @param {any} row */
function cell(c, row) {
	const content = c.cell ? c.cell(row) : row[c.key];
	const inner = h('span.cell', null, content === null || content === undefined || content === '' ? '–' : content);
	return c.head
		? h('th', { scope: 'row', role: 'rowheader', 'data-label': c.label }, inner)
		: h(
				'td',
				{
					role: 'cell',
					class: [c.num && 'num', c.minor && 'minor'].filter(Boolean).join(' ') || null,
					'data-label': c.label,
				},
				inner,
			);
}

/** On a phone the headings are not seen: the order is chosen here. @param {TableOptions} o */
function sortChoice(o) {
	const onChange = o.onChange;
	if (!onChange) return null;
	return h(
		'label.sort-choice',
		null,
		t('table.sort'),
		' ',
		h(
			'select',
			{ onchange: (/** @type {any} */ e) => onChange({ sort: e.target.value, page: 0 }) },
			h('option', { value: '', selected: !o.sort }, t('table.sort_none')),
			o.columns
				.filter((c) => !c.fixed)
				.flatMap((c) => [
					h('option', { value: c.key, selected: o.sort === c.key }, c.label + ' ▲'),
					h('option', { value: '-' + c.key, selected: o.sort === '-' + c.key }, c.label + ' ▼'),
				]),
		),
	);
}

/** @param {TableOptions} o @param {number} page @param {number} pages */
function pager(o, page, pages) {
	if (pages < 2 || !o.onChange) return null;
	const onChange = o.onChange;
	const to = (/** @type {number} */ p, /** @type {string} */ label) =>
		h('button', { type: 'button', disabled: p < 0 || p >= pages, onclick: () => onChange({ page: p }) }, label);
	return h(
		'nav.pager',
		{ 'aria-label': t('table.pages') },
		to(page - 1, t('table.before')),
		h('span', null, t('table.page', { page: number(page + 1), pages: number(pages) })),
		to(page + 1, t('table.next')),
	);
}

/** A box to tick in front of a row. @param {TableOptions} o @param {any} row @param {number} n */
function tick(o, row, n) {
	const select = o.select;
	if (!select) return null;
	const key = o.keyOf(row);
	const change = (/** @type {any} */ e) => {
		const chosen = new Set(select.chosen);
		if (e.target.checked) chosen.add(key);
		else chosen.delete(key);
		select.change(chosen);
	};
	return html`<td.tick role="cell" data-label=${t('table.choose')}>
		<input type="checkbox" aria-label=${t('table.choose_row', { n: number(n) })} onchange=${change} ref=${(/** @type {any} */ x) => x && (x.checked = select.chosen.has(key))} />
	</td>`;
}

/** All rows of this page at once. @param {TableOptions} o @param {any[]} rows */
function tickAll(o, rows) {
	const select = o.select;
	if (!select) return null;
	const all = rows.length > 0 && rows.every((r) => select.chosen.has(o.keyOf(r)));
	const change = () => {
		const chosen = new Set(select.chosen);
		for (const r of rows) all ? chosen.delete(o.keyOf(r)) : chosen.add(o.keyOf(r));
		select.change(chosen);
	};
	return html`<th.tick role="columnheader" scope="col">
		<input type="checkbox" aria-label=${t('table.choose_all')} onchange=${change} ref=${(/** @type {any} */ x) => x && (x.checked = all)} />
	</th>`;
}

/** @param {TableOptions} o */
export function table(o) {
	const size = o.size || o.rows.length || 1;
	const pages = Math.max(1, Math.ceil(o.rows.length / size));
	const page = Math.min(o.page || 0, pages - 1);
	const rows = sorted(o.rows, o.columns, o.sort).slice(page * size, page * size + size);
	// what the reader may not do stands nowhere
	const columns = o.columns.filter((c) => !c.fixed || rows.some((r) => c.cell?.(r)));
	return h(
		o.brief ? 'div.table.brief' : 'div.table',
		null,
		sortChoice(o),
		h(
			'table',
			{ role: 'table' },
			h('caption.quiet', null, o.caption),
			h(
				'thead',
				{ role: 'rowgroup' },
				h(
					'tr',
					{ role: 'row' },
					tickAll(o, rows),
					columns.map((c) => heading(c, o)),
				),
			),
			h(
				'tbody',
				{ role: 'rowgroup' },
				rows.map((row, i) =>
					h(
						'tr',
						{ role: 'row', 'data-key': o.keyOf(row), class: o.classOf ? o.classOf(row) : null },
						tick(o, row, page * size + i + 1),
						columns.map((c) => cell(c, row)),
					),
				),
			),
		),
		pager(o, page, pages),
	);
}

/** Names and values of one thing. @param {import('./dom.js').Child[][]} rows [name, value] */
export function factList(rows) {
	return h(
		'dl.facts',
		null,
		rows.map(([k, v]) => [h('dt', null, k), h('dd', null, v)]),
	);
}
