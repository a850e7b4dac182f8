// SPDX-License-Identifier: Apache-2.0
// phone_view.js - about this phone: who is signed in, clock, room, version, sound, theme; signing out.

import { h } from '../core/dom.js';
import { line } from './line.js';
import { correctTimes, list, sendNow, times, waiting } from './queue.js';
import { session, signIn, SignInError, signOut } from './session.js';
import { room } from './store.js';
import { isQuiet, setQuiet } from './sound.js';
import { versionText } from './update.js';
import { again, choice, heading, hhmm, say } from './ui.js';
import { t } from './i18n.js';

const LOW = 20e6; // bytes left, below which the user is told

/** @param {string} to */
function setTheme(to) {
	if (to === 'auto' || !to) delete document.documentElement.dataset.theme;
	else document.documentElement.dataset.theme = to;
	try {
		localStorage.setItem('theme', to);
	} catch {
		// holds for this page
	}
	again();
}

/** @returns {Promise<import('./post.js').View>} */
export async function phoneView() {
	const [used, safe] = await Promise.all([room().catch(() => null), navigator.storage?.persisted?.().catch(() => false)]);
	let error = '';
	let sure = false;
	const signAgain = async (/** @type {Event} */ e) => {
		e.preventDefault();
		const me = session.me;
		const password = /** @type {HTMLInputElement} */ (document.getElementById('password'));
		if (!me) return;
		error = '';
		try {
			await signIn(me.login, password.value);
			password.value = '';
			await sendNow();
			say(true, t('post.signed_again'));
		} catch (x) {
			error = x instanceof SignInError ? t('post.sign_' + x.code, x.args) : t('post.not_opened');
			again();
		}
	};
	const leave = async () => {
		if (waiting() && !sure) {
			sure = true;
			return again();
		}
		await signOut();
	};
	const useServer = async (/** @type {boolean} */ on) => {
		times.byServer = on;
		if (on && line.ahead) await correctTimes(line.ahead);
		say(true, t(on ? 'post.clock_by_server' : 'post.clock_own'));
	};
	const drawClock = () => {
		const s = line.ahead === null ? null : Math.round(line.ahead / 1000);
		return [
			h('h2', { 'data-key': 'h-clock' }, t('post.clock')),
			h(
				'p',
				{ 'data-key': 'clock', id: 'clock-state' },
				s === null
					? t('post.clock_unknown')
					: s === 0
						? t('post.clock_right')
						: t(s > 0 ? 'post.clock_ahead_s' : 'post.clock_behind_s', { n: Math.abs(s) }),
			),
			s ? h('p.note', { 'data-key': 'clock-note' }, t('post.clock_note')) : null,
			s
				? h(
						'button',
						{
							type: 'button',
							id: 'use-server',
							'data-key': 'use',
							'aria-pressed': String(times.byServer),
							onclick: () => useServer(!times.byServer),
						},
						times.byServer
							? t('post.clock_use_own')
							: t('post.clock_use_server', { n: list((e) => e.state === 'waiting' && !e.frozen).length }),
					)
				: null,
		];
	};
	return {
		draw: () => {
			const me = session.me;
			if (!me) return heading(t('post.go_phone'));
			return [
				heading(t('post.go_phone')),
				h('p', { 'data-key': 'who' }, t('post.signed_as', { login: me.login }), ' ', me.token ? '' : t('post.session_over')),
				me.token
					? null
					: h(
							'form.sign-in',
							{ onsubmit: signAgain, 'data-key': 'again' },
							error ? h('p.notice.bad', { role: 'alert', id: 'sign-error' }, error) : null,
							h('input', {
								type: 'text',
								name: 'login',
								autocomplete: 'username',
								value: me.login,
								readonly: true,
								'aria-label': t('post.login'),
							}),
							h('label', { for: 'password' }, t('post.password')),
							h('input', { id: 'password', type: 'password', autocomplete: 'current-password', required: true }),
							h('button.main', { type: 'submit', id: 'sign-again' }, t('post.sign_in_again')),
						),
				drawClock(),
				h('h2', { 'data-key': 'h-room' }, t('post.room')),
				h(
					'p',
					{ 'data-key': 'room', id: 'room' },
					used ? t('post.room_used', { used: (used.used / 1e6).toFixed(1), most: Math.round(used.most / 1e6) }) : t('post.room_unknown'),
				),
				used && used.most - used.used < LOW ? h('p.notice.bad', { role: 'alert', 'data-key': 'low' }, t('post.room_low')) : null,
				h('p', { 'data-key': 'safe', id: 'safe' }, safe ? t('post.room_safe') : t('post.room_unsafe')),
				h('h2', { 'data-key': 'h-look' }, t('post.look')),
				h(
					'button',
					{
						type: 'button',
						id: 'quiet',
						'data-key': 'quiet',
						'aria-pressed': String(!isQuiet()),
						onclick: () => (setQuiet(!isQuiet()), again()),
					},
					isQuiet() ? t('post.sound_off') : t('post.sound_on'),
				),
				choice(
					t('post.theme'),
					'theme',
					['auto', 'light', 'dark', 'contrast'].map((x) => ({ value: x, text: t('post.theme_' + x) })),
					document.documentElement.dataset.theme || 'auto',
					setTheme,
				),
				h('h2', { 'data-key': 'h-leave' }, t('post.leave')),
				waiting() ? h('p.notice.bad', { 'data-key': 'leave-note' }, t('post.leave_waiting', { n: waiting() })) : null,
				h(
					'button',
					{ type: 'button', id: 'sign-out', 'data-key': 'leave', onclick: leave },
					sure ? t('post.leave_sure') : t('post.sign_out'),
				),
				h(
					'p.note',
					{ 'data-key': 'version' },
					t('post.version', { version: versionText() || '–' }),
					line.comparedAt ? ' · ' + t('post.compared', { at: hhmm(new Date(line.comparedAt).toISOString()) }) : '',
				),
			];
		},
	};
}
