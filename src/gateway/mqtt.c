/* SPDX-License-Identifier: Apache-2.0
 *
 * The session with the broker and the thread that holds it.
 */
#include "gateway/mqtt.h"

#include <mosquitto.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "core/buf.h"
#include "core/log.h"
#include "domain/homecare/homecare.h"
#include "gateway/door_message.h"
#include "protocol/protocol.h"

#define KEEPALIVE_S 30
#define LOOP_MS 250              /* so soon the thread sees that it shall end */
#define BACKOFF_FIRST_MS 500
#define BACKOFF_MAX_MS 60000
#define REFRESH_MS 10000         /* bindings are read anew so often, and when facts came since */
#define TICK_MS 5000
#define TICK_FACTS_MAX 200       /* silences and ends written in one tick */
#define PASSWORD_MAX 256

/* What became of a message; the metric's label. */
enum outcome { BECAME_FACT, WAS_DUPLICATE, WAS_HEARTBEAT, NOT_BOUND, ORDER_OVER, WAS_ODD, WAS_REFUSED, NOT_WRITTEN, OUTCOME__N };
static const char *const outcomes[OUTCOME__N] = {"fact", "duplicate", "heartbeat", "unbound", "order_over", "odd", "refused", "not_written"};

struct live { /* a binding with what is kept in memory of its sensor */
	struct homecare_watch w;
	int64_t heard_ms; /* our clock */
	int64_t battery;
	bool silent;
};
struct live_list {
	struct arena arena;
	struct live *v; /* by county, sensor, newest binding first */
	size_t n;
};

struct mqtt_gateway {
	struct mqtt_options o;
	const struct sys *sys;
	struct mosquitto *mosq;
	char host[256], password[PASSWORD_MAX], client_id[64], topic[64];
	int port;
	pthread_t thread;
	bool running, tls;
	atomic_bool stop;
	struct writer *writer;
	void (*note)(void *ctx, const struct submission *sub);
	void *ctx;
	/* of the thread alone */
	struct db *db;
	struct arena arena;
	struct live_list list;
	uint64_t facts_seen; /* the writer's count when the list was read */
	int64_t read_ms, tick_ms, started_ms;
	int backoff_ms, last_rc;
	bool cut;            /* the connection was cut so that nothing is acknowledged */
	/* for anybody */
	atomic_bool connected;
	atomic_uint_fast64_t count[OUTCOME__N], connects, silent_n, unbound_n;
	atomic_uint_fast64_t watches_n, silent_now;
};

/* ---- one fact, and waiting for it ----------------------------------------------------------------------------------- */

struct hand_in {
	struct writer_job job;
	struct mqtt_gateway *g;
	struct fact fact;
	struct verdict verdict;
	pthread_mutex_t lock;
	pthread_cond_t over;
	bool done;
};

static void on_done(struct writer_job *job)
{
	struct hand_in *h = job->ctx;
	h->g->note(h->g->ctx, &job->sub);
	pthread_mutex_lock(&h->lock);
	h->done = true;
	pthread_cond_signal(&h->over);
	pthread_mutex_unlock(&h->lock);
}

/* OK when the fact is on disk (or was); a refusal or a fault else. */
static enum err_code put_fact(struct mqtt_gateway *g, struct fact *f, bool *duplicate, struct err *e)
{
	struct hand_in h = {.g = g, .fact = *f};
	h.job = (struct writer_job){.sub = {.who = actor_machine(), .facts = &h.fact, .verdicts = &h.verdict, .n = 1}, .done = on_done, .ctx = &h};
	CHECK(pthread_mutex_init(&h.lock, NULL) == 0 && pthread_cond_init(&h.over, NULL) == 0);
	enum err_code rc = writer_submit(g->writer, &h.job, e);
	if (rc == OK) {
		pthread_mutex_lock(&h.lock);
		while (!h.done)
			pthread_cond_wait(&h.over, &h.lock);
		pthread_mutex_unlock(&h.lock);
		rc = h.verdict.code;
		*duplicate = h.verdict.duplicate;
		if (rc != OK && e)
			*e = h.verdict.err;
	}
	pthread_mutex_destroy(&h.lock);
	pthread_cond_destroy(&h.over);
	return rc;
}

static struct fact new_fact(struct mqtt_gateway *g, const struct live *l, const char *kind, struct id id, int64_t at)
{
	const struct fact_kind *k = fact_kind_of(str_of(kind));
	CHECK(k != NULL);
	struct fact f = {.id = id, .kind = k, .outbreak = l->w.outbreak, .at = at, .recorded = at, .device = STR("mqtt"),
			 /* of the county and no nearer: where a door is stands with the binding, and goes with it */
			 .area = l->w.county * 1000000, .body = fact_body_new(&g->arena, k)};
	*field_id(fact_field(k, STR("watch")), f.body) = l->w.watch;
	return f;
}

/* ---- bindings -------------------------------------------------------------------------------------------------------- */

static int by_sensor(const void *pa, const void *pb)
{
	const struct live *a = pa, *b = pb;
	if (a->w.county != b->w.county)
		return a->w.county < b->w.county ? -1 : 1;
	int c = str_cmp(a->w.sensor, b->w.sensor);
	if (c != 0)
		return c;
	if (a->w.bound_at != b->w.bound_at)
		return a->w.bound_at > b->w.bound_at ? -1 : 1;
	return id_cmp(a->w.watch, b->w.watch);
}

static struct live *find(struct live_list *l, int64_t county, struct str sensor)
{
	size_t lo = 0, hi = l->n;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct homecare_watch *w = &l->v[mid].w;
		bool before = w->county != county ? w->county < county : str_cmp(w->sensor, sensor) < 0;
		if (before)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < l->n && l->v[lo].w.county == county && str_eq(l->v[lo].w.sensor, sensor) ? &l->v[lo] : NULL;
}

static int64_t now_ms(const struct mqtt_gateway *g)
{
	return g->sys->now_ms(g->sys->ctx);
}

static void take_over(struct mqtt_gateway *g, struct live_list *next)
{
	uint64_t silent = 0;
	for (size_t i = 0; i < next->n; i++) {
		struct live *l = &next->v[i];
		const struct live *old = find(&g->list, l->w.county, l->w.sensor);
		if (old && id_eq(old->w.watch, l->w.watch)) {
			l->heard_ms = old->heard_ms;
			l->battery = old->battery;
		}
		silent += l->silent;
	}
	arena_done(&g->list.arena);
	g->list = *next;
	atomic_store(&g->watches_n, next->n);
	atomic_store(&g->silent_now, silent);
}

static enum err_code read_watches(struct mqtt_gateway *g, struct err *e)
{
	const struct ledger_options *lo = g->o.ledger;
	const struct homecare_watch *w;
	struct live_list next = {0};
	struct writer_stats stats;
	size_t n = 0;
	int64_t now = now_ms(g), county = g->o.area % 1000000 == 0 && COUNTY_OF(g->o.area) % 100 != 0 ? COUNTY_OF(g->o.area) : 0;
	writer_stats(g->writer, &stats);
	arena_init(&next.arena, 0);
	enum err_code rc = g->db ? OK : db_open(&g->db, lo->db_url, DB_READER, lo->vfs, e);
	if (rc == OK)
		rc = homecare_watches(g->db, &next.arena, county, now, &w, &n, e);
	if (rc != OK) {
		arena_done(&next.arena);
		db_close(&g->db);
		return rc;
	}
	next.v = ARENA_ARRAY(&next.arena, struct live, n + 1);
	for (size_t i = 0; i < n; i++) {
		int64_t heard = w[i].heard_at > w[i].bound_at ? w[i].heard_at : w[i].bound_at;
		/* what was heard before we started is not known: a sensor gets the whole time again */
		next.v[i] = (struct live){.w = w[i], .battery = w[i].battery, .silent = w[i].silent,
					  .heard_ms = heard > g->started_ms ? heard : g->started_ms};
	}
	next.n = n;
	if (n > 1)
		qsort(next.v, n, sizeof *next.v, by_sensor);
	take_over(g, &next);
	g->facts_seen = stats.facts_n;
	g->read_ms = now;
	return OK;
}

static bool list_is_old(struct mqtt_gateway *g)
{
	struct writer_stats stats;
	writer_stats(g->writer, &stats);
	return stats.facts_n != g->facts_seen;
}

/* The list may be older than a binding of a moment ago. A sensor that nobody binds costs one look-up, not the list. */
static enum err_code look_again(struct mqtt_gateway *g, const struct door_message *m, struct live **l, struct err *e)
{
	bool bound = true;
	enum err_code rc = OK;
	if (g->read_ms == 0 || !g->db) /* the first message, or the first after a fault */
		rc = read_watches(g, e);
	if (rc == OK && list_is_old(g)) {
		rc = homecare_sensor_bound_now(g->db, m->county, m->sensor, &bound, e);
		if (rc == OK && bound)
			rc = read_watches(g, e);
		if (rc != OK)
			db_close(&g->db);
	}
	if (rc == OK)
		*l = bound ? find(&g->list, m->county, m->sensor) : NULL;
	return rc;
}

/* ---- messages ----------------------------------------------------------------------------------------------------------- */

static int64_t low_mark(const struct mqtt_gateway *g, const struct live *l)
{
	return homecare_param(protocol_book_find(g->o.ledger->protocols, l->w.edition), "home.battery_low_percent", HOMECARE_BATTERY_LOW);
}

/* Does this heartbeat say something new? The first one, the sensor is back, or its battery crossed the low mark. */
static bool worth_a_fact(const struct mqtt_gateway *g, const struct live *l, const struct door_message *m)
{
	int64_t low = low_mark(g, l);
	if (l->silent || l->w.heard_at == 0)
		return true;
	return m->battery >= 0 && (l->battery < 0 || (l->battery <= low) != (m->battery <= low));
}

static enum outcome write_message(struct mqtt_gateway *g, struct live *l, const struct door_message *m)
{
	static const char *const kinds[] = {"homecare.door_opened", "homecare.door_closed", "homecare.sensor_heartbeat"};
	struct err e = {0};
	bool duplicate = false;
	if (m->what == DOOR_WORD_HEARTBEAT && !worth_a_fact(g, l, m))
		return WAS_HEARTBEAT;
	struct fact f = new_fact(g, l, kinds[m->what], m->id, m->at);
	if (m->what == DOOR_WORD_HEARTBEAT && m->battery >= 0)
		((struct homecare_sensor_heartbeat *)f.body)->battery = m->battery;
	enum err_code rc = put_fact(g, &f, &duplicate, &e);
	if (rc != OK && (err_kind(rc) == KIND_FAULT || rc == ERR_BUSY)) {
		log_err("writing what a door sensor said", &e);
		return NOT_WRITTEN;
	}
	if (rc != OK)
		return WAS_REFUSED;
	if (m->what == DOOR_WORD_HEARTBEAT && m->battery >= 0)
		l->battery = m->battery;
	l->silent = false;
	if (l->w.heard_at < m->at)
		l->w.heard_at = m->at;
	return duplicate ? WAS_DUPLICATE : BECAME_FACT;
}

static enum outcome take(struct mqtt_gateway *g, struct str topic, struct str payload)
{
	struct door_message m;
	struct err e = {0};
	if (door_message_read(&g->arena, topic, payload, now_ms(g), &m, NULL) != OK)
		return WAS_ODD;
	struct live *l = find(&g->list, m.county, m.sensor);
	if ((!l || l->w.over) && look_again(g, &m, &l, &e) != OK) {
		log_err("reading the bindings of door sensors", &e);
		return NOT_WRITTEN;
	}
	if (!l)
		return NOT_BOUND;
	l->heard_ms = now_ms(g);
	if (l->w.over)
		return ORDER_OVER;
	return write_message(g, l, &m);
}

static void on_message(struct mosquitto *mosq, void *ctx, const struct mosquitto_message *msg)
{
	struct mqtt_gateway *g = ctx;
	enum outcome became = NOT_WRITTEN;
	if (!g->cut && !atomic_load(&g->stop)) {
		arena_reset(&g->arena);
		became = take(g, str_of(msg->topic), (struct str){msg->payload, (size_t)msg->payloadlen});
	}
	atomic_fetch_add(&g->count[became], 1);
	if (became == NOT_WRITTEN && !g->cut) {
		/* the acknowledgement waits in the queue until we return: cut the line, and the broker sends the message again */
		g->cut = true;
		shutdown(mosquitto_socket(mosq), SHUT_RDWR);
	}
}

/* ---- what nobody publishes ---------------------------------------------------------------------------------------------- */

static bool write_silence(struct mqtt_gateway *g, struct live *l, int64_t now)
{
	bool duplicate;
	int64_t limit = homecare_param(protocol_book_find(g->o.ledger->protocols, l->w.edition), "home.sensor_silent_min", HOMECARE_SILENT_MIN);
	if (l->silent || l->w.over || now - l->heard_ms < limit * MS_PER_MINUTE)
		return false;
	struct fact f = new_fact(g, l, "homecare.sensor_fell_silent", id_new(g->sys), now);
	((struct homecare_sensor_fell_silent *)f.body)->since_at = l->heard_ms;
	if (put_fact(g, &f, &duplicate, NULL) == OK) {
		l->silent = true;
		atomic_fetch_add(&g->silent_n, 1);
	}
	return true;
}

static bool write_end(struct mqtt_gateway *g, struct live *l, int64_t now)
{
	bool duplicate;
	if (!l->w.over)
		return false;
	struct fact f = new_fact(g, l, "homecare.sensor_unbound", id_new(g->sys), now);
	((struct homecare_sensor_unbound *)f.body)->reason = UNBOUND_ORDER_ENDED;
	if (put_fact(g, &f, &duplicate, NULL) == OK)
		atomic_fetch_add(&g->unbound_n, 1);
	return true;
}

static void tick(struct mqtt_gateway *g)
{
	struct err e = {0};
	int64_t now = now_ms(g);
	int written = 0;
	if (g->tick_ms != 0 && now - g->tick_ms < TICK_MS && now >= g->tick_ms)
		return;
	g->tick_ms = now;
	if (g->read_ms == 0 || list_is_old(g) || now - g->read_ms >= REFRESH_MS || now < g->read_ms)
		if (read_watches(g, &e) != OK) {
			log_err("reading the bindings of door sensors", &e);
			return;
		}
	for (size_t i = 0; i < g->list.n && written < TICK_FACTS_MAX && !atomic_load(&g->stop); i++) {
		arena_reset(&g->arena);
		written += write_end(g, &g->list.v[i], now) || write_silence(g, &g->list.v[i], now);
	}
}

/* ---- the session ---------------------------------------------------------------------------------------------------------- */

static void on_connect(struct mosquitto *mosq, void *ctx, int rc)
{
	struct mqtt_gateway *g = ctx;
	if (rc != 0) {
		if (g->last_rc != rc)
			log_line(LOG_WARN, "the MQTT broker refuses the session: %s", mosquitto_connack_string(rc));
		g->last_rc = rc;
		return;
	}
	g->last_rc = 0;
	g->backoff_ms = BACKOFF_FIRST_MS;
	atomic_store(&g->connected, true);
	atomic_fetch_add(&g->connects, 1);
	log_line(LOG_INFO, "connected to the MQTT broker");
	mosquitto_subscribe(mosq, NULL, g->topic, 1);
}

static void on_disconnect(struct mosquitto *mosq, void *ctx, int rc)
{
	struct mqtt_gateway *g = ctx;
	(void)mosq;
	if (atomic_exchange(&g->connected, false) && !atomic_load(&g->stop))
		log_line(LOG_WARN, "the connection to the MQTT broker was lost: %s", mosquitto_strerror(rc));
}

static void sleep_ms(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

/* Waits, twice as long each time, at most a minute; the bindings are looked after meanwhile. */
static void back_off(struct mqtt_gateway *g)
{
	int64_t until = g->sys->mono_us(g->sys->ctx) + (int64_t)g->backoff_ms * 1000;
	while (!atomic_load(&g->stop) && g->sys->mono_us(g->sys->ctx) < until) {
		sleep_ms(LOOP_MS < g->backoff_ms ? LOOP_MS : g->backoff_ms);
		tick(g);
	}
	g->backoff_ms = g->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : g->backoff_ms * 2;
}

static void *run(void *arg)
{
	struct mqtt_gateway *g = arg;
	bool first = true;
	while (!atomic_load(&g->stop)) {
		g->cut = false;
		int rc = first ? mosquitto_connect_async(g->mosq, g->host, g->port, KEEPALIVE_S) : mosquitto_reconnect_async(g->mosq);
		if (rc == MOSQ_ERR_SUCCESS)
			first = false;
		else if (rc != MOSQ_ERR_INVAL && g->last_rc != -rc) {
			log_line(LOG_WARN, "the MQTT broker cannot be reached: %s", mosquitto_strerror(rc));
			g->last_rc = -rc;
		}
		while (rc == MOSQ_ERR_SUCCESS && !atomic_load(&g->stop)) {
			rc = mosquitto_loop(g->mosq, LOOP_MS, 1);
			if (rc == MOSQ_ERR_SUCCESS && !g->cut)
				tick(g);
		}
		atomic_store(&g->connected, false);
		if (!atomic_load(&g->stop))
			back_off(g);
	}
	if (!g->cut) { /* a clean goodbye keeps the session and its queue at the broker */
		mosquitto_disconnect(g->mosq);
		for (int i = 0; i < 4; i++)
			(void)mosquitto_loop(g->mosq, 50, 1);
	}
	db_close(&g->db);
	return NULL;
}

/* ---- options ---------------------------------------------------------------------------------------------------------------- */

static bool is_here(const char *host)
{
	return strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0 || strcmp(host, "localhost") == 0;
}

static enum err_code read_url(struct mqtt_gateway *g, struct err *e)
{
	struct str rest = str_of(g->o.url), port = STR_NONE;
	g->tls = str_starts(rest, STR("mqtts://"));
	size_t skip = g->tls ? 8 : 7;
	if (!g->tls && !str_starts(rest, STR("mqtt://")))
		return err_set(e, ERR_BAD_VALUE, "--mqtt", "mqtts://HOST or mqtts://HOST:PORT is expected");
	rest = (struct str){rest.p + skip, rest.n - skip};
	struct str host = rest;
	if (rest.n > 0 && rest.p[0] == '[') { /* [::1]:8883 */
		ptrdiff_t end = str_find(rest, ']');
		if (end < 0)
			return err_set(e, ERR_BAD_VALUE, "--mqtt", "the bracket of the address is not closed");
		host = (struct str){rest.p + 1, (size_t)end - 1};
		rest = (struct str){rest.p + end + 1, rest.n - (size_t)end - 1};
		if (rest.n > 0 && rest.p[0] == ':')
			port = (struct str){rest.p + 1, rest.n - 1};
	} else if (str_find(rest, ':') >= 0) {
		host = str_cut(&rest, ':');
		port = rest;
	}
	int64_t n = g->tls ? 8883 : 1883;
	if (port.p && (!str_to_i64(port, &n) || n < 1 || n > 65535))
		return err_set(e, ERR_BAD_VALUE, "--mqtt", "a port from 1 to 65535 is expected");
	if (host.n == 0 || host.n >= sizeof g->host)
		return err_set(e, ERR_BAD_VALUE, "--mqtt", "the name or address of the broker is missing");
	str_to_c(host, g->host, sizeof g->host);
	g->port = (int)n;
	if (!g->tls && !is_here(g->host))
		return err_set(e, ERR_BAD_VALUE, "--mqtt", "a broker on another machine is spoken to by mqtts:// only");
	return OK;
}

static enum err_code read_password(struct mqtt_gateway *g, struct err *e)
{
	struct stat st;
	if (!g->o.password_file)
		return OK;
	FILE *f = fopen(g->o.password_file, "re");
	if (!f || fstat(fileno(f), &st) != 0) {
		if (f)
			fclose(f);
		return err_set(e, ERR_FILE, g->o.password_file, "the password file cannot be read");
	}
	if (st.st_mode & (S_IRWXG | S_IRWXO)) {
		fclose(f);
		return err_set(e, ERR_FILE, g->o.password_file, "others may read the password file: chmod 600");
	}
	bool ok = fgets(g->password, sizeof g->password, f) != NULL;
	fclose(f);
	g->password[strcspn(g->password, "\r\n")] = 0;
	return ok && g->password[0] ? OK : err_set(e, ERR_FILE, g->o.password_file, "the first line holds no password");
}

static enum err_code set_up(struct mqtt_gateway *g, struct err *e)
{
	enum err_code rc = read_url(g, e);
	if (rc == OK)
		rc = read_password(g, e);
	if (rc != OK)
		return rc;
	long long county = (long long)COUNTY_OF(g->o.area);
	snprintf(g->client_id, sizeof g->client_id, "sushui-%06lld", county);
	if (county % 100 != 0)
		snprintf(g->topic, sizeof g->topic, "sushui/%06lld/door/+/+", county);
	else /* a city: its counties */
		snprintf(g->topic, sizeof g->topic, "sushui/+/door/+/+");
	g->mosq = mosquitto_new(g->o.client_id ? g->o.client_id : g->client_id, false, g);
	if (!g->mosq)
		return err_set(e, ERR_MEMORY, "", "no memory for the MQTT session");
	int mrc = mosquitto_threaded_set(g->mosq, true); /* acknowledgements wait until the callback has returned */
	if (mrc == MOSQ_ERR_SUCCESS && g->o.user)
		mrc = mosquitto_username_pw_set(g->mosq, g->o.user, g->password[0] ? g->password : NULL);
	if (mrc == MOSQ_ERR_SUCCESS && g->tls) {
		mrc = mosquitto_tls_set(g->mosq, g->o.ca_file, g->o.ca_file ? NULL : "/etc/ssl/certs", NULL, NULL, NULL);
		if (mrc == MOSQ_ERR_INVAL && g->o.ca_file)
			return err_set(e, ERR_FILE, g->o.ca_file, "the certificates of the authority cannot be read");
		if (mrc == MOSQ_ERR_SUCCESS)
			mrc = mosquitto_tls_opts_set(g->mosq, 1, NULL, NULL);
	}
	if (mrc != MOSQ_ERR_SUCCESS)
		return err_set(e, ERR_BAD_VALUE, "--mqtt", "the session cannot be prepared: %s", mosquitto_strerror(mrc));
	mosquitto_connect_callback_set(g->mosq, on_connect);
	mosquitto_disconnect_callback_set(g->mosq, on_disconnect);
	mosquitto_message_callback_set(g->mosq, on_message);
	return OK;
}

enum err_code mqtt_gateway_new(struct mqtt_gateway **out, const struct mqtt_options *o, struct err *e)
{
	struct mqtt_gateway *g = calloc(1, sizeof *g);
	if (!g)
		return err_set(e, ERR_MEMORY, "", "no memory for the MQTT gateway");
	mosquitto_lib_init();
	g->o = *o;
	g->sys = o->ledger->sys ? o->ledger->sys : sys_real();
	g->backoff_ms = BACKOFF_FIRST_MS;
	arena_init(&g->arena, (size_t)1024 * 1024);
	arena_init(&g->list.arena, 0);
	enum err_code rc = set_up(g, e);
	if (rc != OK)
		mqtt_gateway_free(&g);
	else
		*out = g;
	return rc;
}

void mqtt_gateway_free(struct mqtt_gateway **gp)
{
	struct mqtt_gateway *g = *gp;
	if (!g)
		return;
	mqtt_gateway_stop(g);
	if (g->mosq)
		mosquitto_destroy(g->mosq);
	mosquitto_lib_cleanup();
	arena_done(&g->arena);
	arena_done(&g->list.arena);
	sodium_memzero(g->password, sizeof g->password);
	free(g);
	*gp = NULL;
}

enum err_code mqtt_gateway_start(struct mqtt_gateway *g, struct writer *writer, void (*note)(void *ctx, const struct submission *sub), void *ctx,
				 struct err *e)
{
	g->writer = writer;
	g->note = note;
	g->ctx = ctx;
	g->started_ms = now_ms(g);
	atomic_store(&g->stop, false);
	if (pthread_create(&g->thread, NULL, run, g) != 0)
		return err_set(e, ERR_MEMORY, "", "no thread for the MQTT gateway");
	g->running = true;
	return OK;
}

void mqtt_gateway_stop(struct mqtt_gateway *g)
{
	if (!g->running)
		return;
	atomic_store(&g->stop, true);
	pthread_join(g->thread, NULL);
	g->running = false;
}

/* ---- metrics ------------------------------------------------------------------------------------------------------------------ */

static void one(struct buf *b, const char *name, const char *type, uint64_t value, const char *help)
{
	buf_printf(b, "# HELP sushui_mqtt_%s %s\n# TYPE sushui_mqtt_%s %s\nsushui_mqtt_%s %llu\n", name, help, name, type, name,
		   (unsigned long long)value);
}

void mqtt_gateway_metrics(struct mqtt_gateway *g, struct buf *b)
{
	one(b, "connected", "gauge", atomic_load(&g->connected), "1 while the session with the broker stands");
	one(b, "connects_total", "counter", atomic_load(&g->connects), "sessions begun");
	buf_add_c(b, "# HELP sushui_mqtt_messages_total messages of door sensors, by what became of them\n"
		     "# TYPE sushui_mqtt_messages_total counter\n");
	for (size_t i = 0; i < OUTCOME__N; i++)
		buf_printf(b, "sushui_mqtt_messages_total{became=\"%s\"} %llu\n", outcomes[i], (unsigned long long)atomic_load(&g->count[i]));
	one(b, "watches", "gauge", atomic_load(&g->watches_n), "door sensors that are bound");
	one(b, "watches_silent", "gauge", atomic_load(&g->silent_now), "of these silent, by the facts");
	one(b, "silences_total", "counter", atomic_load(&g->silent_n), "times that a sensor fell silent");
	one(b, "unbound_total", "counter", atomic_load(&g->unbound_n), "bindings ended because the order was over");
}
