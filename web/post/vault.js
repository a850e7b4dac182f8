// SPDX-License-Identifier: Apache-2.0
// vault.js - everything the phone keeps of a user's work is sealed with a key that only that user's password opens. The open key lives in
// the memory of the page: when the page is closed or the user signs out, nothing on the phone can be read.

const ROUNDS = 600000; // PBKDF2-SHA256; OWASP 2023. About one second on a cheap phone, once per sign-in

/**
 * @typedef {{iv: Uint8Array, box: ArrayBuffer}} Sealed
 * @typedef {{salt: Uint8Array, rounds: number, key: Sealed}} Lock
 */

const bytes = (/** @type {string} */ text) => new TextEncoder().encode(text);

/** @param {string} password @param {Uint8Array} salt @param {number} rounds */
async function keyOf(password, salt, rounds) {
	const base = await crypto.subtle.importKey('raw', bytes(password), 'PBKDF2', false, ['deriveKey']);
	return crypto.subtle.deriveKey(
		{ name: 'PBKDF2', hash: 'SHA-256', salt: /** @type {any} */ (salt), iterations: rounds },
		base,
		{ name: 'AES-GCM', length: 256 },
		false,
		['wrapKey', 'unwrapKey'],
	);
}

/** @param {CryptoKey} key that of the user, extractable @param {string} password @returns {Promise<Lock>} */
async function lockWith(key, password) {
	const salt = crypto.getRandomValues(new Uint8Array(16));
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const box = await crypto.subtle.wrapKey('raw', key, await keyOf(password, salt, ROUNDS), { name: 'AES-GCM', iv });
	return { salt, rounds: ROUNDS, key: { iv, box } };
}

/** @param {Lock} lock @param {string} password @param {boolean} extractable @returns {Promise<CryptoKey | null>} null: another password */
async function unlock(lock, password, extractable) {
	try {
		return await crypto.subtle.unwrapKey(
			'raw',
			lock.key.box,
			await keyOf(password, lock.salt, lock.rounds),
			{ name: 'AES-GCM', iv: /** @type {any} */ (lock.key.iv) },
			'AES-GCM',
			extractable,
			['encrypt', 'decrypt'],
		);
	} catch {
		return null;
	}
}

/** A new key under a password. @param {string} password @returns {Promise<{lock: Lock, key: CryptoKey}>} */
export async function makeLock(password) {
	const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']);
	const lock = await lockWith(key, password);
	return { lock, key: /** @type {CryptoKey} */ (await unlock(lock, password, false)) };
}

/** @param {Lock} lock @param {string} password */
export const openLock = (lock, password) => unlock(lock, password, false);

/**
 * The same key under a new password; null when the former one is wrong.
 * @param {Lock} lock @param {string} former @param {string} password
 */
export async function changeLock(lock, former, password) {
	const key = await unlock(lock, former, true);
	return key && lockWith(key, password);
}

/**
 * @param {CryptoKey} key @param {any} value what JSON can say @param {string} about what it is of: a sealed text put in another's place does
 * not open @returns {Promise<Sealed>}
 */
export async function seal(key, value, about) {
	const iv = crypto.getRandomValues(new Uint8Array(12));
	const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bytes(about) }, key, bytes(JSON.stringify(value)));
	return { iv, box };
}

/** @param {CryptoKey} key @param {Sealed} sealed @param {string} about @returns {Promise<any>} */
export async function unseal(key, sealed, about) {
	const plain = await crypto.subtle.decrypt(
		{ name: 'AES-GCM', iv: /** @type {any} */ (sealed.iv), additionalData: bytes(about) },
		key,
		sealed.box,
	);
	return JSON.parse(new TextDecoder().decode(plain));
}
