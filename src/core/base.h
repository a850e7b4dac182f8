/* SPDX-License-Identifier: Apache-2.0
 *
 * base.h - the few words every file uses: fixed-width types, CHECK, array counts.
 *
 * Four kinds of trouble are told apart everywhere in Sushui:
 *   refusal  a rule says no                 -> struct err, answered to the caller, not logged
 *   fault    disk, network, database        -> struct err, logged once by the outermost layer
 *   odd      another party broke a format   -> struct err, counted and refused
 *   bug      our own invariant is broken    -> CHECK stops the process; it restarts and replays
 */
#ifndef SUSHUI_CORE_BASE_H
#define SUSHUI_CORE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Stays on in release builds. Prints file, line and expression to stderr and aborts. */
#define CHECK(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))
_Noreturn void check_failed(const char *expr, const char *file, int line);

#define ARRAY_N(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define MUST_USE __attribute__((warn_unused_result))

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_MINUTE (60 * MS_PER_SECOND)
#define MS_PER_HOUR (60 * MS_PER_MINUTE)
#define MS_PER_DAY (24 * MS_PER_HOUR)

#endif
