// SPDX-License-Identifier: Apache-2.0
// register.js - somebody who is not on the list is registered at the table: five fields. What is entered is sealed on the phone at once,
// like everything in the queue, and leaves the phone for good when the server has it.

import { h } from '../core/dom.js';
import { uuid7 } from '../core/uuid.js';
import { idCardOk, normal } from './code.js';
import { makeFact } from './queue.js';
import { again, heading, say } from './ui.js';
import { t } from './i18n.js';

const DOCUMENTS = ['id_card', 'passport', 'permit', 'other', 'none'];
const SEXES = ['female', 'male', 'other'];

/** @type {Record<string, string>} field and what is wrong with it */
let wrong = {};
let documentType = 'id_card';
let homeId = '';

function clear() {
	wrong = {};
	documentType = 'id_card';
	homeId = '';
}

/** @param {string} id */
const value = (id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id))?.value.trim() || '';

/** What was entered, or null when something is wrong. */
function readForm() {
	const number = normal(value('r-number'));
	const f = {
		name: value('r-name'),
		type: value('r-type'),
		number,
		phone: value('r-phone').replace(/[^\d+]/g, ''),
		sex: value('r-sex'),
		year: value('r-year'),
	};
	wrong = {};
	if (!f.name) wrong['r-name'] = t('post.r_name_missing');
	if (f.type !== 'none' && !f.number) wrong['r-number'] = t('post.r_number_missing');
	if (f.type === 'id_card' && f.number && !idCardOk(f.number)) wrong['r-number'] = t('post.r_number_wrong');
	if (!homeId && !value('r-address')) wrong['r-address'] = t('post.r_address_missing');
	if (f.phone && f.phone.length < 3) wrong['r-phone'] = t('post.r_phone_wrong');
	const year = Number(f.year);
	if (f.year && !(year >= 1900 && year <= new Date().getFullYear())) wrong['r-year'] = t('post.r_year_wrong');
	if (Object.keys(wrong).length) return null;
	// the identity number says sex and year by itself
	const card = f.type === 'id_card';
	return {
		name: f.name,
		document_type: f.type,
		document_number: f.type === 'none' ? undefined : f.number,
		phone: f.phone || undefined,
		birth_year: card ? Number(f.number.slice(6, 10)) : f.year ? year : undefined,
		sex: card ? (Number(f.number[16]) % 2 ? 'male' : 'female') : f.sex || undefined,
	};
}

/**
 * @typedef {import('./sampling.js').Person} Person
 * @param {{mayRegister: boolean, area: string, homes: Person[], onDone: (facts: any[], person: Person) => Promise<void>, onCancel: () => void}} o
 */
export function registerForm(o) {
	const back = h('button', { type: 'button', id: 'back', 'data-key': 'back', onclick: () => (clear(), o.onCancel()) }, t('post.back'));
	if (!o.mayRegister)
		return [heading(t('post.register')), h('p.notice.bad', { role: 'alert', 'data-key': 'no' }, t('post.may_not_register')), back];
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		const body = readForm();
		if (!body) {
			again();
			say(false, t('post.r_wrong'));
			document.getElementById(Object.keys(wrong)[0])?.focus();
			return;
		}
		const home = o.homes.find((x) => x.household === homeId);
		const id = uuid7();
		const household = home?.household || uuid7();
		const facts = [makeFact('people.person_registered', { person: id, household, ...body, resident: Boolean(home) }, { area: o.area })];
		if (!home) facts.unshift(makeFact('people.household_registered', { household, address: value('r-address') }, { area: o.area }));
		try {
			await o.onDone(facts, {
				id,
				household,
				building: home?.building || '',
				unit: home?.unit || '',
				born: body.birth_year || null,
				due: 1,
			});
			clear();
		} catch (x) {
			console.error(x);
			say(false, x?.constructor?.name === 'StoreFull' ? t('post.store_full') : t('post.not_kept'), t('post.not_kept_do'));
		}
	};
	const field = (/** @type {string} */ id, /** @type {string} */ label, /** @type {any} */ attrs) =>
		h(
			'div.field',
			{ 'data-key': id },
			h('label', { for: id }, label),
			h('input', {
				id,
				name: id,
				autocomplete: 'off',
				'aria-invalid': wrong[id] ? 'true' : null,
				'aria-describedby': id + '-error',
				...attrs,
			}),
			h('p.field-error', { id: id + '-error' }, wrong[id] || ''),
		);
	const select = (/** @type {string} */ id, /** @type {string} */ label, /** @type {any[]} */ options, /** @type {any} */ attrs = {}) =>
		h('div.field', { 'data-key': id }, h('label', { for: id }, label), h('select', { id, name: id, ...attrs }, options));
	return [
		heading(t('post.register')),
		h(
			'form.register',
			{ onsubmit: submit, novalidate: true, autocomplete: 'off', 'data-key': 'register' },
			h('p.note', null, t('post.register_note')),
			field('r-name', t('post.r_name'), { type: 'text' }),
			select(
				'r-type',
				t('post.r_type'),
				DOCUMENTS.map((x) => h('option', { value: x, selected: x === documentType }, t('post.document_' + x))),
				{ onchange: (/** @type {any} */ e) => ((documentType = e.target.value), again()) },
			),
			documentType === 'none'
				? null
				: field('r-number', t('post.r_number'), { type: 'text', autocapitalize: 'characters', spellcheck: 'false' }),
			field('r-phone', t('post.r_phone'), { type: 'tel', inputmode: 'tel' }),
			documentType === 'id_card' ? null : field('r-year', t('post.r_year'), { type: 'text', inputmode: 'numeric' }),
			documentType === 'id_card'
				? null
				: select(
						'r-sex',
						t('post.r_sex'),
						['', ...SEXES].map((x) => h('option', { value: x }, x ? t('post.sex_' + x) : t('post.choose'))),
					),
			select(
				'r-home',
				t('post.r_home'),
				[
					h('option', { value: '', 'data-key': 'none' }, t('post.r_home_none')),
					...o.homes.map((p) =>
						h(
							'option',
							{ value: p.household, 'data-key': p.household },
							[p.building, p.unit, p.household.slice(-8)].filter(Boolean).join(' · '),
						),
					),
				],
				{ onchange: (/** @type {any} */ e) => ((homeId = e.target.value), again()) },
			),
			homeId ? null : field('r-address', t('post.r_address'), { type: 'text' }),
			h('button.main', { type: 'submit', id: 'register-done' }, t('post.register_done')),
		),
		back,
	];
}
