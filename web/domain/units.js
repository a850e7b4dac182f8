// SPDX-License-Identifier: Apache-2.0
// units.js - whose duties they are: the unit that works in the place, of the sort that holds the right; else the place itself.

import { areaName } from './names.js';
import { t } from '../i18n.js';

/** Which sort of unit does what a right stands for. @type {Record<string, string[]>} */
const sorts = {
	SAMPLE: ['sampling_site', 'community'],
	FOLLOW: ['community'],
	REGISTER: ['community'],
	LAB: ['laboratory'],
	TRACE: ['cdc'],
	SIGN: ['command', 'cdc', 'health_office'],
	COMMAND: ['command'],
	SITE: ['isolation_site'],
	TRANSPORT: ['transport'],
};

/** @param {string} unit @param {string} area */
const covers = (unit, area) => area.startsWith(unit.replace(/(000000|000)$/, ''));

/**
 * Open duties by unit, most late ones first.
 * @param {any} d with dutyAreas and units
 * @returns {{key: string, name: string, area: string, right: string, open: number, overdue: number, worst_ms: number}[]}
 */
export function unitRows(d) {
	/** @type {Map<string, any>} */
	const rows = new Map();
	const units = d.units?.rows || [];
	for (const r of d.dutyAreas?.rows || []) {
		const right = String(r.right || '').toUpperCase();
		const fit = units
			.filter((/** @type {any} */ u) => covers(u.area, r.area) && (sorts[right] || []).includes(u.type))
			.sort((/** @type {any} */ a, /** @type {any} */ b) => Number(b.area) - Number(a.area))[0];
		const key = fit ? fit.unit : r.area + right;
		const row = rows.get(key) || {
			key,
			name: fit ? fit.name : `${areaName(r.area)} · ${t('right.' + right)}`,
			area: fit ? fit.area : r.area,
			right: fit ? '' : right,
			open: 0,
			overdue: 0,
			worst_ms: 0,
		};
		row.open += r.open;
		row.overdue += r.overdue;
		row.worst_ms = Math.max(row.worst_ms, r.worst_ms);
		rows.set(key, row);
	}
	return [...rows.values()].sort((a, b) => b.overdue - a.overdue || b.worst_ms - a.worst_ms || b.open - a.open);
}
