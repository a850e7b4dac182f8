/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 60000

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "client: %s (%s)\n", what, strerror(errno));
	abort();
}

static void connect_now(struct client *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(c->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)(const void *)&to, sizeof to) != 0)
		die("cannot connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	buf_reset(&c->in);
}

void client_open(struct client *c, uint16_t port)
{
	*c = (struct client){.fd = -1, .port = port};
	buf_init(&c->in, 0);
	buf_init(&c->body, 0);
	connect_now(c);
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	buf_done(&c->in);
	buf_done(&c->body);
}

/* False when the server has closed. */
static bool send_all(struct client *c, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return true;
}

/* Waits for bytes. False: end of the stream, or nothing within wait_ms. */
static bool fill(struct client *c, int wait_ms)
{
	struct pollfd p = {.fd = c->fd, .events = POLLIN};
	if (poll(&p, 1, wait_ms) <= 0)
		return false;
	char *to = buf_reserve(&c->in, 65536);
	ssize_t n = to ? recv(c->fd, to, 65536, 0) : -1;
	if (n <= 0)
		return false;
	c->in.n += (size_t)n;
	return true;
}

static void drop(struct client *c, size_t n)
{
	memmove(c->in.p, c->in.p + n, c->in.n - n);
	c->in.n -= n;
}

void client_send_raw(struct client *c, struct str bytes)
{
	if (c->fd < 0)
		connect_now(c);
	(void)send_all(c, bytes); /* the answer (or its absence) tells */
}

void client_send(struct client *c, const char *method, const char *path, const char *headers, struct str body)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, path, headers ? headers : "");
	if (body.p)
		buf_printf(&b, "Content-Length: %zu\r\n", body.n);
	buf_add_c(&b, "\r\n");
	buf_add_str(&b, body);
	client_send_raw(c, buf_str(&b));
	buf_done(&b);
}

struct str reply_header(const struct reply *r, const char *name)
{
	struct str rest = r->head;
	while (rest.n > 0) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		struct str value = line;
		struct str key = str_cut(&value, ':');
		if (key.n == strlen(name) && strncasecmp(key.p, name, key.n) == 0 && value.p)
			return str_trim(value);
	}
	return STR_NONE;
}

void client_read_head(struct client *c, struct reply *r)
{
	*r = (struct reply){0};
	char *end;
	while (c->in.n < 4 || !(end = memmem(c->in.p, c->in.n, "\r\n\r\n", 4)))
		if (!fill(c, WAIT_MS)) {
			close(c->fd);
			c->fd = -1;
			return;
		}
	static _Thread_local char head[65536];
	size_t n = (size_t)(end - c->in.p) + 4;
	if (n >= sizeof head || n < 16)
		die("a head of an unlikely size");
	memcpy(head, c->in.p, n);
	head[n] = 0;
	drop(c, n);
	r->head = (struct str){head, n};
	r->status = atoi(head + 9);
}

/* Takes the chunks out of c->in; the decoded body stays at its front. Returns its size. */
static size_t read_chunks(struct client *c, struct reply *r)
{
	size_t body_n = 0; /* decoded bytes, at the front of in */
	for (;;) {
		char *eol;
		while (!(eol = c->in.n > body_n ? memmem(c->in.p + body_n, c->in.n - body_n, "\r\n", 2) : NULL))
			if (!fill(c, WAIT_MS)) {
				r->cut = true;
				return body_n;
			}
		size_t size = strtoul(c->in.p + body_n, NULL, 16), line = (size_t)(eol - (c->in.p + body_n)) + 2;
		while (c->in.n < body_n + line + size + 2)
			if (!fill(c, WAIT_MS)) {
				r->cut = true;
				return body_n;
			}
		memmove(c->in.p + body_n, c->in.p + body_n + line, c->in.n - body_n - line);
		c->in.n -= line;
		body_n += size;
		memmove(c->in.p + body_n, c->in.p + body_n + 2, c->in.n - body_n - 2);
		c->in.n -= 2;
		if (size == 0)
			return body_n;
	}
}

void client_read(struct client *c, struct reply *r)
{
	client_read_head(c, r);
	if (r->status == 0)
		return;
	int64_t length = 0;
	size_t n;
	if (str_eq(reply_header(r, "Transfer-Encoding"), STR("chunked")))
		n = read_chunks(c, r);
	else {
		if (!str_to_i64(reply_header(r, "Content-Length"), &length))
			length = 0;
		while (c->in.n < (size_t)length && !r->cut)
			r->cut = !fill(c, WAIT_MS);
		n = r->cut ? c->in.n : (size_t)length;
	}
	buf_reset(&c->body);
	buf_add(&c->body, c->in.p, n);
	drop(c, n);
	r->body = buf_str(&c->body);
	if (r->cut || str_eq(reply_header(r, "Connection"), STR("close"))) {
		close(c->fd);
		c->fd = -1;
	}
}

void client_ask(struct client *c, struct reply *r, const char *method, const char *path, const char *headers, struct str body)
{
	client_send(c, method, path, headers, body);
	client_read(c, r);
}

struct str client_event(struct client *c, int wait_ms)
{
	static _Thread_local char event[65536];
	for (;;) {
		char *end;
		while (!(end = c->in.n >= 2 ? memmem(c->in.p, c->in.n, "\n\n", 2) : NULL))
			if (!fill(c, wait_ms))
				return STR_NONE;
		size_t n = (size_t)(end - c->in.p);
		if (n >= sizeof event)
			die("an event of an unlikely size");
		memcpy(event, c->in.p, n);
		event[n] = 0;
		drop(c, n + 2);
		if (event[0] != ':')
			return (struct str){event, n};
	}
}
