/* SPDX-License-Identifier: Apache-2.0
 *
 * mqtt.h - door sensors that publish to an MQTT broker (libmosquitto), as facts of home care.
 *
 * One thread of its own holds the session: TLS, user name and password, QoS 1, a session that the broker keeps while this server is away.
 * A message is acknowledged to the broker only when its fact is durable; when the ledger cannot write, or the server ends, the
 * connection is cut before the acknowledgement leaves, and the broker sends the message again. So nothing is lost between a sensor's
 * publish and the ledger, and what comes twice has one id and is one fact (door_message.h).
 *
 * A sensor speaks only for the watch that binds it now (homecare.sensor_bound). Messages of others, and what is no message at all, are
 * counted and forgotten. Heartbeats are kept in memory: a fact is written when a sensor falls silent, when it comes back, and when its
 * battery crosses the low mark. When the order behind a watch is over the gateway unbinds it, which destroys its events.
 */
#ifndef SUSHUI_GATEWAY_MQTT_H
#define SUSHUI_GATEWAY_MQTT_H

#include "ledger/writer.h"

struct buf;

struct mqtt_options {
	const char *url;           /* mqtts://HOST[:8883]; mqtt:// only to this very machine */
	const char *ca_file;       /* PEM; NULL = those of the system (mqtts only) */
	const char *user;          /* NULL = none */
	const char *password_file; /* first line; a file that others may read is refused */
	const char *client_id;     /* NULL = sushui-COUNTY: the broker keeps one session for each */
	const struct ledger_options *ledger;
	int64_t area;              /* of the data folder: a county, or a city whose counties it is for */
};

struct mqtt_gateway;
/* Checks the options and prepares the session; connects to nothing yet. ERR_BAD_VALUE (at = the option), ERR_FILE, ERR_MEMORY. */
enum err_code mqtt_gateway_new(struct mqtt_gateway **out, const struct mqtt_options *o, struct err *e);
void mqtt_gateway_free(struct mqtt_gateway **g);
/* Starts the thread. Facts go to the writer; note(ctx, ...) is called on the writer's thread with what was judged, so that event streams and
 * counters of the server learn of it. */
enum err_code mqtt_gateway_start(struct mqtt_gateway *g, struct writer *writer, void (*note)(void *ctx, const struct submission *sub), void *ctx,
				 struct err *e);
/* Ends the thread; when it returns nothing more is submitted. */
void mqtt_gateway_stop(struct mqtt_gateway *g);
/* Lines for GET /metrics. Any thread. */
void mqtt_gateway_metrics(struct mqtt_gateway *g, struct buf *out);

#endif
