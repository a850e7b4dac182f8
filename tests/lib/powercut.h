/* SPDX-License-Identifier: Apache-2.0
 *
 * powercut.h - a disk in memory for SQLite that loses power and fails when told to. It is the VFS named
 * "powercut": db_open(&db, "any name", DB_WRITER, "powercut", &e).
 *
 * Each file has a durable image and a list of the writes and truncations since its last sync. While the power
 * is on, reads see everything. When it is cut, a random part of that list survives, whole or in 512-byte
 * sectors, and every further call fails until powercut_restart. A file that was never synced is gone.
 * Deleting a file is durable at once. All randomness comes from the seed. One disk per process, one thread.
 */
#ifndef SUSHUI_TESTS_POWERCUT_H
#define SUSHUI_TESTS_POWERCUT_H

#include "core/base.h"

/* Empties the disk, repairs it, sets the seed; first registers the VFS. All files must be closed. */
void powercut_reset(uint64_t seed);
/* Writes (truncations included) and syncs since powercut_reset or powercut_restart. */
int64_t powercut_ops(void);
/* Cuts the power at the n-th write or sync from now (1 = the next). A sync that is cut may have done part of
 * its work. */
void powercut_at(int64_t n);
/* Cuts the power now, unless it is out already. */
void powercut_now(void);
/* Power again: what survived is now the disk. Takes back powercut_at. All files must be closed. */
void powercut_restart(void);
/* A disk that says a sync is done and does nothing: the control that must lose data. */
void powercut_lie(bool lie);

enum powercut_how {
	POWERCUT_EIO,    /* nothing is written; a sync loses what it should have made durable, yet reads still
			  * see it and later syncs succeed: what Linux does after a failed write-back */
	POWERCUT_ENOSPC, /* the disk is full: nothing is written; syncs do not fail this way */
	POWERCUT_SHORT,  /* half is written, then the disk is full */
};
enum powercut_what { POWERCUT_WRITES, POWERCUT_SYNCS };
/* The n-th write or sync from now fails (1 = the next); with `lasting`, all later ones too. n = 0: none
 * fails. */
void powercut_fail(enum powercut_what what, int64_t n, enum powercut_how how, bool lasting);
/* True when the fault of the last powercut_fail has struck. */
bool powercut_struck(void);
/* Frees everything. */
void powercut_done(void);

#endif
