/* SPDX-License-Identifier: Apache-2.0 */
#include "core/assets.h"

const struct asset *asset_find(struct str path)
{
	for (const struct asset *a = assets; a->path; a++)
		if (str_eq_c(path, a->path))
			return a;
	return NULL;
}
