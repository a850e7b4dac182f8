/* SPDX-License-Identifier: Apache-2.0
 * The HTTP server over real sockets on loopback: form, routes, answers now and later, streams, limits,
	drain, TLS. */
#include "cm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

/* --- a server in a thread --- */

struct shared {
	atomic_int handled, authorized, released, threads, lines;
	struct http_access last;
	char last_pattern[64];
	pthread_mutex_t lock;
	struct http_token parked[64];
	int parked_n;
};
static struct shared shared;
static struct http_server *server;
static pthread_t server_thread;
static char big[300000];
static struct http_asset page;

static void say(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	atomic_fetch_add(&shared.handled, 1);
	struct buf *b = http_res_buf(res, "text/plain");
	buf_add_str(b, http_req_body(req));
	struct str v;
	if (http_req_query(req, "q", &v))
		buf_add_str(b, v);
}

static void person(struct http_req *req, struct http_res *res, void *user)
{
	CHECK(user == &shared.threads);
	http_res_body(res, "text/plain", http_req_param(req, "id"));
}

static void file(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	http_res_body(res, "text/plain", http_req_param(req, "path"));
}

static void asset(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	(void)user;
	http_res_asset(res, &page);
}

static void park(struct http_req *req, struct http_res *res, void *user)
{
	(void)res;
	(void)user;
	pthread_mutex_lock(&shared.lock);
	CHECK(shared.parked_n < 64);
	shared.parked[shared.parked_n++] = http_defer(req);
	pthread_mutex_unlock(&shared.lock);
}

static void large(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	(void)user;
	http_res_static(res, "application/octet-stream", (struct str){big, sizeof big});
}

static void export(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	struct str v;
	if (!http_stream_open(res, "text/csv"))
		return;
	int pieces = http_req_query(req, "endless", &v) ? 100000 : 200;
	for (int i = 0; i < pieces; i++)
		if (!http_stream_write(res, (struct str){big, 10000})) {
			atomic_fetch_add(&shared.handled, 1000);
			return;
		}
	if (http_req_query(req, "abort", &v))
		http_stream_abort(res);
}

static void events(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	http_res_sse(res, 3, http_req_last_event(req), STR_NONE);
}

static void failing(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	(void)user;
	struct err e;
	err_set(&e, ERR_BAD_VALUE, "/body/tube", "a \"tube\" code has 12 characters");
	http_res_fail(res, &e);
}

static void tell(struct http_req *req, struct http_res *res, void *user)
{
	(void)user;
	struct buf *b = http_res_buf(res, "text/plain");
	buf_printf(b, "%s %s %.*s", http_req_lang(req), http_req_addr(req), STR_ARG(http_req_cookie(req, "s")));
}

static const struct http_route routes[] = {
	{VERB_GET, "/", say, 0, 0, 0, NULL, "root", "首页"},
	{VERB_POST, "/echo", say, HTTP_INLINE, 100000, 0, NULL, "echo", "回声"},
	{VERB_PUT, "/echo", say, HTTP_POOL | HTTP_PRIORITY, 100, 0, NULL, "echo", "回声"},
	{VERB_GET, "/persons/{id}", person, HTTP_POOL, 0, 0, NULL, "person", "人员"},
	{VERB_GET, "/persons/all", say, 0, 0, 0, NULL, "all", "全部"},
	{VERB_GET, "/files/{path*}", file, 0, 0, 0, NULL, "file", "文件"},
	{VERB_GET, "/page", asset, 0, 0, 0, NULL, "page", "页面"},
	{VERB_GET, "/park", park, HTTP_PRIORITY, 0, 0, NULL, "deferred", "延后"},
	{VERB_GET, "/park2", park, HTTP_POOL | HTTP_PRIORITY, 0, 0, NULL, "deferred", "延后"},
	{VERB_GET, "/large", large, 0, 0, 0, NULL, "large", "大"},
	{VERB_GET, "/export", export, HTTP_POOL, 0, 0, NULL, "export", "导出"},
	{VERB_GET, "/events", events, 0, 0, 7, NULL, "events", "事件"},
	{VERB_GET, "/fail", failing, 0, 0, 0, NULL, "fail", "失败"},
	{VERB_GET, "/tell", tell, 0, 0, 0, NULL, "tell", "说明"},
	{VERB_POST, "/closed", say, 0, 1000, 1, NULL, "closed", "关闭"},
};

static enum err_code authorize(void *user, struct http_req *req, struct err *e)
{
	(void)user;
	int right = http_req_route(req)->right;
	if (right == 1)
		return err_set(e, ERR_NOT_SIGNED_IN, "", "no session");
	if (right == 7) {
		http_req_set_session(req, &shared, 77);
		atomic_fetch_add(&shared.authorized, 1);
	}
	return OK;
}

static void release(void *user, void *session)
{
	(void)user;
	CHECK(session == &shared);
	atomic_fetch_add(&shared.released, 1);
}

static void line(void *user, const struct http_access *a)
{
	(void)user;
	pthread_mutex_lock(&shared.lock);
	shared.last = *a;
	str_to_c(str_of(a->pattern), shared.last_pattern, sizeof shared.last_pattern);
	pthread_mutex_unlock(&shared.lock);
	atomic_fetch_add(&shared.lines, 1);
}

static void *thread_open(void *user, int no)
{
	(void)user;
	(void)no;
	atomic_fetch_add(&shared.threads, 1);
	return &shared.threads;
}

static void thread_close(void *user, void *mine)
{
	(void)user;
	CHECK(mine == &shared.threads);
	atomic_fetch_add(&shared.threads, -1);
}

static struct http_config base_config(void)
{
	return (struct http_config){
		.routes = routes, .routes_n = ARRAY_N(routes), .authorize = authorize, .session_release = release,
			.access = line,
		.thread_open = thread_open, .thread_close = thread_close, .pool_n = 2, .lang = "en", .sse_from = 100,
	};
}

static void *serve(void *arg)
{
	(void)arg;
	struct err e;
	CHECK(http_server_run(server, &e) == OK);
	return NULL;
}

static void start_with(struct http_config c)
{
	struct err e = {0};
	if (http_server_open(&server, &c, &e) != OK)
		fail_msg("%s: %s", e.at, e.what);
	assert_int_equal(pthread_create(&server_thread, NULL, serve, NULL), 0);
}

static void start(void)
{
	start_with(base_config());
}

static void stop(void)
{
	http_server_stop(server);
	pthread_join(server_thread, NULL);
	http_server_close(&server);
	assert_int_equal(atomic_load(&shared.threads), 0);
}

/* --- a client that hides nothing --- */

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(http_server_port(server))};
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	struct timeval tv = {20, 0};
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	return fd;
}

static void put(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
		if (k <= 0)
			return; /* the server may have closed already: the test looks at what it said */
		p += k;
		n -= (size_t)k;
	}
}

static void put_c(int fd, const char *text)
{
	put(fd, text, strlen(text));
}

/* Everything until the server closes; *n gets the length. -1 in *n when it does not close in time. */
static char *slurp(int fd, ssize_t *n)
{
	size_t cap = 1 << 16, have = 0;
	char *p = malloc(cap);
	for (;;) {
		if (have + 1 == cap)
			p = realloc(p, cap *= 2);
		ssize_t k = recv(fd, p + have, cap - 1 - have, 0);
		if (k <= 0) {
			*n = k == 0 || errno == ECONNRESET ? (ssize_t)have : -1;
			break;
		}
		have += (size_t)k;
	}
	p[have] = 0;
	return p;
}

/* One answer with Content-Length (or none), in buf. Returns the status, 0 when the connection ended. */
static int answer(int fd, char *buf, size_t cap)
{
	size_t n = 0;
	char *end = NULL;
	while (!end) {
		if (n + 1 >= cap || recv(fd, buf + n, 1, 0) != 1)
			return 0;
		buf[++n] = 0;
		end = n >= 4 && memcmp(buf + n - 4, "\r\n\r\n", 4) == 0 ? buf + n : NULL;
	}
	char *length = strstr(buf, "Content-Length: ");
	size_t want = length ? strtoul(length + 16, NULL, 10) : 0;
	while (want > 0) {
		ssize_t k = recv(fd, buf + n, want < cap - n - 1 ? want : cap - n - 1, 0);
		if (k <= 0)
			return 0;
		n += (size_t)k;
		want -= (size_t)k;
		buf[n] = 0;
	}
	return atoi(buf + 9);
}

static const char *body_of(const char *buf)
{
	return strstr(buf, "\r\n\r\n") + 4;
}

static int ask(int fd, const char *request, char *buf, size_t cap)
{
	put_c(fd, request);
	return answer(fd, buf, cap);
}

static int ask_once(const char *request, char *buf, size_t cap)
{
	int fd = dial();
	int status = ask(fd, request, buf, cap);
	close(fd);
	return status;
}

static void sleep_ms(int ms)
{
	struct timespec ts = {ms / 1000, (long)(ms % 1000) * 1000000};
	nanosleep(&ts, NULL);
}

static struct http_metrics metrics(void)
{
	struct http_metrics m;
	http_server_metrics(server, &m);
	return m;
}

#define UNTIL(cond) \
	do { \
		int tries_ = 0; \
		while (!(cond) && tries_++ < 1000) \
			sleep_ms(10); \
		assert_true(cond); \
	} while (0)

/* --- form --- */

#define H "Host: x\r\n"
#define P "POST /echo HTTP/1.1\r\n" H
static const struct {
	const char *name, *text;
	size_t n; /* 0: strlen */
	int status;
} odd[] = {
	{"two different Content-Length", P "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 0, 400},
	{"two equal Content-Length", P "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 0, 400},
	{"list of Content-Length", P "Content-Length: 5, 5\r\n\r\nhello", 0, 400},
	{"Content-Length: +11", P "Content-Length: +11\r\n\r\nhello world", 0, 400},
	{"Content-Length: 0x0b", P "Content-Length: 0x0b\r\n\r\nhello world", 0, 400},
	{"Content-Length: -1", P "Content-Length: -1\r\n\r\n", 0, 400},
	{"Content-Length beyond 64 bits", P "Content-Length: 99999999999999999999\r\n\r\n", 0, 400},
	{"empty Content-Length", P "Content-Length: \r\n\r\n", 0, 400},
	{"Transfer-Encoding: xchunked", P "Transfer-Encoding: xchunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 0, 501},
	{"space before the colon", P "Content-Length : 5\r\n\r\nhello", 0, 400},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 0, 400},
	{"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 0, 400},
	{"bad Host", "GET / HTTP/1.1\r\nHost: a@b/c\r\n\r\n", 0, 400},
	{"NUL in a header value", "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n",
		sizeof "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n" - 1, 400},
	{"NUL in a header name", "GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n",
		sizeof "GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n" - 1, 400},
	{"overflowing chunk size",
		P "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff1\r\nhello\r\n0\r\n\r\n", 0, 400},
	{"malformed chunk size", P "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 0, 400},
	{"negative chunk size", P "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 0, 400},
	{"chunk longer than said", P "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", 0, 400},
	{"chunk line with bare LF", P "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", 0, 400},
	{"chunk data end with bare LF", P "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n", 0, 400},
	{"chunk extension with bare LF", P "Transfer-Encoding: chunked\r\n\r\n5;a\nhello\r\n0\r\n\r\n", 0, 400},
	{"trailers", P "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 5\r\n\r\n", 0, 400},
	{"GE(T as the method", "GE(T / HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"unknown method", "BREW / HTTP/1.1\r\n" H "\r\n", 0, 501},
	{"CONNECT", "CONNECT x:443 HTTP/1.1\r\n" H "\r\n", 0, 501},
	{"lower-case method", "get / HTTP/1.1\r\n" H "\r\n", 0, 501},
	{"HTTP/9.9", "GET / HTTP/9.9\r\n" H "\r\n", 0, 505},
	{"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505},
	{"http/1.1", "GET / http/1.1\r\n" H "\r\n", 0, 400},
	{"no version", "GET /\r\n" H "\r\n", 0, 400},
	{"two blanks", "GET  / HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"blank after version", "GET / HTTP/1.1 \r\n" H "\r\n", 0, 400},
	{"Content-Length + chunked", P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400},
	{"Transfer-Encoding: gzip, chunked", P "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 501},
	{"Transfer-Encoding: chunked, identity", P "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 0, 501},
	{"two Transfer-Encoding",
		P "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400},
	{"Transfer-Encoding with vertical tab", P "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", 0, 400},
	{"chunked in HTTP/1.0", "POST /echo HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400},
	{"folded header line", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 0, 400},
	{"folded first header", "GET / HTTP/1.1\r\n X: a\r\n" H "\r\n", 0, 400},
	{"bare LF line ends", "GET / HTTP/1.1\nHost: x\n\n", 0, 400},
	{"one bare LF", "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n", 0, 400},
	{"bare CR", "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", 0, 400},
	{"header without colon", "GET / HTTP/1.1\r\n" H "nonsense\r\n\r\n", 0, 400},
	{"header without name", "GET / HTTP/1.1\r\n" H ": x\r\n\r\n", 0, 400},
	{"target with fragment", "GET /#x HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"raw bytes in the target", "GET /\xE6\xB6 HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"bad escape", "GET /files/%zz HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"cut escape", "GET /files/%4 HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"encoded NUL", "GET /files/a%00b HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"encoded slash", "GET /files/a%2fb HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"dot segments", "GET /files/../etc/passwd HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"encoded dot segments", "GET /files/%2e%2e/etc HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"overlong UTF-8", "GET /files/%c0%af HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"parameter twice", "GET /?q=1&q=2 HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"other host in the target", "GET http://y/ HTTP/1.1\r\n" H "\r\n", 0, 400},
	{"compressed body", P "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", 0, 415},
	{"unknown expectation", P "Expect: tea\r\nContent-Length: 1\r\n\r\n", 0, 417},
	{"TLS at a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n", 12, 400},
};

static void odd_requests_are_refused(void **state)
{
	(void)state;
	start();
	for (size_t i = 0; i < ARRAY_N(odd); i++) {
		int before = atomic_load(&shared.handled);
		int fd = dial();
		put(fd, odd[i].text, odd[i].n ? odd[i].n : strlen(odd[i].text));
		put_c(fd, "GET /files/smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
		ssize_t n;
		char *p = slurp(fd, &n);
		if (n < 12 || atoi(p + 9) != odd[i].status || strstr(p + 1, "HTTP/1.1 200") ||
			atomic_load(&shared.handled) != before)
			fail_msg("%s: wanted %d and close, got %.*s", odd[i].name, odd[i].status, 40, p);
		assert_non_null(strstr(p, "Connection: close\r\n"));
		assert_null(strstr(p, "smuggled"));
		assert_null(strstr(body_of(p), "passwd"));
		free(p);
		close(fd);
	}
	assert_true(metrics().malformed >= ARRAY_N(odd));
	stop();
}

static void long_heads_are_refused(void **state)
{
	(void)state;
	start();
	char *text = malloc(70000);
	ssize_t n;
	for (int kind = 0; kind < 3; kind++) {
		int fd = dial();
		size_t k = (size_t)sprintf(text,
			kind == 0 ? "GET / HTTP/1.1\r\nHost: x\r\nX: " : kind == 1 ? "GET /" : "GET / HTTP/1.1\r\nHost: x\r\n");
		while (k < 65536)
			k += (size_t)sprintf(text + k, kind == 2 ? "A: b\r\n" : "aaaaaaaa");
		put(fd, text, k);
		char *p = slurp(fd, &n);
		assert_int_equal(n > 12 ? atoi(p + 9) : 0, kind == 1 ? 414 : 431);
		free(p);
		close(fd);
	}
	/* 65 header lines in few bytes */
	size_t k = (size_t)sprintf(text, "GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 64; i++)
		k += (size_t)sprintf(text + k, "A%d: b\r\n", i);
	sprintf(text + k, "\r\n");
	char buf[4096];
	assert_int_equal(ask_once(text, buf, sizeof buf), 431);
	free(text);
	stop();
}

static const char whole[] = "POST /echo?q=%E6%B6%91+1 HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
#define WHOLE_BODY "abc0123456789\xE6\xB6\x91 1"

static void requests_may_be_split_anywhere(void **state)
{
	(void)state;
	start();
	char buf[4096];
	size_t n = sizeof whole - 1;
	int fd = dial();
	int one = 1;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &one, sizeof one);
	for (size_t cut = 0; cut <= n; cut++) {
		put(fd, whole, cut);
		if (cut % 8 == 0)
			sleep_ms(1);
		put(fd, whole + cut, n - cut);
		assert_int_equal(answer(fd, buf, sizeof buf), 200);
		assert_string_equal(body_of(buf), WHOLE_BODY);
	}
	for (size_t i = 0; i < n; i++) { /* byte by byte */
		put(fd, whole + i, 1);
		sleep_ms(1);
	}
	assert_int_equal(answer(fd, buf, sizeof buf), 200);
	assert_string_equal(body_of(buf), WHOLE_BODY);
	/* a body full of NUL and LF bytes right behind its head */
	static const char binary[] = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n\0\n\0\n\n\0";
	put(fd, binary, sizeof binary - 1);
	assert_int_equal(answer(fd, buf, sizeof buf), 200);
	assert_memory_equal(body_of(buf), "\0\n\0\n\n\0", 6);
	close(fd);
	stop();
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	(void)state;
	start();
	char buf[4096];
	struct buf all;
	buf_init(&all, 0);
	enum { N = 300 };
	for (int i = 0; i < N; i++)
		buf_printf(&all, "%sGET /%s%d HTTP/1.1\r\nHost: x\r\n\r\n", i % 7 == 0 ? "\r\n" : "",
			i % 3 == 0 ? "persons/" : "files/", i);
	int fd = dial();
	put(fd, all.p, all.n);
	for (int i = 0; i < N; i++) {
		assert_int_equal(answer(fd, buf, sizeof buf), 200);
		assert_int_equal(atoi(body_of(buf)), i);
	}
	/* HEAD has the length and no body: the next answer follows at once */
	put_c(fd, "HEAD /large HTTP/1.1\r\nHost: x\r\n\r\nGET /files/next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	ssize_t n;
	char *p = slurp(fd, &n);
	assert_non_null(strstr(p, "Content-Length: 300000\r\n"));
	assert_true(n < 4096 && strstr(p, "\r\n\r\nnext"));
	free(p);
	close(fd);
	buf_done(&all);
	stop();
}

/* --- routes and answers --- */

static void routes_are_found(void **state)
{
	(void)state;
	start();
	static const struct {
		const char *line;
		int status;
		const char *has;
	} cases[] = {
		{"GET /persons/17", 200, "\r\n\r\n17"}, {"GET /persons/%E5%BC%A0", 200, "\r\n\r\n\xE5\xBC\xA0"},
		{"GET /persons/all", 200, "\r\n\r\n"}, {"GET /persons/", 404, "not_found"}, {"GET /persons", 404,
			"not_found"},
		{"GET /persons/1/2", 404, ""}, {"GET /files/a/b.txt", 200, "\r\n\r\na/b.txt"}, {"GET //", 404, ""},
		{"DELETE /persons/17", 405, "Allow: GET, HEAD, OPTIONS\r\n"}, {"OPTIONS /echo", 204,
			"Allow: POST, PUT, OPTIONS\r\n"},
		{"GET /echo", 405, "Allow: POST, PUT, OPTIONS\r\n"}, {"GET /nothing", 404, "\"code\":\"not_found\""},
		{"GET http://x/persons/3", 200, "\r\n\r\n3"}, {"GET /?q=a%26b+c", 200, "\r\n\r\na&b c"},
		{"GET /fail", 422,
			"{\"error\":{\"code\":\"bad_value\",\"at\":\"/body/tube\",\"what\":\"a \\\"tube\\\" code has 12 characters\","
			"\"text\":\"a value is not allowed here\""},
		{"GET /fail?lang=zh", 422, "字段值不符合要求"},
	};
	char buf[8192], request[256];
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		snprintf(request, sizeof request, "%s HTTP/1.1\r\nHost: x\r\n\r\n", cases[i].line);
		int status = ask_once(request, buf, sizeof buf);
		if (status != cases[i].status || !strstr(buf, cases[i].has))
			fail_msg("%s: %d %s", cases[i].line, status, buf);
		assert_non_null(strstr(buf, "X-Content-Type-Options: nosniff\r\n"));
		assert_non_null(strstr(buf, "default-src 'self'"));
		assert_non_null(strstr(buf, "frame-ancestors 'none'"));
		assert_non_null(strstr(buf, "Referrer-Policy: no-referrer\r\n"));
		assert_non_null(strstr(buf, "Cache-Control: no-store\r\n"));
		assert_null(strstr(buf, "Strict-Transport-Security"));
	}
	ask_once("GET /persons/secret HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf);
	pthread_mutex_lock(&shared.lock);
	assert_string_equal(shared.last_pattern, "/persons/{id}");
	assert_int_equal(shared.last.status, 200);
	pthread_mutex_unlock(&shared.lock);
	stop();
}

static void bad_tables_are_refused(void **state)
{
	(void)state;
	static const struct http_route bad[] = {
		{VERB_GET, "persons", say, 0, 0, 0, NULL, "", ""}, {VERB_GET, "/a//b", say, 0, 0, 0, NULL, "", ""},
		{VERB_GET, "/{Name}", say, 0, 0, 0, NULL, "", ""}, {VERB_GET, "/{a*}/b", say, 0, 0, 0, NULL, "", ""},
		{VERB_HEAD, "/", say, 0, 0, 0, NULL, "", ""}, {VERB_GET, "/x", NULL, 0, 0, 0, NULL, "", ""},
		{VERB_GET, "/x/", say, 0, 0, 0, NULL, "", ""},
	};
	struct http_server *s = NULL;
	struct err e;
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		struct http_config c = {.routes = &bad[i], .routes_n = 1};
		assert_int_equal(http_server_open(&s, &c, &e), ERR_BAD_VALUE);
		assert_null(s);
	}
	static const struct http_route twice[] = {
		{VERB_GET, "/p/{a}", say, 0, 0, 0, NULL, "", ""}, {VERB_GET, "/p/{b}", say, 0, 0, 0, NULL, "", ""}};
	struct http_config c = {.routes = twice, .routes_n = 2};
	assert_int_equal(http_server_open(&s, &c, &e), ERR_BAD_VALUE);
	c = (struct http_config){.routes = routes, .routes_n = 1, .address = "0.0.0.0"};
	assert_int_equal(http_server_open(&s, &c, &e), ERR_BAD_VALUE); /* plain HTTP on a public address */
	c.behind_proxy = true;
	assert_int_equal(http_server_open(&s, &c, &e), ERR_BAD_VALUE); /* a proxy on this machine needs no public address */
	c.proxy_address = "192.0.2.1";
	assert_int_equal(http_server_open(&s, &c, &e), OK);
	http_server_close(&s);
	c = (struct http_config){.routes = routes, .routes_n = 1, .cert_file = "/nonexistent",
		.key_file = "/nonexistent"};
	assert_int_equal(http_server_open(&s, &c, &e), ERR_FILE);
	c = (struct http_config){.routes = routes, .routes_n = 1, .address = "localhost"};
	assert_int_equal(http_server_open(&s, &c, &e), ERR_BAD_VALUE);
}

static void assets_are_revalidated(void **state)
{
	(void)state;
	http_asset_init(&page, "text/html; charset=utf-8", STR("<p>hello"), STR("ZIPPED"), false);
	start();
	char buf[4096], request[256];
	assert_int_equal(ask_once("GET /page HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	assert_string_equal(body_of(buf), "<p>hello");
	assert_non_null(strstr(buf, "Cache-Control: no-cache\r\n"));
	char *tag = strstr(buf, "ETag: ") + 6;
	*strchr(tag, '\r') = 0;
	snprintf(request, sizeof request,
		"GET /page HTTP/1.1\r\nHost: x\r\nIf-None-Match: \"a\", W/%s\r\n\r\n", tag);
	assert_int_equal(ask_once(request, buf, sizeof buf), 304);
	assert_null(strstr(buf, "Content-Length"));
	assert_int_equal(ask_once("GET /page HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\n\r\n", buf,
		sizeof buf), 200);
	assert_non_null(strstr(buf, "Content-Encoding: gzip\r\n"));
	assert_string_equal(body_of(buf), "ZIPPED");
	assert_int_equal(ask_once("GET /page HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0\r\n\r\n", buf,
		sizeof buf), 200);
	assert_string_equal(body_of(buf), "<p>hello");
	stop();
}

static void language_address_and_cookies(void **state)
{
	(void)state;
	start();
	char buf[4096];
	static const struct {
		const char *line, *headers, *want;
	} cases[] = {
		{"/tell", "", "en 127.0.0.1 "},
		{"/tell", "Accept-Language: fr, zh-CN;q=0.8, en;q=0.5\r\n", "zh 127.0.0.1 "},
		{"/tell", "Accept-Language: zh;q=0.1, en-GB\r\nCookie: lang=zh; s=abc\r\n", "zh 127.0.0.1 abc"},
		{"/tell?lang=en", "Cookie: lang=zh; s=1; s=2\r\n", "en 127.0.0.1 "},
		{"/tell", "X-Forwarded-For: 9.9.9.9\r\n", "en 127.0.0.1 "},
	};
	char request[512];
	for (size_t i = 0; i < ARRAY_N(cases); i++) {
		snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", cases[i].line, cases[i].headers);
		assert_int_equal(ask_once(request, buf, sizeof buf), 200);
		assert_string_equal(body_of(buf), cases[i].want);
	}
	stop();
	struct http_config c = base_config();
	c.behind_proxy = true;
	start_with(c);
	assert_int_equal(ask_once("GET /tell HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.1.1.1, 9.9.9.9\r\n\r\n", buf, sizeof buf), 200);
	assert_string_equal(body_of(buf), "en 9.9.9.9 ");
	assert_non_null(strstr(buf, "Strict-Transport-Security"));
	stop();
}

/* --- bodies --- */

static void bodies_are_bounded(void **state)
{
	(void)state;
	start();
	char buf[4096];
	int before = atomic_load(&shared.handled);
	assert_int_equal(ask_once("PUT /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", buf,
		sizeof buf), 413);
	assert_int_equal(ask_once("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", buf, sizeof buf), 413);
	int fd = dial();
	put_c(fd, "PUT /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 11; i++)
		put_c(fd, "a\r\n0123456789\r\n");
	assert_int_equal(answer(fd, buf, sizeof buf), 413);
	close(fd);
	/* refused by the hook: answered before the body is sent, which is never read */
	fd = dial();
	assert_int_equal(ask(fd,
		"POST /closed HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\nExpect: 100-continue\r\n\r\n", buf,
			sizeof buf), 401);
	assert_non_null(strstr(buf, "Connection: close"));
	close(fd);
	assert_int_equal(atomic_load(&shared.handled), before);
	/* many tiny chunks cost framing */
	fd = dial();
	put_c(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < 6000; i++)
		put_c(fd, "1\r\nx\r\n");
	assert_int_equal(answer(fd, buf, sizeof buf), 400);
	close(fd);
	stop();
}

static void expectation_is_met(void **state)
{
	(void)state;
	start();
	char buf[4096];
	int fd = dial();
	assert_int_equal(ask(fd,
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", buf,
			sizeof buf), 100);
	assert_int_equal(ask(fd, "hello", buf, sizeof buf), 200);
	assert_string_equal(body_of(buf), "hello");
	close(fd);
	stop();
}

static void large_answers_and_exports_arrive_whole(void **state)
{
	(void)state;
	start();
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (char)('a' + i % 23);
	ssize_t n;
	for (int round = 0; round < 2; round++) {
		int fd = dial();
		put_c(fd, "GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		sleep_ms(50);
		char *p = slurp(fd, &n);
		char *second = strstr(body_of(p) + sizeof big, "HTTP/1.1 200");
		assert_non_null(second);
		assert_memory_equal(body_of(p), big, sizeof big);
		assert_memory_equal(body_of(second), big, sizeof big);
		assert_int_equal(n, body_of(second) - p + (ptrdiff_t)sizeof big);
		free(p);
		close(fd);
	}
	/* chunked: 200 pieces of 10,000 bytes, each with its size line */
	int fd = dial();
	put_c(fd, "GET /export HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	char *p = slurp(fd, &n);
	assert_non_null(strstr(p, "Transfer-Encoding: chunked\r\n"));
	assert_int_equal(n - (body_of(p) - p), 200 * (10000 + 8) + 5);
	assert_memory_equal(p + n - 5, "0\r\n\r\n", 5);
	assert_memory_equal(body_of(p) + 6, big, 10000);
	free(p);
	close(fd);
	/* HTTP/1.0: until close; aborted: no last chunk */
	fd = dial();
	put_c(fd, "GET /export HTTP/1.0\r\n\r\n");
	p = slurp(fd, &n);
	assert_int_equal(n - (body_of(p) - p), 200 * 10000);
	free(p);
	close(fd);
	fd = dial();
	put_c(fd, "GET /export?abort=1 HTTP/1.1\r\nHost: x\r\n\r\n");
	p = slurp(fd, &n);
	assert_true(n < 5 || memcmp(p + n - 5, "0\r\n\r\n", 5) != 0);
	free(p);
	close(fd);
	stop();
}

static void an_export_ends_when_its_client_does_not_read(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.write_ms = 300;
	c.stream_buffer = 20000;
	atomic_store(&shared.handled, 0);
	start_with(c);
	int fd = dial();
	int small = 4096;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	put_c(fd, "GET /export?endless=1 HTTP/1.1\r\nHost: x\r\n\r\n");
	char buf[4096];
	sleep_ms(50);
	int fd2 = dial(); /* one stream at a time with two workers */
	assert_int_equal(ask(fd2, "GET /export HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 503);
	assert_non_null(strstr(buf, "Retry-After"));
	close(fd2);
	UNTIL(atomic_load(&shared.handled) >= 1000);
	assert_true(metrics().timeouts >= 1);
	close(fd);
	stop();
}

/* --- deferral --- */

static void answer_parked(const char *text)
{
	struct http_token t[64];
	pthread_mutex_lock(&shared.lock);
	int n = shared.parked_n;
	memcpy(t, shared.parked, sizeof t);
	shared.parked_n = 0;
	pthread_mutex_unlock(&shared.lock);
	for (int i = 0; i < n; i++)
		http_res_body(http_token_res(t[i]), "text/plain", str_of(text));
	http_answer_batch(t, (size_t)n);
}

static int parked(void)
{
	pthread_mutex_lock(&shared.lock);
	int n = shared.parked_n;
	pthread_mutex_unlock(&shared.lock);
	return n;
}

static void answers_may_come_later(void **state)
{
	(void)state;
	start();
	enum { N = 20 };
	int fds[N];
	char buf[4096];
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < N; i++) {
			if (round == 0)
				fds[i] = dial();
			put_c(fds[i], i % 2 ? "GET /park HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /park2 HTTP/1.1\r\nHost: x\r\n\r\n");
		}
		UNTIL(parked() == N);
		answer_parked("committed");
		for (int i = 0; i < N; i++) {
			assert_int_equal(answer(fds[i], buf, sizeof buf), 200);
			assert_string_equal(body_of(buf), "committed");
		}
	}
	for (int i = 0; i < N; i++)
		close(fds[i]);
	UNTIL(metrics().waiting == 0);
	stop();
}

static void a_client_may_go_before_its_answer(void **state)
{
	(void)state;
	start();
	for (int i = 0; i < 10; i++) {
		int fd = dial();
		put_c(fd, i % 2 ? "GET /park HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /park2 HTTP/1.1\r\nHost: x\r\n\r\n");
		UNTIL(parked() == i + 1);
		struct linger l = {1, 0}; /* reset */
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
		close(fd);
	}
	UNTIL(metrics().connections == 0);
	answer_parked("too late");
	UNTIL(metrics().late_answers == 10);
	assert_int_equal(metrics().requests[0], 10);
	/* only its sending side closed: it still gets the answer */
	int fd = dial();
	put_c(fd, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	shutdown(fd, SHUT_WR);
	UNTIL(parked() == 1);
	answer_parked("half");
	ssize_t n;
	char *p = slurp(fd, &n);
	assert_non_null(strstr(p, "half"));
	free(p);
	close(fd);
	stop();
}

static void a_late_answer_is_replaced_by_503(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.answer_ms = 200;
	start_with(c);
	char buf[4096];
	assert_int_equal(ask_once("GET /park2 HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 503);
	answer_parked("late");
	UNTIL(metrics().late_answers == 1);
	stop();
}

static void overload_is_refused_but_priority_goes_on(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.waiting_max = 4;
	start_with(c);
	char buf[4096];
	int fds[16];
	for (int i = 0; i < 16; i++) {
		fds[i] = dial();
		put_c(fds[i], "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
		UNTIL(parked() == i + 1);
		int status = ask_once("GET /persons/1 HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf);
		assert_int_equal(status, i < 3 ? 200 : 503);
		if (status == 503)
			assert_non_null(strstr(buf, "Retry-After: "));
	}
	/* four times the limit: priority is refused too */
	assert_int_equal(ask_once("GET /park HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 503);
	answer_parked("x");
	for (int i = 0; i < 16; i++) {
		assert_int_equal(answer(fds[i], buf, sizeof buf), 200);
		close(fds[i]);
	}
	UNTIL(metrics().waiting == 0);
	assert_int_equal(ask_once("GET /persons/1 HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	stop();
}

/* --- slowness --- */

static int64_t now_us(void)
{
	return sys_real()->mono_us(NULL);
}

static int64_t mean_us(int fd, int n)
{
	char buf[4096];
	int64_t t = now_us();
	for (int i = 0; i < n; i++)
		assert_int_equal(ask(fd, "GET /files/x HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	return (now_us() - t) / n;
}

static void slow_clients_are_cut_and_hurt_nobody(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.header_ms = 700;
	c.body_ms = 700;
	c.body_rate = 1000;
	c.idle_ms = 700;
	start_with(c);
	enum { N = 400 };
	static int fds[N];
	for (int i = 0; i < N; i++) {
		fds[i] = dial();
		put_c(fds[i], i % 4 == 0 ? "G" : i % 4 == 1 ? "GET / HTTP/1.1\r\nX-a: b\r\n" :
			i % 4 == 2 ? "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc" : "");
	}
	int good = dial();
	mean_us(good, 20);
	UNTIL(metrics().connections == N + 1);
	int64_t with = mean_us(good, 200);
	char buf[4096];
	for (int i = 0; i < N; i++) {
		int status = answer(fds[i], buf, sizeof buf);
		assert_int_equal(status, i % 4 == 3 ? 0 : 408);
		close(fds[i]);
	}
	UNTIL(metrics().connections <= 1);
	assert_true(metrics().timeouts >= N);
	close(good);
	good = dial();
	mean_us(good, 20);
	int64_t without = mean_us(good, 200);
	assert_true(with < 10 * without + 2000); /* a generous bound: shared machine; the bench has the figure */
	close(good);
	stop();
}

static void connections_are_limited(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.per_address_max = 5;
	start_with(c);
	int fds[6];
	char buf[4096];
	for (int i = 0; i < 6; i++) {
		fds[i] = dial();
		put_c(fds[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		assert_int_equal(answer(fds[i], buf, sizeof buf), i < 5 ? 200 : 0);
	}
	assert_int_equal(metrics().refused, 1);
	for (int i = 0; i < 6; i++)
		close(fds[i]);
	UNTIL(metrics().connections == 0);
	assert_int_equal(ask_once("GET / HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	stop();
}

static void buckets_fill_and_empty(void **state)
{
	(void)state;
	struct sys_sim sim;
	sys_sim_init(&sim, 1, 1000000);
	struct http_rate *r = http_rate_open(&sim.sys, 2, 3, 60);
	for (int i = 0; i < 3; i++)
		assert_int_equal(http_rate_take(r, "10.0.0.1"), 0);
	int64_t wait = http_rate_take(r, "10.0.0.1");
	assert_true(wait > 900 && wait <= 1001);
	assert_int_equal(http_rate_take(r, "10.0.0.2"), 0);
	sim.now += 1100;
	assert_int_equal(http_rate_take(r, "10.0.0.1"), 0);
	assert_true(http_rate_take(r, "10.0.0.1") > 0);
	for (int i = 0; i < 3; i++) /* one /64 is one client */
		assert_int_equal(http_rate_take(r, i ? "2001:db8::1" : "2001:db8::2"), 0);
	assert_true(http_rate_take(r, "2001:db8::3") > 0);
	assert_int_equal(http_rate_take(r, "2001:db8:0:1::3"), 0);
	http_rate_close(&r);
	assert_null(r);
}

/* --- events --- */

static void read_until(int fd, char *buf, size_t cap, const char *text)
{
	size_t n = 0;
	buf[0] = 0;
	while (!strstr(buf, text)) {
		ssize_t k = recv(fd, buf + n, cap - 1 - n, 0);
		if (k <= 0)
			fail_msg("stream ended before %s: %s", text, buf);
		n += (size_t)k;
		buf[n] = 0;
	}
}

static void events_reach_those_who_asked(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.heartbeat_ms = 100;
	start_with(c);
	char buf[65536];
	atomic_store(&shared.authorized, 0);
	atomic_store(&shared.released, 0);
	http_sse_publish(server, 1, 101, "duty", STR("first"));
	http_sse_publish(server, 4, 102, "duty", STR("not for us"));
	int fd = dial();
	put_c(fd, "GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 100\r\n\r\n");
	read_until(fd, buf, sizeof buf, "data: first\n\n");
	assert_non_null(strstr(buf, "text/event-stream"));
	http_sse_publish(server, 2, 103, NULL, STR("two\nlines"));
	read_until(fd, buf, sizeof buf, "\n\n:\n\n"); /* then a heartbeat */
	assert_non_null(strstr(buf, "id: 103\ndata: two\ndata: lines\n\n"));
	assert_null(strstr(buf, "not for us"));
	assert_int_equal(metrics().streams, 1);
	int old = dial(); /* asks for more than is remembered */
	put_c(old, "GET /events HTTP/1.1\r\nHost: x\r\nLast-Event-ID: 50\r\n\r\n");
	read_until(old, buf, sizeof buf, "data: lines\n\n");
	assert_non_null(strstr(buf, "event: reset\n"));
	http_end_tagged(server, 76);
	http_sse_publish(server, 1, 104, NULL, STR("still here"));
	read_until(old, buf, sizeof buf, "still here");
	http_end_tagged(server, 77); /* the session was revoked */
	ssize_t n;
	free(slurp(fd, &n));
	assert_true(n >= 0);
	UNTIL(metrics().streams == 0);
	UNTIL(atomic_load(&shared.released) == 2);
	assert_int_equal(atomic_load(&shared.authorized), 2);
	close(fd);
	close(old);
	stop();
}

static void a_slow_listener_is_dropped(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.sse_buffer = 30000;
	start_with(c);
	int slow = dial(), quick = dial();
	int small = 4096;
	char *buf = malloc(1 << 20);
	setsockopt(slow, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	put_c(slow, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
	put_c(quick, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
	UNTIL(metrics().streams == 2);
	char want[32];
	for (int i = 0; i < 3000 && metrics().sse_dropped == 0; i++) {
		http_sse_publish(server, 1, 200 + i, NULL, (struct str){big, 10000});
		snprintf(want, sizeof want, "id: %d\n", 200 + i);
		read_until(quick, buf, 1 << 20, "\n\n");
	}
	UNTIL(metrics().sse_dropped == 1);
	assert_int_equal(metrics().streams, 1);
	close(slow);
	close(quick);
	free(buf);
	stop();
}

/* --- end --- */

static void drain_finishes_what_runs(void **state)
{
	(void)state;
	start();
	int idle = dial(), busy = dial(), board = dial();
	char buf[4096];
	assert_int_equal(ask(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	put_c(board, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
	put_c(busy, "GET /park HTTP/1.1\r\nHost: x\r\n\r\n");
	UNTIL(parked() == 1 && metrics().streams == 1);
	uint16_t port = http_server_port(server);
	http_server_stop(server);
	UNTIL(metrics().connections == 1);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), -1);
	close(fd);
	answer_parked("finished");
	assert_int_equal(answer(busy, buf, sizeof buf), 200);
	assert_non_null(strstr(buf, "Connection: close\r\n"));
	assert_string_equal(body_of(buf), "finished");
	close(idle);
	close(busy);
	close(board);
	stop();
	/* bounded: a client that never finishes does not hold the server */
	struct http_config c = base_config();
	c.drain_ms = 200;
	start_with(c);
	fd = dial();
	put_c(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
	UNTIL(metrics().connections == 1);
	int64_t t = now_us();
	stop();
	assert_true(now_us() - t < 3000000);
	close(fd);
}

static void several_loops_share_the_port(void **state)
{
	(void)state;
	struct http_config c = base_config();
	c.loops_n = 3;
	start_with(c);
	char buf[4096];
	for (int i = 0; i < 60; i++)
		assert_int_equal(ask_once(i % 2 ? "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
			: "GET /persons/1 HTTP/1.1\r\nHost: x\r\n\r\n", buf, sizeof buf), 200);
	assert_int_equal(metrics().requests[2], 60);
	stop();
}

static void make_certificate(const char *cert, const char *key)
{
	EVP_PKEY *pk = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, pk);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
		(const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(x));
	assert_true(X509_sign(x, pk, EVP_sha256()) > 0);
	FILE *f = fopen(cert, "w");
	PEM_write_X509(f, x);
	fclose(f);
	f = fopen(key, "w");
	PEM_write_PrivateKey(f, pk, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(pk);
}

/* Handshake with the given bounds; the answer's status, 0 when refused. */
static int tls_ask(int least, int most, const char *suites, char *buf, size_t cap)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_security_level(ctx, 0);
	SSL_CTX_set_min_proto_version(ctx, least);
	SSL_CTX_set_max_proto_version(ctx, most);
	if (suites)
		assert_int_equal(SSL_CTX_set_cipher_list(ctx, suites), 1);
	SSL *ssl = SSL_new(ctx);
	int fd = dial(), status = 0;
	SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) == 1) {
		static const char text[] = "GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
		assert_int_equal(SSL_write(ssl, text, sizeof text - 1), sizeof text - 1);
		size_t n = 0;
		for (int k; n + 1 < cap && (k = SSL_read(ssl, buf + n, (int)(cap - 1 - n))) > 0;)
			n += (size_t)k;
		buf[n] = 0;
		status = n > 12 ? atoi(buf + 9) : 0;
		if (status == 200)
			assert_int_equal(n - (size_t)(body_of(buf) - buf), sizeof big);
	}
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	close(fd);
	return status;
}

static void tls_is_spoken_with_aead_only(void **state)
{
	(void)state;
	char cert[] = "/tmp/http_cert_XXXXXX", key[] = "/tmp/http_key_XXXXXX";
	close(mkstemp(cert));
	close(mkstemp(key));
	make_certificate(cert, key);
	struct http_config c = base_config();
	c.cert_file = cert;
	c.key_file = key;
	start_with(c);
	char *buf = malloc(400000);
	assert_int_equal(tls_ask(TLS1_3_VERSION, TLS1_3_VERSION, NULL, buf, 400000), 200);
	assert_non_null(strstr(buf, "Strict-Transport-Security: max-age=31536000"));
	assert_int_equal(tls_ask(TLS1_2_VERSION, TLS1_2_VERSION, NULL, buf, 400000), 200);
	assert_int_equal(tls_ask(TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", buf, 400000), 0);
	assert_int_equal(tls_ask(TLS1_1_VERSION, TLS1_1_VERSION, NULL, buf, 400000), 0);
	int fd = dial(); /* plain HTTP at the TLS port: no answer, no harm */
	put_c(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	ssize_t n;
	char *p = slurp(fd, &n);
	assert_true(n >= 0 && !strstr(p, "HTTP/1.1 200"));
	free(p);
	close(fd);
	assert_int_equal(tls_ask(TLS1_2_VERSION, TLS1_3_VERSION, NULL, buf, 400000), 200);
	free(buf);
	stop();
	unlink(cert);
	unlink(key);
}

int main(void)
{
	pthread_mutex_init(&shared.lock, NULL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_requests_are_refused),
		cmocka_unit_test(long_heads_are_refused),
		cmocka_unit_test(requests_may_be_split_anywhere),
		cmocka_unit_test(pipelined_requests_are_answered_in_order),
		cmocka_unit_test(routes_are_found),
		cmocka_unit_test(bad_tables_are_refused),
		cmocka_unit_test(assets_are_revalidated),
		cmocka_unit_test(language_address_and_cookies),
		cmocka_unit_test(bodies_are_bounded),
		cmocka_unit_test(expectation_is_met),
		cmocka_unit_test(large_answers_and_exports_arrive_whole),
		cmocka_unit_test(an_export_ends_when_its_client_does_not_read),
		cmocka_unit_test(answers_may_come_later),
		cmocka_unit_test(a_client_may_go_before_its_answer),
		cmocka_unit_test(a_late_answer_is_replaced_by_503),
		cmocka_unit_test(overload_is_refused_but_priority_goes_on),
		cmocka_unit_test(slow_clients_are_cut_and_hurt_nobody),
		cmocka_unit_test(connections_are_limited),
		cmocka_unit_test(buckets_fill_and_empty),
		cmocka_unit_test(events_reach_those_who_asked),
		cmocka_unit_test(a_slow_listener_is_dropped),
		cmocka_unit_test(drain_finishes_what_runs),
		cmocka_unit_test(several_loops_share_the_port),
		cmocka_unit_test(tls_is_spoken_with_aead_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
