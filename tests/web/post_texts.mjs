// SPDX-License-Identifier: Apache-2.0
// post_texts.mjs - the posts' texts are complete in both languages; the service worker keeps every file that the modules need. No browser needed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { texts as shared } from '../../web/texts.js';
import { words } from '../../web/words.js';
import { postTexts } from '../../web/post/texts.js';

const web = new URL('../../web/', import.meta.url);
const post = new URL('post/', web);
const sources = readdirSync(post)
	.filter((n) => n.endsWith('.js'))
	.map((name) => ({ name, text: readFileSync(new URL(name, post), 'utf8') }));
const places = (text) => [...new Set(text.match(/\{\w+\}/g) || [])].sort();

/** Files that a module names, static and on demand, as addresses. */
function needs(address, seen = new Set()) {
	if (seen.has(address)) return seen;
	seen.add(address);
	const text = readFileSync(new URL('.' + address.slice(4), web), 'utf8');
	for (const [, to] of text.matchAll(/(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g)) needs(new URL(to, 'http://x' + address).pathname, seen);
	return seen;
}

export const texts = {
	'every text of the posts is there in both languages, with the same places'() {
		for (const [key, [en, zh, ...rest]] of Object.entries(postTexts)) {
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
		const known = { ...shared, ...postTexts };
		for (const { name, text } of sources)
			for (const [, key, more] of text.matchAll(/\b(?:t|has)\(\s*'([^']+)'(\s*\+)?/g)) {
				used.add(key);
				if (more) assert.ok(Object.keys(known).some((k) => k.startsWith(key)), `${name}: nothing begins with ${key}`);
				else assert.ok(key in known, `${name}: no text ${key}`);
			}
		const code = sources.filter((s) => s.name !== 'texts.js').map((s) => s.text).join('\n');
		for (const key of Object.keys(postTexts))
			assert.ok(used.has(key) || [...used].some((u) => /[._]$/.test(u) && key.startsWith(u)) || code.includes(`'${key}'`), `nobody uses ${key}`);
		assert.ok(Object.keys(words).length > 0);
	},
	'no module of the posts is longer than 500 lines or sets HTML'() {
		for (const { name, text } of sources) {
			assert.ok(text.split('\n').length <= 501, name);
			assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/, name);
		}
	},
	'the service worker keeps every file that the pages need, and the page asks for the first ones at once'() {
		const html = readFileSync(new URL('index.html', post), 'utf8');
		const kept = [...readFileSync(new URL('sw.js', post), 'utf8').matchAll(/^\t'(\/web\/[^']+)'/gm)].map((m) => m[1]);
		const named = [...html.matchAll(/(?:href|src)="(\/web\/[^"]+)"/g)].map((m) => m[1]);
		const manifest = JSON.parse(readFileSync(new URL('manifest.webmanifest', post), 'utf8'));
		const wanted = new Set([...needs('/web/post/post.js'), ...named, ...manifest.icons.map((i) => i.src)]);
		assert.deepEqual([...kept].sort(), [...wanted].sort());
		// what post.js imports statically is asked for at once
		const first = new Set();
		const walk = (address) => {
			if (first.has(address)) return;
			first.add(address);
			const text = readFileSync(new URL('.' + address.slice(4), web), 'utf8');
			for (const [, to] of text.matchAll(/^(?:import|export) .*?from\s*['"](\.[^'"]+)['"]|^import\s+['"](?=\.)/gm)) if (to) walk(new URL(to, 'http://x' + address).pathname);
		};
		walk('/web/post/post.js');
		for (const f of first) assert.ok(f === '/web/post/post.js' || named.includes(f), `index.html does not preload ${f}`);
	},
};
