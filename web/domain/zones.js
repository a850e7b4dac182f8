// SPDX-License-Identifier: Apache-2.0
// zones.js - risk zones: which there are, and what stands between each and its end, person by person.

import { kinds, query, queryIfThere } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { number, time } from '../core/format.js';
import { asOf, csvLink, heading, keepFresh, listView, section } from '../core/page.js';
import { link } from '../core/route.js';
import { factList, table } from '../core/table.js';
import { areaChoice } from './choices.js';
import { dutyList } from './duty.js';
import { actionsOf, columnsOf } from './lists.js';
import { areaName, badge, entity, loadAreas, loadPlaces } from './names.js';
import { isZh, t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const SHOWN_N = 30; // of each list; the whole one is a page of its own

/** @param {any} z a row of zones.step_down */
function lacks(z) {
	const parts = [
		z.days ? t('zones.days') : '',
		z.prolonged ? t('zones.prolonged') : '',
		z.higher ? t('zones.higher') : '',
		z.coverage ? t('zones.coverage', { n: number(z.coverage) }) : '',
		z.final_round ? t('zones.final_round', { n: number(z.final_round) }) : '',
		z.contacts ? t('zones.contacts', { n: number(z.contacts) }) : '',
	].filter(Boolean);
	return z.proposed ? badge('ok', t('zones.may')) : parts.join(' · ') || '–';
}

/** All zones. @param {Visit} v */
export async function zones(v) {
	const areas = await loadAreas();
	await listView(v, {
		title: t('zones.title'),
		query: 'zones.zones',
		args: { area: v.args.area, state: v.args.state },
		domains: ['zones', 'testing', 'tracing'],
		keyOf: (r) => r.zone,
		empty: t('zones.none'),
		filters: () => h('div.filters', null, areaChoice(v, areas), html`<a.button href=${link('list', { query: 'zones.step_down' })}>${t('zones.proposals')}</a>`),
		columns: [
			{ key: 'name', label: t('lab.name'), head: true, cell: (r) => html`<a href=${link('zone', { zone: r.zone })}>${r.name || w('zone', 'entity') + ' ' + r.zone.slice(-8)}</a>` },
			{ key: 'class', label: t('zones.class'), cell: (r) => badge(r.state === 'ended' ? 'none' : r.class === 'high' ? 'late' : r.class === 'medium' ? 'close' : 'none', w(r.class, 'zone')) },
			{ key: 'state', label: t('zones.state'), cell: (r) => w(r.state, 'zone_state') },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'programme', label: t('zones.programme'), cell: (r) => w(r.programme, 'programme') },
			{ key: 'start_at', label: t('zones.start'), cell: (r) => time(r.start_at) },
			{ key: 'clock_at', label: t('zones.quiet'), cell: (r) => time(r.clock_at) },
			{ key: 'earliest_at', label: t('zones.earliest'), cell: (r) => (r.ended_at ? t('zones.ended', { at: time(r.ended_at) }) : time(r.earliest_at)) },
			{ key: 'units', label: t('zones.units'), num: true },
		],
	});
}

/** One zone: its clock, what it lacks by person, its notice, what may be recorded. @param {Visit} v */
export async function zone(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	const args = { zone: v.args.zone };
	const parts = ['units', 'unmet', 'notice', 'members', 'exits', 'posts', 'barriers'];
	await keepFresh(
		v,
		['zones', 'testing', 'tracing', 'people'],
		async () => {
			const [all, steps, duties, list, ...rest] = await Promise.all([
				query('zones.zones', { limit: 10000 }),
				queryIfThere('zones.step_down', args),
				query('house.duties', { subject: v.args.zone }),
				kinds(),
				...parts.map((p) => queryIfThere('zones.' + p, { ...args, limit: 5000 })),
			]);
			return { got: all.got, zone: all.rows.find((z) => z.zone === v.args.zone), step: steps?.rows[0], duties, kinds: list, ...Object.fromEntries(parts.map((p, i) => [p, rest[i]])) };
		},
		(/** @type {any} */ d) => {
			const z = d.zone;
			if (!z) return [heading(t('zones.title')), h('p.notice', null, t('zones.unknown'))];
			const rows = (/** @type {string} */ p) => d[p]?.rows || [];
			const part = (/** @type {string} */ p, /** @type {any} */ o = {}) =>
				rows(p).length ? section(p, t('zones.part.' + p), h('p', null, csvLink('zones.' + p, args)), table({ caption: t('zones.part.' + p), rows: rows(p).slice(0, SHOWN_N), keyOf: (r) => JSON.stringify(r), columns: columnsOf('zones.' + p, { leave: ['zone', ...(o.leave || [])] }) }), rows(p).length > SHOWN_N ? h('p', null, h('a', { href: link('list', { query: 'zones.' + p, ...args }) }, t('zones.all', { n: number(rows(p).length) }))) : null) : null;
			return [
				heading(z.name || t('zones.title'), h('p.meta', null, w(z.class, 'zone'), ' · ', w(z.state, 'zone_state'), ' · ', asOf(d.got), ' · ', html`<a href=${link('log', { subject: z.zone })}>${t('log.title')}</a>`)),
				d.step ? h('p.sum', null, t('zones.lacks'), ' ', lacks(d.step)) : null,
				d.duties.rows.length ? dutyList(d.duties.rows) : null,
				factList([
					[t('col.area'), areaName(z.area)],
					[t('zones.programme'), w(z.programme, 'programme')],
					[t('zones.start'), time(z.start_at)],
					[t('zones.quiet'), time(z.clock_at)],
					[t('zones.earliest'), time(z.earliest_at)],
					[t('col.rule'), z.clause || '–'],
				]),
				rows('unmet').length
					? section(
							'unmet',
							t('zones.part.unmet'),
							h('p', null, csvLink('zones.unmet', args)),
							rows('unmet').length > SHOWN_N ? h('p', null, h('a', { href: link('list', { query: 'zones.unmet', ...args }) }, t('zones.all', { n: number(rows('unmet').length) }))) : null,
							table({
								caption: t('zones.part.unmet'),
								rows: rows('unmet').slice(0, SHOWN_N),
								keyOf: (r) => r.condition + r.person + r.household,
								columns: [
									{ key: 'person', label: t('col.person'), head: true, cell: (r) => (r.person ? entity('person', r.person) : t('zones.whole')) },
									{ key: 'condition', label: t('unmet.condition'), cell: (r) => w(r.condition, 'zone_condition') },
									{ key: 'detail', label: t('zones.detail'), cell: (r) => w(r.detail, 'zone_detail') },
									{ key: 'household', label: t('col.household'), cell: (r) => entity('household', r.household) },
									{ key: 'building', label: t('col.building'), cell: (r) => [r.building, r.unit].filter(Boolean).join(' / ') || '–' },
									{ key: 'earliest_at', label: t('unmet.earliest'), cell: (r) => (r.earliest_at ? time(r.earliest_at) : '–') },
								],
							}),
						)
					: null,
				rows('notice').length
					? section('notice', t('zones.part.notice'), rows('notice').map((/** @type {any} */ n) => h(n.part === 'title' ? 'h3' : 'p', { 'data-key': n.part + n.nth }, isZh() ? n.zh : n.en)))
					: null,
				part('units'),
				part('exits'),
				part('posts'),
				part('barriers'),
				part('members'),
				actionsOf(d.kinds, 'zones', 'zone', z.zone, { area: z.area }),
			];
		},
	);
}
