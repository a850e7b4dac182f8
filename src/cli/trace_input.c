/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/trace_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "core/csv.h"

#define COLUMNS_MAX 10

/* Without a rules file. */
static const struct trace_rule default_rule = {.min_s = 15 * 60, .linger_s = 10 * 60, .usual_s = 60 * 60};

/* A table being read: cell[i] is the text under the i-th known column, empty when the table has no such
 * column. */
struct reader {
	struct input *in;
	const char *const *column; /* names, required ones first; NULL at the end */
	size_t required_n;
	struct str cell[COLUMNS_MAX];
	size_t row;
	size_t cap_n;
};
typedef enum err_code row_fn(struct reader *r, struct err *e);

static enum err_code no_memory(struct err *e)
{
	return err_set(e, ERR_MEMORY, "", "no memory for the tables");
}

static enum err_code map_columns(const struct reader *r, const struct str *head, size_t n, int *column_of,
				 struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		struct str name = str_trim(head[i]);
		char text[80];
		str_to_c(name, text, sizeof text);
		column_of[i] = -1;
		for (int k = 0; r->column[k]; k++)
			if (str_eq_c(name, r->column[k]))
				column_of[i] = k;
		if (column_of[i] < 0)
			return err_set(e, ERR_UNKNOWN_COLUMN, text, "this table has no column of that name");
		for (size_t k = 0; k < i; k++)
			if (column_of[k] == column_of[i])
				return err_set(e, ERR_DUPLICATE_FIELD, text,
					       "the column stands twice in the header");
	}
	for (size_t k = 0; k < r->required_n; k++) {
		bool found = false;
		for (size_t i = 0; i < n; i++)
			found |= column_of[i] == (int)k;
		if (!found)
			return err_set(e, ERR_MISSING_FIELD, r->column[k],
				       "the header must name this column");
	}
	return OK;
}

static enum err_code read_rows(struct reader *r, struct csv *c, row_fn *take, struct err *e)
{
	const struct str *f;
	size_t n, width;
	int column_of[CSV_COLUMNS_MAX];
	enum err_code rc = csv_row(c, &f, &width, e);
	if (rc == OK && width == 0)
		rc = err_set(e, ERR_MISSING_FIELD, "",
			     "the table is empty; its first line must name the columns");
	if (rc == OK)
		rc = map_columns(r, f, width, column_of, e);
	while (rc == OK && (rc = csv_row(c, &f, &n, e)) == OK && n > 0) {
		char at[160];
		if (n != width) {
			rc = err_set(e, ERR_BAD_CSV, "", "the row has %zu fields, the header %zu", n, width);
		} else {
			for (size_t i = 0; i < n; i++)
				r->cell[column_of[i]] = str_trim(f[i]);
			rc = take(r, e);
			r->row++;
		}
		if (rc != OK && e) {
			snprintf(at, sizeof at, "line %llu%s", (unsigned long long)csv_line(c),
				 e->at[0] ? ", " : "");
			err_under(e, at);
		}
	}
	return rc;
}

static enum err_code read_table(struct input *in, const char *path, const char *const *column,
				size_t required_n, row_fn *take, struct err *e)
{
	if (!path)
		return OK;
	struct reader r = {.in = in, .column = column, .required_n = required_n};
	struct csv *c = NULL;
	enum err_code rc = csv_open(&c, path, e);
	if (rc == OK)
		rc = read_rows(&r, c, take, e);
	csv_close(&c);
	if (rc != OK && e && strcmp(e->at, path) != 0) {
		char under[120];
		snprintf(under, sizeof under, "%.100s%s", path, e->at[0] ? ": " : "");
		err_under(e, under);
	}
	return rc;
}

static void *room(void *p, size_t n, size_t *cap_n, size_t item)
{
	if (n < *cap_n)
		return p;
	size_t cap = *cap_n ? 2 * *cap_n : 256;
	void *more = realloc(p, cap * item);
	if (more)
		*cap_n = cap;
	return more;
}

/* --- cells ------------------------------------------------------------------------------------------- */

static enum err_code get_time(struct reader *r, size_t k, uint32_t *out, struct err *e)
{
	int64_t x;
	struct str s = r->cell[k];
	bool iso = false;
	if (!str_to_i64(s, &x)) {
		int64_t ms;
		if (!caltime_parse(s, &ms))
			return err_set(
				e, ERR_BAD_VALUE, r->column[k],
				"a time is ISO 8601 (2022-11-20T21:00:00+08:00) or whole seconds since 1970");
		x = ms >= 0 ? ms / 1000 : -1;
		iso = true;
	}
	if (x < 0 || x > VISIT_TIME_MAX)
		return err_set(e, ERR_BAD_VALUE, r->column[k], "a time must lie between 1970 and 2096");
	r->in->iso_times |= iso;
	*out = (uint32_t)x;
	return OK;
}

static enum err_code get_name(struct reader *r, size_t k, struct names *names, uint32_t *out, struct err *e)
{
	if (r->cell[k].n == 0)
		return err_set(e, ERR_MISSING_FIELD, r->column[k], "the field is empty");
	*out = names_number(names, r->cell[k]);
	return *out == NAMES_NONE || *out > VISIT_ID_MAX ? no_memory(e) : OK;
}

static enum err_code get_minutes(struct reader *r, size_t k, uint32_t *out, struct err *e)
{
	double x;
	if (r->cell[k].n == 0)
		return OK;
	if (!str_to_f64(r->cell[k], &x) || x < 0 || x > 366.0 * 24 * 60)
		return err_set(e, ERR_BAD_VALUE, r->column[k], "minutes are a number from 0 to a year");
	*out = (uint32_t)(x * 60 + 0.5);
	return OK;
}

static enum err_code get_bool(struct reader *r, size_t k, bool *out, struct err *e)
{
	struct str s = r->cell[k];
	bool yes = str_eq_c(s, "1") || str_eq_c(s, "yes") || str_eq_c(s, "true");
	if (!yes && s.n && !str_eq_c(s, "0") && !str_eq_c(s, "no") && !str_eq_c(s, "false"))
		return err_set(e, ERR_BAD_VALUE, r->column[k], "write yes or no");
	*out = yes;
	return OK;
}

static enum err_code get_day(struct reader *r, size_t k, int32_t *out, struct err *e)
{
	int64_t x;
	*out = CHAIN_NO_DAY;
	if (r->cell[k].n == 0 || str_eq_c(r->cell[k], "NA") || day_parse(r->cell[k], out))
		return OK;
	if (!str_to_i64(r->cell[k], &x) || x < -25567 || x > 84006)
		return err_set(e, ERR_BAD_VALUE, r->column[k],
			       "a day is written 2022-11-20 (years 1900 to 2199), as a day number since "
			       "1970, or left empty");
	*out = (int32_t)x;
	return OK;
}

/* --- rows ---------------------------------------------------------------------------------------------- */

static enum err_code take_rule(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct trace_rule rule = {.usual_s = default_rule.usual_s};
	enum err_code rc = get_minutes(r, 1, &rule.min_s, e);
	if (rc == OK)
		rc = get_minutes(r, 2, &rule.linger_s, e);
	if (rc == OK)
		rc = get_minutes(r, 3, &rule.usual_s, e);
	if (rc == OK)
		rc = get_bool(r, 4, &rule.cumulative, e);
	if (rc == OK)
		rc = get_bool(r, 5, &rule.off, e);
	if (rc != OK)
		return rc;
	if (str_eq_c(r->cell[0], "encounter")) {
		in->rules.encounter = rule;
		return OK;
	}
	if (names_find(&in->types, r->cell[0]) != NAMES_NONE)
		return err_set(e, ERR_DUPLICATE_FIELD, "type", "this place type has a rule already");
	uint32_t type;
	rc = get_name(r, 0, &in->types, &type, e);
	if (rc == OK && type >= TRACE_TYPES_MAX)
		rc = err_set(e, ERR_TOO_LARGE, "type", "there can be %d place types", TRACE_TYPES_MAX);
	if (rc == OK)
		in->rule[type] = rule;
	return rc;
}

static enum err_code take_place(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	uint32_t place, type = 0, parent = TRACE_NONE;
	enum err_code rc = get_name(r, 0, &in->places, &place, e);
	bool free_types = in->rules.types_n ==
			  0; /* no rules file: types are taken as they come, one rule for all */
	if (rc == OK && free_types)
		rc = get_name(r, 1, &in->types, &type, e);
	else if (rc == OK && (type = names_find(&in->types, r->cell[1])) == NAMES_NONE)
		rc = err_set(e, ERR_BAD_VALUE, "type", "the rules have no place type of that name");
	if (rc == OK && type >= TRACE_TYPES_MAX)
		rc = err_set(e, ERR_TOO_LARGE, "type", "there can be %d place types", TRACE_TYPES_MAX);
	if (rc == OK && r->cell[2].n)
		rc = get_name(r, 2, &in->places, &parent, e);
	if (rc != OK)
		return rc;
	/* Places are numbered as they are first named, by a row or as somebody's parent. */
	uint32_t need = in->places.n;
	if (need > r->cap_n) {
		size_t cap = r->cap_n ? 2 * r->cap_n : 1024;
		cap = cap < need ? need : cap;
		uint8_t *types = realloc(in->place_type, cap);
		in->place_type = types ? types : in->place_type;
		uint32_t *parents = realloc(in->place_parent, cap * sizeof *parents);
		in->place_parent = parents ? parents : in->place_parent;
		if (!types || !parents)
			return no_memory(e);
		for (size_t i = r->cap_n; i < cap; i++) {
			in->place_type[i] = UINT8_MAX;
			in->place_parent[i] = TRACE_NONE - 1; /* not listed yet */
		}
		r->cap_n = cap;
	}
	if (in->place_parent[place] != TRACE_NONE - 1)
		return err_set(e, ERR_DUPLICATE_FIELD, "place", "the place is listed twice");
	in->place_type[place] = (uint8_t)type;
	in->place_parent[place] = parent;
	return OK;
}

static enum err_code take_visit(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct visit x = {.t_out = TRACE_NONE};
	enum err_code rc = get_name(r, 0, &in->persons, &x.person, e);
	if (rc == OK)
		rc = get_name(r, 1, &in->places, &x.place, e);
	if (rc == OK)
		rc = get_time(r, 2, &x.t_in, e);
	if (rc == OK && r->cell[3].n)
		rc = get_time(r, 3, &x.t_out, e);
	if (rc == OK && x.t_out < x.t_in)
		rc = err_set(e, ERR_BAD_VALUE, "t_out", "leaving comes before entering");
	if (rc == OK && x.t_out != TRACE_NONE && x.t_out - x.t_in > VISIT_STAY_MAX)
		rc = err_set(e, ERR_BAD_VALUE, "t_out", "the stay is longer than 194 days");
	if (rc != OK)
		return rc;
	struct visit *more = room(in->visit, in->visits_n, &r->cap_n, sizeof *more);
	if (!more)
		return no_memory(e);
	in->visit = more;
	in->visit[in->visits_n++] = x;
	return OK;
}

static enum err_code take_case(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct trace_case x = {0};
	struct case_days d = {.generation = -1};
	enum err_code rc = get_name(r, 0, &in->persons, &x.person, e);
	x.to = VISIT_TIME_MAX;
	if (rc == OK && r->cell[1].n)
		rc = get_time(r, 1, &x.from, e);
	if (rc == OK && r->cell[2].n)
		rc = get_time(r, 2, &x.to, e);
	if (rc == OK && x.to < x.from)
		rc = err_set(e, ERR_BAD_VALUE, "to", "the infectious window ends before it begins");
	int32_t *days[] = {&d.infected, &d.onset, &d.admitted, &d.ended};
	for (size_t i = 0; i < 4 && rc == OK; i++)
		rc = get_day(r, 3 + i, days[i], e);
	int64_t g = -1;
	if (rc == OK && r->cell[7].n && (!str_to_i64(r->cell[7], &g) || g < 0 || g > 1000000))
		rc = err_set(e, ERR_BAD_VALUE, "generation", "a generation is a whole number from 0");
	if (rc != OK)
		return rc;
	d.generation = (int32_t)g;
	size_t cap_n = r->cap_n, cap2_n = r->cap_n;
	struct trace_case *more = room(in->cases, in->cases_n, &cap_n, sizeof *more);
	in->cases = more ? more : in->cases;
	struct case_days *more_days = room(in->days, in->cases_n, &cap2_n, sizeof *more_days);
	in->days = more_days ? more_days : in->days;
	if (!more || !more_days)
		return no_memory(e);
	r->cap_n = cap_n;
	in->days[in->cases_n] = d;
	in->cases[in->cases_n++] = x;
	return OK;
}

static enum err_code take_encounter(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct trace_encounter x;
	enum err_code rc = get_name(r, 0, &in->persons, &x.a, e);
	if (rc == OK)
		rc = get_name(r, 1, &in->persons, &x.b, e);
	if (rc == OK)
		rc = get_time(r, 2, &x.start, e);
	if (rc == OK)
		rc = get_time(r, 3, &x.end, e);
	if (rc == OK && x.end < x.start)
		rc = err_set(e, ERR_BAD_VALUE, "end", "the end comes before the start");
	if (rc == OK && x.a == x.b)
		rc = err_set(e, ERR_BAD_VALUE, "b", "a person cannot meet himself");
	if (rc != OK)
		return rc;
	struct trace_encounter *more = room(in->meet, in->meets_n, &r->cap_n, sizeof *more);
	if (!more)
		return no_memory(e);
	in->meet = more;
	in->meet[in->meets_n++] = x;
	return OK;
}

static enum err_code take_link(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct trace_link x = {.at = TRACE_NONE};
	enum err_code rc = get_name(r, 0, &in->persons, &x.a, e);
	if (rc == OK)
		rc = get_name(r, 1, &in->persons, &x.b, e);
	if (rc == OK)
		rc = get_name(r, 2, &in->kinds, &x.kind, e);
	if (rc == OK && r->cell[3].n)
		rc = get_time(r, 3, &x.at, e);
	if (rc == OK && x.a == x.b)
		rc = err_set(e, ERR_BAD_VALUE, "b", "a person cannot be linked to himself");
	if (rc != OK)
		return rc;
	struct trace_link *more = room(in->link, in->links_n, &r->cap_n, sizeof *more);
	if (!more)
		return no_memory(e);
	in->link = more;
	in->link[in->links_n++] = x;
	return OK;
}

static enum err_code take_isolated(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	struct trace_isolation x;
	enum err_code rc = get_name(r, 0, &in->persons, &x.person, e);
	if (rc == OK)
		rc = get_time(r, 1, &x.at, e);
	if (rc != OK)
		return rc;
	struct trace_isolation *more = room(in->isolated, in->isolated_n, &r->cap_n, sizeof *more);
	if (!more)
		return no_memory(e);
	in->isolated = more;
	in->isolated[in->isolated_n++] = x;
	return OK;
}

static enum err_code take_infection(struct reader *r, struct err *e)
{
	struct input *in = r->in;
	uint32_t a = 0, b = 0;
	enum err_code rc = get_name(r, 0, &in->persons, &a, e);
	if (rc == OK)
		rc = get_name(r, 1, &in->persons, &b, e);
	if (rc != OK)
		return rc;
	void *more = room(in->infection, in->infections_n, &r->cap_n, sizeof *in->infection);
	if (!more)
		return no_memory(e);
	in->infection = more;
	in->infection[in->infections_n].infector = a;
	in->infection[in->infections_n++].infectee = b;
	return OK;
}

/* --- the world --------------------------------------------------- */

static int by_person(const void *a, const void *b)
{
	const struct trace_isolation *x = a, *y = b;
	if (x->person != y->person)
		return x->person < y->person ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Rules for all types, places for all numbers, one isolation a person (the earliest). */
static enum err_code complete(struct input *in, const struct input_paths *paths, struct err *e)
{
	if (!paths->rules)
		for (uint32_t i = 0; i < TRACE_TYPES_MAX; i++)
			in->rule[i] = default_rule;
	if (in->types.n == 0)
		in->rule[0] = default_rule;
	in->rules.type = in->rule;
	in->rules.types_n = in->types.n ? in->types.n : 1;
	size_t n = in->places.n;
	uint8_t *types = calloc(n + 1, sizeof *types);
	uint32_t *parents = malloc((n + 1) * sizeof *parents);
	if (!types || !parents) {
		free(types);
		free(parents);
		return no_memory(e);
	}
	bool nested = false;
	for (size_t i = 0; i < n; i++) {
		bool listed = i < in->world.places_n && in->place_parent[i] != TRACE_NONE - 1;
		types[i] = listed ? in->place_type[i] : 0;
		parents[i] = listed ? in->place_parent[i] : TRACE_NONE;
		nested |= parents[i] != TRACE_NONE;
	}
	free(in->place_type);
	free(in->place_parent);
	in->place_type = types;
	in->place_parent = nested ? parents : NULL;
	if (!nested)
		free(parents);
	if (in->isolated_n)
		qsort(in->isolated, in->isolated_n, sizeof *in->isolated, by_person);
	size_t kept = 0;
	for (size_t i = 0; i < in->isolated_n; i++)
		if (kept == 0 || in->isolated[kept - 1].person != in->isolated[i].person)
			in->isolated[kept++] = in->isolated[i];
	in->isolated_n = kept;
	trace_assume(in->visit, in->visits_n, &in->rules, in->place_type, n);
	return OK;
}

static enum err_code build(struct input *in, int threads, struct err *e)
{
	enum err_code rc = visits_open(&in->store, &(struct visits_options){0}, e);
	if (rc == OK)
		rc = visits_load(in->store, in->visit, in->visits_n, threads, e);
	free(in->visit); /* the store has them now */
	in->visit = NULL;
	if (rc == OK)
		rc = visits_view(in->store, &in->view, e);
	if (rc == OK)
		rc = trace_ties_new(&in->ties, in->meet, in->meets_n, in->link, in->links_n, in->place_parent,
				    in->places.n, e);
	in->world = (struct trace_world){in->view, in->place_type, in->places.n, in->ties};
	return rc;
}

enum err_code input_read(struct input *in, const struct input_paths *paths, int threads, struct err *e)
{
	static const char *const rules[] = {
		"type", "min_minutes", "linger_minutes", "usual_minutes", "cumulative", "off", NULL};
	static const char *const places[] = {"place", "type", "parent", NULL};
	static const char *const visits[] = {"person", "place", "t_in", "t_out", NULL};
	static const char *const cases[] = {"person",   "from",  "to",         "infected", "onset",
					    "admitted", "ended", "generation", NULL};
	static const char *const encounters[] = {"a", "b", "start", "end", NULL};
	static const char *const links[] = {"a", "b", "kind", "at", NULL};
	static const char *const isolated[] = {"person", "at", NULL};
	static const char *const infections[] = {"infector", "infectee", NULL};
	*in = (struct input){0};
	enum err_code rc = read_table(in, paths->rules, rules, 3, take_rule, e);
	in->rules.types_n = paths->rules ? in->types.n : 0;
	if (rc == OK)
		rc = read_table(in, paths->places, places, 2, take_place, e);
	in->world.places_n = in->places.n; /* so many are in the places table */
	if (rc == OK)
		rc = read_table(in, paths->visits, visits, 4, take_visit, e);
	if (rc == OK)
		rc = read_table(in, paths->cases, cases, paths->infections ? 1 : 3, take_case, e);
	if (rc == OK)
		rc = read_table(in, paths->encounters, encounters, 4, take_encounter, e);
	if (rc == OK)
		rc = read_table(in, paths->links, links, 4, take_link, e);
	if (rc == OK)
		rc = read_table(in, paths->isolated, isolated, 2, take_isolated, e);
	if (rc == OK)
		rc = read_table(in, paths->infections, infections, 2, take_infection, e);
	if (rc == OK)
		rc = complete(in, paths, e);
	if (rc == OK)
		rc = build(in, threads, e);
	if (rc != OK)
		input_done(in);
	return rc;
}

void input_done(struct input *in)
{
	trace_ties_done(&in->ties);
	visits_view_release(&in->view);
	visits_close(&in->store);
	names_done(&in->persons);
	names_done(&in->places);
	names_done(&in->types);
	names_done(&in->kinds);
	free(in->visit);
	free(in->meet);
	free(in->link);
	free(in->cases);
	free(in->days);
	free(in->isolated);
	free(in->infection);
	free(in->place_type);
	free(in->place_parent);
	*in = (struct input){0};
}
