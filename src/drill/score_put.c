/* SPDX-License-Identifier: Apache-2.0
 *
 * The score as text and as JSON.
 */
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "core/json.h"
#include "drill/score.h"
#include "drill/staff.h"

#define BRANCHES_SHOWN 20

static const char *yes(bool v)
{
	return v ? "yes" : "NO";
}

static void text_counts(const struct front *f, const struct score *s, struct buf *b)
{
	buf_printf(b, "EXERCISE: nobody here exists.\n%s\n%llu persons, %u days from %s, seed %llu\n\n", f->s->title, (unsigned long long)s->persons,
		   s->days, f->s->start, (unsigned long long)f->seed);
	buf_printf(b, "  last infection          day %lld%s\n", (long long)s->zero_day, s->ended ? ", everything done before the days were over" : "");
	buf_printf(b, "  infected                %llu, of them %llu from outside, %llu never found\n", (unsigned long long)s->infected,
		   (unsigned long long)s->imported, (unsigned long long)s->undetected);
	buf_printf(b, "  cases / contacts        %llu / %llu, %llu signatures, %llu releases, %llu still held\n", (unsigned long long)s->cases,
		   (unsigned long long)s->contacts, (unsigned long long)s->signatures, (unsigned long long)s->releases, (unsigned long long)s->still_held);
	buf_printf(b, "  person-days             %llu away, %llu at home\n", (unsigned long long)s->person_days_away, (unsigned long long)s->person_days_home);
	buf_printf(b, "  swabs                   %llu in %llu tubes, %llu rounds; %llu alone, %llu at doors\n", (unsigned long long)s->swabs,
		   (unsigned long long)s->tubes, (unsigned long long)s->rounds, (unsigned long long)s->singles, (unsigned long long)s->door_swabs);
	buf_printf(b, "  not swabbed, reason     %llu refused, %llu away, %llu isolated\n", (unsigned long long)s->refused, (unsigned long long)s->away,
		   (unsigned long long)s->isolated);
	buf_printf(b, "  missed / twice / positive without case   %llu / %llu / %llu\n", (unsigned long long)s->missed, (unsigned long long)s->twice,
		   (unsigned long long)s->unlisted);
	buf_printf(b, "  infections traced       %llu of %llu inside the look-back (%llu links in all)\n", (unsigned long long)s->links_found,
		   (unsigned long long)s->links_in_window, (unsigned long long)s->links);
	buf_printf(b, "  facts agree %s, chain whole %s, rebuild equal %s, audit agrees %s (%llu facts)\n", yes(s->facts_agree), yes(s->verified),
		   yes(s->rebuilt_same), yes(s->audit_agrees), (unsigned long long)s->facts_n);
}

static void minutes(struct buf *b, int64_t ms)
{
	buf_printf(b, "%4lld:%02lld", (long long)(ms / MS_PER_HOUR), (long long)(ms / MS_PER_MINUTE % 60));
}

void score_text(const struct front *f, const struct score *s, struct buf *b)
{
	text_counts(f, s, b);
	buf_add_c(b, "\n  hand-over              n   median      95 %     worst     limit   late\n");
	for (size_t i = 0; i < s->clocks_n; i++) {
		const struct score_clock *c = &s->clocks[i];
		buf_printf(b, "  %-20s %6lld", c->name, (long long)c->n);
		const int64_t v[] = {c->p50_ms, c->p95_ms, c->worst_ms, c->limit_ms};
		for (size_t k = 0; k < ARRAY_N(v); k++) {
			buf_add_c(b, "   ");
			minutes(b, v[k]);
		}
		buf_printf(b, " %6lld%s\n", (long long)c->late, c->running ? " (some run)" : "");
	}
	buf_add_c(b, "\n  duty                        open  late    done  waived\n");
	for (size_t i = 0; i < s->duties_n; i++)
		buf_printf(b, "  %-26s %5lld %5lld %7lld %7lld\n", s->duties[i].kind, (long long)s->duties[i].open, (long long)s->duties[i].overdue,
			   (long long)s->duties[i].done, (long long)s->duties[i].waived);
	buf_add_c(b, "\n  post           jobs   mean wait     worst   busy h   longest list\n");
	for (size_t i = 0; i < f->theatres_n; i++)
		for (const struct desk *k = f->theatres[i].desks; k->post; k++) {
			if (!k->jobs_n)
				continue;
			buf_printf(b, "  %-12s %6llu     ", k->post->name, (unsigned long long)k->jobs_n);
			minutes(b, k->waits_n ? k->wait_ms / (int64_t)k->waits_n : 0);
			buf_add_c(b, "   ");
			minutes(b, k->wait_most_ms);
			buf_printf(b, "   %6lld   %6u\n", (long long)(k->busy_ms / MS_PER_HOUR), k->queue_most);
		}
	buf_add_c(b, "\n  what stood open when infections happened             infections   with all that followed   duty\n");
	for (int c = 0; c < CAUSE__N; c++)
		if (s->cause_n[c])
			buf_printf(b, "  %-52s %8llu %20llu      %s\n", score_causes[c], (unsigned long long)s->cause_n[c],
				   (unsigned long long)s->cause_branch_n[c], score_duties[c]);
	buf_printf(b, "\n  half an hour less in a stage, pure simulator, %u seeds: infected, difference of the mean (95 %% interval)\n", s->less_seeds);
	for (int i = 0; i < PLAN_STAGES; i++)
		buf_printf(b, "  %-34s %5u min    %+.2f (%+.2f to %+.2f)\n", s->less[i].name, s->less[i].delay_min, s->less[i].less[PLAN_INFECTED].mean,
			   s->less[i].less[PLAN_INFECTED].low, s->less[i].less[PLAN_INFECTED].high);
	for (size_t i = 0; i < f->refusals_n; i++)
		buf_printf(b, "  refused %llu x %s: %s %s %s\n", (unsigned long long)f->refusals[i].n, f->refusals[i].kind, f->refusals[i].code,
			   f->refusals[i].at, f->refusals[i].what);
}

/* ---- JSON ----------------------------------------------------------------------------------------------------------------- */

static void put_u64(struct buf *b, const char *key, uint64_t v)
{
	json_key(b, key);
	json_i64(b, (int64_t)v);
}

static void put_i64(struct buf *b, const char *key, int64_t v)
{
	json_key(b, key);
	json_i64(b, v);
}

static void put_text(struct buf *b, const char *key, const char *v)
{
	json_key(b, key);
	json_c(b, v);
}

static void put_bool(struct buf *b, const char *key, bool v)
{
	json_key(b, key);
	json_bool(b, v);
}

static void json_counts(const struct score *s, struct buf *b)
{
	const struct {
		const char *key;
		uint64_t v;
	} counts[] = {{"persons", s->persons}, {"infected", s->infected}, {"imported", s->imported}, {"found", s->found},
		      {"undetected", s->undetected}, {"person_days_away", s->person_days_away}, {"person_days_home", s->person_days_home},
		      {"tubes", s->tubes}, {"swabs", s->swabs}, {"singles", s->singles}, {"door_swabs", s->door_swabs}, {"refused", s->refused},
		      {"away", s->away}, {"isolated", s->isolated}, {"cases", s->cases}, {"contacts", s->contacts},
		      {"signatures", s->signatures}, {"releases", s->releases}, {"still_held", s->still_held}, {"rounds", s->rounds},
		      {"missed", s->missed}, {"twice", s->twice}, {"positive_without_case", s->unlisted}, {"links", s->links},
		      {"links_in_look_back", s->links_in_window}, {"links_found", s->links_found}, {"facts", s->facts_n}};
	for (size_t i = 0; i < ARRAY_N(counts); i++)
		put_u64(b, counts[i].key, counts[i].v);
}

static void json_clocks(const struct score *s, struct buf *b)
{
	json_key(b, "clocks");
	json_open(b, '[');
	for (size_t i = 0; i < s->clocks_n; i++) {
		const struct score_clock *c = &s->clocks[i];
		json_open(b, '{');
		put_text(b, "clock", c->name);
		put_i64(b, "limit_ms", c->limit_ms);
		put_i64(b, "n", c->n);
		put_i64(b, "p50_ms", c->p50_ms);
		put_i64(b, "p95_ms", c->p95_ms);
		put_i64(b, "worst_ms", c->worst_ms);
		put_i64(b, "late", c->late);
		put_i64(b, "running", c->running);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "duties");
	json_open(b, '[');
	for (size_t i = 0; i < s->duties_n; i++) {
		json_open(b, '{');
		put_text(b, "duty", s->duties[i].kind);
		put_i64(b, "open", s->duties[i].open);
		put_i64(b, "overdue", s->duties[i].overdue);
		put_i64(b, "done", s->duties[i].done);
		put_i64(b, "waived", s->duties[i].waived);
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void json_posts(const struct front *f, struct buf *b)
{
	json_key(b, "posts");
	json_open(b, '[');
	for (size_t i = 0; i < f->theatres_n; i++)
		for (const struct desk *k = f->theatres[i].desks; k->post; k++) {
			json_open(b, '{');
			put_i64(b, "county", f->theatres[i].p->code);
			put_text(b, "post", k->post->name);
			put_u64(b, "teams", k->teams_n);
			put_u64(b, "jobs", k->jobs_n);
			put_u64(b, "facts", k->facts_told);
			put_i64(b, "busy_ms", k->busy_ms);
			put_i64(b, "mean_wait_ms", k->waits_n ? k->wait_ms / (int64_t)k->waits_n : 0);
			put_i64(b, "worst_wait_ms", k->wait_most_ms);
			put_u64(b, "longest_list", k->queue_most);
			json_close(b, '}');
		}
	json_close(b, ']');
}

static void json_time(struct buf *b, const char *key, int64_t ms)
{
	char text[CALTIME_TEXT_N];
	json_key(b, key);
	if (!ms) {
		json_null(b);
		return;
	}
	caltime_format(ms, text);
	json_c(b, text);
}

static void json_after_action(const struct score *s, struct buf *b)
{
	json_key(b, "causes");
	json_open(b, '[');
	for (int c = 0; c < CAUSE__N; c++) {
		json_open(b, '{');
		put_text(b, "cause", score_causes[c]);
		put_text(b, "duty", score_duties[c]);
		put_u64(b, "infections", s->cause_n[c]);
		put_u64(b, "with_what_followed", s->cause_branch_n[c]);
		json_close(b, '}');
	}
	json_close(b, ']');
	json_key(b, "branches");
	json_open(b, '[');
	for (size_t i = 0; i < s->branches_n && i < BRANCHES_SHOWN; i++) {
		const struct score_branch *x = &s->branches[i];
		json_open(b, '{');
		put_u64(b, "infector", x->infector);
		put_u64(b, "infected", x->infected);
		put_text(b, "cause", score_causes[x->cause]);
		put_text(b, "duty", score_duties[x->cause]);
		json_time(b, "open_since", x->known_at);
		json_time(b, "infected_at", x->infected_at);
		json_time(b, "done_at", x->done_at);
		put_u64(b, "branch", x->branch_n);
		json_close(b, '}');
	}
	json_close(b, ']');
}

static void json_days(const struct front *f, struct buf *b)
{
	json_key(b, "by_day");
	json_open(b, '[');
	for (uint32_t d = 0; d < f->days_run; d++) {
		uint32_t infected = 0, found = 0, active = 0, away = 0, home = 0;
		for (size_t i = 0; i < f->theatres_n; i++) {
			const struct theatre *t = &f->theatres[i];
			const struct day_count *c = &epidemic_days(t->ep)[d];
			infected += c->infected;
			found += c->found;
			active += c->active;
			away += t->away_by_day[d];
			home += t->home_by_day[d];
		}
		json_open(b, '{');
		put_u64(b, "day", d);
		put_u64(b, "infected", infected);
		put_u64(b, "found", found);
		put_u64(b, "active", active);
		put_u64(b, "away", away);
		put_u64(b, "home", home);
		json_close(b, '}');
	}
	json_close(b, ']');
}

/* Thousandths, so that the last digit of a sum is no matter of the compiler. */
static int64_t milli(double v)
{
	return (int64_t)(v * 1000 + (v < 0 ? -0.5 : 0.5));
}

static void json_less(const struct score *s, struct buf *b)
{
	json_key(b, "half_hour_less");
	json_open(b, '{');
	put_text(b, "simulator", "pure");
	put_u64(b, "seeds", s->less_seeds);
	json_key(b, "stages");
	json_open(b, '[');
	for (int i = 0; i < PLAN_STAGES; i++) {
		json_open(b, '{');
		put_text(b, "stage", s->less[i].name);
		put_u64(b, "delay_min", s->less[i].delay_min);
		for (int p = 0; p < PLAN__N; p++) {
			json_key(b, plan_figures[p]);
			json_open(b, '[');
			json_i64(b, milli(s->less[i].less[p].mean));
			json_i64(b, milli(s->less[i].less[p].low));
			json_i64(b, milli(s->less[i].less[p].high));
			json_close(b, ']');
		}
		json_close(b, '}');
	}
	json_close(b, ']');
	json_close(b, '}');
}

static void json_facts(const struct front *f, struct buf *b)
{
	json_key(b, "facts_by_kind");
	json_open(b, '{');
	for (size_t i = 0; i < f->kinds_n; i++)
		put_u64(b, f->kinds[i].kind, f->kinds[i].told - f->kinds[i].refused);
	json_close(b, '}');
	json_key(b, "refused");
	json_open(b, '[');
	for (size_t i = 0; i < f->refusals_n; i++) {
		json_open(b, '{');
		put_text(b, "kind", f->refusals[i].kind);
		put_text(b, "code", f->refusals[i].code);
		put_text(b, "at", f->refusals[i].at);
		put_u64(b, "n", f->refusals[i].n);
		json_close(b, '}');
	}
	json_close(b, ']');
}

void score_json(const struct front *f, const struct score *s, struct buf *b)
{
	char hex[65];
	json_open(b, '{');
	put_bool(b, "exercise", true);
	put_text(b, "scenario", f->s->name);
	put_text(b, "title", f->s->title);
	put_text(b, "start", f->s->start);
	put_text(b, "edition", f->s->edition);
	put_u64(b, "seed", f->seed);
	put_u64(b, "days", s->days);
	put_bool(b, "ended", s->ended);
	put_i64(b, "last_infection_day", s->zero_day);
	json_counts(s, b);
	put_u64(b, "batches", f->batches_n);
	put_u64(b, "batches_sent_twice", f->batches_twice_n);
	put_u64(b, "server_killed", f->kills_n);
	put_bool(b, "facts_agree", s->facts_agree);
	put_bool(b, "verified", s->verified);
	put_bool(b, "rebuilt_same", s->rebuilt_same);
	put_bool(b, "audit_agrees", s->audit_agrees);
	json_clocks(s, b);
	json_posts(f, b);
	json_after_action(s, b);
	json_less(s, b);
	json_facts(f, b);
	json_days(f, b);
	uint64_t h = 0;
	for (size_t i = 0; i < f->theatres_n; i++)
		h = key_mix(h ^ epidemic_digest(f->theatres[i].ep));
	snprintf(hex, sizeof hex, "%016llx", (unsigned long long)h);
	put_text(b, "epidemic", hex);
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", s->digest[i]);
	put_text(b, "projections", hex);
	json_close(b, '}');
	buf_add_byte(b, '\n');
}
