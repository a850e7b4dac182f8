/* SPDX-License-Identifier: Apache-2.0
 *
 * password.h - passwords that the machine makes and a person copies from paper.
 */
#ifndef SUSHUI_CLI_PASSWORD_H
#define SUSHUI_CLI_PASSWORD_H

#include "core/sys.h"

#define PASSWORD_TEXT_N 20 /* with NUL */
/* "k7mq-x3dn-8rwt-4hpz": 16 characters of 31 that are not mistaken for one another, about 79 bits. */
void password_make(const struct sys *sys, char out[PASSWORD_TEXT_N]);

#endif
