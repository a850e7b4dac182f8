// SPDX-License-Identifier: Apache-2.0
// dom.js - what the screens are made with: preact keeps the page as it is described, htm lets a description read like HTML.
// Text goes in as text only: nothing here parses HTML.

import { Component, Fragment, h as create, render } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export { Component, Fragment };

/**
 * What may stand in an element: text, numbers, other descriptions, elements that somebody else made; lists are laid flat.
 * @typedef {any} Child
 */
/** @typedef {Record<string, any>} Attrs */

/** An element that is not described but was made (el): it stands there as it is. */
class Held extends Component {
	/** @param {any} props */
	render({ node }) {
		return create('div', {
			class: 'held',
			ref: (/** @type {Element | null} */ place) => {
				if (place && (place.firstChild !== node || place.childNodes.length !== 1)) place.replaceChildren(node);
			},
		});
	}
}

/** @param {Child} c @returns {Child} */
function child(c) {
	if (Array.isArray(c)) return c.map(child);
	return c instanceof Node ? create(Held, { node: c }) : c === true ? null : c;
}

/**
 * Attributes as preact takes them: nothing for false, null and undefined; the key of a row; what somebody is typing stays, because
 * `value` and `checked` are where an input begins and not what it must hold.
 * @param {string} tag @param {Attrs | null | undefined} attrs @param {string[]} classes
 */
function props(tag, attrs, classes) {
	/** @type {Attrs} */
	const out = {};
	if (classes.length) out.class = classes.join(' ');
	for (const [k, v] of Object.entries(attrs || {})) {
		if (v === false || v === null || v === undefined) continue;
		if (k === 'class') out.class = [...classes, v].join(' ');
		else if (k === 'data-key') out.key = out[k] = v;
		else if (k === 'value' && (tag === 'input' || tag === 'textarea')) out.defaultValue = v;
		else if (k === 'checked') out.defaultChecked = v;
		else if (k === 'style' && typeof v === 'object')
			out.style = Object.fromEntries(Object.entries(v).map(([p, x]) => [p, String(x)]));
		else if (k === 'spellcheck') out[k] = v !== 'false';
		else out[k] = v;
	}
	return out;
}

/**
 * h('a.button', {href: '#/'}, 'text'): describes an element with classes, attributes and children; h(component, {...}) a component.
 * @param {any} tag @param {Attrs | null} [attrs] @param {...Child} children
 */
export function h(tag, attrs, ...children) {
	if (typeof tag !== 'string') return create(tag, attrs, ...children.map(child));
	const [name, ...classes] = tag.split('.');
	return create(name, props(name, attrs, classes), ...children.map(child));
}

/** html`<a.button href="#/">text</a>`: the same, written like HTML. */
export const html = htm.bind(h);

/** Shows these children in the container; what is there and stays is kept, with focus, selection and scroll position. */
export function show(/** @type {Element} */ el, /** @type {Child[]} */ ...children) {
	render(create(Fragment, null, ...children.map(child)), el);
}

/** @param {any} to @param {string} name @param {any} value */
function set(to, name, value) {
	if (value === false || value === null || value === undefined) return;
	if (name.startsWith('on')) to.addEventListener(name.slice(2), value);
	else if (name === 'value' && 'value' in to) to.value = value;
	else to.setAttribute(name, value === true ? '' : String(value));
}

/** @param {Element} to @param {Child} c */
function append(to, c) {
	if (Array.isArray(c)) for (const x of c) append(to, x);
	else if (c instanceof Node) to.append(c);
	else if (c !== null && c !== undefined && typeof c !== 'boolean') to.append(String(c));
}

/**
 * Makes an element at once, for forms that keep a hand on their inputs. Its children are text and elements.
 * @param {string} tag @param {Attrs | null} [attrs] @param {...Child} children @returns {HTMLElement}
 */
export function el(tag, attrs, ...children) {
	const [name, ...classes] = tag.split('.');
	const made = document.createElement(name);
	if (classes.length) made.className = classes.join(' ');
	append(made, children);
	for (const [k, v] of Object.entries(attrs || {})) set(made, k, v);
	return made;
}

/** Speaks a short text to screen readers. @param {string} text */
export function announce(text) {
	const place = document.getElementById('say');
	if (place) place.textContent = text;
}
