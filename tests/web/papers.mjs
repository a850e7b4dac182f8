// SPDX-License-Identifier: Apache-2.0
// papers.mjs - what a person is given: the link to his page, read and used without script, and certificates verified in the browser.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ask, open, signIn, tell, users, visit } from './browser.mjs';

const ago = (s) => new Date(Date.now() - s * 1000).toISOString();

/** A page of an officer, of its own. */
async function officer({ browser, server }) {
	const page = await open(browser, server.base);
	await signIn(page, Object.keys(users)[0]);
	return page;
}

/** A person whose order was lifted, with a certificate of it. */
async function released(page) {
	const outbreak = (await ask(page, 'house.outbreaks')).rows[0].outbreak;
	const { person, area } = (await ask(page, 'people.persons', { limit: 1 })).rows[0];
	const [order, certificate] = [randomUUID(), randomUUID()];
	const fact = (kind, s, body, more = {}) => ({ id: randomUUID(), kind, area, at: ago(s), body: { person, ...body }, ...more });
	await tell(page, [
		fact('orders.order_signed', 7200, { order, class: 'home', end_at: ago(-86400), basis: 'Notice 12', reason: 'met' }, { outbreak }),
		fact('orders.order_lifted', 3600, { order, reason: 'well' }, { outbreak }),
		fact('orders.certificate_issued', 60, { certificate, kind: 'release', holder: '123X' }),
	]);
	return { person, certificate };
}

export const papers = {
	async 'a person reads his page and appeals, without script and without an account'(state) {
		const page = await officer(state);
		const { person } = await released(page);
		await visit(page, `#/person?person=${person}`);
		await page.click('button:has-text("New link for this person")');
		await page.waitForSelector('.paper-code svg path');
		const link = await page.textContent('.paper-code code');
		assert.match(link, /^http:\/\/[^/]+\/p\/[A-Za-z0-9_-]{32}$/);
		const own = await open(state.browser, state.server.base, { javaScriptEnabled: false });
		await own.goto(link);
		assert.match(await own.textContent('main'), /Nothing restricts you now\./);
		assert.match(await own.textContent('main'), /In a medical emergency call 120/);
		await own.click('a[lang="zh-CN"]');
		assert.match(await own.textContent('h1'), /个人页面/);
		await own.fill('form[action*="appeal"] textarea', '我当时不在');
		await own.click('form[action*="appeal"] button');
		assert.match(await own.textContent('.sent'), /您的申诉已登记/);
		assert.equal((await ask(page, 'orders.appeals', { person })).rows.length, 1);
		await own.context().close();
		await page.click('button:has-text("Hide")');
		assert.equal(await page.locator('.paper-code').count(), 0);
		await page.context().close();
	},
	async 'a certificate is verified in the browser, and an altered one is not'(state) {
		const page = await officer(state);
		const { person, certificate } = await released(page);
		await visit(page, `#/person?person=${person}`);
		await page.click('button:has-text("Show the code")');
		await page.waitForSelector('.paper-code code:has-text("SUSHUI1:")');
		const { text } = await (await page.request.get('/api/orders/certificate/' + certificate)).json();
		const own = await open(state.browser, state.server.base);
		await own.goto('/web/verify.html');
		await own.waitForSelector('#keys:has-text("1")');
		const verdict = async (code, holder) => {
			await own.fill('#code', code);
			await own.fill('#holder', holder);
			await own.evaluate(() => (document.getElementById('answer').dataset.verdict = ''));
			await own.click('#go');
			await own.waitForSelector('#answer:not([data-verdict=""])');
			return own.getAttribute('#answer', 'data-verdict');
		};
		assert.equal(await verdict(text, ''), 'valid');
		assert.match(await own.textContent('#answer'), /isolation at home/);
		assert.equal(await verdict(text, '123x'), 'valid');
		assert.equal(await verdict(text, '9999'), 'not_holder');
		const altered = text.slice(0, 40) + (text[40] === 'A' ? 'B' : 'A') + text.slice(41);
		assert.equal(await verdict(altered, ''), 'forged');
		assert.equal(await verdict('hello', ''), 'not_one');
		// without a line: the list of keys is on the device
		await own.route('**/api/certificates/keys', (route) => route.abort());
		await own.reload();
		await own.waitForSelector('#keys:has-text("kept on this device")');
		assert.equal(await verdict(text, '123X'), 'valid');
		await own.context().close();
		await page.context().close();
	},
};
