// SPDX-License-Identifier: Apache-2.0
// labels.js - sheets of labels for tubes, boxes and rooms: QR and Code 128, drawn as SVG so that they print sharp. The libraries are
// fetched when this page is opened.

import { html, show } from '../core/dom.js';
import { heading } from '../core/page.js';
import { adjust } from '../core/route.js';
import { t } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const MOST = 960;
export const QUIET = 2; // modules around a QR code on the sheet, besides the gap between labels

/** @param {any} args @returns {string[]} */
export function codesOf(args) {
	const first = Math.max(0, Number(args.first) || 1);
	const n = Math.min(MOST, Math.max(1, Number(args.count) || 40));
	const digits = Math.max(String(first + n - 1).length, Number(args.digits) || 4);
	return Array.from({ length: n }, (_, i) => (args.prefix ?? 'T') + String(first + i).padStart(digits, '0'));
}

/** @param {any} code a bitmap of lean-qr */
export function qrPath(code) {
	let d = '';
	for (let y = 0; y < code.size; y++)
		for (let x = 0; x < code.size; x++) if (code.get(x, y)) d += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
	return d;
}

/** @param {string} bits "1101..." */
function barPath(bits) {
	return [...bits.matchAll(/1+/g)].map((m) => `M${m.index} 0h${m[0].length}v1h-${m[0].length}z`).join('');
}

/** @param {Visit} v */
export async function labels(v) {
	const [qr] = await Promise.all([import('../vendor/lean-qr.js'), import('../vendor/code128.js')]);
	const barcode = /** @type {any} */ (window).JsBarcode;
	const bits = (/** @type {string} */ text) => {
		/** @type {any} */
		const out = {};
		barcode(out, text, { format: 'CODE128' });
		return out.encodings.map((/** @type {any} */ e) => e.data).join('');
	};
	const args = { prefix: 'T', first: '1', count: '40', digits: '4', look: 'both', ...v.args };
	const draw = () => {
		const drawOne = (/** @type {string} */ code) => {
			const square = args.look !== 'bars' ? qr.generate(code) : null;
			const line = args.look !== 'qr' ? bits(code) : '';
			const side = square ? square.size + 2 * QUIET : 0;
			return html`<li.label data-key=${code}>
				${square && html`<svg class="qr" viewBox="0 0 ${side} ${side}" role="img" aria-label=${'QR ' + code} shape-rendering="crispEdges"><path d=${qrPath(square)} /></svg>`}
				<span.label-side>
					${line && html`<svg class="code128" viewBox="-10 0 ${line.length + 20} 1" preserveAspectRatio="none" role="img" aria-label=${'Code 128 ' + code} shape-rendering="crispEdges"><path d=${barPath(line)} /></svg>`}
					<b>${code}</b>
				</span>
			</li>`;
		};
		const change = (/** @type {any} */ e) => {
			const f = e.currentTarget.elements;
			for (const k of /** @type {(keyof typeof args)[]} */ (['prefix', 'first', 'count', 'digits', 'look'])) args[k] = f[k].value.trim();
			adjust(args);
			draw();
		};
		const bad = /[^\x20-\x7e]/.test(args.prefix);
		const field = (/** @type {string} */ name, /** @type {string} */ mode) =>
			html`<label.filter>${t('labels.' + name)}<input name=${name} type="text" inputmode=${mode} maxlength="24" value=${/** @type {any} */ (args)[name]} /></label>`;
		show(
			v.root,
			heading(t('labels.title')),
			html`<p.screen-only>${t('labels.intro', { n: MOST })}</p>
				<form.filters.screen-only onchange=${change} onsubmit=${(/** @type {Event} */ e) => e.preventDefault()}>
					${field('prefix', 'text')} ${field('first', 'numeric')} ${field('count', 'numeric')} ${field('digits', 'numeric')}
					<label.filter>${t('labels.look')}<select name="look">${['both', 'qr', 'bars'].map((x) => html`<option value=${x} selected=${args.look === x}>${t('labels.look.' + x)}</option>`)}</select></label>
					<button type="button" onclick=${() => window.print()}>${t('labels.print')}</button>
				</form>`,
			bad ? html`<p.notice.bad role="alert">${t('labels.plain')}</p>` : html`<ul.sheet aria-label=${t('labels.sheet')}>${codesOf(args).map(drawOne)}</ul>`,
		);
	};
	draw();
}
