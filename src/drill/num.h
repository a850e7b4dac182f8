/* SPDX-License-Identifier: Apache-2.0
 *
 * num.h - the few functions of analysis that set up the drill's tables, from + - * / alone.
 *
 * Libraries of mathematics differ in the last bit between machines; these do not, so that tables and
 * everything decided by them are the same bytes everywhere. For set-up only (microseconds a call);
 * relative error below 1e-10 in the ranges given. Owns no memory.
 */
#ifndef SUSHUI_DRILL_NUM_H
#define SUSHUI_DRILL_NUM_H

#include "core/base.h"

double num_exp(double x); /* |x| <= 700 */
double num_log(double x); /* x > 0 */
double num_normal_cdf(double z); /* any z; beyond 8 standard deviations 0 or 1 */
double num_normal_at(double p); /* the quantile: 0 < p < 1 */
double num_gamma_cdf(double shape, double x); /* scale 1; shape 0.02 .. 500 */
double num_gamma_at(double shape, double p); /* the quantile: 0 < p < 1 */
/* -ln((u + 1) / 2^32) with 24 bits behind the point: an exponential waiting time. Integers only, error below
 * 2^-16: this one is asked during a run. */
uint32_t num_wait(uint32_t u);

#endif
