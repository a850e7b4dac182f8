/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/scenario.h"

#include <stdio.h>
#include <string.h>

#include "core/assets.h"
#include "core/csv.h"

#define P(name_, least_, most_, usual_, en_) {#name_, offsetof(struct scenario_county, name_), least_, most_, usual_, en_}
const struct scenario_parameter scenario_parameters[] = {
	P(persons, 1, 40000000, 2000, "persons who live there"),
	P(imports, 0, 100000, 2, "persons infected elsewhere who come on import_day"),
	P(import_day, 0, 3000, 0, "the day they come"),
	P(import_every_days, 0, 3000, 0, "and one more each so many days; 0: none"),
	P(care, 0, 100, 40, "per cent of the ill who come to the clinic by themselves"),
	P(care_days, 0, 20, 1, "days after onset on which they come"),
	P(background, 0, 1000, 5, "persons of 10,000 a day who come with another illness"),
	P(plan_from_day, 0, SCENARIO_NEVER, 0, "the plan does not begin before this day"),
	P(round_every_days, 0, 60, 1, "a testing round of everybody each so many days; 0: none"),
	P(round_first_days, 0, 60, 1, "days from the first finding to the first round"),
	P(round_opens_h, 0, 23, 7, "local hour at which a round opens"),
	P(round_hours, 2, 72, 16, "hours until everybody is to be sampled"),
	P(clean_rounds, 1, 100, 3, "rounds without a new positive after which rounds end"),
	P(pool, 1, 20, 10, "persons in a tube"),
	P(cut_school, 0, 100, 100, "per cent of meetings at school that the plan prevents"),
	P(cut_work, 0, 100, 60, "per cent of meetings at work that the plan prevents"),
	P(cut_community, 0, 100, 70, "per cent of other meetings that the plan prevents"),
	P(silent_until_day, 0, SCENARIO_NEVER, 0, "until this day nobody goes out"),
	P(trace_least_min, 0, 1440, 0, "minutes together from which on tracing looks a stay up"),
	P(contacts_home, 0, 1, 0, "1: contacts are kept at home, as some editions say"),
	P(reach, 0, 100, 92, "per cent who come to a round by themselves"),
	P(refuse, 0, 1000, 2, "persons of 1,000 who refuse every round"),
	P(away, 0, 100, 10, "per cent of those who did not come who are out of the county"),
	P(stays, 0, 100, 100, "per cent of stays that left a trace"),
	P(tables, 1, 1000, 15, "sampling tables for 10,000 persons"),
	P(swabs_per_hour, 1, 1000, 100, "swabs an hour at a table"),
	P(door_teams, 1, 10000, 2, "teams that go to the doors of those who did not come"),
	P(door_min, 1, 240, 4, "minutes a door"),
	P(single_teams, 1, 10000, 2, "teams that take single samples"),
	P(single_min, 1, 240, 5, "minutes a single sample"),
	P(couriers, 1, 1000, 2, "couriers with a vehicle"),
	P(courier_min, 1, 600, 25, "minutes from the village to the laboratory"),
	P(box_tubes, 1, 2000, 200, "tubes a courier takes"),
	P(machines, 1, 1000, 2, "machines of the laboratory"),
	P(batch, 1, 1000, 94, "tubes in one run"),
	P(run_min, 1, 1440, 120, "minutes from loading to result"),
	P(report_min, 0, 600, 15, "minutes from result to report"),
	P(lab_opens_h, 0, 24, 0, "hour at which the laboratory opens"),
	P(lab_closes_h, 0, 24, 24, "hour after which no run begins"),
	P(tracers, 1, 10000, 3, "teams of tracers"),
	P(interview_min, 1, 1440, 60, "minutes of a first interview"),
	P(investigation_min, 1, 2880, 180, "minutes until contacts are determined"),
	P(vehicles, 1, 1000, 2, "vehicles for persons"),
	P(seats, 1, 60, 4, "persons in one"),
	P(trip_min, 1, 600, 60, "minutes of a trip there and back"),
	P(rooms, 0, 20000, 400, "rooms of the isolation site for contacts"),
	P(case_rooms, 0, 20000, 150, "rooms of the site for mild cases"),
	P(zones, 0, 1, 1, "1: a village with a case found in public becomes a risk zone"),
	P(look_min, 5, 240, 30, "minutes after which a post looks at its list again"),
	P(lost, 0, 10000, 3, "tubes of 10,000 that are lost or break"),
	P(invalid, 0, 10000, 5, "tubes of 10,000 whose result is invalid"),
	P(miscounted, 0, 10000, 5, "tubes of 10,000 that are miscounted when closed"),
	{0},
};
#undef P

/* What stands once in a scenario. */
static const struct whole {
	const char *name;
	size_t offset;
	int64_t least, most, usual;
} wholes[] = {
#define W(name_, least_, most_, usual_) {#name_, offsetof(struct scenario, name_), least_, most_, usual_}
	W(days, 1, 3650, 40),
	W(tick_min, 5, 60, 15),
	W(people_named, 0, 1, 1),
	W(next_edition_day, 0, SCENARIO_NEVER, SCENARIO_NEVER),
#undef W
#define W(name_, least_, most_, usual_) {"fault_" #name_, offsetof(struct scenario, faults.name_), least_, most_, usual_}
	W(lab_down_h, 0, SCENARIO_NEVER, 0),
	W(lab_down_hours, 0, 1000, 0),
	W(offline_h, 0, SCENARIO_NEVER, 0),
	W(offline_hours, 0, 1000, 0),
	W(duplicates, 0, 100, 0),
	W(reorder, 0, 1, 0),
	W(kill_every_h, 0, 10000, 0),
#undef W
};
static const struct text {
	const char *name;
	size_t offset, size;
} texts[] = {
#define T(name_) {#name_, offsetof(struct scenario, name_), sizeof ((struct scenario *)0)->name_}
	T(title), T(title_zh), T(disease), T(start), T(edition), T(next_edition),
#undef T
};

static enum err_code to_number(struct str value, int64_t least, int64_t most, void *out, struct err *e)
{
	int64_t v;
	if (!str_to_i64(value, &v) || v < least || v > most)
		return err_set(e, ERR_BAD_VALUE, "", "a whole number from %lld to %lld is expected", (long long)least, (long long)most);
	memcpy(out, &v, sizeof v);
	return OK;
}

static enum err_code set_counties(struct scenario *s, struct str value, struct err *e)
{
	struct str rest = value;
	uint32_t n = 0;
	while (rest.p && rest.n) {
		int64_t code;
		struct str one = str_cut(&rest, ' ');
		if (one.n != 6 || !str_to_i64(one, &code) || n == SCENARIO_COUNTIES)
			return err_set(e, ERR_BAD_VALUE, "", "codes of six digits are expected, at most %d, a blank between them",
				       SCENARIO_COUNTIES);
		s->county[n] = s->county[0];
		s->county[n++].code = code;
	}
	if (n == 0)
		return err_set(e, ERR_BAD_VALUE, "", "at least one code of six digits is expected");
	s->counties_n = n;
	return OK;
}

/* county 0: all. */
static enum err_code set(struct scenario *s, int64_t county, struct str name, struct str value, struct err *e)
{
	bool found = county == 0;
	for (size_t i = 0; scenario_parameters[i].name; i++) {
		const struct scenario_parameter *p = &scenario_parameters[i];
		if (!str_eq_c(name, p->name))
			continue;
		for (uint32_t c = 0; c < s->counties_n; c++) {
			if (county && s->county[c].code != county)
				continue;
			enum err_code rc = to_number(value, p->least, p->most, (char *)&s->county[c] + p->offset, e);
			if (rc != OK)
				return rc;
			found = true;
		}
		return found ? OK : err_set(e, ERR_BAD_VALUE, "", "that county is not in the row `counties` above");
	}
	if (county)
		return err_set(e, ERR_UNKNOWN_FIELD, "", "no parameter of a county has this name");
	if (str_eq_c(name, "counties"))
		return set_counties(s, value, e);
	for (size_t i = 0; i < ARRAY_N(wholes); i++)
		if (str_eq_c(name, wholes[i].name))
			return to_number(value, wholes[i].least, wholes[i].most, (char *)s + wholes[i].offset, e);
	for (size_t i = 0; i < ARRAY_N(texts); i++)
		if (str_eq_c(name, texts[i].name)) {
			if (value.n >= texts[i].size)
				return err_set(e, ERR_TOO_LARGE, "", "at most %zu bytes", texts[i].size - 1);
			str_to_c(value, (char *)s + texts[i].offset, texts[i].size);
			return OK;
		}
	return err_set(e, ERR_UNKNOWN_FIELD, "", "no parameter has this name");
}

static void set_defaults(struct scenario *s, struct str name)
{
	*s = (struct scenario){.counties_n = 1};
	s->county[0].code = 140826;
	str_to_c(name, s->name, sizeof s->name);
	str_to_c(name, s->title, sizeof s->title);
	str_to_c(STR("omicron-bf7"), s->disease, sizeof s->disease);
	str_to_c(STR("2022-11-14"), s->start, sizeof s->start);
	str_to_c(STR("cn-covid19-9"), s->edition, sizeof s->edition);
	for (size_t i = 0; scenario_parameters[i].name; i++)
		memcpy((char *)&s->county[0] + scenario_parameters[i].offset, &scenario_parameters[i].usual, sizeof(int64_t));
	for (size_t i = 0; i < ARRAY_N(wholes); i++)
		memcpy((char *)s + wholes[i].offset, &wholes[i].usual, sizeof(int64_t));
}

static enum err_code read_rows(struct scenario *s, struct csv *csv, struct err *e)
{
	const struct str *f;
	size_t n;
	bool heading = true;
	char at[32];
	for (;;) {
		enum err_code rc = csv_row(csv, &f, &n, e);
		if (rc != OK || n == 0)
			return rc;
		int64_t county = 0;
		if (heading) {
			heading = false;
			if (n == 4 && str_eq_c(f[0], "county") && str_eq_c(f[1], "parameter"))
				continue;
			return err_set(e, ERR_BAD_CSV, "line 1", "the columns county,parameter,value,why are expected");
		}
		if (n != 4 || f[3].n == 0)
			rc = err_set(e, ERR_BAD_CSV, "", "four columns are expected, and the last says why");
		else if (f[0].n && !str_to_i64(f[0], &county))
			rc = err_set(e, ERR_BAD_VALUE, "", "a county of six digits, or nothing, is expected");
		else
			rc = set(s, county, f[1], f[2], e);
		if (rc != OK) {
			snprintf(at, sizeof at, "line %llu", (unsigned long long)csv_line(csv));
			err_under(e, at);
			return rc;
		}
	}
}

static enum err_code read_csv(struct scenario *out, struct str name, struct csv *csv, struct err *e)
{
	struct scenario s;
	set_defaults(&s, name);
	enum err_code rc = read_rows(&s, csv, e);
	csv_close(&csv);
	if (rc == OK)
		*out = s;
	return rc;
}

enum err_code scenario_parse(struct scenario *out, struct str name, struct str bytes, struct err *e)
{
	struct csv *csv;
	enum err_code rc = csv_open_mem(&csv, bytes, e);
	return rc == OK ? read_csv(out, name, csv, e) : rc;
}

enum err_code scenario_read(struct scenario *out, const char *path, struct err *e)
{
	struct csv *csv;
	const char *slash = strrchr(path, '/');
	struct str name = str_of(slash ? slash + 1 : path);
	if (str_ends(name, STR(".csv")))
		name.n -= 4;
	if (name.n >= SCENARIO_TEXT)
		name.n = SCENARIO_TEXT - 1;
	enum err_code rc = csv_open(&csv, path, e);
	return rc == OK ? read_csv(out, name, csv, e) : rc;
}

enum err_code scenario_named(struct scenario *out, struct str name, struct err *e)
{
	char path[96], known[200] = "";
	size_t n = 0;
	snprintf(path, sizeof path, "src/drill/scenarios/%.*s.csv", name.n > 60 ? 60 : (int)name.n, name.p);
	const struct asset *a = asset_find(str_of(path));
	if (a)
		return scenario_parse(out, name, (struct str){a->bytes, a->bytes_n}, e);
	for (a = assets; a->path; a++) {
		const char *file = strstr(a->path, "drill/scenarios/");
		if (file && n < sizeof known - 1)
			n += (size_t)snprintf(known + n, sizeof known - n, "%s%.*s", n ? ", " : "", (int)strlen(file + 16) - 4, file + 16);
	}
	return err_set(e, ERR_NOT_FOUND, "scenario", "there are: %s; or give the path of a .csv file", known);
}

enum err_code scenario_set(struct scenario *s, struct str parameter, struct str value, struct err *e)
{
	enum err_code rc = set(s, 0, parameter, value, e);
	if (rc != OK && e && parameter.n < sizeof e->at) {
		str_to_c(parameter, e->at, sizeof e->at);
	}
	return rc;
}

enum err_code scenario_faults(struct scenario *s, struct str name, struct err *e)
{
	if (str_eq_c(name, "none"))
		s->faults = (struct scenario_faults){0};
	else if (str_eq_c(name, "transport"))
		s->faults = (struct scenario_faults){.duplicates = 20, .reorder = 1, .kill_every_h = 53};
	else if (str_eq_c(name, "all"))
		s->faults = (struct scenario_faults){.lab_down_h = 150, .lab_down_hours = 9, .offline_h = 175, .offline_hours = 6,
						     .duplicates = 20, .reorder = 1, .kill_every_h = 53};
	else
		return err_set(e, ERR_BAD_VALUE, "--faults", "none, transport or all is expected");
	return OK;
}
