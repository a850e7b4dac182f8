/* SPDX-License-Identifier: Apache-2.0
 *
 * door.h - the front door: one signed-in user of a Sushui server on this machine, over HTTP as any browser or phone.
 *
 * A connection is kept; when the server has gone (it is killed now and then) the door knocks until it is back, signs in anew and asks
 * again. Facts carry ids of their sender, so asking again keeps nothing twice. A session that is over is renewed. Memory: buffers of
 * its own; answers live until the next call. One thread.
 */
#ifndef SUSHUI_DRILL_DOOR_H
#define SUSHUI_DRILL_DOOR_H

#include "core/buf.h"
#include "core/json.h"

#define DOOR_TEXT 48

struct door {
	uint16_t (*port)(void *ctx); /* where the server listens now; 0: it does not */
	void *ctx;
	char login[DOOR_TEXT], password[DOOR_TEXT];
	int64_t county; /* of the user, six digits */
	/* the door's own */
	int fd;
	char auth[120];
	struct buf in, out, body;
	struct arena arena; /* of the last answer */
	uint64_t asked_n, signed_in_n, again_n; /* requests answered; sign-ins; requests asked again after the server had gone */
};

/* Nothing is sent before the first request. */
void door_open(struct door *d);
void door_close(struct door *d);

/* The rows of a query: path below /api/, with its arguments ("house/duties?kind=testing.retest"). ERR_NETWORK when the server stays
 * away for a minute, else what the server says. *rows is a JSON array. */
enum err_code door_rows(struct door *d, const char *path, const struct json **rows, struct err *e);

/* Id of the user, as text. */
enum err_code door_me(struct door *d, char *out, size_t cap, struct err *e);

/* Hands in facts, a JSON text {"facts":[...]}. *verdicts: their list when at least one was refused, else NULL. */
enum err_code door_tell(struct door *d, struct str facts, const struct json **verdicts, struct err *e);

/* Members of a row; absent: 0, -1, STR_NONE. */
struct str door_text(const struct json *row, const char *name);
int64_t door_int(const struct json *row, const char *name, int64_t missing);
int64_t door_time(const struct json *row, const char *name); /* UTC ms; 0 when absent */

#endif
