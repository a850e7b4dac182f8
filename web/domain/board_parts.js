// SPDX-License-Identifier: Apache-2.0
// board_parts.js - the parts of the board: figures, duties, laboratory, cases, the epidemic curve, the map.

import { dayBars } from '../core/bars.js';
import { h, html } from '../core/dom.js';
import { due, number, shortTime, span, time, wall } from '../core/format.js';
import { section } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { now } from '../core/api.js';
import { clockState } from './clocks.js';
import { roundLate, totals } from './coverage.js';
import { map } from './map.js';
import { areaName, badge, entity } from './names.js';
import { unitRows } from './units.js';
import { t, w } from '../i18n.js';

const SHORT_N = 6;
const KINDS_N = 8;
const CURVE_DAYS = 42;
const DAY_MS = 86400000;

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
	const href = link('missing', { campaign: d.round.campaign, round: d.round.round, unexcused: 1, area: d.area });
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
export function strip(d) {
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
				link('duties', { overdue: 1, area: d.area }),
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
				link('duties', { kind: 'testing.retest', area: d.area }),
				number(retest.open),
				t('tile.retests', { n: retest.open }),
				retest.overdue ? 'late' : retest.open ? 'close' : 'ok',
				retest.overdue ? due(retest.worst_ms) : retest.open ? t('tile.waiting') : undefined,
			),
		);
	return h('ul.tiles', { 'aria-label': t('tile.label') }, tiles);
}

/** @param {any} d */
export function dutySection(d) {
	const open = (d.counts?.rows || [])
		.filter((/** @type {any} */ r) => r.open > 0)
		.sort((/** @type {any} */ a, /** @type {any} */ b) => b.overdue - a.overdue || b.open - a.open);
	const rows = d.duties?.rows || [];
	const late = open.filter((/** @type {any} */ r) => r.overdue).length;
	const shown = open.slice(0, Math.max(late, KINDS_N));
	return section(
		'duties',
		t('duties.title'),
		open.length
			? table({
					caption: t('duties.by_kind'),
					rows: shown,
					keyOf: (r) => r.kind,
					brief: true,
					classOf: (r) => (r.overdue ? null : 'is-ok'),
					columns: [
						{
							key: 'kind',
							label: t('col.duty'),
							head: true,
							cell: (r) => h('a', { href: link('duties', { kind: r.kind, area: d.area }) }, r.text || r.kind),
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
		open.length > shown.length
			? h('p', null, h('a', { href: link('duties', { area: d.area, whose: 'all' }) }, t('duties.more_kinds', { n: open.length - shown.length })))
			: null,
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
					h('p', null, h('a', { href: link('duties', { area: d.area }) }, t('duties.all'))),
				]
			: null,
	);
}

/** @param {any} d */
export function laboratorySection(d) {
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
export function caseSection(d) {
	if (!d.cases) return null;
	const rows = d.cases.rows;
	return section(
		'cases',
		t('cases.title'),
		h('p.sum', null, h('a', { href: link('cases', { area: d.area }) }, t('cases.count', { n: rows.length, count: number(rows.length) }))),
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


/** Cases by the day they fell ill, else were sampled, else were opened. @param {any} d */
export function curveSection(d) {
	const rows = (d.cases?.rows || []).filter((/** @type {any} */ r) => !r.withdrawn_at);
	if (!rows.length) return null;
	const day = (/** @type {any} */ r) => (r.onset_at || r.sampled_at || r.opened_at).slice(0, 10);
	const last = wall(now()).slice(0, 10);
	const first = rows.reduce((/** @type {string} */ a, /** @type {any} */ r) => (day(r) < a ? day(r) : a), last);
	const n = Math.min(CURVE_DAYS, Math.max(14, Math.round((Date.parse(last) - Date.parse(first)) / DAY_MS) + 1));
	const days = Array.from({ length: n }, (_, i) => new Date(Date.parse(last) - (n - 1 - i) * DAY_MS).toISOString().slice(0, 10));
	const classes = [...new Set(rows.map((/** @type {any} */ r) => r.class))].sort();
	const looks = /** @type {const} */ (['solid', 'striped', 'open']);
	const early = rows.filter((/** @type {any} */ r) => day(r) < days[0]).length;
	return section(
		'curve',
		t('curve.title'),
		dayBars({
			title: t('curve.says', { n: rows.length, from: days[0], to: last }),
			days,
			series: classes.map((c, i) => ({ label: w(String(c), 'class'), look: looks[Math.min(i, 2)] })),
			values: classes.map((c) =>
				days.map((x) => rows.filter((/** @type {any} */ r) => r.class === c && day(r) === x).length),
			),
		}),
		h('p.note', null, t('curve.by'), early ? ' ' + t('curve.earlier', { n: early }) : ''),
	);
}

/** What is known of a village, as its mark on the map. @param {any} d @returns {(code: string) => import('./map.js').Mark} */
function marks(d) {
	const cover = new Map((d.coverage?.rows || []).map((/** @type {any} */ r) => [r.area, r]));
	/** @type {Map<string, number>} */
	const ill = new Map();
	for (const r of d.cases?.rows || []) if (!r.withdrawn_at) ill.set(r.area, (ill.get(r.area) || 0) + 1);
	/** @type {Map<string, number>} */
	const late = new Map();
	for (const r of d.dutyAreas?.rows || []) late.set(r.area, (late.get(r.area) || 0) + r.overdue);
	const zones = new Map((d.zones?.rows || []).filter((/** @type {any} */ z) => z.area && !z.ended_at).map((/** @type {any} */ z) => [z.area, z.class]));
	return (code) => {
		const c = cover.get(code);
		const cases = ill.get(code) || 0;
		const overdue = late.get(code) || 0;
		const text = [
			c ? t('map.missing', { n: c.missing }) : '',
			cases ? t('cases.count', { n: cases, count: number(cases) }) : '',
			overdue ? t('map.overdue', { n: overdue }) : '',
		]
			.filter(Boolean)
			.join(', ');
		const zone = zones.get(code);
		return {
			state: overdue ? 'late' : c?.missing ? 'close' : 'ok',
			n: c?.missing || 0,
			text,
			zone: zone ? t('map.zone', { class: w(zone, 'zone') }) : undefined,
		};
	};
}

/** @param {any} d */
export function mapSection(d) {
	const drawn = map({ areas: d.areas || [], mark: marks(d), href: (code) => link('board', { area: code }), label: t('map.title') });
	return drawn ? section('map', t('map.title'), h('p.note', null, t('map.note')), drawn) : null;
}

/** Duties past their time by the unit that answers for the place. @param {any} d */
export function unitSection(d) {
	const rows = unitRows(d);
	if (!rows.length) return null;
	return section(
		'units',
		t('units.title'),
		table({
			caption: t('units.title'),
			rows,
			keyOf: (r) => r.key,
			brief: true,
			classOf: (r) => (r.overdue ? null : 'is-ok'),
			columns: [
				{ key: 'name', label: t('units.unit'), head: true, cell: (r) => html`<a href=${link('duties', { area: r.area, right: r.right, whose: r.right ? '' : 'all', overdue: r.overdue ? 1 : '' })}>${r.name}</a>` },
				{ key: 'overdue', label: t('duties.overdue'), num: true, cell: (r) => (r.overdue ? badge('late', number(r.overdue)) : '0') },
				{ key: 'open', label: t('duties.open'), num: true, cell: (r) => number(r.open) },
				{ key: 'worst_ms', minor: true, label: t('duties.worst'), num: true, cell: (r) => (r.worst_ms ? span(r.worst_ms) : '–') },
			],
		}),
	);
}

/** Rooms of the isolation sites, when this server keeps them. @param {any} d */
export function roomSection(d) {
	const rows = d.sites?.rows || [];
	if (!rows.length) return null;
	return section(
		'rooms',
		t('rooms.title'),
		table({
			caption: t('rooms.title'),
			rows,
			keyOf: (r) => r.site,
			columns: [
				{ key: 'name', label: t('lab.name'), head: true, cell: (r) => html`<a href=${link('site', { site: r.site })}>${r.name || entity('site', r.site)}</a>` },
				{ key: 'free', label: t('rooms.free'), num: true, cell: (r) => h('b', null, number(r.free)) },
				{ key: 'occupied', label: t('rooms.occupied'), num: true, cell: (r) => number(r.occupied) },
				{ key: 'to_disinfect', label: t('rooms.dirty'), num: true, cell: (r) => number(r.to_disinfect) },
				{ key: 'rooms', label: t('rooms.all'), num: true, cell: (r) => number(r.rooms) },
			],
		}),
	);
}
