// SPDX-License-Identifier: Apache-2.0
// chart.js - a drawing by ECharts, which is fetched when the first one is shown. What it shows stands beside it as text or as a table,
// since a canvas says nothing to a screen reader. Tooltips are drawn and not made of HTML: the Content-Security-Policy refuses that.

import { html } from './dom.js';
import { useEffect, useRef } from '../vendor/hooks.js';

/** The colours of the theme that is shown now. */
export function colours() {
	const style = getComputedStyle(document.documentElement);
	const read = (/** @type {string} */ name) => style.getPropertyValue('--' + name).trim();
	return {
		text: read('text'),
		soft: read('soft'),
		line: read('line'),
		card: read('card'),
		late: read('late'),
		close: read('close'),
		ok: read('ok'),
		full: read('full'),
		link: read('link'),
	};
}

/**
 * @param {{options: (c: ReturnType<typeof colours>) => any, label: string, high?: string, onPick?: (data: any) => void, on: any}} p
 *   on: changes when the drawing must be made anew
 */
export function Chart({ options, label, high, onPick, on }) {
	const place = useRef(/** @type {any} */ (null));
	const pick = useRef(onPick);
	pick.current = onPick;
	useEffect(() => {
		/** @type {any} */
		let chart = null;
		let gone = false;
		const draw = () => {
			const c = colours();
			const base = {
				animation: false,
				backgroundColor: 'transparent',
				textStyle: { color: c.text, fontFamily: getComputedStyle(document.body).fontFamily },
				tooltip: { renderMode: 'richText', backgroundColor: c.card, textStyle: { color: c.text }, borderColor: c.line },
			};
			chart.setOption({ ...base, ...options(c) }, true);
		};
		/** @type {any} */
		let library = null;
		// a view is drawn before it stands in the page: there is nothing to draw on until it has a size
		const size = new ResizeObserver(() => {
			if (!library || !place.current?.clientWidth) return;
			if (chart) return chart.resize();
			chart = library.init(place.current, null, { renderer: 'canvas' });
			chart.on('click', (/** @type {any} */ e) => pick.current?.(e.data));
			draw();
			place.current.dataset.drawn = '1';
		});
		const theme = new MutationObserver(() => chart && draw());
		import('../vendor/echarts.js').then((echarts) => {
			if (gone || !place.current) return; // the reader went on before it was there
			library = echarts;
			size.observe(place.current);
			theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
		});
		return () => {
			gone = true;
			size.disconnect();
			theme.disconnect();
			chart?.dispose();
		};
	}, [on]);
	return html`<div.chart ref=${place} role="img" aria-label=${label} style=${{ height: high || '26rem' }} />`;
}
