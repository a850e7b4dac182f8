/* SPDX-License-Identifier: Apache-2.0 */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/caltime.h"
#include "core/sys.h"

static enum log_level least_level = LOG_INFO;

void log_set_level(enum log_level least)
{
	least_level = least;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const char *const words[] = {"debug", "info", "warn", "error"};
	if (level < least_level)
		return;
	char line[1024], when[CALTIME_TEXT_N];
	const struct sys *sys = sys_real();
	caltime_format(sys->now_ms(sys->ctx), when);
	int n = snprintf(line, sizeof line, "%s %-5s ", when, words[level]);
	va_list ap;
	va_start(ap, fmt);
	int m = vsnprintf(line + n, sizeof line - (size_t)n - 1, fmt, ap);
	va_end(ap);
	size_t end = (size_t)n + (m < 0 ? 0 : (size_t)m);
	if (end > sizeof line - 2)
		end = sizeof line - 2;
	for (size_t i = 0; i < end; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7F)
			line[i] = '?';
	line[end++] = '\n';
	/* one write, so that lines of several threads do not mix; a full disk behind stderr is not our error */
	ssize_t ignored = write(STDERR_FILENO, line, end);
	(void)ignored;
}

void log_err(const char *doing, const struct err *e)
{
	log_line(LOG_ERROR, "%s: %s%s%s: %s%s%s", doing, err_name(e->code), e->at[0] ? " at " : "", e->at,
		 err_text(e->code, "en"), e->what[0] ? "; " : "", e->what);
}
