// SPDX-License-Identifier: Apache-2.0
// format.js - numbers, instants and spans as people read them. Instants come as ISO 8601 with the jurisdiction's offset and are
// shown as the clock on the wall there, whatever the reader's own zone is.

import { isZh, t } from '../i18n.js';
import { clock, now } from './api.js';

/** @param {number | null | undefined} n */
export function number(n) {
	return n === null || n === undefined ? '–' : n.toLocaleString(isZh() ? 'zh-CN' : 'en-GB');
}

/** @param {number} part @param {number} whole "87 %"; never rounds up to 100 while somebody is missing */
export function percent(part, whole) {
	if (!whole) return '–';
	const p = (part / whole) * 100;
	const text = p >= 99.5 && part < whole ? '99' : p > 0 && p < 0.5 ? '<1' : String(Math.round(p));
	return text + (isZh() ? '%' : ' %');
}

/** The jurisdiction's wall clock at an instant, as ISO without offset. @param {number} ms */
export function wall(ms) {
	return new Date(ms + clock.offset * 60000).toISOString().slice(0, 19);
}

/** "11-25 03:12", with the year when it is another one. @param {string | null | undefined} iso */
export function time(iso) {
	if (!iso) return '–';
	const year = wall(now()).slice(0, 4);
	const text = iso.slice(5, 10).replace('-', '\u2011') + '\u00a0' + iso.slice(11, 16);
	return iso.slice(0, 4) === year ? text : iso.slice(0, 4) + '\u2011' + text;
}

/** @param {string | null | undefined} iso "03:12" when it is today, else with the day */
export function shortTime(iso) {
	if (!iso) return '–';
	return iso.slice(0, 10) === wall(now()).slice(0, 10) ? iso.slice(11, 16) : time(iso);
}

/** @param {number} ms of our own clock, to the second */
export function clockTime(ms) {
	return wall(ms + clock.skew).slice(11, 19);
}

/** "2 h 05 min". @param {number | null | undefined} ms */
export function span(ms) {
	return ms === null || ms === undefined ? '–' : spanText(ms).replaceAll(' ', '\u00a0');
}

/** @param {number} ms */
function spanText(ms) {
	const min = Math.floor(Math.abs(ms) / 60000);
	if (min < 1) return t('span.short');
	const d = Math.floor(min / 1440);
	const hour = Math.floor((min % 1440) / 60);
	if (d >= 2) return t('span.days', { d, h: hour });
	const hours = Math.floor(min / 60);
	if (hours === 0) return t('span.minutes', { m: min });
	return t('span.hours', { h: hours, m: String(min % 60).padStart(2, '0') });
}

/** A limit: whole hours without minutes. @param {number | null | undefined} ms */
export function limit(ms) {
	if (!ms) return t('limit.none');
	return ms % 3600000 === 0 && ms < 2 * 86400000 ? t('span.whole_hours', { h: ms / 3600000 }) : span(ms);
}

/** "late 2 h 05 min" or "in 40 min". @param {number | null | undefined} lateMs */
export function due(lateMs) {
	if (lateMs === null || lateMs === undefined) return '–';
	return lateMs > 0 ? t('due.late', { span: span(lateMs) }) : t('due.in', { span: span(lateMs) });
}

/** "40 s", "5 min": how old something is. @param {number} ms */
export function age(ms) {
	return ms < 60000 ? t('span.seconds', { s: Math.max(0, Math.round(ms / 1000)) }) : span(ms);
}
