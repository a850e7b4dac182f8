/* SPDX-License-Identifier: Apache-2.0
 *
 * Random histories: rebuilding gives the same tables byte for byte; shuffled and doubled delivery, with restarts in between, gives the
 * same end; SQLite and PostgreSQL give the same tables; the second path of the audit agrees, and finds what was planted.
 *
 * SUSHUI_HISTORIES sets how many histories (1,000), SUSHUI_SEED the first seed, SUSHUI_HISTORIES_PG those on PostgreSQL (100).
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cm.h"
#include "ledger/keyring.h"
#include "sql.gen.h"
#include "story.h"

static uint64_t from_env(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	int64_t v;
	return text && str_to_i64(str_of(text), &v) && v >= 0 ? (uint64_t)v : otherwise;
}

/* ---- a fresh ledger by copying files: cheaper than making tables a thousand times --------------------------------- */

static struct world origin; /* closed; its files are copied */

static void copy_file(const char *from_dir, const char *to_dir, const char *name)
{
	static char block[1 << 20];
	char from[128], to[128];
	snprintf(from, sizeof from, "%s/%s", from_dir, name);
	snprintf(to, sizeof to, "%s/%s", to_dir, name);
	FILE *in = fopen(from, "rb");
	FILE *out = fopen(to, "wb");
	assert_true(in && out);
	for (size_t n; (n = fread(block, 1, sizeof block, in)) > 0;)
		assert_int_equal(fwrite(block, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

static void world_copy(struct world *w, uint64_t seed)
{
	struct err e = {0};
	*w = (struct world){.county = COUNTY};
	assert_true(testdb_new(&w->t, DB_SQLITE));
	snprintf(w->dir, sizeof w->dir, "/dev/shm/sushui-world.XXXXXX");
	if (access("/dev/shm", W_OK) != 0)
		snprintf(w->dir, sizeof w->dir, "/tmp/sushui-world.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->keyring, sizeof w->keyring, "%s/keyring", w->dir);
	copy_file(origin.dir, w->dir, "keyring");
	copy_file(origin.dir, w->dir, "keyring.key");
	copy_file(origin.t.dir, w->t.dir, "test.db");
	sys_sim_init(&w->sim, seed, NOW);
	arena_init(&w->a, 0);
	struct ledger_options o = world_options(w);
	testdb_ok(ledger_open(&w->l, &o, &e), &e);
}

static void unlink_in(const char *dir, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	unlink(path);
}

static void world_drop(struct world *w)
{
	static const char *const names[] = {"keyring", "keyring.key", "keyring-wal", "keyring-shm", "test.db", "test.db-wal", "test.db-shm"};
	ledger_close(&w->l);
	arena_done(&w->a);
	for (size_t i = 0; i < ARRAY_N(names); i++) {
		unlink_in(w->dir, names[i]);
		unlink_in(w->t.dir, names[i]);
	}
	rmdir(w->dir);
	rmdir(w->t.dir);
}

static int make_origin(void **state)
{
	(void)state;
	struct testdb t;
	setenv("TMPDIR", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", 0);
	assert_true(testdb_new(&t, DB_SQLITE));
	world_open_bare(&origin, &t, 1);
	ledger_close(&origin.l);
	return 0;
}

static int drop_origin(void **state)
{
	(void)state;
	world_drop(&origin);
	return 0;
}

/* ---- one history ------------------------------------------------------------------------------------------------------ */

struct trial {
	struct dice dice; /* copied for every attempt, so that shrinking asks the same question */
	enum story_mode mode;
	struct story_plan ordered, shuffled;
	char why[4000]; /* of the last failure */
	size_t facts_n, taken_n;
};

/* Orders are signed on line and judged by what is known at that moment: another order of arrival may refuse them. What follows from
 * those taken in both must still be the same. */
static bool is_order(struct str text)
{
	static const char *const kinds[] = {"\"tracing.contact_classified\"", "\"tracing.contact_released\"", "\"tracing.regimen_reset\"",
					    "\"tracing.appeal_answered\"", "\"homecare.sensor_bound\"" /* not after its end */};
	for (size_t i = 0; i < ARRAY_N(kinds); i++)
		if (memmem(text.p, text.n, kinds[i], strlen(kinds[i])))
			return true;
	return false;
}

/* Says in t->why what differs; false when all is well. */
static bool history_fails(void *ctx, const struct story *s, const bool *keep)
{
	struct trial *t = ctx;
	struct world w;
	struct buf live, rebuilt, other;
	struct err e = {0};
	struct dice d = t->dice;
	enum err_code *codes = calloc(s->n + 1, sizeof *codes), *again = calloc(s->n + 1, sizeof *again);
	bool *taken = calloc(s->n + 1, 1), failed = false;
	assert_true(codes && again && taken);
	buf_init(&live, 0);
	buf_init(&rebuilt, 0);
	buf_init(&other, 0);
	world_copy(&w, s->seed);
	story_deliver(&w, s, t->ordered, keep, codes, &d, t->mode == STORY_ALL);
	t->facts_n = t->taken_n = 0;
	for (size_t i = 0; i < s->n; i++) {
		taken[i] = (!keep || keep[i]) && codes[i] == OK;
		t->facts_n += !keep || keep[i];
		t->taken_n += taken[i];
	}
	world_dump(&w, false, &live);
	if (ledger_rebuild(w.l, (struct progress){0}, &e) != OK) {
		failed = true;
		snprintf(t->why, sizeof t->why, "rebuild: %s %s %s", err_name(e.code), e.at, e.what);
	} else {
		world_dump(&w, false, &rebuilt);
		char diff[3000];
		failed = world_differs(buf_str(&live), buf_str(&rebuilt), diff, sizeof diff);
		if (failed)
			snprintf(t->why, sizeof t->why, "live and rebuilt differ:\n%s", diff);
	}
	struct buf audit;
	buf_init(&audit, 0);
	if (!failed && ledger_audit(w.l, (struct progress){0}, &audit, &e) != OK) {
		failed = true;
		snprintf(t->why, sizeof t->why, "audit: %s %s %s", err_name(e.code), e.at, e.what);
	}
	if (!failed && audit.n > 0) {
		failed = true;
		snprintf(t->why, sizeof t->why, "the audit finds differences:\n%.*s", (int)(audit.n > 3000 ? 3000 : audit.n), audit.p);
	}
	buf_done(&audit);
	if (!failed && t->mode == STORY_ANY_ORDER)
		world_dump(&w, true, &live);
	world_drop(&w);
	if (!failed && t->mode == STORY_ANY_ORDER) {
		char diff[3000];
		world_copy(&w, s->seed + 1);
		story_deliver(&w, s, t->shuffled, taken, again, &d, true);
		bool fewer = false;
		for (size_t i = 0; !failed && i < s->n; i++)
			if (taken[i] && again[i] != OK) {
				if (is_order(s->f[i].text)) {
					taken[i] = false;
					fewer = true;
					continue;
				}
				failed = true;
				snprintf(t->why, sizeof t->why, "taken in one order, refused in another (%s):\n%.*s", err_name(again[i]),
					 STR_ARG(s->f[i].text));
			}
		if (!failed && fewer) {
			world_drop(&w);
			failed = history_fails(ctx, s, taken);
			goto done;
		}
		world_dump(&w, true, &other);
		if (!failed && (failed = world_differs(buf_str(&live), buf_str(&other), diff, sizeof diff)))
			snprintf(t->why, sizeof t->why, "the order of arrival matters:\n%s", diff);
		world_drop(&w);
	}
done:
	buf_done(&live);
	buf_done(&rebuilt);
	buf_done(&other);
	free(codes);
	free(again);
	free(taken);
	return failed;
}

static void check_history(uint64_t seed, enum story_mode mode, size_t *facts, size_t *taken)
{
	struct story s;
	struct dice d;
	struct trial t = {.mode = mode};
	dice_init(&d, seed);
	story_make(&s, seed, mode, 20 + (size_t)dice_below(&d, 180));
	t.ordered = story_in_order(&s);
	t.shuffled = story_shuffled(&s, &d);
	t.dice = d;
	if (history_fails(&t, &s, NULL)) {
		bool *keep = malloc(s.n);
		assert_non_null(keep);
		memset(keep, 1, s.n);
		print_message("%s\n", t.why);
		story_shrink(&s, keep, history_fails, &t);
		history_fails(&t, &s, keep);
		story_print(&s, keep);
		fail_msg("seed %llu: %s", (unsigned long long)seed, t.why);
	}
	*facts += t.facts_n;
	*taken += t.taken_n;
	story_free(&s);
}

static void histories(enum story_mode mode, uint64_t n)
{
	uint64_t seed = from_env("SUSHUI_SEED", 1);
	size_t facts = 0, taken = 0;
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (uint64_t i = 0; i < n; i++)
		check_history(seed + i, mode, &facts, &taken);
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("%llu histories from seed %llu, %zu facts, %zu taken, %.1f s\n", (unsigned long long)n, (unsigned long long)seed, facts,
		      taken, (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
	assert_true(taken * 2 > facts); /* else the generator makes nonsense and the test says nothing */
}

static void any_order(void **state)
{
	(void)state;
	histories(STORY_ANY_ORDER, from_env("SUSHUI_HISTORIES", 1000));
}

static void all_kinds(void **state)
{
	(void)state;
	histories(STORY_ALL, from_env("SUSHUI_HISTORIES", 1000) / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order),
		cmocka_unit_test(all_kinds),
	};
	return cmocka_run_group_tests(tests, make_origin, drop_origin);
}
