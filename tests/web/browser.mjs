// SPDX-License-Identifier: Apache-2.0
// browser.mjs - what the browser tests stand on: the server, the browser, who signs in, and what must never appear in a console.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const work = process.env.SUSHUI_WORK;
const require = createRequire(process.env.SUSHUI_NPM + '/');
const { chromium } = require('playwright-core');
export const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Starts `sushui serve`; gives its address and a way to stop it. */
export async function serve(folder, port = 0) {
	const child = spawn(process.env.SUSHUI, ['serve', `${work}/${folder}`, '--port', String(port)], {
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	process.once('exit', () => child.kill());
	let said = '';
	child.stderr.on('data', (d) => (said += d));
	const base = await new Promise((done, fail) => {
		let out = '';
		child.stdout.on('data', (d) => {
			out += d;
			const m = /listening on (\S+)/.exec(out);
			if (m) done(m[1]);
		});
		child.once('exit', (code) => fail(new Error(`sushui serve ended with ${code}: ${said}`)));
	});
	return {
		base,
		port: Number(new URL(base).port),
		stop: async () => {
			if (child.exitCode === null) {
				child.kill('SIGTERM');
				await once(child, 'exit');
			}
		},
	};
}

/** Logins and passwords that `sushui init --demo` printed. */
export const users = Object.fromEntries(
	JSON.parse(readFileSync(`${work}/demo.json`, 'utf8')).users.map((u) => [u.login, u.password]),
);

export async function launch() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM,
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

/** Lines in the console that no view may write: errors, refused by the Content-Security-Policy, requests to others. */
export const complaints = [];

/** A page of a fresh context. options as Playwright's newContext. */
export async function open(browser, base, options = {}) {
	const context = await browser.newContext({
		locale: 'en-GB',
		viewport: { width: 1280, height: 900 },
		baseURL: base,
		...options,
	});
	const page = await context.newPage();
	page.on('pageerror', (e) => complaints.push(`error in the page: ${e.message}`));
	page.on('console', (m) => {
		const url = m.location().url;
		// a session that is not there yet, a wrong password, and a server that is down are told by the browser itself
		if (
			m.type() === 'error' &&
			!/status of (401|409|422)|ERR_(CONNECTION|FAILED|INTERNET|INCOMPLETE|EMPTY)/.test(m.text())
		)
			complaints.push(`${m.text()} ${url}`);
	});
	page.on('request', (r) => {
		if (!r.url().startsWith(base)) complaints.push(`a request to another host: ${r.url()}`);
	});
	return page;
}

export async function signIn(page, login, password = users[login]) {
	await page.goto('/');
	await page.fill('#login', login);
	await page.fill('#password', password);
	await page.press('#password', 'Enter');
	await page.waitForSelector('#line.up');
	await page.waitForSelector('#title');
}

/** A declared query, asked as the page's user. */
export async function ask(page, name, args = {}) {
	const res = await page.request.get(`/api/${name.replace('.', '/')}?${new URLSearchParams(args)}`);
	if (!res.ok()) throw new Error(`${name}: ${res.status()} ${await res.text()}`);
	return res.json();
}

/** Posts facts as the page's user. */
export async function tell(page, facts) {
	const res = await page.request.post('/api/facts', { data: { facts }, headers: { 'X-Sushui': '1' } });
	const { verdicts } = await res.json();
	for (const v of verdicts) if (!v.ok) throw new Error(JSON.stringify(v));
}

/** Goes to a view and waits until it is drawn. */
export async function visit(page, hash) {
	await page.evaluate((h) => {
		document.getElementById('main').setAttribute('aria-busy', 'true');
		if (location.hash === h) window.dispatchEvent(new HashChangeEvent('hashchange'));
		else location.hash = h;
	}, hash);
	await page.waitForSelector('main:not([aria-busy]) #title');
}
