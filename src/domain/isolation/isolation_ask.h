/* SPDX-License-Identifier: Apache-2.0
 *
 * isolation_ask.h - the questions that need the rule of rooms.h or the calendar. Internal to isolation.
 */
#ifndef SUSHUI_DOMAIN_ISOLATION_ASK_H
#define SUSHUI_DOMAIN_ISOLATION_ASK_H

#include "ledger/query.h"

#define FORECAST_DAYS 14     /* when nothing else is asked for */
#define FORECAST_DAYS_MAX 60

extern const char *const isolation_reasons[]; /* why a room is proposed */

enum err_code isolation_ask_missing(const struct query_ask *ask, struct query_rows *rows, struct err *e);
enum err_code isolation_ask_forecast(const struct query_ask *ask, struct query_rows *rows, struct err *e);
enum err_code isolation_ask_proposals(const struct query_ask *ask, struct query_rows *rows, struct err *e);

#endif
