/* SPDX-License-Identifier: Apache-2.0
 * Configuration, opening, running, draining, counting. */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/internal.h"

const int http_latency_us[HTTP_LATENCY_N] = {250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000,
	500000, 2500000, INT_MAX};

#define DEFAULT(field, value) \
	if (!c->field) \
	c->field = (value)

static enum err_code complete(struct http_config *c, struct err *e)
{
	const int *ints[] = {&c->loops_n, &c->pool_n, &c->connections_max, &c->per_address_max,
		&c->headers_max, &c->header_ms,
		&c->body_ms, &c->body_rate, &c->idle_ms, &c->write_ms, &c->answer_ms, &c->drain_ms, &c->pipeline_max,
		&c->waiting_max, &c->sse_max, &c->heartbeat_ms};
	for (size_t i = 0; i < ARRAY_N(ints); i++)
		if (*ints[i] < 0)
			return err_set(e, ERR_BAD_VALUE, "http", "a limit is negative");
	DEFAULT(address, "127.0.0.1");
	DEFAULT(loops_n, 1);
	DEFAULT(pool_n, 2);
	DEFAULT(csp,
		"default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
	DEFAULT(lang, "zh");
	DEFAULT(sys, sys_real());
	DEFAULT(connections_max, 12000);
	DEFAULT(per_address_max, 512);
	DEFAULT(header_max, 16384);
	DEFAULT(headers_max, 64);
	DEFAULT(target_max, 4096);
	DEFAULT(bodies_max, (size_t)256 << 20);
	DEFAULT(arena_max, (size_t)4 << 20);
	DEFAULT(header_ms, 10000);
	DEFAULT(body_ms, 10000);
	DEFAULT(body_rate, 2048);
	DEFAULT(idle_ms, 60000);
	DEFAULT(write_ms, 15000);
	DEFAULT(answer_ms, 30000);
	DEFAULT(drain_ms, 10000);
	DEFAULT(pipeline_max, 16);
	DEFAULT(waiting_max, 2000);
	DEFAULT(stream_buffer, 262144);
	DEFAULT(sse_buffer, 131072);
	DEFAULT(sse_max, 2000);
	DEFAULT(heartbeat_ms, 15000);
	if (c->loops_n > 64 || c->pool_n > 256 || c->headers_max > 1000 || c->header_max > 1 << 20 ||
		c->waiting_max > 1 << 24)
		return err_set(e, ERR_BAD_VALUE, "http", "a limit is out of range");
	if (c->arena_max < 4 * c->header_max + 65536)
		return err_set(e, ERR_BAD_VALUE, "arena_max", "an arena holds at least 64 KiB and four times header_max");
	if (!c->cert_file != !c->key_file)
		return err_set(e, ERR_BAD_VALUE, "cert_file", "certificate and key are given together");
	return OK;
}

static void make_fixed_headers(struct http_server *s)
{
	buf_init(&s->fixed_headers, 0);
	buf_printf(&s->fixed_headers,
		"Content-Security-Policy: %s\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
		"Referrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n"
		"Cross-Origin-Resource-Policy: same-origin\r\n%s",
		s->cfg.csp,
		s->cfg.cert_file ||
			s->cfg.behind_proxy ? "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n" : "");
}

/* What a server is without sockets and threads. On failure *out is still NULL and all is freed. */
static enum err_code make(struct http_server **out, const struct http_config *cfg, bool offline,
	struct err *e)
{
	struct http_server *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "http", "no memory for the server");
	s->cfg = *cfg;
	arena_init(&s->arena, 0);
	pthread_mutex_init(&s->pool_lock, NULL);
	pthread_cond_init(&s->pool_work, NULL);
	enum err_code rc = complete(&s->cfg, e);
	s->sys = s->cfg.sys;
	if (!rc)
		rc = router_build(s, e);
	if (!rc && s->cfg.proxy_address && !addr_key(s->cfg.proxy_address, true, s->proxy_key))
		rc = err_set(e, ERR_BAD_VALUE, "proxy_address", "the address is not numeric");
	if (!rc)
		make_fixed_headers(s);
	int want_n = offline ? 1 : s->cfg.loops_n;
	if (!rc && !(s->loops = calloc((size_t)want_n, sizeof *s->loops)))
		rc = err_set(e, ERR_MEMORY, "http", "no memory for the loops");
	while (!rc && s->loops_n < want_n) {
		struct loop *l = &s->loops[s->loops_n];
		s->loops_n++;
		if (!loop_init(l, s, s->loops_n - 1, offline))
			rc = err_set(e, ERR_NETWORK, "epoll", "%s", strerror(errno));
	}
	if (rc)
		http_server_close(&s);
	else
		*out = s;
	return rc;
}

enum err_code server_offline(struct http_server **out, const struct http_config *cfg, struct err *e)
{
	return make(out, cfg, true, e);
}

static enum err_code address_of(const struct http_config *c, struct sockaddr_storage *sa, socklen_t *n,
	struct err *e)
{
	struct sockaddr_in *four = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)sa;
	memset(sa, 0, sizeof *sa);
	if (inet_pton(AF_INET, c->address, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(c->port);
		*n = sizeof *four;
	} else if (inet_pton(AF_INET6, c->address, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(c->port);
		*n = sizeof *six;
	} else {
		return err_set(e, ERR_BAD_VALUE, c->address, "the listening address is numeric, e.g. 127.0.0.1 or ::");
	}
	/* a proxy on this machine reaches the loopback; on another address anybody else could speak plain HTTP with us as well */
	if (!c->cert_file && !addr_is_loopback(c->address) && !(c->behind_proxy && c->proxy_address))
		return err_set(e, ERR_BAD_VALUE, c->address,
			"plain HTTP is served on loopback only: give --cert and --key, or --behind-proxy when a proxy on this machine does TLS");
	return OK;
}

static enum err_code listen_on(struct loop *l, struct sockaddr_storage *sa, socklen_t n, struct err *e)
{
	struct http_server *s = l->server;
	int one = 1;
	int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	l->listen_fd = fd;
	bool ok = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0;
	if (ok && s->loops_n > 1)
		ok = setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0;
	ok = ok && bind(fd, (struct sockaddr *)sa, n) == 0 && listen(fd, 1024) == 0;
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &l->listen_fd};
	ok = ok && epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
	/* the first loop learns a port chosen by the system; the others join it there */
	ok = ok && getsockname(fd, (struct sockaddr *)sa, &n) == 0;
	if (!ok)
		return err_set(e, ERR_NETWORK, s->cfg.address, "cannot listen: %s", strerror(errno));
	s->port = ntohs(sa->ss_family == AF_INET ? ((struct sockaddr_in *)sa)->sin_port
		: ((struct sockaddr_in6 *)sa)->sin6_port);
	return OK;
}

enum err_code http_server_open(struct http_server **out, const struct http_config *config, struct err *e)
{
	struct http_server *s = NULL;
	struct sockaddr_storage sa;
	socklen_t n = 0;
	enum err_code rc = make(&s, config, false, e);
	if (rc)
		return rc;
	rc = address_of(&s->cfg, &sa, &n, e);
	if (!rc && s->cfg.cert_file)
		rc = tls_open(s, e);
	for (int i = 0; !rc && i < s->loops_n; i++)
		rc = listen_on(&s->loops[i], &sa, n, e);
	if (!rc && !pool_start(s))
		rc = err_set(e, ERR_MEMORY, "http", "worker threads cannot be started");
	if (rc)
		http_server_close(&s);
	else
		*out = s;
	return rc;
}

uint16_t http_server_port(const struct http_server *s)
{
	return s->port;
}

static void *run_loop(void *arg)
{
	struct loop *l = arg;
	if (loop_run(l, NULL) != OK)
		http_server_stop(l->server);
	return NULL;
}

enum err_code http_server_run(struct http_server *s, struct err *e)
{
	int started = 1;
	sigset_t all, old;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (started < s->loops_n &&
		pthread_create(&s->loops[started].thread, NULL, run_loop, &s->loops[started]) == 0)
		started++;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	enum err_code rc = OK;
	if (started < s->loops_n) {
		rc = err_set(e, ERR_MEMORY, "http", "loop threads cannot be started");
		http_server_stop(s);
	} else {
		rc = loop_run(&s->loops[0], e);
		http_server_stop(s);
	}
	for (int i = 1; i < started; i++)
		pthread_join(s->loops[i].thread, NULL);
	return rc;
}

void http_server_stop(struct http_server *s)
{
	int kept = errno;
	atomic_store(&s->stop, true);
	for (int i = 0; i < s->loops_n; i++)
		loop_wake(&s->loops[i]);
	errno = kept;
}

void http_server_close(struct http_server **server)
{
	struct http_server *s = *server;
	if (!s)
		return;
	*server = NULL;
	for (int i = 0; i < s->loops_n; i++)
		for (struct conn *c = s->loops[i].conns; c; c = c->next)
			conn_kill(c); /* before the pool ends: a stream must not wait for a client */
	pool_end(s);
	for (int i = 0; i < s->loops_n; i++)
		loop_done(&s->loops[i]);
	tls_close(s);
	free(s->loops);
	buf_done(&s->fixed_headers);
	arena_done(&s->arena);
	pthread_cond_destroy(&s->pool_work);
	pthread_mutex_destroy(&s->pool_lock);
	free(s);
}

static uint64_t load(const _Atomic uint64_t *p)
{
	return atomic_load_explicit(p, memory_order_relaxed);
}

void http_server_metrics(const struct http_server *s, struct http_metrics *out)
{
	*out = (struct http_metrics){0};
	for (int i = 0; i < s->loops_n; i++) {
		const struct counters *c = &s->loops[i].counters;
#define X(name) out->name += load(&c->name);
		COUNTERS(X)
#undef X
		for (size_t k = 0; k < ARRAY_N(c->requests); k++)
			out->requests[k] += load(&c->requests[k]);
		for (size_t k = 0; k < HTTP_LATENCY_N; k++)
			out->latency[k] += load(&c->latency[k]);
		out->connections += atomic_load_explicit(&c->connections, memory_order_relaxed);
		out->waiting += atomic_load_explicit(&c->waiting, memory_order_relaxed);
		out->streams += atomic_load_explicit(&c->streams, memory_order_relaxed);
	}
}

const struct http_route *http_server_routes(const struct http_server *s, size_t *n)
{
	*n = s->cfg.routes_n;
	return s->cfg.routes;
}
