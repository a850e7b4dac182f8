// SPDX-License-Identifier: Apache-2.0
// phone.mjs - what the tests of the phone posts stand on: a server that can be killed, phones, scans, and what the ledger says.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { complaints, users } from './browser.mjs';
import { uuid7 } from '../../web/core/uuid.js';

const work = process.env.SUSHUI_WORK;

/** A server on a data folder: kill() is kill -9, start() again on the same port; later: its clock stands so many seconds ahead. */
export function server(folder) {
	let child = null;
	process.once('exit', () => child?.kill());
	const s = {
		base: '',
		port: 0,
		async start({ later = 0 } = {}) {
			const env = later ? { ...process.env, LD_PRELOAD: `${work}/later.so`, SUSHUI_LATER_S: String(later) } : process.env;
			child = spawn(process.env.SUSHUI, ['serve', `${work}/${folder}`, '--port', String(s.port)], {
				stdio: ['ignore', 'pipe', 'pipe'],
				env,
			});
			const mine = child;
			let said = '';
			child.stderr.on('data', (d) => (said += d));
			s.base = await new Promise((done, fail) => {
				let out = '';
				mine.stdout.on('data', (d) => {
					out += d;
					const m = /listening on (\S+)/.exec(out);
					if (m) done(m[1]);
				});
				mine.once('exit', (code) => fail(new Error(`sushui serve ended with ${code}: ${said}`)));
			});
			s.port = Number(new URL(s.base).port);
		},
		async end(signal) {
			if (!child || child.exitCode !== null || child.signalCode) return;
			child.kill(signal);
			await once(child, 'exit');
		},
		kill: () => s.end('SIGKILL'),
		stop: () => s.end('SIGTERM'),
	};
	return s;
}

/** What the ledger holds, read from the folder by the command line: facts as written, in their order. */
export function ledger(folder) {
	const text = execFileSync(process.env.SUSHUI, ['facts', `${work}/${folder}`], { maxBuffer: 1 << 28 }).toString();
	return text
		.split('\n')
		.filter(Boolean)
		.map((l) => JSON.parse(l));
}

/** A client of the interface, for what others do meanwhile. */
export async function client(s, login) {
	const res = await fetch(`${s.base}/api/sign-in`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ login, password: users[login], bearer: true }),
	});
	const { token } = await res.json();
	assert.ok(token, `${login} signs in`);
	const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
	return {
		ask: async (name, args = {}) =>
			(await fetch(`${s.base}/api/${name.replace('.', '/')}?${new URLSearchParams(args)}`, { headers })).json(),
		tell: async (facts) => {
			for (let i = 0; i < facts.length; i += 1000) {
				const r = await fetch(`${s.base}/api/facts`, {
					method: 'POST',
					headers,
					body: JSON.stringify({ facts: facts.slice(i, i + 1000) }),
				});
				const said = await r.json();
				assert.equal(said.refused, 0, JSON.stringify(said.verdicts?.find((v) => !v.ok) || said).slice(0, 400));
			}
		},
	};
}

export const fact = (kind, body, { outbreak, area, at = Date.now() }) => ({
	id: uuid7(),
	kind,
	...(outbreak ? { outbreak } : {}),
	area,
	at: new Date(at).toISOString(),
	device: 'test',
	body,
});

/** A phone: a fresh browser profile in the size of one. */
export async function phone(browser, base, options = {}) {
	const context = await browser.newContext({
		locale: 'en-GB',
		viewport: { width: 360, height: 740 },
		hasTouch: true,
		isMobile: true,
		deviceScaleFactor: 2,
		baseURL: base,
		...options,
	});
	context.on('weberror', (e) => complaints.push(`error in the page: ${e.error().message}`));
	return newTab(context, base);
}

export async function newTab(context, base) {
	const page = await context.newPage();
	page.on('console', (m) => {
		if (
			m.type() === 'error' &&
			!/status of (401|409|422|429|50\d)|ERR_(CONNECTION|FAILED|INTERNET|INCOMPLETE|EMPTY|NETWORK|SOCKET)/.test(m.text())
		)
			complaints.push(`${m.text()} ${m.location().url}`);
	});
	page.on('request', (r) => {
		if (!r.url().startsWith(base) && !r.url().startsWith('data:')) complaints.push(`a request to another host: ${r.url()}`);
	});
	return page;
}

export async function openPost(page, hash = '') {
	await page.goto('/web/post/index.html' + hash);
	await page.waitForSelector('#login');
}

export async function signInPost(page, login, password = users[login]) {
	await page.fill('#login', login);
	await page.fill('#password', password);
	await page.click('form.sign-in button[type=submit]');
	await page.waitForFunction(() => !document.getElementById('login') || document.getElementById('sign-error'));
	const error = await page.$('#sign-error');
	assert.equal(error && (await error.textContent()), null);
}

/** The service worker has the pages, so that they open without a line. */
export async function keptOnPhone(page) {
	for (let i = 0; i < 100; i++) {
		const kept = await page.evaluate(async () => {
			const at = await (await caches.open('post-current')).match('/current');
			return Boolean(navigator.serviceWorker.controller && at);
		});
		if (kept) return;
		await page.waitForTimeout(100);
	}
	assert.fail('the service worker has not kept the pages');
}

/** One scan with a hand scanner: it writes and presses Enter. Gives what the verdict says. */
export async function scan(page, text) {
	const no = await page.getAttribute('#verdict', 'data-no');
	await page.evaluate(() => document.getElementById('scan').focus());
	await page.keyboard.insertText(text);
	await page.keyboard.press('Enter');
	return verdictAfter(page, no);
}

export async function verdictAfter(page, no) {
	await page.waitForFunction((n) => document.getElementById('verdict')?.dataset.no !== n, no);
	const good = await page.evaluate(() => document.getElementById('verdict').classList.contains('good'));
	return { good, text: (await page.textContent('#verdict')).trim() };
}

/** Presses a key of the page and gives the verdict that follows. */
export async function press(page, selector) {
	const no = await page.getAttribute('#verdict', 'data-no');
	await page.click(selector);
	return verdictAfter(page, no);
}

export async function typeNumber(page, pad, text) {
	for (const key of text) await page.click(`#${pad} .keys button:text-is("${key}")`);
}

export const waitingN = async (page) => Number(await page.getAttribute('#waiting', 'data-n'));

/** Everything that was recorded is with the server. */
export async function allSent(page) {
	await page.waitForFunction(() => document.getElementById('waiting')?.dataset.n === '0', null, { timeout: 45000 });
	if ((await page.getAttribute('#waiting', 'data-refused')) === '0') return;
	await go(page, 'waiting');
	assert.fail(await page.textContent('#refused'));
}

/** Goes to a post. */
export async function go(page, name) {
	await page.evaluate((n) => (location.hash = '#/' + n), name);
	await page.waitForFunction((n) => location.hash === '#/' + n && document.getElementById('title'), name);
}

/** Sets the table up: round, site, list. */
export async function beginShift(page, { site, round = '0' }) {
	await go(page, 'sample');
	await page.waitForSelector('#round');
	await page.waitForFunction(() => document.querySelectorAll('#round option').length > 1);
	await page.selectOption('#round', round);
	await page.selectOption('#site', site);
	await page.click('#begin');
	await page.waitForSelector('#place', { timeout: 60000 });
}

/** All that IndexedDB of this origin holds, as one text: what somebody would find who takes the phone apart. */
export const dumpPhone = (page) =>
	page.evaluate(async () => {
		const db = await new Promise((done, fail) => {
			const ask = indexedDB.open('sushui-post');
			ask.onsuccess = () => done(ask.result);
			ask.onerror = () => fail(ask.error);
		});
		let out = '';
		for (const store of db.objectStoreNames) {
			const rows = await new Promise((done) => {
				const ask = db.transaction(store).objectStore(store).getAll();
				ask.onsuccess = () => done(ask.result);
			});
			for (const row of rows)
				out += JSON.stringify(row, (k, v) => (v instanceof ArrayBuffer || ArrayBuffer.isView(v) ? new TextDecoder('latin1').decode(v) : v));
		}
		db.close();
		return out;
	});
