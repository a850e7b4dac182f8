// SPDX-License-Identifier: Apache-2.0
// plate.js - a plate of 96 wells: which well holds which tube, the two controls, and what a machine's table says of it.

import { readTable } from '../core/csv.js';

export const ROWS = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
export const COLUMNS_N = 12;
/** The last two wells are the negative and the positive control. */
export const CONTROLS = /** @type {Record<string, 'negative' | 'positive'>} */ ({ G12: 'negative', H12: 'positive' });
export const TUBES_MAX = ROWS.length * COLUMNS_N - Object.keys(CONTROLS).length;

/** The wells in the order in which they are filled: down the first column, then the next. */
export const wells = Array.from({ length: COLUMNS_N }, (_, c) => ROWS.map((r) => r + (c + 1)))
	.flat()
	.filter((name) => !(name in CONTROLS));

const RESULTS = /** @type {[RegExp, 'negative' | 'positive' | 'invalid'][]} */ ([
	[/^(neg|negative|-|阴|阴性|not detected|未检出)$/i, 'negative'],
	[/^(pos|positive|\+|阳|阳性|detected|检出)$/i, 'positive'],
	[/^(inv|invalid|无效|error|repeat|复检)$/i, 'invalid'],
]);
const HEADS = /** @type {Record<string, RegExp>} */ ({
	code: /^(code|label|sample|sample name|tube|管码|样本|样本编号|条码)$/i,
	well: /^(well|孔|孔位)$/i,
	result: /^(result|call|结果|判定)$/i,
	ct_n: /^(ct_n|n|ct n|n gene|n基因)$/i,
	ct_orf: /^(ct_orf|orf|orf1ab|ct orf|orf1ab基因)$/i,
});

/** @param {string} text @returns {'negative' | 'positive' | 'invalid' | null} */
export const resultOf = (text) => RESULTS.find(([re]) => re.test(text))?.[1] || null;

/** @param {string} text a Ct value; none when the machine writes none @returns {number | undefined} */
function ctOf(text) {
	const n = Number(text);
	return text && Number.isFinite(n) && n > 0 ? n : undefined;
}

/**
 * What a machine's table says, tube by tube. A line that names no tube of this plate, or no result, is told and not guessed.
 * @param {string} text
 * @param {string[]} codes of the plate, in the order of its wells
 */
export function readResults(text, codes) {
	const rows = readTable(text);
	const head = rows[0] || [];
	const at = Object.fromEntries(Object.entries(HEADS).map(([k, re]) => [k, head.findIndex((x) => re.test(x))]));
	const named = at.result >= 0 && (at.code >= 0 || at.well >= 0);
	if (!named) Object.assign(at, { code: 0, well: -1, result: 1, ct_n: 2, ct_orf: 3 });
	/** @type {Map<string, {result: string, ct_n?: number, ct_orf?: number}>} */
	const found = new Map();
	/** @type {string[]} */
	const odd = [];
	rows.slice(named ? 1 : 0).forEach((r, i) => {
		const well = at.well >= 0 ? (r[at.well] || '').toUpperCase().replace(/^([A-H])0/, '$1') : '';
		if (well in CONTROLS) return;
		const code = (at.code >= 0 && r[at.code]) || codes[wells.indexOf(well)] || '';
		const result = resultOf(r[at.result] || '');
		if (!codes.includes(code) || !result) return void odd.push(`${i + 1 + (named ? 1 : 0)}: ${r.join(', ')}`);
		found.set(code, { result, ct_n: ctOf(r[at.ct_n]), ct_orf: ctOf(r[at.ct_orf]) });
	});
	return { found, odd };
}
