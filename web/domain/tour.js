// SPDX-License-Identifier: Apache-2.0
// tour.js - five minutes through the exercise: each step opens a screen, points at one thing and says what it is for. It stands beside
// the work and blocks nothing; keys: right and left arrow, Escape ends it.

import { announce, html, show } from '../core/dom.js';
import { hasQuery } from '../core/api.js';
import { isZh, onLanguage, t } from '../i18n.js';

/** A step: name of its texts, address, what it points at, the query without which there is nothing to show. @type {[string, string, string, string?][]} */
const all = [
	['clocks', '#/board', '#clocks'],
	['tiles', '#/board', '.tiles'],
	['map', '#/board', '#map'],
	['missing', '#/missing', 'main .table'],
	['duties', '#/duties', 'main .table'],
	['many', '#/duties', 'thead .tick'],
	['bench', '#/bench', '#load-title'],
	['case', '#/cases', 'main .table'],
	['zones', '#/zones', 'main .table', 'zones.zones'],
	['sites', '#/sites', 'main', 'isolation.sites'],
	['record', '#/record', 'main ul'],
	['help', '#/start', 'main ol'],
];
const WAIT_MS = 4000;

let at = -1;
/** @type {Element | null} */
let marked = null;
let watch = 0;

const steps = () => all.filter(([, , , name]) => !name || hasQuery(name));
const host = () => /** @type {HTMLElement} */ (document.getElementById('tour'));

function unmark() {
	clearInterval(watch);
	marked?.classList.remove('tour-here');
	marked = null;
}

/** Points at the thing as soon as its screen is drawn. @param {string} selector */
function mark(selector) {
	unmark();
	const began = Date.now();
	watch = window.setInterval(() => {
		const busy = document.querySelector('main[aria-busy]');
		const found = busy ? null : document.querySelector(selector);
		if (!found && Date.now() - began < WAIT_MS) return;
		clearInterval(watch);
		if (!found) return;
		marked = found;
		found.classList.add('tour-here');
		found.scrollIntoView({ block: 'nearest' });
		document.getElementById('tour-title')?.focus({ preventScroll: true });
	}, 100);
}

function draw() {
	const list = steps();
	const step = list[at];
	if (!step) return show(host());
	const to = (/** @type {number} */ n) => () => goTo(n);
	show(
		host(),
		html`<aside.tour aria-labelledby="tour-title" onkeydown=${onKey} lang=${isZh() ? 'zh-CN' : 'en'}>
			<p.note>${t('tour.step', { n: at + 1, of: list.length })}</p>
			<h2 id="tour-title" tabindex="-1">${t('tour.' + step[0])}</h2>
			<p>${t('tour.' + step[0] + '.says')}</p>
			<p>
				<button type="button" onclick=${to(at - 1)} disabled=${at === 0}>${t('table.before')}</button>${' '}
				${at < list.length - 1 ? html`<button type="button" id="tour-next" onclick=${to(at + 1)}>${t('table.next')}</button>` : null}
				${' '}<button type="button" id="tour-end" onclick=${endTour}>${t(at < list.length - 1 ? 'tour.skip' : 'tour.end')}</button>
			</p>
		</aside>`,
	);
}

/** @param {number} n */
function goTo(n) {
	const list = steps();
	if (n < 0 || n >= list.length) return;
	at = n;
	const [name, hash, selector] = list[n];
	if (location.hash !== hash) location.hash = hash;
	draw();
	announce(t('tour.' + name));
	mark(selector);
}

/** @param {KeyboardEvent} e */
function onKey(e) {
	if (e.key === 'Escape') endTour();
	else if (e.key === 'ArrowRight') goTo(at + 1);
	else if (e.key === 'ArrowLeft') goTo(at - 1);
	else return;
	e.preventDefault();
}

export function startTour() {
	goTo(0);
}

export function endTour() {
	at = -1;
	unmark();
	try {
		localStorage.setItem('tour.done', '1');
	} catch {
		// it is offered again next time
	}
	draw();
	document.getElementById('title')?.focus();
}

/** Takes the tour away without a word: the reader has left. */
export function leaveTour() {
	at = -1;
	unmark();
	draw();
}

/** Offers the tour on the board of an exercise until it was taken or declined. @param {() => void} again draws the board anew */
export function tourOffer(again) {
	try {
		if (at >= 0 || localStorage.getItem('tour.done')) return null;
	} catch {
		return null;
	}
	const no = () => {
		endTour();
		again();
	};
	return html`<aside.box.next aria-labelledby="tour-offer" data-key="tour">
		<h2 id="tour-offer">${t('tour.offer')}</h2>
		<p>${t('tour.offer.says')}</p>
		<p><button type="button" id="tour-start" onclick=${startTour}>${t('tour.start')}</button>${' '}<button type="button" onclick=${no}>${t('tour.no')}</button></p>
	</aside>`;
}

onLanguage(() => at >= 0 && draw());
