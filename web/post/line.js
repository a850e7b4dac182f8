// SPDX-License-Identifier: Apache-2.0
// line.js - the line to the server: is it up, and how far is this phone's clock from the server's. Requests carry the token of the
// user who makes them, never a cookie: whoever else signs in on this phone cannot send under that name.

/** @typedef {{code: string, at?: string, what?: string, text?: string, hint?: string}} Refusal */

export class LineError extends Error {
	/** @param {number} status 0 = no answer @param {Refusal} refusal */
	constructor(status, refusal) {
		super(refusal.text || refusal.code);
		this.status = status;
		this.refusal = refusal;
	}
}

const ANSWER_MS = 20000; // an answer that takes longer is none: a cut line must not hold the post
const RTT_MS = 4000; // slower answers say too little of the clock

/** up: null = not known yet. ahead: ms by which this phone's clock is ahead of the server's; null = never compared. */
export const line = {
	/** @type {boolean | null} */ up: null,
	/** @type {number | null} */ ahead: null,
	comparedAt: 0,
};
/** @type {Set<() => void>} */
const watchers = new Set();
/** @param {() => void} f called when something of `line` changed */
export const onLine = (f) => void watchers.add(f);

/** @param {boolean} up */
function setUp(up) {
	if (line.up === up) return;
	line.up = up;
	for (const f of watchers) f();
}

/** The answer names the server's second; its middle is compared with the middle of our waiting. @param {Response} res @param {number} began */
function compareClocks(res, began) {
	const said = Date.parse(res.headers.get('Date') || '');
	const now = Date.now();
	if (Number.isNaN(said) || now - began > RTT_MS || now < began) return;
	const ahead = (began + now) / 2 - (said + 500);
	const moved = line.ahead === null || Math.abs(line.ahead - ahead) > 2000;
	if (moved) line.ahead = Math.abs(ahead) < 1500 ? 0 : Math.round(ahead / 1000) * 1000;
	line.comparedAt = now;
	if (moved) for (const f of watchers) f();
}

/**
 * @param {string} path below /api/ @param {{token?: string | null, body?: any, lang?: string}} [o]
 * @returns {Promise<any>}
 */
export async function call(path, { token, body, lang } = {}) {
	/** @type {Record<string, string>} */
	const headers = { 'X-Sushui': '1' };
	if (token) headers.Authorization = `Bearer ${token}`;
	if (body !== undefined) headers['Content-Type'] = 'application/json';
	if (lang) headers['Accept-Language'] = lang;
	const began = Date.now();
	let res, text;
	try {
		res = await fetch('/api/' + path, {
			method: body === undefined ? 'GET' : 'POST',
			headers,
			body: body === undefined ? undefined : JSON.stringify(body),
			credentials: 'omit',
			cache: 'no-store',
			signal: AbortSignal.timeout(ANSWER_MS),
		});
		text = await res.text();
	} catch {
		setUp(false);
		throw new LineError(0, { code: 'NO_ANSWER' });
	}
	compareClocks(res, began);
	/** @type {any} */
	let answer = null;
	try {
		answer = text ? JSON.parse(text) : null;
	} catch {
		// a proxy's page in place of an answer: as good as none
	}
	const lost = res.status >= 502 && res.status <= 504 && !answer;
	setUp(!lost);
	if (lost) throw new LineError(0, { code: 'NO_ANSWER' });
	if (res.ok) return answer;
	throw new LineError(res.status, answer?.error || { code: String(res.status) });
}

/** A declared query. @param {string} name "testing.missing" @param {Record<string, any>} args @param {string} token */
export function ask(name, args, token) {
	const q = new URLSearchParams();
	for (const [k, v] of Object.entries(args)) if (v !== undefined && v !== null && v !== '') q.set(k, String(v));
	return call(`${name.replace('.', '/')}?${q}`, { token });
}
