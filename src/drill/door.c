/* SPDX-License-Identifier: Apache-2.0 */
#include "drill/door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/caltime.h"

#define ANSWER_MAX ((size_t)512 * 1024 * 1024)
#define WAIT_MS 120000 /* for an answer */
#define TRIES 300      /* of a fifth of a second: a minute */
#define CHUNK 65536

struct answer {
	int status; /* 0: the connection was lost */
	struct str body;
};

void door_open(struct door *d)
{
	d->fd = -1;
	d->auth[0] = 0;
	buf_init(&d->in, ANSWER_MAX);
	buf_init(&d->out, 0);
	buf_init(&d->body, ANSWER_MAX);
	arena_init(&d->arena, ANSWER_MAX * 2);
}

void door_close(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	buf_done(&d->in);
	buf_done(&d->out);
	buf_done(&d->body);
	arena_done(&d->arena);
}

/* ---- bytes --------------------------------------------------------------------------------------------------- */

static void hang_up(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	buf_reset(&d->in);
}

static bool knock(struct door *d)
{
	uint16_t port = d->port(d->ctx);
	int on = 1;
	if (d->fd >= 0)
		return true;
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	if (port == 0)
		return false;
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (d->fd < 0)
		return false;
	if (connect(d->fd, (const struct sockaddr *)(const void *)&to, sizeof to) != 0) {
		hang_up(d);
		return false;
	}
	setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	buf_reset(&d->in);
	return true;
}

static bool put(struct door *d, struct str bytes)
{
	while (bytes.n > 0) {
		ssize_t n = send(d->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes.p += n;
		bytes.n -= (size_t)n;
	}
	return true;
}

/* More bytes; false: lost. */
static bool more(struct door *d)
{
	struct pollfd p = {.fd = d->fd, .events = POLLIN};
	if (poll(&p, 1, WAIT_MS) <= 0)
		return false;
	char *to = buf_reserve(&d->in, CHUNK);
	ssize_t n = to ? recv(d->fd, to, CHUNK, 0) : -1;
	if (n <= 0)
		return false;
	d->in.n += (size_t)n;
	return true;
}

static void drop(struct door *d, size_t n)
{
	memmove(d->in.p, d->in.p + n, d->in.n - n);
	d->in.n -= n;
}

/* The value of a header in the head, or STR_NONE. */
static struct str header(struct str head, const char *name)
{
	while (head.n > 0) {
		struct str value = str_trim(str_cut(&head, '\n'));
		struct str key = str_cut(&value, ':');
		if (key.n == strlen(name) && strncasecmp(key.p, name, key.n) == 0 && value.p)
			return str_trim(value);
	}
	return STR_NONE;
}

/* The body in chunks, taken out of d->in. */
static bool read_chunks(struct door *d)
{
	for (;;) {
		char *eol;
		while (!(eol = d->in.n ? memmem(d->in.p, d->in.n, "\r\n", 2) : NULL))
			if (!more(d))
				return false;
		size_t size = strtoul(d->in.p, NULL, 16), line = (size_t)(eol - d->in.p) + 2;
		while (d->in.n < line + size + 2)
			if (!more(d))
				return false;
		buf_add(&d->body, d->in.p + line, size);
		drop(d, line + size + 2);
		if (size == 0)
			return true;
	}
}

static bool read_answer(struct door *d, struct answer *out)
{
	char *end, head[8192];
	while (!(end = d->in.n > 16 ? memmem(d->in.p, d->in.n, "\r\n\r\n", 4) : NULL))
		if (!more(d))
			return false;
	size_t head_n = (size_t)(end - d->in.p) + 4;
	if (head_n >= sizeof head)
		return false;
	memcpy(head, d->in.p, head_n);
	head[head_n] = 0;
	drop(d, head_n);
	struct str text = {head, head_n};
	buf_reset(&d->body);
	bool whole = true;
	if (str_eq_c(header(text, "Transfer-Encoding"), "chunked")) {
		whole = read_chunks(d);
	} else {
		int64_t length = 0;
		if (!str_to_i64(header(text, "Content-Length"), &length))
			length = 0;
		while (whole && d->in.n < (size_t)length)
			whole = more(d);
		if (whole && length) {
			buf_add(&d->body, d->in.p, (size_t)length);
			drop(d, (size_t)length);
		}
	}
	if (!whole || d->body.failed)
		return false;
	out->status = atoi(head + 9);
	out->body = buf_str(&d->body);
	if (str_eq_c(header(text, "Connection"), "close"))
		hang_up(d);
	return true;
}

/* One request; status 0 when the server has gone. */
static struct answer ask_once(struct door *d, const char *verb, const char *path, struct str body)
{
	struct answer a = {0};
	if (!knock(d))
		return a;
	buf_reset(&d->out);
	buf_printf(&d->out, "%s /api/%s HTTP/1.1\r\nHost: localhost\r\nAccept-Language: en\r\n%s", verb, path, d->auth);
	if (body.p)
		buf_printf(&d->out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.n);
	buf_add_c(&d->out, "\r\n");
	if (!put(d, buf_str(&d->out)) || (body.p && !put(d, body)) || !read_answer(d, &a)) {
		hang_up(d);
		a.status = 0;
	}
	return a;
}

static void wait_a_little(void)
{
	struct timespec t = {.tv_nsec = 200000000};
	nanosleep(&t, NULL);
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

static enum err_code refused(struct door *d, const char *path, struct answer a, struct err *e)
{
	char what[200];
	(void)d;
	str_to_c(a.body, what, sizeof what);
	for (char *p = what; *p; p++)
		if ((unsigned char)*p < 0x20)
			*p = ' ';
	return err_set(e, a.status == 403 ? ERR_FORBIDDEN : a.status == 404 ? ERR_NOT_FOUND : ERR_NETWORK, path, "the server says %d: %s",
		       a.status, what);
}

static bool is_late(int status)
{
	return status == 0 || status == 429 || status == 503;
}

static enum err_code sign_in(struct door *d, struct err *e)
{
	char body[240];
	struct answer a = {0};
	snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"%s\",\"bearer\":true,\"county\":\"%06lld\"}", d->login, d->password,
		 (long long)d->county);
	d->auth[0] = 0;
	for (int i = 0; i < TRIES; i++) {
		a = ask_once(d, "POST", "sign-in", str_of(body));
		if (!is_late(a.status))
			break;
		wait_a_little();
	}
	const char *token = a.status == 200 ? memmem(a.body.p, a.body.n, "\"token\":\"", 9) : NULL;
	if (!token)
		return refused(d, "sign-in", a, e);
	snprintf(d->auth, sizeof d->auth, "Authorization: Bearer %.43s\r\n", token + 9);
	d->signed_in_n++;
	return OK;
}

static enum err_code ask(struct door *d, const char *verb, const char *path, struct str body, struct answer *out, struct err *e)
{
	bool fresh = d->auth[0] == 0;
	enum err_code rc = fresh ? sign_in(d, e) : OK;
	for (int i = 0; rc == OK && i < TRIES; i++) {
		*out = ask_once(d, verb, path, body);
		if (out->status == 401 && !fresh) {
			rc = sign_in(d, e);
			fresh = true;
			continue;
		}
		if (!is_late(out->status)) {
			d->asked_n++;
			return OK;
		}
		d->again_n++;
		if (i > 0)
			wait_a_little();
	}
	return rc == OK ? refused(d, path, *out, e) : rc;
}

enum err_code door_rows(struct door *d, const char *path, const struct json **rows, struct err *e)
{
	struct answer a;
	const struct json *root;
	enum err_code rc = ask(d, "GET", path, STR_NONE, &a, e);
	if (rc != OK)
		return rc;
	if (a.status != 200)
		return refused(d, path, a, e);
	arena_reset(&d->arena);
	rc = json_read(&d->arena, a.body, &root, e);
	if (rc != OK)
		return rc;
	const struct json *list = root->type == JSON_OBJECT ? json_get(root, STR("rows")) : NULL;
	if (!list || list->type != JSON_ARRAY)
		return err_set(e, ERR_NETWORK, path, "an answer without rows");
	*rows = list;
	return OK;
}

enum err_code door_me(struct door *d, char *out, size_t cap, struct err *e)
{
	struct answer a;
	const struct json *root;
	enum err_code rc = ask(d, "GET", "me", STR_NONE, &a, e);
	if (rc != OK)
		return rc;
	if (a.status != 200)
		return refused(d, "me", a, e);
	arena_reset(&d->arena);
	rc = json_read(&d->arena, a.body, &root, e);
	if (rc == OK)
		str_to_c(door_text(root, "user"), out, cap);
	return rc;
}

enum err_code door_tell(struct door *d, struct str facts, const struct json **verdicts, struct err *e)
{
	struct answer a;
	const struct json *root;
	*verdicts = NULL;
	enum err_code rc = ask(d, "POST", "facts", facts, &a, e);
	if (rc != OK)
		return rc;
	if (a.status == 200)
		return OK;
	if (a.status != 207)
		return refused(d, "facts", a, e);
	arena_reset(&d->arena);
	rc = json_read(&d->arena, a.body, &root, e);
	if (rc == OK)
		*verdicts = json_get(root, STR("verdicts"));
	return rc;
}

/* ---- reading rows ------------------------------------------------------------------------------------------------ */

struct str door_text(const struct json *row, const char *name)
{
	const struct json *m = json_get(row, str_of(name));
	return m && m->type == JSON_STRING ? m->s : STR_NONE;
}

int64_t door_int(const struct json *row, const char *name, int64_t missing)
{
	const struct json *m = json_get(row, str_of(name));
	return m && m->type == JSON_INT ? m->i : m && m->type == JSON_TRUE ? 1 : m && m->type == JSON_FALSE ? 0 : missing;
}

int64_t door_time(const struct json *row, const char *name)
{
	int64_t ms = 0;
	struct str s = door_text(row, name);
	return s.p && caltime_parse(s, &ms) ? ms : 0;
}
