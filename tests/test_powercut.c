/* SPDX-License-Identifier: Apache-2.0
 * Nothing acknowledged is lost: power cuts at random writes and syncs, and every single write or sync
 * failing, on the SQLite store. The control with a disk that lies must lose data, or the harness sees
 * nothing. */
#include "cm.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/sys.h"
#include "powercut.h"
#include "sql.gen.h"
#include "testdb.h"

#define NAME "county.db"
#define ROW_TEXT_N 400

/* What stands outside the disk: the books of the client that was told "done". Row keys are 1, 2, 3, ... */
struct ledger {
	int64_t acknowledged; /* last key of an acknowledged commit */
	int64_t attempted;    /* last key of a commit that was tried */
};

static enum err_code open_store(struct db **db, enum db_mode mode, struct err *e)
{
	return db_open(db, NAME, mode, "powercut", e);
}

static struct db *open_well(enum db_mode mode)
{
	struct err e;
	struct db *db = NULL;
	testdb_ok(open_store(&db, mode, &e), &e);
	return db;
}

static enum err_code insert(struct db *db, int64_t k, struct err *e)
{
	char text[ROW_TEXT_N];
	memset(text, 'a' + (int)(k % 26), sizeof text);
	struct id id = ID_NONE;
	uint64_t scattered =
		(uint64_t)k * UINT64_C(0x9E3779B97F4A7C15); /* the index on id is written at random places */
	memcpy(id.b, &scattered, sizeof scattered);
	return db_run(db, &SQL_test_store_insert,
		      PARAMS(V_INT(k), V_ID(&id), V_INT(k * 7), V_NULL,
			     V_TEXT(((struct str){text, sizeof text})), V_NULL),
		      e);
}

static enum err_code commit_group(struct db *db, int64_t first, int n, struct err *e)
{
	enum err_code rc = db_begin(db, e);
	if (rc != OK)
		return rc;
	for (int i = 0; i < n; i++)
		(void)insert(db, first + i, NULL);
	return db_commit(db, e);
}

/* Compares the disk with the ledger: the number of acknowledged rows that are not there; -1 when the file
 * cannot be read, is damaged, or holds what nobody wrote. A commit that was tried and not acknowledged may be
 * there whole or not at all; what is there becomes the ledger. */
static int64_t missing(struct ledger *l)
{
	struct db *db = NULL;
	struct err e;
	int64_t bad = 1, rows = 0, last = 0, wrong = 1;
	enum err_code rc = open_store(&db, DB_WRITER, &e);
	if (rc == OK)
		rc = db_one(db, &SQL_test_store_integrity, NO_PARAMS, 1, &bad, &e);
	if (rc == OK)
		rc = db_one(db, &SQL_test_store_count, NO_PARAMS, -1, &rows, &e);
	if (rc == OK)
		rc = db_one(db, &SQL_test_store_max, NO_PARAMS, 0, &last, &e);
	if (rc == OK)
		rc = db_one(db, &SQL_test_store_wrong, NO_PARAMS, -1, &wrong, &e);
	db_close(&db);
	if (rc != OK || bad != 0 || wrong != 0 || rows != last || last > l->attempted)
		return -1;
	if (last > l->acknowledged && last != l->attempted)
		return -1; /* half a group */
	int64_t lost = last < l->acknowledged ? l->acknowledged - last : 0;
	l->acknowledged = l->attempted = last;
	return lost;
}

static void fresh(uint64_t seed, struct ledger *l)
{
	struct err e;
	powercut_reset(seed);
	*l = (struct ledger){0, 0};
	struct db *db = open_well(DB_WRITER);
	testdb_script(db, &SQL_test_store_schema);
	for (int g = 0; g < 3; g++) {
		testdb_ok(commit_group(db, l->acknowledged + 1, 5, &e), &e);
		l->acknowledged = l->attempted += 5;
	}
	db_close(&db);
}

/* Commits groups until the power goes: some long, some single, checkpoints between them, now and then with a
 * reader that holds a view. */
static int write_until_dark(struct dice *d, struct ledger *l)
{
	struct err e;
	struct db *w = NULL, *r = NULL;
	int commits = 0;
	powercut_at(1 + (int64_t)dice_below(d, 160));
	enum err_code rc = open_store(&w, DB_WRITER, &e);
	while (rc == OK) {
		int n = dice_below(d, 2) ? 1 : 1 + (int)dice_below(d, 30);
		l->attempted = l->acknowledged + n;
		rc = commit_group(w, l->acknowledged + 1, n, &e);
		if (rc != OK)
			break;
		l->acknowledged = l->attempted;
		commits++;
		if (!r && dice_below(d, 8) == 0 && open_store(&r, DB_READER, &e) == OK) {
			int64_t rows;
			if (db_begin(r, &e) == OK)
				(void)db_one(r, &SQL_test_store_count, NO_PARAMS, 0, &rows, &e);
		} else if (r && dice_below(d, 4) == 0) {
			db_close(&r);
		}
		if (dice_below(d, 6) == 0)
			db_checkpoint(w, dice_below(d, 3) == 0);
	}
	if (w)
		assert_true(db_broken(w));
	db_close(&r);
	db_close(&w);
	return commits;
}

/* SUSHUI_POWERCUTS=100000 for a long night. */
static int cuts_wanted(int usual)
{
	const char *more = getenv("SUSHUI_POWERCUTS");
	return more ? atoi(more) : usual;
}

struct outcome {
	int cuts, lost_cuts, damaged, commits;
	int64_t lost;
};

static struct outcome cut_many(int cuts, uint64_t seed, bool lie)
{
	struct outcome o = {0};
	struct dice d;
	struct ledger l;
	dice_init(&d, seed);
	bool renew = true;
	for (; o.cuts < cuts; o.cuts++) {
		if (renew || o.cuts % 20 == 0)
			fresh(dice_u64(&d), &l);
		powercut_lie(lie);
		o.commits += write_until_dark(&d, &l);
		powercut_restart();
		powercut_lie(false);
		int64_t lost = missing(&l);
		renew = lost != 0;
		o.damaged += lost < 0;
		o.lost_cuts += lost > 0;
		o.lost += lost > 0 ? lost : 0;
		if (lost != 0 && !lie)
			print_message("seed %llu cut %d: %lld\n", (unsigned long long)seed, o.cuts,
				      (long long)lost);
	}
	print_message("%d cuts, %d commits acknowledged, %lld rows lost in %d cuts, %d files damaged\n",
		      o.cuts, o.commits, (long long)o.lost, o.lost_cuts, o.damaged);
	powercut_done();
	return o;
}

static void power_cuts_lose_nothing(void **state)
{
	(void)state;
	struct outcome o = cut_many(cuts_wanted(5000), 20221120, false);
	assert_int_equal(o.lost, 0);
	assert_int_equal(o.damaged, 0);
	assert_true(o.commits > 3 * o.cuts); /* there was something to lose */
}

static void lying_disk_loses(void **state)
{
	(void)state;
	struct outcome o = cut_many(60, 7, true);
	assert_true(o.lost_cuts + o.damaged > 10);
}

/* --- the n-th write or sync fails ------------------------------------------------------------------ */

enum step { STEP_COMMIT, STEP_CHECKPOINT, STEP_REOPEN, STEP__N };
static const char *const step_names[] = {"commit", "checkpoint", "reopen"};

/* Leaves a log beside the file that the next writer must copy back: a reader outlives the writer. */
static void leave_a_log(struct db **w)
{
	struct db *r = open_well(DB_READER);
	db_close(w);
	db_close(&r);
}

static void add_rows(struct db *w, struct ledger *l)
{
	struct err e;
	testdb_ok(commit_group(w, l->acknowledged + 1, 20, &e), &e);
	l->acknowledged = l->attempted += 20;
}

/* Does one step while the n-th write or sync fails. */
static void strike(enum step step, struct ledger *l, enum powercut_what what, int64_t n,
		   enum powercut_how how, bool lasting)
{
	struct err e;
	enum err_code rc;
	struct db *w = open_well(DB_WRITER);
	if (step != STEP_COMMIT)
		add_rows(w, l);
	if (step == STEP_REOPEN)
		leave_a_log(&w);
	powercut_fail(what, n, how, lasting);
	switch (step) {
	case STEP_REOPEN:
		rc = open_store(&w, DB_WRITER, &e);
		assert_int_equal(rc, powercut_struck() ? ERR_DISK : OK);
		db_close(&w);
		return;
	case STEP_CHECKPOINT:
		db_checkpoint(w, true);
		break;
	case STEP_COMMIT:
		l->attempted = l->acknowledged + 20;
		rc = commit_group(w, l->acknowledged + 1, 20, &e);
		assert_int_equal(rc, powercut_struck() ? ERR_DISK : OK); /* no false acknowledgement */
		if (rc == OK)
			l->acknowledged = l->attempted;
		break;
	case STEP__N:
		break;
	}
	assert_true(db_broken(w) == powercut_struck());
	if (db_broken(w)) { /* and it stays so, though the disk may be well again */
		assert_int_equal(commit_group(w, 900000, 1, &e), ERR_DISK);
		db_checkpoint(w, true);
	}
	db_close(&w);
}

/* After the fault the disk is well again; the store is opened, takes another group, and then the power goes.
 */
static void recover(struct ledger *l, bool keep_log, const char *where, int64_t n)
{
	struct err e;
	powercut_fail(POWERCUT_WRITES, 0, POWERCUT_EIO, false);
	struct db *w = open_well(DB_WRITER);
	int64_t rows = -1;
	testdb_ok(db_one(w, &SQL_test_store_count, NO_PARAMS, -1, &rows, &e), &e);
	if (rows != l->acknowledged && rows != l->attempted)
		fail_msg("%s %lld: %lld rows, %lld acknowledged", where, (long long)n, (long long)rows,
			 (long long)l->acknowledged);
	l->acknowledged = rows;
	l->attempted = rows + 3;
	testdb_ok(commit_group(w, rows + 1, 3, &e), &e);
	l->acknowledged = l->attempted;
	if (!keep_log)
		db_checkpoint(w, true);
	powercut_now();
	db_close(&w);
	powercut_restart();
	int64_t lost = missing(l);
	if (lost != 0)
		fail_msg("%s %lld: %lld rows lost or file damaged", where, (long long)n, (long long)lost);
}

static void every_failing_write_and_sync(void **state)
{
	(void)state;
	static const struct {
		enum powercut_what what;
		enum powercut_how how;
		const char *name;
	} faults[] = {
		{POWERCUT_WRITES, POWERCUT_EIO, "write EIO"},
		{POWERCUT_WRITES, POWERCUT_ENOSPC, "write ENOSPC"},
		{POWERCUT_WRITES, POWERCUT_SHORT, "short write"},
		{POWERCUT_SYNCS, POWERCUT_EIO, "sync EIO"},
	};
	int points = 0;
	for (int variant = 0; variant < STEP__N * (int)ARRAY_N(faults) * 4; variant++) {
		enum step step = (enum step)(variant % STEP__N);
		int f = variant / STEP__N % (int)ARRAY_N(faults),
		    rest = variant / STEP__N / (int)ARRAY_N(faults);
		bool lasting = rest & 1, keep_log = rest & 2;
		char where[80];
		snprintf(where, sizeof where, "%s, %s%s", step_names[step], lasting ? "lasting " : "",
			 faults[f].name);
		int64_t n = 1;
		for (bool struck = true; struck; n++) {
			struct ledger l;
			fresh((uint64_t)n, &l);
			strike(step, &l, faults[f].what, n, faults[f].how, lasting);
			struck = powercut_struck();
			recover(&l, keep_log, where, n);
			points += struck;
		}
		if (n <= 2)
			fail_msg("%s: the fault never struck", where);
	}
	print_message("%d points of failure\n", points);
	assert_true(points > 200);
	powercut_done();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_cuts_lose_nothing),
		cmocka_unit_test(lying_disk_loses),
		cmocka_unit_test(every_failing_write_and_sync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
