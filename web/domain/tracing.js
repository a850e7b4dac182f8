// SPDX-License-Identifier: Apache-2.0
// tracing.js - cases, their contacts, and whom the machine proposes to be judged. A proposal restricts nobody: an officer signs.

import { query, queryIfThere } from '../core/api.js';
import { h, show } from '../core/dom.js';
import { number, time } from '../core/format.js';
import { asOf, choose, csvLink, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { factList, table } from '../core/table.js';
import { act, areaName, badge, entity, loadAreas, loadPlaces, mayDo } from './names.js';
import { areaChoice } from './choices.js';
import { manyOf } from './many.js';
import { WHAT_IF_MINUTES, WhatIf, changeTable, stayLine } from './case_parts.js';
import { useState } from '../vendor/hooks.js';
import { dutyList } from './duty.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const states = ['running', 'released', 'case', 'lapsed'];

/**
 * A server that does not trace says so, not "error".
 * @param {Visit} v
 * @param {string} name
 * @returns {Promise<boolean>}
 */
async function there(v, name) {
	if (await queryIfThere(name, { limit: 1 })) return true;
	if (!v.left()) show(v.root, heading(t('cases.title')), h('p.notice', null, t('cases.not_there')));
	return false;
}

/** All cases. @param {Visit} v */
export async function cases(v) {
	const [areas, known] = await Promise.all([loadAreas(), there(v, 'tracing.cases')]);
	if (!known) return;
	await listView(v, {
		title: t('cases.title'),
		query: 'tracing.cases',
		args: { area: v.args.area, withdrawn: v.args.withdrawn },
		domains: ['tracing', 'testing'],
		keyOf: (r) => r.case,
		empty: t('cases.none'),
		filters: () =>
			h(
				'div.filters',
				null,
				areaChoice(v, areas),
				choose(
					t('filter.withdrawn'),
					'withdrawn',
					[
						{ value: '', text: t('filter.no') },
						{ value: '1', text: t('filter.yes') },
					],
					v,
				),
				h('a.button', { href: link('contacts') }, t('contacts.title')),
			),
		columns: [
			{ key: 'case', label: t('col.case'), head: true, cell: (r) => entity('case', r.case) },
			{
				key: 'class',
				label: t('case.class'),
				cell: (r) => [w(r.class, 'class'), r.withdrawn_at ? ' · ' + t('case.withdrawn') : ''],
			},
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'opened_at', label: t('case.opened_at'), cell: (r) => time(r.opened_at) },
			{
				key: 'isolated_at',
				label: t('case.isolated_at'),
				cell: (r) =>
					r.isolated_at ? time(r.isolated_at) : r.withdrawn_at ? '–' : badge('close', t('cases.not_isolated')),
			},
			{
				key: 'interviewed_at',
				label: t('case.interviewed_at'),
				cell: (r) => (r.interviewed_at ? time(r.interviewed_at) : t('case.not_yet')),
			},
			{
				key: 'completed_at',
				label: t('case.completed_at'),
				cell: (r) => (r.completed_at ? time(r.completed_at) : t('case.not_yet')),
			},
			{
				key: 'contacts',
				label: t('contacts.title'),
				num: true,
				cell: (r) => h('a', { href: link('contacts', { case: r.case }) }, number(r.contacts)),
			},
			{ key: 'running', label: t('case.running'), num: true },
			{ key: 'turned_case', label: t('case.turned'), num: true },
		],
	});
}

/** @param {any} p one proposal @param {string} id of the case */
function signLink(p, id) {
	if (p.is_case || p.state === 'running') return '';
	const exposure = { first_exposure_at: p.first_at, last_exposure_at: p.last_at || p.first_at };
	return act(
		'tracing.contact_classified',
		{ person: p.person, case: id, tier: p.tier, ...exposure, evidence: p.evidence },
		t('case.sign'),
	);
}

/** @param {any} p a proposal @param {string} id */
const classified = (p, id) => ({
	person: p.person,
	case: id,
	tier: p.tier,
	first_exposure_at: p.first_at,
	last_exposure_at: p.last_at || p.first_at,
	...(p.evidence ? { evidence: [p.evidence] } : {}),
});

/** Who is proposed; those who are not judged can be ticked and signed together. @param {{rows: any[], id: string, area: string}} p */
function Proposals({ rows, id, area }) {
	const [chosen, setChosen] = useState(/** @type {Set<string>} */ (new Set()));
	const keyOf = (/** @type {any} */ r) => r.person + r.evidence + r.via;
	const may = mayDo('tracing.contact_classified');
	// one person is signed once, by the first evidence that was ticked
	const ticked = rows.filter((r) => chosen.has(keyOf(r)) && !r.is_case && r.state !== 'running').filter((r, i, all) => all.findIndex((x) => x.person === r.person) === i);
	return h(
		'section',
		{ 'aria-labelledby': 'proposals-title' },
		h('h2', { id: 'proposals-title' }, t('proposals.title')),
		h('p.note', null, t('proposals.note')),
		ticked.length
			? h('div.bulk', { role: 'status' }, h('b', null, t('bulk.chosen', { n: ticked.length })), ' ', manyOf('tracing.contact_classified', ticked.map((r) => ({ ...r, area })), (r) => classified(r, id), t('case.sign_many', { n: ticked.length })))
			: null,
		rows.length
			? table({
					caption: t('proposals.title'),
					rows,
					keyOf,
					select: may ? { chosen, change: setChosen } : undefined,
					columns: [
						{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
						{ key: 'via', label: t('proposals.via'), cell: (r) => w(r.via, 'via') },
						{ key: 'setting', label: t('proposals.setting'), cell: (r) => w(r.setting, 'setting') },
						{ key: 'tier', label: t('proposals.tier'), cell: (r) => w(r.tier, 'tier') },
						{ key: 'first_at', label: t('proposals.first'), cell: (r) => time(r.first_at) },
						{ key: 'last_at', label: t('proposals.last'), cell: (r) => time(r.last_at) },
						{
							key: 'state',
							label: t('proposals.state'),
							cell: (r) =>
								r.is_case
									? t('proposals.is_case')
									: r.state === 'none'
										? badge('close', t('proposals.open'))
										: [w(r.state, 'contact'), ' ', w(r.current_tier, 'tier')],
						},
						{ key: 'act', label: t('col.act'), cell: (r) => signLink(r, id) },
					],
				})
			: h('p', null, t('proposals.none')),
	);
}

/** @param {any[]} rows */
function contactTable(rows) {
	return h(
		'section',
		{ 'aria-labelledby': 'contacts-title' },
		h('h2', { id: 'contacts-title' }, t('contacts.title')),
		rows.length
			? table({
					caption: t('contacts.title'),
					rows,
					keyOf: (r) => r.contact,
					columns: [
						{ key: 'contact', label: t('col.person'), head: true, cell: (r) => entity('person', r.contact) },
						{ key: 'tier', label: t('contacts.tier'), cell: (r) => w(r.tier, 'tier') },
						{ key: 'state', label: t('contacts.state'), cell: (r) => w(r.state, 'contact') },
						{
							key: 'secured_at',
							label: t('contacts.secured'),
							cell: (r) =>
								r.secured_at ? time(r.secured_at) : r.state === 'running' ? badge('close', t('case.not_yet')) : '–',
						},
						{ key: 'ends_at', label: t('contacts.ends'), cell: (r) => time(r.ends_at) },
					],
				})
			: h('p', null, t('contacts.none')),
	);
}

/** One case: what is due, its window, whom to judge, its contacts, its places. @param {Visit} v */
export async function oneCase(v) {
	const [known] = await Promise.all([there(v, 'tracing.cases'), loadAreas(), loadPlaces()]);
	if (!known) return;
	const id = v.args.case;
	const args = { case: id };
	await keepFresh(
		v,
		['tracing', 'testing', 'people', 'house'],
		() =>
			Promise.all([
				query('tracing.case', args),
				query('tracing.proposals', args),
				query('tracing.watch', args),
				query('house.duties', { subject: id }),
				queryIfThere('tracing.changes', args),
				queryIfThere('tracing.what_if', { ...args, min_minutes: WHAT_IF_MINUTES.join(',') }),
			]),
		([a, proposals, places, its, changes, whatIf]) => {
			const c = a.rows[0];
			if (!c) return [heading(t('case.unknown')), h('p.notice', null, t('case.nothing'))];
			const facts = [
				[t('col.person'), entity('person', c.person)],
				[t('case.class'), w(c.class, 'class')],
				[t('case.found_by'), w(c.found_by, 'found')],
				[t('col.area'), areaName(c.area)],
				[t('case.onset'), c.onset_at ? time(c.onset_at) : t('case.no_symptoms')],
				[t('case.sampled'), time(c.sampled_at)],
				[t('case.window'), [time(c.window_from), ' – ', c.window_to ? time(c.window_to) : t('case.until_isolated')]],
				[
					t('case.isolated_at'),
					c.isolated_at ? [time(c.isolated_at), ' · ', w(c.place, 'place')] : badge('close', t('cases.not_isolated')),
				],
				[t('board.edition_word'), c.edition || '–'],
			];
			return [
				heading(
					t('case.title', { id: id.slice(-8) }),
					h(
						'p.meta',
						null,
						c.withdrawn_at ? [badge('none', t('case.withdrawn')), ' · '] : '',
						asOf(a.got),
						' · ',
						csvLink('tracing.case', args),
						' · ',
						h('a', { href: link('grid', args) }, t('grid.title')),
						' · ',
						h('a', { href: link('trace', args) }, t('trace.title')),
						' · ',
						h('a', { href: link('log', { subject: id }) }, t('log.title')),
					),
				),
				its.rows.length ? dutyList(its.rows) : null,
				factList(facts),
				stayLine(c, places.rows),
				changeTable(changes?.rows || []),
				h(Proposals, { rows: proposals.rows, id, area: c.area }),
				whatIf ? h(WhatIf, { rows: whatIf.rows, case_: id }) : null,
				contactTable(a.rows.filter((r) => r.contact)),
				places.rows.length
					? h(
							'section',
							{ 'aria-labelledby': 'places-title' },
							h('h2', { id: 'places-title' }, t('case.places')),
							table({
								caption: t('case.places'),
								rows: places.rows,
								keyOf: (r) => r.visit,
								columns: [
									{ key: 'place', label: t('case.place'), head: true, cell: (r) => entity('place', r.place) },
									{ key: 'from_at', label: t('case.came'), cell: (r) => time(r.from_at) },
									{ key: 'until_at', label: t('case.left'), cell: (r) => time(r.until_at) },
									{
										key: 'in_window',
										label: t('case.in_window'),
										cell: (r) => t(r.in_window ? 'filter.yes' : 'filter.no'),
									},
									{ key: 'others', label: t('case.others'), num: true },
								],
							}),
						)
					: null,
				h(
					'ul.actions',
					null,
					['case_isolated', 'interview_recorded', 'contact_named', 'visit_recorded', 'case_revised'].map((k) =>
						h(
							'li',
							null,
							act(
								'tracing.' + k,
								{ case: id, person: k === 'visit_recorded' ? c.person : '', area: c.area },
								t('case.do.' + k),
							),
						),
					),
				),
			];
		},
	);
}

/** @param {any} r a contact */
function contactActions(r) {
	if (r.state !== 'running') return '';
	const check = act('tracing.health_checked', { person: r.person, area: r.area }, t('contacts.check'));
	const release = { person: r.person, case: r.case, area: r.area };
	const free = act('tracing.contact_released', release, t('contacts.release'));
	return check && free ? [check, ' · ', free] : check || free;
}

/** Contacts by their earliest release. @param {Visit} v */
export async function contacts(v) {
	const [areas, known] = await Promise.all([loadAreas(), there(v, 'tracing.contacts')]);
	if (!known) return;
	await listView(v, {
		title: t('contacts.title'),
		query: 'tracing.contacts',
		args: { case: v.args.case, state: v.args.state, area: v.args.area },
		domains: ['tracing', 'testing'],
		keyOf: (r) => r.person + r.case,
		empty: t('contacts.none'),
		filters: () =>
			h(
				'div.filters',
				null,
				areaChoice(v, areas),
				choose(
					t('contacts.state'),
					'state',
					[{ value: '', text: t('filter.all') }, ...states.map((x) => ({ value: x, text: w(x, 'contact') }))],
					v,
				),
			),
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'case', label: t('col.case'), cell: (r) => entity('case', r.case) },
			{
				key: 'tier',
				label: t('contacts.tier'),
				cell: (r) =>
					[
						w(r.tier, 'tier'),
						r.proposed_tier ? [' ', badge('close', t('contacts.proposed', { tier: w(r.proposed_tier, 'tier') }))] : '',
					].flat(),
			},
			{
				key: 'state',
				label: t('contacts.state'),
				cell: (r) => [w(r.state, 'contact'), r.early ? ' · ' + t('contacts.early') : ''],
			},
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{
				key: 'day',
				label: t('contacts.day'),
				num: true,
				cell: (r) => (r.state === 'running' ? t('contacts.day_of', { day: r.day, days: r.days }) : '–'),
			},
			{
				key: 'secured_at',
				label: t('contacts.secured'),
				cell: (r) =>
					r.secured_at
						? [time(r.secured_at), ' · ', w(r.place, 'place')]
						: r.state === 'running'
							? badge('close', t('case.not_yet'))
							: '–',
			},
			{ key: 'ends_at', label: t('contacts.ends'), cell: (r) => time(r.ends_at) },
			{
				key: 'unmet',
				label: t('contacts.unmet'),
				num: true,
				cell: (r) => (r.unmet ? h('a', { href: link('unmet', { person: r.person }) }, number(r.unmet)) : '0'),
			},
			{ key: 'act', label: t('col.act'), fixed: true, cell: contactActions },
		],
		bulk: (rows) => [
			manyOf('tracing.health_checked', rows, (r) => ({ person: r.person }), t('contacts.check_many', { n: rows.length })),
			manyOf('tracing.contact_released', rows, (r) => ({ person: r.person, case: r.case }), t('contacts.release_many', { n: rows.length })),
		],
	});
}

/** What stands between contacts and release. @param {Visit} v */
export async function unmet(v) {
	if (!(await there(v, 'tracing.unmet'))) return;
	await listView(v, {
		title: t('unmet.title'),
		query: 'tracing.unmet',
		args: { person: v.args.person, case: v.args.case },
		domains: ['tracing', 'testing'],
		keyOf: (r) => r.person + r.case + r.condition,
		empty: t('unmet.none'),
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'case', label: t('col.case'), cell: (r) => entity('case', r.case) },
			{ key: 'condition', label: t('unmet.condition'), cell: (r) => w(r.condition, 'condition') },
			{
				key: 'earliest_at',
				label: t('unmet.earliest'),
				cell: (r) => (r.earliest_at ? time(r.earliest_at) : t('unmet.not_by_waiting')),
			},
			{ key: 'ends_at', label: t('contacts.ends'), cell: (r) => time(r.ends_at) },
		],
	});
}
