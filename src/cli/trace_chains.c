/* SPDX-License-Identifier: Apache-2.0
 *
 * `sushui trace chains`: the transmission graph from a table of infections, or from exposures between the
 * cases themselves.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/trace_cmd.h"
#include "core/caltime.h"
#include "core/csv.h"
#include "core/json.h"

#define SI_N 366

/* Each case alone asked for hop 1; of its contacts those who are cases may have been infected by it. */
static enum err_code links_by_exposure(struct trace_cmd *c, struct chain_link **out, size_t *out_n,
				       struct err *e)
{
	struct input *in = &c->in;
	size_t cap = 0;
	uint8_t *is_case = calloc((size_t)in->persons.n + 1, 1);
	enum err_code rc = is_case ? OK : err_set(e, ERR_MEMORY, "", "no memory for the cases");
	for (size_t i = 0; i < in->cases_n && rc == OK; i++)
		is_case[in->cases[i].person] = 1;
	for (size_t i = 0; i < in->cases_n && rc == OK; i++) {
		struct trace_query q = {
			.cases = &in->cases[i], .cases_n = 1, .rules = &in->rules, .hops = 1, .threads = 1};
		struct trace_result r;
		rc = trace_run(&r, &in->world, &q, e);
		if (rc != OK)
			break;
		for (size_t k = 0; k < r.contacts_n; k++) {
			if (!is_case[r.contacts[k].person])
				continue;
			if (*out_n == cap) {
				cap = cap ? 2 * cap : 256;
				struct chain_link *more = realloc(*out, cap * sizeof *more);
				if (!more) {
					rc = err_set(e, ERR_MEMORY, "", "no memory for links between cases");
					break;
				}
				*out = more;
			}
			(*out)[(*out_n)++] = (struct chain_link){in->persons.text[in->cases[i].person],
								 in->persons.text[r.contacts[k].person]};
		}
		trace_result_done(&r);
	}
	free(is_case);
	return rc;
}

static enum err_code build_graph(struct trace_cmd *c, struct chains **out, struct err *e)
{
	struct input *in = &c->in;
	struct chain_link *link = NULL;
	size_t n = 0;
	enum err_code rc = OK;
	struct chain_case *cases = calloc(in->cases_n + 1, sizeof *cases);
	if (in->infections_n > 0 || c->paths.infections) {
		link = calloc(in->infections_n + 1, sizeof *link);
		for (; link && n < in->infections_n; n++)
			link[n] = (struct chain_link){in->persons.text[in->infection[n].infector],
						      in->persons.text[in->infection[n].infectee]};
		rc = link ? OK : err_set(e, ERR_MEMORY, "", "no memory for infections");
	} else {
		rc = links_by_exposure(c, &link, &n, e);
	}
	if (rc == OK && !cases)
		rc = err_set(e, ERR_MEMORY, "", "no memory for the cases");
	for (size_t i = 0; i < in->cases_n && rc == OK; i++)
		cases[i] = (struct chain_case){in->persons.text[in->cases[i].person],
					       in->days[i].infected,
					       in->days[i].onset,
					       in->days[i].admitted,
					       in->days[i].ended,
					       in->days[i].generation};
	if (rc == OK)
		rc = chains_new(out, cases, in->cases_n, link, n, e);
	free(cases);
	free(link);
	return rc;
}

static void defect_line(const struct chains *g, const struct chain_defect *d)
{
	fprintf(stderr, "%s:", chain_defect_name(d->kind));
	if (d->ring)
		for (uint32_t i = 0; i < d->ring_n; i++)
			fprintf(stderr, " %.*s", STR_ARG(g->nodes[d->ring[i]].id));
	else
		fprintf(stderr, " %.*s", STR_ARG(g->nodes[d->a].id));
	if (d->b != CHAIN_NONE)
		fprintf(stderr, " %.*s", STR_ARG(g->nodes[d->b].id));
	fputc('\n', stderr);
}

/* One row for each possible infector of a case, one with an empty infector for a case without. */
static void nodes_csv(const struct chains *g, const double *si, struct buf *b)
{
	buf_add_c(b, "person,generation,generation_most,component,offspring,infector,share\r\n");
	for (uint32_t k = 0; k < g->nodes_n; k++) {
		const struct chain_node *x = &g->nodes[k];
		struct chain_source *s = calloc(x->infectors_n + 1, sizeof *s);
		size_t n = s ? chains_sources(g, k, si, si ? SI_N : 0, s, x->infectors_n) : 0;
		for (size_t i = 0; i < (n ? n : 1); i++) {
			csv_put(b, x->id, true);
			put_int(b, x->generation, false);
			if (x->generation_most == CHAIN_NONE)
				put_c(b, "", false);
			else
				put_int(b, x->generation_most, false);
			put_int(b, x->component, false);
			put_int(b, x->infectees_n, false);
			char share[32] = "";
			if (n)
				snprintf(share, sizeof share, "%.4f", s[i].share);
			csv_put(b, n ? g->nodes[s[i].node].id : STR_NONE, false);
			put_c(b, share, false);
			csv_end_row(b);
		}
		b->failed |= !s;
		free(s);
	}
}

static void sources_json(const struct chains *g, uint32_t k, const double *si, struct buf *b)
{
	const struct chain_node *x = &g->nodes[k];
	struct chain_source *s = calloc(x->infectors_n + 1, sizeof *s);
	size_t n = s ? chains_sources(g, k, si, si ? SI_N : 0, s, x->infectors_n) : 0;
	b->failed |= !s;
	json_key(b, "infectors");
	json_open(b, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(b, '{');
		json_key(b, "person");
		json_str(b, g->nodes[s[i].node].id);
		json_key(b, "share");
		json_f64(b, s[i].share);
		json_close(b, '}');
	}
	json_close(b, ']');
	free(s);
}

static void graph_json(const struct chains *g, const double *si, struct buf *b)
{
	size_t counts[64];
	struct chain_offspring o = chains_offspring(g, true, counts, ARRAY_N(counts));
	struct chain_summary s = chains_intervals(g);
	json_open(b, '{');
	json_key(b, "cases");
	json_open(b, '[');
	for (uint32_t k = 0; k < g->nodes_n; k++) {
		const struct chain_node *x = &g->nodes[k];
		json_open(b, '{');
		json_key(b, "person");
		json_str(b, x->id);
		json_key(b, "listed");
		json_bool(b, x->listed);
		json_key(b, "generation");
		json_i64(b, x->generation);
		json_key(b, "component");
		json_i64(b, x->component);
		json_key(b, "offspring");
		json_i64(b, x->infectees_n);
		sources_json(g, k, si, b);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "defects");
	json_open(b, '[');
	for (uint32_t i = 0; i < g->defects_n; i++) {
		const struct chain_defect *d = &g->defects[i];
		json_open(b, '{');
		json_key(b, "kind");
		json_c(b, chain_defect_name(d->kind));
		json_key(b, "persons");
		json_open(b, '[');
		for (uint32_t n = 0; n < (d->ring ? d->ring_n : 1); n++)
			json_str(b, g->nodes[d->ring ? d->ring[n] : d->a].id);
		if (d->b != CHAIN_NONE)
			json_str(b, g->nodes[d->b].id);
		json_close(b, ']');
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "offspring");
	json_open(b, '{');
	json_key(b, "mean");
	json_f64(b, o.mean);
	json_key(b, "dispersion");
	json_f64(b, o.dispersion);
	json_key(b, "most");
	json_i64(b, (int64_t)o.most);
	json_close(b, '}');
	json_key(b, "serial_interval_days");
	json_open(b, '{');
	json_key(b, "n");
	json_i64(b, (int64_t)s.n);
	json_key(b, "mean");
	json_f64(b, s.mean);
	json_key(b, "sd");
	json_f64(b, s.sd);
	json_key(b, "median");
	json_f64(b, s.median);
	json_close(b, '}');
	json_close(b, '}');
	buf_add_byte(b, '\n');
}

/* Weekly R from the onsets of the listed cases, from the first onset to the last. */
static enum err_code r_csv(const struct chains *g, const double *si, struct buf *b, struct err *e)
{
	int32_t first = INT32_MAX, last = INT32_MIN;
	for (uint32_t k = 0; k < g->listed_n; k++)
		if (g->nodes[k].onset != CHAIN_NO_DAY) {
			first = g->nodes[k].onset < first ? g->nodes[k].onset : first;
			last = g->nodes[k].onset > last ? g->nodes[k].onset : last;
		}
	buf_add_c(b, "from,to,mean,sd,q025,median,q975\r\n");
	if (first > last)
		return OK;
	size_t days = (size_t)((int64_t)last - first) + 1, n = 0;
	if (days > 100000)
		return err_set(e, ERR_BAD_VALUE, "onset", "the onsets lie more than 270 years apart");
	double *incidence = calloc(days, sizeof *incidence);
	struct cori_r *r = calloc(days, sizeof *r);
	enum err_code rc = incidence && r ? OK : err_set(e, ERR_MEMORY, "", "no memory for daily counts");
	for (uint32_t k = 0; k < g->listed_n && rc == OK; k++)
		if (g->nodes[k].onset != CHAIN_NO_DAY)
			incidence[g->nodes[k].onset - first]++;
	if (rc == OK)
		rc = cori_weekly(incidence, NULL, days, si, SI_N, 7, 1, 5, r, &n, e);
	for (size_t i = 0; i < n && rc == OK; i++) {
		char from[DAY_TEXT_N], to[DAY_TEXT_N];
		day_format(first + (int32_t)r[i].t_start - 1, from);
		day_format(first + (int32_t)r[i].t_end - 1, to);
		buf_printf(b, "%s,%s", from, to);
		if (r[i].known)
			buf_printf(b, ",%.6f,%.6f,%.6f,%.6f,%.6f\r\n", r[i].mean, r[i].sd, r[i].q025,
				   r[i].median, r[i].q975);
		else
			buf_add_c(b, ",,,,,\r\n");
	}
	free(incidence);
	free(r);
	return rc;
}

enum err_code trace_chains(struct trace_cmd *c, struct buf *out, struct err *e)
{
	struct chains *g = NULL;
	double si[SI_N], sum = 0;
	bool have_si = c->si_mean > 0;
	enum err_code rc = have_si ? cori_discrete(c->si_mean, c->si_sd, si, SI_N, e) : OK;
	for (size_t i = 0; rc == OK && have_si && i < SI_N; i++)
		sum += si[i];
	if (have_si && rc == OK && sum < 0.99)
		rc = err_set(e, ERR_BAD_VALUE, "--serial-interval",
			     "so long an interval does not fit into a year");
	if (rc == OK)
		rc = build_graph(c, &g, e);
	if (rc != OK)
		return rc;
	if (c->json)
		graph_json(g, have_si ? si : NULL, out);
	else
		nodes_csv(g, have_si ? si : NULL, out);
	rc = write_out(c->out, out, e);
	if (rc == OK && c->r_out) {
		rc = r_csv(g, si, out, e);
		if (rc == OK)
			rc = write_out(c->r_out, out, e);
	}
	for (uint32_t i = 0; i < g->defects_n && rc == OK && !c->json; i++)
		defect_line(g, &g->defects[i]);
	chains_done(&g);
	return rc;
}
