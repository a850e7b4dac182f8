/* SPDX-License-Identifier: Apache-2.0
 *
 * isolation_ask.h - the questions that need the rule of rooms.h or the calendar. Internal to isolation.
 */
#ifndef SUSHUI_DOMAIN_ISOLATION_ASK_H
#define SUSHUI_DOMAIN_ISOLATION_ASK_H

#include "ledger/query.h"

#endif
