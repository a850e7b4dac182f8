/* SPDX-License-Identifier: Apache-2.0
 *
 * visits.h - the visit store: who was at which place from when to when, kept for the look-back of the
 * protocol.
 *
 * It answers nothing itself; trace.h asks questions of a view. A store is a folder: one sealed, immutable,
 * checksummed and memory-mapped segment per calendar day (visits belong to the day on which they begin; stays
 * over 24 hours stand in a segment of their own beside it), a journal of what came since the last sealing,
 * and a manifest that says what counts. Without a folder everything lives in memory. The format is described
 * byte by byte in docs/tracing.md.
 *
 * A store is a *set* of visits: the same (person, place, t_in, t_out) added twice is one visit, and removing
 * it takes it away whoever added it. A correction is the removal of the old stay and the addition of the new
 * one in one call.
 *
 * Persons and places are small integers, given by the caller from 0 upwards; memory of a query grows with the
 * largest. Times are whole seconds since 1970 (UTC), stays are half-open [t_in, t_out).
 *
 * Threads: any number may take views and query them while one or more add, remove, seal or drop; the calls
 * order themselves. A view never changes. The store never deletes a file that a view still reads (the name
 * goes, the pages stay).
 */
#ifndef SUSHUI_TRACE_VISITS_H
#define SUSHUI_TRACE_VISITS_H

#include "core/err.h"

#define VISIT_ID_MAX ((UINT32_C(1) << 30) - 1)  /* largest person or place */
#define VISIT_TIME_MAX UINT32_C(4000000000)     /* largest t_out: 2096-10-02 */
#define VISIT_STAY_MAX ((UINT32_C(1) << 24) - 1)  /* longest stay in seconds: 194 days */

enum visit_flags {
	VISIT_ASSUMED = 1, /* t_out was not observed: the place type's usual stay was put in */
};

struct visit {
	uint32_t person;
	uint32_t place;
	uint32_t t_in;  /* seconds since 1970 */
	uint32_t t_out; /* >= t_in */
	uint32_t flags; /* enum visit_flags; not part of the identity of a visit */
};

struct visits;      /* a store */
struct visits_view; /* its contents at one moment; read by trace.h */

struct visits_options {
	const char *folder;     /* created when absent; NULL = memory only */
	bool skip_checksums; /* open without reading every byte (headers and directories are still checked) */
	bool no_sync;           /* do not wait for the disk: tests and one-off command lines only */
	/* Called before each step that changes the disk, with its name; for crash tests. May be NULL. */
	void (*step)(void *ctx, const char *name);
	void *step_ctx;
};

/* Opens or creates a store. What a crash left behind (half-written files, a torn end of the journal) is
 * cleaned up; a segment of which one half is damaged is rebuilt from the other half. Errors: ERR_FILE,
 * ERR_DISK; ERR_CORRUPT names the file when acknowledged visits are damaged beyond that. Cost: one sequential
 * read of the folder. */
enum err_code visits_open(struct visits **out, const struct visits_options *o, struct err *e);
/* Closes; visits not yet sealed stay in the journal. Views must be released before. Accepts a pointer to
 * NULL. */
void visits_close(struct visits **v);

/* Adds n visits and/or removes n visits. When OK is returned they are on disk and every later view has them.
 * All or none. Refusals: ERR_BAD_VALUE (at = "visit N") when t_out < t_in, a stay is too long, an id or time
 * too large. Removing a visit that is not there does nothing. Cost: about 2 microseconds a visit plus one
 * disk sync a call. */
enum err_code visits_add(struct visits *v, const struct visit *list, size_t n, struct err *e);
enum err_code visits_remove(struct visits *v, const struct visit *list, size_t n, struct err *e);
/* Removes `gone` and adds `come` as one durable step: the correction of a stay. */
enum err_code visits_correct(struct visits *v, const struct visit *gone, size_t gone_n,
			     const struct visit *come, size_t come_n, struct err *e);

/* Adds many visits by building the day segments directly, on `threads` threads; for first loads and imports.
 * Durable and visible when OK is returned, nothing of it otherwise. Memory: about 60 bytes a visit of the
 * largest day. */
enum err_code visits_load(struct visits *v, const struct visit *list, size_t n, int threads, struct err *e);

/* Writes everything still in the journal into day segments, merging with those that exist and leaving out
 * what was removed; then empties the journal. Queries and visits_add go on meanwhile. Call it every few
 * minutes or at night. */
enum err_code visits_seal(struct visits *v, struct err *e);

/* Retention: forgets every visit that began before the calendar day of t. Whole segments are deleted; what is
 * not sealed is filtered. Visits that begin before t and arrive later are not taken. */
enum err_code visits_drop_before(struct visits *v, uint32_t t, struct err *e);

struct visits_stats {
	uint64_t visits_n;   /* live visits */
	uint64_t unsealed_n; /* of these, in the journal only */
	uint64_t disk_bytes; /* segment files */
	uint32_t segments_n; /* sealed segments */
	uint32_t runs_n;     /* sorted runs in memory that are not sealed yet */
	uint32_t rebuilt_n;  /* segments repaired when the store was opened */
	uint32_t persons_n;  /* largest person + 1 */
	uint32_t places_n;   /* largest place + 1 */
};
void visits_stats(struct visits *v, struct visits_stats *out);

/* Reads every segment again and compares checksums, order and the two halves with each other. ERR_CORRUPT
 * names the first bad file. */
enum err_code visits_verify(struct visits *v, struct err *e);

/* The contents at this moment. Never waits for a sealing. ERR_MEMORY. */
enum err_code visits_view(struct visits *v, struct visits_view **out, struct err *e);
void visits_view_release(struct visits_view **view); /* accepts a pointer to NULL, leaves NULL */
/* One view of what two views hold (of two stores, say: a sealed one and what is kept in memory only). The caller sees to it that no
 * visit is in both, for it would count twice. Both stay with the caller. ERR_MEMORY. */
enum err_code visits_view_join(struct visits_view **out, const struct visits_view *a, const struct visits_view *b, struct err *e);
/* Is this very stay there? */
bool visits_view_has(const struct visits_view *view, const struct visit *v);

/* The stays of one person in order of t_in, t_out, place; up to cap of them are written. Returns how many
 * there are. */
size_t visits_of_person(const struct visits_view *view, uint32_t person, struct visit *out, size_t cap);
/* The same for a place, with t_out >= from and t_in <= to, in order of t_in, person, t_out. */
size_t visits_at_place(const struct visits_view *view, uint32_t place, uint32_t from, uint32_t to,
		       struct visit *out, size_t cap);

#endif
