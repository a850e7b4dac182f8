/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cmd_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/trace_cmd.h"
#include "core/caltime.h"
#include "core/csv.h"
#include "core/json.h"

static const char help[] =
	"sushui trace contacts --visits F.csv --cases F.csv [options]   who met a case, who met those, with "
	"the evidence\n"
	"sushui trace venues   --visits F.csv --cases F.csv [options]   places that link cases, the most "
	"surprising first\n"
	"sushui trace chains   --cases F.csv (--infections F.csv | --visits F.csv) [options]   who may have "
	"infected whom\n"
	"\n"
	"Tables (first line: the columns, in any order; times ISO 8601 or seconds since 1970; ids any text; "
	"- is standard input):\n"
	"  --visits      person,place,t_in,t_out       empty t_out: the usual stay of the place's type, "
	"marked as assumed\n"
	"  --cases       person,from,to                infectious window; for chains also "
	"infected,onset,admitted,ended,generation\n"
	"  --places      place,type[,parent]           a stall names its market as parent\n"
	"  --rules       type,min_minutes,linger_minutes[,usual_minutes,cumulative,off]   type `encounter` "
	"is for encounters\n"
	"                without it: 15 minutes, 10 minutes after the case left, usual stay an hour\n"
	"  --encounters  a,b,start,end\n"
	"  --links       a,b,kind,at                   household, seat row, named in an interview; empty at: "
	"always\n"
	"  --isolated    person,at                     from then on a contact exposes nobody\n"
	"  --infections  infector,infectee             for chains: known or supposed\n"
	"Options:\n"
	"  --hops N              how far (1 to 16, default 2)\n"
	"  --out F               where the answer goes (default: standard output)\n"
	"  --evidence F.csv      every exposure behind the contacts\n"
	"  --json                JSON instead of CSV\n"
	"  --gap MINUTES         venues: most time between two cases' stays (default 360)\n"
	"  --serial-interval MEAN,SD   chains: days; gives each possible infector its share\n"
	"  --r F.csv             chains: reproduction number by week, from onsets and the serial interval\n"
	"  --zone NAME           time zone of times without an offset (default: the machine's)\n"
	"  --threads N           1 or 2 (default 2)\n";

/* --- writing ----------------------------------------------------------------------------------------- */

void put_c(struct buf *b, const char *text, bool first_of_row)
{
	csv_put(b, str_of(text), first_of_row);
}

void put_int(struct buf *b, int64_t v, bool first_of_row)
{
	char text[24];
	snprintf(text, sizeof text, "%lld", (long long)v);
	put_c(b, text, first_of_row);
}

static void time_text(const struct trace_cmd *c, uint32_t t, char out[CALTIME_TEXT_N])
{
	if (c->in.iso_times)
		caltime_format((int64_t)t * 1000, out);
	else
		snprintf(out, CALTIME_TEXT_N, "%u", t);
}

void put_time(struct buf *b, const struct trace_cmd *c, uint32_t t, bool first_of_row)
{
	char text[CALTIME_TEXT_N];
	time_text(c, t, text);
	put_c(b, text, first_of_row);
}

static void minutes_text(uint64_t seconds, char out[32])
{
	if (seconds % 60 == 0)
		snprintf(out, 32, "%llu", (unsigned long long)(seconds / 60));
	else
		snprintf(out, 32, "%llu.%02llu", (unsigned long long)(seconds / 60),
			 (unsigned long long)(seconds % 60 * 100 / 60));
}

void put_minutes(struct buf *b, uint64_t seconds, bool first_of_row)
{
	char text[32];
	minutes_text(seconds, text);
	put_c(b, text, first_of_row);
}

enum err_code write_out(const char *path, struct buf *b, struct err *e)
{
	bool std = !path || strcmp(path, "-") == 0;
	if (b->failed)
		return err_set(e, ERR_MEMORY, path ? path : "", "no memory for the answer");
	FILE *out = std ? stdout : fopen(path, "wb");
	if (!out)
		return err_set(e, ERR_FILE, path, "cannot be created: %s", strerror(errno));
	bool good = fwrite(b->p ? b->p : "", 1, b->n, out) == b->n;
	good = (std ? fflush(out) : fclose(out)) == 0 && good;
	buf_reset(b);
	return good ? OK
		    : err_set(e, ERR_FILE, std ? "standard output" : path, "cannot be written: %s",
			      strerror(errno));
}

/* --- contacts ------------------------------------------------------------------------------------------- */

static struct str place_name(const struct trace_cmd *c, uint32_t place)
{
	return place == TRACE_BY_ENCOUNTER ? STR("encounter")
	       : place == TRACE_BY_LINK    ? STR("link")
					   : c->in.places.text[place];
}

static int by_rank(const void *a, const void *b)
{
	const struct trace_contact *x = a, *y = b;
	if (x->hop != y->hop)
		return x->hop < y->hop ? -1 : 1;
	if (x->score != y->score)
		return x->score > y->score ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return (x->person > y->person) - (x->person < y->person);
}

static void contacts_csv(const struct trace_cmd *c, const struct trace_result *r, struct buf *b)
{
	static const char *const head[] = {"person",    "hop",      "first_exposure", "minutes",
					   "exposures", "via_case", "place",          "score"};
	for (size_t i = 0; i < ARRAY_N(head); i++)
		put_c(b, head[i], i == 0);
	csv_end_row(b);
	for (size_t i = 0; i < r->contacts_n; i++) {
		const struct trace_contact *x = &r->contacts[i];
		csv_put(b, c->in.persons.text[x->person], true);
		put_int(b, x->hop, false);
		put_time(b, c, x->first, false);
		put_minutes(b, x->seconds, false);
		put_int(b, (int64_t)x->exposures, false);
		csv_put(b, c->in.persons.text[x->via_case], false);
		csv_put(b, place_name(c, x->place), false);
		put_int(b, x->score, false);
		csv_end_row(b);
	}
}

static const char *marks_text(uint32_t marks)
{
	static const char *const text[4] = {"", "source", "person", "both"};
	return text[marks & 3];
}

static void evidence_csv(const struct trace_cmd *c, const struct trace_result *r, struct buf *b)
{
	static const char *const head[] = {"person", "hop", "via",     "place",  "via_place",
					   "start",  "end", "minutes", "assumed"};
	for (size_t i = 0; i < ARRAY_N(head); i++)
		put_c(b, head[i], i == 0);
	csv_end_row(b);
	for (size_t i = 0; i < r->exposures_n; i++) {
		const struct trace_exposure *x = &r->exposures[i];
		csv_put(b, c->in.persons.text[x->person], true);
		put_int(b, x->hop, false);
		csv_put(b, c->in.persons.text[x->via], false);
		csv_put(b, place_name(c, x->place), false);
		csv_put(b,
			x->place == TRACE_BY_LINK ? c->in.kinds.text[x->via_place]
						  : place_name(c, x->via_place),
			false);
		put_time(b, c, x->start, false);
		put_time(b, c, x->end, false);
		put_minutes(b, x->end - x->start, false);
		put_c(b, marks_text(x->marks), false);
		csv_end_row(b);
	}
}

static void json_time(struct buf *b, const struct trace_cmd *c, uint32_t t)
{
	char text[CALTIME_TEXT_N];
	time_text(c, t, text);
	if (c->in.iso_times)
		json_c(b, text);
	else
		json_i64(b, t);
}

static void exposures_json(const struct trace_cmd *c, const struct trace_exposure *x, size_t n, struct buf *b)
{
	json_key(b, "evidence");
	json_open(b, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(b, '{');
		json_key(b, "via");
		json_str(b, c->in.persons.text[x[i].via]);
		json_key(b, "place");
		json_str(b, place_name(c, x[i].place));
		json_key(b, "via_place");
		json_str(b, x[i].place == TRACE_BY_LINK ? c->in.kinds.text[x[i].via_place]
							: place_name(c, x[i].via_place));
		json_key(b, "start");
		json_time(b, c, x[i].start);
		json_key(b, "end");
		json_time(b, c, x[i].end);
		json_key(b, "minutes");
		json_f64(b, (double)(x[i].end - x[i].start) / 60);
		json_key(b, "assumed");
		json_c(b, marks_text(x[i].marks));
		json_close(b, '}');
	}
	json_close(b, ']');
}

/* Where a person's exposures are: sorted by hop, person like the contacts were before ranking. */
static const struct trace_exposure *evidence_of(const struct trace_result *r, const struct trace_contact *x)
{
	size_t a = 0, b = r->exposures_n;
	while (a < b) {
		size_t mid = a + (b - a) / 2;
		const struct trace_exposure *y = &r->exposures[mid];
		if (y->hop < x->hop || (y->hop == x->hop && y->person < x->person))
			a = mid + 1;
		else
			b = mid;
	}
	return r->exposures + a;
}

static void contacts_json(const struct trace_cmd *c, const struct trace_result *r, struct buf *b)
{
	json_open(b, '[');
	for (size_t i = 0; i < r->contacts_n; i++) {
		const struct trace_contact *x = &r->contacts[i];
		json_open(b, '{');
		json_key(b, "person");
		json_str(b, c->in.persons.text[x->person]);
		json_key(b, "hop");
		json_i64(b, x->hop);
		json_key(b, "first_exposure");
		json_time(b, c, x->first);
		json_key(b, "minutes");
		json_f64(b, (double)x->seconds / 60);
		json_key(b, "exposures");
		json_i64(b, (int64_t)x->exposures);
		json_key(b, "via_case");
		json_str(b, c->in.persons.text[x->via_case]);
		json_key(b, "place");
		json_str(b, place_name(c, x->place));
		json_key(b, "score");
		json_i64(b, x->score);
		exposures_json(c, evidence_of(r, x), (size_t)x->exposures, b);
		json_close(b, '}');
	}
	json_close(b, ']');
	buf_add_byte(b, '\n');
}

static enum err_code trace_contacts(struct trace_cmd *c, struct buf *out, struct err *e)
{
	struct trace_query q = {.cases = c->in.cases,
				.cases_n = c->in.cases_n,
				.rules = &c->in.rules,
				.hops = c->hops,
				.evidence_hops = c->evidence || c->json ? c->hops : 0,
				.want_via = true,
				.threads = c->threads,
				.isolated = c->in.isolated,
				.isolated_n = c->in.isolated_n};
	struct trace_result r;
	enum err_code rc = trace_run(&r, &c->in.world, &q, e);
	if (rc != OK)
		return rc;
	if (r.contacts_n)
		qsort(r.contacts, r.contacts_n, sizeof *r.contacts, by_rank);
	if (c->json)
		contacts_json(c, &r, out);
	else
		contacts_csv(c, &r, out);
	rc = write_out(c->out, out, e);
	if (rc == OK && c->evidence) {
		evidence_csv(c, &r, out);
		rc = write_out(c->evidence, out, e);
	}
	for (unsigned h = 1; h <= c->hops && rc == OK; h++)
		fprintf(stderr, "hop %u: %zu persons\n", h, r.hop_n[h]);
	trace_result_done(&r);
	return rc;
}

/* --- venues ------------------------------------------------------ */

static enum err_code trace_venues(struct trace_cmd *c, struct buf *out, struct err *e)
{
	struct trace_venues r;
	enum err_code rc = trace_venues_run(&r, &c->in.world, c->in.cases, c->in.cases_n, c->gap_s, e);
	if (rc != OK)
		return rc;
	if (c->json)
		json_open(out, '[');
	else
		buf_add_c(out, "place,cases,links,visitors,surprise\r\n");
	for (size_t i = 0; i < r.venues_n; i++) {
		const struct trace_venue *v = &r.venues[i];
		if (c->json) {
			json_open(out, '{');
			json_key(out, "place");
			json_str(out, c->in.places.text[v->place]);
			json_key(out, "cases");
			json_i64(out, v->cases_n);
			json_key(out, "links");
			json_i64(out, (int64_t)v->links_n);
			json_key(out, "visitors");
			json_i64(out, v->visitors_n);
			json_key(out, "surprise");
			json_f64(out, v->surprise);
			json_close(out, '}');
			continue;
		}
		char text[32];
		snprintf(text, sizeof text, "%.3f", v->surprise);
		csv_put(out, c->in.places.text[v->place], true);
		put_int(out, v->cases_n, false);
		put_int(out, (int64_t)v->links_n, false);
		put_int(out, v->visitors_n, false);
		put_c(out, text, false);
		csv_end_row(out);
	}
	if (c->json) {
		json_close(out, ']');
		buf_add_byte(out, '\n');
	}
	trace_venues_done(&r);
	return write_out(c->out, out, e);
}

/* --- the command line -------------------------------------------- */

static int usage(const char *what, const char *option)
{
	fprintf(stderr, "sushui trace: %s%s%s\nsushui trace --help shows the options\n", option,
		*option ? ": " : "", what);
	return 2;
}

/* A number in [least, most], or false. */
static bool number(const char *text, double least, double most, double *out)
{
	return str_to_f64(str_of(text), out) && *out >= least && *out <= most;
}

static int take_value(struct trace_cmd *c, const char *option, const char *value)
{
	const struct {
		const char *name, **path;
	} paths[] = {{"--visits", &c->paths.visits},
		     {"--places", &c->paths.places},
		     {"--cases", &c->paths.cases},
		     {"--encounters", &c->paths.encounters},
		     {"--links", &c->paths.links},
		     {"--rules", &c->paths.rules},
		     {"--isolated", &c->paths.isolated},
		     {"--infections", &c->paths.infections},
		     {"--out", &c->out},
		     {"--evidence", &c->evidence},
		     {"--r", &c->r_out}};
	for (size_t i = 0; i < ARRAY_N(paths); i++)
		if (strcmp(option, paths[i].name) == 0) {
			*paths[i].path = value;
			return 0;
		}
	double x;
	if (strcmp(option, "--hops") == 0) {
		if (!number(value, 1, TRACE_HOPS_MAX, &x) || x != (unsigned)x)
			return usage("a whole number from 1 to 16", option);
		c->hops = (unsigned)x;
	} else if (strcmp(option, "--threads") == 0) {
		if (!number(value, 1, 2, &x) || x != (unsigned)x)
			return usage("1 or 2", option);
		c->threads = (int)x;
	} else if (strcmp(option, "--gap") == 0) {
		if (!number(value, 0, 366 * 24 * 60, &x))
			return usage("minutes from 0 to a year", option);
		c->gap_s = (uint32_t)(x * 60 + 0.5);
	} else if (strcmp(option, "--serial-interval") == 0) {
		struct str rest = str_of(value), mean = str_cut(&rest, ',');
		if (!str_to_f64(mean, &c->si_mean) || !str_to_f64(rest, &c->si_sd) || !(c->si_mean > 1) ||
		    !(c->si_sd > 0) || c->si_mean > 365 || c->si_sd > 365)
			return usage("mean and deviation in days, as 2.6,1.5; the mean above 1", option);
	} else if (strcmp(option, "--zone") == 0) {
		if (caltime_zone(str_of(value), NULL) != OK)
			return usage("this machine knows no time zone of that name; example: Asia/Shanghai",
				     option);
	} else {
		return usage("there is no such option", option);
	}
	return 0;
}

static int parse(struct trace_cmd *c, int argc, char **argv)
{
	for (int i = 2; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0) {
			c->json = true;
			continue;
		}
		if (i + 1 >= argc)
			return usage(strncmp(argv[i], "--", 2) == 0 ? "a value must follow"
								    : "there is no such option",
				     argv[i]);
		int rc = take_value(c, argv[i], argv[i + 1]);
		if (rc)
			return rc;
		i++;
	}
	return 0;
}

int cmd_trace(int argc, char **argv)
{
	struct trace_cmd c = {.hops = 2, .threads = 2, .gap_s = 6 * 3600};
	const char *what = argc > 1 ? argv[1] : "";
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0) {
			fputs(help, stdout);
			return 0;
		}
	bool chains = strcmp(what, "chains") == 0, venues = strcmp(what, "venues") == 0;
	if (!chains && !venues && strcmp(what, "contacts") != 0)
		return usage("say contacts, venues or chains", what);
	int bad = parse(&c, argc, argv);
	if (bad)
		return bad;
	if (!c.paths.cases && !(chains && c.paths.infections))
		return usage("is needed", "--cases");
	if (!c.paths.visits && !c.paths.encounters && !c.paths.links && !c.paths.infections)
		return usage("is needed (or --encounters, --links)", "--visits");
	if (c.r_out && c.si_mean <= 0)
		return usage("is needed for --r", "--serial-interval");
	struct err e = {0};
	struct buf out;
	buf_init(&out, 0);
	enum err_code rc = input_read(&c.in, &c.paths, c.threads, &e);
	if (rc == OK)
		rc = chains   ? trace_chains(&c, &out, &e)
		     : venues ? trace_venues(&c, &out, &e)
			      : trace_contacts(&c, &out, &e);
	if (rc != OK)
		fprintf(stderr, "sushui trace: %s%s%s%s%s\n", e.at, e.at[0] ? ": " : "", err_text(rc, "en"),
			e.what[0] ? ": " : "", e.what);
	buf_done(&out);
	input_done(&c.in);
	return rc == OK ? 0 : err_kind(rc) == KIND_FAULT ? 3 : 1;
}
