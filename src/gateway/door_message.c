/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/door_message.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "core/caltime.h"
#include "core/json.h"

#define ID_TEXT_MAX 64
#define SECONDS_UNTIL INT64_C(100000000000) /* a smaller number is seconds: as milliseconds it would lie in 1973 */

static bool read_county(struct str s, int64_t *out)
{
	return s.n == 6 && str_to_i64(s, out) && *out >= 100000;
}

static bool sensor_ok(struct str s)
{
	if (s.n == 0 || s.n > DOOR_SENSOR_MAX)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.'))
			return false;
	}
	return true;
}

static enum err_code read_topic(struct str topic, struct door_message *m, struct err *e)
{
	static const char *const words[] = {"open", "close", "heartbeat"};
	struct str rest = topic;
	struct str root = str_cut(&rest, '/'), county = str_cut(&rest, '/'), door = str_cut(&rest, '/'), sensor = str_cut(&rest, '/');
	if (!str_eq_c(root, "sushui") || !str_eq_c(door, "door") || !read_county(county, &m->county) || !sensor_ok(sensor))
		return err_set(e, ERR_BAD_VALUE, "topic", "sushui/COUNTY/door/SENSOR/open, close or heartbeat is expected");
	m->sensor = sensor;
	for (size_t i = 0; i < ARRAY_N(words); i++)
		if (str_eq_c(rest, words[i])) {
			m->what = (enum door_word)i;
			return OK;
		}
	return err_set(e, ERR_BAD_VALUE, "topic", "open, close or heartbeat is expected behind the sensor");
}

static enum err_code read_at(const struct json *j, int64_t now, int64_t *out, struct err *e)
{
	int64_t at;
	if (!j)
		return err_set(e, ERR_MISSING_FIELD, "/at", "when it happened");
	if (j->type == JSON_INT && j->i > 0)
		at = j->i < SECONDS_UNTIL ? j->i * 1000 : j->i;
	else if (j->type != JSON_STRING || !caltime_parse(j->s, &at))
		return err_set(e, ERR_BAD_VALUE, "/at", "an instant is expected: ISO 8601, seconds or milliseconds");
	if (at > now + MS_PER_DAY || at < now - DOOR_OLD_MS)
		return err_set(e, ERR_BAD_VALUE, "/at", "the clock of the sensor is wrong");
	*out = at;
	return OK;
}

static void make_id(const struct door_message *m, struct str own, struct id *out)
{
	crypto_generichash_state h;
	char what[64];
	/* one device's numbers say nothing about another's */
	int n = snprintf(what, sizeof what, "%06lld/%d/%lld/", (long long)m->county, (int)m->what, own.n ? 0LL : (long long)m->at);
	crypto_generichash_init(&h, NULL, 0, sizeof out->b);
	crypto_generichash_update(&h, (const unsigned char *)what, (unsigned long long)n);
	crypto_generichash_update(&h, (const unsigned char *)m->sensor.p, m->sensor.n);
	crypto_generichash_update(&h, (const unsigned char *)"/", 1);
	if (own.n)
		crypto_generichash_update(&h, (const unsigned char *)own.p, own.n);
	crypto_generichash_final(&h, out->b, sizeof out->b);
	out->b[6] = (uint8_t)((out->b[6] & 0x0f) | 0x80); /* version 8: a name-based id of our own making */
	out->b[8] = (uint8_t)((out->b[8] & 0x3f) | 0x80);
}

static enum err_code read_id(struct arena *a, const struct json *j, struct str *out, struct err *e)
{
	*out = STR_NONE;
	if (!j || j->type == JSON_NULL)
		return OK;
	if (j->type == JSON_INT)
		*out = arena_printf(a, "%lld", (long long)j->i);
	else if (j->type == JSON_STRING && j->s.n >= 1 && j->s.n <= ID_TEXT_MAX)
		*out = j->s;
	else
		return err_set(e, ERR_BAD_VALUE, "/id", "a text of 1 to 64 bytes or a number is expected");
	return OK;
}

enum err_code door_message_read(struct arena *a, struct str topic, struct str payload, int64_t now, struct door_message *out, struct err *e)
{
	struct door_message m = {.battery = -1};
	const struct json *j;
	struct str own;
	enum err_code rc = read_topic(topic, &m, e);
	if (rc != OK)
		return rc;
	if (payload.n > DOOR_PAYLOAD_MAX)
		return err_set(e, ERR_TOO_LARGE, "payload", "at most %d bytes", DOOR_PAYLOAD_MAX);
	rc = json_read(a, payload, &j, e);
	if (rc != OK)
		return rc;
	if (j->type != JSON_OBJECT)
		return err_set(e, ERR_BAD_VALUE, "payload", "a JSON object is expected");
	rc = read_at(json_get(j, STR("at")), now, &m.at, e);
	if (rc == OK)
		rc = read_id(a, json_get(j, STR("id")), &own, e);
	if (rc != OK)
		return rc;
	const struct json *battery = json_get(j, STR("battery"));
	if (battery && battery->type != JSON_NULL) {
		double v = battery->type == JSON_INT ? (double)battery->i : battery->type == JSON_REAL ? battery->f : -1;
		if (!(v >= 0 && v <= 100))
			return err_set(e, ERR_BAD_VALUE, "/battery", "percent, 0 to 100, is expected");
		m.battery = (int64_t)v;
	}
	make_id(&m, own, &m.id);
	*out = m;
	return OK;
}
