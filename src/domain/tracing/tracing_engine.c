/* SPDX-License-Identifier: Apache-2.0
 *
 * The stores of the counties: opening, catching up with the ledger, views.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/caltime.h"
#include "domain/tracing/tracing_view.h"
#include "sql.gen.h"

#define NO_DAY (-1000000) /* as the statement says it */

struct county {
	struct county *next;
	int64_t county;
	pthread_mutex_t lock; /* guards what follows */
	struct id ledger;     /* id of the county's first fact: another ledger at the same address is noticed */
	struct ids ids;
	struct visits *bulk;   /* the folder; NULL while nothing was loaded */
	struct visits *stays;  /* the stays that are facts, in memory */
	int64_t seq;           /* changes up to it are taken in */
	int32_t dropped_day;
	uint8_t *type;         /* by number, for numbers below sized_n */
	uint32_t *parent;      /* TRACE_NONE = of none */
	uint8_t *erased;
	uint32_t sized_n;
	bool nested;
	struct tracing_view *view; /* NULL when something changed since */
};
struct tracing_engine {
	const char *folder;
	const struct protocol_book *protocols;
	pthread_mutex_t lock; /* guards the list */
	struct county *counties;
};

static atomic_bool woken;

void tracing_engine_wake(void)
{
	atomic_store(&woken, true);
}

bool tracing_engine_woken(void)
{
	return atomic_load(&woken) && atomic_exchange(&woken, false);
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

enum err_code tracing_engine_open(struct tracing_engine **out, const char *folder, const struct protocol_book *protocols, struct err *e)
{
	struct tracing_engine *g = calloc(1, sizeof *g);
	if (!g)
		return err_set(e, ERR_MEMORY, "", "no memory for the tracing engine");
	g->folder = folder;
	g->protocols = protocols;
	CHECK(pthread_mutex_init(&g->lock, NULL) == 0);
	*out = g;
	return OK;
}

static void county_free(struct county *c)
{
	tracing_view_release(&c->view);
	visits_close(&c->bulk);
	visits_close(&c->stays);
	ids_close(&c->ids);
	free(c->type);
	free(c->parent);
	free(c->erased);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void tracing_engine_close(struct tracing_engine **gp)
{
	struct tracing_engine *g = *gp;
	if (!g)
		return;
	for (struct county *c = g->counties, *next; c; c = next) {
		next = c->next;
		county_free(c);
	}
	pthread_mutex_destroy(&g->lock);
	free(g);
	*gp = NULL;
}

/* Opens the folder of the county when it is there, or when it is to be made. */
static enum err_code open_bulk(struct tracing_engine *g, struct county *c, bool make, struct err *e)
{
	char path[4096], ids[4096 + 8];
	struct stat st;
	if (c->bulk || !g->folder) {
		if (!c->bulk && make)
			return visits_open(&c->bulk, &(struct visits_options){0}, e);
		return OK;
	}
	if (snprintf(path, sizeof path, "%s/%06lld", g->folder, (long long)c->county) >= (int)sizeof path)
		return err_set(e, ERR_FILE, g->folder, "the path is too long");
	if (!make && stat(path, &st) != 0)
		return OK;
	mkdir(g->folder, 0700); /* what goes wrong here shows when the store is opened */
	struct visits *bulk = NULL;
	struct visits_stats stats;
	enum err_code rc = visits_open(&bulk, &(struct visits_options){.folder = path}, e);
	if (rc != OK) {
		err_under(e, path);
		return rc;
	}
	visits_stats(bulk, &stats);
	snprintf(ids, sizeof ids, "%s/ids", path);
	struct ids found;
	rc = ids_open(&found, ids, stats.persons_n > stats.places_n ? stats.persons_n : stats.places_n, e);
	if (rc == OK && c->ids.n > 0 && found.n > 0) {
		rc = err_set(e, ERR_BUSY, path, "another process made this visit store meanwhile; open the folder again");
		ids_close(&found);
	}
	if (rc == OK && c->ids.n > 0) { /* numbers given so far go to the new file; they are in use */
		c->ids.fd = found.fd;
		found.fd = -1;
		ids_close(&found);
	} else if (rc == OK) {
		c->ids = found;
	}
	if (rc == OK)
		c->bulk = bulk;
	else
		visits_close(&bulk);
	return rc;
}

static enum err_code county_new(struct tracing_engine *g, int64_t number, struct county **out, struct err *e)
{
	struct county *c = calloc(1, sizeof *c);
	if (!c)
		return err_set(e, ERR_MEMORY, "", "no memory for the visits of a county");
	c->county = number;
	c->dropped_day = NO_DAY;
	c->ids.fd = -1;
	CHECK(pthread_mutex_init(&c->lock, NULL) == 0);
	enum err_code rc = visits_open(&c->stays, &(struct visits_options){0}, e);
	if (rc == OK)
		rc = open_bulk(g, c, false, e);
	if (rc == OK)
		*out = c;
	else
		county_free(c);
	return rc;
}

/* The county with its lock taken. */
static enum err_code county_lock(struct tracing_engine *g, int64_t number, struct county **out, struct err *e)
{
	pthread_mutex_lock(&g->lock);
	struct county *c = g->counties;
	while (c && c->county != number)
		c = c->next;
	enum err_code rc = OK;
	if (!c) {
		rc = county_new(g, number, &c, e);
		if (rc == OK) {
			c->next = g->counties;
			g->counties = c;
		}
	}
	pthread_mutex_unlock(&g->lock);
	if (rc == OK) {
		pthread_mutex_lock(&c->lock);
		*out = c;
	}
	return rc;
}

/* ---- numbers and places -------------------------------------------------------------------------------------- */

static enum err_code number_of(struct county *c, struct id id, uint32_t *out, struct err *e)
{
	uint32_t n = ids_number(&c->ids, id);
	if (n == IDS_NONE)
		return err_set(e, ERR_MEMORY, "", "no memory for the numbers of persons and places");
	if (n >= c->sized_n) {
		uint32_t size = c->sized_n ? 2 * c->sized_n : 4096;
		while (size <= n)
			size *= 2;
		uint8_t *type = realloc(c->type, size), *erased;
		c->type = type ? type : c->type;
		erased = realloc(c->erased, size);
		c->erased = erased ? erased : c->erased;
		uint32_t *parent = realloc(c->parent, size * sizeof *parent);
		c->parent = parent ? parent : c->parent;
		if (!type || !erased || !parent)
			return err_set(e, ERR_MEMORY, "", "no memory for the types of places");
		memset(type + c->sized_n, 0, size - c->sized_n);
		memset(erased + c->sized_n, 0, size - c->sized_n);
		memset(parent + c->sized_n, 0xFF, (size - c->sized_n) * sizeof *parent);
		c->sized_n = size;
	}
	*out = n;
	return OK;
}

uint32_t tracing_number(struct tracing_engine *g, int64_t county, struct id id)
{
	struct county *c;
	if (county_lock(g, county, &c, NULL) != OK)
		return IDS_NONE;
	uint32_t n = ids_find(&c->ids, id);
	pthread_mutex_unlock(&c->lock);
	return n;
}

enum err_code tracing_number_new(struct tracing_engine *g, int64_t county, struct id id, uint32_t *out, struct err *e)
{
	struct county *c;
	enum err_code rc = county_lock(g, county, &c, e);
	if (rc != OK)
		return rc;
	rc = number_of(c, id, out, e);
	pthread_mutex_unlock(&c->lock);
	return rc;
}

bool tracing_stay(uint32_t person, uint32_t place, size_t type, int64_t from_ms, int64_t until_ms, struct visit *out)
{
	int64_t from = from_ms / 1000, until = until_ms / 1000;
	if (from < 0 || from > (int64_t)VISIT_TIME_MAX - VISIT_STAY_MAX)
		return false;
	*out = (struct visit){.person = person, .place = place, .t_in = (uint32_t)from};
	if (until_ms <= from_ms) {
		out->flags = VISIT_ASSUMED;
		until = from + tracing_usual_s(type);
	}
	if (until > from + (int64_t)VISIT_STAY_MAX) /* a registered address rather than a stay */
		until = from + (int64_t)VISIT_STAY_MAX;
	out->t_out = (uint32_t)until;
	return true;
}

/* ---- catching up ---------------------------------------------------------------------------------------------- */

struct stays {
	struct visit *p;
	size_t n, cap;
};

static enum err_code push(struct stays *s, const struct visit *v, struct err *e)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 256;
		struct visit *more = realloc(s->p, cap * sizeof *more);
		if (!more)
			return err_set(e, ERR_MEMORY, "", "no memory for stays");
		s->p = more;
		s->cap = cap;
	}
	s->p[s->n++] = *v;
	return OK;
}

static enum err_code stays_of(struct visits *store, uint32_t person, struct stays *out, struct err *e)
{
	struct visits_view *view;
	enum err_code rc = visits_view(store, &view, e);
	if (rc != OK)
		return rc;
	size_t n = visits_of_person(view, person, NULL, 0);
	struct visit *list = n ? malloc(n * sizeof *list) : NULL;
	if (n && !list)
		rc = err_set(e, ERR_MEMORY, "", "no memory for stays");
	if (list)
		visits_of_person(view, person, list, n);
	for (size_t i = 0; rc == OK && i < n; i++)
		rc = push(out, &list[i], e);
	free(list);
	visits_view_release(&view);
	return rc;
}

static uint32_t drop_time(int64_t day)
{
	int64_t at = day_start((int32_t)day) / 1000;
	return at < 0 ? 0 : at > VISIT_TIME_MAX ? VISIT_TIME_MAX : (uint32_t)at;
}

/* Forgets the stays that are facts, so that the next catching up reads all of them. */
static enum err_code start_anew(struct county *c, struct err *e)
{
	struct visits *fresh;
	enum err_code rc = visits_open(&fresh, &(struct visits_options){0}, e);
	if (rc != OK)
		return rc;
	visits_close(&c->stays);
	c->stays = fresh;
	c->seq = 0;
	tracing_view_release(&c->view);
	return c->dropped_day == NO_DAY ? OK : visits_drop_before(c->stays, drop_time(c->dropped_day), e);
}

static enum err_code same_ledger(struct county *c, struct db *db, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_tracing_engine_ledger, PARAMS(V_INT(c->county)), e);
	if (rc != OK)
		return rc;
	struct id first = db_next(db) ? db_id(db, 0) : ID_NONE;
	rc = db_stop(db, e);
	if (rc == OK && !id_eq(first, c->ledger) && c->seq > 0) {
		c->sized_n = 0; /* what is known of places and erasures was the other one's */
		c->nested = false;
		rc = start_anew(c, e);
	}
	if (rc == OK)
		c->ledger = first;
	return rc;
}

static enum err_code drop_days(struct county *c, struct db *db, struct err *e)
{
	int64_t day;
	enum err_code rc = db_one(db, &SQL_tracing_engine_dropped, PARAMS(V_INT(c->county)), NO_DAY, &day, e);
	if (rc != OK || day <= c->dropped_day)
		return rc;
	tracing_view_release(&c->view);
	rc = visits_drop_before(c->stays, drop_time(day), e);
	if (rc == OK && c->bulk)
		rc = visits_drop_before(c->bulk, drop_time(day), e);
	if (rc == OK)
		c->dropped_day = (int32_t)day;
	return rc;
}

/* Types and parents of places that changed; *anew when a length that was assumed may be another one now. */
static enum err_code read_places(struct county *c, struct db *db, int64_t until, bool *anew, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_tracing_engine_places, PARAMS(V_INT(c->county), V_INT(c->seq), V_INT(until)), e);
	while (rc == OK && db_next(db)) {
		uint32_t place, up = TRACE_NONE;
		struct id id = db_id(db, 0), above = db_id(db, 2);
		int64_t type = db_int(db, 1) + 1;
		rc = number_of(c, id, &place, e);
		if (rc == OK && !id_is_none(above))
			rc = number_of(c, above, &up, e);
		if (rc != OK)
			break;
		type = type < 0 || type >= PLACE_TYPES_N ? 0 : type;
		*anew |= c->seq > 0 && c->type[place] != type;
		c->type[place] = (uint8_t)type;
		c->parent[place] = up;
		c->nested |= up != TRACE_NONE;
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

struct changed {
	int64_t key;
	struct id id;
	bool erased;
};

static enum err_code read_changes(struct county *c, struct db *db, struct changed **out, size_t *n, int64_t *until, struct err *e)
{
	size_t cap = 0;
	enum err_code rc = db_query(db, &SQL_tracing_engine_changes, PARAMS(V_INT(c->county), V_INT(c->seq)), e);
	while (rc == OK && db_next(db)) {
		if (*n == cap) {
			cap = cap ? 2 * cap : 64;
			struct changed *more = realloc(*out, cap * sizeof *more);
			if (!more) {
				rc = err_set(e, ERR_MEMORY, "", "no memory for changes");
				break;
			}
			*out = more;
		}
		(*out)[(*n)++] = (struct changed){db_int(db, 0), db_id(db, 1), db_int(db, 2) == 1};
		*until = db_int(db, 3);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	return rc == OK ? stop : rc;
}

/* The current row of stays, when it counts. */
static enum err_code take_stay(struct county *c, const struct visits_view *loaded, struct id person, struct id place, int64_t from,
			       int64_t until, struct stays *come, struct err *e)
{
	uint32_t p, l;
	struct visit v;
	enum err_code rc = number_of(c, person, &p, e);
	if (rc == OK)
		rc = number_of(c, place, &l, e);
	if (rc != OK || c->erased[p] || !tracing_stay(p, l, c->type[l], from, until, &v) || (loaded && visits_view_has(loaded, &v)))
		return rc;
	return push(come, &v, e);
}

static enum err_code read_all(struct county *c, struct db *db, const struct visits_view *loaded, struct err *e)
{
	struct stays come = {0};
	enum err_code rc = db_query(db, &SQL_tracing_engine_stays, PARAMS(V_INT(c->county)), e);
	while (rc == OK && db_next(db))
		rc = take_stay(c, loaded, db_id(db, 0), db_id(db, 1), db_int(db, 2), db_int(db, 3), &come, e);
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	if (rc == OK)
		rc = visits_load(c->stays, come.p, come.n, 1, e);
	free(come.p);
	return rc;
}

static enum err_code read_person(struct county *c, struct db *db, const struct visits_view *loaded, const struct changed *x, struct err *e)
{
	struct stays gone = {0}, come = {0};
	uint32_t person;
	enum err_code rc = number_of(c, x->id, &person, e);
	if (rc == OK)
		rc = stays_of(c->stays, person, &gone, e);
	if (rc == OK)
		rc = db_query(db, &SQL_tracing_engine_stays_of, PARAMS(V_INT(c->county), V_INT(x->key)), e);
	while (rc == OK && db_next(db))
		rc = take_stay(c, loaded, x->id, db_id(db, 0), db_int(db, 1), db_int(db, 2), &come, e);
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	if (rc == OK && gone.n + come.n > 0)
		rc = visits_correct(c->stays, gone.p, gone.n, come.p, come.n, e);
	free(gone.p);
	free(come.p);
	return rc;
}

/* Whoever was erased: no stay of theirs is left, in memory or in the folder. */
static enum err_code forget_erased(struct county *c, const struct changed *list, size_t n, struct err *e)
{
	struct stays gone = {0};
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && i < n; i++) {
		uint32_t person;
		if (!list[i].erased)
			continue;
		rc = number_of(c, list[i].id, &person, e);
		if (rc != OK)
			break;
		c->erased[person] = 1;
		if (c->bulk)
			rc = stays_of(c->bulk, person, &gone, e);
	}
	if (rc == OK && gone.n > 0) {
		rc = visits_remove(c->bulk, gone.p, gone.n, e);
		if (rc == OK)
			rc = visits_seal(c->bulk, e); /* a removal is a mark until the day's segment is written anew */
	}
	free(gone.p);
	return rc;
}

static enum err_code take_changes(struct county *c, struct db *db, const struct changed *list, size_t n, int64_t until, struct err *e)
{
	bool anew = false;
	struct visits_view *loaded = NULL;
	tracing_view_release(&c->view);
	enum err_code rc = read_places(c, db, until, &anew, e);
	if (rc == OK)
		rc = forget_erased(c, list, n, e);
	if (rc == OK && anew)
		rc = start_anew(c, e);
	if (rc == OK && c->bulk)
		rc = visits_view(c->bulk, &loaded, e);
	if (rc == OK && c->seq == 0)
		rc = read_all(c, db, loaded, e);
	else
		for (size_t i = 0; rc == OK && i < n; i++)
			rc = read_person(c, db, loaded, &list[i], e);
	visits_view_release(&loaded);
	if (rc == OK)
		c->seq = until;
	return rc;
}

/* County lock held. After an error the next call does what was left. */
static enum err_code catch_up(struct county *c, struct db *db, struct err *e)
{
	struct changed *list = NULL;
	size_t n = 0;
	int64_t until = 0;
	enum err_code rc = same_ledger(c, db, e);
	if (rc == OK)
		rc = drop_days(c, db, e);
	if (rc == OK)
		rc = read_changes(c, db, &list, &n, &until, e);
	if (rc == OK && n > 0)
		rc = take_changes(c, db, list, n, until, e);
	free(list);
	return rc;
}

enum err_code tracing_engine_settle(struct tracing_engine *g, struct db *db, struct err *e)
{
	int64_t counties[4096];
	size_t n = 0;
	enum err_code rc = db_query(db, &SQL_tracing_engine_counties, NO_PARAMS, e);
	while (rc == OK && db_next(db) && n < ARRAY_N(counties))
		counties[n++] = db_int(db, 0);
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	rc = rc == OK ? stop : rc;
	for (size_t i = 0; rc == OK && i < n; i++) {
		struct county *c;
		rc = county_lock(g, counties[i], &c, e);
		if (rc != OK)
			break;
		rc = catch_up(c, db, e);
		pthread_mutex_unlock(&c->lock);
	}
	return rc;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

void tracing_view_release(struct tracing_view **vp)
{
	struct tracing_view *v = *vp;
	if (v && atomic_fetch_sub(&v->refs, 1) == 1) {
		visits_view_release(&v->visits);
		free(v->place_type);
		free(v->place_parent);
		free(v);
	}
	*vp = NULL;
}

/* Places that are said to contain each other are part of nothing: the engine asks for trees. */
static void copy_parents(const struct county *c, uint32_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t up = c->parent[i];
		for (int depth = 0; depth < 64 && up != TRACE_NONE; depth++)
			up = c->parent[up];
		out[i] = up == TRACE_NONE ? c->parent[i] : TRACE_NONE;
	}
}

static enum err_code make_view(struct tracing_engine *g, struct county *c, struct err *e)
{
	struct tracing_view *v = calloc(1, sizeof *v);
	struct visits_view *stays = NULL, *loaded = NULL;
	size_t n = c->sized_n < c->ids.n ? c->sized_n : c->ids.n;
	if (v) {
		atomic_init(&v->refs, 1);
		v->place_type = calloc(n + 1, 1);
		v->place_parent = c->nested ? malloc((n + 1) * sizeof *v->place_parent) : NULL;
	}
	if (!v || !v->place_type || (c->nested && !v->place_parent)) {
		tracing_view_release(&v);
		return err_set(e, ERR_MEMORY, "", "no memory for a view of the county");
	}
	if (n)
		memcpy(v->place_type, c->type, n);
	if (c->nested)
		copy_parents(c, v->place_parent, n);
	v->places_n = n;
	v->ids = &c->ids;
	v->ids_n = c->ids.n;
	v->protocols = g->protocols;
	enum err_code rc = visits_view(c->stays, &stays, e);
	if (rc == OK && c->bulk)
		rc = visits_view(c->bulk, &loaded, e);
	if (rc == OK && loaded) {
		rc = visits_view_join(&v->visits, loaded, stays, e);
	} else if (rc == OK) {
		v->visits = stays;
		stays = NULL;
	}
	visits_view_release(&stays);
	visits_view_release(&loaded);
	if (rc == OK)
		c->view = v;
	else
		tracing_view_release(&v);
	return rc;
}

enum err_code tracing_view_get(struct tracing_engine *g, struct db *db, int64_t county, struct tracing_view **out, struct err *e)
{
	struct county *c;
	enum err_code rc = county_lock(g, county, &c, e);
	if (rc != OK)
		return rc;
	rc = catch_up(c, db, e);
	if (rc == OK && !c->view)
		rc = make_view(g, c, e);
	if (rc == OK) {
		atomic_fetch_add(&c->view->refs, 1);
		*out = c->view;
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}

enum err_code tracing_engine_stats(struct tracing_engine *g, struct db *db, int64_t county, struct tracing_engine_stats *out,
				   struct err *e)
{
	struct county *c;
	enum err_code rc = county_lock(g, county, &c, e);
	if (rc != OK)
		return rc;
	rc = catch_up(c, db, e);
	struct visits_stats stays = {0}, loaded = {0};
	if (rc == OK) {
		visits_stats(c->stays, &stays);
		if (c->bulk)
			visits_stats(c->bulk, &loaded);
		*out = (struct tracing_engine_stats){.loaded_n = loaded.visits_n, .recorded_n = stays.visits_n, .disk_bytes = loaded.disk_bytes,
						     .ids_n = c->ids.n, .dropped_day = c->dropped_day == NO_DAY ? INT32_MIN : c->dropped_day};
	}
	pthread_mutex_unlock(&c->lock);
	return rc;
}

/* ---- bulk loads ---------------------------------------------------------------------------------------------------- */

struct tracing_load {
	struct tracing_engine *g;
	struct county *c; /* its lock is held from open to close: the numbers given must be the next ones on disk */
	struct stays list;
	int64_t dropped_at;
};

enum err_code tracing_load_open(struct tracing_load **out, struct tracing_engine *g, struct db *db, int64_t county, struct err *e)
{
	struct tracing_load *l = calloc(1, sizeof *l);
	if (!l)
		return err_set(e, ERR_MEMORY, "", "no memory for a load");
	l->g = g;
	enum err_code rc = county_lock(g, county, &l->c, e);
	if (rc != OK) {
		free(l);
		return rc;
	}
	struct county *c = l->c;
	rc = open_bulk(g, c, true, e);
	if (rc == OK)
		rc = catch_up(c, db, e);
	if (rc == OK)
		l->dropped_at = c->dropped_day == NO_DAY ? INT64_MIN : day_start(c->dropped_day);
	*out = l;
	if (rc != OK)
		tracing_load_close(out);
	return rc;
}

enum err_code tracing_load_row(struct tracing_load *l, struct id person, struct id place, int64_t from_ms, int64_t until_ms, struct err *e)
{
	struct county *c = l->c;
	uint32_t p = ids_find(&c->ids, person), at;
	struct visit v;
	if (until_ms != 0 && until_ms < from_ms)
		return err_set(e, ERR_BAD_VALUE, "t_out", "leaving comes before entering");
	if (until_ms != 0 && until_ms - from_ms > INT64_C(1000) * VISIT_STAY_MAX)
		return err_set(e, ERR_BAD_VALUE, "t_out", "a stay is longer than 194 days");
	if (from_ms < 0 || from_ms / 1000 > (int64_t)VISIT_TIME_MAX - VISIT_STAY_MAX)
		return err_set(e, ERR_BAD_VALUE, "t_in", "lies before 1970 or after 2096");
	if (from_ms < l->dropped_at)
		return err_set(e, ERR_BAD_VALUE, "t_in", "lies before the day up to which stays were dropped");
	if (p != IDS_NONE && p < c->sized_n && c->erased[p])
		return err_set(e, ERR_ERASED, "person", "the data of this person were erased");
	enum err_code rc = number_of(c, person, &p, e);
	if (rc == OK)
		rc = number_of(c, place, &at, e);
	if (rc != OK)
		return rc;
	CHECK(tracing_stay(p, at, c->type[at], from_ms, until_ms ? until_ms : from_ms, &v));
	return push(&l->list, &v, e);
}

enum err_code tracing_load_commit(struct tracing_load *l, int32_t *first_day, int32_t *last_day, struct err *e)
{
	struct county *c = l->c;
	uint32_t first = UINT32_MAX, last = 0;
	for (size_t i = 0; i < l->list.n; i++) {
		first = l->list.p[i].t_in < first ? l->list.p[i].t_in : first;
		last = l->list.p[i].t_in > last ? l->list.p[i].t_in : last;
	}
	enum err_code rc = ids_save(&c->ids, e); /* before the visits that use them */
	if (rc == OK && l->list.n > 0)
		rc = visits_load(c->bulk, l->list.p, l->list.n, 2, e);
	if (rc == OK) /* stays that are facts and stand in the folder now count once */
		rc = start_anew(c, e);
	if (rc == OK) {
		*first_day = l->list.n ? day_of(INT64_C(1000) * first) : INT32_MIN;
		*last_day = l->list.n ? day_of(INT64_C(1000) * last) : INT32_MIN;
		l->list.n = 0;
	}
	return rc;
}

void tracing_load_close(struct tracing_load **lp)
{
	struct tracing_load *l = *lp;
	if (!l)
		return;
	pthread_mutex_unlock(&l->c->lock);
	free(l->list.p);
	free(l);
	*lp = NULL;
}
