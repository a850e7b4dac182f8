/* SPDX-License-Identifier: Apache-2.0
 *
 * http.h - a small, strict HTTP/1.1 server: routes are table rows, handlers get a request and fill a
 * response.
 *
 * It answers: which bytes are a request (llhttp behind a gate of our own that refuses every ambiguous
 * form), which route it belongs to, whether it may go on (a hook of the caller), and how the answer gets
 * back, whether it is ready now, comes later from another thread, is streamed, or never ends (server-sent
 * events).
 *
 * Threads: one loop thread (or several, see loops_n) owns all connections. Handlers flagged HTTP_POOL run
 * on worker threads, all others on the loop thread and must not block there. Functions below say from
 * which thread they may be called; where nothing is said: from the thread that currently handles that
 * request.
 *
 * Memory: the server owns requests and responses. Everything reached through a request (strings, arena,
 * session) is valid until the handler returns or, after http_defer, until http_answer is called with its
 * token, even if the client has gone. Configuration, route table and assets belong to the caller and
 * outlive the server.
 *
 * It never reads a body before the authorize hook has agreed, never repeats bytes of a request in an error
 * text, never logs, never calls a handler for a request that is not whole, and knows nothing of facts, SQL
 * or the domain. */
#ifndef SUSHUI_HTTP_HTTP_H
#define SUSHUI_HTTP_HTTP_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/sys.h"

struct http_server;
struct http_req;
struct http_res;

/* --- routes ------------------------------------------------------------------------------------------- */

enum http_verb { VERB_GET, VERB_HEAD, VERB_POST, VERB_PUT, VERB_PATCH, VERB_DELETE, VERB_OPTIONS, VERB__N };
const char *http_verb_name(enum http_verb verb); /* "GET" */

enum http_flag {
	HTTP_INLINE = 0,        /* runs on the loop thread: memory only, microseconds */
	HTTP_POOL = 1 << 0,     /* runs on a worker thread: may read the database or compute */
	HTTP_PRIORITY = 1 << 1, /* taken even when the server is overloaded (sampling, alarms, sign-in of staff) */
	/* for the authorize hook and the documentation: needs no session; the server ignores it */
	HTTP_PUBLIC = 1 << 2,
};

/* Fills res, or calls http_defer(req) and returns; a handler that does neither answers 204. user: on the
 * pool what thread_open made for this thread, inline config.user. */
typedef void http_handler(struct http_req *req, struct http_res *res, void *user);

/* One row of the table. GET rows answer HEAD too; OPTIONS is answered by the server (204 and Allow). */
struct http_route {
	enum http_verb verb;   /* VERB_GET, POST, PUT, PATCH or DELETE */
	/* "/api/persons/{id}": a {name} is one whole segment; a last "{name*}" takes the rest of the path */
	const char *pattern;
	http_handler *handler;
	unsigned flags;        /* enum http_flag */
	size_t body_max;       /* most bytes of the body; 0 = a body is refused */
	int right;             /* what the authorize hook checks; opaque here */
	const void *data;      /* for the handler, e.g. a declared query; opaque here */
	const char *en, *zh;   /* one line of help */
};
/* Literal segments win over {name}, {name} over {name*}. http_server_open refuses a table with two rows
 * for the same address and verb, a malformed pattern or a missing handler (ERR_BAD_VALUE, at = the
 * pattern). */

/* --- request ------------------------------------------------------------------------------------------ */

#define HTTP_ID_N 16     /* characters of a request id */
#define HTTP_ADDR_N 46   /* room for any address as text, with NUL */

const struct http_route *http_req_route(const struct http_req *req);
enum http_verb http_req_verb(const struct http_req *req); /* VERB_HEAD for HEAD */
/* HTTP_ID_N hexadecimal characters; also sent as X-Request-Id */
const char *http_req_id(const struct http_req *req);
/* Decoded path as text, for static files and 404s only: not for logs. Valid UTF-8, no NUL, no empty, "."
 * or ".." segment. */
struct str http_req_path(const struct http_req *req);
/* Value of {name}, percent-decoded; CHECKs that the pattern has it. Never empty. */
struct str http_req_param(const struct http_req *req, const char *name);
/* Query parameter, percent-decoded ('+' is a blank), valid UTF-8 without NUL. False when it is not there.
 * A name given twice, or a bad escape, has been refused with 400 before the handler is called. */
bool http_req_query(const struct http_req *req, const char *name, struct str *value);
/* All query parameters, to refuse unknown ones by name. */
size_t http_req_query_n(const struct http_req *req);
void http_req_query_at(const struct http_req *req, size_t i, struct str *name, struct str *value);
/* Header by name (any case); STR_NONE when absent. The first one when it is repeated; Host,
 * Content-Length, Content-Type, Authorization, Expect, Cookie and other single-valued headers given twice
 * have been refused. */
struct str http_req_header(const struct http_req *req, const char *name);
/* Cookie by name (case matters); STR_NONE when absent or given twice. */
struct str http_req_cookie(const struct http_req *req, const char *name);
/* The whole body, at most route->body_max bytes; transfer coding removed. */
struct str http_req_body(const struct http_req *req);
/* The media type without parameters equals `type` ("application/json"), any case. */
bool http_req_is_type(const struct http_req *req, const char *type);
/* Scratch memory of this request, capped by config.arena_max. */
struct arena *http_req_arena(struct http_req *req);
/* Address of the client as text: the peer's, or with config.behind_proxy what the proxy says. */
const char *http_req_addr(const struct http_req *req);
bool http_req_is_tls(const struct http_req *req); /* TLS here, or done by the proxy in front */
/* "zh" or "en": ?lang=, else cookie lang, else Accept-Language, else config.lang. */
const char *http_req_lang(const struct http_req *req);
/* Value of Last-Event-ID; -1 when absent or not a decimal number >= 0. */
int64_t http_req_last_event(const struct http_req *req);
int64_t http_req_at_ms(const struct http_req *req); /* UTC milliseconds when the headers were complete */
/* The session that the authorize hook attached; NULL when none. */
void *http_req_session(const struct http_req *req);
/* For the authorize hook: session is given to config.session_release when the request ends; tag (0 = none)
 * names it for http_end_tagged. */
void http_req_set_session(struct http_req *req, void *session, uint64_t tag);

/* --- response ----------------------------------------------------------------------------------------- */

/* A static answer with a strong ETag; made once, used by any number of requests at the same time. */
struct http_asset {
	const char *type;   /* "text/html; charset=utf-8" */
	struct str body;
	struct str gzip;    /* the same bytes precompressed; STR_NONE when there is none */
	/* the address changes with the content: cached for a year; else revalidated each time */
	bool immutable;
	char etag[36];      /* made by http_asset_init */
};
/* Fills *a; the bytes stay the caller's. O(body). */
void http_asset_init(struct http_asset *a, const char *type, struct str body, struct str gzip,
	bool immutable);
/* Content type by the ending of path ("index.html"), application/octet-stream when unknown. */
const char *http_type_of(struct str path);

/* 200 to 599. Default 200 with a body, 204 without. */
void http_res_status(struct http_res *res, int status);
/* Adds a header. CHECKs that name is a token, that value has no control character (so a value made of
 * input must have been checked), and that it is none of the framing headers the server writes itself.
 * Set-Cookie may be added more than once. */
void http_res_header(struct http_res *res, const char *name, struct str value);
/* Cache-Control instead of the default no-store. */
void http_res_cache(struct http_res *res, const char *value);
/* A copy of body. type NULL: application/json. */
void http_res_body(struct http_res *res, const char *type, struct str body);
/* The response's own buffer, empty at first: write the body straight into it. */
struct buf *http_res_buf(struct http_res *res, const char *type);
/* Looks into caller's memory, which must live as long as the server (literals, assets). */
void http_res_static(struct http_res *res, const char *type, struct str body);
/* 200, or 304 when If-None-Match names its ETag; gzip when there is one and the client takes it. */
void http_res_asset(struct http_res *res, const struct http_asset *a);
/* {"error":{"code","at","what","text","hint"}} in the client's language with the status of e->code. Drops
 * a body written before. A fault's `what` is not shown to clients (it may name paths); it is kept for the
 * access line. BUSY and TOO_MANY carry Retry-After. */
void http_res_fail(struct http_res *res, const struct err *e);
/* Redirect within this server: location must start with one '/'. status 303, 307 or 308. */
void http_res_redirect(struct http_res *res, int status, struct str location);

/* Answer later. Call at most once, from the handler. Afterwards the handler touches neither req nor res;
 * whoever holds the token may read the request, use its arena, and fill http_token_res(token), from one
 * thread at a time. */
struct http_token {
	struct http_req *req;
};
struct http_token http_defer(struct http_req *req);
struct http_res *http_token_res(struct http_token t);
/* Hands the answer to the loop; exactly once per token, from any thread, also when the client has gone or
 * the client was told 503 after config.answer_ms. The request may not be touched afterwards. Wakes the
 * loop at most once for a whole batch. */
void http_answer(struct http_token t);
void http_answer_batch(const struct http_token *tokens, size_t n);

/* Large exports, from an HTTP_POOL handler only. http_stream_open sends status and headers now; each write
 * blocks while more than config.stream_buffer bytes wait for the client. False from any of them: the
 * client has gone, was too slow, or the server is stopping: return at once. The stream ends when the
 * handler returns; http_stream_abort cuts it instead, so that the client sees an incomplete transfer and
 * not a short file. At most half of the pool streams at a time: open answers 503 beyond that and returns
 * false. */
bool http_stream_open(struct http_res *res, const char *type) MUST_USE;
bool http_stream_write(struct http_res *res, struct str bytes) MUST_USE;
void http_stream_abort(struct http_res *res);

/* --- server-sent events ------------------------------------------------------------------------------- */

/* Turns this request (GET) into an event stream that gets every event published with topics & mask. after:
 * the sequence number up to which the client is informed (Last-Event-ID, or what a backlog in `first`
 * covers); later events still remembered follow at once, so nothing is lost between the handler and the
 * stream. When that memory does not reach back to `after`, the client gets "event: reset" and must read
 * its board anew. first: complete events to begin with, as made by http_sse_format; may be STR_NONE. */
void http_res_sse(struct http_res *res, uint64_t mask, int64_t after, struct str first);
/* Appends one event ("id: 7\nevent: duty\ndata: ...\n\n"). event may be NULL; every line of data gets its
 * own "data:". seq < 0: no id. */
void http_sse_format(struct buf *b, int64_t seq, const char *event, struct str data);
/* From any thread: gives the event to every stream whose mask shares a bit with topics. Sequence numbers
 * must grow from call to call (one publisher at a time). A stream whose client is behind by more than
 * config.sse_buffer bytes is closed; it reconnects with its Last-Event-ID. O(streams) on the loop thread,
 * one copy of the text here. */
void http_sse_publish(struct http_server *s, uint64_t topics, int64_t seq, const char *event,
	struct str data);
/* From any thread: closes the event streams whose request carries this tag (session revoked). */
void http_end_tagged(struct http_server *s, uint64_t tag);

/* --- rate limit ---------------------------------------------------------------------------------------- */

/* Token buckets keyed by address (IPv6: by /64). Bounded memory: the longest unused bucket of a set makes
 * room. Any thread. */
struct http_rate;
/* sets_n: 4 buckets each, rounded up to a power of two; burst: bucket size; per_minute: refill. NULL when
 * memory is out. */
struct http_rate *http_rate_open(const struct sys *sys, size_t sets_n, int burst, int per_minute);
void http_rate_close(struct http_rate **r);
/* Takes one token of addr (as from http_req_addr). 0 = go on; else milliseconds until the next token:
 * answer ERR_TOO_MANY. */
int64_t http_rate_take(struct http_rate *r, const char *addr);

/* --- server -------------------------------------------------------------------------------------------- */

/* For one access line; holds no raw path and no query. Valid during the callback. */
struct http_access {
	const char *request_id;
	const char *verb;       /* "-" when the request was malformed */
	const char *pattern;    /* "-" when no route matched */
	int status;             /* 499: client gone before the answer */
	uint64_t in_bytes, out_bytes; /* body bytes received; bytes of the answer with headers */
	int64_t us;             /* from headers complete to answer handed to the connection */
	const struct err *err;  /* what http_res_fail got (for faults); NULL when it was no error */
	void *session;          /* as attached by the authorize hook */
};

struct http_config {
	const char *address;        /* numeric, "127.0.0.1" or "::"; NULL: 127.0.0.1 */
	uint16_t port;              /* 0: any free one, see http_server_port */
	int loops_n;                /* loop threads, each with its own socket (SO_REUSEPORT); default 1 */
	int pool_n;                 /* worker threads; default 2 */
	const char *cert_file, *key_file; /* PEM; both or none */
	/* a proxy in front does TLS: takes the client's address from the last X-Forwarded-For entry when the
	 * peer is proxy_address; with a proxy_address of another machine, plain HTTP may be served on other
	 * than loopback, and who reaches that port is the business of the network between the two */
	bool behind_proxy;
	const char *proxy_address;  /* numeric; NULL: loopback */
	/* Content-Security-Policy; NULL: everything from 'self', no objects, no frames */
	const char *csp;
	const char *lang;           /* "zh" or "en" when the client does not say; NULL: "zh" */
	const struct sys *sys;      /* NULL: sys_real() */

	const struct http_route *routes;
	size_t routes_n;
	void *user;                 /* for hooks and inline handlers */
	/* Runs on the loop thread when the headers are complete and before any of the body is read: memory
	 * only. OK: go on. Anything else is answered at once and the body is not read. It may attach a
	 * session. NULL: everything may pass. */
	enum err_code (*authorize)(void *user, struct http_req *req, struct err *e);
	void (*session_release)(void *user, void *session); /* loop thread */
	void (*access)(void *user, const struct http_access *line); /* loop thread, once per request */
	void *(*thread_open)(void *user, int thread_no);    /* on each worker before its first request */
	void (*thread_close)(void *user, void *thread_user);

	/* Limits; 0 takes the default in brackets. Per loop where there are several loops. */
	int connections_max;        /* [12000] */
	/* [512] connections of one address (IPv6: /64); not applied to proxy_address */
	int per_address_max;
	size_t header_max;          /* [16384] bytes of request line and headers */
	int headers_max;            /* [64] header lines */
	size_t target_max;          /* [4096] bytes of the request target */
	size_t bodies_max;          /* [256 MiB] bytes of all bodies being received or handled */
	size_t arena_max;           /* [4 MiB] of one request */
	/* [10000] from first byte (or accept, TLS handshake included) to complete headers */
	int header_ms;
	int body_ms;                /* [10000] grace for the body, plus its bytes / body_rate */
	int body_rate;              /* [2048] bytes per second a client must reach while sending a body */
	int idle_ms;                /* [60000] between two requests */
	int write_ms;               /* [15000] without the client taking a byte of an answer */
	int answer_ms;              /* [30000] until a deferred request is answered 503 */
	int drain_ms;               /* [10000] for running requests after http_server_stop */
	/* [16] requests of one connection handled in a row before others get their turn */
	int pipeline_max;
	/* [2000] requests in the pool's queue or deferred: beyond it only HTTP_PRIORITY routes are taken,
	 * beyond four times it none (503, Retry-After) */
	int waiting_max;
	size_t stream_buffer;       /* [262144] */
	size_t sse_buffer;          /* [131072] bytes an event stream may be behind */
	int sse_max;                /* [2000] event streams */
	/* number of the last event before this server opened (the ledger's head): a stream that asks for
	 * events since an earlier one gets "event: reset" */
	int64_t sse_from;
	int heartbeat_ms;           /* [15000] comment line on quiet event streams */
};

/* Checks config and routes, binds and listens. Errors: ERR_BAD_VALUE (config, routes, plain HTTP on a
 * public address), ERR_FILE (certificate or key), ERR_NETWORK (address), ERR_MEMORY. On success *out is to
 * be closed with http_server_close. */
enum err_code http_server_open(struct http_server **out, const struct http_config *config, struct err *e);
uint16_t http_server_port(const struct http_server *s);
/* Serves on the calling thread until http_server_stop, then drains: no new connections, running requests
 * are finished for at most drain_ms, event streams are closed. Returns OK, or ERR_NETWORK when epoll
 * fails. */
enum err_code http_server_run(struct http_server *s, struct err *e);
/* From any thread or signal handler. Once is enough; more does no harm. */
void http_server_stop(struct http_server *s);
/* Frees all after http_server_run has returned (or was never called). CHECKs that every deferred token has
 * been answered. NULL is allowed. */
void http_server_close(struct http_server **s);

#define HTTP_LATENCY_N 12
/* upper bounds of the histogram's buckets; the last is INT_MAX */
extern const int http_latency_us[HTTP_LATENCY_N];
struct http_metrics {
	uint64_t requests[6];      /* by status class: [2] = 2xx ...; [0] = client gone before the answer */
	uint64_t in_bytes, out_bytes; /* on the wire, without TLS framing */
	uint64_t accepted, refused;   /* connections; refused = over a limit */
	uint64_t malformed;        /* requests refused for their form */
	uint64_t timeouts;         /* connections closed for slowness */
	uint64_t overload;         /* requests answered 503 for overload */
	uint64_t late_answers;     /* deferred answers that found no client */
	uint64_t sse_events, sse_dropped; /* events written; streams closed for slowness */
	uint64_t latency[HTTP_LATENCY_N]; /* requests per bucket */
	uint64_t latency_us;       /* sum */
	/* now: open connections, pool queue + deferred, event streams */
	uint32_t connections, waiting, streams;
};
/* From any thread; each counter is exact, together they are a moment's blur. */
void http_server_metrics(const struct http_server *s, struct http_metrics *out);
/* The routes of the server, in table order, for OpenAPI, the rights matrix and help. */
const struct http_route *http_server_routes(const struct http_server *s, size_t *n);

#endif
