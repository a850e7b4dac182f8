/* SPDX-License-Identifier: Apache-2.0
 *
 * The payload of a certificate: written, signed, read, verified. docs/certificates.md is its description.
 */
#include "domain/orders/certificate.h"

#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "SUSHUI1:"
#define CONTEXT "sushui certificate v1" /* signed with its final NUL, so that no other signature of this key can be taken for one */
#define HEAD_N 47                       /* bytes before the name of the edition */
#define BYTES_MAX (HEAD_N + CERTIFICATE_EDITION_MAX + crypto_sign_BYTES)
#define DETAILS_MAX 8
#define SKEW_MS (5 * MS_PER_MINUTE) /* a clock of a verifier may be so much behind ours */

static const struct {
	const char *word, *en, *zh;
} verdicts[] = {
	[CERTIFICATE_VALID] = {"valid", "valid", "有效"},
	[CERTIFICATE_NOT_ONE] = {"not_one", "this is no certificate, or a part of it is missing", "不是本系统的证明，或内容不完整"},
	[CERTIFICATE_UNKNOWN_KEY] = {"unknown_key", "signed with a key that is not on the list of this verifier", "签名密钥不在核验名单中"},
	[CERTIFICATE_FORGED] = {"forged", "the signature does not fit: it was altered or forged", "签名不符：内容被改动或系伪造"},
	[CERTIFICATE_EXPIRED] = {"expired", "no longer valid: its time is over", "已过有效期"},
	[CERTIFICATE_NOT_YET] = {"not_yet", "issued in the future: check the clock of this device", "签发时间在未来：请检查本设备时钟"},
};

const char *certificate_verdict_text(enum certificate_verdict v, const char *lang)
{
	return strcmp(lang, "zh") == 0 ? verdicts[v].zh : verdicts[v].en;
}

const char *certificate_verdict_word(enum certificate_verdict v)
{
	return verdicts[v].word;
}

void certificate_holder_hash(struct id certificate, struct str holder, uint8_t out[CERTIFICATE_HOLDER_N])
{
	static const char purpose[] = "sushui holder v1";
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)purpose, sizeof purpose);
	crypto_hash_sha256_update(&s, certificate.b, sizeof certificate.b);
	for (size_t i = 0; i < holder.n; i++) {
		uint8_t c = (uint8_t)holder.p[i];
		if (c == ' ' || c == '\t')
			continue;
		c = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
		crypto_hash_sha256_update(&s, &c, 1);
	}
	crypto_hash_sha256_final(&s, hash);
	memcpy(out, hash, CERTIFICATE_HOLDER_N);
}

/* ---- bytes --------------------------------------------------------------------------------------------------------------- */

static void put32(uint8_t *p, int64_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static int64_t get32(const uint8_t *p)
{
	return (int64_t)p[0] << 24 | (int64_t)p[1] << 16 | (int64_t)p[2] << 8 | p[3];
}

static void key_id(const uint8_t public[CERTIFICATE_PUBLIC_N], uint8_t out[4])
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, public, CERTIFICATE_PUBLIC_N);
	memcpy(out, hash, 4);
}

static size_t write_bytes(const struct certificate *c, const uint8_t public[CERTIFICATE_PUBLIC_N], uint8_t b[BYTES_MAX])
{
	size_t edition_n = strlen(c->edition);
	CHECK(edition_n <= CERTIFICATE_EDITION_MAX);
	b[0] = CERTIFICATE_VERSION;
	key_id(public, b + 1);
	b[5] = (uint8_t)(c->kind + 1);
	b[6] = (uint8_t)(c->county >> 16);
	b[7] = (uint8_t)(c->county >> 8);
	b[8] = (uint8_t)c->county;
	memcpy(b + 9, c->id.b, 16);
	memcpy(b + 25, c->holder, CERTIFICATE_HOLDER_N);
	put32(b + 33, c->issued_s);
	put32(b + 37, c->expires_s);
	b[41] = (uint8_t)(c->detail + 1);
	put32(b + 42, c->happened_s);
	b[46] = (uint8_t)edition_n;
	memcpy(b + HEAD_N, c->edition, edition_n);
	return HEAD_N + edition_n;
}

/* What is signed: the context and the bytes before the signature. */
static size_t message(uint8_t *out, const uint8_t *b, size_t n)
{
	memcpy(out, CONTEXT, sizeof CONTEXT);
	memcpy(out + sizeof CONTEXT, b, n);
	return sizeof CONTEXT + n;
}

void certificate_sign(const struct certificate_key *k, const struct certificate *c, char text[CERTIFICATE_TEXT_MAX])
{
	uint8_t b[BYTES_MAX], m[sizeof CONTEXT + BYTES_MAX];
	size_t n = write_bytes(c, k->public, b);
	CHECK(crypto_sign_detached(b + n, NULL, m, message(m, b, n), k->secret) == 0);
	memcpy(text, PREFIX, sizeof PREFIX);
	sodium_bin2base64(text + sizeof PREFIX - 1, CERTIFICATE_TEXT_MAX - sizeof PREFIX + 1, b, n + crypto_sign_BYTES,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* The form alone: lengths, versions, ranges. */
static bool parse(const uint8_t *b, size_t n, struct certificate *c)
{
	if (n < HEAD_N + crypto_sign_BYTES || b[0] != CERTIFICATE_VERSION || n != HEAD_N + (size_t)b[46] + crypto_sign_BYTES ||
	    b[46] > CERTIFICATE_EDITION_MAX || b[5] < 1 || b[5] > 2 || b[41] < 1 || b[41] > DETAILS_MAX)
		return false;
	*c = (struct certificate){.kind = b[5] - 1, .county = (int64_t)b[6] << 16 | (int64_t)b[7] << 8 | b[8], .issued_s = get32(b + 33),
				  .expires_s = get32(b + 37), .detail = b[41] - 1, .happened_s = get32(b + 42)};
	memcpy(c->id.b, b + 9, 16);
	memcpy(c->holder, b + 25, CERTIFICATE_HOLDER_N);
	for (size_t i = 0; i < b[46]; i++) {
		char ch = (char)b[HEAD_N + i];
		if (!((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '-' || ch == '.' || ch == '_'))
			return false;
		c->edition[i] = ch;
	}
	return true;
}

enum certificate_verdict certificate_read(struct str text, const uint8_t (*keys)[CERTIFICATE_PUBLIC_N], size_t keys_n, int64_t now_ms,
					  struct certificate *out)
{
	uint8_t b[BYTES_MAX], m[sizeof CONTEXT + BYTES_MAX], id[4];
	size_t n, signed_n;
	struct certificate c;
	text = str_trim(text);
	if (!str_starts(text, STR(PREFIX)))
		return CERTIFICATE_NOT_ONE;
	text = (struct str){text.p + sizeof PREFIX - 1, text.n - (sizeof PREFIX - 1)};
	if (sodium_base642bin(b, sizeof b, text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || !parse(b, n, &c))
		return CERTIFICATE_NOT_ONE;
	signed_n = message(m, b, n - crypto_sign_BYTES);
	enum certificate_verdict v = CERTIFICATE_UNKNOWN_KEY;
	for (size_t i = 0; i < keys_n; i++) {
		key_id(keys[i], id);
		if (memcmp(id, b + 1, sizeof id) != 0)
			continue;
		if (crypto_sign_verify_detached(b + n - crypto_sign_BYTES, m, signed_n, keys[i]) == 0) {
			v = CERTIFICATE_VALID;
			break;
		}
		v = CERTIFICATE_FORGED;
	}
	if (v != CERTIFICATE_VALID)
		return v;
	*out = c;
	if (now_ms + SKEW_MS < c.issued_s * 1000)
		return CERTIFICATE_NOT_YET;
	return now_ms >= c.expires_s * 1000 ? CERTIFICATE_EXPIRED : CERTIFICATE_VALID;
}

/* ---- the key --------------------------------------------------------------------------------------------------------------- */

void certificate_public_text(const uint8_t public[CERTIFICATE_PUBLIC_N], char text[CERTIFICATE_PUBLIC_TEXT_N + 1], char id[9])
{
	uint8_t raw[4];
	sodium_bin2base64(text, CERTIFICATE_PUBLIC_TEXT_N + 1, public, CERTIFICATE_PUBLIC_N, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	key_id(public, raw);
	sodium_bin2hex(id, 9, raw, sizeof raw);
}

bool certificate_public_parse(struct str text, uint8_t out[CERTIFICATE_PUBLIC_N])
{
	size_t n;
	return sodium_base642bin(out, CERTIFICATE_PUBLIC_N, text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       n == CERTIFICATE_PUBLIC_N;
}

/* Makes the file whole or not at all: two processes that start together end with one key. */
static enum err_code make_file(const char *path, const struct sys *sys, struct err *e)
{
	char draft[4200];
	uint8_t seed[crypto_sign_SEEDBYTES];
	uint64_t tag;
	sys->random(sys->ctx, &tag, sizeof tag);
	sys->random(sys->ctx, seed, sizeof seed);
	snprintf(draft, sizeof draft, "%s.%016llx", path, (unsigned long long)tag);
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, seed, sizeof seed) == (ssize_t)sizeof seed && fsync(fd) == 0;
	sodium_memzero(seed, sizeof seed);
	if (fd >= 0)
		ok = close(fd) == 0 && ok;
	if (ok && link(draft, path) != 0 && access(path, F_OK) != 0)
		ok = false;
	if (fd >= 0)
		unlink(draft);
	return ok ? OK : err_set(e, ERR_FILE, "", "the key file %s cannot be made", path);
}

enum err_code certificate_key_load(const char *keyring, const struct sys *sys, struct certificate_key *out, struct err *e)
{
	char path[4100];
	uint8_t seed[crypto_sign_SEEDBYTES + 1];
	struct stat st;
	snprintf(path, sizeof path, "%s.sign", keyring);
	if (access(path, F_OK) != 0) {
		enum err_code rc = make_file(path, sys, e);
		if (rc != OK)
			return rc;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_FILE, "", "the key file %s cannot be read", path);
	ssize_t n = read(fd, seed, sizeof seed);
	bool private = fstat(fd, &st) == 0 && (st.st_mode & 077) == 0;
	close(fd);
	enum err_code rc = OK;
	if (n != crypto_sign_SEEDBYTES)
		rc = err_set(e, ERR_KEYRING, "", "the key file %s does not hold 32 bytes", path);
	else if (!private)
		rc = err_set(e, ERR_KEYRING, "", "others may read the key file %s: chmod 600", path);
	else
		CHECK(crypto_sign_seed_keypair(out->public, out->secret, seed) == 0);
	sodium_memzero(seed, sizeof seed);
	return rc;
}

void certificate_key_done(struct certificate_key *k)
{
	sodium_memzero(k, sizeof *k);
}
