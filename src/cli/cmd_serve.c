/* SPDX-License-Identifier: Apache-2.0
 *
 * serve: the server (http/app.h) over one data folder, whose lock it holds.
 */
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "core/buf.h"
#include "gateway/mqtt.h"
#include "http/app.h"

static const char *text_option(struct cli *c, const char *name)
{
	struct str s = args_get(&c->args, name);
	return s.p ? arena_str(&c->arena, s).p : NULL;
}

/* ---- the MQTT gateway beside the server ---------------------------------------------------------------------- */

static void gateway_note(void *ctx, const struct submission *sub)
{
	app_source_note(ctx, sub);
}

static enum err_code gateway_start(void *ctx, struct app *app, struct writer *writer, struct err *e)
{
	return mqtt_gateway_start(ctx, writer, gateway_note, app, e);
}

static void gateway_stop(void *ctx)
{
	mqtt_gateway_stop(ctx);
}

static void gateway_metrics(void *ctx, struct buf *out)
{
	mqtt_gateway_metrics(ctx, out);
}

static enum err_code gateway_new(struct cli *c, const struct folder *f, struct mqtt_gateway **out, struct app_options *o, struct err *e)
{
	struct mqtt_options m = {.url = text_option(c, "mqtt"), .ca_file = text_option(c, "mqtt-ca"), .user = text_option(c, "mqtt-user"),
				 .password_file = text_option(c, "mqtt-password-file"), .ledger = &o->ledger, .area = f->config.area};
	if (!m.url) {
		if (m.ca_file || m.user || m.password_file)
			return err_set(e, ERR_MISSING_FIELD, "--mqtt", "the address of the broker belongs to these options");
		return OK;
	}
	enum err_code rc = mqtt_gateway_new(out, &m, e);
	if (rc == OK)
		o->source = (struct app_source){gateway_start, gateway_stop, gateway_metrics, *out};
	return rc;
}

static int run_serve(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	int64_t port, threads;
	if (args_int(&c->args, "port", 0, 65535, 8080, &port, &e) != OK || args_int(&c->args, "threads", 1, 64, 2, &threads, &e) != OK)
		return cli_usage(c, &e);
	struct app_options o = {
		.address = text_option(c, "address"),
		.port = (uint16_t)port,
		.cert_file = text_option(c, "cert"),
		.key_file = text_option(c, "key"),
		.behind_proxy = args_has(&c->args, "behind-proxy"),
		.lang = c->lang,
		.pool_n = (int)threads,
	};
	if (!o.cert_file != !o.key_file) {
		err_set(&e, ERR_MISSING_FIELD, o.cert_file ? "--key" : "--cert", "certificate and key are given together");
		return cli_usage(c, &e);
	}
	if (folder_open_operand(c, FOLDER_WRITE, &f, &e) != OK)
		return cli_fail(c, &e);
	o.ledger = f.options;
	o.area = f.config.area;
	umask(0077); /* what the server keeps beside the keyring is for the owner alone */
	struct mqtt_gateway *gateway = NULL;
	enum err_code rc = gateway_new(c, &f, &gateway, &o, &e);
	if (rc == OK)
		rc = app_serve(&o, &e);
	mqtt_gateway_free(&gateway);
	folder_close(&f);
	return rc == OK ? CLI_OK : cli_fail(c, &e);
}

static const struct option serve_options[] = {
	{"port", "N", false, "port (8080); 0: any free one", "端口，缺省 8080；0 为任意空闲端口"},
	{"address", "ADDRESS", false, "numeric address to listen at (127.0.0.1); 0.0.0.0 for all", "监听地址，缺省 127.0.0.1"},
	{"cert", "FILE", false, "TLS certificate chain (PEM)", "TLS 证书链（PEM）"},
	{"key", "FILE", false, "TLS private key (PEM)", "TLS 私钥（PEM）"},
	{"behind-proxy", NULL, false, "a proxy on this machine tells the client's address", "由本机代理告知客户端地址"},
	{"threads", "N", false, "threads that answer queries (2)", "查询线程数，缺省 2"},
	{"mqtt", "URL", false, "broker of door sensors: mqtts://HOST[:8883]", "门磁消息服务器：mqtts://HOST[:8883]"},
	{"mqtt-ca", "FILE", false, "certificates that the broker's is checked against (PEM; the system's)", "校验消息服务器证书的根证书（PEM），缺省用系统的"},
	{"mqtt-user", "NAME", false, "user name at the broker", "消息服务器用户名"},
	{"mqtt-password-file", "FILE", false, "file whose first line is the password (mode 0600)", "密码文件，首行为密码（权限 0600）"},
};
const struct command cmd_serve = {
	.name = "serve",
	.operands = "DIR",
	.en = "serve the folder to browsers, phones and laboratories",
	.zh = "启动服务，供浏览器、手机和实验室访问",
	.more_en = "Prints the address when ready. SIGTERM or Ctrl-C: what was accepted is written and answered, then it ends.\n\n"
		   "  sushui serve ./demo\n  sushui serve ./jiangxian --address 0.0.0.0 --port 443 --cert chain.pem --key key.pem",
	.more_zh = "就绪后输出地址。收到 SIGTERM 或 Ctrl-C 时，先写完并答复已接收的请求再退出。\n\n"
		   "  sushui serve ./demo\n  sushui serve ./jiangxian --address 0.0.0.0 --port 443 --cert chain.pem --key key.pem",
	.options = serve_options,
	.options_n = ARRAY_N(serve_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_serve,
};
