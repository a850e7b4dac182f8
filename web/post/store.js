// SPDX-License-Identifier: Apache-2.0
// store.js - what the phone keeps, in IndexedDB. A promise that is kept means: on the flash of the phone, not only in its memory.

/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** The phone has no room left for what was to be kept. */
export class StoreFull extends Error {}

/** @returns {Promise<IDBDatabase>} */
function open() {
	opened =
		opened ||
		new Promise((done, fail) => {
			const ask = indexedDB.open('sushui-post', 1);
			ask.onupgradeneeded = () => {
				const db = ask.result;
				db.createObjectStore('users', { keyPath: 'login' });
				db.createObjectStore('facts', { keyPath: 'id' }).createIndex('user', 'user');
				db.createObjectStore('lists', { keyPath: ['user', 'name'] }).createIndex('user', 'user');
				db.createObjectStore('phone', { keyPath: 'name' });
			};
			ask.onsuccess = () => {
				// a newer version of the post in another tab: let it change the tables, and open anew when asked next
				ask.result.onversionchange = () => {
					ask.result.close();
					opened = null;
				};
				ask.result.onclose = () => void (opened = null);
				done(ask.result);
			};
			ask.onerror = () => fail(ask.error);
		});
	opened.catch(() => (opened = null));
	return opened;
}

/**
 * One transaction: all of it is kept or none.
 * @template T @param {string[]} stores @param {IDBTransactionMode} mode
 * @param {(at: (store: string) => IDBObjectStore) => IDBRequest<T> | void} work
 * @returns {Promise<T>} the result of the request that `work` gives back
 */
export async function within(stores, mode, work) {
	const db = await open();
	return new Promise((done, fail) => {
		const full = (/** @type {any} */ e) => fail(e?.name === 'QuotaExceededError' ? new StoreFull(e.message) : e);
		try {
			const tx = db.transaction(stores, mode, { durability: mode === 'readwrite' ? 'strict' : 'default' });
			const ask = work((s) => tx.objectStore(s));
			tx.oncomplete = () => done(/** @type {T} */ (ask ? ask.result : undefined));
			tx.onabort = () => full(tx.error);
		} catch (e) {
			full(e);
		}
	});
}

/** @param {string} store @param {any} key @returns {Promise<any>} */
export const get = (store, key) => within([store], 'readonly', (at) => at(store).get(key));
/** @param {string} store @param {any} value @returns {Promise<any>} */
export const put = (store, value) => within([store], 'readwrite', (at) => at(store).put(value));
/** @param {string} store @param {any} key @returns {Promise<any>} */
export const del = (store, key) => within([store], 'readwrite', (at) => at(store).delete(key));
/** @param {string} store @returns {Promise<any[]>} */
export const all = (store) => within([store], 'readonly', (at) => at(store).getAll());
/** @param {string} store @param {string} user @returns {Promise<any[]>} */
export const allOf = (store, user) => within([store], 'readonly', (at) => at(store).index('user').getAll(user));

/** Asks the browser not to throw our data away when it needs room; says whether it agreed. @returns {Promise<boolean>} */
export async function keepForGood() {
	if (!navigator.storage?.persist) return false;
	return (await navigator.storage.persisted()) || navigator.storage.persist();
}

/** Bytes used and allowed; null where the browser does not tell. @returns {Promise<{used: number, most: number} | null>} */
export async function room() {
	if (!navigator.storage?.estimate) return null;
	const e = await navigator.storage.estimate();
	return { used: e.usage || 0, most: e.quota || 0 };
}
