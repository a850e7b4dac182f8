/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drill_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/folder.h"
#include "cli/password.h"
#include "core/caltime.h"
#include "core/json.h"
#include "core/log.h"
#include "ledger/keyring.h"

#define START_MS 60000
#define STEP_MS 50 /* of the clock's motion at speed */

/* ---- the clock ------------------------------------------------------------------------------------------------------ */

static int64_t county_now(void *ctx)
{
	return atomic_load(&((struct app_exercise *)ctx)->now_ms);
}

/* Time limits of connections stay those of this machine: browsers are real. */
static int64_t county_mono(void *ctx)
{
	(void)ctx;
	return sys_real()->mono_us(sys_real()->ctx);
}

static void county_random(void *ctx, void *out, size_t n)
{
	(void)ctx;
	sys_real()->random(sys_real()->ctx, out, n);
}

static struct sys county_sys(struct app_exercise *x)
{
	return (struct sys){county_now, county_mono, county_random, x};
}

static void sleep_ms(int64_t ms)
{
	struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&t, NULL);
}

/* Walks the county's clock to the instant at the speed that the controls say. */
static bool turn(void *ctx, int64_t to)
{
	struct drill_host *h = ctx;
	struct app_exercise *x = h->shared;
	int64_t now = atomic_load(&x->now_ms);
	while (!*h->stop) {
		int64_t speed = atomic_load(&x->speed_milli), us = county_mono(NULL), passed = us - h->real_us;
		bool paused = atomic_load(&x->paused) != 0;
		if (!paused && (!h->at_speed || speed == 0 || to < h->begins_at))
			break;
		h->real_us = us;
		if (!paused)
			now += passed > 1000000 ? speed : passed * speed / 1000000; /* work that took long is not made up for */
		if (now >= to)
			break;
		atomic_store(&x->now_ms, now);
		sleep_ms(STEP_MS);
	}
	atomic_store(&x->now_ms, to);
	return !*h->stop;
}

/* ---- the folder ---------------------------------------------------------------------------------------------------------- */

static enum err_code map_control(const char *dir, bool make, struct app_exercise **out, struct err *e)
{
	char path[4096];
	struct stat st;
	snprintf(path, sizeof path, "%s/drill.control", dir);
	int fd = open(path, make ? O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_NOT_FOUND, path, "no drill runs in this folder");
	bool ok = make ? ftruncate(fd, (off_t)sizeof **out) == 0 : fstat(fd, &st) == 0 && st.st_size == (off_t)sizeof **out;
	void *p = ok ? mmap(NULL, sizeof **out, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) : MAP_FAILED;
	close(fd);
	if (p == MAP_FAILED)
		return err_set(e, ERR_FILE, path, "%s", ok ? strerror(errno) : "made by another version");
	*out = p;
	return OK;
}

enum err_code drill_control_open(const char *dir, struct app_exercise **out, struct err *e)
{
	return map_control(dir, false, out, e);
}

static enum err_code add_user(struct ledger *l, const struct drill_host *h, int64_t area, const struct front_account *a, struct err *e)
{
	struct arena arena;
	struct fact f;
	const struct json *j;
	char id[ID_TEXT_N + 1], fact_id[ID_TEXT_N + 1];
	/* the same in every drill of the scenario, so that what came of two drills can be compared */
	struct sys_sim dice;
	sys_sim_init(&dice, (uint64_t)area + (uint64_t)(a - h->accounts), h->begins_at - 40 * MS_PER_DAY);
	struct id user = id_new(&dice.sys);
	arena_init(&arena, 0);
	id_format(user, id);
	id_format(id_new(&dice.sys), fact_id);
	struct str text = arena_printf(&arena,
				       "{\"id\":\"%s\",\"kind\":\"people.user_registered\",\"area\":\"%012lld\",\"at\":%lld,\"body\":{\"user\":\"%s\","
				       "\"login\":\"%s\",\"display_name\":\"演练 Exercise %s\",\"roles\":[\"%s\"]}}",
				       fact_id, (long long)area, (long long)(h->begins_at - 2 * MS_PER_DAY), id, a->login, a->login, a->role);
	enum err_code rc = json_read(&arena, text, &j, e);
	if (rc == OK)
		rc = fact_decode(&arena, j, &f, e);
	if (rc == OK)
		rc = ledger_append_one(l, &f, e);
	if (rc == OK)
		rc = keyring_password_set(ledger_keyring(l), user, str_of(a->password), e);
	arena_done(&arena);
	return rc;
}

static void add_account(struct drill_host *h, const char *role)
{
	struct front_account *a = &h->accounts[h->accounts_n++];
	CHECK(h->accounts_n <= DRILL_ACCOUNTS_MAX);
	a->role = role;
	str_to_c(str_of(role), a->login, sizeof a->login);
	password_make(sys_real(), a->password);
}

static enum err_code fill(struct drill_host *h, const struct scenario *s, struct err *e)
{
	struct folder f;
	struct ledger *l = NULL;
	struct sys sys = county_sys(h->shared);
	enum err_code rc = folder_open(h->cli, h->dir, FOLDER_WRITE, &f, e);
	if (rc != OK)
		return rc;
	f.options.sys = &sys;
	rc = folder_ledger(&f, &l, e);
	for (uint32_t c = 0; rc == OK && c < s->counties_n; c++)
		for (size_t i = 0; rc == OK && i < h->accounts_n; i++)
			rc = add_user(l, h, s->county[c].code * 1000000, &h->accounts[i], e);
	ledger_close(&l);
	folder_close(&f);
	return rc;
}

static void set_shared(struct drill_host *h, const struct scenario *s)
{
	struct app_exercise *x = h->shared;
	atomic_store(&x->now_ms, h->begins_at - MS_PER_DAY);
	for (size_t i = 0; front_post_at(i); i++) {
		CHECK(i < APP_POSTS_MAX);
		str_to_c(str_of(front_post_at(i)), x->posts[i], sizeof x->posts[i]);
		x->posts_n = (uint32_t)i + 1;
	}
	str_to_c(str_of(s->title), x->title, sizeof x->title);
}

enum err_code drill_host_make(struct drill_host *h, struct cli *c, const char *dir, const struct scenario *s, struct err *e)
{
	static volatile int never;
	struct folder_config config = {.area = front_area(s), .timezone = STR("Asia/Shanghai"), .database = STR("ledger.db"),
				       .name = STR("演练 Exercise")};
	*h = (struct drill_host){.cli = c, .dir = dir, .stop = &never};
	for (size_t i = 0; front_roles[i]; i++)
		add_account(h, front_roles[i]);
	add_account(h, "system_admin");
	add_account(h, "auditor");
	enum err_code rc = folder_create(c, dir, &config, e);
	if (rc == OK)
		rc = front_begins_at(s, &h->begins_at, e);
	if (rc == OK)
		rc = map_control(dir, true, &h->shared, e);
	if (rc != OK)
		return rc;
	set_shared(h, s);
	return fill(h, s, e);
}

void drill_host_done(struct drill_host *h)
{
	drill_host_stop(h);
	if (h->shared)
		munmap(h->shared, sizeof *h->shared);
	h->shared = NULL;
}

/* ---- the server ------------------------------------------------------------------------------------------------------------ */

static _Noreturn void serve(struct drill_host *h)
{
	struct err e = {0};
	struct folder f;
	char path[4096];
	struct sys sys = county_sys(h->shared);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* a drill that dies takes its server with it */
	snprintf(path, sizeof path, "%s/server.log", h->dir);
	umask(0077);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
	if (null >= 0)
		dup2(null, STDOUT_FILENO);
	log_set_level(LOG_WARN);
	/* the drill ends the server, not the key that was pressed: what is under way is finished first */
	enum err_code rc = folder_open(h->cli, h->dir, FOLDER_WRITE, &f, &e);
	if (rc == OK) {
		f.options.sys = &sys;
		struct app_options o = {.ledger = f.options, .port = h->port, .lang = h->cli->lang, .area = f.config.area, .exercise = h->shared};
		rc = app_serve(&o, &e);
		folder_close(&f);
	}
	if (rc != OK)
		log_err("serving the drill", &e);
	exit(rc == OK ? 0 : 1);
}

enum err_code drill_host_start(struct drill_host *h, struct err *e)
{
	int status;
	atomic_store(&h->shared->port, 0);
	fflush(NULL);
	h->server = fork();
	if (h->server < 0)
		return err_set(e, ERR_MEMORY, "", "no process for the server");
	if (h->server == 0) {
		setpgid(0, 0); /* Ctrl-C reaches the drill alone */
		serve(h);
	}
	for (int waited = 0; waited < START_MS; waited += 5) {
		if (atomic_load(&h->shared->port))
			return OK;
		if (waitpid(h->server, &status, WNOHANG) == h->server) {
			h->server = 0;
			return err_set(e, ERR_NETWORK, h->dir, "the server ended at once; see server.log in that folder");
		}
		sleep_ms(5);
	}
	return err_set(e, ERR_NETWORK, h->dir, "the server does not answer");
}

static void end_server(struct drill_host *h, int sig)
{
	int status;
	if (h->server <= 0)
		return;
	atomic_store(&h->shared->port, 0);
	kill(h->server, sig);
	while (waitpid(h->server, &status, 0) < 0 && errno == EINTR)
		;
	h->server = 0;
}

void drill_host_stop(struct drill_host *h)
{
	end_server(h, SIGTERM);
}

static enum err_code kill_and_start(void *ctx, struct err *e)
{
	struct drill_host *h = ctx;
	end_server(h, SIGKILL);
	return drill_host_start(h, e);
}

static uint16_t port_of(void *ctx)
{
	return (uint16_t)atomic_load(&((struct drill_host *)ctx)->shared->port);
}

static bool by_hand(void *ctx, const char *post)
{
	const struct drill_host *h = ctx;
	unsigned bits = atomic_load(&h->shared->by_hand);
	for (uint32_t i = 0; bits && i < h->shared->posts_n; i++)
		if (strcmp(h->shared->posts[i], post) == 0)
			return bits >> i & 1;
	return false;
}

static void found(void *ctx)
{
	struct drill_host *h = ctx;
	h->at_speed |= h->speed_when_found;
	h->real_us = county_mono(NULL);
}

static void told(void *ctx, uint32_t done, uint32_t all)
{
	struct drill_host *h = ctx;
	if (h->told)
		h->told(h->told_ctx, done, all);
}

struct front_host drill_host_of(struct drill_host *h)
{
	return (struct front_host){.ctx = h, .port = port_of, .clock = turn, .kill = kill_and_start, .by_hand = by_hand,
				   .found = found, .told = told};
}

/* ---- the books --------------------------------------------------------------------------------------------------------------- */

struct counting {
	struct front_kind *kinds;
	size_t n;
};

static enum err_code count_fact(void *ctx, const struct fact *f, struct err *e)
{
	struct counting *c = ctx;
	(void)e;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->kinds[i].kind, f->kind->name) == 0) {
			c->kinds[i].told++;
			break;
		}
	return OK;
}

static enum err_code read_books(struct ledger *l, bool rebuild, struct drill_books *out, struct counting *c, struct err *e)
{
	struct progress silent = {0};
	struct buf differences;
	uint8_t before[32], after[32];
	enum err_code rc = ledger_verify(ledger_db(l), silent, &out->verify, e);
	if (rc == OK)
		rc = ledger_each(ledger_db(l), NULL, 0, 0, count_fact, c, e);
	if (rc == OK)
		rc = ledger_digest(ledger_db(l), true, out->digest, e);
	if (rc != OK || !rebuild)
		return rc;
	rc = ledger_digest(ledger_db(l), false, before, e);
	if (rc == OK)
		rc = ledger_rebuild(l, silent, e);
	if (rc == OK)
		rc = ledger_digest(ledger_db(l), false, after, e);
	if (rc != OK)
		return rc;
	out->rebuilt_same = memcmp(before, after, 32) == 0;
	buf_init(&differences, 0);
	rc = ledger_audit(l, silent, &differences, e);
	out->audit_agrees = rc == OK && differences.n == 0;
	buf_done(&differences);
	return rc;
}

enum err_code drill_books_read(struct drill_host *h, const struct front_kind *kinds, size_t kinds_n, bool rebuild, struct drill_books *out,
			       struct err *e)
{
	struct folder f;
	struct ledger *l = NULL;
	struct sys sys = county_sys(h->shared);
	struct counting c = {calloc(kinds_n + 1, sizeof *c.kinds), kinds_n};
	*out = (struct drill_books){.rebuilt_same = !rebuild, .audit_agrees = !rebuild, .kinds = c.kinds};
	if (!c.kinds)
		return err_set(e, ERR_MEMORY, "", "no memory");
	for (size_t i = 0; i < kinds_n; i++)
		c.kinds[i].kind = kinds[i].kind;
	enum err_code rc = folder_open(h->cli, h->dir, FOLDER_WRITE, &f, e);
	if (rc != OK)
		return rc;
	f.options.sys = &sys;
	rc = folder_ledger(&f, &l, e);
	if (rc == OK)
		rc = read_books(l, rebuild, out, &c, e);
	ledger_close(&l);
	folder_close(&f);
	return rc;
}
