// SPDX-License-Identifier: Apache-2.0
// camera.js - reads QR and Code-128 with the camera. The browser's own reader where there is one; else the library in vendor/, fetched when the
// camera is first opened (the service worker has it already).

const EVERY_MS = 120;
const AGAIN_MS = 2500; // the same label in view is read once

/** @typedef {(canvas: HTMLCanvasElement, video: HTMLVideoElement) => Promise<string | null>} Reader */

/** @returns {Promise<Reader | null>} */
async function ownReader() {
	const Detector = /** @type {any} */ (window).BarcodeDetector;
	if (!Detector) return null;
	try {
		const can = await Detector.getSupportedFormats();
		const formats = ['qr_code', 'code_128'].filter((f) => can.includes(f));
		if (formats.length < 2) return null;
		const detector = new Detector({ formats });
		return async (_, video) => (await detector.detect(video))[0]?.rawValue || null;
	} catch {
		return null;
	}
}

/** @returns {Promise<Reader>} */
async function libraryReader() {
	const { readCode } = await import('./vendor/scan.js');
	return async (canvas, video) => {
		// the middle of the picture, not more than 640 wide: that is where one aims, and a cheap phone reads it in time
		const w = Math.min(video.videoWidth, 640);
		const scale = w / video.videoWidth;
		const h = Math.round(video.videoHeight * scale);
		canvas.width = w;
		canvas.height = h;
		const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
		g.drawImage(video, 0, 0, w, h);
		return readCode(g.getImageData(0, 0, w, h).data, w, h);
	};
}

/** @type {Reader | null} */
let reader = null;

/**
 * Opens the camera in this element and tells each code it sees, until stop is called.
 * @param {HTMLVideoElement} video @param {(text: string) => void} onCode
 * @returns {Promise<{stop: () => void, torch: (() => Promise<void>) | null}>}
 */
export async function openCamera(video, onCode) {
	const stream = await navigator.mediaDevices.getUserMedia({
		video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
		audio: false,
	});
	const track = stream.getVideoTracks()[0];
	let open = true;
	const stop = () => {
		open = false;
		for (const one of stream.getTracks()) one.stop();
		video.srcObject = null;
	};
	try {
		video.srcObject = stream;
		await video.play();
		reader = reader || (await ownReader()) || (await libraryReader());
	} catch (e) {
		stop();
		throw e;
	}
	const canvas = document.createElement('canvas');
	let last = '';
	let lastAt = 0;
	const look = async () => {
		if (!open) return;
		let text = null;
		try {
			if (video.videoWidth) text = await /** @type {Reader} */ (reader)(canvas, video);
		} catch {
			// an unreadable picture: the next one
		}
		if (!open) return;
		const now = Date.now();
		if (text && (text !== last || now - lastAt > AGAIN_MS)) onCode(text);
		if (text) {
			last = text;
			lastAt = now;
		}
		setTimeout(look, EVERY_MS);
	};
	look();
	const can = /** @type {any} */ (track.getCapabilities?.() || {});
	let lit = false;
	const torch = can.torch
		? async () => {
				lit = !lit;
				await track.applyConstraints(/** @type {any} */ ({ advanced: [{ torch: lit }] }));
			}
		: null;
	return { stop, torch };
}
