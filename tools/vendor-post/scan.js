// SPDX-License-Identifier: Apache-2.0
// Reads a QR code or a Code-128 label out of the pixels of a picture (RGBA); null when there is none.
import BinaryBitmap from '@zxing/library/esm/core/BinaryBitmap';
import DecodeHintType from '@zxing/library/esm/core/DecodeHintType';
import RGBLuminanceSource from '@zxing/library/esm/core/RGBLuminanceSource';
import HybridBinarizer from '@zxing/library/esm/core/common/HybridBinarizer';
import Code128Reader from '@zxing/library/esm/core/oned/Code128Reader';
import QRCodeReader from '@zxing/library/esm/core/qrcode/QRCodeReader';

const qr = new QRCodeReader();
const bars = new Code128Reader();
const hints = new Map([[DecodeHintType.TRY_HARDER, true]]);

export function readCode(rgba, w, h) {
	const grey = new Uint8ClampedArray(w * h);
	for (let i = 0, j = 0; i < grey.length; i++, j += 4) grey[i] = (rgba[j] * 77 + rgba[j + 1] * 151 + rgba[j + 2] * 28) >> 8;
	const picture = new BinaryBitmap(new HybridBinarizer(new RGBLuminanceSource(grey, w, h)));
	for (const reader of [qr, bars]) {
		try {
			return reader.decode(picture, hints).getText();
		} catch {
			reader.reset();
		}
	}
	return null;
}
