// SPDX-License-Identifier: Apache-2.0
// uuid.js - ids made where the fact is entered: UUIDv7 (RFC 9562), so that a fact sent twice is one fact.

let last = 0;
let counter = 0;

/** A new UUIDv7; ids made in one page are in the order of their making. @param {number} [ms] @returns {string} */
export function uuid7(ms = Date.now()) {
	const bytes = crypto.getRandomValues(new Uint8Array(16));
	if (ms > last) {
		last = ms;
		counter = ((bytes[6] << 8) | bytes[7]) & 0x7ff; // the upper half stays free for more ids in this millisecond
	} else if (++counter > 0xfff) {
		last++;
		counter = 0;
	}
	for (let i = 5, t = last; i >= 0; i--, t = Math.floor(t / 256)) bytes[i] = t % 256;
	bytes[6] = 0x70 | (counter >> 8);
	bytes[7] = counter & 0xff;
	bytes[8] = 0x80 | (bytes[8] & 0x3f);
	const hex = [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** @param {string} text */
export function isUuid(text) {
	return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The part of an id that tells two of them apart on a screen: its last eight digits. @param {string} id */
export function shortId(id) {
	return id.slice(-8);
}
