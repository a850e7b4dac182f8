// SPDX-License-Identifier: Apache-2.0
// api.js - the only place that talks to the server: declared queries, facts, session.

import { link } from './route.js';

/**
 * What the server says when it says no.
 * @typedef {{code: string, at?: string, what?: string, text?: string, hint?: string}} Refusal
 */
/** @typedef {{query: string, county: string, now: string, rows: any[], more: boolean, got: number}} Answer */
/** @typedef {{id: string, ok: boolean, seq?: number, error?: Refusal}} Verdict */

export class ApiError extends Error {
	/** @param {number} status 0 = no answer from the server @param {Refusal} refusal */
	constructor(status, refusal) {
		super(refusal.text || refusal.code);
		this.status = status;
		this.refusal = refusal;
	}
}

/**
 * Difference between the server's clock and ours, from the last answer, and the jurisdiction's offset from UTC in minutes.
 */
export const clock = { skew: 0, offset: -new Date().getTimezoneOffset() };

/** @param {string} iso the "now" of an answer */
function tell(iso) {
	const zone = /([+-])(\d\d):(\d\d)$/.exec(iso);
	clock.skew = Date.parse(iso) - Date.now();
	clock.offset = zone ? (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 60 + Number(zone[3])) : 0;
}

/** Most rows that the reader may ask for at once: more than 10,000 need the right to export. */
export const limits = { rows: 10000 };

/** The server's present instant. */
export function now() {
	return Date.now() + clock.skew;
}

/** @type {(() => void) | null} called when the session has ended */
let ended = null;
/** @param {() => void} f */
export function onSignedOut(f) {
	ended = f;
}

/** @param {string} path @param {RequestInit} [init] */
async function call(path, init) {
	let res;
	let text;
	try {
		res = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...init });
		text = await res.text();
	} catch {
		throw new ApiError(0, { code: 'NO_ANSWER' });
	}
	let body = null;
	try {
		body = text ? JSON.parse(text) : null;
	} catch {
		body = null;
	}
	if (res.ok) return body;
	const refusal = body?.error || { code: String(res.status) };
	if (res.status === 401 && path !== 'api/sign-in' && ended) ended();
	throw new ApiError(res.status, refusal);
}

/** Address of a declared query. @param {string} name "testing.missing" @param {Record<string, any>} [args] */
export function queryPath(name, args) {
	return 'api/' + name.replace('.', '/') + link('', args).slice(2);
}

/** Runs a declared query. @param {string} name @param {Record<string, any>} [args] @returns {Promise<Answer>} */
export async function query(name, args) {
	const answer = await call(queryPath(name, args));
	tell(answer.now);
	answer.got = Date.now();
	return answer;
}

/**
 * A declared query as the server tells of it.
 * @typedef {{name: string, type: string, required?: boolean, words?: string[], entity?: string, en: string, zh: string}} Told
 * @typedef {{name: string, en: string, zh: string, right: string, params: Told[], columns: Told[]}} Asked
 */

/** The queries that this server has; null until they are known. @type {Map<string, Asked> | null} */
let known = null;

/** Learns which queries there are, so that a screen never asks for one that is not. */
export async function learnQueries() {
	if (known) return;
	const { queries } = await call('api/queries', { cache: 'no-cache' });
	known = new Map(queries.map((/** @type {Asked} */ q) => [q.name, q]));
}

/** @param {string} name of a query */
export const hasQuery = (name) => !known || known.has(name);
/** @param {string} name @returns {Asked | undefined} */
export const askedOf = (name) => known?.get(name);
export const allQueries = () => [...(known?.values() || [])];

/**
 * The same, null when this server has no such query or the reader may not ask it.
 * @param {string} name
 * @param {Record<string, any>} [args]
 */
export async function queryIfThere(name, args) {
	if (!hasQuery(name)) return null;
	try {
		return await query(name, args);
	} catch (e) {
		if (!(e instanceof ApiError) || (e.status !== 404 && e.status !== 403)) throw e;
		return null;
	}
}

/** @param {string} path @param {any} body */
function post(path, body) {
	return call(path, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', 'X-Sushui': '1' },
		body: JSON.stringify(body),
	});
}

/** @param {string} login @param {string} password */
export const signIn = (login, password) => post('api/sign-in', { login, password });
export const signOut = () => post('api/sign-out', {});
export const me = () => call('api/me');

/** Sends facts; each gets its own verdict. @param {any[]} facts @returns {Promise<Verdict[]>} */
export async function sendFacts(facts) {
	const answer = await post('api/facts', { facts });
	return answer.verdicts || answer.facts || answer;
}

/** @param {string[]} subjects @param {string} purpose */
export const openPersonal = (subjects, purpose) => post('api/personal/open', { subjects, purpose });

/** A new secret link for a person's own page. @param {string} person */
export const pageLink = (person) => post('api/orders/page', { person });
/** The signed code of a certificate. @param {string} id */
export const certificateCode = (id) => call('api/orders/certificate/' + id);

/** @type {Promise<any[]> | null} */
let kindList = null;
/** The kinds of facts with their fields. @returns {Promise<any[]>} */
export function kinds() {
	kindList =
		kindList ||
		call('api/kinds').then(
			(a) => a.kinds || a,
			(e) => {
				kindList = null;
				throw e;
			},
		);
	return kindList;
}
