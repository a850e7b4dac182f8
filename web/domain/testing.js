// SPDX-License-Identifier: Apache-2.0
// testing.js - the lists of testing: who is missing, where every tube is, what does not add up, positives, campaigns, laboratories.

import { query } from '../core/api.js';
import { h } from '../core/dom.js';
import { due, number, shortTime, span, time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { newestRound } from './board.js';
import { act, areaName, badge, entity, loadAreas, result } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const stages = ['unknown', 'open', 'closed', 'sent', 'received', 'plated', 'reported', 'lost'];
const results = ['negative', 'positive', 'invalid'];

/** The round that the address names, else the newest; all rounds beside it. @param {Visit} v */
async function roundOf(v) {
	const rows = (await query('testing.rounds')).rows;
	const named = rows.find((r) => r.campaign === v.args.campaign && String(r.round) === v.args.round);
	return { rows, round: named || newestRound(rows.filter((r) => !v.args.campaign || r.campaign === v.args.campaign)) };
}

/** @param {any[]} rounds @param {any} chosen @param {Visit} v @param {boolean} [all] may also be "all rounds" */
function roundChoice(rounds, chosen, v, all) {
	const value = (/** @type {any} */ r) => r.campaign + ' ' + r.round;
	const first = all ? [h('option', { value: ' ', selected: !chosen }, t('filter.all_rounds'))] : [];
	return h('label.filter', null, t('filter.round'), ' ', h('select', {
		name: 'round',
		onchange: (/** @type {any} */ e) => {
			const [campaign, round] = e.target.value.split(' ');
			location.hash = link(location.hash.slice(2).split('?')[0], { ...v.args, campaign, round, page: '' });
		},
	}, first, [...rounds].reverse().map((r) => h('option', { value: value(r), selected: chosen && value(chosen) === value(r) }, t('coverage.round', { name: r.name, round: r.round })))));
}

/** @param {Visit} v @param {any[]} areas */
export function areaChoice(v, areas) {
	return choose(t('col.area'), 'area', [{ value: '', text: t('filter.all_areas') }, ...areas.map((a) => ({ value: a.code, text: a.name }))], v);
}

const household = (/** @type {any} */ r) => [r.building, r.unit].filter(Boolean).join(' / ');

/** Who is missing in a round. @param {Visit} v */
export async function missing(v) {
	const [{ rows, round }, areas] = await Promise.all([roundOf(v), loadAreas()]);
	if (!round) return void v.root.replaceChildren(heading(t('missing.title')), h('p.notice', null, t('missing.no_round'), ' ', h('a', { href: link('start') }, t('start.link'))));
	const args = { campaign: round.campaign, round: round.round, area: v.args.area, unexcused: v.args.unexcused };
	await listView(v, {
		title: t('missing.title'), query: 'testing.missing', args, domains: ['testing', 'people'], keyOf: (r) => r.person,
		intro: t('coverage.round', { name: round.name, round: round.round }) + (round.due_at ? ' · ' + t('missing.due', { at: time(round.due_at) }) : ''),
		empty: t('missing.empty'),
		filters: () => h('div.filters', null, roundChoice(rows, round, v), areaChoice(v, areas),
			choose(t('filter.reason'), 'unexcused', [{ value: '', text: t('filter.with_reason') }, { value: '1', text: t('filter.without_reason') }], v)),
		columns: [
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'building', label: t('col.building'), by: household, cell: household },
			{ key: 'household', label: t('col.household'), cell: (r) => entity('household', r.household) },
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'birth_year', label: t('col.born'), num: true, cell: (r) => r.birth_year || '–' },
			{ key: 'reason', label: t('col.reason'), cell: (r) => (r.reason ? w(r.reason, 'excuse') : t('missing.unknown')) },
			{ key: 'late_ms', label: t('col.late'), num: true, cell: (r) => (r.late_ms > 0 ? badge('late', span(r.late_ms)) : '–') },
			{
				key: 'act', label: t('col.act'), fixed: true, cell: (r) => (r.reason ? '' :
					act('testing.person_excused', { campaign: round.campaign, round: round.round, person: r.person, area: r.area }, t('missing.excuse'))),
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
		title: t('tubes.title'), query: 'testing.tubes', args: { campaign, round: v.args.round, stage, result: res, area }, domains: ['testing'],
		keyOf: (r) => r.tube, empty: t('tubes.empty'), intro: t('tubes.intro'),
		filters: () => h('div.filters', null, roundChoice(rows, all ? null : round, v, true), areaChoice(v, areas),
			choose(t('col.stage'), 'stage', [{ value: '', text: t('filter.all') }, ...stages.map((x) => ({ value: x, text: w(x, 'stage') }))], v),
			choose(t('col.result'), 'result', [{ value: '', text: t('filter.all') }, ...results.map((x) => ({ value: x, text: w(x) }))], v)),
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
			{ key: 'result', label: t('col.result'), cell: (r) => result(r.result) },
		],
	});
}

/** One tube and who is in it. @param {Visit} v */
export async function tube(v) {
	await loadAreas();
	await keepFresh(v, ['testing'], () => Promise.all([query('testing.tube', { tube: v.args.tube }), query('house.duties', { subject: v.args.tube })]), ([a, duties]) => {
		const one = a.rows[0];
		return [
			heading(one ? t('tube.title', { code: one.code || v.args.tube.slice(-8) }) : t('tube.unknown'), h('p.meta', null, asOf(a.got), ' · ', csvLink('testing.tube', { tube: v.args.tube }))),
			one ? h('p.sum', null, t('tube.sum', { swabs: one.swabs, pool: one.pool_size || '?' }), ' · ', result(one.result), one.reported_at ? ' · ' + t('tube.reported', { at: time(one.reported_at) }) : '')
				: h('p.notice', null, t('tube.nothing')),
			duties.rows.length ? dutyList(duties.rows) : null,
			one ? table({
				caption: t('tube.members'), rows: a.rows, keyOf: (r) => r.person,
				columns: [{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) }, { key: 'at', label: t('col.sampled'), cell: (r) => time(r.at) }],
			}) : null,
		];
	});
}

/** @param {any} r a duty */
export function waive(r) {
	return act('house.duty_waived', { duty: r.kind, subject: r.subject, part: r.part_id ? '' : r.part, part_id: r.part_id, area: r.area }, t('duties.waive'));
}

/** Duties about one thing. @param {any[]} rows */
export function dutyList(rows) {
	return h('section', { 'aria-labelledby': 'its-duties' }, h('h2', { id: 'its-duties' }, t('duties.about')),
		h('ul.plain', null, rows.map((r) => h('li', { 'data-key': r.kind + r.part }, badge(r.late_ms > 0 ? 'late' : 'none', due(r.late_ms)), ' ', r.text || r.kind, r.clause ? ' · ' + r.clause : '', ' ', waive(r)))));
}

/** Collected = received = plated = reported. @param {Visit} v */
export async function reconciliation(v) {
	const { rows, round } = await roundOf(v);
	const all = !v.args.campaign;
	const args = { campaign: v.args.campaign, round: v.args.round };
	await loadAreas();
	await keepFresh(v, ['testing'], () => Promise.all([query('testing.reconciliation', args), query('testing.gaps', { ...args, limit: 5000 })]), ([sums, gaps]) => [
		heading(t('recon.title'), h('p.meta', null, asOf(sums.got), ' · ', csvLink('testing.reconciliation', args))),
		h('p', null, t('recon.intro')), h('div.filters', null, roundChoice(rows, all ? null : round, v, true)),
		sums.rows.length ? table({
			caption: t('recon.sums'), rows: sums.rows, keyOf: (r) => r.campaign + r.round,
			columns: [
				{ key: 'round', label: t('col.round'), head: true, cell: (r) => t('coverage.round', { name: rows.find((x) => x.campaign === r.campaign)?.name || '?', round: r.round }) },
				...['tubes', 'opened', 'closed', 'sent', 'received', 'plated', 'reported', 'lost', 'swabs', 'counted', 'swabs_reported', 'conflicts'].map((key) => (
					{ key, label: t('recon.' + key), num: true, cell: (/** @type {any} */ r) => number(r[key]) })),
			],
		}) : h('p', null, t('recon.none')),
		h('h2', null, t('gaps.title')), h('p', null, csvLink('testing.gaps', args)),
		gaps.rows.length ? table({
			caption: t('gaps.caption', { n: gaps.rows.length, count: number(gaps.rows.length) }), rows: gaps.rows, keyOf: (r) => r.tube + r.gap,
			columns: [
				{ key: 'code', label: t('col.label'), head: true, cell: (r) => entity('tube', r.tube, r.code || undefined) },
				{ key: 'gap', label: t('gaps.what'), cell: (r) => w(r.gap, 'gap') },
				{ key: 'swabs', label: t('recon.swabs'), num: true }, { key: 'counted', label: t('recon.counted'), num: true, cell: (r) => (r.counted < 0 ? '–' : number(r.counted)) },
				{ key: 'pool_size', label: t('col.pool'), num: true }, { key: 'box', label: t('col.box') },
				{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) }, { key: 'first_swab_at', label: t('col.first_swab'), cell: (r) => time(r.first_swab_at) },
			],
		}) : h('p.notice.good', null, t('gaps.none')),
	]);
}

/** Positive tubes, and who still waits for a single sample. @param {Visit} v */
export async function positives(v) {
	await loadAreas();
	await listView(v, {
		title: t('positives.title'), query: 'testing.positives', args: {}, domains: ['testing'], keyOf: (r) => r.tube, empty: t('lab.no_positives'),
		columns: [
			{ key: 'code', label: t('col.label'), head: true, cell: (r) => entity('tube', r.tube, r.code || undefined) },
			{ key: 'reported_at', label: t('col.reported'), cell: (r) => time(r.reported_at) },
			{ key: 'swabs', label: t('col.swabs'), num: true, cell: (r) => `${r.swabs} / ${r.pool_size || '?'}` },
			{ key: 'retests_open', label: t('positives.open'), num: true, cell: (r) => (r.retests_open ? badge('close', number(r.retests_open)) : badge('ok', '0')) },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'round', label: t('col.round'), num: true },
		],
	});
}

/** Campaigns, their rounds, laboratories and sites. @param {Visit} v */
export async function campaigns(v) {
	await loadAreas();
	const names = ['testing.campaigns', 'testing.rounds', 'testing.laboratories', 'testing.sites'];
	await keepFresh(v, ['testing'], () => Promise.all(names.map((n) => query(n))), ([list, rounds, labs, sites]) => [
		heading(t('campaigns.title'), h('p.meta', null, asOf(list.got), ' · ', csvLink('testing.rounds', {}))),
		h('p', null, act('testing.campaign_declared', {}, t('campaigns.declare'), true)),
		list.rows.length ? list.rows.map((c) => h('section', { 'data-key': c.campaign, 'aria-label': c.name }, h('h2', null, c.name),
			h('p', null, t('campaigns.about', { pool: c.pool_size, at: time(c.declared_at) }), ' · ',
				act('testing.round_opened', { campaign: c.campaign, round: (c.last_round || 0) + 1 }, t('campaigns.open_round'))),
			table({
				caption: t('campaigns.rounds'), rows: rounds.rows.filter((r) => r.campaign === c.campaign).reverse(), keyOf: (r) => String(r.round),
				columns: [
					{ key: 'round', label: t('col.round'), head: true, cell: (r) => h('a', { href: link('missing', { campaign: c.campaign, round: r.round }) }, t('campaigns.round', { round: r.round })) },
					{ key: 'opens_at', label: t('col.opens'), cell: (r) => time(r.opens_at) }, { key: 'due_at', label: t('col.due'), cell: (r) => time(r.due_at) },
					{ key: 'sampled', label: t('coverage.sampled'), num: true, cell: (r) => number(r.sampled) },
					{ key: 'tubes', label: t('recon.tubes'), num: true, cell: (r) => h('a', { href: link('tubes', { campaign: c.campaign, round: r.round }) }, number(r.tubes)) },
				],
			}))) : h('p.notice', null, t('campaigns.none')),
		h('h2', null, t('lab.caption')), labs.rows.length ? table({
			caption: t('lab.caption'), rows: labs.rows, keyOf: (r) => r.laboratory,
			columns: [{ key: 'name', label: t('lab.name'), head: true }, { key: 'tubes_per_hour', label: t('lab.capacity'), num: true }, { key: 'waiting', label: t('lab.waiting'), num: true },
				{ key: 'on_the_way', label: t('lab.on_the_way'), num: true }, { key: 'last_result_at', label: t('lab.forecast'), cell: (r) => (r.waiting + r.on_the_way ? time(r.last_result_at) : t('lab.idle')) }],
		}) : null,
		h('p', null, act('testing.laboratory_stated', {}, t('campaigns.state_lab'))),
		sites.rows.length ? [h('h2', null, t('sites.title')), table({
			caption: t('sites.title'), rows: sites.rows, keyOf: (r) => r.site,
			columns: [{ key: 'name', label: t('lab.name'), head: true }, { key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) }, { key: 'tables', label: t('sites.tables'), num: true },
				{ key: 'tubes', label: t('recon.tubes'), num: true }, { key: 'swabs', label: t('recon.swabs'), num: true }],
		})] : null,
		h('p', null, act('testing.site_opened', {}, t('campaigns.open_site'))),
	]);
}
