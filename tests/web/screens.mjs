// SPDX-License-Identifier: Apache-2.0
// screens.mjs - the main job of each screen: an area's board, duties together, a plate from box to result, labels, a case signed in
// bulk, chains, the follow-up sheet, saved choices, the wall, the tour, exports.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { ask, open, signIn, visit } from './browser.mjs';
import { coverage } from './board.mjs';
import { dutyActs, dutyPages } from '../../web/domain/duty_acts.js';
import { words } from '../../web/words.js';

/** The files of a zip, by name: a workbook is one. */
export function unzip(bytes) {
	const files = {};
	let at = bytes.lastIndexOf(Buffer.from('PK\x05\x06'));
	let n = bytes.readUInt16LE(at + 10);
	for (at = bytes.readUInt32LE(at + 16); n > 0; n--) {
		const [method, size, name, extra, comment] = [10, 20, 28, 30, 32].map((o) => (o === 20 ? bytes.readUInt32LE(at + o) : bytes.readUInt16LE(at + o)));
		const local = bytes.readUInt32LE(at + 42);
		const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
		const raw = bytes.subarray(from, from + size);
		files[bytes.toString('utf8', at + 46, at + 46 + name)] = method === 8 ? inflateRawSync(raw) : raw;
		at += 46 + name + extra + comment;
	}
	return files;
}

const plain = (x) => x.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&amp;/g, '&');

/** Rows of the first sheet: text and numbers as they stand. */
export function sheetRows(bytes) {
	const files = unzip(bytes);
	const shared = [...(files['xl/sharedStrings.xml']?.toString() || '').matchAll(/<si>(.*?)<\/si>/gs)].map((m) => plain(m[1].replace(/<[^>]*>/g, '')));
	const sheet = files['xl/worksheets/sheet1.xml'].toString();
	assert.doesNotMatch(sheet, /<f>/, 'no formula, whatever a text begins with');
	return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map((row) => {
		const cells = [];
		for (const m of row[1].matchAll(/<c r="([A-Z]+)\d+"([^>]*?)(?:\/>|>(.*?)<\/c>)/gs)) {
			const column = [...m[1]].reduce((k, c) => k * 26 + c.charCodeAt(0) - 64, 0) - 1;
			const value = plain((m[3] || '').replace(/<[^>]*>/g, ''));
			cells[column] = /t="s"/.test(m[2]) ? shared[Number(value)] : /t="(inlineStr|str)"/.test(m[2]) ? value : /t="b"/.test(m[2]) ? value === '1' : value === '' ? null : Number(value);
		}
		return cells;
	});
}

/** What a cell must hold of a value in JSON. */
function cellOf(type, v) {
	if (v === null || v === '') return null;
	if (type === 'time' || type === 'day') {
		const wall = Date.parse((type === 'day' ? v + 'T00:00:00' : v.slice(0, 19)) + 'Z');
		return wall / 86400000 + 25569;
	}
	return type === 'span' ? v / 86400000 : v;
}

async function xlsx(page, name, args = {}) {
	const res = await page.request.get(`/api/${name.replace('.', '/')}?${new URLSearchParams({ ...args, format: 'xlsx', lang: 'en' })}`);
	assert.equal(res.status(), 200, name + ': ' + res.status());
	assert.match(res.headers()['content-type'], /spreadsheetml/);
	return sheetRows(await res.body());
}

export const screens = {
	async 'every word of a closed list that the server may write has both languages'({ page }) {
		const [{ queries }, { kinds }] = await Promise.all(['queries', 'kinds'].map(async (x) => (await page.request.get('/api/' + x)).json()));
		const lacking = new Set();
		const look = (where, list) => {
			for (const one of list) for (const word of one.words || []) if (!words[`${one.name}.${word}`] && !words[word]) lacking.add(`${where} ${one.name}: ${word}`);
		};
		for (const q of queries) look(q.name, [...q.columns, ...q.params]);
		for (const k of kinds) look(k.name, k.fields);
		assert.deepEqual([...lacking], []);
	},
	async 'every declared query is a workbook with the same rows as JSON'({ page }) {
		const { queries } = await (await page.request.get('/api/queries')).json();
		const me = await (await page.request.get('/api/me')).json();
		const rights = new Set(me.rights);
		let compared = 0;
		for (const q of queries) {
			if (!rights.has(q.right) || q.params.some((p) => p.required)) continue;
			const [sheet, { rows, now }] = await Promise.all([xlsx(page, q.name), ask(page, q.name, { limit: 10000 })]);
			assert.ok(now);
			assert.deepEqual(sheet[0], q.columns.map((c) => c.en), q.name);
			assert.equal(sheet.length, rows.length + 1, q.name);
			rows.forEach((row, i) =>
				q.columns.forEach((c, k) => {
					const want = cellOf(c.type, row[c.name]);
					const got = sheet[i + 1][k] ?? null;
					// what counts from now on to another instant may have grown by a moment
					if (typeof want === 'number' && (c.type === 'span' || c.type === 'time' || c.type === 'number')) assert.ok(Math.abs(got - want) < 1e-3, `${q.name} ${c.name}: ${got}, ${want}`);
					else assert.equal(got, want, `${q.name} ${c.name}`);
				}),
			);
			compared += rows.length;
		}
		assert.ok(compared > 500, `${compared} rows`);
	},
	async 'every kind of duty is done from where it stands: by a form that exists, or on a page'({ page }) {
		const { kinds, duties } = await (await page.request.get('/api/kinds')).json();
		for (const d of duties) {
			const how = dutyActs[d.name];
			assert.ok(how || dutyPages[d.name], `${d.name} leads nowhere`);
			if (!how) continue;
			const fact = kinds.find((k) => k.name === how.fact);
			assert.ok(fact, `${d.name}: there is no ${how.fact}`);
			for (const name of Object.keys(how.known({ subject: 's', part_id: 'p' }))) assert.ok(fact.fields.some((f) => f.name === name), `${how.fact} has no ${name}`);
		}
	},
	async 'the files of the screens are packed, tagged, and kept for a year under their edition'({ server }) {
		const page = await (await fetch(server.base)).text();
		const app = /src="(\/web\/([0-9a-f]{16})\/app\.js)"/.exec(page);
		assert.ok(app, 'the first page names its files by edition');
		const kept = await fetch(server.base + app[1]);
		assert.match(kept.headers.get('cache-control'), /max-age=31536000, immutable/);
		assert.equal(kept.headers.get('content-encoding'), 'gzip');
		const tag = kept.headers.get('etag');
		assert.match(tag, /^"[0-9a-f]{32}z?"$/);
		assert.equal((await fetch(server.base + app[1], { headers: { 'If-None-Match': tag } })).status, 304);
		const plainOne = await fetch(server.base + '/web/app.js');
		assert.equal(plainOne.headers.get('cache-control'), 'no-cache');
		assert.equal(await plainOne.text(), readFileSync(new URL('../../web/app.js', import.meta.url), 'utf8'));
		assert.equal((await fetch(`${server.base}/web/0000000000000000/app.js`)).status, 404);
	},
	async 'the first load of the board stays below 300 kB'({ page, browser, server }) {
		const tab = await open(browser, server.base, { storageState: await page.context().storageState() });
		const cdp = await tab.context().newCDPSession(tab);
		await cdp.send('Network.enable');
		let bytes = 0;
		cdp.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength));
		await tab.goto('/#/board');
		await tab.waitForSelector('#tile-missing');
		console.log(`     ${Math.round(bytes / 1024)} kB`);
		assert.ok(bytes < 300 * 1024, `${bytes} bytes`);
		assert.equal(await tab.evaluate(() => performance.getEntriesByType('resource').filter((r) => /echarts|lean-qr|code128/.test(r.name)).length), 0);
		await tab.context().close();
	},
	async 'the board of a village is asked for that village, and leads back'({ page }) {
		await visit(page, '#/board');
		const { rows } = await coverage(page);
		const most = rows.reduce((a, b) => (b.missing > a.missing ? b : a));
		assert.equal(await page.locator('#map .spot').count(), rows.length, 'a spot for each village');
		await page.click(`#map a[href*="${most.area}"]`);
		await page.waitForSelector('main:not([aria-busy]) .crumbs');
		assert.equal(await page.textContent('#tile-missing .figure'), String(most.missing));
		const counts = (await ask(page, 'house.duty_counts', { area: most.area })).rows;
		assert.equal(await page.textContent('#tile-overdue .figure'), String(counts.reduce((n, r) => n + r.overdue, 0)));
		await page.click('.crumbs a >> nth=0');
		await page.waitForSelector('main:not([aria-busy]) #map .spot');
	},
	async 'the wall shows the worst clocks large'({ page }) {
		await visit(page, '#/wall');
		const clocks = (await ask(page, 'house.clocks')).rows;
		assert.equal(await page.locator('.wall-clock').count(), Math.min(8, clocks.length));
		assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.querySelector('.wall-now')).fontSize) > 30));
		assert.ok(!(await page.isVisible('#menu')));
		await visit(page, '#/board');
		assert.ok(await page.isVisible('#menu'));
	},
	async 'duties that are alike are recorded together, each as a fact of its own'({ page }) {
		await visit(page, '#/duties?kind=tracing.check');
		const open = (await ask(page, 'house.duties', { kind: 'tracing.check', limit: 10000 })).rows;
		const now = open.filter((r) => Date.parse(r.from_at) <= Date.now());
		assert.equal(await page.locator('tbody tr').count(), now.length);
		await page.check('thead .tick input');
		await page.click('.bulk button:has-text("Record for")');
		await page.waitForSelector('main:not([aria-busy]) #f-temperature');
		await page.fill('#f-temperature', '60');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded:has-text("refused")');
		await page.fill('#f-temperature', '36.5');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded.good');
		const people = new Set(now.map((r) => r.subject)).size;
		assert.match(await page.textContent('#recorded'), new RegExp(`^${people} recorded`));
		await page.click('#recorded a.button');
		await page.waitForSelector('main:not([aria-busy]) h1:has-text("My duties")');
		await visit(page, `#/log?subject=${now[0].subject}`);
		await page.waitForSelector('td:has-text("done")');
	},
	async 'a choice is saved under a name, found again, and removed'({ page }) {
		await visit(page, '#/duties?overdue=1');
		await page.click('summary:has-text("Save this choice")');
		await page.fill('input[name=saved_name]', 'Late ones');
		await page.press('input[name=saved_name]', 'Enter');
		await visit(page, '#/duties');
		await page.click('.chip a:has-text("Late ones")');
		await page.waitForFunction(() => location.hash.includes('overdue=1'));
		await page.waitForSelector('.chip a[aria-current]');
		await page.click('.chip button');
		await page.waitForSelector('.chip', { state: 'detached' });
	},
	async 'the laboratory: a box, a plate, results by hand and from a table'(state) {
		const lab = await open(state.browser, state.server.base);
		await signIn(lab, 'lab');
		await visit(lab, '#/bench');
		const box = (await ask(lab, 'testing.boxes')).rows.find((b) => !b.received_at);
		await lab.fill('#box_code', 'no such box');
		await lab.press('#box_code', 'Enter');
		await lab.waitForSelector('.notice.bad:has-text("no such box")');
		await lab.fill('#box_code', box.code);
		await lab.press('#box_code', 'Enter');
		await lab.waitForSelector('#tubes_n');
		await lab.press('#tubes_n', 'Enter');
		await lab.waitForSelector('section:has(#receive-title) .notice.good');
		assert.ok((await ask(lab, 'testing.boxes')).rows.find((b) => b.box === box.box).received_at);
		const waiting = async () => (await ask(lab, 'testing.bench')).rows.filter((x) => x.stage === 'received');
		const n = (await waiting()).length;
		assert.ok(n >= box.tubes);
		await lab.waitForSelector(`section:has(#load-title) p:has-text("${n} tubes wait")`);
		const first = (await waiting())[0];
		await lab.fill('#tube_code', first.code);
		await lab.press('#tube_code', 'Enter');
		await lab.waitForSelector(`section:has(#load-title) .well.taken:has-text("${first.code}")`);
		await lab.click('button:has-text("Fill with those that wait")');
		assert.equal(await lab.locator('section:has(#load-title) .well.taken').count(), n);
		assert.equal(await lab.locator('section:has(#load-title) .well.control').count(), 2);
		await lab.check('input[name=controls_ok]');
		await lab.click('button:has-text("Load ")');
		await lab.waitForSelector('section:has(#load-title) .notice.good');
		assert.equal((await waiting()).length, 0);
		const plated = (await ask(lab, 'testing.bench')).rows.filter((x) => x.stage === 'plated');
		const plate = plated.filter((x) => x.plate === plated.at(-1).plate);
		await lab.waitForFunction((k) => [...document.querySelectorAll('select[name=plate] option')].some((o) => o.value === k), plate[0].plate);
		await lab.selectOption('select[name=plate]', plate[0].plate);
		const table = ['管码,结果,ct_n', ...plate.slice(0, 2).map((x) => `${x.code},阴性,`), 'STRANGE,negative,'].join('\n');
		await lab.setInputFiles('input[type=file]', { name: 'run.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
		await lab.waitForSelector('text=2 results read');
		await lab.waitForSelector('.notice.bad:has-text("STRANGE")');
		await lab.click('button:has-text("All others negative")');
		await lab.click(`button:has-text("Report ${plate.length} result")`);
		await lab.waitForSelector('section:has(#results-title) .notice.good');
		const left = (await ask(lab, 'testing.bench')).rows.map((x) => x.tube);
		for (const x of plate) assert.ok(!left.includes(x.tube), 'a tube with a result leaves the bench');
		await lab.context().close();
	},
	async 'labels are printed as QR and Code 128, and every number once'({ page }) {
		await visit(page, '#/labels?prefix=JX&first=17&count=24&digits=5');
		const shown = await page.locator('.label b').allTextContents();
		assert.equal(new Set(shown).size, 24);
		assert.equal(shown[0], 'JX00017');
		assert.equal(await page.locator('.label .qr path').count(), 24);
		assert.equal(await page.locator('.label .code128 path').count(), 24);
		// a finder pattern stands in three corners of a QR code: seven modules in its first row
		assert.match(await page.getAttribute('.label .qr path', 'd'), /^M2 2h1v1h-1zM3 2h1v1h-1zM4 2h1v1h-1zM5 2h1v1h-1zM6 2h1v1h-1zM7 2h1v1h-1zM8 2h1v1h-1z/);
		await page.emulateMedia({ media: 'print' });
		assert.ok(!(await page.isVisible('#menu')) && !(await page.isVisible('form.filters')));
		await page.emulateMedia({ media: 'screen' });
	},
	async 'proposals are signed in bulk; the case file shows its days and what another rule would find'({ page }) {
		const one = (await ask(page, 'tracing.cases')).rows.find((c) => c.class === 'confirmed');
		await visit(page, `#/case?case=${one.case}`);
		assert.ok((await page.locator('.stay-line .stay').count()) > 0);
		assert.equal(await page.locator('.stay-line .event').count(), ['onset_at', 'sampled_at', 'opened_at', 'isolated_at'].filter((k) => one[k]).length);
		const before = await page.textContent('section:has(#what-if-title) .sum');
		await page.focus('.slider input');
		for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowRight');
		assert.notEqual(await page.textContent('section:has(#what-if-title) .sum'), before);
		const open = (await ask(page, 'tracing.proposals', { case: one.case })).rows.filter((r) => r.state === 'none' && !r.is_case);
		assert.ok(open.length > 0, 'somebody is not judged yet');
		await page.check('section:has(#proposals-title) thead .tick input');
		await page.click('.bulk button');
		await page.waitForSelector('main:not([aria-busy]) #f-basis');
		assert.match(await page.textContent('main'), /Your signature restricts a person/);
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded.good');
		const after = (await ask(page, 'tracing.proposals', { case: one.case })).rows.filter((r) => r.state === 'none' && !r.is_case);
		assert.equal(after.length, 0);
	},
	async 'chains are drawn on demand, and said in words'({ page }) {
		for (const look of ['net', 'tree', 'days']) {
			await visit(page, `#/chains?look=${look}`);
			await page.waitForSelector('.chart[data-drawn] canvas', { timeout: 15000 });
			assert.match(await page.getAttribute('.chart', 'aria-label'), /\d+ cases, \d+ likely links/);
		}
	},
	async 'the follow-up sheet has a row for each contact and a column for each day'({ page }) {
		await visit(page, '#/grid');
		const rows = (await ask(page, 'tracing.follow_up', { limit: 10000 })).rows;
		assert.equal(await page.locator('.grid tbody tr').count(), new Set(rows.map((r) => r.person + r.case)).size);
		assert.equal(await page.locator('.grid thead th').count(), 3 + Math.max(...rows.map((r) => r.day)));
	},
	async 'any declared query is a list, with headings in the language of the reader'({ page }) {
		await visit(page, '#/lists');
		await page.click('a[href="#/list?query=people.places"]');
		await page.waitForSelector('main:not([aria-busy]) tbody tr');
		const n = (await ask(page, 'people.places')).rows.length;
		assert.equal(await page.locator('tbody tr').count(), n);
		await visit(page, '#/list?query=house.duty_log');
		await page.waitForSelector('input[name=subject]');
	},
	async 'a zone says what stands before its end, person by person'({ page }) {
		const zone = (await ask(page, 'zones.zones')).rows[0];
		await visit(page, '#/zones');
		await page.click(`a[href="#/zone?zone=${zone.zone}"]`);
		await page.waitForSelector('main:not([aria-busy]) #unmet');
		const unmet = (await ask(page, 'zones.unmet', { zone: zone.zone, limit: 5000 })).rows;
		assert.equal(await page.locator('#unmet tbody tr').count(), Math.min(30, unmet.length));
		assert.match(await page.textContent('#unmet'), new RegExp(`All ${unmet.length}`));
		assert.ok((await page.locator('#notice p').count()) > 3, 'the notice stands there');
		assert.equal(await page.locator('a[href*="zones.zone_declared"]').count(), 0, 'a zone that is there is not declared again');
		await page.click('a[href*="zones.zone_prolonged"]');
		await page.waitForSelector('main:not([aria-busy]) form.record');
		assert.equal(await page.inputValue('#f-zone'), zone.zone);
	},
	async 'an isolation site is a plan of rooms; a room leads to who is in it and to what may be recorded'({ page }) {
		const site = (await ask(page, 'isolation.sites')).rows[0];
		await visit(page, '#/sites');
		await page.click(`a[href="#/site?site=${site.site}"]`);
		await page.waitForSelector('main:not([aria-busy]) #plan');
		const rooms = (await ask(page, 'isolation.rooms', { site: site.site })).rows;
		assert.equal(await page.locator('.room').count(), rooms.length);
		assert.equal(await page.locator('.room.taken').count(), rooms.filter((r) => r.state === 'occupied').length);
		const dirty = rooms.find((r) => r.state === 'to_disinfect');
		await page.click(`.room.late >> nth=0`);
		await page.waitForSelector(`main:not([aria-busy]) h1:has-text("Room ${dirty.number}")`);
		await page.click('a[href*="isolation.room_disinfected"] >> nth=0');
		await page.waitForSelector('main:not([aria-busy]) form.record');
		assert.equal(await page.inputValue('#f-room'), dirty.room);
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		const now = (await ask(page, 'isolation.rooms', { site: site.site })).rows.find((r) => r.room === dirty.room);
		assert.notEqual(now.state, 'to_disinfect');
	},
	async 'help and appeals are answered from their lists; who is restricted shows basis and end'({ page }) {
		await visit(page, '#/orders');
		const orders = (await ask(page, 'orders.in_force')).rows;
		assert.equal(await page.locator('tbody tr').count(), orders.length);
		assert.match(await page.textContent('tbody'), /edition 9/);
		await visit(page, '#/help');
		const asked = (await ask(page, 'orders.help')).rows.filter((r) => !r.answered_at).length;
		await page.click('tbody a:has-text("Answer") >> nth=0');
		await page.waitForSelector('main:not([aria-busy]) #f-outcome');
		await page.selectOption('#f-outcome', 'done');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
		assert.equal((await ask(page, 'orders.help')).rows.filter((r) => !r.answered_at).length, asked - 1);
		await visit(page, '#/appeals');
		await page.click('tbody a:has-text("Answer") >> nth=0');
		await page.waitForSelector('main:not([aria-busy]) #f-granted');
		await page.selectOption('#f-granted', '0');
		await page.fill('#f-answer', 'the days are not over');
		await page.click('button[type=submit]');
		await page.waitForSelector('#recorded');
	},
	async 'who is at home stands with checks, team and duties; a person says what applies'({ page }) {
		const rows = (await ask(page, 'homecare.households')).rows;
		await visit(page, '#/homes');
		assert.equal(await page.locator('tbody tr').count(), rows.length);
		await page.click('tbody th a >> nth=0');
		await page.waitForSelector('main:not([aria-busy]) #applies');
		assert.match(await page.textContent('#applies'), /Ends by itself/);
	},
	async 'the tour leads through the exercise by keyboard and ends at once'({ browser, server }) {
		const page = await open(browser, server.base);
		await signIn(page, 'officer');
		await page.click('#tour-start');
		await page.waitForSelector('.tour-here');
		const seen = [await page.textContent('#tour-title')];
		while (await page.locator('#tour-next').count()) {
			await page.focus('#tour-title');
			await page.keyboard.press('ArrowRight');
			await page.waitForFunction((old) => document.getElementById('tour-title').textContent !== old, seen.at(-1));
			await page.waitForSelector('.tour-here', { timeout: 6000 });
			seen.push(await page.textContent('#tour-title'));
		}
		assert.ok(seen.length >= 10 && new Set(seen).size === seen.length, seen.join(', '));
		await page.keyboard.press('Escape');
		await page.waitForSelector('.tour', { state: 'detached' });
		await visit(page, '#/board');
		assert.equal(await page.locator('#tour-start').count(), 0, 'it is not offered again');
		await page.context().close();
	},
};
