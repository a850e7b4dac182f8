// SPDX-License-Identifier: Apache-2.0
// testing.js - who is missing in a round, where every tube is, who is in one.

import { query } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { shortTime, span, time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { manyOf } from './many.js';
import { areaChoice, roundChoice, roundOf } from './choices.js';
import { dutyList } from './duty.js';
import { act, areaName, badge, entity, loadAreas, result } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const stages = ['unknown', 'open', 'closed', 'sent', 'received', 'plated', 'reported', 'lost'];
const results = ['negative', 'positive', 'invalid'];

const household = (/** @type {any} */ r) => [r.building, r.unit].filter(Boolean).join(' / ');

const BUILDINGS_N = 12;

/** Where most of them live: a building is where a team goes. @param {any[]} rows @param {Visit} v */
function byBuilding(rows, v) {
	/** @type {Map<string, {area: string, building: string, n: number, homes: Set<string>}>} */
	const all = new Map();
	for (const r of rows) {
		const key = r.area + ' ' + r.building;
		const one = all.get(key) || { area: r.area, building: r.building, n: 0, homes: new Set() };
		one.n++;
		one.homes.add(r.household);
		all.set(key, one);
	}
	const top = [...all.values()].filter((x) => x.building).sort((a, b) => b.n - a.n).slice(0, BUILDINGS_N);
	if (v.args.building) return h('p', null, h('a.button', { href: link('missing', { ...v.args, building: '' }) }, t('missing.all_buildings')));
	if (top.length < 2) return null;
	return h(
		'details.by-building',
		null,
		h('summary', null, t('missing.by_building')),
		h(
			'ul.plain.many',
			null,
			top.map((x) =>
				h('li', null, h('a', { href: link('missing', { ...v.args, area: x.area, building: x.building, page: '' }) }, `${areaName(x.area)} ${x.building}`), ' · ', t('missing.in_homes', { n: x.n, homes: x.homes.size })),
			),
		),
	);
}

/** Who is missing in a round. @param {Visit} v */
export async function missing(v) {
	const [{ rows, round }, areas] = await Promise.all([roundOf(v), loadAreas()]);
	if (!round)
		return void show(
			v.root,
			heading(t('missing.title')),
			h('p.notice', null, t('missing.no_round'), ' ', h('a', { href: link('start') }, t('start.link'))),
		);
	const args = { campaign: round.campaign, round: round.round, area: v.args.area, unexcused: v.args.unexcused };
	await listView(v, {
		title: t('missing.title'),
		query: 'testing.missing',
		args,
		domains: ['testing', 'people'],
		keyOf: (r) => r.person,
		intro:
			t('coverage.round', { name: round.name, round: round.round }) +
			(round.due_at ? ' · ' + t('missing.due', { at: time(round.due_at) }) : ''),
		empty: t('missing.empty'),
		filters: () =>
			h(
				'div.filters',
				null,
				roundChoice(rows, round, v),
				areaChoice(v, areas),
				choose(
					t('filter.reason'),
					'unexcused',
					[
						{ value: '', text: t('filter.with_reason') },
						{ value: '1', text: t('filter.without_reason') },
					],
					v,
				),
			),
		keep: (r) => !v.args.building || household(r).split(' / ')[0] === v.args.building,
		above: (all) => byBuilding(all, v),
		bulk: (chosen) =>
			manyOf('testing.person_excused', chosen, (r) => ({ person: r.person, campaign: args.campaign, round: args.round }), t('missing.excuse_many', { n: chosen.length })),
		columns: [
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'building', label: t('col.building'), by: household, cell: household },
			{ key: 'household', label: t('col.household'), cell: (r) => entity('household', r.household) },
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'birth_year', label: t('col.born'), num: true, cell: (r) => r.birth_year || '–' },
			{ key: 'reason', label: t('col.reason'), cell: (r) => (r.reason ? w(r.reason, 'excuse') : t('missing.unknown')) },
			{
				key: 'late_ms',
				label: t('col.late'),
				num: true,
				cell: (r) => (r.late_ms > 0 ? badge('late', span(r.late_ms)) : '–'),
			},
			{
				key: 'act',
				label: t('col.act'),
				fixed: true,
				cell: (r) =>
					r.reason
						? ''
						: act(
								'testing.person_excused',
								{ campaign: round.campaign, round: round.round, person: r.person, area: r.area },
								t('missing.excuse'),
							),
			},
		],
	});
}

/** @param {any} r how long a tube has waited */
function waits(r) {
	return r.age_ms > 0 ? span(r.age_ms) : '–';
}

/** Where every tube is. @param {Visit} v */
export async function tubes(v) {
	const [{ rows, round }, areas] = await Promise.all([roundOf(v), loadAreas()]);
	const all = !v.args.campaign;
	const { campaign, stage, result: res, area } = v.args;
	await listView(v, {
		title: t('tubes.title'),
		query: 'testing.tubes',
		args: { campaign, round: v.args.round, stage, result: res, area },
		domains: ['testing'],
		keyOf: (r) => r.tube,
		empty: t('tubes.empty'),
		intro: t('tubes.intro'),
		filters: () =>
			h(
				'div.filters',
				null,
				roundChoice(rows, all ? null : round, v, true),
				areaChoice(v, areas),
				choose(
					t('col.stage'),
					'stage',
					[{ value: '', text: t('filter.all') }, ...stages.map((x) => ({ value: x, text: w(x, 'stage') }))],
					v,
				),
				choose(
					t('col.result'),
					'result',
					[{ value: '', text: t('filter.all') }, ...results.map((x) => ({ value: x, text: w(x) }))],
					v,
				),
			),
		columns: [
			{ key: 'code', label: t('col.label'), head: true, cell: (r) => entity('tube', r.tube, r.code || undefined) },
			{ key: 'stage', label: t('col.stage'), by: (r) => stages.indexOf(r.stage), cell: (r) => w(r.stage, 'stage') },
			{ key: 'age_ms', label: t('col.waits'), num: true, cell: waits },
			{ key: 'swabs', label: t('col.swabs'), num: true, cell: (r) => `${r.swabs} / ${r.pool_size || '?'}` },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'first_swab_at', label: t('col.first_swab'), cell: (r) => shortTime(r.first_swab_at) },
			{ key: 'closed_at', label: w('closed', 'stage'), cell: (r) => shortTime(r.closed_at) },
			{ key: 'sent_at', label: w('sent', 'stage'), cell: (r) => shortTime(r.sent_at) },
			{ key: 'received_at', label: w('received', 'stage'), cell: (r) => shortTime(r.received_at) },
			{ key: 'reported_at', label: w('reported', 'stage'), cell: (r) => shortTime(r.reported_at) },
			{ key: 'result', label: t('col.result'), cell: (r) => (r.stage === 'lost' ? '–' : result(r.result)) },
		],
	});
}

/** Boxes: what is on the way, for how long, and whether as many arrived as were sent. @param {Visit} v */
export async function boxes(v) {
	await loadAreas();
	const labs = (await query('testing.laboratories')).rows;
	const name = (/** @type {string} */ id) => labs.find((l) => l.laboratory === id)?.name || '–';
	await listView(v, {
		title: t('boxes.title'),
		query: 'testing.boxes',
		args: { laboratory: v.args.laboratory, area: v.args.area },
		domains: ['testing'],
		keyOf: (r) => r.box,
		empty: t('boxes.none'),
		filters: () =>
			h(
				'div.filters',
				null,
				choose(
					t('bench.laboratory'),
					'laboratory',
					[{ value: '', text: t('filter.all') }, ...labs.map((l) => ({ value: l.laboratory, text: l.name }))],
					v,
				),
			),
		columns: [
			{ key: 'code', label: t('boxes.label'), head: true, cell: (r) => r.code || entity('box', r.box) },
			{ key: 'laboratory', label: t('bench.laboratory'), cell: (r) => name(r.laboratory) },
			{ key: 'sent_at', label: w('sent', 'stage'), cell: (r) => shortTime(r.sent_at) },
			{ key: 'age_ms', label: t('boxes.way'), num: true, cell: (r) => (r.age_ms ? h('b', null, span(r.age_ms)) : '–') },
			{ key: 'received_at', label: w('received', 'stage'), cell: (r) => (r.received_at ? shortTime(r.received_at) : badge('close', t('case.not_yet'))) },
			{ key: 'sent', label: t('boxes.sent'), num: true },
			{
				key: 'received',
				label: t('boxes.received'),
				num: true,
				cell: (r) => (r.received < 0 ? '–' : r.received === r.sent ? r.received : badge('late', String(r.received))),
			},
			{ key: 'reported', label: t('boxes.reported'), num: true, cell: (r) => `${r.reported} / ${r.tubes}` },
		],
	});
}

/** One tube and who is in it. @param {Visit} v */
export async function tube(v) {
	await loadAreas();
	await keepFresh(
		v,
		['testing'],
		() => Promise.all([query('testing.tube', { tube: v.args.tube }), query('house.duties', { subject: v.args.tube })]),
		([a, duties]) => {
			const one = a.rows[0];
			return [
				heading(
					one ? t('tube.title', { code: one.code || v.args.tube.slice(-8) }) : t('tube.unknown'),
					h('p.meta', null, asOf(a.got), ' · ', csvLink('testing.tube', { tube: v.args.tube })),
				),
				one
					? h(
							'p.sum',
							null,
							t('tube.sum', { swabs: one.swabs, pool: one.pool_size || '?' }),
							' · ',
							result(one.result),
							one.reported_at ? ' · ' + t('tube.reported', { at: time(one.reported_at) }) : '',
						)
					: h('p.notice', null, t('tube.nothing')),
				duties.rows.length ? dutyList(duties.rows) : null,
				one
					? table({
							caption: t('tube.members'),
							rows: a.rows,
							keyOf: (r) => r.person,
							columns: [
								{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
								{ key: 'at', label: t('col.sampled'), cell: (r) => time(r.at) },
							],
						})
					: null,
			];
		},
	);
}
