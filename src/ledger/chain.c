/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/chain.h"

#include <sodium.h>
#include <string.h>

static void add(crypto_generichash_state *s, const void *p, size_t n)
{
	crypto_generichash_update(s, p, n);
}

static void add_i64(crypto_generichash_state *s, int64_t v)
{
	uint8_t b[8];
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	add(s, b, sizeof b);
}

static void add_text(crypto_generichash_state *s, struct str text)
{
	add_i64(s, (int64_t)text.n);
	add(s, text.p, text.n);
}

void chain_hash(const uint8_t prev[HASH_N], const struct fact *f, struct str body, struct str sealed, uint8_t out[HASH_N])
{
	static const char domain[] = "sushui fact 1";
	crypto_generichash_state s;
	crypto_generichash_init(&s, NULL, 0, HASH_N);
	add(&s, domain, sizeof domain);
	add(&s, prev, HASH_N);
	add_i64(&s, COUNTY_OF(f->area));
	add_i64(&s, (int64_t)f->seq);
	add(&s, f->id.b, sizeof f->id.b);
	add_text(&s, str_of(f->kind->name));
	add(&s, f->outbreak.b, sizeof f->outbreak.b);
	add_i64(&s, f->area);
	add_i64(&s, f->at);
	add_i64(&s, f->recorded);
	add_i64(&s, f->received);
	add(&s, f->by.b, sizeof f->by.b);
	add_text(&s, f->device);
	add_text(&s, f->edition);
	add_text(&s, body);
	add_text(&s, sealed);
	crypto_generichash_final(&s, out, HASH_N);
}

struct str seal_context(const struct fact *f, char out[128])
{
	memcpy(out, f->id.b, 16);
	size_t n = str_to_c(str_of(f->kind->name), out + 16, 112);
	return (struct str){out, 16 + n};
}
