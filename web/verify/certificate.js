// SPDX-License-Identifier: Apache-2.0
// certificate.js - reads and verifies the code of a certificate (docs/certificates.md) with WebCrypto; no word of the screen in here.

const PREFIX = 'SUSHUI1:';
const CONTEXT = 'sushui certificate v1\0';
const HOLDER = 'sushui holder v1\0';
const HEAD_N = 47;
const SIGNATURE_N = 64;
const EDITION_MAX = 40;
const SKEW_MS = 5 * 60 * 1000;

export const kinds = ['release', 'result'];
export const classes = ['central', 'home', 'monitoring', 'hospital', 'stay'];
export const results = ['negative', 'positive', 'invalid'];

/**
 * @typedef {{ kind: string, detail: string, county: string, id: Uint8Array<ArrayBuffer>, holder: Uint8Array<ArrayBuffer>, issued: number, expires: number,
 *   happened: number, edition: string }} Certificate
 * @typedef {'valid' | 'not_one' | 'unknown_key' | 'forged' | 'expired' | 'not_yet' | 'unsupported'} Verdict
 */

/** @param {string} text @returns {Uint8Array<ArrayBuffer> | null} */
export function bytesOf(text) {
	if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
	const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
	const out = new Uint8Array(raw.length);
	for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
	// bits that the last character holds beyond the bytes must be zero: one code, one text
	const again = btoa(raw).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
	return again === text ? out : null;
}

/** @param {Uint8Array} b @param {number} at */
function number32(b, at) {
	return b[at] * 0x1000000 + (b[at + 1] << 16) + (b[at + 2] << 8) + b[at + 3];
}

/** The form alone. @param {Uint8Array<ArrayBuffer>} b @returns {Certificate | null} */
function parse(b) {
	if (b.length < HEAD_N + SIGNATURE_N || b[0] !== 1) return null;
	const editionN = b[46];
	if (editionN > EDITION_MAX || b.length !== HEAD_N + editionN + SIGNATURE_N) return null;
	const kind = kinds[b[5] - 1];
	const detail = (kind === 'release' ? classes : results)[b[41] - 1];
	const edition = String.fromCharCode(...b.slice(HEAD_N, HEAD_N + editionN));
	if (!kind || b[41] < 1 || b[41] > 8 || !/^[A-Za-z0-9._-]*$/.test(edition)) return null;
	const county = String(b[6] * 65536 + b[7] * 256 + b[8]).padStart(6, '0');
	return {
		kind,
		detail: detail || '?',
		county,
		edition,
		id: b.slice(9, 25),
		holder: b.slice(25, 33),
		issued: number32(b, 33) * 1000,
		expires: number32(b, 37) * 1000,
		happened: number32(b, 42) * 1000,
	};
}

/** @param {string} a @param {Uint8Array[]} more @returns {Uint8Array<ArrayBuffer>} */
function joined(a, ...more) {
	const head = new TextEncoder().encode(a);
	const out = new Uint8Array(head.length + more.reduce((n, m) => n + m.length, 0));
	out.set(head);
	let at = head.length;
	for (const m of more) {
		out.set(m, at);
		at += m.length;
	}
	return out;
}

/** First four bytes of the key's SHA-256. @param {Uint8Array<ArrayBuffer>} key */
async function keyId(key) {
	return new Uint8Array(await crypto.subtle.digest('SHA-256', key)).slice(0, 4);
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function same(a, b) {
	return a.length === b.length && a.every((x, i) => x === b[i]);
}

/**
 * @param {string} text what the code says
 * @param {string[]} keys public keys, base64url
 * @param {number} now milliseconds
 * @returns {Promise<{ verdict: Verdict, certificate: Certificate | null }>} certificate: only where the signature fits
 */
export async function verify(text, keys, now) {
	const trimmed = text.trim();
	const bytes = trimmed.startsWith(PREFIX) ? bytesOf(trimmed.slice(PREFIX.length)) : null;
	const c = bytes && parse(bytes);
	if (!bytes || !c) return { verdict: 'not_one', certificate: null };
	const signed = bytes.slice(0, bytes.length - SIGNATURE_N);
	/** @type {Verdict} */
	let verdict = 'unknown_key';
	for (const k of keys) {
		const raw = bytesOf(k);
		if (!raw || raw.length !== 32 || !same(await keyId(raw), bytes.slice(1, 5))) continue;
		let key;
		try {
			key = await crypto.subtle.importKey('raw', raw, { name: 'Ed25519' }, false, ['verify']);
		} catch {
			return { verdict: 'unsupported', certificate: null };
		}
		const fits = await crypto.subtle.verify({ name: 'Ed25519' }, key, bytes.slice(bytes.length - SIGNATURE_N), joined(CONTEXT, signed));
		verdict = fits ? 'valid' : 'forged';
		if (fits) break;
	}
	if (verdict !== 'valid') return { verdict, certificate: null };
	if (now + SKEW_MS < c.issued) return { verdict: 'not_yet', certificate: c };
	return { verdict: now >= c.expires ? 'expired' : 'valid', certificate: c };
}

/** Does what the holder shows fit? @param {Certificate} c @param {string} shown */
export async function holderFits(c, shown) {
	const plain = shown.replace(/[ \t]/g, '').replace(/[A-Z]/g, (x) => x.toLowerCase());
	const hash = await crypto.subtle.digest('SHA-256', joined(HOLDER, c.id, new TextEncoder().encode(plain)));
	return same(new Uint8Array(hash).slice(0, c.holder.length), c.holder);
}
