// SPDX-License-Identifier: Apache-2.0
// sites.js - isolation sites: a plan of each floor with every room's state, who lives there, who must be seen, who may go.

import { kinds, query, queryIfThere } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { number, shortTime, time } from '../core/format.js';
import { asOf, csvLink, heading, keepFresh, listView, section } from '../core/page.js';
import { link } from '../core/route.js';
import { factList, table } from '../core/table.js';
import { dutyList } from './duty.js';
import { actionsOf, columnsOf } from './lists.js';
import { areaName, badge, loadAreas, mayDo } from './names.js';
import { t, w } from '../i18n.js';
import { manyOf } from './many.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** Sign and look of a room's state, besides its word. @type {Record<string, [string, string]>} */
const looks = { free: ['✓', 'ok'], occupied: ['●', 'taken'], to_disinfect: ['✕', 'late'], resting: ['…', 'close'], closed: ['–', 'none'], held: ['!', 'close'] };

/** All sites. @param {Visit} v */
export async function sites(v) {
	await loadAreas();
	const reserve = (await queryIfThere('isolation.reserve'))?.rows[0];
	await listView(v, {
		title: t('sites_.title'),
		query: 'isolation.sites',
		args: { area: v.args.area },
		domains: ['isolation'],
		keyOf: (r) => r.site,
		empty: t('sites_.none'),
		above: () =>
			reserve
				? h('p.sum', null, t('sites_.reserve', { free: number(reserve.free), rooms: number(reserve.rooms), needed: number(reserve.rooms_needed) }), ' ', reserve.missing > 0 ? badge('late', t('sites_.short', { n: number(reserve.missing) })) : badge('ok'))
				: null,
		filters: () =>
			html`<div.filters>${[
				['release_due', 'sites_.leaving'],
				['forecast', 'sites_.forecast'],
				['inquiries', 'sites_.inquiries'],
				['conflicts', 'sites_.conflicts'],
			].map(([q, text]) => html`<a.button href=${link('list', { query: 'isolation.' + q })}>${t(text)}</a>`)}</div>`,
		columns: [
			{ key: 'name', label: t('lab.name'), head: true, cell: (r) => html`<a href=${link('site', { site: r.site })}>${r.name || r.site.slice(-8)}</a>` },
			{ key: 'kind', label: t('sites_.kind'), cell: (r) => w(r.kind, 'site_kind') },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'residents', label: t('sites_.residents'), num: true, cell: (r) => number(r.residents) },
			{ key: 'free', label: t('rooms.free'), num: true, cell: (r) => h('b', null, number(r.free)) },
			{ key: 'occupied', label: t('rooms.occupied'), num: true, cell: (r) => number(r.occupied) },
			{ key: 'to_disinfect', label: t('rooms.dirty'), num: true, cell: (r) => number(r.to_disinfect) },
			{ key: 'rooms', label: t('rooms.all'), num: true, cell: (r) => number(r.rooms) },
			{ key: 'medics', label: t('sites_.medics'), num: true, cell: (r) => (r.medics < r.medics_needed ? badge('late', `${r.medics} / ${r.medics_needed}`) : `${r.medics} / ${r.medics_needed}`) },
			{ key: 'zones_ok', label: t('sites_.zones_ok'), cell: (r) => (r.zones_ok ? badge('ok') : badge('close', t('case.not_yet'))) },
		],
	});
}

/** @param {any} r a room */
function roomTile(r) {
	const [sign, look] = looks[r.state] || ['', 'none'];
	return html`<li data-key=${r.room}><a class=${'room ' + look} href=${link('room', { room: r.room, site: r.site })}>
		<b>${r.number}</b><span>${sign} ${w(r.state, 'room')}</span><small>${r.in || r.held ? t('room.in', { n: r.in, beds: r.beds }) : ''} ${r.class ? w(r.class, 'exposure') : ''}</small>
	</a></li>`;
}

/** Each floor of each wing, both sides of its corridor. @param {any[]} rooms */
function plan(rooms) {
	const floors = [...new Set(rooms.map((r) => r.wing + '\n' + r.floor))].sort((a, b) => a.localeCompare(b, 'zh-CN', { numeric: true }));
	return floors.map((key) => {
		const [wing, floor] = key.split('\n');
		const here = rooms.filter((r) => r.wing === wing && String(r.floor) === floor).sort((a, b) => a.position - b.position);
		const sides = [...new Set(here.map((r) => r.side))];
		return html`<div.floor data-key=${key}>
			<h3>${wing ? wing + ' · ' : ''}${t('site.floor', { floor })}</h3>
			${sides.map((side) => html`<ul.rooms aria-label=${w(side, 'side')}>${here.filter((r) => r.side === side).map(roomTile)}</ul>`)}
		</div>`;
	});
}

/** One site. @param {Visit} v */
export async function site(v) {
	await loadAreas();
	const args = { site: v.args.site };
	const parts = ['rooms', 'residents', 'missing_rounds', 'release_due', 'rounds', 'staff', 'conflicts'];
	await keepFresh(
		v,
		['isolation', 'tracing', 'testing'],
		async () => {
			const [all, duties, list, ...rest] = await Promise.all([
				query('isolation.sites', { limit: 10000 }),
				query('house.duties', { subject: v.args.site }),
				kinds(),
				...parts.map((p) => queryIfThere('isolation.' + p, p === 'conflicts' ? {} : { ...args, limit: 5000 })),
			]);
			return { got: all.got, site: all.rows.find((s) => s.site === v.args.site), duties, kinds: list, ...Object.fromEntries(parts.map((p, i) => [p, rest[i]?.rows || []])) };
		},
		(/** @type {any} */ d) => {
			const s = d.site;
			if (!s) return [heading(t('sites_.title')), h('p.notice', null, t('site.unknown'))];
			const part = (/** @type {string} */ p, /** @type {any[]} */ rows, /** @type {string[]} */ leave = []) =>
				rows.length ? section(p, t('site.' + p), h('p', null, csvLink('isolation.' + p, args)), table({ caption: t('site.' + p), rows: rows.slice(0, 300), keyOf: (r) => JSON.stringify(r), columns: columnsOf('isolation.' + p, { leave: ['site', ...leave] }) })) : null;
			const missing = d.missing_rounds;
			const now = d.residents.filter((/** @type {any} */ r) => !r.counts || r.counts === 'ok');
			return [
				heading(s.name || t('sites_.title'), h('p.meta', null, w(s.kind, 'site_kind'), ' · ', areaName(s.area), ' · ', asOf(d.got), ' · ', html`<a href=${link('log', { subject: s.site })}>${t('log.title')}</a>`)),
				h('p.sum', null, t('site.sum', { residents: number(s.residents), free: number(s.free), dirty: number(s.to_disinfect), rooms: number(s.rooms) })),
				missing.length
					? h('p', null, badge('close', t('site.not_seen', { n: missing.length })), ' ', mayDo('tracing.health_checked') ? manyOf('tracing.health_checked', missing.map((/** @type {any} */ r) => ({ ...r, area: s.area })), (r) => ({ person: r.person }), t('contacts.check_many', { n: missing.length })) : null)
					: null,
				d.duties.rows.length ? dutyList(d.duties.rows) : null,
				section('plan', t('site.plan'), d.rooms.length ? plan(d.rooms) : h('p', null, t('site.no_rooms'))),
				part('release_due', d.release_due, ['room']),
				part('residents', now, ['room', 'guardian_of', 'counts', 'tier']),
				part('conflicts', d.conflicts.filter((/** @type {any} */ c) => c.site === s.site)),
				part('rounds', d.rounds),
				part('staff', d.staff),
				actionsOf(d.kinds, 'isolation', 'site', s.site, { area: s.area }),
			];
		},
	);
}

/** One room: who is in it, what lies around it. @param {Visit} v */
export async function room(v) {
	await loadAreas();
	await keepFresh(
		v,
		['isolation'],
		async () => {
			const [rooms, residents, around, duties, list] = await Promise.all([
				query('isolation.rooms', { site: v.args.site, limit: 10000 }),
				query('isolation.residents', { site: v.args.site, limit: 10000 }),
				queryIfThere('isolation.neighbours', { room: v.args.room }),
				query('house.duties', { subject: v.args.room }),
				kinds(),
			]);
			return { got: rooms.got, room: rooms.rows.find((r) => r.room === v.args.room), residents: residents.rows.filter((r) => r.room === v.args.room), around: around?.rows || [], duties, kinds: list };
		},
		(/** @type {any} */ d) => {
			const r = d.room;
			if (!r) return [heading(t('site.plan')), h('p.notice', null, t('site.unknown'))];
			return [
				heading(t('room.title', { number: r.number }), h('p.meta', null, w(r.state, 'room'), ' · ', asOf(d.got), ' · ', html`<a href=${link('site', { site: r.site })}>${t('room.site')}</a>`)),
				d.duties.rows.length ? dutyList(d.duties.rows) : null,
				factList([
					[t('room.beds'), t('room.in', { n: r.in, beds: r.beds })],
					[t('room.class'), r.class ? w(r.class, 'exposure') : '–'],
					[t('room.since'), shortTime(r.since)],
					[t('room.rest'), time(r.rest_until)],
					[t('room.has'), [r.barrier_free && t('room.barrier_free'), r.family && t('room.family'), r.window && t('room.window'), r.own_toilet && t('room.own_toilet')].filter(Boolean).join(', ') || '–'],
				]),
				d.residents.length ? section('residents', t('site.residents'), table({ caption: t('site.residents'), rows: d.residents, keyOf: (x) => x.person, columns: columnsOf('isolation.residents', { leave: ['site', 'room', 'number'] }) })) : null,
				d.around.length ? section('around', t('room.around'), table({ caption: t('room.around'), rows: d.around, keyOf: (x) => JSON.stringify(x), columns: columnsOf('isolation.neighbours') })) : null,
				actionsOf(d.kinds, 'isolation', 'room', r.room, { site: r.site }),
			];
		},
	);
}
