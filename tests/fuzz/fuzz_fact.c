/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes -> JSON -> facts: what POST /api/facts does before the writer. A fact that is taken must come back the same from its
 * stored form.
 */
#include <string.h>

#include "core/json.h"
#include "ledger/ledger.h"

static void check_one(struct arena *a, const struct json *j)
{
	struct fact f;
	struct err e;
	if (fact_decode(a, j, &f, &e) != OK)
		return;
	struct buf first, again;
	buf_init(&first, 0);
	buf_init(&again, 0);
	for (int personal = 0; personal < 2; personal++) {
		buf_reset(&first);
		buf_reset(&again);
		fact_encode_body(&first, f.kind, f.body, personal);
		const struct json *stored;
		void *body = fact_body_new(a, f.kind);
		CHECK(json_read(a, arena_str(a, buf_str(&first)), &stored, &e) == OK);
		CHECK(fact_decode_body(a, f.kind, stored, true, body, &e) == OK);
		fact_encode_body(&again, f.kind, body, personal);
		CHECK(str_eq(buf_str(&first), buf_str(&again)));
	}
	buf_done(&first);
	buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	const struct json *root;
	struct err e;
	ledger_register_kinds();
	arena_init(&a, (size_t)16 * 1024 * 1024);
	if (json_read(&a, (struct str){(const char *)data, n}, &root, &e) == OK) {
		if (root->type == JSON_ARRAY)
			JSON_EACH(c, root)
				check_one(&a, c);
		else
			check_one(&a, root);
	}
	arena_done(&a);
	return 0;
}
