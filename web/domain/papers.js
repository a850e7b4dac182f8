// SPDX-License-Identifier: Apache-2.0
// papers.js - what a person is given: the secret link to his own page, and the codes of his certificates, to print or to show. The link is
// on this screen once and is kept nowhere.

import { certificateCode, pageLink, queryIfThere } from '../core/api.js';
import { announce, el, h, html, show } from '../core/dom.js';
import { time } from '../core/format.js';
import { errorText } from '../core/page.js';
import { act } from './names.js';
import { QUIET, qrPath } from './labels.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const SHOWN_MS = 10 * 60000; // then the code is taken off the screen

/** @param {string} text @param {string} label */
async function code(text, label) {
	const qr = await import('../vendor/lean-qr.js');
	const square = qr.generate(text);
	const side = square.size + 2 * QUIET;
	return html`<figure.paper-code>
		<svg class="qr" viewBox="0 0 ${side} ${side}" role="img" aria-label=${label} shape-rendering="crispEdges"><path d=${qrPath(square)} /></svg>
		<figcaption><code>${text}</code></figcaption>
	</figure>`;
}

/** The box on a person's screen. It stands outside of what is drawn anew, so that a link does not vanish before it is printed. @param {Visit} v @param {string} person */
export async function papersBox(v, person) {
	const out = el('div', { 'aria-live': 'polite' });
	let timer = 0;
	const hide = () => {
		clearTimeout(timer);
		show(out);
	};
	/** @param {() => Promise<{ text: string, label: string, note: string }>} ask */
	const give = (ask) => async () => {
		hide();
		try {
			const { text, label, note } = await ask();
			show(out, await code(text, label), h('p.note', null, note), h('p.screen-only', null, h('button', { type: 'button', onclick: () => window.print() }, t('papers.print')), ' ', h('button', { type: 'button', onclick: hide }, t('person.hide'))));
			announce(label);
			timer = window.setTimeout(hide, SHOWN_MS);
		} catch (x) {
			show(out, h('p.field-error', null, errorText(x)));
		}
	};
	v.onLeave(hide);
	const link = give(async () => {
		const answer = await pageLink(person);
		return { text: new URL(answer.path, location.href).href, label: t('papers.link'), note: t('papers.once') };
	});
	const certificates = (await queryIfThere('orders.certificates', { person }))?.rows || [];
	return el(
		'section.box',
		{ 'aria-labelledby': 'papers-title' },
		el('h2', { id: 'papers-title' }, t('papers.title')),
		el('p.note', null, t('papers.about')),
		el('p.acts', null, el('button', { type: 'button', onclick: link }, t('papers.new_link'))),
		...certificates.map((c) =>
			el(
				'p',
				null,
				w(c.kind, 'certificate') + ' · ' + time(c.issued_at) + ' ',
				el('button', { type: 'button', onclick: give(async () => ({ text: (await certificateCode(c.certificate)).text, label: w(c.kind, 'certificate'), note: t('papers.verify') })) }, t('papers.show')),
			),
		),
		el('p', null, act('orders.certificate_issued', { person }, t('papers.issue'))),
		out,
	);
}
