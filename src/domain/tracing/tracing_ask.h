/* SPDX-License-Identifier: Apache-2.0
 *
 * tracing_ask.h - what the computed queries of tracing share: the cases asked about, and the world the engine is asked in. Internal to
 * tracing.
 */
#ifndef SUSHUI_DOMAIN_TRACING_ASK_H
#define SUSHUI_DOMAIN_TRACING_ASK_H

#include "domain/tracing/tracing.h"
#include "domain/tracing/tracing_view.h"

enum { LINK_HOUSEHOLD, LINK_NAMED }; /* kinds of links */

struct asked_case { /* one record of the person of one case */
	uint32_t person; /* number */
	struct id case_id, person_id, canon_id;
	int64_t key, outbreak, opened_at, onset_at, sampled_at;
	bool window; /* from, to are known */
	uint32_t from, to;
	struct str edition;
};
struct asked_signed {
	struct id person;
	int64_t state, secured_at;
	struct str tier;
};
struct asked {
	const struct query_ask *q;
	struct tracing_engine *engine;
	struct tracing_view *view;
	const struct asked_case *cases; /* by case, record */
	size_t cases_n;
	struct trace_case *windows;     /* of those whose window is known */
	size_t windows_n;
	struct trace_ties *ties;
	struct trace_world world;
	const struct protocol *protocol; /* of the newest case; NULL when there is none */
	struct tracing_rule_set rules;
	const struct asked_signed *sign; /* by person */
	size_t sign_n;
	const struct id *case_persons;   /* by id; every record of every case of the county */
	size_t case_persons_n;
	struct trace_isolation *isolated; /* by person */
	size_t isolated_n;
};
/* Reads cases (one, or with 0 all that are not withdrawn), their links, the signed contacts, and takes the view. ERR_MISSING_FIELD when
 * several outbreaks are meant and none is named. asked_done after success and after errors. */
enum err_code asked_init(struct asked *a, const struct query_ask *q, int64_t case_key, int64_t outbreak, struct err *e);
void asked_done(struct asked *a);
/* The case whose person has this number; NULL when none. */
const struct asked_case *asked_case_of(const struct asked *a, uint32_t person);
const struct asked_signed *asked_signed_of(const struct asked *a, struct id person);
bool asked_is_case(const struct asked *a, struct id person);
struct id asked_id(const struct asked *a, uint32_t number);
/* A query of the engine about these cases. */
struct trace_query asked_query(const struct asked *a, unsigned hops);
/* The number of an id that was given as an argument; ERR_NOT_FOUND when the engine never met it. */
enum err_code asked_number(const struct asked *a, const struct db_val *arg, uint32_t *out, struct err *e);
/* "5, 10,15" as numbers within [0, most]; ERR_BAD_VALUE at that parameter. */
enum err_code asked_numbers(struct str list, const char *name, int64_t most, int64_t *out, size_t cap, size_t *n, struct err *e);

/* tracing_chains.c, tracing_since.c */
enum err_code tracing_rows_chains(const struct query_ask *q, struct query_rows *rows, struct err *e);
enum err_code tracing_rows_sources(const struct query_ask *q, struct query_rows *rows, struct err *e);
enum err_code tracing_rows_changes(const struct query_ask *q, struct query_rows *rows, struct err *e);

#endif
