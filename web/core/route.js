// SPDX-License-Identifier: Apache-2.0
// route.js - every view has an address: #/view?argument=value. Back and forward work because the address is all there is.

/** @typedef {{view: string, args: Record<string, string>}} Route */

/** @returns {Route} */
export function route() {
	const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
	return { view: decodeURIComponent(path || 'board'), args: Object.fromEntries(new URLSearchParams(query || '')) };
}

/** The address of a view; empty arguments are left out. @param {string} view @param {Record<string, any>} [args] */
export function link(view, args = {}) {
	const query = new URLSearchParams();
	for (const [k, v] of Object.entries(args))
		if (v !== undefined && v !== null && v !== '' && v !== false) query.set(k, v === true ? '1' : String(v));
	const text = query.toString();
	return '#/' + view + (text ? '?' + text : '');
}

/** @param {string} view @param {Record<string, any>} [args] */
export function go(view, args) {
	location.hash = link(view, args);
}

/** Changes arguments of the view that is shown without a step in the history. @param {Record<string, any>} change */
export function adjust(change) {
	const { view, args } = route();
	history.replaceState(null, '', link(view, { ...args, ...change }));
}
