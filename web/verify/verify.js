// SPDX-License-Identifier: Apache-2.0
// verify.js - the page that verifies certificates in the browser: with the list of keys from the server, or the one kept from the last
// time when there is no line. Nothing that is scanned leaves this device.
import { holderFits, verify } from './certificate.js';

/** @type {Record<string, [string, string]>} */
const words = {
	title: ['Verify a certificate', '证明核验'],
	lang: ['中文', 'English'],
	code: ['What the code says (a hand scanner types it here)', '二维码内容（可用扫码枪录入）'],
	holder: ["Last four characters of the holder's document, or initials", '持有人证件号后四位或姓名首字母'],
	go: ['Verify', '核验'],
	scan: ['Scan with the camera', '用摄像头扫码'],
	valid: ['Valid', '有效'],
	not_one: ['This is no certificate, or a part of it is missing', '不是本系统的证明，或内容不完整'],
	unknown_key: ['Signed with a key that is not on the list', '签名密钥不在核验名单中'],
	forged: ['The signature does not fit: altered or forged', '签名不符：内容被改动或系伪造'],
	expired: ['No longer valid: its time is over', '已过有效期'],
	not_yet: ['Issued in the future: check the clock of this device', '签发时间在未来：请检查本设备时钟'],
	unsupported: ['This browser cannot verify; use a newer one, or the command sushui verify-qr', '本浏览器不支持核验，请更换较新的浏览器或使用命令 sushui verify-qr'],
	holder_yes: ["The holder's characters fit", '持有人核对一致'],
	holder_no: ["NOT this holder's", '与持有人不符'],
	holder_ask: ["Ask for the last characters of the holder's document", '请核对持有人证件号后四位'],
	release: ['Certificate of release', '解除证明'],
	result: ['Certificate of a test result', '检测结果证明'],
	central: ['central isolation', '集中隔离'],
	home: ['isolation at home', '居家隔离'],
	monitoring: ['health monitoring', '健康监测'],
	hospital: ['hospital', '医院'],
	stay: ['stay in place', '就地管控'],
	negative: ['negative', '阴性'],
	positive: ['positive', '阳性'],
	free: ['Free since', '解除时间'],
	sampled: ['Sampled', '采样时间'],
	issued: ['Issued', '签发'],
	expires: ['Valid until', '有效期至'],
	county: ['County', '区县代码'],
	keys_n: ['Keys on the list: ', '核验公钥数：'],
	keys_kept: [' (kept on this device; the server cannot be reached)', '（本机保存，暂时无法连接服务器）'],
	keys_none: ['There is no list of keys yet: open this page once with a line to the server.', '尚无核验公钥：请先联网打开一次本页。'],
};

let zh = (localStorage.getItem('sushui.verify.lang') || navigator.language).startsWith('zh');
/** @type {string[]} */
let keys = [];
let kept = false;

/** @param {string} key */
const t = (key) => (words[key] || [key, key])[zh ? 1 : 0];
/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const by = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {number} at */
const when = (at) => new Date(at).toLocaleString(zh ? 'zh-CN' : 'en-GB', { dateStyle: 'medium', timeStyle: 'short' });

function showKeys() {
	by('keys').textContent = keys.length ? t('keys_n') + keys.length + (kept ? t('keys_kept') : '') : t('keys_none');
}

function label() {
	document.documentElement.lang = zh ? 'zh-CN' : 'en';
	document.title = t('title');
	by('title').textContent = t('title');
	by('lang').textContent = t('lang');
	by('l-code').textContent = t('code');
	by('l-holder').textContent = t('holder');
	by('go').textContent = t('go');
	by('scan').textContent = t('scan');
	showKeys();
}

/** @param {string} tag @param {string} text @param {string} [cls] */
function el(tag, text, cls) {
	const e = document.createElement(tag);
	e.textContent = text;
	if (cls) e.className = cls;
	return e;
}

/** @param {import('./certificate.js').Certificate} c @param {string} shown */
async function rows(c, shown) {
	const dl = document.createElement('dl');
	/** @param {string} name @param {string} value */
	const row = (name, value) => dl.append(el('dt', name), el('dd', value));
	row(t(c.kind), t(c.detail));
	row(t(c.kind === 'release' ? 'free' : 'sampled'), when(c.happened));
	row(t('issued'), when(c.issued));
	row(t('expires'), when(c.expires));
	row(t('county'), c.county);
	const fits = shown ? await holderFits(c, shown) : null;
	return { dl, fits };
}

async function answer() {
	const code = by('code');
	const shown = /** @type {HTMLInputElement} */ (by('holder')).value.trim();
	const { verdict, certificate } = await verify(/** @type {HTMLTextAreaElement} */ (code).value, keys, Date.now());
	const out = by('answer');
	const { dl, fits } = certificate ? await rows(certificate, shown) : { dl: null, fits: null };
	const good = verdict === 'valid' && fits !== false;
	out.replaceChildren(el('p', (good ? '✓ ' : '✗ ') + t(verdict), good ? 'sent' : 'emergency'));
	if (fits !== null) out.append(el('p', t(fits ? 'holder_yes' : 'holder_no'), fits ? 'sent' : 'emergency'));
	else if (verdict === 'valid') out.append(el('p', t('holder_ask'), 'note'));
	if (dl) out.append(dl);
	out.dataset.verdict = good ? 'valid' : fits === false ? 'not_holder' : verdict;
}

async function fetchKeys() {
	try {
		const answered = await fetch('/api/certificates/keys', { cache: 'no-store' });
		if (!answered.ok) throw new Error(String(answered.status));
		/** @type {{ keys: { public: string }[] }} */
		const list = await answered.json();
		keys = list.keys.map((k) => k.public);
		localStorage.setItem('sushui.verify.keys', JSON.stringify(keys));
	} catch {
		kept = true;
		try {
			const old = JSON.parse(localStorage.getItem('sushui.verify.keys') || '[]');
			keys = Array.isArray(old) ? old.filter((k) => typeof k === 'string') : [];
		} catch {
			keys = [];
		}
	}
	showKeys();
}

/** Reads one code with the camera, where the browser knows how. */
async function scan() {
	const video = /** @type {HTMLVideoElement} */ (by('video'));
	const Detector = /** @type {any} */ (globalThis).BarcodeDetector;
	const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } });
	video.srcObject = stream;
	video.hidden = false;
	await video.play();
	const detector = new Detector({ formats: ['qr_code'] });
	for (let turns = 0; turns < 300 && !video.hidden; turns++) {
		const [found] = await detector.detect(video);
		if (found) {
			/** @type {HTMLTextAreaElement} */ (by('code')).value = found.rawValue;
			await answer();
			break;
		}
		await new Promise((go) => setTimeout(go, 200));
	}
	for (const track of stream.getTracks()) track.stop();
	video.hidden = true;
}

by('lang').addEventListener('click', () => {
	zh = !zh;
	localStorage.setItem('sushui.verify.lang', zh ? 'zh' : 'en');
	label();
});
by('form').addEventListener('submit', (e) => {
	e.preventDefault();
	void answer();
});
if ('BarcodeDetector' in globalThis && navigator.mediaDevices) {
	by('scan').hidden = false;
	by('scan').addEventListener('click', () => void scan());
}
label();
void fetchKeys();
