// SPDX-License-Identifier: Apache-2.0
// ui.js - what every post has: the verdict on a scan, large and in words; the box that takes scans; the number pad.

import { h } from '../core/dom.js';
import { openCamera } from './camera.js';
import { read } from './code.js';
import { signal } from './sound.js';
import { t } from './i18n.js';

/** @type {() => void} */
let redraw = () => {};
/** @param {() => void} f draws the page anew */
export const setRedraw = (f) => void (redraw = f);
export const again = () => redraw();

/* ---- the verdict ---- */

/** @type {{good: boolean, text: string, what: string, no: number} | null} */
let verdict = null;
let verdictNo = 0;

/**
 * Says what came of a scan: tone, vibration, sign, words. It stays until the next.
 * @param {boolean} good @param {string} text @param {string} [what] what to do
 */
export function say(good, text, what = '') {
	verdict = { good, text, what, no: ++verdictNo };
	signal(good);
	redraw();
}
export const clearVerdict = () => void (verdict = null);

export function drawVerdict() {
	return h(
		verdict ? (verdict.good ? 'div.verdict.good' : 'div.verdict.bad') : 'div.verdict',
		{ id: 'verdict', role: 'status', 'aria-live': 'assertive', 'aria-atomic': 'true', 'data-no': String(verdict?.no || 0) },
		verdict
			? [
					h('span.sign', { 'aria-hidden': 'true' }, verdict.good ? '✓' : '✕'),
					h('span.words', null, h('b', null, verdict.text), verdict.what ? h('span', null, verdict.what) : null),
				]
			: null,
	);
}

/* ---- scanning ---- */

/** @type {{stop: () => void, torch: (() => Promise<void>) | null} | null} */
let camera = null;
let cameraOpen = false;
let cameraError = '';
let typing = false;
let busy = Promise.resolve();
/** @type {(code: import('./code.js').Code, raw: string) => any} */
let taker = () => {};

/** @param {string} raw one scan after the other, never two at a time */
function take(raw) {
	const code = read(raw);
	if (code)
		busy = busy
			.then(() => taker(code, raw))
			.catch((e) => {
				console.error(e);
				say(
					false,
					e?.name === 'StoreFull' || e?.constructor?.name === 'StoreFull' ? t('post.store_full') : t('post.not_kept'),
					t('post.not_kept_do'),
				);
			});
}

export function closeCamera() {
	camera?.stop();
	camera = null;
	cameraOpen = false;
}

async function toggleCamera() {
	if (cameraOpen) {
		closeCamera();
		return redraw();
	}
	cameraOpen = true;
	cameraError = '';
	redraw();
	try {
		const video = /** @type {HTMLVideoElement} */ (document.getElementById('camera'));
		camera = await openCamera(video, take);
		if (!cameraOpen) closeCamera();
	} catch (e) {
		cameraOpen = false;
		cameraError = /** @type {any} */ (e)?.name === 'NotAllowedError' ? t('post.camera_refused') : t('post.camera_none');
	}
	redraw();
}

/** @param {Event} e */
function submitScan(e) {
	e.preventDefault();
	const input = /** @type {HTMLInputElement} */ (document.getElementById('scan'));
	const raw = input.value;
	input.value = '';
	take(raw);
}

function toggleTyping() {
	typing = !typing;
	redraw();
	const input = document.getElementById('scan');
	input?.blur(); // the keyboard comes with a new focus
	input?.focus();
}

/**
 * The box that takes scans: a hand scanner types into it, the camera reads into it, fingers may too.
 * @param {string} label what to scan now @param {(code: import('./code.js').Code, raw: string) => any} onCode
 */
export function scanBox(label, onCode) {
	taker = onCode;
	return h(
		'form.scan',
		{ onsubmit: submitScan, autocomplete: 'off', 'data-key': 'scan-form' },
		h('video', { id: 'camera', muted: true, playsinline: true, hidden: !cameraOpen, 'aria-label': t('post.camera') }),
		cameraError ? h('p.notice.bad', { role: 'alert' }, cameraError) : null,
		h('label', { for: 'scan' }, label),
		h('input', {
			id: 'scan',
			type: 'text',
			inputmode: typing ? 'text' : 'none',
			autocomplete: 'off',
			autocapitalize: 'characters',
			spellcheck: 'false',
			enterkeyhint: 'done',
		}),
		h(
			'div.row',
			null,
			h(
				'button',
				{ type: 'button', id: 'camera-button', 'aria-pressed': String(cameraOpen), onclick: toggleCamera },
				cameraOpen ? t('post.camera_close') : t('post.camera_open'),
			),
			camera?.torch ? h('button', { type: 'button', onclick: () => camera?.torch?.() }, t('post.torch')) : null,
			h('button', { type: 'button', id: 'type-button', 'aria-pressed': String(typing), onclick: toggleTyping }, t('post.type')),
			typing ? h('button.main', { type: 'submit' }, t('post.enter')) : null,
		),
	);
}

/** After drawing: the box has the focus, so that a hand scanner writes into it, unless another field has it. */
export function focusScan() {
	const input = document.getElementById('scan');
	const on = document.activeElement;
	if (input && (!on || on === document.body || on.id === 'title' || !on.isConnected)) input.focus({ preventScroll: true });
}

/* ---- numbers ---- */

/** @type {Record<string, string>} */
const pads = {};

/**
 * A number pad with keys for gloves. Tells nothing until "done" is pressed.
 * @param {{id: string, label: string, value: string, most?: number, point?: boolean, done: string,
 *     onChange: (text: string) => void, onDone: () => void}} o
 */
export function pad(o) {
	pads[o.id] = o.value;
	const press = (/** @type {string} */ key) => {
		const now = pads[o.id];
		const next = key === '⌫' ? now.slice(0, -1) : now + key;
		if (next.length <= (o.most || 5) && (next.match(/\./g) || []).length <= 1) {
			pads[o.id] = next;
			o.onChange(next);
		}
	};
	const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', o.point ? '.' : '', '0', '⌫'];
	return h(
		'div.pad',
		{ id: o.id, role: 'group', 'aria-label': o.label },
		h('output', { id: o.id + '-value', 'aria-live': 'polite' }, o.value || '–'),
		h(
			'div.keys',
			null,
			keys.map((k) =>
				k
					? h(
							'button',
							{ type: 'button', 'data-key': 'k' + k, 'aria-label': k === '⌫' ? t('post.backspace') : null, onclick: () => press(k) },
							k,
						)
					: h('span', { 'data-key': 'none' }),
			),
		),
		h('button.main', { type: 'button', id: o.id + '-done', disabled: !o.value, onclick: o.onDone }, o.done),
	);
}

/* ---- small things ---- */

/** @param {string} iso or ms; the clock on the wall of this phone's zone */
export function hhmm(iso) {
	const d = new Date(iso);
	return `${String(d.getHours()).padStart(2, '0')}:${String(d.getMinutes()).padStart(2, '0')}`;
}

/** @param {number} ms */
export function ageText(ms) {
	const min = Math.max(0, Math.floor(ms / 60000));
	return min < 60 ? t('post.age_min', { n: min }) : t('post.age_h', { h: Math.floor(min / 60), m: String(min % 60).padStart(2, '0') });
}

/** @param {string} title @param {any[]} rest */
export function heading(title, ...rest) {
	document.title = title + ' · ' + t('post.product');
	return h('header.view', { 'data-key': 'heading' }, h('h1', { id: 'title', tabindex: '-1' }, title), ...rest);
}

/**
 * @param {string} label @param {string} name @param {{value: string, text: string}[]} choices @param {string} value
 * @param {(value: string) => void} onChange
 */
export function choice(label, name, choices, value, onChange) {
	return h(
		'label.choice',
		{ 'data-key': name },
		label,
		h(
			'select',
			{ name, id: name, onchange: (/** @type {any} */ e) => onChange(e.target.value) },
			h('option', { value: '', selected: !value }, t('post.choose')),
			choices.map((c) => h('option', { value: c.value, selected: c.value === value }, c.text)),
		),
	);
}
