// SPDX-License-Identifier: Apache-2.0
// code.js - what a scanned or typed text means. A label that carries an id (a UUID, alone or within an address) means that id; a 12-digit
// number may be an area; anything else is the label of a thing, and stands for the same id on every phone.

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;
const MANIFEST = 'SUSHUI-BOX';

/**
 * @typedef {object} Code
 * @property {string} text   normal form: no space, capitals, half width
 * @property {string} [id]   the id it carries
 * @property {string} [kind] what kind of thing the text itself says it is ("person", "tube")
 * @property {string} [short] eight hexadecimal digits: the end of an id, as screens and lists print it
 */

/** @param {string} text */
export const normal = (text) => text.normalize('NFKC').replace(/\s+/g, '').toUpperCase();

/** @param {string} raw @returns {Code | null} null: nothing is there */
export function read(raw) {
	const text = normal(raw);
	if (!text || text.length > 4000) return null;
	const uuid = UUID.exec(text);
	const kind = /(?:[?&#/:]|^)(PERSON|TUBE|BOX|SITE|LABORATORY|ROOM|HOUSEHOLD)[=:]/.exec(text);
	/** @type {Code} */
	const code = { text };
	if (uuid) code.id = uuid[0].toLowerCase();
	if (kind) code.kind = kind[1].toLowerCase();
	if (/^[0-9A-F]{8}$/.test(text)) code.short = text.toLowerCase();
	return code;
}

/**
 * The id that a label stands for: the same on every phone of the county, so that the sampler, the courier and the laboratory mean one tube
 * without having met. UUID version 8 of SHA-256 over county, kind of thing and label.
 * @param {string} county @param {string} kind @param {string} label @returns {Promise<string>}
 */
export async function idOfLabel(county, kind, label) {
	const text = new TextEncoder().encode(`sushui label\0${county}\0${kind}\0${normal(label)}`);
	const b = new Uint8Array(await crypto.subtle.digest('SHA-256', text)).slice(0, 16);
	b[6] = 0x80 | (b[6] & 0x0f);
	b[8] = 0x80 | (b[8] & 0x3f);
	const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
	return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * What a sampler's phone shows to the courier's: a box and the tubes in it, each with its first swab and, where its label alone
 * does not tell it, its id.
 * @typedef {{code: string, first: number, id?: string}} Carried
 * @param {string} box @param {Carried[]} tubes
 */
export const manifest = (box, tubes) =>
	[
		MANIFEST,
		normal(box),
		...tubes.map((x) => [normal(x.code), Math.round(x.first / 60000).toString(36), x.id || ''].join('$').replace(/\$$/, '')),
	]
		.join('*')
		.toUpperCase();

/** @param {string} raw @returns {{box: string, tubes: Carried[]} | null} */
export function readManifest(raw) {
	const [head, box, ...tubes] = raw.trim().split('*');
	if (head !== MANIFEST || !box) return null;
	return {
		box,
		tubes: tubes.map((x) => {
			const [code, first, id] = x.split('$');
			return { code, first: parseInt(first, 36) * 60000, id: id?.toLowerCase() };
		}),
	};
}

/** GB 11643: the last character of an identity number follows from the others. @param {string} number */
export function idCardOk(number) {
	if (!/^\d{17}[\dX]$/.test(number)) return false;
	const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
	const sum = weights.reduce((n, w, i) => n + w * Number(number[i]), 0);
	return '10X98765432'[sum % 11] === number[17];
}
