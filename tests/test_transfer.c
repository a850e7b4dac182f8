/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfers: random worlds of reports in any order against a plain model that looks at all of them at once; the proposal; and what the scenarios
 * in tests/scenarios/transfer do not reach. On both databases.
 *
 * SUSHUI_TRANSFER_WORLDS sets how many random worlds (default 40), SUSHUI_SEED the first seed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cm.h"
#include "core/caltime.h"
#include "domain/transfer/transfer.h"
#include "sql.gen.h"
#include "world.h"

#define PERSONS 5
#define RUNS 5
#define VEHICLES 3 /* the last is never registered */
#define USERS 3
#define TRANSFERS 7
#define REPORTS_MAX 400

enum what { REQUESTED, REVIEWED, ASSIGNED, BOARDED, HANDED_OVER, RECEIVED, CANCELLED, PLANNED, DEPARTED, EXCEPTION, REGISTERED, DISINFECTED, WHAT__N };

struct report {
	enum what what;
	int64_t at;
	struct id fact;
	int transfer, person, run, vehicle, class, kind, flag, site; /* flag: emergency, accepted, rule */
	int64_t depart, drive;
	bool crew[USERS];
	struct str text;
};
struct story {
	struct report r[REPORTS_MAX];
	size_t n;
	struct dice d;
};

static int pick(struct story *s, int n)
{
	return (int)dice_below(&s->d, (uint64_t)n);
}

static bool chance(struct story *s, int percent)
{
	return pick(s, 100) < percent;
}

static const char *const kind_names[] = {"site", "hospital", "home", "other"};

/* ---- making reports ------------------------------------------------------------------------------------------------------------- */

static struct str body_of(struct world *w, struct report *r)
{
	const char *t = NAME("transfer", r->transfer), *p = NAME("person", r->person), *run = NAME("run", r->run), *v = NAME("vehicle", r->vehicle);
	const char *class = transfer_classes[r->class], *kind = kind_names[r->kind], *site = NAME("site", r->site);
	char crew[200] = "";
	switch (r->what) {
	case REQUESTED:
		return world_fact(w, "transfer.requested", VILLAGE_A, r->at, "{'transfer':'%s','person':'%s','class':'%s','kind':'%s','emergency':%s}", t, p,
				  class, kind, r->flag ? "true" : "false");
	case REVIEWED:
		return world_fact(w, "transfer.reviewed", VILLAGE_A, r->at, "{'transfer':'%s','accepted':%s,'reason':'as it is'}", t,
				  r->flag ? "true" : "false");
	case ASSIGNED:
		return world_fact(w, "transfer.assigned", VILLAGE_A, r->at, "{'transfer':'%s','run':'%s'}", t, run);
	case BOARDED:
		return world_fact(w, "transfer.boarded", VILLAGE_A, r->at, "{'transfer':'%s','person':'%s','run':'%s','class':'%s','emergency':%s}", t, p,
				  run, class, r->flag ? "true" : "false");
	case HANDED_OVER:
		return world_fact(w, "transfer.handed_over", VILLAGE_A, r->at, "{'transfer':'%s','person':'%s','run':'%s','kind':'%s','site':'%s'}", t, p,
				  run, kind, site);
	case RECEIVED:
		return world_fact(w, "transfer.received", VILLAGE_A, r->at, "{'transfer':'%s','person':'%s','class':'%s','kind':'%s','site':'%s'}", t, p,
				  class, kind, site);
	case CANCELLED:
		return world_fact(w, "transfer.cancelled", VILLAGE_A, r->at, "{'transfer':'%s','reason':'not needed'}", t);
	case PLANNED:
		for (int u = 0; u < USERS; u++)
			if (r->crew[u])
				snprintf(crew + strlen(crew), sizeof crew - strlen(crew), "%s'%s'", crew[0] ? "," : "", NAME("user", u + 1));
		return world_fact(w, "transfer.run_planned", VILLAGE_A, r->at,
				  "{'run':'%s','vehicle':'%s','crew':[%s],'depart_at':%lld,'arrive_at':%lld,'drive_min':%lld,'kind':'site'}", run, v, crew,
				  (long long)r->depart, (long long)(r->depart + MINUTES(r->drive)), (long long)r->drive);
	case DEPARTED:
		return world_fact(w, "transfer.departed", VILLAGE_A, r->at, "{'run':'%s'}", run);
	case EXCEPTION:
		return world_fact(w, "transfer.exception_signed", VILLAGE_A, r->at, "{'run':'%s','rule':'%s','reason':'it must be'}", run,
				  transfer_exceptions[r->flag]);
	case REGISTERED:
		return world_fact(w, "transfer.vehicle_registered", VILLAGE_A, r->at, "{'vehicle':'%s','label':'V','kind':'%s','seats':9,'usable':%d}", v,
				  transfer_vehicle_kinds[r->kind % 3], r->flag + 1);
	case DISINFECTED:
		return world_fact(w, "transfer.vehicle_disinfected", VILLAGE_A, r->at, "{'vehicle':'%s'}", v);
	case WHAT__N:
		break;
	}
	return STR_NONE;
}

static void add(struct world *w, struct story *s, struct report r)
{
	const struct json *j;
	struct err e = {0};
	r.text = body_of(w, &r);
	testdb_ok(json_read(&w->a, r.text, &j, &e), &e);
	assert_true(id_parse(json_get(j, STR("id"))->s, &r.fact));
	s->r[s->n++] = r;
}

/* A few instants, so that many are equal; evenings, nights and mornings. */
static void make(struct world *w, struct story *s, uint64_t seed, size_t n)
{
	s->n = 0;
	dice_init(&s->d, seed);
	while (s->n < n) {
		struct report r = {.at = NOW - HOURS(40) + MINUTES(15) * pick(s, 140), .transfer = 1 + pick(s, TRANSFERS), .run = 1 + pick(s, RUNS),
				   .vehicle = 1 + pick(s, VEHICLES), .site = 1 + pick(s, 2), .drive = 30 * pick(s, 9)};
		static const enum what often[] = {BOARDED, BOARDED, BOARDED, HANDED_OVER, HANDED_OVER, DEPARTED, PLANNED, DISINFECTED, DISINFECTED};
		r.what = chance(s, 65) ? often[pick(s, ARRAY_N(often))] : (enum what)pick(s, WHAT__N);
		r.person = chance(s, 85) ? 1 + r.transfer % PERSONS : 1 + pick(s, PERSONS);
		r.class = chance(s, 70) ? RIDES_CLOSE : chance(s, 60) ? RIDES_CASE : RIDES_UNEXPOSED;
		r.kind = pick(s, 4);
		r.depart = r.at + MINUTES(30);
		for (int u = 0; u < USERS; u++)
			r.crew[u] = chance(s, 40);
		if (r.what == REQUESTED || r.what == BOARDED)
			r.flag = chance(s, 8);
		else
			r.flag = pick(s, r.what == EXCEPTION ? 3 : 2);
		if (r.what == REGISTERED && r.vehicle == VEHICLES)
			continue;
		add(w, s, r);
	}
}

/* ---- the plain model ---------------------------------------------------------------------------------------------------------------- */

struct m_ride {
	const struct report *r;
	int64_t until;
	int claim, verdict, broke;
};
struct model {
	const struct story *s;
	const struct report *in[REPORTS_MAX]; /* by (at, fact) */
	struct m_ride ride[REPORTS_MAX];
	size_t rides_n;
	struct m_run {
		const struct report *plan, *departed;
		int64_t first_at, end_at, departed_at;
		struct id first_fact;
		bool exposed, emergency, seen;
		int class, boarded, aboard, refused;
		int64_t broken;
	} run[RUNS + 1];
};

static int order(const void *a, const void *b)
{
	const struct report *x = *(const struct report *const *)a, *y = *(const struct report *const *)b;
	return x->at != y->at ? (x->at < y->at ? -1 : 1) : id_cmp(x->fact, y->fact);
}

static void model_rides(struct model *m)
{
	for (int p = 1; p <= PERSONS; p++) {
		struct m_ride *now = NULL;
		for (size_t i = 0; i < m->s->n; i++) {
			const struct report *r = m->in[i];
			if (r->person != p)
				continue;
			if (r->what == HANDED_OVER || r->what == RECEIVED) {
				if (now)
					now->until = r->at;
				now = NULL;
			} else if (r->what == BOARDED && !(now && now->r->run == r->run && now->r->transfer == r->transfer)) {
				struct m_ride *n = &m->ride[m->rides_n++];
				*n = (struct m_ride){.r = r, .claim = now ? RULE_ELSEWHERE : RULE_NONE, .until = now ? r->at : 0};
				if (!now)
					now = n;
			}
		}
	}
}

static const struct report *registered(const struct model *m, int vehicle)
{
	const struct report *last = NULL;
	for (size_t i = 0; i < m->s->n; i++)
		if (m->in[i]->what == REGISTERED && m->in[i]->vehicle == vehicle)
			last = m->in[i];
	return last;
}

static int ride_order(const void *a, const void *b)
{
	const struct m_ride *x = a, *y = b;
	return order(&x->r, &y->r);
}

static void model_raw(struct model *m)
{
	for (size_t i = 0; i < m->s->n; i++) {
		const struct report *r = m->in[i];
		struct m_run *run = &m->run[r->run];
		if (r->what == PLANNED)
			run->plan = r;
		if (r->what == DEPARTED && !run->departed)
			run->departed = r;
		run->seen |= r->what == PLANNED || r->what == DEPARTED || r->what == EXCEPTION;
	}
	qsort(m->ride, m->rides_n, sizeof *m->ride, ride_order);
	bool riding[RUNS + 1] = {0};
	for (size_t i = 0; i < m->rides_n; i++) {
		struct m_ride *x = &m->ride[i];
		struct m_run *run = &m->run[x->r->run];
		run->seen = true;
		if (x->claim)
			continue;
		if (!run->first_at) {
			run->first_at = x->r->at;
			run->first_fact = x->r->fact;
		}
		riding[x->r->run] |= !x->until;
		run->end_at = x->until > run->end_at ? x->until : run->end_at;
		run->exposed |= x->r->class != RIDES_UNEXPOSED;
	}
	for (int k = 1; k <= RUNS; k++)
		if (riding[k])
			m->run[k].end_at = 0;
}

static bool before(const struct m_run *a, const struct m_run *b)
{
	return a->first_at != b->first_at ? a->first_at < b->first_at : id_cmp(a->first_fact, b->first_fact) < 0;
}

static bool model_clean(const struct model *m, const struct m_run *r)
{
	const struct m_run *last = NULL;
	for (int k = 1; k <= RUNS; k++) {
		const struct m_run *o = &m->run[k];
		if (o != r && o->plan && r->plan && o->plan->vehicle == r->plan->vehicle && o->exposed && o->first_at && before(o, r) &&
		    (!last || before(last, o)))
			last = o;
	}
	if (!last)
		return true;
	if (!last->end_at || last->end_at > r->first_at)
		return false;
	for (size_t i = 0; i < m->s->n; i++)
		if (m->in[i]->what == DISINFECTED && m->in[i]->vehicle == r->plan->vehicle && m->in[i]->at >= last->end_at &&
		    m->in[i]->at <= r->first_at)
			return true;
	return false;
}

static bool excepted(const struct model *m, int run, int rule, int64_t at)
{
	for (size_t i = 0; i < m->s->n; i++)
		if (m->in[i]->what == EXCEPTION && m->in[i]->run == run && m->in[i]->flag == rule && m->in[i]->at <= at)
			return true;
	return false;
}

static int drive_order(const void *a, const void *b)
{
	const struct m_run *x = *(const struct m_run *const *)a, *y = *(const struct m_run *const *)b;
	return x->departed->at != y->departed->at ? (x->departed->at < y->departed->at ? -1 : 1) : id_cmp(x->plan->fact, y->plan->fact);
}

static bool tired(const struct model *m, const struct m_run *r)
{
	for (int u = 0; u < USERS; u++) {
		const struct m_run *of[RUNS];
		size_t n = 0;
		if (!r->plan->crew[u])
			continue;
		for (int k = 1; k <= RUNS; k++) {
			const struct m_run *o = &m->run[k];
			if (o->plan && o->plan->crew[u] && o->departed && o->departed->at <= r->departed->at &&
			    o->departed->at >= r->departed->at - HOURS(48))
				of[n++] = o;
		}
		qsort(of, n, sizeof *of, drive_order);
		int64_t wheel = 0, ended = INT64_MIN / 2;
		for (size_t i = 0; i < n; i++) {
			int64_t at = of[i]->departed->at, drive = of[i]->end_at > at ? (of[i]->end_at - at) / MS_PER_MINUTE : of[i]->plan->drive;
			bool overlaps = at < ended;
			wheel = at - ended >= MINUTES(20) ? drive : wheel + drive;
			ended = at + MINUTES(drive);
			if (of[i] == r && (overlaps || wheel > 240))
				return true;
		}
	}
	return false;
}

static bool dark(int64_t at)
{
	int64_t minute = (at - day_start(day_of(at))) / MS_PER_MINUTE;
	return minute >= 120 && minute < 300;
}

static void model_departure(struct model *m, int k, const struct report *v)
{
	struct m_run *r = &m->run[k];
	if (!r->departed)
		return;
	int64_t at = r->departed->at, until = r->end_at > at ? r->end_at : at + 1;
	bool night = false;
	for (int64_t t = at; t < until && !night; t += MS_PER_MINUTE) /* minute by minute */
		night = dark(t);
	r->departed_at = at;
	if (r->emergency)
		return;
	if (v && v->kind % 3 == VEHICLE_COACH && night && !excepted(m, k, 0, at)) {
		r->broken |= 1 << RULE_NIGHT;
		if (dark(at))
			r->departed_at = 0;
	}
	if (r->plan && tired(m, r) && !excepted(m, k, 1, at)) {
		r->broken |= 1 << RULE_CREW;
		r->departed_at = 0;
	}
}

static void model_judge(struct model *m, int k)
{
	struct m_run *r = &m->run[k];
	const struct report *v = r->plan ? registered(m, r->plan->vehicle) : NULL;
	bool clean = !r->first_at || !r->plan || model_clean(m, r);
	r->class = -1;
	for (size_t i = 0; i < m->rides_n; i++) {
		struct m_ride *x = &m->ride[i];
		if (x->r->run != k)
			continue;
		int aboard = 0, rule = x->claim;
		for (size_t j = 0; j < i; j++)
			aboard += m->ride[j].r->run == k && m->ride[j].verdict == RULE_NONE && (!m->ride[j].until || m->ride[j].until > x->r->at);
		if (!rule)
			rule = !clean ? RULE_NOT_CLEAN : r->class >= 0 && r->class != x->r->class ? RULE_CLASS : v && aboard >= v->flag + 1 ? RULE_SEATS : 0;
		bool counts = !rule || (x->r->flag && rule != RULE_ELSEWHERE);
		x->verdict = counts ? RULE_NONE : rule;
		x->broke = counts ? rule : RULE_NONE;
		if (!counts) {
			r->refused++;
			r->broken |= 1 << rule;
			continue;
		}
		r->class = r->class < 0 ? x->r->class : r->class;
		r->boarded++;
		r->aboard += !x->until;
		r->emergency |= x->r->flag;
	}
	model_departure(m, k, v);
}

static int model_state(const struct model *m, int transfer)
{
	bool requested = false, emergency = false, assigned = false, handed = false, received = false, cancelled = false, boarded = false, left = false;
	int accepted = -1;
	for (size_t i = 0; i < m->s->n; i++) {
		const struct report *r = m->in[i];
		if (r->transfer != transfer)
			continue;
		if (r->what == REQUESTED && !requested)
			emergency = r->flag;
		requested |= r->what == REQUESTED;
		if (r->what == REVIEWED)
			accepted = r->flag;
		assigned |= r->what == ASSIGNED;
		if (r->what == HANDED_OVER && !handed)
			received |= r->kind >= TO_HOME;
		handed |= r->what == HANDED_OVER;
		received |= r->what == RECEIVED;
		cancelled |= r->what == CANCELLED;
	}
	for (size_t i = 0; i < m->rides_n; i++)
		if (m->ride[i].r->transfer == transfer && m->ride[i].verdict == RULE_NONE && !boarded) {
			boarded = true;
			left = m->run[m->ride[i].r->run].departed_at > 0;
		}
	return received	      ? TRANSFER_RECEIVED
	       : handed	      ? TRANSFER_HANDED_OVER
	       : boarded      ? (left ? TRANSFER_DEPARTED : TRANSFER_BOARDED)
	       : cancelled    ? TRANSFER_CANCELLED
	       : accepted == 0 && !emergency ? TRANSFER_REFUSED
	       : assigned     ? TRANSFER_ASSIGNED
	       : accepted == 1 || emergency ? TRANSFER_ACCEPTED
	       : requested    ? TRANSFER_CALLED
			      : TRANSFER_UNKNOWN;
}

static void model_make(struct model *m, const struct story *s)
{
	*m = (struct model){.s = s};
	for (size_t i = 0; i < s->n; i++)
		m->in[i] = &s->r[i];
	qsort(m->in, s->n, sizeof *m->in, order);
	model_rides(m);
	model_raw(m);
	for (int k = 1; k <= RUNS; k++)
		model_judge(m, k);
}

/* ---- comparing ------------------------------------------------------------------------------------------------------------------------ */

static void deliver(struct world *w, const struct story *s, struct dice *d, bool shuffled)
{
	size_t at[2 * REPORTS_MAX], n = 0;
	for (size_t i = 0; i < s->n; i++) {
		at[n++] = i;
		if (shuffled && dice_below(d, 5) == 0)
			at[n++] = i;
	}
	for (size_t i = n; shuffled && i > 1; i--) {
		size_t k = (size_t)dice_below(d, i), t = at[i - 1];
		at[i - 1] = at[k];
		at[k] = t;
	}
	for (size_t i = 0; i < n; i++) {
		struct verdict v = world_hand_in(w, s->r[at[i]].text);
		if (v.code != OK)
			fail_msg("%s %s %s\n%.*s", err_name(v.code), v.err.at, v.err.what, STR_ARG(s->r[at[i]].text));
	}
}

static int number_of(const char *kind, struct id id, int most)
{
	for (int i = 1; i <= most; i++)
		if (id_eq(world_id(kind, i), id))
			return i;
	fail_msg("an id that nobody gave");
	return 0;
}

static void compare_runs(struct world *w, const struct model *m, uint64_t seed)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	int rows = 0, seen = 0;
	testdb_ok(db_query(db, &SQL_test_transfer_runs, PARAMS(V_INT(COUNTY)), &e), &e);
	for (; db_next(db); rows++) {
		int k = number_of("run", db_id(db, 0), RUNS);
		const struct m_run *r = &m->run[k];
		const int64_t is[] = {db_int(db, 1), db_int(db, 2), db_int(db, 3), db_int(db, 4), db_int(db, 5), db_int(db, 6), db_int(db, 7), db_int(db, 8)};
		const int64_t must[] = {r->class, r->boarded, r->aboard, r->refused, r->departed_at, r->broken, r->first_at, r->end_at};
		static const char *const names[] = {"class", "boarded", "aboard", "refused", "departed_at", "broken", "first_at", "end_at"};
		for (size_t i = 0; i < ARRAY_N(is); i++)
			if (is[i] != must[i])
				fail_msg("seed %llu: run %d: %s is %lld, must be %lld", (unsigned long long)seed, k, names[i], (long long)is[i],
					 (long long)must[i]);
	}
	testdb_ok(db_stop(db, &e), &e);
	for (int k = 1; k <= RUNS; k++)
		seen += m->run[k].seen;
	assert_int_equal(rows, seen);
}

static void compare_files(struct world *w, const struct model *m, uint64_t seed)
{
	struct err e = {0};
	struct db *db = ledger_db(w->l);
	testdb_ok(db_query(db, &SQL_test_transfer_files, PARAMS(V_INT(COUNTY)), &e), &e);
	while (db_next(db)) {
		int t = number_of("transfer", db_id(db, 0), TRANSFERS);
		if (db_int(db, 1) != model_state(m, t))
			fail_msg("seed %llu: transfer %d is %s, must be %s", (unsigned long long)seed, t, transfer_states[db_int(db, 1)],
				 transfer_states[model_state(m, t)]);
	}
	testdb_ok(db_stop(db, &e), &e);
}

/* The rules themselves, read off the rides that count: whatever model and fold may agree upon. */
static void nothing_impossible(const struct model *m, uint64_t seed)
{
	for (size_t i = 0; i < m->rides_n; i++)
		for (size_t k = i + 1; k < m->rides_n; k++) {
			const struct m_ride *a = &m->ride[i], *b = &m->ride[k];
			if (a->verdict || b->verdict)
				continue;
			bool together = !a->until || a->until > b->r->at;
			if (a->r->person == b->r->person && together)
				fail_msg("seed %llu: a person rides twice", (unsigned long long)seed);
			if (a->r->run == b->r->run && a->r->class != b->r->class && !a->r->flag && !b->r->flag)
				fail_msg("seed %llu: two classes in one run", (unsigned long long)seed);
		}
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t v;
	return text && str_to_i64(str_of(text), &v) && v >= 0 ? (uint64_t)v : otherwise;
}

static void random_worlds(void **state)
{
	(void)state;
	static const enum db_engine engines[] = {DB_SQLITE, DB_POSTGRES};
	uint64_t worlds = from_env("SUSHUI_TRANSFER_WORLDS", 40), first = from_env("SUSHUI_SEED", 1);
	int refused = 0, counted = 0, broken = 0;
	for (size_t k = 0; k < ARRAY_N(engines); k++)
		for (uint64_t seed = first; seed < first + (engines[k] == DB_SQLITE ? worlds : worlds / 5 + 1); seed++)
			for (int shuffled = 0; shuffled < 2; shuffled++) {
				struct world w;
				static struct story s;
				static struct model m;
				if (!world_open(&w, engines[k], seed))
					break;
				make(&w, &s, seed, 30 + (size_t)(seed * 37 % 250));
				struct dice d;
				dice_init(&d, seed + 1000);
				deliver(&w, &s, &d, shuffled);
				model_make(&m, &s);
				compare_runs(&w, &m, seed);
				compare_files(&w, &m, seed);
				nothing_impossible(&m, seed);
				world_rebuilt_same(&w, seed);
				for (int r = 1; r <= RUNS; r++) {
					counted += m.run[r].boarded;
					refused += m.run[r].refused;
					broken += (m.run[r].broken & (1 << RULE_NIGHT | 1 << RULE_CREW)) != 0;
				}
				world_close(&w);
			}
	print_message("%d rides counted, %d did not, %d runs broke the rules of the road\n", counted, refused, broken);
	assert_true((uint64_t)counted > 4 * worlds && (uint64_t)refused > 4 * worlds && broken > 0); /* else the worlds say nothing */
}

/* ---- the proposal ---------------------------------------------------------------------------------------------------------------------- */

static void site_of(struct world *w, int n, const char *kind, int rooms, int beds)
{
	world_put(w, "isolation.site_opened", TOWN, NOW - HOURS(50), "{'site':'%s','name':'Site %d','kind':'%s','zones_ok':true}", NAME("site", n), n, kind);
	for (int i = 0; i < rooms; i++)
		world_put(w, "isolation.room_registered", TOWN, NOW - HOURS(49),
			  "{'room':'%s','site':'%s','floor':1,'number':'%d','beds':%d,'position':%d,'side':'left'}", NAME("room", n * 10 + i), NAME("site", n),
			  100 + i, beds, i + 1);
	for (int i = 0; i < rooms; i++)
		world_put(w, "isolation.room_disinfected", TOWN, NOW - HOURS(48), "{'room':'%s'}", NAME("room", n * 10 + i));
}

static void ask_for(struct world *w, int n, const char *class, const char *kind, const char *more)
{
	world_put(w, "transfer.requested", VILLAGE_A, NOW - HOURS(1), "{'transfer':'%s','person':'%s','class':'%s','kind':'%s'%s}", NAME("transfer", n),
		  NAME("person", n), class, kind, more);
	world_put(w, "transfer.reviewed", VILLAGE_A, NOW - MINUTES(50), "{'transfer':'%s','accepted':true}", NAME("transfer", n));
}

static void proposed(struct world *w)
{
	struct buf out;
	buf_init(&out, 0);
	assert_int_equal(world_count(world_ask(w, &out, "transfer.proposal", NOW, NULL), "\"transfer\""), 0);
	site_of(w, 1, "contacts", 3, 2);
	site_of(w, 2, "cases_mild", 1, 2);
	for (int v = 1; v <= 2; v++)
		world_put(w, "transfer.vehicle_registered", TOWN, NOW - HOURS(40), "{'vehicle':'%s','label':'V%d','kind':'car','seats':4,'usable':2}",
			  NAME("vehicle", v), v);
	for (int p = 1; p <= 2; p++) /* one household: together */
		world_put(w, "people.person_registered", VILLAGE_A, NOW - HOURS(100), "{'person':'%s','household':'%s','name':'P%d'}", NAME("person", p),
			  NAME("household", 1), p);
	ask_for(w, 1, "close_contact", "site", "");
	ask_for(w, 2, "close_contact", "site", "");
	ask_for(w, 3, "close_contact", "site", "");
	ask_for(w, 4, "case", "site", "");
	ask_for(w, 5, "case", "hospital", "");
	ask_for(w, 6, "secondary_contact", "site", ",'stretcher':true");
	struct str rows = world_ask(w, &out, "transfer.proposal", NOW, NULL);
	assert_int_equal(world_count(rows, "\"result\":\"placed\""), 5);
	assert_int_equal(world_count(rows, "\"result\":\"no_vehicle\""), 1); /* nobody has a stretcher */
	assert_int_equal(world_count(rows, world_name("site", 2)), 1);       /* the case that wants a site, and nobody else */
	assert_int_equal(world_count(rows, world_name("site", 1)), 3);
	char room[16 + ID_TEXT_N];
	int shared = 0;
	for (int i = 0; i < 3; i++) { /* the two of the household have one room */
		snprintf(room, sizeof room, "\"room\":\"%s\"", world_name("room", 10 + i));
		shared += world_count(rows, room) == 2;
	}
	assert_int_equal(shared, 1);
	/* what is planned, assigned or soiled is not proposed again */
	world_put(w, "transfer.run_planned", TOWN, NOW - MINUTES(40), "{'run':'%s','vehicle':'%s','depart_at':%lld,'arrive_at':%lld,'kind':'site','site':'%s'}",
		  NAME("run", 1), NAME("vehicle", 1), (long long)(NOW + MINUTES(10)), (long long)(NOW + MINUTES(40)), NAME("site", 1));
	world_put(w, "transfer.assigned", TOWN, NOW - MINUTES(30), "{'transfer':'%s','run':'%s','room':'%s'}", NAME("transfer", 3), NAME("run", 1),
		  NAME("room", 10));
	rows = world_ask(w, &out, "transfer.proposal", NOW, NULL);
	assert_int_equal(world_count(rows, world_name("transfer", 3)), 0);
	assert_int_equal(world_count(rows, world_name("vehicle", 1)), 0);
	snprintf(room, sizeof room, "\"room\":\"%s\"", world_name("room", 10));
	assert_int_equal(world_count(rows, room), 0);
	buf_done(&out);
}

static void proposal(void **state)
{
	(void)state;
	world_each(proposed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(proposal), cmocka_unit_test(random_worlds)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
