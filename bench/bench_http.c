/* SPDX-License-Identifier: Apache-2.0
 * Requests per second and CPU per request for static and deferred answers,
	each as a ratio to a bare epoll echo
 * server that reads a request and sends the same number of bytes back without looking at them. Server and client
 * run in one process; CPU is that of the server's threads alone. The rounds are interleaved. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "http/http.h"

enum { CONNS = 32, ROUNDS = 5, SLOW_MAX = 9000 };
#define ROUND_US 400000

static const char request_static[] = "GET /static HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
static const char request_later[] = "GET /later HTTP/1.1\r\nHost: bench\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n";
static size_t answer_n;         /* bytes of one answer, the same for all */
static _Atomic int64_t cpu_ns;  /* of the bare server's thread and of the committer */
static atomic_bool over;

static int64_t clock_ns(clockid_t id)
{
	struct timespec ts;
	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int64_t mono_us(void)
{
	return sys_real()->mono_us(NULL);
}

/* --- the reference --- */

static int bare_listen(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof sa;
	CHECK(bind(fd, (struct sockaddr *)&sa, n) == 0 && listen(fd, 128) == 0);
	CHECK(getsockname(fd, (struct sockaddr *)&sa, &n) == 0);
	*port = ntohs(sa.sin_port);
	return fd;
}

static void *bare_serve(void *arg)
{
	int listener = *(int *)arg, ep = epoll_create1(0);
	struct epoll_event ev = {.events = EPOLLIN, .data.fd = listener}, events[64];
	CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, listener, &ev) == 0);
	static char in[65536], out[65536];
	while (!atomic_load(&over)) {
		int n = epoll_wait(ep, events, 64, 50);
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == listener) {
				int one = 1;
				fd = accept(listener, NULL, NULL);
				CHECK(fd >= 0);
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
				ev = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
				CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) == 0);
			} else if (recv(fd, in, sizeof in, 0) <= 0) {
				close(fd);
			} else if (send(fd, out, answer_n, MSG_NOSIGNAL) < 0) {
				close(fd);
			}
		}
		atomic_store(&cpu_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID));
	}
	close(ep);
	return NULL;
}

/* --- ours --- */

static struct http_server *server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct http_token queue[CONNS + 1];
static size_t queue_n;
static clockid_t loop_clock;
static atomic_bool loop_up;

static void answer_static(struct http_req *req, struct http_res *res, void *user)
{
	(void)req;
	(void)user;
	http_res_static(res, "text/plain", STR("thirty bytes of static answer."));
}

static void answer_later(struct http_req *req, struct http_res *res, void *user)
{
	(void)res;
	(void)user;
	pthread_mutex_lock(&lock);
	CHECK(queue_n < CONNS);
	queue[queue_n++] = http_defer(req);
	pthread_cond_signal(&work);
	pthread_mutex_unlock(&lock);
}

/* Stands for the ledger's writer without its disk: takes the whole queue, answers it as one group. */
static void *commit(void *arg)
{
	(void)arg;
	struct http_token group[CONNS];
	for (;;) {
		pthread_mutex_lock(&lock);
		while (queue_n == 0 && !atomic_load(&over))
			pthread_cond_wait(&work, &lock);
		size_t n = queue_n;
		memcpy(group, queue, n * sizeof group[0]);
		queue_n = 0;
		pthread_mutex_unlock(&lock);
		if (n == 0)
			return NULL;
		for (size_t i = 0; i < n; i++)
			http_res_static(http_token_res(group[i]), "text/plain", STR("thirty bytes of static answer."));
		http_answer_batch(group, n);
		atomic_store(&cpu_ns, clock_ns(CLOCK_THREAD_CPUTIME_ID));
	}
}

static void *serve(void *arg)
{
	(void)arg;
	CHECK(pthread_getcpuclockid(pthread_self(), &loop_clock) == 0);
	atomic_store(&loop_up, true);
	CHECK(http_server_run(server, NULL) == OK);
	return NULL;
}

/* --- the client --- */

static int dial(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	CHECK(connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	return fd;
}

static int by_us(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

struct result {
	double per_s, p99_us;
};

static struct result drive(uint16_t port, const char *request)
{
	static int64_t took[1 << 20], sent[CONNS];
	int fds[CONNS], ep = epoll_create1(0);
	size_t got[CONNS] = {0}, done = 0, n = strlen(request);
	static char in[65536];
	for (uint32_t i = 0; i < CONNS; i++) {
		fds[i] = dial(port);
		struct epoll_event ev = {.events = EPOLLIN, .data.u32 = i};
		CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &ev) == 0);
		sent[i] = mono_us();
		CHECK(send(fds[i], request, n, 0) == (ssize_t)n);
	}
	int64_t begin = mono_us(), now = begin;
	struct epoll_event events[CONNS];
	while (now - begin < ROUND_US && done < ARRAY_N(took)) {
		int k = epoll_wait(ep, events, CONNS, 100);
		now = mono_us();
		for (int e = 0; e < k && done < ARRAY_N(took); e++) {
			uint32_t i = events[e].data.u32;
			ssize_t r = recv(fds[i], in, sizeof in, 0);
			CHECK(r > 0);
			got[i] += (size_t)r;
			if (got[i] < answer_n)
				continue;
			CHECK(got[i] == answer_n);
			got[i] = 0;
			took[done++] = now - sent[i];
			sent[i] = now;
			CHECK(send(fds[i], request, n, 0) == (ssize_t)n);
		}
	}
	for (int i = 0; i < CONNS; i++) { /* the last answers, so that the server is idle afterwards */
		while (got[i] < answer_n) {
			ssize_t r = recv(fds[i], in, sizeof in, 0);
			CHECK(r > 0);
			got[i] += (size_t)r;
		}
		close(fds[i]);
	}
	close(ep);
	CHECK(done > 0);
	qsort(took, done, sizeof took[0], by_us);
	return (struct result){(double)done * 1e6 / (double)(now - begin), (double)took[done * 99 / 100]};
}

static int by_double(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double median(double *v)
{
	qsort(v, ROUNDS, sizeof *v, by_double);
	return v[ROUNDS / 2];
}

/* As many as the open-file limit allows: both ends of each connection are in this process. */
static int slow_clients(void)
{
	struct rlimit r;
	CHECK(getrlimit(RLIMIT_NOFILE, &r) == 0);
	r.rlim_cur = r.rlim_max;
	CHECK(setrlimit(RLIMIT_NOFILE, &r) == 0);
	rlim_t n = r.rlim_max > 400 ? (r.rlim_max - 200) / 2 : 100;
	return n < SLOW_MAX ? (int)n : SLOW_MAX;
}

int main(void)
{
	static const struct http_route routes[] = {
		{VERB_GET, "/static", answer_static, HTTP_INLINE, 0, 0, NULL, "static", "静态"},
		{VERB_GET, "/later", answer_later, HTTP_INLINE, 0, 0, NULL, "deferred", "延后"},
	};
	struct http_config cfg = {.routes = routes, .routes_n = 2, .per_address_max = 10000, .header_ms = 600000};
	struct err e;
	if (http_server_open(&server, &cfg, &e) != OK) {
		fprintf(stderr, "%s: %s\n", e.at, e.what);
		return 1;
	}
	uint16_t bare_port, port = http_server_port(server);
	int listener = bare_listen(&bare_port);
	pthread_t threads[3];
	CHECK(pthread_create(&threads[0], NULL, serve, NULL) == 0);
	while (!atomic_load(&loop_up))
		usleep(1000);
	static char first[65536];
	int fd = dial(port);
	CHECK(send(fd, request_static, sizeof request_static - 1, 0) > 0);
	usleep(50000);
	answer_n = (size_t)recv(fd, first, sizeof first, 0);
	close(fd);

	static double rate[4][ROUNDS], cpu[4][ROUNDS], p99[4][ROUNDS];
	static const char *const names[4] = {"bare epoll echo", "static", "deferred, grouped",
		"static, slow clients beside"};
	static int slow[SLOW_MAX];
	int slow_n = slow_clients();
	for (int round = 0; round < ROUNDS; round++)
		for (int kind = 0; kind < 4; kind++) {
			pthread_t helper;
			atomic_store(&over, false);
			atomic_store(&cpu_ns, 0);
			if (kind == 0)
				CHECK(pthread_create(&helper, NULL, bare_serve, &listener) == 0);
			if (kind == 2)
				CHECK(pthread_create(&helper, NULL, commit, NULL) == 0);
			for (int i = 0; kind == 3 && i < slow_n; i++) {
				slow[i] = dial(port);
				CHECK(send(slow[i], "GET / HTTP/1.1\r\nX-a", 19, 0) == 19);
			}
			if (kind == 3)
				usleep(100000);
			int64_t before = clock_ns(loop_clock);
			int64_t t = mono_us();
			struct result r = drive(kind == 0 ? bare_port : port, kind == 2 ? request_later : request_static);
			double requests = r.per_s * (double)(mono_us() - t) / 1e6;
			int64_t used = kind == 0 ? 0 : clock_ns(loop_clock) - before;
			atomic_store(&over, true);
			pthread_mutex_lock(&lock);
			pthread_cond_signal(&work);
			pthread_mutex_unlock(&lock);
			if (kind == 0 || kind == 2) {
				pthread_join(helper, NULL);
				used += atomic_load(&cpu_ns);
			}
			for (int i = 0; kind == 3 && i < slow_n; i++)
				close(slow[i]);
			rate[kind][round] = r.per_s;
			cpu[kind][round] = (double)used / 1000 / requests;
			p99[kind][round] = r.p99_us;
		}
	double base_rate = median(rate[0]), base_cpu = median(cpu[0]), base_p99 = median(p99[0]);
	printf("http: %d connections, answers of %zu bytes, %d slow clients; medians of %d interleaved rounds\n", CONNS,
		answer_n, slow_n, ROUNDS);
	for (int kind = 0; kind < 4; kind++) {
		double v = kind ? median(rate[kind]) : base_rate, c = kind ? median(cpu[kind]) : base_cpu;
		double p = kind ? median(p99[kind]) : base_p99;
		printf("  %-34s %8.0f requests/s (%.2f of bare)  %6.2f us CPU (%.2f of bare)  p99 %6.0f us (%.2f)\n",
			names[kind], v,
			v / base_rate, c, c / base_cpu, p, p / base_p99);
	}
	http_server_stop(server);
	pthread_join(threads[0], NULL);
	http_server_close(&server);
	close(listener);
	return 0;
}
