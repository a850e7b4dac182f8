// SPDX-License-Identifier: Apache-2.0
// queue.js - the facts that were recorded on this phone. Each is kept, sealed, before the good tone sounds; it goes to the server when there is
// a line and leaves the queue only when the server says that it has it. Its id is made here, so that sending twice records once.

import { all, allOf, del, put, within } from './store.js';
import { call, line, LineError } from './line.js';
import { session, sessionEnded } from './session.js';
import { seal, unseal } from './vault.js';
import { uuid7 } from '../core/uuid.js';

const BATCH = 50; // the server decodes that many at once without queueing them
const SENT_KEPT_MS = 48 * 3600 * 1000; // what was sent is remembered that long, without personal data, to catch a second scan
const LIST_KEPT_MS = 72 * 3600 * 1000; // as long as a user may work without a word of the server
const RETRY_MS = [1500, 3000, 5000, 10000, 15000];
/** What stays on the phone of a fact that the server has: ids, labels and counts. Names, documents, addresses, temperatures and texts go. */
const STAYS = new Set(
	'person household tube campaign round site box laboratory room visit help half meal found goods bags swabs_n tubes_n seen_n served_n'.split(
		' ',
	),
);

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {'waiting' | 'refused' | 'sent'} state
 * @property {any} fact  as it goes to the server
 * @property {any} note  what the post wants to remember of it: the label of a tube, the name of a room
 * @property {boolean} [frozen] was on its way once: its content may no longer change under this id
 * @property {boolean} [held]   not sent yet, so that it can be taken back
 * @property {any} [error]  why it was refused
 * @property {number} [sent_at]
 */

/** @type {Map<string, Entry>} those of the user who is signed in */
let entries = new Map();
/** @type {Set<() => void>} */
const watchers = new Set();
let timer = 0;
let tries = 0;
let sending = false;
let owner = '';

/** @param {() => void} f called after each change */
export const onQueue = (f) => void watchers.add(f);
const tell = () => watchers.forEach((f) => f());

/** In the order in which they were recorded. @param {(e: Entry) => boolean} [which] @returns {Entry[]} */
export const list = (which) => [...entries.values()].filter(which || (() => true)).sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
export const waiting = () => list((e) => e.state === 'waiting').length;
export const refused = () => list((e) => e.state === 'refused').length;
export const isSending = () => sending;

/** @param {Entry} e */
async function keep(e) {
	const me = /** @type {import('./session.js').Me} */ (session.me);
	const { id, state, ...rest } = e;
	const sealed = await seal(me.key, rest, `fact ${me.user} ${id}`);
	await put('facts', { id, user: me.user, state, at: Date.now(), ...sealed });
}

/** The id of this phone: told with each fact. */
let device = '';
/** @param {string} id */
export const setDevice = (id) => void (device = id);

/** Whether the times of facts are taken from the server's clock: chosen by the user, shown all the time. */
export const times = { byServer: false };
/** The instant of what happens now, ms. */
export const nowAt = () => Date.now() - (times.byServer && line.ahead ? line.ahead : 0);

/**
 * A new fact; nothing is kept yet.
 * @param {string} kind @param {any} body @param {{outbreak?: string | null, area: string, at?: number}} about
 */
export function makeFact(kind, body, { outbreak, area, at }) {
	const clean = Object.fromEntries(Object.entries(body).filter(([, v]) => v !== undefined && v !== null && v !== ''));
	/** @type {any} */
	const fact = { id: uuid7(), kind, area, device };
	if (outbreak) fact.outbreak = outbreak;
	fact.at = new Date(at || nowAt()).toISOString();
	fact.recorded = new Date().toISOString(); // what this phone's own clock says, right or wrong
	fact.body = clean;
	return fact;
}

/** Throws away, of whomever it is: lists that are too old to work with, and what is remembered of facts that were sent long ago. */
export async function tidyPhone() {
	const now = Date.now();
	const [lists, facts] = await Promise.all([all('lists'), all('facts')]);
	const old = lists.filter((x) => now - x.at > LIST_KEPT_MS);
	const sent = facts.filter((x) => x.state === 'sent' && now - x.at > SENT_KEPT_MS);
	await within(['lists', 'facts'], 'readwrite', (at) => {
		for (const x of old) at('lists').delete([x.user, x.name]);
		for (const x of sent) at('facts').delete(x.id);
	});
}

/** Opens what waits of the user who signed in. */
export async function openQueue() {
	const me = session.me;
	if (!me) {
		entries = new Map();
		owner = '';
		clearTimeout(timer);
		return tell();
	}
	if (owner === me.user) return kick();
	const rows = await allOf('facts', me.user);
	/** @type {Map<string, Entry>} */
	const opened = new Map();
	for (const row of rows) {
		const rest = await unseal(me.key, row, `fact ${me.user} ${row.id}`);
		opened.set(row.id, { id: row.id, state: row.state, ...rest, held: false });
	}
	if (session.me !== me) return;
	entries = opened;
	owner = me.user;
	tell();
	kick();
}

/**
 * Keeps facts; they are on the phone when the promise is kept, all or none. hold: the last one waits until it is let go.
 * @param {any[]} facts @param {any} [note] @param {{hold?: boolean}} [how]
 */
export async function add(facts, note = null, { hold = false } = {}) {
	const me = session.me;
	if (!me) throw new Error('nobody is signed in');
	/** @type {Entry[]} */
	const made = facts.map((fact) => ({ id: fact.id, state: 'waiting', fact, note, held: hold }));
	const sealed = await Promise.all(
		made.map(async ({ id, state, ...rest }) => ({
			id,
			user: me.user,
			state,
			at: Date.now(),
			...(await seal(me.key, rest, `fact ${me.user} ${id}`)),
		})),
	);
	await within(['facts'], 'readwrite', (at) => sealed.forEach((x) => at('facts').put(x)));
	if (session.me !== me) return;
	for (const e of made) entries.set(e.id, e);
	tell();
	kick();
}

/** What is held may go. */
export function letGo() {
	let any = false;
	for (const e of entries.values())
		if (e.held) {
			e.held = false;
			any = true;
		}
	if (any) kick();
}

/** Takes a fact back that never left the phone, or was refused. @param {string[]} ids @returns {Promise<boolean>} false: it is gone out */
export async function takeBack(ids) {
	const mine = ids.map((id) => entries.get(id));
	if (mine.some((e) => !e || e.state === 'sent' || (e.state === 'waiting' && e.frozen))) return false;
	for (const e of mine) if (e) e.held = true; // not sent while it is being removed
	await within(['facts'], 'readwrite', (at) => ids.forEach((id) => at('facts').delete(id)));
	for (const id of ids) entries.delete(id);
	tell();
	return true;
}

/**
 * A refused fact, mended: it goes again, as a new one where the server holds another under its id.
 * @param {string} id @param {(fact: any) => void} change
 */
export async function mend(id, change) {
	const e = entries.get(id);
	if (!e || (e.state !== 'refused' && e.frozen)) return;
	const fact = structuredClone(e.fact);
	change(fact);
	const reused = e.error?.code === 'id_reused';
	if (reused) fact.id = uuid7();
	/** @type {Entry} */
	const next = { id: fact.id, state: 'waiting', fact, note: e.note };
	await keep(next);
	if (reused) await del('facts', id);
	entries.delete(id);
	entries.set(next.id, next);
	tell();
	kick();
}

/** Before it leaves for the first time: how far this phone's clock was from the server's is told with it. @param {Entry} e */
async function freeze(e) {
	if (e.frozen) return;
	e.frozen = true;
	const s = line.ahead === null ? null : Math.round(line.ahead / 1000);
	if (s) e.fact.device = `${device} clock ${s > 0 ? '+' : ''}${s}s`.slice(0, 64);
	await keep(e);
}

/** @param {any} fact */
function without(fact) {
	const body = Object.fromEntries(Object.entries(fact.body).filter(([k]) => STAYS.has(k)));
	return { ...fact, body };
}

/** @param {Entry} e @param {any} verdict */
async function settle(e, verdict) {
	if (verdict.ok) {
		Object.assign(e, { state: 'sent', sent_at: Date.now(), fact: without(e.fact), error: null });
	} else if (verdict.error?.code === 'read_only' || verdict.error?.code === 'busy') {
		return false; // the server's trouble, not the fact's
	} else {
		Object.assign(e, { state: 'refused', error: verdict.error || { code: '?' } });
	}
	await keep(e);
	return true;
}

/**
 * Hands facts in. Where the request as a whole is not taken, each goes alone, so that one cannot hold up the others.
 * @param {Entry[]} batch @param {string} token @returns {Promise<{verdicts: any[]}>}
 */
async function hand(batch, token) {
	const lang = document.documentElement.lang;
	try {
		return await call('facts', { token, body: { facts: batch.map((e) => e.fact) }, lang });
	} catch (e) {
		if (!(e instanceof LineError) || e.status < 400 || e.status >= 500 || e.status === 401 || e.status === 429) throw e;
		if (batch.length === 1) return { verdicts: [{ id: batch[0].id, ok: false, error: e.refusal }] };
		const verdicts = [];
		for (const one of batch) verdicts.push(...(await hand([one], token)).verdicts);
		return { verdicts };
	}
}

/** @returns {Promise<boolean>} something was settled and more may be sent */
async function sendSome() {
	const me = session.me;
	if (!me?.token) return false;
	const batch = list((e) => e.state === 'waiting' && !e.held).slice(0, BATCH);
	if (!batch.length) return false;
	if (line.ahead === null) await call('me', { token: me.token }); // the clocks are compared before anything is told
	for (const e of batch) await freeze(e);
	const answer = await hand(batch, me.token);
	if (session.me !== me) return false;
	/** @type {Map<string, any>} */
	const verdicts = new Map(answer.verdicts.map((/** @type {any} */ v) => [v.id, v]));
	let settled = 0;
	for (const e of batch) if (verdicts.has(e.id) && (await settle(e, verdicts.get(e.id)))) settled++;
	tell();
	return settled > 0;
}

async function send() {
	let failed = false;
	try {
		while (await sendSome());
	} catch (e) {
		failed = true;
		if (e instanceof LineError && e.status === 401) await sessionEnded();
		else if (!(e instanceof LineError)) console.error(e);
	}
	const left = list((e) => e.state === 'waiting' && !e.held).length;
	tries = failed || left ? tries + 1 : 0;
	return left > 0;
}

/** Sends what waits, now. One tab at a time does so. */
export async function sendNow() {
	clearTimeout(timer);
	if (sending || !session.me?.token) return;
	sending = true;
	tell();
	let left = true;
	try {
		left = navigator.locks ? await navigator.locks.request('sushui-post-send', send) : await send();
	} finally {
		sending = false;
		tell();
	}
	if (left) later();
}

function later() {
	clearTimeout(timer);
	timer = window.setTimeout(sendNow, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
}

/** The line may be back: tried at once, and again soon. */
export function lineMayBeBack() {
	tries = 0;
	return sendNow();
}

/** Sends soon: what is recorded in one go goes in one request. */
export function kick() {
	clearTimeout(timer);
	timer = window.setTimeout(sendNow, line.up === false ? RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] : 700);
}

/** Moves the times of what waits by the offset of this phone's clock: only when the user says so. @param {number} ahead */
export async function correctTimes(ahead) {
	for (const e of list((x) => x.state === 'waiting' && !x.frozen)) {
		e.fact.at = new Date(Date.parse(e.fact.at) - ahead).toISOString();
		await keep(e);
	}
	tell();
}
