// SPDX-License-Identifier: Apache-2.0
// qr.js - a QR code on the screen, for another phone to read.

import { h } from '../core/dom.js';
import { generate } from '../vendor/lean-qr.js';

const QUIET = 4; // modules of light around it

/** @param {string} text @param {string} label what it is, for those who cannot see it */
export function qrPicture(text, label) {
	const code = generate(text);
	const n = code.size + 2 * QUIET;
	let path = '';
	for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + QUIET} ${y + QUIET}h1v1h-1z`;
	return h(
		'svg.qr',
		{ viewBox: `0 0 ${n} ${n}`, role: 'img', 'aria-label': label, 'data-key': 'qr', 'data-text': text, 'shape-rendering': 'crispEdges' },
		h('rect', { width: n, height: n, fill: '#fff' }),
		h('path', { d: path, fill: '#000' }),
	);
}
