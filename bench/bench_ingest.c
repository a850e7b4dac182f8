/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts through the whole server: durable swabs per second over HTTP (64 connections; 1, 10, 100, 1000 facts in a request) with everything
 * applied, as a ratio to raw inserts of the same rows (fact, swab, tube, entity) into the same SQLite schema with as many rows per commit as
 * the server's groups had; latency at a paced 750 registrations a second; PostgreSQL when SUSHUI_TEST_PG is set; memory of the idle
 * server; with `million` the time from start to the first answer with a million facts.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "appbox.h"
#include "testdb.h"

#define CONNS 64
#define PERSONS 20000
#define POOL 10
#define WHERE_N 240
#define PACE 750 /* registrations a second */

static char officer[200], sampler[200];
static int64_t started_at;

static int64_t mono_us(void)
{
	return sys_real()->mono_us(NULL);
}

/* ---- a county to sample ---------------------------------------------------------------------------------------------- */

static void append_all(struct ledger *l, struct fact *facts, size_t n)
{
	struct err e = {0};
	struct verdict *v = calloc(n, sizeof *v);
	struct submission sub = {actor_machine(), facts, v, n};
	CHECK(v && ledger_append(l, &sub, 1, &e) == OK);
	for (size_t i = 0; i < n; i++)
		if (v[i].code != OK) {
			fprintf(stderr, "%s %s %s\n", err_name(v[i].code), v[i].err.at, v[i].err.what);
			abort();
		}
	free(v);
	ledger_idle(l);
}

/* Makes n facts with `put` and appends them, 1000 at a time. */
static void fill(struct appbox *b, struct ledger *l, int from, int n, void (*put)(struct appbox *b, struct buf *text, int i))
{
	struct arena a;
	struct buf text;
	arena_init(&a, 0);
	buf_init(&text, 0);
	for (int i = 0; i < n; i += 1000) {
		const struct json *root;
		struct fact facts[1000];
		size_t k = 0;
		buf_reset(&text);
		buf_add_byte(&text, '[');
		for (int j = i; j < n && j < i + 1000; j++)
			put(b, &text, from + j);
		buf_add_byte(&text, ']');
		CHECK(json_read(&a, buf_str(&text), &root, NULL) == OK);
		JSON_EACH(c, root) {
			struct err e = {0};
			if (fact_decode(&a, c, &facts[k++], &e) != OK) {
				fprintf(stderr, "%s %s\n", e.at, e.what);
				abort();
			}
		}
		append_all(l, facts, k);
		arena_reset(&a);
	}
	buf_done(&text);
	arena_done(&a);
}

static void put_person(struct appbox *b, struct buf *text, int i)
{
	box_fact(b, text, 'F', i, "people.person_registered", false, BOX_VILLAGE + i % 50,
		 "{'person':'%s','household':'%s','name':'Person %d','phone':'139%08d','birth_year':%d,'sex':'female'}", box_name('p', i),
		 box_name('h', i / 3), i, i, 1930 + i % 90);
}

static void put_tube(struct appbox *b, struct buf *text, int i)
{
	box_fact(b, text, 'T', i, "testing.tube_opened", true, BOX_VILLAGE + i % 50,
		 "{'tube':'%s','code':'T%08d','campaign':'%s','round':%d,'pool_size':%d}", box_name('t', i), i, box_name('c', 1),
		 i * POOL / PERSONS + 1, POOL);
}

/* A swab a millisecond, as the clock of the phones would have it. */
static void put_swab(struct appbox *b, struct buf *text, int i)
{
	(void)b;
	if (text->n > 0 && text->p[text->n - 1] == '}')
		buf_add_byte(text, ',');
	buf_printf(text,
		   "{\"id\":\"%s\",\"kind\":\"testing.swab_taken\",\"area\":\"%lld\",\"at\":%lld,\"device\":\"phone-%d\",\"outbreak\":\"%s\","
		   "\"body\":{\"person\":\"%s\",\"tube\":\"%s\",\"campaign\":\"%s\",\"round\":%d}}",
		   box_name('S', i), (long long)(BOX_VILLAGE + i / POOL % 50), (long long)started_at + i, i % 100, box_name('o', 1),
		   box_name('p', i % PERSONS), box_name('t', i / POOL), box_name('c', 1), i / PERSONS + 1);
}

static void make_county(struct appbox *b, const char *db_url, int tubes)
{
	appbox_make(b, NULL, db_url);
	struct ledger *l = appbox_ledger(b);
	char body[400];
	started_at = b->sys.now_ms(b->sys.ctx) - MS_PER_HOUR;
	snprintf(body, sizeof body, "{'campaign':'%s','name':'All','areas':['140826000000'],'pool_size':%d,'rounds_per_day':1}", box_name('c', 1), POOL);
	appbox_put(b, l, "testing.campaign_declared", b->outbreak, BOX_AREA, started_at - 10000, body);
	fill(b, l, 0, PERSONS, put_person);
	fill(b, l, 0, tubes, put_tube);
	ledger_close(&l);
}

/* ---- 64 connections ---------------------------------------------------------------------------------------------------- */

struct conn {
	int fd;
	struct buf out; /* the request on its way */
	size_t sent_n;
	char in[1 << 16];
	size_t in_n;
	size_t want_n; /* of the whole answer; 0 = head not yet read */
	int64_t due_us; /* when the request was to be sent */
	bool busy;
};
struct load {
	struct conn *conns;
	int conns_n, epoll;
	uint64_t answered, refused;
};

static void load_open(struct load *l, uint16_t port, int n)
{
	*l = (struct load){.conns = calloc((size_t)n, sizeof *l->conns), .conns_n = n, .epoll = epoll_create1(EPOLL_CLOEXEC)};
	CHECK(l->conns && l->epoll >= 0);
	for (int i = 0; i < n; i++) {
		struct client c;
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
		client_open(&c, port); /* its buffers are empty still; the connection is ours from here */
		l->conns[i].fd = c.fd;
		buf_init(&l->conns[i].out, 0);
		fcntl(c.fd, F_SETFL, O_NONBLOCK);
		CHECK(epoll_ctl(l->epoll, EPOLL_CTL_ADD, c.fd, &ev) == 0);
	}
}

static void load_close(struct load *l)
{
	for (int i = 0; i < l->conns_n; i++) {
		close(l->conns[i].fd);
		buf_done(&l->conns[i].out);
	}
	close(l->epoll);
	free(l->conns);
}

static void push(struct load *l, struct conn *c)
{
	while (c->sent_n < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent_n, c->out.n - c->sent_n, MSG_NOSIGNAL);
		if (n < 0)
			break;
		c->sent_n += (size_t)n;
	}
	struct epoll_event ev = {.events = EPOLLIN | (c->sent_n < c->out.n ? EPOLLOUT : 0), .data.u32 = (uint32_t)(c - l->conns)};
	CHECK(epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &ev) == 0);
}

static void ask(struct load *l, struct conn *c, const char *headers, struct str body)
{
	buf_reset(&c->out);
	buf_printf(&c->out, "POST /api/facts HTTP/1.1\r\nHost: bench\r\n%sContent-Length: %zu\r\n\r\n", headers, body.n);
	buf_add_str(&c->out, body);
	c->sent_n = c->in_n = c->want_n = 0;
	c->busy = true;
	push(l, c);
}

/* True when the answer is whole; the bench looks at its status and at the count of refused facts only. */
static bool pull(struct load *l, struct conn *c)
{
	for (;;) {
		size_t room = sizeof c->in - c->in_n;
		ssize_t n = recv(c->fd, room > 4096 ? c->in + c->in_n : c->in + 4096, room > 4096 ? room : sizeof c->in - 4096, 0);
		if (n <= 0) {
			CHECK(n < 0 && errno == EAGAIN);
			return false;
		}
		size_t before = c->in_n;
		c->in_n += (size_t)n;
		if (c->want_n == 0) {
			const char *end = memmem(c->in, before + (size_t)n, "\r\n\r\n", 4);
			const char *length = end ? memmem(c->in, (size_t)(end - c->in), "Content-Length: ", 16) : NULL;
			if (!end)
				continue;
			CHECK(length);
			c->want_n = (size_t)(end - c->in) + 4 + (size_t)atol(length + 16);
			if (strncmp(c->in, "HTTP/1.1 200", 12) != 0)
				l->refused++;
		}
		if (c->in_n >= c->want_n)
			break;
	}
	l->answered++;
	c->busy = false;
	return true;
}

/* Posts requests_n requests of `batch` swabs from number `from` on; seconds it took. */
static double post_swabs(struct appbox *b, int from, int requests_n, int batch)
{
	struct load l;
	struct str *bodies = calloc((size_t)requests_n, sizeof *bodies);
	struct buf text;
	CHECK(bodies);
	for (int i = 0; i < requests_n; i++) {
		buf_init(&text, 0);
		if (batch > 1)
			buf_add_byte(&text, '[');
		for (int k = 0; k < batch; k++)
			put_swab(b, &text, from + i * batch + k);
		if (batch > 1)
			buf_add_byte(&text, ']');
		bodies[i] = buf_str(&text);
	}
	load_open(&l, b->port, requests_n < CONNS ? requests_n : CONNS);
	int sent = 0;
	int64_t t0 = mono_us();
	while (sent < l.conns_n) {
		ask(&l, &l.conns[sent], sampler, bodies[sent]);
		sent++;
	}
	while (l.answered < (uint64_t)requests_n) {
		struct epoll_event ev[CONNS];
		int n = epoll_wait(l.epoll, ev, CONNS, 10000);
		CHECK(n > 0);
		for (int i = 0; i < n; i++) {
			struct conn *c = &l.conns[ev[i].data.u32];
			if (ev[i].events & EPOLLOUT)
				push(&l, c);
			if ((ev[i].events & EPOLLIN) && pull(&l, c) && sent < requests_n) {
				ask(&l, c, sampler, bodies[sent]);
				sent++;
			}
		}
	}
	double took = (double)(mono_us() - t0) / 1e6;
	if (l.refused > 0) {
		fprintf(stderr, "%llu requests were refused: %.300s\n", (unsigned long long)l.refused, l.conns[0].in);
		abort();
	}
	load_close(&l);
	for (int i = 0; i < requests_n; i++)
		free((void *)(uintptr_t)bodies[i].p);
	free(bodies);
	return took;
}

/* ---- what the server says of itself -------------------------------------------------------------------------------------- */

static double metric(struct appbox *b, const char *name)
{
	struct client c;
	struct reply r;
	char line[80];
	client_open(&c, b->port);
	client_ask(&c, &r, "GET", "/metrics", NULL, STR_NONE);
	snprintf(line, sizeof line, "\n%s ", name);
	const char *p = memmem(r.body.p, r.body.n, line, strlen(line));
	CHECK(r.status == 200 && p);
	double v = strtod(p + strlen(line), NULL);
	client_close(&c);
	return v;
}

static double cpu_s(pid_t pid)
{
	char path[64], text[1024];
	unsigned long user = 0, kernel = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	CHECK(f);
	size_t n = fread(text, 1, sizeof text - 1, f);
	text[n] = 0;
	fclose(f);
	CHECK(sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) == 2);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

/* ---- the reference: the same rows by hand -------------------------------------------------------------------------------------- */

struct rows {
	sqlite3_value **v;
	int n, columns;
	char insert[400];
};

static void read_rows(sqlite3 *from, struct rows *r, const char *table, const char *where)
{
	char sql[1200];
	sqlite3_stmt *s;
	int cap = 0;
	*r = (struct rows){0};
	snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s", table, where);
	CHECK(sqlite3_prepare_v2(from, sql, -1, &s, NULL) == SQLITE_OK);
	r->columns = sqlite3_column_count(s);
	while (sqlite3_step(s) == SQLITE_ROW) {
		if (r->n == cap)
			r->v = realloc(r->v, sizeof *r->v * (size_t)r->columns * (size_t)(cap = cap ? 2 * cap : 1024));
		for (int c = 0; c < r->columns; c++)
			r->v[r->n * r->columns + c] = sqlite3_value_dup(sqlite3_column_value(s, c));
		r->n++;
	}
	sqlite3_finalize(s);
	int at = snprintf(r->insert, sizeof r->insert, "INSERT INTO %s VALUES (?", table);
	for (int c = 1; c < r->columns; c++)
		at += snprintf(r->insert + at, sizeof r->insert - (size_t)at, ",?");
	snprintf(r->insert + at, sizeof r->insert - (size_t)at, ")");
}

static void free_rows(struct rows *r)
{
	for (int i = 0; i < r->n * r->columns; i++)
		sqlite3_value_free(r->v[i]);
	free(r->v);
}

static void insert_row(sqlite3_stmt *s, const struct rows *r, int i)
{
	for (int c = 0; c < r->columns; c++)
		sqlite3_bind_value(s, c + 1, r->v[i * r->columns + c]);
	int rc = sqlite3_step(s);
	sqlite3_reset(s);
	CHECK(rc == SQLITE_DONE);
}

static void run_sql(sqlite3 *db, const char *sql)
{
	CHECK(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK);
}

/* Seconds for the rows of the swabs from seq `after` on, into a fresh database of the same schema, group rows per commit. */
static double raw(struct appbox *b, int64_t after, int group, int *facts_n)
{
	static const char *const tables[] = {"fact", "swab", "tube", "entity"};
	struct appbox fresh;
	struct rows rows[4];
	sqlite3_stmt *st[4];
	sqlite3 *from, *to;
	char first[100], where[4][WHERE_N];
	appbox_make(&fresh, NULL, NULL);
	snprintf(first, sizeof first, "at >= (SELECT min(at) FROM fact WHERE seq > %lld)", (long long)after);
	snprintf(where[0], WHERE_N, "seq > %lld ORDER BY seq", (long long)after);
	snprintf(where[1], WHERE_N, "%s ORDER BY at", first);
	snprintf(where[2], WHERE_N, "key IN (SELECT tube FROM swab WHERE %s)", first);
	snprintf(where[3], WHERE_N, "kind = 'tube' AND key IN (SELECT tube FROM swab WHERE %s)", first);
	CHECK(sqlite3_open(b->db_url, &from) == SQLITE_OK && sqlite3_open(fresh.db_url, &to) == SQLITE_OK);
	run_sql(to, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA wal_autocheckpoint=0; DELETE FROM entity;");
	for (int t = 0; t < 4; t++) {
		read_rows(from, &rows[t], tables[t], where[t]);
		CHECK(sqlite3_prepare_v2(to, rows[t].insert, -1, &st[t], NULL) == SQLITE_OK);
	}
	CHECK(rows[0].n == rows[1].n && rows[2].n > 0 && rows[3].n == rows[2].n);
	int64_t t0 = mono_us();
	for (int i = 0; i < rows[0].n;) {
		run_sql(to, "BEGIN IMMEDIATE");
		for (int end = i + group; i < end && i < rows[0].n; i++) {
			insert_row(st[0], &rows[0], i);
			insert_row(st[1], &rows[1], i);
			if (i % POOL == 0 && i / POOL < rows[2].n) {
				insert_row(st[2], &rows[2], i / POOL);
				insert_row(st[3], &rows[3], i / POOL);
			}
		}
		run_sql(to, "COMMIT");
	}
	double took = (double)(mono_us() - t0) / 1e6;
	*facts_n = rows[0].n;
	for (int t = 0; t < 4; t++) {
		sqlite3_finalize(st[t]);
		free_rows(&rows[t]);
	}
	sqlite3_close(from);
	sqlite3_close(to);
	appbox_remove(&fresh);
	return took;
}

/* ---- measuring ------------------------------------------------------------------------------------------------------------------ */

static void start(struct appbox *b)
{
	appbox_start(b);
	appbox_sign_in(b, "officer", officer);
	appbox_sign_in(b, "sampler", sampler);
}

static struct {
	int batch, requests;
} series[] = {{1, 6000}, {10, 2500}, {100, 500}, {1000, 60}};

static int swabs_of_all(void)
{
	int n = 0;
	for (size_t i = 0; i < ARRAY_N(series); i++)
		n += series[i].batch * series[i].requests;
	return n;
}

static void throughput(struct appbox *b, bool with_raw, const char *name)
{
	int from = 0;
	double best = 0, best_ratio = 0;
	printf("\n%s: swabs through HTTP, %d connections\n  in a request    facts/s   per group   CPU us/fact%s\n", name, CONNS,
	       with_raw ? "      raw/s   ratio" : "");
	for (size_t i = 0; i < ARRAY_N(series); i++) {
		int n = series[i].batch * series[i].requests, raw_n = 0;
		int64_t head = (int64_t)metric(b, "sushui_facts_in_ledger");
		double groups = metric(b, "sushui_groups_total"), cpu = cpu_s(b->pid);
		double took = post_swabs(b, from, series[i].requests, series[i].batch);
		groups = metric(b, "sushui_groups_total") - groups;
		cpu = cpu_s(b->pid) - cpu;
		CHECK((int64_t)metric(b, "sushui_facts_in_ledger") == head + n);
		from += n;
		double rate = n / took;
		printf("  %12d %10.0f %11.0f %13.0f", series[i].batch, rate, n / groups, cpu * 1e6 / n);
		if (with_raw) {
			int64_t others = 3 * ROLE__N / 3; /* the users of the other county stand in another chain */
			double raw_s = raw(b, head - others, (int)(n / groups + 0.5), &raw_n);
			double ratio = rate / (raw_n / raw_s);
			printf(" %10.0f %7.2f", raw_n / raw_s, ratio);
			best_ratio = ratio > best_ratio ? ratio : best_ratio;
		}
		printf("\n");
		fflush(stdout);
		best = rate > best ? rate : best;
	}
	if (with_raw)
		printf("  goal: 5000 facts/s and 0.25 of raw; best %.0f, %.2f\n", best, best_ratio);
	else
		printf("  goal: 2000 facts/s; best %.0f\n", best);
}

static int by_value(const void *x, const void *y)
{
	int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
	return (a > b) - (a < b);
}

/* Registrations at a steady pace, each timed from the moment it was due, so that a slow answer cannot hide those behind it. */
static void paced(struct appbox *b, int seconds)
{
	struct load l;
	int n = PACE * seconds, sent = 0, waiting = 0, next = 0;
	int64_t *took = calloc((size_t)n, sizeof *took);
	struct buf text;
	buf_init(&text, 0);
	load_open(&l, b->port, 256);
	int64_t t0 = mono_us() + 1000;
	while (l.answered < (uint64_t)n) {
		int64_t now = mono_us();
		for (int i = 0; i < l.conns_n && sent < n && t0 + (int64_t)sent * 1000000 / PACE <= now; i++) {
			struct conn *c = &l.conns[next = (next + 1) % l.conns_n]; /* in turn: none idles until the server closes it */
			if (c->busy)
				continue;
			buf_reset(&text);
			put_person(b, &text, PERSONS + sent);
			c->due_us = t0 + (int64_t)sent++ * 1000000 / PACE;
			ask(&l, c, officer, buf_str(&text));
			waiting++;
		}
		struct epoll_event ev[64];
		int got = epoll_wait(l.epoll, ev, 64, 1);
		for (int i = 0; i < got; i++) {
			struct conn *c = &l.conns[ev[i].data.u32];
			if ((ev[i].events & EPOLLIN) && pull(&l, c)) {
				took[l.answered - 1] = mono_us() - c->due_us;
				waiting--;
			}
		}
	}
	CHECK(waiting == 0 && l.refused == 0);
	qsort(took, (size_t)n, sizeof *took, by_value);
	printf("\n%d registrations/s for %d s: p50 %.1f ms, p99 %.1f ms, p99.9 %.1f ms, worst %.1f ms (goal: p99 under 200 ms)\n", PACE, seconds,
	       (double)took[n / 2] / 1e3, (double)took[n - n / 100] / 1e3, (double)took[n - n / 1000] / 1e3, (double)took[n - 1] / 1e3);
	load_close(&l);
	buf_done(&text);
	free(took);
}

static void idle_memory(void)
{
	struct appbox b;
	appbox_make(&b, NULL, NULL);
	start(&b);
	printf("idle server: %.1f MiB resident (goal: under 64)\n", metric(&b, "sushui_memory_resident_bytes") / 1048576);
	appbox_stop(&b, SIGTERM);
	appbox_remove(&b);
}

static void million(void)
{
	struct appbox b;
	const int persons = 100000, swabs = 900000;
	make_county(&b, NULL, swabs / POOL);
	struct ledger *l = appbox_ledger(&b);
	fill(&b, l, PERSONS, persons - PERSONS, put_person);
	int64_t t0 = mono_us();
	fill(&b, l, 0, swabs, put_swab);
	printf("\n%d swabs appended in %.1f s\n", swabs, (double)(mono_us() - t0) / 1e6);
	ledger_close(&l);
	for (int round = 0; round < 3; round++) {
		struct client c;
		struct reply r;
		t0 = mono_us();
		appbox_start(&b);
		client_open(&c, b.port);
		client_ask(&c, &r, "GET", "/healthz", NULL, STR_NONE);
		double s = (double)(mono_us() - t0) / 1e6;
		CHECK(r.status == 200);
		printf("start to first answer with %lld facts: %.3f s (goal: under 1)\n", (long long)text_number(r.body, "facts"), s);
		client_close(&c);
		appbox_stop(&b, round == 0 ? SIGTERM : SIGKILL);
	}
	appbox_remove(&b);
}

static void on_sqlite(bool swabs, bool pace)
{
	struct appbox b;
	make_county(&b, NULL, swabs ? swabs_of_all() / POOL : 10);
	start(&b);
	if (swabs)
		throughput(&b, true, "SQLite");
	if (pace)
		paced(&b, 20);
	printf("afterwards: %.1f MiB resident\n", metric(&b, "sushui_memory_resident_bytes") / 1048576);
	appbox_stop(&b, SIGTERM);
	appbox_remove(&b);
}

static void on_postgres(void)
{
	struct appbox b;
	struct testdb pg;
	if (!testdb_new(&pg, DB_POSTGRES))
		return;
	make_county(&b, pg.url, swabs_of_all() / POOL);
	start(&b);
	throughput(&b, false, "PostgreSQL");
	appbox_stop(&b, SIGTERM);
	appbox_remove(&b);
	testdb_done(&pg);
}

/* Without arguments all but the million; else the parts named: idle swabs pace postgres million; `small` before swabs or
 * postgres: a thirtieth of it, for a profiler. */
int main(int argc, char **argv)
{
	bool idle = argc == 1, swabs = argc == 1, pace = argc == 1, postgres = argc == 1, large = false;
	for (int i = 1; i < argc; i++) {
		idle |= strcmp(argv[i], "idle") == 0;
		swabs |= strcmp(argv[i], "swabs") == 0;
		pace |= strcmp(argv[i], "pace") == 0;
		postgres |= strcmp(argv[i], "postgres") == 0;
		large |= strcmp(argv[i], "million") == 0;
		for (size_t k = 0; strcmp(argv[i], "small") == 0 && k < ARRAY_N(series); k++)
			series[k].requests = series[k].requests / 30 + 1;
	}
	if (idle)
		idle_memory();
	if (swabs || pace)
		on_sqlite(swabs, pace);
	if (postgres)
		on_postgres();
	if (large)
		million();
	return 0;
}
