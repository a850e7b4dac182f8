/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base.h"

#include <stdio.h>
#include <stdlib.h>

void check_failed(const char *expr, const char *file, int line)
{
	fprintf(stderr, "sushui: bug: CHECK(%s) failed at %s:%d; stopping so that a restart can replay\n", expr, file, line);
	abort();
}
