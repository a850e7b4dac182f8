/* SPDX-License-Identifier: Apache-2.0
 *
 * Wrapping and sealing are the same construction: suite byte, nonce, XChaCha20-Poly1305 ciphertext with associated
 * data. What differs is the key: the key-encryption key wraps, a subject's own random key seals.
 */
#include "ledger/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql.gen.h"

#define SUITE_XCHACHA 1 /* first byte of everything sealed; other suites get other numbers */
#define KEY_N crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_N crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_N crypto_aead_xchacha20poly1305_ietf_ABYTES
#define WRAPPED_N (KEY_N + SEAL_OVERHEAD)
#define WAL_COPY_BYTES (1024 * 1024)
#define CACHE_N 1024 /* unwrapped keys kept in memory, direct-mapped */
_Static_assert(1 + NONCE_N + TAG_N == SEAL_OVERHEAD, "header states the overhead");

/* Argon2id at 19 MiB and 2 passes: OWASP's floor, about 40 ms on one core. */
#define PASSWORD_MEM ((size_t)19 * 1024 * 1024)
#define PASSWORD_PASSES 2

struct cached_key {
	struct id subject;
	uint8_t key[KEY_N];
};
struct keyring {
	struct db *db;
	const struct sys *sys;
	uint8_t kek[KEY_N];
	uint8_t blind_key[32];
	bool have_blind_key;
	bool in_tx, changed;
	char *path;
	enum db_mode mode;
	bool shred_due; /* the log still holds what was destroyed: a reader was looking when it should have been emptied */
	struct cached_key cache[CACHE_N];
};

/* From the first key on this process leaves no core, and nobody without privilege looks into its memory. Where the system refuses, the
 * keyring opens all the same: a county that cannot work is worse. */
static void no_dumps(void)
{
	const struct rlimit none = {0, 0};
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void key_path(const char *path, char *out, size_t cap)
{
	snprintf(out, cap, "%s.key", path);
}

static enum err_code file_fault(struct err *e, const char *path)
{
	return err_set(e, ERR_KEYRING, path, "%s", strerror(errno));
}

/* Write-new, sync file and folder: a key file that vanishes with the power takes every name with it. */
static enum err_code write_key_file(const char *path, const uint8_t *key, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_fault(e, path);
	bool ok = write(fd, key, KEY_N) == (ssize_t)KEY_N && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	char folder[4096];
	str_to_c(str_of(path), folder, sizeof folder);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = 0;
	int dir = ok ? open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	ok = ok && dir >= 0 && fsync(dir) == 0;
	if (dir >= 0)
		close(dir);
	return ok ? OK : file_fault(e, path);
}

static enum err_code read_key_file(const char *path, uint8_t *key, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return file_fault(e, path);
	ssize_t n = read(fd, key, KEY_N);
	close(fd);
	return n == (ssize_t)KEY_N ? OK : err_set(e, ERR_KEYRING, path, "the key file is too short");
}

enum err_code keyring_create(const char *path, const struct sys *sys, struct err *e)
{
	char key_file[4096];
	uint8_t kek[KEY_N];
	key_path(path, key_file, sizeof key_file);
	no_dumps();
	if (access(path, F_OK) == 0)
		return err_set(e, ERR_KEYRING, path, "there is a keyring already");
	sys->random(sys->ctx, kek, sizeof kek);
	enum err_code rc = write_key_file(key_file, kek, e);
	sodium_memzero(kek, sizeof kek);
	struct db *db = NULL;
	if (rc == OK)
		rc = db_open(&db, path, DB_WRITER, NULL, e);
	if (rc == OK)
		rc = db_script(db, &SQL_keyring_schema, e);
	db_close(&db);
	/* the secrets that readers need are made now, because readers cannot make them */
	struct keyring *k = NULL;
	uint8_t secret[32];
	if (rc == OK)
		rc = keyring_open(&k, path, DB_WRITER, sys, e);
	static const char *const purposes[] = {"blind index", "session", "link"};
	for (size_t i = 0; rc == OK && i < ARRAY_N(purposes); i++)
		rc = keyring_secret(k, purposes[i], secret, e);
	sodium_memzero(secret, sizeof secret);
	keyring_close(&k);
	return rc;
}

enum err_code keyring_open(struct keyring **out, const char *path, enum db_mode mode, const struct sys *sys, struct err *e)
{
	CHECK(sodium_init() >= 0);
	struct keyring *k = calloc(1, sizeof *k);
	if (!k)
		return err_set(e, ERR_MEMORY, path, "no memory for the keyring");
	char key_file[4096];
	no_dumps();
	key_path(path, key_file, sizeof key_file);
	k->sys = sys;
	k->mode = mode;
	k->path = strdup(path);
	if (!k->path) {
		free(k);
		return err_set(e, ERR_MEMORY, path, "no memory for the keyring");
	}
	(void)sodium_mlock(k, sizeof *k); /* where the limit allows: keys stay out of the swap */
	enum err_code rc = read_key_file(key_file, k->kek, e);
	if (rc == OK)
		rc = db_open(&k->db, path, mode, NULL, e);
	if (rc != OK) {
		keyring_close(&k);
		return rc;
	}
	*out = k;
	return OK;
}

void keyring_close(struct keyring **kp)
{
	struct keyring *k = *kp;
	if (!k)
		return;
	db_close(&k->db);
	free(k->path);
	sodium_munlock(k, sizeof *k); /* also zeroes */
	sodium_memzero(k, sizeof *k);
	free(k);
	*kp = NULL;
}

/* After a failed write or sync the connection is of no more use; a full disk must not outlive the space that was made. */
static enum err_code mend(struct keyring *k, struct err *e)
{
	if (k->db && (k->in_tx || !db_broken(k->db)))
		return OK;
	sodium_memzero(k->cache, sizeof k->cache);
	db_close(&k->db);
	return db_open(&k->db, k->path, k->mode, NULL, e);
}

enum err_code keyring_begin(struct keyring *k, struct err *e)
{
	CHECK(!k->in_tx);
	enum err_code rc = mend(k, e);
	if (rc != OK)
		return rc;
	k->in_tx = true;
	k->changed = false;
	return OK;
}

/* Copies the log back, and empties it when it holds what must not be found any more. */
static void copy_back(struct keyring *k)
{
	char log[4096];
	struct stat st;
	db_checkpoint(k->db, k->shred_due);
	if (!k->shred_due)
		return;
	snprintf(log, sizeof log, "%s-wal", k->path);
	k->shred_due = stat(log, &st) == 0 && st.st_size > 0;
}

/* The database transaction starts with the first change, so that groups without personal data cost nothing here. */
static enum err_code before_change(struct keyring *k, struct err *e)
{
	if (!k->in_tx || k->changed)
		return OK;
	enum err_code rc = db_begin(k->db, e);
	k->changed = rc == OK;
	return rc;
}

enum err_code keyring_commit(struct keyring *k, struct err *e)
{
	CHECK(k->in_tx);
	k->in_tx = false;
	enum err_code rc = k->changed ? db_commit(k->db, e) : OK;
	k->changed = false;
	if (rc != OK)
		sodium_memzero(k->cache, sizeof k->cache);
	else if (k->shred_due || db_wal_bytes(k->db) > WAL_COPY_BYTES) /* copying back costs syncs: not with every group */
		copy_back(k);
	return rc;
}

void keyring_rollback(struct keyring *k)
{
	if (k->in_tx && k->changed)
		db_rollback(k->db);
	k->in_tx = k->changed = false;
	sodium_memzero(k->cache, sizeof k->cache);
}

/* out must hold plain.n + SEAL_OVERHEAD bytes. */
static void seal_with(struct keyring *k, const uint8_t *key, struct str with, struct str plain, uint8_t *out)
{
	out[0] = SUITE_XCHACHA;
	k->sys->random(k->sys->ctx, out + 1, NONCE_N);
	unsigned long long n;
	CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(out + 1 + NONCE_N, &n, (const uint8_t *)plain.p, plain.n,
							 (const uint8_t *)with.p, with.n, NULL, out + 1, key) == 0);
}

/* out must hold sealed.n - SEAL_OVERHEAD bytes. */
static enum err_code open_with(const uint8_t *key, struct str with, struct str sealed, uint8_t *out, struct err *e)
{
	const uint8_t *p = (const uint8_t *)sealed.p;
	if (sealed.n < SEAL_OVERHEAD || p[0] != SUITE_XCHACHA ||
	    crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + 1 + NONCE_N, sealed.n - 1 - NONCE_N,
						       (const uint8_t *)with.p, with.n, p + 1, key) != 0)
		return err_set(e, ERR_CORRUPT, "", "a sealed part does not match its key");
	return OK;
}

static struct str id_bytes(const struct id *id)
{
	return (struct str){(const char *)id->b, sizeof id->b};
}

static struct cached_key *cache_slot(struct keyring *k, struct id subject)
{
	return &k->cache[id_hash(subject) >> 54];
}

/* *found false: the subject has no key yet. ERR_ERASED when it was destroyed. */
static enum err_code get_key(struct keyring *k, struct id subject, uint8_t key[KEY_N], bool *found, struct err *e)
{
	struct cached_key *slot = cache_slot(k, subject);
	if (id_eq(slot->subject, subject) && !id_is_none(subject)) {
		memcpy(key, slot->key, KEY_N);
		*found = true;
		return OK;
	}
	enum err_code rc = mend(k, e);
	if (rc == OK)
		rc = db_query(k->db, &SQL_keyring_key_get, PARAMS(V_ID(&subject)), e);
	if (rc != OK)
		return rc;
	bool row = db_next(k->db);
	bool destroyed = row && db_int(k->db, 1) != 0;
	if (row && !destroyed)
		rc = open_with(k->kek, id_bytes(&subject), db_blob(k->db, 0), key, e);
	enum err_code stop = db_stop(k->db, rc == OK ? e : NULL);
	if (rc == OK)
		rc = stop;
	if (rc != OK)
		return rc;
	if (destroyed)
		return err_set(e, ERR_ERASED, "", "the key of this subject was destroyed");
	*found = row;
	if (row) {
		slot->subject = subject;
		memcpy(slot->key, key, KEY_N);
	}
	return OK;
}

static enum err_code make_key(struct keyring *k, struct id subject, uint8_t key[KEY_N], struct err *e)
{
	uint8_t wrapped[WRAPPED_N];
	enum err_code rc = before_change(k, e);
	if (rc != OK)
		return rc;
	k->sys->random(k->sys->ctx, key, KEY_N);
	seal_with(k, k->kek, id_bytes(&subject), (struct str){(const char *)key, KEY_N}, wrapped);
	rc = db_run(k->db, &SQL_keyring_key_put, PARAMS(V_ID(&subject), V_BLOB(((struct str){(char *)wrapped, WRAPPED_N}))), e);
	if (rc == OK) {
		struct cached_key *slot = cache_slot(k, subject);
		slot->subject = subject;
		memcpy(slot->key, key, KEY_N);
	}
	return rc;
}

enum err_code keyring_seal(struct keyring *k, struct arena *a, struct id subject, struct str with, struct str plain,
			   struct str *sealed, struct err *e)
{
	uint8_t key[KEY_N];
	bool found;
	enum err_code rc = get_key(k, subject, key, &found, e);
	if (rc == OK && !found)
		rc = make_key(k, subject, key, e);
	if (rc == OK) {
		char *out = arena_alloc(a, plain.n + SEAL_OVERHEAD);
		seal_with(k, key, with, plain, (uint8_t *)out);
		*sealed = (struct str){out, plain.n + SEAL_OVERHEAD};
	}
	sodium_memzero(key, sizeof key);
	return rc;
}

enum err_code keyring_open_sealed(struct keyring *k, struct arena *a, struct id subject, struct str with, struct str sealed,
				  struct str *plain, struct err *e)
{
	uint8_t key[KEY_N];
	bool found;
	enum err_code rc = get_key(k, subject, key, &found, e);
	if (rc == OK && !found)
		rc = err_set(e, ERR_ERASED, "", "there is no key for this subject");
	if (rc == OK && sealed.n < SEAL_OVERHEAD)
		rc = err_set(e, ERR_CORRUPT, "", "a sealed part is too short");
	if (rc == OK) {
		char *out = arena_alloc(a, sealed.n - SEAL_OVERHEAD + 1);
		rc = open_with(key, with, sealed, (uint8_t *)out, e);
		if (rc == OK)
			*plain = (struct str){out, sealed.n - SEAL_OVERHEAD};
	}
	sodium_memzero(key, sizeof key);
	return rc;
}

/* Keyed BLAKE2b over class, a zero byte and the value: without the key the small space of document numbers cannot be searched. */
static enum err_code blind_value(struct keyring *k, const char *class, struct str value, uint8_t out[BLIND_N], struct err *e)
{
	if (!k->have_blind_key) {
		enum err_code rc = keyring_secret(k, "blind index", k->blind_key, e);
		if (rc != OK)
			return rc;
		k->have_blind_key = true;
	}
	crypto_generichash_state s;
	crypto_generichash_init(&s, k->blind_key, sizeof k->blind_key, BLIND_N);
	crypto_generichash_update(&s, (const uint8_t *)class, strlen(class) + 1);
	crypto_generichash_update(&s, (const uint8_t *)value.p, value.n);
	crypto_generichash_final(&s, out, BLIND_N);
	return OK;
}

enum err_code keyring_index(struct keyring *k, const char *class, struct str value, struct id subject, struct err *e)
{
	uint8_t blind[BLIND_N];
	enum err_code rc = blind_value(k, class, value, blind, e);
	if (rc == OK)
		rc = before_change(k, e);
	if (rc != OK)
		return rc;
	return db_run(k->db, &SQL_keyring_blind_put,
		      PARAMS(V_TEXT(str_of(class)), V_BLOB(((struct str){(char *)blind, BLIND_N})), V_ID(&subject)), e);
}

enum err_code keyring_find(struct keyring *k, const char *class, struct str value, struct id *subjects, size_t most,
			   size_t *n, struct err *e)
{
	uint8_t blind[BLIND_N];
	enum err_code rc = blind_value(k, class, value, blind, e);
	if (rc == OK)
		rc = db_query(k->db, &SQL_keyring_blind_find,
			      PARAMS(V_TEXT(str_of(class)), V_BLOB(((struct str){(char *)blind, BLIND_N})), V_INT((int64_t)most)), e);
	if (rc != OK)
		return rc;
	size_t got = 0;
	while (got < most && db_next(k->db))
		subjects[got++] = db_id(k->db, 0);
	rc = db_stop(k->db, e);
	if (rc == OK)
		*n = got;
	return rc;
}

enum err_code keyring_destroy(struct keyring *k, struct id subject, struct err *e)
{
	CHECK(!k->in_tx);
	enum err_code rc = mend(k, e);
	if (rc != OK)
		return rc;
	rc = db_begin(k->db, e);
	if (rc == OK)
		rc = db_run(k->db, &SQL_keyring_key_drop, PARAMS(V_ID(&subject)), e);
	if (rc == OK)
		rc = db_run(k->db, &SQL_keyring_blind_drop, PARAMS(V_ID(&subject)), e);
	if (rc == OK)
		rc = db_run(k->db, &SQL_keyring_destroyed_put, PARAMS(V_ID(&subject)), e);
	if (rc == OK)
		rc = db_commit(k->db, e);
	else
		db_rollback(k->db);
	sodium_memzero(k->cache, sizeof k->cache);
	/* the freed pages are zeroed in the file only when the log is written back */
	k->shred_due = true;
	if (rc == OK)
		copy_back(k);
	return rc;
}

enum err_code keyring_destroy_if_alive(struct keyring *k, struct id subject, struct err *e)
{
	int64_t alive;
	enum err_code rc = mend(k, e);
	if (rc == OK)
		rc = db_one(k->db, &SQL_keyring_alive, PARAMS(V_ID(&subject)), 0, &alive, e);
	return rc == OK && alive ? keyring_destroy(k, subject, e) : rc;
}

enum err_code keyring_reshred(struct keyring *k, int64_t *alive_n, struct err *e)
{
	*alive_n = 0;
	for (;;) {
		enum err_code rc = mend(k, e);
		if (rc == OK)
			rc = db_query(k->db, &SQL_keyring_destroyed_alive, NO_PARAMS, e);
		if (rc != OK)
			return rc;
		struct id subject = db_next(k->db) ? db_id(k->db, 0) : ID_NONE;
		rc = db_stop(k->db, e);
		if (rc != OK || id_is_none(subject))
			return rc;
		rc = keyring_destroy(k, subject, e);
		if (rc != OK)
			return rc;
		(*alive_n)++;
	}
}

enum err_code keyring_password_set(struct keyring *k, struct id user, struct str password, struct err *e)
{
	char hash[crypto_pwhash_STRBYTES];
	if (password.n < 10 || password.n > 256)
		return err_set(e, ERR_BAD_VALUE, "password", "a password of 10 to 256 bytes is expected");
	if (crypto_pwhash_str_alg(hash, password.p, password.n, PASSWORD_PASSES, PASSWORD_MEM, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return err_set(e, ERR_MEMORY, "password", "no memory to hash the password");
	enum err_code rc = mend(k, e);
	if (rc == OK)
		rc = db_begin(k->db, e);
	if (rc == OK)
		rc = db_run(k->db, &SQL_keyring_password_put, PARAMS(V_ID(&user), V_TEXT(str_of(hash))), e);
	if (rc == OK)
		return db_commit(k->db, e);
	if (k->db)
		db_rollback(k->db);
	return rc;
}

bool keyring_password_ok(struct keyring *k, struct id user, struct str password)
{
	/* For an unknown user a hash that no password fits is checked, so that the answer takes as long. */
	static char never[crypto_pwhash_STRBYTES];
	if (!never[0])
		CHECK(crypto_pwhash_str_alg(never, "", 0, PASSWORD_PASSES, PASSWORD_MEM, crypto_pwhash_ALG_ARGON2ID13) == 0);
	char hash[crypto_pwhash_STRBYTES] = "";
	if (mend(k, NULL) == OK) {
		if (db_query(k->db, &SQL_keyring_password_get, PARAMS(V_ID(&user)), NULL) == OK && db_next(k->db))
			str_to_c(db_text(k->db, 0), hash, sizeof hash);
		db_stop(k->db, NULL);
	}
	bool known = hash[0] != 0;
	bool fits = crypto_pwhash_str_verify(known ? hash : never, password.p ? password.p : "", password.n) == 0;
	return known && fits && password.n > 0;
}

enum err_code keyring_secret(struct keyring *k, const char *purpose, uint8_t out[32], struct err *e)
{
	struct str name = str_of(purpose);
	enum err_code rc = mend(k, e);
	if (rc == OK)
		rc = db_query(k->db, &SQL_keyring_secret_get, PARAMS(V_TEXT(name)), e);
	if (rc != OK)
		return rc;
	bool found = db_next(k->db);
	if (found)
		rc = open_with(k->kek, name, db_blob(k->db, 0), out, e);
	enum err_code stop = db_stop(k->db, rc == OK ? e : NULL);
	if (rc != OK || stop != OK || found)
		return rc != OK ? rc : stop;
	uint8_t wrapped[32 + SEAL_OVERHEAD];
	k->sys->random(k->sys->ctx, out, 32);
	seal_with(k, k->kek, name, (struct str){(const char *)out, 32}, wrapped);
	rc = before_change(k, e);
	if (rc == OK)
		rc = db_run(k->db, &SQL_keyring_secret_put, PARAMS(V_TEXT(name), V_BLOB(((struct str){(char *)wrapped, sizeof wrapped}))), e);
	return rc;
}
