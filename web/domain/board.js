// SPDX-License-Identifier: Apache-2.0
// board.js - the first screen: what is late, who is missing, what must be done, what the laboratory says.

import { queryIfThere } from '../core/api.js';
import { h } from '../core/dom.js';
import { due, number, shortTime, span, time } from '../core/format.js';
import { asOf, heading, keepFresh, section } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { clockState, clockTable } from './clocks.js';
import { newestRound } from './choices.js';
import { coverageSection, roundLate, totals } from './coverage.js';
import { areaName, badge, entity, forgetAreas, loadAreas } from './names.js';
import { nextStep } from './start.js';
import { t, w } from '../i18n.js';

const URGENT_N = 8;
const SHORT_N = 6;

/**
 * Each part of the board: which domains' facts change it, and how it is asked for. What a part needs of another stands before it.
 * @type {[string, string[], (d: any) => Promise<any>][]}
 */
const parts = [
	['outbreaks', ['house'], () => queryIfThere('house.outbreaks')],
	['register', ['people'], () => queryIfThere('people.register_count')],
	['campaigns', ['testing'], () => queryIfThere('testing.campaigns')],
	['rounds', ['testing'], () => queryIfThere('testing.rounds')],
	['clocks', ['testing', 'tracing', 'house'], () => queryIfThere('house.clocks')],
	['counts', ['testing', 'tracing', 'people', 'house'], () => queryIfThere('house.duty_counts')],
	['duties', ['testing', 'tracing', 'people', 'house'], () => queryIfThere('house.duties', { limit: URGENT_N })],
	['laboratories', ['testing'], () => queryIfThere('testing.laboratories')],
	['positives', ['testing'], () => queryIfThere('testing.positives')],
	['cases', ['tracing'], () => queryIfThere('tracing.cases')],
];

/** @param {any} d the board's data so far @param {Set<string>} what */
async function fetchParts(d, what) {
	const stale = parts.filter(([name, on]) => !(name in d) || what.has('*') || on.some((x) => what.has(x)));
	if (what.has('people')) forgetAreas();
	const [answers] = await Promise.all([Promise.all(stale.map(([, , get]) => get(d))), loadAreas()]);
	const fresh = { ...d };
	stale.forEach(([name], i) => (fresh[name] = answers[i]));
	const round = newestRound(fresh.rounds?.rows || []);
	if (!round) fresh.coverage = null;
	else if (what.has('*') || what.has('testing') || what.has('people') || !d.coverage)
		fresh.coverage = await queryIfThere('testing.coverage', { campaign: round.campaign, round: round.round });
	fresh.round = round;
	fresh.got = Date.now();
	return fresh;
}

/**
 * One large number with what it counts; leads to its list.
 * @param {string} id
 * @param {string} href
 * @param {string} figure
 * @param {string} text
 * @param {'late' | 'close' | 'ok' | 'none'} state
 * @param {string} [how] instead of the state's word
 */
function tile(id, href, figure, text, state, how) {
	return h(
		'li',
		{ 'data-key': id },
		h(
			'a.tile.' + state,
			{ id: 'tile-' + id, href },
			h('span.figure', null, figure),
			h('span.what', null, text),
			badge(state, how),
		),
	);
}

/** @param {any} d */
function missingTile(d) {
	const n = totals(d.coverage.rows).missing;
	const late = roundLate(d);
	const href = link('missing', { campaign: d.round.campaign, round: d.round.round, unexcused: 1 });
	return tile(
		'missing',
		href,
		number(n),
		t('tile.missing', { n }),
		!n ? 'ok' : late !== null && late > 0 ? 'late' : 'none',
		n && late !== null ? due(late) : undefined,
	);
}

/** @param {any} d */
function strip(d) {
	const tiles = [];
	const clocks = d.clocks?.rows || [];
	const late = clocks.filter((/** @type {any} */ c) => clockState(c) === 'late').length;
	if (clocks.length)
		tiles.push(tile('clocks', link('clocks'), number(late), t('tile.clocks', { n: late }), late ? 'late' : 'ok'));
	if (d.coverage) tiles.push(missingTile(d));
	const counts = d.counts?.rows || [];
	const overdue = counts.reduce((/** @type {number} */ n, /** @type {any} */ r) => n + r.overdue, 0);
	if (d.counts)
		tiles.push(
			tile(
				'overdue',
				link('duties', { overdue: 1 }),
				number(overdue),
				t('tile.overdue', { n: overdue }),
				overdue ? 'late' : 'ok',
			),
		);
	const retest = counts.find((/** @type {any} */ r) => r.kind === 'testing.retest') || {
		open: 0,
		overdue: 0,
		worst_ms: 0,
	};
	if (d.counts)
		tiles.push(
			tile(
				'retests',
				link('duties', { kind: 'testing.retest' }),
				number(retest.open),
				t('tile.retests', { n: retest.open }),
				retest.overdue ? 'late' : retest.open ? 'close' : 'ok',
				retest.overdue ? due(retest.worst_ms) : retest.open ? t('tile.waiting') : undefined,
			),
		);
	return h('ul.tiles', { 'aria-label': t('tile.label') }, tiles);
}

/** @param {any} d */
function dutySection(d) {
	const open = (d.counts?.rows || [])
		.filter((/** @type {any} */ r) => r.open > 0)
		.sort((/** @type {any} */ a, /** @type {any} */ b) => b.overdue - a.overdue || b.open - a.open);
	const rows = d.duties?.rows || [];
	return section(
		'duties',
		t('duties.title'),
		open.length
			? table({
					caption: t('duties.by_kind'),
					rows: open,
					keyOf: (r) => r.kind,
					brief: true,
					classOf: (r) => (r.overdue ? null : 'is-ok'),
					columns: [
						{
							key: 'kind',
							label: t('col.duty'),
							head: true,
							cell: (r) => h('a', { href: link('duties', { kind: r.kind }) }, r.text || r.kind),
						},
						{
							key: 'overdue',
							minor: true,
							label: t('duties.overdue'),
							num: true,
							cell: (r) => (r.overdue ? h('b', null, badge('late', number(r.overdue))) : '0'),
						},
						{ key: 'open', label: t('duties.open'), num: true, cell: (r) => number(r.open) },
						{
							key: 'worst_ms',
							minor: true,
							label: t('duties.worst'),
							num: true,
							cell: (r) => (r.worst_ms ? span(r.worst_ms) : '–'),
						},
					],
				})
			: h('p.notice.good', null, t('duties.none')),
		rows.length
			? [
					h('h3', null, t('duties.urgent')),
					h(
						'ol.urgent',
						null,
						rows.map((/** @type {any} */ r) =>
							h(
								'li',
								{ 'data-key': r.kind + r.subject + r.part },
								badge(r.late_ms > 0 ? 'late' : 'none', due(r.late_ms)),
								' ',
								r.text || r.kind,
								' · ',
								entity(r.subject_kind, r.subject),
								' · ',
								areaName(r.area),
							),
						),
					),
					h('p', null, h('a', { href: link('duties') }, t('duties.all'))),
				]
			: null,
	);
}

/** @param {any} d */
function laboratorySection(d) {
	const labs = d.laboratories?.rows || [];
	const tubes = d.positives?.rows || [];
	if (!labs.length && !tubes.length) return null;
	return section(
		'laboratory',
		t('lab.title'),
		tubes.length
			? [
					h('p.sum', null, t('lab.positives', { n: tubes.length })),
					h(
						'ul.plain',
						null,
						tubes
							.slice(0, SHORT_N)
							.map((/** @type {any} */ r) =>
								h(
									'li',
									{ 'data-key': r.tube },
									entity('tube', r.tube, r.code || undefined),
									' · ',
									t('lab.positive', { swabs: number(r.swabs), at: shortTime(r.reported_at) }),
									' · ',
									r.retests_open
										? badge('close', t('lab.retests', { n: r.retests_open }))
										: badge('ok', t('lab.no_retests')),
								),
							),
					),
					h('p', null, h('a', { href: link('positives') }, t('lab.all_positives'))),
				]
			: h('p', null, t('lab.no_positives')),
		labs.length
			? table({
					caption: t('lab.caption'),
					rows: labs,
					keyOf: (r) => r.laboratory,
					columns: [
						{ key: 'name', label: t('lab.name'), head: true },
						{ key: 'waiting', label: t('lab.waiting'), num: true, cell: (r) => number(r.waiting) },
						{ key: 'on_the_way', label: t('lab.on_the_way'), num: true, cell: (r) => number(r.on_the_way) },
						{ key: 'oldest_at', label: t('lab.oldest'), cell: (r) => (r.oldest_at ? shortTime(r.oldest_at) : '–') },
						{
							key: 'last_result_at',
							label: t('lab.forecast'),
							cell: (r) => (r.waiting + r.on_the_way ? h('b', null, shortTime(r.last_result_at)) : t('lab.idle')),
						},
					],
				})
			: null,
	);
}

/** @param {any} d */
function caseSection(d) {
	if (!d.cases) return null;
	const rows = d.cases.rows;
	return section(
		'cases',
		t('cases.title'),
		h('p.sum', null, h('a', { href: link('cases') }, t('cases.count', { n: rows.length, count: number(rows.length) }))),
		h(
			'ul.plain',
			null,
			rows
				.slice(0, SHORT_N)
				.map((/** @type {any} */ r) =>
					h(
						'li',
						{ 'data-key': r.case },
						entity('case', r.case),
						' · ',
						w(r.class, 'class'),
						' · ',
						areaName(r.area),
						' · ',
						t('cases.opened', { at: time(r.opened_at) }),
						' · ',
						r.isolated_at ? badge('ok', t('cases.isolated')) : badge('close', t('cases.not_isolated')),
						' · ',
						t('cases.contacts', { n: r.contacts, count: number(r.contacts) }),
					),
				),
		),
	);
}

/** @param {any} d */
function draw(d) {
	const outbreak = (d.outbreaks?.rows || []).at(-1);
	const step = nextStep(d);
	return [
		heading(
			outbreak ? outbreak.name : t('board.title'),
			h(
				'p.meta',
				null,
				outbreak
					? [outbreak.edition ? t('board.edition', { edition: outbreak.edition }) : t('board.no_edition'), ' · ']
					: null,
				asOf(d.got),
			),
		),
		step,
		strip(d),
		section(
			'clocks',
			t('clock.title'),
			d.clocks?.rows.length ? clockTable(d.clocks.rows, true) : h('p', null, t('clock.empty')),
		),
		coverageSection(d),
		h('div.columns', null, dutySection(d), h('div', null, laboratorySection(d), caseSection(d))),
	];
}

/** @param {import('../core/page.js').Visit} v */
export async function board(v) {
	/** @type {any} */
	let d = {};
	await keepFresh(v, ['house', 'people', 'testing', 'tracing'], async (what) => (d = await fetchParts(d, what)), draw);
}
