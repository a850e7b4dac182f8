/* SPDX-License-Identifier: Apache-2.0
 * The visit store: against a plain list, killed at every step, torn, damaged, and under several threads. */
#include "cm.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/caltime.h"
#include "core/sys.h"
#include "trace/hash.h"
#include "trace/segment.h"
#include "trace/visits.h"

#define T0 UINT32_C(1667232000)

static void must(enum err_code rc, const struct err *e)
{
	if (rc != OK)
		fail_msg("%s at %s: %s", err_name(rc), e->at, e->what);
}

static void clear_folder(const char *folder)
{
	DIR *d = opendir(folder);
	for (struct dirent *x; d && (x = readdir(d));)
		if (x->d_name[0] != '.')
			unlinkat(dirfd(d), x->d_name, 0);
	if (d)
		closedir(d);
}

static int setup(void **state)
{
	assert_int_equal(caltime_zone(STR("Asia/Shanghai"), NULL), OK);
	char *folder = strdup("/tmp/sushui-visits.XXXXXX");
	*state = folder && mkdtemp(folder) ? folder : NULL;
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	clear_folder(*state);
	rmdir(*state);
	free(*state);
	return 0;
}

static struct visits *open_at(const char *folder)
{
	struct visits *v = NULL;
	struct err e;
	must(visits_open(&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e), &e);
	return v;
}

/* --- a plain model ------------------------------------------------------------------------------------- */

#define PERSONS 12
struct model {
	struct visit v[4096];
	size_t n;
};

static int by_all(const void *a, const void *b)
{
	const struct visit *x = a, *y = b;
	const uint32_t l[] = {x->person, x->t_in, x->t_out, x->place},
		       r[] = {y->person, y->t_in, y->t_out, y->place};
	for (int i = 0; i < 4; i++)
		if (l[i] != r[i])
			return l[i] < r[i] ? -1 : 1;
	return 0;
}

static void model_add(struct model *m, struct visit x)
{
	for (size_t i = 0; i < m->n; i++)
		if (by_all(&m->v[i], &x) == 0) {
			m->v[i].flags &= x.flags; /* observed beats assumed */
			return;
		}
	assert_true(m->n < ARRAY_N(m->v));
	m->v[m->n++] = x;
}

static void model_remove(struct model *m, struct visit x)
{
	for (size_t i = 0; i < m->n; i++)
		if (by_all(&m->v[i], &x) == 0)
			m->v[i--] = m->v[--m->n];
}

static size_t read_all(struct visits *v, struct visit *out, size_t cap)
{
	struct visits_view *view;
	struct err e;
	size_t n = 0;
	must(visits_view(v, &view, &e), &e);
	for (uint32_t p = 0; p < 64; p++)
		n += visits_of_person(view, p, out + n, cap - n);
	visits_view_release(&view);
	qsort(out, n, sizeof *out, by_all);
	return n;
}

static void same_as_model(struct visits *v, struct model *m)
{
	static struct visit got[8192];
	size_t n = read_all(v, got, ARRAY_N(got));
	qsort(m->v, m->n, sizeof m->v[0], by_all);
	assert_int_equal(n, m->n);
	assert_memory_equal(got, m->v, n * sizeof *got);
	/* by place as well, and the statistics */
	struct visits_view *view;
	struct err e;
	struct visits_stats st;
	size_t by_place = 0;
	must(visits_view(v, &view, &e), &e);
	for (uint32_t p = 0; p < 8; p++)
		by_place += visits_at_place(view, p, 0, UINT32_MAX, NULL, 0);
	visits_view_release(&view);
	assert_int_equal(by_place, n);
	visits_stats(v, &st);
	assert_int_equal(st.visits_n, n);
	must(visits_verify(v, &e), &e);
}

static struct visit random_visit(struct dice *d)
{
	uint32_t t = T0 + (uint32_t)dice_below(d, 5 * 24) * 3600;
	return (struct visit){(uint32_t)dice_below(d, PERSONS), (uint32_t)dice_below(d, 3), t,
			      t + (uint32_t)dice_below(d, 40) * 3600,
			      dice_below(d, 3) == 0 ? VISIT_ASSUMED : 0};
}

static void equals_a_plain_list(void **state)
{
	const char *folder = *state;
	for (uint64_t seed = 1; seed <= 40; seed++) {
		struct dice d;
		struct err e;
		dice_init(&d, seed);
		clear_folder(folder);
		struct visits *v = open_at(folder);
		static struct model m;
		m.n = 0;
		uint32_t cut = 0;
		for (int step = 0; step < 60; step++) {
			struct visit list[32];
			size_t n = 1 + dice_below(&d, 30);
			for (size_t i = 0; i < n; i++)
				list[i] = m.n && dice_below(&d, 3) == 0 ? m.v[dice_below(&d, m.n)]
									: random_visit(&d);
			size_t half = dice_below(&d, n + 1);
			switch (dice_below(&d, 9)) {
			case 0:
				must(visits_seal(v, &e), &e);
				break;
			case 1:
				visits_close(&v);
				v = open_at(folder);
				break;
			case 2:
				must(visits_load(v, list, n, 2, &e), &e);
				for (size_t i = 0; i < n; i++)
					if (list[i].t_in >= cut)
						model_add(&m, list[i]);
				break;
			case 3:
				must(visits_remove(v, list, n, &e), &e);
				for (size_t i = 0; i < n; i++)
					model_remove(&m, list[i]);
				break;
			case 4:
				must(visits_correct(v, list, half, list + half, n - half, &e), &e);
				for (size_t i = 0; i < half; i++)
					model_remove(&m, list[i]);
				for (size_t i = half; i < n; i++)
					if (list[i].t_in >= cut)
						model_add(&m, list[i]);
				break;
			case 5:
				if (dice_below(&d, 8) == 0) {
					uint32_t t = T0 + (uint32_t)dice_below(&d, 4 * 24) * 3600;
					uint32_t day = (uint32_t)(day_start(day_of(INT64_C(1000) * t)) /
								  1000);
					must(visits_drop_before(v, t, &e), &e);
					cut = day > cut ? day : cut;
					for (size_t i = 0; i < m.n; i++)
						if (m.v[i].t_in < cut)
							m.v[i--] = m.v[--m.n];
				}
				break;
			default:
				must(visits_add(v, list, n, &e), &e);
				for (size_t i = 0; i < n; i++)
					if (list[i].t_in >= cut)
						model_add(&m, list[i]);
			}
			if (step % 3 == 0)
				same_as_model(v, &m);
		}
		same_as_model(v, &m);
		visits_close(&v);
	}
}

/* --- killed at every step ---------------------------------------- */

struct countdown {
	int left;
};

static void count_down(void *ctx, const char *name)
{
	(void)name;
	struct countdown *c = ctx;
	if (c->left-- == 0)
		_exit(42); /* as kill -9: nothing is flushed or cleaned up */
}

/* Call i adds visit (i % PERSONS, i / 10, ...) and removes that of call i - 3; sealing, loading and dropping
 * come in between. */
static struct visit nth(uint32_t i)
{
	return (struct visit){i % PERSONS, i % 3, T0 + i * 7200,
			      T0 + i * 7200 + 3600 + (i % 5 == 0 ? 30 * 3600 : 0), 0};
}

#define CALLS 24
static void child(const char *folder, int left, int report)
{
	struct countdown c = {left};
	struct visits *v = NULL;
	struct err e;
	if (visits_open(&v,
			&(struct visits_options){
				.folder = folder, .no_sync = true, .step = count_down, .step_ctx = &c},
			&e) != OK)
		_exit(1);
	for (uint32_t i = 0; i < CALLS; i++) {
		struct visit come = nth(i), gone = nth(i >= 3 ? i - 3 : 0);
		enum err_code rc = visits_correct(v, &gone, i >= 3, &come, 1, &e);
		uint8_t done = (uint8_t)i;
		if (rc != OK || write(report, &done, 1) != 1)
			_exit(2);
		if (i % 5 == 4 && visits_seal(v, &e) != OK)
			_exit(3);
		if (i == 17 && visits_drop_before(v, T0 + 6 * 7200, &e) != OK)
			_exit(4);
	}
	visits_close(&v);
	_exit(0);
}

static void nothing_acknowledged_is_lost(void **state)
{
	const char *folder = *state;
	int kills = 0;
	for (int left = 0;; left++) {
		clear_folder(folder);
		int fd[2], status;
		assert_int_equal(pipe(fd), 0);
		fflush(NULL);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			child(folder, left, fd[1]);
		close(fd[1]);
		int acked = 0;
		for (uint8_t x; read(fd[0], &x, 1) == 1;)
			acked = x + 1;
		close(fd[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 42));
		struct visits *v = open_at(folder);
		struct visit got[64];
		size_t n = read_all(v, got, ARRAY_N(got));
		/* What is there is the state after `acked` calls, or after one more whose answer never
		 * came. */
		bool fits = false;
		for (int calls = acked; calls <= acked + 1 && !fits; calls++)
			for (int dropped = 0; dropped < 2 && !fits; dropped++) {
				struct visit want[4];
				size_t k = 0;
				uint32_t cut = dropped ? (uint32_t)(day_start(day_of(INT64_C(1000) *
										     (T0 + 6 * 7200))) /
								    1000)
						       : 0;
				for (int i = calls > 3 ? calls - 3 : 0; i < calls; i++)
					if (nth((uint32_t)i).t_in >= cut)
						want[k++] = nth((uint32_t)i);
				qsort(want, k, sizeof *want, by_all);
				fits = k == n && memcmp(got, want, n * sizeof *got) == 0;
			}
		if (!fits)
			fail_msg("killed at step %d: %zu visits after %d acknowledged calls", left, n, acked);
		struct err e;
		struct visit more = nth(100);
		must(visits_add(v, &more, 1, &e), &e); /* and life goes on */
		must(visits_seal(v, &e), &e);
		must(visits_verify(v, &e), &e);
		visits_close(&v);
		if (WEXITSTATUS(status) == 0)
			break;
		kills++;
	}
	print_message("killed at %d different steps\n", kills);
	assert_true(kills > 100);
}

/* --- damage ------------------------------------------------------ */

static size_t slurp(const char *path, uint8_t *out, size_t cap)
{
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(out, 1, cap, f);
	fclose(f);
	return n;
}

static void spit(const char *path, const uint8_t *p, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	fclose(f);
}

/* Path of the only file that ends so. */
static void find_file(const char *folder, const char *end, char *out, size_t cap)
{
	DIR *d = opendir(folder);
	assert_non_null(d);
	out[0] = 0;
	for (struct dirent *x; (x = readdir(d));)
		if (str_ends(str_of(x->d_name), str_of(end)))
			snprintf(out, cap, "%s/%s", folder, x->d_name);
	closedir(d);
	assert_true(out[0]);
}

static void a_torn_journal_loses_only_what_was_not_acknowledged(void **state)
{
	const char *folder = *state;
	clear_folder(folder);
	struct visits *v = open_at(folder);
	struct err e;
	size_t size[4] = {0};
	char path[512];
	static uint8_t bytes[4096], copy[4096];
	for (uint32_t i = 0; i < 3; i++) {
		struct visit two[2] = {nth(2 * i), nth(2 * i + 1)};
		must(visits_add(v, two, 2, &e), &e);
		find_file(folder, ".log", path, sizeof path);
		size[i + 1] = slurp(path, bytes, sizeof bytes);
	}
	visits_close(&v);
	for (size_t n = 0; n <= size[3]; n++) {
		struct visit got[8];
		spit(path, bytes, n);
		v = open_at(folder);
		size_t want = n >= size[3] ? 6 : n >= size[2] ? 4 : n >= size[1] ? 2 : 0;
		assert_int_equal(read_all(v, got, 8), want);
		visits_close(&v);
	}
	for (size_t at = 0; at < size[2]; at++) { /* damage before the last frame is not a torn end */
		memcpy(copy, bytes, size[3]);
		copy[at] ^= 0x10;
		spit(path, copy, size[3]);
		enum err_code rc = visits_open(
			&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e);
		if (rc == OK) { /* a length that now reaches past the end cannot be told from a torn end */
			assert_true((at < 8 || (at >= size[1] && at < size[1] + 8)));
			visits_close(&v);
			continue;
		}
		assert_int_equal(rc, ERR_CORRUPT);
		assert_non_null(strstr(e.at, "journal-"));
	}
}

static void a_damaged_segment_is_rebuilt_or_named(void **state)
{
	const char *folder = *state;
	clear_folder(folder);
	struct visits *v = open_at(folder);
	struct err e;
	struct dice d;
	dice_init(&d, 5);
	static struct visit list[300], want[300], got[600];
	for (size_t i = 0; i < 300; i++) {
		list[i] = random_visit(&d);
		list[i].t_in = T0 + 3600 + (uint32_t)i * 13;
		list[i].t_out = list[i].t_in + (uint32_t)dice_below(&d, 20000);
	}
	must(visits_load(v, list, 300, 1, &e), &e);
	size_t n = read_all(v, want, ARRAY_N(want));
	visits_close(&v);
	char path[512], manifest[512];
	static uint8_t bytes[1 << 16], copy[1 << 16], index[4096];
	find_file(folder, ".vis", path, sizeof path);
	find_file(folder, "MANIFEST", manifest, sizeof manifest);
	size_t size = slurp(path, bytes, sizeof bytes), index_n = slurp(manifest, index, sizeof index);
	size_t rebuilt = 0, named = 0, harmless = 0;
	for (size_t at = 0; at < size; at++) {
		memcpy(copy, bytes, size);
		copy[at] ^= (uint8_t)(1u << (at % 8));
		spit(path, copy, size);
		spit(manifest, index, index_n);
		enum err_code rc = visits_open(
			&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e);
		if (rc != OK) {
			assert_int_equal(rc, ERR_CORRUPT);
			assert_non_null(strstr(path, e.at)); /* the file is named */
			named++;
			continue;
		}
		struct visits_stats st;
		visits_stats(v, &st);
		*(st.rebuilt_n ? &rebuilt : &harmless) += 1;
		assert_int_equal(read_all(v, got, ARRAY_N(got)), n);
		assert_memory_equal(got, want, n * sizeof *got);
		visits_close(&v);
		clear_folder(folder);
		spit(path, bytes, size);
	}
	print_message("%zu bytes: %zu rebuilt from the other half, %zu reported, %zu in padding\n", size,
		      rebuilt, named, harmless);
	assert_true(rebuilt > size / 2 && named >= 200 && harmless < 64);
	for (size_t cut = 0; cut < size; cut += 1 + size / 300) {
		spit(path, bytes, cut);
		spit(manifest, index, index_n);
		assert_int_equal(
			visits_open(&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e),
			ERR_CORRUPT);
		assert_non_null(strstr(path, e.at));
	}
	unlink(path);
	assert_int_equal(visits_open(&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e),
			 ERR_CORRUPT);
	spit(path, bytes, size);
	for (size_t at = 0; at < index_n; at++) {
		memcpy(copy, index, index_n);
		copy[at] ^= 4;
		spit(manifest, copy, index_n);
		assert_int_equal(
			visits_open(&v, &(struct visits_options){.folder = folder, .no_sync = true}, &e),
			ERR_CORRUPT);
	}
}

static void refusals_leave_everything_as_it_was(void **state)
{
	const char *folder = *state;
	clear_folder(folder);
	struct visits *v = open_at(folder), *again = NULL;
	struct err e;
	assert_int_equal(visits_open(&again, &(struct visits_options){.folder = folder}, &e), ERR_BUSY);
	assert_null(again);
	const struct visit bad[] = {{1, 1, T0, T0 - 1, 0},
				    {VISIT_ID_MAX + 1, 1, T0, T0, 0},
				    {1, VISIT_ID_MAX + 1, T0, T0, 0},
				    {1, 1, T0, VISIT_TIME_MAX + 1, 0},
				    {1, 1, T0, T0 + VISIT_STAY_MAX + 1, 0}};
	for (size_t i = 0; i < ARRAY_N(bad); i++) {
		struct visit list[2] = {nth(1), bad[i]};
		assert_int_equal(visits_add(v, list, 2, &e), ERR_BAD_VALUE);
		assert_string_equal(e.at, "visit 1");
		assert_int_equal(visits_load(v, list, 2, 1, &e), ERR_BAD_VALUE);
	}
	struct visit got[4];
	assert_int_equal(read_all(v, got, 4), 0);
	visits_close(&v);
}

static void checksum_is_xxh64(void **state)
{
	(void)state;
	static const char text[] = "Nobody inspects the spammish repetition";
	assert_true(xxh64("", 0) == UINT64_C(0xEF46DB3751D8E999));
	assert_true(xxh64("a", 1) == UINT64_C(0xD24EC4F1A98C6E5B));
	assert_true(xxh64("abc", 3) == UINT64_C(0x44BC2CF5AD770999));
	assert_true(xxh64(text, sizeof text - 1) == UINT64_C(0xFBCEA83C8A378BF1));
}

/* --- several threads --------------------------------------------- */

struct shared {
	struct visits *v;
	atomic_bool stop;
	atomic_uint added; /* batches acknowledged */
};

/* Batch i is ten visits of person i % 50 that begin at T0 + 60 i: a reader sees all ten or none. */
static void *adder(void *arg)
{
	struct shared *s = arg;
	for (uint32_t i = 0; i < 1500; i++) {
		struct visit list[10];
		for (uint32_t k = 0; k < 10; k++)
			list[k] = (struct visit){i % 50, k, T0 + 60 * i, T0 + 60 * i + 600 + k, 0};
		struct err e;
		if (visits_add(s->v, list, 10, &e) != OK)
			abort();
		atomic_store(&s->added, i + 1);
		if (i >= 700 && i % 3 == 0 && visits_remove(s->v, list, 10, &e) != OK)
			abort();
		if (i >= 700 && i % 3 == 0 && visits_add(s->v, list, 10, &e) != OK)
			abort();
	}
	atomic_store(&s->stop, true);
	return NULL;
}

static void *sealer(void *arg)
{
	struct shared *s = arg;
	struct err e;
	while (!atomic_load(&s->stop)) {
		if (visits_seal(s->v, &e) != OK)
			abort();
		usleep(3000);
	}
	return NULL;
}

static void views_are_whole_while_others_write_and_seal(void **state)
{
	const char *folder = *state;
	clear_folder(folder);
	struct shared s = {.v = open_at(folder)};
	pthread_t a, b;
	assert_int_equal(pthread_create(&a, NULL, adder, &s), 0);
	assert_int_equal(pthread_create(&b, NULL, sealer, &s), 0);
	int views = 0;
	struct err e;
	static struct visit got[16000];
	do {
		unsigned before = atomic_load(&s.added);
		struct visits_view *view;
		must(visits_view(s.v, &view, &e), &e);
		size_t n = 0;
		for (uint32_t p = 0; p < 50; p++)
			n += visits_of_person(view, p, got + n, ARRAY_N(got) - n);
		visits_view_release(&view);
		assert_int_equal(n % 10, 0);
		/* one batch may be between its removal and its return, none acknowledged is missing
		 * otherwise */
		assert_true(n / 10 + 1 >= before);
		for (size_t i = 0; i < n; i++)
			assert_int_equal((got[i].t_in - T0) / 60 % 50, got[i].person);
		views++;
	} while (!atomic_load(&s.stop));
	pthread_join(a, NULL);
	pthread_join(b, NULL);
	assert_true(views > 10);
	visits_close(&s.v);
	s.v = open_at(folder);
	struct visits_stats st;
	visits_stats(s.v, &st);
	assert_int_equal(st.visits_n, 15000);
	visits_close(&s.v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_is_xxh64),
		cmocka_unit_test(equals_a_plain_list),
		cmocka_unit_test(nothing_acknowledged_is_lost),
		cmocka_unit_test(a_torn_journal_loses_only_what_was_not_acknowledged),
		cmocka_unit_test(a_damaged_segment_is_rebuilt_or_named),
		cmocka_unit_test(refusals_leave_everything_as_it_was),
		cmocka_unit_test(views_are_whole_while_others_write_and_seal),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
