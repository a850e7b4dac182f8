// SPDX-License-Identifier: Apache-2.0
// lists.js - what a post needs to know before the network goes: the round, who is to be sampled here, which tubes are known. Without names: the
// lists of the server carry none. Kept sealed, and thrown away when the user signs out.

import { del, get, put } from './store.js';
import { ask } from './line.js';
import { session } from './session.js';
import { seal, unseal } from './vault.js';

const PAGE = 5000;
const TUBES_MOST = 20000;

/** Whether the outbreak that is worked for is an exercise: it is shown on every screen. */
export const outbreakNow = { exercise: false };
/** @param {any} choices */
const noteOutbreak = (choices) => void (outbreakNow.exercise = Boolean(choices?.outbreaks[0]?.exercise));

/** @param {string} name */
const about = (name) => `list ${session.me?.user} ${name}`;

/** @param {string} name @param {any} value */
export async function keepList(name, value) {
	const me = session.me;
	if (!me) return;
	await put('lists', { user: me.user, name, at: Date.now(), ...(await seal(me.key, value, about(name))) });
}

/** @param {string} name @returns {Promise<any>} undefined when there is none */
export async function readList(name) {
	const me = session.me;
	if (!me) return undefined;
	const row = await get('lists', [me.user, name]);
	const value = row ? await unseal(me.key, row, about(name)) : undefined;
	if (name === 'choices') noteOutbreak(value);
	return value;
}

/** @param {string} name */
export const dropList = async (name) => session.me && del('lists', [session.me.user, name]);

const token = () => session.me?.token || '';

/** All rows of a query. @param {string} name @param {any} [args] @param {number} [most] @returns {Promise<any[]>} */
export async function allRows(name, args = {}, most = 100000) {
	const rows = [];
	for (let offset = 0; offset < most; offset += PAGE) {
		const a = await ask(name, { ...args, limit: PAGE, offset }, token());
		rows.push(...a.rows);
		if (!a.more) break;
	}
	return rows;
}

/** The same; nothing where this server has no such query or the user may not ask it. @param {string} name @param {any} [args] */
export async function rowsIfThere(name, args = {}) {
	try {
		return await allRows(name, args);
	} catch (e) {
		if (/** @type {any} */ (e).status === 404 || /** @type {any} */ (e).status === 403) return [];
		throw e;
	}
}

/** What a post chooses from before a shift. */
export async function fetchChoices() {
	const [outbreaks, rounds, campaigns, sites, laboratories, areas] = await Promise.all([
		allRows('house.outbreaks'),
		allRows('testing.rounds'),
		allRows('testing.campaigns'),
		allRows('testing.sites'),
		allRows('testing.laboratories'),
		rowsIfThere('people.areas'),
	]);
	const choices = {
		at: Date.now(),
		outbreaks: outbreaks.map((o) => ({ id: o.outbreak, name: o.name, exercise: o.exercise })).reverse(),
		rounds: rounds.map((r) => ({
			campaign: r.campaign,
			round: r.round,
			name: r.name,
			opens_at: r.opens_at,
			due_at: r.due_at,
			pool: campaigns.find((c) => c.campaign === r.campaign)?.pool_size || 10,
		})),
		sites: sites.map((s) => ({ id: s.site, name: s.name, area: s.area })),
		laboratories: laboratories.map((l) => ({ id: l.laboratory, name: l.name })),
		areas: areas.map((a) => ({ code: a.code, name: a.name })),
	};
	await keepList('choices', choices);
	noteOutbreak(choices);
	return choices;
}

/**
 * The list of a sampling shift: one round at one site.
 * @param {{campaign: string, round: number, pool: number, outbreak: string, site: string, area: string}} what
 */
export async function fetchShift(what) {
	const { campaign, round, area } = what;
	const [persons, due, tubes, others] = await Promise.all([
		allRows('people.persons', { area }),
		allRows('testing.missing', { campaign, round, area }),
		allRows('testing.tubes', { campaign, round }, TUBES_MOST),
		allRows('testing.tubes', {}, TUBES_MOST),
	]);
	const reason = new Map(due.map((d) => [d.person, d.reason || '']));
	const here = new Set(tubes.map((x) => x.tube));
	/** @type {string[]} */
	const homes = [];
	/** @type {Map<string, number>} */
	const homeOf = new Map();
	const homeNo = (/** @type {any} */ p) => {
		const text = JSON.stringify([p.household || '', p.building || '', p.unit || '']);
		if (!homeOf.has(text)) {
			homeOf.set(text, homes.length);
			homes.push(text);
		}
		return homeOf.get(text);
	};
	const shift = {
		...what,
		at: Date.now(),
		// due: 1 to be sampled, 0 has been, a word: the reason why not
		persons: persons
			.filter((p) => !p.until_at)
			.map((p) => [p.person, homeNo(p), p.birth_year, reason.has(p.person) ? reason.get(p.person) || 1 : 0]),
		homes: homes.map((x) => JSON.parse(x)),
		tubes: others.map((x) => [x.code, x.tube, x.stage, x.swabs, x.pool_size, here.has(x.tube) ? 1 : 0]),
	};
	await keepList('shift', shift);
	return shift;
}
