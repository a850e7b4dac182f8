// SPDX-License-Identifier: Apache-2.0
// bulk.js - one form for many: what is the same is entered once, and each gets a fact of its own. Signed together, judged one by one:
// the server answers for each, and what it refused stays in the list with the reason.

import { kinds, sendFacts } from '../core/api.js';
import { announce, el, h, html, show } from '../core/dom.js';
import { errorText, heading } from '../core/page.js';
import { handed } from '../core/pick.js';
import { uuid7 } from '../core/uuid.js';
import { areaName, entity, loadAreas } from './names.js';
import { makeFields } from './record.js';
import { own, t } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */
/** @typedef {import('../core/pick.js').Picked & {id: string, done?: boolean, error?: string}} Row */

const BATCH = 500;

/** @param {Row[]} rows */
function rowList(rows) {
	return html`<ul.plain.many>
		${rows.map(
			(r) =>
				html`<li data-key=${r.id}>
					${r.done ? '✓ ' : r.error ? '✕ ' : ''}${entity(r.subjectKind, r.subject)} · ${areaName(r.area)}
					${r.note ? html` · <small>${r.note}</small>` : null} ${r.error ? html`<br /><b.field-error>${r.error}</b>` : null}
				</li>`,
		)}
	</ul>`;
}

/** @param {Row[]} rows @param {any} shared */
async function sendAll(rows, shared) {
	const open = rows.filter((r) => !r.done);
	for (let i = 0; i < open.length; i += BATCH) {
		const part = open.slice(i, i + BATCH);
		const verdicts = await sendFacts(
			part.map((r) => ({ ...shared, id: r.id, area: r.area, body: { ...shared.body, ...r.body } })),
		);
		part.forEach((r, k) => {
			const v = verdicts[k];
			r.done = v.ok;
			r.error = v.ok ? undefined : [v.error?.text, v.error?.what].filter(Boolean).join(' · ');
			// this id is in the ledger with other content (an earlier try whose answer was lost): a fact of its own
			if (v.error?.code === 'id_reused') r.id = uuid7();
		});
	}
}

/** @param {Visit} v */
export async function bulk(v) {
	const kind = (await kinds()).find((k) => k.name === v.args.kind && v.me.may(k.right));
	await loadAreas();
	const { rows: given, back } = handed(v.args.kind || '');
	if (!kind || !given.length)
		return show(v.root, heading(t('bulk.title')), h('p.notice', null, t(kind ? 'bulk.nothing' : 'bulk.may_not')));
	/** @type {Row[]} */
	const rows = given.map((r) => ({ ...r, id: uuid7() }));
	const differs = new Set([...rows.flatMap((r) => Object.keys(r.body)), 'area']);
	const { fields, read } = await makeFields(kind, v.args, v.me, differs);
	if (v.left()) return;
	const summary = el('div', { id: 'summary', tabindex: '-1' });
	const list = el('div');
	const button = /** @type {HTMLButtonElement} */ (el('button', { type: 'submit' }, t('bulk.do', { n: rows.length })));
	const redraw = () => show(list, rowList(rows));
	const submit = async (/** @type {Event} */ e) => {
		e.preventDefault();
		for (const f of fields.values()) f.fail('');
		button.disabled = true;
		try {
			await sendAll(rows, read());
		} catch (x) {
			show(summary, h('div.notice.bad', { role: 'alert' }, errorText(x)));
			button.disabled = false;
			return summary.focus();
		}
		const bad = rows.filter((r) => r.error).length;
		const done = rows.length - bad;
		const back_to = html`<a.button href=${back || '#/duties'}>${t('bulk.back')}</a>`;
		show(
			summary,
			html`<div class=${bad ? 'notice bad' : 'notice good'} id="recorded" role=${bad ? 'alert' : 'status'}>
				<p><b>${t('bulk.done', { n: done })}</b> ${bad ? t('bulk.refused', { n: bad }) : ''}</p>
				<p>${back_to}</p>
			</div>`,
		);
		announce(t('bulk.done', { n: done }));
		redraw();
		if (bad === 0) {
			show(v.root, heading(own(kind)), summary, list);
			return summary.focus();
		}
		button.disabled = false;
		button.textContent = t('bulk.again', { n: bad });
		summary.focus();
	};
	show(
		v.root,
		heading(own(kind), h('p.meta', null, t('bulk.count', { n: rows.length }))),
		summary,
		kind.right === 'SIGN' ? h('p.notice', null, t('record.restricts')) : null,
		el(
			'form.record',
			{ onsubmit: submit, novalidate: true },
			[...fields.values()].map((f) => f.el),
			el('p', null, button, ' ', el('button', { type: 'button', onclick: () => history.back() }, t('record.cancel'))),
		),
		h('h2', null, t('bulk.for')),
		list,
	);
	redraw();
}
