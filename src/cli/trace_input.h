/* SPDX-License-Identifier: Apache-2.0
 *
 * trace_input.h - the tables of `sushui trace` as a world the engine can be asked about.
 *
 * Columns are found by the names in the header line, in any order; a column that is not known is refused by
 * name. Times are ISO 8601 or whole seconds since 1970. Ids are any text.
 *   visits      person,place,t_in,t_out   empty t_out: the usual stay of the type, marked as assumed
 *   places      place,type[,parent]       places that are not listed have the first type of the rules
 *   cases       person,from,to[,infected,onset,admitted,ended,generation]
 *   encounters  a,b,start,end
 *   links       a,b,kind,at               empty at: always
 *   rules       type,min_minutes,linger_minutes[,usual_minutes,cumulative,off]
 *                                         type `encounter` is the rule for encounters
 *   isolated    person,at
 *   infections  infector,infectee
 */
#ifndef SUSHUI_CLI_TRACE_INPUT_H
#define SUSHUI_CLI_TRACE_INPUT_H

#include "cli/names.h"
#include "trace/chains.h"
#include "trace/trace.h"

struct input_paths {
	/* NULL: not given */
	const char *visits, *places, *cases, *encounters, *links, *rules, *isolated, *infections;
};

struct case_days { /* of case i, for chains */
	int32_t infected, onset, admitted, ended, generation;
};

struct input {
	struct names persons, places, types, kinds;
	struct visit *visit;
	size_t visits_n;
	struct trace_encounter *meet;
	size_t meets_n;
	struct trace_link *link;
	size_t links_n;
	struct trace_case *cases;
	struct case_days *days;
	size_t cases_n;
	struct trace_isolation *isolated; /* sorted, one a person */
	size_t isolated_n;
	struct {
		uint32_t infector, infectee;
	} *infection; /* persons */
	size_t infections_n;
	struct trace_rule rule[TRACE_TYPES_MAX]; /* by number in `types` */
	struct trace_rules rules;                /* points into `rule` */
	uint8_t *place_type;                     /* by number in `places` */
	uint32_t *place_parent;                  /* NULL when no place has one */
	bool iso_times; /* some time was written as ISO 8601: answers are too */
	struct visits *store;
	struct visits_view *view;
	struct trace_ties *ties;
	struct trace_world world;
};

/* Reads all tables given and builds the world. On an error e->at is "FILE: line N" and nothing is left to
 * undo. ERR_UNKNOWN_COLUMN, ERR_MISSING_FIELD, ERR_BAD_VALUE, and what csv.h gives. */
enum err_code input_read(struct input *in, const struct input_paths *paths, int threads, struct err *e);
void input_done(struct input *in);

#endif
