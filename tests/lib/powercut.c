/* SPDX-License-Identifier: Apache-2.0 */
#include "powercut.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sys.h"

#define FILES_MAX 16
#define SECTOR_N 512
#define SHM_MAX 64 /* regions of 32 KiB */
#define TRUNCATION (-1)

struct bytes {
	char *p;
	int64_t n, cap;
};

struct change {
	char *p; /* NULL for a truncation */
	int64_t at;
	int64_t n; /* TRUNCATION: `at` is the new size */
};

struct file {
	char name[128];
	bool exists;  /* as seen now */
	bool durable; /* survives a cut */
	struct bytes now, disk;
	struct change *changes; /* since the last sync */
	int changes_n, changes_cap;
	int opens;
	/* locks of rollback mode, and the shared memory of WAL mode */
	int shared_n;
	struct handle *reserved;
	char *shm[SHM_MAX];
	int shm_opens;
	int shm_shared[SQLITE_SHM_NLOCK];
	bool shm_exclusive[SQLITE_SHM_NLOCK];
};

struct handle {
	sqlite3_file base;
	struct file *f;
	int lock;
	bool shm;
	unsigned shm_shared, shm_exclusive; /* bit masks of what this handle holds */
};

static struct {
	struct file files[FILES_MAX];
	struct dice dice;
	bool dead, lie;
	int64_t ops, cut_at; /* cut_at 0: never */
	enum powercut_what what;
	enum powercut_how how;
	int64_t fail_in; /* 0: never */
	bool lasting, struck;
} disk;

static void grow(struct bytes *b, int64_t n)
{
	if (n > b->cap) {
		b->cap = n * 2 > 65536 ? n * 2 : 65536;
		b->p = realloc(b->p, (size_t)b->cap);
		CHECK(b->p != NULL);
	}
	if (n > b->n) {
		memset(b->p + b->n, 0, (size_t)(n - b->n));
		b->n = n;
	}
}

static void put(struct bytes *b, int64_t at, const char *p, int64_t n)
{
	grow(b, at + n);
	if (n > 0)
		memcpy(b->p + at, p, (size_t)n);
}

static void apply(struct bytes *b, const struct change *c)
{
	if (c->n != TRUNCATION)
		put(b, c->at, c->p, c->n);
	else if (c->at < b->n)
		b->n = c->at;
}

static void forget_changes(struct file *f)
{
	for (int i = 0; i < f->changes_n; i++)
		free(f->changes[i].p);
	f->changes_n = 0;
}

static void change(struct file *f, int64_t at, const void *p, int64_t n)
{
	if (f->changes_n == f->changes_cap) {
		f->changes_cap = f->changes_cap ? f->changes_cap * 2 : 64;
		f->changes = realloc(f->changes, sizeof *f->changes * (size_t)f->changes_cap);
		CHECK(f->changes != NULL);
	}
	struct change c = {.at = at, .n = n};
	if (n != TRUNCATION) {
		c.p = malloc((size_t)n + 1);
		CHECK(c.p != NULL);
		memcpy(c.p, p, (size_t)n);
	}
	f->changes[f->changes_n++] = c;
	apply(&f->now, &c);
}

/* Some of the unsynced changes reach the disk, in order, some of them torn. */
static void crash(struct file *f)
{
	uint64_t odds = dice_below(&disk.dice, 5); /* 0: none survives; 4: all do */
	for (int i = 0; i < f->changes_n; i++) {
		struct change *c = &f->changes[i];
		if (dice_below(&disk.dice, 4) >= odds)
			continue;
		if (c->n == TRUNCATION || dice_below(&disk.dice, 3) > 0) {
			apply(&f->disk, c);
			continue;
		}
		for (int64_t from = 0, n; from < c->n; from += n) {
			n = SECTOR_N - (c->at + from) % SECTOR_N;
			if (n > c->n - from)
				n = c->n - from;
			if (dice_below(&disk.dice, 2) == 0)
				put(&f->disk, c->at + from, c->p + from, n);
		}
	}
	forget_changes(f);
}

/* --- what the test says ------------------------------------------------------------------------ */

static void free_file(struct file *f)
{
	CHECK(f->opens == 0);
	forget_changes(f);
	free(f->changes);
	free(f->now.p);
	free(f->disk.p);
	*f = (struct file){0};
}

static void install(void);

void powercut_reset(uint64_t seed)
{
	powercut_done();
	dice_init(&disk.dice, seed);
	install();
}

void powercut_done(void)
{
	for (int i = 0; i < FILES_MAX; i++)
		free_file(&disk.files[i]);
	memset(&disk, 0, sizeof disk);
}

int64_t powercut_ops(void)
{
	return disk.ops;
}

void powercut_at(int64_t n)
{
	disk.cut_at = disk.ops + n;
}

void powercut_now(void)
{
	disk.dead = true;
}

void powercut_restart(void)
{
	for (int i = 0; i < FILES_MAX; i++) {
		struct file *f = &disk.files[i];
		CHECK(f->opens == 0);
		if (disk.dead) {
			crash(f);
			f->exists = f->durable;
			if (!f->durable)
				f->disk.n = 0;
			f->now.n = 0;
			put(&f->now, 0, f->disk.p, f->disk.n);
		}
	}
	disk.dead = false;
	disk.ops = disk.cut_at = 0;
}

void powercut_lie(bool lie)
{
	disk.lie = lie;
}

void powercut_fail(enum powercut_what what, int64_t n, enum powercut_how how, bool lasting)
{
	disk.what = what;
	disk.fail_in = n;
	disk.how = how;
	disk.lasting = lasting;
	disk.struck = false;
}

bool powercut_struck(void)
{
	return disk.struck;
}

/* Counts one write or sync. True when it is to fail. */
static bool fails(enum powercut_what what)
{
	if (disk.fail_in == 0 || disk.what != what)
		return false;
	if (disk.fail_in > 1) {
		disk.fail_in--;
		return false;
	}
	disk.struck = true;
	disk.fail_in = disk.lasting ? 1 : 0;
	return true;
}

static bool cut(void)
{
	if (++disk.ops == disk.cut_at)
		disk.dead = true;
	return disk.dead;
}

/* --- sqlite3_io_methods ------------------------------------------------------------------------ */

static struct handle *of(sqlite3_file *f)
{
	return (struct handle *)f;
}

static int pc_read(sqlite3_file *sf, void *out, int n, sqlite3_int64 at)
{
	struct file *f = of(sf)->f;
	if (disk.dead)
		return SQLITE_IOERR_READ;
	int64_t have = at < f->now.n ? f->now.n - at : 0;
	if (have > n)
		have = n;
	if (have > 0)
		memcpy(out, f->now.p + at, (size_t)have);
	memset((char *)out + have, 0, (size_t)(n - have));
	return have == n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int pc_write(sqlite3_file *sf, const void *p, int n, sqlite3_int64 at)
{
	struct file *f = of(sf)->f;
	if (disk.dead)
		return SQLITE_IOERR_WRITE;
	if (fails(POWERCUT_WRITES)) {
		if (disk.how == POWERCUT_SHORT && n > 1)
			change(f, at, p, n / 2);
		return disk.how == POWERCUT_EIO ? SQLITE_IOERR_WRITE : SQLITE_FULL;
	}
	change(f, at, p, n);
	return cut() ? SQLITE_IOERR_WRITE : SQLITE_OK;
}

static int pc_truncate(sqlite3_file *sf, sqlite3_int64 size)
{
	if (disk.dead || fails(POWERCUT_WRITES))
		return SQLITE_IOERR_TRUNCATE;
	change(of(sf)->f, size, NULL, TRUNCATION);
	return cut() ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int pc_sync(sqlite3_file *sf, int flags)
{
	(void)flags;
	struct file *f = of(sf)->f;
	if (disk.dead || cut())
		return SQLITE_IOERR_FSYNC;
	if (fails(POWERCUT_SYNCS)) {
		forget_changes(f); /* still in f->now: reads see what the disk has not */
		return SQLITE_IOERR_FSYNC;
	}
	f->durable = true;
	if (disk.lie)
		return SQLITE_OK;
	for (int i = 0; i < f->changes_n; i++)
		apply(&f->disk, &f->changes[i]);
	forget_changes(f);
	return SQLITE_OK;
}

static int pc_size(sqlite3_file *sf, sqlite3_int64 *out)
{
	*out = of(sf)->f->now.n;
	return disk.dead ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int pc_lock(sqlite3_file *sf, int level)
{
	struct handle *h = of(sf);
	struct file *f = h->f;
	if (h->lock >= level)
		return SQLITE_OK;
	if (f->reserved && f->reserved != h &&
	    (level > SQLITE_LOCK_SHARED || f->reserved->lock >= SQLITE_LOCK_PENDING))
		return SQLITE_BUSY;
	if (level == SQLITE_LOCK_SHARED) {
		f->shared_n++;
	} else {
		f->reserved = h;
		if (level == SQLITE_LOCK_EXCLUSIVE && f->shared_n > 1) {
			h->lock = SQLITE_LOCK_PENDING;
			return SQLITE_BUSY;
		}
	}
	h->lock = level;
	return SQLITE_OK;
}

static int pc_unlock(sqlite3_file *sf, int level)
{
	struct handle *h = of(sf);
	if (h->lock <= level)
		return SQLITE_OK;
	if (h->f->reserved == h)
		h->f->reserved = NULL;
	if (level == SQLITE_LOCK_NONE)
		h->f->shared_n--;
	h->lock = level;
	return SQLITE_OK;
}

static int pc_is_reserved(sqlite3_file *sf, int *out)
{
	*out = of(sf)->f->reserved != NULL;
	return SQLITE_OK;
}

static int pc_control(sqlite3_file *sf, int op, void *arg)
{
	(void)sf;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int pc_sector(sqlite3_file *sf)
{
	(void)sf;
	return 4096;
}

static int pc_characteristics(sqlite3_file *sf)
{
	(void)sf;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the system's VFS says of every disk */
}

static int pc_shm_map(sqlite3_file *sf, int region, int size, int extend, void volatile **out)
{
	struct handle *h = of(sf);
	struct file *f = h->f;
	CHECK(region < SHM_MAX);
	if (!h->shm) {
		h->shm = true;
		f->shm_opens++;
	}
	if (!f->shm[region] && extend) {
		f->shm[region] = calloc(1, (size_t)size);
		CHECK(f->shm[region] != NULL);
	}
	*out = f->shm[region];
	return SQLITE_OK;
}

static int pc_shm_lock(sqlite3_file *sf, int from, int n, int flags)
{
	struct handle *h = of(sf);
	struct file *f = h->f;
	bool lock = flags & SQLITE_SHM_LOCK, exclusive = flags & SQLITE_SHM_EXCLUSIVE;
	for (int i = from; lock && i < from + n; i++) {
		int others = f->shm_shared[i] - (h->shm_shared >> i & 1 ? 1 : 0);
		bool mine = h->shm_exclusive >> i & 1;
		if ((f->shm_exclusive[i] && !mine) || (exclusive && others > 0))
			return SQLITE_BUSY;
	}
	for (int i = from; i < from + n; i++) {
		unsigned bit = 1u << i;
		unsigned *held = exclusive ? &h->shm_exclusive : &h->shm_shared;
		if (((*held & bit) != 0) == lock)
			continue;
		*held ^= bit;
		if (exclusive)
			f->shm_exclusive[i] = lock;
		else
			f->shm_shared[i] += lock ? 1 : -1;
	}
	return SQLITE_OK;
}

static void pc_shm_barrier(sqlite3_file *sf)
{
	(void)sf; /* one thread */
}

static int pc_shm_unmap(sqlite3_file *sf, int delete)
{
	(void)delete;
	struct handle *h = of(sf);
	struct file *f = h->f;
	if (!h->shm)
		return SQLITE_OK;
	pc_shm_lock(sf, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
	pc_shm_lock(sf, 0, SQLITE_SHM_NLOCK, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE);
	h->shm = false;
	if (--f->shm_opens == 0)
		for (int i = 0; i < SHM_MAX; i++) {
			free(f->shm[i]);
			f->shm[i] = NULL;
		}
	return SQLITE_OK;
}

static int pc_close(sqlite3_file *sf)
{
	struct handle *h = of(sf);
	pc_shm_unmap(sf, 0);
	pc_unlock(sf, SQLITE_LOCK_NONE);
	h->f->opens--;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = pc_close,
	.xRead = pc_read,
	.xWrite = pc_write,
	.xTruncate = pc_truncate,
	.xSync = pc_sync,
	.xFileSize = pc_size,
	.xLock = pc_lock,
	.xUnlock = pc_unlock,
	.xCheckReservedLock = pc_is_reserved,
	.xFileControl = pc_control,
	.xSectorSize = pc_sector,
	.xDeviceCharacteristics = pc_characteristics,
	.xShmMap = pc_shm_map,
	.xShmLock = pc_shm_lock,
	.xShmBarrier = pc_shm_barrier,
	.xShmUnmap = pc_shm_unmap,
};

/* --- sqlite3_vfs ------------------------------------------------------------------------------- */

static struct file *find(const char *name, bool make)
{
	for (int i = 0; i < FILES_MAX; i++)
		if (strcmp(disk.files[i].name, name) == 0 && name[0])
			return &disk.files[i];
	for (int i = 0; make && i < FILES_MAX; i++)
		if (!disk.files[i].name[0]) {
			snprintf(disk.files[i].name, sizeof disk.files[i].name, "%s", name);
			return &disk.files[i];
		}
	return NULL;
}

static int pc_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *sf, int flags, int *out_flags)
{
	(void)vfs;
	struct handle *h = of(sf);
	*h = (struct handle){0};
	struct file *f = name && !disk.dead ? find(name, flags & SQLITE_OPEN_CREATE) : NULL;
	if (!f || (!f->exists && !(flags & SQLITE_OPEN_CREATE)))
		return SQLITE_CANTOPEN;
	f->exists = true;
	f->opens++;
	h->f = f;
	h->base.pMethods = &methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

static int pc_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
	(void)vfs;
	(void)sync_folder;
	struct file *f = find(name, false);
	if (disk.dead)
		return SQLITE_IOERR_DELETE;
	if (!f || !f->exists)
		return SQLITE_IOERR_DELETE_NOENT;
	f->exists = f->durable = false;
	f->now.n = f->disk.n = 0;
	forget_changes(f);
	return SQLITE_OK;
}

static int pc_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	(void)vfs;
	(void)flags;
	struct file *f = find(name, false);
	*out = f && f->exists;
	return disk.dead ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int pc_full_name(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	(void)vfs;
	snprintf(out, (size_t)n, "%s", name);
	return SQLITE_OK;
}

static int pc_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us; /* nobody else runs meanwhile */
}

static void install(void)
{
	static sqlite3_vfs vfs;
	if (vfs.zName)
		return;
	sqlite3_vfs *real = sqlite3_vfs_find(NULL);
	vfs = *real; /* time and randomness are the system's */
	vfs.pNext = NULL;
	vfs.iVersion = 2;
	vfs.szOsFile = sizeof(struct handle);
	vfs.mxPathname = 120;
	vfs.zName = "powercut";
	vfs.xOpen = pc_open;
	vfs.xDelete = pc_delete;
	vfs.xAccess = pc_access;
	vfs.xFullPathname = pc_full_name;
	vfs.xSleep = pc_sleep;
	int rc = sqlite3_vfs_register(&vfs, 0);
	CHECK(rc == SQLITE_OK);
}
