/* SPDX-License-Identifier: Apache-2.0
 *
 * client.h - a small HTTP/1.1 client for tests and benches: one connection, blocking, with a time limit.
 *
 *     struct client c;
 *     client_open(&c, port);
 *     client_send(&c, "POST", "/api/facts", "Content-Type: application/json\r\n", body);
 *     struct reply r;
 *     client_read(&c, &r);   r.status, r.body
 *
 * A connection that the server closed is opened again by the next client_send. Anything that is no HTTP stops the process with a message.
 */
#ifndef SUSHUI_TESTS_CLIENT_H
#define SUSHUI_TESTS_CLIENT_H

#include "core/buf.h"

struct client {
	int fd; /* -1: not open */
	uint16_t port;
	struct buf in; /* bytes read and not yet taken */
	struct buf body; /* of the last answer */
};
struct reply {
	int status; /* 0: the server closed without an answer */
	struct str head, body; /* valid until the next call on this client */
	bool cut;   /* closed before the body was whole */
};

void client_open(struct client *c, uint16_t port);
void client_close(struct client *c);
/* Sends a request; headers are whole lines ("A: b\r\n") or NULL. Content-Length is added when body.p is set. */
void client_send(struct client *c, const char *method, const char *path, const char *headers, struct str body);
/* Raw bytes. */
void client_send_raw(struct client *c, struct str bytes);
/* Reads one whole answer (Content-Length, chunked, or to the end). */
void client_read(struct client *c, struct reply *r);
/* The two together. */
void client_ask(struct client *c, struct reply *r, const char *method, const char *path, const char *headers, struct str body);
/* Reads the head of an answer that does not end (an event stream). */
void client_read_head(struct client *c, struct reply *r);
/* The next server-sent event (comments are skipped), without its last empty line; STR_NONE when the stream ended or nothing came
 * within wait_ms. */
struct str client_event(struct client *c, int wait_ms);
/* Value of a header of the reply, STR_NONE when absent. */
struct str reply_header(const struct reply *r, const char *name);

#endif
