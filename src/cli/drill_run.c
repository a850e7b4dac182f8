/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/drill_run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/drill_host.h"
#include "cli/progress.h"
#include "core/assets.h"
#include "core/caltime.h"
#include "drill/score.h"

struct request {
	const char *scenario, *dir, *report, *html, *faults;
	int64_t seed, port;
	double speed;
	bool at_speed, from_start, quiet, no_check;
	const char *sets[16];
	size_t sets_n;
};

static const char usage[] =
	"usage: sushui drill run SCENARIO [options]   a drill of the whole response through the front door\n"
	"  SCENARIO        a name (`sushui drill scenarios` lists them) or the path of a .csv file\n"
	"  --dir D         data folder, made and kept (a temporary one, removed at the end)\n"
	"  --seed N        another number, another course (1)\n"
	"  --speed X       seconds of the county in a second of ours (as fast as it can); 1440 = a day a minute.\n"
	"                  Days before the first finding pass at once; the server stays when the drill is over\n"
	"  --from-start    with --speed: those days too\n"
	"  --port N        where the server listens (any free port)\n"
	"  --faults F      none, transport, all (those of the scenario)\n"
	"  --set P=V       another value of a parameter of the scenario, several times\n"
	"  --report F      the scored report as JSON\n"
	"  --html F        the same to read, with plots\n"
	"  --no-check      do not verify, rebuild and audit the ledger at the end\n"
	"  --quiet         no progress\n";

static volatile int stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int wrong(const char *what, const char *at)
{
	fprintf(stderr, "sushui drill: %s%s%s\n%s", what, at[0] ? ": " : "", at, usage);
	return CLI_USAGE;
}

static int refused(const struct err *e)
{
	fprintf(stderr, "sushui drill: %s%s%s\n  %s\n", e->at, e->at[0] ? ": " : "", err_text(e->code, "en"), e->what);
	return err_kind(e->code) == KIND_FAULT ? CLI_FAULT : CLI_REFUSED;
}

enum err_code drill_scenario(struct scenario *out, const char *name, struct err *e)
{
	return str_ends(str_of(name), STR(".csv")) ? scenario_read(out, name, e) : scenario_named(out, str_of(name), e);
}

/* 0, or an exit code. */
static int read_options(struct request *q, int argc, char **argv)
{
	const struct {
		const char *name;
		const char **out;
	} texts[] = {{"--dir", &q->dir}, {"--report", &q->report}, {"--html", &q->html}, {"--faults", &q->faults}};
	const struct {
		const char *name;
		bool *out;
	} flags[] = {{"--quiet", &q->quiet}, {"--no-check", &q->no_check}, {"--from-start", &q->from_start}};
	for (int i = 1; i < argc; i++) {
		size_t t = 0;
		if (argv[i][0] != '-' && !q->scenario) {
			q->scenario = argv[i];
			continue;
		}
		size_t flag = 0;
		while (flag < ARRAY_N(flags) && strcmp(argv[i], flags[flag].name) != 0)
			flag++;
		if (flag < ARRAY_N(flags)) {
			*flags[flag].out = true;
			continue;
		}
		if (i + 1 == argc)
			return wrong("unknown option, or its value is missing", argv[i]);
		while (t < ARRAY_N(texts) && strcmp(argv[i], texts[t].name) != 0)
			t++;
		struct str value = str_of(argv[i + 1]);
		if (t < ARRAY_N(texts))
			*texts[t].out = argv[i + 1];
		else if (strcmp(argv[i], "--set") == 0 && q->sets_n < ARRAY_N(q->sets))
			q->sets[q->sets_n++] = argv[i + 1];
		else if (strcmp(argv[i], "--seed") == 0 && str_to_i64(value, &q->seed) && q->seed >= 0)
			;
		else if (strcmp(argv[i], "--port") == 0 && str_to_i64(value, &q->port) && q->port >= 0 && q->port < 65536)
			;
		else if (strcmp(argv[i], "--speed") == 0 && str_to_f64(value, &q->speed) && q->speed >= 0)
			q->at_speed = true;
		else
			return wrong("unknown option, or a value that does not fit", argv[i]);
		i++;
	}
	return q->scenario ? 0 : wrong("say which scenario", "");
}

static enum err_code read_scenario(const struct request *q, struct scenario *s, struct err *e)
{
	enum err_code rc = drill_scenario(s, q->scenario, e);
	for (size_t i = 0; rc == OK && i < q->sets_n; i++) {
		struct str value = str_of(q->sets[i]), name = str_cut(&value, '=');
		rc = value.p ? scenario_set(s, name, value, e) : err_set(e, ERR_BAD_VALUE, "--set", "NAME=VALUE is expected");
	}
	return rc == OK && q->faults ? scenario_faults(s, str_of(q->faults), e) : rc;
}

static enum err_code write_file(const char *path, const struct buf *b, struct err *e)
{
	FILE *f = fopen(path, "w");
	bool ok = f && !b->failed && fwrite(b->p, 1, b->n, f) == b->n;
	if (f && fclose(f) != 0)
		ok = false;
	return ok ? OK : err_set(e, ERR_FILE, path, "it cannot be written");
}

static void show_bar(void *ctx, uint32_t done, uint32_t all)
{
	bar_tell(ctx, done, all);
}

/* Passwords of a drill are no secret; a folder that is kept says them. */
static enum err_code write_accounts(const struct drill_host *h, struct err *e)
{
	struct buf b;
	char path[4096];
	buf_init(&b, 0);
	for (size_t i = 0; i < h->accounts_n; i++)
		buf_printf(&b, "  %-14s %s\n", h->accounts[i].login, h->accounts[i].password);
	snprintf(path, sizeof path, "%s/sign-in.txt", h->dir);
	umask(0077);
	enum err_code rc = write_file(path, &b, e);
	buf_done(&b);
	return rc;
}

static void greet(const struct drill_host *h)
{
	printf("EXERCISE: nobody here exists. Sign in at http://127.0.0.1:%d as\n", atomic_load(&h->shared->port));
	for (size_t i = 0; i < h->accounts_n; i++)
		printf("  %-14s %s\n", h->accounts[i].login, h->accounts[i].password);
	printf("pause, speed, posts by hand: sushui drill control %s --help\n", h->dir);
	fflush(stdout);
}

static enum err_code check_books(struct drill_host *h, const struct request *q, struct front *f, struct score *s, struct err *e)
{
	struct drill_books books;
	size_t n;
	const struct front_kind *kinds = front_kinds(f, &n);
	enum err_code rc = drill_books_read(h, kinds, n, !q->no_check, &books, e);
	if (rc == OK || rc == ERR_CORRUPT) {
		s->verified = rc == OK;
		s->rebuilt_same = books.rebuilt_same;
		s->audit_agrees = books.audit_agrees;
		s->facts_agree = true;
		for (size_t i = 0; i < n; i++)
			s->facts_agree &= books.kinds[i].told == kinds[i].told - kinds[i].refused;
		s->facts_n = books.verify.facts_n;
		memcpy(s->digest, books.digest, sizeof s->digest);
		rc = OK;
	}
	free(books.kinds);
	return rc;
}

static enum err_code put_reports(const struct request *q, const struct front *f, const struct score *s, struct err *e)
{
	struct buf b;
	enum err_code rc = OK;
	buf_init(&b, 0);
	score_text(f, s, &b);
	if (fwrite(b.p, 1, b.n, stdout) != b.n || fflush(stdout) != 0)
		rc = err_set(e, ERR_FILE, "standard output", "it cannot be written");
	if (rc == OK && q->report) {
		buf_reset(&b);
		score_json(f, s, &b);
		rc = write_file(q->report, &b, e);
	}
	if (rc == OK && q->html) {
		buf_reset(&b);
		score_html(f, s, &b);
		rc = write_file(q->html, &b, e);
	}
	buf_done(&b);
	return rc;
}

/* The drill has ended by itself and people look at it: the server stays until they end it. */
static void linger(struct drill_host *h)
{
	atomic_store(&h->shared->over, 1);
	fprintf(stderr, "the drill is over; the server stays. Ctrl-C ends it\n");
	while (!stopped)
		pause();
}

static int run(const struct request *q, const struct scenario *s, struct drill_host *h, struct cli *c)
{
	struct err e = {0};
	struct front *f = NULL;
	struct score score = {0};
	struct bar bar;
	struct front_options o = {.scenario = s, .seed = (uint64_t)q->seed, .accounts = h->accounts, .accounts_n = h->accounts_n,
				  .host = drill_host_of(h)};
	bar_init(&bar, c, "drill");
	h->told = show_bar;
	h->told_ctx = &bar;
	h->port = (uint16_t)q->port;
	h->at_speed = q->at_speed && q->from_start;
	h->speed_when_found = q->at_speed;
	h->stop = &stopped;
	int64_t began = sys_real()->mono_us(NULL);
	atomic_store(&h->shared->speed_milli, (long long)(q->speed * 1000));
	enum err_code rc = drill_host_start(h, &e);
	if (rc == OK && q->at_speed)
		greet(h);
	if (rc == OK)
		rc = front_run(&f, &o, &e);
	bar_done(&bar);
	if (rc == OK && !front_stopped(f))
		rc = score_take(f, &score, &e);
	if (rc == OK && !front_stopped(f) && q->at_speed)
		linger(h);
	drill_host_stop(h);
	if (rc == OK && !front_stopped(f))
		rc = check_books(h, q, f, &score, &e);
	if (rc == OK && !front_stopped(f))
		rc = put_reports(q, f, &score, &e);
	if (rc == OK && !q->quiet)
		fprintf(stderr, "%.1f s; %llu requests, %llu sign-ins, %llu facts\n", (double)(sys_real()->mono_us(NULL) - began) / 1e6,
			(unsigned long long)front_asked(f), (unsigned long long)front_signed_in(f), (unsigned long long)score.facts_n);
	bool good = rc == OK && (front_stopped(f) || score_good(&score));
	front_free(&f);
	score_done(&score);
	return rc != OK ? refused(&e) : good ? CLI_OK : CLI_REFUSED;
}

static void remove_folder(const char *dir)
{
	static const char *const files[] = {"config", "ledger.db", "ledger.db-wal", "ledger.db-shm", "keyring", "keyring-wal", "keyring-shm", "keyring.key",
					    "keyring.sessions", "keyring.sessions-wal", "keyring.sessions-shm", "lock", "drill.control",
					    "server.log", "sign-in.txt"};
	char path[4096];
	for (size_t i = 0; i < ARRAY_N(files); i++) {
		snprintf(path, sizeof path, "%s/%s", dir, files[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/visits", dir);
	rmdir(path);
	if (rmdir(dir) != 0)
		fprintf(stderr, "sushui drill: %s is left behind\n", dir);
}

int drill_run(int argc, char **argv)
{
	struct request q = {.seed = 1};
	struct scenario s;
	struct err e = {0};
	struct drill_host h = {0};
	static struct cli c;
	char temporary[2000];
	const char *tmp = getenv("TMPDIR");
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return CLI_OK;
	}
	int bad = read_options(&q, argc, argv);
	if (bad)
		return bad;
	c = (struct cli){.lang = cli_lang(), .sys = sys_real(), .quiet = q.quiet};
	c.zh = strcmp(c.lang, "zh") == 0;
	arena_init(&c.arena, 0);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	enum err_code rc = caltime_zone(STR("Asia/Shanghai"), &e);
	if (rc == OK)
		rc = read_scenario(&q, &s, &e);
	if (rc == OK && !q.dir) {
		snprintf(temporary, sizeof temporary, "%s/sushui-drill.XXXXXX", tmp && tmp[0] ? tmp : "/tmp");
		if (!mkdtemp(temporary))
			rc = err_set(&e, ERR_FILE, temporary, "no temporary folder");
	}
	const char *dir = q.dir ? q.dir : temporary;
	if (rc == OK)
		rc = drill_host_make(&h, &c, dir, &s, &e);
	if (rc == OK && q.dir)
		rc = write_accounts(&h, &e);
	int code = rc == OK ? run(&q, &s, &h, &c) : refused(&e);
	drill_host_done(&h);
	if (!q.dir && rc == OK)
		remove_folder(dir);
	arena_done(&c.arena);
	return code;
}

/* ---- controls --------------------------------------------------------------------------------------------------------------- */

static const char control_usage[] =
	"usage: sushui drill control DIR              how a running drill stands\n"
	"       sushui drill control DIR pause|resume\n"
	"       sushui drill control DIR speed X      seconds of the county in a second of ours; 0: as fast as it can\n"
	"       sushui drill control DIR take POST    a person does this post from now on\n"
	"       sushui drill control DIR give POST    the drill does it again\n";

static void put_control(struct app_exercise *x)
{
	char when[CALTIME_TEXT_N];
	unsigned by_hand = atomic_load(&x->by_hand);
	caltime_format(atomic_load(&x->now_ms), when);
	printf("%s\n  clock   %s\n  speed   %.1f%s%s\n", x->title, when, (double)atomic_load(&x->speed_milli) / 1000,
	       atomic_load(&x->paused) ? ", paused" : "", atomic_load(&x->over) ? ", over" : "");
	for (uint32_t i = 0; i < x->posts_n; i++)
		printf("  post    %-12s %s\n", x->posts[i], by_hand >> i & 1 ? "by hand" : "the drill");
}

static int set_post(struct app_exercise *x, const char *name, bool take)
{
	for (uint32_t i = 0; i < x->posts_n; i++)
		if (strcmp(x->posts[i], name) == 0) {
			if (take)
				atomic_fetch_or(&x->by_hand, 1U << i);
			else
				atomic_fetch_and(&x->by_hand, ~(1U << i));
			return CLI_OK;
		}
	fprintf(stderr, "sushui drill: no post is called %s\n", name);
	return CLI_REFUSED;
}

int drill_control(int argc, char **argv)
{
	struct err e = {0};
	struct app_exercise *x;
	double speed;
	int code = CLI_OK;
	const char *what = argc > 2 ? argv[2] : "";
	bool help = argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(what, "--help") == 0;
	bool one = strcmp(what, "speed") == 0 || strcmp(what, "take") == 0 || strcmp(what, "give") == 0;
	bool none = !what[0] || strcmp(what, "pause") == 0 || strcmp(what, "resume") == 0;
	bool fits = (none && argc <= 3) || (one && argc == 4);
	if (help || !fits || (strcmp(what, "speed") == 0 && (!str_to_f64(str_of(argv[3]), &speed) || speed < 0 || speed > 100000))) {
		fputs(control_usage, help && argc > 1 ? stdout : stderr);
		return help && argc > 1 ? CLI_OK : CLI_USAGE;
	}
	if (caltime_zone(STR("Asia/Shanghai"), &e) != OK || drill_control_open(argv[1], &x, &e) != OK)
		return refused(&e);
	if (strcmp(what, "pause") == 0 || strcmp(what, "resume") == 0)
		atomic_store(&x->paused, what[0] == 'p');
	else if (strcmp(what, "speed") == 0)
		atomic_store(&x->speed_milli, (long long)(speed * 1000));
	else if (one)
		code = set_post(x, argv[3], what[0] == 't');
	put_control(x);
	return code;
}

int drill_scenarios(int argc, char **argv)
{
	struct err e = {0};
	struct scenario s;
	(void)argv;
	if (argc > 1) {
		fputs("usage: sushui drill scenarios\n", stderr);
		return CLI_USAGE;
	}
	for (const struct asset *a = assets; a->path; a++) {
		const char *file = strstr(a->path, "drill/scenarios/");
		if (!file)
			continue;
		struct str name = {file + 16, strlen(file + 16) - 4};
		if (scenario_named(&s, name, &e) != OK)
			return refused(&e);
		int64_t persons = 0;
		for (uint32_t i = 0; i < s.counties_n; i++)
			persons += s.county[i].persons;
		printf("%-22.*s %s; %lld persons, %u count%s, at most %lld days from %s\n", STR_ARG(name), s.title, (long long)persons, s.counties_n,
		       s.counties_n == 1 ? "y" : "ies", (long long)s.days, s.start);
	}
	return CLI_OK;
}
