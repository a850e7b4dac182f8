/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/num.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define LN2 0.693147180559945309417232121458
#define LN2_Q24 11629080U

double num_exp(double x)
{
	if (x < -700)
		return 0;
	CHECK(x <= 700);
	int k = (int)(x / LN2);
	double r = x - k * LN2, term = 1, sum = 1;
	for (int i = 1; i < 24; i++) {
		term = term * r / i;
		sum += term;
	}
	for (; k > 0; k--)
		sum *= 2;
	for (; k < 0; k++)
		sum /= 2;
	return sum;
}

double num_log(double x)
{
	CHECK(x > 0);
	int k = 0;
	for (; x > 1.5; k++)
		x /= 2;
	for (; x < 0.75; k--)
		x *= 2;
	double s = (x - 1) / (x + 1), power = s, sum = 0;
	for (int i = 1; i < 48; i += 2) {
		sum += power / i;
		power = power * s * s;
	}
	return 2 * sum + k * LN2;
}

double num_normal_cdf(double z)
{
	if (z < -8)
		return 0;
	if (z > 8)
		return 1;
	double term = z, sum = z;
	for (int i = 3; i < 400; i += 2) {
		term = term * z * z / i;
		sum += term;
		if (term < 1e-18 && term > -1e-18)
			break;
	}
	double p = 0.5 + sum * num_exp(-z * z / 2) * 0.398942280401432677939946059934;
	return p < 0 ? 0 : p > 1 ? 1 : p;
}

double num_normal_at(double p)
{
	CHECK(p > 0 && p < 1);
	double low = -8, high = 8;
	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;
		if (num_normal_cdf(mid) < p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

/* Stirling's series after moving the argument beyond 12. */
static double log_gamma(double x)
{
	double below = 0;
	for (; x < 12; x += 1)
		below += num_log(x);
	double i = 1 / x, ii = i * i;
	double tail = i * (1.0 / 12 - ii * (1.0 / 360 - ii * (1.0 / 1260 - ii * (1.0 / 1680 - ii / 1188))));
	return (x - 0.5) * num_log(x) - x + 0.918938533204672741780329736406 + tail - below;
}

double num_gamma_cdf(double shape, double x)
{
	if (x <= 0)
		return 0;
	double term = 1 / shape, sum = term;
	for (int n = 1; n < 5000; n++) {
		term = term * x / (shape + n);
		sum += term;
		if (term < sum * 1e-16)
			break;
	}
	double e = shape * num_log(x) - x - log_gamma(shape);
	double p = e < -700 ? 0 : sum * num_exp(e);
	return x > shape && (p > 1 || e < -600) ? 1 : p > 1 ? 1 : p;
}

double num_gamma_at(double shape, double p)
{
	CHECK(p > 0 && p < 1);
	double low = 0, high = shape + 1;
	while (num_gamma_cdf(shape, high) < p)
		high *= 2;
	for (int i = 0; i < 70; i++) {
		double mid = (low + high) / 2;
		if (num_gamma_cdf(shape, mid) < p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

uint32_t num_wait(uint32_t u)
{
	/* ln(1 + i/64) with 24 bits behind the point */
	static const uint32_t ln_q24[65] = {
		0, 260117, 516263, 768556, 1017112, 1262040, 1503443, 1741421,
		1976071, 2207485, 2435750, 2660951, 2883169, 3102482, 3318965, 3532691,
		3743728, 3952143, 4158001, 4361364, 4562291, 4760840, 4957067, 5151025,
		5342767, 5532342, 5719799, 5905184, 6088544, 6269921, 6449358, 6626896,
		6802576, 6976434, 7148510, 7318838, 7487455, 7654394, 7819688, 7983370,
		8145469, 8306018, 8465045, 8622579, 8778647, 8933277, 9086495, 9238326,
		9388795, 9537927, 9685745, 9832271, 9977530, 10121541, 10264327, 10405907,
		10546303, 10685534, 10823619, 10960577, 11096425, 11231183, 11364866, 11497493,
		11629080,
	};
	uint64_t v = (uint64_t)u + 1;
	int top = 63 - __builtin_clzll(v);
	/* the mantissa with 32 bits behind the point, without its leading one */
	uint64_t m = (v << (32 - top)) - (UINT64_C(1) << 32);
	uint32_t i = (uint32_t)(m >> 26), rest = (uint32_t)(m & ((1U << 26) - 1));
	uint64_t ln = ln_q24[i] + (((uint64_t)(ln_q24[i + 1] - ln_q24[i]) * rest) >> 26);
	uint64_t below = (uint64_t)(unsigned)top * LN2_Q24 + ln, whole = UINT64_C(32) * LN2_Q24;
	return below >= whole ? 0 : (uint32_t)(whole - below);
}
