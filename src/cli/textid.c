/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/textid.h"

#include <sodium.h>
#include <string.h>

#define PURPOSE "import ids"

enum err_code textid_prepare(struct keyring *k, struct err *e)
{
	uint8_t secret[32];
	enum err_code rc = keyring_secret(k, PURPOSE, secret, e);
	sodium_memzero(secret, sizeof secret);
	return rc;
}

enum err_code textid_open(struct textid *t, struct keyring *k, struct err *e)
{
	return keyring_secret(k, PURPOSE, t->key, e);
}

struct id textid_of(const struct textid *t, const char *class, struct str text)
{
	struct id id;
	crypto_generichash_state s;
	crypto_generichash_init(&s, t->key, sizeof t->key, sizeof id.b);
	crypto_generichash_update(&s, (const uint8_t *)class, strlen(class) + 1);
	crypto_generichash_update(&s, (const uint8_t *)text.p, text.n);
	crypto_generichash_final(&s, id.b, sizeof id.b);
	id.b[6] = (uint8_t)((id.b[6] & 0x0F) | 0x80);
	id.b[8] = (uint8_t)((id.b[8] & 0x3F) | 0x80);
	return id;
}

struct id textid_or_id(const struct textid *t, const char *class, struct str text)
{
	struct id id;
	return id_parse(text, &id) ? id : textid_of(t, class, text);
}
