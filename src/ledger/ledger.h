/* SPDX-License-Identifier: Apache-2.0
 *
 * ledger.h - the append path and everything that is rebuilt from it.
 *
 * A ledger is one database (facts and projections) and one keyring beside it. Facts are appended in groups: each
 * group is one transaction, and a verdict says OK only after it is durable. Each county has a chain of its own: seq
 * runs from 1, and each fact's hash covers the hash before it.
 *
 *     authorise -> same id again? -> check -> seal -> apply -> hash -> insert -> ... -> commit -> verdicts
 *
 * One struct ledger belongs to one thread. Many threads hand in through writer.h. A fault of the database refuses the
 * whole group, and the ledger reopens its connection before the next.
 */
#ifndef SUSHUI_LEDGER_LEDGER_H
#define SUSHUI_LEDGER_LEDGER_H

#include "core/sys.h"
#include "ledger/fact.h"
#include "store/store.h"

struct keyring;
struct ledger;
struct protocol;
struct protocol_book;

/* What a domain gives to the ledger. */
struct reaction {
	const char *kind; /* of another domain */
	enum err_code (*apply)(struct ledger_tx *tx, const struct fact *f, struct err *e);
};
struct domain {
	const char *name;
	const struct fact_kind *kinds;
	size_t kinds_n;
	const struct sql *schema;      /* script that makes its tables */
	/* Its tables, NULL at the end: dropped by rebuild, written by ledger_dump. "swab(person,tube)" names the columns that hold
	 * entity keys, so that ledgers of another order can be compared. Columns ending in _seq depend on the order by nature. */
	const char *const *tables;
	const struct reaction *reactions;
	size_t reactions_n;
	/* Loads what the domain keeps in memory, after opening and after a rolled-back group. NULL when nothing. */
	enum err_code (*load)(struct ledger_tx *tx, struct err *e);
	/* Second path: recomputes the domain's books from raw facts with plain code and reports each difference. NULL when none. */
	struct audit *(*audit_new)(struct arena *a);
	void (*audit_fact)(struct audit *audit, const struct fact *f);
	enum err_code (*audit_compare)(struct audit *audit, struct db *db, int64_t county, struct buf *differences,
				       struct err *e);
};
/* All domains in a fixed order, ended by NULL (domain/domains.c). */
extern const struct domain *const domains[];

struct ledger_options {
	const char *db_url;  /* file path or postgresql://... */
	const char *keyring; /* path of the keyring database; its key file stands beside it (".key") */
	const char *vfs;     /* SQLite VFS for tests, NULL = system */
	const struct sys *sys;
	const struct protocol_book *protocols; /* outlives the ledger */
	/* Folder of the visit stores beside the database (domain/tracing/engine.h); NULL = in memory only. The ledger itself does not
	 * touch it. */
	const char *visits;
	bool upgrade; /* the ledger may be of an earlier schema; ledger_rebuild is then the only call allowed until it has succeeded */
};

/* Creates the tables of a new ledger, or does nothing when they are there. Registers all kinds. */
enum err_code ledger_create(const struct ledger_options *o, struct err *e);
/* Opens for appending. Fails when the tables are missing or of another schema version. */
enum err_code ledger_open(struct ledger **out, const struct ledger_options *o, struct err *e);
void ledger_close(struct ledger **l);

struct verdict {
	enum err_code code;
	bool duplicate; /* the very fact was there already; seq is its place */
	uint64_t seq;
	struct err err;
};
struct submission {
	struct actor who;
	struct fact *facts; /* decoded; seq, received, by, edition and DERIVED members are filled here */
	struct verdict *verdicts; /* as many as facts; a fact that already failed to decode carries its error here and is skipped */
	size_t n;
};

/* Appends all submissions as one group. Returns OK when the group is durable (single facts may still be refused in
 * their verdicts). On a fault every verdict that was not a refusal carries the fault, and nothing was kept. */
enum err_code ledger_append(struct ledger *l, struct submission *subs, size_t subs_n, struct err *e);
/* Begins a trial (the dry run of an import): groups appended from here on are judged and applied one upon the other as ever, and
 * closing the ledger undoes them all. Not for a ledger that others write to meanwhile: the write lock is held until then. */
enum err_code ledger_trial(struct ledger *l, struct err *e);
/* One fact by the machine itself; the verdict as return value. For the command line and tests. */
enum err_code ledger_append_one(struct ledger *l, struct fact *f, struct err *e);

const struct protocol_book *ledger_protocols(const struct ledger *l);
/* For house.c, while applying: the adoptions of an outbreak changed; this subject's key is to be destroyed once the group is durable. */
void ledger_editions_changed(struct ledger *l);
void ledger_to_destroy(struct ledger *l, struct id subject);

/* Between groups: copies the write-ahead log back when it has grown. */
void ledger_idle(struct ledger *l);
struct db *ledger_db(struct ledger *l); /* the writing connection; only between groups, only for reading */
struct keyring *ledger_keyring(struct ledger *l);
/* A second, reading connection to the same database; the caller closes it. */
enum err_code ledger_reader(struct ledger *l, struct db **out, struct err *e);
const struct sys *ledger_sys(const struct ledger *l);

/* ---- for apply and check -------------------------------------------------------------------------------- */
struct ledger_tx {
	struct ledger *l;
	struct db *db;
	struct arena *arena; /* lasts for one fact */
	int64_t county;
	int64_t outbreak;    /* key of the fact's outbreak, 0 when none */
	const struct protocol *protocol; /* edition in force for it, NULL when none applies */
	const struct fact *fact;
	const struct actor *who; /* check only: on whose behalf; NULL while applying */
	bool replaying;      /* rebuild: nothing from outside the facts may be asked */
};

/* Key of an entity: the small integer that stands for its id inside the county's projections, given in ledger order from 1.
 * An id met for the first time gets a key at once, so that facts may arrive in any order. kind is a short word
 * ("person"), or NULL for any; that one id is not used for two kinds is checked by the ledger before check() for every field that
 * names an entity. */
enum err_code ledger_key(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e);
/* Key of an entity already met, 0 when it is not. Never makes one. */
enum err_code ledger_key_known(struct ledger_tx *tx, const char *kind, struct id id, int64_t *key, struct err *e);
/* Id of a key; ID_NONE when unknown. */
enum err_code ledger_id_of(struct ledger_tx *tx, int64_t key, struct id *id, struct err *e);

/* The first column of every row of a statement whose parameters are county and one key, in the arena: keys of what is touched too. */
enum err_code ledger_keys(struct ledger_tx *tx, const struct sql *sql, int64_t key, const int64_t **out, size_t *n, struct err *e);

/* Edition in force for the fact's outbreak at another instant than the fact's own (when the tube was opened, say); NULL when none. */
enum err_code ledger_protocol_at(struct ledger_tx *tx, int64_t at, const struct protocol **out, struct err *e);

/* ---- the whole book ------------------------------------------------------------------------------------- */
struct progress { /* called now and then with what is done; total 0 = unknown. NULL function = silent */
	void (*tell)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};
struct verify_report {
	uint64_t facts_n;
	uint64_t counties_n;
	uint64_t bad_seq;    /* first fact that does not fit, 0 when none */
	int64_t bad_county;
	uint8_t head[32];    /* hash over the heads of all chains, by county */
};
/* Recomputes every hash. ERR_CORRUPT with the place of the first fact that was changed, removed, added or moved. */
enum err_code ledger_verify(struct db *db, struct progress p, struct verify_report *out, struct err *e);
/* Drops all projections, makes the tables of this version and replays all facts, in one transaction. */
enum err_code ledger_rebuild(struct ledger *l, struct progress p, struct err *e);
/* Replays the facts through the domains' second path and writes one line per difference into `differences` (empty = the books agree). */
enum err_code ledger_audit(struct ledger *l, struct progress p, struct buf *differences, struct err *e);
/* Digest over all rows of all projections in a fixed order. by_id: entity keys are replaced by their ids and received order is
 * left out, so that ledgers that took the same facts in another order agree. */
enum err_code ledger_digest(struct db *db, bool by_id, uint8_t out[32], struct err *e);
/* The same as text, one line per row, for finding a difference. */
enum err_code ledger_dump(struct db *db, bool by_id, struct buf *out, struct err *e);

/* Reads facts back: calls fn for each fact of a county (0 = all) with seq > after. Personal fields are opened when keyring is given
 * and the key still exists, else absent. fn returns OK to go on. */
enum err_code ledger_each(struct db *db, struct keyring *keyring, int64_t county, uint64_t after,
			  enum err_code (*fn)(void *ctx, const struct fact *f, struct err *e), void *ctx, struct err *e);
/* Reads one fact back into the arena, its personal fields as above. ERR_NOT_FOUND when there is no such seq. */
enum err_code ledger_fact_read(struct db *db, struct keyring *keyring, struct arena *a, int64_t county, uint64_t seq,
			       struct fact *out, struct err *e);
/* Makes all domains' kinds known to fact_kind_of. Idempotent. */
void ledger_register_kinds(void);

#endif
