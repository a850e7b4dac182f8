// SPDX-License-Identifier: Apache-2.0
// bars.js - stacked bars by day, drawn here: small enough for the first page, and told by pattern as well as by colour.

import { html } from './dom.js';
import { number } from './format.js';

/** @typedef {{label: string, look: 'solid' | 'striped' | 'open'}} Series */

const HIGH = 160;
const WIDE = 640;
const BASE = 22; // below the bars: the days
const SIDE = 34; // left of them: the numbers

/** A round number not below n. @param {number} n */
function roundUp(n) {
	const step = 10 ** Math.floor(Math.log10(Math.max(1, n)));
	return [1, 2, 5, 10].map((x) => x * step).find((x) => x >= n) || n;
}

/** @param {Series['look']} look */
const fill = (look) => (look === 'striped' ? 'url(#bar-stripes)' : look === 'open' ? 'var(--empty)' : 'var(--full)');

/**
 * @param {{title: string, days: string[], series: Series[], values: number[][]}} o values[series][day]
 */
export function dayBars({ title, days, series, values }) {
	const sums = days.map((_, i) => values.reduce((n, v) => n + v[i], 0));
	const top = roundUp(Math.max(2, ...sums));
	const step = (WIDE - SIDE) / Math.max(1, days.length);
	const every = Math.ceil(days.length / 8);
	const y = (/** @type {number} */ n) => HIGH - (n / top) * (HIGH - 12);
	const bars = days.map((day, i) => {
		let below = 0;
		const x = SIDE + i * step + step * 0.1;
		return html`<g>
			<title>
				${day}: ${series.map((s, k) => `${s.label} ${number(values[k][i])}`).join(', ')}
			</title>
			${series.map((s, k) => {
				const from = below;
				below += values[k][i];
				if (!values[k][i]) return null;
				const high = y(from) - y(below);
				return html`<rect class="bar-part" x=${x} y=${y(below)} width=${step * 0.8} height=${high} fill=${fill(s.look)} />`;
			})}
		</g>`;
	});
	return html`<figure.bars>
		<svg viewBox="0 0 ${WIDE} ${HIGH + BASE}" role="img" aria-label=${title}>
			<defs>
				<pattern id="bar-stripes" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
					<rect width="6" height="6" fill="var(--empty)" />
					<rect width="2.5" height="6" fill="var(--full)" />
				</pattern>
			</defs>
			${[0, top / 2, top].map(
				(n) =>
					html`<g>
						<line class="bar-line" x1=${SIDE} x2=${WIDE} y1=${y(n)} y2=${y(n)} />
						<text class="bar-text" x=${SIDE - 6} y=${y(n) + 4} text-anchor="end">${number(n)}</text>
					</g>`,
			)}
			${bars}
			${days.map((day, i) =>
				(days.length - 1 - i) % every === 0
					? html`<text class="bar-text" x=${SIDE + (i + 0.5) * step} y=${HIGH + 16} text-anchor="middle">${day.slice(5)}</text>`
					: null,
			)}
		</svg>
		<figcaption.key aria-hidden="true">
			${series.map((s) => html`<span.swatch class=${{ solid: 'full', striped: 'hatched', open: 'empty' }[s.look]} /> ${s.label} `)}
		</figcaption>
	</figure>`;
}
