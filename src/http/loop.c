/* SPDX-License-Identifier: Apache-2.0
 * The event loop: epoll, sockets, the inbox other threads post to, and the deadlines. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "http/internal.h"

#define EVENTS_N 256
#define ACCEPTS_PER_TURN 64
#define READS_PER_TURN 4

static void set_clock(struct loop *l)
{
	const struct sys *sys = l->server->sys;
	l->now_us = sys->mono_us(sys->ctx);
	int64_t now_s = sys->now_ms(sys->ctx) / 1000;
	if (now_s == l->date_s)
		return;
	static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)now_s;
	struct tm tm;
	gmtime_r(&t, &tm);
	snprintf(l->date, sizeof l->date, "%.3s, %02u %.3s %04u %02u:%02u:%02u GMT", days + 3 * tm.tm_wday,
		(unsigned)tm.tm_mday % 100, months + 3 * tm.tm_mon, (unsigned)(tm.tm_year + 1900) % 10000,
		(unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100, (unsigned)tm.tm_sec % 100);
	l->date_s = now_s;
}

bool loop_init(struct loop *l, struct http_server *s, int no, bool offline)
{
	l->server = s;
	l->no = no;
	l->offline = offline;
	l->epoll_fd = l->wake_fd = l->listen_fd = -1;
	l->ring_lost = s->cfg.sse_from;
	l->date_s = -1;
	pthread_mutex_init(&l->inbox_lock, NULL);
	s->sys->random(s->sys->ctx, &l->id_base, sizeof l->id_base);
	set_clock(l);
	if (offline)
		return true;
	l->scratch = malloc(RECV_N);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &l->wake_fd};
	return l->scratch && l->epoll_fd >= 0 && l->wake_fd >= 0 &&
		epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, l->wake_fd, &ev) == 0;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void loop_done(struct loop *l)
{
	for (struct conn *c = l->conns; c; c = c->next)
		conn_kill(c);
	loop_drain_inbox(l);
	loop_reap(l);
	CHECK(l->requests_out == 0); /* a deferred token was never answered */
	while (l->free_reqs) {
		struct http_req *next = l->free_reqs->next;
		req_free(l->free_reqs);
		l->free_reqs = next;
	}
	sse_forget(l);
	free(l->inbox);
	free(l->working);
	free(l->scratch);
	close_fd(&l->listen_fd);
	close_fd(&l->wake_fd);
	close_fd(&l->epoll_fd);
	pthread_mutex_destroy(&l->inbox_lock);
}

void loop_wake(struct loop *l)
{
	uint64_t one = 1;
	if (l->wake_fd >= 0) {
		ssize_t rc = write(l->wake_fd, &one, sizeof one);
		(void)rc; /* the counter cannot be full in a way that matters: it is not zero then */
	}
}

void loop_post(struct loop *l, const struct msg *msgs, size_t n)
{
	pthread_mutex_lock(&l->inbox_lock);
	if (l->inbox_n + n > l->inbox_cap) {
		size_t cap = l->inbox_cap * 2 > l->inbox_n + n ? l->inbox_cap * 2 : l->inbox_n + n + 64;
		struct msg *p = realloc(l->inbox, cap * sizeof *p);
		CHECK(p); /* an answer that cannot be delivered would leave its request for ever */
		l->inbox = p;
		l->inbox_cap = cap;
	}
	memcpy(l->inbox + l->inbox_n, msgs, n * sizeof *msgs);
	l->inbox_n += n;
	/* The message may be taken, and the server stopped, as soon as the lock is free: wake before. */
	if (!l->woken) {
		l->woken = true;
		loop_wake(l);
	}
	pthread_mutex_unlock(&l->inbox_lock);
}

static void take_message(struct loop *l, const struct msg *m)
{
	switch (m->kind) {
	case MSG_DONE:
		conn_done(m->req);
		break;
	case MSG_ANSWER:
		conn_answered(m->req);
		break;
	case MSG_STREAM_OPEN:
		conn_stream_open(m->req);
		break;
	case MSG_STREAM_DATA:
		conn_stream_data(m->req, m->p, (size_t)m->n);
		break;
	case MSG_EVENT:
		sse_event(l, m->p);
		break;
	case MSG_END_TAGGED:
		sse_end_tagged(l, m->n);
		break;
	}
}

void loop_drain_inbox(struct loop *l)
{
	pthread_mutex_lock(&l->inbox_lock);
	struct msg *msgs = l->inbox;
	size_t n = l->inbox_n, cap = l->inbox_cap;
	l->inbox = l->working;
	l->inbox_cap = l->working_cap;
	l->inbox_n = 0;
	l->working = msgs;
	l->working_cap = cap;
	l->woken = false;
	pthread_mutex_unlock(&l->inbox_lock);
	for (size_t i = 0; i < n; i++)
		take_message(l, &msgs[i]);
}

void loop_again(struct conn *c)
{
	if (c->in_again)
		return;
	c->in_again = true;
	c->again_next = c->loop->again;
	c->loop->again = c;
}

static bool wants_read(const struct conn *c)
{
	if (c->eof)
		return false;
	switch (c->phase) {
	case PHASE_HEAD:
	case PHASE_BODY:
	case PHASE_HANDLER:
	case PHASE_SEND:
	case PHASE_STREAM:
		return c->in.n - c->in_at <= c->loop->server->cfg.header_max;
	case PHASE_SSE:
	case PHASE_LINGER:
		return true;
	case PHASE_CLOSING:
	case PHASE_DEAD:
		return false;
	}
	return false;
}

static void watch(struct conn *c)
{
	if (c->fd < 0 || c->phase == PHASE_DEAD)
		return;
	bool out = (conn_pending(c) > 0 && !c->ssl_write_wants_in) || c->ssl_read_wants_out;
	bool in = wants_read(c) || (conn_pending(c) > 0 && c->ssl_write_wants_in);
	uint32_t events = (in ? (uint32_t)EPOLLIN : 0) | (out ? (uint32_t)EPOLLOUT : 0);
	if (c->ssl && in && SSL_has_pending(c->ssl))
		loop_again(c); /* epoll does not see what OpenSSL has already read */
	if (events == c->events)
		return;
	struct epoll_event ev = {.events = events, .data.ptr = c};
	if (epoll_ctl(c->loop->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev) != 0)
		conn_kill(c);
	c->events = events;
}

static ptrdiff_t send_plain(struct conn *c)
{
	struct iovec iov[2];
	struct msghdr m = {.msg_iov = iov};
	if (c->out.n > c->out_at)
		iov[m.msg_iovlen++] = (struct iovec){c->out.p + c->out_at, c->out.n - c->out_at};
	if (c->tail.n)
		iov[m.msg_iovlen++] = (struct iovec){(void *)(uintptr_t)c->tail.p, c->tail.n};
	ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -2;
	return n;
}

static void send_some(struct conn *c)
{
	for (size_t want; (want = conn_pending(c)) > 0;) {
		ptrdiff_t n;
		if (!c->ssl)
			n = send_plain(c);
		else if (c->out.n > c->out_at)
			n = tls_write(c, c->out.p + c->out_at, c->out.n - c->out_at);
		else
			n = tls_write(c, c->tail.p, c->tail.n);
		if (n < 0)
			conn_kill(c);
		if (n <= 0)
			return;
		conn_sent(c, (size_t)n);
		if (!c->ssl && (size_t)n < want)
			return; /* the socket is full */
	}
}

/* Advances and sends until the connection waits for something outside. */
void loop_flush(struct conn *c)
{
	bool again;
	do {
		enum phase before = c->phase;
		conn_advance(c);
		if (c->fd < 0 || c->phase == PHASE_DEAD)
			return;
		if (c->phase == PHASE_LINGER && before != PHASE_LINGER) {
			if (c->ssl)
				tls_bye(c);
			shutdown(c->fd, SHUT_WR);
		}
		bool had = conn_pending(c) > 0;
		if (had)
			send_some(c);
		bool more = c->phase == PHASE_SEND || c->phase == PHASE_CLOSING ||
			    (c->phase == PHASE_HEAD && c->in.n > c->in_at && !c->in_again);
		again = had && c->phase != PHASE_DEAD && conn_pending(c) == 0 && more;
	} while (again);
	watch(c);
}

static void read_some(struct conn *c)
{
	struct loop *l = c->loop;
	for (int i = 0; i < READS_PER_TURN && wants_read(c); i++) {
		ptrdiff_t n;
		if (c->ssl && c->phase != PHASE_LINGER) {
			n = tls_read(c, l->scratch, RECV_N);
		} else {
			n = recv(c->fd, l->scratch, RECV_N, 0);
			n = n == 0 ? -1 : n > 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -2;
		}
		if (n == 0)
			break;
		if (n == -2)
			conn_kill(c);
		else if (n == -1)
			conn_eof(c);
		else
			conn_feed(c, l->scratch, (size_t)n);
		loop_flush(c);
		if (n < 0 || (!c->ssl && n < RECV_N))
			break;
	}
}

static void refuse_fd(struct loop *l, int fd)
{
	COUNT(l, refused, 1);
	close(fd);
}

static void take_fd(struct loop *l, int fd, const struct sockaddr_storage *sa)
{
	const struct http_server *s = l->server;
	char text[HTTP_ADDR_N] = "";
	if (sa->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, text, sizeof text);
	else
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, text, sizeof text);
	if (l->counters.connections >= (uint32_t)s->cfg.connections_max) {
		refuse_fd(l, fd);
		return;
	}
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	struct conn *c = conn_new(l, fd);
	if (!c) {
		refuse_fd(l, fd);
		return;
	}
	memcpy(c->addr, text, sizeof c->addr);
	addr_key(text, true, c->addr_key);
	c->is_proxy = s->cfg.behind_proxy &&
		(s->cfg.proxy_address ? memcmp(c->addr_key, s->proxy_key, 16) == 0 : addr_is_loopback(text));
	struct epoll_event ev = {.events = EPOLLIN, .data.ptr = c};
	c->events = EPOLLIN;
	bool ok = (c->is_proxy || addr_enter(l, c)) && (!s->tls || (c->ssl = tls_accept(l->server, fd)) != NULL) &&
		  epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (!ok) {
		COUNT(l, refused, 1);
		conn_kill(c);
	}
}

static void watch_listener(struct loop *l, bool on)
{
	struct epoll_event ev = {.events = on ? EPOLLIN : 0, .data.ptr = &l->listen_fd};
	epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, l->listen_fd, &ev);
}

static void accept_some(struct loop *l)
{
	for (int i = 0; i < ACCEPTS_PER_TURN && l->listen_fd >= 0; i++) {
		struct sockaddr_storage sa = {0};
		socklen_t n = sizeof sa;
		int fd = accept4(l->listen_fd, (struct sockaddr *)&sa, &n, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd >= 0) {
			take_fd(l, fd, &sa);
		} else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
	/* the listener stays readable: do not spin */
			l->accept_pause_us = l->now_us + TICK_US;
			watch_listener(l, false);
			return;
		} else if (errno != EINTR && errno != ECONNABORTED) {
			return;
		}
	}
}

void loop_reap(struct loop *l)
{
	struct conn *kept = NULL;
	for (struct conn *c = l->again; c;) { /* the dead leave the list of those who want another turn */
		struct conn *next = c->again_next;
		if (c->phase == PHASE_DEAD) {
			c->in_again = false;
		} else {
			c->again_next = kept;
			kept = c;
		}
		c = next;
	}
	l->again = kept;
	while (l->dead) {
		struct conn *c = l->dead;
		l->dead = c->dead_next;
		if (c->ssl)
			tls_free(c);
		if (c->fd >= 0)
			close(c->fd);
		conn_free(c);
	}
}

static void take_turns_again(struct loop *l)
{
	struct conn *list = l->again;
	l->again = NULL;
	while (list) {
		struct conn *c = list;
		list = c->again_next;
		c->in_again = false;
		if (c->phase == PHASE_DEAD)
			continue;
		c->turn_n = 0;
		loop_flush(c);
		if (c->ssl && c->phase != PHASE_DEAD)
			read_some(c);
	}
}

static void tick(struct loop *l)
{
	if (l->now_us < l->tick_us)
		return;
	l->tick_us = l->now_us + TICK_US;
	for (struct conn *c = l->conns; c; c = c->next) {
		enum phase before = c->phase;
		conn_tick(c);
		if (c->phase != before && c->phase != PHASE_DEAD)
			loop_flush(c);
	}
	if (l->accept_pause_us && l->now_us >= l->accept_pause_us && l->listen_fd >= 0) {
		l->accept_pause_us = 0;
		watch_listener(l, true);
	}
	if (l->now_us >= l->heartbeat_us) {
		l->heartbeat_us = l->now_us + (int64_t)l->server->cfg.heartbeat_ms * 1000;
		sse_heartbeat(l);
	}
}

static void begin_drain(struct loop *l)
{
	l->draining = true;
	l->drain_until_us = l->now_us + (int64_t)l->server->cfg.drain_ms * 1000;
	close_fd(&l->listen_fd);
	for (struct conn *c = l->conns; c; c = c->next) {
		if (c->phase == PHASE_SSE || conn_is_idle(c))
			conn_kill(c);
	}
}

static void take_event(struct loop *l, const struct epoll_event *ev)
{
	if (ev->data.ptr == &l->listen_fd) {
		accept_some(l);
		return;
	}
	if (ev->data.ptr == &l->wake_fd) {
		uint64_t n;
		ssize_t rc = read(l->wake_fd, &n, sizeof n);
		(void)rc;
		return;
	}
	struct conn *c = ev->data.ptr;
	if (c->phase == PHASE_DEAD)
		return;
	c->turn_n = 0;
	if (ev->events & (EPOLLERR | EPOLLHUP) && !(ev->events & EPOLLIN)) {
		conn_kill(c);
		return;
	}
	if (ev->events & EPOLLOUT || (conn_pending(c) > 0 && c->ssl_write_wants_in))
		loop_flush(c);
	if (ev->events & (EPOLLIN | EPOLLERR | EPOLLHUP) || c->ssl_read_wants_out)
		read_some(c);
	if (ev->events & (EPOLLERR | EPOLLHUP) && c->phase != PHASE_DEAD && !wants_read(c))
		conn_kill(c);
}

enum err_code loop_run(struct loop *l, struct err *e)
{
	sigset_t pipe, old; /* OpenSSL writes without MSG_NOSIGNAL */
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &old);
	enum err_code rc = OK;
	struct epoll_event events[EVENTS_N];
	for (;;) {
		int n = epoll_wait(l->epoll_fd, events, EVENTS_N, l->again ? 0 : l->draining ? 20 : TICK_US / 1000);
		if (n < 0 && errno != EINTR) {
			rc = err_set(e, ERR_NETWORK, "epoll_wait", "%s", strerror(errno));
			break;
		}
		set_clock(l);
		if (atomic_load(&l->server->stop) && !l->draining)
			begin_drain(l);
		for (int i = 0; i < n; i++)
			take_event(l, &events[i]);
		loop_drain_inbox(l);
		take_turns_again(l);
		tick(l);
		loop_reap(l);
		if (!l->draining)
			continue;
		if (l->now_us > l->drain_until_us) {
			for (struct conn *c = l->conns; c; c = c->next)
				conn_kill(c);
			loop_reap(l);
		}
		if (!l->conns)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}
