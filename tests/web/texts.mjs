// SPDX-License-Identifier: Apache-2.0
// texts.mjs - both languages are complete; ids are UUIDv7 in the order of their making. No browser needed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { texts as pairs } from '../../web/texts.js';
import { words } from '../../web/words.js';
import { uuid7 } from '../../web/core/uuid.js';

const web = new URL('../../web/', import.meta.url);

function sources(dir = web) {
	return readdirSync(dir).flatMap((name) => {
		const at = new URL(name, dir);
		if (['vendor', 'post', 'verify'].includes(name)) return []; // the work of others; pages of their own, which have their own tests
		return statSync(at).isDirectory()
			? sources(new URL(name + '/', dir))
			: name.endsWith('.js')
				? [{ name, path: at.pathname.slice(web.pathname.length), text: readFileSync(at, 'utf8') }]
				: [];
	});
}

const places = (text) => [...new Set(text.match(/\{\w+\}/g) || [])].sort();

export const texts = {
	'every text is there in both languages, with the same places'() {
		for (const [key, pair] of Object.entries({ ...pairs, ...words })) {
			assert.equal(pair.length, 2, key);
			assert.ok(pair[0] && pair[1], key);
			if (pair[0] === pair[0].toUpperCase() && !/[a-z]/i.test(pair[0])) continue;
			assert.match(pair[1], /\p{Script=Han}|^\{|^CSV|^\d/u, `${key}: no Chinese`);
			assert.doesNotMatch(pair[0], /\p{Script=Han}/u, `${key}: Chinese in the English text`);
		}
		for (const [key, [en, zh]] of Object.entries(pairs))
			assert.deepEqual(places(en), [...new Set([...places(zh), ...(en.includes('|') ? places(en) : [])])].sort(), key);
	},
	'every clock of the ledger has a name in both languages'() {
		const list = readFileSync(new URL('../../src/ledger/clocks.def', import.meta.url), 'utf8');
		const names = [...list.matchAll(/^CLOCK\("(\w+)"/gm)].map((m) => m[1]);
		assert.ok(names.length > 10);
		assert.deepEqual(names.filter((n) => !words['clock.' + n]), []);
	},
	'every text that a module names exists, and none is left over'() {
		const all = sources();
		const used = new Set();
		for (const { name, text } of all)
			for (const [, key, more] of text.matchAll(/\bt\('([^']+)'(\s*\+)?/g)) {
				used.add(key);
				if (more)
					assert.ok(
						Object.keys(pairs).some((k) => k.startsWith(key)),
						`${name}: nothing begins with ${key}`,
					);
				else assert.ok(key in pairs, `${name}: no text ${key}`);
			}
		const code = all
			.filter((s) => !s.name.startsWith('texts'))
			.map((s) => s.text)
			.join('\n');
		for (const key of Object.keys(pairs))
			assert.ok(
				used.has(key) || [...used].some((u) => u.endsWith('.') && key.startsWith(u)) || code.includes(`'${key}'`),
				`nobody uses ${key}`,
			);
	},
	'no module is longer than 400 lines or sets HTML'() {
		for (const { name, text } of sources()) {
			assert.ok(text.split('\n').length <= 401, name);
			assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/, name);
		}
	},
	'the page asks at once for what the first screen needs, and for nothing else'() {
		const html = readFileSync(new URL('index.html', web), 'utf8');
		const asked = [...html.matchAll(/modulepreload" href="\/web\/([^"]+)"/g)].map((m) => m[1]);
		const needed = new Set();
		const follow = (path) => {
			if (needed.has(path)) return;
			needed.add(path);
			const text = readFileSync(new URL(path, web), 'utf8');
			for (const m of text.matchAll(/(?:^|\n)(?:import|export)[^;'"]*from ?'(\.[^']+)'|from"(\.[^"]+)"/g))
				follow(new URL(m[1] || m[2], new URL(path, web)).pathname.slice(web.pathname.length));
		};
		follow('app.js');
		needed.delete('app.js');
		assert.deepEqual([...asked].sort(), [...needed].sort());
		const late = [...readFileSync(new URL('views.js', web), 'utf8').matchAll(/=> import\('\.\/([^']+)'\)/g)].map((m) => m[1]);
		assert.ok(late.length > 5 && late.every((path) => !needed.has(path)), 'what is fetched later is not fetched first');
	},
	async 'ids are UUIDv7, different, and in the order of their making'() {
		const made = Array.from({ length: 20000 }, () => uuid7());
		for (const id of made) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		assert.equal(new Set(made).size, made.length);
		assert.deepEqual([...made].sort(), made);
		const { uuid7: apart } = await import('../../web/core/uuid.js?apart');
		assert.equal(parseInt(apart(4e12).replace('-', '').slice(0, 12), 16), 4e12);
	},
};
