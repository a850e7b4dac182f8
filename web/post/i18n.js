// SPDX-License-Identifier: Apache-2.0
// i18n.js - the reader's language, as ../i18n.js has it, with the posts' own texts alone: a phone does not load those of the screens.

import { texts } from './texts.js';

/** @typedef {'zh' | 'en'} Lang */

/** @returns {Lang} */
function first() {
	const kept = /(?:^|;\s*)lang=(zh|en)/.exec(document.cookie);
	if (kept) return /** @type {Lang} */ (kept[1]);
	const wish = (navigator.languages || [navigator.language]).find((l) => /^(zh|en)/i.test(l));
	return wish && /^en/i.test(wish) ? 'en' : 'zh';
}

/** @type {Lang} */
let lang = first();
/** @type {Set<() => void>} */
const listeners = new Set();

/** @returns {Lang} */
export const language = () => lang;
export const isZh = () => lang === 'zh';

/** @param {() => void} f called after each switch */
export function onLanguage(f) {
	listeners.add(f);
}

/** @param {Lang} to */
export function setLanguage(to) {
	lang = to;
	document.cookie = `lang=${to}; path=/; max-age=31536000; samesite=strict`;
	applyLanguage();
	for (const f of listeners) f();
}

export function applyLanguage() {
	document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
}

/** @param {string} text @param {Record<string, any>} [args] */
function fill(text, args) {
	return args ? text.replace(/\{(\w+)\}/g, (all, k) => (k in args ? String(args[k]) : all)) : text;
}

/**
 * The text of a key with its {places} filled. In English "text|texts" chooses by args.n.
 * @param {string} key @param {Record<string, any>} [args] @returns {string}
 */
export function t(key, args) {
	const pair = texts[key];
	if (!pair) return key;
	let text = pair[lang === 'zh' ? 1 : 0];
	if (text.includes('|')) text = text.split('|')[args && args.n === 1 ? 0 : 1];
	return fill(text, args);
}

/** @param {string} key */
export const has = (key) => key in texts;
