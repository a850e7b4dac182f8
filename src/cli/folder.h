/* SPDX-License-Identifier: Apache-2.0
 *
 * folder.h - a data folder: everything that one installation keeps.
 *
 *     DIR/config        key = value lines: area, timezone, database, name (mode 0600: an address may hold a password)
 *     DIR/ledger.db     facts and projections (not there when `database` is a PostgreSQL address)
 *     DIR/keyring       keys of persons; DIR/keyring.key wraps them. Back both up apart from the ledger.
 *     DIR/visits/       stays that were loaded in bulk, one visit store for each county (may be missing)
 *     DIR/lock          held by the process that writes
 *     DIR/protocols/    protocol files of this installation, besides those the program carries (may be missing)
 *
 * A folder is made whole or not at all: `config` is written last. Only one process at a time opens a folder for writing.
 */
#ifndef SUSHUI_CLI_FOLDER_H
#define SUSHUI_CLI_FOLDER_H

#include "cli/cli.h"
#include "ledger/ledger.h"
#include "protocol/protocol.h"

struct folder_config {
	int64_t area;            /* the county or city it is for */
	struct str timezone;     /* IANA name */
	struct str database;     /* postgresql://..., or a path, relative to the folder */
	struct str name;         /* what people call this installation; may be empty */
};
enum folder_mode {
	FOLDER_READ,  /* beside a running server */
	FOLDER_WRITE, /* takes the lock */
};
struct folder {
	struct folder_config config;
	const char *dir;
	const char *db_url, *keyring, *visits; /* ready for struct ledger_options; in the command's arena */
	const char *protocols_dir;    /* NULL when there is none */
	int lock_fd;                  /* -1 when not held */
	struct protocol_book protocols;
	struct ledger_options options;
};

/* Makes the folder with its keyring, tables and config. DIR may exist when it is empty. ERR_NOT_ALLOWED when there is a
 * folder already. The zone of the process is set. */
enum err_code folder_create(struct cli *c, const char *dir, const struct folder_config *config, struct err *e);
/* Reads config, sets the zone of the process, loads the protocols, takes the lock when writing. ERR_NOT_FOUND when DIR is no data
 * folder, ERR_BUSY when another process writes there, ERR_BAD_VALUE with file:line for a wrong config. */
enum err_code folder_open(struct cli *c, const char *dir, enum folder_mode mode, struct folder *out, struct err *e);
/* Opens the folder that is the first operand. */
enum err_code folder_open_operand(struct cli *c, enum folder_mode mode, struct folder *out, struct err *e);
/* Gives the lock back. Facts written meanwhile that take stays away (erasures, retention) have reached the visit stores when it returns;
 * what goes wrong with that is said on standard error and made up for when the stores are opened next. */
void folder_close(struct folder *f);

/* The ledger for writing (folder opened with FOLDER_WRITE), or a reading connection. The caller closes them. */
enum err_code folder_ledger(struct folder *f, struct ledger **out, struct err *e);
enum err_code folder_reader(struct folder *f, struct db **out, struct err *e);

/* Writes bytes to path so that after a crash either the old or the new file is there: new file, fsync, rename, fsync of the folder. */
enum err_code folder_write_file(const char *path, struct str bytes, unsigned mode, struct err *e);

#endif
