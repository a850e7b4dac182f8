// SPDX-License-Identifier: Apache-2.0
// update.js - the service worker keeps the pages of the posts on the phone; here it is started, asked for a newer version now and then, and the
// user decides when to change over. What waits to be sent lies in IndexedDB and is not touched by it.

const LOOK_MS = 30 * 60 * 1000;
let ready = false;
let version = '';

export const versionReady = () => ready;
export const versionText = () => version;

/** Changes over to the version that lies ready. */
export function restart() {
	location.reload();
}

/** @param {any} message */
function toWorker(message) {
	navigator.serviceWorker.controller?.postMessage(message);
}

/** @param {() => void} changed called when a newer version lies ready, or the version is known */
export function takeUpdates(changed) {
	navigator.serviceWorker.addEventListener('message', (e) => {
		if (e.data?.type !== 'version') return;
		version = e.data.version;
		ready = Boolean(e.data.version && e.data.newest !== e.data.version);
		changed();
	});
	navigator.serviceWorker.register('/web/post/sw.js', { updateViaCache: 'none' }).then(
		(r) => {
			const look = () => {
				r.update().catch(() => {});
				toWorker({ type: 'look' });
			};
			setInterval(look, LOOK_MS);
			window.addEventListener('online', look);
			navigator.serviceWorker.ready.then(() => {
				toWorker({ type: 'version' });
				look();
			});
			navigator.serviceWorker.addEventListener('controllerchange', () => toWorker({ type: 'version' }));
		},
		(e) => console.warn('the pages are not kept on this phone:', e.message),
	);
}
