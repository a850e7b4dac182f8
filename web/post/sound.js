// SPDX-License-Identifier: Apache-2.0
// sound.js - good or bad, to ear and hand: the eyes are on the patient. One high tone and a short tick, or two low tones and two long ones.

/** @type {AudioContext | null} */
let ctx = null;
let quiet = false;
try {
	quiet = localStorage.getItem('post-quiet') === '1';
} catch {
	// sound it is
}

export const isQuiet = () => quiet;
/** @param {boolean} to */
export function setQuiet(to) {
	quiet = to;
	try {
		localStorage.setItem('post-quiet', to ? '1' : '0');
	} catch {
		// holds until the page is closed
	}
}

/** @param {number} hz @param {number} from seconds from now @param {number} s */
function tone(hz, from, s) {
	if (!ctx) return;
	const at = ctx.currentTime + from;
	const osc = ctx.createOscillator();
	const gain = ctx.createGain();
	osc.frequency.value = hz;
	osc.type = 'square'; // carries through wind better than a sine
	gain.gain.setValueAtTime(0.25, at);
	gain.gain.exponentialRampToValueAtTime(0.01, at + s);
	osc.connect(gain).connect(ctx.destination);
	osc.start(at);
	osc.stop(at + s);
}

/** @param {boolean} good */
export function signal(good) {
	if (navigator.vibrate && navigator.userActivation?.hasBeenActive) navigator.vibrate(good ? 60 : [220, 90, 220]);
	if (quiet) return;
	try {
		ctx = ctx || new AudioContext();
		if (ctx.state === 'suspended') ctx.resume().catch(() => {});
	} catch {
		return; // a phone without sound: sign, colour and vibration tell the same
	}
	if (good) tone(1760, 0, 0.12);
	else {
		tone(220, 0, 0.25);
		tone(185, 0.3, 0.35);
	}
}
