// SPDX-License-Identifier: Apache-2.0
// forms.mjs - recording facts: errors at the field, success, what the board says after; opening personal data.
import assert from 'node:assert/strict';
import { ask, open, serve, signIn, visit } from './browser.mjs';
import { coverage } from './board.mjs';

export const forms = {
	async 'a refused form says why at the field, then records'({ sampler: page }) {
		const before = await coverage(page);
		await visit(page, `#/missing?campaign=${before.round.campaign}&round=${before.round.round}&unexcused=1`);
		await page.click('tbody tr:first-child a:has-text("Give a reason")');
		await page.waitForSelector('main:not([aria-busy]) #f-reason');
		await page.click('button[type=submit]');
		await page.waitForSelector('#f-reason[aria-invalid="true"]');
		assert.equal(await page.evaluate(() => document.activeElement.id), 'f-reason', 'the field has the focus');
		assert.match(await page.textContent('#f-reason-error'), /required field is missing/);
		assert.equal((await coverage(page)).missing, before.missing, 'nothing was recorded');
		await page.selectOption('#f-reason', 'refused');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		assert.match(await page.textContent('#recorded'), /Recorded as number \d+/);
		const after = await coverage(page);
		assert.equal(after.missing, before.missing - 1);
		assert.equal(after.excused, before.excused + 1);
	},
	async 'when the answer is lost, sending again records once'({ sampler: page }) {
		const before = await coverage(page);
		await visit(page, `#/missing?campaign=${before.round.campaign}&round=${before.round.round}&unexcused=1`);
		await page.click('tbody tr:first-child a:has-text("Give a reason")');
		await page.waitForSelector('main:not([aria-busy]) #f-reason');
		await page.selectOption('#f-reason', 'medical');
		await page.route('**/api/facts', async (route) => {
			await route.fetch(); // the server has it
			await route.abort(); // the browser never hears of it
		});
		await page.click('button[type=submit]');
		await page.waitForSelector('#summary:has-text("The server does not answer")');
		assert.equal(await page.inputValue('#f-reason'), 'medical', 'what was entered is still there');
		await page.unroute('**/api/facts');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		const rows = (await ask(page, 'testing.missing', { campaign: before.round.campaign, round: before.round.round }))
			.rows;
		assert.equal(rows.filter((r) => r.reason).length, before.excused + 1);
		assert.equal((await coverage(page)).missing, before.missing - 1);
	},
	async 'limits are told, and a number that is none is refused at its field'({ page }) {
		const { round } = await coverage(page);
		await visit(page, `#/record?kind=testing.round_opened&campaign=${round.campaign}&round=2`);
		assert.match(await page.textContent('#f-round-note'), /1 to 10,?000/);
		assert.equal(await page.inputValue('#f-round'), '2');
		await page.fill('#f-round', 'two');
		await page.fill('#f-opens_at', '2030-01-02T08:00');
		await page.fill('#f-due_at', '2030-01-02T07:00');
		await page.click('button[type=submit]');
		await page.waitForSelector('#f-round[aria-invalid="true"]');
		await page.fill('#f-round', '2');
		await page.click('button[type=submit]');
		await page.waitForSelector('#f-due_at[aria-invalid="true"]');
		assert.equal(await page.getAttribute('#f-round', 'aria-invalid'), null, 'the mended field is no longer marked');
		assert.match(await page.textContent('#f-due_at-error'), /must end after it opens/);
	},
	async 'a new outbreak, its edition, a campaign and a round, by forms alone'({ browser }) {
		// on a folder without anything: the first steps lead through it
		const server = await serve('empty');
		try {
			const page = await open(browser, server.base);
			const { login, password } = JSON.parse(process.env.SUSHUI_EMPTY_USER);
			await signIn(page, login, password);
			assert.match(await page.textContent('.next'), /Next step \(1 of 6\)/);
			await page.click('#language');
			await page.waitForSelector('.next:has-text("导入居民底册")');
			await page.click('#language');
			await page.waitForSelector('.next:has-text("register of residents")');
			await visit(page, '#/start');
			await page.click('li[data-key=outbreak] a.button');
			await page.waitForSelector('main:not([aria-busy]) #f-name');
			await page.fill('#f-name', 'First exercise');
			await page.fill('#f-disease', 'covid19');
			await page.selectOption('#f-exercise', '1');
			await page.click('button[type=submit]');
			await page.waitForSelector('#recorded');
			await page.waitForSelector('#exercise');
			await visit(page, '#/start');
			await page.click('li[data-key=edition] a.button');
			await page.waitForSelector('main:not([aria-busy]) #f-edition');
			await page.fill('#f-edition', 'no-such-edition');
			await page.fill('#f-from_at', '2026-01-01T00:00');
			await page.click('button[type=submit]');
			await page.waitForSelector('#f-edition[aria-invalid="true"]');
			await page.fill('#f-edition', 'cn-covid19-9');
			await page.click('button[type=submit]');
			await page.waitForSelector('#recorded');
			assert.equal((await ask(page, 'house.outbreaks')).rows[0].edition, 'cn-covid19-9');
			await visit(page, '#/start');
			await page.click('li[data-key=campaign] a.button');
			await page.waitForSelector('main:not([aria-busy]) #f-areas');
			await page.fill('#f-name', 'Whole county');
			await page.fill('#f-areas', '140826000000');
			await page.fill('#f-pool_size', '7');
			await page.click('button[type=submit]');
			await page.waitForSelector('#f-pool_size[aria-invalid="true"]');
			await page.fill('#f-pool_size', '10');
			await page.click('button[type=submit]');
			await page.waitForSelector('#recorded');
			await visit(page, '#/start');
			await page.click('li[data-key=round] a.button');
			await page.waitForSelector('main:not([aria-busy]) #f-opens_at');
			assert.equal(await page.inputValue('#f-round'), '1');
			await page.fill('#f-opens_at', '2026-01-02T18:00');
			await page.fill('#f-due_at', '2026-01-03T00:00');
			await page.click('button[type=submit]');
			await page.waitForSelector('#recorded');
			const round = (await ask(page, 'testing.rounds')).rows[0];
			assert.equal(round.opens_at, '2026-01-02T18:00:00+08:00', 'an instant is the wall clock of the jurisdiction');
			await page.context().close();
		} finally {
			await server.stop();
		}
	},
	async 'a duty is waived with a reason, from the duty itself'({ page }) {
		const open = (await ask(page, 'house.duties')).rows;
		await visit(page, '#/duties?kind=testing.explain');
		await page.click('tbody tr:first-child a:has-text("Waive")');
		await page.waitForSelector('main:not([aria-busy]) #f-reason');
		assert.equal(await page.inputValue('#f-duty'), 'testing.explain');
		await page.fill('#f-reason', 'counted again by two people: nine');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		assert.equal((await ask(page, 'house.duties')).rows.length, open.length - 1);
	},
	async 'an officer signs what the machine proposed, filled in from the proposal'({ page }) {
		const one = (await ask(page, 'tracing.cases')).rows[0];
		const running = async () => (await ask(page, 'tracing.contacts', { case: one.case })).rows.length;
		const before = await running();
		await visit(page, `#/case?case=${one.case}`);
		assert.match(await page.textContent('main'), /restricts nobody: only a signed classification does/);
		await page.click('a:has-text("Sign a classification")');
		await page.waitForSelector('main:not([aria-busy]) #f-tier');
		assert.equal(await page.inputValue('#f-case'), one.case);
		assert.match(await page.inputValue('#f-person'), /^[0-9a-f-]{36}$/);
		assert.match(await page.inputValue('#f-first_exposure_at'), /^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
		assert.match(await page.textContent('main .notice'), /Your signature restricts a person/);
		assert.equal(await running(), before, 'nothing is signed by looking');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		assert.equal(await running(), before + 1);
	},
	async 'a case is opened from the page of a person'({ page }) {
		const { round } = await coverage(page);
		const who = (await ask(page, 'testing.missing', { campaign: round.campaign, round: round.round, limit: 1 }))
			.rows[0];
		const before = (await ask(page, 'tracing.cases')).rows.length;
		await visit(page, `#/person?person=${who.person}`);
		await page.click('a:has-text("Open a case")');
		await page.waitForSelector('main:not([aria-busy]) #f-class');
		await page.selectOption('#f-class', 'confirmed');
		await page.selectOption('#f-found_by', 'clinic');
		await page.click('button[type=submit]');
		await page.waitForSelector('#f-sampled_at[aria-invalid="true"]');
		await page.selectOption('#f-class', 'suspected');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		const after = (await ask(page, 'tracing.cases')).rows;
		assert.equal(after.length, before + 1);
		assert.ok(after.some((c) => c.person === who.person && c.class === 'suspected'));
	},
	async 'personal data are opened for a purpose, recorded, and can be hidden'({ page, browser, server }) {
		const { round } = await coverage(page);
		const who = (await ask(page, 'testing.missing', { campaign: round.campaign, round: round.round, limit: 1 }))
			.rows[0];
		await visit(page, `#/person?person=${who.person}`);
		assert.match(await page.textContent('#purpose-note'), /recorded with your name/);
		await page.fill('#purpose', 'x');
		await page.press('#purpose', 'Enter');
		await page.waitForFunction(() => document.getElementById('purpose-error').textContent.includes('at least 4'));
		await page.fill('#purpose', 'ask why not sampled');
		await page.press('#purpose', 'Enter');
		await page.waitForSelector('dt:has-text("Name")');
		await page.click('button:has-text("Hide now")');
		await page.waitForSelector('dt:has-text("Name")', { state: 'detached' });
		const auditor = await open(browser, server.base);
		await signIn(auditor, 'auditor');
		await visit(auditor, '#/reads');
		await auditor.waitForSelector('td:has-text("ask why not sampled")');
		await auditor.context().close();
	},
};
