/* SPDX-License-Identifier: Apache-2.0
 * Putting the server together, and taking it apart in the order that loses nothing. */
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "domain/tracing/engine.h"
#include "http/app_internal.h"
#include "ledger/keyring.h"

#define ARENA_MAX ((size_t)192 * 1024 * 1024) /* of one request: 16 MiB of JSON, its nodes while reading, 20,000 facts */
#define TICK_MS 15000
/* Sign-in attempts: of one network (an office may sit behind one address) and of one name. */
#define ADDRESS_BURST 60
#define ADDRESS_PER_MINUTE 120
#define LOGIN_BURST 10
#define LOGIN_PER_MINUTE 6
/* Pages of persons: an isolation site sits behind one address. Emergencies have a bucket of their own that reading cannot empty. */
#define PAGE_BURST 240
#define PAGE_PER_MINUTE 240
#define ASK_BURST 20
#define ASK_PER_MINUTE 10
#define EMERGENCY_BURST 60
#define EMERGENCY_PER_MINUTE 60

/* ---- threads of the pool ------------------------------------------------------------------------------------------ */

static void *pool_open(void *user, int thread_no)
{
	(void)thread_no;
	struct reader *r = calloc(1, sizeof *r);
	CHECK(r != NULL);
	r->app = user;
	arena_init(&r->arena, 0);
	struct db *db;
	struct err e = {0};
	if (reader_db(r, &db, &e) != OK) /* tried again with the first request */
		log_err("opening a reading connection", &e);
	return r;
}

static void pool_close(void *user, void *thread_user)
{
	(void)user;
	reader_done(thread_user);
	free(thread_user);
}

/* ---- opening -------------------------------------------------------------------------------------------------------- */

static enum err_code open_sessions(struct app *app, struct err *e)
{
	char path[4096];
	uint8_t key[32];
	struct keyring *k = NULL;
	struct db *db = NULL;
	snprintf(path, sizeof path, "%s.sessions", app->o.ledger.keyring);
	enum err_code rc = keyring_open(&k, app->o.ledger.keyring, DB_READER, app->sys, e);
	if (rc == OK)
		rc = keyring_secret(k, "session", key, e);
	if (rc == OK)
		rc = ledger_reader(app->ledger, &db, e);
	if (rc == OK)
		/* a day of a drill may be a minute of the person who watches it */
		rc = sessions_open(&app->sessions, path, key, app->o.exercise ? sys_real() : app->sys, db, e);
	if (rc == OK)
		rc = events_open(&app->events, db, e);
	sodium_memzero(key, sizeof key);
	db_close(&db);
	keyring_close(&k);
	return rc;
}

static enum err_code open_parts(struct app *app, struct err *e)
{
	enum err_code rc = ledger_open(&app->ledger, &app->o.ledger, e);
	if (rc == OK)
		rc = tracing_engine_open(&app->engine, app->o.ledger.visits, app->o.ledger.protocols, e);
	if (rc == OK) /* what an erasure before a crash asked for is done before anybody can ask */
		rc = tracing_engine_settle(app->engine, ledger_db(app->ledger), e);
	if (rc == OK)
		rc = open_sessions(app, e);
	if (rc == OK)
		rc = app_routes_make(app, e);
	if (rc == OK)
		rc = app_static_make(app, e);
	if (rc == OK)
		rc = app_documents_make(app, e);
	if (rc == OK)
		rc = personal_limits_new(&app->limits, e);
	app->rate_address = http_rate_open(app->sys, 1024, ADDRESS_BURST, ADDRESS_PER_MINUTE);
	app->rate_login = http_rate_open(app->sys, 1024, LOGIN_BURST, LOGIN_PER_MINUTE);
	app->rate_page = http_rate_open(app->sys, 1024, PAGE_BURST, PAGE_PER_MINUTE);
	app->rate_ask = http_rate_open(app->sys, 1024, ASK_BURST, ASK_PER_MINUTE);
	app->rate_emergency = http_rate_open(app->sys, 1024, EMERGENCY_BURST, EMERGENCY_PER_MINUTE);
	if (rc == OK)
		rc = certificate_key_load(app->o.ledger.keyring, app->sys, &app->certificate_key, e);
	if (rc == OK && (!app->rate_address || !app->rate_login || !app->rate_page || !app->rate_ask || !app->rate_emergency))
		rc = err_set(e, ERR_MEMORY, "", "no memory for rate limits");
	return rc;
}

static enum err_code open_server(struct app *app, struct err *e)
{
	const struct app_options *o = &app->o;
	struct http_config c = {
		.address = o->address, .port = o->port, .pool_n = o->pool_n ? o->pool_n : 2, .cert_file = o->cert_file, .key_file = o->key_file,
		.behind_proxy = o->behind_proxy, .lang = o->lang, .sys = app->sys, .routes = app->routes, .routes_n = app->routes_n,
		.user = app, .authorize = app_authorize, .session_release = app_caller_release, .access = app_access,
		.thread_open = pool_open, .thread_close = pool_close, .arena_max = ARENA_MAX, .sse_from = events_head(app->events),
	};
	return http_server_open(&app->server, &c, e);
}

/* The server is there before the threads that answer through it. */
static enum err_code start_threads(struct app *app, struct err *e)
{
	enum err_code rc = lane_open(&app->intake, app, 1024, NULL, 0, e);
	if (rc == OK)
		rc = lane_open(&app->sign, app, 64, sign_tick, TICK_MS, e);
	if (rc == OK)
		rc = lane_open(&app->desk, app, 256, NULL, 0, e);
	if (rc == OK)
		rc = writer_start(&app->writer, app->ledger, app_after_group, app, e);
	if (rc == OK && app->o.source.start) {
		rc = app->o.source.start(app->o.source.ctx, app, app->writer, e);
		app->source_runs = rc == OK;
	}
	return rc;
}

void app_source_note(struct app *app, const struct submission *sub)
{
	app_note(app, sub);
}

/* ---- closing --------------------------------------------------------------------------------------------------------- */

/* Senders first: what they handed in is written and answered before the writer ends, and every answer is given before the server goes. */
static void stop_threads(struct app *app)
{
	if (app->source_runs)
		app->o.source.stop(app->o.source.ctx);
	app->source_runs = false;
	lane_stop(app->sign);
	lane_stop(app->intake);
	lane_stop(app->desk);
	if (app->writer)
		writer_stop(&app->writer);
	else
		ledger_close(&app->ledger);
	if (app->sessions)
		sessions_tidy(app->sessions, app_end_streams, app);
}

static void close_all(struct app *app)
{
	stop_threads(app);
	http_server_close(&app->server);
	tracing_engine_close(&app->engine);
	lane_free(&app->intake);
	lane_free(&app->sign);
	lane_free(&app->desk);
	sessions_close(&app->sessions);
	events_close(&app->events);
	http_rate_close(&app->rate_address);
	http_rate_close(&app->rate_login);
	http_rate_close(&app->rate_page);
	http_rate_close(&app->rate_ask);
	http_rate_close(&app->rate_emergency);
	certificate_key_done(&app->certificate_key);
	personal_limits_free(&app->limits);
	app_documents_free(app);
	for (size_t i = 0; i < app->patterns_n; i++)
		free(app->patterns[i]);
	free(app->patterns);
	free(app->routes);
	app_static_done(app);
	free(app->ready);
	free(app);
}

/* ---- serving --------------------------------------------------------------------------------------------------------- */

static struct http_server *serving; /* for the signal handler; set while app_serve runs */

static void on_signal(int sig)
{
	(void)sig;
	int saved = errno;
	http_server_stop(serving);
	errno = saved;
}

static enum err_code serve(struct app *app, struct err *e)
{
	struct sigaction stop = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN}, term, intr, pipe;
	const char *address = app->o.address ? app->o.address : "127.0.0.1";
	serving = app->server;
	sigaction(SIGTERM, &stop, &term);
	sigaction(SIGINT, &stop, &intr);
	sigaction(SIGPIPE, &ignore, &pipe);
	bool six = strchr(address, ':') != NULL;
	printf("listening on %s://%s%s%s:%u\n", app->o.cert_file ? "https" : "http", six ? "[" : "", address, six ? "]" : "",
	       http_server_port(app->server));
	fflush(stdout);
	if (app->o.exercise)
		atomic_store(&app->o.exercise->port, http_server_port(app->server));
	enum err_code rc = http_server_run(app->server, e);
	sigaction(SIGTERM, &term, NULL);
	sigaction(SIGINT, &intr, NULL);
	sigaction(SIGPIPE, &pipe, NULL);
	serving = NULL;
	return rc;
}

enum err_code app_serve(const struct app_options *o, struct err *e)
{
	struct app *app = calloc(1, sizeof *app);
	if (!app)
		return err_set(e, ERR_MEMORY, "", "no memory for the server");
	app->o = *o;
	app->sys = o->ledger.sys ? o->ledger.sys : sys_real();
	app->o.ledger.sys = app->sys;
	enum err_code rc = open_parts(app, e);
	if (rc == OK)
		rc = open_server(app, e);
	if (rc == OK)
		rc = start_threads(app, e);
	if (rc == OK)
		rc = serve(app, e);
	close_all(app);
	return rc;
}
