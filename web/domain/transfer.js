// SPDX-License-Identifier: Apache-2.0
// transfer.js - the vehicle board: who waits, by the minutes that are left; each vehicle with its run and seats; one run's manifest; and a
// plan for all who wait, which decides nothing until a dispatcher plans its runs.

import { kinds, query, queryIfThere } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { number, shortTime, span, time } from '../core/format.js';
import { asOf, csvLink, heading, keepFresh, section } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { dutyList } from './duty.js';
import { actionsOf, columnsOf } from './lists.js';
import { act, areaName, badge, entity, loadAreas, loadPlaces } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const MINUTE_MS = 60000;
const CLOSE_MIN = 60; // less time than that is nearly late
const looks = /** @type {Record<string, ['ok' | 'close' | 'late', string]>} */ ({ free: ['ok', '✓'], out: ['close', '●'], to_disinfect: ['late', '✕'] });

/** @param {any} r of the queue */
function left(r) {
	if (r.left_min === null || ['received', 'cancelled', 'refused'].includes(r.state)) return '–';
	const state = r.left_min < 0 ? 'late' : r.left_min < CLOSE_MIN ? 'close' : 'none';
	return badge(state, t(r.left_min < 0 ? 'due.late' : 'due.in', { span: span(Math.abs(r.left_min) * MINUTE_MS) }));
}

/** @param {any} v @param {any} run its run, when it is on one */
function vehicleTile(v, run) {
	const [look, sign] = looks[v.state] || ['close', ''];
	return html`<li data-key=${v.vehicle}><div class=${'room ' + look}>
		<b>${v.label || v.vehicle.slice(-8)}</b><span>${sign} ${w(v.state, 'vehicle')}</span>
		<small>${w(v.kind, 'vehicle_kind')} · ${t('vehicles.seats', { n: v.usable })}${v.stretcher ? ' · ' + t('vehicles.stretcher') : ''}</small>
		${run ? html`<small><a href=${link('run', { run: run.run })}>${t('vehicles.run')}</a> ${t('vehicles.aboard', { n: run.aboard, of: run.usable })} ${run.conflict ? badge('late', t('vehicles.conflict')) : null}</small>` : null}
		${v.next_at ? html`<small>${t('vehicles.next', { at: shortTime(v.next_at) })}</small>` : null}
		${v.state === 'to_disinfect' ? html`<small>${act('transfer.vehicle_disinfected', { vehicle: v.vehicle, area: v.area }, t('vehicles.disinfect'))}</small>` : null}
	</div></li>`;
}

/** @param {any[]} rows of the queue */
function queueTable(rows) {
	return table({
		caption: t('vehicles.waiting'),
		rows,
		keyOf: (r) => r.transfer || r.person,
		classOf: (r) => (r.left_min < 0 ? 'is-late' : null),
		columns: [
			{ key: 'left_min', label: t('col.due'), cell: (r) => [left(r), r.emergency ? [' ', badge('late', t('vehicles.emergency'))] : ''] },
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'class', label: t('room.class'), cell: (r) => w(r.class, 'exposure') },
			{ key: 'state', label: t('log.state'), cell: (r) => w(r.state, 'transfer') },
			{ key: 'needs', label: t('vehicles.needs'), cell: (r) => [r.stretcher && t('vehicles.stretcher'), r.barrier_free && t('room.barrier_free'), r.guardian && t('vehicles.guardian')].filter(Boolean).join(', ') || '–' },
			{ key: 'kind', label: t('vehicles.to'), cell: (r) => [w(r.kind, 'destination'), r.site ? [' · ', entity('site', r.site)] : ''].flat() },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'run', label: t('vehicles.run'), cell: (r) => (r.run ? html`<a href=${link('run', { run: r.run })}>${r.run.slice(-8)}</a>` : '–') },
			{
				key: 'act',
				label: t('col.act'),
				fixed: true,
				cell: (r) =>
					!r.transfer
						? act('transfer.requested', { person: r.person, area: r.area, class: r.class, kind: r.kind }, t('vehicles.ask'))
						: r.state === 'called'
							? act('transfer.reviewed', { transfer: r.transfer, person: r.person, area: r.area }, t('vehicles.review'))
							: r.state === 'accepted'
								? act('transfer.assigned', { transfer: r.transfer, person: r.person, area: r.area }, t('vehicles.assign'))
								: '',
			},
		],
	});
}

/** The board. @param {Visit} v */
export async function vehicles(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	const area = v.args.area;
	await keepFresh(
		v,
		['transfer', 'isolation', 'tracing'],
		() => Promise.all([query('transfer.queue', { area, limit: 5000 }), query('transfer.vehicles', { area, limit: 5000 }), query('transfer.runs', { area, limit: 5000 }), queryIfThere('transfer.exceptions', { area })]),
		([queue, cars, runs, odd]) => {
			const open = queue.rows.filter((r) => !['received', 'cancelled', 'refused'].includes(r.state));
			const late = open.filter((r) => r.left_min < 0).length;
			const now = runs.rows.filter((r) => r.state !== 'ended');
			return [
				heading(t('vehicles.title'), h('p.meta', null, asOf(queue.got), ' · ', csvLink('transfer.queue', { area }))),
				h('p.sum', null, t('vehicles.sum', { n: number(open.length), free: number(cars.rows.filter((c) => c.state === 'free').length), of: number(cars.rows.length) }), ' ', late ? badge('late', t('vehicles.late', { n: late })) : badge('ok')),
				html`<div.filters>
					${v.me.may('TRANSPORT') ? html`<a.button href=${link('list', { query: 'transfer.proposal' })}>${t('vehicles.proposal')}</a>` : null}
					${act('transfer.run_planned', {}, t('vehicles.plan'), true)} ${act('transfer.vehicle_registered', {}, t('vehicles.register'), true)}
				</div>`,
				section('waiting', t('vehicles.waiting'), open.length ? queueTable(open) : h('p.notice.good', null, t('vehicles.nobody'))),
				section('vehicles', t('vehicles.vehicles'), cars.rows.length ? html`<ul.rooms>${cars.rows.map((c) => vehicleTile(c, now.find((r) => r.run === c.run)))}</ul>` : h('p', null, t('vehicles.none'))),
				now.length ? section('runs', t('vehicles.runs'), table({ caption: t('vehicles.runs'), rows: now, keyOf: (r) => r.run, columns: columnsOf('transfer.runs', { leave: ['vehicle', 'usable', 'refused', 'ended_at', 'crew'], own: { run: { cell: (/** @type {any} */ r) => html`<a href=${link('run', { run: r.run })}>${r.run.slice(-8)}</a>` } } }) })) : null,
				odd?.rows.length ? section('odd', t('vehicles.odd'), table({ caption: t('vehicles.odd'), rows: odd.rows, keyOf: (r) => JSON.stringify(r), columns: columnsOf('transfer.exceptions') })) : null,
			];
		},
	);
}

/** One run: who is to be aboard, who is, who was handed over. @param {Visit} v */
export async function run(v) {
	await Promise.all([loadAreas(), loadPlaces()]);
	const args = { run: v.args.run };
	await keepFresh(
		v,
		['transfer'],
		() => Promise.all([query('transfer.runs', { limit: 10000 }), query('transfer.run', args), query('house.duties', { subject: v.args.run }), kinds()]),
		([all, list, duties, facts]) => {
			const r = all.rows.find((x) => x.run === v.args.run);
			if (!r) return [heading(t('vehicles.run')), h('p.notice', null, t('site.unknown'))];
			return [
				heading(t('run.title', { label: r.label || r.run.slice(-8) }), h('p.meta', null, w(r.state, 'run'), ' · ', r.depart_at ? time(r.depart_at) : '', ' · ', asOf(all.got), ' · ', csvLink('transfer.run', args))),
				h('p.sum', null, t('run.sum', { aboard: r.aboard, assigned: r.assigned, usable: r.usable }), ' ', r.conflict ? badge('late', t('vehicles.conflict')) : ''),
				duties.rows.length ? dutyList(duties.rows) : null,
				section('manifest', t('run.manifest'), list.rows.length ? table({ caption: t('run.manifest'), rows: list.rows, keyOf: (x) => x.transfer, columns: columnsOf('transfer.run', { leave: ['transfer'] }) }) : h('p', null, t('run.nobody'))),
				actionsOf(facts, 'transfer', 'run', r.run, { area: r.area, vehicle: r.vehicle }),
			];
		},
	);
}
