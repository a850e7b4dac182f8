/* SPDX-License-Identifier: Apache-2.0
 *
 * keyring.h - random keys of persons and cases, kept apart from the data, so that destroying a key erases a person
 * while the chain of facts stays whole.
 *
 * Files: PATH (SQLite, secure_delete) holds the keys wrapped by the key-encryption key in PATH.key (32 random bytes, mode
 * 0600). Keys are random, never derived, so what is destroyed cannot be made again. Sealing: XChaCha20-Poly1305 with a random
 * 24-byte nonce and one suite byte in front; the fact's id and kind are the associated data.
 * The blind index (keyed BLAKE2b) finds a subject by document number or phone without storing either.
 * Also here: password hashes (Argon2id), because they too must be kept out of the facts.
 *
 * A process that makes or opens a keyring dumps no core from then on and cannot be traced by other processes of its user.
 *
 * One struct keyring per thread. Only the writer's makes and destroys keys.
 */
#ifndef SUSHUI_LEDGER_KEYRING_H
#define SUSHUI_LEDGER_KEYRING_H

#include "store/store.h"

struct keyring;
#define SEAL_OVERHEAD (1 + 24 + 16)
#define BLIND_N 16

/* Makes a new keyring; ERR_KEYRING when one is there. */
enum err_code keyring_create(const char *path, const struct sys *sys, struct err *e);
enum err_code keyring_open(struct keyring **out, const char *path, enum db_mode mode, const struct sys *sys, struct err *e);
void keyring_close(struct keyring **k);

/* A writer's changes between begin and commit are durable after commit, which comes before the commit of the facts that use them. */
enum err_code keyring_begin(struct keyring *k, struct err *e);
enum err_code keyring_commit(struct keyring *k, struct err *e); /* cheap when nothing was changed */
void keyring_rollback(struct keyring *k);

/* Seals `plain` for the subject, making its key when it has none. Output in the arena. ERR_ERASED when the subject's key
 * was destroyed. `with` is bound to the ciphertext (the fact's id and kind). */
enum err_code keyring_seal(struct keyring *k, struct arena *a, struct id subject, struct str with, struct str plain,
			   struct str *sealed, struct err *e);
/* Opens; ERR_ERASED when the key is gone, ERR_CORRUPT when the bytes were changed. */
enum err_code keyring_open_sealed(struct keyring *k, struct arena *a, struct id subject, struct str with, struct str sealed,
				  struct str *plain, struct err *e);

/* Remembers that the subject has this value of that class ("document", "phone"); value is normalised by the caller. */
enum err_code keyring_index(struct keyring *k, const char *class, struct str value, struct id subject, struct err *e);
/* Subjects with that value, in the order they were indexed; at most `most`. */
enum err_code keyring_find(struct keyring *k, const char *class, struct str value, struct id *subjects, size_t most,
			   size_t *n, struct err *e);

/* Destroys the subject's key and index entries and empties the log of the keyring file. Not an error when there is none. */
enum err_code keyring_destroy(struct keyring *k, struct id subject, struct err *e);
/* The same, but costs only a look-up when nothing of the subject is there. */
enum err_code keyring_destroy_if_alive(struct keyring *k, struct id subject, struct err *e);
/* After a backup was restored: destroys again every key on the list of destroyed ones. Returns how many were found alive. */
enum err_code keyring_reshred(struct keyring *k, int64_t *alive_n, struct err *e);

/* Passwords. The hash costs tens of milliseconds on purpose (Argon2id, 19 MiB, 2 passes). */
enum err_code keyring_password_set(struct keyring *k, struct id user, struct str password, struct err *e);
/* False for a wrong password and for an unknown user, after the same time. */
bool keyring_password_ok(struct keyring *k, struct id user, struct str password);

/* A 32-byte secret for one purpose, made on first use (session tokens, links). */
enum err_code keyring_secret(struct keyring *k, const char *purpose, uint8_t out[32], struct err *e);

#endif
