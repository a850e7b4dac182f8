// SPDX-License-Identifier: Apache-2.0
// field.js - one input for one field of a fact, made from its declaration: meaning, limits, words, and the error beside it.

import { el } from './dom.js';
import { wall } from './format.js';
import { now } from './api.js';
import { own, t, w } from '../i18n.js';

/**
 * @typedef {object} Declared  a field as the server declares it
 * @property {string} name
 * @property {boolean} [outer] belongs to the envelope, not to the body
 * @property {string} type  integer number boolean word text time day area id ids areas texts
 * @property {boolean} [required]
 * @property {boolean} [personal]
 * @property {boolean} [derived]
 * @property {number} [min]
 * @property {number} [max]
 * @property {string[]} [words]
 * @property {string} [entity]
 * @property {string} en
 * @property {string} zh
 *
 * @typedef {{value: string, text: string}} Choice
 * @typedef {{el: HTMLElement, focus: () => void, read: () => any, fail: (text: string) => void}} Field
 */

const LONG_TEXT = 200;

/** @param {string} iso any ISO 8601 instant, to what a datetime-local input takes */
function localTime(iso) {
	return /[+-]\d\d:\d\d$/.test(iso) || !iso.endsWith('Z') ? iso.slice(0, 16) : wall(Date.parse(iso)).slice(0, 16);
}

export const wallNow = () => wall(now()).slice(0, 16);

/** @param {Declared} d what may be written here, in words @param {Choice[] | null} choices */
function limits(d, choices) {
	const parts = [];
	if (d.personal) parts.push(t('field.sealed'));
	if ((d.type === 'id' && !choices) || d.type === 'ids') parts.push(t('field.id'));
	if (d.type === 'texts' || d.type === 'ids') parts.push(t('field.one_a_line'));
	const both = d.min !== undefined && d.max !== undefined && (d.min !== 0 || d.max !== 0);
	if (both && (d.type === 'integer' || d.type === 'number')) parts.push(t('field.range', { min: d.min, max: d.max }));
	if (both && d.type === 'text') parts.push(t('field.length', { min: d.min, max: d.max }));
	return parts.join(' · ');
}

/** @param {Declared} d @param {string} id @param {string} first @param {Choice[] | null} choices */
function control(d, id, first, choices) {
	const about = {
		id,
		name: d.name,
		'aria-describedby': `${id}-note ${id}-error`,
		'aria-required': d.required ? 'true' : null,
	};
	if (choices || d.type === 'word') {
		const list = choices || (d.words || []).map((x) => ({ value: x, text: w(x, d.name) }));
		const known = list.some((c) => c.value === first);
		return el(
			'select',
			about,
			el('option', { value: '', selected: !first }, d.required ? t('field.choose') : t('field.none')),
			first && !known ? el('option', { value: first, selected: true }, first) : null,
			list.map((c) => el('option', { value: c.value, selected: c.value === first }, c.text)),
		);
	}
	if (d.type === 'boolean')
		return el(
			'select',
			about,
			el('option', { value: '', selected: !first }, d.required ? t('field.choose') : t('field.none')),
			el('option', { value: '1', selected: first === '1' }, t('filter.yes')),
			el('option', { value: '0', selected: first === '0' }, t('filter.no')),
		);
	if (d.type === 'integer' || d.type === 'number')
		return el('input', {
			...about,
			type: 'text',
			inputmode: d.type === 'integer' ? 'numeric' : 'decimal',
			value: first,
		});
	if (d.type === 'time') return el('input', { ...about, type: 'datetime-local', value: first && localTime(first) });
	if (d.type === 'day') return el('input', { ...about, type: 'date', value: first });
	if (d.type === 'texts' || d.type === 'ids' || (d.type === 'text' && (d.max || 0) > LONG_TEXT)) {
		const area = el('textarea', { ...about, rows: 3 });
		area.textContent = first;
		return area;
	}
	return el('input', { ...about, type: 'text', value: first, spellcheck: d.type === 'text' ? null : 'false' });
}

/**
 * @param {Declared} d
 * @param {string} text what was entered
 * @returns {any} its form in JSON; undefined when nothing was entered
 */
function toJson(d, text) {
	const lines = () =>
		text
			.split(/[\n,，]/)
			.map((x) => x.trim())
			.filter(Boolean);
	if (text === '') return undefined;
	switch (d.type) {
		case 'integer':
		case 'number':
			return text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text;
		case 'boolean':
			return text === '1';
		case 'ids':
		case 'texts':
		case 'areas':
			return lines();
		default:
			return text;
	}
}

/**
 * A browser writes an instant in its own way, with or without AM and PM: the note beside it says it in ours.
 * @param {string} local
 */
function echo(local) {
	return t('field.time') + (local ? ': ' + local.replace('T', ' ') : '');
}

/**
 * A label, the input, its note and its error.
 * @param {string} label
 * @param {string} id
 * @param {HTMLElement} input
 * @param {string} note
 * @param {boolean} required
 */
function frame(label, id, input, note, required) {
	const error = el('p.field-error', { id: id + '-error' });
	const whole = el(
		'div.field',
		null,
		el('label', { for: id }, label, required ? el('span.required', null, ' ' + t('field.required')) : null),
		input,
		el('p.note', { id: id + '-note' }, note),
		error,
	);
	const fail = (/** @type {string} */ text) => {
		error.textContent = text;
		if (text) input.setAttribute('aria-invalid', 'true');
		else input.removeAttribute('aria-invalid');
		whole.classList.toggle('wrong', Boolean(text));
	};
	return { el: whole, fail, focus: () => input.focus() };
}

/** @param {Declared} d */
const idOf = (d) => (d.outer ? 'e-' : 'f-') + d.name;

/**
 * @param {Declared} d
 * @param {string} first what stands there at first
 * @param {Choice[] | null} [choices]
 * @returns {Field}
 */
export function field(d, first, choices) {
	const id = idOf(d);
	if (d.type === 'areas' && choices) return areasField(d, first, choices);
	const input = /** @type {HTMLInputElement} */ (control(d, id, first, choices || null));
	const framed = frame(
		own(d),
		id,
		input,
		d.type === 'time' ? echo(input.value) : limits(d, choices || null),
		Boolean(d.required),
	);
	if (d.type === 'time') {
		const note = /** @type {Element} */ (framed.el.querySelector('.note'));
		input.addEventListener('input', () => (note.textContent = echo(input.value)));
	}
	return { ...framed, read: () => toJson(d, input.value.trim()) };
}

/**
 * Several areas: a list of boxes to tick, with its county first.
 * @param {Declared} d
 * @param {string} first
 * @param {Choice[]} choices
 * @returns {Field}
 */
function areasField(d, first, choices) {
	const chosen = new Set(first.split(','));
	const boxes = choices.map(
		(c) =>
			/** @type {HTMLInputElement} */ (
				el('input', { type: 'checkbox', name: d.name, value: c.value, checked: chosen.has(c.value) })
			),
	);
	const error = el('p.field-error', { id: idOf(d) + '-error' });
	const whole = el(
		'fieldset.field',
		{ id: idOf(d), 'aria-describedby': idOf(d) + '-error' },
		el('legend', null, own(d), d.required ? el('span.required', null, ' ' + t('field.required')) : null),
		el(
			'div.boxes',
			null,
			choices.map((c, i) => el('label', null, boxes[i], ' ', c.text)),
		),
		error,
	);
	return {
		el: whole,
		focus: () => boxes[0]?.focus(),
		fail: (text) => {
			error.textContent = text;
			whole.classList.toggle('wrong', Boolean(text));
		},
		read: () => {
			const list = boxes.filter((b) => b.checked).map((b) => b.value);
			return list.length ? list : undefined;
		},
	};
}
