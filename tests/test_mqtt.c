/* SPDX-License-Identifier: Apache-2.0
 *
 * The gateway to door sensors against a real mosquitto broker with TLS, passwords and access rules that the program itself wrote: who
 * may speak, what becomes of a message, and that nothing is lost when the broker, the server or the ledger is away for a while.
 *
 * Needs mosquitto and openssl (scripts/setup). Everything runs on the loopback device, in a folder of its own.
 */
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "cm.h"
#include "core/buf.h"
#include "core/sys.h"
#include "gateway/door_message.h"
#include "testdb.h"

#define OUTBREAK "01900000-0000-7000-8000-00000000000a"
#define PERSON "01900000-0000-7000-8000-0000000000a1"
#define CASE_PERSON "01900000-0000-7000-8000-0000000000a2"
#define HOUSEHOLD "01900000-0000-7000-8000-0000000000b1"
#define CASE "01900000-0000-7000-8000-0000000000c1"
#define WATCH "01900000-0000-7000-8000-0000000000d1"
#define REFUSED (-1)
#define TIMED_OUT (-2)
#define NOT_AUTHORIZED 135

static char dir[128], sushui[4096];
static int broker_port, server_port, facts_n;
static pid_t broker, server;
static char passwords[3][40]; /* sushui, door-1, door-2 */

static int64_t now_ms(void)
{
	const struct sys *s = sys_real();
	return s->now_ms(s->ctx);
}

static void nap(int ms)
{
	nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

/* Runs a shell command in the folder; its standard output in *out (NULL: not wanted). */
static int sh(struct buf *out, const char *fmt, ...)
{
	char line[6000], whole[7000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof whole, "cd '%s' && %s", dir, line);
	FILE *p = popen(whole, "r");
	assert_non_null(p);
	char block[4096];
	for (size_t n; (n = fread(block, 1, sizeof block, p)) > 0;)
		if (out)
			buf_add(out, block, n);
	return pclose(p);
}

static pid_t spawn(const char *log, const char *const *argv)
{
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char path[256];
		snprintf(path, sizeof path, "%s/%s", dir, log);
		int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
		if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0 || chdir(dir) != 0)
			_exit(126);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	return pid;
}

static void end(pid_t *pid, int sig)
{
	int status;
	if (*pid <= 0)
		return;
	kill(*pid, sig);
	waitpid(*pid, &status, 0);
	*pid = 0;
}

static int free_port(void)
{
	struct buf out;
	buf_init(&out, 0);
	/* a port that the kernel gives out and nobody holds */
	assert_int_equal(sh(&out, "python3 -c 'import socket; s = socket.socket(); s.bind((\"127.0.0.1\", 0)); print(s.getsockname()[1])' 2>/dev/null"
			    " || shuf -i 20000-40000 -n 1"), 0);
	int port = atoi(buf_str(&out).p);
	buf_done(&out);
	assert_true(port > 0);
	return port;
}

/* ---- the broker ---------------------------------------------------------------------------------------------------------- */

static void make_certificates(void)
{
	assert_int_equal(sh(NULL, "exec 2>openssl.log; openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=test authority' -keyout ca.key -out ca.pem"
				  " && openssl req -newkey rsa:2048 -nodes -subj '/CN=127.0.0.1' -keyout broker.key -out broker.csr"
				  " && printf 'subjectAltName=IP:127.0.0.1' >san && openssl x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial"
				  " -days 2 -extfile san -out broker.pem"
				  " && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=another authority' -keyout other.key -out other.pem"), 0);
}

static void broker_start(void)
{
	char conf[256];
	snprintf(conf, sizeof conf, "%s/mosquitto.conf", dir);
	FILE *f = fopen(conf, "w");
	assert_non_null(f);
	fprintf(f, "listener %d 127.0.0.1\ncafile %s/ca.pem\ncertfile %s/broker.pem\nkeyfile %s/broker.key\nallow_anonymous false\n"
		   "password_file %s/broker/passwd\nacl_file %s/broker/acl\npersistence true\npersistence_location %s/\n",
		broker_port, dir, dir, dir, dir, dir, dir);
	if (getuid() == 0) /* else it would change to a user that cannot read this folder */
		fprintf(f, "user root\n");
	fclose(f);
	broker = spawn("broker.log", (const char *const[]){"mosquitto", "-c", conf, NULL});
	for (int i = 0; i < 100; i++) {
		if (sh(NULL, "openssl s_client -connect 127.0.0.1:%d -CAfile ca.pem </dev/null >/dev/null 2>&1", broker_port) == 0)
			return;
		nap(100);
	}
	fail_msg("the broker does not start; see %s/broker.log", dir);
}

struct publisher {
	int connected, answered; /* reason code + 1; 0 = not yet */
};

static void on_connected(struct mosquitto *m, void *ctx, int rc)
{
	(void)m;
	((struct publisher *)ctx)->connected = rc + 1;
}

static void on_published(struct mosquitto *m, void *ctx, int mid, int reason, const mosquitto_property *props)
{
	(void)m;
	(void)mid;
	(void)props;
	((struct publisher *)ctx)->answered = reason + 1;
}

/* 0: the broker took it; REFUSED: no session; else the broker's reason. */
static int publish(const char *ca, const char *user, const char *password, const char *topic, const char *payload)
{
	struct publisher p = {0};
	char path[256];
	snprintf(path, sizeof path, "%s/%s", dir, ca);
	struct mosquitto *m = mosquitto_new(NULL, true, &p);
	assert_non_null(m);
	mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	assert_int_equal(mosquitto_tls_set(m, path, NULL, NULL, NULL, NULL), MOSQ_ERR_SUCCESS);
	mosquitto_username_pw_set(m, user, password);
	mosquitto_connect_callback_set(m, on_connected);
	mosquitto_publish_v5_callback_set(m, on_published);
	int result = mosquitto_connect(m, "127.0.0.1", broker_port, 10) == MOSQ_ERR_SUCCESS ? TIMED_OUT : REFUSED;
	for (int i = 0; result == TIMED_OUT && i < 100; i++) {
		if (mosquitto_loop(m, 50, 1) != MOSQ_ERR_SUCCESS || p.connected > 1)
			result = REFUSED;
		else if (p.connected == 1) {
			p.connected = -1;
			assert_int_equal(mosquitto_publish(m, NULL, topic, (int)strlen(payload), payload, 1, false), MOSQ_ERR_SUCCESS);
		} else if (p.answered)
			result = p.answered - 1 < 128 ? 0 : p.answered - 1;
	}
	mosquitto_disconnect(m);
	mosquitto_destroy(m);
	return result;
}

static int door(int sensor, const char *word, const char *fmt, ...)
{
	char topic[100], user[20], payload[2000];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(payload, sizeof payload, fmt, ap);
	va_end(ap);
	snprintf(user, sizeof user, "door-%d", sensor);
	snprintf(topic, sizeof topic, "sushui/140826/door/%s/%s", user, word);
	return publish("ca.pem", user, passwords[sensor], topic, payload);
}

/* ---- the server ------------------------------------------------------------------------------------------------------------ */

static void fact(const char *kind, bool outbreak, int64_t at, const char *fmt, ...)
{
	char body[2000], path[256];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(body, sizeof body, fmt, ap);
	va_end(ap);
	for (char *c = body; *c; c++)
		if (*c == '\'')
			*c = '"';
	snprintf(path, sizeof path, "%s/facts.jsonl", dir);
	FILE *f = fopen(path, "a");
	assert_non_null(f);
	fprintf(f, "{\"id\":\"01900000-0000-7000-8000-%012d\",\"kind\":\"%s\",%s\"area\":\"140826105201\",\"at\":%lld,\"recorded\":%lld,\"body\":{%s}}\n",
		++facts_n, kind, outbreak ? "\"outbreak\":\"" OUTBREAK "\"," : "", (long long)at, (long long)at, body);
	fclose(f);
}

static void post(void)
{
	struct buf out;
	buf_init(&out, 0);
	if (sh(&out, "%s post data facts.jsonl 2>&1", sushui) != 0)
		fail_msg("post: %.*s", (int)out.n, out.p);
	sh(NULL, "rm facts.jsonl");
	buf_done(&out);
}

static void server_start(void)
{
	char url[64];
	sh(NULL, ": >server.log");
	snprintf(url, sizeof url, "mqtts://127.0.0.1:%d", broker_port);
	server = spawn("server.log", (const char *const[]){sushui, "serve", "data", "--port", "0", "--mqtt", url, "--mqtt-ca", "ca.pem", "--mqtt-user",
							   "sushui", "--mqtt-password-file", "password", NULL});
	for (int i = 0; i < 100; i++) {
		struct buf out;
		buf_init(&out, 0);
		sh(&out, "sed -n 's/^listening on .*://p' server.log");
		server_port = out.n ? atoi(buf_str(&out).p) : 0;
		buf_done(&out);
		if (server_port > 0)
			return;
		nap(100);
	}
	fail_msg("the server does not start; see %s/server.log", dir);
}

/* A line of /metrics, -1 when it is not there. */
static int64_t metric(const char *name)
{
	struct client c;
	struct reply r;
	int64_t v = -1;
	client_open(&c, (uint16_t)server_port);
	client_ask(&c, &r, "GET", "/metrics", NULL, STR_NONE);
	const char *at = r.status == 200 ? memmem(r.body.p, r.body.n, name, strlen(name)) : NULL;
	while (at && at > r.body.p && at[-1] != '\n')
		at = memmem(at + 1, r.body.n - (size_t)(at + 1 - r.body.p), name, strlen(name));
	if (at)
		v = atoll(at + strlen(name));
	client_close(&c);
	return v;
}

static void until_s(const char *name, int64_t least, int seconds)
{
	for (int i = 0; i < 10 * seconds; i++) {
		if (metric(name) >= least)
			return;
		nap(100);
	}
	fail_msg("%s stays below %lld (%lld); see %s/server.log", name, (long long)least, (long long)metric(name), dir);
}

static void until(const char *name, int64_t least)
{
	until_s(name, least, 30);
}

static int rows(const char *query, const char *part)
{
	struct buf out;
	int n = 0;
	buf_init(&out, 0);
	assert_int_equal(sh(&out, "%s query data %s --json 2>/dev/null", sushui, query), 0);
	struct str s = buf_str(&out);
	for (const char *p = s.p; p && (p = memmem(p, s.n - (size_t)(p - s.p), part, strlen(part))); p++)
		n++;
	buf_done(&out);
	return n;
}

static void until_rows(const char *query, const char *part, int n)
{
	for (int i = 0; i < 150; i++) {
		if (rows(query, part) == n)
			return;
		nap(200);
	}
	fail_msg("%s: %d of %s, expected %d", query, rows(query, part), part, n);
}

#define OPENED "\"what\":\"opened\""
#define BECAME(word) "sushui_mqtt_messages_total{became=\"" word "\"} "
#define CONNECTED "sushui_mqtt_connected "

/* ---- the story ---------------------------------------------------------------------------------------------------------------- */

static void passwords_make(void)
{
	struct buf out;
	static const char *const names[] = {"sushui", "door-1", "door-2"};
	buf_init(&out, 0);
	assert_int_equal(sh(&out, "%s sensors data broker sushui door-1 door-2", sushui), 0);
	struct str text = buf_str(&out);
	for (int i = 0; i < 3; i++) {
		struct str line = str_cut(&text, '\n'), name = str_cut(&line, ',');
		assert_true(str_eq_c(name, names[i]));
		str_to_c(line, passwords[i], sizeof passwords[i]);
	}
	buf_done(&out);
	assert_int_not_equal(sh(NULL, "%s sensors data broker door-1 2>/dev/null", sushui), 0); /* it has one */
	assert_int_equal(sh(NULL, "umask 077; echo '%s' >password", passwords[0]), 0);
}

static int set_up(void **state)
{
	(void)state;
	const char *program = getenv("SUSHUI"), *tmp = getenv("TMPDIR");
	assert_non_null(realpath(program ? program : "build/sushui", sushui));
	snprintf(dir, sizeof dir, "%s/sushui-mqtt.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	mosquitto_lib_init();
	broker_port = free_port();
	make_certificates();
	assert_int_equal(sh(NULL, "%s init data --area 140826 --timezone Asia/Shanghai >/dev/null", sushui), 0);
	passwords_make();
	/* the 9th edition, but a sensor is silent after a minute */
	char edition[4096];
	assert_non_null(realpath("protocols/cn-covid19-9.yaml", edition));
	assert_int_equal(sh(NULL, "mkdir -p data/protocols && sed 's/^id: .*/id: test-edition/; s/^parameters:/parameters:\\n  home.sensor_silent_min: "
				  "{ value: 1, status: R, why: test }/' '%s' >data/protocols/test.yaml", edition), 0);
	int64_t now = now_ms(), day = MS_PER_DAY;
	fact("house.outbreak_declared", false, now - 30 * day, "'outbreak':'" OUTBREAK "','name':'Autumn','disease':'covid19'");
	fact("house.edition_adopted", false, now - 30 * day, "'outbreak':'" OUTBREAK "','edition':'test-edition','from_at':%lld", (long long)(now - 30 * day));
	fact("people.person_registered", false, now - 20 * day, "'person':'" PERSON "','household':'" HOUSEHOLD "','name':'Bai Yi'");
	fact("tracing.case_opened", true, now - day, "'case':'" CASE "','person':'" CASE_PERSON "','class':'asymptomatic','found_by':'screening','sampled_at':%lld",
	     (long long)(now - 2 * day));
	fact("tracing.contact_classified", true, now - day, "'person':'" PERSON "','case':'" CASE "','tier':'close_contact','place':'home',"
	     "'first_exposure_at':%lld,'last_exposure_at':%lld,'reason':'a child of seven'", (long long)(now - 2 * day), (long long)(now - 2 * day));
	fact("homecare.sensor_bound", true, now - day + 1, "'watch':'" WATCH "','person':'" PERSON "','sensor':'door-1','consent':true,'consent_at':%lld,"
	     "'announced':true", (long long)(now - day));
	post();
	broker_start();
	server_start();
	until(CONNECTED, 1);
	return 0;
}

static int take_down(void **state)
{
	(void)state;
	end(&server, SIGTERM);
	end(&broker, SIGTERM);
	mosquitto_lib_cleanup();
	if (!getenv("SUSHUI_KEEP"))
		sh(NULL, "rm -rf '%s'", dir);
	return 0;
}

/* Who may speak: its own password, its own topic, the authority that both sides know. */
static void who_may_speak(void **state)
{
	(void)state;
	char payload[100];
	snprintf(payload, sizeof payload, "{\"id\":\"x\",\"at\":%lld}", (long long)now_ms());
	assert_int_equal(publish("ca.pem", "door-1", "not its password", "sushui/140826/door/door-1/open", payload), REFUSED);
	assert_int_equal(publish("ca.pem", "door-9", passwords[1], "sushui/140826/door/door-9/open", payload), REFUSED);
	assert_int_equal(publish("other.pem", "door-1", passwords[1], "sushui/140826/door/door-1/open", payload), REFUSED);
	assert_int_equal(publish("ca.pem", "door-2", passwords[2], "sushui/140826/door/door-1/open", payload), NOT_AUTHORIZED);
	assert_int_equal(publish("ca.pem", "door-1", passwords[1], "sushui/140826/door/door-1/other", payload), NOT_AUTHORIZED);
	assert_int_equal(publish("ca.pem", "sushui", passwords[0], "sushui/140826/door/door-1/open", payload), NOT_AUTHORIZED);
	nap(500);
	assert_int_equal(rows("homecare.door_events", OPENED), 0);
}

static void one_fact_each(void **state)
{
	(void)state;
	long long at = (long long)now_ms();
	for (int i = 0; i < 3; i++) /* the same message three times, as a sensor does that got no answer */
		assert_int_equal(door(1, "open", "{\"id\":\"17\",\"at\":%lld}", at), 0);
	for (int i = 0; i < 2; i++) /* without a number of its own */
		assert_int_equal(door(1, "open", "{\"at\":%lld}", at + 1000), 0);
	assert_int_equal(door(1, "close", "{\"at\":%lld}", at + 2000), 0);
	until(BECAME("fact"), 3);
	until(BECAME("duplicate"), 3);
	assert_int_equal(rows("homecare.door_events", OPENED), 2);
	/* nothing was announced: one call, whoever asks; the second opening waits for the same call */
	assert_int_equal(rows("house.duties", "homecare.call_back"), 1);
	/* heartbeats: one fact, the rest in memory */
	for (int i = 0; i < 3; i++)
		assert_int_equal(door(1, "heartbeat", "{\"at\":%lld,\"battery\":80}", at + 3000 + i), 0);
	until(BECAME("heartbeat"), 2);
	assert_int_equal(rows("homecare.sensors", "\"battery\":80"), 1);
	assert_int_equal(door(1, "heartbeat", "{\"at\":%lld,\"battery\":9}", at + 4000), 0);
	until_rows("homecare.sensors", "\"battery\":9", 1);
	assert_int_equal(rows("house.duties", "homecare.sensor_silent"), 1);
}

static void odd_ones(void **state)
{
	(void)state;
	long long at = (long long)now_ms();
	int64_t odd = metric(BECAME("odd"));
	static const char *const bad[] = {"", "not json", "[]", "{}", "{\"at\":\"yesterday\"}", "{\"at\":1}", "{\"at\":true}", "\xff\xfe"};
	for (size_t i = 0; i < ARRAY_N(bad); i++)
		assert_int_equal(publish("ca.pem", "door-1", passwords[1], "sushui/140826/door/door-1/open", bad[i]), 0);
	until(BECAME("odd"), odd + (int64_t)ARRAY_N(bad));
	assert_int_equal(door(2, "open", "{\"at\":%lld}", at), 0); /* no watch binds it */
	until(BECAME("unbound"), 1);
	assert_int_equal(metric(CONNECTED), 1);
}

static void broker_away(void **state)
{
	(void)state;
	int before = rows("homecare.door_events", OPENED);
	int64_t sessions = metric("sushui_mqtt_connects_total ");
	end(&broker, SIGTERM);
	nap(1500);
	broker_start();
	until("sushui_mqtt_connects_total ", sessions + 1);
	assert_int_equal(door(1, "open", "{\"id\":\"after the restart\",\"at\":%lld}", (long long)now_ms()), 0);
	until_rows("homecare.door_events", OPENED, before + 1);
}

/* The server is gone without a word, the sensors go on, the broker is started anew, and then the server comes back. */
static void server_away(void **state)
{
	(void)state;
	int before = rows("homecare.door_events", OPENED);
	end(&server, SIGKILL);
	for (int i = 0; i < 20; i++)
		assert_int_equal(door(1, "open", "{\"id\":\"away %d\",\"at\":%lld}", i, (long long)now_ms()), 0);
	end(&broker, SIGTERM);
	broker_start();
	for (int i = 10; i < 25; i++) /* ten of them again */
		assert_int_equal(door(1, "open", "{\"id\":\"away %d\",\"at\":%lld}", i, (long long)now_ms()), 0);
	server_start();
	until_rows("homecare.door_events", OPENED, before + 25);
}

static int table_rows(const char *table)
{
	char path[256], text[64];
	sqlite3 *db;
	sqlite3_stmt *st;
	snprintf(path, sizeof path, "%s/data/ledger.db", dir);
	snprintf(text, sizeof text, "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int n = sqlite3_column_int(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

/* Somebody else holds the ledger: nothing is acknowledged, and it comes again when the ledger can write. */
static void ledger_away(void **state)
{
	(void)state;
	int before = rows("homecare.door_events", OPENED);
	char path[256];
	sqlite3 *db;
	snprintf(path, sizeof path, "%s/data/ledger.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(door(1, "open", "{\"id\":\"while locked\",\"at\":%lld}", (long long)now_ms()), 0);
	until(BECAME("not_written"), 1);
	assert_int_equal(rows("homecare.door_events", OPENED), before);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	until_rows("homecare.door_events", OPENED, before + 1);
	until(CONNECTED, 1);
}

/* Nothing is heard for a minute: one fact says so; a heartbeat says that the sensor is back. */
static void silence(void **state)
{
	(void)state;
	int64_t before = metric("sushui_mqtt_silences_total ");
	until_s("sushui_mqtt_silences_total ", before + 1, 90);
	assert_int_equal(rows("homecare.sensors", "\"state\":\"silent\""), 1);
	assert_int_equal(rows("house.duties", "homecare.sensor_silent"), 1);
	int64_t facts = metric(BECAME("fact"));
	assert_int_equal(door(1, "heartbeat", "{\"at\":%lld,\"battery\":90}", (long long)now_ms()), 0);
	until(BECAME("fact"), facts + 1);
	assert_int_equal(rows("homecare.sensors", "\"state\":\"silent\""), 0);
	assert_int_equal(rows("house.duties", "homecare.sensor_silent"), 0);
}

/* What cannot work is said at once, by name; nothing is started. */
static void wrong_options(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {
		{"--mqtt mqtt://broker.example", "mqtts:// only"},
		{"--mqtt http://127.0.0.1", "mqtts://HOST"},
		{"--mqtt mqtts://127.0.0.1:0", "a port"},
		{"--mqtt mqtts://:8883", "missing"},
		{"--mqtt mqtts://127.0.0.1 --mqtt-ca nothing.pem", "nothing.pem"},
		{"--mqtt mqtts://127.0.0.1 --mqtt-ca ca.pem --mqtt-user u --mqtt-password-file open.txt", "chmod 600"},
		{"--mqtt mqtts://127.0.0.1 --mqtt-ca ca.pem --mqtt-user u --mqtt-password-file none.txt", "cannot be read"},
		{"--mqtt-user u", "--mqtt"},
	};
	sh(NULL, "echo secret >open.txt; chmod 644 open.txt");
	assert_int_equal(sh(NULL, "%s init other --area 140826 --timezone Asia/Shanghai >/dev/null", sushui), 0);
	for (size_t i = 0; i < ARRAY_N(wrong); i++) {
		struct buf out;
		buf_init(&out, 0);
		sh(&out, "timeout 20 %s serve other --port 0 %s 2>&1; echo code $?", sushui, wrong[i][0]);
		buf_add(&out, "", 1);
		if (!strstr(out.p, wrong[i][1]) || strstr(out.p, "listening") || !(strstr(out.p, "code 1") || strstr(out.p, "code 3")))
			fail_msg("%s: %s", wrong[i][0], out.p);
		buf_done(&out);
	}
}

/* The order ends: no events come out any more, the gateway unbinds the sensor, and nothing of the door is left in any table. */
static void order_over(void **state)
{
	(void)state;
	end(&server, SIGTERM);
	assert_true(rows("homecare.door_events", OPENED) > 25);
	fact("tracing.contact_released", true, now_ms(), "'person':'" PERSON "','case':'" CASE "','early':true,'reason':'the command says so'");
	post();
	assert_int_equal(rows("homecare.door_events", "\"what\""), 0); /* before anything else happens */
	assert_int_equal(rows("house.duties", "homecare.unbind"), 1);
	server_start();
	until("sushui_mqtt_unbound_total ", 1);
	until(CONNECTED, 1);
	assert_int_equal(rows("homecare.sensors", "\"watch\""), 0);
	assert_int_equal(rows("house.duties", "homecare.unbind") + rows("house.duties", "homecare.call_back"), 0);
	int64_t unbound = metric(BECAME("unbound"));
	assert_int_equal(door(1, "open", "{\"id\":\"too late\",\"at\":%lld}", (long long)now_ms()), 0);
	until(BECAME("unbound"), (unbound < 0 ? 0 : unbound) + 1);
	end(&server, SIGTERM);
	assert_int_equal(table_rows("door_event"), 0);
	/* the chain keeps the facts, but not whose door it was; and a rebuild finds the same */
	assert_int_equal(sh(NULL, "%s facts data 2>/dev/null | grep homecare.sensor_bound | grep -q " WATCH, sushui), 0);
	assert_int_not_equal(sh(NULL, "%s facts data 2>/dev/null | grep homecare.sensor_bound | grep -q " PERSON, sushui), 0);
	struct buf a, b;
	buf_init(&a, 0);
	buf_init(&b, 0);
	assert_int_equal(sh(&a, "%s digest data", sushui), 0);
	assert_int_equal(sh(NULL, "%s rebuild data --quiet >/dev/null 2>&1", sushui), 0);
	assert_int_equal(sh(&b, "%s digest data", sushui), 0);
	assert_true(a.n > 0 && str_eq(buf_str(&a), buf_str(&b)));
	buf_done(&a);
	buf_done(&b);
}

/* ---- the parser alone --------------------------------------------------------------------------------------------------------- */

static void parser(void **state)
{
	(void)state;
	struct arena a;
	struct door_message m, again;
	struct err e;
	int64_t now = INT64_C(1668945600000); /* 2022-11-20T20:00+08:00 */
	struct str topic = STR("sushui/140826/door/door-1/open");
	arena_init(&a, 0);
	assert_int_equal(door_message_read(&a, topic, STR("{\"at\":\"2022-11-20T19:59:00+08:00\",\"battery\":87.5,\"rssi\":-70}"), now, &m, &e), OK);
	assert_int_equal(m.county, 140826);
	assert_int_equal(m.at, now - 60000);
	assert_int_equal(m.battery, 87);
	assert_true(str_eq_c(m.sensor, "door-1"));
	/* seconds, milliseconds and text are one instant, so without an id one message */
	assert_int_equal(door_message_read(&a, topic, STR("{\"at\":1668945540}"), now, &again, &e), OK);
	assert_true(id_eq(m.id, again.id));
	assert_int_equal(door_message_read(&a, topic, STR("{\"at\":1668945540000}"), now, &again, &e), OK);
	assert_true(id_eq(m.id, again.id));
	/* another word, another sensor, a number of its own: another message */
	assert_int_equal(door_message_read(&a, STR("sushui/140826/door/door-1/close"), STR("{\"at\":1668945540}"), now, &again, &e), OK);
	assert_false(id_eq(m.id, again.id));
	assert_int_equal(door_message_read(&a, STR("sushui/140826/door/door-2/open"), STR("{\"at\":1668945540}"), now, &again, &e), OK);
	assert_false(id_eq(m.id, again.id));
	assert_int_equal(door_message_read(&a, topic, STR("{\"at\":1668945540,\"id\":7}"), now, &again, &e), OK);
	assert_false(id_eq(m.id, again.id));
	assert_int_equal(door_message_read(&a, topic, STR("{\"at\":1668945541,\"id\":\"7\"}"), now, &m, &e), OK);
	assert_true(id_eq(m.id, again.id)); /* the number alone counts, as text or not */
	static const char *const topics[] = {"", "sushui", "sushui/140826/door/door-1", "sushui/140826/door//open", "sushui/14082/door/x/open",
					     "sushui/140826/door/x/open/y", "sushui/140826/door/x y/open", "Sushui/140826/door/x/open",
					     "sushui/140826/door/x/opened", "sushui/-40826/door/x/open"};
	for (size_t i = 0; i < ARRAY_N(topics); i++)
		assert_int_equal(door_message_read(&a, str_of(topics[i]), STR("{\"at\":1668945540}"), now, &m, &e), ERR_BAD_VALUE);
	static const char *const bodies[] = {"{\"at\":1668945540,\"battery\":101}", "{\"at\":1668945540,\"battery\":\"full\"}", "{\"at\":1668945540,\"id\":\"\"}",
					     "{\"at\":1668945540,\"id\":[1]}", "{\"at\":-5}", "{\"at\":1769000000}", "{\"at\":1666000000}", "7"};
	for (size_t i = 0; i < ARRAY_N(bodies); i++)
		assert_int_equal(door_message_read(&a, topic, str_of(bodies[i]), now, &m, &e), ERR_BAD_VALUE);
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parser),	cmocka_unit_test(who_may_speak), cmocka_unit_test(one_fact_each), cmocka_unit_test(odd_ones),
		cmocka_unit_test(broker_away),	cmocka_unit_test(server_away),	 cmocka_unit_test(ledger_away),	  cmocka_unit_test(silence),
		cmocka_unit_test(wrong_options), cmocka_unit_test(order_over),
	};
	return cmocka_run_group_tests(tests, set_up, take_down);
}
