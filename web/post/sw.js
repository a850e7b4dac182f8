// SPDX-License-Identifier: Apache-2.0
// sw.js - keeps the pages of the posts on the phone, so that they open without a network. A version is the set of all files with the tags that
// the server gave them; it is used when every file of it is here, and never mixed with another. Requests to /api/ are none of its business.
/* eslint-env serviceworker */

const worker = /** @type {any} */ (self);
const PAGE = '/web/post/index.html';
/** Everything that the posts are made of; tests/web/post.mjs compares it with what the modules import. */
const FILES = [
	PAGE,
	'/web/post/post.css',
	'/web/post/post.js',
	'/web/post/camera.js',
	'/web/post/code.js',
	'/web/post/courier_view.js',
	'/web/post/line.js',
	'/web/post/lists.js',
	'/web/post/phone_view.js',
	'/web/post/qr.js',
	'/web/post/queue.js',
	'/web/post/register.js',
	'/web/post/sample_view.js',
	'/web/post/sampling.js',
	'/web/post/session.js',
	'/web/post/sign_in.js',
	'/web/post/sound.js',
	'/web/post/store.js',
	'/web/post/texts.js',
	'/web/post/ui.js',
	'/web/post/update.js',
	'/web/post/vault.js',
	'/web/post/waiting_view.js',
	'/web/post/vendor/scan.js',
	'/web/post/manifest.webmanifest',
	'/web/post/icon.svg',
	'/web/post/icon-192.png',
	'/web/post/icon-512.png',
	'/web/vendor/htm.js',
	'/web/vendor/lean-qr.js',
	'/web/vendor/preact.js',
	'/web/core/dom.js',
	'/web/core/uuid.js',
	'/web/i18n.js',
	'/web/texts.js',
	'/web/theme.js',
	'/web/words.js',
];
const POINTER = 'post-current'; // a cache with one entry that names the cache in use

/** @returns {Promise<string>} name of the cache in use, "" at first */
async function current() {
	const at = await (await caches.open(POINTER)).match('/current');
	return at ? at.text() : '';
}

/** @param {Response[]} answers */
async function versionOf(answers) {
	const tags = answers.map((r, i) => FILES[i] + ' ' + (r.headers.get('ETag') || r.headers.get('Last-Modified') || '')).join('\n');
	const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tags)));
	return 'post-' + [...hash.slice(0, 6)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

async function fetchAll() {
	const answers = await Promise.all(FILES.map((f) => fetch(f, { cache: 'no-cache', credentials: 'omit' })));
	for (const r of answers) if (!r.ok) throw new Error(`${r.url}: ${r.status}`);
	return answers;
}

/** Fetches what is new. All or nothing; the server may have changed over in the middle, so two passes must agree. @returns {Promise<string>} */
async function refresh() {
	let answers = await fetchAll();
	let version = await versionOf(answers);
	if (version === (await current())) return version;
	for (let i = 0; i < 3; i++) {
		const next = await fetchAll();
		const same = await versionOf(next);
		const agreed = same === version;
		answers = next;
		version = same;
		if (agreed) break;
		if (i === 2) throw new Error('the server is changing over');
	}
	const cache = await caches.open(version);
	await Promise.all(answers.map((r, i) => cache.put(FILES[i], r)));
	await (await caches.open(POINTER)).put('/current', new Response(version));
	return version;
}

/** Caches of versions that no page uses any more. @param {string} keep */
async function tidy(keep) {
	for (const name of await caches.keys()) if (name.startsWith('post-') && name !== POINTER && name !== keep) await caches.delete(name);
}

/** @param {string} version */
async function tellPages(version) {
	for (const page of await worker.clients.matchAll()) page.postMessage({ type: 'version', version });
}

/** @type {Promise<void> | null} */
let looking = null;

async function look() {
	try {
		const before = await current();
		const version = await refresh();
		if (version !== before) await tellPages(version);
	} catch {
		// no line, or a server that is changing over: the version that is here goes on
	}
}

/** @param {URL} url @param {string} mode */
async function give(url, mode) {
	const version = await current();
	const cache = version ? await caches.open(version) : null;
	if (mode === 'navigate' && cache) await tidy(version); // a page begins anew: what the former ones used may go
	const kept = cache && (await cache.match(mode === 'navigate' ? PAGE : url.pathname));
	return kept || fetch(url);
}

worker.addEventListener('install', (/** @type {any} */ e) => e.waitUntil(refresh().then(() => worker.skipWaiting())));
worker.addEventListener('activate', (/** @type {any} */ e) => e.waitUntil(worker.clients.claim()));
worker.addEventListener('message', (/** @type {any} */ e) => {
	if (e.data?.type === 'look') {
		looking = looking || look().finally(() => (looking = null));
		e.waitUntil(looking);
	}
	if (e.data?.type === 'version') e.waitUntil(current().then((version) => e.source?.postMessage({ type: 'version', version })));
});
worker.addEventListener('fetch', (/** @type {any} */ e) => {
	const url = new URL(e.request.url);
	if (e.request.method !== 'GET' || url.origin !== location.origin) return;
	if (e.request.mode === 'navigate' ? url.pathname.startsWith('/web/post/') : FILES.includes(url.pathname)) e.respondWith(give(url, e.request.mode));
});
