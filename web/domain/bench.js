// SPDX-License-Identifier: Apache-2.0
// bench.js - the laboratory's own page, in the order of its work: receive a box, fill a plate, enter or load results. A scanner that types
// a label and Enter is all it needs.

import { query } from '../core/api.js';
import { announce, h, html } from '../core/dom.js';
import { number, shortTime, span } from '../core/format.js';
import { asOf, choose, errorText, heading, keepFresh } from '../core/page.js';
import { shortId, uuid7 } from '../core/uuid.js';
import { useRef, useState } from '../vendor/hooks.js';
import { badge, loadAreas, mayDo } from './names.js';
import { postAll } from './post.js';
import { COLUMNS_N, CONTROLS, ROWS, TUBES_MAX, readResults, wells } from './plate.js';
import { t, w } from '../i18n.js';

/** @typedef {import('../core/page.js').Visit} Visit */

const RESULTS = ['negative', 'positive', 'invalid'];

/** Sends, and says what became of it. @param {(text: any) => void} say @param {import('./post.js').Draft[]} drafts @returns {Promise<boolean[]>} */
async function send(say, drafts) {
	try {
		const told = await postAll(drafts);
		const bad = told.filter((x) => !x.ok);
		const text = bad.length ? bad.map((x) => x.text).slice(0, 3).join(' | ') : t('bulk.done', { n: told.length });
		say(h(bad.length ? 'p.notice.bad' : 'p.notice.good', { role: bad.length ? 'alert' : 'status' }, text));
		announce(text);
		return told.map((x) => x.ok);
	} catch (e) {
		say(h('p.notice.bad', { role: 'alert' }, errorText(e)));
		return drafts.map(() => false);
	}
}

/** @param {{boxes: any[], lab: any}} p */
function Receive({ boxes, lab }) {
	const [box, setBox] = useState(/** @type {any} */ (null));
	const [said, say] = useState(/** @type {any} */ (null));
	const input = useRef(/** @type {any} */ (null));
	const open = boxes.filter((b) => !b.received_at);
	const find = (/** @type {any} */ e) => {
		e.preventDefault();
		const code = e.target.elements.box_code.value.trim();
		const one = open.find((b) => b.code === code || b.box === code) || boxes.find((b) => b.code === code);
		say(!one ? h('p.notice.bad', { role: 'alert' }, t('bench.no_box', { code })) : null);
		setBox(one || null);
	};
	const receive = async (/** @type {any} */ e) => {
		e.preventDefault();
		const tubes_n = Number(e.target.elements.tubes_n.value);
		const [ok] = await send(say, [{ kind: 'testing.box_received', area: lab.area, body: { box: box.box, laboratory: lab.laboratory, tubes_n } }]);
		if (!ok) return;
		setBox(null);
		input.current.value = '';
		input.current.focus();
	};
	return html`<section aria-labelledby="receive-title">
		<h2 id="receive-title">${t('bench.receive')}</h2>
		<form.line-form onsubmit=${find}>
			<label for="box_code">${t('bench.scan_box')}</label>
			<input id="box_code" name="box_code" type="text" autocomplete="off" list="boxes-open" ref=${input} />
			<datalist id="boxes-open">${open.map((b) => html`<option value=${b.code} />`)}</datalist>
			<button type="submit">${t('bench.find')}</button>
		</form>
		${said}
		${box &&
		html`<form.line-form onsubmit=${receive} key=${box.box}>
			<p.sum>${box.code} · ${t('bench.box_about', { n: box.tubes, at: shortTime(box.sent_at) })} ${box.received_at ? badge('close', t('bench.received_at', { at: shortTime(box.received_at) })) : null}</p>
			<label for="tubes_n">${t('bench.counted')}</label>
			<input id="tubes_n" name="tubes_n" type="text" inputmode="numeric" value=${box.tubes} />
			<button type="submit">${t('bench.do_receive')}</button>
		</form>`}
		<p>${open.length ? t('bench.on_the_way', { n: open.length }) : t('bench.nothing_on_the_way')} ${open.slice(0, 8).map((b) => html`<span.chip>${b.code} · ${span(b.age_ms)}</span> `)}</p>
	</section>`;
}

/** The plate as a table: letters down, numbers across. @param {{tubes: any[], label: string, drop?: (i: number) => void, mark?: (tube: any) => string}} p */
function PlateMap({ tubes, drop, mark, label }) {
	const at = new Map(tubes.map((x, i) => [wells[i], { x, i }]));
	const cell = (/** @type {string} */ name) => {
		const control = CONTROLS[name];
		if (control) return html`<td.well.control>${control === 'positive' ? 'PC' : 'NC'}</td>`;
		const has = at.get(name);
		if (!has) return html`<td.well><span.quiet>${name}</span></td>`;
		const look = mark ? mark(has.x) : '';
		return html`<td class=${'well taken ' + look}>
			${drop
				? html`<button type="button" aria-label=${t('bench.take_out', { code: has.x.code, well: name })} onclick=${() => drop(has.i)}>${has.x.code}</button>`
				: has.x.code}
			${look ? html`<small>${w(look)}</small>` : null}
		</td>`;
	};
	return html`<div.scroll role="region" tabindex="0" aria-label=${label}>
		<table.plate>
			<caption.quiet>${label}</caption>
			<thead><tr><td></td>${Array.from({ length: COLUMNS_N }, (_, c) => html`<th scope="col">${c + 1}</th>`)}</tr></thead>
			<tbody>${ROWS.map((r) => html`<tr><th scope="row">${r}</th>${Array.from({ length: COLUMNS_N }, (_, c) => cell(r + (c + 1)))}</tr>`)}</tbody>
		</table>
	</div>`;
}

/** @param {{tubes: any[], lab: any}} p tubes received and on no plate */
function Load({ tubes, lab }) {
	const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
	const [plate, setPlate] = useState(() => uuid7());
	const [said, say] = useState(/** @type {any} */ (null));
	const byId = new Map(tubes.map((x) => [x.tube, x]));
	const on = chosen.filter((id) => byId.has(id));
	const scan = (/** @type {any} */ e) => {
		e.preventDefault();
		const input = e.target.elements.tube_code;
		const code = input.value.trim();
		const one = tubes.find((x) => x.code === code || x.tube === code);
		if (!one) say(h('p.notice.bad', { role: 'alert' }, t('bench.no_tube', { code })));
		else if (on.includes(one.tube)) say(h('p.notice', { role: 'status' }, t('bench.twice', { code })));
		else if (on.length >= TUBES_MAX) say(h('p.notice', { role: 'status' }, t('bench.full')));
		else {
			setChosen([...on, one.tube]);
			say(null);
			announce(`${code}: ${wells[on.length]}`);
		}
		input.value = '';
		input.focus();
	};
	const fill = () => setChosen([...on, ...tubes.map((x) => x.tube).filter((id) => !on.includes(id))].slice(0, TUBES_MAX));
	const load = async (/** @type {any} */ e) => {
		e.preventDefault();
		const controls_ok = e.target.elements.controls_ok.checked;
		const body = { plate, laboratory: lab.laboratory, tubes: on, ...(controls_ok ? { controls_ok } : {}) };
		const [ok] = await send(say, [{ kind: 'testing.plate_loaded', area: lab.area, body }]);
		if (ok) {
			setChosen([]);
			setPlate(uuid7());
		}
	};
	return html`<section aria-labelledby="load-title">
		<h2 id="load-title">${t('bench.load')}</h2>
		<p>${t('bench.waiting', { n: tubes.length })}</p>
		<form.line-form onsubmit=${scan}>
			<label for="tube_code">${t('bench.scan_tube')}</label>
			<input id="tube_code" name="tube_code" type="text" autocomplete="off" />
			<button type="submit">${t('bench.put')}</button>
			<button type="button" onclick=${fill} disabled=${!tubes.length}>${t('bench.fill')}</button>
		</form>
		${said}
		<${PlateMap} label=${t('bench.map') + ': ' + t('bench.load')} tubes=${on.map((id) => byId.get(id))} drop=${(/** @type {number} */ i) => setChosen(on.filter((_, k) => k !== i))} />
		<form onsubmit=${load}>
			<p><label><input.box-tick type="checkbox" name="controls_ok" /> ${t('bench.controls')}</label></p>
			<p><button type="submit" disabled=${!on.length}>${t('bench.do_load', { n: on.length })}</button></p>
		</form>
	</section>`;
}

/** @param {{plates: any[][], lab: any}} p tubes by plate */
function Results({ plates, lab }) {
	const [which, setWhich] = useState('');
	const [given, setGiven] = useState(/** @type {Record<string, any>} */ ({}));
	const [said, say] = useState(/** @type {any} */ (null));
	const [odd, setOdd] = useState(/** @type {string[]} */ ([]));
	const tubes = plates.find((p) => p[0].plate === which) || plates[0] || [];
	const take = (/** @type {string} */ text) => {
		const read = readResults(text, tubes.map((x) => x.code));
		setGiven({ ...given, ...Object.fromEntries(tubes.filter((x) => read.found.has(x.code)).map((x) => [x.tube, read.found.get(x.code)])) });
		setOdd(read.odd);
		say(h('p.notice', { role: 'status' }, t('bench.read', { n: read.found.size })));
	};
	const file = async (/** @type {any} */ e) => e.target.files[0] && take(await e.target.files[0].text());
	const set = (/** @type {string} */ tube, /** @type {string} */ result) => setGiven({ ...given, [tube]: { ...given[tube], result } });
	const rest = () =>
		setGiven({ ...given, ...Object.fromEntries(tubes.filter((x) => !given[x.tube]?.result).map((x) => [x.tube, { result: 'negative' }])) });
	const ready = tubes.filter((x) => given[x.tube]?.result);
	const report = async (/** @type {any} */ e) => {
		e.preventDefault();
		const ok = await send(
			say,
			ready.map((x) => ({
				kind: 'testing.result_reported',
				area: lab.area,
				body: { tube: x.tube, laboratory: lab.laboratory, plate: x.plate, ...given[x.tube] },
			})),
		);
		const left = { ...given };
		ready.forEach((x, i) => ok[i] && delete left[x.tube]);
		setGiven(left);
	};
	if (!tubes.length) return html`<section aria-labelledby="results-title"><h2 id="results-title">${t('bench.results')}</h2><p>${t('bench.no_plate')}</p></section>`;
	return html`<section aria-labelledby="results-title">
		<h2 id="results-title">${t('bench.results')}</h2>
		<div.filters>
			<label.filter>${t('bench.plate')}<select name="plate" onchange=${(/** @type {any} */ e) => setWhich(e.target.value)}>
				${plates.map((p) => html`<option value=${p[0].plate} selected=${p[0].plate === tubes[0].plate}>${shortId(p[0].plate)} · ${shortTime(p[0].plated_at)} · ${t('bench.tubes', { n: p.length })}</option>`)}
			</select></label>
			<label.filter>${t('bench.file')}<input type="file" accept=".csv,.txt,text/csv" onchange=${file} /></label>
		</div>
		<details><summary>${t('bench.paste')}</summary>
			<p.note id="paste-note">${t('bench.paste_note')}</p>
			<textarea name="pasted" rows="5" aria-label=${t('bench.paste')} aria-describedby="paste-note" onchange=${(/** @type {any} */ e) => take(e.target.value)}></textarea>
		</details>
		${said}
		${odd.length ? html`<div.notice.bad role="alert"><p>${t('bench.odd', { n: odd.length })}</p><ul>${odd.slice(0, 10).map((x) => html`<li>${x}</li>`)}</ul></div>` : null}
		<form onsubmit=${report}>
			<${PlateMap} label=${t('bench.map') + ': ' + t('bench.results')} tubes=${tubes} mark=${(/** @type {any} */ x) => given[x.tube]?.result || ''} />
			<div.result-grid>${tubes.map((x) => html`<label data-key=${x.tube}>${x.code} <small>${t('bench.swabs', { n: x.swabs })}</small>
				<select onchange=${(/** @type {any} */ e) => set(x.tube, e.target.value)}>
					<option value="" selected=${!given[x.tube]?.result}>–</option>
					${RESULTS.map((r) => html`<option value=${r} selected=${given[x.tube]?.result === r}>${w(r)}</option>`)}
				</select></label>`)}</div>
			<p><button type="button" onclick=${rest}>${t('bench.rest_negative')}</button>${' '}<button type="submit" disabled=${!ready.length}>${t('bench.report', { n: ready.length })}</button></p>
		</form>
	</section>`;
}

/** @param {any[]} tubes @returns {any[][]} */
function byPlate(tubes) {
	/** @type {Map<string, any[]>} */
	const plates = new Map();
	for (const x of tubes) if (x.plate) plates.set(x.plate, [...(plates.get(x.plate) || []), x]);
	return [...plates.values()];
}

/** @param {Visit} v */
export async function bench(v) {
	await loadAreas();
	await keepFresh(
		v,
		['testing'],
		async () => {
			const labs = await query('testing.laboratories');
			const lab = labs.rows.find((x) => x.laboratory === v.args.laboratory) || labs.rows[0];
			const args = { laboratory: lab?.laboratory, limit: 10000 };
			const [boxes, tubes] = await Promise.all([query('testing.boxes', { limit: 10000 }), query('testing.bench', args)]);
			return { labs, lab: lab && { ...lab, area: v.me.area }, boxes: boxes.rows, tubes: tubes.rows };
		},
		({ labs, lab, boxes, tubes }) => {
			if (!lab) return [heading(t('bench.title')), h('p.notice', null, t('bench.no_lab'))];
			const queue = t('bench.queue', { waiting: number(lab.waiting), way: number(lab.on_the_way) });
			return [
				heading(t('bench.title'), h('p.meta', null, lab.name, ' · ', asOf(labs.got))),
				h('p.sum', null, queue, lab.waiting + lab.on_the_way ? ' · ' + t('bench.forecast', { at: shortTime(lab.last_result_at) }) : ''),
				labs.rows.length > 1
					? h('div.filters', null, choose(t('bench.laboratory'), 'laboratory', labs.rows.map((x) => ({ value: x.laboratory, text: x.name })), v))
					: null,
				mayDo('testing.box_received') ? null : h('p.notice', null, t('bench.may_not')),
				html`<${Receive} boxes=${boxes} lab=${lab} />`,
				html`<${Load} tubes=${tubes.filter((x) => x.stage === 'received')} lab=${lab} />`,
				html`<${Results} plates=${byPlate(tubes.filter((x) => x.stage === 'plated'))} lab=${lab} />`,
			];
		},
	);
}
