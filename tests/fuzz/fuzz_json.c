/* SPDX-License-Identifier: Apache-2.0
 * Any bytes: json_read refuses them with a place, or yields nodes that, written and read again, are the
 * same text. */
#include <string.h>

#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_value(struct buf *b, const struct json *v)
{
	struct buf key;
	uint32_t members = 0;
	switch (v->type) {
	case JSON_NULL:
		json_null(b);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		json_bool(b, v->type == JSON_TRUE);
		break;
	case JSON_INT:
		json_i64(b, v->i);
		break;
	case JSON_REAL:
		json_f64(b, v->f);
		break;
	case JSON_STRING:
		CHECK(str_is_utf8(v->s) && (v->s.n == 0 || !memchr(v->s.p, 0, v->s.n)));
		json_str(b, v->s);
		break;
	case JSON_ARRAY:
		json_open(b, '[');
		JSON_EACH(c, v) {
			members++;
			write_value(b, c);
		}
		CHECK(members == v->n);
		json_close(b, ']');
		break;
	case JSON_OBJECT:
		json_open(b, '{');
		JSON_EACH(c, v) {
			members++;
			CHECK(json_get(v, c->key) == c); /* no name stands twice */
			buf_init(&key, 0);
			buf_add_str(&key, c->key);
			buf_add_byte(&key, 0);
			json_key(b, key.p);
			buf_done(&key);
			write_value(b, c);
		}
		CHECK(members == v->n);
		json_close(b, '}');
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	arena_init(&a, (size_t)4 << 20);
	struct buf first, second;
	buf_init(&first, 0);
	buf_init(&second, 0);
	const struct json *root = NULL, *again = NULL;
	struct err e = {0};
	enum err_code code = json_read(&a, (struct str){(const char *)data, n}, &root, &e);
	if (code == OK) {
		write_value(&first, root);
		code = json_read(&a, buf_str(&first), &again, &e);
		CHECK(code == OK || code == ERR_TOO_LARGE);
		if (code == OK) {
			write_value(&second, again);
			CHECK(str_eq(buf_str(&first), buf_str(&second)));
		}
	} else {
		CHECK(e.code == code && e.at[0] && e.what[0] && !root && a.used_n == 0);
	}
	buf_done(&first);
	buf_done(&second);
	arena_done(&a);
	return 0;
}
