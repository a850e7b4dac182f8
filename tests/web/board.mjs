// SPDX-License-Identifier: Apache-2.0
// board.mjs - signing in, the board's figures, language, keyboard, live update, a lost line.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ask, open, serve, signIn, tell, users, visit } from './browser.mjs';
import { uuid7 } from '../../web/core/uuid.js';

const LIVE_MS = 2000;

/** The newest round and its coverage, as the server tells it. */
export async function coverage(page) {
	const round = (await ask(page, 'testing.rounds')).rows.at(-1);
	const rows = (await ask(page, 'testing.coverage', { campaign: round.campaign, round: round.round })).rows;
	const sum = (k) => rows.reduce((n, r) => n + r[k], 0);
	return {
		round,
		rows,
		registered: sum('registered'),
		sampled: sum('sampled'),
		excused: sum('excused'),
		missing: sum('missing'),
	};
}

/** A fact that gives somebody who is missing a reason. */
export async function excuse(page) {
	const { round } = await coverage(page);
	const who = (
		await ask(page, 'testing.missing', { campaign: round.campaign, round: round.round, unexcused: 1, limit: 1 })
	).rows[0];
	const outbreak = (await ask(page, 'house.outbreaks')).rows.at(-1).outbreak;
	return {
		who,
		fact: {
			id: uuid7(),
			kind: 'testing.person_excused',
			outbreak,
			area: who.area,
			at: Date.now(),
			device: 'test',
			body: { campaign: round.campaign, round: round.round, person: who.person, reason: 'away' },
		},
	};
}

export const board = {
	async "says in the reader's language that the password is wrong"({ browser, server }) {
		for (const [locale, text] of [
			['en-GB', 'Login or password is wrong'],
			['zh-CN', '用户名或密码错误'],
		]) {
			const page = await open(browser, server.base, { locale });
			await page.goto('/');
			await page.fill('#login', 'officer');
			await page.fill('#password', 'not this one');
			await page.press('#password', 'Enter');
			await page.waitForFunction((x) => document.getElementById('sign-in-error').textContent.includes(x), text);
			await page.context().close();
		}
	},
	async 'signs in'(state) {
		state.page = await open(state.browser, state.server.base);
		await signIn(state.page, 'officer');
	},
	async 'the board shows what the ledger says'({ page }) {
		await visit(page, '#/board');
		const c = await coverage(page);
		assert.ok(c.registered > 200 && c.missing > 0 && c.sampled > 0, 'the exercise village has a round half done');
		assert.equal(c.registered, c.sampled + c.excused + c.missing);
		assert.equal(
			await page.textContent('#coverage-sum'),
			`${c.sampled} of ${c.registered} sampled (${Math.round((c.sampled / c.registered) * 100)} %) · ${c.excused} with a reason · ${c.missing} missing`,
		);
		assert.equal(await page.textContent('#tile-missing .figure'), String(c.missing));
		const firstArea = await page.textContent('#coverage tbody tr:first-child td:nth-child(2) .cell');
		assert.equal(
			Number(firstArea),
			Math.max(...c.rows.map((r) => r.missing)),
			'the area with most missing stands first',
		);
		const clocks = (await ask(page, 'house.clocks')).rows;
		assert.equal(await page.locator('#clocks tbody tr').count(), clocks.length);
		assert.equal(
			await page.textContent('#tile-clocks .figure'),
			String(clocks.filter((r) => r.running_late > 0).length),
		);
		const signs = await page.locator('#clocks tbody .badge').allTextContents();
		const lateOnes = signs.map((x) => x.includes('LATE'));
		assert.deepEqual(
			lateOnes,
			[...lateOnes].sort((a, b) => Number(b) - Number(a)),
			'late clocks stand first',
		);
		const counts = (await ask(page, 'house.duty_counts')).rows;
		assert.equal(await page.textContent('#tile-overdue .figure'), String(counts.reduce((n, r) => n + r.overdue, 0)));
		const tubes = (await ask(page, 'testing.positives')).rows;
		for (const tube of tubes) assert.ok((await page.textContent('#laboratory')).includes(tube.code));
		assert.ok(await page.isVisible('#exercise'), 'an exercise says so');
		assert.match(await page.textContent('.view'), /cn-covid19-9/);
	},
	async 'switches the language at any time and keeps what was typed'({ page }) {
		await visit(page, '#/record?kind=house.outbreak_declared');
		await page.fill('#f-name', 'half typed');
		await page.click('#language');
		await page.waitForSelector('h1:has-text("登记疫情")');
		assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN');
		assert.equal(await page.inputValue('#f-name'), 'half typed');
		await visit(page, '#/board');
		await page.waitForSelector('#duties h2:has-text("任务")');
		const english = (await page.innerText('#duties table'))
			.match(/[a-z]{4,}/gi)
			?.filter((w) => !/Exercise|Person/.test(w));
		assert.deepEqual(english || [], [], 'duties are told in Chinese');
		assert.equal((await page.context().cookies()).find((c) => c.name === 'lang').value, 'zh');
		await page.reload();
		await page.waitForSelector('#duties h2:has-text("任务")');
		await page.click('#language');
		await page.waitForSelector('#duties h2:has-text("Duties")');
	},
	async 'keyboard alone: from the board to the missing persons and their CSV'({ page }) {
		await visit(page, '#/board');
		const press = async (selector, limit = 80) => {
			for (let i = 0; i < limit; i++) {
				await page.keyboard.press('Tab');
				if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
			}
			assert.fail(`Tab does not lead to ${selector}`);
		};
		await press('#tile-missing');
		await page.keyboard.press('Enter');
		await page.waitForSelector('main:not([aria-busy]) h1:has-text("Missing persons")');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'title', 'a new view takes the focus');
		const { missing } = await coverage(page);
		assert.equal(await page.textContent('#count'), `${missing} rows`);
		await press('a.csv');
		const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
		const lines = readFileSync(await download.path(), 'utf8')
			.trim()
			.split('\n');
		assert.equal(lines.length, missing + 1);
		assert.match(lines[0], /person/);
		await press('button.sort');
		await page.keyboard.press('Enter');
		await page.waitForSelector('th[aria-sort="ascending"]');
		assert.ok(await page.evaluate(() => document.activeElement.matches('button.sort')), 'sorting keeps the focus');
		assert.match(page.url(), /sort=area/, 'the order is in the address');
		await page.goBack();
		await page.waitForSelector('main:not([aria-busy]) #tile-missing');
	},
	async 'a long list has pages, and keeps them in the address'({ page }) {
		await visit(page, '#/missing');
		const n = Number((await page.textContent('#count')).replace(/\D/g, ''));
		assert.ok(n > 100);
		assert.equal(await page.locator('tbody tr').count(), 100);
		await page.click('.pager button:has-text("Next")');
		await page.waitForSelector('.pager:has-text("Page 2 of 2")');
		assert.equal(await page.locator('tbody tr').count(), n - 100);
		assert.match(page.url(), /page=1/);
	},
	async 'a chosen theme is kept'({ page }) {
		const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
		const light = await background();
		await page.selectOption('#theme', 'dark');
		const dark = await background();
		assert.notEqual(dark, light);
		await page.reload();
		await page.waitForSelector('#line.up');
		assert.equal(await background(), dark);
		await page.selectOption('#theme', 'auto');
		assert.equal(await background(), light);
	},
	async 'an address can be shared'({ page, browser, server }) {
		const { rows, round } = await coverage(page);
		const area = rows.find((r) => r.missing > 0);
		const other = await browser.newContext({ storageState: await page.context().storageState(), locale: 'en-GB' });
		const tab = await other.newPage();
		await tab.goto(
			`${server.base}/#/missing?campaign=${round.campaign}&round=${round.round}&area=${area.area}&unexcused=1&sort=-birth_year`,
		);
		await tab.waitForSelector('th[aria-sort="descending"]');
		assert.equal(await tab.textContent('#count'), `${area.missing} rows`);
		await other.close();
	},
	async 'a fact posted elsewhere is on the board within 2 s'(state) {
		const { page } = state;
		state.sampler = await open(state.browser, state.server.base);
		await signIn(state.sampler, 'sampler');
		await visit(page, '#/board');
		await page.waitForTimeout(1200); // the refresh at connecting is over
		const before = await coverage(page);
		const { fact } = await excuse(page);
		const began = Date.now();
		await tell(state.sampler, [fact]);
		await page.waitForFunction(
			(n) => document.querySelector('#tile-missing .figure')?.textContent === String(n),
			before.missing - 1,
			{ timeout: LIVE_MS },
		);
		const took = Date.now() - began;
		assert.ok(took < LIVE_MS, `${took} ms`);
		console.log(`     ${took} ms from the post to the board`);
	},
	async 'a lost line is said, the figures stay, and all comes back'(state) {
		const { page } = state;
		await visit(page, '#/board');
		const shown = await page.textContent('#coverage-sum');
		const { port } = state.server;
		await state.server.stop();
		await page.waitForSelector('#line.down');
		assert.match(await page.textContent('#line'), /Connection lost at \d\d:\d\d:\d\d/);
		assert.equal(await page.textContent('#coverage-sum'), shown);
		state.server = await serve('demo', port);
		await page.waitForSelector('#line.up', { timeout: 10000 });
		assert.equal(await page.textContent('#coverage-sum'), shown);
	},
};
assert.ok(users.officer);
