// SPDX-License-Identifier: Apache-2.0
// session.js - who works on this phone. Signed in once with the network, the same password opens the post without it for a shift.
// What was recorded stays bound to the one who recorded it: it is sealed with his key and sent with his token.

import { all, allOf, del, get, put, within } from './store.js';
import { call, line, LineError } from './line.js';
import { changeLock, makeLock, openLock, seal, unseal } from './vault.js';

const WITHOUT_LINE_MS = 72 * 3600 * 1000; // after that long without the server's word the network is needed again
const LIFE_MS = 10 * 60 * 1000; // a sign of life keeps the server's session, which ends after two hours without one
const GUESSES = 5; // wrong passwords in a row without a line; then a minute of waiting

/**
 * @typedef {object} Me
 * @property {string} login
 * @property {string} user
 * @property {string} area
 * @property {string[]} rights
 * @property {CryptoKey} key
 * @property {string | null} token null = the session with the server has ended; work goes on, sending does not
 */

/** @type {{me: Me | null}} */
export const session = { me: null };
/** @type {Set<() => void>} */
const watchers = new Set();
/** @param {() => void} f */
export const onSession = (f) => void watchers.add(f);
const tell = () => watchers.forEach((f) => f());

/** @type {(() => void) | null} lets another tab have the user's queue */
let leaveTab = null;

/** One tab works for a user at a time: two would not know of each other's scans. @param {string} user */
async function takeTab(user) {
	if (!navigator.locks) return;
	const got = await new Promise((done) => {
		const held = new Promise((leave) => (leaveTab = () => leave(undefined)));
		navigator.locks.request('sushui-post-' + user, { ifAvailable: true }, async (lock) => {
			done(Boolean(lock));
			if (lock) await held;
		});
	});
	if (!got) throw new SignInError('other_tab');
}

/** @param {string} right */
export const may = (right) => Boolean(session.me?.rights.includes(right.toLowerCase()) || session.me?.rights.includes(right));

/** Why signing in did not work; `code` chooses the text. */
export class SignInError extends Error {
	/** @param {string} code @param {Record<string, any>} [args] */
	constructor(code, args) {
		super(code);
		this.code = code;
		this.args = args;
	}
}

/** @param {any} rec */
const aboutMe = (rec) => `me ${rec.login}`;

/** @param {any} rec @param {Me} me */
async function keepUser(rec, me) {
	rec.me = await seal(me.key, { rights: me.rights, area: me.area, token: me.token }, aboutMe(rec));
	await put('users', rec);
}

/** @param {string} login @param {string} password */
async function askServer(login, password) {
	try {
		return await call('sign-in', { body: { login, password, bearer: true } });
	} catch (e) {
		if (!(e instanceof LineError)) throw e;
		if (e.status === 0 || e.status >= 500) return null;
		if (e.status === 429) throw new SignInError('too_many');
		throw new SignInError('wrong');
	}
}

/** The user's key when the server has accepted the password. @param {any} rec @param {string} password @param {string} former */
async function keyWithLine(rec, password, former) {
	const key = await openLock(rec.lock, password);
	if (key) return key;
	if (!former) throw new SignInError('changed');
	const lock = await changeLock(rec.lock, former, password);
	if (!lock) throw new SignInError('changed_wrong');
	rec.lock = lock;
	return openLock(lock, password);
}

/** @param {any} rec @param {string} password */
async function signInAlone(rec, password) {
	if (!rec) throw new SignInError('first_needs_line');
	const now = Date.now();
	if (rec.wait_until > now) throw new SignInError('wait', { s: Math.ceil((rec.wait_until - now) / 1000) });
	const key = await openLock(rec.lock, password);
	if (!key) {
		rec.wrong = (rec.wrong || 0) + 1;
		if (rec.wrong % GUESSES === 0) rec.wait_until = now + 60000;
		await put('users', rec);
		throw new SignInError('wrong_here');
	}
	if (now - rec.seen_at > WITHOUT_LINE_MS) throw new SignInError('too_long');
	const kept = await unseal(key, rec.me, aboutMe(rec));
	if (rec.wrong) await put('users', { ...rec, wrong: 0, wait_until: 0 });
	return { login: rec.login, user: rec.user, key, ...kept };
}

/**
 * Signs in: by the server where it answers, else by what this phone knows.
 * @param {string} login @param {string} password @param {string} [former] the password before, when it was changed elsewhere
 */
export async function signIn(login, password, former = '') {
	const rec = await get('users', login);
	const said = await askServer(login, password);
	if (!said) {
		const me = await signInAlone(rec, password);
		if (session.me?.user !== me.user) await takeTab(me.user);
		session.me = me;
		return tell();
	}
	const fresh = rec && rec.user === said.user ? rec : null;
	if (rec && !fresh) await forgetUser(rec); // the name was given to another person: nothing of the former one can be opened
	const made = fresh ? null : await makeLock(password);
	const mine = fresh || { login, user: said.user, lock: made?.lock };
	const key = /** @type {CryptoKey} */ (made ? made.key : await keyWithLine(mine, password, former));
	const me = { login, user: said.user, area: said.area, rights: said.rights, token: said.token, key };
	Object.assign(mine, { seen_at: Date.now(), wrong: 0, wait_until: 0 });
	await keepUser(mine, me);
	await put('phone', { name: 'last', login });
	if (session.me?.user !== me.user) await takeTab(me.user);
	session.me = me;
	tell();
}

/** @param {any} rec */
async function forgetUser(rec) {
	if ((await allOf('facts', rec.user)).some((f) => f.state !== 'sent')) throw new SignInError('other_waiting');
	await del('users', rec.login);
}

/** The server no longer knows the token. */
export async function sessionEnded() {
	const me = session.me;
	if (!me || !me.token) return;
	me.token = null;
	tell();
	const rec = await get('users', me.login);
	if (rec) await keepUser(rec, me);
}

/** Locks the phone. Lists go; what waits to be sent stays, sealed. */
export async function signOut() {
	const me = session.me;
	session.me = null;
	leaveTab?.();
	tell();
	if (!me) return;
	const kept = await allOf('lists', me.user);
	await within(['lists'], 'readwrite', (at) => kept.forEach((x) => at('lists').delete([x.user, x.name])));
	if (me.token && line.up !== false) await call('sign-out', { token: me.token, body: {} }).catch(() => {});
	const rec = await get('users', me.login);
	if (rec) await keepUser(rec, { ...me, token: null });
}

/** Keeps the server's session and compares the clocks. @returns {Promise<boolean>} the server answers and knows us */
export async function lookIn() {
	const me = session.me;
	try {
		if (!me?.token) {
			await call('../healthz'); // compares the clocks, before anybody is signed in
			return false;
		}
		const said = await call('me', { token: me.token });
		if (session.me === me) Object.assign(me, { area: said.area, rights: said.rights });
		return true;
	} catch (e) {
		if (e instanceof LineError && e.status === 401 && me?.token) await sessionEnded();
		return false;
	}
}

export function startLife() {
	setInterval(() => session.me?.token && lookIn(), LIFE_MS);
}

/** Who signed in here last, and how much of whom waits. */
export async function whoWaits() {
	const [users, facts, last] = await Promise.all([all('users'), all('facts'), get('phone', 'last')]);
	const rows = users.map((u) => ({
		login: u.login,
		n: facts.filter((f) => f.user === u.user && f.state !== 'sent').length,
	}));
	return { last: last?.login || '', rows: rows.filter((r) => r.n) };
}

/** A second person signs on this phone: his token for one act, and nothing of it is kept. @param {string} login @param {string} password */
export async function coSigner(login, password) {
	const said = await askServer(login, password);
	if (!said) throw new SignInError('cosign_needs_line');
	return { user: said.user, rights: said.rights, token: said.token };
}
