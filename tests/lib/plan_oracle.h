/* SPDX-License-Identifier: Apache-2.0
 *
 * plan_oracle.h - the best plan of a very small problem, by writing every schedule of every vehicle as a column of a linear program and
 * giving it to the solver cbc (a program of its own, needed by tests only). Times are found by trying minute after minute.
 */
#ifndef SUSHUI_TESTS_PLAN_ORACLE_H
#define SUSHUI_TESTS_PLAN_ORACLE_H

#include "plan/plan.h"

/* Is the solver installed? */
bool plan_oracle_there(void);
/* The optimum of each member in the order of struct plan_value (drive is left 0). False when the problem is too large. */
bool plan_oracle(const struct plan_problem *p, struct plan_value *out);

#endif
