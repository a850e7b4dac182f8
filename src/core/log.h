/* SPDX-License-Identifier: Apache-2.0
 *
 * log.h - one line per event on stderr: time, level, text. Only the outer layers (cli, http, gateway)
 * log; libraries return errors. No personal data: ids and counts only. Control characters in
 * arguments are replaced, so that no input can forge a line.
 */
#ifndef SUSHUI_CORE_LOG_H
#define SUSHUI_CORE_LOG_H

#include "core/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level least);
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Logs a fault with its code, place and text. */
void log_err(const char *doing, const struct err *e);

#endif
