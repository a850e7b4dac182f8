// SPDX-License-Identifier: Apache-2.0
// post_keeping.mjs - nothing is lost and nothing doubled: without a line, over kill -9 of server and page, over eight hours, over a change of user,
// of version, of clock, with a full phone; and what the server refuses comes back to the hand that recorded it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import {
	allSent,
	beginShift,
	client,
	dumpPhone,
	go,
	keptOnPhone,
	ledger,
	openPost,
	phone,
	press,
	scan,
	signInPost,
	typeNumber,
	waitingN,
} from './phone.mjs';
import { complaints, users } from './browser.mjs';
import { inLedger } from './post_sampling.mjs';

/** A tube with n persons, closed. Gives the persons. */
async function fillTube(s, page, n = 10) {
	const persons = [];
	const tube = s.label();
	let v = await scan(page, tube);
	assert.ok(v.good, v.text);
	for (let i = 0; i < n; i++) {
		const p = s.next();
		v = await scan(page, p);
		assert.ok(v.good, v.text);
		persons.push(p);
	}
	if (n < 10) await page.click('#close-tube');
	await typeNumber(page, 'count', String(n));
	await press(page, '#count-done');
	return { tube, persons };
}

/** Each of these was sampled once on a phone, into the tube of that label. */
function checkTubes(s, tubes) {
	const facts = ledger('demo');
	for (const { tube, persons } of tubes) {
		const opened = facts.filter((f) => f.kind === 'testing.tube_opened' && f.body.code === tube);
		assert.equal(opened.length, 1, tube);
		const swabs = facts.filter((f) => f.kind === 'testing.swab_taken' && f.body.tube === opened[0].body.tube);
		assert.deepEqual(swabs.map((f) => f.body.person).sort(), [...persons].sort(), tube);
		assert.equal(facts.filter((f) => f.kind === 'testing.tube_closed' && f.body.tube === opened[0].body.tube).length, 1, tube);
	}
	for (const p of new Set(tubes.flatMap((x) => x.persons)))
		assert.equal(inLedger(s, 'testing.swab_taken').filter((f) => f.body.person === p).length, 1);
}

export const keeping = {
	async 'the post opens, signs in and works without a line; what was recorded arrives once'(s) {
		const { page } = s;
		await page.context().setOffline(true);
		await page.reload();
		await page.waitForSelector('#login');
		assert.equal(await page.inputValue('#login'), 'sampler', 'it knows who was here last, and nothing else');
		await page.fill('#password', 'not-the-password');
		await page.click('form.sign-in button[type=submit]');
		await page.waitForSelector('#sign-error');
		assert.match(await page.textContent('#sign-error'), /does not open/);
		await signInPost(page, 'sampler');
		await go(page, 'sample');
		await page.waitForSelector('#place');
		s.tubes = [];
		// the open tube of before is filled now
		const open = (await page.textContent('#tube-code')).split(' ')[0];
		assert.match(open, /^PT/);
		const persons = [];
		for (let i = 0; i < 4; i++) {
			persons.push(s.next());
			await scan(page, persons[i]);
		}
		await page.click('#close-tube');
		await typeNumber(page, 'count', '4');
		await press(page, '#count-done');
		s.tubes.push({ tube: open, persons });
		s.tubes.push(await fillTube(s, page));
		const n = await waitingN(page);
		assert.ok(n >= 17, `${n} wait`);
		assert.match(await page.textContent('#waiting'), new RegExp(`${n} waiting`));
		// the page is killed with all that waits, and opened anew
		await page.reload();
		await page.waitForSelector('#who-waits');
		assert.match(await page.textContent('#who-waits'), new RegExp(`${n} records of sampler wait`));
		await signInPost(page, 'sampler');
		assert.equal(await waitingN(page), n);
		await page.context().setOffline(false);
		await page.evaluate(() => window.dispatchEvent(new Event('online')));
		// signed in without a line: the token of before is kept, so sending goes on by itself
		await allSent(page);
		checkTubes(s, s.tubes);
	},
	async 'the server is killed in the middle of sending and comes back: once each'(s) {
		const { page } = s;
		await go(page, 'sample');
		await page.waitForSelector('#place');
		// the answer to a batch is lost: the server has it, the phone does not know
		let lost = 0;
		await page.route('**/api/facts', async (route) => {
			if (lost++ === 0) {
				await route.fetch();
				await s.server.kill();
			}
			await route.abort();
		});
		const first = await fillTube(s, page);
		await page.waitForFunction(() => /no line/.test(document.getElementById('line').textContent));
		const second = await fillTube(s, page);
		assert.ok(lost >= 1);
		await page.unroute('**/api/facts');
		assert.ok((await waitingN(page)) >= 20);
		await s.server.start();
		await allSent(page);
		s.tubes.push(first, second);
		checkTubes(s, s.tubes);
	},
	async 'the server is killed five times while a table works'(s) {
		const { page } = s;
		for (let i = 0; i < 5; i++) {
			const half = fillTube(s, page);
			await new Promise((done) => setTimeout(done, 150 + 170 * i));
			await s.server.kill();
			s.tubes.push(await half);
			await s.server.start();
		}
		await allSent(page);
		checkTubes(s, s.tubes);
	},
	async 'eight hours without the server: the shift goes on, one more sign-in sends it all'(s) {
		const page = await phone(s.browser, s.server.base);
		await page.clock.install();
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'officer');
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-8H');
		await s.server.kill();
		const tubes = [];
		for (let hour = 0; hour < 8; hour++) {
			tubes.push(await fillTube(s, page, 6));
			await page.clock.fastForward('01:00:00');
		}
		const n = await waitingN(page);
		assert.equal(n, 8 * 8);
		await s.server.start({ later: 8 * 3600 });
		await page.evaluate(() => window.dispatchEvent(new Event('online')));
		await page.waitForSelector('#ended', { timeout: 60000 });
		assert.match(await page.textContent('#ended'), /64 records are kept here and wait until you sign in again/);
		assert.equal(await waitingN(page), n, 'nothing is lost because a session ended');
		// work goes on meanwhile
		tubes.push(await fillTube(s, page, 2));
		await page.click('#ended a');
		await page.waitForSelector('#sign-again');
		await page.fill('#password', users.officer);
		await page.click('#sign-again');
		await allSent(page);
		checkTubes(s, tubes);
		const at = inLedger(s, 'testing.swab_taken').filter((f) => tubes[0].persons.includes(f.body.person))[0];
		const last = inLedger(s, 'testing.swab_taken').filter((f) => tubes[7].persons.includes(f.body.person))[0];
		const h = (last.at - at.at) / 3600000;
		assert.ok(h > 6.9 && h < 7.2, `the instants are those of the work: ${h} h apart`);
		assert.equal(new Set(inLedger(s, 'testing.swab_taken').map((f) => f.id)).size, inLedger(s, 'testing.swab_taken').length);
		await page.context().close();
		await s.server.kill();
		await s.server.start();
		s.officer = await client(s.server, 'officer'); // eight hours ended every session
	},
	async 'two users on one phone: each sends under the own name, and sees nothing of the other'(s) {
		const { page } = s;
		await page.context().setOffline(true);
		await go(page, 'sample');
		await page.waitForSelector('#place');
		const mine = await fillTube(s, page, 3);
		const n = await waitingN(page);
		await go(page, 'phone');
		await page.click('#sign-out');
		assert.match(await page.textContent('#sign-out'), /although records wait/);
		await page.click('#sign-out');
		await page.waitForSelector('#login');
		assert.match(await page.textContent('#who-waits'), new RegExp(`${n} records of sampler wait`));
		// somebody else, who was never here, cannot begin without a line
		await page.fill('#login', 'community');
		await page.fill('#password', users.community);
		await page.click('form.sign-in button[type=submit]');
		await page.waitForSelector('#sign-error');
		assert.match(await page.textContent('#sign-error'), /first sign-in on a phone needs the network/);
		await page.context().setOffline(false);
		await signInPost(page, 'community');
		assert.equal(await waitingN(page), 0, "the other's queue is not the own one");
		await go(page, 'waiting');
		assert.ok(!(await page.textContent('main')).includes(mine.tube));
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-2U');
		const theirs = await fillTube(s, page, 3);
		await allSent(page);
		let facts = ledger('demo');
		const byOf = (persons) =>
			new Set(facts.filter((f) => f.kind === 'testing.swab_taken' && persons.includes(f.body.person)).map((f) => f.by));
		assert.equal(byOf(mine.persons).size, 0, 'nothing of the first user was sent under the second name');
		const other = [...byOf(theirs.persons)];
		assert.equal(other.length, 1);
		await go(page, 'phone');
		await page.click('#sign-out');
		await page.waitForSelector('#login');
		await signInPost(page, 'sampler');
		await allSent(page);
		facts = ledger('demo');
		const first = [...byOf(mine.persons)];
		assert.equal(first.length, 1);
		assert.notEqual(first[0], other[0]);
		checkTubes(s, [mine, theirs]);
		// the list of the first user went with his signing out
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-A');
	},
	async 'a password changed elsewhere: the former one opens what waits, once'(s) {
		const page = await phone(s.browser, s.server.base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'community');
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-P');
		await page.context().setOffline(true);
		const tube = await fillTube(s, page, 2);
		await page.reload();
		await page.waitForSelector('#login');
		await s.server.stop();
		const fresh = 'another-password-for-tests';
		execFileSync(process.env.SUSHUI, ['admin', `${process.env.SUSHUI_WORK}/demo`, 'user', 'passwd', 'community', '--stdin'], {
			input: fresh + '\n',
		});
		await s.server.start();
		await page.context().setOffline(false);
		await page.fill('#login', 'community');
		await page.fill('#password', fresh);
		await page.click('form.sign-in button[type=submit]');
		await page.waitForSelector('#former');
		assert.match(await page.textContent('#sign-error'), /Your password was changed/);
		await page.fill('#former', 'no-such-password');
		await page.click('form.sign-in button[type=submit]');
		await page.waitForSelector('#sign-error:has-text("does not fit")');
		await page.fill('#former', users.community);
		await page.click('form.sign-in button[type=submit]');
		await page.waitForSelector('#place');
		await allSent(page);
		checkTubes(s, [tube]);
		// from now on the new one is enough, also without a line
		await page.context().setOffline(true);
		await page.reload();
		await page.waitForSelector('#login');
		await signInPost(page, 'community', fresh);
		users.community = fresh;
		await page.context().close();
	},
	async 'what the server refuses stays, with the reason, and is corrected by hand'(s) {
		const page = await phone(s.browser, s.server.base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'community');
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-R');
		const tube = s.label();
		await scan(page, tube);
		await page.click('#register');
		await page.fill('#r-name', 'Li Probe');
		// the last character fits, but there is no 13th month: only the server says so
		await page.fill('#r-number', '110105194913310023'.slice(0, 17) + lastOf('11010519491331002'));
		await page.fill('#r-address', 'Lane of Probes 8');
		const v = await press(page, '#register-done');
		assert.ok(v.good, v.text);
		await page.waitForFunction(() => document.getElementById('waiting')?.dataset.refused === '1', null, { timeout: 20000 });
		assert.match(await page.textContent('#waiting'), /1 refused/);
		await go(page, 'waiting');
		const refused = await page.textContent('#refused');
		assert.match(refused, /Person registered/);
		assert.match(refused, /One value is not allowed: correct it/);
		await page.click('#refused button:has-text("Correct")');
		await page.fill('#m-document_number', '11010519491231002X');
		await page.fill('#m-birth_year', '1949');
		await page.click('#refused button[type=submit]');
		await allSent(page);
		const made = ledger('demo').filter((f) => f.kind === 'people.person_registered' && f.device?.startsWith('phone-'));
		const swabs = inLedger(s, 'testing.swab_taken').filter((f) => made.some((m) => m.body.person === f.body.person));
		assert.equal(swabs.length, made.length, 'the swab stands under the person that is registered now');
		await page.context().close();
	},
	async 'a wrong clock is shown, told with each record, and corrected only on purpose'(s) {
		const page = await phone(s.browser, s.server.base);
		await page.clock.install({ time: Date.now() + 3 * 3600000 });
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'sampler');
		await page.waitForSelector('#clock');
		assert.match(await page.textContent('#clock'), /3 h 00 min ahead of the server/);
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-K');
		const wrong = await fillTube(s, page, 1);
		await allSent(page);
		await page.context().setOffline(true);
		const asked = await fillTube(s, page, 1);
		await go(page, 'phone');
		assert.match(await page.textContent('#clock-state'), /(10799|1080[01]) s ahead/);
		await press(page, '#use-server');
		await page.context().setOffline(false);
		await allSent(page);
		const of = (x) => inLedger(s, 'testing.swab_taken').find((f) => x.persons.includes(f.body.person));
		const now = Date.now();
		assert.match(of(wrong).device, /^phone-[0-9a-f]{8} clock \+(10799|1080[01])s$/);
		assert.ok(of(wrong).at > now + 2.9 * 3600000, 'not corrected silently');
		assert.match(of(asked).device, /clock \+(10799|1080[01])s$/);
		assert.ok(Math.abs(of(asked).at - now) < 300000, 'corrected when asked');
		assert.ok(of(asked).recorded > now + 2.9 * 3600000, "the device's own clock is told all the same");
		await page.context().close();
	},
	async 'a new version comes while records wait; the user changes over, nothing is lost'(s) {
		let newer = false;
		let down = false;
		const proxy = createServer((req, res) => {
			if (down) return req.socket.destroy();
			const { 'accept-encoding': _, 'if-none-match': tag, ...headers } = req.headers;
			if (tag && !newer) headers['if-none-match'] = tag;
			const up = request({ port: s.server.port, host: '127.0.0.1', path: req.url, method: req.method, headers }, (r) => {
				const parts = [];
				r.on('data', (d) => parts.push(d));
				r.on('end', () => {
					let body = Buffer.concat(parts);
					const h = { ...r.headers };
					if (newer && req.url === '/web/post/texts.js' && r.statusCode === 200) {
						body = Buffer.from(body.toString().replace('This phone', 'This newer phone'));
						h.etag = '"newer"';
						h['content-length'] = body.length;
					}
					res.writeHead(r.statusCode, h).end(body);
				});
			});
			up.on('error', () => req.socket.destroy());
			req.pipe(up);
		});
		await new Promise((done) => proxy.listen(0, '127.0.0.1', done));
		const base = `http://127.0.0.1:${proxy.address().port}`;
		const page = await phone(s.browser, base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'sampler');
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-V');
		await page.route('**/api/facts', (route) => route.abort());
		const tube = await fillTube(s, page, 2);
		const n = await waitingN(page);
		assert.ok(n >= 4);
		newer = true;
		await page.evaluate(() => window.dispatchEvent(new Event('online')));
		await page.waitForSelector('#update', { timeout: 20000 });
		// until then the page goes on with its own version, also for a part that it opens only now
		await go(page, 'waiting');
		await go(page, 'courier').catch(() => {});
		down = true;
		await page.click('#update button');
		await page.waitForSelector('#login');
		await signInPost(page, 'sampler');
		assert.equal(await waitingN(page), n);
		assert.match(await page.textContent('#go-phone'), /This newer phone/, 'without a line, and of the newer version');
		assert.equal(await page.$('#update'), null);
		await page.waitForFunction(async () => (window.cachesN = (await caches.keys()).length) >= 0 && window.cachesN === 2, null, {
			polling: 100,
		});
		await page.unroute('**/api/facts');
		down = false;
		await allSent(page);
		checkTubes(s, [tube]);
		await page.context().close();
		proxy.close();
		proxy.closeAllConnections();
	},
	async 'a full phone says so and does not say that something was recorded'(s) {
		const page = await phone(s.browser, s.server.base);
		await openPost(page);
		await keptOnPhone(page);
		await signInPost(page, 'sampler');
		await beginShift(page, { site: s.site });
		await scan(page, 'BOX-Q');
		await scan(page, s.label());
		const session = await page.context().newCDPSession(page);
		await session.send('Storage.overrideQuotaForOrigin', { origin: s.server.base, quotaSize: 3e6 });
		// pictures and other apps take the rest
		await page.evaluate(async () => {
			const db = await new Promise((done) => {
				const ask = indexedDB.open('filler');
				ask.onupgradeneeded = () => ask.result.createObjectStore('x', { autoIncrement: true });
				ask.onsuccess = () => done(ask.result);
			});
			let noise = '';
			while (noise.length < 1 << 21) noise += Math.random().toString(36).slice(2);
			for (let size = 1 << 21; size >= 4096; size >>= 1)
				for (let fits = true; fits;)
					fits = await new Promise((done) => {
						const tx = db.transaction('x', 'readwrite', { durability: 'strict' });
						tx.objectStore('x').put(noise.slice(0, size));
						tx.oncomplete = () => done(true);
						tx.onabort = () => done(false);
					});
			db.close();
		});
		await page.context().setOffline(true);
		// a few more fit in
		let before, person, v;
		for (let i = 0; i < 9; i++) {
			before = await waitingN(page);
			person = s.next();
			v = await scan(page, person);
			if (!v.good) break;
			assert.equal(await waitingN(page), before + 1);
		}
		complaints.length = 0; // the page logs the error
		assert.ok(!v.good && v.text.includes('The phone is full'), v.text);
		assert.equal(await waitingN(page), before);
		await session.send('Storage.overrideQuotaForOrigin', { origin: s.server.base });
		await page.evaluate(() => new Promise((done) => (indexedDB.deleteDatabase('filler').onsuccess = done)));
		const again = await scan(page, person);
		assert.ok(again.good, again.text);
		await go(page, 'waiting'); // the last swab is held no longer
		await page.context().setOffline(false);
		await allSent(page);
		await page.context().close();
	},
	async 'a second window of the same phone does not work beside the first'(s) {
		const { page } = s;
		const tab = await page.context().newPage();
		await tab.goto('/web/post/index.html');
		await tab.waitForSelector('#login');
		await tab.fill('#login', 'sampler');
		await tab.fill('#password', users.sampler);
		await tab.click('form.sign-in button[type=submit]');
		await tab.waitForSelector('#sign-error');
		assert.match(await tab.textContent('#sign-error'), /another window of this phone/);
		await tab.close();
	},
	async 'what lies on the phone is locked: no label, person, name or token in the clear'(s) {
		const { page } = s;
		const dump = await dumpPhone(page);
		for (const secret of ['PT00001', 'BOX-A', s.persons[0], s.homes[0], s.campaign, users.sampler])
			assert.ok(!dump.includes(secret), secret);
		assert.ok(dump.includes('sampler'), 'the login is known: it is shown at the door');
	},
};

/** The last character of an identity number. */
function lastOf(digits) {
	const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
	return '10X98765432'[weights.reduce((n, w, i) => n + w * Number(digits[i]), 0) % 11];
}
