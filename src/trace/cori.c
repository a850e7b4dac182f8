/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>

#include "trace/chains.h"

/* Series below a + 1, continued fraction (Lentz) above: both converge in a few dozen steps for any a met
 * here. */
double gamma_p(double a, double x)
{
	if (!(x > 0))
		return 0;
	int sign;
	double log_factor = a * log(x) - x - lgamma_r(a, &sign);
	if (x < a + 1) {
		double term = 1 / a, sum = term;
		for (double n = 1; n < 100000 && term > sum * 1e-17; n++) {
			term *= x / (a + n);
			sum += term;
		}
		return sum * exp(log_factor);
	}
	const double tiny = 1e-300;
	double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
	for (double n = 1; n < 100000; n++) {
		double an = -n * (n - a);
		b += 2;
		d = an * d + b;
		d = 1 / (fabs(d) < tiny ? tiny : d);
		c = b + an / c;
		c = fabs(c) < tiny ? tiny : c;
		double step = c * d;
		h *= step;
		if (fabs(step - 1) < 1e-16)
			break;
	}
	return 1 - exp(log_factor) * h;
}

/* Bisection between bounds, sped up by Newton steps where they stay inside. */
double gamma_p_inverse(double a, double p)
{
	if (!(p > 0))
		return 0;
	double lo = 0, hi = a + 1;
	while (gamma_p(a, hi) < p)
		hi *= 2;
	double x = (lo + hi) / 2;
	int sign;
	for (int i = 0; i < 200 && hi - lo > 1e-15 * hi; i++) {
		double f = gamma_p(a, x) - p;
		if (f > 0)
			hi = x;
		else
			lo = x;
		double slope = exp((a - 1) * log(x) - x - lgamma_r(a, &sign)), next = x - f / slope;
		if (f == 0 || fabs(next - x) <= 1e-15 * x)
			break;
		x = next > lo && next < hi ? next : (lo + hi) / 2;
	}
	return x;
}

enum err_code cori_discrete(double mean, double sd, double *out, size_t n, struct err *e)
{
	if (!(mean > 1) || !(sd > 0) || !isfinite(mean) || !isfinite(sd))
		return err_set(e, ERR_BAD_VALUE, "serial interval",
			       "the mean must be above one day and the deviation above 0");
	double a = (mean - 1) * (mean - 1) / (sd * sd), b = sd * sd / (mean - 1);
	for (size_t i = 0; i < n; i++) {
		double k = (double)i;
		double w = k * gamma_p(a, k / b) + (k - 2) * gamma_p(a, (k - 2) / b) -
			   2 * (k - 1) * gamma_p(a, (k - 1) / b) +
			   a * b *
				   (2 * gamma_p(a + 1, (k - 1) / b) - gamma_p(a + 1, (k - 2) / b) -
				    gamma_p(a + 1, k / b));
		out[i] = i > 0 && w > 0 ? w : 0;
	}
	return OK;
}

static enum err_code check(const double *incidence, const double *imported, size_t days_n, const double *si,
			   size_t si_n, uint32_t window, double shape, double scale, struct err *e)
{
	double sum = 0;
	for (size_t i = 0; i < si_n; i++) {
		if (!(si[i] >= 0) || (i == 0 && si[0] != 0))
			return err_set(e, ERR_BAD_VALUE, "serial interval",
				       "chances must not be negative, and lag 0 must have none");
		sum += si[i];
	}
	if (fabs(sum - 1) > 0.01)
		return err_set(e, ERR_BAD_VALUE, "serial interval", "the chances must add up to 1, not %.4f",
			       sum);
	for (size_t i = 0; i < days_n; i++)
		if (!(incidence[i] >= 0) || (imported && !(imported[i] >= 0 && imported[i] <= incidence[i])))
			return err_set(
				e, ERR_BAD_VALUE, "incidence",
				"day %zu: a number of cases is negative, or more are imported than there are",
				i + 1);
	if (window < 1 || !(shape > 0) || !(scale > 0))
		return err_set(e, ERR_BAD_VALUE, "window",
			       "the window must be at least a day, the prior's shape and scale above 0");
	return OK;
}

enum err_code cori_weekly(const double *incidence, const double *imported, size_t days_n, const double *si,
			  size_t si_n, uint32_t window, double prior_shape, double prior_scale,
			  struct cori_r *out, size_t *out_n, struct err *e)
{
	enum err_code rc = check(incidence, imported, days_n, si, si_n, window, prior_shape, prior_scale, e);
	if (rc != OK)
		return rc;
	double mean_si = 0;
	for (size_t s = 0; s < si_n; s++)
		mean_si += (double)s * si[s];
	size_t n = 0;
	for (size_t start = 1; start + window <= days_n; start++) { /* index 1 is day 2 */
		struct cori_r r = {.t_start = (uint32_t)start + 1, .t_end = (uint32_t)start + window};
		double shape = prior_shape, pressure = 0;
		for (size_t t = start; t < start + window; t++) {
			shape += incidence[t] - (imported ? imported[t] : 0);
			for (size_t s = 1; s < si_n && s <= t; s++)
				pressure += incidence[t - s] * si[s];
		}
		double scale = 1 / (1 / prior_scale + pressure);
		r.known = r.t_end > mean_si;
		double *q[] = {&r.q025, &r.q05, &r.q25, &r.median, &r.q75, &r.q95, &r.q975};
		static const double p[] = {0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975};
		for (size_t i = 0; i < ARRAY_N(p); i++)
			*q[i] = r.known ? gamma_p_inverse(shape, p[i]) * scale : NAN;
		r.mean = r.known ? shape * scale : NAN;
		r.sd = r.known ? sqrt(shape) * scale : NAN;
		out[n++] = r;
	}
	*out_n = n;
	return OK;
}
