/* SPDX-License-Identifier: Apache-2.0
 *
 * store.h - the inside of the visit store and of its views (private to src/trace).
 *
 * Locks, always taken in this order: `upkeep` (one sealing, load or drop at a time), `journal` (appends reach
 * the disk in the order in which they are applied), `state` (the lists below; held for microseconds, never
 * while waiting for the disk).
 */
#ifndef SUSHUI_TRACE_STORE_H
#define SUSHUI_TRACE_STORE_H

#include <pthread.h>

#include "trace/segment.h"

/* Which records of a segment were removed since it was built. Immutable: a removal makes a new one. */
struct dead {
	atomic_int refs;
	uint32_t n;
	uint64_t *place;  /* one bit a record in place order */
	uint64_t *person; /* the same visits in person order; part of one allocation */
};

struct part {
	struct segment *g;
	struct dead *dead; /* NULL = none */
};

struct visits_view {
	atomic_int refs;
	uint32_t persons_n, places_n; /* bounds of the ids that can occur */
	uint64_t visits_n;
	uint32_t parts_n;
	struct part part[]; /* in order of t_base */
};

struct parts {
	struct part *p;
	size_t n, cap_n;
};

struct visits {
	pthread_mutex_t upkeep, journal, state;
	char *folder; /* NULL = memory only */
	bool skip_checksums, no_sync;
	void (*step)(void *ctx, const char *name);
	void *step_ctx;
	int lock_fd, journal_fd;
	uint64_t journal_no;    /* number of the journal being written */
	uint64_t journal_first; /* oldest one whose contents are not sealed */
	uint64_t generation;    /* makes file names that were never used */
	bool broken;            /* a write or sync failed: nothing is acknowledged any more */
	uint32_t rebuilt_n;
	/* guarded by `state` */
	struct parts sealed, runs;
	size_t runs_frozen; /* so many of the oldest runs are being sealed: views must not merge them */
	struct visit *pending; /* added, not in a run yet; each is new to sealed and runs */
	size_t pending_n, pending_cap_n;
	uint32_t drop_cut; /* visits that begin earlier are not taken */
	struct visits_view *current; /* made for the last caller; NULL when something changed since */
};

static inline bool dead_at(const uint64_t *bits, uint32_t i)
{
	return bits && bits[i >> 6] >> (i & 63) & 1;
}

void dead_unref(struct dead **d);
/* A copy of d (or none) with one more visit dead. NULL when memory is out. */
struct dead *dead_with(const struct dead *d, const struct segment *g, uint32_t place_at, uint32_t person_at);
struct part part_ref(struct part p);
void part_unref(struct part *p);
bool parts_push(struct parts *list, struct part p); /* takes over p's references; false when memory is out */
void parts_clear(struct parts *list);
/* Appends the live visits of p to out (room for all); returns how many. */
size_t part_read(struct part p, struct visit *out);
/* Marks v dead where it lives in the list; with only_assumed, only when its leaving time was assumed. Returns
 * 1 when found, 0 when not, -1 without memory. The cached view must have been forgotten. */
int parts_kill(struct parts *list, const struct visit *v, bool only_assumed);
/* Kills in `into` what died in `now` since `then` was captured (the same segment). False when memory is
 * out. */
bool store_carry_dead(const struct part *now, const struct part *then, struct parts *into);
/* Finds a live v: its flags in *flags. */
bool parts_has(const struct parts *list, const struct visit *v, uint32_t *flags);

/* state lock held: turns pending visits into a run, merging small runs. */
enum err_code store_flush(struct visits *v, struct err *e);
/* state lock held: applies one call (removals, then additions) to the lists. */
enum err_code store_apply(struct visits *v, const struct visit *gone, size_t gone_n, const struct visit *come,
			  size_t come_n, struct err *e);
void store_changed(struct visits *v); /* state lock held: forget the cached view */

/* visits_disk.c */
void store_step(struct visits *v, const char *name);
enum err_code disk_open(struct visits *v,
			struct err *e); /* locks the folder, reads manifest, segments, journals */
void disk_close(struct visits *v);
enum err_code disk_append(struct visits *v, const struct visit *gone, size_t gone_n, const struct visit *come,
			  size_t come_n, struct err *e);    /* journal lock held */
enum err_code disk_rotate(struct visits *v, struct err *e); /* journal lock held: begins a new journal */
/* Writes a built segment under a new name and returns it mapped. */
enum err_code disk_write_segment(struct visits *v, struct segment **g, uint64_t generation, struct err *e);
/* Makes this list of segments the truth. */
enum err_code disk_write_manifest(struct visits *v, const struct parts *sealed, uint64_t first_journal,
				  uint32_t drop_cut, struct err *e);
/* Deletes journals below `first_journal` and, if any, the named segments. Errors are left for the next
 * opening. */
void disk_delete_old(struct visits *v, uint64_t from_journal, uint64_t first_journal,
		     const struct parts *gone);

/* Rewrites the day segments: takes in the runs, `extra`, and leaves out dead visits. */
enum err_code store_rewrite(struct visits *v, const struct visit *extra, size_t extra_n, int threads,
			    struct err *e);

#endif
