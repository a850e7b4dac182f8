// SPDX-License-Identifier: Apache-2.0
// post_looks.mjs - every screen of the posts: for screen readers (axe), for thumbs (48 px), for small phones (320 px), in both languages,
// light, dark and high contrast.
import assert from 'node:assert/strict';
import { axeSource } from './browser.mjs';
import { beginShift, go, keptOnPhone, openPost, phone, press, scan, signInPost } from './phone.mjs';

/** What axe finds against WCAG 2.2 AA. */
async function axe(page, what) {
	await page.evaluate(`(() => { if (!window.axe) { ${axeSource} } })()`).catch(() => {});
	const found = await page.evaluate(async () => {
		const { violations } = await window.axe.run(document, {
			runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		});
		return violations.map(
			(v) =>
				`${v.id}: ${v.nodes
					.map((n) => n.html)
					.slice(0, 2)
					.join(' | ')}`,
		);
	});
	complain(what, found);
}

/** All that is found on the way through the screens is told together. @type {string[]} */
let wrong = [];
const complain = (what, found) => wrong.push(...found.map((f) => `${what}: ${f}`));
function done() {
	const all = wrong;
	wrong = [];
	assert.deepEqual(all, []);
}

/** Each target is at least 48 px high and wide; nothing scrolls sideways. */
async function thumbs(page, what) {
	const small = await page.evaluate(() =>
		[...document.querySelectorAll('button, a[href], input, select, summary')]
			.filter((e) => e.checkVisibility() && !e.closest('.quiet') && !e.classList.contains('skip'))
			.map((e) => ({ r: e.getBoundingClientRect(), html: e.outerHTML.slice(0, 120) }))
			.filter(({ r }) => r.height < 47.9 || r.width < 47.9)
			.map(({ r, html }) => `${Math.round(r.width)}x${Math.round(r.height)} ${html}`),
	);
	complain(what, small);
	const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
	if (over > 0) complain(what, [`${over} px too wide`]);
}

/** Goes through the screens of all posts; look is called with the name of each. */
async function tour(s, page, look) {
	await look('sign-in');
	await signInPost(page, 'officer');
	await look('home');
	await go(page, 'sample');
	await page.waitForSelector('#round');
	await look('begin of the shift');
	await beginShift(page, { site: s.site });
	await look('box');
	await scan(page, 'BOX-L');
	await look('tube');
	await scan(page, s.label());
	await scan(page, s.persons[2900]);
	await look('person in');
	await scan(page, s.persons[2900]);
	await look('person refused');
	await page.click('#find');
	await page.click('.row.many button');
	await look('find');
	await page.click('#back');
	await page.click('#register');
	await page.click('#register-done');
	await look('register with errors');
	await page.click('#back');
	await page.click('#close-tube');
	await look('count');
	await page.click('#back');
	await press(page, '#undo');
	await go(page, 'isolation');
	await page.waitForSelector('#rooms button');
	await look('isolation');
	await page.click('#rooms button');
	await page.waitForSelector('#temperature');
	await look('temperature');
	await page.click('#back');
	await page.click('#meals');
	await look('meals');
	await page.click('#back');
	await page.click('#end-round');
	await look('end of the round');
	await go(page, 'visit');
	await page.waitForSelector('#homes button');
	await look('homes');
	await page.click('#homes button');
	await page.waitForSelector('#found-met');
	await look('door');
	await page.click('#help');
	await look('help');
	await go(page, 'waiting');
	await look('waiting');
	await go(page, 'phone');
	await page.waitForSelector('#sign-out');
	await look('phone');
}

async function fresh(s, options, theme) {
	const page = await phone(s.browser, s.server.base, options);
	if (theme) await page.addInitScript((t) => localStorage.setItem('theme', t), theme);
	await openPost(page);
	return page;
}

export const looks = {
	async 'axe and thumbs find nothing on a phone of 320 px, in English and light'(s) {
		const page = await fresh(s, { viewport: { width: 320, height: 640 }, colorScheme: 'light' });
		await keptOnPhone(page);
		await tour(s, page, async (what) => {
			await thumbs(page, what);
			await axe(page, what);
		});
		await page.context().close();
		done();
	},
	async 'the same in Chinese and dark'(s) {
		const page = await fresh(s, { locale: 'zh-CN', colorScheme: 'dark' });
		await tour(s, page, async (what) => {
			await thumbs(page, what);
			await axe(page, what);
			const text = await page.evaluate(() => document.body.innerText);
			assert.doesNotMatch(text, /post\.[a-z]/, `${what}: a text is missing`);
		});
		await page.context().close();
		done();
	},
	async 'the same in high contrast'(s) {
		const page = await fresh(s, {}, 'contrast');
		await tour(s, page, (what) => axe(page, what));
		assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(0, 0, 0)');
		await page.context().close();
		done();
	},
	async 'a courier and a laboratory: axe and thumbs'(s) {
		for (const login of ['courier', 'lab']) {
			const page = await fresh(s, { viewport: { width: 320, height: 640 } });
			await signInPost(page, login);
			await go(page, 'courier');
			await page.waitForSelector('#scan');
			await thumbs(page, login);
			await axe(page, login);
			await scan(page, 'BOX-LOOK');
			await thumbs(page, `${login}, box`);
			await axe(page, `${login}, box`);
			await page.context().close();
		}
		done();
	},
};
