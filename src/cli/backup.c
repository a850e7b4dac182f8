/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/progress.h"
#include "sql.gen.h"

static enum err_code trouble(struct err *e, const char *path)
{
	return err_set(e, errno == ENOSPC || errno == EIO ? ERR_DISK : ERR_FILE, path, "%s", strerror(errno));
}

static const char *below(struct cli *c, const char *dir, const char *name)
{
	return arena_printf(&c->arena, "%s/%s", dir, name).p;
}

static enum err_code sync_path(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return trouble(e, path);
	enum err_code rc = fsync(fd) == 0 ? OK : trouble(e, path);
	close(fd);
	return rc;
}

static enum err_code copy_database(const char *from, const char *to, struct err *e)
{
	struct db *db = NULL;
	enum err_code rc = db_open(&db, from, DB_READER, NULL, e);
	if (rc == OK)
		rc = db_script(db, &SQL_cli_backup_allow, e);
	if (rc == OK)
		rc = db_run(db, &SQL_cli_backup, PARAMS(V_TEXT(str_of(to))), e);
	db_close(&db);
	return rc == OK ? sync_path(to, e) : rc;
}

static enum err_code copy_small(struct cli *c, const char *from, const char *to, struct err *e)
{
	enum { MOST = 1024 * 1024 + 1 }; /* a protocol file has at most 1 MiB */
	char *p = arena_alloc(&c->arena, MOST);
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return trouble(e, from);
	ssize_t n = read(fd, p, MOST);
	enum err_code rc = n < 0 ? trouble(e, from) : n == MOST ? err_set(e, ERR_TOO_LARGE, from, "at most 1 MiB is expected") : OK;
	close(fd);
	return rc == OK ? folder_write_file(to, (struct str){p, (size_t)n}, 0600, e) : rc;
}

/* The copy is opened as it would be after a restore, and every hash recomputed. */
static enum err_code verify_copy(struct cli *c, const char *path, struct verify_report *out, struct err *e)
{
	struct db *db = NULL;
	struct bar bar;
	bar_init(&bar, c, say(c, "verifying the copy", "校验备份"));
	enum err_code rc = db_open(&db, path, DB_WRITER, NULL, e);
	if (rc == OK)
		rc = ledger_verify(db, bar_progress(&bar), out, e);
	if (rc == OK)
		db_checkpoint(db, true);
	db_close(&db);
	bar_done(&bar);
	return rc == OK ? sync_path(path, e) : rc;
}

static enum err_code new_dir(const char *path, struct err *e)
{
	if (mkdir(path, 0700) == 0)
		return OK;
	if (errno == EEXIST)
		return err_set(e, ERR_NOT_ALLOWED, path, "it is there already; name a new folder, so that no older copy is lost");
	return trouble(e, path);
}

/* The folder's own protocol files: without them nobody can say what an edition that is in force asks for. */
static enum err_code copy_protocols(struct cli *c, struct folder *f, const char *to, struct err *e)
{
	if (!f->protocols_dir)
		return OK;
	const char *dir = below(c, to, "protocols");
	enum err_code rc = new_dir(dir, e);
	DIR *d = rc == OK ? opendir(f->protocols_dir) : NULL;
	if (rc == OK && !d)
		rc = trouble(e, f->protocols_dir);
	for (struct dirent *entry; rc == OK && (entry = readdir(d));)
		if (str_ends(str_of(entry->d_name), STR(".yaml")))
			rc = copy_small(c, below(c, f->protocols_dir, entry->d_name), below(c, dir, entry->d_name), e);
	if (d)
		closedir(d);
	return rc;
}

static enum err_code copy_ledger(struct cli *c, struct folder *f, const char *to, struct verify_report *out, struct err *e)
{
	const char *copy = below(c, to, "ledger.db");
	enum err_code rc = new_dir(to, e);
	if (rc == OK)
		rc = copy_database(f->db_url, copy, e);
	if (rc == OK)
		rc = verify_copy(c, copy, out, e);
	if (rc == OK) /* behind the ledger: a fact that says stays were loaded is never without them */
		rc = backup_visits(f, to, e);
	if (rc == OK)
		rc = copy_small(c, below(c, f->dir, "config"), below(c, to, "config"), e);
	if (rc == OK)
		rc = copy_protocols(c, f, to, e);
	return rc == OK ? sync_path(to, e) : rc;
}

static enum err_code copy_keys(struct cli *c, struct folder *f, const char *keys, struct err *e)
{
	enum err_code rc = new_dir(keys, e);
	if (rc == OK)
		rc = copy_database(f->keyring, below(c, keys, "keyring"), e);
	if (rc == OK)
		rc = copy_small(c, arena_printf(&c->arena, "%s.key", f->keyring).p, below(c, keys, "keyring.key"), e);
	const char *sign = arena_printf(&c->arena, "%s.sign", f->keyring).p; /* made when the first certificate or server needs it */
	if (rc == OK && access(sign, F_OK) == 0)
		rc = copy_small(c, sign, below(c, keys, "keyring.sign"), e);
	return rc == OK ? sync_path(keys, e) : rc;
}

enum err_code backup_make(struct cli *c, struct folder *f, const char *to, const char *keys, struct verify_report *out,
			  struct err *e)
{
	bool server = db_is_server(str_of(f->db_url));
	mode_t mask = umask(0077);
	enum err_code rc = server ? OK : copy_ledger(c, f, to, out, e);
	if (rc == OK && keys)
		rc = copy_keys(c, f, keys, e);
	umask(mask);
	if (rc == OK && server)
		rc = err_set(e, ERR_NOT_ALLOWED, f->dir, "the ledger is on PostgreSQL: copy it with pg_dump or base backups%s",
			     keys ? "; the keyring was copied" : "; --keys copies the keyring");
	return rc;
}
