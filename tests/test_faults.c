/* SPDX-License-Identifier: Apache-2.0
 *
 * The append path on a disk that fails: power cuts (nothing acknowledged is lost; a disk that lies about syncing must lose), every
 * write and every sync failing in turn (no false acknowledgement, and the ledger recovers by itself), and every allocation
 * failing in turn (nothing half done).
 *
 * SUSHUI_CUTS sets how many power cuts (300).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cm.h"
#include "ledger/keyring.h"
#include "powercut.h"
#include "sql.gen.h"
#include "world.h"

/* ---- allocations that fail -------------------------------------------------------------------------------------- */

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
#define CAN_FAIL_ALLOCATIONS 1
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
static int64_t fail_in; /* the n-th allocation from now fails, 0 = none */
static bool fail_all;   /* and all after it */
static int64_t allocations;

static bool out_of_memory(void)
{
	allocations++;
	if (fail_in > 0 && --fail_in == 0) {
		fail_in = fail_all ? 1 : 0;
		errno = ENOMEM;
		return true;
	}
	return false;
}

void *malloc(size_t n)
{
	return out_of_memory() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return out_of_memory() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return out_of_memory() ? NULL : __libc_realloc(p, n);
}
#endif

/* ---- groups of facts ---------------------------------------------------------------------------------------------- */

#define GROUP 6

struct acked {
	struct id id;
	int64_t at;
};
static struct acked acked[20000];
static size_t acked_n;

struct group {
	struct str text[GROUP];
	struct fact f[GROUP];
	struct verdict v[GROUP];
	struct submission sub;
};

static void group_text(struct world *w, struct group *g, int number)
{
	for (int i = 0; i < GROUP; i++) {
		int n = number * GROUP + i;
		if (i == 0)
			g->text[i] = world_fact(w, "people.person_registered", VILLAGE_A, NOW, "{'person':'%s','household':'%s','name':'N%d'}",
						NAME("person", n), NAME("household", n % 9), n);
		else if (i == 1)
			g->text[i] = world_fact(w, "testing.tube_opened", VILLAGE_A, NOW, "{'tube':'%s','code':'T','campaign':'%s','round':1,'pool_size':10}",
						NAME("tube", n), NAME("campaign", 1));
		else
			g->text[i] = world_fact(w, "testing.swab_taken", VILLAGE_A, NOW + i, "{'person':'%s','tube':'%s','campaign':'%s','round':1}",
						NAME("person", n - i), NAME("tube", number * GROUP + 1), NAME("campaign", 1));
	}
}

static void group_decode(struct world *w, struct group *g)
{
	struct err e = {0};
	for (size_t i = 0; i < GROUP; i++) {
		const struct json *j;
		testdb_ok(json_read(&w->a, g->text[i], &j, &e), &e);
		testdb_ok(fact_decode(&w->a, j, &g->f[i], &e), &e);
		g->v[i] = (struct verdict){0};
	}
	g->sub = (struct submission){.who = actor_machine(), .facts = g->f, .verdicts = g->v, .n = GROUP};
}

static enum err_code group_append(struct world *w, struct group *g)
{
	struct err e = {0};
	group_decode(w, g);
	enum err_code rc = ledger_append(w->l, &g->sub, 1, &e);
	for (size_t i = 0; i < GROUP; i++) {
		if (rc == OK && g->v[i].code != OK)
			fail_msg("refused: %s %s", err_name(g->v[i].code), g->v[i].err.what);
		if (rc != OK && g->v[i].code == OK)
			fail_msg("acknowledged by a group that failed (%s)", err_name(rc));
		if (rc == OK && acked_n < ARRAY_N(acked))
			acked[acked_n++] = (struct acked){g->f[i].id, g->f[i].at};
	}
	return rc;
}

/* How many of the acknowledged facts are not there. */
static size_t lost(struct world *w)
{
	size_t n = 0;
	struct err e = {0};
	for (size_t i = 0; i < acked_n; i++) {
		int64_t seq;
		testdb_ok(db_one(ledger_db(w->l), &SQL_ledger_fact_get, PARAMS(V_INT(COUNTY), V_ID(&acked[i].id)), 0, &seq, &e), &e);
		n += seq == 0;
	}
	return n;
}

/* A world on the disk in memory. */
static struct ledger_options cut_options(struct world *w)
{
	struct ledger_options o = world_options(w);
	o.vfs = "powercut";
	return o;
}

static void cut_world(struct world *w, uint64_t seed)
{
	struct err e = {0};
	acked_n = 0;
	powercut_reset(seed);
	*w = (struct world){.county = COUNTY, .t = {.engine = DB_SQLITE}};
	snprintf(w->t.url, sizeof w->t.url, "facts.db");
	snprintf(w->dir, sizeof w->dir, "%s/sushui-cut.XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->keyring, sizeof w->keyring, "%s/keyring", w->dir);
	sys_sim_init(&w->sim, seed, NOW);
	arena_init(&w->a, 0);
	struct ledger_options o = cut_options(w);
	testdb_ok(keyring_create(w->keyring, &w->sim.sys, &e), &e);
	testdb_ok(ledger_create(&o, &e), &e);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
	world_admin(w);
}

static void cut_world_done(struct world *w)
{
	char command[160];
	ledger_close(&w->l);
	arena_done(&w->a);
	snprintf(command, sizeof command, "rm -rf '%s'", w->dir);
	assert_int_equal(system(command), 0);
}

/* ---- power cuts -------------------------------------------------------------------------------------------------------- */

/* One cut under load. *gone: facts that were acknowledged and are not there; false when the database cannot be opened. */
static bool one_cut(struct world *w, struct dice *d, int *number, size_t *gone)
{
	struct err e = {0};
	struct ledger_options o = cut_options(w);
	struct verify_report r;
	struct group g;
	arena_reset(&w->a);
	powercut_at(1 + (int64_t)dice_below(d, 700));
	for (int i = 0; i < 60; i++) {
		group_text(w, &g, (*number)++);
		if (group_append(w, &g) != OK)
			break;
		ledger_idle(w->l);
	}
	powercut_now();
	ledger_close(&w->l);
	powercut_restart();
	if (ledger_open(&w->l, &o, &e) != OK)
		return false;
	if (ledger_verify(ledger_db(w->l), (struct progress){0}, &r, &e) != OK)
		return false;
	*gone = lost(w);
	return true;
}

static void power_cuts(void **state)
{
	(void)state;
	const char *text = getenv("SUSHUI_CUTS");
	int64_t want = 300;
	if (text && !str_to_i64(str_of(text), &want))
		fail_msg("SUSHUI_CUTS is no number");
	struct dice d;
	size_t total = 0;
	dice_init(&d, 9);
	for (int64_t k = 0; k < want;) {
		struct world w;
		int number = 1;
		cut_world(&w, (uint64_t)k + 1);
		for (int b = 0; b < 10 && k < want; b++, k++) {
			size_t gone = 0;
			if (!one_cut(&w, &d, &number, &gone))
				fail_msg("cut %lld: the ledger cannot be read", (long long)k);
			if (gone)
				fail_msg("cut %lld: %zu of %zu acknowledged facts are lost", (long long)k, gone, acked_n);
		}
		world_rebuilt_same(&w, (uint64_t)k);
		total += acked_n;
		cut_world_done(&w);
	}
	print_message("%lld power cuts, %zu facts acknowledged, none lost\n", (long long)want, total);
	assert_true(total > (size_t)want);
}

/* The control: on a disk that only says it syncs, acknowledged facts must be missing, or the test above sees nothing. */
static void lying_disk(void **state)
{
	(void)state;
	struct dice d;
	int lost_n = 0, unreadable_n = 0;
	dice_init(&d, 10);
	for (uint64_t k = 0; k < 20; k++) {
		struct world w;
		int number = 1;
		size_t gone = 0;
		cut_world(&w, k + 1);
		powercut_lie(true);
		if (!one_cut(&w, &d, &number, &gone))
			unreadable_n++;
		else
			lost_n += gone > 0;
		powercut_lie(false);
		cut_world_done(&w);
	}
	print_message("a lying disk: %d of 20 unreadable, %d with facts missing\n", unreadable_n, lost_n);
	assert_true(lost_n + unreadable_n > 10);
}

/* ---- each write and each sync fails ------------------------------------------------------------------------------------- */

static size_t sweep(enum powercut_what what, enum powercut_how how, bool lasting)
{
	struct world w;
	struct err e = {0};
	struct ledger_options o;
	struct verify_report r;
	size_t points = 0, refused = 0;
	cut_world(&w, 3);
	o = cut_options(&w);
	int number = 1;
	for (int64_t n = 1; n < 200; n++) {
		struct group g;
		arena_reset(&w.a);
		group_text(&w, &g, number++);
		powercut_fail(what, n, how, lasting);
		enum err_code rc = group_append(&w, &g);
		ledger_idle(w.l);
		bool struck = powercut_struck();
		if (rc != OK) {
			refused++;
			assert_int_equal(err_kind(rc), KIND_FAULT);
		}
		powercut_fail(what, 0, how, false);
		/* the disk is well again: the same group, by the same ledger, without a restart */
		rc = group_append(&w, &g);
		if (rc != OK)
			fail_msg("point %lld: no recovery: %s", (long long)n, err_name(rc));
		testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &r, &e), &e);
		if (n % 8 == 0) { /* and it was the truth */
			powercut_now();
			ledger_close(&w.l);
			powercut_restart();
			testdb_ok(ledger_open(&w.l, &o, &e), &e);
		}
		assert_int_equal(lost(&w), 0);
		assert_int_equal(r.facts_n, 2 + (uint64_t)(number - 1) * GROUP); /* nothing half done, nothing twice */
		if (!struck)
			break;
		points++;
	}
	world_rebuilt_same(&w, 0);
	cut_world_done(&w);
	assert_true(points > 0 && refused > 0);
	return points;
}

static void failing_disk(void **state)
{
	(void)state;
	static const struct {
		enum powercut_what what;
		enum powercut_how how;
		const char *name;
	} kinds[] = {{POWERCUT_WRITES, POWERCUT_EIO, "write: EIO"}, {POWERCUT_WRITES, POWERCUT_ENOSPC, "write: ENOSPC"},
		     {POWERCUT_WRITES, POWERCUT_SHORT, "write: short"}, {POWERCUT_SYNCS, POWERCUT_EIO, "sync: EIO"}};
	for (size_t i = 0; i < ARRAY_N(kinds); i++)
		for (int lasting = 0; lasting < 2; lasting++)
			print_message("%s%s: %zu points, no false acknowledgement, recovered from each\n", kinds[i].name, lasting ? ", lasting" : "",
				      sweep(kinds[i].what, kinds[i].how, lasting));
}

/* The file of the keyring cannot grow: facts with personal parts are refused, and taken when there is room again. */
static void keyring_full(void **state)
{
	(void)state;
	struct world w;
	struct group g;
	struct rlimit old, small;
	assert_true(world_open(&w, DB_SQLITE, 4));
	acked_n = 0;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 4096;
	group_text(&w, &g, 1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	enum err_code rc = group_append(&w, &g);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_not_equal(rc, OK);
	assert_int_equal(err_kind(rc), KIND_FAULT);
	assert_int_equal(acked_n, 0);
	rc = group_append(&w, &g);
	if (rc != OK)
		fail_msg("no recovery: %s", err_name(rc));
	assert_int_equal(lost(&w), 0);
	world_rebuilt_same(&w, 0);
	world_close(&w);
}

/* ---- each allocation fails ------------------------------------------------------------------------------------------------- */

#ifdef CAN_FAIL_ALLOCATIONS
static void failing_memory(void **state)
{
	(void)state;
	struct world w;
	struct err e = {0};
	struct verify_report r;
	struct group g;
	size_t points = 0, stopped = 0, refused = 0, kept = 0;
	assert_true(world_open(&w, DB_SQLITE, 5));
	struct ledger_options o = world_options(&w);
	int number = 1;
	for (int64_t n = 1; n < 100000; n += 1 + n / 40) {
		acked_n = 0;
		arena_reset(&w.a);
		group_text(&w, &g, number++);
		group_decode(&w, &g);
		testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &r, &e), &e);
		uint64_t before = r.facts_n;
		ledger_close(&w.l);
		int fds[2], status;
		assert_int_equal(pipe(fds), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) { /* the arena stops the process when memory is out: that too must leave nothing half done */
			struct {
				enum err_code code;
				bool struck;
			} said;
			if (ledger_open(&w.l, &o, &e) != OK)
				_exit(3);
			fail_all = n % 2;
			fail_in = n;
			said.code = ledger_append(w.l, &g.sub, 1, &e);
			said.struck = fail_in <= 0 || fail_all ? fail_in <= 1 : false;
			fail_in = 0;
			ssize_t written = write(fds[1], &said, sizeof said);
			_exit(written == (ssize_t)sizeof said ? 0 : 4);
		}
		close(fds[1]);
		struct {
			enum err_code code;
			bool struck;
		} said = {ERR_MEMORY, true};
		ssize_t got = read(fds[0], &said, sizeof said);
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFSIGNALED(status))
			assert_int_equal(WTERMSIG(status), SIGABRT); /* never a wild pointer */
		else
			assert_int_equal(WEXITSTATUS(status), 0);
		stopped += got == 0;
		testdb_ok(ledger_open(&w.l, &o, &e), &e);
		testdb_ok(ledger_verify(ledger_db(w.l), (struct progress){0}, &r, &e), &e);
		if (got > 0 && said.code == OK) {
			assert_int_equal(r.facts_n, before + GROUP);
			kept++;
		} else {
			assert_true(r.facts_n == before || r.facts_n == before + GROUP);
			refused++;
		}
		if (got > 0 && !said.struck)
			break;
		points++;
	}
	world_rebuilt_same(&w, 0);
	world_close(&w);
	print_message("%zu points: %zu refused (%zu by stopping), %zu kept all the same; nothing half done\n", points, refused, stopped, kept);
	assert_true(points > 20);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(power_cuts),	cmocka_unit_test(lying_disk), cmocka_unit_test(failing_disk),
		cmocka_unit_test(keyring_full),
#ifdef CAN_FAIL_ALLOCATIONS
		cmocka_unit_test(failing_memory),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
