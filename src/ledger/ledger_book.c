/* SPDX-License-Identifier: Apache-2.0
 *
 * The whole book at once: reading facts back, verifying the chain, rebuilding the projections, the second path of the
 * audit, and a digest to compare ledgers by.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caltime.h"
#include "ledger/chain.h"
#include "ledger/duty.h"
#include "ledger/keyring.h"
#include "ledger/ledger.h"
#include "sql.gen.h"

#define TELL_EVERY 4096

/* The columns of ledger_facts, in order. */
enum fact_column { FC_COUNTY, FC_SEQ, FC_ID, FC_KIND, FC_OUTBREAK, FC_AREA, FC_AT, FC_RECORDED, FC_RECEIVED, FC_BY, FC_DEVICE,
		   FC_EDITION, FC_BODY, FC_SEALED, FC_HASH };

/* Has every column of the current row the type and size that the ledger writes? What is not so was changed from outside, and must be
 * found before it is read: SQLite keeps any type in any column. */
static bool well_formed(const struct db *db)
{
	static const int ints[] = {FC_COUNTY, FC_SEQ, FC_AREA, FC_AT, FC_RECORDED, FC_RECEIVED};
	static const int texts[] = {FC_KIND, FC_DEVICE, FC_EDITION, FC_BODY};
	for (size_t i = 0; i < ARRAY_N(ints); i++)
		if (db_column_type(db, ints[i]) != DB_INT)
			return false;
	for (size_t i = 0; i < ARRAY_N(texts); i++)
		if (db_column_type(db, texts[i]) != DB_TEXT || str_find(db_text(db, texts[i]), 0) >= 0)
			return false;
	if (db_column_type(db, FC_ID) != DB_BLOB || db_blob(db, FC_ID).n != sizeof(struct id) ||
	    db_column_type(db, FC_BY) != DB_BLOB || db_blob(db, FC_BY).n != sizeof(struct id) ||
	    db_column_type(db, FC_HASH) != DB_BLOB || db_blob(db, FC_HASH).n != HASH_N)
		return false;
	/* what is not there is NULL, never empty: one meaning, one form */
	if (db_column_type(db, FC_OUTBREAK) != DB_NULL &&
	    (db_column_type(db, FC_OUTBREAK) != DB_BLOB || db_blob(db, FC_OUTBREAK).n != sizeof(struct id) ||
	     id_is_none(db_id(db, FC_OUTBREAK))))
		return false;
	return db_column_type(db, FC_SEALED) == DB_NULL || (db_column_type(db, FC_SEALED) == DB_BLOB && db_blob(db, FC_SEALED).n > 0);
}

/* The envelope of the current row; texts are copied to the arena. */
static struct fact read_envelope(struct db *db, struct arena *a)
{
	return (struct fact){
		.id = db_id(db, FC_ID),
		.outbreak = db_id(db, FC_OUTBREAK),
		.area = db_int(db, FC_AREA),
		.at = db_int(db, FC_AT),
		.recorded = db_int(db, FC_RECORDED),
		.received = db_int(db, FC_RECEIVED),
		.by = db_id(db, FC_BY),
		.device = arena_str(a, db_text(db, FC_DEVICE)),
		.edition = arena_str(a, db_text(db, FC_EDITION)),
		.seq = (uint64_t)db_int(db, FC_SEQ),
	};
}

static enum err_code where(struct err *e, int64_t county, uint64_t seq)
{
	char place[80];
	snprintf(place, sizeof place, "county %06lld fact %llu", (long long)county, (unsigned long long)seq);
	err_under(e, place);
	return e ? e->code : ERR_CORRUPT;
}

static enum err_code decode_stored(struct arena *a, struct str text, struct fact *f, struct err *e)
{
	const struct json *j;
	enum err_code rc = json_read(a, text, &j, e);
	if (rc == OK)
		rc = fact_decode_body(a, f->kind, j, true, f->body, e);
	return rc;
}

static enum err_code read_fact(struct db *db, struct arena *a, struct keyring *keyring, struct fact *out, struct err *e)
{
	if (!well_formed(db))
		return err_set(e, ERR_CORRUPT, "", "a stored fact is not of the form that the ledger writes; run `sushui verify`");
	struct fact f = read_envelope(db, a);
	int64_t county = db_int(db, FC_COUNTY);
	struct str kind = db_text(db, FC_KIND);
	f.kind = fact_kind_of(kind);
	if (!f.kind) {
		err_set(e, ERR_UNKNOWN_KIND, "", "this version of the program does not know the kind %.*s", (int)(kind.n > 80 ? 80 : kind.n),
			kind.p);
		where(e, county, f.seq);
		return ERR_UNKNOWN_KIND;
	}
	f.body = fact_body_new(a, f.kind);
	enum err_code rc = decode_stored(a, arena_str(a, db_text(db, FC_BODY)), &f, e);
	struct str sealed = db_blob(db, FC_SEALED);
	if (rc == OK && keyring && sealed.n > 0) {
		char with[128];
		struct str plain, copy = arena_str(a, sealed);
		struct id subject = *field_id(fact_field(f.kind, str_of(f.kind->subject)), f.body);
		enum err_code opened = keyring_open_sealed(keyring, a, subject, seal_context(&f, with), copy, &plain, e);
		if (opened == OK)
			rc = decode_stored(a, plain, &f, e);
		else if (opened != ERR_ERASED)
			rc = opened;
	}
	if (rc != OK)
		where(e, county, f.seq);
	else
		*out = f;
	return rc;
}

/* fleeting: opens nothing but the personal fields of fleeting kinds. */
static enum err_code each_fact(struct db *db, struct keyring *keyring, bool fleeting, int64_t county, uint64_t after,
			       enum err_code (*fn)(void *ctx, const struct fact *f, struct err *e), void *ctx, struct err *e)
{
	struct arena a;
	arena_init(&a, 0);
	enum err_code rc = db_query(db, &SQL_ledger_facts, PARAMS(V_INT(county), V_INT((int64_t)after)), e);
	if (rc != OK)
		return rc;
	while (rc == OK && db_next(db)) {
		struct fact f;
		arena_reset(&a);
		const struct fact_kind *k = fleeting ? fact_kind_of(db_text(db, FC_KIND)) : NULL;
		rc = read_fact(db, &a, !fleeting || (k && k->fleeting) ? keyring : NULL, &f, e);
		if (rc == OK)
			rc = fn(ctx, &f, e);
	}
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	arena_done(&a);
	return rc != OK ? rc : stop;
}

enum err_code ledger_each(struct db *db, struct keyring *keyring, int64_t county, uint64_t after,
			  enum err_code (*fn)(void *ctx, const struct fact *f, struct err *e), void *ctx, struct err *e)
{
	return each_fact(db, keyring, false, county, after, fn, ctx, e);
}

enum err_code ledger_fact_read(struct db *db, struct keyring *keyring, struct arena *a, int64_t county, uint64_t seq,
			       struct fact *out, struct err *e)
{
	enum err_code rc = db_query(db, &SQL_ledger_fact_at, PARAMS(V_INT(county), V_INT((int64_t)seq)), e);
	if (rc != OK)
		return rc;
	struct fact f;
	bool found = db_next(db);
	if (found)
		rc = read_fact(db, a, keyring, &f, e);
	enum err_code stop = db_stop(db, rc == OK ? e : NULL);
	if (rc == OK)
		rc = stop;
	if (rc == OK && !found)
		rc = err_set(e, ERR_NOT_FOUND, "", "this county has no fact of that number");
	if (rc == OK)
		*out = f;
	return rc;
}

/* ---- verify ----------------------------------------------------------------------------------------------------- */

struct verifier {
	int64_t county;
	uint64_t seq;
	uint8_t hash[HASH_N];
	crypto_generichash_state heads;
};

static void close_county(struct verifier *v, struct verify_report *r)
{
	if (v->county == 0 && v->seq == 0)
		return;
	crypto_generichash_update(&v->heads, v->hash, HASH_N);
	r->counties_n++;
}

static const char *verify_row(struct db *db, struct arena *a, struct verifier *v, struct verify_report *r)
{
	if (!well_formed(db)) {
		r->bad_county = v->county;
		r->bad_seq = v->seq + 1;
		return "the fact is not of the form that the ledger writes";
	}
	int64_t county = db_int(db, FC_COUNTY);
	if (county != v->county) {
		close_county(v, r);
		v->county = county;
		v->seq = 0;
		memset(v->hash, 0, HASH_N);
	}
	struct fact f = read_envelope(db, a);
	struct fact_kind named = {.name = arena_str(a, db_text(db, FC_KIND)).p};
	f.kind = &named;
	r->bad_county = county;
	r->bad_seq = f.seq;
	if (f.seq != v->seq + 1)
		return "a fact before this one is missing, or this one was added";
	if (COUNTY_OF(f.area) != county)
		return "the fact stands in the chain of another county";
	uint8_t hash[HASH_N];
	struct str stored = db_blob(db, FC_HASH);
	chain_hash(v->hash, &f, db_text(db, FC_BODY), db_blob(db, FC_SEALED), hash);
	if (stored.n != HASH_N || memcmp(stored.p, hash, HASH_N) != 0)
		return "the fact or the hash before it was changed";
	v->seq = f.seq;
	memcpy(v->hash, hash, HASH_N);
	r->facts_n++;
	r->bad_county = 0;
	r->bad_seq = 0;
	return NULL;
}

enum err_code ledger_verify(struct db *db, struct progress p, struct verify_report *out, struct err *e)
{
	struct verify_report r = {0};
	struct verifier v = {0};
	struct arena a;
	int64_t total;
	enum err_code rc = db_one(db, &SQL_ledger_fact_count, NO_PARAMS, 0, &total, e);
	if (rc == OK)
		rc = db_query(db, &SQL_ledger_facts, PARAMS(V_INT(0), V_INT(0)), e);
	if (rc != OK)
		return rc;
	arena_init(&a, 0);
	crypto_generichash_init(&v.heads, NULL, 0, HASH_N);
	const char *wrong = NULL;
	while (!wrong && db_next(db)) {
		arena_reset(&a);
		wrong = verify_row(db, &a, &v, &r);
		if (p.tell && r.facts_n % TELL_EVERY == 0)
			p.tell(p.ctx, r.facts_n, (uint64_t)total);
	}
	rc = db_stop(db, e);
	arena_done(&a);
	if (wrong) {
		err_set(e, ERR_CORRUPT, "", "%s", wrong);
		where(e, r.bad_county, r.bad_seq);
		*out = r;
		return ERR_CORRUPT;
	}
	if (rc != OK)
		return rc;
	close_county(&v, &r);
	crypto_generichash_final(&v.heads, r.head, HASH_N);
	if (p.tell)
		p.tell(p.ctx, r.facts_n, (uint64_t)total);
	*out = r;
	return OK;
}

/* ---- tables of projections --------------------------------------------------------------------------------------- */

/* Those of the ledger itself; then each domain's. "name(key columns)". */
static const char *const own_tables[] = {"entity(key)", "duty(subject,outbreak)", "clock_span(subject,outbreak)", NULL};

typedef enum err_code table_fn(void *ctx, const char *table, struct err *e);

static enum err_code each_table(table_fn *fn, void *ctx, struct err *e)
{
	enum err_code rc = OK;
	for (size_t i = 0; rc == OK && own_tables[i]; i++)
		rc = fn(ctx, own_tables[i], e);
	for (size_t d = 0; rc == OK && domains[d]; d++)
		for (size_t i = 0; rc == OK && domains[d]->tables && domains[d]->tables[i]; i++)
			rc = fn(ctx, domains[d]->tables[i], e);
	return rc;
}

static int name_length(const char *table)
{
	return (int)strcspn(table, "(");
}

static enum err_code drop_table(void *ctx, const char *table, struct err *e)
{
	char text[160];
	snprintf(text, sizeof text, "DROP TABLE IF EXISTS %.*s", name_length(table), table);
	struct sql drop = {.name = "drop", .sqlite = text, .postgres = text, .index = SQL__N, .is_script = true};
	return db_script(ctx, &drop, e);
}

/* ---- rebuild ------------------------------------------------------------------------------------------------------ */

struct replay {
	struct ledger *l;
	struct progress p;
	uint64_t done, total;
};

static enum err_code replay_one(void *ctx, const struct fact *f, struct err *e)
{
	struct replay *r = ctx;
	struct fact copy = *f;
	enum err_code rc = ledger_replay_fact(r->l, &copy, e);
	if (rc != OK)
		where(e, COUNTY_OF(f->area), f->seq);
	if (r->p.tell && ++r->done % TELL_EVERY == 0)
		r->p.tell(r->p.ctx, r->done, r->total);
	return rc;
}

static enum err_code rebuild_in_tx(struct ledger *l, struct db *reader, struct progress p, struct err *e)
{
	struct db *db = ledger_db(l);
	enum err_code rc = each_table(drop_table, db, e);
	if (rc == OK)
		rc = ledger_tables(db, e);
	struct ledger_tx tx = {.l = l, .db = db};
	struct arena a;
	arena_init(&a, 0);
	tx.arena = &a;
	for (size_t i = 0; rc == OK && domains[i]; i++)
		if (domains[i]->load)
			rc = domains[i]->load(&tx, e);
	arena_done(&a);
	struct replay r = {.l = l, .p = p};
	int64_t total = 0;
	if (rc == OK)
		rc = db_one(reader, &SQL_ledger_fact_count, NO_PARAMS, 0, &total, e);
	r.total = (uint64_t)total;
	if (rc == OK)
		rc = each_fact(reader, ledger_keyring(l), true, 0, 0, replay_one, &r, e);
	if (rc == OK && p.tell)
		p.tell(p.ctx, r.done, r.total);
	return rc;
}

enum err_code ledger_rebuild(struct ledger *l, struct progress p, struct err *e)
{
	struct db *reader = NULL;
	enum err_code rc = ledger_reader(l, &reader, e);
	if (rc == OK)
		rc = db_begin(ledger_db(l), e);
	if (rc == OK) {
		ledger_forget(l);
		rc = rebuild_in_tx(l, reader, p, e);
		if (rc == OK)
			rc = db_commit(ledger_db(l), e);
		else
			db_rollback(ledger_db(l));
	}
	db_close(&reader);
	enum err_code reload = ledger_reload(l, rc == OK ? e : NULL);
	return rc != OK ? rc : reload;
}

/* ---- audit ---------------------------------------------------------------------------------------------------------- */

struct auditors {
	struct audit *of[64];
	struct progress p;
	uint64_t done, total;
	int64_t counties[4096];
	size_t counties_n;
};

static enum err_code audit_one(void *ctx, const struct fact *f, struct err *e)
{
	(void)e;
	struct auditors *all = ctx;
	int64_t county = COUNTY_OF(f->area);
	if (all->counties_n == 0 || all->counties[all->counties_n - 1] != county) {
		CHECK(all->counties_n < ARRAY_N(all->counties));
		all->counties[all->counties_n++] = county;
	}
	for (size_t d = 0; domains[d]; d++)
		if (all->of[d])
			domains[d]->audit_fact(all->of[d], f);
	if (all->p.tell && ++all->done % TELL_EVERY == 0)
		all->p.tell(all->p.ctx, all->done, all->total);
	return OK;
}

enum err_code ledger_audit(struct ledger *l, struct progress p, struct buf *differences, struct err *e)
{
	struct arena a;
	arena_init(&a, (size_t)4 * 1024 * 1024 * 1024);
	struct auditors *all = arena_alloc(&a, sizeof *all);
	struct db *db = ledger_db(l);
	int64_t total = 0;
	all->p = p;
	for (size_t d = 0; domains[d]; d++)
		if (domains[d]->audit_new)
			all->of[d] = domains[d]->audit_new(&a);
	enum err_code rc = db_one(db, &SQL_ledger_fact_count, NO_PARAMS, 0, &total, e);
	all->total = (uint64_t)total;
	if (rc == OK)
		rc = ledger_each(db, NULL, 0, 0, audit_one, all, e);
	for (size_t d = 0; rc == OK && domains[d]; d++)
		for (size_t c = 0; rc == OK && all->of[d] && c < all->counties_n; c++)
			rc = domains[d]->audit_compare(all->of[d], db, all->counties[c], differences, e);
	arena_done(&a);
	return rc;
}

/* ---- dump and digest ------------------------------------------------------------------------------------------------- */

struct named_key {
	int64_t county, key;
	struct id id;
};
struct dumper {
	struct db *db;
	bool by_id;
	struct buf *out;
	struct arena a;
	struct named_key *keys; /* sorted by (county, key) */
	size_t keys_n;
};

static int compare_keys(const void *x, const void *y)
{
	const struct named_key *a = x, *b = y;
	if (a->county != b->county)
		return a->county < b->county ? -1 : 1;
	return a->key < b->key ? -1 : a->key > b->key;
}

static int compare_lines(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static enum err_code load_keys(struct dumper *d, struct err *e)
{
	size_t cap = 0;
	enum err_code rc = db_query(d->db, &SQL_ledger_entities, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	while (db_next(d->db)) {
		if (d->keys_n == cap) {
			struct named_key *more = ARENA_ARRAY(&d->a, struct named_key, cap ? cap * 2 : 256);
			if (cap)
				memcpy(more, d->keys, cap * sizeof *more);
			d->keys = more;
			cap = cap ? cap * 2 : 256;
		}
		d->keys[d->keys_n++] = (struct named_key){db_int(d->db, 0), db_int(d->db, 1), db_id(d->db, 2)};
	}
	if (d->keys_n)
		qsort(d->keys, d->keys_n, sizeof *d->keys, compare_keys);
	return db_stop(d->db, e);
}

/* Is `column` among the key columns "name(column,column)"? */
static bool is_key_column(const char *table, const char *column)
{
	struct str list = str_of(table + name_length(table));
	if (list.n < 2)
		return false;
	list = (struct str){list.p + 1, list.n - 2};
	while (list.n > 0)
		if (str_eq_c(str_cut(&list, ','), column))
			return true;
	return false;
}

static void put_key(struct dumper *d, struct buf *line, int64_t county, int64_t key)
{
	struct named_key want = {.county = county, .key = key}, *found = NULL;
	if (d->keys_n)
		found = bsearch(&want, d->keys, d->keys_n, sizeof want, compare_keys);
	char text[ID_TEXT_N + 1] = "none";
	if (found)
		id_format(found->id, text);
	buf_add_c(line, text);
}

static void put_value(struct dumper *d, struct buf *line, const char *table, int col, bool part_is_entity)
{
	const char *name = db_column_name(d->db, col);
	buf_printf(line, " %s=", name);
	if (d->by_id && (is_key_column(table, name) || (part_is_entity && strcmp(name, "part") == 0)) &&
	    db_column_type(d->db, col) == DB_INT) {
		put_key(d, line, db_int(d->db, 0), db_int(d->db, col));
		return;
	}
	switch (db_column_type(d->db, col)) {
	case DB_NULL:
		buf_add_c(line, "-");
		break;
	case DB_INT:
		buf_add_i64(line, db_int(d->db, col));
		break;
	case DB_REAL:
		json_f64(line, db_real(d->db, col));
		break;
	case DB_TEXT:
		buf_add_str(line, db_text(d->db, col));
		break;
	case DB_BLOB: {
		struct str b = db_blob(d->db, col);
		for (size_t i = 0; i < b.n; i++)
			buf_printf(line, "%02x", (unsigned char)b.p[i]);
		break;
	}
	}
}

/* The county is the first column of every table. */
static enum err_code dump_table(void *ctx, const char *table, struct err *e)
{
	struct dumper *d = ctx;
	char text[160];
	snprintf(text, sizeof text, "SELECT * FROM %.*s", name_length(table), table);
	struct sql all = {.name = "dump", .sqlite = text, .postgres = text, .index = SQL__N};
	enum err_code rc = db_query(d->db, &all, NO_PARAMS, e);
	if (rc != OK)
		return rc;
	struct arena lines_arena;
	arena_init(&lines_arena, (size_t)4 * 1024 * 1024 * 1024);
	struct str *lines = NULL;
	size_t n = 0, cap = 0;
	struct buf line;
	buf_init(&line, 0);
	bool is_duty = strncmp(table, "duty(", 5) == 0;
	while (db_next(d->db)) {
		buf_reset(&line);
		buf_add(&line, table, (size_t)name_length(table));
		const struct duty_kind *kind = is_duty ? duty_kind_of(db_text(d->db, 1)) : NULL;
		for (int c = 0; c < db_columns(d->db); c++)
			if (!d->by_id || !str_ends(str_of(db_column_name(d->db, c)), STR("_seq")))
				put_value(d, &line, table, c, kind && kind->part_is_entity);
		if (n == cap) {
			struct str *more = ARENA_ARRAY(&lines_arena, struct str, cap ? cap * 2 : 256);
			if (cap)
				memcpy(more, lines, cap * sizeof *more);
			lines = more;
			cap = cap ? cap * 2 : 256;
		}
		lines[n++] = arena_str(&lines_arena, buf_str(&line));
	}
	rc = db_stop(d->db, e);
	if (n)
		qsort(lines, n, sizeof *lines, compare_lines);
	for (size_t i = 0; rc == OK && i < n; i++) {
		buf_add_str(d->out, lines[i]);
		buf_add_byte(d->out, '\n');
	}
	buf_done(&line);
	arena_done(&lines_arena);
	return rc;
}

enum err_code ledger_dump(struct db *db, bool by_id, struct buf *out, struct err *e)
{
	struct dumper d = {.db = db, .by_id = by_id, .out = out};
	arena_init(&d.a, (size_t)1024 * 1024 * 1024);
	enum err_code rc = by_id ? load_keys(&d, e) : OK;
	if (rc == OK)
		rc = each_table(dump_table, &d, e);
	if (rc == OK && out->failed)
		rc = err_set(e, ERR_MEMORY, "", "the dump does not fit");
	arena_done(&d.a);
	return rc;
}

enum err_code ledger_digest(struct db *db, bool by_id, uint8_t out[32], struct err *e)
{
	struct buf text;
	buf_init(&text, 0);
	enum err_code rc = ledger_dump(db, by_id, &text, e);
	if (rc == OK)
		crypto_generichash(out, 32, (const uint8_t *)text.p, text.n, NULL, 0);
	buf_done(&text);
	return rc;
}
