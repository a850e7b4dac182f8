/* SPDX-License-Identifier: Apache-2.0
 *
 * qr.h - a text as a QR code (ISO/IEC 18004): as SVG for paper and screens, or in characters for a terminal. The code itself is made by
 * libqrcodegen.
 */
#ifndef SUSHUI_CORE_QR_H
#define SUSHUI_CORE_QR_H

#include "core/buf.h"

#define QR_TEXT_MAX 1200 /* bytes; more would be too dense for the camera of an old phone */

/* Appends <svg ...>...</svg> of one path, black on white, with the quiet zone of four modules; it scales to whatever holds it. title:
 * read aloud instead of the picture; must be free of < & ". False, with nothing appended, when the text is too long. */
bool qr_svg(struct buf *b, struct str text, const char *title) MUST_USE;
/* Appends lines of half blocks: two rows of modules each, light on dark as terminals are, with a quiet zone. */
bool qr_terminal(struct buf *b, struct str text) MUST_USE;

#endif
