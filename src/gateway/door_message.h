/* SPDX-License-Identifier: Apache-2.0
 *
 * door_message.h - what a door sensor publishes, read from topic and payload. Pure: no network, no database.
 *
 *     topic    sushui/COUNTY/door/SENSOR/open | close | heartbeat     COUNTY: six digits; SENSOR: letters, digits, - _ . (at most 60)
 *     payload  {"id": "...", "at": "2022-11-20T21:00:00+08:00", "battery": 87}
 *
 * `at` is ISO 8601 with its offset, or a whole number of seconds or milliseconds since 1970. `id` is made by the device: any text of 1 to 64
 * bytes, or a number, that it never uses twice. Without one the message is known by sensor, kind and instant. So a message that comes
 * twice has the same fact id, and the ledger keeps one. `battery` is percent. What else stands in the object is the device's own affair.
 */
#ifndef SUSHUI_GATEWAY_DOOR_MESSAGE_H
#define SUSHUI_GATEWAY_DOOR_MESSAGE_H

#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"

#define DOOR_PAYLOAD_MAX 1024
#define DOOR_SENSOR_MAX 60
#define DOOR_OLD_MS (30 * MS_PER_DAY) /* older: the clock of the sensor is wrong */

enum door_word { DOOR_WORD_OPEN, DOOR_WORD_CLOSE, DOOR_WORD_HEARTBEAT };
struct door_message {
	int64_t county;
	struct str sensor;  /* slice of the topic */
	enum door_word what;
	struct id id;       /* of the fact: the same for the same message */
	int64_t at;         /* UTC ms */
	int64_t battery;    /* percent, -1 = not said */
};
/* Errors: ERR_BAD_VALUE (topic, a member), ERR_BAD_JSON, ERR_TOO_LARGE, ERR_MISSING_FIELD (`at`); *out is then untouched. Nodes are
 * made in the arena. now: an instant more than a day ahead or DOOR_OLD_MS ago is ERR_BAD_VALUE. */
enum err_code door_message_read(struct arena *a, struct str topic, struct str payload, int64_t now, struct door_message *out, struct err *e);

#endif
