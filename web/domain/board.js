// SPDX-License-Identifier: Apache-2.0
// board.js - the first screen and the wall: clocks first, then who is missing, where, what must be done, what the laboratory says.
// The board of one area is the same board, asked for that area: from the county down to the village, and from there to the person.

import { queryIfThere } from '../core/api.js';
import { h, html, show } from '../core/dom.js';
import { number, span } from '../core/format.js';
import { asOf, heading, keepFresh, section } from '../core/page.js';
import { link } from '../core/route.js';
import { caseSection, curveSection, dutySection, laboratorySection, mapSection, roomSection, strip, unitSection } from './board_parts.js';
import { clockState, clockTable, worstFirst } from './clocks.js';
import { newestRound } from './choices.js';
import { coverageSection } from './coverage.js';
import { areaName, badge, forgetAreas, loadAreas } from './names.js';
import { nextStep } from './start.js';
import { tourOffer } from './tour.js';
import { t, w } from '../i18n.js';

const URGENT_N = 8;
const CASES_N = 10000;
const WALL_CLOCKS_N = 8;

/**
 * Each part of the board: which domains' facts change it, and how it is asked for (a: the area that is looked at).
 * @type {[string, string[], (a: string) => Promise<any>][]}
 */
const parts = [
	['outbreaks', ['house'], () => queryIfThere('house.outbreaks')],
	['register', ['people'], (area) => queryIfThere('people.register_count', { area })],
	['campaigns', ['testing'], () => queryIfThere('testing.campaigns')],
	['rounds', ['testing'], () => queryIfThere('testing.rounds')],
	['clocks', ['*'], (area) => queryIfThere('house.clocks', { area })],
	['counts', ['*'], (area) => queryIfThere('house.duty_counts', { area })],
	['duties', ['*'], (area) => queryIfThere('house.duties', { area, limit: URGENT_N })],
	['dutyAreas', ['*'], (area) => queryIfThere('house.duty_areas', { area, limit: 10000 })],
	['units', ['people'], (area) => queryIfThere('people.units', { area })],
	['laboratories', ['testing'], (area) => queryIfThere('testing.laboratories', { area })],
	['positives', ['testing'], (area) => queryIfThere('testing.positives', { area })],
	['cases', ['tracing'], (area) => queryIfThere('tracing.cases', { area, limit: CASES_N })],
	['zones', ['zones'], (area) => queryIfThere('zones.zones', { area })],
	['sites', ['isolation'], (area) => queryIfThere('isolation.sites', { area })],
];
/** Facts of these domains change what must be done. */
const DOMAINS = ['house', 'people', 'testing', 'tracing', 'zones', 'isolation', 'transfer', 'homecare', 'orders'];

/** @param {any} d the board's data so far @param {Set<string>} what @param {string} area */
async function fetchParts(d, what, area) {
	const stale = parts.filter(
		([name, on]) => !(name in d) || what.has('*') || on[0] === '*' || on.some((x) => what.has(x)),
	);
	if (what.has('people')) forgetAreas();
	const [answers, areas] = await Promise.all([Promise.all(stale.map(([, , get]) => get(area))), loadAreas()]);
	const fresh = { ...d, area };
	stale.forEach(([name], i) => (fresh[name] = answers[i]));
	fresh.areas = areas.filter((a) => !area || a.code.startsWith(area.replace(/0+$/, '')));
	const round = newestRound(fresh.rounds?.rows || []);
	if (!round) fresh.coverage = null;
	else if (what.has('*') || what.has('testing') || what.has('people') || !d.coverage)
		fresh.coverage = await queryIfThere('testing.coverage', { campaign: round.campaign, round: round.round, area });
	fresh.round = round;
	fresh.got = Date.now();
	return fresh;
}

/** The way back up from an area that is looked at. @param {any} d */
function crumbs(d) {
	if (!d.area) return null;
	const up = [d.area.slice(0, 6) + '000000', d.area.slice(0, 9) + '000', d.area];
	const all = [...new Set(up)];
	return html`<nav.crumbs aria-label=${t('board.where')}>
		${all.map((code, i) =>
			i === all.length - 1
				? html`<b aria-current="page">${areaName(code)}</b>`
				: html`<span><a href=${link('board', { area: i ? code : '' })}>${areaName(code)}</a> › </span>`,
		)}
	</nav>`;
}

/** @param {any} d @param {() => void} again */
function draw(d, again) {
	const outbreak = (d.outbreaks?.rows || []).at(-1);
	const edition = outbreak
		? [outbreak.edition ? t('board.edition', { edition: outbreak.edition }) : t('board.no_edition'), ' · ']
		: null;
	return [
		heading(
			d.area ? areaName(d.area) : outbreak ? outbreak.name : t('board.title'),
			h('p.meta', null, edition, asOf(d.got), ' · ', h('a', { href: link('wall', { area: d.area }) }, t('board.to_wall'))),
		),
		crumbs(d),
		d.area ? null : nextStep(d),
		!d.area && outbreak?.exercise ? tourOffer(again) : null,
		strip(d),
		section(
			'clocks',
			t('clock.title'),
			d.clocks?.rows.length ? clockTable(d.clocks.rows, true) : h('p', null, t('clock.empty')),
		),
		h('div.columns', null, mapSection(d), curveSection(d)),
		coverageSection(d),
		h(
			'div.columns',
			null,
			h('div', null, dutySection(d)),
			h('div', null, laboratorySection(d), roomSection(d), caseSection(d), unitSection(d)),
		),
	];
}

/** @param {import('../core/page.js').Visit} v */
export async function board(v) {
	/** @type {any} */
	let d = {};
	const again = () => show(v.root, draw(d, again));
	await keepFresh(v, DOMAINS, async (what) => (d = await fetchParts(d, what, v.args.area || '')), (now) => draw(now, again));
}

/* ---- the wall ---- */

/** @param {any} c */
function wallClock(c) {
	const state = clockState(c);
	return html`<li class=${'wall-clock ' + state} data-key=${c.clock}>
		<span.wall-name>${w(c.clock, 'clock')}</span>
		<span.wall-now>${c.running ? span(c.oldest_ms) : '–'}</span>
		<span.wall-limit>${c.limit_ms ? t('wall.limit', { limit: span(c.limit_ms) }) : t('limit.none')}</span>
		${badge(state, c.running_late ? t('wall.late', { n: number(c.running_late) }) : undefined)}
	</li>`;
}

/** @param {any} d */
function drawWall(d) {
	const outbreak = (d.outbreaks?.rows || []).at(-1);
	const full = () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen());
	return [
		heading(
			d.area ? areaName(d.area) : outbreak?.name || t('board.title'),
			html`<p.meta>
				${asOf(d.got)} · <a href=${link('board', { area: d.area })}>${t('wall.leave')}</a>
				${' '}<button type="button" onclick=${full}>${t('wall.full')}</button>
			</p>`,
		),
		strip(d),
		html`<div.wall-columns>
			<ol.wall-clocks aria-label=${t('clock.title')}>${worstFirst(d.clocks?.rows || []).slice(0, WALL_CLOCKS_N).map(wallClock)}</ol>
			<div>${mapSection(d)}${curveSection(d)}</div>
		</div>`,
	];
}

/** The same figures for a screen on the wall: read from across the room, nothing to press. @param {import('../core/page.js').Visit} v */
export async function wallBoard(v) {
	document.body.classList.add('wall');
	v.onLeave(() => document.body.classList.remove('wall'));
	/** @type {any} */
	let d = {};
	await keepFresh(v, DOMAINS, async (what) => (d = await fetchParts(d, what, v.args.area || '')), drawWall);
}
