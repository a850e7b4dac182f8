/* SPDX-License-Identifier: Apache-2.0
 *
 * app_internal.h - what the files of the server share: the app, who calls, sessions, lanes (bounded queues with a thread of their
 * own) and events. Nobody outside src/http/app*.c includes it.
 *
 * Threads: the loop thread (authorize, inline handlers, small batches of facts), the pool (queries), the writer (facts, then what
 * follows from a group: sessions, answers, events), and three lanes: intake (large batches), sign (passwords), desk (personal data).
 * What two threads touch stands behind a lock of the file that owns it; `ready` belongs to the writer thread alone.
 */
#ifndef SUSHUI_HTTP_APP_INTERNAL_H
#define SUSHUI_HTTP_APP_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/buf.h"
#include "domain/orders/certificate.h"
#include "http/app.h"
#include "http/http.h"
#include "ledger/query.h"
#include "ledger/writer.h"

struct app;
struct personal_limits;

/* ---- routes (app_routes.c) -------------------------------------------------------------------------------- */

#define ROUTE_LOOPBACK (1u << 8) /* flag of our own: needs no session when the client is on this machine */

/* Builds the table: the fixed rows and one row per declared query. Freed with the app. */
enum err_code app_routes_make(struct app *app, struct err *e);
enum err_code app_authorize(void *user, struct http_req *req, struct err *e);
void app_access(void *user, const struct http_access *line);
void app_caller_release(void *user, void *session);

/* ---- who calls --------------------------------------------------------------------------------------------- */

#define TOKEN_N 43 /* characters of a session token: 32 random bytes, base64url */

/* Copy of the session as it was when the headers were complete; one per request, freed when the request ends. */
struct caller {
	struct actor who;
	uint64_t tag; /* of the session */
	uint64_t rights_epoch; /* app->rights_epoch when the rights were read */
	int64_t created_ms, ends_ms;
	uint8_t hash[32];
};
/* The caller of this request; CHECKs that the route asked for a session. */
const struct caller *app_caller(const struct http_req *req);

/* ---- sessions (app_session.c) ------------------------------------------------------------------------------ */

#define SESSION_IDLE_MS (2 * MS_PER_HOUR)  /* without a request */
#define SESSION_LIFE_MS (16 * MS_PER_HOUR) /* at most, however busy: a long shift */
#define SESSIONS_MAX 20000
#define SESSIONS_PER_USER 16               /* a further sign-in ends the oldest */

struct sessions;
/* Opens the session file (path: made when missing) and takes back the sessions it holds, with the rights their users have now (db:
 * any reading connection). */
enum err_code sessions_open(struct sessions **out, const char *path, const uint8_t key[32], const struct sys *sys, struct db *db,
			    struct err *e);
void sessions_close(struct sessions **s);
/* Who holds this token; false when nobody does or its time is over. Counts as a sign of life. Any thread, memory only. */
bool sessions_find(struct sessions *s, struct str token, struct caller *out);
/* Makes a session; *token gets TOKEN_N characters and a NUL. Durable before it returns. Not on the loop thread. */
enum err_code sessions_make(struct sessions *s, const struct actor *who, char token[TOKEN_N + 1], struct caller *out, struct err *e);
/* Ends one session, durably. Not on the loop thread. */
enum err_code sessions_end(struct sessions *s, const uint8_t hash[32], struct err *e);
/* Gives every session of the user (ID_NONE: of all) the rights he has now, and ends those of suspended users; ended(ctx, tag) for
 * each of these, and for each session whose rights or area changed: its event streams begin anew. Any thread. */
void sessions_refresh(struct sessions *s, struct db *db, struct id user, void (*ended)(void *ctx, uint64_t tag), void *ctx);
/* Drops what is over and writes down the signs of life. Now and then, not on the loop thread. */
void sessions_tidy(struct sessions *s, void (*ended)(void *ctx, uint64_t tag), void *ctx);
size_t sessions_n(struct sessions *s);

/* ---- lanes (app_lane.c) -------------------------------------------------------------------------------------- */

/* A reading connection to the database and to the keyring, opened when first asked for and anew after a fault. */
struct reader {
	struct app *app;
	struct db *db;
	struct keyring *keyring;
	struct arena arena; /* reset before each job and each pool request */
};
enum err_code reader_db(struct reader *r, struct db **db, struct err *e);
enum err_code reader_keyring(struct reader *r, struct keyring **k, struct err *e);
/* After an error of the database: the next use opens anew. */
void reader_fault(struct reader *r, enum err_code rc);
void reader_done(struct reader *r);

struct lane_job {
	void (*run)(struct lane_job *job, struct reader *r);
	struct lane_job *next; /* the lane's own */
};
struct lane;
/* most: jobs that may wait. tick (may be NULL) runs on the lane's thread about every tick_ms. */
enum err_code lane_open(struct lane **out, struct app *app, size_t most, void (*tick)(struct reader *r), int tick_ms, struct err *e);
/* False: too many wait, or the lane is closed. force: the second half of a job that was taken before; only a closed lane says no. */
bool lane_put(struct lane *l, struct lane_job *job, bool force);
/* Runs what waits, then stops the thread. The lane stays closed, not freed. */
void lane_stop(struct lane *l);
void lane_free(struct lane **l);

/* ---- facts (app_facts.c), personal data (app_personal.c) ------------------------------------------------------ */

/* On the writer thread, from a job's done: the answer goes out after the whole group. */
void app_ready(struct app *app, struct http_token t);
/* The same: notes what was kept of a submission, for events, counters and sessions, and whether the ledger takes facts. */
void app_note(struct app *app, const struct submission *sub);
void app_after_group(void *ctx, size_t facts_n);
/* On the writer thread, before a group: what was handed in waits in queues and behind slow uploads, and its sender may have been
 * suspended meanwhile. Reads his rights anew when users changed since `epoch`; none when he has no account any more. */
void app_rights_now(struct app *app, struct actor *who, uint64_t *epoch);
/* While the ledger refuses for a fault, one sender at a time may try; false: answer ERR_READ_ONLY. *probe: give it back with
 * app_gate_leave when the verdicts are there. */
bool app_gate_enter(struct app *app, bool *probe);
void app_gate_leave(struct app *app, bool probe);
/* ctx is the app: closes the event streams of a session that ended. */
void app_end_streams(void *ctx, uint64_t tag);
/* 503 with Retry-After. */
void app_fail_read_only(struct http_res *res);
http_handler facts_post, personal_post;

/* ---- other handlers -------------------------------------------------------------------------------------------- */

http_handler query_get;                                        /* app_query.c; route->data = struct query */
http_handler sign_in_post, sign_out_post, me_get;              /* app_sign.c */
void sign_tick(struct reader *r);
http_handler visits_post;                                      /* app_visits.c */
http_handler events_get;                                       /* app_events.c */
http_handler metrics_get, health_get;                          /* app_metrics.c */
http_handler exercise_get, exercise_post;                       /* app_exercise.c */
http_handler openapi_get, kinds_get, queries_get, rights_get;  /* app_openapi.c, app_kinds.c */
void app_openapi_put(struct buf *b, const struct app *app);
enum err_code app_documents_make(struct app *app, struct err *e);
void app_documents_free(struct app *app);
enum err_code personal_limits_new(struct personal_limits **out, struct err *e); /* app_personal.c */
void personal_limits_free(struct personal_limits **l);
http_handler person_get, person_appeal_post, person_help_post, person_certificate_get; /* app_person.c */
http_handler orders_page_post, orders_certificate_get, certificate_keys_get; /* app_orders.c */
http_handler index_get, web_get;                               /* app_static.c */
enum err_code app_static_make(struct app *app, struct err *e);
void app_static_done(struct app *app);

/* The body as a JSON object with no other members than `names` (ended by NULL). */
enum err_code app_body_object(struct http_req *req, const char *const *names, const struct json **out, struct err *e);
/* A text member, not empty, of at most max_n bytes; ERR_MISSING_FIELD, ERR_BAD_VALUE. */
enum err_code app_member_text(const struct json *object, const char *name, size_t max_n, struct str *out, struct err *e);

/* ---- events (app_events.c) ------------------------------------------------------------------------------------- */

struct events;
/* head: number of facts in the ledger; db: to read it. */
enum err_code events_open(struct events **out, struct db *db, struct err *e);
void events_close(struct events **ev);
int64_t events_head(struct events *ev);
/* Writer thread: one kept fact, and then the group's end. */
void events_note(struct events *ev, const struct fact *f, uint64_t seq);
void events_publish(struct events *ev, struct http_server *server);
/* Facts kept since the start, by kind (index of fact_kind_at). Any thread. */
uint64_t events_kind_count(struct events *ev, size_t kind);
/* True once when users were registered or suspended in this group. */
bool events_users_changed(struct events *ev);

/* ---- the app --------------------------------------------------------------------------------------------------- */

struct app_counters {
	atomic_uint_fast64_t sign_in_ok, sign_in_wrong, sign_in_limited, personal_opened, forbidden;
	atomic_int_fast64_t wal_bytes;
};
/* A text made once at start and given out as it is. */
struct document {
	struct buf text, gzip;
	struct http_asset asset;
};
struct app {
	struct app_options o;
	const struct sys *sys;
	struct http_server *server;
	struct tracing_engine *engine; /* of the computed queries */
	struct ledger *ledger; /* the writer's; after_group may read its connection */
	struct writer *writer;
	bool source_runs;      /* o.source was started */
	struct sessions *sessions;
	struct events *events;
	struct lane *intake, *sign, *desk;
	struct http_rate *rate_address, *rate_login, *rate_page, *rate_ask, *rate_emergency;
	struct certificate_key certificate_key;
	struct http_route *routes;
	size_t routes_n;
	char **patterns; /* of the routes of queries */
	size_t patterns_n;
	struct personal_limits *limits;
	struct http_asset *web; /* one per embedded file */
	const char **web_paths;
	size_t web_n;
	char web_edition[17];        /* names this set of files in their addresses */
	struct buf web_page;         /* index.html with the edition in its addresses */
	struct http_asset web_index;
	struct document openapi, kinds, queries, rights;
	struct http_token *ready; /* writer thread: answers of this group */
	size_t ready_n, ready_cap;
	atomic_bool read_only, probing;
	atomic_uint_fast64_t rights_epoch; /* grows whenever users may have changed */
	atomic_int_fast64_t large_bytes; /* of large batches in memory */
	struct app_counters count;
};

#endif
