// SPDX-License-Identifier: Apache-2.0
// restrictions.js - whoever is restricted at this moment, on which basis and until when; appeals and requests for help, emergencies first.
// No row here restricts anybody: an order was signed, ends by itself, and can be objected to.

import { askedOf, queryIfThere } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { number, span, time } from '../core/format.js';
import { section } from '../core/page.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { manyOf } from './many.js';
import { autoList, columnsOf } from './lists.js';
import { act, areaName, badge, entity } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** The lists that belong together, as tabs. @param {string} here */
function tabs(here) {
	const all = ['in_force', 'ending_soon', 'leaves', 'certificates', 'pages'].filter((x) => askedOf('orders.' + x));
	return html`<nav.looks aria-label=${t('orders.lists')}>
		${all.map((x) => html`<a.button href=${link('orders', { show: x === 'in_force' ? '' : x })} aria-current=${x === here ? 'true' : null}>${t('orders.' + x)}</a> `)}
	</nav>`;
}

/** @param {any} r */
const emergency = (r) => (r.emergency_since ? badge('late', t('orders.emergency', { at: time(r.emergency_since) })) : '');

/** @param {any} r a row with an order */
function orderActs(r) {
	if (!r.order) return act('tracing.contact_released', { person: r.person, area: r.area }, t('contacts.release'));
	const known = { order: r.order, person: r.person, area: r.area };
	return html`<span.acts>${[act('orders.order_lifted', known, t('orders.lift')), act('orders.order_extended', known, t('orders.extend')), html`<a href=${link('list', { query: 'orders.evidence', order: r.order })}>${t('orders.evidence')}</a>`].filter(Boolean)}</span>`;
}

/** Orders in force and their neighbours. @param {Visit} v */
export async function orders(v) {
	const which = v.args.show && askedOf('orders.' + v.args.show) ? v.args.show : 'in_force';
	const acting = ['in_force', 'ending_soon'].includes(which);
	const columns = columnsOf('orders.' + which, {
		leave: ['order', 'source', 'signed_by', 'issued_by', 'approved_by', 'emergency_since', 'clause', 'page', 'certificate', 'exit'],
		own: {
			person: { head: true, cell: (/** @type {any} */ r) => [entity('person', r.person), ' ', emergency(r)] },
			basis: { cell: (/** @type {any} */ r) => [r.basis, r.clause].filter(Boolean).join(' · ') || '–' },
			left_ms: { cell: (/** @type {any} */ r) => badge(r.left_ms < 86400000 ? 'close' : 'none', span(r.left_ms)) },
			class: { cell: (/** @type {any} */ r) => w(r.class, 'order') },
		},
	});
	await autoList(v, 'orders.' + which, {
		title: t('orders.' + which),
		above: () => tabs(which),
		columns: acting ? [...columns, { key: 'act', label: t('col.act'), fixed: true, cell: orderActs }] : columns,
		keyOf: (r) => [r.person, r.order, r.exit, r.certificate, r.page, r.class].join(' '),
		bulk: which === 'ending_soon' ? (rows) => [manyOf('orders.order_lifted', rows, (r) => ({ order: r.order, person: r.person }), t('orders.lift_many', { n: rows.length })), manyOf('orders.order_extended', rows, (r) => ({ order: r.order, person: r.person }), t('orders.extend_many', { n: rows.length }))] : undefined,
	});
}

/** @param {Visit} v @param {'appeals' | 'help'} which @param {string} fact that answers @param {(r: any) => any} known */
async function asked(v, which, fact, known) {
	const columns = columnsOf('orders.' + which, {
		leave: ['appeal', 'help', 'order'],
		own: {
			person: { head: true },
			due_at: { cell: (/** @type {any} */ r) => (r.answered_at ? '–' : [badge(Date.parse(r.due_at) < Date.now() ? 'late' : 'none', time(r.due_at))]) },
			kind: { cell: (/** @type {any} */ r) => (r.kind === 'medical_emergency' && !r.answered_at ? badge('late', w(r.kind, 'help')) : w(r.kind, 'help')) },
			answered_at: { cell: (/** @type {any} */ r) => (r.answered_at ? time(r.answered_at) : badge('close', t('case.not_yet'))) },
		},
	});
	await autoList(v, 'orders.' + which, {
		title: t('orders.' + which),
		keyOf: (r) => r.appeal || r.help,
		classOf: (r) => (!r.answered_at && r.kind === 'medical_emergency' ? 'is-late' : null),
		filters: () => html`<div.filters><a.button href=${link(which, { all: v.args.all ? '' : 1 })}>${t(v.args.all ? 'orders.only_open' : 'orders.old_too')}</a></div>`,
		columns: [...columns, { key: 'act', label: t('col.act'), fixed: true, cell: (/** @type {any} */ r) => (r.answered_at ? '' : act(fact, { ...known(r), area: r.area }, t('orders.answer'))) }],
	});
}

/** @param {Visit} v */
export const appeals = (v) => asked(v, 'appeals', 'orders.appeal_answered', (r) => ({ appeal: r.appeal, person: r.person, order: r.order }));
/** @param {Visit} v */
export const help = (v) => asked(v, 'help', 'orders.help_answered', (r) => ({ help: r.help, person: r.person }));

/** Who is at home, and what each home needs. @param {Visit} v */
export async function homes(v) {
	const missing = (await queryIfThere('homecare.missing_checks', { limit: 10000 }))?.rows || [];
	const late = new Set(missing.map((r) => r.person));
	await autoList(v, 'homecare.households', {
		title: t('homes.title'),
		keyOf: (r) => r.person + r.from_at,
		above: () => h('p', null, missing.length ? badge('late', t('homes.missing', { n: number(late.size) })) : badge('ok', t('homes.all_checked'))),
		filters: () =>
			html`<div.filters>${[
				['missing_checks', 'homes.checks'],
				['deliveries', 'homes.deliveries'],
				['sensors', 'homes.sensors'],
				['door_events', 'homes.doors'],
				['teams', 'homes.teams'],
			]
				.filter(([q]) => askedOf('homecare.' + q) && v.me.may(askedOf('homecare.' + q)?.right))
				.map(([q, text]) => html`<a.button href=${link('list', { query: 'homecare.' + q })}>${t(text)}</a>`)}</div>`,
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'household', label: t('col.household'), cell: (r) => html`<a href=${link('household', { household: r.household })}>${w('household', 'entity')} ${String(r.household || '–').slice(-8)}</a>` },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'isolation', label: t('homes.kind'), cell: (r) => t(r.isolation ? 'homes.isolation' : 'homes.monitoring') },
			{ key: 'ends_at', label: t('contacts.ends'), cell: (r) => time(r.ends_at) },
			{ key: 'fit', label: t('homes.fit'), cell: (r) => (r.fit < 0 ? badge('close', t('case.not_yet')) : badge(r.fit ? 'ok' : 'late', t(r.fit ? 'filter.yes' : 'filter.no'))) },
			{ key: 'team', label: t('homes.team'), cell: (r) => (!r.team ? badge('late', t('homes.no_team')) : r.team_complete ? badge('ok') : badge('close', t('homes.incomplete'))) },
			{ key: 'checks_done', label: t('follow.checks'), num: true, cell: (r) => (r.checks_done < r.checks_due ? badge('close', `${r.checks_done} / ${r.checks_due}`) : `${r.checks_done} / ${r.checks_due}`) },
			{ key: 'visited_at', label: t('homes.visited'), cell: (r) => time(r.visited_at) },
			{ key: 'delivered_at', label: t('homes.delivered'), cell: (r) => time(r.delivered_at) },
			{ key: 'duties', label: t('duties.open'), num: true, cell: (r) => (r.duties ? badge(late.has(r.person) ? 'late' : 'none', number(r.duties)) : '0') },
		],
		bulk: (rows) => manyOf('tracing.health_checked', rows, (r) => ({ person: r.person }), t('contacts.check_many', { n: rows.length })),
	});
}

/** What applies to one person: orders, where the person is, the home. For the person's page. @param {string} person */
export async function restrictionsOf(person) {
	const [applies, where, zones] = await Promise.all([
		queryIfThere('orders.person_orders', { person }),
		queryIfThere('isolation.whereabouts', { person }),
		queryIfThere('zones.person', { person }),
	]);
	return { applies: applies?.rows || [], where: where?.rows || [], zones: zones?.rows || [] };
}

/** @param {Awaited<ReturnType<typeof restrictionsOf>>} d */
export function restrictionSection(d) {
	if (!d.applies.length && !d.where.length && !d.zones.length) return null;
	return section(
		'applies',
		t('applies.title'),
		d.where.map((x) => h('p', null, t('applies.where'), ' ', h('b', null, w(x.kind, 'whereabouts')), x.number ? ' · ' + x.number : '', ' · ', t('applies.since', { at: time(x.since) }), x.site ? [' · ', html`<a href=${link('site', { site: x.site })}>${t('room.site')}</a>`] : '')),
		d.zones.map((z) => h('p', null, html`<a href=${link('zone', { zone: z.zone })}>${z.name}</a>`, ' · ', w(z.class, 'zone'), ' · ', w(z.programme, 'programme'), z.earliest_at ? ' · ' + t('applies.until', { at: time(z.earliest_at) }) : '')),
		d.applies.length
			? table({
					caption: t('applies.title'),
					rows: d.applies,
					keyOf: (r) => [r.order, r.source, r.start_at].join(' '),
					columns: [
						{ key: 'class', label: t('applies.what'), head: true, cell: (r) => [w(r.class, 'order'), r.tier ? ' · ' + w(r.tier, 'tier') : ''] },
						{ key: 'state', label: t('log.state'), cell: (r) => w(r.state, 'order_state') },
						{ key: 'start_at', label: t('col.from'), cell: (r) => time(r.start_at) },
						{ key: 'end_at', label: t('applies.ends'), cell: (r) => time(r.end_at) },
						{ key: 'basis', label: t('applies.basis'), cell: (r) => [r.basis, r.clause].filter(Boolean).join(' · ') || '–' },
						{ key: 'emergency_since', label: t('applies.emergency'), cell: (r) => emergency(r) || '–' },
					],
				})
			: null,
	);
}
