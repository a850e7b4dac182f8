/* SPDX-License-Identifier: Apache-2.0
 *
 * The append path. What is kept in memory is only what can be read back from the database at any time: chain heads,
 * a cache of entity keys, the editions of outbreaks, and what domains load. A rolled-back group throws all of it away.
 */
#include "ledger/ledger.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/chain.h"
#include "ledger/house.h"
#include "ledger/keyring.h"
#include "ledger/same.h"
#include "protocol/protocol.h"
#include "sql.gen.h"

#define SCHEMA_VERSION "2"
#define KEYS_N 65536        /* entries of the entity cache, direct-mapped */
#define HEADS_MAX 4096      /* counties of one ledger */
#define ENTITY_KINDS_MAX 64
#define ANY_KIND "any"     /* of an entity that only facts about anything have named so far */
#define FUTURE_MAX MS_PER_DAY /* a device clock may be wrong, but a fact from the day after tomorrow is a typing error */
#define WAL_COPY_BYTES (4 * 1024 * 1024)
#define GROUP_ARENA_N ((size_t)256 * 1024 * 1024)

struct cached_key {
	struct id id;
	int64_t county, key;
	uint32_t kind; /* index into kinds[] */
};
struct head {
	int64_t county;
	uint64_t seq;
	int64_t last_key;
	uint8_t hash[HASH_N];
};
struct cached_edition {
	int64_t county, outbreak, from_at, until_at;
	const struct protocol *protocol;
};
struct ledger {
	struct ledger_options o;
	char *db_url, *keyring_path;
	struct db *db;
	struct keyring *keyring;
	struct cached_key *keys;
	struct head heads[HEADS_MAX];
	size_t heads_n;
	char *kinds[ENTITY_KINDS_MAX]; /* entity kinds met, interned */
	size_t kinds_n;
	struct cached_edition edition; /* the last one asked for: facts come in runs */
	struct id *destroy;            /* keys to destroy when the group is durable */
	size_t destroy_n, destroy_cap;
	struct arena fact_arena;
	struct buf body, personal;
	bool stale; /* the database must be opened anew before the next group */
	bool trial; /* one transaction that is never committed is open on database and keyring */
};

/* ---- creating, opening ---------------------------------------------------------------------------------- */

void ledger_register_kinds(void)
{
	static bool done;
	for (size_t i = 0; !done && domains[i]; i++)
		fact_register(domains[i]->kinds, domains[i]->kinds_n);
	done = true;
}

enum err_code ledger_tables(struct db *db, struct err *e)
{
	enum err_code rc = db_script(db, &SQL_ledger_schema, e);
	if (rc == OK)
		rc = db_script(db, &SQL_ledger_projections, e);
	for (size_t i = 0; rc == OK && domains[i]; i++)
		if (domains[i]->schema)
			rc = db_script(db, domains[i]->schema, e);
	if (rc == OK)
		rc = db_run(db, &SQL_ledger_meta_put, PARAMS(V_TEXT(STR("schema")), V_TEXT(STR(SCHEMA_VERSION))), e);
	return rc;
}

enum err_code ledger_create(const struct ledger_options *o, struct err *e)
{
	ledger_register_kinds();
	struct db *db = NULL;
	enum err_code rc = db_open(&db, o->db_url, DB_WRITER, o->vfs, e);
	if (rc == OK)
		rc = db_begin(db, e);
	if (rc == OK)
		rc = ledger_tables(db, e);
	/* not in ledger_tables: making the triggers anew locks the facts on PostgreSQL, and a rebuild reads them over another connection */
	if (rc == OK)
		rc = db_script(db, &SQL_ledger_guard, e);
	if (rc == OK)
		rc = db_commit(db, e);
	db_close(&db);
	return rc;
}

static struct ledger_tx tx_of(struct ledger *l)
{
	return (struct ledger_tx){.l = l, .db = l->db, .arena = &l->fact_arena};
}

static void forget(struct ledger *l)
{
	memset(l->keys, 0, sizeof *l->keys * KEYS_N);
	l->heads_n = 0;
	l->edition = (struct cached_edition){0};
	l->destroy_n = 0;
}

static enum err_code load_domains(struct ledger *l, struct err *e)
{
	struct ledger_tx tx = tx_of(l);
	for (size_t i = 0; domains[i]; i++) {
		enum err_code rc = domains[i]->load ? domains[i]->load(&tx, e) : OK;
		if (rc != OK)
			return rc;
	}
	arena_reset(&l->fact_arena);
	return OK;
}

static enum err_code check_version(struct ledger *l, struct err *e)
{
	enum err_code rc = db_query(l->db, &SQL_ledger_meta_get, PARAMS(V_TEXT(STR("schema"))), e);
	if (rc != OK)
		return rc;
	int64_t version = 0, ours = 0;
	CHECK(str_to_i64(STR(SCHEMA_VERSION), &ours));
	bool known = db_next(l->db) && str_to_i64(db_text(l->db, 0), &version);
	rc = db_stop(l->db, e);
	if (rc != OK)
		return rc;
	if (!known || version > ours)
		return err_set(e, ERR_DATABASE, "schema", "the data folder was made by a newer version; use that one");
	if (version == ours)
		l->o.upgrade = false;
	if (version < ours && !l->o.upgrade)
		return err_set(e, ERR_DATABASE, "schema",
			       "the data folder was made by an earlier version; `sushui rebuild DIR --upgrade` makes its tables anew from the facts");
	return OK;
}

/* Keys whose erasure is on record but which are alive (a crash between the two, a restored backup) are destroyed now. */
static enum err_code finish_erasures(struct ledger *l, struct err *e)
{
	enum err_code rc = db_query(l->db, &SQL_house_erased_subjects, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(l->db))
		ledger_to_destroy(l, db_id(l->db, 0));
	rc = db_stop(l->db, e);
	for (size_t i = 0; rc == OK && i < l->destroy_n; i++)
		rc = keyring_destroy_if_alive(l->keyring, l->destroy[i], e);
	l->destroy_n = 0;
	int64_t alive;
	return rc == OK ? keyring_reshred(l->keyring, &alive, e) : rc;
}

static enum err_code open_database(struct ledger *l, struct err *e)
{
	db_close(&l->db);
	forget(l);
	enum err_code rc = l->keyring ? OK : keyring_open(&l->keyring, l->keyring_path, DB_WRITER, l->o.sys, e);
	if (rc == OK)
		rc = db_open(&l->db, l->db_url, DB_WRITER, l->o.vfs, e);
	if (rc == OK)
		rc = check_version(l, e);
	if (rc == OK && !l->o.upgrade) /* its tables may be others */
		rc = finish_erasures(l, e);
	if (rc == OK && !l->o.upgrade)
		rc = load_domains(l, e);
	l->stale = rc != OK;
	return rc;
}

enum err_code ledger_open(struct ledger **out, const struct ledger_options *o, struct err *e)
{
	ledger_register_kinds();
	CHECK(sodium_init() >= 0);
	struct ledger *l = calloc(1, sizeof *l);
	if (l)
		l->keys = calloc(KEYS_N, sizeof *l->keys);
	if (l && l->keys) {
		l->o = *o;
		l->db_url = strdup(o->db_url);
		l->keyring_path = strdup(o->keyring);
	}
	if (!l || !l->keys || !l->db_url || !l->keyring_path) {
		ledger_close(&l);
		return err_set(e, ERR_MEMORY, "", "no memory to open the ledger");
	}
	arena_init(&l->fact_arena, GROUP_ARENA_N);
	buf_init(&l->body, FACT_BODY_MAX);
	buf_init(&l->personal, FACT_BODY_MAX);
	enum err_code rc = open_database(l, e);
	if (rc != OK) {
		ledger_close(&l);
		return rc;
	}
	*out = l;
	return OK;
}

void ledger_close(struct ledger **lp)
{
	struct ledger *l = *lp;
	if (!l)
		return;
	db_close(&l->db);
	keyring_close(&l->keyring);
	arena_done(&l->fact_arena);
	buf_done(&l->body);
	buf_done(&l->personal);
	for (size_t i = 0; i < l->kinds_n; i++)
		free(l->kinds[i]);
	free(l->destroy);
	free(l->keys);
	free(l->db_url);
	free(l->keyring_path);
	free(l);
	*lp = NULL;
}

struct db *ledger_db(struct ledger *l)
{
	return l->db;
}

enum err_code ledger_reader(struct ledger *l, struct db **out, struct err *e)
{
	return db_open(out, l->db_url, DB_READER, l->o.vfs, e);
}

struct keyring *ledger_keyring(struct ledger *l)
{
	return l->keyring;
}

const struct sys *ledger_sys(const struct ledger *l)
{
	return l->o.sys;
}

const struct protocol_book *ledger_protocols(const struct ledger *l)
{
	return l->o.protocols;
}

void ledger_editions_changed(struct ledger *l)
{
	l->edition = (struct cached_edition){0};
}

void ledger_to_destroy(struct ledger *l, struct id subject)
{
	if (l->destroy_n == l->destroy_cap) {
		size_t cap = l->destroy_cap ? l->destroy_cap * 2 : 16;
		struct id *p = realloc(l->destroy, cap * sizeof *p);
		CHECK(p != NULL);
		l->destroy = p;
		l->destroy_cap = cap;
	}
	l->destroy[l->destroy_n++] = subject;
}

void ledger_idle(struct ledger *l)
{
	if (!l->stale && db_wal_bytes(l->db) > WAL_COPY_BYTES)
		db_checkpoint(l->db, false);
}

/* ---- chain heads ------------------------------------------------------------------------------------------ */

static enum err_code head_of(struct ledger *l, int64_t county, struct head **out, struct err *e)
{
	for (size_t i = 0; i < l->heads_n; i++)
		if (l->heads[i].county == county) {
			*out = &l->heads[i];
			return OK;
		}
	if (l->heads_n == HEADS_MAX)
		return err_set(e, ERR_TOO_LARGE, "/area", "this ledger holds as many counties as it can");
	struct head h = {.county = county};
	enum err_code rc = db_query(l->db, &SQL_ledger_head, PARAMS(V_INT(county)), e);
	if (rc != OK)
		return rc;
	bool sound = true;
	if (db_next(l->db)) {
		/* the file may have been changed from outside: nothing is chained to what is no hash */
		sound = db_column_type(l->db, 0) == DB_INT && db_column_type(l->db, 1) == DB_BLOB && db_blob(l->db, 1).n == HASH_N;
		if (sound) {
			h.seq = (uint64_t)db_int(l->db, 0);
			memcpy(h.hash, db_blob(l->db, 1).p, HASH_N);
		}
	}
	rc = db_stop(l->db, e);
	if (rc == OK && !sound)
		rc = err_set(e, ERR_CORRUPT, "", "the last fact of county %06lld has no valid hash; run `sushui verify`", (long long)county);
	if (rc == OK)
		rc = db_one(l->db, &SQL_ledger_entity_last, PARAMS(V_INT(county)), 0, &h.last_key, e);
	if (rc != OK)
		return rc;
	l->heads[l->heads_n] = h;
	*out = &l->heads[l->heads_n++];
	return OK;
}

/* ---- entity keys ------------------------------------------------------------------------------------------ */

static uint32_t intern_kind(struct ledger *l, struct str kind)
{
	for (size_t i = 0; i < l->kinds_n; i++)
		if (str_eq_c(kind, l->kinds[i]))
			return (uint32_t)i;
	CHECK(l->kinds_n < ENTITY_KINDS_MAX);
	char *copy = malloc(kind.n + 1); /* a handful of words, kept until the ledger is closed */
	CHECK(copy != NULL);
	str_to_c(kind, copy, kind.n + 1);
	l->kinds[l->kinds_n] = copy;
	return (uint32_t)l->kinds_n++;
}

/* *key is 0 when the id has not been met. */
static enum err_code find_key(struct ledger *l, int64_t county, struct id id, int64_t *key, uint32_t *kind, struct err *e)
{
	struct cached_key *slot = &l->keys[id_hash(id) >> 48];
	if (!id_eq(slot->id, id) || slot->county != county || slot->key == 0) {
		enum err_code rc = db_query(l->db, &SQL_ledger_entity_get, PARAMS(V_INT(county), V_ID(&id)), e);
		if (rc != OK)
			return rc;
		struct cached_key found = {.id = id, .county = county};
		if (db_next(l->db)) {
			found.key = db_int(l->db, 0);
			found.kind = intern_kind(l, db_text(l->db, 1));
		}
		rc = db_stop(l->db, e);
		if (rc != OK)
			return rc;
		if (found.key == 0) {
			*key = 0;
			return OK;
		}
		*slot = found;
	}
	*key = slot->key;
	*kind = slot->kind;
	return OK;
}

enum err_code ledger_key_known(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	uint32_t found_kind = 0;
	int64_t found;
	enum err_code rc = find_key(tx->l, tx->county, id, &found, &found_kind, e);
	if (rc != OK)
		return rc;
	if (found && kind && strcmp(tx->l->kinds[found_kind], kind) != 0 && strcmp(tx->l->kinds[found_kind], ANY_KIND) != 0)
		return err_set(e, ERR_BAD_VALUE, "", "this id belongs to a %s, not to a %s", tx->l->kinds[found_kind], kind);
	*key = found;
	return OK;
}

enum err_code ledger_key(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e)
{
	struct ledger *l = tx->l;
	uint32_t found_kind = 0;
	int64_t found;
	CHECK(!id_is_none(id));
	enum err_code rc = find_key(l, tx->county, id, &found, &found_kind, e);
	if (rc != OK)
		return rc;
	if (found == 0) {
		struct head *h;
		struct str word = str_of(kind ? kind : ANY_KIND);
		rc = head_of(l, tx->county, &h, e);
		if (rc == OK)
			rc = db_run(l->db, &SQL_ledger_entity_put, PARAMS(V_INT(tx->county), V_INT(h->last_key + 1), V_TEXT(word), V_ID(&id)), e);
		if (rc != OK)
			return rc;
		found = ++h->last_key;
		l->keys[id_hash(id) >> 48] = (struct cached_key){id, tx->county, found, intern_kind(l, word)};
	} else if (kind && strcmp(l->kinds[found_kind], ANY_KIND) == 0) {
		/* a waiver or the record of a reading named it before anybody said what it is */
		rc = db_run(l->db, &SQL_ledger_entity_kind, PARAMS(V_INT(tx->county), V_INT(found), V_TEXT(str_of(kind))), e);
		if (rc != OK)
			return rc;
		l->keys[id_hash(id) >> 48].kind = intern_kind(l, str_of(kind));
	}
	*key = found;
	return OK;
}

enum err_code ledger_id_of(struct ledger_tx *tx, int64_t key, struct id *id, struct err *e)
{
	enum err_code rc = db_query(tx->db, &SQL_ledger_entity_id, PARAMS(V_INT(tx->county), V_INT(key)), e);
	if (rc != OK)
		return rc;
	struct id found = db_next(tx->db) ? db_id(tx->db, 0) : ID_NONE;
	rc = db_stop(tx->db, e);
	if (rc == OK)
		*id = found;
	return rc;
}

/* Every field that names an entity names one of the right kind, or one not met yet; and no two fields name one id as two kinds. */
static enum err_code check_entities(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct fact_kind *k = f->kind;
	for (size_t i = 0; i < k->fields_n; i++) {
		const struct field *field = &k->fields[i];
		if (!field->entity || field_absent(field, f->body))
			continue;
		const struct id *ids = field->type == F_ID ? field_id(field, f->body) : field_list(field, f->body)->p;
		size_t n = field->type == F_ID ? 1 : field_list(field, f->body)->n;
		for (size_t j = 0; j < n; j++) {
			int64_t key;
			enum err_code rc = ledger_key_known(tx, field->entity, ids[j], &key, e);
			char at[96];
			if (rc == ERR_BAD_VALUE) {
				snprintf(at, sizeof at, "/body/%s", field->name);
				err_under(e, at);
			}
			if (rc != OK)
				return rc;
			for (size_t m = 0; m < k->fields_n; m++)
				if (m != i && k->fields[m].type == F_ID && k->fields[m].entity && strcmp(k->fields[m].entity, field->entity) != 0 &&
				    id_eq(*field_id(&k->fields[m], f->body), ids[j])) {
					snprintf(at, sizeof at, "/body/%s", field->name);
					return err_set(e, ERR_BAD_VALUE, at, "the same id is given for a %s and a %s", field->entity,
						       k->fields[m].entity);
				}
		}
	}
	return OK;
}

/* What a fact says of an area reaches as far as where it happened: the sender's own area and below. */
static enum err_code check_areas(const struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	const struct fact_kind *k = f->kind;
	for (size_t i = 0; i < k->fields_n; i++) {
		const struct field *field = &k->fields[i];
		bool list = field->type == F_AREAS;
		if ((field->type != F_AREA && !list) || (field->flags & (ANY_AREA | DERIVED)) || field_absent(field, f->body))
			continue;
		const int64_t *areas = list ? field_list(field, f->body)->p : field_int(field, f->body);
		size_t n = list ? field_list(field, f->body)->n : 1;
		for (size_t j = 0; j < n; j++) {
			int64_t lo, hi;
			char at[96];
			area_range(areas[j], &lo, &hi);
			if (lo >= tx->who->area_lo && hi <= tx->who->area_hi)
				continue;
			snprintf(at, sizeof at, list ? "/body/%s/%zu" : "/body/%s", field->name, j);
			return err_set(e, ERR_OUT_OF_AREA, at, "your post covers another area");
		}
	}
	return OK;
}

/* ---- outbreak and edition ---------------------------------------------------------------------------------- */

enum err_code ledger_protocol_at(struct ledger_tx *tx, int64_t at, const struct protocol **out, struct err *e)
{
	struct ledger *l = tx->l;
	struct cached_edition *c = &l->edition;
	if (c->county != tx->county || c->outbreak != tx->outbreak || at < c->from_at || at >= c->until_at || !c->protocol) {
		struct cached_edition found = {.county = tx->county, .outbreak = tx->outbreak, .from_at = INT64_MAX, .until_at = INT64_MAX};
		enum err_code rc = db_query(l->db, &SQL_house_editions, PARAMS(V_INT(tx->county), V_INT(tx->outbreak)), e);
		if (rc != OK)
			return rc;
		while (db_next(l->db)) {
			int64_t from = db_int(l->db, 1);
			if (from <= at) {
				found.from_at = from;
				found.protocol = protocol_book_find(l->o.protocols, db_text(l->db, 0));
			} else if (found.until_at == INT64_MAX)
				found.until_at = from;
		}
		rc = db_stop(l->db, e);
		if (rc != OK)
			return rc;
		*c = found;
	}
	*out = c->protocol;
	return OK;
}

static enum err_code place_in_outbreak(struct ledger_tx *tx, struct fact *f, struct err *e)
{
	if (!f->kind->outbreak)
		return OK;
	enum err_code rc = ledger_key_known(tx, "outbreak", f->outbreak, &tx->outbreak, e);
	if (rc == OK && tx->outbreak == 0)
		rc = err_set(e, ERR_NO_OUTBREAK, "/outbreak", "this county has no outbreak of that id");
	if (rc == OK)
		rc = ledger_protocol_at(tx, f->at, &tx->protocol, e);
	if (rc == OK && !tx->protocol)
		rc = err_set(e, ERR_NO_EDITION, "/at", "the outbreak follows no protocol edition at that time");
	if (rc == OK)
		f->edition = tx->protocol->id;
	return rc;
}

/* ---- sealing -------------------------------------------------------------------------------------------------- */

static enum err_code seal(struct ledger_tx *tx, struct fact *f, struct str *sealed, struct err *e)
{
	const struct fact_kind *k = f->kind;
	struct ledger *l = tx->l;
	*sealed = STR_NONE;
	if (!fact_has_personal(k, f->body))
		return OK;
	struct id subject = *field_id(fact_field(k, str_of(k->subject)), f->body);
	/* erased earlier in this very group: its key is destroyed when the group is durable, and what it sealed with it */
	for (size_t i = 0; i < l->destroy_n; i++)
		if (id_eq(l->destroy[i], subject))
			return err_set(e, ERR_ERASED, "", "the key of this subject was destroyed");
	char with[128];
	buf_reset(&l->personal);
	fact_encode_body(&l->personal, k, f->body, true);
	if (l->personal.failed)
		return err_set(e, ERR_TOO_LARGE, "/body", "the personal fields are too long");
	enum err_code rc = keyring_seal(l->keyring, tx->arena, subject, seal_context(f, with), buf_str(&l->personal), sealed, e);
	for (size_t i = 0; rc == OK && i < k->fields_n; i++)
		if ((k->fields[i].flags & INDEXED) && !field_absent(&k->fields[i], f->body))
			rc = keyring_index(l->keyring, k->fields[i].name, *field_text(&k->fields[i], f->body), subject, e);
	sodium_memzero(l->personal.p, l->personal.n);
	return rc;
}

/* apply() never sees personal fields: what it cannot read it cannot leak, and a replay without keys gives the same. Fleeting kinds see
 * theirs as long as the key lives (fact.h says on which terms). */
static void strip_personal(const struct fact_kind *k, void *body)
{
	for (size_t i = 0; i < k->fields_n && !k->fleeting; i++)
		if (k->fields[i].flags & PERSONAL) {
			CHECK(k->fields[i].type == F_TEXT || k->fields[i].type == F_DAY);
			if (k->fields[i].type == F_TEXT)
				*field_text(&k->fields[i], body) = STR_NONE;
			else
				*field_int(&k->fields[i], body) = ABSENT;
		}
}

/* ---- one fact -------------------------------------------------------------------------------------------------- */

/* What a database in an aborted transaction says is a fault; what a check says is a refusal. */
static bool is_fault(enum err_code rc)
{
	return err_kind(rc) == KIND_FAULT;
}


static enum err_code apply_all(struct ledger_tx *tx, const struct fact *f, struct err *e)
{
	enum err_code rc = f->kind->apply ? f->kind->apply(tx, f, e) : OK;
	for (size_t d = 0; rc == OK && domains[d]; d++)
		for (size_t i = 0; rc == OK && i < domains[d]->reactions_n; i++)
			if (strcmp(domains[d]->reactions[i].kind, f->kind->name) == 0)
				rc = domains[d]->reactions[i].apply(tx, f, e);
	return rc;
}

static enum err_code insert(struct ledger_tx *tx, const struct fact *f, struct str body, struct str sealed, struct head *h,
			    struct err *e)
{
	uint8_t hash[HASH_N];
	chain_hash(h->hash, f, body, sealed, hash);
	enum err_code rc = db_run(
		tx->db, &SQL_ledger_fact_put,
		PARAMS(V_INT(tx->county), V_INT((int64_t)f->seq), V_ID(&f->id), V_TEXT(str_of(f->kind->name)),
		       id_is_none(f->outbreak) ? V_NULL : V_ID(&f->outbreak), V_INT(f->area), V_INT(f->at), V_INT(f->recorded),
		       V_INT(f->received), V_ID(&f->by), V_TEXT(f->device), V_TEXT(f->edition), V_TEXT(body),
		       sealed.n ? V_BLOB(sealed) : V_NULL, V_BLOB(((struct str){(char *)hash, HASH_N}))),
		e);
	if (rc == OK) {
		memcpy(h->hash, hash, HASH_N);
		h->seq = f->seq;
	}
	return rc;
}

static enum err_code judge(struct ledger_tx *tx, struct fact *f, int64_t now, struct verdict *v, struct err *e)
{
	const struct actor *who = tx->who;
	if (!actor_may(who, f->kind->right))
		return err_set(e, ERR_FORBIDDEN, "/kind", "needs the right %s", right_name(f->kind->right));
	if (!actor_in_area(who, f->area))
		return err_set(e, ERR_OUT_OF_AREA, "/area", "your post covers another area");
	if (f->at > now + FUTURE_MAX)
		return err_set(e, ERR_BAD_VALUE, "/at", "more than a day in the future; check the clock of the device");
	enum err_code rc = same_fact(tx, f, &v->seq, e);
	if (rc != OK || v->seq) {
		v->duplicate = rc == OK;
		return rc;
	}
	rc = check_areas(tx, f, e);
	if (rc == OK)
		rc = place_in_outbreak(tx, f, e);
	if (rc == OK)
		rc = check_entities(tx, f, e);
	if (rc == OK && f->kind->check)
		rc = f->kind->check(tx, f, e);
	if (rc == OK && f->kind->guard && now - f->recorded < FACT_LATE_MS)
		rc = f->kind->guard(tx, f, e);
	return rc;
}

static enum err_code append_fact(struct ledger *l, const struct actor *who, struct fact *f, int64_t now, struct verdict *v,
				 struct err *e)
{
	struct ledger_tx tx = tx_of(l);
	struct head *h;
	tx.county = COUNTY_OF(f->area);
	tx.fact = f;
	tx.who = who;
	f->by = who->user;
	f->received = now;
	f->edition = STR("");
	if (!f->device.p)
		f->device = STR("");
	enum err_code rc = judge(&tx, f, now, v, e);
	if (rc != OK || v->duplicate)
		return rc;
	rc = head_of(l, tx.county, &h, e);
	if (rc != OK)
		return rc;
	f->seq = h->seq + 1;
	buf_reset(&l->body);
	fact_encode_body(&l->body, f->kind, f->body, false);
	if (l->body.failed)
		return err_set(e, ERR_TOO_LARGE, "/body", "the fact is larger than %d bytes", FACT_BODY_MAX);
	struct str body = arena_str(tx.arena, buf_str(&l->body)), sealed;
	rc = seal(&tx, f, &sealed, e);
	if (rc != OK)
		return rc;
	strip_personal(f->kind, f->body);
	tx.who = NULL;
	rc = apply_all(&tx, f, e);
	/* a head may have moved in its table, but never away: heads[] is an array that only grows */
	if (rc == OK)
		rc = insert(&tx, f, body, sealed, h, e);
	CHECK(rc == OK || is_fault(rc));
	if (rc == OK)
		v->seq = f->seq;
	return rc;
}

/* ---- groups ---------------------------------------------------------------------------------------------------- */

static void blame_all(struct submission *subs, size_t subs_n, const struct err *fault)
{
	for (size_t s = 0; s < subs_n; s++)
		for (size_t i = 0; i < subs[s].n; i++) {
			struct verdict *v = &subs[s].verdicts[i];
			if (v->code == OK) {
				*v = (struct verdict){.code = fault->code, .err = *fault};
				v->duplicate = false;
			}
		}
}

static enum err_code append_all(struct ledger *l, struct submission *subs, size_t subs_n, struct err *e)
{
	int64_t now = l->o.sys->now_ms(l->o.sys->ctx);
	for (size_t s = 0; s < subs_n; s++)
		for (size_t i = 0; i < subs[s].n; i++) {
			struct verdict *v = &subs[s].verdicts[i];
			if (v->code != OK)
				continue;
			enum err_code rc = append_fact(l, &subs[s].who, &subs[s].facts[i], now, v, &v->err);
			arena_reset(&l->fact_arena);
			if (is_fault(rc)) {
				*e = v->err;
				return rc;
			}
			v->code = rc;
		}
	return OK;
}

enum err_code ledger_trial(struct ledger *l, struct err *e)
{
	CHECK(!l->trial);
	enum err_code rc = keyring_begin(l->keyring, e);
	if (rc == OK)
		rc = db_begin(l->db, e);
	if (rc != OK) {
		keyring_rollback(l->keyring);
		return rc;
	}
	l->trial = true;
	return OK;
}

enum err_code ledger_append(struct ledger *l, struct submission *subs, size_t subs_n, struct err *e)
{
	struct err fault = {0};
	enum err_code rc = OK;
	if (l->trial) {
		rc = append_all(l, subs, subs_n, &fault);
		l->destroy_n = 0;
		if (rc != OK) {
			blame_all(subs, subs_n, &fault);
			if (e)
				*e = fault;
		}
		return rc;
	}
	if (l->stale || db_broken(l->db))
		rc = open_database(l, &fault);
	if (rc == OK)
		rc = keyring_begin(l->keyring, &fault);
	if (rc == OK) {
		rc = db_begin(l->db, &fault);
		if (rc == OK)
			rc = append_all(l, subs, subs_n, &fault);
		/* keys first: a key without a fact is harmless, a fact without its key is lost */
		if (rc == OK)
			rc = keyring_commit(l->keyring, &fault);
		if (rc == OK)
			rc = db_commit(l->db, &fault);
		if (rc != OK) {
			keyring_rollback(l->keyring);
			db_rollback(l->db);
			l->stale = true;
		}
	}
	if (rc != OK) {
		blame_all(subs, subs_n, &fault);
		if (e)
			*e = fault;
		return rc;
	}
	for (size_t i = 0; i < l->destroy_n; i++)
		if (keyring_destroy(l->keyring, l->destroy[i], &fault) != OK)
			l->stale = true; /* opening anew finishes what the facts ask for */
	l->destroy_n = 0;
	return OK;
}

enum err_code ledger_append_one(struct ledger *l, struct fact *f, struct err *e)
{
	struct verdict v = {0};
	struct submission sub = {.who = actor_machine(), .facts = f, .verdicts = &v, .n = 1};
	enum err_code rc = ledger_append(l, &sub, 1, e);
	if (rc == OK && v.code != OK && e)
		*e = v.err;
	return v.code;
}

/* ---- replay ----------------------------------------------------------------------------------------------------- */

/* Applies a fact that stands in the chain already; used by rebuild (ledger_book.c). */
enum err_code ledger_replay_fact(struct ledger *l, struct fact *f, struct err *e)
{
	struct ledger_tx tx = tx_of(l);
	tx.county = COUNTY_OF(f->area);
	tx.fact = f;
	tx.replaying = true;
	enum err_code rc = OK;
	if (f->kind->outbreak) {
		rc = ledger_key_known(&tx, "outbreak", f->outbreak, &tx.outbreak, e);
		tx.protocol = protocol_book_find(l->o.protocols, f->edition);
		if (rc == OK && !tx.protocol)
			rc = err_set(e, ERR_NO_EDITION, f->kind->name, "a fact was judged by an edition whose protocol file is missing");
	}
	strip_personal(f->kind, f->body);
	if (rc == OK)
		rc = apply_all(&tx, f, e);
	arena_reset(&l->fact_arena);
	return rc;
}

void ledger_forget(struct ledger *l)
{
	forget(l);
}

enum err_code ledger_reload(struct ledger *l, struct err *e)
{
	return open_database(l, e);
}
