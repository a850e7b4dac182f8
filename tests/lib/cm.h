/* SPDX-License-Identifier: Apache-2.0
 * cm.h - cmocka with the headers it needs before it. */
#ifndef SUSHUI_TESTS_CM_H
#define SUSHUI_TESTS_CM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
