/* SPDX-License-Identifier: Apache-2.0
 *
 * app.h - the server: routes of Sushui on top of http.h, one writer thread, reading connections per worker.
 */
#ifndef SUSHUI_HTTP_APP_H
#define SUSHUI_HTTP_APP_H

#include <stdatomic.h>

#include "ledger/ledger.h"

struct app;
struct buf;
struct submission;
struct writer;

/* Something beside HTTP that hands facts to the writer (a gateway to devices). It submits jobs to the writer and calls app_source_note in
 * each job's done, so that event streams and counters learn of what was kept. */
struct app_source {
	enum err_code (*start)(void *ctx, struct app *app, struct writer *writer, struct err *e);
	void (*stop)(void *ctx);                    /* before the writer ends; nothing may be submitted when it returns */
	void (*metrics)(void *ctx, struct buf *out); /* lines for GET /metrics; any thread */
	void *ctx;
};
void app_source_note(struct app *app, const struct submission *sub);
#define APP_POSTS_MAX 32

/* A drill whose clock somebody else drives: shared memory between that process and the server. Speeds are thousandths of seconds of the
 * county in a second of ours; 0: as fast as it can. Whoever may COMMAND sets speed, pause and posts through /api/exercise. */
struct app_exercise {
	atomic_llong now_ms;      /* the county's clock */
	atomic_llong speed_milli;
	atomic_int paused, over;
	atomic_uint by_hand;      /* bit i: post i is taken over by a person */
	atomic_int port;          /* where the server listens, set by it */
	uint32_t posts_n;
	char posts[APP_POSTS_MAX][24];
	char title[128];
};

struct app_options {
	struct ledger_options ledger;
	const char *address; /* numeric; NULL = 127.0.0.1 */
	uint16_t port;       /* 0 = any free one, printed at start */
	const char *cert_file, *key_file;
	bool behind_proxy;
	const char *lang;    /* "zh" or "en" for who does not say; NULL = zh */
	int64_t area;        /* of the data folder: the county (or city) it is for */
	int pool_n;          /* reading threads; 0 = 2 */
	struct app_source source; /* start NULL: none */
	struct app_exercise *exercise; /* NULL = no drill drives this server; sessions last in real time */
};

/* Serves until SIGTERM or SIGINT, then drains: what was accepted is written and answered. Prints
 * "listening on http://127.0.0.1:8080" on stdout when ready. */
enum err_code app_serve(const struct app_options *o, struct err *e);

/* Ends every session of a user beside this keyring, while no server runs: whoever got a new password got it because the old one may
 * be known, and so may a session made with it. OK when there are none. */
enum err_code app_sessions_forget(const char *keyring, struct id user, struct err *e);

#endif
