// SPDX-License-Identifier: Apache-2.0
// post.js - the frame of the posts on a phone: who is signed in, what waits, the line, the clock; and which post the address means.

import { h, show } from '../core/dom.js';
import { uuid7 } from '../core/uuid.js';
import { applyLanguage, isZh, onLanguage, setLanguage, t } from './i18n.js';
import { get, keepForGood, put } from './store.js';
import { line, onLine } from './line.js';
import { outbreakNow, readList } from './lists.js';
import { lookIn, may, onSession, session, startLife } from './session.js';
import { isSending, kick, lineMayBeBack, onQueue, openQueue, refused, setDevice, tidyPhone, times, waiting } from './queue.js';
import { clearVerdict, closeCamera, drawVerdict, focusScan, heading, setRedraw } from './ui.js';
import { signInView } from './sign_in.js';
import { takeUpdates, versionReady, restart } from './update.js';

/**
 * A post: what it draws, and what it does when it is left.
 * @typedef {{draw: () => any, leave?: () => void}} View
 */
/** The posts, in the order of the day, with the rights of which one is needed. @type {Record<string, [string[], () => Promise<View>]>} */
const posts = {
	sample: [['SAMPLE'], async () => (await import('./sample_view.js')).sampleView()],
	courier: [['COURIER', 'LAB'], async () => (await import('./courier_view.js')).courierView()],
	isolation: [['SITE'], async () => (await import('./isolation_view.js')).isolationView()],
	visit: [['FOLLOW'], async () => (await import('./visit_view.js')).visitView()],
};
/** @type {Record<string, () => Promise<View>>} */
const others = {
	waiting: async () => (await import('./waiting_view.js')).waitingView(),
	phone: async () => (await import('./phone_view.js')).phoneView(),
};
const CLOCK_WRONG_MS = 60000;

const frame = /** @type {HTMLElement} */ (document.getElementById('frame'));
const main = /** @type {HTMLElement} */ (document.getElementById('main'));
/** @type {View | null} */
let view = null;
let shown = '';
let visitNo = 0;

/** @param {string} name */
const allowed = (name) => posts[name][0].some(may);
const here = () => location.hash.replace(/^#\/?/, '').split('?')[0];

/* ---- the frame ---- */

function waitingBadge() {
	const n = waiting();
	const bad = refused();
	return h(
		bad ? 'a.badge.bad' : n ? 'a.badge.some' : 'a.badge',
		{ href: '#/waiting', id: 'waiting', 'data-n': String(n), 'data-refused': String(bad) },
		h('span', { 'aria-hidden': 'true' }, isSending() ? '⇡ ' : ''),
		bad ? t('post.refused_n', { n: bad }) + ' · ' : '',
		t('post.waiting_n', { n }),
	);
}

function lineBadge() {
	const up = line.up && session.me?.token;
	return h(
		up ? 'span.line.up' : 'span.line',
		{ id: 'line' },
		h('span', { 'aria-hidden': 'true' }, up ? '● ' : '○ '),
		line.up === null ? t('post.line_unknown') : line.up ? t('post.line_up') : t('post.line_down'),
	);
}

/** What is wrong with this phone and what to do about it. */
function bars() {
	const ahead = line.ahead || 0;
	const off = Math.abs(ahead) >= CLOCK_WRONG_MS;
	const min = Math.round(Math.abs(ahead) / 60000);
	const span =
		min >= 60 ? t('post.age_h', { h: Math.floor(min / 60), m: String(min % 60).padStart(2, '0') }) : t('post.age_min', { n: min });
	return [
		session.me && outbreakNow.exercise
			? h('p.bar.exercise', { id: 'exercise', 'data-key': 'exercise' }, h('b', null, t('post.exercise')), ' · ', t('post.exercise_means'))
			: null,
		session.me && !session.me.token && line.up !== false
			? h(
					'div.bar.bad',
					{ id: 'ended', role: 'alert', 'data-key': 'ended' },
					h('p', null, t('post.ended', { n: waiting() })),
					h('p', null, h('a.button', { href: '#/phone' }, t('post.sign_in_again'))),
				)
			: null,
		off
			? h(
					'div.bar.bad',
					{ id: 'clock', role: 'alert', 'data-key': 'clock' },
					h(
						'p',
						null,
						t(ahead > 0 ? 'post.clock_ahead' : 'post.clock_behind', { span }),
						' ',
						times.byServer ? t('post.clock_by_server') : t('post.clock_set'),
					),
					times.byServer || !session.me ? null : h('p', null, h('a.button', { href: '#/phone' }, t('post.clock_what'))),
				)
			: null,
		versionReady()
			? h(
					'div.bar',
					{ id: 'update', 'data-key': 'update' },
					h('p', null, t('post.update_ready')),
					h('p', null, h('button', { type: 'button', onclick: restart }, t('post.update_now'))),
				)
			: null,
	];
}

function drawFrame() {
	show(
		frame,
		h('a.skip', { href: '#main', onclick: (/** @type {Event} */ e) => (e.preventDefault(), main.focus()) }, t('post.skip')),
		h(
			'header.top',
			null,
			session.me && here()
				? h('a.home', { href: '#/', 'aria-label': t('post.home'), 'data-key': 'back' }, h('span', { 'aria-hidden': 'true' }, '‹'))
				: h('a.home', { href: '#/', 'data-key': 'home' }, t('post.name')),
			session.me ? waitingBadge() : null,
			lineBadge(),
			h(
				'button',
				{ id: 'language', type: 'button', lang: isZh() ? 'en' : 'zh-CN', onclick: () => setLanguage(isZh() ? 'en' : 'zh') },
				isZh() ? 'EN' : '中',
			),
		),
		h('div.bars', { role: 'region', 'aria-label': t('post.notices'), 'data-key': 'bars' }, bars()),
	);
}

/* ---- views ---- */

/** @returns {View} */
function home() {
	const card = (/** @type {string} */ name, /** @type {string} */ href) =>
		h('a.card', { href, 'data-key': name, id: 'go-' + name }, h('b', null, t('post.go_' + name)), h('span', null, t('post.about_' + name)));
	return {
		draw: () => [
			heading(t('post.home')),
			h(
				'nav.cards',
				{ 'aria-label': t('post.home') },
				Object.keys(posts)
					.filter(allowed)
					.map((n) => card(n, '#/' + n)),
				card('waiting', '#/waiting'),
				card('phone', '#/phone'),
			),
			Object.keys(posts).some(allowed) ? null : h('p.notice', null, t('post.no_post')),
		],
	};
}

function redraw() {
	drawFrame();
	if (!view) return;
	const step = () => main.querySelector('section')?.dataset.key || '';
	const before = step();
	show(main, drawVerdict(), view.draw());
	if (before !== step()) window.scrollTo(0, 0); // another step begins at its top
	focusScan();
}

async function visit() {
	const no = ++visitNo;
	const name = here();
	view?.leave?.();
	closeCamera();
	clearVerdict();
	if (!session.me) {
		view = signInView();
		shown = '';
		return redraw();
	}
	try {
		const next = posts[name] && allowed(name) ? await posts[name][1]() : others[name] ? await others[name]() : home();
		if (no !== visitNo) return;
		view = next;
	} catch (e) {
		if (no !== visitNo) return;
		console.error(e);
		view = { draw: () => [heading(t('post.home')), h('p.notice.bad', { role: 'alert' }, t('post.not_opened'))] };
	}
	show(main);
	redraw();
	if (shown !== name) window.scrollTo(0, 0);
	if (!document.getElementById('scan')) document.getElementById('title')?.focus({ preventScroll: true });
	shown = name;
}

/* ---- start ---- */

async function readDevice() {
	let d = await get('phone', 'device');
	if (!d) {
		d = { name: 'device', id: uuid7() };
		await put('phone', d);
	}
	setDevice('phone-' + d.id.slice(-8));
}

async function start() {
	applyLanguage();
	try {
		if (localStorage.getItem('theme') === 'contrast') document.documentElement.dataset.theme = 'contrast';
	} catch {
		// the device's look
	}
	setRedraw(redraw);
	if (!window.isSecureContext || !navigator.serviceWorker || !crypto.subtle || !window.indexedDB) {
		drawFrame();
		return show(main, heading(t('post.name')), h('p.notice.bad', { role: 'alert', id: 'needs-https' }, t('post.needs_https')));
	}
	await readDevice();
	await tidyPhone();
	onLine(() => {
		if (line.up) kick();
		redraw();
	});
	onQueue(redraw);
	onSession(async () => {
		await openQueue();
		await readList('choices').catch(() => {});
		if (session.me) keepForGood().catch(() => {});
		if (session.me && view && shown !== '') redraw();
		else visit();
	});
	onLanguage(redraw);
	window.addEventListener('hashchange', visit);
	window.addEventListener('online', () => (lookIn(), lineMayBeBack()));
	document.addEventListener('visibilitychange', () => {
		if (document.hidden) closeCamera();
		else {
			lookIn();
			lineMayBeBack();
		}
	});
	startLife();
	takeUpdates(redraw);
	await visit();
	lookIn();
}

start().catch((e) => {
	console.error(e);
	show(main, heading(t('post.name')), h('p.notice.bad', { role: 'alert' }, t('post.no_store')));
});
