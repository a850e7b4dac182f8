/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/disease.h"

#include <stdio.h>
#include <string.h>

#include "core/assets.h"
#include "core/csv.h"
#include "drill/num.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define Q16 65536.0
/* A profile ends where less than this of the infectiousness is left. */
#define PROFILE_TAIL 1e-4

static const struct field {
	const char *name;
	size_t offset;
	double least, most;
} fields[] = {
#define FIELD(name, least, most)                                                                             \
	{                                                                                                    \
#name, offsetof(struct disease, name), least, most                                           \
	}
	FIELD(r0, 0.05, 60),
	FIELD(infectious_mean_d, 0.5, 40),
	FIELD(infectious_sd_d, 0.2, 30),
	FIELD(incubation_median_d, 0.5, 40),
	FIELD(incubation_log_sd, 0.01, 2),
	FIELD(infectious_from_onset, 0, 1),
	FIELD(infectious_shift_d, -10, 10),
	FIELD(dispersion_k, 0, 100),
	FIELD(asymptomatic, 0, 1),
	FIELD(asymptomatic_infectious, 0, 1),
	FIELD(home_weight, 0, 20),
	FIELD(school_weight, 0, 20),
	FIELD(work_weight, 0, 20),
	FIELD(community_weight, 0, 20),
	FIELD(pool_ct_sd, 0.5, 20),
#undef FIELD
};

static enum err_code band(struct by_age *b, struct str rest, double value, struct err *e)
{
	int64_t from = 0;
	if (!str_to_i64(rest, &from) || from < 0 || from > 110 || (b->n == 0 && from != 0) ||
		b->n == DISEASE_BANDS || (b->n > 0 && from <= b->from[b->n - 1]))
		return err_set(e, ERR_BAD_VALUE, "",
			"ages of a parameter by age must begin with 0 and rise, at most %d of them",
			DISEASE_BANDS);
	if (value < 0 || value > 1)
		return err_set(e, ERR_BAD_VALUE, "", "a share between 0 and 1 is expected");
	b->from[b->n] = (uint8_t)from;
	b->share_q16[b->n++] = (uint32_t)(value * Q16 + 0.5);
	return OK;
}

static enum err_code set_pcr(struct disease *d, struct str rest, double value, struct err *e)
{
	int64_t day = 0;
	if (!str_to_i64(rest, &day) || day != (int64_t)d->pcr_days_n || day >= DISEASE_PCR_DAYS ||
		value < 0 || value > 1)
		return err_set(e, ERR_BAD_VALUE, "",
			"pcr_day_N must count up from pcr_day_0 without gaps, below %d, shares of 0 to 1",
			DISEASE_PCR_DAYS);
	d->pcr[d->pcr_days_n++] = value;
	return OK;
}

/* One row; *seen has a bit for each of `fields`. */
static enum err_code set(struct disease *d, uint64_t *seen, struct str name, double value, struct err *e)
{
	static const struct {
		const char *prefix;
		size_t offset;
	} bands[] = {{"immune_age_", offsetof(struct disease, immune)},
		{"severe_age_", offsetof(struct disease, severe)},
		{"fatal_age_", offsetof(struct disease, fatal)}};
	for (size_t i = 0; i < ARRAY_N(fields); i++) {
		if (!str_eq_c(name, fields[i].name))
			continue;
		if (*seen & UINT64_C(1) << i)
			return err_set(e, ERR_DUPLICATE_FIELD, "", "%s is given twice", fields[i].name);
		if (value < fields[i].least || value > fields[i].most)
			return err_set(e, ERR_BAD_VALUE, "", "%s must be from %g to %g", fields[i].name,
				fields[i].least, fields[i].most);
		*seen |= UINT64_C(1) << i;
		memcpy((char *)d + fields[i].offset, &value, sizeof value);
		return OK;
	}
	for (size_t i = 0; i < ARRAY_N(bands); i++) {
		struct str prefix = str_of(bands[i].prefix);
		if (str_starts(name, prefix))
			return band((struct by_age *)(void *)((char *)d + bands[i].offset),
				(struct str){name.p + prefix.n, name.n - prefix.n}, value, e);
	}
	if (str_starts(name, STR("pcr_day_")))
		return set_pcr(d, (struct str){name.p + 8, name.n - 8}, value, e);
	return err_set(e, ERR_UNKNOWN_FIELD, "", "no parameter of that name; docs/drill.md lists them");
}

static enum err_code whole(const struct disease *d, uint64_t seen, struct err *e)
{
	for (size_t i = 0; i < ARRAY_N(fields); i++)
		if (!(seen & UINT64_C(1) << i))
			return err_set(e, ERR_MISSING_FIELD, fields[i].name,
				"the disease file does not give %s", fields[i].name);
	if (!d->immune.n || !d->severe.n || !d->fatal.n || !d->pcr_days_n)
		return err_set(e, ERR_MISSING_FIELD, "",
			"immune_age_0, severe_age_0, fatal_age_0 and pcr_day_0 must be given");
	if (d->infectious_from_onset != 0 && d->infectious_from_onset != 1)
		return err_set(e, ERR_BAD_VALUE, "infectious_from_onset", "0 or 1 is expected");
	return OK;
}

/* The share of infectiousness before x days: gamma with the generation time's mean and spread. With
 * infectiousness from onset, mean and spread are those of the part behind (onset + shift). */
static double profile_before(const struct disease *d, double x)
{
	double mean = d->infectious_mean_d, sd = d->infectious_sd_d;
	double shape = mean * mean / (sd * sd);
	return num_gamma_cdf(shape, x * mean / (sd * sd));
}

static void tabulate_profile(struct disease *d)
{
	double days = DISEASE_BIN_MIN / 1440.0, before = 0;
	double all = profile_before(d, DISEASE_BINS * days);
	memset(d->profile_q16, 0, sizeof d->profile_q16);
	memset(d->profile_most_q16, 0, sizeof d->profile_most_q16);
	d->profile_bins_n = DISEASE_BINS;
	for (uint32_t i = 0; i < DISEASE_BINS; i++) {
		double now = profile_before(d, (i + 1) * days);
		d->profile_q16[i] = (uint32_t)((now - before) / all / days * Q16 + 0.5);
		before = now;
		if (1 - now / all < PROFILE_TAIL) {
			d->profile_bins_n = i + 1;
			break;
		}
	}
	for (uint32_t i = 0; i < DISEASE_BINS; i++)
		for (uint32_t k = 0; k < 5; k++)
			if (d->profile_q16[i + k] > d->profile_most_q16[i])
				d->profile_most_q16[i] = d->profile_q16[i + k];
}

void disease_tabulate(struct disease *d)
{
	double sum = 0, strength[DISEASE_QUANTILES];
	tabulate_profile(d);
	for (uint32_t i = 0; i < DISEASE_QUANTILES; i++) {
		double p = (i + 0.5) / DISEASE_QUANTILES;
		double days = d->incubation_median_d * num_exp(d->incubation_log_sd * num_normal_at(p));
		d->incubation_min[i] = (uint32_t)(days * 1440 + 0.5);
		strength[i] = d->dispersion_k > 0 ? num_gamma_at(d->dispersion_k, p) / d->dispersion_k : 1;
		sum += strength[i];
	}
	/* the asymptomatic are less infectious, the others that much more: R0 is the mean of all */
	double others = 1 - d->asymptomatic + d->asymptomatic * d->asymptomatic_infectious;
	for (uint32_t i = 0; i < DISEASE_QUANTILES; i++)
		d->strength_q16[i] = (uint32_t)(strength[i] * DISEASE_QUANTILES / sum /
				(others > 0.01 ? others : 0.01) * Q16 +
			0.5);
}

enum err_code disease_parse(struct disease *out, struct str name, struct str bytes, struct err *e)
{
	static const char *const columns[] = {"parameter", "value", "unit", "source"};
	struct disease d = {0};
	struct csv *c = NULL;
	const struct str *f;
	size_t n;
	uint64_t seen = 0;
	char at[32] = "";
	str_to_c(name, d.name, sizeof d.name);
	enum err_code code = csv_open_mem(&c, bytes, e);
	if (code != OK)
		return code;
	for (bool head = true;; head = false) {
		double value = 0;
		if ((code = csv_row(c, &f, &n, e)) != OK || n == 0)
			break;
		snprintf(at, sizeof at, "line %llu", (unsigned long long)csv_line(c));
		if (n != ARRAY_N(columns)) {
			code = err_set(e, ERR_BAD_CSV, at,
				"four columns are expected: parameter, value, unit, source");
			break;
		}
		if (head) {
			for (size_t i = 0; i < n && code == OK; i++)
				if (!str_eq_c(f[i], columns[i]))
					code = err_set(e, ERR_UNKNOWN_COLUMN, at,
						"the first line must be: parameter,value,unit,source");
			if (code != OK)
				break;
			continue;
		}
		if (!str_to_f64(f[1], &value))
			code = err_set(e, ERR_BAD_VALUE, "", "a number is expected");
		else if (str_trim(f[3]).n == 0)
			code = err_set(e, ERR_MISSING_FIELD, "", "each value must name its source");
		else
			code = set(&d, &seen, f[0], value, e);
		if (code != OK) {
			err_under(e, at);
			break;
		}
	}
	csv_close(&c);
	if (code == OK)
		code = whole(&d, seen, e);
	if (code != OK)
		return code;
	disease_tabulate(&d);
	*out = d;
	return OK;
}

enum err_code disease_named(struct disease *out, struct str name, struct err *e)
{
	char path[96];
	snprintf(path, sizeof path, "src/drill/diseases/%.*s.csv", (int)(name.n < 40 ? name.n : 40),
		name.p ? name.p : "");
	const struct asset *a = asset_find(str_of(path));
	if (a)
		return disease_parse(out, name, (struct str){a->bytes, a->bytes_n}, e);
	char known_as[48];
	str_to_c(name, known_as, sizeof known_as);
	return err_set(e, ERR_NOT_FOUND, known_as,
		"no disease of that name; known are omicron-ba5, omicron-bf7, measles, ebola; or give the path of a file that ends in .csv");
}

enum err_code disease_read(struct disease *out, const char *path, struct err *e)
{
	char bytes[65536];
	FILE *in = fopen(path, "rb");
	if (!in)
		return err_set(e, ERR_FILE, path, "the disease file cannot be opened");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	bool bad = ferror(in) != 0;
	fclose(in);
	if (bad)
		return err_set(e, ERR_FILE, path, "the disease file cannot be read");
	if (n == sizeof bytes)
		return err_set(e, ERR_TOO_LARGE, path, "a disease file has less than 64 KiB");
	const char *base = strrchr(path, '/');
	struct str name = str_of(base ? base + 1 : path);
	if (str_ends(name, STR(".csv")))
		name.n -= 4;
	return disease_parse(out, name, (struct str){bytes, n}, e);
}

uint32_t disease_by_age(const struct by_age *b, int age)
{
	uint32_t share = 0;
	for (uint32_t i = 0; i < b->n && b->from[i] <= age; i++)
		share = b->share_q16[i];
	return share;
}

uint32_t disease_pcr_q16(const struct disease *d, uint32_t day, uint32_t pool_n)
{
	double p = day < d->pcr_days_n ? d->pcr[day] : 0;
	if (p <= 0 || pool_n <= 1)
		return (uint32_t)(p * Q16 + 0.5);
	/* The specimens of that day spread over Ct values; those within `shift` of the limit of detection are
	 * lost. */
	double shift = num_log(pool_n) / num_log(2), z = p >= 0.999999 ? 4.75 : num_normal_at(p);
	return (uint32_t)(num_normal_cdf(z - shift / d->pool_ct_sd) * Q16 + 0.5);
}
