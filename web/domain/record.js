// SPDX-License-Identifier: Apache-2.0
// record.js - a form for a kind of fact, made from its declaration. The fact's id is made here, so sending twice records once.

import { kinds, queryIfThere, sendFacts } from '../core/api.js';
import { announce, el, h, show } from '../core/dom.js';
import { time } from '../core/format.js';
import { errorText, heading } from '../core/page.js';
import { field, wallNow } from '../core/field.js';
import { link } from '../core/route.js';
import { shortId, uuid7 } from '../core/uuid.js';
import { makes } from './makes.js';
import { loadAreas } from './names.js';
import { own, t, w } from '../i18n.js';

/** @typedef {import('../core/field.js').Declared} Declared */
/** @typedef {import('../core/field.js').Field} Field */
/** @typedef {import('../core/field.js').Choice} Choice */

/**
 * Entities chosen from a list: the query that lists them and how a row is called.
 * @type {Record<string, [string, (r: any) => string]>}
 */
const lists = {
	outbreak: ['house.outbreaks', (r) => r.name],
	campaign: ['testing.campaigns', (r) => r.name],
	laboratory: ['testing.laboratories', (r) => r.name],
	site: ['testing.sites', (r) => r.name],
	zone: ['zones.zones', (r) => r.name],
	vehicle: ['transfer.vehicles', (r) => r.label],
	run: ['transfer.runs', (r) => `${r.label} ${time(r.depart_at)}`],
	room: ['isolation.rooms', (r) => `${r.number} · ${w(r.state, 'room')}`],
	unit: ['people.units', (r) => r.name],
	case: ['tracing.cases', (r) => `${shortId(r.case)} ${w(r.class, 'class')} ${time(r.opened_at)}`],
};
/** Where one is led after a fact was recorded. @type {Record<string, string>} */
const after = { testing: 'campaigns', tracing: 'cases', house: 'board', people: 'board', zones: 'zones', isolation: 'sites', transfer: 'vehicles', homecare: 'homes', orders: 'orders' };
/**
 * The facts an officer enters by hand most often, in the order of the work, and what doing so is called.
 * @type {Record<string, string>}
 */
const common = {
	'house.outbreak_declared': 'start.outbreak',
	'house.edition_adopted': 'start.edition',
	'testing.laboratory_stated': 'start.laboratory',
	'testing.campaign_declared': 'start.campaign',
	'testing.round_opened': 'start.round',
	'testing.person_excused': 'record.excuse',
	'tracing.case_opened': 'record.case',
	'tracing.contact_classified': 'case.sign',
	'house.duty_waived': 'record.waive',
};

/** @param {any} kind what recording it is called */
const nameOf = (kind) => (common[kind.name] ? t(common[kind.name]) : own(kind));

/** @param {Declared} d @param {string} kind */
function mustMake(d, kind) {
	return d.type === 'id' && makes[kind] === d.name;
}

/** @param {Declared} d @param {string} kind @returns {Promise<Choice[] | null>} */
async function choicesOf(d, kind) {
	if (d.type === 'area' || d.type === 'areas') {
		const rows = await loadAreas();
		return rows.length ? rows.map((a) => ({ value: a.code, text: `${a.name} (${a.code})` })) : null;
	}
	// a sampling site and an isolation site are entities of one kind
	const isolation = d.entity === 'site' && !kind.startsWith('testing.');
	const list = isolation ? /** @type {[string, (r: any) => string]} */ (['isolation.sites', (r) => r.name]) : d.type === 'id' && d.entity ? lists[d.entity] : undefined;
	if (!list) return null;
	const a = await queryIfThere(list[0]);
	return a ? a.rows.map((r) => ({ value: r[/** @type {string} */ (d.entity)], text: list[1](r) })).reverse() : null;
}

/** What the envelope asks for: where, when, of which outbreak. @param {any} kind @returns {Declared[]} */
function envelope(kind) {
	/** @type {Declared[]} */
	const fields = [
		{ outer: true, name: 'area', type: 'area', required: true, en: t('record.area'), zh: t('record.area') },
		{ outer: true, name: 'at', type: 'time', required: true, en: t('record.at'), zh: t('record.at') },
	];
	if (kind.outbreak)
		fields.unshift({
			outer: true,
			name: 'outbreak',
			type: 'id',
			entity: 'outbreak',
			required: true,
			en: t('record.outbreak'),
			zh: t('record.outbreak'),
		});
	return fields;
}

/**
 * The value a field begins with.
 * @param {Declared} d
 * @param {Choice[] | null} choices
 * @param {Record<string, string>} args
 * @param {any} me
 */
function firstValue(d, choices, args, me) {
	if (args[d.name]) return args[d.name];
	if (d.outer && d.name === 'at') return wallNow();
	if (d.outer && d.name === 'area')
		return choices?.some((c) => c.value === me?.area)
			? me.area
			: choices?.length === 1
				? choices[0].value
				: choices?.[0]?.value || me?.area || '';
	if (d.outer && choices?.length) return choices[0].value;
	return d.required && choices?.length === 1 ? choices[0].value : '';
}

/**
 * The field that a JSON pointer of the server points into ("/body/tags/0" into "/body/tags").
 * @param {string} [at]
 */
function fieldAt(at) {
	const m = /^(?:\/facts\/\d+)?((?:\/body)?\/[a-z_0-9]+)/.exec(at || '');
	return m ? m[1] : '';
}

/**
 * @param {any} kind
 * @param {Record<string, string>} args
 * @param {any} me
 * @param {Set<string>} [without] names of fields that are not asked for
 * @returns {Promise<{fields: Map<string, Field>, read: () => any, renew: () => void}>}
 */
export async function makeFields(kind, args, me, without) {
	const declared = kind.fields.filter((/** @type {Declared} */ d) => !d.derived && !without?.has(d.name));
	const shown = declared.filter((/** @type {Declared} */ d) => !mustMake(d, kind.name));
	const made = declared
		.filter((/** @type {Declared} */ d) => mustMake(d, kind.name))
		.map((/** @type {Declared} */ d) => [d.name, args[d.name] || uuid7()]);
	const all = [...envelope(kind).filter((d) => !without?.has(d.name)), ...shown];
	const choices = await Promise.all(all.map((d) => choicesOf(d, kind.name)));
	const fields = new Map(
		all.map((d, i) => [(d.outer ? '/' : '/body/') + d.name, field(d, firstValue(d, choices[i], args, me), choices[i])]),
	);
	let id = uuid7();
	return {
		fields,
		renew: () => void (id = uuid7()),
		read: () => {
			/** @type {any} */
			const fact = { id, kind: kind.name, device: 'web', body: Object.fromEntries(made) };
			for (const [at, f] of fields) {
				const value = f.read();
				const name = at.split('/').at(-1) || '';
				if (value !== undefined) (at.startsWith('/body/') ? fact.body : fact)[name] = value;
			}
			return fact;
		},
	};
}

/** @param {any} kind @param {number} seq @param {Record<string, string>} args */
function recorded(kind, seq, args) {
	const domain = kind.name.split('.')[0];
	return h(
		'div.notice.good',
		{ role: 'status', id: 'recorded' },
		h('p', null, h('b', null, t('record.done', { seq })), ' ', own(kind)),
		h(
			'p',
			null,
			h(
				'a.button',
				{
					href: args.case && domain === 'tracing' ? link('case', { case: args.case }) : link(after[domain] || 'board'),
				},
				t('record.on'),
			),
			' ',
			h('a', { href: '#/board' }, t('nav.board')),
			' · ',
			h('a', { href: link('start') }, t('start.link')),
		),
	);
}

/** The form of one kind. @param {import('../core/page.js').Visit} v @param {any} kind */
async function form(v, kind) {
	const { fields, read, renew } = await makeFields(kind, v.args, v.me);
	if (v.left()) return;
	const summary = el('div', { id: 'summary', tabindex: '-1' });
	const button = /** @type {HTMLButtonElement} */ (el('button', { type: 'submit' }, t('record.do')));
	const say = (/** @type {string} */ name, /** @type {string} */ text) => {
		const f = fields.get(name);
		if (f) f.fail(text);
		show(
			summary,
			h(
				'div.notice.bad',
				{ role: 'alert' },
				h('p', null, h('b', null, t('record.refused')), ' ', text),
				f ? h('p', null, h('button', { type: 'button', onclick: () => f.focus() }, t('record.to_field'))) : null,
			),
		);
		if (f) f.focus();
		else summary.focus();
	};
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		for (const f of fields.values()) f.fail('');
		show(summary);
		button.disabled = true;
		try {
			const [verdict] = await sendFacts([read()]);
			if (verdict.ok) {
				show(v.root, heading(nameOf(kind)), recorded(kind, verdict.seq || 0, v.args));
				announce(t('record.done', { seq: verdict.seq }));
				document.getElementById('title')?.focus();
				return;
			}
			const r = verdict.error || { code: '' };
			// an earlier try whose answer was lost is in the ledger, and this one says something else: a fact of its own
			if (r.code === 'id_reused') renew();
			say(fieldAt(r.at), [r.text, r.what, r.hint].filter(Boolean).join(' · '));
		} catch (x) {
			say('', errorText(x));
		} finally {
			button.disabled = false;
		}
	};
	show(
		v.root,
		heading(nameOf(kind), h('p.meta', null, h('code', null, kind.name))),
		summary,
		el(
			'form.record',
			{ onsubmit: submit, novalidate: true },
			kind.name === 'tracing.contact_classified' ? el('p.notice', null, t('record.restricts')) : null,
			[...fields.values()].map((f) => f.el),
			el('p', null, button, ' ', el('button', { type: 'button', onclick: () => history.back() }, t('record.cancel'))),
		),
	);
}

/** @param {import('../core/page.js').Visit} v */
export async function record(v) {
	const list = (await kinds()).filter((k) => !v.me || !k.right || v.me.may(k.right));
	await loadAreas();
	const kind = list.find((k) => k.name === v.args.kind);
	if (v.left()) return;
	if (kind) return form(v, kind);
	const item = (/** @type {any} */ k) =>
		h('li', null, h('a', { href: link('record', { kind: k.name }) }, nameOf(k)), ' ', h('code', null, k.name));
	const first = Object.keys(common)
		.map((n) => list.find((k) => k.name === n))
		.filter(Boolean);
	show(
		v.root,
		heading(t('record.title')),
		v.args.kind ? h('p.notice', null, t('record.may_not', { kind: v.args.kind })) : h('p', null, t('record.intro')),
		h('h2', null, t('record.common')),
		h('ul.plain', null, first.map(item)),
		h(
			'details',
			null,
			h('summary', null, t('record.others')),
			h('ul.plain', null, list.filter((k) => !(k.name in common)).map(item)),
		),
	);
}
