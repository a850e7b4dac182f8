/* SPDX-License-Identifier: Apache-2.0
 *
 * writer.h - the one thread that appends. Others hand in submissions; the writer takes everything that waits, appends
 * it as one group (group commit) and tells each owner after the group is durable.
 */
#ifndef SUSHUI_LEDGER_WRITER_H
#define SUSHUI_LEDGER_WRITER_H

#include "ledger/ledger.h"

#define WRITER_GROUP_MAX 4096 /* facts in one group */

struct writer;

/* A hand-in. The owner keeps it alive until done is called (on the writer's thread; it must be quick). */
struct writer_job {
	struct submission sub;
	/* NULL, or called on the writer's thread just before the group is appended: the last moment to see what sub.who may now. */
	void (*begin)(struct writer_job *job);
	void (*done)(struct writer_job *job);
	void *ctx;
	struct writer_job *next; /* the writer's own */
};

/* Starts the thread; it takes over l (closes it at the end). after_group (may be NULL) is called after each group with the number
 * of facts kept, when all its jobs are done: the place to wake the network once. */
enum err_code writer_start(struct writer **out, struct ledger *l, void (*after_group)(void *ctx, size_t facts_n), void *ctx,
			   struct err *e);
/* ERR_BUSY when more than queue_max facts wait already; the job is then not taken. Any thread. */
enum err_code writer_submit(struct writer *w, struct writer_job *job, struct err *e);
/* Appends what waits, stops the thread, closes the ledger. */
void writer_stop(struct writer **w);

struct writer_stats {
	uint64_t facts_n, groups_n, refused_n, duplicates_n, faults_n;
	uint64_t waiting_n;    /* facts in the queue now */
	uint64_t last_group_us; /* time of the last commit */
	bool read_only;        /* the last group failed on a fault */
};
void writer_stats(struct writer *w, struct writer_stats *out);

#endif
