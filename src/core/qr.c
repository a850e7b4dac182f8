/* SPDX-License-Identifier: Apache-2.0 */
#include "core/qr.h"

#include <qrcodegen.h>

#define QUIET 4       /* modules of white around it, as the standard asks */
#define VERSION_MAX 30

static bool encode(struct str text, uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)])
{
	char copy[QR_TEXT_MAX + 1];
	uint8_t scratch[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	if (text.n == 0 || text.n > QR_TEXT_MAX)
		return false;
	str_to_c(text, copy, sizeof copy);
	return qrcodegen_encodeText(copy, scratch, code, qrcodegen_Ecc_MEDIUM, qrcodegen_VERSION_MIN, VERSION_MAX, qrcodegen_Mask_AUTO, true);
}

bool qr_svg(struct buf *b, struct str text, const char *title)
{
	uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	if (!encode(text, code))
		return false;
	int n = qrcodegen_getSize(code), whole = n + 2 * QUIET;
	buf_printf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\" shape-rendering=\"crispEdges\">"
		      "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><path fill=\"#000\" d=\"", whole, whole, title, whole, whole);
	for (int y = 0; y < n; y++)
		for (int x = 0; x < n; x++) {
			int run = 0;
			while (x + run < n && qrcodegen_getModule(code, x + run, y))
				run++;
			if (run)
				buf_printf(b, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
			x += run;
		}
	buf_add_c(b, "\"/></svg>");
	return true;
}

bool qr_terminal(struct buf *b, struct str text)
{
	static const char *const blocks[] = {"\u2588", "\u2584", "\u2580", " "}; /* by dark above * 2 + dark below */
	uint8_t code[qrcodegen_BUFFER_LEN_FOR_VERSION(VERSION_MAX)];
	if (!encode(text, code))
		return false;
	int n = qrcodegen_getSize(code);
	for (int y = -QUIET; y < n + QUIET; y += 2) {
		for (int x = -QUIET; x < n + QUIET; x++) { /* outside of it getModule says white */
			int above = qrcodegen_getModule(code, x, y), below = qrcodegen_getModule(code, x, y + 1);
			buf_add_c(b, blocks[above * 2 + below]);
		}
		buf_add_byte(b, '\n');
	}
	return true;
}
