/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/textid.h"
#include "core/caltime.h"
#include "domain/orders/certificate.h"
#include "domain/tracing/engine.h"
#include "ledger/keyring.h"
#include "sql.gen.h"

#define CONFIG_MAX (64 * 1024)

static enum err_code file_error(struct err *e, const char *path)
{
	int why = errno;
	return err_set(e, why == ENOSPC || why == EIO ? ERR_DISK : ERR_FILE, path, "%s", strerror(why));
}

static const char *below(struct arena *a, const char *dir, const char *name)
{
	return arena_printf(a, "%s/%s", dir, name).p;
}

/* ---- files ------------------------------------------------------------------------------------------------ */

static enum err_code sync_dir_of(const char *path, struct err *e)
{
	char dir[4096];
	str_to_c(str_of(path), dir, sizeof dir);
	char *slash = strrchr(dir, '/');
	if (slash)
		*slash = 0;
	int fd = open(slash ? (*dir ? dir : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return file_error(e, path);
	enum err_code rc = fsync(fd) == 0 ? OK : file_error(e, path);
	close(fd);
	return rc;
}

enum err_code folder_write_file(const char *path, struct str bytes, unsigned mode, struct err *e)
{
	char fresh[4096];
	if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
		return err_set(e, ERR_FILE, path, "the path is too long");
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return file_error(e, fresh);
	enum err_code rc = OK;
	for (size_t n = 0; rc == OK && n < bytes.n;) {
		ssize_t w = write(fd, bytes.p + n, bytes.n - n);
		if (w < 0 && errno != EINTR)
			rc = file_error(e, fresh);
		else if (w > 0)
			n += (size_t)w;
	}
	if (rc == OK && fsync(fd) != 0)
		rc = file_error(e, fresh);
	if (close(fd) != 0 && rc == OK)
		rc = file_error(e, fresh);
	if (rc == OK && rename(fresh, path) != 0)
		rc = file_error(e, path);
	if (rc != OK)
		unlink(fresh);
	return rc == OK ? sync_dir_of(path, e) : rc;
}

static enum err_code read_file(struct arena *a, const char *path, struct str *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return file_error(e, path);
	char *p = arena_alloc(a, CONFIG_MAX);
	size_t n = 0;
	ssize_t r = 1;
	while (r > 0 && n < CONFIG_MAX) {
		r = read(fd, p + n, CONFIG_MAX - n);
		if (r > 0)
			n += (size_t)r;
	}
	close(fd);
	if (r < 0)
		return file_error(e, path);
	if (n == CONFIG_MAX)
		return err_set(e, ERR_TOO_LARGE, path, "at most 64 KiB are expected");
	*out = (struct str){p, n};
	return OK;
}

/* ---- config ----------------------------------------------------------------------------------------------- */

static enum err_code take_line(struct arena *a, const char *at, struct str line, struct folder_config *out, struct err *e)
{
	struct str value = line, key = str_trim(str_cut(&value, '='));
	value = str_trim(value);
	if (key.n == line.n)
		return err_set(e, ERR_BAD_VALUE, at, "a line `key = value` is expected");
	if (str_eq_c(key, "area")) {
		if (!cli_area(value, &out->area))
			return err_set(e, ERR_BAD_VALUE, at, "area: an area code of 6 or 12 digits is expected");
	} else if (str_eq_c(key, "timezone")) {
		out->timezone = arena_str(a, value);
	} else if (str_eq_c(key, "database")) {
		out->database = arena_str(a, value);
	} else if (str_eq_c(key, "name")) {
		out->name = arena_str(a, value);
	} else {
		return err_set(e, ERR_UNKNOWN_FIELD, at, "known keys are area, timezone, database and name");
	}
	return OK;
}

static enum err_code read_config(struct arena *a, const char *path, struct folder_config *out, struct err *e)
{
	struct str text;
	struct folder_config config = {0};
	enum err_code rc = read_file(a, path, &text, e);
	for (int line_n = 1; rc == OK && text.n > 0; line_n++) {
		struct str line = str_trim(str_cut(&text, '\n'));
		char at[200];
		snprintf(at, sizeof at, "%.180s:%d", path, line_n);
		if (line.n > 0 && line.p[0] != '#')
			rc = take_line(a, at, line, &config, e);
	}
	if (rc == OK && (config.area == 0 || config.timezone.n == 0 || config.database.n == 0))
		rc = err_set(e, ERR_MISSING_FIELD, path, "area, timezone and database must be given");
	if (rc == OK)
		*out = config;
	return rc;
}

static enum err_code write_config(const char *path, const struct folder_config *config, struct err *e)
{
	struct buf b;
	buf_init(&b, CONFIG_MAX);
	buf_printf(&b,
		   "# What this data folder is for. `database` is a file in the folder or postgresql://...\n"
		   "area = %012lld\ntimezone = %.*s\ndatabase = %.*s\nname = %.*s\n",
		   (long long)config->area, STR_ARG(config->timezone), STR_ARG(config->database), STR_ARG(config->name));
	enum err_code rc = b.failed ? err_set(e, ERR_MEMORY, path, "no memory") : folder_write_file(path, buf_str(&b), 0600, e);
	buf_done(&b);
	return rc;
}

/* ---- creating --------------------------------------------------------------------------------------------- */

static bool is_empty_dir(const char *dir)
{
	DIR *d = opendir(dir);
	if (!d)
		return false;
	bool empty = true;
	for (struct dirent *entry; empty && (entry = readdir(d));)
		empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
	closedir(d);
	return empty;
}

static void set_paths(struct arena *a, struct folder *f, const char *dir)
{
	f->dir = dir;
	f->keyring = below(a, dir, "keyring");
	f->visits = below(a, dir, "visits");
	bool relative = !db_is_server(f->config.database) && f->config.database.p[0] != '/';
	f->db_url = relative ? below(a, dir, f->config.database.p) : f->config.database.p;
}

static void clear_dir(struct arena *a, const char *dir)
{
	static const char *const names[] = {"config", "config.new", "keyring", "keyring-wal", "keyring-shm", "keyring.key", "keyring.sign",
					    "ledger.db", "ledger.db-wal", "ledger.db-shm", "lock"};
	for (size_t i = 0; i < ARRAY_N(names); i++)
		unlink(below(a, dir, names[i]));
	rmdir(dir);
}

/* Facts of another folder were sealed with its keys, which a new keyring does not hold. */
static enum err_code check_unused(const char *url, struct err *e)
{
	struct db *db = NULL;
	int64_t facts = 0;
	enum err_code rc = db_open(&db, url, DB_READER, NULL, e);
	if (rc == OK)
		rc = db_one(db, &SQL_ledger_fact_count, NO_PARAMS, 0, &facts, e);
	db_close(&db);
	if (rc == OK && facts > 0)
		rc = err_set(e, ERR_NOT_ALLOWED, "database",
			     "it holds facts already; copy config, keyring and keyring.key of the folder that made them instead");
	return rc;
}

static enum err_code fill(struct cli *c, struct folder *f, struct err *e)
{
	enum err_code rc = keyring_create(f->keyring, c->sys, e);
	struct keyring *k = NULL;
	if (rc == OK)
		rc = keyring_open(&k, f->keyring, DB_WRITER, c->sys, e);
	if (rc == OK)
		rc = textid_prepare(k, e);
	keyring_close(&k);
	struct certificate_key sign = {0};
	if (rc == OK)
		rc = certificate_key_load(f->keyring, c->sys, &sign, e);
	certificate_key_done(&sign);
	struct ledger_options o = {.db_url = f->db_url, .keyring = f->keyring, .sys = c->sys};
	if (rc == OK)
		rc = ledger_create(&o, e);
	if (rc == OK)
		rc = check_unused(f->db_url, e);
	if (rc == OK)
		rc = write_config(below(&c->arena, f->dir, "config"), &f->config, e);
	return rc;
}

enum err_code folder_create(struct cli *c, const char *dir, const struct folder_config *config, struct err *e)
{
	struct stat st;
	struct folder f = {.config = *config, .lock_fd = -1};
	struct arena *a = &c->arena;
	enum err_code rc = caltime_zone(config->timezone, e);
	if (rc != OK)
		return rc;
	if (stat(dir, &st) == 0 && !is_empty_dir(dir))
		return err_set(e, ERR_NOT_ALLOWED, dir,
			       stat(below(a, dir, "config"), &st) == 0
				       ? "this is a data folder already; choose another one"
				       : "something else stands there; choose a folder that is empty or does not exist");
	struct str trimmed = str_of(dir);
	while (trimmed.n > 1 && trimmed.p[trimmed.n - 1] == '/')
		trimmed.n--;
	const char *whole = arena_str(a, trimmed).p, *fresh = arena_printf(a, "%s.init-%ld", whole, (long)getpid()).p;
	if (mkdir(fresh, 0700) != 0)
		return file_error(e, fresh);
	set_paths(a, &f, fresh);
	mode_t mask = umask(0077); /* keys and names: for the owner alone */
	rc = fill(c, &f, e);
	umask(mask);
	if (rc == OK && rename(fresh, whole) != 0)
		rc = file_error(e, whole);
	if (rc == OK)
		return sync_dir_of(whole, e);
	clear_dir(a, fresh);
	return rc;
}

/* ---- opening ---------------------------------------------------------------------------------------------- */

static enum err_code take_lock(struct cli *c, struct folder *f, struct err *e)
{
	const char *path = below(&c->arena, f->dir, "lock");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return file_error(e, path);
	char text[64] = "";
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = read(fd, text, sizeof text - 1);
		text[n > 0 ? n : 0] = 0;
		text[strcspn(text, "\n")] = 0;
		close(fd);
		return err_set(e, ERR_BUSY, f->dir, "process %s writes in this folder; stop it first, or send the facts to its server",
			       text[0] ? text : "?");
	}
	/* the number is only told to people; the lock itself is the kernel's and ends with the process */
	int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n) {
		close(fd);
		return file_error(e, path);
	}
	f->lock_fd = fd;
	return OK;
}

enum err_code folder_open(struct cli *c, const char *dir, enum folder_mode mode, struct folder *out, struct err *e)
{
	struct folder f = {.lock_fd = -1};
	struct stat st;
	const char *config = below(&c->arena, dir, "config");
	if (stat(config, &st) != 0)
		return err_set(e, ERR_NOT_FOUND, dir, "this is no data folder; `sushui init %.80s --area CODE --timezone ZONE` makes one", dir);
	enum err_code rc = read_config(&c->arena, config, &f.config, e);
	if (rc == OK)
		rc = caltime_zone(f.config.timezone, e);
	if (rc != OK)
		return rc;
	set_paths(&c->arena, &f, dir);
	const char *own = below(&c->arena, dir, "protocols");
	f.protocols_dir = stat(own, &st) == 0 && S_ISDIR(st.st_mode) ? own : NULL;
	rc = protocol_book_load(&c->arena, f.protocols_dir, &f.protocols, e);
	if (rc == OK && mode == FOLDER_WRITE)
		rc = take_lock(c, &f, e);
	if (rc != OK)
		return rc;
	*out = f;
	out->options = (struct ledger_options){.db_url = out->db_url, .keyring = out->keyring, .sys = c->sys, .protocols = &out->protocols,
						 .visits = out->visits};
	ledger_register_kinds();
	return OK;
}

enum err_code folder_open_operand(struct cli *c, enum folder_mode mode, struct folder *out, struct err *e)
{
	return folder_open(c, args_operand(&c->args, 0), mode, out, e);
}

static enum err_code settle_visits(struct folder *f, struct err *e)
{
	struct tracing_engine *g = NULL;
	struct db *db = NULL;
	enum err_code rc = tracing_engine_open(&g, f->visits, &f->protocols, e);
	if (rc == OK)
		rc = folder_reader(f, &db, e);
	if (rc == OK)
		rc = tracing_engine_settle(g, db, e);
	db_close(&db);
	tracing_engine_close(&g);
	return rc;
}

void folder_close(struct folder *f)
{
	struct err e = {0};
	struct stat st;
	if (f->lock_fd >= 0 && tracing_engine_woken() && stat(f->visits, &st) == 0 && settle_visits(f, &e) != OK)
		fprintf(stderr, "%s: %s\n", e.at, e.what);
	if (f->lock_fd >= 0)
		close(f->lock_fd);
	f->lock_fd = -1;
}

enum err_code folder_ledger(struct folder *f, struct ledger **out, struct err *e)
{
	CHECK(f->lock_fd >= 0);
	return ledger_open(out, &f->options, e);
}

enum err_code folder_reader(struct folder *f, struct db **out, struct err *e)
{
	return db_open(out, f->db_url, DB_READER, NULL, e);
}
