// SPDX-License-Identifier: Apache-2.0
// post_texts.mjs - the posts' texts are complete in both languages; the page asks for what it needs. No browser needed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { texts as all } from '../../web/post/texts.js';

const web = new URL('../../web/', import.meta.url);
const post = new URL('post/', web);
const sources = readdirSync(post)
	.filter((n) => n.endsWith('.js'))
	.map((name) => ({ name, text: readFileSync(new URL(name, post), 'utf8') }));
const places = (text) => [...new Set(text.match(/\{\w+\}/g) || [])].sort();

/** Files that a module names, as addresses. */
export function needs(address, names = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g, seen = new Set()) {
	if (seen.has(address)) return seen;
	seen.add(address);
	const text = readFileSync(new URL('.' + address.slice(4), web), 'utf8');
	for (const [, to] of text.matchAll(names)) needs(new URL(to, 'http://x' + address).pathname, names, seen);
	return seen;
}

export const texts = {
	'every text of the posts is there in both languages, with the same places'() {
		for (const [key, [en, zh, ...rest]] of Object.entries(all)) {
			assert.equal(rest.length, 0, key);
			assert.deepEqual(places(en), places(zh), key);
			if (!en && !zh) continue;
			assert.match(zh, /\p{Script=Han}|^\{/u, `${key}: no Chinese`);
			assert.doesNotMatch(en, /\p{Script=Han}/u, `${key}: Chinese in the English text`);
			assert.ok(key.startsWith('post.'), key);
		}
	},
	'every text that a post names exists, and none is left over'() {
		const used = new Set();
		for (const { name, text } of sources)
			for (const [, key, more] of text.matchAll(/\b(?:t|has)\(\s*'([^']+)'(\s*\+)?/g)) {
				used.add(key);
				if (more)
					assert.ok(
						Object.keys(all).some((k) => k.startsWith(key)),
						`${name}: nothing begins with ${key}`,
					);
				else assert.ok(key in all, `${name}: no text ${key}`);
			}
		const code = sources
			.filter((s) => s.name !== 'texts.js')
			.map((s) => s.text)
			.join('\n');
		for (const key of Object.keys(all))
			assert.ok(
				used.has(key) || [...used].some((u) => /[._]$/.test(u) && key.startsWith(u)) || code.includes(`'${key}'`),
				`nobody uses ${key}`,
			);
	},
	'no module of the posts is longer than 400 lines or sets HTML'() {
		for (const { name, text } of sources) {
			assert.ok(text.split('\n').length <= (name === 'texts.js' ? 600 : 401), name);
			assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/, name);
		}
	},
	'the page asks at once for everything that it needs at once'() {
		const html = readFileSync(new URL('index.html', post), 'utf8');
		const named = [...html.matchAll(/(?:href|src)="(\/web\/[^"]+)"/g)].map((m) => m[1]);
		const first = needs('/web/post/post.js', /^(?:import|export)\b[^;]*?from\s*['"](\.[^'"]+)['"]/gm);
		for (const f of first) if (f.startsWith('/web/post/')) assert.ok(named.includes(f), `index.html does not ask for ${f}`);
		for (const f of named) assert.ok(statSync(new URL('.' + f.slice(4), web)).size > 0, f);
	},
};
