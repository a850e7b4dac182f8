// SPDX-License-Identifier: Apache-2.0
// rounds.js - campaigns and rounds as a whole: do the numbers add up, what is positive, what was declared.

import { query } from '../core/api.js';
import { h } from '../core/dom.js';
import { number, time } from '../core/format.js';
import { asOf, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { roundChoice, roundOf } from './choices.js';
import { act, areaName, badge, entity, loadAreas } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** Collected = received = plated = reported. @param {Visit} v */
export async function reconciliation(v) {
	const { rows, round } = await roundOf(v);
	const all = !v.args.campaign;
	const args = { campaign: v.args.campaign, round: v.args.round };
	await loadAreas();
	await keepFresh(
		v,
		['testing'],
		() => Promise.all([query('testing.reconciliation', args), query('testing.gaps', { ...args, limit: 5000 })]),
		([sums, gaps]) => [
			heading(t('recon.title'), h('p.meta', null, asOf(sums.got), ' · ', csvLink('testing.reconciliation', args))),
			h('p', null, t('recon.intro')),
			h('div.filters', null, roundChoice(rows, all ? null : round, v, true)),
			sums.rows.length
				? table({
						caption: t('recon.sums'),
						rows: sums.rows,
						keyOf: (r) => r.campaign + r.round,
						columns: [
							{
								key: 'round',
								label: t('col.round'),
								head: true,
								cell: (r) =>
									t('coverage.round', {
										name: rows.find((x) => x.campaign === r.campaign)?.name || '?',
										round: r.round,
									}),
							},
							...[
								'tubes',
								'opened',
								'closed',
								'sent',
								'received',
								'plated',
								'reported',
								'lost',
								'swabs',
								'counted',
								'swabs_reported',
								'conflicts',
							].map((key) => ({
								key,
								label: t('recon.' + key),
								num: true,
								cell: (/** @type {any} */ r) => number(r[key]),
							})),
						],
					})
				: h('p', null, t('recon.none')),
			h('h2', null, t('gaps.title')),
			h('p', null, csvLink('testing.gaps', args)),
			gaps.rows.length
				? table({
						caption: t('gaps.caption', { n: gaps.rows.length, count: number(gaps.rows.length) }),
						rows: gaps.rows,
						keyOf: (r) => r.tube + r.gap,
						columns: [
							{
								key: 'code',
								label: t('col.label'),
								head: true,
								cell: (r) => entity('tube', r.tube, r.code || undefined),
							},
							{ key: 'gap', label: t('gaps.what'), cell: (r) => w(r.gap, 'gap') },
							{ key: 'swabs', label: t('recon.swabs'), num: true },
							{
								key: 'counted',
								label: t('recon.counted'),
								num: true,
								cell: (r) => (r.counted < 0 ? '–' : number(r.counted)),
							},
							{ key: 'pool_size', label: t('col.pool'), num: true },
							{ key: 'box', label: t('col.box') },
							{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
							{ key: 'first_swab_at', label: t('col.first_swab'), cell: (r) => time(r.first_swab_at) },
						],
					})
				: h('p.notice.good', null, t('gaps.none')),
		],
	);
}

/** Positive tubes, and who still waits for a single sample. @param {Visit} v */
export async function positives(v) {
	await loadAreas();
	await listView(v, {
		title: t('positives.title'),
		query: 'testing.positives',
		args: {},
		domains: ['testing'],
		keyOf: (r) => r.tube,
		empty: t('lab.no_positives'),
		columns: [
			{ key: 'code', label: t('col.label'), head: true, cell: (r) => entity('tube', r.tube, r.code || undefined) },
			{ key: 'reported_at', label: t('col.reported'), cell: (r) => time(r.reported_at) },
			{ key: 'swabs', label: t('col.swabs'), num: true, cell: (r) => `${r.swabs} / ${r.pool_size || '?'}` },
			{
				key: 'retests_open',
				label: t('positives.open'),
				num: true,
				cell: (r) => (r.retests_open ? badge('close', number(r.retests_open)) : badge('ok', '0')),
			},
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'round', label: t('col.round'), num: true },
		],
	});
}

/** Campaigns, their rounds, laboratories and sites. @param {Visit} v */
export async function campaigns(v) {
	await loadAreas();
	const names = ['testing.campaigns', 'testing.rounds', 'testing.laboratories', 'testing.sites'];
	await keepFresh(
		v,
		['testing'],
		() => Promise.all(names.map((n) => query(n))),
		([list, rounds, labs, sites]) => [
			heading(t('campaigns.title'), h('p.meta', null, asOf(list.got), ' · ', csvLink('testing.rounds', {}))),
			h('p', null, act('testing.campaign_declared', {}, t('campaigns.declare'), true)),
			list.rows.length
				? list.rows.map((c) =>
						h(
							'section',
							{ 'data-key': c.campaign, 'aria-label': c.name },
							h('h2', null, c.name),
							h(
								'p',
								null,
								t('campaigns.about', { pool: c.pool_size, at: time(c.declared_at) }),
								' · ',
								act(
									'testing.round_opened',
									{ campaign: c.campaign, round: (c.last_round || 0) + 1 },
									t('campaigns.open_round'),
								),
							),
							table({
								caption: t('campaigns.rounds'),
								rows: rounds.rows.filter((r) => r.campaign === c.campaign).reverse(),
								keyOf: (r) => String(r.round),
								columns: [
									{
										key: 'round',
										label: t('col.round'),
										head: true,
										cell: (r) =>
											h(
												'a',
												{ href: link('missing', { campaign: c.campaign, round: r.round }) },
												t('campaigns.round', { round: r.round }),
											),
									},
									{ key: 'opens_at', label: t('col.opens'), cell: (r) => time(r.opens_at) },
									{ key: 'due_at', label: t('col.due'), cell: (r) => time(r.due_at) },
									{ key: 'sampled', label: t('coverage.sampled'), num: true, cell: (r) => number(r.sampled) },
									{
										key: 'tubes',
										label: t('recon.tubes'),
										num: true,
										cell: (r) =>
											h('a', { href: link('tubes', { campaign: c.campaign, round: r.round }) }, number(r.tubes)),
									},
								],
							}),
						),
					)
				: h('p.notice', null, t('campaigns.none')),
			h('h2', null, t('lab.caption')),
			labs.rows.length
				? table({
						caption: t('lab.caption'),
						rows: labs.rows,
						keyOf: (r) => r.laboratory,
						columns: [
							{ key: 'name', label: t('lab.name'), head: true },
							{ key: 'tubes_per_hour', label: t('lab.capacity'), num: true },
							{ key: 'waiting', label: t('lab.waiting'), num: true },
							{ key: 'on_the_way', label: t('lab.on_the_way'), num: true },
							{
								key: 'last_result_at',
								label: t('lab.forecast'),
								cell: (r) => (r.waiting + r.on_the_way ? time(r.last_result_at) : t('lab.idle')),
							},
						],
					})
				: null,
			h('p', null, act('testing.laboratory_stated', {}, t('campaigns.state_lab'))),
			sites.rows.length
				? [
						h('h2', null, t('sites.title')),
						table({
							caption: t('sites.title'),
							rows: sites.rows,
							keyOf: (r) => r.site,
							columns: [
								{ key: 'name', label: t('lab.name'), head: true },
								{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
								{ key: 'tables', label: t('sites.tables'), num: true },
								{ key: 'tubes', label: t('recon.tubes'), num: true },
								{ key: 'swabs', label: t('recon.swabs'), num: true },
							],
						}),
					]
				: null,
			h('p', null, act('testing.site_opened', {}, t('campaigns.open_site'))),
		],
	);
}
