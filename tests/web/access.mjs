// SPDX-License-Identifier: Apache-2.0
// access.mjs - every view: at 320 px without sideways scrolling, and without a violation that axe knows, in both themes.
import assert from 'node:assert/strict';
import { ask, axeSource, open, visit } from './browser.mjs';
import { coverage } from './board.mjs';

async function allViews(page) {
	const { round, rows } = await coverage(page);
	const fewest = rows.filter((r) => r.missing).sort((a, b) => a.missing - b.missing)[0];
	const who = (await ask(page, 'testing.missing', { campaign: round.campaign, round: round.round, limit: 1 })).rows[0];
	const [zone, site] = await Promise.all([ask(page, 'zones.zones'), ask(page, 'isolation.sites')]).then((a) => a.map((x) => x.rows[0]));
	const room = (await ask(page, 'isolation.rooms', { site: site.site })).rows[0];
	const one = (await ask(page, 'tracing.cases')).rows[0];
	const tube = (await ask(page, 'testing.positives')).rows[0];
	const { queries } = await (await page.request.get('/api/queries')).json();
	return [
		...(queries.some((q) => q.name === 'transfer.queue') ? ['#/vehicles'] : []),
		'#/board',
		'#/clocks',
		'#/duties?overdue=1',
		`#/missing?area=${fewest.area}`,
		'#/tubes',
		`#/tube?tube=${tube.tube}`,
		'#/reconciliation',
		'#/positives',
		'#/campaigns',
		'#/cases',
		'#/contacts',
		'#/unmet',
		'#/board?area=' + fewest.area,
		'#/wall',
		'#/boxes',
		'#/bench',
		'#/labels?count=6',
		`#/case?case=${one.case}`,
		'#/chains',
		'#/grid',
		'#/venues',
		`#/trace?case=${one.case}`,
		'#/lists',
		'#/list?query=people.places',
		`#/log?subject=${who.person}`,
		'#/bulk?kind=tracing.health_checked',
		'#/zones',
		`#/zone?zone=${zone.zone}`,
		'#/sites',
		`#/site?site=${site.site}`,
		`#/room?site=${site.site}&room=${room.room}`,
		'#/homes',
		'#/orders',
		'#/orders?show=ending_soon',
		'#/help',
		'#/appeals',
		`#/person?person=${who.person}`,
		`#/household?household=${who.household}`,
		'#/record',
		'#/record?kind=testing.campaign_declared',
		'#/record?kind=tracing.contact_classified',
		'#/start',
		'#/nothing',
	];
}

/** all: every rule; else only those that a theme can break. */
async function axe(page, where, all) {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource);
	const found = await page.evaluate(
		(every) =>
			window.axe.run(document, {
				resultTypes: ['violations'],
				...(every ? {} : { runOnly: ['color-contrast', 'link-in-text-block'] }),
			}),
		all,
	);
	return found.violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(', ')}`);
}

export const access = {
	async 'a telephone of 320 px never scrolls sideways'({ page, browser, server }) {
		const views = await allViews(page);
		await Promise.all(
			['en-GB', 'zh-CN'].map(async (locale) => {
				const state = await page.context().storageState();
				const phone = await open(browser, server.base, {
					viewport: { width: 320, height: 640 },
					locale,
					hasTouch: true,
					storageState: { ...state, cookies: state.cookies.filter((c) => c.name !== 'lang') },
				});
				await phone.goto('/#/board');
				await phone.waitForSelector('#line.up');
				for (const view of views) {
					await visit(phone, view);
					const over = await phone.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
					assert.ok(over <= 0, `${view} (${locale}) is ${over} px too wide`);
				}
				await phone.click('#menu-button');
				await phone.click('#menu a[href="#/tubes"]');
				await phone.waitForSelector('main:not([aria-busy]) h1');
				assert.ok(!(await phone.isVisible('#menu')), 'the menu closes after a choice');
				await phone.context().close();
			}),
		);
	},
	async 'axe finds nothing in any view, light and dark'({ page, browser, server }) {
		const said = [];
		const views = await allViews(page);
		await Promise.all(
			['light', 'dark'].map(async (colorScheme) => {
				const tab = await open(browser, server.base, {
					colorScheme,
					storageState: await page.context().storageState(),
				});
				await tab.goto('/#/board');
				await tab.waitForSelector('#line.up');
				// in the dark: views that between them show every state and control
				const shown =
					colorScheme === 'light'
						? views
						: views.filter((x) => /board|wall|duties|tube\?|person|campaign_declared|start|bench|case\?|grid|chains|zone\?|site\?|orders/.test(x));
				for (const view of shown) {
					await visit(tab, view);
					said.push(...(await axe(tab, `${view} ${colorScheme}`, colorScheme === 'light')));
				}
				await tab.context().close();
			}),
		);
		const out = await open(browser, server.base);
		await out.goto('/');
		await out.waitForSelector('#login');
		said.push(...(await axe(out, 'sign-in', true)));
		await out.context().close();
		assert.deepEqual(said, []);
	},
	async 'signing out ends the session'({ page }) {
		await visit(page, '#/board');
		await page.click('#sign-out');
		await page.waitForSelector('#login');
		assert.equal((await page.request.get('/api/me')).status(), 401);
	},
};
