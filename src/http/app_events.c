/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: after each group one event per county says which kinds of facts came in, and up to which number. A reader gets what happened in
 * his area and nothing else.
 *
 * The number of an event is the number of facts in the ledger then (with one county: its seq), so that it grows over counties and
 * restarts alike. Each area that somebody watches has a topic of its own; the kinds in its event are those of facts in that area. When
 * more areas are watched than there are topics, the further ones share one, whose events say only that something changed.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "http/app_internal.h"
#include "sql.gen.h"

#define SCOPES_MAX 62
#define SHARED_TOPIC (UINT64_C(1) << 63)
#define KINDS_MAX 512 /* as many as fact.c registers */

struct scope {
	int64_t lo, hi;
	int64_t since; /* events before this number did not carry its topic */
};
/* What came in with one group: how many facts of a kind in an area. */
struct note {
	int64_t area, kind;
};
struct county_head {
	int64_t county, seq, n; /* n: facts of this group */
};
struct kind_set {
	uint64_t bits[KINDS_MAX / 64];
};
struct events {
	pthread_mutex_t lock; /* guards head and scopes */
	int64_t head;
	struct scope scopes[SCOPES_MAX];
	size_t scopes_n;
	int64_t shared_since; /* the same of the shared topic; -1 while nobody needs it */
	/* writer thread only */
	struct note *notes;
	size_t notes_n, notes_cap;
	struct county_head *counties;
	size_t counties_n, counties_cap;
	bool users_changed;
	/* any thread */
	atomic_uint_fast64_t kinds[KINDS_MAX];
};

enum err_code events_open(struct events **out, struct db *db, struct err *e)
{
	struct events *ev = calloc(1, sizeof *ev);
	if (!ev)
		return err_set(e, ERR_MEMORY, "", "no memory for events");
	CHECK(pthread_mutex_init(&ev->lock, NULL) == 0);
	ev->shared_since = -1;
	enum err_code rc = db_query(db, &SQL_app_heads, NO_PARAMS, e);
	while (rc == OK && db_next(db))
		ev->head += db_int(db, 1);
	if (rc == OK)
		rc = db_stop(db, e);
	if (rc != OK) {
		events_close(&ev);
		return rc;
	}
	*out = ev;
	return OK;
}

void events_close(struct events **evp)
{
	struct events *ev = *evp;
	if (!ev)
		return;
	pthread_mutex_destroy(&ev->lock);
	free(ev->notes);
	free(ev->counties);
	free(ev);
	*evp = NULL;
}

int64_t events_head(struct events *ev)
{
	pthread_mutex_lock(&ev->lock);
	int64_t head = ev->head;
	pthread_mutex_unlock(&ev->lock);
	return head;
}

uint64_t events_kind_count(struct events *ev, size_t kind)
{
	return kind < KINDS_MAX ? atomic_load_explicit(&ev->kinds[kind], memory_order_relaxed) : 0;
}

bool events_users_changed(struct events *ev)
{
	bool changed = ev->users_changed;
	ev->users_changed = false;
	return changed;
}

/* ---- what came in ----------------------------------------------------------------------------------------------- */

static size_t kind_index(const struct fact_kind *kind)
{
	size_t i = 0;
	for (const struct fact_kind *k; (k = fact_kind_at(i)) && k != kind; i++)
		;
	CHECK(i < KINDS_MAX);
	return i;
}

static void note_county(struct events *ev, int64_t county, uint64_t seq)
{
	size_t i = 0;
	while (i < ev->counties_n && ev->counties[i].county != county)
		i++;
	if (i == ev->counties_cap) {
		ev->counties_cap = ev->counties_cap ? 2 * ev->counties_cap : 8;
		ev->counties = realloc(ev->counties, ev->counties_cap * sizeof *ev->counties);
		CHECK(ev->counties != NULL);
	}
	if (i == ev->counties_n)
		ev->counties[ev->counties_n++] = (struct county_head){.county = county};
	struct county_head *h = &ev->counties[i];
	h->n++;
	if ((int64_t)seq > h->seq)
		h->seq = (int64_t)seq;
}

void events_note(struct events *ev, const struct fact *f, uint64_t seq)
{
	int64_t kind = (int64_t)kind_index(f->kind);
	atomic_fetch_add_explicit(&ev->kinds[kind], 1, memory_order_relaxed);
	if (strncmp(f->kind->name, "people.user_", 12) == 0)
		ev->users_changed = true;
	note_county(ev, COUNTY_OF(f->area), seq);
	/* facts come in runs: a look at the last few notes finds nearly all repetitions, and the rest do no harm */
	for (size_t i = ev->notes_n; i > 0 && i + 16 > ev->notes_n; i--)
		if (ev->notes[i - 1].area == f->area && ev->notes[i - 1].kind == kind)
			return;
	if (ev->notes_n == ev->notes_cap) {
		ev->notes_cap = ev->notes_cap ? 2 * ev->notes_cap : 64;
		ev->notes = realloc(ev->notes, ev->notes_cap * sizeof *ev->notes);
		CHECK(ev->notes != NULL);
	}
	ev->notes[ev->notes_n++] = (struct note){f->area, kind};
}

/* ---- giving it out ------------------------------------------------------------------------------------------------ */

static bool kinds_within(const struct events *ev, int64_t county, const struct scope *s, struct kind_set *out)
{
	bool some = false;
	*out = (struct kind_set){0};
	for (size_t i = 0; i < ev->notes_n; i++) {
		const struct note *n = &ev->notes[i];
		if (COUNTY_OF(n->area) != county || n->area < s->lo || n->area > s->hi)
			continue;
		out->bits[n->kind / 64] |= UINT64_C(1) << (n->kind % 64);
		some = true;
	}
	return some;
}

static void put_event(struct buf *b, const struct county_head *h, const struct kind_set *kinds)
{
	buf_reset(b);
	json_open(b, '{');
	json_key(b, "county");
	buf_printf(b, "\"%06lld\"", (long long)h->county);
	json_key(b, "seq");
	json_i64(b, h->seq);
	json_key(b, "kinds");
	json_open(b, '[');
	for (size_t i = 0; fact_kind_at(i); i++)
		if (kinds->bits[i / 64] >> (i % 64) & 1)
			json_c(b, fact_kind_at(i)->name);
	json_close(b, ']');
	json_close(b, '}');
}

/* One event for all areas that saw the same kinds. Under the lock: the publisher alone writes head. */
static void publish_county(struct events *ev, const struct county_head *h, struct http_server *server, struct buf *b)
{
	struct kind_set seen[SCOPES_MAX];
	uint64_t todo = 0;
	for (size_t i = 0; i < ev->scopes_n; i++)
		if (kinds_within(ev, h->county, &ev->scopes[i], &seen[i]))
			todo |= UINT64_C(1) << i;
	for (size_t i = 0; i < ev->scopes_n; i++) {
		uint64_t topics = 0;
		for (size_t k = i; k < ev->scopes_n; k++)
			if ((todo >> k & 1) && memcmp(&seen[k], &seen[i], sizeof seen[i]) == 0)
				topics |= UINT64_C(1) << k;
		if (!(todo >> i & 1))
			continue;
		todo &= ~topics;
		put_event(b, h, &seen[i]);
		http_sse_publish(server, topics, ev->head, "facts", buf_str(b));
	}
	if (ev->shared_since >= 0)
		http_sse_publish(server, SHARED_TOPIC, ev->head, "facts", STR("{\"county\":null,\"seq\":null,\"kinds\":[]}"));
}

void events_publish(struct events *ev, struct http_server *server)
{
	struct buf b;
	buf_init(&b, 0);
	pthread_mutex_lock(&ev->lock);
	for (size_t i = 0; i < ev->counties_n; i++) {
		ev->head += ev->counties[i].n;
		publish_county(ev, &ev->counties[i], server, &b);
	}
	pthread_mutex_unlock(&ev->lock);
	buf_done(&b);
	ev->notes_n = ev->counties_n = 0;
}

/* ---- listening ------------------------------------------------------------------------------------------------------ */

/* Topic of the area [lo, hi] and from which number on it can be asked for. Under the lock. */
static uint64_t topic_of(struct events *ev, int64_t lo, int64_t hi, int64_t *since)
{
	size_t i = 0;
	while (i < ev->scopes_n && (ev->scopes[i].lo != lo || ev->scopes[i].hi != hi))
		i++;
	if (i == SCOPES_MAX) {
		if (ev->shared_since < 0)
			ev->shared_since = ev->head;
		*since = ev->shared_since;
		return SHARED_TOPIC;
	}
	if (i == ev->scopes_n)
		ev->scopes[ev->scopes_n++] = (struct scope){lo, hi, ev->head};
	*since = ev->scopes[i].since;
	return UINT64_C(1) << i;
}

void events_get(struct http_req *req, struct http_res *res, void *user)
{
	struct events *ev = ((struct app *)user)->events;
	const struct actor *who = &app_caller(req)->who;
	int64_t after = http_req_last_event(req), since, head;
	struct buf first;
	pthread_mutex_lock(&ev->lock);
	uint64_t topic = topic_of(ev, who->area_lo, who->area_hi, &since);
	head = ev->head;
	pthread_mutex_unlock(&ev->lock);
	buf_init(&first, 0);
	/* A new reader learns the number from which on he will be told; one whose last event is from before this topic, or from a ledger
	 * that has been put back since, reads his board anew. */
	if (after < 0 || after < since || after > head) {
		http_sse_format(&first, head, after < 0 ? "head" : "reset", STR("{}"));
		after = head;
	}
	http_res_sse(res, topic, after, buf_str(&first));
	buf_done(&first);
}
