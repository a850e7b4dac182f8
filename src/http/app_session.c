/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is signed in. The table in memory answers every request; a small SQLite file of its own beside the keyring keeps it over a
 * restart (the keyring has one writer already: the thread that appends). Only a keyed hash of each token is kept in either
 * place, so that who reads the file cannot sign in with it.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "domain/people/people.h"
#include "http/app_internal.h"
#include "sql.gen.h"

#define BUCKETS_N 4096
#define OVER (INT64_MIN / 2)           /* created_ms of a session that was ended and is not yet tidied away */
#define SEEN_STEP_MS MS_PER_MINUTE /* signs of life are written down to the minute */

struct session {
	uint8_t hash[32];
	struct actor who;
	int64_t county, created_ms, seen_ms, stored_ms;
	uint64_t tag;
	struct session *next; /* of its bucket */
};
struct sessions {
	const struct sys *sys;
	uint8_t key[32];
	pthread_mutex_t lock; /* guards buckets and n */
	struct session *buckets[BUCKETS_N];
	size_t n;
	pthread_mutex_t file_lock; /* guards db; taken before lock, never within it */
	pthread_mutex_t refresh_lock; /* one at a time, so that no older reading of a user's rights overwrites a newer one */
	struct db *db;
	char *path;
};

static int64_t now_ms(const struct sessions *s)
{
	return s->sys->now_ms(s->sys->ctx);
}

static struct session **bucket_of(struct sessions *s, const uint8_t hash[32])
{
	return &s->buckets[(hash[0] | hash[1] << 8) % BUCKETS_N];
}

static struct session **find(struct sessions *s, const uint8_t hash[32])
{
	struct session **at = bucket_of(s, hash);
	while (*at && memcmp((*at)->hash, hash, 32) != 0)
		at = &(*at)->next;
	return at;
}

static void unlink_at(struct sessions *s, struct session **at)
{
	struct session *old = *at;
	*at = old->next;
	s->n--;
	free(old);
}

static bool is_over(const struct session *x, int64_t now)
{
	return now - x->seen_ms > SESSION_IDLE_MS || now - x->created_ms > SESSION_LIFE_MS;
}

static void hash_token(const struct sessions *s, struct str token, uint8_t out[32])
{
	crypto_generichash(out, 32, (const uint8_t *)token.p, token.n, s->key, sizeof s->key);
}

static void copy_out(const struct session *x, struct caller *out)
{
	*out = (struct caller){.who = x->who, .tag = x->tag, .created_ms = x->created_ms, .ends_ms = x->created_ms + SESSION_LIFE_MS};
	if (x->seen_ms + SESSION_IDLE_MS < out->ends_ms)
		out->ends_ms = x->seen_ms + SESSION_IDLE_MS;
	memcpy(out->hash, x->hash, 32);
}

/* Under the lock. */
static struct session *add(struct sessions *s, const uint8_t hash[32], const struct actor *who, int64_t created, int64_t seen)
{
	struct session *x = calloc(1, sizeof *x);
	if (!x)
		return NULL;
	memcpy(x->hash, hash, 32);
	x->who = *who;
	x->county = COUNTY_OF(who->area);
	x->created_ms = created;
	x->seen_ms = x->stored_ms = seen;
	do
		s->sys->random(s->sys->ctx, &x->tag, sizeof x->tag);
	while (x->tag == 0);
	struct session **at = bucket_of(s, hash);
	x->next = *at;
	*at = x;
	s->n++;
	return x;
}

/* Under the file lock: the file, opened anew when the disk failed. */
static enum err_code file(struct sessions *s, struct err *e)
{
	if (s->db && db_broken(s->db))
		db_close(&s->db);
	return s->db ? OK : db_open(&s->db, s->path, DB_WRITER, NULL, e);
}

static enum err_code drop(struct sessions *s, const uint8_t hash[32], struct err *e)
{
	enum err_code rc = file(s, e);
	return rc == OK ? db_run(s->db, &SQL_app_session_drop, PARAMS(V_BLOB(((struct str){(const char *)hash, 32}))), e) : rc;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

struct stored {
	uint8_t hash[32];
	struct id user;
	int64_t county, created, seen;
};

static enum err_code read_stored(struct sessions *s, struct stored **rows, size_t *n, struct err *e)
{
	size_t cap = 0;
	enum err_code rc = db_query(s->db, &SQL_app_session_all, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(s->db) && *n < SESSIONS_MAX) {
		if (*n == cap) {
			struct stored *more = realloc(*rows, (cap = cap ? 2 * cap : 64) * sizeof *more);
			CHECK(more != NULL);
			*rows = more;
		}
		struct str hash = db_blob(s->db, 0);
		struct stored *x = &(*rows)[*n];
		if (hash.n != sizeof x->hash)
			continue;
		memcpy(x->hash, hash.p, hash.n);
		x->user = db_id(s->db, 1);
		x->county = db_int(s->db, 2);
		x->created = db_int(s->db, 3);
		x->seen = db_int(s->db, 4);
		(*n)++;
	}
	return db_stop(s->db, e);
}

static enum err_code take_back(struct sessions *s, struct db *db, struct err *e)
{
	struct stored *rows = NULL;
	size_t n = 0;
	int64_t now = now_ms(s);
	enum err_code rc = read_stored(s, &rows, &n, e);
	for (size_t i = 0; rc == OK && i < n; i++) {
		const struct session x = {.created_ms = rows[i].created, .seen_ms = rows[i].seen};
		struct actor who;
		enum err_code known = is_over(&x, now) ? ERR_NOT_SIGNED_IN : people_actor_of(db, rows[i].county, rows[i].user, &who, e);
		if (known == OK)
			CHECK(add(s, rows[i].hash, &who, x.created_ms, x.seen_ms) != NULL);
		else if (err_kind(known) == KIND_FAULT)
			rc = known;
		else
			rc = drop(s, rows[i].hash, e);
	}
	free(rows);
	return rc;
}

enum err_code sessions_open(struct sessions **out, const char *path, const uint8_t key[32], const struct sys *sys, struct db *db,
			    struct err *e)
{
	struct sessions *s = calloc(1, sizeof *s);
	if (!s)
		return err_set(e, ERR_MEMORY, "", "no memory for sessions");
	s->sys = sys;
	memcpy(s->key, key, sizeof s->key);
	CHECK(pthread_mutex_init(&s->lock, NULL) == 0 && pthread_mutex_init(&s->file_lock, NULL) == 0 &&
	      pthread_mutex_init(&s->refresh_lock, NULL) == 0);
	s->path = strdup(path);
	CHECK(s->path != NULL);
	enum err_code rc = file(s, e);
	if (rc == OK)
		rc = db_script(s->db, &SQL_app_session_schema, e);
	if (rc == OK)
		rc = take_back(s, db, e);
	if (rc != OK) {
		sessions_close(&s);
		return rc;
	}
	*out = s;
	return OK;
}

void sessions_close(struct sessions **sp)
{
	struct sessions *s = *sp;
	if (!s)
		return;
	for (size_t b = 0; b < BUCKETS_N; b++)
		while (s->buckets[b])
			unlink_at(s, &s->buckets[b]);
	db_close(&s->db);
	free(s->path);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->file_lock);
	pthread_mutex_destroy(&s->refresh_lock);
	sodium_memzero(s->key, sizeof s->key);
	free(s);
	*sp = NULL;
}

enum err_code app_sessions_forget(const char *keyring, struct id user, struct err *e)
{
	char path[4096];
	struct db *db = NULL;
	snprintf(path, sizeof path, "%s.sessions", keyring);
	if (access(path, F_OK) != 0)
		return OK;
	enum err_code rc = db_open(&db, path, DB_WRITER, NULL, e);
	if (rc == OK)
		rc = db_script(db, &SQL_app_session_schema, e);
	if (rc == OK)
		rc = db_run(db, &SQL_app_session_drop_user, PARAMS(V_ID(&user)), e);
	db_close(&db);
	return rc;
}

/* ---- use ------------------------------------------------------------------------------------------------------- */

bool sessions_find(struct sessions *s, struct str token, struct caller *out)
{
	uint8_t hash[32];
	if (token.n != TOKEN_N)
		return false;
	hash_token(s, token, hash);
	int64_t now = now_ms(s);
	pthread_mutex_lock(&s->lock);
	struct session *x = *find(s, hash);
	bool found = x && !is_over(x, now);
	if (found) {
		x->seen_ms = now;
		copy_out(x, out);
	}
	pthread_mutex_unlock(&s->lock);
	return found;
}

/* Under the lock: room for one more of this user. What goes is dropped from the file by the next tidying. */
static void make_room(struct sessions *s, struct id user)
{
	size_t own_n = 0;
	struct session **oldest = NULL;
	for (size_t b = 0; b < BUCKETS_N; b++)
		for (struct session **at = &s->buckets[b]; *at; at = &(*at)->next)
			if (id_eq((*at)->who.user, user) && (*at)->created_ms != OVER) {
				own_n++;
				if (!oldest || (*at)->created_ms < (*oldest)->created_ms)
					oldest = at;
			}
	if (own_n >= SESSIONS_PER_USER)
		(*oldest)->created_ms = OVER; /* tidied away with its streams */
}

static enum err_code store(struct sessions *s, const struct session *x, struct err *e)
{
	struct str hash = {(const char *)x->hash, 32};
	enum err_code rc = file(s, e);
	if (rc != OK)
		return rc;
	return db_run(s->db, &SQL_app_session_put,
		      PARAMS(V_BLOB(hash), V_ID(&x->who.user), V_INT(x->county), V_INT(x->created_ms), V_INT(x->seen_ms)), e);
}

enum err_code sessions_make(struct sessions *s, const struct actor *who, char token[TOKEN_N + 1], struct caller *out, struct err *e)
{
	uint8_t secret[32];
	char text[TOKEN_N + 1];
	struct session copy = {.who = *who, .county = COUNTY_OF(who->area)};
	s->sys->random(s->sys->ctx, secret, sizeof secret);
	sodium_bin2base64(text, sizeof text, secret, sizeof secret, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	sodium_memzero(secret, sizeof secret);
	hash_token(s, (struct str){text, TOKEN_N}, copy.hash);
	copy.created_ms = copy.seen_ms = now_ms(s);
	pthread_mutex_lock(&s->file_lock);
	enum err_code rc = store(s, &copy, e);
	if (rc == OK) {
		pthread_mutex_lock(&s->lock);
		make_room(s, who->user);
		struct session *x = s->n < SESSIONS_MAX ? add(s, copy.hash, who, copy.created_ms, copy.seen_ms) : NULL;
		if (x)
			copy_out(x, out);
		else
			rc = err_set(e, ERR_BUSY, "", "too many are signed in");
		pthread_mutex_unlock(&s->lock);
	}
	pthread_mutex_unlock(&s->file_lock);
	if (rc == OK)
		memcpy(token, text, sizeof text);
	sodium_memzero(text, sizeof text);
	return rc;
}

enum err_code sessions_end(struct sessions *s, const uint8_t hash[32], struct err *e)
{
	pthread_mutex_lock(&s->file_lock);
	pthread_mutex_lock(&s->lock);
	struct session **at = find(s, hash);
	if (*at)
		unlink_at(s, at);
	pthread_mutex_unlock(&s->lock);
	enum err_code rc = drop(s, hash, e);
	pthread_mutex_unlock(&s->file_lock);
	return rc;
}

/* ---- what follows from facts, and time ---------------------------------------------------------------------------- */

/* The sessions as they are now; free() the copy. */
static struct session *snapshot(struct sessions *s, size_t *n)
{
	*n = 0;
	pthread_mutex_lock(&s->lock);
	struct session *all = calloc(s->n ? s->n : 1, sizeof *all);
	for (size_t b = 0; all && b < BUCKETS_N; b++)
		for (const struct session *x = s->buckets[b]; x; x = x->next)
			all[(*n)++] = *x;
	pthread_mutex_unlock(&s->lock);
	return all;
}

void sessions_refresh(struct sessions *s, struct db *db, struct id user, void (*ended)(void *ctx, uint64_t tag), void *ctx)
{
	size_t n;
	pthread_mutex_lock(&s->refresh_lock);
	struct session *all = snapshot(s, &n);
	for (size_t i = 0; i < n; i++) {
		struct actor who;
		if (!id_is_none(user) && !id_eq(user, all[i].who.user))
			continue;
		enum err_code rc = people_actor_of(db, all[i].county, all[i].who.user, &who, NULL);
		if (err_kind(rc) == KIND_FAULT)
			continue;
		pthread_mutex_lock(&s->lock);
		struct session **at = find(s, all[i].hash);
		/* a stream was opened with the rights and for the area of then */
		bool moved = rc == OK && (who.rights != all[i].who.rights || who.area_lo != all[i].who.area_lo || who.area_hi != all[i].who.area_hi);
		if (*at && rc == OK)
			(*at)->who = who;
		else if (*at) /* its row in the file goes with the next tidying, or is refused at the next start */
			(*at)->created_ms = OVER;
		pthread_mutex_unlock(&s->lock);
		if (rc != OK || moved)
			ended(ctx, all[i].tag);
	}
	free(all);
	pthread_mutex_unlock(&s->refresh_lock);
}

void sessions_tidy(struct sessions *s, void (*ended)(void *ctx, uint64_t tag), void *ctx)
{
	size_t n;
	int64_t now = now_ms(s);
	struct session *all = snapshot(s, &n);
	for (size_t i = 0; i < n; i++) {
		struct session *x = &all[i];
		if (is_over(x, now)) {
			ended(ctx, x->tag);
			(void)sessions_end(s, x->hash, NULL); /* over in memory either way; the file is looked through at each start */
		} else if (x->seen_ms - x->stored_ms >= SEEN_STEP_MS) {
			pthread_mutex_lock(&s->file_lock);
			pthread_mutex_lock(&s->lock);
			struct session *now_there = *find(s, x->hash);
			if (now_there)
				now_there->stored_ms = x->seen_ms;
			pthread_mutex_unlock(&s->lock);
			if (now_there)
				(void)store(s, x, NULL); /* a lost sign of life ends the session early, nothing worse */
			pthread_mutex_unlock(&s->file_lock);
		}
	}
	free(all);
	pthread_mutex_lock(&s->file_lock);
	if (s->db)
		db_checkpoint(s->db, false);
	pthread_mutex_unlock(&s->file_lock);
}

size_t sessions_n(struct sessions *s)
{
	pthread_mutex_lock(&s->lock);
	size_t n = s->n;
	pthread_mutex_unlock(&s->lock);
	return n;
}
