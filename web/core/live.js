// SPDX-License-Identifier: Apache-2.0
// live.js - follows the ledger: says which domains changed, at most once a second, and whether the line is up.

import { me } from './api.js';

const QUIET_MS = 1000; // at most one refresh in that time
const IDLE_MS = 30000; // lateness grows without any fact: look again after that time
const RETRY_MS = 3000;

/** @typedef {{up: boolean, since: number}} Line */

/** @type {EventSource | null} */
let source = null;
/** @type {Line} */
let line = { up: false, since: Date.now() };
/** @type {Set<(domains: Set<string>) => void>} */
const listeners = new Set();
/** @type {Set<(line: Line) => void>} */
const watchers = new Set();
/** @type {Set<string>} */
let changed = new Set();
let timer = 0;
let idle = 0;
let retry = 0;
let lastFlush = 0;

/** @param {boolean} up */
function setLine(up) {
	if (line.up === up) return;
	line = { up, since: Date.now() };
	for (const w of watchers) w(line);
}

function flush() {
	timer = 0;
	lastFlush = Date.now();
	const domains = changed;
	changed = new Set();
	clearTimeout(idle);
	idle = window.setTimeout(() => note(['*']), IDLE_MS);
	if (!document.hidden) for (const l of listeners) l(domains);
	else changed = domains;
}

/** @param {string[]} kinds names of facts; "*" = everything may have changed */
export function note(kinds) {
	for (const k of kinds) changed.add(k.split('.')[0]);
	if (!timer) timer = window.setTimeout(flush, Math.max(50, lastFlush + QUIET_MS - Date.now()));
}

/** @param {MessageEvent} e */
function onFacts(e) {
	let kinds = ['*'];
	try {
		const told = JSON.parse(e.data);
		kinds = Array.isArray(told.kinds) && told.kinds.length ? told.kinds : ['*'];
	} catch {
		// an event we cannot read still tells that something changed
	}
	note(kinds);
}

function connect() {
	clearTimeout(retry);
	source?.close();
	source = new EventSource('api/events');
	source.onopen = () => {
		setLine(true);
		note(['*']);
	};
	source.onmessage = onFacts;
	source.addEventListener('facts', onFacts);
	source.addEventListener('reset', () => note(['*']));
	source.onerror = () => {
		setLine(false);
		// the browser gives up after an HTTP error; we do not, unless the session is what ended
		if (source?.readyState !== EventSource.CLOSED) return;
		me().catch(() => {});
		retry = window.setTimeout(connect, RETRY_MS);
	};
}

export function startLive() {
	if (!source) connect();
}

export function stopLive() {
	clearTimeout(retry);
	clearTimeout(idle);
	clearTimeout(timer);
	timer = 0;
	source?.close();
	source = null;
	setLine(false);
}

/** @param {(domains: Set<string>) => void} f @returns {() => void} call it to stop */
export function onChange(f) {
	listeners.add(f);
	return () => listeners.delete(f);
}

/** @param {(line: Line) => void} f */
export function onLine(f) {
	watchers.add(f);
	f(line);
	return () => watchers.delete(f);
}

document.addEventListener('visibilitychange', () => {
	if (!document.hidden && source) note(['*']);
});
window.addEventListener('offline', () => setLine(false));
window.addEventListener('online', () => source && connect());
