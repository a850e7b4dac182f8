/* SPDX-License-Identifier: Apache-2.0
 *
 * certificate.h - 证明. A release or a test result as a code that anybody can verify without a line: a short payload signed with Ed25519.
 * docs/certificates.md describes it byte by byte.
 *
 * The payload holds no name and no number of a document: a random id of the certificate, and a hash of what the holder shows (the last
 * characters of the document, or initials), salted with that id, so that two certificates of one person cannot be told to be of one.
 *
 * Reading (certificate_read) is pure and takes any bytes. Signing needs the key file beside the keyring.
 */
#ifndef SUSHUI_DOMAIN_CERTIFICATE_H
#define SUSHUI_DOMAIN_CERTIFICATE_H

#include "core/arena.h"
#include "core/err.h"
#include "core/id.h"
#include "store/store.h"

struct keyring;

#define CERTIFICATE_VERSION 1
#define CERTIFICATE_HOLDER_N 8
#define CERTIFICATE_EDITION_MAX 40
#define CERTIFICATE_TEXT_MAX 240 /* characters of a code, with NUL */
#define CERTIFICATE_PUBLIC_N 32

struct certificate {
	int kind;       /* enum orders_certificate */
	int64_t county;
	struct id id;   /* random: the pseudonym of this certificate, and the salt */
	uint8_t holder[CERTIFICATE_HOLDER_N];
	int64_t issued_s, expires_s; /* Unix seconds */
	int detail;     /* release: enum orders_class; result: enum testing_result */
	int64_t happened_s; /* release: since when free; result: when sampled */
	char edition[CERTIFICATE_EDITION_MAX + 1];
};
enum certificate_verdict {
	CERTIFICATE_VALID,
	CERTIFICATE_NOT_ONE,     /* no code of this kind, or cut, or longer than it says */
	CERTIFICATE_UNKNOWN_KEY, /* signed with a key that is not on the list */
	CERTIFICATE_FORGED,      /* the signature does not fit: altered, or made by somebody else */
	CERTIFICATE_EXPIRED,
	CERTIFICATE_NOT_YET,     /* issued in the future of this clock */
};
/* One line for people. lang: "zh" or anything else. */
const char *certificate_verdict_text(enum certificate_verdict v, const char *lang);
const char *certificate_verdict_word(enum certificate_verdict v); /* "valid", "forged", ... */

/* The hash of what the holder shows: blanks are left out, letters are small. */
void certificate_holder_hash(struct id certificate, struct str holder, uint8_t out[CERTIFICATE_HOLDER_N]);

/* Reads and verifies a code. keys: keys_n public keys. *out is filled for CERTIFICATE_VALID, EXPIRED and NOT_YET: what it says is
 * true, or was. */
enum certificate_verdict certificate_read(struct str text, const uint8_t (*keys)[CERTIFICATE_PUBLIC_N], size_t keys_n, int64_t now_ms,
					  struct certificate *out);

/* ---- the key of the house ---- */

struct certificate_key {
	uint8_t public[CERTIFICATE_PUBLIC_N];
	uint8_t secret[64]; /* wiped by certificate_key_done */
};
/* Reads the file KEYRING.sign (32 random bytes, mode 0600), made when it is not there. ERR_FILE, ERR_KEYRING (wrong size, or others may
 * read it). */
enum err_code certificate_key_load(const char *keyring, const struct sys *sys, struct certificate_key *out, struct err *e);
void certificate_key_done(struct certificate_key *k);
/* "ed25519" public key as base64url, and its id (first 4 bytes of its SHA-256) as 8 hexadecimal digits. */
#define CERTIFICATE_PUBLIC_TEXT_N 43
void certificate_public_text(const uint8_t public[CERTIFICATE_PUBLIC_N], char text[CERTIFICATE_PUBLIC_TEXT_N + 1], char id[9]);
/* The other way round; false when it is no key. */
bool certificate_public_parse(struct str text, uint8_t out[CERTIFICATE_PUBLIC_N]);
/* Signs; text is a C string. */
void certificate_sign(const struct certificate_key *k, const struct certificate *c, char text[CERTIFICATE_TEXT_MAX]);

/* ---- may it be issued? ---- */

struct certificate_claim {
	int64_t county, person, kind, order, tube; /* keys; 0 = not named */
	int64_t at;
};
struct certificate_grounds { /* what it will say */
	int64_t happened_at;
	int detail;
	struct str edition; /* in the arena; empty when none is known */
};
/* Release: the person was released or an order lifted, nothing restricts him now, and no case was opened since. Result: the person was
 * sampled into that tube and its result is known; of a positive mixed tube nobody gets one. Else ERR_NOT_ALLOWED with the reason. */
enum err_code certificate_judge(struct db *db, struct arena *a, const struct certificate_claim *claim, struct certificate_grounds *out,
				struct err *e);
/* The code of a certificate that was issued, by what is known now: what holds no longer is not signed again. keyring opens the holder's
 * words. ERR_NOT_FOUND, ERR_NOT_ALLOWED, ERR_ERASED, ERR_OUT_OF_AREA (area_lo .. area_hi: the reader's). */
struct certificate_asked {
	int64_t county;
	struct id certificate;
	int64_t area_lo, area_hi, now_ms;
};
enum err_code certificate_make(struct db *db, struct keyring *keyring, struct arena *a, const struct certificate_asked *asked,
			       const struct certificate_key *key, struct certificate *out, char text[CERTIFICATE_TEXT_MAX], struct err *e);

#endif
