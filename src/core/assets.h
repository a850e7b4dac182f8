/* SPDX-License-Identifier: Apache-2.0
 *
 * assets.h - the files the binary carries (web/, protocols/), put there by tools/embed.c at build time.
 */
#ifndef SUSHUI_CORE_ASSETS_H
#define SUSHUI_CORE_ASSETS_H

#include "core/str.h"

struct asset {
	const char *path; /* below the source root: "web/index.html" */
	const char *bytes;
	size_t bytes_n;
	const char *gzip; /* the same bytes compressed; NULL when that would save nothing, and outside of web/ */
	size_t gzip_n;
};
extern const struct asset assets[]; /* ends with a row whose path is NULL */

/* The asset of that path, or NULL. O(number of assets). */
const struct asset *asset_find(struct str path);

#endif
