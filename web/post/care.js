// SPDX-License-Identifier: Apache-2.0
// care.js - a health check, as the round of an isolation site and a visit at home take it: temperature on a pad, symptoms as keys.

import { h } from '../core/dom.js';
import { list, makeFact, nowAt } from './queue.js';
import { again, pad } from './ui.js';
import { t } from './i18n.js';

const FEVER = 37.3; // °C; as the server counts it (TRACING_FEVER)
const LOW = 30; // °C; what the fact takes
const HIGH = 45;
/** The symptoms of the ninth edition; a newer one may have others, which are written as "other". */
export const SYMPTOMS = ['fever', 'dry_cough', 'fatigue', 'sore_throat', 'smell_taste_loss', 'diarrhoea', 'other'];

/** Morning or evening. @param {number} [ms] @returns {'am' | 'pm'} */
export const halfOf = (ms = nowAt()) => (new Date(ms).getHours() < 12 ? 'am' : 'pm');

/** "365" is 36.5: a pad for gloves has no need of a point. @param {string} text @returns {number | null} */
export function celsius(text) {
	const v = /^\d{3}$/.test(text) ? Number(text) / 10 : Number(text);
	return text && v >= LOW && v <= HIGH ? v : null;
}

/** Does this instant lie in the half day of now? @param {string} iso @param {number} [ms] */
export function isNow(iso, ms = nowAt()) {
	const at = new Date(iso);
	return Boolean(iso) && at.toDateString() === new Date(ms).toDateString() && halfOf(at.getTime()) === halfOf(ms);
}

/** Persons whose check of this half day was recorded on this phone. @param {number} [ms] @returns {Map<string, string>} person to instant */
export function checkedNow(ms = nowAt()) {
	/** @type {Map<string, string>} */
	const done = new Map();
	for (const e of list((x) => x.fact.kind === 'tracing.health_checked' && x.state !== 'refused'))
		if (isNow(e.fact.at, ms)) done.set(e.fact.body.person, e.fact.at);
	return done;
}

/**
 * One check in the making.
 * @typedef {{text: string, symptoms: Set<string>, wrong: boolean}} Check
 * @returns {Check}
 */
export const newCheck = () => ({ text: '', symptoms: new Set(), wrong: false });

/** @param {Check} c @param {string} person @param {{outbreak: string, area: string}} about */
export function checkFact(c, person, about) {
	return makeFact(
		'tracing.health_checked',
		{ person, temperature: celsius(c.text), symptoms: c.symptoms.size ? [...c.symptoms] : undefined, half: halfOf() },
		about,
	);
}

/** Does somebody have to be called? @param {Check} c */
export const isSign = (c) => c.symptoms.size > 0 || (celsius(c.text) || 0) >= FEVER;

/** @param {Check} c @param {() => void} onDone */
export function drawCheck(c, onDone) {
	const v = celsius(c.text);
	return [
		h(
			'div.row.many',
			{ role: 'group', 'aria-label': t('post.symptoms'), 'data-key': 'symptoms' },
			SYMPTOMS.map((s) =>
				h(
					'button',
					{
						type: 'button',
						id: 'sym-' + s,
						'data-key': s,
						'aria-pressed': String(c.symptoms.has(s)),
						onclick: () => {
							if (!c.symptoms.delete(s)) c.symptoms.add(s);
							again();
						},
					},
					t('post.symptom_' + s),
				),
			),
		),
		c.wrong ? h('p.notice.bad', { role: 'alert', 'data-key': 'wrong' }, t('post.temperature_wrong')) : null,
		pad({
			id: 'temperature',
			label: t('post.temperature'),
			value: c.text,
			most: 4,
			point: true,
			done:
				v === null
					? t('post.check_enter')
					: isSign(c)
						? t('post.check_sign', { v: v.toFixed(1) })
						: t('post.check_well', { v: v.toFixed(1) }),
			onChange: (x) => ((c.text = x), (c.wrong = false), again()),
			onDone: () => {
				c.wrong = v === null;
				if (c.wrong) again();
				else onDone();
			},
		}),
	];
}
