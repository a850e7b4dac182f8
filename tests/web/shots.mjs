// SPDX-License-Identifier: Apache-2.0
// shots.mjs FOLDER: the pictures of the documentation, of the exercise village. Run by `tests/test_web.sh --shots docs/img`.
import { spawnSync } from 'node:child_process';
import { ask, launch, open, serve, signIn, visit } from './browser.mjs';

const out = process.argv[2];
const server = await serve('demo');
const browser = await launch();
const first = await open(browser, server.base);
await signIn(first, 'officer');
const session = await first.context().storageState();
const [one, site, zone] = (await Promise.all(['tracing.cases', 'isolation.sites', 'zones.zones'].map((q) => ask(first, q)))).map((a) => a.rows[0]);
const pictures = [
	['board-en', '#/board', { locale: 'en-GB', viewport: { width: 1280, height: 1500 } }],
	['board-zh', '#/board', { locale: 'zh-CN', viewport: { width: 1280, height: 1500 } }],
	['board-dark-zh', '#/board', { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 1280, height: 1500 } }],
	['board-phone-zh', '#/board', { locale: 'zh-CN', viewport: { width: 320, height: 640 } }],
	['board-phone-en', '#/board', { locale: 'en-GB', viewport: { width: 320, height: 640 } }],
	['wall-en', '#/wall', { locale: 'en-GB', viewport: { width: 1920, height: 1080 } }],
	['duties-en', '#/duties', { locale: 'en-GB', viewport: { width: 1280, height: 800 } }],
	['duties-zh', '#/duties', { locale: 'zh-CN', viewport: { width: 1280, height: 800 } }],
	['case-en', `#/case?case=${one.case}`, { locale: 'en-GB', viewport: { width: 1280, height: 1000 } }],
	['site-zh', `#/site?site=${site.site}`, { locale: 'zh-CN', viewport: { width: 1280, height: 1000 } }],
	['zone-en', `#/zone?zone=${zone.zone}`, { locale: 'en-GB', viewport: { width: 1280, height: 900 } }],
	['bench-en', '#/bench', { locale: 'en-GB', viewport: { width: 1280, height: 900 } }],
	['missing-en', '#/missing?unexcused=1', { locale: 'en-GB', viewport: { width: 1280, height: 800 } }],
	['record-zh', '#/record?kind=testing.round_opened', { locale: 'zh-CN', viewport: { width: 1280, height: 800 } }],
];
for (const [name, view, options] of pictures) {
	const page = await open(browser, server.base, { ...options, storageState: session });
	await page.addInitScript(() => localStorage.setItem('tour.done', '1'));
	await page.goto('/#/board');
	await page.waitForSelector('#line.up');
	await visit(page, view);
	await page.waitForTimeout(1300); // the refresh at connecting is over
	await page.screenshot({ path: `${out}/${name}.png` });
	await page.context().close();
}
await browser.close();
await server.stop();
// few colours are enough for text; where pngquant is installed the files become a third
spawnSync(
	'pngquant',
	['--force', '--ext', '.png', '--skip-if-larger', '64', ...pictures.map(([name]) => `${out}/${name}.png`)],
	{ stdio: 'inherit' },
);
