// SPDX-License-Identifier: Apache-2.0
// clocks.js - each hand-over against the protocol's limit, worst first.

import { h } from '../core/dom.js';
import { limit, number, shortTime, span } from '../core/format.js';
import { link } from '../core/route.js';
import { table } from '../core/table.js';
import { badge } from './names.js';
import { t, w } from '../i18n.js';

/** Where the things are that a clock is running for. @type {Record<string, [string, Record<string, string>]>} */
const behind = {
	swab_to_close: ['tubes', { stage: 'open' }],
	close_to_send: ['tubes', { stage: 'closed' }],
	send_to_receive: ['tubes', { stage: 'sent' }],
	receive_to_result: ['tubes', { stage: 'received' }],
	result_to_report: ['tubes', { stage: 'plated' }],
	swab_to_report: ['tubes', {}],
	pool_retest: ['duties', { kind: 'testing.retest' }],
	report: ['duties', { kind: 'tracing.open_case' }],
	positive_transfer: ['duties', { kind: 'tracing.isolate_case' }],
	core_facts: ['duties', { kind: 'tracing.core_facts' }],
	investigation: ['duties', { kind: 'tracing.investigate' }],
	contact_in_isolation: ['duties', { kind: 'tracing.transfer' }],
	zone_publish: ['zones', {}],
	first_round_sealed: ['duties', { kind: 'zones.first_round' }],
	first_round_controlled: ['duties', { kind: 'zones.first_round' }],
	door_to_call: ['duties', { kind: 'homecare.call_back' }],
	code_appeal: ['appeals', {}],
	urgent_request: ['help', {}],
};
const CLOSE = 0.75; // of the limit

/** @param {any} c @returns {'late' | 'close' | 'ok' | 'none'} */
export function clockState(c) {
	if (c.running_late > 0) return 'late';
	if (!c.limit_ms) return 'none';
	if (c.running > 0 && c.oldest_ms >= CLOSE * c.limit_ms) return 'close';
	return 'ok';
}

/** Larger is worse. @param {any} c */
function badness(c) {
	const order = { late: 3, close: 2, ok: 1, none: 0 }[clockState(c)];
	const ran = c.limit_ms ? c.oldest_ms / c.limit_ms : 0;
	const took = c.limit_ms ? c.p95_ms / c.limit_ms : 0;
	return order * 1000 + Math.min(499, Math.max(ran, 0)) + Math.min(499, took) / 1000;
}

/** @param {any[]} clocks */
export const worstFirst = (clocks) => [...clocks].sort((a, b) => badness(b) - badness(a));

/** @param {any} c */
function name(c) {
	const to = behind[c.clock];
	const text = w(c.clock, 'clock');
	return to ? h('a', { href: link(to[0], to[1]) }, text) : text;
}

/** @param {any} c what has not come to its end, and for how long */
function running(c) {
	if (!c.running) return t('clock.none_running');
	return [
		h('b', null, span(c.oldest_ms)),
		' ',
		h('small', null, t('clock.running', { n: c.running, count: number(c.running), at: shortTime(c.oldest_at) })),
	];
}

/** @param {any} c */
function late(c) {
	const parts = [];
	if (c.running_late) parts.push(t('clock.running_late', { n: number(c.running_late) }));
	if (c.late) parts.push(t('clock.was_late', { n: number(c.late), of: number(c.closed) }));
	return parts.length ? parts.join(' · ') : '0';
}

/** @param {any[]} clocks @param {boolean} [brief] */
export function clockTable(clocks, brief) {
	return table({
		caption: t('clock.caption'),
		brief,
		rows: worstFirst(clocks),
		keyOf: (c) => c.clock,
		classOf: (c) => 'is-' + clockState(c),
		columns: [
			{ key: 'clock', label: t('clock.name'), head: true, cell: name },
			{ key: 'state', label: t('clock.state'), cell: (c) => badge(clockState(c)) },
			{ key: 'limit_ms', label: t('clock.limit'), num: true, cell: (c) => limit(c.limit_ms) },
			{ key: 'oldest_ms', label: t('clock.oldest'), num: true, cell: running },
			{
				key: 'p50_ms',
				minor: true,
				label: t('clock.median'),
				num: true,
				cell: (c) => (c.closed ? span(c.p50_ms) : '–'),
			},
			{ key: 'p95_ms', minor: true, label: t('clock.p95'), num: true, cell: (c) => (c.closed ? span(c.p95_ms) : '–') },
			{ key: 'worst_ms', minor: true, label: t('clock.worst'), num: true, cell: (c) => (c.closed ? span(c.worst_ms) : '–') },
			{ key: 'late', minor: true, label: t('clock.late'), num: true, cell: late },
		],
	});
}
