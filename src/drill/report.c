/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/report.h"

#include <stdio.h>

#include "core/caltime.h"
#include "core/json.h"

static const char *const place_names[PLACE__N] = {
	"imported", "home", "room", "site", "shop", "gathering", "market", "clinic", "bus", "any"};

/* Persons infected by the earliest cases: the effective number while nearly everybody is susceptible. */
static double first_r(const struct infection *all, uint32_t n)
{
	uint32_t first = n / 10 > 1000 ? 1000 : n / 10, children = 0;
	if (first < 20)
		return -1;
	for (uint32_t k = 0; k < n; k++)
		children += all[k].infector < first;
	return (double)children / first;
}

void report_of(const struct epidemic *ep, struct report *out)
{
	uint32_t n;
	const struct infection *all = epidemic_infections(ep, &n);
	const struct day_count *days = epidemic_days(ep);
	struct report r = {.days = epidemic_day(ep),
		.persons = epidemic_county(ep)->persons_n,
		.infected = n,
		.last_day = UINT32_MAX};
	double generation = 0, delay = 0;
	for (uint32_t k = 0; k < n; k++) {
		const struct infection *i = &all[k];
		r.asymptomatic += (i->flags & INFECTION_ASYMPTOMATIC) != 0;
		r.severe += (i->flags & INFECTION_SEVERE) != 0;
		r.fatal += (i->flags & INFECTION_FATAL) != 0;
		r.place[PLACE_KIND(i->place)]++;
		if (i->infector == NO_INFECTION) {
			r.imported++;
		} else {
			r.layer[i->layer]++;
			generation += i->at_min - all[i->infector].at_min;
		}
		if (i->found_min != NOT_FOUND_YET) {
			r.found++;
			delay += i->found_min - i->at_min;
		}
	}
	for (uint32_t d = 0; d < r.days; d++) {
		r.swabs += days[d].swabs;
		r.pools += days[d].pools;
		r.pools_positive += days[d].pools_positive;
		r.missed += days[d].missed;
		r.held += days[d].held;
		if (days[d].infected > r.peak_infected) {
			r.peak_infected = days[d].infected;
			r.peak_day = d;
		}
		if (days[d].infected)
			r.last_day = d;
	}
	if (n > r.imported)
		r.generation_mean_d = generation / (n - r.imported) / 1440;
	if (r.found)
		r.found_mean_d = delay / r.found / 1440;
	r.first_cases_r = first_r(all, n);
	*out = r;
}

static void days_text(const struct epidemic *ep, struct buf *b)
{
	const struct day_count *days = epidemic_days(ep);
	uint32_t n = epidemic_day(ep), step = n > 40 ? (n + 39) / 40 : 1;
	struct {
		uint32_t infected, found;
	} line[41] = {{0, 0}};
	uint32_t most = 1;
	for (uint32_t d = 0; d < n; d++) {
		line[d / step].infected += days[d].infected;
		line[d / step].found += days[d].found;
		most = line[d / step].infected > most ? line[d / step].infected : most;
	}
	buf_printf(b, "\n  %u day%s from  infected  found\n", step, step > 1 ? "s" : "");
	for (uint32_t k = 0; k * step < n; k++) {
		char date[DAY_TEXT_N];
		day_format(epidemic_first_day(ep) + (int32_t)(k * step), date);
		buf_printf(b, "  %s  %8u %6u  ", date, line[k].infected, line[k].found);
		for (uint64_t bar = ((uint64_t)line[k].infected * 50 + most - 1) / most; bar > 0; bar--)
			buf_add_byte(b, '#');
		buf_add_byte(b, '\n');
	}
}

void report_text(const struct epidemic *ep, double took_s, struct buf *b)
{
	struct report r;
	report_of(ep, &r);
	buf_printf(b,
		"EXERCISE: nobody here exists.\n%s among %u persons, %u days, in %.2f s of processor "
		"time\n\n",
		epidemic_disease(ep)->name, r.persons, r.days, took_s);
	buf_printf(b,
		"  infected      %u (%.2f %%), of them %u imported, %u without symptoms, %u severe, %u "
		"fatal\n",
		r.infected, 100.0 * r.infected / r.persons, r.imported, r.asymptomatic, r.severe, r.fatal);
	if (r.last_day != UINT32_MAX)
		buf_printf(b, "  peak          %u on day %u; last infection on day %u\n", r.peak_infected,
			r.peak_day, r.last_day);
	if (r.first_cases_r >= 0)
		buf_printf(b, "  early cases   infected %.2f persons each\n", r.first_cases_r);
	if (r.generation_mean_d > 0)
		buf_printf(b, "  generation    %.2f days in the mean\n", r.generation_mean_d);
	buf_add_c(b, "  where        ");
	for (int p = PLACE_HOME; p < PLACE__N; p++)
		if (r.place[p])
			buf_printf(b, " %s %.0f %%", place_names[p], 100.0 * r.place[p] / r.infected);
	buf_printf(b, "\n  found         %u", r.found);
	if (r.found)
		buf_printf(b, ", %.1f days after infection in the mean", r.found_mean_d);
	buf_printf(b,
		"\n  response      %llu swabs, %llu tubes (%llu positive), %llu not reached by a round, %llu "
		"holds ordered\n",
		(unsigned long long)r.swabs, (unsigned long long)r.pools,
		(unsigned long long)r.pools_positive, (unsigned long long)r.missed,
		(unsigned long long)r.held);
	days_text(ep, b);
}

static void number(struct buf *b, const char *key, uint64_t v)
{
	json_key(b, key);
	json_i64(b, (int64_t)v);
}

static void days_json(const struct epidemic *ep, struct buf *b)
{
	const struct day_count *days = epidemic_days(ep);
	json_key(b, "by_day");
	json_open(b, '[');
	for (uint32_t d = 0; d < epidemic_day(ep); d++) {
		char date[DAY_TEXT_N];
		day_format(epidemic_first_day(ep) + (int32_t)d, date);
		json_open(b, '{');
		json_key(b, "date");
		json_c(b, date);
		number(b, "infected", days[d].infected);
		number(b, "onsets", days[d].onsets);
		number(b, "found", days[d].found);
		number(b, "held", days[d].held);
		number(b, "swabs", days[d].swabs);
		number(b, "pools", days[d].pools);
		number(b, "pools_positive", days[d].pools_positive);
		number(b, "missed", days[d].missed);
		json_close(b, '}');
	}
	json_close(b, ']');
}

void report_json(const struct epidemic *ep, uint64_t seed, double took_s, struct buf *b)
{
	struct report r;
	char digest[24];
	report_of(ep, &r);
	json_open(b, '{');
	json_key(b, "exercise");
	json_bool(b, true);
	json_key(b, "disease");
	json_c(b, epidemic_disease(ep)->name);
	number(b, "persons", r.persons);
	number(b, "days", r.days);
	number(b, "seed", seed);
	number(b, "infected", r.infected);
	number(b, "imported", r.imported);
	number(b, "asymptomatic", r.asymptomatic);
	number(b, "severe", r.severe);
	number(b, "fatal", r.fatal);
	number(b, "found", r.found);
	number(b, "peak_day", r.peak_day);
	number(b, "peak_infected", r.peak_infected);
	json_key(b, "last_infection_day");
	if (r.last_day == UINT32_MAX)
		json_null(b);
	else
		json_i64(b, r.last_day);
	json_key(b, "generation_mean_days");
	json_f64(b, r.generation_mean_d);
	json_key(b, "found_after_days");
	json_f64(b, r.found_mean_d);
	json_key(b, "first_cases_infected_each");
	if (r.first_cases_r < 0)
		json_null(b);
	else
		json_f64(b, r.first_cases_r);
	number(b, "swabs", r.swabs);
	number(b, "pools", r.pools);
	number(b, "pools_positive", r.pools_positive);
	number(b, "missed", r.missed);
	number(b, "holds", r.held);
	json_key(b, "infected_where");
	json_open(b, '{');
	for (int p = 0; p < PLACE__N; p++)
		number(b, place_names[p], r.place[p]);
	json_close(b, '}');
	days_json(ep, b);
	json_key(b, "digest");
	snprintf(digest, sizeof digest, "%016llx", (unsigned long long)epidemic_digest(ep));
	json_c(b, digest);
	json_key(b, "processor_seconds");
	json_f64(b, took_s);
	json_close(b, '}');
}
