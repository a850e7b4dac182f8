// SPDX-License-Identifier: Apache-2.0
// csv.js - reads a small table that somebody pasted or a machine wrote: commas, semicolons or tabs, with or without quotes.

/** @param {string} text @returns {string[][]} rows with at least one cell that is not empty */
export function readTable(text) {
	const clean = text.replace(/^\uFEFF/, '');
	const head = clean.split('\n', 1)[0];
	const sep = ['\t', ';', ','].find((c) => head.includes(c)) || ',';
	/** @type {string[][]} */
	const rows = [];
	let row = [''];
	let quoted = false;
	for (let i = 0; i < clean.length; i++) {
		const c = clean[i];
		if (quoted) {
			if (c !== '"') row[row.length - 1] += c;
			else if (clean[i + 1] === '"') row[row.length - 1] += clean[i++];
			else quoted = false;
		} else if (c === '"' && row[row.length - 1] === '') quoted = true;
		else if (c === sep) row.push('');
		else if (c === '\n') {
			rows.push(row);
			row = [''];
		} else if (c !== '\r') row[row.length - 1] += c;
	}
	rows.push(row);
	return rows.map((r) => r.map((x) => x.trim())).filter((r) => r.some(Boolean));
}
