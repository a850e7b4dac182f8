// SPDX-License-Identifier: Apache-2.0
// follow.js - the follow-up of contacts on one sheet, day by day, for the screen and for paper; places that link cases; one trace.

import { query } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { number, time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { areaChoice } from './choices.js';
import { badge, entity, loadAreas, loadPlaces } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** @param {any} d one day of one contact */
function dayCell(d) {
	if (!d) return html`<td.day />`;
	const tests = d.tests ? `${t('grid.t')} ${d.tests_done}/${d.tests}` : '';
	const checks = d.checks ? `${t('grid.c')} ${d.checks_done}/${d.checks}` : '';
	const whole = d.tests_done >= d.tests && d.checks_done >= d.checks;
	return html`<td class=${'day ' + (d.late ? 'late' : whole && d.tests + d.checks ? 'ok' : '')}>
		${d.late ? html`<b>✕ </b>` : whole && d.tests + d.checks ? '✓ ' : ''}${tests}${tests && checks ? html`<br />` : ''}${checks}
	</td>`;
}

/** Every contact a row, every day a column. @param {Visit} v */
export async function grid(v) {
	const [areas, cases] = await Promise.all([loadAreas(), query('tracing.cases', { limit: 10000 })]);
	await keepFresh(
		v,
		['tracing', 'testing'],
		() => query('tracing.follow_up', { case: v.args.case, area: v.args.area, limit: 20000 }),
		(a) => {
			/** @type {Map<string, any[]>} */
			const rows = new Map();
			for (const r of a.rows) rows.set(r.person + r.case, [...(rows.get(r.person + r.case) || []), r]);
			const last = Math.max(1, ...a.rows.map((r) => r.day));
			const days = Array.from({ length: last }, (_, i) => i + 1);
			return [
				heading(t('grid.title'), h('p.meta', null, asOf(a.got), ' · ', csvLink('tracing.follow_up', { case: v.args.case, area: v.args.area }))),
				h(
					'div.filters',
					null,
					areaChoice(v, areas),
					choose(
						t('col.case'),
						'case',
						[{ value: '', text: t('filter.all') }, ...cases.rows.map((c) => ({ value: c.case, text: `${c.case.slice(-8)} ${w(c.class, 'class')}` }))],
						v,
					),
					html`<button type="button" onclick=${() => window.print()}>${t('labels.print')}</button>`,
				),
				h('p', null, t('grid.key')),
				rows.size
					? html`<div.scroll role="region" tabindex="0" aria-label=${t('grid.title')}><table.grid>
							<caption.quiet>${t('grid.title')}</caption>
							<thead><tr><th scope="col">${t('col.person')}</th><th scope="col">${t('contacts.tier')}</th>${days.map((d) => html`<th scope="col">${t('grid.day', { d })}</th>`)}<th scope="col">${t('grid.sign')}</th></tr></thead>
							<tbody>${[...rows.values()].map((list) => html`<tr data-key=${list[0].person + list[0].case}>
								<th scope="row">${entity('person', list[0].person)}</th><td>${w(list[0].tier, 'tier')}<br /><small>${time(list[0].from_at)}</small></td>
								${days.map((d) => dayCell(list.find((r) => r.day === d)))}<td.day />
							</tr>`)}</tbody>
						</table></div>`
					: h('p.notice.good', null, t('contacts.none')),
			];
		},
	);
}

/** Places that link cases. @param {Visit} v */
export async function venues(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	await listView(v, {
		title: t('venues.title'),
		intro: t('venues.intro'),
		query: 'tracing.venues',
		args: {},
		domains: ['tracing'],
		keyOf: (r) => r.place,
		empty: t('venues.none'),
		columns: [
			{ key: 'place', label: t('case.place'), head: true, cell: (r) => entity('place', r.place) },
			{ key: 'type', label: t('venues.type'), cell: (r) => w(r.type, 'place_type') },
			{ key: 'cases', label: t('venues.cases'), num: true, cell: (r) => number(r.cases) },
			{ key: 'visitors', label: t('venues.visitors'), num: true, cell: (r) => number(r.visitors) },
			{ key: 'surprise', label: t('venues.surprise'), num: true, cell: (r) => (r.surprise === null ? '–' : r.surprise.toFixed(1)) },
			{ key: 'act', label: t('col.act'), fixed: true, cell: (r) => html`<a href=${link('venue', { place: r.place })}>${t('venues.check')}</a>` },
		],
	});
}

/** Who was at a place, and who has been tested since. @param {Visit} v */
export async function venue(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	const from = v.args.from || new Date(Date.now() - 14 * 86400000).toISOString();
	await listView(v, {
		title: t('venue.title', { id: v.args.place.slice(-8) }),
		query: 'tracing.venue_check',
		args: { place: v.args.place, from, until: v.args.until },
		domains: ['tracing', 'testing'],
		keyOf: (r) => r.person,
		empty: t('venue.none'),
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'first_at', label: t('case.came'), cell: (r) => time(r.first_at) },
			{ key: 'last_at', label: t('case.left'), cell: (r) => time(r.last_at) },
			{ key: 'minutes', label: t('trace.minutes'), num: true, cell: (r) => number(r.minutes) },
			{ key: 'tested_at', label: t('venue.tested'), cell: (r) => (r.tested_at ? time(r.tested_at) : badge('close', t('case.not_yet'))) },
			{ key: 'state', label: t('contacts.state'), cell: (r) => (r.is_case ? badge('late', t('proposals.is_case')) : w(r.state, 'contact')) },
		],
	});
}

/** Who met a case, by risk, under a rule that may be changed. @param {Visit} v */
export async function trace(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	const args = { case: v.args.case, hops: v.args.hops, min_minutes: v.args.min_minutes };
	await listView(v, {
		title: t('trace.title'),
		intro: t('proposals.note'),
		query: 'tracing.trace',
		args,
		domains: ['tracing'],
		keyOf: (r) => r.person + r.hop,
		empty: t('proposals.none'),
		filters: () =>
			h(
				'div.filters',
				null,
				choose(t('trace.hops'), 'hops', ['', '2', '3'].map((x) => ({ value: x, text: x || '1' })), v),
				choose(t('what_if.minutes'), 'min_minutes', ['', '1', '5', '10', '15', '20', '30', '45', '60', '90', '120'].map((x) => ({ value: x, text: x || t('trace.rules') })), v),
			),
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'hop', label: t('trace.hop'), num: true },
			{ key: 'score', label: t('trace.score'), num: true, cell: (r) => number(r.score) },
			{ key: 'minutes', label: t('trace.minutes'), num: true, cell: (r) => number(r.minutes) },
			{ key: 'exposures', label: t('trace.exposures'), num: true },
			{ key: 'first_exposure', label: t('proposals.first'), cell: (r) => time(r.first_exposure) },
			{ key: 'last_exposure', label: t('proposals.last'), cell: (r) => time(r.last_exposure) },
			{ key: 'place', label: t('case.place'), cell: (r) => entity('place', r.place) },
			{ key: 'state', label: t('contacts.state'), cell: (r) => (r.is_case ? badge('late', t('proposals.is_case')) : [w(r.state, 'contact'), r.assumed ? ' · ' + t('trace.assumed') : '']) },
			{ key: 'act', label: t('col.act'), fixed: true, cell: (r) => html`<a href=${link('evidence', { person: r.person, case: v.args.case, min_minutes: v.args.min_minutes, hops: v.args.hops })}>${t('trace.evidence')}</a>` },
		],
	});
}

/** Every exposure behind one name. @param {Visit} v */
export async function evidence(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	await listView(v, {
		title: t('evidence.title', { id: v.args.person.slice(-8) }),
		query: 'tracing.trace_evidence',
		args: { case: v.args.case, person: v.args.person, hops: v.args.hops, min_minutes: v.args.min_minutes },
		domains: ['tracing'],
		keyOf: (r) => r.start + r.place + r.via,
		empty: t('evidence.none'),
		columns: [
			{ key: 'start', label: t('case.came'), head: true, cell: (r) => time(r.start) },
			{ key: 'end', label: t('case.left'), cell: (r) => time(r.end) },
			{ key: 'minutes', label: t('trace.minutes'), num: true },
			{ key: 'how', label: t('evidence.how'), cell: (r) => w(r.how, 'how') },
			{ key: 'place', label: t('case.place'), cell: (r) => entity('place', r.place) },
			{ key: 'via', label: t('evidence.via'), cell: (r) => (r.via_case ? entity('case', r.via_case) : entity('person', r.via)) },
			{ key: 'assumed', label: t('trace.assumed'), cell: (r) => t(r.source_assumed || r.own_assumed ? 'filter.yes' : 'filter.no') },
		],
	});
}
