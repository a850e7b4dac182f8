/* SPDX-License-Identifier: Apache-2.0
 * GET /metrics in the text format of Prometheus, and GET /healthz. */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "core/log.h"
#include "http/app_internal.h"
#include "ledger/duty.h"
#include "sql.gen.h"

static void head(struct buf *b, const char *name, const char *type, const char *help)
{
	buf_printf(b, "# HELP sushui_%s %s\n# TYPE sushui_%s %s\n", name, help, name, type);
}

static void one(struct buf *b, const char *name, const char *type, uint64_t value, const char *help)
{
	head(b, name, type, help);
	buf_printf(b, "sushui_%s %llu\n", name, (unsigned long long)value);
}

static void put_http(struct buf *b, const struct http_server *server)
{
	static const char *const classes[] = {"gone", "1xx", "2xx", "3xx", "4xx", "5xx"};
	struct http_metrics m;
	uint64_t sum = 0;
	http_server_metrics(server, &m);
	head(b, "http_requests_total", "counter", "requests answered, by status class");
	for (size_t i = 0; i < ARRAY_N(classes); i++)
		buf_printf(b, "sushui_http_requests_total{status=\"%s\"} %llu\n", classes[i], (unsigned long long)m.requests[i]);
	head(b, "http_latency_seconds", "histogram", "from complete headers to the answer");
	for (size_t i = 0; i < HTTP_LATENCY_N; i++) {
		sum += m.latency[i];
		if (http_latency_us[i] == INT_MAX)
			buf_printf(b, "sushui_http_latency_seconds_bucket{le=\"+Inf\"} %llu\n", (unsigned long long)sum);
		else
			buf_printf(b, "sushui_http_latency_seconds_bucket{le=\"%g\"} %llu\n", http_latency_us[i] / 1e6, (unsigned long long)sum);
	}
	buf_printf(b, "sushui_http_latency_seconds_sum %.6f\nsushui_http_latency_seconds_count %llu\n", (double)m.latency_us / 1e6,
		   (unsigned long long)sum);
	one(b, "http_in_bytes_total", "counter", m.in_bytes, "bytes received");
	one(b, "http_out_bytes_total", "counter", m.out_bytes, "bytes sent");
	one(b, "http_accepted_total", "counter", m.accepted, "connections accepted");
	one(b, "http_refused_total", "counter", m.refused, "connections over a limit");
	one(b, "http_malformed_total", "counter", m.malformed, "requests refused for their form");
	one(b, "http_timeouts_total", "counter", m.timeouts, "connections closed for slowness");
	one(b, "http_overload_total", "counter", m.overload, "requests answered 503 for overload");
	one(b, "http_late_answers_total", "counter", m.late_answers, "answers that found no client");
	one(b, "http_events_total", "counter", m.sse_events, "server-sent events written");
	one(b, "http_events_dropped_total", "counter", m.sse_dropped, "event streams closed for slowness");
	one(b, "http_connections", "gauge", m.connections, "open connections");
	one(b, "http_waiting", "gauge", m.waiting, "requests waiting for a worker or for the writer");
	one(b, "http_streams", "gauge", m.streams, "open event streams");
}

static void put_writer(struct buf *b, struct app *app)
{
	struct writer_stats w;
	writer_stats(app->writer, &w);
	one(b, "facts_kept_total", "counter", w.facts_n, "facts kept since the start");
	one(b, "facts_refused_total", "counter", w.refused_n, "facts refused since the start");
	one(b, "facts_duplicate_total", "counter", w.duplicates_n, "facts that were there already");
	one(b, "groups_total", "counter", w.groups_n, "groups committed");
	one(b, "faults_total", "counter", w.faults_n, "groups lost to a fault of disk or database (nothing of them was acknowledged)");
	one(b, "facts_waiting", "gauge", w.waiting_n, "facts waiting for the writer");
	one(b, "last_group_microseconds", "gauge", w.last_group_us, "time of the last group, commit included");
	one(b, "read_only", "gauge", atomic_load(&app->read_only), "1 while a fault keeps the ledger from taking facts");
	one(b, "facts_in_ledger", "gauge", (uint64_t)events_head(app->events), "facts in the ledger");
	one(b, "wal_bytes", "gauge", (uint64_t)atomic_load(&app->count.wal_bytes), "write-ahead log not yet copied back");
	head(b, "facts_total", "counter", "facts kept since the start, by kind");
	for (size_t i = 0; fact_kind_at(i); i++)
		buf_printf(b, "sushui_facts_total{kind=\"%s\"} %llu\n", fact_kind_at(i)->name,
			   (unsigned long long)events_kind_count(app->events, i));
}

static void put_people(struct buf *b, struct app *app)
{
	struct app_counters *c = &app->count;
	one(b, "sessions", "gauge", sessions_n(app->sessions), "open sessions");
	head(b, "sign_in_total", "counter", "attempts to sign in");
	buf_printf(b, "sushui_sign_in_total{result=\"ok\"} %llu\nsushui_sign_in_total{result=\"wrong\"} %llu\n"
		      "sushui_sign_in_total{result=\"limited\"} %llu\n",
		   (unsigned long long)atomic_load(&c->sign_in_ok), (unsigned long long)atomic_load(&c->sign_in_wrong),
		   (unsigned long long)atomic_load(&c->sign_in_limited));
	one(b, "forbidden_total", "counter", atomic_load(&c->forbidden), "requests refused for a missing right or header");
	one(b, "personal_opened_total", "counter", atomic_load(&c->personal_opened), "persons whose sealed data were read");
}

/* Pages of this process: total and resident. */
static void put_memory(struct buf *b)
{
	unsigned long long total = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	bool ok = f && fscanf(f, "%llu %llu", &total, &resident) == 2;
	if (f)
		fclose(f);
	if (!ok)
		return;
	unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
	one(b, "memory_resident_bytes", "gauge", resident * page, "memory of this process in use");
	one(b, "memory_virtual_bytes", "gauge", total * page, "address space of this process");
}

static enum err_code put_duties(struct buf *b, struct db *db, int64_t now, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_app_duties, PARAMS(V_INT(now)), e);
	if (rc != OK)
		return rc;
	struct buf late;
	buf_init(&late, 0);
	head(b, "duties_open", "gauge", "open duties, by kind");
	head(&late, "duties_overdue", "gauge", "open duties past their time, by kind");
	while (db_next(db)) {
		buf_printf(b, "sushui_duties_open{kind=\"%.*s\"} %lld\n", STR_ARG(db_text(db, 0)), (long long)db_int(db, 1));
		buf_printf(&late, "sushui_duties_overdue{kind=\"%.*s\"} %lld\n", STR_ARG(db_text(db, 0)), (long long)db_int(db, 2));
	}
	buf_add_str(b, buf_str(&late));
	buf_done(&late);
	return db_stop(db, e);
}

void metrics_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	struct reader *r = user;
	struct err e = {0};
	struct db *db;
	struct buf *b = http_res_buf(res, "text/plain; version=0.0.4; charset=utf-8");
	put_http(b, r->app->server);
	put_writer(b, r->app);
	put_people(b, r->app);
	put_memory(b);
	if (r->app->source_runs)
		r->app->o.source.metrics(r->app->o.source.ctx, b);
	enum err_code rc = reader_db(r, &db, &e);
	if (rc == OK)
		rc = put_duties(b, db, r->app->sys->now_ms(r->app->sys->ctx), &e);
	if (rc != OK) { /* the counters are wanted most when the database is not well */
		log_err("metrics", &e);
		reader_fault(r, rc);
	}
}

void health_get(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	struct app *app = user;
	bool read_only = atomic_load(&app->read_only);
	struct buf *b = http_res_buf(res, NULL);
	json_open(b, '{');
	json_key(b, "ok");
	json_bool(b, !read_only);
	json_key(b, "facts");
	json_i64(b, events_head(app->events));
	json_close(b, '}');
	if (read_only)
		http_res_status(res, 503);
}
