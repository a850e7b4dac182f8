/* SPDX-License-Identifier: Apache-2.0
 * later.c - put before a program with LD_PRELOAD, its wall clock stands SUSHUI_LATER_S seconds ahead: eight hours pass in a moment. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t which, struct timespec *out)
{
	static int (*real)(clockid_t, struct timespec *);
	const char *later = getenv("SUSHUI_LATER_S");
	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	int rc = real(which, out);
	if (rc == 0 && later && which == CLOCK_REALTIME)
		out->tv_sec += atol(later);
	return rc;
}
