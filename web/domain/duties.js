// SPDX-License-Identifier: Apache-2.0
// duties.js - my duties: one list by urgency. Each says what, about whom, where, until when, by which rule, and is recorded from here;
// those that are alike are recorded together.

import { now, query } from '../core/api.js';
import { h, html } from '../core/dom.js';
import { due, number, time } from '../core/format.js';
import { choose, listView } from '../core/page.js';
import { hand } from '../core/pick.js';
import { go, link } from '../core/route.js';
import { areaChoice } from './choices.js';
import { dutyActs, partKinds } from './duty_acts.js';
import { doIt, waive } from './duty.js';
import { areaName, badge, entity, loadAreas, mayDo } from './names.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

/** The part of a duty that is a thing of its own, where that tells the reader something. @param {any} r */
function part(r) {
	const kind = partKinds[r.kind] || partKinds[r.kind.split('.')[0]];
	return r.part_id && kind ? [' · ', entity(kind, r.part_id)] : [];
}

/** @param {any} r */
const log = (r) => html`<a href=${link('log', { subject: r.subject, kind: r.kind })}>${t('duties.history')}</a>`;

/** @param {any[]} rows ticked ones */
function together(rows) {
	const same = new Set(rows.map((r) => r.kind)).size === 1;
	const how = dutyActs[rows[0].kind];
	const back = location.hash;
	const start = (/** @type {string} */ fact, /** @type {(r: any) => any} */ body) => {
		hand(
			fact,
			rows
				.map((r) => ({ area: r.area, body: body(r), subject: r.subject, subjectKind: r.subject_kind, note: r.text }))
				.filter((r, i, all) => all.findIndex((x) => JSON.stringify(x.body) === JSON.stringify(r.body)) === i),
			back,
		);
		go('bulk', { kind: fact });
	};
	const waived = (/** @type {any} */ r) => ({
		duty: r.kind,
		subject: r.subject,
		...(r.part_id ? { part_id: r.part_id } : { part: r.part }),
	});
	return [
		same && how && !how.alone && mayDo(how.fact)
			? html`<button type="button" onclick=${() => start(how.fact, how.known)}>${t('duties.do_many', { n: rows.length })}</button> `
			: same
				? null
				: html`<span.note>${t('duties.alike')} </span>`,
		mayDo('house.duty_waived')
			? html`<button type="button" onclick=${() => start('house.duty_waived', waived)}>${t('duties.waive_many', { n: rows.length })}</button>`
			: null,
	];
}

/** @param {Visit} v */
export async function duties(v) {
	const [counts, areas] = await Promise.all([query('house.duty_counts', { area: v.args.area }), loadAreas()]);
	const { kind, overdue, area, right, whose } = v.args;
	const mine = (/** @type {any} */ r) =>
		right ? r.right === right : kind || whose === 'all' ? true : v.me.may(r.right || 'NONE');
	const kinds = counts.rows.filter((r) => (r.open > 0 && mine(r)) || r.kind === kind);
	await listView(v, {
		title: t(right || whose === 'all' ? 'duties.list' : 'duties.mine'),
		query: 'house.duties',
		args: { kind, overdue: overdue === '1' ? 1 : '', area },
		domains: ['*'],
		keyOf: (r) => [r.kind, r.subject, r.part, r.part_id].join(' '),
		empty: t('duties.empty'),
		keep: (r) => mine(r) && (overdue === 'all' || Date.parse(r.from_at) <= now()),
		bulk: together,
		classOf: (r) => (r.late_ms > 0 ? 'is-late' : null),
		filters: () =>
			h(
				'div.filters',
				null,
				choose(
					t('duties.whose'),
					'whose',
					[
						{ value: '', text: t('duties.mine') },
						{ value: 'all', text: t('duties.everybodys') },
					],
					v,
				),
				choose(
					t('col.duty'),
					'kind',
					[
						{ value: '', text: t('filter.all') },
						...kinds.map((r) => ({ value: r.kind, text: `${r.text || r.kind} (${number(r.open)})` })),
					],
					v,
				),
				choose(
					t('filter.when'),
					'overdue',
					[
						{ value: '', text: t('duties.now') },
						{ value: '1', text: t('filter.overdue') },
						{ value: 'all', text: t('duties.later_too') },
					],
					v,
				),
				areaChoice(v, areas),
			),
		columns: [
			{
				key: 'late_ms',
				label: t('col.due'),
				by: (r) => -r.late_ms,
				cell: (r) => [badge(r.late_ms > 0 ? 'late' : 'none', due(r.late_ms)), ' ', h('small', null, time(r.due_at))],
			},
			{
				key: 'kind',
				label: t('col.duty'),
				head: true,
				by: (r) => r.text || r.kind,
				cell: (r) => [r.text || r.kind, h('br'), h('small', null, r.clause)],
			},
			{
				key: 'subject',
				label: t('col.about'),
				cell: (r) => [entity(r.subject_kind, r.subject), ...part(r)],
			},
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'right', label: t('duties.who'), cell: (r) => t('right.' + (r.right || 'NONE')) },
			{ key: 'from_at', label: t('col.from'), cell: (r) => time(r.from_at) },
			{
				key: 'act',
				label: t('col.act'),
				fixed: true,
				cell: (r) => html`<span.acts>${[doIt(r), waive(r), log(r)].filter(Boolean)}</span>`,
			},
		],
	});
}

/** Every duty there was about one person or thing, and how it ended. @param {Visit} v */
export async function dutyLog(v) {
	await loadAreas();
	await listView(v, {
		title: t('log.title'),
		query: 'house.duty_log',
		args: { subject: v.args.subject, kind: v.args.kind },
		domains: ['*'],
		keyOf: (r) => r.kind + r.part,
		empty: t('log.none'),
		filters: () =>
			h('div.filters', null, v.args.kind ? h('a.button', { href: link('log', { subject: v.args.subject }) }, t('log.all')) : null),
		columns: [
			{ key: 'kind', label: t('col.duty'), head: true, by: (r) => r.text, cell: (r) => [r.text, h('br'), h('small', null, r.clause)] },
			{ key: 'state', label: t('log.state'), cell: (r) => w(r.state, 'duty') },
			{ key: 'from_at', label: t('col.from'), cell: (r) => time(r.from_at) },
			{ key: 'due_at', label: t('col.due'), cell: (r) => time(r.due_at) },
			{
				key: 'done_at',
				label: t('log.ended'),
				cell: (r) => (r.done_at ? time(r.done_at) : r.waived_at ? [time(r.waived_at), ' · ', r.reason] : '–'),
			},
		],
	});
}
