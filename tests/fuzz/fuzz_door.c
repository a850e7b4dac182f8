/* SPDX-License-Identifier: Apache-2.0
 * Any topic and payload (split at the first newline): door_message_read refuses them, or yields a message whose parts are in their ranges
 * and which is the same message when it is written plainly and read again. */
#include <stdio.h>
#include <string.h>

#include "gateway/door_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define NOW INT64_C(1668945600000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str payload = {(const char *)data, n}, topic = str_cut(&payload, '\n');
	struct door_message m = {.county = -7}, again;
	struct arena a;
	arena_init(&a, 0);
	if (door_message_read(&a, topic, payload, NOW, &m, NULL) != OK) {
		CHECK(m.county == -7); /* untouched */
		arena_done(&a);
		return 0;
	}
	CHECK(m.county >= 100000 && m.county <= 999999);
	CHECK(m.sensor.n >= 1 && m.sensor.n <= DOOR_SENSOR_MAX && m.sensor.p >= topic.p && m.sensor.p + m.sensor.n <= topic.p + topic.n);
	CHECK(m.what == DOOR_WORD_OPEN || m.what == DOOR_WORD_CLOSE || m.what == DOOR_WORD_HEARTBEAT);
	CHECK(m.at >= NOW - DOOR_OLD_MS && m.at <= NOW + MS_PER_DAY);
	CHECK(m.battery >= -1 && m.battery <= 100);
	CHECK(!id_is_none(m.id));
	/* the same bytes again: the same fact */
	CHECK(door_message_read(&a, topic, payload, NOW, &again, NULL) == OK && id_eq(m.id, again.id) && m.at == again.at);
	/* another sensor never has the same fact */
	char other[200];
	int len = snprintf(other, sizeof other, "sushui/%06lld/door/%.*sx/%s", (long long)m.county, (int)m.sensor.n, m.sensor.p,
			   m.what == DOOR_WORD_OPEN ? "open" : m.what == DOOR_WORD_CLOSE ? "close" : "heartbeat");
	CHECK(len > 0 && (size_t)len < sizeof other);
	if (door_message_read(&a, str_of(other), payload, NOW, &again, NULL) == OK)
		CHECK(!id_eq(m.id, again.id));
	arena_done(&a);
	return 0;
}
