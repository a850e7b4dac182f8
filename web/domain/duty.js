// SPDX-License-Identifier: Apache-2.0
// duty.js - the duties about one thing, and how one is waived.

import { h } from '../core/dom.js';
import { due, number } from '../core/format.js';
import { link } from '../core/route.js';
import { dutyActs, dutyPages } from './duty_acts.js';
import { act, badge } from './names.js';
import { t } from '../i18n.js';

/** @param {any} r a duty */
export function waive(r) {
	return act(
		'house.duty_waived',
		{ duty: r.kind, subject: r.subject, part: r.part_id ? '' : r.part, part_id: r.part_id, area: r.area },
		t('duties.waive'),
	);
}

/** What ends this duty, filled in as far as the duty knows. @param {any} r */
export function doIt(r) {
	const how = dutyActs[r.kind];
	const page = dutyPages[r.kind];
	if (page) return h('a', { href: link(...page(r)) }, t('duties.look'));
	return how ? act(how.fact, { ...how.known(r), area: r.area }, t('duties.do')) : '';
}

const NEXT_N = 5; // duties that are not late yet and shown at once

/** Duties about one thing: the late ones and the next; the rest on demand. @param {any[]} rows by urgency */
export function dutyList(rows) {
	const item = (/** @type {any} */ r) =>
		h(
			'li',
			{ 'data-key': [r.kind, r.part, r.part_id].join(' ') },
			badge(r.late_ms > 0 ? 'late' : 'none', due(r.late_ms)),
			' ',
			r.text || r.kind,
			r.clause ? ' · ' + r.clause : '',
			' ',
			doIt(r),
			' ',
			waive(r),
		);
	const n = rows.filter((r) => r.late_ms > 0).length + NEXT_N;
	const rest = rows.slice(n);
	return h(
		'section',
		{ 'aria-labelledby': 'its-duties' },
		h('h2', { id: 'its-duties' }, t('duties.about')),
		h('ul.plain', null, rows.slice(0, n).map(item)),
		rest.length
			? h(
					'details',
					null,
					h('summary', null, t('duties.later', { n: rest.length, count: number(rest.length) })),
					h('ul.plain', null, rest.map(item)),
				)
			: null,
	);
}
