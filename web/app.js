// SPDX-License-Identifier: Apache-2.0
// app.js - the frame around every view: sign-in, menu, language, theme, state of the line; and which view an address means.

import { hasQuery, kinds, learnQueries, limits, me as askMe, onSignedOut, queryIfThere, signOut } from './core/api.js';
import { el, h, show } from './core/dom.js';
import { age, clockTime } from './core/format.js';
import { onChange, onLine, startLive, stopLive } from './core/live.js';
import { errorBox, heading, tickAges } from './core/page.js';
import { link, route } from './core/route.js';
import { mayRecord } from './domain/names.js';
import { leaveTour } from './domain/tour.js';
import { signInView } from './domain/sign_in.js';
import { below, fetchRest, menu, views } from './views.js';
import { applyLanguage, isZh, onLanguage, setLanguage, t } from './i18n.js';

const REST_MS = 5000; // after the first screen: what other screens need is fetched then
const frame = /** @type {HTMLElement} */ (document.getElementById('frame'));
const main = /** @type {HTMLElement} */ (document.getElementById('main'));

/** @type {any} */
let me = null;
/** @type {any[]} */
let outbreaks = [];
/** @type {import('./core/live.js').Line} */
let line = { up: false, since: Date.now() };
let wasUp = false;
let menuOpen = false;
/** @type {(() => void)[]} */
let leaving = [];
let visitNo = 0;
let shownView = '';

/** @param {any} raw what the server says of the session */
function reader(raw) {
	const rights = new Set((raw.rights || []).map((/** @type {string} */ r) => r.toUpperCase()));
	return {
		...raw,
		may: (/** @type {string} */ right) => right.toUpperCase() === 'NONE' || rights.has(right.toUpperCase()),
	};
}

/* ---- the frame ---- */

function themeChoice() {
	const chosen = document.documentElement.dataset.theme || 'auto';
	const change = (/** @type {any} */ e) => {
		const to = e.target.value;
		if (to === 'auto') delete document.documentElement.dataset.theme;
		else document.documentElement.dataset.theme = to;
		try {
			localStorage.setItem('theme', to);
		} catch {
			// the choice holds for this page only
		}
	};
	return h(
		'label.theme',
		null,
		h('span.quiet', null, t('theme')),
		h(
			'select',
			{ id: 'theme', onchange: change },
			['auto', 'light', 'dark'].map((x) => h('option', { value: x, selected: x === chosen }, t('theme.' + x))),
		),
	);
}

function languageButton() {
	return h(
		'button',
		{ id: 'language', type: 'button', lang: isZh() ? 'en' : 'zh-CN', onclick: () => setLanguage(isZh() ? 'en' : 'zh') },
		isZh() ? 'English' : '中文',
	);
}

/** The state of the line. Lost is said at once and stays in sight, with the time up to which the figures hold. */
function lineState() {
	if (!me) return null;
	if (line.up) return h('p.line.up', { id: 'line' }, h('span', { 'aria-hidden': 'true' }, '● '), t('line.up'));
	if (!wasUp) return h('p.line', { id: 'line' }, t('line.connecting'));
	return h(
		'p.line.down',
		{ id: 'line', role: 'alert' },
		h('span', { 'aria-hidden': 'true' }, '✕ '),
		t('line.down', { at: clockTime(line.since) }),
		' ',
		h('span', { id: 'line-age' }, t('line.age', { age: age(Date.now() - line.since) })),
	);
}

/** The menu's groups with the views that this reader has here. */
function menuOf() {
	return menu
		.map(([group, list]) => ({
			group,
			views: list
				.filter(([, name, right]) => (!name || hasQuery(name)) && (!right || right.split(' ').some(me.may)))
				.map(([view]) => view),
		}))
		.filter((g) => g.views.length);
}

function drawMenu() {
	const here = route().view;
	const shown = below[here] || here;
	const current = (/** @type {string} */ view) => (view === here ? 'page' : view === shown ? 'true' : null);
	const one = (/** @type {string} */ view, /** @type {string} */ name) =>
		h('a', { href: link(view), 'aria-current': current(view) }, t('nav.' + name));
	return h(
		'nav',
		{ id: 'menu', 'aria-label': t('menu') },
		h(
			'ul',
			null,
			menuOf().map(({ group, views }) =>
				views.length === 1
					? h('li', { 'data-key': group }, one(views[0], views[0]))
					: h(
							'li.group',
							{ 'data-key': group, class: views.includes(shown) ? 'here' : null },
							h('a.group-name', { href: link(views[0]) }, t('nav.' + group)),
							h(
								'ul',
								null,
								views.map((x) => h('li', { 'data-key': x }, one(x, x))),
							),
						),
			),
		),
	);
}

function drawFrame() {
	const outbreak = outbreaks.at(-1);
	document.body.classList.toggle('exercise', Boolean(me && outbreak?.exercise));
	document.body.classList.toggle('signed-in', Boolean(me));
	document.body.classList.toggle('menu-open', menuOpen);
	document.body.classList.toggle('line-down', Boolean(me && wasUp && !line.up));
	if (me && outbreak?.exercise) document.body.dataset.exercise = t('exercise');
	show(
		frame,
		h('a.skip', { href: '#main', onclick: (/** @type {Event} */ e) => (e.preventDefault(), main.focus()) }, t('skip')),
		h(
			'header',
			null,
			h(
				'div.top',
				null,
				h('a.name', { href: '#/board' }, t('name')),
				me
					? h(
							'button.menu-button',
							{
								id: 'menu-button',
								type: 'button',
								'aria-expanded': String(menuOpen),
								'aria-controls': 'menu',
								onclick: () => ((menuOpen = !menuOpen), drawFrame()),
							},
							t('menu'),
						)
					: null,
				h(
					'div.tools',
					null,
					lineState(),
					languageButton(),
					themeChoice(),
					me ? h('button', { id: 'sign-out', type: 'button', onclick: leave }, t('sign_out')) : null,
				),
			),
			me && outbreak?.exercise
				? h('p.exercise-band', { id: 'exercise' }, h('b', null, t('exercise')), ' · ', t('exercise.means'))
				: null,
		),
		me ? drawMenu() : null,
	);
}

/* ---- views ---- */

/** What was typed in the view, by name, so that switching the language loses nothing. */
function typed() {
	return [.../** @type {NodeListOf<HTMLInputElement>} */ (main.querySelectorAll('form [name]'))].map((x) => ({
		name: x.name,
		type: x.type,
		value: x.value,
		checked: x.checked,
	}));
}

/** @param {ReturnType<typeof typed>} was */
function typeAgain(was) {
	for (const x of /** @type {NodeListOf<HTMLInputElement>} */ (main.querySelectorAll('form [name]'))) {
		const old = was.find((o) => o.name === x.name && (x.type !== 'checkbox' || o.value === x.value));
		if (!old) continue;
		if (x.type === 'checkbox') x.checked = old.checked;
		else x.value = old.value;
	}
}

function leaveView() {
	for (const f of leaving) f();
	leaving = [];
	return ++visitNo;
}

/** What stood there before ends, with all that it is made of. @param {HTMLElement} root */
function put(root) {
	const old = main.firstElementChild;
	main.replaceChildren(root);
	if (old) show(old);
}

/** Shows the view that the address names. @param {{keep?: boolean}} [how] keep: the same view in another language */
async function visit({ keep = false } = {}) {
	if (!me) return signedOut();
	const no = leaveView();
	const { view, args } = route();
	const root = el('div.root');
	const was = keep ? typed() : [];
	const focused = /** @type {any} */ (document.activeElement);
	main.setAttribute('aria-busy', 'true');
	const v = {
		root,
		args,
		me,
		onLeave: (/** @type {() => void} */ f) => void leaving.push(f),
		left: () => no !== visitNo,
	};
	try {
		await (views[view] || unknown)(v);
	} catch (e) {
		if (!v.left())
			show(
				root,
				heading(t('error.title')),
				errorBox(e, () => visit()),
			);
	}
	if (v.left()) return;
	put(root);
	main.removeAttribute('aria-busy');
	if (keep) return typeAgain(was);
	const filter = view === shownView && focused?.name ? main.querySelector(`.filters [name="${focused.name}"]`) : null;
	if (filter) /** @type {HTMLElement} */ (filter).focus();
	else if (shownView) document.getElementById('title')?.focus({ preventScroll: true });
	if (view !== shownView) window.scrollTo(0, 0);
	shownView = view;
}

/** @param {import('./core/page.js').Visit} v */
async function unknown(v) {
	show(v.root, heading(t('unknown.title')), h('p', null, h('a', { href: '#/board' }, t('nav.board'))));
}

async function readOutbreaks() {
	outbreaks = (await queryIfThere('house.outbreaks'))?.rows || [];
	drawFrame();
}

/* ---- session ---- */

function signedOut() {
	leaveTour();
	leaveView();
	stopLive();
	me = null;
	wasUp = false;
	shownView = '';
	drawFrame();
	main.removeAttribute('aria-busy');
	signInView(main, enter);
}

async function leave() {
	try {
		await signOut();
	} finally {
		signedOut();
	}
}

async function enter() {
	try {
		me = reader(await askMe());
	} catch (e) {
		const status = /** @type {any} */ (e).status;
		if (status === 401) return signedOut();
		const root = el('div.root');
		show(root, heading(t('error.title')), errorBox(e, enter));
		return put(root);
	}
	await learnQueries().catch(() => {});
	limits.rows = me.may('EXPORT') ? 1000000 : 10000;
	startLive();
	mayRecord(new Set((await kinds().catch(() => [])).filter((k) => me.may(k.right)).map((k) => k.name)));
	await readOutbreaks().catch(() => drawFrame());
	await visit();
	window.setTimeout(fetchRest, REST_MS);
}

window.addEventListener('hashchange', () => {
	if (location.hash && !location.hash.startsWith('#/')) return;
	menuOpen = false;
	if (me) drawFrame();
	visit();
});
onSignedOut(() => me && signedOut());
onLanguage(() => {
	drawFrame();
	if (me) visit({ keep: true });
	else signInView(main, enter);
});
onChange((what) => {
	if (what.has('house') || what.has('*')) readOutbreaks().catch(() => {});
});
onLine((now) => {
	line = now;
	wasUp = wasUp || now.up;
	drawFrame();
});
setInterval(() => {
	tickAges();
	const el = document.getElementById('line-age');
	if (el) el.textContent = t('line.age', { age: age(Date.now() - line.since) });
}, 1000);

applyLanguage();
drawFrame();
enter();
