/* SPDX-License-Identifier: Apache-2.0
 * Building an answer, and its bytes. */
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "http/internal.h"

void res_reset(struct http_res *res)
{
	res->status = 0;
	res->kind = RES_PLAIN;
	res->type[0] = 0;
	res->fixed = STR_NONE;
	res->has_fixed = res->cache_set = res->failed = false;
	res->err = (struct err){.code = OK};
	buf_reset(&res->body);
	buf_reset(&res->headers);
}

void http_res_status(struct http_res *res, int status)
{
	CHECK(status >= 200 && status <= 599);
	res->status = status;
}

static bool is_field_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static void add_header(struct http_res *res, const char *name, struct str value)
{
	struct str n = str_of(name);
	for (size_t i = 0; i < n.n; i++)
		CHECK(is_tchar((unsigned char)name[i]));
	CHECK(n.n > 0 && is_field_text(value));
	buf_add_str(&res->headers, n);
	buf_add_c(&res->headers, ": ");
	buf_add_str(&res->headers, value);
	buf_add_c(&res->headers, "\r\n");
}

void http_res_header(struct http_res *res, const char *name, struct str value)
{
	static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Connection", "Date",
		"Trailer", "Upgrade",
		"Content-Type", "Cache-Control", "X-Request-Id"};
	for (size_t i = 0; i < ARRAY_N(ours); i++)
		CHECK(!str_same(str_of(name), ours[i]));
	add_header(res, name, value);
}

void http_res_cache(struct http_res *res, const char *value)
{
	CHECK(!res->cache_set);
	res->cache_set = true;
	add_header(res, "Cache-Control", str_of(value));
}

static void set_type(struct http_res *res, const char *type)
{
	struct str t = str_of(type ? type : "application/json");
	CHECK(is_field_text(t) && t.n < sizeof res->type);
	str_to_c(t, res->type, sizeof res->type);
}

void http_res_body(struct http_res *res, const char *type, struct str body)
{
	buf_add_str(http_res_buf(res, type), body);
}

struct buf *http_res_buf(struct http_res *res, const char *type)
{
	set_type(res, type);
	res->has_fixed = false;
	buf_reset(&res->body);
	return &res->body;
}

void http_res_static(struct http_res *res, const char *type, struct str body)
{
	set_type(res, type);
	res->fixed = body;
	res->has_fixed = true;
}

void http_asset_init(struct http_asset *a, const char *type, struct str body, struct str gzip, bool immutable)
{
	*a = (struct http_asset){.type = type, .body = body, .gzip = gzip, .immutable = immutable};
	unsigned char digest[EVP_MAX_MD_SIZE];
	CHECK(EVP_Digest(body.p ? body.p : "", body.n, digest, NULL, EVP_sha256(), NULL) == 1);
	a->etag[0] = '"';
	for (size_t i = 0; i < 16; i++)
		snprintf(a->etag + 1 + 2 * i, 3, "%02x", digest[i]);
	a->etag[33] = '"';
	a->etag[34] = 0;
}

/* The list holds "*" or the tag; weak comparison, as RFC 9110 13.1.2 asks. The two codings are told apart
 * by a suffix. */
static bool names_etag(struct str list, struct str tag)
{
	while (list.n > 0) {
		struct str one = str_trim(str_cut(&list, ','));
		if (str_starts(one, STR("W/")))
			one = (struct str){one.p + 2, one.n - 2};
		if (str_eq_c(one, "*") || str_eq(one, tag))
			return true;
	}
	return false;
}

static bool takes_gzip(struct str list)
{
	while (list.n > 0) {
		struct str params = str_cut(&list, ',');
		struct str coding = str_trim(str_cut(&params, ';'));
		params = str_trim(params);
		bool zero = params.n >= 3 && str_starts(params, STR("q=0"));
		for (size_t i = 3; zero && i < params.n; i++)
			zero = params.p[i] == '.' || params.p[i] == '0';
		if (str_same(coding, "gzip"))
			return !zero;
	}
	return false;
}

void http_res_asset(struct http_res *res, const struct http_asset *a)
{
	bool zip = a->gzip.n > 0 && takes_gzip(http_req_header(res->req, "Accept-Encoding"));
	char etag[sizeof a->etag + 2];
	snprintf(etag, sizeof etag, zip ? "%.33sz\"" : "%.33s\"", a->etag);
	add_header(res, "ETag", str_of(etag));
	if (a->gzip.n > 0)
		add_header(res, "Vary", STR("Accept-Encoding"));
	if (!res->cache_set)
		http_res_cache(res, a->immutable ? "public, max-age=31536000, immutable" : "no-cache");
	if (names_etag(http_req_header(res->req, "If-None-Match"), str_of(etag))) {
		res->status = 304;
		return;
	}
	if (zip)
		add_header(res, "Content-Encoding", STR("gzip"));
	http_res_static(res, a->type, zip ? a->gzip : a->body);
}

const char *http_type_of(struct str path)
{
	static const struct {
		const char *end, *type;
	} types[] = {
		{".html", "text/html; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
		{".mjs", "text/javascript; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".svg", "image/svg+xml"},
		{".json", "application/json"}, {".geojson", "application/geo+json"},
		{".webmanifest", "application/manifest+json"}, {".png", "image/png"}, {".jpg", "image/jpeg"},
		{".ico", "image/x-icon"}, {".woff2", "font/woff2"}, {".txt", "text/plain; charset=utf-8"},
		{".csv", "text/csv; charset=utf-8"}, {".pdf", "application/pdf"}, {".yaml", "application/yaml"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
	};
	for (size_t i = 0; i < ARRAY_N(types); i++)
		if (str_ends(path, str_of(types[i].end)))
			return types[i].type;
	return "application/octet-stream";
}

static void json_text(struct buf *b, const char *key, const char *text)
{
	buf_printf(b, "\"%s\":\"", key);
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_add_byte(b, '\\');
		if ((unsigned char)*p < 0x20)
			buf_printf(b, "\\u%04x", (unsigned)*p);
		else
			buf_add_byte(b, *p);
	}
	buf_add_byte(b, '"');
}

void res_error_json(struct buf *b, const struct err *e, const char *lang)
{
	bool fault = err_kind(e->code) == KIND_FAULT;
	buf_add_c(b, "{\"error\":{");
	json_text(b, "code", err_name(e->code));
	buf_add_byte(b, ',');
	json_text(b, "at", fault ? "" : e->at);
	buf_add_byte(b, ',');
	json_text(b, "what", fault ? "" : e->what);
	buf_add_byte(b, ',');
	json_text(b, "text", err_text(e->code, lang));
	buf_add_byte(b, ',');
	json_text(b, "hint", err_hint(e->code, lang));
	buf_add_c(b, "}}\n");
}

void http_res_fail(struct http_res *res, const struct err *e)
{
	CHECK(e->code != OK);
	res->status = err_http(e->code);
	res->failed = true;
	res->err = *e;
	res->kind = RES_PLAIN;
	res_error_json(http_res_buf(res, NULL), e, res->req->lang);
	if (e->code == ERR_BUSY || e->code == ERR_TOO_MANY)
		add_header(res, "Retry-After", STR("2"));
	if (e->code == ERR_NOT_SIGNED_IN)
		add_header(res, "WWW-Authenticate", STR("Session"));
}

void http_res_redirect(struct http_res *res, int status, struct str location)
{
	CHECK(status == 303 || status == 307 || status == 308);
	CHECK(location.n > 0 && location.p[0] == '/' && (location.n == 1 || (location.p[1] != '/' &&
		location.p[1] != '\\')));
	res->status = status;
	add_header(res, "Location", location);
	set_type(res, "text/plain");
}

void http_res_sse(struct http_res *res, uint64_t mask, int64_t after, struct str first)
{
	http_res_body(res, "text/event-stream", first);
	res->kind = RES_SSE;
	res->status = 200;
	res->sse_mask = mask;
	res->sse_after = after;
}

const char *res_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} rows[] = {
		{200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {206, "Partial Content"}, {207, "Multi-Status"},
		{303, "See Other"}, {304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
		{413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
		{417, "Expectation Failed"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"}, {501, "Not Implemented"},
		{503, "Service Unavailable"}, {505, "HTTP Version Not Supported"},
	};
	for (size_t i = 0; i < ARRAY_N(rows); i++)
		if (rows[i].status == status)
			return rows[i].text;
	return "Status";
}

struct str res_payload(const struct http_res *res)
{
	return res->has_fixed ? res->fixed : buf_str(&res->body);
}

void res_head(struct http_req *req, const struct http_res *res, int status, int64_t length, bool close,
	struct buf *out)
{
	struct loop *l = req->loop;
	buf_add_c(out, "HTTP/1.1 ");
	buf_add_i64(out, status);
	buf_add_byte(out, ' ');
	buf_add_c(out, res_reason(status));
	buf_add_c(out, "\r\nDate: ");
	buf_add_c(out, l->date);
	buf_add_c(out, "\r\nX-Request-Id: ");
	buf_add_c(out, req->id);
	buf_add_c(out, "\r\n");
	buf_add_str(out, buf_str(&l->server->fixed_headers));
	if (!res || !res->cache_set)
		buf_add_c(out, "Cache-Control: no-store\r\n");
	if (status != 204 && status != 304) {
		buf_add_c(out, "Content-Type: ");
		buf_add_c(out, res && res->type[0] ? res->type : "application/json");
		buf_add_c(out, "\r\n");
		if (length >= 0) {
			buf_add_c(out, "Content-Length: ");
			buf_add_i64(out, length);
			buf_add_c(out, "\r\n");
		} else if (length == -1 && req->minor == 1) {
			buf_add_c(out, "Transfer-Encoding: chunked\r\n");
		}
	}
	if (close)
		buf_add_c(out, "Connection: close\r\n");
	if (res)
		buf_add_str(out, buf_str(&res->headers));
	buf_add_c(out, "\r\n");
}
