/* SPDX-License-Identifier: Apache-2.0
 *
 * The visit stores in a backup, also beside a running server. Segments never change and the manifest is replaced whole, so a copy is
 * consistent when the manifest is the same before and after it and no journal but the last grew meanwhile; else it is made again.
 * Numbers (`ids`) reach the disk before the stays that use them: copied last, they are complete.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/backup.h"
#include "trace/visits.h"

#define TRIES 20
#define PATH_N 4096

static enum err_code trouble(struct err *e, const char *path)
{
	return err_set(e, errno == ENOSPC || errno == EIO ? ERR_DISK : ERR_FILE, path, "%s", strerror(errno));
}

/* *bytes_n: how much was copied; -1 when the source is not there. */
static enum err_code copy_file(const char *from, const char *to, int64_t *bytes_n, struct err *e)
{
	static char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	*bytes_n = -1;
	if (in < 0)
		return errno == ENOENT ? OK : trouble(e, from);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	enum err_code rc = out < 0 ? trouble(e, to) : OK;
	int64_t n = 0;
	for (ssize_t r = 1; rc == OK && r != 0;) {
		r = read(in, bytes, sizeof bytes);
		if (r < 0 && errno != EINTR)
			rc = trouble(e, from);
		for (ssize_t done = 0; rc == OK && done < r;) {
			ssize_t w = write(out, bytes + done, (size_t)(r - done));
			if (w < 0 && errno != EINTR)
				rc = trouble(e, to);
			done += w > 0 ? w : 0;
		}
		n += r > 0 ? r : 0;
	}
	if (rc == OK && fsync(out) != 0)
		rc = trouble(e, to);
	if (out >= 0)
		close(out);
	close(in);
	if (rc == OK)
		*bytes_n = n;
	return rc;
}

struct pair {
	char from[PATH_N], to[PATH_N];
	size_t from_n, to_n; /* of the folders, with the slash */
};

static const char *name_in(struct pair *p, const char *name)
{
	snprintf(p->from + p->from_n, PATH_N - p->from_n, "%s", name);
	snprintf(p->to + p->to_n, PATH_N - p->to_n, "%s", name);
	return name;
}

static int64_t size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

/* What the copied manifest names. *moved: something was replaced meanwhile. */
static enum err_code copy_named(struct pair *p, bool *moved, struct err *e)
{
	char line[256], name[64];
	uint64_t journal = 1;
	int64_t n, last = -1;
	name_in(p, "MANIFEST");
	FILE *f = fopen(p->to, "r");
	enum err_code rc = f ? OK : trouble(e, p->to);
	while (rc == OK && !*moved && fgets(line, sizeof line, f)) {
		if (sscanf(line, "first_journal %" SCNu64, &journal) == 1 || sscanf(line, "segment %63s", name) != 1)
			continue;
		rc = copy_file((name_in(p, name), p->from), p->to, &n, e);
		*moved = rc == OK && n < 0;
	}
	if (f)
		fclose(f);
	char before[PATH_N] = "";
	for (uint64_t no = journal; rc == OK && !*moved; no++) {
		snprintf(name, sizeof name, "journal-%" PRIu64 ".log", no);
		name_in(p, name);
		rc = copy_file(p->from, p->to, &n, e);
		if (rc != OK || n < 0)
			break;
		*moved = before[0] && size_of(before) != last; /* it went on growing behind what was copied */
		last = n;
		memcpy(before, p->from, sizeof before);
	}
	return rc;
}

static bool same_manifest(struct pair *p)
{
	char x[1 << 12], y[1 << 12];
	name_in(p, "MANIFEST");
	FILE *a = fopen(p->from, "r"), *b = fopen(p->to, "r");
	bool same = a && b;
	for (size_t n = 1; same && n > 0;) {
		n = fread(x, 1, sizeof x, a);
		same = fread(y, 1, sizeof y, b) == n && memcmp(x, y, n) == 0;
	}
	if (a)
		fclose(a);
	if (b)
		fclose(b);
	return same;
}

/* The copy is opened as it would be after a restore, and everything in it read. */
static enum err_code check_copy(struct pair *p, struct err *e)
{
	struct visits *v = NULL;
	p->to[p->to_n - 1] = 0;
	enum err_code rc = visits_open(&v, &(struct visits_options){.folder = p->to}, e);
	if (rc == OK)
		rc = visits_verify(v, e);
	visits_close(&v);
	p->to[p->to_n - 1] = '/';
	return rc;
}

static void empty(struct pair *p)
{
	p->to[p->to_n] = 0;
	DIR *d = opendir(p->to);
	for (struct dirent *x; d && (x = readdir(d));)
		if (x->d_name[0] != '.')
			unlinkat(dirfd(d), x->d_name, 0);
	if (d)
		closedir(d);
}

static enum err_code copy_county(struct pair *p, struct err *e)
{
	enum err_code rc = OK;
	for (int i = 0; rc == OK && i < TRIES; i++) {
		int64_t n;
		bool moved = false;
		empty(p);
		name_in(p, "MANIFEST");
		rc = copy_file(p->from, p->to, &n, e);
		if (rc == OK && n < 0)
			return OK; /* nothing was ever stored */
		if (rc == OK)
			rc = copy_named(p, &moved, e);
		if (rc == OK && (moved || !same_manifest(p)))
			continue;
		if (rc == OK)
			rc = copy_file((name_in(p, "ids"), p->from), p->to, &n, e);
		return rc == OK ? check_copy(p, e) : rc;
	}
	p->from[p->from_n] = 0;
	return rc != OK ? rc : err_set(e, ERR_BUSY, p->from, "the visit store changes faster than it can be copied; try again");
}

enum err_code backup_visits(const struct folder *f, const char *to, struct err *e)
{
	DIR *d = opendir(f->visits);
	if (!d)
		return errno == ENOENT ? OK : trouble(e, f->visits);
	struct pair *p = calloc(1, sizeof *p);
	enum err_code rc = p ? OK : err_set(e, ERR_MEMORY, "", "no memory to copy the visit stores");
	char root[PATH_N];
	if (rc == OK && snprintf(root, sizeof root, "%s/visits", to) >= (int)sizeof root - 64)
		rc = err_set(e, ERR_FILE, to, "the path is too long");
	if (rc == OK && mkdir(root, 0700) != 0)
		rc = trouble(e, root);
	for (struct dirent *x; rc == OK && (x = readdir(d));) {
		int64_t county;
		if (!str_to_i64(str_of(x->d_name), &county))
			continue;
		p->from_n = (size_t)snprintf(p->from, PATH_N, "%s/%s/", f->visits, x->d_name);
		p->to_n = (size_t)snprintf(p->to, PATH_N, "%s/%s/", root, x->d_name);
		CHECK(p->from_n < PATH_N - 64 && p->to_n < PATH_N - 64);
		if (mkdir(p->to, 0700) != 0)
			rc = trouble(e, p->to);
		else
			rc = copy_county(p, e);
	}
	closedir(d);
	free(p);
	return rc;
}
