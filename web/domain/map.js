// SPDX-License-Identifier: Apache-2.0
// map.js - the county without a tile server: each village where the register says it lies, inside the outline of its town; without
// coordinates the villages stand in rows by town. State is told by shape and word, colour repeats it.

import { h, html } from '../core/dom.js';
import { number } from '../core/format.js';
import { t } from '../i18n.js';

/**
 * @typedef {{state: 'late' | 'close' | 'ok' | 'none', n: number, text: string, zone?: string}} Mark
 * @typedef {{code: string, name: string, x: number, y: number, town: string}} Spot
 */

const WIDE = 640;
const HIGH = 380;
const EDGE = 48;
const LABELS_N = 24; // with more villages only those that are not in order are named

const town = (/** @type {string} */ code) => code.slice(0, 9) + '000';
const isVillage = (/** @type {any} */ a) => !a.code.endsWith('000');

/** Andrew's monotone chain. @param {{x: number, y: number}[]} points */
function hull(points) {
	const p = [...points].sort((a, b) => a.x - b.x || a.y - b.y);
	const cross = (/** @type {any} */ o, /** @type {any} */ a, /** @type {any} */ b) =>
		(a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
	const half = (/** @type {any[]} */ list) => {
		const out = [];
		for (const one of list) {
			while (out.length > 1 && cross(out[out.length - 2], out[out.length - 1], one) <= 0) out.pop();
			out.push(one);
		}
		return out.slice(0, -1);
	};
	return p.length < 3 ? p : [...half(p), ...half([...p].reverse())];
}

/** Where each village is drawn, by longitude and latitude. @param {any[]} villages @returns {Spot[]} */
function byPlace(villages) {
	const mid = villages.reduce((n, a) => n + a.lat, 0) / villages.length;
	const k = Math.cos((mid * Math.PI) / 180);
	const xs = villages.map((a) => a.lon * k);
	const ys = villages.map((a) => -a.lat);
	const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
	const scale = Math.min((WIDE - 2 * EDGE) / (x1 - x0 || 1), (HIGH - 2 * EDGE) / (y1 - y0 || 1));
	const dx = (WIDE - (x1 - x0) * scale) / 2;
	const dy = (HIGH - (y1 - y0) * scale) / 2;
	return villages.map((a, i) => ({
		code: a.code,
		name: a.name,
		town: town(a.code),
		x: dx + (xs[i] - x0) * scale,
		y: dy + (ys[i] - y0) * scale,
	}));
}

/** Without coordinates: a row of villages for each town. @param {any[]} villages @returns {Spot[]} */
function byTown(villages) {
	const towns = [...new Set(villages.map((a) => town(a.code)))];
	const across = Math.max(...towns.map((c) => villages.filter((a) => town(a.code) === c).length));
	const step = Math.min(60, (WIDE - 2 * EDGE) / Math.max(1, across - 1));
	const down = Math.min(60, (HIGH - 2 * EDGE) / Math.max(1, towns.length - 1));
	const seen = new Map();
	return villages.map((a) => {
		const c = town(a.code);
		const i = seen.get(c) || 0;
		seen.set(c, i + 1);
		return { code: a.code, name: a.name, town: c, x: EDGE + i * step, y: EDGE + towns.indexOf(c) * down };
	});
}

/** @param {Spot} s @param {Mark} m @param {number} r */
function shape(s, m, r) {
	const size = r + Math.min(r, Math.sqrt(m.n));
	if (m.state === 'late')
		return html`<rect class="spot late" x=${s.x - size} y=${s.y - size} width=${2 * size} height=${2 * size} />`;
	if (m.state === 'close')
		return html`<path class="spot close" d="M${s.x} ${s.y - size - 2}l${size + 2} ${2 * size}h${-2 * size - 4}z" />`;
	return html`<circle class="spot ${m.state}" cx=${s.x} cy=${s.y} r=${size} />`;
}

/**
 * @param {{areas: any[], mark: (code: string) => Mark, href: (code: string) => string, label: string}} o
 */
export function map({ areas, mark, href, label }) {
	const now = areas.filter((a) => isVillage(a) && !a.until_at);
	if (!now.length) return null;
	const placed = now.filter((a) => a.lon !== null && a.lat !== null);
	const real = placed.length >= now.length / 2 && placed.length > 0;
	const spots = real ? byPlace(placed) : byTown(now);
	const r = spots.length > 80 ? 5 : spots.length > 30 ? 7 : 10;
	const outlines = real
		? [...new Set(spots.map((s) => s.town))].map((c) => {
				const edge = hull(spots.filter((s) => s.town === c));
				return html`<path class="outline" d=${'M' + edge.map((p) => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`).join('L') + 'z'} />`;
			})
		: null;
	const named = (/** @type {Mark} */ m) => spots.length <= LABELS_N || m.state === 'late' || m.state === 'close' || m.zone;
	return html`<figure.map>
		<svg viewBox="0 0 ${WIDE} ${HIGH}" role="group" aria-label=${label}>
			${outlines}
			${spots.map((s) => {
				const m = mark(s.code);
				const said = [s.name, m.text, m.zone].filter(Boolean).join(': ');
				return html`<a href=${href(s.code)} data-key=${s.code}>
					<title>${said}</title>
					${m.zone ? html`<circle class="zone-ring" cx=${s.x} cy=${s.y} r=${r * 2.6} />` : null} ${shape(s, m, r)}
					${named(m) ? html`<text class="spot-name" x=${s.x} y=${s.y + (m.zone ? 2.6 : 2) * r + 16} text-anchor="middle">${s.name.split(' ')[0]}${m.n ? ' ' + number(m.n) : ''}</text>` : null}
				</a>`;
			})}
		</svg>
		<figcaption.key>
			${['late', 'close', 'ok'].map((x) => h('span', null, h('i.key-mark.' + x, { 'aria-hidden': 'true' }), ' ', t('map.' + x), ' '))}
			${real ? null : html`<small>${t('map.no_places')}</small>`}
		</figcaption>
	</figure>`;
}
