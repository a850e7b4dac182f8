/* SPDX-License-Identifier: Apache-2.0
 *
 * internal.h - what the files of http/ share. The state machine of a connection (conn.c) takes bytes and a
 * time and gives bytes; it touches no socket, so that tests and the fuzzer can drive it (server_offline).
 *
 * Ownership: a loop owns its connections and requests; only its thread touches them, except that the
 * handler's thread, or after http_defer the token's holder, has the request for itself until its message
 * (MSG_DONE, MSG_ANSWER) has passed through the loop's inbox. The inbox mutex is what orders the two. */
#ifndef SUSHUI_HTTP_INTERNAL_H
#define SUSHUI_HTTP_INTERNAL_H

#include <openssl/types.h>
#include <pthread.h>
#include <stdatomic.h>

#include <llhttp.h>

#include "http/http.h"

#define PARAMS_MAX 8      /* {name}s of one pattern */
#define SEGMENTS_MAX 32   /* of a path */
#define QUERY_MAX 64      /* parameters of one request */
#define OUT_HIGH_N 65536  /* bytes waiting for the client above which no further request is begun */
#define COPY_MAX_N 16384  /* bodies up to this size are copied behind their header: one send */
#define RECV_N 65536
#define LINGER_US 1000000
#define LINGER_MAX_N (1024 * 1024)
#define TICK_US 250000
#define SSE_RING_N 512
#define SSE_RING_BYTES (1024 * 1024)

struct loop;
struct conn;

struct pair {
	struct str name, value;
};

enum res_kind { RES_PLAIN, RES_SSE, RES_STREAM };

struct http_res {
	struct http_req *req;
	int status;          /* 0: not set */
	enum res_kind kind;
	char type[96];
	struct buf body;
	struct str fixed;    /* instead of body when has_fixed */
	bool has_fixed;
	bool cache_set;
	bool failed;         /* err is set */
	struct err err;
	struct buf headers;  /* "Name: value\r\n"... */
	uint64_t sse_mask;
	int64_t sse_after;
};

/* Back-pressure between a streaming handler and the loop. */
struct stream {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	size_t queued_n; /* bytes on the way to the client: in the inbox or in conn->out */
	bool gone;       /* nobody takes bytes any more */
	bool open, aborted;
};

struct http_req {
	struct loop *loop;
	struct conn *conn; /* NULL: the client has gone or has been answered without us */
	struct http_req *next; /* free list or pool queue */
	struct arena arena;
	struct buf head;   /* request line and headers as received */
	struct buf body;
	struct pair *headers;
	size_t headers_n;
	struct pair query[QUERY_MAX];
	size_t query_n;
	struct str params[PARAMS_MAX];
	size_t params_n;
	struct str target; /* as sent, without scheme and authority */
	struct str path;   /* decoded */
	struct str segments[SEGMENTS_MAX];
	size_t segments_n;
	enum http_verb verb;
	int minor;         /* HTTP/1.minor */
	bool chunked;
	int64_t length;    /* Content-Length, -1 when absent */
	size_t body_max;
	size_t framing_n;  /* bytes of chunk framing seen: bounded like the body */
	const struct http_route *route;
	void *session;
	uint64_t tag;
	char id[HTTP_ID_N + 1];
	char addr[HTTP_ADDR_N];
	int64_t at_ms, start_us;
	const char *lang;
	bool waiting;      /* counted in loop->waiting */
	bool pooled, deferred, done, answered;
	bool logged, verb_known;
	struct http_res res;
	struct stream stream;
};

enum phase {
	PHASE_HEAD,    /* reading request line and headers; idle while nothing has come */
	PHASE_BODY,
	PHASE_HANDLER, /* a handler, or the holder of a token, has the request */
	PHASE_SEND,    /* a large body is on its way */
	PHASE_STREAM,  /* a handler writes piece by piece */
	PHASE_SSE,
	PHASE_CLOSING, /* flush what is in out, then linger */
	PHASE_LINGER,  /* our side is shut; reading and dropping so that the client sees the answer and no reset */
	PHASE_DEAD,    /* to be freed at the end of the turn */
};

struct conn {
	struct loop *loop;
	struct conn *prev, *next;             /* all of the loop */
	struct conn *sse_prev, *sse_next;
	struct conn *again_next, *dead_next;
	bool in_again, in_sse;
	int fd;                               /* -1: offline */
	SSL *ssl;
	bool ssl_read_wants_out, ssl_write_wants_in;
	uint32_t events;                      /* as registered with epoll */
	enum phase phase;
	struct buf in;
	size_t in_at;                         /* bytes before it have been used */
	size_t scan_at;                       /* the head has been searched up to here */
	struct buf out;
	size_t out_at;
	struct str tail;                      /* goes out after `out`: the body of req, not copied */
	struct http_req *req;
	llhttp_t parser;
	/* when this phase began; for PHASE_SEND etc. when the client last took a byte */
	int64_t since_us;
	size_t lingered_n;
	bool close_after, eof, message_complete, served, skipped;
	bool counted;                         /* in the per-address table */
	int turn_n;                           /* requests begun in this turn */
	int failure_status;                   /* set by parser callbacks */
	uint8_t addr_key[16];
	char addr[HTTP_ADDR_N];
	bool is_proxy;
};

enum msg_kind { MSG_DONE, MSG_ANSWER, MSG_STREAM_OPEN, MSG_STREAM_DATA, MSG_EVENT, MSG_END_TAGGED };
struct msg {
	enum msg_kind kind;
	struct http_req *req;
	void *p;      /* MSG_STREAM_DATA: malloc'd bytes; MSG_EVENT: struct event */
	uint64_t n;   /* bytes, or the tag */
};

struct event {
	atomic_int refs;
	uint64_t topics;
	int64_t seq;
	size_t text_n;
	char text[];
};

#define COUNTERS(X) \
	X(in_bytes) X(out_bytes) X(accepted) X(refused) X(malformed) X(timeouts) X(overload) X(late_answers) \
	X(sse_events) X(sse_dropped) X(latency_us)

struct counters {
#define X(name) _Atomic uint64_t name;
	COUNTERS(X)
#undef X
	_Atomic uint64_t requests[6], latency[HTTP_LATENCY_N];
	_Atomic uint32_t connections, waiting, streams;
};
/* Only the loop's thread writes: no locked instruction needed. */
#define COUNT(loop, name, by) \
	atomic_store_explicit(&(loop)->counters.name, \
		atomic_load_explicit(&(loop)->counters.name, memory_order_relaxed) + (by), memory_order_relaxed)

struct addr_entry {
	struct addr_entry *next;
	uint8_t key[16];
	int n;
};
#define ADDR_BUCKETS 4096

struct loop {
	struct http_server *server;
	int no;
	int epoll_fd, wake_fd, listen_fd;
	bool offline;
	pthread_t thread;
	pthread_mutex_t inbox_lock;
	struct msg *inbox, *working;  /* swapped */
	size_t inbox_n, inbox_cap, working_cap;
	bool woken;                   /* wake_fd has been written since the last swap */
	struct conn *conns, *sse, *again, *dead;
	struct http_req *free_reqs;
	int free_reqs_n;
	uint32_t requests_out;        /* requests not on the free list */
	size_t bodies_n;              /* bytes of all bodies */
	int64_t now_us;
	int64_t tick_us;              /* next look at the deadlines */
	int64_t accept_pause_us;      /* no accepting before (out of file descriptors) */
	int64_t date_s;
	char date[32];
	uint64_t id_base, id_count;
	bool draining;
	int64_t drain_until_us;
	struct event *ring[SSE_RING_N];
	size_t ring_at, ring_n, ring_bytes;
	int64_t ring_lost;            /* events up to this one are not remembered */
	int64_t heartbeat_us;
	struct addr_entry *addrs[ADDR_BUCKETS];
	struct counters counters;
	char *scratch;                /* RECV_N */
};

struct node;
struct http_server {
	struct http_config cfg;
	const struct sys *sys;
	struct arena arena;           /* router */
	struct node *root;
	struct buf fixed_headers;     /* security headers, made once */
	SSL_CTX *tls;
	uint16_t port;
	uint8_t proxy_key[16];
	struct loop *loops;
	int loops_n;
	atomic_bool stop;
	/* pool */
	pthread_mutex_t pool_lock;
	pthread_cond_t pool_work;
	struct http_req *queue_first, *queue_last;
	bool pool_stop, pool_up;
	pthread_t *threads;
	int threads_n;
	atomic_int streams_open;
};

/* route.c */
enum err_code router_build(struct http_server *s, struct err *e);
/* Finds the row; sets params. NULL: *allowed holds the verbs of the address as bits, 0 when it does not
 * exist. */
const struct http_route *router_find(const struct http_server *s, struct http_req *req, unsigned *allowed);
void router_allow(unsigned allowed, struct buf *b);

/* head.c: the gate */
enum scan { SCAN_MORE, SCAN_WHOLE, SCAN_BAD, SCAN_LONG_TARGET, SCAN_LONG };
/* Looks on from c->scan_at for the end of the head; SCAN_WHOLE: *n is its length including the empty line. */
enum scan head_scan(struct conn *c, size_t *n);
/* Reads req->head. 0, or the status to refuse with; *what says why, without bytes of the request. */
int head_read(struct http_req *req, const char **what);
/* Splits and decodes req->target into path, segments, query. 0 or a status. */
int head_target(struct http_req *req, const char **what);
struct str head_find(const struct http_req *req, const char *name, size_t *n);
bool str_same(struct str a, const char *b); /* ASCII, any case */
bool is_tchar(unsigned char c);

/* req.c */
struct http_req *req_new(struct loop *l);
void req_free(struct http_req *req); /* really, at the end */
void req_release(struct http_req *req); /* to the free list */
void req_lang(struct http_req *req);

/* res.c */
void res_reset(struct http_res *res);
/* Writes status line and headers to out. length -1: chunked (HTTP/1.0: until close); -2: until close. */
void res_head(struct http_req *req, const struct http_res *res, int status, int64_t length, bool close,
	struct buf *out);
void res_error_json(struct buf *b, const struct err *e, const char *lang);
const char *res_reason(int status);
struct str res_payload(const struct http_res *res);

/* conn.c */
struct conn *conn_new(struct loop *l, int fd);
void conn_free(struct conn *c);
/* More bytes from the client. */
void conn_feed(struct conn *c, const char *p, size_t n);
void conn_eof(struct conn *c);
/* Goes as far as the bytes allow. */
void conn_advance(struct conn *c);
/* `n` bytes of out (and tail) have gone to the client. */
void conn_sent(struct conn *c, size_t n);
/* The client is lost: detach the request, mark dead. */
void conn_kill(struct conn *c);
/* Deadlines. */
void conn_tick(struct conn *c);
size_t conn_pending(const struct conn *c);
/* Messages of the inbox. */
void conn_done(struct http_req *req);
void conn_answered(struct http_req *req);
void conn_stream_open(struct http_req *req);
void conn_stream_data(struct http_req *req, char *p, size_t n);
bool conn_is_idle(const struct conn *c);
extern const llhttp_settings_t conn_parser_settings;

/* sse.c */
void sse_begin(struct conn *c);
void sse_leave(struct conn *c);
void sse_event(struct loop *l, struct event *ev); /* takes over one reference */
void sse_heartbeat(struct loop *l);
void sse_end_tagged(struct loop *l, uint64_t tag);
void sse_forget(struct loop *l);

/* pool.c */
bool pool_start(struct http_server *s);
void pool_end(struct http_server *s);
void pool_put(struct http_req *req);
void stream_gone(struct http_req *req);
void stream_sent(struct http_req *req, size_t n);

/* loop.c */
bool loop_init(struct loop *l, struct http_server *s, int no, bool offline);
void loop_done(struct loop *l);
enum err_code loop_run(struct loop *l, struct err *e);
void loop_post(struct loop *l, const struct msg *msgs, size_t n);
void loop_drain_inbox(struct loop *l);
void loop_flush(struct conn *c);
void loop_again(struct conn *c);
void loop_reap(struct loop *l);
void loop_wake(struct loop *l);

/* addr.c */
/* Text and key (IPv4 mapped; IPv6 cut to /64 with cut) of a numeric address. False when it is none. */
bool addr_key(const char *text, bool cut, uint8_t key[16]);
bool addr_is_loopback(const char *text);
bool addr_enter(struct loop *l, struct conn *c);
void addr_leave(struct loop *l, struct conn *c);

/* tls.c */
enum err_code tls_open(struct http_server *s, struct err *e);
void tls_close(struct http_server *s);
SSL *tls_accept(struct http_server *s, int fd);
/* Bytes moved; 0: would block; -1: end of stream; -2: broken. */
ptrdiff_t tls_read(struct conn *c, char *p, size_t n);
ptrdiff_t tls_write(struct conn *c, const char *p, size_t n);
void tls_free(struct conn *c);
void tls_bye(struct conn *c);

/* server.c: a server without sockets and threads: loops[0] is driven by hand, pool handlers run inline. */
enum err_code server_offline(struct http_server **out, const struct http_config *cfg, struct err *e);

#endif
