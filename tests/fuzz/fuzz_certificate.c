/* SPDX-License-Identifier: Apache-2.0
 * Any bytes: as the code of a certificate they are read to an end, and are valid only when they are, byte for byte, what the house signed;
 * as the body of a form they give names and values that are text; as a token they name a county or none. */
#include <sodium.h>
#include <string.h>

#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "http/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define PAIRS_MAX 8

static void forms(struct str bytes)
{
	static struct arena a;
	static bool ready;
	struct form_pair pairs[PAIRS_MAX];
	size_t pairs_n;
	if (!ready)
		arena_init(&a, 0);
	ready = true;
	if (form_read(&a, bytes, pairs, PAIRS_MAX, &pairs_n)) {
		CHECK(pairs_n <= PAIRS_MAX);
		for (size_t i = 0; i < pairs_n; i++) {
			CHECK(pairs[i].name.n > 0 && str_is_utf8(pairs[i].name) && str_is_utf8(pairs[i].value));
			CHECK(!memchr(pairs[i].name.p, 0, pairs[i].name.n) && (!pairs[i].value.n || !memchr(pairs[i].value.p, 0, pairs[i].value.n)));
		}
		(void)form_get(pairs, pairs_n, "id");
	}
	arena_reset(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct certificate_key k;
	static bool ready;
	uint8_t keys[1][CERTIFICATE_PUBLIC_N];
	static const uint8_t seed[32] = {7};
	struct str bytes = {(const char *)data, n};
	struct certificate c = {.kind = CERTIFICATE_RELEASE}, out;
	char text[CERTIFICATE_TEXT_MAX], digest[ORDERS_DIGEST_N + 1];
	if (!ready)
		CHECK(sodium_init() >= 0 && crypto_sign_seed_keypair(k.public, k.secret, seed) == 0);
	ready = true;
	memcpy(keys[0], k.public, sizeof keys[0]);
	/* as it is: nobody but the house can make one */
	enum certificate_verdict v = certificate_read(bytes, (const uint8_t(*)[CERTIFICATE_PUBLIC_N])keys, 1, INT64_C(1668945600000), &out);
	CHECK(v == CERTIFICATE_NOT_ONE || v == CERTIFICATE_UNKNOWN_KEY || v == CERTIFICATE_FORGED);
	/* as the contents of one: signed, it reads back the same */
	uint8_t raw[80] = {0};
	memcpy(raw, data, n < sizeof raw ? n : sizeof raw);
	memcpy(c.id.b, raw, 16);
	memcpy(c.holder, raw + 16, CERTIFICATE_HOLDER_N);
	c.kind = raw[24] & 1;
	c.county = (int64_t)raw[25] << 16 | (int64_t)raw[26] << 8 | raw[27];
	c.issued_s = 1600000000 + raw[28];
	c.expires_s = 1700000000 + raw[29];
	c.happened_s = 1500000000 + (int64_t)raw[30] * 65536;
	c.detail = raw[31] % 5;
	for (size_t i = 0; i < raw[32] % CERTIFICATE_EDITION_MAX; i++)
		c.edition[i] = (char)('a' + raw[33 + i] % 26);
	certificate_sign(&k, &c, text);
	CHECK(certificate_read(str_of(text), (const uint8_t(*)[CERTIFICATE_PUBLIC_N])keys, 1, INT64_C(1650000000000), &out) == CERTIFICATE_VALID);
	CHECK(id_eq(out.id, c.id) && memcmp(out.holder, c.holder, sizeof c.holder) == 0 && out.kind == c.kind && out.county == c.county &&
	      out.issued_s == c.issued_s && out.expires_s == c.expires_s && out.happened_s == c.happened_s && out.detail == c.detail &&
	      strcmp(out.edition, c.edition) == 0);
	/* one character changed where the bytes say: never valid */
	size_t at = (size_t)(raw[78] << 8 | raw[79]) % strlen(text);
	text[at] = text[at] == 'A' ? 'B' : 'A';
	CHECK(certificate_read(str_of(text), (const uint8_t(*)[CERTIFICATE_PUBLIC_N])keys, 1, INT64_C(1650000000000), &out) != CERTIFICATE_VALID);
	forms(bytes);
	CHECK(orders_page_county(bytes) >= 0 && orders_page_county(bytes) < 1 << 24);
	orders_page_digest(bytes, digest);
	CHECK(strlen(digest) == ORDERS_DIGEST_N);
	return 0;
}
