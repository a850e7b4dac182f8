/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder of a store:
 *   LOCK           held while a process has the store open
 *   MANIFEST       which segments count, first journal that counts; replaced by rename, never edited
 *   *.vis          segments, written under a temporary name, synced, renamed
 *   journal-N.log  frames of calls not sealed yet; a frame that a crash tore at the end of the last journal
 * was never acknowledged and is cut off, damage anywhere else is an error
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/buf.h"
#include "trace/hash.h"
#include "trace/store.h"

#define PATH_N 4096
#define FRAME_VISITS_MAX (UINT32_C(1) << 24)

struct frame {
	uint32_t gone_n, come_n;
	uint64_t hash; /* of the two counts and all visits */
};

void store_step(struct visits *v, const char *name)
{
	if (v->step)
		v->step(v->step_ctx, name);
}

static enum err_code disk_err(struct visits *v, const char *name, const char *doing, struct err *e)
{
	(void)v;
	return err_set(e, errno == ENOENT || errno == EACCES ? ERR_FILE : ERR_DISK, name, "%s: %s", doing,
		       strerror(errno));
}

static void path_of(const struct visits *v, const char *name, char out[PATH_N])
{
	snprintf(out, PATH_N, "%s/%s", v->folder, name);
}

static enum err_code write_all(struct visits *v, int fd, const void *data, size_t n, const char *name,
			       struct err *e)
{
	for (const char *p = data; n > 0;) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return disk_err(v, name, "cannot be written", e);
		p += k;
		n -= (size_t)k;
	}
	return OK;
}

static enum err_code sync_folder(struct visits *v, struct err *e)
{
	if (v->no_sync)
		return OK;
	int fd = open(v->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	enum err_code rc = good ? OK : disk_err(v, "folder", "cannot be synced", e);
	if (fd >= 0)
		close(fd);
	return rc;
}

/* Whole file under a temporary name, synced, then renamed to `name`. The caller syncs the folder. */
static enum err_code replace_file(struct visits *v, const char *name, const void *data, size_t n,
				  struct err *e)
{
	char tmp[PATH_N], path[PATH_N];
	path_of(v, name, path);
	if (snprintf(tmp, sizeof tmp, "%s/%s.tmp", v->folder, name) >= (int)sizeof tmp)
		return err_set(e, ERR_FILE, name, "the path is too long");
	store_step(v, "create");
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return disk_err(v, name, "cannot be created", e);
	size_t half = n / 2; /* in two writes, so that a crash test can stop in between */
	enum err_code rc = write_all(v, fd, data, half, name, e);
	store_step(v, "half written");
	if (rc == OK)
		rc = write_all(v, fd, (const char *)data + half, n - half, name, e);
	store_step(v, "written");
	if (rc == OK && !v->no_sync && fsync(fd) != 0)
		rc = disk_err(v, name, "cannot be synced", e);
	close(fd);
	store_step(v, "synced");
	if (rc == OK && rename(tmp, path) != 0)
		rc = disk_err(v, name, "cannot be renamed", e);
	if (rc != OK)
		unlink(tmp);
	store_step(v, "renamed");
	return rc;
}

/* --- segments and manifest ------------------------------------------------------------------------ */

enum err_code disk_write_segment(struct visits *v, struct segment **g, uint64_t generation, struct err *e)
{
	char name[48];
	snprintf(name, sizeof name, "%" PRId32 "%s-%" PRIu64 ".vis", (*g)->day,
		 (*g)->kind == SEG_LONG ? "-long" : "", generation);
	enum err_code rc = replace_file(v, name, (*g)->bytes, (*g)->bytes_n, e);
	if (rc != OK)
		return rc;
	struct segment *mapped;
	bool rebuilt;
	/* The bytes just written are in the page cache; reading them back would only repeat what fsync
	 * promised. */
	rc = seg_open_file(&mapped, v->folder, name, true, &rebuilt, e);
	if (rc == OK) {
		seg_unref(g);
		*g = mapped;
	}
	return rc;
}

enum err_code disk_write_manifest(struct visits *v, const struct parts *sealed, uint64_t first_journal,
				  uint32_t drop_cut, struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b,
		   "sushui visits 1\ngeneration %" PRIu64 "\ndrop_before %" PRIu32 "\nfirst_journal %" PRIu64
		   "\n",
		   v->generation, drop_cut, first_journal);
	for (size_t i = 0; i < sealed->n; i++) {
		struct seg_header h;
		memcpy(&h, sealed->p[i].g->bytes, sizeof h);
		buf_printf(&b, "segment %s %016" PRIx64 "\n", sealed->p[i].g->name, h.hash);
	}
	buf_printf(&b, "checksum %016" PRIx64 "\n", xxh64(b.p, b.n));
	enum err_code rc = b.failed ? err_set(e, ERR_MEMORY, "MANIFEST", "no memory") : sync_folder(v, e);
	if (rc == OK)
		rc = replace_file(v, "MANIFEST", b.p, b.n, e);
	if (rc == OK)
		rc = sync_folder(v, e);
	buf_done(&b);
	return rc;
}

static enum err_code bad_manifest(struct err *e)
{
	return err_set(e, ERR_CORRUPT, "MANIFEST", "the list of segments does not match its checksum");
}

/* One line of the manifest. */
static enum err_code manifest_line(struct visits *v, struct str line, bool *rewrite, struct err *e)
{
	char text[160], name[48];
	uint64_t hash;
	str_to_c(line, text, sizeof text);
	if (sscanf(text, "generation %" SCNu64, &v->generation) == 1 ||
	    sscanf(text, "drop_before %" SCNu32, &v->drop_cut) == 1 ||
	    sscanf(text, "first_journal %" SCNu64, &v->journal_first) == 1)
		return OK;
	if (sscanf(text, "segment %47s %" SCNx64, name, &hash) != 2 || strchr(name, '/'))
		return bad_manifest(e);
	struct part p = {0};
	bool rebuilt;
	enum err_code rc = seg_open_file(&p.g, v->folder, name, v->skip_checksums, &rebuilt, e);
	if (rc != OK)
		return rc;
	struct seg_header h;
	memcpy(&h, p.g->bytes, sizeof h);
	if (rebuilt) {
		rc = disk_write_segment(v, &p.g, ++v->generation, e);
		v->rebuilt_n++;
		*rewrite = true;
	} else if (h.hash != hash) {
		rc = err_set(e, ERR_CORRUPT, name, "this is another segment than the manifest names");
	}
	if (rc == OK && !parts_push(&v->sealed, p))
		rc = err_set(e, ERR_MEMORY, "", "no memory for a list of segments");
	if (rc != OK)
		part_unref(&p);
	return rc;
}

static enum err_code read_file(struct visits *v, const char *name, struct buf *b, bool *absent, struct err *e)
{
	char path[PATH_N];
	path_of(v, name, path);
	FILE *in = fopen(path, "rb");
	*absent = !in && errno == ENOENT;
	if (!in)
		return *absent ? OK : disk_err(v, name, "cannot be opened", e);
	char *p;
	size_t k;
	while ((p = buf_reserve(b, 65536)) && (k = fread(p, 1, 65536, in)) > 0)
		b->n += k;
	bool failed = ferror(in) || b->failed;
	fclose(in);
	return failed ? err_set(e, ERR_FILE, name, "cannot be read") : OK;
}

static enum err_code read_manifest(struct visits *v, bool *rewrite, struct err *e)
{
	struct buf b;
	buf_init(&b, 0);
	bool absent;
	enum err_code rc = read_file(v, "MANIFEST", &b, &absent, e);
	*rewrite = absent;
	if (rc == OK && !absent) {
		struct str rest = buf_str(&b), line = str_cut(&rest, '\n');
		uint64_t sum = 0;
		char tail[32] = "";
		if (b.n > 26)
			str_to_c((struct str){b.p + b.n - 26, 25}, tail, sizeof tail);
		if (b.n < 26 || b.p[b.n - 1] != '\n' || sscanf(tail, "checksum %" SCNx64, &sum) != 1 ||
		    sum != xxh64(b.p, b.n - 26) || !str_eq(line, STR("sushui visits 1")))
			rc = bad_manifest(e);
		rest.n = rc == OK ? rest.n - 26 : 0;
		while (rc == OK && rest.n > 0)
			rc = manifest_line(v, str_cut(&rest, '\n'), rewrite, e);
	}
	buf_done(&b);
	return rc;
}

/* --- journal -------------------------------------------------------------------------------------- */

static void journal_name(uint64_t no, char out[48])
{
	snprintf(out, 48, "journal-%" PRIu64 ".log", no);
}

static uint64_t frame_hash(const struct frame *f, const struct visit *list)
{
	uint64_t parts[3] = {f->gone_n, f->come_n,
			     xxh64(list, ((size_t)f->gone_n + f->come_n) * sizeof *list)};
	return xxh64(parts, sizeof parts);
}

static enum err_code journal_create(struct visits *v, struct err *e)
{
	char name[48], path[PATH_N];
	journal_name(v->journal_no, name);
	path_of(v, name, path);
	store_step(v, "journal create");
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return disk_err(v, name, "cannot be created", e);
	if (v->journal_fd >= 0)
		close(v->journal_fd);
	v->journal_fd = fd;
	return sync_folder(v, e);
}

enum err_code disk_rotate(struct visits *v, struct err *e)
{
	if (!v->folder)
		return OK;
	v->journal_no++;
	enum err_code rc = journal_create(v, e);
	v->broken |= rc != OK;
	return rc;
}

enum err_code disk_append(struct visits *v, const struct visit *gone, size_t gone_n, const struct visit *come,
			  size_t come_n, struct err *e)
{
	if (v->broken)
		return err_set(e, ERR_DISK, "journal", "an earlier write failed; open the store again");
	if (gone_n + come_n > FRAME_VISITS_MAX)
		return err_set(e, ERR_TOO_LARGE, "", "at most 16 million visits in one call");
	if (!v->folder || gone_n + come_n == 0)
		return OK;
	size_t n = sizeof(struct frame) + (gone_n + come_n) * sizeof(struct visit);
	uint8_t *bytes = calloc(1, n);
	if (!bytes)
		return err_set(e, ERR_MEMORY, "", "no memory for a journal frame");
	struct frame f = {(uint32_t)gone_n, (uint32_t)come_n, 0};
	struct visit *list = (struct visit *)(void *)(bytes + sizeof f);
	if (gone_n)
		memcpy(list, gone, gone_n * sizeof *list);
	if (come_n)
		memcpy(list + gone_n, come, come_n * sizeof *list);
	f.hash = frame_hash(&f, list);
	memcpy(bytes, &f, sizeof f);
	store_step(v, "journal write");
	enum err_code rc = write_all(v, v->journal_fd, bytes, n / 2, "journal", e);
	store_step(v, "journal half written");
	if (rc == OK)
		rc = write_all(v, v->journal_fd, bytes + n / 2, n - n / 2, "journal", e);
	store_step(v, "journal sync");
	if (rc == OK && !v->no_sync && fdatasync(v->journal_fd) != 0)
		rc = disk_err(v, "journal", "cannot be synced", e);
	v->broken |= rc != OK; /* what is on disk now is unknown: acknowledge nothing more */
	free(bytes);
	return rc;
}

/* Applies the frames of one journal. A torn end is allowed in the last one only, and cut off. */
static enum err_code replay(struct visits *v, uint64_t no, bool last, struct err *e)
{
	char name[48], at[80];
	journal_name(no, name);
	struct buf b;
	buf_init(&b, 0);
	bool absent;
	enum err_code rc = read_file(v, name, &b, &absent, e);
	size_t done = 0;
	while (rc == OK && done < b.n) {
		struct frame f = {0};
		size_t left = b.n - done, need = sizeof f;
		if (left >= sizeof f) {
			memcpy(&f, b.p + done, sizeof f);
			need += ((size_t)f.gone_n + f.come_n) * sizeof(struct visit);
		}
		struct visit *list = left >= need ? malloc(need) : NULL;
		if (left >= need && !list) {
			rc = err_set(e, ERR_MEMORY, name, "no memory to read the journal");
			break;
		}
		if (list)
			memcpy(list, b.p + done + sizeof f, need - sizeof f);
		bool good = list && frame_hash(&f, list) == f.hash;
		if (good)
			rc = store_apply(v, list, f.gone_n, list + f.gone_n, f.come_n, e);
		free(list);
		if (!good && last && left <= need)
			break; /* the end that a crash tore: never acknowledged */
		if (!good) {
			snprintf(at, sizeof at, "%s, byte %zu", name, done);
			rc = err_set(e, ERR_CORRUPT, at, "a journal frame does not match its checksum");
		}
		done += need;
	}
	char path[PATH_N];
	path_of(v, name, path);
	if (rc == OK && done < b.n && truncate(path, (off_t)done) != 0)
		rc = disk_err(v, name, "its torn end cannot be cut off", e);
	buf_done(&b);
	return rc;
}

/* Numbers of journals present, smallest and largest; deletes temporary files and segments that do not
 * count. */
static enum err_code scan_folder(struct visits *v, uint64_t *most, struct err *e)
{
	DIR *d = opendir(v->folder);
	if (!d)
		return disk_err(v, "folder", "cannot be read", e);
	*most = v->journal_first;
	for (struct dirent *x; (x = readdir(d));) {
		struct str name = str_of(x->d_name);
		uint64_t no;
		bool orphan = str_ends(name, STR(".tmp"));
		if (str_ends(name, STR(".vis"))) {
			orphan = true;
			for (size_t i = 0; i < v->sealed.n; i++)
				orphan &= !str_eq_c(name, v->sealed.p[i].g->name);
		} else if (sscanf(x->d_name, "journal-%" SCNu64 ".log", &no) == 1) {
			orphan = no < v->journal_first;
			*most = no > *most ? no : *most;
		}
		if (orphan)
			unlinkat(dirfd(d), x->d_name, 0);
	}
	closedir(d);
	return OK;
}

static enum err_code lock_folder(struct visits *v, struct err *e)
{
	char path[PATH_N];
	if (mkdir(v->folder, 0700) != 0 && errno != EEXIST)
		return disk_err(v, "folder", "cannot be created", e);
	path_of(v, "LOCK", path);
	v->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (v->lock_fd < 0)
		return disk_err(v, "LOCK", "cannot be opened", e);
	if (flock(v->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, ERR_BUSY, "LOCK", "another process has this visit store open");
	return OK;
}

enum err_code disk_open(struct visits *v, struct err *e)
{
	v->journal_first = 1;
	bool rewrite;
	uint64_t most = 1;
	enum err_code rc = lock_folder(v, e);
	if (rc == OK)
		rc = read_manifest(v, &rewrite, e);
	if (rc == OK && rewrite)
		rc = disk_write_manifest(v, &v->sealed, v->journal_first, v->drop_cut, e);
	if (rc == OK)
		rc = scan_folder(v, &most, e);
	for (uint64_t no = v->journal_first; rc == OK && no <= most; no++)
		rc = replay(v, no, no == most, e);
	if (rc == OK) {
		v->journal_no = most;
		rc = journal_create(v, e);
	}
	return rc;
}

void disk_close(struct visits *v)
{
	if (v->journal_fd >= 0)
		close(v->journal_fd);
	if (v->lock_fd >= 0)
		close(v->lock_fd); /* gives the lock back */
	v->journal_fd = v->lock_fd = -1;
}

void disk_delete_old(struct visits *v, uint64_t from_journal, uint64_t first_journal,
		     const struct parts *gone)
{
	char name[48], path[PATH_N];
	if (!v->folder)
		return;
	for (uint64_t no = from_journal; no < first_journal; no++) {
		journal_name(no, name);
		path_of(v, name, path);
		store_step(v, "delete journal");
		unlink(path);
	}
	for (size_t i = 0; i < gone->n; i++) {
		path_of(v, gone->p[i].g->name, path);
		store_step(v, "delete segment");
		unlink(path);
	}
}
