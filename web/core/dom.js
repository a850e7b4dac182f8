// SPDX-License-Identifier: Apache-2.0
// dom.js - builds elements and brings a part of the page up to date without losing focus, selection or scroll position.
// Text goes in as text only: nothing here parses HTML.

/**
 * What may stand in an element; lists are laid flat.
 * @typedef {Node | string | number | null | undefined | false | any[]} Child
 */
/** @typedef {Record<string, any>} Attrs */

const SVG = 'http://www.w3.org/2000/svg';

/** One listener per event type and element; morph() moves the function, not the listener. @param {Event} e */
function dispatch(e) {
	const on = /** @type {any} */ (e.currentTarget).handlers?.[e.type];
	if (on) on(e);
}

/**
 * Sets one attribute: `onclick` = function, `style` = object of CSS properties (set through the CSSOM, which a strict
 * Content-Security-Policy allows), true = present, false, null and undefined = absent.
 * @param {any} el @param {string} name @param {any} value
 */
function set(el, name, value) {
	if (value === false || value === null || value === undefined) return;
	if (name.startsWith('on')) {
		const type = name.slice(2);
		el.handlers = el.handlers || {};
		if (!el.handlers[type]) el.addEventListener(type, dispatch);
		el.handlers[type] = value;
	} else if (name === 'style') {
		for (const [p, v] of Object.entries(value)) el.style.setProperty(p, String(v));
	} else if (name === 'value' && 'value' in el) {
		el.value = value;
		el.setAttribute('value', value);
	} else {
		el.setAttribute(name, value === true ? '' : String(value));
	}
}

/** @param {Element} el @param {Child} child */
function append(el, child) {
	if (Array.isArray(child)) for (const c of child) append(el, c);
	else if (child instanceof Node) el.append(child);
	else if (child !== null && child !== undefined && child !== false) el.append(String(child));
}

/**
 * h('a.button', {href: '#/'}, 'text'): an element with classes, attributes and children.
 * @param {string} tag @param {Attrs | null} [attrs] @param {...Child} children @returns {HTMLElement}
 */
export function h(tag, attrs, ...children) {
	const [name, ...classes] = tag.split('.');
	const el = document.createElement(name);
	if (classes.length) el.className = classes.join(' ');
	append(el, children);
	for (const [k, v] of Object.entries(attrs || {})) set(el, k, v);
	return el;
}

/** @param {string} tag @param {Attrs} attrs @param {...Child} children @returns {SVGElement} */
export function s(tag, attrs, ...children) {
	const el = /** @type {SVGElement} */ (document.createElementNS(SVG, tag));
	for (const [k, v] of Object.entries(attrs)) set(el, k, v);
	append(el, children);
	return el;
}

/** @param {any} from @param {any} to */
function sameKind(from, to) {
	return (
		from.nodeType === to.nodeType &&
		from.nodeName === to.nodeName &&
		(from.id || '') === (to.id || '') &&
		(from.dataset?.key || '') === (to.dataset?.key || '')
	);
}

/** @param {any} from @param {any} to */
function morphAttributes(from, to) {
	for (const { name } of [...from.attributes])
		if (name !== 'style' && !to.hasAttribute(name) && !(name === 'open' && from.nodeName === 'DETAILS'))
			from.removeAttribute(name);
	// the policy refuses a style attribute, but not the CSSOM
	if (to.style && from.style.cssText !== to.style.cssText) from.style.cssText = to.style.cssText;
	for (const { name, value } of [...to.attributes])
		if (name !== 'style' && from.getAttribute(name) !== value) from.setAttribute(name, value);
	for (const type of Object.keys(to.handlers || {})) if (!from.handlers?.[type]) from.addEventListener(type, dispatch);
	if (from.handlers || to.handlers) from.handlers = to.handlers;
}

/**
 * Makes `from` look like `to`, keeping every element that stays. What somebody is typing stays as it is.
 * @param {any} from @param {any} to
 */
export function morph(from, to) {
	if (from.nodeType === Node.TEXT_NODE) {
		if (from.data !== to.data) from.data = to.data;
		return;
	}
	morphAttributes(from, to);
	if (/^(INPUT|TEXTAREA|SELECT)$/.test(from.nodeName) && from.nodeName !== 'SELECT') return;
	morphChildren(from, [...to.childNodes]);
}

/** @param {any} parent @param {any[]} wanted */
function morphChildren(parent, wanted) {
	const keyed = new Map();
	for (const c of parent.childNodes) if (c.dataset?.key) keyed.set(c.dataset.key, c);
	let at = parent.firstChild;
	for (const next of wanted) {
		const known = next.dataset?.key && keyed.get(next.dataset.key);
		if (known && known !== at && known.parentNode === parent) {
			parent.insertBefore(known, at);
			at = known;
		}
		if (at && sameKind(at, next)) {
			morph(at, next);
			at = at.nextSibling;
		} else {
			parent.insertBefore(next, at);
		}
	}
	while (at) {
		const gone = at;
		at = at.nextSibling;
		gone.remove();
	}
}

/** Shows these children in the container, patching what is there. @param {Element} el @param {...Child} children */
export function show(el, ...children) {
	const wanted = document.createElement('div');
	append(wanted, children);
	morphChildren(el, [...wanted.childNodes]);
}

/** Speaks a short text to screen readers. @param {string} text */
export function announce(text) {
	const el = document.getElementById('say');
	if (el) el.textContent = text;
}
