/* SPDX-License-Identifier: Apache-2.0
 *
 * page, certificate, verify-qr: the secret link of a person, the code of a certificate, and its verification without a line.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/folder.h"
#include "core/caltime.h"
#include "core/json.h"
#include "core/qr.h"
#include "domain/orders/certificate.h"
#include "domain/orders/orders.h"
#include "domain/testing/testing.h"
#include "ledger/keyring.h"

#define KEY_FILE "certificate-keys.json" /* looked for when no key is named */
#define KEYS_MAX 64
#define INPUT_MAX 65536

static enum err_code write_svg(struct cli *c, struct str text, const char *title, struct err *e)
{
	struct str path = args_get(&c->args, "svg");
	struct buf svg;
	enum err_code rc = OK;
	if (!path.n)
		return OK;
	buf_init(&svg, 0);
	if (!qr_svg(&svg, text, title))
		rc = err_set(e, ERR_TOO_LARGE, "", "the text is too long for a code");
	buf_add_byte(&svg, '\n');
	if (rc == OK)
		rc = folder_write_file(arena_str(&c->arena, path).p, buf_str(&svg), 0600, e);
	buf_done(&svg);
	return rc;
}

/* ---- page ------------------------------------------------------------------------------------------------------------------ */

static enum err_code issue(struct cli *c, struct folder *f, struct id person, char token[ORDERS_TOKEN_N + 1], struct id *page, struct err *e)
{
	struct ledger *l = NULL;
	int64_t area = f->config.area, now = c->sys->now_ms(c->sys->ctx);
	char digest[ORDERS_DIGEST_N + 1];
	if (args_has(&c->args, "area") && !cli_area(args_get(&c->args, "area"), &area))
		return err_set(e, ERR_BAD_VALUE, "--area", "an area code of 12 digits is expected");
	enum err_code rc = folder_ledger(f, &l, e);
	if (rc != OK)
		return rc;
	orders_page_token(c->sys, COUNTY_OF(area), token);
	orders_page_digest(str_of(token), digest);
	struct orders_page_issued body = {.page = id_new(c->sys), .person = person, .digest = str_of(digest), .expires_at = ABSENT};
	struct fact fact = {.id = id_new(c->sys), .kind = fact_kind_of(STR("orders.page_issued")), .area = area, .at = now, .recorded = now,
			    .device = STR("sushui page"), .body = &body};
	*page = body.page;
	rc = ledger_append_one(l, &fact, e);
	ledger_close(&l);
	return rc;
}

static int run_page(struct cli *c)
{
	struct folder f;
	struct id person, page;
	struct err e = {0};
	struct buf b;
	char token[ORDERS_TOKEN_N + 1] = "", id[ID_TEXT_N + 1];
	if (!id_parse(str_of(args_operand(&c->args, 1)), &person))
		return cli_usage(c, (err_set(&e, ERR_BAD_VALUE, "PERSON", "an id is expected"), &e));
	if (folder_open_operand(c, FOLDER_WRITE, &f, &e) != OK)
		return cli_fail(c, &e);
	enum err_code rc = issue(c, &f, person, token, &page, &e);
	folder_close(&f);
	struct str base = args_get(&c->args, "base");
	struct str url = arena_printf(&c->arena, "%.*s/p/%s", base.n ? (int)base.n : 16, base.n ? base.p : "http://localhost", token);
	if (rc == OK)
		rc = write_svg(c, url, "link to the page", &e);
	if (rc != OK)
		return cli_fail(c, &e);
	id_format(page, id);
	buf_init(&b, 0);
	if (c->json) {
		json_open(&b, '{');
		json_key(&b, "page");
		json_c(&b, id);
		json_key(&b, "url");
		json_str(&b, url);
		json_close(&b, '}');
		buf_add_byte(&b, '\n');
	} else {
		if (!args_has(&c->args, "svg") && !qr_terminal(&b, url))
			buf_add_c(&b, say(c, "(too long for a code)\n", "（内容过长，无法生成二维码）\n"));
		buf_printf(&b, "%.*s\n", STR_ARG(url));
		fprintf(stderr, say(c, "page %s; the link is shown once and kept nowhere\n", "个人页面 %s；链接只显示一次，不另保存\n"), id);
	}
	int code = cli_put(c, &b);
	buf_done(&b);
	return code;
}

static const struct option page_options[] = {
	{"base", "URL", false, "how people reach the server, e.g. https://sushui.example", "服务器对外地址"},
	{"area", "CODE", false, "where the person is; left out: the folder's area", "所在区划，缺省为本目录区划"},
	{"svg", "FILE", false, "write the code there as SVG, to print", "二维码另存为 SVG 文件"},
};
const struct command cmd_page = {
	.name = "page",
	.operands = "DIR PERSON",
	.en = "a secret link for a person: what applies, until when, why; appeal and help",
	.zh = "为个人发放页面链接：适用的管控、期限、依据及申诉求助",
	.more_en = "Prints the link and its code. The ledger keeps a digest only, so the link cannot be shown again: issue another one, and revoke the\n"
		   "old one with a fact orders.page_revoked. While a server runs on the folder, POST /api/orders/page does the same.\n\n"
		   "  sushui page ./demo 0190... --base https://sushui.example",
	.more_zh = "输出链接及二维码。账本只保存摘要，链接不能再次显示：可重新发放，并以 orders.page_revoked 作废旧链接。服务运行时用 POST /api/orders/page。\n\n"
		   "  sushui page ./demo 0190... --base https://sushui.example",
	.options = page_options,
	.options_n = ARRAY_N(page_options),
	.operands_min = 2,
	.operands_max = 2,
	.run = run_page,
};

/* ---- certificate --------------------------------------------------------------------------------------------------------------- */

static void put_key(struct buf *b, const struct certificate_key *key)
{
	char text[CERTIFICATE_PUBLIC_TEXT_N + 1], id[9];
	certificate_public_text(key->public, text, id);
	buf_printf(b, "{\"keys\":[{\"alg\":\"Ed25519\",\"id\":\"%s\",\"public\":\"%s\"}]}\n", id, text);
}

static enum err_code put_code(struct cli *c, struct folder *f, const struct certificate_key *key, struct buf *b, struct err *e)
{
	struct db *db = NULL;
	struct keyring *keyring = NULL;
	struct certificate cert;
	char text[CERTIFICATE_TEXT_MAX];
	struct certificate_asked asked = {.county = COUNTY_OF(f->config.area), .area_hi = INT64_MAX, .now_ms = c->sys->now_ms(c->sys->ctx)};
	if (!id_parse(str_of(args_operand(&c->args, 1)), &asked.certificate))
		return err_set(e, ERR_BAD_VALUE, "ID", "an id is expected");
	enum err_code rc = folder_reader(f, &db, e);
	if (rc == OK)
		rc = keyring_open(&keyring, f->keyring, DB_READER, c->sys, e);
	if (rc == OK)
		rc = certificate_make(db, keyring, &c->arena, &asked, key, &cert, text, e);
	keyring_close(&keyring);
	db_close(&db);
	if (rc == OK)
		rc = write_svg(c, str_of(text), "code of the certificate", e);
	if (rc != OK)
		return rc;
	if (!c->json && !args_has(&c->args, "svg") && !qr_terminal(b, str_of(text)))
		buf_add_c(b, say(c, "(too long for a code)\n", "（内容过长，无法生成二维码）\n"));
	buf_printf(b, c->json ? "{\"text\":\"%s\"}\n" : "%s\n", text);
	return OK;
}

static int run_certificate(struct cli *c)
{
	struct folder f;
	struct err e = {0};
	struct buf b;
	struct certificate_key key = {0};
	if (folder_open_operand(c, FOLDER_READ, &f, &e) != OK)
		return cli_fail(c, &e);
	buf_init(&b, 0);
	enum err_code rc = certificate_key_load(f.keyring, c->sys, &key, &e);
	if (rc == OK && args_operand(&c->args, 1))
		rc = put_code(c, &f, &key, &b, &e);
	else if (rc == OK)
		put_key(&b, &key);
	certificate_key_done(&key);
	folder_close(&f);
	int code = rc == OK ? cli_put(c, &b) : cli_fail(c, &e);
	buf_done(&b);
	return code;
}

static const struct option certificate_options[] = {
	{"svg", "FILE", false, "write the code there as SVG, to print", "二维码另存为 SVG 文件"},
};
const struct command cmd_certificate = {
	.name = "certificate",
	.operands = "DIR [ID]",
	.en = "the signed code of a certificate, or the public key that verifies them",
	.zh = "输出证明的签名二维码；不带编号时输出核验公钥",
	.more_en = "A certificate is a fact (orders.certificate_issued) that an officer signs; this makes its code, each time by what is known now.\n\n"
		   "  sushui certificate ./demo > certificate-keys.json     for verifiers\n  sushui certificate ./demo 0190...",
	.more_zh = "证明是负责人签署的一条事实（orders.certificate_issued），此命令按当前情况生成二维码。\n\n"
		   "  sushui certificate ./demo > certificate-keys.json     供核验方使用\n  sushui certificate ./demo 0190...",
	.options = certificate_options,
	.options_n = ARRAY_N(certificate_options),
	.operands_min = 1,
	.operands_max = 2,
	.run = run_certificate,
};

/* ---- verify-qr ------------------------------------------------------------------------------------------------------------------- */

static enum err_code read_file(struct cli *c, const char *path, struct str *out, struct err *e)
{
	FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (!in)
		return err_set(e, ERR_FILE, path, "%s", strerror(errno));
	char *p = arena_alloc(&c->arena, INPUT_MAX);
	size_t n = fread(p, 1, INPUT_MAX, in);
	if (in != stdin)
		fclose(in);
	*out = (struct str){p, n};
	return n == INPUT_MAX ? err_set(e, ERR_TOO_LARGE, path, "more than %d bytes", INPUT_MAX) : OK;
}

/* The list as /api/certificates/keys gives it, or a bare key a line. */
static enum err_code read_keys(struct cli *c, const char *path, uint8_t (*keys)[CERTIFICATE_PUBLIC_N], size_t *n, struct err *e)
{
	struct str text;
	const struct json *root;
	enum err_code rc = read_file(c, path, &text, e);
	if (rc != OK)
		return rc;
	struct str trimmed = str_trim(text);
	if (trimmed.n > 0 && trimmed.p[0] == '{') {
		rc = json_read(&c->arena, trimmed, &root, e);
		const struct json *list = rc == OK ? json_get(root, STR("keys")) : NULL;
		if (rc == OK && (!list || list->type != JSON_ARRAY))
			rc = err_set(e, ERR_BAD_VALUE, path, "a list `keys` is expected");
		if (rc != OK)
			return rc;
		JSON_EACH(k, list) {
			const struct json *public = k->type == JSON_OBJECT ? json_get(k, STR("public")) : NULL;
			if (*n < KEYS_MAX && public && public->type == JSON_STRING && certificate_public_parse(public->s, keys[*n]))
				++*n;
		}
	} else
		while (text.n > 0) {
			struct str line = str_trim(str_cut(&text, '\n'));
			if (*n < KEYS_MAX && certificate_public_parse(line, keys[*n]))
				++*n;
		}
	return *n ? OK : err_set(e, ERR_BAD_VALUE, path, "no public key in this file");
}

/* What a valid one says. */
static void put_content(struct cli *c, const struct certificate *cert, struct buf *b)
{
	static const char *const results[] = {"negative", "positive", "invalid"};
	char issued[CALTIME_TEXT_N], expires[CALTIME_TEXT_N], happened[CALTIME_TEXT_N], id[ID_TEXT_N + 1];
	const char *what = cert->kind == CERTIFICATE_RELEASE ? (cert->detail <= ORDER_STAY ? orders_classes[cert->detail] : "?")
			   : cert->detail <= TEST_INVALID     ? results[cert->detail]
							       : "?";
	caltime_format(cert->issued_s * 1000, issued);
	caltime_format(cert->expires_s * 1000, expires);
	caltime_format(cert->happened_s * 1000, happened);
	id_format(cert->id, id);
	if (c->json) {
		buf_printf(b, ",\"kind\":\"%s\",\"what\":\"%s\",\"county\":\"%06lld\",\"certificate\":\"%s\",\"happened_at\":\"%s\",\"issued_at\":\"%s\","
			      "\"expires_at\":\"%s\",\"edition\":\"%s\"", orders_certificates[cert->kind], what, (long long)cert->county, id, happened, issued,
			   expires, cert->edition);
		return;
	}
	buf_printf(b, say(c, "%s (%s), county %06lld, %s %s\nissued %s, valid until %s\n", "%s（%s），区县 %06lld，%s %s\n签发 %s，有效期至 %s\n"),
		   orders_certificates[cert->kind], what, (long long)cert->county,
		   cert->kind == CERTIFICATE_RELEASE ? say(c, "free since", "解除于") : say(c, "sampled", "采样于"), happened, issued, expires);
}

static void put_holder(struct cli *c, const struct certificate *cert, bool *ok, struct buf *b)
{
	struct str holder = args_get(&c->args, "holder");
	uint8_t hash[CERTIFICATE_HOLDER_N];
	if (!holder.n)
		return;
	certificate_holder_hash(cert->id, holder, hash);
	bool same = memcmp(hash, cert->holder, sizeof hash) == 0;
	*ok = *ok && same;
	if (c->json)
		buf_printf(b, ",\"holder\":%s", same ? "true" : "false");
	else
		buf_add_c(b, same ? say(c, "the holder's characters fit\n", "持有人核对一致\n") : say(c, "NOT this holder's\n", "与持有人不符\n"));
}

static int run_verify_qr(struct cli *c)
{
	uint8_t keys[KEYS_MAX][CERTIFICATE_PUBLIC_N];
	size_t keys_n = 0;
	struct err e = {0};
	struct buf b;
	struct certificate cert;
	struct str text = str_of(args_operand(&c->args, 0));
	enum err_code rc = OK;
	bool named = false;
	for (size_t i = 0; rc == OK && i < c->args.given_n; i++)
		if (c->args.given[i].option && strcmp(c->args.given[i].option->name, "key") == 0) {
			rc = read_keys(c, arena_str(&c->arena, c->args.given[i].value).p, keys, &keys_n, &e);
			named = true;
		}
	if (rc == OK && !named)
		rc = read_keys(c, KEY_FILE, keys, &keys_n, &e);
	if (rc == OK && str_eq_c(text, "-"))
		rc = read_file(c, "-", &text, &e);
	if (rc != OK)
		return cli_fail(c, &e);
	enum certificate_verdict v = certificate_read(text, (const uint8_t(*)[CERTIFICATE_PUBLIC_N])keys, keys_n, c->sys->now_ms(c->sys->ctx), &cert);
	bool ok = v == CERTIFICATE_VALID;
	buf_init(&b, 0);
	if (c->json)
		buf_printf(&b, "{\"verdict\":\"%s\"", certificate_verdict_word(v));
	else
		buf_printf(&b, "%s\n", certificate_verdict_text(v, c->lang));
	if (ok || v == CERTIFICATE_EXPIRED || v == CERTIFICATE_NOT_YET) {
		put_content(c, &cert, &b);
		put_holder(c, &cert, &ok, &b);
	}
	if (c->json)
		buf_add_c(&b, "}\n");
	int code = cli_put(c, &b);
	buf_done(&b);
	return code != CLI_OK ? code : ok ? CLI_OK : CLI_REFUSED;
}

static const struct option verify_options[] = {
	{"key", "FILE", true, "list of public keys, as `sushui certificate DIR` prints it; left out: " KEY_FILE, "公钥列表文件，缺省为 " KEY_FILE},
	{"holder", "TEXT", false, "what the holder shows: last characters of the document, or initials", "持有人出示的证件号后四位或姓名首字母"},
};
const struct command cmd_verify_qr = {
	.name = "verify-qr",
	.operands = "TEXT",
	.en = "verify the code of a certificate, without a line",
	.zh = "离线核验证明二维码",
	.more_en = "TEXT is what the code says (SUSHUI1:...), or - for standard input. Exit code 0: valid; 1: not, with the reason.\n\n"
		   "  sushui verify-qr --key certificate-keys.json --holder 123X SUSHUI1:...",
	.more_zh = "TEXT 为二维码内容（SUSHUI1:...），或 -（标准输入）。退出码 0 有效，1 无效并说明原因。\n\n"
		   "  sushui verify-qr --key certificate-keys.json --holder 123X SUSHUI1:...",
	.options = verify_options,
	.options_n = ARRAY_N(verify_options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run_verify_qr,
};
