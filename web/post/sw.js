// SPDX-License-Identifier: Apache-2.0
// sw.js - keeps the pages of the posts on the phone, so that they open without a network. A version is the set of all files with the tags that
// the server gave them; it is used when every file of it is here, and never mixed with another. Requests to /api/ are none of its business.
/* eslint-env serviceworker */

const worker = /** @type {any} */ (self);
const PAGE = '/web/post/index.html';
/** Where the posts begin; the modules that these import, and so on, are found by reading them. */
const ROOTS = [
	PAGE,
	'/web/post/post.css',
	'/web/post/post.js',
	'/web/post/manifest.webmanifest',
	'/web/post/icon.svg',
	'/web/post/icon-192.png',
	'/web/post/icon-512.png',
	'/web/theme.js',
];
const IMPORT = /(?:from|import)\s*\(?\s*['"](\.[^'"]+)['"]/g;
const POINTER = 'post-current'; // a cache with one entry that names the cache in use

/** @returns {Promise<string>} name of the cache in use, "" at first */
async function current() {
	const at = await (await caches.open(POINTER)).match('/current');
	return at ? at.text() : '';
}

/** @param {Map<string, Response>} files */
async function versionOf(files) {
	const tag = (/** @type {Response} */ r) => r.headers.get('ETag') || r.headers.get('Last-Modified') || '';
	const tags = [...files].map(([path, r]) => `${path} ${tag(r)}`).sort();
	const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(tags.join('\n'))));
	return 'post-' + [...hash.slice(0, 6)].map((b) => b.toString(16).padStart(2, '0')).join('');
}

/** All files of the posts as the server has them now, by address. @returns {Promise<Map<string, Response>>} */
async function fetchAll() {
	/** @type {Map<string, Response>} */
	const files = new Map();
	const asked = new Set(ROOTS);
	const take = async (/** @type {string} */ path) => {
		const r = await fetch(path, { cache: 'no-cache', credentials: 'omit' });
		if (!r.ok) throw new Error(`${path}: ${r.status}`);
		files.set(path, r);
		if (!path.endsWith('.js')) return;
		const text = await r.clone().text();
		const more = [...text.matchAll(IMPORT)].map((m) => new URL(m[1], r.url).pathname).filter((p) => !asked.has(p));
		for (const p of more) asked.add(p);
		await Promise.all(more.map(take));
	};
	await Promise.all(ROOTS.map(take));
	return files;
}

/** Fetches what is new. All or nothing; the server may have changed over in the middle, so two passes must agree. @returns {Promise<string>} */
async function refresh() {
	let files = await fetchAll();
	let version = await versionOf(files);
	if (version === (await current())) return version;
	for (let i = 0; ; i++) {
		const next = await fetchAll();
		const again = await versionOf(next);
		const agreed = again === version;
		files = next;
		version = again;
		if (agreed) break;
		if (i === 2) throw new Error('the server is changing over');
	}
	const cache = await caches.open(version);
	await Promise.all([...files].map(([path, r]) => cache.put(path, r)));
	await (await caches.open(POINTER)).put('/current', new Response(version));
	return version;
}

const clientKey = (/** @type {string} */ id) => '/client/' + id;

/** Which version a page was opened with: it gets all of its files from that one, also when a newer one lies ready. @param {string} id */
async function versionFor(id) {
	const at = id && (await (await caches.open(POINTER)).match(clientKey(id)));
	return at ? at.text() : current();
}

/** Throws away the versions that no page uses any more. @param {string} id of the page that asks @param {string} version the newest */
async function tidy(id, version) {
	const pointer = await caches.open(POINTER);
	const open = new Set((await worker.clients.matchAll({ includeUncontrolled: true })).map((/** @type {any} */ c) => c.id)).add(id);
	const used = new Set([POINTER, version]);
	for (const key of await pointer.keys()) {
		const path = new URL(key.url).pathname;
		if (!path.startsWith('/client/')) continue;
		if (open.has(path.slice(8))) used.add(await /** @type {Response} */ (await pointer.match(path)).text());
		else await pointer.delete(path);
	}
	for (const name of await caches.keys()) if (name.startsWith('post-') && !used.has(name)) await caches.delete(name);
}

/** @param {string} version */
async function tellPages(version) {
	for (const page of await worker.clients.matchAll())
		page.postMessage({ type: 'version', version: await versionFor(page.id), newest: version });
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

/** A page that was opened before this worker was here begins with the version of now. @param {any} page */
async function answerVersion(page) {
	if (!page) return;
	const newest = await current();
	const pointer = await caches.open(POINTER);
	if (newest && !(await pointer.match(clientKey(page.id)))) await pointer.put(clientKey(page.id), new Response(newest));
	page.postMessage({ type: 'version', version: await versionFor(page.id), newest });
	if (newest) await tidy(page.id, newest);
}

/** @param {any} e @param {URL} url */
async function give(e, url) {
	const opens = e.request.mode === 'navigate';
	const version = opens ? await current() : await versionFor(e.clientId);
	if (opens && version) await (await caches.open(POINTER)).put(clientKey(e.resultingClientId), new Response(version));
	const kept = version && (await (await caches.open(version)).match(opens ? PAGE : url.pathname));
	return kept || fetch(e.request);
}

worker.addEventListener('install', (/** @type {any} */ e) => e.waitUntil(refresh().then(() => worker.skipWaiting())));
worker.addEventListener('activate', (/** @type {any} */ e) => e.waitUntil(worker.clients.claim()));
worker.addEventListener('message', (/** @type {any} */ e) => {
	if (e.data?.type === 'look') {
		looking = looking || look().finally(() => (looking = null));
		e.waitUntil(looking);
	}
	if (e.data?.type === 'version') e.waitUntil(answerVersion(e.source));
});
worker.addEventListener('fetch', (/** @type {any} */ e) => {
	const url = new URL(e.request.url);
	if (e.request.method === 'GET' && url.origin === location.origin && url.pathname.startsWith('/web/')) e.respondWith(give(e, url));
});
