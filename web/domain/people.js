// SPDX-License-Identifier: Apache-2.0
// people.js - one person, one household. Personal data are opened one by one, for a purpose, and leave the screen by themselves.

import { openPersonal, query, queryIfThere } from '../core/api.js';
import { announce, el, h, show } from '../core/dom.js';
import { shortTime, time } from '../core/format.js';
import { asOf, errorText, heading, keepFresh, listView } from '../core/page.js';
import { link } from '../core/route.js';
import { shortId } from '../core/uuid.js';
import { factList, table } from '../core/table.js';
import { act, areaName, entity, loadAreas, result } from './names.js';
import { dutyList } from './duty.js';
import { papersBox } from './papers.js';
import { restrictionSection, restrictionsOf } from './restrictions.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const SHOWN_MS = 5 * 60000; // personal data are taken off the screen after that time
const PURPOSE_MIN = 4;

/** @param {any} one what the server opened of a person @returns {[string, string][]} */
function opened(one) {
	if (!one || one.error) return [[t('error.title'), one?.error?.text || t('error.odd')]];
	const shown = ['name', 'document_type', 'document_number', 'phone', 'birth_date', 'address'];
	return shown
		.filter((k) => one[k] !== null && one[k] !== undefined)
		.map((k) => [t('personal.' + k), k === 'document_type' ? w(one[k], 'document') : String(one[k])]);
}

/**
 * The form that asks for a purpose, and what it opened. It stands outside of what is drawn anew, so nothing typed is lost.
 * @param {Visit} v
 * @param {string} person
 */
function personalBox(v, person) {
	const out = el('div', { 'aria-live': 'polite' });
	const error = el('p.field-error', { id: 'purpose-error' });
	const purpose = /** @type {HTMLInputElement} */ (
		el('input', {
			id: 'purpose',
			name: 'purpose',
			type: 'text',
			minlength: PURPOSE_MIN,
			maxlength: 200,
			autocomplete: 'off',
			'aria-describedby': 'purpose-note purpose-error',
		})
	);
	let timer = 0;
	const hide = () => {
		clearTimeout(timer);
		show(out);
	};
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		error.textContent = '';
		if (purpose.value.trim().length < PURPOSE_MIN) {
			error.textContent = t('person.purpose_short');
			return purpose.focus();
		}
		try {
			const answer = await openPersonal([person], purpose.value.trim());
			const fields = opened(answer.opened?.[0]);
			show(
				out,
				fields.length ? factList(fields) : h('p', null, t('person.nothing_sealed')),
				h('p', null, h('button', { type: 'button', onclick: hide }, t('person.hide')), ' ', t('person.hides')),
			);
			announce(t('person.opened'));
			timer = window.setTimeout(hide, SHOWN_MS);
		} catch (x) {
			error.textContent = errorText(x);
		}
	};
	v.onLeave(hide);
	return el(
		'section.box',
		{ 'aria-labelledby': 'personal-title' },
		el('h2', { id: 'personal-title' }, t('person.personal')),
		el(
			'form',
			{ onsubmit: submit, novalidate: true },
			el('p.note', { id: 'purpose-note' }, t('person.recorded')),
			el('p', null, el('label', { for: 'purpose' }, t('person.purpose')), purpose),
			error,
			el('p', null, el('button', { type: 'submit' }, t('person.open'))),
		),
		out,
	);
}

/** @param {any} p */
function about(p) {
	const rows = [
		[t('col.area'), areaName(p.area)],
		[t('col.household'), entity('household', p.household)],
		[t('col.building'), [p.building, p.unit].filter(Boolean).join(' / ') || '–'],
		[t('col.born'), p.birth_year || '–'],
		[t('person.sex'), w(p.sex)],
		[t('person.resident'), p.resident === null ? '–' : t(p.resident ? 'person.is_resident' : 'person.is_floating')],
		[t('person.registered'), time(p.registered_at)],
	];
	return factList(rows);
}

/** @param {any[]} samples */
function sampleTable(samples) {
	return h(
		'section',
		{ 'aria-labelledby': 'samples-title' },
		h('h2', { id: 'samples-title' }, t('person.samples')),
		samples.length
			? table({
					caption: t('person.samples'),
					rows: [...samples].reverse(),
					keyOf: (r) => r.tube + r.at,
					columns: [
						{ key: 'at', label: t('col.sampled'), head: true, cell: (r) => time(r.at) },
						{ key: 'round', label: t('col.round'), num: true },
						{ key: 'tube', label: t('col.tube'), cell: (r) => entity('tube', r.tube, r.code || undefined) },
						{
							key: 'pool_size',
							label: t('person.pooling'),
							cell: (r) => (r.swabs === 1 ? t('person.single') : t('person.pooled', { swabs: r.swabs })),
						},
						{
							key: 'result',
							label: t('col.result'),
							cell: (r) => [
								result(r.result),
								r.result === 'positive' && r.swabs > 1 ? ' ' + t('person.of_the_tube') : '',
							],
						},
						{ key: 'reported_at', label: t('col.reported'), cell: (r) => shortTime(r.reported_at) },
					],
				})
			: h('p', null, t('person.no_samples')),
	);
}

/** One person: duties first, then samples, then what the register says. @param {Visit} v */
export async function person(v) {
	await loadAreas();
	const id = v.args.person;
	const view = el('div');
	const box = v.me?.may('READ_PERSONAL') ? personalBox(v, id) : h('p.note', null, t('person.may_not'));
	const papers = v.me?.may('FOLLOW') ? await papersBox(v, id) : null;
	show(v.root, view, papers, box);
	await keepFresh(
		{ ...v, root: view },
		['*'],
		() =>
			Promise.all([
				queryIfThere('people.person', { person: id }),
				queryIfThere('people.tags', { person: id }),
				queryIfThere('testing.person', { person: id }),
				query('house.duties', { subject: id }),
				queryIfThere('tracing.follow_up', { person: id }),
				restrictionsOf(id),
			]),
		([one, tags, samples, its, follow, applies]) => {
			const p = one?.rows[0];
			return [
				heading(
					t('person.title', { id: shortId(id) }),
					h('p.meta', null, p?.area ? areaName(p.area) + ' · ' : '', asOf(its.got), ' · ', h('a', { href: link('log', { subject: id }) }, t('log.title'))),
				),
				p && p.canon && p.canon !== id ? h('p.notice', null, t('person.merged'), ' ', entity('person', p.canon)) : null,
				its.rows.length ? dutyList(its.rows) : h('p.notice.good', null, t('person.no_duties')),
				restrictionSection(applies),
				follow?.rows.length ? followTable(follow.rows) : null,
				sampleTable(samples?.rows || []),
				h(
					'section',
					{ 'aria-labelledby': 'register-title' },
					h('h2', { id: 'register-title' }, t('person.register')),
					p ? about(p) : h('p', null, t('person.unknown')),
					tags?.rows.length
						? h('p', null, t('person.tags'), ' ', tags.rows.map((r) => w(r.tag, 'tag')).join(', '))
						: null,
				),
				h('p', null, act('tracing.case_opened', { person: id, area: p?.area }, t('person.open_case'))),
			];
		},
	);
}

/** Contact by day: what was called for and done. @param {any[]} rows */
export function followTable(rows) {
	return h(
		'section',
		{ 'aria-labelledby': 'follow-title' },
		h('h2', { id: 'follow-title' }, t('follow.title')),
		table({
			caption: t('follow.title'),
			rows,
			keyOf: (r) => r.person + r.case + r.day,
			columns: [
				{ key: 'day', label: t('follow.day'), head: true },
				{ key: 'from_at', label: t('col.from'), cell: (r) => time(r.from_at) },
				{ key: 'tier', label: t('contacts.tier'), cell: (r) => w(r.tier, 'tier') },
				{ key: 'tests', label: t('follow.tests'), num: true, cell: (r) => `${r.tests_done} / ${r.tests}` },
				{ key: 'checks', label: t('follow.checks'), num: true, cell: (r) => `${r.checks_done} / ${r.checks}` },
				{ key: 'late', label: t('follow.late'), num: true },
			],
		}),
	);
}

/** The persons of a household. @param {Visit} v */
export async function household(v) {
	await loadAreas();
	await listView(v, {
		title: t('household.title', { id: shortId(v.args.household) }),
		query: 'people.persons',
		args: { household: v.args.household },
		domains: ['people'],
		keyOf: (r) => r.person,
		empty: t('household.empty'),
		columns: [
			{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
			{ key: 'area', label: t('col.area'), cell: (r) => areaName(r.area) },
			{ key: 'building', label: t('col.building'), cell: (r) => [r.building, r.unit].filter(Boolean).join(' / ') },
			{ key: 'birth_year', label: t('col.born'), num: true, cell: (r) => r.birth_year || '–' },
			{ key: 'sex', label: t('person.sex'), cell: (r) => w(r.sex) },
		],
	});
}
