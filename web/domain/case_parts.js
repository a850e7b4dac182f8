// SPDX-License-Identifier: Apache-2.0
// case_parts.js - parts of a case file: the line of its days with every stay, what changed since the last signature, and what other rules
// would find.

import { h, html } from '../core/dom.js';
import { number, shortTime, time } from '../core/format.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { useState } from '../vendor/hooks.js';
import { badge, entity } from './names.js';
import { t, w } from '../i18n.js';

const DAY_MS = 86400000;
const HOUR_MS = 3600000;
const WIDE = 720;
const LINE = 22;
const TOP = 26;

/** @param {string} iso midnight before, in the offset that the instant carries */
const midnight = (iso) => Date.parse(iso.slice(0, 10) + 'T00:00:00' + iso.slice(19).replace(/^\.\d+/, ''));

/**
 * One row for each day of the window: what could infect is shaded, stays are bars, what happened to the case are marks.
 * @param {any} c the case @param {any[]} stays
 */
export function stayLine(c, stays) {
	const events = /** @type {[string, string][]} */ ([
		['onset_at', t('case.onset')],
		['sampled_at', t('case.sampled')],
		['opened_at', t('case.opened_at')],
		['isolated_at', t('case.isolated_at')],
	]).filter(([k]) => c[k]);
	const instants = [c.window_from, c.window_to, ...events.map(([k]) => c[k]), ...stays.flatMap((s) => [s.from_at, s.until_at])].filter(Boolean);
	if (!instants.length) return null;
	const first = instants.reduce((a, b) => (Date.parse(b) < Date.parse(a) ? b : a));
	const last = instants.reduce((a, b) => (Date.parse(b) > Date.parse(a) ? b : a));
	const from = midnight(first);
	const days = Math.min(31, Math.floor((Date.parse(last) - from) / DAY_MS) + 1);
	const high = TOP + days * LINE + 6;
	const left = 64;
	const x = (/** @type {number} */ ms) => left + (ms / DAY_MS) * (WIDE - left - 8);
	/** Cuts a span at midnights. @param {number} a @param {number} b @param {string} cls @param {string} title */
	const pieces = (a, b, cls, title) =>
		Array.from({ length: days }, (_, d) => {
			const [d0, d1] = [from + d * DAY_MS, from + (d + 1) * DAY_MS];
			const [s, e] = [Math.max(a, d0), Math.min(b, d1)];
			if (e <= s) return null;
			const inset = cls === 'window' ? 1 : 5;
			return html`<rect class=${cls} x=${x(s - d0)} y=${TOP + d * LINE + inset} width=${Math.max(2, x(e - d0) - x(s - d0))} height=${LINE - 2 * inset}><title>${title}</title></rect>`;
		});
	const until = c.window_to ? Date.parse(c.window_to) : from + days * DAY_MS;
	const marks = events.map(([k, text], i) => {
		const ms = Date.parse(c[k]) - from;
		const d = Math.floor(ms / DAY_MS);
		return html`<g class="event"><path d="M${x(ms - d * DAY_MS)} ${TOP + d * LINE}v${LINE}" /><circle cx=${x(ms - d * DAY_MS)} cy=${TOP + d * LINE + LINE / 2} r="8" />
			<text x=${x(ms - d * DAY_MS)} y=${TOP + d * LINE + LINE / 2 + 4} text-anchor="middle">${i + 1}</text><title>${text} ${time(c[k])}</title></g>`;
	});
	const label = t('line.says', { from: first.slice(0, 10), n: stays.length });
	return html`<section aria-labelledby="line-title">
		<h2 id="line-title">${t('line.title')}</h2>
		<div.scroll tabindex="0" role="region" aria-label=${label}><svg.stay-line viewBox="0 0 ${WIDE} ${high}" role="img" aria-label=${label}>
			${[0, 6, 12, 18, 24].map((hour) => html`<g><text class="bar-text" x=${x(hour * HOUR_MS)} y="16" text-anchor=${hour === 24 ? 'end' : 'middle'}>${hour}:00</text><path class="bar-line" d="M${x(hour * HOUR_MS)} ${TOP}v${days * LINE}" /></g>`)}
			${Array.from({ length: days }, (_, d) => html`<text class="bar-text" x="4" y=${TOP + d * LINE + 15}>${new Date(from + d * DAY_MS + 12 * HOUR_MS).toISOString().slice(5, 10)}</text>`)}
			${c.window_from ? pieces(Date.parse(c.window_from), until, 'window', t('case.window')) : null}
			${stays.map((s) => pieces(Date.parse(s.from_at), s.until_at ? Date.parse(s.until_at) : Date.parse(s.from_at) + HOUR_MS, 'stay', `${shortTime(s.from_at)} – ${shortTime(s.until_at)}`))}
			${marks}
		</svg></div>
		<p.key><span><i.line-mark.window aria-hidden="true" /> ${t('case.window')}</span> <span><i.line-mark.stay aria-hidden="true" /> ${t('line.stay')}</span>
			${events.map(([k, text], i) => html` <span><b>${i + 1}</b> ${text} ${time(c[k])}</span>`)}</p>
	</section>`;
}

/** @param {any[]} rows of tracing.changes */
export function changeTable(rows) {
	if (!rows.length) return null;
	return h(
		'section',
		{ 'aria-labelledby': 'changes-title' },
		h('h2', { id: 'changes-title' }, t('changes.title')),
		h('p.note', null, t('changes.note')),
		table({
			caption: t('changes.title'),
			rows,
			keyOf: (r) => r.person + r.change,
			columns: [
				{ key: 'person', label: t('col.person'), head: true, cell: (r) => entity('person', r.person) },
				{ key: 'change', label: t('changes.what'), cell: (r) => badge(r.change === 'left' ? 'none' : 'close', w(r.change, 'change')) },
				{ key: 'why', label: t('changes.why'), cell: (r) => w(r.why, 'change') },
				{ key: 'minutes', label: t('changes.minutes'), num: true, cell: (r) => `${number(r.minutes_before)} → ${number(r.minutes)}` },
				{ key: 'place', label: t('case.place'), cell: (r) => entity('place', r.place) },
				{ key: 'at', label: t('col.time'), cell: (r) => time(r.at) },
			],
		}),
	);
}

export const WHAT_IF_MINUTES = [1, 5, 10, 15, 20, 30, 45, 60, 90, 120];

/** A slider over rules: how many persons would be proposed. @param {{rows: any[], case_: string}} p rows of tracing.what_if */
export function WhatIf({ rows, case_ }) {
	const steps = rows.filter((r) => r.min_minutes !== null).sort((a, b) => a.min_minutes - b.min_minutes);
	const now = rows.find((r) => r.min_minutes === null);
	const [i, setI] = useState(Math.max(0, steps.findIndex((r) => r.min_minutes === 15)));
	if (steps.length < 2) return null;
	const at = steps[Math.min(i, steps.length - 1)];
	const text = t('what_if.says', { min: at.min_minutes, n: at.hop1 ?? 0 });
	return html`<section aria-labelledby="what-if-title">
		<h2 id="what-if-title">${t('what_if.title')}</h2>
		<p.note>${t('what_if.note')}</p>
		<label class="slider">${t('what_if.minutes')}
			<input type="range" name="minutes" min="0" max=${steps.length - 1} value=${i} aria-valuetext=${text} oninput=${(/** @type {any} */ e) => setI(Number(e.target.value))} />
		</label>
		<p.sum role="status">${text}${now ? ' · ' + t('what_if.rules', { n: now.hop1 ?? 0 }) : ''}</p>
		<p><a href=${link('trace', { case: case_, min_minutes: at.min_minutes })}>${t('what_if.list')}</a></p>
	</section>`;
}
