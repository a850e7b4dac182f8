/* SPDX-License-Identifier: Apache-2.0 */
#include "core/id.h"

#include <string.h>

struct id id_new(const struct sys *sys)
{
	struct id id;
	uint64_t ms = (uint64_t)sys->now_ms(sys->ctx);
	sys->random(sys->ctx, id.b + 6, 10);
	for (int i = 0; i < 6; i++)
		id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.b[6] = (uint8_t)(0x70 | (id.b[6] & 0x0F)); /* version 7 */
	id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F)); /* variant of RFC 9562 */
	return id;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

bool id_parse(struct str s, struct id *out)
{
	if (s.n != ID_TEXT_N)
		return false;
	struct id id;
	size_t k = 0;
	for (size_t i = 0; i < ID_TEXT_N;) {
		if (is_hyphen_place(i)) {
			if (s.p[i++] != '-')
				return false;
			continue;
		}
		int high = hex_value(s.p[i]), low = hex_value(s.p[i + 1]);
		if (high < 0 || low < 0)
			return false;
		id.b[k++] = (uint8_t)(high << 4 | low);
		i += 2;
	}
	if (id_is_none(id))
		return false;
	*out = id;
	return true;
}

void id_format(struct id id, char out[ID_TEXT_N + 1])
{
	static const char hex[] = "0123456789abcdef";
	size_t k = 0;
	for (size_t i = 0; i < ID_TEXT_N;) {
		if (is_hyphen_place(i)) {
			out[i++] = '-';
			continue;
		}
		out[i++] = hex[id.b[k] >> 4];
		out[i++] = hex[id.b[k++] & 15];
	}
	out[ID_TEXT_N] = 0;
}

bool id_eq(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof a.b) == 0;
}

int id_cmp(struct id a, struct id b)
{
	return memcmp(a.b, b.b, sizeof a.b);
}

bool id_is_none(struct id a)
{
	return id_eq(a, ID_NONE);
}

uint64_t id_hash(struct id a)
{
	/* the last eight bytes are random in version 7 */
	uint64_t h;
	memcpy(&h, a.b + 8, sizeof h);
	return h * UINT64_C(0xD6E8FEB86659FD93);
}
