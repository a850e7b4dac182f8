// SPDX-License-Identifier: Apache-2.0
// post_rounds.mjs - the other posts: boxes to the laboratory, the round of an isolation site, visits at home; and scanning with a camera.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
	allSent,
	beginShift,
	go,
	keptOnPhone,
	ledger,
	openPost,
	phone,
	press,
	scan,
	signInPost,
	typeNumber,
	verdictAfter,
	waitingN,
} from './phone.mjs';
import { users } from './browser.mjs';
import { idOfLabel, readManifest } from '../../web/post/code.js';
import { generate } from '../../web/vendor/lean-qr.js';

const require = createRequire(process.env.SUSHUI_NPM + '/');
const { chromium } = require('playwright-core');
globalThis.window = globalThis.window || {}; // where the label printer's library puts itself
await import('../../web/vendor/code128.js');

/** A film for a camera that is none: grey pictures of what is held before it. */
function film(path, { dark, w, h }, W = 640, H = 480) {
	const scale = Math.floor(Math.min((W * 0.7) / w, (H * 0.7) / h));
	const left = (W - w * scale) >> 1;
	const top = (H - h * scale) >> 1;
	const y = Buffer.alloc(W * H, 200);
	for (let j = -40; j < h * scale + 40; j++)
		for (let i = -40; i < w * scale + 40; i++)
			if (top + j >= 0 && top + j < H && left + i >= 0 && left + i < W) y[(top + j) * W + left + i] = 240;
	for (let j = 0; j < h * scale; j++)
		for (let i = 0; i < w * scale; i++) if (dark(Math.floor(i / scale), Math.floor(j / scale))) y[(top + j) * W + left + i] = 20;
	const frame = Buffer.concat([Buffer.from('FRAME\n'), y, Buffer.alloc((W * H) / 2, 128)]);
	writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${W} H${H} F10:1 Ip A1:1 C420jpeg\n`), frame, frame, frame]));
}

/** The bars of a Code-128 label as pictures of one row. */
function bars(text) {
	const widths = code128Bars(text);
	const row = [];
	widths.forEach((n, i) => row.push(...Array(n).fill(i % 2 === 0)));
	return { dark: (x) => row[x], w: row.length, h: Math.round(row.length / 3) };
}

async function camera(s, path) {
	const browser = await chromium.launch({
		executablePath: process.env.CHROMIUM,
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--use-fake-ui-for-media-stream',
			'--use-fake-device-for-media-stream',
			`--use-file-for-fake-video-capture=${path}`,
		],
	});
	const page = await phone(browser, s.server.base, { permissions: ['camera'] });
	await openPost(page);
	await keptOnPhone(page);
	await signInPost(page, 'sampler');
	await beginShift(page, { site: s.site });
	return { browser, page };
}

/** Widths of bars and gaps by turns, from the library that prints our labels. */
function code128Bars(text) {
	const to = {};
	globalThis.window.JsBarcode(to, text, { format: 'CODE128' });
	const made = [...to.encodings.map((e) => e.data).join('')];
	const widths = [];
	for (let i = 0; i < made.length;) {
		let n = 1;
		while (made[i + n] === made[i]) n++;
		widths.push(n);
		i += n;
	}
	return widths;
}

export const rounds = {
	async 'the camera reads a QR code and a Code-128 label, without a line'(s) {
		const work = process.env.SUSHUI_WORK;
		const person = s.next();
		const qr = generate(person);
		film(`${work}/qr.y4m`, { dark: (x, y) => qr.get(x, y), w: qr.size, h: qr.size });
		let { browser, page } = await camera(s, `${work}/qr.y4m`);
		await scan(page, 'BOX-CAM');
		await scan(page, s.label());
		await page.context().setOffline(true);
		let no = await page.getAttribute('#verdict', 'data-no');
		let began = Date.now();
		await page.click('#camera-button');
		let v = await verdictAfter(page, no);
		assert.ok(v.good && v.text.includes(person.slice(-8)), v.text);
		s.notes.push(`camera opened to QR code read: ${Date.now() - began} ms`);
		// held on in view it is read once
		no = await page.getAttribute('#verdict', 'data-no');
		await page.waitForTimeout(3500);
		assert.equal(await page.getAttribute('#verdict', 'data-no'), no);
		assert.match(await page.textContent('#tube-code'), /1\/10/);
		await page.click('#camera-button');
		assert.equal(await page.evaluate(() => document.getElementById('camera').srcObject), null, 'the camera is off');
		await page.context().setOffline(false);
		await go(page, 'waiting'); // the last swab is held no longer
		await allSent(page);
		await browser.close();
		const label = s.label();
		film(`${work}/bars.y4m`, bars(label));
		({ browser, page } = await camera(s, `${work}/bars.y4m`));
		await scan(page, 'BOX-CAM');
		no = await page.getAttribute('#verdict', 'data-no');
		began = Date.now();
		await page.click('#camera-button');
		v = await verdictAfter(page, no);
		assert.ok(v.good && v.text.includes(`Tube ${label}`), v.text);
		s.notes.push(`camera opened to Code-128 label read: ${Date.now() - began} ms`);
		await allSent(page);
		await browser.close();
		s.camTubes = [label];
	},
	async 'no camera: it is said, and typing goes on'(s) {
		const { page } = s;
		await go(page, 'sample');
		await page.waitForSelector('#scan');
		await page.click('#camera-button');
		await page.waitForSelector('.scan .notice.bad');
		assert.match(await page.textContent('.scan .notice.bad'), /There is no camera|not allowed/);
		await page.click('#type-button');
		assert.equal(await page.getAttribute('#scan', 'inputmode'), 'text');
		await page.click('#type-button');
	},
	async 'a box goes from the sampler to the courier to the laboratory, two signatures, without a line'(s) {
		const { page } = s;
		await go(page, 'sample');
		await page.waitForSelector('#place');
		if (await page.$('#next-box')) await page.click('#next-box');
		await scan(page, 'BOX-77');
		const labels = [];
		for (let i = 0; i < 3; i++) {
			labels.push(s.label());
			await scan(page, labels[i]);
			for (let k = 0; k < 2; k++) await scan(page, s.next());
			await page.click('#close-tube');
			await typeNumber(page, 'count', '2');
			await press(page, '#count-done');
		}
		await page.click('#show-box');
		const code = await page.getAttribute('.qr', 'data-text');
		assert.deepEqual(
			readManifest(code).tubes.map((x) => x.code),
			labels,
		);
		await page.click('#back');
		const courier = await phone(s.browser, s.server.base);
		await openPost(courier);
		await keptOnPhone(courier);
		await signInPost(courier, 'courier');
		await go(courier, 'courier');
		await courier.waitForSelector('#scan');
		await courier.context().setOffline(true);
		let v = await scan(courier, code);
		assert.ok(v.good && v.text.includes('Box BOX-77: 3 tubes'), v.text);
		v = await press(courier, '#take');
		assert.ok(v.good && v.text.includes('Taken: 3'), v.text);
		v = await scan(courier, code);
		assert.ok(!v.good && v.text.includes('was taken before'), v.text);
		// another box, tube by tube; one that is in the first box is caught
		await scan(courier, 'BOX-78');
		v = await scan(courier, labels[1]);
		assert.ok(!v.good && v.text.includes('belongs to box BOX-77'), v.text);
		await scan(courier, s.camTubes?.[0] || 'PT99999');
		v = await scan(courier, s.camTubes?.[0] || 'PT99999');
		assert.ok(!v.good && v.text.includes('in the box already'), v.text);
		await press(courier, '#take');
		assert.equal(await courier.locator('#boxes li').count(), 2);
		assert.match(await courier.textContent('#boxes li:first-child'), /BOX-77.*3 tubes.*min since the first swab/);
		assert.equal(await waitingN(courier), 2);
		// at the laboratory, on its own phone, also without a line
		const lab = await phone(s.browser, s.server.base);
		await openPost(lab);
		await keptOnPhone(lab);
		await signInPost(lab, 'lab');
		await go(lab, 'courier');
		await lab.waitForSelector('#scan');
		await lab.context().setOffline(true);
		await courier.click('#boxes [data-box="BOX-77"]');
		await scan(lab, await courier.getAttribute('.qr', 'data-text'));
		await typeNumber(lab, 'count', '2');
		v = await press(lab, '#count-done');
		assert.ok(!v.good && v.text.includes('Counted 2, sent 3'), v.text);
		await press(courier, '#handed');
		await courier.context().setOffline(false);
		await lab.context().setOffline(false);
		await Promise.all([allSent(courier), allSent(lab)]);
		// the second box is signed for on the courier's phone, under the laboratory's name
		await courier.click('#boxes [data-box="BOX-78"]');
		await courier.click('summary');
		await courier.fill('#lab-count', '1');
		await courier.fill('#lab-login', 'lab');
		await courier.fill('#lab-password', users.lab);
		v = await press(courier, '#lab-sign');
		assert.ok(v.good && v.text.includes('received: 1'), v.text);
		assert.equal(await courier.locator('#boxes li').count(), 0);
		const facts = ledger('demo');
		const box = await idOfLabel('140826', 'box', 'BOX-77');
		const of = (kind, b) => facts.filter((f) => f.kind === kind && f.body.box === b);
		assert.equal(of('testing.box_sent', box).length, 1);
		assert.equal(of('testing.box_received', box).length, 1);
		assert.notEqual(of('testing.box_sent', box)[0].by, of('testing.box_received', box)[0].by, 'two people signed');
		assert.equal(of('testing.box_received', box)[0].body.tubes_n, 2);
		const other = await idOfLabel('140826', 'box', 'BOX-78');
		assert.equal(
			of('testing.box_received', other)[0].by,
			of('testing.box_received', box)[0].by,
			"the laboratory's own name, on the courier's phone",
		);
		await allSent(page);
		const { rows } = await s.officer.ask('testing.tubes', { campaign: s.campaign, round: 2 });
		for (const l of labels) assert.equal(rows.find((r) => r.code === l).stage, 'received', 'the same tube on all three phones');
		await courier.context().close();
		await lab.context().close();
	},
	async 'the round of an isolation site: room by room, a sign of illness, meals, who is missing'(s) {
		const { rooms, people } = s.hotel;
		const page = await phone(s.browser, s.server.base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'officer');
		await go(page, 'isolation');
		await page.waitForSelector('#rooms button');
		await page.context().setOffline(true);
		assert.match(await page.textContent('#round-state'), /0 of 6 seen/);
		await page.click('#go-on');
		const temperature = async (text, press_) => {
			await typeNumber(page, 'temperature', text);
			return press(page, press_ || '#temperature-done');
		};
		await typeNumber(page, 'temperature', '999');
		await page.click('#temperature-done');
		await page.waitForSelector('text=Between 30 and 45');
		for (let i = 0; i < 3; i++) await page.click('#temperature .keys button:text-is("⌫")');
		let v = await temperature('365');
		assert.ok(v.good && v.text.includes('301') && v.text.includes('36.5'), v.text);
		// it goes on with the next room by itself
		await page.waitForSelector('#title:has-text("302")');
		await page.click('#sym-dry_cough');
		v = await temperature('381');
		assert.ok(!v.good && v.text.includes('signs of illness') && v.text.includes('doctor'), v.text);
		await page.click('#no-answer');
		await page.waitForSelector('#title:has-text("304")'); // kept first, then the next room
		await page.click('#back');
		v = await scan(page, rooms[4]);
		assert.ok(v.good && v.text.includes('305'), v.text);
		await temperature('36.4');
		await page.click('#back');
		await page.click('#end-round');
		assert.match(await page.textContent('#missing'), /3 not seen yet/);
		assert.equal(await page.locator('main [data-person]').count(), 3);
		await page.click(`main [data-person="${people[2]}"]`);
		await temperature('366');
		await page.click('#back');
		await page.click('#end-round');
		await press(page, '#tell-round');
		await page.click('#meals');
		await page.click('#serve-all');
		await page.click(`main [data-person="${people[5]}"]`);
		await page.waitForSelector('#served:has-text("5 of 6")');
		await press(page, '#tell-meal');
		await page.context().setOffline(false);
		await allSent(page);
		const facts = ledger('demo');
		const checks = facts.filter((f) => f.kind === 'tracing.health_checked' && people.includes(f.body.person));
		assert.deepEqual(checks.map((f) => [people.indexOf(f.body.person), f.body.temperature, f.body.symptoms?.join() || '']).sort(), [
			[0, 36.5, ''],
			[1, 38.1, 'dry_cough'],
			[2, 36.6, ''],
			[4, 36.4, ''],
		]);
		assert.equal(facts.find((f) => f.kind === 'isolation.round_done').body.seen_n, 4);
		assert.equal(facts.find((f) => f.kind === 'isolation.meal_served').body.served_n, 5);
		await page.context().close();
	},
	async 'a household visit: met, health check, delivery, waste, help that is asked for'(s) {
		const people = s.atHome;
		const page = await phone(s.browser, s.server.base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'community');
		await go(page, 'visit');
		await page.waitForSelector(`[data-person="${people[0]}"]`);
		await page.context().setOffline(true);
		let v = await scan(page, s.homes[500]);
		assert.ok(v.good && v.text.includes(people[0].slice(-8)), v.text);
		await press(page, '#found-met');
		await page.click('#check');
		await typeNumber(page, 'temperature', '362');
		v = await press(page, '#temperature-done');
		assert.ok(v.good && v.text.includes('36.2'), v.text);
		await press(page, '#goods-food');
		await page.click('#waste');
		await typeNumber(page, 'bags', '2');
		await press(page, '#bags-done');
		await page.click('#help');
		await page.click('#help-medical_emergency');
		await page.waitForSelector('#verdict:has-text("Call 120 now")');
		await page.click('#back');
		await page.click(`[data-person="${people[1]}"]`);
		await press(page, '#found-no_answer');
		await page.click('#back');
		assert.match(await page.textContent('main'), /2 of \d+ visited today/);
		await page.context().setOffline(false);
		await allSent(page);
		const facts = ledger('demo').filter(
			(f) => people.includes(f.body.person) && f.device?.startsWith('phone-') && f.kind !== 'testing.swab_taken',
		);
		assert.deepEqual(facts.map((f) => f.kind).sort(), [
			'homecare.delivery_done',
			'homecare.visit_done',
			'homecare.visit_done',
			'homecare.waste_collected',
			'orders.help_asked',
			'tracing.health_checked',
		]);
		const { rows } = await s.officer.ask('homecare.households');
		const row = rows.find((r) => r.person === people[0]);
		assert.equal(row.visits, 1);
		await page.context().close();
	},
};
