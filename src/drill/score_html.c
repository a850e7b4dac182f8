/* SPDX-License-Identifier: Apache-2.0
 *
 * The score as one HTML file: figures, plots as SVG, nothing fetched.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "drill/score.h"
#include "drill/staff.h"

#define WIDE 860.0
#define HIGH 220.0
#define LEFT 46.0
#define BELOW 24.0

static void escape(struct buf *b, const char *text)
{
	for (; *text; text++)
		if (*text == '<')
			buf_add_c(b, "&lt;");
		else if (*text == '&')
			buf_add_c(b, "&amp;");
		else if (*text == '"')
			buf_add_c(b, "&quot;");
		else
			buf_add_byte(b, *text);
}

static void hours(struct buf *b, int64_t ms)
{
	buf_printf(b, "%lld:%02lld", (long long)(ms / MS_PER_HOUR), (long long)(ms / MS_PER_MINUTE % 60));
}

struct line {
	const char *name, *colour;
	uint32_t v[400];
	bool bars;
};

static uint32_t greatest(const struct line *lines, size_t n, uint32_t days)
{
	uint32_t most = 1;
	for (size_t i = 0; i < n; i++)
		for (uint32_t d = 0; d < days; d++)
			most = lines[i].v[d] > most ? lines[i].v[d] : most;
	return most;
}

static void plot_line(struct buf *b, const struct line *l, uint32_t days, uint32_t most)
{
	double step = (WIDE - LEFT) / days;
	if (l->bars) {
		for (uint32_t d = 0; d < days; d++)
			if (l->v[d])
				buf_printf(b, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"><title>day %u: %u</title></rect>",
					   LEFT + step * d + 1, HIGH - BELOW - (HIGH - BELOW - 8) * l->v[d] / most, step > 3 ? step - 2 : step,
					   (HIGH - BELOW - 8) * l->v[d] / most, l->colour, d, l->v[d]);
		return;
	}
	buf_printf(b, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", l->colour);
	for (uint32_t d = 0; d < days; d++)
		buf_printf(b, "%.1f,%.1f ", LEFT + step * (d + 0.5), HIGH - BELOW - (HIGH - BELOW - 8) * l->v[d] / most);
	buf_add_c(b, "\"/>");
}

static void plot(struct buf *b, const char *title, const struct line *lines, size_t n, uint32_t days)
{
	uint32_t most = greatest(lines, n, days), every = days > 60 ? 10 : days > 20 ? 5 : 1;
	buf_printf(b, "<h2>%s</h2><p class=\"key\">", title);
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "<span style=\"color:%s\">&#9632;</span> %s &nbsp; ", lines[i].colour, lines[i].name);
	buf_printf(b, "</p><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"%s\">", WIDE, HIGH, title);
	for (int i = 0; i <= 2; i++)
		buf_printf(b, "<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/><text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%u</text>",
			   LEFT, WIDE, HIGH - BELOW - (HIGH - BELOW - 8) * i / 2, HIGH - BELOW - (HIGH - BELOW - 8) * i / 2, LEFT - 6,
			   HIGH - BELOW - (HIGH - BELOW - 8) * i / 2 + 4, most * (uint32_t)i / 2);
	for (uint32_t d = 0; d < days; d += every)
		buf_printf(b, "<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%u</text>", LEFT + (WIDE - LEFT) / days * (d + 0.5), HIGH - 6, d);
	for (size_t i = 0; i < n; i++)
		plot_line(b, &lines[i], days, most);
	buf_add_c(b, "</svg>");
}

static void put_plots(const struct front *f, struct buf *b)
{
	static struct line epi[3], held[2];
	uint32_t days = f->days_run < 400 ? f->days_run : 400;
	memset(epi, 0, sizeof epi);
	memset(held, 0, sizeof held);
	epi[0] = (struct line){.name = "infected that day", .colour = "#b3261e", .bars = true};
	epi[1] = (struct line){.name = "found that day", .colour = "#1a5fb4"};
	epi[2] = (struct line){.name = "may infect", .colour = "#77767b"};
	held[0] = (struct line){.name = "away (isolation, hospital)", .colour = "#613583", .bars = true};
	held[1] = (struct line){.name = "kept at home", .colour = "#c64600"};
	for (size_t i = 0; i < f->theatres_n; i++)
		for (uint32_t d = 0; d < days; d++) {
			const struct day_count *c = &epidemic_days(f->theatres[i].ep)[d];
			epi[0].v[d] += c->infected;
			epi[1].v[d] += c->found;
			epi[2].v[d] += c->active;
			held[0].v[d] += f->theatres[i].away_by_day[d];
			held[1].v[d] += f->theatres[i].home_by_day[d];
		}
	if (days == 0)
		return;
	plot(b, "The epidemic, by day", epi, 3, days);
	plot(b, "Persons held at noon, by day", held, 2, days);
}

static void put_clocks(const struct score *s, struct buf *b)
{
	int64_t most = 1;
	for (size_t i = 0; i < s->clocks_n; i++)
		most = s->clocks[i].p95_ms > most ? s->clocks[i].p95_ms : most;
	buf_add_c(b, "<h2>Hand-overs</h2><table><tr><th>clock<th>n<th>median<th>95 %<th>worst<th>limit<th>late<th></tr>");
	for (size_t i = 0; i < s->clocks_n; i++) {
		const struct score_clock *c = &s->clocks[i];
		buf_printf(b, "<tr><td>%s<td>%lld<td>", c->name, (long long)c->n);
		hours(b, c->p50_ms);
		buf_add_c(b, "<td>");
		hours(b, c->p95_ms);
		buf_add_c(b, "<td>");
		hours(b, c->worst_ms);
		buf_add_c(b, "<td>");
		hours(b, c->limit_ms);
		buf_printf(b, "<td%s>%lld<td><svg class=\"bar\" viewBox=\"0 0 200 12\"><rect width=\"%.1f\" height=\"12\" fill=\"#cfe2ff\"/>"
			      "<rect width=\"%.1f\" height=\"12\" fill=\"#1a5fb4\"/>",
			   c->late ? " class=\"bad\"" : "", (long long)c->late, 200.0 * (double)c->p95_ms / (double)most,
			   200.0 * (double)c->p50_ms / (double)most);
		if (c->limit_ms && c->limit_ms <= most)
			buf_printf(b, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"0\" y2=\"12\" stroke=\"#b3261e\" stroke-width=\"2\"/>",
				   200.0 * (double)c->limit_ms / (double)most, 200.0 * (double)c->limit_ms / (double)most);
		buf_add_c(b, "</svg></tr>");
	}
	buf_add_c(b, "</table><p class=\"key\">dark: median, light: 95 %, red line: limit of the protocol</p>");
}

static void put_posts(const struct front *f, struct buf *b)
{
	buf_add_c(b, "<h2>Posts</h2><table><tr><th>post<th>teams<th>jobs<th>facts<th>mean wait<th>worst wait<th>longest list</tr>");
	for (size_t i = 0; i < f->theatres_n; i++)
		for (const struct desk *k = f->theatres[i].desks; k->post; k++) {
			if (f->theatres_n > 1 && k == f->theatres[i].desks)
				buf_printf(b, "<tr><th colspan=\"7\">%lld</tr>", (long long)f->theatres[i].p->code);
			buf_printf(b, "<tr><td>%s<td>%u<td>%llu<td>%llu<td>", k->post->name, k->teams_n, (unsigned long long)k->jobs_n,
				   (unsigned long long)k->facts_told);
			hours(b, k->waits_n ? k->wait_ms / (int64_t)k->waits_n : 0);
			buf_add_c(b, "<td>");
			hours(b, k->wait_most_ms);
			buf_printf(b, "<td>%u</tr>", k->queue_most);
		}
	buf_add_c(b, "</table>");
}

static void put_after_action(const struct score *s, struct buf *b)
{
	char text[CALTIME_TEXT_N];
	buf_add_c(b, "<h2>What would have cut the branches</h2><table><tr><th>when the infection happened, its source was<th>infections<th>with all that "
		     "followed<th>duty that would have cut it</tr>");
	for (int c = 0; c < CAUSE__N; c++)
		if (s->cause_n[c])
			buf_printf(b, "<tr><td>%s<td>%llu<td>%llu<td>%s</tr>", score_causes[c], (unsigned long long)s->cause_n[c],
				   (unsigned long long)s->cause_branch_n[c], score_duties[c]);
	buf_add_c(b, "</table><table><tr><th>from<th>to<th>duty<th>open since<th>infection<th>done<th>branch</tr>");
	for (size_t i = 0; i < s->branches_n && i < 20; i++) {
		const struct score_branch *x = &s->branches[i];
		const int64_t at[] = {x->known_at, x->infected_at, x->done_at};
		buf_printf(b, "<tr><td>person %u<td>person %u<td>%s", x->infector + 1, x->infected + 1, score_duties[x->cause]);
		for (size_t k = 0; k < ARRAY_N(at); k++) {
			caltime_format(at[k], text);
			buf_printf(b, "<td>%.16s", at[k] ? text : "never");
		}
		buf_printf(b, "<td>%u</tr>", x->branch_n);
	}
	buf_add_c(b, "</table>");
}

static void put_less(const struct score *s, struct buf *b)
{
	buf_printf(b, "<h2>Half an hour less</h2><p class=\"key\">Pure simulator with the medians of this drill, %u seeds: difference of the mean, 95 %% interval.</p>"
		      "<table><tr><th>stage<th>now, min<th>infected<th>interval<th>persons held<th>interval</tr>",
		   s->less_seeds);
	for (int i = 0; i < PLAN_STAGES; i++) {
		const struct plan_mean *x = &s->less[i].less[PLAN_INFECTED], *h = &s->less[i].less[PLAN_HELD];
		buf_printf(b, "<tr><td>%s<td>%u<td>%+.2f<td>%+.2f to %+.2f<td>%+.1f<td>%+.1f to %+.1f</tr>", s->less[i].name, s->less[i].delay_min, x->mean,
			   x->low, x->high, h->mean, h->low, h->high);
	}
	buf_add_c(b, "</table>");
}

static void put_duties(const struct score *s, struct buf *b)
{
	buf_add_c(b, "<h2>Duties at the end</h2><table><tr><th>duty<th>open<th>late<th>done<th>waived</tr>");
	for (size_t i = 0; i < s->duties_n; i++)
		buf_printf(b, "<tr><td>%s<td>%lld<td>%lld<td>%lld<td>%lld</tr>", s->duties[i].kind, (long long)s->duties[i].open,
			   (long long)s->duties[i].overdue, (long long)s->duties[i].done, (long long)s->duties[i].waived);
	buf_add_c(b, "</table>");
}

static void put_figures(const struct score *s, struct buf *b)
{
	const struct {
		const char *name;
		uint64_t v;
		bool zero; /* must be 0 */
	} figures[] = {{"infected", s->infected, false}, {"never found", s->undetected, false}, {"cases", s->cases, false}, {"contacts", s->contacts, false},
		       {"person-days away", s->person_days_away, false}, {"person-days at home", s->person_days_home, false},
		       {"swabs", s->swabs, false}, {"rounds", s->rounds, false}, {"still held", s->still_held, false}, {"missed", s->missed, true},
		       {"twice in a round", s->twice, true}, {"positive without case", s->unlisted, true}};
	buf_add_c(b, "<div class=\"figures\">");
	buf_printf(b, "<div><b>%lld</b>days to the last infection</div>", (long long)s->zero_day + 1);
	for (size_t i = 0; i < ARRAY_N(figures); i++)
		buf_printf(b, "<div%s><b>%llu</b>%s</div>", figures[i].zero ? figures[i].v ? " class=\"bad\"" : " class=\"good\"" : "",
			   (unsigned long long)figures[i].v, figures[i].name);
	buf_printf(b, "<div><b>%llu of %llu</b>infections inside the look-back traced</div></div>", (unsigned long long)s->links_found,
		   (unsigned long long)s->links_in_window);
	buf_printf(b, "<p>Facts told agree with the ledger: <b>%s</b>. Chain whole: <b>%s</b>. Rebuild equal: <b>%s</b>. Audit agrees: <b>%s</b>.</p>",
		   s->facts_agree ? "yes" : "NO", s->verified ? "yes" : "NO", s->rebuilt_same ? "yes" : "NO", s->audit_agrees ? "yes" : "NO");
}

void score_html(const struct front *f, const struct score *s, struct buf *b)
{
	buf_add_c(b, "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Drill: ");
	escape(b, f->s->title);
	buf_add_c(b, "</title><style>body{font:15px/1.45 system-ui,sans-serif;max-width:900px;margin:2em auto;padding:0 1em;color:#1b1b1b}"
		     "table{border-collapse:collapse;margin:.5em 0}td,th{padding:.15em .7em;text-align:right;border-bottom:1px solid #ddd}"
		     "td:first-child,th:first-child{text-align:left}svg{width:100%;height:auto}svg text{font-size:11px;fill:#555}svg.bar{width:200px}"
		     ".figures{display:flex;flex-wrap:wrap;gap:.6em}.figures div{border:1px solid #ccc;border-radius:6px;padding:.4em .8em}"
		     ".figures b{display:block;font-size:1.5em}.bad{background:#fde7e9}.good{background:#e6f4ea}.key{color:#555;margin:.2em 0}"
		     ".exercise{background:#fff3bf;padding:.4em .8em;border-radius:6px}</style>"
		     "<p class=\"exercise\"><b>EXERCISE 演练</b>: nobody here exists. A drill compares plans; it forecasts nothing.</p><h1>");
	escape(b, f->s->title);
	buf_printf(b, "</h1><p>%llu persons, %u days from %s, protocol %s, seed %llu, %llu facts.</p>", (unsigned long long)s->persons, s->days, f->s->start,
		   f->s->edition, (unsigned long long)f->seed, (unsigned long long)s->facts_n);
	put_figures(s, b);
	put_plots(f, b);
	put_clocks(s, b);
	put_posts(f, b);
	put_less(s, b);
	put_after_action(s, b);
	put_duties(s, b);
	buf_add_c(b, "</html>\n");
}
