// SPDX-License-Identifier: Apache-2.0
// chains.js - who may have infected whom: as a net of cases and their contacts, as a tree, along the days. A link is a signed contact
// that became a case; it is likely and not proven.

import { query } from '../core/api.js';
import { Chart } from '../core/chart.js';
import { h, html } from '../core/dom.js';
import { number, time } from '../core/format.js';
import { asOf, csvLink, heading, keepFresh, section } from '../core/page.js';
import { go, link } from '../core/route.js';
import { table } from '../core/table.js';
import { shortId } from '../core/uuid.js';
import { areaName, entity, loadAreas } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */
/** @typedef {{cases: any[], links: {from: string, to: string}[], contacts: any[], onset: Map<string, string>}} Net */

const CONTACTS_N = 600; // more dots than that tell nothing

const day = (/** @type {any} */ c) => (c.onset_at || c.sampled_at || c.opened_at).slice(0, 10);

/** @param {any[]} cases @param {any[]} contacts @returns {Net} */
function netOf(cases, contacts) {
	const real = cases.filter((c) => !c.withdrawn_at);
	const byPerson = new Map(real.map((c) => [c.person, c]));
	/** @type {Net['links']} */
	const links = [];
	for (const k of contacts) {
		const turned = byPerson.get(k.person);
		const source = real.find((c) => c.case === k.case);
		if (turned && source && turned !== source && day(source) <= day(turned)) links.push({ from: source.case, to: turned.case });
	}
	return { cases: real, links, contacts: contacts.filter((k) => !byPerson.has(k.person)).slice(0, CONTACTS_N), onset: new Map(real.map((c) => [c.case, day(c)])) };
}

/** @param {Net} net */
const netOptions = (net) => (/** @type {any} */ c) => ({
	legend: [{ data: [t('chains.case'), t('chains.contact')], textStyle: { color: c.text }, top: 0 }],
	series: [
		{
			type: 'graph',
			layout: 'force',
			roam: true,
			force: { repulsion: 90, edgeLength: [20, 70], layoutAnimation: false },
			categories: [
				{ name: t('chains.case'), itemStyle: { color: c.late, borderColor: c.text }, symbol: 'rect' },
				{ name: t('chains.contact'), itemStyle: { color: c.full } },
			],
			label: { color: c.text, position: 'right' },
			data: [
				...net.cases.map((x) => ({ id: x.case, name: shortId(x.case), category: 0, symbolSize: 18, label: { show: net.cases.length < 80 }, go: ['case', { case: x.case }] })),
				...net.contacts.map((x) => ({ id: x.person + x.case, name: shortId(x.person), category: 1, symbolSize: 8, go: ['person', { person: x.person }] })),
			],
			links: [
				...net.links.map((l) => ({ source: l.from, target: l.to, symbol: ['none', 'arrow'], lineStyle: { width: 3, color: c.late } })),
				...net.contacts.map((x) => ({ source: x.case, target: x.person + x.case, lineStyle: { color: c.line, width: 1 } })),
			],
		},
	],
});

/** @param {Net} net */
function treeOf(net) {
	const children = new Map(net.cases.map((c) => [c.case, /** @type {string[]} */ ([])]));
	const has = new Set();
	for (const l of net.links)
		if (!has.has(l.to)) {
			has.add(l.to); // the earliest source alone: a tree has one parent for each
			children.get(l.from)?.push(l.to);
		}
	/** @param {string} id @param {Set<string>} above @returns {any} */
	const node = (id, above) => ({
		name: `${shortId(id)} ${net.onset.get(id)?.slice(5)}`,
		go: ['case', { case: id }],
		children: (children.get(id) || []).filter((x) => !above.has(x)).map((x) => node(x, new Set([...above, id]))),
	});
	return net.cases.filter((c) => !has.has(c.case)).map((c) => node(c.case, new Set()));
}

/** @param {Net} net */
const treeOptions = (net) => (/** @type {any} */ c) => ({
	series: [
		{
			type: 'tree',
			data: [{ name: t('chains.unknown'), children: treeOf(net) }],
			left: '12%',
			right: '18%',
			initialTreeDepth: -1,
			symbol: 'rect',
			symbolSize: 12,
			itemStyle: { color: c.late, borderColor: c.text },
			lineStyle: { color: c.soft },
			label: { color: c.text, position: 'top' },
			expandAndCollapse: false,
		},
	],
});

/** @param {Net} net */
const lineOptions = (net) => (/** @type {any} */ c) => {
	const days = [...new Set(net.cases.map(day))].sort();
	/** @type {Map<string, number>} */
	const level = new Map();
	const at = new Map(net.cases.map((x) => [x.case, [day(x), (level.set(day(x), (level.get(day(x)) || 0) + 1), level.get(day(x)))]]));
	return {
		grid: { left: 40, right: 30, top: 36, bottom: 40 },
		xAxis: { type: 'category', data: days, axisLabel: { color: c.text }, axisLine: { lineStyle: { color: c.soft } } },
		yAxis: { type: 'value', minInterval: 1, axisLabel: { color: c.text }, splitLine: { lineStyle: { color: c.line } } },
		series: [
			{
				type: 'scatter',
				symbol: 'rect',
				symbolSize: 14,
				itemStyle: { color: c.late, borderColor: c.text },
				data: net.cases.map((x) => ({ value: at.get(x.case), name: shortId(x.case), go: ['case', { case: x.case }] })),
				label: { show: net.cases.length < 60, formatter: '{b}', color: c.text, position: 'top' },
			},
			{
				type: 'lines',
				coordinateSystem: 'cartesian2d',
				symbol: ['none', 'arrow'],
				lineStyle: { color: c.soft, width: 1.5, curveness: 0.1 },
				data: net.links.map((l) => ({ coords: [at.get(l.from), at.get(l.to)] })),
			},
		],
	};
};

const looks = /** @type {Record<string, (net: Net) => (c: any) => any>} */ ({ net: netOptions, tree: treeOptions, days: lineOptions });

/** @param {any[]} rows of tracing.chains */
function figures(rows) {
	const shown = rows.filter((r) => r.item !== 'defect');
	const defects = rows.filter((r) => r.item === 'defect');
	const value = (/** @type {any} */ r) => (r.value === null ? '–' : Number(r.value).toFixed(2)) + (r.low !== null && r.high !== null ? ` (${Number(r.low).toFixed(2)} – ${Number(r.high).toFixed(2)})` : '');
	return [
		section(
			'figures',
			t('chains.figures'),
			table({
				caption: t('chains.figures'),
				rows: shown,
				keyOf: (r) => r.item + r.key + r.day,
				columns: [
					{ key: 'item', label: t('chains.item'), head: true, cell: (r) => [w(r.item, 'chain'), r.key !== null && r.item !== 'serial_interval' ? ' ' + r.key : ''] },
					{ key: 'day', label: t('chains.day'), cell: (r) => r.day || '–' },
					{ key: 'n', label: t('chains.n'), num: true, cell: (r) => number(r.n) },
					{ key: 'value', label: t('chains.value'), num: true, cell: value },
				],
			}),
		),
		defects.length
			? section(
					'defects',
					t('chains.defects'),
					h('ul.plain', null, defects.map((r) => h('li', null, w(r.key, 'defect'), ' · ', entity('case', r.case), r.other ? [' · ', entity('case', r.other)] : ''))),
				)
			: null,
	];
}

/** @param {Visit} v */
export async function chains(v) {
	await loadAreas();
	const look = looks[v.args.look] ? v.args.look : 'net';
	await keepFresh(
		v,
		['tracing'],
		() => Promise.all([query('tracing.cases', { limit: 10000 }), query('tracing.contacts', { limit: 10000 }), query('tracing.chains')]),
		([cases, contacts, sums]) => {
			const net = netOf(cases.rows, contacts.rows);
			const says = t('chains.says', { cases: net.cases.length, links: net.links.length, contacts: net.contacts.length });
			return [
				heading(t('chains.title'), h('p.meta', null, asOf(cases.got), ' · ', csvLink('tracing.chains', {}))),
				html`<nav.looks aria-label=${t('chains.look')}>${Object.keys(looks).map((x) => html`<a.button href=${link('chains', { look: x })} aria-current=${x === look ? 'true' : null}>${t('chains.look.' + x)}</a> `)}</nav>`,
				h('p', null, says, ' ', t('chains.note')),
				net.cases.length
					? html`<${Chart} key=${look} label=${says} options=${looks[look](net)} on=${look + net.cases.length + '/' + net.links.length + '/' + net.contacts.length} onPick=${(/** @type {any} */ d) => d?.go && go(d.go[0], d.go[1])} />`
					: h('p.notice', null, t('cases.none')),
				net.links.length
					? section(
							'links',
							t('chains.links'),
							h('ul.plain', null, net.links.map((l) => h('li', { 'data-key': l.from + l.to }, entity('case', l.from), ' → ', entity('case', l.to), ' · ', areaName(cases.rows.find((c) => c.case === l.to)?.area), ' · ', time(cases.rows.find((c) => c.case === l.to)?.opened_at)))),
						)
					: null,
				figures(sums.rows),
			];
		},
	);
}
