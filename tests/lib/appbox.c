/* SPDX-License-Identifier: Apache-2.0 */
#include "appbox.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/log.h"
#include "ledger/keyring.h"

static void must(enum err_code rc, const struct err *e, const char *what)
{
	if (rc == OK)
		return;
	fprintf(stderr, "%s: %s at %s: %s\n", what, err_name(rc), e->at, e->what);
	abort();
}

const char *box_name(char family, int n)
{
	static _Thread_local char text[8][ID_TEXT_N + 1];
	static _Thread_local int turn;
	char *out = text[turn = (turn + 1) % 8];
	snprintf(out, ID_TEXT_N + 1, "01848000-%04x-7000-8000-00%08x%02x", (unsigned)n & 0xFFFF, (unsigned)n, (unsigned)family);
	return out;
}

struct id box_id(char family, int n)
{
	struct id id;
	CHECK(id_parse(str_of(box_name(family, n)), &id));
	return id;
}

/* ---- a clock that the parent can move ------------------------------------------------------------------------------- */

static int64_t moved_now(void *ctx)
{
	const struct sys *real = sys_real();
	return real->now_ms(real->ctx) + atomic_load((atomic_llong *)ctx);
}

static int64_t moved_mono(void *ctx)
{
	const struct sys *real = sys_real();
	return real->mono_us(real->ctx) + atomic_load((atomic_llong *)ctx) * 1000;
}

static void moved_random(void *ctx, void *out, size_t n)
{
	(void)ctx;
	const struct sys *real = sys_real();
	real->random(real->ctx, out, n);
}

/* ---- a data folder ---------------------------------------------------------------------------------------------------- */

void appbox_put(struct appbox *b, struct ledger *l, const char *kind, struct id outbreak, int64_t area, int64_t at, const char *body)
{
	struct err e = {0};
	struct arena a;
	char id[ID_TEXT_N + 1], of[ID_TEXT_N + 1];
	const struct json *j;
	struct fact f;
	arena_init(&a, 0);
	id_format(id_new(&b->sys), id);
	id_format(outbreak, of);
	struct str text = arena_printf(&a, "{'id':'%s','kind':'%s',%s%s%s'area':'%012lld','at':%lld,'body':%s}", id, kind,
				       id_is_none(outbreak) ? "" : "'outbreak':'", id_is_none(outbreak) ? "" : of,
				       id_is_none(outbreak) ? "" : "',", (long long)area, (long long)at, body);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '\'')
			((char *)(uintptr_t)text.p)[i] = '"';
	must(json_read(&a, text, &j, &e), &e, kind);
	must(fact_decode(&a, j, &f, &e), &e, kind);
	must(ledger_append_one(l, &f, &e), &e, kind);
	arena_done(&a);
}

struct ledger *appbox_ledger(struct appbox *b)
{
	struct err e = {0};
	struct ledger *l;
	must(ledger_open(&l, &b->o.ledger, &e), &e, "ledger_open");
	return l;
}

static void add_user(struct appbox *b, struct ledger *l, int n, const char *role, const char *suffix, int64_t area)
{
	char body[400];
	struct err e = {0};
	snprintf(body, sizeof body, "{'user':'%s','login':'%s%s','display_name':'%s','roles':['%s']}", box_name('u', n), role, suffix, role, role);
	appbox_put(b, l, "people.user_registered", ID_NONE, area, b->sys.now_ms(b->sys.ctx), body);
	must(keyring_password_set(ledger_keyring(l), box_id('u', n), STR(BOX_PASSWORD), &e), &e, "password");
}

static void fill(struct appbox *b)
{
	struct ledger *l = appbox_ledger(b);
	char body[400];
	int64_t now = b->sys.now_ms(b->sys.ctx);
	snprintf(body, sizeof body, "{'outbreak':'%s','name':'Outbreak','disease':'covid19'}", box_name('o', 1));
	appbox_put(b, l, "house.outbreak_declared", ID_NONE, BOX_AREA, now - 30 * MS_PER_DAY, body);
	snprintf(body, sizeof body, "{'outbreak':'%s','edition':'cn-covid19-9','from_at':%lld}", box_name('o', 1),
		 (long long)(now - 30 * MS_PER_DAY));
	appbox_put(b, l, "house.edition_adopted", ID_NONE, BOX_AREA, now - 30 * MS_PER_DAY, body);
	for (int r = 0; r < ROLE__N; r++) {
		add_user(b, l, 3 * r + 1, role_name((enum role)r), "", BOX_AREA);
		add_user(b, l, 3 * r + 2, role_name((enum role)r), "_v", BOX_VILLAGE);
		add_user(b, l, 3 * r + 3, role_name((enum role)r), "_x", BOX_OTHER_COUNTY_AREA);
	}
	ledger_close(&l);
}

void appbox_make(struct appbox *b, const char *parent, const char *db_url)
{
	struct err e = {0};
	*b = (struct appbox){.outbreak = box_id('o', 1)};
	snprintf(b->dir, sizeof b->dir, "%s/sushui-app.XXXXXX", parent ? parent : "/tmp");
	CHECK(mkdtemp(b->dir) != NULL);
	snprintf(b->db_url, sizeof b->db_url, "%s%s", db_url ? db_url : b->dir, db_url ? "" : "/ledger.db");
	snprintf(b->keyring, sizeof b->keyring, "%s/keyring", b->dir);
	b->ahead_ms = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(b->ahead_ms != MAP_FAILED);
	b->sys = (struct sys){moved_now, moved_mono, moved_random, b->ahead_ms};
	arena_init(&b->arena, 0);
	must(protocol_book_load(&b->arena, NULL, &b->protocols, &e), &e, "protocols");
	b->o = (struct app_options){
		.ledger = {.db_url = b->db_url, .keyring = b->keyring, .sys = &b->sys, .protocols = &b->protocols}, .area = BOX_AREA, .lang = "en"};
	must(keyring_create(b->keyring, &b->sys, &e), &e, "keyring");
	must(ledger_create(&b->o.ledger, &e), &e, "ledger_create");
	fill(b);
}

void appbox_remove(struct appbox *b)
{
	char command[160];
	snprintf(command, sizeof command, "rm -rf '%s'", b->dir);
	if (system(command) != 0)
		fprintf(stderr, "%s is left behind\n", b->dir);
	munmap(b->ahead_ms, 4096);
	arena_done(&b->arena);
}

/* ---- the server --------------------------------------------------------------------------------------------------------- */

static _Noreturn void child(struct appbox *b, int out)
{
	struct err e = {0};
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that dies takes its server with it */
	signal(SIGXFSZ, SIG_IGN); /* a test lets writes fail by a limit on the size of files */
	dup2(out, STDOUT_FILENO);
	char path[128];
	snprintf(path, sizeof path, "%s/log", b->dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	CHECK(fd >= 0);
	if (!getenv("APPBOX_STDERR")) /* for whoever looks for a mistake */
		dup2(fd, STDERR_FILENO);
	enum err_code rc = app_serve(&b->o, &e);
	if (rc != OK)
		log_err("app_serve", &e);
	arena_done(&b->arena);
	exit(rc == OK ? 0 : 1);
}

void appbox_start(struct appbox *b)
{
	int ends[2];
	char line[128] = "";
	CHECK(pipe(ends) == 0);
	fflush(NULL);
	b->pid = fork();
	CHECK(b->pid >= 0);
	if (b->pid == 0) {
		close(ends[0]);
		child(b, ends[1]);
	}
	close(ends[1]);
	FILE *f = fdopen(ends[0], "r");
	CHECK(f && fgets(line, sizeof line, f));
	fclose(f);
	const char *colon = strrchr(line, ':');
	CHECK(colon && strncmp(line, "listening on http://127.0.0.1:", 30) == 0);
	b->port = (uint16_t)atoi(colon + 1);
}

int appbox_stop(struct appbox *b, int sig)
{
	int status = 0;
	kill(b->pid, sig);
	CHECK(waitpid(b->pid, &status, 0) == b->pid);
	b->pid = 0;
	return status;
}

void appbox_sign_in(struct appbox *b, const char *login, char out[200])
{
	struct client c;
	struct reply r;
	char body[200];
	snprintf(body, sizeof body, "{\"login\":\"%s\",\"password\":\"" BOX_PASSWORD "\",\"bearer\":true,\"county\":\"%s\"}", login,
		 strstr(login, "_x") ? "140827" : "140826");
	client_open(&c, b->port);
	client_ask(&c, &r, "POST", "/api/sign-in", "Content-Type: application/json\r\n", str_of(body));
	const char *token = r.status == 200 ? memmem(r.body.p, r.body.n, "\"token\":\"", 9) : NULL;
	if (!token) {
		fprintf(stderr, "sign-in of %s: %d %.*s\n", login, r.status, STR_ARG(r.body));
		abort();
	}
	snprintf(out, 200, "Authorization: Bearer %.43s\r\nContent-Type: application/json\r\n", token + 9);
	client_close(&c);
}

/* ---- what tests say and expect ------------------------------------------------------------------------------------------- */

bool text_has(struct str text, const char *part)
{
	return memmem(text.p ? text.p : "", text.n, part, strlen(part)) != NULL;
}

int text_count(struct str text, const char *part)
{
	int n = 0;
	size_t k = strlen(part);
	for (const char *p; text.p && (p = memmem(text.p, text.n, part, k)); n++) {
		size_t skip = (size_t)(p - text.p) + k;
		text = (struct str){text.p + skip, text.n - skip};
	}
	return n;
}

int64_t text_number(struct str text, const char *key)
{
	char pattern[64];
	snprintf(pattern, sizeof pattern, "\"%s\":", key);
	const char *p = text.p ? memmem(text.p, text.n, pattern, strlen(pattern)) : NULL;
	return p ? strtoll(p + strlen(pattern), NULL, 10) : -1;
}

void reply_expect(const struct reply *r, int status, const char *part)
{
	if (r->status == status && text_has(r->body, part))
		return;
	fprintf(stderr, "%d with %s is expected, this came: %d %.*s\n", status, part, r->status, r->body.n > 2000 ? 2000 : (int)r->body.n,
		r->body.p ? r->body.p : "");
	abort();
}

void box_fact(struct appbox *box, struct buf *b, char family, int n, const char *kind, bool outbreak, int64_t area, const char *fmt, ...)
{
	va_list ap;
	if (b->n > 0 && b->p[b->n - 1] == '}')
		buf_add_byte(b, ',');
	size_t from = b->n;
	buf_printf(b, "{'id':'%s','kind':'%s','area':'%012lld','at':%lld,", box_name(family, n), kind, (long long)area,
		   (long long)box->sys.now_ms(box->sys.ctx) - 1000);
	if (outbreak)
		buf_printf(b, "'outbreak':'%s',", box_name('o', 1));
	buf_add_c(b, "'body':");
	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
	buf_add_byte(b, '}');
	for (size_t i = from; i < b->n; i++)
		if (b->p[i] == '\'')
			b->p[i] = '"';
}
